"""Chance that falls alike on every machine and every version of Python."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Draws from ``random.Random(seed).random()`` only, whose sequence Python guarantees.

    Parameters
    ----------
    seed : int or str
    """

    def __init__(self, seed: int | str) -> None:
        self._random = random.Random(seed).random  # noqa: S311 - a game, not a secret

    def chance(self, probability: float) -> bool:
        """Return True with this probability."""
        return self._random() < probability

    def whole(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both possible, all equally likely."""
        return low + int(self._random() * (high - low + 1))

    def pick(self, options: Sequence[T]) -> T:
        """Return one of the options, all equally likely."""
        return options[int(self._random() * len(options))]

    def weighted(self, options: Sequence[tuple[T, float]]) -> T:
        """Return one of the options by its weight."""
        point = self._random() * sum(weight for _option, weight in options)
        for option, weight in options:
            point -= weight
            if point < 0:
                return option
        return options[-1][0]
