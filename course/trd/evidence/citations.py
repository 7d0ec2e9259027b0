"""Citations as HTML."""

from __future__ import annotations

from difflib import get_close_matches
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from trd.evidence.errors import EvidenceError

if TYPE_CHECKING:
    from trd.evidence.models import Reference, ReferenceList

_UNREAD = {
    "secondary": "Known only as reported by others.",
    "from-knowledge": "Not read for this course.",
}


def find(references: ReferenceList, key: str) -> Reference:
    """Return the source with that key.

    Raises
    ------
    EvidenceError
        If the bibliography has no such key.
    """
    if key in references:
        return references[key]
    near = get_close_matches(key, references.names(), n=3)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    raise EvidenceError(f"references.bib has no source with the key {key!r}.{hint}")


def _anchor(address: str, text: str) -> str:
    # The characters a DOI may hold beyond a URL's own are quoted; "%" is kept as written.
    href = escape(quote(address, safe=":/?#[]@!$&'()*+,;=%~"), quote=True)
    return f'<a href="{href}" target="_blank" rel="noopener noreferrer">{escape(text)}</a>'


def short(reference: Reference) -> str:
    """Return the short citation as a link, e.g. "Rush 2006"."""
    return _anchor(reference.link, reference.label)


def full(reference: Reference) -> str:
    """Return one line of a reference list."""
    named = reference.authors or reference.label
    dated = f" ({escape(reference.year)})" if reference.year else ""
    parts = [f"{escape(named)}{dated}."]
    if reference.title:
        parts.append(f"{escape(reference.title)}.")
    if reference.journal:
        parts.append(f"<cite>{escape(reference.journal)}</cite>{escape(_place(reference))}.")
    elif reference.number:
        parts.append(f"{escape(reference.number)}.")
    text = f"doi:{reference.doi}" if reference.doi else reference.url
    parts.append(_anchor(reference.link, text))
    remarks = [reference.note and f"{reference.note}.", _UNREAD.get(reference.reading, "")]
    remark = " ".join(filter(None, remarks))
    if remark:
        parts.append(f"<small>{escape(remark)}</small>")
    return " ".join(parts)


def _place(reference: Reference) -> str:
    issue = f" {reference.volume}" if reference.volume else ""
    if reference.number:
        issue += f"({reference.number})" if issue else f" {reference.number}"
    if reference.pages:
        issue += f":{reference.pages}" if issue else f" {reference.pages}"
    return issue
