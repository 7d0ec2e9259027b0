"""Grades leave for Moodle and Canvas: read back as those platforms read them."""

import csv
import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from gradedclass import ASSIGNMENT, graded_class
from hypothesis import example, given
from hypothesis import strategies as st
from nbgrader.apps.exportapp import ExportApp

from trd.grading import CanvasExport, ItemExport, MoodleExport
from trd.grading.exports import harmless, restored
from trd.grading.regrade import regrade

pytestmark = pytest.mark.timeout(300)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    return graded_class(tmp_path_factory.mktemp("a class to export"), ROOT)


@pytest.fixture
def export(graded, tmp_path):
    """Run one exporter as the app of ``nbgrader export`` does, and read its file back."""
    _, course = graded
    app = ExportApp(config=course.config, coursedir=course.coursedir)

    def run(exporter, **traits):
        plugin = exporter(parent=app, to=str(tmp_path / "out.csv"), **traits)
        plugin.log = logging.getLogger("exports")
        with course.gradebook() as book:
            plugin.export(book)
        with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.reader(file))

    return run


def _by(rows, column):
    head = rows[0]
    return {row[head.index(column)]: dict(zip(head, row, strict=True)) for row in rows[1:]}


def _moodle_reads(cell):
    # load_data.php trims every value.
    return cell.strip()


def test_moodle_gets_a_grade_only_for_finished_work(export):
    rows = export(MoodleExport)
    assert rows[0] == ["Username", "First name", "Last name", ASSIGNMENT]
    grades = {_moodle_reads(name): row[ASSIGNMENT] for name, row in _by(rows, "Username").items()}
    # 8 of 8 + 3.125 of 4 for the letter - 1 for being late; the others have no grade, not 0.
    assert grades.pop("anna") in ("10.12", "10.13")
    assert grades == {"bert": "-", "carl": "-", "dora": "-", "=1+1": "-"}


def test_provisional_grades_are_asked_for_and_counted(export, caplog):
    with caplog.at_level(logging.WARNING, "exports"):
        export(MoodleExport)
        assert "Left without a grade: 1 with answers not yet marked" in caplog.text
        assert "Left without a grade: 2 not handed in" in caplog.text
        assert "Left without a grade: 1 not graded" in caplog.text
        rows = export(MoodleExport, provisional=True)
    assert _by(rows, "Username")["bert"][ASSIGNMENT] == "3.33"
    assert "PROVISIONAL grades: 1" in caplog.text
    assert _by(rows, "Username")["dora"][ASSIGNMENT] == "-"


def test_a_mark_by_hand_counts_after_grading_anew_and_is_named(graded, export, caplog):
    _, course = graded
    assert not regrade(course, ASSIGNMENT, ["anna"], show=False).failed
    try:
        with caplog.at_level(logging.WARNING, "exports"):
            people = _by(export(MoodleExport), "Username")
        assert people["anna"][ASSIGNMENT] not in ("", "-")
        assert "look at again: 1" in caplog.text
        rows = export(ItemExport, student=["anna"])
        assert _by(rows, "item")["letter"]["state"] == "marked, to be looked at again"
    finally:
        with course.gradebook() as book:
            book.find_grade("letter", "case-a", ASSIGNMENT, "anna").needs_manual_grade = False
            book.find_submission_notebook(
                "case-a", ASSIGNMENT, "anna"
            ).late_submission_penalty = 1.0
            book.db.commit()


def test_moodle_per_cent(export):
    rows = _by(export(MoodleExport, percent=True, provisional=True), "Username")
    assert rows["bert"][ASSIGNMENT] == "27.78"  # (2 + 2 * 2/3) of 12


def test_moodle_gets_no_identifier_that_is_blank_for_some(export):
    rows = export(MoodleExport, student=["anna", "carl"])
    assert _by(rows, "Email address")["carl@example.org"]["Username"] == "carl"
    assert "ID number" not in rows[0]
    assert "ID number" in export(MoodleExport, student=["carl", "dora"])[0]


def test_canvas_file_has_the_shape_its_importer_demands(export):
    rows = export(CanvasExport)
    assert rows[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", ASSIGNMENT]
    assert "Points Possible" in rows[1][0]
    assert rows[1][1:] == ["", "", "", "", "12.00"]
    people = _by(rows, "SIS Login ID")
    assert people["anna"]["Student"] == "O'Brien, MD, Änna"
    assert people["anna"][ASSIGNMENT] in ("10.12", "10.13")
    assert [people[name][ASSIGNMENT] for name in ("bert", "carl", "dora")] == ["", "", ""]
    # Canvas reads "12abc" as the number 12.
    assert (people["carl"]["ID"], people["dora"]["ID"]) == ("4711", "")
    assert people["dora"]["SIS User ID"] == "12abc"


def test_canvas_ids_may_be_of_the_other_kind(export):
    people = _by(export(CanvasExport, identifier="SIS User ID"), "SIS User ID")
    assert people["anna"]["SIS Login ID"] == ""


def test_the_log_tells_how_trainees_are_matched(export, caplog):
    with caplog.at_level(logging.INFO, "exports"):
        export(MoodleExport)
        assert "Moodle matches trainees by Username only" in caplog.text
        caplog.clear()
        export(MoodleExport, student=["carl", "dora"])
        assert "Username (the id in the gradebook) or ID number" in caplog.text
        caplog.clear()
        export(CanvasExport, student=["anna", "bert"])
        assert "Canvas matches trainees by SIS login only" in caplog.text
        assert "no other Canvas or SIS ids in the gradebook" in caplog.text
        caplog.clear()
        export(CanvasExport)
        assert (
            "Canvas matches trainees: 1 by Canvas ID; 1 by SIS user id, then by SIS login; "
            "3 by SIS login only" in caplog.text
        )
        caplog.clear()
        export(CanvasExport, identifier="SIS User ID", student=["anna"])
        assert "Canvas matches trainees by SIS user id only" in caplog.text


def test_headings_are_the_platforms_own(export):
    rows = export(CanvasExport, columns={ASSIGNMENT: "Lesson 1 cases (4711)"})
    assert rows[0][-1] == "Lesson 1 cases (4711)"
    with pytest.raises(SystemExit, match="Two columns would be called “Section”"):
        export(CanvasExport, columns={ASSIGNMENT: "Section"})


@pytest.mark.parametrize("exporter", [MoodleExport, CanvasExport, ItemExport])
def test_no_cell_is_a_formula(export, exporter, caplog):
    with caplog.at_level(logging.WARNING, "exports"):
        rows = export(exporter)
    cells = {cell for row in rows for cell in row}
    assert not [cell for cell in cells if re.match("[=+@\t\r]|-.", cell)]
    assert any("=1+1" in cell for cell in cells)
    if exporter is MoodleExport:
        assert "=1+1" in {_moodle_reads(cell) for cell in cells}
    else:
        assert "=1+1" in {restored(cell) for cell in cells}
    if exporter is CanvasExport:
        assert "Canvas will ask who that is" in caplog.text


@given(st.text())
@example("'=1")
@example("''+")
@example("'t Hooft")
def test_making_harmless_can_be_undone(text):
    assert restored(harmless(text)) == text
    assert not re.match("[=+@\t\r\n-]", harmless(text))


def test_items_say_what_was_answered_how_surely_and_what_it_earned(export):
    rows = export(ItemExport)
    table = {
        (row["student_id"], row["item"]): row
        for row in (dict(zip(rows[0], row, strict=True)) for row in rows[1:])
    }
    assert len(table) == 5 * 5
    best = table["anna", "best"]
    assert best.pop("last_answered_at").endswith("Z")
    assert best == {
        "assignment": ASSIGNMENT,
        "student_id": "anna",
        "last_name": "O'Brien, MD",
        "first_name": "Änna",
        "notebook": "case-a",
        "item": "best",
        "objective": "LO-1.2",
        "safety_critical": "yes",
        "state": "marked",
        "answered": "yes",
        "points": "2.00",
        "max_points": "2.00",
        "manual": "no",
        "confidence": "certain",
    }
    assert table["anna", "letter"]["manual"] == "yes"
    assert table["anna", "letter"]["points"] in ("3.12", "3.13")
    waiting = table["bert", "letter"]
    assert (waiting["state"], waiting["answered"], waiting["points"]) == (
        "not yet marked",
        "yes",
        "",
    )
    assert (table["bert", "several"]["answered"], table["bert", "several"]["points"]) == (
        "no",
        "0.00",
    )
    assert table["dora", "best"]["state"] == "not graded"
    assert table["dora", "best"]["answered"] == "yes"
    assert table["dora", "letter"]["answered"] == "no"
    assert {table["carl", item]["state"] for item in ("best", "letter")} == {"not handed in"}
    assert {row["points"] for key, row in table.items() if key[0] in ("carl", "dora")} == {""}


@pytest.mark.parametrize("exporter", [MoodleExport, CanvasExport, ItemExport])
@pytest.mark.parametrize(
    ("traits", "words"),
    [
        ({"assignment": ["nope"]}, f"no assignment “nope”. It knows: {ASSIGNMENT}"),
        ({"student": ["anna", "nobody"]}, "no trainee “nobody”"),
    ],
)
def test_an_unknown_name_writes_nothing(export, tmp_path, exporter, traits, words):
    with pytest.raises(SystemExit, match=words):
        export(exporter, **traits)
    assert not list(tmp_path.glob("*.csv"))


def test_a_file_that_cannot_be_written_says_so(export, tmp_path):
    (tmp_path / "out.csv").mkdir()
    with pytest.raises(SystemExit, match="cannot be written"):
        export(MoodleExport)
    assert not list(tmp_path.glob(".*"))


def _nbgrader(made, *words):
    program = Path(sys.executable).parent / "nbgrader"
    return subprocess.run(
        [str(program), "export", *words],
        cwd=made.root,
        env={**os.environ, "TRD_HOME": str(made.root / "home")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_of_nbgraders_documentation(graded, tmp_path):
    made, _ = graded
    target = tmp_path / "items.csv"
    words = ["--exporter=trd.grading.ItemExport", "--to", str(target)]
    # The list as nbgrader's own help writes it, and one name by itself.
    run = _nbgrader(
        made, *words, "--assignment", ASSIGNMENT, "--student", "[anna,bert]", "--log-level=INFO"
    )
    assert run.returncode == 0, run.stderr
    rows = list(csv.reader(target.read_text(encoding="utf-8").splitlines()))
    assert {row[1] for row in rows[1:]} == {"anna", "bert"}
    assert "Answers not yet marked: 1" in run.stderr


def test_the_command_fails_in_words(graded, tmp_path):
    made, _ = graded
    words = ["--exporter=trd.grading.CanvasExport", "--to", str(tmp_path / "canvas.csv")]
    run = _nbgrader(made, *words, "--assignment=nope")
    assert run.returncode == 1
    assert "The gradebook knows no assignment “nope”" in run.stderr
    assert "Traceback" not in run.stderr
    assert not (tmp_path / "canvas.csv").exists()


def test_marks_of_work_that_no_longer_counts_are_not_final(graded):
    """Handed in and collected again, not yet graded again: the old marks are nobody's grade."""
    from trd.grading import standings

    _, course = graded
    with course.gradebook() as gradebook:
        assignment, who = next(
            (name, student)
            for name in course.assignments
            for student, standing in standings.read(gradebook, name).items()
            if standing.timestamp
        )
        assert who in standings.current(course, gradebook, assignment)
        stamp = course.place("submitted", assignment, who) / "timestamp.txt"
        before = stamp.read_bytes() if stamp.exists() else None
        stamp.write_text("2099-01-01 00:00:00.000000 UTC")
        try:
            assert who not in standings.current(course, gradebook, assignment)
        finally:
            stamp.unlink()
            if before is not None:
                stamp.write_bytes(before)
