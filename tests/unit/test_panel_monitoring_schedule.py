"""Lesson 4: the panel on schedules of readings, and what its model adds."""

from __future__ import annotations

import re
import sys

import numpy as np
import pytest

from trd.monitoring import schedule
from trd.monitoring.infusions import CLINICS, readings
from trd.monitoring.panels.schedule import vital_sign_schedule
from trd.monitoring.views.schedule import GUESSES, OPEN, SHORT, Guessed

EVERY = {"early": 10, "late": 5, "after": 15, "end": 30}


@pytest.fixture(scope="module")
def built():
    return vital_sign_schedule()


@pytest.fixture
def panel(built):
    built.reset()
    built.controls["guess"].value = "many"
    return built


def words(html):
    """What a reader sees: no pictures, no style, no tags."""
    text = re.sub(r'<style>.*?</style>|src="data[^"]*"', "", html, flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


# What the model adds


def test_a_schedule_of_stretches():
    found = schedule.phased_schedule(EVERY)
    assert found.times_min == (0, 10, 20, 25, 30, 35, 40, 55, 70, 100)
    assert schedule.phased_schedule({}).times_min == (0, 40)
    assert schedule.phased_schedule({"late": 15}).times_min == (0, 35, 40)


@pytest.mark.parametrize("wrong", [{"early": 61}, {"late": -1}, {"end": 2.5}, {"night": 10}])
def test_impossible_stretches_are_refused(wrong):
    with pytest.raises(ValueError, match=r"between|There is no stretch"):
        schedule.phased_schedule(wrong)


def test_lanes_are_the_episodes_of_the_true_pressure():
    found = schedule.report("every_15", EVERY)
    sessions = schedule.clinic_sessions("mixed")
    assert len(found.lanes) == schedule.LANES
    assert [lane.minutes for lane in found.lanes] == sorted(
        (lane.minutes for lane in found.lanes), reverse=True
    )
    for lane in found.lanes:
        above = (sessions.sbp[lane.index] >= 165) | (sessions.dbp[lane.index] >= 100)
        for start, end in lane.runs:
            assert start >= 1
            assert end - start + 1 >= 3
            assert above[start : end + 1].all()
        assert lane.minutes == sum(end - start + 1 for start, end in lane.runs)
        shown = readings(sessions, [15, 30, 45, 60, 90], schedule.SEED)
        high = (shown[0][lane.index] >= 165) | (shown[1][lane.index] >= 100)
        assert lane.caught == bool(high.any())


def test_the_same_sessions_whatever_the_schedule():
    one, other = (schedule.report(name, EVERY) for name in ("before_after", "course_close"))
    assert [lane.index for lane in one.lanes] == [lane.index for lane in other.lanes]
    assert [lane.runs for lane in one.lanes] == [lane.runs for lane in other.lanes]
    assert sum(lane.caught for lane in one.lanes) < sum(lane.caught for lane in other.lanes)


def test_what_a_dense_schedule_misses_is_short():
    found = schedule.report("course", EVERY)
    missed, caught = found.lasted
    assert missed < caught / 2
    worst = found.worst
    assert worst is not None and not worst.caught
    # With two readings only, long ones go too.
    assert schedule.report("before_after", EVERY).worst.minutes > worst.minutes


def test_unwatched_after_the_last_reading():
    seen = {each.schedule.name: each for each in schedule.report("own", EVERY).seen}
    assert seen["during_only"].unwatched > seen["esketamine"].unwatched > seen["course"].unwatched
    sessions = schedule.clinic_sessions("mixed")
    high = (sessions.sbp >= 165) | (sessions.dbp >= 100)
    # Every rise of three minutes after minute 40 goes on after the last reading, 40.
    late = np.array([any((row[i : i + 3]).all() for i in range(41, 119)) for row in high])
    # Some began before minute 40 and ended within two minutes after it.
    assert 0 <= seen["during_only"].unwatched - late.sum() < 0.2 * late.sum()


def test_readings_that_hang_on_the_last_one_are_drawn():
    found = schedule.report("esketamine", EVERY, shown=0)
    trace = found.trace
    assert trace.times_min[:2] == (0, 40)
    assert np.diff(trace.times_min[1:]).tolist() == [15] * (len(trace.times_min) - 2)
    *earlier, last = range(1, len(trace.times_min))
    for i in earlier:
        assert trace.shown_systolic[i] >= 165 or trace.shown_diastolic[i] >= 100
    over = trace.shown_systolic[last] >= 165 or trace.shown_diastolic[last] >= 100
    assert not over or trace.times_min[last] > 105


def test_same_report_twice():
    one, other = (schedule.report("own", EVERY, variation=2) for _ in range(2))
    assert one.lanes == other.lanes
    assert one.trace == other.trace
    assert [each.missed for each in one.seen] == [each.missed for each in other.seen]


# The panel


def test_nothing_is_given_away_before_the_guess(panel):
    panel.reset()
    panel.show_data.value = True
    assert panel.result.guess == OPEN
    other = panel.result.of("every_10")
    page = words(panel.figure.value + panel.more.value + panel.data.value + panel.words.value)
    assert f"{other.missed} missed" not in page
    assert f"{other.missed} of {other.episodes}" not in page
    assert f"{len(other.schedule.times_min)} readings, " not in page
    assert "opens here with your guess" in page
    # The reader's own schedule is told.
    assert f"{panel.result.chosen.missed} of {other.episodes} rises missed" in page
    panel.show_data.value = False


@pytest.mark.parametrize("guess", GUESSES)
def test_the_guess_opens_the_comparison_and_is_answered(panel, guess):
    panel.controls["guess"].value = guess
    other = panel.result.of("every_10")
    page = words(panel.figure.value)
    share = 100 * other.missed / other.episodes
    assert f"{other.missed} of {other.episodes} missed, {share:.0f} of 100" in page
    name, low, high = GUESSES[guess]
    assert f"You guessed {name}" in page
    assert ("and so it is" in page) == (low <= share < high)
    assert f"{other.caught} seen, {other.missed} missed" in words(panel.more.value)


def test_every_share_has_one_guess():
    bounds = [(low, high) for _, low, high in GUESSES.values()]
    assert bounds[0][0] == 0 and bounds[-1][1] > 100
    assert [low for low, _ in bounds[1:]] == [high for _, high in bounds[:-1]]


def test_start_shows_a_missed_session_and_every_schedule(panel):
    found = panel.result
    assert found.chosen.schedule.name == "own"
    assert not found.lanes[found.shown].caught
    assert f"{found.chosen.missed} of {found.chosen.episodes} rises missed" in words(
        panel.figure.value
    )
    assert "no reading showed it" in panel.words.value
    page = words(panel.more.value)
    for name in SHORT.values():
        assert name in page
    assert "reported by copies of the US label" in page
    assert "teaching assumption of this course" in page
    assert "https://" in panel.more.value


def test_the_same_session_read_more_closely_is_seen(panel):
    index = panel.result.trace
    panel.controls["schedule"].value = "course_close"
    assert panel.result.trace.systolic == index.systolic
    assert "first shown at minute" in panel.words.value


def test_better_placed_readings_beat_a_published_schedule(panel):
    assert "Can yours miss fewer" in words(panel.figure.value)
    for name, every in EVERY.items():
        panel.controls[name].value = str(every)
    own, other = panel.result.of("own"), panel.result.of("every_10")
    assert len(own.schedule.times_min) <= len(other.schedule.times_min)
    assert own.missed < other.missed
    assert "Yours misses fewer with no more readings" in words(panel.figure.value)


def test_changing_an_interval_draws_the_own_schedule(panel):
    panel.controls["schedule"].value = "every_10"
    panel.controls["late"].value = "5"
    assert panel.controls["schedule"].value == "own"
    assert 25 in panel.result.chosen.schedule.times_min


def test_the_session_slider_ends_with_the_sessions(panel):
    panel.controls["session"].value = 40
    panel.controls["clinic"].value = "default"
    panel.controls["limit"].value = "pause"
    count = len(panel.result.lanes)
    assert count == panel.result.chosen.episodes < 10
    assert panel.controls["session"].spec["maximum"] == count
    assert panel.controls["session"].value == count
    panel.reset()
    assert panel.controls["session"].spec["maximum"] == schedule.LANES


def test_wandering_decides_how_much_a_gap_costs(panel):
    panel.controls["schedule"].value = "every_10"
    shares = []
    for wander in ("none", "assumed", "double"):
        panel.controls["wander"].value = wander
        shares.append(panel.result.chosen.missed / panel.result.chosen.episodes)
    assert shares == sorted(shares)
    assert shares[0] < shares[1] / 2


def test_the_arithmetic_of_the_gap(panel):
    panel.controls["schedule"].value = "esketamine"
    # 1 - 3/40, 1 - 5/40, 1 - 10/40, 1 - 20/40, in tenths.
    page = words(panel.more.value)
    assert "is 40 minutes" in page
    assert "3 minutes, 9 in 10; 5 minutes, 9 in 10; 10 minutes, 8 in 10; 20 minutes, 5" in page


def test_no_number_looks_like_an_incidence(panel):
    panel.show_data.value = True
    assert "not an incidence" in panel.data.value
    assert "simulated" in panel.view._title.get_text()
    assert "none of these numbers says how often" in words(panel.more.value)
    assert "No share shown here is an incidence" in panel.children[-1].value
    for page in (panel.figure.value, panel.more.value, panel.words.value):
        assert not re.search(r"\d ?%", words(page))


def test_every_setting_draws_without_a_card(panel):
    panel.show_data.value = True
    for clinic in CLINICS:
        panel.controls["clinic"].value = clinic
        for limit in ("alert", "pause"):
            panel.controls["limit"].value = limit
            for wander in ("none", "double"):
                panel.controls["wander"].value = wander
                assert "trd-card" not in panel.figure.value
    for name in SHORT:
        panel.controls["schedule"].value = name
        assert "trd-card" not in panel.figure.value
        assert "nan" not in panel.words.value
    for phase in schedule.PHASES:
        options = panel.controls[phase].spec["options"]
        for option, _text in (options[0], options[1], options[-1]):
            panel.controls[phase].value = option
            assert "trd-card" not in panel.figure.value
    for session in (1, 40):
        panel.controls["session"].value = session
        assert f"Session {session}:" in panel.words.value


def test_a_clinic_without_a_rise_says_so(panel):
    found = Guessed(**vars(schedule.report("own", EVERY, "default", (240, 150))))
    assert found.lanes == ()
    assert found.shown == -1
    assert "nobody stays" in panel.view.describe(found)
    assert "No simulated session" in words(panel.view.html(found))
    panel.view.table(found)


def test_words_stay_inside_the_picture(panel):
    for name in SHORT:
        panel.controls["schedule"].value = name
        panel.controls["clinic"].value = "older"
        figure = panel.view._figure
        renderer = figure.canvas.get_renderer()
        for text in (panel.view._title, panel.view._head, panel.view._below):
            assert text.get_window_extent(renderer).x1 <= figure.bbox.x1


def test_labels_of_controls_and_no_pyplot(panel):
    assert all(control.spec["label"] for control in panel.controls.values())
    assert "trd-wrapped" in panel.figure.value
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []
