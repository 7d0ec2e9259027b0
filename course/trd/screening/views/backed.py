"""Codes of the rule as labels, and the rows that they rest on."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from trd.panel import backed
from trd.screening.evidence import evidence_rows

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


def lines(names: Iterable[str]) -> str:
    """Return rows as a list."""
    table = evidence_rows()
    return backed.lines(table[name] for name in names)
