"""How long does it last? Published points, and the region in which the rest must lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from trd.communication.duration import (
    FIRST_DAY,
    LAST_DAY,
    UNKNOWN,
    Cohort,
    Known,
    cohorts,
    evidence,
    outline,
)
from trd.communication.trials import Comparison
from trd.communication.views.narrow import Row, stacked
from trd.communication.views.ranged import listed
from trd.panel.backed import origin
from trd.panel.parts import CSS, badge, cited, verdict
from trd.panel.titled import TitledView
from trd.panel.views import BLUE, GREY, INK, ORANGE, Table

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

_TICKS = {
    3: "3 days",
    7: "1 week",
    14: "2",
    28: "4 weeks",
    56: "8",
    91: "3 months",
    182: "6",
    365: "1 year",
}

_LOOK = """<style>
.trd-cohorts { display:grid; grid-template-columns:repeat(auto-fit,minmax(270px,1fr)); gap:10px; }
.trd-cohorts .trd-group { margin:0; }
.trd-onoff { display:grid; grid-template-columns:8.5rem 1fr; gap:4px 10px; align-items:center;
  max-width:36rem; margin:4px 0; }
.trd-onoff .bar { height:20px; box-sizing:border-box; border:1px solid #5a6068; background:#fff; }
.trd-onoff .bar i { display:block; height:100%; }
@media (max-width:620px) { .trd-onoff { grid-template-columns:1fr; gap:2px; } }
</style>"""


@dataclass(frozen=True)
class Shown:
    """Everything the panel draws.

    Attributes
    ----------
    day : float
    first : Known
    second : Known or None
    stopping : Comparison
        Going on with esketamine against stopping.
    """

    day: float
    first: Known
    second: Known | None
    stopping: Comparison

    @property
    def both(self) -> tuple[Known, ...]:
        """One or two."""
        return (self.first, self.second) if self.second else (self.first,)


def per_100(share: float) -> str:
    """Return a share as people of 100, rounded."""
    return f"{100 * share:.0f}"


def between(found: Known) -> str:
    """Return what is known on the day, in words, of 100 who had got better."""
    if found.published:
        return f"{per_100(found.low)} of 100 had relapsed"
    if found.beyond:
        return f"{per_100(found.low)} of 100 or more; nothing is published for so late"
    if found.low == found.high:
        return f"{per_100(found.low)} of 100 had relapsed"
    if found.before is None:
        return f"somewhere from 0 to {per_100(found.high)} of 100"
    return f"somewhere from {per_100(found.low)} to {per_100(found.high)} of 100"


def _marks(found: Cohort) -> tuple[list[int], list[float]]:
    return [point.day for point in found.points], [100 * point.share for point in found.points]


class DurationView(TitledView[Shown]):
    """Days along, people who have relapsed up; one or two cohorts."""

    size_in = (7.6, 4.0)

    def __init__(self) -> None:
        super().__init__()
        # The sources take a moment to read; better while the page opens.
        cited(("daly2019",))

    def title(self, result: Shown) -> str:
        """Return the message of the picture."""
        found = result.first
        return f"Day {result.day:.0f}, {found.cohort.label}: {_short(found)}"

    def build(self, figure: Figure) -> Sequence[Artist]:
        """Draw the axes; the regions, points and the day move."""
        axes = figure.add_axes((0.085, 0.125, 0.875, 0.66))
        axes.set(xscale="log", xlim=(FIRST_DAY, LAST_DAY * 1.04), ylim=(0, 103))
        axes.set_xticks(list(_TICKS), list(_TICKS.values()))
        axes.minorticks_off()
        axes.set_yticks([0, 25, 50, 75, 100])
        axes.set_xlabel("since the clock of the cohort started (log scale)", labelpad=3)
        axes.set_ylabel("relapsed, of 100", labelpad=2)
        self._title = figure.text(0.012, 0.94, "", fontsize=13, fontweight="bold")
        self._names = [
            figure.text(0.03, 0.875, "", color="#00507d"),
            figure.text(0.03, 0.82, "", color="#a34300"),
        ]
        styles: tuple[dict[str, Any], ...] = (
            {"facecolor": BLUE, "alpha": 0.22, "hatch": None},
            {"facecolor": "none", "edgecolor": ORANGE, "hatch": "///", "alpha": 0.55},
        )
        self._regions = [
            axes.fill([FIRST_DAY] * 3, [0, 0, 0], linewidth=0, **style)[0] for style in styles
        ]
        self._points = [
            axes.plot(
                [], [], "o", color=BLUE, markersize=11, markeredgecolor="white", clip_on=False
            )[0],
            axes.plot(
                [], [], "s", color=ORANGE, markersize=9, markeredgecolor="white", clip_on=False
            )[0],
        ]
        self._day = axes.axvline(FIRST_DAY, color=INK, linewidth=1.6, linestyle=(0, (5, 2)))
        self._ranges = [
            axes.plot([], [], color=colour, linewidth=7, solid_capstyle="butt", alpha=0.95)[0]
            for colour in (BLUE, ORANGE)
        ]
        return [
            self._title,
            *self._names,
            *self._regions,
            self._day,
            *self._ranges,
            *self._points,
        ]

    def update(self, result: Shown) -> None:
        """Move the regions, the points and the day."""
        self._title.set_text(self.title(result))
        self._day.set_xdata([result.day, result.day])
        for index, marker in enumerate(("●", "■")):
            shown = index < len(result.both)
            for artist in (
                self._names[index],
                self._regions[index],
                self._points[index],
                self._ranges[index],
            ):
                artist.set_visible(shown)
            if not shown:
                continue
            found = result.both[index]
            region = "shaded" if index == 0 else "hatched"
            self._names[index].set_text(
                f"{marker} {found.cohort.label}: published; {region}: where the rest must lie"
            )
            days, low, high = outline(found.cohort.key)
            around = [*zip(days, low, strict=True), *reversed(list(zip(days, high, strict=True)))]
            self._regions[index].set_xy([(day, 100 * share) for day, share in around])
            self._points[index].set_data(*_marks(found.cohort))
            # Two ranges on one day stand side by side.
            place = result.day * (1.012 if index else 0.988) if result.second else result.day
            self._ranges[index].set_data([place, place], [100 * found.low, 100 * found.high])

    def html(self, result: Shown) -> str:
        """Return the picture, and for a narrow screen the day and the points in words."""
        rows = [
            Row(
                f"{mark} {found.cohort.label}, after {found.cohort.clock}",
                f"Published: {_points_words(found.cohort)}",
                f"Day {result.day:.0f}: {between(found)}",
                chosen=mark == "●",
            )
            for mark, found in zip("●■", result.both, strict=False)
        ]
        return stacked(super().html(result), rows)

    def describe(self, result: Shown) -> str:
        """Say what is known of each cohort on the day."""
        parts = [
            f"{found.cohort.label}, day {result.day:.0f} after {found.cohort.clock}: "
            f"{between(found)}. Published: {_points_words(found.cohort)}."
            for found in result.both
        ]
        return " ".join(parts)

    def more(self, result: Shown) -> str:
        """Return what the cohorts are, going on against stopping, and what nobody knows."""
        cards = "".join(
            _card(found, colour) for found, colour in zip(result.both, (BLUE, ORANGE), strict=False)
        )
        return (
            f"{CSS}{_LOOK}{_warning(result)}"
            f"{_say_it(result)}"
            f'<div class="trd-cohorts">{cards}</div>{_going_on(result.stopping)}{_unknown()}'
        )

    def table(self, result: Shown) -> Table:
        """Return every published point of every cohort."""
        del result
        return Table(
            "What was published, cohort by cohort",
            ["Cohort", "Relapse counted in", "Clock starts at", "Published", "Design", "Known how"],
            [
                [
                    each.menu,
                    each.who,
                    each.clock,
                    _points_words(each),
                    each.design,
                    "reported by others" if each.status == "secondary" else "read in the source",
                ]
                for each in cohorts()
            ],
        )


def _say_it(result: Shown) -> str:
    """Return the sentence for the person who asks, on the day that is set."""
    found = result.first
    low, high = per_100(found.low), per_100(found.high)
    if found.published or found.low == found.high:
        how = f"{low} of 100 had slipped back"
    elif found.beyond:
        how = f"at least {low} of 100 had slipped back; nobody has counted for so late"
    else:
        how = f"somewhere between {low} and {high} of 100 had slipped back; nobody knows it closer"
    day = f"{result.day:.0f}"
    return (
        '<p class="trd-group" style="border-left-color:#0b5c8a"><strong>To say it:</strong> “'
        f"{day} days after {escape(found.cohort.clock)}, of {escape(found.cohort.who)}, {how}. "
        "Nobody can say whether you would be one of them. So let us agree now what we do if it "
        "comes back.”</p>"
    )


def _short(found: Known) -> str:
    if found.published or found.low == found.high:
        return f"{per_100(found.low)} of 100 relapsed"
    if found.beyond:
        return f"{per_100(found.low)} of 100 or more relapsed"
    return f"{per_100(found.low)} to {per_100(found.high)} of 100 relapsed"


def _points_words(found: Cohort) -> str:
    return "; ".join(point.says for point in found.points)


def _card(found: Known, colour: str) -> str:
    each = found.cohort
    rows = dict.fromkeys([*(row for point in each.points for row in point.rows), *each.rows])
    items = listed(evidence(), rows)
    mark = "■" if colour == ORANGE else "●"
    secondary = (
        f"<p>{badge('partial', 'known only as reported by others')}</p>"
        if each.status == "secondary"
        else ""
    )
    return (
        f'<div class="trd-group" style="border-left-color:{colour}">'
        f"<p><strong>{mark} {escape(each.label)}</strong>: {escape(each.given)}</p>{secondary}"
        f"<p><strong>What kind:</strong> {escape(each.design)}.<br>"
        f"<strong>Counted in:</strong> {escape(each.who)}.<br>"
        f"<strong>Clock:</strong> from {escape(each.clock)}; after that: {escape(each.going_on)}."
        f"<br><strong>Day on the line:</strong> {escape(between(found))}.</p>"
        f"<p><strong>It cannot say:</strong> {escape(each.cannot)}</p>"
        f"{items}</div>"
    )


def _warning(result: Shown) -> str:
    if result.second is None or result.first.cohort.key == result.second.cohort.key:
        return ""
    first, second = result.first.cohort, result.second.cohort
    if {first.key, second.key} == {"tablets-on", "tablets-off"}:
        return verdict("info", "These two are arms of one trial: they may be compared.")
    if {first.key, second.key} == {"ketect-ketamine", "ketect-ect"}:
        # Lots were drawn before the course, and fewer got well on ketamine than with ECT.
        table = evidence()
        well = [
            table[f"com-t-ketect-remission-{arm}"].value.removesuffix(".0")
            for arm in ("ketamine", "ect")
        ]
        return verdict(
            "info",
            "These two are arms of one trial, but only those who got well are followed: "
            f"{well[0]} of 100 on ketamine, {well[1]} with ECT. The lot did not choose them, so "
            "a difference in relapse may lie in the people.",
        )
    return verdict(
        "bad",
        "These two are not arms of one trial: other people, another clock, another relapse. Which "
        "one lasts longer cannot be read from them.",
    )


def _bar(words: str, share: float, colour: str) -> str:
    return (
        f"<span>{escape(words)}</span><div><strong>{per_100(share)} of 100</strong>"
        f'<div class="bar"><i style="width:{100 * share:.1f}%;background:{colour}"></i></div></div>'
    )


def _going_on(found: Comparison) -> str:
    rd, low, high = (100 * part for part in (found.effect.rd, found.effect.low, found.effect.high))
    words = f"Relapse of 100: {found.treated.per_100} going on, {found.compared.per_100} stopping"
    row = evidence()[found.treated.row]
    return (
        '<p class="trd-sub">Going on with esketamine spray, or stopping</p>'
        f'<div class="trd-group" style="border-left-color:{GREY}">'
        "<p>People who were well after 16 weeks of esketamine spray, each with an antidepressant "
        f"tablet ({found.treated.n} went on, {found.compared.n} changed to placebo spray). "
        "Relapsed while they were followed:</p>"
        f'<div class="trd-onoff" role="img" aria-label="{escape(words)}">'
        f"{_bar('went on', found.treated.rate, '#56B4E9')}"
        f"{_bar('stopped', found.compared.rate, '#D55E00')}</div>"
        f"<p>{abs(rd):.0f} fewer of 100 (could be {abs(high):.0f} to {abs(low):.0f} fewer). "
        "Differences are taken before rounding. So "
        f"{100 - found.compared.per_100} of 100 did not relapse although they stopped, and "
        f"{found.treated.per_100} did although they went on. Only people who had done well were "
        "asked to take part, they could feel the change, and the maker ran it. It says nothing of "
        f'infusions. <span class="trd-small">({origin(row)})</span></p></div>'
    )


def _unknown() -> str:
    items = ""
    for words, rows in UNKNOWN:
        behind = listed(evidence(), rows)
        items += (
            f"<li>{escape(words)}<details><summary>How far the knowledge goes</summary>"
            f"{behind}</details></li>"
        )
    return (
        '<p class="trd-sub">What nobody knows</p><div class="trd-group" '
        f'style="border-left-color:#8a4a78"><ul>{items}</ul></div>'
    )
