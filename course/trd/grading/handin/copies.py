"""Hand-ins that hold the same recorded answers, to the second.

Every answer is written down with the second in which it was given. The same answer to the same
question in the same second happens to two people now and then; for several questions it does not,
unless one log was copied. That is told as a fact, and nothing follows from it: two people may share
a machine, or may have been allowed to work together.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from hashlib import blake2b
from itertools import combinations
from pathlib import Path

from trd.grading import notes, untrusted
from trd.grading.course import Course
from trd.grading.handin.collect import collected_notes, compared, listing

#: Questions with the same answer in the same second before it is told, and what part they must be
#: of all that the one who answered fewer has answered. In a class that answers together, some
#: happen by chance, the more the more questions there are.
SEVERAL, PART = 3, 0.25
#: Entries of one log that are compared. What was copied stands first, as a log only grows.
MOST_ENTRIES = 5000
#: Up to so many trainees with the same entry are compared each with each; of more, all with the
#: first, so that a class that shares everything takes no longer than another.
MOST_EACH = 8
#: What every such note begins with.
SAME = "same answers, to the second, as "


def found(folders: Mapping[str, Path]) -> dict[str, dict[str, int]]:
    """Return who shares entries with whom, and for how many questions.

    Parameters
    ----------
    folders : mapping of str to pathlib.Path
        The submissions of one assignment, by trainee. Each is read once; the work grows with their
        number, not with its square.
    """
    holders: defaultdict[bytes, list[str]] = defaultdict(list)
    question: dict[bytes, bytes] = {}
    answered: dict[str, int] = {}
    for student in sorted(folders):
        entries = _entries(folders[student])
        answered[student] = len(set(entries.values()))
        for entry, about in entries.items():
            holders[entry].append(student)
            question[entry] = about
    pairs: defaultdict[tuple[str, str], set[bytes]] = defaultdict(set)
    for entry, students in holders.items():
        for pair in _pairs(students):
            pairs[pair].add(question[entry])
    shared: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for (one, other), questions in pairs.items():
        fewer = min(answered[one], answered[other])
        if len(questions) >= max(SEVERAL, PART * fewer):
            shared[one][other] = shared[other][one] = len(questions)
    return dict(shared)


def _pairs(students: list[str]) -> Iterable[tuple[str, str]]:
    if len(students) <= MOST_EACH:
        return combinations(students, 2)
    return ((students[0], other) for other in students[1:])


def _entries(folder: Path) -> dict[bytes, bytes]:
    """Return fingerprints of the recorded answers, and of the question that each belongs to."""
    entries = {}
    for entry in untrusted.answers_in(folder).entries[:MOST_ENTRIES]:
        if entry.answer is None or not entry.at:
            continue
        about = [entry.notebook, entry.item]
        with suppress(ValueError, RecursionError):
            whole = json.dumps([*about, entry.answer, entry.at], sort_keys=True)
            entries[_digest(whole)] = _digest(json.dumps(about))
    return entries


def _digest(text: str) -> bytes:
    return blake2b(text.encode("ascii"), digest_size=12).digest()


def note(
    course: Course, assignment: str, folders: Mapping[str, Path] | None = None
) -> dict[str, str]:
    """Compare all hand-ins of an assignment, and keep the notes on them up to date.

    Parameters
    ----------
    course : Course
        The class.
    assignment : str
        Its name.
    folders : mapping of str to pathlib.Path, optional
        Where the hand-ins lie that are about to replace collected ones.

    Returns
    -------
    dict of str to str
        The note of each trainee who shares answers with another one. It is kept with the notes on
        collecting (:func:`trd.grading.handin.collect.compared`), whatever grades the work then.
    """
    places = {
        student: course.place("submitted", assignment, student)
        for student in course.students_with(assignment)
    }
    places.update(folders or {})
    known = collected_notes(course, assignment)
    told = {student: _sentence(others) for student, others in found(places).items()}
    for student in sorted({*places, *told}):
        before = known.get(compared(student), [])
        kept = [reason for reason in before if not reason.startswith(SAME)]
        reasons = [*kept, told[student]] if student in told else kept
        if reasons != before:
            notes.write(course.classroom, assignment, compared(student), "collect", reasons)
    return told


def _sentence(others: Mapping[str, int]) -> str:
    names = sorted(others, key=lambda name: (-others[name], name))
    each = {others[name] for name in names}
    count = f"{min(each)}" if len(each) == 1 else f"{min(each)} to {max(each)}"
    return f"{SAME}{listing(names)} ({count} questions)"
