"""Rows of the evidence tables as lines, with the interval or the range where there is one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from trd.panel.backed import line, origin
from trd.rows import EvidenceRow

_UNITS = {"d": "standard deviations apart", "SMD": "standard deviations apart"}


def ranged(row: EvidenceRow) -> str:
    """Return one row as HTML: statement, number with its limits, who says so."""
    if not row.low or not row.high:
        return line(row)
    low, high, value = (each.replace("-", "−") for each in (row.low, row.high, row.value))
    unit = _UNITS.get(row.unit, row.unit)
    number = f"{value} {unit}, interval {low} to {high}" if value else f"{low} to {high} {unit}"
    return (
        f"{escape(row.statement)}: <strong>{escape(number.strip())}</strong> "
        f'<span class="trd-small">({origin(row)})</span>'
    )


def listed(table: Mapping[str, EvidenceRow], ids: Iterable[str]) -> str:
    """Return rows as a list, each once."""
    items = "".join(f"<li>{ranged(table[each])}</li>" for each in dict.fromkeys(ids))
    return f'<ul class="trd-back">{items}</ul>'
