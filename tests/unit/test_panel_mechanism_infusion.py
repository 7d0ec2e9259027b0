"""Lesson 2: the panel on the infusion, and the report behind it."""

from __future__ import annotations

import math
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trd.mechanism.infusion_report import BESIDE, COMPARISONS, INTERRUPTIONS, infusion_report
from trd.mechanism.panels.infusion import infusion


@pytest.fixture(scope="module")
def built():
    return infusion()


@pytest.fixture
def panel(built):
    built.reset()
    return built


def alt(panel):
    return panel.figure.value.split('alt="')[1].split('"')[0]


def peaks(report):
    return [round(curve.exposure.cmax_ng_per_ml) for curve in report.curves]


# 35 mg over 40 min at 70 kg, exact solutions of the published parameters: opentiva (Clements
# 1981; Kamp 2020; Domino 1982), nlmixr2lib (Fanta 2015 with Otto 2021; Simons 2022).
@pytest.mark.parametrize(
    ("comparison", "expected"),
    [
        ("clements-kamp", [177, 253]),
        ("clements-domino", [177, 240]),
        ("racemate", [177, 253, 240]),
        ("kamp-weight", [253, 253]),
        ("s-ketamine", [158, 289]),
    ],
)
def test_the_models_of_each_comparison(comparison, expected):
    assert peaks(infusion_report(0.5, 40, 70, comparison=comparison)) == expected


@given(
    dose=st.floats(0.1, 1),
    minutes=st.floats(2, 100),
    at=st.floats(1, 100),
    lasts=st.just(0.0) | st.floats(0.1, 60),
    how=st.sampled_from(INTERRUPTIONS),
)
@settings(max_examples=40, deadline=None)
def test_a_pause_costs_no_exposure_and_a_stop_its_share(dose, minutes, at, lasts, how):
    through = infusion_report(dose, minutes, 70, beside="none", people=False)
    found = infusion_report(dose, minutes, 70, how, at, lasts, beside="none", people=False)
    share = at / minutes if how == "stop" and at < minutes else 1
    assert found.given_share == pytest.approx(share)
    for curve, whole in zip(found.curves, through.curves, strict=True):
        area, full = curve.exposure.auc_ng_h_per_ml, whole.exposure.auc_ng_h_per_ml
        assert area == pytest.approx(share * full)
        assert curve.exposure.cmax_ng_per_ml <= whole.exposure.cmax_ng_per_ml * (1 + 1e-9)
        if found.pause:
            assert 0 < curve.fall_in_pause_pct < 100


def test_a_slower_infusion_lowers_the_peak_and_keeps_the_area():
    report = infusion_report(0.5, 40, 70)
    for curve, slow in zip(report.curves, report.other_exposures, strict=True):
        assert slow.cmax_ng_per_ml < curve.exposure.cmax_ng_per_ml
        assert slow.auc_ng_h_per_ml == pytest.approx(curve.exposure.auc_ng_h_per_ml)


def test_only_allometric_scaling_answers_to_weight():
    # Kamp with clearances to the power 0.75: 282 ng/mL at 140 kg (exact solution).
    light, heavy = (infusion_report(0.5, 40, kg, comparison="kamp-weight") for kg in (70, 140))
    assert peaks(light) == [253, 253]
    assert peaks(heavy) == [253, 282]


def test_a_caution_is_said_once_for_two_models():
    clements, both = infusion_report(0.5, 2, 70, comparison="racemate").cautions
    assert clements.startswith("Clements-250: its two compartments")
    assert both.startswith("Kamp 2020, as coded and Domino: a peak after so short an input")
    assert len(infusion_report(0.5, 2, 70, comparison="kamp-weight").cautions) == 1


def test_a_caution_is_about_the_order_not_about_short_stretches():
    assert infusion_report(0.5, 2, 70).cautions
    assert not infusion_report(0.5, 40, 70, "pause", 1, 10).cautions
    assert not infusion_report(0.5, 40, 70, "stop", 1).cautions


def test_the_same_infusion_is_not_drawn_twice():
    assert not infusion_report(0.5, 40, 70, beside="usual").other
    assert infusion_report(0.5, 40, 80, "pause", beside="usual").other


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"interruption": "halt"}, "choose one of none, pause, stop"),
        ({"beside": "ghost"}, "slower"),
        ({"comparison": "hijazi"}, "clements-kamp"),
        ({"at_min": 0}, "above 0"),
        ({"people": "yes"}, "True or False"),
    ],
)
def test_what_cannot_be_is_refused_in_words(wrong, words):
    with pytest.raises(ValueError, match=words):
        infusion_report(0.5, 40, 70, **wrong)


def test_the_start_shows_two_models_that_disagree(panel):
    assert "Clements peaks at 177 ng/mL" in alt(panel)
    assert "Kamp at 253 (minute 40), halved after 9 min" in alt(panel)
    assert "twice as slow: peaks of 131" in alt(panel)
    assert "35 mg" in alt(panel)


def test_rate_shapes_the_peak(panel):
    panel.controls["duration_min"].value = 80
    assert "Clements peaks at 131" in alt(panel)
    panel.controls["duration_min"].value = 2
    assert "Clements peaks at 277" in alt(panel)
    assert "Caution, faster than 5 min" in alt(panel)
    assert "first pass" in alt(panel)
    assert "choose Clements, Kamp and Domino under Models" in alt(panel)
    panel.controls["duration_min"].value = 4
    assert "Caution" in panel.words.value
    assert "Too fast for the models" in panel.view._title.get_text()
    panel.controls["duration_min"].value = 5
    assert "Caution" not in panel.words.value
    panel.controls["comparison"].value = "racemate"
    panel.controls["duration_min"].value = 4
    assert "under Models" not in alt(panel)


def test_a_pause_drops_the_level_at_once_and_keeps_the_exposure(panel):
    panel.controls["interruption"].value = "pause"
    assert panel.controls["beside"].value == "uninterrupted"
    assert "falls by 22 % (Clements) and 63 % (Kamp)" in alt(panel)
    assert "exposure stays the same" in alt(panel)
    panel.controls["interruption"].value = "stop"
    assert "50 % of the dose" in alt(panel)
    assert "17.5 mg given" in alt(panel)


def test_the_dose_stands_beside_the_pump(panel):
    panel.controls["weight_kg"].value = 120
    assert panel.view._dose.get_text() == "60 mg, 1.5 mg/min"
    panel.controls["interruption"].value = "pause"
    panel.show_data.value = True
    # 40 min of pumping and a pause of 10.
    assert "60 mg over 50 min" in panel.data.value
    assert "paused from minute 20 to 30" in panel.data.value
    assert "over 40 min" not in panel.data.value


def test_a_pause_orders_no_less_than_is_given(panel):
    # 12 mg in two stretches: the sum is short of it by rounding only.
    found = infusion_report(0.1, 100, 120, "pause", 1, 12)
    assert found.given_share < 1
    assert "ordered" not in panel.view.describe(found)
    assert "12 mg ordered" in panel.view.describe(infusion_report(0.1, 100, 120, "stop", 50))


def test_moving_the_pause_starts_one(panel):
    panel.controls["pause_min"].value = 30
    assert panel.controls["interruption"].value == "pause"
    panel.controls["pause_min"].value = 0
    assert "pause" not in alt(panel)


def test_the_pump_can_be_stopped_only_while_it_runs(panel):
    panel.controls["at_min"].value = 30
    panel.controls["duration_min"].value = 10
    assert panel.controls["at_min"].value == 10
    assert panel.controls["at_min"].spec["maximum"] == 10
    panel.reset()
    assert panel.controls["at_min"].spec["maximum"] == 40


def test_weight_scaling_starts_where_it_shows(panel):
    panel.controls["comparison"].value = "kamp-weight"
    assert panel.controls["weight_kg"].value == 120
    assert "Kamp, allometric at 276" in alt(panel)


def test_what_is_second_hand_or_unchecked_says_so(panel):
    page = panel.more.value
    for words in ("Second-hand", "Zanos 2018", "not checked here", "Kamp 2020", "Lenze 2016"):
        assert words in page
    panel.show_data.value = True
    assert "commonly quoted; not checked here" in panel.data.value
    panel.controls["comparison"].value = "s-ketamine"
    assert "Read the shape, not the height" in panel.more.value


def test_the_band_can_be_hidden(panel):
    assert "nine in ten people have about 130 to 230 ng/mL" in alt(panel)
    panel.controls["people"].value = False
    assert "nine in ten" not in alt(panel)


def test_it_says_that_it_is_a_simulation_and_advises_nothing(panel):
    head = panel.children[0].value
    assert "not for patient care" in head
    everything = head + panel.figure.value + panel.words.value + panel.more.value
    for words in ("should give", "recommend", "aim for", "target level", "optimal"):
        assert words not in everything


def test_every_extreme_draws(panel):
    sliders = [name for name, c in panel.controls.items() if c.spec["kind"] == "slider"]
    for comparison in COMPARISONS:
        for interruption in INTERRUPTIONS:
            panel.reset()
            panel.controls["comparison"].value = comparison
            panel.controls["interruption"].value = interruption
            for name in sliders:
                for end in ("minimum", "maximum"):
                    panel.controls[name].value = panel.controls[name].spec[end]
                    assert "trd-card" not in panel.figure.value
                    assert "nan" not in alt(panel)
    for beside in BESIDE:
        panel.controls["beside"].value = beside
        assert "trd-card" not in panel.figure.value


def test_no_words_of_the_picture_touch(panel):
    """The key, the title and the other moving words keep apart and inside the picture."""
    settings_ = (
        {},
        {"comparison": "racemate", "duration_min": 2, "dose_mg_per_kg": 1},
        {"comparison": "racemate", "duration_min": 100, "interruption": "pause", "pause_min": 60},
        {"comparison": "kamp-weight", "weight_kg": 180, "beside": "usual"},
        {"comparison": "s-ketamine", "interruption": "stop", "at_min": 1},
    )
    for values in settings_:
        panel.reset()
        for name, value in values.items():
            panel.controls[name].value = value
        figure = panel.view._figure
        renderer = figure.canvas.get_renderer()
        boxes = [
            text.get_window_extent(renderer)
            for text in figure.texts
            if text.get_visible() and text.get_text()
        ]
        for index, box in enumerate(boxes):
            assert box.x0 >= 0, values
            assert box.x1 <= figure.bbox.x1, values
            assert not any(box.overlaps(other) for other in boxes[index + 1 :]), values


def test_every_control_has_a_label(panel):
    assert all(control.spec["label"] for control in panel.controls.values())


def test_a_step_of_the_slider_is_quick(panel):
    times = []
    for value in range(20, 40):
        start = time.perf_counter()
        panel.controls["duration_min"].value = value
        times.append(time.perf_counter() - start)
    # About 45 ms on a quiet machine; five times that on a loaded one.
    assert sorted(times)[len(times) // 2] < 0.25


def test_no_pyplot_figure_is_left_behind(panel):
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []


def test_an_uninterrupted_infusion_has_no_levels_of_a_pause():
    curve = infusion_report(0.5, 40, 70).curves[0]
    assert math.isnan(curve.fall_in_pause_pct)
