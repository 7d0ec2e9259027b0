"""What must be known about a person before anyone says yes or no to an infusion."""

from __future__ import annotations

import numbers
import operator
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

UNKNOWN = "unknown"
"""How unknown is written in the fields where None means *none*."""

NONE_MEANS_NONE: tuple[str, ...] = ("weeks_since_mi", "child_pugh", "eye", "seizures")
"""Fields where None means *none*; in every other field None means *unknown*."""

_CHOICES: dict[str, tuple[str, ...]] = {
    "diagnosis": ("MDD", "BD1", "BD2", "other"),
    "setting": ("out", "in"),
    "psychosis": ("none", "past", "current"),
    "substance_use": ("none", "active", "early", "remission"),
    "eye": ("open", "glaucoma_untreated"),
    "child_pugh": ("A", "B", "C"),
    "pregnancy": ("na", "neg", "pos", "untested"),
    "seizures": ("controlled", "uncontrolled"),
    "sleep_apnoea": ("none", "treated", "untreated", "unscreened"),
}
CHOICES: Mapping[str, tuple[str, ...]] = MappingProxyType(_CHOICES)
"""Values of the categorical fields, besides None (and ``"unknown"`` where None means none)."""

_LIMITS: dict[str, tuple[float, float, str, bool]] = {
    "age_years": (0, 120, "years", False),
    "adequate_trials": (0, 40, "trials", True),
    "adequate_trials_earlier": (0, 80, "trials", True),
    "cssrs_ideation": (0, 5, "", True),
    "systolic_mmhg": (40, 300, "mmHg", False),
    "diastolic_mmhg": (20, 200, "mmHg", False),
    "heart_rate_bpm": (20, 250, "/min", False),
    "spo2_pct": (50, 100, "%", False),
    "weeks_since_mi": (0, 5200, "weeks", False),
    "alt_x_uln": (0, 200, "x ULN", False),
    "bmi": (8, 120, "kg/m²", False),
    "benzodiazepine_mg_diazepam_eq": (0, 400, "mg/day", False),
}
LIMITS: Mapping[str, tuple[float, float, str, bool]] = MappingProxyType(_LIMITS)
"""Smallest and largest possible value, unit, and whether only whole numbers are possible."""


def _check_number(name: str, value: Any) -> None:
    low, high, unit, whole = _LIMITS[name]
    allowed = f"between {low:g} and {high:g} {unit}".rstrip()
    kind = "a whole number" if whole else "a number"
    # A truth value is no number; numpy's own is no `Real` either, nor is an array of one.
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    # Neither NaN nor an infinity lies between two limits.
    if not (number and low <= value <= high and (not whole or value == int(value))):
        raise ValueError(f"{name} is {value!r}; it must be {kind} {allowed}.")


def _check_choice(name: str, value: Any) -> None:
    allowed = _CHOICES[name]
    if not (isinstance(value, str) and value in allowed):
        listed = ", ".join((*allowed, *((UNKNOWN,) if name in NONE_MEANS_NONE else ())))
        raise ValueError(f"{name} is {value!r}; it must be one of {listed}, or None.")


def _check(name: str, value: Any) -> None:
    if name in _CHOICES:
        _check_choice(name, value)
    elif name in _LIMITS:
        _check_number(name, value)
    elif value is not True and value is not False:
        raise ValueError(
            f"{name} is {value!r}; it must be True, False, or None for unknown (no other limit)."
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """One person as the rule sees them; the defaults describe somebody without any barrier.

    In `weeks_since_mi`, `child_pugh`, `eye` and `seizures` None means *none*, and unknown is
    ``"unknown"``. In every other field None means *unknown*.

    Attributes
    ----------
    age_years : float
        0 to 120.
    diagnosis : {"MDD", "BD1", "BD2", "other"}
        What the depression belongs to.
    moderate_or_severe : bool
        Severity of the present episode.
    adequate_trials : int
        Adequate trials in the present episode that did not help, 0 to 40.
    capacity : bool
        Can take this decision: understand, appreciate, reason, express a choice.
    setting : {"out", "in"}
        Outpatient or inpatient.
    cssrs_ideation : int
        Highest positive ideation item of the C-SSRS in the past month, 0 to 5.
    suicidal_behaviour_3mo : bool
        Suicidal behaviour in the past three months.
    risk_cleared : bool
        A psychiatrist has written that outpatient care is appropriate.
    psychosis : {"none", "past", "current"}
    mania : bool
        Manic or mixed state now.
    antimanic : bool
        Takes an antimanic medicine.
    psychiatric_clearance, medical_clearance : bool
        A specialist's written opinion is on file.
    delirium, dementia : bool
    substance_use : {"none", "active", "early", "remission"}
        Substance use disorder: active, in remission for less than three months, or longer.
    ketamine_use_disorder : bool
        Ever.
    urine_drug_screen_unexplained, intoxicated : bool
    systolic_mmhg, diastolic_mmhg : float
        Resting blood pressure in mmHg, 40 to 300 and 20 to 200; diastolic below systolic.
    heart_rate_bpm : float
        Per minute, 20 to 250.
    bp_symptoms : bool
        Symptoms that a very high pressure could explain.
    red_flag_symptoms : bool
        Chest pain, breathlessness at rest, sudden worst headache, new weakness, fainting.
    spo2_pct : float
        Oxygen saturation on room air in %, 50 to 100.
    vascular_contraindication : bool
        Aneurysm of any artery, arteriovenous malformation, past intracerebral haemorrhage.
    ketamine_allergy : bool
        Hypersensitivity to ketamine, esketamine or an excipient.
    weeks_since_mi : float or None
        Weeks since a heart attack, acute coronary syndrome, PCI or bypass, 0 to 5,200.
    unstable_cardiac : bool
        Unstable angina, decompensated heart failure, severe valve disease, uncontrolled
        arrhythmia.
    stroke_or_tia : bool
        Any ischaemic stroke or transient ischaemic attack.
    raised_icp : bool
        Raised intracranial pressure, shunt, mass, recent brain injury.
    eye : {"open", "glaucoma_untreated", "unknown"} or None
        Open globe injury, or untreated or angle-closure glaucoma.
    child_pugh : {"A", "B", "C", "unknown"} or None
    alt_x_uln : float
        ALT or AST as a multiple of the upper limit of normal, 0 to 200.
    uncontrolled_thyroid : bool
        Hyperthyroidism that is not controlled.
    urinary_symptoms : bool
        New or unexplained.
    ketamine_bladder : bool
        Ketamine cystitis, ever.
    pregnancy : {"na", "neg", "pos", "untested"}
    lactating : bool
    seizures : {"controlled", "uncontrolled", "unknown"} or None
    bmi : float
        Body mass index in kg/m², 8 to 120.
    sleep_apnoea : {"none", "treated", "untreated", "unscreened"}
    maoi, maoi_plan : bool
        Takes a monoamine oxidase inhibitor; a written blood pressure plan is on file.
    theophylline, stimulant, opioid, naltrexone, lamotrigine, cyp_interaction : bool
        Takes it.
    benzodiazepine_mg_diazepam_eq : float
        Diazepam equivalent in mg/day, 0 to 400.
    ecg_needed, ecg_done : bool
        There is a reason for an ECG; it has been read.
    baseline_done : bool
        C-SSRS, MADRS or PHQ-9, blood tests and prescription monitoring are complete.
    escort, fasted : bool
    adequate_trials_earlier : int
        As `adequate_trials`, in earlier episodes; only a source that counts a lifetime reads it.

    Raises
    ------
    ValueError
        For an impossible value, with the limit.
    """

    age_years: float | None = 40
    diagnosis: str | None = "MDD"
    moderate_or_severe: bool | None = True
    adequate_trials: int | None = 2
    capacity: bool | None = True
    setting: str | None = "out"
    cssrs_ideation: int | None = 0
    suicidal_behaviour_3mo: bool | None = False
    risk_cleared: bool | None = False
    psychosis: str | None = "none"
    mania: bool | None = False
    antimanic: bool | None = False
    psychiatric_clearance: bool | None = False
    delirium: bool | None = False
    dementia: bool | None = False
    substance_use: str | None = "none"
    ketamine_use_disorder: bool | None = False
    urine_drug_screen_unexplained: bool | None = False
    intoxicated: bool | None = False
    systolic_mmhg: float | None = 124
    diastolic_mmhg: float | None = 76
    heart_rate_bpm: float | None = 72
    bp_symptoms: bool | None = False
    red_flag_symptoms: bool | None = False
    spo2_pct: float | None = 98
    vascular_contraindication: bool | None = False
    ketamine_allergy: bool | None = False
    weeks_since_mi: float | str | None = None
    unstable_cardiac: bool | None = False
    stroke_or_tia: bool | None = False
    medical_clearance: bool | None = False
    raised_icp: bool | None = False
    eye: str | None = None
    child_pugh: str | None = None
    alt_x_uln: float | None = 1.0
    uncontrolled_thyroid: bool | None = False
    urinary_symptoms: bool | None = False
    ketamine_bladder: bool | None = False
    pregnancy: str | None = "na"
    lactating: bool | None = False
    seizures: str | None = None
    bmi: float | None = 26
    sleep_apnoea: str | None = "none"
    maoi: bool | None = False
    maoi_plan: bool | None = False
    theophylline: bool | None = False
    benzodiazepine_mg_diazepam_eq: float | None = 0
    stimulant: bool | None = False
    opioid: bool | None = False
    naltrexone: bool | None = False
    lamotrigine: bool | None = False
    cyp_interaction: bool | None = False
    ecg_needed: bool | None = False
    ecg_done: bool | None = False
    baseline_done: bool | None = True
    escort: bool | None = True
    fasted: bool | None = True
    # Last, so that what the course's own rule reads keeps its place.
    adequate_trials_earlier: int | None = 0

    def __post_init__(self) -> None:
        for name, default in _DEFAULTS:
            value = getattr(self, name)
            if value is default or value is None:
                continue
            if name in NONE_MEANS_NONE and isinstance(value, str) and value == UNKNOWN:
                continue
            _check(name, value)
        systolic, diastolic = self.systolic_mmhg, self.diastolic_mmhg
        if systolic is not None and diastolic is not None and diastolic >= systolic:
            raise ValueError(
                f"diastolic_mmhg is {diastolic}; it must be below systolic_mmhg, {systolic} mmHg."
            )


_DEFAULTS: tuple[tuple[str, Any], ...] = tuple((f.name, f.default) for f in fields(Candidate))

FIELDS: tuple[str, ...] = tuple(name for name, _default in _DEFAULTS)
"""Names of all fields, in order."""


def is_unknown(candidate: Candidate, name: str) -> bool:
    """Return whether a field of a candidate is not known."""
    value = getattr(candidate, name)
    if name in NONE_MEANS_NONE:
        return isinstance(value, str) and value == UNKNOWN
    return value is None


_MUST_BE_KNOWN = tuple(name for name in FIELDS if name not in NONE_MEANS_NONE)
_values = operator.attrgetter(*_MUST_BE_KNOWN)
_written = operator.attrgetter(*NONE_MEANS_NONE)


def unknown_fields(candidate: Candidate) -> tuple[str, ...]:
    """Return the names of the fields that are not known, in order."""
    if None not in _values(candidate) and UNKNOWN not in _written(candidate):
        return ()
    return tuple(name for name in FIELDS if is_unknown(candidate, name))


def unknown_value(name: str) -> str | None:
    """Return how *unknown* is written in a field."""
    return UNKNOWN if name in NONE_MEANS_NONE else None
