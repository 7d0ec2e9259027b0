"""STAR*D, step by step."""

from __future__ import annotations

from typing import Any

from trd.definitions.stard import answer, observed_leaving, remission_rates, steps, totals
from trd.definitions.views.stard import StardView
from trd.panel.base import Panel
from trd.panel.controls import Choice, Select, Slider

_LEFT = ("left_1", "left_2", "left_3")
_RATES = ("rate_1", "rate_2", "rate_3", "rate_4")
_QUESTIONS = {
    "theoretical": "What if nobody had dropped out? (67 %)",
    "of_treated": "Of all who began step 1, who was seen to remit at some step? (51 %)",
    "of_enrolled": "Of everyone enrolled, who was seen to remit at some step? (46 %)",
    "reanalysis": "What if the protocol’s rules and the HAM-D are used? (35 %)",
    "sustained": "Who remitted, stayed well and stayed in for 12 months? (2.7 %)",
}
#: Shares in % who leave after steps 1 to 3.
_LEAVING = {
    "counts": [round(100 * share, 1) for share in observed_leaving()],
    "quoted": [float(step.left_after_step.value) for step in steps() if step.left_after_step],
}


def _model(
    question: str, leavers_pct: float, leaving: str, **steps_pct: float
) -> Any:  # the names are those of the controls
    del leaving  # only fills the sliders
    return answer(
        question,
        [steps_pct[name] for name in _RATES],
        [steps_pct[name] for name in _LEFT],
        leavers_pct,
    )


def _adjust(name: str, values: dict[str, Any]) -> dict[str, Any]:
    if name == "question":
        return {"leavers_pct": 100 if values["question"] == "theoretical" else 0}
    if name == "leaving" and values["leaving"] in _LEAVING:
        return dict(zip(_LEFT, _LEAVING[values["leaving"]], strict=True))
    if name in _LEFT:
        now = [values[left] for left in _LEFT]
        return {"leaving": next((key for key, shares in _LEAVING.items() if shares == now), "own")}
    return {}


def stard() -> Panel:
    """Return the panel: five questions to one study, with its assumptions as sliders."""
    controls: dict[str, Any] = {
        "question": Select(
            "Ask the study",
            [(total.key, _QUESTIONS[total.key]) for total in totals()],
            "theoretical",
        ),
        "leavers_pct": Slider(
            "Assumption: people who left remitted at this share of the rate of those who stayed",
            100,
            0,
            100,
            5,
            "%",
        ),
        "leaving": Choice(
            "Who left between the steps",
            [
                ("counts", "everyone missing from the next step, from the counts"),
                ("quoted", "20.9, 29.7, 42.3 % (commonly quoted; not checked here)"),
                ("own", "my own shares"),
            ],
            "counts",
        ),
    }
    for step, rate in zip(steps(), remission_rates(), strict=True):
        i = step.number
        label = f"Remission in step {i}: {step.treatment}"
        controls[f"rate_{i}"] = Slider(label, round(100 * rate, 1), 0, 80, 0.1, "%")
        if i <= len(_LEFT):
            label = f"Left after step {i}, not in remission"
            controls[f"left_{i}"] = Slider(label, _LEAVING["counts"][i - 1], 0, 100, 0.1, "%")
    return Panel(
        "STAR*D, step by step",
        controls,
        _model,
        StardView(),
        lead=(
            "One study can be read as 67, 51, 46, 35 or 2.7 % remission. Pick a "
            "question and see who is counted, out of whom; then lower the assumption about "
            "people who left, and watch the 67 shrink to what was seen."
        ),
        assumptions=(
            "How often people remitted after leaving is not known; the slider states it, the "
            "study does not.",
            "“Everyone missing from the next step” is computed from the published counts. It "
            "includes people who went into follow-up improved but not in remission, so it is "
            "more than drop-out.",
        ),
        adjust=_adjust,
        wide=("question", "leavers_pct", "leaving"),
        below=tuple(controls)[2:],
    )
