"""From counts to what may be said: rates, differences between arms, numbers needed to treat.

The interval of one rate is Wilson's; that of a difference is Newcombe's hybrid of two of them
(Statistics in Medicine 1998;17:873, method 10). Both arms must be independent groups of people:
in a crossover they are not, and the interval is then no more than an illustration.
"""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from statistics import NormalDist

from trd.definitions.history import number

#: Two-sided 95 %.
_Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Proportion:
    """A rate with its 95 % interval, all as fractions between 0 and 1.

    Attributes
    ----------
    value, low, high : float
        Share of people, and Wilson's limits.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Effect:
    """Difference between two arms, and the number needed to treat where there is one.

    Attributes
    ----------
    rd : float
        Risk difference, first arm minus second, as a fraction between -1 and 1.
    low, high : float
        Newcombe's 95 % limits of `rd`.
    nnt : float or None
        1 / abs(`rd`), not rounded; None when `rd` is 0. A number needed to harm when the outcome
        is a harm; which arm it favours is the sign of `rd`. Not to be shown by itself when
        `crosses_no_effect`.
    nnt_low, nnt_high : float or None
        Its limits, the smaller first; None when `crosses_no_effect`, because the interval then
        runs through infinity.
    crosses_no_effect : bool
        Whether the interval of `rd` includes 0.
    """

    rd: float
    low: float
    high: float
    nnt: float | None
    nnt_low: float | None
    nnt_high: float | None
    crosses_no_effect: bool


def proportion(x: int, n: int) -> Proportion:
    """Return the share of people with an event, with its 95 % interval.

    Parameters
    ----------
    x : int
        People with the event, 0 to `n`.
    n : int
        People in the group, 1 or more.

    Raises
    ------
    ValueError
        If there cannot be such counts.
    """
    events, people = _counts(x, n, "the group")
    low, high = _wilson(events, people)
    return Proportion(events / people, low, high)


def risk_difference(x1: int, n1: int, x0: int, n0: int) -> Effect:
    """Return how far the rate of the first arm lies above that of the second.

    Parameters
    ----------
    x1, n1 : int
        People with the event, and people, in the first arm (the treatment).
    x0, n0 : int
        The same for the second arm (the comparator).

    Raises
    ------
    ValueError
        If there cannot be such counts.
    """
    x1, n1 = _counts(x1, n1, "the first arm")
    x0, n0 = _counts(x0, n0, "the second arm")
    p1, p0 = x1 / n1, x0 / n0
    low1, high1 = _wilson(x1, n1)
    low0, high0 = _wilson(x0, n0)
    rd = p1 - p0
    low = max(-1.0, rd - math.hypot(p1 - low1, high0 - p0))
    high = min(1.0, rd + math.hypot(high1 - p1, p0 - low0))
    crosses = low <= 0 <= high
    limits = [] if crosses else sorted((1 / abs(low), 1 / abs(high)))
    return Effect(
        rd=rd,
        low=low,
        high=high,
        nnt=1 / abs(rd) if rd else None,
        nnt_low=limits[0] if limits else None,
        nnt_high=limits[1] if limits else None,
        crosses_no_effect=crosses,
    )


def natural_frequency(p: float, denominator: int) -> int:
    """Return how many people of a group that is, rounded; a half is rounded up.

    Parameters
    ----------
    p : float
        Share of people, 0 to 1.
    denominator : int
        Size of the group, e.g. 100; 1 or more. A rate that rounds to 0 needs a larger one.

    Raises
    ------
    ValueError
        For a share outside 0 to 1 or a group that is not a whole number of people.
    """
    share = number(_no_yes_or_no(p, "the share of people"), "the share of people", 0, 1)
    people = _whole(denominator, "the denominator")
    if people < 1:
        raise ValueError(f"The denominator is {people}; it must be 1 or more.")
    # Through the printed number, so that 0.285 of 100 is 28.5 and not a hair less.
    exact = Decimal(repr(share)) * people
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _wilson(events: int, people: int) -> tuple[float, float]:
    # Written out, because scipy.stats takes seconds to import and milliseconds a rate;
    # the tests compare every limit with scipy.stats.binomtest(...).proportion_ci("wilson").
    share = events / people
    centre = share + _Z**2 / (2 * people)
    half = _Z * math.sqrt(share * (1 - share) / people + (_Z / (2 * people)) ** 2)
    scale = 1 + _Z**2 / people
    # Rounding can put a limit a hair on the wrong side of the rate at nobody and at everyone.
    low, high = (centre - half) / scale, (centre + half) / scale
    return max(0.0, min(low, share)), min(1.0, max(high, share))


def _counts(x: object, n: object, where: str) -> tuple[int, int]:
    events, people = (
        _whole(x, f"the number of events in {where}"),
        _whole(n, f"the size of {where}"),
    )
    if people < 1:
        raise ValueError(f"The size of {where} is {people}; it must be 1 or more.")
    if events < 0:
        raise ValueError(f"The number of events in {where} is {events}; it must be 0 or more.")
    if events > people:
        raise ValueError(
            f"The number of events in {where} is {events}, more than its {people} people."
        )
    return events, people


def _whole(value: object, name: str) -> int:
    try:
        # numpy's bool has no index; Python's has one, and True is no number of people.
        return operator.index(_no_yes_or_no(value, name))  # type: ignore[arg-type]
    except TypeError:
        message = f"{name} is {value!r}; it must be a whole number."
        raise ValueError(message[0].upper() + message[1:]) from None


def _no_yes_or_no(value: object, name: str) -> object:
    if isinstance(value, bool):
        message = f"{name} is {value}; it must be a number, not yes or no."
        raise ValueError(message[0].upper() + message[1:])
    return value
