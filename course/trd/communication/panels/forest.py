"""Forest plot: choose what was counted, against what and when, and see which intervals cross."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

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


#: Seconds until drawing ahead begins, and between two rows: the page comes first.
_LATER_S, _PAUSE_S = 3.0, 0.2


def _draw_ahead(steps: Iterator[None]) -> None:
    """Let the kernel draw the rows while nobody asks it for anything else."""
    # Outside a kernel, as in tests, a row is drawn when it is asked for.
    with contextlib.suppress(RuntimeError):
        loop = asyncio.get_running_loop()

        def step() -> None:
            for _ in steps:
                loop.call_later(_PAUSE_S, step)
                return

        loop.call_later(_LATER_S, step)


def forest_plot() -> Panel:
    """Return the panel: three filters, a tick box for rows not checked, and the plot."""
    view = ForestView()
    _draw_ahead(view.warm())
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
