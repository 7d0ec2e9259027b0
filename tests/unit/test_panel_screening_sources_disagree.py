"""Lesson 3: the panel on disagreeing sources, and the comparison behind it."""

from __future__ import annotations

import functools
import itertools
import re
import sys

import pytest

from trd.screening import Candidate, clinic, options, screen
from trd.screening.disagreement import (
    COURSE_WHY,
    COURSE_WHY_ROWS,
    OUTCOMES,
    PEOPLE,
    SEED,
    SHORT,
    SILENT,
    TOPIC_CODES,
    course_screenings,
    disagreement,
    finding,
    how_drawn,
    outcome,
    sources,
    stance_of,
    stricter,
)
from trd.screening.evidence import evidence_rows
from trd.screening.panels.sources_disagree import sources_disagree
from trd.screening.people import DIFFICULTIES
from trd.screening.policies import TOPICS, stances
from trd.screening.views.sources_disagree import SourcesView, _spread

NAMES = [f"{each.topic}:{each.key}" for each in sources()]


@pytest.fixture(scope="module")
def built():
    return sources_disagree()


@pytest.fixture
def panel(built):
    built.reset()
    return built


def alt(panel):
    return re.search(r'alt="([^"]*)"', panel.figure.value).group(1)


people_of = functools.cache(lambda difficulty: clinic(PEOPLE, SEED, difficulty))


def outcomes(choices, difficulty="mixed"):
    """The long way: everybody screened anew by the public rule."""
    return _outcomes(tuple(choices.items()), difficulty)


@functools.cache
def _outcomes(choices, difficulty):
    return tuple(outcome(screen(p, dict(choices))) for p in people_of(difficulty))


# The comparison


@pytest.mark.parametrize("name", NAMES)
def test_the_short_way_gives_what_screening_everybody_gives(name):
    topic, key = name.split(":")
    found = disagreement(name)
    assert found.after == outcomes({topic: key})
    assert found.before == outcomes({})
    assert sum(found.counts_after.values()) == PEOPLE == sum(found.counts_before.values())
    assert found.moved == sum(a != b for a, b in zip(found.before, found.after, strict=True))
    assert found.stricter + found.milder == found.moved == sum(n for _a, _b, n in found.flows)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("psychosis:label", "substance-use:label"),
        ("heart-attack:label", "stroke:phase-3"),
        ("trials:va", "bipolar:va"),
        ("substance-use:va", "psychosis:va"),
    ],
)
def test_two_choices_are_one_rule_and_the_sets_add_up(first, second):
    found = disagreement(first, second, "hard")
    choices = dict(name.split(":") for name in (first, second))
    both = outcomes(choices, "hard")
    assert found.after == both
    before = outcomes({}, "hard")
    alone = [
        {i for i, new in enumerate(outcomes({topic: key}, "hard")) if new != before[i]}
        for topic, key in choices.items()
    ]
    moved = {i for i in range(PEOPLE) if both[i] != before[i]}
    assert found.alone == tuple(map(len, alone))
    assert found.either == len(alone[0] & alone[1] & moved)
    assert found.together_only == len(moved - alone[0] - alone[1])
    assert found.undone == len((alone[0] | alone[1]) - moved)
    # No choice may hide a person: sums explained without a remainder.
    assert found.moved == len(alone[0] | alone[1]) + found.together_only - found.undone


def test_codes_of_a_topic_are_all_that_its_sources_change():
    people = [person for person, _screening in course_screenings("hard")]
    for stance in stances():
        allowed = set(TOPIC_CODES[stance.topic])
        for person in people[:150]:
            course, other = screen(person), screen(person, {stance.topic: stance.key})
            changed = set(course.reasons) ^ {*other.reasons, *other.weigh}
            assert changed <= allowed, (stance.topic, stance.key, changed)
        assert set(stance.effects) <= allowed


def test_left_to_judgement_is_neither_a_barrier_nor_its_absence():
    person = Candidate(systolic_mmhg=152, diastolic_mmhg=88)
    assert outcome(screen(person, {"blood-pressure": "label"})) == "WEIGH"
    assert stricter("WEIGH", "ELIGIBLE")
    assert stricter("DEFER", "WEIGH")
    found = disagreement("psychosis:label")
    assert found.counts_before["WEIGH"] == 0 < found.counts_after["WEIGH"]
    # Something else that stops a person is not hidden by the weighing.
    with_more = Candidate(systolic_mmhg=152, diastolic_mmhg=88, escort=False)
    assert outcome(screen(with_more, {"blood-pressure": "label"})) == "DEFER"


def test_emergencies_stay_emergencies_whatever_is_chosen():
    for name, difficulty in itertools.product(NAMES, DIFFICULTIES):
        found = disagreement(name, "", difficulty)
        assert found.counts_after["REFER-EMERGENCY"] == found.counts_before["REFER-EMERGENCY"]


def test_people_are_real_members_of_the_clinic_and_change_as_said():
    for name in NAMES:
        found = disagreement(name, "", "hard")
        topic, key = name.split(":")
        assert len(found.people) == min(3, found.moved)
        for shown in [*found.people, *filter(None, [found.unmoved])]:
            person = course_screenings("hard")[shown.index][0]
            assert shown.age_years == int(person.age_years)
            assert shown.before == outcome(screen(person))
            assert shown.after == outcome(screen(person, {topic: key}))
            assert shown.finding == finding(topic, person) != ""
            assert shown.why.endswith(".")
        assert all(shown.before != shown.after for shown in found.people)
        assert (found.unmoved is None) == (found.same_answer == 0)


def test_silence_is_told_from_clearance():
    found = disagreement("heart-attack:label")
    assert all(shown.silence for shown in found.people)
    assert not any(shown.silence for shown in disagreement("psychosis:label").people)
    assert not any(shown.silence for shown in disagreement("heart-attack:phase-3").people)
    known = {(each.topic, each.key) for each in sources()}
    assert known >= SILENT
    for topic, key in SILENT:
        # What such a source leaves out it does not weigh either.
        assert "WEIGH" not in stance_of(f"{topic}:{key}").effects.values()
    # A line for the treatment of hypertension is none for the day of a dose.
    swiss = disagreement("blood-pressure:swiss-ketamine-label").people
    assert [each.silence for each in swiss] == [stricter(each.before, each.after) for each in swiss]
    assert any(each.silence for each in swiss)


def test_a_letter_does_not_lift_what_a_source_leaves_out():
    past = Candidate(psychosis="past", psychiatric_clearance=True)
    assert screen(past).disposition == "ELIGIBLE"
    assert screen(past, {"psychosis": "va"}).disposition == "CONTRAINDICATED"
    assert "whatever a second opinion says" in stance_of("psychosis:va").says


def test_at_exactly_65_trials_and_eu_text_differ():
    # Rows screen-phase3-systolic-65 (“over 65”) and screen-eu-label-pressure (“from 65”).
    at_65 = Candidate(age_years=65, systolic_mmhg=146)
    assert screen(at_65).reasons == ("D1",)
    assert screen(at_65, {"blood-pressure": "phase-3"}).reasons == ("D1",)
    eu = screen(at_65, {"blood-pressure": "eu-label"})
    assert (eu.reasons, eu.weigh) == ((), ())
    assert screen(Candidate(age_years=64, systolic_mmhg=146), {"blood-pressure": "eu-label"}).weigh
    assert "F8" in screen(at_65).conditions


def test_the_course_says_what_it_takes_and_numbers_are_those_of_the_rows():
    assert set(COURSE_WHY) == set(TOPICS) == set(TOPIC_CODES)
    assert evidence_rows()["screen-psychosis-review"].value == "41"
    assert "41 people" in COURSE_WHY["psychosis"]
    assert "screen-psychosis-review" in COURSE_WHY_ROWS["psychosis"]
    assert evidence_rows()["screen-crtce-substance-months"].value == "3"


def test_how_people_are_drawn_is_read_from_the_tables():
    words = how_drawn("mixed")
    for part in ("30 % none", "40 % one", "30 % two", "emergency 15 %", "delay 25 %"):
        assert part in words
    assert "two in five people of 18 to 50" in words


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("weight:label",), "not a topic"),
        (("blood-pressure:who",), "not a source"),
        (("blood-pressure:label", "blood-pressure:phase-3"), "another topic"),
        (("blood-pressure:label", "", "easy"), "not a difficulty"),
    ],
)
def test_what_does_not_exist_is_refused_in_words(arguments, words):
    with pytest.raises(ValueError, match=words):
        disagreement(*arguments)


# The panel


def test_start_shows_people_who_change_and_people_who_do_not(panel):
    found = panel.result
    assert found.moved > 0
    assert found.same_answer > 0
    assert f"{found.moved} of 1,000" in alt(panel)
    page = panel.figure.value
    assert "Left to judgement" in page
    assert "is no yes" in page
    assert page.count('<div class="trd-group"') == 4
    assert "something else decides already" in page


def test_the_same_limit_changes_nobody_and_says_so(panel):
    panel.controls["first"].value = "blood-pressure:phase-3"
    assert panel.result.touched == 0
    assert "nobody" in alt(panel)
    assert "draws the line where the course does" in panel.figure.value
    assert panel.view._title.get_text() == "Same line, same people: nobody gets another answer"


def test_a_second_choice_shows_how_the_two_meet(panel):
    panel.controls["first"].value = "trials:va"
    panel.controls["second"].value = "stroke:phase-3"
    one, other = panel.result.alone
    page = panel.figure.value
    assert f"{one} + {other} = {one + other}" in page
    assert panel.result.moved < one + other
    assert "cannot change twice" in page
    assert panel.more.value.count("what each source says") == 2
    panel.controls["second"].value = "trials:elekt-d"
    assert "A clinic follows one source" in panel.figure.value
    panel.controls["second"].value = "none"
    assert f"{one} of 1,000" in alt(panel)


def test_two_sources_on_one_topic_leave_the_picture_and_say_so(panel):
    panel.controls["first"].value = "stroke:phase-3"
    alone = panel.words.value
    panel.controls["second"].value = "stroke:label"
    assert "about ischaemic stroke or TIA too. A clinic follows one source" in panel.figure.value
    assert panel.words.value == alone
    assert "<img" in panel.figure.value or "<svg" in panel.figure.value
    assert "With your choice" in panel.figure.value


def test_more_barriers_hide_more_of_a_stricter_line(panel):
    panel.controls["first"].value = "stroke:phase-3"
    shares = []
    for difficulty in DIFFICULTIES:
        panel.controls["difficulty"].value = difficulty
        shares.append(panel.result.same_answer / panel.result.touched)
    assert shares[0] < shares[-1]


def test_every_source_is_named_with_its_citation_and_status(panel):
    for topic in TOPICS:
        first = next(name for name in NAMES if name.startswith(topic))
        panel.controls["first"].value = first
        page = panel.more.value
        for stance in options(topic):
            assert stance.label.replace("'", "&#x27;") in page
        assert "https://" in page
        assert "teaching assumption of this course" in page
        if any(stance.status == "secondary" for stance in options(topic)):
            assert "reported" in page
        assert page.count('class="picked"') == 1
        assert "from-knowledge" not in page


def test_answers_are_named_as_what_they_are(panel):
    for name in OUTCOMES:
        assert SHORT[name] in panel.more.value
    assert "go on to specialist consent" in panel.more.value
    for page in (panel.figure.value, panel.more.value):
        words = re.sub(r"base64,[^\"]*", "", page).lower()
        assert not re.search(r"\b(approved|suitable|is safe|eligible)\b", words)


def test_the_fictional_clinic_is_named_as_such(panel):
    assert "say nothing about how often" in panel.children[-1].value
    assert "invented people" in panel.words.value
    panel.show_data.value = True
    assert "not an incidence" in panel.data.value
    panel.controls["difficulty"].value = "hard"
    assert "25 % none" in panel.more.value


def test_every_setting_draws_without_a_card(panel):
    panel.show_data.value = True
    for turn, first in enumerate(NAMES):
        panel.controls["difficulty"].value = DIFFICULTIES[turn * 3 // len(NAMES)]
        panel.controls["first"].value = first
        second = "none" if turn % 2 else NAMES[(turn + 7) % len(NAMES)]
        panel.controls["second"].value = second
        if first.split(":")[0] not in second:
            assert "could not be drawn" not in panel.figure.value
            assert "trd-card" not in panel.figure.value
            assert "nan" not in panel.words.value
    panel.reset()
    assert panel.controls["second"].value == "none"


def test_labels_keep_apart_and_inside_the_picture():
    view = SourcesView()
    for first, second in (
        ("psychosis:label", ""),
        ("blood-pressure:label", "psychosis:label"),
        ("trials:va", "bipolar:eu-label"),
        ("heart-attack:phase-3", "stroke:uk-ketamine-label"),
    ):
        for difficulty in DIFFICULTIES:
            view.png(disagreement(first, second, difficulty))
            renderer = view._figure.canvas.get_renderer()
            for texts in (view._before, view._after):
                boxes = [
                    text.get_window_extent(renderer)
                    for text in texts.values()
                    if text.get_visible()
                ]
                assert all(box.x0 >= 0 and box.x1 <= view._figure.bbox.x1 for box in boxes)
                boxes.sort(key=lambda box: -box.y0)
                assert all(up.y0 >= down.y1 - 3 for up, down in itertools.pairwise(boxes))
            title = view._title.get_window_extent(renderer)
            assert title.x1 <= view._figure.bbox.x1


def test_crowded_labels_are_spread():
    spots = _spread([0, 0.1, 0.2, 26.9, 27], 0, 27)
    assert spots == sorted(spots)
    assert min(b - a for a, b in itertools.pairwise(spots)) > 1.5
    assert min(spots) >= 0
    assert max(spots) <= 27


def test_labels_of_controls_and_no_pyplot(panel):
    assert all(control.spec["label"] for control in panel.controls.values())
    assert "trd-wrapped" in panel.figure.value
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []
