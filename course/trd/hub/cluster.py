"""A PostgreSQL of one's own, from the distribution's programs: for trials and tests.

A teaching hospital's server is run by its administrators. This one lives in a folder, listens on a
socket in it and on no network, and ends with whoever started it.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path

#: Who runs the server when root asks for it: PostgreSQL refuses to run as root.
ACCOUNT = "postgres"
#: Where Debian, Red Hat and Homebrew keep the programs that are on nobody's PATH.
_BESIDE = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
#: A socket's path may not be longer.
_LONGEST_SOCKET = 90


class ClusterError(ValueError):
    """PostgreSQL cannot be used here; the message says why."""


def programs() -> Path | None:
    """Return the folder with ``initdb`` and ``postgres``, or None where they are not installed."""
    for name in ("initdb", "pg_ctl"):
        found = shutil.which(name)
        if found and (Path(found).resolve().parent / "initdb").exists():
            return Path(found).resolve().parent
    for pattern in _BESIDE:
        for folder in sorted(Path("/").glob(pattern.lstrip("/")), reverse=True):
            if (folder / "initdb").exists() and (folder / "postgres").exists():
                return folder
    return None


class Cluster:
    """One server.

    Parameters
    ----------
    folder : pathlib.Path
        Where its data and its socket are; made when it is missing. As root, every folder above
        must let the account ``postgres`` through.

    Raises
    ------
    ClusterError
        If PostgreSQL is not installed, or the folder will not do.
    """

    def __init__(self, folder: Path) -> None:
        found = programs()
        if found is None:
            raise ClusterError("PostgreSQL is not installed. On Debian: apt install postgresql")
        if len(str(folder)) > _LONGEST_SOCKET:
            raise ClusterError(f"{folder} is too long a path for a socket; choose a shorter one.")
        self.folder = folder
        self._programs = found
        self._account = pwd.getpwnam(ACCOUNT) if os.geteuid() == 0 else None

    @property
    def data(self) -> Path:
        """The folder of its data."""
        return self.folder / "data"

    @property
    def environment(self) -> dict[str, str]:
        """What tells PostgreSQL's programs and libraries where it is."""
        return {"PGHOST": str(self.folder), "PGPORT": "5432"}

    def start(self) -> None:
        """Start it and wait until it answers; what a killed one left behind is recovered.

        Raises
        ------
        ClusterError
            If it does not start.
        """
        self._make()
        if self.process() is None:
            # Where the dead are reaped late, PostgreSQL takes a killed server for a running one.
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            (self.folder / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
        self._run(
            "pg_ctl",
            "start",
            "--wait",
            "--silent",
            f"--pgdata={self.data}",
            f"--log={self.data / 'server.log'}",
            f"--options=-k {self.folder} -c listen_addresses=''",
        )

    def stop(self) -> None:
        """Stop it in good order; one that does not run is left alone."""
        if self.process() is not None:
            self._run("pg_ctl", "stop", "--mode=fast", "--wait", f"--pgdata={self.data}")

    def kill(self) -> None:
        """Kill it and all its helpers at once, as a power cut would."""
        process = self.process()
        if process is not None:
            # Its helpers have groups of their own, and end when they find it gone.
            os.kill(process, signal.SIGKILL)
            while self.process() is not None:
                time.sleep(0.05)

    def process(self) -> int | None:
        """Return the number of its main process, if it runs."""
        try:
            number = int((self.data / "postmaster.pid").read_text().splitlines()[0])
            os.kill(number, 0)
        except (OSError, ValueError, IndexError):
            return None
        return None if _is_dead(number) else number

    def _make(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._account:
            os.chown(self.folder, self._account.pw_uid, self._account.pw_gid)
        # Everybody may knock at the socket; who is let in, the server decides by account.
        self.folder.chmod(0o755)
        if not (self.data / "PG_VERSION").exists():
            shutil.rmtree(self.data, ignore_errors=True)
            self._run(
                "initdb",
                f"--pgdata={self.data}",
                "--username=postgres" if self._account else f"--username={_me()}",
                "--auth-local=peer",
                "--auth-host=reject",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
            )

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(  # noqa: S603  # the distribution's own programs
            [str(self._programs / program), *arguments],
            # pg_ctl's server keeps what it is given open; a pipe would never end.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            check=False,
            cwd="/",
            user=self._account.pw_uid if self._account else None,
            group=self._account.pw_gid if self._account else None,
            extra_groups=[] if self._account else None,
            # A group of its own: Ctrl-C at the terminal is not for the database.
            start_new_session=True,
        )
        if done.returncode:
            log = self.data / "server.log"
            said = (done.stderr or "").strip()
            if not said and log.exists():
                said = "\n".join(log.read_text(errors="replace").splitlines()[-5:])
            raise ClusterError(f"PostgreSQL's {program} failed in {self.folder}: {said}")


def _is_dead(process: int) -> bool:
    """Tell whether a process has ended and only its number is left, as under a container's init."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


def _me() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name
