"""The ladder of causes to clear before anyone speaks of resistance."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from trd.definitions.pseudoresistance import Check
from trd.definitions.vignettes import Decision, Rung
from trd.evidence import rows
from trd.panel.parts import CSS, NOT_CHECKED, cited, verdict
from trd.panel.views import Table, View

if TYPE_CHECKING:
    from trd.evidence import EvidenceRow

_WORDS = {"clear": "clear", "problem": "problem found", "unknown": "not yet known"}
_MARKS = {"clear": "✓", "problem": "!", "unknown": "?"}
#: Ink, ground and edge of a mark; the sign in it says the same.
_COLOURS = {
    "clear": ("#ffffff", "#00664a", "#00664a"),
    "problem": ("#1b1b1b", "#ffd9c2", "#b34700"),
    "unknown": ("#1b1b1b", "#ffffff", "#5a6068"),
}
#: What each step is about, in a word or two.
_SHORT = {
    "diagnosis": "diagnosis",
    "taken": "taken",
    "dose": "dose",
    "weeks": "weeks",
    "level": "level",
    "comorbidity": "illness",
    "stressors": "life",
}

_STYLE = """<style>
.trd-story { background:#f3f5f7; color:#1b1b1b; border-radius:6px; padding:8px 12px;
  margin:0 0 8px; }
.trd-story p { margin:0 0 4px; }
.trd-steps { list-style:none; margin:0 0 8px; padding:0; display:flex;
  flex-wrap:wrap; gap:4px 2px; }
.trd-steps li { display:flex; align-items:center; gap:6px; padding:4px 9px 4px 4px; font-size:14px;
  border:2px solid transparent; border-radius:18px; }
.trd-steps li.now { border-color:#0b5c8a; background:#e8f2f8; color:#1b1b1b; font-weight:700; }
.trd-steps .mark { width:20px; height:20px; border-radius:50%; border:2px solid; font-weight:700;
  text-align:center; line-height:20px; box-sizing:content-box; }
.trd-now-card { border-left:5px solid #0b5c8a; padding:2px 0 2px 12px; margin:0 0 8px; }
.trd-now-card p { margin:0 0 4px; }
</style>"""


class LadderView(View[Decision]):
    """The story, the steps in a row, the first thing to do, and why it is worth doing."""

    # As tall as its longest state, so that the table under it does not move under the mouse.
    height_px = 290

    def html(self, result: Decision) -> str:
        """Return story, steps and verdict."""
        chips = "".join(map(_chip, result.rungs))
        return f'{CSS}{_STYLE}{_story(result)}<ol class="trd-steps">{chips}</ol>{_verdict(result)}'

    def more(self, result: Decision) -> str:
        """Return why the step is worth checking; under the table, as its length varies most."""
        return _now(result)

    def describe(self, result: Decision) -> str:
        """Say which step comes first and whether the label may be considered."""
        now = result.next
        if now.step is None:
            return "All seven steps are clear. The label may be considered now."
        left = len(now.open_steps) - 1
        others = f", and {left} more after it" if left else ""
        return (
            f"First step that is not clear: {now.step.number}, “{now.step.question}” "
            f"({_WORDS[now.finding or 'unknown']}){others}. It is too early for the label."
        )

    def table(self, result: Decision) -> Table:
        """Return every step with its state and how to check it."""
        return Table(
            "The checklist in order",
            ["Step", "State", "How to check", "If there is a problem", "What waits for it"],
            [
                [
                    f"{rung.step.number}. {rung.step.question}",
                    _WORDS[rung.finding],
                    rung.step.check,
                    rung.step.action,
                    rung.step.blocks,
                ]
                for rung in result.rungs
            ],
        )


def _story(result: Decision) -> str:
    found = ""
    if result.revealed:
        found = f"<p><strong>What the clinic found:</strong> {escape(result.person.outcome)}</p>"
    return f'<div class="trd-story"><p>{escape(result.person.story)}</p>{found}</div>'


def _chip(rung: Rung) -> str:
    ink, ground, edge = _COLOURS[rung.finding]
    opening = '<li class="now" aria-current="step">' if rung.place == "now" else "<li>"
    # The word is there for those who hear the page; the sign says it to those who see it.
    return (
        f'{opening}<span class="mark" role="img" aria-label="{_WORDS[rung.finding]}" '
        f'style="color:{ink};background:{ground};border-color:{edge}">{_MARKS[rung.finding]}</span>'
        f"{rung.step.number} {_SHORT[rung.step.key]}</li>"
    )


def _verdict(result: Decision) -> str:
    now = result.next
    if now.step is None:
        return verdict("good", f"The label may be considered. {now.action}")
    do = (
        now.action
        if now.finding == "problem"
        else f"First answer step {now.step.number}: {now.step.check}."
    )
    return verdict("bad", f"Not yet “treatment-resistant”. {do} On hold: {now.blocks}.")


def _now(result: Decision) -> str:
    now = result.next
    if now.step is None:
        return ""
    later = "".join(
        f"<p>Also found: <strong>{escape(rung.step.question)}</strong> "
        f"{escape(rung.step.action)}</p>"
        for rung in result.rungs
        if rung.place == "waits" and rung.finding == "problem"
    )
    return f'<div class="trd-now-card">{_why(now.step)}</div>{later}'


def _why(step: Check) -> str:
    """Return the figures that support checking a step, and what else to look for."""
    table = rows()
    figures = "".join(_figure(table[key]) for key in step.evidence if key in table)
    also = f"<p>Look also for {escape(step.also)} ({NOT_CHECKED}).</p>" if step.also else ""
    return (
        f"<p><strong>Step {step.number}, {escape(step.question)}</strong> Why it is worth "
        f"checking:</p>{figures}{also}"
    )


def _figure(row: EvidenceRow) -> str:
    number = f"{row.value} {row.unit}".strip()
    if row.low and row.high:
        spread = f"{row.low} to {row.high}"
        number = f"{number} (interval {spread})" if row.value else f"{spread} {row.unit}"
    who = ", ".join(
        filter(None, [row.population, f"n = {int(row.n):,}" if row.n and row.value else ""])
    )
    parts = [f"<strong>{escape(number)}</strong>" if row.value else "", escape(who)]
    details = " · ".join(filter(None, parts))
    origin = NOT_CHECKED if row.status == "from-knowledge" else cited(row.sources)
    if row.status == "secondary":
        origin = f"reported by {origin}"
    return (
        f"<p>{escape(row.statement)}{': ' if row.value else '. '}{details} "
        f'<span class="trd-small">({origin})</span></p>'
    )
