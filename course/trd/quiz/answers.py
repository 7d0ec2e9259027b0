"""The answer log: one JSON object a line, appended, never rewritten."""

from __future__ import annotations

import json
import os
import secrets
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, cast

import portalocker

SCHEMA = 1
NAME = "answers.jsonl"
#: A longer line is not an answer and is passed over; of a longer file only the beginning and the
#: end are read. So a hostile file fills neither the memory nor the grader's day, and answers that
#: stand before or behind the junk are still found.
MAX_LINE_BYTES = 1_000_000
MAX_FILE_BYTES = 20_000_000
#: Far more answers than anybody gives; of a longer log only the first and last lines are read.
MAX_LINES = 200_000
#: Objects and lists in one line; each takes a hundred times its text in memory.
MAX_PARTS = 50_000
#: How many unusable lines are named one by one; the rest is counted.
MAX_PROBLEMS = 20


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
    clock : callable, optional
        Returns the time to write down, as a datetime with a zone, for work that is made up; the
        machine's own clock when not given.
    """

    def __init__(
        self,
        path: Path,
        *,
        make_folder: bool = False,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.path = Path(path)
        self._make_folder = make_folder
        self._clock = clock
        self._cached: tuple[tuple[int, int, int], Answers] | None = None

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
        entry = Entry(notebook, item, answer, confidence, self._now())
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
        at = self._now()
        self._append({"v": SCHEMA, "notebook": notebook, "item": item, "seed": seed, "at": at})
        return seed

    def _now(self) -> str:
        now = self._clock() if self._clock else datetime.now(UTC)
        return now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

    def _append(self, record: dict[str, Any]) -> None:
        try:
            line = json.dumps(record, ensure_ascii=False, allow_nan=False).encode() + b"\n"
        except (ValueError, TypeError, RecursionError) as error:
            raise SaveError("this answer cannot be written down") from error
        if len(line) >= MAX_LINE_BYTES:
            raise SaveError("this answer is too long")
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
            status = self.path.stat()
        except FileNotFoundError:
            return Answers()
        except OSError as error:
            return self._unreadable(error.strerror)
        if not stat.S_ISREG(status.st_mode):
            return self._unreadable("it is not a file")
        stamp = (status.st_size, status.st_mtime_ns, status.st_ino)
        # Every item of a page asks; the file is parsed again only when it has changed.
        if self._cached is None or self._cached[0] != stamp:
            try:
                self._cached = (stamp, _read_file(self.path, status.st_size))
            except OSError as error:
                return self._unreadable(error.strerror)
        return self._cached[1]

    def _unreadable(self, why: str | None) -> Answers:
        return Answers(problems=(f"{self.path.name} cannot be read: {why}",))


def _sync_folder(folder: Path) -> None:
    """Make the file's name itself survive a power cut; not every system can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def ends_of(file: BinaryIO, size: int) -> bytes:
    """Return a file's content, or no more than its first and last lines if it is too large."""
    if size <= MAX_FILE_BYTES:
        return file.read(MAX_FILE_BYTES)
    half = MAX_FILE_BYTES // 2
    head = file.read(half)
    file.seek(size - half)
    # The lines that are cut through are no lines; a line break keeps them apart from the others.
    return head.rpartition(b"\n")[0] + b"\n" + file.read(half).partition(b"\n")[2]


def _read_file(path: Path, size: int) -> Answers:
    with path.open("rb") as file:
        found = _read(ends_of(file, size))
    if size <= MAX_FILE_BYTES:
        return found
    mega = MAX_FILE_BYTES // 2_000_000
    cut = f"it is {size / 1_000_000:.0f} MB long; only its first and last {mega} MB were read"
    return Answers(found.entries, (cut, *found.problems), found.seeds)


def _read(data: bytes) -> Answers:
    """Sort the lines of a log into answers and problems."""
    entries: list[Entry] = []
    problems: list[str] = []
    seeds: dict[tuple[str, str], int] = {}
    unusable = 0
    lines = list(enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1))
    if len(lines) > MAX_LINES:
        half = MAX_LINES // 2
        problems.append(f"it has {len(lines)} lines; only the first and last {half} were read")
        lines = lines[:half] + lines[-half:]
    for number, line in lines:
        if not line.strip():
            continue
        try:
            record = _parse(line)
        except ValueError as error:
            unusable += 1
            if unusable <= MAX_PROBLEMS:
                problems.append(f"line {number} {error}")
            continue
        where = (record["notebook"], record["item"])
        if "seed" in record:
            seeds.setdefault(where, record["seed"])
        else:
            answer, confidence = record["answer"], record.get("confidence")
            entries.append(Entry(*where, answer, confidence, record["at"]))
    if unusable > MAX_PROBLEMS:
        problems.append(f"and {unusable - MAX_PROBLEMS} more lines")
    return Answers(tuple(entries), tuple(problems), seeds)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"holds {constant}")


def _parse(line: bytes) -> dict[str, Any]:
    if len(line) >= MAX_LINE_BYTES:
        raise ValueError("is too long")
    if line.count(b"[") + line.count(b"{") > MAX_PARTS:
        raise ValueError("is too long a list")
    # Cheap to see, so that a file full of junk is gone through quickly.
    if not line.lstrip().startswith(b"{"):
        raise ValueError("is not a JSON object")
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
