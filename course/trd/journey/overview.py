"""How far a reader is: lessons, questions that come back, and the three tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from trd.journey.pages import Page, attempts, set_of
from trd.journey.spacing import Attempt, Standing, standing
from trd.quiz.answers import Answers
from trd.quiz.items import Item

#: Names of the two sets of questions, as their items give them in ``together``.
BEFORE, AFTER = "before", "after"
#: Days from the last answer of the second set to the questions that are asked once more.
RETEST_DAYS = 60
#: So many questions at most on one day: what takes longer than a few minutes is put off.
A_DAY = 6
#: A run of a model takes too long to come back by itself.
_NOT_AGAIN = ("simulation",)


@dataclass(frozen=True)
class Due:
    """One question that comes back.

    Attributes
    ----------
    page : Page
    item : Item
    standing : Standing
    """

    page: Page
    item: Item
    standing: Standing


@dataclass(frozen=True)
class LessonState:
    """How far one lesson is.

    Attributes
    ----------
    page : Page
    answered, total : int
        Self-checks with an answer, and all of them.
    right_at_once : int
        Of those answered, how many were right the first time.
    due : tuple of Due
        Missed once, and not yet right often enough; in the order of the page.
    """

    page: Page
    answered: int
    total: int
    right_at_once: int
    due: tuple[Due, ...]


def lessons(pages: Sequence[Page], answers: Answers) -> tuple[LessonState, ...]:
    """Return how far each lesson is, and which of its questions are to come back.

    Not among these are runs of a model, and the guess with which each lesson begins.
    """
    return tuple(_lesson(page, answers) for page in pages if page.is_lesson)


def _lesson(page: Page, answers: Answers) -> LessonState:
    known, due = [], []
    for place, item in enumerate(page.own):
        again = item.kind not in _NOT_AGAIN
        # To score a run is to run it again, and no more than the first is asked about.
        state = standing(attempts(item, page.stem, answers, most=None if again else 1))
        if state is None:
            continue
        known.append(state)
        # The first of a lesson is a guess before any teaching: nothing was forgotten.
        if again and place and state.due is not None:
            due.append(Due(page, item, state))
    return LessonState(
        page=page,
        answered=len(known),
        total=len(page.own),
        right_at_once=sum(state.first_right for state in known),
        due=tuple(due),
    )


def coming_back(states: Iterable[LessonState]) -> tuple[Due, ...]:
    """Return every question that is to come back, the one due first at the front."""
    found = [due for state in states for due in state.due]
    # Of one day, those missed last before those already right a few times.
    return tuple(sorted(found, key=lambda due: (due.standing.due, due.standing.right_in_a_row)))


def today(due: Sequence[Due], day: date) -> tuple[Due, ...]:
    """Return what is asked on one day: what is due, up to a few minutes' worth.

    What can harm somebody when it is forgotten comes first.
    """
    now = [each for each in due if each.standing.due and each.standing.due <= day]
    return tuple(sorted(now, key=lambda each: not each.item.safety_critical))[:A_DAY]


@dataclass(frozen=True)
class SetResult:
    """How one set of questions went.

    Attributes
    ----------
    answered, total : int
    right : int or None
        None until every question is answered.
    completed : datetime.datetime or None
        When the last of them was answered.
    """

    answered: int
    total: int
    right: int | None = None
    completed: datetime | None = None


@dataclass(frozen=True)
class Journey:
    """The tests of a whole course.

    Attributes
    ----------
    before, after : SetResult
        At the start and at the end of the course.
    again : SetResult
        The questions asked once more, at least :data:`RETEST_DAYS` days after the end.
    again_from : datetime.datetime or None
        When they may be asked; None until the second set is answered.
    """

    before: SetResult
    after: SetResult
    again: SetResult
    again_from: datetime | None


def again_items(pages: Sequence[Page]) -> tuple[tuple[Page, Item], ...]:
    """Return the questions of the third test: alternately one of the first and of the second set.

    The sets are parallel, question by question, so each topic is asked once.
    """
    pairs = zip(set_of(BEFORE, pages), set_of(AFTER, pages), strict=False)
    return tuple(pair[number % 2] for number, pair in enumerate(pairs))


def journey(pages: Sequence[Page], answers: Answers) -> Journey:
    """Return how the three tests went."""
    before = _result([attempts(i, p.stem, answers) for p, i in set_of(BEFORE, pages)])
    after = _result([attempts(i, p.stem, answers) for p, i in set_of(AFTER, pages)])
    chosen = [attempts(item, page.stem, answers) for page, item in again_items(pages)]
    if after.completed is None:
        return Journey(before, after, SetResult(0, len(chosen)), None)
    from_then = after.completed + timedelta(days=RETEST_DAYS)
    later = [tuple(each for each in tries if each.at >= from_then)[:1] for tries in chosen]
    return Journey(before, after, _result(later), from_then)


def _result(tries: Sequence[Sequence[Attempt]]) -> SetResult:
    """Score a set by what stood when its last question was answered for the first time."""
    answered = [each for each in tries if each]
    if not tries or len(answered) < len(tries):
        return SetResult(len(answered), len(tries))
    completed = max(each[0].at for each in answered)
    stood = [[attempt for attempt in each if attempt.at <= completed][-1] for each in answered]
    return SetResult(len(answered), len(tries), sum(attempt.right for attempt in stood), completed)
