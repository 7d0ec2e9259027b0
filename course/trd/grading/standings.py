"""How far each trainee is with an assignment, as the gradebook has it, in a few queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from trd.grading import masters
from trd.grading.course import Course
from trd.grading.masters import Page
from trd.grading.submissions import Submission, handed_in_at
from trd.quiz.marking import mark

#: A page and one of its cells.
Place = tuple[str, str]


@dataclass(frozen=True)
class Part:
    """One graded cell of one trainee.

    Attributes
    ----------
    points : float
        nbgrader's score: by hand where given, else automatic, with extra credit.
    maximum : float
        Most that the cell is worth, >= 0.
    waiting : bool
        Whether a person has yet to mark it.
    recheck : bool
        Whether a person marked it, and nbgrader asks to look again since it was graded anew (the
        work may have been handed in again). The mark counts, as in nbgrader's own export.
    by_hand : bool
        Whether a person gave the points.
    """

    points: float
    maximum: float
    waiting: bool
    recheck: bool
    by_hand: bool


@dataclass(frozen=True)
class Standing:
    """One trainee's graded work on one assignment.

    Attributes
    ----------
    student : str
        Their id.
    timestamp : datetime.datetime or None
        When it was handed in, UTC without a zone, as nbgrader keeps it.
    penalty : float
        Points taken off for handing in late, >= 0.
    late : bool
        Whether it was handed in after the due date, an extension included, as nbgrader counts it.
    parts : mapping of (page, cell) to Part
        The graded cells.
    """

    student: str
    timestamp: datetime | None = None
    penalty: float = 0.0
    late: bool = False
    parts: Mapping[Place, Part] = field(default_factory=dict)

    @property
    def score(self) -> float:
        """Points after the penalty, never below 0: as nbgrader's own export counts them."""
        return max(0.0, sum(part.points for part in self.parts.values()) - self.penalty)

    @property
    def waiting(self) -> int:
        """How many answers wait for a person."""
        return sum(part.waiting for part in self.parts.values())

    @property
    def recheck(self) -> int:
        """How many marks given by hand nbgrader asks to look at again."""
        return sum(part.recheck for part in self.parts.values())


def current(course: Course, gradebook: Any, assignment: str) -> dict[str, Standing]:
    """Return :func:`read` without those who have handed in again since they were graded.

    Their marks belong to work that no longer counts.
    """
    found = read(gradebook, assignment)
    for student, standing in list(found.items()):
        newest = handed_in_at(course.place("submitted", assignment, student))
        if newest and standing.timestamp and newest > standing.timestamp:
            del found[student]
    return found


def grade_rows(gradebook: Any, assignment: str) -> Iterable[Any]:
    """Return every grade of an assignment in one query; asking one by one takes minutes.

    Each row holds student, page, cell, score, maximum, whether nbgrader wants a look at it, and the
    points given automatically and by hand, each None when there are none.
    """
    from nbgrader.api import Assignment, BaseCell, Grade, Notebook
    from nbgrader.api import SubmittedAssignment as Entry
    from nbgrader.api import SubmittedNotebook as Sheet

    rows: Iterable[Any] = (
        gradebook.db.query(
            Entry.student_id,
            Notebook.name,
            BaseCell.name,
            Grade.score,
            Grade.max_score,
            Grade.needs_manual_grade,
            Grade.auto_score,
            Grade.manual_score,
        )
        .join(Sheet, Sheet.assignment_id == Entry.id)
        .join(Notebook, Notebook.id == Sheet.notebook_id)
        .join(Grade, Grade.notebook_id == Sheet.id)
        .join(BaseCell, BaseCell.id == Grade.cell_id)
        .join(Assignment, Assignment.id == Entry.assignment_id)
        .filter(Assignment.name == assignment)
    )
    return rows


def read(gradebook: Any, assignment: str) -> dict[str, Standing]:
    """Return everybody's graded work on an assignment by student; none for who has none.

    Parameters
    ----------
    gradebook : nbgrader.api.Gradebook
        An open one.
    assignment : str
        A name that the gradebook knows.
    """
    from nbgrader.api import Assignment
    from nbgrader.api import SubmittedAssignment as Entry

    # One query for the class: asking trainee by trainee takes minutes for a large one.
    entries = (
        gradebook.db.query(
            Entry.student_id,
            Entry.timestamp,
            Entry.late_submission_penalty,
            Assignment.duedate,
            Entry.extension,
        )
        .join(Assignment, Assignment.id == Entry.assignment_id)
        .filter(Assignment.name == assignment)
    )
    parts: dict[str, dict[Place, Part]] = {}
    for student, page, cell, score, maximum, flagged, _by_itself, by_hand in grade_rows(
        gradebook, assignment
    ):
        parts.setdefault(student, {})[(page, cell)] = Part(
            float(score or 0.0),
            float(maximum or 0.0),
            waiting=bool(flagged) and by_hand is None,
            recheck=bool(flagged) and by_hand is not None,
            by_hand=by_hand is not None,
        )
    return {
        student: Standing(
            student,
            timestamp,
            float(penalty or 0.0),
            _is_late(timestamp, due, extension),
            parts.get(student, {}),
        )
        for student, timestamp, penalty, due, extension in entries
    }


def _is_late(timestamp: datetime | None, due: datetime | None, extension: timedelta | None) -> bool:
    if timestamp is None or due is None:
        return False
    return timestamp > due + (extension or timedelta())


def answered(page: Page, cell: str, work: Submission) -> bool:
    """Whether a trainee's hand-in holds an answer to one question that can be read.

    Parameters
    ----------
    page : Page
        Where the question stands.
    cell : str
        The name of its cell: an item, or free text.
    work : Submission
        What was handed in.
    """
    item = page.items.get(cell)
    if item is not None:
        return mark(item, work.answers, page.name).answer is not None
    words = work.texts.get(page.name, {}).get(cell, "").strip()
    asked = next(
        each.source for each in page.notebook.cells if masters.grade_id(each) == cell
    ).strip()
    return bool(words) and words != asked
