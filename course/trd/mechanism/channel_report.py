"""One NMDA channel under magnesium and ketamine, and twenty of them at one minute."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from trd.mechanism._checks import Array, number
from trd.mechanism.receptor import (
    Scenario,
    blocking_constants,
    current_fraction,
    magnesium_unblocked,
    scenarios,
    time_constant_s,
    trapping,
    unbound_defaults,
    unbound_um,
)
from trd.parameters import Entry

#: The drug is there from minute 0 to `DRUG_MIN`; the picture ends at `HORIZON_MIN`.
DRUG_MIN, HORIZON_MIN = 40.0, 120.0
#: How many channels stand in the picture, and in which states.
CHANNELS = 20
STATES = ("open_blocked", "trapped", "magnesium", "free")
#: How ketamine gets past magnesium: rates as measured without it, or only where it has left.
ENTRIES = ("measured", "competition")
_SECONDS = 60.0


@dataclass(frozen=True)
class ChannelReport:
    """What one set of assumptions says about the channel.

    Attributes
    ----------
    voltage_mv, mg_mm, total_ng_per_ml, fraction_unbound, open_probability, at_min : float
        As set.
    entry : {"measured", "competition"}
    free_um : float
        Free concentration in micromol/L while the drug is there.
    voltages_mv, magnesium_curve, both_curve : ndarray
        Share of current left by magnesium, and by magnesium with ketamine, over voltage.
    unblocked : float
        Share of channels without magnesium at the voltage set.
    current : float
        Share of current left by both at that voltage, while the drug is there.
    times_min, blocked_curve : ndarray
        Share of channels with ketamine inside over time.
    plateau : float
        Where the block is heading while the drug is there.
    half_in_min, half_out_min : float
        Minutes for half of the way to the plateau, and for half to leave once the drug is gone.
    blocked : float
        Share of channels with ketamine inside at `at_min`.
    counts : dict of str to int
        `CHANNELS` channels by `STATES` at `at_min`.
    passing : float
        Share of channels at `at_min` that hold neither ketamine nor magnesium.
    scenarios : tuple of Scenario
        The same plasma level under other published assumptions.
    """

    voltage_mv: float
    mg_mm: float
    total_ng_per_ml: float
    fraction_unbound: float
    open_probability: float
    at_min: float
    entry: str
    free_um: float
    voltages_mv: Array
    magnesium_curve: Array
    both_curve: Array
    unblocked: float
    current: float
    times_min: Array
    blocked_curve: Array
    plateau: float
    half_in_min: float
    half_out_min: float
    blocked: float
    counts: dict[str, int]
    passing: float
    scenarios: tuple[Scenario, ...]

    @property
    def drug_present(self) -> bool:
        """Whether the drug is there at `at_min`."""
        return self.at_min <= DRUG_MIN

    @property
    def scenario_range_pct(self) -> tuple[float, float]:
        """Lowest and highest block of `scenarios`, in %."""
        found = [100 * scenario.inhibition for scenario in self.scenarios]
        return min(found), max(found)


def whole_parts(shares: tuple[float, ...], total: int) -> tuple[int, ...]:
    """Return whole numbers in proportion to shares that add up to 1; they add up to `total`."""
    exact = np.array(shares) * total
    parts = np.floor(exact + 1e-9).astype(int)
    order = np.argsort(parts - exact, kind="stable")
    parts[order[: total - parts.sum()]] += 1
    return tuple(parts.tolist())


@cache
def unbound_range() -> Entry:
    """Return the default unbound fraction with the range of its control."""
    return unbound_defaults()["slider"]


def channel_report(
    voltage_mv: float,
    mg_mm: float,
    total_ng_per_ml: float,
    fraction_unbound: float = 0.53,
    open_probability: float = 0.01,
    at_min: float = 40.0,
    entry: str = "measured",
) -> ChannelReport:
    """Return the block by magnesium and ketamine at one minute.

    The plasma level is switched on at minute 0 and off at minute 40 (a simplification).

    Parameters
    ----------
    voltage_mv : float
        -150 to 100 mV.
    mg_mm : float
        Magnesium outside the cell, 0 to 100 mmol/L.
    total_ng_per_ml : float
        Total ketamine in plasma, 0 or more.
    fraction_unbound : float
        Above 0 and up to 1.
    open_probability : float
        Above 0 and up to 1: the share of time glutamate holds the gate open.
    at_min : float
        0 to 120 minutes.
    entry : {"measured", "competition"}
        Rates as measured without magnesium (Gilling 2009), or ketamine enters only channels that
        magnesium has left, so that the rate in is multiplied by that share.

    Raises
    ------
    ValueError
        Outside these limits.
    """
    if entry not in ENTRIES:
        raise ValueError(f"entry is {entry!r}; choose one of {', '.join(ENTRIES)}.")
    at = number(at_min, "minute", 0, HORIZON_MIN, "minutes")
    total = number(total_ng_per_ml, "plasma level", 0, unit="ng/mL")
    free = float(unbound_um(total, fraction_unbound))
    unblocked = float(magnesium_unblocked(voltage_mv, mg_mm))
    kon, koff = (float(constant.value) for constant in blocking_constants())
    reachable = unblocked if entry == "competition" else 1.0

    def course(minutes: Array) -> Array:
        # Two stretches of constant concentration, each exact: drug there, drug gone.
        there = np.unique(np.append(np.minimum(minutes, DRUG_MIN), [0, DRUG_MIN]))
        gone = np.unique(np.append(np.maximum(minutes, DRUG_MIN), DRUG_MIN))
        drugged = trapping(
            free * reachable, there * _SECONDS, open_probability, kon=kon, koff=koff
        ).blocked
        freed = trapping(
            0.0, gone * _SECONDS, open_probability, float(drugged[-1]), kon, koff
        ).blocked
        return np.where(
            minutes <= DRUG_MIN,
            np.interp(np.minimum(minutes, DRUG_MIN), there, drugged),
            np.interp(np.maximum(minutes, DRUG_MIN), gone, freed),
        )

    times = np.unique(np.append(np.arange(0, HORIZON_MIN + 0.5, 0.5), [0.05, 0.1, 0.2, 40.1, 40.2]))
    blocked = float(course(np.array([at]))[0])
    shares = (
        blocked * open_probability,
        blocked * (1 - open_probability),
        (1 - blocked) * (1 - unblocked),
        (1 - blocked) * unblocked,
    )
    voltages = np.linspace(-90, 40, 131)
    into, out = (
        math.log(2) * float(time_constant_s(conc, open_probability)) / _SECONDS
        for conc in (free * reachable, 0.0)
    )
    return ChannelReport(
        voltage_mv=float(voltage_mv),
        mg_mm=float(mg_mm),
        total_ng_per_ml=total,
        fraction_unbound=float(fraction_unbound),
        open_probability=float(open_probability),
        at_min=at,
        entry=entry,
        free_um=free,
        voltages_mv=voltages,
        magnesium_curve=magnesium_unblocked(voltages, mg_mm),
        both_curve=current_fraction(voltages, mg_mm, free),
        unblocked=unblocked,
        current=float(current_fraction(voltage_mv, mg_mm, free)),
        times_min=times,
        blocked_curve=course(times),
        plateau=free * reachable * kon / (free * reachable * kon + koff),
        half_in_min=into,
        half_out_min=out,
        blocked=blocked,
        counts=dict(zip(STATES, whole_parts(shares, CHANNELS), strict=True)),
        passing=shares[3],
        scenarios=scenarios(total, fraction_unbound),
    )
