"""A class in which everybody but one is out for trouble: nothing is run, nobody else suffers.

Everything goes through real nbgrader with the repository's own configuration. Beside each hostile
hand-in stand honest recorded answers, which must count.
"""

import json
import os
import shutil
from pathlib import Path

import nbformat
import pytest
from examples import ARGUMENTS
from quizcourse import Class, master

from trd.grading import notes
from trd.grading.course import Course
from trd.grading.regrade import regrade
from trd.quiz.answers import AnswerLog

pytestmark = pytest.mark.timeout(600)

ROOT = Path(__file__).resolve().parents[2]
BEST, WEEKS = ARGUMENTS["single_best"][0][0], ARGUMENTS["numeric"][0][0]
PAGES = ("case-a", "case-b")
#: One right answer on each page, of two questions each.
HONEST = 4.0
SECRET_WORD = "the-secret-of-the-instructor"
MARKUP = '<script>canary()</script> <img src=x onerror="canary()"> **bold**'


class Attack:
    """One trainee's work between fetching and handing in, with ways to spoil it."""

    def __init__(self, course, name):
        self.course = course
        self.name = name
        self.desk = course.fetch(name)
        self.answers = self.desk / "answers.jsonl"
        self.canary = course.root / "canaries" / name

    def notebook(self, page="case-a"):
        return self.desk / f"{page}.ipynb"

    def edit(self, change, page="case-a"):
        notebook = json.loads(self.notebook(page).read_text())
        change(notebook["cells"])
        self.notebook(page).write_text(json.dumps(notebook))

    def cell(self, cells, name):
        return next(c for c in cells if c["metadata"].get("nbgrader", {}).get("grade_id") == name)

    def code(self, source):
        return {
            "cell_type": "code",
            "execution_count": None,
            "id": f"x{abs(hash(source)) % 10**8}",
            "metadata": {},
            "outputs": [],
            "source": source,
        }

    def sing(self):
        return self.code(f"import os; os.system('touch {self.canary}')")

    def words(self, text, page="case-a"):
        self.edit(lambda cells: self.cell(cells, "letter").update(source=text), page)

    def line(self, answer, item=BEST, page="case-a"):
        record = {"v": 1, "notebook": page, "item": item, "answer": answer, "at": "2026-01-01"}
        return json.dumps(record) + "\n"

    def append(self, data):
        with self.answers.open("ab") as file:
            file.write(data if isinstance(data, bytes) else data.encode())

    def inbound(self):
        (folder,) = self.course.exchange.glob(f"trd/inbound/{self.name}+demo+*")
        return folder


def forged_metadata(it):
    def forge(cells):
        it.cell(cells, BEST)["metadata"]["nbgrader"].update(
            points=100, grade=False, checksum="0", schema_version=99, locked=False
        )
        it.cell(cells, WEEKS)["metadata"]["nbgrader"] = ["no", "dictionary"]

    it.edit(forge)


def extra_code(it):
    it.edit(lambda cells: cells.insert(0, it.sing()))
    it.edit(lambda cells: cells.append(it.sing()), "case-b")


def edited_locked_cells(it):
    it.edit(lambda cells: it.cell(cells, BEST).update(source=it.sing()["source"] + "\n2.0"))


def deleted_cells(it):
    it.edit(lambda cells: cells.remove(it.cell(cells, BEST)))


def duplicated_cells(it):
    it.edit(lambda cells: cells.append(it.cell(cells, BEST)))


def renamed_notebook(it):
    it.words("Words in a renamed notebook")
    it.notebook().rename(it.desk / "my own copy.ipynb")


def worked_in_a_copy(it):
    shutil.copy(it.notebook(), it.desk / "case-a-Copy1.ipynb")
    copy = it.desk / "case-a-Copy1.ipynb"
    content = json.loads(copy.read_text())
    it.cell(content["cells"], "letter")["source"] = "Words in a copy"
    copy.write_text(json.dumps(content))


def unknown_items(it):
    it.append(it.line("b", item="no-such-item") + it.line("b", page="../../case-z"))


def a_flood_of_unknown_items(it):
    it.append("".join(it.line("b", item=f"no-{n}") for n in range(20_000)))


def huge_answers(it):
    # Before the junk one right answer, behind it the other.
    path = it.inbound() / "answers.jsonl"
    path.write_text(it.line("b"))
    with path.open("r+b") as file:
        file.truncate(120_000_000)
    with path.open("ab") as file:
        file.write(("\n" + it.line("b", page="case-b")).encode())


def millions_of_lines(it):
    it.answers.write_text(it.line("b") + "{\n" * 3_000_000 + it.line("b", page="case-b"))


def huge_notebook(it):
    with it.notebook().open("r+b") as file:
        file.truncate(30_000_000)


def bad_utf8_notebook(it):
    it.notebook().write_bytes(b'{"cells": [\xff\xfe]}')


def bad_utf8_answers(it):
    it.append(b'\xff\xfe{"v": 1}\n\x00\x00\n')


def no_json(it):
    it.notebook().write_text("<html>Not found</html>")


def old_format(it):
    it.notebook().write_text(
        json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": []})
    )


def deep_json(it):
    it.notebook().write_text("[" * 200_000)
    it.append('{"v": 1, "notebook": ' + "[" * 100_000 + "\n")


def millions_of_cells(it):
    it.notebook().write_text('{"cells": [' + ",".join(["{}"] * 6_000_000) + "]}")


def odd_types(it):
    it.notebook().write_text(
        json.dumps(
            {"cells": [None, 7, [], {"source": {"a": 1}}, {"metadata": [1], "source": [1, None]}]}
        )
    )


def markup(it):
    it.words(MARKUP)


def control_characters(it):
    it.words("Words \x00 with \x1b[31m controls \ud800 and half a pair \u202e")


def long_text(it):
    it.words("word " * 200_000)


def odd_answers(it):
    for answer in (float("nan"), float("inf"), -1, 1e308, 10**400, True, [["x"]], {"a": {}}, None):
        it.append(it.line(answer, item=WEEKS))
        it.append(it.line(answer, item=BEST, page="case-b"))
    it.append(it.line("b", page="case-b"))


def no_notebook(it):
    for page in PAGES:
        it.notebook(page).unlink()


def forged_secret(it):
    inbound = it.inbound()
    (inbound / "submission_secret.txt").write_bytes(b"\xff../../../etc\x00")
    (inbound / "timestamp.txt").write_bytes(b"\xff tomorrow, perhaps")


def no_secret(it):
    (it.inbound() / "submission_secret.txt").unlink()
    (it.inbound() / "timestamp.txt").unlink()


def link_to_a_secret(it):
    (it.inbound() / "notes.ipynb").symlink_to(it.course.root / "secret.txt")


def link_as_notebook(it):
    path = it.inbound() / "case-a.ipynb"
    path.unlink()
    path.symlink_to(it.course.source / "case-a.ipynb")


def link_as_folder(it):
    (it.inbound() / "data").symlink_to(it.course.root / "solutions")


def folder_as_notebook(it):
    path = it.inbound() / "case-a.ipynb"
    path.unlink()
    path.mkdir()


def hard_link_to_the_master(it):
    path = it.inbound() / "case-a.ipynb"
    path.unlink()
    os.link(it.course.source / "case-a.ipynb", path)
    os.chown(it.inbound(), 65534, 65534)


def named_pipe(it):
    os.mkfifo(it.inbound() / "waiting.ipynb")
    path = it.inbound() / "case-b.ipynb"
    path.unlink()
    os.mkfifo(path)


def odd_files(it):
    inbound = it.inbound()
    (inbound / "solutions").mkdir()
    (inbound / "solutions" / "answers.jsonl").write_text(it.line("a"))
    (inbound / "gradebook.db").write_text("x")
    (inbound / "nbgrader_config.py").write_text(f"open({str(it.canary)!r}, 'w')")
    (inbound / "sitecustomize.py").write_text(f"open({str(it.canary)!r}, 'w')")
    (inbound / "bad\nname.ipynb").write_text("{}")
    (inbound / "-rf.ipynb").write_text("{}")
    (inbound / os.fsdecode(b"\xff.ipynb")).write_text("{}")


def many_files(it):
    inbound = it.inbound()
    for number in range(2500):
        (inbound / f"{number:04}.ipynb").touch()


def two_folders_and_bad_times(it):
    inbound = it.inbound()
    for odd in ("yesterday", "99999-99-99 99:99:99", "0001-01-01 00:00:00 UTC", ""):
        shutil.copytree(inbound, inbound.with_name(f"{it.name}+demo+{odd}+x"))
    (inbound.with_name(f"{it.name}+demo+2026-12-24 10:00:00 UTC+link")).symlink_to(it.course.source)


def without_start(it):
    def forge(cells):
        cells[:] = [it.code("from trd.quiz import *")] + [c for c in cells if c["id"] != "start"]

    it.edit(forge)


def other_start(it):
    it.edit(lambda cells: cells.insert(2, it.code("start('typo')")))


def other_folder(it):
    it.edit(lambda cells: cells.insert(0, it.code("import os; os.chdir('/')")))


def other_environment(it):
    it.edit(
        lambda cells: cells.insert(0, it.code("import os; os.environ.pop('NBGRADER_EXECUTION')"))
    )


def muted_output(it):
    mute = "get_ipython().display_formatter.format = lambda *a: ({}, {})"
    it.edit(lambda cells: cells.insert(2, it.code(mute)))


def printed_marks(it):
    """Outputs that look like marks, in case anybody reads them."""
    output = {
        "output_type": "execute_result",
        "data": {"text/plain": "2.0"},
        "metadata": {},
        "execution_count": 1,
    }
    it.edit(lambda cells: it.cell(cells, BEST).update(outputs=[output]))


#: What each does before handing in or afterwards, and words that its note must hold.
BEFORE = {
    forged_metadata: "were edited",
    extra_code: "not run",
    edited_locked_cells: "edited",
    deleted_cells: "was deleted",
    duplicated_cells: "2 times",
    renamed_notebook: "my own copy",
    worked_in_a_copy: "Copy1",
    unknown_items: "no question",
    a_flood_of_unknown_items: "more that do not exist",
    millions_of_lines: "more than 200000 lines",
    huge_notebook: "larger than 20 MB",
    bad_utf8_notebook: "not UTF-8",
    bad_utf8_answers: "not a JSON object",
    no_json: "not a complete notebook",
    old_format: "not a version 4",
    deep_json: "not a complete",
    millions_of_cells: "too many parts",
    odd_types: "was deleted",
    markup: "",
    control_characters: "",
    long_text: "",
    odd_answers: "",
    no_notebook: "put back",
}
AFTER = {
    huge_answers: "120 MB",
    forged_secret: "submission_secret.txt",
    no_secret: "submission_secret.txt",
    link_to_a_secret: "link",
    link_as_notebook: "link",
    link_as_folder: "link",
    folder_as_notebook: "folder",
    named_pipe: "pipe",
    odd_files: "nbgrader_config.py",
    many_files: "no case",
    two_folders_and_bad_times: "refused",
}
if os.geteuid() == 0:
    # Only root can make a folder that belongs to somebody else.
    AFTER[hard_link_to_the_master] = "hard link"
#: These have answered nothing, and try to get marks for it: a cell that gave no number would
#: earn all its points under nbgrader.
FORGERS = (
    without_start,
    other_start,
    other_folder,
    other_environment,
    muted_output,
    printed_marks,
)
#: These have no answers that could count.
WITHOUT = ("no_answers", "link_as_answers", "pipe_as_answers")
#: Names of folders that nbgrader has never written.
BAD_NAMES = (
    "..+demo+2026-01-01 10:00:00 UTC+x",
    ".+demo+2026-01-01 10:00:00 UTC+x",
    ".hidden+demo+2026-01-01 10:00:00 UTC+x",
    "+demo+2026-01-01 10:00:00 UTC+x",
    "*+demo+2026-01-01 10:00:00 UTC+x",
    "st[ar]+demo+2026-01-01 10:00:00 UTC+x",
    "a\\..\\b+demo+2026-01-01 10:00:00 UTC+x",
    "new\nline+demo+2026-01-01 10:00:00 UTC+x",
    "<script>+demo+2026-01-01 10:00:00 UTC+x",
    "{root}+demo+2026-01-01 10:00:00 UTC+x",
    os.fsdecode(b"\xff") + "+demo+2026-01-01 10:00:00 UTC+x",
    "x" * 150 + "+demo+2026-01-01 10:00:00 UTC+x",
    "+demo+",
    "noboby+demo+",
    "nobody+demo",
    "just a folder",
)


def _fine(result):
    assert result["success"], result.get("error") or result.get("log")
    return result


def _score(course, trainee):
    with course.gradebook() as book:
        submission = book.find_submission("demo", trainee)
        return {
            (notebook.name, grade.name): grade.auto_score
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


def _page(course, trainee, page="case-a", kind="autograded"):
    return course.root / "home" / "class" / kind / trainee / "demo" / f"{page}.ipynb"


def _work(course, name):
    it = Attack(course, name)
    for page in PAGES:
        AnswerLog(it.answers).record(page, BEST, "b")
    return it


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The class, collected and graded by nbgrader."""
    course = Class(tmp_path_factory.mktemp("hostile"), ROOT)
    (course.root / "secret.txt").write_text(f'{{"cells": []}} {SECRET_WORD}')
    (course.root / "canaries").mkdir()
    for page in PAGES:
        nbformat.write(
            master(["single_best", "numeric"], name=page), course.source / f"{page}.ipynb"
        )
    _fine(course.api().generate_assignment("demo"))
    _fine(course.api().release_assignment("demo"))

    it = _work(course, "honest")
    it.words("Honest words")
    course.submit("honest")
    for attack in BEFORE:
        it = _work(course, attack.__name__)
        attack(it)
        course.submit(it.name)
    for attack in AFTER:
        it = _work(course, attack.__name__)
        course.submit(it.name)
        attack(it)
    for forge in FORGERS:
        it = Attack(course, forge.__name__)
        forge(it)
        course.submit(it.name)
    for name in WITHOUT:
        it = Attack(course, name)
        course.submit(name)
        path = it.inbound() / "answers.jsonl"
        if name == "link_as_answers":
            path.symlink_to(course.root / "desks" / "honest" / "demo" / "answers.jsonl")
        if name == "pipe_as_answers":
            os.mkfifo(path)
    inbound = course.exchange / "trd" / "inbound"
    for name in BAD_NAMES:
        shutil.copytree(course.root / "desks" / "honest" / "demo", inbound / name)
    (inbound / "nofolder+demo+2026-01-01 10:00:00 UTC+x").write_text("a file")
    (inbound / "linked+demo+2026-01-01 10:00:00 UTC+x").symlink_to(course.source)
    course.log = _fine(course.api().collect("demo"))["log"]
    course.graded = {
        name: _fine(course.api().autograde("demo", name)) for name in sorted(_handed_in(course))
    }
    return course


def _handed_in(course):
    return {path.name for path in (course.root / "home" / "class" / "submitted").iterdir()}


def _noted(course, trainee):
    folder = course.root / "home" / "class"
    return "\n".join(n.reason for n in notes.read(folder, "demo") if n.student == trainee)


NOTHING = [*WITHOUT, *(forge.__name__ for forge in FORGERS)]
TRAINEES = [attack.__name__ for attack in (*BEFORE, *AFTER)]
REASONS = {attack.__name__: words for attack, words in {**BEFORE, **AFTER}.items()}


def test_everybody_is_collected_and_nobody_else(course):
    assert _handed_in(course) == {"honest", *TRAINEES, *NOTHING}


def test_the_honest_trainee_is_graded_as_if_alone(course):
    score = _score(course, "honest")
    assert score[("case-a", BEST)] == score[("case-b", BEST)] == 2
    assert sum(filter(None, score.values())) == HONEST
    assert _noted(course, "honest") == ""
    assert "Honest words" in _page(course, "honest").read_text()


@pytest.mark.parametrize("trainee", TRAINEES)
def test_recorded_answers_count_and_nothing_more(course, trainee):
    score = _score(course, trainee)
    assert score[("case-a", BEST)] == score[("case-b", BEST)] == 2
    assert sum(filter(None, score.values())) == HONEST


@pytest.mark.parametrize("trainee", NOTHING)
def test_without_answers_nothing_is_earned(course, trainee):
    assert sum(filter(None, _score(course, trainee).values())) == 0


@pytest.mark.parametrize("trainee", [name for name, words in REASONS.items() if words])
def test_a_note_says_what_was_odd(course, trainee):
    assert REASONS[trainee] in _noted(course, trainee)


@pytest.mark.parametrize("trainee", ["link_as_answers", "pipe_as_answers"])
def test_answers_that_are_no_file_are_noted(course, trainee):
    assert "answers.jsonl" in _noted(course, trainee)


def test_odd_names_are_refused_in_the_log_and_in_the_notes(course):
    folder = course.root / "home" / "class"
    refused = [n for n in notes.read(folder, "demo") if "was refused" in n.reason]
    students = {note.student for note in refused}
    assert {"..", ".", ".hidden", "", "*", "st[ar]", "<script>", "nofolder", "linked"} <= students
    assert "new\\x0aline" in students
    assert course.log.count("was refused") >= len(students)


def test_nothing_was_run(course):
    assert list((course.root / "canaries").iterdir()) == []


def test_nothing_from_outside_got_in(course):
    folder = course.root / "home" / "class"
    for path in folder.rglob("*"):
        assert not path.is_symlink(), path
        if path.is_file() and path.name != "gradebook.db":
            assert SECRET_WORD.encode() not in path.read_bytes(), path


def test_only_plain_files_of_the_course_are_in_the_class(course):
    submitted = course.root / "home" / "class" / "submitted"
    for path in submitted.glob("*/*/*"):
        assert path.is_file()
        assert path.suffix == ".ipynb" or path.name in {
            "answers.jsonl",
            "timestamp.txt",
            "submission_secret.txt",
        }
    assert not [path for path in submitted.glob("*/.*")]


def test_the_key_does_not_come_back_as_a_trainees_own_words(course):
    for trainee in {"hard_link_to_the_master", "link_as_notebook"} & set(TRAINEES):
        cells = json.loads(_page(course, trainee).read_text())["cells"]
        letter = next(c for c in cells if c["id"] == "letter")
        assert "SECRET-RUBRIC" not in "".join(letter["source"])


@pytest.mark.parametrize(
    ("trainee", "words"),
    [
        ("renamed_notebook", "Words in a renamed notebook"),
        ("worked_in_a_copy", "Words in a copy"),
    ],
)
def test_words_are_found_under_another_name(course, trainee, words):
    assert words in _page(course, trainee).read_text()


def test_long_words_are_cut(course):
    assert _page(course, "long_text").stat().st_size < 200_000


def test_feedback_can_be_made_and_released_for_everybody(course):
    for trainee in ("honest", "markup", "forged_secret", "no_secret", "control_characters"):
        _fine(course.api().generate_feedback("demo", trainee))
    _fine(course.api().release_feedback("demo"))
    html = _page(course, "markup", kind="feedback").with_suffix(".html").read_text(encoding="utf-8")
    assert "canary()" in html
    assert "<script>canary()" not in html
    assert "<img src=x" not in html


def test_regrading_in_bulk_gives_the_same_marks(course):
    trainees = sorted(_handed_in(course))
    before = {name: _score(course, name) for name in trainees}
    kept = {name: _noted(course, name) for name in trainees}
    outcome = regrade(Course(course.config()), "demo", show=False)
    assert not outcome.failed
    assert not outcome.changes
    assert set(outcome.graded) == set(trainees)
    assert {name: _score(course, name) for name in trainees} == before
    assert {name: _noted(course, name) for name in trainees} == kept
    assert list((course.root / "canaries").iterdir()) == []


def test_collecting_again_changes_nothing(course):
    submitted = course.root / "home" / "class" / "submitted"
    before = {path: path.stat().st_mtime_ns for path in submitted.rglob("*")}
    kept = {name: _noted(course, name) for name in _handed_in(course)}
    _fine(course.api().collect("demo"))
    assert {path: path.stat().st_mtime_ns for path in submitted.rglob("*")} == before
    assert {name: _noted(course, name) for name in _handed_in(course)} == kept


def test_nbgraders_own_lists_would_have_run_it(course):
    """The canary is alive: only our lists keep it silent."""
    from nbgrader.apps import NbGraderAPI

    config = course.config()
    for name in ("exporter_class", "sanitize_preprocessors", "autograde_preprocessors"):
        config.Autograde.pop(name, None)
    NbGraderAPI(config=config).autograde("demo", "extra_code")
    sung = [path.name for path in (course.root / "canaries").iterdir()]
    for path in (course.root / "canaries").iterdir():
        path.unlink()
    assert sung == ["extra_code"]
