"""The numbers of ``assets/parameters/monitoring.toml``, by table."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType

from trd.parameters import Entry, load

Numbers = MappingProxyType[str, float]


@cache
def numbers(table: str) -> Numbers:
    """Return the numbers of one table by name.

    Parameters
    ----------
    table : str
        E.g. ``"kinetics"``.

    Raises
    ------
    KeyError
        If the file has no such table.
    """
    return MappingProxyType({key: float(cell.value) for key, cell in load(_FILE)[table].items()})


def entry(table: str, name: str) -> Entry:
    """Return one number with its unit, status and source.

    Raises
    ------
    KeyError
        If there is no such number.
    """
    return load(_FILE)[table][name]


_FILE = "monitoring"
