"""Eight conversations about ketamine: what is said, what the person hears, and what is won or lost.

A conversation is a small graph: every reply has an answer, feedback, points, and the turn that it
leads to. At the end the person says back what they took from it; which sentences those are depends
on the way. The words stand in ``conversations/*.toml``, one file a person.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from trd.dice import Dice

_FOLDER = Path(__file__).parent / "conversations"

#: The eight, in the order in which they are offered.
ORDER = ("maria", "tom", "dev", "lena", "sam", "george", "priya", "aisha")

#: The four points of the rubric.
POINTS: Mapping[str, str] = MappingProxyType(
    {
        "P1": "Answers and names the feeling",
        "P2": "A number that can be compared",
        "P3": "Honest limits",
        "P4": "Safety and choice",
    }
)
#: What each of them asks, in one line.
ASKS: Mapping[str, str] = MappingProxyType(
    {
        "P1": "what was asked is answered, fear or hope is named",
        "P2": "of how many, by when, against what, how many not",
        "P3": "what is unsure, unknown or off-label is said",
        "P4": "a check or plan, other ways left open; half of it is the teach-back",
    }
)
#: Half of P4 is earned in the talk, the other half by the teach-back.
TEACH_BACK = 0.5

TALK, STOPPED, JUDGE, REPAIR, DONE = "talk", "stopped", "judge", "repair", "done"

PUT_RIGHT = "put-right"
"""The repair that is written for the sentence itself."""


@dataclass(frozen=True)
class Reply:
    """One thing that can be said.

    Attributes
    ----------
    key, text : str
    answer : str
        What the person says to it.
    why : str
        Feedback to the trainee.
    to : str
        The next turn; empty when the talk ends here.
    points : mapping of str to float
        What it earns, by point of the rubric, 0.5 or 1 each.
    critical : str
        Why the conversation stops here; empty when it goes on.
    takes : str
        What the person says back at the end.
    heard : bool
        Whether that is right as it stands.
    put_right : str
        Words that put it right; empty when it is right.
    rows : tuple of str
        Ids of the evidence rows behind the words.
    """

    key: str
    text: str
    answer: str
    why: str
    to: str = ""
    points: Mapping[str, float] = field(default_factory=dict)
    critical: str = ""
    takes: str = ""
    heard: bool = True
    put_right: str = ""
    rows: tuple[str, ...] = ()


@dataclass(frozen=True)
class Turn:
    """What the person asks, and the replies in the order shown.

    Attributes
    ----------
    key, asks : str
    replies : tuple of Reply
    """

    key: str
    asks: str
    replies: tuple[Reply, ...]

    @property
    def at_stake(self) -> Mapping[str, float]:
        """The most that can be earned here, by point."""
        most: dict[str, float] = {}
        for reply in self.replies:
            for point, earned in reply.points.items():
                most[point] = max(earned, most.get(point, 0.0))
        return dict(sorted(most.items()))

    def reply(self, key: str) -> Reply:
        """Return one reply.

        Raises
        ------
        ValueError
            If there is none of this key.
        """
        for each in self.replies:
            if each.key == key:
                return each
        raise ValueError("That reply does not belong to this moment of the conversation.")


@dataclass(frozen=True)
class Repair:
    """One way to go on after the person has said something back wrongly.

    Attributes
    ----------
    key, text, why : str
    """

    key: str
    text: str
    why: str


@dataclass(frozen=True)
class Person:
    """Somebody to talk to.

    Attributes
    ----------
    key, name, title, who : str
        `who` is what the trainee knows beforehand.
    content_note : bool
        Whether the talk is about thoughts of suicide.
    turns : mapping of str to Turn
        The first is where it begins.
    closing, farewell : str
        Said before the teach-back, and at the end.
    repairs : tuple of Repair
        Ways that do not repair.
    """

    key: str
    name: str
    title: str
    who: str
    content_note: bool
    turns: Mapping[str, Turn]
    closing: str
    farewell: str
    repairs: tuple[Repair, ...]

    @property
    def first(self) -> Turn:
        """The turn where it begins."""
        return next(iter(self.turns.values()))


@dataclass(frozen=True)
class Said:
    """A turn that has been taken."""

    turn: Turn
    reply: Reply


@dataclass(frozen=True)
class Talk:
    """A conversation as far as it has come.

    Attributes
    ----------
    person : Person
    said : tuple of Said
    phase : {"talk", "stopped", "judge", "repair", "done"}
    turn : Turn or None
        The present one, while the phase is ``"talk"``.
    judged : tuple of bool or None
        Of each sentence said back, whether the trainee would put it right.
    mending : Said or None
        The turn whose sentence is to be put right.
    repairs : tuple of Repair
        The ways to do so, in the order shown; empty unless there is something to mend.
    repaired : Repair or None
    scores : mapping of str to float
        Points so far; all 0 when the conversation was stopped.
    """

    person: Person
    said: tuple[Said, ...]
    phase: str
    turn: Turn | None
    judged: tuple[bool, ...] | None
    mending: Said | None
    repairs: tuple[Repair, ...]
    repaired: Repair | None
    scores: Mapping[str, float]

    @property
    def total(self) -> float:
        """All points, 0 to 4."""
        return sum(self.scores.values())

    @property
    def judged_right(self) -> bool:
        """Whether every sentence said back was judged rightly."""
        return self.judged == tuple(not each.reply.heard for each in self.said)

    @property
    def taught_back(self) -> bool:
        """Whether the teach-back earned its half point."""
        if self.phase != DONE or not self.judged_right:
            return False
        return self.repaired is None or self.repaired.key == PUT_RIGHT


def _shuffled(seed: str, things: Sequence[Any]) -> tuple[Any, ...]:
    """Return things in an order of chance that is the same every time."""
    dice, rest, order = Dice(seed), list(things), []
    while rest:
        order.append(rest.pop(dice.whole(0, len(rest) - 1)))
    return tuple(order)


def _reply(raw: Mapping[str, Any]) -> Reply:
    return Reply(
        key=raw["id"],
        text=raw["text"],
        answer=raw["answer"],
        why=raw["why"],
        to=raw.get("to", ""),
        points=MappingProxyType(dict(raw.get("points", {}))),
        critical=raw.get("critical", ""),
        takes=raw.get("takes", ""),
        heard=raw.get("heard", True),
        put_right=raw.get("put_right", ""),
        rows=tuple(raw.get("rows", ())),
    )


def _best_after(who: Person, turn: str, point: str) -> float:
    """Return the most of one point that can still be earned from a turn on."""
    if not turn:
        return 0.0
    return max(
        reply.points.get(point, 0.0) + _best_after(who, reply.to, point)
        for reply in who.turns[turn].replies
        if not reply.critical
    )


def whole(point: str) -> float:
    """Return the most of one point that the talk itself, without the teach-back, can earn."""
    return 1 - TEACH_BACK if point == "P4" else 1.0


def standing(found: Talk, index: int, point: str) -> str:
    """Return how one point of the rubric stands after a reply.

    Parameters
    ----------
    found : Talk
    index : int
        Which turn, from 0.
    point : str
        Key of `POINTS`.

    Returns
    -------
    {"full", "open", "lost"}
        ``full`` when nothing is missing, ``open`` when all of it can still be earned, ``lost``
        when some of it cannot any more.
    """
    have = sum(each.reply.points.get(point, 0.0) for each in found.said[: index + 1])
    if have >= whole(point):
        return "full"
    to = found.said[index].reply.to
    return "open" if have + _best_after(found.person, to, point) >= whole(point) else "lost"


@cache
def person(key: str) -> Person:
    """Return one of the eight.

    Raises
    ------
    ValueError
        If there is nobody of this key.
    """
    if key not in ORDER:
        raise ValueError(f"Nobody called {key!r} is here.")
    raw = tomllib.loads((_FOLDER / f"{key}.toml").read_text(encoding="utf-8"))
    turns = {
        each["id"]: Turn(
            each["id"],
            each["asks"],
            _shuffled(f"{key}-{each['id']}", [_reply(reply) for reply in each["reply"]]),
        )
        for each in raw["turn"]
    }
    return Person(
        key=key,
        name=raw["name"],
        title=raw["title"],
        who=raw["who"],
        content_note=raw.get("content_note", False),
        turns=MappingProxyType(turns),
        closing=raw["closing"],
        farewell=raw["farewell"],
        repairs=tuple(
            Repair(f"repair-{number}", each["text"], each["why"])
            for number, each in enumerate(raw["repair"], start=1)
        ),
    )


def people() -> tuple[Person, ...]:
    """Return the eight, in the order in which they are offered."""
    return tuple(map(person, ORDER))


def _ways(who: Person, said: Said) -> tuple[Repair, ...]:
    good = Repair(
        PUT_RIGHT,
        said.reply.put_right,
        "You took the muddle on yourself, put it in other words, and asked to hear it once more.",
    )
    return _shuffled(f"{who.key}-{said.turn.key}-{said.reply.key}", (good, *who.repairs))


def _scores(said: Sequence[Said], taught_back: bool, stopped: bool) -> Mapping[str, float]:
    scores = dict.fromkeys(POINTS, 0.0)
    if stopped:
        return MappingProxyType(scores)
    for each in said:
        for point, earned in each.reply.points.items():
            scores[point] += earned
    for point in scores:
        scores[point] = min(scores[point], 1 - TEACH_BACK if point == "P4" else 1.0)
    if taught_back:
        scores["P4"] += TEACH_BACK
    return MappingProxyType(scores)


def talk(
    who: str,
    replies: Sequence[str] = (),
    judged: Sequence[bool] | None = None,
    repair: str | None = None,
) -> Talk:
    """Follow a conversation along a way.

    Parameters
    ----------
    who : str
        One of `ORDER`.
    replies : sequence of str
        Keys of the replies, in order.
    judged : sequence of bool, optional
        Of each sentence said back, whether it has to be put right.
    repair : str, optional
        Key of the repair that was chosen.

    Returns
    -------
    Talk

    Raises
    ------
    ValueError
        If a reply, judgement or repair does not belong where it stands, in the reader's words.
    """
    found = person(who)
    turn: Turn | None = found.first
    said: list[Said] = []
    phase = TALK
    for key in replies:
        if turn is None:
            raise ValueError("The conversation has come to its end; nothing can be said after it.")
        reply = turn.reply(key)
        said.append(Said(turn, reply))
        phase = STOPPED if reply.critical else TALK if reply.to else JUDGE
        turn = found.turns[reply.to] if phase == TALK else None
    mending: Said | None = None
    ways: tuple[Repair, ...] = ()
    chosen: Repair | None = None
    if judged is not None:
        if phase != JUDGE:
            raise ValueError("Nothing has been said back yet.")
        if len(judged) != len(said):
            raise ValueError("Judge every sentence: is it right as said, or to be put right?")
        # A sentence that is right needs no repair, whatever was thought of it.
        wrong = [
            each for each, mark in zip(said, judged, strict=True) if mark and not each.reply.heard
        ]
        mending = wrong[0] if wrong else None
        ways = _ways(found, mending) if mending else ()
        phase = REPAIR if mending else DONE
    if repair is not None:
        if phase != REPAIR:
            raise ValueError("There is nothing to put right just now.")
        chosen = next((each for each in ways if each.key == repair), None)
        if chosen is None:
            raise ValueError("That is none of the ways to put it right.")
        phase = DONE
    marks = None if judged is None else tuple(bool(mark) for mark in judged)
    right = marks == tuple(not each.reply.heard for each in said)
    taught = phase == DONE and right and (chosen is None or chosen.key == PUT_RIGHT)
    return Talk(
        person=found,
        said=tuple(said),
        phase=phase,
        turn=turn,
        judged=marks,
        mending=mending,
        repairs=ways,
        repaired=chosen,
        scores=_scores(said, taught, phase == STOPPED),
    )


def paths(who: str) -> tuple[tuple[str, ...], ...]:
    """Return every way through the talk of one person, up to the teach-back or the stop."""
    found = person(who)
    ways: list[tuple[str, ...]] = []

    def follow(turn: Turn, before: tuple[str, ...]) -> None:
        for reply in turn.replies:
            way = (*before, reply.key)
            if reply.critical or not reply.to:
                ways.append(way)
            else:
                follow(found.turns[reply.to], way)

    follow(found.first, ())
    return tuple(ways)


# What is kept of a conversation


@dataclass(frozen=True)
class Result:
    """One conversation that came to an end.

    Attributes
    ----------
    person : str
    total : float
        0 to 4.
    stopped : bool
        Whether it was stopped.
    """

    person: str
    total: float
    stopped: bool


def record(found: Talk) -> dict[str, Any]:
    """Return what is kept of a conversation that has ended."""
    return {
        "person": found.person.key,
        "replies": [each.reply.key for each in found.said],
        "judged": None if found.judged is None else list(found.judged),
        "repair": None if found.repaired is None else found.repaired.key,
    }


def read_result(kept: Any) -> Result | None:
    """Return a kept conversation, played once more; None when it cannot have happened."""
    try:
        found = talk(kept["person"], kept["replies"], kept["judged"], kept["repair"])
    except (ValueError, TypeError, KeyError):
        return None
    if found.phase not in (STOPPED, DONE):
        return None
    return Result(found.person.key, found.total, found.phase == STOPPED)
