"""The rows of ``assets/evidence/monitoring.csv`` that the marking and the orders rest on."""

from __future__ import annotations

from collections.abc import Mapping

from trd import rows
from trd.rows import EvidenceRow

__all__ = ["EvidenceRow", "evidence_rows", "status_of", "who_says"]


def evidence_rows() -> Mapping[str, EvidenceRow]:
    """Return the rows by id, in the order of the table."""
    return rows.read("monitoring")


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
    return rows.who_says(evidence_rows()[row_id])
