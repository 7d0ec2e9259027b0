"""Lesson 5: the leaflet workshop."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trd.communication import leaflet
from trd.communication.audit import statements
from trd.communication.leaflet import (
    CAUTIONS,
    ENOUGH_WORDS,
    LONG_SENTENCE,
    MODEL_CLAIMS,
    MODEL_ROWS,
    MODEL_TEXT,
    MOST_CHARACTERS,
    POINTS,
    WEAK_DRAFT,
    clean,
    own_words,
    review,
    sentences,
)
from trd.communication.panels.leaflet import grades_of, leaflet_workshop
from trd.communication.readability import readability
from trd.communication.views import leaflet as view
from trd.rows import read

OWN = (
    "Dear Ruth, this drip is off-label. Of 100 people, 47 in 100 feel better the next day, and 26 "
    "in 100 with another drug. We do not know what it does over years. You may feel dizzy. Do not "
    "drive that day. You can stop at any time. Call us if you feel worse."
)
VOID = {"br", "hr", "img", "input"}


class Balanced(HTMLParser):
    """Collects the text; fails when a tag is not closed where it should be."""

    def __init__(self):
        super().__init__()
        self.open = []
        self.tags = set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, tag


def tags(text):
    parser = Balanced()
    parser.feed(text)
    parser.close()
    assert parser.open == []
    return parser.tags


def words(text):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def found(text):
    return {each.point.id for each in review(text).checklist if each.words}


def flagged(text):
    return [each.caution.id for each in review(text).flags]


# -- what is looked for ------------------------------------------------------------------------

SAYS = {
    "off-label": ("This is off-label.", "It is not licensed for this.", "It isn’t approved here."),
    "alternatives": ("You could try ECT.", "Waiting is a choice.", "There are other tablets."),
    "chance": ("It helped 47 in 100.", "It helped 5 out of 10 people.", "9 of every 100 got well."),
    "comparison": ("With the other drug it was 26.", "A dummy drip did less."),
    "no-help": ("53 did not feel better.", "It may not help you.", "For some it won’t work."),
    "how-long": ("It wears off.", "It lasts about five days.", "Low mood can come back."),
    "harm": ("You may feel dizzy.", "Your blood pressure goes up.", "Side effects are listed."),
    "unknown": ("We do not know.", "Nobody can be sure.", "This is unknown."),
    "stop": ("You can stop.", "You may change your mind.", "Say no if you wish."),
    "same-day": ("Do not drive.", "Someone takes you home."),
    "worse": ("Call us.", "In an emergency go to hospital."),
    "teach-back": ("Tell us in your own words.", "Please ask questions."),
}
SAYS_NOT = {
    "off-label": "It is an approved and licensed drug.",
    "alternatives": "Ketamine is the one thing for you.",
    "chance": "Many people get better in 2 days, at 100 Main Street.",
    "comparison": "It helped 47 in 100.",
    "no-help": "It is a good help, and we do not know how it works.",
    "how-long": "It helps.",
    "harm": "It helps.",
    "unknown": "We know it all and we are sure.",
    "stop": "You will come twice.",
    "same-day": "You will come twice.",
    "worse": "You will come twice.",
    "teach-back": "You will come twice.",
}


@pytest.mark.parametrize("point", POINTS, ids=lambda each: each.id)
def test_a_point_is_found_when_made_and_not_otherwise(point):
    for text in SAYS[point.id]:
        assert point.id in found(text), text
    assert point.id not in found(SAYS_NOT[point.id])


def test_what_was_found_is_shown_as_written():
    got = next(e for e in review("It helped 47 in\n100.").checklist if e.point.id == "chance")
    assert got.words == ("47 in 100",)


BAD = {
    "up-to": "It helps up to 70% of people.",
    "hype": "A proven breakthrough.",
    "safe": "It is safe.",
    "mild": "Effects are mild.",
    "at-once": "It works within hours.",
    "cure": "It cures depression.",
    "mechanism": "It grows new brain cells.",
    "approved": "It is FDA-approved.",
    "suicide": "It prevents suicide.",
    "committed": "He committed suicide.",
    "addictive": "It is not addictive.",
    "all-conditions": "It works for anxiety and PTSD.",
    "versus-ect": "It is as good as ECT.",
    "placebo": "It is just placebo.",
    "lasting": "You get long-lasting relief.",
    "nnt": "The NNT is 5.",
    "words-only": "Dizziness is common.",
    "calm": "It is a calming time.",
    "few-left": "This is your last chance.",
}
GOOD = (
    "It is not proven.",
    "It is no cure, and nobody can promise one.",
    "It is not safe for all.",
    "It has not been shown to prevent suicide, and it does not prevent suicide.",
    "It is not approved for depression.",
    "Dizziness is common: 38 in 100 have it.",
    "In a crisis get immediate help.",
    "Go to a safe place.",
    "It can be misused.",
    "Relief lasts some days.",
)


@pytest.mark.parametrize("caution", CAUTIONS, ids=lambda each: each.id)
def test_wording_better_left_out_is_flagged_with_a_better_one(caution):
    text = BAD[caution.id]
    assert caution.id in flagged(text)
    shown = words(view.flags_html(review(text)))
    assert caution.why in shown
    assert caution.better in shown


@pytest.mark.parametrize("text", GOOD)
def test_what_is_denied_or_counted_is_left_alone(text):
    assert flagged(text) == []


def test_what_is_better_is_not_flagged_itself():
    for caution in CAUTIONS:
        advice = re.sub(r"“[^”]*”", "", caution.better)
        assert flagged(advice) == [], caution.id
    for point in POINTS:
        assert flagged(point.hint) == [], point.id


def test_sentences_are_cut_at_ends_and_lines():
    text = "One. Two? Three!\n- Four\nE.g. five of 3.5 mg. “Six.” Seven"
    cut = [text[each.start : each.end] for each in sentences(text)]
    assert cut[:4] == ["One.", "Two?", "Three!", "- Four"]
    assert cut[-1] == "Seven"
    assert not any(each.startswith("5 mg") for each in cut)


def test_the_longest_sentences_are_marked():
    long = "word " * (LONG_SENTENCE + 5) + "end."
    longer = "word " * (LONG_SENTENCE + 9) + "end."
    text = f"Short. {long.capitalize()} {longer.capitalize()} Short."
    assert [each.words for each in review(text).long] == [LONG_SENTENCE + 10, LONG_SENTENCE + 6]
    marked = view.marked_html(review(text))
    assert marked.count('<span class="tlw-count">') == 2
    assert f"({LONG_SENTENCE + 10} words)" in marked
    assert review("word " * LONG_SENTENCE).long == ()


# -- the two texts of the course ---------------------------------------------------------------


def test_the_model_text_makes_every_point_in_plain_words():
    got = review(MODEL_TEXT)
    assert got.found == len(POINTS)
    assert got.flags == ()
    assert got.long == ()
    grades = readability(MODEL_TEXT)
    assert 0 < grades.flesch_kincaid_grade <= 6.5
    assert grades.words == pytest.approx(got.words, rel=0.05)


def test_the_numbers_of_the_model_text_are_in_the_evidence():
    text = MODEL_TEXT.replace("6-month", "")
    numbers = set(re.findall(r"\d+", text)) - {"100"}
    said = " ".join(statements()[name].restatement for name in MODEL_CLAIMS)
    rows = [read(table)[name] for table, name in MODEL_ROWS]
    assert {row.status for row in rows} <= {"verified", "derived"}
    assert {statements()[name].status for name in MODEL_CLAIMS} <= {"verified", "derived"}
    backed = set(re.findall(r"\d+", said)) | {row.value for row in rows}
    # 100 less 47, and the 42 people in each arm of the second study.
    assert {row.source for row in rows} == {("su2023",)}
    backed |= {str(100 - 47), str(42 + 42)}
    assert numbers == {"40", "47", "26", "53", "84", "69", "17"}
    assert numbers <= backed
    # At 24 hours against a sedating control.
    assert "47 and 26 in 100 at 24 hours" in statements()["C53"].restatement


def test_the_weak_draft_is_weak():
    got = review(WEAK_DRAFT)
    assert len({flag.caution.id for flag in got.flags}) >= 8
    assert got.found <= 2
    assert len(got.long) >= 2
    assert readability(WEAK_DRAFT).flesch_kincaid_grade > 12


# -- hostile texts -----------------------------------------------------------------------------

HOSTILE = [
    "",
    " \n\t ",
    "\x00\x1b\x7f\u202e",
    "\ud800 lone",
    "<script>alert(1)</script> is <b>safe</b> & mild <img src=x onerror=alert(1)>",
    "</span></mark></div> up to 70% </section>",
    "a" * MOST_CHARACTERS,
    "safe " * (MOST_CHARACTERS // 5),
    "\n" * MOST_CHARACTERS,
    "not a b c d e " * (MOST_CHARACTERS // 14),
    "…!?!?。😀" * 50,
    "'\" onmouseover=x " * 20,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_are_shown_as_text(text):
    panel = leaflet_workshop()
    panel.text = text
    assert "TRD-" not in panel.report
    assert tags(panel.report) <= {
        *("p", "strong", "div", "span", "ul", "li", "mark", "details", "summary")
    }
    panel.report.encode()
    assert "onerror=alert(1)>" not in panel.report


@pytest.mark.parametrize("size", [MOST_CHARACTERS + 1, 100_000])
def test_a_text_that_is_too_long_is_told_so_and_not_kept(size):
    panel = leaflet_workshop()
    panel.text = "word " * (size // 5 + 1)
    assert "A leaflet has one page" in panel.report
    assert len(panel.text) <= MOST_CHARACTERS + 1
    panel.text = OWN
    assert "A leaflet has one page" not in panel.report
    with pytest.raises(ValueError, match="up to 6,000 characters"):
        clean("x" * size)


WORDS = ["safe", "up to 70%", "word", ".", "! ", "\n", " ", "<b>", "&amp;", "not", "word " * 21]


@given(st.one_of(st.text(max_size=200), st.lists(st.sampled_from(WORDS), max_size=60).map("".join)))
@settings(max_examples=150, deadline=None)
def test_any_text_is_marked_without_losing_a_word(text):
    got = review(text)
    shown = re.sub(r' <span class="tlw-count">.*?</span>', "", view._marked(got))
    tags(shown)
    assert html.unescape(re.sub(r"<[^>]+>", "", shown)) == got.text
    assert sum(each.words for each in got.sentences) == got.words
    for one, two in zip(got.flags, got.flags[1:], strict=False):
        assert one.end <= two.start


# -- the panel ---------------------------------------------------------------------------------


def test_an_empty_box_says_how_to_begin():
    panel = leaflet_workshop()
    assert "begin with the weak draft" in panel.report
    assert panel.status == "Nothing written yet."
    assert "0 so far" in panel.locked


def test_what_is_found_follows_the_text():
    panel = leaflet_workshop()
    panel.text = WEAK_DRAFT
    weak = panel.status
    assert "13 phrases to look at again" in weak
    assert "too hard for many readers" in panel.report
    panel.text = OWN
    assert panel.status != weak
    assert "0 phrases to look at again" in panel.status
    assert re.search(r"grade \d\.\d", panel.status)
    assert "A program cannot understand a text" in panel.report
    assert "What was looked for" in panel.report
    for point in POINTS:
        assert html.escape(point.looked_for) in panel.report


def test_long_words_are_named_and_an_endless_sentence_gets_no_absurd_grade():
    panel = leaflet_workshop()
    panel.text = WEAK_DRAFT
    assert "Long words: depression, ketamine" in panel.report
    panel.text = "word " * 1000
    assert "grade above 20," in panel.status


def test_a_few_words_get_no_grade():
    panel = leaflet_workshop()
    panel.text = "Dear Ruth, thank you."
    assert "grade" not in panel.status
    assert "needs at least 30 words" in panel.report


def test_the_model_text_waits_until_something_was_written():
    panel = leaflet_workshop()
    for text in ("", WEAK_DRAFT, "Too short."):
        panel.text = text
        with pytest.raises(ValueError, match="of your own"):
            panel.show_model()
        panel._on_message(panel, {"do": "model"}, None)
        assert panel.model == ""
        assert "off-label" not in panel.status
    panel.text = OWN
    assert own_words(OWN) >= ENOUGH_WORDS
    assert panel.locked == ""
    panel._on_message(panel, {"do": "model"}, None)
    assert "Ketamine for depression: what we know" in panel.model
    assert "School grade" in panel.model
    assert "Dean 2021" in panel.model
    tags(panel.model)
    panel._on_message(panel, {"do": "clear"}, None)
    assert (panel.text, panel.model) == ("", "")


@pytest.mark.parametrize("content", [None, [], "model", {"do": None}, {"do": ["model"]}, {}])
def test_other_messages_do_nothing(content):
    panel = leaflet_workshop()
    panel._on_message(panel, content, None)
    assert panel.model == ""


def test_nothing_is_written_down(tmp_path, monkeypatch):
    monkeypatch.setenv("TRD_DATA", str(tmp_path / "data"))
    panel = leaflet_workshop()
    panel.text = OWN
    panel.show_model()
    assert not (tmp_path / "data").exists()


def test_without_the_word_lists_the_rest_still_works(monkeypatch):
    monkeypatch.setitem(sys.modules, "syllapy", None)
    assert grades_of(OWN) is None
    panel = leaflet_workshop()
    panel.text = OWN
    assert "could not be worked out" in panel.report
    assert "points found" in panel.status


def test_the_model_needs_no_screen():
    code = (
        "import sys, trd.communication.leaflet as l\nl.review(l.WEAK_DRAFT)\n"
        "print([n for n in ('matplotlib','ipywidgets','anywidget','syllapy') if n in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
    assert leaflet.MOST_LONG >= 3


# -- what a reader of the lesson wrote ---------------------------------------------------------

TAUGHT = (
    "Of 100 people, 47 felt at least half better the day after one infusion. With a sleepy drug, "
    "26 did. So 53 of the 100 on ketamine did not. 69 of 100 felt unreal."
)


def found_words(text):
    return {each.point.id: each.words for each in review(text).checklist}


def test_the_sentences_that_the_lesson_teaches_are_found():
    got = found_words(TAUGHT)
    assert got["chance"] == ("Of 100 people, 47",)
    assert got["no-help"] == ("53 of the 100 on ketamine did not",)
    assert got["comparison"] == ("sleepy drug",)
    assert got["harm"] == ("unreal",)
    lesson = (
        "Of 100 people, 47 felt at least half better the day after one infusion. With midazolam, "
        "which makes people drowsy too, 26 did. So 53 of the 100 on ketamine did not."
    )
    assert {"chance", "comparison", "no-help"} <= found(lesson)
    assert "unknown" in found("21 more in 100, but it could be none, or 43.")


@pytest.mark.parametrize(
    "text",
    [
        "69 of 100 felt unreal.",
        "Of 100 people on the drip, 69 felt unreal and 17 with midazolam.",
        "You may feel dizzy. It happens to 38 in 100.",
        "With the spray 34 in 100 felt detached; 6 in 100 did with a dummy spray.",
        "Dizziness got better in 90 of 100.",
        "8 in 100 got worse.",
        "53 in 100 did not feel better.",
    ],
)
def test_a_harm_or_a_failure_is_no_chance_to_help(text):
    assert "chance" not in found(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It helped 47 of 100, with dizziness in 38 of 100.", ("47 of 100",)),
        ("69 of 100 felt unreal and 47 of 100 felt better.", ("47 of 100",)),
        ("47 in 100, the day after, felt much better.", ("47 in 100",)),
        ("Out of every 100 people about 47 got better.", ("of every 100 people about 47",)),
    ],
)
def test_a_chance_is_found_beside_a_harm(text, words):
    assert found_words(text)["chance"] == words


def test_a_rule_to_stop_says_nothing_of_how_often_it_fails():
    got = found("We stop if it does not help.")
    assert "stop" in got
    assert "no-help" not in got
    assert "no-help" not in found("69 of 100 felt unreal. 31 did not.")
    assert "no-help" in found("47 of 100 felt better. 53 did not.")


def test_nothing_is_called_a_simulation():
    assert "Simulation" not in str(leaflet_workshop().spec)
