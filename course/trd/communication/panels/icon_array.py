"""Icon arrays: a benefit and a harm as people, on one denominator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trd.communication.facts import benefits, harms, nearest_harm
from trd.communication.icons import Page, page
from trd.communication.views.icon_array import IconArrayView
from trd.panel.base import Panel
from trd.panel.controls import Choice, Select


def _model(benefit: str, harm: str, layout: str, denominator: str) -> Page:
    return page(benefit, harm, int(denominator), layout)


def _adjust(name: str, values: dict[str, Any]) -> Mapping[str, Any]:
    """Bring the harm that was counted in the most similar people beside a new benefit."""
    return {"harm": nearest_harm(values["benefit"])} if name == "benefit" else {}


def icon_array() -> Panel:
    """Return the panel: a benefit and a harm, each as two groups of people."""
    return Panel(
        "A hundred people: benefit and harm on one page",
        {
            "benefit": Select(
                "Benefit",
                [(each.key, each.menu, each.group) for each in benefits()],
                "dean_midazolam",
            ),
            "harm": Select(
                "Harm",
                [(each.key, each.menu, each.group) for each in harms()],
                "su_derealisation",
            ),
            "layout": Choice(
                "People with the event stand",
                [("grouped", "grouped"), ("scattered", "scattered")],
                "grouped",
            ),
            "denominator": Choice(
                "Out of", [("100", "100 people"), ("1000", "1,000 people")], "100"
            ),
        },
        _model,
        IconArrayView(),
        lead=(
            "Pick a benefit and a harm and say them in one breath. Then scatter the people, ask "
            "for 1,000, or put a harm beside it that was counted in others: what changes, and "
            "what only seems to?"
        ),
        adjust=_adjust,
        wide=("benefit", "harm"),
    )
