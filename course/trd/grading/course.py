"""One class as nbgrader sees it: its configuration, its folders, its gradebook."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trd import paths
from trd.lab import home as homes


class CourseError(Exception):
    """A step of grading cannot be done; the message says why and what to do."""


class Course:
    """A course folder with nbgrader's own configuration.

    Parameters
    ----------
    config : traitlets.config.Config
        As nbgrader loads it.
    coursedir : nbgrader.coursedir.CourseDirectory, optional
        One that is in use already.

    Attributes
    ----------
    config : traitlets.config.Config
        The configuration.
    coursedir : nbgrader.coursedir.CourseDirectory
        nbgrader's view of the folders.
    """

    def __init__(self, config: Any, coursedir: Any = None) -> None:
        from nbgrader.coursedir import CourseDirectory

        self.config = config
        self.coursedir = CourseDirectory(config=config) if coursedir is None else coursedir

    @classmethod
    def load(cls, folder: Path | None = None) -> Course:
        """Load the configuration that ``nbgrader`` would load in a folder.

        Parameters
        ----------
        folder : pathlib.Path, optional
            The folder with ``nbgrader_config.py``; the current one when it has one, else the
            course's repository.

        Raises
        ------
        CourseError
            If there is no such folder.
        """
        from nbgrader.apps import NbGrader

        found = _config_folder(folder)
        app = NbGrader()
        app.config_file_name = "nbgrader_config"
        # Otherwise nbgrader goes on with its own defaults, which run what was handed in.
        app.raise_config_file_errors = True
        try:
            with contextlib.chdir(found):
                app.load_config_file()
        except Exception as error:
            raise CourseError(
                f"{found / 'nbgrader_config.py'} could not be loaded: {error}"
            ) from error
        return cls(app.config.copy())

    @property
    def root(self) -> Path:
        """The course's folder."""
        return Path(self.coursedir.root)

    @property
    def course_id(self) -> str:
        """The course's name in the exchange and in the gradebook."""
        return str(self.coursedir.course_id)

    @contextlib.contextmanager
    def gradebook(self) -> Iterator[Any]:
        """Open nbgrader's gradebook; use it in a ``with`` statement.

        Raises
        ------
        CourseError
            If it is damaged, held by another program, or of an older nbgrader.
        """
        from nbgrader.api import Gradebook
        from sqlalchemy.exc import DBAPIError

        try:
            with Gradebook(self.coursedir.db_url, self.course_id or "default_course") as opened:
                yield opened
        except DBAPIError as error:
            raise CourseError(_trouble(str(error.orig), str(self.coursedir.db_url))) from error

    def place(self, kind: str, assignment: str, student: str = ".") -> Path:
        """Return one of nbgrader's folders.

        Parameters
        ----------
        kind : str
            ``"source"``, ``"release"``, ``"submitted"``, ``"autograded"`` or ``"feedback"``.
        assignment, student : str
            Their names; ``"."`` stands for no student.
        """
        directory = getattr(self.coursedir, f"{kind}_directory")
        return Path(self.coursedir.format_path(directory, student, assignment)).absolute()

    @property
    def classroom(self) -> Path:
        """The folder that holds what belongs to this class, beside its collected work."""
        # format_path() and not the bare name, which may be relative to the course's root.
        return self.place("submitted", "x", "x").parent.parent.parent

    @property
    def assignments(self) -> list[str]:
        """The names of the assignments that have masters, in order."""
        from trd.lab.release import assignments

        source = self.place("source", ".")
        return assignments(source.parent, source.name)

    def students_with(self, assignment: str) -> list[str]:
        """Return who has handed in, in order."""
        folder = self.place("submitted", "x", "x").parent.parent
        if not folder.is_dir():
            return []
        excluded = set(str(self.coursedir.student_id_exclude).split(","))
        return sorted(
            student.name
            for student in folder.iterdir()
            # As nbgrader's own pattern has it: what begins with a dot is nobody's work.
            if not student.name.startswith(".")
            and student.name not in excluded
            and (student / assignment).is_dir()
            and not (student / assignment).is_symlink()
        )


def _trouble(said: str, url: str) -> str:
    if "locked" in said:
        return f"Another program is writing to the gradebook ({url}). Try again in a moment."
    if "no such column" in said or "no such table" in said:
        return f"The gradebook ({url}) is of an older nbgrader. Copy it, then: nbgrader db upgrade"
    if "connect" in said or "terminat" in said or "shutting down" in said or "starting up" in said:
        return (
            f"The database with the gradebook ({url}) does not answer: {said.strip()}. Nothing is "
            "lost: start the database, then run the same command again."
        )
    return f"The gradebook ({url}) cannot be used: {said}. Restore it from a copy."


def _config_folder(folder: Path | None) -> Path:
    if folder is not None:
        if (folder / "nbgrader_config.py").is_file():
            return folder
        raise CourseError(f"{folder} holds no nbgrader_config.py, so it is no course folder.")
    here = Path.cwd()
    if (here / "nbgrader_config.py").is_file():
        return here
    repository = paths.repository()
    if repository is None:
        raise CourseError(
            "There is no nbgrader_config.py here. Change into the course's folder first."
        )
    return repository


#: What says where a class keeps its state; all of it changes together.
_PLACES = ("TRD_HOME", "TRD_EXCHANGE", "TRD_COURSE", "TRD_GRADEBOOK")


@contextlib.contextmanager
def environment(home: homes.Home) -> Iterator[None]:
    """Let everything inside keep its state in another folder, as ``TRD_HOME`` would."""
    before = {name: os.environ.pop(name, None) for name in _PLACES}
    os.environ["TRD_HOME"] = str(home.root)
    try:
        yield
    finally:
        del os.environ["TRD_HOME"]
        os.environ.update({name: value for name, value in before.items() if value is not None})
