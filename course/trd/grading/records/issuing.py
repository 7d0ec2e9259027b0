"""Records of work handed in: what a trainee has done, in writing, with a code that can be checked.

A record says what the gradebook says on the day, and what is missing. What was issued is kept in
the class's folder (:mod:`trd.grading.records.log`), where its code can be checked.

It states facts, and beside them whether a suggested standard is met: all safety-critical items
right and :data:`STANDARD` per cent of the points. That is a teaching convention without a source;
the instructor sets another percentage, or leaves the line out.
"""

from __future__ import annotations

import argparse
import os
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from trd.grading import standings, submissions
from trd.grading.course import Course, CourseError
from trd.grading.masters import Page, pages
from trd.grading.progress import bar
from trd.grading.records import drawing
from trd.grading.records.drawing import UNREVIEWED, grouped
from trd.grading.records.log import Issued, issue, plain, verify
from trd.grading.standings import Standing

SCHEMA = 2
#: Per cent of all points in the suggested standard.
STANDARD = 80
MET, NOT_MET, OPEN = "met", "not met", "cannot be told yet"
MAX_NAME = 120
#: Exit code of ``verify`` for a record that this class issued, and issued anew since.
SUPERSEDED = 3
#: Characters that turn the direction of the text around them.
_TURNING = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F)}


# --- what a record says -----------------------------------------------------------------


def contents(
    course: Course,
    students: Sequence[str] | None = None,
    *,
    standard: int | None = STANDARD,
    show: bool = False,
) -> dict[str, dict[str, Any]]:
    """Return what the records of trainees say, by trainee.

    Parameters
    ----------
    course : Course
        The class.
    students : sequence of str, optional
        Only these; all that the gradebook knows when not given.
    standard : int, optional
        Per cent of the points in the suggested standard, 1 to 100; None leaves it out.
    show : bool
        Whether to show progress.

    Raises
    ------
    CourseError
        If ``standard`` is out of range, the gradebook does not know one of them, or an assignment
        is not as it was generated.
    """
    if standard is not None and not 1 <= standard <= 100:
        raise CourseError(f"A standard of {standard} % of the points: it has from 1 to 100 %.")
    with course.gradebook() as gradebook:
        people = {
            each.id: _clean(" ".join(filter(None, [each.first_name, each.last_name])))
            for each in gradebook.students
        }
        chosen = _known(list(people) if students is None else students, people)
        modules = [
            _Module(course, name, gradebook)
            for name in sorted(each.name for each in gradebook.assignments)
        ]
    issued = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return {
        student: _content(
            student,
            people[student],
            course=course,
            modules=modules,
            issued=issued,
            standard=standard,
        )
        for student in bar(chosen, "reading hand-ins", show=show)
    }


def _known(wanted: Sequence[str], people: Mapping[str, str]) -> list[str]:
    unknown = [student for student in wanted if student not in people]
    if unknown:
        some = ", ".join(list(people)[:10]) + (", …" if len(people) > 10 else "")
        names = "”, “".join(unknown)
        raise CourseError(
            f"The gradebook knows no trainee “{names}”. It knows: {some or 'nobody'}."
        )
    if not wanted:
        raise CourseError("The gradebook has no trainee yet. Collect and grade first.")
    return list(dict.fromkeys(wanted))


def _content(
    student: str,
    name: str,
    *,
    course: Course,
    modules: Sequence[_Module],
    issued: str,
    standard: int | None,
) -> dict[str, Any]:
    import trd

    parts = [module.of(student) for module in modules]
    graded = [part for part in parts if part["state"] == "graded"]
    return {
        "v": SCHEMA,
        "course": {
            "id": course.course_id,
            "title": (trd.__doc__ or "trd").strip().rstrip("."),
            "version": trd.__version__,
        },
        "issued": issued,
        "trainee": {"id": student, "name": name},
        # Of graded work only: what was not handed in has not earned 0 points.
        "points": _rounded(sum(part["points"] for part in graded)),
        "maximum": _rounded(sum(part["maximum"] for part in graded)),
        "safety": {
            "right": sum(part["safety"]["right"] for part in graded),
            "of": sum(part["safety"]["of"] for part in graded),
        },
        "answered": _answered(parts),
        "standard": None
        if standard is None
        else {"percent": standard, "state": _standing(parts, standard)},
        "minutes": sum({part["lesson"]: part["minutes"] for part in graded}.values()),
        "modules": parts,
    }


def _answered(parts: Sequence[Mapping[str, Any]]) -> dict[str, int] | None:
    """Count questions and answers of what was handed in; None if there is nothing to look at."""
    handed_in = [part for part in parts if part["state"] != "missing"]
    if not handed_in or any(part["answered"] is None for part in handed_in):
        return None
    return {
        "count": sum(part["answered"] for part in handed_in),
        "of": sum(part["questions"] for part in handed_in),
    }


def _standing(parts: Sequence[Mapping[str, Any]], percent: int) -> str:
    """Say whether the suggested standard is met, as far as that is decided."""
    needed = percent / 100 * sum(part["maximum"] for part in parts) - 1e-6
    # What is decided already, and what the work that is still open could bring at most.
    sure, possible, wrong, done = 0.0, 0.0, 0, bool(parts)
    for part in parts:
        graded = part["state"] == "graded"
        done = done and graded and not part["waiting"]
        sure += part["points"] if graded else 0.0
        possible += part["points"] + part["waiting_points"] if graded else part["maximum"]
        wrong += part["safety"]["of"] - part["safety"]["right"] if graded else 0
    if wrong or possible < needed:
        return NOT_MET
    return MET if done and sure >= needed else OPEN


class _Module:
    """One assignment with its lesson, and everybody's standing in it."""

    def __init__(self, course: Course, assignment: str, gradebook: Any) -> None:
        self.course = course
        self.assignment = assignment
        self.pages: dict[str, Page] = pages(course, assignment, gradebook)
        self.graded = standings.current(course, gradebook, assignment)
        self.handed_in = set(course.students_with(assignment))
        self.lesson = _Lesson.of(course, assignment)

    def of(self, student: str) -> dict[str, Any]:
        standing = self.graded.get(student)
        cases = [self._case(page, standing) for page in self.pages.values()]
        if standing is None:
            state = "ungraded" if student in self.handed_in else "missing"
            standing = Standing(student)
        else:
            state = "graded"
        handed_in = standing.timestamp.isoformat(timespec="seconds") if standing.timestamp else ""
        answered = self._answered(student) if student in self.handed_in else None
        return {
            "assignment": self.assignment,
            "title": self.lesson.title or self.assignment,
            "lesson": self.lesson.name,
            "review": self.lesson.review,
            "minutes": self.lesson.minutes,
            "explore_minutes": self.lesson.explore_minutes,
            "state": state,
            "handed_in": handed_in and f"{handed_in}Z",
            "late": standing.late or standing.penalty > 0,
            "questions": sum(
                len(page.items) + len(page.free_texts) for page in self.pages.values()
            ),
            "answered": answered,
            "points": _rounded(standing.score),
            "maximum": _rounded(sum(case["maximum"] for case in cases)),
            "penalty": _rounded(standing.penalty),
            "waiting": standing.waiting,
            "recheck": standing.recheck,
            "waiting_points": _rounded(
                sum(part.maximum for part in standing.parts.values() if part.waiting)
            ),
            "safety": self._safety(standing),
            "cases": cases,
        }

    def _answered(self, student: str) -> int:
        work = submissions.read(self.course, self.pages, self.assignment, student)
        return sum(
            standings.answered(page, cell, work)
            for page in self.pages.values()
            for cell in (*page.items, *page.free_texts)
        )

    def _case(self, page: Page, standing: Standing | None) -> dict[str, Any]:
        cells = [*page.items, *page.free_texts]
        known = standing.parts if standing else {}
        parts = [known[(page.name, cell)] for cell in cells if (page.name, cell) in known]
        return {
            "name": page.name,
            "title": _clean(page.title),
            "points": _rounded(sum(part.points for part in parts)),
            "maximum": _rounded(sum(page.points(cell) for cell in cells)),
            "waiting": sum(part.waiting for part in parts),
        }

    def _safety(self, standing: Standing) -> dict[str, int]:
        """Count the safety-critical items that earned all their points."""
        critical = [
            (page.name, cell)
            for page in self.pages.values()
            for cell, item in page.items.items()
            if item.safety_critical
        ]
        parts = [standing.parts[place] for place in critical if place in standing.parts]
        right = sum(part.points >= part.maximum - 1e-6 and not part.waiting for part in parts)
        return {"right": right, "of": len(critical)}


@dataclass(frozen=True)
class _Lesson:
    """What a lesson says about itself."""

    name: str = ""
    title: str = ""
    review: str = UNREVIEWED
    minutes: int = 0
    explore_minutes: int = 0

    @classmethod
    def of(cls, course: Course, assignment: str) -> _Lesson:
        """Return the lesson that shares the number an assignment begins with."""
        if not assignment[:2].isdigit():
            return cls()
        for path in sorted(_lessons(course).glob(f"{assignment[:2]}_*.ipynb")):
            return cls._read(path)
        return cls()

    @classmethod
    def _read(cls, path: Path) -> _Lesson:
        from trd.quiz.masters import read_notebook, source_of

        try:
            notebook = read_notebook(path)
            about = notebook["metadata"].get("trd", {})
            lines = [
                line
                for cell in notebook["cells"]
                if cell.get("cell_type") == "markdown"
                for line in source_of(cell).splitlines()
            ]
        except (OSError, ValueError, KeyError, AttributeError) as error:
            raise CourseError(f"The lesson {path} cannot be read: {error}") from error
        title = next((line[2:].strip() for line in lines if line.startswith("# ")), path.stem)
        reviewer = about.get("reviewed_by")
        return cls(
            path.stem,
            _clean(title),
            f"Clinically reviewed by {_clean(str(reviewer))}" if reviewer else UNREVIEWED,
            int(about.get("minutes") or 0),
            int(about.get("explore_minutes") or 0),
        )


def _lessons(course: Course) -> Path:
    from trd import paths

    own = course.root / "course"
    return own if own.is_dir() else paths.course_dir()


def _rounded(value: float) -> float:
    return round(float(value), 2) + 0.0


def _clean(text: str) -> str:
    """Return text on one line without what is not shown or turns the line around, cut if long."""
    shown = (
        " " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c
        for c in text
        if c not in _TURNING
    )
    line = " ".join("".join(shown).split())
    return line if len(line) <= MAX_NAME else line[: MAX_NAME - 1] + "…"


# --- commands ---------------------------------------------------------------------------


def add(commands: Any) -> None:
    """Add ``record`` and ``verify`` to the command line."""
    one = commands.add_parser(
        "record",
        help="write records of the work that trainees have handed in",
        description=(
            "Write what a trainee has handed in and what it earned, with a code that you can check "
            "later. What is not handed in or not yet marked is said to be so."
        ),
    )
    one.add_argument("student", nargs="*", help="whose record")
    one.add_argument("--all", action="store_true", help="of everybody in the gradebook")
    one.add_argument(
        "--to", type=Path, help="folder for the files (default: records, in the class)"
    )
    one.add_argument("--format", choices=("html", "pdf", "both"), default="both")
    which = one.add_mutually_exclusive_group()
    which.add_argument(
        "--standard",
        type=int,
        default=STANDARD,
        metavar="PERCENT",
        help=(
            "per cent of the points in the suggested standard, beside all safety-critical items "
            f"right (default: {STANDARD}); a teaching convention that you set, 1 to 100"
        ),
    )
    which.add_argument(
        "--no-standard",
        dest="standard",
        action="store_const",
        const=None,
        help="say nothing about a standard",
    )
    one.add_argument(
        "--new-key",
        action="store_true",
        help="make a new key although the old one is lost: old codes cannot be confirmed any more",
    )
    one.set_defaults(run=_record)
    two = commands.add_parser(
        "verify",
        help="check the code or the web page of a record",
        description=(
            "Check the code or the web page of a record. Exit code 0: this class issued it, "
            "unchanged, and no later record of the trainee. 1: not confirmed, changed, or not "
            f"checked (a PDF is checked by its code). {SUPERSEDED}: confirmed, but a later record "
            "holds."
        ),
    )
    two.add_argument("what", nargs="+", metavar="CODE|FILE", help="20 characters, or an HTML file")
    two.set_defaults(run=_verify)


def _record(options: argparse.Namespace) -> int:
    from trd.lab import say

    if bool(options.student) == options.all:
        raise CourseError("Name the trainees whose records you want, or say --all for everybody.")
    course = Course.load()
    chosen = None if options.all else options.student
    wanted = contents(course, chosen, standard=options.standard, show=True)
    folder = options.to or course.classroom / "records"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CourseError(
            f"{folder} cannot be made: {(error.strerror or '').lower()}. Choose another with --to."
        ) from error
    issued = issue(course.classroom, wanted, new_key=options.new_key)
    unfinished = 0
    for student, entry in bar(issued.items(), "writing records"):
        save(entry, folder, options.format)
        unfinished += not drawing.is_all_marked(entry.content)
        first = drawing.status(entry.content)[0]
        say(f"{plain(student)}: {first[:1].lower()}{first[1:]} {grouped(entry.code)}")
    again = [
        student
        for student, entry in issued.items()
        if any(module["recheck"] for module in entry.content["modules"])
    ]
    if again:
        say(
            "Marked by hand before the last grading, and formgrader asks you to look again; the "
            f"records count these marks: {plain(', '.join(again), 1000)}"
        )
    say(
        f"{len(issued)} records in {folder}. In {unfinished} of them something is not handed in or "
        "not yet marked."
    )
    return 0


def save(entry: Issued, folder: Path, form: str = "both") -> list[Path]:
    """Write a record's files, each whole or not at all.

    Parameters
    ----------
    entry : Issued
        What was issued.
    folder : pathlib.Path
        Where to.
    form : str
        ``"html"``, ``"pdf"`` or ``"both"``.

    Returns
    -------
    list of pathlib.Path
        What was written.

    Raises
    ------
    CourseError
        If it cannot be written.
    """
    student = entry.content["trainee"]["id"]
    # A name that is no good as a file name must still get its record.
    safe = "".join(c if c.isalnum() or c in "-_@+." else f"%{ord(c):x}" for c in student)[:150]
    made = []
    for kind, draw in (("html", drawing.page), ("pdf", drawing.pdf)):
        if form not in (kind, "both"):
            continue
        path = folder / f"record-{safe}.{kind}"
        half = folder / f".{os.getpid()}.{path.name}"
        drawn = draw(entry.content, entry.code)
        try:
            half.write_bytes(drawn if isinstance(drawn, bytes) else drawn.encode("utf-8"))
            half.replace(path)
        except OSError as error:
            raise CourseError(
                f"{path} cannot be written: {(error.strerror or '').lower()}."
            ) from error
        made.append(path)
    return made


def _verify(options: argparse.Namespace) -> int:
    from trd.lab import say

    what = " ".join(options.what)
    verdict = verify(Course.load().classroom, what)
    for line in verdict.lines:
        say(line)
    if verdict.confirmed and verdict.superseded:
        return SUPERSEDED
    return 0 if verdict.confirmed else 1
