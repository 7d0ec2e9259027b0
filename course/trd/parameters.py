"""Reads ``assets/parameters/*.toml`` into frozen entries: every number with its source."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from trd.paths import asset


@dataclass(frozen=True)
class Entry:
    """One value of a parameter file with its provenance.

    Attributes
    ----------
    value : float or int or str
        The number (or the wording) itself.
    unit : str
        Unit of the number; empty for wording.
    status : str
        ``verified``, ``derived``, ``secondary``, ``from-knowledge`` or ``teaching-assumption``.
    source : tuple of str
        Keys of the bibliography; empty when nothing was checked.
    locator, note : str
        Where in the source, and what a reader should know.
    printed : str
        How the source prints the value when it is not a plain number, e.g. ``"20-40"``.
    low, high : float or None
        Bounds of the published interval.
    n : int or None
        Number of people behind the value.
    """

    value: Any
    unit: str = ""
    status: str = ""
    source: tuple[str, ...] = ()
    locator: str = ""
    note: str = ""
    printed: str = ""
    low: float | None = None
    high: float | None = None
    n: int | None = None

    @property
    def text(self) -> str:
        """The value as a reader should see it, without unit."""
        return self.printed or (
            f"{self.value:g}" if isinstance(self.value, float) else str(self.value)
        )


Table = Mapping[str, Entry]


def split(text: str) -> tuple[str, ...]:
    """Split a semicolon-separated list, dropping blanks."""
    return tuple(part.strip() for part in text.split(";") if part.strip())


def _entry(raw: Mapping[str, Any]) -> Entry:
    return Entry(**{**raw, "source": split(raw.get("source", ""))})


@cache
def load(name: str) -> Mapping[str, Table]:
    """Return the tables of one parameter file, in the order of the file.

    Parameters
    ----------
    name : str
        File name without folder and suffix, e.g. ``"antidepressants"``.

    Raises
    ------
    FileNotFoundError
        If the installation does not hold that file.
    """
    with asset(f"parameters/{name}.toml").open("rb") as handle:
        raw = tomllib.load(handle)
    return MappingProxyType(
        {
            table: MappingProxyType({key: _entry(cell) for key, cell in cells.items()})
            for table, cells in raw.items()
        }
    )


def numbered(table: Table, prefix: str) -> tuple[Entry, ...]:
    """Return the entries ``prefix_1``, ``prefix_2``, ... of a table in order."""
    found: list[Entry] = []
    while (key := f"{prefix}_{len(found) + 1}") in table:
        found.append(table[key])
    return tuple(found)
