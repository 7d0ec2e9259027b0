"""Look again when something outside the page has changed, while the page is open."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from trd.quiz.session import Session

#: How often it is looked whether anything changed, in seconds.
WATCH_S = 2.0


async def _watch(stamp: Callable[[], Any], look: Callable[[], None]) -> None:
    seen = stamp()
    while True:
        await asyncio.sleep(WATCH_S)
        with contextlib.suppress(OSError):
            now = stamp()
            if now != seen:
                seen = now
                look()


def follow(session: Session, stamp: Callable[[], Any], look: Callable[[], None]) -> None:
    """Call ``look`` after every answer on the page, and whenever ``stamp`` gives something new.

    Parameters
    ----------
    session : Session
        The page; when it is started again, the watching ends.
    stamp : callable
        Returns something cheap to compare, such as times of files.
    look : callable
        Reads what is shown once more.
    """
    session.listeners.append(look)
    # Outside a kernel, as in tests, nothing is running that could watch.
    with contextlib.suppress(RuntimeError):
        loop = asyncio.get_running_loop()
        session.tasks.append(loop.create_task(_watch(stamp, look)))
