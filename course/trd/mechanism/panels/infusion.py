"""The infusion: one dose, one pump, several models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trd.mechanism.infusion_report import InfusionReport, infusion_report
from trd.mechanism.views.infusion import InfusionView
from trd.panel.base import Panel
from trd.panel.controls import Check, Choice, Select, Slider, Span

_FIRST_MIN = 1.0


def _report(**values: Any) -> InfusionReport:
    return infusion_report(**values)


def _while_running(values: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the minute of a pause or stop within the time the pump runs."""
    minutes = values["duration_min"]
    return {"at_min": Span(_FIRST_MIN, minutes, 1, min(values["at_min"], minutes))}


def _adjust(name: str, values: dict[str, Any]) -> Mapping[str, Any]:
    through = values["interruption"] == "none"
    if name in ("at_min", "pause_min") and through:
        return {**_while_running(values), "interruption": "pause", "beside": "uninterrupted"}
    if name == "interruption":
        if through:
            return {"beside": "slower"}
        return {**_while_running(values), "beside": "uninterrupted"}
    if name == "duration_min" and not through:
        return _while_running(values)
    if name == "comparison" and values["comparison"] == "kamp-weight" and values["weight_kg"] == 70:
        # At 70 kg the two scalings are one curve.
        return {"weight_kg": 120}
    return {}


def infusion() -> Panel:
    """Return the panel: rate, weight, pause and model, and what each does to the level."""
    return Panel(
        "The infusion",
        {
            "dose_mg_per_kg": Slider("Dose", 0.5, 0.1, 1, 0.05, "mg/kg"),
            "duration_min": Slider("Given over", 40, 2, 100, 1, "min"),
            "weight_kg": Slider("Body weight", 70, 40, 180, 5, "kg"),
            "comparison": Select(
                "Models",
                [
                    ("clements-kamp", "Clements and Kamp"),
                    ("clements-domino", "Clements and Domino (used by pumps)"),
                    ("racemate", "Clements, Kamp and Domino"),
                    ("kamp-weight", "Kamp, weight scaled two ways"),
                    ("s-ketamine", "Fanta and Simons (S-ketamine)"),
                ],
                "clements-kamp",
                help=(
                    "Clements, Kamp and Domino: published formulas for the blood level, named "
                    "after their authors."
                ),
            ),
            "interruption": Choice(
                "The pump",
                [
                    ("none", "runs through"),
                    ("pause", "is paused, then resumed"),
                    ("stop", "is stopped for good"),
                ],
                "none",
            ),
            "at_min": Slider("Paused or stopped at", 20, _FIRST_MIN, 40, 1, "min"),
            "pause_min": Slider("Pause lasts (0: no pause)", 10, 0, 60, 1, "min"),
            "beside": Choice(
                "Dotted, for comparison",
                [
                    ("slower", "the same dose, twice as slow"),
                    ("uninterrupted", "without the interruption"),
                    ("usual", "0.5 mg/kg over 40 min"),
                    ("none", "nothing"),
                ],
                "slower",
            ),
            "people": Check("Shade how nine in ten simulated people spread (first model)", True),
        },
        _report,
        InfusionView(),
        lead=(
            "The same dose gives different peaks at different rates, in different people and in "
            "different models. Change the minutes, then pause the pump: what moves, what does not?"
        ),
        assumptions=(
            "The spread between people is borrowed from a study of S-ketamine (Otto 2021), "
            "rounded: central volume 30 %, clearance 16 %, correlation 0.5. None is published for "
            "Clements or Domino, and the error of measuring is not in it.",
            "After a pause the pump resumes at the same rate until the ordered dose is in.",
            "Kamp’s allometric scaling (clearance with weight to the power 0.75) is offered by "
            "the course; the abstract reports no effect of weight. The others scale as published, "
            "except Simons, whose exponents are not printed.",
        ),
        shows_dose=True,
        adjust=_adjust,
        wide=("interruption", "beside", "people"),
        below=("at_min", "pause_min", "beside", "people"),
    )
