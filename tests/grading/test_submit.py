"""Handing in through the exchange: whole or not at all, whatever comes between."""

import errno
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from copy import deepcopy
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import count
from pathlib import Path

import nbformat
import portalocker
import pytest
from dateutil.parser import parse
from examples import ARGUMENTS
from nbgrader.apps import SubmitApp
from quizcourse import Class, master

from trd.grading import notes
from trd.grading.handin import exchange, submit
from trd.grading.submissions import TIMESTAMP
from trd.lab import home, settings
from trd.quiz import handin
from trd.quiz.answers import AnswerLog

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(os.name != "posix", reason="nbgrader's exchange needs Linux or macOS"),
]

ROOT = Path(__file__).resolve().parents[2]
BEST = ARGUMENTS["single_best"][0][0]
SECRET = "submission_secret.txt"
STOCK = "nbgrader.exchange.default.ExchangeCollect"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs other accounts: root")
#: Two accounts that every Linux and macOS has.
TRAINEE, GRADER = 65534, 1


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A course with one released assignment; its settings, read once, and a trainee's desk."""
    course = Class(tmp_path_factory.mktemp("submitting"), ROOT)
    nbformat.write(master(["single_best"]), course.source / "case-a.ipynb")
    for result in (
        course.api().generate_assignment("demo"),
        course.api().release_assignment("demo"),
    ):
        assert result["success"], result
    course.settings = course.config("ada")
    course.inbound = course.exchange / "trd" / "inbound"
    course.cache = course.root / "caches" / "ada" / "trd"
    return course


@pytest.fixture
def course(prepared):
    """The same course, nothing handed in yet, one answer given."""
    clear(prepared)
    shutil.rmtree(prepared.root / "desks", ignore_errors=True)
    shutil.rmtree(prepared.root / "home" / "class" / "submitted", ignore_errors=True)
    shutil.copytree(prepared.root / "assignments" / "demo", prepared.desk("ada"))
    AnswerLog(prepared.desk("ada") / "answers.jsonl").record("case-a", BEST, "b")
    return prepared


def clear(course):
    """Empty tray and cache; the tray is as nbgrader makes it."""
    for folder in (course.inbound, course.root / "caches"):
        shutil.rmtree(folder, ignore_errors=True)
    course.inbound.mkdir()
    course.inbound.chmod(0o2733)


def step(course, name="submit", **options):
    config = deepcopy(course.settings)
    for trait, value in options.items():
        section, _, trait = trait.rpartition("__")
        config[section or "ExchangeSubmit"][trait] = value
    return exchange._made(config, name, "demo", "ada")


def listed(course):
    """Return the timestamps that the trainee's list shows, after what was interrupted is settled.

    The plug-in for the list is used; nbgrader's own shows what lies in the cache.
    """
    options = {"ExchangeFactory__list": submit.SafeList, "ExchangeList__cached": True}
    found = step(course, "list", **options).start()
    return sorted(one["timestamp"] for each in found for one in each["submissions"])


def hand_ins(course):
    """Return what ``collect`` would look at, nbgrader's or ours."""
    return sorted(course.inbound.glob("*+demo+*"))


def others(course):
    return sorted(set(course.inbound.iterdir()) - set(hand_ins(course)))


def cached(course):
    return {path.name: path for path in course.cache.glob("*+*")} if course.cache.exists() else {}


def assert_whole(folder, desk, name=""):
    names = {path.name for path in desk.iterdir()}
    assert {path.name for path in folder.iterdir()} == names | {TIMESTAMP, SECRET}
    for each in names:
        assert (folder / each).read_bytes() == (desk / each).read_bytes()
    assert re.fullmatch(r"[0-9a-f]{128}", (folder / SECRET).read_text())
    assert (folder / TIMESTAMP).read_text() in (name or folder.name)


def assert_settled(course):
    """Whatever is handed in is whole and in the cache, and there is nothing else."""
    known = cached(course)
    assert sorted(known) == [path.name.rpartition("+")[0] for path in hand_ins(course)]
    for path in hand_ins(course):
        assert_whole(path, course.desk("ada"))
        assert_whole(known[path.name.rpartition("+")[0]], course.desk("ada"))
        for name in (SECRET, TIMESTAMP):
            copy = known[path.name.rpartition("+")[0]] / name
            assert copy.read_bytes() == (path / name).read_bytes()
    assert others(course) == []
    left = [path.name for path in (course.cache / submit.UNFINISHED).glob("*")]
    assert left in ([], ["lock"])


# --- interrupting -------------------------------------------------------------------------
CHANGES = ("os.mkdir", "os.rename", "os.rmdir", "os.remove", "os.chmod")
#: What a full disk may refuse.
FILLED = ("fsync", "write", "os.mkdir", "os.rename")
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
DONE, REFUSED = 0, 3


class Steps:
    """Counts what a process does to the disk, and strikes at one step of it."""

    def __init__(self, root, at, strike):
        self.root, self.at, self.strike = str(root), at, strike
        self.seen = []

    def __enter__(self):
        self.fsync = os.fsync
        os.fsync = self.synced
        sys.addaudithook(self.event)

    def __exit__(self, *_):
        os.fsync = self.fsync

    def synced(self, descriptor):
        self.step("fsync", "")
        self.fsync(descriptor)

    def event(self, name, args):
        if name in CHANGES:
            self.step(name, str(args[0]))
        elif name == "open" and isinstance(args[0], str | bytes):
            path = os.fsdecode(args[0])
            if path.startswith(self.root) and args[2] & WRITES:
                self.step("write", path)

    def step(self, name, path):
        self.seen.append((name, path))
        if len(self.seen) == self.at:
            self.strike(name)


def kill(_):
    os.kill(os.getpid(), signal.SIGKILL)


def fill(_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def in_a_child(action, at=0, strike=kill, root="/"):
    """Run something in a process of its own, struck at one step; how it ended, words and steps."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        code, words = 4, ""
        steps = Steps(root, at, strike)
        try:
            with steps:
                action()
            code = DONE
        except submit.ExchangeError as error:
            code, words = REFUSED, str(error)
        except BaseException as error:  # noqa: BLE001 - a child must not go on as pytest
            words = repr(error)
        os.write(writer, json.dumps([words, steps.seen]).encode())
        os._exit(code)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        said = json.loads(pipe.read() or b'["", []]')
    _, status = os.waitpid(child, 0)
    ended = os.waitstatus_to_exitcode(status)
    assert ended in (DONE, REFUSED, -signal.SIGKILL), said[0]
    return ended, *said


def struck(course, at=0, strike=kill):
    return in_a_child(lambda: step(course).start(), at, strike, course.root)


def moment(course):
    """Return the step that hands in."""
    ended, _, seen = struck(course)
    assert ended == DONE
    clear(course)
    return next(
        number
        for number, (name, path) in enumerate(seen, start=1)
        if name == "os.rename" and path.endswith("/whole")
    )


def test_killed_at_any_step_it_is_whole_or_not_there(course):
    counted = set()
    for at in count(1):
        clear(course)
        ended, _, _ = struck(course, at)
        before = hand_ins(course)
        for folder in before:
            assert_whole(folder, course.desk("ada"))
        for left in others(course):
            assert left.name.startswith(submit.PART)
            assert stat.S_IMODE(left.stat().st_mode) & 0o077 == 0
        # The list shows no more than what was handed in.
        assert len(cached(course)) <= len(before)
        if ended == DONE:
            break
        assert ended == -signal.SIGKILL
        step(course).start()
        assert len(hand_ins(course)) == len(before) + 1
        assert set(before) < set(hand_ins(course))
        assert_settled(course)
        counted.add(len(before))
    assert counted == {0, 1}
    assert at > 40


def test_killed_again_while_what_was_killed_is_looked_after(course):
    hands_in = moment(course)
    for first, there in ((hands_in, 0), (hands_in + 1, 1)):
        struck(course, first)
        _, _, seen = struck(course)
        # Its own begins with a folder for its plan; from there on it is as any other one.
        begins = next(
            number
            for number, (name, path) in enumerate(seen, start=1)
            if name == "os.mkdir" and Path(path).parent.name == submit.UNFINISHED
        )
        assert begins > 5
        for at in range(1, begins + 1):
            clear(course)
            struck(course, first)
            before = hand_ins(course)
            assert len(before) == there
            assert struck(course, at)[0] == -signal.SIGKILL
            assert hand_ins(course) == before
            step(course).start()
            assert len(hand_ins(course)) == there + 1
            assert set(before) < set(hand_ins(course))
            assert_settled(course)
        clear(course)


def test_refused_at_any_step_it_says_so_and_leaves_nothing(course):
    said = set()
    _, _, seen = struck(course)
    for at, (name, _) in enumerate(seen, start=1):
        if name not in FILLED:
            continue
        clear(course)
        ended, words, _ = struck(course, at, fill)
        if ended == REFUSED:
            first = words.partition(":")[0].partition(",")[0]
            said.add(first)
            assert len(hand_ins(course)) == (first == "This was handed in")
            assert str(course.desk("ada")) in words
        else:
            assert len(hand_ins(course)) == 1
            assert len(listed(course)) == 1
        assert_settled(course)
    assert said == {"Nothing was handed in", "This was handed in"}


def test_what_was_taken_away_after_a_kill_still_counts_as_handed_in(course):
    """The instructor may clear the tray before the trainee comes back."""
    struck(course, moment(course) + 1)
    (folder,) = hand_ins(course)
    shutil.rmtree(folder)
    assert len(listed(course)) == 1


def test_without_the_exchange_what_was_interrupted_is_kept(course):
    struck(course, moment(course) + 1)
    away = course.exchange / "trd" / "away"
    course.inbound.rename(away)
    assert listed(course) == []
    away.rename(course.inbound)
    assert len(listed(course)) == 1
    assert_settled(course)


@pytest.mark.parametrize("collector", ["trd.grading.SafeCollect", STOCK])
def test_leftovers_are_passed_over_by_collect(course, collector):
    struck(course, moment(course))
    assert [path.name for path in others(course)[0].iterdir()] == ["whole"]
    config = course.config()
    config.ExchangeFactory.collect = collector
    collected = course.root / "home" / "class" / "submitted" / "ada" / "demo"
    result = course.api(config=config).collect("demo")
    assert result["success"], result
    assert result["log"].count("\n") == 1
    assert "No submissions of 'demo'" in result["log"]
    assert not collected.exists()
    step(course).start()
    assert course.api(config=config).collect("demo")["success"]
    assert_whole(collected, course.desk("ada"), hand_ins(course)[0].name)
    assert notes.read(course.root / "home" / "class", "demo") == []


def test_feedback_is_fetched_after_a_kill_between_exchange_and_cache(course):
    struck(course, moment(course) + 1)
    assert cached(course) == {}
    for name in ("collect", "generate_feedback", "release_feedback"):
        if name == "generate_feedback":
            assert course.api().autograde("demo", "ada")["success"]
        result = getattr(course.api(), name)("demo")
        assert result["success"], result
    step(course, "fetch_feedback", ExchangeFactory__fetch_feedback=submit.SafeFetchFeedback).start()
    assert len(list((course.desk("ada") / "feedback").glob("*/case-a.html"))) == 1


# --- as nbgrader does ---------------------------------------------------------------------
def test_handed_in_as_nbgrader_does(course, monkeypatch, caplog):
    (course.desk("ada") / ".ipynb_checkpoints").mkdir()
    (course.desk("ada") / "notes").mkdir()
    (course.desk("ada") / "notes" / "mine.txt").write_text("mine")
    (course.desk("ada") / TIMESTAMP).write_text("an old one")
    caplog.set_level("INFO")
    course.submit("ada")
    found = [
        re.fullmatch(r"Submitted as: trd demo (\S+ \S+ UTC)", message)
        for message in caplog.messages
    ]
    (when,) = [match[1] for match in found if match]
    (folder,) = hand_ins(course)
    assert re.fullmatch(re.escape(f"ada+demo+{when}+") + r"[\w-]{12}", folder.name)
    assert (folder / TIMESTAMP).read_text() == when
    kept = course.desk("ada").parent / exchange.CACHE
    (copy,) = kept.glob("trd/*+*")
    assert copy.name == f"ada+demo+{when}"
    for place in (folder, copy):
        assert {str(path.relative_to(place)) for path in place.rglob("*")} == {
            "case-a.ipynb",
            "answers.jsonl",
            "notes",
            "notes/mine.txt",
            TIMESTAMP,
            SECRET,
        }
    monkeypatch.setattr(handin, "_cache", lambda: kept)
    assert handin.last_hand_in(course.desk("ada")) == parse(when).replace(microsecond=0)


def trainee(course):
    """Return the environment of a trainee's own JupyterLab, whose exchange is the class's."""
    place = home.Home(course.root / "home")
    settings.write("trainee", place)
    desk = place.cases / "demo"
    shutil.rmtree(desk, ignore_errors=True)
    shutil.copytree(course.desk("ada"), desk)
    return settings.environment("trainee", place), place


def test_the_trainees_own_command(course):
    variables, place = trainee(course)
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "submit", "demo", "--student=ada"],
        cwd=place.cases,
        env={**os.environ, **variables},
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert re.search(r"Submitted as: trd demo \S+ \S+ UTC$", done.stderr, re.MULTILINE)
    (folder,) = hand_ins(course)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o770


def test_the_trainees_own_command_says_why_not(course, monkeypatch, capsys):
    variables, place = trainee(course)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(place.cases)
    app = SubmitApp()
    app.initialize(["demo", "--student=ada", "--course=another"])
    with pytest.raises(SystemExit) as ended:
        app.start()
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert "Nothing was handed in: the course takes no hand-ins" in said
    assert f"safe in your own folder: {place.cases / 'demo'}\n" in said
    assert "Traceback" not in said


def test_the_button_shows_the_reason_last(course, monkeypatch):
    from nbgrader.server_extensions.assignment_list.handlers import AssignmentList

    variables, place = trainee(course)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    manager = AssignmentList()
    manager.root_dir = str(place.trainee)
    assert manager.submit_assignment("trd", "demo")["success"]
    (place.cases / "demo" / "answers.jsonl").unlink()
    (place.cases / "demo" / "answers.jsonl").symlink_to(place.root)
    monkeypatch.chdir(place.root)
    shown = manager.submit_assignment("trd", "demo")
    assert not shown["success"]
    *before, what, safe, todo = shown["value"].strip().splitlines()
    assert len(before) < 8
    assert what.endswith(
        "Nothing was handed in: answers.jsonl is a link to somewhere else, or no file."
    )
    assert safe == f"Your answers are safe in your own folder: {place.cases / 'demo'}"
    assert todo == "Put the file itself there, and hand in again."


# --- modes --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("inbound", "private", "expected"),
    [
        (0o2733, True, (0o770, 0o640)),
        (0o2733, False, (0o777, 0o644)),
        (0o777, True, (0o777, 0o644)),
    ],
)
def test_modes(course, inbound, private, expected):
    course.inbound.chmod(inbound)
    step(course, SafeSubmit__private=private).start()
    (folder,) = hand_ins(course)
    assert stat.S_IMODE(folder.stat().st_mode) == expected[0]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {expected[1]}


def as_account(number, action):
    def changed():
        os.setgroups([])
        os.setgid(number)
        os.setuid(number)
        action()

    return in_a_child(changed)


@as_root
def test_accounts_of_their_own(course):
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        root.chmod(0o755)
        course_folder = root / "exchange" / "trd"
        shutil.copytree(course.exchange / "trd" / "outbound", course_folder / "outbound")
        shutil.copytree(course.desk("ada").parent, root / "desk")
        (root / "exchange").chmod(0o1777)
        inbound = course_folder / "inbound"
        inbound.mkdir()
        os.chown(inbound, GRADER, GRADER)
        inbound.chmod(0o2733)
        for path in (root / "desk", *(root / "desk").rglob("*")):
            os.chown(path, TRAINEE, TRAINEE)
        places = {
            "Exchange__root": str(root / "exchange"),
            "Exchange__assignment_dir": str(root / "desk"),
            "Exchange__cache": str(root / "desk" / "cache"),
        }
        (root / "desk" / "demo" / "more").mkdir()
        (root / "desk" / "demo" / "more" / "note.txt").write_text("mine")
        os.chown(root / "desk" / "demo" / "more", TRAINEE, TRAINEE)

        ended, words, _ = as_account(TRAINEE, lambda: step(course, **places).start())
        assert (ended, words) == (DONE, "")
        (folder,) = inbound.iterdir()
        for path in (folder, *folder.rglob("*")):
            status = path.stat()
            assert (status.st_uid, status.st_gid) == (TRAINEE, GRADER)
            assert stat.S_IMODE(status.st_mode) == (0o770 if path.is_dir() else 0o640)
        # A colleague who knows the name cannot look in; whoever collects can, and clears it away.
        assert as_account(2, lambda: refused(lambda: list(folder.iterdir())))[0] == DONE
        assert as_account(GRADER, (folder / "answers.jsonl").read_bytes)[0] == DONE
        assert as_account(GRADER, lambda: shutil.rmtree(folder))[0] == DONE
        assert not folder.exists()

        inbound.chmod(0o2730)
        ended, words, _ = as_account(TRAINEE, lambda: step(course, **places).start())
        assert ended == REFUSED
        assert "this account may not hand in to this course" in words


def refused(action):
    with pytest.raises(PermissionError):
        action()


# --- disks, writers, odd things -----------------------------------------------------------
@as_root
def test_a_full_disk(course, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(small)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("this machine mounts nothing, not even for root")
    try:
        shutil.copytree(course.exchange, small / "exchange", dirs_exist_ok=True)
        inbound = small / "exchange" / "trd" / "inbound"
        large = course.desk("ada") / "large.csv"
        large.write_bytes(b"x" * 300_000)
        root = {"Exchange__root": str(small / "exchange")}
        with pytest.raises(submit.ExchangeError, match="hand-ins are collected on is full") as said:
            step(course, **root).start()
        assert "Please tell your instructor" in str(said.value)
        assert list(inbound.iterdir()) == []
        assert cached(course) == {}
        own = {"Exchange__cache": str(small / "cache")}
        with pytest.raises(submit.ExchangeError, match="room that you have on the disk is used up"):
            step(course, **own).start()
        assert others(course) == hand_ins(course) == []
        large.unlink()
        step(course, **root, **own).start()
        (folder,) = inbound.iterdir()
        assert_whole(folder, course.desk("ada"))
    finally:
        subprocess.run(["umount", str(small)], check=True)


#: As a window does it, but with hardly a rest, and onto a disk that takes every line in two parts.
WRITER = """
import sys, time
from pathlib import Path
import portalocker
from trd.quiz import answers

class Slow(portalocker.Lock):
    def __init__(self, *args, **options):
        super().__init__(*args, check_interval=0.001, **options)

    def __enter__(self):
        file = super().__enter__()
        write = file.write
        def slowly(line):
            write(line[:100])
            file.flush()
            time.sleep(0.001)
            write(line[100:])
        file.write = slowly
        return file

portalocker.Lock = Slow
log = answers.AnswerLog(Path(sys.argv[1]))
while True:
    log.record("case-a", "best", "b" * 200)
    time.sleep(0.002)
"""


def test_answers_written_meanwhile_are_never_torn(course):
    path = course.desk("ada") / "answers.jsonl"
    size = path.stat().st_size
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)])
    try:
        end = time.monotonic() + 60
        for _ in range(50):
            while path.stat().st_size == size:
                assert time.monotonic() < end
                assert writer.poll() is None
                time.sleep(0.001)
            size = path.stat().st_size
            step(course).start()
    finally:
        writer.kill()
        writer.wait()
    whole = path.read_bytes()
    logs = [(folder / "answers.jsonl").read_bytes() for folder in hand_ins(course)]
    assert len(logs) == 50
    assert len({len(log) for log in logs}) > 25
    for log in logs:
        assert log.endswith(b"\n")
        assert whole.startswith(log)
    for folder in hand_ins(course):
        kept = cached(course)[folder.name.rpartition("+")[0]]
        assert (kept / "answers.jsonl").read_bytes() == (folder / "answers.jsonl").read_bytes()


def test_a_window_that_never_stops_writing(course, monkeypatch):
    monkeypatch.setattr(submit, "ANSWERS_TIMEOUT_S", 0.1)
    with (
        portalocker.Lock(course.desk("ada") / "answers.jsonl", "ab+"),
        pytest.raises(submit.ExchangeError, match="another window has been writing answers"),
    ):
        step(course).start()
    assert_settled(course)


def test_two_at_a_time(course, monkeypatch):
    step(course).start()
    monkeypatch.setattr(submit, "HAND_IN_TIMEOUT_S", 0.1)
    with (
        portalocker.Lock(course.cache / submit.UNFINISHED / "lock", "ab"),
        pytest.raises(submit.ExchangeError, match="another hand-in of yours"),
    ):
        step(course).start()
    assert len(hand_ins(course)) == 1
    # One that is going on is not taken for one that was killed.
    struck(course, moment(course))
    with portalocker.Lock(course.cache / submit.UNFINISHED / "lock", "ab"):
        assert listed(course) == []
        assert len(others(course)) == 1


def test_a_page_that_is_just_being_saved(course, monkeypatch):
    page = course.desk("ada") / "case-a.ipynb"
    whole = page.read_bytes()
    page.write_bytes(whole[:100])
    monkeypatch.setattr(submit.time, "sleep", lambda _: page.write_bytes(whole))
    step(course).start()
    assert_settled(course)


def test_a_page_that_stays_broken_is_handed_in(course, monkeypatch, caplog):
    (course.desk("ada") / "case-a.ipynb").write_text("{")
    monkeypatch.setattr(submit, "SAVING_TIMEOUT_S", 0)
    step(course).start()
    assert "Handed in as it is, though it is no whole notebook" in caplog.text
    assert_settled(course)


def test_links_are_not_followed(course, tmp_path, caplog):
    (tmp_path / "private.txt").write_text("private")
    (course.desk("ada") / "link.txt").symlink_to(tmp_path / "private.txt")
    (course.desk("ada") / "folder").symlink_to(tmp_path)
    os.mkfifo(course.desk("ada") / "pipe")
    step(course).start()
    assert caplog.text.count("Not handed in, because it is a link or no file") == 3
    (folder,) = hand_ins(course)
    assert not {"link.txt", "folder", "pipe"} & {path.name for path in folder.iterdir()}


def test_nbgraders_rules_on_files(course):
    (course.desk("ada") / "drop.tmp").write_text("x")
    (course.desk("ada") / "large.csv").write_text("x" * 3000)
    rules = {"CourseDirectory__ignore": ["*.tmp"], "CourseDirectory__max_file_size": 2}
    step(course, **rules).start()
    (folder,) = hand_ins(course)
    names = {path.name for path in folder.iterdir()}
    assert "answers.jsonl" in names
    assert not {"drop.tmp", "large.csv"} & names
    with pytest.raises(submit.ExchangeError, match="no more than 0 MB can be handed in"):
        step(course, CourseDirectory__max_dir_size=1).start()
    (course.desk("ada") / "case-a.ipynb").unlink()
    with pytest.raises(submit.ExchangeError, match="missing notebooks"):
        step(course, strict=True).start()
    assert len(hand_ins(course)) == 1


def test_without_a_random_part(course):
    step(course, add_random_string=False).start()
    (folder,) = course.inbound.iterdir()
    assert folder.name == next(iter(cached(course)))
    again = step(course, add_random_string=False)
    again.set_timestamp = lambda: setattr(again, "timestamp", (folder / TIMESTAMP).read_text())
    with pytest.raises(submit.ExchangeError, match="at this very moment"):
        again.start()
    assert list(course.inbound.iterdir()) == [folder]


class _Starting(BaseHTTPRequestHandler):
    """A hub behind a proxy that cannot reach it yet."""

    def do_GET(self):
        self.send_error(503)

    def log_message(self, *_):
        pass


@pytest.mark.parametrize("listens", [False, True])
def test_a_hub_that_does_not_answer_is_told_in_words(course, monkeypatch, listens):
    with HTTPServer(("127.0.0.1", 0), _Starting) as hub:
        thread = threading.Thread(target=hub.serve_forever)
        if listens:
            thread.start()
        else:
            hub.server_close()
        monkeypatch.setenv("JUPYTERHUB_API_URL", f"http://127.0.0.1:{hub.server_port}/hub/api")
        monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "token")
        monkeypatch.setenv("JUPYTERHUB_USER", "ada")
        plugin = {"Authenticator__plugin_class": "nbgrader.auth.JupyterHubAuthPlugin"}
        try:
            with pytest.raises(submit.ExchangeError) as refused:
                step(course, **plugin).start()
        finally:
            if listens:
                hub.shutdown()
                thread.join()
    words = str(refused.value)
    assert words.startswith("Nothing was handed in: the hub")
    assert str(course.desk("ada")) in words
    assert "http" not in words
    assert hand_ins(course) == others(course) == []
