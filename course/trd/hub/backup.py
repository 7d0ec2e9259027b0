"""``python -m trd.hub backup``: everything of a class in one file, while the class goes on."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import IO, Any

from trd.hub import accounts, archive, asgrader, asroot, roster
from trd.hub.asgrader import StepError
from trd.hub.gradebooks import Gradebook, copy_sqlite
from trd.hub.settings import CourseClass, HubSettings
from trd.lab import say

#: Left free for others on the disk that the back-up goes to, in bytes.
SPARE = 32 << 20
#: What a program makes again by itself, or what opens a door: left out wherever it lies.
LEAVE_OUT = frozenset(
    (
        ".venv",
        "node_modules",
        "__pycache__",
        ".ipynb_checkpoints",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
    )
)
#: Below a trainee's home: answers that are not handed in yet, copies of those that are, progress.
OF_HOMES = (("trd", "trainee", "cases"), ("trd", "cache"), (".local", "share", "trd-course"))


@dataclass(frozen=True)
class Made:
    """A back-up that was written and checked.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    size, unpacked : int
        Bytes of the file, and of what is in it.
    files : int
        How many files are in it.
    skipped : tuple of str
        What was left out, and why.
    """

    path: Path
    size: int
    unpacked: int
    files: int
    skipped: tuple[str, ...]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--to", required=True, type=Path, help="the folder for the back-ups")
    parser.add_argument("--course", help="only this class; may be left out")
    parser.add_argument(
        "--homes",
        action="store_true",
        help="also what trainees have not handed in yet: their cases, copies and progress",
    )
    parser.add_argument(
        "--keep", type=_count, metavar="N", help="keep the N newest of each class; delete others"
    )


def _count(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError("give a whole number from 1")
    return number


def run(options: argparse.Namespace) -> int:
    """Do it; return the exit code."""
    settings = asroot.load(options.settings)
    chosen = [settings.course_called(options.course)] if options.course else settings.course
    failed = 0
    for course in chosen:
        try:
            made = back_up(settings, course, options.to, homes=options.homes)
        except (ValueError, OSError) as error:
            # The classes after it are backed up all the same.
            failed += 1
            sys.stderr.write(f"{course.id}: NOT backed up. {error}\n")
            continue
        say(
            f"{course.id}: {made.files} files, {_mb(made.unpacked)}, packed {_mb(made.size)}: "
            f"{made.path}"
        )
        for each in made.skipped[:10]:
            say(f"  left out: {each}")
        if len(made.skipped) > 10:
            say(f"  and {len(made.skipped) - 10} more; the archive's manifest names all")
        if options.keep:
            for old in rotate(made.path.parent, course.id, options.keep):
                say(f"  deleted: {old.name}")
    if failed < len(chosen):
        say("Checked. These files hold grades and names: keep them where only you can read them.")
    return 1 if failed else 0


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def back_up(
    settings: HubSettings, course: CourseClass, target: Path, *, homes: bool = False
) -> Made:
    """Write one class to an archive, and read it again.

    The gradebook comes first. So for everything it knows, the collected work is in the archive
    too; what was collected or graded a moment later is there as work that waits for grading.

    Parameters
    ----------
    settings, course
        The hub and the class.
    target : pathlib.Path
        The folder; it is made if it is missing.
    homes : bool
        Whether trainees' own folders are kept too.

    Raises
    ------
    StepError
        If the target is not fit, or something cannot be read or written.
    """
    check_apart(course)
    asgrader.of_class(settings, course)
    people = _homes_of(settings, course) if homes else {}
    target = _fit_target(settings, course, target, people)
    with maintenance(settings, course), _reasons(target):
        _check_room(target, _sizes(settings, course, people))
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")[:-3]
        path = target / f"{course.id}-{stamp}Z.tar.gz"
        half = target / f".{path.name}.{os.getpid()}.half"
        try:
            skipped = _write(settings, course, half, people)
            with archive.Reader(half) as reader:
                contents = reader.check()
            half.rename(path)
        finally:
            half.unlink(missing_ok=True)
        keep_name(target)
    return Made(path, path.stat().st_size, contents.size, len(contents.files), tuple(skipped))


def check_apart(course: CourseClass) -> None:
    """Refuse a class whose masters and state lie in each other: they are exchanged one by one.

    Raises
    ------
    StepError
        If they do.
    """
    folder, state = course.folder.resolve(), course.state.resolve()
    if folder.is_relative_to(state) or state.is_relative_to(folder):
        raise StepError(
            f"The folder ({course.folder}) and the state ({course.state}) of {course.id} lie in "
            "each other, so they cannot be restored. Give the state a place beside the folder."
        )


def _write(
    settings: HubSettings, course: CourseClass, half: Path, people: dict[str, asgrader.Account]
) -> list[str]:
    gradebook = Gradebook.of(settings, course)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with (
        os.fdopen(os.open(half, flags, 0o600), "wb") as file,
        tempfile.TemporaryFile(dir=half.parent) as copy,
    ):
        writer = archive.Writer(file, half.parent)
        about = _about(settings, course, gradebook, bool(people))
        if gradebook.is_there:
            gradebook.copy(copy)
            about["gradebook"]["schema"] = gradebook.schema()
        writer.add_bytes(archive.ABOUT, json.dumps(about, indent=1).encode("utf-8"))
        if gradebook.is_there:
            copy.seek(0)
            writer.add_file(archive.GRADEBOOKS[gradebook.kind], copy)
        writer.add_tree("state", course.state, _unwanted(course, gradebook))
        writer.add_tree("masters", course.folder, _unwanted(course, gradebook))
        writer.add_tree("exchange", settings.exchange / course.id)
        _add_hub(writer, settings, course, half.parent)
        for name, account in people.items():
            _add_home(writer, name, account)
        writer.finish()
        file.flush()
        os.fsync(file.fileno())
    return writer.skipped


def _add_hub(
    writer: archive.Writer, settings: HubSettings, course: CourseClass, scratch: Path
) -> None:
    """Keep what only the hub knows: whom instructors added, and what log-ins said."""
    database = settings.hub.database
    if database.is_file():
        with tempfile.TemporaryFile(dir=scratch) as copy:
            copy_sqlite(database, copy, "database of the hub")
            copy.seek(0)
            writer.add_file(archive.HUB_DATABASE, copy)
    with contextlib.suppress(FileNotFoundError), roster.where(settings, course.id).open("rb") as of:
        writer.add_file(archive.ROSTER, of)


def _about(
    settings: HubSettings, course: CourseClass, gradebook: Gradebook, homes: bool
) -> dict[str, Any]:
    """Say what is in it. Of the settings only this class's part, and no password."""
    from sqlalchemy.engine import make_url

    described = course.model_dump(mode="json")
    if "://" in course.gradebook:
        described["gradebook"] = make_url(course.gradebook).render_as_string(hide_password=True)
    return {
        "format": archive.FORMAT,
        "course": course.id,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "settings": {**described, "exchange": str(settings.exchange)},
        "gradebook": {"kind": gradebook.kind, "schema": "", "there": gradebook.is_there},
        "versions": {name: _version(name) for name in ("trd-course", "nbgrader", "sqlalchemy")},
        "homes": homes,
    }


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        import trd

        return str(getattr(trd, "__version__", "")) if name == "trd-course" else ""


def _unwanted(course: CourseClass, gradebook: Gradebook) -> Any:
    """Return what tells whether a name in the archive is left out."""
    exact = {"state/jupyter", "state/formgrader.pid", "state/class/grading.lock"}
    if gradebook.file is not None:
        for part, root in (("state", course.state), ("masters", course.folder)):
            if gradebook.file.is_relative_to(root):
                name = f"{part}/{gradebook.file.relative_to(root)}"
                exact |= {name + end for end in ("", "-wal", "-shm", "-journal")}

    def unwanted(name: str) -> bool:
        return name in exact or name.rpartition("/")[2] in LEAVE_OUT

    return unwanted


# --- trainees' homes ------------------------------------------------------------------------


def _homes_of(settings: HubSettings, course: CourseClass) -> dict[str, asgrader.Account]:
    """Return the accounts of a class's trainees.

    Those of the settings, who has handed in, who came through a learning platform, and whom the
    instructors added, who stand in the gradebook only.
    """
    if settings.hub.accounts == "one":
        raise StepError('With accounts = "one" there are no homes of trainees to keep.')
    if os.geteuid() != 0:
        raise StepError("Only root can keep trainees' homes. Leave out --homes, or run it as root.")
    names = {*course.trainees}
    for folder in (course.state / "class" / "submitted",):
        with contextlib.suppress(OSError):
            names |= {each.name for each in folder.iterdir()}
    with contextlib.suppress(OSError, ValueError):
        names |= set(roster.read(roster.where(settings, course.id)))
    added = set(Gradebook.of(settings, course).students()) - names
    found = {name: asgrader.known(name) for name in sorted(names | added)}
    # Not the system's own accounts, whatever somebody called a folder.
    return {
        name: each
        for name, each in found.items()
        if each is not None
        and each.uid >= accounts.FIRST_PERSON
        # Anybody can be written into a gradebook; who works here has this folder.
        and (name not in added or (each.home / "trd").is_dir())
    }


def _add_home(writer: archive.Writer, name: str, account: asgrader.Account) -> None:
    for parts in OF_HOMES:
        with _opened_below(account.home, parts) as folder:
            if folder is not None:
                inner = "/".join(parts)
                writer.add_tree(f"homes/{name}/{inner}", folder, _leftover, account.uid)


def _leftover(name: str) -> bool:
    return name.rpartition("/")[2] in LEAVE_OUT


@contextlib.contextmanager
def _opened_below(home: Path, parts: Sequence[str]) -> Iterator[int | None]:
    """Open a folder below a home step by step, so that no link on the way is followed."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    opened: list[int] = []
    try:
        try:
            opened.append(os.open(home, flags))
            for part in parts:
                opened.append(os.open(part, flags, dir_fd=opened[-1]))
        except OSError:
            # Not there, or a link: nothing of this trainee's is kept from there.
            yield None
            return
        yield opened[-1]
    finally:
        for each in opened:
            os.close(each)


# --- the target -----------------------------------------------------------------------------


def _fit_target(
    settings: HubSettings,
    course: CourseClass,
    target: Path,
    people: dict[str, asgrader.Account],
) -> Path:
    """Make the folder if needed, and refuse one that is open to others or part of the class."""
    if not target.is_absolute():
        target = Path.cwd() / target
    with _reasons(target):
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        target = target.resolve()
        status = target.stat()
    places = [settings.exchange, *(each.folder for each in settings.course)]
    places += [each.state for each in settings.course] + [each.home for each in people.values()]
    for place in places:
        if target.is_relative_to(place.resolve()):
            raise StepError(
                f"{target} lies in {place}, which is being backed up. Choose another folder, best "
                "on another disk."
            )
    if status.st_uid not in (0, os.geteuid()):
        raise StepError(f"{target} belongs to somebody else. Choose a folder of your own.")
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise StepError(
            f"Others can look into {target}, and a back-up holds grades and names. Close it first: "
            f"chmod 700 {target}"
        )
    return target


def _sizes(settings: HubSettings, course: CourseClass, people: dict[str, asgrader.Account]) -> int:
    """Return how many bytes everything takes, before it is packed."""
    total = 0
    for place in (course.state, course.folder):
        with _opened_below(place, ()) as folder:
            total += _size(folder)
    with _opened_below(settings.exchange / course.id, ()) as folder:
        total += _size(folder, archive.MOST_EACH)
    for account in people.values():
        for parts in OF_HOMES:
            with _opened_below(account.home, parts) as folder:
                total += _size(folder, archive.MOST_EACH)
    for file in (settings.hub.database, roster.where(settings, course.id)):
        total += file.stat().st_size if file.is_file() else 0
    return total


def _size(folder: int | None, most_each: int | None = None, deep: int = 0) -> int:
    """Return the bytes below an open folder, as far as a back-up goes down.

    A file of more than ``most_each`` counts nothing: it is left out.
    """
    total = 0
    if folder is None or deep > archive.MOST_DEEP:
        return total
    for name in archive.names(folder):
        with contextlib.suppress(OSError):
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if stat.S_ISREG(status.st_mode):
                total += status.st_size if (most_each or status.st_size) >= status.st_size else 0
            elif stat.S_ISDIR(status.st_mode) and name not in LEAVE_OUT:
                inner = os.open(name, archive.FOLDER, dir_fd=folder)
                try:
                    total += _size(inner, most_each, deep + 1)
                finally:
                    os.close(inner)
    return total


def _check_room(target: Path, needed: int) -> None:
    free = shutil.disk_usage(target).free
    if free < needed + SPARE:
        raise StepError(
            f"There may not be enough room in {target}: {_mb(free)} are free, and the class holds "
            f"{_mb(needed)} before packing. Make room, or choose another disk."
        )


@contextlib.contextmanager
def _reasons(target: Path) -> Iterator[None]:
    try:
        yield
    except PermissionError as error:
        raise StepError(f"{error.filename or target} cannot be used: {error.strerror}.") from error
    except OSError as error:
        raise StepError(
            f"The back-up in {target} could not be written, and nothing of it was kept: "
            f"{error.strerror or error}."
        ) from error


def keep_name(folder: Path) -> None:
    """Make sure that a file's name, too, is on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def rotate(target: Path, course_id: str, keep: int) -> list[Path]:
    """Delete a class's oldest back-ups.

    Parameters
    ----------
    target : pathlib.Path
        The folder.
    course_id : str
        The class; nothing of another one is touched.
    keep : int
        How many are kept, from 1.

    Returns
    -------
    list of pathlib.Path
        What was deleted, oldest first.
    """
    name = re.compile(re.escape(course_id) + r"-\d{8}T\d{6}\.\d{3}Z\.tar\.gz")
    there = sorted(each for each in target.iterdir() if name.fullmatch(each.name))
    old = there[: -max(keep, 1)]
    for each in old:
        each.unlink()
    return old


@contextlib.contextmanager
def maintenance(settings: HubSettings, course: CourseClass) -> Iterator[None]:
    """Keep back-up, restore and deletion of one class from running at the same time.

    Raises
    ------
    StepError
        If another one is running.
    """
    path = settings.hub.state / f"maintenance-{course.id}.lock"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = path.open("ab")
    except PermissionError as error:
        raise StepError(
            f"{path.parent} is closed to this account: {asroot.RUN_AS_ROOT}."
        ) from error
    with file:
        _lock(file, course)
        yield


def _lock(file: IO[bytes], course: CourseClass) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StepError(
            f"A back-up, restore or deletion of {course.id} is running already. Wait for its end."
        ) from None
