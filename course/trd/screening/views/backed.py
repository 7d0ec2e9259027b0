"""Rows of the evidence table as lines a reader can check: what, for whom, who says so."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from trd.panel.parts import NOT_CHECKED, cited
from trd.screening.evidence import EvidenceRow, evidence_rows

#: How a status reads on screen.
STATUS_WORDS = {
    "verified": "read in the source",
    "derived": "worked out from the source",
    "secondary": "known only as reported by others",
    "from-knowledge": NOT_CHECKED,
    "teaching-assumption": "this course’s own convention",
}

#: Ink, ground and edge of a code, by its first letter; the letter itself says the same.
_LETTERS = {
    "E": ("#ffffff", "#8c1d18", "#8c1d18"),
    "C": ("#1b1b1b", "#ffd9c2", "#b34700"),
    "R": ("#1b1b1b", "#ffe2a8", "#9a6a00"),
    "D": ("#1b1b1b", "#e6e9ec", "#5a6068"),
    "F": ("#1b1b1b", "#ffffff", "#0b5c8a"),
}

LEGEND = "E emergency · C outside the rule · R refer · D wait · F goes into the plan"

STYLE = """<style>
.trd-code { display:inline-block; border:1.5px solid; border-radius:4px; padding:0 5px;
  margin:0 3px 2px 0; font-weight:600; font-size:14px; line-height:1.4; }
.trd-panel .trd-back { margin:4px 0; padding-left:1.2em; }
.trd-panel .trd-back li { margin:4px 0; font-size:14px; }
</style>"""


def code(name: str) -> str:
    """Return a code of the rule as a small label."""
    ink, ground, edge = _LETTERS[name[0]]
    return (
        f'<span class="trd-code" style="color:{ink};background:{ground};border-color:{edge}">'
        f"{escape(name)}</span>"
    )


def figure_of(row: EvidenceRow) -> str:
    """Return the number of a row with its unit; empty for a row without one."""
    number = row.value
    if number and row.unit == "%":
        return f"{number} %"
    unit = row.unit.removesuffix("s") if number == "1" else row.unit
    return f"{number} {unit}".strip() if number else ""


def origin(row: EvidenceRow) -> str:
    """Return who says so, as HTML."""
    if row.status in ("teaching-assumption", "from-knowledge"):
        return STATUS_WORDS[row.status]
    links = cited(row.source)
    return f"reported by {links}" if row.status == "secondary" else links


def line(row: EvidenceRow) -> str:
    """Return one row as HTML: statement, number, who says so."""
    number = figure_of(row)
    value = f": <strong>{escape(number)}</strong>" if number else ""
    return f'{escape(row.statement)}{value} <span class="trd-small">({origin(row)})</span>'


def lines(names: Iterable[str]) -> str:
    """Return rows as a list."""
    table = evidence_rows()
    items = "".join(f"<li>{line(table[name])}</li>" for name in names)
    return f'<ul class="trd-back">{items}</ul>' if items else ""
