"""What each published schedule of blood-pressure readings would have caught.

A thousand simulated infusions are read by each schedule with the same cuff. An episode is a true
pressure at or above a limit for some minutes in a row; it is caught when a reading shows the limit.

Simulation for teaching: not for patient care. No share computed here is an incidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from trd.definitions.history import number
from trd.monitoring.infusions import (
    HORIZON_MIN,
    Array,
    Flags,
    Infusions,
    readings,
    value,
    whole,
)
from trd.parameters import Entry, load

_FILE = "monitoring_schedules"
_NAMES = (
    "before_after",
    "esketamine",
    "every_15",
    "during_only",
    "every_10",
    "course",
    "course_close",
)


@dataclass(frozen=True)
class Schedule:
    """When the cuff is pressed.

    Attributes
    ----------
    name, label : str
        Short name; what a reader sees.
    times_min : tuple of int
        Minutes after the start; 0 is the reading before it.
    again_min : int or None
        Readings go on at this interval while the last one is at or above the limit.
    status, source, note : str, tuple of str, str
        Where the times come from.
    """

    name: str
    label: str
    times_min: tuple[int, ...]
    again_min: int | None = None
    status: str = "teaching-assumption"
    source: tuple[str, ...] = ()
    note: str = ""

    @property
    def longest_gap_min(self) -> int:
        """The longest wait between two readings up to minute 70, in minutes."""
        times = [minute for minute in self.times_min if minute <= 70]
        ends = [*times, 70]
        return max(later - earlier for earlier, later in pairwise(ends))


@dataclass(frozen=True)
class Caught:
    """What one schedule saw of the episodes.

    Attributes
    ----------
    schedule : Schedule
    sessions : int
    readings : float
        Mean readings a session.
    episodes : int
        Sessions with an episode after the start.
    caught : int
        Of those, sessions in which a reading showed the limit.
    false_alarms : int
        Sessions without an episode in which a reading showed the limit.
    delay_min : float or None
        Median wait from the start of a caught episode to the first such reading, in minutes; 0 if
        a reading was early. None if nothing was caught.
    unseen_min : float
        Mean minutes at or above the limit before anybody knew, over the sessions with an episode.
    first_minute : tuple of float
        For each session the minute of the first reading at the limit; NaN if there was none.
    """

    schedule: Schedule
    sessions: int
    readings: float
    episodes: int
    caught: int
    false_alarms: int
    delay_min: float | None
    unseen_min: float
    first_minute: tuple[float, ...]

    @property
    def missed(self) -> int:
        """Episodes that no reading showed."""
        return self.episodes - self.caught

    @property
    def share(self) -> float | None:
        """Share of the episodes that were caught; None without an episode."""
        return self.caught / self.episodes if self.episodes else None


def _published(name: str) -> Schedule:
    table = load(_FILE)[name]
    times: Entry = table["readings_min"]
    again = table.get("again_min")
    return Schedule(
        name=name,
        label=str(table["label"].value),
        times_min=tuple(int(minute) for minute in times.value),
        again_min=None if again is None else int(again.value),
        status=times.status,
        source=times.source,
        note=times.note,
    )


def schedules() -> tuple[Schedule, ...]:
    """Return the schedules, from the fewest readings during the infusion to the most."""
    return tuple(_published(name) for name in _NAMES)


def schedule(name: str) -> Schedule:
    """Return one schedule by name.

    Raises
    ------
    ValueError
        If there is no such schedule.
    """
    if name not in _NAMES:
        raise ValueError(f"There is no schedule {name!r}; there are {', '.join(_NAMES)}.")
    return _published(name)


def own_schedule(during_min: int, after_min: int, until_min: int = 120) -> Schedule:
    """Return a schedule of the reader's own.

    Parameters
    ----------
    during_min : int
        Interval during the 40 minutes of infusion, 1 to 40 minutes.
    after_min : int
        Interval afterwards, 1 to 120 minutes.
    until_min : int
        Last minute, 40 to 120.

    Raises
    ------
    ValueError
        For a number outside its limits or not whole.
    """
    during = whole(during_min, "during_min", 1, 40, "min")
    after = whole(after_min, "after_min", 1, 120, "min")
    until = whole(until_min, "until_min", 40, HORIZON_MIN, "min")
    times = [*range(0, 41, during), *range(40 + after, until + 1, after)]
    if 40 not in times:
        # The end of the infusion is always read: it is when the pump alarm calls somebody.
        times = sorted([*times, 40])
    return Schedule(
        "own",
        f"Your own: every {during}, then every {after} minutes",
        tuple(times),
        None,
        note="Chosen by you.",
    )


def chance_missed(lasting_min: float, interval_min: float) -> float:
    """Return the chance that an episode falls between two readings.

    Parameters
    ----------
    lasting_min : float
        How long it lasts, 0 to 240 minutes; it is equally likely to begin at any moment.
    interval_min : float
        Minutes between readings, above 0 and up to 240.

    Returns
    -------
    float
        0 to 1, for a cuff without error.

    Raises
    ------
    ValueError
        For a number outside its limits.
    """
    lasting = number(lasting_min, "lasting_min", 0, 240, "min")
    interval = number(interval_min, "interval_min", 0.1, 240, "min")
    return max(0.0, 1 - lasting / interval)


def _episodes(infusions: Infusions, sbp: float, dbp: float) -> tuple[Flags, Flags]:
    """Return which minutes belong to an episode, and which sessions have one."""
    above = (infusions.sbp >= sbp) | (infusions.dbp >= dbp)
    above[:, 0] = False
    least = int(value("body", "least_min"))
    # Minutes of a run of at least `least`: any window of that length that is all above.
    windows = np.lib.stride_tricks.sliding_window_view(above, least, axis=1).all(axis=2)
    inside = np.zeros_like(above)
    for shift in range(least):
        inside[:, shift : shift + windows.shape[1]] |= windows
    return inside, np.asarray(inside.any(axis=1))


def _first_flag(
    infusions: Infusions, plan: Schedule, limit: tuple[float, float], seed: int
) -> tuple[Array, Array]:
    """Return the minute of the first reading at the limit, and the readings taken."""
    times = [minute for minute in plan.times_min if minute > 0]
    counted = np.full(infusions.n, float(len(plan.times_min)))
    first = np.full(infusions.n, np.nan)
    high_now = np.zeros(infusions.n, dtype=bool)
    if times:
        sbp, dbp = readings(infusions, times, seed)
        high = (sbp >= limit[0]) | (dbp >= limit[1])
        hit = high.any(axis=1)
        first[hit] = np.asarray(times, dtype=float)[high.argmax(axis=1)][hit]
        high_now = high[:, -1]
    if plan.again_min:
        minute = (times[-1] if times else 0) + plan.again_min
        while minute <= HORIZON_MIN and high_now.any():
            counted += high_now
            sbp, dbp = readings(infusions, [minute], seed)
            high_now = high_now & ((sbp[:, 0] >= limit[0]) | (dbp[:, 0] >= limit[1]))
            minute += plan.again_min
    return first, counted


def caught(
    infusions: Infusions,
    plan: Schedule,
    sbp_mmhg: float = 165,
    dbp_mmhg: float = 100,
    seed: int = 1,
) -> Caught:
    """Return what one schedule saw.

    Parameters
    ----------
    infusions : Infusions
    plan : Schedule
    sbp_mmhg, dbp_mmhg : float
        The limit: either pressure at or above it; 100 to 260 and 50 to 160.
    seed : int
        Of the cuff's own spread, 0 or more.

    Raises
    ------
    ValueError
        For a number outside its limits.
    """
    return compare(infusions, (plan,), sbp_mmhg, dbp_mmhg, seed)[0]


def _saw(
    infusions: Infusions,
    plan: Schedule,
    limit: tuple[float, float],
    seed: int,
    found: tuple[Flags, Flags],
) -> Caught:
    inside, episode = found
    first, counted = _first_flag(infusions, plan, limit, seed)
    seen = ~np.isnan(first)
    began = np.where(episode, inside.argmax(axis=1), np.nan)
    hit = episode & seen
    known = np.where(seen, first, HORIZON_MIN + 1)[episode]
    unseen = (inside[episode] & (infusions.minutes < known[:, None])).sum(axis=1)
    return Caught(
        schedule=plan,
        sessions=infusions.n,
        readings=float(counted.mean()),
        episodes=int(episode.sum()),
        caught=int(hit.sum()),
        false_alarms=int((seen & ~episode).sum()),
        delay_min=float(np.median(np.maximum(0, first[hit] - began[hit]))) if hit.any() else None,
        unseen_min=float(unseen.mean()) if episode.any() else 0.0,
        first_minute=tuple(first.tolist()),
    )


def compare(
    infusions: Infusions,
    plans: tuple[Schedule, ...] | None = None,
    sbp_mmhg: float = 165,
    dbp_mmhg: float = 100,
    seed: int = 1,
) -> tuple[Caught, ...]:
    """Return what each schedule saw of the same sessions.

    Parameters
    ----------
    infusions : Infusions
    plans : tuple of Schedule, optional
        `schedules` unless given.
    sbp_mmhg, dbp_mmhg : float
        The limit: either pressure at or above it; 100 to 260 and 50 to 160.
    seed : int
        Of the cuff's own spread, 0 or more.

    Raises
    ------
    ValueError
        For a number outside its limits.
    """
    limit = (
        number(sbp_mmhg, "sbp_mmhg", 100, 260, "mmHg"),
        number(dbp_mmhg, "dbp_mmhg", 50, 160, "mmHg"),
    )
    found = _episodes(infusions, *limit)
    return tuple(_saw(infusions, plan, limit, seed, found) for plan in (plans or schedules()))


@dataclass(frozen=True)
class Trace:
    """One session as it was and as a schedule saw it.

    Attributes
    ----------
    minutes : tuple of int
    systolic, diastolic : tuple of float
        True pressure at each minute, in mmHg.
    episode : tuple of bool
        Minutes that belong to an episode.
    times_min : tuple of int
        Minutes of the readings.
    shown_systolic, shown_diastolic : tuple of float
        What the cuff showed.
    """

    minutes: tuple[int, ...]
    systolic: tuple[float, ...]
    diastolic: tuple[float, ...]
    episode: tuple[bool, ...]
    times_min: tuple[int, ...]
    shown_systolic: tuple[float, ...]
    shown_diastolic: tuple[float, ...]


def trace(
    infusions: Infusions,
    plan: Schedule,
    index: int,
    sbp_mmhg: float = 165,
    dbp_mmhg: float = 100,
    seed: int = 1,
) -> Trace:
    """Return one session for a picture; readings that depend on the last one are left out.

    Parameters
    ----------
    infusions : Infusions
    plan : Schedule
    index : int
        Which session, from 0.
    sbp_mmhg, dbp_mmhg : float
        The limit: either pressure at or above it; 100 to 260 and 50 to 160.
    seed : int
        Of the cuff's own spread, as in `compare`.

    Raises
    ------
    ValueError
        For a number outside its limits.
    """
    index = whole(index, "index", 0, infusions.n - 1)
    inside, _ = _episodes(
        infusions,
        number(sbp_mmhg, "sbp_mmhg", 100, 260, "mmHg"),
        number(dbp_mmhg, "dbp_mmhg", 50, 160, "mmHg"),
    )
    sbp, dbp = readings(infusions, list(plan.times_min), seed)
    return Trace(
        minutes=tuple(int(minute) for minute in infusions.minutes),
        systolic=tuple(infusions.sbp[index].tolist()),
        diastolic=tuple(infusions.dbp[index].tolist()),
        episode=tuple(inside[index].tolist()),
        times_min=plan.times_min,
        shown_systolic=tuple(sbp[index].tolist()),
        shown_diastolic=tuple(dbp[index].tolist()),
    )


def missed_example(
    infusions: Infusions,
    plan: Schedule,
    sbp_mmhg: float = 165,
    dbp_mmhg: float = 100,
    seed: int = 1,
) -> int | None:
    """Return the session with the longest episode that a schedule missed, None if it missed none.

    Parameters
    ----------
    infusions : Infusions
    plan : Schedule
    sbp_mmhg, dbp_mmhg : float
        The limit, as in `compare`.
    seed : int
        Of the cuff's own spread, as in `compare`.
    """
    seen = compare(infusions, (plan,), sbp_mmhg, dbp_mmhg, seed)[0]
    inside, episode = _episodes(infusions, sbp_mmhg, dbp_mmhg)
    missed = episode & np.isnan(np.asarray(seen.first_minute))
    if not missed.any():
        return None
    return int(np.where(missed, inside.sum(axis=1), 0).argmax())
