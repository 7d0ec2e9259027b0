"""Draws chosen comparisons as a forest plot, with its direction in words."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from trd.communication.comparisons import CONTROLS, OUTCOMES, TIMES, Line, comparisons
from trd.communication.facts import could_be, more_or_fewer, people
from trd.communication.views.narrow import Row, stacked
from trd.panel.parts import CSS, NOT_CHECKED, SUPPORT, cited, verdict
from trd.panel.titled import TitledView
from trd.panel.views import BLUE, GREY, INK, ORANGE, STYLE, Table

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure
    from PIL.Image import Image

#: Inches of the head with its axis, and of one row.
_HEAD, _ROW = 1.62, 0.47
_LEFT, _RIGHT = -52.0, 92.0
#: What lies to the left and to the right of no effect; with benefits, more is better.
_SIDES = {
    "harm": ("less harm with treatment", "more harm with treatment"),
    "unsaid": ("less harm with treatment", "more harm with treatment"),
    "relapse": ("fewer relapses with treatment", "more with treatment"),
}
_HARMS = ("harm", "unsaid")
_BENEFIT_SIDES = ("control better", "treatment better")

_STYLE = """<style>
.trd-fo { margin:6px 0 10px; padding-left:1.2em !important; }
.trd-fo li { margin:4px 0; font-size:14px; line-height:1.4; }
</style>"""


@dataclass(frozen=True)
class Shown:
    """What the panel shows.

    Attributes
    ----------
    lines : tuple of Line
        From the largest difference to the smallest.
    kind, compared, time : str
        What was asked for; empty for all.
    unchecked : bool
        Whether rows not checked here were asked for.
    hidden : int
        Rows left out because they were not checked here.
    """

    lines: tuple[Line, ...]
    kind: str
    compared: str
    time: str
    unchecked: bool
    hidden: int


def _first(line: Line) -> str:
    if line.kind not in _HARMS:
        return line.trial
    words = line.outcome.removesuffix(f" {line.when}")
    return f"{words[:1].upper()}{words[1:]}".replace(" (reported as an adverse event)", "").replace(
        "Any serious or severe common reaction", "Serious or severe reaction"
    )


def _second(line: Line) -> str:
    when = (
        line.when.replace(" (240 minutes)", "")
        .replace("at the end of up to eight infusions", "after up to 8 doses")
        .replace("at the end of the course", "at the end")
        .replace("during maintenance", "maintenance")
        .replace("during the infusion", "infusion")
    )
    control = line.control.replace(" under anaesthesia", ", asleep").replace(" spray", "")
    if line.kind in _HARMS:
        return f"{line.trial}, {control}, {when}".replace(" and ", "/")
    return f"{control}, {when}"


class ForestView(TitledView[Shown]):
    """Differences in people of 100 with their intervals, one row a comparison."""

    title_in = 0.4

    def __init__(self) -> None:
        super().__init__()
        #: The head and one row; `png` puts as many rows under the head as are asked for.
        self.size_in = (7.6, _HEAD + _ROW)
        self.height_px = 700
        self._strips: dict[str, Image] = {}
        self._high_px = 0

    def title(self, result: Shown) -> str:
        """Return the message of the picture."""
        total = len(result.lines)
        if not total:
            return "Nothing to draw"
        crossing = sum(each.effect.crosses_no_effect for each in result.lines)
        if total == 1:
            return "One comparison; it crosses no effect" if crossing else "One comparison"
        if not crossing:
            return f"None of {total} intervals crosses no effect"
        return f"{crossing} of {total} intervals cross no effect"

    def build(self, figure: Figure) -> Sequence[Artist]:
        """Draw the axis, and one hidden row for each place."""
        wide, high = self.size_in
        axes = figure.add_axes((2.78 / wide, 0, 2.72 / wide, _ROW / high))
        axes.set(xlim=(_LEFT, _RIGHT), ylim=(0.5, -0.5))
        axes.set_yticks([])
        axes.xaxis.tick_top()
        axes.set_xticks([-25, 0, 25, 50, 75], ["−25", "0", "25", "50", "75"])
        axes.spines["left"].set_visible(False)
        axes.spines["bottom"].set_visible(False)
        axes.spines["top"].set_visible(True)
        axes.grid(visible=False, axis="y")
        axes.axvline(0, color=INK, lw=1.6)
        top = high - _HEAD
        middle = 2.78 + 2.72 * (0 - _LEFT) / (_RIGHT - _LEFT)
        figure.text(
            4.14 / wide,
            (top + 0.42) / high,
            "Difference, people in 100",
            ha="center",
            va="center",
        )
        figure.text(0.1 / wide, (top + 0.16) / high, "Study", va="center", fontweight="bold")
        figure.text(
            5.62 / wide,
            (top + 0.16) / high,
            "Difference (95 %)",
            va="center",
            fontweight="bold",
        )
        self._title = figure.text(0.1 / wide, (high - 0.2) / high, "", fontsize=13)
        self._title.set(va="center", fontweight="bold")
        side: dict[str, Any] = {"va": "center", "fontweight": "bold"}
        y = (top + 0.74) / high
        self._less = figure.text((middle - 0.1) / wide, y, "", ha="right", **side)
        self._more = figure.text((middle + 0.1) / wide, y, "", ha="left", **side)
        key = "Filled: clear of no effect.  Empty: crosses it.  Dashed: not checked here."
        figure.text(0.1 / wide, (high - 0.52) / high, key, va="center", color=GREY)
        self._head = [self._title, self._less, self._more]
        centre = _ROW / 2
        (self._bar,) = axes.plot([0, 0], [0, 0], lw=2.4, solid_capstyle="butt")
        (self._dot,) = axes.plot([0], [0], "s", ms=9, markeredgewidth=2)
        self._one = figure.text(0.1 / wide, (centre + 0.1) / high, "", va="center")
        self._two = figure.text(0.1 / wide, (centre - 0.1) / high, "", va="center", color=GREY)
        self._number = figure.text(5.62 / wide, centre / high, "", va="center")
        self._mark = figure.text(5.62 / wide, (centre - 0.1) / high, "", va="center", color=GREY)
        self._row = [self._bar, self._dot, self._one, self._two, self._number, self._mark]
        self._middle = centre / high, (centre + 0.1) / high
        return [*self._head, *self._row]

    def update(self, result: Shown) -> None:
        """Set the words of the head."""
        self._title.set_text(self.title(result))
        less, more = _SIDES.get(result.kind, _BENEFIT_SIDES)
        # The treatment's side has the treatment's colour.
        colours = (BLUE, ORANGE) if result.kind in _SIDES else (ORANGE, BLUE)
        self._less.set(text=f"← {less}", color=colours[0])
        self._more.set(text=f"{more} →", color=colours[1])

    def _set(self, line: Line) -> None:
        effect = line.effect
        colour = {"treatment": BLUE, "control": ORANGE, "neither": GREY}[line.favours]
        self._bar.set_xdata([100 * effect.low, 100 * effect.high])
        self._bar.set(color=colour, linestyle="-" if line.checked else (0, (2.2, 1.3)))
        self._dot.set_xdata([100 * effect.rd])
        self._dot.set(
            markeredgecolor=colour,
            markerfacecolor="white" if effect.crosses_no_effect else colour,
        )
        self._one.set_text(_first(line))
        self._two.set_text(_second(line))
        self._number.set(
            text=f"{_signed(effect.rd)} ({_signed(effect.low)} to {_signed(effect.high)})",
            y=self._middle[0 if line.checked else 1],
        )
        self._mark.set_text("" if line.checked else "not checked here")

    def _drawn(self, artists: Sequence[Artist]) -> Image:
        """Return the figure with these of its moving artists only."""
        import matplotlib
        from PIL import Image

        figure = self._figure or self._prepare()
        canvas: Any = figure.canvas
        with matplotlib.rc_context(STYLE):
            canvas.restore_region(self._background)
            for artist in artists:
                (artist.axes or figure).draw_artist(artist)
        size = canvas.get_width_height()
        image = Image.frombuffer("RGBA", size, canvas.buffer_rgba(), "raw", "RGBA", 0, 1)
        return image.convert("RGB")

    def _strip(self, line: Line) -> Image:
        """Return the row of one comparison; it is drawn once, and looks alike in every plot."""
        if line.key not in self._strips:
            if self._figure is None:
                self._prepare()
            self._set(line)
            whole = self._drawn(self._row)
            # Without the line of the axis itself.
            top = round(_HEAD * self.dpi) + 2
            self._strips[line.key] = whole.crop((0, top, whole.width, whole.height))
        return self._strips[line.key]

    def warm(self) -> Iterator[None]:
        """Draw every row once, one at each step, so that a choice costs a few milliseconds."""
        for line in comparisons().values():
            self._strip(line)
            yield

    def png(self, result: Shown) -> bytes:
        """Return the head with the rows under it."""
        from PIL import Image

        if self._figure is None:
            self._prepare()
        self.update(result)
        head = self._drawn(self._head)
        top = round(_HEAD * self.dpi)
        strips = [self._strip(line) for line in result.lines]
        self._high_px = top + sum(each.height for each in strips)
        picture = Image.new("RGB", (head.width, self._high_px), "white")
        picture.paste(head.crop((0, 0, head.width, top)), (0, 0))
        for strip in strips:
            picture.paste(strip, (0, top))
            top += strip.height
        buffer = io.BytesIO()
        picture.save(buffer, "png", compress_level=1)
        return buffer.getvalue()

    def html(self, result: Shown) -> str:
        """Return the plot, what it says, and who was studied."""
        support = f'<p class="trd-support">{SUPPORT}</p>' if result.kind == "thoughts" else ""
        if not result.lines:
            return CSS + verdict("info", _empty(result)) + support
        picture = super().html(result)
        whole, drawn = round(100 * self.size_in[1]), round(100 * self._high_px / self.dpi)
        picture = picture.replace(f'height="{whole}"', f'height="{drawn}"')
        hidden = ""
        if result.hidden:
            hidden = f" {result.hidden} more, not checked here, can be added with the tick box."
        items = "".join(map(_item, result.lines))
        return (
            f"{CSS}{_STYLE}{stacked(picture, map(_stacked, result.lines), _axis(result))}"
            f"{verdict('info', _message(result) + hidden)}"
            f"<details><summary>Who was studied, and what to hold against it</summary>"
            f'<ul class="trd-fo">{items}</ul></details>{support}'
        )

    def describe(self, result: Shown) -> str:
        """Return the direction, and the two ends of the plot."""
        if not result.lines:
            return _empty(result)
        less, more = _SIDES.get(result.kind, _BENEFIT_SIDES)
        ends = [result.lines[0], *result.lines[1:][-1:]]
        said = "; ".join(
            f"{_first(each)} ({_second(each)}) {more_or_fewer(each.effect.rd, 100)} in 100, could "
            f"be {could_be(each.effect.low, each.effect.high, 100)}"
            for each in ends
        )
        return f"To the left {less}, to the right {more}. From top to bottom: {said}."

    def table(self, result: Shown) -> Table:
        """Return the numbers."""
        return Table(
            caption=f"{OUTCOMES[result.kind].capitalize()}: differences",
            header=(
                "Study",
                "Outcome",
                "Against",
                "In 100, treatment",
                "In 100, control",
                "Difference",
                "Could be",
                "Number needed",
                "Status",
            ),
            rows=[
                (
                    each.trial,
                    each.outcome,
                    each.control,
                    str(people(each.treated, 100)),
                    str(people(each.untreated, 100)),
                    more_or_fewer(each.effect.rd, 100),
                    could_be(each.effect.low, each.effect.high, 100),
                    _needed(each),
                    "read or worked out" if each.checked else NOT_CHECKED,
                )
                for each in result.lines
            ],
        )


def _signed(share: float) -> str:
    found = people(share, 100)
    return f"+{found}" if found > 0 else str(found).replace("-", "−")


def _axis(result: Shown) -> str:
    less, more = _SIDES.get(result.kind, _BENEFIT_SIDES)
    return f"Difference, people in 100. Minus: {less}. Plus: {more}."


def _stacked(line: Line) -> Row:
    """Return one comparison for a narrow screen."""
    effect = line.effect
    words = f"{_signed(effect.rd)} ({_signed(effect.low)} to {_signed(effect.high)})"
    if effect.crosses_no_effect:
        words += ": crosses no effect"
    below = _second(line) if line.checked else f"{_second(line)}; not checked here"
    return Row(_first(line), below, words)


def _needed(line: Line) -> str:
    if line.needed is None:
        return "crosses no effect"
    number, low, high = line.needed
    return f"{number:.1f} ({low:.1f} to {high:.1f})"


def _item(line: Line) -> str:
    words = f"{line.population}. {line.note[:1].upper()}{line.note[1:]}".rstrip(". ") + "."
    if line.certainty:
        words += f" Certainty {line.certainty} (GRADE)."
    # The note of a row that was not checked says so already.
    who = cited(line.source) if line.checked else ""
    return (
        f"<li><strong>{escape(line.trial)}</strong>, {escape(line.outcome)}, "
        f"{escape(line.treatment)} against {escape(line.control)}: {escape(words)} {who}</li>"
    )


def _empty(result: Shown) -> str:
    more = f" {result.hidden} not checked here would." if result.hidden else ""
    return f"No comparison that was checked here fits.{more}"


def _message(result: Shown) -> str:
    count = {"treatment": 0, "control": 0, "neither": 0}
    for each in result.lines:
        count[each.favours] += 1
    what = OUTCOMES[result.kind]
    against = CONTROLS[result.compared] if result.compared else "any comparator"
    when = f", {TIMES[result.time]}" if result.time else ""
    harm = result.kind in _HARMS
    treatment = "show less harm with treatment" if harm else "favour the treatment"
    control = "show more harm with treatment" if harm else "favour the control"
    return (
        f"{what[:1].upper()}{what[1:]}, against {against}{when}: of {len(result.lines)}, "
        f"{count['treatment']} {treatment}, {count['control']} {control}, {count['neither']} "
        f"cross no effect."
    )
