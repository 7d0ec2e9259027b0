"""Results that a panel keeps among the reader's own progress, across restarts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trd.quiz.answers import AnswerLog, SaveError
from trd.quiz.session import data_folder, purpose


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
