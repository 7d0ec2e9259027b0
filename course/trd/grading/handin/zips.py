"""Handing in by zip: packing a case on the trainee's side, ``nbgrader zip_collect`` on the other.

``zip_collect`` knows two plug-ins. The extractor here opens the archives without trusting them and
leaves one tidy, complete folder for each trainee; the collector says whose a file is.

Names of files that are understood, after the programs that make them:

* Moodle, *Download all submissions* (``mod/assign/classes/downloader.php``):
  ``<full name>_<number>_assignsubmission_file/<file>``, or in one folder
  ``<full name>_<number>_assignsubmission_file_<file>``;
* Canvas, *Download Submissions* (``lib/content_zipper.rb``):
  ``<sortable name>[_LATE]_<user>_<upload>_<file>``;
* ``<student>_<assignment>.zip``, ``<student>.zip``, ``<student>/<file>``, ``<student>_<file>``.

A second batch, or somebody's second try: put the new archives beside the old ones and run
``nbgrader zip_collect <assignment> --force``. Without ``--force`` nbgrader stops as soon as a
folder that it is to fill holds anything. With it, ``extracted`` and the collected work of everybody
in the archive folder are replaced, so leave the old archives there or take all of them away: of two
by one person the newest counts, and whose archive is no longer there keeps what was collected.

Whatever a hand-in holds, it gets a new ``submission_secret.txt``: nbgrader names feedback in the
exchange by it, and a copied folder brings along somebody else's. So feedback on work that came by
zip is not fetched but passed on.

The time of a hand-in is the one that :func:`pack` wrote into it, else that of the file. Both are
believed only within sense: not before the assignment was out (:func:`out_since`), not more than a
day from now, and a packed time not after its own file. What was not believed is noted.
"""

from __future__ import annotations

import io
import mmap
import os
import re
import stat
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from nbgrader.plugins import ExtractorPlugin, FileNameCollectorPlugin
from nbgrader.utils import parse_utc
from traitlets import Dict, List, Unicode

from trd.grading import notes
from trd.grading.course import Course
from trd.grading.handin import copies
from trd.grading.handin.collect import (
    ALLOWED,
    MOST_FILES,
    STUDENT,
    Rules,
    Tray,
    compared,
    display,
    unfit_id,
)
from trd.grading.submissions import TIMESTAMP
from trd.grading.untrusted import UnusableError, open_plain
from trd.quiz.answers import NAME

#: One trainee's zip inside another one; a class's own archive may be larger.
MAX_INNER_BYTES = 50_000_000
#: Files in one archive, a whole class's included.
MAX_MEMBERS = 50_000
#: What one file may unpack to before the rest of it is left where it is.
MAX_UNPACKED = 200_000_000
#: Notebooks and answers pack to a tenth; no honest archive unpacks to so many times its size.
MAX_RATIO = 50
#: A class's archive holds trainees' archives; nobody's holds more than one such level more.
MAX_DEPTH = 3
#: Clocks and time zones differ; nobody's hand-in is doubted for less.
SLACK = timedelta(days=1)
#: nbgrader's default format.
FORMAT = "%Y-%m-%d %H:%M:%S.%f %Z"

_MOODLE = re.compile(
    r"(?P<name>.+)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+)(?:_(?P<file>.*))?"
)
_CANVAS = re.compile(r"(?P<name>\w+?)(?:_LATE)?_(?P<user>\d+)_\d+_(?P<file>.+)")
_CANVAS_BLIND = re.compile(r"(?:LATE_)?(?P<name>anon)_(?P<user>[A-Za-z0-9]+)_\d+_(?P<file>.+)")
_COPY = re.compile(r"(?:-\d+| ?\(\d+\))$")
_ENTRY = b"PK\x01\x02"


def pack(folder: Path, student: str = "") -> Path:
    """Make the zip of a case folder that is handed in where there is no exchange.

    Parameters
    ----------
    folder : pathlib.Path
        The folder of one assignment, with its notebooks and recorded answers.
    student : str
        Goes in front of the file's name, for hand-ins that no learning platform labels.

    Returns
    -------
    pathlib.Path
        The zip, beside the folder. One of the same name is replaced.

    Raises
    ------
    ValueError
        If there is nothing in the folder that could be handed in, or ``student`` is no name.
    """
    folder = Path(folder).absolute()
    if student and (why := unfit_id(student)):
        raise ValueError(f"“{display(student)}” cannot stand in a file's name: {why}.")
    files = [path for path in sorted(folder.glob("*.ipynb")) if not path.name.startswith(".")]
    files.insert(0, folder / NAME)
    target = folder.with_name(f"{student}_{folder.name}.zip" if student else f"{folder.name}.zip")
    half = target.with_name(f".{target.name}.half")
    packed = 0
    try:
        with zipfile.ZipFile(half, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
            for path in files:
                with suppress(UnusableError), open_plain(path) as source:
                    archive.writestr(f"{folder.name}/{path.name}", source.read())
                    packed += 1
            now = datetime.now(UTC).strftime(FORMAT)
            archive.writestr(f"{folder.name}/{TIMESTAMP}", now)
        if not packed:
            raise ValueError(
                f"There is neither a notebook nor a recorded answer in {folder}, so there is "
                "nothing to hand in. Choose the folder of a case."
            )
        half.replace(target)
    finally:
        half.unlink(missing_ok=True)
    return target


def out_since(course: Course, assignment: str) -> datetime | None:
    """Return a time before which nobody can have had an assignment, UTC without a zone.

    nbgrader keeps no such time. Here it is that of the oldest of the course's settings, the
    masters, the released files and those in the exchange: releasing again, or a corrected key, does
    not move it, and a course set up on another machine has files of that day at the latest.
    """
    folders = [course.place("source", assignment), course.place("release", assignment)]
    exchange = course.config.Exchange.get("root")
    if isinstance(exchange, str):
        folders.append(Path(exchange) / course.course_id / "outbound" / assignment)
    times = []
    for path in [course.root / "nbgrader_config.py", *(p for f in folders for p in f.glob("*"))]:
        with suppress(OSError):
            times.append(path.stat().st_mtime)
    return datetime.fromtimestamp(min(times), UTC).replace(tzinfo=None) if times else None


@dataclass(frozen=True)
class _File:
    """One file somewhere in the archives: where, how old, from which real file, how to read it."""

    parts: tuple[str, ...]
    at: datetime
    origin: Path
    source: Callable[[], Any]
    #: Whether the instructor's own expression read the time in the name.
    named: bool = False

    @property
    def name(self) -> str:
        return self.parts[-1]


@dataclass(frozen=True)
class _Where:
    """An archive: the way to it, how old it is, and the real file that it is or stands in."""

    parts: tuple[str, ...]
    at: datetime
    origin: Path


@dataclass
class _HandIn:
    """What was found for one trainee."""

    files: list[_File] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class HandInNames(FileNameCollectorPlugin):
    """Says whose a file is, by the names that learning platforms give to downloads.

    ``named_regexp`` is tried first when it is set, on the path that the file would have in
    nbgrader's own ``extracted`` folder, as its documentation describes it.
    """

    valid_ext = List(
        [".ipynb", ".jsonl", ".txt"], help="File name extensions that are collected."
    ).tag(config=True)

    students = Dict(
        help="Ids in the gradebook by what a platform calls somebody: "
        '{"Ada Lovelace": "ada"} for Moodle, {"lovelaceada": "ada"} or {"12345": "ada"} for Canvas.'
    ).tag(config=True)

    student_pattern = Unicode(
        STUDENT, help="Regular expression that a trainee's id must match as a whole."
    ).tag(config=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        #: Filled by the extractor: what it has sorted already, by path.
        self.sorted: dict[str, dict[str, Any]] = {}
        self._by_name: dict[str, str] | None = None

    def collect(self, submitted_file: str) -> dict[str, Any] | None:
        """Return id, file name and time of one extracted file, or None to pass it over."""
        known = self.sorted.get(str(Path(submitted_file)))
        if known is not None or self.sorted:
            return known
        if self.named_regexp:
            found: dict[str, Any] | None = super().collect(submitted_file)
            return found
        path = Path(submitted_file)
        owner = self.owner(path.parts[-2:])
        if owner is None or path.suffix not in self.valid_ext:
            return None
        return {"student_id": owner[0], "file_id": owner[1]}

    def matched(self, path: str) -> dict[str, Any] | None:
        """Apply the instructor's own regular expression to a path."""
        found = re.match(self.named_regexp, path)
        groups = found.groupdict() if found else {}
        return groups if groups.get("student_id") else None

    def owner(self, parts: tuple[str, ...], assignment: str = "") -> tuple[str, str] | None:
        """Return the id of a file's owner and the file's own name, or None.

        Parameters
        ----------
        parts : tuple of str
            The way to the file: folders and archives (without ``.zip``), then its name.
        assignment : str
            The assignment's name.
        """
        for number, part in enumerate(parts):
            found = self._platform(part)
            if found is not None:
                # Where the label stands on a folder, the file has a name of its own.
                return found[0], (found[1] or "") if number == len(parts) - 1 else parts[-1]
            if number == 0 and (plain := self._plain(part, assignment, len(parts) == 1)):
                return plain[0], plain[1] or parts[-1]
        return (self._id(parts[0]), parts[-1]) if len(parts) > 1 else None

    def _platform(self, part: str) -> tuple[str, str | None] | None:
        if match := _MOODLE.fullmatch(part):
            name = match["name"].replace("_", " ").strip()
            if name.casefold() == "participant":
                name = f"participant-{match['number']}"
            return self._id(name), match["file"] if match["kind"] == "file" else None
        if match := _CANVAS_BLIND.fullmatch(part) or _CANVAS.fullmatch(part):
            return self._id(match["name"], match["user"]), match["file"]
        return None

    def _plain(self, part: str, assignment: str, is_file: bool) -> tuple[str, str] | None:
        if is_file:
            for name in (NAME, *self.released(assignment)):
                if part.endswith(f"_{name}"):
                    return self._id(part.removesuffix(f"_{name}")), name
            return None
        if assignment and part.endswith(f"_{assignment}"):
            return self._id(part.removesuffix(f"_{assignment}")), ""
        # Whoever is on the class list is not somebody else for what is inside.
        return (part, "") if part in self._listed().values() else None

    def released(self, assignment: str) -> tuple[str, ...]:
        """Return the file names of an assignment's notebooks."""
        if not assignment or self._course is None:
            return ()
        return tuple(
            path.name for path in self._course.place("release", assignment).glob("*.ipynb")
        )

    @property
    def _course(self) -> Course | None:
        coursedir = getattr(self.parent, "coursedir", None)
        return None if coursedir is None else Course(self.config, coursedir)

    def _id(self, name: str, number: str = "") -> str:
        """Return the gradebook's id for a platform's name for somebody."""
        for known in (number, name):
            if known and known in self.students:
                return str(self.students[known])
        listed = self._listed()
        for key in (f"#{number}", _key(name)):
            if listed.get(key):
                return listed[key]
        if number:
            return f"{name}-{number}"
        return re.sub(r"\s+", "-", name.strip())

    def _listed(self) -> dict[str, str]:
        """Return the class list's ids by full name, by sortable name and by platform number."""
        if self._by_name is None:
            self._by_name = {}
            if self._course is not None:
                with self._course.gradebook() as gradebook:
                    for student in gradebook.students:
                        self._list(student)
        return self._by_name

    def _list(self, student: Any) -> None:
        assert self._by_name is not None  # noqa: S101 - _listed() has made it
        first, last = student.first_name or "", student.last_name or ""
        keys = {_key(str(student.id)), _key(first + last), _key(last + first)}
        if student.lms_user_id:
            keys.add(f"#{student.lms_user_id}")
        for key in keys - {""}:
            # Two people of one name cannot be told apart by it.
            self._by_name[key] = "" if key in self._by_name else str(student.id)


def _key(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()


class SafeExtractor(ExtractorPlugin):
    """Opens the archives in ``downloaded/<assignment>/archive`` as if everyone had forged theirs.

    Only zip files are opened. No link, no path that leads out, no more than bounded amounts; of all
    files only those that a hand-in may hold. What is left in ``extracted`` is one folder for each
    trainee, with missing notebooks put back, ready for nbgrader to collect.
    """

    zip_ext = List([".zip"], help="Extensions of the archives that are opened.").tag(config=True)

    allowed = List(
        Unicode(), list(ALLOWED), help="Patterns of the file names that a hand-in may hold."
    ).tag(config=True)

    def extract(self, archive_path: str, extracted_path: str) -> None:
        """Sort everything in the archive folder into one folder for each trainee."""
        self._course = Course(self.config, self.parent.coursedir)
        self._assignment = self.parent.coursedir.assignment_id
        self._rules = Rules(self._course, self._assignment, self.allowed)
        self._names = self.parent.collector_plugin_inst
        self._extracted = Path(extracted_path)
        if not isinstance(self._names, HandInNames):
            self.parent.fail(
                "trd.grading.SafeExtractor works with the collector trd.grading.HandInNames. "
                "Set both plug-ins, or neither."
            )
        self._found: defaultdict[str, _HandIn] = defaultdict(_HandIn)
        self._spent: defaultdict[Path, int] = defaultdict(int)
        self._strays = 0
        self._now = datetime.now(UTC).replace(tzinfo=None)
        self._out_since = out_since(self._course, self._assignment)
        with tempfile.TemporaryDirectory(dir=extracted_path, prefix=".") as scratch:
            self._scratch = Path(scratch)
            for each in self._walk(Path(archive_path)):
                self._file(each)
            for student, hand_in in sorted(self._found.items()):
                try:
                    self._lay_out(student, hand_in)
                except Exception as error:  # noqa: BLE001 - the others are collected all the same
                    self._note(student, f"could not be collected: {error}")
                    self._write_notes(student, hand_in.notes)
        self._compare_with_each_other()
        if not self._found:
            self.log.warning("No hand-ins were found in %s", archive_path)

    def _compare_with_each_other(self) -> None:
        laid_out = {student: self._extracted / student for student in self._found}
        ready = {student: path for student, path in laid_out.items() if path.is_dir()}
        try:
            for student, reason in copies.note(self._course, self._assignment, ready).items():
                self.log.warning("%s: %s", student, reason)
        except OSError as error:
            self.log.error("The hand-ins could not be compared with each other: %s", error)

    # --- finding files ----------------------------------------------------------------------
    def _walk(self, folder: Path) -> Iterator[_File]:
        for root, folders, files in os.walk(folder):
            folders.sort()
            for name in sorted(files):
                path = Path(root) / name
                parts = path.relative_to(folder).parts
                try:
                    at = datetime.fromtimestamp(path.lstat().st_mtime, UTC).replace(tzinfo=None)
                    if path.suffix.lower() in self.zip_ext:
                        with open_plain(path) as file:
                            yield from self._members(_Where(parts, at, path), file, 1)
                    else:
                        yield _File(parts, at, path, partial(open_plain, path))
                except UnusableError as error:
                    self._odd(parts, str(error))

    def _members(self, where: _Where, file: BinaryIO, depth: int) -> Iterator[_File]:
        """Go through one archive; its name without ``.zip`` counts as a folder."""
        parts = where.parts
        stem = parts[-1][: -len(Path(parts[-1]).suffix)]
        inside = _Where((*parts[:-1], stem), where.at, where.origin)
        try:
            _check_size(file)
            with zipfile.ZipFile(file) as archive:
                for info in archive.infolist():
                    yield from self._member(inside, archive, info, depth)
        except (GeneratorExit, KeyboardInterrupt):
            raise
        except UnusableError as error:
            self._odd(parts, str(error))
        except Exception as error:  # noqa: BLE001 - zipfile fails in many ways on forged archives
            self._odd(parts, f"it is no zip file that can be read ({error})")

    def _member(
        self, inside: _Where, archive: zipfile.ZipFile, info: zipfile.ZipInfo, depth: int
    ) -> Iterator[_File]:
        steps = [step for step in info.filename.replace("\\", "/").split("/") if step != "."]
        if info.is_dir() or not steps[-1] or any(self._is_leftover(step) for step in steps):
            return
        parts = (*inside.parts, *steps)
        self._spend(inside.origin, 0)
        why = _unfit_member(info, steps)
        if why:
            self._odd(parts, why)
        elif Path(steps[-1]).suffix.lower() in self.zip_ext:
            if depth >= MAX_DEPTH:
                self._odd(parts, "it is an archive in an archive in an archive")
                return
            data = _read(archive, info, MAX_INNER_BYTES)
            self._spend(inside.origin, len(data))
            if len(data) > MAX_INNER_BYTES:
                self._odd(parts, f"it is larger than {MAX_INNER_BYTES // 1_000_000} MB")
            else:
                where = _Where(parts, inside.at, inside.origin)
                yield from self._members(where, io.BytesIO(data), depth + 1)
        else:
            yield _File(parts, inside.at, inside.origin, partial(archive.open, info))

    def _spend(self, origin: Path, amount: int) -> None:
        """Stop an archive that unpacks to far more than notebooks and answers ever do."""
        self._spent[origin] += amount
        if self._spent[origin] > MAX_UNPACKED + MAX_RATIO * origin.stat().st_size:
            raise UnusableError("its archive unpacks to far more than it should")

    def _is_leftover(self, step: str) -> bool:
        return step != ".." and not self._rules.wants(step) and self._rules.expects(step)

    # --- whose they are ---------------------------------------------------------------------
    def _owner(self, parts: tuple[str, ...]) -> tuple[str, str, Any] | None:
        """Return student, file name and the time in the name, if one is asked for there."""
        if self._names.named_regexp:
            groups = self._names.matched(str(self._extracted.joinpath(*parts)))
            if groups is None:
                return None
            name = groups.get("file_id") or parts[-1]
            suffix = Path(parts[-1]).suffix
            name = name if Path(name).suffix == suffix else name + suffix
            return groups["student_id"], Path(name).name, groups.get("timestamp")
        owner = self._names.owner(parts, self._assignment)
        return None if owner is None else (*owner, None)

    def _odd(self, parts: tuple[str, ...], why: str) -> None:
        """Note something that was not taken, for its trainee if it can be told who that is."""
        shown = display("/".join(parts), 160)
        owner = self._owner(parts)
        if Path(parts[-1]).suffix.lower() in self.zip_ext:
            owner = self._owner((*parts[:-1], Path(parts[-1]).stem, "x"))
        if owner is None or unfit_id(owner[0], self._names.student_pattern):
            self._strays += 1
            if self._strays <= notes.MOST:
                self.log.warning("“%s” was left out: %s", shown, why)
            return
        self._note(owner[0], f"“{shown}” was left out: {why}")

    def _note(self, student: str, reason: str) -> None:
        known = self._found[student].notes
        known.append(reason)
        if len(known) <= notes.MOST:
            self.log.warning("%s: %s", student, reason)

    def _file(self, each: _File) -> None:
        """Unpack one file to the scratch folder, if it belongs to a hand-in."""
        owner = self._owner(each.parts)
        shown = display("/".join(each.parts), 160)
        if owner is None:
            self.log.warning("“%s” was left out: its name does not say whose it is", shown)
            return
        student, name, at = owner
        why = unfit_id(student, self._names.student_pattern)
        if why:
            self.log.warning("“%s” was left out: %s", shown, why)
            return
        name = self._own_name(name)
        if not self._rules.wants(name):
            if not self._rules.expects(name):
                self._note(student, f"“{shown}” was left out: this course collects no such file")
            return
        if len(self._found[student].files) >= MOST_FILES:
            self._note(student, f"“{shown}” was left out: more than {MOST_FILES} files are no case")
            return
        try:
            with each.source() as source:
                kept = self._keep(each, name, source)
        except (KeyboardInterrupt, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - zipfile fails in many ways on forged archives
            self._note(student, f"“{shown}” was left out: it cannot be read ({error})")
            return
        named = _time(at)
        self._found[student].files.append(
            _File(
                (*each.parts[:-1], name),
                named or each.at,
                each.origin,
                partial(kept.open, "rb"),
                named is not None,
            )
        )

    def _keep(self, each: _File, name: str, source: BinaryIO) -> Path:
        descriptor, path = tempfile.mkstemp(dir=self._scratch)
        # One byte more than allowed shows that it is too much.
        left = MAX_UNPACKED if name == NAME else self._rules.limit(name) + 1
        with os.fdopen(descriptor, "wb") as target:
            while left > 0 and (chunk := source.read(min(1 << 20, left))):
                self._spend(each.origin, len(chunk))
                target.write(chunk)
                left -= len(chunk)
        return Path(path)

    def _own_name(self, name: str) -> str:
        """Undo what platforms and browsers add to the name of a second upload."""
        first = _COPY.sub("", Path(name).stem) + Path(name).suffix
        return first if name not in self._rules.first and first in self._rules.first else name

    # --- one trainee's folder ---------------------------------------------------------------
    def _lay_out(self, student: str, hand_in: _HandIn) -> None:
        """Make a trainee's folder: the newest file of each name, then what is missing."""
        if not hand_in.files:
            self._write_notes(student, hand_in.notes)
            return
        folder = self._extracted / student
        folder.mkdir()
        tray = Tray(self._rules, folder, fetches=False)
        chosen: dict[str, _File] = {}
        for each in sorted(hand_in.files, key=self._rank):
            chosen.setdefault(each.name, each)
        for name in sorted(chosen, key=self._importance):
            with chosen[name].source() as source:
                size = source.seek(0, os.SEEK_END)
                source.seek(0)
                tray.put(name, source, size)
        at = self._handed_in(chosen, tray.notes)
        tray.complete(at.replace(tzinfo=UTC).strftime(FORMAT))
        twice = sorted(
            {e.origin.name for e in hand_in.files if e.origin != chosen[e.name].origin}
            | {chosen[e.name].origin.name for e in hand_in.files if e is not chosen[e.name]}
        )
        if len(twice) > 1:
            shown = ", ".join(f"“{display(each)}”" for each in twice[:5])
            tray.notes.append(f"handed in more than once: {shown}; of each file the newest counts")
        for note in tray.notes:
            self._note(student, note)
        self._write_notes(student, hand_in.notes)
        for path in folder.iterdir():
            self._names.sorted[str(path)] = {
                "student_id": student,
                "file_id": path.name,
                "timestamp": at,
            }

    def _rank(self, each: _File) -> tuple[bool, float, int]:
        """Order files of one name: this assignment's folder first, then the newest."""
        return self._assignment not in each.parts, -each.at.timestamp(), len(each.parts)

    def _importance(self, name: str) -> tuple[bool, str]:
        return name not in self._rules.first, name

    def _handed_in(self, chosen: dict[str, _File], noted: list[str]) -> datetime:
        """Return when it was handed in: as packed if that can be, else as its file has it."""
        newest = max(chosen.values(), key=lambda each: each.at)
        at = newest.at
        if not newest.named and (why := self._unlikely(at)):
            at = self._now if at > self._now else self._out_since or self._now
            noted.append(
                f"the time of its file, {newest.at:%Y-%m-%d %H:%M} UTC, was not believed ({why}); "
                f"{at:%Y-%m-%d %H:%M} UTC counts"
            )
        if TIMESTAMP not in chosen:
            return at
        with chosen[TIMESTAMP].source() as source:
            packed = _time(source.read(100).decode("ascii", "replace"))
        if packed is None:
            return at
        why = self._unlikely(packed)
        # Clocks differ by minutes.
        if not why and packed > newest.at + timedelta(hours=1):
            why = "later than its own file"
        if not why:
            return packed
        noted.append(
            f"the time packed with it, {packed:%Y-%m-%d %H:%M} UTC, was not believed ({why}); "
            f"{at:%Y-%m-%d %H:%M} UTC counts"
        )
        return at

    def _unlikely(self, at: datetime) -> str:
        """Say why a time cannot be that of a hand-in, or nothing."""
        if self._out_since is not None and at < self._out_since - SLACK:
            return "before the assignment was out"
        return "in the future" if at > self._now + SLACK else ""

    def _write_notes(self, student: str, reasons: list[str]) -> None:
        classroom = self._course.classroom
        notes.write(classroom, self._assignment, student, "collect", reasons)
        notes.write(classroom, self._assignment, compared(student), "collect", [])


def _check_size(file: BinaryIO) -> None:
    """Count an archive's entries before anything parses them.

    Raises
    ------
    UnusableError
        If there are too many.
    """
    if file.seek(0, os.SEEK_END) == 0:
        raise UnusableError("it is empty")
    file.seek(0)
    if isinstance(file, io.BytesIO):
        count = file.getvalue().count(_ENTRY)
    else:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            count, at = 0, data.find(_ENTRY)
            while at >= 0 and count <= MAX_MEMBERS:
                count, at = count + 1, data.find(_ENTRY, at + 4)
    if count > MAX_MEMBERS:
        raise UnusableError(f"it holds more than {MAX_MEMBERS} files")


def _unfit_member(info: zipfile.ZipInfo, steps: list[str]) -> str:
    """Say why a member cannot be taken, or nothing."""
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "it is a link or a device, not a file"
    if info.flag_bits & 1:
        return "it is protected by a password"
    if ".." in steps or not steps[0] or ":" in steps[0]:
        return "its path leads out of the archive"
    return ""


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    with archive.open(info) as source:
        return source.read(most + 1)


def _time(text: str | None) -> datetime | None:
    if not text or len(re.findall(r"\d", text, re.ASCII)) < 8:
        return None
    try:
        found: datetime = parse_utc(text.strip())
    except Exception:  # noqa: BLE001 - dateutil fails in many ways on odd text
        return None
    return found if 2000 <= found.year <= 9000 else None
