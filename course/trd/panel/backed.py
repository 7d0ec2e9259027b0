"""Rows of the evidence tables as lines a reader can check: what, for whom, who says so."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from trd.panel.parts import NOT_CHECKED, cited
from trd.rows import EvidenceRow

#: How a status reads on screen.
STATUS_WORDS = {
    "verified": "read in the source",
    "derived": "worked out from the source",
    "secondary": "known only as reported by others",
    "from-knowledge": NOT_CHECKED,
    "teaching-assumption": "this course’s own convention",
}


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


def lines(rows: Iterable[EvidenceRow]) -> str:
    """Return rows as a list; empty without rows."""
    items = "".join(f"<li>{line(row)}</li>" for row in rows)
    return f'<ul class="trd-back">{items}</ul>' if items else ""
