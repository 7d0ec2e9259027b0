"""Lesson 4: a run at the chair is replayed, marked and explained."""

from __future__ import annotations

import copy
import functools
import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from trd.monitoring import (
    MAX_POINTS,
    SCHEMES,
    Session,
    evidence_rows,
    example_logs,
    order_set,
    play,
    replay,
    scenario,
    scenarios,
    start,
)
from trd.monitoring import events as ev
from trd.monitoring import simulation as model
from trd.monitoring.discharge import CRITERIA
from trd.monitoring.evidence import who_says
from trd.monitoring.instruments import Reading
from trd.monitoring.schemes_pressure import drug_for_a_number
from trd.quiz.items import Item
from trd.quiz.simulation import describe
from trd.quiz.simulation import replay as quiz_replay

perfect_log = functools.cache(model.perfect_log)

SEEDS = (1, 5)
# Even a model run cannot undo what has begun; doing nothing does several times as much.
MOST_HARM = {
    "pressure-no-signs": 5,
    "pressure-with-signs": 25,
    "pump-error": 4,
    "laryngospasm": 7,
    "terror": 5,
    "faint": 10,
}


def item(key, seed=1):
    return Item(
        kind="simulation",
        id="run",
        stem="Sit at the chair.",
        model="trd.monitoring.simulation",
        scenario=key,
        seed=seed,
        points=4,
    )


# ---- model answers


@pytest.mark.parametrize("key", scenarios())
@pytest.mark.parametrize("seed", SEEDS)
def test_the_model_answer_earns_every_point(key, seed):
    log = perfect_log(key, seed)
    debrief = replay(key, seed, log)
    assert debrief.critical_errors == ()
    assert [(m.key, m.earned) for m in debrief.marks if m.earned != m.points] == []
    assert debrief.points == debrief.max_points == MAX_POINTS == 20
    assert debrief.next_time == ()
    assert log[-1]["do"] == "finish"
    assert debrief.harm.total <= MOST_HARM.get(key, 0)


@pytest.mark.parametrize("key", scenarios()[2:8])
def test_examples_go_from_good_to_bad(key):
    points = [replay(key, 1, log).points for log in example_logs(key, 1)]
    assert points[0] == 20
    assert points[-1] == 0
    assert points[2] > points[3] >= points[4]
    assert all(0 <= each <= 20 for each in points)


@pytest.mark.parametrize("key", scenarios())
def test_doing_nothing_earns_nothing(key):
    debrief = replay(key, 1, [])
    assert debrief.points == 0
    if key in MOST_HARM:
        assert debrief.harm.total > 1.5 * MOST_HARM[key] or key == "pressure-no-signs"
    assert replay(key, 3, [{"t_s": 0, "do": "finish"}]).points == 0
    assert debrief.next_time


@pytest.mark.parametrize("kind", [ev.NAUSEA, ev.TERROR, ev.OBSTRUCTION, ev.VASOVAGAL])
def test_free_practice_answers_what_happens(kind):
    seed = next(
        seed
        for seed in range(2000)
        if kind in {each for each, *_ in scenario("practice").begin(seed).events}
    )
    log = perfect_log("practice", seed)
    assert replay("practice", seed, log).points == 20
    idle = [each for each in log if each["do"] in {"check", "bp", "moaas", "cadss", "finish"}]
    assert replay("practice", seed, idle).points < 20


@pytest.mark.parametrize("seed", [1, 4, 58])
def test_stopping_and_calling_alone_is_less_than_half_of_an_emergency(seed):
    """Whoever ends the run then has left a person in danger with nobody there."""
    log = perfect_log("pressure-with-signs", seed)
    first = [each for each in log if each["do"] in ("stop", "call", "impression")]
    assert len(first) == 4
    debrief = replay("pressure-with-signs", seed, first)
    assert not debrief.critical
    assert 0 < debrief.points < 10
    marks = {each.key: each.earned for each in debrief.marks}
    # Oxygen that nobody gave is no merit of a run that was not carried on.
    assert marks["oxygen"] == marks["drug"] == marks["handover"] == 0 and marks["stop"] == 3
    carried_on = [each for each in log if each["do"] not in ("handover", "transfer")]
    left = replay("pressure-with-signs", seed, carried_on)
    # Whoever ends the run before the team has taken over has left a person with nobody there.
    assert left.points == 13
    assert "Left before the emergency team had taken over." in "\n".join(left.timeline)


def test_the_pressure_is_measured_again_after_the_drug():
    for seed in (1, 2, 58):
        session = play("pressure-with-signs", seed, perfect_log("pressure-with-signs", seed))
        given = next(each.until_s for each in session.done if each.do == "give")
        assert any(each.t_s > given for each in session.instruments.readings)
    log = [each for each in perfect_log("pressure-with-signs", 1) if each["do"] != "give"]
    marks = {each.key: each.earned for each in replay("pressure-with-signs", 1, log).marks}
    assert marks["examine"] == 4 and marks["drug"] == 0


def test_leaving_a_drug_out_earns_nothing_where_nobody_looked():
    log = perfect_log("faint", 1)
    blind = [each for each in log if each["do"] not in ("bp", "strip")]
    marks = {each.key: each.earned for each in replay("faint", 1, blind).marks}
    assert marks["oxygen"] == marks["atropine"] == 0 and marks["flat"] == 3


# ---- going home


def test_sheet_row_and_lesson_ask_for_the_same_before_the_door():
    """Twelve things on the sheet; the chair shows nine of them and says which it does not."""
    sheet = next(each.text for each in order_set("After") if each.text.startswith("Home: "))
    row = evidence_rows()["mon-order-discharge"].statement
    for words in (
        *("pressure", "as before", "MOAA/S 5", "oriented", "CADSS 4 or less or as before"),
        *("steady gait", "drinks without vomiting", "C-SSRS repeated with no new intent"),
        *("cannula out", "escort", "advice"),
    ):
        assert words in sheet and words in row, words
    assert "pressure falling" in sheet
    # The lesson's list, but for driving, which has a line of its own on the sheet.
    lesson = {each.code for each in CRITERIA}
    unseen = {"drinks", "cannula", "advice"}
    shown = start("routine", 1).criteria()
    assert len(shown) == 9 == len(lesson - unseen - {"driving"})
    assert any("No driving" in each.text for each in order_set("After"))
    rule = next(each.rule for each in SCHEMES["routine"].rules if each.key == "home")
    assert "nine criteria" in rule
    assert "drinking, cannula and written advice cannot be shown here" in rule


def at_the_door(*readings, key="routine", intent=False):
    """After the infusion, with these systolic pressures, the last one the newest."""
    session = start(key, next(s for s in range(60) if scenario(key).begin(s).intent == intent))
    session.now_s = 5000
    session.pump.started_s, session.pump.ended_s = 0, 2400
    session.instruments.readings = [
        Reading(4000 - 1000 * place, sbp, 70) for place, sbp in enumerate(reversed(readings))
    ][::-1]
    return session


@pytest.mark.parametrize(
    ("readings", "met"),
    [((150, 130, 128), True), ((120, 128, 132), False), ((128, 120, 124), True), ((130,), False)],
)
def test_a_pressure_that_still_rises_keeps_a_person_at_the_chair(readings, met):
    assert at_the_door(*readings).criteria()["pressure"] is met


def test_new_intent_keeps_a_person_at_the_chair_and_nobody_else():
    for intent in (False, True):
        session = at_the_door(130, key="going-home", intent=intent)
        name = "C-SSRS repeated, no new intent"
        # Asked before the infusion is not asked after it.
        session.checked["suicidality"] = -1
        assert session.criteria()[name] is False
        session.checked["suicidality"] = 4000
        assert session.criteria()[name] is not intent


# ---- critical errors


def after(key, seed, seconds, *steps):
    """Wait until the trouble has begun, and `seconds` more; then do the steps."""
    session = start(key, seed)
    onset = SCHEMES[key].onset
    while onset and onset not in session.edges:
        session.advance(1)
    session.advance(seconds)
    for do, detail in steps:
        if do == "wait":
            session.advance(detail)
        else:
            session.act(do, **detail)
    return session


def begun(second="colleague"):
    session = start("routine", 1)
    for each in ("consent", "escort"):
        session.act("check", item=each)
    for _ in range(2):
        session.act("bp")
        session.advance(60)
    session.act("moaas")
    session.act("cadss")
    session.act("baseline")
    session.act("dose_check", second=second)
    session.act("start")
    return session


def leaves_at_25():
    session = begun()
    session.advance(25 * 60)
    session.act("leave_room")
    session.advance(300)
    session.act("return")
    return session


def home_at_45():
    session = begun()
    session.advance(45 * 60)
    session.act("send_home")
    return session


def starts_above_the_limit():
    session = start("predose-pressure", 1)
    for each in ("consent", "escort"):
        session.act("check", item=each)
    for _ in range(2):
        session.act("bp")
        session.advance(60)
    session.act("moaas")
    session.act("cadss")
    session.act("baseline")
    session.act("dose_check", second="colleague")
    session.act("start")
    return session


def give(drug, amount="as-ordered"):
    return ("give", {"drug": drug, "amount": amount})


BP, FINISH = ("bp", {}), ("finish", {})
ERRORS = {
    ("routine", "alone"): leaves_at_25,
    ("routine", "signed-alone"): lambda: begun("nobody"),
    ("routine", "by-the-clock"): home_at_45,
    ("predose-pressure", "started"): starts_above_the_limit,
    ("predose-pressure", "qualify"): lambda: after(
        "predose-pressure", 1, 60, give("antihypertensive")
    ),
    ("predose-pressure", "no-safety-check"): lambda: after(
        "predose-pressure", 1, 60, ("defer", {}), ("send_home", {})
    ),
    ("pressure-no-signs", "drug-for-a-number"): lambda: after(
        "pressure-no-signs", 1, 260, ("pause", {}), give("antihypertensive")
    ),
    ("pressure-no-signs", "faster"): lambda: after(
        "pressure-no-signs", 1, 60, ("rate", {"rate": "faster"})
    ),
    ("pressure-no-signs", "no-recheck"): lambda: after(
        "pressure-no-signs", 1, 60, BP, ("wait", 40), ("pause", {}), FINISH
    ),
    ("pressure-no-signs", "against-order"): lambda: after(
        "pressure-no-signs",
        1,
        60,
        *(BP, ("wait", 40), ("pause", {}), ("wait", 60), BP, ("wait", 40)),
        ("resume", {"rate": "half"}),
    ),
    ("pressure-no-signs", "left-running"): lambda: after(
        "pressure-no-signs", 1, 60, BP, ("wait", 40), BP, ("wait", 40), FINISH
    ),
    ("pressure-with-signs", "wait"): lambda: after(
        "pressure-with-signs", 1, 200, ("stop", {}), ("call", {"who": "ems"})
    ),
    ("pressure-with-signs", "too-low"): lambda: after(
        "pressure-with-signs",
        1,
        10,
        ("stop", {}),
        ("call", {"who": "ems"}),
        give("antihypertensive", "more"),
    ),
    ("pressure-with-signs", "sedated"): lambda: after(
        "pressure-with-signs", 1, 10, ("stop", {}), ("call", {"who": "ems"}), give("sedative")
    ),
    ("pump-error", "oxygen-first"): lambda: after(
        "pump-error", 1, 5, ("oxygen", {"how": "high"}), ("stop", {})
    ),
    ("pump-error", "naloxone-first"): lambda: after(
        "pump-error", 1, 5, give("naloxone"), ("stop", {}), ("jaw_thrust", {})
    ),
    ("pump-error", "silenced"): lambda: after("pump-error", 1, 90, ("silence", {}), ("stop", {})),
    ("pump-error", "rewrote"): lambda: after(
        "pump-error", 1, 5, ("stop", {}), ("note", {"how": "rewrite"})
    ),
    ("laryngospasm", "deep"): lambda: after(
        "laryngospasm", 1, 5, ("stop", {}), ("jaw_thrust", {}), ("suction", {"how": "deep"})
    ),
    ("laryngospasm", "spo2"): lambda: after(
        "laryngospasm", 1, 120, ("stop", {}), ("jaw_thrust", {})
    ),
    ("laryngospasm", "panic"): lambda: after(
        "laryngospasm", 1, 5, ("jaw_thrust", {}), ("impression", {"what": "panic"})
    ),
    ("terror", "restraint"): lambda: after("terror", 1, 20, ("restrain", {})),
    ("terror", "argued"): lambda: after("terror", 1, 20, ("say", {"what": "not-real"})),
    ("terror", "too-much"): lambda: after("terror", 1, 20, give("sedative", "more")),
    ("faint", "upright"): lambda: after("faint", 1, 10, ("position", {"how": "sit"})),
    ("faint", "label"): lambda: after("faint", 1, 10, ("impression", {"what": "dissociation"})),
    ("faint", "too-little"): lambda: after("faint", 1, 60, give("atropine", "less")),
    ("vomiting", "supine"): lambda: after("vomiting", 1, 5, ("position", {"how": "supine"})),
    ("vomiting", "restart"): lambda: after(
        "vomiting", 1, 5, ("pause", {}), ("wait", 60), ("resume", {"rate": "ordered"})
    ),
    ("vomiting", "drink"): lambda: after("vomiting", 1, 60, ("drink", {})),
    ("vomiting", "wheeze"): lambda: after(
        "vomiting", 1, 120, ("stop", {}), ("wait", 4500), ("send_home", {})
    ),
    ("going-home", "vitals-only"): lambda: after("going-home", 1, 60, BP, ("send_home", {})),
    ("going-home", "will-lift"): lambda: after("going-home", 1, 5, ("say", {"what": "will-lift"})),
    ("going-home", "signed-out"): lambda: after("going-home", 1, 60, ("sign_out", {})),
}


@pytest.mark.parametrize("key", [key for key in scenarios() if key != "practice"])
def test_every_critical_error_has_a_test(key):
    assert {k for k in ERRORS if k[0] == key} == {(key, rule.key) for rule in SCHEMES[key].critical}


@pytest.mark.parametrize(("key", "error"), ERRORS)
def test_a_critical_error_is_caught_and_takes_every_point(key, error):
    session = ERRORS[key, error]()
    if not session.over:
        session.act("finish")
    debrief = replay(key, session.seed, session.log)
    assert error in {each.key for each in debrief.critical}
    assert debrief.points == 0
    found = next(each for each in debrief.critical if each.key == error)
    words = next(text for text in debrief.critical_errors if found.error in text)
    assert found.reason in words
    assert who_says(found.evidence) in words
    assert found.evidence not in words and found.status not in words
    assert "A critical error takes all points." in debrief.timeline


@pytest.mark.parametrize(
    ("key", "at", "entry"),
    [
        ("pump-error", "pump_check", {"do": "note", "how": "rewrite"}),
        ("terror", "debrief", {"do": "say", "what": "not-real"}),
        ("pressure-with-signs", "ecg", {"do": "impression", "what": "panic"}),
    ],
)
def test_one_slip_in_a_model_run(key, at, entry):
    """A late slip takes all points only where the rules say so."""
    session = Session(key, 1)
    for each in perfect_log(key, 1):
        session.advance(max(0, each["t_s"] - session.now_s))
        if each["do"] == at:
            session.act(entry["do"], **{k: v for k, v in entry.items() if k != "do"})
        session.act(each["do"], **{k: v for k, v in each.items() if k not in ("t_s", "do")})
    debrief = replay(key, 1, session.log)
    assert debrief.points == (20 if entry["do"] == "impression" else 0)


# ---- the rules themselves


@pytest.mark.parametrize("key", scenarios())
def test_rules_add_up_and_name_their_evidence(key):
    scheme = SCHEMES[key]
    assert sum(rule.points for rule in scheme.rules) == MAX_POINTS
    assert len({rule.key for rule in scheme.rules}) == len(scheme.rules)
    for rule in (*scheme.rules, *scheme.critical):
        assert rule.evidence in evidence_rows(), rule.key
        assert rule.status in {"verified", "derived", "teaching-assumption"}, (
            rule.key,
            rule.status,
        )
    assert len(scheme.critical) >= 3


def test_no_rule_rewards_a_drug_where_a_pause_was_enough():
    for key, drug in (("terror", "sedative"), ("faint", "atropine")):
        seed = next(s for s in range(60) if not scenario(key).begin(s).events[0][2])
        log = perfect_log(key, seed)
        assert not any(each.get("drug") == drug for each in log)
        given = [
            *log[:-2],
            {"t_s": log[-2]["t_s"], "do": "give", "drug": drug, "amount": "as-ordered"},
        ]
        assert replay(key, seed, given).points < 20


def earned(key, rule, session):
    found = replay(key, session.seed, session.log)
    return {each.key: each.earned for each in found.marks}[rule]


def test_a_drug_without_the_prescriber_earns_nothing():
    alone = after("pressure-with-signs", 1, 10, ("stop", {}), give("antihypertensive"))
    agreed = after(
        "pressure-with-signs",
        1,
        10,
        ("stop", {}),
        ("call", {"who": "prescriber"}),
        ("wait", 60),
        give("antihypertensive"),
        *(("call", {"who": "ems"}), ("wait", 900), ("handover", {"to": "ems"})),
    )
    assert earned("pressure-with-signs", "drug", alone) == 0
    assert earned("pressure-with-signs", "drug", agreed) == 2
    seed = next(s for s in range(60) if scenario("terror").begin(s).events[0][2])
    log = perfect_log("terror", seed)
    assert any(each.get("drug") == "sedative" for each in log)
    nobody = [each for each in log if each["do"] != "call"]
    marks = {each.key: each.earned for each in replay("terror", seed, nobody).marks}
    assert marks["sedative"] == 0


def test_an_alarm_may_be_silenced_once_the_pump_is_off_and_the_airway_held():
    session = after(
        "pump-error", 1, 60, ("stop", {}), ("jaw_thrust", {}), ("oxygen", {"how": "high"})
    )
    while not session.alarms:
        session.advance(1)
    session.act("silence")
    debrief = replay("pump-error", 1, session.log)
    assert "silenced" not in {each.key for each in debrief.critical}


def test_half_the_rate_is_half_an_answer_to_a_wish_to_stop():
    halved = after("terror", 1, 10, ("rate", {"rate": "half"}), FINISH)
    paused = after("terror", 1, 10, ("pause", {}), FINISH)
    assert earned("terror", "slow", halved) == 1.5
    assert earned("terror", "slow", paused) == 3


def test_a_pressure_that_came_down_in_between_is_no_lasting_one():
    """A drug waits for 15 minutes at the limit without a break, and for the prescriber."""

    class Run:
        def __init__(self, *readings, rate=0):
            self.rate = rate
            self.found = [SimpleNamespace(t_s=60 * m, high=high) for m, high in readings]

        def all(self, _do, **_match):
            return [SimpleNamespace(t_s=1200, shot=SimpleNamespace(rate=self.rate))]

        def readings(self, _after, before):
            return [each for each in self.found if each.t_s < before]

        def edge(self, _key):
            return 0

    assert not drug_for_a_number(Run((4, True), (10, True), (19, True)))
    assert drug_for_a_number(Run((4, True), (10, False), (19, True)))
    assert drug_for_a_number(Run((4, True), (19, False)))
    assert drug_for_a_number(Run((4, True), (19, True), rate=0.5))


def test_who_was_assessed_may_sign_out():
    seed = next(s for s in range(60) if not scenario("going-home").begin(s).intent)

    def signed_out(wait):
        session = after(
            "going-home",
            seed,
            30,
            ("check", {"item": "suicidality"}),
            ("call", {"who": "psychiatrist"}),
            ("wait", wait),
            ("sign_out", {}),
        )
        return session, replay("going-home", seed, session.log)

    soon, debrief = signed_out(310)
    assert not debrief.critical
    # Assessed, but the drug still works; once it does not, a signature alone is no harm.
    assert soon.unsafe_to_leave() == ("the drug still works",) and debrief.harm.total > 0
    late, debrief = signed_out(2000)
    assert not debrief.critical
    assert late.unsafe_to_leave() == () and debrief.harm.total == 0
    # Nobody assessed: the same signature is a danger that goes out of the door.
    alone = after("going-home", seed, 30, ("wait", 310), ("sign_out", {}))
    assert {each.key for each in replay("going-home", seed, alone.log).harm.items} == {
        "unsafe_exit"
    }


def test_who_means_to_die_is_in_danger_whoever_has_assessed_it():
    seed = next(s for s in range(60) if scenario("going-home").begin(s).intent)
    steps = (("call", {"who": "psychiatrist"}), ("wait", 310), ("sign_out", {}))
    signed = after("going-home", seed, 30, *steps)
    assert "suicidal intent" in signed.unsafe_to_leave()
    assert replay("going-home", seed, signed.log).harm.total > 0


def test_a_guess_before_it_begins_earns_nothing():
    """The rules are open, so knowing what comes must not help."""
    session = start("laryngospasm", 1)
    session.act("impression", what="laryngospasm")
    session.act("call", who="ems")
    session.act("call", who="anaesthetist")
    debrief = replay("laryngospasm", 1, session.log)
    assert debrief.points == 0
    assert {m.key: m.earned for m in debrief.marks}["recognise"] == 0


def test_silencing_before_answering_costs_a_point():
    def run(*steps):
        session = start("faint", 1)
        while "hr" not in session.alarms:
            session.advance(1)
        for do, detail in (*steps, ("position", {"how": "legs_up"}), FINISH):
            session.act(do, **detail)
        return replay("faint", 1, session.log)

    quiet, answered = run(("silence", {})), run(("pause", {}), ("silence", {}))
    assert quiet.marks[-1].key == "silenced"
    assert quiet.points == sum(m.earned for m in quiet.marks[:-1]) - 1
    assert "silenced" not in {m.key for m in answered.marks}
    assert any(line.startswith("Alarms silenced: -1. 1 time.") for line in quiet.timeline)


def test_who_has_called_a_psychiatrist_is_not_walked_out_on():
    session = start("going-home", 1)
    session.advance(1100)
    session.act("call", who="psychiatrist")
    session.advance(600)
    assert session.gone is None
    assert play("going-home", 1, []).gone == "walked out"


def test_slower_earns_less():
    points = [
        {
            m.key: m.earned
            for m in replay(
                "pressure-with-signs",
                1,
                after("pressure-with-signs", 1, wait, ("stop", {}), ("call", {"who": "ems"})).log,
            ).marks
        }["stop"]
        for wait in (5, 90, 300)
    ]
    assert points == [3, 1.5, 0]


# ---- replaying


@pytest.mark.parametrize("key", scenarios()[3:7])
def test_same_log_same_debrief(key):
    log = perfect_log(key, 4)
    copied = json.loads(json.dumps(log))
    first = replay(key, 4, log)
    assert first == replay(key, 4, copied)
    assert log == copied
    assert play(key, 4, log).log == log


def test_same_log_same_debrief_in_another_process():
    """Another hash seed, another order of imports: the same words to the last digit."""
    code = (
        "import json\n"
        "from trd.monitoring import perfect_log, replay, scenarios\n"
        "for key in scenarios()[3:7]:\n"
        "    d = replay(key, 2, perfect_log(key, 2)[:-4])\n"
        "    print(json.dumps([d.points, d.harm.total, d.timeline, d.critical_errors]))\n"
    )
    found = []
    for seed in ("1", "77"):
        run = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        assert run.stderr == ""
        found.append(run.stdout)
    assert found[0] == found[1]
    assert len(found[0]) > 4000


def test_a_known_run_is_marked_as_it_was_when_it_was_written_down():
    """Guards grades against a silent change of the model: change this only on purpose."""
    log = [
        {"t_s": 200, "do": "stop"},
        {"t_s": 210, "do": "call", "who": "colleague"},
        {"t_s": 230, "do": "jaw_thrust"},
        {"t_s": 240, "do": "oxygen", "how": "high"},
    ]
    debrief = replay("pump-error", 7, log)
    assert (debrief.points, debrief.harm.total) == KNOWN_RUN


KNOWN_RUN = (1.5, 47.2)


def test_an_unfinished_run_goes_on_untouched():
    log = [{"t_s": 0, "do": "moaas"}]
    whole, cut = replay("faint", 1, log), replay("faint", 1, [*log, {"t_s": 60, "do": "finish"}])
    assert whole.harm.total > 5
    assert cut.harm.total == 0


def test_the_debrief_tells_the_story():
    debrief = replay("pump-error", 1, perfect_log("pump-error", 1))
    told = "\n".join(debrief.timeline)
    assert "Stop the pump for good. → stopped at" in told
    assert "8.0 times the order" in told
    assert "scheduled, not drawn" in told
    assert "course convention" in "\n".join(replay("pump-error", 1, []).timeline)
    assert told.startswith("The snoring began at 5:")
    assert "mon-" not in told and "teaching-assumption" not in told
    assert "no proof of skill" in told
    assert debrief.drill
    assert debrief.rare


def test_a_question_keeps_its_own_mark():
    session = after("faint", 1, 5, ("ask", {"about": "chest"}), FINISH)
    told = "\n".join(replay("faint", 1, session.log).timeline)
    assert "in your chest? → " in told
    assert "?." not in told


def test_a_sedative_costs_benefit_only_in_free_practice():
    session = start("practice", 3)
    session.act("give", drug="sedative", amount="as-ordered")
    session.act("finish")
    assert replay("practice", 3, session.log).benefit_pct == 95
    assert replay("terror", 1, after("terror", 1, 20, give("sedative")).log).benefit_pct == 100


# ---- as a quiz item


@pytest.mark.parametrize("key", ["faint", "pressure-with-signs"])
def test_it_is_the_model_of_a_simulation_item(key):
    good = quiz_replay(item(key), perfect_log(key, 1))
    assert good.points == good.max_points == model.MAX_POINTS
    bad = quiz_replay(item(key), [{"t_s": 5, "do": "fly"}])
    assert bad.points == 0
    assert "could not be replayed" in bad.critical_errors[0]
    html = describe(item(key), {"log": perfect_log(key, 1), "completed": True, "run": 2})
    assert "Run number 2 counts" in html


@pytest.mark.parametrize("key", scenarios())
def test_the_breakdown_is_the_marking_and_the_sections_hold_all_the_rest(key):
    for log in (perfect_log(key, 2)[:-3], perfect_log(key, 2)):
        debrief = replay(key, 2, log)
        assert [(label, most) for label, _earned, most, _why in debrief.breakdown] == [
            (rule.label, rule.points) for rule in SCHEMES[key].rules
        ]
        if not debrief.critical:
            assert sum(earned for _l, earned, _m, _w in debrief.breakdown) == pytest.approx(
                debrief.points
            )
        for mark, (_label, earned, most, why) in zip(debrief.marks, debrief.breakdown, strict=True):
            # What was done or is missing always stands there, the rule where not all was earned.
            assert mark.said and why.startswith(mark.said)
            assert (mark.rule in why) == (earned < most)
            assert (who_says(mark.evidence) in why) == (earned < most)
        told = [line.removeprefix("Harm: ") for line in debrief.timeline]
        for title, lines in debrief.sections:
            assert title
            assert all(line in told or line == "None counted." for line in lines)
        html = describe(item(key), {"log": log, "completed": True, "run": 1})
        assert "How it was marked" in html and "What happened and what you did" in html
        assert "mon-" not in html


def test_what_only_takes_points_away_is_broken_down_as_such():
    session = start("faint", 1)
    while "hr" not in session.alarms:
        session.advance(1)
    session.act("silence")
    session.act("finish")
    html = describe(item("faint"), {"log": session.log, "completed": True, "run": 1})
    assert "Alarms silenced: -1." in html and "of 0" not in html


@pytest.mark.parametrize(
    "spoil",
    [
        lambda log: log[::-1],
        lambda log: [{**each, "t_s": each["t_s"] // 3} for each in log],
        lambda log: [{**each, "who": {"a": 1}} for each in log],
        lambda log: [*log, *log],
        lambda log: [{**each, "do": each["do"].upper()} for each in log],
    ],
)
def test_forged_logs_earn_nothing(spoil):
    forged = spoil(copy.deepcopy(perfect_log("pump-error", 1)))
    assert quiz_replay(item("pump-error"), forged).points == 0


def test_grading_needs_neither_pictures_nor_widgets():
    code = (
        "import sys, trd.monitoring.simulation\n"
        "print([n for n in ('matplotlib', 'ipywidgets', 'anywidget', 'scipy') if n in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
