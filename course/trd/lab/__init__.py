"""What turns JupyterLab into the course: two modes, their settings and their state."""

from __future__ import annotations

import sys


def say(text: str) -> None:
    """Tell the person at the terminal something, at once, also through a pipe."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
