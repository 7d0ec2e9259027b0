"""What turns JupyterLab into the course: two modes, their settings and their state."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def say(text: str) -> None:
    """Tell the person at the terminal something, at once, also through a pipe."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def own_programs_first() -> None:
    """Let this environment's programs be found first: nbgrader calls ``alembic`` by name."""
    programs = str(Path(sys.executable).parent)
    os.environ["PATH"] = os.pathsep.join([programs, os.environ.get("PATH", os.defpath)])
