"""Lesson 3: how fast the rule and the virtual clinic are; rows for ``make bench``."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from typing import Any

PEOPLE = 1000
BUDGET_MS = 50.0


def _median_ms(action: Callable[[int], Any], rounds: int) -> float:
    action(0)
    times = []
    for index in range(1, rounds + 1):
        start = time.perf_counter()
        action(index)
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def rows() -> list[dict[str, Any]]:
    """Time to screen a clinic of 1,000, to invent it, and to meet and mark one person."""
    from trd.screening import clinic, perfect_log, policy, replay, screen, virtual_patient

    people = clinic(PEOPLE, seed=1)
    label = policy({"blood-pressure": "label", "trials": "va"})
    log = perfect_log("hard", 3)
    return [
        _row(
            "model.03.screen_1000",
            _median_ms(lambda _i: [screen(person) for person in people], 15),
            BUDGET_MS,
        ),
        _row(
            "model.03.screen_1000_by_another_source",
            _median_ms(lambda _i: [screen(person, label) for person in people], 15),
            BUDGET_MS,
        ),
        _row("model.03.clinic_1000", _median_ms(lambda i: clinic(PEOPLE, seed=i), 7), 200.0),
        _row("model.03.virtual_patient", _median_ms(lambda i: virtual_patient(i), 50), 10.0),
        _row("model.03.replay", _median_ms(lambda _i: replay("hard", 3, log), 30), 50.0),
    ]


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
