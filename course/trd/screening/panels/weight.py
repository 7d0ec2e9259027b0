"""Dosing weight: height, weight and definition on top, a unit error below."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from trd.panel.base import Panel
from trd.panel.controls import Choice, Slider, Span
from trd.panel.parts import NOT_CHECKED
from trd.screening.views.weight import WeightView
from trd.screening.weight_report import BMI_RANGE, WeightReport, weight_at, weight_report

_HEIGHT_CM = 165
_WEIGHT_KG = 118


def _span(height_cm: float, weight_kg: float) -> Span:
    """Return the weights that the picture can show at a height."""
    # Whole kilograms inside the drawn indices.
    low, high = (round(weight_at(index, height_cm), 6) for index in BMI_RANGE)
    low, high = math.ceil(low), math.floor(high)
    return Span(low, high, 1, min(max(weight_kg, low), high))


def _adjust(name: str, values: dict[str, Any]) -> Mapping[str, Any]:
    if name == "height_cm":
        return {"weight_kg": _span(values["height_cm"], values["weight_kg"])}
    if name == "check" and values["check"] != "none":
        return {"unit": "lb"}
    return {}


def _model(**values: Any) -> WeightReport:
    return weight_report(**values)


def dosing_weight() -> Panel:
    """Return the panel: the dose under three weights, and pounds taken for kilograms."""
    start = _span(_HEIGHT_CM, _WEIGHT_KG)
    return Panel(
        "Per kilogram of what?",
        {
            "weight_kg": Slider(
                "Actual weight", start.value, start.minimum, start.maximum, start.step, "kg"
            ),
            "height_cm": Slider("Height", _HEIGHT_CM, 140, 200, 1, "cm"),
            "dose_mg_per_kg": Slider("Dose", 0.5, 0.2, 0.6, 0.05, "mg/kg"),
            "formula": Choice(
                "Ideal weight from the height (Devine’s formula), constants for",
                [("female", "women"), ("male", "men")],
                "female",
                help=f"The two constants are {NOT_CHECKED}.",
            ),
            "unit": Choice(
                "The scale showed",
                [("kg", "kilograms"), ("lb", "pounds, written down as kilograms")],
                "kg",
            ),
            "check": Choice(
                "The second person",
                [
                    ("none", "does not check"),
                    ("same-sheet", "does the sum again from the same sheet"),
                    ("alone", "weighs again and works it out alone"),
                ],
                "none",
            ),
        },
        _model,
        WeightView(),
        lead=(
            "A dose per kilogram hides a choice. Bring the weight across a BMI of 30, then let the "
            "scale show pounds: which number on the sheet would give it away?"
        ),
        assumptions=(
            "From a BMI of 30 this course writes the first infusion for the adjusted weight, ideal "
            "+ 0.4 x (actual - ideal), and titrates from there; below, for the actual weight.",
            "Below 60 inches (152.4 cm) the ideal weight stays at its value at 60 inches.",
            "A form takes weights from 25 to 350 kg; working alone means weighing again and "
            "reading the unit.",
        ),
        shows_dose=True,
        adjust=_adjust,
        wide=("unit", "check"),
        below=("unit", "check"),
    )
