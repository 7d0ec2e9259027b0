"""Collecting through the exchange: nbgrader's conventions, kept up when something goes wrong."""

import json
import os
import pwd
import re
import shutil
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import nbformat
import pytest
from examples import ARGUMENTS
from quizcourse import Class, master

from trd.grading import notes
from trd.grading.handin import collect, copies
from trd.quiz.answers import AnswerLog

pytestmark = pytest.mark.timeout(300)

ROOT = Path(__file__).resolve().parents[2]
BEST = ARGUMENTS["single_best"][0][0]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A course with one released assignment; nobody has handed in."""
    course = Class(tmp_path_factory.mktemp("collecting"), ROOT)
    nbformat.write(master(["single_best"]), course.source / "case-a.ipynb")
    (course.source / "reading.csv").write_text("a,b\n")
    for result in (
        course.api().generate_assignment("demo"),
        course.api().release_assignment("demo"),
    ):
        assert result["success"], result
    return course


@pytest.fixture
def course(prepared, monkeypatch):
    """The same course with empty trays and no notes."""
    for folder in ("class/submitted", "class/notes", "exchange/trd/inbound"):
        shutil.rmtree(prepared.root / "home" / folder, ignore_errors=True)
    shutil.rmtree(prepared.root / "desks", ignore_errors=True)
    inbound = prepared.exchange / "trd" / "inbound"
    inbound.mkdir()
    inbound.chmod(0o777)
    return prepared


def hand_in(course, name, when="2026-03-01 10:00:00.000000 UTC", answer="b", leave_out=()):
    """Put a hand-in into the exchange as nbgrader would; return its folder."""
    folder = course.exchange / "trd" / "inbound" / f"{name}+demo+{when}+Ns9QAiuZbh5Y"
    shutil.copytree(course.root / "assignments" / "demo", folder)
    AnswerLog(folder / "answers.jsonl").record("case-a", BEST, answer)
    (folder / "timestamp.txt").write_text(when)
    (folder / "submission_secret.txt").write_text(sha256(name.encode()).hexdigest())
    for each in leave_out:
        (folder / each).unlink()
    return folder


def run(course, **options):
    """Collect with options of ``ExchangeCollect``; return the log."""
    config = course.config()
    for name, value in options.items():
        section, _, trait = name.rpartition("__")
        config[section or "ExchangeCollect"][trait] = value
    result = course.api(config=config).collect("demo", update=options.get("update", True))
    assert result["success"], result
    return result.get("log", "")


def place(course, name):
    return course.root / "home" / "class" / "submitted" / name / "demo"


def noted(course, name):
    folder = course.root / "home" / "class"
    return [n.reason for n in notes.read(folder, "demo") if n.student == name]


def between(course, name):
    """Return the notes on a trainee that concern another one."""
    return noted(course, collect.compared(name))


def answers(course, name):
    return AnswerLog(place(course, name) / "answers.jsonl").read().last("case-a", BEST).answer


def test_a_plain_submission_arrives_whole_and_without_notes(course):
    folder = hand_in(course, "ada")
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".DS_Store").touch()
    run(course)
    assert {path.name for path in place(course, "ada").iterdir()} == {
        "case-a.ipynb",
        "answers.jsonl",
        "timestamp.txt",
        "submission_secret.txt",
    }
    for name in ("case-a.ipynb", "answers.jsonl", "submission_secret.txt"):
        assert (place(course, "ada") / name).read_bytes() == (folder / name).read_bytes()
    assert noted(course, "ada") == []


def secret(course, name, kind="submitted"):
    folder = course.root / "home" / "class" / kind / name / "demo"
    return (folder / "submission_secret.txt").read_bytes()


def test_two_with_one_secret_both_get_a_new_one(course):
    """Or the feedback of one would be fetched by the other."""
    for name in ("ada", "bob"):
        hand_in(course, name)
    run(course)
    before = secret(course, "ada")
    untouched = secret(course, "bob")
    graded = course.root / "home" / "class" / "autograded" / "ada" / "demo"
    graded.mkdir(parents=True)
    (graded / "submission_secret.txt").write_bytes(before)
    (graded / "submission_secret.txt").chmod(0o444)
    copied = hand_in(course, "eve")
    (copied / "submission_secret.txt").write_bytes(before + b"\n")
    run(course)
    assert secret(course, "ada", "autograded") == secret(course, "ada")
    shutil.rmtree(graded.parent)
    assert len({before, secret(course, "ada"), secret(course, "eve")}) == 3
    assert secret(course, "bob") == untouched
    assert "same as that of eve" in between(course, "ada")[0]
    assert "same as that of ada" in between(course, "eve")[0]
    assert between(course, "bob") == []
    # What is new now is not found again.
    after = secret(course, "ada")
    run(course)
    assert secret(course, "ada") == after
    assert len(between(course, "ada")) == 1
    # The next hand-in has a secret of its own.
    hand_in(course, "ada", "2026-03-02 10:00:00.000000 UTC")
    run(course)
    assert between(course, "ada") == []


def _log(folder, answers, second="00"):
    lines = [
        {"v": 1, "notebook": "case-a", "item": item, "answer": answer, "at": f"{at}:{second}Z"}
        for item, answer, at in answers
    ]
    (folder / "answers.jsonl").write_text("".join(json.dumps(each) + "\n" for each in lines))


FOUR = [(f"q{number}", "b", f"2026-02-01T10:0{number}") for number in range(4)]


def test_the_same_answers_to_the_second_are_told_of_both(course):
    _log(hand_in(course, "ada"), [*FOUR, (BEST, "a", "2026-02-01T11:00")])
    _log(hand_in(course, "eve"), [("q9", "d", "2026-02-01T09:00"), *FOUR])
    # The same answers a minute later, and two in the same second, are nobody's copy.
    _log(hand_in(course, "bob"), FOUR, second="30")
    _log(hand_in(course, "carol"), [*FOUR[:2], ("q2", "c", FOUR[2][2])])
    run(course)
    assert between(course, "ada") == ["same answers, to the second, as eve (4 questions)"]
    assert between(course, "eve") == ["same answers, to the second, as ada (4 questions)"]
    assert between(course, "bob") == between(course, "carol") == []
    result = course.api().autograde("demo", "ada")
    assert result["success"], result
    assert between(course, "ada") == ["same answers, to the second, as eve (4 questions)"]
    # These are told to the trainee, with the feedback, and must not name another one.
    assert not [reason for reason in noted(course, "ada") if "eve" in reason]


def test_the_note_on_the_same_answers_goes_with_them(course):
    _log(hand_in(course, "ada"), FOUR)
    _log(hand_in(course, "eve"), FOUR)
    run(course)
    assert between(course, "ada")
    hand_in(course, "eve", "2026-03-02 10:00:00.000000 UTC")
    run(course)
    assert between(course, "ada") == between(course, "eve") == []


def test_a_class_that_shares_one_log_is_compared_with_the_first(tmp_path):
    names = [f"t{number:03}" for number in range(60)]
    for name in names:
        (tmp_path / name).mkdir()
        _log(tmp_path / name, FOUR)
    shared = copies.found({name: tmp_path / name for name in names})
    assert set(shared) == set(names)
    assert sum(map(len, shared.values())) == 2 * (len(names) - 1)


@pytest.mark.parametrize(("others", "told"), [(12, True), (13, False)])
def test_a_few_of_many_may_be_chance(tmp_path, others, told):
    for name, second in (("ada", 10), ("eve", 20)):
        (tmp_path / name).mkdir()
        more = [(f"p{n}", "b", f"2026-02-01T11:{second + n}") for n in range(others)]
        _log(tmp_path / name, [*FOUR, *more])
    assert bool(copies.found({name: tmp_path / name for name in ("ada", "eve")})) is told


def test_odd_logs_are_compared_without_harm(tmp_path):
    odd = ["[" * 50_000, '{"v": 1}', "\x00", json.dumps({"v": 1, "notebook": "\ud800"})]
    for name in ("ada", "eve"):
        (tmp_path / name).mkdir()
        _log(tmp_path / name, FOUR)
        with (tmp_path / name / "answers.jsonl").open("a") as file:
            file.write("\n".join(odd))
    (tmp_path / "nobody").mkdir()
    found = copies.found({name: tmp_path / name for name in ("ada", "eve", "nobody")})
    assert found == {"ada": {"eve": 4}, "eve": {"ada": 4}}


def test_the_command_and_its_flags_use_it(course):
    hand_in(course, "ada", leave_out=["case-a.ipynb"])
    hand_in(course, "bob")
    program = Path(sys.executable).parent / "nbgrader"
    done = subprocess.run(
        [program, "collect", "demo", "--student=ada", "--update"],
        cwd=course.root,
        env={**os.environ, "TRD_HOME": str(course.root / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (place(course, "ada") / "case-a.ipynb").is_file()
    assert "was not handed in" in done.stderr
    assert not place(course, "bob").exists()


def test_the_newest_counts_and_only_on_request_replaces_what_is_there(course):
    hand_in(course, "ada", answer="a")
    run(course)
    newer = hand_in(course, "ada", "2026-03-02 10:00:00.000000 UTC", answer="b")
    hand_in(course, "ada", "2026-02-01 10:00:00.000000 UTC", answer="c")
    log = run(course, update=False)
    assert "use --update" in log
    assert answers(course, "ada") == "a"
    run(course)
    assert answers(course, "ada") == "b"
    assert (place(course, "ada") / "timestamp.txt").read_text() == newer.name.split("+")[2]


def test_before_the_due_date_on_request(course):
    hand_in(course, "ada", answer="a")
    hand_in(course, "ada", "2026-05-01 10:00:00.000000 UTC", answer="b")
    hand_in(course, "late", "2026-05-01 10:00:00.000000 UTC", answer="b")
    with course.gradebook() as book:
        book.find_assignment("demo").duedate = datetime(2026, 4, 1)
        book.db.commit()
    run(course)
    assert answers(course, "ada") == "b"
    run(course, before_duedate=True)
    assert answers(course, "ada") == "a"
    assert answers(course, "late") == "b"


def test_the_time_is_that_of_the_folder_and_not_of_a_file_in_it(course):
    folder = hand_in(course, "ada")
    (folder / "timestamp.txt").write_text("1999-01-01 00:00:00 UTC")
    run(course)
    written = (place(course, "ada") / "timestamp.txt").read_text()
    assert written == "2026-03-01 10:00:00.000000 UTC"


@pytest.mark.parametrize(
    "when", ["2026-03-01 10:00:00 UTC", "2026-03-01 12:00:00.000 +0200", "2026-03-01 10:00:00"]
)
def test_other_ways_to_write_a_time(course, when):
    if "+" not in when:
        # As ExchangeSubmit.add_random_string = False leaves it.
        folder = hand_in(course, "bob", when)
        folder.rename(folder.with_name(f"bob+demo+{when}"))
        run(course)
        assert place(course, "bob").is_dir()
        return
    hand_in(course, "ada", when)
    run(course)
    assert place(course, "ada").is_dir()


def test_a_forged_future_does_not_win_over_real_work(course):
    ahead = (datetime.now(UTC) + timedelta(days=400)).strftime("%Y-%m-%d %H:%M:%S UTC")
    hand_in(course, "ada", ahead, answer="a")
    run(course)
    assert "future" in noted(course, "ada")[0]
    hand_in(course, "ada", answer="b")
    run(course)
    assert answers(course, "ada") == "b"


def test_notes_go_when_the_next_submission_is_fine(course):
    hand_in(course, "ada", leave_out=["case-a.ipynb"])
    run(course)
    assert noted(course, "ada")
    hand_in(course, "ada", "2026-03-02 10:00:00.000000 UTC")
    run(course)
    assert noted(course, "ada") == []


def test_an_odd_folder_of_somebody_known_is_noted_beside_good_work(course):
    folder = hand_in(course, "ada")
    shutil.copytree(folder, folder.with_name("ada+demo+tomorrow+x"))
    run(course)
    run(course)
    assert answers(course, "ada") == "b"
    assert len([reason for reason in noted(course, "ada") if "was refused" in reason]) == 1


def test_one_failure_leaves_the_others_and_what_was_there(course, monkeypatch):
    hand_in(course, "ada", answer="a")
    run(course)
    hand_in(course, "ada", "2026-03-02 10:00:00.000000 UTC", answer="b")
    hand_in(course, "bob")
    real = collect.take_folder

    def fail(tray, folder):
        real(tray, folder)
        if "ada" in tray.folder.parts:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(collect, "take_folder", fail)
    run(course)
    assert answers(course, "ada") == "a"
    assert answers(course, "bob") == "b"
    assert "No space left" in noted(course, "ada")[-1]
    assert not [*place(course, "ada").parent.glob(".*")]


@pytest.mark.parametrize("moment", ["place.rename", "new.rename"])
def test_a_kill_leaves_the_old_or_the_new(course, monkeypatch, moment):
    """Killed before each of the two steps that exchange the folders; then collected again."""
    hand_in(course, "ada", answer="a")
    run(course)
    hand_in(course, "ada", "2026-03-02 10:00:00.000000 UTC", answer="b")
    real = Path.rename
    stop = ".demo.new" if moment == "new.rename" else "demo"

    def killed(path, target):
        if path.name == stop:
            raise KeyboardInterrupt
        return real(path, target)

    monkeypatch.setattr(Path, "rename", killed)
    monkeypatch.setattr(collect.shutil, "rmtree", lambda path: None)
    with pytest.raises((KeyboardInterrupt, AssertionError)):
        run(course)
    monkeypatch.undo()
    run(course, update=False)
    assert answers(course, "ada") == "a"
    run(course)
    assert answers(course, "ada") == "b"
    assert not [*place(course, "ada").parent.glob(".*")]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_noted(course):
    folder = hand_in(course, "ada")
    (folder / "case-a.ipynb").chmod(0)
    closed = hand_in(course, "bob")
    closed.chmod(0)
    hand_in(course, "carol")
    run(course)
    closed.chmod(0o700)
    assert answers(course, "ada") == answers(course, "carol") == "b"
    assert "permission denied" in noted(course, "ada")[0]
    assert "put back" in noted(course, "ada")[1]
    assert "Permission denied" in noted(course, "bob")[0]


def test_a_file_exchanged_for_a_link_after_the_look_is_not_followed(course, monkeypatch, tmp_path):
    folder = hand_in(course, "ada")
    secret = tmp_path / "secret"
    secret.write_text("the-secret")
    real = os.open

    def quick(path, flags, *rest, **words):
        if path == "answers.jsonl" and words.get("dir_fd") is not None:
            (folder / "answers.jsonl").unlink()
            (folder / "answers.jsonl").symlink_to(secret)
        return real(path, flags, *rest, **words)

    monkeypatch.setattr(collect.os, "open", quick)
    run(course)
    monkeypatch.undo()
    assert not (place(course, "ada") / "answers.jsonl").exists()
    assert "answers.jsonl" in noted(course, "ada")[0]


def test_a_folder_exchanged_for_a_link_after_the_look_is_not_followed(course, monkeypatch):
    folder = hand_in(course, "ada")
    elsewhere = hand_in(course, "bob")
    real = collect._opened

    def quick(path, within=None, flags=0):
        if within is None and Path(path) == folder:
            shutil.rmtree(folder)
            folder.symlink_to(elsewhere)
        return real(path, within, flags)

    monkeypatch.setattr(collect, "_opened", quick)
    run(course)
    assert not place(course, "ada").exists()
    assert "could not be collected" in noted(course, "ada")[0]
    assert place(course, "bob").is_dir()


def test_a_backup_made_of_hard_links_costs_nobody_their_answers(course):
    folder = hand_in(course, "ada")
    shutil.copytree(folder, course.root / "backup", copy_function=os.link, dirs_exist_ok=True)
    run(course)
    assert answers(course, "ada") == "b"
    assert noted(course, "ada") == []


def test_what_the_release_holds_is_left_out_without_a_word(course):
    folder = hand_in(course, "ada")
    assert (folder / "reading.csv").exists()
    run(course)
    assert not (place(course, "ada") / "reading.csv").exists()
    assert noted(course, "ada") == []


def test_an_instructor_can_ask_for_more_files(course):
    folder = hand_in(course, "ada")
    (folder / "sketch.png").write_bytes(b"x" * 10)
    (folder / "program.exe").write_bytes(b"x" * 10)
    run(course, SafeCollect__allowed=[*collect.ALLOWED, "*.png"])
    assert (place(course, "ada") / "sketch.png").exists()
    assert noted(course, "ada") == ["“program.exe” was left out: this course collects no such file"]


def test_the_whole_hand_in_is_bounded(course):
    folder = hand_in(course, "ada")
    for number in range(6):
        with (folder / f"{number}.ipynb").open("wb") as file:
            file.truncate(19_000_000)
    run(course)
    total = sum(path.stat().st_size for path in place(course, "ada").iterdir())
    assert total < 101_000_000
    assert len(noted(course, "ada")) == 1
    assert answers(course, "ada") == "b"


def test_somebody_elses_folder_is_asked_about(course):
    hand_in(course, "ada")
    log = run(course, check_owner=True)
    assert answers(course, "ada") == "b"
    assert "has somebody handed in for somebody else" in log
    assert "account" in noted(course, "ada")[0]


def test_on_a_hub_somebody_elses_folder_is_refused(course):
    """Taken with a note only, a forged one of tomorrow would keep out what its victim hands in."""
    hand_in(course, "ada", when="2026-03-09 10:00:00.000000 UTC")
    log = run(course, check_owner=True, Exchange__path_includes_course=True)
    assert not place(course, "ada").exists()
    assert "it was put there by" in log
    # With one account for all, as in a trial, owners say nothing.
    run(course, check_owner=False, Exchange__path_includes_course=True)
    assert answers(course, "ada") == "b"


def test_a_shared_class_stays_writable_for_the_group(course):
    hand_in(course, "ada")
    run(course, CourseDirectory__groupshared=True)
    assert stat.S_IMODE(place(course, "ada").stat().st_mode) & 0o770 == 0o770
    for path in place(course, "ada").iterdir():
        assert path.stat().st_mode & 0o660 == 0o660


def test_a_flood_of_odd_names_leaves_a_bounded_number_of_notes(course):
    hand_in(course, "ada")
    inbound = course.exchange / "trd" / "inbound"
    for number in range(300):
        (inbound / f"<{number}>+demo+2026-01-01 10:00:00 UTC+x").mkdir()
    run(course)
    assert answers(course, "ada") == "b"
    written = [*(course.root / "home" / "class" / "notes" / "demo").iterdir()]
    assert 100 <= len(written) <= 102


@pytest.mark.parametrize(
    "name", ["ada", "ada@clinic.example", "o'brien", "ada+test@x", "Ada Lovelace", "李雷", "x-1_2"]
)
def test_names_that_accounts_have_are_taken(course, name):
    hand_in(course, name)
    run(course)
    assert answers(course, name) == "b"


def test_a_spoilt_time_from_another_road_does_not_stop_the_class(course):
    hand_in(course, "ada")
    place(course, "ada").mkdir(parents=True)
    (place(course, "ada") / "timestamp.txt").write_bytes(b"\xff")
    hand_in(course, "bob")
    run(course)
    assert answers(course, "ada") == answers(course, "bob") == "b"


def test_completing_what_came_by_another_road(course):
    place(course, "ada").mkdir(parents=True)
    (place(course, "ada") / "answers.jsonl").write_text("")
    assert collect.complete(course.course(), "demo", "ada")
    assert (place(course, "ada") / "case-a.ipynb").is_file()
    assert "put back" in noted(course, "ada")[0]
    assert collect.complete(course.course(), "demo", "ada") == []


def test_trainees_commands_work_with_the_same_configuration(course):
    desk = course.fetch("ada")
    AnswerLog(desk / "answers.jsonl").record("case-a", BEST, "b")
    course.submit("ada")
    run(course)
    assert answers(course, "ada") == "b"
    assert re.fullmatch(
        r"[0-9a-f]{128}", (place(course, "ada") / "submission_secret.txt").read_text()
    )
    assert noted(course, "ada") == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can hand in as another account")
def test_nobody_pushes_aside_what_its_owner_handed_in(course):
    own = hand_in(course, "daemon", answer="b")
    uid = pwd.getpwnam("daemon").pw_uid
    for path in (own, *own.iterdir()):
        os.chown(path, uid, -1)
    hand_in(course, "daemon", when="2026-03-05 10:00:00.000000 UTC", answer="a")
    run(course, check_owner=True)
    log = AnswerLog(course.root / "home/class/submitted/daemon/demo/answers.jsonl")
    assert log.read().last("case-a", BEST).answer == "b"
