"""Pieces of HTML that the views of all lessons share."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path

from trd.parameters import Entry

#: What a badge looks like: symbol, text colour, ground, edge. Never colour alone: the symbol and
#: the word carry the same message.
_BADGES = {
    "yes": ("✓", "#ffffff", "#0b5c8a", "#0b5c8a"),
    "no": ("✗", "#1b1b1b", "#ffffff", "#5a6068"),
    "partial": ("◐", "#1b1b1b", "#ffe2a8", "#9a6a00"),
    "na": ("–", "#1b1b1b", "#e6e9ec", "#5a6068"),
    "count": ("#", "#1b1b1b", "#e6e9ec", "#5a6068"),
    "discuss": ("?", "#1b1b1b", "#efe3f0", "#8a4a78"),
    "good": ("✓", "#ffffff", "#00664a", "#00664a"),
    "bad": ("✗", "#1b1b1b", "#ffe3d3", "#b34700"),
}

NOT_CHECKED = "commonly quoted; not checked here"

#: Where to find help, in one place, so that a line that changes is changed everywhere.
TALK_TO_SOMEONE = (
    "you are not alone, and talking to someone helps. In an emergency call your local emergency "
    "number. Crisis lines: 988 (USA), 116 123 Samaritans (UK and Ireland); for other countries see "
    '<a href="https://findahelpline.com">findahelpline.com</a>.'
)
SUPPORT = (
    "<strong>If this touches you, or if you yourself have such thoughts:</strong> "
    f"{TALK_TO_SOMEONE} Nothing you choose here is stored."
)

CSS = f"<style>{Path(__file__).with_name('parts.css').read_text(encoding='utf-8')}</style>"


def badge(kind: str, words: str) -> str:
    """Return a label with symbol, colour and words.

    Parameters
    ----------
    kind : {"yes", "no", "partial", "na", "count", "discuss", "good", "bad"}
    words : str
    """
    symbol, ink, ground, edge = _BADGES[kind]
    return (
        f'<span class="trd-badge" style="color:{ink};background:{ground};border-color:{edge}">'
        f'<span aria-hidden="true">{symbol} </span>{escape(words)}</span>'
    )


def symbol(kind: str) -> str:
    """Return the symbol of a badge."""
    return _BADGES[kind][0]


def verdict(kind: str, words: str) -> str:
    """Return the message of a panel as one emphasised line.

    Parameters
    ----------
    kind : {"good", "bad", "yes", "info"}
        ``info`` has no symbol: it neither praises nor warns.
    words : str
    """
    mark, _ink, _ground, edge = _BADGES.get(kind, ("", "", "", "#0b5c8a"))
    ground = {"good": "#e4f4ee", "bad": "#fff1e8"}.get(kind, "#e8f2f8")
    sign = f'<strong aria-hidden="true">{mark} </strong>' if mark else ""
    return (
        f'<p class="trd-verdict" style="border-color:{edge};background:{ground}">'
        f"{sign}{escape(words)}</p>"
    )


def cited(keys: Iterable[str]) -> str:
    """Return links to sources, separated by semicolons; empty without sources.

    A key without an entry in the bibliography has nothing to link to and is left out.
    """
    from trd.evidence import cite, references

    known = references()
    return "; ".join(cite(key) for key in keys if key in known)


def backing(entry: Entry) -> str:
    """Return where a number comes from, as HTML: its source, or that there is none."""
    if entry.status == "from-knowledge":
        return NOT_CHECKED
    if entry.status == "teaching-assumption":
        return "teaching assumption of this course"
    links = cited(entry.source)
    return f"reported by {links}" if entry.status == "secondary" and links else links
