"""Accounts of the system: one for each person, one for each class."""

from __future__ import annotations

import fcntl
import os
import pwd
import random
import re
import shutil
import stat
import subprocess
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from trd.hub import asgrader

#: Where people's homes are made.
HOMES = Path("/home")
#: Below this number accounts belong to the system itself (``UID_MIN`` of login.defs).
FIRST_PERSON = 1000
#: Nobody's numbers. Directories of an institution give people any other, however high.
NOBODY = (65534, 65535, 2**32 - 2, 2**32 - 1)
#: How long to wait for another program that is changing ``/etc/passwd``, in seconds.
PATIENCE = 60.0
# useradd and userdel: "cannot update the password file", "cannot update the group file".
_BUSY = (1, 10)
_NAME_IN_USE = 9
_STILL_RUNNING = 8
# useradd looks whether the name is taken before it waits for its turn: two log-ins of one new
# person could make the account twice, with two numbers and a home that belongs to the first.
_QUEUE = Path("/run/trd-accounts.lock")
_ONE_AT_A_TIME = threading.Lock()


class AccountError(ValueError):
    """An account cannot be made, used or removed; the message says why and what to do."""


def exists(name: str) -> bool:
    """Return whether the system knows an account of that name."""
    return _find(name) is not None


def ensure(name: str, *, system: bool = False, home_base: Path = HOMES) -> pwd.struct_passwd:
    """Return an account of the system; make it first when it is missing.

    A new account has a home only its owner can look into, a shell, a group of its own and no
    password, so nobody can log in with one until an administrator sets it. An account that was
    there is left as it is, home included.

    Parameters
    ----------
    name : str
        One that is to be made: up to 32 small letters, digits, ``-`` or ``_``, beginning with a
        letter.
    system : bool
        Whether it belongs to a class instead of a person.
    home_base : pathlib.Path
        The folder in which the home is made.

    Raises
    ------
    AccountError
        If the name cannot be an account's, is one of the system's own (``root``, ``daemon``),
        a home of that name is there without the account, or this program may not make accounts.
    """
    found = _find(name)
    if found is None:
        # A name that a directory of the institution gave may be another kind; see useradd(8).
        _check_name(name)
        with _alone():
            found = _find(name) or _make(name, system, home_base / name)
    own = found.pw_uid < FIRST_PERSON and not system
    if found.pw_uid == 0 or found.pw_uid in NOBODY or own:
        raise AccountError(
            f"{name} is an account of the system itself (number {found.pw_uid}), not a person's. "
            "Give this person another name."
        )
    return found


def remove(name: str, *, graders: Collection[str] = ()) -> None:
    """Remove an account and its home; do nothing when there is none.

    Parameters
    ----------
    name : str
        The account.
    graders : collection of str
        Accounts of classes, which may be removed although they are the system's.

    Raises
    ------
    AccountError
        If the account is the system's own, if programs still run under it, or if this program
        may not remove accounts.
    """
    found = _find(name)
    if found is None:
        return
    own = found.pw_uid < FIRST_PERSON and name not in graders
    if found.pw_uid == 0 or found.pw_uid in NOBODY or own:
        raise AccountError(
            f"{name} is an account of the system itself (number {found.pw_uid}) and is kept."
        )
    running = processes(found.pw_uid)
    if running:
        raise AccountError(_still_running(name, running))
    with _alone():
        done = _patiently(_command("userdel", "--remove", name), name)
    if done.returncode == _STILL_RUNNING:
        raise AccountError(_still_running(name, processes(found.pw_uid)))
    # userdel warns where there never was a mailbox, and is right.
    if exists(name) or Path(found.pw_dir).exists():
        raise AccountError(
            f"{name} could not be removed with its home {found.pw_dir}: {_told(done)}. "
            "Put that right and try again."
        )


def processes(uid: int) -> list[int]:
    """Return the numbers of the processes that run under one account."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            lines = (entry / "status").read_text(encoding="ascii", errors="replace").splitlines()
        except OSError:  # it has just ended
            continue
        fields = {line.split(":")[0]: line.split()[1:] for line in lines if ":" in line}
        # Real, effective, saved and file-system number; what has ended has no claim on files.
        if str(uid) in fields.get("Uid", []) and fields.get("State", ["Z"])[0] != "Z":
            found.append(int(entry.name))
    return sorted(found)


def people() -> list[pwd.struct_passwd]:
    """Return every account of a person the system lists."""
    return [
        each for each in pwd.getpwall() if each.pw_uid >= FIRST_PERSON and each.pw_uid not in NOBODY
    ]


def run_as(person: pwd.struct_passwd, work: Callable[[], Any]) -> Any:
    """Do something with the rights of one account and no others.

    Whatever its owner has put into a folder - links above all - can then do no more harm than
    its owner could. The work is done in a process of its own; not for programs with threads.

    Parameters
    ----------
    person : pwd.struct_passwd
        The account.
    work : callable
        What to do; returns something JSON can hold.

    Raises
    ------
    AccountError
        If the work fails, with what it said, or the account cannot be taken on.
    """
    if os.geteuid() == person.pw_uid:
        return work()
    _need_root(f"do something as {person.pw_name}")
    account = asgrader.Account(person.pw_name, person.pw_uid, person.pw_gid, Path(person.pw_dir))
    try:
        return asgrader.call(account, work)
    except asgrader.StepError as error:
        raise AccountError(f"As {person.pw_name}: {error}") from error


def _find(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except (KeyError, ValueError):
        return None


def _check_name(name: str) -> None:
    if not re.fullmatch(r"[a-z_][a-z0-9_-]{0,31}", name):
        raise AccountError(
            f"{name!r} cannot be an account's name. It has up to 32 small letters, digits, - or "
            "_, and begins with a letter."
        )


def _make(name: str, system: bool, home: Path) -> pwd.struct_passwd:
    command = _command("useradd", name)
    _check_home(name, home, system)
    command[1:1] = [
        *("--create-home", "--home-dir", str(home)),
        *("--shell", "/bin/bash" if Path("/bin/bash").exists() else "/bin/sh"),
        # Debian's own default is 0755: any trainee could list the class's masters. Both are
        # said, since older versions know only the second.
        *("--key", "HOME_MODE=0700", "--key", "UMASK=077"),
        "--user-group",
        *(["--system"] if system else []),
    ]
    home.parent.mkdir(parents=True, exist_ok=True)
    done = _patiently(command, name)
    found = _find(name)
    # "Name in use" for an account that is there now: another program has made it.
    if found is None or (done.returncode not in (0, _NAME_IN_USE)):
        raise AccountError(f"The account {name} could not be made: {_told(done)}.")
    if done.returncode == 0:
        _close(found)
    return found


def _check_home(name: str, home: Path, system: bool) -> None:
    try:
        seen = home.lstat()
    except FileNotFoundError:
        return
    # A class's folder may have been unpacked by the administrator before.
    if system and seen.st_uid == 0 and stat.S_ISDIR(seen.st_mode):
        return
    raise AccountError(
        f"There is a {home} but no account {name}: it may hold the work of somebody whose "
        "account is gone. Move it away, or make the account by hand if it is the same person."
    )


def _close(account: pwd.struct_passwd) -> None:
    # Whatever useradd made of it, on any distribution.
    home = os.open(account.pw_dir, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(home).st_uid in (0, account.pw_uid):
            os.fchown(home, account.pw_uid, account.pw_gid)
            os.fchmod(home, 0o700)
    finally:
        os.close(home)


@contextmanager
def _alone() -> Iterator[None]:
    """Keep out other threads, and other programs of the course."""
    _need_root("make or remove accounts")
    with _ONE_AT_A_TIME:
        try:
            queue = os.open(_QUEUE, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise AccountError(
                f"{_QUEUE} cannot be used to wait for one's turn ({error.strerror}). Remove it."
            ) from error
        try:
            fcntl.flock(queue, fcntl.LOCK_EX)
            yield
        finally:
            os.close(queue)


def _command(program: str, *arguments: str) -> list[str]:
    _need_root(f"run {program}")
    found = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        raise AccountError(
            f"This system has no {program} (on Debian it is in the package passwd). Make and "
            "remove accounts by hand, and set create_accounts = false."
        )
    return [found, *arguments]


def _need_root(what: str) -> None:
    if os.geteuid() != 0:
        raise AccountError(
            f'Only root may {what}. Run this as root, or set accounts = "one" for a trial '
            "under your own account."
        )


def _patiently(command: list[str], name: str) -> subprocess.CompletedProcess[str]:
    until = time.monotonic() + PATIENCE
    while True:
        done = subprocess.run(  # noqa: S603  # a fixed program and a checked name
            command,
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
        )
        busy = done.returncode in _BUSY and "lock" in done.stderr
        if not busy:
            return done
        if time.monotonic() > until:
            raise AccountError(
                f"{name}: another program has kept /etc/passwd locked for {PATIENCE:.0f} seconds. "
                "If none is running, remove /etc/passwd.lock, /etc/shadow.lock, /etc/group.lock "
                "and /etc/gshadow.lock."
            )
        # Not all at the same moment again.
        time.sleep(random.uniform(0.02, 0.2))  # noqa: S311  # no secret


def _told(done: subprocess.CompletedProcess[str]) -> str:
    said = " ".join(done.stderr.split()).removesuffix(".")
    return said or f"{Path(done.args[0]).name} ended with {done.returncode}"


def _still_running(name: str, running: list[int]) -> str:
    numbers = ", ".join(str(each) for each in running[:5])
    more = f" and {len(running) - 5} more" if len(running) > 5 else ""
    return (
        f"Programs of {name} are still running (process {numbers or 'unknown'}{more}). Stop this "
        "person's server on the hub's admin page, wait a moment and try again."
    )
