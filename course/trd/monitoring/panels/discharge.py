"""Ready to go home? A person on top, the decision, and what each way of deciding comes to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets

from trd.monitoring.at_the_door import (
    ARRANGED,
    ASSESS,
    FIRST_MIN,
    HANDED_OVER,
    HOME,
    LAST_MIN,
    LOOKED,
    PEOPLE,
    UNDECIDED,
    WAIT,
    Door,
    at_the_door,
    person,
)
from trd.monitoring.views.discharge import NOTE, DischargeView
from trd.panel.base import Panel
from trd.panel.controls import Choice, Select, Slider
from trd.panel.parts import SUPPORT


def _model(who: str, minute: float, step: str, choice: str) -> Door:
    # A number typed into the box may have decimals; the stay is followed by the minute.
    return at_the_door(who, round(minute), step, choice)


def _adjust(name: str, values: dict[str, Any]) -> Mapping[str, Any]:
    """Start each person where the story starts, undecided."""
    if name != "who":
        return {}
    return {
        "minute": person(values["who"]).minute,
        "step": HANDED_OVER,
        "choice": UNDECIDED,
    }


def ready_to_go_home() -> Panel:
    """Return the panel: who, what is known, which minute, and the reader's decision."""
    first = PEOPLE[0]
    panel = Panel(
        "Ready to go home?",
        {
            "who": Select("Who", [(each.key, each.title) for each in PEOPLE], first.key),
            "minute": Slider("Minute since the start", first.minute, FIRST_MIN, LAST_MIN, 1, "min"),
            "step": Choice(
                "You",
                [
                    (HANDED_OVER, "read the sheet"),
                    (LOOKED, "look and ask"),
                    (ARRANGED, "arrange what can be"),
                ],
                HANDED_OVER,
            ),
            "choice": Choice(
                "Your decision",
                [
                    (UNDECIDED, "none yet"),
                    (HOME, "goes home"),
                    (WAIT, "stays for now"),
                    (ASSESS, "stays: psychiatrist now"),
                ],
                UNDECIDED,
            ),
        },
        _model,
        DischargeView(),
        lead=(
            "Eight people at the end of their stay. Read, decide, then see which line speaks and "
            "whose it is. Look and ask, arrange, or let time pass: what does each of the three "
            "change, and what does none of them?"
        ),
        assumptions=(
            "All of it is the order set of a fictional clinic, the same list as in the lesson and "
            "at the chairside: 60 minutes after the end; pressure falling, and within 10 % of "
            "baseline or below 140/90 mmHg; saturation on air as before (1 % less passes); MOAA/S "
            "5; oriented; CADSS 4 or less, or as before; steady gait; drinks "
            "without vomiting; C-SSRS repeated, no new intent; cannula out; escort there; written "
            "advice. The chairside marks nine of these: drinking, cannula and advice cannot be "
            "shown there.",
            "The advice on driving is the maker’s for esketamine; the course carries it over to "
            "infusion.",
            "The people are invented. Pressure, dissociation, orientation and gait follow the "
            "simulator’s effect curve: the time of its peak is published, the rest, and the level "
            "at which a person walks steadily again, are assumptions.",
            "Somebody who has not been looked at or asked does not meet a criterion.",
        ),
        shows_dose=True,
        adjust=_adjust,
        wide=("step", "choice"),
    )
    note, support = (
        ipywidgets.HTML(f'<p class="trd-support">{words}</p>') for words in (NOTE, SUPPORT)
    )
    head, *rest = panel.children
    panel.children = (head, note, *rest, support)
    return panel
