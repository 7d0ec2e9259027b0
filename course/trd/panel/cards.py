"""Messages to the reader where a widget cannot be: plain HTML, no tracebacks."""

from __future__ import annotations

import secrets
import traceback
from html import escape

_STYLE = (
    "border:1px solid {edge};border-left:5px solid {edge};border-radius:6px;"
    "padding:10px 16px;max-width:46rem;background:{ground};color:#1b1b1b;"
    "font-size:16px;line-height:1.5;box-sizing:border-box"
)


class Notice:
    """A friendly message in place of something that cannot be shown.

    Parameters
    ----------
    text : str
        What happened and what to do, in the reader's words.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return notice_html(self.text)


def notice_html(text: str) -> str:
    """Return a message as a card."""
    style = _STYLE.format(edge="#7a4b00", ground="#fff7e6")
    return f'<div class="trd-card" role="alert" style="{style}">{escape(text)}</div>'


def error_id() -> str:
    """Return a short id that a reader can copy into a message to the maintainers."""
    return f"TRD-{secrets.token_hex(3).upper()}"


def error_html(error: BaseException, what: str) -> str:
    """Return a card for something that went wrong inside a panel.

    Parameters
    ----------
    error : BaseException
        What was raised; its details go into a fold that the reader may copy.
    what : str
        What the reader was using, e.g. the panel's title.
    """
    style = _STYLE.format(edge="#a3242b", ground="#fdf0f0")
    name = error_id()
    details = "".join(traceback.format_exception_only(error)).strip()
    return (
        f'<div class="trd-card" role="alert" style="{style}">'
        f"<p style='margin:0 0 6px'><strong>“{escape(what)}” could not be drawn.</strong> "
        "The rest of the page works, and your answers are safe. Press Reset; if it happens "
        "again, send this to your instructor:</p>"
        f"<code style='user-select:all'>{name}: {escape(details)}</code></div>"
    )
