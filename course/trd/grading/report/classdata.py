"""Everything the class report is computed from, gathered once from gradebook and hand-ins.

Points come from the gradebook, so that what was marked or corrected by hand counts. Which option
was chosen, how sure somebody was and when comes from the answer logs that were handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from trd.grading import masters, notes, objectives, submissions
from trd.grading.course import Course
from trd.grading.masters import Page
from trd.grading.notes import Note
from trd.grading.report import statistics
from trd.grading.standings import grade_rows
from trd.quiz.items import Item

#: A page and one of its cells.
Place = tuple[str, str]

MISSING, WAITING, GRADED = "not handed in", "not graded yet", "graded"


@dataclass(frozen=True)
class Question:
    """One item that is marked without a person.

    Attributes
    ----------
    page, cell : str
        Where it stands.
    item : Item
        With its secret.
    points : float
        Points in the gradebook, > 0 for everything that counts.
    """

    page: str
    cell: str
    item: Item
    points: float

    @property
    def place(self) -> Place:
        """Page and cell."""
        return (self.page, self.cell)


@dataclass(frozen=True)
class FreeText:
    """One answer in words, marked by a person.

    Attributes
    ----------
    page, cell : str
        Where it stands.
    points : float
        Most that can be given.
    """

    page: str
    cell: str
    points: float

    @property
    def place(self) -> Place:
        """Page and cell."""
        return (self.page, self.cell)


@dataclass(frozen=True)
class Response:
    """What one trainee did with one item.

    Attributes
    ----------
    points : float
        In the gradebook, by hand where corrected.
    answer : object
        As :func:`trd.quiz.scoring.clean` returns it; None when there is none.
    confidence : str or None
        One of the keys of :data:`trd.quiz.feedback.CONFIDENCE`.
    seconds : float or None
        Rough time on the item (:func:`trd.grading.report.statistics.times_on`).
    """

    points: float = 0.0
    answer: Any = None
    confidence: str | None = None
    seconds: float | None = None

    @property
    def certain_and_wrong(self) -> bool:
        """Whether the trainee was certain of an answer that earned nothing."""
        return self.answer is not None and self.confidence == "certain" and self.points <= 0


@dataclass(frozen=True)
class Written:
    """One answer in words.

    Attributes
    ----------
    points : float
        Given so far.
    waiting : bool
        Whether a person has yet to mark it.
    blank : bool
        Whether nothing was written.
    """

    points: float = 0.0
    waiting: bool = False
    blank: bool = False


@dataclass(frozen=True)
class Trainee:
    """One trainee and one assignment.

    Attributes
    ----------
    id : str
        As nbgrader knows them.
    name : str
        First and last name, if the gradebook has them.
    status : str
        ``"not handed in"``, ``"not graded yet"`` or ``"graded"``.
    late_s : float
        Seconds after the due date, >= 0.
    stale : bool
        Whether something newer was handed in than what was graded.
    folder_gone : bool
        Whether there are grades but no hand-in any more, so that answers are not known.
    responses : mapping of (page, cell) to Response
        Of those graded.
    texts : mapping of (page, cell) to Written
        Of those graded.
    """

    id: str
    name: str = ""
    status: str = MISSING
    late_s: float = 0.0
    stale: bool = False
    folder_gone: bool = False
    responses: Mapping[Place, Response] = field(default_factory=dict)
    texts: Mapping[Place, Written] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """Their id, with the name where it is known."""
        return f"{self.name} ({self.id})" if self.name else self.id


@dataclass(frozen=True)
class ClassData:
    """One class and one assignment.

    Attributes
    ----------
    assignment : str
        Its name.
    pages : mapping of str to str
        Titles of its cases by name, in order.
    questions : tuple of Question
        In order.
    free_texts : tuple of FreeText
        In order.
    trainees : tuple of Trainee
        Everybody the gradebook knows or who handed in, by id.
    notes : tuple of Note
        Problems noted while collecting and grading.
    wording : mapping of str to str
        The learning objectives in words, by id.
    at : datetime.datetime
        When it was gathered, UTC.
    """

    assignment: str
    pages: Mapping[str, str] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()
    free_texts: tuple[FreeText, ...] = ()
    trainees: tuple[Trainee, ...] = ()
    notes: tuple[Note, ...] = ()
    wording: Mapping[str, str] = field(default_factory=dict)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def graded(self) -> tuple[Trainee, ...]:
        """Those whose points are in the gradebook."""
        return tuple(each for each in self.trainees if each.status == GRADED)


#: Wraps what is gone through, so that a caller can show how far it is: things, words, how many.
Watch = Callable[[Iterable[str], str, int], Iterable[str]]


def gather(course: Course, assignment: str, watch: Watch | None = None) -> ClassData:
    """Read gradebook and hand-ins of one assignment.

    Parameters
    ----------
    course : Course
        The class.
    assignment : str
        Its name.
    watch : callable, optional
        Called as ``watch(students, what, total)``; yields the students while it shows progress.

    Raises
    ------
    CourseError
        If the assignment was never generated.
    """
    with course.gradebook() as gradebook:
        pages = masters.pages(course, assignment, gradebook)
        names = _names(gradebook)
        entries = _entries(gradebook, assignment)
        grades = _grades(gradebook, assignment)
    reader = _Reader(course, assignment, pages, entries, grades)
    people = sorted({*names, *entries, *reader.handed_in})
    watched = people if watch is None else watch(people, "reading answers", len(people))
    return ClassData(
        assignment,
        {name: page.title for name, page in pages.items()},
        reader.questions,
        reader.free_texts,
        tuple(reader.trainee(person, names.get(person, "")) for person in watched),
        tuple(notes.read(course.classroom, assignment)),
        objectives.wording(),
    )


@dataclass(frozen=True)
class _Entry:
    timestamp: datetime | None
    late_s: float


@dataclass(frozen=True)
class _Grade:
    score: float
    waiting: bool
    blank: bool


def _names(gradebook: Any) -> dict[str, str]:
    from nbgrader.api import Student

    rows = gradebook.db.query(Student.id, Student.first_name, Student.last_name)
    return {name: " ".join(filter(None, [first, last])) for name, first, last in rows}


def _entries(gradebook: Any, assignment: str) -> dict[str, _Entry]:
    entry = gradebook.find_assignment(assignment)
    return {
        each.student_id: _Entry(each.timestamp, _late_s(each, entry.duedate))
        for each in entry.submissions
    }


def _late_s(entry: Any, duedate: datetime | None) -> float:
    # nbgrader's own property cannot add an extension to a date that is not there.
    return float(entry.total_seconds_late) if duedate is not None else 0.0


def _grades(gradebook: Any, assignment: str) -> dict[str, dict[Place, _Grade]]:
    found: dict[str, dict[Place, _Grade]] = {}
    for student, page, cell, score, _maximum, _flagged, by_itself, by_hand in grade_rows(
        gradebook, assignment
    ):
        found.setdefault(student, {})[(page, cell)] = _Grade(
            float(score or 0.0),
            waiting=by_itself is None and by_hand is None,
            blank=by_itself is not None and by_hand is None,
        )
    return found


class _Reader:
    """Puts together what is known about each trainee."""

    def __init__(
        self,
        course: Course,
        assignment: str,
        pages: Mapping[str, Page],
        entries: Mapping[str, _Entry],
        grades: Mapping[str, Mapping[Place, _Grade]],
    ) -> None:
        self.course = course
        self.assignment = assignment
        self.pages = pages
        self.entries = entries
        self.grades = grades
        self.handed_in = set(course.students_with(assignment))
        self.questions = tuple(
            Question(name, cell, item, page.points(cell))
            for name, page in pages.items()
            for cell, item in page.items.items()
        )
        self.free_texts = tuple(
            FreeText(name, cell, page.points(cell))
            for name, page in pages.items()
            for cell in page.free_texts
        )

    def trainee(self, person: str, name: str) -> Trainee:
        if person not in self.entries:
            status = WAITING if person in self.handed_in else MISSING
            return Trainee(person, name, status)
        entry, grades = self.entries[person], self.grades.get(person, {})
        if any(
            question.place in grades and grades[question.place].waiting
            for question in self.questions
        ):
            # Grading was stopped half-way: an empty mark is no zero.
            return Trainee(person, name, WAITING)
        gone = person not in self.handed_in
        responses: dict[Place, Response] = {}
        stale = False
        if not gone:
            handed = submissions.read(self.course, self.pages, self.assignment, person)
            responses = self._responses(handed)
            stale = (
                handed.timestamp is not None
                and entry.timestamp is not None
                and handed.timestamp > entry.timestamp
            )
        nothing = _Grade(0.0, waiting=False, blank=True)
        return Trainee(
            person,
            name,
            GRADED,
            entry.late_s,
            stale,
            gone,
            {
                question.place: _with_points(
                    responses.get(question.place), grades.get(question.place, nothing).score
                )
                for question in self.questions
            },
            {
                text.place: Written(grade.score, grade.waiting, grade.blank)
                for text in self.free_texts
                for grade in [grades.get(text.place, nothing)]
            },
        )

    def _responses(self, handed: submissions.Submission) -> dict[Place, Response]:
        cell_of = {(each.page, each.item.id): each.place for each in self.questions}
        seconds = statistics.times_on(
            (cell_of[(entry.notebook, entry.item)], entry.at)
            for entry in handed.answers.entries
            if (entry.notebook, entry.item) in cell_of
        )
        return {
            (name, cell): Response(
                mark.points, mark.answer, mark.confidence, seconds.get((name, cell))
            )
            for name, page in self.pages.items()
            for cell, mark in page.marks(handed.answers).items()
        }


def _with_points(response: Response | None, points: float) -> Response:
    if response is None:
        return Response(points)
    return Response(points, response.answer, response.confidence, response.seconds)
