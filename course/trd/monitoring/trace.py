"""A finished run, as the marking asks about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from trd.monitoring.chair import Done
from trd.monitoring.instruments import Reading
from trd.monitoring.parameters import limits
from trd.monitoring.session import Session

NEVER = 10**9
_ATTENDED_S = limits("shared")["attended"][0]
#: What shows nobody that its doer has noticed anything.
_NO_ANSWER = frozenset({"finish", "leave_room", "note", "plan", "return", "silence"})
#: What holds until something else of the kind is done.
_HOLDS = frozenset({"position", "oxygen"})
#: What holds once it was done.
_LASTS = frozenset({"call", "capnograph", "quiet", "strip"})


class Share(float):
    """The share of a rule that was earned, and in words what was done or is missing.

    Attributes
    ----------
    said : str
        A sentence or nothing.
    """

    said: str

    def __new__(cls, value: float, said: str = "") -> Share:
        """Return a share with its words."""
        found = super().__new__(cls, value)
        found.said = said
        return found


def said(value: float) -> str:
    """Return the words of a share; empty for a bare number."""
    return getattr(value, "said", "")


def clock(seconds: int) -> str:
    """Return seconds as ``"28:05"``."""
    return f"{'-' if seconds < 0 else ''}{abs(seconds) // 60}:{abs(seconds) % 60:02d}"


def sentence(words: str) -> str:
    """Return words as a sentence of their own."""
    return f"{words[:1].upper()}{words[1:]}{'' if words.endswith('.') else '.'}" if words else ""


class Trace:
    """What happened in a run.

    Parameters
    ----------
    session : Session
        Over, or as far as it went.
    onset : str
        Edge at which the trouble of the scenario begins; ``""`` for the beginning of the run.

    Attributes
    ----------
    onset_s : int or None
        Second of that edge; None if it never came.
    """

    def __init__(self, session: Session, onset: str = "") -> None:
        self.session = session
        self.onset_s: int | None = 0 if not onset else session.edges.get(onset)

    @property
    def zero(self) -> int:
        """Second from which answers are timed."""
        return NEVER if self.onset_s is None else self.onset_s

    def clock(self, t_s: int) -> str:
        """Return a second of the run as the chair's clock shows it.

        It counts from the start of the infusion, and before it from the beginning of the run.
        """
        started = self.session.pump.started_s
        if started is None:
            return clock(t_s)
        if t_s < started:
            return f"{clock(started - t_s)} before the start"
        return clock(t_s - started)

    def attended(self) -> bool:
        """Return True if something was looked at or done soon after the onset.

        What was done before the onset is right only in the hands of somebody who then sees that
        it has begun.
        """
        return any(
            each.do not in _NO_ANSWER and 0 <= each.t_s - self.zero <= _ATTENDED_S
            for each in self.session.done
        )

    def in_force(self, do: str, **match: str) -> bool:
        """Return True if something done before the onset still held at the onset."""
        before = self.all(do, -1, self.zero)
        if do in _LASTS:
            return any(all(e.chosen.get(k) == v for k, v in match.items()) for e in before)
        last = before[-1:] if do in _HOLDS else []
        return any(all(e.chosen.get(k) == v for k, v in match.items()) for e in last)

    def since(self, do: str, **match: str) -> int | None:
        """Return when something held or was first done, from the onset on.

        What was done before the onset and still holds counts as done at the onset.
        """
        if self.zero < NEVER and self.in_force(do, **match) and self.attended():
            return self.zero
        return self.first(do, self.zero, **match)

    def off_at(self, second: int) -> bool:
        """Return True if the pump had been paused or stopped by then, by whoever sits here."""
        done = [
            each for do in ("pause", "stop", "resume", "start") for each in self.all(do, -1, second)
        ]
        last = max(done, key=lambda each: each.t_s, default=None)
        return last is not None and last.do in ("pause", "stop")

    def all(self, do: str, after: int = -1, before: int = NEVER, **match: str) -> list[Done]:
        """Return what was done of a kind, in order of time."""
        return [
            each
            for each in self.session.done
            if each.do == do
            and after <= each.t_s < before
            and all(each.chosen.get(key) == value for key, value in match.items())
        ]

    def first(self, do: str, after: int = -1, **match: str) -> int | None:
        """Return when something was first done, or None."""
        found = self.all(do, after, NEVER, **match)
        return found[0].t_s if found else None

    def did(self, do: str, after: int = -1, before: int = NEVER, **match: str) -> bool:
        """Return True if it was done."""
        return bool(self.all(do, after, before, **match))

    def earliest(self, *times: int | None) -> int | None:
        """Return the smallest of the times that are there."""
        there = [each for each in times if each is not None]
        return min(there) if there else None

    def edge(self, key: str) -> int | None:
        """Return the second in which a state was first reached."""
        return self.session.edges.get(key)

    def slowed(self, after: int) -> int | None:
        """Return when the pump was first paused, stopped or halved."""
        return self.earliest(
            self.stopped(after),
            self.first("rate", after, rate="half"),
        )

    def stopped(self, after: int) -> int | None:
        """Return when the pump was first paused or stopped.

        A pump that was off by then counts as stopped then, if the trouble was attended to.
        """
        if after >= 0 and self.off_at(after) and (after != self.zero or self.attended()):
            return after
        return self.earliest(self.first("pause", after), self.first("stop", after))

    def readings(self, after: int = 0, before: int = NEVER) -> list[Reading]:
        """Return cuff readings of the run itself."""
        return [each for each in self.session.instruments.readings if after <= each.t_s < before]

    def start_s(self) -> int | None:
        """Return when the infusion began; negative if before the run."""
        return self.session.pump.started_s

    def end_s(self) -> int:
        """Return when the infusion was over, or the end of the run."""
        ended = self.session.pump.ended_s
        return self.session.now_s if ended is None else ended


def within(when: int | None, zero: int, full_s: int, half_s: int) -> float:
    """Return 1 if something came within `full_s` after `zero`, 0.5 within `half_s`, else 0."""
    if when is None or when < zero:
        return 0.0
    late = when - zero
    return 1.0 if late <= full_s else 0.5 if late <= half_s else 0.0


def share(tests: Sequence[bool]) -> float:
    """Return the share that holds."""
    return sum(tests) / len(tests) if tests else 0.0


def named(tests: Sequence[tuple[str, float]]) -> Share:
    """Return the mean of what was judged one by one, and the names of what is missing."""
    missing = [name for name, met in tests if met == 0]
    late = [name for name, met in tests if 0 < met < 1]
    words = [f"missing: {', '.join(missing)}"] if missing else []
    words += [f"late or in part: {', '.join(late)}"] if late else []
    mean = sum(met for _name, met in tests) / len(tests) if tests else 0.0
    return Share(mean, sentence("; ".join(words)))


Judge = Callable[[Trace], float]
