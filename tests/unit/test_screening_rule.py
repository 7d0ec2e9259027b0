"""Lesson 3: the rule, its table, its vignettes and what other sources would say."""

from __future__ import annotations

import time
from dataclasses import FrozenInstanceError, fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trd.screening import (
    CHOICES,
    CODES,
    DISPOSITIONS,
    FIELDS,
    HEADLINES,
    LIMITS,
    NONE_MEANS_NONE,
    RECORDS,
    RULE,
    SAFETY_FIELDS,
    TOPICS,
    UNKNOWN,
    VIGNETTES,
    Candidate,
    clinic,
    evidence_rows,
    explain,
    options,
    policy,
    row,
    screen,
    severity,
    unknown_fields,
    vignette,
)
from trd.screening.policies import stances
from trd.screening.rule import complete

# What the evidence review's section 9 gives by hand for each code: differences from the defaults.
TRIGGERS = {
    "E1": {"cssrs_ideation": 4},
    "E2": {"systolic_mmhg": 180, "bp_symptoms": True},
    "E3": {"spo2_pct": 89},
    "E4": {"delirium": True},
    "C1": {"vascular_contraindication": True},
    "C2": {"ketamine_allergy": True},
    "C3": {"psychosis": "current"},
    "C4": {"pregnancy": "pos"},
    "C5": {"mania": True},
    "C6": {"weeks_since_mi": 5},
    "C7": {"child_pugh": "C"},
    "C8": {"eye": "open"},
    "C9": {"ketamine_bladder": True},
    "R1": {"setting": "in", "suicidal_behaviour_3mo": True},
    "R2": {"age_years": 17},
    "R3": {"capacity": False},
    "R4": {"adequate_trials": 1},
    "R5": {"psychosis": "past"},
    "R6": {"diagnosis": "BD2"},
    "R7": {"dementia": True},
    "R8": {"substance_use": "active"},
    "R9": {"weeks_since_mi": 6},
    "R10": {"child_pugh": "B"},
    "R11": {"seizures": "uncontrolled"},
    "R12": {"sleep_apnoea": "untreated"},
    "R13": {"eye": "glaucoma_untreated"},
    "D1": {"systolic_mmhg": 141},
    "D2": {"heart_rate_bpm": 111},
    "D3": {"intoxicated": True},
    "D4": {"substance_use": "early"},
    "D5": {"pregnancy": "untested"},
    "D6": {"urinary_symptoms": True},
    "D7": {"alt_x_uln": 3.1},
    "D8": {"uncontrolled_thyroid": True},
    "D9": {"spo2_pct": 93},
    "D10": {"maoi": True},
    "D11": {"theophylline": True},
    "D12": {"bmi": 35, "sleep_apnoea": "unscreened"},
    "D13": {"ecg_needed": True},
    "D14": {"baseline_done": False},
    "D15": {"escort": False},
    "D16": {"fasted": False},
    "F1": {"cssrs_ideation": 3},
    "F2": {"benzodiazepine_mg_diazepam_eq": 8.5},
    "F3": {"stimulant": True},
    "F4": {"opioid": True},
    "F5": {"naltrexone": True},
    "F6": {"lamotrigine": True},
    "F7": {"cyp_interaction": True},
    "F8": {"age_years": 65},
    "F9": {"diagnosis": "BD1", "antimanic": True},
    "F10": {"substance_use": "remission"},
    "F11": {"seizures": "controlled"},
    "F12": {"sleep_apnoea": "treated"},
    "F13": {"psychosis": "past", "psychiatric_clearance": True},
    "F14": {"maoi": True, "maoi_plan": True},
    "F15": {"age_years": 24},
}

# Just on the other side of each limit.
NOT_TRIGGERED = {
    "E1": {"cssrs_ideation": 3},
    "E2": {"systolic_mmhg": 179, "diastolic_mmhg": 119, "bp_symptoms": True},
    "E3": {"spo2_pct": 90},
    "C6": {"weeks_since_mi": 6},
    "R2": {"age_years": 18},
    "R4": {"adequate_trials": 2},
    "R9": {"weeks_since_mi": 52},
    "D1": {"systolic_mmhg": 140, "diastolic_mmhg": 90},
    "D2": {"heart_rate_bpm": 110},
    "D7": {"alt_x_uln": 3},
    "D9": {"spo2_pct": 94},
    "D12": {"bmi": 34.9, "sleep_apnoea": "unscreened"},
    "F2": {"benzodiazepine_mg_diazepam_eq": 8},
    "F8": {"age_years": 64},
    "F15": {"age_years": 25},
}


def found(**differs):
    result = screen(Candidate(**differs))
    return result.reasons + result.conditions


@pytest.mark.parametrize("case", VIGNETTES, ids=lambda case: case.key)
def test_reviewed_vignettes_are_exact(case):
    result = screen(case.candidate)
    assert (result.disposition, result.reasons) == (case.disposition, case.reasons)


def test_there_are_twenty_vignettes():
    assert [case.key for case in VIGNETTES] == [f"V{i:02d}" for i in range(1, 21)]
    looks_bad = {case.key for case in VIGNETTES if case.looks_bad}
    assert looks_bad == {"V02", "V04", "V11", "V13", "V17"}
    assert all(case.disposition == "ELIGIBLE" for case in VIGNETTES if case.looks_bad)
    assert vignette("v11*") is VIGNETTES[10]
    with pytest.raises(ValueError, match="V01 to V20"):
        vignette("V21")


def test_conditions_named_in_the_vignettes():
    # Evidence review, section 10: V04 F8; V11 F6 F9; V13 F5 F10; V17 F1 F2.
    expected = {"V04": "F8", "V11": "F6 F9", "V13": "F5 F10", "V17": "F1 F2"}
    for key, codes in expected.items():
        assert screen(vignette(key).candidate).conditions == tuple(codes.split())


def test_codes_are_those_of_the_evidence_review():
    expected = [
        f"{letter}{i}"
        for letter, n in zip("ECRDF", (4, 9, 13, 16, 15), strict=True)
        for i in range(1, n + 1)
    ]
    assert list(CODES) == expected


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_reachable(code):
    assert code in found(**TRIGGERS[code])


@pytest.mark.parametrize("code", NOT_TRIGGERED)
def test_limits_are_on_the_right_side(code):
    assert code not in found(**NOT_TRIGGERED[code])


@pytest.mark.parametrize(
    ("age", "systolic", "deferred"),
    [(65, 141, True), (65, 140, False), (66, 150, False), (66, 151, True), (66, 145, False)],
)
def test_systolic_limit_rises_above_65(age, systolic, deferred):
    assert ("D1" in found(age_years=age, systolic_mmhg=systolic)) is deferred


def test_crisis_without_symptoms_waits_and_is_reviewed_the_same_week():
    result = screen(Candidate(systolic_mmhg=190, diastolic_mmhg=100))
    assert (result.disposition, result.reasons) == ("DEFER", ("D1",))
    assert "same week" in result.notes[0]


def test_clearances_turn_a_referral_into_a_condition():
    for differs, code in (
        ({"weeks_since_mi": 20, "medical_clearance": True}, "F13"),
        ({"stroke_or_tia": True, "medical_clearance": True}, "F13"),
        ({"child_pugh": "B", "medical_clearance": True}, "F13"),
        ({"psychosis": "past", "psychiatric_clearance": True}, "F13"),
        ({"suicidal_behaviour_3mo": True, "risk_cleared": True}, "F1"),
    ):
        result = screen(Candidate(**differs))
        assert result.disposition == "ELIGIBLE"
        assert code in result.conditions


def test_table_reads_what_it_says():
    """A predicate reads no field that its row does not name."""
    for line in RULE:
        touched = set()

        class Spy:
            def __init__(self, candidate, names):
                self.candidate, self.names = candidate, names

            def __getattr__(self, name):
                self.names.add(name)
                return getattr(self.candidate, name)

        limits = policy().limits
        for differs in TRIGGERS.values():
            line.applies(Spy(Candidate(**differs), touched), limits)
        assert touched <= set(line.reads), line.code
        assert set(line.reads) <= set(FIELDS)


def test_every_code_is_explained():
    for code in CODES:
        words = explain(code)
        assert words.what and words.why and words.until
        assert words.evidence
        assert words.sources_agree == (not words.disagreement)
        if words.disposition != "CONDITION":
            assert words.headline == HEADLINES[words.disposition]
    with pytest.raises(ValueError, match="is not a code"):
        explain("Z9")
    with pytest.raises(ValueError, match="Did you mean 'D14'"):
        explain("d14")


def test_disagreements_of_the_evidence_review_are_marked():
    # Section 11: blood pressure, psychosis, substance use, bipolar, MI window, stroke,
    # intracranial and eye pressure, trials, benzodiazepines and naltrexone, ECG.
    for code in ("D1", "C3", "R5", "R8", "D4", "R6", "C6", "R9", "C8", "R4", "F2", "F5", "D13"):
        assert not explain(code).sources_agree, code


def test_evidence_rows_exist_and_begin_with_the_convention_of_the_course():
    rows = evidence_rows()
    for line in RULE:
        assert set(line.evidence) <= set(rows), line.code
        assert rows[line.evidence[0]].status == "teaching-assumption", line.code


@pytest.mark.parametrize(
    ("code", "name", "printed"),
    [
        ("D1", "screen-surge-systolic", "16/"),
        ("D1", "screen-surge-diastolic", "/11"),
        ("C3", "screen-psychosis-review", "41"),
        ("F1", "screen-clinic-worse-ideation", "6.0 %"),
        ("F2", "screen-ix-benzo-dose", "8 mg"),
        ("D10", "screen-ix-maoi-doses", "43 people"),
        ("R8", "screen-abuse-review", "30 studies"),
        ("R11", "screen-survey-seizure", "6,630"),
        ("D16", "screen-fasting-food", "2 h"),
        ("D16", "screen-fasting-liquid", "30 min"),
    ],
)
def test_numbers_in_words_are_those_of_the_evidence_table(code, name, printed):
    words = explain(code)
    assert printed in " ".join((words.what, words.why, words.until, words.disagreement))
    held = evidence_rows()[name]
    number = printed.strip("/").split()[0].replace(",", "")
    assert number in {held.value, held.value.removesuffix(".0")} or number in held.statement
    assert name in {line.id for line in words.evidence}


def test_headlines_say_what_they_are():
    assert HEADLINES["ELIGIBLE"] == (
        "No barrier found by this teaching rule: go on to specialist consent"
    )
    assert HEADLINES["CONTRAINDICATED"] == "Outside this course's outpatient rule"
    assert set(HEADLINES) == set(DISPOSITIONS)
    assert [severity(name) for name in DISPOSITIONS] == [4, 3, 2, 1, 0]
    with pytest.raises(ValueError, match="not a disposition"):
        severity("MAYBE")


# Values

VALUES = {
    **{name: st.sampled_from(values) for name, values in CHOICES.items()},
    **{
        name: st.integers(int(low), int(high)) if whole else st.floats(low, high)
        for name, (low, high, _unit, whole) in LIMITS.items()
    },
    "systolic_mmhg": st.integers(130, 240),
    "diastolic_mmhg": st.integers(40, 128),
}
for _name in NONE_MEANS_NONE:
    VALUES[_name] = st.none() | VALUES[_name]
VALUES = {name: VALUES.get(name, st.booleans()) for name in FIELDS}
PEOPLE = st.builds(Candidate, **VALUES)
UNKNOWNS = st.sets(st.sampled_from(FIELDS), max_size=12)


def hide(candidate, names):
    return replace(
        candidate, **{name: UNKNOWN if name in NONE_MEANS_NONE else None for name in names}
    )


@settings(max_examples=300, deadline=None)
@given(PEOPLE)
def test_the_first_reason_decides(person):
    result = screen(person)
    kinds = [row(code).disposition for code in result.reasons]
    assert kinds == sorted(kinds, key=DISPOSITIONS.index)
    assert result.disposition == (kinds[0] if kinds else "ELIGIBLE")
    assert list(result.reasons) == [code for code in CODES if code in result.reasons]
    assert all(code[0] == "F" for code in result.conditions)


CONTRAINDICATIONS = {
    "vascular_contraindication": True,
    "ketamine_allergy": True,
    "psychosis": "current",
    "pregnancy": "pos",
    "mania": True,
    "unstable_cardiac": True,
    "weeks_since_mi": 3,
    "child_pugh": "C",
    "raised_icp": True,
    "eye": "open",
    "ketamine_use_disorder": True,
    "ketamine_bladder": True,
}


@settings(max_examples=300, deadline=None)
@given(PEOPLE, st.sampled_from(sorted(CONTRAINDICATIONS)), UNKNOWNS)
def test_adding_a_contraindication_is_never_milder(person, name, unknown):
    before = hide(person, unknown)
    after = replace(before, **{name: CONTRAINDICATIONS[name]})
    assert severity(screen(after).disposition) >= severity(screen(before).disposition)
    assert severity(screen(after).disposition) >= severity("CONTRAINDICATED")


@settings(max_examples=300, deadline=None)
@given(PEOPLE, UNKNOWNS)
def test_unknown_never_becomes_no(person, unknown):
    hidden = hide(person, unknown)
    result = screen(hidden)
    if unknown & set(SAFETY_FIELDS):
        assert "D14" in result.reasons
    if result.disposition == "ELIGIBLE":
        # Nothing that could be hidden there could have been a barrier, whatever it is.
        assert screen(person).disposition == "ELIGIBLE" or unknown <= {"adequate_trials_earlier"}


@pytest.mark.parametrize("name", FIELDS)
def test_one_unknown_field(name):
    result = screen(hide(Candidate(), [name]))
    if name in SAFETY_FIELDS:
        assert result.reasons == ("D14",)
        assert name in result.notes[-1]
    elif name in RECORDS:
        # Not known to be there: the row that needs it says so, if any does.
        assert set(result.reasons) <= {"D14", "D15", "D16"}
    assert unknown_fields(hide(Candidate(), [name])) == (name,)


def test_safety_fields_are_those_e_and_c_rules_read():
    # The fields the evidence review's E and C lines read; stroke is read by C6 under other sources.
    assert set(SAFETY_FIELDS) == {
        "setting",
        "cssrs_ideation",
        "suicidal_behaviour_3mo",
        "risk_cleared",
        "systolic_mmhg",
        "diastolic_mmhg",
        "bp_symptoms",
        "red_flag_symptoms",
        "spo2_pct",
        "delirium",
        "vascular_contraindication",
        "ketamine_allergy",
        "psychosis",
        "pregnancy",
        "mania",
        "unstable_cardiac",
        "weeks_since_mi",
        "child_pugh",
        "raised_icp",
        "eye",
        "ketamine_use_disorder",
        "ketamine_bladder",
        "stroke_or_tia",
    }


def test_none_means_none_in_four_fields_only():
    assert NONE_MEANS_NONE == ("weeks_since_mi", "child_pugh", "eye", "seizures")
    nothing = Candidate(weeks_since_mi=None, child_pugh=None, eye=None, seizures=None)
    assert screen(nothing).disposition == "ELIGIBLE"
    assert screen(Candidate(seizures=UNKNOWN)).reasons == ("D14",)


def test_half_a_pressure_is_judged_by_the_half_that_is_known():
    result = screen(Candidate(systolic_mmhg=None, diastolic_mmhg=125, bp_symptoms=True))
    assert result.disposition == "REFER-EMERGENCY"
    assert result.reasons == ("E2", "D1", "D14")
    low = complete(Candidate(systolic_mmhg=70, diastolic_mmhg=None))
    assert low.diastolic_mmhg < 70


def test_known_danger_stands_beside_the_unknown():
    result = screen(Candidate(psychosis="current", cssrs_ideation=None))
    assert (result.disposition, result.reasons) == ("CONTRAINDICATED", ("C3", "D14"))
    # Behaviour is known, written clearance is not: it is not in hand.
    result = screen(Candidate(suicidal_behaviour_3mo=True, risk_cleared=None))
    assert result.disposition == "REFER-EMERGENCY"


# Impossible values


@pytest.mark.parametrize("name", LIMITS)
def test_impossible_numbers_name_the_limit(name):
    low, high, _unit, whole = LIMITS[name]
    for wrong in (low - 1, high + 1, float("nan"), float("inf"), "5", True, [1]):
        with pytest.raises(ValueError, match=rf"{name} is .*between {low:g} and {high:g}"):
            Candidate(**{name: wrong})
    if whole:
        with pytest.raises(ValueError, match="whole number"):
            Candidate(**{name: low + 0.5})


@pytest.mark.parametrize("name", CHOICES)
def test_impossible_choices_name_the_choices(name):
    with pytest.raises(ValueError, match=f"{name} is 'maybe'.*{CHOICES[name][0]}"):
        Candidate(**{name: "maybe"})
    if name not in NONE_MEANS_NONE:
        with pytest.raises(ValueError, match="must be one of"):
            Candidate(**{name: UNKNOWN})
    with pytest.raises(ValueError, match="must be one of"):
        Candidate(**{name: ["MDD"]})


@pytest.mark.parametrize("wrong", ["yes", 2, 0.5, [], 1])
def test_impossible_answers(wrong):
    with pytest.raises(ValueError, match="True, False, or None"):
        Candidate(mania=wrong)


def test_diastolic_must_be_below_systolic():
    with pytest.raises(ValueError, match="must be below systolic_mmhg, 100"):
        Candidate(systolic_mmhg=100, diastolic_mmhg=100)


def test_a_candidate_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Candidate().mania = True
    assert len(FIELDS) == len(fields(Candidate)) == 58


# Other sources


def test_topics_and_their_sources():
    assert set(TOPICS) == {
        "blood-pressure",
        "psychosis",
        "substance-use",
        "bipolar",
        "heart-attack",
        "stroke",
        "trials",
    }
    rows = evidence_rows()
    for topic in TOPICS:
        offered = options(topic)
        assert offered[0].key == "course"
        assert len({stance.key for stance in offered}) == len(offered) > 2
        for stance in offered:
            assert set(stance.evidence) <= set(rows), stance
            assert (stance.status == "teaching-assumption") == (stance.key == "course")
            assert set(stance.effects) <= set(CODES)
    with pytest.raises(ValueError, match=r"not a topic.*Did you mean 'bipolar'"):
        options("bipolr")
    with pytest.raises(ValueError, match="not a source on stroke"):
        policy({"stroke": "nobody"})


def test_the_course_is_the_default():
    own = policy(dict.fromkeys(TOPICS, "course"))
    assert not own.choices
    for case in VIGNETTES:
        assert screen(case.candidate, own) == screen(case.candidate)
        assert screen(case.candidate, {}) == screen(case.candidate)


@pytest.mark.parametrize(
    ("topic", "key", "differs", "course", "other"),
    [
        ("blood-pressure", "phase-3", {"systolic_mmhg": 145}, "DEFER", "DEFER"),
        ("blood-pressure", "label", {"systolic_mmhg": 145}, "DEFER", "ELIGIBLE"),
        (
            "blood-pressure",
            "label-as-limit",
            {"systolic_mmhg": 145, "age_years": 70},
            "ELIGIBLE",
            "DEFER",
        ),
        ("blood-pressure", "swiss-ketamine-label", {"systolic_mmhg": 170}, "DEFER", "ELIGIBLE"),
        (
            "blood-pressure",
            "swiss-ketamine-label",
            {"systolic_mmhg": 185},
            "DEFER",
            "CONTRAINDICATED",
        ),
        ("psychosis", "label", {"psychosis": "current"}, "CONTRAINDICATED", "ELIGIBLE"),
        ("psychosis", "va", {"psychosis": "past"}, "REFER", "CONTRAINDICATED"),
        ("psychosis", "asra", {"psychosis": "past"}, "REFER", "ELIGIBLE"),
        ("psychosis", "elekt-d", {"psychosis": "current"}, "CONTRAINDICATED", "CONTRAINDICATED"),
        ("substance-use", "label", {"substance_use": "active"}, "REFER", "ELIGIBLE"),
        ("substance-use", "asra", {"substance_use": "early"}, "DEFER", "ELIGIBLE"),
        ("substance-use", "crtce", {"substance_use": "early"}, "DEFER", "DEFER"),
        (
            "substance-use",
            "va",
            {"urine_drug_screen_unexplained": True},
            "DEFER",
            "CONTRAINDICATED",
        ),
        ("bipolar", "va", {"diagnosis": "BD2", "antimanic": True}, "ELIGIBLE", "REFER"),
        ("bipolar", "crtce", {"diagnosis": "BD2"}, "REFER", "ELIGIBLE"),
        ("bipolar", "eu-label", {"mania": True}, "CONTRAINDICATED", "ELIGIBLE"),
        ("heart-attack", "eu-label", {"weeks_since_mi": 20}, "REFER", "ELIGIBLE"),
        ("heart-attack", "phase-3", {"weeks_since_mi": 20}, "REFER", "CONTRAINDICATED"),
        ("heart-attack", "label", {"weeks_since_mi": 2}, "CONTRAINDICATED", "ELIGIBLE"),
        ("stroke", "label", {"stroke_or_tia": True}, "REFER", "ELIGIBLE"),
        (
            "stroke",
            "phase-3",
            {"stroke_or_tia": True, "medical_clearance": True},
            "ELIGIBLE",
            "CONTRAINDICATED",
        ),
        ("trials", "va", {"adequate_trials": 3}, "ELIGIBLE", "REFER"),
        (
            "trials",
            "elekt-d",
            {"adequate_trials": 1, "adequate_trials_earlier": 1},
            "REFER",
            "ELIGIBLE",
        ),
    ],
)
def test_sources_differ_where_the_review_says(topic, key, differs, course, other):
    person = Candidate(**differs)
    assert screen(person).disposition == course
    assert screen(person, {topic: key}).disposition == other


def test_what_a_source_weighs_is_shown():
    result = screen(Candidate(systolic_mmhg=150, fasted=False), {"blood-pressure": "label"})
    assert (result.disposition, result.reasons, result.weigh) == ("DEFER", ("D16",), ("D1",))


def test_unknown_stays_unknown_under_every_source():
    for stance in stances():
        person = Candidate(stroke_or_tia=None, psychosis=None, weeks_since_mi=UNKNOWN)
        result = screen(person, {stance.topic: stance.key})
        assert "D14" in result.reasons


def test_sources_change_who_is_in():
    people = clinic(1000, seed=5)
    counts = {
        (stance.topic, stance.key): sum(
            screen(person, {stance.topic: stance.key}).disposition == "ELIGIBLE"
            for person in people
        )
        for stance in stances()
    }
    for topic in TOPICS:
        assert len({n for (about, _key), n in counts.items() if about == topic}) > 1, topic


def test_a_thousand_people_are_screened_at_once():
    people = clinic(1000, seed=2)
    start = time.perf_counter()
    for person in people:
        screen(person)
    # 50 ms on a quiet machine (the bench row); the margin is for a busy one.
    assert time.perf_counter() - start < 0.5


@pytest.mark.parametrize("ideation", range(6))
@pytest.mark.parametrize("setting", ["in", "out"])
def test_recent_behaviour_without_clearance_always_stops_whatever_the_ideation(setting, ideation):
    # Columbia triage counts behaviour in the past three months as high risk, like items 4 and 5.
    found = screen(Candidate(setting=setting, suicidal_behaviour_3mo=True, cssrs_ideation=ideation))
    assert found.disposition == ("REFER-EMERGENCY" if setting == "out" else "REFER")
    assert found.reasons[0] == ("E1" if setting == "out" else "R1")
