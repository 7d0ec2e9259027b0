"""Every assignment from the instructor's master to the exported grade, answered in its widgets.

Real nbgrader with the repository's own configuration; every trainee's page runs in a real kernel.
"""

import csv
import importlib
import shutil
from pathlib import Path

import nbformat
import pytest
from leaks import leaks_in, scan_folder, secrets
from nbclient import NotebookClient
from quizcourse import Class

from trd.quiz import scoring
from trd.quiz.answers import AnswerLog
from trd.quiz.masters import is_free_text, items_in, read_notebook, source_of

ROOT = Path(__file__).resolve().parents[2]
ASSIGNMENTS = sorted(path.name for path in (ROOT / "solutions").glob("[0-9]*-*"))
LETTER = "What is known I will tell you, and what is not; may I ask about her sleep at twenty-five?"

pytestmark = pytest.mark.timeout(900)

# What a person does with a page, done in its kernel: every widget gets its answer set. A
# simulation saves through its panel, which must be there, and has tests of its own.
CLICK = """
import json
from ipywidgets.widgets.widget import _instances
from trd.quiz.widget import ItemWidget
clicks = json.loads({clicks!r})
for widget in list(_instances.values()):
    if isinstance(widget, ItemWidget) and widget._item.id in clicks:
        if widget._item.kind == "simulation":
            assert widget._save(clicks[widget._item.id])
            continue
        widget.confidence = "fairly-sure"
        widget.answer = clicks[widget._item.id]
        assert widget.status["kind"] == "saved", widget.status
        assert widget.verdict == ""
"""


def _masters(assignment):
    return sorted((ROOT / "solutions" / assignment).glob("*.ipynb"))


def _items(assignment):
    return {path.stem: items_in(path) for path in _masters(assignment)}


def _full(assignment):
    """The points of each item, by notebook and item."""
    found = _items(assignment)
    return {(name, item.id): item.points for name, items in found.items() for item in items}


def _run(log):
    return {"run": 1, "completed": True, "log": log}


def _best(item):
    """The answer that earns every point."""
    if item.kind == "simulation":
        return _run(importlib.import_module(item.model).perfect_log(item.scenario, item.seed))
    return item.secret.key


def _half(item):
    """An answer that is neither the key nor nothing."""
    key = item.secret.key
    if item.kind == "single_best":
        return next(name for name in item.options if name != key)
    if item.kind == "multiple_response":
        return list(item.secret.critical) or [key[0]]
    if item.kind == "simulation":
        runs = map(_run, importlib.import_module(item.model).example_logs(item.scenario, item.seed))
        return next(run for run in runs if 0 < scoring.fraction(item, run) < 1)
    if item.kind == "numeric":
        return item.minimum
    if item.kind == "ordering":
        return [key[1], key[0], *key[2:]]
    return {next(iter(item.prompts)): key[next(iter(item.prompts))]}


@pytest.fixture(scope="module", params=ASSIGNMENTS)
def course(request, tmp_path_factory):
    root = tmp_path_factory.mktemp("real class")
    course = Class(root, ROOT, request.param)
    for path in _masters(course.assignment):
        shutil.copy(path, course.source)
    _fine(course.api().generate_assignment(course.assignment))
    _fine(course.api().release_assignment(course.assignment))

    best = _hand_in(course, "perfect", _best, LETTER)
    _hand_in(course, "partial", _half, "")
    _hand_in(course, "empty", lambda item: None, "")
    course.fetch("never-run")
    course.submit("never-run")
    desk = course.fetch("corrupted")
    shutil.copy(best / "answers.jsonl", desk)
    with (desk / "answers.jsonl").open("ab") as file:
        file.write(b'\x80\x81 not text\n{"v": 1, "notebook": "case-a"}\n{"v": 1, "it')
    course.submit("corrupted")

    _fine(course.api().collect(course.assignment))
    for trainee in ("perfect", "partial", "empty", "never-run", "corrupted"):
        _fine(course.api().autograde(course.assignment, trainee))
    _fine(course.api().generate_feedback(course.assignment))
    return course


def _hand_in(course, trainee, choose, letter):
    import json

    desk = course.fetch(trainee)
    for name, items in _items(course.assignment).items():
        path = desk / f"{name}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        client = NotebookClient(
            notebook,
            timeout=120,
            kernel_name="python3",
            resources={"metadata": {"path": str(desk)}},
        )
        answers = {item.id: choose(item) for item in items if choose(item) is not None}
        with client.setup_kernel():
            for index, cell in enumerate(notebook.cells):
                if cell.cell_type == "code":
                    client.execute_cell(cell, index)
            click = nbformat.v4.new_code_cell(CLICK.format(clicks=json.dumps(answers)))
            notebook.cells.append(click)
            client.execute_cell(click, len(notebook.cells) - 1)
            notebook.cells.pop()
        if letter:
            for cell in notebook.cells:
                if is_free_text(cell):
                    cell.source = letter
        nbformat.write(notebook, path)
    course.submit(trainee)
    return desk


def _fine(result):
    assert result["success"], result.get("error") or result.get("log")


def _scores(course, trainee):
    """Points by notebook and item, as the gradebook holds them."""
    with course.gradebook() as book:
        submission = book.find_submission(course.assignment, trainee)
        return {
            (notebook.name, grade.name): grade.auto_score
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


def _auto(course, trainee):
    """The scores of items, without the answers in words that a person marks."""
    scores, full = _scores(course, trainee), _full(course.assignment)
    return {key: score for key, score in scores.items() if key in full}


@pytest.mark.parametrize("trainee", ["perfect", "corrupted"])
def test_the_keys_earn_every_point(course, trainee):
    assert _auto(course, trainee) == _full(course.assignment)


def test_partial_work_earns_part(course):
    scores, full = _auto(course, "partial"), _full(course.assignment)
    kinds = {(n, i.id): i.kind for n, items in _items(course.assignment).items() for i in items}
    assert scores.keys() == full.keys()
    for key, score in scores.items():
        if kinds[key] in ("single_best", "numeric"):
            assert score == 0
        else:
            assert 0 < score < full[key]


@pytest.mark.parametrize("trainee", ["empty", "never-run"])
def test_no_answers_earn_no_points_and_break_nothing(course, trainee):
    assert _auto(course, trainee) == dict.fromkeys(_full(course.assignment), 0)


def test_an_answer_in_words_waits_for_a_person(course):
    with course.gradebook() as book:
        assert book.find_submission(course.assignment, "perfect").needs_manual_grade
        assert not book.find_submission(course.assignment, "empty").needs_manual_grade


def test_feedback_names_the_best_answers_and_shows_no_code(course):
    folder = course.root / "home" / "class" / "feedback" / "partial" / course.assignment
    for name, items in _items(course.assignment).items():
        html = (folder / f"{name}.html").read_text(encoding="utf-8")
        assert html.count('class="trd-feedback') == len(items)
        for word in ("HIDDEN TESTS", "key=", "why="):
            assert word not in html


def test_the_export_has_the_right_totals(course):
    from nbgrader.plugins import CsvExportPlugin

    target = course.root / "grades.csv"
    exporter = CsvExportPlugin()
    exporter.to = str(target)
    with course.gradebook() as book:
        exporter.export(book)
    with target.open(newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    best = sum(_full(course.assignment).values())
    assert float(rows["perfect"]["score"]) == best
    assert float(rows["corrupted"]["score"]) == best
    assert float(rows["empty"]["score"]) == float(rows["never-run"]["score"]) == 0
    assert 0 < float(rows["partial"]["score"]) < best


def test_what_was_released_is_what_is_committed(course):
    for path in _masters(course.assignment):
        released = course.root / "assignments" / course.assignment / path.name
        committed = ROOT / "assignments" / course.assignment / path.name
        assert released.read_bytes() == committed.read_bytes(), (
            f"{path.name} was changed: run nbgrader generate_assignment {course.assignment}"
        )


def test_nothing_secret_leaves_the_masters(course):
    pieces = secrets(ROOT / "solutions")
    assert len(pieces) > 50
    # The search finds what it looks for where it is.
    assert leaks_in(_masters(course.assignment)[0].read_bytes(), pieces)
    assert scan_folder(ROOT / "assignments", pieces) == {}
    assert scan_folder(course.root / "assignments", pieces) == {}
    assert scan_folder(course.root / "home" / "exchange" / "trd" / "outbound", pieces) == {}
    assert scan_folder(course.root / "desks", pieces) == {}


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_the_assignment_is_as_large_and_as_varied_as_promised(assignment):
    masters = _masters(assignment)
    items = [item for items in _items(assignment).values() for item in items]
    assert len(masters) >= 2
    assert len(items) >= 12
    assert len({item.kind for item in items}) >= 4
    assert len({item.id for item in items}) == len(items)
    letters = [
        cell for path in masters for cell in read_notebook(path)["cells"] if is_free_text(cell)
    ]
    assert len(letters) == 1
    assert "rubric" in source_of(letters[0]).lower()


def test_every_answer_of_a_person_is_in_the_log(course):
    log = AnswerLog(course.desk("perfect") / "answers.jsonl").read()
    assert {(e.notebook, e.item) for e in log.entries} == set(_full(course.assignment))
    assert log.problems == ()
