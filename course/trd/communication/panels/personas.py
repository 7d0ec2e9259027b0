"""Persona conversations: eight people, what to say to them, and what they took from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from trd.communication.personas import (
    DONE,
    JUDGE,
    REPAIR,
    STOPPED,
    Result,
    Talk,
    people,
    person,
    read_result,
    record,
    talk,
)
from trd.communication.under_way import read_open_talk
from trd.communication.views import personas as view
from trd.panel.cards import error_html
from trd.quiz.kept import Kept, last_open

_HERE = Path(__file__).parent

#: Where the results, and the conversation that is not finished yet, are kept among the reader's
#: own progress. They share one place, so that the order of the lines says what is still open.
NOTEBOOK = "05_communicating_risk"
ITEM = "persona-conversations"

TITLE = "Eight conversations"

_TAKEN_UP = "You had not finished: this conversation goes on where you left it."


class Conversations(anywidget.AnyWidget):
    """One conversation at a time, its teach-back and its points.

    Attributes
    ----------
    scene : dict
        What is on the screen: who, the talk so far as HTML, and what can be done next.
    message : dict
        ``kind`` (info or error) and ``text``.
    results : str
        HTML of the conversations so far.
    """

    _esm = _HERE / "personas.js"
    _css = _HERE / "personas.css"

    spec = traitlets.Dict().tag(sync=True)
    scene = traitlets.Dict().tag(sync=True)
    message = traitlets.Dict().tag(sync=True)
    results = traitlets.Unicode("").tag(sync=True)

    def __init__(self) -> None:
        self._kept = Kept(NOTEBOOK, ITEM)
        earlier = self._kept.earlier()
        self._results: list[Result] = [found for found in map(read_result, earlier) if found]
        self._number = 0
        self._rev = 0
        # Who comes back goes on where they were.
        here = last_open(earlier, read_result, read_open_talk) or talk(self._next_person(""))
        self.talk: Talk = here
        self._written: Mapping[str, Any] | None = record(here)
        super().__init__(
            spec={
                "title": TITLE,
                "lead": view.LEAD,
                "note": view.NOTE,
                "support": view.SUPPORT,
                "rubric": view.rubric(),
                "people": [[each.key, each.title] for each in people()],
            },
            results=view.results(self._results),
        )
        self._begin(here)
        if here.said:
            self.scene = {**self.scene, "note": _TAKEN_UP}
        self.on_msg(self._on_message)

    # -- what can be done -----------------------------------------------------------------

    def meet(self, who: str) -> None:
        """Begin a conversation, or begin it again."""
        self._begin(talk(who))

    def say(self, reply: str) -> None:
        """Say one of the three replies."""
        self._go(talk(self.talk.person.key, [*self._replies(), reply]))

    def back(self) -> None:
        """Go back to the moment before a conversation was stopped."""
        if self.talk.phase != STOPPED:
            raise ValueError("There is nothing to go back to just now.")
        self._go(talk(self.talk.person.key, self._replies()[:-1]))

    def judge(self, marks: Sequence[bool]) -> None:
        """Say of each sentence whether it has to be put right."""
        self._go(talk(self.talk.person.key, self._replies(), list(marks)))

    def mend(self, way: str) -> None:
        """Put the first wrong sentence right in one of three ways."""
        self._go(talk(self.talk.person.key, self._replies(), self.talk.judged, way))

    # -- the rest -------------------------------------------------------------------------

    def _next_person(self, after: str) -> str:
        """Return somebody not talked to yet, from the one after; the first comes again last."""
        keys = [each.key for each in people()]
        start = keys.index(after) + 1 if after else 0
        order = keys[start:] + keys[:start]
        # Suicidal thoughts are talked about only when somebody chose to.
        order = [key for key in order if not person(key).content_note]
        met = {each.person for each in self._results}
        return next((key for key in order if key not in met), order[0])

    def _replies(self) -> list[str]:
        return [each.reply.key for each in self.talk.said]

    def _begin(self, found: Talk) -> None:
        self._number += 1
        self._go(found)

    def _go(self, found: Talk) -> None:
        self.talk = found
        self._say("")
        kept = record(found)
        if found.phase in (STOPPED, DONE):
            self._results.append(Result(found.person.key, found.total, found.phase == STOPPED))
            self._written = None
            self._keep(kept)
        elif kept != self._written and read_open_talk(kept):
            self._written = kept
            self._keep(kept)
        self._show()

    def _keep(self, kept: Mapping[str, Any]) -> None:
        self.results = view.results(self._results, self._kept.keep(kept))

    def _entries(self) -> list[str]:
        found = self.talk
        entries = [view.opening(found.person)]
        entries += [view.exchange(found, index) for index in range(len(found.said))]
        if found.said and found.phase in (JUDGE, REPAIR, DONE):
            entries.append(view.closing(found))
        if found.judged is not None:
            entries.append(view.judged(found))
        if found.phase == DONE and found.repaired is not None:
            entries.append(view.repaired(found))
        if found.phase in (STOPPED, DONE):
            entries.append(view.summary(found))
        return entries

    def _show(self) -> None:
        found = self.talk
        options = (
            [[each.key, each.text] for each in found.turn.replies]
            if found.turn
            else [[each.key, each.text] for each in found.repairs]
            if found.phase == REPAIR
            else []
        )
        self.scene = {
            "number": self._number,
            "key": found.person.key,
            "title": found.person.title,
            "who": found.person.who,
            "content_note": found.person.content_note,
            "note": "",
            "entries": self._entries(),
            "phase": found.phase,
            "mending": found.mending.reply.takes if found.mending else "",
            "options": options,
            "statements": [each.reply.takes for each in found.said] if found.phase == JUDGE else [],
            "next": self._next_person(found.person.key),
        }

    def _say(self, text: str, kind: str = "info") -> None:
        self._rev += 1
        self.message = {"text": text, "kind": kind, "rev": self._rev}

    def _on_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        try:
            self._do(content)
        except ValueError as error:
            self._say(str(error), "error")
        except Exception as error:  # noqa: BLE001 - a reader must never meet a traceback
            self.scene = {**self.scene, "entries": [error_html(error, TITLE)]}

    def _do(self, content: Mapping[str, Any]) -> None:
        do = content.get("do")
        if do == "meet":
            self.meet(str(content.get("who")))
        elif do == "say":
            self.say(str(content.get("reply")))
        elif do == "back":
            self.back()
        elif do == "judge":
            self.judge([bool(mark) for mark in content.get("marks", ())])
        elif do == "mend":
            self.mend(str(content.get("way")))


def persona_conversations() -> Conversations:
    """Return the eight conversations."""
    return Conversations()
