"""The two lists that take the place of nbgrader's own: start from the master, then score.

No trainee's notebook is run or even parsed as a notebook. Both lists are named in
``nbgrader_config.py``, so the command line, the Python API and the formgrader's button use them.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader.preprocessors import NbGraderPreprocessor

from trd.grading import masters, notes, submissions
from trd.grading.course import Course
from trd.grading.submissions import Submission


class SubmissionExporter(NotebookExporter):
    """Hands on an empty notebook in place of the trainee's, which nobody needs to parse.

    A damaged notebook would otherwise stop its submission from being graded, and parsing would let
    it choose how much memory grading takes.
    """

    def from_filename(
        self, filename: str, resources: Any = None, **kwargs: Any
    ) -> tuple[str, dict[str, Any]]:
        """Convert one notebook; the first of nbgrader's two passes does not read it."""
        if getattr(self.parent, "_sanitizing", False):
            return super().from_notebook_node(nbformat.v4.new_notebook(), resources, **kwargs)
        return super().from_filename(filename, resources, **kwargs)


class _Desk:
    """What one run of ``autograde`` has read: the assignment's pages, and one submission."""

    def __init__(self, converter: Any) -> None:
        self.course = Course(converter.config, converter.coursedir)
        self._log = converter.log
        self._total = len(converter.assignments)
        self._done = 0
        self._pages: dict[str, dict[str, masters.Page]] = {}
        self._submission: tuple[str, Submission] | None = None

    def pages(self, assignment: str) -> dict[str, masters.Page]:
        if assignment not in self._pages:
            self._pages[assignment] = masters.pages(self.course, assignment)
            for name in masters.outdated(self.course, assignment, self._pages[assignment]):
                self._log.warning(
                    "The master of %s was changed after it was generated; the older version is "
                    "graded. Run nbgrader generate_assignment %s first.",
                    name,
                    assignment,
                )
        return self._pages[assignment]

    def submission(self, assignment: str, student: str) -> Submission:
        known = self._submission
        if known is None or known[0] != assignment or known[1].student != student:
            self._done += 1
            # In nbgrader's own log, where a bar would be torn apart by its other lines.
            self._log.info("Grading submission %d of %d: %s", self._done, self._total, student)
            read = submissions.read(self.course, self.pages(assignment), assignment, student)
            notes.write(self.course.classroom, assignment, student, "grade", read.problems)
            for problem in read.problems:
                self._log.warning("%s: %s", student, problem)
            self._submission = known = (assignment, read)
        return known[1]


#: One desk for each run. A run ends with its converter, so nothing stale is ever used.
_DESKS: WeakKeyDictionary[Any, _Desk] = WeakKeyDictionary()


class _FromData(NbGraderPreprocessor):
    """What both steps need: which page of whose submission this is."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Work on one page of one submission."""
        converter = self.parent.parent
        desk = _DESKS.get(converter)
        if desk is None:
            desk = _DESKS[converter] = _Desk(converter)
        which = resources["nbgrader"]
        page = desk.pages(which["assignment"])[which["notebook"]]
        submission = desk.submission(which["assignment"], which["student"])
        return self.work(nb, page, submission), resources

    def work(self, nb: Any, page: masters.Page, submission: Submission) -> Any:
        """Return the notebook that goes on to the next step."""
        raise NotImplementedError


class PristineMaster(_FromData):
    """Put the instructor's page in the place of the trainee's; only free text is carried over."""

    def work(self, nb: Any, page: masters.Page, submission: Submission) -> Any:
        """Return the page with the trainee's words."""
        return page.filled(submission.texts.get(page.name, {}))


class ScoreAnswers(_FromData):
    """Write each item's points where nbgrader's ``SaveAutoGrades`` reads them; run nothing."""

    def work(self, nb: Any, page: masters.Page, submission: Submission) -> Any:
        """Return the page with marks and feedback as outputs."""
        return page.scored(nb, page.marks(submission.answers))
