"""Suicide pathway: a finding on top, what has to happen below."""

from __future__ import annotations

import ipywidgets

from trd.panel.base import Panel
from trd.panel.controls import Check, Choice, Select
from trd.panel.parts import SUPPORT
from trd.screening.suicide_pathway import (
    BEHAVIOUR,
    INPATIENT,
    NO_BEHAVIOUR,
    NO_PLAN,
    NOT_ASKED,
    OUTPATIENT,
    PLAN,
    Pathway,
    pathway,
)
from trd.screening.views.suicide_pathway import NOTE, SuicidePathwayView


def _model(level: str, behaviour: str, setting: str, cleared: bool, plan: str) -> Pathway:
    asked = None if level == NOT_ASKED else int(level)
    return pathway(asked, behaviour, setting, cleared, plan)


def suicide_pathway() -> Panel:
    """Return the panel: level, behaviour, setting and clearance, and what follows from them."""
    panel = Panel(
        "Suicide risk at screening: what now?",
        {
            "level": Select(
                "C-SSRS ideation, past month",
                [
                    (NOT_ASKED, "not asked yet"),
                    ("0", "level 0"),
                    ("1", "level 1 (without intent)"),
                    ("2", "level 2 (without intent)"),
                    ("3", "level 3 (without intent)"),
                    ("4", "level 4 (some intent)"),
                    ("5", "level 5 (intent and a plan)"),
                ],
                "2",
            ),
            "behaviour": Select(
                "Suicidal behaviour, past 3 months",
                [(NO_BEHAVIOUR, "none"), (BEHAVIOUR, "yes"), (NOT_ASKED, "not asked yet")],
                BEHAVIOUR,
            ),
            "setting": Choice(
                "Setting", [(OUTPATIENT, "outpatient clinic"), (INPATIENT, "ward")], OUTPATIENT
            ),
            "plan": Choice(
                "Safety plan with a named contact",
                [(NO_PLAN, "none yet"), (PLAN, "written")],
                NO_PLAN,
            ),
            "cleared": Check(
                "A psychiatrist has assessed the risk and cleared the person in writing"
            ),
        },
        _model,
        SuicidePathwayView(),
        lead=(
            "The same level can lead to different places. Keep it, and change setting or "
            "clearance: who has to do what, and when?"
        ),
        assumptions=(
            "The lines between emergency, referral and plan, the calls at 24 to 72 hours and on "
            "day 7, and who is told are conventions of this course; your service’s pathway comes "
            "first.",
            "Preparing for an attempt counts as suicidal behaviour, as an attempt does: a rule of "
            "this course.",
            "Everything else about the person is taken to be without a barrier.",
        ),
        wide=("cleared",),
    )
    # Widgets of their own: they stay whatever happens to the drawing.
    note, support = (
        ipywidgets.HTML(f'<p class="trd-support">{words}</p>') for words in (NOTE, SUPPORT)
    )
    head, *rest = panel.children
    panel.children = (head, note, *rest, support)
    return panel
