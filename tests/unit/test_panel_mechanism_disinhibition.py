"""Lesson 2: the panel on the disinhibition circuit."""

from __future__ import annotations

import itertools
import re
import sys
import time

import numpy as np
import pytest

from trd.mechanism.circuit import Circuit, respond, response
from trd.mechanism.panels.disinhibition import disinhibition


@pytest.fixture
def panel():
    return disinhibition()


def alt(panel):
    return re.search(r'alt="([^"]*)"', panel.figure.value).group(1)


def test_response_holds_the_circuit_at_and_around_the_concentration():
    found = response(1.0, 1.2)
    assert float(found.now.pyramidal_hz) == pytest.approx(7.54, abs=0.01)
    np.testing.assert_allclose(
        found.plain.pyramidal_change_pct,
        respond(found.plain.conc_um, Circuit(ic50_i_um=5.4)).pyramidal_change_pct,
    )
    assert np.all(found.plain.pyramidal_change_pct <= 0)
    assert 0.7 in response(0.7, 1.2).steps.conc_um
    assert found.steps.conc_um.tolist() == sorted(set(found.steps.conc_um))
    with pytest.raises(ValueError, match="concentration"):
        response(-1, 1.2)
    with pytest.raises(ValueError, match="ic50_i_um"):
        response(1, 0)


# Outputs of the course's model at its defaults: +51 % at 1 and −40 % at 10 micromol/L.
def test_start_is_in_the_rise(panel):
    assert "(+51 %)" in alt(panel)
    assert "rises by at most 52 %" in alt(panel)
    panel.controls["conc_um"].value = 10
    assert "(−40 %)" in alt(panel)


def test_without_selectivity_the_inverted_u_is_gone(panel):
    panel.controls["preset"].value = "equal"
    assert panel.controls["ic50_i_um"].value == 5.4
    assert "there is no inverted U" in alt(panel)
    assert "Both are blocked equally easily" in alt(panel)
    panel.controls["preset"].value = "2d"
    assert panel.controls["ic50_i_um"].value == 2.95
    assert "at most 2 %" in alt(panel)


def test_the_slider_names_its_preset(panel):
    panel.controls["ic50_i_um"].value = 2.0
    assert panel.controls["preset"].value == "own"
    panel.controls["ic50_i_um"].value = 1.2
    assert panel.controls["preset"].value == "2c"
    panel.controls["preset"].value = "own"
    assert panel.controls["ic50_i_um"].value == 1.2


def test_it_says_that_it_is_a_hypothesis_and_what_was_not_checked(panel):
    page = panel.figure.value
    assert "One hypothesis drawn as a model. It is not evidence." in page
    assert "not checked here" in page
    assert "not checked here" in panel.controls["ic50_i_um"].spec["help"]
    assert "does not show that this happens in patients" in page
    notes = panel.children[-1].value
    assert "Selectivity" in notes
    assert "tuned" in notes


def test_every_extreme_draws_and_is_quick(panel):
    panel.show_data.value = True
    times = []
    for conc, ic50 in itertools.product((0, 0.1, 1, 5.5, 10), (0.5, 1.2, 2.95, 5.4, 12)):
        panel.controls["conc_um"].value = conc
        start = time.perf_counter()
        panel.controls["ic50_i_um"].value = ic50
        times.append(time.perf_counter() - start)
        assert "trd-card" not in panel.figure.value
        assert "nan" not in alt(panel) + panel.data.value
    # About 30 ms on a quiet machine.
    assert sorted(times)[len(times) // 2] < 0.2


def test_lines_and_words_stay_inside(panel):
    for conc, ic50 in itertools.product((0, 1, 10), (0.5, 1.2, 12)):
        result = response(conc, ic50)
        panel.view.png(result)
        assert result.curve.pyramidal_change_pct.max() < 125
        figure = panel.view._figure
        title = panel.view._title.get_window_extent(figure.canvas.get_renderer())
        assert title.x1 <= figure.bbox.x1
        for text in panel.view._hz:
            assert text.get_position()[1] < 16.5


def test_data_holds_the_table_of_the_model(panel):
    panel.show_data.value = True
    assert "not a measurement" in panel.data.value
    # The model at 3 and 30 micromol/L: +34 and −86 %.
    assert "<td>+34</td>" in panel.data.value
    assert "<td>−86</td>" in panel.data.value


def test_reset_labels_and_no_pyplot(panel):
    panel.controls["preset"].value = "equal"
    panel.reset()
    assert panel.controls["ic50_i_um"].value == 1.2
    assert all(control.spec["label"] for control in panel.controls.values())
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []
