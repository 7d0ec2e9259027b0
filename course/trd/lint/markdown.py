"""A Markdown cell as its reader sees it: headings, links, pictures and plain words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser

from markdown_it import MarkdownIt
from markdown_it.token import Token

_PARSER = MarkdownIt("commonmark").enable("table")
_NUMBERING = re.compile(r"^\d+(\.\d+)*[.)]\s+")


@dataclass(frozen=True)
class Link:
    """A link: where it goes, the words it carries, and whether it is a bare address."""

    href: str
    text: str
    bare: bool = False


@dataclass(frozen=True)
class Picture:
    """An image and its description for people who cannot see it."""

    src: str
    alt: str


@dataclass
class Block:
    """One paragraph, list entry, heading or table row.

    Attributes
    ----------
    prose : str
        Its words without the words of links.
    text : str
        All of its words.
    level : int
        1-6 for a heading, else 0.
    """

    prose: str = ""
    text: str = ""
    level: int = 0


class _Html(HTMLParser):
    """Collects what raw HTML inside Markdown shows."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.hrefs: list[str] = []
        self.pictures: list[Picture] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            self.hrefs.append(given["href"])
        if tag == "img":
            self.pictures.append(Picture(given.get("src", ""), given.get("alt", "")))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@dataclass
class Page:
    """One parsed Markdown cell.

    Attributes
    ----------
    source : str
        The cell as written.
    """

    source: str
    blocks: list[Block] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)

    def __post_init__(self) -> None:
        level = 0
        row: Block | None = None
        for token in _PARSER.parse(self.source):
            if token.type == "heading_open":
                level = int(token.tag[1:])
            elif token.type == "heading_close":
                level = 0
            elif token.type == "tr_open":
                row = Block()
            elif token.type == "tr_close" and row is not None:
                self.blocks.append(row)
                row = None
            elif token.type in ("html_block", "fence", "code_block"):
                self._html_or_code(token)
            elif token.type == "inline":
                block = self._inline(token, level)
                if row is None:
                    self.blocks.append(block)
                else:
                    row.prose += block.prose + " | "
                    row.text += block.text + " | "

    def _html_or_code(self, token: Token) -> None:
        words = self._html(token.content) if token.type == "html_block" else token.content
        self.blocks.append(Block(words, words))

    def _html(self, source: str) -> str:
        html = _Html()
        html.feed(source)
        html.close()
        self.links += [Link(href, "".join(html.words).strip()) for href in html.hrefs]
        self.pictures += html.pictures
        return "".join(html.words)

    def _inline(self, token: Token, level: int) -> Block:
        prose: list[str] = []
        text: list[str] = []
        link: list[str] | None = None
        href, bare = "", False
        for child in token.children or []:
            if child.type == "link_open":
                link, href, bare = [], str(child.attrs.get("href", "")), child.info == "auto"
            elif child.type == "link_close":
                self.links.append(Link(href, "".join(link or []), bare))
                link = None
            elif child.type == "image":
                self.pictures.append(Picture(str(child.attrs.get("src", "")), child.content))
            else:
                words = self._words(child)
                text.append(words)
                (prose if link is None else link).append(words)
        heading = _NUMBERING.sub("", "".join(prose)) if level else "".join(prose)
        return Block(heading, "".join(text), level)

    def _words(self, child: Token) -> str:
        if child.type in ("softbreak", "hardbreak"):
            return "\n"
        if child.type == "html_inline":
            return self._html(child.content)
        return child.content

    @cached_property
    def prose(self) -> str:
        """The words of the cell without those of links, one block a line."""
        return "\n".join(block.prose for block in self.blocks)

    @cached_property
    def text(self) -> str:
        """All words of the cell, one block a line."""
        return "\n".join(block.text for block in self.blocks)

    @cached_property
    def headings(self) -> list[tuple[int, str]]:
        """Level and words of each heading, in order."""
        return [(block.level, block.text.strip()) for block in self.blocks if block.level]

    @cached_property
    def words(self) -> int:
        """How many words a reader meets; marks standing alone do not count."""
        return sum(any(c.isalnum() for c in word) for word in self.text.split())
