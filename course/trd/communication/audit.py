"""The audited sentences as a quiz: deal them, judge them, tally by kind of flaw."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any

from trd.dice import Dice
from trd.parameters import split
from trd.paths import asset

SUPPORTED = "supported"
PARTLY = "partly"
OVERSTATED = "overstated"
UNSUPPORTED = "unsupported"
OMISSION = "misleading by omission"
MARKETING = "marketing"

#: Statuses good enough for a verdict that counts.
COUNTED = frozenset({"verified", "derived"})

#: How many sentences a draw has, and the last draw that can be asked for by number.
DRAW = 10
LAST_DRAW = 999


@dataclass(frozen=True)
class Kind:
    """One of the six verdicts.

    Attributes
    ----------
    name : str
        As in the table of claims.
    words, means : str
        What is on the button, and what it means.
    ask : str
        The question that uncovers it.
    trust : int
        How much of such a sentence a reader may take home: 3 all, 2 part, 1 little, 0 nothing.
    """

    name: str
    words: str
    means: str
    ask: str
    trust: int


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            Kind(
                SUPPORTED,
                "Holds",
                "right as a reader takes it",
                "Sound, and still worth a number, a time and a comparison.",
                3,
            ),
            Kind(
                PARTLY,
                "Partly right",
                "true for some, or under a condition",
                "Ask: for whom, when, and under which condition?",
                2,
            ),
            Kind(
                OVERSTATED,
                "Overstated",
                "larger or surer than the evidence",
                "Ask: how many in 100, compared with what, and how sure is that?",
                1,
            ),
            Kind(
                OMISSION,
                "Misleads by omission",
                "what it leaves out would change the picture",
                "Ask: what would a person need to hear before deciding?",
                1,
            ),
            Kind(
                MARKETING,
                "Advertising",
                "made to move or to sell; nothing to check",
                "Ask: what is left when the promising words are taken out, and who profits?",
                1,
            ),
            Kind(
                UNSUPPORTED,
                "Nothing supports it",
                "no evidence for it, or evidence against",
                "Ask: which study in people shows this?",
                0,
            ),
        )
    }
)

#: The most misleading sentences in this course's own order, like with like, with the reason.
WORST: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("C53",),
        "The top of a range, from a study in which everybody knew what they were given and nobody "
        "was compared; and it counts response, not recovery.",
    ),
    (("B15",), "A yes to “is it safe?” without one rate, one condition or one unknown."),
    (("E22",), "It makes the gain large and the harm small, and neither is in the studies."),
    (("D8", "C50"), "It offers relief in a crisis and says nothing about a plan for the crisis."),
    (("X1",), "Off-label is the first thing a person has to know before consenting."),
    (
        ("B11", "B12", "D9"),
        "It lends other conditions the evidence of depression; the largest trial in PTSD found no "
        "effect on it.",
    ),
    (("D11", "E12"), "Lasting gain is what people most want, and what has not been shown."),
    (("E10", "E16", "E17"), "It tells a story of repair that no study in people bears out."),
    (("C8", "C38"), "No test has shown a chemical fault that could be mended."),
    (
        ("C43",),
        "It makes a routine of a drug that deepens sedation and, at higher doses, may blunt the "
        "benefit.",
    ),
)
#: Reasons of their own for sentences whose neighbours at the same place say another thing.
_OWN_WHY: Mapping[str, str] = MappingProxyType(
    {
        "B11": "It lends another condition the evidence of depression; in bipolar depression the "
        "evidence is small and short.",
    }
)
#: Verdicts that the careful wording itself supports besides the one in the table: near, neither
#: too trusting nor too hard.
ARGUABLE: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        # The wording speaks against both halves of the sentence.
        "A10": frozenset({OVERSTATED, UNSUPPORTED}),
        # The sentence is right, and the wording names what it leaves out.
        "A12": frozenset({SUPPORTED, OMISSION}),
        # The wording adds trials that the sentence passes over.
        "C33": frozenset({PARTLY, OMISSION}),
    }
)
#: Sentences that come next: lists of mild effects without rates, and euphoria.
RUNNERS_UP = ("A20", "B16", "C46", "E9")

#: Sentences that mention suicide.
TENDER = frozenset({"A14", "A15", "B13", "C3", "C15", "C50", "D8"})


@dataclass(frozen=True)
class Statement:
    """One audited sentence, in this course's words.

    Attributes
    ----------
    id, article, claim, module, verdict, status, restatement : str
        As in ``assets/evidence/claims.csv``.
    evidence, taught_in : tuple of str
        Keys of the bibliography and plain remarks; places in the lessons.
    """

    id: str
    article: str
    claim: str
    module: str
    verdict: str
    evidence: tuple[str, ...]
    status: str
    restatement: str
    taught_in: tuple[str, ...]

    @property
    def counts(self) -> bool:
        """Whether a judgement of it is counted."""
        return self.status in COUNTED and not self.silence

    @property
    def silence(self) -> bool:
        """Whether it is not a sentence but something that all the articles leave out."""
        return self.id.startswith("X")

    @property
    def worst(self) -> tuple[int, str] | None:
        """Place among the ten most misleading, from 1, and why; None for the others."""
        for place, (ids, why) in enumerate(WORST, start=1):
            if self.id in ids:
                return place, _OWN_WHY.get(self.id, why)
        return None


@cache
def statements() -> Mapping[str, Statement]:
    """Return all audited sentences by id, in the order of the table."""
    with asset("evidence/claims.csv").open(encoding="utf-8-sig", newline="") as handle:
        return MappingProxyType(
            {
                row["id"]: Statement(
                    id=row["id"],
                    article=row["article"],
                    claim=row["claim"],
                    module=row["module"],
                    verdict=row["verdict"],
                    evidence=split(row["evidence"]),
                    status=row["status"],
                    restatement=row["restatement"],
                    taught_in=split(row["taught_in"]),
                )
                for row in csv.DictReader(handle)
            }
        )


# -- what is dealt -------------------------------------------------------------------------------

MIXED = "mixed"
SILENCE = "left-out"
_TOPIC = "topic: "
_DRILL = "drill: "


@cache
def topics() -> tuple[str, ...]:
    """Return the subjects of the sentences, in the order of the lessons."""
    order = ("what TRD is", "mechanism", "screening", "monitoring", "risk communication")
    found = dict.fromkeys(each.module for each in statements().values())
    return tuple(sorted(found, key=lambda name: (order.index(name) if name in order else 9, name)))


@cache
def sets() -> tuple[str, ...]:
    """Return the names of everything that can be dealt."""
    drills = [_DRILL + name for name in KINDS if name != SUPPORTED]
    return (MIXED, *(_TOPIC + name for name in topics()), *drills, SILENCE)


def topic_of(name: str) -> str:
    """Return the subject of a set; empty for a set of another sort."""
    return name.removeprefix(_TOPIC) if name.startswith(_TOPIC) else ""


def drill_of(name: str) -> str:
    """Return the kind of flaw that a set drills; empty for a set of another sort."""
    return name.removeprefix(_DRILL) if name.startswith(_DRILL) else ""


@cache
def _rank() -> Mapping[str, tuple[int, int]]:
    """Order the worst so that sentences that say the same do not come together."""
    rank = {
        name: (turn, place) for place, (ids, _) in enumerate(WORST) for turn, name in _turns(ids)
    }
    for place, name in enumerate(RUNNERS_UP):
        rank[name] = (0, len(WORST) + place)
    return MappingProxyType(rank)


def _turns(ids: tuple[str, ...]) -> Iterable[tuple[int, str]]:
    # The silence is dealt elsewhere; whoever stands behind it moves up.
    return enumerate(each for each in ids if not each.startswith("X"))


def _shuffled(dice: Dice, items: Iterable[Statement]) -> list[Statement]:
    pile = list(items)
    for last in range(len(pile) - 1, 0, -1):
        other = dice.whole(0, last)
        pile[last], pile[other] = pile[other], pile[last]
    return pile


def _merged(first: Sequence[Statement], second: Sequence[Statement]) -> list[Statement]:
    """Lay two piles into one another evenly, each in its own order."""
    placed = [
        ((index + 0.5) / len(pile), turn, each)
        for turn, pile in enumerate((first, second))
        for index, each in enumerate(pile)
    ]
    return [each for _, _, each in sorted(placed, key=lambda item: item[:2])]


def _deck(name: str, number: int) -> list[Statement]:
    """Return the sentences of a set in the order of one deck, flawed and sound in turn.

    The worst come first among the flawed; otherwise the deck's number shuffles.
    """
    dice = Dice(f"{name} {number}")
    everything = [each for each in statements().values() if not each.silence]
    topic, drilled = topic_of(name), drill_of(name)
    if topic:
        pool = [each for each in everything if each.module == topic]
    else:
        pool = [each for each in everything if each.counts]
    if drilled:
        asked = [each for each in pool if each.verdict == drilled]
        # Against what holds; "partly" stands between, so it is told from both its neighbours.
        foils = {SUPPORTED, PARTLY if drilled != PARTLY else OVERSTATED}
        other = [each for each in pool if each.verdict in foils]
        asked, other = _shuffled(dice, asked), _shuffled(dice, other)
        asked.sort(key=lambda each: _rank().get(each.id, (9, 0)))
        return _merged(asked, other[: len(asked)])
    flawed = _shuffled(dice, (each for each in pool if KINDS[each.verdict].trust < 2))
    flawed.sort(key=lambda each: _rank().get(each.id, (9, 0)))
    return _merged(flawed, _shuffled(dice, (e for e in pool if KINDS[e.verdict].trust >= 2)))


@cache
def draws_in(name: str) -> int:
    """Return after how many draws every sentence of a set has come once."""
    return 1 if name == SILENCE else -(-len(_deck(name, 0)) // DRAW)


def draw(name: str, number: int) -> tuple[Statement, ...]:
    """Return the sentences of one draw; the same for everybody who asks for it.

    Draws 1, 2, 3 … go through the whole set once, the worst first, and then begin again in
    another order. A mixed draw always has ten sentences that count: the last of a deck is filled
    up from its beginning.

    Parameters
    ----------
    name : str
        One of `sets`.
    number : int
        1 to `LAST_DRAW`.

    Raises
    ------
    ValueError
        If there is no such set or draw, in the reader's words.
    """
    if name not in sets():
        raise ValueError(f"There is no set of sentences called “{name}”.")
    if type(number) is not int or not 1 <= number <= LAST_DRAW:
        raise ValueError(f"Choose a draw by a whole number from 1 to {LAST_DRAW}.")
    if name == SILENCE:
        return tuple(each for each in statements().values() if each.silence)
    many = draws_in(name)
    turn, index = divmod(number - 1, many)
    deck = _deck(name, turn)
    if name == MIXED:
        cards = (deck + deck[: -len(deck) % DRAW])[index * DRAW : (index + 1) * DRAW]
    else:
        cards = deck[index * len(deck) // many : (index + 1) * len(deck) // many]
    return tuple(_shuffled(Dice(f"{name} draw {number}"), cards))


# -- judging -------------------------------------------------------------------------------------

HIT = "hit"
NEAR = "near"
FAR = "far"


@dataclass(frozen=True)
class Judged:
    """One judgement beside the verdict.

    Attributes
    ----------
    statement : Statement
    said : str
        The verdict that the reader chose.
    how : {"hit", "near", "far"}
        Near: a neighbouring verdict, or a flaw of another kind.
    lean : int
        1 too trusting, -1 too hard, 0 neither.
    """

    statement: Statement
    said: str

    @property
    def how(self) -> str:
        """How close the judgement came."""
        if self.said == self.statement.verdict:
            return HIT
        return NEAR if abs(self._steps) <= 1 else FAR

    @property
    def lean(self) -> int:
        """Which way the judgement leans."""
        return (self._steps > 0) - (self._steps < 0)

    @property
    def argued(self) -> bool:
        """Whether the careful wording supports this judgement as well."""
        return self.said in ARGUABLE.get(self.statement.id, ())

    @property
    def _steps(self) -> int:
        if self.argued:
            return 0
        return KINDS[self.said].trust - KINDS[self.statement.verdict].trust


def judge(statement: Statement, said: str) -> Judged:
    """Hold a judgement against the verdict.

    Raises
    ------
    ValueError
        If there is no such verdict, or nothing to judge.
    """
    if said not in KINDS:
        raise ValueError(f"“{said}” is none of the six judgements.")
    if statement.silence:
        raise ValueError("This is what the articles leave out: there is no sentence to judge.")
    return Judged(statement, said)


@dataclass(frozen=True)
class Tally:
    """Judgements of sentences of one kind, or of all kinds.

    Attributes
    ----------
    seen, hit, near, trusting, hard : int
        ``trusting`` and ``hard`` are far misses; ``seen`` is the sum of the other four.
    near_trusting, near_hard : int
        Near misses that lean; the rest of ``near`` named another flaw.
    """

    seen: int = 0
    hit: int = 0
    near: int = 0
    trusting: int = 0
    hard: int = 0
    near_trusting: int = 0
    near_hard: int = 0


def tally(judgements: Iterable[Judged], verdict: str | None = None) -> Tally:
    """Count judgements of sentences that count.

    Parameters
    ----------
    judgements : iterable of Judged
    verdict : str, optional
        Only sentences of this kind.
    """
    kept = [
        each
        for each in judgements
        if each.statement.counts and verdict in (None, each.statement.verdict)
    ]
    found = Counter((each.how, each.lean) for each in kept)
    return Tally(
        seen=len(kept),
        hit=found[HIT, 0],
        near=found[NEAR, 1] + found[NEAR, 0] + found[NEAR, -1],
        trusting=found[FAR, 1],
        hard=found[FAR, -1],
        near_trusting=found[NEAR, 1],
        near_hard=found[NEAR, -1],
    )


def confusions(judgements: Iterable[Judged]) -> list[tuple[str, str, int]]:
    """Return the far misses as (what it was, what was said, how often), the most frequent first."""
    found = Counter(
        (each.statement.verdict, each.said)
        for each in judgements
        if each.statement.counts and each.how == FAR
    )
    names = list(KINDS)
    return sorted(
        ((was, said, n) for (was, said), n in found.items()),
        key=lambda item: (-item[2], names.index(item[0]), names.index(item[1])),
    )


#: How many more judgements must lean one way than the other before it is called a leaning.
LEANING = 3


def leaning(judgements: Iterable[Judged]) -> int:
    """Return 1 if the judgements lean to trust, -1 if to mistrust, 0 if neither can be said."""
    everything = tally(judgements)
    trusting = everything.trusting + everything.near_trusting
    hard = everything.hard + everything.near_hard
    return 0 if abs(trusting - hard) < LEANING else 1 if trusting > hard else -1


# -- what is kept --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Round:
    """A draw as far as it was judged.

    Attributes
    ----------
    name, number : str, int
        The draw.
    said : mapping of str to str
        Judgement by id of the sentence.
    """

    name: str
    number: int
    said: Mapping[str, str] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """Return what is written down."""
        return {"set": self.name, "draw": self.number, "said": dict(self.said)}

    @property
    def judged(self) -> list[Judged]:
        """The judgements, in the order they were made."""
        return [judge(statements()[name], said) for name, said in self.said.items()]

    @property
    def whole(self) -> bool:
        """Whether every sentence of the draw was judged."""
        return all(each.id in self.said or each.silence for each in draw(self.name, self.number))


def read_round(answer: Any) -> Round | None:
    """Return a round from what was written down; None for anything that is no round."""
    if not isinstance(answer, Mapping):
        return None
    name, number, said = answer.get("set"), answer.get("draw"), answer.get("said")
    if not isinstance(name, str) or not isinstance(said, Mapping) or not said:
        return None
    if type(number) is not int:
        return None
    try:
        cards = {each.id for each in draw(name, number)}
    except ValueError:
        return None
    sound = all(
        isinstance(key, str) and key in statements() and isinstance(word, str) and word in KINDS
        for key, word in said.items()
    )
    # A draw may have changed since; its sentences are still sentences.
    if not sound or len(said) > max(DRAW, len(cards)) or any(k.startswith("X") for k in said):
        return None
    return Round(name, number, dict(said))


def latest(rounds: Iterable[Round]) -> list[Judged]:
    """Return the last judgement of every sentence."""
    said: dict[str, str] = {}
    for each in rounds:
        said.update(each.said)
    return [judge(statements()[name], word) for name, word in said.items()]


def next_draw(rounds: Iterable[Round], name: str) -> int:
    """Return the first draw of a set that was not judged to its end."""
    done = {each.number for each in rounds if each.name == name and each.whole}
    return next(n for n in range(1, LAST_DRAW + 1) if n not in done or n == LAST_DRAW)
