"""The rows of ``assets/evidence/screening.csv`` that the rule and the marking rest on."""

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
    """

    id: str
    statement: str
    value: str
    unit: str
    status: str
    source: tuple[str, ...]
    note: str


@cache
def evidence_rows() -> Mapping[str, EvidenceRow]:
    """Return the rows by id, in the order of the table."""
    with asset("evidence/screening.csv").open(encoding="utf-8-sig", newline="") as handle:
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
                )
                for row in csv.DictReader(handle)
            }
        )
