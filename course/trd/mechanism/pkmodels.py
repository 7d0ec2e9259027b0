"""The population models of ketamine in plasma, each with where its numbers come from."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from trd.mechanism._checks import Array, number, positive, yes_no
from trd.mechanism.dosing import Infusion, as_infusions
from trd.parameters import Entry, Table, load

REFERENCE_KG = 70.0
_ALLOMETRIC = (1.0, 0.75)
_MIN_PER_H = 60.0
_LIMITS = load("pharmacokinetics")["limits"]
#: A model without an early mixing phase takes no infusion shorter than this, in minutes.
SHORTEST_MIN = float(_LIMITS["shortest_input"].value)
#: Below this many minutes every model carries a caution.
FAST_MIN = float(_LIMITS["fast_input"].value)


@dataclass(frozen=True)
class Model:
    """Two or three compartments around the plasma; volumes and flows at 70 kg.

    Attributes
    ----------
    key, label : str
    drug, sampling, population : Entry
        What was measured, in which blood, in whom.
    volumes_l : tuple of float
        Litres at 70 kg, the central one first.
    flows_l_per_min : tuple of float
        Clearance first, then the flow to each further compartment, in L/min at 70 kg.
    volume_exponents, flow_exponents : tuple of float
        How each grows with weight / 70 kg: 1 in proportion, 0.75 allometric, 0 not at all.
    offers_allometric : bool
        Whether ``allometric=True`` may be asked for.
    allows_bolus : bool
        False for a model without an early mixing phase, which takes nothing faster than
        `SHORTEST_MIN` either.
    scaling_note, bolus_note : str
        Why.
    """

    key: str
    label: str
    drug: Entry
    sampling: Entry
    population: Entry
    volumes_l: tuple[float, ...]
    flows_l_per_min: tuple[float, ...]
    volume_exponents: tuple[float, ...]
    flow_exponents: tuple[float, ...]
    offers_allometric: bool
    allows_bolus: bool
    scaling_note: str
    bolus_note: str

    def scaled(self, weight_kg: float, allometric: bool | None = None) -> tuple[Array, Array]:
        """Return volumes (L) and flows (L/min) of one body weight.

        Parameters
        ----------
        weight_kg : float
            Body weight, 30 to 250 kg.
        allometric : bool, optional
            None takes the model's own scaling. True: volumes in proportion to weight, clearances
            to its power 0.75. False: everything in proportion.

        Raises
        ------
        ValueError
            If the weight is outside the limits, `allometric` is not True, False or None, or the
            model has no such scaling.
        """
        relative = weight(weight_kg) / REFERENCE_KG
        of_volumes: tuple[float, ...] | float = self.volume_exponents
        of_flows: tuple[float, ...] | float = self.flow_exponents
        if allometric is not None and yes_no(allometric, "allometric") != self._is_allometric:
            if not self.offers_allometric:
                wanted = "allometric" if allometric else "proportional"
                raise ValueError(
                    f"{self.label} has no {wanted} scaling: {self.scaling_note} Leave allometric "
                    "out to take the model as it is."
                )
            of_volumes, of_flows = _ALLOMETRIC if allometric else (1.0, 1.0)
        return (
            np.array(self.volumes_l) * np.power(relative, of_volumes),
            np.array(self.flows_l_per_min) * np.power(relative, of_flows),
        )

    @property
    def _is_allometric(self) -> bool:
        return self.flow_exponents[0] == _ALLOMETRIC[1]


def weight(value: float) -> float:
    """Return a body weight in kg within the calculator's limits.

    Raises
    ------
    ValueError
        Outside 30 to 250 kg.
    """
    limits = _LIMITS["weight"]
    return number(value, "weight", limits.low or 0.0, limits.high or math.inf, "kg")


def _per_min(entry: Entry) -> float:
    if entry.unit == "L/h":
        return float(entry.value) / _MIN_PER_H
    if entry.unit == "L/min":
        return float(entry.value)
    raise ValueError(f"A flow in {entry.unit!r} is not expected here.")


def _disposition(cells: Table) -> tuple[list[float], list[float]]:
    if "v1_per_kg" not in cells:
        names = [f"{i}" for i in (1, 2, 3) if f"v{i}" in cells]
        flows = [_per_min(cells[name]) for name in ("cl", *(f"q{i}" for i in names[1:]))]
        return [float(cells[f"v{i}"].value) for i in names], flows
    central = float(cells["v1_per_kg"].value) * REFERENCE_KG
    volumes, flows = [central], [central * float(cells["k10"].value)]
    for i in (2, 3):
        if f"k1{i}" in cells:
            flows.append(central * float(cells[f"k1{i}"].value))
            volumes.append(flows[-1] / float(cells[f"k{i}1"].value))
    return volumes, flows


def _exponents(scaling: str, size: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    if scaling == "central only":
        rest = (0.0,) * (size - 1)
        return (_ALLOMETRIC[0], *rest), (_ALLOMETRIC[1], *rest)
    volume, flow = {"linear": (1.0, 1.0), "allometric": _ALLOMETRIC}[scaling]
    return (volume,) * size, (flow,) * size


def _build(key: str) -> Model:
    cells = load("pharmacokinetics")[key]
    volumes, flows = _disposition(cells)
    of_volumes, of_flows = _exponents(cells["scaling"].value, len(volumes))
    return Model(
        key=key,
        label=cells["label"].value,
        drug=cells["drug"],
        sampling=cells["sampling"],
        population=cells["population"],
        volumes_l=tuple(volumes),
        flows_l_per_min=tuple(flows),
        volume_exponents=of_volumes,
        flow_exponents=of_flows,
        offers_allometric=cells["allometric"].value,
        allows_bolus=cells["bolus"].value,
        scaling_note=cells["allometric"].note,
        bolus_note=cells["bolus"].note,
    )


#: Two compartments, racemate, venous: the course's default for a slow infusion.
CLEMENTS_250 = _build("clements-250")
#: Three compartments, racemate, from a meta-analysis: the arterial, anaesthetic alternative.
KAMP_2020 = _build("kamp-2020")
#: Three compartments, racemate: what infusion pumps use.
DOMINO = _build("domino")
#: Three compartments, S-ketamine, venous.
FANTA_2015 = _build("fanta-2015")
#: Three compartments, S-ketamine, arterial.
SIMONS_2022 = _build("simons-2022")

MODELS: tuple[Model, ...] = (CLEMENTS_250, KAMP_2020, DOMINO, FANTA_2015, SIMONS_2022)


def model(key: str) -> Model:
    """Return one of `MODELS` by its key, e.g. ``"kamp-2020"``.

    Raises
    ------
    ValueError
        If there is no such model.
    """
    for found in MODELS:
        if found.key == key:
            return found
    known = ", ".join(found.key for found in MODELS)
    raise ValueError(f"{key!r} is not a model; choose one of {known}.")


def as_model(chosen: object) -> Model:
    """Return `chosen` once it is sure to be a model.

    Raises
    ------
    ValueError
        If it is not.
    """
    if not isinstance(chosen, Model):
        raise ValueError(f"model is {chosen!r}; choose one of the models, e.g. CLEMENTS_250.")
    return chosen


def checked_plan(chosen: Model, infusions: Infusion | Iterable[Infusion]) -> tuple[Infusion, ...]:
    """Return the infusions as a tuple once it is sure that the model may be given them.

    Raises
    ------
    ValueError
        If `chosen` is not a model, something is not an infusion, or a bolus or an infusion
        shorter than `SHORTEST_MIN` is among them and the model takes none. The short rest that a
        pause leaves of a longer infusion is no faster than that, and is taken.
    """
    found = as_infusions(infusions)
    if not as_model(chosen).allows_bolus and _too_fast(found):
        raise ValueError(
            f"{chosen.label} takes no bolus, and no infusion shorter than {SHORTEST_MIN:g} "
            f"minutes: {chosen.bolus_note}. Give it over {FAST_MIN:g} minutes or more, or use a "
            "model with an early phase, KAMP_2020 or DOMINO."
        )
    return found


def _too_fast(given: tuple[Infusion, ...]) -> bool:
    long = [each for each in given if each.duration_min >= SHORTEST_MIN]
    fastest = max((each.rate_mg_per_min for each in long), default=0.0)
    # A stretch of one infusion has its rate but for rounding.
    return any(
        each.duration_min < SHORTEST_MIN and each.rate_mg_per_min > fastest * (1 + 1e-9)
        for each in given
    )


def with_clearance(original: Model, factor: float) -> Model:
    """Return the model with its clearance changed, as an interaction might change it.

    Parameters
    ----------
    original : Model
    factor : float
        Above 0 and up to 10; 0.5 halves clearance. Induction above about 1.2 is not
        physiological by vein, because the liver's blood flow limits clearance.

    Raises
    ------
    ValueError
        If `original` is not a model, or the factor is outside its limits.
    """
    clearance, *rest = as_model(original).flows_l_per_min
    change = positive(factor, "clearance factor", 10)
    return replace(original, flows_l_per_min=(clearance * change, *rest))
