"""The pseudo-resistance checklist as a worked decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trd.definitions.pseudoresistance import checklist
from trd.definitions.views.pseudo_resistance import LadderView
from trd.definitions.vignettes import VIGNETTES, decide, vignette
from trd.panel.base import Panel
from trd.panel.controls import Check, Grid, Select


def _adjust(name: str, values: dict[str, Any]) -> Mapping[str, Any]:
    person = vignette(values["patient"])
    if name == "patient":
        return {"findings": dict(person.known), "reveal": False}
    if name == "reveal" and person.outcome:
        return {"findings": dict(person.found if values["reveal"] else person.known)}
    return {}


def pseudo_resistance() -> Panel:
    """Return the panel: a person, seven questions in order, and the first thing to do."""
    first = VIGNETTES[0]
    return Panel(
        "Is it resistance? The checklist before the label",
        {
            "patient": Select(
                "Person (fictional)", [(v.key, v.name) for v in VIGNETTES], first.key
            ),
            "findings": Grid(
                "What is known",
                [(step.key, f"{step.number}. {step.question}") for step in checklist()],
                [("clear", "Clear"), ("problem", "Problem found"), ("unknown", "Not yet known")],
                first.known,
            ),
            "reveal": Check("Reveal what the clinic found"),
        },
        decide,
        LadderView(),
        lead=(
            "Pick a person and read what is known. The first step that is not clear decides what "
            "to do now: change an answer in the table and see. Guess what the clinic will find "
            "before you reveal it."
        ),
        assumptions=(
            "The order of the steps is a teaching convention of this course. Several steps can be "
            "asked in one visit; the order says which answer to act on first. “Clear” means asked, "
            "and nothing found or what was found has been dealt with.",
        ),
        shows_dose=True,
        adjust=_adjust,
        wide=("patient", "findings", "reveal"),
        below=("reveal", "findings"),
    )
