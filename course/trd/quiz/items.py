"""What a quiz item is: the public half a trainee sees and the secret half a marker needs."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

KINDS = ("single_best", "multiple_response", "numeric", "ordering", "matching", "simulation")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
#: What stands in for the key of a simulation, whose marking rules ship with its model.
REPLAY = "replay"


class ItemError(ValueError):
    """An item is written in a way that cannot work; the message tells its author how to mend it."""


@dataclass(frozen=True)
class Secret:
    """What must never reach a trainee before the answer is in.

    Attributes
    ----------
    key : object
        The best answer, in the shape an answer of this kind has.
    why : Mapping[str, str] or str
        The rationale of each option (or prompt), or one text for the whole item.
    cite : tuple of str
        Keys in ``assets/references.bib``.
    tolerance : float
        Numeric items: the largest distance from the key that still counts, >= 0.
    common_errors : Mapping[str, str]
        Numeric items: what a known wrong value says about the reasoning behind it.
    critical : tuple of str
        Multiple-response items: options of the key that must be picked; with one of them left
        out the answer earns nothing.
    """

    key: Any
    why: Mapping[str, str] | str = field(default_factory=dict)
    cite: tuple[str, ...] = ()
    tolerance: float = 0.0
    common_errors: Mapping[str, str] = field(default_factory=dict)
    critical: tuple[str, ...] = ()


@dataclass(frozen=True)
class Item:
    """One question. Build it with :func:`build`, which checks it.

    Attributes
    ----------
    kind : str
        One of :data:`KINDS`.
    id : str
        Unique in its assignment; lower-case words joined by hyphens.
    stem : str
        The question itself.
    options, prompts : Mapping[str, str]
        Stable names and the words shown for them. Only matching items have prompts.
    points : float
        Marks for the best answer, >= 0. Zero for a self-check.
    objective : str
        The learning objective it tests, such as ``"LO-1.2"``.
    unit, minimum, maximum
        Numeric items: the unit shown and the range that may be entered.
    together : str
        Self-checks only: the name of a set on one page whose verdicts are told when every
        item of the set has been answered, as in a test. Empty for an item of its own.
    model, scenario, seed
        Simulation items: the dotted name of the module that replays the actions, and its inputs.
    secret : Secret or None
        None in the copy that trainees get.
    """

    kind: str
    id: str
    stem: str
    options: Mapping[str, str] = field(default_factory=dict)
    prompts: Mapping[str, str] = field(default_factory=dict)
    points: float = 0.0
    objective: str = ""
    vignette: str = ""
    safety_critical: bool = False
    confidence: bool = False
    shuffle: bool = False
    together: str = ""
    unit: str = ""
    minimum: float = -math.inf
    maximum: float = math.inf
    model: str = ""
    scenario: str = ""
    seed: int = 0
    secret: Secret | None = None

    @property
    def public(self) -> Item:
        """The same item without its key, rationales and citations."""
        return replace(self, secret=None)


_COMMON = {"points", "objective", "vignette", "safety_critical", "confidence", "together"}
_CHOICE = _COMMON | {"shuffle"}
_ALLOWED = {
    "single_best": (("id", "stem", "options"), _CHOICE),
    "multiple_response": (("id", "stem", "options"), _CHOICE),
    "ordering": (("id", "stem", "options"), _COMMON),
    "matching": (("id", "stem", "prompts", "options"), _CHOICE),
    "numeric": (("id", "stem"), _COMMON | {"unit", "minimum", "maximum"}),
    "simulation": (("id", "stem"), _COMMON | {"model", "scenario", "seed"}),
}
#: The arguments that must stand between the hidden-test markers of a master.
SECRET_NAMES = ("key", "why", "cite", "tolerance", "common_errors", "critical")


def build(kind: str, *args: Any, **kwargs: Any) -> Item:
    """Make an item from the arguments of its call and check them.

    Parameters
    ----------
    kind : str
        One of :data:`KINDS`.
    *args, **kwargs
        As written in the notebook cell.

    Returns
    -------
    Item
        With ``secret`` set when a key was given.

    Raises
    ------
    ItemError
        If an argument is missing, unknown or contradicts another one.
    """
    if kind not in _ALLOWED:
        raise ItemError(f"There is no item type “{kind}”. Use one of: {', '.join(KINDS)}.")
    positional, _keyword = _ALLOWED[kind]
    if len(args) > len(positional):
        raise ItemError(
            f"{kind} takes {len(positional)} arguments without a name "
            f"({', '.join(positional)}); it was given {len(args)}."
        )
    values, secrets = _sort(kind, dict(zip(positional, args, strict=False)), kwargs)
    missing = [name for name in positional if name not in values]
    if missing:
        raise ItemError(f"{kind} needs: {', '.join(missing)}.")
    if secrets and "key" not in secrets:
        raise ItemError(f"Item “{values['id']}” has {', '.join(secrets)} but no key.")
    item = Item(kind=kind, **values)
    try:
        _check_public(item)
        if secrets:
            item = replace(item, secret=_secret(item, secrets))
    except (TypeError, OverflowError, AttributeError) as error:
        raise ItemError(
            f"Item “{str(item.id)[:60]}”: one of its arguments has the wrong shape ({error})."
        ) from error
    return item


def _sort(
    kind: str, values: dict[str, Any], kwargs: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Part the arguments of a call into the public and the secret ones."""
    positional, keyword = _ALLOWED[kind]
    secrets: dict[str, Any] = {}
    for name, value in kwargs.items():
        if name in values:
            raise ItemError(f"“{name}” is given twice in a {kind} call.")
        if name in SECRET_NAMES:
            secrets[name] = value
        elif name in keyword or name in positional:
            values[name] = value
        else:
            allowed = ", ".join([*positional, *sorted(keyword), *SECRET_NAMES])
            raise ItemError(f"{kind} has no argument “{name}”. It takes: {allowed}.")
    return values, secrets


def _need(condition: bool, item: Item, message: str) -> None:
    if not condition:
        raise ItemError(f"Item “{item.id}”: {message}")


def _check_public(item: Item) -> None:
    if not (isinstance(item.id, str) and _NAME.fullmatch(item.id)):
        raise ItemError(
            f"“{item.id}” cannot be an item id. Use lower-case words joined by hyphens, "
            "such as “adequate-trials”."
        )
    _need(isinstance(item.stem, str) and bool(item.stem.strip()), item, "the question is empty.")
    points_fine = (
        isinstance(item.points, int | float)
        and not isinstance(item.points, bool)
        and math.isfinite(item.points)
        and item.points >= 0
    )
    _need(points_fine, item, f"points must be a number from 0 up, not {item.points!r}.")
    _need(isinstance(item.objective, str), item, "objective must be an id such as “LO-1.2”.")
    _need(isinstance(item.vignette, str), item, "vignette must be text.")
    for flag in ("safety_critical", "confidence", "shuffle"):
        _need(isinstance(getattr(item, flag), bool), item, f"{flag} must be True or False.")
    _check_together(item)
    if item.kind in ("single_best", "multiple_response", "ordering", "matching"):
        _check_choices(item, "options", item.options)
    if item.kind == "matching":
        _check_choices(item, "prompts", item.prompts)
    if item.kind == "numeric":
        _check_range(item)
    if item.kind == "simulation":
        named = isinstance(item.model, str) and bool(item.model)
        _need(named, item, "a simulation needs model='package.module'.")
        _need(isinstance(item.scenario, str), item, "scenario must be text.")
        _need(isinstance(item.seed, int), item, "seed must be a whole number.")


def _check_together(item: Item) -> None:
    named = isinstance(item.together, str) and bool(_NAME.fullmatch(item.together or "none"))
    _need(named, item, "together must be a name in lower case, such as “before”.")
    fits = not item.together or (not item.points and item.kind != "simulation")
    _need(fits, item, "only self-checks without points can be answered together.")


def _check_choices(item: Item, name: str, choices: Any) -> None:
    _need(isinstance(choices, Mapping), item, f"{name} must be written as {{'id': 'text', …}}.")
    _need(len(choices) >= 2, item, f"{name} needs at least two entries.")
    for key, text in choices.items():
        _need(
            isinstance(key, str) and bool(_NAME.fullmatch(key)),
            item,
            f"“{key}” cannot be the id of one of its {name}; use lower-case words joined by "
            "hyphens, never a position.",
        )
        _need(isinstance(text, str) and bool(text.strip()), item, f"the text of “{key}” is empty.")
    _need(len(set(choices.values())) == len(choices), item, f"two of its {name} read the same.")


def _check_range(item: Item) -> None:
    for name in ("minimum", "maximum"):
        value = getattr(item, name)
        _need(
            _is_number(value),
            item,
            f"{name} must be a number, so that a slip of the pen can be caught.",
        )
    _need(item.minimum < item.maximum, item, "minimum must lie below maximum.")
    _need(isinstance(item.unit, str), item, "unit must be text; use '' for a pure number.")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _secret(item: Item, given: Mapping[str, Any]) -> Secret:
    cite = given.get("cite", ())
    _need(
        isinstance(cite, Sequence)
        and not isinstance(cite, str)
        and all(isinstance(key, str) for key in cite),
        item,
        "cite must be a list of reference keys.",
    )
    why = given.get("why", {})
    _need(isinstance(why, str | Mapping), item, "why must be text or {'id': 'text', …}.")
    _check_key(item, given["key"], why)
    tolerance = given.get("tolerance", 0.0)
    _need(_is_number(tolerance) and tolerance >= 0, item, "tolerance must be 0 or more.")
    errors = given.get("common_errors", {})
    _need(isinstance(errors, Mapping), item, "common_errors must be {'value': 'text', …}.")
    for value in errors:
        try:
            finite = math.isfinite(float(value))
        except (TypeError, ValueError):
            finite = False
        _need(finite, item, f"the common error “{value}” is not a number.")
    critical = given.get("critical", ())
    if "critical" in given:
        _check_critical(item, given["key"], critical)
    return Secret(
        key=given["key"],
        why=why,
        cite=tuple(cite),
        tolerance=float(tolerance),
        common_errors=dict(errors),
        critical=tuple(critical),
    )


def _check_critical(item: Item, key: Sequence[str], critical: Any) -> None:
    _need(
        item.kind == "multiple_response",
        item,
        "critical is for multiple_response; other types have no options to leave out.",
    )
    fine = isinstance(critical, list | tuple) and bool(critical)
    _need(
        fine and len(set(critical)) == len(critical) and set(critical) <= set(key),
        item,
        "critical must list options of the key.",
    )


def _check_key(item: Item, key: Any, why: Mapping[str, str] | str) -> None:
    options = list(item.options)
    if item.kind == "single_best":
        _need(isinstance(key, str) and key in options, item, f"the key {key!r} is no option.")
        _check_why(item, why, options)
    elif item.kind == "multiple_response":
        fine = isinstance(key, list | tuple) and len(set(key)) == len(key) and bool(key)
        _need(fine and set(key) <= set(options), item, "the key must list some of the options.")
        _check_why(item, why, options)
    elif item.kind == "ordering":
        fine = isinstance(key, list | tuple) and sorted(key) == sorted(options)
        _need(fine, item, "the key must list every option once, in the right order.")
        _check_why(item, why, options)
    elif item.kind == "matching":
        fine = isinstance(key, Mapping) and set(key) == set(item.prompts)
        _need(fine, item, "the key must give one option for every prompt.")
        _need(set(key.values()) <= set(options), item, "the key names an option that is not there.")
        _check_why(item, why, list(item.prompts))
    elif item.kind == "numeric":
        _need(_is_number(key), item, "the key must be a number.")
        _need(item.minimum <= key <= item.maximum, item, "the key lies outside its own range.")
    elif item.kind == "simulation":
        _need(key == REPLAY, item, f"the key of a simulation is “{REPLAY}”.")


def _check_why(item: Item, why: Mapping[str, str] | str, names: Sequence[str]) -> None:
    if isinstance(why, str):
        return
    unknown = sorted(set(why) - set(names))
    _need(not unknown, item, f"why explains {', '.join(unknown)}, which it does not have.")
