"""Forest plot: choose what was counted, against what and when, and see which intervals cross."""

from __future__ import annotations

from trd.communication.comparisons import CONTROLS, OUTCOMES, TIMES, select
from trd.communication.views.forest import ForestView, Shown
from trd.panel.base import Panel
from trd.panel.controls import Check, Select

_ALL = "all"


def _model(kind: str, compared: str, time: str, unchecked: bool) -> Shown:
    against, when = ("" if each == _ALL else each for each in (compared, time))
    every = select(kind, against, when, unchecked=True)
    lines = every if unchecked else tuple(each for each in every if each.checked)
    return Shown(
        lines=lines,
        kind=kind,
        compared=against,
        time=when,
        unchecked=unchecked,
        hidden=len(every) - len(lines),
    )


def forest_plot() -> Panel:
    """Return the panel: three filters, a tick box for rows not checked, and the plot."""
    view = ForestView()
    view.warm()
    return Panel(
        "All differences on one page",
        {
            "kind": Select("What was counted", list(OUTCOMES.items()), "response"),
            "compared": Select("Against", [(_ALL, "any comparator"), *CONTROLS.items()], _ALL),
            "time": Select("When", [(_ALL, "any time"), *TIMES.items()], _ALL),
            "unchecked": Check("Also rows not checked here (drawn dashed)"),
        },
        _model,
        view,
        lead=(
            "Each line is one comparison with its 95 % interval. Filter by comparator: which "
            "intervals reach past no effect? Benefits, relapse and harms are never on one plot, "
            "because more is not better in all of them; nor are harms counted in two ways."
        ),
    )
