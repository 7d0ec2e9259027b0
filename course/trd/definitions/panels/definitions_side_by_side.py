"""One history, many definitions: build a treatment history and see every answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trd.definitions.comparison import EXAMPLES, side_by_side
from trd.definitions.drugs import drugs
from trd.definitions.history import History, Trial
from trd.definitions.staging import CONVENTIONS
from trd.definitions.views.definitions_side_by_side import DefinitionsView, Page
from trd.panel.base import Panel
from trd.panel.controls import Check, Choice, Rows, Select, Slider

_OWN = "own"
_ABOUT = ("episode_months", "hamd17", "psychosis", "ect_failed", "bipolar")
_PARTS = (
    "drug",
    "dose_mg",
    "weeks",
    "adherence_pct",
    "improvement_pct",
    "current_episode",
    "optimised",
    "augmentations",
)


def _values(history: History) -> dict[str, Any]:
    rows = [{part: getattr(trial, part) for part in _PARTS} for trial in history.trials]
    return {"trials": rows} | {name: getattr(history, name) for name in _ABOUT}


_EXAMPLES = {example.key: _values(example.history) for example in EXAMPLES}


def _adjust(name: str, values: dict[str, Any]) -> Mapping[str, Any]:
    """Fill the history from an example; a history that was changed is the reader's own."""
    if name == "example":
        return _EXAMPLES.get(values["example"], {})
    return {} if name in ("dose_table", "wording") else {"example": _OWN}


def _compare(
    example: str, trials: list[dict[str, Any]], dose_table: str, wording: bool, **about: Any
) -> Page:
    history = History(tuple(Trial(**row) for row in trials), **about)
    return Page(side_by_side(history, strict=dose_table == "strict"), wording)


def _number(name: str, label: str, low: float, high: float, unit: str = "") -> dict[str, Any]:
    return {
        "name": name,
        "label": label,
        "kind": "number",
        "minimum": low,
        "maximum": high,
        "unit": unit,
    }


def _columns() -> list[dict[str, Any]]:
    names = [(drug.name, drug.name, drug.drug_class) for drug in drugs()]
    return [
        {"name": "drug", "label": "Drug", "kind": "select", "options": names},
        _number("dose_mg", "Dose", 0, 1000, "mg"),
        _number("weeks", "Weeks", 0, 104),
        _number("adherence_pct", "Taken", 0, 100, "%"),
        _number("improvement_pct", "Better", -100, 100, "%"),
        {"name": "current_episode", "label": "This episode", "kind": "check"},
        {"name": "optimised", "label": "Optimised", "kind": "check"},
        _number("augmentations", "Add-ons", 0, 5),
    ]


def definitions_side_by_side() -> Panel:
    """Return the panel."""
    first = EXAMPLES[0]
    start = _EXAMPLES[first.key]
    names = [(example.key, example.label) for example in EXAMPLES]
    return Panel(
        "One history, many definitions",
        {
            "example": Select("Start from", [*names, (_OWN, "Your own history")], first.key),
            "dose_table": Choice(
                "Minimum doses",
                [("default", "default table"), ("strict", "strict table")],
                "default",
            ),
            "trials": Rows(
                "Medication history",
                "trial",
                _columns(),
                start["trials"],
                template=_values(History((Trial("sertraline", 50, 8, 90, 10),), 0, 0))["trials"][0],
                help=(
                    "Better: fall of the symptom score in %, negative if worse. Optimised: dose "
                    "raised above the minimum. Add-ons: number of augmentations."
                ),
            ),
            "episode_months": Slider(
                "Length of this episode", start["episode_months"], 0, 60, 1, "months"
            ),
            "hamd17": Slider("HAM-D17 total now", start["hamd17"], 0, 52, 1, "points"),
            "psychosis": Check("Psychotic symptoms in this episode"),
            "ect_failed": Check("A course of bilateral ECT did not help"),
            "bipolar": Check("Past mania or hypomania (bipolar)"),
            "wording": Check("Show what each source itself says"),
        },
        _compare,
        DefinitionsView(),
        lead=(
            "Change one thing at a time: the dose, a week, an episode. The person does not change, "
            "but the label does."
        ),
        assumptions=CONVENTIONS,
        shows_dose=True,
        adjust=_adjust,
        wide=("example", "trials"),
    )
