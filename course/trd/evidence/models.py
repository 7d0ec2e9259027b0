"""Typed records of the evidence layer; the rules of one row live here.

Only the loaders import this module, so that ``import trd.evidence`` stays light.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self
from urllib.parse import quote

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)
from pydantic_core import PydanticCustomError

Status = Literal["verified", "derived", "secondary", "from-knowledge", "teaching-assumption"]
STATUSES: tuple[str, ...] = (
    "verified",
    "derived",
    "secondary",
    "from-knowledge",
    "teaching-assumption",
)
SOURCED = frozenset({"verified", "derived", "secondary"})
VERDICTS: tuple[str, ...] = (
    "supported",
    "partly",
    "overstated",
    "misleading by omission",
    "marketing",
    "unsupported",
)
READINGS: tuple[str, ...] = ("primary", "secondary", "from-knowledge")

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_KEY = re.compile(r"[a-z][a-z0-9-]*")
_CLAIM_ID = re.compile(r"[A-EX][1-9]\d*")
_SLOT = re.compile(r"[1-5]\.[1-6]|B\.[1-3]")
_ANCHOR = re.compile(r"[A-Za-z0-9][\w-]*#[\w-]+")


def broken(rule: str, text: str) -> PydanticCustomError:
    """Return the error for one broken rule; `text` is shown to an author."""
    return PydanticCustomError(rule, "{text}", {"text": text})


def split(text: str) -> tuple[str, ...]:
    """Split a list separated by semicolons, dropping blanks."""
    return tuple(part.strip() for part in text.split(";") if part.strip())


def _kebab(text: str) -> str:
    if not _ID.fullmatch(text):
        raise broken("id-form", f"{text!r} is not a row id.")
    return text


def _number(text: str) -> str:
    if text and not _NUMBER.fullmatch(text):
        raise broken("number", f"{text!r} is not a number.")
    return text


def _status(text: Any) -> Any:
    if text not in STATUSES:
        raise broken("status", f"{text!r} is not a status.")
    return text


def _filled(text: str) -> str:
    if not text:
        raise broken("empty", "A cell that must be filled is empty.")
    return text


def _day(text: str) -> str:
    if text:
        try:
            parsed = date.fromisoformat(text)
        except ValueError:
            parsed = None
        if parsed is None or parsed.isoformat() != text:
            raise broken("date", f"{text!r} is not a date.")
    return text


def _people(text: str) -> str:
    if text and not (text.isdecimal() and int(text) > 0):
        raise broken("denominator", f"The denominator {text!r} is not a whole number above 0.")
    return text


NumberText = Annotated[str, AfterValidator(_number)]
Filled = Annotated[str, AfterValidator(_filled)]
StatusText = Annotated[Status, BeforeValidator(_status)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


def _check_order(low: float | None, value: float | None, high: float | None) -> None:
    numbers = [number for number in (low, value, high) if number is not None]
    if numbers != sorted(numbers):
        shown = ", ".join(f"{number:g}" for number in numbers)
        raise broken("interval", f"low, value and high are not in rising order: {shown}.")


class EvidenceRow(_Record):
    """One number, or one plain statement, with where it comes from.

    Attributes
    ----------
    id, topic : str
        Unique name in kebab case, and the subject it belongs to.
    statement : str
        What the number is, in words.
    value, low, high : str
        The number and its interval as printed; empty when the row holds none.
    unit : str
        Unit of `value`, `low` and `high`.
    n : str
        Denominator, in people unless the statement says otherwise.
    population, locator, note : str
        Who was studied, where in the source, what a reader should know.
    source : str
        Bibliography keys, separated by ``";"``.
    status : str
        One of `STATUSES`.
    checked_on : str
        ISO date on which the source was read; empty when it was not.
    reviewer : str
        Empty until a named clinician has signed the row.
    """

    id: Annotated[str, AfterValidator(_kebab)]
    topic: Filled
    statement: Filled
    value: NumberText
    low: NumberText
    high: NumberText
    unit: str
    n: Annotated[str, AfterValidator(_people)]
    population: str
    source: str
    locator: str
    status: StatusText
    checked_on: Annotated[str, AfterValidator(_day)]
    reviewer: str
    note: str

    @property
    def sources(self) -> tuple[str, ...]:
        """Bibliography keys of the row."""
        return split(self.source)

    @property
    def number(self) -> float | None:
        """`value` as a number."""
        return float(self.value) if self.value else None

    @property
    def interval(self) -> tuple[float | None, float | None]:
        """`low` and `high` as numbers."""
        return (float(self.low) if self.low else None, float(self.high) if self.high else None)

    @property
    def denominator(self) -> int | None:
        """`n` as a number."""
        return int(self.n) if self.n else None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        low, high = self.interval
        _check_order(low, self.number, high)
        if self.status in SOURCED:
            missing = [
                name for name in ("source", "locator", "checked_on") if not getattr(self, name)
            ]
            if missing:
                raise broken("provenance", f"A {self.status} row lacks {' and '.join(missing)}.")
        elif self.checked_on:
            raise broken("provenance", f"A {self.status} row has a checked_on date.")
        if self.status == "derived" and "=" not in self.note:
            raise broken("arithmetic", "A derived row does not show its arithmetic in the note.")
        if self.status == "secondary" and not self.note.startswith("reported by"):
            raise broken("reported-by", "A secondary row does not say who reported the number.")
        if self.status == "teaching-assumption" and not self.note:
            raise broken("assumption", "A teaching assumption does not say why it was chosen.")
        return self


class Parameter(_Record):
    """One entry of a parameter file.

    Attributes
    ----------
    name : str
        Dotted path in the file, e.g. ``"citalopram.default"``.
    value : float, int, str, bool or list
        The parameter itself.
    unit, status, source, locator, note : str
        As in `EvidenceRow`.
    low, high : float, optional
        Interval of a number.
    extra : mapping
        Other keys of the entry, e.g. ``n`` or ``printed``.
    """

    name: str
    value: bool | int | float | str | list[Any]
    unit: str = ""
    status: StatusText
    source: str = ""
    locator: str = ""
    note: str = ""
    low: float | None = None
    high: float | None = None
    extra: dict[str, Any] = Field(default_factory=dict)

    @property
    def sources(self) -> tuple[str, ...]:
        """Bibliography keys of the entry."""
        return split(self.source)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        is_number = isinstance(self.value, (int, float)) and not isinstance(self.value, bool)
        _check_order(self.low, float(self.value) if is_number else None, self.high)  # type: ignore[arg-type]
        if self.status in SOURCED and not self.source:
            raise broken("provenance", f"A {self.status} parameter has no source.")
        if self.status == "derived" and not self.note:
            raise broken("arithmetic", "A derived parameter does not say how in the note.")
        return self


class ParameterSet(Mapping[str, Parameter]):
    """The entries of one parameter file by dotted name, e.g. ``"citalopram.default"``.

    Parameters
    ----------
    name : str
        Name of the file without folder and suffix.
    entries : mapping of str to Parameter
        In the order of the file.
    """

    def __init__(self, name: str, entries: Mapping[str, Parameter]) -> None:
        self.name = name
        self._entries = dict(entries)

    def __getitem__(self, key: str) -> Parameter:
        return self._entries[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"ParameterSet({self.name!r}, {len(self)} entries)"

    def table(self, name: str) -> dict[str, Parameter]:
        """Return the entries of one table by their last name.

        Raises
        ------
        KeyError
            If the file has no such table.
        """
        prefix = f"{name}."
        found = {
            key.removeprefix(prefix): entry
            for key, entry in self._entries.items()
            if key.startswith(prefix)
        }
        if not found:
            raise KeyError(name)
        return found


class Reference(_Record):
    """One source of the bibliography.

    Attributes
    ----------
    key : str
        Key of the entry; `aliases` are other keys that mean the same source.
    label : str
        Short citation, e.g. ``"Rush 2006"``.
    reading : str
        How the source was read: ``"primary"``, ``"secondary"`` (only as reported by others)
        or ``"from-knowledge"`` (not opened).
    note : str
        What was read, e.g. ``"Read as abstract"``.
    """

    key: str
    aliases: tuple[str, ...] = ()
    label: str
    authors: str = ""
    year: str = ""
    title: str = ""
    journal: str = ""
    volume: str = ""
    number: str = ""
    pages: str = ""
    doi: str = ""
    pmid: str = ""
    url: str = ""
    reading: str
    note: str = ""

    @property
    def link(self) -> str:
        """Address of the source: its DOI when known, otherwise its page."""
        return f"https://doi.org/{quote(self.doi, safe='/:;()')}" if self.doi else self.url

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.label:
            raise broken("label", "There is neither an author with a year nor a shorthand.")
        if self.reading not in READINGS:
            raise broken("reading", f"keywords is {self.reading!r}.")
        if self.doi and not self.doi.startswith("10."):
            raise broken("doi", f"The DOI {self.doi!r} does not start with 10.")
        if not self.doi and not re.fullmatch(r"https?://\S+", self.url):
            raise broken("link", "There is neither a DOI nor a web address.")
        return self


class ReferenceList(Mapping[str, Reference]):
    """The bibliography by key; an alias finds its source but is not listed."""

    def __init__(self, references: Mapping[str, Reference]) -> None:
        self._by_key = dict(references)
        self._keys = {
            name: key for key, found in references.items() for name in (*found.aliases, key)
        }

    def __getitem__(self, key: str) -> Reference:
        return self._by_key[self._keys[key]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_key)

    def __len__(self) -> int:
        return len(self._by_key)

    def names(self) -> tuple[str, ...]:
        """Return every key and alias."""
        return tuple(self._keys)


class Claim(_Record):
    """One claim of the popular articles, audited.

    Attributes
    ----------
    id : str
        Letter of the article (``X`` for what all five leave out) and number, e.g. ``"C53"``.
    article : str
        ``"A"`` to ``"E"``, or ``"all"``.
    claim, restatement : str
        The claim in other words, and a careful sentence to use instead.
    evidence : str
        Bibliography keys, and plain words where there is no key, separated by ``";"``.
    module : str
        Lesson the claim belongs to, in words.
    verdict : str
        One of `VERDICTS`: about the sentence as a reader would take it.
    status : str
        ``"verified"``, ``"secondary"`` or ``"from-knowledge"``: how the evidence was read.
    teach_slot : str
        Where the course teaches it, e.g. ``"1.4"`` or ``"B.2"``.
    taught_in : str
        ``"<notebook>#<cell id or heading>"`` once taught; several separated by ``";"``.
    """

    id: str
    article: Literal["A", "B", "C", "D", "E", "all"]
    claim: Filled
    module: Filled
    verdict: str
    evidence: Filled
    status: StatusText
    restatement: Filled
    teach_slot: str
    taught_in: str

    @property
    def sources(self) -> tuple[str, ...]:
        """Bibliography keys among the evidence; anything with a space is plain words."""
        return tuple(part for part in split(self.evidence) if _KEY.fullmatch(part))

    @property
    def anchors(self) -> tuple[str, ...]:
        """Places where the claim is taught."""
        return split(self.taught_in)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not _CLAIM_ID.fullmatch(self.id):
            raise broken("id-form", f"{self.id!r} is not a claim id.")
        if self.article != ("all" if self.id[0] == "X" else self.id[0]):
            raise broken("article", f"Claim {self.id} is filed under article {self.article!r}.")
        if self.verdict not in VERDICTS:
            raise broken("verdict", f"{self.verdict!r} is not a verdict.")
        if not _SLOT.fullmatch(self.teach_slot):
            raise broken("teach-slot", f"{self.teach_slot!r} is not a place in the course.")
        if self.status in ("verified", "derived") and not self.sources:
            raise broken("provenance", f"A {self.status} claim names no source.")
        if len(self.restatement.split()) > 30:
            raise broken("length", "The restatement is longer than 30 words.")
        for anchor in self.anchors:
            if not _ANCHOR.fullmatch(anchor):
                raise broken("anchor-form", f"{anchor!r} is not an anchor.")
        return self
