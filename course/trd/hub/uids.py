"""Which number each person has on a cluster, where no machine knows their account.

Pods of a JupyterHub on Kubernetes have no accounts, but nbgrader's exchange keeps people apart by
them. So the hub writes a table, as in ``/etc/passwd``: a number is given once and never again.
Pods run under that number and look the name up with libnss-extrausers.

Only the standard library is used here, and nothing of ``trd``: the file is put into the hub's pod
as it stands (``assets/hub/helm/values.yaml``).
"""

from __future__ import annotations

import fcntl
import os
import pwd
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: Above everybody that Debian makes, below what it keeps for itself (60000 and up).
FIRST, LAST = 20_000, 59_999
#: Numbers for accounts of the course's own: one for each class's grader.
OWN = range(19_000, FIRST)
#: Everybody sees their own home under the same name; which folder that is, the hub decides.
HOME = "/home/trainee"
#: The name is compared with the account that owns a hand-in, and stands in a file's name before a
#: plus sign. So nothing is escaped: a name that does not fit as it is, is refused at the log-in.
PATTERN = r"[a-z_][a-z0-9_.@=~-]{0,63}"
#: Debian's own accounts, and what other images of Jupyter call theirs (nbgrader believes of
#: ``jovyan`` that it is everybody). The system would find them before the table.
RESERVED = frozenset(
    (
        *("root", "daemon", "bin", "sys", "sync", "games", "man", "lp", "mail", "news", "uucp"),
        *("proxy", "www-data", "backup", "list", "irc", "gnats", "_apt", "nobody", "nogroup"),
        *("messagebus", "sshd", "postgres", "systemd-network", "systemd-resolve"),
        *("systemd-timesync", "jovyan", "trainee"),
    )
)
#: Begins the name that stands in the place of somebody forgotten.
GONE = "gone-"


class NameRefusedError(ValueError):
    """The name cannot have an account; the message says which names can."""


class TableError(ValueError):
    """The table cannot be used as it is; the message says what to do."""


def checked(name: str) -> str:
    """Return a name as it was given, if it can be an account's.

    Parameters
    ----------
    name : str
        As JupyterHub knows the person.

    Raises
    ------
    NameRefusedError
        If it cannot.
    """
    if not re.fullmatch(PATTERN, name):
        raise NameRefusedError(
            f"“{ascii(name)[1:-1]}” cannot have an account here. A name has up to 64 small letters "
            "a to z, digits, and . _ - @ = ~, and begins with a letter or _. Choose another field "
            "of the log-in as the name, for example the mail address."
        )
    if name in RESERVED or name.startswith(GONE):
        raise NameRefusedError(f"“{name}” is kept for the system; this person needs another name.")
    return name


class Table:
    """The table, in a folder that only the hub can write to.

    Parameters
    ----------
    folder : str or pathlib.Path
        Holds ``passwd``, ``last`` (the highest number ever given) and ``lock``. Pods must mount
        the folder and not the file: each change puts a new file in the old one's place.
    first, last : int
        The numbers that may be given.
    """

    def __init__(self, folder: str | Path, first: int = FIRST, last: int = LAST) -> None:
        self.folder = Path(folder)
        self.path = self.folder / "passwd"
        self._range = range(first, last + 1)

    def uid(self, name: str) -> int:
        """Return a person's number; a new one the first time.

        Raises
        ------
        NameRefusedError
            If the name cannot have an account, or is a grader's.
        TableError
            If the table is damaged or lost, or all numbers are given.
        """
        checked(name)
        with self._locked():
            known = self.read()
            if known.get(name) in OWN:
                raise NameRefusedError(
                    f"“{name}” is a class's own account; no person comes in as it."
                )
            if name in known:
                return known[name]
            self._refuse_system(name)
            last = self._last()
            if last >= 0 and not self.path.exists():
                raise TableError(
                    f"{self.path} is gone. Put the last good copy back: with a new one everybody "
                    "would lose what they own."
                )
            if not known:
                self._write({})
            number = 1 + max([last, self._range.start - 1, *self._given(known)])
            if number not in self._range:
                raise TableError(f"All numbers up to {self._range.stop - 1} have been given.")
            # First the mark: after a crash between the two a number is skipped, never given twice.
            self._replace(self.folder / "last", f"{number}\n")
            self._write({**known, name: number})
            return number

    def reserve(self, name: str, number: int) -> int:
        """Give a class's grader its fixed number; return the number.

        Raises
        ------
        NameRefusedError
            If the name cannot have an account.
        TableError
            If the number is no such number, or name or number are taken.
        """
        checked(name)
        if number not in OWN:
            raise TableError(f"A grader's number is {OWN.start} to {OWN.stop - 1}, not {number}.")
        with self._locked():
            known = self.read()
            if known.get(name) == number:
                return number
            if name in known or number in known.values():
                raise TableError(
                    f"{name} cannot have the number {number}: one of the two is in {self.path} "
                    "already. Choose another number for this class; what the old one owns would "
                    "change hands otherwise."
                )
            self._refuse_system(name)
            self._write({**known, name: number})
            return number

    def forget(self, name: str) -> int | None:
        """Take a name out; its number stays taken. Return the number, or None if unknown."""
        with self._locked():
            known = self.read()
            number = known.get(name)
            if number is not None:
                gone = {f"{GONE}{number}" if each == name else each: n for each, n in known.items()}
                self._write(gone)
            return number

    def read(self) -> dict[str, int]:
        """Return everybody's number, in the order they were given.

        Raises
        ------
        TableError
            If a line is not one of this table's.
        """
        try:
            lines = self.path.read_text(encoding="ascii").splitlines()
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError) as error:
            raise TableError(f"{self.path} cannot be read: {error}") from error
        known: dict[str, int] = {}
        for at, line in enumerate(lines, start=1):
            match = re.fullmatch(rf"({PATTERN}):x:(\d{{1,9}}):(\d{{1,9}}):[^:]*:[^:]*:[^:]*", line)
            name, number = (match[1], int(match[2])) if match else ("", 0)
            if not match or match[2] != match[3] or name in known or number in known.values():
                raise TableError(
                    f"Line {at} of {self.path} is not what the hub wrote. Put the last good copy "
                    "back; do not guess numbers, because they own people's work."
                )
            known[name] = number
        return known

    def line(self, name: str) -> str:
        """Return one known person's line, for their own pod: it need not know the others."""
        return _line(name, self.read()[name])

    def _given(self, known: dict[str, int]) -> list[int]:
        return [number for number in known.values() if number in self._range]

    def _last(self) -> int:
        path = self.folder / "last"
        try:
            return int(path.read_text(encoding="ascii"))
        except FileNotFoundError:
            return -1
        except (OSError, ValueError) as error:
            raise TableError(
                f"{path} should hold the highest number ever given and cannot be read. Write that "
                "number into it (the owners of the folders of homes show it)."
            ) from error

    @staticmethod
    def _refuse_system(name: str) -> None:
        try:
            number = pwd.getpwnam(name).pw_uid
        except KeyError:
            return
        if number not in range(OWN.start, LAST + 1):
            raise NameRefusedError(f"“{name}” is an account of the system; choose another name.")

    def _write(self, known: dict[str, int]) -> None:
        text = "".join(f"{_line(name, number)}\n" for name, number in known.items())
        self._replace(self.path, text)

    def _replace(self, path: Path, text: str) -> None:
        # Readers in other pods see the old table or the new one, never half a line.
        new = path.with_name(f".{path.name}.new")
        with new.open("w", encoding="ascii") as file:
            os.fchmod(file.fileno(), 0o644)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            lock = (self.folder / "lock").open("a", encoding="ascii")
        except OSError as error:
            raise TableError(
                f"The table of accounts in {self.folder} cannot be written ({error.strerror}). "
                "The folder must be there and belong to the account the hub runs under."
            ) from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _line(name: str, number: int) -> str:
    return f"{name}:x:{number}:{number}::{HOME}:/bin/bash"
