"""Framings: judge seven advertisements, learn that they are one, then move the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trd.communication.facts import Fact, fact, facts
from trd.communication.framing import (
    JUDGED,
    LEVELS,
    advertisements,
    framings,
    judge,
    of_counts,
    of_fact,
)
from trd.communication.views.framings import FramingsView, Shown
from trd.panel.base import Panel
from trd.panel.controls import Check, Choice, Grid, Select, Slider, Span
from trd.panel.parts import cited

_OWN = "own"
_MOST = 400
_COUNTS = ("n0", "x0", "n1", "x1")


def _model(
    judged: dict[str, int],
    reveal: bool,
    after: str,
    which: str,
    kind: str,
    n0: float,
    x0: float,
    n1: float,
    x1: float,
) -> Shown:
    own = which == _OWN
    two = (
        of_counts(round(x1), round(n1), round(x0), round(n0), kind == "benefit")
        if own
        else of_fact(fact(which))
    )
    return Shown(
        revealed=reveal,
        verdict=judge(judged),
        after=int(after),
        two=two,
        framings=framings(two),
        own=own,
        sources="" if own else _said_by(fact(which)),
    )


def _said_by(found: Fact) -> str:
    pooled = (
        "The source prints no counts; the sliders stand at people of 100, the interval is the "
        "source’s. "
        if found.treatment.x is None
        else ""
    )
    return f"{cited(found.source)}. {pooled}"


def _counts(found: Fact) -> dict[str, int]:
    """Return counts for the sliders: the study's, or people of 100 for a pooled estimate."""
    counts = {}
    for name, arm in (("0", found.control), ("1", found.treatment)):
        counts[f"n{name}"] = 100 if arm.n is None else arm.n
        counts[f"x{name}"] = arm.of(100) if arm.x is None else arm.x
    return counts


def _adjust(name: str, values: dict[str, Any]) -> Mapping[str, Any]:
    """Set the counts of a published fact; a count that is moved makes the numbers one's own."""
    if name == "which" and values["which"] != _OWN:
        found = fact(values["which"])
        counts = _counts(found)
        return {
            "kind": "benefit" if found.good else "harm",
            "n0": counts["n0"],
            "n1": counts["n1"],
            "x0": Span(0, counts["n0"], 1, counts["x0"]),
            "x1": Span(0, counts["n1"], 1, counts["x1"]),
        }
    if name in ("n0", "n1"):
        x, most = f"x{name[1]}", round(values[name])
        return {"which": _OWN, x: Span(0, most, 1, min(values[x], most))}
    if name in (*_COUNTS, "kind"):
        return {"which": _OWN}
    return {}


def four_framings() -> Panel:
    """Return the panel: seven sentences to judge, the reveal, and numbers to move."""
    start = _counts(fact(JUDGED))
    panel = Panel(
        "Seven treatments: which would you want?",
        {
            "judged": Grid(
                "How large does the effect sound?",
                [(letter, f"{letter}: “{text}”") for letter, text in advertisements().items()],
                list(LEVELS.items()),
            ),
            "reveal": Check("I have judged. Show what the seven have in common"),
            "after": Choice(
                "Now that you know: how large is it?",
                [("0", "not said"), *((str(level), word) for level, word in LEVELS.items())],
                "0",
            ),
            "which": Select(
                "Now frame",
                [
                    *(
                        (each.key, each.menu, "Harm" if each.harm else "Benefit")
                        for each in facts().values()
                    ),
                    (_OWN, "your own numbers", "Own"),
                ],
                JUDGED,
            ),
            "kind": Choice(
                "What is counted",
                [("benefit", "something wanted"), ("harm", "something unwanted")],
                "benefit",
            ),
            "n0": Slider("Control group", start["n0"], 5, _MOST, 1, "people"),
            "x0": Slider("of them with the event", start["x0"], 0, start["n0"], 1),
            "n1": Slider("Treated group", start["n1"], 5, _MOST, 1, "people"),
            "x1": Slider("of them with the event", start["x1"], 0, start["n1"], 1),
        },
        _model,
        FramingsView(),
        lead=(
            "Seven sentences as an advertisement or a colleague might say them. Judge each by "
            "its sound, then tick the box. After that, move the numbers and see which sentence "
            "grows while the difference stays small."
        ),
        adjust=_adjust,
        wide=("judged", "reveal", "after", "which", "kind"),
        below=("after", "which", "kind", *_COUNTS),
    )
    under = panel.children[4]

    def _uncover(_change: Any = None) -> None:
        # The numbers would give the answer away.
        under.layout.display = "grid" if panel.controls["reveal"].value else "none"

    panel.controls["reveal"].observe(_uncover, "value")
    _uncover()
    return panel
