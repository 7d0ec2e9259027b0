"""Time courses overlaid: one line a question, marks from different trials, never joined."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from trd.mechanism.time_courses import INFUSION_MIN, Lane, Mark, Overlay, lanes
from trd.panel.parts import CSS, NOT_CHECKED, cited, verdict
from trd.panel.titled import SWIPE, TitledView
from trd.panel.views import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, Table

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLOUR = {"level": BLUE, "dissociation": PURPLE, "pressure": GREEN, "mood": ORANGE}
_INKS = {"level": BLUE, "dissociation": PURPLE, "pressure": "#00704F", "mood": "#A84300"}
_TICKS = {
    10: "10 min",
    60: "1 h",
    240: "4 h",
    1440: "1 d",
    4320: "3 d",
    10080: "7 d",
    43200: "30 d",
}

#: Keeps the line that moves from running through words.
_CLEAR: dict[str, Any] = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}

#: Words beside a mark by row and its place in the lane: where they stand, and what they say.
_WORDS = {
    ("level_highest", 0): ("right", "185 ng/mL ‡"),
    ("level_highest", 1): ("right", "0.4 ng/mL, simulated"),
    ("dissociation", 0): ("left", "differs"),
    ("dissociation", 1): ("right", "gone in most †"),
    ("pressure", 0): ("left", "highest"),
    ("pressure", 1): ("right", "back by then"),
    ("mood_first", 0): ("left", "bipolar"),
    ("mood_first", 1): ("right", "resistant depression ‡"),
    ("mood_largest", 0): ("left", "unipolar"),
    ("mood_largest", 2): ("right", "bipolar"),
    ("mood_differs", 0): ("left", "still significant"),
    ("mood_differs", 1): ("right", "no longer"),
}


class TimeCoursesView(TitledView[Overlay]):
    """Lanes on one logarithmic axis of time, from minutes to weeks."""

    size_in = (7.6, 4.7)

    def __init__(self) -> None:
        super().__init__()
        self.height_px = 640

    def title(self, result: Overlay) -> str:
        """Return the message of the picture."""
        return _title(result)

    def build(self, figure: Figure) -> Sequence[Artist]:
        """Draw the axis and every lane once; updating only shows and hides."""
        axes = figure.add_axes((0.288, 0.115, 0.702, 0.765))
        count = len(lanes())
        axes.set(xscale="log", xlim=(8, 90_000), ylim=(count - 0.45, -0.55), yticks=[])
        axes.set_xticks(list(_TICKS), list(_TICKS.values()))
        axes.minorticks_off()
        axes.set_xlabel("time since the infusion began (log scale)", labelpad=3)
        axes.grid(axis="y", visible=False)
        axes.axvline(INFUSION_MIN, color=GREY, linewidth=1.2, linestyle=(0, (1, 1.5)))
        figure.text(
            0.012,
            0.893,
            "● moment seen   ■ bipolar only   ▬ span   ○ simulated   ⋮ infusion ends at 40 min",
            color=GREY,
        )
        self._title = figure.text(0.012, 0.945, "", fontsize=13, fontweight="bold")
        self._lanes: dict[str, list[Any]] = {}
        for y, lane in enumerate(lanes()):
            self._lanes[lane.key] = self._draw(axes, lane, y)
        row = [lane.key for lane in lanes()].index("level_share")
        self._bar = axes.plot(
            [INFUSION_MIN] * 2,
            [row, row],
            linewidth=9,
            alpha=0.45,
            color=BLUE,
            solid_capstyle="butt",
        )[0]
        self._until = axes.text(8, row, "", va="center", color=BLUE, bbox=_CLEAR)
        self._lanes["level_share"] += [self._bar, self._until]
        self._over = axes.axvline(8, color=INK, linestyle=(0, (5, 2)), linewidth=1.8)
        self._nothing = axes.text(
            600, count / 2, "Choose at least one above.", ha="center", color=GREY
        )
        # Names are drawn once, because text is slow; a hidden lane has a blank over its name.
        self._blanks = {
            lane.key: axes.fill(
                [-0.42, -0.005, -0.005, -0.42],
                [y - 0.45, y - 0.45, y + 0.45, y + 0.45],
                color="white",
                transform=axes.get_yaxis_transform(),
                clip_on=False,
            )[0]
            for y, lane in enumerate(lanes())
        }
        moving: list[Any] = [*self._blanks.values(), self._title, self._over, self._nothing]
        for artists in self._lanes.values():
            moving += artists
        return moving

    def _draw(self, axes: Axes, lane: Lane, y: int) -> list[Any]:
        colour, ink = _COLOUR[lane.group], _INKS[lane.group]
        axes.annotate(
            lane.title,
            (0, y),
            xycoords=("axes fraction", "data"),
            xytext=(-8, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            color=ink,
        )
        artists: list[Any] = []
        for index, mark in enumerate(lane.marks):
            artists += _mark(axes, mark, y, colour)
            place, words = _WORDS.get((lane.key, index), ("", ""))
            if lane.key == "mood_response" and mark.figure is not None:
                place, words = "above", f"{mark.figure.value:.0f} %"
            if place:
                artists.append(_words(axes, mark, y, place, words, ink))
        return artists

    def update(self, result: Overlay) -> None:
        """Show the chosen lanes and move the end of the level."""
        shown = {lane.key for lane in result.lanes}
        for key, artists in self._lanes.items():
            for artist in artists:
                artist.set_visible(key in shown)
            self._blanks[key].set_visible(key not in shown)
        first, last = result.ends_min
        self._bar.set_xdata([INFUSION_MIN, last])
        self._until.set_x(1.12 * last)
        self._until.set_text(f"{_between(first, last)}, simulated")
        self._over.set_xdata([last, last])
        self._over.set_visible("level" in result.groups)
        self._nothing.set_visible(not result.groups)
        self._title.set_text(_title(result))

    def html(self, result: Overlay) -> str:
        """Return the figure, its message, and where every mark comes from."""
        return (
            f"{super().html(result)}{SWIPE}{CSS}"
            '<p class="trd-small">■ seen in bipolar depression only. Dashed outline: not '
            "checked, or no longer different.</p>"
            f"{verdict('info', _message(result))}"
            '<p class="trd-small">Marks come from different trials and people: they are not one '
            "curve, and nobody went through them in this order. Response is the share of people "
            "in ketamine arms, which says nothing on its own about how much the drug did; the "
            "pooled effect comes mostly from before-and-after comparisons, without placebo. "
            f"† {NOT_CHECKED}. ‡ Reported second-hand.</p>{_sources(result)}"
        )

    def describe(self, result: Overlay) -> str:
        """Say what was seen in each chosen group, and when."""
        if not result.groups:
            return "Nothing is chosen."
        words = []
        if "level" in result.groups:
            words.append(
                f"The simulated level is below {result.share_pct:g} % of its peak after "
                f"{_between(*result.ends_min)}."
            )
        if "dissociation" in result.groups:
            words.append("Dissociation differed from placebo at 40 minutes only.")
        if "pressure" in result.groups:
            words.append(
                "Blood pressure was highest at 30 to 40 minutes, back within 1.5 hours of the end "
                "(49 people)."
            )
        if "mood" in result.groups:
            words.append(
                "Mood differed from placebo from 40 or 110 minutes on; the effect was largest at 1 "
                "day in unipolar and at 2 or 7 days in bipolar depression, and significant still "
                "on day 7."
            )
        return " ".join(words)

    def table(self, result: Overlay) -> Table:
        """Return every mark shown with time, people and status."""
        rows = [
            [
                lane.title,
                mark.time.printed,
                _figure(mark),
                mark.time.note.split(";")[0],
                str(mark.time.n or "–"),
                mark.time.status.replace("-", " "),
            ]
            for lane in result.lanes
            for mark in lane.marks
        ]
        if "level" in result.groups:
            rows.append(
                [
                    f"Level: still above {result.share_pct:g} % of its peak",
                    f"until {_between(*result.ends_min)}",
                    "–",
                    "simulated, Clements and Kamp as coded",
                    "–",
                    "derived",
                ]
            )
        return Table(
            "What was seen, and when; times count from the start of the infusion. A time worked "
            "out from the source's wording is called derived.",
            ["What", "When", "Figure", "In whom", "People", "Status of the time"],
            rows,
        )


def _mark(axes: Axes, mark: Mark, y: float, colour: str) -> list[Any]:
    low, high = mark.span_min
    if low < high:
        if not mark.checked or mark.time.note.endswith("no longer different"):
            # Hollow: not checked, or the difference is gone.
            box = [low, high, high, low, low], [y - 0.16, y - 0.16, y + 0.16, y + 0.16, y - 0.16]
            return list(axes.plot(*box, color=colour, linewidth=1.6, linestyle=(0, (3, 1.5))))
        return list(
            axes.plot([low, high], [y, y], color=colour, linewidth=6, solid_capstyle="butt")
        )
    shape = "s" if mark.bipolar else "o"
    face = "white" if mark.simulated else colour
    # Room above the mark for a figure.
    drop = 0.22 if mark.figure is not None and mark.figure.unit == "%" else 0.0
    return list(
        axes.plot(
            [low],
            [y + drop],
            marker=shape,
            markersize=8.5,
            color=colour,
            markerfacecolor=face,
            markeredgewidth=1.8,
            linestyle="",
        )
    )


def _words(axes: Axes, mark: Mark, y: float, place: str, words: str, ink: str) -> Any:
    low, high = mark.span_min
    x, shift, align = {
        "left": (low, (-8, 0), "right"),
        "right": (high, (8, 0), "left"),
        "above": (low, (0, 8), "center"),
    }[place]
    return axes.annotate(
        words,
        (x, y),
        xytext=shift,
        textcoords="offset points",
        ha=align,
        va="center",
        color=ink,
        bbox=_CLEAR,
    )


def _span(minutes: float) -> str:
    if minutes < 100:
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.0f} h" if minutes >= 600 else f"{minutes / 60:.1f} h"


def _between(first: float, last: float) -> str:
    low, high = _span(first), _span(last)
    if low == high:
        return low
    return (
        f"{low.split()[0]} to {high}" if low.split()[1] == high.split()[1] else f"{low} to {high}"
    )


def _title(result: Overlay) -> str:
    days = round(result.lasts_min / 1440)
    until = _between(*result.ends_min)
    if {"level", "mood"} <= set(result.groups):
        return (
            f"Level below {result.share_pct:g} % of peak after {until}; mood effect on day {days}"
        )
    if "level" in result.groups:
        return f"The level is below {result.share_pct:g} % of its peak after {until}"
    if "mood" in result.groups:
        return f"The pooled effect on mood is still significant on day {days}"
    return "What was seen, and when, around one infusion"


def _message(result: Overlay) -> str:
    if {"level", "mood"} <= set(result.groups):
        return (
            f"If mood needed {result.share_pct:g} % of the highest level, the benefit would be "
            f"over after {_between(*result.ends_min)}. It was seen for days: the level alone "
            "cannot explain it. What carries it on is not established."
        )
    return (
        "Show level and mood together: does the benefit end when the drug has gone? Then try "
        "whether any share of the peak makes the two agree."
    )


def _figure(mark: Mark) -> str:
    if mark.figure is None:
        return "–"
    unit = {"d": "(effect size d)"}.get(mark.figure.unit, mark.figure.unit)
    return f"{mark.figure.value:g} {unit}"


def _sources(result: Overlay) -> str:
    lines = []
    for lane in result.lanes:
        for mark in lane.marks:
            links = cited(mark.time.source or (mark.figure.source if mark.figure else ()))
            status = (mark.figure or mark.time).status
            where = NOT_CHECKED if not mark.checked else links
            if status == "secondary":
                where = f"reported by {links}"
            if lane.key == "mood_first" and status == "secondary":
                where = f"{links}, as retold by others"
            value = f": {_figure(mark)}" if mark.figure else ""
            lines.append(
                f"<li>{escape(lane.title)}, {escape(mark.time.printed)}{escape(value)} "
                f"({escape(mark.time.note.split(';')[0])}; {where})</li>"
            )
    if not lines:
        return ""
    return (
        '<details class="trd-small"><summary>Where each mark comes from</summary>'
        f'<ul style="margin:4px 0;padding-left:1.2em">{"".join(lines)}</ul></details>'
    )
