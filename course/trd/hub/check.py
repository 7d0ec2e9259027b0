"""Look for doors left open on the real machine, and say how to close each (``check``)."""

from __future__ import annotations

import argparse
import encodings.idna  # noqa: F401  # looked up by name, when a private Python is out of reach
import grp
import http.client
import os
import pwd
import secrets
import shlex
import shutil
import site
import stat
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import trd
from trd.hub import accounts, archive, asroot, database, layout
from trd.hub import settings as hub_settings
from trd.hub.layout import Place
from trd.hub.settings import CourseClass, HubSettings
from trd.lab import say

#: Who is in one of these can become anybody.
POWERFUL = ("root", "sudo", "wheel", "docker", "lxd", "disk", "shadow", "kmem")
#: So many files of one folder are tried with another account's rights.
TRIED = 400
#: Where a copy of the course's repository may have been left, and how deep below.
PLACES = ("/opt", "/srv", "/root", "/home/*", "/var/lib", "/usr/local", "/tmp")  # noqa: S108
DEEP = 3
#: So many folders and files are looked at in each of these places.
LOOKED = 20_000
_PREPARE = "python -m trd.hub prepare"


class CheckError(ValueError):
    """Nothing can be checked; the message says why and what to do."""


@dataclass(frozen=True)
class Finding:
    """One door that is open.

    Attributes
    ----------
    what : str
        What is open, in one line.
    close : str
        How to close it.
    serious : bool
        Whether somebody can do what nobody should; otherwise it only needs a look.
    """

    what: str
    close: str
    serious: bool = True

    def __str__(self) -> str:
        return f"{'OPEN' if self.serious else 'look'}  {self.what}. To close: {self.close}"


def audit(
    plan: HubSettings,
    file: Path | None = None,
    *,
    python: Path | None = None,
    package: Path | None = None,
) -> tuple[int, list[Finding]]:
    """Compare the machine with the plan. Changes nothing.

    Parameters
    ----------
    plan : HubSettings
        The settings.
    file : pathlib.Path, optional
        The file they came from.
    python, package : pathlib.Path, optional
        The interpreter everybody's server runs on, and the installed course; this program's own
        when not given.

    Returns
    -------
    tuple of int and list of Finding
        How many folders and files were looked at, and what is open.
    """
    known = layout.known_homes(plan)
    missing = [name for name in (each.grader for each in plan.course) if not accounts.exists(name)]
    unix = plan.hub.accounts == "unix"
    places = [each for each in layout.wanted(plan, known) if not (unix and each.owner in missing)]
    found = [
        *_in_settings(plan),
        *_cut_off(plan),
        *(problem for each in places for problem in at(each)),
    ]
    looked = {each.path for each in places}
    for path, what in _secrets(plan, file):
        looked.add(path)
        found += _of_secret(path, what)
    if unix:
        found += [
            Finding(f"{name}, the account of a class, does not exist", _PREPARE) for name in missing
        ]
        found += _between(places)
        for place in places:
            if place.closed:
                found += _inside(place)
        others = [each for each in accounts.people() if Path(each.pw_dir) not in looked]
        found += [problem for each in others for problem in _of_home(each)]
        looked |= {Path(each.pw_dir) for each in others}
        found += _of_groups(plan)
        found += _in_exchange(plan)
        found += _of_programs(python or Path(sys.executable))
        found += _of_package(package or Path(trd.__file__).parent)
        found += _of_databases(plan)
        found += open_checkouts()
    return len(looked), list(dict.fromkeys(found))


def _cut_off(plan: HubSettings) -> list[Finding]:
    return [
        Finding(
            f"a restore of class {each.id} was cut off, so its formgrader stays closed",
            f"finish it, or go back: python -m trd.hub restore --undo --course {each.id}",
        )
        for each in plan.course
        if plan.restore_note(each).exists()
    ]


def at(place: Place) -> list[Finding]:
    """Return what is wrong with one planned place: missing, somebody else's, open, a link."""
    try:
        uid, gid = layout.numbers(place)
        with layout.opened(place.path) as (folder, _):
            seen = os.fstat(folder)
            listed = _has_list(folder)
    except FileNotFoundError:
        return [Finding(f"{place.path} ({place.why}) is missing", _PREPARE)]
    except (layout.LayoutError, OSError) as error:
        return [Finding(f"{place.path} ({place.why}): {error}".rstrip("."), _PREPARE)]
    found = []
    if seen.st_uid != uid:
        found.append(
            Finding(
                f"{place.path} ({place.why}) belongs to {_name(seen.st_uid)} instead of "
                f"{place.owner}",
                f"look at what is in it, move it away, then {_PREPARE}",
            )
        )
    elif seen.st_gid != gid:
        found.append(
            Finding(
                f"{place.path} ({place.why}) belongs to group {_group(seen.st_gid)}",
                f"chown {place.owner}: {place.path}",
            )
        )
    mode = stat.S_IMODE(seen.st_mode)
    if mode != place.mode:
        found.append(
            Finding(
                f"{place.path} ({place.why}) has mode {mode:04o} instead of {place.mode:04o}"
                f"{_meaning(mode, place.mode)}",
                f"chmod {place.mode:04o} {place.path}",
            )
        )
    if listed and place.closed:
        found.append(
            Finding(
                f"{place.path} ({place.why}) has an access list that may let others in",
                f"getfacl {place.path}; setfacl -b {place.path}",
            )
        )
    return found


def _meaning(mode: int, wanted: int) -> str:
    more = mode & ~wanted
    says = [
        (wanted & ~mode & 0o1000, "without the sticky bit anybody renames what is another's"),
        (more & 0o004, "others may list it"),
        (more & 0o002, "others may put in and remove"),
        (more & 0o070, "its group may look in"),
        (wanted & ~mode & 0o001, "nobody can get through"),
    ]
    said = [words for bits, words in says if bits]
    return f": {said[0]}" if said else ""


def _has_list(folder: int) -> bool:
    try:
        return any(
            name in os.listxattr(folder)
            for name in ("system.posix_acl_access", "system.posix_acl_default")
        )
    except OSError:  # a file system without such lists
        return False


def _between(places: list[Place]) -> list[Finding]:
    # Whoever may write into a folder around can put another in place of the one within.
    found = []
    owners: dict[Path, set[str]] = {}
    for place in places:
        for around in place.path.resolve().parents:
            owners.setdefault(around, set()).add(place.owner)
    planned = {each.path.resolve() for each in places}
    for around, who in sorted(owners.items()):
        if around in planned or not around.exists():
            continue
        seen = around.stat()
        if seen.st_mode & 0o022 and not seen.st_mode & stat.S_ISVTX:
            found.append(
                Finding(
                    f"{around} can be written to by others, who could put something else in place "
                    "of what is in it",
                    f"chmod go-w {around}",
                )
            )
        if seen.st_uid and {_name(seen.st_uid)} != who:
            found.append(
                Finding(
                    f"{around}, around folders of {', '.join(sorted(who))}, belongs to "
                    f"{_name(seen.st_uid)}",
                    f"chown root: {around}",
                )
            )
    for place in places:
        shut = None if place.closed else first_shut(place.path.parent)
        # What is not there yet is told as missing, and prepare makes it.
        if shut is not None and shut.exists():
            found.append(
                Finding(
                    f"{place.path} ({place.why}) cannot be reached by others: {shut} is closed",
                    f"chmod o+x {shut}",
                )
            )
    return found


def first_shut(path: Path) -> Path | None:
    """Return the first folder on the way to a path, or itself, that others may not pass."""
    real = path.resolve()
    for each in (*reversed(real.parents), real):
        try:
            if not each.stat().st_mode & 0o001:
                return each
        except OSError:
            return each
    return None


def readable(path: Path) -> Iterator[Path]:
    """Yield what others can read of a file or of all that is in a folder."""
    if first_shut(path.parent) is not None:
        return
    try:
        mode = path.lstat().st_mode
    except OSError:
        return
    if stat.S_ISLNK(mode):
        return
    if mode & 0o004:
        yield path
    if stat.S_ISDIR(mode) and mode & 0o001:
        for here, inner, names in os.walk(path):
            for name in (*inner, *names):
                seen = Path(here, name).lstat().st_mode
                if seen & 0o004 and not stat.S_ISLNK(seen):
                    yield Path(here, name)
            inner[:] = [each for each in inner if Path(here, each).lstat().st_mode & 0o001]


def _inside(place: Place) -> list[Finding]:
    open_ones = [each for each in readable(place.path) if each != place.path]
    if not open_ones:
        return []
    return [
        Finding(
            f"{len(open_ones)} files and folders in {place.path} ({place.why}) can be read by "
            f"others, {open_ones[0]} among them",
            f"chmod {place.mode:04o} {place.path}",
        )
    ]


def _of_home(account: pwd.struct_passwd) -> list[Finding]:
    home = Path(account.pw_dir)
    try:
        seen = home.stat()
    except OSError:
        return []
    if seen.st_uid != account.pw_uid or not seen.st_mode & 0o077:
        return []
    return [
        Finding(
            f"{home}, home of {account.pw_name}, has mode {stat.S_IMODE(seen.st_mode):04o}: "
            "others may look in",
            f"chmod 0700 {home}",
        )
    ]


def _secrets(plan: HubSettings, file: Path | None) -> list[tuple[Path, str]]:
    secret = []
    if file is not None:
        secret.append((file, "the settings, which may hold passwords"))
    if plan.hub.certificate_key is not None:
        secret.append((plan.hub.certificate_key, "the key of the certificate"))
    for each in plan.course:
        path = _gradebook_file(each)
        if path is not None and path.exists():
            secret.append((path, f"the gradebook of class {each.id}"))
    return secret


def _gradebook_file(course: CourseClass) -> Path | None:
    url = course.gradebook_url
    if not url.startswith("sqlite:///"):
        return None
    return Path(unquote(url.removeprefix("sqlite:///").split("?")[0]))


def _of_secret(path: Path, what: str) -> list[Finding]:
    try:
        seen = path.stat()
    except OSError as error:
        return [Finding(f"{path} ({what}) cannot be read: {error.strerror}", "give its right name")]
    found = []
    shut = first_shut(path.resolve().parent) is not None
    if seen.st_mode & 0o077 and not shut:
        found.append(
            Finding(
                f"{path} ({what}) has mode {stat.S_IMODE(seen.st_mode):04o}: others may read it",
                f"chmod 0600 {path}",
            )
        )
    around = path.resolve().parent
    if around.stat().st_mode & 0o002 and not shut:
        found.append(
            Finding(
                f"anybody may put another file in place of {path} ({what})", f"chmod o-w {around}"
            )
        )
    return found


def _in_settings(plan: HubSettings) -> list[Finding]:
    hub, found = plan.hub, []
    if hub.login == "dummy":
        found.append(
            Finding("one password lets anybody in as anybody (dummy)", 'login = "pam" or "lti"')
        )
    if hub.accounts == "one":
        found.append(
            Finding(
                "everybody runs under one account and can read masters, gradebook and others' work",
                'accounts = "unix"',
            )
        )
    loopback = hub.address in ("127.0.0.1", "::1", "localhost")
    if not loopback and hub.certificate is None:
        found.append(
            Finding(
                f"the hub listens on {hub.address} without a certificate, so passwords and answers "
                "cross the network in the open",
                "certificate and certificate_key, or address = 127.0.0.1 behind a web server",
            )
        )
    return found


def _of_groups(plan: HubSettings) -> list[Finding]:
    found = []
    for group in grp.getgrall():
        graders = [each for each in plan.course if _gid(each.grader) == group.gr_gid]
        if group.gr_name not in POWERFUL and not graders:
            continue
        members = {*group.gr_mem, *(p.pw_name for p in pwd.getpwall() if p.pw_gid == group.gr_gid)}
        named = {name for each in plan.course for name in each.trainees} & members
        found += [
            Finding(
                f"the trainee {name} is in the group {group.gr_name}",
                f"gpasswd -d {name} {group.gr_name}",
            )
            for name in sorted(named)
        ]
    return found


def _in_exchange(plan: HubSettings) -> list[Finding]:
    ids = {each.id for each in plan.course}
    try:
        others = sorted(each for each in plan.exchange.iterdir() if each.name not in ids)
    except OSError:
        return []
    return [
        Finding(
            f"{each} is no class of the settings, and belongs to {_name(each.lstat().st_uid)}",
            "look at it; a class that is over can be backed up and removed",
            serious=False,
        )
        for each in others
    ]


def _of_programs(python: Path) -> list[Finding]:
    # Each part in its own words: bin/python of a private Python looks like any other.
    for path in (python.parent, Path(os.path.realpath(python))):
        shut = first_shut(path)
        if shut is not None:
            return [
                Finding(
                    f"other accounts cannot run {python}: {shut} is closed to them, so no server "
                    "will start",
                    "make the environment on the system's own Python (assets/hub/install.sh)",
                )
            ]
    return []


def _of_package(package: Path) -> list[Finding]:
    found = []
    shut = first_shut(package)
    if shut is not None:
        found.append(
            Finding(
                f"other accounts cannot read the course in {package}: {shut} is closed to them",
                "install it with assets/hub/install.sh",
            )
        )
    for folder in sorted(_masters_near(package)):
        open_ones = list(readable(folder))
        if open_ones:
            found.append(
                Finding(
                    f"the installed course leads to masters others can read: {len(open_ones)} "
                    f"files and folders in {folder}",
                    "install the course as a wheel (assets/hub/install.sh), and close that "
                    f"folder: chmod -R o= {folder}",
                )
            )
    return found


def _masters_near(package: Path) -> set[Path]:
    starts = {package, package / "_bundled", package.parent}
    for packages in {package.parent, *map(Path, site.getsitepackages())}:
        for pointer in packages.glob("*.pth"):
            lines = pointer.read_text(encoding="utf-8", errors="replace").splitlines()
            starts |= {(packages / line).resolve() for line in lines if _is_folder(packages, line)}
    around = starts | {each.parent for each in starts}
    return {(each / "solutions").resolve() for each in around if (each / "solutions").is_dir()}


def _is_folder(packages: Path, line: str) -> bool:
    # A .pth file holds folders, and lines of code that begin with "import".
    return bool(line.strip()) and line[0] != "#" and (packages / line.strip()).is_dir()


def open_checkouts(places: Iterable[str] = PLACES, looked: int = LOOKED) -> list[Finding]:
    """Look in the usual places for copies of the repository, keys and all, that others can read.

    Parameters
    ----------
    places : iterable of str
        Where, with wildcards.
    looked : int
        At how much to look in each place; what was not looked at is told.
    """
    found = []
    for pattern in places:
        for place in sorted(Path("/").glob(pattern.lstrip("/"))):
            found += _checkouts_below(place, looked)
    return found


def _checkouts_below(place: Path, looked: int) -> list[Finding]:
    found: list[Finding] = []
    level = [place]
    # The nearest first, as there may be too much to see it all.
    for _ in range(DEEP + 1):
        inner: list[Path] = []
        for folder in level:
            entries = _entries(folder)
            looked -= len(entries)
            if looked < 0:
                told = f"not all of {place} was searched for open copies of the course"
                look = f"find {place} -name nbgrader_config.py"
                return [*found, Finding(told, look, serious=False)]
            found += _open_checkout(folder, {entry.name for entry in entries})
            inner += [Path(each) for each in entries if each.is_dir(follow_symlinks=False)]
        level = inner
    return found


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """Return what is in a folder that others may pass; nothing of one that is closed or gone."""
    try:
        seen = folder.lstat()
        if not stat.S_ISDIR(seen.st_mode) or not seen.st_mode & 0o001:
            return []
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []


def _open_checkout(folder: Path, names: set[str]) -> list[Finding]:
    if not {"solutions", "nbgrader_config.py"} <= names:
        return []
    try:
        first = next(readable(folder / "solutions"), None)
    except OSError:  # taken away meanwhile
        return []
    if first is None:
        return []
    # Anybody may have chosen this name.
    called = archive.shown(str(folder))
    return [
        Finding(
            f"{called} is a copy of the course with its keys, and others can read them",
            f"chmod go= {shlex.quote(called)}",
        )
    ]


def _of_databases(plan: HubSettings) -> list[Finding]:
    found = []
    for each in plan.course:
        if each.gradebook != "postgresql":
            continue
        try:
            there = database.psql(_IS_THERE, each)
        except database.DatabaseError:
            found.append(
                Finding(
                    f"PostgreSQL does not answer, so class {each.id} has no gradebook",
                    "start it: systemctl start postgresql (or apt install postgresql)",
                )
            )
        else:
            if not int(there):
                found.append(Finding(f"the database {each.database} is missing", _PREPARE))
    return found


_IS_THERE = "SELECT count(*) FROM pg_database WHERE datname = :'database';"


def probe(
    plan: HubSettings, name: str, file: Path | None = None, *, python: Path | None = None
) -> tuple[int, list[Finding]]:
    """Try, with one account's rights, what it should not be able to do, and what it must.

    Parameters
    ----------
    plan : HubSettings
        The settings.
    name : str
        The account, a trainee's as a rule.
    file : pathlib.Path, optional
        The file the settings came from.
    python : pathlib.Path, optional
        The interpreter everybody's server runs on.

    Returns
    -------
    tuple of int and list of Finding
        How many things were tried, and what succeeded that should not, or the other way round.

    Raises
    ------
    CheckError
        If there is no such account, or it is root's.
    """
    if not accounts.exists(name):
        raise CheckError(f"There is no account {name}. Give one of the system's with --as.")
    person = pwd.getpwnam(name)
    if person.pw_uid == 0:
        raise CheckError("root may do anything; give a trainee's account with --as.")
    known = layout.known_homes(plan)
    places = [each for each in layout.wanted(plan, known) if accounts.exists(each.owner)]
    tries = list(dict.fromkeys(_forbidden(plan, places, person, file)))
    needed = _needed(plan, person)
    program = str(python or sys.executable)
    done: list[list[str]] = accounts.run_as(
        person,
        lambda: [
            [how for how, path in tries if _try(how, path)],
            [path for how, path in tries if _try(how, path)],
            [f"{how} {path}" for how, path in needed if not _try(how, path)],
            _starts(program),
            _reaches(plan, person.pw_name),
        ],
    )
    hows, paths, refused, broken, reached = done
    verb = {"list": "lists", "read": "reads", "write": "writes into"}
    planned = {str(each.path) for each in places}
    found = [
        Finding(f"{name} {verb[how]} {path}", _PREPARE if path in planned else f"chmod go= {path}")
        for how, path in zip(hows, paths, strict=True)
    ]
    found += [Finding(f"{name} cannot {each}", _PREPARE) for each in refused]
    found += [
        Finding(f"{name} cannot run the course: {each}", "install it with assets/hub/install.sh")
        for each in broken
    ]
    found += [Finding(f"{name} {each}", "see assets/hub/README.md") for each in reached]
    return len(tries) + len(needed) + 1 + len(plan.course), found


def _forbidden(
    plan: HubSettings, places: list[Place], person: pwd.struct_passwd, file: Path | None
) -> Iterator[tuple[str, str]]:
    for place in places:
        if place.owner != person.pw_name:
            yield from _forbidden_in(place)
    for secret, _ in _secrets(plan, file):
        if secret.exists() and secret.stat().st_uid != person.pw_uid:
            yield "read", str(secret)
    for each in accounts.people():
        home = Path(each.pw_dir)
        if each.pw_uid != person.pw_uid and home.is_dir() and home.stat().st_uid == each.pw_uid:
            yield "list", str(home)
            yield "list", str(home / "trd")
            yield "write", str(home)


def _forbidden_in(place: Place) -> Iterator[tuple[str, str]]:
    if not place.mode & 0o004:
        yield "list", str(place.path)
    if not place.mode & 0o002:
        yield "write", str(place.path)
    if place.closed:
        for each in _files_in(place.path):
            yield "read", str(each)


def _files_in(folder: Path) -> list[Path]:
    found: list[Path] = []
    for here, _inner, names in os.walk(folder):
        found += [Path(here, name) for name in sorted(names)]
        if len(found) > TRIED:
            break
    return found[:TRIED]


def _needed(plan: HubSettings, person: pwd.struct_passwd) -> list[tuple[str, str]]:
    needed = [("write", person.pw_dir)]
    for each in plan.course:
        if person.pw_name in each.trainees:
            root = plan.exchange / each.id
            needed += [("list", str(root / "outbound")), ("write", str(root / "inbound"))]
    return needed


def _try(how: str, path: str) -> bool:
    try:
        if how == "list":
            os.scandir(path).close()
        elif how == "read":
            with Path(path).open("rb") as file:
                file.read(1)
        else:
            mark = Path(path, f".trd-check-{secrets.token_hex(8)}")
            os.close(os.open(mark, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600))
            mark.unlink()
    except OSError:
        return False
    return True


def _starts(program: str) -> list[str]:
    try:
        done = subprocess.run(  # noqa: S603  # the course's own interpreter
            [program, "-c", "import trd.quiz"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            cwd="/",
            env={"PATH": os.defpath},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return [str(error)]
    return [] if done.returncode == 0 else [(done.stderr.strip() or "?").splitlines()[-1]]


def _reaches(plan: HubSettings, name: str) -> list[str]:
    reached = []
    for each in plan.course:
        if name != each.grader and _formgrader_opens(each):
            reached.append(f"opens formgrader of class {each.id} without a log-in")
        if each.gradebook == "postgresql" and name != each.grader:
            reached += [
                f"opens the database {each.database} as {role}"
                for role in (name, each.grader)
                if _database_opens(each, role)
            ]
    return reached


def _formgrader_opens(course: CourseClass) -> bool:
    asked = http.client.HTTPConnection("127.0.0.1", course.port, timeout=5)
    try:
        asked.request("GET", f"/services/{course.id}/formgrader")
        return asked.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asked.close()


def _database_opens(course: CourseClass, role: str) -> bool:
    program = shutil.which("psql")
    if program is None:
        return False
    where = ["--no-psqlrc", "--no-password", "--username", role, "--dbname", course.database]
    done = subprocess.run(  # noqa: S603  # a fixed program, names from the settings
        [program, *where, "--command", "SELECT 1"],
        capture_output=True,
        check=False,
        timeout=60,
        stdin=subprocess.DEVNULL,
        cwd="/",
        env=database.environment(),
    )
    return done.returncode == 0


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"an account that is gone (number {uid})"


def _group(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return f"number {gid}"


def _gid(name: str) -> int | None:
    return pwd.getpwnam(name).pw_gid if accounts.exists(name) else None


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what ``check`` takes."""
    parser.add_argument(
        "--as",
        dest="person",
        metavar="NAME",
        help="also try, with the rights of this account, to read and change what it should not",
    )


def run(options: argparse.Namespace) -> int:
    """Do ``check``; return 1 if anything serious is open."""
    plan = asroot.load(options.settings)
    file = hub_settings.where(options.settings)
    if plan.hub.accounts == "unix" and os.geteuid() != 0:
        raise CheckError("Only root sees all folders of this server. Run this as root.")
    count, found = audit(plan, file)
    told = f"checked: {count} places"
    if options.person:
        tried, more = probe(plan, options.person, file)
        told += f", {tried} things tried as {options.person}"
        found += more
    for each in found:
        say(str(each))
    serious = sum(each.serious for each in found)
    say(f"{told}, {serious} open")
    return 1 if serious else 0
