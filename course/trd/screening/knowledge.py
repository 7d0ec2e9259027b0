"""What is known of a person so far, and which codes of the rule that already bears out."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace

from trd.screening.candidate import FIELDS, Candidate, unknown_value
from trd.screening.rule import SAFETY_FIELDS, complete, screen


def seen(candidate: Candidate, known: Set[str]) -> Candidate:
    """Return a person with everything unknown that nobody has asked about.

    Parameters
    ----------
    candidate : Candidate
        The truth.
    known : set of str
        Fields that have come to light.
    """
    hidden = {name: unknown_value(name) for name in FIELDS if name not in known}
    return replace(candidate, **hidden) if hidden else candidate  # type: ignore[arg-type]


def told_by(candidate: Candidate, known: Set[str]) -> tuple[str, ...]:
    """Return the barriers of a person that the known fields bear out, whatever the rest is."""
    truth = screen(candidate).reasons
    certain = screen(complete(seen(candidate, known), helped=True)).reasons
    return tuple(code for code in truth if code in certain)


def safety_share(known: Set[str]) -> float:
    """Return the share of the safety fields that are known, 0 to 1."""
    return sum(name in known for name in SAFETY_FIELDS) / len(SAFETY_FIELDS)
