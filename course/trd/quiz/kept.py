"""Results that a panel keeps among the reader's own progress, across restarts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from trd.quiz.answers import AnswerLog, SaveError
from trd.quiz.session import data_folder, purpose

T = TypeVar("T")


def last_open(
    kept: Sequence[Any], ended: Callable[[Any], object], read: Callable[[Any], T | None]
) -> T | None:
    """Return what was left unfinished, or None.

    Parameters
    ----------
    kept : sequence of object
        Unfinished states and results in the order they were written, not yet checked. A result
        ends whatever stands before it; what can be read as neither is passed over.
    ended, read : callable
        Reads a result, or an unfinished state; something false, or None, if it is none.
    """
    for each in reversed(kept):
        if ended(each):
            return None
        found = read(each)
        if found is not None:
            return found
    return None


class Kept:
    """The earlier results of one panel.

    Parameters
    ----------
    notebook : str
        The lesson's file stem.
    item : str
        Name of the results among the answers of that lesson.
    """

    def __init__(self, notebook: str, item: str) -> None:
        self._log = AnswerLog(data_folder() / "progress.jsonl", make_folder=True)
        self._place = (notebook, item)

    def earlier(self) -> list[Any]:
        """Return what was kept, oldest first, not yet checked."""
        return [entry.answer for entry in self._log.read().history(*self._place)]

    def keep(self, result: Mapping[str, Any]) -> str:
        """Write a result down, unless a grader or a test of the notebook is at work.

        Returns
        -------
        str
            Why it could not be written, in the reader's words; empty when it could.
        """
        if purpose() != "work":
            return ""
        try:
            self._log.record(*self._place, dict(result))
        except SaveError as error:
            return str(error)
        return ""
