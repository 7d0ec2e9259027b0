"""The work-up of one person: what everybody needs, what this person needs, what is left out.

What a result could change is not written down here: it is worked out from the rule, so a test
that no line of the rule reads shows as what it is.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import cache

from trd.screening.candidate import CHOICES, LIMITS, NONE_MEANS_NONE, Candidate, unknown_fields
from trd.screening.policies import course_limits
from trd.screening.rule import RULE, Screening, complete, row, screen

EVERYBODY = "everybody"
BECAUSE = "because"
NOT_HERE = "not-here"
GROUPS: tuple[str, ...] = (BECAUSE, NOT_HERE, EVERYBODY)
"""Where an item stands, in the order in which a reader meets them."""

COURSE = "course"
DRAFT = "bc-draft"
CONSENSUS = "consensus-2017"
SOURCES: tuple[str, ...] = (COURSE, DRAFT, CONSENSUS)
"""Whose wish decides on the tests about which sources differ."""

AGES: tuple[str, ...] = ("18-24", "25-49", "50-59", "60-64", "65+")
"""Bands between the ages at which the rule or the course's list changes."""

_AGE_YEARS = {"18-24": 21, "25-49": 40, "50-59": 55, "60-64": 62, "65+": 70}
_FROM_50 = ("50-59", "60-64", "65+")
_FROM_60 = ("60-64", "65+")

FEATURES: dict[str, tuple[str, ...]] = {
    "age": AGES,
    "pregnancy": ("impossible", "possible", "not-asked"),
    "heart": ("none", "hypertension", "disease", "fainting"),
    "liver": ("none", "alcohol", "disease"),
    "sleep": ("none", "unscreened", "untreated", "treated"),
    "series": ("first", "repeat"),
}
"""Choices of the features that are not simply there or not."""


@dataclass(frozen=True)
class Person:
    """What the referral says of somebody.

    Attributes
    ----------
    age : {"18-24", "25-49", "50-59", "60-64", "65+"}
        Band in years.
    pregnancy : {"impossible", "possible", "not-asked"}
    heart : {"none", "hypertension", "disease", "fainting"}
        Nothing known; treated hypertension; heart disease or arrhythmia; fainting, or a medicine
        that prolongs QT.
    liver : {"none", "alcohol", "disease"}
        Nothing known; drinks heavily; liver disease.
    sleep : {"none", "unscreened", "untreated", "treated"}
        Nothing known; BMI of 35 or more and never screened; sleep apnoea without or with treatment.
    series : {"first", "repeat"}
        First course of infusions, or a further one.
    urinary_symptoms, diabetes, bipolar, stimulant, benzodiazepine, opioid, maoi : bool

    Raises
    ------
    ValueError
        For a value that does not exist.
    """

    age: str = "50-59"
    pregnancy: str = "impossible"
    heart: str = "hypertension"
    liver: str = "none"
    sleep: str = "none"
    series: str = "first"
    urinary_symptoms: bool = False
    diabetes: bool = False
    bipolar: bool = False
    stimulant: bool = False
    benzodiazepine: bool = False
    opioid: bool = False
    maoi: bool = False

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            allowed = FEATURES.get(field.name)
            if allowed is not None and value not in allowed:
                raise ValueError(
                    f"{field.name} is {value!r}; it must be one of {', '.join(allowed)}."
                )
            if allowed is None and value is not True and value is not False:
                raise ValueError(f"{field.name} is {value!r}; it must be True or False.")


def ecg_reasons(person: Person) -> tuple[str, ...]:
    """Return why the course's list asks for an ECG; empty when it does not."""
    found = []
    if person.heart == "disease":
        found.append("heart disease or arrhythmia")
    if person.heart == "fainting":
        found.append("fainting, or a medicine that prolongs QT")
    risks = [
        name
        for name, there in (
            ("hypertension", person.heart == "hypertension"),
            ("diabetes", person.diabetes),
        )
        if there
    ]
    if risks and person.age in _FROM_50:
        found.append(f"50 or older with {' and '.join(risks)}")
    if person.age == "65+":
        found.append("65 or older")
    return tuple(found)


#: Fields whose value a feature settles, so that no test can change it.
def _settled(person: Person) -> frozenset[str]:
    settled = {"age_years", "setting", "ecg_needed"}
    if person.pregnancy == "impossible":
        settled.add("pregnancy")
    if person.liver != "disease":
        settled.add("child_pugh")
    if person.sleep in ("untreated", "treated"):
        settled.add("sleep_apnoea")
    if person.bipolar:
        settled.add("diagnosis")
    settled |= {name for name in ("stimulant", "opioid", "maoi") if getattr(person, name)}
    return frozenset(settled)


def candidate_of(person: Person) -> Candidate:
    """Return what the rule knows of a person before anything has been asked or ordered."""
    return Candidate(
        age_years=_AGE_YEARS[person.age],
        diagnosis="BD2" if person.bipolar else None,
        moderate_or_severe=None,
        adequate_trials=None,
        adequate_trials_earlier=None,
        capacity=None,
        cssrs_ideation=None,
        suicidal_behaviour_3mo=None,
        risk_cleared=None,
        psychosis=None,
        mania=None,
        antimanic=None,
        psychiatric_clearance=None,
        delirium=None,
        dementia=None,
        substance_use=None,
        ketamine_use_disorder=None,
        urine_drug_screen_unexplained=None,
        intoxicated=None,
        systolic_mmhg=None,
        diastolic_mmhg=None,
        heart_rate_bpm=None,
        bp_symptoms=None,
        red_flag_symptoms=None,
        spo2_pct=None,
        vascular_contraindication=None,
        ketamine_allergy=None,
        weeks_since_mi="unknown",
        unstable_cardiac=None,
        stroke_or_tia=None,
        medical_clearance=None,
        raised_icp=None,
        eye="unknown",
        child_pugh="unknown" if person.liver == "disease" else None,
        alt_x_uln=None,
        uncontrolled_thyroid=None,
        urinary_symptoms=True if person.urinary_symptoms else None,
        ketamine_bladder=None,
        pregnancy={"impossible": "na", "possible": "untested", "not-asked": None}[person.pregnancy],
        lactating=None,
        seizures="unknown",
        bmi=37 if person.sleep == "unscreened" else None,
        sleep_apnoea=None if person.sleep == "none" else person.sleep,
        maoi=True if person.maoi else None,
        maoi_plan=None,
        theophylline=None,
        benzodiazepine_mg_diazepam_eq=None,
        stimulant=True if person.stimulant else None,
        opioid=True if person.opioid else None,
        naltrexone=None,
        lamotrigine=None,
        cyp_interaction=None,
        ecg_needed=bool(ecg_reasons(person)),
        ecg_done=False,
        baseline_done=False,
    )


Reasons = Callable[[Person], tuple[str, ...]]
Test = Callable[[Person], bool]


def _no_reason(person: Person) -> tuple[str, ...]:
    del person
    return ()


def _anybody(person: Person) -> bool:
    del person
    return True


def _nobody(person: Person) -> bool:
    del person
    return False


@dataclass(frozen=True)
class Position:
    """What one source says about doing a test as routine.

    Attributes
    ----------
    who : str
        Name a reader sees.
    says : str
        Its position in a few words.
    evidence : str
        Row of ``assets/evidence/screening.csv``; empty when no row of the course names a source.
    """

    who: str
    says: str
    evidence: str


@dataclass(frozen=True)
class Item:
    """One thing of the list.

    Attributes
    ----------
    key, label : str
    everybody : bool
        Part of the course's list for all.
    reveals : tuple of str
        Fields of `Candidate` that it brings to light.
    why : str
        What it is for.
    left_out : str
        Why it is not ordered when no reason is there; empty for what is always ordered.
    unless : callable
        ``unless(person)`` -> whether somebody does not need it though everybody else does.
    evidence : tuple of str
        Rows of ``assets/evidence/screening.csv``; empty for a convention of the course alone.
    reasons : callable
        ``reasons(person)`` -> why this person needs it.
    settles : tuple of str
        Codes that the person's features bring already and this item answers.
    about : tuple of str
        The only codes it is about, where its fields are read by more; empty for all of them.
    only_for : callable
        Whether the item is spoken of at all.
    positions : tuple of Position
        Where sources differ on doing it as routine.
    """

    key: str
    label: str
    everybody: bool
    reveals: tuple[str, ...]
    why: str
    evidence: tuple[str, ...]
    left_out: str = ""
    unless: Test = _nobody
    reasons: Reasons = _no_reason
    settles: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    only_for: Test = _anybody
    positions: tuple[Position, ...] = ()

    @property
    def never(self) -> bool:
        """Whether nothing in a person makes the course's list ask for it."""
        return not self.everybody and self.reasons is _no_reason


def _item(
    key: str,
    label: str,
    reveals: str,
    why: str,
    evidence: str,
    *,
    everybody: bool = False,
    left_out: str = "",
    unless: Test = _nobody,
    reasons: Reasons = _no_reason,
    settles: str = "",
    about: str = "",
    only_for: Test = _anybody,
    positions: tuple[Position, ...] = (),
) -> Item:
    return Item(
        key=key,
        label=label,
        everybody=everybody,
        reveals=tuple(reveals.split()),
        why=why,
        evidence=tuple(evidence.split()),
        left_out=left_out,
        unless=unless,
        reasons=reasons,
        settles=tuple(settles.split()),
        about=tuple(about.split()),
        only_for=only_for,
        positions=positions,
    )


def _if(there: Test, words: str) -> Reasons:
    return lambda person: (words,) if there(person) else ()


def _pregnancy_reasons(person: Person) -> tuple[str, ...]:
    if person.pregnancy == "possible":
        return ("a pregnancy is possible",)
    if person.pregnancy == "not-asked":
        return ("nobody has asked yet whether a pregnancy is possible: ask first",)
    return ()


def _cognition_reasons(person: Person) -> tuple[str, ...]:
    found = ["60 or older"] if person.age in _FROM_60 else []
    return (*found, *(["a long course"] if person.series == "repeat" else []))


def _sleep_reasons(person: Person) -> tuple[str, ...]:
    return {
        "untreated": ("sleep apnoea without treatment",),
        "treated": ("treated sleep apnoea",),
    }.get(person.sleep, ())


# Wordings are the course's; every figure in them stands in the rows named beside them.
ITEMS: tuple[Item, ...] = (
    # Because of the person.
    _item(
        "ecg",
        "ECG",
        "ecg_done",
        "Targeted at people with a reason. An abnormal one leads to cardiology. A normal one does "
        "not clear the heart.",
        "screen-workup-ecg screen-rule-age-older screen-workup-ecg-limit screen-workup-ecg-bc "
        "screen-workup-ecg-trials",
        left_out="none of the reasons of the course’s list is known, so no line of its rule "
        "asks for one",
        reasons=ecg_reasons,
        positions=(
            Position("this course", "targeted", "screen-workup-ecg"),
            Position("draft standard, British Columbia 2021", "for all", "screen-workup-ecg-bc"),
            Position(
                "esketamine trials",
                "people with a significant abnormality were left out",
                "screen-workup-ecg-trials",
            ),
        ),
    ),
    _item(
        "cardiology",
        "Cardiology’s written opinion",
        "weeks_since_mi unstable_cardiac medical_clearance",
        "Stable or not, and how long since a coronary event. The cardiologist chooses the tests.",
        "screen-rule-cardiac-absolute screen-rule-cardiac-refer screen-eu-mi-window "
        "screen-phase3-mi-window screen-us-label-no-window",
        reasons=_if(lambda p: p.heart == "disease", "heart disease or arrhythmia"),
        about="C6 R9 F13",
        only_for=lambda p: p.heart == "disease",
    ),
    _item(
        "pressure-history",
        "Earlier readings and treatment of the blood pressure",
        "systolic_mmhg diastolic_mmhg",
        "Treated and controlled hypertension is no bar, but expect a larger rise. Treat the "
        "hypertension, not the number of the day.",
        "screen-controlled-hypertension screen-rule-pressure screen-rule-no-crash "
        "screen-aha-no-acute",
        reasons=_if(lambda p: p.heart == "hypertension", "hypertension"),
        about="D1",
        only_for=lambda p: p.heart == "hypertension",
    ),
    _item(
        "pregnancy-test",
        "Pregnancy test",
        "pregnancy",
        "At baseline and then each month. In this course it is never counted as waste.",
        "screen-rule-pregnancy-test screen-rule-pregnancy screen-us-label-pregnancy "
        "screen-trial-pregnancy",
        left_out="a pregnancy is not possible, so there is nothing to find",
        reasons=_pregnancy_reasons,
        positions=(
            Position(
                "this course",
                "where a pregnancy is possible, then each month",
                "screen-rule-pregnancy-test",
            ),
            Position(
                "ELEKT-D trial",
                "pregnancy and breastfeeding were left out",
                "screen-trial-pregnancy",
            ),
            Position(
                "US label of esketamine",
                "not recommended in pregnancy; no schedule of tests seen",
                "screen-us-label-pregnancy",
            ),
        ),
    ),
    _item(
        "child-pugh",
        "Child-Pugh class (A to C, how far cirrhosis has gone), and hepatology’s opinion",
        "child_pugh medical_clearance",
        "Ketamine is cleared by the liver. Class B is 7 to 9 points, C is 10 to 15.",
        "screen-rule-liver screen-childpugh-b screen-childpugh-c screen-us-label-liver "
        "screen-asra-liver",
        reasons=_if(lambda p: p.liver == "disease", "liver disease"),
        about="C7 R10 F13",
        only_for=lambda p: p.liver == "disease",
    ),
    _item(
        "drinking",
        "Drinking in detail: total of the AUDIT (ten questions), last drink, addiction care",
        "substance_use intoxicated",
        "AUDIT 8 to 14: hazardous or harmful; from 15: dependence likely. Sober on the day.",
        "screen-alcohol-positive screen-alcohol-dependence screen-rule-substance "
        "screen-ix-depressant-action",
        reasons=_if(lambda p: p.liver == "alcohol", "heavy drinking"),
        only_for=lambda p: p.liver == "alcohol",
    ),
    _item(
        "sleep-plan",
        "Airway plan, and the sleep apnoea’s treatment",
        "",
        "Untreated: treatment and an anaesthetist’s look at the airway come first. Treated: it "
        "goes into the plan.",
        "screen-rule-sleep-apnoea screen-eu-airway",
        reasons=_sleep_reasons,
        settles="R12 F12",
        only_for=lambda p: p.sleep in ("untreated", "treated"),
    ),
    _item(
        "urine-culture",
        "Urinalysis and culture, read by somebody",
        "urinary_symptoms",
        "New symptoms have a cause. Ask by name about ketamine use in the past.",
        "screen-rule-bladder screen-bladder-range screen-bladder-case",
        reasons=_if(lambda p: p.urinary_symptoms, "urinary symptoms"),
        only_for=lambda p: p.urinary_symptoms,
    ),
    _item(
        "mania-scale",
        "Mania rating, and the antimanic medicine",
        "mania antimanic",
        "Mania now is outside the rule; depression without an antimanic medicine goes to a "
        "specialist.",
        "screen-workup-mania-scale screen-rule-mania screen-elektd-ymrs screen-eu-bipolar "
        "screen-crtce-diagnosis",
        reasons=_if(lambda p: p.bipolar, "bipolar disorder"),
        settles="F9",
        only_for=lambda p: p.bipolar,
    ),
    _item(
        "cognition",
        "Brief cognitive test",
        "dementia",
        "For capacity, and to have something to compare with later.",
        "screen-workup-cognition screen-elektd-moca screen-rule-delirium",
        left_out="under 60, a first course, and no complaint in the referral",
        reasons=_cognition_reasons,
    ),
    _item(
        "maoi-plan",
        "A written blood pressure plan for the monoamine oxidase inhibitor",
        "maoi_plan",
        "The pressure may rise more. No ad-hoc start of the drug.",
        "screen-ix-maoi-action screen-ix-maoi-doses screen-ix-maoi-label",
        reasons=_if(lambda p: p.maoi, "a monoamine oxidase inhibitor"),
        only_for=lambda p: p.maoi,
    ),
    _item(
        "benzodiazepine-dose",
        "Daily benzodiazepine in diazepam equivalents",
        "benzodiazepine_mg_diazepam_eq",
        "A note for the plan, no barrier: whether it blunts the effect is disputed. Never stop it "
        "abruptly.",
        "screen-ix-benzo-rule screen-ix-benzo-dose screen-ix-benzo-action screen-ix-benzo-trial "
        "screen-ix-benzo-esketamine",
        reasons=_if(lambda p: p.benzodiazepine, "a benzodiazepine"),
        only_for=lambda p: p.benzodiazepine,
    ),
    _item(
        "stimulant-plan",
        "Stimulant held that morning: by whom, and pressure read closely",
        "",
        "Pulse and blood pressure.",
        "screen-ix-stimulant-action screen-ix-stimulant-label",
        reasons=_if(lambda p: p.stimulant, "a stimulant"),
        settles="F3",
        only_for=lambda p: p.stimulant,
    ),
    _item(
        "opioid-plan",
        "Capnography (carbon dioxide in the breath) for the opioid, no other sedative",
        "",
        "Sedation and slow breathing.",
        "screen-ix-depressant-action screen-ix-depressant-label",
        reasons=_if(lambda p: p.opioid, "an opioid"),
        settles="F4",
        only_for=lambda p: p.opioid,
    ),
    _item(
        "older",
        "Falls and closer pressure readings",
        "",
        "A rise of pressure is likelier with age.",
        "screen-rule-age-older screen-surge-age",
        reasons=_if(lambda p: p.age == "65+", "65 or older"),
        settles="F8",
        only_for=lambda p: p.age == "65+",
    ),
    _item(
        "young",
        "Closer follow-up for suicidal thoughts",
        "",
        "The boxed warning of antidepressants names this age.",
        "screen-rule-age-young screen-boxed-young",
        reasons=_if(lambda p: p.age == "18-24", "18 to 24"),
        settles="F15",
        only_for=lambda p: p.age == "18-24",
    ),
    _item(
        "again",
        "Tests of the last course again: urinary symptoms, liver tests, signs of misuse",
        "urinary_symptoms ketamine_bladder alt_x_uln ketamine_use_disorder substance_use",
        "What repeated doses may do. The first baseline does not answer it.",
        "screen-rule-each-day screen-liver-periodic screen-label-bladder screen-label-substance",
        reasons=_if(lambda p: p.series == "repeat", "a further course"),
        only_for=lambda p: p.series == "repeat",
    ),
    # Everybody.
    _item(
        "history",
        "History of mood and treatment, mental state, capacity",
        "diagnosis moderate_or_severe adequate_trials adequate_trials_earlier psychosis "
        "psychiatric_clearance mania antimanic delirium dementia capacity",
        "Diagnosis, adequacy of trials, bipolarity, psychosis and capacity come before any test.",
        "screen-workup-history screen-confirm-first screen-asa-plan",
        everybody=True,
    ),
    _item(
        "by-name",
        "Questions by name: aneurysm, vessels, brain bleed, stroke, heart, head, eyes, seizures, "
        "allergy, ketamine before, breastfeeding, airway, reflux, anaesthetics",
        "vascular_contraindication stroke_or_tia weeks_since_mi unstable_cardiac raised_icp eye "
        "seizures ketamine_allergy ketamine_use_disorder ketamine_bladder lactating "
        "red_flag_symptoms bp_symptoms",
        "Most contraindications are found by asking, not by testing.",
        "screen-rule-vascular screen-trials-no-imaging screen-rule-icp screen-rule-red-flags "
        "screen-workup-airway",
        everybody=True,
    ),
    _item(
        "cssrs",
        "C-SSRS and a safety plan",
        "cssrs_ideation suicidal_behaviour_3mo risk_cleared",
        "At baseline and at each visit. Never counted as waste.",
        "screen-workup-cssrs screen-cssrs-high",
        everybody=True,
    ),
    _item(
        "vital-signs",
        "Blood pressure at least twice, pulse, saturation, weight, height",
        "systolic_mmhg diastolic_mmhg heart_rate_bpm spo2_pct bmi",
        "One reading is not enough to decide on.",
        "screen-workup-vitals screen-workup-readings screen-rule-pressure",
        everybody=True,
    ),
    _item(
        "scale",
        "MADRS or PHQ-9, the same scale each time",
        "moderate_or_severe baseline_done",
        "Not older than 7 days: without a start nobody can tell an effect.",
        "screen-workup-scale-days screen-elektd-madrs screen-va-phq9",
        everybody=True,
    ),
    _item(
        "medicines",
        "Every medicine, also from other prescribers and over the counter",
        "maoi theophylline benzodiazepine_mg_diazepam_eq stimulant opioid naltrexone lamotrigine "
        "cyp_interaction antimanic",
        "A few change the plan; with theophylline, or a monoamine oxidase inhibitor without a "
        "plan, the dose waits.",
        "screen-ix-theophylline-action screen-ix-theophylline screen-ix-continue",
        everybody=True,
    ),
    _item(
        "substances",
        "Alcohol and drugs: history, AUDIT for drinking, DAST-10 for drugs",
        "substance_use intoxicated",
        "DAST-10 from 3: look further; from 6: intensive assessment.",
        "screen-rule-substance screen-alcohol-positive screen-dast-moderate screen-dast-high",
        everybody=True,
    ),
    _item(
        "drug-screen",
        "Urine drug screen and the prescription record",
        "urine_drug_screen_unexplained baseline_done",
        "A first positive result needs confirmation before any label.",
        "screen-workup-uds screen-workup-uds-source screen-rule-screen-positive screen-va-screen",
        everybody=True,
        positions=(
            Position("this course", "for all", "screen-workup-uds"),
            Position(
                "consensus statement of 2017", "when there is suspicion", "screen-workup-uds-source"
            ),
            Position(
                "criteria ascribed to the US VA", "a positive result excludes", "screen-va-screen"
            ),
        ),
    ),
    _item(
        "liver-tests",
        "Liver tests and creatinine",
        "alt_x_uln baseline_done",
        "A baseline, and a raised result waits until it is explained.",
        "screen-workup-liver screen-workup-liver-bc screen-liver-periodic screen-liver-cases",
        everybody=True,
        positions=(
            Position("this course", "for all at the start", "screen-workup-liver"),
            Position(
                "draft standard, British Columbia 2021",
                "asks for liver tests",
                "screen-workup-liver-bc",
            ),
            Position(
                "US reports of suspected reactions",
                "support repeating them",
                "screen-liver-periodic",
            ),
        ),
    ),
    _item(
        "bloods",
        "Thyroid, electrolytes, blood count, B12, if not done within 12 months",
        "uncontrolled_thyroid baseline_done",
        "To find what looks like depression, and an overactive thyroid.",
        "screen-workup-bloods screen-rule-thyroid screen-eu-thyroid",
        everybody=True,
    ),
    _item(
        "urine",
        "Urinary symptoms asked, and urinalysis",
        "urinary_symptoms",
        "A baseline before a drug that can inflame the bladder when it is used often.",
        "screen-workup-urine screen-label-bladder screen-bladder-range",
        everybody=True,
        positions=(
            Position("this course", "symptoms and urinalysis for all", "screen-workup-urine"),
            Position("US label of esketamine", "watch for symptoms", "screen-label-bladder"),
            Position(
                "review of 27 studies",
                "symptoms in 0 to 24.5 %, no clear excess",
                "screen-bladder-range",
            ),
        ),
    ),
    _item(
        "stop-bang",
        "STOP-BANG: eight questions about sleep apnoea",
        "sleep_apnoea bmi",
        "0 to 2 is low, 3 to 4 intermediate, 5 to 8 high risk of sleep apnoea.",
        "screen-workup-airway screen-bc-stopbang screen-stopbang-low screen-stopbang-middle "
        "screen-stopbang-high screen-rule-sleep-apnoea",
        everybody=True,
        left_out="sleep apnoea is known already: a screen for it adds nothing",
        unless=lambda p: p.sleep in ("untreated", "treated"),
        reasons=_if(lambda p: p.sleep == "unscreened", "BMI of 35 or more and never screened"),
    ),
    _item(
        "day",
        "Way home, telephone, food and drink; a practice rating of dissociation",
        "escort fasted",
        "No driving until the next day. On fasting sources differ: the local rule decides.",
        "screen-rule-escort screen-no-driving screen-fasting-rule screen-workup-mania-scale",
        everybody=True,
    ),
    # Nobody, in this course.
    _item(
        "echocardiogram",
        "Echocardiogram",
        "",
        "No source of this course asks for it.",
        "",
        left_out="no line of the rule reads it; with heart disease the cardiologist chooses",
        positions=(
            Position("this course", "not ordered; the cardiologist’s choice", ""),
            Position("other sources", "none seen that asks for it as routine", ""),
        ),
    ),
    _item(
        "vessel-scan",
        "Scan of head and aorta for an aneurysm",
        "",
        "The esketamine trials relied on the history.",
        "screen-trials-no-imaging screen-rule-vascular",
        left_out="asked by name; nobody is scanned as routine",
        positions=(
            Position("this course", "ask by name, no routine imaging", "screen-rule-vascular"),
            Position("esketamine trials", "relied on the history", "screen-trials-no-imaging"),
        ),
    ),
    _item(
        "eeg",
        "EEG",
        "",
        "Seizures are a question of history.",
        "screen-rule-seizure",
        left_out="no line of the rule reads it; seizures are asked for",
    ),
    _item(
        "level-genes",
        "Ketamine level, drug-metabolising genes",
        "",
        "Nothing in the plan would change.",
        "",
        left_out="no line of the rule reads them",
    ),
    _item(
        "glucose",
        "Glucose or HbA1c",
        "",
        "Care of the diabetes goes on as before.",
        "",
        left_out="not assessed in this course: here diabetes only counts as a reason for an ECG "
        "from 50 on",
        only_for=lambda p: p.diabetes,
    ),
)

DISPUTED: tuple[str, ...] = tuple(item.key for item in ITEMS if item.positions)
"""Keys of the items about which sources differ, or say nothing."""


@dataclass(frozen=True)
class Order:
    """What becomes of one item for one person.

    Attributes
    ----------
    item : Item
    group : {"everybody", "because", "not-here"}
    because : tuple of str
        Reasons that lie in the person.
    by_source : str
        What another source than the course's list changed; empty when nothing.
    codes : tuple of str
        Codes of the rule that the result could bring or take away in this person.
    """

    item: Item
    group: str
    because: tuple[str, ...]
    by_source: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Workup:
    """The list for one person.

    Attributes
    ----------
    person : Person
    source : str
        Whose wish decides where sources differ.
    orders : tuple of Order
    start : Screening
        What the rule says while nothing of the list has been done.
    """

    person: Person
    source: str
    orders: tuple[Order, ...]
    start: Screening

    def group(self, name: str) -> tuple[Order, ...]:
        """Return what stands in one group, in the order of the list."""
        return tuple(order for order in self.orders if order.group == name)

    def order(self, key: str) -> Order | None:
        """Return one item's order; None when it does not concern this person."""
        return next((order for order in self.orders if order.item.key == key), None)


#: Between the ends of a range, where the rule has an inner band.
_INNER: dict[str, tuple[float, ...]] = {
    "cssrs_ideation": (0, 2, 5),
    "spo2_pct": (85, 92, 98),
    "weeks_since_mi": (2, 20, 500),
    "systolic_mmhg": (124, 145, 200),
    "diastolic_mmhg": (76, 100, 122),
    "heart_rate_bpm": (40, 72, 130),
    "bmi": (26, 37),
    "alt_x_uln": (1, 5),
    "benzodiazepine_mg_diazepam_eq": (0, 20),
    "adequate_trials": (0, 2),
    "adequate_trials_earlier": (0, 2),
}


def _values(name: str) -> tuple[object, ...]:
    if name in _INNER:
        return (*_INNER[name], *((None,) if name in NONE_MEANS_NONE else ()))
    if name in CHOICES:
        return (*CHOICES[name], *((None,) if name in NONE_MEANS_NONE else ()))
    if name in LIMITS:
        return LIMITS[name][:2]
    return (False, True)


@cache
def _differs(
    code: str,
    given: tuple[tuple[str, object], ...],
    seen: tuple[str, ...],
    others: tuple[str, ...],
) -> bool:
    """Whether what is revealed can make one line of the rule apply or not.

    A line depends on the fields it reads and on nothing else, so few combinations are ever tried.
    """
    line, limits = row(code), course_limits()
    known = replace(Candidate(), **dict(given))  # type: ignore[arg-type]
    for rest in itertools.product(*map(_values, others)):
        outcomes = set()
        for values in itertools.product(*map(_values, seen)):
            assumed = dict(zip((*others, *seen), (*rest, *values), strict=True))
            outcomes.add(bool(line.applies(replace(known, **assumed), limits)))  # type: ignore[arg-type]
            if len(outcomes) == 2:
                return True
    return False


@cache
def could_change(item: Item, person: Person) -> tuple[str, ...]:
    """Return the codes of the rule that an item's result could bring or take away.

    Worked out from the rule itself: a code counts when some result makes its line apply and
    another does not, whatever else is still unknown. Codes that the person's features have brought
    already, and that the item answers, count as well.
    """
    candidate = candidate_of(person)
    unknown = frozenset(unknown_fields(candidate))
    settled = _settled(person)
    known = complete(candidate)
    revealed = frozenset(item.reveals) - settled
    found = []
    for line in RULE:
        if item.about and line.code not in item.about:
            continue
        seen = tuple(name for name in line.reads if name in revealed)
        others = tuple(
            name
            for name in line.reads
            if name in unknown and name not in revealed and name not in settled
        )
        given = tuple((name, getattr(known, name)) for name in line.reads)
        if seen and _differs(line.code, given, seen, others):
            found.append(line.code)
    there = {
        code for code in item.settles if row(code).applies(known, course_limits())
    }  # e.g. F9: bipolar disorder is known before any test
    return tuple(line.code for line in RULE if line.code in there or line.code in found)


def _order(item: Item, person: Person, source: str) -> Order:
    because = item.reasons(person)
    everybody = item.everybody and not item.unless(person)
    group = BECAUSE if because else EVERYBODY if everybody else NOT_HERE
    by_source = ""
    if source == DRAFT and item.key == "ecg":
        by_source = "the draft standard asks everybody for one"
        group = BECAUSE if because else EVERYBODY
    if source == CONSENSUS and item.key == "drug-screen":
        if person.liver == "alcohol":
            because = ("heavy drinking, taken here as a reason for suspicion",)
            group = BECAUSE
        else:
            by_source = (
                "the consensus of 2017 asks only on suspicion; the prescription record stays"
            )
            group = NOT_HERE
    return Order(item, group, because, by_source, could_change(item, person))


def workup(person: Person, source: str = COURSE) -> Workup:
    """Return the work-up of a person.

    Parameters
    ----------
    person : Person
    source : {"course", "bc-draft", "consensus-2017"}
        Whose wish decides on the ECG and the drug screen: the course's list, a draft standard of
        British Columbia (2021), or the consensus statement of 2017; both are known only as
        reported by others.

    Raises
    ------
    ValueError
        If there is no such source.
    """
    if source not in SOURCES:
        raise ValueError(f"source is {source!r}; it must be one of {', '.join(SOURCES)}.")
    return Workup(
        person=person,
        source=source,
        orders=tuple(_order(item, person, source) for item in ITEMS if item.only_for(person)),
        start=screen(candidate_of(person)),
    )
