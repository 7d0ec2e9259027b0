"""The NMDA receptor: magnesium, ketamine in the open channel, and free drug.

None of these functions gives an occupancy in a person: no such number has been validated. They
show how far the answer moves with each assumption.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from trd.mechanism._checks import Array, array, fitting, number, positive
from trd.mechanism.units import MOLAR_MASS, base_from_hydrochloride, micromolar, ng_per_ml
from trd.parameters import Entry, load

__all__ = [
    "MOLAR_MASS",
    "BlockCourse",
    "Scenario",
    "base_from_hydrochloride",
    "blocked_at_equilibrium",
    "blocking_constants",
    "current_fraction",
    "ic50_at_voltage",
    "ic50_with_magnesium",
    "inhibition",
    "magnesium_unblocked",
    "micromolar",
    "ng_per_ml",
    "scenarios",
    "time_constant_s",
    "trapping",
    "unbound_defaults",
    "unbound_um",
]

_VOLTAGE = (-150.0, 100.0)
# Beyond these the words "IC50" and "Hill" no longer describe a drug at a receptor.
_HILL = 10.0


def _number(table: str, name: str) -> float:
    return float(load("receptor")[table][name].value)


def magnesium_unblocked(voltage_mv: Any, mg_mm: Any) -> Array:
    """Return the share of NMDA channels not blocked by magnesium.

    Parameters
    ----------
    voltage_mv : float or array
        Membrane voltage, -150 to 100 mV.
    mg_mm : float or array
        Magnesium outside the cell, 0 to 100 mmol/L.

    Returns
    -------
    ndarray
        0 to 1; 1 without magnesium. At 1 mmol/L: 0.0597 at -65 mV, 0.7812 at 0 mV.

    Raises
    ------
    ValueError
        Outside these limits.

    Notes
    -----
    ``1 / (1 + [Mg] / 3.57 exp(-0.062 V))``, Jahr and Stevens 1990.
    """
    voltage = array(voltage_mv, "voltage", *_VOLTAGE, "mV")
    magnesium = array(mg_mm, "magnesium", 0, 100, "mmol/L")
    fitting(voltage=voltage, magnesium=magnesium)
    slope = _number("magnesium", "slope")
    return 1 / (1 + magnesium / _number("magnesium", "k") * np.exp(-slope * voltage))


def inhibition(conc_um: Any, ic50_um: Any, hill: float = 1.0) -> Array:
    """Return the share of current a drug blocks at a free concentration.

    Parameters
    ----------
    conc_um : float or array
        Free (unbound) concentration, 0 or more, in micromol/L.
    ic50_um : float or array
        Concentration that blocks half, above 0, in micromol/L.
    hill : float
        Steepness, above 0 and up to 10.

    Returns
    -------
    ndarray
        0 to 1; 0.5 at the IC50 whatever the steepness.

    Raises
    ------
    ValueError
        Outside these limits.
    """
    conc = array(conc_um, "concentration", 0, unit="micromol/L")
    half = array(ic50_um, "IC50", 0, unit="micromol/L")
    if np.any(half == 0):
        raise ValueError("IC50 is 0; it must be above 0 micromol/L.")
    fitting(concentration=conc, IC50=half)
    steep = positive(hill, "Hill coefficient", _HILL)
    # From the smaller ratio, so that no power overflows.
    with np.errstate(divide="ignore"):
        logs = steep * (np.log(conc) - np.log(half))
    below = np.exp(-np.abs(logs))
    return np.where(logs > 0, 1, below) / (1 + below)


def unbound_um(total_ng_per_ml: Any, fraction_unbound: float | None = None) -> Array:
    """Return the free concentration in micromol/L from the total in plasma.

    Parameters
    ----------
    total_ng_per_ml : float or array
        Total ketamine base in plasma, 0 or more, in ng/mL.
    fraction_unbound : float, optional
        Above 0 and up to 1; by default 0.53 (Dayton 1983: at most 47 % bound).

    Raises
    ------
    ValueError
        Outside these limits.

    Notes
    -----
    Never multiply by a brain-to-plasma ratio of total drug: that is tissue binding.
    """
    share = _number("unbound", "default") if fraction_unbound is None else fraction_unbound
    return micromolar(total_ng_per_ml) * positive(share, "fraction unbound", 1)


def unbound_defaults() -> dict[str, Entry]:
    """Return the default unbound fraction, the control's range and other published figures."""
    return dict(load("receptor")["unbound"])


def ic50_at_voltage(voltage_mv: Any) -> Array:
    """Return ketamine's IC50 at human GluN2A without magnesium, in micromol/L.

    Parameters
    ----------
    voltage_mv : float or array
        -150 to 100 mV. 0.71 micromol/L at -70 mV (Gilling 2009), carried to other voltages by
        the electrical distance of 0.79; depolarisation weakens the block.

    Raises
    ------
    ValueError
        Outside the limits.
    """
    voltage = array(voltage_mv, "voltage", *_VOLTAGE, "mV")
    cells = {name: float(cell.value) for name, cell in load("receptor")["human-2a"].items()}
    shift = cells["delta"] * (voltage - cells["voltage"]) / cells["thermal_voltage"]
    return cells["ic50"] * np.exp(shift)


def ic50_with_magnesium(ic50_um: Any, voltage_mv: Any, mg_mm: Any) -> Array:
    """Return an IC50 as pure competition with magnesium would shift it, in micromol/L.

    Parameters
    ----------
    ic50_um : float or array
        Without magnesium, above 0.
    voltage_mv, mg_mm : float or array
        As in `magnesium_unblocked`.

    Raises
    ------
    ValueError
        Outside the limits.

    Notes
    -----
    The IC50 divided by the share that is unblocked. Predicts about 5.9 for GluN2A at -66 mV and
    1 mmol/L, where 5.35 is quoted (from knowledge): competition explains most of the shift there
    and much too much for GluN2C and 2D.
    """
    half = array(ic50_um, "IC50", 0, unit="micromol/L")
    if np.any(half == 0):
        raise ValueError("IC50 is 0; it must be above 0 micromol/L.")
    unblocked = magnesium_unblocked(voltage_mv, mg_mm)
    fitting(IC50=half, voltage=unblocked)
    return half / unblocked


def current_fraction(
    voltage_mv: Any, mg_mm: Any, conc_um: Any, ic50_um: Any | None = None, hill: float | None = None
) -> Array:
    """Return the share of NMDA conductance left by magnesium and ketamine together.

    Parameters
    ----------
    voltage_mv, mg_mm, conc_um
        As in `magnesium_unblocked` and `inhibition`.
    ic50_um : float or array, optional
        Under the conditions given, magnesium included. By default human GluN2A at this voltage,
        shifted by competition with magnesium (a teaching assumption).
    hill : float, optional
        By default 0.84 with the default IC50, otherwise 1.

    Raises
    ------
    ValueError
        Outside the limits.
    """
    if ic50_um is None:
        ic50_um = ic50_with_magnesium(ic50_at_voltage(voltage_mv), voltage_mv, mg_mm)
        hill = _number("human-2a", "hill") if hill is None else hill
    blocked = inhibition(conc_um, ic50_um, 1.0 if hill is None else hill)
    unblocked = magnesium_unblocked(voltage_mv, mg_mm)
    fitting(concentration=blocked, voltage=unblocked)
    return unblocked * (1 - blocked)


@dataclass(frozen=True)
class Scenario:
    """The block one set of assumptions gives for one plasma level.

    Attributes
    ----------
    key, label : str
    ic50, hill : Entry
    free_um : float
        Free concentration in micromol/L.
    inhibition : float
        0 to 1.
    """

    key: str
    label: str
    ic50: Entry
    hill: Entry
    free_um: float
    inhibition: float


def scenarios(
    total_ng_per_ml: float, fraction_unbound: float | None = None
) -> tuple[Scenario, ...]:
    """Return why no single occupancy can be given: one level under four assumptions.

    At 185 ng/mL and 0.53 free the answers run from 7 to 39 %.

    Parameters
    ----------
    total_ng_per_ml : float
        Total plasma ketamine, 0 or more.
    fraction_unbound : float, optional
        Above 0 and up to 1; by default 0.53.

    Raises
    ------
    ValueError
        Outside these limits.
    """
    total = number(total_ng_per_ml, "plasma level", 0, unit="ng/mL")
    free = float(unbound_um(total, fraction_unbound))
    return tuple(
        Scenario(
            key=name.removeprefix("scenario-"),
            label=cells["label"].value,
            ic50=cells["ic50"],
            hill=cells["hill"],
            free_um=free,
            inhibition=float(inhibition(free, cells["ic50"].value, cells["hill"].value)),
        )
        for name, cells in load("receptor").items()
        if name.startswith("scenario-")
    )


def blocking_constants() -> tuple[Entry, Entry]:
    """Return kon in 1/(micromol/L s) and koff in 1/s (Gilling 2009, human GluN2A)."""
    cells = load("receptor")["human-2a"]
    return cells["kon"], cells["koff"]


def _rates(kon: float | None, koff: float | None) -> tuple[float, float]:
    usual_on, usual_off = blocking_constants()
    return (
        positive(usual_on.value if kon is None else kon, "kon", unit="per micromol/L and second"),
        positive(usual_off.value if koff is None else koff, "koff", unit="per second"),
    )


def _open(value: float) -> float:
    return positive(value, "open probability", 1)


def blocked_at_equilibrium(
    conc_um: Any, kon: float | None = None, koff: float | None = None
) -> Array:
    """Return the share of channels blocked in the end: ``C / (C + koff / kon)``.

    It does not depend on how often the channel opens. The ratio of 1.47 micromol/L is not the
    IC50 of 0.71: both are measured, by different experiments.

    Raises
    ------
    ValueError
        If the concentration is negative or a rate is not above 0.
    """
    on, off = _rates(kon, koff)
    conc = array(conc_um, "concentration", 0, unit="micromol/L")
    return conc * on / (conc * on + off)


def time_constant_s(
    conc_um: Any, open_probability: float = 1.0, kon: float | None = None, koff: float | None = None
) -> Array:
    """Return the seconds in which the block covers 63 % of its way to equilibrium.

    Parameters
    ----------
    conc_um : float or array
        Free concentration, 0 or more; 0 gives the time constant of recovery.
    open_probability : float
        Above 0 and up to 1: ketamine enters and leaves only while the channel is open.

    Raises
    ------
    ValueError
        Outside these limits.
    """
    on, off = _rates(kon, koff)
    conc = array(conc_um, "concentration", 0, unit="micromol/L")
    return 1 / (_open(open_probability) * (on * conc + off))


@dataclass(frozen=True)
class BlockCourse:
    """Channels over time.

    Attributes
    ----------
    times_s : ndarray
    blocked : ndarray
        Share of channels with ketamine inside.
    """

    times_s: Array
    blocked: Array


def trapping(
    conc_um: Any,
    times_s: Any,
    open_probability: float = 1.0,
    blocked_at_start: float = 0.0,
    kon: float | None = None,
    koff: float | None = None,
) -> BlockCourse:
    """Return open-channel block over time; the drug is trapped when the channel closes.

    Parameters
    ----------
    conc_um : float or array
        Free concentration in micromol/L, 0 or more: one number, or one for each time.
    times_s : array
        Seconds, rising; the block is `blocked_at_start` at the first.
    open_probability : float
        Above 0 and up to 1.
    blocked_at_start : float
        0 to 1.
    kon, koff : float, optional
        Above 0; by default those of human GluN2A (Gilling 2009).

    Returns
    -------
    BlockCourse

    Raises
    ------
    ValueError
        If a value is outside its limits, times do not rise, or the lengths do not fit.

    Notes
    -----
    ``dO/dt = Po (kon C (1 - O) - koff O)``, all blocked channels fully trapped. For a constant
    concentration the answer is exact at any spacing. For a changing one each step takes the
    equilibrium as moving evenly between its ends; after a 40-min infusion, in steps of a minute,
    the share blocked is off by less than 0.001 (Clements, Kamp) or 0.015 (Domino, whose first
    half-life is 0.4 min); the error falls with the square of the step.
    """
    times = array(times_s, "times_s", unit="seconds").ravel()
    conc = array(conc_um, "concentration", 0, unit="micromol/L").ravel()
    if times.size == 0 or np.any(np.diff(times) <= 0):
        raise ValueError("times_s must hold at least one time, and each later than the one before.")
    if conc.size not in (1, times.size):
        raise ValueError(
            f"There are {conc.size} concentrations for {times.size} times; give one number, or "
            "one for each time."
        )
    on, off = _rates(kon, koff)
    gate = _open(open_probability)
    start = number(blocked_at_start, "blocked_at_start", 0, 1)
    if conc.size == 1:
        goal = blocked_at_equilibrium(conc, on, off)[0]
        fade = np.exp(-gate * (on * conc[0] + off) * (times - times[0]))
        blocked = goal + (start - goal) * fade
    else:
        goals = on * conc / (on * conc + off)
        span = np.diff(times)
        speed = gate * (on * (conc[1:] + conc[:-1]) / 2 + off)
        lag = np.diff(goals) / (span * speed)
        steps = zip(goals[:-1], goals[1:], lag, np.exp(-speed * span), strict=True)
        course = [start]
        for here, there, behind, fade in (tuple(map(float, each)) for each in steps):
            course.append(there - behind + (course[-1] - here + behind) * fade)
        blocked = np.array(course)
    return BlockCourse(times, blocked)
