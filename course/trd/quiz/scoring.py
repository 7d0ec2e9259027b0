"""Marks: pure functions from an item and an answer to a number of points."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any

from trd.quiz.items import Item, ItemError


class AnswerError(ValueError):
    """An answer that this item cannot have; the message tells the trainee what it takes."""


def clean(item: Item, answer: Any) -> Any:
    """Return an answer in its one canonical shape.

    Parameters
    ----------
    item : Item
        The question; its key is not looked at.
    answer : object
        What came from the screen or from the answer log. None and empty answers mean
        *not answered*.

    Returns
    -------
    object
        None, an option id (single_best), a list of option ids in the order of the options
        (multiple_response), a list of all option ids (ordering), a dict of prompt id to option
        id (matching), a float (numeric) or a dict with the list ``log`` (simulation).

    Raises
    ------
    AnswerError
        If the item cannot have this answer.
    """
    if answer is None or answer in ("", [], {}):
        return None
    return _CLEAN[item.kind](item, answer)


def _clean_single(item: Item, answer: Any) -> str:
    if not isinstance(answer, str) or answer not in item.options:
        raise AnswerError("This is not one of the options shown.")
    return answer


def _clean_multiple(item: Item, answer: Any) -> list[str] | None:
    if not isinstance(answer, list | tuple) or not all(
        isinstance(name, str) and name in item.options for name in answer
    ):
        raise AnswerError("One of the ticked options is not among those shown.")
    chosen = [name for name in item.options if name in answer]
    return chosen or None


def _clean_ordering(item: Item, answer: Any) -> list[str]:
    fine = (
        isinstance(answer, list | tuple)
        and all(isinstance(name, str) for name in answer)
        and sorted(answer) == sorted(item.options)
    )
    if not fine:
        raise AnswerError("The order must hold each entry exactly once.")
    return list(answer)


def _clean_matching(item: Item, answer: Any) -> dict[str, str] | None:
    if not isinstance(answer, Mapping):
        raise AnswerError("The pairs could not be read.")
    pairs = {name: answer[name] for name in item.prompts if answer.get(name) not in (None, "")}
    if set(answer) - set(item.prompts) or not all(
        isinstance(option, str) and option in item.options for option in pairs.values()
    ):
        raise AnswerError("One of the pairs is not among those shown.")
    return pairs or None


def _clean_numeric(item: Item, answer: Any) -> float | None:
    if isinstance(answer, str):
        text = _without_unit(answer.strip(), item.unit).replace("\N{MINUS SIGN}", "-")
        if not text:
            return None
        if _THOUSANDS.fullmatch(text):
            raise AnswerError(
                f"“{text}” can be read in two ways. Write thousands without a separator, "
                "as in 1000."
            )
        if not _NUMBER.fullmatch(text):
            raise AnswerError(f"“{text[:40]}” is not a number. {_range_words(item)}")
        # A decimal comma is how half the world writes 37,5.
        number = float(text.replace(",", "."))
    elif isinstance(answer, int | float) and not isinstance(answer, bool):
        try:
            number = float(answer)
        except OverflowError:
            number = math.inf
    else:
        raise AnswerError(f"This is not a number. {_range_words(item)}")
    if not math.isfinite(number) or not item.minimum <= number <= item.maximum:
        raise AnswerError(f"{str(answer)[:40]} is outside the range. {_range_words(item)}")
    return number + 0.0


def _without_unit(text: str, unit: str) -> str:
    """Return what stands before the item's own unit: “120 kg” in a box for kg is 120."""
    # Folding also makes one of the two signs for micro.
    if unit and text.casefold().endswith(unit.casefold()):
        return text[: -len(unit)].rstrip() or text
    return text


#: Nothing but a plain decimal number: no digit groups, no other scripts, no underscores.
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d{1,3})?", re.ASCII)
#: 1,000 is a thousand to some readers and one to others.
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+", re.ASCII)


def _range_words(item: Item) -> str:
    unit = f" {item.unit}" if item.unit else ""
    return f"Enter a number from {item.minimum:g} to {item.maximum:g}{unit}."


def _clean_simulation(item: Item, answer: Any) -> dict[str, Any]:
    if not isinstance(answer, Mapping) or not isinstance(answer.get("log"), list):
        raise AnswerError("The record of this run could not be read.")
    run, now_s = answer.get("run"), answer.get("now_s")
    return {
        "run": run if type(run) is int and 1 <= run <= 1_000_000 else 1,
        "completed": answer.get("completed") is True,
        "log": answer["log"],
        # Where the clock stood; only a run under way needs it.
        **({"now_s": now_s} if type(now_s) is int and 0 <= now_s <= 86_400 else {}),
    }


_CLEAN: dict[str, Callable[[Item, Any], Any]] = {
    "single_best": _clean_single,
    "multiple_response": _clean_multiple,
    "ordering": _clean_ordering,
    "matching": _clean_matching,
    "numeric": _clean_numeric,
    "simulation": _clean_simulation,
}


def fraction(item: Item, answer: Any) -> float:
    """Return how much of the full marks an answer earns.

    Parameters
    ----------
    item : Item
        With its secret.
    answer : object
        As :func:`clean` returns it; None when there is none.

    Returns
    -------
    float
        From 0 to 1; 1 if and only if the answer is the key.

    Raises
    ------
    ItemError
        If the item has no key: unanswered work would otherwise earn full marks.
    """
    if item.secret is None:
        raise ItemError(
            f"Item “{item.id}” has no key: run nbgrader generate_assignment on the masters first."
        )
    if answer is None:
        return 0.0
    return _FRACTION[item.kind](item, answer)


def _match(item: Item, answer: Any) -> float:
    return float(answer == _key(item))


def _multiple(item: Item, answer: Sequence[str]) -> float:
    """Each right pick earns its share of the marks and each wrong pick costs as much.

    Nothing is earned with a critical option left out.
    """
    if left_out(item, answer):
        return 0.0
    key = set(_key(item))
    right = len(key & set(answer))
    wrong = len(set(answer) - key)
    return max(0, right - wrong) / len(key)


def left_out(item: Item, answer: Sequence[str] | None) -> tuple[str, ...]:
    """Return the critical options that an answer leaves out, for which it earns nothing.

    Parameters
    ----------
    item : Item
        With its secret.
    answer : sequence of str or None
        As :func:`clean` returns it; None when there is none.
    """
    assert item.secret is not None  # noqa: S101 - only called for items with a key
    return tuple(name for name in item.secret.critical if name not in (answer or ()))


def _ordering(item: Item, answer: Sequence[str]) -> float:
    """Kendall's tau of the two orders, floored at zero: a random order expects almost nothing."""
    place = {name: index for index, name in enumerate(answer)}
    pairs = list(combinations(_key(item), 2))
    agreeing = sum(place[first] < place[second] for first, second in pairs)
    return max(0, 2 * agreeing - len(pairs)) / len(pairs)


def _matching(item: Item, answer: Mapping[str, str]) -> float:
    key = _key(item)
    return sum(answer.get(prompt) == option for prompt, option in key.items()) / len(key)


def _numeric(item: Item, answer: float) -> float:
    secret = item.secret
    assert secret is not None  # noqa: S101 - fraction() has checked it
    # One unit in the last place of slack, so that 0.1 + 0.2 lies within 0.1 of 0.2.
    slack = math.ulp(max(abs(answer), abs(secret.key), 1.0)) * 4
    return float(abs(answer - secret.key) <= secret.tolerance + slack)


def _simulation(item: Item, answer: Mapping[str, Any]) -> float:
    from trd.quiz.simulation import replay

    if not answer["completed"]:
        return 0.0
    debrief = replay(item, answer["log"])
    return min(1.0, max(0.0, debrief.points / debrief.max_points)) if debrief.max_points else 0.0


def _key(item: Item) -> Any:
    assert item.secret is not None  # noqa: S101 - fraction() has checked it
    return item.secret.key


_FRACTION: dict[str, Callable[[Item, Any], float]] = {
    "single_best": _match,
    "multiple_response": _multiple,
    "ordering": _ordering,
    "matching": _matching,
    "numeric": _numeric,
    "simulation": _simulation,
}


def points(item: Item, answer: Any) -> float:
    """Return the points an answer earns, from 0 to ``item.points``, to six decimals."""
    earned = round(float(fraction(item, answer)) * float(item.points), 6)
    return min(float(item.points), max(0.0, earned))


def points_text(earned: float, maximum: float) -> str:
    """Return points in the form that nbgrader reads back as the same number.

    Parameters
    ----------
    earned, maximum : float
        Points, >= 0.

    Returns
    -------
    str
        A plain Python float such as ``"1.5"``. nbgrader takes text that is not a number, is
        negative or is NaN for *full* marks, and refuses more than the maximum.

    Raises
    ------
    ValueError
        If the points are not a finite number.
    """
    number = float(earned)
    if not math.isfinite(number):
        raise ValueError(f"The points must be a finite number, not {earned!r}.")
    return repr(min(float(maximum), max(0.0, round(number, 6))))
