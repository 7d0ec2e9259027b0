"""Conversations: what was said, what it won or lost, what the person took from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from html import escape

from trd import rows
from trd.communication.personas import (
    ASKS,
    PUT_RIGHT,
    STOPPED,
    TEACH_BACK,
    Person,
    Result,
    Said,
    Talk,
    people,
    standing,
)
from trd.communication.personas import POINTS as RUBRIC
from trd.communication.views.ranged import listed
from trd.panel.parts import TALK_TO_SOMEONE, badge
from trd.rows import EvidenceRow

NOTE = (
    "<strong>Content note.</strong> One of the eight, Aisha, speaks of suicidal thoughts. No "
    "method is described. You can leave her out. Support lines stand at the bottom."
)
SUPPORT = (
    "<strong>If this touches you, or if you yourself have such thoughts:</strong> "
    f"{TALK_TO_SOMEONE} Which replies you choose is kept with your own progress, and nowhere else."
)
LEAD = (
    "Eight people, one question each. Choose what you would say; hear what they say back, and what "
    "your reply won or lost. In the end they tell you what they took from it: is it right? All of "
    "them are invented."
)

_TABLES = (
    "communication",
    "communication_trials",
    "communication_effects",
    "communication_harms",
    "monitoring",
    "screening",
)


@cache
def _table() -> Mapping[str, EvidenceRow]:
    return {key: row for name in _TABLES for key, row in rows.read(name).items()}


def half(points: float) -> str:
    """Return points as they are read, e.g. ``"2½"``."""
    whole = int(points)
    if points == whole:
        return str(whole)
    return f"{whole or ''}½"


def _won(found: Talk, index: int, point: str, most: float) -> str:
    earned = found.said[index].reply.points.get(point, 0.0)
    name = f"{point} {RUBRIC[point].lower()}"
    if earned:
        kind = "good" if earned == most else "partial"
        return badge(kind, f"{name}: {half(earned)} of {half(most)}")
    # No cross for what is not lost: other ways lead to it as well.
    stands = standing(found, index, point)
    if stands == "full":
        return ""
    if stands == "open":
        return badge("na", f"{name}: still to be earned")
    return badge("bad", f"{name}: {half(earned)} of {half(most)}")


def _behind(ids: Iterable[str]) -> str:
    found = tuple(ids)
    if not found:
        return ""
    summary = f"What this rests on ({len(found)})"
    return f"<details><summary>{summary}</summary>{listed(_table(), found)}</details>"


def person_says(name: str, words: str) -> str:
    """Return what the person says, as one line of the talk."""
    return f'<p class="trd-says"><span class="trd-name">{escape(name)}</span>{escape(words)}</p>'


def opening(who: Person) -> str:
    """Return how the talk begins."""
    return person_says(who.name, who.first.asks)


def exchange(found: Talk, index: int) -> str:
    """Return one turn: what was said, the feedback, and the answer.

    Parameters
    ----------
    found : Talk
    index : int
        Which turn, from 0.
    """
    said = found.said[index]
    who, reply = found.person, said.reply
    after = said.reply.to and who.turns[reply.to].asks
    feedback = (
        f'<p><strong class="trd-stop">The conversation stops here.</strong> '
        f"{escape(reply.critical)}</p>"
        f"<p>{escape(reply.why)} No points, whatever went before. You can go back to this moment "
        "and say something else.</p>"
        if reply.critical
        else '<p class="trd-won">'
        + " ".join(_won(found, index, point, most) for point, most in said.turn.at_stake.items())
        + f"</p><p>{escape(reply.why)}</p>"
    )
    answer = person_says(who.name, f"{reply.answer} {after}".strip())
    return (
        f'<p class="trd-mine"><span class="trd-name">You</span>{escape(reply.text)}</p>'
        f'<div class="trd-feedback{" trd-critical" if reply.critical else ""}">{feedback}'
        f"{_behind(reply.rows)}</div>{answer}"
    )


def closing(found: Talk) -> str:
    """Return the person's own words before they say back what they took from it."""
    return person_says(found.person.name, found.person.closing)


def _judgement(said: Said, mark: bool, tell: bool) -> str:
    right = mark != said.reply.heard
    thought = "You would have it put right." if mark else "You let it stand."
    truth = (
        "It is right as said."
        if said.reply.heard
        else "It is not right, or not what you would want to be taken home."
    )
    words = "you judged it well" if right else "look again"
    put_right = (
        f"<br><em>One way to put it right:</em> {escape(said.reply.put_right)}" if tell else ""
    )
    return (
        f"<li>“{escape(said.reply.takes)}”<br>{badge('good' if right else 'bad', words)} "
        f"{thought} {truth}{put_right}</li>"
    )


def judged(found: Talk) -> str:
    """Return what the judgement of the sentences said back came to."""
    items = ""
    for said, mark in zip(found.said, found.judged or (), strict=True):
        # Model words would give the answer away before, and repeat the reader's own after it.
        waits = said is found.mending and (
            found.repaired is None or found.repaired.key == PUT_RIGHT
        )
        items += _judgement(said, mark, not said.reply.heard and not waits)
    return f'<p class="trd-step">What you heard in it</p><ul class="trd-heard">{items}</ul>'


def repaired(found: Talk) -> str:
    """Return the repair and what it did."""
    if found.repaired is None:
        return ""
    good = found.repaired.key == PUT_RIGHT
    head = badge("good" if good else "bad", "put another way" if good else "left as it was")
    answer = (
        "Ah. Then I had that wrong. Thank you for saying it differently."
        if good
        else "Hm. If you say so."
    )
    return (
        f'<p class="trd-mine"><span class="trd-name">You</span>{escape(found.repaired.text)}</p>'
        f'<div class="trd-feedback"><p>{head} {escape(found.repaired.why)}</p></div>'
        f"{person_says(found.person.name, answer)}"
    )


def _teach_back(found: Talk) -> str:
    if found.taught_back:
        return "the teach-back was judged and put right."
    if not found.judged_right:
        return "a sentence said back was misjudged."
    return "the repair left it as it was."


def summary(found: Talk) -> str:
    """Return the four points at the end of a conversation."""
    if found.phase == STOPPED:
        return (
            '<p class="trd-total"><strong>0 of 4.</strong> Some things cost everything, because a '
            "person could come to harm by them. Nothing is lost here but the points: go back to "
            "that moment, or begin again.</p>"
        )
    items = ""
    for point, earned in found.scores.items():
        kind = "good" if earned == 1 else "partial" if earned else "bad"
        extra = f" Half of it is the teach-back: {_teach_back(found)}" if point == "P4" else ""
        items += (
            f"<li>{badge(kind, f'{point}: {half(earned)} of 1')} {escape(RUBRIC[point])}."
            f"{escape(extra)}</li>"
        )
    last = person_says(found.person.name, found.person.farewell) if found.total >= 3 else ""
    hint = (
        "All four. Another way through may still be worth hearing: what do the other replies do "
        "to the person?"
        if found.total == 4
        else "Try it again by another way: which reply would have answered what was asked?"
    )
    return (
        f'{last}<p class="trd-total"><strong>{half(found.total)} of 4.</strong></p>'
        f'<ul class="trd-heard">{items}</ul><p>{hint}</p>'
    )


def results(found: Sequence[Result], wrong: str = "") -> str:
    """Return how the eight have gone so far.

    Parameters
    ----------
    found : sequence of Result
        Oldest first.
    wrong : str, optional
        Why the last could not be kept.
    """
    warning = f'<p class="trd-say-error">Not kept: {escape(wrong)}</p>' if wrong else ""
    if not found:
        return warning
    body = ""
    for who in people():
        mine = [each for each in found if each.person == who.key]
        if not mine:
            cells = "<td>–</td><td>–</td><td>–</td>"
        else:
            best = max(each.total for each in mine)
            cells = f"<td>{_short(mine[0])}</td><td>{half(best)} of 4</td><td>{len(mine)}</td>"
        body += f'<tr><th scope="row">{escape(who.name)}</th>{cells}</tr>'
    talked = len({each.person for each in found})
    return (
        f"{warning}<details><summary>Your conversations so far: {talked} of {len(people())} people"
        "</summary>"
        '<table><caption class="trd-away">Your conversations</caption><thead><tr>'
        '<th scope="col">Person</th><th scope="col">First time</th><th scope="col">Best</th>'
        f'<th scope="col">Times</th></tr></thead><tbody>{body}</tbody></table></details>'
    )


def _short(result: Result) -> str:
    return "stopped" if result.stopped else f"{half(result.total)} of 4"


def rubric() -> str:
    """Return the rubric as it is shown above the talk."""
    items = "".join(
        f"<li><strong>{key} {escape(RUBRIC[key])}:</strong> {escape(ASKS[key])}.</li>"
        for key in RUBRIC
    )
    return (
        '<p class="trd-step">Four points, one each:</p>'
        f"<ul>{items}</ul><details><summary>How a conversation is marked</summary>"
        f"<p>Half points are allowed; the teach-back is {half(TEACH_BACK)} of P4. A promise of "
        "cure or safety, an unheard wish to die, an unsafe start, medicines stopped, home dosing, "
        "or all hope dismissed end the conversation at 0. Rubric and replies are this course’s "
        "own; the numbers are from studies.</p></details>"
    )
