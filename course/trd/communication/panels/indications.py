"""Other indications, graded: filters, one use closely, and a trial that might be done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets

from trd.communication.indications import (
    COMPARATORS,
    ENOUGH_PEOPLE,
    NEXT,
    NONE,
    USES,
    next_trial,
    use,
)
from trd.communication.views.indications import IndicationsView, Shown
from trd.panel.base import Panel
from trd.panel.controls import Choice, Select
from trd.panel.parts import SUPPORT

_ALL = "all"


def _model(grade: str, comparator: str, trial: str, closely: str) -> Shown:
    return Shown(
        uses=tuple(
            each
            for each in USES
            if grade in (_ALL, each.grade) and comparator in (_ALL, each.comparator)
        ),
        closely=use(closely),
        trial=next_trial(trial),
    )


def _adjust(name: str, values: dict[str, Any]) -> Mapping[str, Any]:
    """Look closely at a use that the filters let through."""
    if name not in ("grade", "comparator"):
        return {}
    shown = _model(values["grade"], values["comparator"], values["trial"], values["closely"]).uses
    if not shown or any(each.key == values["closely"] for each in shown):
        return {}
    return {"closely": shown[0].key}


def other_indications() -> Panel:
    """Return the panel: the graded list, filtered, and what one more trial would change."""
    panel = Panel(
        "“It treats all of these”: other uses, graded",
        {
            "grade": Choice(
                "Grade", [(_ALL, "all"), *((letter, letter) for letter in "BCD")], _ALL
            ),
            "comparator": Select(
                "Best trial compared with", [(_ALL, "anything"), *COMPARATORS.items()], _ALL
            ),
            "trial": Select(
                "Suppose one more, in each use", [(each.key, each.label) for each in NEXT], NONE
            ),
            "closely": Select("Look closely at", [(each.key, each.label) for each in USES], "ptsd"),
        },
        _model,
        IndicationsView(),
        lead=(
            "An advertisement puts seven uses into one line. Which of them would you leave in it? "
            "Then suppose one more trial: which kind moves a grade, and which never does?"
        ),
        assumptions=(
            "The grades, and the rule that gives them, are this course’s own. D: no randomised "
            "trial found a benefit. B: two or more did, in "
            f"{ENOUGH_PEOPLE} people or more together, and trials that found nothing hold fewer "
            "than half as many. C: anything between. A: as B, and two of them still found it at "
            "six months.",
            "The rule counts people and directions. It does not weigh blinding, doses or who paid; "
            "you should.",
            "The trials under “suppose” are invented.",
        ),
        adjust=_adjust,
        wide=("trial",),
        below=("closely",),
    )
    support = ipywidgets.HTML(f'<p class="trd-support">{SUPPORT}</p>')
    panel.children = (*panel.children, support)
    return panel
