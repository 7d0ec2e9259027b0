"""Drug, person and body: what is true at each second, whether or not anybody measures it.

Kinetics: the simulator has its own drive, not `trd.mechanism.concentration`. The evidence behind
the chairside numbers ties pressure, dissociation and sedation to one curve: two exponentials
(time constants 18 and 216 min) scaled to a published peak of 185 ng/mL, and an effect that lags
by 4 min and peaks at 1 when the reference infusion ends. The racemic models of lesson 2 peak at
177 to 253 ng/mL for the same dose (70 kg) and have no effect site, so every published anchor (peak
at 40 min, back within 90 min after the end) would have to be fitted anew to each. The drive is
linear, like those models: a pause, a slower pump and a pump error are the same sum.

Each second is stepped exactly (the rate is constant within a second, so the three exponentials
have a closed form): there is no time-step error. After the constants only ``+ - * /`` and
comparisons are used, which give the same bits on every machine.

Simulation for teaching: not for patient care.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from trd.monitoring.dice import Chance, exponential
from trd.monitoring.parameters import numbers

S_PER_MIN = 60
_K = numbers("kinetics")
_E = numbers("effect")
_B = numbers("baseline")


@dataclass(frozen=True)
class _Steps:
    """Constants of one second."""

    keep: tuple[float, float, float]
    gain: tuple[float, float]
    feed: tuple[float, float]
    push: float


@cache
def _steps() -> _Steps:
    taus = [S_PER_MIN * _K["fast_tau_min"], S_PER_MIN * _K["slow_tau_min"]]
    lag = S_PER_MIN * _K["effect_lag_min"]
    settled = [
        _K["fast_gain_per_min"] * _K["fast_tau_min"],
        _K["slow_gain_per_min"] * _K["slow_tau_min"],
    ]
    stay = exponential(-1 / lag)
    keep = [exponential(-1 / tau) for tau in taus]
    # A component c tends to `level` with time constant tau and feeds the effect with constant lag:
    # what c brings within the second is level (1 - stay) + (c - level) * feed.
    feed = [tau / (tau - lag) * (each - stay) for tau, each in zip(taus, keep, strict=True)]
    # Written out: how `sum` adds floats differs between versions of Python.
    push = settled[0] * (1 - stay - feed[0]) + settled[1] * (1 - stay - feed[1])
    gain = [level * (1 - each) for level, each in zip(settled, keep, strict=True)]
    return _Steps(
        keep=(keep[0], keep[1], stay),
        gain=(gain[0], gain[1]),
        feed=(feed[0], feed[1]),
        push=push,
    )


class Drive:
    """Plasma level and effect, stepped second by second.

    Attributes
    ----------
    fast, slow : float
        The two parts of the level; their sum is 1 at the end of the reference infusion.
    effect_raw : float
        The level, lagged.
    given : float
        Doses infused; 1 is the whole reference dose.
    """

    __slots__ = ("_s", "effect_raw", "fast", "given", "slow")

    def __init__(self) -> None:
        self.fast = self.slow = self.effect_raw = self.given = 0.0
        self._s = _steps()

    def step(self, rate: float) -> None:
        """Go on for one second.

        Parameters
        ----------
        rate : float
            Pump rate; 1 gives the reference dose in 40 minutes, 0 is paused.
        """
        s = self._s
        fast, slow = self.fast, self.slow
        self.effect_raw = (
            s.keep[2] * self.effect_raw + s.feed[0] * fast + s.feed[1] * slow + s.push * rate
        )
        self.fast = s.keep[0] * fast + s.gain[0] * rate
        self.slow = s.keep[1] * slow + s.gain[1] * rate
        self.given += rate / (_K["duration_min"] * S_PER_MIN)

    @property
    def level(self) -> float:
        """Plasma level; 1 at the end of the reference infusion."""
        return self.fast + self.slow

    @property
    def ng_per_ml(self) -> float:
        """Plasma level in ng/mL."""
        return _K["cmax_ng_per_ml"] * (self.fast + self.slow)

    @property
    def effect(self) -> float:
        """Effect; about 1 at its peak under the reference infusion."""
        return self.effect_raw / _K["effect_peak"]


def reference_rate(second: int) -> float:
    """Return the pump rate of the reference infusion: 1 for 40 minutes, then 0."""
    return 1.0 if second < _K["duration_min"] * S_PER_MIN else 0.0


@dataclass(frozen=True)
class Course:
    """Drug and effect at each second.

    Attributes
    ----------
    ng_per_ml, effect : tuple of float
        At second 0, 1, 2, ...
    """

    ng_per_ml: tuple[float, ...]
    effect: tuple[float, ...]


def course(rate: Callable[[int], float] = reference_rate, minutes: int = 120) -> Course:
    """Return level and effect under any pump plan.

    Parameters
    ----------
    rate : callable
        From the second to the pump rate (1 = reference dose in 40 min, 0 = paused).
    minutes : int
        How long.
    """
    drive, levels, effects = Drive(), [0.0], [0.0]
    for second in range(minutes * S_PER_MIN):
        drive.step(rate(second))
        levels.append(drive.ng_per_ml)
        effects.append(drive.effect)
    return Course(tuple(levels), tuple(effects))


@dataclass(frozen=True)
class Patient:
    """One simulated person: baseline, and how strongly each measure answers the drug.

    Attributes
    ----------
    age, weight_kg : int
        Years; kg.
    sex : str
        ``"F"`` or ``"M"``.
    sbp, dbp, hr, respiration : float
        Baseline in mmHg, mmHg, per minute, per minute.
    rise_sbp, rise_dbp, rise_hr : float
        Change at the peak of the effect.
    cadss : float
        Peak CADSS total.
    deepest : int
        Lowest MOAA/S under the reference infusion, 2 to 5.
    hypertension, stimulant, airway_risk : bool
        Treated hypertension; a stimulant or MAOI; sleep apnoea, opioid or benzodiazepine.
    infusion : int
        Number of this infusion in the series.
    """

    age: int = 45
    sex: str = "F"
    weight_kg: int = 70
    sbp: float = _B["sbp_mmhg"]
    dbp: float = _B["dbp_mmhg"]
    hr: float = _B["hr_bpm"]
    respiration: float = _B["respiration_per_min"]
    rise_sbp: float = _E["sbp_mean_mmhg"]
    rise_dbp: float = _E["dbp_mean_mmhg"]
    rise_hr: float = _E["hr_mean_bpm"]
    cadss: float = _E["cadss_marked"]
    deepest: int = 5
    hypertension: bool = False
    stimulant: bool = False
    airway_risk: bool = False
    infusion: int = 1

    @property
    def dose_mg(self) -> float:
        """The reference dose in mg, to one decimal."""
        return round(self.weight_kg * _K["dose_mg_per_kg"], 1)


@dataclass(frozen=True)
class Signs:
    """What the drug alone does at one effect, without an event.

    Attributes
    ----------
    sbp, dbp, hr, spo2, cadss, depth : float
        `depth` is the MOAA/S grades lost.
    """

    sbp: float
    dbp: float
    hr: float
    spo2: float
    cadss: float
    depth: float

    @property
    def moaas(self) -> int:
        """MOAA/S, 0 to 5."""
        return max(0, 5 - round(round(self.depth, 6)))


def signs(patient: Patient, effect: float) -> Signs:
    """Return what the drug alone does to a person.

    Parameters
    ----------
    patient : Patient
    effect : float
        0 or more; 1 at the peak of the reference infusion.
    """
    threshold = _E["cadss_threshold"]
    return Signs(
        sbp=patient.sbp + patient.rise_sbp * effect,
        dbp=patient.dbp + patient.rise_dbp * effect,
        hr=patient.hr + patient.rise_hr * effect,
        spo2=_E["spo2_base_pct"] - _E["spo2_fall_pct"] * effect,
        cadss=patient.cadss * max(0.0, (effect - threshold) / (1 - threshold)),
        depth=(5 - patient.deepest) * min(1.0, effect),
    )


def moaas_shares() -> tuple[tuple[int, float], ...]:
    """Return how deep people go under the reference infusion: (lowest MOAA/S, share)."""
    return tuple((grade, _E[f"moaas_{grade}"]) for grade in (5, 4, 3, 2))


def _rises(dice: Chance, age: int, hypertension: bool, stimulant: bool) -> tuple[float, float]:
    first, second = dice.normal(), dice.normal()
    systolic = max(_E["least_rise_mmhg"], _E["sbp_mean_mmhg"] + _E["sbp_sd_mmhg"] * first)
    systolic += _E["hypertension_sbp_mmhg"] if hypertension else 0.0
    systolic += _E["age_sbp_mmhg_per_year"] * (age - _E["age_centre_years"])
    mixed = _E["correlation"] * first + _E["correlation_rest"] * second
    diastolic = max(_E["least_rise_mmhg"], _E["dbp_mean_mmhg"] + _E["dbp_sd_mmhg"] * mixed)
    factor = _E["stimulant_factor"] if stimulant else 1.0
    return factor * systolic, factor * diastolic


def predose_limit(age: float) -> tuple[float, float]:
    """Return the clinic's highest pressure before a dose, in mmHg, for an age in years."""
    orders = numbers("orders")
    older = age > orders["older_years"]
    return orders["predose_sbp_older_mmhg" if older else "predose_sbp_mmhg"], orders[
        "predose_dbp_mmhg"
    ]


def _clinic_pressure(dice: Chance, age: int, hypertension: bool) -> tuple[float, float]:
    centre = _B["sbp_mmhg"] + _B["clinic_sbp_per_year_mmhg"] * (age - _E["age_centre_years"])
    centre += _B["clinic_sbp_hypertension_mmhg"] if hypertension else 0.0
    limit = predose_limit(age)
    while True:
        sbp = dice.normal(centre, _B["clinic_sbp_sd_mmhg"])
        dbp = _B["dbp_mmhg"] + (sbp - _B["sbp_mmhg"]) / 2 + dice.normal(0, _B["clinic_dbp_sd_mmhg"])
        if 95 <= sbp <= limit[0] and 55 <= dbp <= limit[1]:
            return sbp, dbp


def sample_patient(
    seed: int | str,
    age: int | None = 45,
    hypertension: bool | None = False,
    infusion: int = 1,
    stimulant: bool = False,
    sbp: float | None = None,
    dbp: float | None = None,
) -> Patient:
    """Draw one person.

    Parameters
    ----------
    seed : int or str
        The same seed gives the same person on every machine.
    age : int or None
        Years, 18 to 90; None draws it from the mixed clinic (50, SD 15).
    hypertension : bool or None
        None draws it (30 %).
    infusion : int
        From 1; the dissociation of later infusions is weaker.
    stimulant : bool
        Takes a stimulant or an MAOI.
    sbp, dbp : float, optional
        Baseline in mmHg; without them that of the default patient, or of the mixed clinic (pre-dose
        limits applied) when the age was drawn.
    """
    dice = Chance(f"patient {seed}")
    mixed = age is None
    if age is None:
        drawn = dice.normal(_B["clinic_age_mean_years"], _B["clinic_age_sd_years"])
        age = round(min(max(drawn, 18), 85))
    if hypertension is None:
        hypertension = dice.chance(_B["clinic_hypertension_share"])
    rises = _rises(dice, age, hypertension, stimulant)
    base = _clinic_pressure(dice, age, hypertension) if mixed else (_B["sbp_mmhg"], _B["dbp_mmhg"])
    peak = dice.lognormal(_E["cadss_median_log"], _E["cadss_spread_log"])
    sex = dice.pick(("F", "M"))
    return Patient(
        age=age,
        sex=sex,
        weight_kg=dice.whole(52, 88) + (8 if sex == "M" else 0),
        sbp=base[0] if sbp is None else sbp,
        dbp=base[1] if dbp is None else dbp,
        hr=round(dice.normal(_B["hr_bpm"], 7)),
        rise_sbp=rises[0],
        rise_dbp=rises[1],
        rise_hr=dice.normal(_E["hr_mean_bpm"], _E["hr_sd_bpm"]),
        cadss=min(_E["cadss_most"], peak * (1 if infusion == 1 else _E["later_infusion_factor"])),
        deepest=dice.weighted(moaas_shares()),
        hypertension=hypertension,
        stimulant=stimulant,
        infusion=infusion,
    )


def reaches(patient: Patient, sbp: float, dbp: float, effects: Sequence[float] = (1.0,)) -> bool:
    """Return True if the true pressure reaches `sbp` or `dbp` at one of the effects."""
    for effect in effects:
        now = signs(patient, effect)
        if round(now.sbp, 6) >= sbp or round(now.dbp, 6) >= dbp:
            return True
    return False
