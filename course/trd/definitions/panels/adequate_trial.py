"""Is this trial adequate? One trial, six rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trd.definitions.drugs import drugs
from trd.definitions.verdicts import TrialReport, dose_range, report
from trd.definitions.views.adequate_trial import AdequateTrialView
from trd.panel.base import Panel
from trd.panel.controls import Choice, Select, Slider, Span

_FIRST = "sertraline"


def _span(drug: str) -> Span:
    doses = dose_range(drug)
    return Span(0, doses.maximum_mg, doses.step_mg, doses.start_mg)


def _judge(weeks_rule: str, dose_table: str, **trial: Any) -> TrialReport:
    return report(**trial, weeks_rule=int(weeks_rule), strict=dose_table == "strict")


def _adjust(name: str, values: dict[str, Any]) -> Mapping[str, Any]:
    return {"dose_mg": _span(values["drug"])} if name == "drug" else {}


def adequate_trial() -> Panel:
    """Return the panel."""
    first = _span(_FIRST)
    return Panel(
        "Is this trial adequate?",
        {
            "drug": Select("Drug", [(d.name, d.name, d.drug_class) for d in drugs()], _FIRST),
            "dose_mg": Slider("Daily dose", 75, 0, first.maximum, first.step, "mg"),
            "weeks": Slider("Weeks at that dose", 7, 0, 16, 1, "weeks"),
            "adherence_pct": Slider("Doses taken (adherence)", 90, 0, 100, 5, "%"),
            "improvement_pct": Slider("Improvement of symptoms", 15, -20, 100, 5, "%"),
            "weeks_rule": Choice(
                "Weeks the rule asks for",
                [("4", "4 weeks"), ("6", "6 weeks"), ("8", "8 weeks")],
                "6",
            ),
            "dose_table": Choice(
                "Minimum doses",
                [("default", "default table"), ("strict", "strict table")],
                "default",
            ),
        },
        _judge,
        AdequateTrialView(),
        lead=(
            "A trial counts towards resistance only if dose, weeks and adherence were adequate and "
            "it still did not help enough. Picking a drug sets the lowest dose that any table "
            "accepts."
        ),
        assumptions=(
            "The default and strict minimum doses, the default of 6 weeks, 80 % of doses taken, "
            "and “did not help enough” as less than 50 % improvement are conventions of this "
            "course: instruments differ.",
        ),
        shows_dose=True,
        adjust=_adjust,
    )
