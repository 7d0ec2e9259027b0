"""Progress bars for everything that may take longer than two seconds."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def bar(things: Iterable[T], what: str, total: int | None = None, show: bool = True) -> Iterator[T]:
    """Go through things and show on the error stream how far it is.

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
    from tqdm import tqdm

    if total is None:
        things = things if hasattr(things, "__len__") else list(things)
    # Nothing is drawn for what is over at once.
    yield from tqdm(
        things, desc=what, total=total, disable=not show, delay=0.5, leave=False, file=sys.stderr
    )
