"""Pseudo-resistance: what to check, in which order, before using the label."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from trd.parameters import load, split

FINDINGS: tuple[str, ...] = ("clear", "problem", "unknown")
"""What can be known about a step."""


@dataclass(frozen=True)
class Check:
    """One step of the checklist.

    Attributes
    ----------
    key : str
    number : int
        Place in the order, from 1.
    question, check, also, action, blocks : str
        What to ask, how to find out, what else is worth a look (from knowledge, may be empty),
        what to do about a problem, and what must wait for it.
    evidence : tuple of str
        Ids of rows in the evidence tables that carry the figures.
    source : tuple of str
        Behind `check`.
    status : str
        Of `check`.
    """

    key: str
    number: int
    question: str
    check: str
    also: str
    action: str
    blocks: str
    evidence: tuple[str, ...]
    source: tuple[str, ...]
    status: str


@cache
def checklist() -> tuple[Check, ...]:
    """Return the steps in teaching order; only after the last may the label be considered."""
    return tuple(
        Check(
            key=key,
            number=i,
            question=cells["question"].value,
            check=cells["check"].value,
            also=cells["also"].value if "also" in cells else "",
            action=cells["action"].value,
            blocks=cells["blocks"].value,
            evidence=split(cells["evidence"].value),
            source=cells["check"].source,
            status=cells["check"].status,
        )
        for i, (key, cells) in enumerate(load("pseudoresistance").items(), start=1)
    )


@dataclass(frozen=True)
class NextStep:
    """The first thing to do.

    Attributes
    ----------
    step : Check or None
        The first step that is not clear; None when all are.
    finding : {"problem", "unknown", None}
    action : str
        What to do now.
    blocks : str
        What must wait for it; empty when nothing does.
    label_may_be_considered : bool
        True only when every step is clear.
    open_steps : tuple of str
        Keys of all steps that are not clear, in order.
    """

    step: Check | None
    finding: str | None
    action: str
    blocks: str
    label_may_be_considered: bool
    open_steps: tuple[str, ...]


def _validate(findings: Mapping[str, str]) -> None:
    keys = [step.key for step in checklist()]
    for key, finding in findings.items():
        if key not in keys:
            close = difflib.get_close_matches(str(key), keys, n=1)
            offer = f" Did you mean {close[0]!r}?" if close else ""
            raise ValueError(f"{key!r} is not a step; choose one of {', '.join(keys)}.{offer}")
        if finding not in FINDINGS:
            raise ValueError(
                f"The finding for {key!r} is {finding!r}; it must be clear, problem or unknown."
            )


def next_step(findings: Mapping[str, str]) -> NextStep:
    """Return the first thing to do before anyone speaks of resistance.

    Parameters
    ----------
    findings : mapping of str to {"clear", "problem", "unknown"}
        Keyed by step; a step that is missing is unknown.

    Raises
    ------
    ValueError
        For a step or a finding that does not exist.

    Notes
    -----
    The order is a course convention; the checklist follows Dold and Kasper 2017.
    """
    _validate(findings)
    waiting = [step for step in checklist() if findings.get(step.key, "unknown") != "clear"]
    if not waiting:
        return NextStep(
            step=None,
            finding=None,
            action="Every cause on the list is clear: now count adequate trials, and say by "
            "whose definition.",
            blocks="",
            label_may_be_considered=True,
            open_steps=(),
        )
    first = waiting[0]
    finding = findings.get(first.key, "unknown")
    return NextStep(
        step=first,
        finding=finding,
        action=first.action if finding == "problem" else f"Find out: {first.check}.",
        blocks=first.blocks,
        label_may_be_considered=False,
        open_steps=tuple(step.key for step in waiting),
    )
