"""The idle culler, which ends with its hub.

A hub that is killed leaves its services behind. The next one starts a culler of its own; the old
one's key is no longer good, and it would go on asking in vain until the machine is restarted.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys

#: ``PR_SET_PDEATHSIG`` of prctl(2); it outlives execve(2).
_PARENT_DEATH_SIGNAL = 1


def end_with_parent() -> None:
    """Ask the system to end this process when the one that started it ends; Linux only."""
    if sys.platform.startswith("linux"):
        # Where it cannot be asked for, a culler too many does no harm.
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, int(signal.SIGTERM), 0, 0, 0)


def main() -> None:
    """Become the culler."""
    end_with_parent()
    command = [sys.executable, "-m", "jupyterhub_idle_culler", *sys.argv[1:]]
    os.execv(sys.executable, command)  # noqa: S606 - our own Python


if __name__ == "__main__":
    main()
