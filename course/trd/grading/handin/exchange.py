"""Going through nbgrader's exchange as somebody else, where one account plays a whole class.

On a real class every trainee has an account, and these steps are their own: *Assignments* in
JupyterLab, ``nbgrader fetch_assignment`` and ``nbgrader submit``. A demonstration, a test or a
bench has one account only. The steps here are nbgrader's, under the plug-ins of the class's
configuration; only the name, the trainee's folder and, if wanted, the time are given.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from trd.grading.course import Course, CourseError

#: Beside what a trainee fetched: nbgrader's copies of what was handed in.
CACHE = ".handed-in"


def fetch(course: Course, assignment: str, student: str, desk: Path) -> Path:
    """Fetch a released assignment, as its trainee would.

    Parameters
    ----------
    course : Course
        The class.
    assignment, student : str
        What is fetched, and for whom.
    desk : pathlib.Path
        The trainee's folder; it is made if it is missing.

    Returns
    -------
    pathlib.Path
        The folder with the notebooks, ``desk / assignment``.

    Raises
    ------
    CourseError
        If nbgrader refuses; the message carries its reason.
    """
    desk.mkdir(parents=True, exist_ok=True)
    with _reasons(f"{student} could not fetch {assignment}"):
        _step(course, "fetch_assignment", assignment, student, desk).start()
    return desk / assignment


def submit(
    course: Course,
    assignment: str,
    student: str,
    desk: Path,
    at: datetime | None = None,
    cache: Path | None = None,
) -> None:
    """Hand in what lies on a trainee's desk, as the trainee would.

    Parameters
    ----------
    course : Course
        The class.
    assignment, student : str
        What is handed in, and by whom.
    desk : pathlib.Path
        The trainee's folder, as given to :func:`fetch`.
    at : datetime.datetime, optional
        When it is handed in, with a zone; now when not given.
    cache : pathlib.Path, optional
        Where nbgrader keeps the trainee's copies; on the desk when not given.

    Raises
    ------
    CourseError
        If nbgrader refuses; the message carries its reason.
    """
    with _reasons(f"{student} could not hand in {assignment}"):
        step = _step(course, "submit", assignment, student, desk, cache)
        if at is not None:
            stamp = at.astimezone(UTC).strftime(step.timestamp_format)
            # nbgrader asks its clock in this method, and nothing else does.
            step.set_timestamp = lambda: setattr(step, "timestamp", stamp)
        step.start()


def collect(course: Course, assignment: str, student: str = "*") -> list[str]:
    """Collect the latest hand-ins, whoever's account they came from.

    Parameters
    ----------
    course : Course
        The class.
    assignment : str
        Its name.
    student : str
        Whose; everybody's when not given.

    Returns
    -------
    list of str
        Everybody whose work has been collected, now or earlier.

    Raises
    ------
    CourseError
        If nbgrader refuses; the message carries its reason.
    """
    config = deepcopy(course.config)
    # One account handed everything in, so no hand-in belongs to the trainee it is named after.
    config.ExchangeCollect.check_owner = False
    config.ExchangeCollect.update = True
    with _reasons(f"{assignment} could not be collected"):
        _made(config, "collect", assignment, student).start()
    return course.students_with(assignment)


def give_back(
    course: Course, assignment: str, student: str, desk: Path, cache: Path | None = None
) -> list[Path]:
    """Release one trainee's feedback and fetch it, as instructor and trainee would.

    Parameters
    ----------
    course : Course
        The class.
    assignment, student : str
        Whose feedback on what; it must have been generated.
    desk : pathlib.Path
        The trainee's folder, as given to :func:`fetch`.
    cache : pathlib.Path, optional
        As given to :func:`submit`.

    Returns
    -------
    list of pathlib.Path
        The newest pages, where the trainee finds them.

    Raises
    ------
    CourseError
        If nbgrader refuses; the message carries its reason.
    """
    with _reasons(f"the feedback on {assignment} could not be given back to {student}"):
        _made(deepcopy(course.config), "release_feedback", assignment, student).start()
        _step(course, "fetch_feedback", assignment, student, desk, cache).start()
    # One folder for each hand-in, named by its time.
    by_time = sorted((desk / assignment / "feedback").glob("*/"), key=lambda folder: folder.name)
    return sorted(by_time[-1].glob("*.html")) if by_time else []


def _step(
    course: Course, name: str, assignment: str, student: str, desk: Path, cache: Path | None = None
) -> Any:
    config = deepcopy(course.config)
    config.Exchange.assignment_dir = str(desk)
    config.Exchange.cache = str(cache or desk / CACHE)
    return _made(config, name, assignment, student)


def _made(config: Any, name: str, assignment: str, student: str) -> Any:
    """Return one of the exchange's steps, of the class that the configuration names."""
    from nbgrader.auth import Authenticator
    from nbgrader.coursedir import CourseDirectory
    from nbgrader.exchange import ExchangeFactory

    config.CourseDirectory.assignment_id = assignment
    config.CourseDirectory.student_id = student
    return getattr(ExchangeFactory(config=config), name)(
        coursedir=CourseDirectory(config=config),
        authenticator=Authenticator(config=config),
        config=config,
    )


@contextlib.contextmanager
def _reasons(what: str) -> Iterator[None]:
    """Turn nbgrader's own errors into one that says what was being done."""
    from nbgrader.exchange import ExchangeError

    if sys.platform == "win32":
        raise CourseError(
            f"{what}: nbgrader's exchange needs Linux, macOS or WSL2. On Windows, collect zip "
            "files with: nbgrader zip_collect"
        )
    try:
        yield
    except (ExchangeError, OSError, RuntimeError) as error:
        raise CourseError(f"{what}. nbgrader says: {error}") from error
