"""Lesson 5: rates, differences, numbers needed to treat, and words for how often."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from trd.communication import (
    natural_frequency,
    proportion,
    risk_difference,
    terms,
    words_for,
)

# Counts as the trials print them (or as their percentages and arm sizes return them); the rest
# was worked out once with Newcombe's method 10 in a separate script, and is printed to one digit:
# (x1, n1, x0, n0), per 100 in each arm, difference and interval in points, NNT and its interval.
GOLDEN = {
    "Zarate06, response HDRS, d1": (
        (12, 17, 0, 14),
        71,
        0,
        "70.6",
        "38.6",
        "86.7",
        "1.4",
        "1.2-2.6",
    ),
    "Murrough13, response MADRS, 24h": (
        (30, 47, 7, 25),
        64,
        28,
        "35.8",
        "11.6",
        "54.2",
        "2.8",
        "1.8-8.6",
    ),
    "Singh16-freq 2/wk, response MADRS, d15": (
        (11, 16, 2, 13),
        69,
        15,
        "53.4",
        "17.1",
        "73.7",
        "1.9",
        "1.4-5.8",
    ),
    "Singh16-freq 3/wk, response MADRS, d15": (
        (7, 13, 1, 16),
        54,
        6,
        "47.6",
        "14.5",
        "71.1",
        "2.1",
        "1.4-6.9",
    ),
    "Singh16-IVesk 0.40, response MADRS, d2": (
        (7, 11, 0, 10),
        64,
        0,
        "63.6",
        "24.0",
        "84.8",
        "1.6",
        "1.2-4.2",
    ),
    "Grunebaum18, SSI response, d1": (
        (22, 40, 12, 40),
        55,
        30,
        "25.0",
        "3.4",
        "43.6",
        "4.0",
        "2.3-29.8",
    ),
    "Su23, response MADRS, d2-3": (
        (15, 42, 5, 42),
        36,
        12,
        "23.8",
        "5.5",
        "40.4",
        "4.2",
        "2.5-18.0",
    ),
    "Su23, SI remission, d1 (240 min)": (
        (14, 42, 3, 42),
        33,
        7,
        "26.2",
        "9.1",
        "42.0",
        "3.8",
        "2.4-11.0",
    ),
    "Su23, SI remission, d7": ((8, 42, 5, 42), 19, 12, "7.1", "-8.8", "22.9", "14.0", "crosses"),
    "Su23, SI remission, d14": ((7, 42, 7, 42), 17, 17, "0.0", "-16.2", "16.2", "none", "crosses"),
    "Abbar22, SI full remission, d3": (
        (46, 73, 25, 79),
        63,
        32,
        "31.4",
        "15.5",
        "45.1",
        "3.2",
        "2.2-6.4",
    ),
    "KADS cohort1 fixed, remission, wk4": (
        (2, 32, 3, 34),
        6,
        9,
        "-2.6",
        "-17.4",
        "12.5",
        "38.9",
        "crosses",
    ),
    "KADS cohort2 flexible, remission, wk4": (
        (10, 51, 1, 50),
        20,
        2,
        "17.6",
        "5.5",
        "30.6",
        "5.7",
        "3.3-18.1",
    ),
    "KADS cohort2 flexible, response, wk4": (
        (15, 51, 2, 50),
        29,
        4,
        "25.4",
        "11.1",
        "39.3",
        "3.9",
        "2.5-9.0",
    ),
    "Lii23 (anaesthesia), response, d1": (
        (12, 20, 10, 20),
        60,
        50,
        "10.0",
        "-19.3",
        "37.0",
        "10.0",
        "crosses",
    ),
    "KARMA-Dep2, response MADRS, end(<=8 inf)": (
        (15, 32, 10, 30),
        47,
        33,
        "13.5",
        "-10.5",
        "35.4",
        "7.4",
        "crosses",
    ),
    "KARMA-Dep2, remission MADRS, end": (
        (14, 32, 9, 30),
        44,
        30,
        "13.8",
        "-10.0",
        "35.3",
        "7.3",
        "crosses",
    ),
    "Ionescu19, remission, 3wk": ((2, 13, 1, 13), 15, 8, "7.7", "-20.2", "35.3", "13.0", "crosses"),
    "ELEKT-D, response QIDS-SR, 3wk": (
        (108, 195, 70, 170),
        55,
        41,
        "14.2",
        "3.9",
        "24.1",
        "7.0",
        "4.2-25.4",
    ),
    "KetECT, remission, end": (
        (44, 95, 57, 91),
        46,
        63,
        "-16.3",
        "-29.7",
        "-2.0",
        "6.1",
        "3.4-49.7",
    ),
    "ESCAPE-TRD, remission, wk8": (
        (91, 336, 60, 340),
        27,
        18,
        "9.4",
        "3.2",
        "15.6",
        "10.6",
        "6.4-31.7",
    ),
    "ESCAPE-TRD, remit wk8 + no relapse, wk32": (
        (73, 336, 48, 340),
        22,
        14,
        "7.6",
        "1.8",
        "13.4",
        "13.1",
        "7.5-54.8",
    ),
    "SUSTAIN-1 remitters, relapse, maint.": (
        (24, 90, 39, 86),
        27,
        45,
        "-18.7",
        "-31.9",
        "-4.5",
        "5.4",
        "3.1-22.2",
    ),
    "SUSTAIN-1 responders, relapse, maint.": (
        (16, 62, 34, 59),
        26,
        58,
        "-31.8",
        "-46.8",
        "-14.3",
        "3.1",
        "2.1-7.0",
    ),
    "Feder21 PTSD, response(>=30%), wk2": (
        (10, 15, 3, 15),
        67,
        20,
        "46.7",
        "11.2",
        "69.0",
        "2.1",
        "1.4-8.9",
    ),
    "Rodriguez13 OCD, response, wk1": (
        (4, 8, 0, 7),
        50,
        0,
        "50.0",
        "4.5",
        "78.5",
        "2.0",
        "1.3-22.0",
    ),
    "ASPIRE I+II, dissociation, 4wk": (
        (77, 227, 13, 225),
        34,
        6,
        "28.1",
        "21.1",
        "34.9",
        "3.6",
        "2.9-4.7",
    ),
    "ASPIRE I+II, dizziness, 4wk": (
        (87, 227, 31, 225),
        38,
        14,
        "24.5",
        "16.6",
        "32.1",
        "4.1",
        "3.1-6.0",
    ),
    "ASPIRE I+II, nausea, 4wk": (
        (61, 227, 31, 225),
        27,
        14,
        "13.1",
        "5.7",
        "20.3",
        "7.6",
        "4.9-17.6",
    ),
    "ASPIRE I+II, somnolence, 4wk": (
        (47, 227, 23, 225),
        21,
        10,
        "10.5",
        "3.8",
        "17.1",
        "9.5",
        "5.8-26.1",
    ),
    "ASPIRE I+II, headache, 4wk": (
        (46, 227, 46, 225),
        20,
        20,
        "-0.2",
        "-7.6",
        "7.2",
        "555.2",
        "crosses",
    ),
    "ASPIRE I+II, blurred vision, 4wk": (
        (27, 227, 11, 225),
        12,
        5,
        "7.0",
        "1.9",
        "12.3",
        "14.3",
        "8.1-53.1",
    ),
    "ASPIRE I+II, BP increased, 4wk": (
        (26, 227, 9, 225),
        11,
        4,
        "7.5",
        "2.5",
        "12.6",
        "13.4",
        "7.9-39.3",
    ),
    "ASPIRE I+II, vomiting, 4wk": (
        (26, 227, 12, 225),
        11,
        5,
        "6.1",
        "1.0",
        "11.4",
        "16.3",
        "8.8-102.5",
    ),
    "ASPIRE I+II, anxiety, 4wk": (
        (23, 227, 17, 225),
        10,
        8,
        "2.6",
        "-2.8",
        "8.0",
        "38.8",
        "crosses",
    ),
    "ASPIRE I+II, sedation, 4wk": (
        (23, 227, 5, 225),
        10,
        2,
        "7.9",
        "3.5",
        "12.7",
        "12.6",
        "7.9-28.2",
    ),
    "ASPIRE II, euphoric mood, 4wk": (
        (13, 114, 1, 113),
        11,
        1,
        "10.5",
        "4.4",
        "17.7",
        "9.5",
        "5.7-22.5",
    ),
    "Su23 (IV), derealisation, infusion": (
        (29, 42, 7, 42),
        69,
        17,
        "52.4",
        "31.9",
        "66.9",
        "1.9",
        "1.5-3.1",
    ),
    "Su23 (IV), dizziness, infusion": (
        (24, 42, 5, 42),
        57,
        12,
        "45.2",
        "25.4",
        "60.5",
        "2.2",
        "1.7-3.9",
    ),
    "SUSTAIN-1 maint., dissociation, maint.": (
        (35, 152, 0, 145),
        23,
        0,
        "23.0",
        "16.5",
        "30.3",
        "4.3",
        "3.3-6.1",
    ),
    "SUSTAIN-1 maint., blurred vision, maint.": (
        (24, 152, 1, 145),
        16,
        1,
        "15.1",
        "9.3",
        "21.8",
        "6.6",
        "4.6-10.8",
    ),
    "SUSTAIN-1 maint., nausea, maint.": (
        (25, 152, 1, 145),
        16,
        1,
        "15.8",
        "9.8",
        "22.5",
        "6.3",
        "4.4-10.2",
    ),
    "SUSTAIN-1 maint., confusional state, maint.": (
        (9, 152, 0, 145),
        6,
        0,
        "5.9",
        "2.1",
        "10.9",
        "16.9",
        "9.2-46.9",
    ),
}


def shown(counts):
    x1, n1, x0, n0 = counts
    effect = risk_difference(*counts)
    return (
        natural_frequency(x1 / n1, 100),
        natural_frequency(x0 / n0, 100),
        f"{100 * effect.rd:.1f}",
        f"{100 * effect.low:.1f}",
        f"{100 * effect.high:.1f}",
        f"{effect.nnt:.1f}" if effect.nnt is not None else "none",
        "crosses" if effect.nnt_low is None else f"{effect.nnt_low:.1f}-{effect.nnt_high:.1f}",
    )


@pytest.mark.parametrize("name", GOLDEN)
def test_effects_of_the_trials_to_the_printed_digit(name):
    counts, *printed = GOLDEN[name]
    assert shown(counts) == tuple(printed)


def test_intervals_that_were_published():
    # ELEKT-D printed 14.2 points (3.9 to 24.2), by another method: the same to 0.1.
    elektd = risk_difference(108, 195, 70, 170)
    assert (100 * elektd.low, 100 * elektd.high) == pytest.approx((3.9, 24.2), abs=0.15)
    # 17 of 24 after open-label infusions: 71 %, 51 to 85.
    open_label = proportion(17, 24)
    assert [round(100 * v) for v in (open_label.value, open_label.low, open_label.high)] == [
        71,
        51,
        85,
    ]


@pytest.mark.parametrize(
    "counts",
    [(56, 70, 48, 80), (9, 10, 3, 10), (10, 10, 0, 10), (91, 336, 60, 340), (0, 7, 4, 8)],
)
def test_intervals_are_those_of_statsmodels(counts):
    from statsmodels.stats.proportion import confint_proportions_2indep

    theirs = confint_proportions_2indep(*counts, method="newcomb", compare="diff")
    effect = risk_difference(*counts)
    assert (effect.low, effect.high) == pytest.approx(theirs, abs=1e-9)


@st.composite
def groups(draw):
    n = draw(st.integers(1, 400))
    return draw(st.sampled_from([0, n]) | st.integers(0, n)), n


@settings(max_examples=50)
@given(groups())
def test_a_rate_lies_in_its_interval_which_is_wilsons(group):
    found = proportion(*group)
    assert 0 <= found.low <= found.value <= found.high <= 1
    theirs = binomtest(*group).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


@given(groups(), groups())
def test_swapping_the_arms_turns_the_sign(first, second):
    there, back = risk_difference(*first, *second), risk_difference(*second, *first)
    assert (back.rd, back.low, back.high) == (-there.rd, -there.high, -there.low)
    assert (back.nnt, back.nnt_low, back.nnt_high) == (there.nnt, there.nnt_low, there.nnt_high)


@given(groups(), groups())
def test_a_difference_lies_in_its_interval(first, second):
    effect = risk_difference(*first, *second)
    assert -1 <= effect.low <= effect.rd <= effect.high <= 1
    assert effect.low < effect.high
    assert effect.crosses_no_effect == (effect.low <= 0 <= effect.high)


@given(groups(), groups())
def test_the_number_needed_goes_with_its_interval(first, second):
    effect = risk_difference(*first, *second)
    assert (effect.nnt is None) == (effect.rd == 0)
    assert (effect.nnt_low is None) == (effect.nnt_high is None) == effect.crosses_no_effect
    if effect.nnt is not None:
        assert effect.nnt >= 1
        assert effect.nnt * abs(effect.rd) == pytest.approx(1)
    if not effect.crosses_no_effect:
        assert 1 <= effect.nnt_low <= effect.nnt * (1 + 1e-12)
        assert effect.nnt <= effect.nnt_high * (1 + 1e-12)


@given(st.integers(1, 400), st.integers(1, 400))
def test_no_events_at_all_is_no_difference_and_no_number(n1, n0):
    for effect in (risk_difference(0, n1, 0, n0), risk_difference(n1, n1, n0, n0)):
        assert (effect.rd, effect.nnt, effect.nnt_low, effect.nnt_high) == (0, None, None, None)
        assert effect.crosses_no_effect
        assert effect.low < 0 < effect.high


def test_all_against_nobody():
    effect = risk_difference(20, 20, 0, 20)
    assert (effect.rd, effect.high, effect.nnt, effect.nnt_low) == (1, 1, 1, 1)
    assert 0 < effect.low < 1


@given(groups())
def test_more_people_make_the_interval_narrower(group):
    x, n = group
    small, large = proportion(x, n), proportion(4 * x, 4 * n)
    assert large.high - large.low < small.high - small.low


def test_numpy_counts_are_counts():
    assert risk_difference(*np.array([30, 47, 7, 25])) == risk_difference(30, 47, 7, 25)


@pytest.mark.parametrize(
    ("x", "n", "words"),
    [
        (True, 10, "not yes or no"),
        (1, True, "not yes or no"),
        (np.True_, 10, "whole number"),
        (3.0, 10, "whole number"),
        (3, 10.0, "whole number"),
        (3, math.nan, "whole number"),
        ("3", 10, "whole number"),
        (None, 10, "whole number"),
        (-1, 10, "0 or more"),
        (0, 0, "1 or more"),
        (0, -5, "1 or more"),
        (11, 10, "more than its 10 people"),
    ],
)
def test_counts_that_cannot_be_are_refused_in_words(x, n, words):
    with pytest.raises(ValueError, match=words):
        proportion(x, n)
    with pytest.raises(ValueError, match=words):
        risk_difference(x, n, 1, 2)
    with pytest.raises(ValueError, match=f"(?s){words}.*"):
        risk_difference(1, 2, x, n)


def test_the_message_names_the_arm():
    with pytest.raises(ValueError, match="second arm is 11, more than its 10 people"):
        risk_difference(1, 10, 11, 10)


# Natural frequencies


@pytest.mark.parametrize(
    ("p", "denominator", "people"),
    [
        (0.274, 100, 27),  # Dean 2021: 27.4 and 8.8 per 100 at 24 hours
        (0.088, 100, 9),
        (15 / 32, 100, 47),
        (1 / 8, 100, 13),  # a half goes up, as readers expect; Python's round() gives 12
        (0.285, 100, 29),
        (0.003, 100, 0),
        (0.003, 1000, 3),
        (0, 100, 0),
        (1, 100, 100),
        (1e-12, 1000, 0),
    ],
)
def test_people_out_of_a_group(p, denominator, people):
    assert natural_frequency(p, denominator) == people


@given(st.floats(0, 1), st.integers(1, 100_000))
def test_people_are_within_half_a_person(p, denominator):
    people = natural_frequency(p, denominator)
    assert isinstance(people, int)
    assert 0 <= people <= denominator
    assert abs(people - p * denominator) <= 0.5 + 1e-9


@pytest.mark.parametrize(
    ("p", "denominator"),
    [
        (-0.1, 100),
        (1.1, 100),
        (27, 100),
        (math.nan, 100),
        (math.inf, 100),
        (True, 100),
        ("0.5", 100),
        (None, 100),
        (0.5, 0),
        (0.5, -100),
        (0.5, 100.0),
        (0.5, True),
    ],
)
def test_no_such_share_or_group(p, denominator):
    with pytest.raises(ValueError, match="must be"):
        natural_frequency(p, denominator)


# Words


@pytest.mark.parametrize(
    ("rate", "term"),
    [
        # Band limits of the European Commission, as Büchter 2014 prints them in table 1.
        (1, "very common"),
        (0.1, "very common"),
        (0.0999, "common"),
        (0.01, "common"),
        (0.0099, "uncommon"),
        (0.001, "uncommon"),
        (0.00099, "rare"),
        (0.0001, "rare"),
        (0.000099, "very rare"),
        (0, "very rare"),
    ],
)
def test_words_of_the_european_scale(rate, term):
    found = words_for(rate)
    assert found.term == term
    assert found.low <= rate
    assert rate < found.high or rate == 1


def test_bands_leave_no_gap():
    assert [each.term for each in terms()] == [
        "very common",
        "common",
        "uncommon",
        "rare",
        "very rare",
    ]
    for upper, lower in zip(terms(), terms()[1:], strict=False):
        assert upper.low == lower.high


@pytest.mark.parametrize("rate", [-0.01, 1.01, True, "common", None, math.nan])
def test_no_word_for_what_is_no_rate(rate):
    with pytest.raises(ValueError, match="must be"):
        words_for(rate)
