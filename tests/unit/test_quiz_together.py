"""A set of questions: nothing is told until the last of them is answered."""

import nbformat
import pytest

from trd.quiz import calls
from trd.quiz.items import ItemError, build
from trd.quiz.masters import items_in

CALL = """single_best("{name}", "Which trial counts?", {{"a": "Trial A", "b": "Trial B"}},
together={together!r}, objective="LO-1.2", key="b",
why={{"a": "Too short.", "b": "Long enough."}})"""


def write(folder, sets, stem="00_start"):
    cells = [
        nbformat.v4.new_code_cell(CALL.format(name=name, together=together))
        for name, together in sets.items()
    ]
    folder.mkdir(exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / f"{stem}.ipynb")
    return {item.id: item for item in items_in(folder / f"{stem}.ipynb")}


@pytest.fixture
def three(page, tmp_path):
    items = write(tmp_path / "work", {"one": "before", "two": "before", "other": ""})
    session = page("00_start")
    return session, {name: calls.present(item) for name, item in items.items()}


def keep(widget, answer):
    widget.answer = answer
    widget.check()


def test_nothing_is_told_until_all_are_answered_and_then_everything(three):
    session, shown = three
    keep(shown["one"], "a")
    assert shown["one"].verdict == ""
    assert "one question is still open" in shown["one"].status["text"]
    assert session.practice.read().entries[-1].answer == "a"
    keep(shown["two"], "b")
    assert "Not the best answer" in shown["one"].verdict
    assert "Yes, that is right" in shown["two"].verdict
    assert shown["one"].status["text"] == shown["two"].status["text"] == ""


def test_a_set_is_numbered_by_itself(three):
    _, shown = three
    headings = {name: widget.spec["heading"] for name, widget in shown.items()}
    assert headings == {
        "one": "Question 1 of 2",
        "two": "Question 2 of 2",
        "other": "Check yourself",
    }


def test_an_item_outside_the_set_neither_waits_nor_holds_it_up(three):
    _, shown = three
    keep(shown["other"], "a")
    assert "Not the best answer" in shown["other"].verdict
    keep(shown["one"], "a")
    keep(shown["two"], "a")
    assert shown["one"].verdict


def test_an_answer_may_be_changed_until_the_last_is_in(three):
    _, shown = three
    keep(shown["one"], "a")
    keep(shown["one"], "b")
    keep(shown["two"], "b")
    assert "Yes, that is right" in shown["one"].verdict


def test_a_change_that_was_not_kept_does_not_count(three):
    _, shown = three
    keep(shown["one"], "a")
    shown["one"].answer = "b"
    keep(shown["two"], "b")
    assert "Not the best answer" in shown["one"].verdict
    assert shown["one"].answer == "a"


def test_reopening_puts_back_what_was_kept_and_still_tells_nothing(page, three, tmp_path):
    _, shown = three
    keep(shown["one"], "a")
    items = {item.id: item for item in items_in(tmp_path / "work" / "00_start.ipynb")}
    page("00_start")
    again = {name: calls.present(item) for name, item in items.items()}
    assert (again["one"].answer, again["one"].verdict) == ("a", "")
    keep(again["two"], "b")
    assert again["one"].verdict and again["two"].verdict
    assert "<details" not in again["one"].verdict
    # Asked once more weeks later, on the same page: the reasons must not lie open above.
    page("00_start")
    assert calls.present(items["one"]).verdict.startswith("<details")


def test_what_could_not_be_saved_is_not_told_either(three):
    session, shown = three
    session.practice.path.mkdir(parents=True)
    keep(shown["one"], "a")
    assert shown["one"].status["kind"] == "error"
    assert shown["one"].verdict == ""


@pytest.mark.parametrize(
    ("kwargs", "says"),
    [
        ({"together": "Before the course"}, "a name in lower case"),
        ({"together": 3}, "a name"),
        ({"together": "before", "points": 2}, "without points"),
    ],
)
def test_a_set_that_cannot_work_is_refused(kwargs, says):
    with pytest.raises(ItemError, match=says):
        build("single_best", "one", "Which?", {"a": "A", "b": "B"}, key="a", why={}, **kwargs)
