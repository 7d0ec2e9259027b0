"""Antidepressants and the smallest daily dose that makes a trial adequate."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from trd.parameters import Entry, Table, load, numbered, split

COLUMNS: tuple[tuple[str, str], ...] = (
    ("usual", "Lowest usual dose in open tables"),
    ("maudsley", "Maudsley minimum effective dose"),
    ("default", "Course default"),
    ("strict", "Course strict value"),
)
"""Names and headings of the dose columns, in display order."""


@dataclass(frozen=True)
class Drug:
    """One antidepressant with the minimum doses that different instruments ask for.

    Attributes
    ----------
    name : str
        International non-proprietary name, lower case.
    drug_class : str
        Grouping used when a rule counts classes (SSRI, SNRI, TCA, MAOI, ...).
    usual : tuple of Entry
        Lowest figure of the usual daily range in mg, one entry for each printed value.
    maudsley : Entry or None
        Minimum effective daily dose in mg as commonly quoted from the Maudsley guidelines; None
        when none is. Its status is ``from-knowledge``: it was not checked against the book.
    default, strict : Entry
        The course's own thresholds in mg/day (``teaching-assumption``).
    also_called : tuple of str
        Other accepted spellings.
    """

    name: str
    drug_class: str
    usual: tuple[Entry, ...]
    maudsley: Entry | None
    default: Entry
    strict: Entry
    also_called: tuple[str, ...] = ()

    def minimum_mg(self, strict: bool = False) -> float:
        """Return the smallest adequate daily dose in mg under the course's table."""
        return float((self.strict if strict else self.default).value)

    def column(self, name: str) -> tuple[Entry, ...]:
        """Return the entries of one of `COLUMNS`; empty when the source gives no value."""
        found = getattr(self, name)
        if isinstance(found, tuple):
            return found
        return () if found is None else (found,)

    @property
    def disputed(self) -> bool:
        """True when the columns do not all ask for the same lowest dose."""
        doses = {float(cell.value) for name, _ in COLUMNS for cell in self.column(name)}
        return len(doses) > 1


def _drug(name: str, cells: Table) -> Drug:
    return Drug(
        name=name,
        drug_class=cells["class"].value,
        usual=numbered(cells, "usual"),
        maudsley=cells.get("maudsley"),
        default=cells["default"],
        strict=cells["strict"],
        also_called=split(cells["also_called"].value) if "also_called" in cells else (),
    )


@cache
def drugs() -> tuple[Drug, ...]:
    """Return every antidepressant of the course's table, in the order of the file."""
    return tuple(_drug(name, cells) for name, cells in load("antidepressants").items())


def _normal(name: str) -> str:
    return " ".join(name.casefold().split())


@cache
def _by_spelling() -> Mapping[str, Drug]:
    return MappingProxyType(
        {
            _normal(spelling): found
            for found in drugs()
            for spelling in (found.name, *found.also_called)
        }
    )


def drug(name: str) -> Drug:
    """Find one antidepressant.

    Parameters
    ----------
    name : str
        Generic name in any case, or an accepted spelling such as ``"venlafaxine XR"``.

    Raises
    ------
    ValueError
        If the table does not hold the drug; the message offers the closest names.
    """
    spellings = _by_spelling()
    if isinstance(name, str) and _normal(name) in spellings:
        return spellings[_normal(name)]
    close = difflib.get_close_matches(_normal(str(name)), list(spellings), n=3, cutoff=0.6)
    offer = f"Did you mean {' or '.join(close)}?" if close else "Choose one of the listed drugs."
    raise ValueError(
        f"{name!r} is not one of the {len(drugs())} antidepressants in the course's dose table. "
        f"{offer} Use the generic name."
    )
