"""One person's dose under three weights, and what a unit error and a second check make of it.

Simulation: not for patient care. No trial settles the dosing weight in obesity.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trd.parameters import load
from trd.screening.dosing import (
    BASES,
    WEIGHT_KG,
    DosingWeight,
    PoundsError,
    dosing_weight,
    pounds_error,
)

UNITS: tuple[str, ...] = ("kg", "lb")
"""What the scale showed, while the form takes every number for kilograms."""

CHECKS: tuple[str, ...] = ("none", "same-sheet", "alone")
"""No second check; the sum done again from the same sheet; weighed and worked out alone."""

BMI_RANGE = (15.0, 50.0)
"""Body mass indices drawn, in kg/m²."""

REFERENCE_MIN = 40.0
"""Minutes of the reference infusion (row ``screen-weight-reference``)."""


@dataclass(frozen=True)
class Recorded:
    """What the order says when pounds were written down as kilograms.

    Attributes
    ----------
    error : PoundsError
        The same weight by actual weight, whatever the BMI.
    refused : bool
        The number is beyond what the form takes for a weight, 25 to 350 kg.
    order : DosingWeight or None
        The order by the course's convention from the wrong number; None when it is refused.
    ratio : float or None
        Dose of that order over the dose that was meant.
    """

    error: PoundsError
    refused: bool
    order: DosingWeight | None
    ratio: float | None


@dataclass(frozen=True)
class WeightReport:
    """What the panel shows.

    Attributes
    ----------
    person : DosingWeight
        From the true weight.
    height_cm : float
    formula, check : str
    recorded : Recorded or None
        None when the weight was written down in kilograms.
    caught : bool
        Whether the second check finds a unit error; False when there is none to find.
    rate_mg_per_min : float
        Of the person's dose over `REFERENCE_MIN`.
    bmis : array
        kg/m², for the curves.
    doses_mg : dict of str to array
        Dose on each basis at the person's height and dose per kg, along `bmis`.
    rule_bmi : float
        From here the course's convention takes the adjusted weight.
    jump_mg : tuple of float
        Dose of actual and of adjusted weight at that BMI and the person's height: what the
        convention jumps from and to.
    """

    person: DosingWeight
    height_cm: float
    formula: str
    check: str
    recorded: Recorded | None
    caught: bool
    rate_mg_per_min: float
    bmis: NDArray[np.float64]
    doses_mg: dict[str, NDArray[np.float64]]
    rule_bmi: float
    jump_mg: tuple[float, float]


def rule_bmi() -> float:
    """Return the BMI in kg/m² from which the course's convention takes the adjusted weight."""
    return float(load("screening")["dosing_weight"]["bmi"].value)


def weight_at(bmi: float, height_cm: float) -> float:
    """Return the weight in kg of a body mass index at a height."""
    return float(bmi) * (float(height_cm) / 100) ** 2


def _curves(
    height_cm: float, formula: str, dose_mg_per_kg: float
) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]]]:
    bmis = np.linspace(*BMI_RANGE, 71)
    doses: dict[str, list[float]] = {basis: [] for basis in BASES}
    for index in bmis:
        found = dosing_weight(weight_at(index, height_cm), height_cm, formula, dose_mg_per_kg)
        for basis, dose in found.doses_mg:
            doses[basis].append(dose)
    return bmis, {basis: np.array(values) for basis, values in doses.items()}


def _recorded(person: DosingWeight, height_cm: float, formula: str) -> Recorded:
    error = pounds_error(person.actual_kg, person.dose_mg_per_kg)
    if error.typed_lb > WEIGHT_KG[1]:
        return Recorded(error, True, None, None)
    order = dosing_weight(error.typed_lb, height_cm, formula, person.dose_mg_per_kg)
    return Recorded(error, False, order, order.dose_mg / person.dose_mg)


def weight_report(
    weight_kg: float,
    height_cm: float,
    formula: str,
    dose_mg_per_kg: float,
    unit: str = "kg",
    check: str = "none",
) -> WeightReport:
    """Work out the dose on each definition of weight, and follow a unit error through the order.

    Parameters
    ----------
    weight_kg : float
        True weight, 25 to 350 kg.
    height_cm : float
        120 to 230 cm.
    formula : {"female", "male"}
        Constants of the ideal-weight formula.
    dose_mg_per_kg : float
        Above 0, up to 1 mg/kg; the course recommends no dose.
    unit : {"kg", "lb"}
        Unit of the number that was written down as kilograms.
    check : {"none", "same-sheet", "alone"}
        The second person's check.

    Raises
    ------
    ValueError
        Outside these limits.
    """
    if unit not in UNITS:
        raise ValueError(f"unit is {unit!r}; it must be one of {', '.join(UNITS)}.")
    if check not in CHECKS:
        raise ValueError(f"check is {check!r}; it must be one of {', '.join(CHECKS)}.")
    person = dosing_weight(weight_kg, height_cm, formula, dose_mg_per_kg)
    bmis, doses = _curves(height_cm, formula, dose_mg_per_kg)
    edge = dict(
        dosing_weight(weight_at(rule_bmi(), height_cm), height_cm, formula, dose_mg_per_kg).doses_mg
    )
    recorded = _recorded(person, height_cm, formula) if unit == "lb" else None
    return WeightReport(
        person=person,
        height_cm=float(height_cm),
        formula=formula,
        check=check,
        recorded=recorded,
        # The same wrong number gives the same wrong dose, however often it is multiplied.
        caught=recorded is not None and check == "alone",
        rate_mg_per_min=person.dose_mg / REFERENCE_MIN,
        bmis=bmis,
        doses_mg=doses,
        rule_bmi=rule_bmi(),
        jump_mg=(edge["actual"], edge["adjusted"]),
    )
