"""A visit to the screening clinic that is not decided yet, as it is written down and read back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from trd.screening.interview import INQUIRIES
from trd.screening.people import DIFFICULTIES
from trd.screening.rule import CONDITION, DISPOSITIONS, RULE
from trd.screening.visits import FIRST_SEED, GRADED, LAST_SEED, next_time_s

#: More than anybody asks, names or repeats in one visit.
MOST = 500

_KINDS = {each.key: each.kind for each in INQUIRIES}
_CONDITIONS = frozenset(each.code for each in RULE if each.disposition == CONDITION)
_BARRIERS = frozenset(each.code for each in RULE) - _CONDITIONS


@dataclass(frozen=True)
class UnderWay:
    """Where a visit stands: who is there, what was asked, what is ticked.

    Attributes
    ----------
    scenario : str
        A difficulty.
    seed : int
    asked : tuple of str
        Keys of the questions and tests, in order.
    disposition : str
        As ticked so far; empty when none is.
    reasons, conditions : tuple of str
        Codes, as ticked so far.
    """

    scenario: str
    seed: int
    asked: tuple[str, ...] = ()
    disposition: str = ""
    reasons: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()

    @property
    def begun(self) -> bool:
        """Whether anything was asked or ticked."""
        return bool(self.asked or self.disposition or self.reasons or self.conditions)

    def record(self) -> dict[str, Any]:
        """Return it as what is written down."""
        return asdict(self)

    def draft(self) -> dict[str, Any]:
        """Return what is ticked, as the panel holds it."""
        return {
            "disposition": self.disposition,
            "reasons": list(self.reasons),
            "conditions": list(self.conditions),
        }

    def log(self) -> list[dict[str, Any]]:
        """Return what was asked as actions with their times."""
        actions: list[dict[str, Any]] = []
        for key in self.asked:
            do = _KINDS[key]
            actions.append({"t_s": next_time_s(actions, do), "do": do, "what": key})
        return actions


def _among(given: object, allowed: Collection[str]) -> bool:
    return (
        isinstance(given, list | tuple)
        and len(given) <= MOST
        and all(isinstance(each, str) and each in allowed for each in given)
    )


def read_under_way(record: object) -> UnderWay | None:
    """Return an undecided visit from what was written down, or None if it is none."""
    if not isinstance(record, Mapping):
        return None
    try:
        scenario, seed, asked = record["scenario"], record["seed"], record["asked"]
        disposition, reasons = record["disposition"], record["reasons"]
        conditions = record["conditions"]
    except KeyError:
        return None
    # A file may hold anything, and who waits in an assignment is not met here.
    fits = (
        scenario in DIFFICULTIES
        and type(seed) is int
        and FIRST_SEED <= seed <= LAST_SEED
        and (scenario, seed) not in GRADED
        and disposition in ("", *DISPOSITIONS)
        and _among(asked, _KINDS)
        and _among(reasons, _BARRIERS)
        and _among(conditions, _CONDITIONS)
    )
    if not fits:
        return None
    return UnderWay(scenario, seed, tuple(asked), disposition, tuple(reasons), tuple(conditions))
