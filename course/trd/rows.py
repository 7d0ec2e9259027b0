"""Reads ``assets/evidence/*.csv`` into frozen rows, for the models that rest on them.

Models need a row's words, number, status and sources, and nothing else; `trd.evidence` checks the
tables as a whole and knows the bibliography.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from trd.parameters import split
from trd.paths import asset

STATUS_ORDER: tuple[str, ...] = (
    "verified",
    "derived",
    "secondary",
    "from-knowledge",
    "teaching-assumption",
)
"""Statuses from the best read to the course's own conventions."""


@dataclass(frozen=True)
class EvidenceRow:
    """One row as the models need it.

    Attributes
    ----------
    id, statement, value, unit, status, note : str
        As in the table; `value` is empty when the row holds no number.
    source : tuple of str
        Keys of the bibliography.
    topic, low, high, n, population : str
        As in the table: limits of `value` and its denominator are empty when there are none.
    """

    id: str
    statement: str
    value: str
    unit: str
    status: str
    source: tuple[str, ...]
    note: str
    topic: str = ""
    low: str = ""
    high: str = ""
    n: str = ""
    population: str = ""


@cache
def read(table: str) -> Mapping[str, EvidenceRow]:
    """Return the rows of one table by id, in its order.

    Parameters
    ----------
    table : str
        E.g. ``"screening"``, for ``assets/evidence/screening.csv``.

    Raises
    ------
    OSError
        If there is no such table.
    """
    with asset(f"evidence/{table}.csv").open(encoding="utf-8-sig", newline="") as handle:
        return MappingProxyType(
            {
                row["id"]: EvidenceRow(
                    id=row["id"],
                    statement=row["statement"],
                    value=row["value"],
                    unit=row["unit"],
                    status=row["status"],
                    source=split(row["source"]),
                    note=row["note"],
                    topic=row["topic"],
                    low=row["low"],
                    high=row["high"],
                    n=row["n"],
                    population=row["population"],
                )
                for row in csv.DictReader(handle)
            }
        )


def who_says(row: EvidenceRow) -> str:
    """Return in plain words who says so: a source's short name, or that it is this course.

    Parameters
    ----------
    row : EvidenceRow
    """
    if row.status == "teaching-assumption":
        return "course convention"
    if row.status == "from-knowledge":
        return "commonly quoted; not checked here"
    # Imported here: reading the bibliography costs more than the models that ask.
    from trd.evidence import references

    known = references()
    names = "; ".join(known[key].label for key in row.source if key in known)
    return f"reported by {names}" if row.status == "secondary" else names
