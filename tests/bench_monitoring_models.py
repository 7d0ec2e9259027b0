"""Lesson 4: how fast the models behind the further panels are; rows for ``make bench``."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from typing import Any

PEOPLE = 1000
BUDGET_MS = 100.0


def _median_ms(action: Callable[[int], Any], rounds: int = 15) -> float:
    action(0)
    times = []
    for index in range(1, rounds + 1):
        start = time.perf_counter()
        action(index)
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def rows() -> list[dict[str, Any]]:
    """Time of each model for 1,000 simulated people, with a new seed each round."""
    from trd.monitoring import changes, discharge, infusions, long_term, schedule
    from trd.monitoring import course_of_treatment as treatment

    course = long_term.Course(tuple(range(0, 729, 7)), True)

    def schedules(seed: int) -> object:
        return schedule.compare(infusions.simulate(PEOPLE, "mixed", seed), seed=seed)

    def treat(seed: int) -> object:
        return treatment.compare_rules(treatment.simulate(PEOPLE, seed=seed))

    return [
        _row("model.04.schedules_1000", _median_ms(schedules)),
        _row(
            "model.04.mean_rise_2000",
            _median_ms(lambda seed: changes.change(changes.preset("like_3"), seed)),
        ),
        _row("model.04.readiness_1000", _median_ms(lambda seed: discharge.readiness(seed=seed))),
        _row("model.04.first_course_1000", _median_ms(treat)),
        _row(
            "model.04.maintenance",
            _median_ms(lambda _i: treatment.maintain(treatment.own_plan(7, 7, 28))),
        ),
        _row("model.04.calendar_2_years", _median_ms(lambda _i: long_term.calendar(course))),
    ]


def _row(name: str, value: float) -> dict[str, Any]:
    return {
        "name": name,
        "value": round(value, 3),
        "unit": "ms",
        "against": f"budget of {BUDGET_MS:g} ms",
        "ratio": round(BUDGET_MS / value, 2),
    }


if __name__ == "__main__":
    print(json.dumps(rows(), indent=1))
