"""Esketamine nasal spray: through the nose and, swallowed, through the liver.

The population model of Perez-Ruixo 2021 (820 volunteers and people with TRD). Noresketamine is
left out on purpose: the published parameters do not reproduce its published area.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from trd.mechanism._checks import Array, array, number, whole, yes_no
from trd.mechanism._exponentials import Modes, Response, modes
from trd.parameters import load

_MIN_PER_H = 60.0
_NG_PER_ML = 1000.0
_DAY = 1440.0


@dataclass(frozen=True)
class NasalCurve:
    """Esketamine in plasma after one treatment session.

    Attributes
    ----------
    times_min, ng_per_ml : ndarray
    devices : int
    dose_mg : float
        Esketamine base.
    absorbed_nose : float
        Share of the dose that enters through the nose.
    bioavailability : float
        Share of the dose that reaches the circulation in all.
    """

    times_min: Array
    ng_per_ml: Array
    devices: int
    dose_mg: float
    absorbed_nose: float
    bioavailability: float


def _values() -> dict[str, float]:
    cells = load("pharmacokinetics")["nasal-esketamine"]
    return {name: float(cell.value) for name, cell in cells.items()}


def _solve(age_years: float, asian: bool) -> tuple[Modes, float]:
    """Return the compartments (centre, liver, two more) and the liver's extraction."""
    known = _values()
    limits = load("pharmacokinetics")["nasal-esketamine"]["age"]
    age = number(age_years, "age", limits.low or 0, limits.high or 0, "years")
    blood = (known["qh"] - known["qh_per_year"] * max(0.0, age - 60)) / _MIN_PER_H
    loss = known["kel"] * (known["asian_kel"] if yes_no(asian, "asian") else 1) + known["kmet"]
    clearance = known["vh"] * loss / _MIN_PER_H
    volumes = np.array([known["vc"], known["vh"], known["vp1"], known["vp2"]])
    exchange = np.array([blood, known["q1"] / _MIN_PER_H, known["q2"] / _MIN_PER_H])
    solved = modes(volumes, exchange, np.array([0.0, clearance, 0.0, 0.0]))
    return solved, clearance / (blood + clearance)


@dataclass(frozen=True)
class _Session:
    """One session, taken apart into what enters by nose and what is swallowed."""

    nose: Response
    gut: Response
    shares: tuple[float, ...]
    minutes_apart: float
    bioavailability: float

    def sum(self, times: Array, area: bool = False) -> Array:
        """Return ng/mL at each time, or the area up to it in ng·min/mL."""
        known = _values()
        nose, gut = self.nose, self.gut
        if area:
            nose, gut = nose.through(0.0, 1.0), gut.through(0.0, 1.0)
        wait = known["swallowed_duration"] * _MIN_PER_H
        total = np.zeros_like(times)
        for i, share in enumerate(self.shares):
            since = times - i * self.minutes_apart
            total += share * nose.after(since)
            total += (1 - share) * known["fgut"] * gut.after(since, wait)
        return total * (known["device"] * _NG_PER_ML / known["vc"])


def _session(devices: int, age_years: float, asian: bool, minutes_apart: float) -> _Session:
    known = _values()
    count = whole(devices, "devices", 1, 4)
    solved, extraction = _solve(age_years, asian)
    ka_nose, ka_gut = known["ka_nose"] / _MIN_PER_H, known["ka_swallowed"] / _MIN_PER_H
    shares = [known["frn"] * (known["later_devices"] if i else 1) for i in range(count)]
    nose = float(np.mean(shares))
    return _Session(
        nose=solved.response().through(ka_nose, ka_nose),
        gut=solved.response(into=1).through(ka_gut, ka_gut),
        shares=tuple(shares),
        minutes_apart=number(minutes_apart, "minutes_apart", 0, 60, "minutes"),
        bioavailability=nose + (1 - nose) * known["fgut"] * (1 - extraction),
    )


def nasal_esketamine(
    devices: int,
    times_min: Any,
    age_years: float = 45,
    asian: bool = False,
    minutes_apart: float = 0,
) -> NasalCurve:
    """Return esketamine in plasma after one to four 28-mg devices.

    Parameters
    ----------
    devices : int
        1 to 4 (28 to 112 mg, the range studied).
    times_min : float or array
        Minutes since the first device.
    age_years : float
        18 to 86; above 60 the liver's blood flow falls.
    asian : bool
        Slower loss in Asian people of the trials. Japanese descent, with more absorption still,
        is not modelled.
    minutes_apart : float
        Between devices, 0 to 60; 0 reproduces the published table.

    Returns
    -------
    NasalCurve

    Raises
    ------
    ValueError
        If a value is outside its limits.

    Notes
    -----
    Exact. Perez-Ruixo 2021, doi:10.1007/s40262-020-00953-4; body weight has no effect in it.
    """
    session = _session(devices, age_years, asian, minutes_apart)
    times = array(times_min, "times_min", unit="minutes")
    return NasalCurve(
        times_min=times,
        ng_per_ml=session.sum(times.ravel()).reshape(times.shape),
        devices=len(session.shares),
        dose_mg=len(session.shares) * _values()["device"],
        absorbed_nose=float(np.mean(session.shares)),
        bioavailability=session.bioavailability,
    )


@dataclass(frozen=True)
class NasalExposure:
    """Useful numbers of one session.

    Attributes
    ----------
    cmax_ng_per_ml, tmax_min : float
        Highest level and the minute since the first device (to 0.01 min).
    auc24_ng_h_per_ml : float
        Area over the first 24 h.
    dose_mg, bioavailability : float
    """

    cmax_ng_per_ml: float
    tmax_min: float
    auc24_ng_h_per_ml: float
    dose_mg: float
    bioavailability: float


def nasal_exposure(
    devices: int, age_years: float = 45, asian: bool = False, minutes_apart: float = 0
) -> NasalExposure:
    """Return peak, its time and the area over 24 h; parameters as in `nasal_esketamine`.

    Raises
    ------
    ValueError
        If a value is outside its limits.
    """
    session = _session(devices, age_years, asian, minutes_apart)
    coarse = np.linspace(0.0, 6 * _MIN_PER_H, 361)
    best = int(np.argmax(session.sum(coarse)))
    near = np.linspace(coarse[best - 1], coarse[best + 1], 201)
    fine = session.sum(near)
    day = session.sum(np.array([_DAY]), area=True)[0]
    return NasalExposure(
        cmax_ng_per_ml=float(fine.max()),
        tmax_min=float(near[int(np.argmax(fine))]),
        auc24_ng_h_per_ml=float(day / _MIN_PER_H),
        dose_mg=len(session.shares) * _values()["device"],
        bioavailability=session.bioavailability,
    )


def nasal_curve_and_vein(times_min: Array, devices: int = 2) -> tuple[Array, float]:
    """Return the spray's level per share absorbed, and the peak by vein, for the same dose.

    Parameters
    ----------
    times_min : ndarray
    devices : int
        1 to 4.

    Returns
    -------
    level, vein_peak : ndarray, float
        ng/mL; the level is divided by the bioavailability of the session. By vein means evenly
        over 40 minutes in the same model.
    """
    session = _session(devices, 45, False, 0)
    dose = len(session.shares) * _values()["device"] * _NG_PER_ML / _values()["vc"]
    vein = _solve(45, False)[0].response().after(np.array([40.0]), 40.0)[0] * dose
    return session.sum(times_min) / session.bioavailability, float(vein)
