"""The rows of ``assets/evidence/screening.csv`` that the rule and the marking rest on."""

from __future__ import annotations

from collections.abc import Mapping

from trd.rows import STATUS_ORDER, EvidenceRow, read

__all__ = ["STATUS_ORDER", "EvidenceRow", "evidence_rows"]


def evidence_rows() -> Mapping[str, EvidenceRow]:
    """Return the rows by id, in the order of the table."""
    return read("screening")
