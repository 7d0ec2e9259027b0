"""A run watched second by second, and a finished run beside the model's and beside nobody's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from trd.monitoring.casebook import SCENARIOS, Scenario, scenario
from trd.monitoring.chair import MONITOR, Happening
from trd.monitoring.debrief import Debrief, debrief
from trd.monitoring.marking import MAX_POINTS
from trd.monitoring.model_answers import perfect_log
from trd.monitoring.session import Session

Log = Sequence[Mapping[str, Any]]

#: Variants of a scenario that can be asked for by number in free practice.
FIRST_SEED = 1
LAST_SEED = 9999
#: Variants of graded runs begin here: nobody meets one of them in free practice, debrief and all.
GRADED_FROM = 20_000
_SHORT_RUN_MIN = 30


class Second(NamedTuple):
    """What the monitor showed in one second.

    Attributes
    ----------
    t_s : int
        Second of the run.
    spo2, hr, etco2 : int or None
        As displayed.
    flow : float
        What the pump gave, 1 is the ordered rate.
    """

    t_s: int
    spo2: int | None
    hr: int | None
    etco2: int | None
    flow: float


class Truth(NamedTuple):
    """What was true in one second, whatever the monitor showed.

    Attributes
    ----------
    t_s : int
    sbp, hr, spo2, respiration : float
        mmHg, beats a minute, %, breaths a minute.
    distress : float
        0 to 10.
    effect : float
        Of the drug, % of the peak of the reference infusion.
    """

    t_s: int
    sbp: float
    hr: float
    spo2: float
    respiration: float
    distress: float
    effect: float


class Watched(Session):
    """A run that keeps what was shown and what was true in every second.

    Parameters
    ----------
    key : str
        A scenario, see `trd.monitoring.scenarios`.
    seed : int

    Attributes
    ----------
    seconds : list of Second
    truth : list of Truth
    """

    def __init__(self, key: str, seed: int) -> None:
        super().__init__(key, seed)
        self.seconds: list[Second] = []
        self.truth: list[Truth] = []
        self._keep()

    def _keep(self) -> None:
        inst, body = self.instruments, self.body
        here = self.in_room and self.gone is None
        self.seconds.append(
            Second(
                self.now_s,
                inst.spo2 if here else None,
                inst.hr if here else None,
                inst.etco2 if here else None,
                self.pump.rate,
            )
        )
        self.truth.append(
            Truth(
                self.now_s,
                body.sbp,
                body.hr,
                body.spo2,
                body.respiration,
                body.distress,
                100 * body.drive.effect,
            )
        )

    def advance(self, seconds: int, until_alarm: bool = False) -> tuple[Happening, ...]:
        """Let time go on, as `Session.advance` does."""
        first = len(self.happenings)
        if type(seconds) is not int or seconds < 0:
            # The session says what is wrong with it.
            return super().advance(seconds)
        for _ in range(seconds):
            if self.over:
                break
            happened = super().advance(1)
            self._keep()
            if until_alarm and any(each.urgent for each in happened):
                break
        return tuple(self.happenings[first:])

    def wait(self, seconds: int) -> bool:
        """Let time go on, but not beyond anything that asks for attention.

        Parameters
        ----------
        seconds : int
            0 or more.

        Returns
        -------
        bool
            True if an alarm began or something urgent happened; time stopped in that second.
        """
        for _ in range(seconds):
            if any(calls_for_attention(each) for each in self.advance(1)):
                return True
        return False


def calls_for_attention(happening: Happening) -> bool:
    """Return True for alarms of either colour and for everything urgent."""
    alarm = happening.who == MONITOR and happening.text.startswith("Alarm")
    return happening.urgent or alarm


def resume(key: str, seed: int, log: Log, now_s: int = 0) -> Watched:
    """Return a run put back to where its clock stood, at least to the end of its last action.

    Parameters
    ----------
    key : str
    seed : int
    log : sequence of dict
    now_s : int
        Where the clock stood; it does not end a run that nobody ended.

    Raises
    ------
    ValueError
        If the log holds an action that cannot have happened.
    """
    session = Watched(key, seed)
    for entry in log:
        time, do = entry.get("t_s"), entry.get("do")
        if type(time) is not int or not session.now_s <= time <= session.limit_s:
            raise ValueError(f"No action is possible at {time!r} s.")
        session.advance(time - session.now_s)
        detail = {str(name): value for name, value in entry.items() if name not in ("t_s", "do")}
        session.act(str(do), **detail)
    session.advance(max(0, min(now_s, session.limit_s - 1) - session.now_s))
    return session


@dataclass(frozen=True)
class Told:
    """One finished run.

    Attributes
    ----------
    happenings : tuple of Happening
    truth : tuple of Truth
    debrief : Debrief
    started_s : int or None
        Second of the run in which the infusion began; negative if before the run.
    ended_s : int or None
        Second in which the pump was stopped or empty.
    last_s : int
        Second in which the run ended.
    criteria : mapping of str to bool
        Discharge criteria as they stood when the person was sent home; empty if not.
    """

    happenings: tuple[Happening, ...]
    truth: tuple[Truth, ...]
    debrief: Debrief
    started_s: int | None
    ended_s: int | None
    last_s: int
    criteria: Mapping[str, bool]


def tell(key: str, seed: int, log: Log) -> Told:
    """Run a log to its end.

    Raises
    ------
    ValueError
        If the log holds an action that cannot have happened.
    """
    session = resume(key, seed, log)
    session.advance(max(0, session.limit_s - session.now_s))
    return Told(
        happenings=tuple(session.happenings),
        truth=tuple(session.truth),
        debrief=debrief(session),
        started_s=session.pump.started_s,
        ended_s=session.pump.ended_s,
        last_s=session.now_s,
        criteria=dict(session.exit_criteria),
    )


@dataclass(frozen=True)
class Account:
    """A finished run beside the model's, and beside one in which nobody did anything.

    Attributes
    ----------
    scenario : Scenario
    seed : int
    log : sequence of dict
    yours, model, nobody : Told
        The first two as they were ended; what nobody touches goes on to the limit.
    yours_on, model_on : Told
        The same, carried on to the limit as if they had not been ended, so that the harm of all
        three can be compared.
    """

    scenario: Scenario
    seed: int
    log: Log
    yours: Told
    model: Told
    nobody: Told
    yours_on: Told
    model_on: Told


def account(key: str, seed: int, log: Log) -> Account:
    """Return what is to be talked through after a run.

    Raises
    ------
    ValueError
        If the log holds an action that cannot have happened.
    """
    best = perfect_log(key, seed)
    return Account(
        scenario=scenario(key),
        seed=seed,
        log=tuple(dict(entry) for entry in log),
        yours=tell(key, seed, log),
        model=tell(key, seed, best),
        nobody=tell(key, seed, []),
        yours_on=tell(key, seed, _unended(log)),
        model_on=tell(key, seed, _unended(best)),
    )


def _unended(log: Log) -> Log:
    return [entry for entry in log if entry["do"] != "finish"]


@dataclass(frozen=True)
class Stretch:
    """A stretch of time in two runs.

    Attributes
    ----------
    t_s : int
        Second of the run in which it begins.
    yours, model : tuple of Happening
    """

    t_s: int
    yours: tuple[Happening, ...]
    model: tuple[Happening, ...]


def side_by_side(found: Account) -> tuple[Stretch, ...]:
    """Return both timelines cut into the same stretches: a minute each, half in a short run."""
    length = 30 if found.scenario.minutes <= _SHORT_RUN_MIN else 60
    cut: dict[int, tuple[list[Happening], list[Happening]]] = {}
    for index, told in enumerate((found.yours, found.model)):
        for each in told.happenings:
            cut.setdefault(each.t_s // length * length, ([], []))[index].append(each)
    return tuple(
        Stretch(start, tuple(yours), tuple(model)) for start, (yours, model) in sorted(cut.items())
    )


#: What looks, asks or writes changes no harm by itself.
_LOOKS = frozenset(
    {
        *("ask", "bp", "cadss", "capnograph", "check", "chest_sounds", "cuff_cycle", "debrief"),
        *("disclose", "ecg", "finish", "glucose", "handover", "impression", "look_arm"),
        *("look_mouth", "moaas", "neuro", "note", "orientation", "plan", "report", "strip"),
    }
)


@dataclass(frozen=True)
class Worth:
    """What one action was worth: the run again without it.

    Attributes
    ----------
    entry : mapping
        The action as it stands in the log.
    harm_avoided : float
        Harm points more without it; negative if it did harm.
    """

    entry: Mapping[str, Any]
    harm_avoided: float


def worth(found: Account) -> tuple[Worth, ...]:
    """Return for each action of a run what it was worth, all at once; see `worths`."""
    return tuple(worths(found))


def worths(found: Account) -> Iterator[Worth]:
    """Yield for each action of a run what it was worth.

    What would have become impossible without it is left out as well, and every run is carried on
    to the limit. Takes one run for each action.
    """
    whole = found.yours_on.debrief.harm.total
    log = _unended(found.log)
    for index, entry in enumerate(log):
        if entry["do"] in _LOOKS:
            continue
        rest = [*log[:index], *log[index + 1 :]]
        without = _as_far_as_possible(found.scenario.key, found.seed, rest)
        yield Worth(entry, round(without - whole, 1))


def _as_far_as_possible(key: str, seed: int, log: Log) -> float:
    session = Session(key, seed)
    for entry in log:
        session.advance(max(0, min(entry["t_s"], session.limit_s) - session.now_s))
        detail = {name: value for name, value in entry.items() if name not in ("t_s", "do")}
        if not session.over and not session.why_not(entry["do"], **detail):
            session.act(entry["do"], **detail)
    session.advance(max(0, session.limit_s - session.now_s))
    return session.tally.report().total


# -- results kept across runs ------------------------------------------------------------------


@dataclass(frozen=True)
class Result:
    """One finished run as it is kept.

    Attributes
    ----------
    scenario : str
    seed : int
    points : float
    critical : int
        Number of critical errors.
    """

    scenario: str
    seed: int
    points: float
    critical: int

    def record(self) -> dict[str, Any]:
        """Return it as it is written down."""
        return {
            "scenario": self.scenario,
            "seed": self.seed,
            "points": self.points,
            "critical": self.critical,
        }


def result(found: Account) -> Result:
    """Return what is kept of a run."""
    debrief = found.yours.debrief
    return Result(found.scenario.key, found.seed, debrief.points, len(debrief.critical))


def read_result(kept: Any) -> Result | None:
    """Return a result as it was written down; None if it is none."""
    if not isinstance(kept, dict):
        return None
    key, seed = kept.get("scenario"), kept.get("seed")
    points, critical = kept.get("points"), kept.get("critical")
    if not isinstance(key, str) or key not in SCENARIOS or type(seed) is not int:
        return None
    if type(critical) is not int or critical < 0:
        return None
    if type(points) not in (int, float) or not 0 <= float(str(points)) <= MAX_POINTS:
        return None
    return Result(key, seed, float(str(points)), critical)


def next_seed(results: Iterable[Result], key: str) -> int:
    """Return the first variant of a scenario that was not run yet."""
    met = {each.seed for each in results if each.scenario == key}
    return next((seed for seed in range(FIRST_SEED, LAST_SEED) if seed not in met), FIRST_SEED)
