"""Grade a whole class in one sitting: the same marks as ``nbgrader autograde``, much sooner.

``nbgrader autograde`` opens the gradebook about ten times for every submission. Here it is opened
once, through nbgrader's own API, and the pages are prepared once. What is left behind is the same:
grades, comments and penalties in the gradebook, and ``autograded/`` with the pages that the
formgrader shows. Marks and comments given by hand stay, as nbgrader keeps them.
"""

from __future__ import annotations

import argparse
import json
import shutil
import stat
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trd.grading import masters, notes, submissions
from trd.grading.course import Course, CourseError
from trd.grading.masters import Page
from trd.grading.notes import Note
from trd.grading.progress import bar
from trd.grading.submissions import Submission
from trd.quiz.marking import Mark


@dataclass(frozen=True)
class Change:
    """One mark that is another one than before.

    Attributes
    ----------
    student, notebook, cell : str
        Whose mark, on which page, of which graded cell.
    before, after : float or None
        The automatic points; None stands for not marked.
    """

    student: str
    notebook: str
    cell: str
    before: float | None
    after: float | None


@dataclass(frozen=True)
class Outcome:
    """What a run did.

    Attributes
    ----------
    graded : tuple of str
        Who was graded.
    changes : tuple of Change
        Marks that differ from those of an earlier run; a first marking is no change.
    notes : tuple of Note
        What was odd about whose submission.
    failed : mapping of str to str
        Who could not be graded, and why. Their earlier marks are untouched.
    outdated : tuple of str
        Pages whose master says something else than what was generated from it.
    """

    graded: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    notes: tuple[Note, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    outdated: tuple[str, ...] = ()


def regrade(
    course: Course,
    assignment: str,
    students: Sequence[str] | None = None,
    *,
    dry_run: bool = False,
    show: bool = True,
) -> Outcome:
    """Grade all collected submissions of an assignment, or grade them again.

    Parameters
    ----------
    course : Course
        The class.
    assignment : str
        Its name.
    students : sequence of str, optional
        Only these; all who have handed in when not given.
    dry_run : bool
        Only find out which marks would change; write nothing.
    show : bool
        Whether to draw a progress bar.

    Raises
    ------
    CourseError
        If the assignment was never generated, or one of ``students`` has not handed in.
    """
    with _alone(course):
        return _regrade(course, assignment, students, dry_run, show)


@contextmanager
def _alone(course: Course) -> Iterator[None]:
    """Keep a second grading of the same class waiting outside."""
    import portalocker

    try:
        course.classroom.mkdir(parents=True, exist_ok=True)
        lock = portalocker.Lock(course.classroom / "grading.lock", timeout=0, fail_when_locked=True)
        with lock:
            yield
    except portalocker.exceptions.LockException:
        raise CourseError(
            f"Another grading of this class is running ({course.classroom}). Wait for it to end."
        ) from None


def _regrade(
    course: Course, assignment: str, students: Sequence[str] | None, dry_run: bool, show: bool
) -> Outcome:
    handed_in = course.students_with(assignment)
    chosen = sorted(handed_in if students is None else set(students))
    missing = [student for student in chosen if student not in handed_in]
    if missing:
        raise CourseError(
            f"Nothing was collected for “{assignment}” from: {', '.join(map(repr, missing))}. "
            f"Run: nbgrader collect {assignment}"
        )
    graded, changes, failed = [], [], {}
    with warnings.catch_warnings(), course.gradebook() as gradebook:
        # About the order in which nbgrader itself builds a new submission; it is harmless.
        warnings.filterwarnings("ignore", message="Object of type <Submitted")
        pages = masters.pages(course, assignment, gradebook)
        outdated = masters.outdated(course, assignment, pages)
        clerk = _Clerk(course, assignment, pages, gradebook)
        for student in bar(chosen, f"grading {assignment}", show=show):
            try:
                changes += clerk.grade(student, dry_run)
                graded.append(student)
            except Exception as error:  # noqa: BLE001 - one submission must not stop the class
                gradebook.db.rollback()
                failed[student] = _why(error)
                with suppress(OSError):
                    reason = f"could not be graded: {failed[student]}"
                    notes.write(course.classroom, assignment, student, "grade", [reason])
            # Or the session would hold the whole class in memory, and look through it each time.
            gradebook.db.expunge_all()
    seen = [note for note in notes.read(course.classroom, assignment) if note.student in chosen]
    return Outcome(tuple(graded), tuple(changes), tuple(seen), failed, outdated)


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror.lower()}: {error.filename or 'a file of its own'}"
    return str(error) or type(error).__name__


class _Clerk:
    """Takes one submission after another through scoring, the gradebook and the folders."""

    def __init__(
        self, course: Course, assignment: str, pages: Mapping[str, Page], gradebook: Any
    ) -> None:
        self.course = course
        self.assignment = assignment
        self.pages = pages
        self.gradebook = gradebook
        entry = gradebook.find_assignment(assignment)
        self.cells = {
            cell.id: cell.name
            for notebook in entry.notebooks
            for cell in (*notebook.grade_cells, *notebook.solution_cells)
        }
        self.page_of = {notebook.id: notebook.name for notebook in entry.notebooks}
        self.penalties = _Penalties(course.config)
        self.extras = _supplements(course, assignment)
        self.create_students = bool(course.config.Autograde.get("create_student", True))

    def grade(self, student: str, dry_run: bool) -> list[Change]:
        submission = submissions.read(self.course, self.pages, self.assignment, student)
        marks = {name: page.marks(submission.answers) for name, page in self.pages.items()}
        if dry_run:
            return self._compare(submission, marks)
        notes.write(self.course.classroom, self.assignment, student, "grade", submission.problems)
        changes = self._record(submission, marks)
        self._file(submission, marks)
        self.gradebook.db.commit()
        return changes

    def _compare(self, submission: Submission, marks: Mapping[str, Any]) -> list[Change]:
        from nbgrader.api import MissingEntry

        try:
            entry = self.gradebook.find_submission(self.assignment, submission.student)
        except MissingEntry:
            return []
        return [
            change
            for notebook in entry.notebooks
            for grade in notebook.grades
            for change in self._changed(submission, notebook, grade, marks)
        ]

    def _changed(
        self, submission: Submission, notebook: Any, grade: Any, marks: Mapping[str, Any]
    ) -> list[Change]:
        name = self.page_of[notebook.notebook_id]
        cell = self.cells[grade.cell_id]
        before, after = grade.auto_score, self._auto_score(submission, name, cell, marks)
        if before is None or before == after:
            return []
        return [Change(submission.student, name, cell, before, after)]

    def _auto_score(
        self, submission: Submission, name: str, cell: str, marks: Mapping[str, Mapping[str, Mark]]
    ) -> float | None:
        """Return what nbgrader's ``determine_grade`` would find on the graded page."""
        marked = marks[name].get(cell)
        if marked is not None:
            return float(marked.text)
        # Untouched free text is no answer; anything else waits for a person.
        return None if self._written(submission, name, cell) else 0.0

    def _written(self, submission: Submission, name: str, cell: str) -> bool:
        words = submission.texts.get(name, {}).get(cell)
        return words is not None and self.pages[name].is_written(cell, words)

    def _record(self, submission: Submission, marks: Mapping[str, Any]) -> list[Change]:
        """Write grades, comments and penalties, as ``SaveAutoGrades`` and its neighbours do."""
        if self.create_students:
            self.gradebook.update_or_create_student(submission.student)
        when = {} if submission.timestamp is None else {"timestamp": submission.timestamp}
        entry = self.gradebook.update_or_create_submission(
            self.assignment, submission.student, **when
        )
        changes = []
        for notebook in entry.notebooks:
            name = self.page_of[notebook.notebook_id]
            for grade in notebook.grades:
                changes += self._changed(submission, notebook, grade, marks)
                score = self._auto_score(submission, name, self.cells[grade.cell_id], marks)
                grade.auto_score = score
                grade.needs_manual_grade = grade.manual_score is not None or score is None
            for comment in notebook.comments:
                written = self._written(submission, name, self.cells[comment.cell_id])
                comment.auto_comment = None if written else "No response."
            self.gradebook.db.flush()
            self.penalties.assign(entry, notebook, submission.student)
        return changes

    def _file(self, submission: Submission, marks: Mapping[str, Mapping[str, Mark]]) -> None:
        """Lay the graded pages where nbgrader looks for them; whole, or not at all."""
        target = self.course.place("autograded", self.assignment, submission.student)
        half, old = (target.with_name(f".{target.name}.{what}") for what in ("new", "old"))
        if old.exists() and not target.exists():
            old.rename(target)  # A run was stopped between the two renames below.
        _remove(half)
        _remove(old)
        half.mkdir(parents=True)
        copies = {**_attachments(submission.folder), **self.extras}
        for relative, source in copies.items():
            (half / relative).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, half / relative)
        for name, page in self.pages.items():
            notebook = page.scored(page.filled(submission.texts.get(name, {})), marks[name])
            (half / f"{name}.ipynb").write_text(_dumps(notebook), encoding="utf-8")
        for path in half.rglob("*"):
            if path.is_file():
                path.chmod(0o664 if self.course.coursedir.groupshared else 0o444)
        if target.exists():
            target.rename(old)
        half.rename(target)
        _remove(old)


def _dumps(notebook: Any) -> str:
    """Return a notebook as nbgrader's own writer has it, without validating it once more."""
    from nbformat.v4 import writes_json

    return str(writes_json(notebook)) + "\n"


class _Penalties:
    """nbgrader's own plug-in for late work, asked as ``AssignLatePenalties`` asks it."""

    def __init__(self, config: Any) -> None:
        from nbgrader.preprocessors import AssignLatePenalties

        self._asking = AssignLatePenalties(config=config)
        self._asking.init_plugin()

    def assign(self, entry: Any, notebook: Any, student: str) -> None:
        """Set or take away the penalty of one notebook."""
        notebook.late_submission_penalty = None
        late = entry.total_seconds_late
        if late <= 0:
            return
        penalty = self._asking.plugin_inst.late_submission_penalty(student, notebook.score, late)
        if penalty is not None:
            notebook.late_submission_penalty = self._asking._check_late_penalty(notebook, penalty)


def _attachments(folder: Path) -> dict[Path, Path]:
    """Return the other files of a submission by relative path; never a link."""
    found = {}
    for path in sorted(folder.iterdir()):
        with suppress(OSError):
            plain = stat.S_ISREG(path.lstat().st_mode)
            if plain and path.suffix != ".ipynb" and not path.name.startswith("."):
                found[Path(path.name)] = path
    return found


def _supplements(course: Course, assignment: str) -> dict[Path, Path]:
    """Return the other files of the master's folder, which replace a trainee's."""
    from nbgrader.utils import find_all_files

    source = course.place("source", assignment)
    if not source.is_dir():
        return {}
    ignored = [*course.coursedir.ignore, "*.ipynb"]
    kept = course.config.Autograde.get("exclude_overwriting", {}).get(assignment, [])
    return {
        Path(path).relative_to(source): Path(path)
        for path in find_all_files(str(source), ignored)
        if str(Path(path).relative_to(source)) not in kept
    }


def _remove(folder: Path) -> None:
    if folder.exists():
        from nbgrader.utils import rmtree

        # Read-only files are what grading leaves; nbgrader's own function knows them.
        rmtree(str(folder))


def add(commands: Any) -> None:
    """Add ``regrade`` and ``problems`` to the command line."""
    one = commands.add_parser(
        "regrade",
        help="grade all collected submissions at once, or again after a key was corrected",
        description=(
            "Grade every collected submission of an assignment in one sitting. Same marks as "
            "nbgrader autograde; marks given by hand are kept. After correcting a key run "
            "nbgrader generate_assignment first."
        ),
    )
    one.add_argument("assignment")
    one.add_argument("--student", action="append", help="only this one; may be given repeatedly")
    one.add_argument("--dry-run", action="store_true", help="say what would change, write nothing")
    one.add_argument("--changes", type=Path, help="also write the changes to this CSV file")
    one.add_argument("--json", action="store_true", help="print the outcome as JSON")
    one.set_defaults(run=_run)
    two = commands.add_parser("problems", help="what was odd about whose submission")
    two.add_argument("assignment")
    two.set_defaults(run=_problems)


def _run(options: argparse.Namespace) -> int:
    from trd.lab import say

    course = Course.load()
    if options.changes:
        # Before anything is graded: afterwards nobody could tell any more what has changed.
        _write_changes(options.changes, ())
    outcome = regrade(course, options.assignment, options.student, dry_run=options.dry_run)
    if options.changes:
        _write_changes(options.changes, outcome.changes)
    if options.json:
        say(json.dumps(_plain(outcome), indent=1))
    else:
        for line in describe(outcome, options.dry_run):
            say(line)
    return 1 if outcome.failed else 0


def _problems(options: argparse.Namespace) -> int:
    from trd.lab import say

    course = Course.load()
    found = notes.read(course.classroom, options.assignment)
    if not found and options.assignment not in course.assignments:
        raise CourseError(
            f"There is no assignment “{options.assignment}”. There are: "
            f"{', '.join(course.assignments) or 'none'}."
        )
    for note in found:
        say(str(note))
    if not found:
        say(f"Nothing odd was noted about “{options.assignment}”.")
    return 0


def describe(outcome: Outcome, dry_run: bool = False) -> list[str]:
    """Return an outcome as lines of text."""
    lines = [str(note) for note in outcome.notes]
    would = "would change" if dry_run else "changed"
    people = sorted({change.student for change in outcome.changes})
    for change in outcome.changes:
        before, after = (_points(value) for value in (change.before, change.after))
        lines.append(f"{change.student}: {change.notebook}, {change.cell}: {before} -> {after}")
    done = "looked at" if dry_run else "graded"
    count = len(outcome.graded)
    lines.append(
        f"{count} submission{'' if count == 1 else 's'} {done}; {len(outcome.changes)} earlier "
        f"mark{'' if len(outcome.changes) == 1 else 's'} {would}, of {len(people)} "
        f"trainee{'' if len(people) == 1 else 's'}."
    )
    lines += [f"NOT graded: {student}: {why}" for student, why in outcome.failed.items()]
    if outcome.outdated:
        lines.append(
            f"Attention: the masters of {', '.join(outcome.outdated)} were changed after they were "
            "generated. The marks are those of the older version. Run nbgrader "
            "generate_assignment, then this again."
        )
    if not outcome.graded and not outcome.failed:
        lines.append("Nothing has been collected yet. Run nbgrader collect first.")
    return lines


def _points(value: float | None) -> str:
    return "to be marked" if value is None else f"{value:g}"


def _plain(outcome: Outcome) -> dict[str, Any]:
    return {
        "graded": list(outcome.graded),
        "changes": [vars(change) for change in outcome.changes],
        "notes": [vars(note) for note in outcome.notes],
        "failed": dict(outcome.failed),
        "outdated": list(outcome.outdated),
    }


def _write_changes(path: Path, changes: Sequence[Change]) -> None:
    import csv

    from trd.grading.exports import harmless

    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(["student", "notebook", "cell", "before", "after"])
            for change in changes:
                names = (harmless(each) for each in (change.student, change.notebook, change.cell))
                table.writerow((*names, change.before, change.after))
    except OSError as error:
        raise CourseError(f"The changes could not be written to {path}: {error.strerror}") from None
