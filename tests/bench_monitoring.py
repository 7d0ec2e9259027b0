"""Lesson 4: how fast the chairside simulator runs; rows for ``make bench``."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from typing import Any

REAL_TIME_GOAL = 1000.0


def _median_s(action: Callable[[int], Any], rounds: int) -> float:
    action(0)
    times = []
    for index in range(1, rounds + 1):
        start = time.perf_counter()
        action(index)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def rows() -> list[dict[str, Any]]:
    """Simulated seconds a second without display, and what a panel and a grader wait for."""
    from trd.monitoring import perfect_log, replay, start

    def untouched(seed: int) -> None:
        session = start("routine", seed)
        session.advance(session.limit_s)

    def crowded(seed: int) -> None:
        session = start("pump-error", seed)
        session.advance(session.limit_s)

    log = perfect_log("pressure-no-signs", 1)
    ready = start("terror", 1)
    ready.advance(240)
    return [
        _speed("model.04.real_time_routine", start("routine", 1).limit_s, untouched),
        # Half of the run before the trainee sits down is simulated too, and not counted here.
        _speed("model.04.real_time_emergency", start("pump-error", 1).limit_s, crowded),
        _row("model.04.start", 1000 * _median_s(lambda i: start("vomiting", i), 9), 200.0),
        _row("model.04.observe", 1000 * _median_s(lambda _i: ready.observe(), 200), 5.0),
        _row(
            "model.04.replay_scenario_3",
            1000 * _median_s(lambda _i: replay("pressure-no-signs", 1, log), 7),
            500.0,
        ),
    ]


def _speed(name: str, simulated_s: int, run: Callable[[int], None]) -> dict[str, Any]:
    speed = simulated_s / _median_s(run, 5)
    return {
        "name": name,
        "value": round(speed),
        "unit": "simulated s/s",
        "against": f"goal of {REAL_TIME_GOAL:g} x real time",
        "ratio": round(speed / REAL_TIME_GOAL, 1),
    }


def _row(name: str, value: float, budget_ms: float) -> dict[str, Any]:
    return {
        "name": name,
        "value": round(value, 3),
        "unit": "ms",
        "against": f"budget of {budget_ms:g} ms",
        "ratio": round(budget_ms / value, 2),
    }


if __name__ == "__main__":
    print(json.dumps(rows(), indent=1))
