"""The calls that notebooks make: one function an item type, its behaviour decided by what it sees.

=============  =====================  ==================================================
key present?   running under          behaviour
=============  =====================  ==================================================
no             a trainee's lab        show the item, record the answer, tell nothing
yes            a lesson (self-check)  show the item, then verdict, rationales, sources
yes            grading                a result that nbgrader reads as points
no             grading                an error: unanswered work would earn full marks
=============  =====================  ==================================================
"""

from __future__ import annotations

from typing import Any

from trd.quiz import feedback, scoring
from trd.quiz.items import Item, ItemError, build
from trd.quiz.marking import mark
from trd.quiz.session import NotStartedError, Session, current, purpose


class Result:
    """What grading an item gives: points for nbgrader to read, feedback for a person."""

    def __init__(self, points: str, html: str) -> None:
        self._bundle = {"text/plain": points, "text/html": html}

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return self._bundle

    def __repr__(self) -> str:
        return self._bundle["text/plain"]


def single_best(*args: Any, **kwargs: Any) -> Any:
    """Ask for the one best answer: ``single_best(id, stem, {option: text}, …)``."""
    return present(build("single_best", *args, **kwargs))


def multiple_response(*args: Any, **kwargs: Any) -> Any:
    """Ask for all that apply: ``multiple_response(id, stem, {option: text}, …)``.

    Each right pick earns its share, each wrong pick costs as much, never below zero.
    """
    return present(build("multiple_response", *args, **kwargs))


def numeric(*args: Any, **kwargs: Any) -> Any:
    """Ask for a number: ``numeric(id, stem, unit=…, minimum=…, maximum=…, …)``."""
    return present(build("numeric", *args, **kwargs))


def ordering(*args: Any, **kwargs: Any) -> Any:
    """Ask for an order: ``ordering(id, stem, {option: text}, …)``; marks go by pairs."""
    return present(build("ordering", *args, **kwargs))


def matching(*args: Any, **kwargs: Any) -> Any:
    """Ask for pairs: ``matching(id, stem, {prompt: text}, {option: text}, …)``."""
    return present(build("matching", *args, **kwargs))


def simulation(*args: Any, **kwargs: Any) -> Any:
    """Run a model: ``simulation(id, stem, model=…, scenario=…, seed=…, …)``; marks by replay."""
    return present(build("simulation", *args, **kwargs))


def present(item: Item) -> Any:
    """Return what a cell with this item shows, or is worth, here and now."""
    try:
        session = current()
    except NotStartedError as error:
        if purpose() != "work":
            # Any text that is not a number would be read by nbgrader as full marks.
            raise
        from trd.panel.cards import Notice

        return Notice(str(error))
    if session.purpose == "autograde":
        return grade(item, session)
    if session.purpose == "validate":
        return _validate(item)
    from trd.quiz import widget

    if item.kind == "simulation":
        return widget.simulation(item, session, _heading(item, session))
    return widget.ItemWidget(item, session, _heading(item, session))


def grade(item: Item, session: Session) -> Result:
    """Score the recorded answer to an item.

    Raises
    ------
    ItemError
        If the item has no key.
    """
    marked = mark(item, session.graded.read(), session.notebook)
    return Result(marked.text, marked.html)


def _validate(item: Item) -> Result:
    """Under nbgrader's *Validate*, the master must earn full marks with its own key."""
    if item.secret is None:
        raise ItemError("A released assignment holds no keys, so there is nothing to validate.")
    answer = None if item.kind == "simulation" else scoring.clean(item, item.secret.key)
    earned = item.points if item.kind == "simulation" else scoring.points(item, answer)
    return Result(scoring.points_text(earned, item.points), feedback.render(item, answer))


def _heading(item: Item, session: Session) -> str:
    try:
        items = session.items
    except (ItemError, OSError, ValueError):
        # The number is a courtesy; a notebook that is being saved this very moment may lack it.
        items = []
    if item.secret is not None and not item.points:
        own = [each.id for each in items if item.together and each.together == item.together]
        return _numbered(item, own) or "Check yourself"
    worth = f"{item.points:g} {'point' if item.points == 1 else 'points'}"
    number = _numbered(item, [each.id for each in items])
    return f"{number} · {worth}" if number else worth


def _numbered(item: Item, ids: list[str]) -> str:
    return f"Question {ids.index(item.id) + 1} of {len(ids)}" if item.id in ids else ""
