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


def _start_cell(notebook):
    return next(cell for cell in notebook.cells if cell.id == "start")


@pytest.mark.parametrize(
    "source",
    [
        "x = {call}",
        "display({call})",
        "import trd.quiz as q\nq.{call}",
        "{call} ;  # a comment",
    ],
)
def test_an_item_that_is_not_a_plain_call_is_refused(course, source):
    notebook = master(["single_best"])
    cell = _item_cell(notebook)
    cell.source = source.format(call=cell.source)
    result = _generate(course, notebook)
    assert not result["success"]
    assert not (course.root / "assignments" / "demo").exists()


def test_a_misspelt_call_does_not_carry_its_key_out(course):
    notebook = master(["single_best"])
    cell = _item_cell(notebook)
    cell.source = "\n".join(
        line
        for line in cell.source.replace("single_best", "singel_best").splitlines()
        if "HIDDEN" not in line
    )
    # Not a graded cell either, or it would be refused for that.
    cell.metadata.nbgrader["grade"] = False
    _refused(course, notebook, "looks like a key")


@pytest.mark.parametrize("place", ["comment", "text", "metadata"])
def test_a_rationale_left_anywhere_is_found(course, place):
    why = "A trial of four weeks is too short by the rule of this course, so it cannot count."
    notebook = master(["single_best"])
    cell = _item_cell(notebook)
    cell.source = cell.source.replace("'Too short.'", repr(why))
    assert why in cell.source
    if place == "comment":
        cell.source = f"# {why}\n{cell.source}"
    elif place == "text":
        notebook.cells[0].source += f"\n\n{why}"
    else:
        notebook.metadata["note"] = why
    _refused(course, notebook, "is left somewhere in the notebook")


def test_a_citation_that_does_not_exist_is_refused(course):
    notebook = master(["single_best"])
    cell = _item_cell(notebook)
    cell.source = cell.source.replace("    key='b',", "    key='b', cite=['nosuch2020'],")
    _refused(course, notebook, "nosuch2020")


def test_a_page_that_starts_under_another_name_is_refused(course):
    notebook = master(["single_best"])
    cell = _start_cell(notebook)
    cell.source = cell.source.replace("case-a", "case-x")
    _refused(course, notebook, "Write start(")


def test_a_page_that_starts_too_late_is_refused(course):
    notebook = master(["single_best"])
    cell = _start_cell(notebook)
    notebook.cells.remove(cell)
    notebook.cells.append(cell)
    _refused(course, notebook, "no cell before its first item")


def test_two_items_of_one_name_are_refused(course):
    notebook = master(["single_best", "single_best"])
    notebook.cells[3].id = "again"
    notebook.cells[3].metadata.nbgrader.grade_id = "again"
    _refused(course, notebook, "two items are called")


@pytest.mark.parametrize("name", ["case-a.ipynb.bak", "KEY.txt", "old/case-a.ipynb", "notes.py"])
def test_a_file_that_would_be_handed_out_as_it_is_is_refused(course, name):
    stray = course.source / name
    stray.parent.mkdir(exist_ok=True)
    stray.write_text("### BEGIN HIDDEN TESTS\nkey='b'")
    _refused(course, master(["single_best"]), "would be handed out")


def test_pictures_and_tables_may_be_handed_out(course):
    (course.source / "curve.png").write_bytes(b"\x89PNG")
    (course.source / "levels.csv").write_text("a,b\n")
    assert _generate(course, master(["single_best"]))["success"]


@pytest.mark.parametrize("kind", ["code", "task"])
def test_a_cell_that_would_have_to_be_run_is_refused(course, kind):
    notebook = master(["single_best"])
    cell = _item_cell(notebook)
    if kind == "code":
        cell.source = "assert True"
    else:
        cell = next(each for each in notebook.cells if each.cell_type == "markdown")
        cell.metadata.nbgrader = {
            "grade": False, "grade_id": "t", "locked": False, "points": 1, "schema_version": 3,
            "solution": False, "task": True,
        }  # fmt: skip
    _refused(course, notebook, "runs nothing")
