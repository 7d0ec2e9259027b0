"""Many simulated infusions at once: the true blood pressure of each person, minute by minute.

The same formulas as the chairside simulator (`trd.monitoring.physiology`), for a thousand people
in a few milliseconds. One thing is added: a person's pressure also wanders from minute to minute,
since the drive alone would move everybody in step and no schedule could miss anything.

Simulation for teaching: not for patient care. No share computed here is an incidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from trd.definitions.history import number
from trd.monitoring.parameters import numbers
from trd.monitoring.physiology import course, predose_limit
from trd.parameters import load

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: The clinics by name, with what a reader sees.
CLINICS: dict[str, str] = {
    "default": "45 years, 124/76 mmHg",
    "mixed": "Mixed clinic: 50 years (SD 15), 3 in 10 with hypertension",
    "older": "68 years, hypertension, 138/84 mmHg",
}
MOST = 20_000
#: A baseline that fits no person in a hundred draws is taken to its limit.
_DRAWS = 100

_E = numbers("effect")
_B = numbers("baseline")
_FILE = "monitoring_schedules"


def whole(found: object, name: str, low: int, high: int, unit: str = "") -> int:
    """Return a whole number between two limits, both allowed.

    Raises
    ------
    ValueError
        Naming the value, the field and the limits.
    """
    checked = number(found, name, low, high, unit)
    if checked != int(checked):
        limits = f"between {low:g} and {high:g} {unit}".rstrip()
        raise ValueError(f"{name} is {found}; it must be a whole number {limits}.")
    return int(checked)


def value(table: str, name: str) -> float:
    """Return one number of ``assets/parameters/monitoring_schedules.toml``.

    Raises
    ------
    KeyError
        If there is no such number.
    """
    return float(load(_FILE)[table][name].value)


HORIZON_MIN = int(value("body", "horizon_min"))


@dataclass(frozen=True, eq=False)
class Infusions:
    """What is true in each session, whether or not anybody measures it.

    Attributes
    ----------
    clinic : str
        One of `CLINICS`.
    minutes : array
        0, 1, 2, ... to the end of the session.
    effect : array
        The common effect curve: 1 at its peak.
    sbp, dbp : array
        True pressure in mmHg; a row a person, a column a minute.
    smooth_sbp, smooth_dbp : array
        The same without the wandering.
    rise_sbp, rise_dbp : array
        Rise at the peak of the effect, in mmHg.
    resting_sbp, resting_dbp : array
        Pressure without the drug, in mmHg.
    age : array
        Years.
    hypertension : array of bool
        Treated hypertension.
    """

    clinic: str
    minutes: Array
    effect: Array
    sbp: Array
    dbp: Array
    smooth_sbp: Array
    smooth_dbp: Array
    rise_sbp: Array
    rise_dbp: Array
    resting_sbp: Array
    resting_dbp: Array
    age: Array
    hypertension: Flags

    @property
    def n(self) -> int:
        """How many sessions there are."""
        return len(self.age)


@cache
def effect_curve() -> Array:
    """Return the effect at each whole minute under the reference infusion."""
    found = np.array(course(minutes=HORIZON_MIN).effect[::60])
    found.setflags(write=False)
    return found


def _people(clinic: str, n: int, rng: np.random.Generator) -> tuple[Array, Flags, Array, Array]:
    if clinic == "mixed":
        return _mixed(n, rng)
    older = clinic == "older"
    age = np.full(n, value("clinics", "older_age_years" if older else "default_age_years"))
    sbp = value("clinics", "older_sbp_mmhg") if older else _B["sbp_mmhg"]
    dbp = value("clinics", "older_dbp_mmhg") if older else _B["dbp_mmhg"]
    return age, np.full(n, older), np.full(n, sbp), np.full(n, dbp)


def _mixed(n: int, rng: np.random.Generator) -> tuple[Array, Flags, Array, Array]:
    drawn = rng.normal(_B["clinic_age_mean_years"], _B["clinic_age_sd_years"], n)
    age: Array = np.round(np.clip(drawn, 18, 85)).astype(float)
    hypertension = rng.random(n) < _B["clinic_hypertension_share"]
    centre = _B["sbp_mmhg"] + _B["clinic_sbp_per_year_mmhg"] * (age - _E["age_centre_years"])
    centre = centre + _B["clinic_sbp_hypertension_mmhg"] * hypertension
    young, old = predose_limit(18), predose_limit(90)
    older = age > numbers("orders")["older_years"]
    top = np.where(older, old[0], young[0])
    sbp, dbp = np.empty(n), np.empty(n)
    left = np.arange(n)
    for _ in range(_DRAWS):
        sbp[left] = rng.normal(centre[left], _B["clinic_sbp_sd_mmhg"])
        dbp[left] = (
            _B["dbp_mmhg"]
            + (sbp[left] - _B["sbp_mmhg"]) / 2
            + rng.normal(0, _B["clinic_dbp_sd_mmhg"], len(left))
        )
        # Nobody is given a dose above the limits of the day.
        outside = (sbp < 95) | (sbp > top) | (dbp < 55) | (dbp > young[1])
        left = np.flatnonzero(outside)
        if not len(left):
            break
    return age, hypertension, np.clip(sbp, 95, top), np.clip(dbp, 55, young[1])


def _rises(age: Array, hypertension: Flags, rng: np.random.Generator) -> tuple[Array, Array]:
    first, second = rng.normal(size=(2, len(age)))
    systolic = np.maximum(_E["least_rise_mmhg"], _E["sbp_mean_mmhg"] + _E["sbp_sd_mmhg"] * first)
    systolic = systolic + _E["hypertension_sbp_mmhg"] * hypertension
    systolic = systolic + _E["age_sbp_mmhg_per_year"] * (age - _E["age_centre_years"])
    mixed = _E["correlation"] * first + _E["correlation_rest"] * second
    diastolic = np.maximum(_E["least_rise_mmhg"], _E["dbp_mean_mmhg"] + _E["dbp_sd_mmhg"] * mixed)
    return systolic, diastolic


def _wander(n: int, rng: np.random.Generator) -> Array:
    keep = float(np.exp(-1 / value("body", "variation_min")))
    fresh = rng.normal(size=(HORIZON_MIN + 1, n)) * np.sqrt(1 - keep**2)
    found = np.empty_like(fresh)
    found[0] = rng.normal(size=n)
    for minute in range(1, HORIZON_MIN + 1):
        found[minute] = keep * found[minute - 1] + fresh[minute]
    return found.T


def simulate(
    n: int = 1000, clinic: str = "mixed", seed: int = 1, variation: float = 1.0
) -> Infusions:
    """Draw many sessions with the reference infusion and nobody acting.

    Parameters
    ----------
    n : int
        Sessions, 1 to 20,000.
    clinic : str
        One of `CLINICS`.
    seed : int
        0 or more; the same seed gives the same people.
    variation : float
        How much pressure wanders from minute to minute, 0 (not at all) to 3; 1 is the course's
        assumption.

    Raises
    ------
    ValueError
        For an unknown clinic or a number outside its limits.
    """
    if clinic not in CLINICS:
        raise ValueError(f"There is no clinic {clinic!r}; there are {', '.join(CLINICS)}.")
    n, seed = whole(n, "n", 1, MOST), whole(seed, "seed", 0, 2**32 - 1)
    variation = number(variation, "variation", 0, 3)
    rng = np.random.default_rng(seed)
    age, hypertension, resting_sbp, resting_dbp = _people(clinic, n, rng)
    rise_sbp, rise_dbp = _rises(age, hypertension, rng)
    wave = variation * _wander(n, rng)
    effect = effect_curve()
    smooth_sbp = resting_sbp[:, None] + rise_sbp[:, None] * effect
    smooth_dbp = resting_dbp[:, None] + rise_dbp[:, None] * effect
    return Infusions(
        clinic=clinic,
        minutes=np.arange(HORIZON_MIN + 1, dtype=float),
        effect=effect,
        sbp=smooth_sbp + value("body", "variation_sbp_mmhg") * wave,
        dbp=smooth_dbp + value("body", "variation_dbp_mmhg") * wave,
        smooth_sbp=smooth_sbp,
        smooth_dbp=smooth_dbp,
        rise_sbp=rise_sbp,
        rise_dbp=rise_dbp,
        resting_sbp=resting_sbp,
        resting_dbp=resting_dbp,
        age=age,
        hypertension=hypertension,
    )


def readings(infusions: Infusions, times_min: list[int], seed: int = 1) -> tuple[Array, Array]:
    """Return what the cuff shows: true pressure and the cuff's own spread.

    Parameters
    ----------
    infusions : Infusions
    times_min : list of int
        Whole minutes within the session.
    seed : int
        0 or more; the same reading of the same person is the same in every schedule.

    Returns
    -------
    sbp, dbp : array
        mmHg; a row a person, a column a reading.
    """
    noise_sbp, noise_dbp = _cuff(infusions.n, seed)
    at = np.asarray(times_min, dtype=int)
    return infusions.sbp[:, at] + noise_sbp[:, at], infusions.dbp[:, at] + noise_dbp[:, at]


@lru_cache(maxsize=4)
def _cuff(n: int, seed: int) -> tuple[Array, Array]:
    instruments = numbers("instruments")
    rng = np.random.default_rng([seed, 1])
    shape = (HORIZON_MIN + 1, n)
    return (
        rng.normal(0, instruments["noise_sbp_mmhg"], shape).T,
        rng.normal(0, instruments["noise_dbp_mmhg"], shape).T,
    )
