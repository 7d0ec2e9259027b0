"""What suicide risk found at screening asks for: what happens now, by whom, and until when.

The disposition is the rule's own. Levels of the C-SSRS only, none of its wording.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from trd.screening.candidate import Candidate
from trd.screening.evidence import evidence_rows
from trd.screening.policies import course_limits
from trd.screening.rule import Screening, screen

LEVELS: tuple[int | None, ...] = (None, 0, 1, 2, 3, 4, 5)
"""Highest ideation level in the past month; None when nobody has asked."""

NO_BEHAVIOUR = "none"
BEHAVIOUR = "recent"
NOT_ASKED = "not-asked"
BEHAVIOURS: tuple[str, ...] = (NO_BEHAVIOUR, BEHAVIOUR, NOT_ASKED)
"""Suicidal behaviour in the past three months."""

OUTPATIENT = "out"
INPATIENT = "in"
SETTINGS: tuple[str, ...] = (OUTPATIENT, INPATIENT)

NO_PLAN = "none"
PLAN = "written"
PLANS: tuple[str, ...] = (NO_PLAN, PLAN)
"""The safety plan, with a named contact."""

NOW = "now"
TODAY = "today"
LEAVING = "before-leaving"
AFTER = "after"
VISITS = "visits"
WHENS = MappingProxyType(
    {
        NOW: "Now",
        TODAY: "Today",
        LEAVING: "Before the person goes home, or back to the ward",
        AFTER: "After an infusion, if one is given",
        VISITS: "At every visit",
    }
)
"""Time scales in their order."""


@dataclass(frozen=True)
class Step:
    """One thing that has to happen.

    Attributes
    ----------
    when : str
        Key of `WHENS`.
    who : str
        Who does it.
    what : str
    evidence : tuple of str
        Rows of ``assets/evidence/screening.csv`` behind it; empty for a convention of the course.
    """

    when: str
    who: str
    what: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """Where one combination leads.

    Attributes
    ----------
    behaviour : str
    cleared : bool
    setting : str
    screening : Screening
    high : bool or None
        High band of the Columbia triage.
    here : bool
        Whether it is the one chosen.
    """

    behaviour: str
    cleared: bool
    setting: str
    screening: Screening
    high: bool | None
    here: bool


@dataclass(frozen=True)
class Pathway:
    """What one finding leads to.

    Attributes
    ----------
    level : int or None
        0 to 5; None when not asked.
    behaviour, setting, plan : str
    cleared : bool
        A psychiatrist's written clearance is on file.
    screening : Screening
        What the rule says, nothing else being in the way.
    high : bool or None
        High band of the Columbia triage; None while that is not known.
    steps : tuple of Step
        In order of time.
    remarks : tuple of str
        What this combination teaches, in sentences.
    places : tuple of Place
        The same level in both settings, without behaviour, with it, and with clearance.
    """

    level: int | None
    behaviour: str
    setting: str
    plan: str
    cleared: bool
    screening: Screening
    high: bool | None
    steps: tuple[Step, ...]
    remarks: tuple[str, ...]
    places: tuple[Place, ...]


def ward_first(setting: str, high: bool | None) -> bool:
    """Return whether the ward's care comes before any answer of a rule for outpatients."""
    return setting == INPATIENT and high is True


def _screened(level: int | None, behaviour: str, setting: str, cleared: bool) -> Screening:
    recent = {NO_BEHAVIOUR: False, BEHAVIOUR: True, NOT_ASKED: None}[behaviour]
    return screen(
        Candidate(
            cssrs_ideation=level,
            suicidal_behaviour_3mo=recent,
            setting=setting,
            risk_cleared=cleared,
        )
    )


def is_high(level: int | None, behaviour: str) -> bool | None:
    """Return whether it is the high band of the Columbia triage; None while it cannot be said.

    Past-month ideation at the level of intent, or any suicidal behaviour in the past three months.
    """
    intent = course_limits().intent_item
    if behaviour == BEHAVIOUR or (level is not None and level >= intent):
        return True
    return None if level is None or behaviour == NOT_ASKED else False


_RISK = "screen-rule-emergency-risk"
_HIGH = "screen-cssrs-high"
_WARD = "screen-rule-inpatient-risk"
_LOW = "screen-rule-low-risk"
_INTENT_WARD = "screen-rule-inpatient-intent"

_ASK = Step(
    NOW,
    "whoever sees the person",
    "Ask what has not been asked, thoughts and behaviour in the past three months, directly and "
    "calmly. Unknown is never “no”.",
    ("screen-asking-is-safe", "screen-rule-unknown"),
)
_AGAIN = Step(
    VISITS,
    "whoever sees the person",
    "Ask again with the C-SSRS; the rule runs anew on every dosing day.",
    ("screen-workup-cssrs", "screen-rule-each-day"),
)
_STAY_FOR_THE_WARD = Step(
    NOW,
    "one member of the team, by name",
    "Stay with the person until the ward has taken over.",
)
_ASSESS = Step(
    TODAY,
    "a clinician trained to do it",
    "A risk assessment, in words: the level starts it and does not replace it. If it worries you, "
    "act as for a high level.",
    (_LOW,),
)
_RECORD = Step(
    TODAY,
    "the clinician who asked",
    "Write down level, behaviour, time, whom you told and who took over.",
)
_CALLS = (
    Step(
        AFTER,
        "the named contact of the clinic",
        "A call 24 to 72 hours after it: better, worse, safe? Worse is a reason to see the person.",
        ("screen-rule-call", "screen-clinic-worse-ideation"),
    ),
    Step(
        AFTER,
        "the named contact of the clinic",
        "A second call on day 7: relief fades.",
        ("screen-rule-call-week", "screen-su-day7-ketamine", "screen-su-day7-midazolam"),
    ),
)


def _emergency(plan: str) -> tuple[Step, ...]:
    goes_along = (
        "The safety plan goes along"
        if plan == PLAN
        else "A safety plan and means safety are made there, with the person"
    )
    return (
        Step(
            NOW,
            "one member of the team, by name",
            "Stay with the person: not left alone, not while waiting and not on the way.",
            (_RISK,),
        ),
        Step(
            NOW,
            "the clinician who asked",
            "Call the psychiatrist on duty or the emergency service: an emergency psychiatric "
            "assessment the same day. If the person wants to go, keep company and say so in the "
            "call; holding somebody back follows the law of the place.",
            (_RISK, _HIGH),
        ),
        Step(
            NOW,
            "the prescriber",
            "No infusion today, and no waiting for one. Say so to the person, and why.",
            ("screen-no-waiting", "screen-not-prevention"),
        ),
        Step(
            TODAY,
            "the clinician who asked",
            "Tell the psychiatrist in charge and the referrer or GP; family or a friend with the "
            "person’s agreement. Without it the law of the place decides.",
        ),
        Step(
            TODAY,
            "the assessing psychiatrist",
            f"{goes_along}. A plan never takes the place of the assessment.",
        ),
        _RECORD,
    )


def _ward_first() -> tuple[Step, ...]:
    return (
        _STAY_FOR_THE_WARD,
        Step(
            NOW,
            "the ward’s team",
            "The ward’s own observation and care go on; nothing here loosens them.",
        ),
        Step(
            NOW,
            "the clinician who asked",
            "Tell the ward’s psychiatrist: level, behaviour, since when.",
        ),
        Step(
            TODAY,
            "the ward’s psychiatrist",
            "A full risk assessment, in writing, before ketamine is talked about. At most it is an "
            "addition to the care on the ward.",
            (_WARD,),
        ),
        _RECORD,
    )


def _condition(level: int | None, behaviour: str, setting: str, plan: str) -> tuple[Step, ...]:
    """Return what F1 asks for."""
    steps: list[Step] = []
    if setting == INPATIENT and is_high(level, behaviour):
        steps += [
            _STAY_FOR_THE_WARD,
            Step(
                NOW,
                "the clinician who asked",
                "Tell the ward’s psychiatrist the level. The ward’s observation and care come "
                "first, and nothing here loosens them.",
                (_HIGH, _INTENT_WARD),
            ),
            Step(
                TODAY,
                "the ward’s psychiatrist",
                "A risk assessment of today, in writing, before ketamine is talked about. At most "
                "it is an addition to the care on the ward.",
                (_INTENT_WARD, _WARD),
            ),
            _RECORD,
        ]
    else:
        steps.append(_ASSESS)
    if behaviour == BEHAVIOUR:
        steps.append(
            Step(
                TODAY,
                "the clinician who asked",
                "Read the written clearance: who wrote it, when, and has anything changed since? "
                "If so, it no longer counts.",
            )
        )
    steps.append(
        Step(
            LEAVING,
            "the clinician, with the person",
            "Read the safety plan together: still right? Means safety, and the named contact."
            if plan == PLAN
            else "Write a safety plan together: means safety, and a named contact with a number.",
            (_LOW,),
        )
    )
    steps.append(
        Step(
            LEAVING,
            "the clinician who asked",
            "Tell the psychiatrist in charge and the GP the level and the plan; family or a friend "
            "with the person’s agreement.",
        )
    )
    steps.append(
        Step(
            LEAVING,
            "the named contact of the clinic",
            "A date for the next contact, also when no infusion follows.",
        )
    )
    return (*steps, *_CALLS)


def _steps(
    found: Screening, level: int | None, behaviour: str, setting: str, plan: str
) -> tuple[Step, ...]:
    steps: list[Step] = []
    asks = (_ASK,) if level is None or behaviour == NOT_ASKED else ()
    if "E1" in found.reasons:
        steps += (*_emergency(plan), *asks)
    elif "R1" in found.reasons:
        steps += (*_ward_first(), *asks)
    elif asks:
        # What is known already does not wait for the rest.
        if ward_first(setting, is_high(level, behaviour)):
            steps += _ward_first()
        elif "F1" in found.conditions:
            steps.append(_ASSESS)
        steps += asks
    elif "F1" in found.conditions:
        steps += _condition(level, behaviour, setting, plan)
    else:
        steps.append(
            Step(
                LEAVING,
                "the clinician, with the person",
                "A safety plan is made for everybody, also today."
                if plan == NO_PLAN
                else "The safety plan is on file: is the contact still right?",
                ("screen-workup-cssrs",),
            )
        )
    steps.append(_AGAIN)
    order = list(WHENS)
    return tuple(sorted(steps, key=lambda step: order.index(step.when)))


def _remarks(
    found: Screening, level: int | None, behaviour: str, setting: str, cleared: bool
) -> tuple[str, ...]:
    intent = course_limits().intent_item
    remarks = []
    asked = level is not None and behaviour != NOT_ASKED
    if "E1" in found.reasons and (level is None or level < intent):
        start = "Whatever the level is" if level is None else "The level alone would not do it"
        remarks.append(
            f"{start}: recent behaviour without a psychiatrist’s written clearance puts an "
            "outpatient here."
        )
    if "E1" in found.reasons and cleared:
        remarks.append(
            "A written clearance does not undo intent: from level 4 an outpatient is here with or "
            "without it."
        )
    if "R1" in found.reasons:
        remarks.append(
            "On a ward help is at hand: the same finding goes to the ward’s psychiatrist instead "
            "of an emergency service, and a written assessment comes first."
        )
    if found.conditions and is_high(level, behaviour) is False:
        remarks.append("No barrier to an infusion is no all-clear: the risk is assessed today.")
    if found.disposition == "ELIGIBLE" and is_high(level, behaviour):
        remarks.append(
            "No barrier by this rule does not mean low risk: this is still the high band, and no "
            "go-ahead for an infusion."
        )
    if cleared and behaviour == NO_BEHAVIOUR and asked:
        remarks.append("There is no recent behaviour for the clearance to be about.")
    if setting == INPATIENT and asked and not is_high(level, behaviour):
        remarks.append("Ask once more before discharge: the setting changes what a finding means.")
    return tuple(remarks)


def pathway(
    level: int | None, behaviour: str, setting: str, cleared: bool, plan: str = NO_PLAN
) -> Pathway:
    """Return what a finding leads to.

    Parameters
    ----------
    level : int or None
        Highest C-SSRS ideation level in the past month, 0 to 5; None when not asked.
    behaviour : {"none", "recent", "not-asked"}
        Suicidal behaviour in the past three months.
    setting : {"out", "in"}
        Outpatient or inpatient.
    cleared : bool
        A psychiatrist's written clearance is on file.
    plan : {"none", "written"}
        The safety plan.

    Raises
    ------
    ValueError
        For a value that does not exist.
    """
    if isinstance(level, bool) or level not in LEVELS:
        raise ValueError(f"level is {level!r}; it must be 0 to 5, or None when not asked.")
    for name, value, allowed in (
        ("behaviour", behaviour, BEHAVIOURS),
        ("setting", setting, SETTINGS),
        ("plan", plan, PLANS),
    ):
        if value not in allowed:
            raise ValueError(f"{name} is {value!r}; it must be one of {', '.join(allowed)}.")
    found = _screened(level, behaviour, setting, cleared)
    places = tuple(
        Place(
            kind,
            clear,
            where,
            _screened(level, kind, where, clear),
            is_high(level, kind),
            where == setting
            and kind == behaviour
            and (kind == NO_BEHAVIOUR or clear == bool(cleared)),
        )
        for kind, clear in ((NO_BEHAVIOUR, False), (BEHAVIOUR, False), (BEHAVIOUR, True))
        for where in SETTINGS
    )
    return Pathway(
        level=level,
        behaviour=behaviour,
        setting=setting,
        plan=plan,
        cleared=bool(cleared),
        screening=found,
        high=is_high(level, behaviour),
        steps=_steps(found, level, behaviour, setting, plan),
        remarks=_remarks(found, level, behaviour, setting, bool(cleared)),
        places=places,
    )


@dataclass(frozen=True)
class Faded:
    """People free of suicidal thoughts at one time after one infusion, in %.

    Attributes
    ----------
    when : str
    ketamine_pct, midazolam_pct : float
    """

    when: str
    ketamine_pct: float
    midazolam_pct: float


_TIMES = (("4h", "4 hours"), ("day2", "day 2"), ("day7", "day 7"), ("day14", "day 14"))


@cache
def fading() -> tuple[Faded, ...]:
    """Return how the difference between ketamine and midazolam goes over two weeks (Su 2023)."""
    table = evidence_rows()
    return tuple(
        Faded(
            words,
            float(table[f"screen-su-{key}-ketamine"].value),
            float(table[f"screen-su-{key}-midazolam"].value),
        )
        for key, words in _TIMES
    )
