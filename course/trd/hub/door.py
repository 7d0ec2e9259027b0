"""The port of a class's formgrader, taken while nobody else may take it.

An account of the machine may listen on any port from 1024 on: while formgrader is restarted, a
trainee could stand in its place and be shown what instructors type. Ports below belong to root. So
the hub starts this as root; it takes the port, gives up root for the class's account, for good, and
only then runs anything of the class's (``trd.hub.formgrader``, which finds the port open).
"""

from __future__ import annotations

import contextlib
import os
import pwd
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from trd.hub.formgrader import LISTENING, explain

#: Seconds that a server of an earlier start has to end by itself.
PATIENCE_S = 10


def main() -> None:
    """Take the port, become the class's account, run its formgrader."""
    account = pwd.getpwnam(os.environ["TRD_GRADER"])
    end_earlier(account.pw_uid, Path(os.environ["TRD_HOME"]) / "formgrader.pid")
    taken = listen()
    become(account)
    os.set_inheritable(taken.fileno(), True)
    os.environ[LISTENING] = str(taken.fileno())
    if "TRD_CLOSED" in os.environ:
        explain(os.environ["TRD_CLOSED"])
    # A class keeps the code it began with, whatever is installed for the next one.
    os.environ["PYTHONPATH"] = os.environ.pop("TRD_CLASS_CODE", "")
    program = [sys.executable, "-P"]
    tried = subprocess.run(  # noqa: S603 - our own Python
        [*program, "-c", "import trd.hub.formgrader"], capture_output=True, text=True, check=False
    )
    if tried.returncode:
        said = tried.stderr.strip().splitlines()
        explain(f"the class's code does not run: {said[-1] if said else tried.returncode}")
    os.execv(sys.executable, [*program, "-m", "trd.hub.formgrader"])  # noqa: S606


def end_earlier(uid: int, note: Path) -> None:
    """End the server that a killed hub left behind: it holds the port.

    Parameters
    ----------
    uid : int
        The class's account. The note is in its hands, so nobody else's process is ended.
    note : pathlib.Path
        Where each start writes down its process.
    """
    with contextlib.suppress(OSError, ValueError):
        flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW
        with os.fdopen(os.open(note, flags), "rb") as file:
            left = int(file.read(20))
        deadline = time.monotonic() + PATIENCE_S
        while left > 1 and Path(f"/proc/{left}").stat().st_uid == uid:
            late = time.monotonic() > deadline
            os.kill(left, signal.SIGKILL if late else signal.SIGTERM)
            if late and time.monotonic() > deadline + PATIENCE_S:
                break
            time.sleep(0.2)


def listen() -> socket.socket:
    """Return a socket that listens where the hub expects formgrader."""
    at = urlsplit(os.environ["JUPYTERHUB_SERVICE_URL"])
    taken = socket.create_server((at.hostname or "127.0.0.1", at.port or 80), backlog=128)
    taken.setblocking(False)
    return taken


def become(account: pwd.struct_passwd) -> None:
    """Go on under an account, for good."""
    if os.geteuid() == 0:
        os.initgroups(account.pw_name, account.pw_gid)
        os.setresgid(account.pw_gid, account.pw_gid, account.pw_gid)
        os.setresuid(account.pw_uid, account.pw_uid, account.pw_uid)
    os.environ.update(
        HOME=account.pw_dir, USER=account.pw_name, LOGNAME=account.pw_name, SHELL="/bin/bash"
    )
    os.chdir("/")


if __name__ == "__main__":
    main()
