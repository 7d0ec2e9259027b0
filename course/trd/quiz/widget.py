"""The item on the screen: draws nothing itself, but owns the answer, the saving and the verdict."""

from __future__ import annotations

import contextlib
import random
import secrets
import zlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from trd.quiz import feedback, handin, scoring
from trd.quiz.answers import AnswerLog, Entry, SaveError
from trd.quiz.items import Item, ItemError
from trd.quiz.scoring import AnswerError
from trd.quiz.session import Session

_HERE = Path(__file__).parent

#: What to do when there is nothing to check yet.
_ASK = {
    "ordering": "Move an entry first.",
    "numeric": "Type a number first.",
    "matching": "Choose for every row first.",
}

_CHOICE_KEPT = "What you chose is still on the screen."
_RUN_KEPT = (
    "The run goes on and is kept on this page: it is saved with the next action that can be, or "
    "when you press “Save again” under the question. Do not close the page before."
)
#: What is said where another window has gone on with the same run.
ELSEWHERE = (
    "This run was taken up in another window or tab, and goes on there. Nothing more is done or "
    "saved here. To go on with it here, close the other one and press Start lesson at the top."
)


class ItemWidget(anywidget.AnyWidget):
    """One question as native form controls.

    With a key it is a self-check: it tells the verdict when asked, or, if it belongs to a set,
    when the whole set is answered. Without a key it is graded work: it saves every change and
    tells nothing.

    Parameters
    ----------
    item : Item
    session : Session
        Says which page it belongs to and where its answers go.
    heading : str
    fresh : bool
        Ask anew: nothing answered before is put back, and the verdict is told at once.

    Attributes
    ----------
    answer : object
        What is on the screen now; setting it is what a click does.
    confidence : str or None
        How sure the learner is.
    status : dict
        ``kind`` (idle, saved or error) and ``text``.
    verdict : str
        HTML of the feedback, or an empty string.
    """

    _esm = _HERE / "item.js"
    _css = _HERE / "item.css"

    spec = traitlets.Dict().tag(sync=True)
    answer = traitlets.Any(None, allow_none=True).tag(sync=True)
    confidence = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    rev = traitlets.Int(0).tag(sync=True)
    status = traitlets.Dict({"kind": "", "text": ""}).tag(sync=True)
    verdict = traitlets.Unicode("").tag(sync=True)

    def __init__(self, item: Item, session: Session, heading: str, *, fresh: bool = False) -> None:
        self._item = item
        self._session = session
        self._graded = item.secret is None
        self._together = "" if fresh or self._graded else item.together
        self._log: AnswerLog = session.graded if self._graded else session.practice
        self._saved: tuple[Any, str | None] = (None, None)
        self._saved_text = ""
        self._press: Any = None
        super().__init__(spec=self._spec(heading))
        if not fresh:
            self._restore()
        if self._together:
            session.listeners.append(self._tell_if_complete)
        # "rev" alone changes when the learner asks to save once more.
        self.observe(self._on_change, names=["answer", "confidence", "rev"])
        self.on_msg(self._on_message)

    def _spec(self, heading: str) -> dict[str, Any]:
        item = self._item
        options = list(item.options.items())
        if item.shuffle:
            random.Random(self._seed()).shuffle(options)  # noqa: S311 - order, not a secret
        unit = f" {item.unit}" if item.unit else ""
        return {
            "kind": item.kind,
            "heading": heading,
            "vignette": item.vignette,
            "stem": item.stem,
            "options": options,
            "prompts": list(item.prompts.items()),
            "unit": item.unit,
            "hint": f"A number from {item.minimum:g} to {item.maximum:g}{unit}.",
            "confidence": item.confidence,
            "graded": self._graded,
            "together": bool(self._together),
        }

    def _seed(self) -> int:
        try:
            return self._log.seed(self._session.notebook, self._item.id)
        except SaveError:
            # Nothing can be written; the same order each time is better than no question.
            return zlib.crc32(f"{self._session.notebook}/{self._item.id}".encode())

    # -- saving ---------------------------------------------------------------------------

    def _restore(self) -> None:
        entry = self._log.read().last(self._session.notebook, self._item.id)
        if entry is None:
            return
        try:
            answer = scoring.clean(self._item, entry.answer)
        except AnswerError:
            return
        confidence = entry.confidence if entry.confidence in feedback.CONFIDENCE else None
        self.answer, self.confidence = answer, confidence
        self._saved = (answer, confidence)
        if self._graded and answer is not None:
            self._saved_text = self._saved_words(entry)
            self.status = {"kind": "saved", "text": self._saved_text}
        elif answer is not None and self._item.kind != "simulation":
            self._tell_or_wait()
            if self._together and self.verdict:
                # The same questions are asked once more, weeks later, on the same page.
                self.verdict = _folded(self.verdict)

    def _on_change(self, change: Any) -> None:
        if not self._graded:
            # What was said of an answer before this one no longer holds.
            if self.status["text"]:
                self._say("idle", "")
            return
        try:
            answer = scoring.clean(self._item, self.answer)
        except AnswerError as error:
            self._say("error", f"Not saved. {error}")
            return
        if (answer, self.confidence) == self._saved and self._is_last(answer):
            # Several traits, or two views, report one change; once on disk is enough.
            self._say("saved" if self._saved_text else "idle", self._saved_text)
            return
        if answer is None and self._saved[0] is None:
            self._say("idle", "Choose an answer as well; how sure you are is saved with it.")
            return
        self._save(answer)

    def _is_last(self, answer: Any) -> bool:
        """Whether no other window has answered since."""
        last = self._log.read().last(self._session.notebook, self._item.id)
        return answer is None or (last is not None and last.answer == answer)

    @traitlets.validate("confidence")
    def _check_confidence(self, proposal: Any) -> str | None:
        # The browser may send anything; only the choices shown are kept.
        return proposal["value"] if proposal["value"] in feedback.CONFIDENCE else None

    def _save(self, answer: Any) -> bool:
        try:
            entry = self._log.record(self._session.notebook, self._item.id, answer, self.confidence)
        except SaveError as error:
            kept = _RUN_KEPT if self._item.kind == "simulation" else _CHOICE_KEPT
            self._say("error", f"Not saved: {error}. {kept}")
            return False
        self._saved = (answer, self.confidence)
        self._saved_text = "Answer removed" if answer is None else self._saved_words(entry)
        self._say("saved", self._saved_text)
        self._session.changed()
        return True

    def _open(self, answer: Any) -> str:
        """How many rows of a matching item have no answer yet, in words; empty when none."""
        total = len(self._item.prompts)
        if self._item.kind != "matching" or len(answer) == total:
            return ""
        return f"{total - len(answer)} of {total}"

    def _saved_words(self, entry: Entry) -> str:
        if self._item.kind == "matching" and self._open(entry.answer):
            return f"Saved {_moment(entry)}; {self._open(entry.answer)} still open"
        if self._item.kind == "simulation":
            return _run_words(scoring.clean(self._item, entry.answer), entry, self._graded)
        if self._item.kind != "numeric":
            return f"Saved {_moment(entry)}"
        # Said back, so that a number that was read differently is noticed.
        unit = f" {self._item.unit}" if self._item.unit else ""
        return f"Saved {_moment(entry)}: {scoring.clean(self._item, entry.answer):g}{unit}"

    def _say(self, kind: str, text: str) -> None:
        self.status = {"kind": kind, "text": text, "rev": self.rev}

    # -- self-check -----------------------------------------------------------------------

    def _on_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if isinstance(content, dict) and not self._graded:
            if content.get("do") == "check":
                self._asked(content)
            elif content.get("do") == "again":
                self.again()

    def _asked(self, content: dict[str, Any]) -> None:
        press = content.get("press")
        if press is not None and press == self._press:
            # Asked once more because the answer to the first was late.
            self.send({"kind": "checked", "press": press})
            return
        self._press = press
        if "answer" in content:
            # What stood on the screen at the press; by the usual way it may come later.
            with self.hold_sync():
                self.answer = content["answer"]
                self.confidence = content.get("confidence")
        self.check()
        self.send({"kind": "checked", "press": press})

    def check(self) -> None:
        """Record the answer of a self-check and show the verdict."""
        try:
            answer = scoring.clean(self._item, self.answer)
        except AnswerError as error:
            self._say("error", str(error))
            return
        if answer is None:
            self._say("idle", _ASK.get(self._item.kind, "Choose an answer first."))
            return
        if self._open(answer):
            self._say("idle", f"{self._open(answer)} still open. Choose for every row first.")
            return
        saved = self._save(answer)
        if saved:
            self._say("idle", "")
        # A full disk must not keep anybody from reading why; only a set waits for its last answer.
        if not self._together:
            self._tell()
        elif saved and not self.verdict:
            self._tell_or_wait()

    def again(self) -> None:
        """Clear the verdict of a self-check for another try."""
        self.verdict = ""
        self.answer = None
        self.confidence = None
        self._say("idle", "")

    def _to_go(self) -> int:
        """How many items of the set have no answer yet."""
        try:
            items = [each for each in self._session.items if each.together == self._together]
        except (ItemError, OSError, ValueError):
            # The page is being saved this very moment; the next answer looks again.
            return 1
        answers, notebook = self._log.read(), self._session.notebook
        return sum(not handin.answered(each, answers, notebook) for each in items)

    def _tell_or_wait(self) -> None:
        to_go = self._to_go() if self._together else 0
        if to_go:
            last = "one question is" if to_go == 1 else f"{to_go} questions are"
            self._say("kept", f"Kept. All answers are explained together; {last} still open.")
        else:
            self._tell()

    def _tell_if_complete(self) -> None:
        # Called after every answer on the page, this item's own among them.
        if self._saved[0] is not None and not self.verdict:
            self._tell_or_wait()
            if self.verdict:
                self._say("idle", "")

    def _tell(self) -> None:
        # Of a set, what was kept; a change that was not kept does not count.
        answer = scoring.clean(self._item, self._saved[0] if self._together else self.answer)
        if self._together:
            self.answer = answer
        self.verdict = feedback.render(self._item, answer, self.confidence)


def _folded(verdict: str) -> str:
    return (
        '<details class="trd-rest"><summary>The best answer, and the reasons</summary>'
        f"{verdict}</details>"
    )


def _run_words(answer: dict[str, Any], entry: Entry, graded: bool) -> str:
    run, saved = answer["run"], f"saved {_moment(entry)}"
    if not graded:
        return f"Run {run} is {'finished and ' if answer['completed'] else ''}{saved}."
    if answer["completed"]:
        return f"Run {run} is finished and {saved}. The last finished run counts."
    counts = f" Until then run {run - 1} counts." if run > 1 else ""
    return f"Run {run} is {saved}, and not finished yet.{counts}"


def _moment(entry: Entry) -> str:
    """Return when an answer was recorded, on the learner's own clock."""
    try:
        at = datetime.fromisoformat(entry.at).astimezone()
    except ValueError:
        return ""
    today = datetime.now().astimezone().date()
    return f"{at:%H:%M}" if at.date() == today else f"{at.day} {at:%B, %H:%M}"


class RunEnd(anywidget.AnyWidget):
    """What stands under a model's panel: the verdict of a self-check, or when marks come.

    Attributes
    ----------
    verdict : str
        HTML, or an empty string: then it takes no room.
    arrived : int
        Goes up when a run has just ended, so that the reader is led here.
    """

    _esm = _HERE / "runend.js"
    _css = _HERE / "item.css"

    verdict = traitlets.Unicode("").tag(sync=True)
    arrived = traitlets.Int(0).tag(sync=True)


#: Said under the panel of graded work; what was right is not.
_LATER = (
    '<p class="trd-later">Run {run} is finished. The last finished run counts; its marks, and the '
    "reasons, come with the feedback after marking.</p>"
)
_UNSAVED = (
    '<p class="trd-later"><strong>This run is not saved yet.</strong> The line under the question, '
    "above, says why; there is a button to save it again.</p>"
)


def _run_end(item: Item, answer: dict[str, Any], unsaved: Any) -> str:
    """Return what stands under the panel after a run, as HTML."""
    if item.secret is not None:
        # A full disk must not keep anybody from reading why.
        return feedback.render(item, answer)
    return _UNSAVED if unsaved else _LATER.format(run=answer["run"])


def _usable(item: Item, history: Sequence[Entry]) -> tuple[Any, Any]:
    """Return the last recorded run and the last completed one (or else the last) of an item."""
    from trd.quiz.simulation import runs

    latest = done = None
    for run in runs(entry.answer for entry in history):
        with contextlib.suppress(AnswerError):
            latest = scoring.clean(item, run)
            done = latest if latest["completed"] else done
    return latest, done or latest


class _Runs:
    """The runs of one simulation item: what is saved, what could not be yet, what comes next.

    Called as the model's panel calls ``record``.
    """

    def __init__(self, item: Item, session: Session, head: ItemWidget, end: RunEnd) -> None:
        self._item, self._session, self._head, self._end = item, session, head, end
        self._log = session.graded if item.secret is None else session.practice
        history = self._history()
        found, self.counts = _usable(item, history)
        self.latest: dict[str, Any] = found or {"run": 1, "completed": False, "log": []}
        self.over: bool = self.latest["completed"]
        self._run = self.latest["run"] + (1 if self.over else 0)
        # Lines of another panel of the same run, in another window, must not be taken for ours.
        self._part = secrets.token_hex(4)
        self._written: list[dict[str, Any]] | None = None
        self._lines = len(history)
        # Finished runs that could not be saved yet; nothing that comes later takes their place.
        self._owed: list[dict[str, Any]] = []
        self._unsaved: dict[str, Any] | None = None
        self.tell(self.latest)

    def _history(self) -> tuple[Entry, ...]:
        return self._log.read().history(self._session.notebook, self._item.id)

    def tell(self, answer: dict[str, Any]) -> None:
        """Show what stands under the panel."""
        # The verdict on the run before would stand under a new one.
        shown = _run_end(self._item, answer, bool(self._owed)) if answer["completed"] else ""
        self._end.verdict = shown

    def elsewhere(self) -> str:
        """Return why this run must not be gone on with here; empty where it may."""
        lines = len(self._history())
        if lines < self._lines:
            # Another file stands there now: what this run needs must be written whole.
            self._lines, self._written = lines, None
        return ELSEWHERE if lines > self._lines else ""

    def _write(self, answer: dict[str, Any]) -> bool:
        if not self._head._save(answer):
            return False
        self._lines += 1
        return True

    def _settle(self) -> bool:
        """Save the finished runs that are still owed, oldest first."""
        while self._owed and self._write(self._owed[0]):
            self._owed.pop(0)
        return not self._owed

    def _keep(self, answer: dict[str, Any]) -> str:
        """Save a run under way and return why it could not be; an empty string if it was."""
        other = self.elsewhere()
        if other:
            self._head._say("error", other)
            return other
        from trd.quiz.simulation import news

        # What is finished goes first: a line of a later run must not stand before it.
        saved = self._settle() and self._write(news(answer, self._written, self._part))
        self._unsaved = None if saved else answer
        if saved:
            self._written = answer["log"]
        self.tell(answer)
        return "" if saved else str(self._head.status["text"])

    def _finish(self, answer: dict[str, Any]) -> str:
        self._owed.append(answer)
        self._unsaved = self._written = None
        saved = self._settle()
        why = "" if saved else str(self._head.status["text"])
        self.tell(answer)
        self._run += 1
        self._head.answer = answer
        self._end.arrived += 1
        return why

    def __call__(
        self, actions: list[dict[str, Any]], completed: bool = False, now_s: int | None = None
    ) -> str:
        """Record a run; return why it could not be saved, or an empty string."""
        answer = {"run": self._run, "completed": completed, "log": list(actions)}
        if completed:
            return self._finish(answer)
        if now_s is not None:
            answer["now_s"] = now_s
        return self._keep(answer)

    def once_more(self, _change: Any) -> None:
        """Save what could not be saved before."""
        if self._unsaved:
            self._keep(self._unsaved)
        elif self._owed and self._settle():
            self.tell(self._head.answer)


def simulation(item: Item, session: Session, heading: str) -> Any:
    """Return a simulation item: the question above, the model's own panel, the verdict below.

    The last completed run counts. Actions are recorded as they happen, so a run can be resumed;
    a completed one is shown again as it ended. Of a run under way only what is new is written, a
    completed one whole.
    """
    import ipywidgets

    from trd.quiz.simulation import open_panel

    head, end = ItemWidget(item, session, heading), RunEnd()
    head.unobserve_all()
    runs = _Runs(item, session, head, end)
    head.answer = runs.counts
    head.observe(runs.once_more, names="rev")
    latest, over = runs.latest, runs.over
    panel = open_panel(
        item,
        [] if over else latest["log"],
        latest["log"] if over else [],
        runs,
        0 if over else latest.get("now_s", 0),
    )
    return ipywidgets.VBox([head, panel, end])
