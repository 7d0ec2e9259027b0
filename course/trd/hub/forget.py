"""``python -m trd.hub forget``: delete everything that is kept about one trainee.

Without ``--yes`` it only lists what would go. With it, what others could still read goes first and
the gradebook last, so that a deletion which was killed can be given again: as long as anything is
left, the name is known. What belongs to the class is deleted by the class's own account.
"""

from __future__ import annotations

import argparse
import contextlib
import html
import json
import os
import re
import shutil
import stat
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trd.hub import accounts, archive, asgrader, asroot, backup, roster
from trd.hub.asgrader import StepError
from trd.hub.gradebooks import TABLES, Gradebook, has_tables
from trd.hub.settings import CourseClass, HubSettings
from trd.lab import say

#: What stands in other people's notes in place of the name.
NOBODY = "a deleted trainee"
#: Holds the hub's key for programs, made with ``jupyterhub token``.
TOKEN = "TRD_HUB_TOKEN"  # noqa: S105 - a variable's name
SECRET = "submission_secret.txt"  # noqa: S105 - a file's name
#: What nbgrader calls a hand-in: no assignment's name holds a plus, and a time begins the rest.
_HAND_IN = re.compile(r"(?P<student>.+)\+(?P<assignment>[^+]+)\+\d{4}-\d\d-\d\d [^+]*(\+[^+]*)?")
#: Where the notes on collecting name somebody: before, the names, after.
_NAMING = (
    re.compile(r"(^same answers, to the second, as )(.*)( \(\d[^()]*\)$)"),
    re.compile(r"(was the same as that of )(.*)(, so each got )"),
    re.compile(r"(by the account “)(.*?)(”)"),
    re.compile(r"(not by “)(.*?)(”)"),
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("name", help="the trainee's name on the hub, in full")
    parser.add_argument("--course", help="only what this class keeps (default: every class)")
    parser.add_argument("--yes", action="store_true", help="delete; without it, only list")
    parser.add_argument(
        "--account",
        action="store_true",
        help="also the account of the system, with its home and all work in it",
    )
    parser.add_argument(
        "--force", action="store_true", help="even if it is an instructor or an administrator"
    )


def run(options: argparse.Namespace) -> int:
    """Do it; return the exit code."""
    settings = asroot.load(options.settings)
    chosen = [settings.course_called(options.course)] if options.course else settings.course
    check_name(settings, options.name, force=options.force)
    if options.account:
        check_account(settings, options.name, only=options.course)
    plans = []
    with contextlib.ExitStack() as stack:
        for course in chosen:
            if options.yes:
                stack.enter_context(backup.maintenance(settings, course))
            plans.append((course, find(settings, course, options.name)))
        if not any(plan for _, plan in plans) and not _is_named(settings, chosen, options):
            raise StepError(
                f"Nothing is kept about “{archive.shown(options.name)}” in "
                f"{', '.join(each.id for each in chosen)}. Is the name spelt as on the hub?"
            )
        for course, plan in plans:
            _tell(course, plan, options.name)
            if options.yes:
                remove(settings, course, options.name, plan)
    if options.yes:
        _forget_user(settings, options)
    _tell_rest(settings, chosen, options)
    return 0


def _is_named(
    settings: HubSettings, chosen: Iterable[CourseClass], options: argparse.Namespace
) -> bool:
    return any(options.name in each.trainees for each in chosen) or (
        options.account and asgrader.known(options.name) is not None
    )


# --- whose data -----------------------------------------------------------------------------


def check_name(settings: HubSettings, name: str, *, force: bool = False) -> None:
    """Refuse what is no one trainee's name.

    Raises
    ------
    StepError
        If it has wildcards or leads elsewhere, or is a class's account, or, without ``force``,
        an instructor's or administrator's.
    """
    odd = not name or name != name.strip() or name.startswith((".", "-")) or len(name) > 128
    if odd or not name.isprintable() or set(name) & set("*?[]{}/\\"):
        raise StepError(
            f"“{archive.shown(name)}” is no trainee's name. Give one name in full, without "
            "wildcards."
        )
    for each in settings.course:
        if name == each.grader:
            raise StepError(f"{name} is the account of the class {each.id} itself.")
        if name in each.instructors and not force:
            raise StepError(
                f"{name} is an instructor of {each.id}. To delete what is kept about them as a "
                "trainee all the same, say --force."
            )
    if name in settings.hub.admins and not force:
        raise StepError(f"{name} is an administrator of the hub. If you mean it, say --force.")


def check_account(settings: HubSettings, name: str, only: str | None = None) -> None:
    """Refuse to delete an account that is no trainee's, or is still needed.

    Raises
    ------
    StepError
        With the reason.
    """
    account = asgrader.known(name)
    if settings.hub.accounts == "one":
        raise StepError('With accounts = "one" nobody has an account of their own to delete.')
    if os.geteuid() != 0:
        raise StepError("Only root can delete an account.")
    if account is not None and account.uid < accounts.FIRST_PERSON:
        raise StepError(f"{name} is an account of the system, so it is not deleted.")
    needed = [
        each.id
        for each in settings.course
        if each.id != only and only is not None and name in (*each.trainees, *each.instructors)
    ]
    if needed:
        raise StepError(
            f"{name} is in {', '.join(needed)} too and needs the account there. Leave out "
            "--account, or leave out --course to delete what every class keeps."
        )
    running = accounts.processes(account.uid) if account is not None else []
    if running:
        raise StepError(
            f"Programs of {name} are running ({', '.join(map(str, running[:5]))}). Their "
            f"server goes on when the hub is stopped, so end them: pkill -u {name}"
        )


# --- what there is --------------------------------------------------------------------------


@dataclass
class Plan:
    """Everything kept about one trainee in one class.

    Attributes
    ----------
    rows : dict of str to int
        Rows of the gradebook by what they are.
    folders, files : list of str
        Below the class's state, paths from there.
    lines : int
        Lines of the log of issued records.
    others : dict of str to int
        Notes on others that name the trainee: path, and how many lines.
    hand_ins, pages : list of str
        Names in the exchange's ``inbound`` and ``feedback``.
    roster : int
        Lines in what log-ins said.
    told : list of str
        What the operator has to look at.
    """

    rows: dict[str, int] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    lines: int = 0
    others: dict[str, int] = field(default_factory=dict)
    hand_ins: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    roster: int = 0
    told: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return any(
            (
                *(self.rows, self.folders, self.files, self.lines),
                *(self.others, self.hand_ins, self.pages, self.roster),
            )
        )


def find(settings: HubSettings, course: CourseClass, name: str) -> Plan:
    """Look for everything; change nothing.

    Raises
    ------
    StepError
        If something cannot be read.
    """
    gradebook = Gradebook.of(settings, course)
    state, url = course.state, course.gradebook_url
    is_there = gradebook.is_there

    def look() -> dict[str, Any]:
        found = _look_in_state(state, name)
        found["rows"], found["students"] = _count_rows(url, name) if is_there else ({}, [])
        return found

    found = gradebook.call(look)
    plan = Plan(rows=found["rows"], folders=found["folders"], lines=found["lines"])
    plan.files, plan.others = found["files"], found["others"]
    plan.told = _zips(found["zips"], found["students"], name, plan)
    exchange = settings.exchange / course.id
    whose = None if settings.hub.accounts == "one" else asgrader.known(name)
    with _folder(exchange / "inbound") as inbound:
        if inbound is not None:
            plan.hand_ins, secrets = _hand_ins(inbound, name, whose.uid if whose else None)
            mine = {*found["secrets"], *secrets} - {*found["secrets_of_others"]}
            notebooks = {*found["notebooks"], *_released(exchange / "outbound")}
            plan.pages = _pages(exchange / "feedback", mine, notebooks)
    plan.roster = _roster_lines(settings, course, name)
    return plan


def _roster_lines(settings: HubSettings, course: CourseClass, name: str) -> int:
    count = 0
    with contextlib.suppress(OSError):
        text = roster.where(settings, course.id).read_text(encoding="utf-8", errors="replace")
        for line in text.splitlines():
            with contextlib.suppress(ValueError, TypeError, KeyError):
                count += json.loads(line)["username"] == name
    return count


@contextlib.contextmanager
def _folder(path: Path) -> Iterator[int | None]:
    try:
        descriptor = os.open(path, archive.FOLDER)
    except OSError:
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _hand_ins(inbound: int, name: str, uid: int | None) -> tuple[list[str], set[str]]:
    """Return the hand-ins of one trainee, by name or by owner, and the secrets in them."""
    found, secrets = [], set()
    for entry in archive.names(inbound):
        status = os.stat(entry, dir_fd=inbound, follow_symlinks=False)
        read = _HAND_IN.fullmatch(entry)
        by_name = read["student"] == name if read else entry.startswith(f"{name}+")
        if not by_name and (uid is None or status.st_uid != uid):
            continue
        found.append(entry)
        if stat.S_ISDIR(status.st_mode):
            with contextlib.suppress(OSError):
                secrets.add(_secret_below(inbound, entry))
    return found, secrets - {""}


def _secret_below(folder: int, entry: str) -> str:
    inner = os.open(entry, archive.FOLDER, dir_fd=folder)
    try:
        return _secret(os.open(SECRET, archive.FILE, dir_fd=inner))
    finally:
        os.close(inner)


def _secret(descriptor: int) -> str:
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return ""
        # As nbgrader reads it: with whatever stands at its end.
        return file.read(4096).decode("utf-8", "replace")


def _released(outbound: Path) -> set[str]:
    return {each.stem for each in outbound.glob("*/*.ipynb")}


def _pages(folder: Path, secrets: set[str], notebooks: Iterable[str]) -> list[str]:
    """Return the released feedback that these secrets name."""
    if not secrets:
        return []
    from nbgrader.utils import notebook_hash

    with _folder(folder) as opened:
        there = set(archive.names(opened)) if opened is not None else set()
    wanted = {
        f"{notebook_hash(secret=secret, notebook_id=notebook)}{end}"
        for secret in secrets
        for notebook in notebooks
        for end in (".html", "-tmp.html")
    }
    return sorted(wanted & there)


def _zips(there: list[str], students: list[str], name: str, plan: Plan) -> list[str]:
    """Add the trainee's own zip files to the plan; return what has to be looked at."""
    unclear = []
    for path in there:
        inner = path.split("/")[3:]
        first = inner[0].removesuffix(".zip")
        # The longest name that fits: anna's is not that of “anna_b”.
        fits = [each for each in {*students, name} if first == each or first.startswith(f"{each}_")]
        if fits and max(fits, key=len) == name:
            plan.files.append(path)
        elif not fits:
            unclear.append(path)
    if not unclear:
        return []
    return [
        f"{len(unclear)} files in {unclear[0].rpartition('/')[0]} do not say whose they are "
        "(archives of a whole class, or from a learning platform): look into them yourself"
    ]


# --- what the class's account does ----------------------------------------------------------


def _look_in_state(state: Path, name: str) -> dict[str, Any]:
    room = state / "class"
    folders = [room / kind / name for kind in ("submitted", "autograded", "feedback")]
    folders += sorted(room.glob(f"downloaded/*/extracted/{_literal(name)}"))
    own_notes, others = _notes(room, name)
    # As notes and records name their files.
    safe = "".join(c if c.isalnum() or c in "-_@+." else f"%{ord(c):x}" for c in name)[:150]
    files = [
        each
        for end in ("html", "pdf")
        for each in [room / "records" / f"record-{safe}.{end}"]
        if each.is_file()
    ]
    mine, of_others = _secrets(room, name)
    zips = [each for each in room.glob("downloaded/*/archive/**/*") if each.is_file()]
    return {
        "folders": [str(each.relative_to(state)) for each in folders if each.is_dir()],
        "files": [
            str(each.relative_to(state)) for each in [*own_notes, *files, *_reports(room, name)]
        ],
        "others": {str(path.relative_to(state)): count for path, count in others.items()},
        "lines": len(_record_lines(room, name)),
        "zips": sorted(str(each.relative_to(state)) for each in zips),
        "secrets": mine,
        "secrets_of_others": of_others,
        "notebooks": sorted(
            {
                *(each.stem for each in room.glob("submitted/*/*/*.ipynb")),
                *(each.stem for each in room.glob(f"feedback/{_literal(name)}/*/*.html")),
            }
        ),
    }


def _literal(name: str) -> str:
    import glob

    return glob.escape(name)


def _notes(room: Path, name: str) -> tuple[list[Path], dict[Path, int]]:
    """Return the notes on a trainee, and those on others that name the trainee."""
    own, others = [], {}
    there = sorted(room.glob("notes/*/*.json"))
    if there:
        from trd.grading.handin.collect import compared
    for path in there:
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            student, reasons = kept["student"], kept["reasons"]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if student in (name, compared(name)):
            own.append(path)
        elif changed := sum(without(str(reason), name) != reason for reason in reasons):
            others[path] = changed
    return own, others


def without(reason: str, name: str) -> str:
    """Return a note on somebody without the name of a trainee who is mentioned in it.

    Only where the notes on collecting name people, so that nobody called “time” takes that word
    out of every note.
    """
    named = re.compile(rf"(^|, | and ){re.escape(name)}(?=$|, | and \d)")

    def replaced(found: re.Match[str]) -> str:
        return found[1] + named.sub(rf"\g<1>{NOBODY}", found[2]) + found[3]

    for pattern in _NAMING:
        reason = pattern.sub(replaced, reason)
    return reason


def _reports(room: Path, name: str) -> list[Path]:
    """Return the class reports that name the trainee; they can be drawn again without."""
    word = re.compile(rf"(?<![\w-]){re.escape(html.escape(name))}(?![\w-])")
    return [
        path
        for path in sorted(room.glob("reports/*.html"))
        if not path.is_symlink() and word.search(path.read_text(encoding="utf-8", errors="replace"))
    ]


def _record_lines(room: Path, name: str) -> list[int]:
    """Return which lines of the log of records are about the trainee."""
    found = []
    with contextlib.suppress(FileNotFoundError):
        for number, line in enumerate((room / "records.jsonl").read_bytes().splitlines()):
            with contextlib.suppress(ValueError, KeyError, TypeError):
                if json.loads(line)["content"]["trainee"]["id"] == name:
                    found.append(number)
    return found


def _secrets(room: Path, name: str) -> tuple[list[str], list[str]]:
    """Return the secrets of the trainee's collected work, and those of all others'."""
    mine: set[str] = set()
    others: set[str] = set()
    for kind in ("submitted", "autograded", "feedback"):
        for path in room.glob(f"{kind}/*/*/{SECRET}"):
            with contextlib.suppress(OSError):
                text = _secret(os.open(path, archive.FILE))
                (mine if path.parts[-3] == name else others).add(text)
    return sorted(mine - {""}), sorted(others - {""})


def _count_rows(url: str, name: str) -> tuple[dict[str, int], list[str]]:
    from nbgrader import api
    from sqlalchemy import func, inspect, select

    def count(what: Any, *joins: Any) -> int:
        asked = select(func.count()).select_from(what)
        for each in joins:
            asked = asked.join(each)
        theirs = api.SubmittedAssignment.student_id == name
        return int(connection.execute(asked.where(theirs)).scalar_one())

    engine = api.create_engine(url)
    try:
        with engine.connect() as connection:
            if not has_tables(inspect(connection)):
                return {}, []
            known = select(api.Student.id)
            students = [str(each) for each in connection.execute(known).scalars()]
            # Plain tables: a query by class would ask for columns an older gradebook lacks.
            notebook = (api.SubmittedNotebook.__table__, api.SubmittedAssignment.__table__)
            found = {
                "student": students.count(name),
                "hand-ins": count(api.SubmittedAssignment.__table__),
                "notebooks": count(*notebook),
                "grades": count(api.Grade.__table__, *notebook),
                "comments": count(api.Comment.__table__, *notebook),
            }
    finally:
        engine.dispose()
    return {what: number for what, number in found.items() if number}, students


def _remove_rows(url: str, course_id: str, name: str) -> None:
    import warnings

    from nbgrader.api import Gradebook as Book
    from nbgrader.api import MissingEntry
    from sqlalchemy import create_engine, inspect, text

    looking = create_engine(url)
    try:
        if not has_tables(inspect(looking)):
            return  # Opening it with nbgrader would make them.
    finally:
        looking.dispose()
    warnings.simplefilter("ignore")
    with Book(url, course_id) as book:
        with contextlib.suppress(MissingEntry):
            book.remove_student(name)
        engine = book.engine
        # What was deleted is still in the file until its place is used again.
        postgresql = [f'VACUUM "{table}"' for table in TABLES]
        sqlite = ["PRAGMA busy_timeout = 60000", "VACUUM"]
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for each in sqlite if engine.dialect.name == "sqlite" else postgresql:
                connection.execute(text(each))


def _clear_state(state: Path, name: str, plan: Plan) -> None:
    room = state / "class"
    for folder in plan.folders:
        _clear(state / folder)
    for file in plan.files:
        (state / file).unlink(missing_ok=True)
    for path in plan.others:
        _rewrite_note(state / path, name)
    if plan.lines:
        _rewrite_log(room, name)


def _clear(folder: Path) -> None:
    if not folder.is_dir() or folder.is_symlink():
        return
    for inner, _folders, _files in os.walk(folder):
        # What was graded is read-only.
        Path(inner).chmod(0o700)
    shutil.rmtree(folder)


def _rewrite_note(path: Path, name: str) -> None:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    kept["reasons"] = [without(str(reason), name) for reason in kept["reasons"]]
    _replace(path, json.dumps(kept, indent=1).encode("utf-8"))


def _rewrite_log(room: Path, name: str) -> None:
    import portalocker

    path = room / "records.jsonl"
    # The same lock as for adding a line.
    with portalocker.Lock(path, mode="ab+", timeout=10):
        gone = set(_record_lines(room, name))
        lines = path.read_bytes().splitlines(keepends=True)
        _replace(path, b"".join(line for at, line in enumerate(lines) if at not in gone))


def _replace(path: Path, data: bytes) -> None:
    half = path.with_name(f".{os.getpid()}.{path.name}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    mode = stat.S_IMODE(path.stat().st_mode)
    with os.fdopen(os.open(half, flags, mode), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)


def _only_one(state: Path) -> contextlib.AbstractContextManager[Any]:
    """Keep a grading of the class away, which would write everything again."""
    import portalocker

    place = state / "class"
    place.mkdir(parents=True, exist_ok=True)
    return portalocker.Lock(place / "grading.lock", timeout=0, fail_when_locked=True)


# --- deleting -------------------------------------------------------------------------------


def remove(settings: HubSettings, course: CourseClass, name: str, plan: Plan) -> None:
    """Delete what :func:`find` has found. It may be killed and given again.

    Raises
    ------
    StepError
        If something could not be deleted, or the class is being graded.
    """
    exchange = settings.exchange / course.id
    gradebook = Gradebook.of(settings, course)
    state, url, course_id, is_there = (
        *(course.state, course.gradebook_url),
        *(course.id, gradebook.is_there),
    )

    def clear() -> None:
        import portalocker

        try:
            with _only_one(state):
                _clear_state(state, name, plan)
                if is_there:
                    _remove_rows(url, course_id, name)
        except portalocker.exceptions.LockException as error:
            raise StepError("The class is being graded. Wait for its end.") from error

    # The secrets that name a trainee's feedback stand in the hand-ins: feedback first.
    with _folder(exchange / "feedback") as opened:
        for each in plan.pages if opened is not None else ():
            with contextlib.suppress(FileNotFoundError):
                os.unlink(each, dir_fd=opened)
    with _folder(exchange / "inbound") as opened:
        for each in plan.hand_ins if opened is not None else ():
            _remove_entry(each, opened)
    gradebook.call(clear)
    roster.forget(roster.where(settings, course.id), name)


def _remove_entry(entry: str, folder: int | None) -> None:
    with contextlib.suppress(FileNotFoundError):
        status = os.stat(entry, dir_fd=folder, follow_symlinks=False)
        if stat.S_ISDIR(status.st_mode):
            with contextlib.suppress(RecursionError):
                shutil.rmtree(entry, dir_fd=folder)
        else:
            os.unlink(entry, dir_fd=folder)


def _forget_user(settings: HubSettings, options: argparse.Namespace) -> None:
    """Delete the hub's user and, if asked for, the account of the system."""
    others = [each for each in settings.course if each.id != options.course]
    if options.course and any(options.name in each.trainees for each in others):
        say(f"The hub's user {options.name} stays: another class needs it.")
        return
    say(_hub_user(settings, options.name))
    if options.account:
        check_account(settings, options.name, options.course)
        account = asgrader.known(options.name)
        if account is not None:
            accounts.remove(account.name, graders=[each.grader for each in settings.course])
            say(f"Deleted the account {account.name} and {account.home}.")


def _hub_user(settings: HubSettings, name: str) -> str:
    """Delete a user through the hub's own door; say how, if it cannot be done from here."""
    where = f"http://127.0.0.1:{settings.hub.api_port}/hub/api/users/{urllib.parse.quote(name)}"
    how = f"In the hub, as an administrator: Admin, {name}, Edit User, Delete User."
    if not settings.hub.admins:
        how = (
            "Without admins in hub.toml the name stays in the hub's own list of users: no more "
            'than the name and the time of last activity. To remove it: admins = ["..."] in '
            f"hub.toml, restart the hub, log in as that one; Admin, {name}, Edit User, Delete User."
        )
    token = os.environ.get(TOKEN)
    if not token:
        return f"The hub's own user {name} is still to be deleted. {how}"
    asked = urllib.request.Request(
        where, method="DELETE", headers={"Authorization": f"token {token}"}
    )
    try:
        with urllib.request.urlopen(asked, timeout=30):  # noqa: S310 - this machine
            return f"Deleted the hub's user {name}."
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return f"The hub knows no user {name}."
        return f"The hub did not delete its user {name} ({error.code} {error.reason}). {how}"
    except OSError as error:
        return f"The hub does not answer ({error}), so its user {name} is still there. {how}"


# --- saying ---------------------------------------------------------------------------------


def _tell(course: CourseClass, plan: Plan, name: str) -> None:
    if not plan:
        say(f"{course.id}: nothing is kept about {name}.")
        return
    say(f"{course.id}:")
    rows = ", ".join(f"{number} {what}" for what, number in plan.rows.items())
    lines = (
        (f"gradebook: {rows}", bool(rows)),
        *((f"folder {each}", True) for each in plan.folders),
        *((f"file {each}", True) for each in plan.files),
        (f"{plan.lines} lines of records.jsonl; their codes can then not be confirmed", plan.lines),
        *((f"the name in {each}, a note on somebody else", True) for each in plan.others),
        *((f"hand-in {archive.shown(each)}", True) for each in plan.hand_ins),
        (f"{len(plan.pages)} pages of released feedback", plan.pages),
        (f"{plan.roster} lines of the roster", plan.roster),
    )
    for line, wanted in lines:
        if wanted:
            say(f"  {line}")
    for each in plan.told:
        say(f"  not touched: {each}")


def _tell_rest(
    settings: HubSettings, chosen: Iterable[CourseClass], options: argparse.Namespace
) -> None:
    name = options.name
    say("")
    say("Deleted." if options.yes else "Nothing was deleted. To delete it, add --yes.")
    say("What this command does not reach:")
    named = [each.id for each in settings.course if name in (*each.trainees, *each.instructors)]
    if named or name in settings.hub.admins:
        say(
            f"  the settings file names {name} ({', '.join(named) or 'admins'}): take the name out "
            "yourself, and restart the hub; otherwise it comes back"
        )
    if not options.account and asgrader.known(name) is not None:
        say(f"  the account {name} of the system with its home: --account deletes both")
    say("  back-ups: they hold the name until the last one made before today is deleted")
    say("  a restored back-up brings everything back: give this command again then")
    for each in chosen:
        aside = [
            *each.state.parent.glob(f"{_literal(each.state.name)}.before-restore-*"),
            *settings.exchange.glob(f".before-restore-{each.id}-*"),
        ]
        for path in sorted(aside):
            say(f"  {path}: the state before a restore; delete it")
        if aside and each.gradebook != "sqlite":
            say(f"  databases {each.database}_before_…: the same; delete them")
    say("  logs of the hub and the system, and files that instructors exported or downloaded")
    say("  the learning platform, if people log in through one")
