"""Start JupyterLab as the course."""

from __future__ import annotations

import logging
import os
import socket
import sys
import webbrowser
from typing import Any

from trd import paths
from trd.lab import home as homes
from trd.lab import lessons, own_programs_first, release, say, settings

USUAL_PORT = 8888
TRIES = 50


def start(
    mode: str,
    port: int | None,
    home_dir: str | None,
    browser: bool,
    extra: list[str],
    page: str | None = None,
) -> None:
    """Prepare one mode and serve it until it is stopped.

    Parameters
    ----------
    mode : str
        ``"trainee"`` or ``"instructor"``.
    port : int or None
        Port to use; None takes the usual one or the next that is free.
    home_dir : str or None
        State folder; None for the usual one.
    browser : bool
        Whether to open a browser where there is a screen.
    extra : list of str
        Options handed on to JupyterLab as they are.
    page : str, optional
        Path of the address that is printed and opened; the mode's own first page when not given.

    Raises
    ------
    ValueError
        If something stands in the way; the message says what to do.
    """
    chosen = _explicit(port) if port is not None else 0
    home = homes.find(home_dir)
    home.make()
    if home_dir or os.environ.get("TRD_HOME"):
        # Who names a folder wants all of it there: two of them share no answers.
        os.environ.setdefault("TRD_DATA", str(home.root / "progress"))
    os.environ.update(settings.environment(mode, home))
    own_programs_first()
    settings.write(mode, home)
    root = settings.root_dir(mode, home)
    os.chdir(root)
    for copy in lessons.update(paths.course_dir(), home.lessons, home.root / "lessons.json"):
        say(f"A lesson has changed. Your edited copy of the old one is kept as {copy.name}")
    _hand_out(home)
    first = page or settings.START[mode]
    # Another course may take a free port before this one does, so only a chosen port is final.
    retries = 0 if chosen else TRIES
    _serve(chosen or _free_port(), retries, first, browser and _has_screen(), extra)


def _hand_out(home: homes.Home) -> None:
    repository = paths.repository()
    if repository is None:
        return
    try:
        released = release.release(repository, home)
    except (ValueError, OSError) as error:
        # Lessons work without assignments, so this does not stop anyone.
        say(f"\n{error}\nThe lessons start without it.\n")
        return
    if released:
        say(f"Assignments ready to fetch: {', '.join(released)}")


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _explicit(port: int) -> int:
    if not 1 <= port <= 65535:
        raise ValueError(f"--port {port}: a port is a number from 1 to 65535.")
    if not _is_free(port):
        raise ValueError(
            f"Port {port} is taken by another program, or not allowed for this account. "
            "Choose another with --port, or leave it out to get a free one."
        )
    return port


def _free_port() -> int:
    for port in range(USUAL_PORT, USUAL_PORT + TRIES):
        if _is_free(port):
            if port != USUAL_PORT:
                say(f"Port {USUAL_PORT} is taken by another program; using {port} instead.")
            return port
    raise ValueError(
        f"No free port between {USUAL_PORT} and {USUAL_PORT + TRIES - 1}. "
        "Stop another Jupyter first, or choose a port with --port."
    )


def _has_screen() -> bool:
    if sys.platform in ("win32", "darwin"):
        return "SSH_CONNECTION" not in os.environ
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _serve(port: int, retries: int, page: str, browser: bool, extra: list[str]) -> None:
    from jupyterlab.labapp import LabApp  # type: ignore[import-untyped]

    options = [f"--ServerApp.port={port}", f"--ServerApp.port_retries={retries}", "--no-browser"]
    options += ["--ServerApp.log_level=ERROR", "--LabApp.log_level=ERROR"]
    server = LabApp.initialize_server(argv=[*options, *extra])
    server.log.addFilter(_is_news)
    _take_next_port(server, retries)

    def announce() -> None:
        url = f"http://127.0.0.1:{server.port}{page}"
        if token := server.identity_provider.token:
            url += f"{'&' if '?' in page else '?'}token={token}"
        say(f"\nOpen this address in your browser:\n\n    {url}\n")
        say("Leave this window open while you work. Ctrl-C here stops the course.")
        if browser:
            webbrowser.open(url)

    server.io_loop.add_callback(announce)
    server.start()
    say("\nThe course has stopped. Whatever was saved is kept.")


def _take_next_port(server: Any, retries: int) -> None:
    """Let a server take the next free port if its own is gone by the time it listens.

    Jupyter Server finds a free port, lets it go, and takes it a moment later; two courses started
    together find the same one, and the second would stop.
    """
    listen = server._bind_http_server_tcp

    def listen_somewhere() -> bool:
        found = server.port
        for port in range(found, found + retries + 1):
            server.port = port
            if listen():
                if port != found:
                    # “jupyter server list” has been told already.
                    server.write_server_info_file()
                return True
        return False

    server._bind_http_server_tcp = listen_somewhere


def _is_news(record: logging.LogRecord) -> bool:
    """Tell whether a message of the server says what this module does not say itself."""
    said = ("To access the server", "Shutting down", "received signal")
    return not any(words in record.getMessage() for words in said)
