"""``python -m trd.hub restore``: put a class back as it was when a back-up was made.

Everything is first put beside the class and made whole there: files with their owners, the
gradebook brought up to date, hand-ins that came after the back-up added. Only then are the two
exchanged, by renaming, and what was there is kept under another name. Before the first of these
steps a note of all of them is written to the disk, so that a restore which was killed can be
undone: ``restore --undo``.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import pwd
import shutil
import stat
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from trd.hub import accounts, archive, asgrader, asroot, backup, layout
from trd.hub.archive import Contents, Reader, Rights, Unpacker
from trd.hub.asgrader import Account, StepError
from trd.hub.gradebooks import Gradebook
from trd.hub.settings import CourseClass, HubSettings
from trd.lab import say

#: What a folder of the exchange must allow, whatever the archive says.
EXCHANGE_MODES = {"": layout.OUTBOUND} | {
    name: mode for name, (mode, _) in layout.IN_EXCHANGE.items()
}
_RWX = 0o777


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("archive", nargs="?", type=Path, help="the back-up's file")
    parser.add_argument("--course", help="the class; a back-up knows its own")
    parser.add_argument(
        "--into", type=Path, metavar="DIR", help="only unpack it there, to look at; restore nothing"
    )
    parser.add_argument(
        "--yes", action="store_true", help="restore although grades have changed since"
    )
    parser.add_argument(
        "--homes",
        action="store_true",
        help="also give trainees what was kept of their homes, in a folder beside what they have",
    )
    parser.add_argument(
        "--undo", action="store_true", help="put back what was there before a restore was killed"
    )


def run(options: argparse.Namespace) -> int:
    """Do it; return the exit code."""
    if options.undo:
        plan = asroot.load(options.settings)
        course = plan.course_called(options.course)
        with backup.maintenance(plan, course):
            say(undo(plan, course))
        return 0
    if options.archive is None:
        raise StepError("Name the file of a back-up, or say --undo.")
    settings = None if options.into is not None else asroot.load(options.settings)
    with Reader(options.archive) as reader:
        contents = reader.check()
        if settings is None:
            _look(reader, contents, options.into)
            return 0
        course = _which(settings, contents, reader.path, options.course)
        done = restore(settings, course, reader, contents, yes=options.yes)
        for line in [*done, *_of_the_hub(contents, reader.path, str(settings.hub.state))]:
            say(line)
        if options.homes:
            for line in give_homes(reader, contents, settings):
                say(line)
        elif any(name.startswith("homes/") for name in contents.files):
            say("Trainees' homes are in it too and were left alone; --homes gives them out.")
    return 0


def _which(settings: HubSettings, contents: Contents, path: Path, said: str | None) -> CourseClass:
    """Return the class that was named, or else the one that the back-up is of."""
    if said:
        return settings.course_called(said)
    found = str(contents.about.get("course"))
    known = {each.id: each for each in settings.course}
    if found not in known:
        raise StepError(
            f"{path} is a back-up of the class “{archive.shown(found)}”, which is not in the "
            f"settings (hub.toml has {', '.join(known)}). Add the class there and run prepare, or "
            "unpack it with --into to look at it."
        )
    return known[found]


def _of_the_hub(contents: Contents, path: Path, state: str) -> list[str]:
    """Say what of the hub's own is in a back-up, and how to put it back: it serves all classes."""
    there = [name for name in (archive.HUB_DATABASE, archive.ROSTER) if name in contents.files]
    if not there:
        return []
    lines = [f"Of the hub itself {' and '.join(there)} are in it; they are never put back alone."]
    if archive.HUB_DATABASE in there:
        lines.append(
            "The database holds the users of every class, and whom instructors added. To put it "
            f"back: restore {path} --into DIR; systemctl stop trd-hub; "
            f"cp DIR/{archive.HUB_DATABASE} {state}/; systemctl start trd-hub"
        )
    return lines


def _look(reader: Reader, contents: Contents, folder: Path) -> None:
    if folder.exists():
        raise StepError(f"{folder} is there already. Name a folder that is not.")
    _check_room(folder.absolute().parent, contents.size)
    with Unpacker(folder) as place:
        archive.unpack(reader, contents, {"": place})
    say(f"Unpacked to {folder}; only this account can look in. The class was not touched.")
    for line in _of_the_hub(contents, reader.path, "the hub's state"):
        say(line)


# --- the note of what is being done ---------------------------------------------------------


@dataclass(frozen=True)
class Move:
    """One renaming.

    Attributes
    ----------
    kind : str
        ``"path"`` or ``"database"``.
    source, target : str
        From which name to which.
    """

    kind: str
    source: str
    target: str


@dataclass
class Journal:
    """Everything a restore is about to do; on the disk until it is done.

    Attributes
    ----------
    archive, course, time : str
        Which back-up, which class, when it began.
    staged : list of Move
        What was put beside the class takes its place: from the new name to the real one.
    aside : list of Move
        What was there: from the real name to the one under which it is kept.
    """

    archive: str
    course: str
    time: str
    staged: list[Move] = field(default_factory=list)
    aside: list[Move] = field(default_factory=list)

    @staticmethod
    def place(settings: HubSettings, course: CourseClass) -> Path:
        """Return where the note of a class is."""
        return settings.restore_note(course)

    def write(self, settings: HubSettings, course: CourseClass) -> None:
        """Put it on the disk, whole."""
        path = self.place(settings, course)
        half = path.with_suffix(".half")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        with os.fdopen(os.open(half, flags, 0o600), "w") as file:
            json.dump(asdict(self), file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
        backup.keep_name(path.parent)

    @classmethod
    def read(cls, settings: HubSettings, course: CourseClass) -> Journal | None:
        """Return the note of a restore that did not end, or None.

        Raises
        ------
        StepError
            If it cannot be read.
        """
        path = cls.place(settings, course)
        try:
            read = json.loads(path.read_text(encoding="utf-8"))
            staged, aside = (
                [Move(**each) for each in read.pop(name)] for name in ("staged", "aside")
            )
            return cls(**read, staged=staged, aside=aside)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise StepError(f"{path} cannot be read: {error}") from error


class _Mover:
    """Does and undoes renamings; each may have been done already."""

    def __init__(self, gradebook: Gradebook) -> None:
        self.gradebook = gradebook

    def there(self, kind: str, name: str) -> bool:
        if kind == "database":
            return name in self.gradebook.databases()
        return os.path.lexists(name)

    def rename(self, kind: str, source: str, target: str) -> None:
        if kind == "database":
            self.gradebook.rename(source, target)
            return
        Path(target).parent.mkdir(mode=0o700, exist_ok=True)
        if self.there(kind, target):
            raise StepError(f"{target} is in the way. Move it elsewhere and try again.")
        Path(source).rename(target)
        for folder in {Path(source).parent, Path(target).parent}:
            backup.keep_name(folder)
        _remove_if_empty(Path(source).parent)

    def remove(self, kind: str, name: str) -> None:
        if kind == "database":
            self.gradebook.drop(name)
            return
        path = Path(name)
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        _remove_if_empty(path.parent)


def _remove_if_empty(folder: Path) -> None:
    """Remove one of the closed folders that were made in the exchange."""
    if folder.name.startswith((".restoring-", ".before-restore-")):
        with contextlib.suppress(OSError):
            folder.rmdir()


def undo(settings: HubSettings, course: CourseClass) -> str:
    """Put back what was there before a restore that was killed; say what was done.

    It can be killed and started again itself.

    Raises
    ------
    StepError
        If something is in the way, or the class's service runs.
    """
    journal = Journal.read(settings, course)
    if journal is None:
        return f"No restore of {course.id} was interrupted; there is nothing to undo."
    _must_rest(settings, course)
    mover = _Mover(Gradebook.of(settings, course))
    aside = {each.source: each for each in journal.aside}
    for new in reversed(journal.staged):
        old = aside.get(new.target)
        was_moved = old is None or mover.there(old.kind, old.target)
        is_staged, is_real = (mover.there(new.kind, name) for name in (new.source, new.target))
        # What stands in the real place is the new state only if the staged one is gone.
        if was_moved and is_real and not is_staged:
            mover.rename(new.kind, new.target, new.source)
        if old is not None and mover.there(old.kind, old.target):
            mover.rename(old.kind, old.target, old.source)
    for new in journal.staged:
        mover.remove(new.kind, new.source)
    Journal.place(settings, course).unlink()
    return (
        f"The restore of {course.id} from {journal.archive} had not ended. Everything is as it was "
        "before it."
    )


# --- restoring ------------------------------------------------------------------------------


def restore(
    settings: HubSettings,
    course: CourseClass,
    reader: Reader,
    contents: Contents,
    *,
    yes: bool = False,
) -> list[str]:
    """Put a class back.

    Parameters
    ----------
    settings, course
        The hub and the class.
    reader : Reader
        The back-up.
    contents : Contents
        What :meth:`trd.hub.archive.Reader.check` found in it.
    yes : bool
        Whether grades that are not in the back-up may be put aside.

    Returns
    -------
    list of str
        What was done, for the operator.

    Raises
    ------
    StepError
        If it cannot be done; the class is then as it was.
    """
    backup.check_apart(course)
    _check_same(reader.path, contents, course)
    gradebook = Gradebook.of(settings, course)
    _check_kind(contents, gradebook)
    with backup.maintenance(settings, course):
        _must_rest(settings, course)
        if Journal.read(settings, course) is not None:
            raise StepError(
                f"An earlier restore of {course.id} did not end. First put back what was there: "
                f"python -m trd.hub restore --undo --course {course.id}"
            )
        journal = _plan(settings, course, contents, gradebook, reader.path)
        for each in journal.staged:
            if each.kind == "path":
                _check_room(_there(Path(each.source)), contents.size)
        journal.write(settings, course)
        try:
            said = _stage(settings, course, reader, contents, gradebook, journal)
            held = archive.GRADEBOOKS[gradebook.kind] in contents.files
            _must_not_lose(gradebook, journal, held, yes)
            _exchange_places(_Mover(gradebook), journal)
        except BaseException:
            # Also when somebody pressed Ctrl-C. If this fails too, the note stays for --undo.
            undo(settings, course)
            raise
        Journal.place(settings, course).unlink()
    kept = [f"What was there before is kept: {each.target}" for each in journal.aside]
    return [
        f"{course.id} is as it was on {archive.shown(str(contents.about.get('made', '?')))}.",
        *said,
        *kept,
        *(["Delete it when you are sure."] if kept else []),
    ]


def _there(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path


def _check_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed + backup.SPARE:
        raise StepError(
            f"There is not enough room in {folder}: {free / 1e6:.0f} MB are free, "
            f"{needed / 1e6:.0f} MB are needed."
        )


def _check_same(path: Path, contents: Contents, course: CourseClass) -> None:
    found = contents.about.get("course")
    if found != course.id:
        raise StepError(
            f"{path} is a back-up of the class “{archive.shown(str(found))}”, not of {course.id}. "
            "Say --course, or unpack it with --into to look at it."
        )


def _check_kind(contents: Contents, gradebook: Gradebook) -> None:
    held = [kind for kind, name in archive.GRADEBOOKS.items() if name in contents.files]
    if held and held != [gradebook.kind]:
        raise StepError(
            f"The back-up holds a gradebook in {' and '.join(held)}; the settings say "
            f"{gradebook.kind}. Change “gradebook” in the settings for the time of the restore."
        )


def _must_rest(settings: HubSettings, course: CourseClass) -> None:
    """Refuse while the class's service runs: it would go on in the folders that are put aside."""
    if settings.hub.accounts == "one":
        return
    account = asgrader.known(course.grader)
    if account is None or account.uid == os.geteuid():
        return
    running = accounts.processes(account.uid)
    if running:
        raise StepError(
            f"Programs of {account.name} are running ({', '.join(map(str, running[:5]))}): the "
            "class's formgrader, most likely. Stop the hub first: systemctl stop trd-hub"
        )


def _plan(
    settings: HubSettings,
    course: CourseClass,
    contents: Contents,
    gradebook: Gradebook,
    path: Path,
) -> Journal:
    # To the millisecond: what two restores put aside must not get one name.
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")[:-3]
    journal = Journal(str(path), course.id, now)
    places = {"state": course.state, "masters": course.folder}
    for part, real in places.items():
        if part in contents.folders:
            _beside(journal, real, real.parent / f".{real.name}.restoring-{now}", None)
    real = settings.exchange / course.id
    if "exchange" in contents.folders:
        # In folders of root's, as this place is open to everybody.
        staged = settings.exchange / f".restoring-{course.id}-{now}" / course.id
        aside = settings.exchange / f".before-restore-{course.id}-{now}" / course.id
        _beside(journal, real, staged, aside)
    file, held = gradebook.file, archive.GRADEBOOKS[gradebook.kind] in contents.files
    inside = file is not None and any(file.is_relative_to(each) for each in places.values())
    if held and file is not None and not inside:
        _beside(journal, file, file.parent / f".{file.name}.restoring-{now}", None)
    if held and file is None:
        short = now.replace("T", "").lower()
        name = gradebook.database
        journal.staged.append(Move("database", f"{name}_new_{short}", name))
        if gradebook.is_there:
            journal.aside.append(Move("database", name, f"{name}_before_{short}"))
    mover = _Mover(gradebook)
    for kind, new in (
        *((each.kind, each.source) for each in journal.staged),
        *((each.kind, each.target) for each in journal.aside),
    ):
        # Undoing goes by what is there, so nothing of another restore's may be.
        if mover.there(kind, new):
            raise StepError(f"{new} is in the way. Move it elsewhere and try again.")
    return journal


def _beside(journal: Journal, real: Path, staged: Path, aside: Path | None) -> None:
    journal.staged.append(Move("path", str(staged), str(real)))
    if os.path.lexists(real):
        kept = aside or real.with_name(f"{real.name}.before-restore-{journal.time}")
        journal.aside.append(Move("path", str(real), str(kept)))


def _exchange_places(mover: _Mover, journal: Journal) -> None:
    aside = {each.source: each for each in journal.aside}
    for new in journal.staged:
        old = aside.get(new.target)
        if old is not None:
            mover.rename(old.kind, old.source, old.target)
        mover.rename(new.kind, new.source, new.target)


# --- beside the class -----------------------------------------------------------------------


def _stage(
    settings: HubSettings,
    course: CourseClass,
    reader: Reader,
    contents: Contents,
    gradebook: Gradebook,
    journal: Journal,
) -> list[str]:
    """Make the restored state whole beside the present one; say what is worth saying."""
    places = {each.target: Path(each.source) for each in journal.staged if each.kind == "path"}
    parts = {
        "state": (places.get(str(course.state)), _of_class(settings, course)),
        "masters": (places.get(str(course.folder)), _of_class(settings, course)),
        "exchange": (
            places.get(str(settings.exchange / course.id)),
            _of_exchange(settings, course),
        ),
    }
    with contextlib.ExitStack() as stack:
        into = {}
        for part, (place, rights) in parts.items():
            if place is not None:
                place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                into[part] = stack.enter_context(Unpacker(place, rights))
        archive.unpack(reader, contents, into)
    said = _stage_gradebook(settings, course, reader, gradebook, journal)
    exchange = parts["exchange"][0]
    if exchange is not None:
        kept = _keep_later_hand_ins(settings.exchange / course.id, exchange)
        if kept:
            said.append(f"{kept} hand-ins that came after the back-up were kept; collect them.")
    return said


def _stage_gradebook(
    settings: HubSettings,
    course: CourseClass,
    reader: Reader,
    gradebook: Gradebook,
    journal: Journal,
) -> list[str]:
    wanted = archive.GRADEBOOKS[gradebook.kind]
    with contextlib.ExitStack() as stack:
        found: IO[bytes] | None = None
        for info, file in reader.members():
            if info.name == wanted and file is not None:
                found = stack.enter_context(_spooled(settings))
                shutil.copyfileobj(file, found)
                found.flush()
                found.seek(0)
        if found is None:
            return ["The back-up holds no gradebook; none was there when it was made."]
        name = _staged_gradebook(gradebook, journal)
        if gradebook.file is None:
            gradebook.fill(name, found)
        else:
            _write_gradebook(Path(name), found, _class_rights(settings, course))
    if gradebook.upgrade(name):
        return ["Its gradebook was of an older nbgrader and was brought up to date."]
    return []


@contextlib.contextmanager
def _spooled(settings: HubSettings) -> Iterator[IO[bytes]]:
    import tempfile

    with tempfile.TemporaryFile(dir=settings.hub.state) as file:
        yield file


def _staged_gradebook(gradebook: Gradebook, journal: Journal) -> str:
    """Return the name of the restored gradebook, before it takes its place."""
    for each in journal.staged:
        if each.kind == "database" or Path(each.target) == gradebook.file:
            return each.source
        if gradebook.file is not None and gradebook.file.is_relative_to(each.target):
            return str(Path(each.source) / gradebook.file.relative_to(each.target))
    raise StepError("The back-up holds a gradebook and no folder that it belongs into.")


def _write_gradebook(path: Path, source: IO[bytes], rights: Rights) -> None:
    """Write a SQLite gradebook into a folder whose owner may be the class's account."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(path.name, flags, 0o600, dir_fd=folder), "wb") as target:
            shutil.copyfileobj(source, target)
            if os.geteuid() == 0:
                os.fchown(target.fileno(), rights.uid, rights.gid)
            target.flush()
            os.fsync(target.fileno())
        os.fsync(folder)
    finally:
        os.close(folder)


def _must_not_lose(gradebook: Gradebook, journal: Journal, held: bool, yes: bool) -> None:
    """Refuse to put grades aside that the back-up does not have, unless that is wanted."""
    if yes or not gradebook.is_there:
        return
    new = gradebook.rows(_staged_gradebook(gradebook, journal)) if held else {}
    words = {
        "student": "trainees",
        "submitted_assignment": "hand-ins",
        "grade": "grades",
        "comment": "comments",
    }
    present = gradebook.rows()
    lost = {
        called: len(present.get(table, set()) - new.get(table, set()))
        for table, called in words.items()
    }
    told = ", ".join(f"{number} {called}" for called, number in lost.items() if number)
    if told:
        raise StepError(
            f"The present gradebook has what this back-up does not have, or has otherwise: {told}. "
            "Nothing was changed. If that is to be put aside, say --yes; the present state is then "
            "kept under another name."
        )


# --- owners and modes -----------------------------------------------------------------------


def _class_rights(settings: HubSettings, course: CourseClass) -> Rights:
    if settings.hub.accounts == "one":
        return Rights(os.geteuid(), os.getegid(), 0)
    account = asgrader.known(course.grader)
    if account is None:
        raise StepError(f"There is no account {course.grader}: python -m trd.hub prepare")
    return Rights(account.uid, account.gid, 0)


def _of_class(settings: HubSettings, course: CourseClass) -> Callable[[tarfile.TarInfo], Rights]:
    """Return what gives everything to the class's account, closed to all others."""
    owner = _class_rights(settings, course)

    def rights(info: tarfile.TarInfo) -> Rights:
        # Whatever it was, its owner can read it, and nobody gets somebody else's rights by it.
        mode = info.mode & _RWX | (0o700 if info.isdir() else 0o400)
        closed = info.name in ("state", "masters", "state/class")
        return Rights(owner.uid, owner.gid, layout.PRIVATE if closed else mode)

    return rights


def _of_exchange(settings: HubSettings, course: CourseClass) -> Callable[[tarfile.TarInfo], Rights]:
    """Return what gives hand-ins to those who handed them in, and all else to the class."""
    owner = _class_rights(settings, course)
    is_one = settings.hub.accounts == "one" or os.geteuid() != 0

    def rights(info: tarfile.TarInfo) -> Rights:
        _, _, inner = info.name.partition("/")
        if inner in EXCHANGE_MODES and info.isdir():
            mode = layout.PRIVATE if is_one else EXCHANGE_MODES[inner]
            return Rights(owner.uid, owner.gid, mode)
        mode = info.mode & _RWX | (0o500 if info.isdir() else 0o400)
        if is_one or not inner.startswith("inbound/"):
            return Rights(owner.uid, owner.gid, mode)
        # The class's group, as a hand-in has it: it is open to nobody else, and without it not to
        # the class either.
        return Rights(submitter(info, owner).uid, owner.gid, mode)

    return rights


def submitter(info: tarfile.TarInfo, otherwise: Rights) -> Rights:
    """Return who owns a hand-in here: by name, else by number if nobody else has it now.

    Parameters
    ----------
    info : tarfile.TarInfo
        The entry of the archive.
    otherwise : Rights
        The class's account: it gets what would be a system account's.
    """
    account = asgrader.known(info.uname) if info.uname else None
    if account is not None:
        is_person = account.uid >= accounts.FIRST_PERSON or account.uid == otherwise.uid
        return Rights(account.uid, account.gid, 0) if is_person else otherwise
    try:
        pwd.getpwuid(info.uid)
    except (KeyError, OverflowError):
        if accounts.FIRST_PERSON <= info.uid < 2**31:
            return Rights(info.uid, otherwise.gid, 0)
    return otherwise


# --- what must not get lost -----------------------------------------------------------------


def _keep_later_hand_ins(present: Path, staged: Path) -> int:
    """Copy hand-ins that are not in the back-up into the restored exchange; return how many."""
    try:
        theirs = os.open(present / "inbound", archive.FOLDER)
    except OSError:
        return 0
    kept = 0
    try:
        there = _names_in(staged / "inbound")
        for name in sorted(set(archive.names(theirs)) - there):
            status = os.stat(name, dir_fd=theirs, follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode) and "+" in name:
                _copy_hand_in(theirs, name, staged / "inbound" / name)
                kept += 1
    finally:
        os.close(theirs)
    return kept


def _names_in(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()} if folder.is_dir() else set()


def _copy_hand_in(within: int, name: str, target: Path) -> None:
    """Copy the plain files of one hand-in, with owner, mode and time; it has no inner folders."""
    folder = os.open(name, archive.FOLDER, dir_fd=within)
    try:
        status = os.fstat(folder)
        target.mkdir(mode=0o700)
        for inner in archive.names(folder):
            with contextlib.suppress(OSError):
                _copy_one(folder, inner, target / inner, status.st_uid)
        if os.geteuid() == 0:
            os.chown(target, status.st_uid, status.st_gid)
        target.chmod(stat.S_IMODE(status.st_mode) & _RWX)
        os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))
    finally:
        os.close(folder)


def _copy_one(folder: int, name: str, target: Path, owner: int) -> None:
    descriptor = os.open(name, archive.FILE, dir_fd=folder)
    with os.fdopen(descriptor, "rb") as source:
        status = os.fstat(source.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_uid != owner:
            return
        with target.open("xb") as file:
            shutil.copyfileobj(source, file)
            if os.geteuid() == 0:
                os.fchown(file.fileno(), status.st_uid, status.st_gid)
            os.fchmod(file.fileno(), stat.S_IMODE(status.st_mode) & _RWX)
            file.flush()
            os.fsync(file.fileno())
            os.utime(file.fileno(), ns=(status.st_atime_ns, status.st_mtime_ns))


# --- trainees' homes ------------------------------------------------------------------------


def give_homes(reader: Reader, contents: Contents, settings: HubSettings) -> list[str]:
    """Give trainees what was kept of their homes, beside what they have, as themselves.

    Nothing of theirs is replaced: it comes into a folder ``trd-restored-<time>`` of their home.

    Raises
    ------
    StepError
        If this is not root, or there is no room.
    """
    if os.geteuid() != 0 or settings.hub.accounts == "one":
        raise StepError("Homes can be given out by root only, where everybody has an account.")
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    staging = settings.hub.state / f"homes-{now}"
    _check_room(settings.hub.state, contents.size)
    said = []
    try:
        with Unpacker(staging) as place:
            archive.unpack(reader, contents, {"homes": place})
        for each in sorted(staging.iterdir()):
            account = asgrader.known(each.name)
            if account is None or account.uid < accounts.FIRST_PERSON:
                said.append(f"{archive.shown(each.name)}: no such person here; left out")
                continue
            said.append(_give_home(each, account, f"trd-restored-{now}"))
    finally:
        if staging.exists():
            shutil.rmtree(staging)
    return said


def _give_home(kept: Path, account: Account, name: str) -> str:
    for folder, _folders, files in os.walk(kept):
        for each in (Path(folder), *(Path(folder) / file for file in files)):
            os.chown(each, account.uid, account.gid, follow_symlinks=False)
    target = account.home / name

    # Opened as root, read as the trainee: the way to it stays closed to them.
    here = os.open(kept, archive.FOLDER)

    def copy() -> None:
        os.fchdir(here)
        shutil.copytree(".", target, copy_function=shutil.copyfile)

    try:
        asgrader.call(account, copy)
    except StepError as error:
        return f"{account.name}: {error}"
    finally:
        os.close(here)
    return f"{account.name}: {target}"
