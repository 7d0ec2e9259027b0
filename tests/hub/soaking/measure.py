"""Memory, processor time and processes, from /proc."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def processes() -> Iterator[tuple[int, int, str]]:
    """Go through what runs: process, account, command line."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                yield int(entry.name), entry.stat().st_uid, command(int(entry.name))


def command(process: int) -> str:
    """Return a process's command line; empty when it has ended."""
    try:
        words = Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return ""
    return words.replace(b"\0", b" ").decode(errors="replace")


def of(uid: int, *words: str) -> list[int]:
    """Return the processes of an account whose command line holds one of some words."""
    return sorted(
        process
        for process, owner, line in processes()
        if owner == uid and any(word in line for word in words)
    )


def told(what: str) -> list[int]:
    """Return the processes that were started with some text in their environment."""
    found = []
    for process, _, _ in processes():
        with contextlib.suppress(OSError):
            if what.encode() in Path(f"/proc/{process}/environ").read_bytes():
                found.append(process)
    return found


def memory_mb(process: int) -> dict[str, float]:
    """Return a process's memory in MB.

    ``pss`` shares out what several processes have in common, ``own`` is what would be free again
    without this one, ``rss`` counts all that it touches.
    """
    sizes: dict[str, float] = {}
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:]:
            name, value = line.split()[:2]
            sizes[name.rstrip(":")] = int(value) / 1024
    own = sizes.get("Private_Clean", 0.0) + sizes.get("Private_Dirty", 0.0)
    return {"pss": sizes.get("Pss", 0.0), "own": own, "rss": sizes.get("Rss", 0.0)}


def together_mb(found: list[int]) -> dict[str, float]:
    """Return the memory of several processes, added up."""
    sizes = [memory_mb(process) for process in found]
    return {name: round(sum(each[name] for each in sizes), 1) for name in ("pss", "own", "rss")}


def processor_s(process: int) -> float:
    """Return the processor seconds that a process and its ended children have used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / _TICK


def parent(process: int) -> int:
    """Return who started a process."""
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def quantile(values: list[float], part: float) -> float:
    """Return a quantile, the nearest measured value; 0 without any."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0
