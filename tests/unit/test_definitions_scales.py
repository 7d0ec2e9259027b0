"""Lesson 1: rating scales."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trd.definitions import interpret, item9_flag, rating_scales, scale, score_phq9
from trd.definitions.scales import PHQ9_ANSWERS, PHQ9_CREDIT, PHQ9_ITEMS

# Totals at which a band begins: PHQ-9 Kroenke 2001; MADRS, HAM-D17, QIDS-SR16 as in
# assets/parameters/scales.toml.
BANDS = {
    "phq9": [0, 5, 10, 15, 20],
    "madrs": [0, 7, 20, 35],
    "hamd17": [0, 8, 17, 24],
    "qids-sr16": [0, 6, 11, 16, 21],
}
RANGES = {"phq9": 27, "madrs": 60, "hamd17": 52, "qids-sr16": 27}


@pytest.mark.parametrize("key", BANDS)
def test_bands_cover_the_range_without_gaps(key):
    on = scale(key)
    assert (on.minimum, on.maximum) == (0, RANGES[key])
    assert [band.low for band in on.bands] == BANDS[key]
    covered = [t for band in on.bands for t in range(band.low, band.high + 1)]
    assert covered == list(range(RANGES[key] + 1))
    for band in on.bands:
        assert on.severity(band.low) == on.severity(band.high) == band.label


def test_remission_rules():
    assert {s.key: [r.highest for r in s.remission] for s in rating_scales()} == {
        "phq9": [4],
        "madrs": [10, 12, 9, 4],
        "hamd17": [7],
        "qids-sr16": [5],
    }
    assert all(r.source and r.status == "verified" for s in rating_scales() for r in s.remission)


def test_madrs_11_is_remission_by_one_rule_only():
    found = interpret("MADRS", 32, 11)
    assert [rule.highest for rule, met in found.remission if met] == [12]
    assert found.remission_disputed
    assert found.response
    assert (found.severity_baseline, found.severity_now) == ("moderate", "mild")


@pytest.mark.parametrize(
    ("now", "outcome"),
    [
        (10, "response"),
        (11, "partial response"),
        (15, "partial response"),
        (16, "no response"),
        (20, "no response"),
        (21, "worse"),
    ],
)
def test_outcomes(now, outcome):
    found = interpret("hamd17", 20, now)
    assert found.outcome == outcome
    assert found.response == (outcome == "response")
    assert found.partial == (outcome == "partial response")


def test_a_baseline_of_zero_has_no_percentage():
    found = interpret("phq9", 0, 3)
    assert found.improvement_pct is None
    assert found.outcome == "not defined"
    assert not found.response


@pytest.mark.parametrize(
    ("key", "baseline", "now", "meaningful"),
    [
        ("madrs", 30, 24, True),
        ("madrs", 30, 26, None),
        ("madrs", 30, 28, False),
        ("qids-sr16", 20, 14, False),
        ("qids-sr16", 20, 13, True),
        ("hamd17", 20, 13, True),
        ("hamd17", 30, 24, None),
        ("phq9", 18, 12, True),
        ("phq9", 10, 7, None),
        ("phq9", 18, 17, False),
    ],
)
def test_meaningful_change(key, baseline, now, meaningful):
    found = interpret(key, baseline, now)
    assert found.meaningful is meaningful
    assert found.meaningful_note


@given(st.sampled_from(sorted(RANGES)), st.data())
def test_interpretation_is_consistent(key, data):
    top = RANGES[key]
    baseline, now = data.draw(st.integers(1, top)), data.draw(st.integers(0, top))
    found = interpret(key, baseline, now)
    assert found.change_points == now - baseline
    assert found.response == (2 * now <= baseline)
    assert found.partial == (baseline < 2 * now and 4 * now <= 3 * baseline)
    assert (found.outcome == "worse") == (now > baseline)
    for rule, met in found.remission:
        assert met == (now <= rule.highest)


@pytest.mark.parametrize(
    ("key", "baseline", "now", "words"),
    [
        ("madrs", 61, 10, "MADRS baseline is 61; it must be between 0 and 60 points"),
        ("hamd17", 20, 53, "HAM-D17 now is 53; it must be between 0 and 52 points"),
        ("phq9", -1, 0, "PHQ-9 baseline is -1"),
        ("qids-sr16", 10.5, 3, "whole numbers"),
        ("bdi", 10, 3, "'bdi' is not a scale"),
    ],
)
def test_totals_out_of_range(key, baseline, now, words):
    with pytest.raises(ValueError, match=words):
        interpret(key, baseline, now)


def test_phq9_is_complete_and_credited():
    assert len(PHQ9_ITEMS) == 9
    assert PHQ9_ANSWERS[0] == "Not at all"
    assert "Spitzer" in PHQ9_CREDIT
    assert "Pfizer" in PHQ9_CREDIT
    assert [s.key for s in rating_scales() if s.items_shown.value.startswith("yes")] == ["phq9"]


@given(st.lists(st.integers(0, 3), min_size=9, max_size=9))
def test_phq9_scoring(answers):
    found = score_phq9(answers)
    assert found.total == sum(answers)
    assert found.severity == scale("phq9").severity(sum(answers))
    assert found.item9_flag == item9_flag(answers) == (answers[8] > 0)


def test_phq9_refuses():
    with pytest.raises(ValueError, match="8 answers"):
        score_phq9([0] * 8)
    with pytest.raises(ValueError, match=r"item 9 is 4.*0, 1, 2 or 3"):
        score_phq9([0] * 8 + [4])
    with pytest.raises(ValueError, match="item 1 is None"):
        item9_flag([None] + [0] * 8)
