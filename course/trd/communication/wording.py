"""Words for how often something happens, and what readers make of them.

The five words of European package leaflets stand for bands; readers put them far higher. The
course shows the words so that nobody trusts them: a number with its denominator goes first.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from trd.definitions.history import number
from trd.rows import read


@dataclass(frozen=True)
class FrequencyTerm:
    """One word of the European scale.

    Attributes
    ----------
    term : str
        E.g. ``"common"``.
    low, high : float
        Band as fractions; the lower limit belongs to it, the upper does not.
    band : str
        The band in words, e.g. ``"1 in 100 to fewer than 1 in 10"``.
    read_as : float or None
        What readers take the word to mean, as a fraction; None where the course has no number.
    read_as_status, read_as_row : str
        Status of that number and its row in ``assets/evidence/communication.csv``; empty where
        there is none.
    row : str
        Row of the band itself.
    """

    term: str
    low: float
    high: float
    band: str
    read_as: float | None
    read_as_status: str
    read_as_row: str
    row: str


#: Word, band as fractions, band in words.
_TERMS: tuple[tuple[str, float, float, str], ...] = (
    ("very common", 1 / 10, 1.0, "1 in 10 or more"),
    ("common", 1 / 100, 1 / 10, "1 in 100 to fewer than 1 in 10"),
    ("uncommon", 1 / 1_000, 1 / 100, "1 in 1,000 to fewer than 1 in 100"),
    ("rare", 1 / 10_000, 1 / 1_000, "1 in 10,000 to fewer than 1 in 1,000"),
    ("very rare", 0.0, 1 / 10_000, "fewer than 1 in 10,000"),
)

WHY_WORDS_MISLEAD: tuple[str, ...] = (
    "com-words-trials",
    "com-words-common-read-as",
    "com-words-with-numbers",
    "com-words-hide",
)
"""Rows of ``communication.csv`` that say why a word alone will not do, in teaching order."""


@cache
def terms() -> tuple[FrequencyTerm, ...]:
    """Return the five words, the most frequent first."""
    rows = read("communication")
    found = []
    for term, low, high, band in _TERMS:
        slug = term.replace(" ", "-")
        row = rows.get(f"com-words-{slug}-read-as")
        found.append(
            FrequencyTerm(
                term=term,
                low=low,
                high=high,
                band=band,
                read_as=float(row.value) / 100 if row else None,
                read_as_status=row.status if row else "",
                read_as_row=row.id if row else "",
                row=f"com-words-band-{slug}",
            )
        )
    return tuple(found)


def words_for(rate: float) -> FrequencyTerm:
    """Return the word of the European scale for a rate.

    Parameters
    ----------
    rate : float
        Share of people, 0 to 1. "Very rare" takes in 0, which no study can show.

    Raises
    ------
    ValueError
        For anything else.
    """
    if isinstance(rate, bool):
        raise ValueError(f"The rate is {rate}; it must be a number, not yes or no.")
    share = number(rate, "The rate", 0, 1)
    return next(each for each in terms() if share >= each.low)
