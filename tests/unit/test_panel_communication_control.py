"""Lesson 5: the same drug against different controls, and the 70 % ladder."""

from __future__ import annotations

import html
import re
import sys

import pytest

from trd.communication.ladder import WITH, against, rungs
from trd.communication.panels import which_control


@pytest.fixture(scope="module")
def built():
    return which_control()


@pytest.fixture
def panel(built):
    built.reset()
    return built


def words(html):
    text = re.sub(r'<style>.*?</style>|src="data[^"]*"', "", html, flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


# The model


def test_the_ladder_from_its_sources():
    # Per cent on ketamine and on control: Murrough 2013 (open 17/24; controlled 30/47 and 7/25),
    # Zarate 2006, Lii 2023, McInnes 2022, Jelovac 2025 (15/32, 10/30), Alnefeesi 2022, Dean 2021,
    # and the university's release on KADS.
    shown = {
        each.key: (round(each.treated), None if each.control is None else round(each.control))
        for each in rungs()
    }
    assert shown == {
        "open": (71, None),
        "crossover": (71, 0),
        "midazolam": (64, 28),
        "asleep": (60, 50),
        "clinics": (54, None),
        "repeated": (47, 33),
        "real": (45, None),
        "pooled": (27, 9),
        "flexible": (20, 2),
    }
    assert [each.key for each in rungs() if each.seventy] == ["open", "crossover"]
    assert [each.key for each in rungs() if not each.checked] == ["crossover", "flexible"]
    shares = [each.treated for each in rungs()]
    assert shares == sorted(shares, reverse=True)


def test_the_number_runs_from_1_4_to_none():
    saline = against("saline")
    assert saline.smallest.needed[0] == pytest.approx(1.4, abs=0.05)
    assert not saline.smallest.checked
    asleep = against("anaesthesia")
    assert asleep.smallest is None
    assert asleep.crossing == len(asleep.comparisons) == 1


def test_without_the_unchecked_rows_saline_looks_no_better():
    checked = against("saline", unchecked=False)
    assert all(each.checked for each in checked.comparisons)
    assert checked.hidden == 4
    assert checked.smallest.trial == "Abbar 2022"
    assert "crossover" not in [each.key for each in checked.rungs]


def test_numbers_that_cross_come_last_and_have_none():
    found = against("midazolam").comparisons
    places = [each.needed is None for each in found]
    assert places == sorted(places)
    needed = [each.needed[0] for each in found if each.needed]
    assert needed == sorted(needed)


@pytest.mark.parametrize("call", [lambda: against("sugar"), lambda: against("none", guess="x")])
def test_what_does_not_exist_is_refused(call):
    with pytest.raises(ValueError, match="There is no"):
        call()


# The panel


def test_start_shows_the_smallest_number_and_that_it_was_not_checked(panel):
    text = words(panel.figure.value)
    assert (
        "Number needed to treat from 1.4 (Zarate 2006, commonly quoted; not checked here)" in text
    )
    assert "crosses no effect: no number" in text
    panel.controls["unchecked"].value = False
    text = words(panel.figure.value)
    assert "Zarate" not in text
    assert "1.4" not in text
    assert "4 more, not checked here, are hidden" in text


def test_no_control_no_number(panel):
    panel.controls["compared"].value = "none"
    text = words(panel.figure.value)
    assert "no number needed to treat" in text
    assert "could be 51 to 85" in text
    assert "<table" not in panel.figure.value


def test_the_two_trials_against_ect_disagree(panel):
    panel.controls["compared"].value = "other"
    text = words(panel.figure.value)
    assert "in favour of ECT" in text
    assert "two trials disagree" in text


def test_guessing_the_rung(panel):
    panel.controls["guess"].value = "open"
    assert "Yes, one of the two" in words(panel.figure.value)
    panel.controls["guess"].value = "pooled"
    assert "Not this one: 27 %" in words(panel.figure.value)
    # A rung that is not drawn can still be guessed.
    panel.controls["unchecked"].value = False
    panel.controls["guess"].value = "crossover"
    assert "Yes, one of the two" in words(panel.figure.value)


def test_suicidal_thoughts_bring_the_lines_of_support(panel):
    assert "988" in words(panel.figure.value)
    panel.controls["compared"].value = "anaesthesia"
    assert "988" not in words(panel.figure.value)


def test_every_choice_can_be_drawn(panel):
    pictures = set()
    for name in WITH:
        for unchecked in (True, False):
            panel.controls["compared"].value = name
            panel.controls["unchecked"].value = unchecked
            assert "could not be drawn" not in panel.figure.value
            pictures.add(re.search(r'src="(data[^"]+)"', panel.figure.value)[1])
    # Two kinds of control are not on the ladder, and share a picture.
    assert len(pictures) == 2 * (len(WITH) - 1)
    panel.show_data.value = True
    assert "reported by others" in panel.data.value
    panel.show_data.value = False
    assert all(control.spec["label"] for control in panel.controls.values())
    # Another test of the same process may have loaded it; a panel draws without it.
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []


def test_rows_say_what_was_counted_and_can_be_read_without_the_picture():
    panel = which_control()
    assert "differences are taken before rounding" in panel.figure.value
    narrow = panel.figure.value.partition('class="trd-stacked"')[2].partition("</ul>")[0]
    for rung in rungs():
        assert rung.label in html.unescape(narrow)
    assert narrow.count("remission") == 1
    assert "control 33" in narrow
