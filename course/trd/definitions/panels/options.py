"""What else could help: the panel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trd.definitions.options import ANY, browse, refit, treatment_options
from trd.definitions.views.options import OptionsView
from trd.panel.base import Panel
from trd.panel.controls import Choice, Select

_FAMILIES = {
    "switch": "Switch",
    "augmentation": "Augmentation",
    "psychotherapy": "Psychotherapy",
    "rtms": "Neurostimulation",
    "ect": "Neurostimulation",
    "esketamine": "Esketamine",
    "ketamine": "Ketamine (off-label)",
}


def _adjust(name: str, values: dict[str, Any]) -> Mapping[str, Any]:
    return refit(name, **values)


def options() -> Panel:
    """Return the panel: filters, one comparison in detail, and all that pass the filters."""
    return Panel(
        "What else could help?",
        {
            "kind": Select(
                "Kind",
                [
                    (ANY, "all kinds"),
                    ("switch", "switch"),
                    ("augmentation", "augmentation"),
                    ("psychotherapy", "psychotherapy"),
                    ("neurostimulation", "neurostimulation (rTMS, ECT)"),
                    ("esketamine", "esketamine"),
                    ("ketamine", "ketamine (off-label)"),
                ],
                "neurostimulation",
            ),
            "against": Select(
                "Compared with",
                [
                    (ANY, "any comparator"),
                    ("placebo", "placebo or sham"),
                    ("active", "another active treatment"),
                    ("usual care", "usual care"),
                    ("none", "no comparison treatment"),
                ],
                ANY,
            ),
            "outcome": Choice(
                "Outcome",
                [
                    (ANY, "any"),
                    ("response", "response"),
                    ("remission", "remission"),
                    ("score", "points on a scale"),
                ],
                ANY,
            ),
            "study": Select(
                "In detail",
                [
                    (found.key, found.name, _FAMILIES[found.families[0]])
                    for found in treatment_options()
                ],
                "elekt-d",
            ),
        },
        browse,
        OptionsView(),
        lead=(
            "Read each row against its own comparator, never across groups: the same treatment "
            "looks larger against a comparator that does less. Do not rank the rows of a group "
            "either: outcome, time and people differ. The order is that of teaching, not of effect."
        ),
        assumptions=(
            "Wordings of certainty are this course’s own judgement unless a review’s grade is "
            "quoted; they say why.",
            "“Of 100 people like them” rounds the published percentages of the people who took "
            "part; nobody in front of you is exactly like them.",
        ),
        adjust=_adjust,
        wide=("outcome", "study"),
        below=("study",),
    )
