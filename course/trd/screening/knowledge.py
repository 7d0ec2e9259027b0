"""What is known of a person so far, and which codes of the rule that already bears out."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace

from trd.screening.candidate import FIELDS, Candidate, unknown_value
from trd.screening.interview import ASK, inquiry
from trd.screening.policies import course_limits
from trd.screening.rule import SAFETY_FIELDS, complete, screen

NO_PREGNANCY_ABOVE_YEARS = 55
"""Above this age nobody is asked whether a pregnancy is possible (a convention of this course)."""

_HEART = frozenset({"weeks_since_mi", "unstable_cardiac"})
_MEDICINES = frozenset(inquiry(ASK, "medicines").reveals)


def follows(known: Set[str], candidate: Candidate) -> frozenset[str]:
    """Return what is known, with what follows from it without another question.

    Above 55 years a pregnancy is not possible. Whether there is a reason for an ECG follows from
    age, heart and medicines; where there is none, nothing about an ECG is left to know.

    Parameters
    ----------
    known : set of str
        Fields that have come to light.
    candidate : Candidate
        The truth.
    """
    found = set(known)
    age = candidate.age_years if "age_years" in known else None
    if age is not None and age > NO_PREGNANCY_ABOVE_YEARS and candidate.pregnancy == "na":
        found |= {"pregnancy", "lactating"}
    by_age = age is not None and age >= course_limits().older_years
    by_heart = ("weeks_since_mi" in known and candidate.weeks_since_mi is not None) or (
        "unstable_cardiac" in known and candidate.unstable_cardiac
    )
    if known >= (_HEART | _MEDICINES) or (candidate.ecg_needed and (by_age or by_heart)):
        found.add("ecg_needed")
    if "ecg_needed" in found and not candidate.ecg_needed:
        found.add("ecg_done")
    return frozenset(found)


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
