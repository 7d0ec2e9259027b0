"""``make mark``: one learner without an instructor collects, grades and reads the feedback.

Every step is nbgrader's own, on this machine's exchange: hand in, collect, grade, feedback out and
fetched. Free text cannot be marked by a machine; its page shows rubric and model answer instead, to
rate oneself by, and says so.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trd import paths
from trd.grading import masters
from trd.grading.course import Course, CourseError
from trd.grading.handin import exchange
from trd.grading.progress import bar
from trd.grading.submissions import read
from trd.lab import home as homes
from trd.quiz.answers import AnswerLog


@dataclass(frozen=True)
class Marked:
    """What came of one assignment.

    Attributes
    ----------
    assignment : str
        Its name.
    points, max_points : float
        Of the questions that are marked automatically.
    to_rate : float
        Points of free text to rate oneself.
    answered, questions : int
        How many of the questions have a usable answer.
    pages : tuple of pathlib.Path
        The feedback, where the learner finds it.
    """

    assignment: str
    points: float
    max_points: float
    to_rate: float
    answered: int
    questions: int
    pages: tuple[Path, ...]


def started(course: Course, desk: Path) -> list[str]:
    """Return the assignments that have been fetched and begun, in order."""
    return [name for name in course.assignments if _begun(desk / name, course, name)]


def _begun(folder: Path, course: Course, assignment: str) -> bool:
    if not folder.is_dir():
        return False
    if AnswerLog(folder / "answers.jsonl").read().entries:
        return True
    release = course.place("release", assignment)
    # Free text alone is work too: then a page is no longer as it was handed out.
    return any(
        page.read_bytes() != (release / page.name).read_bytes()
        for page in folder.glob("*.ipynb")
        if (release / page.name).is_file()
    )


def mark(course: Course, home: homes.Home, assignment: str, student: str) -> Marked:
    """Hand in, collect, grade and give back one assignment.

    Parameters
    ----------
    course : Course
        The class of this machine.
    home : trd.lab.home.Home
        Where the learner's work lies.
    assignment : str
        Its name; it must have been begun.
    student : str
        The learner's account.

    Raises
    ------
    CourseError
        If a step cannot be done; the work of the learner is never touched.
    """
    from trd.grading.feedback import write_feedback
    from trd.grading.regrade import regrade

    exchange.submit(course, assignment, student, home.cases, cache=home.cache)
    exchange.collect(course, assignment, student)
    outcome = regrade(course, assignment, [student], show=False)
    for why in outcome.failed.values():
        raise CourseError(f"“{assignment}” could not be graded: {why}")
    write_feedback(course, assignment, student, self_rating=True)
    shown = exchange.give_back(course, assignment, student, home.cases, cache=home.cache)
    return _result(course, assignment, student, shown)


def _result(course: Course, assignment: str, student: str, shown: list[Path]) -> Marked:
    with course.gradebook() as gradebook:
        pages = masters.pages(course, assignment, gradebook)
    submission = read(course, pages, assignment, student)
    marks = [mark for page in pages.values() for mark in page.marks(submission.answers).values()]
    return Marked(
        assignment,
        sum(each.points for each in marks),
        sum(each.item.points for each in marks),
        sum(page.points(name) for page in pages.values() for name in page.free_texts),
        sum(each.answer is not None for each in marks),
        len(marks),
        tuple(shown),
    )


def add(commands: Any) -> None:
    """Add ``mark`` to the command line."""
    one = commands.add_parser(
        "mark",
        help="learning alone: hand in, grade and get feedback on this machine",
        description=(
            "Hand in every assignment you have begun, grade it on this machine and put the "
            "feedback beside it. Marks for practice: you hold the keys as well as the questions."
        ),
    )
    one.add_argument("assignment", nargs="*", help="only these; all that were begun by default")
    one.add_argument("--home", help="folder for all state (default: TRD_HOME, or .local)")
    one.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from nbgrader.utils import get_username

    from trd.lab import say

    if paths.repository() is None:
        raise CourseError(
            "Marking needs the course's repository, with the masters in solutions/; this "
            "installation holds the lessons only."
        )
    try:
        home = homes.find(options.home)
        home.make()
    except ValueError as error:
        raise CourseError(str(error)) from error
    with _class_at(home) as course:
        chosen = _chosen(course, home, options.assignment)
        if not chosen:
            say(
                "There is nothing to mark yet. Start the course with “make lab”, open "
                "Assignments in the Course menu, fetch one, answer, then run this again."
            )
            return 0
        student = get_username()
        _refuse_a_class(course, student)
        done = [mark(course, home, name, student) for name in bar(chosen, "marking")]
    for line in describe(done, home):
        say(line)
    return 0


def _refuse_a_class(course: Course, student: str) -> None:
    """Keep a learner who marks alone out of the gradebook of a real class."""
    with course.gradebook() as gradebook:
        others = [each.id for each in gradebook.students if each.id != student]
    if others:
        raise CourseError(
            f"The gradebook in {course.classroom} belongs to a class ({len(others)} other "
            "trainees), and marking alone would add you to it. Work in a folder of your own: "
            "choose one with --home, for the course as well as for this."
        )


def _class_at(home: homes.Home) -> Any:
    from contextlib import contextmanager

    from trd.grading.course import environment
    from trd.lab.release import release

    @contextmanager
    def opened() -> Any:
        repository = paths.repository()
        assert repository is not None  # noqa: S101 - the caller has looked
        with environment(home):
            try:
                release(repository, home)
            except (ValueError, OSError) as error:
                raise CourseError(f"The assignments could not be prepared: {error}") from error
            yield Course.load(repository)

    return opened()


def _chosen(course: Course, home: homes.Home, named: list[str]) -> list[str]:
    begun = started(course, home.cases)
    unknown = [name for name in named if name not in course.assignments]
    if unknown:
        raise CourseError(
            f"There is no assignment “{unknown[0]}”. There are: {', '.join(course.assignments)}."
        )
    idle = [name for name in named if name not in begun]
    if idle:
        raise CourseError(f"“{idle[0]}” has not been fetched and answered yet ({home.cases}).")
    return named or begun


def describe(done: list[Marked], home: homes.Home) -> list[str]:
    """Return what was marked as lines of text."""
    lines = []
    for each in done:
        lines.append(
            f"\n{each.assignment}: {each.points:g} of {each.max_points:g} points; "
            f"{each.answered} of {each.questions} questions answered."
        )
        if each.to_rate:
            lines.append(
                f"  Free text ({each.to_rate:g} points) is not marked: rate it yourself with the "
                "rubric and the model answer on the page."
            )
        lines += [f"  {page}" for page in each.pages]
    lines.append(
        "\nOpen these files in a browser, or in the course: Assignments, then the feedback of "
        "your hand-in. Practice only: these marks certify nothing."
    )
    return lines
