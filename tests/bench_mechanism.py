"""Measure lesson 2's models against a general solver of differential equations.

``rows()`` returns lines as ``tests/bench.py`` prints them: ``ratio`` is how many times faster the
course is. Run alone, it prints them. The solver is given the same equations and the tolerances
stated; it is restarted at every change of the infusion, as it must be.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from trd.mechanism import (
    CLEMENTS_250,
    DOMINO,
    KAMP_2020,
    Infusion,
    Model,
    concentration,
    metabolites,
    nasal_esketamine,
    population,
    relative_curve,
    respond,
    shape,
    trapping,
    unbound_um,
)

BUDGET_MS = 1.0
DAY = np.arange(1441.0)
INFUSION = Infusion(0, 40, 35)


def rows() -> list[dict[str, Any]]:
    """Return the medians in ms and what they are held against."""
    found = []
    for model in (CLEMENTS_250, KAMP_2020, DOMINO):
        ours = _median_ms(lambda model=model: concentration(model, INFUSION, 70, DAY), 200)
        for method, rtol, atol in (("RK45", 1e-3, 1e-6), ("LSODA", 1e-8, 1e-10)):
            theirs = _median_ms(lambda *how: solved(*how), 5, model, method, rtol, atol)
            label = f"solve_ivp {method}, rtol {rtol:g}, error {_error(model, method, rtol, atol)}"
            found.append(_row(f"model.02.day.{model.key}", ours, label, theirs))
        found.append(_row(f"model.02.day.{model.key}", ours, "budget of 1 ms", BUDGET_MS))
    sparse = np.linspace(0, 240, 121)
    free = unbound_um(concentration(CLEMENTS_250, INFUSION, 70, DAY))
    others: dict[str, Callable[[], Any]] = {
        "band-500-people-121-times": lambda: population(KAMP_2020, INFUSION, 70, sparse),
        "band-500-people-1441-times": lambda: population(KAMP_2020, INFUSION, 70, DAY),
        "metabolites-day": lambda: metabolites(INFUSION, 70, DAY),
        "nasal-esketamine-day": lambda: nasal_esketamine(2, DAY),
        "route-curve": lambda: relative_curve("sublingual", sparse),
        "trapping-day": lambda: trapping(free, 60 * DAY),
        "circuit-200-levels": lambda: respond(np.linspace(0, 30, 200)),
        "circuit-shape": shape,
    }
    for name, action in others.items():
        found.append(_row(f"model.02.{name}", _median_ms(action, 15), "budget of 100 ms", 100))
    return found


def solved(model: Model, method: str, rtol: float, atol: float) -> np.ndarray:
    """Return the day's curve in ng/mL from `scipy.integrate.solve_ivp`."""
    from scipy.integrate import solve_ivp

    volumes, flows = model.scaled(70)
    size = volumes.size
    matrix = np.zeros((size, size))
    matrix[0, 0] = -flows.sum() / volumes[0]
    for i in range(1, size):
        matrix[i, 0] = flows[i] / volumes[0]
        matrix[0, i] = flows[i] / volumes[i]
        matrix[i, i] = -flows[i] / volumes[i]
    state, parts = np.zeros(size), []
    stop = INFUSION.end_min
    for low, high, rate in ((0.0, stop, INFUSION.rate_mg_per_min), (stop, DAY[-1], 0.0)):
        times = DAY[(low <= DAY) & (high >= DAY)]
        source = np.zeros(size)
        source[0] = rate
        run = solve_ivp(
            lambda _t, y, source=source: matrix @ y + source,
            (low, high),
            state,
            method=method,
            t_eval=times,
            rtol=rtol,
            atol=atol,
        )
        parts.append(run.y[0] if not parts else run.y[0][1:])
        state = run.y[:, -1]
    return 1000 / volumes[0] * np.concatenate(parts)


def _error(model: Model, method: str, rtol: float, atol: float) -> str:
    gap = solved(model, method, rtol, atol) - concentration(model, INFUSION, 70, DAY)
    return f"{np.abs(gap).max():.1g} ng/mL"


def _median_ms(action: Callable[..., Any], rounds: int, *arguments: Any) -> float:
    action(*arguments)
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        action(*arguments)
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def _row(name: str, ours: float, against: str, theirs: float) -> dict[str, Any]:
    return {
        "name": name,
        "value": round(ours, 3),
        "unit": "ms",
        "against": against,
        "ratio": round(theirs / ours, 2),
    }


if __name__ == "__main__":
    for each in rows():
        print(
            f"{each['name']:<42} {each['value']:>8.3f} {each['unit']} {each['ratio']:>8.1f}x  "
            f"{each['against']}"
        )
