"""A finished run, as the marking asks about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from trd.monitoring.chair import Done
from trd.monitoring.instruments import Reading
from trd.monitoring.session import Session

NEVER = 10**9


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
            self.first("pause", after),
            self.first("stop", after),
            self.first("rate", after, rate="half"),
        )

    def stopped(self, after: int) -> int | None:
        """Return when the pump was first paused or stopped."""
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


Judge = Callable[[Trace], float]
