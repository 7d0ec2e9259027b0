"""The claims audit: judge a sentence, then see verdict, evidence and a careful wording."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from trd.communication.audit import (
    LAST_DRAW,
    MIXED,
    Round,
    draw,
    judge,
    next_draw,
    read_round,
    sets,
)
from trd.communication.under_way import OpenRound, read_open_round
from trd.communication.views import audit as view
from trd.panel.cards import error_html
from trd.quiz.kept import Kept, last_open

_HERE = Path(__file__).parent

#: Where the results, and the round that is not finished yet, are kept among the reader's own
#: progress. They share one place, so that the order of the lines says what is still open.
NOTEBOOK = "05_communicating_risk"
ITEM = "claims-audit-results"

JUDGE, TOLD, DONE = "judge", "told", "done"

_TITLE = "Claims audit"
_LEAD = (
    "Read a sentence as somebody with depression would read it, judge it, and see what the "
    "evidence says. A few sentences mention suicidal thoughts."
)
_KEYS = "Keys 1 to 6 judge, Enter goes on."
_TAKEN_UP = "You had not finished: this round goes on where you left it."


class ClaimsAudit(anywidget.AnyWidget):
    """One draw of sentences at a time, judged one by one.

    Attributes
    ----------
    page : dict
        What is on the screen.
    results : str
        HTML of the results kept across rounds.
    """

    _esm = _HERE / "audit.js"
    _css = _HERE / "audit.css"

    spec = traitlets.Dict().tag(sync=True)
    page = traitlets.Dict().tag(sync=True)
    results = traitlets.Unicode("").tag(sync=True)

    def __init__(self) -> None:
        self._kept = Kept(NOTEBOOK, ITEM)
        earlier = self._kept.earlier()
        self._rounds: list[Round] = [found for found in map(read_round, earlier) if found]
        self._step = 0
        super().__init__(
            spec={
                "title": _TITLE,
                "lead": _LEAD,
                "keys": _KEYS,
                "sets": view.menu(),
                "choices": view.choices(),
                "last": LAST_DRAW,
                "counts": view.counts(),
                "filters": view.filters(),
            }
        )
        # Who comes back goes on where they were, or with what they did last.
        here = last_open(earlier, read_round, read_open_round)
        if here is None:
            name = self._rounds[-1].name if self._rounds else MIXED
            here = OpenRound(name, next_draw(self._rounds, name))
        self._written: OpenRound | None = here
        self._deal(here)
        self.results = view.results(self._rounds)
        self.on_msg(self._on_message)

    # -- what can be done -----------------------------------------------------------------

    def begin(self, name: str, number: str = "") -> None:
        """Deal a draw.

        Parameters
        ----------
        name : str
            One of `trd.communication.audit.sets`.
        number : str
            Which draw, as typed; empty for the first one not finished.

        Raises
        ------
        ValueError
            If there is no such set or draw, in the reader's words.
        """
        if name not in sets():
            raise ValueError(f"There is no set of sentences called “{name}”.")
        if number and not (number.isascii() and number.isdecimal() and len(number) < 5):
            raise ValueError(
                f"“{number}” is not the number of a draw: type a whole number from 1 to "
                f"{LAST_DRAW}, or leave the box empty."
            )
        wanted = int(number) if number else next_draw(self._rounds, name)
        self._deal(OpenRound(name, wanted))

    def judge(self, said: str) -> None:
        """Judge the sentence on the screen."""
        if self.page["phase"] != JUDGE:
            raise ValueError("This sentence has been judged; go on to the next.")
        card = self.cards[self.at]
        judge(card, said)
        self.said[card.id] = said
        self._show(TOLD)

    def go_on(self) -> None:
        """Go to the next sentence, or to the end of the round."""
        if self.page["phase"] != TOLD:
            return
        if self.at + 1 < len(self.cards):
            self.at += 1
            self._show()
        else:
            self._finish()

    def stop(self) -> None:
        """End the round here."""
        if self.page["phase"] != DONE and self.said:
            self._finish()

    # -- the round ------------------------------------------------------------------------

    def _deal(self, here: OpenRound) -> None:
        self.cards = draw(here.name, here.number)
        self.name, self.number = here.name, here.number
        self.said = dict(here.said)
        self.at = here.at
        told = self.cards[self.at].id in self.said
        self._show(TOLD if told else JUDGE, note=_TAKEN_UP if self.said else "")

    def _remember(self) -> None:
        """Write down where the round stands, unless it stands there already."""
        now = read_open_round(OpenRound(self.name, self.number, self.said, self.at).record())
        if now is None or now == self._written:
            return
        self._written = now
        self._show_results(self._kept.keep(now.record()))

    def _show_results(self, wrong: str) -> None:
        self.results = view.results(self._rounds) + (view.not_kept(wrong) if wrong else "")

    def _finish(self) -> None:
        this = Round(self.name, self.number, dict(self.said))
        if not self.said:
            self._show(DONE, view.read_through())
            return
        self._rounds.append(this)
        self._written = None
        self._show_results(self._kept.keep(this.record()))
        self._show(DONE, view.outcome(this, this.whole))

    def _show(self, phase: str = JUDGE, outcome: str = "", note: str = "") -> None:
        card = self.cards[self.at]
        if phase == JUDGE and card.silence:
            phase = TOLD
        judged = judge(card, self.said[card.id]) if card.id in self.said else None
        self._step += 1
        self.page = {
            "step": self._step,
            "phase": phase,
            "set": self.name,
            "draw": self.number,
            "what": f"{view.set_name(self.name)}, draw {self.number}",
            "count": f"{'Line' if card.silence else 'Sentence'} {self.at + 1} of {len(self.cards)}",
            "dots": view.dots(self.cards, self.said, self.at),
            "sentence": view.sentence(card),
            "reading": card.silence,
            "said": self.said.get(card.id, ""),
            "verdict": card.verdict if phase == TOLD else "",
            "told": view.told(card, judged) if phase == TOLD else "",
            "last": self.at + 1 == len(self.cards),
            "begun": bool(self.said),
            "outcome": outcome,
            "note": note,
            "error": "",
        }
        if phase != DONE:
            self._remember()

    # -- messages -------------------------------------------------------------------------

    def _on_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        try:
            self._do(content)
        except ValueError as error:
            self._step += 1
            self.page = {**self.page, "step": self._step, "error": str(error)}
        except Exception as error:  # noqa: BLE001 - a reader must never meet a traceback
            self.send({"kind": "card", "html": error_html(error, _TITLE)})

    def _do(self, content: Mapping[str, Any]) -> None:
        do = content.get("do")
        if do == "begin":
            self.begin(str(content.get("set")), str(content.get("draw", "")).strip())
        elif do == "table":
            self.send({"kind": "table", "rows": view.table()})
        elif content.get("step") != self._step:
            # Sent by a screen that shows an older sentence; a double press must not judge twice.
            return
        elif do == "judge":
            self.judge(str(content.get("said")))
        elif do == "next":
            self.go_on()
        elif do == "stop":
            self.stop()


def claims_audit() -> ClaimsAudit:
    """Return the claims audit of the lesson."""
    return ClaimsAudit()
