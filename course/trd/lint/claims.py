"""Rules about statements of fact: every number has a row, every source a link."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import unquote, urlsplit

from trd.lint import numbers
from trd.lint.document import Cell, is_references
from trd.lint.registry import Fault, rule
from trd.lint.sources import Row, same_address

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+")
_CAVEATS = {
    "secondary": (("reported",), "Write “reported by …”, or find the primary source."),
    "from-knowledge": (
        ("not checked here",),
        "Leave the number out, or write “commonly quoted; not checked here”.",
    ),
    "teaching-assumption": (
        ("teaching assumption", "course convention"),
        "Write “teaching assumption” or “course convention” beside it.",
    ),
}


def _cited(cell: Cell) -> list[Row]:
    rows = cell.notebook.project.sources.rows or {}
    return [rows[name] for name in cell.evidence if name in rows]


@rule(
    "claim-evidence",
    "markdown",
    reason="Whoever changes a number must find every sentence that rests on it, and the reverse.",
    mend="List the ids of rows of assets/evidence/*.csv in metadata.trd.evidence.",
    waivable=False,
)
def claim_evidence(cell: Cell) -> Iterator[Fault]:
    """Find claims without evidence rows, and rows that do not exist."""
    rows = cell.notebook.project.sources.rows
    if cell.kind == "claim" and not cell.evidence:
        yield Fault("The cell is a claim but lists no evidence.")
    for name in cell.evidence:
        if rows is not None and name not in rows:
            near = get_close_matches(name, rows, n=2)
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            yield Fault(f"There is no evidence row “{name}”.{hint}")


@rule(
    "claim-status",
    "markdown",
    reason="Only what was read on a primary page, or worked out from it, may stand as a fact.",
    mend="Say in the text how far the number can be trusted.",
)
def claim_status(cell: Cell) -> Iterator[Fault]:
    """Claims resting on weaker rows say so."""
    if cell.kind != "claim":
        return
    # The label may be on the link itself: "reported by [Smith 2020](...)" is in the prose.
    text = cell.page.text.lower()
    for row in _cited(cell):
        phrases, mend = _CAVEATS.get(row.status, ((), ""))
        if phrases and not any(phrase in text for phrase in phrases):
            yield Fault(
                f"The row “{row.id}” is {row.status}, but the text does not say so.", None, mend
            )


def _without_dates(text: str, rows: list[Row]) -> str:
    """Blank out the day on which a cited row was checked, however it is written."""
    for row in rows:
        try:
            day = dt.date.fromisoformat(row.checked_on)
        except ValueError:
            continue
        for spelling in (f"{day.day} {day:%B %Y}", f"{day:%B %Y}", day.isoformat()):
            text = text.replace(spelling, " ")
    return text


@rule(
    "claim-numbers",
    "markdown",
    reason="A number without a row behind it cannot be checked, and will not be updated.",
    mend="Add the row that holds the number to metadata.trd.evidence, or correct the number.",
)
def claim_numbers(cell: Cell) -> Iterator[Fault]:
    """Every number of a claim is in a row it cites."""
    if cell.kind != "claim" or cell.notebook.project.sources.rows is None:
        return
    rows = _cited(cell)
    known = {value for row in rows for value in row.numbers}
    for block in cell.page.blocks:
        for written, value in numbers.numbers(_without_dates(block.prose, rows)):
            if value not in known:
                place = " ".join(block.prose.split())
                shown = place if len(place) <= 80 else _around(place, written)
                yield Fault(
                    f"The number {written} is in no row the cell cites: “{shown}”.",
                    mend=_where_it_stands(cell, value),
                )


def _where_it_stands(cell: Cell, value: Decimal) -> str | None:
    """Return the advice to cite a row that holds the number, if only a few do."""
    rows = cell.notebook.project.sources.rows or {}
    found = [row.id for row in rows.values() if value in row.numbers]
    if not 1 <= len(found) <= 3:
        return None
    return f"If it is the number of {' or '.join(found)}, add that row to metadata.trd.evidence."


def _around(text: str, written: str) -> str:
    at = text.find(written)
    start, end = max(0, at - 35), at + len(written) + 35
    return ("… " if start else "") + text[start:end].strip() + (" …" if end < len(text) else "")


@rule(
    "text-numbers",
    "markdown",
    reason="Clinical numbers outside claim cells escape the check against the evidence.",
    mend='Make the cell a claim (kind "claim" with its evidence rows), or leave the number out.',
)
def text_numbers(cell: Cell) -> Iterator[Fault]:
    """Cells of kind text hold no percentages, doses, times or statistics."""
    if cell.kind != "text" or is_references(cell):
        return
    own = [cell.notebook.trd.get(name) for name in ("minutes", "explore_minutes")]
    about_us = {f"{minutes} minutes" for minutes in own} | {f"{minutes}-minute" for minutes in own}
    # These tell how long reading takes, which is no clinical number.
    places = (0, cell.notebook.explore)
    courtesy = cell.index in places or cell.notebook.role == "start"
    for found in numbers.clinical(cell.page.prose):
        is_time = re.search(r"(minutes?|hours?)$", found) is not None
        if found not in about_us and not (courtesy and is_time):
            yield Fault(f"“{' '.join(found.split())}” looks like a clinical number.")


def _is_web(href: str) -> bool:
    return urlsplit(href).scheme in ("http", "https")


@rule(
    "bare-link",
    "markdown",
    reason="Screen readers spell bare addresses out letter by letter; “here” says nothing.",
    mend="Write a link with words: [Rush 2006](https://doi.org/…).",
)
def bare_link(cell: Cell) -> Iterator[Fault]:
    """No address stands in the text, and link words say where the link goes."""
    for match in _ADDRESS.finditer(cell.page.prose):
        yield Fault(f"The address {match.group()} stands in the text.")
    for link in cell.page.links:
        words = link.text.strip().lower()
        if link.bare or _ADDRESS.match(words):
            yield Fault(f"The address {link.href} is shown instead of words.")
        elif words in ("", "here", "click here", "link", "this", "more"):
            yield Fault(f"The words of the link to {link.href} (“{words}”) do not say what it is.")


@rule(
    "known-source",
    "markdown",
    reason="Sources are kept once, with what was read of them, in assets/references.bib.",
    mend="Use the doi or url of an entry of assets/references.bib, or add the entry.",
)
def known_source(cell: Cell) -> Iterator[Fault]:
    """Links to the web lead to entries of the bibliography."""
    known = cell.notebook.project.sources.addresses
    for link in cell.page.links:
        if known is not None and _is_web(link.href) and same_address(link.href) not in known:
            yield Fault(f"The link to {link.href} is in no entry of assets/references.bib.")


@rule(
    "citation-words",
    "markdown",
    reason="“Author year” tells a reader whose finding it is and how old.",
    mend="Use the short citation as the words of the link.",
)
def citation_words(cell: Cell) -> Iterator[Fault]:
    """Compare the words of citations with the bibliography's short citations."""
    known = cell.notebook.project.sources.addresses or {}
    if is_references(cell):
        return
    for link in cell.page.links:
        source = known.get(same_address(link.href))
        bare = link.bare or _ADDRESS.match(link.text.strip().lower())
        if source is not None and source.short and not bare:
            missing = [word for word in source.short.split() if word not in link.text]
            if missing:
                yield Fault(f"The link “{link.text}” should read “{source.short}”.")


@rule(
    "link-target",
    "markdown",
    reason="A link to another page of the course must not lead nowhere.",
    mend="Correct the file name; it is taken from the notebook's own folder.",
)
def link_target(cell: Cell) -> Iterator[Fault]:
    """Links to files lead to files that are there."""
    targets = [link.href for link in cell.page.links] + [p.src for p in cell.page.pictures]
    for href in targets:
        parts = urlsplit(href)
        if parts.scheme or parts.netloc or not parts.path:
            continue
        if not (cell.notebook.path.parent / Path(unquote(parts.path))).exists():
            yield Fault(f"There is no file {parts.path} beside this notebook.")
