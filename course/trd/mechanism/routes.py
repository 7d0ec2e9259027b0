"""Routes of administration: how much arrives and how fast, relative to a vein.

For shape and area, not for peaks: with one absorption step into Clements-250 the measured peaks
come out too low. Nothing here is in milligrams; every curve is relative to the same dose by vein.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from trd.mechanism._checks import Array, array
from trd.mechanism._exponentials import Response
from trd.mechanism.dosing import Infusion
from trd.mechanism.nasal import nasal_curve_and_vein
from trd.mechanism.pharmacokinetics import concentration, unit_response
from trd.mechanism.pkmodels import CLEMENTS_250
from trd.parameters import Entry, Table, load

WHY_NOT_PEAKS = (
    "Use for shape and area, not for peaks: measured peaks after muscle, mouth and tongue are "
    "higher than these curves."
)


@dataclass(frozen=True)
class Route:
    """One way in.

    Attributes
    ----------
    key, label : str
    drug : Entry
    bioavailability : Entry
        Share of the dose that reaches the circulation; ``low`` and ``high`` are what is drawn.
    alternatives : tuple of (str, Entry)
        Other published figures, by name.
    peak_min : Entry
        Published time of the highest level; a range is text, with ``low`` and ``high``.
    ka_per_min : Entry or None
        Absorption rate of the simple curve; None by vein and for the esketamine spray, which
        has a model of its own.
    """

    key: str
    label: str
    drug: Entry
    bioavailability: Entry
    alternatives: tuple[tuple[str, Entry], ...]
    peak_min: Entry
    ka_per_min: Entry | None

    @property
    def uncertain(self) -> bool:
        """Whether only one figure, or none, is known."""
        found = self.bioavailability
        return self.key != "iv" and found.low == found.high

    @property
    def assumed(self) -> bool:
        """Whether the share is an assumption, not a published figure."""
        return self.key != "iv" and self.bioavailability.status == "teaching-assumption"

    @property
    def span(self) -> tuple[float, float]:
        """Lowest and highest share of the dose that this course draws."""
        return _ends(self.bioavailability)

    @property
    def reach(self) -> tuple[float, float]:
        """Lowest and highest share among all figures: other forms, children, spread of people."""
        ends = [self.span, *(_ends(entry) for _name, entry in self.alternatives)]
        return min(low for low, _ in ends), max(high for _, high in ends)


def _ends(entry: Entry) -> tuple[float, float]:
    low = entry.value if entry.low is None else entry.low
    high = entry.value if entry.high is None else entry.high
    return float(low), float(high)


def _route(key: str, cells: Table) -> Route:
    return Route(
        key=key,
        label=cells["label"].value,
        drug=cells["drug"],
        bioavailability=cells["f"],
        alternatives=tuple(
            (name.removeprefix("f_"), cell) for name, cell in cells.items() if name[:2] == "f_"
        ),
        peak_min=cells["peak"],
        ka_per_min=cells.get("ka"),
    )


@cache
def routes() -> tuple[Route, ...]:
    """Return the eight routes: vein, muscle, skin, nose (two), tongue, mouth, rectum."""
    return tuple(_route(key, cells) for key, cells in load("routes").items() if "f" in cells)


def route(key: str) -> Route:
    """Return one route by its key, e.g. ``"sublingual"``.

    Raises
    ------
    ValueError
        If there is no such route.
    """
    for found in routes():
        if found.key == key:
            return found
    known = ", ".join(found.key for found in routes())
    raise ValueError(f"{key!r} is not a route; choose one of {known}.")


def _absorbed(ka: float) -> Response:
    return unit_response(CLEMENTS_250, 70.0).through(ka, ka)


@dataclass(frozen=True)
class RouteCurve:
    """One route against the same dose by vein over 40 minutes.

    Attributes
    ----------
    route : Route
    times_min : ndarray
    relative_pct : ndarray
        Level in % of the peak by vein, at the default share.
    low_pct, high_pct : ndarray
        The same at the lowest and the highest share.
    exposure_pct, exposure_low_pct, exposure_high_pct : float
        Area in % of that by vein.
    peak_pct, peak_min : float
        Of the curve.
    caution : str
        What the curve must not be used for.
    """

    route: Route
    times_min: Array
    relative_pct: Array
    low_pct: Array
    high_pct: Array
    exposure_pct: float
    exposure_low_pct: float
    exposure_high_pct: float
    peak_pct: float
    peak_min: float
    caution: str


def relative_curve(key: str, times_min: Any) -> RouteCurve:
    """Return a route's curve relative to the same dose by vein over 40 minutes.

    Parameters
    ----------
    key : str
        Key of a route.
    times_min : float or array
        Minutes since the dose (or the start of the infusion).

    Returns
    -------
    RouteCurve

    Raises
    ------
    ValueError
        If the route does not exist or a time is not a number.

    Notes
    -----
    Exact answers of Clements-250 with one absorption step; the esketamine spray uses its own
    population model for spray (two devices) and vein. Independent of dose and weight.
    """
    chosen = route(key)
    times = array(times_min, "times_min", unit="minutes").ravel()
    fine = np.linspace(0.0, 240.0, 4801)
    curve, usual = _unit_curve(chosen, times), _unit_curve(chosen, fine)
    share = float(chosen.bioavailability.value)
    low, high = chosen.span
    best = int(np.argmax(usual))
    return RouteCurve(
        route=chosen,
        times_min=times,
        relative_pct=100 * share * curve,
        low_pct=100 * low * curve,
        high_pct=100 * high * curve,
        exposure_pct=100 * share,
        exposure_low_pct=100 * low,
        exposure_high_pct=100 * high,
        peak_pct=float(100 * share * usual[best]),
        peak_min=float(fine[best]),
        caution="" if key == "iv" else WHY_NOT_PEAKS,
    )


def _unit_curve(chosen: Route, times: Array) -> Array:
    """Return the level per share absorbed, relative to the peak by vein."""
    if chosen.key == "nasal-esketamine":
        spray, vein_peak = nasal_curve_and_vein(times)
        return spray / vein_peak
    infusion = Infusion(0, 40, 1)
    peak = float(concentration(CLEMENTS_250, infusion, 70, 40))
    if chosen.ka_per_min is None:
        return concentration(CLEMENTS_250, infusion, 70, times) / peak
    volumes, _ = CLEMENTS_250.scaled(70)
    return _absorbed(chosen.ka_per_min.value).after(times) * (1000 / volumes[0]) / peak


_DAY_PART = np.linspace(0.0, 240.0, 241)
SHARES: tuple[str, ...] = ("lowest", "default", "highest")
"""Which figure for the share that arrives is drawn; the default is this course's choice."""


@dataclass(frozen=True)
class RouteComparison:
    """Two routes beside the vein.

    Attributes
    ----------
    vein : RouteCurve
    chosen : tuple of RouteCurve
        One or two routes.
    share : str
        Member of `SHARES`.
    shape_only : bool
        Whether every curve is scaled to its own peak.
    levels : tuple of ndarray
        What to draw for the vein and each chosen route, in % of the peak by vein, or with
        `shape_only` of the curve's own peak.
    exposures_pct : tuple of float
        Area of each chosen route in % of that by vein, at the chosen figure.
    more : str
        Key of the route with more exposure whichever of the published figures is right, drawn or
        not; empty when they overlap, when there is only one route, when they are two drugs, or
        when a share is an assumption.
    two_drugs : bool
        Whether one of two is esketamine and the other is not.
    """

    vein: RouteCurve
    chosen: tuple[RouteCurve, ...]
    share: str
    shape_only: bool
    levels: tuple[Array, ...]
    exposures_pct: tuple[float, ...]
    more: str
    two_drugs: bool


def compare(
    first: str, second: str = "", share: str = "default", shape_only: bool = False
) -> RouteComparison:
    """Put one or two routes beside the same dose by vein, over four hours.

    Parameters
    ----------
    first, second : str
        Keys of routes; `second` may be empty or the same.
    share : str
        Member of `SHARES`: which of the published figures to draw.
    shape_only : bool
        Scale every curve to its own peak.

    Raises
    ------
    ValueError
        If there is no such route or figure.
    """
    if share not in SHARES:
        raise ValueError(f"{share!r} is not a figure; choose one of {', '.join(SHARES)}.")
    keys = [first] if second in ("", first) else [first, second]
    vein = relative_curve("iv", _DAY_PART)
    chosen = tuple(relative_curve(key, _DAY_PART) for key in keys)
    levels = [vein.relative_pct]
    exposures = []
    for curve in chosen:
        low, default, high = curve.low_pct, curve.relative_pct, curve.high_pct
        levels.append({"lowest": low, "default": default, "highest": high}[share])
        areas = (curve.exposure_low_pct, curve.exposure_pct, curve.exposure_high_pct)
        exposures.append(areas[SHARES.index(share)])
    if shape_only:
        levels = [100 * level / level.max() for level in levels]
    two_drugs = len({curve.route.drug.value for curve in chosen}) > 1
    return RouteComparison(
        vein=vein,
        chosen=chosen,
        share=share,
        shape_only=shape_only,
        levels=tuple(levels),
        exposures_pct=tuple(exposures),
        more="" if two_drugs or len(chosen) == 1 else _more(*chosen),
        two_drugs=two_drugs,
    )


def _more(one: RouteCurve, other: RouteCurve) -> str:
    if one.route.assumed or other.route.assumed:
        return ""
    if one.route.reach[0] > other.route.reach[1]:
        return one.route.key
    if other.route.reach[0] > one.route.reach[1]:
        return other.route.key
    return ""
