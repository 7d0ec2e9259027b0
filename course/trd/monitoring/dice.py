"""Chance that falls alike on every machine, with bell curves.

Only ``random.Random(seed).random()`` is used, whose sequence Python guarantees. Whatever passes
through a function of the C library (logarithm, exponential) is rounded to 9 decimals at once, so
that a last digit that differs between machines cannot grow into another decision.
"""

from __future__ import annotations

import math
from functools import cache
from statistics import NormalDist

from trd.dice import Dice

_DIGITS = 9
_NORMAL = NormalDist()


@cache
def exponential(value: float) -> float:
    """Return e to the power of `value`, rounded to 12 decimals."""
    return round(math.exp(value), 12)


class Chance(Dice):
    """Draws of one seeded stream.

    Parameters
    ----------
    seed : int or str
    """

    def normal(self, mean: float = 0.0, sd: float = 1.0) -> float:
        """Return a draw from a bell curve."""
        # The ends are cut off so that no draw is infinite.
        point = min(max(self._random(), 1e-9), 1 - 1e-9)
        return mean + sd * round(_NORMAL.inv_cdf(point), _DIGITS)

    def lognormal(self, location: float, spread: float) -> float:
        """Return a draw whose logarithm is bell-shaped."""
        return round(math.exp(self.normal(location, spread)), _DIGITS)
