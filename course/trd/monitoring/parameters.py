"""The numbers of the simulator, by table.

What drug, body, orders and harm are built on stands in ``assets/parameters/monitoring.toml``, the
tuning of body and room in ``monitoring_chair.toml``, the time limits of the marking in
``monitoring_marking.toml``.
"""

from __future__ import annotations

from functools import cache
from types import MappingProxyType

from trd.parameters import Entry, load

Numbers = MappingProxyType[str, float]
_FILE = "monitoring"
CHAIR = "monitoring_chair"
MARKING = "monitoring_marking"


@cache
def numbers(table: str, file: str = _FILE) -> Numbers:
    """Return the numbers of one table by name.

    Parameters
    ----------
    table : str
        E.g. ``"kinetics"``.
    file : str
        Without folder and suffix.

    Raises
    ------
    KeyError
        If the file has no such table.
    """
    return MappingProxyType({key: float(cell.value) for key, cell in load(file)[table].items()})


@cache
def rows_of(table: str, file: str) -> MappingProxyType[str, tuple[float, ...]]:
    """Return the rows of numbers of one table by name, e.g. one for each grade of an event.

    Raises
    ------
    KeyError
        If the file has no such table.
    """
    return MappingProxyType(
        {key: tuple(map(float, cell.value)) for key, cell in load(file)[table].items()}
    )


def limits(scheme: str) -> MappingProxyType[str, tuple[int, ...]]:
    """Return the time limits of one marking scheme in seconds, by rule.

    Raises
    ------
    KeyError
        If there is no such scheme.
    """
    found = rows_of(scheme, MARKING)
    return MappingProxyType({key: tuple(map(int, row)) for key, row in found.items()})


def entry(table: str, name: str) -> Entry:
    """Return one number with its unit, status and source.

    Raises
    ------
    KeyError
        If there is no such number.
    """
    return load(_FILE)[table][name]
