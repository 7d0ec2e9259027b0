"""Interaction checker: a medication list, what each drug does, how well it is known, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trd.panel.base import Panel
from trd.panel.controls import Check, Choice
from trd.screening.medication import EXAMPLES, MedicationReport, medication_report
from trd.screening.panels.medicines import Medicines
from trd.screening.views.interaction_checker import InteractionView

_OWN = "own"
_LISTS = {example.key: list(example.drugs) for example in EXAMPLES}


def _model(
    example: str, drugs: list[str], benzodiazepine: str, maoi_plan: bool
) -> MedicationReport:
    del example
    return medication_report(drugs or (), benzodiazepine, maoi_plan)


def _adjust(name: str, values: dict[str, Any]) -> Mapping[str, Any]:
    """Load an example, or call the list the reader's own once it is changed."""
    if name == "example":
        return {"drugs": _LISTS.get(values["example"], [])}
    if name == "drugs" and values["drugs"] != _LISTS.get(values["example"]):
        return {"example": _OWN}
    return {}


def interaction_checker() -> Panel:
    """Return the panel: a list of drugs, the worst first."""
    first = EXAMPLES[0]
    return Panel(
        "Check a medication list",
        {
            "example": Choice(
                "Load the list of an invented person",
                [*((each.key, each.label) for each in EXAMPLES), (_OWN, "an empty list")],
                first.key,
            ),
            "drugs": Medicines(
                "The list",
                first.drugs,
                help="Generic names: brand names are not known here. No names of people, please.",
            ),
            "benzodiazepine": Choice(
                "If there is a benzodiazepine: its dose a day, in diazepam equivalents",
                [
                    ("unknown", "not known"),
                    ("low", "8 mg or less"),
                    ("high", "more than 8 mg"),
                ],
                "unknown",
                help=(
                    "Diazepam equivalents: the dose of diazepam with about the same effect. "
                    "Conversion tables differ and none is given here: ask your pharmacy."
                ),
            ),
            "maoi_plan": Check(
                "If there is a monoamine oxidase inhibitor: a blood pressure plan is written"
            ),
        },
        _model,
        InteractionView(),
        lead=(
            "Several questions hide behind “does it interact?”: does it change the level, the "
            "benefit, the breathing, the pressure? Before you read on, say which drug of the "
            "list would change your plan."
        ),
        assumptions=(
            "Only what a drug does with ketamine is looked at. Interactions of the other drugs "
            "with each other are not assessed here, however serious.",
            "Who stands above whom, and what to do, are this course’s own conventions; a drug "
            "that is not in its table stands above those known to be mild.",
        ),
        shows_dose=True,
        adjust=_adjust,
        wide=("example", "drugs", "benzodiazepine", "maoi_plan"),
    )
