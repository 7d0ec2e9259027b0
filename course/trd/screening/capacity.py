"""Capacity to consent: four abilities, presumed until they have been tested."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from trd.parameters import load, numbered

FINDINGS: tuple[str, ...] = ("present", "absent", "unknown")


@dataclass(frozen=True)
class Ability:
    """One of the four.

    Attributes
    ----------
    key, label, means : str
    probes : tuple of str
        Questions that test it: conventions of the course.
    signs : tuple of str
        What makes one look closer.
    source : tuple of str
        Behind the ability itself.
    status, note : str
    """

    key: str
    label: str
    means: str
    probes: tuple[str, ...]
    signs: tuple[str, ...]
    source: tuple[str, ...]
    status: str
    note: str


@cache
def abilities() -> tuple[Ability, ...]:
    """Return the four abilities in teaching order."""
    return tuple(
        Ability(
            key=key,
            label=cells["label"].value,
            means=cells["means"].value,
            probes=tuple(entry.value for entry in numbered(cells, "probe")),
            signs=tuple(entry.value for entry in numbered(cells, "sign")),
            source=cells["label"].source,
            status=cells["label"].status,
            note=cells["label"].note,
        )
        for key, cells in load("screening_capacity").items()
    )


def judge_capacity(findings: Mapping[str, str]) -> bool | None:
    """Say whether the four findings amount to capacity for this decision.

    Parameters
    ----------
    findings : mapping of str to {"present", "absent", "unknown"}
        Keyed by ability; an ability that is missing is unknown.

    Returns
    -------
    bool or None
        True when all four are present, False when one is absent, None while one is unknown: the
        value of `Candidate.capacity`.

    Raises
    ------
    ValueError
        For an ability or a finding that does not exist.
    """
    keys = tuple(ability.key for ability in abilities())
    for key, finding in findings.items():
        if key not in keys:
            raise ValueError(f"{key!r} is not an ability; choose one of {', '.join(keys)}.")
        if finding not in FINDINGS:
            raise ValueError(
                f"The finding for {key!r} is {finding!r}; it must be present, absent or unknown."
            )
    seen = [findings.get(key, "unknown") for key in keys]
    if "absent" in seen:
        return False
    return None if "unknown" in seen else True
