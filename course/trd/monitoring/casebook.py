"""The ten scenarios and free practice: who sits in the chair, what happens, what is true.

Drills of rare events (4 to 6) are scheduled, never sampled; each says how rare the event is. The
people are invented. A seed moves times, baselines and a few branches, never the lesson.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from trd.monitoring import events as ev
from trd.monitoring.dice import Chance
from trd.monitoring.events import Event
from trd.monitoring.parameters import numbers
from trd.monitoring.physiology import Patient, sample_patient

_S = numbers("sampling")
_ONSETS = numbers("onsets")
MIN = 60


@dataclass(frozen=True)
class Setup:
    """One run's beginning.

    Attributes
    ----------
    patient : Patient
    events : tuple of (str, int, bool)
        Kind, second of onset, stubborn.
    started_s : int or None
        Seconds since the infusion began when the trainee takes the chair; None before the start.
    pump_factor : float
        What the pump was set to, 1 as ordered.
    bag_doses : float
        Ordered doses that the bag would give if nobody stopped it.
    surge : float
        Pressure in mmHg brought along from the waiting room, which rest takes away.
    cuff_small, artefacts, jaw_works, touch, secretion, intent, aspirates : bool
    checks, replies : mapping of str to str
        What a check shows and what the person answers, where it differs from the usual.
    brief : str
        What the trainee is told at the door.
    """

    patient: Patient
    events: tuple[tuple[str, int, bool], ...] = ()
    started_s: int | None = None
    pump_factor: float = 1.0
    bag_doses: float = 1.0
    surge: float = 0.0
    cuff_small: bool = False
    artefacts: bool = False
    jaw_works: bool = True
    touch: bool = True
    secretion: bool = False
    intent: bool = False
    aspirates: bool = False
    checks: Mapping[str, str] = field(default_factory=dict)
    replies: Mapping[str, str] = field(default_factory=dict)
    brief: str = ""

    def make_events(self) -> list[Event]:
        """Return fresh events for one run."""
        return [Event(kind, onset, stubborn) for kind, onset, stubborn in self.events]


@dataclass(frozen=True)
class Scenario:
    """One exercise.

    Attributes
    ----------
    key, title : str
        The title of a drill names a usual minute; its event may come some minutes before or later.
    number : int
        Its number in the course, 1 to 10; 0 for free practice.
    minutes : int
        Longest run.
    drill : bool
        A rare event, scheduled.
    roles : tuple of str
        Who learns most: ``"prescriber"``, ``"nurse"``, ``"anaesthetist"``.
    purpose : str
        In a sentence, without giving the event away.
    rarity : tuple of str
        Evidence rows that say how rare the event is.
    rare : str
        The same in words.
    setup : callable
        From dice to `Setup`.
    content_note : str
        Shown before the run; empty when none is needed.
    """

    key: str
    title: str
    number: int
    minutes: int
    setup: Callable[[Chance], Setup]
    purpose: str
    drill: bool = False
    roles: tuple[str, ...] = ("nurse", "prescriber")
    rarity: tuple[str, ...] = ()
    rare: str = ""
    content_note: str = ""

    def begin(self, seed: int) -> Setup:
        """Return how a run with this seed begins."""
        return self.setup(Chance(f"{self.key} {seed}"))


def _onset(dice: Chance, kind: str) -> int:
    """Return when the trouble begins, in seconds of the run."""
    return dice.whole(int(_ONSETS[f"{kind}_from_s"]), int(_ONSETS[f"{kind}_to_s"]))


def _routine(dice: Chance) -> Setup:
    patient = Patient(
        sbp=124 + dice.whole(-3, 3),
        dbp=76 + dice.whole(-2, 2),
        hr=72 + dice.whole(-4, 4),
        rise_sbp=16 + dice.whole(-3, 4),
        rise_dbp=11 + dice.whole(-3, 2),
        deepest=dice.pick((5, 4)),
    )
    return Setup(
        patient,
        brief=(
            "Ms T., 45, 70 kg, first infusion. Order: ketamine 0.5 mg/kg = 35 mg over 40 minutes, "
            "0.875 mg/min. She has just sat down. Nothing has been checked yet."
        ),
    )


def _predose(dice: Chance) -> Setup:
    patient = Patient(
        age=52,
        sex="M",
        weight_kg=84,
        sbp=151 + dice.whole(-1, 3),
        dbp=94 + dice.whole(-1, 2),
        hr=80 + dice.whole(-4, 4),
        hypertension=True,
    )
    return Setup(
        patient,
        surge=6.0,
        cuff_small=True,
        checks={
            "medicines": (
                "Takes a tablet for blood pressure; the box has been empty for three days. "
                "No allergies."
            ),
        },
        replies={
            "stimulants": "“A double espresso on the way, I had to get up early.”",
            "missed": "“The blood pressure ones ran out. Three days ago, I think.”",
            "pain": "“No, nothing hurts.”",
            "fear": "“A bit tense, no more than before other appointments.”",
        },
        brief=(
            "Mr V., 52, 84 kg, second infusion. The front desk took 156/96 as he walked in. He "
            "feels well and would like to begin. Order: 0.5 mg/kg over 40 minutes."
        ),
    )


def _no_signs(dice: Chance) -> Setup:
    patient = Patient(
        age=66,
        weight_kg=64,
        sbp=147 + dice.whole(-1, 1),
        dbp=86 + dice.whole(-1, 1),
        hr=70 + dice.whole(-3, 3),
        rise_sbp=26.0,
        rise_dbp=12.0,
        cadss=6.0,
        hypertension=True,
    )
    return Setup(
        patient,
        events=((ev.RISE, _onset(dice, ev.RISE), False),),
        started_s=24 * MIN,
        brief=(
            "Mrs K., 66, 64 kg, treated hypertension, third infusion. You take over the chair at "
            "minute 24. All checks were done; she is comfortable. The cuff runs every 10 minutes."
        ),
    )


def _with_signs(dice: Chance) -> Setup:
    patient = Patient(
        age=58,
        sex="M",
        weight_kg=82,
        sbp=138 + dice.whole(-1, 1),
        dbp=86 + dice.whole(-1, 1),
        hr=76 + dice.whole(-3, 3),
        rise_sbp=25.0,
        rise_dbp=14.0,
        cadss=6.0,
        hypertension=True,
    )
    return Setup(
        patient,
        events=((ev.CRISIS, _onset(dice, ev.CRISIS), False),),
        started_s=31 * MIN,
        brief=(
            "Mr D., 58, 82 kg, treated hypertension, fourth infusion. You take over the chair at "
            "minute 31. All checks were done. The cuff runs every 10 minutes."
        ),
    )


def _pump_error(dice: Chance) -> Setup:
    patient = Patient(
        age=39,
        sbp=118 + dice.whole(-3, 3),
        dbp=72 + dice.whole(-2, 2),
        hr=72 + dice.whole(-4, 4),
        cadss=30.0,
    )
    return Setup(
        patient,
        started_s=4 * MIN + dice.whole(0, 15),
        pump_factor=8.0,
        bag_doses=3.0,
        brief=(
            "Ms R., 39, 70 kg, second infusion, order 35 mg over 40 minutes. Another nurse started "
            "it four minutes ago and was called away; you sit down at the chair."
        ),
    )


def _spasm(dice: Chance) -> Setup:
    patient = Patient(
        age=34,
        sex="M",
        weight_kg=76,
        sbp=122 + dice.whole(-3, 3),
        dbp=74 + dice.whole(-2, 2),
        deepest=4,
    )
    return Setup(
        patient,
        events=((ev.LARYNGOSPASM, _onset(dice, ev.LARYNGOSPASM), dice.chance(0.5)),),
        started_s=27 * MIN,
        secretion=dice.chance(0.5),
        brief=(
            "Mr B., 34, 76 kg, second infusion, had a cold last week. You take over the chair at "
            "minute 27. All checks were done; capnograph and strip can be switched on."
        ),
    )


def _terror(dice: Chance) -> Setup:
    patient = Patient(
        age=31,
        weight_kg=62,
        sbp=116 + dice.whole(-3, 3),
        dbp=72 + dice.whole(-2, 2),
        hr=78 + dice.whole(-3, 3),
        rise_sbp=13.0,
        rise_dbp=8.0,
        cadss=42.0,
    )
    touch = dice.chance(0.5)
    agreed = "a hand may be held" if touch else "no touch, please"
    return Setup(
        patient,
        events=((ev.TERROR, _onset(dice, ev.TERROR), dice.chance(0.5)),),
        started_s=23 * MIN,
        touch=touch,
        checks={"touch": f"In her record, agreed before the first infusion: {agreed}."},
        brief=(
            "Ms L., 31, 62 kg, first infusion. You take over the chair at minute 23. All checks "
            f"were done. Agreed on touch: {agreed}."
        ),
    )


def _faint(dice: Chance) -> Setup:
    patient = Patient(
        age=27,
        sex="M",
        weight_kg=71,
        sbp=114 + dice.whole(-3, 3),
        dbp=68 + dice.whole(-2, 2),
        hr=66 + dice.whole(-3, 3),
    )
    return Setup(
        patient,
        events=((ev.VASOVAGAL, _onset(dice, ev.VASOVAGAL), dice.chance(0.5)),),
        started_s=6 * MIN,
        replies={
            "needles": "“I can't stand needles. I looked at it just now.”",
            "pain": "“My arm, where the needle is.”",
        },
        brief=(
            "Mr S., 27, 71 kg, first infusion; the cannula took three attempts. You take over the "
            "chair at minute 6. All checks were done."
        ),
    )


def _vomits(dice: Chance) -> Setup:
    patient = Patient(
        age=49,
        weight_kg=68,
        sbp=126 + dice.whole(-3, 3),
        dbp=78 + dice.whole(-2, 2),
        rise_sbp=14.0,
        rise_dbp=9.0,
        deepest=3,
        cadss=9.0,
    )
    return Setup(
        patient,
        events=((ev.VOMITING, _onset(dice, ev.VOMITING), False),),
        started_s=30 * MIN,
        aspirates=dice.chance(0.5),
        checks={"medicines": "None of her drugs is on the QT list; no long QT; no allergies."},
        brief=(
            "Ms O., 49, 68 kg, third infusion, drowsy each time. You take over the chair at "
            "minute 30. All checks were done."
        ),
    )


def _going_home(dice: Chance) -> Setup:
    patient = Patient(
        age=41,
        sex="M",
        weight_kg=79,
        sbp=124 + dice.whole(-2, 2),
        dbp=76 + dice.whole(-2, 2),
        rise_sbp=18.0,
        rise_dbp=12.0,
        cadss=38.0,
    )
    intent = dice.chance(0.5)
    found = (
        "Since this week: thoughts with a plan, and intent to act on it (level 5)."
        if intent
        else "Since this week: thoughts of how, without intent to act (level 3)."
    )
    return Setup(
        patient,
        started_s=73 * MIN,
        intent=intent,
        checks={
            "suicidality": f"{found} This is new.",
            "escort": "His brother is called and will come. The car keys are still in his pocket.",
        },
        replies={
            "how": "“Fine. Can I go? I drove here.”",
            "thoughts": "“Since the last one… yes. It is different now. I have thought about it.”",
            "home": "“I drive. It's only ten minutes.”",
        },
        brief=(
            "Mr H., 41, 79 kg, fourth infusion, ended at minute 40. You take over at minute 73. He "
            "has put on his jacket."
        ),
    )


def _practice_events(dice: Chance, patient: Patient) -> tuple[tuple[str, int, bool], ...]:
    """Sample common events; rare ones are never sampled."""
    found: list[tuple[str, int, bool]] = []
    first = _S["distress_first_factor"] if patient.infusion == 1 else 1.0
    blocked = (_S["desaturation_airway_factor"] if patient.airway_risk else 1.0) * (
        _S["desaturation_older_factor"] if patient.age > 65 else 1.0
    )
    # One draw each, in a fixed order, so that a seed stays the same person.
    draws = [
        (ev.VOMITING, _S["vomiting"], (25, 45)),
        (ev.NAUSEA, _S["nausea"], (20, 45)),
        (ev.TERROR, _S["distress"] * first, (15, 38)),
        (ev.VASOVAGAL, _S["vasovagal"], (2, 12)),
        (ev.OBSTRUCTION, _S["desaturation"] * blocked, (20, 42)),
    ]
    for kind, chance, (low, high) in draws:
        happens, minute = dice.chance(chance), dice.whole(low, high)
        if happens and not found:
            # Before the start the clock is not the infusion's; `Session` adds the start.
            deep = kind == ev.OBSTRUCTION and dice.chance(
                _S["deep_desaturation"] / _S["desaturation"]
            )
            found.append((kind, minute * MIN, deep))
    return tuple(found)


def _practice(dice: Chance) -> Setup:
    infusion = dice.weighted(((1, 0.4), (2, 0.15), (3, 0.15), (4, 0.1), (5, 0.1), (6, 0.1)))
    patient = sample_patient(
        f"practice {dice.whole(0, 10**9)}", age=None, hypertension=None, infusion=infusion
    )
    patient = replace(patient, airway_risk=dice.chance(0.12))
    events = _practice_events(dice, patient)
    name = f"{'Ms' if patient.sex == 'F' else 'Mr'} {dice.pick('ACEFGJMNPW')}."
    risk = ", sleep apnoea" if patient.airway_risk else ""
    pressure = ", treated hypertension" if patient.hypertension else ""
    return Setup(
        patient,
        events=events,
        artefacts=True,
        jaw_works=dice.chance(numbers("interventions")["jaw_share"]),
        touch=dice.chance(0.5),
        brief=(
            f"{name}, {patient.age}, {patient.weight_kg} kg{pressure}{risk}, infusion number "
            f"{infusion}. Order: ketamine 0.5 mg/kg = {patient.dose_mg:g} mg over 40 minutes. "
            "Nothing has been checked yet."
        ),
    )


_NO_RATE = (
    "This is a drill: it was scheduled, not drawn. In a clinic such an event is rare. Nothing in "
    "this simulator is an incidence."
)

_ALL: tuple[Scenario, ...] = (
    Scenario(
        "routine",
        "A routine first infusion",
        1,
        150,
        _routine,
        "Run a first infusion from the door to the door.",
    ),
    Scenario(
        "predose-pressure",
        "156/96 before the dose",
        2,
        45,
        _predose,
        "Decide about a pressure above the limit before the start.",
    ),
    Scenario(
        "pressure-no-signs",
        "Minute 28",
        3,
        60,
        _no_signs,
        "Act on what the cuff shows.",
        roles=("nurse", "prescriber", "anaesthetist"),
        rare=(
            "One clinic counted 165/100 or more in 44.3 % of 203 patients over repeated infusions; "
            "another series severe hypertension in 0.98 % of 2,342 sessions, definition not shown."
        ),
        rarity=("mon-bp-165-crtce", "mon-bp-severe-yale"),
    ),
    Scenario(
        "pressure-with-signs",
        "Minute 35",
        4,
        25,
        _with_signs,
        "Act on what the patient says.",
        drill=True,
        roles=("nurse", "prescriber", "anaesthetist"),
        rarity=("mon-bp-severe-yale", "mon-japan-escalations", "mon-ae-japan-bound"),
        rare=(
            f"{_NO_RATE} Severe hypertension was counted in 0.98 % of 2,342 sessions in one "
            "series, its definition not shown; no count of such pressure with organ signs was "
            "found. An audit of 1,985 sessions had no escalation on site: up to 0.15 % would "
            "still fit."
        ),
    ),
    Scenario(
        "pump-error",
        "Minute 6",
        5,
        45,
        _pump_error,
        "Act on what you see and hear.",
        drill=True,
        roles=("nurse", "anaesthetist"),
        rarity=("mon-japan-escalations", "mon-ae-japan-bound", "mon-esketamine-respiratory"),
        rare=(
            f"{_NO_RATE} No rate of pump errors in ketamine for depression was found. An audit of "
            "1,985 sessions had no escalation on site: up to 0.15 % would still fit. Nasal "
            "esketamine had 42 spontaneous reports of respiratory depression or arrest in 868,000 "
            "sessions: a floor, not a rate."
        ),
    ),
    Scenario(
        "laryngospasm",
        "Minute 30",
        6,
        20,
        _spasm,
        "Act on what you hear.",
        drill=True,
        roles=("nurse", "anaesthetist"),
        rarity=("mon-event-rare", "mon-survey-6630"),
        rare=(
            f"{_NO_RATE} No count of laryngospasm at these doses was found; this course assumes "
            "between 1 in 100,000 and 1 in 10,000 sessions. A survey of 6,630 patients names one "
            "with respiratory distress."
        ),
    ),
    Scenario(
        "terror",
        "Minute 26",
        7,
        30,
        _terror,
        "Help somebody who is beside herself.",
        rarity=("mon-survey-6630", "mon-event-distress"),
        rare=(
            "Distress that needs action is not rare: this course assumes 5 in 100 sessions. In a "
            "survey of 6,630 patients 33 stopped treatment for it."
        ),
    ),
    Scenario(
        "faint",
        "Minute 8",
        8,
        20,
        _faint,
        "Act on a colour.",
        rarity=("mon-event-vasovagal",),
        rare="This course assumes 1 in 100 sessions; nothing published was found.",
    ),
    Scenario(
        "vomiting",
        "Minute 33",
        9,
        150,
        _vomits,
        "Protect an airway, and know how long to stay.",
        rarity=("mon-event-vomiting", "mon-event-nausea", "mon-ae-crtce-nausea"),
        rare=(
            "This course assumes vomiting in 3 of 100 sessions and nausea in 13. For want of a "
            "count of sessions, the second borrows one clinic's count of people (13.3 % of 203)."
        ),
    ),
    Scenario(
        "going-home",
        "Minute 75",
        10,
        75,
        _going_home,
        "Decide who goes home, and how.",
        rarity=("mon-worse-after-induction",),
        rare=(
            "After induction 6.0 % of 537 people reported more suicidal thoughts than before; how "
            "often a plan comes up in recovery was not found."
        ),
        content_note=(
            "This scenario is about suicidal thoughts. No method is described. You may stop at any "
            "time. If this touches you, talk to someone now: call or text 988 in the United "
            "States, call Samaritans on 116 123 in the United Kingdom or Ireland, or elsewhere "
            "your local emergency number."
        ),
    ),
    Scenario(
        "practice",
        "Free practice",
        0,
        200,
        _practice,
        "A new person each time. Most sessions stay quiet.",
        rarity=(
            "mon-event-nausea",
            "mon-event-vomiting",
            "mon-event-distress",
            "mon-event-vasovagal",
            "mon-event-spo2",
        ),
        rare=(
            "What happens here is drawn with this course's own chances: they are no incidence. "
            "Rare emergencies are never drawn; they are drills."
        ),
    ),
)

SCENARIOS: Mapping[str, Scenario] = MappingProxyType({each.key: each for each in _ALL})


def scenarios() -> tuple[str, ...]:
    """Return the ids: the ten scenarios in order, then ``"practice"``."""
    return tuple(SCENARIOS)


def scenario(key: str) -> Scenario:
    """Return a scenario by its id.

    Raises
    ------
    ValueError
        If there is no such scenario.
    """
    if key not in SCENARIOS:
        raise ValueError(f"There is no scenario {key!r}; there are {', '.join(SCENARIOS)}.")
    return SCENARIOS[key]
