"""A page of its own that a reader saves and prints: no scripts, nothing to load."""

from __future__ import annotations

import base64
from html import escape

_PAGE = """
:root { color-scheme:light; }
body { margin:0; background:#fff; color:#1c2530; font:16px/1.45 system-ui, -apple-system,
  "Segoe UI", Roboto, "DejaVu Sans", sans-serif; overflow-wrap:break-word; }
main { max-width:48rem; margin:0 auto; padding:1.5rem 1.25rem 3rem; }
.how { background:#e8f2f8; border-radius:5px; padding:0.6rem 0.9rem; font-size:15px; }
@page { margin:14mm; }
@media print {
  .how { display:none; }
  main { max-width:none; padding:0; }
  body { font-size:11pt; }
  a { color:inherit; text-decoration:none; }
}
"""

#: The button that saves a page, for the panel. Panels further down repeat the rule for links, so
#: that this one has to outweigh it.
SAVE_CSS = """<style>
.trd-save { display:inline-block; border:1px solid #0b5c8a; border-radius:5px; padding:8px 16px;
  font-size:16px; font-weight:600; }
.trd-panel .widget-html-content a.trd-save { background:#0b5c8a; color:#fff; text-decoration:none; }
.trd-panel a.trd-save:focus-visible { outline:3px solid #f2a900; outline-offset:2px; }
</style>"""


def page(title: str, body: str, style: str = "") -> str:
    """Return a whole page, ready to print.

    Parameters
    ----------
    title : str
        Plain text, for the window and the saved file.
    body : str
        HTML of the page.
    style : str, optional
        CSS added to the page's own.
    """
    return (
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">\n"
        f"<title>{escape(title)}</title>\n<style>{_PAGE}{style}</style>\n</head>\n<body>"
        '<main><p class="how">To print this page or save it as PDF: Ctrl+P, on a Mac ⌘P, on a '
        "tablet Share, then Print. This line is not printed.</p>\n"
        f"{body}\n</main></body>\n</html>\n"
    )


def address(whole: str) -> str:
    """Return a page as a ``data:`` address, which can be saved without any network."""
    coded = base64.b64encode(whole.encode()).decode("ascii")
    return f"data:text/html;charset=utf-8;base64,{coded}"


def save_button(words: str, file_name: str, whole: str) -> str:
    """Return a button that saves a page without any network.

    Parameters
    ----------
    words : str
        What the button says.
    file_name : str
        E.g. ``"ketamine-in-100-people.html"``.
    whole : str
        The page, from `page`.
    """
    return (
        f'<a class="trd-save" download="{escape(file_name)}" '
        f'href="{address(whole)}">{escape(words)}</a>'
    )
