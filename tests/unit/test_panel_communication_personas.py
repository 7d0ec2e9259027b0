"""Lesson 5: eight conversations, their points and their teach-back, and the panel."""

from __future__ import annotations

import html
import json
import re
import sys

import pytest

from trd.communication.effects import natural_frequency
from trd.communication.panels.personas import ITEM, NOTEBOOK, persona_conversations
from trd.communication.personas import (
    ASKS,
    DONE,
    JUDGE,
    ORDER,
    POINTS,
    PUT_RIGHT,
    REPAIR,
    STOPPED,
    TALK,
    paths,
    people,
    person,
    read_result,
    record,
    standing,
    talk,
)
from trd.communication.under_way import read_open_talk
from trd.communication.views import personas as view
from trd.communication.views.personas import exchange, rubric
from trd.quiz.answers import AnswerLog
from trd.quiz.kept import last_open
from trd.quiz.session import EXECUTION, data_folder
from trd.rows import read

TABLES = (
    "communication",
    "communication_trials",
    "communication_effects",
    "communication_harms",
    "monitoring",
    "screening",
)
ROWS = {key: row for name in TABLES for key, row in read(name).items()}
REPLIES = [
    (who, turn, reply) for who in people() for turn in who.turns.values() for reply in turn.replies
]
NAMES = [f"{who.key}-{turn.key}-{reply.key}" for who, turn, reply in REPLIES]


def finished(who, way):
    """The best end that a way through the talk can come to."""
    found = talk(who, way)
    if found.phase == STOPPED:
        return found
    marks = [not each.reply.heard for each in found.said]
    found = talk(who, way, marks)
    return talk(who, way, marks, PUT_RIGHT) if found.phase == REPAIR else found


def best_way(who):
    return max(paths(who), key=lambda way: finished(who, way).total)


# The content


def test_there_are_eight_and_each_has_three_replies_a_turn():
    assert len(ORDER) == len(people()) == 8
    for who in people():
        assert all(len(turn.replies) == 3 for turn in who.turns.values())
        assert len(who.repairs) == 2
        assert {len(way) for way in paths(who.key) if talk(who.key, way).phase != STOPPED} <= {
            3,
            4,
            5,
        }


@pytest.mark.parametrize("who", ORDER)
def test_every_path_ends_and_every_turn_is_reached(who):
    reached = set()
    for way in paths(who):
        found = finished(who, way)
        assert found.phase in (STOPPED, DONE)
        reached |= {(each.turn.key, each.reply.key) for each in found.said}
    turns = person(who).turns
    assert reached == {(turn.key, reply.key) for turn in turns.values() for reply in turn.replies}


@pytest.mark.parametrize(("who", "turn", "reply"), REPLIES, ids=NAMES)
def test_every_reply_is_answered_and_has_feedback(who, turn, reply):
    assert reply.text
    assert reply.answer
    assert len(reply.why.split()) >= 5
    assert set(reply.points) <= set(POINTS)
    assert all(points in (0.5, 1.0) for points in reply.points.values())
    if reply.critical:
        assert not reply.points
        assert not reply.to
        assert len(reply.critical.split()) >= 15
    else:
        assert reply.takes
        assert bool(reply.put_right) == (not reply.heard)
    assert all(row in ROWS for row in reply.rows)


@pytest.mark.parametrize("who", ORDER)
def test_the_best_way_earns_all_four_and_a_critical_reply_nothing(who):
    best = finished(who, best_way(who))
    assert best.total == 4
    assert set(best.scores.values()) == {1.0}
    stops = [way for way in paths(who) if talk(who, way).phase == STOPPED]
    assert stops
    for way in stops:
        assert talk(who, way).total == 0
    # Elsewhere points can be lost, too.
    assert min(finished(who, way).total for way in paths(who) if way not in stops) <= 1.5


def best_reply(turn):
    return max(turn.replies, key=lambda each: -1 if each.critical else sum(each.points.values()))


def test_the_best_reply_is_neither_the_longest_nor_always_in_one_place():
    turns = [turn for who in people() for turn in who.turns.values()]
    longest, places = 0, []
    for turn in turns:
        lengths = [len(each.text) for each in turn.replies]
        assert max(lengths) <= 1.3 * min(lengths), turn
        longest += len(best_reply(turn).text) == max(lengths)
        places.append(turn.replies.index(best_reply(turn)))
    assert longest <= len(turns) / 2.5
    assert all(places.count(place) >= len(turns) / 5 for place in range(3))
    for who in people():
        for turn in who.turns.values():
            for each in turn.replies:
                if each.put_right:
                    sizes = [len(each.put_right), *(len(way.text) for way in who.repairs)]
                    assert max(sizes) <= 1.4 * min(sizes), each.key


# Numbers in spoken lines

WORDS = {
    name: str(number)
    for number, name in enumerate(
        ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], start=2
    )
}
UNITS = "hours?|days?|weeks?|months?|infusions|people"
COUNTED = re.compile(rf"\b({'|'.join(WORDS)}) (?:ketamine )?({UNITS})\b")
#: Denominators, and a wait that a clinic names for itself.
PLAIN = {"100"}


def numbers(text):
    found = set(re.findall(r"(?<![P\w.])\d+(?:\.\d+)?", text))
    return found | {WORDS[word] for word, _unit in COUNTED.findall(text)}


def stands_in(number, row):
    words = f"{row.statement} {row.note} {row.population} {row.n} {row.low} {row.high}"
    if number in numbers(words):
        return True
    if not row.value:
        return False
    value = float(row.value)
    whole = natural_frequency(value / 100, 100) if 0 <= value <= 100 else value
    # The other side of a rate, too: 47 of 100 respond, 53 do not.
    return float(number) in (value, whole, 100 - whole)


@pytest.mark.parametrize(("who", "turn", "reply"), REPLIES, ids=NAMES)
def test_every_number_stands_in_a_row_that_was_read(who, turn, reply):
    spoken = [reply.text, reply.answer, reply.takes, reply.put_right, reply.critical, reply.why]
    known = (
        numbers(" ".join([who.title, who.who, *(each.asks for each in who.turns.values())])) | PLAIN
    )
    rows = [ROWS[row] for row in reply.rows]
    # What another reply of the same turn says with its rows may be taken up by feedback.
    rows += [ROWS[row] for each in turn.replies for row in each.rows]
    for text in spoken:
        for number in numbers(text) - known:
            holds = [row for row in rows if stands_in(number, row)]
            assert holds, f"{number} in: {text}"
            if row_is_a_rate(number, text):
                assert any(row.status in ("verified", "derived") for row in holds), number


def row_is_a_rate(number, text):
    return f"{number} of 100" in text or f", {number} on" in text


@pytest.mark.parametrize(("who", "turn", "reply"), REPLIES, ids=NAMES)
def test_a_full_p2_names_denominator_and_comparator(who, turn, reply):
    if reply.points.get("P2") != 1:
        return
    assert "100" in reply.text
    assert re.search(r"sedative|dummy|on the sedative", reply.text)
    assert len(numbers(reply.text) - PLAIN) >= 2
    # The other side as well: how many it did not happen to.
    assert re.search(r"\b(?:did not|were not|still had)\b", reply.text)


def test_what_must_not_be_said_is_said_by_no_good_reply():
    banned = re.compile(
        r"\bproven|breakthrough|miracle|game.changer|FDA-approved|\bit is safe|cures you|"
        r"not addictive|\baddict\b",
        re.IGNORECASE,
    )
    for who, _turn, reply in REPLIES:
        if reply.points:
            assert not banned.search(reply.text), (who.key, reply.key)


# Suicidal thoughts


def test_safety_comes_before_any_number():
    who = person("aisha")
    assert who.content_note
    assert [each.key for each in people() if each.content_note] == ["aisha"]
    for way in paths("aisha"):
        safe = False
        for each in talk("aisha", way).said:
            words = each.reply.text
            if each.reply.critical:
                break
            if numbers(words) - {"2"}:
                assert safe, way
            safe = safe or "crisis team" in words
    first = best_way("aisha")
    assert "ending your life today" in who.first.reply(first[0]).text
    assert "staying here with you" in who.first.reply(first[0]).text


def test_numbers_first_and_booking_first_stop_the_conversation():
    assert talk("aisha", ["slot"]).phase == STOPPED
    assert talk("aisha", ["form", "numbers"]).phase == STOPPED
    assert talk("aisha", ["glad", "letter"]).phase == STOPPED


def test_no_method_anywhere():
    words = " ".join(
        " ".join([reply.text, reply.answer, reply.takes, reply.put_right, reply.critical])
        for who, _turn, reply in REPLIES
        if who.key == "aisha"
    ).lower()
    for banned in ("pills", "tablets", "overdose", "hang", "jump", "knife", "committed", "blade"):
        assert banned not in words


# Following a talk


def test_what_is_said_back_depends_on_what_was_said():
    well = talk("maria", ["depends", "counted", "unknown"])
    badly = talk("maria", ["decades", "leaflet", "party"])
    assert well.phase == badly.phase == JUDGE
    assert [each.reply.takes for each in well.said] != [each.reply.takes for each in badly.said]
    assert [each.reply.heard for each in badly.said] == [False, False, False]
    # Even a good explanation may be misheard.
    assert [each.reply.heard for each in well.said] == [True, False, True]


def test_half_of_safety_is_the_teach_back():
    way = ["depends", "counted", "unknown"]
    missed = talk("maria", way, [False, False, False])
    assert missed.phase == DONE
    assert missed.scores["P4"] == 0.5
    too_strict = talk("maria", way, [True, True, False], PUT_RIGHT)
    assert too_strict.scores["P4"] == 0.5
    brushed = talk("maria", way, [False, True, False], "repair-1")
    assert brushed.scores["P4"] == 0.5
    assert not brushed.taught_back
    done = talk("maria", way, [False, True, False], PUT_RIGHT)
    assert done.scores["P4"] == 1
    assert done.total == 4


def test_nothing_to_repair_when_all_was_heard_right():
    way = best_way("aisha")
    found = talk("aisha", way, [False] * len(way))
    assert found.phase == DONE
    assert found.repairs == ()
    assert found.total == 4


@pytest.mark.parametrize(
    ("who", "replies", "judged", "repair"),
    [
        ("nobody", [], None, None),
        ("maria", ["unknown"], None, None),
        ("maria", ["vouch", "pass"], None, None),
        ("maria", ["depends"], [True], None),
        ("maria", ["depends", "counted", "unknown"], [True], None),
        ("maria", ["depends", "counted", "unknown"], None, PUT_RIGHT),
        ("maria", ["depends", "counted", "unknown"], [False, True, False], "shrug"),
    ],
)
def test_what_cannot_be_is_refused_in_words(who, replies, judged, repair):
    with pytest.raises(ValueError, match=r"^[A-Z].*[.?]$"):
        talk(who, replies, judged, repair)


def test_only_what_can_have_happened_is_read_back():
    done = finished("tom", best_way("tom"))
    assert read_result(record(done)).total == 4
    assert read_result(record(talk("tom", ["here"]))).stopped
    kept = record(done)
    for wrong in (
        None,
        "x",
        {},
        {**kept, "replies": ["here", "real"]},
        {**kept, "person": "x"},
        {**kept, "judged": None},
        {**kept, "judged": 3},
    ):
        assert read_result(wrong) is None


# The panel


@pytest.fixture
def panel(tmp_path, monkeypatch):
    monkeypatch.setenv("TRD_DATA", str(tmp_path))
    return persona_conversations()


def text(html):
    return re.sub(r"<[^>]+>", " ", html)


def walk(panel, who):
    panel.meet(who)
    for reply in best_way(who):
        panel.say(reply)
    panel.judge([not each.reply.heard for each in panel.talk.said])
    if panel.talk.phase == REPAIR:
        panel.mend(PUT_RIGHT)


def test_a_conversation_from_first_word_to_points(panel):
    assert panel.scene["phase"] == TALK
    assert len(panel.scene["options"]) == 3
    panel.meet("maria")
    panel.say("depends")
    assert "P1 answers and names the feeling: 1 of 1" in text(panel.scene["entries"][1])
    panel.say("counted")
    assert "What this rests on" in panel.scene["entries"][2]
    panel.say("unknown")
    assert panel.scene["phase"] == JUDGE
    assert len(panel.scene["statements"]) == 3
    panel.judge([False, True, False])
    assert panel.scene["phase"] == REPAIR
    assert "all the medicine" in panel.scene["mending"]
    # The model words wait until the trainee has chosen.
    assert person("maria").turns["number"].reply("counted").put_right not in "".join(
        panel.scene["entries"]
    )
    panel.mend(PUT_RIGHT)
    assert "4 of 4" in text(panel.scene["entries"][-1])
    assert "1 of 8 people" in panel.results


def test_every_conversation_draws_on_every_way(panel):
    for who in ORDER:
        for way in paths(who):
            found = finished(who, way)
            for index in range(len(found.said)):
                assert view.exchange(found, index)
            assert view.summary(found)
            if found.judged is not None:
                assert view.judged(found)
                assert view.repaired(found) or found.repaired is None
        walk(panel, who)
        assert "4 of 4" in text(panel.scene["entries"][-1])
    assert "8 of 8 people" in panel.results


def test_a_stop_is_kind_and_can_be_taken_back(panel):
    panel.meet("aisha")
    panel.say("slot")
    last = text(panel.scene["entries"][-2])
    assert "The conversation stops here" in last
    assert "You can go back to this moment" in last
    assert "0 of 4" in text(panel.scene["entries"][-1])
    assert "stopped" in panel.results
    panel.back()
    assert panel.scene["phase"] == TALK
    panel.say("glad")
    assert panel.scene["phase"] == TALK
    with pytest.raises(ValueError, match="nothing to go back"):
        panel.back()


def test_a_click_at_the_wrong_moment_is_told_and_breaks_nothing(panel):
    panel._on_message(panel, {"do": "say", "reply": "nonsense"}, [])
    assert panel.message["kind"] == "error"
    assert "does not belong" in panel.message["text"]
    panel._on_message(panel, {"do": "judge", "marks": [True]}, [])
    assert "Nothing has been said back" in panel.message["text"]
    panel._on_message(panel, {"do": "mend", "way": "x"}, [])
    assert panel.message["kind"] == "error"
    assert panel.scene["phase"] == TALK


def test_results_come_back(panel, tmp_path):
    walk(panel, "tom")
    panel.meet("dev")
    panel.say("summer")
    again = persona_conversations()
    assert "2 of 8 people" in again.results
    rows = text(again.results)
    assert re.search(r"Tom\s+4 of 4\s+4 of 4\s+1", rows)
    assert re.search(r"Dev\s+stopped\s+0 of 4\s+1", rows)
    # Somebody not met yet comes in.
    assert again.scene["key"] not in ("tom", "dev")
    log = (tmp_path / "progress.jsonl").read_text(encoding="utf-8")
    assert NOTEBOOK in log
    assert ITEM in log


# A conversation that was left


def log_file():
    return data_folder() / "progress.jsonl"


def kept_lines():
    return log_file().read_bytes().splitlines() if log_file().exists() else []


def write(*answers):
    log = AnswerLog(log_file(), make_folder=True)
    for each in answers:
        log.record(NOTEBOOK, ITEM, each)


def screen(panel):
    """The screen, without the count of conversations and the line that tells of coming back."""
    return {**panel.scene, "number": 0, "note": ""}


def test_a_conversation_that_was_left_is_there_again_at_every_moment(panel):
    walk(panel, "tom")
    steps = [
        lambda each: each.say("depends"),
        lambda each: each.say("counted"),
        lambda each: each.say("unknown"),
        lambda each: each.judge([False, True, False]),
    ]
    panel.meet("maria")
    phases = []
    for step in steps:
        step(panel)
        later = persona_conversations()
        phases.append(later.scene["phase"])
        assert screen(later) == screen(panel)
        assert later.results == panel.results
        assert "goes on where you left it" in later.scene["note"]
    assert phases == [TALK, TALK, JUDGE, REPAIR]
    # It goes on from there, is told of once, and when it is over it does not come back.
    later.mend(PUT_RIGHT)
    assert later.scene["note"] == ""
    assert "4 of 4" in text(later.scene["entries"][-1])
    after = persona_conversations()
    assert "2 of 8 people" in after.results
    assert after.scene["key"] not in ("tom", "maria")
    assert (len(after.scene["entries"]), after.scene["note"]) == (1, "")


def test_whoever_was_chosen_is_there_again_and_the_same_person_too(panel):
    walk(panel, "tom")
    panel.meet("george")
    later = persona_conversations()
    assert later.scene["key"] == "george"
    assert later.scene["note"] == "", "nothing was said that could be taken up"
    walk(later, "george")
    later.meet("george")
    assert persona_conversations().scene["key"] == "george"


def test_a_stop_ends_it_and_going_back_opens_it_again(panel):
    panel.meet("aisha")
    panel.say("glad")
    panel.say("letter")
    assert panel.scene["phase"] == STOPPED
    assert persona_conversations().scene["key"] != "aisha"
    panel.back()
    later = persona_conversations()
    assert screen(later) == screen(panel)
    assert [each.reply.key for each in later.talk.said] == ["glad"]
    assert "stopped" in later.results


def test_who_left_before_a_word_is_not_led_back_into_the_talk_about_suicide(panel):
    panel.meet("aisha")
    assert persona_conversations().scene["key"] == "maria"
    panel.meet("george")
    panel.say(best_way("george")[0])
    panel.meet("aisha")
    later = persona_conversations()
    assert (later.scene["key"], len(later.talk.said)) == ("george", 1)
    # Who was in the middle of it goes on.
    panel.say("glad")
    assert persona_conversations().scene["key"] == "aisha"


def test_opening_the_page_writes_nothing_and_every_step_is_written_once(panel):
    panel.meet("maria")
    persona_conversations()
    assert kept_lines() == [], "she was on the screen already"
    panel.say("depends")
    persona_conversations()
    later = persona_conversations()
    assert len(kept_lines()) == 1
    later.say("counted")
    later._on_message(later, {"do": "say", "reply": "nonsense"}, [])
    assert len(kept_lines()) == 2
    later.say("unknown")
    later.judge([False, False, False])
    assert later.scene["phase"] == DONE
    assert len(kept_lines()) == 4


def test_a_write_that_was_cut_off_costs_that_step_and_nothing_else(panel):
    panel.say("depends")
    replies = [each for each in panel.talk.turn.replies if not each.critical]
    other = next(each.key for each in replies if each.key != "counted")
    panel.say("counted")
    whole = log_file().read_bytes()
    last = whole.rindex(b"\n", 0, len(whole) - 1) + 1
    for end in (last, last + 1, (last + len(whole)) // 2, len(whole) - 2):
        log_file().write_bytes(whole[:end])
        later = persona_conversations()
        assert [each.reply.key for each in later.talk.said] == ["depends"]
        # What comes next is not swallowed by the torn line.
        later.say(other)
        again = persona_conversations()
        assert [each.reply.key for each in again.talk.said] == ["depends", other]
    # The line is whole and only its end is missing.
    log_file().write_bytes(whole[:-1])
    assert len(persona_conversations().talk.said) == 2


def test_conversations_kept_before_open_ones_were_are_read_as_ever(panel):
    write(record(finished("tom", best_way("tom"))), record(talk("maria", ["vouch"])))
    later = persona_conversations()
    assert "2 of 8 people" in later.results
    assert (later.scene["key"], later.scene["note"]) == ("dev", "")


OPEN = record(talk("maria", ["depends", "counted", "unknown"], [False, True, False]))


@pytest.mark.parametrize(
    "junk",
    [
        {"person": "nobody"},
        {"person": ["maria"]},
        {"person": "aisha", "replies": [], "judged": None},
        {"replies": ["here"]},
        {"replies": {"depends": 1, "counted": 1, "unknown": 1}},
        {"replies": "depends"},
        {"replies": None},
        {"replies": [["depends"]]},
        {"replies": ["depends"] * 5000},
        {"judged": [False]},
        {"judged": "nnn"},
        {"judged": ["", "x", ""]},
        {"judged": 3},
        {"repair": "shrug"},
        {"repair": 0},
        {"more": 1},
    ],
)
def test_a_state_that_no_screen_can_have_written_is_passed_over(junk, panel):
    write(OPEN, {**OPEN, **junk}, None, "x", [OPEN], {})
    later = persona_conversations()
    assert (later.scene["key"], later.scene["phase"]) == ("maria", REPAIR)
    assert later.results == ""


def test_a_step_that_could_not_be_written_is_told(tmp_path, monkeypatch):
    (tmp_path / "data").write_text("in the way")
    monkeypatch.setenv("TRD_DATA", str(tmp_path / "data"))
    panel = persona_conversations()
    panel.say("depends")
    assert "Not kept" in panel.results
    assert len(panel.scene["entries"]) == 2


def test_a_grader_leaves_no_conversation_behind(panel, monkeypatch):
    monkeypatch.setenv(EXECUTION, "validate")
    panel.say("depends")
    assert kept_lines() == []


@pytest.mark.parametrize("who", ORDER)
def test_what_is_written_down_of_every_open_moment_is_read_back(who):
    done = record(finished("tom", best_way("tom")))
    for way in paths(who):
        moments = [talk(who, way[:many]) for many in range(1, len(way) + 1)]
        if moments[-1].phase == JUDGE:
            moments.append(talk(who, way, [True] * len(way)))
        for here in moments:
            written = json.loads(json.dumps(record(here)))
            still = here.phase not in (STOPPED, DONE)
            assert read_open_talk(written) == (here if still else None)
            assert bool(read_result(written)) is not still
            if still:
                assert last_open([done, written, "junk"], read_result, read_open_talk) == here
                assert last_open([written, done, None], read_result, read_open_talk) is None


def test_nobody_is_led_into_the_talk_about_suicide(panel):
    for who in ORDER:
        assert panel.scene["key"] != "aisha"
        assert panel.scene["next"] != "aisha"
        if who != "aisha":
            walk(panel, who)
    again = persona_conversations()
    assert again.scene["key"] != "aisha"
    assert again.scene["next"] != "aisha"


def test_note_first_support_last_and_nothing_false_about_storing(panel):
    assert "Content note" in panel.spec["note"]
    for words in ("988", "116 123", "findahelpline.com", "you yourself"):
        assert words in panel.spec["support"]
    assert "Nothing you choose here is stored" not in panel.spec["support"]


def test_no_pyplot():
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []


# What is not lost yet


def shown(who, way, index):
    return exchange(talk(who, way), index)


def test_no_cross_for_what_can_still_be_earned():
    """Tom's second turn: another reply earns half of P3, a later one all of it."""
    for who in ORDER:
        way = best_way(who)
        for index in range(len(way)):
            assert "✗" not in shown(who, way, index), (who, index)
    words = " ".join(shown("tom", best_way("tom"), index) for index in range(2))
    assert "P3 honest limits: still to be earned" in words


def test_what_cannot_be_earned_any_more_has_its_cross():
    way = ("decades", "leaflet", "party")
    assert standing(talk("maria", way), 0, "P2") == "open"
    assert standing(talk("maria", way), 1, "P2") == "lost"
    assert "P2 a number that can be compared: 0 of 1" in shown("maria", way, 1)
    assert "✗" in shown("maria", way, 1)


def test_the_four_points_are_explained_in_the_open():
    page = rubric()
    before = page.partition("<details>")[0]
    for key in POINTS:
        assert f"{key} {POINTS[key]}:" in before
        assert ASKS[key] in html.unescape(before)


def test_maria_who_comes_for_a_drip_hears_the_numbers_of_the_drip():
    who = person("maria")
    for turn in who.turns.values():
        for each in turn.replies:
            for words in (each.text, each.put_right, each.takes):
                if "of 100" in words or "Of 100" in words:
                    assert "69" in words, words
                # Rates of the spray are called so.
                if re.search(r"\b12\b", words):
                    assert "spray" in words, words
                assert not re.search(r"\b34\b", words)
    best = finished("maria", best_way("maria"))
    said = " ".join(each.reply.text for each in best.said)
    assert "69 of 100 people felt unreal, and 17 on a sedative; 31 did not" in said
    assert best.total == 4
