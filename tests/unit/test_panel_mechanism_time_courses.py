"""Lesson 2: the panel of time courses."""

from __future__ import annotations

import itertools
import re
import sys
import time

import pytest

from trd.mechanism.panels.time_courses import time_courses
from trd.mechanism.time_courses import GROUPS, lanes, overlay


@pytest.fixture
def panel():
    return time_courses()


def alt(panel):
    return re.search(r'alt="([^"]*)"', panel.figure.value).group(1)


def test_start_shows_that_the_level_alone_cannot_explain_it(panel):
    assert "below 10 % of its peak after 4.0 to 6.9 h" in alt(panel)
    assert "still on day 7" in alt(panel)
    assert "the level alone cannot explain it" in panel.figure.value
    assert "not one curve" in panel.figure.value


def test_even_one_per_cent_is_over_within_a_day(panel):
    panel.controls["share_pct"].value = 1
    assert "after 14 to 17 h" in alt(panel)
    panel.controls["share_pct"].value = 100
    assert "after 40 min" in alt(panel)


def test_choosing_what_to_show(panel):
    panel.controls["mood"].value = False
    assert "Mood" not in alt(panel)
    assert "Show level and mood together" in panel.figure.value
    panel.controls["level"].value = False
    assert "simulated level" not in alt(panel)
    panel.controls["dissociation"].value = False
    assert "Blood pressure" in alt(panel)
    panel.controls["pressure"].value = False
    assert "Nothing is chosen" in alt(panel)


def test_every_mark_has_its_source_and_status(panel):
    page = panel.figure.value
    for lane in lanes():
        assert not lane.marks or lane.title in page
    for words in ("Han 2016", "Diazgranados", "as retold by others", "not checked here"):
        assert words in page
    assert "says nothing on its own about how much the drug did" in page


def test_every_setting_draws_and_is_quick(panel):
    panel.show_data.value = True
    times = []
    for shown in itertools.product((False, True), repeat=len(GROUPS)):
        for group, on in zip(GROUPS, shown, strict=True):
            panel.controls[group].value = on
        for share in (1, 10, 100):
            start = time.perf_counter()
            panel.controls["share_pct"].value = share
            times.append(time.perf_counter() - start)
            assert "trd-card" not in panel.figure.value
            assert "nan" not in alt(panel)
    # About 50 ms on a quiet machine.
    assert sorted(times)[len(times) // 2] < 0.25


def test_no_line_joins_two_marks(panel):
    panel.view.png(panel.result)
    for lane in lanes():
        for artist in panel.view._lanes[lane.key]:
            if lane.key != "level_share" and hasattr(artist, "get_xdata"):
                x = list(artist.get_xdata())
                spans = [mark.span_min for mark in lane.marks]
                assert any(min(x) >= low and max(x) <= high for low, high in spans)


def test_words_are_inside_the_picture(panel):
    for share in (1, 10, 37, 100):
        panel.view.png(overlay(share))
        figure = panel.view._figure
        renderer = figure.canvas.get_renderer()
        texts = [panel.view._title]
        for artists in panel.view._lanes.values():
            texts += [artist for artist in artists if hasattr(artist, "get_text")]
        for text in texts:
            box = text.get_window_extent(renderer)
            assert box.x0 >= 0, text.get_text()
            assert box.x1 <= figure.bbox.x1, text.get_text()


def test_words_of_a_lane_do_not_meet(panel):
    panel.view.png(panel.result)
    renderer = panel.view._figure.canvas.get_renderer()
    for key, artists in panel.view._lanes.items():
        boxes = [a.get_window_extent(renderer) for a in artists if hasattr(a, "get_text")]
        for one, other in itertools.combinations(boxes, 2):
            assert not one.overlaps(other), key


def test_data_and_reset_and_labels(panel):
    panel.show_data.value = True
    for words in (
        "52.2 %",
        "47.9 %",
        "39.8 %",
        "from knowledge",
        "secondary",
        "368 people in all arms",
    ):
        assert words in panel.data.value
    panel.controls["mood"].value = False
    panel.reset()
    assert panel.controls["mood"].value is True
    assert all(control.spec["label"] for control in panel.controls.values())
    assert "not for patient care" in panel.children[0].value
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []
