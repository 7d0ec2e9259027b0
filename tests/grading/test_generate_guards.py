"""``nbgrader generate_assignment`` refuses masters that would leak or be graded wrongly."""

import nbformat
import pytest
from quizcourse import Class, master

from trd.quiz.masters import BEGIN, END


@pytest.fixture
def course(tmp_path, monkeypatch, repository):
    monkeypatch.chdir(tmp_path)
    return Class(tmp_path, repository)


def _generate(course, notebook):
    nbformat.write(notebook, course.source / "case-a.ipynb")
    return course.api().generate_assignment("demo")


def _item_cell(notebook):
    return next(cell for cell in notebook.cells if cell.id == "item-best")


def _refused(course, notebook, words):
    result = _generate(course, notebook)
    assert not result["success"]
    assert words in result["log"]
    assert not (course.root / "assignments" / "demo").exists()


def test_a_sound_master_passes(course):
    assert _generate(course, master(["single_best"]))["success"]


def test_a_stray_answer_file_is_refused(course):
    (course.source / "answers.jsonl").write_text("{}\n")
    _refused(course, master(["single_best"]), "overwrite their answers")


def test_points_that_differ_are_refused(course):
    notebook = master(["single_best"])
    _item_cell(notebook).metadata.nbgrader.points = 5
    _refused(course, notebook, "says points=2 but its cell carries 5")


def test_a_missing_key_is_refused(course):
    notebook = master(["single_best"])
    cell = _item_cell(notebook)
    start, rest = cell.source.split(f"    {BEGIN}")
    cell.source = start + rest.split(f"{END}\n")[1]
    _refused(course, notebook, "has no key")


def test_a_key_outside_the_markers_is_refused(course):
    notebook = master(["single_best"])
    cell = _item_cell(notebook)
    lines = [line for line in cell.source.splitlines() if "key=" not in line]
    lines.insert(3, "    key='b',")
    cell.source = "\n".join(lines)
    result = _generate(course, notebook)
    assert not result["success"]
    assert not (course.root / "assignments" / "demo").exists()


def test_missing_markers_are_refused(course):
    notebook = master(["single_best"])
    cell = _item_cell(notebook)
    cell.source = "\n".join(x for x in cell.source.splitlines() if "HIDDEN" not in x)
    _refused(course, notebook, "needs exactly one line")


def test_an_item_in_an_ungraded_cell_is_refused(course):
    notebook = master(["single_best"])
    _item_cell(notebook).metadata.nbgrader.grade = False
    _refused(course, notebook, "is not an nbgrader test cell")
