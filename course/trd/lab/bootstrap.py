"""Set up the course in ``.venv`` and run one command there.

Runs under whatever Python the machine has, before anything is installed, so it uses the
standard library only::

    python3 course/trd/lab/bootstrap.py lab -m trd.lab trainee
    python3 course/trd/lab/bootstrap.py dev -m pytest

``lab`` installs what the course needs to run, ``dev`` what its tests need as well, ``hub`` what
a JupyterHub needs. Whatever follows is handed to the environment's Python. ``TRD_VENV`` names an
environment outside the repository, for other accounts: the course goes in as a wheel then, which
holds no masters.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
VENV = Path.cwd() / (os.environ.get("TRD_VENV") or ROOT / ".venv")
STAMP = VENV / "trd-setup.json"
LOCKS = {
    "lab": "requirements.lock",
    "dev": "requirements-dev.lock",
    "hub": "requirements-hub.lock",
}
OLDEST = (3, 11)
# Raise it when this script installs differently from the same lock.
RECIPE = "1"
ON_WINDOWS = os.name == "nt"


class SetupError(Exception):
    """Set-up cannot go on; the message says why and what to do."""


def venv_python() -> Path:
    """Return where the environment's Python is, or will be."""
    return VENV / ("Scripts/python.exe" if ON_WINDOWS else "bin/python")


def say(text: str) -> None:
    """Print one line at once, also into a pipe."""
    print(text, flush=True)


def require_python() -> None:
    """Go on under a new enough Python: this one, or another found on PATH."""
    if sys.version_info[:2] >= OLDEST:
        return
    for minor in (14, 13, 12, 11):
        found = shutil.which(f"python3.{minor}")
        if found:
            run_instead([found, *sys.argv], dict(os.environ))
    now = ".".join(str(part) for part in sys.version_info[:2])
    raise SetupError(
        f"The course needs Python 3.11 or newer; this is Python {now} ({sys.executable}).\n"
        "Install a newer one (https://www.python.org/downloads/) and say which to use, "
        "for example: make lab PYTHON=python3.12"
    )


def run_instead(command: list[str], env: dict[str, str]) -> None:
    """Replace this process, so that Ctrl-C and exit codes go straight to the command."""
    sys.stdout.flush()
    if ON_WINDOWS:
        try:
            sys.exit(subprocess.call(command, env=env))
        except KeyboardInterrupt:
            sys.exit(130)
    os.execve(command[0], command, env)  # noqa: S606  # the environment's own Python


# --- is everything in place already? ----------------------------------------------------


def wanted(which: str) -> str:
    """Return the fingerprint of a finished set-up."""
    lock = (ROOT / LOCKS[which]).read_bytes()
    return hashlib.sha256(lock + RECIPE.encode()).hexdigest()


def read_stamp() -> dict:
    """Return what earlier runs noted down; empty if they noted nothing readable."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(stamp: dict) -> None:
    """Note down the state of the environment, never half a file."""
    half = STAMP.with_suffix(".tmp")
    half.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
    half.replace(STAMP)


def place() -> dict:
    """Return what ties an environment to this folder and this Python."""
    return {"folder": str(VENV), "python": os.path.realpath(venv_python())}


def is_ready(which: str, stamp: dict) -> bool:
    """Tell whether a finished set-up covers it; ``dev`` includes all, and all include ``lab``."""
    if not venv_python().exists() or any(stamp.get(k) != v for k, v in place().items()):
        return False
    sets = stamp.get("sets", {})
    enough = set(LOCKS) if which == "lab" else {which, "dev"}
    return any(sets.get(name) == wanted(name) for name in enough)


def is_usable(stamp: dict) -> bool:
    """Tell whether the environment that exists can be kept and completed."""
    if not venv_python().exists():
        return False
    if stamp and any(stamp.get(k) != v for k, v in place().items()):
        say("The course was moved, or its Python changed: building the environment again.")
        return False
    probe = f"import sys; print(sys.version_info[:2] >= {OLDEST})"
    try:
        answer = subprocess.run(
            [str(venv_python()), "-c", probe], capture_output=True, text=True, check=False
        )
    except OSError:
        return False
    return answer.stdout.strip() == "True"


# --- building ---------------------------------------------------------------------------


def run(command: list[str], doing: str) -> bool:
    """Run one installation step, with a sign of life every ten seconds."""
    started = time.monotonic()
    over = threading.Event()

    def beat() -> None:
        while not over.wait(10):
            say(f"    {doing} ({time.monotonic() - started:.0f} s so far)")

    threading.Thread(target=beat, daemon=True).start()
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONHOME", "PYTHONPATH")}
    env["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    # Trust what the machine trusts: many hospitals have a certificate authority of their own.
    env.setdefault("UV_SYSTEM_CERTS", "1")
    try:
        return subprocess.run(command, env=env, check=False).returncode == 0
    except OSError:
        return False
    finally:
        over.set()


def works(command: list[str]) -> bool:
    """Tell whether a program is there and starts."""
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def find_uv() -> list[str] | None:
    """Return the command of an installer that is here already, if any."""
    for command in ([str(venv_python()), "-m", "uv"], [shutil.which("uv") or "uv"]):
        if works([*command, "--version"]):
            return command
    return None


def build_venv() -> None:
    """Make an empty environment in ``.venv``, replacing what is there."""
    try:
        VENV.mkdir(parents=True, exist_ok=True)
        # --without-pip works on systems that split ensurepip off into its own package.
        command = [sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise SetupError(read_only(error)) from error
    if done.returncode:
        raise SetupError(
            f"Python could not make an environment in {VENV}.\n"
            f"It said: {(done.stderr or done.stdout).strip()[-500:]}\n"
            "On Debian or Ubuntu this helps: sudo apt install python3-venv"
        )
    write_stamp({**place(), "sets": {}})


def get_pip() -> list[str]:
    """Return the command of a pip that installs into the environment."""
    python = str(venv_python())
    own = [python, "-m", "pip"]
    outer = [sys.executable, "-m", "pip", "--python", python]
    if works([*own, "--version"]):
        return own
    if importlib.util.find_spec("ensurepip") and works([python, "-m", "ensurepip"]):
        return own
    if works([*outer, "--version"]):
        return outer
    raise SetupError(
        "This Python has neither ensurepip nor pip, so nothing can be installed.\n"
        "On Debian or Ubuntu: sudo apt install python3-venv\n"
        "Elsewhere: install Python from https://www.python.org/downloads/ or install uv, "
        "then run the same command again."
    )


def is_own() -> bool:
    """Tell whether the environment is the repository's own, for the account that has it."""
    return VENV.is_relative_to(ROOT)


def install_wheel() -> None:
    """Install the course without its masters, newly each time: it may have changed."""
    say("  Installing the course itself")
    if not install_packages(["--force-reinstall", str(ROOT)]):
        raise SetupError(no_network())


def install_packages(what: list[str]) -> bool:
    """Install exactly what is listed: with uv for speed, with pip if uv cannot."""
    # --no-deps: the lock is complete, and leaves one slow optional package out on purpose.
    exactly = ["--quiet", "--no-deps", *what]
    uv = find_uv()
    if uv is None and run([*get_pip(), "install", "--quiet", "uv"], "fetching the installer"):
        uv = find_uv()
    if uv:
        into = ["--python", str(venv_python())]
        if run([*uv, "pip", "install", *into, *exactly], "installing"):
            return True
        say("    That did not work; trying again with pip, which takes a few minutes.")
    return run([*get_pip(), "install", "--retries", "1", *exactly], "installing")


def install(which: str) -> None:
    """Install the locked packages and put the course on the environment's path."""
    python = str(venv_python())
    if not install_packages(["-r", str(ROOT / LOCKS[which])]):
        raise SetupError(no_network())
    if not is_own():
        return
    where = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    # A path file rather than an editable install: needs no build tools and no network.
    Path(where, "trd-course.pth").write_text(str(ROOT / "course") + "\n", encoding="utf-8")


def set_up(which: str) -> None:
    """Bring the environment to the wanted state, from whatever state it is in."""
    stamp = read_stamp()
    if is_ready(which, stamp):
        return
    if is_own() and not os.access(ROOT, os.W_OK):
        raise SetupError(read_only())
    started = time.monotonic()
    say(f"Setting up the course in {VENV} (once; about a minute).")
    if not is_usable(stamp):
        say("  1. making a Python environment")
        build_venv()
        stamp = read_stamp()
    # An interrupted installation must not look finished, so its note goes first.
    sets = {k: v for k, v in stamp.get("sets", {}).items() if k != which}
    write_stamp({**place(), "sets": sets})
    count = sum(line[:1].isalnum() for line in (ROOT / LOCKS[which]).read_text().splitlines())
    say(f"  2. installing {count} packages")
    install(which)
    write_stamp({**place(), "sets": {**sets, which: wanted(which)}})
    say(f"  3. done in {time.monotonic() - started:.0f} s")


def read_only(error: object = "") -> str:
    """Return what to say when nothing can be written beside the course."""
    return (
        f"The folder of the course cannot be written to: {error or ROOT}\n"
        "Copy the course to a folder of your own and start it there."
    )


def no_network() -> str:
    """Return what to say when packages cannot be fetched."""
    return (
        "The packages of the course could not be installed (the reason is above).\n"
        "Most often there is no way to the package index: check the network, a proxy "
        "(HTTPS_PROXY), or pip's settings. Then run the same command again; it goes on from here."
    )


def clean() -> None:
    """Remove what builds and tests left behind; never state, environment or sources."""
    names = ("build", "dist", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis")
    for folder in [ROOT / name for name in names]:
        shutil.rmtree(folder, ignore_errors=True)
    for top in ("course", "tests", "solutions", "assignments"):
        for name in ("__pycache__", ".ipynb_checkpoints"):
            for folder in list((ROOT / top).rglob(name)):
                shutil.rmtree(folder, ignore_errors=True)


def main(arguments: list[str]) -> int:
    """Set up, then become the command that was asked for."""
    if arguments == ["clean"]:
        clean()
        return 0
    if not arguments or arguments[0] not in LOCKS:
        say("Usage: python3 course/trd/lab/bootstrap.py lab|dev|hub [what its Python shall run]")
        return 2
    try:
        require_python()
        set_up(arguments[0])
        if not is_own():
            install_wheel()
    except SetupError as error:
        say(f"\n{error}")
        return 1
    except PermissionError as error:
        say(f"\n{read_only(error)}")
        return 1
    except KeyboardInterrupt:
        say("\nStopped. Run the same command again to go on.")
        return 130
    if len(arguments) > 1:
        env = {k: v for k, v in os.environ.items() if k not in ("PYTHONHOME", "PYTHONPATH")}
        env["VIRTUAL_ENV"] = str(VENV)
        # nbgrader calls its helper programs by name.
        env["PATH"] = os.pathsep.join([str(venv_python().parent), env.get("PATH", os.defpath)])
        run_instead([str(venv_python()), *arguments[1:]], env)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
