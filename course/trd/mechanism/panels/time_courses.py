"""Time courses overlaid: what is over in hours, and what is not."""

from __future__ import annotations

from typing import Any

from trd.mechanism.time_courses import GROUPS, overlay
from trd.mechanism.views.time_courses import TimeCoursesView
from trd.panel.base import Panel
from trd.panel.controls import Check, Slider

_LABELS = {
    "level": "Level in plasma",
    "dissociation": "Dissociation",
    "pressure": "Blood pressure",
    "mood": "Mood",
}


def _model(share_pct: float, **shown: bool) -> Any:  # the names are those of the controls
    return overlay(share_pct, [group for group, on in shown.items() if on])


def time_courses() -> Panel:
    """Return the panel: what to show, and the share of the level that mood is supposed to need."""
    return Panel(
        "Does mood follow the level of the drug?",
        {
            "share_pct": Slider(
                "Suppose mood needs at least this share of the highest level",
                10,
                1,
                100,
                1,
                "%",
            ),
            **{group: Check(_LABELS[group], True) for group in GROUPS},
        },
        _model,
        TimeCoursesView(),
        lead=(
            "One infusion of 0.5 mg/kg over 40 minutes, from minutes to weeks. Make the supposed "
            "share smaller, down to 1 %: can the level alone last as long as the benefit?"
        ),
        assumptions=(
            "That mood needs a share of the level is a supposition to be tested, not a finding.",
            "The minute of the highest level is taken to be the end of the infusion.",
        ),
        shows_dose=True,
        wide=("share_pct",),
    )
