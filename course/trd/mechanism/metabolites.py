"""Ketamine's metabolites as a teaching chain: norketamine, then hydroxynorketamine (HNK).

The structure and the norketamine values are published; the two values of hydroxynorketamine are
the course's own, chosen to give the commonly quoted peak. Shape only, never a level.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from trd.mechanism._checks import Array, array
from trd.mechanism._exponentials import Response, modes
from trd.mechanism.dosing import Infusion
from trd.mechanism.pkmodels import CLEMENTS_250, REFERENCE_KG, Model, checked_plan
from trd.mechanism.units import MOLAR_MASS
from trd.parameters import load

_MIN_PER_H = 60.0


@dataclass(frozen=True)
class Chain:
    """Ketamine and its metabolites over time.

    Attributes
    ----------
    times_min : ndarray, shape (t,)
    ketamine_ng_per_ml, norketamine_ng_per_ml, hydroxynorketamine_ng_per_ml : ndarray
        Plasma levels.
    body_umol : ndarray
        All three substances and the steps between them, in every compartment.
    eliminated_umol : ndarray
        Lost to other products or eliminated as hydroxynorketamine, computed on its own.
    infused_umol : ndarray
        Given so far; body plus eliminated.
    """

    times_min: Array
    ketamine_ng_per_ml: Array
    norketamine_ng_per_ml: Array
    hydroxynorketamine_ng_per_ml: Array
    body_umol: Array
    eliminated_umol: Array
    infused_umol: Array


def metabolites(
    infusions: Infusion | Iterable[Infusion],
    weight_kg: float,
    times_min: Any,
    model: Model = CLEMENTS_250,
) -> Chain:
    """Return ketamine, norketamine and hydroxynorketamine over time.

    Parameters
    ----------
    infusions : Infusion or iterable of Infusion
    weight_kg : float
        Body weight, 30 to 250 kg.
    times_min : float or array
        Minutes on the clock.
    model : Model
        Of ketamine itself; the chain was made with `CLEMENTS_250`.

    Returns
    -------
    Chain

    Raises
    ------
    ValueError
        If a value is outside its limits, or the model takes no bolus.

    Notes
    -----
    Exact. 80 % of what is eliminated becomes norketamine after two transit steps (20.1 min in
    all; Simons 2022), norketamine moves as in Otto 2021, 70 % of what is eliminated becomes
    hydroxynorketamine, whose volume and clearance are teaching assumptions.
    """
    found = checked_plan(model, infusions)
    times = array(times_min, "times_min", unit="minutes").ravel()
    cells = {name: float(cell.value) for name, cell in load("pharmacokinetics")["chain"].items()}
    volumes, flows = model.scaled(weight_kg)
    relative = weight_kg / REFERENCE_KG
    nor_v = np.array([cells["norketamine_v"] * relative, cells["norketamine_vp"]])
    nor_cl = cells["norketamine_cl"] / _MIN_PER_H * relative**0.75
    nor_q = np.array([cells["norketamine_q"] / _MIN_PER_H])
    hnk_v, hnk_cl = cells["hydroxynorketamine_v"], cells["hydroxynorketamine_cl"] / _MIN_PER_H

    parent = modes(volumes, flows[1:], _first(flows[0], volumes.size))
    central = parent.response()
    k10 = flows[0] / volumes[0]
    step = 2 / cells["transit_time"]
    first = central.through(step, k10 * cells["norketamine_fraction"])
    second = first.through(step, step)
    solved = modes(nor_v, nor_q, _first(nor_cl, 2))
    inside = [_into(second, solved.response(seen_in=i), step) for i in (0, 1)]
    formed = nor_cl / nor_v[0]
    made = cells["hydroxynorketamine_fraction"]
    last = inside[0].through(hnk_cl / hnk_v, formed * made)

    body = [parent.response(seen_in=i) for i in range(volumes.size)] + [
        first,
        second,
        *inside,
        last,
    ]
    lost = [
        central.through(0.0, k10 * (1 - cells["norketamine_fraction"])),
        inside[0].through(0.0, formed * (1 - made)),
        last.through(0.0, hnk_cl / hnk_v),
    ]

    def umol(response: Response) -> Array:
        total = np.zeros_like(times)
        for each in found:
            dose = 1000 * each.dose_mg / MOLAR_MASS["ketamine"]
            total += dose * response.after(times - each.start_min, each.duration_min)
        return total

    return Chain(
        times_min=times,
        ketamine_ng_per_ml=umol(central) * (MOLAR_MASS["ketamine"] / volumes[0]),
        norketamine_ng_per_ml=umol(inside[0]) * (MOLAR_MASS["norketamine"] / nor_v[0]),
        hydroxynorketamine_ng_per_ml=umol(last) * (MOLAR_MASS["hydroxynorketamine"] / hnk_v),
        body_umol=np.sum([umol(part) for part in body], axis=0),
        eliminated_umol=np.sum([umol(part) for part in lost], axis=0),
        infused_umol=umol(Response.of(np.zeros(1), np.ones(1))),
    )


def _first(clearance: float, size: int) -> Array:
    found = np.zeros(size)
    found[0] = clearance
    return found


def _into(source: Response, target: Response, rate: float) -> Response:
    """Let `source`, leaving at `rate`, flow into a compartment that answers as `target`."""
    parts = [
        source.through(pole, rate * weight)
        for pole, weight in zip(target.rates.tolist(), target.weights.tolist(), strict=True)
    ]
    return parts[0] + parts[1]
