"""Draws the 70 % ladder, and what one kind of control makes of the number needed to treat."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from trd.communication.comparisons import Line
from trd.communication.facts import could_be, more_or_fewer, people
from trd.communication.ladder import WITH, Against, Rung, rungs
from trd.communication.views.narrow import Row, stacked
from trd.panel.backed import lines
from trd.panel.parts import CSS, NOT_CHECKED, SUPPORT, badge, cited, verdict
from trd.panel.titled import TitledView
from trd.panel.views import BLUE, GREY, INK, Table
from trd.rows import read

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle

#: Why this control makes the difference what it is, and the rows that say so.
_WHY: dict[str, tuple[str, tuple[str, ...]]] = {
    "none": (
        "Nobody was compared, so nothing says what would have happened anyway: no difference, and "
        "no number needed to treat. This is where large single numbers come from.",
        ("com-t-mcinnes-data", "com-t-murrough-open-limit"),
    ),
    "saline": (
        "Salt water does nothing that can be felt, so people can tell which they had. In most of "
        "these trials few in the control group responded.",
        ("com-t-wilkinson-response-saline-trials", "com-t-wilkinson-response-saline"),
    ),
    "midazolam": (
        "A sedative is felt too. In nine studies pooled person by person, about as many responded "
        "on ketamine as in the saline trials; it was the control group that moved. (On the ladder, "
        "with other people and doses, both move.) It hides the drug better, not well: in "
        "KARMA-Dep 2 most people still guessed right.",
        (
            "com-t-wilkinson-response-midazolam-trials",
            "com-t-wilkinson-response-midazolam",
            "com-t-karma-guess",
        ),
    ),
    "anaesthesia": (
        "Everybody was asleep for an operation, so that nobody felt the drug. Half of the control "
        "group responded. One small trial: it shows what masking may do, not that ketamine does "
        "nothing.",
        ("com-t-lii-guess", "com-t-lii-limit"),
    ),
    "placebo": (
        "In the trials of four weeks everybody began a new antidepressant tablet as well: 13 to "
        "52 in 100 responded without esketamine. In SUSTAIN-1 people who were well went on or "
        "stopped, and what is counted is relapse: fewer is better.",
        ("com-t-transform2-limit", "com-t-sustain1-limit"),
    ),
    "other": (
        "The comparator is a treatment that works. The difference is not what ketamine does, but "
        "how much more or less than the other one. Against ECT two trials disagree.",
        ("com-t-elektd-limit", "com-t-ketect-difference", "com-t-ketect-limit"),
    ),
}

_STYLE = """<style>
.trd-vs { border-collapse:collapse; width:100%; font-size:14px; margin:4px 0 8px; }
.trd-vs caption { text-align:left; font-weight:700; font-size:15px; padding:8px 0 2px; }
.trd-vs :is(th,td) { text-align:left; vertical-align:top; font-weight:400; padding:5px 8px 5px 3px;
  border-bottom:1px solid #d6dade; line-height:1.35; }
.trd-vs thead th { font-weight:600; }
.trd-vs tbody th { font-weight:600; width:30%; }
.trd-vs tbody th span { font-weight:400; display:block; }
.trd-vs .n { font-size:16px; font-weight:700; }
.trd-vs .trd-badge { white-space:normal; font-size:14px; }
.trd-vs .open { color:#7a4b00; display:block; }
@media (max-width:620px) {
  .trd-vs thead { display:none; }
  .trd-vs tr { display:block; border-bottom:1px solid #c9ced3; padding:5px 0; }
  .trd-vs :is(th,td) { display:block; border:0; padding:1px 3px; width:auto !important; }
  .trd-vs td[data-of]::before { content:attr(data-of) ": "; color:#4a4f55; }
}
</style>"""


def _needed(each: Line) -> str:
    if each.needed is None:
        return badge("no", "crosses no effect: no number")
    number, low, high = each.needed
    if each.favours == "control":
        return (
            f'<span class="n">{number:.1f}</span> in favour of {escape(each.control)} '
            f"({low:.1f} to {high:.1f})"
        )
    return f'<span class="n">{number:.1f}</span> ({low:.1f} to {high:.1f})'


def _row(each: Line) -> str:
    mark = "" if each.checked else f'<span class="open">{NOT_CHECKED}</span>'
    links = f"{cited(each.source)}" if each.checked else ""
    return (
        f'<tr><th scope="row">{escape(each.trial)}<span>{escape(each.outcome)}</span>{mark}'
        f'<span class="trd-small">{links}</span></th>'
        f'<td data-of="In 100">{people(each.treated, 100)} with {escape(each.treatment)}, '
        f"{people(each.untreated, 100)} with {escape(each.control)}</td>"
        f'<td data-of="Difference">{more_or_fewer(each.effect.rd, 100)} (could be '
        f"{could_be(each.effect.low, each.effect.high, 100)})</td>"
        f'<td data-of="Number needed to treat">{_needed(each)}</td></tr>'
    )


def _table(result: Against) -> str:
    if not result.comparisons:
        return ""
    rows = "".join(map(_row, result.comparisons))
    return (
        '<table class="trd-vs"><caption>Against '
        f"{escape(WITH[result.compared])}; differences are taken before rounding</caption>"
        "<thead><tr>"
        '<th scope="col">Study and outcome</th><th scope="col">In 100 people</th>'
        '<th scope="col">Difference</th><th scope="col">Number needed to treat</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _alone(result: Against) -> str:
    """Return the rungs without a control group as a list."""
    items = "".join(
        f"<li>{escape(each.label)}: <strong>{each.treated:.0f} %</strong>"
        + (f" (could be {each.low:.0f} to {each.high:.0f})" if each.low is not None else "")
        + f' <span class="trd-small">({cited(each.source)})</span></li>'
        for each in result.rungs
        if each.control is None
    )
    return f'<ul class="trd-back">{items}</ul>'


def _message(result: Against) -> str:
    if result.compared == "none":
        return "Without a control group: large shares, no difference, no number needed to treat."
    total = len(result.comparisons)
    best = result.smallest
    if best is None or best.needed is None:
        return (
            f"All {total} cross no effect: no number needed to treat."
            if total > 1
            else ("The one comparison crosses no effect: no number needed to treat may be quoted.")
        )
    known = "" if best.checked else f", {NOT_CHECKED}"
    words = f"Number needed to treat from {best.needed[0]:.1f} ({best.trial}{known})"
    if result.crossing:
        return f"{words} to none at all: {result.crossing} of {total} cross no effect."
    worst = max(
        each.needed[0]
        for each in result.comparisons
        if each.favours == "treatment" and each.needed is not None
    )
    return f"{words} to {worst:.1f}; {total} comparisons." if total > 1 else f"{words}."


def _guess(result: Against) -> str:
    if not result.guess:
        return ""
    rung = next(each for each in rungs() if each.key == result.guess)
    if rung.seventy:
        why = (
            "everybody knew what they had, and nobody was compared"
            if rung.control is None
            else "saline cannot be mistaken for ketamine, and one crossover of 17 is small"
        )
        return verdict(
            "good",
            f"Yes, one of the two: {rung.treated:.0f} %. But {why}. And it is response, not "
            "being well.",
        )
    return verdict(
        "bad",
        f"Not this one: {rung.treated:.0f} %. The two highest rungs are it. Ask of any number: "
        "compared with what, when, and who?",
    )


class ControlView(TitledView[Against]):
    """The ladder above; below it what one control makes of the effect."""

    size_in = (7.6, 5.5)
    title_in = 0.36

    def __init__(self) -> None:
        super().__init__()
        self.height_px = 900

    def title(self, result: Against) -> str:
        """Return the message of the picture."""
        shown = [each for each in result.rungs if each.compared == result.compared]
        if not shown:
            return "Not on the ladder; see the table below"
        low, high = min(each.treated for each in shown), max(each.treated for each in shown)
        share = f"{low:.0f} %" if round(low) == round(high) else f"{low:.0f} to {high:.0f} %"
        words = {
            "none": "no control group",
            "saline": "against saline",
            "midazolam": "against midazolam",
            "anaesthesia": "with everybody asleep",
        }[result.compared]
        return f"{share} on ketamine, {words}"

    def build(self, figure: Figure) -> Sequence[Artist]:
        """Draw the ladder and return what moves."""
        wide, high = self.size_in
        axes = figure.add_axes((3.42 / wide, 0.86 / high, 4.05 / wide, (high - 1.3) / high))
        ladder = rungs()
        axes.set(xlim=(-7, 82), ylim=(len(ladder) - 0.5, -0.5))
        axes.set_xlabel("In 100: response, or remission where named")
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.grid(visible=False, axis="y")
        axes.axvline(70, color=GREY, lw=1.2, ls=(0, (2, 2)))
        axes.text(70, -0.55, "70", ha="center", va="bottom", color=INK)
        self._title = figure.text(0.012, (high - 0.2) / high, "", fontsize=13, fontweight="bold")
        self._title.set(va="center")
        from matplotlib.patches import Rectangle

        self._dots: dict[str, list[Line2D]] = {}
        self._bands: dict[str, Rectangle] = {}
        moving: list[Artist] = []
        step = (high - 1.3) / len(ladder)
        clear: dict[str, Any] = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
        for place, rung in enumerate(ladder):
            # Two lines of text a rung, from the left edge of the picture.
            y = 0.86 + (len(ladder) - 0.5 - place) * step
            figure.text(0.1 / wide, (y + 0.1) / high, rung.label, va="center")
            below = rung.outcome if rung.checked else f"{rung.outcome}; {_unsure(rung)}"
            other = rung.outcome.startswith("remission")
            figure.text(
                0.1 / wide,
                (y - 0.1) / high,
                below,
                va="center",
                color=INK if other else GREY,
                fontweight="bold" if other else "normal",
            )
            parts = []
            if rung.control is not None:
                (bar,) = axes.plot([rung.control, rung.treated], [place, place], lw=3)
                (ring,) = axes.plot(
                    [rung.control], [place], "o", ms=9, markerfacecolor="white", markeredgewidth=2
                )
                parts += [bar, ring]
                axes.text(rung.control - 2.2, place, f"{rung.control:.0f}", ha="right", va="center")
            (dot,) = axes.plot([rung.treated], [place], "o", ms=10)
            axes.text(
                rung.treated + 2.4,
                place,
                f"{rung.treated:.0f}",
                ha="left",
                va="center",
                fontweight="bold",
                bbox=clear,
            )
            self._dots[rung.key] = [*parts, dot]
            # A band marks a chosen rung, or covers one that is not to be seen.
            band = Rectangle(
                (0, (y - step / 2) / high), 1, step / high, transform=figure.transFigure, lw=0
            )
            figure.add_artist(band)
            self._bands[rung.key] = band
            moving += [*self._dots[rung.key], band]
        figure.text(
            0.1 / wide,
            0.13 / high,
            "Filled: on ketamine.  Ring: control group.  Blue band: the control you chose.",
            va="center",
        )
        return [self._title, *moving]

    def update(self, result: Against) -> None:
        """Mark the rungs of the chosen control, and cover those not to be seen."""
        self._title.set_text(self.title(result))
        shown = {each.key for each in result.rungs}
        for rung in rungs():
            chosen = rung.compared == result.compared
            colour = BLUE if chosen else "#9AA3AB"
            for part in self._dots[rung.key]:
                ring = part.get_markerfacecolor() == "white"
                part.set(
                    color=colour,
                    markeredgecolor=colour,
                    markerfacecolor="white" if ring else colour,
                )
            band = self._bands[rung.key]
            hidden = rung.key not in shown
            band.set(visible=hidden or chosen, alpha=1.0 if hidden else 0.13)
            band.set_facecolor("white" if hidden else BLUE)

    def html(self, result: Against) -> str:
        """Return the ladder and what this control makes of the number."""
        why, rows = _WHY[result.compared]
        known = read("communication_trials")
        hidden = ""
        if result.hidden:
            hidden = (
                f'<p class="trd-small">{result.hidden} more, not checked here, '
                f"{'is' if result.hidden == 1 else 'are'} hidden.</p>"
            )
        support = ""
        if any(each.kind == "thoughts" for each in result.comparisons):
            support = f'<p class="trd-support">{SUPPORT}</p>'
        body = _alone(result) if result.compared == "none" else _table(result)
        return (
            f"{CSS}{_STYLE}{stacked(super().html(result), _rows(result))}{_guess(result)}"
            f"{verdict('info', _message(result))}<p>{escape(why)}</p>"
            f"{lines(known[each] for each in rows)}{body}{hidden}{support}"
        )

    def describe(self, result: Against) -> str:
        """Return the rungs of the chosen control."""
        shown = [each for each in result.rungs if each.compared == result.compared]
        said = "; ".join(
            f"{each.label}: {each.treated:.0f} in 100 on ketamine"
            + ("" if each.control is None else f", {each.control:.0f} on control")
            + ("" if each.checked else f" ({_unsure(each)})")
            for each in shown
        )
        return f"On the ladder: {said}." if said else f"{self.title(result)}."

    def table(self, result: Against) -> Table:
        """Return the ladder."""
        return Table(
            caption="The ladder",
            header=("Study", "Outcome", "On ketamine, %", "Control, %", "Read by this course"),
            rows=[
                (
                    each.label,
                    each.outcome,
                    f"{each.treated:.0f}",
                    "none" if each.control is None else f"{each.control:.0f}",
                    "yes" if each.checked else _unsure(each),
                )
                for each in result.rungs
            ],
        )


def _rows(result: Against) -> list[Row]:
    """Return the ladder for a narrow screen."""
    return [
        Row(
            each.label,
            each.outcome if each.checked else f"{each.outcome}; {_unsure(each)}",
            f"{each.treated:.0f} on ketamine"
            + (", no control group" if each.control is None else f", control {each.control:.0f}"),
            chosen=each.compared == result.compared,
        )
        for each in result.rungs
    ]


def _unsure(rung: Rung) -> str:
    return "reported by others" if rung.status == "secondary" else "not checked here"
