"""Where a notebook is and what it is being run for, settled once when it starts."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import platformdirs

from trd.quiz.answers import NAME, AnswerLog
from trd.quiz.items import Item
from trd.quiz.masters import items_in

#: Set by nbgrader while it runs a notebook: "autograde" or "validate".
EXECUTION = "NBGRADER_EXECUTION"


class NotStartedError(RuntimeError):
    """An item or panel ran before the first cell of its notebook."""


@dataclass(frozen=True)
class Session:
    """One notebook at work.

    Attributes
    ----------
    notebook : str
        Its file name without ``.ipynb``.
    folder : pathlib.Path
        The folder that holds it.
    purpose : str
        ``"work"`` (a person at the screen), ``"autograde"`` or ``"validate"``.
    graded : AnswerLog
        Answers that are handed in, beside the notebook.
    practice : AnswerLog
        Self-checks, in the user's own data folder, because ``course/`` may be read-only.
    listeners : list of callable
        Called after every saved answer.
    tasks : list of asyncio.Task
        Work that goes on while the page is open; ends when it is started again.
    """

    notebook: str
    folder: Path
    purpose: str
    graded: AnswerLog
    practice: AnswerLog
    listeners: list[Callable[[], None]] = field(default_factory=list)
    tasks: list[Any] = field(default_factory=list)

    @cached_property
    def items(self) -> list[Item]:
        """The items of the page, read once each time it is started.

        Raises
        ------
        ItemError, OSError, ValueError
            If the file cannot be read just now; the next look tries again.
        """
        return items_in(self.folder / f"{self.notebook}.ipynb")

    def changed(self) -> None:
        """Tell whoever shows the state of this page that an answer was saved."""
        for listener in self.listeners:
            listener()


_current: Session | None = None


def purpose() -> str:
    """Return what this process runs notebooks for: "work", "autograde" or "validate"."""
    return os.environ.get(EXECUTION) or "work"


def data_folder() -> Path:
    """Return the folder for this user's own progress; ``TRD_DATA`` overrides it."""
    override = os.environ.get("TRD_DATA")
    if override:
        return Path(override)
    return platformdirs.user_data_path("trd-course", appauthor=False)


def begin(notebook: str, folder: Path | None = None) -> Session:
    """Settle where the answers of this notebook go.

    Parameters
    ----------
    notebook : str
        File name without ``.ipynb``, as its first cell gives it.
    folder : pathlib.Path, optional
        Where it is; the current folder when not given.

    Raises
    ------
    FileNotFoundError
        If the folder does not hold that notebook: answers written elsewhere would be lost.
    """
    global _current
    # Whatever happens below, items must not go on writing for the notebook before.
    if _current is not None:
        for task in _current.tasks:
            task.cancel()
    _current = None
    try:
        folder = (folder or Path.cwd()).resolve()
    except FileNotFoundError:
        raise FileNotFoundError(
            "The folder of this page has been deleted or moved. Put it back, or fetch the "
            "assignment again, then open the page anew."
        ) from None
    if not (folder / f"{notebook}.ipynb").is_file():
        raise FileNotFoundError(
            f"This folder holds no notebook called “{notebook}.ipynb”. It may have been renamed "
            "or moved: give it its old name back, then press Start lesson again. "
            "Nothing you answered before is lost."
        )
    _current = Session(
        notebook=notebook,
        folder=folder,
        purpose=purpose(),
        graded=AnswerLog(folder / NAME),
        practice=AnswerLog(data_folder() / "progress.jsonl", make_folder=True),
    )
    return _current


def current() -> Session:
    """Return the session of this kernel.

    Raises
    ------
    NotStartedError
        If no notebook has been started.
    """
    if _current is None:
        raise NotStartedError(
            "This page has not been started. Press “Start lesson” at the top of the page."
        )
    return _current
