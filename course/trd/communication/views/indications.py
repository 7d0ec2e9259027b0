"""Other uses, graded: what the best trial found, what speaks against it, what would change it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from html import escape

from trd import rows
from trd.communication.indications import (
    COMPARATORS,
    GRADES,
    NONE,
    PREVENTION,
    USES,
    Next,
    Use,
    after,
    grade,
)
from trd.communication.views.ranged import listed
from trd.panel.parts import CSS, cited, verdict
from trd.panel.views import Table, View
from trd.rows import EvidenceRow

_TABLES = ("communication", "communication_trials", "communication_effects", "screening")

_LOOK = """<style>
.trd-uses { list-style:none; padding:0; margin:6px 0; }
.trd-panel .trd-uses > li { display:grid; grid-template-columns:3.4rem minmax(0,1fr); gap:10px;
  padding:8px 0; border-top:1px solid #d6dade; margin:0; }
.trd-panel .trd-uses > li:first-child { border-top:0; }
.trd-uses .trd-letter { font-size:22px; font-weight:700; line-height:1.1; text-align:center;
  border:2px solid #5a6068; border-radius:6px; padding:7px 0 6px; align-self:start; color:#1b1b1b; }
.trd-uses .B { background:#d8eaf5; border-style:solid; border-color:#0b5c8a; }
.trd-uses .C { background:#fff4dc; border-style:dashed; border-color:#9a6a00; }
.trd-uses .D { background:#eef0f2; border-style:dotted; }
.trd-uses .A { background:#e4f4ee; border-color:#00664a; }
.trd-uses .trd-moved { display:block; font-size:13px; font-weight:600; line-height:1.2; }
.trd-uses p { margin:0 0 3px; }
.trd-uses .sides { display:grid; grid-template-columns:1fr 1fr; gap:2px 16px; font-size:14px; }
@media (max-width:620px) { .trd-uses .sides { grid-template-columns:minmax(0,1fr); } }
</style>"""


@cache
def _table() -> dict[str, EvidenceRow]:
    return {key: row for name in _TABLES for key, row in rows.read(name).items()}


@dataclass(frozen=True)
class Shown:
    """Everything the panel draws.

    Attributes
    ----------
    uses : tuple of Use
        Those that pass the filters.
    closely : Use
    trial : Next
        The trial that might be done.
    """

    uses: tuple[Use, ...]
    closely: Use
    trial: Next

    def grade(self, use: Use) -> str:
        """Return the grade once that trial has been done."""
        return grade(after(use.standing, self.trial))


def _moved(shown: Shown, use: Use) -> str:
    now = shown.grade(use)
    return f"{use.grade} → {now}" if now != use.grade else f"stays {now}"


def headline(shown: Shown) -> str:
    """Return the message of the list."""
    if not shown.uses:
        return "No use passes both filters."
    if shown.trial.key == NONE:
        letters = [each.grade for each in USES]
        return (
            f"{len(USES)} uses in one line of an advertisement: {letters.count('B')} graded B, "
            f"{letters.count('C')} C, {letters.count('D')} D, none A. All of them off-label."
        )
    moved = [each for each in USES if shown.grade(each) != each.grade]
    if not moved:
        if shown.trial.helped is None:
            return (
                "Not one grade moves: without a comparator nobody knows how many would have felt "
                "better anyway."
            )
        return "Not one grade moves."
    words = "; ".join(f"{each.label.split(',')[0]} {_moved(shown, each)}" for each in moved)
    return f"One trial of this kind in each use: {words}."


def _letter(shown: Shown, use: Use) -> str:
    now = shown.grade(use)
    moved = (
        ""
        if shown.trial.key == NONE
        else f'<span class="trd-moved">{escape(_moved(shown, use))}</span>'
    )
    return (
        f'<div><div class="trd-letter {now}" role="img" aria-label="Grade {now}">{now}</div>'
        f"{moved}</div>"
    )


def _item(shown: Shown, use: Use) -> str:
    return (
        f"<li>{_letter(shown, use)}<div><p><strong>{escape(use.label)}</strong></p>"
        f'<div class="sides"><p><strong>For:</strong> {escape(use.found)}</p>'
        f"<p><strong>Against:</strong> {escape(use.against)}</p></div></div></li>"
    )


def _closely(shown: Shown) -> str:
    use = shown.closely
    standing = use.standing
    people = f"{standing.people} people" if standing.people else "how many people is not noted here"
    counted = (
        f"{standing.trials} randomised trial{'' if standing.trials == 1 else 's'} for it, {people}"
        f"; {standing.null_people or 'no'} people in trials that found nothing"
    )
    return (
        f'<p class="trd-sub">{escape(use.label)}, closely</p>'
        '<div class="trd-group" style="border-left-color:#0b5c8a">'
        f"<p><strong>What would change the grade:</strong> {escape(use.change)}</p>"
        f"<p><strong>What the rule counts:</strong> {escape(counted)} ({escape(use.counting)}).</p>"
        f"<p><strong>For</strong></p>{listed(_table(), use.found_rows)}"
        f"<p><strong>Against, or missing</strong></p>"
        f"{listed(_table(), use.against_rows)}</div>"
    )


def _always() -> str:
    words, ids = PREVENTION
    return (
        '<div class="trd-group" style="border-left-color:#8c1d18">'
        f"<p><strong>{escape(words)}</strong></p>{listed(_table(), ids)}</div>"
        '<div class="trd-group" style="border-left-color:#5a6068">'
        f"{listed(_table(), ('com-use-offlabel',))}</div>"
    )


class IndicationsView(View[Shown]):
    """The graded list on top; one use closely, and what is never shown, below."""

    height_px = 640

    def __init__(self) -> None:
        # The sources take a moment to read; better while the page opens.
        cited(("abdallah2022",))

    def html(self, result: Shown) -> str:
        """Return the message and the graded list."""
        items = "".join(_item(result, each) for each in result.uses)
        graded = f'<ul class="trd-uses">{items}</ul>' if items else ""
        legend = "; ".join(f"{letter} {words}" for letter, words in GRADES.items())
        return (
            f"{CSS}{_LOOK}{verdict('info', headline(result))}{graded}"
            f'<p class="trd-small">This course’s grades: {escape(legend)}. A grade says whether '
            "there is an effect at all; certainty says how far its size can be trusted. So grade B "
            "and certainty very low can both be true.</p>"
        )

    def describe(self, result: Shown) -> str:
        """Say the grades, and what the supposed trial moved."""
        grades = "; ".join(
            f"{each.label.split(',')[0]} {result.grade(each)}" for each in result.uses
        )
        return f"{headline(result)} {f'Grades: {grades}.' if grades else ''}".strip()

    def more(self, result: Shown) -> str:
        """Return one use closely, and what no trial has shown."""
        return _closely(result) + _always()

    def table(self, result: Shown) -> Table:
        """Return what the rule counts for every use."""
        return Table(
            "What the grades rest on (rule and grades are this course’s own)",
            [
                "Use",
                "Grade",
                "With the trial supposed",
                "Trials for it",
                "People",
                "Against, people",
                "Best trial compared with",
            ],
            [
                [
                    each.label,
                    each.grade,
                    result.grade(each),
                    str(each.standing.trials),
                    str(each.standing.people or "not noted"),
                    str(each.standing.null_people),
                    COMPARATORS[each.comparator],
                ]
                for each in result.uses
            ],
        )
