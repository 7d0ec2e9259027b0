"""Work-up builder: features of a person on top, the list and its reasons below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trd.panel.base import Panel
from trd.panel.controls import Check, Choice, Select
from trd.screening.views.workup import Shown, WorkupView
from trd.screening.workup import CONSENSUS, COURSE, DRAFT, ITEMS, Item, Person, workup


def _model(source: str, detail: str, **features: Any) -> Shown:
    return Shown(workup(Person(**features), source), detail)


def _adjust(name: str, values: dict[str, Any]) -> Mapping[str, Any]:
    """Bring the test that a source or a feature is about into the detail."""
    if name == "source" and values["source"] != COURSE:
        return {"detail": "ecg" if values["source"] == DRAFT else "drug-screen"}
    about = {"pregnancy": "pregnancy-test", "urinary_symptoms": "urine-culture"}
    return {"detail": about[name]} if name in about and values[name] is not False else {}


def _kind(item: Item) -> str:
    if item.everybody:
        return "For everybody in this course"
    return "Never as routine" if item.never else "For some"


def workup_builder() -> Panel:
    """Return the panel: features of a person, the list for them, one item closely."""
    return Panel(
        "What to ask and order, and what to leave out",
        {
            "age": Select(
                "Age",
                [
                    ("18-24", "18 to 24"),
                    ("25-49", "25 to 49"),
                    ("50-59", "50 to 59"),
                    ("60-64", "60 to 64"),
                    ("65+", "65 or older"),
                ],
                "50-59",
            ),
            "pregnancy": Select(
                "Pregnancy",
                [
                    ("impossible", "not possible"),
                    ("possible", "possible"),
                    ("not-asked", "nobody has asked yet"),
                ],
                "impossible",
            ),
            "heart": Select(
                "Heart",
                [
                    ("none", "nothing known"),
                    ("hypertension", "hypertension, treated"),
                    ("disease", "heart disease or arrhythmia"),
                    ("fainting", "fainting, or a QT-prolonging drug"),
                ],
                "hypertension",
            ),
            "liver": Select(
                "Liver",
                [
                    ("none", "nothing known"),
                    ("alcohol", "drinks heavily"),
                    ("disease", "liver disease"),
                ],
                "none",
            ),
            "sleep": Select(
                "Sleep",
                [
                    ("none", "nothing known"),
                    ("unscreened", "BMI 35 or more, never screened"),
                    ("untreated", "sleep apnoea, not treated"),
                    ("treated", "sleep apnoea, treated"),
                ],
                "none",
            ),
            "series": Select(
                "Ketamine course",
                [("first", "the first course"), ("repeat", "a further course")],
                "first",
            ),
            "diabetes": Check("Diabetes"),
            "bipolar": Check("Bipolar disorder"),
            "urinary_symptoms": Check("New urinary symptoms"),
            "benzodiazepine": Check("Takes a benzodiazepine"),
            "stimulant": Check("Takes a stimulant"),
            "opioid": Check("Takes an opioid"),
            "maoi": Check("Takes a monoamine oxidase inhibitor"),
            "source": Choice(
                "Where sources part, follow",
                [
                    (COURSE, "this course’s list"),
                    (DRAFT, "a Canadian draft (as reported): ECG for all"),
                    (CONSENSUS, "the 2017 consensus (as reported): drug screen on suspicion"),
                ],
                COURSE,
            ),
            "detail": Select(
                "Look closely at",
                [(item.key, item.label.split(":")[0].split(",")[0], _kind(item)) for item in ITEMS],
                "ecg",
            ),
        },
        _model,
        WorkupView(),
        lead=(
            "Describe a person. Make them younger than 50, or let a pregnancy be possible: which "
            "test comes or goes, and which line of the rule would its result change? A test that "
            "could change nothing is not ordered."
        ),
        assumptions=(
            "The list itself is this course’s; sources ask for more or less, as the table says.",
            "Hypertension and diabetes count as the risk factors that make an ECG useful from 50.",
            "Nobody says what counts as suspicion; here heavy drinking does.",
        ),
        adjust=_adjust,
        wide=("source", "detail"),
        below=("detail",),
    )
