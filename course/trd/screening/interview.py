# mypy: disable-error-code="operator"
"""What a trainee may ask and order, what it brings to light, and what the person says."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass

from trd.screening.candidate import Candidate
from trd.screening.policies import course_limits

ASK = "ask"
TEST = "test"
CONVENTION = "course convention"


@dataclass(frozen=True)
class Inquiry:
    """One question or one test.

    Attributes
    ----------
    key : str
    kind : {"ask", "test"}
    label : str
        As a trainee reads it.
    reveals : tuple of str
        Fields of `Candidate` that are known afterwards.
    evidence : str
        Row of ``assets/evidence/screening.csv`` that asks for it, or “course convention”.
    never_wasteful : bool
        Pregnancy test, C-SSRS and blood pressure are never wasteful, however often.
    wasteful : str
        Why it is wasteful in this clinic; empty when it is not. An ECG is not: sources differ on
        whether everybody needs one.
    """

    key: str
    kind: str
    label: str
    reveals: tuple[str, ...]
    evidence: str
    never_wasteful: bool = False
    wasteful: str = ""


def _inquiry(
    kind: str, key: str, label: str, reveals: str, evidence: str, **more: bool | str
) -> Inquiry:
    return Inquiry(key, kind, label, tuple(reveals.split()), evidence, **more)  # type: ignore[arg-type]


INQUIRIES: tuple[Inquiry, ...] = (
    _inquiry(
        ASK,
        "alarm",
        "Anything sudden today: chest, breath, head, eyes, strength?",
        "red_flag_symptoms bp_symptoms",
        "screen-rule-red-flags",
    ),
    _inquiry(
        ASK,
        "thinking",
        "Attention, orientation and memory",
        "delirium dementia",
        "screen-rule-delirium",
    ),
    _inquiry(
        ASK,
        "mood",
        "How bad is this episode, and how long has it lasted?",
        "moderate_or_severe",
        "screen-rule-severity",
    ),
    _inquiry(
        ASK,
        "trials",
        "Which treatments, at what dose, for how long, and were they taken?",
        "adequate_trials adequate_trials_earlier",
        "screen-rule-trials",
    ),
    _inquiry(
        ASK,
        "highs",
        "Ever high, fast or unusually irritable? Which diagnoses were made?",
        "diagnosis mania antimanic",
        "screen-rule-mania",
    ),
    _inquiry(
        ASK,
        "voices",
        "Voices, suspicion, beliefs others do not share: now or ever?",
        "psychosis psychiatric_clearance",
        "screen-rule-psychosis",
    ),
    _inquiry(
        ASK,
        "substances",
        "Alcohol and drugs: now and in the past?",
        "substance_use intoxicated",
        "screen-rule-substance",
    ),
    _inquiry(
        ASK,
        "ketamine",
        "Ketamine before: as a patient or otherwise? Any allergy or bladder trouble from it?",
        "ketamine_use_disorder ketamine_allergy ketamine_bladder",
        "screen-rule-ketamine-use",
    ),
    _inquiry(
        ASK,
        "heart",
        "The heart: attack, stent, bypass, angina, failure, valves, rhythm?",
        "weeks_since_mi unstable_cardiac medical_clearance",
        "screen-rule-cardiac-absolute",
    ),
    _inquiry(
        ASK,
        "vessels",
        "By name: aneurysm, malformed vessels, a bleed in the brain, stroke, TIA?",
        "vascular_contraindication stroke_or_tia medical_clearance",
        "screen-rule-vascular",
    ),
    _inquiry(
        ASK,
        "head-eyes",
        "Head injury, shunt, mass, seizures; glaucoma, eye injury?",
        "raised_icp eye seizures",
        "screen-rule-icp",
    ),
    _inquiry(
        ASK,
        "reproductive",
        "Is a pregnancy possible? Breastfeeding?",
        "lactating",
        "screen-rule-pregnancy",
    ),
    _inquiry(
        ASK,
        "medicines",
        "Every medicine, also from other prescribers and over the counter",
        "maoi maoi_plan theophylline benzodiazepine_mg_diazepam_eq stimulant opioid naltrexone "
        "lamotrigine cyp_interaction antimanic",
        "screen-ix-continue",
    ),
    _inquiry(
        ASK,
        "capacity",
        "Understand, appreciate, reason, express a choice",
        "capacity",
        "screen-consent-abilities",
    ),
    _inquiry(
        ASK,
        "home",
        "Who takes you home, and what about food and drink?",
        "escort fasted",
        "screen-rule-escort",
    ),
    _inquiry(
        TEST,
        "blood-pressure",
        "Blood pressure twice at rest, pulse, oxygen saturation",
        "systolic_mmhg diastolic_mmhg heart_rate_bpm spo2_pct",
        "screen-workup-readings",
        never_wasteful=True,
    ),
    _inquiry(
        TEST,
        "c-ssrs",
        "C-SSRS, behaviour in three months, written clearance",
        "cssrs_ideation suicidal_behaviour_3mo risk_cleared",
        "screen-workup-cssrs",
        never_wasteful=True,
    ),
    _inquiry(
        TEST,
        "pregnancy-test",
        "Pregnancy test",
        "pregnancy",
        "screen-rule-pregnancy-test",
        never_wasteful=True,
    ),
    _inquiry(
        TEST,
        "drug-screen",
        "Urine drug screen",
        "urine_drug_screen_unexplained",
        "screen-workup-uds",
    ),
    _inquiry(TEST, "ecg", "ECG", "ecg_needed ecg_done", "screen-workup-ecg"),
    _inquiry(
        TEST,
        "liver-tests",
        "Liver tests and creatinine",
        "alt_x_uln child_pugh medical_clearance",
        "screen-workup-liver",
    ),
    _inquiry(
        TEST,
        "thyroid",
        "Thyroid function",
        "uncontrolled_thyroid",
        "screen-workup-bloods",
    ),
    _inquiry(
        TEST,
        "urine",
        "Urinary symptoms and urinalysis",
        "urinary_symptoms",
        "screen-workup-urine",
    ),
    _inquiry(
        TEST,
        "stop-bang",
        "Height, weight and STOP-BANG",
        "bmi sleep_apnoea",
        "screen-workup-airway",
    ),
    _inquiry(
        TEST,
        "baseline",
        "Depression scale, blood count, prescription monitoring",
        "baseline_done",
        "screen-workup-scale-days",
    ),
    _inquiry(
        TEST,
        "vessel-scan",
        "Scan of head and aorta to look for an aneurysm",
        "",
        "screen-rule-vascular",
        wasteful="aneurysms are asked for by name; nobody is scanned routinely",
    ),
    _inquiry(
        TEST,
        "echocardiogram",
        "Echocardiogram",
        "",
        CONVENTION,
        wasteful="the cardiologist orders it when the history asks for it",
    ),
    _inquiry(
        TEST,
        "eeg",
        "EEG",
        "",
        CONVENTION,
        wasteful="it changes nothing in this rule; seizures are a question of history",
    ),
    _inquiry(
        TEST,
        "gene-test",
        "Test of drug-metabolising genes",
        "",
        CONVENTION,
        wasteful="it changes nothing in this rule",
    ),
    _inquiry(
        TEST,
        "ketamine-level",
        "Ketamine level in blood",
        "",
        CONVENTION,
        wasteful="it changes nothing in this rule",
    ),
)

_BY_KEY = {(each.kind, each.key): each for each in INQUIRIES}

KNOWN_AT_START: tuple[str, ...] = ("age_years", "setting", "intoxicated")
"""What every referral letter says, and what anybody sees when the person comes in."""


def inquiry(kind: str, key: object) -> Inquiry:
    """Return one question or test.

    Raises
    ------
    ValueError
        If there is none of that name, with the nearest one.
    """
    found = _BY_KEY.get((kind, str(key)))
    if found is None:
        keys = [each.key for each in INQUIRIES if each.kind == kind]
        noun = {ASK: "a question", TEST: "a test"}.get(kind, "anything")
        close = difflib.get_close_matches(str(key), keys, n=1)
        offer = f" Did you mean {close[0]!r}?" if close else ""
        raise ValueError(
            f"{key!r} is not {noun} of this clinic; there are {', '.join(keys)}.{offer}"
        )
    return found


def revealed_by(found: Inquiry, candidate: Candidate) -> tuple[str, ...]:
    """Return the fields known after an inquiry; a pregnancy that is impossible needs no test."""
    if found.key == "reproductive" and candidate.pregnancy == "na":
        return (*found.reveals, "pregnancy")
    return found.reveals


When = Callable[[Candidate, frozenset[str]], object]


@dataclass(frozen=True)
class Saying:
    """One thing an inquiry or a letter says.

    Attributes
    ----------
    inquiry : str
        Key of the inquiry that brings it out.
    fields : tuple of str
        What it is about: what a letter that mentions it gives away, unless it is `vague`.
    when : callable
        ``when(candidate, extras) -> bool``.
    said, letter : tuple of str
        Wordings; the letter's belong to those said at the same place, a single one to all of them.
        Empty for what no letter says.
    vague : bool
        The letter only hints: one has to ask.
    """

    inquiry: str
    fields: tuple[str, ...]
    when: When
    said: tuple[str, ...]
    letter: tuple[str, ...] = ()
    vague: bool = False


def _say(inquiry: str, fields: str, when: When, said: str, letter: str = "") -> Saying:
    return Saying(
        inquiry,
        tuple(fields.split()),
        when,
        tuple(part.strip() for part in said.split("|")),
        tuple(part.strip() for part in letter.removeprefix("~").split("|") if part.strip()),
        letter.startswith("~"),
    )


def _extra(name: str) -> When:
    return lambda p, x: name in x


def _traced_anyway(p: Candidate, _extras: frozenset[str]) -> object:
    """Whether anybody would take an ECG, though the work-up's list does not ask for one."""
    limits = course_limits()
    return (
        not limits.heart_rate_low_bpm <= p.heart_rate_bpm <= limits.heart_rate_high_bpm
        or p.systolic_mmhg > limits.systolic_mmhg
        or p.diastolic_mmhg > limits.diastolic_mmhg
        or p.red_flag_symptoms
        or p.uncontrolled_thyroid
        or p.stroke_or_tia
        or p.antimanic
    )


OWN_LIST = "own-list"
"""Among the extras of somebody whose medicines a vignette gives."""


@dataclass(frozen=True)
class OtherMedicine:
    """What goes with a history and is nothing the rule reads.

    Attributes
    ----------
    when : callable
        ``when(candidate, extras) -> bool``.
    listed : tuple of str
        As a medication list names them.
    said : str
    """

    when: When
    listed: tuple[str, ...]
    said: str


# fmt: off
OTHER_MEDICINES: tuple[OtherMedicine, ...] = (
    OtherMedicine(lambda p, x: p.seizures == "controlled", ("levetiracetam",),
                  "“Levetiracetam, morning and evening.”"),
    OtherMedicine(lambda p, x: p.seizures == "uncontrolled", ("levetiracetam",),
                  "“Levetiracetam; they are about to raise it.”"),
    OtherMedicine(lambda p, x: p.weeks_since_mi is not None,
                  ("aspirin", "atorvastatin", "bisoprolol"),
                  "“Aspirin, atorvastatin and bisoprolol, for the heart.”"),
    OtherMedicine(lambda p, x: p.stroke_or_tia and p.weeks_since_mi is None,
                  ("aspirin", "atorvastatin"), "“Aspirin and atorvastatin.”"),
    OtherMedicine(lambda p, x: p.unstable_cardiac, ("bisoprolol",),
                  "“Bisoprolol, from the cardiologist.”"),
    OtherMedicine(lambda p, x: p.psychosis == "current" and OWN_LIST not in x,
                  ("aripiprazole injection, monthly",),
                  "“The injection from the team, once a month: aripiprazole.”"),
)
# fmt: on


_AORTA_YEARS = 50
"""From this age an aneurysm of the aorta is one of the wordings."""

# Wordings are separated by "|"; a letter that begins with "~" only hints. {braces} are filled in.
# fmt: off
SAYINGS: tuple[Saying, ...] = (
    # alarm
    _say("alarm", "bp_symptoms", lambda p, x: p.bp_symptoms,
         "“My sight has been blurred since this morning, and my head is pounding.”"
         "|“There is a pressing headache today and I see spots.”",
         "~Complained of headache and blurred sight this week."),
    _say("alarm", "red_flag_symptoms", lambda p, x: p.red_flag_symptoms,
         "“Since I climbed the stairs here my chest feels tight, and I cannot get my breath.”"
         "|“My left hand went weak an hour ago, it is a little better now.”"
         "|“An hour ago I had the worst headache of my life, out of nowhere.”"),
    _say("alarm", "", _extra("migraine"),
         "“I get migraine twice a month with zigzag lines, the same since school. None today.”",
         "Headaches with visual disturbance, investigated years ago."),
    # thinking
    _say("thinking", "delirium", lambda p, x: p.delirium,
         "Drifts off in mid-sentence and takes the clinic for a hotel. “It began two days ago,” "
         "says the companion.|Cannot follow a question to its end and sees a cat on the sill. "
         "“Yesterday it was not like this,” says the companion."),
    _say("thinking", "", lambda p, x: p.intoxicated,
         "Knows day and place and follows the questions; the speech is slurred."),
    _say("thinking", "dementia", lambda p, x: p.dementia,
         "Friendly and awake; does not know the year and asks the same question three times. The "
         "memory clinic diagnosed dementia last year.",
         "~Some forgetfulness, seen at the memory clinic."),
    # mood
    _say("mood", "moderate_or_severe", lambda p, x: p.diagnosis == "other",
         "“Low on some days. What keeps me in bed is the nights, and what I see in them.”"
         "|“Low on some days. What keeps me in bed is the pain.”"),
    _say("mood", "moderate_or_severe",
         lambda p, x: not p.moderate_or_severe and p.diagnosis != "other",
         "“Some days are grey, most are all right. I sleep, and I get things done. I was curious.”"
         "|“I was low in spring. I am all right now; I wanted to be prepared.”"),
    _say("mood", "", lambda p, x: p.mania,
         "“Flying since last week; before that I lay in bed for {months} months.”"
         "|“All at once: in despair and racing. The depression has lasted {months} months.”"),
    # trials
    _say("trials", "adequate_trials", lambda p, x: p.adequate_trials < 2,
         "“I had several, but nausea made me stop most within days.” Trials at a full dose for "
         "six weeks in this episode: {trials}.|“They never raised the dose.” Adequate trials in "
         "this episode: {trials}."),
    # highs
    _say("highs", "mania", lambda p, x: p.mania,
         "Talks without a pause; three hours of sleep a night for a week, two cars ordered. "
         "“Never better, and never worse.”|Quick, irritable, cannot sit still. “I do not need "
         "sleep at the moment.”"),
    _say("highs", "diagnosis antimanic",
         lambda p, x: p.diagnosis in ("BD1", "BD2") and p.antimanic and not p.mania,
         "“Bipolar {bipolar}. I take {antimanic} every day; the last high was years ago.”",
         "Bipolar {bipolar}, stable on {antimanic}."),
    _say("highs", "diagnosis",
         lambda p, x: p.diagnosis in ("BD1", "BD2") and not p.antimanic and not p.mania,
         "“Years ago I did not sleep for a week and was brilliant. They called it bipolar "
         "{bipolar}. I take nothing for it.”|“Bipolar {bipolar}, it says on an old letter. I "
         "stopped lithium long ago.”",
         "An old letter speaks of bipolar {bipolar}; no mood stabiliser at present."),
    _say("highs", "", lambda p, x: p.mania and p.diagnosis in ("BD1", "BD2"),
         "Known as bipolar {bipolar}."),
    _say("highs", "diagnosis", lambda p, x: p.diagnosis == "other",
         "“The diagnosis was post-traumatic stress; low mood came with it.” No depressive "
         "episode of its own.|“It is the back pain. If that went, I would be fine.” No "
         "depressive episode of its own."),
    _say("highs", "", _extra("busy-holiday"),
         "“On holiday I am full of plans.” Sleeps eight hours then; nothing lasted or cost "
         "anything.",
         "Describes “phases of great energy”."),
    # voices
    _say("voices", "psychosis", lambda p, x: p.psychosis == "current",
         "“They comment on what I do. They are here now.”|“The neighbours read my thoughts; I "
         "have taped the windows.”",
         "Longstanding voices, under the community team.|Fixed suspicions for some time, under the "
         "community team."),
    _say("voices", "psychosis psychiatric_clearance",
         lambda p, x: p.psychosis == "past" and not p.psychiatric_clearance,
         "“Years ago, in a depression, I was sure that I was already dead. Never since.” No "
         "second opinion on file.|“Years ago, in a depression, I heard a voice for weeks and did "
         "what it said. Never since.” No second opinion on file.",
         "One psychotic episode years ago."),
    _say("voices", "psychosis psychiatric_clearance",
         lambda p, x: p.psychosis == "past" and p.psychiatric_clearance,
         "“Once, years ago. Another psychiatrist has written to you about it.” The second opinion "
         "is on file: no objection.",
         "One psychotic episode years ago; a second opinion is enclosed."),
    _say("voices", "", _extra("grief-voice"),
         "“In the week after the funeral I heard my sister call me once. I knew that it was "
         "grief.”",
         "Reported hearing a voice after a bereavement."),
    # substances
    _say("substances", "intoxicated", lambda p, x: p.intoxicated and p.substance_use == "none",
         "“Only today, to steady myself. Otherwise a glass at Christmas.” AUDIT 3. The breath "
         "smells of alcohol."),
    _say("substances", "intoxicated", lambda p, x: p.intoxicated and p.substance_use != "none",
         "The breath smells of alcohol."),
    _say("substances", "substance_use", lambda p, x: p.substance_use == "active",
         "“A bottle of wine a day, more at weekends. I have tried to stop.”|“I buy sleeping "
         "tablets without a prescription, more each month. I have tried to stop.”",
         "~Drinks; how much is not clear to me.|Takes something to sleep that I do not "
         "prescribe."),
    _say("substances", "substance_use", lambda p, x: p.substance_use == "early",
         "“I have not had a drink for {early_weeks} weeks. Before that, every day.”|“I left the "
         "addiction clinic {early_weeks} weeks ago, and nothing since.”",
         "~Recently completed a detoxification."),
    _say("substances", "substance_use", lambda p, x: p.substance_use == "remission",
         "“Alcohol, until fourteen months ago. I go to my group.”|“Alcohol, until two years ago. "
         "I know my warning signs.”",
         "A past alcohol use disorder."),
    _say("substances", "",
         lambda p, x: (p.ketamine_use_disorder or p.ketamine_bladder)
         and (p.substance_use != "none" or p.intoxicated),
         "“About other things in the past, ask me one by one.”"),
    # ketamine
    _say("ketamine", "ketamine_use_disorder", lambda p, x: p.ketamine_use_disorder,
         "“I used it every day, for two years, and could not stop.”"
         "|“I was treated for ketamine dependence, years ago.”",
         "~A past problem with club drugs."),
    _say("ketamine", "ketamine_bladder", lambda p, x: p.ketamine_bladder,
         "“I used to take it at weekends. The urologist says that is where my bladder comes "
         "from.”",
         "~Seen by urology for a small, painful bladder."),
    _say("ketamine", "ketamine_allergy", lambda p, x: p.ketamine_allergy,
         "“At an operation my face swelled and I had hives all over; the tests said ketamine.”",
         "Allergy: ketamine (swelling)."),
    _say("ketamine", "", _extra("bad-dream"),
         "“Allergic? I had terrible dreams after a small operation. No rash, no swelling.”",
         "Allergy: ketamine."),
    _say("ketamine", "", _extra("ketamine-once"),
         "“Once, at a party, years ago. I did not like it.”"),
    # heart
    _say("heart", "unstable_cardiac", lambda p, x: p.unstable_cardiac,
         "“The valve is so narrow that they will replace it; I am on the waiting list. Today I "
         "feel as always.”|“My heart is out of rhythm most days. They are still looking for what "
         "holds it.”",
         "~Cardiology review is pending."),
    _say("heart", "weeks_since_mi", lambda p, x: p.weeks_since_mi is not None,
         "“The heart attack was {mi_when} ago; they put in a stent.”|“I had a heart attack "
         "{mi_when} ago. I feel well.”",
         "A stent {mi_when} ago.|A heart attack {mi_when} ago."),
    _say("heart", "", _extra("fainted"),
         "“I fainted in spring, standing in a queue. Somebody said that I should have an ECG.”"),
    # vessels
    _say("vessels", "vascular_contraindication",
         lambda p, x: p.vascular_contraindication and p.age_years >= _AORTA_YEARS,
         "“An aneurysm of the aorta; it has been stable for years.”|“There was a bleed in my "
         "brain when I was a child.”|“They found a knot of vessels in my brain, too small to "
         "treat, they said.”",
         "A small aneurysm, stable for years.|A bleed in the brain in childhood."
         "|A vessel malformation in the brain, said to be harmless."),
    _say("vessels", "vascular_contraindication",
         lambda p, x: p.vascular_contraindication and p.age_years < _AORTA_YEARS,
         "“There was a bleed in my brain when I was a child.”|“They found a knot of vessels in my "
         "brain, too small to treat, they said.”",
         "A bleed in the brain in childhood.|A vessel malformation in the brain, said to be "
         "harmless."),
    _say("vessels", "stroke_or_tia", lambda p, x: p.stroke_or_tia,
         "“A small stroke, two years ago. The arm is strong again.”|“A TIA last year, an hour "
         "without words.”",
         "A small stroke in the past.|A TIA in the past."),
    _say("vessels", "", _extra("family-aneurysm"),
         "“My uncle had an aneurysm. Nobody found one in me.”",
         "An aneurysm runs in the family."),
    _say("heart", "medical_clearance",
         lambda p, x: p.medical_clearance and p.weeks_since_mi is not None,
         "The cardiologist's letter is on file: no objection.",
         "The cardiologist's letter is enclosed."),
    _say("vessels", "medical_clearance",
         lambda p, x: p.medical_clearance and p.stroke_or_tia,
         "The neurologist's letter is on file: no objection.",
         "The neurologist's letter is enclosed."),
    # head and eyes
    _say("head-eyes", "raised_icp", lambda p, x: p.raised_icp,
         "“There is a shunt in my head.”|“They found a growth in my head in spring. The surgeon "
         "watches it; I feel well.”",
         "A shunt since childhood.|A mass on a scan, followed by neurosurgery."),
    _say("head-eyes", "eye", lambda p, x: p.eye == "open",
         "“A splinter went through my eye ten days ago. It is stitched; nothing may press on it "
         "yet.”"),
    _say("head-eyes", "eye", lambda p, x: p.eye == "glaucoma_untreated",
         "“They found glaucoma. I have not started the drops.”",
         "~Glaucoma, recently found."),
    _say("head-eyes", "seizures", lambda p, x: p.seizures == "uncontrolled",
         "“The last seizure was ten days ago; I have one every few weeks now.”",
         "~Epilepsy, under review."),
    _say("head-eyes", "seizures", lambda p, x: p.seizures == "controlled",
         "“Epilepsy, no seizure for six years. I never miss a tablet.”",
         "Epilepsy, seizure-free for years."),
    _say("head-eyes", "", _extra("treated-glaucoma"),
         "“Glaucoma, open-angle. Drops every night; the pressures were fine in spring.”",
         "Glaucoma."),
    # reproductive
    _say("reproductive", "", lambda p, x: p.pregnancy != "na",
         "“Yes, a pregnancy would be possible.”"),
    _say("reproductive", "lactating", lambda p, x: p.lactating,
         "“I am still breastfeeding at night.”",
         "~Has a baby of five months."),
    # medicines
    _say("medicines", "maoi", lambda p, x: p.maoi and not p.maoi_plan,
         "“Tranylcypromine, for years.” Nobody has written a blood pressure plan.",
         "Takes tranylcypromine."),
    _say("medicines", "maoi maoi_plan", lambda p, x: p.maoi and p.maoi_plan,
         "“Tranylcypromine.” A written blood pressure plan is on file.",
         "Takes tranylcypromine; the plan is enclosed."),
    _say("medicines", "theophylline", lambda p, x: p.theophylline,
         "“The lung doctor gives me theophylline.”",
         "Takes theophylline for the lungs."),
    _say("medicines", "benzodiazepine_mg_diazepam_eq",
         lambda p, x: p.benzodiazepine_mg_diazepam_eq > 0,
         "“Clonazepam at night.” In diazepam equivalents {benzo} mg a day.",
         "Takes clonazepam, {benzo} mg a day in diazepam equivalents."),
    _say("medicines", "stimulant", lambda p, x: p.stimulant,
         "“Methylphenidate with breakfast, for ADHD.”", "Takes methylphenidate for ADHD."),
    _say("medicines", "opioid", lambda p, x: p.opioid,
         "“Oxycodone for the hip, from the pain clinic.”", "Takes oxycodone for pain."),
    _say("medicines", "naltrexone", lambda p, x: p.naltrexone,
         "“The naltrexone injection, once a month.”",
         "Has naltrexone by injection once a month."),
    _say("medicines", "lamotrigine", lambda p, x: p.lamotrigine,
         "“Lamotrigine, twice a day.”", "Takes lamotrigine."),
    _say("medicines", "cyp_interaction", lambda p, x: p.cyp_interaction,
         "“And I drink grapefruit juice every day, a large glass.”|“Carbamazepine for the nerve "
         "pain in my face.”|“Rifampicin, after tuberculosis; a few weeks to go.”"),
    _say("medicines", "", _extra("antihypertensive"),
         "“Amlodipine in the morning, for the blood pressure.”", "Hypertension, treated."),
    _say("medicines", "", lambda p, x: p.antimanic,
         "“{antimanic_start}, every day.”"),
    _say("medicines", "", _extra("thyroid-treated"), "“Levothyroxine in the morning.”"),
    _say("medicines", "", _extra("treated-glaucoma"), "“Latanoprost drops for the eyes.”"),
    *(_say("medicines", "", other.when, other.said) for other in OTHER_MEDICINES),
    # The places are those of what is said of the substances.
    _say("medicines", "", lambda p, x: p.substance_use == "active",
         "“No other tablets.”|“And the sleeping tablets that I buy.”"),
    # capacity
    _say("capacity", "capacity", lambda p, x: not p.capacity and p.delirium,
         "Loses the thread of the explanation each time; cannot say at the end what it was about."),
    _say("capacity", "capacity", lambda p, x: not p.capacity and p.dementia,
         "Agrees to everything, kindly; a minute later cannot say what was explained. The same on "
         "asking again."),
    _say("capacity", "capacity",
         lambda p, x: not p.capacity and not p.delirium and not p.dementia,
         "Says back what was explained, but: “Side effects do not matter, I deserve no better. "
         "Decide for me.” The same on asking again."
         "|Cannot say, after two explanations, what the treatment is for."),
    # home
    _say("home", "escort", lambda p, x: not p.escort,
         "“Everybody I know is at work that day; I would take the bus.”|“Nobody can come. I will "
         "get home by myself somehow.”"),
    # tests
    _say("c-ssrs", "cssrs_ideation", lambda p, x: p.cssrs_ideation >= 4,
         "Highest level in the past month: {cssrs} of 5, active thoughts with intent."
         "|Level {cssrs} of 5 in the past month: intent to act."),
    _say("c-ssrs", "cssrs_ideation", lambda p, x: 1 <= p.cssrs_ideation <= 3,
         "Highest level in the past month: {cssrs} of 5, without intent.",
         "~Passing thoughts that life is not worth living."),
    _say("c-ssrs", "cssrs_ideation", lambda p, x: p.cssrs_ideation == 0,
         "No thoughts of suicide in the past month."),
    _say("c-ssrs", "", lambda p, x: not p.suicidal_behaviour_3mo,
         "No suicidal behaviour in the past three months."),
    _say("c-ssrs", "suicidal_behaviour_3mo risk_cleared",
         lambda p, x: p.suicidal_behaviour_3mo and not p.risk_cleared,
         "An attempt in the past three months; no psychiatrist has assessed it in writing."
         "|Preparations for an attempt {behaviour_weeks} weeks ago; no written assessment."),
    _say("c-ssrs", "suicidal_behaviour_3mo risk_cleared",
         lambda p, x: p.suicidal_behaviour_3mo and p.risk_cleared,
         "An attempt {behaviour_weeks} weeks ago. A psychiatrist has assessed it and written that "
         "outpatient care is appropriate.",
         "A suicide attempt some weeks ago; the psychiatrist's assessment is enclosed."),
    _say("c-ssrs", "", _extra("old-attempt"),
         "An attempt two years ago, nothing since.",
         "A suicide attempt two years ago."),
    _say("pregnancy-test", "pregnancy", lambda p, x: p.pregnancy == "pos",
         "Positive."),
    _say("pregnancy-test", "pregnancy", lambda p, x: p.pregnancy == "untested",
         "Not done: “I would rather do that another day.”"),
    _say("drug-screen", "urine_drug_screen_unexplained",
         lambda p, x: p.urine_drug_screen_unexplained,
         "Positive for a substance that no prescription explains; confirmation is pending."),
    _say("drug-screen", "", _extra("explained-screen"),
         "First result positive; the laboratory’s confirmation is negative. Explained: a false "
         "alarm."),
    _say("ecg", "ecg_needed", lambda p, x: p.ecg_needed and p.ecg_done,
         "There was a reason for one: {ecg_because}. Done and read: sinus rhythm at {pulse}, "
         "nothing acute."),
    _say("ecg", "ecg_needed ecg_done", lambda p, x: p.ecg_needed and not p.ecg_done,
         "There was a reason for one: {ecg_because}. The tracing is done, but nobody can read it "
         "today."),
    _say("liver-tests", "child_pugh", lambda p, x: p.child_pugh in ("B", "C"),
         "Cirrhosis; with albumin, bilirubin and clotting it is Child-Pugh {child}.",
         "~Liver disease, followed by hepatology."),
    _say("liver-tests", "child_pugh", lambda p, x: p.child_pugh == "A",
         "Cirrhosis, well compensated: Child-Pugh A.",
         "~Cirrhosis."),
    _say("liver-tests", "alt_x_uln", lambda p, x: p.alt_x_uln > 1.2,
         "ALT {alt} times the upper limit.", "~Raised liver tests."),
    _say("liver-tests", "medical_clearance",
         lambda p, x: p.medical_clearance and p.child_pugh == "B",
         "Hepatology has written: no objection."),
    _say("thyroid", "uncontrolled_thyroid", lambda p, x: p.uncontrolled_thyroid,
         "TSH below measurement, free T4 twice the limit: overactive, not controlled."),
    _say("thyroid", "", _extra("thyroid-treated"),
         "Normal on replacement.", "Thyroid disease, on tablets."),
    _say("urine", "urinary_symptoms", lambda p, x: p.urinary_symptoms,
         "“I go every half hour, and it burns.” Urinalysis: white cells; nobody has reviewed it.",
         "~Passes water often."),
    _say("urine", "", _extra("kidney-stone"),
         "“A stone five years ago.” No symptoms; urinalysis clear.", "Urological history."),
    _say("stop-bang", "sleep_apnoea", lambda p, x: p.sleep_apnoea == "untreated",
         "BMI {bmi}. Sleep apnoea is proven; the mask is in the cupboard.",
         "~Snores."),
    _say("stop-bang", "sleep_apnoea", lambda p, x: p.sleep_apnoea == "treated",
         "BMI {bmi}. Sleep apnoea; uses the mask every night.",
         "Sleep apnoea, on CPAP."),
    _say("stop-bang", "sleep_apnoea", lambda p, x: p.sleep_apnoea == "unscreened",
         "BMI {bmi}. STOP-BANG was never done, and half of the answers are missing today."),
    _say("stop-bang", "", lambda p, x: p.sleep_apnoea == "none",
         "BMI {bmi}. STOP-BANG in the low band."),
    _say("baseline", "baseline_done", lambda p, x: not p.baseline_done,
         "The blood count is not back and the prescription record is down."),
    _say("blood-pressure", "", lambda p, x: True,
         "{sys}/{dia} mmHg on both readings, which the nurse took after ten minutes of rest; "
         "pulse {pulse}, saturation {spo2}\u00a0%."),
)

CLEAR: dict[str, tuple[str, ...]] = {
    "alarm": ("“No, nothing today.”", "“No. I feel as always.”"),
    "thinking": (
        "Awake, oriented, follows easily.",
        "Knows day and place, follows, a little slow. The nurse’s memory check of this morning "
        "was clear.",
        "Tired, but awake and clear; says the months backwards. The nurse has done the "
        "memory check: nothing missing.",
        "Oriented, and keeps the thread to the end of a long question. The memory check, done "
        "while waiting, was clear.",
    ),
    "mood": (
        "“I cannot get up before noon. Everything is heavy, and has been for {months} months.”",
        "“I do not read, cook or call anybody. It has been {months} months.”",
    ),
    "trials": (
        "Adequate trials in this episode, dose, weeks and adherence checked: {trials}; in earlier "
        "episodes: {earlier}.",
    ),
    "highs": ("“Never. Depression is the only word they used.”", "“No. I wish I had.”"),
    "voices": ("“No.”", "“No, nothing of that kind, ever.”"),
    "substances": ("“A glass of wine at Christmas.”", "“I do not drink and take nothing.”"),
    "ketamine": ("“Never had it. No allergies.”", "“Never. I have only read about it.”"),
    "heart": ("“Nothing with the heart.”", "“No. The heart was always fine.”"),
    "vessels": ("“No, none of these.”", "“No. Nobody ever told me of anything like that.”"),
    "head-eyes": ("“No. My eyes were checked last year.”", "“None of these.”"),
    "reproductive": ("“No, a pregnancy is not possible.”",),
    "medicines": ("“Nothing but what is on the list.”",),
    "capacity": (
        "Says in own words what is offered, what could go wrong and what else there is; wants to "
        "try, and gives reasons for it.",
        "Explains purpose, risks and alternatives in own words, and the choice is the same when "
        "asked again.",
    ),
    "home": (
        "“A friend will fetch me. I have not eaten since last night.”",
        "“My neighbour waits and takes me home. Nothing to eat or drink this morning.”",
        "“I have asked somebody to come and fetch me. I know about the empty stomach.”",
    ),
    "c-ssrs": (
        "No thoughts of suicide in the past month. No suicidal behaviour in the past three months.",
    ),
    "pregnancy-test": ("Negative.",),
    "drug-screen": ("Negative.",),
    "ecg": (
        "Sinus rhythm at {pulse}, nothing unusual. By this course’s list there was no reason for "
        "one; some services take one of everybody.",
    ),
    "liver-tests": ("Within the limits.",),
    "thyroid": ("Normal.",),
    "urine": ("No symptoms; urinalysis clear.",),
    "stop-bang": ("BMI {bmi}.",),
    "baseline": ("Complete: scale, blood tests and prescription record.",),
    "blood-pressure": ("",),
    "vessel-scan": ("Nothing found. It took the morning.",),
    "echocardiogram": ("Unremarkable.",),
    "eeg": ("Unremarkable.",),
    "gene-test": ("Result in three weeks.",),
    "ketamine-level": ("Not detected.",),
}
"""What an inquiry brings when there is nothing to find."""

INSTEAD: tuple[Saying, ...] = (
    _say("alarm", "", lambda p, x: p.spo2_pct < course_limits().spo2_emergency_pct,
         "“Nothing sudden. My breath has been short for weeks; one gets used to it.”"),
    _say("substances", "", lambda p, x: p.ketamine_use_disorder or p.ketamine_bladder,
         "“Nothing now. About the past, ask me one by one.”"),
    _say("substances", "", _extra("ketamine-once"),
         "“Nothing now. Years ago I tried a thing or two.”"),
    _say("capacity", "", lambda p, x: p.intoxicated,
         "Follows, but the speech is slurred: nobody should take a consent today."),
    _say("home", "", lambda p, x: p.setting == "in",
         "“A nurse fetches me back to the ward. I have not eaten since last night.”"),
    _say("home", "", lambda p, x: p.psychosis == "current",
         "“Somebody from the team takes me home. Nothing to eat or drink this morning.”"),
    _say("drug-screen", "", lambda p, x: p.opioid or p.benzodiazepine_mg_diazepam_eq > 0,
         "What is prescribed, and nothing else that this panel can show."),
    _say("drug-screen", "", lambda p, x: p.substance_use == "active",
         "Negative.|Negative; the sleeping tablets are not in this panel."),
    _say("ecg", "", _traced_anyway,
         "Sinus rhythm at {pulse}, otherwise nothing unusual. What is known of the person was "
         "reason enough for one."),
    _say("urine", "", lambda p, x: p.ketamine_bladder,
         "Small volumes and pain for years, nothing new; urinalysis clear."),
    _say("vessel-scan", "",
         lambda p, x: p.vascular_contraindication and p.age_years >= _AORTA_YEARS,
         "Shows the aneurysm. Asking had been enough.|Shows the scar of the old bleed. Asking had "
         "been enough.|Shows the knot of vessels. Asking had been enough."),
    _say("vessel-scan", "",
         lambda p, x: p.vascular_contraindication and p.age_years < _AORTA_YEARS,
         "Shows the scar of the old bleed. Asking had been enough.|Shows the knot of vessels. "
         "Asking had been enough."),
    _say("vessel-scan", "", lambda p, x: p.raised_icp,
         "No aneurysm. Shows the shunt; asking had been enough.|No aneurysm. Shows the growth; "
         "asking had been enough."),
    _say("vessel-scan", "", lambda p, x: p.stroke_or_tia,
         "No aneurysm. The scar of the small stroke; asking had been enough.|No aneurysm, and no "
         "trace of the TIA. It took the morning."),
    _say("echocardiogram", "", lambda p, x: p.unstable_cardiac,
         "The narrow valve that cardiology knows. Asking had been enough.|The rhythm jumps during "
         "the recording, as cardiology knows. Asking had been enough."),
    _say("echocardiogram", "", lambda p, x: p.weeks_since_mi is not None,
         "A scar of the heart attack; the rest pumps well. Asking had been enough."),
    _say("eeg", "", lambda p, x: p.seizures is not None,
         "Single sharp waves, as in earlier tracings. Asking had been enough."),
)
"""What is said in place of the words of `CLEAR` where those would deny what is there."""
# fmt: on
