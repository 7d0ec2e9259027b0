"""How far a reader is, what comes back and when, and the three tests."""

from datetime import UTC, datetime, timedelta

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trd.journey import overview, panels
from trd.journey.pages import pages
from trd.journey.spacing import GAPS_DAYS, Attempt, standing
from trd.paths import course_dir
from trd.quiz.answers import AnswerLog
from trd.quiz.session import current

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ITEM = """single_best("{name}", "Which?", {{"a": "Trial A", "b": "Trial B"}}, {more}
objective="LO-1.2", key="b", why={{"a": "Too short.", "b": "Long enough."}})"""


def after(days, right, hour=0):
    return Attempt(NOON + timedelta(days=days, hours=hour), right)


def day(days):
    return (NOON + timedelta(days=days)).astimezone().date()


def test_what_was_right_does_not_come_back():
    found = standing([after(0, True), after(5, True)])
    assert (found.missed, found.due, found.first_right) == (False, None, True)
    assert standing([]) is None


def test_what_was_missed_comes_back_with_growing_gaps_until_it_is_settled():
    tries, when = [after(0, False)], 0
    for gap in GAPS_DAYS:
        found = standing(tries)
        assert found.due == day(when + gap)
        when += gap
        tries.append(after(when, True))
    assert standing(tries).due is None


def test_only_the_first_answer_of_a_day_counts():
    put_right_at_once = standing([after(0, False), after(0, True, hour=1)])
    assert put_right_at_once.due == day(1)
    assert not put_right_at_once.first_right
    spoilt_later = standing([after(0, True), after(0, False, hour=1)])
    assert spoilt_later.due is None


def test_missed_once_more_it_starts_again():
    found = standing([after(0, False), after(1, True), after(4, False)])
    assert found.due == day(4 + GAPS_DAYS[0])


@given(st.lists(st.tuples(st.integers(0, 400), st.booleans()), min_size=1, max_size=30))
def test_it_comes_back_later_than_it_was_last_answered_and_never_without_a_miss(tries):
    attempts = [after(days, right) for days, right in tries]
    found = standing(attempts)
    assert found == standing(attempts[::-1]) or len({d for d, _ in tries}) < len(tries)
    if found.due is not None:
        assert found.missed
        assert found.due > max(attempt.day for attempt in attempts)


def write(folder, stem, items, minutes=None, harmful=None):
    def more(name, together):
        return (f"together={together!r}," if together else "") + (
            "safety_critical=True," if name == harmful else ""
        )

    trd = {"minutes": minutes} if minutes else {}
    cells = [nbformat.v4.new_markdown_cell(f"# Page {stem}")]
    cells += [
        nbformat.v4.new_code_cell(ITEM.format(name=name, more=more(name, together)))
        for name, together in items.items()
    ]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"trd": trd})
    nbformat.write(notebook, folder / f"{stem}.ipynb")


@pytest.fixture
def course(tmp_path, monkeypatch):
    folder = tmp_path / "trainee" / "course"
    folder.mkdir(parents=True)
    pairs = range(1, 5)
    write(folder, "00_start_here", {f"before-{n}": "before" for n in pairs})
    write(folder, "01_one", {"guess": "", "first": "", "second": ""}, minutes=40)
    write(folder, "02_two", {"guess-too": "", "third": ""}, minutes=30)
    write(folder, "06_looking_back", {f"after-{n}": "after" for n in pairs})
    monkeypatch.setattr(panels, "course_dir", lambda: folder)
    return folder


class Log:
    """Answers at made-up times."""

    def __init__(self, path):
        self.now = NOON
        self.log = AnswerLog(path, make_folder=True, clock=lambda: self.now)

    def answer(self, days, stem, item, answer):
        self.now = NOON + timedelta(days=days, minutes=len(self.log.read().entries))
        self.log.record(stem, item, answer)

    def test(self, days, stem, name, answers):
        for number, answer in enumerate(answers, start=1):
            self.answer(days, stem, f"{name}-{number}", answer)


@pytest.fixture
def log(tmp_path):
    return Log(tmp_path / "trd-data" / "progress.jsonl")


def test_lessons_say_what_is_answered_and_what_comes_back(course, log):
    log.answer(0, "01_one", "first", "a")
    log.answer(0, "01_one", "first", "b")
    log.answer(0, "02_two", "third", "b")
    one, two = overview.lessons(pages(course), log.log.read())
    assert (one.answered, one.total, one.right_at_once, len(one.due)) == (1, 3, 0, 1)
    assert (two.answered, two.total, two.right_at_once, len(two.due)) == (1, 2, 1, 0)


def test_questions_of_a_set_do_not_come_back_by_themselves(course, log):
    log.test(0, "00_start_here", "before", "aaaa")
    assert overview.coming_back(overview.lessons(pages(course), log.log.read())) == ()


def test_no_more_than_a_few_are_asked_on_one_day(course, log):
    write(course, "03_three", {f"item-{n}": "" for n in range(11)}, minutes=20)
    for n in range(11):
        log.answer(0, "03_three", f"item-{n}", "a")
    due = overview.coming_back(overview.lessons(pages(course), log.log.read()))
    assert len(due) == 10
    assert len(overview.today(due, day(1))) == overview.A_DAY
    assert overview.today(due, day(0)) == ()


def test_the_tests_are_scored_when_complete_and_asked_again_after_sixty_days(course, log):
    log.test(0, "00_start_here", "before", "aab")
    assert overview.journey(pages(course), log.log.read()).before.right is None
    log.answer(1, "00_start_here", "before-4", "b")
    log.test(30, "06_looking_back", "after", "abbb")
    found = overview.journey(pages(course), log.log.read())
    assert (found.before.right, found.after.right) == (2, 3)
    assert found.again_from.astimezone().date() == day(30 + overview.RETEST_DAYS)
    # Answers given too early are practice, not the third test.
    log.answer(50, "00_start_here", "before-1", "b")
    log.test(91, "00_start_here", "before", "b-a-".replace("-", "b"))
    log.test(91, "06_looking_back", "after", "abab")
    again = overview.journey(pages(course), log.log.read()).again
    # before-1 right, after-2 right, before-3 wrong, after-4 right
    assert (again.answered, again.total, again.right) == (4, 4, 3)


def test_changing_an_answer_after_the_reasons_were_read_changes_no_score(course, log):
    log.test(0, "00_start_here", "before", "aaaa")
    log.test(0, "00_start_here", "before", "bbbb")
    assert overview.journey(pages(course), log.log.read()).before.right == 0


def test_junk_in_the_log_is_passed_over(course, log):
    log.log.record("01_one", "first", {"no": "answer"})
    log.log.record("01_one", "gone", "a")
    with log.log.path.open("ab") as file:
        file.write(
            b'{"v": 1, "notebook": "01_one", "item": "first", "answer": "a", "at": "noon"}\n'
        )
        file.write(b"not json\n")
    assert overview.lessons(pages(course), log.log.read())[0].answered == 0


def test_a_page_that_cannot_be_read_is_left_out(course, log):
    (course / "02_two.ipynb").write_text("{")
    assert [page.stem for page in pages(course)] == ["00_start_here", "01_one", "06_looking_back"]


def clock_at(days):
    return lambda: NOON + timedelta(days=days)


def test_the_front_door_says_where_to_go_on_and_follows_what_is_answered(course, log, page):
    page("00_start_here", folder=course)
    box = panels.where_you_are(clock_at(0))
    body = box.children[0]
    assert "Begin with the eight questions below" in body.value
    log.test(0, "00_start_here", "before", "abab")
    current().changed()
    assert "Next: <a" in body.value and "3 self-checks to go" in body.value
    log.answer(0, "01_one", "first", "b")
    current().changed()
    assert "Go on with <a" in body.value and "1 of 3 self-checks answered" in body.value


def test_fetched_cases_stand_there_with_what_is_missing(course, log, page):
    desk = course.parent / "cases" / "01-definitions"
    desk.mkdir(parents=True)
    write(desk, "case-a", {"first": ""})
    page("00_start_here", folder=course)
    assert "01-definitions" in panels.where_you_are(clock_at(0)).children[0].value
    assert "0 of 1 question answered; not handed in" in (
        panels.where_you_are(clock_at(0)).children[0].value
    )


def test_what_is_back_is_asked_anew_and_kept_as_an_answer_to_that_lesson(course, log, page):
    page("00_start_here", folder=course)
    log.answer(0, "01_one", "first", "a")
    assert "Nothing is due" in panels.what_comes_back(clock_at(0)).children[0].value
    head, room = panels.what_comes_back(clock_at(1)).children
    assert "1 question today" in head.value
    (begin,) = room.children
    begin.click()
    (turns,) = room.children
    # Nothing of the earlier answer is shown, and there is no way on before this one is given.
    assert turns.question.answer is None
    assert len(turns.children) == 1
    turns.question.answer = "b"
    turns.question.check()
    assert "Yes, that is right" in turns.question.verdict
    assert log.log.read().last("01_one", "first").answer == "b"
    turns.next_button.click()
    assert room.children == ()
    assert "1 of 1 right" in head.value


def test_after_a_round_it_says_how_it_went_until_the_next_one(course, log, page):
    session = page("00_start_here", folder=course)
    log.answer(0, "01_one", "first", "a")
    head, room = panels.what_comes_back(clock_at(1)).children
    room.children[0].click()
    turns = room.children[0]
    turns.question.answer = "a"
    turns.question.check()
    # A second try, with the reasons in sight, is no answer from memory.
    turns.question.again()
    turns.question.answer = "b"
    turns.question.check()
    turns.next_button.click()
    session.changed()
    assert "0 of 1 right" in head.value


def test_the_guess_that_begins_a_lesson_does_not_come_back(course, log):
    log.answer(0, "01_one", "guess", "a")
    assert overview.coming_back(overview.lessons(pages(course), log.log.read())) == ()
    assert overview.lessons(pages(course), log.log.read())[0].answered == 1


def test_what_can_harm_is_asked_first(course, log):
    write(course, "03_three", {f"item-{n}": "" for n in range(9)}, minutes=20, harmful="item-8")
    for n in range(9):
        log.answer(0, "03_three", f"item-{n}", "a")
    due = overview.today(
        overview.coming_back(overview.lessons(pages(course), log.log.read())), day(1)
    )
    assert len(due) == overview.A_DAY
    assert due[0].item.id == "item-8"


def test_the_eight_questions_are_offered_again_when_it_is_time_and_not_before(course, log, page):
    page("06_looking_back", folder=course)
    log.test(0, "00_start_here", "before", "aaab")
    log.test(0, "06_looking_back", "after", "bbbb")
    head, room = panels.your_eight_questions(clock_at(59)).children
    assert room.children == ()
    assert "1 of 4" in head.value and "4 of 4" in head.value
    assert f"{day(60).day} {day(60):%B %Y}" in head.value
    head, room = panels.your_eight_questions(clock_at(61)).children
    room.children[0].click()
    asked = room.children[0]
    assert asked.question.spec["heading"].startswith("Question 1 of 4")


def test_without_a_started_page_it_says_what_to_press():
    for panel in (panels.where_you_are, panels.what_comes_back, panels.your_eight_questions):
        assert "Start lesson" in repr(panel())


def test_the_two_sets_of_the_course_are_parallel():
    found = pages(course_dir())
    before = [item for _, item in overview.set_of(overview.BEFORE, found)]
    later = [item for _, item in overview.set_of(overview.AFTER, found)]
    assert len(before) == len(later) == 8
    assert [i.objective for i in before] == [i.objective for i in later]
    assert {i.objective[3] for i in before} == set("12345")
    assert len({i.stem for i in before + later} | {i.vignette for i in before + later}) > 8
