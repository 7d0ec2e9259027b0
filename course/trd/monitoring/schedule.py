"""What each published schedule of blood-pressure readings would have caught.

A thousand simulated infusions are read by each schedule with the same cuff. An episode is a true
pressure at or above a limit for some minutes in a row; it is caught when a reading shows the limit.

Simulation for teaching: not for patient care. No share computed here is an incidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from trd.definitions.history import number
from trd.monitoring.infusions import (
    HORIZON_MIN,
    Array,
    Flags,
    Infusions,
    readings,
    simulate,
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
#: Stretches of a session that a schedule of one's own treats apart: first and last minute.
PHASES: dict[str, tuple[int, int]] = {
    "early": (0, 20),
    "late": (20, 40),
    "after": (40, 70),
    "end": (70, 120),
}
#: Sessions of one simulated clinic, and the seed they are drawn with.
SESSIONS = 1000
SEED = 1
#: Sessions drawn one under the other.
LANES = 40


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
    unwatched : int
        Sessions with an episode that went on, or came back, after the last reading.
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
    unwatched: int
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


def phased_schedule(every_min: Mapping[str, int]) -> Schedule:
    """Return a schedule of the reader's own with an interval for each stretch of the session.

    Parameters
    ----------
    every_min : mapping of str to int
        For each of `PHASES` the minutes between readings, 1 to 60; 0 or left out: none. The
        pressure before the dose and at the end of the infusion is always read.

    Raises
    ------
    ValueError
        For an unknown stretch or a number outside its limits.
    """
    unknown = set(every_min) - set(PHASES)
    if unknown:
        raise ValueError(f"There is no stretch {min(unknown)!r}; there are {', '.join(PHASES)}.")
    times = {0, 40}
    for name, (first, last) in PHASES.items():
        every = whole(every_min.get(name, 0), name, 0, 60, "min")
        if every:
            times.update(range(first + every, last + 1, every))
    found = tuple(sorted(times))
    return Schedule("own", "Your own", found, note="Chosen by you.")


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
) -> tuple[Array, Array, Array]:
    """Return the minutes of the first reading at the limit and of the last, and their number."""
    times = [minute for minute in plan.times_min if minute > 0]
    counted = np.full(infusions.n, float(len(plan.times_min)))
    first = np.full(infusions.n, np.nan)
    last = np.full(infusions.n, float(plan.times_min[-1]))
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
            last[high_now] = minute
            sbp, dbp = readings(infusions, [minute], seed)
            high_now = high_now & ((sbp[:, 0] >= limit[0]) | (dbp[:, 0] >= limit[1]))
            minute += plan.again_min
    return first, last, counted


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
    first, last, counted = _first_flag(infusions, plan, limit, seed)
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
        unwatched=int((inside & (infusions.minutes > last[:, None])).any(axis=1).sum()),
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


def _times_of(
    infusions: Infusions, plan: Schedule, index: int, limit: tuple[float, float], seed: int
) -> list[int]:
    """Return when one person's pressure is read, with the readings that hang on the last one."""
    times = list(plan.times_min)
    while plan.again_min and times[-1] + plan.again_min <= HORIZON_MIN and times[-1] > 0:
        sbp, dbp = readings(infusions, [times[-1]], seed)
        if sbp[index, 0] < limit[0] and dbp[index, 0] < limit[1]:
            break
        times.append(times[-1] + plan.again_min)
    return times


def trace(
    infusions: Infusions,
    plan: Schedule,
    index: int,
    sbp_mmhg: float = 165,
    dbp_mmhg: float = 100,
    seed: int = 1,
) -> Trace:
    """Return one session for a picture.

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
    times = _times_of(infusions, plan, index, (sbp_mmhg, dbp_mmhg), seed)
    sbp, dbp = readings(infusions, times, seed)
    return Trace(
        minutes=tuple(int(minute) for minute in infusions.minutes),
        systolic=tuple(infusions.sbp[index].tolist()),
        diastolic=tuple(infusions.dbp[index].tolist()),
        episode=tuple(inside[index].tolist()),
        times_min=tuple(times),
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


@dataclass(frozen=True)
class Lane:
    """One session with an episode, and whether a schedule saw it.

    Attributes
    ----------
    index : int
        Which session, from 0.
    runs : tuple of (int, int)
        First and last minute of each stretch at or above the limit.
    minutes : int
        Minutes at or above the limit, all stretches together.
    highest : tuple of float
        Highest true systolic and diastolic pressure, in mmHg.
    over_mmhg : float
        By how much the limit was passed at most, systolic or diastolic.
    first_seen_min : int or None
        Minute of the first reading that showed the limit, None if none did.
    """

    index: int
    runs: tuple[tuple[int, int], ...]
    minutes: int
    highest: tuple[float, float]
    over_mmhg: float
    first_seen_min: int | None

    @property
    def caught(self) -> bool:
        """Whether a reading showed the limit."""
        return self.first_seen_min is not None


@dataclass(frozen=True)
class Report:
    """What the schedules saw of one simulated clinic, and one session of it.

    Attributes
    ----------
    clinic : str
        One of `trd.monitoring.infusions.CLINICS`.
    sessions : int
    limit : tuple of float
        Systolic and diastolic, in mmHg.
    variation : float
        How much pressure wanders, 1 as assumed.
    seen : tuple of Caught
        The published schedules and the reader's own.
    chosen : Caught
        The one that is drawn.
    lanes : tuple of Lane
        Up to `LANES` sessions with an episode, longest first; the same for every schedule.
    shown : int
        Which of the lanes is drawn minute by minute, from 0; -1 without an episode.
    trace : Trace
        That session; without an episode the first one.
    lasted : tuple of float or None
        Median minutes at the limit of the missed and of the caught episodes.
    over : tuple of float or None
        Median of the most they passed the limit, in mmHg, missed and caught.
    worst : Lane or None
        The longest episode that was missed.
    """

    clinic: str
    sessions: int
    limit: tuple[float, float]
    variation: float
    seen: tuple[Caught, ...]
    chosen: Caught
    lanes: tuple[Lane, ...]
    shown: int
    trace: Trace
    lasted: tuple[float | None, float | None]
    over: tuple[float | None, float | None]
    worst: Lane | None

    def of(self, name: str) -> Caught:
        """Return what one schedule saw, by its short name."""
        return next(each for each in self.seen if each.schedule.name == name)


@lru_cache(maxsize=9)
def clinic_sessions(clinic: str, variation: float = 1.0) -> Infusions:
    """Return the simulated sessions of one clinic, always the same ones."""
    return simulate(SESSIONS, clinic, SEED, variation)


def _runs(inside: Flags) -> tuple[tuple[int, int], ...]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], inside.astype(int), [0]))))
    return tuple((int(a), int(b) - 1) for a, b in edges.reshape(-1, 2))


def _every_lane(infusions: Infusions, seen: Caught, limit: tuple[float, float]) -> list[Lane]:
    inside, episode = _episodes(infusions, *limit)
    indices = np.flatnonzero(episode)
    lasting = inside.sum(axis=1)
    after = infusions.sbp[:, 1:].max(axis=1), infusions.dbp[:, 1:].max(axis=1)
    order = sorted(indices.tolist(), key=lambda i: (-int(lasting[i]), i))
    return [
        Lane(
            index=i,
            runs=_runs(inside[i]),
            minutes=int(lasting[i]),
            highest=(float(after[0][i]), float(after[1][i])),
            over_mmhg=float(max(after[0][i] - limit[0], after[1][i] - limit[1])),
            first_seen_min=None if np.isnan(seen.first_minute[i]) else int(seen.first_minute[i]),
        )
        for i in order
    ]


def _median(found: list[float]) -> float | None:
    return float(np.median(found)) if found else None


def how_many_lanes(
    clinic: str, limit: tuple[float, float] = (165, 100), variation: float = 1.0
) -> int:
    """Return how many sessions `report` draws one under the other, 0 to `LANES`."""
    _inside, episode = _episodes(clinic_sessions(clinic, variation), *limit)
    return min(LANES, int(episode.sum()))


def report(
    name: str,
    every_min: Mapping[str, int],
    clinic: str = "mixed",
    limit: tuple[float, float] = (165, 100),
    shown: int = 0,
    variation: float = 1.0,
) -> Report:
    """Return what every schedule saw of one clinic, with one schedule and one session drawn.

    Parameters
    ----------
    name : str
        Short name of a published schedule, or ``"own"``.
    every_min : mapping of str to int
        The reader's own intervals, as for `phased_schedule`.
    clinic : str
        One of `trd.monitoring.infusions.CLINICS`.
    limit : tuple of float
        Systolic and diastolic, in mmHg.
    shown : int
        Which of the lanes to draw, from 0; the last one if there are fewer.
    variation : float
        0 to 3.

    Raises
    ------
    ValueError
        For an unknown schedule or clinic, or a number outside its limits.
    """
    shown = whole(shown, "shown", 0, LANES)
    infusions = clinic_sessions(clinic, variation)
    plans = (*schedules(), phased_schedule(every_min))
    seen = compare(infusions, plans, *limit, seed=SEED)
    by_name = {each.schedule.name: each for each in seen}
    if name not in by_name:
        raise ValueError(f"There is no schedule {name!r}; there are {', '.join(by_name)}.")
    chosen = by_name[name]
    every = _every_lane(infusions, chosen, limit)
    # Evenly through the whole list, so that long and short ones are drawn in their true mixture.
    picks = np.linspace(0, len(every) - 1, min(LANES, len(every))).round().astype(int)
    lanes = tuple(every[i] for i in picks)
    shown = min(shown, len(lanes) - 1)
    parts = [[lane for lane in every if lane.caught is caught] for caught in (False, True)]
    missed = parts[0]
    return Report(
        clinic=clinic,
        sessions=infusions.n,
        limit=limit,
        variation=variation,
        seen=seen,
        chosen=chosen,
        lanes=lanes,
        shown=shown,
        trace=trace(
            infusions, chosen.schedule, lanes[shown].index if lanes else 0, *limit, seed=SEED
        ),
        lasted=(
            _median([lane.minutes for lane in parts[0]]),
            _median([lane.minutes for lane in parts[1]]),
        ),
        over=(
            _median([lane.over_mmhg for lane in parts[0]]),
            _median([lane.over_mmhg for lane in parts[1]]),
        ),
        worst=missed[0] if missed else None,
    )
