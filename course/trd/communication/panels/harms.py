"""Harms with denominators: route, kind and order; a phrase from the articles below."""

from __future__ import annotations

import ipywidgets

from trd.communication.harm_rates import (
    ANY,
    BOTH,
    KINDS,
    OFTEN,
    ORDERS,
    PHRASES,
    ROUTES,
    groups,
    phrase,
)
from trd.communication.views.harms import HarmsView, Shown
from trd.panel.base import Panel
from trd.panel.controls import Choice, Select
from trd.panel.parts import SUPPORT


def _model(way: str, kind: str, order: str, said: str) -> Shown:
    return Shown(groups(way, kind, order), way, kind, phrase(said))


def harms_with_denominators() -> Panel:
    """Return the panel: which harms, in which order, and what an article made of them."""
    panel = Panel(
        "Harms with denominators",
        {
            "way": Choice("Given as", list(ROUTES.items()), BOTH),
            "kind": Choice("Harms", list(KINDS.items()), ANY),
            "order": Choice("Sorted by", list(ORDERS.items()), OFTEN),
            "said": Select(
                "An article said", [(each.key, each.menu) for each in PHRASES], PHRASES[0].key
            ),
        },
        _model,
        HarmsView(),
        lead=(
            "How many of 100, against how many of 100? Sort by how many more: what leaves the top? "
            "Then look for serious harms of infusions. Below, what the articles said instead."
        ),
        assumptions=(
            "Rates that were volunteered and rates that were asked for stand in blocks of their "
            "own: a rule of this course, because a list of symptoms finds more than an open "
            "question.",
        ),
        wide=("order",),
        below=("said",),
    )
    support = ipywidgets.HTML(f'<p class="trd-support">{SUPPORT}</p>')
    panel.children = (*panel.children, support)
    return panel
