"""Which weight goes into a dose, and what happens when pounds are taken for kilograms.

Simulation: not for patient care. No trial settles the dosing weight in obesity.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from trd.parameters import load

BASES: tuple[str, ...] = ("actual", "ideal", "adjusted")
FORMULAS: tuple[str, ...] = ("female", "male")
"""The two published constants of the ideal-weight formula."""

WEIGHT_KG = (25.0, 350.0)
HEIGHT_CM = (120.0, 230.0)
DOSE_MG_PER_KG = (0.0, 1.0)


def _value(key: str) -> float:
    return float(load("screening")["dosing_weight"][key].value)


def _number(value: float, name: str, limits: tuple[float, float], unit: str) -> float:
    low, high = limits
    wrong = isinstance(value, (bool, str)) or not isinstance(value, (int, float))
    if wrong or not math.isfinite(value) or not low <= value <= high:
        raise ValueError(f"{name} is {value!r}; it must be between {low:g} and {high:g} {unit}.")
    return float(value)


def bmi(weight_kg: float, height_cm: float) -> float:
    """Return the body mass index in kg/m².

    Parameters
    ----------
    weight_kg : float
        25 to 350 kg.
    height_cm : float
        120 to 230 cm.

    Raises
    ------
    ValueError
        Outside these limits.
    """
    weight = _number(weight_kg, "weight_kg", WEIGHT_KG, "kg")
    height = _number(height_cm, "height_cm", HEIGHT_CM, "cm")
    return weight / (height / 100) ** 2


def ideal_weight_kg(height_cm: float, formula: str) -> float:
    """Return the ideal body weight in kg by the Devine formula.

    Parameters
    ----------
    height_cm : float
        120 to 230 cm. Below 60 inches the value at 60 inches is kept: a convention of the course,
        since the formula says nothing there.
    formula : {"female", "male"}
        Which of the two constants.

    Raises
    ------
    ValueError
        For another height or formula.

    Notes
    -----
    The constants are commonly quoted and were not checked for this course.
    """
    height = _number(height_cm, "height_cm", HEIGHT_CM, "cm")
    if formula not in FORMULAS:
        raise ValueError(f"formula is {formula!r}; it must be female or male.")
    inches_above = max(0.0, height / _value("cm_per_inch") - 60)
    return _value(f"ideal_{formula}_kg") + _value("ideal_kg_per_inch") * inches_above


def adjusted_weight_kg(actual_kg: float, ideal_kg: float) -> float:
    """Return ideal weight + 0.4 x (actual - ideal), in kg; the actual weight when it is lower.

    The share of 0.4 is the course's, from ``assets/parameters/screening.toml``.
    """
    actual = _number(actual_kg, "actual_kg", WEIGHT_KG, "kg")
    ideal = _number(ideal_kg, "ideal_kg", WEIGHT_KG, "kg")
    return actual if actual <= ideal else ideal + _value("adjusted_share") * (actual - ideal)


def absolute_mg(weight_kg: float, dose_mg_per_kg: float) -> float:
    """Return the absolute dose in mg.

    Parameters
    ----------
    weight_kg : float
        25 to 350 kg.
    dose_mg_per_kg : float
        0 to 1 mg/kg; the course recommends no dose.

    Raises
    ------
    ValueError
        Outside these limits.
    """
    return _number(weight_kg, "weight_kg", WEIGHT_KG, "kg") * _number(
        dose_mg_per_kg, "dose_mg_per_kg", DOSE_MG_PER_KG, "mg/kg"
    )


@dataclass(frozen=True)
class DosingWeight:
    """Three weights and the doses that follow from them.

    Attributes
    ----------
    actual_kg, ideal_kg, adjusted_kg : float
    bmi : float
        kg/m².
    basis : {"actual", "adjusted"}
        What the course's convention writes for the first infusion.
    weight_kg : float
        That weight.
    dose_mg_per_kg : float
    dose_mg : float
        Absolute dose for the course's basis.
    doses_mg : tuple of (str, float)
        Absolute dose on each basis, in the order of `BASES`.
    """

    actual_kg: float
    ideal_kg: float
    adjusted_kg: float
    bmi: float
    basis: str
    weight_kg: float
    dose_mg_per_kg: float
    dose_mg: float
    doses_mg: tuple[tuple[str, float], ...]


def dosing_weight(
    actual_kg: float, height_cm: float, formula: str, dose_mg_per_kg: float
) -> DosingWeight:
    """Work out the dosing weight: adjusted from a BMI of 30, actual below.

    Parameters
    ----------
    actual_kg : float
        25 to 350 kg.
    height_cm : float
        120 to 230 cm.
    formula : {"female", "male"}
        Constants of the ideal-weight formula.
    dose_mg_per_kg : float
        0 to 1 mg/kg.

    Raises
    ------
    ValueError
        Outside these limits.

    Notes
    -----
    A convention of the course (review, section 6): trials mostly dosed the actual weight. The
    order names dosing weight *and* absolute mg, and a second person checks both.
    """
    index = bmi(actual_kg, height_cm)
    ideal = ideal_weight_kg(height_cm, formula)
    weights = {
        "actual": float(actual_kg),
        "ideal": ideal,
        "adjusted": adjusted_weight_kg(actual_kg, ideal),
    }
    basis = "adjusted" if index >= _value("bmi") else "actual"
    doses = tuple((name, absolute_mg(weights[name], dose_mg_per_kg)) for name in BASES)
    return DosingWeight(
        actual_kg=weights["actual"],
        ideal_kg=ideal,
        adjusted_kg=weights["adjusted"],
        bmi=index,
        basis=basis,
        weight_kg=weights[basis],
        dose_mg_per_kg=float(dose_mg_per_kg),
        dose_mg=dict(doses)[basis],
        doses_mg=doses,
    )


@dataclass(frozen=True)
class PoundsError:
    """What is given when a weight in pounds is typed where kilograms are asked.

    Attributes
    ----------
    weight_kg, typed_lb : float
        The true weight, and the same weight in pounds, taken for kilograms.
    intended_mg, given_mg : float
    ratio : float
        Given over intended: about 2.2, whatever the weight.
    dose_mg_per_kg, given_mg_per_kg : float
        Meant, and given per kilogram of true weight.
    """

    weight_kg: float
    typed_lb: float
    intended_mg: float
    given_mg: float
    ratio: float
    dose_mg_per_kg: float
    given_mg_per_kg: float


def pounds_error(weight_kg: float, dose_mg_per_kg: float) -> PoundsError:
    """Work out the dose when the weight in pounds is taken for kilograms.

    Parameters
    ----------
    weight_kg : float
        True weight, 25 to 350 kg.
    dose_mg_per_kg : float
        Above 0, up to 1 mg/kg.

    Raises
    ------
    ValueError
        Outside these limits.
    """
    intended = absolute_mg(weight_kg, dose_mg_per_kg)
    if intended <= 0:
        raise ValueError(f"dose_mg_per_kg is {dose_mg_per_kg!r}; it must be above 0 mg/kg.")
    ratio = _value("lb_per_kg")
    return PoundsError(
        weight_kg=float(weight_kg),
        typed_lb=weight_kg * ratio,
        intended_mg=intended,
        given_mg=intended * ratio,
        ratio=ratio,
        dose_mg_per_kg=float(dose_mg_per_kg),
        given_mg_per_kg=dose_mg_per_kg * ratio,
    )
