"""The capstone: keys that a rule decides equal what the rule says, and so does the story."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from casetext import Masters, free_text, rubric_points, tables

from trd import evidence
from trd.communication.effects import natural_frequency, risk_difference
from trd.definitions import (
    History,
    Trial,
    answer_for,
    assess,
    classify,
    definitions,
    interpret,
    next_step,
    scale,
    select,
)
from trd.monitoring import discharge, long_term, thresholds
from trd.monitoring.casebook import scenario
from trd.monitoring.course_of_treatment import mark, rule
from trd.monitoring.orders import order_set
from trd.monitoring.simulation import perfect_log as perfect_run
from trd.monitoring.simulation import replay as replay_run
from trd.quiz.masters import items_in, source_of
from trd.quiz.scoring import fraction
from trd.screening.interactions import find_interaction
from trd.screening.people import VirtualPatient, virtual_patient
from trd.screening.rule import ELIGIBLE, screen
from trd.screening.simulation import example_logs, perfect_log, replay

MASTERS = Path(__file__).resolve().parents[2] / "solutions" / "06-capstone"
PARTS = ("part-1", "part-2", "part-3")
CLINIC = ("mixed", 49135)
CHAIR = ("routine", 10045)

MS_T = History(
    trials=(
        Trial("citalopram", 20, 10, 95, 100 * 6 / 30, current_episode=False),
        Trial("fluoxetine", 40, 9, 92, 100 * 5 / 31, current_episode=False),
        Trial("escitalopram", 20, 7, 95, 100 * 9 / 32),
        Trial("venlafaxine", 150, 8, 93, 100 * 11 / 33),
        Trial("bupropion", 150, 7, 96, 100 * 2 / 32),
        Trial("vortioxetine", 10, 3, 95, 0),
        Trial("mirtazapine", 30, 7, 90, 100 * 6 / 33),
        Trial("sertraline", 150, 8, 97, 100 * 10 / 32),
    ),
    episode_months=11,
    hamd17=23,
)


_masters = Masters(MASTERS, PARTS)
_story, _items, _item, _why = _masters.story, _masters.items, _masters.item, _masters.why


def _row(name: str) -> Any:
    return evidence.rows()[name]


def _numbers(text: str) -> list[float]:
    return [float(n) for n in re.findall(r"\d+(?:\.\d+)?", text)]


def _table(name: str, heading: str) -> list[dict[str, str]]:
    """Return the first table under a heading of a story."""
    text = _story(name)
    return tables(text[text.index(heading) :].split("\n## ")[0])[0]


def _orders(section: str) -> str:
    return " ".join(each.text for each in order_set(section))


def _person() -> VirtualPatient:
    difficulty, seed = CLINIC
    return virtual_patient(seed, difficulty)


# --- the person --------------------------------------------------------------------------------


def test_the_record_prints_the_history_the_keys_rest_on():
    (record,) = tables(_story("part-1").split("### What is still open")[0])
    assert len(record) == len(MS_T.trials)
    for line, trial in zip(record, MS_T.trials, strict=True):
        drug, _, earlier = line["Drug"].partition(", at ")
        assert drug.lower() == trial.drug
        assert _numbers(line["A day, for"]) == [trial.dose_mg, trial.weeks]
        assert _numbers(line["Taken"]) == [trial.adherence_pct]
        assert bool(earlier) is not trial.current_episode
        seen = interpret("madrs", *map(float, line["MADRS"].split(" → ")))
        assert seen.improvement_pct == pytest.approx(trial.improvement_pct)
    text = _story("part-1")
    assert f"This episode has lasted {MS_T.episode_months:g} months" in text
    assert f"HAM-D17 today: {MS_T.hamd17:g}" in text
    # The weeks of this episode fit into it.
    weeks = sum(trial.weeks for trial in MS_T.trials if trial.current_episode)
    assert weeks < MS_T.episode_months * 52 / 12
    assert not classify(MS_T).cautions


def test_the_person_of_the_clinic_is_the_person_of_the_story():
    item = _item("the-clinic")
    assert (item.scenario, item.seed) == CLINIC
    person = virtual_patient(item.seed, item.scenario)
    text = _story("part-1")
    assert person.initials == "P. T."
    assert f"{person.initials} is {person.age_years} and {person.occupation};" in text
    assert f"{MS_T.episode_months:g} months" in person.answers["mood"]
    found, told = classify(MS_T), person.candidate
    assert found.n6 == told.adequate_trials
    earlier = [t for t in MS_T.trials if not t.current_episode and assess(t).failed]
    assert len(earlier) == told.adequate_trials_earlier
    assert person.medicines == ("sertraline",)
    verdict = screen(told)
    assert (verdict.disposition, verdict.reasons) == (ELIGIBLE, ())
    assert verdict.conditions == ("F1",)
    # What part 2 says was found.
    later = _story("part-2")
    assert f"C-SSRS level {told.cssrs_ideation}), no intent" in later
    assert not told.suicidal_behaviour_3mo
    assert "two years ago" in person.answers["c-ssrs"]
    assert "an attempt two years ago, no suicidal behaviour since" in later
    assert "I did not like it" in person.answers["ketamine"]
    assert f"Pulse {told.heart_rate_bpm}, pressure {told.systolic_mmhg}/{told.diastolic_mmhg}" in (
        later
    )
    assert f"BMI {told.bmi}" in later
    assert person.household == "on their own"
    assert "She lives on her own; her neighbour fetches her" in later
    assert "neighbour" in person.answers["home"]
    assert "not possible" in person.answers["reproductive"]
    assert "A pregnancy is not possible" in _story("part-3")


def test_the_person_at_the_chair_is_the_same():
    item = _item("first-infusion")
    assert (item.scenario, item.seed) == CHAIR
    setup = scenario(item.scenario).begin(item.seed)
    age = _person().age_years
    assert setup.brief.startswith(f"Ms T., {age}, 70 kg, first infusion.")
    assert "0.5 mg/kg = 35 mg over 40 minutes" in setup.brief
    assert "ketamine 35 mg (0.5 mg/kg × 70 kg) over 40 minutes" in _story("part-2")
    assert setup.patient.weight_kg == 70
    assert not setup.patient.hypertension
    assert not setup.checks
    assert setup.touch  # "a hand may be held"


def _simulated(log: list[dict[str, Any]]) -> dict[str, Any]:
    return {"run": 1, "completed": True, "log": log}


def test_the_clinic_pays_for_asking_and_not_for_guessing():
    item = _item("the-clinic")
    log = perfect_log(item.scenario, item.seed)
    assert fraction(item, _simulated(log)) == 1
    assert replay(item.scenario, item.seed, log).critical_errors == ()
    assert fraction(item, {**_simulated(log), "completed": False}) == 0
    guess = [{**log[-1], "t_s": 10}]
    assert fraction(item, _simulated(guess)) == 0
    assert all(fraction(item, _simulated(each)) < 1 for each in example_logs(*CLINIC)[-2:])


def test_the_chair_pays_for_a_perfect_run():
    item = _item("first-infusion")
    log = perfect_run(item.scenario, item.seed)
    assert fraction(item, _simulated(log)) == 1
    assert not replay_run(item.scenario, item.seed, log).critical_errors
    assert fraction(item, _simulated(log[:5])) < 1


@pytest.mark.parametrize("item_id", ["the-clinic", "first-infusion"])
def test_the_story_says_how_a_simulation_is_marked(item_id):
    name, item = _items()[item_id]
    for words in ("**Open book:**", "**last completed run**", "earns nothing"):
        assert words in _story(name)
    assert "Open book; the last completed run counts; marked as stated above." in item.stem
    assert item.seed >= 10_000


# --- keys --------------------------------------------------------------------------------------

Decide = Callable[[Any], Any]


def _what_counts(item: Any) -> dict[str, str]:
    codes = {"dose-low": "low", "weeks-short": "short", "adherence-low": "untaken"}
    known = {trial.drug: trial for trial in MS_T.trials}
    found = {}
    for prompt, words in item.prompts.items():
        trial = known[prompt]
        verdict = assess(trial)
        assert _numbers(words) == [trial.dose_mg, verdict.minimum_dose_mg]
        if not trial.current_episode:
            assert verdict.adequate
            found[prompt] = "past"
        elif verdict.adequate:
            assert verdict.failed
            found[prompt] = "tested"
        else:
            (reason,) = verdict.reasons  # one fault each, so that one description fits
            found[prompt] = codes[reason.code]
    return found


def _whose_label(item: Any) -> dict[str, str]:
    known = {each.key: each for each in definitions()}
    result = classify(MS_T)
    sources = {
        "regulators": "mcintyre-2023",
        "delphi": "sforzini-2022",
        "two-classes": "ema-older",
        "ng222": "nice-ng222",
    }
    words = {"met": "met", "TRD": "met", "PRD": "unmet", "no count: discuss": "no-count"}
    assert f"{_row('def-sforzini-threshold').value} %" in item.prompts["delphi"]
    # Bupropion and vortioxetine fell by less too: without “adequate” its rule would be met.
    assert sum((t.improvement_pct or 0) < 25 for t in MS_T.trials if t.current_episode) > 1
    assert all("adequate" in item.prompts[name] for name in ("delphi", "two-classes"))
    assert _row("def-sforzini-min-trials").value == "2"
    return {p: words[answer_for(known[key], result)] for p, key in sources.items()}


def _before_the_count(_: Any) -> str:
    known = dict.fromkeys(("taken", "dose", "weeks"), "clear")
    step = next_step(known).step
    assert step is not None
    return {"diagnosis": "mood", "level": "level", "comorbidity": "thyroid"}[step.key]


def _what_else(item: Any) -> set[str]:
    keys = ("switch-class", "augment-sga", "rtms-ascertain", "elekt-d", "ketect")
    known = {option.key: option for option in select(keys)}
    switch, sga, rtms, elekt, ketect = (known[key] for key in keys)
    assert {each.status for each in known.values()} == {"verified"}
    assert f"{rtms.arms[0].value:.0f} % responded" in item.options["rtms"]
    assert f"{rtms.n} people" in item.options["rtms"]
    odds = {each.note: each for each in sga.contrasts}
    ahead = {max(trial.arms, key=lambda arm: arm.value).note for trial in (elekt, ketect)}
    true = {
        "rtms": "open" in rtms.design,
        "class-doubles": switch.arms[0].value >= 2 * switch.arms[1].value,
        "antipsychotic": min(
            odds[name].low or 0 for name in ("remission", "stopping for adverse events")
        )
        > 1,
        "ect-settled": ahead == {"ketamine"},
    }
    return {option for option, holds in true.items() if holds}


def _two_trials() -> list[tuple[int, int, int, int]]:
    found = []
    for line in _table("part-1", "### “How many does it help?”"):
        x1, n1 = map(int, re.findall(r"\d+", line["Responded on ketamine"]))
        x0, n0 = map(int, re.findall(r"\d+", line["On midazolam"]))
        found.append((x1, n1, x0, n0))
    return found


def _of_a_hundred(_: Any) -> int:
    counts = _two_trials()[0]
    rows = ("com-e-murrough-response-treatment", "com-e-murrough-response-comparator")
    for name, (people, of) in zip(rows, (counts[:2], counts[2:]), strict=True):
        assert (int(_row(name).value), int(_row(name).n)) == (people, of)
        assert _row(name).status == "verified"
    return natural_frequency(risk_difference(*counts).rd, 100)


def _could_be_none(item: Any) -> str:
    counts = _two_trials()[1]
    effect = risk_difference(*counts)
    for arm, (people, of) in {"ketamine": counts[:2], "midazolam": counts[2:]}.items():
        row = _row(f"com-t-karma-response-{arm}")
        assert round(100 * people / of, 1) == float(row.value)
        assert row.status == "verified"
    printed = [100 * effect.rd, -100 * effect.low, 100 * effect.high]
    assert [round(each, 1) for each in printed] == [13.5, 10.5, 35.4]
    for each in ("13.5", "10.5 fewer", "35.4 more"):
        assert each in item.stem
    assert effect.crosses_no_effect
    assert effect.nnt_low is None
    return "more-or-none"


def _what_was_missing(item: Any) -> set[str]:
    said = _story("part-1")
    said = said[said.index("### What was said") : said.index("## Next")]
    listed = " ".join(
        _row(f"screen-consent-{name}").statement
        for name in ("elements", "elements-day", "touch-sober", "chaperone")
    ).lower()
    # What the list calls it, and the words that would have mentioned it.
    points = {
        "off-label": ("off-label", "off-label"),
        "end-point": ("stop rule", "benefit"),
        "long-run": ("bladder, liver, cognition and misuse", "bladder"),
        "way-home": ("escort, no driving", "no driving"),
        "touch": ("chaperone", "touch"),
    }
    assert set(points) == set(item.options)
    assert all(name in listed for name, _ in points.values())
    return {option for option, (_, words) in points.items() if words not in said.lower()}


def _own_words(item: Any) -> str:
    assert _row("screen-consent-elements-day").statement.endswith("then teach-back")
    row = _row("screen-consent-teachback")
    assert f"{row.value} of {row.n} studies" in item.secret.why["own-account"]
    (key,) = [option for option, words in item.options.items() if "How would you explain" in words]
    return key


def _plan_lines(item: Any) -> set[str]:
    person = _person()
    assert screen(person.candidate).conditions == ("F1",)
    assert not person.candidate.ecg_needed
    call, week = _row("screen-rule-call"), _row("screen-rule-call-week")
    assert (
        f"after {call.low} to {call.high} hours and on day {week.value}"
        in (item.options["two-calls"])
    )
    sertraline = find_interaction("sertraline")
    assert sertraline is not None
    assert sertraline.action == "Continue."
    assert sertraline.status == "verified"
    return {"two-calls", "tablet"}


def _tuesday(item: Any) -> set[str]:
    chart = {line["Line"]: line["On the chart"] for line in _table("part-2", "## Tuesday, 8:55")}
    sheet = _orders("Before")
    assert "Identity, consent, weight, escort, C-SSRS" in sheet
    assert "rest 10 minutes, two more readings, look for a cause. Still above: defer." in sheet
    limit = thresholds.limits(thresholds.position("predose_course"), 45)
    rested = re.findall(r"(\d+)/(\d+)", chart["Pressure, right cuff, after 10 minutes of rest"])
    assert len(rested) == 2
    gaps = {
        "level-one": "not asked" in chart["C-SSRS"],
        "bus": "alone" in chart["Way home"],
        "two-hands": len(set(re.findall(r"Nurse \w", chart["Dose check"]))) < 2,
        "after-rest": all(
            int(high) > limit[0] or int(low) > limit[1]  # type: ignore[operator]
            for high, low in rested
        ),
        "yes-today": "today: “Yes" not in chart["Consent"],
    }
    assert set(gaps) == set(item.options)
    assert item.secret.critical == ("after-rest",)
    return {option for option, missing in gaps.items() if missing}


def _syringe_rate(item: Any) -> float:
    dose, volume, minutes = _numbers(item.stem)
    assert (dose, volume, minutes) == (35, 50, 40)
    return volume / minutes * 60


def _one_sixty_eight(item: Any) -> str:
    sheet = _orders("Pressure")
    assert "165 or more, or 100 or more: repeat within 2 to 3 minutes, ask, calm, halve" in sheet
    reading = thresholds.Reading(systolic=168, diastolic=96, age=45)
    assert "The cuff shows 168/96 mmHg" in _story("part-2")
    says = {each.position.name: each for each in thresholds.compare(reading)}
    assert says["during_course_alert"].reached
    assert not says["during_course_pause"].reached
    (key,) = [option for option, words in item.options.items() if "half the rate" in words]
    return key


def _door(item: Any) -> set[str]:
    lines = _table("part-2", "## The third infusion")
    now = {line["Line"]: line["Now"] for line in lines}
    before = {line["Line"]: line["Before the dose"] for line in lines}
    (high, low), (earlier, _) = [
        tuple(map(int, pair)) for pair in re.findall(r"(\d+)/(\d+)", now["Pressure"])
    ]
    base_high, base_low = map(int, re.findall(r"\d+", before["Pressure"]))
    assert "third infusion, minute 104" in _story("part-2")
    person = discharge.Recovery(
        minute=104,
        systolic=high,
        diastolic=low,
        baseline_systolic=base_high,
        baseline_diastolic=base_low,
        falling=high < earlier,
        spo2=_numbers(now["SpO2 on air"])[0],
        baseline_spo2=_numbers(before["SpO2 on air"])[0],
        on_air=True,
        moaas=int(_numbers(now["MOAA/S, orientation"])[0]),
        oriented="oriented" in now["MOAA/S, orientation"],
        cadss=float(now["CADSS"]),
        baseline_cadss=float(before["CADSS"]),
        steady_gait=now["Walking"] == "steady, seen",
        drinks=True,
        new_intent=None if now["C-SSRS"] == "not yet" else False,
        cannula_out=now["Cannula"] != "still in the arm",
        escort="waiting room" in now["Escort"],
        written_advice=True,
        wants_to_drive=False,
    )
    codes = {
        "sixty-four": "time",
        "not-asked": "intent",
        "fourteen": "pressure",
        "three-points": "dissociation",
    }
    assert f"{high - base_high} mmHg above" in item.options["fourteen"]
    assert f"It is {104 - 40} minutes" in item.options["sixty-four"]
    found = discharge.decide(person)
    against = {*found.unmet, *found.unknown}
    (line,) = against - set(codes.values())  # what is left is the cannula
    codes["line"] = line
    assert not found.home
    (criterion,) = [each for each in discharge.CRITERIA if each.code == line]
    assert "annula" in criterion.what
    assert item.secret.critical == ("not-asked",)
    return {option for option, code in codes.items() if code in against}


def _still_in_me(item: Any) -> int:
    first, second = (float(_row(f"mech-sim-clements-{minute}").value) for minute in (40, 120))
    assert {_row(f"mech-sim-clements-{minute}").status for minute in (40, 120)} == {"derived"}
    assert f"{first:.0f} ng/mL at minute 40 and {second:.0f} at minute 120" in item.stem
    return round(100 * second / first)


def _agreed_word(item: Any) -> str:
    stop = _row("screen-consent-stop").statement
    assert stop == (
        "Any agreed word or sign stops the pump; stay, reassure, monitor, do not debate"
    )
    assert _row("screen-consent-stop-after").statement.startswith("No new consent until oriented")
    text = _story("part-2")
    assert "the word “lantern” stops the pump" in text
    assert "“Lantern,” she says" in text
    (key,) = [option for option, words in item.options.items() if words.startswith("Pump off")]
    return key


def _scores() -> dict[str, int]:
    return {line["When"]: int(line["MADRS"]) for line in _table("part-3", "## The scores")}


def _fall(infusion: int) -> float:
    scores = _scores()
    before = scores["Before infusion 1"]
    return (before - scores[f"24 hours after infusion {infusion}"]) / before


def _after_one(item: Any) -> str:
    course = rule("course")
    assert course.says == (
        "Never after 1 or 2; review at 3 or 4; stop at 4 below 20 %, and at 6 below 50 % "
        "without a gain in function."
    )
    assert "no verdict after infusions 1 or 2; review at 3 or 4" in _story("part-3")
    scores = _scores()
    before, after = scores["Before infusion 1"], scores["24 hours after infusion 1"]
    assert f"Her MADRS was {before}. A day after infusion 1 it was {after}." in _story("part-3")
    assert mark(_fall(1)) == "none"
    assert mark(_fall(4)) != "none"  # the rule lets the story go on
    (key,) = [option for option, words in item.options.items() if words.startswith("No verdict")]
    return key


def _fall_at_six(_: Any) -> int:
    scores = list(_scores().values())
    seen = interpret("madrs", float(scores[0]), float(scores[-1]))
    assert seen.response
    assert scores[-1] > max(each.highest for each in scale("madrs").remission)
    assert seen.improvement_pct is not None
    return round(seen.improvement_pct)


def _what_they_count_as(item: Any) -> dict[str, str]:
    infusions = {"one": 1, "three": 3, "four": 4, "six": 6}
    text = _story("part-3")
    assert "at least 20 %, “partial response” of at least 30 %, “response” of at least 50 %" in text
    assert "a MADRS of 10 or less" in text
    for prompt, number in infusions.items():
        score = _scores()[f"24 hours after infusion {number}"]
        assert item.prompts[prompt] == f"{score}, after infusion {number}"
        assert score > 10
    return {prompt: mark(_fall(number)) for prompt, number in infusions.items()}


def _will_it_stay(item: Any) -> str:
    four, eight = _row("com-long-clinics-4wk"), _row("com-long-clinics-8wk")
    assert {four.status, eight.status} == {"verified"}
    words = f"About {four.value} of 100 still responded at 4 weeks, about {eight.value} at 8"
    (key,) = [option for option, text in item.options.items() if words in text]
    assert f"{_row('com-t-mcinnes-response').value} % responded" in item.secret.why["of-beginners"]
    return key


def _spray(_: Any) -> int:
    on, off = (_row(f"com-t-sustain1-relapse-{arm}") for arm in ("esketamine", "placebo"))
    assert {on.status, off.status} == {"verified"}
    for row in (on, off):
        assert f"{row.value} %" in _story("part-3")
    return natural_frequency((float(off.value) - float(on.value)) / 100, 100)


def _less_often(item: Any) -> str:
    assert _row("mon-rel-widen").statement == (
        "Widen the interval rather than halve the dose; keep the antidepressant and therapy"
    )
    (key,) = [option for option, words in item.options.items() if "further apart" in words]
    return key


def _burning(item: Any) -> str:
    found = long_term.review(long_term.Findings(urinary_symptoms=True, benefit=True))
    (action,) = found
    assert action.what.startswith("Urinary symptoms: urine test now, think of ketamine as well")
    assert not action.stops
    (key,) = [option for option, words in item.options.items() if words.startswith("Urine test")]
    return key


def _overdue(item: Any) -> set[str]:
    file = {line["Check"]: line["In the file"] for line in _table("part-3", "## Week 26")}
    assert "in week 26" in item.stem
    lines = {
        "urine": ("urine", "Urine test"),
        "liver": ("liver", "Liver tests"),
        "records": ("prescriptions", "Prescription monitoring"),
        "thinking": ("cognition", "Short test of thinking"),
    }
    assert set(lines) == set(item.options)
    late = set()
    for option, (name, line) in lines.items():
        assert file[line].startswith("before infusion 1")
        weeks = [int(week) for week in re.findall(r"\d+", file[line].split("infusion 1")[1])]
        area = long_term.area(name)
        wait = area.every_days if weeks else area.first_days
        if 7 * max([0, *weeks]) + wait < 7 * 26:  # type: ignore[operator]
            late.add(option)
    # Everything that is asked at each visit was asked.
    assert all("at each visit" in words for words in list(file.values())[:4])
    return late


def _by_post(item: Any) -> str:
    rows = [_row(n) for n in ("acc-history-approval", "acc-offlabel-crane", "acc-oral-unapproved")]
    assert {row.status for row in rows} == {"verified"}
    assert rows[0].value == "1970"
    assert "as an anaesthetic" in rows[0].statement
    assert "compounded, unapproved" in rows[2].statement
    assert set(item.secret.cite) == {source for row in rows for source in row.sources}
    (key,) = [option for option, words in item.options.items() if "as an anaesthetic" in words]
    return key


def _maintain_or_stop(item: Any) -> str:
    fine = long_term.Findings(
        urinary_symptoms=False,
        liver_x_uln=1.0,
        craving=0,
        other_supplier=False,
        early_requests=False,
        mania_or_psychosis=False,
        cognitive_decline=False,
        new_intent=False,
        benefit=True,
    )
    assert not long_term.review(fine)  # nothing ends it but her own wish
    plan = _row("mon-rel-exit-plan").statement
    assert "at 1, 2, 4, 8 and 12 weeks, a named contact, a rescue plan" in plan
    (key,) = [option for option, words in item.options.items() if "1, 2, 4, 8 and 12" in words]
    return key


RULES: dict[str, Decide] = {
    "what-counts": _what_counts,
    "whose-label": _whose_label,
    "before-the-count": _before_the_count,
    "what-else": _what_else,
    "of-a-hundred": _of_a_hundred,
    "could-be-none": _could_be_none,
    "what-was-missing": _what_was_missing,
    "own-words": _own_words,
    "plan-lines": _plan_lines,
    "tuesday-chart": _tuesday,
    "syringe-rate": _syringe_rate,
    "one-sixty-eight": _one_sixty_eight,
    "at-the-door": _door,
    "still-in-me": _still_in_me,
    "the-agreed-word": _agreed_word,
    "after-one": _after_one,
    "fall-at-six": _fall_at_six,
    "what-they-count-as": _what_they_count_as,
    "will-it-stay-answer": _will_it_stay,
    "spray-difference": _spray,
    "less-often": _less_often,
    "burning": _burning,
    "overdue": _overdue,
    "by-post": _by_post,
    "maintain-or-stop": _maintain_or_stop,
}
#: Decided by reading the evidence; checked below.
JUDGED = {"how-it-works"}
REPLAYED = {"the-clinic", "first-infusion"}


def test_every_item_is_decided_by_a_rule_or_listed_as_judged():
    assert set(_items()) == set(RULES) | JUDGED | REPLAYED


@pytest.mark.parametrize("item_id", RULES)
def test_key_is_what_the_rule_says(item_id):
    item = _item(item_id)
    key = item.secret.key
    if item.kind == "multiple_response":
        key = set(key)
    assert key == RULES[item_id](item)


def test_the_mechanism_in_plain_words_rests_on_what_was_checked():
    rows = {
        "block-known": "mech-hyp-none-established",
        "regrows": "mech-hyp-sv2a",
        "faster": "mech-hyp-sert",
        "deeper": "mon-thr-cadss-severe",
    }
    # What speaks for the wrong option is named too.
    assert f"In {_row('mech-cadss-day7').n} pooled inpatients" in _why("how-it-works", "deeper")
    item = _item("how-it-works")
    assert set(rows) == set(item.options)
    for name in rows.values():
        assert _row(name).status == "verified"
        assert set(item.secret.cite) & set(_row(name).sources)
    assert item.secret.key == "block-known"
    assert f"below {_row('mech-hyp-sert').value} %" in _why("how-it-works", "faster")


#: Figures that a rationale quotes: item, option, the words, and the row they come from.
QUOTED: list[tuple[str, str | None, str, str]] = [
    ("the-clinic", None, "{value} % of {n} people", "mon-worse-after-induction"),
    ("plan-lines", "two-calls", "{value} % of {n} people", "mon-worse-after-induction"),
    ("at-the-door", "not-asked", "{value} % of {n} people", "mon-worse-after-induction"),
    ("what-was-missing", "off-label", "of {n} consent forms", "screen-consent-forms-hard"),
    ("one-sixty-eight", "next-cycle", "to minute {value}", "mon-bp-yale-minute"),
    ("after-one", "stop-now", "{value} % of those not improved", "mon-fut-late-58"),
    ("burning", "start-test", "0 to {value} %", "mon-lt-luts"),
    ("maintain-or-stop", "she-calls", "{value} % of those", "mon-rel-ketect-12mo"),
]


@pytest.mark.parametrize(("item_id", "option", "words", "name"), QUOTED)
def test_rationales_quote_their_rows(item_id, option, words, name):
    found = _row(name)
    assert words.format(value=found.value, n=found.n) in _why(item_id, option)
    assert found.status in ("verified", "derived")


def test_figures_quoted_in_other_words():
    assert int(_row("mon-lt-liver-cases").value) == 14
    assert "Fourteen cases" in _why("overdue", "liver")
    assert int(_row("mon-lt-cognition-short").value) == 2
    assert "up to two weeks" in _why("overdue", "thinking")
    assert int(_row("com-t-mcinnes-data").value) == 6
    assert "data on 537 people, 6 % of those treated" in (
        _why("will-it-stay-answer", "of-responders")
    )
    assert int(_row("mon-rel-one-dose").value) == 1
    doses = _row("mech-dose-ranging").statement
    assert "lower doses (0.1 and 0.2 mg/kg) did not clearly" in doses
    assert "0.1 and 0.2 mg/kg did not clearly" in _why("less-often", "half-dose")


# --- numbers a person types --------------------------------------------------------------------

#: The wrong ways that the common errors name, worked out.
WRONG_WAYS: dict[str, list[float]] = {
    "of-a-hundred": [30 - 7, 64, 3, 100 * 36 / 28, 28],
    "syringe-rate": [50, 35 / 40 * 60, 50 / 40, 50 * 40 / 60, 35],
    "still-in-me": [67, 59, 177 / 59, 177 - 59],
    "fall-at-six": [19, 100 * 15 / 34, 100 * 19 / 15, -56],
    "spray-difference": [26.7, 100 * 18.6 / 45.3, 100 / 18.6, 26.7 + 45.3],
}
#: What honest rounding on the way gives.
HONEST: dict[str, list[float]] = {
    "of-a-hundred": [36, 35.8],
    "syringe-rate": [75, 75.0],
    "still-in-me": [33, 33.3],
    "fall-at-six": [56, 55.9],
    "spray-difference": [19, 18.6],
}


@pytest.mark.parametrize("item_id", WRONG_WAYS)
def test_honest_rounding_passes_and_each_named_wrong_way_fails(item_id):
    item = _item(item_id)
    secret = item.secret
    for value in HONEST[item_id]:
        assert fraction(item, value) == 1, value
    named = [float(value) for value in secret.common_errors]
    assert len(named) == len(WRONG_WAYS[item_id])
    for value in WRONG_WAYS[item_id]:
        assert fraction(item, value) == 0, value
        assert any(abs(value - each) <= 0.5 for each in named), value
    for value in named:
        assert abs(value - secret.key) > secret.tolerance
        assert item.minimum <= value <= item.maximum
    assert all(abs(a - b) > secret.tolerance for a in named for b in named if a is not b)


# --- the assignment as a whole -----------------------------------------------------------------


def test_all_five_lessons_and_every_type_are_there():
    items = [item for _, item in _items().values()]
    assert len([item for item in items if item.kind != "simulation"]) >= 20
    assert {item.objective[:4] for item in items} == {f"LO-{n}" for n in range(1, 6)}
    assert {item.kind for item in items} == {
        "single_best",
        "multiple_response",
        "numeric",
        "matching",
        "simulation",
    }
    assert {item.id for item in items if item.kind == "numeric"} == set(WRONG_WAYS)


@pytest.mark.parametrize("name", ["part-2", "part-3"])
def test_each_part_at_the_clinic_asks_where_a_slip_could_do_harm(name):
    assert [item.id for item in items_in(MASTERS / f"{name}.ipynb") if item.safety_critical]


@pytest.mark.parametrize(
    ("item_id", "critical"),
    [("plan-lines", "two-calls"), ("tuesday-chart", "after-rest"), ("at-the-door", "not-asked")],
)
def test_who_misses_the_critical_line_earns_nothing(item_id, critical):
    item = _item(item_id)
    assert fraction(item, item.secret.key) == 1
    assert fraction(item, [name for name in item.secret.key if name != critical]) == 0


def test_six_months_of_infusions_are_the_courses_plan():
    days = long_term.visits("lengthening", 6.5).visit_days
    assert len(days) == 14
    assert days[-1] // 7 == 22
    assert "14 infusions in 22 weeks" in _story("part-3")


def _letter() -> str:
    return source_of(free_text(MASTERS / "part-3.ipynb"))


def test_the_model_letter_keeps_to_the_length_asked_for():
    letter = _letter()
    words = letter[letter.index("Dear Dr R.") : letter.index("**Rubric**")].split()
    assert "140 to 220 words" in _story("part-3")
    assert 140 <= len(words) <= 220


def test_the_rubric_gives_the_points_of_its_cell():
    cell = free_text(MASTERS / "part-3.ipynb")
    assert rubric_points(cell) == cell["metadata"]["nbgrader"]["points"] == 8


def test_what_earns_nothing_is_said_before_the_letter_and_in_the_rubric():
    rubric = _letter().split("**Rubric**")[1]
    told = next(
        "".join(cell["source"])
        for cell in json.loads((MASTERS / "part-3.ipynb").read_text(encoding="utf-8"))["cells"]
        if cell["id"] == "how-to-write"
    )
    assert "**Critical fail: 0 for the whole letter" in rubric
    for words in (
        "safety or a cure",
        "approved for depression",
        "need no more asking",
        "stop sertraline",
        "at home",
        "letter without a word on suicidal thoughts earns at most 4",
    ):
        assert words in told
        assert words in rubric


def test_the_model_letter_holds_nothing_but_facts_of_the_story():
    letter = _letter()
    letter = letter[letter.index("Dear Dr R.") : letter.index("**Rubric**")]
    plan = _item("maintain-or-stop").options["exit-plan"]
    story = " ".join([plan, *(_story(name) for name in PARTS)])
    for number in re.findall(r"\d+", letter):
        assert re.search(rf"\b{number}\b", story), number
