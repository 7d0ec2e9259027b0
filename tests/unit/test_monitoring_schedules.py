"""Lesson 4: schedules of readings, thresholds that disagree, mean rises that coexist."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trd import monitoring
from trd.monitoring import changes, infusions, schedule, thresholds

SIMULATED = infusions.simulate(600, "mixed", seed=4)


def peak_share(clinic: str) -> float:
    """Share at or above 165/100 mmHg at the peak, without the wandering from minute to minute."""
    found = infusions.simulate(10_000, clinic, seed=2, variation=0)
    high = (found.smooth_sbp.max(axis=1) >= 165) | (found.smooth_dbp.max(axis=1) >= 100)
    return float(high.mean())


# Mean curve of the evidence review on monitoring, section 10 (effect, peak 1 at 41 minutes).
@pytest.mark.parametrize(
    ("minute", "effect"),
    [
        (0, 0.0),
        (10, 0.31),
        (20, 0.63),
        (30, 0.85),
        (40, 1.0),
        (50, 0.80),
        (60, 0.58),
        (80, 0.33),
        (100, 0.24),
        (120, 0.19),
    ],
)
def test_the_effect_follows_the_curve_of_the_review(minute, effect):
    assert infusions.effect_curve()[minute] == pytest.approx(effect, abs=0.015)


# The same review's own draws: .07 for 45 years and 124/76, .47 for 68 years and 138/84.
@pytest.mark.parametrize(("clinic", "share"), [("default", 0.07), ("older", 0.47)])
def test_share_at_165_100_is_that_of_the_review(clinic, share):
    assert peak_share(clinic) == pytest.approx(share, abs=0.02)


@pytest.mark.parametrize(
    ("clinic", "row"),
    [
        ("default", "mon-sim-p-165"),
        ("mixed", "mon-sim-p-165-mixed"),
        ("older", "mon-sim-p-165-older"),
    ],
)
def test_the_evidence_table_prints_what_the_simulator_gives(clinic, row):
    printed = float(monitoring.evidence_rows()[row].value)
    assert 100 * peak_share(clinic) == pytest.approx(printed, abs=2)


def test_what_the_panel_counts_is_told_apart_from_the_peak():
    """The row says 18 % without wandering; with it the panel of schedules counts about 24 %."""
    row = monitoring.evidence_rows()["mon-sim-p-165-mixed"]
    assert "not wandering" in row.statement and "about 24 %" in row.note
    for name in ("mon-sim-p-165", "mon-sim-p-165-older"):
        assert "not wandering" in monitoring.evidence_rows()[name].statement

    def counted(variation):
        found = schedule.clinic_sessions("mixed", variation)
        high = (found.sbp >= 165) | (found.dbp >= 100)
        return (high[:, :-2] & high[:, 1:-1] & high[:, 2:]).any(axis=1).mean()

    assert 100 * counted(1.0) == pytest.approx(24, abs=1)
    assert 100 * counted(0.0) == pytest.approx(float(row.value), abs=2)


def test_nobody_starts_above_the_limits_of_the_day():
    older = SIMULATED.age > 65
    assert SIMULATED.resting_sbp[~older].max() <= 140
    assert SIMULATED.resting_sbp[older].max() <= 150
    assert SIMULATED.resting_dbp.max() <= 90


def test_same_seed_same_people():
    again = infusions.simulate(600, "mixed", seed=4)
    assert np.array_equal(again.sbp, SIMULATED.sbp)
    assert not np.array_equal(infusions.simulate(600, "mixed", seed=5).sbp, SIMULATED.sbp)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"n": 0}, "between 1 and 20000"),
        ({"clinic": "spa"}, "mixed"),
        ({"variation": 4}, "between 0 and 3"),
        ({"seed": -1}, "between 0"),
    ],
)
def test_impossible_simulations_name_the_limit(wrong, words):
    with pytest.raises(ValueError, match=words):
        infusions.simulate(**wrong)


def test_published_reading_times():
    # Abstracts: every 10 then every 15 minutes (684 infusions); 0, 15, 30, 45, 60, 90 (49 people).
    times = {each.name: each.times_min for each in schedule.schedules()}
    assert times["every_10"][:6] == (0, 10, 20, 30, 40, 55)
    assert times["every_15"] == (0, 15, 30, 45, 60, 90)
    assert times["during_only"] == (0, 10, 20, 30, 40)
    assert times["esketamine"] == (0, 40)


def test_closer_readings_see_more():
    found = {each.schedule.name: each for each in schedule.compare(SIMULATED)}
    assert len({each.episodes for each in found.values()}) == 1
    assert found["before_after"].caught < found["esketamine"].caught < found["course_close"].caught
    assert found["course"].unseen_min < found["esketamine"].unseen_min
    assert found["during_only"].schedule.longest_gap_min == 30


def test_a_true_curve_read_each_minute_misses_nothing():
    calm = infusions.simulate(300, "older", seed=1, variation=0)
    every = schedule.caught(calm, schedule.own_schedule(1, 1))
    assert every.missed == 0


def test_esketamine_readings_go_on_while_it_is_high():
    plan = schedule.schedule("esketamine")
    assert plan.again_min == 15
    found = schedule.caught(SIMULATED, plan)
    assert 2 < found.readings < 3


def test_the_picture_of_a_missed_episode():
    plan = schedule.schedule("before_after")
    index = schedule.missed_example(SIMULATED, plan)
    assert index is not None
    shown = schedule.trace(SIMULATED, plan, index)
    assert shown.times_min == (0, 60)
    assert any(shown.episode)
    assert all(
        systolic >= 165 or diastolic >= 100
        for systolic, diastolic, inside in zip(
            shown.systolic, shown.diastolic, shown.episode, strict=True
        )
        if inside
    )
    assert shown.shown_systolic[1] < 165 and shown.shown_diastolic[1] < 100
    calm = infusions.simulate(50, "default", variation=0)
    assert schedule.missed_example(calm, schedule.own_schedule(1, 1), 230, 150) is None


@given(st.sampled_from([2, 4, 10, 20, 40]), st.sampled_from([5, 10, 20, 40]))
@settings(max_examples=20, deadline=None)
def test_adding_readings_never_catches_fewer(during, after):
    few = schedule.own_schedule(during, after)
    more = schedule.own_schedule(during // 2, after)
    assert set(few.times_min) <= set(more.times_min)
    seen_few, seen_more = schedule.compare(SIMULATED, (few, more))
    assert seen_few.caught <= seen_more.caught <= seen_more.episodes
    assert seen_more.unseen_min <= seen_few.unseen_min


@given(st.integers(140, 200), st.integers(1, 30))
@settings(max_examples=20, deadline=None)
def test_a_higher_limit_has_fewer_episodes(limit, more):
    plan = schedule.schedule("course")
    low = schedule.caught(SIMULATED, plan, limit, 120)
    high = schedule.caught(SIMULATED, plan, limit + more, 120)
    assert high.episodes <= low.episodes
    assert low.missed + low.caught == low.episodes


# Arithmetic: an episode of d minutes is missed by readings every i minutes with chance 1 - d / i.
@pytest.mark.parametrize(
    ("lasting", "interval", "missed"), [(10, 40, 0.75), (10, 10, 0), (6, 15, 0.6), (30, 15, 0)]
)
def test_the_sampling_gap(lasting, interval, missed):
    assert schedule.chance_missed(lasting, interval) == pytest.approx(missed)


def test_the_sampling_gap_is_what_the_simulation_shows():
    # Start moments spread over the interval, readings at its ends.
    starts = np.linspace(0, 15, 10_000, endpoint=False)
    assert np.mean(starts + 6 < 15) == pytest.approx(schedule.chance_missed(6, 15), abs=1e-3)


@pytest.mark.parametrize(
    "call",
    [
        lambda: schedule.schedule("hourly"),
        lambda: schedule.own_schedule(0, 10),
        lambda: schedule.own_schedule(10, 10, 200),
        lambda: schedule.own_schedule(2.5, 10),
        lambda: schedule.chance_missed(-1, 10),
        lambda: schedule.caught(SIMULATED, schedule.schedule("course"), 90),
    ],
)
def test_impossible_schedules_are_refused(call):
    with pytest.raises(ValueError, match=r"between|There is no"):
        call()


# ---------------------------------------------------------------- thresholds


def reached(**reading) -> set[str]:
    """Names of the sources whose number a reading reaches."""
    return {
        each.position.name
        for each in thresholds.compare(thresholds.Reading(**reading))
        if each.reached
    }


def test_184_104_without_symptoms():
    # Third scenario of the evidence review: 66 years, minute 28, comfortable.
    assert reached(systolic=184, diastolic=104, age=66) == {
        "during_crtce",
        "during_course_alert",
        "during_course_pause",
        "during_aha2025",
        "during_aha2024",
        "during_yip",
    }


def test_symptoms_change_the_question():
    found = reached(systolic=150, diastolic=92, symptoms=True)
    assert found == {"emergency_label", "emergency_aha2025", "emergency_course"}


@pytest.mark.parametrize(
    ("systolic", "age", "names"),
    [
        (142, 50, {"predose_phase3", "predose_us_label", "predose_eu_text", "predose_course"}),
        (142, 65, {"predose_phase3", "predose_us_label", "predose_course"}),
        (142, 70, {"predose_us_label"}),
        (140, 50, set()),
        (
            182,
            50,
            {
                "predose_phase3",
                "predose_us_label",
                "predose_eu_text",
                "predose_course",
                "predose_swiss",
            },
        ),
    ],
)
def test_before_the_dose_age_and_source_decide(systolic, age, names):
    # Phase 3: above 140, above 150 when older than 65; EU text: 150 from 65; Swiss label: 180.
    assert reached(systolic=systolic, diastolic=84, age=age, before=True) == names


@given(
    st.integers(100, 230),
    st.integers(50, 95),
    st.integers(18, 95),
    st.booleans(),
    st.integers(1, 20),
)
@settings(max_examples=60, deadline=None)
def test_a_higher_pressure_never_reaches_fewer(systolic, diastolic, age, before, more):
    low = reached(systolic=systolic, diastolic=diastolic, age=age, before=before)
    high = reached(systolic=systolic + more, diastolic=diastolic, age=age, before=before)
    assert low <= high


def test_what_is_not_verified_says_so():
    for each in thresholds.positions():
        assert each.domain in thresholds.DOMAINS
        assert each.kind in thresholds.KINDS
        assert each.status != "from-knowledge"
        if each.label.startswith("This course"):
            assert each.status == "teaching-assumption"
        if each.status == "secondary":
            assert each.source


def test_more_people_reach_a_lower_number():
    found = {each.position.name: each for each in thresholds.touched_by_all(SIMULATED)}
    assert set(found) >= {"during_crtce", "during_course_pause", "during_aha2025"}
    assert (
        found["during_crtce"].per_100
        > found["during_course_pause"].per_100
        > found["during_aha2025"].per_100
        > 0
    )


@pytest.mark.parametrize(
    "call",
    [
        lambda: thresholds.Reading(300, 90),
        lambda: thresholds.Reading(120, 130),
        lambda: thresholds.Reading(120, 80, age=12),
        lambda: thresholds.positions("weather"),
        lambda: thresholds.position("nobody"),
        lambda: thresholds.touched(SIMULATED, thresholds.position("during_yip")),
    ],
)
def test_impossible_readings_are_refused(call):
    with pytest.raises(ValueError, match=r"must be|There is no|names no blood pressure"):
        call()


# ---------------------------------------------------------------- why +3, +7 and +16 coexist


def test_the_published_rises():
    # Abstracts: 684, 741 and 2,342 infusions; 15 articles pooled (10.40 to 14.82).
    found = {each.name: each for each in changes.published()}
    assert [each.systolic for each in changes.published()] == [3.28, 7.4, 12.61, 16.0]
    assert [each.diastolic for each in changes.published()] == [3.17, 6.0, 8.49, 11.0]
    assert found["pooled_15"].interval == (10.40, 14.82)
    assert found["series_684"].minute == 30
    assert found["series_2342"].minute == 40
    assert all(each.status == "verified" for each in changes.published())


@pytest.mark.parametrize(("name", "rise"), [("like_16", 16.0), ("like_7", 7.4), ("like_3", 3.28)])
def test_presets_come_near_the_published_rise(name, rise):
    assert changes.change(changes.preset(name)).largest_mean == pytest.approx(rise, abs=1.0)


def test_the_mean_of_the_highest_is_above_the_highest_mean():
    for name in changes.PRESETS:
        found = changes.change(changes.preset(name))
        assert found.mean_highest > found.largest_mean + 2


def test_later_readings_miss_the_peak():
    early = changes.change(changes.Ingredients(times_min=(40,)))
    late = changes.change(changes.Ingredients(times_min=(60, 90)))
    assert late.largest_mean < 0.7 * early.largest_mean


@given(st.floats(0, 1), st.floats(0, 15), st.floats(18, 85))
@settings(max_examples=25, deadline=None)
def test_each_ingredient_moves_the_mean_its_own_way(blunted, arrival, age):
    base = changes.change(changes.Ingredients(age_years=age)).largest_mean
    with_both = changes.change(
        changes.Ingredients(age_years=age, blunted_share=blunted, arrival_mmhg=arrival)
    )
    assert with_both.largest_mean <= base + 0.5
    assert list(with_both.p10) <= list(with_both.means) <= list(with_both.p90)


def test_impossible_ingredients_are_refused():
    for wrong in (
        {"age_years": 10},
        {"blunted_share": 1.2},
        {"arrival_mmhg": 20},
        {"times_min": ()},
    ):
        with pytest.raises(ValueError, match=r"between|empty"):
            changes.Ingredients(**wrong)
    with pytest.raises(ValueError, match="There is no preset"):
        changes.preset("like_99")
