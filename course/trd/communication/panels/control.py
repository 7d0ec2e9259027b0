"""Which control: the same drug against nobody, saline, a sedative, sleep or another treatment."""

from __future__ import annotations

from trd.communication.ladder import WITH, Against, against, rungs
from trd.communication.views.control import ControlView
from trd.panel.base import Panel
from trd.panel.controls import Check, Select

_OPEN = "open_question"


def _model(compared: str, guess: str, unchecked: bool) -> Against:
    return against(compared, unchecked, "" if guess == _OPEN else guess)


def which_control() -> Panel:
    """Return the panel: a control to choose, the ladder, and the numbers needed to treat."""
    return Panel(
        "Compared with what?",
        {
            "compared": Select("Ketamine or esketamine against", list(WITH.items()), "saline"),
            "guess": Select(
                "“Up to 70 %”: which rung is it?",
                [(_OPEN, "not said"), *((each.key, each.label) for each in rungs())],
                _OPEN,
            ),
            "unchecked": Check("Also rows that were not checked here (marked)", True),
        },
        _model,
        ControlView(),
        lead=(
            "The same drug, and a number needed to treat from 2.8 to none at all; smaller ones "
            "stand on rows that were not checked here. Go through the controls: which number "
            "moves, that of ketamine or that of the control group?"
        ),
        wide=("unchecked",),
    )
