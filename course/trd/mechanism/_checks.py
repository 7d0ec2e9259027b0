"""Checks of what a reader enters, with the limits in the message."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trd.definitions.history import number
from trd.definitions.history import yes_no as _yes_no

Array = NDArray[np.float64]

__all__ = ["Array", "array", "fitting", "number", "positive", "seed_of", "whole", "yes_no"]


def positive(value: object, name: str, high: float = math.inf, unit: str = "") -> float:
    """Return `value` as a float above 0 and up to `high`.

    Raises
    ------
    ValueError
        Naming the value, the field and the limit.
    """
    try:
        found = number(value, name, 0, high)
    except ValueError:
        found = 0.0
    if found == 0:
        allowed = f"above 0 and up to {high:g}" if math.isfinite(high) else "above 0"
        given = repr(value) if isinstance(value, str) else value
        raise ValueError(f"{name} is {given}; it must be {allowed} {unit}".rstrip() + ".")
    return found


def yes_no(value: object, name: str) -> bool:
    """Return `value` as a bool; 0 and 1 are accepted.

    Raises
    ------
    ValueError
        For anything that is not True, False, 0 or 1.
    """
    # An array compares with True element by element and so has no answer of its own.
    if isinstance(value, np.ndarray):
        raise ValueError(f"{name} is {value!r}; it must be True or False.")
    return _yes_no(value, name)


def whole(value: object, name: str, low: int, high: int) -> int:
    """Return `value` as a whole number between two limits, both allowed.

    Raises
    ------
    ValueError
        Naming the value, the field and the limits.
    """
    try:
        found = number(value, name, low, high)
    except ValueError:
        found = math.nan
    if found % 1 != 0:
        given = repr(value) if isinstance(value, str) else value
        raise ValueError(f"{name} is {given}; it must be a whole number between {low} and {high}.")
    return int(found)


def seed_of(value: object) -> int:
    """Return a seed: a whole number, 0 or more.

    Raises
    ------
    ValueError
        For anything else.
    """
    return whole(value, "seed", 0, 2**32 - 1)


def array(
    value: Any, name: str, low: float = -math.inf, high: float = math.inf, unit: str = ""
) -> Array:
    """Return `value` (a number or any sequence of numbers) as floats within limits.

    Raises
    ------
    ValueError
        Naming the first value that is not a number, not finite or outside the limits.
    """
    try:
        raw = np.asarray(value)
    except ValueError:
        raw = np.asarray("ragged")
    if raw.dtype.kind not in "iuf":
        raise ValueError(f"{name} is {value!r}; it must hold numbers only.")
    found = raw.astype(float)
    # Two reductions find every fault at once; NaN and infinity fail the comparison as well.
    if found.size and not (found.min() >= low and found.max() <= high and np.isfinite(found).all()):
        wrong = found[~(np.isfinite(found) & (found >= low) & (found <= high))].flat[0]
        raise ValueError(f"{name} holds {wrong:g}; {_allowed(low, high, unit)}.")
    return found


def fitting(**named: Array) -> None:
    """Check that arrays can be taken together, value by value or one value for all.

    Raises
    ------
    ValueError
        Naming how many values each one holds.
    """
    try:
        np.broadcast_shapes(*(each.shape for each in named.values()))
    except ValueError:
        sizes = ", ".join(f"{name} has {each.size}" for name, each in named.items())
        raise ValueError(
            f"These do not fit together: {sizes}. Give as many values of each, or one number."
        ) from None


def _allowed(low: float, high: float, unit: str) -> str:
    if math.isfinite(low) and math.isfinite(high):
        text = f"every value must be between {low:g} and {high:g}"
    elif math.isfinite(low):
        text = f"every value must be {low:g} or more"
    else:
        return "every value must be a finite number"
    return f"{text} {unit}".rstrip()
