"""Where response and remission lie on a scale, as totals that a present score must reach."""

from __future__ import annotations

from dataclasses import dataclass

from trd.definitions.scales import Cutoff, Interpretation
from trd.parameters import Entry, load


@dataclass(frozen=True)
class Goal:
    """One line on the scale that a present total reaches or does not.

    Attributes
    ----------
    label : str
        What it is, e.g. ``"Response: 50 % fall"``.
    highest : int
        Highest total that reaches it, in points.
    met : bool
        Whether the present total does.
    status : str
        Status of the rule.
    source : tuple of str
        Keys of the bibliography.
    note : str
        What the reader should know.
    """

    label: str
    highest: int
    met: bool
    status: str
    source: tuple[str, ...]
    note: str = ""


def _fall(reading: Interpretation, name: str, entry: Entry) -> Goal:
    highest = reading.baseline * (100 - int(entry.value)) // 100
    label = f"{name}: fall of {entry.value:g} %"
    return Goal(label, highest, reading.now <= highest, entry.status, entry.source)


def _remission(rule: Cutoff, met: bool, only: bool) -> Goal:
    name = "Remission" if only else f"Remission, {rule.label} rule"
    return Goal(name, rule.highest, met, rule.status, rule.source, rule.note)


def goals(reading: Interpretation) -> tuple[Goal, ...]:
    """Return partial response, response and every remission rule of a scale as totals.

    Parameters
    ----------
    reading : Interpretation

    Returns
    -------
    tuple of Goal
        Falls from baseline first; they are left out when the baseline is 0, since nothing can
        fall from there.
    """
    falls = (
        ("Partial response", load("scales")["response"]["partial_from"]),
        ("Response", reading.scale.response_fall),
    )
    only = len(reading.remission) == 1
    return (
        *(_fall(reading, name, entry) for name, entry in falls if reading.baseline),
        *(_remission(rule, met, only) for rule, met in reading.remission),
    )


@dataclass(frozen=True)
class Change:
    """Two totals on one scale with every line they can cross."""

    reading: Interpretation
    goals: tuple[Goal, ...]


#: Totals at baseline and now to start from, chosen so that the rules are put to the test.
STARTS: dict[str, tuple[int, int]] = {
    "phq9": (19, 9),
    "madrs": (32, 11),
    "hamd17": (24, 17),
    "qids-sr16": (18, 6),
}
