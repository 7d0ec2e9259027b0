"""What does this score mean? The PHQ-9 in full, and change on four scales."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets

from trd.definitions.goals import STARTS, Change, goals
from trd.definitions.scales import (
    PHQ9_ANSWERS,
    PHQ9_ITEMS,
    PHQ9_STEM,
    Phq9,
    interpret,
    rating_scales,
    scale,
    score_phq9,
)
from trd.definitions.views.scales import ChangeView, Phq9View
from trd.panel.base import Panel
from trd.panel.controls import Grid, Select, Slider, Span

#: Answers of nobody in particular, so that the bar shows something at once.
_FICTIONAL = (2, 2, 3, 2, 1, 2, 1, 0, 0)
_FIRST = "madrs"


def _score(answers: dict[str, int]) -> Phq9:
    return score_phq9([answers[name] for name in sorted(answers)])


def phq9() -> Panel:
    """Return the panel that scores a PHQ-9."""
    names = [f"item_{number}" for number in range(1, len(PHQ9_ITEMS) + 1)]
    items = [
        (name, f"{number}. {text}")
        for number, (name, text) in enumerate(zip(names, PHQ9_ITEMS, strict=True), start=1)
    ]
    return Panel(
        "PHQ-9: what does this score mean?",
        {
            "answers": Grid(
                PHQ9_STEM,
                items,
                [(points, f"{words} ({points})") for points, words in enumerate(PHQ9_ANSWERS)],
                dict(zip(names, _FICTIONAL, strict=True)),
            )
        },
        _score,
        Phq9View(),
        lead=(
            "The answers are those of a fictional person: change them and watch the total. Nothing "
            "you tick is stored or sent."
        ),
        wide=("answers",),
    )


def _span(key: str, value: int) -> Span:
    on = scale(key)
    return Span(on.minimum, on.maximum, 1, value)


def _adjust(name: str, values: dict[str, Any]) -> Mapping[str, Any]:
    """Give both totals the range of the scale that was picked."""
    if name != "scale":
        return {}
    key = values["scale"]
    return dict(zip(("baseline", "now"), (_span(key, start) for start in STARTS[key]), strict=True))


def _read(scale: str, baseline: float, now: float) -> Change:
    reading = interpret(scale, baseline, now)
    return Change(reading, goals(reading))


def change() -> Panel:
    """Return the panel that reads a change on one of four scales."""
    baseline, now = STARTS[_FIRST]
    most = scale(_FIRST).maximum
    return Panel(
        "Before and now: what does the change mean?",
        {
            "scale": Select("Scale", [(s.key, s.label) for s in rating_scales()], _FIRST),
            "baseline": Slider("Total at baseline", baseline, 0, most, 1, "points"),
            "now": Slider("Total now", now, 0, most, 1, "points"),
        },
        _read,
        ChangeView(),
        lead="Response is a fall from baseline; remission is a place on the scale. One can hold "
        "without the other, and for remission the rules differ.",
        assumptions=("A fall of 25 to below 50 % is called partial response in this course.",),
        adjust=_adjust,
        wide=("scale",),
    )


def scales() -> ipywidgets.VBox:
    """Return both panels, one above the other."""
    below = change()
    below.layout.margin = "18px 0 0"
    return ipywidgets.VBox([phq9(), below])
