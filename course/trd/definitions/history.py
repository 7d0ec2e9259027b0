"""A medication history: what was tried, for how long, and how it went."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass

from trd.definitions.drugs import Drug
from trd.definitions.drugs import drug as find_drug


def number(value: object, name: str, low: float, high: float = math.inf, unit: str = "") -> float:
    """Return `value` as a float after checking that it is finite and within its limits.

    Raises
    ------
    ValueError
        Naming the value, the field and the limit.
    """
    allowed = f"between {low:g} and {high:g}" if math.isfinite(high) else f"{low:g} or more"
    allowed = f"{allowed} {unit}".rstrip()
    try:
        if isinstance(value, str):
            raise TypeError
        found = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise ValueError(f"{name} is {value!r}; it must be a number {allowed}.") from None
    if not math.isfinite(found) or not low <= found <= high:
        raise ValueError(f"{name} is {value}; it must be {allowed}.")
    return found


def yes_no(value: object, name: str) -> bool:
    """Return `value` as a bool; 0 and 1 are accepted.

    Raises
    ------
    ValueError
        For anything that is not True, False, 0 or 1.
    """
    if value in (True, False):  # numpy's own bools and 0/1 compare equal
        return bool(value)
    raise ValueError(f"{name} is {value!r}; it must be True or False.")


def _count(value: object, name: str) -> int:
    try:
        found = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise ValueError(f"{name} is {value!r}; it must be a whole number, 0 or more.") from None
    if found < 0:
        raise ValueError(f"{name} is {found}; it must be 0 or more.")
    return found


@dataclass(frozen=True)
class Trial:
    """One course of one antidepressant.

    Attributes
    ----------
    drug : str
        Generic name or accepted spelling; stored as the generic name.
    dose_mg : float
        Steady daily dose in mg, 0 or more.
    weeks : float
        Weeks at that dose, 0 or more.
    adherence_pct : float
        Share of doses taken in %, 0 to 100.
    improvement_pct : float
        Fall of the symptom score from baseline in %, -100 to 100; negative means worse.
    current_episode : bool
        Whether the trial belongs to the present episode.
    optimised : bool
        Whether the dose was raised above the adequate minimum.
    augmentations : int
        Number of add-on treatments tried with this drug, 0 or more.

    Raises
    ------
    ValueError
        Naming the value and its limit.
    """

    drug: str
    dose_mg: float
    weeks: float
    adherence_pct: float
    improvement_pct: float
    current_episode: bool = True
    optimised: bool = False
    augmentations: int = 0

    def __post_init__(self) -> None:
        checked = {
            "drug": find_drug(self.drug).name,
            "dose_mg": number(self.dose_mg, "dose_mg", 0, unit="mg a day"),
            "weeks": number(self.weeks, "weeks", 0),
            "adherence_pct": number(self.adherence_pct, "adherence_pct", 0, 100, "%"),
            "improvement_pct": number(self.improvement_pct, "improvement_pct", -100, 100, "%"),
            "current_episode": yes_no(self.current_episode, "current_episode"),
            "optimised": yes_no(self.optimised, "optimised"),
            "augmentations": _count(self.augmentations, "augmentations"),
        }
        for field, value in checked.items():
            object.__setattr__(self, field, value)

    @property
    def medicine(self) -> Drug:
        """The row of the dose table for this trial's drug."""
        return find_drug(self.drug)


@dataclass(frozen=True)
class History:
    """A person's treatment history in one depressive episode and before.

    Attributes
    ----------
    trials : tuple of Trial
        Any order; may be empty.
    episode_months : float
        Length of the present episode in months, 0 or more.
    hamd17 : float
        HAM-D17 total now, 0 to 52.
    psychosis : bool
        Psychotic symptoms in this episode.
    ect_failed : bool
        A course of bilateral ECT did not help.
    bipolar : bool
        The depression is bipolar: tools made for unipolar depression do not apply.

    Raises
    ------
    ValueError
        Naming the value and its limit.
    """

    trials: tuple[Trial, ...]
    episode_months: float
    hamd17: float
    psychosis: bool = False
    ect_failed: bool = False
    bipolar: bool = False

    def __post_init__(self) -> None:
        try:
            trials = tuple(self.trials)
        except TypeError:
            raise ValueError(f"trials is {self.trials!r}; it must be a list of Trial.") from None
        for trial in trials:
            if not isinstance(trial, Trial):
                raise ValueError(f"trials holds {trial!r}; every element must be a Trial.")
        checked = {
            "trials": trials,
            "episode_months": number(self.episode_months, "episode_months", 0, unit="months"),
            "hamd17": number(self.hamd17, "hamd17", 0, 52, "points"),
            "psychosis": yes_no(self.psychosis, "psychosis"),
            "ect_failed": yes_no(self.ect_failed, "ect_failed"),
            "bipolar": yes_no(self.bipolar, "bipolar"),
        }
        for field, value in checked.items():
            object.__setattr__(self, field, value)
