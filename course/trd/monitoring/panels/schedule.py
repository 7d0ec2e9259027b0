"""Vital-sign schedule: what a schedule of readings would have caught, and what it misses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trd.monitoring.infusions import CLINICS
from trd.monitoring.schedule import (
    LANES,
    PHASES,
    clinic_sessions,
    how_many_lanes,
    report,
    schedules,
)
from trd.monitoring.views.schedule import GUESSES, OPEN, SHORT, Guessed, ScheduleView
from trd.panel.base import Panel
from trd.panel.controls import Choice, Select, Slider, Span

_LIMITS = {"alert": (165.0, 100.0), "pause": (180.0, 110.0)}
_WANDER = {"none": 0.0, "assumed": 1.0, "double": 2.0}
_EVERY = (2, 5, 10, 15, 20, 30)
_PHASE_WORDS = {
    "early": "Your own, minutes 0 to 20",
    "late": "Your own, minutes 20 to 40",
    "after": "Your own, minutes 40 to 70",
    "end": "Your own, minutes 70 to 120",
}
_START = {"early": "20", "late": "20", "after": "30", "end": "0"}
_AT_START = 32


def _model(
    guess: str, schedule: str, clinic: str, limit: str, session: float, wander: str, **own: str
) -> Guessed:
    every = {name: int(minutes) for name, minutes in own.items()}
    found = report(schedule, every, clinic, _LIMITS[limit], int(session) - 1, _WANDER[wander])
    return Guessed(**vars(found), guess=guess)


def _adjust(name: str, values: dict[str, Any]) -> Mapping[str, Any]:
    if name in PHASES:
        # Whoever changes the own schedule wants to see it.
        return {"schedule": "own"}
    if name not in ("clinic", "limit", "wander"):
        return {}
    count = max(
        1, how_many_lanes(values["clinic"], _LIMITS[values["limit"]], _WANDER[values["wander"]])
    )
    return {"session": Span(1, count, 1, min(values["session"], count))}


def _intervals(name: str) -> list[tuple[str, str]]:
    first, last = PHASES[name]
    none = {"late": "only at minute 40", "early": "none until minute 20"}.get(name, "none")
    return [
        ("0", none),
        *[(str(every), f"every {every} minutes") for every in _EVERY if every <= last - first],
    ]


def vital_sign_schedule() -> Panel:
    """Return the panel: published schedules, one of the reader's own, and 1,000 sessions."""
    # Drawn once, so that a choice costs a few milliseconds.
    for clinic in CLINICS:
        clinic_sessions(clinic)
    names = [*[each.name for each in schedules()], "own"]
    return Panel(
        "What would this schedule have seen?",
        {
            "guess": Choice(
                "Your guess: of 100 rises, a reading every 10, then every 15 minutes misses",
                [(OPEN, "none yet"), *((name, words) for name, (words, *_) in GUESSES.items())],
                OPEN,
            ),
            "schedule": Select("Draw the schedule", [(name, SHORT[name]) for name in names], "own"),
            "limit": Choice(
                "A rise is a true pressure of",
                [("alert", "165/100 mmHg or more"), ("pause", "180/110 mmHg or more")],
                "alert",
            ),
            **{
                name: Select(words, _intervals(name), _START[name])
                for name, words in _PHASE_WORDS.items()
            },
            "clinic": Choice("Simulated people", list(CLINICS.items()), "mixed"),
            "session": Slider("Session drawn minute by minute", _AT_START, 1, LANES, 1),
            "wander": Choice(
                "Pressure wanders by itself",
                [("none", "not at all"), ("assumed", "as assumed"), ("double", "twice as much")],
                "assumed",
            ),
        },
        _model,
        ScheduleView(),
        lead=(
            "A thousand simulated infusions, read by one cuff at different times. Guess first: "
            "the comparison opens with it. Then build your own schedule and leaf through the "
            "sessions it misses."
        ),
        assumptions=(
            "The people are simulated: their rises are drawn around the mean and spread of one "
            "published series, everything else about them is chosen for teaching. No share shown "
            "here is an incidence.",
            "A rise counts when the true pressure stays at or above the limit for three minutes "
            "in a row; either pressure is enough.",
            "The true pressure also wanders from minute to minute (5 mmHg systolic, 3.5 "
            "diastolic, waves of some 4 minutes), and the cuff adds a spread of its own. Without "
            "the wandering, everybody would move in step.",
            "Nobody acts on a reading here: no pause, no second reading, no drug.",
            "“As needed” in the schedule for esketamine is read as every 15 minutes while the "
            "last reading is at the limit; it was not made for an infusion.",
            "A series that names no readings after the infusion is drawn without them; they may "
            "have been taken.",
        ),
        adjust=_adjust,
        wide=("guess", "clinic", "session"),
        below=("wander",),
    )
