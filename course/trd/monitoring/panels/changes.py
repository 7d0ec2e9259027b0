"""Why pressures differ: turn one published mean rise into another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trd.monitoring.changes import (
    PRESETS,
    SUMMARIES,
    TIMES,
    Attempt,
    Ingredients,
    attempt,
    preset,
    published,
    ways,
)
from trd.monitoring.views.changes import TIME_WORDS, ChangesView, signed
from trd.panel.base import Panel
from trd.panel.controls import Choice, Select, Slider

_YOURS = "yours"


def _model(
    target: str,
    start: str,
    age: float,
    hypertension: float,
    blunted: float,
    arrival: float,
    times: str,
    summary: str,
) -> Attempt:
    del start  # Only sets the others.
    chosen = Ingredients(age, hypertension / 100, blunted / 100, arrival, TIMES[times])
    return attempt(chosen, summary, target)


def _adjust(name: str, values: dict[str, Any]) -> Mapping[str, Any]:
    if name == "target":
        return {}
    if name != "start":
        return {"start": _YOURS}
    if values["start"] == _YOURS:
        return {}
    ready = preset(values["start"])
    return {
        "age": ready.age_years,
        "hypertension": 100 * ready.hypertension_share,
        "blunted": 100 * ready.blunted_share,
        "arrival": ready.arrival_mmhg,
        "times": "every_10",
        "summary": "mean",
    }


def why_pressures_differ() -> Panel:
    """Return the panel: a published rise to aim at, and the ingredients of a printed mean."""
    # Tried once, so that reaching an aim costs a few milliseconds.
    for each in published():
        ways(each.name)
    return Panel(
        "Why +3, +7 and +16 mmHg can all be true",
        {
            "target": Select(
                "Try to print",
                [(each.name, f"{signed(each.systolic, 0)}: {each.label}") for each in published()],
                "series_684",
            ),
            "start": Select(
                "Ready sets of ingredients",
                [(_YOURS, "your own"), *PRESETS.items()],
                _YOURS,
            ),
            "age": Slider("Age of the people treated", 57, 18, 85, 1, "years"),
            "hypertension": Slider("People with hypertension", 36, 0, 100, 1, "%"),
            "blunted": Slider(
                "Rise blunted by treatment or premedication", 0, 0, 100, 5, "% of people"
            ),
            "arrival": Slider(
                "Baseline read on arrival, too high by a mean of", 0, 0, 15, 0.5, "mmHg"
            ),
            "times": Select("The cuff is pressed", list(TIME_WORDS.items()), "every_10"),
            "summary": Choice(
                "The report prints",
                [(name, words[:1].lower() + words[1:]) for name, words in SUMMARIES.items()],
                "mean",
            ),
        },
        _model,
        ChangesView(),
        lead=(
            "The drug curve stays the same throughout. Change who is treated, how the baseline is "
            "taken, when the cuff is pressed and what is averaged, until the report prints the "
            "number of another one."
        ),
        assumptions=(
            "No source takes these figures apart. The ingredients and their sizes are this "
            "course’s, and a set that fits is one way among many.",
            "The simulator is set to the series of 2,342 infusions: its mean and spread are the "
            "starting point, so +16 is put in, not found.",
            "A blunted rise is 40 % of what it would be, by treatment for hypertension or "
            "premedication alike. Hypertension adds 4 mmHg and each year above 45 adds 0.2 mmHg.",
            "A baseline read on arrival is too high by an amount that differs between people and "
            "fades with a time constant of 15 minutes. The pooled rise also mixes routes and "
            "drugs, which nothing here can imitate.",
        ),
        adjust=_adjust,
        wide=("target", "summary"),
    )
