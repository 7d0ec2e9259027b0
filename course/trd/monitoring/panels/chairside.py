"""The chairside: an infusion run in real time, and talked over afterwards."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from trd.monitoring.account import (
    FIRST_SEED,
    LAST_SEED,
    Result,
    Watched,
    Worth,
    account,
    next_seed,
    read_result,
    result,
    resume,
    worths,
)
from trd.monitoring.casebook import scenario, scenarios
from trd.monitoring.under_way import UnderWay, left_open
from trd.monitoring.views import chairside as view
from trd.panel.base import CAUTION
from trd.panel.cards import error_html
from trd.quiz.kept import Kept
from trd.quiz.simulation import news, runs

_HERE = Path(__file__).parent

#: Where the results, and the run that is not finished yet, are kept among the reader's own
#: progress. They share one place, so that the order of the lines says what is still open.
NOTEBOOK = "04_monitoring_the_infusion"
ITEM = "chairside-results"

#: Most seconds that the screen may ask for at once.
MOST_S = 600

DOOR, RUN, DONE = "door", "run", "done"

_LEAD = (
    "You are at the chair: watch, act, call, chart. The clinic and the people are invented; the "
    "order set below is this clinic’s own."
)
_LEAD_GRADED = (
    "You are at the chair. Read the order set, then run the session. Every action is saved at once "
    "and the clock about every minute, so that the run can be taken up again where it stood."
)
_RECORDED = (
    "<p class='tch-rule'><strong>Your run has been recorded.</strong> The last finished run "
    "counts.</p>"
)
_NOT_RECORDED = "<p class='tch-error-line'><strong>Your run is not saved yet.</strong> {why}</p>"
_ANOTHER = " Another variant: the story is the same, times, numbers and answers differ."
_GONE_BY = "The run that was saved cannot be taken up again; it begins anew."
#: What is asked before a run is left for a new one.
_ANEW = "Leave this run and go back to the door? What you did in it is lost."
_ANEW_GRADED = (
    "Leave this run and go back to the door? What you did in it is lost: it was not finished, so "
    "it does not count and cannot be brought back. What counts is the last run you finish; one "
    "you finished before still counts until then."
)
#: The clock of a run is written down when so many simulated seconds have gone by.
CLOCK_EVERY_S = 60
#: What an action bought is worked out so many actions at a time, so that the page stays quick, and
#: for no more than so many in all.
AT_A_TIME = 3
MOST_WORTHS = 60

Action = dict[str, Any]


class Chairside(anywidget.AnyWidget):
    """One run at a time: the door, the chair, what it came to.

    The front end keeps the pace and this class the time: a message asks for whole seconds, and
    the answer holds every one of them.

    Attributes
    ----------
    page : dict
        What is on the screen around the run: number, phase, texts.
    results : str
        HTML of the results kept across runs.
    session : Watched
        The run.
    """

    _esm = _HERE / "chairside.js"
    _css = _HERE / "chairside.css"

    #: From this many seconds at once a wait is a step, and where the clock stands after it is
    #: written down.
    _step_s = CLOCK_EVERY_S

    spec = traitlets.Dict().tag(sync=True)
    page = traitlets.Dict().tag(sync=True)
    results = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self,
        key: str,
        seed: int,
        run: Watched | None = None,
        graded: bool = False,
        notice: str = "",
    ) -> None:
        self._graded = graded
        self._number = 0
        self._lines_sent = self._frames_sent = 0
        super().__init__(
            spec={
                "title": "" if graded else "Chairside",
                "caution": CAUTION,
                "lead": _LEAD_GRADED if graded else _LEAD,
                "graded": graded,
                "tabs": view.tabs(),
                "drugs": view.drug_dialog(),
                "impressions": view.impressions(),
                "keys": view.key_list(),
                "orders": view.order_sheet(),
                "catalogue": [] if graded else view.catalogue(),
                "seeds": [FIRST_SEED, LAST_SEED],
                "most": MOST_S,
                "anew": _ANEW_GRADED if graded else _ANEW,
            }
        )
        self._begin(key, seed, run, notice)
        self.on_msg(self._on_message)

    # -- what can be done -----------------------------------------------------------------

    def sit_down(self) -> dict[str, Any]:
        """Go from the door to the chair; time stands still until it is asked for."""
        if self.page["phase"] == DOOR:
            self.page = {**self.page, "phase": RUN}
        return self.snapshot()

    def go(self, seconds: int) -> dict[str, Any]:
        """Let time go on, up to the next alarm.

        Parameters
        ----------
        seconds : int
            1 to `MOST_S`.

        Returns
        -------
        dict
            What was sent to the screen.
        """
        if type(seconds) is not int or not 1 <= seconds <= MOST_S:
            raise ValueError(f"{seconds!r} is not a number of seconds from 1 to {MOST_S}.")
        self._at_the_chair()
        self._may_go_on()
        stopped = self.session.wait(seconds)
        self._waited(rest=stopped or seconds >= self._step_s)
        return self._tick(stopped=stopped)

    def rest(self) -> None:
        """Take note that the reader has stopped the clock."""
        if self.page["phase"] == RUN:
            self._waited(rest=True)

    def act(self, do: str, **detail: str) -> dict[str, Any]:
        """Do something, or say why it is impossible now.

        Returns
        -------
        dict
            What was sent to the screen.
        """
        self._at_the_chair()
        self._may_go_on()
        try:
            self.session.act(do, **detail)
        except ValueError as error:
            return self._tick(refused=str(error))
        self._recorded()
        return self._tick(acted=do)

    def again(self) -> None:
        """Run the same variant again, from the door."""
        self._begin(self.scenario, self.seed)

    def snapshot(self) -> dict[str, Any]:
        """Send everything there is to draw, to a screen that has nothing yet."""
        self._lines_sent = self._frames_sent = 0
        return self._tick(whole=True)

    # -- for the subclasses ---------------------------------------------------------------

    def _finished(self) -> str:
        """Act on a finished run and return what is shown after it."""
        raise NotImplementedError

    def _save(self) -> None:
        """Write down where the run stands."""
        raise NotImplementedError

    def _may_go_on(self) -> None:
        """Raise a ValueError, in the reader's words, where this run must not be touched."""

    def _not_saved(self) -> str:
        """Return why what was done is not saved; empty where it is."""
        return ""

    # -- the run --------------------------------------------------------------------------

    def _begin(self, key: str, seed: int, run: Watched | None = None, notice: str = "") -> None:
        found = scenario(key)
        self.session = Watched(key, seed) if run is None else run
        self._clock_s = self.session.now_s
        self.scenario, self.seed = key, seed
        self._number += 1
        self._lines_sent = self._frames_sent = 0
        self.page = {
            "number": self._number,
            "phase": RUN if self.session.log or self.session.now_s else DOOR,
            "scenario": key,
            "seed": seed,
            "title": found.title,
            "purpose": found.purpose + ("" if self._graded or seed == FIRST_SEED else _ANOTHER),
            "who": "" if self._graded else f"{found.title}, variant {seed}",
            "brief": view.brief(found, self.session.setup.brief),
            "briefing": self.session.setup.brief,
            "rules": view.rules(found),
            "readings": self._readings(),
            "notice": notice,
            "resumed": self._taken_up(),
            "outcome": "",
            "bought": "",
        }

    def _taken_up(self) -> str:
        if not (self.session.log or self.session.now_s):
            return ""
        at, since = view.where_it_stands(self.session)
        count = len(self.session.log)
        return (
            f"Taken up again where it stood, at {at} {since}, with {count} "
            f"action{'' if count == 1 else 's'} done. Time stands still until you press Go."
        )

    def _recorded(self) -> None:
        # The action that ends the run is recorded once, as a finished run.
        if not self.session.over:
            self._keep()

    def _waited(self, rest: bool) -> None:
        """Write down time that has gone by; `rest` if it stands still now."""
        gone_by = self.session.now_s - self._clock_s
        if not self.session.over and gone_by >= (1 if rest else CLOCK_EVERY_S):
            self._keep()

    def _keep(self) -> None:
        self._clock_s = self.session.now_s
        self._save()

    def _at_the_chair(self) -> None:
        if self.page["phase"] != RUN:
            raise ValueError("Nobody is at the chair; begin a run first.")

    def _readings(self) -> list[list[int]]:
        return [[each.t_s, each.sbp, each.dbp] for each in self.session.instruments.readings]

    def _tick(self, **more: Any) -> dict[str, Any]:
        session = self.session
        frames = session.seconds[self._frames_sent :]
        lines = session.happenings[self._lines_sent :]
        self._frames_sent, self._lines_sent = len(session.seconds), len(session.happenings)
        content = {
            "kind": "tick",
            "number": self._number,
            "frames": [[f.t_s, f.spo2, f.hr, f.flow] for f in frames],
            "readings": self._readings(),
            "started": session.pump.started_s,
            "lines": [view.entry(each, session.pump.started_s) for each in lines],
            "now": view.moment(session),
            "unsaved": self._not_saved(),
            **more,
        }
        self.send(content)
        if session.over and self.page["phase"] == RUN:
            outcome = self._finished()
            self.page = {**self.page, "phase": DONE, "outcome": outcome}
        return content

    # -- messages -------------------------------------------------------------------------

    def _on_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        try:
            self._do(content)
        except ValueError as error:
            self.send({"kind": "error", "number": self._number, "text": str(error)})
        except Exception as error:  # noqa: BLE001 - a reader must never meet a traceback
            self.send({"kind": "card", "html": error_html(error, "Chairside")})

    def _do(self, content: Mapping[str, Any]) -> None:
        do = content.get("do")
        if do == "hello":
            self.snapshot()
        elif do == "open":
            self.sit_down()
        elif do == "again":
            self.again()
        elif content.get("number") != self._number or self.page["phase"] != RUN:
            # Sent by a screen that shows an older run.
            self.snapshot()
        elif do == "go":
            if content.get("at") == self.session.now_s:
                self.go(content.get("seconds", 0))
            else:
                # Another view of the same run was faster.
                self.snapshot()
        elif do == "rest":
            self.rest()
        elif do == "act":
            detail = content.get("detail") or {}
            self.act(str(content.get("what")), **{str(k): v for k, v in dict(detail).items()})


class LessonChairside(Chairside):
    """The chair of the lesson: any scenario, a debrief after every run, and a memory.

    The results are kept, and so is the run under way: at each action, about every minute of its
    clock, and where the clock is stopped.
    """

    def __init__(self, key: str | None = None, seed: int | None = None) -> None:
        self._kept = Kept(NOTEBOOK, ITEM)
        self._part = secrets.token_hex(4)
        earlier = self._kept.earlier()
        self._runs: list[Result] = [found for found in map(read_result, earlier) if found]
        run = _left_open(earlier)
        # Whoever asks for another run than the one that was left is given that one.
        if run and key in (None, run.scenario.key) and seed in (None, run.seed):
            key, seed = run.scenario.key, run.seed
        else:
            run = None
        key = key or (self._runs[-1].scenario if self._runs else scenarios()[0])
        scenario(key)
        super().__init__(key, next_seed(self._runs, key) if seed is None else seed, run)
        self.results = view.results(self._runs)

    def choose(self, key: str, number: str = "") -> None:
        """Go to the door of another scenario or variant.

        Parameters
        ----------
        key : str
            A scenario.
        number : str
            The variant, as typed; empty for one not run yet.

        Raises
        ------
        ValueError
            If there is no such scenario or variant, in the reader's words.
        """
        scenario(key)
        if not number:
            self._begin(key, next_seed(self._runs, key))
            return
        if not number.isdecimal() or not FIRST_SEED <= int(number) <= LAST_SEED:
            raise ValueError(
                f"“{number}” is not the number of a variant: type a whole number from "
                f"{FIRST_SEED} to {LAST_SEED}, or leave the box empty."
            )
        self._begin(key, int(number))

    def work_out(self, most: int | None = None) -> None:
        """Show what each action bought; it takes one run for each.

        Parameters
        ----------
        most : int, optional
            No more actions than this now; the screen then asks for the rest, and other wishes
            come in between.
        """
        if self.page["phase"] != DONE or self.page["bought"]:
            return
        for count, each in enumerate(self._worths, start=1):
            self._found.append(each)
            if len(self._found) >= MOST_WORTHS:
                break
            if count == most:
                self.send({"kind": "more", "number": self._number, "done": len(self._found)})
                return
        self.page = {**self.page, "bought": view.bought(self._account, self._found)}

    def _do(self, content: Mapping[str, Any]) -> None:
        if content.get("do") == "choose":
            self.choose(str(content.get("scenario")), str(content.get("seed", "")))
        elif content.get("do") == "bought":
            self.work_out(AT_A_TIME)
        else:
            super()._do(content)

    def _begin(self, key: str, seed: int, run: Watched | None = None, notice: str = "") -> None:
        left = self.page.get("phase") == RUN
        super()._begin(key, seed, run, notice)
        self._written: list[Action] | None = None
        if left:
            # Who opens the page again stands at this door as well.
            self._save()

    def _save(self) -> None:
        session = self.session
        here = UnderWay(self.scenario, self.seed, tuple(session.log), session.now_s).record()
        state = {"run": self._number, "completed": False, **here}
        wrong = self._kept.keep(news(state, self._written, self._part))
        if not wrong:
            self._written = here["log"]
        self._show_results(wrong)

    def _show_results(self, wrong: str) -> None:
        self.results = view.results(self._runs) + (view.not_kept(wrong) if wrong else "")

    def _finished(self) -> str:
        self._account = account(self.scenario, self.seed, self.session.log)
        self._worths: Iterator[Worth] = worths(self._account)
        self._found: list[Worth] = []
        this = result(self._account)
        self._runs.append(this)
        self._show_results(self._kept.keep(this.record()))
        return view.debrief(self._account)


def _left_open(earlier: Sequence[Any]) -> Watched | None:
    """Return the run that stands open after the last result, or None."""
    ended = max((line for line, each in enumerate(earlier) if read_result(each)), default=-1)
    # A run of another window may have begun before that result, and gone on after it.
    lines = ({**each, "line": line} for line, each in enumerate(earlier) if isinstance(each, dict))
    return left_open(state for state in runs(lines) if state["line"] > ended)


class GradedChairside(Chairside):
    """The chair of a simulation item: every action is recorded, and nothing is told."""

    # Of a run that counts a shorter wait is not lost either.
    _step_s = 10

    def __init__(
        self,
        key: str,
        seed: int,
        log: Sequence[Mapping[str, Any]],
        record: Callable[..., str | None],
        finished: Sequence[Mapping[str, Any]] = (),
        now_s: int = 0,
    ) -> None:
        self._keeps = record
        self._unsaved = ""
        run, notice = None, ""
        try:
            run = resume(key, seed, log, now_s)
        except (ValueError, TypeError, AttributeError):
            notice = _GONE_BY
        if run and run.over:
            run = None
        super().__init__(key, seed, run, graded=True, notice=notice)
        if finished and not log and not now_s:
            self._look_back(finished)

    def again(self) -> None:
        """Go back to the door for a new run; one that is left unfinished is given up for good."""
        left = self.page["phase"] == RUN
        super().again()
        if left:
            self._record([], now_s=0)

    def _actions(self) -> list[Action]:
        return [dict(entry) for entry in self.session.log]

    def _record(self, actions: list[Action], **more: Any) -> None:
        self._unsaved = self._keeps(actions, **{"completed": False, **more}) or ""

    def _not_saved(self) -> str:
        return self._unsaved

    def _may_go_on(self) -> None:
        # Asked before anything is done, so that no two windows go on with one run.
        elsewhere: Callable[[], str] | None = getattr(self._keeps, "elsewhere", None)
        words = elsewhere() if elsewhere else ""
        if words:
            raise ValueError(words)

    def _save(self) -> None:
        self._record(self._actions(), now_s=self._clock_s)

    def _finished(self) -> str:
        self._record(self._actions(), completed=True)
        head = _NOT_RECORDED.format(why=escape(self._unsaved)) if self._unsaved else _RECORDED
        return head + view.as_it_ended(self.session)

    def _look_back(self, finished: Sequence[Mapping[str, Any]]) -> None:
        """Show a run as it ended; one that cannot have happened is passed over."""
        try:
            run = resume(self.scenario, self.seed, finished)
        except (ValueError, TypeError, AttributeError):
            return
        # Where nobody ended it, it ran out of time.
        run.advance(max(0, run.limit_s - run.now_s))
        self.session = run
        self.page = {
            **self.page,
            "phase": DONE,
            "readings": self._readings(),
            "outcome": _RECORDED + view.as_it_ended(run),
        }


def chairside(scenario: str | None = None, seed: int | None = None) -> LessonChairside:
    """Return the chair of the lesson.

    Parameters
    ----------
    scenario : str, optional
        Where to begin, see `trd.monitoring.scenarios`; where the reader left off when not given.
    seed : int, optional
        Which variant; one not run yet when not given.
    """
    return LessonChairside(scenario, seed)


def simulation_panel(
    scenario: str,
    seed: int,
    log: Sequence[Mapping[str, Any]],
    record: Callable[..., str | None],
    finished: Sequence[Mapping[str, Any]] = (),
    now_s: int = 0,
) -> GradedChairside:
    """Return the chair of a simulation item, put back to where its clock stood.

    Parameters
    ----------
    scenario : str
        See `trd.monitoring.scenarios`.
    seed : int
    log : sequence of dict
        The actions of an unfinished run. A finished or impossible one starts anew.
    record : callable
        ``record(log, completed=False, now_s=240)`` after every action and about every minute of
        the clock, ``completed=True`` at the end of the run. What it returns, if anything, says
        why that could not be saved. It may carry ``elsewhere()``: why this run must not be gone on
        with here, because another window has.
    finished : sequence of dict
        The actions of the last finished run, shown as it ended while no other is under way.
    now_s : int
        Where the clock of the unfinished run stood, in simulated seconds; never before the end
        of its last action.
    """
    return GradedChairside(scenario, seed, log, record, finished, now_s)
