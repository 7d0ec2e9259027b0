"""Collecting hand-ins without trusting them: what is no plain file of the course is never touched.

nbgrader's own ``collect`` copies a whole folder and follows the links in it, and stops for
everybody at the first odd name. This one goes through each folder by itself.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import stat
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from nbgrader.exchange.default import ExchangeCollect
from nbgrader.utils import check_mode, parse_utc
from traitlets import List, Unicode

from trd.grading import notes
from trd.grading.course import Course
from trd.grading.submissions import TIMESTAMP
from trd.grading.untrusted import MAX_NOTEBOOK_BYTES, UnusableError, open_plain
from trd.quiz.answers import MAX_FILE_BYTES, NAME, ends_of

SECRET = "submission_secret.txt"  # noqa: S105 - a file's name
#: What a hand-in may hold.
ALLOWED = ("*.ipynb", NAME, TIMESTAMP, SECRET)
#: What lies about in a case folder without anybody's doing; left out without a word.
LEFTOVERS = (
    ".*",
    "__pycache__",
    "*.pyc",
    "__MACOSX",
    "Thumbs.db",
    "desktop.ini",
    "*_files",
    "Untitled*",
)
#: Letters and digits of any script, and what account names and mail addresses are made of.
STUDENT = r"[\w@+~=' -][\w@+~=' .-]*"
#: More files than this are nobody's case.
MOST_FILES = 50
#: Looked at in one folder; the files that count are asked for by name, wherever they stand.
MOST_NAMES = 2000
#: Lines of an answers file. Millions of broken ones would keep the grader busy for minutes.
MAX_LINES = 200_000
#: Refused folders that get a note of their own in one run.
MOST_REFUSED = 100
_SECRET_TEXT = re.compile(rb"[0-9A-Za-z_-]{16,512}\s*")
_CHUNK = 1 << 20


def display(name: str, most: int = 80) -> str:
    """Return a name that a trainee chose as it can be shown: one line, bounded, printable."""
    shown = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in name)
    return shown if len(shown) <= most else shown[:most] + "…"


def unfit_id(student: str, pattern: str = STUDENT) -> str:
    """Say why a name cannot be a trainee's id, or return an empty string if it can.

    Parameters
    ----------
    student : str
        The name.
    pattern : str
        Regular expression that it must match as a whole.
    """
    if not student:
        return "it names nobody"
    if len(student) > 128:
        return "the name is longer than the 128 characters that the gradebook holds"
    if student.startswith(".") or student.strip() != student:
        return "a trainee's name cannot begin with a dot, nor begin or end with a space"
    if not student.isprintable() or re.fullmatch(pattern, student) is None:
        return "the name holds characters that no trainee's name may hold"
    return ""


class Rules:
    """What one assignment's hand-ins may hold.

    Parameters
    ----------
    course : Course
        The class.
    assignment : str
        Its name.
    allowed : sequence of str
        File name patterns.

    Attributes
    ----------
    notebooks : dict of str to pathlib.Path
        The released notebooks by file name.
    """

    def __init__(self, course: Course, assignment: str, allowed: Any = ALLOWED) -> None:
        folder = course.place("release", assignment)
        self.notebooks = {path.name: path for path in sorted(folder.glob("*.ipynb"))}
        self._released = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
        self._allowed = tuple(allowed)
        self._leftovers = (*LEFTOVERS, *course.coursedir.ignore)
        self._most_each = 1000 * course.coursedir.max_file_size
        #: Bytes that all files of one hand-in may have together.
        self.most_together = 1000 * course.coursedir.max_dir_size
        #: The files that decide about marks, the most important first.
        self.first = (NAME, *self.notebooks, SECRET)

    def wants(self, name: str) -> bool:
        """Whether a file of this name belongs to a hand-in."""
        return (
            not name.startswith(".")
            and name.isprintable()
            and len(name) <= 200
            and any(fnmatchcase(name, pattern) for pattern in self._allowed)
        )

    def expects(self, name: str) -> bool:
        """Whether a file or folder of this name is left out without a word."""
        return name in self._released or any(fnmatchcase(name, each) for each in self._leftovers)

    def limit(self, name: str) -> int:
        """Return how many bytes a file may have."""
        return MAX_NOTEBOOK_BYTES if name.endswith(".ipynb") else self._most_each


class Tray:
    """One hand-in on its way into the class: a new folder that counts only once it is whole.

    Parameters
    ----------
    rules : Rules
        What may be put in.
    folder : pathlib.Path
        An empty folder.
    fetches : bool
        Whether its trainee fetches feedback through the exchange. If not, the secret that nbgrader
        names feedback by is never taken from the hand-in: in a folder that was copied from somebody
        else it would lead that person's exchange to this one's feedback.

    Attributes
    ----------
    notes : list of str
        What was done about what was odd, in one sentence each.
    """

    def __init__(self, rules: Rules, folder: Path, *, fetches: bool = True) -> None:
        self.rules = rules
        self.folder = folder
        self.fetches = fetches
        self.notes: list[str] = []
        self._bytes = 0

    def leave_out(self, name: str, why: str) -> None:
        """Note that a file was not taken."""
        self.notes.append(f"“{display(name)}” was left out: {why}")

    def put(self, name: str, source: BinaryIO, size: int) -> None:
        """Copy one file, within its limits.

        Parameters
        ----------
        name : str
            Its name; one that the rules want.
        source : binary file
            Must be seekable.
        size : int
            Bytes it says it has. Not relied on: it may still be growing.
        """
        if name == TIMESTAMP:
            return
        if name == NAME:
            self._put_answers(source, size)
        elif name == SECRET:
            data = source.read(1000)
            # nbgrader names feedback files by it; anything else would stop it for the whole class.
            if self.fetches and _SECRET_TEXT.fullmatch(data):
                self._write(name, data)
        else:
            self._put_file(name, source)

    def _put_answers(self, source: BinaryIO, size: int) -> None:
        data = ends_of(source, size)
        kept = _outer_lines(data)
        self._write(NAME, kept)
        if len(kept) < len(data):
            self.notes.append(
                f"{NAME} has more than {MAX_LINES} lines; only the first and last "
                f"{MAX_LINES // 2} were kept, which is more than anybody can answer"
            )
        if size > MAX_FILE_BYTES:
            mega = MAX_FILE_BYTES // 2_000_000
            self.notes.append(
                f"{NAME} has {size / 1_000_000:.0f} MB; only its first and last {mega} MB were "
                "kept, which is more than anybody can answer"
            )

    def _put_file(self, name: str, source: BinaryIO) -> None:
        limit = min(self.rules.limit(name), self.rules.most_together - self._bytes)
        path = self.folder / name
        done = 0
        with path.open("xb") as target:
            while done <= limit and (chunk := source.read(min(_CHUNK, limit + 1 - done))):
                target.write(chunk)
                done += len(chunk)
        if done > limit:
            path.unlink()
            self.leave_out(name, f"it is larger than {max(limit, 0) / 1_000_000:.0f} MB")
        else:
            self._bytes += done

    def _write(self, name: str, data: bytes) -> None:
        with (self.folder / name).open("xb") as target:
            target.write(data)

    def complete(self, timestamp: str) -> None:
        """Add what nbgrader needs in order to grade the submission and to hand back feedback.

        Parameters
        ----------
        timestamp : str
            When it was handed in, as nbgrader writes it.
        """
        (self.folder / TIMESTAMP).write_text(timestamp, encoding="ascii")
        if not (self.folder / SECRET).exists():
            self._write(SECRET, _new_secret())
            # Without one, nbgrader could not release anybody's feedback.
            if self.fetches:
                self.notes.append(
                    f"it came without a usable {SECRET}; its feedback cannot be fetched "
                    "through the exchange, so pass it on yourself"
                )
        self.notes += put_back(self.rules, self.folder)

    def share(self) -> None:
        """Let the instructor's group change it, as nbgrader does in a shared course."""
        for path in (self.folder, *self.folder.iterdir()):
            wanted = 0o2770 if path is self.folder else 0o660
            path.chmod((stat.S_IMODE(path.stat().st_mode) | wanted) & 0o2777)


def _outer_lines(data: bytes) -> bytes:
    """Return a file's content, or no more than its first and last lines if it has too many."""
    if data.count(b"\n") <= MAX_LINES:
        return data
    head, tail = -1, len(data)
    for _ in range(MAX_LINES // 2):
        head = data.find(b"\n", head + 1)
        tail = data.rfind(b"\n", 0, tail)
    return data[: head + 1] + data[tail + 1 :]


def put_back(rules: Rules, folder: Path) -> list[str]:
    """Add the released notebooks that a submission lacks; nbgrader grades none without them.

    Returns
    -------
    list of str
        One note for each notebook.
    """
    added = []
    for name, released in rules.notebooks.items():
        if not os.path.lexists(folder / name):
            shutil.copyfile(released, folder / name)
            added.append(f"{name} was not handed in; put back so that recorded answers count")
    return added


def complete(course: Course, assignment: str, student: str) -> list[str]:
    """Put missing notebooks into a submission that came by another road than ``collect``.

    Parameters
    ----------
    course : Course
        The class.
    assignment, student : str
        Which submission.

    Returns
    -------
    list of str
        One note for each notebook that was added; also kept as the trainee's notes.
    """
    added = put_back(Rules(course, assignment), course.place("submitted", assignment, student))
    if added:
        before = collected_notes(course, assignment).get(student, [])
        together = [*dict.fromkeys([*before, *added])]
        notes.write(course.classroom, assignment, student, "collect", together)
    return added


def compared(student: str) -> str:
    """Return under whose name a note stands that tells of one trainee what concerns another.

    Not under the trainee's own id: what stands there is also told to the trainee, with the
    feedback. No id holds a parenthesis.
    """
    return f"{student} (compared with others)"


def collected_notes(course: Course, assignment: str) -> dict[str, list[str]]:
    """Return what collecting has noted so far, by trainee."""
    known: defaultdict[str, list[str]] = defaultdict(list)
    for note in notes.read(course.classroom, assignment):
        if note.stage == "collect":
            known[note.student].append(note.reason)
    return dict(known)


def separate_secrets(course: Course, assignment: str) -> dict[str, str]:
    """Give new secrets to all who share one, so that nobody's feedback can go to somebody else.

    nbgrader names the feedback in the exchange by the secret of its submission. Two trainees with
    one secret, as in a folder that was copied, would each be given the other's page. Which of them
    the secret belonged to cannot be told (both know it), so all get a new one.

    Parameters
    ----------
    course : Course
        The class.
    assignment : str
        Its name. All collected submissions are looked at once.

    Returns
    -------
    dict of str to str
        One note for each trainee concerned, naming the others.
    """
    owners: defaultdict[bytes, list[str]] = defaultdict(list)
    for student in course.students_with(assignment):
        path = course.place("submitted", assignment, student) / SECRET
        with suppress(OSError, UnusableError), open_plain(path) as file:
            owners[file.read(1000).strip()].append(student)
    found = {}
    for students in owners.values():
        if len(students) < 2:
            continue
        for student in students:
            _renew_secret(course, assignment, student)
            others = listing(each for each in students if each != student)
            found[student] = (
                f"{SECRET} was the same as that of {others}, so each got a new one: feedback on "
                "this hand-in cannot be fetched through the exchange; pass it on yourself"
            )
    return found


def listing(names: Iterable[str], most: int = 5) -> str:
    """Return trainees' names as part of a sentence: ``"anna, bert and 3 more"``."""
    names = list(names)
    shown = ", ".join(display(name) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def _renew_secret(course: Course, assignment: str, student: str) -> None:
    data = _new_secret()
    # Grading copies it on, and feedback is released by the last copy.
    for kind in ("submitted", "autograded", "feedback"):
        path = course.place(kind, assignment, student) / SECRET
        if kind != "submitted" and not path.exists():
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        half = path.with_name(f".{os.getpid()}.{SECRET}")
        half.write_bytes(data)
        half.chmod(mode)
        half.replace(path)


def _new_secret() -> bytes:
    return secrets.token_hex(64).encode()


def swap(new: Path, place: Path) -> None:
    """Put a finished folder in the place of another; at any moment one of them is whole."""
    old = _old(place)
    if old.exists():
        shutil.rmtree(old)
    if place.exists():
        place.rename(old)
    new.rename(place)
    if old.exists():
        shutil.rmtree(old)


def recover(place: Path) -> None:
    """Bring back a folder that :func:`swap` was about to replace when it was killed."""
    if _old(place).exists() and not place.exists():
        _old(place).rename(place)


def _old(place: Path) -> Path:
    return place.with_name(f".{place.name}.old")


def fresh(place: Path) -> Path:
    """Make an empty folder beside a place, hidden from nbgrader."""
    new = place.with_name(f".{place.name}.new")
    if new.exists():
        # From a run that was killed.
        shutil.rmtree(new)
    new.mkdir(parents=True)
    return new


def _strange(status: os.stat_result, owner: int) -> str:
    """Say what makes a directory entry no plain file of its owner's, or nothing if it is one."""
    kinds = (
        (stat.S_ISLNK, "it is a link to another file or folder"),
        (stat.S_ISDIR, "it is a folder"),
        (stat.S_ISFIFO, "it is a pipe"),
    )
    for test, words in kinds:
        if test(status.st_mode):
            return words
    if not stat.S_ISREG(status.st_mode):
        return "it is a device, not a file"
    # A second name can bring in somebody else's file, which its maker may not even read. One's own
    # files have second names where a backup is made of hard links.
    foreign = status.st_nlink > 1 and status.st_uid != owner
    return "it is a second name (hard link) of somebody else's file" if foreign else ""


@contextmanager
def _opened(path: str | Path, within: int | None = None, flags: int = 0) -> Iterator[int]:
    """Open something that is no link, without waiting for anybody."""
    flags |= os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags, dir_fd=within)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _take_one(tray: Tray, folder: int, name: str) -> None:
    """Take one file out of an open folder, or say why not."""
    owner = os.fstat(folder).st_uid
    strange = _strange(os.stat(name, dir_fd=folder, follow_symlinks=False), owner)
    if strange:
        tray.leave_out(name, strange)
        return
    with _opened(name, folder) as descriptor:
        status = os.fstat(descriptor)
        # Once more: it may have been exchanged after the first look. This is what is read.
        if strange := _strange(status, owner):
            tray.leave_out(name, strange)
            return
        with os.fdopen(os.dup(descriptor), "rb") as source:
            tray.put(name, source, status.st_size)


def take_folder(tray: Tray, folder: int) -> None:
    """Take what a hand-in may hold out of an open folder.

    Parameters
    ----------
    tray : Tray
        Where to.
    folder : int
        Its descriptor.
    """
    with os.scandir(folder) as entries:
        listed = [entry.name for entry in islice(entries, MOST_NAMES + 1)]
    if len(listed) > MOST_NAMES:
        tray.notes.append(f"it holds more than {MOST_NAMES} files; not all were looked at")
    rest = sorted(set(listed[:MOST_NAMES]) - set(tray.rules.first))
    taken = 0
    for name in [*tray.rules.first, *rest]:
        wanted = tray.rules.wants(name)
        if not wanted and tray.rules.expects(name):
            continue
        try:
            if not wanted:
                status = os.stat(name, dir_fd=folder, follow_symlinks=False)
                why = _strange(status, status.st_uid)
                tray.leave_out(name, why or "this course collects no such file")
            elif taken >= MOST_FILES:
                tray.leave_out(name, f"more than {MOST_FILES} files are no case")
            else:
                _take_one(tray, folder, name)
                taken += 1
        except FileNotFoundError:
            # One of those that are asked for by name.
            continue
        except OSError as error:
            tray.leave_out(name, (error.strerror or "it cannot be read").lower())


def _owner(status: os.stat_result) -> str:
    import pwd

    try:
        return pwd.getpwuid(status.st_uid).pw_name
    except KeyError:
        return "unknown id"


class SafeCollect(ExchangeCollect):
    """nbgrader's ``collect`` with the same options, but nothing in the exchange is trusted.

    Plugged in with ``c.ExchangeFactory.collect``, so that the command line, the Python API and the
    formgrader's button use it. What was refused stands in the log and in the class's notes.
    """

    allowed = List(
        Unicode(),
        list(ALLOWED),
        help="Patterns of the file names that a submission may hold; all others are left out.",
    ).tag(config=True)

    student_pattern = Unicode(
        STUDENT,
        help="Regular expression that a trainee's id must match as a whole.",
    ).tag(config=True)

    def init_src(self) -> None:
        """Find the submission of each trainee that is to be collected."""
        self._check_inbound()
        self._reasons: defaultdict[str, list[str]] = defaultdict(list)
        self._refused = 0
        self._course = Course(self.config, self.coursedir)
        self._rules = Rules(self._course, self.coursedir.assignment_id, self.allowed)
        # Clocks differ by minutes; what comes from further ahead was not written by nbgrader.
        self._tomorrow = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)
        self.duedate = self._find_duedate()
        groups = defaultdict(list)
        with os.scandir(self.inbound_path) as entries:
            for name in sorted(entry.name for entry in entries):
                record = self._record(name)
                if record:
                    groups[record["username"]].append(record)
        self.src_records = [self._choose(records) for records in groups.values()]

    def _check_inbound(self) -> None:
        if self.coursedir.course_id == "":
            self.fail("No course id specified. Re-run with --course flag.")
        self.course_path = str(Path(self.root) / self.coursedir.course_id)
        self.inbound_path = str(Path(self.course_path) / "inbound")
        if not Path(self.inbound_path).is_dir():
            self.fail(f"Course not found: {self.inbound_path}")
        if not check_mode(self.inbound_path, read=True, execute=True):
            self.fail(f"You don't have read permissions for the directory: {self.inbound_path}")

    def _find_duedate(self) -> datetime | None:
        from nbgrader.api import MissingEntry

        with self._course.gradebook() as gradebook, suppress(MissingEntry):
            found: datetime | None = gradebook.find_assignment(self.coursedir.assignment_id).duedate
            return found
        return None

    def _record(self, name: str) -> dict[str, Any] | None:
        """Read a folder's name, or return None if it is not asked for or is refused."""
        student, between, rest = name.rpartition(f"+{self.coursedir.assignment_id}+")
        if not between or not fnmatchcase(student, self.coursedir.student_id or "*"):
            return None
        why = unfit_id(student, self.student_pattern)
        timestamp = None if why else _time_in(rest)
        if not why and timestamp is None:
            why = "it does not say when it was handed in"
        own = not self.check_owner
        if not why:
            with suppress(OSError):
                status = (Path(self.inbound_path) / name).lstat()
                whose = _owner(status)
                own = own or whose == student
                if stat.S_ISLNK(status.st_mode):
                    why = "it is a link to another folder"
                elif not stat.S_ISDIR(status.st_mode):
                    why = "it is no folder"
                elif not own and self.path_includes_course:
                    # On a hub everybody has an account of their own. Taken as theirs, it would
                    # keep out what they hand in themselves.
                    why = f"it was put there by {whose}"
        if why:
            self._refuse(student, name, why)
            return None
        return {"username": student, "filename": name, "timestamp": timestamp, "own": own}

    def _refuse(self, student: str, name: str, why: str) -> None:
        self._refused += 1
        if self._refused <= MOST_REFUSED:
            self._note(student, f"“{display(name, 160)}” in the exchange was refused: {why}")
        elif self._refused == MOST_REFUSED + 1:
            self._note("(exchange)", f"more than {MOST_REFUSED} odd names were refused")

    def _note(self, student: str, reason: str) -> None:
        shown = display(student, 128)
        if len(self._reasons[shown]) <= notes.MOST:
            self.log.warning("%s: %s", shown, reason)
        self._reasons[shown].append(reason)

    def _choose(self, records: list[dict[str, Any]]) -> dict[str, Any]:
        def newest(record: dict[str, Any]) -> tuple[bool, bool, datetime]:
            # Whoever can write into the exchange must not push aside what its owner handed in.
            return record["own"], record["timestamp"] <= self._tomorrow, record["timestamp"]

        ordered = sorted(records, key=newest, reverse=True)
        if self.duedate is not None and self.before_duedate:
            in_time = [each for each in ordered if each["timestamp"] <= self.duedate]
            ordered = in_time or ordered
        return ordered[0]

    def copy_files(self) -> None:
        """Collect one trainee after the other; no submission can stop that of another."""
        what = f"of '{self.coursedir.assignment_id}' for course '{self.coursedir.course_id}'"
        if self.src_records:
            self.log.info("Processing %d submissions %s", len(self.src_records), what)
        else:
            self.log.warning("No submissions %s to collect", what)
        untouched = set(self._reasons) - {each["username"] for each in self.src_records}
        for record in self.src_records:
            student = record["username"]
            try:
                copied = self._collect(record)
            except Exception as error:  # noqa: BLE001 - whatever it is, the others are collected
                copied = False
                self._note(student, f"could not be collected, so nothing was changed: {error}")
            if not copied:
                untouched.add(student)
                continue
            self._keep_notes(student, self._reasons.get(student, []))
            self._keep_notes(compared(student), [])
        self._keep_notes_of(untouched)
        self._compare_with_each_other()

    def _keep_notes_of(self, students: set[str]) -> None:
        """Add to the notes of those whose collected work has not changed."""
        known = collected_notes(self._course, self.coursedir.assignment_id)
        for student in sorted(students):
            if self._reasons.get(student):
                before = known.get(student, [])
                self._keep_notes(student, [*dict.fromkeys([*before, *self._reasons[student]])])

    def _compare_with_each_other(self) -> None:
        """Look at what hand-ins have in common: secrets must not, answers should not."""
        from trd.grading.handin import copies

        course, assignment = self._course, self.coursedir.assignment_id
        try:
            shared = separate_secrets(course, assignment)
            known = collected_notes(course, assignment)
            for student, reason in shared.items():
                self.log.warning("%s: %s", student, reason)
                before = known.get(compared(student), [])
                self._keep_notes(compared(student), [reason, *before])
            for student, reason in copies.note(course, assignment).items():
                self.log.warning("%s: %s", student, reason)
        except OSError as error:
            self.log.error("The hand-ins could not be compared with each other: %s", error)

    def _keep_notes(self, student: str, reasons: list[str]) -> None:
        try:
            notes.write(
                self._course.classroom,
                self.coursedir.assignment_id,
                student,
                "collect",
                reasons,
            )
        except OSError as error:
            self.log.error("The notes on %s could not be written: %s", student, error)

    def _collect(self, record: dict[str, Any]) -> bool:
        """Collect one submission if it is new; return whether it was."""
        student, assignment = record["username"], self.coursedir.assignment_id
        place = self._course.place("submitted", assignment, student)
        recover(place)
        updating = place.is_dir()
        if updating and not self._is_news(record["timestamp"], place):
            newer = "No newer submission to collect"
            there = "Submission already exists, use --update to update"
            self.log.info("%s: %s %s", newer if self.update else there, student, assignment)
            return False
        doing = "Updating" if updating else "Collecting"
        self.log.info("%s submission: %s %s", doing, student, assignment)
        new = fresh(place)
        try:
            tray = Tray(self._rules, new)
            directory = getattr(os, "O_DIRECTORY", 0)
            with _opened(Path(self.inbound_path) / record["filename"], flags=directory) as folder:
                self._check_owner(record, os.fstat(folder))
                take_folder(tray, folder)
            tray.complete(self._format(record["timestamp"]))
            if record["timestamp"] > self._tomorrow:
                tray.notes.append(f"it claims to come from the future: {record['timestamp']} UTC")
            if self.coursedir.groupshared:
                tray.share()
            swap(new, place)
        finally:
            if new.exists():
                shutil.rmtree(new)
        for reason in tray.notes:
            self._note(student, reason)
        return True

    def _is_news(self, timestamp: datetime, place: Path) -> bool:
        try:
            existing = self.coursedir.get_existing_timestamp(str(place))
        except Exception:  # noqa: BLE001 - nbgrader's reader fails in many ways on a spoilt file
            existing = None
        if existing is not None and existing > self._tomorrow:
            # A forged time must not lock out what the trainee really hands in later.
            existing = None if timestamp <= self._tomorrow else existing
        if self.update and (existing is None or timestamp > existing):
            return True
        return bool(self.before_duedate and existing != timestamp)

    def _check_owner(self, record: dict[str, Any], status: os.stat_result) -> None:
        if not self.check_owner:
            return
        owner = _owner(status)
        if owner != record["username"]:
            self._note(
                record["username"],
                f"handed in by the account “{owner}”, not by “{record['username']}”: has somebody "
                "handed in for somebody else? (ExchangeCollect.check_owner = False stops this "
                "question)",
            )

    def _format(self, timestamp: datetime) -> str:
        return timestamp.replace(tzinfo=UTC).strftime(self.timestamp_format)


def _time_in(text: str) -> datetime | None:
    """Return the time in the last parts of a folder's name, UTC without a zone."""
    for candidate in (text.rpartition("+")[0], text):
        # dateutil makes a date of almost anything, of "3" for instance.
        if len(candidate) > 64 or len(re.findall(r"\d", candidate, re.ASCII)) < 12:
            continue
        try:
            found: datetime = parse_utc(candidate)
        except Exception:  # noqa: BLE001, S112 - dateutil fails in many ways on odd text
            continue
        if found.year >= 2000:
            return found
    return None
