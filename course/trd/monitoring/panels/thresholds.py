"""Thresholds disagree: move a reading, and see which source would act on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trd.monitoring.infusions import CLINICS
from trd.monitoring.thresholds import Hour, Reading, board, elsewhere
from trd.monitoring.views.thresholds import Shown, ThresholdsView
from trd.panel.base import Panel
from trd.panel.controls import Check, Choice, Slider

#: Systolic pressure stays this much above diastolic.
_APART = 5


def _model(
    moment: str,
    systolic: float,
    diastolic: float,
    age: float,
    clinic: str,
    spo2: float,
    lasting_s: float,
    cadss: float,
    distressed: bool,
    minute: float,
) -> Shown:
    reading = Reading(
        systolic, diastolic, age, before=moment == "before", symptoms=moment == "symptoms"
    )
    hour = Hour(spo2, lasting_s, cadss, distressed, minute)
    return Shown(board(reading, clinic), hour, elsewhere(hour))


def _adjust(name: str, values: dict[str, Any]) -> Mapping[str, Any]:
    if values["diastolic"] <= values["systolic"] - _APART:
        return {}
    if name == "systolic":
        return {"diastolic": values["systolic"] - _APART}
    return {"systolic": values["diastolic"] + _APART} if name == "diastolic" else {}


def thresholds_disagree() -> Panel:
    """Return the panel: a reading to move, and every source's position on it."""
    for clinic in CLINICS:
        # Counted once, so that a choice costs a few milliseconds.
        board(Reading(120, 80), clinic)
    return Panel(
        "Whose threshold? Move a reading",
        {
            "moment": Choice(
                "When",
                [
                    ("before", "before the dose"),
                    ("during", "during or after it, no symptoms"),
                    ("symptoms", "with symptoms"),
                ],
                "during",
            ),
            "systolic": Slider("Systolic pressure", 184, 95, 220, 1, "mmHg"),
            "diastolic": Slider("Diastolic pressure", 104, 55, 140, 1, "mmHg"),
            "age": Slider("Age", 66, 18, 90, 1, "years"),
            "clinic": Choice("Simulated people behind the dots", list(CLINICS.items()), "mixed"),
            "spo2": Slider(
                "Saturation", 91, 80, 100, 1, "%", help="The same hour, other numbers: see below."
            ),
            "lasting_s": Slider("It has been so for", 20, 0, 180, 10, "s"),
            "cadss": Slider("CADSS", 14, 0, 60, 1, "points"),
            "distressed": Check("Frightened or distressed"),
            "minute": Slider("Minutes since the start", 105, 40, 150, 5, "min"),
        },
        _model,
        ThresholdsView(),
        lead=(
            "Move the reading until the answers change. Then ask of each source: does it count, "
            "weigh, alert, pause, or only tell you to keep drugs out of it?"
        ),
        assumptions=(
            "Positions of “this course” are the order set of a fictional clinic. Your local order "
            "set decides where you work.",
            "A source is taken at its number alone; its other conditions stand in its own words on "
            "the card.",
            "The dots are simulated people, chosen for teaching: they show how far apart the lines "
            "are, and say nothing about how often anything happens.",
        ),
        adjust=_adjust,
        wide=("moment", "clinic"),
        below=("clinic", "spo2", "lasting_s", "cadss", "distressed", "minute"),
    )
