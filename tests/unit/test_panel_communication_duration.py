"""Lesson 5: how long a benefit lasts, what follows from the published points, and the panel."""

from __future__ import annotations

import itertools
import re
import sys
from html import unescape

import pytest

from trd.communication.duration import (
    FIRST_DAY,
    LAST_DAY,
    UNKNOWN,
    cohort,
    cohorts,
    evidence,
    known,
    outline,
)
from trd.communication.panels.duration import how_long_does_it_last

KEYS = [each.key for each in cohorts()]


# The model


# Murrough 2013: median 18 days. McInnes 2022: about 80 % still responding at 4 weeks, 60 % at 8.
# KetECT: medians 57 and 61 days, 70 and 63 % relapsed within 12 months. SUSTAIN-1: median 273 days.
# Glue 2024: 42.9 and 70.6 % by week 13. aan het Rot 2010: 8 of 9, day 6 to 45.
@pytest.mark.parametrize(
    ("key", "day", "low", "high"),
    [
        ("murrough", 17, 0, 0.5),
        ("murrough", 18, 0.5, 0.5),
        ("murrough", 19, 0.5, 1),
        ("clinics", 27, 0, 0.2),
        ("clinics", 28, 0.2, 0.2),
        ("clinics", 40, 0.2, 0.4),
        ("clinics", 57, 0.4, 1),
        # Its median is not drawn: of whom it is the median was not read.
        ("ketect-ketamine", 57, 0, 0.7),
        ("ketect-ketamine", 200, 0, 0.7),
        ("ketect-ect", 60, 0, 0.63),
        ("ketect-ect", 365, 0.63, 0.63),
        ("sustain-stop", 272, 0, 0.5),
        ("sustain-stop", 274, 0.5, 1),
        ("tablets-on", 91, 0.429, 0.429),
        ("tablets-off", 91, 0.706, 0.706),
        ("aanhetrot", 5, 0, 0),
        ("aanhetrot", 6, 1 / 9, 1 / 9),
        ("aanhetrot", 20, 1 / 9, 8 / 9),
        ("aanhetrot", 45, 8 / 9, 8 / 9),
    ],
)
def test_what_is_known_is_the_published_points_and_their_consequence(key, day, low, high):
    found = known(key, day)
    assert (found.low, found.high) == pytest.approx((low, high))


@pytest.mark.parametrize("key", KEYS)
def test_what_is_known_only_rises(key):
    before = known(key, 0)
    for day in range(1, 400):
        now = known(key, day)
        assert now.low >= before.low
        assert now.high >= before.high
        assert now.low <= now.high
        before = now
    assert known(key, 5000).beyond


@pytest.mark.parametrize("key", KEYS)
def test_the_drawn_region_is_what_is_known(key):
    days, low, high = outline(key)
    assert days[0] == FIRST_DAY
    assert days[-1] == LAST_DAY
    assert list(days) == sorted(days)
    for day, bottom, top in zip(days, low, high, strict=True):
        found = known(key, day)
        assert bottom <= found.low + 1e-9
        assert top >= found.high - 1e-9
    # Between two corners it is flat: nothing is interpolated.
    for (first, after), (a, b) in zip(
        itertools.pairwise(days), itertools.pairwise(zip(low, high, strict=True)), strict=True
    ):
        if after > first:
            middle = known(key, (first + after) / 2)
            assert (middle.low, middle.high) == pytest.approx(a)
            assert (middle.low, middle.high) == pytest.approx(b)


def test_every_point_rests_on_rows_that_were_read():
    table = evidence()
    for each in cohorts():
        rows = [row for point in each.points for row in point.rows]
        statuses = {table[row].status for row in rows}
        assert statuses <= {"verified", "derived", "secondary"}
        assert (each.status == "secondary") == ("secondary" in statuses)
        assert all(row in table for row in each.rows)
    assert cohort("aanhetrot").status == "secondary"
    assert all(row in table for _words, rows in UNKNOWN for row in rows)


@pytest.mark.parametrize("wrong", [("nobody", 10), ("murrough", -1), ("murrough", float("nan"))])
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match=r"\w"):
        known(*wrong)


# The panel


@pytest.fixture
def panel():
    return how_long_does_it_last()


def text(panel):
    page = panel.words.value + panel.more.value + panel.data.value
    return unescape(re.sub(r"<[^>]+>", " ", page))


def test_start_says_how_little_is_known_and_forbids_the_comparison(panel):
    # The lesson asks for days 28 and 56: neither may be the answer that it opens with.
    assert panel.controls["day"].value == 7
    assert panel.controls["second"].value == "none"
    assert "somewhere from 0 to 50 of 100" in text(panel)
    assert "US clinics" not in panel.words.value + panel.figure.value
    panel.controls["second"].value = "clinics"
    panel.controls["day"].value = 28
    assert "50 of 100 or more; nothing is published for so late" in text(panel)
    assert "20 of 100 had relapsed" in text(panel)
    assert "not arms of one trial" in text(panel)


def test_the_day_can_be_said_to_a_person_and_read_without_the_picture(panel):
    assert (
        "“7 days after the last infusion, of those who had responded, somewhere between 0 and 50 "
        "of 100 had slipped back; nobody knows it closer."
    ) in " ".join(text(panel).split())
    panel.controls["day"].value = 28
    assert "at least 50 of 100 had slipped back" in text(panel)
    narrow = panel.figure.value.partition('class="trd-stacked"')[2]
    assert "Day 28: 50 of 100 or more" in narrow
    assert "median time to relapse 18 days" in narrow
    assert narrow.count("<strong>") == 1
    panel.controls["second"].value = "clinics"
    assert panel.figure.value.partition('class="trd-stacked"')[2].count("<strong>") == 2


def test_arms_of_one_trial_may_be_compared(panel):
    panel.controls["first"].value = "tablets-on"
    panel.controls["second"].value = "tablets-off"
    assert "they may be compared" in text(panel)
    panel.controls["second"].value = "none"
    assert "compared" not in text(panel)


def test_those_who_got_well_were_not_chosen_by_lot(panel):
    panel.controls["first"].value = "ketect-ketamine"
    panel.controls["second"].value = "ketect-ect"
    assert "46 of 100 on ketamine, 63 with ECT" in text(panel)
    assert "they may be compared" not in text(panel)


def test_going_on_against_stopping_carries_both_arms_and_its_limits(panel):
    page = " ".join(text(panel).split())
    # SUSTAIN-1, remitters: 24 of 90 and 39 of 86; difference -18.7 (-31.9 to -4.5).
    for words in (
        "27 of 100",
        "45 of 100",
        "19 fewer of 100 (could be 5 to 32 fewer). Differences are taken before rounding",
    ):
        assert words in page
    for words in ("90 went on, 86 changed", "the maker ran it", "It says nothing of infusions"):
        assert words in page


def test_the_cards_say_what_a_cohort_is_and_cannot_say(panel):
    panel.controls["first"].value = "aanhetrot"
    page = text(panel)
    for words in ("known only as reported by others", "chosen because", "It cannot say", "Nine"):
        assert words in page
    panel.controls["first"].value = "clinics"
    assert "537 of 9,016" in text(panel)
    assert "What nobody knows" in text(panel)
    assert "0 to 24.5 %" in text(panel)


def test_no_unchecked_number_is_shown(panel):
    panel.show_data.value = True
    # ELEKT-D's relapses and the responders of SUSTAIN-1 were not checked.
    for number in ("34.5", "56.3", "25.8", "57.6"):
        assert number not in text(panel)
    assert "not checked here" not in text(panel)


def test_every_setting_draws(panel):
    panel.show_data.value = True
    for first, second in zip(KEYS, [*KEYS[1:], "none"], strict=True):
        panel.controls["first"].value = first
        panel.controls["second"].value = second
        for day in (FIRST_DAY, LAST_DAY):
            panel.controls["day"].value = day
            assert "trd-card" not in panel.figure.value + panel.more.value
            assert 'alt="' in panel.figure.value


def test_labels_reset_and_no_pyplot(panel):
    assert all(control.spec["label"] for control in panel.controls.values())
    panel.controls["day"].value = 300
    panel.reset()
    assert panel.controls["day"].value == 7
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []
