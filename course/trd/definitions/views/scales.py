"""Draws what a score on a rating scale means, and what a change of it means."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from trd.definitions.goals import Change, Goal
from trd.definitions.scales import PHQ9_ANSWERS, PHQ9_CREDIT, PHQ9_ITEMS, Phq9, Scale, scale
from trd.panel.parts import CSS, NOT_CHECKED, TALK_TO_SOMEONE, badge, cited, verdict
from trd.panel.views import Table, View
from trd.parameters import Entry

#: From light to dark, so that the order survives without colour vision.
_GROUNDS = ("#eef3f7", "#cfe0ec", "#9fc3dc", "#5f9cc4", "#2b6c99")
_INKS = ("#1b1b1b", "#1b1b1b", "#1b1b1b", "#1b1b1b", "#ffffff")

#: A cut-off of other authors that stands among what is known about change.
_ELSEWHERE = "severe_elsewhere"

SUPPORT = (
    "<strong>Item 9 is above 0.</strong> In a clinic this is a reason to ask the person today, "
    "directly and calmly, about thoughts of suicide, and to follow your service’s safety pathway, "
    "whatever the total. <strong>If these are your own answers:</strong> "
    f"{TALK_TO_SOMEONE} Nothing you tick here is stored."
)


def _at(on: Scale, total: float) -> float:
    """Where the middle of a total lies on the bar, in % of its width."""
    return 100 * (total - on.minimum + 0.5) / (on.maximum - on.minimum + 1)


def _edge(on: Scale, total: float) -> float:
    """Where a total begins on the bar, in % of its width."""
    return 100 * (total - on.minimum) / (on.maximum - on.minimum + 1)


def _mark(on: Scale, total: int, arrow: str, words: str, above: bool) -> str:
    at = _at(on, total)
    side = "bottom" if above else "top"
    # The words hang to the side that has room, so that they never leave the bar.
    hang = f"left:calc({at:.2f}% + 11px)" if at < 60 else f"right:calc({100 - at:.2f}% + 11px)"
    return (
        f'<span class="trd-arrow" style="left:{at:.2f}%;{side}:2px">{arrow}</span>'
        f'<span style="{hang};{side}:0">{escape(words)}</span>'
    )


def _bar(on: Scale, above: tuple[int, str], below: tuple[int, str] | None, words: str) -> str:
    """Return the bands of a scale with one or two marks, as a picture with its description."""
    last = len(_GROUNDS) - 1
    bands = ""
    for index, band in enumerate(on.bands):
        shade = min(index + (len(on.bands) < 5), last) if index else 0
        left = _edge(on, band.low)
        width = _edge(on, band.high + 1) - left
        bands += (
            f'<div class="trd-band" style="left:{left:.2f}%;width:{width:.2f}%;'
            f'background:{_GROUNDS[shade]};color:{_INKS[shade]}"><span>{escape(band.label)}</span>'
            "</div>"
        )
    ticks = "".join(
        f'<span style="left:{_at(on, band.low):.2f}%">{band.low}</span>' for band in on.bands
    )
    ticks += f'<span style="left:{_at(on, on.maximum):.2f}%">{on.maximum}</span>'
    lower = _mark(on, below[0], "▲", below[1], above=False) if below else ""
    return (
        f'<div class="trd-scale" role="img" aria-label="{escape(words)}">'
        f'<div class="trd-marks">{_mark(on, above[0], "▼", above[1], above=True)}</div>'
        f'<div class="trd-bar">{bands}</div><div class="trd-ticks">{ticks}</div>'
        + (f'<div class="trd-marks">{lower}</div>' if below else "")
        + "</div>"
    )


def _bands(on: Scale) -> str:
    """Return the bands in words with their sources."""
    shown = ", ".join(
        f"{escape(band.label)} {band.low}–{band.high}{_dagger(band.status)}" for band in on.bands
    )
    links = cited(dict.fromkeys(key for band in on.bands for key in band.source))
    return f'<p class="trd-small">Severity: {shown}{_brackets(links)}.</p>'


def _dagger(status: str) -> str:
    return "<sup>†</sup>" if status == "from-knowledge" else ""


def _brackets(links: str) -> str:
    return f" ({links})" if links else ""


def _known(entry: Entry) -> str:
    return f"{escape(entry.text)}{_dagger(entry.status)}"


class Phq9View(View[Phq9]):
    """The total of a PHQ-9 on its severity bar, with support when item 9 is above 0."""

    height_px = 250

    def html(self, result: Phq9) -> str:
        """Return bar, words and credit line."""
        on = scale("phq9")
        support = f'<p class="trd-support">{SUPPORT}</p>' if result.item9_flag else ""
        return (
            CSS
            + support
            + verdict("info", f"Total {result.total} of {on.maximum}: {result.severity}")
            + _bar(on, (result.total, f"{result.total}"), None, self.describe(result))
            + _bands(on)
            + f'<p class="trd-small">† {NOT_CHECKED}. A total is a measure of symptoms, not a '
            f"diagnosis. {escape(PHQ9_CREDIT)}{_brackets(cited(('phqlic',)))}</p>"
        )

    def describe(self, result: Phq9) -> str:
        """Return total and severity, and whether item 9 needs a question."""
        flag = " Item 9 is above 0: ask about safety." if result.item9_flag else ""
        return f"PHQ-9 total {result.total} of 27: {result.severity}.{flag}"

    def table(self, result: Phq9) -> Table:
        """Return the answer and points of every item."""
        rows = [
            [item, PHQ9_ANSWERS[answer], str(answer)]
            for item, answer in zip(PHQ9_ITEMS, result.answers, strict=True)
        ]
        rows.append(["Total", result.severity, str(result.total)])
        return Table("Points of every item", ("Item", "Answer", "Points"), rows)


class ChangeView(View[Change]):
    """Baseline and present total on the severity bar, and every line the change crosses."""

    height_px = 560

    def html(self, result: Change) -> str:
        """Return the message, the bar, the lines, and the smallest change that matters."""
        reading = result.reading
        on = reading.scale
        picture = _bar(
            on,
            (reading.baseline, f"{reading.baseline} at baseline"),
            (reading.now, f"{reading.now} now"),
            self.describe(result),
        )
        return (
            CSS
            + verdict("info", self._message(result))
            + picture
            + _bands(on)
            + '<p class="trd-sub">Which lines does the score now reach? '
            "The filled part: totals that reach it</p>"
            + "".join(self._goal(on, goal, reading.now) for goal in result.goals)
            + self._meaning(result)
            + self._about(on)
        )

    def _message(self, result: Change) -> str:
        reading = result.reading
        name = f"{reading.scale.label} from {reading.baseline} to {reading.now}"
        if reading.improvement_pct is None:
            return f"{name}: from a baseline of 0 no percentage can be formed"
        change = reading.improvement_pct
        better = (
            f"{abs(change):.0f} % {'better' if change > 0 else 'worse'}" if change else "unchanged"
        )
        rules = [met for _, met in reading.remission]
        if reading.remission_disputed:
            remission = f"remission by {sum(rules)} of {len(rules)} rules"
        else:
            remission = "remission" if rules[0] else "no remission"
        outcome = "" if reading.outcome == "worse" else f"{reading.outcome}, "
        return f"{name}, {better}: {outcome}{remission}"

    def _goal(self, on: Scale, goal: Goal, now: int) -> str:
        colour = "#00805e" if goal.met else "#c9a48f"
        fill, at = _edge(on, goal.highest + 1), _at(on, now)
        basis = (
            "teaching assumption of this course"
            if goal.status == "teaching-assumption"
            else NOT_CHECKED
            if goal.status == "from-knowledge"
            else cited(goal.source)
        )
        links = _brackets(basis)
        asks = ", so" if "fall" in goal.label else ":"
        return (
            f'<div class="trd-goal">{badge("good" if goal.met else "bad", self._met(goal))} '
            f"{escape(goal.label)}{asks} {goal.highest} or less"
            f'<span class="trd-small">{links}</span>'
            f'<div class="trd-track" aria-hidden="true"><div class="trd-fill" '
            f'style="width:{fill:.2f}%;background:{colour}"></div>'
            f'<div class="trd-now" style="left:{at:.2f}%"></div></div></div>'
        )

    def _met(self, goal: Goal) -> str:
        return "reached" if goal.met else "not reached"

    def _meaning(self, result: Change) -> str:
        reading = result.reading
        kind, word = {
            True: ("good", "matters"),
            False: ("bad", "too small to matter"),
            None: ("discuss", "sources do not settle it"),
        }[reading.meaningful]
        keys = dict.fromkeys(
            key
            for name, entry in reading.scale.change
            if name != _ELSEWHERE
            for key in entry.source
        )
        return (
            f'<p class="trd-sub">Is the change large enough to matter?</p><p>{badge(kind, word)} '
            f'{escape(reading.meaningful_note)} <span class="trd-small">{_brackets(cited(keys))}'
            "</span></p>"
        )

    def _about(self, on: Scale) -> str:
        other = "".join(
            f" {escape(entry.note.rstrip('.'))}{_brackets(cited(entry.source))}."
            for name, entry in on.change
            if name == _ELSEWHERE
        )
        return (
            f'<p class="trd-small">{on.label}: {on.minimum} to {on.maximum} points, rated by '
            f"{_known(on.rater)}, over {_known(on.window)}.{other} May its items be shown? "
            f"{_known(on.items_shown).capitalize()}. † {NOT_CHECKED}.</p>"
        )

    def describe(self, result: Change) -> str:
        """Return totals, severity and outcome."""
        reading = result.reading
        return (
            f"{self._message(result)}. Severity was {reading.severity_baseline} and is "
            f"{reading.severity_now} now."
        )

    def table(self, result: Change) -> Table:
        """Return every line with the total it asks for and whether it is reached."""
        rows: list[Sequence[str]] = [
            [goal.label, f"{goal.highest} or less", self._met(goal)] for goal in result.goals
        ]
        reading = result.reading
        return Table(
            f"{reading.scale.label}: baseline {reading.baseline}, now {reading.now}",
            ("Line", "Total it asks for", "Now"),
            rows,
        )
