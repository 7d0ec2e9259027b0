"""What was acknowledged, written down by the driver outside everybody's home."""

from __future__ import annotations

import json
import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Ledger:
    """Events in the order they were heard of; each is on the disk before anything goes on.

    ``trying`` and ``kept`` are about answers, ``handing`` and ``handed`` about hand-ins. An answer
    that was tried and not acknowledged may be in the log or not; one that was kept must be.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab")
        self._lock = threading.Lock()
        self.events: dict[str, list[dict[str, Any]]] = defaultdict(list)

    def add(self, who: str, what: str, **more: Any) -> dict[str, Any]:
        """Write one event down."""
        event = {"at": time.time(), "who": who, "what": what, **more}
        with self._lock:
            self._file.write(json.dumps(event, ensure_ascii=False).encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
            self.events[who].append(event)
        return event

    def of(self, who: str, what: str) -> list[dict[str, Any]]:
        """Return somebody's events of one kind, oldest first."""
        return [event for event in self.events[who] if event["what"] == what]

    def kept(self, who: str) -> int:
        """How many answers of somebody have been acknowledged."""
        return len(self.of(who, "kept"))

    def count(self, what: str) -> int:
        """How many events of one kind there are."""
        return sum(len(self.of(who, what)) for who in self.events)

    def possible(self, who: str) -> Iterator[tuple[tuple[str, str], list[Any], bool]]:
        """Say, for each question somebody answered, which recorded answer may be the last.

        Yields
        ------
        tuple
            Page and question; the answers that may count, the last acknowledged one first, then
            those that were tried after it; whether one was acknowledged.
        """
        may: dict[tuple[str, str], list[Any]] = {}
        sure = set()
        for event in self.events[who]:
            if event["what"] not in ("trying", "kept"):
                continue
            where = event["notebook"], event["item"]
            if event["what"] == "kept":
                may[where] = [event["answer"]]
                sure.add(where)
            else:
                may.setdefault(where, []).append(event["answer"])
        for where, answers in may.items():
            yield where, answers, where in sure

    def close(self) -> None:
        """Close the file."""
        self._file.close()
