"""Ketamine in plasma after infusions: exact curves, areas, half-lives and how people differ.

All curves are sums of exponentials evaluated at the times asked for; there is no time step and
no error beyond rounding. Simulation for teaching: not for patient care.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trd.mechanism._checks import Array, array, number, seed_of, whole
from trd.mechanism._exponentials import Modes, Response, modes
from trd.mechanism.dosing import Infusion, with_pauses
from trd.mechanism.metabolites import Chain, metabolites
from trd.mechanism.nasal import NasalCurve, NasalExposure, nasal_esketamine, nasal_exposure
from trd.mechanism.pkmodels import (
    CLEMENTS_250,
    DOMINO,
    FANTA_2015,
    FAST_MIN,
    KAMP_2020,
    MODELS,
    SIMONS_2022,
    Model,
    as_model,
    checked_plan,
    model,
    with_clearance,
)
from trd.parameters import Entry, load

__all__ = [
    "CLEMENTS_250",
    "DOMINO",
    "FANTA_2015",
    "KAMP_2020",
    "MODELS",
    "SIMONS_2022",
    "Amounts",
    "Band",
    "Chain",
    "Disposition",
    "Exposure",
    "Infusion",
    "Model",
    "NasalCurve",
    "NasalExposure",
    "amounts",
    "anchors",
    "auc",
    "cautions",
    "concentration",
    "disposition",
    "exposure",
    "metabolites",
    "minutes_to_fall",
    "model",
    "nasal_esketamine",
    "nasal_exposure",
    "population",
    "steady_state",
    "variability_defaults",
    "with_clearance",
    "with_pauses",
]

_NG_PER_ML = 1000.0  # from mg/L
_MIN_PER_H = 60.0

Given = Infusion | Iterable[Infusion]


def _modes(volumes: Array, flows: Array) -> Modes:
    elimination = np.zeros_like(volumes)
    elimination[..., 0] = flows[..., 0]
    return modes(volumes, flows[..., 1:], elimination)


def unit_response(model: Model, weight_kg: float, allometric: bool | None = None) -> Response:
    """Return how the amount in plasma answers a dose of 1 into a vein, for further models.

    Raises
    ------
    ValueError
        If `model` is not a model, the weight is outside 30 to 250 kg, or the model has no such
        scaling.
    """
    return _modes(*as_model(model).scaled(weight_kg, allometric)).response()


def _sum(response: Response, infusions: Sequence[Infusion], minutes: Array) -> Array:
    """Return mg in the compartment of `response`, shape (..., t)."""
    total = np.zeros((*response.rates.shape[:-1], minutes.size))
    for each in infusions:
        total += each.dose_mg * response.after(minutes - each.start_min, each.duration_min)
    return total


def concentration(
    model: Model,
    infusions: Given,
    weight_kg: float,
    times_min: Any,
    allometric: bool | None = None,
) -> Array:
    """Return total plasma ketamine at each time.

    Parameters
    ----------
    model : Model
        E.g. `CLEMENTS_250`.
    infusions : Infusion or iterable of Infusion
        Any number, overlapping or not. A duration of 0 is a bolus, present from its minute on.
    weight_kg : float
        Body weight, 30 to 250 kg.
    times_min : float or array
        Minutes on the clock of the infusions; before the first infusion the level is 0.
    allometric : bool, optional
        None takes the model's own scaling; see `Model.scaled`. Offered for `KAMP_2020`.

    Returns
    -------
    ndarray
        ng/mL of base, in the shape of `times_min`.

    Raises
    ------
    ValueError
        If a value is outside its limits, a bolus or an infusion shorter than half a minute is
        given to a model that takes none (`CLEMENTS_250`), or the model has no such scaling.

    Notes
    -----
    Exact: linear compartments solved by the eigenvalues of a symmetric matrix. Parameters and
    sources: ``assets/parameters/pharmacokinetics.toml``.
    """
    found = checked_plan(model, infusions)
    times = array(times_min, "times_min", unit="minutes")
    volumes, flows = model.scaled(weight_kg, allometric)
    mg = _sum(_modes(volumes, flows).response(), found, times.ravel())
    return (_NG_PER_ML / volumes[0] * mg).reshape(times.shape)


@dataclass(frozen=True)
class Amounts:
    """Where the drug is.

    Attributes
    ----------
    times_min : ndarray, shape (t,)
    compartments_mg : ndarray, shape (m, t)
        In each compartment, the central one first.
    eliminated_mg, infused_mg : ndarray, shape (t,)
        Gone from the body, and given, up to each time. Body plus eliminated is infused.
    """

    times_min: Array
    compartments_mg: Array
    eliminated_mg: Array
    infused_mg: Array


def amounts(
    model: Model,
    infusions: Given,
    weight_kg: float,
    times_min: Any,
    allometric: bool | None = None,
) -> Amounts:
    """Return the milligrams in every compartment and those eliminated.

    Parameters and errors are those of `concentration`. The eliminated amount is computed from
    the area under the curve, not as a remainder.
    """
    found = checked_plan(model, infusions)
    times = array(times_min, "times_min", unit="minutes").ravel()
    volumes, flows = model.scaled(weight_kg, allometric)
    solved = _modes(volumes, flows)
    inside = [_sum(solved.response(seen_in=i), found, times) for i in range(volumes.size)]
    gone = solved.response().through(0.0, flows[0] / volumes[0])
    given = np.zeros_like(times)
    for each in found:
        ran = np.clip(times - each.start_min, 0, each.duration_min)
        share = ran / each.duration_min if each.duration_min else times >= each.start_min
        given += each.dose_mg * share
    return Amounts(times, np.array(inside), _sum(gone, found, times), given)


def auc(
    model: Model,
    infusions: Given,
    weight_kg: float,
    until_min: float = math.inf,
    allometric: bool | None = None,
) -> float:
    """Return the area under the plasma curve in ng·h/mL, exactly.

    Parameters
    ----------
    model, infusions, weight_kg, allometric
        As in `concentration`.
    until_min : float
        From minute 0 to here; infinity (the default) gives dose / clearance.

    Raises
    ------
    ValueError
        As in `concentration`, or if `until_min` is negative.
    """
    found = checked_plan(model, infusions)
    volumes, flows = model.scaled(weight_kg, allometric)
    if until_min == math.inf:
        mg_min_per_l = math.fsum(each.dose_mg for each in found) / flows[0]
    else:
        until = np.array([number(until_min, "until_min", 0, unit="minutes")])
        area = _modes(volumes, flows).response().through(0.0, 1.0)
        mg_min_per_l = _sum(area, found, until)[0] / volumes[0]
    return float(mg_min_per_l * _NG_PER_ML / _MIN_PER_H)


@dataclass(frozen=True)
class Disposition:
    """What a model says about one body, whatever the dose.

    Attributes
    ----------
    clearance_l_per_h : float
    volumes_l : tuple of float
        The central one first.
    steady_state_volume_l : float
        Their sum.
    half_lives_min : tuple of float
        Of each phase, the fastest first; the last is the terminal half-life.
    """

    clearance_l_per_h: float
    volumes_l: tuple[float, ...]
    steady_state_volume_l: float
    half_lives_min: tuple[float, ...]


def disposition(model: Model, weight_kg: float, allometric: bool | None = None) -> Disposition:
    """Return clearance, volumes and half-lives of a model at one body weight.

    Raises
    ------
    ValueError
        If `model` is not a model, the weight is outside 30 to 250 kg, or the model has no such
        scaling.
    """
    volumes, flows = as_model(model).scaled(weight_kg, allometric)
    rates = _modes(volumes, flows).rates
    return Disposition(
        clearance_l_per_h=float(flows[0] * _MIN_PER_H),
        volumes_l=tuple(volumes.tolist()),
        steady_state_volume_l=float(volumes.sum()),
        half_lives_min=tuple(sorted((math.log(2) / rates).tolist())),
    )


def steady_state(
    model: Model, rate_mg_per_min: float, weight_kg: float, allometric: bool | None = None
) -> float:
    """Return the level in ng/mL that an endless infusion approaches: rate / clearance.

    Raises
    ------
    ValueError
        If `model` is not a model, the rate is negative or the weight is outside its limits.
    """
    clearance = as_model(model).scaled(weight_kg, allometric)[1][0]
    rate = number(rate_mg_per_min, "rate", 0, unit="mg/min")
    return float(rate / clearance * _NG_PER_ML)


@dataclass(frozen=True)
class Exposure:
    """Useful numbers of one curve.

    Attributes
    ----------
    cmax_ng_per_ml, tmax_min : float
        Highest level and its minute (to 0.001 min).
    auc_ng_h_per_ml : float
        Area to infinity.
    dose_mg : float
    half_life_min : float
        Terminal.
    """

    cmax_ng_per_ml: float
    tmax_min: float
    auc_ng_h_per_ml: float
    dose_mg: float
    half_life_min: float


def _peak(curve: Callable[[Array], Array], marks: Sequence[float]) -> tuple[float, float]:
    """Return minute and height of the highest point between the first and the last mark."""
    steps = np.linspace(marks[0], marks[-1], 401)
    grid = np.unique(np.concatenate([steps, marks]))
    for _ in range(4):
        values = curve(grid)
        best = int(np.argmax(values))
        low, high = grid[max(best - 1, 0)], grid[min(best + 1, grid.size - 1)]
        top, height = float(grid[best]), float(values[best])
        grid = np.unique(np.append(np.linspace(low, high, 41), top))
    return top, height


def exposure(
    model: Model, infusions: Given, weight_kg: float, allometric: bool | None = None
) -> Exposure:
    """Return peak, its time, area, dose and terminal half-life.

    Parameters and errors are those of `concentration`; there must be at least one infusion.
    """
    found = checked_plan(model, infusions)
    if not found:
        raise ValueError("There is no infusion; give at least one.")
    # After the last input ends the level only falls, so the peak is between the marks.
    marks = sorted({m for each in found for m in (each.start_min, each.end_min)})
    top, height = _peak(lambda t: concentration(model, found, weight_kg, t, allometric), marks)
    return Exposure(
        cmax_ng_per_ml=height,
        tmax_min=top,
        auc_ng_h_per_ml=auc(model, found, weight_kg, allometric=allometric),
        dose_mg=math.fsum(each.dose_mg for each in found),
        half_life_min=disposition(model, weight_kg, allometric).half_lives_min[-1],
    )


def minutes_to_fall(
    model: Model,
    infusions: Given,
    weight_kg: float,
    by: float = 0.5,
    allometric: bool | None = None,
) -> float:
    """Return the minutes after the last input ends until the level has fallen by a share.

    Parameters
    ----------
    by : float
        Share of the level at that moment, 0 to 0.999; 0.5 is the context-sensitive half-time.

    Raises
    ------
    ValueError
        As in `concentration`; if nothing was given; if `by` is outside its limits.
    """
    found = checked_plan(model, infusions)
    share = number(by, "by", 0, 0.999)
    if not any(each.dose_mg for each in found):
        raise ValueError("Nothing was given, so there is no level to fall from.")
    stop = max(each.end_min for each in found)

    def levels(minutes: Any) -> Array:
        return concentration(model, found, weight_kg, stop + minutes, allometric)

    target = float(levels(0.0)) * (1 - share)
    low, high = 0.0, 1.0
    while levels(high) > target:
        low, high = high, 2 * high
    # Each round keeps one of 32 parts: ten rounds leave less than rounding does.
    for _ in range(10):
        grid = np.linspace(low, high, 33)
        first = int(np.argmax(levels(grid) <= target))
        low, high = float(grid[max(first - 1, 0)]), float(grid[first])
    return (low + high) / 2


def cautions(model: Model, infusions: Given) -> tuple[str, ...]:
    """Return what a reader must be told about an input under 5 minutes: the model misleads.

    Raises
    ------
    ValueError
        As in `concentration`.
    """
    found = checked_plan(model, infusions)
    if any(each.duration_min < FAST_MIN and each.dose_mg for each in found):
        return (f"{model.label}: {model.bolus_note}.",)
    return ()


@dataclass(frozen=True)
class Band:
    """How levels spread between simulated people.

    Attributes
    ----------
    times_min : ndarray, shape (t,)
    percentiles : tuple of float
        In %, rising.
    ng_per_ml : ndarray, shape (p, t)
        One row for each percentile.
    typical_ng_per_ml : ndarray, shape (t,)
        The model without variability.
    people, seed : int
    cv_v1, cv_cl, correlation : float
        As used.
    """

    times_min: Array
    percentiles: tuple[float, ...]
    ng_per_ml: Array
    typical_ng_per_ml: Array
    people: int
    seed: int
    cv_v1: float
    cv_cl: float
    correlation: float


def variability_defaults() -> dict[str, Entry]:
    """Return the variability the band uses, with the published figures behind it."""
    return dict(load("pharmacokinetics")["variability"])


def population(
    model: Model,
    infusions: Given,
    weight_kg: float,
    times_min: Any,
    seed: int = 0,
    people: int = 500,
    cv_v1: float | None = None,
    cv_cl: float | None = None,
    correlation: float | None = None,
    percentiles: Sequence[float] = (5, 25, 50, 75, 95),
    allometric: bool | None = None,
) -> Band:
    """Return percentiles of the level over simulated people of one weight.

    Central volume and clearance vary log-normally around the model's values (their medians) and
    together; the rest of the model stays as it is. The measuring error of a single level is
    not included.

    Parameters
    ----------
    model, infusions, weight_kg, times_min, allometric
        As in `concentration`.
    seed : int
        0 or more; the same seed gives the same people.
    people : int
        1 to 20000.
    cv_v1, cv_cl : float, optional
        Coefficients of variation, 0 to 2; by default 0.30 and 0.16, borrowed from Otto 2021.
        0 switches the variability off.
    correlation : float, optional
        Between the two on the log scale, -1 to 1; by default 0.5.
    percentiles : sequence of float
        In %, 0 to 100.

    Raises
    ------
    ValueError
        If a value is outside its limits.
    """
    found = checked_plan(model, infusions)
    times = array(times_min, "times_min", unit="minutes").ravel()
    usual = load("pharmacokinetics")["variability"]
    of_v1 = number(usual["cv_v1"].value if cv_v1 is None else cv_v1, "cv_v1", 0, 2)
    of_cl = number(usual["cv_cl"].value if cv_cl is None else cv_cl, "cv_cl", 0, 2)
    together = usual["correlation"].value if correlation is None else correlation
    together = number(together, "correlation", -1, 1)
    wanted = np.sort(array(percentiles, "percentiles", 0, 100, "%").ravel())
    count, chosen_seed = whole(people, "people", 1, 20000), seed_of(seed)
    first, second = np.random.default_rng(chosen_seed).standard_normal((2, count))
    second = together * first + math.sqrt(1 - together**2) * second
    volumes, flows = model.scaled(weight_kg, allometric)
    many_volumes, many_flows = np.tile(volumes, (count, 1)), np.tile(flows, (count, 1))
    many_volumes[:, 0] *= np.exp(math.sqrt(math.log1p(of_v1**2)) * first)
    many_flows[:, 0] *= np.exp(math.sqrt(math.log1p(of_cl**2)) * second)
    mg = _sum(_modes(many_volumes, many_flows).response(), found, times)
    levels = _NG_PER_ML * mg / many_volumes[:, :1]
    return Band(
        times_min=times,
        percentiles=tuple(wanted.tolist()),
        ng_per_ml=np.percentile(levels, wanted, axis=0),
        typical_ng_per_ml=concentration(model, found, weight_kg, times, allometric),
        people=count,
        seed=chosen_seed,
        cv_v1=of_v1,
        cv_cl=of_cl,
        correlation=together,
    )


def anchors() -> dict[str, Entry]:
    """Return measured levels and published figures to hold a curve against.

    Keys: ``trd_peak`` (185 ng/mL), ``pilot_mean``, ``dissociation``, ``analgesia``,
    ``anaesthesia`` (ranges in ``low`` and ``high``), ``awakening``, ``clearance``, ``volume``,
    ``half_life_s``, ``half_life_r``. Each carries its status; ``secondary`` ones are "reported
    by" and ``from-knowledge`` ones "commonly quoted; not checked here".
    """
    return dict(load("pharmacokinetics")["anchors"])
