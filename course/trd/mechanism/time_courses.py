"""Time courses around one infusion: what was seen, when and in whom, and what the level does.

Marks come from different trials and people and are never joined. The only computed part is the
level in plasma, which shows that the level alone cannot explain how long mood is better.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from trd.mechanism._checks import number
from trd.mechanism.dosing import Infusion
from trd.mechanism.pharmacokinetics import minutes_to_fall
from trd.mechanism.pkmodels import CLEMENTS_250, KAMP_2020
from trd.parameters import Entry, Table, load, numbered

GROUPS: tuple[str, ...] = ("level", "dissociation", "pressure", "mood")
"""What can be shown, in the order drawn."""

INFUSION_MIN = 40.0
"""Length of the infusion; every time counts from its start."""

_SHARES = (1.0, 100.0)


@dataclass(frozen=True)
class Mark:
    """One thing that was seen: a moment or a span of time.

    Attributes
    ----------
    row : str
        Id of the row in the evidence tables.
    time : Entry
        Minutes since the infusion began: a number, or ``low`` to ``high``; ``printed`` is the
        source's wording, ``note`` says in whom.
    figure : Entry or None
        What was measured then, if it is not the time itself.
    """

    row: str
    time: Entry
    figure: Entry | None

    @property
    def span_min(self) -> tuple[float, float]:
        """First and last minute; the same for a moment."""
        if self.time.low is not None and self.time.high is not None:
            return float(self.time.low), float(self.time.high)
        return float(self.time.value), float(self.time.value)

    @property
    def checked(self) -> bool:
        """Whether a source was read for it."""
        return self.time.status != "from-knowledge"

    @property
    def simulated(self) -> bool:
        """Whether it is the output of a model."""
        return self.time.note.startswith("simulated")

    @property
    def bipolar(self) -> bool:
        """Whether it was seen in bipolar depression only."""
        return self.time.note.startswith("bipolar")


@dataclass(frozen=True)
class Lane:
    """Marks that answer one question; a lane without marks is computed.

    Attributes
    ----------
    key, title : str
    group : str
        Member of `GROUPS`.
    marks : tuple of Mark
    """

    key: str
    title: str
    group: str
    marks: tuple[Mark, ...]


def _lane(key: str, cells: Table) -> Lane:
    rows, times = numbered(cells, "row"), numbered(cells, "time")
    marks = (
        Mark(row.value, time, cells.get(f"figure_{i}"))
        for i, (row, time) in enumerate(zip(rows, times, strict=True), start=1)
    )
    return Lane(key, cells["title"].value, cells["group"].value, tuple(marks))


@cache
def lanes() -> tuple[Lane, ...]:
    """Return every lane in the order drawn."""
    return tuple(_lane(key, cells) for key, cells in load("time_courses").items())


def level_ends_min(share_pct: float) -> dict[str, float]:
    """Return when the simulated level falls below a share of its peak, by model.

    Parameters
    ----------
    share_pct : float
        Share of the level at the end of the infusion, 1 to 100 %.

    Returns
    -------
    dict of str to float
        Minutes since the infusion began, for Clements-250 and Kamp as coded.

    Raises
    ------
    ValueError
        If the share is outside its limits.

    Notes
    -----
    Both models are linear, so neither dose nor (per kilogram) weight matters.
    """
    share = number(share_pct, "share of the peak", *_SHARES, "%")
    return {model.key: _fall(model.key, share) for model in (CLEMENTS_250, KAMP_2020)}


@cache
def _fall(key: str, share: float) -> float:
    model = {found.key: found for found in (CLEMENTS_250, KAMP_2020)}[key]
    given = Infusion(0, INFUSION_MIN, 35)
    return INFUSION_MIN + minutes_to_fall(model, given, 70, 1 - share / 100)


@dataclass(frozen=True)
class Overlay:
    """What the reader chose to lay over each other.

    Attributes
    ----------
    groups : tuple of str
    lanes : tuple of Lane
        Of those groups.
    share_pct : float
        Share of the peak that mood is supposed to need.
    ends_min : tuple of float
        Earliest and latest minute, over the models, at which the level falls below it.
    lasts_min : float
        Last time at which mood was still found to differ from control.
    """

    groups: tuple[str, ...]
    lanes: tuple[Lane, ...]
    share_pct: float
    ends_min: tuple[float, float]
    lasts_min: float


def overlay(share_pct: float, groups: Iterable[str] = GROUPS) -> Overlay:
    """Choose groups, and suppose that mood needs a share of the highest level.

    Parameters
    ----------
    share_pct : float
        1 to 100 % of the level at the end of the infusion.
    groups : iterable of str
        Members of `GROUPS`; may be empty.

    Raises
    ------
    ValueError
        If a group is unknown or the share is outside its limits.
    """
    wanted = set(groups)
    unknown = wanted - set(GROUPS)
    if unknown:
        names = ", ".join(sorted(unknown))
        raise ValueError(f"{names}: not a group; choose from {', '.join(GROUPS)}.")
    ends = level_ends_min(share_pct).values()
    last = next(lane for lane in lanes() if lane.key == "mood_differs")
    return Overlay(
        groups=tuple(group for group in GROUPS if group in wanted),
        lanes=tuple(lane for lane in lanes() if lane.group in wanted),
        share_pct=share_pct,
        ends_min=(min(ends), max(ends)),
        lasts_min=last.marks[0].span_min[0],
    )
