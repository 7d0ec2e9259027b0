"""Words for the person at the terminal."""

from __future__ import annotations

import sys


def say(text: str) -> None:
    """Print one line at once, also into a pipe."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
