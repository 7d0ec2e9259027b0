"""The port of a class's formgrader, taken while nobody else may take it.

An account of the machine may listen on any port from 1024 on: while formgrader is restarted, a
trainee could stand in its place and be shown what instructors type. Ports below belong to root. So
the hub starts this as root; it takes the port, gives up root for the class's account, for good, and
only then runs anything of the class's (``trd.hub.formgrader``, which finds the port open).
"""

from __future__ import annotations

import os
import pwd
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from trd.hub.formgrader import LISTENING, end_earlier, explain


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
