"""The sixteen questions of the first and the last page: keys from rules and sums, pairs alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trd.definitions.adequacy import assess
from trd.definitions.history import Trial
from trd.monitoring import perfect_log
from trd.quiz.masters import items_in
from trd.screening import Candidate, pounds_error, screen
from trd.screening.rule import CONTRAINDICATED, DEFER, ELIGIBLE

COURSE = Path(__file__).resolve().parents[2] / "course"
NUMBER = {"zero": 0, "one": 1, "two": 2, "three": 3}


def _set(page: str, name: str) -> list[Any]:
    return [item for item in items_in(COURSE / f"{page}.ipynb") if item.together == name]


BEFORE = _set("00_start_here", "before")
AFTER = _set("06_looking_back", "after")
ITEMS = {item.id: item for item in BEFORE + AFTER}


def test_the_pairs_ask_the_same_thing_in_the_same_shape():
    assert len(BEFORE) == len(AFTER) == 8
    for one, other in zip(BEFORE, AFTER, strict=True):
        assert one.objective == other.objective
        assert len(one.options) == len(other.options)
        assert one.vignette != other.vignette
        lengths = sorted(len(item.vignette.split()) for item in (one, other))
        assert lengths[1] <= 1.6 * lengths[0], one.id


# Drug, dose in mg, weeks at that dose, share taken in %; as the letters tell it.
TRIALS = {
    "before-trials-that-count": [
        ("escitalopram", 10, 4, 100),
        ("duloxetine", 60, 8, 100),
        ("vortioxetine", 10, 9, 400 / 7),
    ],
    "after-trials-that-count": [
        ("fluoxetine", 20, 10, 100),
        ("vortioxetine", 10, 3, 100),
        ("escitalopram", 10, 8, 90),
    ],
}


@pytest.mark.parametrize("item", TRIALS)
def test_trials_are_counted_as_the_rule_counts_them(item):
    judged = [
        assess(Trial(drug=drug, dose_mg=dose, weeks=weeks, adherence_pct=taken, improvement_pct=10))
        for drug, dose, weeks, taken in TRIALS[item]
    ]
    assert sum(each.adequate for each in judged) == NUMBER[ITEMS[item].secret.key]


# The people as the letters describe them; what is not mentioned is in order.
PEOPLE = {
    "before-one-of-four": {
        "pressure": Candidate(systolic_mmhg=150, diastolic_mmhg=94),
        "aorta": Candidate(vascular_contraindication=True, systolic_mmhg=132, diastolic_mmhg=80),
        "lithium": Candidate(diagnosis="BD2", antimanic=True),
        "clonazepam": Candidate(benzodiazepine_mg_diazepam_eq=10),
    },
    "after-one-of-four": {
        "haemorrhage": Candidate(vascular_contraindication=True),
        "morning-pressure": Candidate(systolic_mmhg=154, diastolic_mmhg=96),
        "stent": Candidate(
            weeks_since_mi=35, medical_clearance=True, ecg_needed=True, ecg_done=True
        ),
        "naltrexone": Candidate(naltrexone=True),
    },
}


@pytest.mark.parametrize("item", PEOPLE)
def test_one_of_four_is_contraindicated_by_the_rule(item):
    found = {name: screen(person).disposition for name, person in PEOPLE[item].items()}
    assert set(found) == set(ITEMS[item].options)
    (only,) = [name for name, answer in found.items() if answer == CONTRAINDICATED]
    assert only == ITEMS[item].secret.key
    assert {answer for name, answer in found.items() if name != only} == {DEFER, ELIGIBLE}


def test_the_doses_come_from_the_slips_they_are_said_to_come_from():
    assert ITEMS["before-where-from"].secret.key == "pounds"
    slip = pounds_error(70, 0.5)
    assert (slip.intended_mg, round(slip.given_mg)) == (35, 77)
    assert ITEMS["after-where-from"].secret.key == "per-hour"
    assert 0.5 * 84 == 42
    assert 42 * 40 / 60 == 28
    assert 42 / 40 * 60 == 63


def test_the_first_move_is_the_one_the_model_makes():
    for scenario in ("pressure-with-signs", "pump-error"):
        assert perfect_log(scenario, 1)[0]["do"] == "stop", scenario
    for item in ("before-first-move", "after-first-move"):
        assert ITEMS[item].secret.key == "pump"
