"""Back-up, restore and deletion of a real class: real accounts, nbgrader, both databases.

Needs root. PostgreSQL is a private one, under /var/tmp and on a socket only; without its programs
that half is skipped.
"""

# ruff: noqa: E402  # the fixtures' folder must be on the path first

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "fixtures"))

if os.geteuid() != 0:
    pytest.skip("needs root: it makes accounts", allow_module_level=True)

import nbformat
from examples import ARGUMENTS, KEYS
from quizcourse import master

from trd.grading import notes
from trd.grading.course import Course
from trd.grading.handin import copies, exchange
from trd.grading.handin.collect import compared
from trd.grading.regrade import regrade
from trd.hub import accounts, archive, asgrader, asroot, backup, forget, layout, restore, roster
from trd.hub.__main__ import main
from trd.hub.asgrader import StepError
from trd.hub.cluster import Cluster, programs
from trd.hub.gradebooks import TABLES, Gradebook
from trd.hub.settings import load
from trd.quiz.answers import AnswerLog

ASSIGNMENT, COURSE = "01-demo", "trdt-k"
GRADER = "trdt-bkgrader"
ANNA, ANNABEL, BERT = "trdt-bk-anna", "trdt-bk-annabel", "trdt-bk-bert"
#: The version of nbgrader's tables before the newest.
OLDER = "282d30a0218e"
PEOPLE = (ANNA, ANNABEL, BERT)


class World:
    """One hub with one class, on this machine."""

    def __init__(self, base: Path, gradebook: str) -> None:
        self.base = base
        self.file = base / "hub.toml"
        self.file.write_text(
            f"""
exchange = "{base}/exchange"
[hub]
state = "{base}/hub"
[[course]]
id = "{COURSE}"
grader = "{GRADER}"
folder = "{base}/k/course"
state = "{base}/k/state"
gradebook = "{gradebook}"
instructors = []
trainees = {list(PEOPLE)!r}
"""
        )
        self.file.chmod(0o600)
        self.settings = load(self.file)
        self.course = self.settings.course[0]
        self.public = base / "public"
        self.backups = base / "backups"

    def build(self) -> None:
        layout.prepare(self.settings, lambda line: None, home_base=self.base / "homes")
        solutions = self.course.folder / "solutions" / ASSIGNMENT
        solutions.mkdir(parents=True)
        kinds = ["single_best", "multiple_response", "ordering", "numeric"]
        nbformat.write(master(kinds), solutions / "case-a.ipynb")
        self.public.mkdir()
        for folder in (self.course.folder, self.public):
            shutil.copy(ROOT / "nbgrader_config.py", folder)
        (self.course.folder / "assignments").mkdir()
        subprocess.run(["chown", "-R", f"{GRADER}:", str(self.course.folder)], check=True)
        self.as_class(_release)
        self.as_trainee(ANNA, lambda: _work(self.public, ANNA))
        # Annabel copies anna's answers, so that notes on either name the other.
        cases = asgrader.known(ANNA).home / "trd/trainee/cases"
        shutil.copyfile(
            cases / COURSE / ASSIGNMENT / "answers.jsonl", self.public / "answers.jsonl"
        )
        for name in (ANNABEL, BERT):
            self.as_trainee(name, lambda name=name: _work(self.public, name))
        self.as_class(_grade)
        for name in PEOPLE:
            person = roster.Entry(
                username=name, first_name="A", last_name="B", email="", lms_user_id=""
            )
            roster.note(roster.where(self.settings, COURSE), person)

    def as_class(self, step):
        account = asgrader.of_class(self.settings, self.course)
        env = asgrader.environment(self.settings, self.course, account)
        return asgrader.call(account, step, env, self.course.folder)

    def as_trainee(self, name: str, step):
        account = asgrader.known(name)
        env = asgrader.environment(self.settings, self.course, account)
        env |= {"TRD_HOME": str(account.home / "trd"), "USER": name}
        env.pop("TRD_GRADEBOOK")
        return asgrader.call(account, step, env, self.public)

    def run(self, *words: str) -> int:
        return main(["--settings", str(self.file), *words])

    def marks(self) -> dict[str, float]:
        return self.as_class(_marks)

    def archive(self) -> Path:
        return max(self.backups.glob("*.tar.gz"))

    @property
    def inbound(self) -> Path:
        return self.settings.exchange / COURSE / "inbound"

    def owners(self) -> dict[str, tuple[str, int]]:
        found = {}
        for path in [self.inbound, *sorted(self.inbound.rglob("*"))]:
            status = path.lstat()
            who = pwd.getpwuid(status.st_uid).pw_name
            found[str(path.relative_to(self.inbound))] = (who, stat.S_IMODE(status.st_mode))
        return found

    def files(self) -> dict[str, bytes]:
        """Every file of the class but the gradebook, by its place."""
        places = (self.course.folder, self.course.state, self.settings.exchange / COURSE)
        return {
            str(path.relative_to(self.base)): path.read_bytes()
            for place in places
            for path in sorted(place.rglob("*"))
            if path.is_file() and not path.name.startswith(("gradebook.db", "grading.lock"))
        }

    def rows(self) -> dict[str, set[str]]:
        return Gradebook.of(self.settings, self.course).rows()


def _release() -> None:
    from nbgrader.apps import NbGraderAPI

    api = NbGraderAPI(config=Course.load(Path.cwd()).config)
    for step in (api.generate_assignment, api.release_assignment):
        result = step(ASSIGNMENT)
        if not result["success"]:
            raise ValueError(result["log"] or result["error"])


def _work(public: Path, name: str, words: str = "It was too low.") -> None:
    home = Path.home()
    course = Course.load(public)
    desk = home / "trd" / "trainee" / "cases"
    folder = desk / COURSE / ASSIGNMENT
    if not folder.exists():
        exchange.fetch(course, ASSIGNMENT, name, desk)
    log = folder / "answers.jsonl"
    if name == ANNABEL:
        log.write_bytes((public / "answers.jsonl").read_bytes())
    else:
        record = AnswerLog(log)
        kinds = ("single_best", "multiple_response", "ordering", "numeric")
        for kind in kinds if name == ANNA else kinds[:1]:
            record.record("case-a", ARGUMENTS[kind][0][0], KEYS[kind], "certain")
    exchange.submit(course, ASSIGNMENT, name, desk, cache=home / "trd" / "cache")


def _collect() -> dict[str, list[str]]:
    from nbgrader.apps import NbGraderAPI

    course = Course.load(Path.cwd())
    result = NbGraderAPI(config=course.config).collect(ASSIGNMENT)
    if not result["success"]:
        raise ValueError(result["log"])
    return {each.student: each.reason for each in notes.read(course.classroom, ASSIGNMENT)}


def _grade() -> None:
    from nbgrader.apps import NbGraderAPI

    from trd.grading.__main__ import main as grading

    course = Course.load(Path.cwd())
    _collect()
    outcome = regrade(course, ASSIGNMENT, show=False)
    if outcome.failed:
        raise ValueError(str(outcome.failed))
    with course.gradebook() as book:
        for name in PEOPLE:
            book.find_grade("letter", "case-a", ASSIGNMENT, name).manual_score = 2.5
            book.find_comment("letter", "case-a", ASSIGNMENT, name).manual_comment = f"To {name}"
        book.db.commit()
    api = NbGraderAPI(config=course.config)
    for step in (api.generate_feedback, api.release_feedback):
        for name in PEOPLE:
            extra = {} if step == api.release_feedback else {"force": True}
            result = step(ASSIGNMENT, name) if not extra else step(ASSIGNMENT, name, **extra)
            if not result["success"]:
                raise ValueError(result["log"] or result["error"])
    assert grading(["record", "--all", "--format", "html"]) == 0
    assert grading(["report", ASSIGNMENT]) == 0


def _marks() -> dict[str, float]:
    with Course.load(Path.cwd()).gradebook() as book:
        return {
            each.id: float(book.find_submission(ASSIGNMENT, each.id).score)
            for each in book.students
            if each.submissions
        }


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(request):
    if request.param == "postgresql" and programs() is None:
        pytest.skip("PostgreSQL is not installed")
    base = Path(tempfile.mkdtemp(prefix="trdt-bk-", dir="/var/tmp"))
    base.chmod(0o755)
    before = dict(os.environ)
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, base)
        for name in (GRADER, *PEOPLE):
            stack.callback(_remove_account, name)
        if request.param == "postgresql":
            cluster = Cluster(base / "pg")
            cluster.start()
            stack.callback(cluster.stop)
            os.environ.update(cluster.environment)
        stack.callback(os.environ.update, before)
        stack.callback(os.environ.clear)
        made = World(base, request.param)
        made.build()
        yield made


def _remove_account(name: str) -> None:
    subprocess.run(["userdel", "--remove", name], check=False, capture_output=True)


def test_a_class_is_kept_and_comes_back(world, capsys):
    assert world.run("backup", "--to", str(world.backups), "--homes") == 0
    before, owners, marks = world.files(), world.owners(), world.marks()
    assert len(marks) == 3 and marks[ANNA] > marks[BERT] > 0
    path = world.archive()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

    # A disaster: everything of the class is gone, and another gradebook stands there.
    shutil.rmtree(world.course.state / "class" / "submitted")
    shutil.rmtree(world.inbound)
    (world.course.folder / "solutions" / ASSIGNMENT / "case-a.ipynb").unlink()
    world.as_class(_spoil)
    assert world.marks() != marks
    capsys.readouterr()
    assert world.run("restore", str(path)) == 1
    assert "--yes" in capsys.readouterr().err
    assert world.marks()[ANNA] == 0.5
    assert world.run("restore", str(path), "--yes") == 0
    assert "What was there before is kept" in capsys.readouterr().out

    assert world.files() == before
    assert world.owners() == owners
    assert owners["."] == (GRADER, 0o3733)
    # Open to nobody else, so it must be the class's group that a hand-in has.
    assert {each.group() for each in world.inbound.iterdir()} == {GRADER}
    assert world.marks() == marks
    kept = next(world.course.state.parent.glob("state.before-restore-*"))
    assert (kept / "class").is_dir()
    for each in world.course.state.parent.iterdir():
        assert pwd.getpwuid(each.stat().st_uid).pw_name == GRADER
        assert stat.S_IMODE(each.stat().st_mode) == 0o700
    # It is a class to go on with: the next hand-in is collected, from its owner, and graded.
    world.as_trainee(BERT, lambda: _work(world.public, BERT))
    told = world.as_class(_collect)
    assert not [reason for reason in told.values() if "handed in by" in reason]
    world.as_class(lambda: regrade(Course.load(Path.cwd()), ASSIGNMENT, show=False) and None)
    assert set(world.marks()) == set(marks)


def _spoil() -> None:
    with Course.load(Path.cwd()).gradebook() as book:
        for notebook in book.find_submission(ASSIGNMENT, ANNA).notebooks:
            for grade in notebook.grades:
                grade.auto_score, grade.manual_score = 0.0, None
            notebook.grades[0].manual_score = 0.5
        book.db.commit()


def test_the_gradebook_is_whole_although_others_write(world):
    """Marks are given in pairs; no back-up may hold one of a pair without the other."""
    stop, begun = world.base / "stop", world.course.state / "begun"

    def write() -> int:
        rounds = 0
        with Course.load(Path.cwd()).gradebook() as book:
            grades = [
                book.find_grade("letter", "case-a", ASSIGNMENT, name) for name in (ANNA, BERT)
            ]
            while not stop.exists():
                rounds += 1
                begun.touch()
                for grade in grades:
                    grade.manual_score = float(rounds % 4)
                book.db.commit()
        return rounds

    done: list[int] = []
    writer = threading.Thread(target=lambda: done.append(world.as_class(write)))
    writer.start()
    try:
        while not begun.exists():
            time.sleep(0.02)
            assert writer.is_alive(), "the writer failed"
        seen = []
        for _ in range(3):
            with tempfile.TemporaryFile() as copy:
                gradebook = Gradebook.of(world.settings, world.course)
                gradebook.copy(copy)
                copy.seek(0)
                seen.append(_pair(world, gradebook, copy))
    finally:
        stop.touch()
        writer.join()
        begun.unlink()
    assert done and done[0] > 3
    assert all(one == other for one, other in seen)


def _pair(world: World, gradebook: Gradebook, copy) -> tuple[float, float]:
    asked = (
        "SELECT manual_score FROM grade JOIN base_cell ON base_cell.id = grade.cell_id "
        "JOIN submitted_notebook n ON n.id = grade.notebook_id "
        "JOIN submitted_assignment a ON a.id = n.assignment_id "
        f"WHERE base_cell.name = 'letter' AND a.student_id IN ('{ANNA}', '{BERT}')"
    )
    if gradebook.kind == "sqlite":
        path = world.base / "copy.db"
        path.write_bytes(copy.read())
        with contextlib.closing(sqlite3.connect(path)) as opened:
            found = [row[0] for row in opened.execute(asked)]
    else:
        gradebook.fill("trdt_copy", copy)
        words = ["psql", "-X", "-A", "-t", "-d", "trdt_copy", "-c", asked]
        said = asgrader.command(gradebook.account, words, gradebook.env)
        found = [float(line) for line in said.split()]
        gradebook.drop("trdt_copy")
    assert len(found) == 2
    return found[0], found[1]


def test_a_restore_that_is_killed_is_undone(world):
    world.run("backup", "--to", str(world.backups))
    path, kills = world.archive(), 0
    world.as_class(_spoil)
    files, rows = world.files(), world.rows()
    while _killed_after(kills, world, path):
        kills += 1
        assert world.run("restore", "--undo") == 0
        assert world.files() == files, kills
        assert world.rows() == rows, kills
        gradebook = Gradebook.of(world.settings, world.course)
        if gradebook.kind == "postgresql":
            assert not [name for name in gradebook.databases() if "_new_" in name]
    assert kills == (6 if world.course.gradebook == "sqlite" else 8)
    assert world.rows() != rows
    assert not restore.Journal.place(world.settings, world.course).exists()


def _killed_after(renamings: int, world: World, path: Path) -> bool:
    child = os.fork()
    if child == 0:
        done = [0]
        rename = restore._Mover.rename

        def counted(self, *given):
            if done[0] == renamings:
                os.kill(os.getpid(), signal.SIGKILL)
            done[0] += 1
            rename(self, *given)

        restore._Mover.rename = counted
        os._exit(world.run("restore", str(path), "--yes"))
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def test_an_older_gradebook_is_brought_up_to_date_or_refused(world, capsys):
    """In PostgreSQL, nbgrader's own last step fails where there are assignments already."""
    world.run("backup", "--to", str(world.backups))
    good, marks = world.archive(), world.marks()
    for begun in (True, False):
        world.as_class(lambda begun=begun: _age(begun))
        world.run("backup", "--to", str(world.backups))
        aged = world.archive()
        with archive.Reader(aged) as reader:
            assert reader.check().about["gradebook"]["schema"] == OLDER
        assert world.run("restore", str(good), "--yes") == 0
        capsys.readouterr()
        is_refused = begun and world.course.gradebook == "postgresql"
        assert world.run("restore", str(aged), "--yes") == is_refused
        said = capsys.readouterr()
        if is_refused:
            assert f"of an older nbgrader ({OLDER})" in said.err
        else:
            assert "brought up to date" in said.out
            schema = Gradebook.of(world.settings, world.course).schema()
            assert schema not in (OLDER, "")
        if begun:
            assert world.marks() == marks
    assert world.run("restore", str(good), "--yes") == 0
    assert world.marks() == marks


def _age(begun: bool = True) -> None:
    """Take the class's gradebook back by one version of nbgrader's tables: no course table."""
    from sqlalchemy import create_engine, text

    engine = create_engine(os.environ["TRD_GRADEBOOK"])
    steps = [f"UPDATE alembic_version SET version_num = '{OLDER}'"]
    if not begun:
        parts = ("grade", "comment", "submitted_notebook", "submitted_assignment", "source_cell")
        more = ("grade_cells", "solution_cells", "task_cells", "base_cell", "notebook")
        steps += [f"DELETE FROM {table}" for table in (*parts, *more, "assignment")]
    with engine.begin() as connection:
        for step in steps:
            connection.execute(text(step))
        if engine.dialect.name == "sqlite":
            connection.execute(text("PRAGMA foreign_keys = OFF"))
            made = connection.execute(
                text("SELECT sql FROM sqlite_master WHERE name = 'assignment'")
            ).scalar_one()
            columns = "id, name, duedate"
            connection.execute(text(f"CREATE TABLE kept AS SELECT {columns} FROM assignment"))
            connection.execute(text("DROP TABLE assignment"))
            lines = [line for line in made.splitlines() if "course_id" not in line]
            connection.execute(text(re.sub(r",\s*\)$", ")", "\n".join(lines).strip())))
            connection.execute(
                text(f"INSERT INTO assignment ({columns}) SELECT {columns} FROM kept")
            )
            connection.execute(text("DROP TABLE kept"))
        else:
            connection.execute(text("ALTER TABLE assignment DROP COLUMN course_id"))
        connection.execute(text("DROP TABLE course"))
    engine.dispose()


def test_a_running_service_stops_a_restore(world, capsys):
    world.run("backup", "--to", str(world.backups))
    account = asgrader.known(GRADER)
    service = subprocess.Popen(["sleep", "300"], user=account.uid, group=account.gid)
    try:
        capsys.readouterr()
        assert world.run("restore", str(world.archive()), "--yes") == 1
        assert "Stop the hub first" in capsys.readouterr().err
    finally:
        service.kill()
        service.wait()


def test_homes_come_back_beside_what_is_there(world, capsys):
    world.run("backup", "--to", str(world.backups), "--homes")
    home = asgrader.known(ANNA).home
    answers = home / "trd/trainee/cases" / COURSE / ASSIGNMENT / "answers.jsonl"
    kept = answers.read_bytes()
    answers.write_bytes(b"newer")
    # Somebody who hopes that root will follow.
    other = asgrader.known(BERT).home
    shutil.rmtree(other / "trd" / "trainee")
    (other / "trd" / "trainee").symlink_to("/etc")
    assert world.run("restore", str(world.archive()), "--yes", "--homes") == 0
    back = next(home.glob("trd-restored-*"))
    assert (back / answers.relative_to(home)).read_bytes() == kept
    assert answers.read_bytes() == b"newer"
    assert back.stat().st_uid == asgrader.known(ANNA).uid
    (other / "trd" / "trainee").unlink()
    assert world.run("backup", "--to", str(world.backups), "--homes") == 0


def test_whom_an_instructor_added_is_kept_before_anything_is_handed_in(world):
    """They stand in the gradebook, and nowhere else."""
    dora, idle = "trdt-bk-dora", "trdt-bk-idle"

    def add() -> None:
        with Course.load(Path.cwd()).gradebook() as book:
            for name in (dora, idle, "trdt-bk-noaccount"):
                book.add_student(name)

    def take_out() -> None:
        with Course.load(Path.cwd()).gradebook() as book:
            for name in (dora, idle, "trdt-bk-noaccount"):
                book.remove_student(name)

    try:
        for name in (dora, idle):
            accounts.ensure(name, home_base=world.base / "homes")
        cases = asgrader.known(dora).home / "trd/trainee/cases"
        work = cases / "answers.jsonl"
        asgrader.call(asgrader.known(dora), lambda: cases.mkdir(parents=True))
        asgrader.call(asgrader.known(dora), lambda: work.write_text("begun") and None)
        world.as_class(add)
        people = backup._homes_of(world.settings, world.course)
        assert dora in people and idle not in people and set(PEOPLE) <= set(people)
        assert world.run("backup", "--to", str(world.backups), "--homes") == 0
        with archive.Reader(world.archive()) as reader:
            assert f"homes/{dora}/trd/trainee/cases/answers.jsonl" in reader.check().files
    finally:
        world.as_class(take_out)
        for name in (dora, idle):
            _remove_account(name)


def test_a_class_that_was_only_prepared_holds_nobody(world, capsys):
    """Its PostgreSQL database is there at once; nbgrader makes the tables when it is used."""
    second = "trdt-bksecond"
    file = world.base / "two.toml"
    place = world.base / "k2"
    file.write_text(
        f"""{world.file.read_text()}
[[course]]
id = "trdt-k2"
grader = "{second}"
folder = "{place}/course"
state = "{place}/state"
port = 992
gradebook = "{world.course.gradebook}"
"""
    )
    file.chmod(0o600)
    two = load(file)
    try:
        layout.prepare(two, lambda line: None, home_base=world.base / "homes")
        if world.course.gradebook == "sqlite":
            path = two.course[1].state / "class" / "gradebook.db"
            with contextlib.closing(sqlite3.connect(path)) as begun:
                begun.execute("PRAGMA user_version = 1")
            shutil.chown(path, second)
        assert Gradebook.of(two, two.course[1]).is_there
        assert Gradebook.of(two, two.course[1]).students() == []
        capsys.readouterr()
        assert main(["--settings", str(file), "forget", BERT]) == 0
        said = capsys.readouterr().out
        assert f"{COURSE}:\n" in said and f"trdt-k2: nothing is kept about {BERT}" in said
        other = forget.find(two, two.course[1], BERT)
        forget.remove(two, two.course[1], BERT, other)
        assert Gradebook.of(two, two.course[1]).rows() == {}
    finally:
        _remove_account(second)


def test_a_database_server_that_is_down_is_told_with_what_to_do(world, capsys, monkeypatch):
    if world.course.gradebook == "sqlite":
        pytest.skip("a file has no server")
    world.run("backup", "--to", str(world.backups))
    path, files = world.archive(), world.files()
    nowhere = world.base / "nowhere"
    nowhere.mkdir()
    with monkeypatch.context() as patched:
        patched.setenv("PGHOST", str(nowhere))
        for words in (
            ("backup", "--to", str(world.backups)),
            ("backup", "--to", str(world.backups), "--homes"),
            ("restore", str(path), "--yes"),
            ("forget", BERT),
            ("roster",),
        ):
            capsys.readouterr()
            assert world.run(*words) == 1, words
            said = capsys.readouterr().err
            assert "start PostgreSQL, then run the same again" in " ".join(said.split()), words
            assert "restore" not in said
    nowhere.rmdir()
    assert world.files() == files
    assert not restore.Journal.place(world.settings, world.course).exists()


def test_settings_that_are_roots_alone(world, capsys):
    """Somebody who is not root is not even told what is wrong with the file."""
    nobody = pwd.getpwnam("nobody")
    world.file.chmod(0o600)
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)
        try:
            asroot.load(world.file)
        except StepError as error:
            os._exit(0 if "run it as root" in str(error) else 3)
        os._exit(4)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_running_server_is_named_with_what_ends_it(world, capsys):
    account = asgrader.known(BERT)
    server = subprocess.Popen(["sleep", "300"], user=account.uid, group=account.gid)
    try:
        assert world.run("forget", BERT, "--yes", "--account") == 1
        assert f"pkill -u {BERT}" in capsys.readouterr().err
    finally:
        server.kill()
        server.wait()
    assert asgrader.known(BERT) is not None


def test_one_trainee_is_forgotten_and_nobody_else_changes(world, capsys):
    world.as_class(_note_on_others)
    files, others = world.files(), world.as_class(_rows_of_others)
    rows = world.rows()
    capsys.readouterr()
    assert world.run("forget", ANNA) == 0
    listed = capsys.readouterr().out
    assert "Nothing was deleted" in listed and "gradebook: 1 student" in listed
    assert world.files() == files and world.rows() == rows

    assert world.run("forget", ANNA, "--yes", "--account") == 0
    assert "take the name out yourself" in capsys.readouterr().out
    left = world.files()
    changed = {name for name in left if left[name] != files.get(name)}
    gone = set(files) - set(left)
    about_others = {name for name in changed if "/notes/" in name}
    assert changed == about_others | {"k/state/class/records.jsonl"}
    assert all(ANNA not in name.split("/") for name in left)
    # Whatever is gone, names anna, or is her feedback or the report on the class.
    feedback = {name for name in gone if f"exchange/{COURSE}/feedback/" in name}
    released = [
        name
        for name in files
        if name.startswith(f"k/state/class/feedback/{ANNA}/") and name.endswith(".html")
    ]
    assert len(feedback) == len(released) > 0
    strange = {
        name
        for name in gone - feedback
        if not any(part.startswith((ANNA + "+",)) or part == ANNA for part in name.split("/"))
        and not Path(name).name.startswith((f"s-{ANNA}.", f"s-{ANNA}%", f"record-{ANNA}."))
        and "/reports/" not in name
    }
    assert strange == set()
    # Nowhere a trace, but where annabel's name begins like it.
    for name, data in left.items():
        assert not _names(data, ANNA), name
    assert world.as_class(_rows_of_others) == others
    raw = world.course.state / "class" / "gradebook.db"
    if raw.exists():
        assert not _names(raw.read_bytes(), ANNA)
    assert asgrader.known(ANNA) is None
    assert ANNA not in roster.where(world.settings, COURSE).read_text().replace(ANNABEL, "")
    assert ANNABEL in roster.where(world.settings, COURSE).read_text()
    assert set(world.marks()) == {ANNABEL, BERT}
    capsys.readouterr()
    with pytest.raises(StepError, match="itself"):
        forget.check_name(world.settings, GRADER)
    assert world.run("forget", "trdt-bk-nobody") == 1
    assert "spelt" in capsys.readouterr().err
    assert world.run("forget", "trdt-bk-*") == 1


def _names(data: bytes, name: str) -> bool:
    rest = data.replace(ANNABEL.encode(), b"")
    return name.encode() in rest


def _note_on_others() -> None:
    course = Course.load(Path.cwd())
    told = {each.student: each.reason for each in notes.read(course.classroom, ASSIGNMENT)}
    # Collecting has compared them already.
    assert told[compared(ANNABEL)].startswith(f"{copies.SAME}{ANNA} (")
    notes.write(course.classroom, ASSIGNMENT, ANNA, "collect", ["her own"])


def _rows_of_others() -> list[str]:
    """Every row of the gradebook that is not anna's, in full."""
    from sqlalchemy import MetaData, create_engine, select

    engine = create_engine(os.environ["TRD_GRADEBOOK"])
    tables = MetaData()
    tables.reflect(engine)
    found = []
    with engine.connect() as connection:

        def read(name):
            return [dict(row._mapping) for row in connection.execute(select(tables.tables[name]))]

        hers = {row["id"] for row in read("submitted_assignment") if row["student_id"] == ANNA}
        sheets = {row["id"] for row in read("submitted_notebook") if row["assignment_id"] in hers}
        for name in sorted(tables.tables):
            for row in read(name):
                mine = row.get("student_id") == ANNA or row.get("id") in hers | sheets | {ANNA}
                if name in ("grade", "comment"):
                    mine = mine or row["notebook_id"] in sheets
                if not mine:
                    found.append(f"{name} {sorted(row.items(), key=str)}")
    engine.dispose()
    assert TABLES[0] in tables.tables
    return sorted(found)
