"""A demonstration class through real nbgrader: generated, fetched, handed in, graded, marked."""

import http.cookiejar
import json
import re
import shutil
import socket
import subprocess
import urllib.request
from pathlib import Path

import nbformat
import pytest
from quizcourse import master
from running import running

from trd.grading.demonstration.building import FOLDER, STAMP, build, describe

pytestmark = pytest.mark.timeout(600)

ROOT = Path(__file__).resolve().parents[2]
KINDS = ["single_best", "multiple_response", "numeric", "matching"]
COUNT = 12


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    """A course folder with one small assignment."""
    root = tmp_path_factory.mktemp("a course with spaces")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    (root / "assignments").mkdir()
    (root / "solutions" / "demo").mkdir(parents=True)
    # What Jupyter leaves behind beside a notebook is no assignment.
    (root / "solutions" / ".ipynb_checkpoints").mkdir()
    page = master(KINDS)
    nbformat.write(page, root / "solutions" / "demo" / "case-a.ipynb")
    nbformat.write(page, root / "solutions" / ".ipynb_checkpoints" / "case-a-checkpoint.ipynb")
    return root


@pytest.fixture(scope="module")
def made(school, tmp_path_factory):
    return build(school, tmp_path_factory.mktemp("home"), COUNT, 5, show=False)


def marks(made):
    """Everything the gradebook knows of each trainee that does not hang on when it was built."""
    found = {}
    with made.course.gradebook() as book:
        for entry in book.assignment_submissions("demo"):
            cells = sorted(
                (grade.name, grade.auto_score, grade.manual_score, grade.needs_manual_grade)
                for notebook in entry.notebooks
                for grade in notebook.grades
            )
            comments = [c.manual_comment for n in entry.notebooks for c in n.comments]
            found[entry.student_id] = (entry.timestamp, cells, comments)
    return found


def answers(made):
    folder = made.course.place("submitted", "demo", "x").parent.parent
    return {p.parent.parent.name: p.read_text() for p in folder.glob("*/demo/answers.jsonl")}


def test_everybody_is_on_the_list_and_all_but_two_have_handed_in(made):
    assert made.assignments == ("demo",)
    people = [f"trainee-{n:02}" for n in range(1, COUNT + 1)]
    with made.course.gradebook() as book:
        assert sorted(student.id for student in book.students) == people
    handed_in = [name for name in people if name not in ("trainee-05", "trainee-06")]
    assert made.course.students_with("demo") == handed_in
    assert sorted(marks(made)) == handed_in
    desks = made.home.root / "desks"
    assert (desks / "trainee-05" / "demo" / "case-a.ipynb").exists()
    assert not (desks / "trainee-06").exists()


def test_one_is_late_and_one_has_handed_in_twice(made):
    with made.course.gradebook() as book:
        late = {e.student_id: e.total_seconds_late for e in book.assignment_submissions("demo")}
    assert [name for name, seconds in late.items() if seconds > 0] == ["trainee-03"]
    inbound = [p.name.split("+")[0] for p in (made.home.exchange / "trd" / "inbound").iterdir()]
    assert inbound.count("trainee-02") == 2
    assert inbound.count("trainee-01") == 1


def test_the_marks_differ_and_texts_are_in_both_states(made):
    scores = {sum(cell[1] or 0 for cell in cells) for _at, cells, _said in marks(made).values()}
    assert len(scores) >= 4
    texts = [cell for _at, cells, _said in marks(made).values() for cell in cells if cell[3]]
    assert {cell[0] for cell in texts} == {"letter"}
    by_hand = [
        (cells, said)
        for _at, cells, said in marks(made).values()
        if any(cell[2] is not None for cell in cells)
    ]
    assert len(by_hand) >= 2
    assert all(any(said) for _cells, said in by_hand)
    assert f"{len(texts)} texts wait" in " ".join(describe(made))


def test_graded_pages_lie_where_the_formgrader_looks(made):
    with made.course.gradebook() as book:
        waiting = [
            entry.student_id
            for entry in book.assignment_submissions("demo")
            if any(grade.needs_manual_grade for n in entry.notebooks for grade in n.grades)
        ]
    for student in waiting:
        page = made.course.place("autograded", "demo", student) / "case-a.ipynb"
        assert "YOUR ANSWER HERE" not in page.read_text(encoding="utf-8")
    assert waiting


def test_the_same_seed_gives_the_same_answers_times_and_marks(made, school, tmp_path):
    again = build(school, tmp_path, COUNT, 5, show=False)
    assert again.is_new
    assert again.home.root != made.home.root
    assert answers(again) == answers(made)
    assert marks(again) == marks(made)


def test_a_finished_class_is_used_again_and_a_half_built_one_is_not(school, tmp_path):
    def class_of(count, **options):
        return build(school, tmp_path, count, grade=False, show=False, **options)

    assert class_of(3).is_new
    stamp = tmp_path / FOLDER / STAMP
    assert not class_of(3).is_new
    assert class_of(2).course.students_with("demo") == ["trainee-01", "trainee-02"]
    stamp.unlink()
    assert class_of(2).is_new
    before = json.loads(stamp.read_text())
    assert class_of(2, fresh=True).is_new
    assert json.loads(stamp.read_text()) == before
    # Nothing of it lies outside its own folder.
    assert [path.name for path in tmp_path.iterdir()] == [FOLDER]


def test_masters_from_elsewhere_leave_the_course_folder_alone(school, tmp_path):
    masters = tmp_path / "masters"
    (masters / "other").mkdir(parents=True)
    nbformat.write(master(["numeric"], name="case-z"), masters / "other" / "case-z.ipynb")
    before = sorted(school.rglob("*"))
    made = build(school, tmp_path / "home", 3, masters=masters, grade=False, show=False)
    assert made.assignments == ("other",)
    assert made.course.students_with("other") == ["trainee-01", "trainee-02", "trainee-03"]
    assert sorted(school.rglob("*")) == before


def test_the_address_opens_the_formgrader_and_its_other_pages(tmp_path):
    """With the real masters, as ``make class`` runs it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = ["-m", "trd.grading", "class", "--trainees", "3", "--assignment", "01-definitions"]
    words += ["--home", str(tmp_path), "--port", str(port)]
    with running(*words, until="127.0.0.1", stderr=subprocess.DEVNULL) as (_, said):
        address = re.search(r"http://\S+", said)
        assert address, said
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        browser = urllib.request.build_opener(cookies)

        def ask(url):
            with browser.open(url, timeout=60) as answer:
                return answer.geturl(), answer.read().decode()

        # A person gets no further with a cookie that holds for the first page only.
        landed, html = ask(address[0])
        assert "/formgrader/manage_submissions/01-definitions" in landed
        assert "Manage Submissions" in html
        start = f"http://127.0.0.1:{port}/formgrader/"
        submissions = json.loads(ask(f"{start}api/submissions/01-definitions")[1])
        assert {s["student"] for s in submissions} == {f"trainee-0{n}" for n in (1, 2, 3)}
        assert "login" not in ask(f"{start}manage_students")[0]
