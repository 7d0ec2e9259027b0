"""``make mark``: a learner alone goes from answers to feedback on one machine."""

import nbformat
import pytest
from nbgrader.utils import get_username
from quizcourse import Class, master

from trd.grading import solo
from trd.grading.__main__ import main
from trd.lab.home import Home
from trd.quiz.answers import AnswerLog

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def learner(tmp_path_factory):
    from pathlib import Path

    course = Class(tmp_path_factory.mktemp("alone"), Path(__file__).resolve().parents[2])
    nbformat.write(master(["single_best", "numeric"]), course.source / "case-a.ipynb")
    nbformat.write(master(["matching"], "case-b", free_text=False), course.source / "case-b.ipynb")
    for step in (course.api().generate_assignment, course.api().release_assignment):
        assert step("demo")["success"]
    return course


@pytest.fixture
def home(learner):
    return Home(learner.root / "home")


def _fetch(learner, home):
    from trd.grading.handin import exchange

    return exchange.fetch(learner.course(), "demo", get_username(), home.cases)


def test_from_answers_to_feedback_and_again(learner, home):
    desk = _fetch(learner, home)
    assert solo.started(learner.course(), home.cases) == []
    AnswerLog(desk / "answers.jsonl").record("case-a", "best", "b", "certain")
    path = desk / "case-a.ipynb"
    notebook = nbformat.read(path, as_version=4)
    next(cell for cell in notebook.cells if cell.id == "letter").source = "Underdosed, I think."
    nbformat.write(notebook, path)
    before = {file: file.read_bytes() for file in desk.iterdir() if file.is_file()}

    assert solo.started(learner.course(), home.cases) == ["demo"]
    marked = solo.mark(learner.course(), home, "demo", get_username())
    assert (marked.points, marked.max_points, marked.to_rate) == (2, 6, 4)
    assert (marked.answered, marked.questions) == (1, 3)
    assert [page.name for page in marked.pages] == ["case-a.html", "case-b.html"]
    assert all(page.is_relative_to(desk / "feedback") for page in marked.pages)
    html = marked.pages[0].read_text(encoding="utf-8")
    assert "Underdosed, I think." in html
    assert "SECRET-RUBRIC" in html  # the model answer, to rate oneself by
    assert {file: file.read_bytes() for file in before} == before

    AnswerLog(desk / "answers.jsonl").record("case-a", "weeks", 6)
    again = solo.mark(learner.course(), home, "demo", get_username())
    assert again.points == 4
    assert again.pages[0] != marked.pages[0]
    assert "not marked" in "\n".join(solo.describe([again], home))


def test_words_alone_are_work_too(learner, home):
    desk = _fetch(learner, Home(learner.root / "other"))
    assert solo.started(learner.course(), desk.parent) == []
    path = desk / "case-a.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace("YOUR ANSWER HERE", "Words."))
    assert solo.started(learner.course(), desk.parent) == ["demo"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [([], "nothing to mark yet"), (["nope"], "no assignment “nope”"), (["01-definitions"], "not")],
)
def test_the_command_says_what_is_missing(tmp_path, capsys, asked, said):
    main(["mark", "--home", str(tmp_path / "home"), *asked])
    out = capsys.readouterr()
    assert said in out.out + out.err
