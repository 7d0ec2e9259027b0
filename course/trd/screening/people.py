"""Invented people who come to the screening clinic: what is hidden, and what they say.

How a person is drawn
---------------------
1. *Who*: initials, age band, age, occupation and household, each drawn by itself. Everybody is
   “they”: no pronoun, name or origin is given, so none can hint at anything. That a
   pregnancy is possible is drawn for two in five people of 18 to 50, and is a question to ask.
2. *Barriers*: their number by difficulty (`BARRIERS`), their class by `CLASS_WEIGHTS` (emergency
   15 %, contraindication 30 %, referral 30 %, delay 25 %), then one theme of the class, all
   equally likely among those that fit what was drawn before (none fits: one barrier fewer).
   What fits is a matter of age (`_AGES`) and of what else is told (`_NEVER_TOGETHER`).
3. *Distractors*: findings that look bad and are no barrier, their number by difficulty
   (`DISTRACTORS`), all themes equally likely.
4. *What the letter says*: each finding a letter could mention is mentioned with the probability
   `MENTIONED`; each medicine is on the list with the same. The rest comes out on asking.
5. *What follows*: who needs an ECG, from age, heart and treated hypertension as in the work-up of
   this course; and that a pregnancy is not possible above 55.

Findings are drawn without regard to occupation and household, and no origin is ever given. Age
counts only where a finding would not be believed, or where the rule itself reads it: nobody has
dementia at 30 or a stent at school, a systolic pressure of 141 to 150 is a distractor only above
65, and pregnancy and breastfeeding need a possible pregnancy. Below 18 everybody goes to school,
lives with family and has had two adequate trials at most. Nobody is an inpatient with suicidal
intent: the rule finds no barrier there, which no marked case should rest on.

Half of the people have no barrier at *straightforward*, 30 % at *mixed*, 25 % at *hard*: shares
chosen for teaching, not a prevalence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from trd.dice import Dice
from trd.screening.candidate import Candidate
from trd.screening.interview import (
    CLEAR,
    INQUIRIES,
    INSTEAD,
    KNOWN_AT_START,
    OTHER_MEDICINES,
    OWN_LIST,
    SAYINGS,
    Saying,
)
from trd.screening.knowledge import follows, told_by
from trd.screening.rule import ELIGIBLE, row, screen
from trd.screening.vignettes import VIGNETTES, vignette
from trd.screening.workup import AGES, Person, ecg_reasons

DIFFICULTIES: tuple[str, ...] = ("straightforward", "mixed", "hard")

BARRIERS: Mapping[str, tuple[tuple[int, float], ...]] = MappingProxyType(
    {
        "straightforward": ((0, 0.5), (1, 0.5)),
        "mixed": ((0, 0.3), (1, 0.4), (2, 0.3)),
        "hard": ((0, 0.25), (1, 0.25), (2, 0.3), (3, 0.2)),
    }
)
"""Number of barriers and its probability, by difficulty."""

DISTRACTORS: Mapping[str, tuple[tuple[int, float], ...]] = MappingProxyType(
    {
        "straightforward": ((0, 0.5), (1, 0.5)),
        "mixed": ((1, 0.5), (2, 0.5)),
        "hard": ((2, 0.4), (3, 0.4), (4, 0.2)),
    }
)
"""Number of findings that look bad and are fine, by difficulty."""

MENTIONED: Mapping[str, float] = MappingProxyType(
    {"straightforward": 0.9, "mixed": 0.5, "hard": 0.2}
)
"""Probability that a letter mentions a finding, or a list a medicine."""

CLASS_WEIGHTS: tuple[tuple[str, float], ...] = (("E", 0.15), ("C", 0.3), ("R", 0.3), ("D", 0.25))
"""Class of a barrier and its probability."""

AGE_BANDS: tuple[tuple[str, int, int, float], ...] = (
    ("18 to 24", 18, 24, 0.12),
    ("25 to 44", 25, 44, 0.36),
    ("45 to 64", 45, 64, 0.34),
    ("65 to 74", 65, 74, 0.12),
    ("75 and over", 75, 86, 0.06),
)
"""Name, youngest and oldest age in years, and probability."""

OCCUPATIONS: tuple[str, ...] = (
    "a teacher",
    "a bus driver",
    "a gardener",
    "a nurse",
    "an engineer",
    "a cook",
    "a shop manager",
    "an electrician",
    "a librarian",
    "a musician",
    "an accountant",
    "a carpenter",
)
HOUSEHOLDS: tuple[str, ...] = ("on their own", "with a partner", "with family", "with friends")

TRAINED_YEARS, RETIRED_YEARS = 22, 68
_ECG_READS = ("age_years", "weeks_since_mi", "unstable_cardiac")

PREGNANCY_POSSIBLE = 0.4
PREGNANCY_AGES = (18, 50)


@dataclass
class _Draft:
    """A person while being drawn."""

    age: int
    pregnancy_possible: bool
    fields: dict[str, Any]
    extras: set[str]
    taken: set[str]


Draw = Callable[[Dice, _Draft], dict[str, Any]]


@dataclass(frozen=True)
class Theme:
    """One finding that may be drawn.

    Attributes
    ----------
    key : str
    kind : {"E", "C", "R", "D", "fine"}
        Class of the barrier, or a finding that only looks bad.
    takes : tuple of str
        What it says something about; two themes never say something about the same.
    draw : callable
        Returns the fields that change.
    fits : callable
        Whether it can be true of this person.
    extra : str
        A remark without a field; empty when there is none.
    """

    key: str
    kind: str
    takes: tuple[str, ...]
    draw: Draw
    fits: Callable[[_Draft], bool]
    extra: str = ""


def _any(_draft: _Draft) -> bool:
    return True


def _pregnancy_possible(draft: _Draft) -> bool:
    return draft.pregnancy_possible


def _over_65(draft: _Draft) -> bool:
    return draft.age > 65


def _fixed(**fields: Any) -> Draw:
    return lambda dice, draft: fields


def _theme(
    kind: str,
    key: str,
    takes: str,
    draw: Draw | None = None,
    fits: Callable[[_Draft], bool] = _any,
    extra: str = "",
) -> Theme:
    return Theme(key, kind, tuple(takes.split()), draw or _fixed(), fits, extra)


def _pressure(systolic: tuple[int, int], diastolic: tuple[int, int], **more: Any) -> Draw:
    return lambda dice, draft: {
        "systolic_mmhg": dice.whole(*systolic),
        "diastolic_mmhg": dice.whole(*diastolic),
        **more,
    }


def _too_high(dice: Dice, draft: _Draft) -> dict[str, Any]:
    limit = 150 if draft.age > 65 else 140
    if dice.chance(0.3):
        return {"systolic_mmhg": limit - dice.whole(2, 8), "diastolic_mmhg": dice.whole(91, 99)}
    return {
        "systolic_mmhg": dice.whole(limit + 1, limit + 28),
        "diastolic_mmhg": dice.whole(78, 104),
    }


def _weeks(low: int, high: int, **more: Any) -> Draw:
    return lambda dice, draft: {"weeks_since_mi": dice.whole(low, high), **more}


def _one_of(*choices: Mapping[str, Any]) -> Draw:
    return lambda dice, draft: dict(dice.pick(choices))


def _number(name: str, low: int, high: int, scale: float = 1, **more: Any) -> Draw:
    def draw(dice: Dice, draft: _Draft) -> dict[str, Any]:
        value = dice.whole(low, high)
        return {name: value if scale == 1 else round(value * scale, 1), **more}

    return draw


def _young(dice: Dice, draft: _Draft) -> dict[str, Any]:
    return {
        "age_years": dice.whole(16, 17),
        "adequate_trials": min(2, draft.fields["adequate_trials"]),
        "adequate_trials_earlier": 0,
    }


# fmt: off
THEMES: tuple[Theme, ...] = (
    # Emergencies.
    _theme("E", "intent", "suicide setting", _number("cssrs_ideation", 4, 5)),
    _theme("E", "recent-behaviour", "suicide setting",
           _number("cssrs_ideation", 0, 3, suicidal_behaviour_3mo=True)),
    _theme("E", "pressure-crisis", "pressure",
           _pressure((182, 214), (104, 128), bp_symptoms=True)),
    _theme("E", "red-flag", "red-flag", _fixed(red_flag_symptoms=True)),
    _theme("E", "low-oxygen", "oxygen", _number("spo2_pct", 84, 89)),
    _theme("E", "delirium", "thinking capacity", _fixed(delirium=True, capacity=False)),
    # Contraindications.
    _theme("C", "aneurysm", "vessels", _fixed(vascular_contraindication=True)),
    _theme("C", "allergy", "allergy", _fixed(ketamine_allergy=True)),
    _theme("C", "psychosis-now", "psychosis", _fixed(psychosis="current")),
    _theme("C", "pregnant", "pregnancy", _fixed(pregnancy="pos"), _pregnancy_possible),
    _theme("C", "mania", "bipolar severity",
           _one_of({"diagnosis": "BD1", "mania": True, "antimanic": True},
                   {"diagnosis": "BD2", "mania": True, "antimanic": True})),
    _theme("C", "unstable-heart", "heart",
           _fixed(unstable_cardiac=True)),
    _theme("C", "heart-attack-now", "heart", _weeks(1, 5)),
    _theme("C", "liver-c", "liver", _number("alt_x_uln", 11, 29, 0.1, child_pugh="C")),
    _theme("C", "head", "head", _fixed(raised_icp=True)),
    _theme("C", "open-eye", "eye", _fixed(eye="open")),
    _theme("C", "ketamine-disorder", "ketamine", _fixed(ketamine_use_disorder=True)),
    _theme("C", "ketamine-bladder", "ketamine urine", _fixed(ketamine_bladder=True)),
    # Referrals.
    _theme("R", "inpatient-behaviour", "suicide setting",
           _number("cssrs_ideation", 0, 3, suicidal_behaviour_3mo=True, setting="in")),
    _theme("R", "under-18", "age pregnancy lactation", _young),
    _theme("R", "no-capacity", "capacity", _fixed(capacity=False)),
    _theme("R", "other-diagnosis", "bipolar",
           _number("adequate_trials", 0, 1, diagnosis="other", moderate_or_severe=False,
                   adequate_trials_earlier=0)),
    _theme("R", "few-trials", "trials", _number("adequate_trials", 0, 1)),
    _theme("R", "mild", "severity", _fixed(moderate_or_severe=False)),
    _theme("R", "past-psychosis", "psychosis", _fixed(psychosis="past")),
    _theme("R", "bipolar-uncovered", "bipolar",
           _one_of({"diagnosis": "BD1"}, {"diagnosis": "BD2"})),
    _theme("R", "dementia", "thinking", _fixed(dementia=True, capacity=False)),
    _theme("R", "active-use", "substances", _fixed(substance_use="active")),
    _theme("R", "heart-attack-year", "heart", _weeks(7, 50)),
    _theme("R", "stroke", "vessels", _fixed(stroke_or_tia=True)),
    _theme("R", "liver-b", "liver", _number("alt_x_uln", 11, 29, 0.1, child_pugh="B")),
    _theme("R", "seizures", "seizures", _fixed(seizures="uncontrolled")),
    _theme("R", "apnoea", "sleep", _number("bmi", 28, 44, sleep_apnoea="untreated")),
    _theme("R", "glaucoma", "eye", _fixed(eye="glaucoma_untreated")),
    # Delays.
    _theme("D", "pressure", "pressure", _too_high),
    _theme("D", "pulse", "pulse",
           lambda dice, draft: {"heart_rate_bpm": dice.whole(112, 128) if dice.chance(0.6)
                                else dice.whole(41, 48)}),
    _theme("D", "drug-screen", "screen", _fixed(urine_drug_screen_unexplained=True)),
    _theme("D", "intoxicated", "intoxicated", _fixed(intoxicated=True)),
    _theme("D", "early-remission", "substances intoxicated", _fixed(substance_use="early")),
    _theme("D", "untested", "pregnancy", _fixed(pregnancy="untested"), _pregnancy_possible),
    _theme("D", "breastfeeding", "lactation", _fixed(lactating=True), _pregnancy_possible),
    _theme("D", "urinary", "urine", _fixed(urinary_symptoms=True)),
    _theme("D", "alt", "liver", _number("alt_x_uln", 32, 68, 0.1)),
    _theme("D", "thyroid", "thyroid", _fixed(uncontrolled_thyroid=True)),
    _theme("D", "oxygen", "oxygen", _number("spo2_pct", 90, 93)),
    _theme("D", "maoi", "maoi stimulant opioid antidepressant", _fixed(maoi=True)),
    _theme("D", "theophylline", "theophylline", _fixed(theophylline=True)),
    _theme("D", "unscreened", "sleep", _number("bmi", 35, 44, sleep_apnoea="unscreened")),
    _theme("D", "ecg-unread", "ecg heart pressure", extra="fainted"),
    _theme("D", "baseline", "baseline", _fixed(baseline_done=False)),
    _theme("D", "no-escort", "escort", _fixed(escort=False)),
    # Looks bad and is fine.
    _theme("fine", "controlled-pressure", "pressure ecg",
           _pressure((128, 139), (76, 89)),
           extra="antihypertensive"),
    _theme("fine", "older-limit", "pressure", _pressure((141, 150), (76, 89)), _over_65),
    _theme("fine", "passive-thoughts", "suicide", _number("cssrs_ideation", 1, 3)),
    _theme("fine", "old-attempt", "suicide", _number("cssrs_ideation", 0, 2),
           extra="old-attempt"),
    _theme("fine", "cleared-behaviour", "suicide setting",
           _number("cssrs_ideation", 0, 3, suicidal_behaviour_3mo=True, risk_cleared=True)),
    _theme("fine", "benzodiazepine", "benzodiazepine",
           _number("benzodiazepine_mg_diazepam_eq", 2, 30)),
    _theme("fine", "remission", "substances intoxicated", _fixed(substance_use="remission")),
    _theme("fine", "remission-naltrexone", "substances opioid intoxicated",
           _fixed(substance_use="remission", naltrexone=True)),
    _theme("fine", "lamotrigine", "lamotrigine", _fixed(lamotrigine=True)),
    _theme("fine", "stimulant", "stimulant", _fixed(stimulant=True)),
    _theme("fine", "opioid", "opioid", _fixed(opioid=True)),
    _theme("fine", "cyp", "cyp maoi", _fixed(cyp_interaction=True)),
    _theme("fine", "bipolar-covered", "bipolar",
           _one_of({"diagnosis": "BD1", "antimanic": True},
                   {"diagnosis": "BD2", "antimanic": True})),
    _theme("fine", "old-heart-attack", "heart ecg", _weeks(60, 400)),
    _theme("fine", "heart-attack-cleared", "heart ecg clearance",
           _weeks(8, 50, medical_clearance=True)),
    _theme("fine", "stroke-cleared", "vessels clearance",
           _fixed(stroke_or_tia=True, medical_clearance=True)),
    _theme("fine", "past-psychosis-cleared", "psychosis",
           _fixed(psychosis="past", psychiatric_clearance=True)),
    _theme("fine", "liver-a", "liver", _number("alt_x_uln", 11, 29, 0.1, child_pugh="A")),
    _theme("fine", "alt-raised", "liver", _number("alt_x_uln", 14, 29, 0.1)),
    _theme("fine", "seizures-controlled", "seizures", _fixed(seizures="controlled")),
    _theme("fine", "apnoea-treated", "sleep", _number("bmi", 26, 44, sleep_apnoea="treated")),
    _theme("fine", "high-bmi", "sleep", _number("bmi", 35, 42)),
    _theme("fine", "maoi-plan", "maoi stimulant opioid antidepressant",
           _fixed(maoi=True, maoi_plan=True)),
    _theme("fine", "glaucoma-treated", "eye", extra="treated-glaucoma"),
    _theme("fine", "bad-dream", "allergy", extra="bad-dream"),
    _theme("fine", "ketamine-once", "ketamine", extra="ketamine-once"),
    _theme("fine", "family-aneurysm", "vessels", extra="family-aneurysm"),
    _theme("fine", "migraine", "red-flag pressure", extra="migraine"),
    _theme("fine", "thyroid-treated", "thyroid", extra="thyroid-treated"),
    _theme("fine", "explained-screen", "screen", extra="explained-screen"),
    _theme("fine", "kidney-stone", "urine", extra="kidney-stone"),
    _theme("fine", "grief-voice", "psychosis", extra="grief-voice"),
    _theme("fine", "busy-holiday", "bipolar", extra="busy-holiday"),
)
# fmt: on

_BY_KIND = {
    kind: tuple(theme for theme in THEMES if theme.kind == kind)
    for kind in ("E", "C", "R", "D", "fine")
}
# One clearance stands for every organ, so a cleared person has no second organ to clear.
_CLEARED = {"heart", "vessels", "liver"}

MINOR_YEARS, OLDEST_YEARS = 17, 120


def _ages(from_years: int, themes: str, to_years: int = OLDEST_YEARS) -> dict[str, tuple[int, int]]:
    return dict.fromkeys(themes.split(), (from_years, to_years))


_AGES: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        # No finding, or no words, of a school year.
        **_ages(18, "pressure-crisis low-oxygen delirium psychosis-now mania unstable-heart"),
        **_ages(
            18, "active-use early-remission intoxicated seizures apnoea unscreened lamotrigine"
        ),
        **_ages(18, "benzodiazepine alt alt-raised oxygen pressure cyp no-capacity apnoea-treated"),
        # “For years”, “years ago”.
        **_ages(25, "past-psychosis past-psychosis-cleared bipolar-covered bipolar-uncovered"),
        **_ages(25, "remission remission-naltrexone ketamine-disorder ketamine-bladder"),
        **_ages(25, "theophylline migraine ketamine-once kidney-stone"),
        **_ages(30, "maoi maoi-plan opioid liver-a liver-b liver-c controlled-pressure"),
        # At least 40 when it happened, however long ago.
        **_ages(40, "glaucoma glaucoma-treated"),
        **_ages(41, "heart-attack-now heart-attack-year heart-attack-cleared"),
        **_ages(42, "stroke stroke-cleared"),
        **_ages(48, "old-heart-attack"),
        **_ages(60, "dementia"),
        **_ages(18, "pregnant breastfeeding", 45),
    }
)
"""Ages at which a theme is believed in the words it is told in; any age when it is not here."""

_SUICIDE = "intent recent-behaviour inpatient-behaviour cleared-behaviour"
_NEVER_TOGETHER: tuple[tuple[str, str], ...] = (
    # “Most days are all right.”
    ("mild", f"{_SUICIDE} passive-thoughts no-capacity other-diagnosis"),
    ("other-diagnosis", "few-trials"),
    # “I take nothing for it.”
    ("bipolar-uncovered", "lamotrigine cyp psychosis-now"),
    # Intoxication, dementia and delirium each account for thinking and consent by themselves.
    ("intoxicated", "no-capacity dementia delirium"),
    ("no-capacity", "dementia"),
    # “Hives all over” at the first dose.
    ("allergy", "ketamine-disorder ketamine-bladder ketamine-once"),
    # The ward fetches its people back.
    ("no-escort", "inpatient-behaviour"),
)
"""Themes whose stories contradict each other; so do the other way round."""


def _clashes() -> frozenset[frozenset[str]]:
    return frozenset(
        frozenset((one, other)) for one, others in _NEVER_TOGETHER for other in others.split()
    )


_CLASHES = _clashes()


def _believed(theme: Theme, draft: _Draft, drawn: Sequence[Theme]) -> bool:
    """Whether a theme makes one story with the age and with what was drawn before."""
    age = MINOR_YEARS if theme.key == "under-18" else draft.age
    known = (_AGES.get(each.key, (0, OLDEST_YEARS)) for each in (*drawn, theme))
    return all(low <= age <= high for low, high in known) and not any(
        frozenset((theme.key, each.key)) in _CLASHES for each in drawn
    )


def _add(theme: Theme, dice: Dice, draft: _Draft) -> None:
    draft.fields |= theme.draw(dice, draft)
    draft.age = draft.fields["age_years"]
    if draft.age < PREGNANCY_AGES[0]:
        draft.pregnancy_possible, draft.fields["pregnancy"] = False, "na"
    draft.taken |= set(theme.takes)
    if "clearance" in theme.takes:
        draft.taken |= _CLEARED
    if theme.extra:
        draft.extras.add(theme.extra)


def _fits(theme: Theme, draft: _Draft) -> bool:
    if not draft.taken.isdisjoint(theme.takes):
        return False
    if "clearance" in theme.takes and not draft.taken.isdisjoint(_CLEARED):
        return False
    return theme.fits(draft)


def _pick(
    kind: str, dice: Dice, again: Dice, draft: _Draft, drawn: Sequence[Theme]
) -> Theme | None:
    """Return a theme of a class that fits, all of them equally likely; None when there is none.

    One that is not believed is drawn again with dice of its own among those that are: so all stay
    equally likely, and nobody else becomes another person when a clash is added.
    """
    free = [theme for theme in _BY_KIND[kind] if _fits(theme, draft)]
    if not free:
        return None
    theme = dice.pick(free)
    if _believed(theme, draft, drawn):
        return theme
    fitting = [each for each in free if _believed(each, draft, drawn)]
    return again.pick(fitting) if fitting else None


def _draft(dice: Dice, again: Dice, difficulty: str) -> tuple[_Draft, tuple[str, ...]]:
    band = dice.weighted([((low, high), share) for _name, low, high, share in AGE_BANDS])
    age = dice.whole(*band)
    low, high = PREGNANCY_AGES
    possible = dice.chance(PREGNANCY_POSSIBLE) and low <= age <= high
    draft = _Draft(
        age=age,
        pregnancy_possible=possible,
        fields={
            "age_years": age,
            "adequate_trials": dice.whole(2, 5),
            "adequate_trials_earlier": dice.whole(0, 3),
            "systolic_mmhg": dice.whole(106, 134),
            "diastolic_mmhg": dice.whole(64, 84),
            "heart_rate_bpm": dice.whole(56, 92),
            "spo2_pct": dice.whole(95, 99),
            "alt_x_uln": round(dice.whole(4, 10) * 0.1, 1),
            "bmi": dice.whole(19, 33),
            "pregnancy": "neg" if possible else "na",
        },
        extras=set(),
        taken=set(),
    )
    drawn: list[Theme] = []

    def add(kind: str) -> None:
        theme = _pick(kind, dice, again, draft, drawn)
        if theme is not None:
            drawn.append(theme)
            _add(theme, dice, draft)

    for _ in range(dice.weighted(BARRIERS[difficulty])):
        add(dice.weighted(CLASS_WEIGHTS))
    for _ in range(dice.weighted(DISTRACTORS[difficulty])):
        add("fine")
    # Nothing is drawn for the ECG: who needs one follows from the rest, and it has been read unless
    # that is the very finding.
    needed = bool(_ecg_reasons(draft.fields, draft.extras))
    read = all(theme.key != "ecg-unread" for theme in drawn)
    draft.fields |= {"ecg_needed": needed, "ecg_done": needed and read}
    return draft, tuple(theme.key for theme in drawn)


def _ecg_reasons(fields: Mapping[str, Any], extras: Set[str]) -> tuple[str, ...]:
    """Return why the work-up of this course asks for an ECG; empty when it does not."""
    age = fields["age_years"]
    if fields.get("weeks_since_mi") is not None or fields.get("unstable_cardiac"):
        heart = "disease"
    elif "fainted" in extras:
        heart = "fainting"
    else:
        heart = "hypertension" if "antihypertensive" in extras else "none"
    older = [band for band in AGES[1:] if age >= int(re.findall(r"\d+", band)[0])]
    found = ecg_reasons(Person(age=older[-1] if older else AGES[0], heart=heart))
    return tuple("a faint this year" if why.startswith("fainting") else why for why in found)


@dataclass(frozen=True)
class VirtualPatient:
    """An invented person as the clinic meets them.

    Attributes
    ----------
    scenario : str
        A difficulty, or the key of a vignette.
    seed : int
    initials : str
        “A. B.”
    age_years : int
    occupation, household : str
    letter : str
        The referral letter, paragraphs separated by an empty line.
    medicines : tuple of str
        The list that came with it: possibly not complete.
    first_look : str
        What anybody sees when the person comes in; empty when nothing strikes.
    known : frozenset of str
        Fields of `candidate` that letter, list and first look already give away, with what
        follows from them.
    answers : mapping of str to str
        What each inquiry brings, by its key. To be shown only once it has been asked or ordered.
    candidate : Candidate
        The truth. Hidden from the trainee until the debrief.
    themes : tuple of str
        What was drawn; empty for a vignette.
    looks_bad : bool
        No barrier, although the person has findings that look like one.
    looks_fine : bool
        A barrier at which neither letter nor list even hints.
    """

    scenario: str
    seed: int
    initials: str
    age_years: int
    occupation: str
    household: str
    letter: str
    medicines: tuple[str, ...]
    first_look: str
    known: frozenset[str]
    answers: Mapping[str, str]
    candidate: Candidate
    themes: tuple[str, ...]
    looks_bad: bool
    looks_fine: bool

    @property
    def vitals(self) -> str:
        """What measuring brings: blood pressure, pulse, saturation."""
        return self.answers["blood-pressure"]

    @property
    def labs(self) -> Mapping[str, str]:
        """Results of the laboratory tests by key; to be shown only once they were ordered."""
        keys = ("liver-tests", "thyroid", "urine", "drug-screen", "pregnancy-test", "baseline")
        return MappingProxyType({key: self.answers[key] for key in keys})


_OPENINGS = (
    "Thank you for seeing {initials}, {age}, {work}, who lives {household}.",
    "May I refer {initials}, {work}, aged {age}, who lives {household}?",
    "{initials}, {age}, {work}, lives {household} and has asked me about ketamine.",
)
_YOUNG_OPENING = "Thank you for seeing {initials}, {age}, who goes to school and lives {household}."
_HISTORY = (
    "Several treatments for depression have not helped.",
    "They have been low for a long time in spite of treatment.",
    "We have run out of ideas for the depression.",
)
_CLOSINGS = (
    "Please let us know what you think.",
    "I would be grateful for your opinion.",
    "The hopes are high; I have said that you would explain.",
)
# No drug known for prolonging QT here or below: whether a list calls for an ECG must be clear.
_ANTIDEPRESSANTS = ("sertraline", "venlafaxine", "mirtazapine", "duloxetine", "bupropion")
_FIRST_LOOK = "Slurred speech, unsteady, and a smell of alcohol."
_ANTIMANIC = ("lithium", "valproate")
_LETTERS = "ABCDEFGHIJKLMNOPRSTVW"


def _values(candidate: Candidate, extras: Set[str], dice: Dice) -> dict[str, object]:
    weeks = candidate.weeks_since_mi
    when = ""
    if isinstance(weeks, (int, float)):
        # The rule changes at 52 weeks, so about there “a year” would leave it open.
        if weeks < 52:
            when = "a week" if weeks == 1 else f"{weeks:g} weeks"
        else:
            when = (
                f"{round(weeks * 12 / 52)} months" if weeks < 104 else f"{round(weeks / 52)} years"
            )
    # Drawn always, so that the wording never changes what is drawn after it.
    early, behaviour, months = dice.whole(3, 10), dice.whole(3, 11), dice.whole(4, 20)
    antimanic = dice.pick(_ANTIMANIC)
    if candidate.pregnancy != "na":
        antimanic = "lithium"  # valproate harms the unborn, and nobody should learn otherwise here
    because = _ecg_reasons({name: getattr(candidate, name) for name in _ECG_READS}, extras)
    return {
        "trials": candidate.adequate_trials,
        "earlier": candidate.adequate_trials_earlier,
        "bipolar": "I" if candidate.diagnosis == "BD1" else "II",
        "antimanic": antimanic,
        "antimanic_start": antimanic.capitalize(),
        "early_weeks": early,
        "behaviour_weeks": behaviour,
        # An adequate trial takes six weeks at least.
        "months": max(months, 2 * int(candidate.adequate_trials or 0)),
        "place": dice.whole(0, 59),
        "mi_when": when,
        "benzo": f"{candidate.benzodiazepine_mg_diazepam_eq or 0:g}",
        "cssrs": candidate.cssrs_ideation,
        "child": candidate.child_pugh,
        "alt": f"{candidate.alt_x_uln:g}",
        "bmi": f"{candidate.bmi:g}",
        "sys": f"{candidate.systolic_mmhg:g}",
        "dia": f"{candidate.diastolic_mmhg:g}",
        "pulse": f"{candidate.heart_rate_bpm:g}",
        "spo2": f"{candidate.spo2_pct:g}",
        "ecg_because": ", ".join(because) or "the referrer had asked for one",
    }


def _place(saying: Saying, values: Mapping[str, object]) -> int:
    """Which wording a person uses: the same in the letter and when asked."""
    return int(values["place"]) % len(saying.said)  # type: ignore[call-overload]


def _answers(
    sayings: Sequence[Saying],
    instead: Sequence[Saying],
    values: Mapping[str, object],
    dice: Dice,
) -> Mapping[str, str]:
    told: dict[str, list[str]] = {each.key: [] for each in INQUIRIES}
    for saying in sayings:
        told[saying.inquiry].append(saying.said[_place(saying, values)].format(**values))
    for key, parts in told.items():
        if not parts:
            # Drawn also when something else is said, so that no answer moves another.
            words = dice.pick(CLEAR[key])
            other = next((saying for saying in instead if saying.inquiry == key), None)
            words = words if other is None else other.said[_place(other, values)]
            parts.append(words.format(**values))
    return MappingProxyType({key: " ".join(parts) for key, parts in told.items()})


def _medicines(
    candidate: Candidate,
    extras: frozenset[str],
    values: Mapping[str, object],
    dice: Dice,
    more: Dice,
    mentioned: float,
    brought: tuple[str, ...],
) -> tuple[tuple[str, ...], set[str]]:
    """Return the list that came with the letter, and the fields it gives away."""
    usual = dice.pick(_ANTIDEPRESSANTS)
    # Nobody is given bupropion with seizures or heavy drinking, nor duloxetine with cirrhosis.
    drinks = candidate.substance_use in ("active", "early") or candidate.intoxicated
    if (usual == "bupropion" and (candidate.seizures is not None or drinks)) or (
        usual == "duloxetine" and candidate.child_pugh is not None
    ):
        usual = "mirtazapine"
    listed = [] if candidate.maoi else [usual]
    listed = list(brought) or listed
    known: set[str] = set()
    table: tuple[tuple[object, str, str], ...] = (
        (candidate.maoi, "tranylcypromine", "maoi"),
        (candidate.antimanic, str(values["antimanic"]), "antimanic"),
        (candidate.lamotrigine, "lamotrigine", "lamotrigine"),
        (candidate.stimulant, "methylphenidate", "stimulant"),
        (candidate.opioid, "oxycodone", "opioid"),
        (candidate.naltrexone, "naltrexone injection, monthly", "naltrexone"),
        (candidate.theophylline, "theophylline", "theophylline"),
        (
            candidate.benzodiazepine_mg_diazepam_eq,
            f"clonazepam (as diazepam: {values['benzo']} mg a day)",
            "benzodiazepine_mg_diazepam_eq",
        ),
        ("antihypertensive" in extras, "amlodipine", ""),
        ("thyroid-treated" in extras, "levothyroxine", ""),
        ("treated-glaucoma" in extras, "latanoprost eye drops", ""),
    )
    for taken, name, field in table:
        # The dice fall for everything, taken or not, so that one drug does not move another.
        if dice.chance(mentioned) and taken:
            listed.append(name)
            known.add(field)
    # What the rule does not read, with dice of their own: nobody's letter moves for it.
    for other in OTHER_MEDICINES:
        if more.chance(mentioned) and other.when(candidate, extras):
            listed.extend(other.listed)
    return tuple(dict.fromkeys(listed)), known - {""}


def _letter(
    who: Mapping[str, object],
    sayings: Sequence[Saying],
    values: Mapping[str, object],
    dice: Dice,
    mentioned: float,
    inpatient: bool,
) -> tuple[str, set[str], set[str]]:
    """Return the letter, the fields it gives away, and those it at least hints at."""
    young = who["age"] < 18  # type: ignore[operator]
    opening = dice.pick(_OPENINGS)
    first = (_YOUNG_OPENING if young else opening).format(**who)
    first += " " + dice.pick(_HISTORY)
    parts = []
    known: set[str] = set()
    about: set[str] = set()
    for saying in sayings:
        if saying.letter and dice.chance(mentioned):
            place = _place(saying, values) % len(saying.letter)
            parts.append(saying.letter[place].format(**values))
            about |= set(saying.fields)
            known |= set() if saying.vague else set(saying.fields)
    if inpatient:
        first += " At present they are an inpatient on our ward."
    found = " ".join(parts)
    paragraphs = [first, f"From the notes: {found}" if found else "", dice.pick(_CLOSINGS)]
    return "\n\n".join(filter(None, paragraphs)), known, about


def _person(
    scenario: str,
    seed: int,
    candidate: Candidate,
    extras: frozenset[str],
    themes: tuple[str, ...],
    mentioned: float,
    looks_bad: bool,
    brought: tuple[str, ...] = (),
) -> VirtualPatient:
    dice = Dice(f"words of {scenario} {seed}")
    first, last = dice.pick(_LETTERS), dice.pick(_LETTERS)
    age = int(candidate.age_years or 0)
    who: dict[str, object] = {
        "initials": f"{first}. {last}.",
        "age": age,
        "work": dice.pick(OCCUPATIONS),
        "household": dice.pick(HOUSEHOLDS),
    }
    if age < PREGNANCY_AGES[0]:
        who["household"] = "with family"
    if age < TRAINED_YEARS:
        who["work"] = f"training as {who['work']}"
    if age >= RETIRED_YEARS:
        who["work"] = f"formerly {who['work']}"
    values = _values(candidate, extras, dice)
    sayings = [saying for saying in SAYINGS if saying.when(candidate, extras)]
    instead = [saying for saying in INSTEAD if saying.when(candidate, extras)]
    more = Dice(f"other medicines of {scenario} {seed}")
    medicines, on_list = _medicines(candidate, extras, values, dice, more, mentioned, brought)
    letter, in_letter, hinted = _letter(
        who, sayings, values, dice, mentioned, candidate.setting == "in"
    )
    known = follows({*KNOWN_AT_START, *on_list, *in_letter}, candidate)
    truth = screen(candidate)
    said = set(told_by(candidate, known | hinted))
    # Half of a reason, such as symptoms without the pressure, is a hint as well.
    near = {code for code in truth.reasons if (hinted | on_list) & set(row(code).reads)}
    return VirtualPatient(
        scenario=scenario,
        seed=seed,
        initials=str(who["initials"]),
        age_years=age,
        occupation=str(who["work"]) if age >= PREGNANCY_AGES[0] else "at school",
        household=str(who["household"]),
        letter=letter,
        medicines=medicines,
        first_look=_FIRST_LOOK if candidate.intoxicated else "",
        known=known,
        answers=_answers(sayings, instead, values, dice),
        candidate=candidate,
        themes=themes,
        looks_bad=truth.disposition == ELIGIBLE and looks_bad,
        looks_fine=bool(truth.reasons) and not near and said.isdisjoint(truth.reasons),
    )


def virtual_patient(seed: int, difficulty: str = "mixed") -> VirtualPatient:
    """Invent one person; the same seed gives the same person on every machine.

    Parameters
    ----------
    seed : int
    difficulty : str
        ``"straightforward"``, ``"mixed"`` or ``"hard"``, or ``"V01"`` to ``"V20"``: the review's
        person with wording drawn by the seed.

    Returns
    -------
    VirtualPatient
        How people are drawn stands at the head of this module; the shares are conventions.

    Raises
    ------
    ValueError
        If the seed is not a whole number, or there is no such difficulty or vignette.
    """
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise ValueError(f"The seed is {seed!r}; it must be a whole number.")
    if difficulty in DIFFICULTIES:
        name = f"person {difficulty} {seed}"
        draft, themes = _draft(Dice(name), Dice(f"{name} again"), difficulty)
        fine = {theme.key for theme in _BY_KIND["fine"]}
        return _person(
            difficulty,
            seed,
            Candidate(**draft.fields),
            frozenset(draft.extras),
            themes,
            MENTIONED[difficulty],
            not fine.isdisjoint(themes),
        )
    if difficulty not in {each.key for each in VIGNETTES}:
        raise ValueError(
            f"{difficulty!r} is not a difficulty; choose one of {', '.join(DIFFICULTIES)}, or a "
            "vignette from V01 to V20."
        )
    case = vignette(difficulty)
    return _person(
        case.key,
        seed,
        case.candidate,
        frozenset({OWN_LIST}) if case.medicines else frozenset(),
        (),
        MENTIONED["mixed"],
        case.looks_bad,
        case.medicines,
    )


def clinic(n: int = 1000, seed: int = 1, difficulty: str = "mixed") -> tuple[Candidate, ...]:
    """Return a clinic of invented people as the rule sees them, drawn as in `virtual_patient`.

    Parameters
    ----------
    n : int
        1 to 20,000 people.
    seed : int
    difficulty : {"straightforward", "mixed", "hard"}

    Raises
    ------
    ValueError
        Outside these limits.
    """
    if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= 20_000:
        raise ValueError(f"n is {n!r}; it must be a whole number between 1 and 20000.")
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise ValueError(f"The seed is {seed!r}; it must be a whole number.")
    if difficulty not in DIFFICULTIES:
        raise ValueError(
            f"{difficulty!r} is not a difficulty; choose one of {', '.join(DIFFICULTIES)}."
        )
    name = f"clinic {difficulty} {seed}"
    dice, again = Dice(name), Dice(f"{name} again")
    return tuple(Candidate(**_draft(dice, again, difficulty)[0].fields) for _ in range(n))
