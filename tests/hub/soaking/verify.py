"""Comparing what was acknowledged with what lies in the exchange and in the gradebook."""

from __future__ import annotations

import json
import pwd
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from world import COURSE

from soaking.people import ASSIGNMENT, Soak
from trd.quiz import scoring
from trd.quiz.answers import AnswerLog, Entry

WHOLE = {"case-a.ipynb", "case-b.ipynb", "timestamp.txt", "submission_secret.txt"}


@dataclass
class Found:
    """What the comparison found; everything but the counts must be empty."""

    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    half: list[str] = field(default_factory=list)
    left_over: list[str] = field(default_factory=list)
    compared_marks: int = 0
    compared_answers: int = 0
    compared_hand_ins: int = 0
    hand_ins_in_exchange: int = 0
    unheard_hand_ins: int = 0
    unheard_answers: int = 0
    torn_lines: int = 0

    @property
    def clean(self) -> bool:
        """Whether nothing is amiss."""
        return not (self.lost or self.twice or self.wrong or self.half)


def half(folder: Path) -> str:
    """Return why a hand-in is no whole one, or an empty string."""
    names = {path.name for path in folder.iterdir()}
    missing = WHOLE - names
    if missing:
        return f"without {', '.join(sorted(missing))}"
    for page in folder.glob("*.ipynb"):
        try:
            json.loads(page.read_bytes())
        except ValueError:
            return f"{page.name} is cut off"
    stamp = (folder / "timestamp.txt").read_text()
    if stamp not in folder.name:
        return "its time is another one than its name says"
    if not re.fullmatch(r"[0-9a-f]{128}", (folder / "submission_secret.txt").read_text()):
        return "its secret is cut off"
    return ""


def _within(wanted: list[dict[str, Any]], entries: tuple[Entry, ...]) -> list[dict[str, Any]]:
    """Return the acknowledged answers that a log does not hold, in their order."""
    left, missing = iter(entries), []
    last: dict[tuple[str, str], Any] = {}
    for event in wanted:
        where, answer = (event["notebook"], event["item"]), event["answer"]
        again = event.get("page") and where in last and last[where] == answer
        last[where] = answer
        if again:
            # A page writes no second line for the answer that stands there already.
            continue
        place = (*where, answer)
        # The rest of the log is looked through once; order is part of the promise.
        if not any((each.notebook, each.item, each.answer) == place for each in left):
            missing.append(event)
            left = iter(entries)
    return missing


def compare(soak: Soak, people: list[Any], held: dict[str, Any]) -> Found:
    """Compare everything.

    Parameters
    ----------
    soak : Soak
        With the ledger.
    people : list of Trainee
        Who took part.
    held : dict
        What the gradebook holds.
    """
    found = Found()
    rows: dict[str, list[Any]] = {}
    for row in held["rows"]:
        rows.setdefault(row["student"], []).append(row)
    names = {each.name for each in people}
    for stranger in sorted(set(rows) - names):
        found.wrong.append(f"{stranger} has marks and took no part")
    inbound = soak.world.settings.exchange / COURSE / "inbound"
    _exchange(found, inbound, names)
    for each in people:
        _answers(found, soak, each.name)
        _hand_ins(found, soak, each.name, inbound)
        _marks(found, soak, each.name, rows.get(each.name, []))
    return found


def _exchange(found: Found, inbound: Path, names: set[str]) -> None:
    uids = {pwd.getpwnam(name).pw_uid: name for name in names}
    for path in inbound.iterdir():
        owner = uids.get(path.stat().st_uid, "somebody else")
        if path.name.startswith("."):
            found.left_over.append(f"{path.name} of {owner}")
        elif not path.name.startswith(f"{owner}+"):
            found.wrong.append(f"{path.name} was handed in by {owner}")
        else:
            found.hand_ins_in_exchange += 1
            why = half(path)
            if why:
                found.half.append(f"{path.name}: {why}")


def _answers(found: Found, soak: Soak, name: str) -> None:
    """The log that was collected holds every acknowledged answer, in order, and no other."""
    folder = soak.world.course.state / "class" / "submitted" / name / ASSIGNMENT
    if not folder.is_dir():
        found.lost.append(f"{name}: nothing was collected")
        return
    log = AnswerLog(folder / "answers.jsonl").read()
    kept = soak.ledger.of(name, "kept")
    found.compared_answers += len(kept)
    for event in _within(kept, log.entries):
        found.lost.append(f"{name}: {event['item']} {event['answer']!r} is not in what was graded")
    found.torn_lines += len(log.problems)
    tried = Counter(_key(event) for event in soak.ledger.of(name, "trying"))
    there = Counter(
        json.dumps([each.notebook, each.item, each.answer], sort_keys=True) for each in log.entries
    )
    for what, times in (there - tried).items():
        found.twice.append(f"{name}: {what} stands there {times} times more than it was given")
    found.unheard_answers += len(log.entries) - len(kept)
    for (page, item), may, sure in soak.ledger.possible(name):
        last = log.last(page, item)
        if sure and (last is None or last.answer not in may):
            found.lost.append(f"{name}: the last answer to {item} is {last}, given was {may}")


def _key(event: dict[str, Any]) -> str:
    return json.dumps([event["notebook"], event["item"], event["answer"]], sort_keys=True)


def _hand_ins(found: Found, soak: Soak, name: str, inbound: Path) -> None:
    """Every acknowledged hand-in lies in the exchange, with what had been answered by then."""
    there = {path.name.split("+")[2]: path for path in inbound.glob(f"{name}+{ASSIGNMENT}+*")}
    handed = soak.ledger.of(name, "handed")
    kept = soak.ledger.of(name, "kept")
    if len({event["stamp"] for event in handed}) < len(handed):
        found.lost.append(f"{name}: two acknowledged hand-ins have one time")
    for event in handed:
        found.compared_hand_ins += 1
        path = there.pop(event["stamp"], None)
        if path is None:
            found.lost.append(f"{name}: the hand-in of {event['stamp']} is not in the exchange")
            continue
        at = datetime.strptime(event["stamp"][:19], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        if at.timestamp() < event["since"] - 1.5:
            found.lost.append(f"{name}: the hand-in of {event['stamp']} is an older one")
        log = AnswerLog(path / "answers.jsonl").read()
        missing = _within(kept[: event["before"]], log.entries)
        if missing:
            found.lost.append(f"{name}: {len(missing)} answers are not in {path.name}")
    found.unheard_hand_ins += len(there)


def _marks(found: Found, soak: Soak, name: str, rows: list[Any]) -> None:
    """The gradebook has one submission of each, marked by the last acknowledged answers."""
    if len(rows) != 1:
        (found.twice if rows else found.lost).append(f"{name}: {len(rows)} in the gradebook")
        return
    pages = {notebook["name"]: notebook["grades"] for notebook in rows[0]["notebooks"]}
    if len(rows[0]["notebooks"]) != len(soak.items):
        found.twice.append(f"{name}: {len(rows[0]['notebooks'])} pages in the gradebook")
    given = {where: may for where, may, _ in soak.ledger.possible(name)}
    for page, items in soak.items.items():
        cells = Counter(cell for cell, _ in pages.get(page, []))
        scores = dict(pages.get(page, []))
        for item in items:
            found.compared_marks += 1
            if cells[item.id] != 1:
                found.twice.append(f"{name}: {item.id} is marked {cells[item.id]} times")
            may = {
                scoring.points(item, scoring.clean(item, answer))
                for answer in given.get((page, item.id), [None])
            }
            mark = scores.get(item.id)
            if mark is None or not any(abs(mark - points) < 1e-6 for points in may):
                found.lost.append(f"{name}: {item.id} has {mark} marks, expected {may}")
