"""Lesson 4: the keys of its self-checks are what the order set, the sources and the sums say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trd import evidence
from trd.monitoring import Session, perfect_log, replay
from trd.monitoring.course_of_treatment import rule
from trd.monitoring.discharge import Recovery, decide
from trd.monitoring.long_term import Findings, review
from trd.monitoring.physiology import predose_limit
from trd.monitoring.schedule import chance_missed
from trd.monitoring.thresholds import Reading, compare
from trd.quiz.masters import items_in

NOTEBOOK = Path(__file__).resolve().parents[2] / "course" / "04_monitoring_the_infusion.ipynb"

MR_Q = Recovery(
    minute=106,
    systolic=130,
    diastolic=80,
    baseline_systolic=124,
    baseline_diastolic=76,
    falling=True,
    spo2=98,
    baseline_spo2=98,
    on_air=True,
    moaas=5,
    oriented=True,
    cadss=3,
    baseline_cadss=1,
    steady_gait=False,
    drinks=True,
    new_intent=None,
    cannula_out=True,
    escort=False,
    written_advice=True,
)
"""As his story goes; whether he means to drive it does not say."""


@pytest.fixture(scope="module")
def items() -> dict[str, Any]:
    return {item.id: item for item in items_in(NOTEBOOK)}


@pytest.fixture(scope="module")
def rows() -> dict[str, Any]:
    return dict(evidence.rows())


def _words(item: Any) -> str:
    return " ".join(item.vignette.split())


def _value(rows: dict[str, Any], name: str) -> float:
    return float(rows[name].value)


def test_the_pump_waits_for_what_the_simulator_waits_for(items):
    refusal = Session("routine", 11).why_not("start")
    named = {"one-sum": "two-person dose check", "one-pressure": "baseline", "brother": "escort"}
    assert set(items["what-holds-the-pump"].secret.key) == set(named)
    assert all(what in refusal for what in named.values())
    # 134/82 at 45 is no barrier, and the simulator asks for no anaesthetist.
    assert predose_limit(45) == (140, 90)
    assert "anaesthetist" not in refusal


def test_the_chance_between_two_readings_is_worked_out(items):
    item = items["six-minutes"]
    assert "every 15 minutes" in _words(item) and "for 6 minutes" in _words(item)
    assert item.secret.key == pytest.approx(100 * chance_missed(6, 15))


def test_each_source_makes_of_186_what_the_key_says(items):
    item = items["four-readers"]
    assert "186/122" in _words(item) and "67" in _words(item)
    found = {each.position.name: each for each in compare(Reading(186, 122, age=67))}
    says = {
        "counted": ("during_crtce", "count", True),
        "no-drug": ("during_aha2025", "leave", True),
        "measure-pause": ("during_course_pause", "act", True),
        "earlier": ("predose_phase3", "withhold", False),
    }
    for option in item.secret.key.values():
        name, kind, reached = says[option]
        assert (found[name].position.kind, found[name].reached) == (kind, reached)
    prompts = {"canadian-clinic": "counted", "guideline-2025": "no-drug"}
    prompts |= {"order-set": "measure-pause", "trials": "earlier"}
    assert item.secret.key == prompts


def test_minute_28_can_be_run_to_full_points(items):
    item = items["take-over-at-24"]
    debrief = replay(item.scenario, item.seed, perfect_log(item.scenario, item.seed))
    assert debrief.points == debrief.max_points
    assert not debrief.critical_errors
    # It is an everyday event, and not one of the drills.
    assert item.scenario == "pressure-no-signs" and not debrief.drill


def test_the_order_for_a_pump_error_is_that_of_the_model_run(items):
    deeds = [each["do"] for each in perfect_log("pump-error", 3)]
    does = {
        "pump": "stop",
        "help": "call",
        "airway": "jaw_thrust",
        "cause": "pump_check",
        "tell": "disclose",
    }
    key = items["eight-times"].secret.key
    assert sorted(key, key=lambda step: deeds.index(does[step])) == list(key)


def test_the_model_run_of_terror_begins_with_quiet_and_a_pause(items):
    deeds = [each["do"] for each in perfect_log("terror", 1)]
    assert items["i-am-dying"].secret.key == "quiet"
    assert deeds[:3] == ["quiet", "reassure", "pause"]
    assert "restrain" not in deeds and "cadss" not in deeds


def test_mr_q_stays_for_what_the_criteria_say(items):
    item = items["minute-106"]
    verdict = decide(MR_Q)
    codes = {"walk": "gait", "asked-once": "intent", "sister": "escort"}
    codes |= {"pressure": "pressure", "cadss": "dissociation"}
    open_codes = {*verdict.unmet, *verdict.unknown}
    assert {name for name, code in codes.items() if code in open_codes} == set(item.secret.key)
    assert not verdict.home and decide(MR_Q, "vitals").home and decide(MR_Q, "clock").home


def test_a_waste_that_was_not_seen_is_not_witnessed(items, rows):
    assert items["sign-here"].secret.key == "decline"
    assert "sees the waste measured, then signs" in rows["mon-cd-witness"].statement
    assert "one business day" in items["sign-here"].secret.why["later"]
    assert _value(rows, "mon-cd-loss") == 1


def test_two_percentages_differ_in_what_they_count(items, rows):
    text = _words(items["forty-four-and-one"])
    people, sessions = rows["mon-bp-165-crtce"], rows["mon-bp-severe-yale"]
    assert f"{float(people.value):g} % of {people.n} people" in text
    assert f"{float(sessions.value):g} % of {int(sessions.n):,} sessions" in text
    assert "17 people" in rows["mon-bp-severe-yale-people"].statement and "17 of 138" in text
    assert items["forty-four-and-one"].secret.key == "counting"


def test_nobody_is_given_up_after_two_infusions(items, rows):
    item = items["after-two"]
    assert item.secret.key == "review"
    assert "Never after 1 or 2; review at 3 or 4" in rule("course").says
    assert f"{_value(rows, 'mon-fut-late-58'):g} %" in item.secret.why["stop"]
    assert "MADRS 32 before the first infusion, 30 a day after the second" in _words(item)
    improvement_pct = 100 * (32 - 30) / 32
    assert improvement_pct < _value(rows, "mon-resp-improvement")


@pytest.mark.parametrize(
    ("prompt", "findings", "says", "stops"),
    [
        ("new-urgency", Findings(urinary_symptoms=True), "urine test now", False),
        (
            "lasting-urgency",
            Findings(urinary_symptoms=True, urinary_persistent=True),
            "refer to urology",
            True,
        ),
        ("liver", Findings(liver_x_uln=3.5), "hold maintenance, look for the cause", True),
        ("requests", Findings(early_requests=True), "no infusion before a review", True),
    ],
)
def test_each_finding_has_the_step_of_the_long_watch(items, prompt, findings, says, stops):
    (action,) = review(findings)
    item = items["four-findings"]
    assert says in action.what
    assert action.stops is stops
    chosen = item.options[item.secret.key[prompt]].lower()
    assert chosen.split(",")[0] in action.what.lower()
