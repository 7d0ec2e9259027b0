"""A demonstration class: made-up trainees, real exchange, real gradebook; ``make class``.

The class lives in a folder of its own beside the ordinary state and shares nothing with a real
class. Its trainees' answers go the way of anybody's: fetched, written through the answer log,
handed in, collected, graded.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from trd import paths
from trd.grading import masters
from trd.grading.course import Course, CourseError, environment
from trd.grading.demonstration.trainees import Attempt, Trainee, Week, roster
from trd.grading.handin import exchange
from trd.grading.progress import bar
from trd.lab import home as homes
from trd.lab.home import Home
from trd.quiz.answers import NAME, AnswerLog
from trd.quiz.masters import read_notebook

FOLDER = "demonstration"
MOST = 500
#: Written last: without it the class is half built.
STAMP = "demonstration.json"
#: Written first: without it the folder is somebody else's, and nothing in it is removed.
MARKER = "this-is-a-demonstration-class.txt"
#: Raise it when the same parameters make another class than before.
RECIPE = 2


@dataclass(frozen=True)
class Demonstration:
    """A class that has been built.

    Attributes
    ----------
    home : Home
        Its state folder.
    course : Course
        Its configuration, folders and gradebook.
    assignments : tuple of str
        What was set.
    trainees : tuple of Trainee
        Who is in it.
    is_new : bool
        False if it was there already.
    """

    home: Home
    course: Course
    assignments: tuple[str, ...]
    trainees: tuple[Trainee, ...]
    is_new: bool


def build(
    course_root: Path,
    home: Path,
    trainees: int = 24,
    seed: int = 1,
    assignments: Sequence[str] | None = None,
    *,
    masters: Path | None = None,
    grade: bool = True,
    fresh: bool = False,
    show: bool = True,
) -> Demonstration:
    """Build a demonstration class, or find the one that is there.

    Parameters
    ----------
    course_root : pathlib.Path
        The folder with ``nbgrader_config.py``.
    home : pathlib.Path
        The state folder beside whose contents the class gets a folder of its own.
    trainees : int
        How many, 1 to :data:`MOST`. From seven on, the class holds one of each of
        :data:`trd.grading.demonstration.trainees.ROLES`.
    seed : int
        The same seed gives the same abilities, answers, texts, times and marks.
    assignments : sequence of str, optional
        Their names; all when not given.
    masters : pathlib.Path, optional
        Another folder of masters than the configured one. Their release goes into the class's
        own folder.
    grade : bool
        Whether the collected work is graded, and half of the texts are marked.
    fresh : bool
        Whether a class that is there is built again.
    show : bool
        Whether to draw progress bars.

    Raises
    ------
    CourseError
        If it cannot be built; the message says why and what to do.
    """
    if not 1 <= trainees <= MOST:
        raise CourseError(f"{trainees} trainees: a class has from 1 to {MOST}.")
    place = Home(Path(home).expanduser().resolve() / FOLDER)
    with environment(place):
        course = _course(course_root, place, masters)
        chosen = _chosen(course, assignments)
        wanted = {
            "recipe": RECIPE,
            "trainees": trainees,
            "seed": seed,
            "graded": grade,
            "cells": {name: _cells(course.place("source", name)) for name in chosen},
        }
        people = roster(trainees, seed)
        there = not fresh and _read(place.root / STAMP) == wanted
        if not there:
            _clear(place)
            _build(course, place, chosen, people, seed, grade, show)
            _write(place.root / STAMP, json.dumps(wanted, indent=1))
    return Demonstration(place, course, tuple(chosen), people, not there)


def _course(course_root: Path, place: Home, masters_folder: Path | None) -> Course:
    """Load the configuration, and say in words what cannot work."""
    if sys.platform == "win32":
        raise CourseError(
            "nbgrader's exchange needs Linux, macOS or WSL2, so there is no demonstration class "
            "on Windows itself."
        )
    try:
        _must_be_ours(place)
        # Loading the configuration makes these folders too, but swallows what goes wrong.
        place.make()
    except OSError as error:
        raise _no_room(place, error) from error
    except ValueError as error:
        raise CourseError(str(error)) from error
    course = Course.load(course_root)
    if masters_folder is not None:
        directories = course.config.CourseDirectory
        directories.source_directory = os.path.relpath(masters_folder.resolve(), course.root)
        released = place.classroom / "release"
        directories.release_directory = os.path.relpath(released, course.root)
        course = Course(course.config)
    return course


def _known(course: Course) -> list[str]:
    # Jupyter keeps its checkpoints in a folder that looks like an assignment.
    return [name for name in course.assignments if not name.startswith(".")]


def _chosen(course: Course, asked: Sequence[str] | None) -> list[str]:
    known = _known(course)
    if not known:
        raise CourseError(
            f"There are no masters in {course.place('source', '.')}, so there is nothing to set. "
            "A demonstration class needs the course's repository with its solutions/ folder."
        )
    unknown = [name for name in asked or () if name not in known]
    if unknown:
        raise CourseError(
            f"There is no assignment “{', '.join(unknown)}”. There is: {', '.join(known)}."
        )
    return [name for name in known if asked is None or name in asked]


def _cells(folder: Path) -> dict[str, list[str]]:
    """Return the graded cells of an assignment: with others, the hand-ins no longer fit."""
    try:
        return {
            path.stem: [
                str(cell["metadata"]["nbgrader"]["grade_id"])
                for cell in read_notebook(path)["cells"]
                if cell.get("metadata", {}).get("nbgrader", {}).get("grade")
            ]
            for path in sorted(folder.glob("*.ipynb"))
        }
    except ValueError as error:
        raise CourseError(str(error)) from error


def _read(stamp: Path) -> Any:
    try:
        return json.loads(stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _write(path: Path, text: str) -> None:
    half = path.with_suffix(".tmp")
    half.write_text(text + "\n", encoding="utf-8")
    half.replace(path)


def _must_be_ours(place: Home) -> None:
    """Nothing is ever removed from a folder that somebody else filled."""
    if (place.root / MARKER).is_file() or not place.root.is_dir():
        return
    # Folders alone may be what was made for a class that was never begun.
    if any(not path.is_dir() or path.is_symlink() for path in place.root.rglob("*")):
        raise CourseError(
            f"{place.root} holds something else than a demonstration class, so nothing was "
            "touched. Move it away, or choose another folder with --home."
        )


def _no_room(place: Home, error: OSError) -> CourseError:
    return CourseError(
        f"The demonstration class cannot be kept in {place.root} ({error.strerror or error}). "
        "Choose a folder of your own with --home."
    )


def _clear(place: Home) -> None:
    """Make the class's folder empty."""
    try:
        (place.root / STAMP).unlink(missing_ok=True)
        for old in place.root.iterdir():
            # The key in yesterday's address stays good.
            if old.name not in ("jupyter", MARKER):
                _remove(old)
        place.make()
        (place.root / MARKER).write_text(
            "Everything in this folder is made up, and is removed when the class is built again.\n",
            encoding="utf-8",
        )
    except OSError as error:
        raise _no_room(place, error) from error
    except ValueError as error:
        raise CourseError(str(error)) from error


def _remove(path: Path) -> None:
    if not path.is_dir():
        path.unlink()
        return
    for folder, _folders, _files in os.walk(path):
        # What was graded and handed in is read-only.
        Path(folder).chmod(0o700)
    shutil.rmtree(path)


def _build(
    course: Course,
    place: Home,
    chosen: Sequence[str],
    people: Sequence[Trainee],
    seed: int,
    grade: bool,
    show: bool,
) -> None:
    for name in bar(chosen, "releasing", show=show):
        _release(course, name)
    with course.gradebook() as gradebook:
        for trainee in people:
            number = trainee.id.partition("-")[2]
            gradebook.update_or_create_student(trainee.id, first_name="Trainee", last_name=number)
    for name in chosen:
        week = Week(name, masters.pages(course, name), seed, _known(course).index(name))
        with course.gradebook() as gradebook:
            due = week.due.replace(tzinfo=None).isoformat(sep=" ")
            gradebook.update_or_create_assignment(name, duedate=f"{due} UTC")
        last = {}
        for trainee in bar(people, f"working on {name}", show=show):
            done = _work(course, place, week, trainee)
            if done is not None:
                last[trainee] = done
        exchange.collect(course, name)
        if grade:
            _grade(course, week, last, show)


def _release(course: Course, name: str) -> None:
    from nbgrader.apps import NbGraderAPI

    api = NbGraderAPI(config=course.config)
    for done, step in (
        ("generated", api.generate_assignment),
        ("released", api.release_assignment),
    ):
        result = step(name)
        if not result["success"]:
            reason = (result.get("error") or result.get("log") or "").strip()
            last = "\n".join(reason.splitlines()[-4:])
            raise CourseError(f"{name} could not be {done}. nbgrader says:\n{last}")


def _work(course: Course, place: Home, week: Week, trainee: Trainee) -> Attempt | None:
    """Let one trainee do what there is to do; return what lay on the desk at the last hand-in."""
    if trainee.role == "absent":
        return None
    desk = place.root / "desks" / trainee.id
    folder = exchange.fetch(course, week.assignment, trainee.id, desk)
    clock = _Clock()
    log = AnswerLog(folder / NAME, clock=clock)
    attempt = None
    for attempt in week.attempts(trainee):
        for each in attempt.records:
            clock.now = each.at
            log.record(each.notebook, each.item, each.answer, each.confidence)
        for page, texts in attempt.texts.items():
            _write_texts(folder / f"{page}.ipynb", texts)
        if trainee.role == "tinkers":
            _tinker(min(folder.glob("*.ipynb")))
        exchange.submit(course, week.assignment, trainee.id, desk, attempt.handed_in)
    return attempt


def _tinker(path: Path) -> None:
    """Do to a page what curious people do: take a question out, put a cell of code in."""
    notebook = read_notebook(path)
    cells = notebook["cells"]
    graded = [
        at
        for at, cell in enumerate(cells)
        if cell["cell_type"] == "code" and cell["metadata"].get("nbgrader", {}).get("grade")
    ]
    if graded:
        del cells[graded[0]]
    cells.append(
        {
            "cell_type": "code",
            "execution_count": None,
            "id": "curious",
            "metadata": {},
            "outputs": [],
            "source": ["open('seen.txt', 'w')"],
        }
    )
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


class _Clock:
    """Says what it is told to say."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


def _write_texts(path: Path, texts: Mapping[str, str]) -> None:
    """Write words into the free-text cells of a trainee's notebook, as saving it in Lab does."""
    notebook = read_notebook(path)
    for cell in notebook["cells"]:
        name = cell.get("metadata", {}).get("nbgrader", {}).get("grade_id")
        if name in texts:
            cell["source"] = texts[name].splitlines(keepends=True)
    text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")


def _grade(course: Course, week: Week, last: Mapping[Trainee, Attempt], show: bool) -> None:
    from trd.grading.regrade import regrade

    outcome = regrade(course, week.assignment, show=show)
    if outcome.failed:
        reasons = "; ".join(f"{who}: {why}" for who, why in outcome.failed.items())
        raise CourseError(f"{week.assignment} could not be graded: {reasons}")
    texts = [(name, cell) for name, page in week.pages.items() for cell in page.free_texts]
    with course.gradebook() as gradebook:
        # Every second one waits, so that the formgrader has both to show.
        marked = list(last.items())[::2]
        for trainee, attempt in bar(marked, f"marking {week.assignment}", show=show):
            for page, cell in texts:
                marking = week.marking(trainee, attempt, page, cell)
                if marking is None:
                    continue
                where = (cell, page, week.assignment, trainee.id)
                given = gradebook.find_grade(*where)
                # As the formgrader does it when a marker types a number.
                given.manual_score, given.needs_manual_grade = marking.points, False
                gradebook.find_comment(*where).manual_comment = marking.comment
        gradebook.db.commit()


# --- the command ----------------------------------------------------------------------------


def add(commands: Any) -> None:
    """Add ``class`` to the command line."""
    one = commands.add_parser(
        "class",
        help="build a demonstration class of made-up trainees and open the formgrader on it",
        description=(
            "Build a class of made-up trainees in a folder of its own, graded, with some texts "
            "still to be marked, and open the formgrader on it. A class that is there already is "
            "used again. trainee-02 hands in twice, trainee-03 late, trainee-04 half; trainee-05 "
            "only fetches, trainee-06 does not even that."
        ),
        epilog="Options after -- go to JupyterLab as they are.",
    )
    one.add_argument("--trainees", type=int, default=24, help=f"how many, 1 to {MOST} (24)")
    one.add_argument("--seed", type=int, default=1, help="another number, another class (1)")
    one.add_argument(
        "--assignment", action="append", help="only this one; may be given repeatedly (all)"
    )
    one.add_argument("--home", help="folder for all state (TRD_HOME, or .local)")
    one.add_argument("--fresh", action="store_true", help="build it again, losing your marks in it")
    one.add_argument("--no-serve", action="store_true", help="build it and stop")
    one.add_argument("--port", type=int, help="port to serve on (a free one)")
    one.add_argument("--no-browser", action="store_true", help="do not open a browser")
    one.add_argument("lab", nargs="*", metavar="-- LAB OPTIONS", help=argparse.SUPPRESS)
    one.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from trd.lab import say

    root = paths.repository()
    if root is None:
        raise CourseError(
            "A demonstration class needs the masters, and this installation holds the lessons "
            "only. Run this from a copy of the course's repository."
        )
    made = build(
        root,
        homes.find(options.home).root,
        options.trainees,
        options.seed,
        options.assignment,
        fresh=options.fresh,
    )
    for line in describe(made):
        say(line)
    if not options.no_serve:
        _serve(options, made)
    return 0


def describe(made: Demonstration) -> list[str]:
    """Return what there is to see in a class as lines of text."""
    count = len(made.trainees)
    people = "1 made-up trainee" if count == 1 else f"{count} made-up trainees"
    lines = [
        f"The demonstration class with {people} is in {made.home.root}"
        + ("" if made.is_new else " (built earlier; --fresh builds it again)")
    ]
    for name in made.assignments:
        handed_in = made.course.students_with(name)
        with made.course.gradebook() as gradebook:
            waiting = sum(
                grade.needs_manual_grade
                for entry in gradebook.assignment_submissions(name)
                for notebook in entry.notebooks
                for grade in notebook.grades
            )
        texts = "1 text waits" if waiting == 1 else f"{waiting} texts wait"
        lines.append(f"  {name}: {len(handed_in)} handed in, {texts} to be marked")
    lines.append(
        "To try commands on this class, in another terminal:\n"
        f'  export TRD_HOME="{made.home.root}" PATH="{Path(sys.executable).parent}:$PATH"'
    )
    return lines


def _serve(options: argparse.Namespace, made: Demonstration) -> None:
    from trd.lab import serve

    try:
        serve.start(
            "instructor",
            options.port,
            str(made.home.root),
            not options.no_browser,
            options.lab,
            # By way of Jupyter's own page: at the formgrader's, a browser that comes for the first
            # time gets a cookie for that one page, and is asked for a password at the next.
            page=f"/login?next=/formgrader/manage_submissions/{made.assignments[0]}",
        )
    except (ValueError, OSError) as error:
        raise CourseError(str(error)) from error
