"""Whose thresholds the rule uses: the course's own, or another source's on one topic."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType

from trd.parameters import Entry, load
from trd.screening.evidence import STATUS_ORDER, evidence_rows

WEIGH = "WEIGH"
"""What a source makes of a finding that it leaves to judgement instead of excluding the person."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Every threshold and switch the predicates of the rule read; units in the names.

    Attributes
    ----------
    systolic_mmhg, systolic_older_mmhg, diastolic_mmhg, older_than_years : float
        D1: above these; the second from above that age.
    older_from_that_age : bool
        D1: the second limit at that very age as well.
    crisis_systolic_mmhg, crisis_diastolic_mmhg : float
        E2: these or more, with symptoms.
    heart_rate_low_bpm, heart_rate_high_bpm, spo2_low_pct, spo2_emergency_pct : float
        D2, D9, E3.
    intent_item : int
        E1: C-SSRS ideation item from which there is intent or a plan.
    trials : int
        R4: adequate trials asked for.
    lifetime : bool
        R4: earlier episodes count as well.
    mi_contraindicated_weeks, mi_refer_weeks : float
        C6 below the first; R9 from the first to below the second.
    stroke_refers, stroke_contraindicates : bool
        Whether an ischaemic stroke or TIA is read by R9, by C6, or by neither.
    psychosis_past_refers, psychosis_letter_lifts : bool
        R5, and whether a second opinion on file lifts it.
    substance_refers, substance_defers : tuple of str
        States of a substance use disorder read by R8 and D4.
    bipolar_excluded : bool
        R6 whatever the antimanic cover.
    antimanic_asked : bool
        R6 without antimanic cover.
    alt_x_uln, bmi, benzodiazepine_mg : float
        D7; D12 and F12; F2.
    adult_years, young_adult_years, older_years : float
        R2; F15; F8.
    """

    systolic_mmhg: float
    systolic_older_mmhg: float
    diastolic_mmhg: float
    older_than_years: float
    crisis_systolic_mmhg: float
    crisis_diastolic_mmhg: float
    heart_rate_low_bpm: float
    heart_rate_high_bpm: float
    spo2_low_pct: float
    spo2_emergency_pct: float
    intent_item: int
    trials: int
    mi_contraindicated_weeks: float
    mi_refer_weeks: float
    alt_x_uln: float
    bmi: float
    benzodiazepine_mg: float
    adult_years: float
    young_adult_years: float
    older_years: float
    lifetime: bool = False
    stroke_refers: bool = True
    stroke_contraindicates: bool = False
    psychosis_past_refers: bool = True
    psychosis_letter_lifts: bool = True
    older_from_that_age: bool = False
    substance_refers: tuple[str, ...] = ("active",)
    substance_defers: tuple[str, ...] = ("early",)
    bipolar_excluded: bool = False
    antimanic_asked: bool = True


@cache
def course_limits() -> Limits:
    """Return the limits of the course's own rule, from ``assets/parameters/screening.toml``."""
    file = load("screening")

    def of(table: str, key: str) -> float:
        return file[table][key].value

    bp, vital, age = "blood_pressure", "vital_signs", "age"
    return Limits(
        systolic_mmhg=of(bp, "systolic_mmhg"),
        systolic_older_mmhg=of(bp, "systolic_older_mmhg"),
        diastolic_mmhg=of(bp, "diastolic_mmhg"),
        older_than_years=of(bp, "older_age_years"),
        crisis_systolic_mmhg=of(bp, "crisis_systolic_mmhg"),
        crisis_diastolic_mmhg=of(bp, "crisis_diastolic_mmhg"),
        heart_rate_low_bpm=of(vital, "heart_rate_low_bpm"),
        heart_rate_high_bpm=of(vital, "heart_rate_high_bpm"),
        spo2_low_pct=of(vital, "spo2_low_pct"),
        spo2_emergency_pct=of(vital, "spo2_emergency_pct"),
        intent_item=int(of("suicide_risk", "intent_item")),
        trials=int(of("indication", "trials")),
        mi_contraindicated_weeks=of("heart", "mi_contraindicated_weeks"),
        mi_refer_weeks=of("heart", "mi_refer_weeks"),
        alt_x_uln=of("liver", "alt_x_uln"),
        bmi=of("airway", "bmi"),
        benzodiazepine_mg=of("substances", "benzodiazepine_mg"),
        adult_years=of(age, "adult_years"),
        young_adult_years=of(age, "young_adult_years"),
        older_years=of(age, "older_years"),
    )


@dataclass(frozen=True)
class Stance:
    """What one source says on one topic, as the rule can use it.

    Attributes
    ----------
    topic, key, label : str
        ``"blood-pressure"``, ``"label"``, and the name a reader sees.
    says : str
        The source's position in one sentence.
    changes : mapping of str to object
        Fields of `Limits` that differ from the course's.
    effects : mapping of str to str
        Codes whose disposition differs: another disposition, or ``"WEIGH"``.
    evidence : tuple of str
        Ids of rows of ``assets/evidence/screening.csv``.
    """

    topic: str
    key: str
    label: str
    says: str
    changes: Mapping[str, object]
    effects: Mapping[str, str]
    evidence: tuple[str, ...]

    @property
    def source(self) -> tuple[str, ...]:
        """Keys of the bibliography; empty for a convention of the course."""
        rows = evidence_rows()
        return tuple(dict.fromkeys(key for name in self.evidence for key in rows[name].source))

    @property
    def status(self) -> str:
        """How the position was read: the weakest of its rows."""
        return max((evidence_rows()[name].status for name in self.evidence), key=STATUS_ORDER.index)


COURSE_KEY = "course"

TOPICS: Mapping[str, str] = MappingProxyType(
    {
        "blood-pressure": "Blood pressure before the dose",
        "psychosis": "Psychosis",
        "substance-use": "Substance use disorder",
        "bipolar": "Bipolar disorder",
        "heart-attack": "Time since a heart attack",
        "stroke": "Ischaemic stroke or TIA",
        "trials": "Number of adequate trials",
    }
)
"""Topics on which sources disagree, and their titles (evidence review, section 11)."""


def _value(table: str, key: str) -> Entry:
    return load("screening")[table][key]


@cache
def stances() -> tuple[Stance, ...]:
    """Return every source's position on every topic; the course's own comes first in each."""

    def stance(
        topic: str,
        key: str,
        label: str,
        says: str,
        evidence: str,
        effects: Mapping[str, str] | None = None,
        **changes: object,
    ) -> Stance:
        return Stance(
            topic=topic,
            key=key,
            label=label,
            says=says,
            changes=MappingProxyType(dict(changes)),
            effects=MappingProxyType(dict(effects or {})),
            evidence=tuple(f"screen-{name}" for name in evidence.split()),
        )

    bp = "blood_pressure"
    label_systolic = _value(bp, "label_systolic_mmhg").value
    label_limits = {
        "systolic_mmhg": label_systolic,
        "systolic_older_mmhg": label_systolic,
        "diastolic_mmhg": _value(bp, "label_diastolic_mmhg").value,
    }
    swiss_systolic = _value(bp, "swiss_systolic_mmhg").value
    swiss_limits = {
        "systolic_mmhg": swiss_systolic,
        "systolic_older_mmhg": swiss_systolic,
        "diastolic_mmhg": _value(bp, "swiss_diastolic_mmhg").value,
    }
    return (
        # The phase 3 limits are the course's own for D1: the second entry shows that.
        stance(
            "blood-pressure",
            COURSE_KEY,
            "This course",
            "Above 140/90 (systolic 150 above the age of 65) the dose waits.",
            "rule-pressure",
        ),
        stance(
            "blood-pressure",
            "phase-3",
            "Esketamine phase 3 trials",
            "The dose was withheld above 140 systolic (150 above the age of 65) or 90 diastolic.",
            "phase3-systolic phase3-systolic-65 phase3-diastolic",
        ),
        stance(
            "blood-pressure",
            "label",
            "US esketamine label",
            "Above 140/90 is a guide: weigh benefit against the risk of a delay; no age named.",
            "us-label-systolic us-label-diastolic",
            {"D1": WEIGH},
            **label_limits,
        ),
        stance(
            "blood-pressure",
            "eu-label",
            "EU esketamine label",
            "Above 140/90, or 150/90 from the age of 65, is a guide: weigh, as in the US.",
            "eu-label-pressure",
            {"D1": WEIGH},
            older_from_that_age=True,
        ),
        stance(
            "blood-pressure",
            "label-as-limit",
            "The US guide read as a limit",
            "140/90 at every age as a hard stop: a stricter reading than the label's own words.",
            "us-label-systolic us-label-diastolic",
            **label_limits,
        ),
        stance(
            "blood-pressure",
            "swiss-ketamine-label",
            "Swiss ketamine label",
            "Poorly controlled or untreated, resting above 180/100: contraindicated.",
            "swiss-systolic swiss-diastolic",
            {"D1": "CONTRAINDICATED"},
            **swiss_limits,
        ),
        stance(
            "psychosis",
            COURSE_KEY,
            "This course",
            "Psychosis now is outside the outpatient rule; in the past, a second opinion first.",
            "rule-psychosis",
        ),
        stance(
            "psychosis",
            "label",
            "US esketamine label",
            "Assess carefully; treat only if the benefit outweighs the risk.",
            "us-label-psychosis",
            {"C3": WEIGH, "R5": WEIGH},
        ),
        stance(
            "psychosis",
            "elekt-d",
            "ELEKT-D trial",
            "Left out people with psychosis; read here as psychosis now.",
            "elektd-excluded",
            psychosis_past_refers=False,
        ),
        stance(
            "psychosis",
            "asra",
            "US pain consensus 2018",
            "Avoid in certain poorly controlled psychoses; read here as psychosis now.",
            "asra-psychosis",
            psychosis_past_refers=False,
        ),
        stance(
            "psychosis",
            "crtce",
            "One Canadian clinic",
            "Leaves out people with psychotic symptoms in the present episode.",
            "crtce-psychosis",
            psychosis_past_refers=False,
        ),
        stance(
            "psychosis",
            "va",
            "Criteria ascribed to the VA",
            "Leave out schizophrenia or schizoaffective disorder, now or in the past. This clinic "
            "does not tell them from other psychoses: read here, more broadly than it is written, "
            "as any psychosis, whatever a second opinion says.",
            "va-unipolar",
            {"R5": "CONTRAINDICATED"},
            psychosis_letter_lifts=False,
        ),
        stance(
            "substance-use",
            COURSE_KEY,
            "This course",
            "Active: addiction care first; in remission for less than three months: wait.",
            "rule-substance",
        ),
        stance(
            "substance-use",
            "label",
            "Esketamine's manufacturer",
            "Weigh risk and benefit in people at higher risk of misuse.",
            "label-substance",
            {"R8": WEIGH, "D4": WEIGH},
        ),
        stance(
            "substance-use",
            "asra",
            "US pain consensus 2018",
            "No series of infusions while the problem is active; no time in remission is asked.",
            "asra-substance",
            substance_defers=(),
        ),
        stance(
            "substance-use",
            "crtce",
            "One Canadian clinic",
            "No use disorder in the past three months, and a month free of illicit drugs (the "
            "month is not read here).",
            "crtce-substance-months crtce-illicit-months",
        ),
        stance(
            "substance-use",
            "va",
            "Criteria ascribed to the VA",
            "A positive drug screen disqualifies; read here as D3 (which holds being intoxicated "
            "as well), and R8 as in this course.",
            "va-screen",
            {"D3": "CONTRAINDICATED"},
            substance_defers=(),
        ),
        stance(
            "bipolar",
            COURSE_KEY,
            "This course",
            "Bipolar disorder with an antimanic medicine: go on with conditions; without: refer.",
            "rule-mania",
        ),
        stance(
            "bipolar",
            "va",
            "Criteria ascribed to the VA",
            "Unipolar depression only; read here as a referral (R6), whatever is taken for it.",
            "va-unipolar",
            bipolar_excluded=True,
        ),
        stance(
            "bipolar",
            "elekt-d",
            "ELEKT-D trial",
            "Left out bipolar disorder; read here as a referral (R6), whatever is taken for it.",
            "elektd-excluded",
            bipolar_excluded=True,
        ),
        stance(
            "bipolar",
            "crtce",
            "One Canadian clinic",
            "Treats bipolar depression; no antimanic cover is named.",
            "crtce-diagnosis",
            antimanic_asked=False,
        ),
        stance(
            "bipolar",
            "eu-label",
            "EU esketamine label",
            "Caution with bipolar disorder and mania.",
            "eu-bipolar",
            {"R6": WEIGH, "C5": WEIGH},
        ),
        stance(
            "heart-attack",
            COURSE_KEY,
            "This course",
            "Six weeks contraindicated; then a cardiologist's letter until one year.",
            "rule-cardiac-absolute rule-cardiac-refer",
        ),
        stance(
            "heart-attack",
            "eu-label",
            "EU esketamine label",
            "A heart attack in the last six weeks contraindicates; no longer window is named.",
            "eu-mi-window",
            mi_refer_weeks=0.0,
        ),
        stance(
            "heart-attack",
            "phase-3",
            "Esketamine phase 3 trials",
            "Left out people within twelve months of a heart attack or revascularisation.",
            "phase3-mi-window",
            mi_contraindicated_weeks=_value("heart", "phase3_mi_weeks").value,
        ),
        stance(
            "heart-attack",
            "label",
            "US esketamine label (2019 copy)",
            "No time limit was seen in the copy that was read.",
            "us-label-no-window",
            mi_contraindicated_weeks=0.0,
            mi_refer_weeks=0.0,
        ),
        stance(
            "stroke",
            COURSE_KEY,
            "This course",
            "Any ischaemic stroke or TIA: a neurologist's letter first.",
            "rule-cardiac-refer",
        ),
        stance(
            "stroke",
            "label",
            "US esketamine label",
            "Names bleeding inside the brain (C1), not ischaemic stroke.",
            "us-label-vascular",
            stroke_refers=False,
        ),
        stance(
            "stroke",
            "phase-3",
            "Esketamine phase 3 trials",
            "Left out everybody with a stroke or TIA.",
            "phase3-stroke",
            stroke_refers=False,
            stroke_contraindicates=True,
        ),
        stance(
            "stroke",
            "uk-ketamine-label",
            "UK ketamine product information",
            "Stroke contraindicates.",
            "ketalar-uk-contraindication",
            stroke_refers=False,
            stroke_contraindicates=True,
        ),
        stance(
            "trials",
            COURSE_KEY,
            "This course",
            "Two adequate trials in the present episode.",
            "rule-trials",
        ),
        stance(
            "trials",
            "us-label",
            "US approval of esketamine",
            "At least two oral antidepressants.",
            "trd-us-monotherapy",
        ),
        stance(
            "trials",
            "elekt-d",
            "ELEKT-D trial",
            "Two adequate trials in a lifetime.",
            "elektd-trials",
            trials=int(_value("indication", "lifetime_trials").value),
            lifetime=True,
        ),
        stance(
            "trials",
            "va",
            "Criteria ascribed to the VA",
            "Four adequate trials; read here as in the present episode.",
            "va-trials",
            trials=int(_value("indication", "va_trials").value),
        ),
    )


@dataclass(frozen=True)
class Policy:
    """The limits and effects the rule is run with.

    Attributes
    ----------
    choices : mapping of str to str
        Topic to key of the source, for the topics that are not the course's own.
    limits : Limits
    effects : mapping of str to str
        Code to the disposition (or ``"WEIGH"``) that it has instead of the course's.
    """

    choices: Mapping[str, str]
    limits: Limits
    effects: Mapping[str, str]


def options(topic: str) -> tuple[Stance, ...]:
    """Return the positions on one topic, the course's own first.

    Raises
    ------
    ValueError
        If there is no such topic.
    """
    if topic not in TOPICS:
        raise ValueError(_refuse("topic", topic, tuple(TOPICS)))
    return tuple(stance for stance in stances() if stance.topic == topic)


def policy(choices: Mapping[str, str] | None = None) -> Policy:
    """Return the policy that follows other sources on some topics, the course on the rest.

    Parameters
    ----------
    choices : mapping of str to str
        Topic to key of a stance, e.g. ``{"blood-pressure": "label", "trials": "va"}``.

    Raises
    ------
    ValueError
        If there is no such topic, or no such source on it.
    """
    return _policy(tuple(sorted((choices or {}).items())))


@cache
def _policy(chosen: tuple[tuple[str, str], ...]) -> Policy:
    changes: dict[str, object] = {}
    effects: dict[str, str] = {}
    for topic, key in chosen:
        on_topic = {stance.key: stance for stance in options(topic)}
        if key not in on_topic:
            raise ValueError(_refuse(f"source on {topic}", key, tuple(on_topic)))
        changes |= on_topic[key].changes
        effects |= on_topic[key].effects
    return Policy(
        choices=MappingProxyType({t: k for t, k in chosen if k != COURSE_KEY}),
        limits=replace(course_limits(), **changes),  # type: ignore[arg-type]
        effects=MappingProxyType(effects),
    )


def _refuse(what: str, value: object, allowed: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(str(value), allowed, n=1)
    offer = f" Did you mean {close[0]!r}?" if close else ""
    return f"{value!r} is not a {what}; choose one of {', '.join(allowed)}.{offer}"
