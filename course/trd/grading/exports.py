"""Grades for a learning platform: plug-ins for ``nbgrader export``.

Used as nbgrader's documentation has it::

    nbgrader export --exporter=trd.grading.MoodleExport --to moodle.csv
    nbgrader export --exporter=trd.grading.CanvasExport --to canvas.csv --assignment 01-definitions
    nbgrader export --exporter=trd.grading.ItemExport --to items.csv --student anna --student bert

What all of them do alike:

* Files are UTF-8 without a byte order mark, with commas, and quoted by Python's ``csv`` module;
  lines end as RFC 4180 has it. Decimals have a point, and two digits.
* A grade is the score less the late penalty, never below 0, as nbgrader's own export counts it.
* Nothing becomes a silent 0. Work that was not handed in, or not graded, has no grade; neither has
  work with an answer that a person has yet to mark, unless ``provisional`` is set. A mark by hand
  that nbgrader wants looked at again, since the work was graded anew, counts as in nbgrader's own
  export. The log counts them all.
* Text that a spreadsheet would take for a formula is made harmless (:func:`harmless`).
* A name that the gradebook does not know stops the export with a sentence; no file is written.
"""

from __future__ import annotations

import csv
import os
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nbgrader.plugins import ExportPlugin
from traitlets import Bool, Dict, Enum

from trd.grading import masters, standings, submissions
from trd.grading.course import Course, CourseError
from trd.grading.masters import Page
from trd.grading.standings import Standing
from trd.grading.submissions import Submission

#: What makes a spreadsheet take a cell for a formula (OWASP, CSV injection; ASVS 1.2.10), also in
#: the full width of East Asian keyboards.
_FORMULA = re.compile("^'*[=+\\-@\t\r\n\0＝＋－＠]")
MISSING, UNGRADED, UNMARKED = "not handed in", "not graded", "not yet marked"
RECHECK = "marked, to be looked at again"


def harmless(text: str) -> str:
    """Return text that no spreadsheet takes for a formula.

    An apostrophe is put before text that begins with ``=``, ``+``, ``-``, ``@``, a tab or a line
    break, and before one that begins with apostrophes and then one of these; so taking one
    apostrophe away from such text (:func:`restored`) gives the original, whatever it was.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def restored(text: str) -> str:
    """Return the original of what :func:`harmless` made."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


class _Export(ExportPlugin):
    """What the exports share: choosing, checking, writing."""

    provisional = Bool(
        False,
        help="Also write grades of work that a person has yet to mark, counting it as 0 so far.",
    ).tag(config=True)

    #: The file when no ``--to`` is given.
    default_file = "grades.csv"

    def export(self, gradebook: Any) -> None:
        """Write the file.

        Parameters
        ----------
        gradebook : nbgrader.api.Gradebook
            An open one.

        Raises
        ------
        SystemExit
            If it cannot be done; with the reason, which is what a command line shows.
        """
        try:
            self._write(Path(self.to or self.default_file), self._rows(gradebook))
        except CourseError as error:
            sys.exit(f"Nothing was exported. {error}")

    def _rows(self, gradebook: Any) -> Sequence[Sequence[str]]:
        raise NotImplementedError

    def _course(self) -> Course:
        coursedir = getattr(self.parent, "coursedir", None)
        return Course.load() if coursedir is None else Course(self.parent.config, coursedir)

    def _assignments(self, gradebook: Any) -> list[Any]:
        known = {each.name: each for each in gradebook.assignments}
        if not known:
            raise CourseError(
                "The gradebook has no assignment yet. Run: nbgrader generate_assignment"
            )
        return [known[name] for name in _chosen(self.assignment, known, "assignment")]

    def _students(self, gradebook: Any) -> list[Any]:
        known = {each.id: each for each in gradebook.students}
        if not known:
            raise CourseError(
                "The gradebook has no trainee yet. Run: nbgrader autograde, or nbgrader db student"
            )
        return [known[name] for name in _chosen(self.student, known, "trainee")]

    def _write(self, path: Path, rows: Sequence[Sequence[str]]) -> None:
        half = path.with_name(f".{os.getpid()}.{path.name}")
        try:
            with half.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(rows)
            half.replace(path)
        except OSError as error:
            half.unlink(missing_ok=True)
            raise CourseError(
                f"{path} cannot be written: {(error.strerror or str(error)).lower()}. "
                "Choose another place with --to."
            ) from error
        self.log.info("Wrote %s", path)


class _PlatformExport(_Export):
    """One row per trainee and one column per assignment."""

    columns = Dict(
        help="Headings by assignment, where the platform knows it by another name than nbgrader."
    ).tag(config=True)

    #: What stands where there is no grade.
    no_grade = ""

    def _headings(self, assignments: Sequence[Any], others: Sequence[str]) -> list[str]:
        headings = [str(self.columns.get(each.name, each.name)) for each in assignments]
        twice = [name for name, count in Counter([*others, *headings]).items() if count > 1]
        if twice:
            raise CourseError(
                f"Two columns would be called “{twice[0]}”. Give one of them another heading with "
                f"{type(self).__name__}.columns in nbgrader_config.py."
            )
        return [self._text(heading) for heading in headings]

    def _text(self, text: str) -> str:
        return harmless(text)

    def _grades(
        self, gradebook: Any, assignments: Sequence[Any], students: Sequence[Any]
    ) -> dict[str, list[str]]:
        """Return the grade cells of each student, and log what was left out."""
        course = self._course()
        counts: Counter[str] = Counter()
        cells: dict[str, list[str]] = {student.id: [] for student in students}
        for assignment in assignments:
            graded = standings.current(course, gradebook, assignment.name)
            handed_in = set(course.students_with(assignment.name))
            for name, row in cells.items():
                state = _state(name, graded, handed_in)
                counts[state] += 1
                counts[RECHECK] += graded[name].recheck if name in graded else 0
                final = not state or (state == UNMARKED and self.provisional)
                row.append(self._grade(graded[name].score, assignment) if final else self.no_grade)
        self._report(counts, len(students), len(assignments))
        return cells

    def _grade(self, score: float, assignment: Any) -> str:
        return _number(score)

    def _report(self, counts: Mapping[str, int], students: int, assignments: int) -> None:
        self.log.info(
            "Trainees: %d. Assignments: %d. Final grades: %d.", students, assignments, counts[""]
        )
        for state in (MISSING, UNGRADED):
            if counts[state]:
                self.log.warning("Left without a grade: %d %s", counts[state], state)
        if counts[RECHECK]:
            self.log.warning(
                "Marks given by hand before the last grading, which formgrader asks you to look at "
                "again: %d. They count",
                counts[RECHECK],
            )
        if counts[UNMARKED] and self.provisional:
            self.log.warning(
                "PROVISIONAL grades: %d. They have answers not yet marked, which count 0 so far",
                counts[UNMARKED],
            )
        elif counts[UNMARKED]:
            self.log.warning(
                "Left without a grade: %d with answers %s (formgrader, Manual Grading). To export "
                "the points so far: --%s.provisional=True",
                counts[UNMARKED],
                UNMARKED,
                type(self).__name__,
            )


class MoodleExport(_PlatformExport):
    """A CSV file for Moodle's gradebook (*Grades > Import > CSV file*).

    The general import, and not the *offline grading worksheet* of one Moodle assignment: that sheet
    identifies people by participant numbers which only Moodle knows, and it would need an
    assignment activity in Moodle.

    Columns: ``Username`` (nbgrader's student id), ``First name``, ``Last name``, ``ID number``
    (nbgrader's ``lms_user_id``), ``Email address``, then one per assignment. In Moodle, set
    *Identify user by: Map from* ``Username``, *Map to* ``username`` (or ``useridnumber`` or
    ``useremail``, if that is what your nbgrader ids are), map each assignment to its grade item and
    leave the rest on *Ignore*. A new grade item made by the import has a maximum of 100: set it to
    the points named in the log, or export with ``--MoodleExport.percent=True``.

    ``-`` is Moodle's own mark for no grade; on an existing item it also clears one that stands
    there. ID numbers and addresses are written only if they are known for everybody, since Moodle's
    importer gives the grades of a row whose identifier is blank to the person in the row above.

    Moodle trims every value it reads, so a space is put before what a spreadsheet would take for a
    formula: it is text there, and Moodle still reads the id as it is.

    Sources: https://docs.moodle.org/405/en/Grade_import; the importer itself,
    ``grade/import/csv/classes/load_data.php`` in github.com/moodle/moodle (checked for trimming,
    ``-``, blank identifiers and the limit of 100).
    """

    percent = Bool(
        False, help="Write per cent of the assignment's points, for grade items out of 100."
    ).tag(config=True)

    default_file = "moodle.csv"
    no_grade = "-"

    def _text(self, text: str) -> str:
        return f" {text}" if _FORMULA.match(text) else text

    def _grade(self, score: float, assignment: Any) -> str:
        if not self.percent:
            return _number(score)
        return _number(100 * score / assignment.max_score if assignment.max_score else 0.0)

    def _rows(self, gradebook: Any) -> list[list[str]]:
        assignments, students = self._assignments(gradebook), self._students(gradebook)
        people = {
            "Username": [student.id for student in students],
            "First name": [_line(student.first_name) for student in students],
            "Last name": [_line(student.last_name) for student in students],
            "ID number": [_line(student.lms_user_id) for student in students],
            "Email address": [_line(student.email) for student in students],
        }
        for column in ("ID number", "Email address"):
            if not all(people[column]):
                unknown = people[column].count("")
                del people[column]
                self.log.info("No column “%s”: not known of %d of them", column, unknown)
        self._say_how_matched(list(people))
        headings = self._headings(assignments, list(people))
        grades = self._grades(gradebook, assignments, students)
        if not self.percent:
            for heading, assignment in zip(headings, assignments, strict=True):
                self.log.info(
                    "“%s”: maximum grade %s; a new item in Moodle has 100 until you change it",
                    heading,
                    _number(assignment.max_score),
                )
        rows = [
            [*(self._text(column[number]) for column in people.values()), *grades[student.id]]
            for number, student in enumerate(students)
        ]
        return [[*people, *headings], *rows]

    def _say_how_matched(self, columns: Sequence[str]) -> None:
        others = [column for column in ("ID number", "Email address") if column in columns]
        if others:
            self.log.info(
                "Moodle matches trainees by the one column that you map when importing: Username "
                "(the id in the gradebook) or %s",
                " or ".join(others),
            )
        else:
            self.log.info(
                "Moodle matches trainees by Username only (the id in the gradebook, which must be "
                "their Moodle username): the gradebook has no ID number and no email address for "
                "all of them"
            )


class CanvasExport(_PlatformExport):
    """A CSV file for Canvas (*Grades > Import*).

    Columns in the order Canvas demands: ``Student``, ``ID``, ``SIS User ID``, ``SIS Login ID``,
    ``Section``, then one per assignment; below the heading a row ``Points Possible``. Canvas looks
    people up by ``ID`` (its own number for the user: nbgrader's ``lms_user_id`` if that is a
    number), then by ``SIS User ID``, then by ``SIS Login ID`` (nbgrader's student id), then by
    name; whom it does not find, it asks about. If your nbgrader ids are SIS user ids, set
    ``--CanvasExport.identifier="SIS User ID"``.

    Canvas matches an assignment by a heading with its number, ``Title (4711)``, or by its exact
    title, and offers to make a new one for any other; name them so in ``nbgrader_config.py``:
    ``c.CanvasExport.columns = {"01-definitions": "Lesson 1 cases (4711)"}``.

    Where there is no grade the cell is empty: Canvas shows the work as ungraded, and its own policy
    for missing work applies. (On import an empty cell clears a grade that stands there.) ``EX``
    (excused) is a decision for the instructor and never written.

    Canvas does not trim ids. One that a spreadsheet would take for a formula gets an apostrophe;
    Canvas then finds the person by ``ID``, or asks whom you mean. The log names such ids.

    Sources: Canvas's importer, ``lib/gradebook_importer.rb`` in github.com/instructure/canvas-lms;
    https://teaching.resources.osu.edu/toolsets/carmencanvas/guides/calculating-final-grades/import-csv-file-carmen-grades.
    """

    identifier = Enum(
        ["SIS Login ID", "SIS User ID"],
        default_value="SIS Login ID",
        help="Which of Canvas's identifiers nbgrader's student ids are.",
    ).tag(config=True)

    default_file = "canvas.csv"
    _people = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")

    def _rows(self, gradebook: Any) -> list[list[str]]:
        assignments, students = self._assignments(gradebook), self._students(gradebook)
        headings = self._headings(assignments, self._people)
        grades = self._grades(gradebook, assignments, students)
        # Spaces as in Canvas's own export.
        possible = ["    Points Possible", "", "", "", ""]
        possible += [_number(assignment.max_score) for assignment in assignments]
        people = [self._person(student) for student in students]
        self._say_how_matched(people)
        rows = [
            [*person, *grades[student.id]] for person, student in zip(people, students, strict=True)
        ]
        return [[*self._people, *headings], possible, *rows]

    def _say_how_matched(self, people: Sequence[Sequence[str]]) -> None:
        """Tell by which identifiers Canvas will find the trainees; it takes the first it knows."""
        numbers = sum(bool(person[1]) for person in people)
        both = sum(bool(not person[1] and person[2] and person[3]) for person in people)
        alone = len(people) - numbers - both
        kind = "SIS login" if self.identifier == "SIS Login ID" else "SIS user id"
        if alone == len(people):
            self.log.info(
                "Canvas matches trainees by %s only (the id in the gradebook): no other Canvas or "
                "SIS ids in the gradebook (lms_user_id)",
                kind,
            )
            return
        ways = (
            (numbers, "by Canvas ID"),
            (both, "by SIS user id, then by SIS login"),
            (alone, f"by {kind} only (the gradebook has no lms_user_id for them)"),
        )
        told = "; ".join(f"{count} {way}" for count, way in ways if count)
        self.log.info("Canvas matches trainees: %s", told)

    def _person(self, student: Any) -> list[str]:
        name = ", ".join(filter(None, [_line(student.last_name), _line(student.first_name)]))
        if not name or "Points Possible" in name:
            # Canvas would take the second for the row above.
            name = "" if "Points Possible" in student.id else student.id
        number = _line(student.lms_user_id)
        # Canvas reads "12abc" as 12, which is somebody else.
        canvas_id = number if re.fullmatch("[0-9]+", number) else ""
        ids = {"SIS User ID": "" if canvas_id else number, "SIS Login ID": ""}
        ids[self.identifier] = student.id
        if _FORMULA.match(student.id):
            self.log.warning(
                "“%s” begins like a formula and is written with an apostrophe; Canvas %s",
                student.id,
                "finds this trainee by ID" if canvas_id else "will ask who that is",
            )
        return [self._text(text) for text in (name, canvas_id, *ids.values(), "")]


class ItemExport(_Export):
    """One row per trainee and question, for statistics and for a closer look.

    Columns: ``assignment``, ``student_id``, ``last_name``, ``first_name``, ``notebook``, ``item``,
    ``objective``, ``safety_critical`` (yes/no), ``state`` (marked; marked, to be looked at again;
    not yet marked; not graded; not handed in), ``answered`` (yes/no; empty when the hand-in is not
    here to look at), ``points``, ``max_points``, ``manual`` (yes: a person marks it, or has
    corrected it), ``confidence`` (guess, fairly-sure, certain) and ``last_answered_at`` (UTC, ISO
    8601, by the trainee's clock).

    ``points`` is empty where there is no final mark; with ``provisional`` the points so far stand
    there. Late penalties belong to a whole notebook and are not in these rows. Text that a
    spreadsheet would take for a formula is preceded by an apostrophe (see :func:`harmless`).
    """

    default_file = "items.csv"
    _columns = (
        *("assignment", "student_id", "last_name", "first_name", "notebook", "item"),
        *("objective", "safety_critical", "state", "answered", "points", "max_points"),
        *("manual", "confidence", "last_answered_at"),
    )

    def _rows(self, gradebook: Any) -> list[list[str]]:
        course = self._course()
        assignments, students = self._assignments(gradebook), self._students(gradebook)
        rows = [list(self._columns)]
        waiting = 0
        for assignment in assignments:
            pages = masters.pages(course, assignment.name, gradebook)
            graded = standings.current(course, gradebook, assignment.name)
            handed_in = set(course.students_with(assignment.name))
            for student in students:
                waiting += graded.get(student.id, Standing(student.id)).waiting
                work = None
                if student.id in handed_in:
                    work = submissions.read(course, pages, assignment.name, student.id)
                state = _state(student.id, graded, handed_in)
                parts = graded[student.id].parts if student.id in graded else {}
                rows += [
                    [
                        *(harmless(assignment.name), harmless(student.id)),
                        *(harmless(_line(student.last_name)), harmless(_line(student.first_name))),
                        *(harmless(page.name), harmless(cell)),
                        *self._values(page, cell, parts.get((page.name, cell)), state, work),
                    ]
                    for page, cell in _places(pages)
                ]
        if waiting:
            how = "their points are PROVISIONAL" if self.provisional else "no points are written"
            self.log.warning("Answers not yet marked: %d; %s", waiting, how)
        return rows

    def _values(
        self,
        page: Page,
        cell: str,
        part: standings.Part | None,
        state: str,
        work: Submission | None,
    ) -> list[str]:
        item = page.items.get(cell)
        answered, confidence, at = _answer(page, cell, work, state)
        points = ""
        if part is not None:
            state = UNMARKED if part.waiting else RECHECK if part.recheck else "marked"
            points = _number(part.points) if self.provisional or not part.waiting else ""
        return [
            harmless(item.objective) if item else "",
            _yes(item is not None and item.safety_critical),
            state or UNGRADED,
            answered,
            points,
            _number(page.points(cell)),
            _yes(item is None or (part is not None and part.by_hand)),
            harmless(confidence),
            harmless(at),
        ]


def _answer(page: Page, cell: str, work: Submission | None, state: str) -> tuple[str, str, str]:
    """Return whether a question was answered, how sure the trainee was, and when it was."""
    if work is None:
        return ("no" if state == MISSING else "", "", "")
    item = page.items.get(cell)
    given = _yes(standings.answered(page, cell, work))
    if item is None:
        return given, "", ""
    history = work.answers.history(page.name, item.id)
    if not history:
        return "no", "", ""
    # A trainee's file holds what a trainee's program wrote: it is shown, so it is cut.
    return given, _line(history[-1].confidence)[:40], _line(history[-1].at)[:40]


def _places(pages: Mapping[str, Page]) -> Iterator[tuple[Page, str]]:
    """Yield every graded cell in the order in which it is read."""
    for page in pages.values():
        for cell in map(masters.grade_id, page.notebook.cells):
            if cell in page.items or cell in page.free_texts:
                yield page, cell


def _state(student: str, graded: Mapping[str, Standing], handed_in: set[str]) -> str:
    """Return why a trainee has no final grade, or an empty string."""
    if student in graded:
        return UNMARKED if graded[student].waiting else ""
    return UNGRADED if student in handed_in else MISSING


def _chosen(wanted: Iterable[object], known: Mapping[str, object], what: str) -> list[str]:
    """Return the names that were asked for, or all in the gradebook's order."""
    names: list[str] = []
    for each in wanted:
        text = str(each)
        # nbgrader's help writes a list as [a,b], which arrives as one name.
        bracketed = text.startswith("[") and text.endswith("]") and text not in known
        names += [part.strip(" '\"") for part in text[1:-1].split(",")] if bracketed else [text]
    unknown = [name for name in names if name not in known]
    if unknown:
        some = ", ".join(list(known)[:10]) + (", …" if len(known) > 10 else "")
        raise CourseError(
            f"The gradebook knows no {what} “{'”, “'.join(unknown)}”. It knows: {some}."
        )
    return [name for name in known if name in names] if names else list(known)


def _number(value: float | None) -> str:
    # Not -0.00, whatever the arithmetic before it.
    return f"{round(float(value or 0.0), 2) + 0.0:.2f}"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _line(text: str | None) -> str:
    """Return text on one line, without characters that are not shown."""
    shown = (" " if unicodedata.category(c) == "Cc" else c for c in text or "")
    return " ".join("".join(shown).split())
