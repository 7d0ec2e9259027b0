"""The chairside as a simulation item: replayed, marked, open-book.

An item names ``trd.monitoring.simulation`` as its model. An action is ``{"t_s": 240, "do":
"pause"}``; its other keys are what was chosen with it (see `trd.monitoring.actions`).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from trd.monitoring.debrief import Debrief, replay
from trd.monitoring.marking import MAX_POINTS
from trd.monitoring.model_answers import example_logs, perfect_log

__all__ = ["MAX_POINTS", "Debrief", "example_logs", "panel", "perfect_log", "replay"]


def panel(
    scenario: str,
    seed: int,
    log: Sequence[Mapping[str, Any]],
    record: Callable[..., None],
    finished: Sequence[Mapping[str, Any]] = (),
    now_s: int = 0,
) -> Any:
    """Return the widget of a simulation item, put back where the clock stood.

    The widget lives with the other panels of the lesson and is imported only here, so that
    grading needs no widgets.
    """
    panels = importlib.import_module("trd.monitoring.panels.chairside")
    return panels.simulation_panel(scenario, seed, log, record, finished, now_s)
