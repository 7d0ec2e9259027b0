"""Lesson 5: every difference as a line that can be filtered, and the forest plot."""

from __future__ import annotations

import io
import re
import sys

import pytest
from PIL import Image

from trd.communication.comparisons import CONTROLS, OUTCOMES, TIMES, comparison, comparisons, select
from trd.communication.panels import forest_plot


@pytest.fixture(scope="module")
def built():
    return forest_plot()


@pytest.fixture
def panel(built):
    built.reset()
    return built


def words(html):
    text = re.sub(r'<style>.*?</style>|src="data[^"]*"', "", html, flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


# The model


def test_lines_are_sorted_into_kinds_that_may_stand_together():
    every = comparisons()
    assert every["com-e-sustain1-remitters"].kind == "relapse"
    assert every["com-e-feder-ptsd"].kind == "elsewhere"
    assert every["com-e-su-ideation-d7"].kind == "thoughts"
    assert every["com-e-elektd-response"].compared == "other"
    assert every["com-e-escape-kept"].time == "longer"
    assert every["com-e-lii-response"].time == "hours"
    # Harms counted in two ways are two kinds.
    assert every["com-h-aspire-nausea"].kind == "harm"
    assert every["com-h-su-dizziness"].kind == "unsaid"
    for each in every.values():
        assert each.kind in OUTCOMES
        assert each.compared in CONTROLS
        assert each.time in TIMES


def test_direction_depends_on_what_is_counted():
    assert comparison("com-e-sustain1-remitters").favours == "treatment"
    assert comparison("com-h-aspire-nausea").favours == "control"
    assert comparison("com-h-aspire-headache").favours == "neither"
    assert comparison("com-e-ketect-remission").favours == "control"
    # The interval of the review against midazolam begins at 0: it takes in no effect.
    assert comparison("com-e-cochrane-midazolam-response").favours == "neither"


def test_only_lines_that_were_checked_unless_asked():
    checked, every = select("response"), select("response", unchecked=True)
    assert {each.key for each in every} - {each.key for each in checked} == {
        "com-e-zarate-response",
        "com-e-singh-twice-response",
        "com-e-singh-thrice-response",
        "com-e-singhiv-response",
        "com-e-kads2-response",
    }
    assert all(each.checked for each in select())


def test_filters_work_together():
    found = select("response", "midazolam", "hours")
    assert [each.trial for each in found] == [
        "Murrough 2013 (controlled)",
        "Su 2023",
        "Cochrane 2021, midazolam trials",
    ]
    assert select("relapse", "saline") == ()
    with pytest.raises(ValueError, match="There is no 'sugar'"):
        select("response", "sugar")
    with pytest.raises(ValueError, match="There is no comparison"):
        comparison("com-e-nobody")


# The panel


def test_start_counts_the_intervals(panel):
    text = words(panel.figure.value)
    assert "4 of 11 intervals cross no effect" in text
    assert "7 favour the treatment, 0 favour the control, 4 cross no effect" in text
    assert "5 more, not checked here" in text
    assert "Zarate" not in text


def test_unchecked_rows_come_marked(panel):
    panel.controls["unchecked"].value = True
    html = panel.figure.value
    assert "Zarate 2006" in html
    assert words(html).lower().count("commonly quoted; not checked here") == 5
    panel.show_data.value = True
    assert words(panel.data.value).count("commonly quoted; not checked here") == 5


def test_direction_is_said_for_harm_and_relapse(panel):
    panel.controls["kind"].value = "harm"
    assert "more harm with treatment" in words(panel.figure.value)
    assert "midazolam" not in words(panel.figure.value)
    panel.controls["kind"].value = "relapse"
    assert "favour the treatment" in words(panel.figure.value)
    assert "fewer relapses with treatment" in words(panel.words.value)


def test_the_picture_is_as_long_as_its_rows(panel):
    def size(result):
        return Image.open(io.BytesIO(panel.view.png(result))).size

    few_width, few = size(panel.result)
    panel.controls["unchecked"].value = True
    many_width, many = size(panel.result)
    assert few_width == many_width
    assert (many - few) % 5 == 0
    assert many > few
    assert re.search(r'height="(\d+)"', panel.figure.value)[1] == str(
        round(many / panel.view.dpi * 100)
    )


def test_nothing_fits(panel):
    panel.controls["kind"].value = "relapse"
    panel.controls["compared"].value = "saline"
    assert "No comparison that was checked here fits" in words(panel.figure.value)
    assert "<img" not in panel.figure.value


def test_every_choice_can_be_drawn(panel):
    for kind in OUTCOMES:
        panel.controls["kind"].value = kind
        for name in ("compared", "time"):
            for option in panel.controls[name].spec["options"]:
                panel.controls[name].value = option[0]
                assert "could not be drawn" not in panel.figure.value
            panel.controls[name].value = "all"
    panel.controls["kind"].value = "thoughts"
    assert "988" in words(panel.figure.value)
    assert all(control.spec["label"] for control in panel.controls.values())
    # Another test of the same process may have loaded it; a panel draws without it.
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []


def test_on_a_narrow_screen_every_row_stands_in_words():
    panel = forest_plot()
    narrow = panel.figure.value.partition('class="trd-stacked"')[2].partition("</ul>")[0]
    assert narrow.count("<strong>") == len(panel.result.lines)
    assert "Plus: treatment better" in narrow
    crossing = sum(each.effect.crosses_no_effect for each in panel.result.lines)
    assert narrow.count("crosses no effect") == crossing > 0
