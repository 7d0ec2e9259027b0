"""Lesson 3: the screening clinic, as a panel of the lesson and as a graded item."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trd.quiz import calls
from trd.quiz.answers import AnswerLog
from trd.quiz.items import build
from trd.quiz.kept import last_open
from trd.quiz.session import data_folder
from trd.screening import (
    CODES,
    DIFFICULTIES,
    DISPOSITIONS,
    HEADLINES,
    INQUIRIES,
    Candidate,
    example_logs,
    perfect_log,
    replay,
    screen,
    virtual_patient,
)
from trd.screening.panels.clinic import ITEM, NOTEBOOK, screening_clinic, simulation_panel
from trd.screening.simulation import so_far
from trd.screening.under_way import UnderWay, read_under_way
from trd.screening.views import clinic as view
from trd.screening.visits import (
    LAST_SEED,
    Visit,
    account,
    first_visits,
    next_seed,
    next_time_s,
    read_visit,
    tally,
    visit,
)

RAW = re.compile(r"\b(" + "|".join(DISPOSITIONS) + r")\b|screen-[a-z]")
VOID = {"br", "hr", "img", "input"}


class Balanced(HTMLParser):
    """Fails when a tag is not closed where it should be."""

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, tag


def well_formed(text):
    parser = Balanced()
    parser.feed(text)
    parser.close()
    assert parser.open == []
    return True


def words(text):
    return html.unescape(re.sub(r"<[^>]+>", " ", text))


def play(clinic, log):
    for action in log:
        if action["do"] == "decide":
            clinic.decide(action["disposition"], action["reasons"], action["conditions"])
        else:
            clinic.ask(action["what"])


def find(disposition, difficulty="mixed"):
    return next(
        seed
        for seed in range(1, 200)
        if screen(virtual_patient(seed, difficulty).candidate).disposition == disposition
    )


@pytest.fixture
def clinic():
    return screening_clinic()


# -- what is on offer ---------------------------------------------------------------------------


def test_every_question_and_test_is_offered_once_and_says_what_it_is():
    items = [item for group in view.sections() for item in group["items"]]
    assert sorted(item["key"] for item in items) == sorted(each.key for each in INQUIRIES)
    labels = {each.key: (each.kind, each.label) for each in INQUIRIES}
    assert all((item["do"], item["label"]) == labels[item["key"]] for item in items)


def test_what_is_wasteful_does_not_stand_apart():
    wasteful = {each.key for each in INQUIRIES if each.wasteful}
    for group in view.sections():
        assert not {item["key"] for item in group["items"]} <= wasteful


def test_every_code_can_be_picked_by_its_words():
    barriers = [item for group in view.reasons() for item in group["items"]]
    listed = [item["code"] for item in (*barriers, *view.conditions())]
    assert listed == list(CODES)
    assert tuple(view.ALSO) == CODES
    assert all(item["code"].lower() in item["words"] for item in (*barriers, *view.conditions()))


def begun_by(typed, line):
    """Whether each of the words typed begins one of the line's; a short name is one of them.

    What the search box does on top of this is tested in the browser.
    """
    return all(
        any(word == part if len(part) < 3 else word.startswith(part) for word in line["words"])
        for part in typed.split()
    )


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("suicid", "E1 R1"),
        ("self harm", "E1 R1"),
        ("chest pain", "E3 C6"),
        ("breathless", "E3"),
        ("shortness", "E3"),
        ("weakness", "E3"),
        ("bp", "E2 D1"),
        ("blood pressure", "E2 D1"),
        ("headache", "E2 E3"),
        ("confus", "E4"),
        ("avm", "C1"),
        ("allergic", "C2"),
        ("hearing voices", "C3 R5"),
        ("pregnant", "C4 D5"),
        ("pregnancy test", "C4 D5"),
        ("mi", "C6 R9"),
        ("stent", "C6 R9"),
        ("liver", "C7 R10 D7"),
        ("head injury", "C8"),
        ("bladder", "C9 D6"),
        ("urine", "C9 D3 D6"),
        ("addiction", "C9 R8 D4"),
        ("alcohol", "R8 D3 D4"),
        ("epilep", "R11"),
        ("sleep apnea", "R12 D12"),
        ("eye", "C8 R13"),
        ("pulse", "D2"),
        ("breastfeeding", "D5"),
        ("breast feeding", "D5"),
        ("thyroid function", "D8"),
        ("liver function", "D7"),
        ("memory loss", "R7"),
        ("recent stroke", "R9"),
        ("saturation", "E3 D9"),
        ("maoi", "D10"),
        ("ecg", "D13"),
        ("escort", "D15"),
    ],
)
def test_clinicians_words_find_every_line_that_they_may_mean(typed, codes):
    lines = [item for group in view.reasons() for item in group["items"]]
    found = {line["code"] for line in lines if begun_by(typed, line)}
    assert set(codes.split()) <= found
    assert len(found) <= 6, "a search that finds everything finds nothing"


@pytest.mark.parametrize(
    ("typed", "code"),
    [("naltrexone", "F5"), ("benzodiazepine", "F2"), ("adhd", "F3"), ("grapefruit", "F7")],
)
def test_what_goes_into_the_plan_is_found_too(typed, code):
    assert [line["code"] for line in view.conditions() if begun_by(typed, line)] == [code]


@pytest.mark.parametrize("typed", ["kidney", "creatinine", "deaf", "diabetes", "smoking"])
def test_what_the_rule_has_no_line_about_is_said_to_be_so(typed):
    lines = [item for group in view.reasons() for item in group["items"]]
    assert not any(begun_by(typed, line) for line in (*lines, *view.conditions()))
    assert sum(begun_by(typed, topic) for topic in view.not_here()) == 1


def test_decisions_read_as_what_they_are():
    shown = [
        f"{each['head']}: {each['rest']}" if each["rest"] else each["head"]
        for each in view.decisions()
    ]
    assert shown == [HEADLINES[name] for name in DISPOSITIONS]


# -- a visit ------------------------------------------------------------------------------------


def test_a_new_visit_shows_letter_and_list_and_nothing_that_was_not_asked(clinic):
    for seed in range(1, 40):
        clinic.next("hard", str(seed))
        p = clinic.patient
        shown = words(json.dumps(clinic.visit, ensure_ascii=False).replace('\\"', '"'))
        assert p.initials in shown
        assert all(medicine in shown for medicine in p.medicines)
        assert clinic.visit["entries"] == []
        assert clinic.visit["phase"] == "open"
        assert clinic.visit["outcome"] == ""
        for answer in (p.answers["blood-pressure"], p.answers["home"], p.answers["c-ssrs"]):
            assert answer not in shown
        assert not RAW.search(shown)


def test_asking_adds_one_line_to_the_chart_and_marks_the_button(clinic):
    clinic.ask("alarm")
    clinic.ask("ecg")
    first, second = clinic.visit["entries"]
    p = clinic.patient
    assert p.answers["alarm"] in words(first)
    assert "Asked" in first
    assert p.answers["ecg"] in words(second)
    assert "Result" in second
    assert clinic.visit["done"] == ["alarm", "ecg"]
    assert clinic.visit["clock"].startswith("1:45")


def test_times_are_whole_seconds_that_move_on(clinic):
    for key in ("alarm", "ecg", "mood"):
        clinic.ask(key)
    clinic.decide("DEFER", ["D14"])
    times = [action["t_s"] for action in clinic.actions]
    assert all(type(t) is int for t in times)
    steps = [b - a for a, b in zip([0, *times], times, strict=False)]
    assert all(30 <= step <= 60 for step in steps)
    assert next_time_s([], "ask") == 45


def test_a_second_press_asks_first_and_a_third_repeats(clinic):
    clinic.ask("ecg")
    clinic.ask("ecg")
    assert len(clinic.actions) == 1
    assert "Already in the chart, at 1:00" in clinic.message["text"]
    clinic.ask("ecg")
    assert len(clinic.actions) == 2
    clinic.ask("mood")
    clinic.ask("ecg")
    assert len(clinic.actions) == 3


@pytest.mark.parametrize(
    ("decision", "says"),
    [
        (("",), "Choose one of the five decisions"),
        (("DEFER",), "Name at least one reason"),
        (("ELIGIBLE", ["D1"]), "take the reason away"),
    ],
)
def test_an_incomplete_decision_is_refused_in_words(clinic, decision, says):
    clinic.decide(*decision)
    assert says in clinic.message["text"]
    assert clinic.message["where"] == "decide"
    assert clinic.message["kind"] == "error"
    assert clinic.visit["phase"] == "open"
    assert clinic.actions == []


def test_nothing_can_be_done_after_the_decision_but_go_on(clinic):
    clinic.decide("DEFER", ["D14"])
    before = list(clinic.actions)
    clinic.ask("alarm")
    assert "decision was taken" in clinic.message["text"]
    clinic.decide("ELIGIBLE")
    assert "taken already" in clinic.message["text"]
    assert clinic.actions == before
    clinic.next()
    assert clinic.visit["phase"] == "open"
    assert clinic.draft == {"disposition": "", "reasons": [], "conditions": []}


def test_clicks_arrive_as_messages(clinic):
    seed = clinic.seed
    clinic._on_message(clinic, {"do": "ask", "what": "alarm"}, [])
    clinic._on_message(clinic, {"do": "again"}, [])
    assert clinic.visit["done"] == ["alarm"], "a visit cannot be begun anew in its middle"
    decision = {"disposition": "DEFER", "reasons": ["D14"], "conditions": []}
    clinic._on_message(clinic, {"do": "decide", **decision}, [])
    assert clinic.visit["phase"] == "done"
    clinic._on_message(clinic, {"do": "again"}, [])
    assert (clinic.seed, clinic.visit["done"]) == (seed, [])
    clinic._on_message(clinic, {"do": "next", "difficulty": "hard", "number": "12"}, [])
    assert (clinic.scenario, clinic.seed) == ("hard", 12)
    for wrong in ("0", "10000", "-3", "4.5", "twelve", "²"):
        clinic._on_message(clinic, {"do": "next", "difficulty": "hard", "number": wrong}, [])
        assert "whole number from 1 to 9999" in clinic.message["text"]
        assert clinic.message["where"] == "call"
        assert clinic.seed == 12
    for broken in ({"do": "ask", "what": "nonsense"}, {"do": "decide", "disposition": "MAYBE"}):
        clinic._on_message(clinic, broken, [])
        assert clinic.message["kind"] == "error"
        assert clinic.actions == []


# -- the debrief --------------------------------------------------------------------------------


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_the_perfect_run_is_told_so(clinic, difficulty):
    for seed in range(1, 7):
        clinic.next(difficulty, str(seed))
        log = perfect_log(difficulty, seed)
        play(clinic, log)
        told = words(clinic.visit["outcome"])
        assert "20 of 20 points" in told
        assert f"By this course’s rule: {HEADLINES[log[-1]['disposition']]}" in " ".join(
            told.split()
        )
        assert "The rule’s decision, and borne out" in told
        assert "missed" not in told


def test_no_debrief_shows_a_raw_name_or_a_broken_page():
    for difficulty in DIFFICULTIES:
        for seed in range(1, 13):
            for log in example_logs(difficulty, seed):
                told = view.debrief(account(difficulty, seed, log))
                assert well_formed(told)
                assert not RAW.search(told), RAW.search(told)
                assert "As for" not in words(told)
                assert "course convention" not in told


def test_a_missed_emergency_takes_everything_and_says_why(clinic):
    clinic.next("mixed", str(find("REFER-EMERGENCY")))
    clinic.decide("DEFER", ["D14"])
    told = words(clinic.visit["outcome"])
    assert "Something dangerous was missed" in told
    assert "0 of 20 points" in told
    assert "A missed emergency: E" in told
    assert "the decision was “Not yet”" in told
    assert "Not asked, though an emergency or contraindication could hide there" in told
    assert "It would have brought:" in told
    assert tally(clinic._visits).dangerous == 1


def test_the_debrief_says_what_was_found_named_missed_and_wasted():
    seed = find("REFER")
    log = perfect_log("mixed", seed)
    last = log.pop()
    log.append({"t_s": last["t_s"], "do": "test", "what": "eeg"})
    log.append({**last, "reasons": ["D11"]})
    found = account("mixed", seed, log)
    states = {each.code: each for each in found.reasons}
    assert states["D11"].named
    assert not states["D11"].applies
    missed = last["reasons"][0]
    assert states[missed].shown_by
    assert not states[missed].named
    told = words(view.debrief(found))
    assert "named, does not apply" in told
    assert "found, not named" in told
    assert "1 of them wasteful" in told
    assert "nothing new; wasteful: it changes nothing in this rule" in told


def test_a_hidden_reason_names_the_question_that_would_have_shown_it():
    found = account(
        "V06",
        next(
            s
            for s in range(50)
            if "vascular_contraindication" not in virtual_patient(s, "V06").known
        ),
        [{"t_s": 5, "do": "decide", "disposition": "DEFER", "reasons": ["D14"], "conditions": []}],
    )
    reason = next(each for each in found.reasons if each.code == "C1")
    assert [each.key for each in reason.ask] == ["vessels"]
    assert "Would have shown it: By name: aneurysm" in words(view.debrief(found))


def test_no_barrier_said_too_early_names_what_was_not_asked():
    seed = find("ELIGIBLE")
    log = [action for action in perfect_log("mixed", seed) if action.get("what") != "home"]
    told = words(view.debrief(account("mixed", seed, log)))
    assert "a referral or a delay could hide there" in told
    assert "Who takes you home" in told
    assert "an emergency or contraindication could hide there" not in told


def test_nothing_is_said_to_have_come_unhinted_when_the_list_names_the_drug():
    # The list holds tranylcypromine; only the missing plan is not on paper.
    seed = next(
        s
        for s in range(1, 200)
        if virtual_patient(s, "straightforward").themes[:1] == ("maoi",)
        and "maoi" in virtual_patient(s, "straightforward").known
    )
    found = account("straightforward", seed, perfect_log("straightforward", seed))
    assert "Neither letter nor list" not in view.debrief(found)


def test_a_list_that_did_not_come_was_not_enclosed():
    patient = virtual_patient(3, "mixed")
    assert patient.medicines
    assert "As enclosed" in view.letter(patient)
    without = view.letter(replace(patient, medicines=()))
    assert "No list came" in without
    assert "As enclosed" not in without


def test_right_with_waste_says_what_it_could_have_done_without():
    log = perfect_log("mixed", find("REFER"))
    assert "could be had for less" not in view.debrief(account("mixed", find("REFER"), log))
    last = log.pop()
    for test in ("eeg", "gene-test"):
        log.append({"t_s": last["t_s"], "do": "test", "what": test})
    found = account("mixed", find("REFER"), [*log, last])
    told = words(view.debrief(found))
    assert "The rule’s decision, and borne out" in told
    assert f"{len(found.debrief.wasteful)} steps were wasteful" in told


def test_where_nothing_goes_into_the_plan_its_marks_say_that_none_were_asked_for():
    for disposition, said in (("REFER", True), ("ELIGIBLE", False)):
        seed = find(disposition)
        told = words(view.debrief(account("mixed", seed, perfect_log("mixed", seed))))
        assert ("Not asked for where there is a barrier." in told) == said


def test_sources_that_differ_on_drug_screens_are_not_cited_about_somebody_drunk():
    log = perfect_log("mixed", 1)
    found = account("mixed", 1, log)
    assert "D3" in log[-1]["reasons"]
    assert not found.patient.candidate.urine_drug_screen_unexplained
    assert "urine drug screen for all" not in view.debrief(found)
    seed = next(
        s
        for s in range(1, 300)
        if virtual_patient(s, "mixed").candidate.urine_drug_screen_unexplained
        and screen(virtual_patient(s, "mixed").candidate).reasons[0] == "D3"
    )
    assert "urine drug screen for all" in view.debrief(
        account("mixed", seed, perfect_log("mixed", seed))
    )


def test_what_is_seen_at_the_door_stands_beside_the_letter():
    drunk = virtual_patient(1, "mixed")
    assert drunk.candidate.intoxicated
    assert "smell of alcohol" in words(view.letter(drunk))
    assert "Seen at the door" not in view.letter(virtual_patient(4, "mixed"))
    log = [
        {"t_s": 45, "do": "ask", "what": "alarm"},
        {"t_s": 99, "do": "decide", "disposition": "DEFER", "reasons": ["D3"], "conditions": []},
    ]
    told = words(view.debrief(account("mixed", 1, log)))
    assert "Shown by: what anybody could see at the door" in told
    # What an emergency depends on is asked of them all the same, and the rest another day.
    assert "C-SSRS, behaviour in three months" in told
    assert "Is a pregnancy possible?" not in told


def test_a_reason_within_another_is_shown_as_part_of_it():
    log = perfect_log("mixed", 37)
    assert log[-1]["reasons"] == ["E2"]
    found = account("mixed", 37, log)
    assert next(each for each in found.reasons if each.code == "D1").within == "E2"
    told = words(view.debrief(found))
    assert "belongs to E2, need not be named" in told
    assert "missed" not in told
    # The letter speaks of headache and blurred sight: half of the reason.
    assert "headache" in found.patient.letter
    assert "Neither letter nor list" not in told


def test_low_oxygen_is_not_explained_by_pain_in_the_chest():
    seed = next(
        s
        for s in range(1, 900)
        if virtual_patient(s, "mixed").candidate.spo2_pct < 90
        and not virtual_patient(s, "mixed").candidate.red_flag_symptoms
    )
    told = words(view.debrief(account("mixed", seed, perfect_log("mixed", seed))))
    assert "So little oxygen at rest" in told
    assert "Chest pain" not in told


def test_on_a_ward_with_intent_no_debrief_says_to_go_on():
    # Nobody of the kind is drawn for the clinic; the words must be right before somebody is.
    seed = find("ELIGIBLE")
    found = account("mixed", seed, perfect_log("mixed", seed))
    truth = screen(Candidate(setting="in", cssrs_ideation=4))
    assert truth.disposition == "ELIGIBLE"
    told = words(view.debrief(replace(found, debrief=replace(found.debrief, truth=truth))))
    assert "The ward’s care first" in told
    assert "go on to specialist consent" not in told


def test_the_loss_for_safety_stands_beside_its_reason():
    seed = find("REFER")
    log = [action for action in perfect_log("mixed", seed) if action.get("what") != "head-eyes"]
    told = " ".join(words(view.debrief(account("mixed", seed, log))).split())
    assert "Safety questions Not done: 1 of the questions and tests behind it" in told
    assert "Nothing wasteful 2 of 2" in told
    assert "Conditions for the plan Not asked for where there is a barrier. 2 of 2" in told


def test_an_ecg_without_a_reason_is_not_listed_as_missing():
    # Without the list nobody knows that none is needed; the list is what was missed, all the same.
    log = [action for action in perfect_log("mixed", 4) if action.get("what") != "medicines"]
    found = account("mixed", 4, log)
    assert [each.key for each in found.unasked] == ["medicines"]
    told = words(view.debrief(found))
    assert "Every medicine, also from other prescribers" in told
    assert "It would have brought: Sinus rhythm" not in told
    # Somebody of 65 or more whose ECG was left out is told so.
    seed = next(
        s
        for s in range(1, 300)
        if virtual_patient(s, "mixed").age_years >= 65
        and screen(virtual_patient(s, "mixed").candidate).disposition == "ELIGIBLE"
    )
    log = [action for action in perfect_log("mixed", seed) if action.get("what") != "ecg"]
    assert [each.key for each in account("mixed", seed, log).unasked] == ["ecg"]


def test_before_the_question_no_pregnancy_test_is_listed_as_missing():
    decision = perfect_log("mixed", 1)[-1]
    found = account("mixed", 1, [{"t_s": 45, "do": "ask", "what": "alarm"}, decision])
    listed = {*found.debrief.omitted, *(each.key for each in found.unasked)}
    assert "reproductive" in listed
    assert "pregnancy-test" not in listed


# -- the results --------------------------------------------------------------------------------


def test_results_outlive_the_kernel_and_only_first_meetings_count(clinic):
    seed = clinic.seed
    play(clinic, perfect_log(clinic.scenario, seed))
    assert tally(clinic._visits) == tally([visit(account(clinic.scenario, seed, clinic.actions))])
    assert "1 (100" in words(clinic.results)
    clinic.again()
    clinic.decide("REFER-EMERGENCY", ["E1"])
    assert tally(clinic._visits).seen == 1
    later = screening_clinic()
    assert later.seed not in {seed}
    assert later.results == clinic.results
    assert tally(later._visits).right == 1
    later.next("hard")
    later.decide("DEFER", ["D14"])
    assert screening_clinic().scenario == "hard"


def test_somebody_who_waits_in_an_assignment_is_not_called_in_by_number(clinic):
    with pytest.raises(ValueError, match="waits in an assignment"):
        clinic.next("mixed", "66")
    clinic.next("hard", "66")
    assert (clinic.scenario, clinic.seed) == ("hard", 66)


def test_next_never_brings_somebody_met_before(clinic):
    met = set()
    for _ in range(5):
        assert clinic.seed not in met
        met.add(clinic.seed)
        clinic.decide("DEFER", ["D14"])
        clinic.next()
    clinic.next("hard")
    assert clinic.scenario == "hard"


def test_a_folder_that_cannot_be_written_costs_only_the_memory(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TRD_DATA", str(tmp_path / "file"))
    clinic = screening_clinic()
    clinic.ask("alarm")
    assert "Not kept:" in clinic.results
    assert "This visit and the results" in clinic.results
    clinic.decide("DEFER", ["D14"])
    assert "Not kept:" in clinic.results
    assert clinic.visit["outcome"]
    clinic.next()
    clinic.decide("DEFER", ["D14"])
    assert tally(clinic._visits).seen == 2


def test_junk_among_the_results_is_passed_over():
    saved = AnswerLog(data_folder() / "progress.jsonl", make_folder=True)
    good = visit(account("mixed", 3, perfect_log("mixed", 3))).record()
    for junk in (
        None,
        7,
        [],
        {},
        {**good, "safety": 2},
        {**good, "right": 1},
        {**good, "scenario": "V01"},
        {**good, "wasteful": True},
        {**good, "points": "20"},
        good,
    ):
        saved.record(NOTEBOOK, ITEM, junk)
    assert screening_clinic()._visits == [read_visit(good)]


# -- a visit that was left ----------------------------------------------------------------------


DRAFT = {"disposition": "DEFER", "reasons": ["D1", "D3"], "conditions": ["F8"]}


def kept_lines():
    log = data_folder() / "progress.jsonl"
    return log.read_bytes().splitlines(keepends=True) if log.exists() else []


def test_an_undecided_visit_is_there_again_with_what_was_asked_and_ticked(clinic):
    clinic.decide("DEFER", ["D14"])
    clinic.next("mixed", "7")
    for key in ("alarm", "ecg", "mood", "mood", "mood"):
        clinic.ask(key)
    clinic.draft = DRAFT
    later = screening_clinic()
    assert (later.scenario, later.seed) == ("mixed", 7)
    assert later.actions == clinic.actions
    assert {**later.visit, "number": 0} == {**clinic.visit, "number": 0}
    assert later.visit["difficulty"] == "mixed"
    assert later.draft == DRAFT
    assert later.results == clinic.results
    assert "goes on where you left it" in later.message["text"]
    # It goes on from there, and when it is over it does not come back.
    later.ask("voices")
    assert screening_clinic().visit["done"] == [*clinic.visit["done"], "voices"]
    later.decide(*DRAFT.values())
    assert (screening_clinic().visit["done"], screening_clinic().draft["reasons"]) == ([], [])
    assert screening_clinic().seed != 7


def test_whoever_was_called_in_is_there_again_and_the_same_patient_too(clinic):
    clinic.next("hard", "12")
    later = screening_clinic()
    assert (later.scenario, later.seed) == ("hard", 12)
    assert later.message["text"] == "", "nothing was done that could be taken up"
    later.decide("DEFER", ["D14"])
    later.again()
    assert screening_clinic().seed == 12
    assert tally(screening_clinic()._visits).seen == 1


def test_opening_the_page_writes_nothing_and_every_step_is_written_once(clinic):
    assert kept_lines() == []
    screening_clinic().ask("alarm")
    assert len(kept_lines()) == 1
    screening_clinic()
    later = screening_clinic()
    later.draft = {**DRAFT, "reasons": []}
    later.draft = DRAFT
    later.draft = dict(DRAFT)
    later.ask("mood")
    later.ask("mood")
    assert len(kept_lines()) == 4
    later.decide(*DRAFT.values())
    assert len(kept_lines()) == 5


def test_a_write_that_was_cut_off_costs_that_step_and_nothing_else(clinic):
    clinic.next("mixed", "7")
    clinic.ask("alarm")
    clinic.ask("ecg")
    log = data_folder() / "progress.jsonl"
    whole = log.read_bytes()
    last = whole.rindex(b"\n", 0, len(whole) - 1) + 1
    for end in (last, last + 1, (last + len(whole)) // 2, len(whole) - 2):
        log.write_bytes(whole[:end])
        assert screening_clinic().visit["done"] == ["alarm"]
        # What comes next is not swallowed by the torn line.
        screening_clinic().ask("voices")
        assert screening_clinic().visit["done"] == ["alarm", "voices"]
    # The line is whole and only its end is missing.
    log.write_bytes(whole[:-1])
    assert screening_clinic().visit["done"] == ["alarm", "ecg"]


def test_results_kept_before_visits_under_way_were_are_read_as_ever():
    saved = AnswerLog(data_folder() / "progress.jsonl", make_folder=True)
    earlier = [visit(account("hard", n, perfect_log("hard", n))) for n in (1, 2)]
    for each in earlier:
        saved.record(NOTEBOOK, ITEM, each.record())
    clinic = screening_clinic()
    assert clinic._visits == earlier
    assert (clinic.scenario, clinic.seed) == ("hard", 3)


STATE = {
    "scenario": "mixed",
    "seed": 7,
    "asked": ["alarm"],
    "disposition": "",
    "reasons": [],
    "conditions": [],
}


@pytest.mark.parametrize(
    "junk",
    [
        {"seed": 0},
        {"seed": True},
        {"seed": 66},
        {"scenario": "V01"},
        {"scenario": []},
        {"asked": "alarm"},
        {"asked": ["operate"]},
        {"asked": [["alarm"]]},
        {"asked": ["alarm"] * 5000},
        {"disposition": "MAYBE"},
        {"disposition": {}},
        {"reasons": ["F1"]},
        {"reasons": None},
        {"conditions": ["E1"]},
    ],
)
def test_a_state_that_no_screen_can_have_written_is_passed_over(junk):
    saved = AnswerLog(data_folder() / "progress.jsonl", make_folder=True)
    saved.record(NOTEBOOK, ITEM, STATE)
    saved.record(NOTEBOOK, ITEM, {**STATE, **junk})
    clinic = screening_clinic()
    assert (clinic.scenario, clinic.seed, clinic.visit["done"]) == ("mixed", 7, ["alarm"])
    assert clinic._visits == []


def test_ticks_that_no_screen_sends_are_not_written_down(clinic):
    clinic.ask("alarm")
    clinic.draft = {"disposition": "MAYBE", "reasons": ["X1"], "conditions": 3}
    assert len(kept_lines()) == 1


def test_a_grader_leaves_no_visit_behind(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    clinic = screening_clinic()
    clinic.ask("alarm")
    clinic.draft = DRAFT
    assert kept_lines() == []


ASKED = st.lists(st.sampled_from([each.key for each in INQUIRIES]), max_size=40)


@settings(max_examples=100)
@given(
    st.sampled_from(DIFFICULTIES),
    st.integers(1, LAST_SEED).filter(lambda seed: seed != 66),
    ASKED,
    st.sampled_from(["", *DISPOSITIONS]),
    st.lists(st.sampled_from([code for code in CODES if code[0] != "F"]), unique=True),
)
def test_what_is_written_down_of_a_visit_is_read_back(difficulty, seed, asked, disposition, codes):
    here = UnderWay(difficulty, seed, tuple(asked), disposition, tuple(codes), ("F1",))
    written = json.loads(json.dumps(here.record()))
    assert read_under_way(written) == here
    assert read_visit(written) is None
    assert [action["what"] for action in here.log()] == asked
    assert not so_far(difficulty, seed, here.log()).decided
    met = visit(account("hard", 2, perfect_log("hard", 2))).record()
    assert read_under_way(met) is None
    assert last_open([met, written], read_visit, read_under_way) == here
    assert last_open([written, met], read_visit, read_under_way) is None
    assert last_open([written, met, "junk", None], read_visit, read_under_way) is None


VISITS = st.builds(
    Visit,
    st.sampled_from(DIFFICULTIES),
    st.integers(1, 30),
    st.booleans(),
    st.booleans(),
    st.integers(0, 9),
    st.floats(0, 1),
    st.floats(0, 20),
)


@settings(max_examples=100)
@given(st.lists(VISITS, max_size=30))
def test_the_tally_adds_up(visits):
    whole = tally(visits)
    parts = [tally(visits, name) for name in DIFFICULTIES]
    for name in ("seen", "right", "dangerous"):
        assert getattr(whole, name) == sum(getattr(part, name) for part in parts)
    assert whole.seen == len(first_visits(visits))
    assert 0 <= whole.in_a_row <= whole.right <= whole.seen
    assert 0 <= whole.safety <= 1 + 1e-9
    assert [read_visit(json.loads(json.dumps(v.record()))) for v in visits] == visits
    assert well_formed(view.results(visits))
    for name in DIFFICULTIES:
        assert next_seed(visits, name) not in {v.seed for v in visits if v.scenario == name}
        assert next_seed(visits, name, LAST_SEED) < LAST_SEED


def test_right_in_a_row_starts_again_after_another_decision():
    def met(seed, right):
        return Visit("mixed", seed, right, False, 0, 1.0, 20.0)

    run = [met(1, True), met(2, True), met(3, False), met(4, True)]
    assert tally(run).in_a_row == 1
    assert tally(run[:2]).in_a_row == 2
    # Met again: the first time counts.
    assert tally([*run, met(3, True)]) == tally(run)


def test_a_right_guess_is_not_a_right_decision():
    seed = next(
        s
        for s in range(1, 300)
        if screen(virtual_patient(s, "hard").candidate).disposition == "REFER"
        and virtual_patient(s, "hard").looks_fine
    )
    code = screen(virtual_patient(seed, "hard").candidate).reasons[0]
    guess = {"t_s": 60, "do": "decide", "disposition": "REFER", "reasons": [code], "conditions": []}
    found = account("hard", seed, [guess])
    assert not found.right
    assert "not borne out" in words(view.debrief(found))


# -- as a graded item ---------------------------------------------------------------------------


class Recorder:
    def __init__(self):
        self.calls = []

    def __call__(self, log, completed=False):
        self.calls.append((json.loads(json.dumps(log)), completed))


def test_a_graded_run_records_every_action_and_tells_nothing():
    recorder, seed = Recorder(), 66
    panel = simulation_panel("mixed", seed, [], recorder)
    log = perfect_log("mixed", seed)
    play(panel, log)
    assert [len(done) for done, _ in recorder.calls] == list(range(1, len(log) + 1))
    assert [completed for _, completed in recorder.calls] == [False] * (len(log) - 1) + [True]
    assert replay("mixed", seed, recorder.calls[-1][0]).points == 20
    everything = words(panel.visit["outcome"]) + panel.results
    for secret in ("points", "By this course", "missed", "right", "borne out"):
        assert secret not in everything
    assert "the visit is over" in everything
    truth = screen(panel.patient.candidate)
    assert HEADLINES[truth.disposition] not in panel.visit["outcome"]


@pytest.mark.parametrize("many", [0, 1, 7])
def test_an_unfinished_run_is_put_back(many):
    log = perfect_log("hard", 5)[:-1][:many]
    first = simulation_panel("hard", 5, [], Recorder())
    play(first, log)
    second = simulation_panel("hard", 5, first.actions, Recorder())
    assert second.visit == first.visit
    assert second.actions == first.actions


def test_a_finished_or_impossible_log_starts_anew():
    for log in (perfect_log("hard", 5), [{"t_s": 3, "do": "operate"}], ["x"], [{}]):
        panel = simulation_panel("hard", 5, log, Recorder())
        assert (panel.actions, panel.visit["phase"]) == ([], "open")


def test_a_finished_run_is_shown_as_it_ended_and_tells_nothing():
    recorder, log = Recorder(), perfect_log("hard", 5)
    first = simulation_panel("hard", 5, [], Recorder())
    play(first, log)
    later = simulation_panel("hard", 5, [], recorder, finished=first.actions)
    assert later.visit == first.visit
    assert later.visit["phase"] == "done"
    assert "Decided" in words(later.visit["entries"][-1])
    assert "points" not in words(later.visit["outcome"])
    later.ask("alarm")
    later.decide("DEFER", ["D14"])
    assert later.visit["entries"] == first.visit["entries"]
    assert recorder.calls == [], "looking at it is no run"
    later._on_message(later, {"do": "again"}, [])
    assert (later.visit["phase"], later.visit["entries"]) == ("open", [])


@pytest.mark.parametrize("junk", [[{"t_s": 3, "do": "operate"}], ["x"], [{}], "no decision"])
def test_a_finished_run_that_cannot_be_read_starts_anew(junk):
    finished = perfect_log("hard", 5)[:-1] if junk == "no decision" else junk
    panel = simulation_panel("hard", 5, [], Recorder(), finished=finished)
    assert (panel.actions, panel.visit["phase"]) == ([], "open")


def test_start_again_is_a_run_of_its_own():
    recorder = Recorder()
    panel = simulation_panel("V06", 1, [], recorder)
    panel.ask("vessels")
    panel.decide("CONTRAINDICATED", ["C1"])
    panel._on_message(panel, {"do": "again"}, [])
    assert panel.visit["phase"] == "open"
    panel.ask("alarm")
    assert [(len(log), done) for log, done in recorder.calls] == [(1, False), (2, True), (1, False)]


def item(**secret):
    return build(
        "simulation",
        "letter",
        "What do you decide?",
        model="trd.screening.simulation",
        scenario="mixed",
        seed=66,
        points=2.0,
        objective="LO-3.2",
        **secret,
    )


def test_as_an_item_it_is_resumed_counted_and_marked(page):
    session = page()
    panel = calls.present(item()).children[1]
    log = perfect_log("mixed", 66)
    play(panel, log[:3])
    resumed = calls.present(item()).children[1]
    assert resumed.visit["done"] == [action["what"] for action in log[:3]]
    play(resumed, log[3:])
    resumed.again()
    resumed.ask("alarm")
    runs = [entry.answer for entry in session.graded.read().entries]
    assert [run["completed"] for run in runs].count(True) == 1
    assert runs[-1]["run"] == 2
    page(purpose="autograde")
    assert repr(calls.present(item(key="replay", why="x"))) == "2.0"


def test_as_a_self_check_the_verdict_stands_under_the_clinic(page):
    page()
    question, clinic, end = calls.present(item(key="replay", why="The letter hides it.")).children
    log = perfect_log("mixed", 66)
    play(clinic, log[:-1])
    assert (end.verdict, end.arrived) == ("", 0)
    play(clinic, log[-1:])
    assert "20 of 20 points" in words(end.verdict)
    assert "The letter hides it." in end.verdict
    assert end.arrived == 1
    assert question.verdict == ""
    for where in ("above", "self-check", "graded"):
        assert where not in words(clinic.visit["outcome"])
    # Reopened, the visit and what it came to are there; a new run takes the verdict away.
    _question, again, told = calls.present(item(key="replay", why="x")).children
    assert again.visit["phase"] == "done"
    assert "20 of 20 points" in words(told.verdict)
    assert told.arrived == 0, "nobody is led about on opening a page"
    again.again()
    again.ask("alarm")
    assert told.verdict == ""


def test_no_picture_library_is_needed():
    code = (
        "import sys\n"
        "from trd.screening.panels.clinic import screening_clinic\n"
        "screening_clinic()\n"
        "print('matplotlib' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
