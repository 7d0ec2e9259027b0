# mypy: disable-error-code="operator"
"""The decision rule: one table, read from top to bottom.

A conservative teaching rule for outpatients, not a protocol. Emergency stands above
contraindication, above referral, above waiting; every reason that applies is returned.
"""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from types import MappingProxyType
from typing import Any

from trd.screening.candidate import (
    CHOICES,
    FIELDS,
    LIMITS,
    NONE_MEANS_NONE,
    Candidate,
    unknown_fields,
)
from trd.screening.evidence import STATUS_ORDER, EvidenceRow, evidence_rows
from trd.screening.policies import WEIGH, Limits, Policy, policy

EMERGENCY = "REFER-EMERGENCY"
CONTRAINDICATED = "CONTRAINDICATED"
REFER = "REFER"
DEFER = "DEFER"
ELIGIBLE = "ELIGIBLE"
CONDITION = "CONDITION"

DISPOSITIONS: tuple[str, ...] = (EMERGENCY, CONTRAINDICATED, REFER, DEFER, ELIGIBLE)
"""From the strictest to the mildest."""

HEADLINES: Mapping[str, str] = MappingProxyType(
    {
        EMERGENCY: "Emergency: same-day assessment now, no infusion",
        CONTRAINDICATED: "Outside this course's outpatient rule",
        REFER: "Not decided here: a specialist's opinion, or back to the referrer, first",
        DEFER: "Not yet: wait until what is named is settled",
        ELIGIBLE: "No barrier found by this teaching rule: go on to specialist consent",
    }
)
"""How a disposition reads on screen."""

WARD_HEADLINE = (
    "The ward’s care first: this rule for outpatients names no barrier of its own, which is no "
    "go-ahead; ketamine is at most an adjunct on the ward"
)
"""Instead of “No barrier found” for somebody on a ward at high risk of suicide."""

WARD_NOTE = (
    "Intent or a plan in somebody on a ward: high risk. The ward's assessment and care come first; "
    "whatever this rule says is no go-ahead, and ketamine is at most an adjunct."
)
"""Goes with every answer about an inpatient with intent: the rule is one for outpatients."""

RISK_NOTE = (
    "Suicidal thoughts or recent behaviour: no all-clear, whatever follows for the infusion. A "
    "clinician assesses the risk today (on a ward: its psychiatrist, and somebody stays until the "
    "ward has taken over); then safety plan, means safety, a named contact."
)
"""Goes with every other answer about somebody whose risk is to be assessed the same day."""

BIPOLAR = ("BD1", "BD2")
INDICATIONS = ("MDD", *BIPOLAR)

Predicate = Callable[[Candidate, Limits], object]
"""True or false, for a candidate without unknown values."""


@dataclass(frozen=True)
class Row:
    """One line of the rule.

    Attributes
    ----------
    code : str
        E (emergency), C (contraindicated), R (refer), D (defer) or F (condition) and a number.
    disposition : str
        One of `DISPOSITIONS`, or ``"CONDITION"``.
    reads : tuple of str
        Fields of `Candidate` the predicate reads.
    applies : callable
        ``applies(candidate, limits) -> bool``, for a candidate without unknown values.
    what, why : str
        The finding, and why it matters.
    until : str
        What has to happen; for a condition, what goes into the plan.
    evidence : tuple of str
        Ids of the rows of ``assets/evidence/screening.csv``: the course's own convention first,
        then what it leans on.
    disagreement : str
        What sources say differently; empty when no disagreement is recorded.
    """

    code: str
    disposition: str
    reads: tuple[str, ...]
    applies: Predicate
    what: str
    why: str
    until: str
    evidence: tuple[str, ...]
    disagreement: str = ""

    @property
    def sources_agree(self) -> bool:
        """True when no disagreement between sources is recorded."""
        return not self.disagreement


def _row(
    code: str,
    reads: str,
    applies: Predicate,
    what: str,
    why: str,
    until: str,
    evidence: str,
    disagreement: str = "",
) -> Row:
    kinds = {"E": EMERGENCY, "C": CONTRAINDICATED, "R": REFER, "D": DEFER, "F": CONDITION}
    return Row(
        code=code,
        disposition=kinds[code[0]],
        reads=tuple(reads.split()),
        applies=applies,
        what=what,
        why=why,
        until=until,
        evidence=tuple(evidence.split()),
        disagreement=disagreement,
    )


def _weeks(p: Candidate) -> float | None:
    return p.weeks_since_mi  # type: ignore[return-value]


def _recent_heart_attack(p: Candidate, t: Limits) -> bool:
    weeks = _weeks(p)
    return weeks is not None and weeks < t.mi_contraindicated_weeks


def _earlier_heart_attack(p: Candidate, t: Limits) -> bool:
    weeks = _weeks(p)
    return weeks is not None and t.mi_contraindicated_weeks <= weeks < t.mi_refer_weeks


def _high_pressure(p: Candidate, t: Limits) -> bool:
    # The trials say “over 65”, the EU text “from 65”: at exactly 65 the two differ.
    older = p.age_years > t.older_than_years or (
        t.older_from_that_age and p.age_years == t.older_than_years
    )
    systolic = t.systolic_older_mmhg if older else t.systolic_mmhg
    return p.systolic_mmhg > systolic or p.diastolic_mmhg > t.diastolic_mmhg


def _crisis_pressure(p: Candidate, t: Limits) -> bool:
    return p.systolic_mmhg >= t.crisis_systolic_mmhg or p.diastolic_mmhg >= t.crisis_diastolic_mmhg


def _trials(p: Candidate, t: Limits) -> int:
    return p.adequate_trials + (p.adequate_trials_earlier if t.lifetime else 0)


# What sources say differently where a referral and a condition are about the same finding.
_ON_BIPOLAR = (
    "Criteria ascribed to the VA exclude bipolar disorder; one clinic treats it; the EU leaflet "
    "asks for caution."
)
_ON_SEIZURES = (
    "One clinic may turn down people with seizures; in a survey providers recalled one seizure "
    "among 6,630 people."
)

# fmt: off
RULE: tuple[Row, ...] = (
    # Emergencies.
    _row("E1", "setting cssrs_ideation suicidal_behaviour_3mo risk_cleared",
         lambda p, t: p.setting == "out" and (
             p.cssrs_ideation >= t.intent_item
             or (p.suicidal_behaviour_3mo and not p.risk_cleared)),
         "Suicidal intent or a plan, or recent suicidal behaviour without written clearance, in "
         "an outpatient",
         "Intent, a plan or behaviour in the past three months is the high band of the Columbia "
         "triage; prevention of suicide by ketamine is not shown.",
         "until a same-day emergency psychiatric assessment; the person is not left alone",
         "screen-rule-emergency-risk screen-cssrs-high screen-not-prevention"),
    _row("E2", "systolic_mmhg diastolic_mmhg bp_symptoms",
         lambda p, t: _crisis_pressure(p, t) and p.bp_symptoms,
         "Blood pressure of 180 systolic or 120 diastolic or more, with symptoms",
         "Symptoms at such a pressure may mean organ damage; the infusion would raise it further.",
         "until the emergency department has assessed and treated it",
         "screen-rule-emergency-systolic screen-rule-emergency-diastolic screen-label-emergency"),
    _row("E3", "red_flag_symptoms spo2_pct",
         lambda p, t: p.red_flag_symptoms or p.spo2_pct < t.spo2_emergency_pct,
         "Alarm symptoms, or oxygen saturation below 90 %",
         "Chest pain, breathlessness at rest, a sudden worst headache, new weakness or fainting "
         "comes first.",
         "until the emergency department has assessed it",
         "screen-rule-red-flags screen-rule-oximetry-emergency screen-label-emergency"),
    _row("E4", "delirium",
         lambda p, t: p.delirium,
         "Delirium",
         "A new confusion has a cause that must be found, and it takes the capacity to consent "
         "away.",
         "until the cause is found and treated",
         "screen-rule-delirium screen-va-dementia"),
    # Contraindications of this course.
    _row("C1", "vascular_contraindication",
         lambda p, t: p.vascular_contraindication,
         "Aneurysm of any artery, arteriovenous malformation, or a past bleed inside the brain",
         "A surge of blood pressure could make it rupture or bleed again; “stable for years” "
         "does not matter.",
         "a repaired lesion stays outside unless vascular and neurological specialists write "
         "otherwise",
         "screen-rule-vascular screen-rule-vascular-repaired screen-us-label-vascular "
         "screen-trials-no-imaging"),
    _row("C2", "ketamine_allergy",
         lambda p, t: p.ketamine_allergy,
         "Hypersensitivity to ketamine, esketamine or another ingredient",
         "Risk of anaphylaxis; a frightening experience in the past is not an allergy.",
         "not treated; find out first what “allergy” meant",
         "screen-rule-allergy screen-label-allergy"),
    _row("C3", "psychosis",
         lambda p, t: p.psychosis == "current",
         "Psychosis now, or a schizophrenia spectrum disorder",
         "Blocking NMDA receptors can worsen positive symptoms.",
         "go to a specialist; ECT may come first",
         "screen-rule-psychosis screen-us-label-psychosis screen-asra-psychosis "
         "screen-crtce-psychosis screen-va-unipolar screen-psychosis-review "
         "screen-elektd-excluded",
         "The US label weighs benefit and risk; the ASRA consensus avoids some poorly controlled "
         "psychoses; some services exclude; a review of 9 reports (41 patients) saw mild, "
         "self-limiting effects."),
    _row("C4", "pregnancy",
         lambda p, t: p.pregnancy == "pos",
         "Pregnancy",
         "In animals the fetal brain was harmed; human data are not sufficient.",
         "not treated here; perinatal psychiatry",
         "screen-rule-pregnancy screen-us-label-pregnancy screen-trial-pregnancy"),
    _row("C5", "mania",
         lambda p, t: p.mania,
         "Mania or a mixed state now",
         "An antidepressant treatment can make it worse, and it is not the depression the course "
         "treats.",
         "treat the mania; a new assessment when it is over",
         "screen-rule-mania screen-eu-bipolar",
         "The EU leaflet asks for caution where this rule excludes."),
    _row("C6", "unstable_cardiac weeks_since_mi stroke_or_tia",
         lambda p, t: p.unstable_cardiac or _recent_heart_attack(p, t)
         or (t.stroke_contraindicates and p.stroke_or_tia),
         "Unstable heart disease, or a heart attack, stent or bypass less than six weeks ago",
         "Ketamine raises pulse and pressure, and with them the heart's need for oxygen.",
         "cardiology; not before it is stable and the six weeks are over",
         "screen-rule-cardiac-absolute screen-eu-mi-window screen-phase3-mi-window "
         "screen-us-label-no-window screen-asra-cardiac",
         "EU leaflet six weeks; phase 3 trials twelve months; no limit seen in a copy of the US "
         "label."),
    _row("C7", "child_pugh",
         lambda p, t: p.child_pugh == "C",
         "Severe liver disease (Child-Pugh C)",
         "Ketamine is cleared by the liver, and bile ducts have been injured by repeated use.",
         "not treated; hepatology",
         "screen-rule-liver screen-childpugh-c screen-us-label-liver screen-asra-liver "
         "screen-liver-cases"),
    _row("C8", "raised_icp eye",
         lambda p, t: p.raised_icp or p.eye == "open",
         "Raised intracranial pressure, shunt, mass or recent brain injury; open eye injury",
         "Blood flow and pressure in brain and eye may rise.",
         "not treated in a clinic",
         "screen-rule-icp screen-asra-icp screen-phase3-icp screen-phase3-eye "
         "screen-icp-ventilated screen-iop-children",
         "No rise of brain pressure was seen in 127 sedated, ventilated adults, and a small one of "
         "eye pressure in children; neither is an awake outpatient."),
    _row("C9", "ketamine_use_disorder ketamine_bladder",
         lambda p, t: p.ketamine_use_disorder or p.ketamine_bladder,
         "Ketamine use disorder or ketamine cystitis, ever",
         "Relapse, and further damage to the bladder.",
         "not treated; addiction care, urology",
         "screen-rule-ketamine-use screen-label-bladder"),
    # Referrals.
    _row("R1", "setting suicidal_behaviour_3mo risk_cleared",
         lambda p, t: p.setting != "out" and p.suicidal_behaviour_3mo and not p.risk_cleared,
         "Suicidal behaviour in the past three months, in an inpatient",
         "A psychiatrist's full risk assessment comes before any thought of ketamine.",
         "until a psychiatrist's full risk assessment is written",
         "screen-rule-inpatient-risk screen-cssrs-high"),
    _row("R2", "age_years",
         lambda p, t: p.age_years < t.adult_years,
         "Younger than 18",
         "Esketamine is not approved below 18, as copies of its label say; of infusions one small "
         "trial was read.",
         "refer to a specialist service for young people",
         "screen-rule-age-child screen-label-children screen-boxed-children screen-teen-n"),
    _row("R3", "capacity",
         lambda p, t: not p.capacity,
         "Cannot take this decision at present",
         "Consent needs four abilities: to understand, appreciate, reason and express a choice.",
         "until capacity is back, or the legal route of the country has been followed",
         "screen-rule-delirium screen-consent-abilities screen-crtce-dementia"),
    _row("R4", "diagnosis adequate_trials moderate_or_severe",
         lambda p, t: p.diagnosis not in INDICATIONS or _trials(p, t) < t.trials
         or not p.moderate_or_severe,
         "The indication is not met: another diagnosis, too few adequate trials, or a mild or "
         "absent episode",
         "The evidence is about moderate or severe depression that did not respond to adequate "
         "trials.",
         "return to the referrer with what could help meanwhile",
         "screen-rule-trials screen-rule-severity screen-trd-us-monotherapy screen-elektd-trials "
         "screen-va-trials",
         "Two trials in the episode, two in a lifetime, or four."),
    _row("R5", "psychosis psychiatric_clearance",
         lambda p, t: t.psychosis_past_refers and p.psychosis == "past"
         and not (p.psychiatric_clearance and t.psychosis_letter_lifts),
         "Psychosis in the past, now over",
         "It may come back with a drug that can cause psychotic experiences.",
         "until a second psychiatric opinion is written (then F13)",
         "screen-rule-psychosis screen-us-label-psychosis screen-va-unipolar "
         "screen-psychosis-review",
         "Criteria ascribed to the VA leave out past schizophrenia; the US label weighs."),
    _row("R6", "diagnosis antimanic",
         lambda p, t: p.diagnosis in BIPOLAR
         and (t.bipolar_excluded or (t.antimanic_asked and not p.antimanic)),
         "Bipolar disorder without an antimanic medicine",
         "Risk of a switch into mania; the data on bipolar depression are few.",
         "until an antimanic medicine is established",
         "screen-rule-mania screen-va-unipolar screen-crtce-diagnosis screen-eu-bipolar "
         "screen-bipolar-offlabel",
         _ON_BIPOLAR),
    _row("R7", "dementia",
         lambda p, t: p.dementia,
         "Dementia",
         "Capacity is in question and confusion likely; people with it were left out.",
         "until geriatric psychiatry has seen the person",
         "screen-rule-delirium screen-va-dementia screen-crtce-dementia"),
    _row("R8", "substance_use",
         lambda p, t: p.substance_use in t.substance_refers,
         "Substance use disorder, active",
         "Misuse, additive sedation, unpredictable blood pressure.",
         "until addiction care has taken part in the plan",
         "screen-rule-substance screen-label-substance screen-asra-substance "
         "screen-crtce-substance-months screen-va-screen screen-abuse-review",
         "Weigh (esketamine's maker), no series while active (ASRA), none in three months (one "
         "clinic), any positive screen disqualifies (criteria ascribed to the VA); under "
         "supervision a review of 30 studies saw little misuse, none of them large enough to "
         "find what is rare."),
    _row("R9", "weeks_since_mi stroke_or_tia medical_clearance",
         lambda p, t: (_earlier_heart_attack(p, t) or (t.stroke_refers and p.stroke_or_tia))
         and not p.medical_clearance,
         "A heart attack, stent or bypass 6 to 52 weeks ago, or any ischaemic stroke or TIA",
         "The surge of pulse and pressure may be too much for a heart or brain that has just "
         "healed.",
         "until cardiology or neurology has written (then F13)",
         "screen-rule-cardiac-refer screen-phase3-mi-window screen-phase3-stroke "
         "screen-eu-mi-window",
         "Phase 3 trials left all of them out for twelve months or for good; the EU leaflet says "
         "six weeks."),
    _row("R10", "child_pugh medical_clearance",
         lambda p, t: p.child_pugh == "B" and not p.medical_clearance,
         "Moderate liver disease (Child-Pugh B)",
         "Effects last longer.",
         "until hepatology has written",
         "screen-rule-liver screen-childpugh-b screen-us-label-liver"),
    _row("R11", "seizures",
         lambda p, t: p.seizures == "uncontrolled",
         "Seizures that are not controlled",
         "Whether ketamine lowers the threshold is debated.",
         "until neurology has seen the person",
         "screen-rule-seizure screen-mindspace-seizure screen-survey-seizure",
         _ON_SEIZURES),
    _row("R12", "sleep_apnoea",
         lambda p, t: p.sleep_apnoea == "untreated",
         "Sleep apnoea without treatment",
         "The airway may be lost under sedation.",
         "until treatment has begun and anaesthesia has reviewed the airway",
         "screen-rule-sleep-apnoea screen-eu-airway"),
    _row("R13", "eye",
         lambda p, t: p.eye == "glaucoma_untreated",
         "Untreated or angle-closure glaucoma",
         "The pressure in the eye may rise; treated glaucoma is no barrier.",
         "until ophthalmology has treated it",
         "screen-rule-glaucoma screen-phase3-eye"),
    # Waiting.
    _row("D1", "age_years systolic_mmhg diastolic_mmhg",
         _high_pressure,
         "Resting blood pressure above 140/90 (systolic 150 above the age of 65)",
         "The infusion adds to it, on average about 16/11 mmHg at 40 minutes.",
         "until it is at or below the limit on two readings; no drug given only to make the number",
         "screen-rule-pressure screen-phase3-systolic screen-phase3-systolic-65 "
         "screen-phase3-diastolic screen-us-label-systolic screen-us-label-diastolic "
         "screen-eu-label-pressure screen-surge-systolic screen-surge-diastolic",
         "A guide to weigh (US and EU label) or a hard stop (phase 3 trials); 150 above 65 "
         "(trials), from 65 (EU), or at no age (US)."),
    _row("D2", "heart_rate_bpm",
         lambda p, t: not t.heart_rate_low_bpm <= p.heart_rate_bpm <= t.heart_rate_high_bpm,
         "Resting pulse above 110 or below 50",
         "It needs an explanation before a drug that changes it.",
         "until it is explained and an ECG has been read",
         "screen-rule-heart-rate"),
    _row("D3", "urine_drug_screen_unexplained intoxicated",
         lambda p, t: p.urine_drug_screen_unexplained or p.intoxicated,
         "Unexplained urine drug screen, or intoxicated",
         "Additive effects; a first positive result needs confirmation before any label.",
         "until the screen is negative or explained, and the person sober",
         "screen-rule-screen-positive screen-workup-uds screen-workup-uds-source",
         "A urine drug screen for all (this rule) or on suspicion."),
    _row("D4", "substance_use",
         lambda p, t: p.substance_use in t.substance_defers,
         "Substance use disorder in remission for less than three months",
         "Early remission is fragile.",
         "until three months of remission",
         "screen-rule-substance screen-crtce-substance-months",
         "Caution, a three-month rule, or any positive screen, depending on the source."),
    _row("D5", "pregnancy lactating",
         lambda p, t: p.pregnancy == "untested" or p.lactating,
         "Pregnancy possible and not tested, or breastfeeding",
         "Harm to a fetus cannot be excluded, and ketamine passes into milk.",
         "until the test is negative, or breastfeeding has ended; weaning is a decision of its "
         "own, to be weighed with a perinatal specialist",
         "screen-rule-pregnancy screen-us-label-pregnancy screen-trial-pregnancy "
         "screen-milk-women screen-milk-conflict",
         "On milk: little passed into it in 8 women; the US label of esketamine advises against "
         "breastfeeding. Neither “safe” nor “toxic”."),
    _row("D6", "urinary_symptoms",
         lambda p, t: p.urinary_symptoms,
         "New urinary symptoms",
         "Repeated ketamine can inflame the bladder; the cause must be known first.",
         "until urinalysis has been reviewed",
         "screen-rule-bladder screen-label-bladder screen-bladder-range"),
    _row("D7", "alt_x_uln",
         lambda p, t: p.alt_x_uln > t.alt_x_uln,
         "ALT or AST above three times the upper limit",
         "An unexplained liver injury could be made worse and would hide a new one.",
         "until it is evaluated and below three times the limit",
         "screen-rule-liver screen-workup-liver"),
    _row("D8", "uncontrolled_thyroid",
         lambda p, t: p.uncontrolled_thyroid,
         "Hyperthyroidism that is not controlled",
         "Excess thyroid hormone and ketamine both drive pulse and pressure.",
         "until thyroid function is normal",
         "screen-rule-thyroid screen-eu-thyroid"),
    _row("D9", "spo2_pct",
         lambda p, t: t.spo2_emergency_pct <= p.spo2_pct < t.spo2_low_pct,
         "Oxygen saturation of 90 to 93 %",
         "Little reserve if breathing slows.",
         "until it is 94 % or more, or explained",
         "screen-rule-oximetry-defer"),
    _row("D10", "maoi maoi_plan",
         lambda p, t: p.maoi and not p.maoi_plan,
         "A monoamine oxidase inhibitor without a written blood pressure plan",
         "The pressure may rise more; in a cohort of 43 people, 14 of them on such a drug, no "
         "crisis was seen.",
         "until a blood pressure plan is written",
         "screen-ix-maoi-action screen-ix-maoi-doses screen-ix-maoi-label"),
    _row("D11", "theophylline",
         lambda p, t: p.theophylline,
         "Theophylline or aminophylline",
         "Together with ketamine the seizure threshold may fall; the label advises against it.",
         "until the drug is switched",
         "screen-ix-theophylline-action screen-ix-theophylline"),
    _row("D12", "bmi sleep_apnoea",
         lambda p, t: p.bmi >= t.bmi and p.sleep_apnoea == "unscreened",
         "BMI of 35 or more and never screened for sleep apnoea",
         "Sleep apnoea is common then, and the airway matters.",
         "until STOP-BANG has been done",
         "screen-rule-sleep-apnoea screen-eu-airway"),
    _row("D13", "ecg_needed ecg_done",
         lambda p, t: p.ecg_needed and not p.ecg_done,
         "An ECG is needed and has not been read",
         "Known heart disease, arrhythmia, fainting, drugs that prolong QT, or age with risk "
         "factors.",
         "until the ECG has been read",
         "screen-workup-ecg screen-workup-ecg-bc",
         "For everybody (a Canadian draft standard) or targeted (this rule)."),
    _row("D14", "baseline_done",
         lambda p, t: not p.baseline_done,
         "The baseline is not complete, or something that must be known is unknown",
         "Unknown is never “no”.",
         "until C-SSRS, MADRS or PHQ-9, blood tests, prescription monitoring and every safety "
         "question are done",
         "screen-rule-unknown"),
    _row("D15", "escort",
         lambda p, t: not p.escort,
         "Nobody to take the person home",
         "No driving until the next day.",
         "until an escort is arranged",
         "screen-rule-escort screen-no-driving"),
    _row("D16", "fasted",
         lambda p, t: not p.fasted,
         "Not fasted",
         "Nausea and vomiting with less control of the airway.",
         "until no food for 2 h and no liquid for 30 min, as for esketamine; a clinic's own rule "
         "may be stricter",
         "screen-fasting-rule screen-fasting-food screen-fasting-liquid screen-fasting-ketamine",
         "The figures are those of esketamine; the ketamine label asks for nil-by-mouth guidance "
         "to be followed."),
    # Conditions: what goes into the plan.
    _row("F1", "cssrs_ideation suicidal_behaviour_3mo risk_cleared setting",
         lambda p, t: 1 <= p.cssrs_ideation < t.intent_item
         or (p.suicidal_behaviour_3mo and p.risk_cleared)
         or (p.cssrs_ideation >= t.intent_item and p.setting != "out"),
         "Suicidal thoughts without intent, recent behaviour with written clearance, or intent "
         "in somebody who is on a ward",
         "The effect on such thoughts fades; after induction 6.0 % of 537 people reported more "
         "of them.",
         "a clinician's risk assessment the same day; safety plan, means safety, contact at 24 to "
         "72 h and on day 7; with intent on a ward the ward's assessment and care come first, and "
         "ketamine is at most an adjunct",
         "screen-rule-low-risk screen-rule-inpatient-intent screen-rule-call "
         "screen-rule-call-week screen-clinic-worse-ideation"),
    _row("F2", "benzodiazepine_mg_diazepam_eq",
         lambda p, t: p.benzodiazepine_mg_diazepam_eq > t.benzodiazepine_mg,
         "More than 8 mg a day of diazepam or its equivalent",
         "The antidepressant effect may be shorter or smaller; never a contraindication.",
         "leave out that morning's dose if safe; only a slow taper; never stop abruptly",
         "screen-ix-benzo-rule screen-ix-benzo-action screen-ix-benzo-dose screen-ix-benzo-trial "
         "screen-ix-benzo-review screen-ix-benzo-esketamine",
         "Less effect in several reports, none lost in the pooled esketamine trials."),
    _row("F3", "stimulant",
         lambda p, t: p.stimulant,
         "A psychostimulant or modafinil",
         "Pulse and blood pressure.",
         "hold that morning; watch the pressure closely",
         "screen-ix-stimulant-action screen-ix-stimulant-label"),
    _row("F4", "opioid",
         lambda p, t: p.opioid,
         "An opioid",
         "Sedation and slow breathing.",
         "capnography; no other sedative",
         "screen-ix-depressant-action screen-ix-depressant-label"),
    _row("F5", "naltrexone",
         lambda p, t: p.naltrexone,
         "Naltrexone",
         "A blunted effect was reported once and not found again.",
         "do not stop it for ketamine",
         "screen-ix-naltrexone-action screen-ix-naltrexone-block screen-ix-naltrexone-trial",
         "Blunted in one crossover; no group difference in a later trial (n = 65)."),
    _row("F6", "lamotrigine",
         lambda p, t: p.lamotrigine,
         "Lamotrigine",
         "May blunt effects: seen in two of five studies.",
         "continue; note it",
         "screen-ix-lamotrigine-action screen-ix-lamotrigine",
         "Two of five studies point to a smaller effect, three do not."),
    _row("F7", "cyp_interaction",
         lambda p, t: p.cyp_interaction,
         "A drug that changes CYP3A4 or CYP2B6, enzymes that break ketamine down",
         "The changes were shown with ketamine by mouth; by vein only rifampicin was measured, "
         "and the change was small.",
         "note it; start lower or watch longer with an inhibitor; do not chase the dose with an "
         "inducer",
         "screen-ix-inhibitor-action screen-ix-inducer-action screen-ix-clarithromycin "
         "screen-ix-rifampicin-iv"),
    _row("F8", "age_years",
         lambda p, t: p.age_years >= t.older_years,
         "65 or older",
         "A rise of pressure is likelier with age, and so are falls.",
         "ECG, falls, blood pressure every 5 min, slower infusion",
         "screen-rule-age-older screen-surge-age"),
    _row("F9", "diagnosis",
         lambda p, t: p.diagnosis in BIPOLAR,
         "Bipolar disorder",
         "Risk of a switch.",
         "antimanic cover, a mania rating and a sleep diary; stop at the first sign",
         "screen-rule-mania screen-va-unipolar screen-crtce-diagnosis screen-eu-bipolar "
         "screen-bipolar-offlabel",
         _ON_BIPOLAR),
    _row("F10", "substance_use",
         lambda p, t: p.substance_use == "remission",
         "Substance use disorder in remission for three months or more",
         "Relapse is possible; little misuse was seen under supervision, in studies too small to "
         "find what is rare.",
         "recovery plan and urine drug screens",
         "screen-rule-substance screen-label-substance screen-crtce-substance-months "
         "screen-abuse-review",
         "Weigh (esketamine's maker), or none in three months (one clinic)."),
    _row("F11", "seizures",
         lambda p, t: p.seizures == "controlled",
         "Seizures, controlled",
         "The antiseizure medicine protects.",
         "continue the antiseizure medicine",
         "screen-rule-seizure screen-mindspace-seizure screen-survey-seizure",
         _ON_SEIZURES),
    _row("F12", "sleep_apnoea bmi",
         lambda p, t: p.sleep_apnoea == "treated" or p.bmi >= t.bmi,
         "Treated sleep apnoea, or BMI of 35 or more",
         "The airway.",
         "airway plan: treatment at hand, capnography, anaesthesia review",
         "screen-rule-sleep-apnoea screen-eu-airway"),
    _row("F13", "psychiatric_clearance medical_clearance",
         lambda p, t: p.psychiatric_clearance or p.medical_clearance,
         "A specialist's written clearance",
         "The decision rests on it.",
         "file the letter",
         "screen-rule-cardiac-refer screen-rule-psychosis"),
    _row("F14", "maoi maoi_plan",
         lambda p, t: p.maoi and p.maoi_plan,
         "A monoamine oxidase inhibitor with a written plan",
         "The pressure may rise more.",
         "follow the plan: blood pressure every 5 min",
         "screen-ix-maoi-action screen-ix-maoi-doses screen-ix-maoi-label"),
    _row("F15", "age_years",
         lambda p, t: t.adult_years <= p.age_years <= t.young_adult_years,
         "18 to 24 years old",
         "The boxed warning of antidepressants names suicidal thoughts at this age.",
         "closer follow-up for suicidal thoughts",
         "screen-rule-age-young screen-boxed-young"),
)
# fmt: on

CODES: tuple[str, ...] = tuple(row.code for row in RULE)
"""All codes in the order in which they are reported."""

_BY_CODE = {row.code: row for row in RULE}
_BARRIERS = tuple(row for row in RULE if row.disposition != CONDITION)
_CONDITIONS = tuple(row for row in RULE if row.disposition == CONDITION)

SAFETY_FIELDS: tuple[str, ...] = tuple(
    name
    for name in FIELDS
    if any(name in row.reads for row in RULE if row.disposition in (EMERGENCY, CONTRAINDICATED))
)
"""Fields an emergency or contraindication reads: unknown here is D14, never “no”."""

RECORDS: tuple[str, ...] = (
    "risk_cleared",
    "psychiatric_clearance",
    "medical_clearance",
    "antimanic",
    "maoi_plan",
    "ecg_done",
    "baseline_done",
    "escort",
    "fasted",
)
"""Things that help only when they are known to be there: unknown counts as not there."""


@dataclass(frozen=True)
class Screening:
    """What the rule says of one person.

    Attributes
    ----------
    disposition : str
        One of `DISPOSITIONS`.
    reasons : tuple of str
        Codes of every barrier, emergencies first.
    conditions : tuple of str
        F codes: what goes into the plan.
    weigh : tuple of str
        Codes that the chosen source leaves to judgement; empty under the course's own rule.
    notes : tuple of str
        What a reader should know besides, in sentences; two answers that differ only here are
        equal.
    """

    disposition: str
    reasons: tuple[str, ...]
    conditions: tuple[str, ...]
    weigh: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=(), compare=False)


def headline(screening: Screening) -> str:
    """Return how an answer reads on screen.

    As in `HEADLINES`, except for an inpatient with intent or a plan in whom the rule names no
    barrier: “No barrier found: go on” would read as a go-ahead there.

    Parameters
    ----------
    screening : Screening
    """
    if screening.disposition == ELIGIBLE and WARD_NOTE in screening.notes:
        return WARD_HEADLINE
    return HEADLINES[screening.disposition]


def severity(disposition: str) -> int:
    """Return 0 for the mildest disposition, 4 for the strictest.

    Raises
    ------
    ValueError
        If there is no such disposition.
    """
    if disposition not in DISPOSITIONS:
        raise ValueError(
            f"{disposition!r} is not a disposition; choose one of {', '.join(DISPOSITIONS)}."
        )
    return len(DISPOSITIONS) - 1 - DISPOSITIONS.index(disposition)


# An outpatient with a common diagnosis and no findings, who has brought nothing along.
_ASSUMED = replace(Candidate(), **dict.fromkeys(RECORDS, False))  # type: ignore[arg-type]
_HELPED = replace(Candidate(), **dict.fromkeys(RECORDS, True))  # type: ignore[arg-type]


def complete(candidate: Candidate, helped: bool = False) -> Candidate:
    """Replace every unknown value: findings by their absence, records by `helped`.

    Only what still applies to the result is certain. The rule itself never stops there: an
    unknown that could hide a barrier is D14.
    """
    model = _HELPED if helped else _ASSUMED
    unknown: dict[str, Any] = {name: getattr(model, name) for name in unknown_fields(candidate)}
    # Half of a pressure: whatever is assumed for the other half must make a possible pair.
    systolic, diastolic = candidate.systolic_mmhg, candidate.diastolic_mmhg
    if systolic is None and diastolic is not None:
        unknown["systolic_mmhg"] = max(unknown["systolic_mmhg"], diastolic + 1)
    if diastolic is None and systolic is not None:
        unknown["diastolic_mmhg"] = min(unknown["diastolic_mmhg"], systolic - 1)
    return replace(candidate, **unknown) if unknown else candidate


def _possible(name: str) -> tuple[object, ...]:
    """Values that show whether an unknown field could matter."""
    if name in CHOICES:
        return (*CHOICES[name], *((None,) if name in NONE_MEANS_NONE else ()))
    if name in LIMITS:
        return LIMITS[name][:2]
    return (False, True)


def _could_apply(row: Row, known: Candidate, unknown: frozenset[str], limits: Limits) -> bool:
    open_fields = [name for name in row.reads if name in unknown and name not in RECORDS]
    if not open_fields:
        return False
    # Pressure is judged field by field, so that no impossible pair is tried.
    if "systolic_mmhg" in open_fields or "diastolic_mmhg" in open_fields:
        return True
    return any(
        row.applies(replace(known, **dict(zip(open_fields, values, strict=True))), limits)  # type: ignore[arg-type]
        for values in itertools.product(*map(_possible, open_fields))
    )


def _hidden(known: Candidate, unknown: frozenset[str], limits: Limits) -> bool:
    """Whether something unknown could hide a barrier."""
    return any(name in unknown for name in SAFETY_FIELDS) or any(
        _could_apply(row, known, unknown, limits)
        for row in _BARRIERS
        if row.disposition in (REFER, DEFER)
    )


@cache
def _default() -> Policy:
    return policy()


def screen(candidate: Candidate, source: Policy | Mapping[str, str] | None = None) -> Screening:
    """Apply the rule to one person.

    Parameters
    ----------
    candidate : Candidate
        What is known. An unknown value in a field that an emergency or contraindication reads
        gives D14, never “no”; so does an unknown finding that a referral or a delay reads and
        that could make it apply. An unknown record (a letter, a plan, an escort) is not there.
    source : Policy or mapping of str to str, optional
        Whose thresholds to use, e.g. ``{"blood-pressure": "label"}``; the course's by default.

    Returns
    -------
    Screening

    Raises
    ------
    ValueError
        For a topic or source that does not exist.

    Notes
    -----
    The rule is the course's own and conservative; `explain` gives the evidence of each code.
    """
    chosen = (
        _default() if source is None else source if isinstance(source, Policy) else policy(source)
    )
    limits, effects = chosen.limits, chosen.effects
    unknown = frozenset(unknown_fields(candidate))
    known = complete(candidate) if unknown else candidate
    found = [row for row in _BARRIERS if row.applies(known, limits)]
    if unknown and _BY_CODE["D14"] not in found and _hidden(known, unknown, limits):
        found = [row for row in _BARRIERS if row in found or row.code == "D14"]
    if effects:
        outcome = {row.code: effects.get(row.code, row.disposition) for row in found}
        weigh = tuple(code for code, effect in outcome.items() if effect == WEIGH)
        reasons = tuple(code for code in outcome if code not in weigh)
        outcomes = {outcome[code] for code in reasons}
        disposition = next((d for d in DISPOSITIONS if d in outcomes), ELIGIBLE)
    else:
        weigh = ()
        reasons = tuple([row.code for row in found])
        # The table is in order of precedence, so the first barrier decides.
        disposition = found[0].disposition if found else ELIGIBLE
    return Screening(
        disposition=disposition,
        reasons=reasons,
        conditions=tuple([row.code for row in _CONDITIONS if row.applies(known, limits)]),
        weigh=weigh,
        notes=_notes(known, unknown, reasons, limits),
    )


def _notes(
    known: Candidate, unknown: frozenset[str], reasons: tuple[str, ...], limits: Limits
) -> tuple[str, ...]:
    notes = []
    if known.setting != "out" and known.cssrs_ideation >= limits.intent_item:
        notes.append(WARD_NOTE)
    elif "E1" not in reasons and (known.cssrs_ideation >= 1 or known.suicidal_behaviour_3mo):
        notes.append(RISK_NOTE)
    if "D1" in reasons and "E2" not in reasons and _crisis_pressure(known, limits):
        notes.append(
            "180 systolic or 120 diastolic or more without symptoms: a medical review in the "
            "same week as well."
        )
    if known.bp_symptoms and not _crisis_pressure(known, limits):
        notes.append(
            "New headache or visual symptoms: a medical review the same day, whatever the pressure."
        )
    if unknown:
        notes.append("Not known: " + ", ".join(name for name in FIELDS if name in unknown) + ".")
    return tuple(notes)


def row(code: str) -> Row:
    """Return one line of the rule.

    Raises
    ------
    ValueError
        If there is no such code.
    """
    if code not in _BY_CODE:
        close = difflib.get_close_matches(str(code).upper(), CODES, n=1)
        offer = f" Did you mean {close[0]!r}?" if close else ""
        raise ValueError(
            f"{code!r} is not a code of the rule; codes are E1 to E4, C1 to C9, R1 to R13, "
            f"D1 to D16 and F1 to F15.{offer}"
        )
    return _BY_CODE[code]


@dataclass(frozen=True)
class Explanation:
    """One code in words.

    Attributes
    ----------
    code, disposition, headline : str
        The code, what it leads to, and how that reads on screen (empty for a condition).
    what, why, until : str
        The finding, why it matters, and what must happen.
    source : tuple of str
        Keys of the bibliography behind the finding; empty for a convention of the course.
    status : str
        ``"teaching-assumption"`` when nothing but the course's convention stands behind it,
        otherwise how the best of its sources was read: ``verified``, ``secondary``, ....
    evidence : tuple of EvidenceRow
        The rows themselves, the course's own convention first.
    sources_agree : bool
        False when a disagreement between sources is recorded.
    disagreement : str
        What differs; empty when they agree.
    """

    code: str
    disposition: str
    headline: str
    what: str
    why: str
    until: str
    source: tuple[str, ...]
    status: str
    evidence: tuple[EvidenceRow, ...]
    sources_agree: bool
    disagreement: str


def explain(code: str) -> Explanation:
    """Say what a code means, why, what must happen, and whether sources agree.

    Raises
    ------
    ValueError
        If there is no such code.
    """
    found = row(code)
    rows = tuple(evidence_rows()[name] for name in found.evidence)
    return Explanation(
        code=found.code,
        disposition=found.disposition,
        headline=HEADLINES.get(found.disposition, ""),
        what=found.what,
        why=found.why,
        until=found.until,
        source=tuple(dict.fromkeys(key for each in rows for key in each.source)),
        status=min((each.status for each in rows), key=STATUS_ORDER.index),
        evidence=rows,
        sources_agree=found.sources_agree,
        disagreement=found.disagreement,
    )
