"""Cases of lesson 3: keys that a rule decides equal what the rule says, and so does the prose."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from casetext import Masters, free_text, rubric_points, tables

from trd import evidence
from trd.quiz.masters import items_in, source_of
from trd.quiz.scoring import fraction
from trd.screening import dosing
from trd.screening.candidate import Candidate
from trd.screening.capacity import abilities, judge_capacity
from trd.screening.interactions import find_interaction
from trd.screening.interview import inquiry
from trd.screening.people import virtual_patient
from trd.screening.policies import course_limits
from trd.screening.rule import (
    CODES,
    CONTRAINDICATED,
    DEFER,
    ELIGIBLE,
    EMERGENCY,
    REFER,
    row,
    screen,
)
from trd.screening.simulation import example_logs, perfect_log, replay
from trd.screening.visits import GRADED, next_seed

ROOT = Path(__file__).resolve().parents[2]
MASTERS = ROOT / "solutions" / "03-screening"
LESSON = ROOT / "course" / "03_screening_candidates.ipynb"
CASES = ("case-a", "case-b", "case-c")

# --- the people of the story, as encoded; the tests below hold the story against them --------

MR_T = Candidate(
    age_years=71,
    adequate_trials=4,
    systolic_mmhg=148,
    diastolic_mmhg=86,
    heart_rate_bpm=66,
    spo2_pct=97,
    bmi=26,
    ecg_needed=True,
    ecg_done=True,
    seizures="controlled",
    substance_use="remission",
    naltrexone=True,
    cssrs_ideation=1,
)
MS_R = Candidate(
    age_years=44,
    adequate_trials=4,
    systolic_mmhg=124,
    diastolic_mmhg=76,
    heart_rate_bpm=46,
    spo2_pct=98,
    bmi=21,
    vascular_contraindication=True,
    pregnancy="untested",
)
MS_H = Candidate(
    age_years=33,
    diagnosis="BD2",
    adequate_trials=3,
    cssrs_ideation=3,
    suicidal_behaviour_3mo=True,
    substance_use="early",
    naltrexone=True,
    systolic_mmhg=122,
    diastolic_mmhg=78,
    heart_rate_bpm=74,
    spo2_pct=98,
    pregnancy="neg",
)
MR_G = Candidate(
    age_years=58,
    adequate_trials=4,
    weeks_since_mi=34,
    medical_clearance=True,
    ecg_needed=True,
    ecg_done=True,
    theophylline=True,
    benzodiazepine_mg_diazepam_eq=20,
    opioid=True,
    bmi=33,
)
KG, CM, IDEAL_KG, MG_PER_KG, FORM = 98.0, 172.0, 67.7, 0.5, 216.0
SIMULATION = ("mixed", 66)


_masters = Masters(MASTERS, CASES)
_story, _items, _why = _masters.story, _masters.items, _masters.why


def _visit(name: str, heading: str) -> dict[str, str]:
    """Return the table of what a visit brought, by its first column."""
    text = _story(name)
    (table,) = tables(text[text.index(heading) :].split("\n## ")[0])
    return {line["Nurse P."]: line["Found today"] for line in table}


def _numbers(text: str) -> list[float]:
    return [float(n) for n in re.findall(r"\d+(?:\.\d+)?", text)]


# --- what the story prints -------------------------------------------------------------------


def _pressure(found: dict[str, str]) -> list[tuple[int, int]]:
    cell = next(cell for name, cell in found.items() if name.startswith("Pressure"))
    return [tuple(map(int, pair)) for pair in re.findall(r"(\d+)/(\d+)", cell)]  # type: ignore[misc]


def _beats(found: dict[str, str]) -> int:
    cell = next(cell for name, cell in found.items() if "ulse" in name)
    return int(re.search(r"(\d+)/min", cell)[1])  # type: ignore[index]


def test_mr_t_is_told_as_he_is_encoded():
    text, found = _story("case-a"), _visit("case-a", "### What the visit brings: Mr T.")
    assert f"“Mr T. is {MR_T.age_years}." in text
    assert _pressure(found)[0] == (MR_T.systolic_mmhg, MR_T.diastolic_mmhg)
    for second in _pressure(found):
        assert screen(replace(MR_T, systolic_mmhg=second[0], diastolic_mmhg=second[1])) == screen(
            MR_T
        )
    assert _beats(found) == MR_T.heart_rate_bpm
    assert _numbers(found["Pulse, oxygen, BMI"])[1:] == [MR_T.spo2_pct, MR_T.bmi]
    assert found["C-SSRS, past month"].startswith(f"level {MR_T.cssrs_ideation}; no suicidal")
    assert "three years" in found["Alcohol"]
    assert "naltrexone" in found["Alcohol"]
    assert "drops every night" in found["Eyes"]
    assert "none for six years" in found["Seizures"]
    assert "done and read" in found["ECG, because of the hypertension"]


def test_ms_r_is_told_as_she_is_encoded():
    text, found = _story("case-a"), _visit("case-a", "### What the visit brings: Ms R.")
    assert f"“Ms R., {MS_R.age_years}, " in text
    assert _pressure(found)[0] == (MS_R.systolic_mmhg, MS_R.diastolic_mmhg)
    assert _beats(found) == MS_R.heart_rate_bpm
    assert "aneurysm on the artery of my spleen" in found["Vessels, asked by name"]
    assert found["Pregnancy"] == "possible; no test yet"
    assert "No rash, no swelling" in found["The “allergy”"]
    assert found["C-SSRS, past month"] == "0"


def test_ms_h_is_told_as_she_is_encoded():
    text, found = _story("case-b"), _visit("case-b", "### What the visit brings: Ms H.")
    assert f"“Ms H., {MS_H.age_years}, " in text
    assert found["C-SSRS, past month"].startswith(f"level {MS_H.cssrs_ideation}:")
    assert found["Behaviour"].startswith("“Five weeks ago")
    assert "No psychiatrist has assessed this in writing" in found["Behaviour"]
    assert "none for seven weeks" in found["Alcohol"]
    assert "I take nothing for it" in found["Highs"]
    assert _pressure(found) == [(MS_H.systolic_mmhg, MS_H.diastolic_mmhg)]
    assert "fifteen years ago" in found["Earlier"]
    assert MS_H.age_years == 18 + 15
    assert "comes from home" in text


def test_mr_g_is_told_as_he_is_encoded():
    text = _story("case-b")
    assert f"Mr G., {MR_G.age_years}," in text
    assert f"stent was placed {MR_G.weeks_since_mi} weeks ago" in text
    assert "his cardiologist has written that nothing speaks against" in text
    assert f"about {MR_G.benzodiazepine_mg_diazepam_eq} mg a day in diazepam equivalents" in text
    # With the letter on file the theophylline is what stands between him and Tuesday.
    assert screen(MR_G).reasons == ("D11",)
    assert screen(replace(MR_G, medical_clearance=False)).reasons == ("R9", "D11")


def test_the_dosing_sheet_prints_what_the_keys_rest_on():
    text = _story("case-b")
    orders = {line["Line"]: line["Order"] for line in tables(text)[-1]}
    share = float(evidence.rows()["screen-weight-adjusted"].value)
    bmi = evidence.rows()["screen-weight-bmi"].value
    assert orders["Dose, first infusion"] == f"{MG_PER_KG:g} mg/kg of the dosing weight"
    assert (
        f"from a BMI of {bmi} on, adjusted weight = ideal + {share:g} ×"
        in (orders["Dosing weight"])
    )
    assert f"{CM:g} cm, {KG:g} kg, BMI {dosing.bmi(KG, CM):.0f}" in text
    assert f"The table gives {IDEAL_KG:g} kg" in text
    assert dosing.ideal_weight_kg(CM, "male") == pytest.approx(IDEAL_KG, abs=0.05)
    assert f"“weight {FORM:g}”" in text
    assert f"{FORM * MG_PER_KG:g} mg" in text


#: Line of the table -> column -> row and field of the evidence.
SISTER = [
    ("Su: free of the thoughts at 4 hours", "screen-su-4h-ketamine", "screen-su-4h-midazolam"),
    ("Su: free of them on day 14", "screen-su-day14-ketamine", "screen-su-day14-midazolam"),
    (
        "Abbar: thoughts fully gone on day 3",
        "screen-abbar-day3-ketamine",
        "screen-abbar-day3-saline",
    ),
]


def test_the_sisters_table_prints_the_evidence():
    rows = evidence.rows()
    printed = {line["Measured"]: line for line in tables(_story("case-b"))[2]}
    for measured, ketamine, other in SISTER:
        assert printed[measured]["Ketamine"] == f"{rows[ketamine].value} %"
        assert printed[measured]["Other"] == f"{rows[other].value} %"
    attempts = printed["Abbar: suicide attempts by week 6"]
    for column, name in (
        ("Ketamine", "screen-abbar-attempts-ketamine"),
        ("Other", "screen-abbar-attempts-saline"),
    ):
        assert attempts[column] == f"{rows[name].value} of {rows[name].n}"
    assert len(printed) == len(SISTER) + 1


def test_the_free_clinic_does_not_offer_the_graded_person():
    assert SIMULATION in GRADED
    scenario, seed = SIMULATION
    assert next_seed((), scenario, seed - 1) == seed + 1


def test_the_story_names_the_person_behind_the_panel():
    scenario, seed = SIMULATION
    person = virtual_patient(seed, scenario)
    assert person.initials == "P. B."
    assert f"{person.initials} is in the waiting room" in _story("case-a")
    assert f"for {person.initials} under" in _items()["third-letter"][1].stem


# --- keys ------------------------------------------------------------------------------------

#: How the rule decides a key, from the item's public half.
Decide = Callable[[Any], Any]


def _by_disposition(candidate: Candidate, options: dict[str, str]) -> Decide:
    def decide(item: Any) -> str:
        assert set(options.values()) == set(item.options)
        return options[screen(candidate).disposition]

    return decide


def _whose_limit(item: Any) -> dict[str, str]:
    sources = {
        "phase-three": "phase-3",
        "us-label": "label",
        "one-stop": "label-as-limit",
        "swiss": "swiss-ketamine-label",
    }
    printed = {
        "phase-three": [140, 150, 65, 90],
        "us-label": [140, 90],
        "one-stop": [140, 90],
        "swiss": [180, 100],
    }
    assert f"{MR_T.systolic_mmhg}/{MR_T.diastolic_mmhg} mmHg" in item.stem
    assert f"age of {MR_T.age_years}" in item.stem
    found = {}
    for prompt, source in sources.items():
        words = item.prompts[prompt].replace("phase 3", "")
        assert _numbers(words) == printed[prompt]
        verdict = screen(MR_T, {"blood-pressure": source})
        found[prompt] = (
            "weighed"
            if "D1" in verdict.weigh
            else {DEFER: "waits", CONTRAINDICATED: "barred", ELIGIBLE: "no-objection"}[
                verdict.disposition
            ]
        )
    return found


def _codes_found(candidate: Candidate, codes: dict[str, str]) -> Decide:
    """Keys are the options whose code the rule returns; every reason is among the options."""

    def decide(item: Any) -> set[str]:
        assert set(codes) == set(item.options)
        reasons = screen(candidate).reasons
        assert set(reasons) <= set(codes.values())
        grave = {option for option, code in codes.items() if code in reasons and code[0] in "EC"}
        assert set(item.secret.critical) == grave
        assert "eaving out an emergency or a contraindication earns nothing" in item.stem
        return {option for option, code in codes.items() if code in reasons}

    return decide


def _mr_t_plan(item: Any) -> set[str]:
    conditions = screen(MR_T).conditions
    codes = {"safety-plan": "F1", "antiseizure": "F11"}
    naltrexone = find_interaction("naltrexone")
    assert naltrexone is not None
    assert naltrexone.action == "Do not stop it for ketamine."
    assert inquiry("test", "vessel-scan").wasteful
    assert set(item.options) == {*codes, "naltrexone-out", "scan"}
    rows = evidence.rows()
    call = rows["screen-rule-call"]
    assert f"after {call.low} to {call.high} hours" in item.options["safety-plan"]
    assert f"on day {rows['screen-rule-call-week'].value}" in item.options["safety-plan"]
    return {option for option, code in codes.items() if code in conditions}


def _nine_years(item: Any) -> str:
    # The rule reads whether there is one: neither its size nor the rate of an infusion.
    assert row("C1").reads == ("vascular_contraindication",)
    assert "unless vascular and neurological specialists write" in row("C1").until
    assert screen(MS_R).disposition == CONTRAINDICATED
    (key,) = [option for option, words in item.options.items() if "Thursday" not in words]
    return key


def _reading_order(item: Any) -> list[str]:
    codes = {
        "headache": "E2",
        "cirrhosis": "C7",
        "second-opinion": "R5",
        "theophylline": "D11",
        "sixty-seven": "F8",
    }
    person = Candidate(
        systolic_mmhg=186,
        diastolic_mmhg=122,
        bp_symptoms=True,
        child_pugh="C",
        psychosis="past",
        theophylline=True,
        age_years=67,
    )
    assert item.options["headache"].startswith("186/122 mmHg")
    verdict = screen(person)
    assert set(codes.values()) <= {*verdict.reasons, *verdict.conditions}
    assert set(codes) == set(item.options)
    return sorted(codes, key=lambda option: CODES.index(codes[option]))


def _canal_order(item: Any) -> list[str]:
    orders = {line["Line"]: line["Order"] for line in tables(_story("case-b"))[1]}
    assert "before any other step" in orders["Company"]
    assert "before anybody outside is called" in orders["Telling"]
    assert "when the service has accepted" in orders["Handover"]
    assert "once the person is with the emergency service" in orders["Letter"]
    before = [
        *(("stay", other) for other in item.options if other != "stay"),
        ("tell-him", "service"),
        ("tell-him", "letter"),  # the referrer is outside as well
        ("service", "hand-over"),
        ("hand-over", "letter"),
    ]
    (only,) = [
        order
        for order in permutations(item.options)
        if all(order.index(first) < order.index(second) for first, second in before)
    ]
    return list(only)


def _mr_g_list(item: Any) -> dict[str, str]:
    said = {
        "switched": "Switch the drug, or wait.",
        "no-sudden-stop": "never stop abruptly",
        "capnography": "capnography",
        "as-before": "Continue.",
    }
    assert set(item.options) == {*said, "not-listed"}
    found = {}
    for prompt, drug in item.prompts.items():
        known = find_interaction(drug)
        if known is None:
            found[prompt] = "not-listed"
            continue
        (found[prompt],) = [option for option, words in said.items() if words in known.action]
    assert "24 h" in item.options["capnography"]
    return found


def _how_strong(item: Any) -> dict[str, str]:
    theophylline, benzodiazepine = map(find_interaction, ("theophylline", "diazepam"))
    juice, rifampicin = map(find_interaction, ("grapefruit juice", "rifampicin"))
    assert theophylline and benzodiazepine and juice and rifampicin
    assert all("label" in each.value for each in theophylline.evidence)
    assert [each.sources_agree for each in (theophylline, juice, rifampicin)] == [True] * 3
    assert not benzodiazepine.sources_agree
    assert "No trial of an inhibitor with ketamine by vein was seen" in juice.evidence[-1].value
    assert "only by 14 % by vein" in rifampicin.evidence[0].value
    limit = evidence.rows()["screen-ix-benzo-dose"].value
    assert f"above {limit} mg of diazepam" in item.prompts["blunting"]
    return {"threshold": "label-text", "blunting": "both-ways", "juice": "mouth"} | {
        "rifampicin": "vein"
    }


def _first_dose(item: Any) -> float:
    assert item.unit == "mg"
    by_table = dosing.absolute_mg(dosing.adjusted_weight_kg(KG, IDEAL_KG), MG_PER_KG)
    whole = dosing.dosing_weight(KG, CM, "male", MG_PER_KG)
    assert whole.basis == "adjusted"
    assert by_table == pytest.approx(whole.dose_mg, abs=item.secret.tolerance)
    return round(by_table, 1)


def _the_factor(item: Any) -> float:
    error = dosing.pounds_error(KG, MG_PER_KG)
    assert error.typed_lb == pytest.approx(FORM, abs=0.5)
    assert f"{KG:g} kg" in item.stem
    assert f"{FORM * MG_PER_KG:g} mg" in item.stem
    assert round(error.ratio, 1) == round(FORM / KG, 1)
    return round(error.ratio, 1)


def _four_findings() -> dict[str, str]:
    """What the key of the matching item says of each ability."""
    key = _items()["four-answers"][1].secret.key
    return dict(value.rsplit("-", 1) for value in key.values())


def _mr_z_next(item: Any) -> str:
    findings = _four_findings()
    assert set(findings) == {ability.key for ability in abilities()}
    verdict = screen(Candidate(age_years=49, adequate_trials=5, capacity=judge_capacity(findings)))
    assert (verdict.disposition, verdict.reasons) == (REFER, ("R3",))
    assert "legal route" in row("R3").until
    # Presumed, then tested: nobody is without capacity for how severe it is.
    assert evidence.rows()["screen-consent-presume"].statement == "Presume capacity, then test it"
    (key,) = [option for option, words in item.options.items() if "the law’s route" in words]
    return key


def _free_choice(item: Any) -> set[str]:
    asked = evidence.rows()["screen-consent-desperation"].statement
    assert asked.startswith("Desperation does not void consent")
    wanted = {
        "price-stands": "no payment deadline",
        "what-if-not": "a plan if there is no benefit",
        "other-ways": "alternatives, time",
    }
    assert set(item.options) == {*wanted, "despair", "both-sign"}
    return {option for option, words in wanted.items() if words in asked}


def _the_flat_hand(item: Any) -> str:
    rows = evidence.rows()
    assert rows["screen-consent-stop"].statement == (
        "Any agreed word or sign stops the pump; stay, reassure, monitor, do not debate"
    )
    assert rows["screen-consent-stop-after"].statement.startswith("No new consent until oriented")
    assert "a flat raised hand, or the word “harbour”, means stop" in _story("case-c")
    (key,) = [o for o, words in item.options.items() if words.startswith("Stop the pump, stay")]
    return key


def _hold_me(item: Any) -> str:
    rule = evidence.rows()["screen-consent-touch-narrow"].statement
    assert "may narrow during treatment, never widen" in rule
    text = _story("case-c")
    assert "| Hand on my forearm | yes, by Nurse J. |" in text
    assert "| Hugs, holding, hand on the head | no |" in text
    (key,) = [o for o, words in item.options.items() if "on her forearm as written" in words]
    return key


RULES: dict[str, Decide] = {
    "mr-t-outcome": _by_disposition(
        MR_T,
        {
            ELIGIBLE: "consent-next",
            DEFER: "pressure-waits",
            REFER: "letters-first",
            CONTRAINDICATED: "family-vessels",
        },
    ),
    "whose-limit": _whose_limit,
    "mr-t-plan": _mr_t_plan,
    "ms-r-reasons": _codes_found(
        MS_R,
        {
            "chart": "C2",
            "pulse": "D2",
            "migraine": "E3",
            "splenic-artery": "C1",
            "no-test": "D5",
        },
    ),
    "nine-years": _nine_years,
    "reading-order": _reading_order,
    "ms-h-reasons": _codes_found(
        MS_H,
        {
            "at-eighteen": "F1",
            "seven-weeks": "D4",
            "tablet": "F5",
            "five-weeks-ago": "E1",
            "no-cover": "R6",
        },
    ),
    "sixteen-twenty": _by_disposition(
        MS_H,
        {ELIGIBLE: "bridge", REFER: "monday", EMERGENCY: "same-day", DEFER: "home"},
    ),
    "canal-order": _canal_order,
    "mr-g-list": _mr_g_list,
    "how-strong": _how_strong,
    "first-dose": _first_dose,
    "the-factor": _the_factor,
    "mr-z-next": _mr_z_next,
    "free-choice": _free_choice,
    "the-flat-hand": _the_flat_hand,
    "hold-me": _hold_me,
}
#: Decided by reading the evidence or what somebody says, which no model does; checked below.
JUDGED = {"to-the-sister", "four-answers"}
REPLAYED = {"third-letter"}


def test_every_item_is_decided_by_a_rule_or_listed_as_judged():
    assert set(_items()) == set(RULES) | JUDGED | REPLAYED


@pytest.mark.parametrize("item_id", RULES)
def test_key_is_what_the_rule_says(item_id):
    _, item = _items()[item_id]
    key = item.secret.key
    if item.kind == "multiple_response":
        key = set(key)
    expected = RULES[item_id](item)
    if isinstance(key, float):
        expected = pytest.approx(expected)
    assert key == expected


@pytest.mark.parametrize(
    ("item_id", "critical"),
    [("ms-r-reasons", "splenic-artery"), ("ms-h-reasons", "five-weeks-ago")],
)
def test_who_misses_the_gravest_reason_earns_nothing(item_id, critical):
    _, item = _items()[item_id]
    rest = [name for name in item.secret.key if name != critical]
    assert fraction(item, item.secret.key) == 1
    assert fraction(item, [critical]) > 0
    assert fraction(item, rest) == 0


def test_every_ability_is_looked_at_once_and_one_is_absent():
    findings = _four_findings()
    assert sorted(findings) == sorted(ability.key for ability in abilities())
    assert [name for name, finding in findings.items() if finding == "absent"] == ["appreciate"]
    for quote in _items()["four-answers"][1].prompts.values():
        for piece in re.split(" … ", quote.strip("“”")):
            assert piece.strip("“” …") in _story("case-c")


def test_ms_e_shows_what_mr_z_does_not():
    text = _story("case-c")
    for words in ("Ms E., 36, has as severe an episode", "If it fails I am as low as now"):
        assert words in text
    assert judge_capacity(dict.fromkeys(_four_findings(), "present")) is True


# --- the simulation --------------------------------------------------------------------------


def _simulated(log: list[dict[str, Any]]) -> dict[str, Any]:
    return {"run": 1, "completed": True, "log": log}


def test_the_person_of_the_simulation_is_what_its_rationale_says():
    _, item = _items()["third-letter"]
    assert (item.scenario, item.seed) == SIMULATION
    person = virtual_patient(item.seed, item.scenario)
    verdict = screen(person.candidate)
    assert (verdict.disposition, verdict.reasons) == (CONTRAINDICATED, ("C9",))
    assert person.candidate.ketamine_use_disorder
    assert person.looks_fine
    assert "dependence" in person.answers["ketamine"]
    assert "Thyroid" in person.letter
    assert not person.candidate.uncontrolled_thyroid
    assert person.candidate.maoi
    assert person.candidate.maoi_plan
    assert person.answers["drug-screen"] == "Negative."
    assert "ketamine" not in person.answers["substances"].lower()


def test_the_simulation_pays_for_asking_and_nothing_for_trusting_the_letter():
    _, item = _items()["third-letter"]
    perfect = perfect_log(item.scenario, item.seed)
    assert fraction(item, _simulated(perfect)) == 1
    assert replay(item.scenario, item.seed, perfect).critical_errors == ()
    *_, trusting, blind = example_logs(item.scenario, item.seed)
    for log in (trusting, blind):
        assert fraction(item, _simulated(log)) == 0
    assert fraction(item, {**_simulated(perfect), "completed": False}) == 0


def test_the_simulation_says_how_it_is_marked():
    text = _story("case-a")
    for words in (
        "**Open book:**",
        "**last completed run**",
        "the decision with a reason that came to light",
        "earns nothing",
        "Fasting is not marked",
    ):
        assert words in text


# --- what a key rests on ---------------------------------------------------------------------


def test_the_lesson_prints_what_the_cases_ask_of_the_rule():
    cells = {
        cell["id"]: "".join(cell["source"]) for cell in json.loads(LESSON.read_text())["cells"]
    }
    answers = {line["Answer"]: line["Examples"] for line in tables(cells["rule"])[0]}
    waits = answers["**Wait**"]
    limits = course_limits()
    low, high = limits.heart_rate_low_bpm, limits.heart_rate_high_bpm
    assert f"pulse under {low:g} or over {high:g}" in waits  # ms-r-reasons
    assert "ketamine use disorder" in answers["**Outside the outpatient rule**"]  # third-letter
    assert "“Ever taken ketamine" in cells["ask-by-name"]
    assert "glaucoma" in answers["**No barrier found:** on to specialist consent"]  # mr-t-outcome
    assert "worst headache" in answers["**Emergency:** same-day assessment, no infusion"]


def test_no_question_is_answered_by_what_stands_behind_it():
    stem = _items()["mr-t-plan"][1].stem
    assert stem.startswith("Suppose somebody with Mr T.’s findings")
    # One of the ways on takes the aneurysm for no obstacle, so that naming it gives nothing away.
    assert "Thursday stands: nine years" in _items()["nine-years"][1].options["stable"]
    # The order set is for somebody whose risk is stated: what follows for Ms H. is not.
    text = _story("case-b")
    order_set = text[text.index("## Next door") : text.index("## What the sister has read")]
    assert "level 5" in order_set
    assert screen(Candidate(cssrs_ideation=5)).reasons == ("E1",)
    item = _items()["canal-order"][1]
    assert "Ms H." not in order_set + item.stem + " ".join(item.options.values())
    assert "without an offer on the desk" not in _story("case-c")


#: Evidence behind keys that no rule named in the question decides.
RESTS_ON = {
    "whose-limit": ["screen-phase3-systolic-65", "screen-phase3-diastolic"],
    "to-the-sister": [
        "screen-su-4h-ketamine",
        "screen-su-day14-midazolam",
        "screen-abbar-attempts-ketamine",
        "screen-not-prevention",
    ],
    "how-strong": [
        "screen-ix-theophylline",
        "screen-ix-benzo-dose",
        "screen-ix-benzo-trial",
        "screen-ix-benzo-esketamine",
        "screen-ix-grapefruit",
        "screen-ix-rifampicin-iv",
    ],
    "four-answers": ["screen-consent-abilities", "screen-consent-appreciation"],
}
#: Words of a question that name the convention it goes by.
NAMED = ("the course’s rule", "the order set", "the course’s table", "as worded here")
#: The question does a sum with numbers that it prints.
SUMS = {"the-factor"}


@pytest.mark.parametrize("item_id", RESTS_ON)
def test_no_key_rests_on_hearsay_and_its_sources_are_cited(item_id):
    rows = evidence.rows()
    cited = set(_items()[item_id][1].secret.cite)
    for name in RESTS_ON[item_id]:
        assert rows[name].status in ("verified", "derived"), name
        assert cited & set(rows[name].sources), name


def test_every_other_question_names_the_rule_it_goes_by():
    for item_id, (_, item) in _items().items():
        if item_id not in RESTS_ON and item_id not in SUMS:
            assert any(words in item.stem for words in NAMED), item_id


def test_sources_worded_in_a_question_are_worded_as_in_their_rows():
    prompts = _items()["whose-limit"][1].prompts
    for prompt, names in (
        ("us-label", ("screen-us-label-systolic", "screen-us-label-diastolic")),
        ("swiss", ("screen-swiss-systolic", "screen-swiss-diastolic")),
    ):
        assert "cop" in prompts[prompt]  # read in a copy, and the question says so
        for name in names:
            assert evidence.rows()[name].status == "secondary"
            assert float(evidence.rows()[name].value) in _numbers(prompts[prompt])


def _row(name: str) -> Any:
    return evidence.rows()[f"screen-{name}"]


#: Figures that a rationale quotes: item, option, the words, and the row they come from.
QUOTED = [
    ("mr-t-outcome", "pressure-waits", "{value} systolic", "phase3-systolic-65"),
    ("mr-t-plan", "safety-plan", "{value} % of the {n} people", "clinic-worse-ideation"),
    ("mr-t-plan", "naltrexone-out", "{n} people", "ix-naltrexone-trial"),
    ("nine-years", "gentle", "{value} % of people", "surge-severe-people"),
    ("reading-order", "headache", "({value} or", "rule-emergency-systolic"),
    ("reading-order", "headache", "or {value} and more", "rule-emergency-diastolic"),
    ("reading-order", "cirrhosis", "{low} to {high} Child-Pugh points", "childpugh-c"),
    ("to-the-sister", "useless", "{value} against", "su-4h-ketamine"),
    ("to-the-sister", "useless", "against {value} %", "su-4h-midazolam"),
    ("to-the-sister", "harmful", "{value} of {n} against", "abbar-attempts-ketamine"),
    ("to-the-sister", "harmful", "against {value} of {n}", "abbar-attempts-saline"),
    ("mr-g-list", "clonazepam", "{value} mg in diazepam equivalents", "ix-benzo-dose"),
    ("mr-g-list", "clonazepam", "{n} people", "ix-benzo-dose"),
    ("mr-g-list", "clopidogrel", "{value}-fold", "ix-ticlopidine"),
    ("how-strong", "blunting", "at {value} mg", "ix-benzo-dose"),
]


@pytest.mark.parametrize(("item_id", "option", "words", "name"), QUOTED)
def test_rationales_quote_their_rows(item_id, option, words, name):
    found = _row(name)
    filled = words.format(value=found.value, n=found.n, low=found.low, high=found.high)
    assert filled in _why(item_id, option)


def test_figures_quoted_in_other_words():
    surge = [float(_row(name).value) for name in ("surge-systolic", "surge-diastolic")]
    assert "{:g}/{:g} mmHg".format(*surge) in _why("ms-r-reasons", "splenic-artery")
    assert float(_row("ix-grapefruit").value) == 3
    assert "threefold" in _why("how-strong", "juice")
    oral, vein = (
        _row(name).value.lstrip("-") for name in ("ix-rifampicin-oral", "ix-rifampicin-iv")
    )
    assert f"{oral} % by mouth and by {vein} % by vein" in _why("how-strong", "rifampicin")
    assert "two thirds" in _why("to-the-sister", "replaces").lower()
    assert 100 - float(_row("su-4h-ketamine").value) == pytest.approx(67, abs=0.5)
    early = int(_row("rule-substance").value)
    assert early == 3
    assert "less than three months" in _why("ms-h-reasons", "seven-weeks")


# --- numbers a person types ------------------------------------------------------------------

_ADDED = 0.4 * (KG - IDEAL_KG)
_RIGHT = (IDEAL_KG + _ADDED) * MG_PER_KG

#: The wrong ways that the common errors name, worked out.
WRONG_WAYS = {
    "first-dose": {
        "measured weight": KG * MG_PER_KG,
        "ideal weight": IDEAL_KG * MG_PER_KG,
        "0.4 of the whole": (IDEAL_KG + 0.4 * KG) * MG_PER_KG,
        "the weight itself": IDEAL_KG + _ADDED,
        "added part alone": _ADDED * MG_PER_KG,
    },
    "the-factor": {
        "adjusted weight": FORM * MG_PER_KG / _RIGHT,
        "upside down": KG / FORM,
        "difference in mg": (FORM - KG) * MG_PER_KG,
        "difference of weights": FORM - KG,
        "half forgotten": FORM * MG_PER_KG / KG,
    },
}
#: What honest rounding on the way gives.
HONEST = {
    "first-dose": [_RIGHT, 39.9, 39.91, 39.92, 40, 40.0],
    "the-factor": [2.2, 2.20, 2.204, 2.205],
}


@pytest.mark.parametrize("item_id", WRONG_WAYS)
def test_honest_rounding_passes_and_each_named_wrong_way_fails(item_id):
    _, item = _items()[item_id]
    secret = item.secret
    for value in HONEST[item_id]:
        assert fraction(item, value) == 1, value
    named = [float(value) for value in secret.common_errors]
    for way, value in WRONG_WAYS[item_id].items():
        assert fraction(item, value) == 0, way
        assert any(abs(round(value, 2) - each) <= secret.tolerance + 1e-9 for each in named), way
    for value in named:
        assert abs(value - secret.key) > secret.tolerance
        assert item.minimum <= value <= item.maximum
    # The first error within the tolerance is shown, so two must not claim the same answer.
    assert all(abs(a - b) > secret.tolerance for a in named for b in named if a is not b)


# --- the assignment as a whole ---------------------------------------------------------------


def test_every_objective_and_every_type_is_covered():
    items = [item for _, item in _items().values()]
    assert len(items) >= 15
    assert {item.objective for item in items} == {f"LO-3.{n}" for n in range(1, 9)}
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


def test_fasting_is_not_graded():
    for item_id, (_, item) in _items().items():
        words = " ".join([item.stem, *item.options.values(), *item.prompts.values()]).lower()
        assert not re.search(r"\bfast(?:ed|ing)\b|nil by mouth", words), item_id


def _free_text() -> dict[str, Any]:
    return free_text(MASTERS / "case-c.ipynb")


def test_the_model_answer_keeps_to_the_length_asked_for():
    answer = source_of(_free_text())
    words = answer[answer.index("Dear Ms E.,") : answer.index("**Rubric**")].split()
    assert 100 <= len(words) <= 150


def test_the_rubric_gives_the_points_of_its_cell():
    cell = _free_text()
    assert rubric_points(cell) == cell["metadata"]["nbgrader"]["points"]


def test_no_dose_stands_in_the_letter():
    assert not re.search(r"\d\s*mg", source_of(_free_text()))
