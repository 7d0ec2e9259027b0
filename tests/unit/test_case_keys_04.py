"""Cases of lesson 4: keys that a rule decides equal what the rule says, and so does the prose."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from casetext import Masters, free_text, rubric_points, tables

from trd import evidence
from trd.monitoring import discharge, long_term, thresholds
from trd.monitoring.actions import CHECKS
from trd.monitoring.casebook import scenario
from trd.monitoring.course_of_treatment import mark, rule
from trd.monitoring.orders import LOCAL, order_set
from trd.monitoring.schedule import chance_missed, schedule
from trd.monitoring.schemes import SCHEMES
from trd.monitoring.simulation import example_logs, perfect_log, replay
from trd.quiz.masters import items_in, source_of
from trd.quiz.scoring import fraction

MASTERS = Path(__file__).resolve().parents[2] / "solutions" / "04-monitoring"
CASES = ("case-a", "case-b")
SIMULATIONS = {
    "your-chair-run": ("routine", 20041),
    "your-chair-emergency": ("pressure-with-signs", 20058),
}


_masters = Masters(MASTERS, CASES)
_story, _items, _item, _why = _masters.story, _masters.items, _masters.item, _masters.why


def _numbers(text: str) -> list[float]:
    return [float(n) for n in re.findall(r"\d+(?:\.\d+)?", text)]


def _row(name: str) -> Any:
    return evidence.rows()[f"mon-{name}"]


def _table(name: str, heading: str) -> list[dict[str, str]]:
    """Return the first table under a heading of a story."""
    text = _story(name)
    return tables(text[text.index(heading) :].split("\n## ")[0])[0]


def _orders(section: str) -> str:
    return " ".join(each.text for each in order_set(section))


# --- keys ------------------------------------------------------------------------------------

#: How the rule decides a key, from the item's public half.
Decide = Callable[[Any], Any]


def _pump_rate(item: Any) -> float:
    paper = {line["Line"]: line["On the paper"] for line in _table("case-a", "## 8:40")}
    assert paper["Ketamine"] == "32 mg over 40 minutes"
    weight = _numbers(paper["Weight"])[0]
    assert float(_row("regimen-reference").value) * weight == 32
    dose, volume, minutes = _numbers(item.stem)
    assert (dose, volume, minutes) == (32, 100, 40)
    assert "the 32 mg in 100 mL" in paper["Bag"]
    return volume / minutes * 60


def _may_it_start(item: Any) -> set[str]:
    chart = {line["Line"]: line["On the chart"] for line in _table("case-a", "## 9:05")}
    sheet = _orders("Before")
    assert "Identity, consent, weight, escort, C-SSRS" in sheet
    assert "Two people check mg/kg, weight, concentration and rate against the order." in sheet
    assert "each works the numbers out alone" in _row("order-two-person").statement
    assert dict(CHECKS)["weight"].startswith("Weight today")
    readings = [tuple(map(int, pair)) for pair in re.findall(r"(\d+)/(\d+)", chart["Pressure"])]
    limit = thresholds.limits(thresholds.position("predose_course"), 44)
    gaps = {
        "sister": "reached" not in chart["Way home"],
        "four-weeks": "ago" in chart["Weight"],
        "one-three-six": any(found[0] > limit[0] or found[1] > limit[1] for found in readings),  # type: ignore[operator]
        "one-hand": chart["Dose check"].count("Nurse J.") == 2,
        "brighter": "not asked today" in chart["C-SSRS"],
    }
    assert set(gaps) == set(item.options)
    assert len(readings) == 2
    # One hand on both lines takes all points in the simulator as well.
    assert "signed-alone" in {each.key for each in SCHEMES["routine"].critical}
    assert set(item.secret.critical) == {"one-hand"}
    return {option for option, missing in gaps.items() if missing}


def _who_sees_it(item: Any) -> dict[str, str]:
    low, high = 42, 58
    assert f"from minute {low} to minute {high}" in _story("case-a")
    plans = {
        "tens-fifteens": "every_10",
        "six-times": "every_15",
        "tens": "during_only",
        "sheet": "course",
    }
    words = {45: "at-forty-five", 50: "at-fifty", 55: "at-fifty-five", 60: "at-sixty"}
    found = {}
    for prompt, name in plans.items():
        times = schedule(name).times_min
        seen = [minute for minute in times if low <= minute <= high]
        found[prompt] = words[seen[0]] if seen else "not-shown"
    for minute, option in words.items():
        assert item.options[option] == f"Minute {minute}"
    assert _numbers(item.prompts["six-times"].split(":")[1]) == list(schedule("every_15").times_min)
    during = {b - a for a, b in zip((0, 10, 20, 30), (10, 20, 30, 40), strict=True)}
    assert during == {float(_row("sched-riva-during").value)}
    assert float(_row("sched-riva-after").value) == 15
    assert "684 infusions" in item.prompts["tens-fifteens"]
    assert f"{_row('sched-szarmach').n} people" in item.prompts["six-times"]
    return found


def _interval(lasting: float, missed: float) -> float:
    """Return the interval, in tenths of a minute, at which a share of rises is missed."""
    (found,) = [
        tenth / 10
        for tenth in range(1, 600)
        if chance_missed(lasting, tenth / 10) == pytest.approx(missed)
    ]
    return found


def _whose_number(item: Any) -> dict[str, str]:
    reading = thresholds.Reading(systolic=170, diastolic=102, age=63)
    assert "Mrs W., 63," in _story("case-a")
    assert f"it shows {reading.systolic:g}/{reading.diastolic:g}" in _story("case-a")
    assert f"{reading.systolic:g}/{reading.diastolic:g} mmHg in Mrs W." in item.stem
    says = {each.position.name: each for each in thresholds.compare(reading)}
    sources = {
        "canadian": "during_crtce",
        "before-dose": "predose_phase3",
        "inpatients": "during_aha2025",
        "sheet": "during_course_alert",
    }
    kinds = {"count": "counts", "act": "half-rate"}
    found = {}
    for prompt, name in sources.items():
        position = says[name].position
        limits = [position.systolic, position.diastolic, position.systolic_older]
        assert {n for n in limits if n} <= set(_numbers(item.prompts[prompt]))
        if position.domain != thresholds.domain_of(reading):
            found[prompt] = "another-moment"
        elif not says[name].reached:
            found[prompt] = "not-reached"
        else:
            found[prompt] = kinds[position.kind]
    assert "halve the rate" in says["during_course_alert"].position.says
    return found


def _mrs_w_next(item: Any) -> str:
    sheet = _orders("Pressure")
    assert "Twice: pause, prescriber, then every 2 to 3 minutes." in sheet
    assert "No signs: wait 10 to 15 minutes. A drug only with signs" in sheet
    readings = [tuple(map(int, pair)) for pair in re.findall(r"(\d+)/(\d+)", _story("case-a"))]
    assert {(188, 122), (190, 122)} <= set(readings)
    critical = {each.key for each in SCHEMES["pressure-no-signs"].critical}
    assert {"drug-for-a-number", "faster"} <= critical
    (key,) = [option for option, words in item.options.items() if words.startswith("Pause, presc")]
    return key


def _four_voices(item: Any) -> dict[str, str]:
    sheet = _orders("Distress") + _orders("Pressure")
    assert "Rule out low oxygen, pressure, pain. Low light, one voice" in sheet
    assert "Halve or pause. Unsafe after 3 to 5 minutes: sedative" in sheet
    assert "With signs: stop, emergency services and prescriber, head up 30 degrees" in sheet
    assert _row("order-treat-distress-not-score").statement.startswith("Treat distress, not the")
    stop = evidence.rows()["screen-consent-stop"].statement
    assert stop.startswith("Any agreed word or sign stops the pump")
    for words in (
        "Signs from an organ come before everything else",
        "for everybody here it is “stop”",
    ):
        assert words in _story("case-a")
    signs = ("My head is splitting", "the letters swim")
    found = {}
    for prompt, words in item.prompts.items():
        if any(sign in words for sign in signs):
            found[prompt] = "services"
        elif "Stop it now" in words:
            found[prompt] = "no-debate"
        else:
            found[prompt] = "calm-slow" if "can’t bear this" in words else "as-planned"
    return found


def _mr_c() -> discharge.Recovery:
    """Return Mr C. as the table of the story shows him."""
    now = {line["Line"]: line["Now"] for line in _table("case-a", "## 12:25")}
    before = {line["Line"]: line["Before the dose"] for line in _table("case-a", "## 12:25")}
    (systolic, diastolic), (earlier, _) = [
        tuple(map(int, pair)) for pair in re.findall(r"(\d+)/(\d+)", now["Pressure"])
    ]
    base_systolic, base_diastolic = map(int, re.findall(r"\d+", before["Pressure"]))
    assert "is at minute 108; the pump stopped at minute 40" in _story("case-a")
    assert now["Walking"] == "not yet: he has not stood up"
    assert now["C-SSRS"] == ""
    return discharge.Recovery(
        minute=108,
        systolic=systolic,
        diastolic=diastolic,
        baseline_systolic=base_systolic,
        baseline_diastolic=base_diastolic,
        falling=systolic < earlier,
        spo2=_numbers(now["SpO2 on air"])[0],
        baseline_spo2=_numbers(before["SpO2 on air"])[0],
        on_air=True,
        moaas=int(_numbers(now["MOAA/S, orientation"])[0]),
        oriented="oriented" in now["MOAA/S, orientation"],
        cadss=_numbers(now["CADSS"])[0],
        baseline_cadss=_numbers(before["CADSS"])[0],
        steady_gait=None,
        drinks=True,
        new_intent=None,
        cannula_out=True,
        escort="waiting room" in now["Escort"],
        written_advice=True,
        wants_to_drive=False,
    )


def _mr_c_stays(item: Any) -> set[str]:
    codes = {
        "hour": "time",
        "not-stood": "gait",
        "blank": "intent",
        "above-baseline": "pressure",
        "six-points": "dissociation",
    }
    person = _mr_c()
    assert set(codes) == set(item.options)
    assert f"It is {person.minute - 40:g} minutes" in item.options["hour"]
    above = person.systolic - person.baseline_systolic  # type: ignore[operator]
    assert (
        f"{person.systolic}/{person.diastolic} mmHg is {above} mmHg"
        in (item.options["above-baseline"])
    )
    found = discharge.decide(person)
    against = {*found.unmet, *found.unknown}
    assert against <= set(codes.values())
    assert {option for option, code in codes.items() if code == "intent"} == set(
        item.secret.critical
    )
    return {option for option, code in codes.items() if code in against}


def _the_keys(item: Any) -> str:
    assert not discharge.driving(next_day=False, slept=True).allowed
    assert not discharge.driving(next_day=True, slept=False).allowed
    assert discharge.driving(next_day=True, slept=True).allowed
    assert "No driving until the next day after sleep." in _orders("After")
    (key,) = [option for option, words in item.options.items() if "tomorrow, once he has" in words]
    return key


def _on_the_screen(item: Any) -> dict[str, str]:
    sheet = _orders("Airway")
    assert "SpO2 below 94: rouse, reposition, oxygen." in sheet
    assert "Below 92 for 30 s or below 90: stop, airway." in sheet
    assert "MOAA/S 3: slow or pause. 2 or less: stop, airway, prescriber." in sheet
    assert "Answer an alarm before it is silenced." in _orders("Any emergency")
    assert item.options["rouse"] == "Rouse, reposition, oxygen"
    found = {}
    for prompt, words in item.prompts.items():
        spo2, level = re.search(r"SpO2 (\d+)", words), re.search(r"MOAA/S (\d)", words)
        seconds = re.search(r"for (\d+) seconds", words)
        if spo2 is None:
            found[prompt] = "person-clip"
        elif _stops_at(int(spo2[1]), int(seconds[1]) if seconds else 0, level):
            found[prompt] = "halt-airway"
        elif level and int(level[1]) == 3:
            found[prompt] = "ease-off"
        else:
            assert int(spo2[1]) < 94
            found[prompt] = "rouse"
    return found


def _stops_at(spo2: int, seconds: int, level: re.Match[str] | None) -> bool:
    low = spo2 < 90 or (spo2 < 92 and seconds >= 30)
    return low or (level is not None and int(level[1]) <= 2)


def _minute_eight(item: Any) -> list[str]:
    line = _orders("Faint")
    words = {
        "legs": "Flat, legs up",
        "pump": "pause",
        "strip": "strip",
        "fluids": "fluids",
        "slow-heart": "atropine",
        "trigger": "ECG; find the trigger",
    }
    assert set(words) == set(item.options)
    assert "If it persists with poor perfusion" in line
    assert "label" in {each.key for each in SCHEMES["faint"].critical}
    return sorted(words, key=lambda option: line.index(words[option]))


def _first_words(item: Any) -> str:
    assert "tell the patient openly" in _orders("After an error")
    steps = _row("order-open-disclosure").statement
    assert "facts, regret and next steps" in steps
    assert "facts, regret, next steps" in _story("case-b")
    (key,) = [option for option, words in item.options.items() if "I am sorry" in words]
    assert "This is what we do now" in item.options[key]
    return key


def _shoes(item: Any) -> str:
    sheet = _orders("Suicide risk")
    assert sheet.startswith("Stay. C-SSRS. Psychiatrist.")
    assert "Intent: emergency route." in sheet
    critical = {each.key for each in SCHEMES["going-home"].critical}
    assert {"vitals-only", "will-lift"} <= critical
    (key,) = [option for option, words in item.options.items() if words.startswith("Stay; C-SSRS")]
    return key


def _fourth_reading(item: Any) -> str:
    text = _story("case-b")
    assert "MADRS before the first: 36. Then, 24 hours after each: 35, 34, 31, 30." in text
    fall = 1 - np.array([35, 34, 31, 30]) / 36
    assert [mark(each) for each in fall] == ["none"] * 4
    six = np.append(fall, [0, 0])
    improved = (six >= 0.2)[None, :]
    assert rule("course").last(improved) == [4]
    signed = _row("fut-rule").statement
    for words in ("review at 3 or 4; stop at 4", "below 20 %", "below 50 %", "gain in function"):
        assert words in text
        assert words in signed
    assert f"a fall of {100 * fall[-1]:.0f} %" in _why("fourth-reading", "higher")
    (key,) = [option for option, words in item.options.items() if "plan agreed for no" in words]
    return key


def _eight_weeks(item: Any) -> float:
    response, later = float(_row("resp-us-clinics").value), float(_row("rel-8wk").value)
    assert f"{_row('resp-us-clinics').n} people report a response in {response:g} %" in item.stem
    assert f"about {later:g} % of those who responded" in item.stem
    return round(response * later / 100)


def _ms_n_overdue(item: Any) -> set[str]:
    file = {line["Check"]: line["In the file"] for line in _table("case-b", "## Eight months")}
    visits = tuple(range(0, 32 * 7 + 1, 14))
    assert "every two weeks for 32 weeks" in _story("case-b")
    weeks = {
        name: tuple(7 * int(week) for week in re.findall(r"\d+", file[line]))
        for name, line in (
            ("liver", "Liver tests"),
            ("prescriptions", "Prescription monitoring"),
            ("review", "Going on or stopping"),
        )
    }
    for line in ("Mood scale, C-SSRS, side effects", "Pressure, weight", "Urinary symptoms"):
        assert "at each visit" in file[line]
    for line in ("Urine test", "Short test of thinking"):
        assert file[line] == "before the first infusion"
    own = {
        **dict.fromkeys(("mood", "suicide", "side_effects", "pressure", "bladder"), visits),
        "urine": (0,),
        "cognition": (0,),
        "liver": (0, *weeks["liver"]),
        "prescriptions": (0, *weeks["prescriptions"]),
        "review": weeks["review"],
    }
    names = {
        "liver": "liver",
        "thinking": "cognition",
        "suppliers": "misuse",
        "urine": "urine",
        "prescriptions": "prescriptions",
    }
    assert set(names) == set(item.options)
    assert long_term.value("limits", "month_days") == 7 * 4
    gaps = long_term.check(long_term.Course(visits), own)
    late = {each.area.name for each in gaps if not each.in_order}
    assert late <= set(names.values())
    return {option for option, name in names.items() if name in late}


def _to_waste(item: Any) -> float:
    (opened, drawn, given) = (float(line["mg"]) for line in _table("case-b", "## 17:30"))
    assert drawn / 2 == given  # stopped halfway
    assert "One vial for one person" in _row("cd-one-vial").statement
    assert "The witness sees the waste measured" in _row("cd-witness").statement
    for words in ("one vial for one person", "the witness sees the waste measured, then signs"):
        assert words in _story("case-b")
    return opened - given


RULES: dict[str, Decide] = {
    "pump-rate": _pump_rate,
    "may-it-start": _may_it_start,
    "who-sees-it": _who_sees_it,
    "between-readings": lambda item: _interval(3, 0.4),
    "whose-number": _whose_number,
    "mrs-w-next": _mrs_w_next,
    "four-voices": _four_voices,
    "none-so-far": lambda item: 3 / 600 * 100,
    "mr-c-stays": _mr_c_stays,
    "the-keys-answer": _the_keys,
    "on-the-screen-next": _on_the_screen,
    "minute-eight-order": _minute_eight,
    "first-words": _first_words,
    "shoes": _shoes,
    "fourth-reading": _fourth_reading,
    "eight-weeks": _eight_weeks,
    "ms-n-overdue": _ms_n_overdue,
    "to-waste": _to_waste,
}
#: Decided by reading the evidence, which no model does; checked below.
JUDGED = {"two-numbers"}


def test_every_item_is_decided_by_a_rule_or_listed_as_judged():
    assert set(_items()) == set(RULES) | JUDGED | set(SIMULATIONS)


@pytest.mark.parametrize("item_id", RULES)
def test_key_is_what_the_rule_says(item_id):
    item = _item(item_id)
    key = item.secret.key
    if item.kind == "multiple_response":
        key = set(key)
    expected = RULES[item_id](item)
    if isinstance(key, int | float):
        expected = pytest.approx(expected)
    assert key == expected


@pytest.mark.parametrize(
    ("item_id", "critical"), [("may-it-start", "one-hand"), ("mr-c-stays", "blank")]
)
def test_who_misses_the_gravest_line_earns_nothing(item_id, critical):
    item = _item(item_id)
    rest = [name for name in item.secret.key if name != critical]
    assert item.secret.critical == (critical,)
    assert "critical: leaving it out earns nothing" in item.stem
    assert fraction(item, item.secret.key) == 1
    assert 0 < fraction(item, [critical]) < 1
    assert fraction(item, rest) == 0


def test_the_two_numbers_are_those_of_one_series():
    sessions, people = _row("bp-severe-yale"), _row("bp-severe-yale-people")
    text = _story("case-a")
    assert f"({sessions.value} %)" in text
    assert "23 of 2,342 sessions" in text
    assert round(100 * 23 / 2342, 2) == float(sessions.value)
    assert f"17 people ({people.value} %)" in text
    assert "17 people" in people.statement
    assert float(people.value) == 100 / 8  # "about 1 person in 8"
    assert _item("two-numbers").secret.key == "both-named"


def test_the_chart_of_ms_q_adds_up():
    chart = {line["Time"]: line[""] for line in _table("case-b", "## From the chart of Ms Q.")}
    dose, minutes, rate = _numbers(chart["14:00"])[:3]
    weight = float(re.search(r"(\d+) kg", chart["13:30"])[1])  # type: ignore[index]
    assert dose == float(_row("regimen-reference").value) * weight
    assert rate == dose / minutes
    shown = _numbers(chart["14:04"])[0]
    assert shown == pytest.approx(8 * rate)
    assert "eight times the ordered rate" in _story("case-b")
    # Four minutes by the display; the model answer rounds it.
    assert round(4 * shown) == 27
    assert "about 27 mg" in source_of(_free_text())
    assert list(chart) == sorted(chart)


# --- the simulations -------------------------------------------------------------------------


@cache
def _model_run(name: str, seed: int) -> list[dict[str, Any]]:
    return perfect_log(name, seed)


def _best(item: Any) -> list[dict[str, Any]]:
    return _model_run(item.scenario, item.seed)


def _simulated(log: list[dict[str, Any]]) -> dict[str, Any]:
    return {"run": 1, "completed": True, "log": log}


@pytest.mark.parametrize("item_id", SIMULATIONS)
def test_a_model_run_earns_all_a_part_some_and_nothing_nothing(item_id):
    item = _item(item_id)
    assert (item.scenario, item.seed) == SIMULATIONS[item_id]
    assert item.model == "trd.monitoring.simulation"
    best, _late, _half, quarter, untouched = example_logs(item.scenario, item.seed)
    assert best == _best(item)
    assert fraction(item, _simulated(best)) == 1
    assert 0 < fraction(item, _simulated(quarter)) < 1
    assert fraction(item, _simulated(untouched)) == 0
    assert fraction(item, {**_simulated(best), "completed": False}) == 0


def test_one_is_routine_and_one_is_an_emergency():
    (routine, first), (emergency, second) = SIMULATIONS.values()
    assert first != second
    assert not scenario(routine).drill
    assert scenario(emergency).drill
    assert scenario(routine).begin(first).events == ()


def test_leaving_the_room_takes_the_points_of_the_routine_run():
    item = _item("your-chair-run")
    best = _best(item)
    start = next(each["t_s"] for each in best if each["do"] == "start")
    away = [{"t_s": start + 60, "do": "leave_room"}, {"t_s": start + 120, "do": "return"}]
    log = sorted([*best, *away], key=lambda each: each["t_s"])
    debrief = replay(item.scenario, item.seed, log)
    assert [each.key for each in debrief.critical] == ["alone"]
    assert fraction(item, _simulated(log)) == 0


def test_a_sedative_takes_the_points_of_the_emergency():
    item = _item("your-chair-emergency")
    best = _best(item)
    called = next(each["t_s"] for each in best if each["do"] == "call")
    wrong = [each for each in best if each["t_s"] <= called]
    wrong.append({"t_s": called + 10, "do": "give", "drug": "sedative", "amount": "as-ordered"})
    debrief = replay(item.scenario, item.seed, wrong)
    assert "sedated" in {each.key for each in debrief.critical}
    assert fraction(item, _simulated(wrong)) == 0


@pytest.mark.parametrize("item_id", SIMULATIONS)
def test_the_story_says_how_a_simulation_is_marked(item_id):
    name, item = _items()[item_id]
    text = _story(name)
    for words in ("**Open book:**", "**last completed run**", "earns nothing"):
        assert words in text
    assert "Open book; the last completed run counts; marked as stated above." in item.stem
    brief = scenario(item.scenario).begin(item.seed).brief
    assert brief.split(",")[0] in text  # Ms T., Mr D.


#: What the story says of the marking, and the rules and critical errors it stands for.
MARKED: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "your-chair-run": (
        {
            "checks": "the checks",
            "baseline": "the baseline",
            "two-people": "the two-person check",
            "each-ten": "pressure and MOAA/S about every ten minutes",
            "cadss": "CADSS at 20, 40",
            "cadss-80": "and 80",
            "after": "the readings afterwards",
            "stays": "somebody in the room",
            "home": "home by criteria",
            "aftercare": "call and car",
        },
        {
            "alone": "Leaving the room while the pump runs",
            "signed-alone": "signing both lines alone",
            "by-the-clock": "sending home by the clock",
        },
    ),
    "your-chair-emergency": (
        {
            "stop": "stopping",
            "ems": "calling",
            "prescriber": "calling",
            "recognise": "what you notice and say",
            "head-up": "position",
            "oxygen": "oxygen if it is low",
            "examine": "what you examine",
            "drug": "an ordered drug at its time",
            "handover": "the handover",
        },
        {
            "wait": "Waiting",
            "too-low": "a pressure brought down too far or too fast",
            "sedated": "a sedative",
        },
    ),
}


@pytest.mark.parametrize("item_id", MARKED)
def test_everything_that_is_marked_is_announced(item_id):
    name, item = _items()[item_id]
    scheme, text = SCHEMES[item.scenario], _story(name)
    marked: tuple[Any, Any] = (scheme.rules, scheme.critical)
    for told, rules in zip(MARKED[item_id], marked, strict=True):
        assert set(told) == {each.key for each in rules}
        for words in told.values():
            assert words in text


# --- what a key rests on ---------------------------------------------------------------------

#: Evidence behind keys that no rule named in the question decides.
RESTS_ON = {
    "two-numbers": ["bp-severe-yale", "bp-severe-yale-people"],
    "whose-number": ["thr-crtce-systolic", "predose-phase3", "bp-aha-no-drug"],
    "who-sees-it": ["sched-riva-during", "sched-riva-after", "sched-szarmach"],
    "eight-weeks": ["resp-us-clinics", "rel-8wk"],
    "first-words": ["inc-endorse", "inc-done", "inc-value", "inc-claims"],
}
#: Words of a question that name the convention it goes by.
NAMED = (
    "the order set",
    "the rule that was signed",
    "the course’s long-term watch",
    "the checklist",
    "as worded here",
)
#: The question does a sum with numbers that it prints.
SUMS = {"pump-rate", "between-readings", "none-so-far"}


@pytest.mark.parametrize("item_id", RESTS_ON)
def test_no_key_rests_on_hearsay_and_its_sources_are_cited(item_id):
    cited = set(_item(item_id).secret.cite)
    for name in RESTS_ON[item_id]:
        assert _row(name).status in ("verified", "derived"), name
        assert cited & set(_row(name).sources), name


def test_every_other_question_names_the_rule_it_goes_by():
    for item_id, (_, item) in _items().items():
        if item_id not in RESTS_ON and item_id not in SUMS:
            assert any(words in item.stem for words in NAMED), item_id


#: Figures that a rationale quotes: item, option, the words, and the row they come from.
QUOTED: list[tuple[str, str | None, str, str]] = [
    ("pump-rate", None, "{low} to {high} %", "chk-adherence"),
    ("your-chair-run", None, "peaked at minute {value}", "bp-yale-minute"),
    ("whose-number", "canadian", "{value} % of those {n} people", "bp-165-crtce"),
    ("whose-number", "canadian", "{value} % of the people it counted", "thr-crtce-drug"),
    ("mrs-w-next", "next-cycle", "to minute {value}", "bp-yale-minute"),
    ("none-so-far", None, "{value} %", "ae-rule-of-three"),
    ("mr-c-stays", "blank", "{value} % of {n} people", "worse-after-induction"),
    ("the-keys-answer", "tonight", "{n} people after nasal", "dis-driving-esk"),
    ("your-chair-emergency", None, "a quarter in the first hour", "bp-aha-25"),
    ("shoes", "wears-off", "{value} % of {n} people", "worse-after-induction"),
    ("fourth-reading", "late-share", "The {value} % were counted", "fut-late-58"),
    ("fourth-reading", "next-plan", "{n} people", "fut-after-four"),
    ("may-it-start", "brighter", "{value} % of {n} people", "worse-after-induction"),
    ("first-words", "facts", "{value} % endorsed", "inc-endorse"),
    ("first-words", "facts", "{value} % had done so", "inc-done"),
    ("ms-n-overdue", "urine", "0 to {value} %", "lt-luts"),
    ("ms-n-overdue", "urine", "{value} studies", "lt-luts-studies"),
    ("ms-n-overdue", "liver", "{value} cases", "lt-liver-cases"),
    ("ms-n-overdue", "suppliers", "{value} studies", "lt-misuse-review"),
]


@pytest.mark.parametrize(("item_id", "option", "words", "name"), QUOTED)
def test_rationales_quote_their_rows(item_id, option, words, name):
    found = _row(name)
    filled = words.format(value=found.value, n=found.n, low=found.low, high=found.high)
    assert filled in _why(item_id, option)
    assert found.status in ("verified", "derived")


def test_figures_quoted_in_other_words():
    assert float(_row("bp-aha-25").value) == 25  # "a quarter in the first hour"
    assert int(_row("dis-driving-iv").value) == 2
    assert "back to normal at two hours" in _story("case-a")
    assert int(_row("dis-driving-esk").value) == 8
    assert "8 hours after" in _item("the-keys-answer").options["tonight"]
    late = _row("fut-late-58")
    assert f"In a Canadian clinic {late.value} %" in _story("case-b")
    data = _row("resp-us-clinics-data")
    assert float(data.value) == 6.0
    assert "6 % of the 9,016 people" in _why("eight-weeks")
    assert int(_row("japan-escalations").value) == 0
    assert int(_row("dis-fall").value) == 1
    assert "1,985 sessions" in _why("mr-c-stays", "not-stood")
    assert float(_row("inc-cost").value) > 1  # "disclosed events cost more"
    assert int(_row("lt-cognition-short").value) == 2
    assert int(_row("cd-loss").value) == 1
    assert "within one business day" in _why("to-waste")


# --- numbers a person types ------------------------------------------------------------------

#: The wrong ways that the common errors name, worked out.
WRONG_WAYS: dict[str, dict[str, float]] = {
    "pump-rate": {
        "the volume": 100,
        "mg an hour": 32 / 40 * 60,
        "mL a minute": 100 / 40,
        "mg a minute": 32 / 40,
        "upside down": 100 * 40 / 60,
        "the dose": 32,
    },
    "between-readings": {
        "forty seen": 3 / 0.4,
        "sixty of three": 3 * 0.6,
        "forty of three": 3 * 0.4,
        "every ten": 10,
    },
    "none-so-far": {"none": 0, "one": 100 / 600, "upside down": 600 / 3, "times": 3 * 600 / 100},
    "eight-weeks": {
        "of responders": 60,
        "the first response": 53.6,
        "the lost": 53.6 * 0.4,
        "difference": 60 - 53.6,
        "lost of responders": 40,
    },
    "to-waste": {
        "the vial": 200 - 38,
        "the bag": 38 - 19,
        "both taken away": 200 - 38 - 19,
        "drawn up": 38,
    },
}
#: What honest rounding on the way gives.
HONEST: dict[str, list[float]] = {
    "pump-rate": [150, 150.0],
    "between-readings": [5, 5.0],
    "none-so-far": [0.5, 0.50],
    "eight-weeks": [32, 32.2, 32.16],
    "to-waste": [181],
}


@pytest.mark.parametrize("item_id", WRONG_WAYS)
def test_honest_rounding_passes_and_each_named_wrong_way_fails(item_id):
    item = _item(item_id)
    secret = item.secret
    for value in HONEST[item_id]:
        assert fraction(item, value) == 1, value
    named = [float(value) for value in secret.common_errors]
    for way, value in WRONG_WAYS[item_id].items():
        assert fraction(item, value) == 0, way
        assert any(abs(round(value, 2) - each) <= secret.tolerance + 1e-9 for each in named), way
    assert len(named) == len(WRONG_WAYS[item_id])
    for value in named:
        assert abs(value - secret.key) > secret.tolerance
        assert item.minimum <= value <= item.maximum
    # The first error within the tolerance is shown, so two must not claim the same answer.
    assert all(abs(a - b) > secret.tolerance for a in named for b in named if a is not b)


# --- the assignment as a whole ---------------------------------------------------------------


def test_every_objective_and_every_type_is_covered():
    items = [item for _, item in _items().values()]
    assert len([item for item in items if item.kind != "simulation"]) >= 12
    assert {item.objective for item in items} == {f"LO-4.{n}" for n in range(1, 10)}
    assert {item.kind for item in items} == {
        "single_best",
        "multiple_response",
        "numeric",
        "ordering",
        "matching",
        "simulation",
    }
    assert {item.id for item in items if item.kind == "numeric"} == set(WRONG_WAYS)


@pytest.mark.parametrize("name", CASES)
def test_each_case_asks_where_a_slip_could_do_harm(name):
    assert [i.id for i in items_in(MASTERS / f"{name}.ipynb") if i.safety_critical]


def test_nobody_is_asked_to_remember_a_dose():
    """A dose stands in the question or its table, and no drug but ketamine has one."""
    assert LOCAL in _story("case-b")
    for item_id, (_, item) in _items().items():
        words = " ".join([item.stem, *item.options.values(), *item.prompts.values()])
        if item_id != "pump-rate":  # which prints the dose it works with
            assert not re.search(r"\d\s*(?:mg|mcg|µg)\b", words), item_id
    for name in CASES:
        for drug in ("labetalol", "midazolam", "lorazepam", "atropine", "ondansetron", "propofol"):
            assert drug not in (MASTERS / f"{name}.ipynb").read_text(encoding="utf-8").lower()


def _free_text() -> dict[str, Any]:
    return free_text(MASTERS / "case-b.ipynb")


def test_the_model_answer_keeps_to_the_length_asked_for():
    answer = source_of(_free_text())
    words = answer[answer.index("**Situation.**") : answer.index("**Rubric**")].split()
    assert 90 <= len(words) <= 150


def test_the_rubric_gives_the_points_of_its_cell():
    cell = _free_text()
    assert rubric_points(cell) == cell["metadata"]["nbgrader"]["points"]


def test_the_model_answer_has_its_four_parts_and_only_facts_of_the_chart():
    answer = source_of(_free_text())
    answer = answer[answer.index("**Situation.**") : answer.index("**Rubric**")]
    parts = re.findall(r"\*\*(\w+)\.\*\*", answer)
    assert parts == ["Situation", "Background", "Assessment", "Recommendation"]
    assert (
        _row("order-handover")
        .statement.lower()
        .startswith("handover: situation, background, assessment, recommendation, with times")
    )
    story = _story("case-b")
    for fact in re.findall(r"\d\d:\d\d|\d+/\d{2,}|\d+ %|MOAA/S \d", answer):
        assert fact in story, fact
    assert set(re.findall(r"([\d.]+) mg(?!/)", answer)) == {"34", "27"}
