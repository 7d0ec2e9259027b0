"""The screening clinic: virtual patients found by asking and testing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from trd.panel.cards import error_html
from trd.quiz.kept import Kept, last_open
from trd.screening.interview import ASK, TEST, inquiry
from trd.screening.people import DIFFICULTIES, virtual_patient
from trd.screening.simulation import DECIDE, complaint, so_far
from trd.screening.under_way import UnderWay, read_under_way
from trd.screening.views import clinic as view
from trd.screening.visits import (
    FIRST_SEED,
    GRADED,
    LAST_SEED,
    Visit,
    account,
    next_seed,
    next_time_s,
    read_visit,
    visit,
)

_HERE = Path(__file__).parent

#: Where the results, and the visit that is not decided yet, are kept among the reader's own
#: progress. They share one place, so that the order of the lines says what is still open.
NOTEBOOK = "03_screening_candidates"
ITEM = "screening-clinic-results"

_EMPTY: Mapping[str, Any] = {"disposition": "", "reasons": [], "conditions": []}

_LEAD = (
    "Read the letter, ask and order what could change the decision, and decide by this course’s "
    "rule. Every person is invented."
)
_DONE = (
    "<p class='trd-rule'><strong>You have decided, and the visit is over.</strong> What you asked, "
    "what it brought and what you decided stand in the chart.</p>"
)

_TAKEN_UP = "You had not decided yet: this visit goes on where you left it."

Action = dict[str, Any]


class Clinic(anywidget.AnyWidget):
    """One visit at a time: the letter, questions and tests, the chart, the decision.

    Attributes
    ----------
    visit : dict
        What is on the screen.
    draft : dict
        Decision, reasons and conditions as they are ticked.
    message : dict
        ``where`` (call, ask or decide), ``kind`` (info or error) and ``text``.
    results : str
        HTML of the results kept across patients.
    actions : list of dict
        What was done in this visit.
    """

    _esm = _HERE / "clinic.js"
    _css = _HERE / "clinic.css"

    spec = traitlets.Dict().tag(sync=True)
    visit = traitlets.Dict().tag(sync=True)
    draft = traitlets.Dict().tag(sync=True)
    message = traitlets.Dict().tag(sync=True)
    results = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self,
        scenario: str,
        seed: int,
        log: Sequence[Action] = (),
        graded: bool = False,
        draft: Mapping[str, Any] = _EMPTY,
    ) -> None:
        self._graded = graded
        self._number = 0
        self._rev = 0
        self._repeat = ""
        super().__init__(
            spec={
                "title": "" if graded else "Screening clinic",
                "lead": _LEAD,
                "graded": graded,
                "sections": view.sections(),
                "decisions": view.decisions(),
                "reasons": view.reasons(),
                "conditions": view.conditions(),
                "not_here": view.not_here(),
                "difficulties": view.difficulties(),
            },
            draft=dict(_EMPTY),
        )
        try:
            decided = so_far(scenario, seed, log).decided
        except ValueError:
            log, decided = [], True
        self._begin(scenario, seed, [] if decided else log, draft)
        self.on_msg(self._on_message)

    # -- what can be done -----------------------------------------------------------------

    def ask(self, what: str) -> None:
        """Ask a question or order a test by its key."""
        kinds = {item["key"]: item["do"] for group in view.sections() for item in group["items"]}
        self._inquire(kinds.get(what, ASK), what)

    def decide(
        self, disposition: str, reasons: Sequence[str] = (), conditions: Sequence[str] = ()
    ) -> None:
        """Take the decision, or say what is still missing."""
        wrong = self._complaint(disposition, reasons)
        if wrong:
            self._say("decide", wrong, "error")
            return
        action = {
            "t_s": next_time_s(self.actions, DECIDE),
            "do": DECIDE,
            "disposition": disposition,
            "reasons": list(reasons),
            "conditions": list(conditions),
        }
        # A decision that the model refuses must not get into the record.
        so_far(self.scenario, self.seed, [*self.actions, action])
        self.actions.append(action)
        self._say("decide", "")
        outcome = self._finished()
        self._show([*self._entries(), view.decided(action)], "done", outcome)

    def again(self) -> None:
        """Meet the same person again, from the beginning."""
        self._begin(self.scenario, self.seed)

    # -- for the subclasses ---------------------------------------------------------------

    def _finished(self) -> str:
        """Act on a finished visit and return what is shown under the chart."""
        raise NotImplementedError

    def _recorded(self) -> None:
        """Act on a question or test."""

    # -- the visit ------------------------------------------------------------------------

    def _begin(
        self,
        scenario: str,
        seed: int,
        log: Sequence[Action] = (),
        draft: Mapping[str, Any] = _EMPTY,
    ) -> None:
        self.scenario, self.seed = scenario, seed
        self.patient = virtual_patient(seed, scenario)
        self.actions: list[Action] = [dict(action) for action in log]
        self._number += 1
        self._repeat = ""
        self.draft = dict(draft)
        self._say("ask", "")
        self._show(self._entries(), "open")

    def _entries(self) -> list[str]:
        return [
            view.entry(action, self.patient.answers[action["what"]])
            for action in self.actions
            if action["do"] != DECIDE
        ]

    def _show(self, entries: list[str], phase: str, outcome: str = "") -> None:
        who = view.person(self.patient)
        now_s = self.actions[-1]["t_s"] if self.actions else 0
        if not self._graded:
            who += f" · patient {self.seed}, {self.scenario}"
        self.visit = {
            "number": self._number,
            "difficulty": self.scenario,
            "who": who,
            "letter": view.letter(self.patient),
            "clock": f"{view.clock(now_s)} min of your time",
            "entries": entries,
            "done": [action["what"] for action in self.actions if "what" in action],
            "phase": phase,
            "outcome": outcome,
        }

    def _inquire(self, do: str, what: str) -> None:
        if self.actions and self.actions[-1]["do"] == DECIDE:
            self._say("ask", "The decision was taken; nothing can be asked after it.", "error")
            return
        found = inquiry(do, what)
        before = [action for action in self.actions if action["what"] == what]
        if before and self._repeat != what:
            # A double click must not cost a test; whoever means it presses once more.
            self._repeat = what
            when = view.clock(before[-1]["t_s"])
            self._say(
                "ask",
                f"Already in the chart, at {when}: “{found.label}”. "
                f"Press once more to {'ask' if do == ASK else 'order'} it again.",
            )
            return
        self._repeat = ""
        self.actions.append({"t_s": next_time_s(self.actions, do), "do": do, "what": what})
        self._recorded()
        self._say("ask", "")
        self._show(self._entries(), "open")

    def _complaint(self, disposition: str, reasons: Sequence[str]) -> str:
        if self.actions and self.actions[-1]["do"] == DECIDE:
            return "The decision was taken already."
        return complaint(disposition, reasons)

    def _say(self, where: str, text: str, kind: str = "info") -> None:
        self._rev += 1
        self.message = {"where": where, "text": text, "kind": kind, "rev": self._rev}

    def _on_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        try:
            self._do(content)
        except ValueError as error:
            where = {DECIDE: "decide", "next": "call"}.get(str(content.get("do")), "ask")
            self._say(where, str(error), "error")
        except Exception as error:  # noqa: BLE001 - a reader must never meet a traceback
            self.visit = {**self.visit, "outcome": error_html(error, "Screening clinic")}

    def _do(self, content: Mapping[str, Any]) -> None:
        do = content.get("do")
        if do in (ASK, TEST):
            self._inquire(do, str(content.get("what")))
        elif do == DECIDE:
            self.decide(
                str(content.get("disposition")),
                list(content.get("reasons", ())),
                list(content.get("conditions", ())),
            )
        elif do == "again" and (self._graded or self.visit["phase"] != "open"):
            self.again()


class LessonClinic(Clinic):
    """The clinic of the lesson: a debrief after every decision, and a memory.

    The results are kept, and so is the visit under way, at each question and each tick.
    """

    def __init__(self) -> None:
        self._kept = Kept(NOTEBOOK, ITEM)
        earlier = self._kept.earlier()
        self._visits: list[Visit] = [found for found in map(read_visit, earlier) if found]
        # Who comes back goes on where they were.
        here = last_open(earlier, read_visit, read_under_way)
        if here is None:
            difficulty = self._visits[-1].scenario if self._visits else DIFFICULTIES[0]
            here = UnderWay(difficulty, next_seed(self._visits, difficulty))
        self._written: UnderWay | None = here
        super().__init__(here.scenario, here.seed, here.log(), draft=here.draft())
        if here.begun:
            self._say("ask", _TAKEN_UP)
        self.results = view.results(self._visits)
        self.observe(lambda _change: self._remember(), names="draft")

    def next(self, difficulty: str | None = None, number: str = "") -> None:
        """Call in somebody new, or somebody by number.

        Parameters
        ----------
        difficulty : str, optional
            The present one when not given.
        number : str
            As typed; empty for somebody not met yet.

        Raises
        ------
        ValueError
            If the number is none from 1 to 9999 or waits in an assignment, in the reader's words.
        """
        difficulty = difficulty or self.scenario
        if not number:
            after = self.seed if difficulty == self.scenario else None
            self._begin(difficulty, next_seed(self._visits, difficulty, after))
            return
        if not number.isdecimal() or not FIRST_SEED <= int(number) <= LAST_SEED:
            raise ValueError(
                f"“{number}” is not the number of a patient: type a whole number from "
                f"{FIRST_SEED} to {LAST_SEED}, or leave the box empty."
            )
        if (difficulty, int(number)) in GRADED:
            raise ValueError(
                f"Number {int(number)} of this difficulty waits in an assignment: type another, or "
                "leave the box empty."
            )
        self._begin(difficulty, int(number))

    def _do(self, content: Mapping[str, Any]) -> None:
        if content.get("do") == "next":
            self.next(content.get("difficulty"), str(content.get("number", "")))
        else:
            super()._do(content)

    def _begin(
        self,
        scenario: str,
        seed: int,
        log: Sequence[Action] = (),
        draft: Mapping[str, Any] = _EMPTY,
    ) -> None:
        super()._begin(scenario, seed, log, draft)
        self._remember()

    def _recorded(self) -> None:
        self._remember()

    def _remember(self) -> None:
        """Write down where the visit stands, unless it stands there already."""
        if self.visit["phase"] != "open":
            return
        now = read_under_way(
            {
                **self.draft,
                "scenario": self.scenario,
                "seed": self.seed,
                "asked": [action["what"] for action in self.actions],
            }
        )
        if now is None or now == self._written:
            return
        self._written = now
        self._show_results(self._kept.keep(now.record()))

    def _finished(self) -> str:
        found = account(self.scenario, self.seed, self.actions)
        this = visit(found)
        self._visits.append(this)
        self._written = None
        self._show_results(self._kept.keep(this.record()))
        return view.debrief(found)

    def _show_results(self, wrong: str) -> None:
        self.results = view.results(self._visits) + (view.not_kept(wrong) if wrong else "")


class GradedClinic(Clinic):
    """The clinic of a simulation item: every action is recorded, and nothing is told."""

    def __init__(
        self,
        scenario: str,
        seed: int,
        log: Sequence[Action],
        record: Callable[..., None],
        finished: Sequence[Action] = (),
    ) -> None:
        self._record = record
        super().__init__(scenario, seed, log, graded=True)
        if not self.actions:
            self._look_back(finished)

    def _recorded(self) -> None:
        self._record([dict(action) for action in self.actions], completed=False)

    def _finished(self) -> str:
        self._record([dict(action) for action in self.actions], completed=True)
        return _DONE

    def _look_back(self, finished: Sequence[Action]) -> None:
        """Show a visit as it ended; one that cannot have happened is passed over."""
        try:
            if not so_far(self.scenario, self.seed, finished).decided:
                return
        except ValueError:
            return
        self.actions = [dict(action) for action in finished]
        self._show([*self._entries(), view.decided(self.actions[-1])], "done", _DONE)


def screening_clinic() -> LessonClinic:
    """Return the clinic of the lesson."""
    return LessonClinic()


def simulation_panel(
    scenario: str,
    seed: int,
    log: Sequence[Action],
    record: Callable[..., None],
    finished: Sequence[Action] = (),
) -> GradedClinic:
    """Return the clinic of a simulation item, put back where the log left off.

    Parameters
    ----------
    scenario : str
        A difficulty or a vignette, as in `trd.screening.virtual_patient`.
    seed : int
    log : sequence of dict
        The actions of an unfinished run. A finished or impossible one starts anew.
    record : callable
        ``record(log, completed=False)`` after every action, ``completed=True`` at the decision.
    finished : sequence of dict
        The actions of the last finished run, shown as it ended while `log` is empty.
    """
    return GradedClinic(scenario, seed, log, record, finished)
