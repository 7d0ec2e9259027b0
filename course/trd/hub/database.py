"""A class's own database in PostgreSQL: made by its administrator's account, over the socket."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Callable

from trd.hub.settings import CourseClass

#: The account of the system that may do anything in PostgreSQL.
ADMINISTRATOR = "postgres"
# Names come in as variables of psql, which quotes them. Its own locale and encoding, or sorting
# and names would depend on how the server was set up.
_ROLE = r"""
SELECT format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', :'role')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
"""
_DATABASE = r"""
SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING ''UTF8'''
              ' LC_COLLATE ''C'' LC_CTYPE ''C''', :'database', :'role')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
"""
_STATE = r"""
SELECT coalesce((SELECT rolsuper::text FROM pg_roles WHERE rolname = :'role'), 'none'),
       coalesce((SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = :'database'), '');
"""


class DatabaseError(ValueError):
    """PostgreSQL cannot be used; the message says why and what to do."""


def prepare(course: CourseClass, say: Callable[[str], None]) -> None:
    """Make a class's role and database where they are missing, and close them to others.

    The role is named like the class's account, has no password and no rights elsewhere; the
    server lets it in because the system vouches for the account ("peer").

    Parameters
    ----------
    course : CourseClass
        The class.
    say : callable
        Told what was made.

    Raises
    ------
    DatabaseError
        If there is no server, or the names are taken by something else.
    """
    power, owner = psql(_STATE, course).split("|")
    if power in ("t", "true"):
        raise DatabaseError(
            f"PostgreSQL has a role {course.grader} that may do anything. Give the class "
            "another account, or take that right away: "
            f'ALTER ROLE "{course.grader}" NOSUPERUSER'
        )
    if owner and owner != course.grader:
        raise DatabaseError(
            f"The database {course.database} belongs to {owner}, not to {course.grader}. "
            f'If it is this class\'s: ALTER DATABASE "{course.database}" OWNER TO '
            f'"{course.grader}"'
        )
    psql(_ROLE, course)
    psql(_DATABASE, course)
    if not owner:
        say(f"made the database {course.database}, owned by {course.grader}")


def psql(script: str, course: CourseClass, database: str = "postgres") -> str:
    """Run a script as PostgreSQL's administrator; return what it printed.

    ``PGHOST`` and ``PGPORT`` say where, when it is not the usual socket. In the script
    ``:'role'`` and ``:'database'`` stand for the class's.

    Raises
    ------
    DatabaseError
        If there is no client, no account ``postgres``, no server, or it refuses.
    """
    program = shutil.which("psql")
    try:
        account = pwd.getpwnam(ADMINISTRATOR)
    except KeyError:
        account = None
    if program is None or account is None:
        raise DatabaseError(
            'gradebook = "postgresql" needs PostgreSQL on this machine (apt install postgresql), '
            "or the whole database URL of another server."
        )
    # Nothing to become for who is it already.
    other = os.geteuid() != account.pw_uid
    try:
        done = subprocess.run(  # noqa: S603  # a fixed program; names are quoted by psql
            [
                *(
                    program,
                    "--no-psqlrc",
                    "--quiet",
                    "--tuples-only",
                    "--no-align",
                    "--no-password",
                ),
                *("--set", "ON_ERROR_STOP=1", "--set", f"role={course.grader}"),
                *("--set", f"database={course.database}", "--dbname", database),
            ],
            input=script,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            timeout=60,
            env=environment(),
            user=account.pw_uid if other else None,
            group=account.pw_gid if other else None,
            extra_groups=[] if other else None,
        )
    except PermissionError:
        raise DatabaseError(
            "Only root can act as PostgreSQL's administrator. Run this as root."
        ) from None
    except subprocess.TimeoutExpired:
        raise DatabaseError(
            f"PostgreSQL has not answered for a minute, so class {course.id} has no gradebook. "
            "Look at its log and try again."
        ) from None
    if done.returncode:
        raise DatabaseError(_why(done, course))
    return done.stdout.strip()


def environment() -> dict[str, str]:
    """Return the environment for PostgreSQL's programs: where the server is, and no more."""
    where = {name: os.environ[name] for name in ("PGHOST", "PGPORT") if name in os.environ}
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "PGCONNECT_TIMEOUT": "10", **where}


def _why(done: subprocess.CompletedProcess[str], course: CourseClass) -> str:
    said = " ".join(done.stderr.split())
    if done.returncode == 2:
        return (
            f"PostgreSQL does not answer, so class {course.id} has no gradebook ({said}). Start it "
            "(systemctl start postgresql), name its socket with PGHOST and PGPORT, or set "
            'gradebook = "sqlite".'
        )
    return f"PostgreSQL refused to make the gradebook of class {course.id}: {said}"
