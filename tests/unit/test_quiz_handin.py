"""*Before you hand in* counts what is on the disk, not what is on the screen."""

from datetime import UTC, datetime

import nbformat
import pytest
from examples import KEYS, example
from quizcourse import master

from trd.quiz import before_you_hand_in, calls, handin, start
from trd.quiz.masters import BEGIN, END

KINDS = [kind for kind in KEYS if kind != "simulation"]


@pytest.fixture
def case(tmp_path):
    """A folder with a released case, as a trainee has it."""
    folder = tmp_path / "01-demo"
    folder.mkdir()
    nbformat.write(_released(master(KINDS)), folder / "case-a.ipynb")
    return folder


def _released(notebook):
    for cell in notebook.cells:
        if BEGIN in cell.source:
            public, rest = cell.source.split(f"    {BEGIN}")
            cell.source = public + rest.split(f"{END}\n")[1]
        if cell.id == "letter":
            cell.source = "YOUR ANSWER HERE"
    return notebook


def _write_letter(folder, text):
    path = folder / "case-a.ipynb"
    notebook = nbformat.read(path, as_version=4)
    next(cell for cell in notebook.cells if cell.id == "letter").source = text
    nbformat.write(notebook, path)


def test_counts_follow_the_answers(page, case):
    session = page("case-a", folder=case)
    panel = before_you_hand_in()
    assert "Answered <strong>0 of 5</strong>" in panel.children[0].value
    assert "1. Which trial counts?" in panel.children[0].value
    assert "still <strong>empty</strong>" in panel.children[0].value
    for kind in KINDS:
        calls.present(example(kind, key=False)).answer = KEYS[kind]
    # It looks again by itself after every saved answer.
    assert "Answered <strong>5 of 5</strong>" in panel.children[0].value
    _write_letter(case, "Dear colleague, the dose was too low.")
    panel.children[1].click()
    assert "<strong>7 words</strong>" in panel.children[0].value
    assert handin.state(case, session.graded.read()).complete


def test_half_a_matching_answer_is_not_an_answer(page, case):
    session = page("case-a", folder=case)
    calls.present(example("matching", key=False)).answer = {"fda": "two"}
    assert handin.state(case, session.graded.read()).cases[0].answered == 0


def test_unusable_lines_are_reported_and_cost_nothing(page, case):
    session = page("case-a", folder=case)
    calls.present(example("single_best", key=False)).answer = "a"
    with session.graded.path.open("a") as file:
        file.write("junk\n")
    now = handin.state(case, session.graded.read())
    assert now.cases[0].answered == 1
    assert "line 2" in handin.render(now, datetime.now(UTC))


def test_the_last_hand_in_is_found_in_the_cache(page, case, monkeypatch, tmp_path):
    session = page("case-a", folder=case)
    monkeypatch.setenv("TRD_HOME", str(tmp_path))
    for stamp in ("2026-11-20 09:30:00.000001 UTC", "2026-11-21 10:00:00.000001 UTC"):
        folder = tmp_path / "cache" / "trd" / f"me+01-demo+{stamp}"
        folder.mkdir(parents=True)
        (folder / "timestamp.txt").write_text(stamp)
    other = tmp_path / "cache" / "trd" / "me+02-other+x"
    other.mkdir()
    (other / "timestamp.txt").write_text("2026-11-22 10:00:00.000001 UTC")
    now = handin.state(case, session.graded.read())
    assert now.last_hand_in == datetime(2026, 11, 21, 10, tzinfo=UTC)
    assert "Last handed in on" in handin.render(now, datetime.now(UTC))


def test_another_notebook_that_cannot_be_read_is_named(page, case):
    session = page("case-a", folder=case)
    (case / "notes.ipynb").write_text("not a notebook")
    now = handin.state(case, session.graded.read())
    assert any("notes.ipynb" in problem for problem in now.problems)
    assert now.cases[0].total == 5


def test_starting_says_what_is_there_and_welcomes_back(case, monkeypatch):
    monkeypatch.chdir(case)
    assert "5 questions" in repr(start("case-a"))
    calls.present(example("single_best", key=False)).answer = "a"
    assert "1 of 5 questions answered" in repr(start("case-a"))


def test_a_run_that_was_not_finished_is_no_answer_yet(case, monkeypatch):
    nbformat.write(_released(master(["single_best", "simulation"])), case / "case-a.ipynb")
    monkeypatch.chdir(case)
    assert "2 questions on this page" in repr(start("case-a"))
    kettle = calls.present(example("simulation", key=False)).children[1]
    kettle.record([{"t_s": 3, "do": "wait"}])
    calls.present(example("single_best", key=False)).answer = "a"
    assert "Welcome back: 1 of 2" in repr(start("case-a"))
    shown = before_you_hand_in().children[0].value
    assert "<strong>1 of 2</strong>" in shown and "(begun, not finished)" in shown
    kettle.click()
    assert "not finished" not in before_you_hand_in().children[0].value
    assert "Welcome back: 2 of 2" in repr(start("case-a"))


def test_this_page_comes_first_and_of_the_others_there_is_one_line_each(page, case):
    second = _released(master(KINDS, name="case-b"))
    second.cells[0].source = "# The second case"
    nbformat.write(second, case / "case-b.ipynb")
    page("case-b", folder=case)
    told = before_you_hand_in().children[0].value
    assert told.count("Still open") == 1
    first, others = told.split("Handed in together with this page")
    assert "This page: The second case" in first
    assert "1. Which trial counts?" in first
    assert "answered 0 of 5, written answer empty" in others
    assert "Which trial counts?" not in others


def test_a_renamed_notebook_is_noticed_and_nothing_is_written(case, monkeypatch):
    monkeypatch.chdir(case)
    (case / "case-a.ipynb").rename(case / "Copy of case-a.ipynb")
    assert "renamed" in repr(start("case-a"))
    assert "Start lesson" in repr(calls.present(example("single_best", key=False)))
    assert not (case / "answers.jsonl").exists()


def test_grading_shows_neither_start_nor_hand_in(case, monkeypatch):
    monkeypatch.chdir(case)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert start("case-a") is None
    assert before_you_hand_in() is None


def test_a_renamed_case_is_noticed_and_a_copy_is_not_counted(page, case):
    import shutil

    session = page("case-a", folder=case)
    shutil.copy(case / "case-a.ipynb", case / "case-a-Copy1.ipynb")
    now = handin.state(case, session.graded.read())
    assert [c.notebook for c in now.cases] == ["case-a"]
    assert "is a copy of case-a.ipynb" in now.problems[0]
    (case / "case-a.ipynb").unlink()
    now = handin.state(case, session.graded.read())
    assert "call it case-a.ipynb again" in now.problems[0]
