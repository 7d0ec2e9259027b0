"""Markdown that anybody may have written, as HTML in which nothing runs and nothing is fetched."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from jinja2 import pass_context
from markdown_it import MarkdownIt
from markdown_it.token import Token

from trd.grading.masters import RUBRIC

_MAY_LINK = re.compile(r"(https?://|mailto:)", re.IGNORECASE)


class _Parser(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802 - markdown-it's own name
        """Allow what opens a page or a letter; all else stays as it was typed."""
        return bool(_MAY_LINK.match(url))


_PARSER = _Parser("commonmark", {"html": False}).enable(["table", "strikethrough"])
_LINED = _Parser("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])


def safe_markdown(text: str, *, lines: bool = False, headings: bool = True) -> str:
    """Return Markdown as HTML that is safe to show, whoever wrote it.

    HTML in the text is shown as it was typed. Pictures are named, not fetched. Only links to web
    pages and mail addresses are links.

    Parameters
    ----------
    text : str
        The Markdown.
    lines : bool
        Whether a line break stays a line break, as people expect who write without Markdown.
    headings : bool
        Whether headings are headings. Where the words are quoted inside another page they are
        lines in bold, so that they do not upset the order of that page's own headings.
    """
    try:
        return _rendered(text, _LINED if lines else _PARSER, headings)
    except Exception:  # noqa: BLE001 - a text made to trip the parser must still be readable
        return f"<pre>{escape(text)}</pre>"


def _rendered(text: str, parser: MarkdownIt, headings: bool) -> str:
    tokens = _tables(parser.parse(text))
    for token in tokens:
        if token.type in ("heading_open", "heading_close") and not headings:
            token.tag = "p"
            if token.nesting == 1:
                token.attrSet("class", "trd-heading")
        _mend(token.children or ())
    return str(parser.renderer.render(tokens, parser.options, {}))


def safe_line(text: str) -> str:
    """Return one line of Markdown as HTML without a paragraph around it."""
    tokens = _PARSER.parseInline(text)
    for token in tokens:
        _mend(token.children or ())
    return str(_PARSER.renderer.render(tokens, _PARSER.options, {}))


def _mend(tokens: Iterable[Token]) -> None:
    for token in tokens:
        if token.type == "link_open":
            token.attrSet("rel", "noopener noreferrer nofollow")
            token.attrSet("target", "_blank")
        elif token.type == "image":
            token.type, token.tag = "text", ""
            token.content = f"[picture: {token.content or 'without a description'}]"


def _tables(tokens: Sequence[Token]) -> list[Token]:
    """Put each table into a frame that can be scrolled, by keyboard too, on a narrow screen."""
    found = []
    for token in tokens:
        if token.type == "table_open":
            frame = '<div class="trd-table" role="group" aria-label="Table" tabindex="0">\n'
            found.append(Token("html_block", "", 0, content=frame))
        found.append(token)
        if token.type == "table_close":
            found.append(Token("html_block", "", 0, content="</div>\n"))
    return found


def rubric_of(source: str) -> str:
    """Return rubric and model answer from the quotation that grading puts above an answer."""
    lines = [re.sub(r"^> ?", "", line) for line in source.splitlines()]
    if lines and lines[0].startswith("**For the marker**"):
        lines = lines[1:]
    return "\n".join(lines).strip()


@pass_context
def markdown_filter(context: Any, source: str) -> str:
    """Take the place of nbconvert's ``markdown2html``, which lets HTML and scripts through.

    A rubric gets a frame of its own, so that the formgrader can show it beside the answer.
    """
    cell = context.get("cell") or {}
    metadata = cell.get("metadata", {})
    if metadata.get("trd", {}).get("kind") == RUBRIC:
        inner = safe_markdown(rubric_of(source), headings=False)
        return (
            '<aside class="trd-rubric" aria-label="For the marker"><h4>For the marker</h4>'
            '<p class="trd-rubric-when">Trainees see this with their feedback, not before.</p>'
            f"{inner}</aside>"
        )
    answer = metadata.get("nbgrader", {}).get("solution") is True
    return safe_markdown(source, lines=answer, headings=not answer)
