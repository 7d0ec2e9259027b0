"""Made-up trainees: what each of a class would answer, write and hand in, and when.

Nothing here touches a disk or a gradebook, and nothing depends on the day or the machine: the same
seed gives the same class. Who knows how much follows a two-parameter logistic item-response model
with a floor for guessing (Birnbaum, in Lord and Novick 1968): the more able a trainee, the likelier
a right answer, and each question has a difficulty and a slope of its own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from trd.grading.masters import Page
from trd.quiz import scoring
from trd.quiz.items import Item, ItemError
from trd.quiz.scoring import AnswerError
from trd.quiz.simulation import load

#: The Monday on which the first assignment is handed out; each further one comes a week later.
FIRST_WEEK = datetime(2026, 2, 2, tzinfo=UTC)
#: Everything is due on the Sunday evening of its week.
UNTIL_DUE = timedelta(days=6, hours=23)
#: What is special about the second to the seventh; everybody else hands in once, in time.
ROLES = {
    2: "twice",  # hands in twice; the second time is better
    3: "late",
    4: "half",  # hands in half of the answers
    5: "idle",  # fetches, and does nothing
    6: "absent",  # does not even fetch
    7: "tinkers",  # takes a question out of the page and puts a cell of code in
}
#: What one may say without having looked anything up.
_FILLER = (
    "Thank you for asking me to look at this.",
    "I have read everything that was sent, more than once.",
    "I would rather say too little than too much at this point.",
    "This needs more thought than one page allows.",
    "There are arguments on both sides.",
    "We have seen something similar before, though it was not quite the same.",
    "I am happy to talk about it on the phone.",
    "Nothing here is urgent as far as I can see.",
    "I hope that this is of some help.",
    "Please excuse the short answer.",
)
_COMMENTS = (
    (0.8, "Clear and nearly complete. Read it once more as the person who receives it."),
    (0.5, "A good start. Compare it with the model answer, line by line: what is missing?"),
    (0.2, "Some of it is here. Say what you conclude, and on which facts from the case."),
    (0.0, "This is too little to go by. Look at the model answer, then write it afresh."),
)
#: Seconds that a question of each kind takes.
_SECONDS = {"single_best": 75, "ordering": 100, "multiple_response": 110, "numeric": 120}
_SECONDS |= {"matching": 150, "simulation": 420}


@dataclass(frozen=True)
class Trainee:
    """Somebody who does not exist.

    Attributes
    ----------
    id : str
        ``"trainee-01"`` and so on.
    number : int
        Which of the class it is, from 1.
    ability : float
        In standard deviations; 0 is the average of all classes.
    role : str
        One of :data:`ROLES`, or empty.
    """

    id: str
    number: int
    ability: float
    role: str = ""


@dataclass(frozen=True)
class Record:
    """One line for the answer log."""

    notebook: str
    item: str
    answer: Any
    confidence: str | None
    at: datetime


@dataclass(frozen=True)
class Attempt:
    """What lies on a trainee's desk when it is handed in.

    Attributes
    ----------
    records : tuple of Record
        The answers since the last time, in the order they are given.
    texts : mapping of str to mapping of str to str
        By page and cell: what is written into free-text cells.
    shares : mapping of tuple of str to float
        By page and cell: how much of the model answer a text holds, from 0 to 1.
    handed_in : datetime.datetime
        When.
    """

    records: tuple[Record, ...]
    texts: Mapping[str, Mapping[str, str]]
    shares: Mapping[tuple[str, str], float]
    handed_in: datetime


@dataclass(frozen=True)
class Marking:
    """What a marker gives for one text: points, and a comment."""

    points: float
    comment: str


def roster(count: int, seed: int) -> tuple[Trainee, ...]:
    """Return a class. A smaller class of the same seed is the beginning of a larger one."""
    width = max(2, len(str(count)))
    chance = Random(seed)  # noqa: S311 - it decides nothing that must be secret
    return tuple(
        Trainee(f"trainee-{n:0{width}}", n, chance.gauss(0, 1), ROLES.get(n, ""))
        for n in range(1, count + 1)
    )


@dataclass(frozen=True)
class _Trait:
    """How one question behaves: the same for everybody."""

    difficulty: float
    slope: float
    #: Wrong options from the most to the least tempting.
    tempting: tuple[str, ...] = ()

    def chance(self, ability: float, floor: float) -> float:
        return floor + (1 - floor) / (1 + math.exp(-self.slope * (ability - self.difficulty)))


class Week:
    """One assignment, and what anybody would make of it.

    Parameters
    ----------
    assignment : str
        Its name.
    pages : mapping of str to Page
        Its pages with keys and model answers.
    seed : int
        Of the class.
    number : int
        Which week of the course it is, from 0.
    """

    def __init__(
        self, assignment: str, pages: Mapping[str, Page], seed: int, number: int = 0
    ) -> None:
        self.assignment = assignment
        self.pages = pages
        self.opens = FIRST_WEEK + timedelta(weeks=number)
        self.due = self.opens + UNTIL_DUE
        self._seed = seed
        self._traits: dict[tuple[str, str], _Trait] = {}
        self._runs: dict[tuple[str, str], list[Any]] = {}
        for name, page in pages.items():
            # One question of each page tells the able from the others no better than a coin.
            pointless = self._dice("pointless", name).choice([*page.items.values()] or [None])
            for item in page.items.values():
                self._traits[name, item.id] = self._trait(name, item, item is pointless)

    def _dice(self, *about: str) -> Random:
        # Text and not a tuple: its seed is the same in every process and on every machine.
        words = "/".join([str(self._seed), self.assignment, *about])
        return Random(words)  # noqa: S311 - it decides nothing that must be secret

    def _trait(self, page: str, item: Item, pointless: bool) -> _Trait:
        dice = self._dice("item", page, item.id)
        difficulty, slope = dice.gauss(-0.5, 0.9), dice.uniform(0.8, 1.9)
        wrong = [name for name in item.options if name != _secret(item).key]
        dice.shuffle(wrong)
        return _Trait(difficulty, 0.0 if pointless else slope, tuple(wrong))

    def attempts(self, trainee: Trainee) -> tuple[Attempt, ...]:
        """Return what a trainee hands in, in order; nobody has more than two attempts."""
        if trainee.role in ("idle", "absent"):
            return ()
        return _Evening(self, trainee, self._dice("trainee", str(trainee.number))).attempts()

    def marking(self, trainee: Trainee, attempt: Attempt, page: str, cell: str) -> Marking | None:
        """Return what a marker gives for a text; None where there is none."""
        if cell not in attempt.texts.get(page, {}):
            return None
        dice = self._dice("marker", str(trainee.number), page, cell)
        share, most = attempt.shares[page, cell], self.pages[page].points(cell)
        # Half points, as rubrics have them, and no marker is quite the same every day.
        points = round(2 * most * share + dice.choice([-1, 0, 0, 0, 1])) / 2
        comment = next(words for least, words in _COMMENTS if share >= least)
        return Marking(min(most, max(0.0, points)), comment)

    def chance(self, trainee: Trainee, page: str, item: Item) -> float:
        """Return how likely a trainee is to give the best answer, from 0 to 1."""
        floor = 1 / len(item.options) if item.kind == "single_best" else 0.0
        return self._traits[page, item.id].chance(trainee.ability, floor)

    def tempting(self, page: str, item: Item) -> tuple[str, ...]:
        """Return the wrong options of an item, the most tempting first."""
        return self._traits[page, item.id].tempting

    def runs(self, page: str, item: Item) -> list[Any]:
        """Return the example logs that a simulation's model offers, the worst first."""
        if (page, item.id) not in self._runs:
            self._runs[page, item.id] = _example_runs(item)
        return self._runs[page, item.id]


class _Evening:
    """One trainee at work on one assignment, with a clock that runs on."""

    def __init__(self, week: Week, trainee: Trainee, dice: Random) -> None:
        self.week = week
        self.trainee = trainee
        self.dice = dice
        self.pace = dice.lognormvariate(0, 0.2)
        day = 7 if trainee.role == "late" else dice.randrange(6)
        self.now = week.opens + timedelta(days=day, seconds=dice.randint(17 * 3600, 19 * 3600))
        self.records: list[Record] = []
        self.texts: dict[str, dict[str, str]] = {}
        self.shares: dict[tuple[str, str], float] = {}

    def attempts(self) -> tuple[Attempt, ...]:
        questions = [(p, i) for p, page in self.week.pages.items() for i in page.items.values()]
        half = (len(questions) + 1) // 2
        if self.trainee.role == "half":
            self._answer(questions[:half])
            return (self._hand_in(),)
        if self.trainee.role != "twice":
            self._answer(questions)
            self._write()
            return (self._hand_in(),)
        self._answer(questions[:half])
        first = self._hand_in()
        self.now += timedelta(hours=18, minutes=self.dice.randrange(50))
        self._complete(questions[half:])
        self._write()
        return first, self._hand_in()

    def _complete(self, questions: Sequence[tuple[str, Item]]) -> None:
        """Answer what was left out, and one of it right for certain."""
        self._answer(questions)
        for page, item in questions[:1]:
            if item.kind != "simulation":
                self._pass(self.dice.uniform(15, 80))
                self._record(page, item, _key(item), right=True)

    def _hand_in(self) -> Attempt:
        self._pass(self.dice.uniform(30, 240))
        done = Attempt(tuple(self.records), dict(self.texts), dict(self.shares), self.now)
        self.records = []
        return done

    def _pass(self, seconds: float) -> None:
        self.now += timedelta(seconds=max(1, round(seconds)))

    # --- questions ----------------------------------------------------------------------

    def _answer(self, questions: Sequence[tuple[str, Item]]) -> None:
        revised = []
        for page, item in questions:
            if self.dice.random() < 0.03:
                continue
            seconds = _SECONDS[item.kind] * self.pace * self.dice.lognormvariate(0, 0.45)
            # Sometimes somebody rings, or the kettle boils.
            self._pass(seconds + (self.dice.uniform(300, 1200) if self.dice.random() < 0.05 else 0))
            answer, right = self._choice(page, item)
            if answer is None:
                continue
            if item.kind != "simulation" and self.dice.random() < 0.12:
                revised.append((page, item, answer, right))
                answer = (
                    self._wrong(page, item) if right or self.dice.random() < 0.5 else _key(item)
                )
                right = answer == _key(item)
            self._record(page, item, answer, right)
        for page, item, answer, right in revised:
            self._pass(self.dice.uniform(15, 80))
            self._record(page, item, answer, right)

    def _choice(self, page: str, item: Item) -> tuple[Any, bool]:
        chance = self.week.chance(self.trainee, page, item)
        if item.kind == "simulation":
            runs = self.week.runs(page, item)
            if not runs:
                return None, False
            place = int(len(runs) * (chance + self.dice.uniform(-0.3, 0.3)))
            place = min(len(runs) - 1, max(0, place))
            return runs[place], place == len(runs) - 1
        if self.dice.random() < chance:
            return _key(item), True
        return self._wrong(page, item), False

    def _wrong(self, page: str, item: Item) -> Any:
        answer = _WRONG[item.kind](item, self.week.tempting(page, item), self.dice)
        try:
            return scoring.clean(item, answer)
        except AnswerError:
            return None

    def _record(self, page: str, item: Item, answer: Any, right: bool) -> None:
        if answer is None:
            return
        self.records.append(Record(page, item.id, answer, None, self.now))
        if item.confidence:
            # A second click, which the page saves as a second line.
            self._pass(self.dice.uniform(2, 7))
            how = self._confidence(right)
            self.records.append(Record(page, item.id, answer, how, self.now))

    def _confidence(self, right: bool) -> str:
        weights = (10, 40, 50) if right else (40, 42, 18)
        return self.dice.choices(("guess", "fairly-sure", "certain"), weights)[0]

    # --- answers in words ---------------------------------------------------------------

    def _write(self) -> None:
        for name, page in self.week.pages.items():
            for cell in page.free_texts:
                if self.dice.random() < 0.08:
                    continue
                text, share = self._text(page.rubrics.get(cell, ""))
                self.texts.setdefault(name, {})[cell] = text
                self.shares[name, cell] = share
                self._pass(len(text.split()) * self.dice.uniform(3, 6))

    def _text(self, rubric: str) -> tuple[str, float]:
        """Return a text and how much of the model answer it holds."""
        model = model_sentences(rubric)
        filler = self.dice.sample(_FILLER, self.dice.randint(1, 4))
        if not model:
            return " ".join(filler), 0.0
        if self.dice.random() < 0.15:
            return f"{self.dice.choice(model)} {filler[0]}", 1 / len(model)
        quality = 1 / (1 + math.exp(-self.trainee.ability - 0.4 - self.dice.gauss(0, 0.7)))
        kept = max(1, round(quality * len(model)))
        places = sorted(self.dice.sample(range(len(model)), kept))
        words = [filler[0], *(model[place] for place in places)]
        return " ".join([*words, *filler[1 : 1 + len(model) - kept]]), kept / len(model)


# --- questions and model answers ------------------------------------------------------------


def _secret(item: Item) -> Any:
    if item.secret is None:
        raise ItemError(f"Item “{item.id}” has no key, so nobody can answer it well or badly.")
    return item.secret


def _key(item: Item) -> Any:
    return scoring.clean(item, _secret(item).key)


def _wrong_single(item: Item, tempting: Sequence[str], dice: Random) -> str:
    # The last of them is hardly ever taken, as in real classes.
    weights = [0.05 if n and n == len(tempting) - 1 else 1 / 3**n for n in range(len(tempting))]
    return dice.choices(tempting, weights)[0]


def _wrong_multiple(item: Item, tempting: Sequence[str], dice: Random) -> list[str]:
    chosen = set(_secret(item).key)
    others = [name for name in tempting if name not in chosen]
    if len(chosen) > 1 and (not others or dice.random() < 0.6):
        chosen.discard(dice.choice(sorted(chosen)))
    if others and (set(_secret(item).key) == chosen or dice.random() < 0.5):
        chosen.add(others[0] if dice.random() < 0.7 else dice.choice(others))
    return [name for name in item.options if name in chosen]


def _wrong_ordering(item: Item, tempting: Sequence[str], dice: Random) -> list[str]:
    order = list(_secret(item).key)
    for place in dice.sample(range(len(order) - 1), min(len(order) - 1, dice.choice([1, 1, 1, 2]))):
        order[place], order[place + 1] = order[place + 1], order[place]
    return order


def _wrong_matching(item: Item, tempting: Sequence[str], dice: Random) -> dict[str, str]:
    pairs = dict(_secret(item).key)
    for _ in range(dice.choice([1, 1, 2])):
        one, other = dice.sample(sorted(pairs), 2)
        if pairs[one] == pairs[other]:
            pairs[one] = dice.choice([name for name in item.options if name != pairs[one]])
        else:
            pairs[one], pairs[other] = pairs[other], pairs[one]
    if pairs == dict(_secret(item).key):
        pairs.pop(dice.choice(sorted(pairs)))
    return pairs


def _wrong_number(item: Item, tempting: Sequence[str], dice: Random) -> float:
    secret = _secret(item)
    known = [float(value) for value in secret.common_errors]
    slips = [secret.key * factor for factor in (0.1, 0.5, 2, 10)]
    slips += [secret.key + step * (secret.tolerance + 1) for step in (-2, 2)]

    def fits(number: float) -> bool:
        away = abs(number - secret.key) > secret.tolerance
        return away and item.minimum <= number <= item.maximum

    known, slips = list(filter(fits, known)), list(filter(fits, slips))
    if known and (not slips or dice.random() < 0.7):
        return dice.choices(known, [1 / 2**n for n in range(len(known))])[0]
    far = item.minimum if fits(item.minimum) else item.maximum
    return round(dice.choice(slips or [far]), 3)


_WRONG: dict[str, Callable[[Item, Sequence[str], Random], Any]] = {
    "single_best": _wrong_single,
    "multiple_response": _wrong_multiple,
    "ordering": _wrong_ordering,
    "matching": _wrong_matching,
    "numeric": _wrong_number,
}


def _example_runs(item: Item) -> list[Any]:
    """Return the example logs of a simulation as answers; none if its model offers none."""
    try:
        offer = getattr(load(item), "example_logs", None)
    except ItemError:
        return []
    logs = offer(item.scenario, item.seed) if callable(offer) else ()
    runs = [{"run": 1, "completed": True, "log": list(log)} for log in logs]
    return sorted(runs, key=lambda run: scoring.fraction(item, run))


_RUBRIC = re.compile(r"\W*\*\*rubric\b", re.IGNORECASE)
_HEADING = re.compile(r"\*\*model answer\*\*.*", re.IGNORECASE)
#: Not after a capital: “Ms N. said” is one sentence.
_END = re.compile(r"(?<=[a-z0-9%)][.;!?])\s+")


def model_sentences(rubric: str) -> list[str]:
    """Return the sentences of a model answer, from the Markdown of a master's free-text cell."""
    found: list[str] = []
    for line in rubric.splitlines():
        if _RUBRIC.match(line):
            break
        pieces = _END.split(_HEADING.sub("", line).replace("*", "").strip())
        found += [piece for piece in pieces if len(piece.split()) > 3 and not piece.endswith(",")]
    return [piece[0].upper() + piece[1:].rstrip(";.") + "." for piece in found]
