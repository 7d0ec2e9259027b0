"""The hypothesis board: predict, then see what speaks for and against each hypothesis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trd.mechanism.hypotheses import (
    ANY,
    NONE_OF_THEM,
    UNDECIDED,
    board,
    grade_rules,
    links,
)
from trd.mechanism.hypotheses import hypotheses as all_hypotheses
from trd.mechanism.views.hypotheses import HypothesesView
from trd.panel.base import Panel
from trd.panel.controls import Check, Choice, Select


def _adjust(name: str, values: dict[str, Any]) -> Mapping[str, Any]:
    """Bring the predicted hypothesis into the detail."""
    guess = values["guess"]
    return {"detail": guess} if name == "guess" and guess not in (UNDECIDED, NONE_OF_THEM) else {}


def hypotheses() -> Panel:
    """Return the panel: a prediction, filters, the board, and one hypothesis in detail."""
    names = [(found.key, found.title) for found in all_hypotheses()]
    rules = [(rule.letter, f"{rule.letter}: {rule.label}") for rule in grade_rules()]
    return Panel(
        "How might blocking a channel lift a mood?",
        {
            "guess": Select(
                "Best supported in people",
                [
                    (UNDECIDED, "your prediction first …"),
                    *names,
                    (NONE_OF_THEM, "none of them is well supported in people"),
                ],
                UNDECIDED,
            ),
            "species": Choice(
                "Show evidence from",
                [
                    (ANY, "all"),
                    ("human", "people"),
                    ("animal", "animals"),
                    ("in vitro", "cells and slices"),
                ],
                ANY,
            ),
            "grade": Select("Grade", [(ANY, "any grade"), *rules], ANY),
            "people_only": Check("Show only what was tested in people, whatever the result"),
            "detail": Select(
                "In detail",
                [
                    *[(key, title, "Hypotheses") for key, title in names],
                    *[(found.key, found.title, "Links of the chain") for found in links()],
                ],
                "disinhibition",
            ),
        },
        board,
        HypothesesView(),
        lead=(
            "That ketamine blocks NMDA channels is well shown. How the block becomes an "
            "antidepressant effect is not established: twelve explanations compete."
        ),
        assumptions=(
            "Grades, claims and “what would change our mind” are this course’s own wording; the "
            "evidence behind them is not.",
        ),
        adjust=_adjust,
        wide=("guess", "species", "detail"),
        below=("detail",),
    )
