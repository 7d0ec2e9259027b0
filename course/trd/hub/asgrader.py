"""Doing one step as the account that owns a class, from a command that root runs.

What a class's folder holds is written by its instructors, and loading its configuration runs their
code. So nothing of it is loaded as root: a step runs in a process of its own that has become the
class's account for good, and only words and numbers come back from it.
"""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from trd.hub.settings import CourseClass, HubSettings


class StepError(ValueError):
    """A step could not be done; the message says why and what to do."""


@dataclass(frozen=True)
class Account:
    """An account of the system.

    Attributes
    ----------
    name : str
        Its name.
    uid, gid : int
        Its numbers.
    home : pathlib.Path
        Its folder.
    """

    name: str
    uid: int
    gid: int
    home: Path


def known(name: str) -> Account | None:
    """Return an account of the system by name, or None if there is none."""
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, Path(entry.pw_dir))


def of_class(settings: HubSettings, course: CourseClass) -> Account | None:
    """Return whom to become for a class's sake.

    Returns
    -------
    Account or None
        None when nobody needs to be become: one account for everybody, or it is this one.

    Raises
    ------
    StepError
        If there is no such account, or this is neither it nor root.
    """
    if settings.hub.accounts == "one":
        return None
    found = known(course.grader)
    if found is None:
        raise StepError(
            f"There is no account {course.grader} for the class {course.id}. "
            "Make it first: python -m trd.hub prepare"
        )
    if os.geteuid() == found.uid:
        return None
    if os.geteuid() != 0:
        raise StepError(f"This must be run as root, or as the class's own account {found.name}.")
    return found


def environment(
    settings: HubSettings, course: CourseClass, account: Account | None = None
) -> dict[str, str]:
    """Return the environment in which the class's own tools find the class.

    Parameters
    ----------
    settings, course
        The hub and the class.
    account : Account, optional
        Who will run them; this account when not given.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(("PG", "LC_")) or name in ("LANG", "TZ", "TMPDIR")
    }
    # nbgrader calls alembic by name, so this interpreter's scripts come first.
    scripts = str(Path(sys.executable).parent)
    usual = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return {
        **kept,
        "PATH": os.pathsep.join([scripts, usual]),
        "HOME": str(account.home if account else Path.home()),
        "TRD_HOME": str(course.state),
        "TRD_EXCHANGE": str(settings.exchange),
        "TRD_COURSE": course.id,
        "TRD_GRADEBOOK": course.gradebook_url,
    }


def call(
    account: Account | None,
    step: Callable[[], Any],
    env: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Any:
    """Run a function in a process of another account and return what it returns.

    Parameters
    ----------
    account : Account, optional
        Whom to become, for good; nobody else when not given.
    step : callable
        Takes nothing and returns what JSON can hold. Open files of this process are open in it.
    env : mapping, optional
        Its whole environment.
    folder : pathlib.Path, optional
        Where it runs; ``/`` when not given.

    Raises
    ------
    StepError
        If it fails; the message is its own.
    """
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _become_and_run(account, step, env, folder, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        # JSON and not pickle: the other side has loaded code that is not ours.
        data = answer.read()
    _, status = os.waitpid(child, 0)
    try:
        said = json.loads(data)
        if "error" not in said:
            return said["done"]
        message = str(said["error"])
    except (ValueError, KeyError, TypeError):
        message = f"It ended early (code {os.waitstatus_to_exitcode(status)})."
    raise StepError(message)


def _become_and_run(
    account: Account | None,
    step: Callable[[], Any],
    env: Mapping[str, str] | None,
    folder: Path | None,
    writing: int,
) -> None:
    """Never returns: what follows belongs to the other process."""
    code = 1
    try:
        if account is not None:
            os.initgroups(account.name, account.gid)
            os.setgid(account.gid)
            os.setuid(account.uid)
        os.umask(0o077)
        if env is not None:
            os.environ.clear()
            os.environ.update(env)
        os.chdir(folder or "/")
        answer: dict[str, Any] = {"done": step()}
        code = 0
    except ValueError as error:
        answer = {"error": str(error)}
    except BaseException as error:  # noqa: BLE001 - it must not return into the caller's code
        where = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(where.filename).name}:{where.lineno}"
        answer = {"error": f"{type(error).__name__}: {error} ({place})"}
    try:
        with os.fdopen(writing, "wb") as file:
            file.write(json.dumps(answer).encode("ascii"))
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def command(
    account: Account | None,
    words: Sequence[str],
    env: Mapping[str, str],
    stdin: IO[bytes] | None = None,
    stdout: IO[bytes] | None = None,
) -> str:
    """Run a program as another account.

    Parameters
    ----------
    account : Account, optional
        Whom it runs as; this account when not given.
    words : sequence of str
        The program and what it is given; no shell reads them.
    env : mapping
        Its whole environment.
    stdin, stdout : file, optional
        Where it reads from and writes to.

    Returns
    -------
    str
        What it printed, when ``stdout`` is not given.

    Raises
    ------
    StepError
        If it is not installed or fails; the message holds the last lines it said.
    """
    who: dict[str, Any] = {}
    if account is not None:
        groups = os.getgrouplist(account.name, account.gid)
        who = {"user": account.uid, "group": account.gid, "extra_groups": groups}
    try:
        ended = subprocess.run(  # noqa: S603 - no shell, and the words are our own
            list(words),
            env=dict(env),
            cwd="/",
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            stdout=subprocess.PIPE if stdout is None else stdout,
            stderr=subprocess.PIPE,
            check=False,
            **who,
        )
    except FileNotFoundError:
        raise StepError(
            f"The program {words[0]} is not installed. For PostgreSQL's own: "
            "apt install postgresql-client"
        ) from None
    if ended.returncode:
        said = ended.stderr.decode("utf-8", "replace").strip().splitlines()
        raise StepError(f"{words[0]} failed: {' / '.join(said[-4:]) or ended.returncode}")
    return (ended.stdout or b"").decode("utf-8", "replace")
