"""The course's own controls: native form elements that keyboards and screen readers understand."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anywidget
import traitlets

_HERE = Path(__file__).parent


class RefusedValueError(traitlets.TraitError, ValueError):
    """A value that a control cannot have; the old one stays."""


class Control(anywidget.AnyWidget):
    """One control with a visible label.

    Attributes
    ----------
    spec : dict
        What is drawn; fixed once built.
    value : object
        What is chosen. A value that the control cannot have raises ``ValueError``.
    """

    _esm = _HERE / "controls.js"
    _css = _HERE / "controls.css"

    spec = traitlets.Dict().tag(sync=True)
    value = traitlets.Any().tag(sync=True)

    def __init__(self, spec: dict[str, Any], value: Any) -> None:
        super().__init__(spec=spec, value=value)
        self.default = value

    def reset(self) -> None:
        """Put the control back to where it started."""
        self.value = self.default

    def put(self, value: Any) -> None:
        """Set the control from the panel's own code."""
        self.value = value

    @traitlets.validate("value")
    def _validate_value(self, proposal: Any) -> Any:
        try:
            return self.check(proposal["value"])
        except (ValueError, TypeError, OverflowError) as error:
            # traitlets puts the old value back only for an error of its own kind.
            raise RefusedValueError(str(error)) from error

    def check(self, value: Any) -> Any:
        """Return a value in canonical form, or raise ``ValueError`` in the reader's words."""
        raise NotImplementedError


def _number(value: Any, label: str, minimum: float, maximum: float, unit: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise ValueError(f"{label}: {value!r} is not a number.")
    if not minimum <= value <= maximum:
        words = f" {unit}" if unit else ""
        raise ValueError(
            f"{label}: {value:g}{words} is outside the range from {minimum:g} to "
            f"{maximum:g}{words}."
        )
    return value


def _pairs(options: Iterable[Sequence[str]]) -> list[list[str]]:
    return [list(option) for option in options]


@dataclass(frozen=True)
class Play:
    """How a slider runs by itself: how far and how often it steps.

    Pressed where the slider started, it first goes back to the beginning of the range. It stops
    at the end of the range, when somebody moves it, and when the panel is reset. A step is sent
    only when the one before has been taken, so a slow machine leaves out steps instead of
    falling behind.
    """

    step: float
    every_ms: int = 250


@dataclass(frozen=True)
class Span:
    """A new range of a slider and its value, for controls whose limits depend on another one."""

    minimum: float
    maximum: float
    step: float
    value: float


class Slider(Control):
    """A slider with a number box beside it.

    Parameters
    ----------
    label : str
        What it sets.
    value, minimum, maximum, step : float
        Start, range and step, in ``unit``. Typing accepts any number in the range.
    unit, help : str, optional
        Shown beside and below it.
    play : Play, optional
        Adds a button that lets the slider run to its end.

    Attributes
    ----------
    resets : int
        How often it was reset; a step of the button from before the last time comes too late.
    """

    resets = traitlets.Int(0).tag(sync=True)

    def __init__(
        self,
        label: str,
        value: float,
        minimum: float,
        maximum: float,
        step: float = 1,
        unit: str = "",
        help: str = "",
        play: Play | None = None,
    ) -> None:
        spec: dict[str, Any] = {
            "kind": "slider",
            "label": label,
            "minimum": minimum,
            "maximum": maximum,
            "step": step,
            "unit": unit,
            "help": help,
        }
        if play is not None:
            spec["play"] = {"step": play.step, "every_ms": play.every_ms, "home": value}
        super().__init__(spec, value)
        self._span = Span(minimum, maximum, step, value)
        if play is not None:
            self.on_msg(self._on_step)

    def reset(self) -> None:
        """Put the slider back to the range and the value it started with."""
        self.resets += 1
        self.put(self._span)

    def _on_step(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """Take a step of the button, unless the slider was reset after it was sent."""
        if isinstance(content, Mapping) and content.get("resets") == self.resets:
            # The range may have changed on the way; the old value stays then.
            with contextlib.suppress(RefusedValueError):
                self.value = content.get("step_to")

    def put(self, value: float | Span) -> None:
        """Set the value, or with a `Span` the range as well."""
        if not isinstance(value, Span):
            self.value = value
            return
        limits = {"minimum": value.minimum, "maximum": value.maximum, "step": value.step}
        with self.hold_sync():
            self.spec = {**self.spec, **limits}
            self.value = value.value

    def check(self, value: Any) -> float:
        """Return the number, or raise if it lies outside the range."""
        s = self.spec
        return _number(value, s["label"], s["minimum"], s["maximum"], s["unit"])


class _OneOf(Control):
    kind = ""

    def __init__(
        self,
        label: str,
        options: Iterable[Sequence[str]],
        value: str,
        help: str = "",
    ) -> None:
        spec = {"kind": self.kind, "label": label, "options": _pairs(options), "help": help}
        super().__init__(spec, value)

    def check(self, value: Any) -> str:
        """Return the option's name, or raise if there is none such."""
        names = [option[0] for option in self.spec["options"]]
        if value not in names:
            raise ValueError(f"{self.spec['label']}: {value!r} is none of {', '.join(names)}.")
        return value


class Choice(_OneOf):
    """Radio buttons in a row, for two to five options given as ``(name, text)``."""

    kind = "choice"


class Select(_OneOf):
    """A drop-down list, options given as ``(name, text)`` or ``(name, text, group)``."""

    kind = "select"


class Check(Control):
    """One tick box."""

    def __init__(self, label: str, value: bool = False, help: str = "") -> None:
        super().__init__({"kind": "check", "label": label, "help": help}, value)

    def check(self, value: Any) -> bool:
        """Return the truth value, or raise if it is none."""
        if not isinstance(value, bool):
            raise ValueError(f"{self.spec['label']}: {value!r} is neither true nor false.")
        return value


class Grid(Control):
    """Several questions with the same answers: one row each, one column an answer.

    Parameters
    ----------
    label : str
        Caption of the table.
    rows : iterable of (name, text)
        The questions.
    columns : iterable of (value, text)
        The answers; values are text or numbers.
    value : dict of name to value, optional
        Rows without an entry are unanswered.
    """

    def __init__(
        self,
        label: str,
        rows: Iterable[Sequence[str]],
        columns: Iterable[Sequence[Any]],
        value: Mapping[str, Any] | None = None,
        help: str = "",
    ) -> None:
        spec = {
            "kind": "grid",
            "label": label,
            "rows": _pairs(rows),
            "columns": _pairs(columns),
            "help": help,
        }
        super().__init__(spec, dict(value or {}))

    def check(self, value: Any) -> dict[str, Any]:
        """Return the answers, or raise if a row or an answer is unknown."""
        rows = [row[0] for row in self.spec["rows"]]
        columns = [column[0] for column in self.spec["columns"]]
        if not isinstance(value, Mapping):
            raise ValueError(f"{self.spec['label']}: the answers could not be read.")
        for name, answer in value.items():
            if name not in rows or answer not in columns:
                raise ValueError(f"{self.spec['label']}: {name} = {answer!r} is not in the table.")
        return dict(value)


class Rows(Control):
    """A table that the reader fills row by row.

    Parameters
    ----------
    label : str
        Caption of the table.
    noun : str
        What one row is, e.g. ``"trial"``.
    columns : iterable of dict
        Each ``{"name", "label", "kind"}`` with kind ``select`` (and ``options``), ``number``
        (and ``minimum``, ``maximum``, ``unit``) or ``check``.
    value : iterable of dict
        The rows at the start.
    template : dict
        A new row.
    most : int
        How many rows there may be.
    """

    def __init__(
        self,
        label: str,
        noun: str,
        columns: Iterable[Mapping[str, Any]],
        value: Iterable[Mapping[str, Any]],
        template: Mapping[str, Any],
        most: int = 8,
        help: str = "",
    ) -> None:
        spec = {
            "kind": "rows",
            "label": label,
            "noun": noun,
            "columns": [dict(column) for column in columns],
            "template": dict(template),
            "most": most,
            "help": help,
        }
        super().__init__(spec, [dict(row) for row in value])

    def check(self, value: Any) -> list[dict[str, Any]]:
        """Return the rows, or raise if a cell holds what its column cannot."""
        spec = self.spec
        if not isinstance(value, list | tuple) or len(value) > spec["most"]:
            raise ValueError(f"{spec['label']}: at most {spec['most']} rows.")
        return [self._row(row, number) for number, row in enumerate(value, start=1)]

    def _row(self, row: Mapping[str, Any], number: int) -> dict[str, Any]:
        clean = {}
        for column in self.spec["columns"]:
            name, label = column["name"], f"{column['label']}, {self.spec['noun']} {number}"
            cell = row.get(name)
            if column["kind"] == "select" and cell not in [o[0] for o in column["options"]]:
                raise ValueError(f"{label}: {cell!r} is not in the list.")
            if column["kind"] == "check" and not isinstance(cell, bool):
                raise ValueError(f"{label}: {cell!r} is neither true nor false.")
            if column["kind"] == "number":
                unit = column.get("unit", "")
                cell = _number(cell, label, column["minimum"], column["maximum"], unit)
            clean[name] = cell
        return clean
