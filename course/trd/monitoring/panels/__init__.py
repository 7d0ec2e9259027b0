"""The interactive parts of lesson 4, one module each; notebooks call these functions."""

from __future__ import annotations

import importlib
from typing import Any

from trd.monitoring.panels.chairside import chairside

_WHERE = {
    "course_of_treatment": "course",
    "drill_sheets": "drills",
    "long_term_watch": "long_term",
    "ready_to_go_home": "discharge",
    "thresholds_disagree": "thresholds",
    "vital_sign_schedule": "schedule",
    "why_pressures_differ": "changes",
}

__all__ = ["chairside", *_WHERE]


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(importlib.import_module(f"trd.monitoring.panels.{_WHERE[name]}"), name)
    raise AttributeError(f"There is no panel {name!r}.")
