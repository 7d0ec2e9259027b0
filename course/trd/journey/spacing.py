"""When a self-check that was missed comes back: growing gaps, by the answers of earlier days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

#: Days from a day's answer to the next question, after none, one, two ... right days in a row
#: since it was last missed. A teaching convention of this course: that practice spread over days
#: is remembered longer is well supported, one series of gaps over another is not.
GAPS_DAYS = (1, 3, 7, 21, 60)


@dataclass(frozen=True)
class Attempt:
    """One answer to one self-check.

    Attributes
    ----------
    at : datetime.datetime
        When it was given, with a zone.
    right : bool
        Whether it was wholly right.
    """

    at: datetime
    right: bool

    @property
    def day(self) -> date:
        """The learner's own calendar day."""
        return self.at.astimezone().date()


@dataclass(frozen=True)
class Standing:
    """Where one self-check stands.

    Attributes
    ----------
    first_right : bool
        Whether the very first answer was right.
    missed : bool
        Whether the first answer of any day was wrong.
    right_in_a_row : int
        Days, since it was last missed, whose first answer was right.
    due : datetime.date or None
        The day it comes back; None when it was never missed, or has come back often enough.
    """

    first_right: bool
    missed: bool
    right_in_a_row: int
    due: date | None


def standing(attempts: Sequence[Attempt]) -> Standing | None:
    """Return where a self-check stands, or None if it was never answered.

    Only the first answer of a day counts: one given after the rationale has just been read says
    nothing about what will be remembered.

    Parameters
    ----------
    attempts : sequence of Attempt
        In any order.
    """
    if not attempts:
        return None
    ordered = sorted(attempts, key=lambda attempt: attempt.at)
    by_day: dict[date, bool] = {}
    for attempt in ordered:
        by_day.setdefault(attempt.day, attempt.right)
    missed, in_a_row = False, 0
    for right in by_day.values():
        missed = missed or not right
        in_a_row = in_a_row + 1 if right else 0
    due = None
    if missed and in_a_row < len(GAPS_DAYS):
        due = max(by_day) + timedelta(days=GAPS_DAYS[in_a_row])
    return Standing(ordered[0].right, missed, in_a_row, due)
