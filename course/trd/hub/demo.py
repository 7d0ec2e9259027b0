"""``make hub``: the one-server hub on this machine, with invented people and one password.

Everybody runs under the account that started it, so nothing is kept apart. It shows what
instructors and trainees will see, and how the settings hang together; it is no place for work.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from trd import paths
from trd.hub import layout, settings
from trd.hub.cluster import ACCOUNT, Cluster, ClusterError
from trd.lab import home as homes
from trd.lab import say

PASSWORD = "demonstration"  # noqa: S105  # printed at every start
INSTRUCTORS = ("ines", "tom")
TRAINEES = ("anna", "bert", "carla", "dev")
COURSE = "trd"
USUAL_PORT = 8000
#: Seconds that what is ended has to put its things in order.
_GENTLY_S = 30
#: Seconds that JupyterHub, its proxy and the formgrader have to come up.
PATIENCE_S = 180

WARNING = f"""
!!! A TRIAL. Do not put this on a network, and do not work in it. !!!
    Everybody has the same password and runs under your own account: whoever gets in can read
    every answer, every key and the gradebook, and everything else of yours.
    How a real hub is installed stands in assets/hub/README.md.

    Password of everybody:  {PASSWORD}
    Instructors:            {", ".join(INSTRUCTORS)}
    Trainees:               {", ".join(TRAINEES)}
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what ``demo`` takes."""
    parser.add_argument("--port", type=int, help="port to serve on (default: 8000, or a free one)")
    parser.add_argument("--home", help="folder for its state (default: hub/ in .local or TRD_HOME)")
    parser.add_argument("--sqlite", action="store_true", help="do not use PostgreSQL")
    parser.add_argument("--fresh", action="store_true", help="begin anew: forget everybody's work")


def run(options: argparse.Namespace) -> int:
    """Serve until stopped; return the exit code.

    Raises
    ------
    ValueError
        If something stands in the way; the message says what to do.
    """
    repository = paths.repository()
    if repository is None:
        raise settings.SettingsError("The trial needs the course's repository, with its masters.")
    root = Path(options.home).resolve() if options.home else homes.find().root / "hub"
    if options.fresh:
        shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True, exist_ok=True)
    root.chmod(0o700)
    proxy = install_proxy(repository / "assets" / "hub", root / "proxy")
    with _only_one(root), gradebook(root, options) as url:
        file = write_settings(root, repository, proxy, url, options.port)
        plan = settings.load(file)
        layout.prepare(plan, _quietly)
        _release(repository, plan)
        return serve(plan, file, repository)


def install_proxy(recipe: Path, folder: Path) -> Path:
    """Fetch the hub's proxy from npm, unless it is there; return its folder.

    Raises
    ------
    SettingsError
        If npm is missing or fails.
    """
    lock = (recipe / "package-lock.json").read_bytes()
    kept = folder / "package-lock.json"
    program = folder / "node_modules" / ".bin" / "configurable-http-proxy"
    if program.exists() and kept.exists() and kept.read_bytes() == lock:
        return folder
    npm = shutil.which("npm")
    if npm is None:
        raise settings.SettingsError(
            "npm is missing; the hub's proxy comes with it. Install Node.js 20 or newer with npm; "
            "assets/hub/README.md says how."
        )
    say("Fetching the hub's proxy (once; a few seconds).")
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(recipe / name, folder / name)
    quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
    done = subprocess.run([npm, "ci", *quiet], cwd=folder, check=False)  # noqa: S603
    if done.returncode:
        kept.unlink()
        raise settings.SettingsError(
            "npm could not fetch the hub's proxy (the reason is above). Check the network and "
            "run the same command again."
        )
    return folder


@contextlib.contextmanager
def gradebook(root: Path, options: argparse.Namespace) -> Iterator[str]:
    """Start a PostgreSQL for the gradebook where one is installed; give the gradebook's URL."""
    # PostgreSQL does not run as root; its own account must reach the folder then.
    place = Path("/var/tmp/trd-hub-trial") if os.geteuid() == 0 else root / "postgresql"  # noqa: S108
    try:
        if options.sqlite:
            raise ClusterError("as you asked")
        cluster = Cluster(place)
        if options.fresh:
            cluster.stop()
            shutil.rmtree(place, ignore_errors=True)
        cluster.start()
    except (ClusterError, KeyError) as reason:
        say(f"Gradebook: SQLite ({reason})")
        yield "sqlite"
        return
    try:
        name = f"gradebook_{COURSE}"
        _make_database(cluster, name)
        say("Gradebook: PostgreSQL, a server of its own for this trial")
        yield f"postgresql+psycopg:///{name}?host={cluster.folder}&user={_role()}"
    finally:
        cluster.stop()


def _role() -> str:
    import pwd

    return pwd.getpwuid(os.geteuid()).pw_name


def _make_database(cluster: Cluster, name: str) -> None:
    script = (
        "SELECT format('CREATE ROLE %I LOGIN', :'role') WHERE NOT EXISTS"
        " (SELECT FROM pg_roles WHERE rolname = :'role') \\gexec\n"
        "SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'role') WHERE NOT EXISTS"
        " (SELECT FROM pg_database WHERE datname = :'name') \\gexec\n"
    )
    given = ["--set", f"role={_role()}", "--set", f"name={name}", "--set", "ON_ERROR_STOP=1"]
    command = [shutil.which("psql") or "psql", "--no-psqlrc", "-qAt", *given, "postgres"]
    done = subprocess.run(  # noqa: S603  # names are quoted by psql
        command,
        input=script,
        text=True,
        capture_output=True,
        check=False,
        cwd="/",
        env={**os.environ, **cluster.environment},
        user=ACCOUNT if os.geteuid() == 0 else None,
    )
    if done.returncode:
        raise settings.SettingsError(f"PostgreSQL would not make the gradebook: {done.stderr}")


def write_settings(root: Path, repository: Path, proxy: Path, url: str, port: int | None) -> Path:
    """Write the trial's own ``hub.toml``; return where it is."""
    ports = _free_ports(port)
    above = {"exchange": str(root / "exchange")}
    hub = {
        **dict(zip(("port", "api_port", "proxy_api_port"), ports[:3], strict=True)),
        "state": str(root / "state"),
        "proxy": str(proxy),
        "accounts": "one",
        "login": "dummy",
        "demo_password": PASSWORD,
    }
    course = {
        "id": COURSE,
        "grader": f"grader-{COURSE}",
        "folder": str(repository),
        "state": str(root / "class"),
        "port": ports[3],
        "instructors": list(INSTRUCTORS),
        "trainees": list(TRAINEES),
        "gradebook": url,
    }
    lines = ["# Written anew at every start of the trial."]
    for heading, values in (("", above), ("[hub]", hub), ("[[course]]", course)):
        lines += [heading, *(f"{key} = {_toml(value)}" for key, value in values.items())]
    file = root / "hub.toml"
    file.write_text("\n".join([*lines, ""]), encoding="utf-8")
    file.chmod(0o600)
    return file


def _toml(value: object) -> str:
    # Strings, numbers and lists of strings are written alike in both.
    return json.dumps(value)


def _free_ports(first: int | None) -> list[int]:
    with contextlib.ExitStack() as held:
        found = []
        for wanted in (first or USUAL_PORT, 0, 0, 0):
            probe = held.enter_context(socket.socket())
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", wanted))
            except (OSError, OverflowError):
                if first and wanted == first:
                    raise settings.SettingsError(
                        f"Port {first} is taken by another program, not allowed for this account, "
                        "or no port at all. Choose another with --port, or leave it out."
                    ) from None
                probe.bind(("127.0.0.1", 0))
            found.append(probe.getsockname()[1])
        return found


@contextlib.contextmanager
def _only_one(root: Path) -> Iterator[None]:
    import portalocker

    try:
        with portalocker.Lock(root / "lock", mode="a", timeout=0.1):
            yield
    except portalocker.exceptions.LockException:
        raise settings.SettingsError(
            f"A trial is running in {root} already. Stop it with Ctrl-C in its window, or choose "
            "another folder with --home."
        ) from None


def _quietly(line: str) -> None:
    """Leave out what is only interesting on a real machine."""


def _release(repository: Path, plan: settings.HubSettings) -> None:
    """Hand out the assignments, as an instructor would with nbgrader."""
    from trd.lab import release

    course = plan.course[0]
    home = homes.Home(course.state, plan.exchange)
    home.make()
    os.environ.update(
        TRD_HOME=str(home.root),
        TRD_EXCHANGE=str(plan.exchange),
        TRD_GRADEBOOK=course.gradebook_url,
    )
    if out := release.release(repository, home):
        say(f"Assignments ready to fetch: {', '.join(out)}")


def serve(plan: settings.HubSettings, file: Path, repository: Path) -> int:
    """Run JupyterHub until it is stopped; return its exit code."""
    log = plan.hub.state / "hub.log"
    programs = str(Path(sys.executable).parent)
    environment = {
        **os.environ,
        settings.VARIABLE: str(file),
        "PATH": os.pathsep.join([programs, os.environ.get("PATH", os.defpath)]),
    }
    _end_left_over(plan)
    command = [sys.executable, "-m", "jupyterhub"]
    command += ["-f", str(repository / "assets" / "hub" / "jupyterhub_config.py")]
    with log.open("ab") as output:
        hub = subprocess.Popen(  # noqa: S603  # our own Python
            command,
            cwd=plan.hub.state,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    (plan.hub.state / "hub.pid").write_text(str(hub.pid), encoding="ascii")
    # A terminal that is closed ends the trial as Ctrl-C does.
    for sign in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, signal.default_int_handler)
    try:
        say(WARNING)
        address = f"http://127.0.0.1:{plan.hub.port}/"
        if not _is_up(f"{address}hub/api/", hub):
            said = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            raise settings.SettingsError(f"The hub did not start. {log} ends with:\n{said}")
        say(f"Open this address in your browser:\n\n    {address}\n")
        say(f"What the hub says goes to {log}. Ctrl-C here stops everything.")
        return hub.wait()
    except KeyboardInterrupt:
        say("\nStopping (some seconds).")
        return 0
    finally:
        _end(hub)
        _end_left_over(plan)


def _is_up(address: str, hub: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and hub.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5):  # noqa: S310
            return True
        time.sleep(0.3)
    return False


def _end(hub: subprocess.Popen[bytes]) -> None:
    if hub.poll() is None:
        hub.terminate()
        try:
            hub.wait(30)
        except subprocess.TimeoutExpired:
            hub.kill()


def _end_left_over(plan: settings.HubSettings) -> None:
    """End what a killed trial leaves behind: its ports would be taken for ever."""
    for note, program in (
        (plan.hub.state / "hub.pid", b"jupyterhub"),
        (plan.hub.state / "proxy.pid", b"configurable-http-proxy"),
    ):
        with contextlib.suppress(OSError, ValueError):
            number = int(note.read_text(encoding="ascii"))
            deadline = time.monotonic() + _GENTLY_S
            while program in Path(f"/proc/{number}/cmdline").read_bytes():
                # The hub ends everybody's servers first, which takes it some seconds.
                late = time.monotonic() > deadline
                os.kill(number, signal.SIGKILL if late else signal.SIGTERM)
                time.sleep(0.5)
