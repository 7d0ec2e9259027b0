"""The leaflet workshop: write to a patient, and see how it reads as you write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets

from trd.communication.leaflet import (
    ENOUGH_WORDS,
    MODEL_TEXT,
    MOST_CHARACTERS,
    WEAK_DRAFT,
    clean,
    own_words,
    review,
)
from trd.communication.readability import Grades, readability
from trd.communication.views import leaflet as view
from trd.panel.cards import error_html, notice_html

_HERE = Path(__file__).parent

_TITLE = "Leaflet workshop"
_LEAD = (
    "Write half a page to Ruth, 46, an invented person. Two antidepressants have not helped her, "
    "and she has read that ketamine works for most people. She will read it at home."
)
_PRIVATE = "Nothing you write here is stored. Write about no real person."


def grades_of(text: str) -> Grades | None:
    """Return how hard a text is to read; None when that cannot be worked out."""
    try:
        return readability(text)
    except (ImportError, ValueError):
        # No word in it, or an installation without the list of syllables.
        return None


class LeafletWorkshop(anywidget.AnyWidget):
    """A box to write in, and what was found in the text.

    Attributes
    ----------
    text : str
        What was written.
    report, status, model, locked : str
        What was found, the same in one line, the model text once it may be seen, and why it may
        not be seen yet.
    """

    _esm = _HERE / "leaflet.js"
    _css = _HERE / "leaflet.css"

    spec = traitlets.Dict().tag(sync=True)
    text = traitlets.Unicode("").tag(sync=True)
    report = traitlets.Unicode("").tag(sync=True)
    status = traitlets.Unicode("").tag(sync=True)
    locked = traitlets.Unicode("").tag(sync=True)
    model = traitlets.Unicode("").tag(sync=True)

    def __init__(self) -> None:
        super().__init__(
            spec={
                "title": _TITLE,
                "lead": _LEAD,
                "private": _PRIVATE,
                "most": MOST_CHARACTERS,
                "weak": WEAK_DRAFT,
            }
        )
        self._look()
        self.observe(lambda _change: self._look(), "text")
        self.on_msg(self._on_message)

    @traitlets.validate("text")
    def _bounded(self, proposal: Any) -> str:
        # A little more than is looked at, so that the writer is told; the rest is never kept.
        return str(proposal["value"])[: MOST_CHARACTERS + 1]

    def show_model(self) -> None:
        """Show the model text, once enough has been written.

        Raises
        ------
        ValueError
            If too little has been written, in the writer's words.
        """
        words = own_words(clean(self.text))
        if words < ENOUGH_WORDS:
            raise ValueError(view.locked(words))
        self.model = view.model_text(review(MODEL_TEXT), grades_of(MODEL_TEXT))

    def begin_again(self) -> None:
        """Empty the box and put the model text away."""
        self.text = ""
        self.model = ""

    def _look(self) -> None:
        try:
            found = review(self.text)
            grades = grades_of(found.text) if found.words else None
            self.status = view.status(found, grades)
            self.locked = view.locked(own_words(found.text))
            self.report = view.report(found, grades)
        except ValueError as error:
            self.status, self.report = str(error), notice_html(str(error))
        except Exception as error:  # noqa: BLE001 - a reader must never meet a traceback
            self.status, self.report = "", error_html(error, _TITLE)

    def _on_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        do = content.get("do") if isinstance(content, dict) else None
        try:
            if do == "model":
                self.show_model()
            elif do == "clear":
                self.begin_again()
        except ValueError as error:
            self.status = str(error)


def leaflet_workshop() -> LeafletWorkshop:
    """Return the leaflet workshop of the lesson."""
    return LeafletWorkshop()
