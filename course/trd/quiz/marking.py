"""Marking one recorded answer: the same for a kernel that grades and for graders without one."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from trd.quiz import feedback, scoring
from trd.quiz.answers import Answers
from trd.quiz.items import Item, ItemError
from trd.quiz.scoring import AnswerError
from trd.quiz.simulation import recorded


@dataclass(frozen=True)
class Mark:
    """What one item's recorded answer is worth.

    Attributes
    ----------
    item : Item
        With its secret.
    answer : object
        As :func:`trd.quiz.scoring.clean` returns it; None when there is none that can be used.
    points : float
        From 0 to ``item.points``, to six decimals.
    confidence : str or None
        One of the keys of :data:`trd.quiz.feedback.CONFIDENCE`, as recorded last.
    notes : tuple of str
        What the trainee should know about how the answer was read.
    """

    item: Item
    answer: Any
    points: float
    confidence: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The points as nbgrader reads them."""
        return scoring.points_text(self.points, self.item.points)

    @property
    def html(self) -> str:
        """The question and the feedback on the answer.

        Whatever goes wrong while it is drawn must not cost anybody a mark, so it says so instead.
        """
        asked = feedback.question(self.item)
        try:
            return asked + feedback.render(
                self.item, self.answer, self.confidence, " ".join(self.notes)
            )
        except Exception as error:  # noqa: BLE001 - see above
            return asked + f"<p>Feedback could not be drawn: {escape(str(error))}</p>"


def mark(item: Item, answers: Answers, notebook: str) -> Mark:
    """Score the answer to an item that counts.

    Parameters
    ----------
    item : Item
        With its secret.
    answers : Answers
        Everything the trainee's log holds.
    notebook : str
        File name of the item's page, without ``.ipynb``.

    Raises
    ------
    ItemError
        If the item has no key: unanswered work would otherwise earn full marks.
    """
    if item.secret is None:
        raise ItemError(
            f"Item “{item.id}” has no key, so it cannot be graded: "
            "run nbgrader generate_assignment, then autograde again."
        )
    history = answers.history(notebook, item.id)
    notes = []
    try:
        answer = scoring.clean(item, recorded(item, history))
    except AnswerError:
        answer = None
        notes.append("An answer was recorded, but it could not be read.")
    if answers.problems:
        count = len(answers.problems)
        what = "1 line" if count == 1 else f"{count} lines"
        some = "; ".join(answers.problems[:3])
        notes.append(f"{what} of the answer file could not be used: {some}.")
    confidence = history[-1].confidence if history else None
    return Mark(item, answer, scoring.points(item, answer), confidence, tuple(notes))
