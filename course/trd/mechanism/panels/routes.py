"""Routes: how much arrives and how fast, beside the same dose by vein."""

from __future__ import annotations

from typing import Any

from trd.mechanism.routes import compare
from trd.mechanism.routes import routes as all_routes
from trd.mechanism.views.routes import RoutesView
from trd.panel.base import Panel
from trd.panel.controls import Choice, Select

_NONE = "none"


def _model(first: str, second: str, share: str, scale: str) -> Any:
    return compare(first, "" if second == _NONE else second, share, scale == "shape")


def routes() -> Panel:
    """Return the panel: two routes beside the vein."""
    names = [(found.key, found.label) for found in all_routes() if found.key != "iv"]
    return Panel(
        "Same drug, another way in",
        {
            "first": Select("Route", names, "nasal"),
            "second": Select("Compare with", [*names, (_NONE, "the vein only")], "oral"),
            "share": Choice(
                "Figure for the share that arrives",
                [
                    ("lowest", "lowest drawn"),
                    ("default", "this course’s default"),
                    ("highest", "highest drawn"),
                ],
                "default",
            ),
            "scale": Choice(
                "Scale",
                [("vein", "against the vein"), ("shape", "shape only, each at its own peak")],
                "vein",
            ),
        },
        _model,
        RoutesView(),
        lead=(
            "Everything is relative to the same dose by vein over 40 minutes; no milligrams, on "
            "purpose. Switch between the lowest and the highest figure: does the order hold?"
        ),
        assumptions=(
            "One absorption step into one model of the level by vein, at a speed set to match the "
            "published time of the highest level; the esketamine spray has a model of its own.",
            "Under the skin: the share is assumed and the speed is that of the muscle.",
        ),
        shows_dose=True,
        wide=("share", "scale"),
    )
