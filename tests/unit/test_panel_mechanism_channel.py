"""Lesson 2: the panel on magnesium and ketamine in the channel, and the report behind it."""

from __future__ import annotations

import math
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trd.mechanism.channel_report import (
    CHANNELS,
    DRUG_MIN,
    ENTRIES,
    HORIZON_MIN,
    channel_report,
    whole_parts,
)
from trd.mechanism.panels.channel import channel
from trd.panel.controls import Play, Slider

OPEN = (1, 0.1, 0.01, 0.001)


@pytest.fixture(scope="module")
def built():
    return channel()


@pytest.fixture
def panel(built):
    built.reset()
    return built


def alt(panel):
    return panel.figure.value.split('alt="')[1].split('"')[0]


def test_the_start():
    found = channel_report(-65, 1, 185)
    # Jahr and Stevens 1990: 0.0597 at -65 mV and 1 mmol/L.
    assert found.unblocked == pytest.approx(0.0597, abs=1e-4)
    # 0.53 x 185 / 237.73 (Dayton 1983).
    assert found.free_um == pytest.approx(0.412, abs=1e-3)
    # Gilling 2009: koff / kon = 0.22 / 0.15.
    assert found.plateau == pytest.approx(found.free_um / (found.free_um + 0.22 / 0.15))
    low, high = found.scenario_range_pct
    assert (round(low), round(high)) == (7, 39)


@pytest.mark.parametrize("probability", OPEN)
def test_how_often_the_gate_opens_changes_the_speed_and_not_the_goal(probability):
    found = channel_report(-65, 1, 185, open_probability=probability)
    always = channel_report(-65, 1, 185, open_probability=1)
    assert found.plateau == always.plateau
    assert found.half_in_min == pytest.approx(always.half_in_min / probability)
    # koff of 0.22 a second (Gilling 2009).
    assert found.half_out_min == pytest.approx(math.log(2) / (60 * 0.22) / probability)


@given(
    voltage=st.floats(-90, 40),
    mg=st.floats(0, 2),
    total=st.floats(0, 2400),
    unbound=st.floats(0.29, 0.9),
    probability=st.sampled_from(OPEN),
    at=st.floats(0, HORIZON_MIN),
    entry=st.sampled_from(ENTRIES),
)
def test_shares_stay_shares(voltage, mg, total, unbound, probability, at, entry):
    found = channel_report(voltage, mg, total, unbound, probability, at, entry)
    assert sum(found.counts.values()) == CHANNELS
    assert 0 <= found.blocked <= found.plateau + 1e-9 <= 1
    assert 0 <= found.passing <= found.unblocked <= 1
    assert 0 <= found.current <= found.unblocked + 1e-12
    assert found.blocked_curve.min() >= 0
    assert found.blocked_curve[0] == 0
    # It rises while the drug is there and falls from then on.
    there = found.times_min <= DRUG_MIN
    assert (found.blocked_curve[there][1:] >= found.blocked_curve[there][:-1] - 1e-12).all()
    assert (found.blocked_curve[~there][1:] <= found.blocked_curve[~there][:-1] + 1e-12).all()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=5).filter(lambda x: sum(x) > 0.01))
def test_whole_parts_add_up_and_stay_near(weights):
    shares = tuple(weight / sum(weights) for weight in weights)
    parts = whole_parts(shares, 20)
    assert sum(parts) == 20
    assert all(abs(part - 20 * share) < 1.001 for part, share in zip(parts, shares, strict=True))


def test_magnesium_in_the_way_keeps_ketamine_out():
    measured = channel_report(-65, 1, 185)
    rivals = channel_report(-65, 1, 185, entry="competition")
    assert rivals.plateau < measured.plateau / 5
    bare = channel_report(-65, 0, 185, entry="competition")
    assert bare.plateau == pytest.approx(measured.plateau)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"entry": "both"}, "measured, competition"),
        ({"at_min": 121}, "minutes"),
        ({"fraction_unbound": 0}, "above 0"),
        ({"open_probability": 0}, "above 0"),
    ],
)
def test_what_cannot_be_is_refused_in_words(wrong, words):
    with pytest.raises(ValueError, match=words):
        channel_report(**{"voltage_mv": -65, "mg_mm": 1, "total_ng_per_ml": 185, **wrong})


def test_the_start_shows_all_three_tenants(panel):
    words = alt(panel)
    assert "of 20 NMDA channels 4 hold ketamine (all trapped), 15 magnesium, 1 ne" in words
    assert "heads for 22 % of the channels while the drug is there: half-way in 4.1 min" in words
    assert "at −65 mV magnesium (1 mmol/L) alone leaves 6.0 % of the current" in words
    assert "both together 5.7 %" in words
    assert "AMPA receptors are drawn as not blocked" in words
    assert "from there to mood: not established" in words


def test_depolarising_lets_magnesium_out(panel):
    panel.controls["voltage_mv"].value = 0
    assert "leaves 78 % of the current, both together 72 %" in alt(panel)
    panel.controls["mg_mm"].value = 0
    assert "leaves 100 % of the current" in alt(panel)
    assert ", 0 magnesium" in alt(panel)


def test_a_quiet_synapse_keeps_ketamine_after_the_drug_has_gone(panel):
    panel.controls["at_min"].value = 120
    panel.controls["total_ng_per_ml"].value = 1200
    assert "of 20 NMDA channels 0 hold ketamine," in alt(panel)
    panel.controls["open_probability"].value = "0.001"
    assert "of 20 NMDA channels 3 hold ketamine (all trapped)" in alt(panel)
    panel.controls["open_probability"].value = "1"
    panel.controls["at_min"].value = 40
    assert "trapped" not in alt(panel)
    # Held by an open gate: 0.22 of 20 (Gilling 2009, 185 ng/mL, 0.53 free) once the level is usual.
    panel.controls["total_ng_per_ml"].value = 185
    assert "of 20 NMDA channels 4 hold ketamine, " in alt(panel)
    assert panel.view._synapse._legend.get_text().startswith("K 4, trapped (bar) 0;")


def test_the_assumption_about_magnesium_changes_the_answer(panel):
    panel.controls["entry"].value = "competition"
    assert "heads for 1.7 % of the channels" in alt(panel)


def test_one_number_cannot_be_given(panel):
    page = panel.figure.value + panel.more.value
    assert "7 to 39 % at 185 ng/mL" in page
    assert page.count("commonly quoted; not checked here, see <a") == 3
    assert page.count("Kotermanski 2009") == 3
    assert "Gilling 2009" in page
    assert "No occupancy measured in people has been validated" in page
    assert "0.41 µmol/L free" in page


def test_the_mood_is_not_drawn_as_a_consequence(panel):
    texts = [text.get_text() for axes in panel.view._figure.axes for text in axes.texts]
    assert any("mood: not established" in text for text in texts)


def test_play_runs_to_the_end_of_its_slider(panel):
    spec = panel.controls["at_min"].spec
    assert spec["play"]["step"] * 20 <= spec["maximum"]
    assert spec["play"]["every_ms"] >= 200  # twice the budget of a picture
    assert "play" not in panel.controls["mg_mm"].spec
    # Pressed where the panel opens, it starts over at minute 0.
    assert spec["play"]["home"] == spec["minimum"] + DRUG_MIN == panel.controls["at_min"].value
    assert spec["minimum"] == 0
    played = Slider("Minute", 4, 0, 9, play=Play(3)).spec["play"]
    assert played == {"step": 3, "every_ms": 250, "home": 4}


def test_the_arrows_follow_what_passes(panel):
    ampa, nmda = panel.view._synapse._arrows
    panel.controls["open_probability"].value = "1"
    busy, closed = ampa.get_linewidth(), nmda.get_linewidth()
    panel.controls["voltage_mv"].value = 40
    assert nmda.get_linewidth() > closed + 1
    assert ampa.get_linewidth() == busy
    panel.controls["open_probability"].value = "0.001"
    assert ampa.get_linewidth() < busy


def test_ketamine_leaves_the_cleft_with_the_drug(panel):
    hexagons = panel.view._synapse._ions["ketamine"][0]
    panel.controls["open_probability"].value = "1"
    there = len(hexagons.get_xdata())
    panel.controls["at_min"].value = 120
    assert there > 0
    assert len(hexagons.get_xdata()) == 0


def test_unread_figures_are_marked_beside_the_control(panel):
    words = panel.controls["fraction_unbound"].spec["help"]
    assert "Dayton 1983" in words
    assert "0.88: commonly quoted; not checked here" in words


def test_two_answers_and_the_words_are_explained(panel):
    texts = " ".join(text.get_text() for text in panel.view._figure.texts)
    assert "worked out from potency" in texts
    assert "nobody can say which is right" in texts
    page = panel.figure.value
    for words in ("taken as left alone by ketamine", "halves the current", "kon, koff"):
        assert words in page
    # Gilling 2009: koff of 0.22 a second, open 1 % of the time: ln 2 / 0.0022 s is 5.3 min.
    assert "half out 5.3 min after the drug is gone" in alt(panel)
    assert "not for patient care" in panel.children[0].value


def test_every_extreme_draws(panel):
    sliders = [name for name, c in panel.controls.items() if c.spec["kind"] == "slider"]
    for probability in ("1", "0.1", "0.01", "0.001"):
        for entry in ENTRIES:
            panel.reset()
            panel.controls["open_probability"].value = probability
            panel.controls["entry"].value = entry
            for name in sliders:
                for end in ("minimum", "maximum"):
                    panel.controls[name].value = panel.controls[name].spec[end]
                    assert "trd-card" not in panel.figure.value
                    assert "nan" not in alt(panel)


def test_no_words_of_the_picture_touch(panel):
    for values in (
        {},
        {"voltage_mv": -90, "mg_mm": 2},
        {"mg_mm": 0, "total_ng_per_ml": 2400, "fraction_unbound": 0.9},
        {"at_min": 120, "total_ng_per_ml": 2400, "open_probability": "0.001"},
    ):
        panel.reset()
        for name, value in values.items():
            panel.controls[name].value = value
        figure = panel.view._figure
        renderer = figure.canvas.get_renderer()
        texts = [*figure.texts, *figure.axes[2].texts]
        boxes = [
            text.get_window_extent(renderer)
            for text in texts
            if text.get_visible() and text.get_text()
        ]
        for index, box in enumerate(boxes):
            assert box.x1 <= figure.bbox.x1, values
            assert not any(box.overlaps(other) for other in boxes[index + 1 :]), values


def test_the_data(panel):
    panel.show_data.value = True
    assert "Ketamine in, %" in panel.data.value
    assert "120" in panel.data.value


def test_every_control_has_a_label(panel):
    assert all(control.spec["label"] for control in panel.controls.values())


def test_a_step_of_the_slider_is_quick(panel):
    times = []
    for value in range(0, 40, 2):
        start = time.perf_counter()
        panel.controls["at_min"].value = value
        times.append(time.perf_counter() - start)
    # About 40 ms on a quiet machine; five times that on a loaded one.
    assert sorted(times)[len(times) // 2] < 0.25


def test_no_pyplot_figure_is_left_behind(panel):
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []


def test_a_step_that_reset_has_overtaken_is_not_taken():
    slider = Slider("Minute", 4, 0, 9, play=Play(3))

    def step(to, resets):
        # As the page sends it.
        data = {"method": "custom", "content": {"step_to": to, "resets": resets}}
        slider.comm.handle_msg({"content": {"data": data}, "buffers": []})
        return slider.value

    assert step(7, slider.resets) == 7
    sent = slider.resets
    slider.reset()
    assert step(9, sent) == 4
    assert step(7, slider.resets) == 7
    assert step(99, slider.resets) == 7
    assert step("8", slider.resets) == 7
