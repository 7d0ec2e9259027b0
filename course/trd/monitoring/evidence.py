"""The rows of ``assets/evidence/monitoring.csv`` that the marking and the orders rest on."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from trd.parameters import split
from trd.paths import asset
from trd.screening.evidence import EvidenceRow


@cache
def evidence_rows() -> Mapping[str, EvidenceRow]:
    """Return the rows by id, in the order of the table."""
    with asset("evidence/monitoring.csv").open(encoding="utf-8-sig", newline="") as handle:
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


def status_of(row_id: str) -> str:
    """Return the status of a row, e.g. ``"verified"``.

    Raises
    ------
    KeyError
        If the table has no such row.
    """
    return evidence_rows()[row_id].status


def who_says(row_id: str) -> str:
    """Return in plain words who says so, e.g. ``"course convention"`` or ``"Rodrigues 2020"``.

    Raises
    ------
    KeyError
        If the table has no such row.
    """
    row = evidence_rows()[row_id]
    if row.status == "teaching-assumption":
        return "course convention"
    if row.status == "from-knowledge":
        return "commonly quoted; not checked here"
    from trd.evidence import references

    known = references()
    names = "; ".join(known[key].label for key in row.source if key in known)
    return f"reported by {names}" if row.status == "secondary" else names
