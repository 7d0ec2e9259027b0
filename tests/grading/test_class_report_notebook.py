"""The class report of a real gradebook: what is gathered, the command, and the notebook."""

import contextlib
import json
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
import pytest
from examples import ARGUMENTS, KEYS
from nbclient import NotebookClient
from quizcourse import Class, master

from trd.grading.__main__ import main
from trd.grading.course import Course, CourseError
from trd.grading.regrade import regrade
from trd.grading.report import report
from trd.grading.report.classdata import GRADED, MISSING, WAITING, gather

pytestmark = pytest.mark.timeout(300)

ROOT = Path(__file__).resolve().parents[2]
NAME = "01-demo"
KINDS = ("single_best", "multiple_response", "numeric", "ordering")
IDS = {kind: ARGUMENTS[kind][0][0] for kind in KINDS}
BEGAN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
#: How many of the kinds each of a dozen gets right, in order.
KNOWS = (4, 4, 4, 3, 3, 3, 2, 2, 2, 1, 1, 0)


@pytest.fixture(scope="module")
def classroom(tmp_path_factory):
    """A dozen graded, one who waits, one who never handed in, one with words to mark."""
    root = tmp_path_factory.mktemp("a class & its report")
    made = Class(root, ROOT, NAME)
    nbformat.write(master(KINDS), made.source / "case-a.ipynb")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRD_HOME", str(root / "home"))
        assert made.api().generate_assignment(NAME)["success"]
        course = Course(made.config())
        with course.gradebook() as book:
            book.update_or_create_assignment(NAME, duedate=datetime(2026, 3, 2, 12, 0))
            book.update_or_create_student("zoe", first_name="Zoë", last_name="Absent")
        for number, known in enumerate(KNOWS):
            hand_in(course, f"t{number:02d}", known, "Too low." if number == 0 else "")
        regrade(course, NAME, show=False)
        with course.gradebook() as book:
            # Marks given by hand: one corrected answer.
            grade = book.find_grade(IDS["ordering"], "case-a", NAME, "t11")
            grade.manual_score = 1.5
            book.db.commit()
        hand_in(course, "waits", 4)
        yield course


def hand_in(course, trainee, known, words="", when=BEGAN):
    folder = course.place("submitted", NAME, trainee)
    if folder.exists():
        shutil.rmtree(folder)
    shutil.copytree(course.place("release", NAME), folder)
    late = timedelta(hours=4 if trainee == "t01" else 0)
    (folder / "timestamp.txt").write_text(f"{when + late:%Y-%m-%d %H:%M:%S}.000000 UTC")
    if words:
        path = folder / "case-a.ipynb"
        notebook = nbformat.read(path, as_version=4)
        next(cell for cell in notebook.cells if cell.id == "letter").source = words
        nbformat.write(notebook, path)
    wrong = {"single_best": "a", "multiple_response": ["a"], "numeric": 4, "ordering": None}
    lines = []
    for place, kind in enumerate(KINDS):
        answer = KEYS[kind] if place < known else wrong[kind]
        if answer is None:
            continue
        record = {
            "v": 1,
            "notebook": "case-a",
            "item": IDS[kind],
            "answer": answer,
            "confidence": "certain",
            "at": (BEGAN + timedelta(seconds=100 * place)).isoformat(),
        }
        lines.append(json.dumps(record))
    if trainee == "t02":
        lines.append("this is no answer")
    (folder / "answers.jsonl").write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def data(classroom):
    return gather(classroom, NAME)


def test_everybody_is_found_in_the_state_they_are_in(data):
    states = {each.id: each.status for each in data.trainees}
    assert states == {
        **{f"t{n:02d}": GRADED for n in range(12)},
        "waits": WAITING,
        "zoe": MISSING,
    }
    assert next(each for each in data.trainees if each.id == "zoe").shown == "Zoë Absent (zoe)"


def test_points_are_the_gradebooks_and_answers_the_logs(data):
    by_id = {each.id: each for each in data.trainees}
    best, several, number, order = (question.place for question in data.questions)
    knows_two = by_id["t06"].responses
    assert [knows_two[place].points for place in (best, several, number, order)] == [2, 2, 0, 0]
    assert knows_two[several].answer == KEYS["multiple_response"]
    assert knows_two[number].answer == 4
    assert knows_two[order].answer is None
    # Corrected by hand in the gradebook.
    assert by_id["t11"].responses[order].points == 1.5
    assert by_id["t11"].responses[best].certain_and_wrong
    assert not by_id["t00"].responses[best].certain_and_wrong


def test_times_come_from_the_answer_log(data):
    first, second = data.questions[0].place, data.questions[1].place
    responses = data.graded[0].responses
    assert (responses[first].seconds, responses[second].seconds) == (None, 100)


def test_late_work_words_to_mark_and_problems_are_found(data):
    by_id = {each.id: each for each in data.trainees}
    assert (by_id["t01"].late_s, by_id["t00"].late_s) == (3600, 0)
    [text] = data.free_texts
    assert by_id["t00"].texts[text.place].waiting
    assert by_id["t05"].texts[text.place].blank
    [note] = data.notes
    assert note.student == "t02"
    assert "line 5 is not a JSON object" in note.reason


def test_the_item_statistics_are_those_of_the_gradebook(classroom, data):
    items = report(classroom, NAME).items
    assert [item.p for item in items] == pytest.approx(
        [11 / 12, 9 / 12, 6 / 12, (3 * 2 + 1.5) / 24]
    )
    assert items[3].blank == 9
    assert items[0].certain_wrong == 1
    for column, item in enumerate(items):
        own = [each.responses[data.questions[column].place].points for each in data.graded]
        rest = [
            sum(r.points for r in each.responses.values()) - mine
            for each, mine in zip(data.graded, own, strict=True)
        ]
        mean_own, mean_rest = sum(own) / 12, sum(rest) / 12
        over = sum((a - mean_own) * (b - mean_rest) for a, b in zip(own, rest, strict=True))
        under = (
            sum((a - mean_own) ** 2 for a in own) * sum((b - mean_rest) ** 2 for b in rest)
        ) ** 0.5
        assert item.r == pytest.approx(over / under)


def test_a_second_hand_in_is_seen(classroom):
    hand_in(classroom, "t03", 4, when=BEGAN + timedelta(minutes=30))
    try:
        found = gather(classroom, NAME)
        assert [each.id for each in found.graded if each.stale] == ["t03"]
    finally:
        hand_in(classroom, "t03", KNOWS[3])


def test_grades_without_a_hand_in_stay_and_say_so(classroom):
    folder = classroom.place("submitted", NAME, "t04")
    aside = folder.with_name("aside")
    folder.rename(aside)
    try:
        found = next(each for each in gather(classroom, NAME).trainees if each.id == "t04")
        assert found.folder_gone
        assert sum(response.points for response in found.responses.values()) == 6
    finally:
        aside.rename(folder)


@pytest.fixture
def at_home(classroom, monkeypatch):
    monkeypatch.chdir(classroom.root)
    monkeypatch.setenv("TRD_HOME", str(classroom.root / "home"))
    return classroom


def test_the_command_writes_the_report(at_home, capsys, tmp_path):
    assert main(["report", NAME]) == 0
    usual = at_home.root / "home" / "class" / "reports" / f"{NAME}.html"
    said = capsys.readouterr().out
    assert str(usual) in said
    assert "12 of 14 trainees" in said
    page = usual.read_text(encoding="utf-8")
    assert "Zoë Absent (zoe)" in page
    assert "<script" not in page
    chosen = tmp_path / "new folder" / "page.html"
    arguments = ["report", NAME, "--anonymous", "--pass-mark", "60%", "--to", str(chosen)]
    assert main(arguments) == 0
    page = chosen.read_text(encoding="utf-8")
    assert "zoe" not in page
    assert "at least 60\N{NO-BREAK SPACE}%" in page


def test_the_command_says_what_to_do_when_there_is_nothing(at_home, capsys):
    assert main(["report", "99-unknown"]) == 1
    assert "nbgrader generate_assignment 99-unknown" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["report", NAME, "--pass-mark", "most"])
    assert "'most' is no number from 0 to 100" in capsys.readouterr().err


def test_before_grading_the_next_step_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("TRD_HOME", str(tmp_path / "home"))
    made = Class(tmp_path, ROOT, NAME)
    nbformat.write(master(["numeric"]), made.source / "case-a.ipynb")
    assert made.api().generate_assignment(NAME)["success"]
    course = Course(made.config())
    with pytest.raises(CourseError, match=f"nbgrader collect {NAME}"):
        report(course, NAME)
    folder = course.place("submitted", NAME, "early")
    shutil.copytree(course.place("release", NAME), folder)
    with pytest.raises(CourseError, match=f"1 handed in. .*regrade {NAME}"):
        report(course, NAME)


def test_a_demonstration_class_beside_an_ungraded_one_is_pointed_to(tmp_path, monkeypatch):
    monkeypatch.setenv("TRD_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    made = Class(tmp_path, ROOT, NAME)
    nbformat.write(master(["numeric"]), made.source / "case-a.ipynb")
    course = Course(made.config())
    beside = course.classroom.parent / "demonstration"
    beside.mkdir(parents=True)
    stamp = beside / "demonstration.json"

    def said():
        with pytest.raises(CourseError) as caught:
            report(course, NAME)
        return str(caught.value)

    for nothing in ("broken", "[]", '{"cells": {"99-other": {}}}'):
        stamp.write_text(nothing)
        assert "TRD_HOME" not in said()
    stamp.write_text(json.dumps({"cells": {NAME: {}}}))
    way = f"TRD_HOME=home/demonstration python -m trd.grading report {NAME}"
    assert said().endswith(way)
    assert made.api().generate_assignment(NAME)["success"]
    assert f"nbgrader collect {NAME}" in said()
    assert said().endswith(way)


def test_the_notebook_runs_in_its_folder_and_one_press_shows_the_report(at_home):
    # As JupyterLab does: the kernel starts in the folder of the notebook.
    folder = at_home.root / "solutions"
    shutil.copy(ROOT / "solutions" / "class_report.ipynb", folder)
    notebook = nbformat.read(folder / "class_report.ipynb", as_version=4)
    press = "p = class_report()\np.make_button.click()\nprint(p.state.value, p.shown.value)"
    notebook.cells.append(nbformat.v4.new_code_cell(press))
    with contextlib.chdir(folder):
        NotebookClient(
            notebook, timeout=120, resources={"metadata": {"path": str(folder)}}
        ).execute(env=dict(os.environ))
    *_, shown, pressed = (cell for cell in notebook.cells if cell.cell_type == "code")
    [output] = shown.outputs
    assert "application/vnd.jupyter.widget-view+json" in output["data"]
    text = "".join(o["text"] for o in pressed.outputs if o.get("name") == "stdout")
    assert "Done." in text
    assert f"Class report: {NAME}" in text
    assert not [o for o in pressed.outputs if o.get("name") == "stderr"]


def test_the_notebook_is_no_assignment(at_home):
    shutil.copy(ROOT / "solutions" / "class_report.ipynb", at_home.root / "solutions")
    assert Course.load(at_home.root).assignments == [NAME]


def test_the_button_is_the_last_thing_of_the_notebook():
    # Starting the lesson leads to the last cell; below the button there must be nothing.
    notebook = nbformat.read(ROOT / "solutions" / "class_report.ipynb", as_version=4)
    assert [cell.cell_type for cell in notebook.cells].index("code") == len(notebook.cells) - 1
