"""Doses and concentrations from one unit to another.

Concentrations of the course are total plasma ketamine *base* in ng/mL unless "free" or "unbound"
is said. Doses are milligrams of base, as vials and the esketamine device are labelled.
"""

from __future__ import annotations

from typing import Any

from trd.mechanism._checks import Array, array, number
from trd.parameters import load

_UNITS = load("pharmacokinetics")["units"]

#: Molar mass in g/mol of each substance the models follow.
MOLAR_MASS: dict[str, float] = {
    name: float(_UNITS[f"molar_mass_{name}"].value)
    for name in ("ketamine", "ketamine_hydrochloride", "norketamine", "hydroxynorketamine")
}
_BASE_SHARE = MOLAR_MASS["ketamine"] / MOLAR_MASS["ketamine_hydrochloride"]


def _molar_mass(substance: str) -> float:
    if not isinstance(substance, str) or substance not in MOLAR_MASS:
        raise ValueError(f"{substance!r} is not known here; choose one of {', '.join(MOLAR_MASS)}.")
    return MOLAR_MASS[substance]


def micromolar(ng_per_ml: Any, substance: str = "ketamine") -> Array:
    """Return a concentration in micromoles per litre.

    Parameters
    ----------
    ng_per_ml : float or array
        Concentration in ng/mL, 0 or more.
    substance : str
        A key of `MOLAR_MASS`.

    Raises
    ------
    ValueError
        If a concentration is negative or the substance is not known.
    """
    mass = _molar_mass(substance)
    return array(ng_per_ml, "concentration", 0, unit="ng/mL") / mass


def ng_per_ml(micromolar: Any, substance: str = "ketamine") -> Array:
    """Return a concentration in ng/mL from micromoles per litre (0 or more).

    Raises
    ------
    ValueError
        If a concentration is negative or the substance is not known.
    """
    mass = _molar_mass(substance)
    return array(micromolar, "concentration", 0, unit="micromol/L") * mass


def base_from_hydrochloride(mg: float) -> float:
    """Return milligrams of ketamine base in `mg` of the hydrochloride (a factor of 0.867).

    Raises
    ------
    ValueError
        If the mass is negative.
    """
    return number(mg, "mass of hydrochloride", 0, unit="mg") * _BASE_SHARE
