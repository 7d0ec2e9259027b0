"""What is given and when: infusions, and what pausing or stopping makes of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trd.mechanism._checks import number


@dataclass(frozen=True)
class Infusion:
    """A dose that runs in evenly.

    Attributes
    ----------
    start_min : float
        Minute on the clock at which it starts, 0 or more.
    duration_min : float
        Minutes it runs; 0 is a bolus.
    dose_mg : float
        Milligrams of ketamine base, 0 or more.

    Raises
    ------
    ValueError
        Naming the value and its limit.
    """

    start_min: float
    duration_min: float
    dose_mg: float

    def __post_init__(self) -> None:
        checked = {
            "start_min": number(self.start_min, "start_min", 0, unit="minutes"),
            "duration_min": number(self.duration_min, "duration_min", 0, unit="minutes"),
            "dose_mg": number(self.dose_mg, "dose_mg", 0, unit="mg of ketamine base"),
        }
        for field, value in checked.items():
            object.__setattr__(self, field, value)

    @property
    def end_min(self) -> float:
        """Minute on the clock at which it ends."""
        return self.start_min + self.duration_min

    @property
    def rate_mg_per_min(self) -> float:
        """Milligrams a minute; infinite for a bolus."""
        return self.dose_mg / self.duration_min if self.duration_min else math.inf

    @property
    def is_bolus(self) -> bool:
        """Whether the whole dose is given at once."""
        return self.duration_min == 0


def as_infusions(given: Infusion | Iterable[Infusion]) -> tuple[Infusion, ...]:
    """Return one or several infusions as a tuple.

    Raises
    ------
    ValueError
        If something else is among them.
    """
    try:
        found = (given,) if isinstance(given, Infusion) else tuple(given)
    except TypeError:
        raise ValueError(f"infusions is {given!r}; it must be a list of Infusion.") from None
    for each in found:
        if not isinstance(each, Infusion):
            raise ValueError(f"infusions holds {each!r}; every element must be an Infusion.")
    return found


def with_pauses(
    infusion: Infusion, pauses: Sequence[tuple[float, float | None]]
) -> tuple[Infusion, ...]:
    """Return what is really given when an infusion is paused and resumed at the same rate.

    Parameters
    ----------
    infusion : Infusion
        As ordered; not a bolus.
    pauses : sequence of (stop_min, resume_min)
        Minutes on the clock, in order. The dose left over runs on after each resumption, so the
        infusion ends later; a `resume_min` of None stops it for good.

    Returns
    -------
    tuple of Infusion
        One for each stretch the pump runs.

    Raises
    ------
    ValueError
        If a pause lies outside the running infusion, resumes before it starts, or is not a pair.
    """
    if infusion.is_bolus:
        raise ValueError("A bolus is given at once; it cannot be paused.")
    clock, left, parts = infusion.start_min, infusion.duration_min, []
    for pause in pauses:
        try:
            stop, resume = pause
        except (TypeError, ValueError):
            raise ValueError(
                f"pauses holds {pause!r}; every element must be a pair: the minute it stops, and "
                "the minute it resumes, or None."
            ) from None
        end = clock + left
        stop = number(stop, "pause", clock, end, "minutes on the clock, while the pump runs")
        parts.append(_stretch(infusion, clock, stop - clock))
        left -= stop - clock
        if resume is None:
            left = 0.0
            break
        clock = number(
            resume, "resumption", stop, unit="minutes on the clock, not before its pause"
        )
    parts.append(_stretch(infusion, clock, left))
    return tuple(part for part in parts if part.duration_min > 0)


def _stretch(infusion: Infusion, start: float, minutes: float) -> Infusion:
    share = minutes / infusion.duration_min
    return Infusion(start, max(minutes, 0.0), infusion.dose_mg * max(share, 0.0))
