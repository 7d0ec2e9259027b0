"""Eight invented people at the end of their stay, minute by minute, and what to do with each.

Pressure, dissociation and gait follow the simulator's effect curve; what each person says, who
fetches them and how long they stay drowsy is written down here. Nobody here is a real person.

Simulation for teaching: not for patient care.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np

from trd.monitoring.discharge import (
    CRITERIA,
    INFUSION_MIN,
    RULES,
    Answer,
    Criterion,
    Decision,
    Recovery,
    compare,
    decide,
)
from trd.monitoring.infusions import Array, whole
from trd.monitoring.parameters import numbers
from trd.monitoring.physiology import course

#: How much is known: what the sheet says, what looking and asking add, what can be arranged.
HANDED_OVER, LOOKED, ARRANGED = "handed-over", "looked", "arranged"
STEPS = (HANDED_OVER, LOOKED, ARRANGED)
#: What a reader may decide.
UNDECIDED, HOME, WAIT, ASSESS = "undecided", "home", "wait", "assess"
CHOICES = (UNDECIDED, HOME, WAIT, ASSESS)

FIRST_MIN, LAST_MIN = INFUSION_MIN, 180
#: A pressure is compared with the one this many minutes earlier.
APART_MIN = 10


@dataclass(frozen=True)
class Leaver:
    """One invented person in the recovery chair.

    Attributes
    ----------
    key, name, story, point : str
        `story` is what the sheet and the person say; `point` what the case is about.
    age : int
        Years.
    minute : int
        Since the start of the infusion, when the reader comes in; 40 to 180.
    baseline : tuple of int
        Systolic and diastolic pressure before, in mmHg.
    rise : tuple of float
        Rise at the peak of the effect, in mmHg.
    drift : tuple of (float, float)
        Extra pressure in mmHg by minute, beside the drug.
    peak_cadss, baseline_cadss : float
        Points, 0 to 92.
    gait_effect, mind_effect : float
        Effect below which the person walks steadily and is oriented; 1 is the peak.
    alert_from : int
        Minute from which MOAA/S is 5.
    baseline_spo2 : int
        % on air.
    air : tuple of (float, float)
        Saturation on air by minute.
    on_oxygen : bool
        Breathes oxygen until somebody takes it off to look.
    unseen : tuple of str
        Fields of `Recovery` that the sheet leaves open.
    truth : dict of str to bool
        What looking and asking finds, where it is not fine.
    arranged : dict of str to bool
        What changes once things are arranged.
    arranging : str
        The arrangement in words.
    """

    key: str
    name: str
    age: int
    minute: int
    story: str
    point: str
    baseline: tuple[int, int] = (122, 76)
    rise: tuple[float, float] = (14, 9)
    drift: tuple[tuple[float, float], ...] = ((0, 0),)
    peak_cadss: float = 9
    baseline_cadss: float = 0
    gait_effect: float = 0.35
    mind_effect: float = 0.60
    alert_from: int = 60
    baseline_spo2: int = 98
    air: tuple[tuple[float, float], ...] = ((0, 98),)
    on_oxygen: bool = False
    unseen: tuple[str, ...] = ()
    truth: dict[str, Any] = field(default_factory=dict)
    arranged: dict[str, Any] = field(default_factory=dict)
    arranging: str = "The cannula comes out, and the written advice is gone through together."

    @property
    def title(self) -> str:
        """Name and age."""
        return f"{self.name}, {self.age}"


_LAST_THINGS = {"cannula_out": True, "written_advice": True}
_NOT_YET = {"cannula_out": False, "written_advice": False}

PEOPLE: tuple[Leaver, ...] = (
    Leaver(
        "unsteady",
        "Mr C.",
        63,
        104,
        "Pressure and saturation are as before, and he has had tea and toast. His wife is here. "
        "“I’m fine, I’ve been fine for half an hour.” Nobody has seen him walk.",
        "Gait is watched, not asked, and it comes back later than the pressure.",
        baseline=(132, 80),
        gait_effect=0.20,
        unseen=("steady_gait",),
    ),
    Leaver(
        "bus",
        "Ms A.",
        47,
        47,
        "The pump stopped seven minutes ago. She says it is over, and her sister is parked "
        "outside. The sheet has pressure, saturation and MOAA/S, and nothing else.",
        "The effect is near its peak when the pump stops: feeling fine is not a criterion.",
        rise=(16, 11),
        peak_cadss=12,
        unseen=("oriented", "cadss", "steady_gait", "drinks", "new_intent"),
        truth=_NOT_YET,
        arranged=_LAST_THINGS,
    ),
    Leaver(
        "not-asked",
        "Ms K.",
        29,
        106,
        "Every box on the sheet is ticked but one: the C-SSRS was not repeated. She is quiet, "
        "polite, has her coat on. Her flatmate has come to fetch her.",
        "The one question left out was the one that mattered. Neither waiting nor an escort "
        "answers it.",
        peak_cadss=7,
        unseen=("new_intent",),
        truth={"new_intent": True},
        arranging="Her flatmate is asked to stay with her.",
    ),
    Leaver(
        "keys",
        "Mr E.",
        38,
        108,
        "Steady, clear, hungry. He came alone, by car. “It’s ten minutes down the road and I "
        "feel better than I have in years.”",
        "He meets every criterion of the body. The car stays, and somebody fetches him.",
        truth={"escort": False, "wants_to_drive": True},
        arranged={"escort": True, "wants_to_drive": False},
        arranging="His brother comes to fetch him; the car stays until tomorrow.",
    ),
    Leaver(
        "oxygen",
        "Ms F.",
        58,
        124,
        "The two hours are up. Saturation 98 %, on oxygen by nasal prongs since minute 50. She "
        "dozes, and answers when spoken to. She took her evening sedative at noon.",
        "Oxygen makes the number look well, and the clock knows nothing about a sedative.",
        alert_from=158,
        baseline_spo2=97,
        air=((0, 97), (40, 94), (120, 93), (135, 94), (150, 96), (165, 97)),
        on_oxygen=True,
        unseen=("steady_gait", "drinks", "new_intent"),
        truth=_NOT_YET,
        arranged=_LAST_THINGS,
        gait_effect=0.185,
    ),
    Leaver(
        "two-hours",
        "Mr G.",
        44,
        103,
        "Everything has been looked at, asked and written down. His partner is here. A colleague "
        "says: “He can’t go, the two hours aren’t up.”",
        "The two hours are a programme for esketamine. A clinic may adopt them; then it should "
        "say so.",
    ),
    Leaver(
        "as-before",
        "Ms I.",
        68,
        110,
        "Pressure and CADSS are where they were before the infusion. The new colleague finds both "
        "too high and wants to keep her until they are normal. Her son is here.",
        "As before is not the same as normal: her own baseline counts.",
        baseline=(146, 86),
        rise=(12, 8),
        baseline_cadss=6,
        gait_effect=0.30,
    ),
    Leaver(
        "climbing",
        "Mr J.",
        59,
        105,
        "Below 140/90 mmHg, so the box is ticked. He left out his morning tablet, and half an hour "
        "ago he had two coffees. His daughter is here.",
        "Up by more than a cuff errs, within ten minutes: it climbs. Below 140/90 or not, nobody "
        "knows yet where it stops.",
        baseline=(120, 74),
        rise=(12, 8),
        drift=((0, 0), (94, 0), (108, 18), (125, 24), (132, 20), (150, 4), (165, 0)),
        gait_effect=0.30,
    ),
)
_BY_KEY = {each.key: each for each in PEOPLE}


def _one_of(found: str, name: str, allowed: tuple[str, ...]) -> str:
    if found not in allowed:
        raise ValueError(f"There is no {name} {found!r}; there are {', '.join(allowed)}.")
    return found


@cache
def _effect() -> Array:
    found = np.array(course(minutes=LAST_MIN).effect[::60])
    found.setflags(write=False)
    return found


def person(key: str) -> Leaver:
    """Return one of the invented people.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    return _BY_KEY[_one_of(key, "person", tuple(_BY_KEY))]


def _at(minute: int, course_of: tuple[tuple[float, float], ...]) -> float:
    """Return a value between the points of a written-down course."""
    minutes, values = ([point[index] for point in course_of] for index in (0, 1))
    return float(np.interp(minute, minutes, values))


def _pressures(who: Leaver, minute: int) -> tuple[int, int]:
    effect = float(_effect()[minute])
    extra = _at(minute, who.drift)
    return (
        round(who.baseline[0] + who.rise[0] * effect + extra),
        round(who.baseline[1] + who.rise[1] * effect + extra / 2),
    )


def recovery(who: Leaver, minute: int, step: str = HANDED_OVER) -> Recovery:
    """Return what is known of a person at one minute.

    Parameters
    ----------
    who : Leaver
    minute : int
        Since the start of the infusion, 40 to 180.
    step : str
        One of `STEPS`.

    Raises
    ------
    ValueError
        For an unknown step or a minute outside these limits.
    """
    minute = whole(minute, "minute", FIRST_MIN, LAST_MIN, "min")
    _one_of(step, "step", STEPS)
    effect = float(_effect()[minute])
    threshold = numbers("effect")["cadss_threshold"]
    above = max(0.0, (effect - threshold) / (1 - threshold))
    now, before = _pressures(who, minute), _pressures(who, max(0, minute - APART_MIN))
    on_air = not (who.on_oxygen and step == HANDED_OVER)
    found = Recovery(
        minute=minute,
        systolic=now[0],
        diastolic=now[1],
        baseline_systolic=who.baseline[0],
        baseline_diastolic=who.baseline[1],
        falling=now[0] <= before[0] and now[1] <= before[1],
        spo2=round(_at(minute, who.air)) if on_air else 98,
        baseline_spo2=who.baseline_spo2,
        on_air=on_air,
        moaas=5 if minute >= who.alert_from else 4,
        oriented=effect < who.mind_effect,
        cadss=max(who.baseline_cadss, round(who.peak_cadss * above)),
        baseline_cadss=who.baseline_cadss,
        steady_gait=effect < who.gait_effect,
        drinks=True,
        new_intent=False,
        cannula_out=True,
        escort=True,
        written_advice=True,
        wants_to_drive=False,
    )
    found = replace(found, **who.truth)
    if step == ARRANGED:
        found = replace(found, **who.arranged)
    if step == HANDED_OVER:
        unseen: dict[str, Any] = dict.fromkeys(who.unseen)
        found = replace(found, **unseen)
    return found


@dataclass(frozen=True)
class Line:
    """One criterion for one person.

    Attributes
    ----------
    criterion : Criterion
    met : bool or None
        None for not known.
    from_min : int or None
        First minute from which it stays met once everything has been looked at and arranged;
        None if it never is.
    needs : str
        ``""`` when it is met, else ``"time"``, ``"look"``, ``"arrange"`` or ``"person"``: what
        would change it.
    """

    criterion: Criterion
    met: Answer
    from_min: int | None
    needs: str


@dataclass(frozen=True)
class Door:
    """One person, one minute, one decision.

    Attributes
    ----------
    who : Leaver
    minute : int
    step, choice : str
    now : Recovery
    earlier : tuple of int
        Pressure ten minutes before, in mmHg.
    decisions : tuple of Decision
        The course's own first.
    lines : tuple of Line
    best : str
        What the order set comes to: one of `CHOICES`.
    ready_min : int or None
        First minute from now on at which nothing stands in the way, once everything has been looked
        at and arranged; None if not within the stay.
    spans : dict of str to tuple of (int, int)
        By way of deciding, the minutes (first, last) at which it lets the person go, once
        everything has been looked at and arranged.
    """

    who: Leaver
    minute: int
    step: str
    choice: str
    now: Recovery
    earlier: tuple[int, int]
    decisions: tuple[Decision, ...]
    lines: tuple[Line, ...]
    best: str
    ready_min: int | None
    spans: dict[str, tuple[tuple[int, int], ...]]

    @property
    def decided(self) -> bool:
        """Whether the reader has made up their mind."""
        return self.choice != UNDECIDED


@cache
def _course_of(key: str) -> tuple[tuple[tuple[Answer, ...], ...], dict[str, tuple[int, ...]]]:
    """Return each criterion by minute, and the minutes at which each rule lets the person go.

    Everything has been looked at and arranged.
    """
    people = [recovery(_BY_KEY[key], at, ARRANGED) for at in range(FIRST_MIN, LAST_MIN + 1)]
    answers = tuple(tuple(each.met(one) for one in people) for each in CRITERIA)
    home = {
        rule: tuple(at for at, one in enumerate(people, FIRST_MIN) if decide(one, rule).home)
        for rule in RULES
    }
    return answers, home


def _spans(minutes: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for at in minutes:
        if found and found[-1][1] == at - 1:
            found[-1] = (found[-1][0], at)
        else:
            found.append((at, at))
    return tuple(found)


def _from(answers: tuple[Answer, ...]) -> int | None:
    if answers[-1] is not True:
        return None
    wrong = [index for index, met in enumerate(answers) if met is not True]
    return FIRST_MIN + (wrong[-1] + 1 if wrong else 0)


def _needs(who: Leaver, each: Criterion, met: Answer, minute: int) -> str:
    if met:
        return ""
    if met is None:
        return "look"
    if each.met(recovery(who, minute, ARRANGED)):
        return "arrange" if not each.met(recovery(who, minute, LOOKED)) else "look"
    return "person" if _from(_course_of(who.key)[0][CRITERIA.index(each)]) is None else "time"


def at_the_door(
    key: str, minute: int | None = None, step: str = HANDED_OVER, choice: str = UNDECIDED
) -> Door:
    """Return one person at the door, and what each way of deciding would do.

    Parameters
    ----------
    key : str
        One of `PEOPLE`.
    minute : int, optional
        Since the start of the infusion, 40 to 180; the case's own unless given.
    step : str
        One of `STEPS`.
    choice : str
        One of `CHOICES`.

    Raises
    ------
    ValueError
        For an unknown name or a minute outside these limits.
    """
    who = person(key)
    minute = whole(who.minute if minute is None else minute, "minute", FIRST_MIN, LAST_MIN, "min")
    now = recovery(who, minute, step)
    _one_of(choice, "choice", CHOICES)
    decisions = compare(now)
    answers, home = _course_of(who.key)
    best = ASSESS if "intent" in decisions[0].unmet else HOME if decisions[0].home else WAIT
    later = [at for at in home["course"] if at >= minute]
    return Door(
        who=who,
        minute=minute,
        step=step,
        choice=choice,
        now=now,
        earlier=_pressures(who, max(0, minute - APART_MIN)),
        decisions=decisions,
        lines=tuple(
            Line(each, met := each.met(now), _from(found), _needs(who, each, met, minute))
            for each, found in zip(CRITERIA, answers, strict=True)
        ),
        best=best,
        ready_min=later[0] if later else None,
        spans={rule: _spans(minutes) for rule, minutes in home.items()},
    )
