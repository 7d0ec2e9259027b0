"""The folders of one server: what is wanted, and making it so (``prepare``)."""

from __future__ import annotations

import argparse
import grp
import os
import pwd
import shutil
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from trd.hub import accounts, database, masters, settings
from trd.hub.settings import CourseClass, HubSettings
from trd.lab import say as aloud

PRIVATE = 0o700
#: World-writable as nbgrader wants it; sticky, so that nobody renames or removes another's.
EXCHANGE = 0o1777
OUTBOUND = 0o755
#: Put in, but do not look: everybody may hand in, only the class's account may list. Sticky, so
#: that nobody takes away what another handed in, even with its name known.
INBOUND = 0o3733
#: Each finds the own feedback by its unguessable name; nobody may list.
FEEDBACK = 0o711
#: How a hand-in is named while it is being copied (trd.grading.SafeSubmit).
_CUT_OFF = ".handing-in-"
_A_DAY_S = 86400
#: The names nbgrader uses below ``<exchange>/<course id>``.
IN_EXCHANGE = {
    "outbound": (OUTBOUND, "assignments handed out"),
    "inbound": (INBOUND, "work handed in; nobody but the class's account may list it"),
    "feedback": (FEEDBACK, "feedback handed back; found by name, never listed"),
}
# Following a link is the operator's to decide, and a chain of them has an end.
_LINKS = 20


class LayoutError(ValueError):
    """A folder cannot be as it should; the message says which, why and what to do."""


@dataclass(frozen=True)
class Place:
    """One folder as it should be.

    Attributes
    ----------
    path : pathlib.Path
        Where.
    owner, group : str
        Account and group. The group that is named like its owner stands for the owner's own.
    mode : int
        All twelve bits.
    why : str
        What it is for, in an operator's words.
    """

    path: Path
    owner: str
    group: str
    mode: int
    why: str

    @property
    def closed(self) -> bool:
        """Whether nobody but the owner may do anything in it."""
        return self.mode & 0o077 == 0

    def __str__(self) -> str:
        return f"{self.path} ({self.owner}, {self.mode:04o})"


def wanted(plan: HubSettings, homes: Mapping[str, Path] | None = None) -> list[Place]:
    """Return every folder one server needs, outer ones first. Looks at nothing on the disk.

    Parameters
    ----------
    plan : HubSettings
        The settings.
    homes : mapping of str to pathlib.Path, optional
        Homes of accounts that are known. People who are not in it get no place. Without it
        everybody named in the settings is taken to have a home in ``/home``.

    Raises
    ------
    LayoutError
        If folders lie in each other so that they cannot be reached by those who need them.
    """
    alone = plan.hub.accounts == "one"
    places = _for_one(plan) if alone else _for_all(plan, homes)
    _check_nesting(places)
    return places


def grader_home(course: CourseClass, base: Path = accounts.HOMES) -> Path:
    """Return the home a class's account gets: the folder around its masters if named like it."""
    around = course.folder.parent
    return around if around.name == course.grader else base / course.grader


def _for_all(plan: HubSettings, homes: Mapping[str, Path] | None) -> list[Place]:
    known = {name: accounts.HOMES / name for name in plan.people} if homes is None else homes
    places = [
        Place(plan.hub.state, "root", "root", PRIVATE, "the hub's database, cookie secret, logs"),
        Place(plan.exchange, "root", "root", EXCHANGE, "where work is handed out and in"),
    ]
    for each in plan.course:
        home = known.get(each.grader, grader_home(each))
        places.append(Place(home, each.grader, each.grader, PRIVATE, f"home of {each.grader}"))
        places += _of_class(plan, each, each.grader)
    for name in plan.people:
        if name in known:
            places.append(Place(known[name], name, name, PRIVATE, f"home of {name}"))
    return places


def _of_class(plan: HubSettings, course: CourseClass, owner: str) -> list[Place]:
    root = plan.exchange / course.id
    return [
        Place(course.folder, owner, owner, PRIVATE, f"masters with the keys, class {course.id}"),
        Place(course.state, owner, owner, PRIVATE, f"collected and graded work, class {course.id}"),
        Place(course.state / "class", owner, owner, PRIVATE, f"gradebook, class {course.id}"),
        Place(root, owner, owner, OUTBOUND, f"exchange of class {course.id}"),
        *(Place(root / name, owner, owner, mode, why) for name, (mode, why) in IN_EXCHANGE.items()),
    ]


def _for_one(plan: HubSettings) -> list[Place]:
    # One account needs no door for others, and a machine with more people keeps them out.
    me = _me().pw_name
    places = [
        Place(plan.hub.state, me, me, PRIVATE, "the hub's database, cookie secret, logs"),
        Place(plan.exchange, me, me, PRIVATE, "where work is handed out and in"),
    ]
    for each in plan.course:
        places += [
            Place(place.path, me, me, PRIVATE, place.why)
            for place in _of_class(plan, each, me)
            # The checkout itself, which its owner opens to whom they like.
            if place.path != each.folder
        ]
    return places


def _me() -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(os.geteuid())
    except KeyError:
        raise LayoutError(
            f"The system has no name for the account this runs under (number {os.geteuid()}), and "
            "nbgrader needs one. Give it an entry in /etc/passwd."
        ) from None


def _check_nesting(places: list[Place]) -> None:
    for place in places:
        if len(place.path.parts) < 3 or place.path in _THE_SYSTEMS:
            raise LayoutError(
                f"{place.path} ({place.why}) is the system's own folder. Give one below it."
            )
    _check_twice(places)
    for outer in places:
        for inner in places:
            if outer.path not in inner.path.parents or not outer.closed:
                continue
            if inner.owner != outer.owner or not inner.closed:
                raise LayoutError(
                    f"{inner.path} ({inner.why}) lies in {outer.path} ({outer.why}), which "
                    f"nobody but {outer.owner} may enter. Give it another place."
                )


def _check_twice(places: list[Place]) -> None:
    seen: dict[Path, Place] = {}
    for place in places:
        first = seen.setdefault(place.path, place)
        if first is not place:
            raise LayoutError(
                f"{place.path} is named twice: {first.why}, and {place.why}. Each needs a folder "
                "and an account of its own."
            )


_THE_SYSTEMS = {
    Path(each)
    for each in (
        *("/usr/local", "/usr/bin", "/usr/lib", "/usr/share", "/usr/sbin", "/var/lib", "/var/log"),
        *("/var/tmp", "/var/spool", "/var/mail", "/var/cache", "/var/run", "/run/user"),  # noqa: S108
        *("/etc/ssl", "/etc/pam.d", "/dev/shm"),  # noqa: S108
    )
}


def prepare(
    plan: HubSettings,
    say: Callable[[str], None] = aloud,
    *,
    masters_from: Path | None = None,
    masters_for: CourseClass | None = None,
    home_base: Path = accounts.HOMES,
) -> int:
    """Make accounts, folders, masters and databases, each only as far as it is missing.

    Parameters
    ----------
    plan : HubSettings
        The settings.
    say : callable
        Told one line for everything that is changed or left to somebody.
    masters_from : pathlib.Path, optional
        A copy of the course's repository, from which masters are brought up to date.
    masters_for : CourseClass, optional
        The one class whose masters they are; every class's when not given.
    home_base : pathlib.Path
        Where homes are made.

    Returns
    -------
    int
        How many folders were made or changed.

    Raises
    ------
    ValueError
        If something cannot be done: the message says what, why and what to do.
    """
    homes = known_homes(plan, home_base)
    wanted(plan, homes)  # what is impossible is said before anything is changed
    if plan.hub.accounts == "unix":
        if os.geteuid() != 0:
            raise LayoutError(
                "Only root can make folders for other accounts. Run this as root, or set "
                'accounts = "one" for a trial under your own account.'
            )
        _make_accounts(plan, say, home_base)
        homes = known_homes(plan, home_base)
    places = wanted(plan, homes)
    changed = sum(apply(place, say) for place in places)
    for each in plan.course:
        owner = _owner(plan, each)
        if left := tidy(plan.exchange / each.id / "inbound"):
            say(f"{each.id}: removed {left} hand-ins that were cut off more than a day ago")
        if plan.hub.accounts == "unix":
            for folder in (each.folder, each.state):
                _give(folder, owner, say)
        if masters_from is not None and masters_for in (None, each):
            masters.bring(masters_from, each.folder, each.state, owner, say)
        if each.gradebook == "postgresql":
            database.prepare(each, say)
    say(f"prepared: {len(places)} folders, {changed} changed")
    return changed


def tidy(inbound: Path) -> int:
    """Remove what killed hand-ins left behind, closed to everybody but their makers.

    Parameters
    ----------
    inbound : pathlib.Path
        A class's folder of work handed in.

    Returns
    -------
    int
        How many there were that were older than a day.
    """
    before = time.time() - _A_DAY_S
    with os.scandir(inbound) as entries:
        old = [
            entry.path
            for entry in entries
            if entry.name.startswith(_CUT_OFF)
            and entry.is_dir(follow_symlinks=False)
            and entry.stat(follow_symlinks=False).st_mtime < before
        ]
    for path in old:
        # Follows no links, also none that is put there meanwhile. One too deep to be removed so
        # was no hand-in, and must not stop whoever prepares the class.
        with suppress(RecursionError):
            shutil.rmtree(path, ignore_errors=True)
    return len(old)


def known_homes(plan: HubSettings, home_base: Path = accounts.HOMES) -> dict[str, Path]:
    """Return the homes of all accounts named in the settings, as the system has them.

    A class's account that is still to be made is in it with the home it will get.
    """
    homes = {each.grader: grader_home(each, home_base) for each in plan.course}
    for name in (*homes, *plan.people):
        if accounts.exists(name):
            homes[name] = Path(pwd.getpwnam(name).pw_dir)
    return homes


def _owner(plan: HubSettings, course: CourseClass) -> pwd.struct_passwd:
    if plan.hub.accounts == "one":
        return _me()
    return pwd.getpwnam(course.grader)


def _make_accounts(plan: HubSettings, say: Callable[[str], None], home_base: Path) -> None:
    for each in plan.course:
        if not accounts.exists(each.grader):
            say(f"made the account {each.grader} of class {each.id} (no password)")
        accounts.ensure(each.grader, system=True, home_base=grader_home(each, home_base).parent)
    make_people = plan.hub.create_accounts and plan.hub.login in ("pam", "dummy")
    for name in plan.people:
        if accounts.exists(name) or make_people:
            new = not accounts.exists(name)
            accounts.ensure(name, home_base=home_base)
            if new:
                ask = f": set one with passwd {name}" if plan.hub.login == "pam" else ""
                say(f"made the account {name} (no password{ask})")
        elif plan.hub.login == "lti":
            say(f"{name} has no account yet; it is made at the first log-in")
        else:
            say(f"{name} has no account, and create_accounts is false: make it by hand")


def apply(place: Place, say: Callable[[str], None] = aloud) -> bool:
    """Make one place as it should be; return whether anything had to be changed.

    Raises
    ------
    LayoutError
        If something else is in its place, or it belongs to somebody else.
    """
    uid, gid = numbers(place)
    with opened(place.path, make=True) as (folder, new):
        seen = os.fstat(folder)
        if seen.st_uid not in (uid, os.geteuid()):
            raise LayoutError(
                f"{place.path} ({place.why}) belongs to {_name(seen.st_uid)} instead of "
                f"{place.owner}. Look at what is in it, move it away, and try again."
            )
        moved = (seen.st_uid, seen.st_gid) != (uid, gid)
        mode = stat.S_IMODE(seen.st_mode)
        if moved:
            # Changing the owner clears the set-group bit, so the mode comes after.
            os.fchown(folder, uid, gid)
        if moved or mode != place.mode:
            os.fchmod(folder, place.mode)
    if new:
        say(f"made {place}: {place.why}")
    elif mode != place.mode:
        say(f"{place.path} had mode {mode:04o}, now {place.mode:04o}: {place.why}")
    elif moved:
        say(f"{place.path} given to {place.owner}: {place.why}")
    return new or moved or mode != place.mode


def numbers(place: Place) -> tuple[int, int]:
    """Return the numbers of a place's owner and group.

    Raises
    ------
    LayoutError
        If the system knows no such account or group.
    """
    try:
        owner = pwd.getpwnam(place.owner)
        group = owner.pw_gid if place.group == place.owner else grp.getgrnam(place.group).gr_gid
    except KeyError:
        raise LayoutError(
            f"{place.path} should belong to {place.owner}, but there is no such account or group. "
            "Run: python -m trd.hub prepare"
        ) from None
    return owner.pw_uid, group


@contextmanager
def opened(path: Path, *, make: bool = False) -> Iterator[tuple[int, bool]]:
    """Open a folder without following a link that anybody but root (or oneself) has made.

    Parameters
    ----------
    path : pathlib.Path
        The whole path.
    make : bool
        Whether to make what is missing on the way, like its surroundings: open to others in
        root's folders, closed elsewhere.

    Yields
    ------
    tuple of int and bool
        A file descriptor, and whether the folder is new.

    Raises
    ------
    LayoutError
        If there is a link or a file where a folder should be.
    """
    folder, new = _walk(path, make, _LINKS)
    try:
        yield folder, new
    finally:
        os.close(folder)


def _walk(path: Path, make: bool, links: int) -> tuple[int, bool]:
    folder, new = os.open("/", os.O_RDONLY | os.O_DIRECTORY), False
    parts = path.parts[1:]
    for number, part in enumerate(parts):
        here = Path("/", *parts[: number + 1])
        try:
            target = _trusted_link(folder, part, here, links)
            if target is not None:
                return _walk(Path(target, *parts[number + 1 :]), make, links - 1)
            new = make and _make_below(folder, part)
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
        except NotADirectoryError:
            raise LayoutError(f"{here} is not a folder. Move it away and try again.") from None
        finally:
            # Also on the way out: one descriptor is open at a time.
            os.close(folder)
        folder = inner
    return folder, new


def _trusted_link(folder: int, name: str, here: Path, links: int) -> Path | None:
    try:
        seen = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    if not stat.S_ISLNK(seen.st_mode):
        return None
    around = os.fstat(folder)
    ours = {0, os.geteuid()}
    mine = seen.st_uid in ours and around.st_uid in ours
    if not mine or links == 0:
        raise LayoutError(
            f"{here} is a link made by {_name(seen.st_uid)}; it could lead anywhere and is not "
            "followed. Remove it and try again."
        )
    return here.parent / os.readlink(name, dir_fd=folder)


def _make_below(folder: int, name: str) -> bool:
    around = os.fstat(folder)
    try:
        os.mkdir(name, 0o700, dir_fd=folder)
    except FileExistsError:
        return False
    inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
    try:
        if around.st_uid not in (0, os.geteuid()):
            os.fchown(inner, around.st_uid, around.st_gid)
        elif around.st_uid == 0 and not around.st_mode & stat.S_ISVTX:
            os.fchmod(inner, 0o755)
    finally:
        os.close(inner)
    return True


def _give(folder: Path, owner: pwd.struct_passwd, say: Callable[[str], None]) -> None:
    # What an administrator has unpacked or restored as root, handed to the class's account. Only
    # root's own files, and none with a second name somewhere else.
    given = 0
    with opened(folder) as (top, _):
        for _path, inner, files, here in os.fwalk(".", follow_symlinks=False, dir_fd=top):
            for name in (*inner, *files):
                seen = os.stat(name, dir_fd=here, follow_symlinks=False)
                single = stat.S_ISDIR(seen.st_mode) or seen.st_nlink == 1
                if seen.st_uid == 0 and single:
                    os.chown(name, owner.pw_uid, owner.pw_gid, dir_fd=here, follow_symlinks=False)
                    given += 1
    if given:
        say(f"{folder}: {given} files of root given to {owner.pw_name}")


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"an account that is gone (number {uid})"


def close_settings(path: Path, say: Callable[[str], None] = aloud) -> None:
    """Let nobody else read the settings file: addresses of gradebooks may hold passwords."""
    seen = path.stat()
    if seen.st_uid == os.geteuid() and stat.S_IMODE(seen.st_mode) & 0o077:
        path.chmod(0o600)
        say(f"{path} could be read by others, now 0600: it may hold passwords")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what ``prepare`` takes."""
    parser.add_argument(
        "--masters",
        type=Path,
        metavar="DIR",
        help="a copy of the course's repository; its masters go to every class, and what an "
        "instructor has changed there stays",
    )
    parser.add_argument("--course", metavar="ID", help="bring masters to this class only")


def run(options: argparse.Namespace) -> int:
    """Do ``prepare``; return the exit code."""
    plan = settings.load(options.settings)
    only = plan.course_called(options.course) if options.course else None
    prepare(plan, masters_from=options.masters, masters_for=only)
    close_settings(settings.where(options.settings))
    return 0
