"""What a trainee gets back: one page for each case, in place of nbgrader's copy of the notebook.

The page is drawn from data: the graded notebook's items with their keys, the answers that were
recorded, and the gradebook. Neither a cell's source nor its output is shown, so it makes no
difference whether a kernel graded the work, and nothing that a trainee's code printed gets in.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, lru_cache
from html import escape
from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter
from traitlets import Bool, default

from trd.grading import notes as noted
from trd.grading.course import Course, CourseError
from trd.grading.feedback.markdown import rubric_of, safe_line, safe_markdown
from trd.grading.masters import RUBRIC, grade_id, rubrics
from trd.grading.objectives import Objective, objectives
from trd.grading.submissions import EDITED
from trd.grading.untrusted import answers_in
from trd.quiz import feedback
from trd.quiz.answers import Answers
from trd.quiz.items import Item, ItemError
from trd.quiz.marking import Mark, mark
from trd.quiz.masters import is_free_text, item_in

#: Set in ``metadata.trd`` of a cell that is of no use once the answers are in.
WHILE_WORKING = "only_while_working"
TEMPLATES = Path(__file__).with_name("templates")
_SIGNS = {"right": "✓", "partly": "◐", "wrong": "✗", "unanswered": "–", "waiting": "…"}
# What nbgrader writes by itself under an answer that was left open.
_NO_RESPONSE = "No response."


@dataclass(frozen=True)
class Score:
    """What the gradebook holds for one graded cell.

    Attributes
    ----------
    points, most : float
        Earned, extra credit included, and the highest that can be earned.
    auto, manual : float or None
        As the grader and as a person gave them.
    waiting : bool
        Whether a person has yet to mark it.
    """

    points: float
    most: float
    auto: float | None = None
    manual: float | None = None
    waiting: bool = False


@dataclass(frozen=True)
class Context:
    """Everything a page says that does not stand in the graded notebook.

    Attributes
    ----------
    student, assignment, page : str
        Whose page it is, and which.
    handed_in : datetime.datetime or None
        UTC, without a zone as nbgrader keeps it.
    seconds_late, penalty : float
        How late it was, and the points taken off this page for it.
    scores : mapping of str to Score
        By the name of the cell.
    comments : mapping of str to str
        What the marker wrote, by the name of the cell.
    answers : Answers
        What was recorded when the work was graded.
    rubrics : mapping of str to str
        Used where the graded notebook holds no rubric, as when a kernel graded it.
    notes : tuple of str
        What was odd about the hand-in.
    model_answers : bool
        Whether a model answer is shown once the answer has been marked.
    self_rating : bool
        Whether the reader marks their own words, with the model answer beside them.
    """

    student: str
    assignment: str
    page: str
    handed_in: datetime | None = None
    seconds_late: float = 0.0
    penalty: float = 0.0
    scores: Mapping[str, Score] = field(default_factory=dict)
    comments: Mapping[str, str] = field(default_factory=dict)
    answers: Answers = field(default_factory=Answers)
    rubrics: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    model_answers: bool = True
    self_rating: bool = False


@dataclass(frozen=True)
class _Card:
    """One graded thing on the page, ready to be shown."""

    number: int
    kind: str
    verdict: str
    score: Score
    body: str
    asked: str = ""
    sure: str = ""
    remarks: tuple[str, ...] = ()
    item: Item | None = None

    @property
    def sign(self) -> str:
        return _SIGNS[self.kind]

    @property
    def label(self) -> str:
        return f"Question {self.number}" if self.item else "Your words"

    @property
    def anchor(self) -> str:
        return f"question-{self.number}" if self.item else f"words-{self.number}"

    @property
    def points(self) -> str:
        if self.score.waiting:
            return f"not marked yet; {_points(self.score.most)}"
        return _of(self.score.points, self.score.most)

    @property
    def below(self) -> bool:
        return not self.score.waiting and self.score.points < self.score.most


@dataclass(frozen=True)
class _Weak:
    """An objective with the questions that say it deserves another look."""

    id: str
    known: Objective | None
    cards: tuple[_Card, ...]

    @property
    def words(self) -> str:
        return safe_line(self.known.words) if self.known else ""


class _Sheet:
    """A page as the template reads it."""

    def __init__(self, notebook: Any, context: Context) -> None:
        self.context = context
        self.title = context.page
        self.blocks: list[str | _Card] = []
        self.reviewed = True
        self._rubrics = dict(context.rubrics)
        self._seen: set[str] = set()
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                self._words(cell)
            elif cell.cell_type == "code" and grade_id(cell) in context.scores:
                self._question(cell)

    @property
    def cards(self) -> list[_Card]:
        return [block for block in self.blocks if isinstance(block, _Card)]

    @property
    def when(self) -> str:
        at = self.context.handed_in
        return "" if at is None else f"{at.day} {at:%B %Y at %H:%M} UTC"

    @property
    def late(self) -> str:
        if self.context.seconds_late <= 0:
            return ""
        said = f"Handed in {_duration(self.context.seconds_late)} after it was due."
        if self.context.penalty:
            said += f" {_points(self.context.penalty)} taken off this page for that."
        return said

    @property
    def score(self) -> Score:
        """What has been marked so far, with what was taken off."""
        marked = [score for score in self.context.scores.values() if not score.waiting]
        earned = sum(score.points for score in marked) - self.context.penalty
        return Score(earned, sum(score.most for score in marked))

    @property
    def result(self) -> str:
        return _of(self.score.points, self.score.most)

    @property
    def share(self) -> str:
        score = self.score
        return f"{100 * score.points / score.most:.0f} %" if score.most else ""

    @property
    def waiting(self) -> str:
        most = sum(score.most for score in self.context.scores.values() if score.waiting)
        return _points(most) if most else ""

    @property
    def critical(self) -> list[_Card]:
        return [card for card in self.cards if card.item and card.item.safety_critical]

    @property
    def lessons(self) -> list[tuple[str, list[_Weak]]]:
        """The objectives to revisit, by the title of the lesson that teaches them."""
        known = objectives()
        by_id: dict[str, list[_Card]] = {}
        for card in self.cards:
            if card.item and card.item.objective and card.below:
                by_id.setdefault(card.item.objective, []).append(card)
        found: dict[str, list[_Weak]] = {}
        for name, cards in sorted(by_id.items()):
            lesson = known[name].lesson if name in known else ""
            found.setdefault(lesson, []).append(_Weak(name, known.get(name), tuple(cards)))
        return list(found.items())

    def _words(self, cell: Any) -> None:
        name = grade_id(cell)
        if "not yet clinically reviewed" in cell.source.lower():
            self.reviewed = False
        if cell.metadata.get("trd", {}).get(WHILE_WORKING):
            return
        if cell.metadata.get("trd", {}).get("kind") == RUBRIC:
            self._rubrics[str(cell.metadata.trd.get("of", ""))] = rubric_of(cell.source)
        elif is_free_text(cell) and name in self.context.scores:
            self._free_text(name, cell.source)
        elif cell.source.startswith("# "):
            # The cover: how to open and save the page is of no more use here.
            self.title = cell.source.splitlines()[0][2:].strip()
        else:
            self.blocks.append(safe_markdown(cell.source))

    def _free_text(self, name: str, text: str) -> None:
        if name in self._seen:
            return
        self._seen.add(name)
        score = self.context.scores[name]
        # nbgrader gives no automatic score, unless nothing was written.
        is_open = score.auto is not None and score.manual is None
        kind, verdict = _marked(score, is_open)
        if kind == "waiting" and self.context.self_rating:
            verdict = "For you to rate, with the list below"
        body = "" if is_open else f"<blockquote>{safe_markdown(text, lines=True, headings=False)}"
        body += "" if is_open else "</blockquote>"
        comment = self.context.comments.get(name, "")
        if comment:
            said = safe_markdown(comment, lines=True, headings=False)
            body += f'<div class="comment"><h4>The marker’s comment</h4>{said}</div>'
        body += self._model_answer(name, score)
        number = sum(card.item is None for card in self.cards) + 1
        self.blocks.append(_Card(number, kind, verdict, score, body))

    def _model_answer(self, name: str, score: Score) -> str:
        """Return rubric and model answer, or nothing while they must not be seen."""
        alone = self.context.self_rating
        rubric = self._rubrics.get(name, "")
        if not rubric or not (alone or (self.context.model_answers and not score.waiting)):
            return ""
        title = "Rate yourself" if alone else "What the marker looked for"
        inner = safe_markdown(rubric, headings=False)
        return f'<div class="model"><h4>{title}</h4>{inner}</div>'

    def _question(self, cell: Any) -> None:
        name = grade_id(cell)
        item = _item(cell.source)
        if name in self._seen or item is None:
            return
        self._seen.add(name)
        score = self.context.scores[name]
        number = sum(card.item is not None for card in self.cards) + 1
        # What is wrong with the file as a whole is said once, above.
        read = mark(item, replace(self.context.answers, problems=()), self.context.page)
        kind, verdict = feedback.verdict(item, read.answer)
        self.blocks.append(
            _Card(
                number,
                kind,
                verdict,
                score,
                explained(read),
                asked=feedback.question(item),
                sure=feedback.sureness(kind, read.confidence),
                remarks=(*read.notes, *_changed(score, read)),
                item=item,
            )
        )


def explained(read: Mark) -> str:
    """Return own and best answer, rationales and sources of one marked item as HTML."""
    try:
        return feedback.explain(read.item, read.answer, fold=True)
    except Exception as error:  # noqa: BLE001 - one item must not cost anybody the whole page
        return f"<p>The explanation could not be drawn: {escape(str(error))}</p>"


@lru_cache(maxsize=512)
def _item(source: str) -> Item | None:
    """Return the item with its key, or None for a cell that holds none; a class shares them."""
    try:
        item = item_in(source)
    except ItemError:
        return None
    return item if item is not None and item.secret is not None else None


def _marked(score: Score, is_open: bool) -> tuple[str, str]:
    if is_open:
        return "unanswered", "Not answered"
    if score.waiting:
        return "waiting", "Not marked yet"
    if score.points >= score.most:
        return "right", "Full points"
    return ("partly", "Part of the points") if score.points > 0 else ("wrong", "No points")


def _changed(score: Score, read: Mark) -> tuple[str, ...]:
    if score.manual is not None and score.manual != score.auto:
        return (f"Your instructor set the points of this question: {_points(score.manual)}.",)
    if score.auto is not None and abs(score.auto - read.points) > 1e-6:
        return (
            "The points are those in the gradebook. They do not fit the answer shown here; "
            "please ask your instructor.",
        )
    return ()


def _number(value: float) -> str:
    return f"{round(value, 2):g}"


def _points(value: float) -> str:
    return f"{_number(value)} {'point' if value == 1 else 'points'}"


def _of(points: float, most: float) -> str:
    return f"{_number(points)} of {_points(most)}"


def _duration(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    for size, unit in ((1440, "day"), (60, "hour"), (1, "minute")):
        count = minutes // size
        if count:
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return ""


def page(notebook: Any, context: Context) -> str:
    """Return the feedback page on one graded notebook.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        From nbgrader's ``autograded`` folder. Its items hold their keys.
    context : Context
        What else the page says.

    Returns
    -------
    str
        HTML without scripts that loads nothing. Whatever a trainee or a marker typed is escaped.
    """
    sheet = _Sheet(notebook, context)
    return str(_template().render(page=sheet, context=context))


@lru_cache(maxsize=1)
def _template() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES / "trainee"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("feedback.html.j2")


class FeedbackWriter:
    """Draws the pages of one assignment, for one trainee after the other.

    Parameters
    ----------
    course : Course
        The class.
    assignment : str
        Its name.
    model_answers : bool, optional
        Whether to show model answers; as :class:`FeedbackExporter` is configured by default.
    self_rating : bool
        Whether the reader learns alone and rates their own words: the model answer is shown at
        once, and the page says so.
    """

    def __init__(
        self,
        course: Course,
        assignment: str,
        model_answers: bool | None = None,
        *,
        self_rating: bool = False,
    ) -> None:
        self.course = course
        self.assignment = assignment
        self._self_rating = self_rating
        if model_answers is None:
            model_answers = FeedbackExporter(config=course.config).show_model_answers
        self._model_answers = model_answers
        self._rubrics: dict[str, dict[str, str]] = {}

    @cached_property
    def _notes(self) -> list[noted.Note]:
        return noted.read(self.course.classroom, self.assignment)

    def contexts(self, student: str, gradebook: Any) -> dict[str, Context]:
        """Return what the pages of one trainee say, by page.

        Parameters
        ----------
        student : str
            Whose.
        gradebook : nbgrader.api.Gradebook
            Open.

        Raises
        ------
        CourseError
            If the gradebook holds nothing of theirs.
        """
        from nbgrader.api import MissingEntry

        try:
            entry = gradebook.find_submission(self.assignment, student)
        except MissingEntry:
            raise CourseError(
                f"The gradebook holds no work of “{student}” for “{self.assignment}”. "
                f"Run: nbgrader autograde {self.assignment}"
            ) from None
        answers = answers_in(self.course.place("autograded", self.assignment, student))
        books = list(entry.notebooks)
        names = [book.name for book in books]
        return {
            book.name: Context(
                student=student,
                assignment=self.assignment,
                page=book.name,
                handed_in=entry.timestamp,
                seconds_late=float(entry.total_seconds_late),
                penalty=float(book.late_submission_penalty or 0),
                scores={grade.name: _score(grade) for grade in book.grades},
                comments={each.name: _comment(each) for each in book.comments if _comment(each)},
                answers=answers,
                rubrics=self._rubrics_of(book.name),
                notes=self._notes_on(student, book.name, names, answers),
                model_answers=self._model_answers,
                self_rating=self._self_rating,
            )
            for book in books
        }

    def write(self, student: str, gradebook: Any) -> list[Path]:
        """Write one trainee's pages where ``nbgrader generate_feedback`` writes them.

        Returns
        -------
        list of pathlib.Path
            The pages.

        Raises
        ------
        CourseError
            If there is no graded work of theirs.
        """
        import nbformat

        source = self.course.place("autograded", self.assignment, student)
        found = sorted(source.glob("*.ipynb"))
        if not found:
            raise CourseError(
                f"Nothing of “{student}” has been graded for “{self.assignment}”. "
                f"Run: nbgrader autograde {self.assignment}"
            )
        contexts = self.contexts(student, gradebook)
        target = self.course.place("feedback", self.assignment, student)
        if target.exists():
            shutil.rmtree(target)
        target.mkdir(parents=True)
        self._copy_others(source, target)
        written = []
        for path in found:
            if path.stem in contexts:
                notebook = nbformat.read(path, as_version=4)
                written.append(target / f"{path.stem}.html")
                written[-1].write_text(page(notebook, contexts[path.stem]), encoding="utf-8")
                written[-1].chmod(0o644)
        return written

    def _copy_others(self, source: Path, target: Path) -> None:
        """Copy what nbgrader copies beside the pages, the time of handing in above all."""
        from nbgrader.utils import find_all_files

        for name in find_all_files(str(source), [*self.course.coursedir.ignore, "*.ipynb"]):
            other = Path(name)
            if other.is_symlink():
                continue
            copy = target / other.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(other, copy)
            copy.chmod(0o644)

    def _rubrics_of(self, name: str) -> dict[str, str]:
        if name not in self._rubrics:
            master = self.course.place("source", self.assignment) / f"{name}.ipynb"
            self._rubrics[name] = rubrics(master)
        return self._rubrics[name]

    def _notes_on(
        self, student: str, name: str, names: list[str], answers: Answers
    ) -> tuple[str, ...]:
        """Return what concerns one page; other pages say the rest themselves."""
        others = tuple(
            f"{other}{end}" for other in names if other != name for end in (":", ".ipynb")
        )
        found = [
            note.reason
            for note in self._notes
            # What was done to a page is between instructor and trainee, not for a form letter.
            if note.student == student and EDITED not in note.reason
        ]
        found = [reason for reason in found if not reason.startswith(others)]
        if answers.problems and not any(reason.startswith("answer file") for reason in found):
            found.append("answer file: " + "; ".join(answers.problems))
        return tuple(re.sub(rf"^{re.escape(name)}: ", "", reason) for reason in found)


def _score(grade: Any) -> Score:
    # A person's points stand, also when a new hand-in makes nbgrader ask for another look.
    waiting = grade.manual_score is None and bool(grade.needs_manual_grade)
    return Score(
        float(grade.score),
        float(grade.max_score),
        grade.auto_score,
        grade.manual_score,
        waiting,
    )


def _comment(comment: Any) -> str:
    words = str(comment.comment or "").strip()
    return "" if words == _NO_RESPONSE else words


def write_feedback(
    course: Course,
    assignment: str,
    student: str,
    gradebook: Any = None,
    *,
    self_rating: bool = False,
) -> list[Path]:
    """Write one trainee's feedback as ``nbgrader generate_feedback --force`` would.

    For many trainees in a row keep one :class:`FeedbackWriter`.

    Parameters
    ----------
    course : Course
        The class.
    assignment, student : str
        Whose feedback on what.
    gradebook : nbgrader.api.Gradebook, optional
        One that is open already.
    self_rating : bool
        Whether the reader learns alone and rates their own words.

    Returns
    -------
    list of pathlib.Path
        The pages.

    Raises
    ------
    CourseError
        If there is no graded work of theirs.
    """
    writer = FeedbackWriter(course, assignment, self_rating=self_rating)
    if gradebook is not None:
        return writer.write(student, gradebook)
    with course.gradebook() as opened:
        return writer.write(student, opened)


class FeedbackExporter(Exporter):
    """What ``nbgrader generate_feedback`` writes with, in place of nbconvert's copy of a notebook.

    Attributes
    ----------
    show_model_answers : bool
        Set ``c.FeedbackExporter.show_model_answers = False`` where the same case is used again.
    """

    show_model_answers = Bool(
        True, help="Whether rubric and model answer are shown once an answer has been marked."
    ).tag(config=True)
    output_mimetype = "text/html"

    @default("file_extension")
    def _html(self) -> str:
        return ".html"

    def from_notebook_node(
        self, nb: Any, resources: Any = None, **kwargs: Any
    ) -> tuple[str, dict[str, Any]]:
        """Draw the page on one graded notebook."""
        nb, resources = super().from_notebook_node(nb, resources, **kwargs)
        which = resources["nbgrader"]
        writer = self._writer(which["assignment"])
        with writer.course.gradebook() as gradebook:
            contexts = writer.contexts(which["student"], gradebook)
        return page(nb, contexts[which["notebook"]]), resources

    def _writer(self, assignment: str) -> FeedbackWriter:
        # An exporter lives for one run of the command, so nothing stale is kept.
        known: FeedbackWriter | None = getattr(self, "_known", None)
        if known is None or known.assignment != assignment:
            course = Course(self.parent.config, self.parent.coursedir)
            known = self._known = FeedbackWriter(course, assignment, self.show_model_answers)
        return known
