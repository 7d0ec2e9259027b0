"""The answer log: one JSON object a line, appended, never rewritten."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, cast

import portalocker

SCHEMA = 1
NAME = "answers.jsonl"
#: A longer line is not an answer; it is passed over so that a hostile file cannot fill the memory.
MAX_LINE_BYTES = 1_000_000


class SaveError(OSError):
    """An answer could not be written; the message says why in the trainee's words."""


@dataclass(frozen=True)
class Entry:
    """One line of the log.

    Attributes
    ----------
    notebook, item : str
        Which question it belongs to.
    answer : object
        As recorded; not yet checked against the item.
    confidence : str or None
        ``"guess"``, ``"fairly-sure"`` or ``"certain"``.
    at : str
        When it was recorded, ISO 8601, UTC.
    """

    notebook: str
    item: str
    answer: Any = None
    confidence: str | None = None
    at: str = ""


@dataclass(frozen=True)
class Answers:
    """Everything a log holds.

    Attributes
    ----------
    entries : tuple of Entry
        In the order they were written.
    problems : tuple of str
        One sentence for each line that could not be used.
    """

    entries: tuple[Entry, ...] = ()
    problems: tuple[str, ...] = ()
    seeds: dict[tuple[str, str], int] = field(default_factory=dict)

    def history(self, notebook: str, item: str) -> tuple[Entry, ...]:
        """Return every recorded answer to one item, oldest first."""
        return tuple(e for e in self.entries if e.notebook == notebook and e.item == item)

    def last(self, notebook: str, item: str) -> Entry | None:
        """Return the answer that counts: the one written last."""
        history = self.history(notebook, item)
        return history[-1] if history else None


class AnswerLog:
    """An append-only file of answers that several kernels may write at the same time.

    Parameters
    ----------
    path : pathlib.Path
        The file; it need not exist.
    make_folder : bool
        Whether a missing folder is made. Not for graded work: a folder that has gone must be
        noticed, not replaced by one that nobody hands in.
    """

    def __init__(self, path: Path, *, make_folder: bool = False) -> None:
        self.path = Path(path)
        self._make_folder = make_folder

    def record(self, notebook: str, item: str, answer: Any, confidence: str | None = None) -> Entry:
        """Write one answer and return only when it is on the disk.

        Returns
        -------
        Entry
            What was written.

        Raises
        ------
        SaveError
            If it could not be written.
        """
        entry = Entry(notebook, item, answer, confidence, _now())
        self._append(
            {
                "v": SCHEMA,
                "notebook": notebook,
                "item": item,
                "answer": answer,
                "confidence": confidence,
                "at": entry.at,
            }
        )
        return entry

    def seed(self, notebook: str, item: str) -> int:
        """Return the seed that shuffles an item for this learner, drawing it the first time."""
        known = self.read().seeds.get((notebook, item))
        if known is not None:
            return known
        seed = secrets.randbelow(2**31)
        self._append({"v": SCHEMA, "notebook": notebook, "item": item, "seed": seed, "at": _now()})
        return seed

    def _append(self, record: dict[str, Any]) -> None:
        line = json.dumps(record, ensure_ascii=False, allow_nan=False).encode() + b"\n"
        try:
            if self._make_folder:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            is_new = not self.path.exists()
            with portalocker.Lock(self.path, mode="ab+", timeout=10) as handle:
                file = cast(BinaryIO, handle)
                if file.seek(0, os.SEEK_END):
                    file.seek(-1, os.SEEK_END)
                    if file.read(1) != b"\n":
                        # A torn line must not swallow the next answer.
                        line = b"\n" + line
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
            if is_new:
                _sync_folder(self.path.parent)
        except portalocker.exceptions.LockException as error:
            raise SaveError("another window is holding the answer file; try again") from error
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise SaveError(f"{reason} ({self.path})") from error

    def read(self) -> Answers:
        """Read the whole log. Never raises for what the file holds; it reports it."""
        try:
            data = self.path.open("rb")
        except FileNotFoundError:
            return Answers()
        except OSError as error:
            return Answers(problems=(f"{self.path.name} cannot be read: {error.strerror}",))
        entries: list[Entry] = []
        problems: list[str] = []
        seeds: dict[tuple[str, str], int] = {}
        with data:
            for number, line in _lines(data):
                if line is None:
                    problems.append(f"line {number} is too long")
                    continue
                if not line.strip():
                    continue
                try:
                    record = _parse(line)
                except ValueError as error:
                    problems.append(f"line {number} {error}")
                    continue
                if "seed" in record:
                    seeds.setdefault((record["notebook"], record["item"]), record["seed"])
                    continue
                entries.append(
                    Entry(
                        record["notebook"],
                        record["item"],
                        record["answer"],
                        record.get("confidence"),
                        record["at"],
                    )
                )
        return Answers(tuple(entries), tuple(problems), seeds)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _sync_folder(folder: Path) -> None:
    """Make the file's name itself survive a power cut; not every system can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _lines(file: Any) -> Iterator[tuple[int, bytes | None]]:
    number = 0
    while True:
        line = file.readline(MAX_LINE_BYTES)
        if not line:
            return
        number += 1
        if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
            while True:
                rest = file.readline(MAX_LINE_BYTES)
                if not rest or rest.endswith(b"\n"):
                    break
            yield number, None
        else:
            yield number, line


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"holds {constant}")


def _parse(line: bytes) -> dict[str, Any]:
    try:
        record = json.loads(line.decode("utf-8"), parse_constant=_refuse)
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8 text") from None
    except (ValueError, RecursionError):
        raise ValueError("is not a complete JSON object") from None
    if not isinstance(record, dict):
        raise ValueError("is not a JSON object")
    if type(record.get("v")) is not int or record["v"] != SCHEMA:
        raise ValueError(f"has schema version {str(record.get('v'))[:20]!r}; {SCHEMA} is known")
    for name in ("notebook", "item", "at"):
        if not isinstance(record.get(name), str):
            raise ValueError(f"has no {name}")
    _check_content(record)
    return record


def _check_content(record: dict[str, Any]) -> None:
    if "seed" in record:
        if type(record["seed"]) is not int:
            raise ValueError("has a seed that is not a whole number")
    elif "answer" not in record:
        raise ValueError("has no answer")
    if not isinstance(record.get("confidence"), str | None):
        raise ValueError("has a confidence that is not text")
