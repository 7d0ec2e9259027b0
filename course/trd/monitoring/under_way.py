"""A run of free practice that was left before its end, as it is read back from what was kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from trd.monitoring.account import FIRST_SEED, LAST_SEED, Watched, resume
from trd.monitoring.casebook import SCENARIOS

#: More than anybody does in one run.
MOST = 5000
#: Playing a run again takes up to a fifth of a second, so only so many states are tried.
TRIES = 5


@dataclass(frozen=True)
class UnderWay:
    """Where a run stands.

    Attributes
    ----------
    scenario : str
    seed : int
    log : tuple of mapping
        The actions so far. Whether they can have happened shows only when they are played.
    now_s : int
        Second of the run.
    """

    scenario: str
    seed: int
    log: tuple[Mapping[str, Any], ...] = ()
    now_s: int = 0

    def record(self) -> dict[str, Any]:
        """Return it as what is written down."""
        return {
            "scenario": self.scenario,
            "seed": self.seed,
            "log": [dict(entry) for entry in self.log],
            "now_s": self.now_s,
        }


def read_under_way(record: object) -> UnderWay | None:
    """Return a run from what was written down, or None if it is none."""
    if not isinstance(record, Mapping):
        return None
    key, seed = record.get("scenario"), record.get("seed")
    log, now_s = record.get("log"), record.get("now_s")
    # A file may hold anything, and a variant that waits in an assignment is not met here.
    if not isinstance(key, str) or key not in SCENARIOS:
        return None
    if type(seed) is not int or not FIRST_SEED <= seed <= LAST_SEED:
        return None
    if not isinstance(log, list) or len(log) > MOST or type(now_s) is not int:
        return None
    if not all(isinstance(entry, Mapping) for entry in log):
        return None
    return UnderWay(key, seed, tuple(log), now_s)


def left_open(states: Iterable[object]) -> Watched | None:
    """Return the run that was left before its end, put back to where its clock stood, or None.

    Parameters
    ----------
    states : iterable of object
        What was written since a run was last finished, oldest first and each with the whole log
        of its run; not yet checked. What cannot have happened is passed over.
    """
    found = deque(filter(None, map(read_under_way, states)), maxlen=TRIES)
    for state in reversed(found):
        try:
            run = resume(state.scenario, state.seed, state.log, state.now_s)
        except ValueError:
            continue
        if not run.over:
            return run
    return None
