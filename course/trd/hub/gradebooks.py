"""A class's gradebook as a thing to copy, compare and put in the place of another.

A SQLite gradebook is a file, copied with SQLite's own backup, which waits for whoever is writing. A
PostgreSQL gradebook is a database, copied with ``pg_dump``, which sees one moment. Both go on being
used meanwhile.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from trd.hub import asgrader, database
from trd.hub.asgrader import Account, StepError
from trd.hub.settings import CourseClass, HubSettings

#: What says whose work earned what, in nbgrader's own tables.
TABLES = ("student", "submitted_assignment", "submitted_notebook", "grade", "comment")
#: Seconds to wait for somebody who is writing.
PATIENCE_S = 60
_SYSTEM = database.ADMINISTRATOR


@dataclass(frozen=True)
class Gradebook:
    """Where a class's gradebook is.

    Attributes
    ----------
    kind : str
        ``"sqlite"`` or ``"postgresql"``.
    url : str
        As SQLAlchemy wants it.
    file : pathlib.Path or None
        The file of a SQLite gradebook.
    database : str
        The name of a PostgreSQL gradebook.
    account : Account or None
        Who reads and writes it.
    env : dict of str to str
        The environment for the programs that do.
    is_system : bool
        Whether the database server is the system's own, whose account ``postgres`` may do all.
    """

    kind: str
    url: str
    file: Path | None
    database: str
    account: Account | None
    env: dict[str, str]
    is_system: bool = False

    @classmethod
    def of(cls, settings: HubSettings, course: CourseClass) -> Gradebook:
        """Return the gradebook of a class.

        Raises
        ------
        StepError
            If it is of a kind that cannot be copied.
        """
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import ArgumentError

        account = asgrader.of_class(settings, course)
        env = asgrader.environment(settings, course, account)
        try:
            read = make_url(course.gradebook_url)
        except ArgumentError as error:
            raise StepError(f"The gradebook's address cannot be read: {error}") from error
        kind = read.get_backend_name()
        if kind == "sqlite" and read.database:
            from urllib.parse import unquote

            path = Path(unquote(course.gradebook_url.partition(":///")[2].partition("?")[0]))
            return cls(kind, course.gradebook_url, path, "", account, env)
        if kind != "postgresql" or not read.database:
            raise StepError(
                f"A gradebook in {kind} cannot be copied by this command. Copy it with its own "
                "tools, or use SQLite or PostgreSQL."
            )
        env |= _server_of(read)
        system = course.gradebook == "postgresql"
        return cls(kind, course.gradebook_url, None, read.database, account, env, system)

    def url_of(self, name: str) -> str:
        """Return the address of another database, or file, beside this one."""
        from urllib.parse import quote

        from sqlalchemy.engine import make_url

        if self.kind == "sqlite":
            return "sqlite:///" + quote(name)
        named = make_url(self.url).set(database=name)
        return named.render_as_string(hide_password=False)

    def call(self, step: Callable[[], Any]) -> Any:
        """Do a step that uses the gradebook, as the account it belongs to.

        Raises
        ------
        StepError
            If it fails; when PostgreSQL does not answer, with what to do.
        """
        with explained(self.url, self.env):
            return asgrader.call(self.account, step, self.env)

    @property
    def is_there(self) -> bool:
        """Whether there is a gradebook at all."""
        if self.file is not None:
            return self.file.is_file() and not self.file.is_symlink()
        return self.database in self.databases()

    # --- copying ------------------------------------------------------------------------

    def copy(self, target: IO[bytes]) -> None:
        """Write a copy, as of one moment, into an open file.

        Raises
        ------
        StepError
            If it cannot be read.
        """
        if self.file is None:
            words = ["pg_dump", "--format=custom", "--compress=0", "--no-password", self.database]
            self._command(self.account, words, self.env, stdout=target)
        else:
            path = self.file
            self.call(lambda: copy_sqlite(path, target))
        target.flush()

    def schema(self, name: str = "") -> str:
        """Return the version of its tables, as Alembic counts them; empty if it does not say."""
        url = self.url_of(name) if name else self.url
        return str(self.call(lambda: _schema(url)))

    def rows(self, name: str = "") -> dict[str, set[str]]:
        """Return fingerprints of everything about people and their grades, by table."""
        url = self.url_of(name) if name else self.url
        found: dict[str, list[str]] = self.call(lambda: _rows(url))
        return {table: set(listed) for table, listed in found.items()}

    def students(self) -> list[str]:
        """Return the names of everybody in it; nobody while there is none, or it has no tables."""
        if not self.is_there:
            return []
        found: list[str] = self.call(lambda: _students(self.url))
        return found

    def upgrade(self, name: str) -> bool:
        """Bring a copy to the form that this nbgrader uses; return whether it was of another.

        Raises
        ------
        StepError
            If that fails; the copy is then of no use.
        """
        url = self.url_of(name)
        return bool(self.call(lambda: _upgrade(url)))

    # --- PostgreSQL only ----------------------------------------------------------------

    def databases(self) -> list[str]:
        """Return the names of all databases of the server."""
        said = self._tell("SELECT datname FROM pg_database ORDER BY 1")
        return said.split()

    def fill(self, name: str, dump: IO[bytes]) -> None:
        """Make a database and fill it from a copy.

        Raises
        ------
        StepError
            If it cannot be made or filled.
        """
        owner = self.env.get("PGUSER") or (self.account.name if self.account else "")
        owned = f' OWNER "{_plain(owner)}"' if owner and self.is_system else ""
        # As trd.hub.database makes it: sorted by code points, closed to others.
        form = "TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
        self._tell(f'CREATE DATABASE "{_plain(name)}"{owned} {form}')
        self._tell(f'REVOKE ALL ON DATABASE "{_plain(name)}" FROM PUBLIC')
        words = ["pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--no-password"]
        words += ["--single-transaction", f"--dbname={_plain(name)}"]
        self._command(self.account, words, self.env, stdin=dump)

    def rename(self, name: str, new: str) -> None:
        """Give a database another name; nobody may be using it."""
        # Whoever is still connected would stop this for good.
        self._tell(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "  # noqa: S608 - checked names
            f"WHERE datname IN ('{_plain(name)}', '{_plain(new)}') AND pid <> pg_backend_pid()"
        )
        self._tell(f'ALTER DATABASE "{_plain(name)}" RENAME TO "{_plain(new)}"')

    def drop(self, name: str) -> None:
        """Remove a database, if it is there."""
        self._tell(f'DROP DATABASE IF EXISTS "{_plain(name)}"')

    def _tell(self, statement: str) -> str:
        account, env = self.account, dict(self.env)
        if self.is_system and os.geteuid() == 0:
            # Making and renaming databases is more than the class's account may do.
            account = asgrader.known(_SYSTEM)
            if account is None:
                raise StepError(
                    f"There is no account {_SYSTEM}, so this is not a PostgreSQL server of the "
                    "system. Give the gradebook's whole address in the settings."
                )
            env.pop("PGUSER", None)
        words = ["psql", "-X", "-q", "-A", "-t", "-w", "-v", "ON_ERROR_STOP=1", "-d", _SYSTEM]
        return self._command(account, [*words, "-c", statement], env)

    def _command(
        self, account: Account | None, words: list[str], env: dict[str, str], **files: IO[bytes]
    ) -> str:
        with explained(self.url, env):
            return asgrader.command(account, words, env, **files)


def _server_of(url: Any) -> dict[str, str]:
    """Return what tells PostgreSQL's programs where the server of an address is."""
    host = url.host or url.query.get("host")
    said = {
        "PGHOST": host if isinstance(host, str) else None,
        "PGPORT": str(url.port) if url.port else None,
        "PGUSER": url.username,
        # Here and not on a command line, which everybody can see.
        "PGPASSWORD": str(url.password) if url.password else None,
    }
    return {name: value for name, value in said.items() if value}


@contextmanager
def explained(url: str, env: Mapping[str, str]) -> Iterator[None]:
    """When a step fails because PostgreSQL does not answer, say that and nothing else.

    Parameters
    ----------
    url : str
        The gradebook's address.
    env : mapping
        The environment of the step.

    Raises
    ------
    StepError
        In words on the server if it does not answer, else as the step said it.
    """
    try:
        yield
    except ValueError as error:
        if not url.startswith("postgresql") or _answers(url, env):
            raise
        raise StepError(
            "PostgreSQL, which holds the gradebook, does not answer. Nothing is lost: start "
            "PostgreSQL, then run the same again. On this machine: systemctl start postgresql"
        ) from error


def _answers(url: str, env: Mapping[str, str]) -> bool:
    """Whether a server takes connections. Its own word, not that of a message in any language."""
    from sqlalchemy.engine import make_url

    program = shutil.which("pg_isready")
    if program is None:
        # Then its programs are missing, which the step has said.
        return True
    asked = subprocess.run(  # noqa: S603 - a fixed program
        [program, "--quiet", "--timeout=10"],
        env={**env, **_server_of(make_url(url))},
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return asked.returncode == 0


def _plain(name: str) -> str:
    if not name or len(name) > 63 or not name.isascii() or not set(name).isdisjoint("\"'\\;"):
        raise StepError(f"“{name}” is no name that a database can have here.")
    return name


# --- what runs as the class's account -------------------------------------------------------


def copy_sqlite(path: Path, target: IO[bytes], what: str = "gradebook") -> None:
    """Write a copy of a SQLite database, as of one moment, into an open file.

    Parameters
    ----------
    path : pathlib.Path
        The database.
    target : file
        Where to.
    what : str
        What it is, for messages.

    Raises
    ------
    StepError
        If it is missing, damaged or cannot be read.
    """
    if not path.is_file():
        raise StepError(f"There is no {what} {path}.")
    try:
        with (
            closing(sqlite3.connect(path, timeout=PATIENCE_S)) as source,
            tempfile.TemporaryDirectory() as scratch,
        ):
            copied = Path(scratch) / "gradebook.db"
            with closing(sqlite3.connect(copied)) as copy:
                source.backup(copy)
                wrong = copy.execute("PRAGMA quick_check").fetchone()[0]
            if wrong != "ok":
                raise StepError(f"The {what} {path} is damaged: {wrong}")
            with copied.open("rb") as file:
                while chunk := file.read(1 << 20):
                    target.write(chunk)
            target.flush()
    except sqlite3.Error as error:
        raise StepError(f"The {what} {path} cannot be copied: {error}") from error


def _schema(url: str) -> str:
    from sqlalchemy import create_engine, inspect, text

    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            if "alembic_version" not in inspect(connection).get_table_names():
                return ""
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            return str(found or "")
    finally:
        engine.dispose()


def _students(url: str) -> list[str]:
    from nbgrader import api
    from sqlalchemy import inspect, select

    engine = api.create_engine(url)
    try:
        with engine.connect() as connection:
            if not has_tables(inspect(connection)):
                return []
            return [str(each) for each in connection.execute(select(api.Student.id)).scalars()]
    finally:
        engine.dispose()


def has_tables(inspected: Any) -> bool:
    """Whether a database is a gradebook yet: nbgrader makes its tables at the first use.

    Parameters
    ----------
    inspected : sqlalchemy.engine.Inspector
        The database.
    """
    return TABLES[0] in inspected.get_table_names()


def _rows(url: str) -> dict[str, list[str]]:
    from sqlalchemy import MetaData, Table, create_engine, inspect, select

    engine = create_engine(url)
    found: dict[str, list[str]] = {}
    try:
        with engine.connect() as connection:
            there = set(inspect(connection).get_table_names())
            for name in TABLES:
                if name not in there:
                    continue
                table = Table(name, MetaData(), autoload_with=connection)
                columns = sorted(table.columns, key=lambda column: str(column.name))
                found[name] = [_digest(row) for row in connection.execute(select(*columns))]
    finally:
        engine.dispose()
    return found


def _digest(row: Any) -> str:
    words = "\x1f".join(str(value) for value in row)
    return hashlib.blake2b(words.encode("utf-8", "replace"), digest_size=12).hexdigest()


def _upgrade(url: str) -> bool:
    from alembic.script import ScriptDirectory
    from nbgrader import dbutil

    before = _schema(url)
    if before == ScriptDirectory(dbutil.ALEMBIC_DIR).get_current_head():
        return False
    with tempfile.TemporaryFile() as said:
        # Alembic is talkative. This process is for this step alone, so nobody misses its output.
        for number in (1, 2):
            os.dup2(said.fileno(), number)
        try:
            dbutil.upgrade(url)
        except Exception as error:
            said.seek(0)
            lines = said.read().decode("utf-8", "replace").splitlines()
            why = [line for line in lines if "Error" in line and not line.startswith(" ")]
            raise StepError(
                f"The gradebook in the back-up is of an older nbgrader ({before or 'unknown'}) and "
                "could not be brought up to date, so nothing was changed. Restore it with the "
                f"versions that wrote it. nbgrader db upgrade says: {' '.join(why[-1:]) or error}"
            ) from error
    return True
