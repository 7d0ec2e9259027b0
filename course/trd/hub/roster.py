"""``python -m trd.hub roster``: bring names, addresses and platform ids into the gradebook.

Moodle and Canvas know people by ids of their own. At each log-in through a learning platform the
hub notes what the platform said about the person, in ``<hub.state>/roster/<class>.jsonl``; this
command brings it into the class's gradebook, where the exports find it. Where people log in with
passwords of the system, the same comes from a CSV file.
"""

from __future__ import annotations

import argparse
import csv
import fcntl
import io
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from trd.hub import asgrader, asroot, gradebooks
from trd.hub.settings import CourseClass, HubSettings

#: What nbgrader's gradebook has a column for.
FIELDS = ("first_name", "last_name", "email", "lms_user_id")
#: As wide as the gradebook's columns.
LONGEST = 128


class RosterError(ValueError):
    """The roster cannot be read or brought in; the message says why and what to do."""


@dataclass(frozen=True)
class Entry:
    """What is known of one person in one class.

    Attributes
    ----------
    username : str
        Their account on the hub, nbgrader's student id.
    role : str
        ``"trainee"`` or ``"instructor"``; instructors do not go into the gradebook.
    first_name, last_name, email, lms_user_id : str
        As the platform or the CSV file has it; empty when it does not.
    """

    username: str
    role: str = "trainee"
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""

    @property
    def known(self) -> dict[str, str]:
        """What there is for the gradebook."""
        return {field: getattr(self, field) for field in FIELDS if getattr(self, field)}


def clean(text: object) -> str:
    """Return one line of printable text, at most as long as the gradebook's columns."""
    if not isinstance(text, str | int) or isinstance(text, bool):
        return ""
    printable = "".join(sign if sign.isprintable() else " " for sign in str(text))
    return " ".join(printable.split())[:LONGEST]


def where(settings: HubSettings, course_id: str) -> Path:
    """Return a class's roster file, whether or not it is there."""
    return settings.hub.state / "roster" / f"{course_id}.jsonl"


def note(path: Path, entry: Entry) -> bool:
    """Append what a log-in said; nothing when that is what the file says already.

    Parameters
    ----------
    path : pathlib.Path
        From :func:`where`. Made when missing, for the hub's own account alone.
    entry : Entry
        The person.

    Returns
    -------
    bool
        Whether a line was written.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(path) as file:
        text = file.read()
        if _parse(text).get(entry.username) == entry:
            return False
        # A line that a crash cut off must not swallow this one.
        begin = "\n" if text and not text.endswith("\n") else ""
        file.write(begin + json.dumps(asdict(entry), ensure_ascii=False) + "\n")
    return True


def read(path: Path) -> dict[str, Entry]:
    """Return the last that was said of everybody, by account; empty without a file."""
    try:
        return _parse(path.read_text(encoding="utf-8", errors="replace"))
    except FileNotFoundError:
        return {}


def forget(path: Path, username: str) -> int:
    """Take one person out of a roster file; return how many lines they had.

    Lines that cannot be read go too: nobody can say whose they are.
    """
    if not path.exists():
        return 0
    with _locked(path) as file:
        lines = file.read().splitlines(keepends=True)
        readable = [(line, _entry(line)) for line in lines]
        kept = [line for line, entry in readable if entry and entry.username != username]
        file.seek(0)
        file.truncate()
        file.writelines(kept)
    return sum(entry is not None and entry.username == username for _, entry in readable)


@contextmanager
def _locked(path: Path) -> Iterator[io.TextIOWrapper]:
    # The hub notes a log-in while the operator forgets somebody.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    with open(descriptor, "r+", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
        file.flush()
        os.fsync(file.fileno())


def _parse(text: str) -> dict[str, Entry]:
    entries = (_entry(line) for line in text.splitlines())
    return {entry.username: entry for entry in entries if entry}


def _entry(line: str) -> Entry | None:
    try:
        found = json.loads(line)
        entry = Entry(**found)
    except (ValueError, TypeError):
        return None
    whole = all(isinstance(value, str) for value in asdict(entry).values())
    return entry if whole and entry.username else None


def from_csv(path: Path) -> dict[str, Entry]:
    """Read a class list.

    Parameters
    ----------
    path : pathlib.Path
        UTF-8, with a heading ``username`` and any of ``first_name``, ``last_name``, ``email``,
        ``lms_user_id``; commas or semicolons between.

    Raises
    ------
    RosterError
        If it cannot be read, a heading is unknown, a name is missing or stands there twice.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RosterError(f"{path} cannot be read as UTF-8 text: {error}") from error
    heading = text.partition("\n")[0]
    delimiter = ";" if ";" in heading and "," not in heading else ","
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        _check_headings(path, [clean(name) for name in rows.fieldnames or ()])
        people: dict[str, Entry] = {}
        for row in rows:
            entry = _from_row(row, f"{path}, line {rows.line_num}")
            if entry.username in people:
                raise RosterError(
                    f"{path}, line {rows.line_num}: {entry.username} is there twice. Keep one."
                )
            people[entry.username] = entry
    except csv.Error as error:
        raise RosterError(f"{path}, line {rows.line_num}: {error}") from error
    return people


def _check_headings(path: Path, headings: list[str]) -> None:
    unknown = sorted(set(headings) - {"username", *FIELDS})
    if "username" not in headings or unknown or len(set(headings)) < len(headings):
        wrong = f" Unknown: {', '.join(unknown)}." if unknown else ""
        raise RosterError(
            f"{path}: the first line names the columns, each once: username, and any of "
            f"{', '.join(FIELDS)}.{wrong}"
        )


def _from_row(row: Mapping[str | Any, Any], place: str) -> Entry:
    if None in row or None in row.values():
        raise RosterError(f"{place}: this line has not as many columns as the first.")
    cells = {clean(name): clean(value) for name, value in row.items()}
    if not cells["username"]:
        raise RosterError(f"{place}: there is no username. Give their account on this hub.")
    return Entry(**cells)


def bring_in(url: str, course_id: str, people: Iterable[Entry]) -> dict[str, list[str]]:
    """Add people to a gradebook and fill in what it lacks; must run as the account that owns it.

    What is empty in the roster never replaces what the gradebook has.

    Parameters
    ----------
    url : str
        The gradebook, as SQLAlchemy names it.
    course_id : str
        nbgrader's course id.
    people : iterable of Entry
        Trainees.

    Returns
    -------
    dict
        Account names, in order, under ``"added"`` and ``"changed"``; sentences under
        ``"doubts"``.

    Raises
    ------
    RosterError
        If the gradebook does not take somebody.
    """
    from nbgrader.api import Gradebook, InvalidEntry
    from sqlalchemy.exc import SQLAlchemyError

    done: dict[str, list[str]] = {"added": [], "changed": [], "doubts": []}
    try:
        with Gradebook(url, course_id=course_id) as gradebook:
            there = {student.id: student for student in gradebook.students}
            for person in sorted(people, key=lambda each: each.username):
                known, student = person.known, there.get(person.username)
                if student is None:
                    done["added"].append(person.username)
                elif any((getattr(student, key) or "") != value for key, value in known.items()):
                    done["changed"].append(person.username)
                else:
                    continue
                gradebook.update_or_create_student(person.username, **known)
            done["doubts"] = _doubts(gradebook.students)
    except (InvalidEntry, SQLAlchemyError) as error:
        raise RosterError(
            f"The gradebook of {course_id} did not take the roster: {error}"
        ) from error
    return done


def _doubts(students: Iterable[Any]) -> list[str]:
    found = []
    for field, called in (("email", "e-mail address"), ("lms_user_id", "id on the platform")):
        people: dict[str, list[str]] = {}
        for student in students:
            value = (getattr(student, field) or "").casefold()
            people.setdefault(value, []).append(student.id)
        people.pop("", None)
        found += [
            f"{' and '.join(sorted(names))} have the same {called}; the platform would take their "
            "grades for one person's. Is one of them an old account?"
            for names in people.values()
            if len(names) > 1
        ]
    return found


def _as_grader(
    settings: HubSettings, course: CourseClass, people: list[Entry]
) -> dict[str, list[str]]:
    """Run :func:`bring_in` as the class's own account, to which the gradebook belongs."""
    account = asgrader.of_class(settings, course)
    env = asgrader.environment(settings, course, account)
    with gradebooks.explained(course.gradebook_url, env):
        done: dict[str, list[str]] = asgrader.call(
            account, lambda: bring_in(course.gradebook_url, course.id, people), env
        )
    return done


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--course", metavar="ID", help="the class; may be left out if there is one")
    parser.add_argument(
        "--from",
        dest="csv",
        type=Path,
        metavar="FILE.csv",
        help="a class list with username, first_name, last_name, email, lms_user_id, "
        "where nobody logs in through a learning platform",
    )


def run(options: argparse.Namespace) -> int:
    """Bring the roster in and print what was done.

    Raises
    ------
    RosterError, SettingsError, trd.hub.asgrader.StepError
        If something is wrong with the file, the settings, the account or the gradebook.
    """
    settings = asroot.load(options.settings)
    course = settings.course_called(options.course)
    source = options.csv or where(settings, course.id)
    try:
        known = from_csv(source) if options.csv else read(source)
    except PermissionError:
        raise RosterError(f"{source} is closed to this account: {asroot.RUN_AS_ROOT}.") from None
    if not known:
        raise RosterError(
            f"Nobody is in {source}. It fills as people log in through the learning platform; "
            "where they do not, give a class list: --from class.csv"
        )
    people = [person for person in known.values() if person.role == "trainee"]
    done = _as_grader(settings, course, people)
    sys.stdout.write("\n".join(_report(settings, course, source, known, done)) + "\n")
    return 0


def _report(
    settings: HubSettings,
    course: CourseClass,
    source: Path,
    known: dict[str, Entry],
    done: dict[str, list[str]],
) -> list[str]:
    people = {name: person for name, person in known.items() if person.role == "trainee"}
    same = len(people) - len(done["added"]) - len(done["changed"])
    lines = [
        f"Class {course.id}: {len(people)} from {source}; "
        f"{len(done['added'])} added, {len(done['changed'])} changed, {same} as before."
    ]
    for what in ("added", "changed"):
        lines += [f"  {what}: {_called(people[name])}" for name in done[what]]
    teachers = [person for person in known.values() if person.role != "trainee"]
    lines += [f"  not in the gradebook, instructor: {_called(person)}" for person in teachers]
    without = sum(not (person.email or person.lms_user_id) for person in people.values())
    if without:
        lines.append(
            f"{without} have neither e-mail address nor id of the platform: Moodle and Canvas will "
            "not find them in an export. See the privacy settings in assets/hub/lti.md."
        )
    if settings.hub.login != "lti":
        strangers = sorted(set(people) - set(course.trainees))
        if strangers:
            lines.append(
                f"Not trainees of {course.id} in the settings file: {', '.join(strangers)}. They "
                "have a line in the gradebook, but cannot fetch or hand in unless "
                "`nbgrader db student add` put them into the class."
            )
    return lines + done["doubts"]


def _called(person: Entry) -> str:
    name = " ".join(filter(None, [person.first_name, person.last_name]))
    return " ".join(filter(None, [person.username, name and f"({name})"]))
