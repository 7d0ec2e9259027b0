"""Progress for everything that may take longer than two seconds: a bar, or one line in a log."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from time import monotonic
from typing import TypeVar

T = TypeVar("T")

#: Seconds before anything is shown: nothing is said of what is over at once.
DELAY = 0.5


def bar(things: Iterable[T], what: str, total: int | None = None, show: bool = True) -> Iterator[T]:
    """Go through things and show on the error stream how far it is.

    On a terminal that is a bar, which goes when all is done. Anywhere else (a file, a pipe, a
    notebook) a bar would stand between the lines that stay, so one line at the end takes its place:
    ``grading 01-definitions: 22 done``.

    Parameters
    ----------
    things : iterable
        What is worked through.
    what : str
        The words before the bar.
    total : int, optional
        How many there are, where ``things`` cannot say.
    show : bool
        False shows nothing, for callers that draw their own.
    """
    if not show:
        yield from things
    elif sys.stderr.isatty():
        yield from _drawn(things, what, total)
    else:
        yield from _told(things, what)


def _drawn(things: Iterable[T], what: str, total: int | None) -> Iterator[T]:
    from tqdm import tqdm

    if total is None:
        things = things if hasattr(things, "__len__") else list(things)
    yield from tqdm(
        things,
        desc=what,
        total=total,
        delay=DELAY,
        leave=False,
        file=sys.stderr,
        dynamic_ncols=True,
    )


def _told(things: Iterable[T], what: str) -> Iterator[T]:
    began, done = monotonic(), 0
    for thing in things:
        yield thing
        done += 1
    if monotonic() - began >= DELAY:
        sys.stderr.write(f"{what}: {done} done\n")
        sys.stderr.flush()
