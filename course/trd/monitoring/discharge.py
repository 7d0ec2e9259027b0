"""Ready to go home? Every criterion is read, and an unknown one counts as not met.

The criteria are the order set of the fictional clinic; beside them stand the esketamine programme's
two hours and two shortcuts people take, the clock and the vital signs, so that it can be seen whom
each of them would send home.

Simulation for teaching: not for patient care. No share computed here is an incidence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from trd.definitions.history import number, yes_no
from trd.monitoring.infusions import HORIZON_MIN, Array, Infusions, effect_curve, simulate
from trd.monitoring.parameters import numbers
from trd.parameters import load

_FILE = "monitoring_discharge"
#: Length of the reference infusion, in minutes.
INFUSION_MIN = int(numbers("kinetics")["duration_min"])


def value(table: str, name: str) -> float:
    """Return one number of ``assets/parameters/monitoring_discharge.toml``.

    Raises
    ------
    KeyError
        If there is no such number.
    """
    return float(load(_FILE)[table][name].value)


@dataclass(frozen=True)
class Recovery:
    """One person in the recovery chair; None means not looked at or not asked.

    Attributes
    ----------
    minute : float
        Since the start of the infusion, 0 to 1440.
    systolic, diastolic, baseline_systolic, baseline_diastolic : float or None
        mmHg.
    falling : bool or None
        The last two pressures fall or are level.
    spo2, baseline_spo2 : float or None
        % on air.
    on_air : bool or None
        Breathing air, not oxygen.
    moaas : int or None
        0 to 5.
    oriented : bool or None
    cadss, baseline_cadss : float or None
        0 to 92 points.
    steady_gait : bool or None
        Seen walking.
    drinks : bool or None
        Drank without vomiting.
    new_intent : bool or None
        C-SSRS repeated: new suicidal intent or plan.
    cannula_out, escort, written_advice : bool or None
        Written advice includes no driving until the next day and whom to call.
    wants_to_drive : bool or None
        Means to drive today.
    """

    minute: float
    systolic: float | None = None
    diastolic: float | None = None
    baseline_systolic: float | None = 124
    baseline_diastolic: float | None = 76
    falling: bool | None = None
    spo2: float | None = None
    baseline_spo2: float | None = 98
    on_air: bool | None = None
    moaas: int | None = None
    oriented: bool | None = None
    cadss: float | None = None
    baseline_cadss: float | None = 0
    steady_gait: bool | None = None
    drinks: bool | None = None
    new_intent: bool | None = None
    cannula_out: bool | None = None
    escort: bool | None = None
    written_advice: bool | None = None
    wants_to_drive: bool | None = None

    def __post_init__(self) -> None:
        for name, low, high, unit in _RANGES:
            found = getattr(self, name)
            if found is not None:
                number(found, name, low, high, unit)
        if self.minute is None:
            raise ValueError("minute is missing; it must be between 0 and 1440 min.")
        for name in _YES_NO:
            found = getattr(self, name)
            if found is not None:
                yes_no(found, name)


_RANGES = (
    ("minute", 0, 1440, "min"),
    ("systolic", 40, 260, "mmHg"),
    ("diastolic", 20, 160, "mmHg"),
    ("baseline_systolic", 60, 220, "mmHg"),
    ("baseline_diastolic", 30, 140, "mmHg"),
    ("spo2", 40, 100, "%"),
    ("baseline_spo2", 80, 100, "%"),
    ("moaas", 0, 5, "points"),
    ("cadss", 0, 92, "points"),
    ("baseline_cadss", 0, 92, "points"),
)
_YES_NO = (
    "falling",
    "on_air",
    "oriented",
    "steady_gait",
    "drinks",
    "new_intent",
    "cannula_out",
    "escort",
    "written_advice",
    "wants_to_drive",
)

Answer = bool | None


def _time(p: Recovery) -> Answer:
    return p.minute >= INFUSION_MIN + value("course", "after_end_min")


def _two_hours(p: Recovery) -> Answer:
    return p.minute >= value("rems", "from_start_min")


def _pressure(p: Recovery) -> Answer:
    if p.systolic is None or p.diastolic is None or p.falling is None:
        return None
    low = p.systolic < value("course", "pressure_systolic_mmhg") and p.diastolic < value(
        "course", "pressure_diastolic_mmhg"
    )
    if p.baseline_systolic is None or p.baseline_diastolic is None:
        near: Answer = None
    else:
        share = 1 + value("course", "pressure_share")
        # Rounded, so that 10 % above 120 is 132 and not a hair less.
        near = p.systolic <= round(share * p.baseline_systolic, 6) and p.diastolic <= round(
            share * p.baseline_diastolic, 6
        )
    if not low and near is None:
        return None
    return p.falling and (low or bool(near))


def _saturation(p: Recovery) -> Answer:
    if p.spo2 is None or p.on_air is None or p.baseline_spo2 is None:
        return None
    return p.on_air and p.spo2 >= p.baseline_spo2 - value("course", "spo2_slack_pct")


def _alert(p: Recovery) -> Answer:
    return None if p.moaas is None else p.moaas >= value("course", "moaas")


def _dissociation(p: Recovery) -> Answer:
    if p.cadss is None:
        return None
    return p.cadss <= max(value("course", "cadss"), p.baseline_cadss or 0)


def _no_intent(p: Recovery) -> Answer:
    return None if p.new_intent is None else not p.new_intent


def _not_driving(p: Recovery) -> Answer:
    return None if p.wants_to_drive is None else not p.wants_to_drive


@dataclass(frozen=True)
class Criterion:
    """One thing that must be true before somebody leaves.

    Attributes
    ----------
    code : str
        Short name, e.g. ``"gait"``.
    what : str
        The criterion in words.
    why : str
        What happens when it is skipped.
    status, row : str
        Of the evidence behind it.
    met : callable
        From a `Recovery` to True, False, or None for unknown.
    """

    code: str
    what: str
    why: str
    status: str
    row: str
    met: Callable[[Recovery], Answer]


_T = "teaching-assumption"
#: The fictional clinic's criteria, in the order they are read: danger first.
CRITERIA: tuple[Criterion, ...] = (
    Criterion(
        "intent",
        "C-SSRS repeated, no new intent or plan",
        "New suicidal thoughts are acted on now: some people report more after a first course.",
        _T,
        "mon-order-suicide-risk",
        _no_intent,
    ),
    Criterion(
        "time",
        f"At least {value('course', 'after_end_min'):g} minutes after the end of the infusion",
        "The effect is still near its peak when the pump stops.",
        _T,
        "mon-dis-minutes",
        _time,
    ),
    Criterion(
        "pressure",
        f"Blood pressure falling, and within {100 * value('course', 'pressure_share'):g} % of "
        f"baseline or below {value('course', 'pressure_systolic_mmhg'):g}/"
        f"{value('course', 'pressure_diastolic_mmhg'):g} mmHg",
        "A reading that still climbs says nothing about the next half hour.",
        _T,
        "mon-dis-bp-rule",
        _pressure,
    ),
    Criterion(
        "saturation",
        "Saturation on air as before",
        "Oxygen hides slow breathing.",
        _T,
        "mon-order-discharge",
        _saturation,
    ),
    Criterion(
        "alert",
        "MOAA/S 5",
        "Sedation comes back when nobody talks.",
        _T,
        "mon-order-discharge",
        _alert,
    ),
    Criterion(
        "oriented",
        "Oriented",
        "Advice given to a confused person is not heard.",
        _T,
        "mon-order-discharge",
        lambda p: p.oriented,
    ),
    Criterion(
        "dissociation",
        f"CADSS {value('course', 'cadss'):g} or less, or as before",
        "Traffic and stairs need a world that stands still.",
        _T,
        "mon-dis-cadss",
        _dissociation,
    ),
    Criterion(
        "gait",
        "Steady gait, seen",
        "The one ambulance in an audit of 1,985 sessions came for a fall after discharge.",
        _T,
        "mon-dis-fall",
        lambda p: p.steady_gait,
    ),
    Criterion(
        "drinks",
        "Drinks without vomiting",
        "Vomiting at home, drowsy, is the dangerous kind.",
        _T,
        "mon-order-discharge",
        lambda p: p.drinks,
    ),
    Criterion(
        "cannula",
        "Cannula out",
        "A way in is a risk at home.",
        _T,
        "mon-order-discharge",
        lambda p: p.cannula_out,
    ),
    Criterion(
        "escort",
        "An adult escort is here",
        "Nobody else will notice on the way.",
        _T,
        "mon-dis-escort",
        lambda p: p.escort,
    ),
    Criterion(
        "driving",
        "Does not drive today: not until the next day, after restful sleep",
        "The advice is the maker's for esketamine; studies of single drives do not relax it.",
        "verified",
        "mon-dis-no-driving",
        _not_driving,
    ),
    Criterion(
        "advice",
        "Written advice and a number to call",
        "What is said on the day is half forgotten.",
        _T,
        "mon-order-discharge",
        lambda p: p.written_advice,
    ),
)
_BY_CODE = {each.code: each for each in CRITERIA}

#: Ways of deciding that are compared, with the codes each of them reads.
RULES: dict[str, tuple[str, tuple[str, ...]]] = {
    "course": ("This course: every criterion", tuple(_BY_CODE)),
    "rems": (
        "Esketamine programme: 2 hours, and sedation, dissociation and breathing resolved",
        ("two_hours", "alert", "dissociation", "saturation"),
    ),
    "clock": (
        f"By the clock: {value('course', 'after_end_min'):g} minutes after the end",
        ("time",),
    ),
    "vitals": ("By the vital signs: pressure and saturation", ("pressure", "saturation")),
}
_TWO_HOURS = Criterion(
    "two_hours",
    "At least 2 hours after the start",
    "A rule for esketamine nasal spray; a clinic may adopt it by choice.",
    "verified",
    "mon-dis-rems",
    _two_hours,
)


def explain(code: str) -> Criterion:
    """Return one criterion by its code.

    Raises
    ------
    ValueError
        If there is none.
    """
    if code == _TWO_HOURS.code:
        return _TWO_HOURS
    if code not in _BY_CODE:
        raise ValueError(f"There is no criterion {code!r}; there are {', '.join(_BY_CODE)}.")
    return _BY_CODE[code]


@dataclass(frozen=True)
class Decision:
    """What one way of deciding comes to.

    Attributes
    ----------
    rule : str
        One of `RULES`.
    home : bool
        Nothing it reads stands in the way.
    unmet, unknown : tuple of str
        Codes, in the order they are read.
    headline : str
        In words; never "safe".
    """

    rule: str
    home: bool
    unmet: tuple[str, ...]
    unknown: tuple[str, ...]
    headline: str


def _headline(unmet: tuple[str, ...], unknown: tuple[str, ...]) -> str:
    if "intent" in unmet:
        return "Stays: psychiatric assessment now"
    if unmet:
        return f"Stays. Not met: {explain(unmet[0]).what}"
    if unknown:
        return f"Stays until this is known: {explain(unknown[0]).what}"
    return "Nothing on this list stands in the way of going home with the escort"


def decide(person: Recovery, rule: str = "course") -> Decision:
    """Return whether one way of deciding would let somebody go home.

    Parameters
    ----------
    person : Recovery
    rule : str
        One of `RULES`.

    Raises
    ------
    ValueError
        For an unknown rule.
    """
    if rule not in RULES:
        raise ValueError(f"There is no rule {rule!r}; there are {', '.join(RULES)}.")
    answers = [(code, explain(code).met(person)) for code in RULES[rule][1]]
    unmet = tuple(code for code, met in answers if met is False)
    unknown = tuple(code for code, met in answers if met is None)
    if rule == "course" or unmet or unknown:
        headline = _headline(unmet, unknown)
    else:
        headline = "This way of deciding lets the person go"
    return Decision(rule, not unmet and not unknown, unmet, unknown, headline)


def compare(person: Recovery) -> tuple[Decision, ...]:
    """Return what each way of deciding comes to, the course's own first."""
    return tuple(decide(person, rule) for rule in RULES)


@dataclass(frozen=True)
class Driving:
    """Whether somebody may drive, and what two studies seem to say.

    Attributes
    ----------
    allowed : bool
    words : str
    tempting : tuple of str
        Findings that seem to allow more, and why they do not.
    """

    allowed: bool
    words: str
    tempting: tuple[str, ...]


def driving(next_day: bool, slept: bool) -> Driving:
    """Return the answer to "may I drive?".

    Parameters
    ----------
    next_day : bool
        It is the day after the session or later.
    slept : bool
        After a restful sleep.
    """
    allowed = yes_no(next_day, "next_day") and yes_no(slept, "slept")
    words = (
        "The day after, and slept: the advice no longer stands in the way."
        if allowed
        else "Not yet: not until the next day, after restful sleep."
    )
    table = load(_FILE)["driving"]
    return Driving(
        allowed,
        words,
        (
            f"In {table['esketamine_h'].n} people driving "
            f"{value('driving', 'esketamine_h'):g} hours after nasal esketamine was not worse than "
            "after placebo: few people, another drug form.",
            "After intravenous ketamine simulated driving was back to baseline at "
            f"{value('driving', 'infusion_h'):g} hours: a simulator is not a road.",
        ),
    )


@dataclass(frozen=True)
class Readiness:
    """How many simulated people meet each criterion, minute by minute after the pump has stopped.

    Attributes
    ----------
    minutes : tuple of int
        Since the start of the infusion; the first is when the pump stops.
    by_criterion : dict of str to tuple of float
        Share of people, 0 to 1: pressure, alert, oriented, dissociation, gait and all of these.
    median_ready_min : float or None
        Minute since the start at which half of the people meet all of them; None if not within
        the session.
    """

    minutes: tuple[int, ...]
    by_criterion: dict[str, tuple[float, ...]]
    median_ready_min: float | None


@lru_cache(maxsize=4)
def _crowd(n: int, clinic: str, seed: int) -> tuple[Infusions, Array, Array, Array, Array]:
    effects = numbers("effect")
    rng = np.random.default_rng([seed, 3])
    cadss = np.exp(rng.normal(effects["cadss_median_log"], effects["cadss_spread_log"], n))
    grades = np.array([5, 4, 3, 2])
    shares = np.array([effects[f"moaas_{grade}"] for grade in grades])
    deepest = rng.choice(grades, n, p=shares / shares.sum())
    spread = value("recovery", "gait_spread")
    gait = value("recovery", "gait_effect") * np.exp(spread * rng.normal(size=n))
    mind = value("recovery", "oriented_effect") * np.exp(spread * rng.normal(size=n))
    capped = np.minimum(cadss, effects["cadss_most"])
    return simulate(n, clinic, seed), capped, deepest.astype(float), gait, mind


def readiness(n: int = 1000, clinic: str = "mixed", seed: int = 1) -> Readiness:
    """Return how a crowd of simulated people becomes ready to leave.

    Time, saturation, escort and the questions on suicide are left out: only the body is simulated.

    Parameters
    ----------
    n : int
        People, 1 to 20,000.
    clinic : str
        As in `infusions.simulate`.
    seed : int
        0 or more.
    """
    infusions, cadss, deepest, gait, mind = _crowd(n, clinic, seed)
    at = np.arange(INFUSION_MIN, HORIZON_MIN + 1)
    effect = effect_curve()[at]
    effects = numbers("effect")
    share = 1 + value("course", "pressure_share")
    low = (infusions.smooth_sbp[:, at] < value("course", "pressure_systolic_mmhg")) & (
        infusions.smooth_dbp[:, at] < value("course", "pressure_diastolic_mmhg")
    )
    near = (infusions.smooth_sbp[:, at] <= share * infusions.resting_sbp[:, None]) & (
        infusions.smooth_dbp[:, at] <= share * infusions.resting_dbp[:, None]
    )
    threshold = effects["cadss_threshold"]
    felt = cadss[:, None] * np.clip((effect - threshold) / (1 - threshold), 0, None)
    lost = np.round((5 - deepest)[:, None] * np.minimum(1, effect))
    met = {
        "pressure": low | near,
        "alert": lost == 0,
        "oriented": effect < mind[:, None],
        "dissociation": felt <= value("course", "cadss"),
        "gait": effect < gait[:, None],
    }
    everything = np.logical_and.reduce(list(met.values()))
    ready = everything.mean(axis=0)
    half = np.flatnonzero(ready >= 0.5)
    return Readiness(
        minutes=tuple(int(minute) for minute in at),
        by_criterion={
            **{code: tuple(each.mean(axis=0).tolist()) for code, each in met.items()},
            "all": tuple(ready.tolist()),
        },
        median_ready_min=float(at[half[0]]) if len(half) else None,
    )


def with_all_met(minute: float = 110) -> Recovery:
    """Return a person who meets every criterion, to change one thing at a time."""
    return Recovery(
        minute=minute,
        systolic=128,
        diastolic=78,
        falling=True,
        spo2=98,
        on_air=True,
        moaas=5,
        oriented=True,
        cadss=1,
        steady_gait=True,
        drinks=True,
        new_intent=False,
        cannula_out=True,
        escort=True,
        written_advice=True,
        wants_to_drive=False,
    )


def spoilt(code: str) -> Recovery:
    """Return the same person with one criterion not met.

    Raises
    ------
    ValueError
        If there is no such criterion.
    """
    fine = with_all_met()
    changes: dict[str, dict[str, object]] = {
        "intent": {"new_intent": True},
        "time": {"minute": 60},
        "pressure": {"systolic": 158},
        "saturation": {"spo2": 93},
        "alert": {"moaas": 4},
        "oriented": {"oriented": False},
        "dissociation": {"cadss": 9},
        "gait": {"steady_gait": False},
        "drinks": {"drinks": False},
        "cannula": {"cannula_out": False},
        "escort": {"escort": False},
        "driving": {"wants_to_drive": True},
        "advice": {"written_advice": False},
    }
    return replace(fine, **changes[explain(code).code])  # type: ignore[arg-type]
