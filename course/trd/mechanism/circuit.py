"""Disinhibition in two populations: one leading, animal-supported hypothesis, not a fact.

If ketamine blocks interneurons more than pyramidal cells, a little of it raises pyramidal firing
and much of it lowers it. Without that selectivity the rise is gone: the outcome rests on one
assumption. The model says nothing about patients, duration, dissociation or dose.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from trd.mechanism._checks import Array, array, number, positive
from trd.mechanism.receptor import inhibition
from trd.parameters import Entry, load


def _value(table: str, name: str) -> float:
    return float(load("circuit")[table][name].value)


@dataclass(frozen=True)
class Circuit:
    """Pyramidal cells (E) and interneurons (I) that excite and inhibit each other.

    Attributes
    ----------
    ic50_e_um, ic50_i_um : float
        Free ketamine that blocks half the NMDA current of each, above 0 and up to 1000
        micromol/L. By default 5.4 and 1.2 (digits from knowledge).
    jee, jei, jie, jii : float
        Weights "to-from", 0 to 10.
    theta_e, theta_i : float
        Thresholds in Hz, 0 to 100.
    ampa_share : float
        Share of excitation that ketamine cannot block, 0 to 1.
    softness : float
        Rounding of the threshold in Hz, above 0 and up to 10.
    tau_e_ms, tau_i_ms : float
        Time constants, above 0 and up to 1000 ms.
    rest_e_hz, rest_i_hz : float
        Firing without drug, above 0 and up to 100 Hz; the outside drive is set to give it.

    Raises
    ------
    ValueError
        Naming the value and its limit.
    """

    ic50_e_um: float = _value("potency", "pyramidal")
    ic50_i_um: float = _value("potency", "interneuron")
    jee: float = _value("weights", "jee")
    jei: float = _value("weights", "jei")
    jie: float = _value("weights", "jie")
    jii: float = _value("weights", "jii")
    theta_e: float = _value("weights", "theta_e")
    theta_i: float = _value("weights", "theta_i")
    ampa_share: float = _value("weights", "ampa_share")
    softness: float = _value("weights", "softness")
    tau_e_ms: float = _value("weights", "tau_e")
    tau_i_ms: float = _value("weights", "tau_i")
    rest_e_hz: float = _value("rates", "pyramidal")
    rest_i_hz: float = _value("rates", "interneuron")

    def __post_init__(self) -> None:
        above = {
            "ic50_e_um": (1000, "micromol/L"),
            "ic50_i_um": (1000, "micromol/L"),
            "softness": (10, "Hz"),
            "tau_e_ms": (1000, "ms"),
            "tau_i_ms": (1000, "ms"),
            "rest_e_hz": (100, "Hz"),
            "rest_i_hz": (100, "Hz"),
        }
        for name, (high, unit) in above.items():
            object.__setattr__(self, name, positive(getattr(self, name), name, high, unit))
        upto = {"jee": 10, "jei": 10, "jie": 10, "jii": 10, "theta_e": 100, "theta_i": 100}
        for name, top in {**upto, "ampa_share": 1}.items():
            object.__setattr__(self, name, number(getattr(self, name), name, 0, top))

    @property
    def selectivity(self) -> float:
        """How much more strongly interneurons are blocked: IC50 of E over IC50 of I."""
        return self.ic50_e_um / self.ic50_i_um

    @property
    def drive(self) -> tuple[float, float]:
        """Outside excitation of E and I in Hz that gives the resting rates without drug."""
        e, i = self.rest_e_hz, self.rest_i_hz
        return (
            self._inverse(e) - self.jee * e + self.jei * i + self.theta_e,
            self._inverse(i) - self.jie * e + self.jii * i + self.theta_i,
        )

    def _inverse(self, hz: float) -> float:
        return float(hz + self.softness * np.log(-np.expm1(-hz / self.softness)))

    def _phi(self, drive: Array) -> Array:
        return self.softness * np.logaddexp(0.0, drive / self.softness)

    def _left(self, block: Array) -> Array:
        return self.ampa_share + (1 - self.ampa_share) * (1 - block)

    def _blocks(self, conc: Array) -> tuple[Array, Array]:
        return inhibition(conc, self.ic50_e_um), inhibition(conc, self.ic50_i_um)

    def _inputs(self, e: Array, i: Array, left_e: Array, left_i: Array) -> tuple[Array, Array]:
        drive_e, drive_i = self.drive
        return (
            left_e * (self.jee * e + drive_e) - self.jei * i - self.theta_e,
            left_i * (self.jie * e + drive_i) - self.jii * i - self.theta_i,
        )

    def _step(
        self, e: Array, i: Array, left_e: Array, left_i: Array, dt: float
    ) -> tuple[Array, Array]:
        to_e, to_i = self._inputs(e, i, left_e, left_i)
        return (
            e + dt / self.tau_e_ms * (self._phi(to_e) - e),
            i + dt / self.tau_i_ms * (self._phi(to_i) - i),
        )

    def _jacobian(self, e: Array, i: Array, left_e: Array, left_i: Array) -> Array:
        """Return d(phi - rate) / d(rate), shape (..., 2, 2), before division by tau."""
        to_e, to_i = self._inputs(e, i, left_e, left_i)
        slope_e, slope_i = (np.exp(-np.logaddexp(0.0, -x / self.softness)) for x in (to_e, to_i))
        return np.stack(
            [
                np.stack([slope_e * left_e * self.jee - 1, -slope_e * self.jei], axis=-1),
                np.stack([slope_i * left_i * self.jie, -slope_i * self.jii - 1], axis=-1),
            ],
            axis=-2,
        )


@dataclass(frozen=True)
class Firing:
    """Where the circuit settles at each free concentration.

    Attributes
    ----------
    conc_um, pyramidal_hz, interneuron_hz : ndarray
    pyramidal_change_pct, interneuron_change_pct : ndarray
        Against no drug.
    block_e, block_i : ndarray
        Share of NMDA current blocked in each population, 0 to 1.
    circuit : Circuit
    """

    conc_um: Array
    pyramidal_hz: Array
    interneuron_hz: Array
    pyramidal_change_pct: Array
    interneuron_change_pct: Array
    block_e: Array
    block_i: Array
    circuit: Circuit


def _circuit(chosen: Circuit | None) -> Circuit:
    if chosen is None:
        return Circuit()
    if not isinstance(chosen, Circuit):
        raise ValueError(f"circuit is {chosen!r}; it must be a Circuit, or left out.")
    return chosen


_SETTLE_MS = 1000.0
_STEP_MS = 4.0
_CLOSE_HZ = 1e-3  # change in one step below which Newton takes over


def respond(conc_um: Any, circuit: Circuit | None = None) -> Firing:
    """Return the firing rates the circuit settles at.

    Parameters
    ----------
    conc_um : float or array
        Free ketamine, 0 to 10,000 micromol/L.
    circuit : Circuit, optional
        By default the tuned one.

    Returns
    -------
    Firing
        Arrays in the shape of `conc_um`.

    Raises
    ------
    ValueError
        If a concentration is outside its limits, `circuit` is not a circuit, or the weights leave
        it without a steady state it can reach.

    Notes
    -----
    Fixed point, found by letting the circuit run for up to a second, then by Newton's method; the
    remaining error is below 1e-9 Hz.
    """
    chosen = _circuit(circuit)
    conc = array(conc_um, "concentration", 0, 10_000, "micromol/L")
    flat = conc.ravel()
    block_e, block_i = chosen._blocks(flat)
    left_e, left_i = chosen._left(block_e), chosen._left(block_i)
    e, i = np.full(flat.shape, chosen.rest_e_hz), np.full(flat.shape, chosen.rest_i_hz)
    step = min(_STEP_MS, chosen.tau_e_ms / 4, chosen.tau_i_ms / 4)
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(int(_SETTLE_MS / step)):
            before = e, i
            e, i = chosen._step(e, i, left_e, left_i, step)
            if np.all(np.abs(e - before[0]) + np.abs(i - before[1]) < _CLOSE_HZ):
                break
        e, i = _polish(chosen, e, i, left_e, left_i)

    def shaped(values: Array) -> Array:
        return values.reshape(conc.shape)

    return Firing(
        conc_um=conc,
        pyramidal_hz=shaped(e),
        interneuron_hz=shaped(i),
        pyramidal_change_pct=shaped(100 * (e / chosen.rest_e_hz - 1)),
        interneuron_change_pct=shaped(100 * (i / chosen.rest_i_hz - 1)),
        block_e=shaped(block_e),
        block_i=shaped(block_i),
        circuit=chosen,
    )


def _polish(
    chosen: Circuit, e: Array, i: Array, left_e: Array, left_i: Array
) -> tuple[Array, Array]:
    lost = ValueError(
        "With these weights firing does not settle; choose values nearer the defaults."
    )
    if not np.isfinite(e).all() or not np.isfinite(i).all():
        raise lost
    for _ in range(8):
        to_e, to_i = chosen._inputs(e, i, left_e, left_i)
        miss = np.stack([chosen._phi(to_e) - e, chosen._phi(to_i) - i], axis=-1)
        if np.all(np.abs(miss) < 1e-12):
            break
        matrix = chosen._jacobian(e, i, left_e, left_i)
        change = np.linalg.solve(matrix, miss[..., None])[..., 0]
        e, i = e - change[..., 0], i - change[..., 1]
    if not (np.all(np.abs(miss) < 1e-9) and np.all(e >= 0) and np.all(i >= 0)):
        raise lost
    return e, i


def eigenvalues_per_ms(conc_um: float, circuit: Circuit | None = None) -> np.ndarray:
    """Return the two eigenvalues of the settled circuit per ms; stable if both are below 0.

    Raises
    ------
    ValueError
        As in `respond`.
    """
    found = respond(float(number(conc_um, "concentration", 0, 10_000, "micromol/L")), circuit)
    chosen = found.circuit
    left_e, left_i = chosen._left(found.block_e), chosen._left(found.block_i)
    matrix = chosen._jacobian(found.pyramidal_hz, found.interneuron_hz, left_e, left_i)
    return np.linalg.eigvals(matrix / np.array([[chosen.tau_e_ms], [chosen.tau_i_ms]]))


@dataclass(frozen=True)
class Shape:
    """The dose-response of pyramidal firing in a few numbers.

    Attributes
    ----------
    inverted_u : bool
        Firing first rises by at least 1 %, then falls below rest.
    peak_rise_pct : float
        Highest firing against rest; 0 when it never rises.
    peak_um : float
        Free concentration of the peak; 0 when it never rises.
    reversal_um : float or None
        Where firing is back at rest after the peak; None without a rise, or beyond 100 micromol/L.
    selectivity : float
        IC50 of E over IC50 of I.
    """

    inverted_u: bool
    peak_rise_pct: float
    peak_um: float
    reversal_um: float | None
    selectivity: float


def shape(circuit: Circuit | None = None) -> Shape:
    """Return peak and reversal of pyramidal firing over 0.001 to 100 micromol/L.

    Raises
    ------
    ValueError
        As in `respond`.
    """
    chosen = _circuit(circuit)
    grid = np.geomspace(0.001, 100, 501)
    change = respond(grid, chosen).pyramidal_change_pct
    best = int(np.argmax(change))
    rise = float(change[best])
    if rise <= 0:
        return Shape(False, 0.0, 0.0, None, chosen.selectivity)
    near = np.geomspace(grid[max(best - 1, 0)], grid[min(best + 1, grid.size - 1)], 201)
    fine = respond(near, chosen).pyramidal_change_pct
    top = int(np.argmax(fine))
    below = np.flatnonzero(change[best:] < 0)
    reversal = None
    if below.size:
        j = best + int(below[0])
        x, y = np.log(grid[j - 1 : j + 1]), change[j - 1 : j + 1]
        reversal = float(np.exp(x[0] + (x[1] - x[0]) * y[0] / (y[0] - y[1])))
    return Shape(
        inverted_u=bool(fine[top] >= 1 and reversal is not None),
        peak_rise_pct=float(fine[top]),
        peak_um=float(near[top]),
        reversal_um=reversal,
        selectivity=chosen.selectivity,
    )


def potencies() -> dict[str, Entry]:
    """Return the IC50 values of the circuit and the range of its control."""
    return dict(load("circuit")["potency"])


_CURVE_UM = np.geomspace(0.03, 30, 121)
_STEPS_UM = (0.0, 0.1, 0.3, 0.5, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 30.0)


@dataclass(frozen=True)
class Response:
    """The circuit at one concentration, against the whole curve and against no selectivity.

    Attributes
    ----------
    now : Firing
        At the chosen concentration.
    curve : Firing
        From 0.03 to 30 micromol/L.
    plain : Firing
        The same curve with interneurons as sensitive as pyramidal cells.
    steps : Firing
        At the concentrations of a table, the chosen one among them.
    shape : Shape
    """

    now: Firing
    curve: Firing
    plain: Firing
    steps: Firing
    shape: Shape


def response(conc_um: float, ic50_i_um: float) -> Response:
    """Return the circuit's answer to a concentration and a sensitivity of interneurons.

    Parameters
    ----------
    conc_um : float
        Free ketamine, 0 to 10,000 micromol/L.
    ic50_i_um : float
        Free ketamine that blocks half the NMDA current of interneurons, above 0 and up to 1000
        micromol/L.

    Raises
    ------
    ValueError
        As in `respond`.
    """
    chosen = Circuit(ic50_i_um=ic50_i_um)
    steps = np.array(sorted({*_STEPS_UM, float(conc_um)}))
    return Response(
        now=respond(conc_um, chosen),
        curve=respond(_CURVE_UM, chosen),
        plain=_plain(),
        steps=respond(steps, chosen),
        shape=shape(chosen),
    )


@cache
def _plain() -> Firing:
    return respond(_CURVE_UM, Circuit(ic50_i_um=Circuit().ic50_e_um))
