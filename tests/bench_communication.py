"""Lesson 5: effects, intervals and reading grades; rows for ``make bench``."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from typing import Any

COUNTS = (91, 336, 60, 340)
SENTENCE = "Of 100 people who had ketamine, 47 felt at least half better the next day. "


def _median_ms(action: Callable[[int], Any], rounds: int) -> float:
    action(0)
    times = []
    for index in range(1, rounds + 1):
        start = time.perf_counter()
        action(index)
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def _by_scipy(_index: int) -> tuple[float, float]:
    """Newcombe's interval from two of scipy's Wilson intervals."""
    from scipy.stats import binomtest

    x1, n1, x0, n0 = COUNTS
    first = binomtest(x1, n1).proportion_ci(method="wilson")
    second = binomtest(x0, n0).proportion_ci(method="wilson")
    p1, p0 = x1 / n1, x0 / n0
    return (
        p1 - p0 - ((p1 - first.low) ** 2 + (second.high - p0) ** 2) ** 0.5,
        p1 - p0 + ((first.high - p1) ** 2 + (p0 - second.low) ** 2) ** 0.5,
    )


def rows() -> list[dict[str, Any]]:
    """Time of one effect, of every effect of the lesson, and of grading half a page."""
    from trd.communication import effects, harms, risk_difference, trials
    from trd.communication.readability import readability

    ours = _median_ms(lambda _index: risk_difference(*COUNTS), 200)
    theirs = _median_ms(_by_scipy, 50)

    def tables(_index: int) -> None:
        for reader in (trials, effects, harms):
            reader.cache_clear()
            reader()

    page = SENTENCE * 20
    return [
        _row("model.05.risk_difference", ours, "scipy.stats.binomtest", theirs / ours),
        _against_budget("model.05.trials_effects_harms", _median_ms(tables, 15), 50.0),
        _against_budget("model.05.readability", _median_ms(lambda _i: readability(page), 50), 20.0),
    ]


def _row(name: str, value: float, against: str, ratio: float) -> dict[str, Any]:
    return {
        "name": name,
        "value": round(value, 3),
        "unit": "ms",
        "against": against,
        "ratio": round(ratio, 2),
    }


def _against_budget(name: str, value: float, budget_ms: float) -> dict[str, Any]:
    return _row(name, value, f"budget of {budget_ms:g} ms", budget_ms / value)


if __name__ == "__main__":
    print(json.dumps(rows(), indent=1))
