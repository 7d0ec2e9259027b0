"""One infusion under several models, with a pause, a stop and another infusion beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from trd.mechanism._checks import Array, number, positive, yes_no
from trd.mechanism.dosing import Infusion, with_pauses
from trd.mechanism.pharmacokinetics import (
    CLEMENTS_250,
    DOMINO,
    FANTA_2015,
    KAMP_2020,
    SIMONS_2022,
    Band,
    Exposure,
    Model,
    cautions,
    concentration,
    exposure,
    minutes_to_fall,
    population,
)
from trd.mechanism.pkmodels import weight

#: The clock of the picture, in minutes.
HORIZON_MIN = 240.0
INTERRUPTIONS = ("none", "pause", "stop")
BESIDE = ("slower", "uninterrupted", "usual", "none")
#: The infusion that trials of depression made usual: mg/kg and minutes.
USUAL = (0.5, 40.0)
_PEOPLE = 400
_BAND = (5.0, 50.0, 95.0)

Choice = tuple[str, Model, bool | None]

#: Which models are drawn together: short name, model, and weight scaling (None is its own).
COMPARISONS: dict[str, tuple[Choice, ...]] = {
    "clements-kamp": (("Clements", CLEMENTS_250, None), ("Kamp", KAMP_2020, None)),
    "clements-domino": (("Clements", CLEMENTS_250, None), ("Domino", DOMINO, None)),
    "racemate": (
        ("Clements", CLEMENTS_250, None),
        ("Kamp", KAMP_2020, None),
        ("Domino", DOMINO, None),
    ),
    "kamp-weight": (
        ("Kamp, per kg", KAMP_2020, False),
        ("Kamp, allometric", KAMP_2020, True),
    ),
    "s-ketamine": (("Fanta, S only", FANTA_2015, None), ("Simons, S only", SIMONS_2022, None)),
}


@dataclass(frozen=True)
class Curve:
    """One model's answer.

    Attributes
    ----------
    name : str
        Short name for a drawing.
    model : Model
    times_min, ng_per_ml : ndarray, shape (t,)
    exposure : Exposure
    stop_min, stop_ng_per_ml : float
        When the pump stops for good, and the level then.
    halving_min : float
        Minutes from there until half of it is left.
    interrupted_ng_per_ml, resumed_ng_per_ml : float
        Levels when a pause begins and ends; NaN without a pause.
    at_usual_end_ng_per_ml : float
        Level at minute 40.
    """

    name: str
    model: Model
    times_min: Array
    ng_per_ml: Array
    exposure: Exposure
    stop_min: float
    stop_ng_per_ml: float
    halving_min: float
    interrupted_ng_per_ml: float
    resumed_ng_per_ml: float
    at_usual_end_ng_per_ml: float

    @property
    def fall_in_pause_pct(self) -> float:
        """How far the level falls during a pause, in % of its beginning; NaN without one."""
        return 100 * (1 - self.resumed_ng_per_ml / self.interrupted_ng_per_ml)


@dataclass(frozen=True)
class InfusionReport:
    """One infusion, as ordered and as given.

    Attributes
    ----------
    dose_mg_per_kg, weight_kg : float
    ordered : Infusion
    given : tuple of Infusion
        The stretches in which the pump runs.
    interruption : {"none", "pause", "stop"}
    pause : tuple of float or None
        From and to which minute the pump pauses.
    curves : tuple of Curve
    beside : {"slower", "uninterrupted", "usual", "none"}
        What stands beside it.
    other : tuple of Infusion
        That infusion; empty for ``"none"`` or when it would be the same.
    other_exposures : tuple of Exposure
        Of `other` under each model; empty without one.
    other_times_min, other_ng_per_ml : ndarray
        Its curve under the first model; empty without one.
    band : Band or None
        How people differ under the first model: 5th, 50th and 95th percentile.
    cautions : tuple of str
        What must be said of an input too fast for a model.
    """

    dose_mg_per_kg: float
    weight_kg: float
    ordered: Infusion
    given: tuple[Infusion, ...]
    interruption: str
    pause: tuple[float, float] | None
    curves: tuple[Curve, ...]
    beside: str
    other: tuple[Infusion, ...]
    other_exposures: tuple[Exposure, ...]
    other_times_min: Array
    other_ng_per_ml: Array
    band: Band | None
    cautions: tuple[str, ...]

    @property
    def given_mg(self) -> float:
        """Milligrams that really ran in."""
        return math.fsum(part.dose_mg for part in self.given)

    @property
    def given_share(self) -> float:
        """Share of the ordered dose that ran in; exposure follows it."""
        return self.given_mg / self.ordered.dose_mg


def _one_of(value: object, name: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"{name} is {value!r}; choose one of {', '.join(allowed)}.")
    return str(value)


def _grid(parts: tuple[Infusion, ...], step: float) -> Array:
    """Minutes to draw: even ones, the ends of every stretch, and close together after a start."""
    marks = [mark for part in parts for mark in (part.start_min, part.end_min)]
    early = [mark + ahead for mark in marks for ahead in (0.25, 0.5, 1, 1.5, 2, 3, 4, 5)]
    even = np.arange(0, HORIZON_MIN + step, step)
    grid = np.unique(np.concatenate([even, marks, early]))
    return grid[grid <= HORIZON_MIN]


def _curve(
    choice: Choice,
    parts: tuple[Infusion, ...],
    weight_kg: float,
    pause: tuple[float, float] | None,
) -> Curve:
    name, model, allometric = choice
    times = _grid(parts, 1.0)
    stop = max(part.end_min for part in parts)
    marks = [stop, USUAL[1], *(pause or ())]
    level, usual, *paused = concentration(model, parts, weight_kg, marks, allometric).tolist()
    before, after = paused or (math.nan, math.nan)
    return Curve(
        name=name,
        model=model,
        times_min=times,
        ng_per_ml=concentration(model, parts, weight_kg, times, allometric),
        exposure=exposure(model, parts, weight_kg, allometric),
        stop_min=stop,
        stop_ng_per_ml=level,
        halving_min=minutes_to_fall(model, parts, weight_kg, 0.5, allometric),
        interrupted_ng_per_ml=before,
        resumed_ng_per_ml=after,
        at_usual_end_ng_per_ml=usual,
    )


def _other(beside: str, ordered: Infusion, weight_kg: float) -> tuple[Infusion, ...]:
    if beside == "slower":
        return (Infusion(0, 2 * ordered.duration_min, ordered.dose_mg),)
    if beside == "usual":
        return (Infusion(0, USUAL[1], USUAL[0] * weight_kg),)
    return (ordered,) if beside == "uninterrupted" else ()


def infusion_report(
    dose_mg_per_kg: float,
    duration_min: float,
    weight_kg: float,
    interruption: str = "none",
    at_min: float = 20.0,
    pause_min: float = 10.0,
    comparison: str = "clements-kamp",
    beside: str = "slower",
    people: bool = True,
) -> InfusionReport:
    """Return what several models say of one infusion.

    Parameters
    ----------
    dose_mg_per_kg : float
        Above 0 and up to 5 mg of ketamine base per kilogram.
    duration_min : float
        Above 0 and up to 240 minutes.
    weight_kg : float
        30 to 250 kg.
    interruption : {"none", "pause", "stop"}
    at_min : float
        When the pump is paused or stopped, above 0; at or after the end nothing changes.
    pause_min : float
        How long a pause lasts, 0 to 240 minutes; the dose left over then runs on at the same rate.
    comparison : str
        A key of `COMPARISONS`.
    beside : {"slower", "uninterrupted", "usual", "none"}
        Another infusion: the same dose in twice the time, this one without its interruption,
        0.5 mg/kg over 40 min, or none.
    people : bool
        Whether to simulate how people differ under the first model.

    Raises
    ------
    ValueError
        Outside these limits.
    """
    per_kg = positive(dose_mg_per_kg, "dose", 5, "mg/kg")
    minutes = positive(duration_min, "duration", HORIZON_MIN, "minutes")
    kg = weight(weight_kg)
    how = _one_of(interruption, "interruption", INTERRUPTIONS)
    wanted = _one_of(beside, "beside", BESIDE)
    choices = COMPARISONS[_one_of(comparison, "comparison", tuple(COMPARISONS))]
    at = positive(at_min, "interruption", HORIZON_MIN, "minutes")
    lasts = number(pause_min, "pause", 0, HORIZON_MIN, "minutes")

    ordered = Infusion(0, minutes, per_kg * kg)
    pause: tuple[float, float] | None = None
    given: tuple[Infusion, ...] = (ordered,)
    if at >= minutes or (how == "pause" and not lasts):
        how = "none"
    if how == "pause":
        pause = (at, at + lasts)
        given = with_pauses(ordered, [pause])
    elif how == "stop":
        given = with_pauses(ordered, [(at, None)])
    other = _other(wanted, ordered, kg)
    if other == given:
        other = ()
    _, model, allometric = choices[0]
    band = None
    if yes_no(people, "people"):
        times = _grid(given, 4.0)
        band = population(
            model, given, kg, times, 0, _PEOPLE, percentiles=_BAND, allometric=allometric
        )
    other_times = _grid(other, 1.0) if other else np.empty(0)
    return InfusionReport(
        dose_mg_per_kg=per_kg,
        weight_kg=kg,
        ordered=ordered,
        given=given,
        interruption=how,
        pause=pause,
        curves=tuple(_curve(choice, given, kg, pause) for choice in choices),
        beside=wanted,
        other=other,
        other_exposures=tuple(
            exposure(each, other, kg, scaling) for _, each, scaling in choices if other
        ),
        other_times_min=other_times,
        other_ng_per_ml=concentration(model, other, kg, other_times, allometric),
        band=band,
        cautions=_cautions([each for _, each, _ in choices], ordered),
    )


def _cautions(models: list[Model], ordered: Infusion) -> tuple[str, ...]:
    """Say once what holds for several models; of the order, as pauses make nothing faster."""
    labels: dict[str, dict[str, None]] = {}
    for model in models:
        if cautions(model, ordered):
            labels.setdefault(model.bolus_note, {})[model.label] = None
    return tuple(f"{' and '.join(names)}: {note}." for note, names in labels.items())
