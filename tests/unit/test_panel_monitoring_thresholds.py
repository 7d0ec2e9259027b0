"""Lesson 4: the panel on thresholds that disagree, and what its model adds."""

from __future__ import annotations

import itertools
import re
import sys

import pytest

from trd.monitoring import schedule, thresholds
from trd.monitoring.panels.thresholds import thresholds_disagree
from trd.monitoring.thresholds import Hour, Reading, board, elsewhere


@pytest.fixture(scope="module")
def built():
    return thresholds_disagree()


@pytest.fixture
def panel(built):
    built.reset()
    return built


def words(html):
    """What a reader sees: no pictures, no style, no tags."""
    text = re.sub(r'<style>.*?</style>|src="data[^"]*"', "", html, flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def reached(hour):
    return {each.position.name for each in elsewhere(hour) if each.reached}


# What the model adds


def test_counts_are_those_of_the_schedule_panel():
    # Both call a rise what lasts three minutes: the two panels must not contradict each other.
    found = board(Reading(170, 90)).counts
    for name, limit in (("during_crtce", (165, 100)), ("during_course_pause", (180, 110))):
        seen = schedule.report("own", {}, "mixed", limit)
        assert found[name].reached == seen.chosen.episodes


def test_a_rise_that_must_last_is_reached_by_fewer():
    sessions = schedule.clinic_sessions("mixed")
    where = thresholds.position("during_crtce")
    counts = [thresholds.touched(sessions, where, least).reached for least in (1, 3, 10, 120)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[1] > counts[2]
    with pytest.raises(ValueError, match="between 1 and 120"):
        thresholds.touched(sessions, where, 0)


def test_only_sources_on_the_question_at_hand():
    for reading in (
        Reading(150, 80, before=True),
        Reading(150, 80),
        Reading(150, 80, symptoms=True),
    ):
        found = board(reading)
        assert {each.position.domain for each in found.says} == {found.domain}
        systolic = [each.limits[0] or 999 for each in found.says]
        assert systolic == sorted(systolic)
    assert not board(Reading(150, 80, symptoms=True)).cloud[0]


def test_the_next_number_up():
    each, limit = board(Reading(172, 90)).nearest()
    assert limit == 180
    assert each.position.name in ("during_course_pause", "during_aha2024")
    assert board(Reading(220, 130)).nearest() is None


# Registry: below 90 for 2 minutes. Course: alert below 94; stop below 90, or below 92 for 30 s.
@pytest.mark.parametrize(
    ("spo2", "lasting", "names"),
    [
        (94, 600, set()),
        (93, 0, {"spo2_course_alert"}),
        (91, 20, {"spo2_course_alert"}),
        (91, 30, {"spo2_course_alert", "spo2_course_stop"}),
        (92, 600, {"spo2_course_alert"}),
        (89, 0, {"spo2_course_alert", "spo2_course_stop"}),
        (89, 120, {"spo2_course_alert", "spo2_course_stop", "spo2_registry"}),
        (90, 120, {"spo2_course_alert", "spo2_course_stop"}),
    ],
)
def test_saturation_and_how_long(spo2, lasting, names):
    assert {each for each in reached(Hour(spo2, lasting)) if each.startswith("spo2")} == names


def test_the_course_acts_on_distress_and_not_on_the_score():
    assert reached(Hour(cadss=60)) & {"score_course", "score_esketamine"} == {"score_esketamine"}
    assert reached(Hour(cadss=3, distressed=True)) & {"score_course", "score_esketamine"} == {
        "score_course"
    }
    # Above 4, not from 4.
    assert "score_esketamine" not in reached(Hour(cadss=4))
    assert "score_esketamine" in reached(Hour(cadss=5))


# Programme for esketamine: 2 hours from the start. Course: 60 minutes after the end, 40 + 60.
@pytest.mark.parametrize(
    ("minute", "names"),
    [
        (99, set()),
        (100, {"stay_course"}),
        (119, {"stay_course"}),
        (120, {"stay_rems", "stay_course"}),
    ],
)
def test_time_before_leaving(minute, names):
    assert {each for each in reached(Hour(minute=minute)) if each.startswith("stay")} == names


@pytest.mark.parametrize("wrong", [{"spo2": 50}, {"lasting_s": -1}, {"cadss": 93}, {"minute": 241}])
def test_impossible_hours_are_refused(wrong):
    with pytest.raises(ValueError, match="between"):
        Hour(**wrong)


# The panel


def test_start_shows_action_against_restraint(panel):
    page = words(panel.figure.value)
    assert "some ask for an action, others for restraint" in page
    assert "A pause is not a drug" in page
    assert page.count("reached: warns against treating the number") == 2
    assert "names no number" in page
    assert "https://" in panel.figure.value


def test_a_lower_reading_reaches_fewer(panel):
    panel.controls["systolic"].value = 172
    panel.controls["diastolic"].value = 96
    page = words(panel.figure.value)
    assert "2 of 5 numbers reached" in page
    assert "8 mmHg more systolic would also reach" in page
    assert "the action is ours" in page
    panel.controls["systolic"].value = 150
    assert "no source’s number is reached" in panel.words.value
    assert "about high pressure only" in words(panel.figure.value)


def test_either_pressure_is_enough(panel):
    panel.controls["systolic"].value = 150
    panel.controls["diastolic"].value = 101
    assert "Canadian clinic" in panel.words.value
    panel.controls["diastolic"].value = 99
    assert "Canadian clinic" not in panel.words.value


def test_above_is_not_from(panel):
    panel.controls["moment"].value = "before"
    panel.controls["age"].value = 45
    panel.controls["diastolic"].value = 80
    panel.controls["systolic"].value = 140
    assert "no source’s number is reached" in panel.words.value
    assert "1 mmHg more systolic would also reach" in words(panel.figure.value)
    panel.controls["systolic"].value = 141
    assert "some withhold the dose, others leave it to judgement" in words(panel.figure.value)


def test_age_moves_some_lines_and_not_others(panel):
    panel.controls["moment"].value = "before"
    panel.controls["systolic"].value = 142
    panel.controls["diastolic"].value = 84
    for age, count in ((45, 4), (65, 3), (66, 1)):
        panel.controls["age"].value = age
        assert len(panel.result.board.reached) == count
    panel.controls["age"].value = 65
    assert "At exactly 65 the texts part" in words(panel.figure.value)


def test_symptoms_come_first(panel):
    panel.controls["systolic"].value = 130
    panel.controls["diastolic"].value = 80
    panel.controls["moment"].value = "symptoms"
    page = words(panel.figure.value)
    assert "no limit has to be reached" in page
    assert page.count("whatever the number") >= 3
    assert "not reached" not in page
    assert len(panel.result.board.says) == 3


def test_the_other_numbers_of_the_hour(panel):
    assert "Saturation: 91 % for 20 s" in words(panel.more.value)
    before = words(panel.more.value).count("asks for an action")
    panel.controls["lasting_s"].value = 30
    assert words(panel.more.value).count("asks for an action") == before + 1
    panel.controls["distressed"].value = True
    assert words(panel.more.value).count("asks for an action") == before + 2
    panel.controls["minute"].value = 120
    assert "not yet" not in words(panel.more.value)


def test_a_pair_of_pressures_stays_possible(panel):
    panel.controls["systolic"].value = 95
    assert panel.controls["diastolic"].value == 90
    panel.controls["diastolic"].value = 140
    assert panel.controls["systolic"].value == 145
    assert "trd-card" not in panel.figure.value


def test_every_position_says_where_it_comes_from(panel):
    for moment in ("before", "during", "symptoms"):
        panel.controls["moment"].value = moment
        page = words(panel.figure.value)
        for each in panel.result.board.says:
            assert each.position.label in page
            if each.position.status == "secondary":
                assert "reported by" in page
            if each.position.label.startswith("This course"):
                assert "Teaching assumption of this course" in page
        assert "from-knowledge" not in page
    assert "order set of a fictional clinic" in panel.children[-1].value


def test_no_count_looks_like_an_incidence(panel):
    page = words(panel.figure.value)
    assert "242 of 1,000 simulated sessions" in page
    assert "none of these counts says how often" in page
    panel.show_data.value = True
    assert "simulated sessions reach it" in panel.data.value
    panel.controls["moment"].value = "before"
    assert "not counted" in panel.data.value


def test_every_extreme_draws_without_a_card(panel):
    panel.show_data.value = True
    pairs = [(95, 55), (220, 55), (220, 140), (145, 140)]
    for moment, (systolic, diastolic) in itertools.product(("before", "during", "symptoms"), pairs):
        panel.controls["moment"].value = moment
        panel.controls["systolic"].value = systolic
        panel.controls["diastolic"].value = diastolic
        assert "trd-card" not in panel.figure.value
    for name in ("age", "spo2", "lasting_s", "cadss", "minute"):
        control = panel.controls[name]
        for end in ("minimum", "maximum"):
            control.value = control.spec[end]
            assert "trd-card" not in panel.figure.value
    for name in ("default", "older"):
        panel.controls["clinic"].value = name
        assert "trd-card" not in panel.figure.value


def test_labels_of_lines_keep_apart(panel):
    for moment, age in (("before", 45), ("before", 65), ("before", 70), ("during", 45)):
        panel.controls["moment"].value = moment
        panel.controls["age"].value = age
        figure = panel.view._figure
        renderer = figure.canvas.get_renderer()
        boxes = [
            label.get_window_extent(renderer) for label in panel.view._labels if label.get_visible()
        ]
        assert all(box.x1 <= figure.bbox.x1 for box in boxes)
        for one, other in itertools.combinations(boxes, 2):
            assert one.y1 <= other.y0 + 8 or other.y1 <= one.y0 + 8
        assert panel.view._title.get_window_extent(renderer).x1 <= figure.bbox.x1


@pytest.mark.parametrize("moment", ["before", "during"])
def test_no_reading_stands_on_words(panel, moment):
    panel.controls["moment"].value = moment
    for systolic, diastolic in (
        *((systolic, diastolic) for systolic in (98, 110, 148, 184) for diastolic in (91, 86)),
        *((systolic, diastolic) for systolic in (120, 184, 215) for diastolic in (103, 112, 115)),
        (107, 102),
    ):
        panel.controls["systolic"].value = systolic
        panel.controls["diastolic"].value = diastolic
        view, found = panel.view, panel.result.board.reading
        renderer = view._figure.canvas.get_renderer()
        x, y = view._cross.axes.transData.transform((found.systolic, found.diastolic))
        half = view._cross.get_markersize() / 2 * view._figure.dpi / 72
        words = [each for each in (*view._labels, *view._meanings) if each.get_visible()]
        assert words
        for each in words:
            box = each.get_window_extent(renderer)
            beside = x + half < box.x0 or x - half > box.x1
            assert beside or y + half < box.y0 or y - half > box.y1, (each.get_text(), found)
            assert box.x1 <= view._figure.bbox.x1


def test_labels_of_controls_and_no_pyplot(panel):
    assert all(control.spec["label"] for control in panel.controls.values())
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []
