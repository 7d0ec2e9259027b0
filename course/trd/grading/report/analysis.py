"""From one class's answers to what its report says: numbers and findings, not yet a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from trd.grading.report import PASS_MARK, statistics
from trd.grading.report.classdata import (
    MISSING,
    WAITING,
    ClassData,
    FreeText,
    Place,
    Question,
    Response,
    Trainee,
)
from trd.grading.report.statistics import Option, Spread

#: Whoever leaves more than this share open needs a word.
MUCH_OPEN = 0.25
#: An objective on which the class earns less is called weak. A teaching convention.
WEAK = 0.6
#: Items outside these are looked at again: too hard, too easy, surely not telling who knows the
#: rest.
HARD, EASY, WEAK_LINK = 0.3, 0.9, 0.2
#: So many of the commonest mistakes are shown.
MOST = 5
_DUST = 1e-9


@dataclass(frozen=True)
class Mistake:
    """One mistake that several trainees may share.

    Attributes
    ----------
    what : str
        What was put down.
    n : int
        By how many.
    meaning : str
        What the item's author says about it, if anything.
    """

    what: str
    n: int
    meaning: str = ""


@dataclass(frozen=True)
class ItemResult:
    """How a class did on one item.

    Attributes
    ----------
    question : Question
        The item.
    n, right, partly, wrong, blank : int
        Trainees graded, and how many of them did what.
    p : float or None
        Difficulty: mean share of the points; None below ten trainees.
    r : float or None
        Corrected item-total correlation; None where it cannot be computed.
    r_interval : tuple of float or None
        Its 95 % interval by Fisher's z.
    certain_wrong : int or None
        Confident errors; None where confidence is not asked.
    median_s : float or None
        Rough median time, seconds, of ``timed`` trainees.
    timed : int
        How many have a time.
    options : tuple of Option
        Items with options to choose: who chose which.
    mistakes : tuple of Mistake
        Other items: the commonest, most frequent first.
    reasons : tuple of str
        Why the item should be reviewed; empty if there is no reason.
    perhaps_chance : bool
        Whether r is low, and in so small a class need not mean anything.
    """

    question: Question
    n: int
    right: int
    partly: int
    wrong: int
    blank: int
    p: float | None = None
    r: float | None = None
    r_interval: tuple[float, float] | None = None
    certain_wrong: int | None = None
    median_s: float | None = None
    timed: int = 0
    options: tuple[Option, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    reasons: tuple[str, ...] = ()
    perhaps_chance: bool = False

    @property
    def missed(self) -> int:
        """How many did not earn all its points."""
        return self.n - self.right


@dataclass(frozen=True)
class Scores:
    """The scores of a class as shares of the points that can be had.

    Attributes
    ----------
    complete : bool
        Whether answers in words are included: only once all of them are marked.
    maximum : float
        Points that can be had.
    shares : tuple of float
        One for each graded trainee.
    pages : mapping of str to tuple of float
        The same for each case that has points.
    safe : int or None
        How many got every safety-critical item right; None if there is none.
    meeting : int
        How many meet the suggested standard.
    """

    complete: bool
    maximum: float
    shares: tuple[float, ...] = ()
    pages: dict[str, tuple[float, ...]] = field(default_factory=dict)
    safe: int | None = None
    meeting: int = 0

    @cached_property
    def spread(self) -> Spread | None:
        """Mean, median and range."""
        return statistics.spread(self.shares)


@dataclass(frozen=True)
class Reliability:
    """How consistent the items of one case are.

    Attributes
    ----------
    page : str
        The case.
    items, n : int
        Items that are marked without a person, and trainees.
    alpha : float or None
        Cronbach's alpha.
    interval : tuple of float or None
        95 % bootstrap interval.
    why_not : str
        Why it was not computed.
    """

    page: str
    items: int
    n: int
    alpha: float | None = None
    interval: tuple[float, float] | None = None
    why_not: str = ""


@dataclass(frozen=True)
class ObjectiveResult:
    """How a class did on the items of one learning objective.

    Attributes
    ----------
    id : str
        Such as ``"LO-1.2"``.
    questions : tuple of Question
        The items that test it.
    share : float or None
        Mean share of their points; None below ten trainees.
    all_right : int
        How many earned all their points.
    """

    id: str
    questions: tuple[Question, ...]
    share: float | None
    all_right: int

    @property
    def weak(self) -> bool:
        """Whether the class should hear about it again."""
        return self.share is not None and self.share < WEAK


@dataclass(frozen=True)
class Analysis:
    """Everything a class report says.

    Attributes
    ----------
    data : ClassData
        What it was computed from.
    pass_mark : float
        Of the suggested standard, 0 to 1.
    trust : str
        ``"counts"``, ``"rough"`` or ``"fair"`` (:func:`trd.grading.report.statistics.trust`).
    items, scores, reliability, objectives
        See their classes; objectives weakest first.
    """

    data: ClassData
    pass_mark: float
    trust: str
    items: tuple[ItemResult, ...]
    scores: Scores
    reliability: tuple[Reliability, ...]
    objectives: tuple[ObjectiveResult, ...]

    @property
    def n(self) -> int:
        """How many are graded."""
        return len(self.data.graded)

    @property
    def missing(self) -> list[Trainee]:
        """Who has not handed in."""
        return [each for each in self.data.trainees if each.status == MISSING]

    @property
    def waiting(self) -> list[Trainee]:
        """Who has handed in and is not graded."""
        return [each for each in self.data.trainees if each.status == WAITING]

    @property
    def texts_waiting(self) -> int:
        """How many answers in words a person has yet to mark."""
        return sum(text.waiting for each in self.data.graded for text in each.texts.values())

    @property
    def to_review(self) -> list[ItemResult]:
        """The items to look at again."""
        return [item for item in self.items if item.reasons]

    def left_much_open(self, trainee: Trainee) -> bool:
        """Whether somebody graded left more than a quarter of items and answers in words open."""
        asked = len(self.data.questions) + len(trainee.texts)
        blank = sum(each.blank for each in trainee.texts.values())
        left = len(self.data.questions) - self.answered(trainee) + blank
        return not trainee.folder_gone and left > MUCH_OPEN * asked

    def lapses(self, trainee: Trainee) -> list[tuple[Question, str]]:
        """Return the safety-critical items somebody missed, and how."""
        found = []
        for question in self.data.questions:
            response = trainee.responses.get(question.place)
            if not question.item.safety_critical or response is None:
                continue
            if response.points < question.points - _DUST:
                found.append((question, _how_missed(response, trainee.folder_gone)))
        return found

    def answered(self, trainee: Trainee) -> int:
        """Return how many items a trainee answered."""
        return sum(each.answer is not None for each in trainee.responses.values())


def _how_missed(response: Response, unknown: bool) -> str:
    if unknown:
        return "missed; the answer is not known"
    if response.answer is None:
        return "left open"
    return "wrong" if response.points <= 0 else "partly right"


def analyse(data: ClassData, pass_mark: float = PASS_MARK) -> Analysis:
    """Compute everything the report says.

    Parameters
    ----------
    data : ClassData
        From :func:`trd.grading.report.classdata.gather`.
    pass_mark : float
        Share of the points that the suggested standard asks for, 0 to 1.
    """
    trust = statistics.trust(len(data.graded))
    return Analysis(
        data,
        pass_mark,
        trust,
        _items(data, trust != "counts"),
        _scores(data, pass_mark),
        tuple(_reliability(data, page) for page in data.pages),
        _objectives(data, trust != "counts"),
    )


def _table(data: ClassData, questions: Sequence[Question]) -> list[list[float]]:
    """Return the points, a row for each trainee and a column for each question."""
    return [
        [each.responses[question.place].points for question in questions] for each in data.graded
    ]


def _share(earned: float, maximum: float) -> float:
    return earned / maximum if maximum > 0 else 0.0


def _items(data: ClassData, enough: bool) -> tuple[ItemResult, ...]:
    points = _table(data, data.questions)
    maximum = sum(question.points for question in data.questions)
    totals = [_share(sum(row), maximum) for row in points]
    found = []
    for column, question in enumerate(data.questions):
        responses = [each.responses[question.place] for each in data.graded]
        p = r = None
        if enough:
            p = statistics.difficulty([row[column] for row in points], question.points)
            r = statistics.discrimination(points, column)
        found.append(_item(question, responses, totals, p, r))
    return tuple(found)


def _item(
    question: Question,
    responses: Sequence[Response],
    totals: Sequence[float],
    p: float | None,
    r: float | None,
) -> ItemResult:
    answered = [each for each in responses if each.answer is not None]
    right = sum(each.points >= question.points - _DUST for each in answered)
    wrong = sum(each.points <= 0 < question.points for each in answered)
    seconds = [each.seconds for each in responses if each.seconds is not None]
    if 2 * len(seconds) < len(answered):
        # The first item of a sitting has a time only for those who came back to it.
        seconds = []
    asked = question.item.confidence
    interval = statistics.correlation_interval(r, len(responses))
    link = _link_reason(interval, statistics.differing([each.points for each in responses]))
    return ItemResult(
        question,
        len(responses),
        right,
        len(answered) - right - wrong,
        wrong,
        len(responses) - len(answered),
        p,
        r,
        interval,
        sum(each.certain_and_wrong for each in responses) if asked else None,
        statistics.median(seconds),
        len(seconds),
        _options(question, responses, totals),
        _mistakes(question, answered),
        tuple(filter(None, [*_ease_reasons(p, question.item.safety_critical), link])),
        perhaps_chance=r is not None and r < WEAK_LINK and not link,
    )


def _ease_reasons(p: float | None, safety_critical: bool) -> list[str]:
    found = []
    if p is not None and p < HARD:
        found.append("hard: check the wording and the key, then teach it again")
    # What is safety-critical everybody must know, so it cannot be too easy.
    if p is not None and p > EASY and not safety_critical:
        found.append("easy: fine for what everybody must know, else make it harder")
    return found


def _link_reason(interval: tuple[float, float] | None, differing: int) -> str:
    """Say what a low correlation asks for, if it is low beyond what chance does in a small class.

    Fisher's z supposes more spread than an item has that nearly everybody gets right: there one or
    two people make the correlation.
    """
    if interval is None or differing < statistics.FEWEST_CHOOSERS:
        return ""
    high = interval[1]
    if high < 0:
        return "those who do well otherwise do worse on it: check the key"
    return (
        "says little about who knows the rest: read its wording and options again"
        if high < WEAK_LINK
        else ""
    )


def _options(
    question: Question, responses: Sequence[Response], totals: Sequence[float]
) -> tuple[Option, ...]:
    item = question.item
    if item.kind not in ("single_best", "multiple_response") or item.secret is None:
        return ()
    key = [item.secret.key] if item.kind == "single_best" else list(item.secret.key)
    picks = [_picked(each.answer) for each in responses]
    return tuple(statistics.options(picks, totals, item.options, key))


def _picked(answer: Any) -> list[str]:
    if answer is None:
        return []
    return [answer] if isinstance(answer, str) else list(answer)


def _mistakes(question: Question, answered: Sequence[Response]) -> tuple[Mistake, ...]:
    find = {
        "numeric": _wrong_values,
        "ordering": _misplaced,
        "matching": _mismatched,
        "simulation": _unfinished,
    }.get(question.item.kind)
    return tuple(find(question, answered)[:MOST]) if find else ()


def _wrong_values(question: Question, answered: Sequence[Response]) -> list[Mistake]:
    item, secret = question.item, question.item.secret
    assert secret is not None  # noqa: S101 - pages hold nothing but items with keys
    counts = Counter(each.answer for each in answered if each.points <= 0)
    found = []
    for value, n in statistics.most(counts, MOST):
        meaning = [
            words
            for known, words in secret.common_errors.items()
            if abs(float(known) - value) <= secret.tolerance + _DUST
        ]
        found.append(Mistake(_in_unit(value, item.unit), n, " ".join(meaning)))
    return found


def _in_unit(value: float, unit: str) -> str:
    shown = f"{value:g}".replace("-", "\N{MINUS SIGN}")
    if abs(value) == 1 and len(unit) > 2 and unit.isalpha():
        unit = unit.removesuffix("s")  # authors write units as they stand after most numbers
    return f"{shown}\N{NO-BREAK SPACE}{unit}" if unit else shown


def _misplaced(question: Question, answered: Sequence[Response]) -> list[Mistake]:
    item, secret = question.item, question.item.secret
    assert secret is not None  # noqa: S101 - as above
    right = {name: place for place, name in enumerate(secret.key, start=1)}
    counts = Counter(
        (name, place)
        for each in answered
        for place, name in enumerate(each.answer, start=1)
        if right[name] != place
    )
    return [
        Mistake(f"“{item.options[name]}” at place {place} instead of {right[name]}", n)
        for (name, place), n in statistics.most(counts, MOST)
    ]


def _mismatched(question: Question, answered: Sequence[Response]) -> list[Mistake]:
    item, secret = question.item, question.item.secret
    assert secret is not None  # noqa: S101 - as above
    counts = Counter(
        (prompt, each.answer.get(prompt, ""))
        for each in answered
        for prompt, best in secret.key.items()
        if each.answer.get(prompt, "") != best
    )
    found = []
    for (prompt, option), n in statistics.most(counts, MOST):
        chose = f"with “{item.options[option]}”" if option else "left open"
        best = item.options[secret.key[prompt]]
        found.append(Mistake(f"“{item.prompts[prompt]}” {chose} instead of “{best}”", n))
    return found


def _unfinished(question: Question, answered: Sequence[Response]) -> list[Mistake]:
    del question
    n = sum(not each.answer["completed"] for each in answered)
    return [Mistake("run not finished", n)] if n else []


def _scores(data: ClassData, pass_mark: float) -> Scores:
    complete = not any(text.waiting for each in data.graded for text in each.texts.values())
    counted: list[Question | FreeText] = [*data.questions]
    if complete:
        counted += data.free_texts
    most = {page: 0.0 for page in data.pages}
    for each in counted:
        most[each.page] += each.points
    maximum = sum(most.values())
    shares: list[float] = []
    pages: dict[str, list[float]] = {page: [] for page, points in most.items() if points > 0}
    for trainee in data.graded:
        earned = dict.fromkeys(most, 0.0)
        for each in counted:
            earned[each.page] += _points(trainee, each.place)
        shares.append(_share(sum(earned.values()), maximum))
        for page, of in pages.items():
            of.append(_share(earned[page], most[page]))
    critical = [question for question in data.questions if question.item.safety_critical]
    safe = [
        all(trainee.responses[q.place].points >= q.points - _DUST for q in critical)
        for trainee in data.graded
    ]
    return Scores(
        complete,
        maximum,
        tuple(shares),
        {page: tuple(of) for page, of in pages.items()},
        sum(safe) if critical else None,
        sum(ok and share >= pass_mark - _DUST for ok, share in zip(safe, shares, strict=True)),
    )


def _points(trainee: Trainee, place: Place) -> float:
    if place in trainee.responses:
        return trainee.responses[place].points
    return trainee.texts[place].points


def _reliability(data: ClassData, page: str) -> Reliability:
    questions = [each for each in data.questions if each.page == page]
    n = len(data.graded)
    why = ""
    if len(questions) < statistics.FEWEST_ITEMS:
        why = f"fewer than {statistics.FEWEST_ITEMS} items"
    elif n < statistics.FEWEST:
        why = f"fewer than {statistics.FEWEST} trainees"
    points = _table(data, questions)
    found = None if why else statistics.alpha(points)
    if found is None:
        return Reliability(page, len(questions), n, why_not=why or "all totals are the same")
    return Reliability(page, len(questions), n, found, statistics.alpha_interval(points))


def _objectives(data: ClassData, enough: bool) -> tuple[ObjectiveResult, ...]:
    groups: dict[str, list[Question]] = {}
    for question in data.questions:
        if question.item.objective and question.points > 0:
            groups.setdefault(question.item.objective, []).append(question)
    found = []
    for name, questions in groups.items():
        sums = [sum(row) for row in _table(data, questions)]
        maximum = sum(question.points for question in questions)
        found.append(
            ObjectiveResult(
                name,
                tuple(questions),
                statistics.difficulty(sums, maximum) if enough else None,
                sum(earned >= maximum - _DUST for earned in sums),
            )
        )
    return tuple(sorted(found, key=lambda each: (each.share or 0.0, each.all_right, each.id)))
