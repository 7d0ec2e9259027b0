"""The class's own server: JupyterLab on the masters, with formgrader, for its instructors.

The hub runs ``python -m trd.hub.formgrader`` as a service under the class's own account;
``TRD_CLASS_FOLDER`` names the class's folder. No trainee's code runs there: what was handed in is
data.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from trd import paths
from trd.hub.singleuser import kernels_apart
from trd.lab import home as homes
from trd.lab import own_programs_first, settings

#: Names the open port, where ``trd.hub.door`` has taken one.
LISTENING = "TRD_LISTENING"
#: Seconds that a server of an earlier start has to end by itself.
PATIENCE_S = 10


def prepare() -> list[str]:
    """Bring the settings up to date and go into the class's folder; return the server's arguments.

    Raises
    ------
    ValueError
        If there is no course in it, its state cannot be kept, or the hub closed the class.
    """
    home = homes.find()
    # First of all: whatever is wrong with the class, an earlier server must not go on.
    stop_earlier(home.root / "formgrader.pid")
    if "TRD_CLOSED" in os.environ:
        raise ValueError(os.environ["TRD_CLOSED"])
    os.chdir(os.environ.get("TRD_CLASS_FOLDER", "."))
    home.make()
    os.environ.update(settings.environment("instructor", home))
    # The hub says who may come in; a key in the address would be a second door.
    os.environ.pop("JUPYTER_TOKEN", None)
    own_programs_first()
    root = paths.repository()
    if root is None or not (root / "nbgrader_config.py").is_file():
        raise ValueError(
            f"{Path.cwd()} holds no course with masters. Copy it there: "
            "python -m trd.hub prepare --masters CHECKOUT"
        )
    settings.write("instructor", home)
    os.chdir(root)
    return kernels_apart(home)


def stop_earlier(note: Path) -> None:
    """End the server of an earlier start, and write down this one.

    Parameters
    ----------
    note : pathlib.Path
        Where each start writes down its process.
    """
    end_earlier(os.geteuid(), note)
    with contextlib.suppress(OSError):
        note.write_text(str(os.getpid()), encoding="ascii")


def end_earlier(uid: int, note: Path) -> None:
    """End the server that a killed hub left behind: it holds the port that this one needs.

    Parameters
    ----------
    uid : int
        The class's account. The note is in its hands, so nobody else's process is ended.
    note : pathlib.Path
        Where each start writes down its process.
    """
    with contextlib.suppress(OSError, ValueError):
        # No link is followed and nothing waited for, as root reads this, too (trd.hub.door).
        with os.fdopen(os.open(note, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW), "rb") as file:
            left = int(file.read(20))
        for sign in (signal.SIGTERM, signal.SIGKILL):
            deadline = time.monotonic() + PATIENCE_S
            while _is_server(left, uid) and time.monotonic() < deadline:
                os.kill(left, sign)
                time.sleep(0.2)


def _is_server(process: int, uid: int) -> bool:
    """Tell whether a process is an account's server of this kind; numbers are given out again."""
    if process <= 1 or process == os.getpid():
        return False
    place = Path(f"/proc/{process}")
    try:
        command = place.joinpath("cmdline").read_bytes()
        if place.stat().st_uid != uid:
            return False
    except OSError:
        return False
    return b"jupyterhub.singleuser" in command or b"trd.hub.formgrader" in command


def explain(reason: str) -> NoReturn:
    """Answer every request with why there is no formgrader, until the hub is restarted.

    A service that ends while the hub starts would take the hub with it, and everybody's work.
    """
    page = (
        b"<!doctype html><html lang='en'><meta charset='utf-8'><title>No formgrader</title>"
        b"<h1>The formgrader of this class could not be started</h1>"
        b"<p>Trainees can work and hand in as usual. The reason stands in the hub's log; whoever "
        b"runs the server can mend it and restart the hub.</p></html>"
    )

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", "default-src 'none'")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the reason has been said."""

    sys.stderr.write(f"The formgrader cannot be started: {reason}\n")
    at = urlsplit(os.environ["JUPYTERHUB_SERVICE_URL"])
    taken = _taken()
    server = HTTPServer((at.hostname or "127.0.0.1", at.port or 80), Handler, taken is None)
    if taken is not None:
        taken.setblocking(True)
        server.socket.close()
        server.socket = taken
    # The hub ends its services by an interrupt.
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()
    raise SystemExit


def _taken() -> socket.socket | None:
    """Return the port that was taken for this process (``trd.hub.door``), if one was."""
    number = os.environ.pop(LISTENING, "")
    if not number:
        return None
    taken = socket.socket(fileno=int(number))
    # Kernels and terminals have no business with it.
    taken.set_inheritable(False)
    # Said again: Python thinks otherwise of a number, and a copy would make both wait.
    taken.setblocking(False)
    return taken


def main() -> None:
    """Prepare the settings, then become JupyterHub's server."""
    # The exchange sets its own modes; all else is the class's alone.
    os.umask(0o027)
    try:
        arguments = prepare()
    except (ValueError, OSError) as error:
        explain(str(error))
    serve(["jupyterhub-singleuser", *arguments, *sys.argv[1:]])


def serve(command: list[str]) -> None:
    """Run JupyterHub's server in this process, on the port that was taken for it, if one was."""
    from jupyter_server import serverapp
    from jupyterhub.singleuser import main as run  # type: ignore[import-untyped]

    taken = _taken()
    if taken is not None:
        # Jupyter opens its port twice: to see whether it is free, and to listen.
        serverapp.bind_sockets = lambda port, address=None, **more: [taken.dup()]

        def listen(self: Any) -> bool:
            self.http_server.add_sockets([taken])
            return True

        serverapp.ServerApp._bind_http_server_tcp = listen
    sys.argv = command
    run()


if __name__ == "__main__":
    main()
