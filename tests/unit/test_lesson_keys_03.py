"""Lesson 3: the keys of its self-checks are what the rule, the sources and the sums say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trd.quiz.masters import items_in
from trd.screening import (
    Candidate,
    adjusted_weight_kg,
    perfect_log,
    pounds_error,
    replay,
    screen,
    severity,
)
from trd.screening.rule import CONTRAINDICATED, DEFER, ELIGIBLE, EMERGENCY, REFER

NOTEBOOK = Path(__file__).resolve().parents[2] / "course" / "03_screening_candidates.ipynb"

# The people of the self-checks, as far as their stories go.
RANKED = {
    "confused": Candidate(delirium=True),
    "pregnant": Candidate(pregnancy="pos"),
    "psychosis": Candidate(psychosis="past"),
    "pressure": Candidate(age_years=45, systolic_mmhg=152, diastolic_mmhg=94),
    "bipolar": Candidate(diagnosis="BD2", antimanic=True),
}
MR_O = Candidate(
    age_years=59,
    weeks_since_mi=20,
    systolic_mmhg=128,
    diastolic_mmhg=76,
    ecg_needed=True,
    ecg_done=True,
)
"""As the wife tells it; the stem names the source."""
MRS_D = Candidate(
    age_years=66,
    systolic_mmhg=136,
    diastolic_mmhg=82,
    vascular_contraindication=True,
    adequate_trials=1,
    cssrs_ideation=1,
    benzodiazepine_mg_diazepam_eq=5,
    ecg_needed=True,
    ecg_done=True,
)


@pytest.fixture(scope="module")
def items() -> dict[str, Any]:
    return {item.id: item for item in items_in(NOTEBOOK)}


def test_five_people_are_ranked_as_the_rule_ranks_them(items):
    found = sorted(RANKED, key=lambda name: -severity(screen(RANKED[name]).disposition))
    assert len({screen(person).disposition for person in RANKED.values()}) == len(RANKED)
    assert list(items["strictest-first"].secret.key) == found


def test_the_windows_after_a_heart_attack_are_those_of_each_source(items):
    says = {"past-window": ELIGIBLE, "letter-first": REFER, "no-window": ELIGIBLE}
    says["left-out"] = CONTRAINDICATED
    keys = {"trials": "phase-3", "eu-text": "eu-label", "us-copy": "label"}
    keys["this-course"] = "course"
    for prompt, option in items["twenty-weeks"].secret.key.items():
        assert screen(MR_O, {"heart-attack": keys[prompt]}).disposition == says[option]


def test_a_recent_attempt_without_clearance_is_an_emergency(items):
    assert "five weeks ago" in " ".join(items["better-since"].vignette.split())
    verdict = screen(Candidate(cssrs_ideation=1, suicidal_behaviour_3mo=True))
    assert (verdict.disposition, verdict.reasons) == (EMERGENCY, ("E1",))
    assert items["better-since"].secret.key == "same-day"


def test_each_drug_has_the_step_of_its_code(items):
    steps = {"switch": "D11", "written-plan": "D10", "note-taper": "F2", "keep": "F5"}
    steps["hold-morning"] = "F3"
    drugs = {
        "clonazepam": Candidate(benzodiazepine_mg_diazepam_eq=20),
        "theophylline": Candidate(theophylline=True),
        "tranylcypromine": Candidate(maoi=True),
        "naltrexone": Candidate(naltrexone=True),
        "methylphenidate": Candidate(stimulant=True),
    }
    for drug, step in items["five-drugs"].secret.key.items():
        verdict = screen(drugs[drug])
        assert (*verdict.reasons, *verdict.conditions) == (steps[step],)
        assert verdict.disposition == (DEFER if steps[step][0] == "D" else ELIGIBLE)


def test_the_letter_holds_a_contraindication_before_a_referral(items):
    verdict = screen(MRS_D)
    assert (verdict.disposition, verdict.reasons) == (CONTRAINDICATED, ("C1", "R4"))
    assert items["which-line-decides"].secret.key == "artery"


def test_weight_and_pounds_are_worked_out_right(items):
    assert items["adjusted-weight"].secret.key == adjusted_weight_kg(120, 70)
    assert round(pounds_error(80, 0.5).given_mg) == 88
    assert pounds_error(80, 0.5).intended_mg == 40


def test_the_patient_of_the_self_check_is_found_in_two_steps(items):
    item = items["one-patient"]
    log = perfect_log(item.scenario, item.seed)
    assert [action["do"] for action in log] == ["ask", "test", "decide"]
    debrief = replay(item.scenario, item.seed, log)
    assert debrief.points == debrief.max_points
    assert debrief.truth.disposition == EMERGENCY
