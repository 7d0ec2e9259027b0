"""Lesson 4: the chairside, as a panel of the lesson and as a graded item."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from trd.monitoring import (
    ACTIONS,
    MAX_POINTS,
    ORDERS,
    evidence_rows,
    perfect_log,
    replay,
    scenario,
    scenarios,
    start,
    wording,
)
from trd.monitoring.account import (
    GRADED_FROM,
    LAST_SEED,
    Result,
    Watched,
    account,
    next_seed,
    read_result,
    resume,
    side_by_side,
    tell,
    worth,
)
from trd.monitoring.panels import chairside
from trd.monitoring.panels.chairside import (
    ITEM,
    MOST_S,
    NOTEBOOK,
    Chairside,
    simulation_panel,
)
from trd.monitoring.views import chairside as view
from trd.quiz import calls
from trd.quiz.answers import AnswerLog, SaveError
from trd.quiz.items import build
from trd.quiz.kept import Kept
from trd.quiz.session import data_folder

VOID = {"br", "hr", "img", "input", "line", "polyline", "path", "circle"}
#: A number with a unit in which drugs are given.
DOSE = re.compile(r"\d\s*(mg|microgram|mcg|µg|mL|ml|g)\b(?!/kg)")


class Balanced(HTMLParser):
    """Fails when a tag is not closed where it should be."""

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open and self.open.pop() == tag, tag


def well_formed(text):
    parser = Balanced()
    parser.feed(text)
    parser.close()
    assert parser.open == []
    return True


def words(text):
    return html.unescape(re.sub(r"<[^>]+>", " ", text))


def detail(entry):
    return {key: value for key, value in entry.items() if key not in ("t_s", "do")}


def play(panel, log):
    """Play a log through the panel, as a screen would: time in bits, then the action."""
    panel.sit_down()
    for entry in log:
        while panel.session.now_s < entry["t_s"]:
            panel.go(min(MOST_S, entry["t_s"] - panel.session.now_s))
        panel.act(entry["do"], **detail(entry))


def run_out(panel):
    while panel.page["phase"] == "run":
        panel.go(MOST_S)


@pytest.fixture
def sent(monkeypatch):
    """What a panel sends to the screen."""
    kept = []
    monkeypatch.setattr(
        Chairside,
        "send",
        lambda _self, content, *_more: kept.append(json.loads(json.dumps(content))),
    )
    return kept


# -- everything can be done ---------------------------------------------------------------------


def offered():
    """Every action the panel offers, with what is chosen: buttons and dialogs."""
    found = []
    for tab in view.tabs():
        for row in tab["rows"]:
            for button in row["buttons"]:
                if button.get("dialog") == "give":
                    found += [
                        ("give", {"drug": button["choice"], "amount": amount})
                        for amount, _label in view.drug_dialog()["amounts"]
                    ]
                elif button.get("dialog") == "impression":
                    found += [("impression", {"what": key}) for key, _l in view.impressions()]
                else:
                    found.append((button["do"], button["detail"]))
    return found


def test_everything_that_can_be_done_is_offered_once():
    wanted = []
    for each in ACTIONS:
        chosen = [{}]
        for one in each.details:
            chosen = [{**before, one.name: key} for before in chosen for key in one.keys]
        wanted += [(each.key, detail) for detail in chosen]
    key = lambda pair: (pair[0], sorted(pair[1].items()))  # noqa: E731
    assert sorted(offered(), key=key) == sorted(wanted, key=key)


def test_a_button_says_what_goes_into_the_chart_and_shows_part_of_it():
    for tab in view.tabs():
        for row in tab["rows"]:
            for button in row["buttons"]:
                if "dialog" not in button:
                    assert button["name"] == wording(button["do"], button["detail"])
                    # What is read on the button is part of its name for those who hear it.
                    assert button["text"] in button["name"]


def test_keys_are_single_free_letters_and_are_listed():
    letters = [key for key, _do, _detail in view.KEYS]
    taken = set("t140sovk,.")  # time, speeds, step, order set, read out, list of keys
    assert len(set(letters)) == len(letters) and not set(letters) & taken
    assert [key for key, _text in view.key_list()] == letters
    on_buttons = {
        b["key"] for t in view.tabs() for r in t["rows"] for b in r["buttons"] if b.get("key")
    }
    assert on_buttons == set(letters)


def test_what_cannot_be_taken_back_is_asked_about_first():
    sure = {b["do"] for t in view.tabs() for r in t["rows"] for b in r["buttons"] if b.get("sure")}
    assert sure == {"defer", "send_home", "sign_out", "transfer", "finish"}


# -- the door -----------------------------------------------------------------------------------


@pytest.mark.parametrize("key", scenarios())
def test_at_the_door_stand_the_brief_the_order_set_and_the_rules(key):
    panel = chairside(key, 1)
    page = panel.page
    assert page["phase"] == "door"
    assert panel.session.setup.brief in words(page["brief"])
    sheet = words(panel.spec["orders"])
    assert all(each.text in sheet for each in ORDERS)
    assert well_formed(page["brief"]) and well_formed(page["rules"])
    assert well_formed(panel.spec["orders"])
    assert ("988" in words(page["brief"])) == bool(scenario(key).content_note)


def test_no_dose_is_printed_but_that_of_the_ketamine_order():
    spec = chairside("routine", 1).spec
    for text in (spec["orders"], json.dumps(spec["tabs"]), json.dumps(spec["drugs"])):
        assert not DOSE.search(words(text).replace("0.5 mg/kg", "")), DOSE.search(words(text))


def test_the_reader_chooses_scenario_and_variant():
    panel = chairside("routine", 1)
    panel.choose("faint", "7")
    assert (panel.scenario, panel.seed, panel.page["phase"]) == ("faint", 7, "door")
    assert "Another variant" in panel.page["purpose"]
    assert "Another variant" not in chairside("faint", 1).page["purpose"]
    for wrong in ("0", "x", str(LAST_SEED + 1), "-1"):
        with pytest.raises(ValueError, match="not the number of a variant"):
            panel.choose("faint", wrong)
    with pytest.raises(ValueError, match="no scenario"):
        panel.choose("tea")
    assert panel.scenario == "faint"


# -- time ---------------------------------------------------------------------------------------


def test_time_stands_still_until_it_is_asked_for():
    panel = chairside("pressure-no-signs", 1)
    with pytest.raises(ValueError, match="Nobody is at the chair"):
        panel.go(1)
    panel.sit_down()
    assert panel.session.now_s == 0
    panel.go(3)
    assert panel.session.now_s == 3


@pytest.mark.parametrize("seconds", [0, -1, 1.0, True, "3", None, MOST_S + 1])
def test_only_whole_seconds_pass(seconds):
    panel = chairside("faint", 1)
    panel.sit_down()
    with pytest.raises(ValueError, match="not a number of seconds"):
        panel.go(seconds)
    assert panel.session.now_s == 0


def test_every_second_reaches_the_screen_once_in_order(sent):
    panel = chairside("pressure-no-signs", 1)
    play(panel, perfect_log("pressure-no-signs", 1))
    times = [frame[0] for content in sent for frame in content["frames"]]
    assert times == list(range(panel.session.now_s + 1))
    # A screen that comes later is sent everything again.
    panel.snapshot()
    assert [frame[0] for frame in sent[-1]["frames"]] == times
    lines = [line for content in sent[:-1] for line in content["lines"]]
    assert len(sent[-1]["lines"]) == len(lines)


@pytest.mark.parametrize("key", ["pressure-no-signs", "terror", "laryngospasm"])
def test_time_stops_in_the_second_of_an_alarm_however_fast_it_runs(key):
    panel, slow = chairside(key, 1), Watched(key, 1)
    panel.sit_down()
    content = panel.go(MOST_S)
    assert content["stopped"] is True
    slow.advance(panel.session.now_s - 1)
    assert not any(each.urgent or "Alarm" in each.text for each in slow.happenings)
    slow.advance(1)
    assert any(each.urgent or "Alarm" in each.text for each in slow.happenings)


@pytest.mark.parametrize("key", ["predose-pressure", "terror", "vomiting"])
def test_the_same_actions_give_the_same_run_at_any_speed(key):
    log = perfect_log(key, 3)
    panel = chairside(key, 3)
    panel.sit_down()
    steps = [1, 3, 7, 60]
    for count, entry in enumerate(log):
        while panel.session.now_s < entry["t_s"]:
            panel.go(min(steps[count % 4], entry["t_s"] - panel.session.now_s))
        panel.act(entry["do"], **detail(entry))
    assert panel.session.log == log
    run_out(panel)
    assert f"{MAX_POINTS:g} of {MAX_POINTS:g} points" in words(panel.page["outcome"])


def test_a_screen_that_is_behind_neither_skips_nor_doubles_time(sent):
    panel = chairside("faint", 1)
    message = lambda **content: panel._on_message(panel, content, [])  # noqa: E731
    number = panel.page["number"]
    message(do="open", number=number)
    message(do="go", number=number, at=0, seconds=1)
    message(do="go", number=number, at=0, seconds=1)
    assert panel.session.now_s == 1
    assert sent[-1]["whole"] is True
    message(do="go", number=number - 1, at=1, seconds=1)
    assert panel.session.now_s == 1
    message(do="go", number=number, at=1, seconds=0)
    assert sent[-1]["kind"] == "error"


# -- what is shown ------------------------------------------------------------------------------


def test_words_say_what_the_monitor_shows():
    panel = chairside("laryngospasm", 1)
    panel.sit_down()
    panel.act("capnograph")
    panel.act("strip")
    now = panel.go(1)["now"]
    facts = dict(now["facts"])
    assert facts["SpO2"] == f"{now['spo2']} %"
    assert facts["Heart rate"] == f"{now['hr']} a minute"
    assert now["bp"]["text"] in facts["Blood pressure"]
    assert f"{now['etco2']} mmHg" in facts["Capnograph"]
    assert facts["Monitor strip"] == now["rhythm"] == "sinus rhythm"
    assert now["pump"]["rate"] in facts["Pump"] and "running" in facts["Pump"]
    panel.act("call", who="prescriber")
    people = dict(panel.go(1)["now"]["facts"])["People"]
    assert people.startswith("nobody but you; on the way: Prescriber (here in")


def test_nothing_true_reaches_the_screen_that_nobody_measured(sent):
    panel = chairside("faint", 2)
    panel.sit_down()
    panel.go(60)
    now = sent[-1]["now"]
    assert now["etco2"] is None and now["rr"] is None and now["rhythm"] == ""
    # The colleague's last values stay; nothing is scored by itself.
    assert now["scored"] == {"MOAA/S": [5, "0:00"], "CADSS": [0, "0:00"]}
    # No reading between those of the cuff, and no word on what is about to happen.
    assert len(sent[-1]["readings"]) == len(panel.session.instruments.readings)
    assert "vasovagal" not in json.dumps(sent)


def test_alarms_are_seen_and_written_and_silencing_leaves_them_there(sent):
    panel = chairside("pressure-no-signs", 1)
    panel.sit_down()
    panel.go(MOST_S)
    while not any(each["urgent"] for each in sent[-1]["now"]["alarms"]):
        panel.go(MOST_S)
    now = sent[-1]["now"]
    assert now["alarms"] == [
        {"key": "bp", "text": "Blood pressure very high", "urgent": True, "quiet": False}
    ]
    assert "Blood pressure very high" in dict(now["facts"])["Alarms"]
    assert any("Alarm: Blood pressure very high" in line[2] for line in sent[-1]["lines"])
    before = panel.session.now_s
    panel.act("silence")
    now = sent[-1]["now"]
    assert now["alarms"][0]["quiet"] is True
    assert "(silenced)" in dict(now["facts"])["Alarms"]
    assert panel.session.now_s > before and panel.session.log[-1]["do"] == "silence"


def test_out_of_the_room_only_alarms_are_heard():
    panel = chairside("pressure-no-signs", 1)
    panel.sit_down()
    now = panel.act("leave_room")["now"]
    assert now["spo2"] is None and [name for name, _text in now["facts"]] == ["You", "Alarms"]
    assert panel.act("moaas")["refused"].startswith("You are out of the room")
    assert panel.act("return")["now"]["spo2"] is not None


def test_the_checklist_gates_the_start_and_says_what_it_waits_for():
    panel = chairside("routine", 1)
    panel.sit_down()
    content = panel.act("start")
    assert "consent, escort, baseline, two-person dose check" in content["refused"]
    assert panel.session.log == []
    assert content["now"]["interlock"] == [
        ["consent", False],
        ["escort", False],
        ["baseline", False],
        ["two-person dose check", False],
    ]
    now = panel.act("check", item="consent")["now"]
    assert now["interlock"][0] == ["consent", True] and now["checked"] == {"consent": "0:20"}
    assert "waits for escort" in dict(now["facts"])["Pump interlock"]


def test_the_clock_counts_from_the_start_of_the_infusion():
    panel = chairside("routine", 1)
    log = perfect_log("routine", 1)
    start = next(index for index, entry in enumerate(log) if entry["do"] == "start")
    log = [*log[: start + 1], {"t_s": log[start]["t_s"] + 3, "do": "finish"}]
    play(panel, log[:start])
    assert panel.go(1)["now"]["counts"] == "since you came"
    now = panel.act("start")["now"]
    assert (now["clock"], now["counts"]) == ("0:03", "since the start")
    assert now["interlock"] == []
    told = tell("routine", 1, log)
    first = view.entry(told.happenings[0], told.started_s)
    assert first[0].startswith("−")


def test_leaving_is_asked_about_where_something_speaks_against_it(sent):
    panel = chairside("pressure-with-signs", 1)
    panel.sit_down()
    assert sent[-1]["now"]["sure"]["finish"] == ["The pump is still running."]
    while not panel.session.body.grade("crisis"):
        panel.go(1)
    panel.act("stop")
    panel.act("call", who="ems")
    now = panel.act("bp")["now"]
    lines = " ".join(now["sure"]["finish"])
    assert "The pump" not in lines and "worst headache" in lines
    assert "Emergency services: still on the way" in lines and "not been handed over" in lines
    assert now["sure"]["leave_room"]
    well = chairside("faint", 1)
    well.sit_down()
    well.act("stop")
    now = sent[-1]["now"]
    assert set(now["sure"]) == {"send_home"}
    assert "The cannula is still in." in now["sure"]["send_home"]


def test_what_is_set_shows(sent):
    panel = chairside("faint", 1)
    panel.sit_down()
    assert sent[-1]["now"]["set"] == {
        "cuff_cycle": "10",
        "position": "reclined",
        "oxygen": "off",
        "bag_mask": "off",
        "rate": "ordered",
    }
    panel.act("oxygen", how="high")
    panel.act("strip")
    now = panel.act("leave_room")["now"]
    assert now["set"] == {}
    now = panel.act("return")["now"]
    assert (now["set"]["oxygen"], now["set"]["strip"]) == ("high", "on")
    assert not now["pump"]["rate"].endswith("0") or "." not in now["pump"]["rate"]
    panel.act("stop")
    now = panel.act("sign_out")["now"]
    assert now["set"] == {} and "Lies" not in dict(now["facts"])


def test_who_comes_back_is_told_where_the_run_stands():
    log = perfect_log("faint", 4)[:3]
    panel = simulation_panel("faint", 4, log, Record())
    assert "Taken up again" in panel.page["resumed"] and "with 3 actions" in panel.page["resumed"]
    one = simulation_panel("faint", 4, log[:1], Record())
    assert "with 1 action done" in one.page["resumed"]
    assert simulation_panel("faint", 4, [], Record()).page["resumed"] == ""


def test_what_actions_bought_is_worked_out_a_few_at_a_time(sent):
    panel = chairside("faint", 1)
    panel.sit_down()
    for _ in range(5):
        panel.act("reassure")
    panel.act("finish")
    panel._on_message(panel, {"do": "bought"}, [])
    assert sent[-1] == {"kind": "more", "number": panel.page["number"], "done": 3}
    assert panel.page["bought"] == ""
    panel._on_message(panel, {"do": "bought"}, [])
    assert "What each action bought" in panel.page["bought"]


# -- the debrief --------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [k for k in scenarios() if k not in ("practice", "vomiting")])
def test_a_run_is_talked_over(key):
    panel = chairside(key, 2)
    play(panel, perfect_log(key, 2)[:9])
    panel.act("finish")
    assert panel.page["phase"] == "done"
    text = words(panel.page["outcome"])
    debrief = replay(key, 2, panel.session.log)
    assert f"{round(debrief.points, 1):g} of 20 points" in text
    for error in debrief.critical:
        assert error.error in text and error.reason in text
    for each in debrief.marks:
        assert each.label in text and each.rule in text
    assert "Next time" in text and "Your timeline and the model’s" in text
    assert well_formed(panel.page["outcome"]) and not re.search(r"\bmon-[a-z]", text)


def test_timelines_stand_side_by_side():
    found = account("faint", 1, perfect_log("faint", 1)[:3])
    rows = side_by_side(found)
    assert all(before.t_s < after.t_s for before, after in pairwise(rows))
    assert sum(len(row.yours) for row in rows) == len(found.yours.happenings)
    assert sum(len(row.model) for row in rows) == len(found.model.happenings)
    for row in rows:
        assert all(row.t_s <= each.t_s < row.t_s + 30 for each in (*row.yours, *row.model))


def test_what_an_action_bought_is_the_run_without_it():
    log = perfect_log("pump-error", 1)
    found = account("pump-error", 1, log)
    worths = {each.entry["do"]: each.harm_avoided for each in worth(found)}
    # The pump that ran on is what harms; questions and notes are not asked about.
    assert worths["stop"] == max(worths.values()) > 1
    assert not {"impression", "note", "finish"} & worths.keys()
    # In a faint it is the position; what only looks buys nothing.
    faint = worth(account("faint", 1, perfect_log("faint", 1)))
    by = {each.entry["do"]: each.harm_avoided for each in faint}
    assert by["position"] == max(by.values()) > 3
    assert not {"ecg", "look_arm", "bp", "strip"} & by.keys()
    panel = chairside("terror", 1)
    panel.sit_down()
    panel.go(150)
    panel.act("restrain")
    panel.act("finish")
    panel.work_out()
    assert well_formed(panel.page["bought"])
    assert re.search(r"Hold the person down\s+✗\s+did harm", words(panel.page["bought"]))


def test_rare_events_come_with_how_rare_they_are():
    for key in ("pressure-with-signs", "pump-error", "laryngospasm"):
        panel = chairside(key, 1)
        panel.sit_down()
        panel.act("finish")
        text = words(panel.page["outcome"])
        assert scenario(key).rare in text
        assert all(evidence_rows()[name].statement in text for name in scenario(key).rarity)


def test_a_run_that_nobody_ends_ends_by_itself():
    panel = chairside("faint", 1)
    panel.sit_down()
    run_out(panel)
    assert panel.session.now_s == 60 * scenario("faint").minutes
    assert panel.page["phase"] == "done"


def test_results_are_kept_and_the_next_variant_is_a_new_one():
    panel = chairside("faint", 1)
    panel.sit_down()
    panel.act("finish")
    assert "Minute 8" in words(panel.results) or "faint" in words(panel.results).lower()
    later = chairside()
    assert later.scenario == "faint" and later.seed != 1
    assert later.results == panel.results
    kept = Kept(NOTEBOOK, ITEM).earlier()
    assert read_result(kept[-1]) == Result("faint", 1, 0.0, kept[-1]["critical"])


@pytest.mark.parametrize(
    "kept",
    [
        None,
        [],
        {},
        {"scenario": "tea", "seed": 1, "points": 1, "critical": 0},
        {"scenario": "faint", "seed": True, "points": 1, "critical": 0},
        {"scenario": "faint", "seed": 1, "points": "1", "critical": 0},
        {"scenario": "faint", "seed": 1, "points": 21, "critical": 0},
        {"scenario": "faint", "seed": 1, "points": 1, "critical": -1},
        {"scenario": ["faint"], "seed": 1, "points": 1, "critical": 0},
    ],
)
def test_a_line_that_is_no_result_is_left_out(kept):
    assert read_result(kept) is None


def test_next_seed_is_the_first_one_free():
    kept = [Result("faint", seed, 3.0, 0) for seed in (1, 2, 4)]
    assert next_seed(kept, "faint") == 3
    assert next_seed(kept, "terror") == 1


# -- a run that was left ------------------------------------------------------------------------


def progress():
    return data_folder() / "progress.jsonl"


def kept_lines():
    return progress().read_bytes().splitlines(keepends=True) if progress().exists() else []


def picture(panel):
    """Everything that a screen is sent, but for the number of the run in its panel."""
    return {**panel.snapshot(), "number": 0}


@pytest.mark.parametrize(("key", "every"), [("faint", 1), ("pump-error", 3), ("routine", 9)])
def test_a_run_that_was_left_is_there_again_at_any_point(key, every):
    log = perfect_log(key, 7)
    panel = chairside(key, 7)
    for count, entry in enumerate(log[:-1], start=1):
        play(panel, [entry])
        if count % every:
            continue
        later = chairside()
        assert (later.scenario, later.seed, later.page["phase"]) == (key, 7, "run")
        assert later.session.log == log[:count]
        assert picture(later) == picture(panel)
        assert "Taken up again where it stood" in later.page["resumed"]
        assert "Time stands still until you press Go" in later.page["resumed"]
        if count % (2 * every):
            # The one that came back goes on, or the one that never left.
            panel = later
    play(panel, log[-1:])
    assert f"{MAX_POINTS:g} of {MAX_POINTS:g} points" in words(panel.page["outcome"])
    # What is finished does not come back.
    closed = chairside()
    assert (closed.scenario, closed.page["phase"], closed.session.log) == (key, "door", [])
    assert closed.seed != 7 and closed.results == panel.results
    assert len(panel._runs) == 1


def test_waiting_comes_back_as_well_and_costs_few_lines():
    panel = chairside("routine", 1)
    panel.sit_down()
    for _ in range(59):
        panel.go(1)
    for _ in range(5):
        panel.snapshot()
    assert kept_lines() == []
    panel.go(1)
    assert chairside().session.now_s == 60
    # A short step is no checkpoint; where the reader stops the clock is one, once.
    panel.go(10)
    assert len(kept_lines()) == 1
    panel.go(3)
    for _ in range(3):
        panel._on_message(panel, {"do": "rest", "number": panel.page["number"]}, [])
    assert len(kept_lines()) == 2
    assert chairside().session.now_s == panel.session.now_s == 73
    before = len(kept_lines())
    for _ in range(30):
        panel.go(10)
    assert len(kept_lines()) == before + 5


def test_a_run_stands_still_where_an_alarm_stopped_it():
    panel = chairside("pressure-no-signs", 1)
    panel.sit_down()
    while not panel.go(7)["stopped"]:
        pass
    assert panel.snapshot()["now"]["alarms"]
    assert picture(chairside()) == picture(panel)


def test_opening_the_page_writes_nothing_and_an_action_a_short_line():
    log = perfect_log("routine", 2)
    chairside().sit_down()
    panel = chairside("routine", 2)
    play(panel, log[:-1])
    lines = kept_lines()
    minutes = panel.session.now_s // 60
    assert len(log) - 1 <= len(lines) <= len(log) - 1 + minutes
    assert max(map(len, lines)) < 450
    chairside().snapshot()
    chairside("faint")
    assert kept_lines() == lines
    play(panel, log[-1:])
    assert len(kept_lines()) == len(lines) + 1


def test_a_write_that_was_cut_off_costs_that_step_and_nothing_else():
    log = perfect_log("faint", 3)
    panel = chairside("faint", 3)
    play(panel, log[:4])
    whole = progress().read_bytes()
    last = whole.rindex(b"\n", 0, len(whole) - 1) + 1
    for cut in (last, last + 1, (last + len(whole)) // 2, len(whole) - 2):
        progress().write_bytes(whole[:cut])
        later = chairside()
        assert later.session.log == log[:3]
        # It goes on behind the torn line.
        play(later, log[3:6])
        assert chairside().session.log == log[:6]
    # A line that got lost on the way is not missed once the next one stands.
    progress().write_bytes(whole[:last])
    play(panel, log[4:5])
    assert chairside().session.log == log[:3]
    play(chairside(), log[3:])
    assert chairside().page["phase"] == "door"


STATE = {
    "run": 1,
    "completed": False,
    "scenario": "faint",
    "seed": 3,
    "log": [{"t_s": 5, "do": "pause"}],
    "now_s": 70,
    "part": "a",
    "kept": 0,
}


@pytest.mark.parametrize(
    "junk",
    [
        {"scenario": "tea"},
        {"scenario": ["faint"]},
        {"seed": True},
        {"seed": 0},
        {"seed": LAST_SEED + 1},
        {"seed": GRADED_FROM + 1},
        {"seed": "3"},
        {"log": None},
        {"log": [7], "part": "b"},
        {"log": [{}], "part": "b"},
        {"log": [{"t_s": 0, "do": "fly"}], "part": "b"},
        {"log": [{"t_s": 0, "do": ["pause"]}], "part": "b"},
        {"log": [{"t_s": -1, "do": "pause"}], "part": "b"},
        {"log": [{"t_s": 9, "do": "pause"}, {"t_s": 5, "do": "stop"}], "part": "b"},
        {"log": [{"t_s": 10**9, "do": "pause"}]},
        {"log": [{"t_s": 1, "do": "give", "drug": "tea"}]},
        {"log": [{"t_s": 1, "do": "pause", "key": {}}]},
        {"log": [{"t_s": 1, "do": "stop"}] * 6000, "part": "b"},
        {"log": [{"t_s": 20, "do": "finish"}], "part": "b"},
        {"now_s": "70"},
        {"now_s": None},
        {"kept": 3},
        {"kept": -1},
        {"part": None},
    ],
)
def test_a_run_that_no_screen_can_have_written_is_passed_over(junk):
    saved = AnswerLog(progress(), make_folder=True)
    saved.record(NOTEBOOK, ITEM, STATE)
    for each in ({**STATE, **junk}, None, [], "junk", {"log": 1}):
        saved.record(NOTEBOOK, ITEM, each)
    panel = chairside()
    assert (panel.scenario, panel.seed, panel.page["phase"]) == ("faint", 3, "run")
    assert panel.session.log == STATE["log"] and panel.session.now_s == 70
    assert panel._runs == []
    # It heals itself as soon as something is done.
    panel.act("stop")
    assert [entry["do"] for entry in chairside().session.log] == ["pause", "stop"]


def test_a_run_that_alone_cannot_have_happened_is_no_error():
    saved = AnswerLog(progress(), make_folder=True)
    for number in range(20):
        log = [{"t_s": number, "do": "fly"}]
        saved.record(NOTEBOOK, ITEM, {**STATE, "log": log})
    panel = chairside()
    assert panel.page["phase"] == "door" and panel.page["notice"] == ""
    assert panel.scenario == scenarios()[0]


def test_results_kept_before_runs_under_way_were_are_read_as_ever():
    saved = AnswerLog(progress(), make_folder=True)
    for seed in (1, 2):
        saved.record(NOTEBOOK, ITEM, Result("terror", seed, 12.5, 0).record())
    panel = chairside()
    assert (panel.scenario, panel.seed, panel.page["phase"]) == ("terror", 3, "door")
    assert len(panel._runs) == 2 and panel.page["resumed"] == ""


def test_a_run_that_was_given_up_does_not_come_back():
    panel = chairside("faint", 5)
    play(panel, perfect_log("faint", 5)[:3])
    # Who came back and goes to the door at once has given it up as well.
    later = chairside()
    later._on_message(later, {"do": "again"}, [])
    door = chairside()
    assert (door.scenario, door.seed, door.page["phase"]) == ("faint", 5, "door")
    assert door.page["resumed"] == door.page["notice"] == ""
    play(door, perfect_log("faint", 5)[:2])
    assert chairside().session.log == perfect_log("faint", 5)[:2]
    door.choose("terror", "8")
    again = chairside()
    assert (again.scenario, again.seed, again.page["phase"]) == ("terror", 8, "door")


def test_whoever_asks_for_another_run_is_given_that_one():
    panel = chairside("faint", 5)
    play(panel, perfect_log("faint", 5)[:3])
    for other in (chairside("terror"), chairside("faint", 6)):
        assert other.page["phase"] == "door" and other.session.log == []
    assert chairside("faint").session.log == panel.session.log
    assert chairside("faint", 5).session.log == panel.session.log


def test_two_windows_of_one_free_run_never_mix():
    log = perfect_log("faint", 5)
    one = chairside("faint", 5)
    play(one, log[:3])
    other = chairside()
    other.act("ask", about="needles")
    one.act("ask", about="home")
    assert chairside().session.log == one.session.log
    other.act("ask", about="pain")
    assert chairside().session.log == other.session.log
    # One of them ends its run; the other goes on with its own.
    one.act("finish")
    assert chairside().page["phase"] == "door"
    other.act("ask", about="home")
    assert chairside().session.log == other.session.log


def test_free_practice_leaves_the_graded_chair_alone(page):
    session = page()
    panel = chairside("faint", 6)
    play(panel, perfect_log("faint", 6)[:3])
    graded = calls.present(item()).children[1]
    assert graded.page["phase"] == "door" and graded.session.log == []
    assert session.graded.read().entries == ()
    lines = kept_lines()
    graded.sit_down()
    graded.act("pause")
    assert kept_lines() == lines
    assert chairside().session.log == panel.session.log


def test_nothing_is_written_down_while_a_notebook_is_graded(page):
    page(purpose="autograde")
    panel = chairside("faint", 5)
    play(panel, perfect_log("faint", 5)[:3])
    assert kept_lines() == []


def test_a_run_that_cannot_be_written_down_goes_on_and_says_so(monkeypatch):
    log = perfect_log("faint", 5)
    panel = chairside("faint", 5)
    play(panel, log[:2])
    with monkeypatch.context() as full:
        full.setattr(AnswerLog, "_append", lambda *_: (_ for _ in ()).throw(SaveError("full")))
        play(panel, log[2:4])
        assert "Not kept: full" in words(panel.results)
        assert panel.session.log == log[:4]
    play(panel, log[4:5])
    assert "Not kept" not in panel.results
    assert chairside().session.log == log[:5]


# -- graded -------------------------------------------------------------------------------------


class Record:
    """What was recorded, as an item records it."""

    def __init__(self):
        self.runs = []
        self.clock = []

    def __call__(self, log, completed=False, now_s=None):
        self.runs.append((json.loads(json.dumps(log)), completed))
        self.clock.append(now_s)


@pytest.mark.parametrize("key", ["faint", "pump-error"])
def test_a_graded_run_is_recorded_at_every_action_and_earns_what_it_should(key):
    record = Record()
    panel = simulation_panel(key, 5, [], record)
    log = perfect_log(key, 5)
    play(panel, log)
    # Each action is written at once, before anything else happens.
    for count in range(1, len(log)):
        assert (log[:count], False) in record.runs
    assert [done for _log, done in record.runs].count(True) == 1
    assert record.runs[-1] == (log, True)
    assert replay(key, 5, record.runs[-1][0]).points == MAX_POINTS


def test_a_graded_run_tells_nothing():
    panel = simulation_panel("terror", 1, [], Record())
    panel.sit_down()
    panel.act("restrain")
    panel.act("finish")
    text = words(panel.page["outcome"])
    assert "has been recorded" in text
    assert "points" not in text and "held down" not in text and panel.page["bought"] == ""
    panel._on_message(panel, {"do": "bought"}, [])
    panel._on_message(panel, {"do": "choose", "scenario": "faint", "seed": "1"}, [])
    assert panel.page["bought"] == "" and panel.scenario == "terror"
    assert panel.page["who"] == "" and panel.spec["catalogue"] == []


def test_a_graded_run_is_taken_up_where_it_was_left():
    log = perfect_log("faint", 4)
    record = Record()
    first = simulation_panel("faint", 4, [], record)
    play(first, log[:5])
    again = simulation_panel("faint", 4, record.runs[-1][0], record)
    assert again.page["phase"] == "run"
    assert again.session.now_s == first.session.now_s
    assert again.snapshot()["now"] == first.snapshot()["now"]
    play(again, log[5:])
    assert record.runs[-1] == (log, True)


def test_time_that_runs_out_completes_a_graded_run_even_without_an_action():
    record = Record()
    panel = simulation_panel("laryngospasm", 1, [], record)
    panel.sit_down()
    run_out(panel)
    assert record.runs[-1] == ([], True)
    assert [done for _log, done in record.runs].count(True) == 1
    panel.again()
    panel.sit_down()
    panel.act("pause")
    assert record.runs[-1][1] is False and len(record.runs[-1][0]) == 1


@pytest.mark.parametrize(
    "log",
    [
        [{"t_s": 0, "do": "fly"}],
        [{"t_s": -1, "do": "pause"}],
        [{"t_s": 10, "do": "pause"}, {"t_s": 5, "do": "stop"}],
        [{"t_s": 10**6, "do": "pause"}],
        [{"t_s": 1.5, "do": "pause"}],
        [{"do": "pause"}],
        [7],
        [{"t_s": 1, "do": "give", "drug": "tea"}],
    ],
)
def test_a_log_that_cannot_have_happened_starts_anew_and_says_so(log):
    panel = simulation_panel("faint", 1, log, Record())
    assert panel.page["phase"] == "door" and panel.session.log == []
    assert "begins anew" in panel.page["notice"]
    looked_back = simulation_panel("faint", 1, [], Record(), finished=log)
    assert looked_back.page["phase"] == "door" and looked_back.session.log == []


def test_a_finished_log_starts_anew():
    panel = simulation_panel("faint", 1, perfect_log("faint", 1), Record())
    assert panel.page["phase"] == "door" and panel.session.now_s == 0


@pytest.mark.parametrize("ended", [True, False])
def test_a_finished_run_is_shown_as_it_ended_and_cannot_be_changed(ended, sent):
    """Ended by hand or by the clock: it comes back as the screen showed it, and tells nothing."""
    log = perfect_log("faint", 5)
    log = log if ended else log[:6]
    record = Record()
    first = simulation_panel("faint", 5, [], record)
    play(first, log)
    run_out(first)
    later = simulation_panel("faint", 5, [], record, finished=log)
    assert later.page["phase"] == "done"
    assert later.page["outcome"] == first.page["outcome"]
    assert later.session.now_s == first.session.now_s
    shown = " ".join(words(later.page["outcome"]).split())
    assert well_formed(later.page["outcome"])
    for line in later.session.happenings:
        assert " ".join(view.entry(line, later.session.pump.started_s)[2].split()) in shown
    assert "points" not in shown and "Harm" not in shown
    before = len(record.runs)
    for content in ({"do": "act", "what": "stop"}, {"do": "go", "seconds": 5, "at": 0}):
        later._on_message(later, {**content, "number": later.page["number"]}, [])
    with pytest.raises(ValueError, match="Nobody is at the chair"):
        later.act("stop")
    assert len(record.runs) == before
    later.again()
    # A run that was finished is not given up by beginning another.
    assert later.page["phase"] == "door" and len(record.runs) == before


def test_a_run_under_way_goes_before_a_finished_one():
    log = perfect_log("faint", 5)
    panel = simulation_panel("faint", 5, log[:2], Record(), finished=log)
    assert panel.page["phase"] == "run" and panel.session.log == log[:2]


def test_beginning_anew_says_what_is_lost_and_gives_the_run_up():
    graded, lesson = simulation_panel("faint", 5, [], Record()), chairside("faint", 5)
    assert "does not count" in graded.spec["anew"]
    assert "What counts is the last run you finish" in graded.spec["anew"]
    assert "count" not in lesson.spec["anew"] and "lost" in lesson.spec["anew"]
    record = Record()
    panel = simulation_panel("faint", 5, [], record)
    play(panel, perfect_log("faint", 5)[:4])
    panel._on_message(panel, {"do": "again"}, [])
    assert panel.page["phase"] == "door" and panel.session.log == []
    # Whoever opens the page again now stands at the door as well.
    assert record.runs[-1] == ([], False) and record.clock[-1] == 0
    panel.again()
    assert record.runs[-2] != ([], False)


def test_the_clock_of_a_graded_run_is_kept():
    """Waiting is not lost: at most a minute of it, and none once the clock was stopped."""
    record = Record()
    panel = simulation_panel("routine", 1, [], record)
    panel.sit_down()
    for _ in range(59):
        panel.go(1)
    assert record.runs == []
    panel.go(1)
    assert record.runs == [([], False)] and record.clock == [60]
    panel.go(3)
    number = panel.page["number"]
    panel._on_message(panel, {"do": "rest", "number": number}, [])
    panel._on_message(panel, {"do": "rest", "number": number}, [])
    assert record.clock == [60, 63]
    panel.go(300)
    panel.act("check", item="consent")
    assert record.clock == [60, 63, panel.session.now_s - 20, panel.session.now_s]
    panel.go(45)
    panel.rest()
    again = simulation_panel("routine", 1, record.runs[-1][0], record, now_s=record.clock[-1])
    assert again.page["phase"] == "run"
    assert again.session.now_s == panel.session.now_s
    assert again.snapshot()["now"] == panel.snapshot()["now"]


def test_waiting_before_the_first_action_is_taken_up_as_well():
    panel = simulation_panel("pump-error", 1, [], Record(), now_s=50)
    assert panel.page["phase"] == "run" and panel.session.now_s == 50


def test_a_clock_that_cannot_be_right_ends_no_run():
    log = perfect_log("faint", 1)[:2]
    panel = simulation_panel("faint", 1, log, Record(), now_s=86_400)
    assert panel.page["phase"] == "run" and not panel.session.over
    behind = simulation_panel("faint", 1, log, Record(), now_s=1)
    assert behind.session.now_s == resume("faint", 1, log).now_s


def item(**secret):
    return build(
        "simulation",
        "chair",
        "What do you do?",
        model="trd.monitoring.simulation",
        scenario="faint",
        seed=6,
        points=2.0,
        objective="LO-4.3",
        **secret,
    )


def test_as_an_item_it_is_resumed_counted_and_marked(page):
    session = page()
    panel = calls.present(item()).children[1]
    log = perfect_log("faint", 6)
    play(panel, log[:3])
    resumed = calls.present(item()).children[1]
    assert resumed.session.log == log[:3]
    play(resumed, log[3:])
    resumed.again()
    resumed.sit_down()
    resumed.act("pause")
    runs = [entry.answer for entry in session.graded.read().entries]
    assert [run["completed"] for run in runs].count(True) == 1
    assert runs[-1]["run"] == 2
    page(purpose="autograde")
    assert repr(calls.present(item(key="replay", why="x"))) == "2.0"


def test_as_a_self_check_the_verdict_stands_below(page):
    page()
    _question, chair, end = calls.present(item(key="replay", why="x")).children
    play(chair, perfect_log("faint", 6))
    assert "20 of 20" in words(end.verdict)
    assert "has been recorded" in words(chair.page["outcome"])
    told = words(end.verdict)
    for title in ("How it was marked", "Flat, legs up: ", "Harm to the person in the chair"):
        assert title in told
    assert "What happened and what you did" in told


def test_a_graded_run_comes_back_wherever_the_kernel_was_lost(page):
    """Every action that was called saved is there again, and the clock stands where it stood."""
    session = page()
    panel = calls.present(item()).children[1]
    log = perfect_log("faint", 6)
    for count, _entry in enumerate(log[:-1]):
        play(panel, log[count : count + 1])
        panel.go(7)
        panel.rest()
        # Nothing but the file is left.
        panel = calls.present(item()).children[1]
        assert panel.session.log == log[: count + 1]
        assert panel.session.now_s >= log[count]["t_s"] + 7
        if panel.session.now_s > log[count + 1]["t_s"]:
            break
    panel.again()
    assert calls.present(item()).children[1].page["phase"] == "door"
    panel = calls.present(item()).children[1]
    play(panel, log)
    finished = calls.present(item()).children[1]
    assert finished.page["phase"] == "done" and finished.session.log == log
    assert session.graded.read().entries[-1].answer == {"run": 1, "completed": True, "log": log}


def test_two_windows_of_one_run_never_mix(page):
    page()
    log = perfect_log("faint", 6)
    one = calls.present(item()).children[1]
    play(one, log[:3])
    other = calls.present(item()).children[1]
    other.act("ask", about="needles")
    before = list(one.session.log)
    for late in (lambda: one.act("ask", about="home"), lambda: one.go(1)):
        with pytest.raises(ValueError, match="another window"):
            late()
    assert one.session.log == before
    other.act("ask", about="pain")
    assert calls.present(item()).children[1].session.log == other.session.log
    assert [each.get("about") for each in other.session.log][-2:] == ["needles", "pain"]


def test_what_cannot_be_saved_is_said_at_the_chair(page, sent, monkeypatch):
    session = page()
    panel = calls.present(item()).children[1]
    panel.sit_down()
    with monkeypatch.context() as full:
        full.setattr(
            type(session.graded), "_append", lambda *_: (_ for _ in ()).throw(SaveError("full"))
        )
        panel.act("pause")
        assert "Not saved: full. The run goes on and is kept" in sent[-1]["unsaved"]
        panel.act("finish")
        assert "not saved yet" in panel.page["outcome"]
    panel.again()
    panel.sit_down()
    panel.act("ask", about="home")
    assert sent[-1]["unsaved"] == ""
    runs = [entry.answer for entry in session.graded.read().entries]
    # The finished run was kept and stands before the one that followed.
    assert [(run["run"], run["completed"]) for run in runs] == [(1, True), (2, False)]


def test_the_answer_file_grows_no_faster_than_what_is_done(page):
    """It was 3.5 times a finished run when every action wrote the whole run once more."""
    session = page()
    routine = build(
        "simulation",
        "chair",
        "What do you do?",
        model="trd.monitoring.simulation",
        scenario="routine",
        seed=1,
        points=2.0,
        objective="LO-4.3",
    )
    panel = calls.present(routine).children[1]
    log = perfect_log("routine", 1)
    play(panel, log[: len(log) // 2])
    half = session.graded.path.stat().st_size
    play(panel, log[len(log) // 2 :])
    whole = session.graded.path.stat().st_size
    assert whole < 3 * half
    lines = session.graded.path.read_text().splitlines()
    assert max(map(len, lines[:-1])) < 400 < len(lines[-1])
    assert json.loads(lines[-1])["answer"]["log"] == log


def test_resuming_is_playing_again():
    log = perfect_log("vomiting", 1)[:6]
    session = resume("vomiting", 1, log)
    assert session.log == log
    assert len(session.seconds) == session.now_s + 1 == len(session.truth)


# -- nothing breaks -----------------------------------------------------------------------------


def test_odd_messages_never_break_the_panel(sent):
    panel = chairside("faint", 1)
    number = panel.page["number"]
    panel.sit_down()
    for content in (
        {},
        {"do": "act", "number": number},
        {"do": "act", "number": number, "what": "fly"},
        {"do": "act", "number": number, "what": "ask", "detail": {"about": "tea"}},
        {"do": "act", "number": number, "what": "ask", "detail": ["about"]},
        {"do": "act", "number": number, "what": "pause", "detail": {"rate": "x"}},
        {"do": "go", "number": number, "at": 0, "seconds": "x"},
        {"do": "choose", "scenario": None},
    ):
        panel._on_message(panel, content, [])
    assert panel.session.log == []
    panel.act("pause")
    assert len(panel.session.log) == 1


def test_it_needs_no_matplotlib():
    code = (
        "import sys; from trd.monitoring.panels.chairside import simulation_panel; "
        "assert 'matplotlib' not in sys.modules, 'matplotlib'"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_rule_that_only_takes_points_away_is_shown_as_such():
    session = start("faint", 1)
    while "hr" not in session.alarms:
        session.advance(1)
    session.act("silence")
    session.act("finish")
    shown = words(view.debrief(account("faint", 1, session.log)))
    assert "Alarms silenced -1 " in " ".join(shown.split())
