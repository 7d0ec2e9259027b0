"""Lesson 4: the panel on why published rises differ, and what its model adds."""

from __future__ import annotations

import itertools
import re
import sys

import pytest

from trd.monitoring import changes
from trd.monitoring.changes import Ingredients, attempt, change, preset, published, ways
from trd.monitoring.panels.changes import why_pressures_differ


@pytest.fixture(scope="module")
def built():
    return why_pressures_differ()


@pytest.fixture
def panel(built):
    built.reset()
    return built


def words(html):
    """What a reader sees: no pictures, no style, no tags."""
    text = re.sub(r'<style>.*?</style>|src="data[^"]*"', "", html, flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


# What the model adds


@pytest.mark.parametrize(
    ("ingredients", "summary"),
    [
        (preset("like_3"), "mean"),
        (Ingredients(70, 0.5, 0.3, 4, (60, 90)), "highest"),
        (Ingredients(times_min=(40,)), "highest"),
    ],
)
def test_steps_lead_from_the_simulator_to_what_is_printed(ingredients, summary):
    found = attempt(ingredients, summary, "series_684")
    assert found.steps[0].after == change(preset("like_16")).largest_mean
    for one, other in itertools.pairwise(found.steps):
        assert other.before == one.after
    assert found.steps[-1].after == found.printed
    own = change(ingredients)
    assert found.printed == (own.largest_mean if summary == "mean" else own.mean_highest)
    assert sum(step.by for step in found.steps) == pytest.approx(found.printed)


def test_nothing_changed_moves_nothing():
    found = attempt(preset("like_16"), "mean", "series_2342")
    assert [step.by for step in found.steps[1:]] == [0.0] * 6
    assert found.hit


def test_older_people_with_hypertension_do_not_explain_the_small_rise():
    # Abstract of the 684 infusions: 56.7 years, 36.1 % with hypertension, and yet +3.28.
    found = attempt(preset("like_3"), "mean", "series_684")
    assert found.people_alone > found.base.largest_mean + 3
    assert found.hit


def test_ways_really_print_the_number_and_keep_to_the_abstract():
    for series in published():
        found = ways(series.name)
        assert 1 < found.found < found.tried / 4
        for ingredients, summary in (found.least, found.most):
            assert attempt(ingredients, summary, series.name).hit
        assert found.least != found.most
    small = ways("series_684")
    for ingredients, _summary in (small.least, small.most):
        assert ingredients.age_years == 56.7
        assert ingredients.hypertension_share == 0.361
        assert ingredients.times_min == changes.TIMES["every_10"]


@pytest.mark.parametrize(
    "call",
    [
        lambda: attempt(Ingredients(), "median", "series_684"),
        lambda: attempt(Ingredients(), "mean", "series_1"),
        lambda: ways("series_1"),
    ],
)
def test_what_does_not_exist_is_refused(call):
    with pytest.raises(ValueError, match="There is no"):
        call()


# The panel


def test_start_is_a_puzzle(panel):
    found = panel.result
    assert found.target.name == "series_684"
    assert found.off_by > 10
    page = words(panel.figure.value)
    assert "who they were does not explain +3.28 by itself" in page
    assert "Still" in page and "too high" in page
    assert "56.7 years" in page
    assert "Not noted here" in page
    assert "https://" in panel.figure.value


def test_a_ready_set_gets_there_and_is_only_one_way(panel):
    panel.controls["start"].value = "like_3"
    assert panel.result.hit
    assert panel.controls["arrival"].value > 0
    page = words(panel.figure.value)
    assert "one way to get there, not the reason" in page
    assert "sets that agree with what the abstract says" in page
    # The same number at another minute: that is shown too.
    assert "found its largest mean at minute 30, yours stands at 40" in page
    panel.controls["blunted"].value = 0
    assert panel.controls["start"].value == "yours"
    assert not panel.result.hit


def test_the_ready_sets_reach_their_own_series(panel):
    for start, target in (("like_7", "series_741"), ("like_16", "series_2342")):
        panel.controls["start"].value = start
        panel.controls["target"].value = target
        assert panel.controls["start"].value == start
        assert panel.result.hit


def test_the_other_summary_prints_more(panel):
    before = panel.result.printed
    panel.controls["summary"].value = "highest"
    assert panel.result.printed > before + 2
    assert "moves it most: what is averaged" in panel.words.value
    panel.controls["times"].value = "peak"
    assert "With a single reading" in words(panel.figure.value)


def test_late_readings_print_less(panel):
    before = panel.result.printed
    panel.controls["times"].value = "late"
    assert panel.result.printed < 0.7 * before
    assert "moves it most: when the cuff is pressed" in panel.words.value


def test_the_mean_hides_people(panel):
    panel.controls["start"].value = "like_3"
    share = round(100 * panel.result.change.over_30)
    assert share > 0
    assert f"{share} of 100 simulated people" in words(panel.figure.value)


def test_published_rises_carry_their_source_and_the_ingredients_do_not(panel):
    page = words(panel.more.value)
    for number in ("+3.28", "+7.40", "+12.61", "+16.00", "10.40 to 14.82"):
        assert number in page
    assert "No source takes the difference between them apart" in page
    notes = panel.children[-1].value
    assert "No source takes these figures apart" in notes
    assert "+16 is put in, not found" in notes


def test_numbers_in_the_notes_are_those_of_the_parameters(panel):
    from trd.monitoring.parameters import numbers
    from trd.parameters import load

    notes = panel.children[-1].value
    cells = load("monitoring_changes")["ingredients"]
    assert f"{100 * float(cells['blunted_factor'].value):g} % of what it would be" in notes
    assert f"time constant of {cells['arrival_fades_min'].value} minutes" in notes
    effects = numbers("effect")
    assert f"adds {effects['hypertension_sbp_mmhg']:g} mmHg" in notes
    assert f"above {effects['age_centre_years']:g} adds" in notes
    assert f"adds {effects['age_sbp_mmhg_per_year']:g} mmHg" in notes


def test_data_are_the_steps(panel):
    panel.show_data.value = True
    assert "not what happens to anybody" in panel.data.value
    assert "57 years" in panel.data.value
    assert words(panel.data.value).count("mmHg too high") == 1


def test_every_extreme_draws_without_a_card(panel):
    panel.show_data.value = True
    panel.controls["summary"].value = "highest"
    for name, control in panel.controls.items():
        spec = control.spec
        values = (
            [spec["minimum"], spec["maximum"]]
            if spec["kind"] == "slider"
            else [option[0] for option in spec["options"]]
        )
        for value in values:
            control.value = value
            assert "trd-card" not in panel.figure.value, (name, value)
            assert "nan" not in panel.words.value


@pytest.mark.parametrize(
    "settings",
    [
        {"age": 85, "hypertension": 100, "summary": "highest"},
        {"age": 18, "hypertension": 0, "blunted": 100, "arrival": 15, "times": "late"},
        {"start": "like_3"},
    ],
)
def test_words_stay_inside_the_picture(panel, settings):
    for name, value in settings.items():
        panel.controls[name].value = value
    figure = panel.view._figure
    renderer = figure.canvas.get_renderer()
    for text in (panel.view._title, *panel.view._ends, *panel.view._fixed.values()):
        box = text.get_window_extent(renderer)
        assert box.x0 >= 0 and box.x1 <= figure.bbox.x1
    # Means and whiskers within the axis.
    found = panel.result.change
    low, high = panel.view._line.axes.get_ylim()
    assert low < min(found.p10) and max(found.p90) < high


def test_a_narrow_screen_reads_the_lower_picture_instead(panel):
    page = panel.figure.value
    assert ".trd-ch-cut .trd-figure { margin-bottom:-212px; }" in page
    listed = page.split('<ul class="trd-only-narrow">')[1].split("</ul>")[0]
    assert listed.count("<li>") == len(panel.result.steps) + 1
    assert f"{panel.result.printed:+.1f} mmHg" in listed


def test_labels_of_controls_and_no_pyplot(panel):
    assert all(control.spec["label"] for control in panel.controls.values())
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []
