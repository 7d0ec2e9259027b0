"""What the rules need to know from outside the notebook: evidence rows, references, panels."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from trd.lint import numbers

if TYPE_CHECKING:
    from trd.evidence.models import EvidenceRow, Reference


@dataclass(frozen=True)
class Row:
    """One evidence row, as far as a claim cell is concerned.

    Attributes
    ----------
    id : str
        Its id in ``assets/evidence``.
    status : str
        One of the five evidence statuses.
    numbers : frozenset of Decimal
        Every number a cell that cites it may print.
    checked_on : str
        The day its source was read, as an ISO date; empty if it was not.
    """

    id: str
    status: str
    numbers: frozenset[Decimal]
    checked_on: str = ""


@dataclass(frozen=True)
class Source:
    """One entry of ``assets/references.bib``.

    Attributes
    ----------
    key : str
        Its key.
    targets : frozenset of str
        The addresses a link to it may carry, in the form :func:`same_address` gives.
    short : str
        Short citation, such as ``"Rush 2006"``.
    primary : bool
        Whether the source itself was read, rather than a report of it.
    """

    key: str
    targets: frozenset[str]
    short: str
    primary: bool = True


def same_address(href: str) -> str:
    """Return an address in the form in which two spellings of it compare equal."""
    bare = unquote(href.strip()).lower().rstrip("/")
    for prefix in ("https://", "http://", "dx.", "www."):
        bare = bare.removeprefix(prefix)
    return bare


class Sources:
    """Everything outside the notebooks, read once and only when a rule asks.

    Attributes
    ----------
    root : pathlib.Path
        The folder that holds ``course/``.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._panels: dict[str, frozenset[str] | None] = {}

    @cached_property
    def rows(self) -> Mapping[str, Row] | None:
        """Evidence rows by id; None if the tables are broken, which the evidence rule reports."""
        from trd import evidence

        try:
            found = evidence.rows(self.root / "assets")
        except (OSError, evidence.EvidenceError):
            return None
        years = {key: _digits(source.short) for key, source in (self.references or {}).items()}
        return {name: _row(row, years) for name, row in found.items()}

    @cached_property
    def references(self) -> Mapping[str, Source] | None:
        """References by key; None if the file is broken, which the evidence rule reports."""
        from trd import evidence

        try:
            found = evidence.references(self.root / "assets")
        except (OSError, evidence.EvidenceError):
            return None
        return {name: _source(found[name]) for name in found.names()}

    @cached_property
    def addresses(self) -> Mapping[str, Source] | None:
        """References by every address that leads to them."""
        if self.references is None:
            return None
        return {target: source for source in self.references.values() for target in source.targets}

    def panels(self, topic: str) -> frozenset[str] | None:
        """Return the panels ``trd.<topic>.panels`` offers, or None if there is no such module."""
        if topic not in self._panels:
            base = self.root / "course" / "trd" / Path(*topic.split("."))
            files = [base / "panels.py", base / "panels" / "__init__.py"]
            self._panels[topic] = next((_public(f) for f in files if f.is_file()), None)
        return self._panels[topic]


def _public(module: Path) -> frozenset[str]:
    names: set[str] = set()
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.ImportFrom):
            names.update(alias.asname or alias.name for alias in node.names)
    return frozenset(name for name in names if not name.startswith("_"))


def _digits(text: str) -> set[Decimal]:
    return {Decimal(word) for word in text.split() if word.isdigit()}


def _row(row: EvidenceRow, years: Mapping[str, set[Decimal]]) -> Row:
    printed = (row.value, row.low, row.high, row.n, row.statement, row.population)
    found = numbers.values(text.lstrip("+-") for text in printed)
    for key in row.sources:
        found |= years.get(key, set())
    return Row(row.id, row.status, frozenset(found), row.checked_on)


def _source(entry: Reference) -> Source:
    addresses = [entry.url, f"https://doi.org/{entry.doi}" if entry.doi else ""]
    return Source(
        key=entry.key,
        targets=frozenset(same_address(each) for each in addresses if each),
        short=entry.label,
        primary=entry.reading == "primary",
    )
