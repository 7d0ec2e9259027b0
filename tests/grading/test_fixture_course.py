"""Every item type through real nbgrader: generate, release, fetch, hand in, autograde, feedback."""

import os
from pathlib import Path

import nbformat
import pytest
from examples import ARGUMENTS, KEYS
from quizcourse import Class, master

from trd.quiz.answers import AnswerLog
from trd.quiz.masters import items_in

pytestmark = pytest.mark.timeout(600)

ROOT = Path(__file__).resolve().parents[2]
IDS = {kind: ARGUMENTS[kind][0][0] for kind in KEYS}
#: Not text, not JSON, and a line torn in the middle.
DAMAGE = b'\xff\xfe{"v": 1, \n[[[[\n{"v": 1, "notebook": "case-a", "item": "best"'
#: Half of everything, in a way each type's rule allows.
PARTIAL = {
    "single_best": "b",
    "multiple_response": ["b"],
    "numeric": 4,
    "ordering": ["d", "b", "c", "a"],
    "matching": {"fda": "two", "delphi": "quarter"},
}
PARTIAL_POINTS = {
    "single_best": 2,
    "multiple_response": 1,
    "numeric": 0,
    "ordering": round(2 * 4 / 6, 6),
    "matching": round(2 * 2 / 3, 6),
    "simulation": 0,
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class of five whose work has gone all the way to feedback."""
    root = tmp_path_factory.mktemp("a class with spaces")
    patch = pytest.MonkeyPatch()
    # Grading kernels are processes of their own; they too must find the fixture model.
    patch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT / "tests" / "fixtures")]))
    course = Class(root, ROOT)
    nbformat.write(master(list(KEYS)), course.source / "case-a.ipynb")
    _fine(course.api().generate_assignment("demo"))
    _fine(course.api().release_assignment("demo"))

    def work(trainee, answers, damage=b""):
        desk = course.fetch(trainee)
        log = AnswerLog(desk / "answers.jsonl")
        for kind, answer in answers.items():
            log.record("case-a", IDS[kind], answer, "certain")
        if damage:
            with log.path.open("ab") as file:
                file.write(damage)
        course.submit(trainee)

    work("perfect", KEYS)
    work("partial", PARTIAL)
    work("empty", {kind: None for kind in KEYS})
    work("never-run", {})
    work(
        "corrupted", KEYS, b'\xff\xfe{"v": 1, \n[[[[\n{"v": 1, "notebook": "case-a", "item": "best"'
    )
    _fine(course.api().collect("demo"))
    for trainee in ("perfect", "partial", "empty", "never-run", "corrupted"):
        _fine(course.api().autograde("demo", trainee))
        _fine(course.api().generate_feedback("demo", trainee))
    yield course
    patch.undo()


def _fine(result):
    assert result["success"], result.get("error") or result.get("log")


def _points(course, trainee):
    with course.gradebook() as book:
        submission = book.find_submission("demo", trainee)
        return {g.name: g.auto_score for nb in submission.notebooks for g in nb.grades}


@pytest.mark.parametrize("trainee", ["perfect", "corrupted"])
def test_all_keys_earn_all_points_even_beside_damaged_lines(graded, trainee):
    points = _points(graded, trainee)
    assert {kind: points[IDS[kind]] for kind in KEYS} == dict.fromkeys(KEYS, 2)


def test_partial_answers_earn_their_share(graded):
    points = _points(graded, "partial")
    assert {kind: points[IDS[kind]] for kind in KEYS} == pytest.approx(PARTIAL_POINTS)


@pytest.mark.parametrize("trainee", ["empty", "never-run"])
def test_nothing_answered_earns_nothing(graded, trainee):
    assert set(_points(graded, trainee).values()) == {0}


def test_the_release_holds_items_but_no_secret(graded):
    released = graded.root / "assignments" / "demo" / "case-a.ipynb"
    assert [item.secret for item in items_in(released)] == [None] * len(KEYS)
    text = released.read_text(encoding="utf-8")
    for word in ("HIDDEN", "key=", "why=", "Long enough", "SECRET-RUBRIC", "Six by the course"):
        assert word not in text
    assert "YOUR ANSWER HERE" in text


def test_feedback_teaches_and_shows_no_source(graded):
    page = graded.root / "home" / "class" / "feedback" / "partial" / "demo" / "case-a.html"
    html = page.read_text(encoding="utf-8")
    assert "Which trial counts?" in html  # the stem
    assert "your choice" in html
    assert "Four is another guideline" in html  # the misconception behind their own number
    assert "key=" not in html
    assert "HIDDEN TESTS" not in html


def test_two_releases_are_the_same_to_the_byte(graded):
    released = graded.root / "assignments" / "demo" / "case-a.ipynb"
    before = released.read_bytes()
    _fine(graded.api().generate_assignment("demo"))
    assert released.read_bytes() == before


def test_the_export_lists_everybody(graded):
    from nbgrader.plugins import CsvExportPlugin

    target = graded.root / "grades.csv"
    with graded.gradebook() as book:
        exporter = CsvExportPlugin()
        exporter.to = str(target)
        exporter.export(book)
    lines = target.read_text().splitlines()
    perfect = next(line for line in lines if ",perfect," in line)
    assert "12.0" in perfect
    assert sum(f",{t}," in "".join(lines) for t in ("partial", "empty", "never-run")) == 3
