"""What went wrong with whose submission: one small file per trainee and step, never half written.

nbgrader's log scrolls by; these notes stay until the same step is done again for the same trainee.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

#: The steps that leave notes, in the order in which they happen.
STAGES = ("collect", "grade")
#: A file made to be reported line by line must not fill the report.
MOST = 20


@dataclass(frozen=True)
class Note:
    """One line of the report on problems.

    Attributes
    ----------
    student : str
        Whose submission.
    stage : str
        One of :data:`STAGES`.
    reason : str
        What happened and what was done about it, in one sentence.
    """

    student: str
    stage: str
    reason: str

    def __str__(self) -> str:
        return f"{self.student}: {self.reason}"


def write(folder: Path, assignment: str, student: str, stage: str, reasons: Sequence[str]) -> None:
    """Keep the notes of one step, replacing those of the last time.

    Parameters
    ----------
    folder : pathlib.Path
        The class's folder (:attr:`trd.grading.course.Course.classroom`).
    assignment, student, stage : str
        What they are about.
    reasons : sequence of str
        One sentence each; none removes what was noted before.
    """
    path = _path(folder, assignment, student, stage)
    if not reasons:
        path.unlink(missing_ok=True)
        return
    kept = [plain(reason) for reason in reasons[:MOST]]
    if len(reasons) > MOST:
        kept.append(f"and {len(reasons) - MOST} more such notes")
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"student": student, "stage": stage, "reasons": kept}, indent=1)
    half = path.with_name(f".{os.getpid()}.{path.name}")
    half.write_text(text, encoding="utf-8")
    half.replace(path)


def read(folder: Path, assignment: str) -> list[Note]:
    """Return all notes on one assignment, by trainee and in the order of the steps."""
    found = []
    for path in sorted((folder / "notes" / assignment).glob("[!.]*.json")):
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            student, stage = plain(kept["student"]), kept["stage"]
            STAGES.index(stage)
            found += [Note(student, stage, plain(reason)) for reason in kept["reasons"]]
        except (OSError, ValueError, KeyError, TypeError):
            found.append(Note("?", STAGES[0], f"{path} cannot be read; delete it"))
    return sorted(found, key=lambda note: (note.student, STAGES.index(note.stage)))


def plain(text: str) -> str:
    """Return text without anything that could move a cursor, ring a bell or turn its direction."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _path(folder: Path, assignment: str, student: str, stage: str) -> Path:
    # A name that is no good as a file name must still get its line in the report.
    safe = "".join(c if c.isalnum() or c in "-_@+." else f"%{ord(c):x}" for c in student)[:150]
    return folder / "notes" / assignment / f"s-{safe}.{stage}.json"
