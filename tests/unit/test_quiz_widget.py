"""The item on the screen: what a click saves, what it tells, and what comes back on re-opening."""

import copy
from dataclasses import dataclass

import ipywidgets
import kettle as kettle_model
import pytest
from examples import KEYS, example

from trd.quiz import calls, feedback
from trd.quiz.answers import SaveError
from trd.quiz.items import ItemError
from trd.quiz.simulation import last_completed, load, news, runs
from trd.quiz.widget import ItemWidget

KINDS = [kind for kind in KEYS if kind != "simulation"]


@pytest.mark.parametrize("kind", KINDS)
def test_graded_work_is_saved_on_every_change_and_tells_nothing(page, kind):
    session = page()
    widget = calls.present(example(kind, key=False))
    assert isinstance(widget, ItemWidget)
    widget.answer = KEYS[kind]
    assert widget.status["kind"] == "saved"
    assert session.graded.read().entries[-1].answer == KEYS[kind]
    assert widget.verdict == ""
    assert "key" not in widget.spec


@pytest.mark.parametrize("kind", KINDS)
def test_reopening_puts_every_answer_back(page, kind):
    page()
    calls.present(example(kind, key=False, confidence=True)).set_trait("answer", KEYS[kind])
    page()
    again = calls.present(example(kind, key=False, confidence=True))
    assert again.answer == KEYS[kind]
    assert again.status["text"].startswith("Saved ")


def test_confidence_is_kept_with_the_answer(page):
    session = page()
    widget = calls.present(example("single_best", key=False))
    widget.confidence = "certain"
    assert session.graded.read().entries == ()
    assert "Choose an answer as well" in widget.status["text"]
    widget.answer = "a"
    assert session.graded.read().entries[-1].confidence == "certain"
    assert calls.present(example("single_best", key=False)).confidence == "certain"


def test_nothing_is_chosen_for_the_trainee(page):
    page()
    assert calls.present(example("single_best", key=False)).answer is None


def test_taking_an_answer_back_is_saved_too(page):
    session = page()
    widget = calls.present(example("multiple_response", key=False))
    widget.answer = ["b"]
    widget.answer = []
    assert session.graded.read().entries[-1].answer is None
    assert widget.status["text"] == "Answer removed"
    assert calls.present(example("multiple_response", key=False)).answer is None


def test_a_number_out_of_range_is_refused_in_words_and_the_old_one_stays(page):
    session = page()
    widget = calls.present(example("numeric", key=False))
    widget.answer = "6,5"
    widget.answer = "650"
    assert widget.status["kind"] == "error"
    assert "from 0 to 52 weeks" in widget.status["text"]
    assert session.graded.read().entries[-1].answer == 6.5


def test_a_save_that_fails_turns_red_and_can_be_tried_again(page):
    session = page()
    session.graded.path.mkdir()
    widget = calls.present(example("single_best", key=False))
    widget.answer = "a"
    assert widget.status["kind"] == "error"
    assert "is a directory" in widget.status["text"]
    session.graded.path.rmdir()
    widget.rev += 1
    assert widget.status["kind"] == "saved"
    assert session.graded.read().entries[-1].answer == "a"


def test_one_click_is_written_once(page):
    session = page()
    widget = calls.present(example("single_best", key=False))
    with widget.hold_trait_notifications():
        widget.answer, widget.rev = "a", 1
    assert len(session.graded.read().entries) == 1
    assert widget.status["rev"] == 1


def test_two_windows_both_count_and_the_last_wins(page):
    session = page()
    one = calls.present(example("single_best", key=False))
    two = calls.present(example("single_best", key=False))
    one.answer = "a"
    two.answer = "c"
    assert [e.answer for e in session.graded.read().entries] == ["a", "c"]
    assert calls.present(example("single_best", key=False)).answer == "c"


def test_a_self_check_tells_verdict_every_rationale_and_allows_another_try(page):
    session = page()
    widget = calls.present(example("single_best", points=0))
    assert widget.spec["heading"] == "Check yourself"
    widget.answer = "a"
    assert widget.verdict == ""
    widget.check()
    for text in ("Not the best answer", "Too short.", "Long enough.", "Too low.", "your choice"):
        assert text in widget.verdict
    assert session.graded.read().entries == ()
    assert session.practice.read().entries[-1].answer == "a"
    widget.again()
    assert (widget.verdict, widget.answer) == ("", None)
    widget.answer = "b"
    widget.check()
    assert "Yes, that is right" in widget.verdict


def test_a_self_check_without_an_answer_asks_for_one(page):
    page()
    widget = calls.present(example("single_best", points=0))
    widget.check()
    assert widget.verdict == ""
    assert widget.status["text"] == "Choose an answer first."


def test_a_shuffle_keeps_its_order_for_one_learner(page):
    page()
    orders = {
        tuple(
            o[0]
            for o in calls.present(example("single_best", key=False, shuffle=True)).spec["options"]
        )
        for _ in range(5)
    }
    assert len(orders) == 1


def test_grading_gives_points_as_plain_text_and_feedback_as_html(page):
    session = page(purpose="autograde")
    session.graded.record("case-a", "best", "b")
    bundle = calls.present(example("single_best"))._repr_mimebundle_()
    assert bundle["text/plain"] == "2.0"
    assert "Which trial counts?" in bundle["text/html"]


def test_grading_without_a_key_is_an_error(page):
    page(purpose="autograde")
    with pytest.raises(ItemError, match="generate_assignment"):
        calls.present(example("single_best", key=False))


@pytest.mark.parametrize("stored", ["zzz", 7, ["a"], {"a": "b"}, True])
def test_a_stored_answer_that_cannot_be_read_earns_nothing_and_is_reported(page, stored):
    session = page(purpose="autograde")
    session.graded.record("case-a", "best", stored)
    bundle = calls.present(example("single_best"))._repr_mimebundle_()
    assert bundle["text/plain"] == "0.0"
    assert "could not be read" in bundle["text/html"]


@pytest.mark.parametrize("kind", KEYS)
def test_validate_gives_a_sound_master_full_marks(page, kind):
    page(purpose="validate")
    assert repr(calls.present(example(kind))) == "2.0"
    with pytest.raises(ItemError, match="no keys"):
        calls.present(example(kind, key=False))


def test_an_item_before_start_says_what_to_press():
    assert "Start lesson" in repr(calls.present(example("single_best")))


def test_whatever_somebody_typed_is_escaped():
    item = example("single_best")
    page = feedback.render(item, "a", "certain", note="<script>alert(1)</script>")
    assert "<script>" not in page


def test_being_certain_and_wrong_is_pointed_out():
    item = example("single_best")
    assert "second look" in feedback.render(item, "a", "certain")
    assert "second look" not in feedback.render(item, "b", "certain")


def test_a_simulation_is_resumed_and_its_last_completed_run_counts(page):
    session = page()
    box = calls.present(example("simulation", key=False))
    button = box.children[1]
    button.record([{"t_s": 3, "do": "wait"}])
    resumed = calls.present(example("simulation", key=False)).children[1]
    assert resumed.actions == [{"t_s": 3, "do": "wait"}]
    resumed.click()
    assert session.graded.read().entries[-1].answer["completed"] is True
    third = calls.present(example("simulation", key=False)).children[1]
    assert third.actions == []
    third.record([{"t_s": 1, "do": "wait"}])
    runs = [e.answer["run"] for e in session.graded.read().entries]
    assert runs == [1, 1, 2]
    page(purpose="autograde")
    assert repr(calls.present(example("simulation"))) == "2.0"


def test_a_simulation_says_which_run_counts(page):
    page()

    def said():
        return calls.present(example("simulation", key=False)).children[0].status["text"]

    def kettle():
        return calls.present(example("simulation", key=False)).children[1]

    kettle().record([{"t_s": 3, "do": "wait"}])
    assert "Run 1 is saved" in said()
    assert "not finished yet" in said()
    kettle().click()
    assert "Run 1 is finished" in said()
    assert "The last finished run counts." in said()
    kettle().record([{"t_s": 1, "do": "wait"}])
    assert "Until then run 1 counts." in said()


def test_a_graded_run_says_under_the_panel_when_its_marks_come(page):
    page()
    _head, kettle, end = calls.present(example("simulation", key=False)).children
    kettle.record([{"t_s": 3, "do": "wait"}])
    assert end.verdict == ""
    kettle.click()
    assert "Run 1 is finished" in end.verdict
    assert "after marking" in end.verdict
    assert "points" not in end.verdict
    assert end.arrived == 1
    assert calls.present(example("simulation", key=False)).children[2].verdict == end.verdict


def test_a_run_that_could_not_be_saved_says_so_and_is_saved_on_request(page, monkeypatch):
    session = page()
    head, kettle, end = calls.present(example("simulation", key=False)).children
    with monkeypatch.context() as broken:
        broken.setattr(type(session.graded), "record", _disk_full)
        kettle.click()
    assert "not saved yet" in end.verdict
    assert head.status["kind"] == "error"
    head.rev += 1
    assert "Run 1 is finished" in end.verdict
    assert [entry.answer["run"] for entry in session.graded.read().entries] == [1]


def _disk_full(*_args, **_kwargs):
    raise SaveError("the disk is full")


def test_an_unfinished_self_check_run_is_given_no_verdict(page):
    page()
    calls.present(example("simulation")).children[1].record([{"t_s": 3, "do": "wait"}])
    again = calls.present(example("simulation")).children
    assert [each.verdict for each in (again[0], again[2])] == ["", ""]
    assert again[1].actions == [{"t_s": 3, "do": "wait"}]


def test_a_model_that_asks_for_it_is_told_of_the_finished_run(page, monkeypatch):
    page()
    calls.present(example("simulation", key=False)).children[1].click()
    told = []

    def panel(scenario, seed, log, record, finished=()):
        told.append((list(log), list(finished)))
        return ipywidgets.Button()

    monkeypatch.setattr(kettle_model, "panel", panel)
    done = [{"t_s": 70, "do": "off"}]
    calls.present(example("simulation", key=False))
    assert told == [([], done)]


def test_the_feedback_on_a_run_is_grouped_where_the_model_offers_it(monkeypatch):
    item = example("simulation")
    run = {"run": 2, "completed": True, "log": [{"t_s": 70, "do": "off"}]}
    plain = feedback.render(item, run)
    assert "Run number 2 counts: <strong>4 of 4 points</strong>" in plain
    assert "All points" in plain
    assert "What happened" in plain
    assert "70 s: off" in plain

    @dataclass(frozen=True)
    class Rich:
        points: float = 1.26
        max_points: float = 4
        critical_errors: tuple = ()
        timeline: tuple = ("not shown",)
        breakdown: tuple = (("Speed <b>", 1.26, 3, "ten seconds late"), ("Care", 0, 1, ""))
        sections: tuple = (("By the rule", ("boil & stop",)), ("Steps", tuple("abcdefghi")))

    monkeypatch.setattr(kettle_model, "replay", lambda *_args: Rich())
    rich = feedback.render(item, run)
    order = [
        "1.3 of 4 points",
        "Switch it off once it boils.",
        "Speed &lt;b&gt;",
        ": 1.3 of 3.",
        "ten seconds late",
        "By the rule",
        "boil &amp; stop",
        "<summary>Steps (9 lines)",
    ]
    assert [rich.index(text) for text in order] == sorted(rich.index(text) for text in order)
    assert "Some of the points" in rich
    assert "not shown" not in rich
    monkeypatch.setattr(
        kettle_model, "replay", lambda *_args: Rich(points=0, critical_errors=("Dry.",))
    )
    missed = feedback.render(item, run)
    assert "Critical error, taking all points:" in missed
    assert "How it was marked, before the critical error took it all" in missed


WAIT = [{"t_s": second, "do": "wait"} for second in range(9)]


def line(kept, *log, part="a", run=1, **more):
    return {"run": run, "completed": False, "part": part, "kept": kept, "log": list(log), **more}


@pytest.mark.parametrize(
    ("answers", "log"),
    [
        # As every line once was: the whole run each time.
        ([{"run": 1, "completed": False, "log": WAIT[:n]} for n in (1, 2, 3)], WAIT[:3]),
        ([line(0, WAIT[0]), line(1, WAIT[1]), line(2, WAIT[2], WAIT[3])], WAIT[:4]),
        # A clock that went on says nothing of what was done.
        ([line(0, WAIT[0]), line(1, now_s=60)], WAIT[:1]),
        # Begun anew, and a line that says something else than the ones before.
        ([line(0, WAIT[0]), line(1, WAIT[1]), line(0, WAIT[5])], [WAIT[5]]),
        # Two windows: what one writes never stands behind what the other wrote.
        ([line(0, WAIT[0]), line(0, WAIT[3], part="b"), line(1, WAIT[1])], WAIT[:2]),
        ([line(0, WAIT[0]), line(0, WAIT[7], run=2)], [WAIT[7]]),
        # A line whose beginning is lost, or that is none, is passed over.
        ([line(0, WAIT[0]), line(2, WAIT[2])], WAIT[:1]),
        ([line(1, WAIT[1]), line(0, WAIT[0])], WAIT[:1]),
        ([line(0, WAIT[0]), line(-1, WAIT[1]), line(True, WAIT[1]), line("1", WAIT[1])], WAIT[:1]),
        ([line(0, WAIT[0]), {**line(1, WAIT[1]), "run": [1]}, 7, None, {"kept": 0}], WAIT[:1]),
        ([line(0, WAIT[0]), {**line(1, WAIT[1]), "part": {}}], WAIT[:1]),
        # A finished run stands in one line; half of one is none.
        ([line(0, WAIT[0]), {**line(1, WAIT[1]), "completed": True}], WAIT[:1]),
    ],
)
def test_a_run_is_put_together_again_from_its_lines(answers, log):
    *_before, last = runs(copy.deepcopy(answers))
    assert last["log"] == log
    assert "kept" not in last and "part" not in last
    assert last_completed(copy.deepcopy(answers))["log"] == log


def test_a_finished_run_needs_no_other_line():
    done = {"run": 1, "completed": True, "log": WAIT[:2]}
    assert news(done, WAIT[:1], "a") is done
    answers = [line(5, WAIT[1]), done, line(0, WAIT[4], run=2), line(1, WAIT[5], run=2)]
    assert last_completed(answers) == done


def test_what_is_written_of_a_run_is_what_is_new():
    def run(log, **more):
        return {"run": 1, "completed": False, "log": log, **more}

    assert news(run(WAIT[:3]), WAIT[:2], "a") == line(2, WAIT[2])
    assert news(run(WAIT[:2], now_s=9), WAIT[:2], "a") == line(2, now_s=9)
    # After a line that could not be written the next one brings what it held.
    assert news(run(WAIT[:3]), None, "a") == line(0, *WAIT[:3])
    assert news(run([WAIT[0], WAIT[5]]), WAIT[:2], "a") == line(1, WAIT[5])
    assert news(run([]), WAIT[:2], "a") == line(0)


def test_an_action_that_could_not_be_saved_is_in_the_next_line(page, monkeypatch):
    session = page()
    button = calls.present(example("simulation", key=False)).children[1]
    button.record(WAIT[:1])
    with monkeypatch.context() as broken:
        broken.setattr(
            type(session.graded), "_append", lambda *_: (_ for _ in ()).throw(SaveError("full"))
        )
        button.record(WAIT[:2])
    button.record(WAIT[:3])
    resumed = calls.present(example("simulation", key=False)).children[1]
    assert resumed.actions == WAIT[:3]
    assert len(session.graded.read().entries) == 2


def test_where_the_clock_stood_is_given_back_to_a_model_that_asks(page, monkeypatch):
    session = page()
    item = example("simulation", key=False)
    where = (session.notebook, item.id)
    session.graded.record(*where, {"run": 1, "completed": False, "log": [], "now_s": 77})
    asked = []

    def panel(_scenario, _seed, _log, _record, finished=(), now_s=0):
        asked.append((list(finished), now_s))
        return ipywidgets.HTML()

    monkeypatch.setattr(load(item), "panel", panel)
    calls.present(item)
    for odd in (-1, True, "9", 10**9, None):
        session.graded.record(*where, {"run": 1, "completed": False, "log": [], "now_s": odd})
        calls.present(item)
    session.graded.record(*where, {"run": 1, "completed": True, "log": WAIT[:1], "now_s": 9})
    calls.present(item)
    assert asked == [([], 77), *[([], 0)] * 5, (WAIT[:1], 0)]


def test_an_unfinished_run_is_not_called_wrong():
    item = example("simulation")
    unfinished = {"run": 1, "completed": False, "log": []}
    assert feedback.verdict(item, unfinished) == ("unanswered", "Not finished")


def test_what_was_said_of_an_order_goes_when_an_entry_is_moved(page):
    page()
    widget = calls.present(example("ordering"))
    widget.check()
    assert "Move an entry first" in widget.status["text"]
    widget.answer = ["b", "a", "c", "d"]
    assert widget.status["text"] == ""


def test_a_press_takes_the_answer_with_it_and_counts_once(page, monkeypatch):
    """The answer on its usual way may come after the press, and a press may be repeated."""
    session = page()
    widget = calls.present(example("single_best", points=0))
    sent = []
    monkeypatch.setattr(type(widget), "send", lambda _self, content, *_: sent.append(content))
    press = {"do": "check", "press": "a1", "answer": "b", "confidence": "certain"}
    for _ in range(2):
        widget._on_message(widget, press, [])
    assert widget.verdict and (widget.answer, widget.confidence) == ("b", "certain")
    assert len(session.practice.read().entries) == 1
    assert [each["kind"] for each in sent if "kind" in each] == ["checked", "checked"]
    widget.again()
    widget._on_message(widget, {**press, "press": "a2"}, [])
    assert len(session.practice.read().entries) == 2


def test_a_finished_run_that_could_not_be_saved_is_kept_until_it_is(page, monkeypatch):
    session = page()
    head, button, end = calls.present(example("simulation", key=False)).children
    with monkeypatch.context() as broken:
        broken.setattr(
            type(session.graded), "_append", lambda *_: (_ for _ in ()).throw(SaveError("full"))
        )
        assert "full" in button.record(WAIT[:2], completed=True)
        assert "not saved yet" in end.verdict
        assert "full" in button.record(WAIT[:1])
    assert button.record(WAIT[:2]) == ""
    runs_saved = [(e.answer["run"], e.answer["completed"]) for e in session.graded.read().entries]
    assert runs_saved == [(1, True), (2, False)]
    assert "Until then run 1 counts" in head.status["text"]


def test_a_window_that_is_behind_writes_nothing_more(page):
    session = page()
    one = calls.present(example("simulation", key=False)).children[1]
    one.record(WAIT[:1])
    other = calls.present(example("simulation", key=False)).children
    other[1].record(WAIT[:2])
    assert "another window" in one.record(WAIT[:3])
    assert len(session.graded.read().entries) == 2
    # A file that was put back to an earlier state is written whole again.
    lines = session.graded.path.read_text().splitlines(keepends=True)
    session.graded.path.write_text(lines[0])
    assert other[1].record(WAIT[:3]) == ""
    assert calls.present(example("simulation", key=False)).children[1].actions == WAIT[:3]


def test_a_forged_simulation_log_earns_nothing_and_breaks_nothing(page):
    session = page(purpose="autograde")
    for log in ([{"do": "explode", "t_s": 1}], [{}], [3], [{"do": "off", "t_s": "soon"}]):
        session.graded.record("case-a", "kettle", {"run": 1, "completed": True, "log": log})
        bundle = calls.present(example("simulation"))._repr_mimebundle_()
        assert bundle["text/plain"] == "0.0"


def test_a_matching_answer_says_how_many_rows_are_open(page):
    page()
    graded = calls.present(example("matching", key=False))
    graded.answer = {"fda": "two"}
    assert graded.status["text"].endswith("; 2 of 3 still open")
    check = calls.present(example("matching", points=0))
    check.answer = {"fda": "two"}
    check.check()
    assert check.verdict == ""
    assert check.status["text"].startswith("2 of 3 still open")


def test_a_number_is_said_back(page):
    page()
    widget = calls.present(example("numeric", key=False))
    widget.answer = "6,5"
    assert widget.status["text"].endswith(": 6.5 weeks")


def test_a_refused_number_that_is_cleared_is_acknowledged(page):
    page()
    widget = calls.present(example("numeric", key=False))
    widget.answer = "zz"
    with widget.hold_trait_notifications():
        widget.answer, widget.rev = None, 2
    assert widget.status["rev"] == 2
    assert widget.status["kind"] == "idle"


@pytest.mark.parametrize("junk", ["x" * 2_000_000, "\ud800", "sure"])
def test_only_the_confidences_shown_are_kept(page, junk):
    session = page()
    widget = calls.present(example("single_best", key=False))
    widget.confidence = junk
    widget.answer = "a"
    assert session.graded.read().entries[-1].confidence is None


def test_an_older_window_does_not_claim_what_another_has_changed(page):
    session = page()
    one, two = (calls.present(example("single_best", key=False)) for _ in range(2))
    one.answer = "a"
    two.answer = "b"
    one.rev += 1
    assert session.graded.read().entries[-1].answer == "a"


def test_a_shuffle_that_cannot_be_kept_is_still_shown(page):
    session = page()
    session.graded.path.mkdir()
    assert len(calls.present(example("single_best", key=False, shuffle=True)).spec["options"]) == 3


def test_feedback_that_cannot_be_drawn_costs_no_mark(page):
    from dataclasses import replace

    session = page(purpose="autograde")
    session.graded.record("case-a", "best", "b")
    item = example("single_best")
    broken = replace(item, secret=replace(item.secret, cite=("nosuch2020",)))
    bundle = calls.present(broken)._repr_mimebundle_()
    assert bundle["text/plain"] == "2.0"
    assert "could not be drawn" in bundle["text/html"]


def test_grading_says_which_lines_could_not_be_used(page):
    session = page(purpose="autograde")
    session.graded.record("case-a", "best", "b")
    with session.graded.path.open("a") as file:
        file.write("junk\n")
    html = calls.present(example("single_best"))._repr_mimebundle_()["text/html"]
    assert "1 line of the answer file could not be used" in html


def test_an_item_that_was_never_started_is_an_error_when_graded(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(RuntimeError, match="has not been started"):
        calls.present(example("single_best"))


@pytest.mark.parametrize("run", ["abc", None, {}, 1e400, -3, True])
def test_a_strange_run_number_breaks_nothing(page, run):
    session = page()
    line = {"run": run if run != 1e400 else 10**400, "completed": True, "log": []}
    session.graded.record("case-a", "kettle", line)
    assert calls.present(example("simulation", key=False)).children[1].actions == []
