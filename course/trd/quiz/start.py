"""The first and the last call of a notebook."""

from __future__ import annotations

import asyncio
import contextlib
from html import escape
from typing import Any

from trd.quiz import handin
from trd.quiz.items import Item, ItemError
from trd.quiz.session import NotStartedError, Session, begin, current, purpose


def start(notebook: str) -> Any:
    """Settle where this notebook's answers go and say that it is ready.

    Parameters
    ----------
    notebook : str
        Its file name without ``.ipynb``.

    Returns
    -------
    object
        A line for the screen. Under grading, nothing is shown.

    Raises
    ------
    FileNotFoundError
        Under grading, if the folder does not hold the notebook; a person gets a notice instead.
    """
    from trd.panel.cards import Notice

    try:
        session = begin(notebook)
    except FileNotFoundError as error:
        if purpose() != "work":
            raise
        return Notice(str(error))
    if session.purpose != "work":
        return None
    _retire_widgets()
    return Ready(_ready_words(session))


#: How long the widgets of the run before are kept, in seconds. Closed at once, they would leave
#: holes in a page that is being started again, and the reader would lose the place.
_RETIRE_S = 60.0
_made: list[Any] = []


def _retire_widgets() -> None:
    """Close the widgets that were built before this start, a little later.

    Every widget lives in the kernel until it is closed, and the browser asks for all of them
    whenever the page is loaded again.
    """
    import ipywidgets

    old = _made.copy()
    _made.clear()
    ipywidgets.Widget.on_widget_constructed(_made.append)

    def close() -> None:
        for widget in old:
            widget.close()

    # Outside a kernel, as in tests, nothing is running that could come back to it.
    with contextlib.suppress(RuntimeError):
        asyncio.get_running_loop().call_later(_RETIRE_S, close)


class Ready:
    """The line that tells a reader that the page is alive."""

    def __init__(self, words: str) -> None:
        self.words = words

    def __repr__(self) -> str:
        return self.words

    def _repr_html_(self) -> str:
        return (
            '<p class="trd-ready" role="status" style="margin:0;padding:6px 12px;'
            'border-radius:5px;background:#e6f2ea;color:#14532d;font-size:15px;max-width:46rem">'
            f'<span aria-hidden="true">✓</span> {escape(self.words)}</p>'
        )


def _ready_words(session: Session) -> str:
    items: list[Item] = []
    with contextlib.suppress(ItemError, ValueError, OSError):
        items = session.items
    if not items:
        return "Ready."
    graded = any(item.secret is None for item in items)
    answers = (session.graded if graded else session.practice).read()
    done = sum(handin.answered(item, answers, session.notebook) for item in items)
    what = "questions" if graded else "self-checks"
    if not done:
        tail = " Every answer is saved as you click." if graded else ""
        return f"Ready. {len(items)} {what} on this page.{tail}"
    return f"Ready. Welcome back: {done} of {len(items)} {what} answered so far, and put back."


def before_you_hand_in() -> Any:
    """Show what is answered, what is missing and when this was last handed in."""
    from trd.panel.cards import Notice

    try:
        session = current()
    except NotStartedError as error:
        return Notice(str(error))
    if session.purpose != "work":
        return None
    return handin.panel(session)
