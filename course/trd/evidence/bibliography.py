"""Reads ``references.bib`` with pybtex."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from pybtex.database import BibliographyDataError, parse_string
from pybtex.exceptions import PybtexError
from pydantic import ValidationError

from trd.evidence.models import Reference, ReferenceList, split
from trd.evidence.tables import failures, problem, read_text

if TYPE_CHECKING:
    from pybtex.database import Entry

    from trd.evidence.errors import Problem

FILE = "references.bib"
_FIELDS = ("title", "journal", "volume", "number", "pages", "doi", "pmid", "url", "note")


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("{", "").replace("}", "").replace("--", "–")).strip()


def _surnames(entry: Entry) -> list[str]:
    people = entry.persons.get("author", [])
    return [_plain(" ".join((*who.prelast_names, *who.last_names))) for who in people]


def _authors(names: list[str]) -> str:
    if names and names[-1] == "others":
        return f"{', '.join(names[:-1])} and others"
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _reference(key: str, entry: Entry) -> Reference:
    fields = {name: _plain(entry.fields.get(name, "")) for name in (*_FIELDS, "year", "shorthand")}
    # An underscore or tilde in an address is literal, so it is taken as written.
    fields["url"] = entry.fields.get("url", "").strip()
    fields["doi"] = entry.fields.get("doi", "").strip()
    names = _surnames(entry)
    first = names[0] if names else ""
    shorthand = fields.pop("shorthand")
    return Reference(
        key=key,
        aliases=split(entry.fields.get("ids", "").replace(",", ";")),
        label=shorthand or (f"{first} {fields['year']}" if first and fields["year"] else ""),
        authors=_authors(names),
        reading=entry.fields.get("keywords", "").strip(),
        **fields,
    )


def read_references(path: Path) -> tuple[ReferenceList, list[Problem]]:
    """Read the bibliography.

    Parameters
    ----------
    path : pathlib.Path
        ``assets/references.bib``.

    Returns
    -------
    references, problems : ReferenceList, list of Problem
    """
    text, problems = read_text(path, FILE)
    if problems:
        return ReferenceList({}), problems
    try:
        entries = parse_string(text, "bibtex").entries
    except BibliographyDataError as error:
        return ReferenceList({}), [problem(FILE, "", "duplicate", f"{error}.")]
    except PybtexError as error:
        line = getattr(error, "lineno", None)
        where = f"line {line}" if line else ""
        return ReferenceList({}), [problem(FILE, where, "syntax", f"{error}.")]
    found: dict[str, Reference] = {}
    names: dict[str, str] = {}
    for key, entry in entries.items():
        try:
            reference = _reference(key, entry)
        except ValidationError as error:
            problems += failures(FILE, f"entry {key}", error)
            continue
        for name in (key, *reference.aliases):
            if name in names:
                message = f"The key {name} already stands for {names[name]}."
                problems.append(problem(FILE, f"entry {key}", "duplicate", message))
            names[name] = key
        found[key] = reference
    return ReferenceList(found), problems
