"""Lesson 1: STAR*D's five percentages and the drop-out model."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trd.definitions import (
    cumulative,
    cumulative_with_dropout,
    follow,
    observed_leaving,
    recomputed,
    remission_rates,
    remitters,
    removed,
    steps,
    totals,
)

share = st.floats(0, 1)


@st.composite
def cohorts(draw):
    rates = draw(st.lists(share, min_size=1, max_size=6))
    gaps = len(rates) - 1
    return rates, draw(st.lists(share, min_size=gaps, max_size=gaps))


def test_steps_as_published():
    # Rush 2006, doi:10.1176/ajp.2006.163.11.1905 (remission); denominators from the letters of
    # 2023, doi:10.1176/appi.ajp.20230869.
    assert [s.remission.value for s in steps()] == [36.8, 30.6, 13.7, 13.0]
    assert [s.n.value for s in steps()] == [3671, 1439, 377, 109]
    assert {s.n.status for s in steps()} == {s.remission.status for s in steps()} == {"verified"}
    assert [s.n_reported.status for s in steps()] == [
        "verified",
        "verified",
        "from-knowledge",
        "verified",
    ]
    for step in steps():
        for cell in (step.response, step.left_after_step, step.relapse_all):
            assert cell is None or cell.status == "from-knowledge"


def test_five_totals_answer_five_questions():
    assert [t.value_pct for t in totals()] == [67, 51, 46, 35, 2.7]
    assert len({t.question for t in totals()}) == 5
    assert all(t.numerator and t.denominator and t.scale and t.source for t in totals())
    assert [t.status for t in totals()] == [
        "verified",
        "derived",
        "derived",
        "verified",
        "verified",
    ]


def test_printed_totals_follow_from_the_counts():
    again = recomputed()
    assert again["theoretical"] == pytest.approx(67.1, abs=0.05)
    for total in totals():
        if total.key in again:
            places = 1 if total.key == "sustained" else 0
            assert round(again[total.key], places) == total.value_pct
    # Both sets of denominators give about 1,860 remitters.
    assert round(remitters(), -1) == round(remitters(as_reported=True), -1) == 1860


def test_removed_records():
    # Letter of 2023: 561 (15 %), 297 (21 %), 80 (21 %), 3 (3 %), together 941.
    assert sum(r.records for r in removed()) == 941
    assert [(r.records, round(r.share_pct)) for r in removed()] == [
        (561, 15),
        (297, 21),
        (80, 21),
        (3, 3),
    ]


def test_what_leaving_does_to_67():
    rates, gone = remission_rates(), observed_leaving()
    seen = cumulative_with_dropout(rates, gone, 0)
    assert 100 * seen == pytest.approx(recomputed()["of_treated"])
    assert 100 * cumulative_with_dropout(rates, gone, 1) == pytest.approx(67.1, abs=0.05)


@given(st.lists(share, max_size=6))
def test_cumulative_is_a_share_and_grows(rates):
    value = cumulative(rates)
    assert 0 <= value <= 1
    assert cumulative([*rates, 0.3]) >= value
    assert cumulative(rates[::-1]) == pytest.approx(value)


@given(cohorts(), share)
def test_dropout_stays_within_bounds(cohort, relative):
    rates, dropout = cohort
    found = follow(rates, dropout, relative)
    assert 0 <= found.cumulative <= 1
    assert found.cumulative == pytest.approx(found.seen + found.assumed)
    assert found.cumulative <= cumulative(rates) + 1e-9


@given(cohorts(), share)
def test_no_dropout_is_the_product(cohort, relative):
    rates, dropout = cohort
    nobody = [0.0] * len(dropout)
    assert cumulative_with_dropout(rates, nobody, relative) == pytest.approx(cumulative(rates))
    assert cumulative_with_dropout(rates, dropout, 1) == pytest.approx(cumulative(rates))


@given(cohorts(), share, share)
def test_more_remission_outside_means_more_in_all(cohort, one, two):
    rates, dropout = cohort
    low, high = sorted((one, two))
    assert (
        cumulative_with_dropout(rates, dropout, low)
        <= cumulative_with_dropout(rates, dropout, high) + 1e-12
    )


@given(cohorts(), share, share, st.data())
def test_more_dropout_never_helps(cohort, relative, extra, data):
    rates, dropout = cohort
    if not dropout:
        return
    i = data.draw(st.integers(0, len(dropout) - 1))
    more = [*dropout[:i], max(dropout[i], extra), *dropout[i + 1 :]]
    assert (
        cumulative_with_dropout(rates, more, relative)
        <= cumulative_with_dropout(rates, dropout, relative) + 1e-12
    )


@given(cohorts(), share, share, st.data())
def test_better_treatment_never_hurts(cohort, relative, extra, data):
    rates, dropout = cohort
    i = data.draw(st.integers(0, len(rates) - 1))
    better = [*rates[:i], max(rates[i], extra), *rates[i + 1 :]]
    assert (
        cumulative_with_dropout(better, dropout, relative)
        >= cumulative_with_dropout(rates, dropout, relative) - 1e-12
    )


def test_limits_are_named():
    with pytest.raises(ValueError, match=r"rate, step 2, is 36\.8.*between 0 and 1"):
        cumulative([0.3, 36.8])
    with pytest.raises(ValueError, match=r"drop-out, step 1, is -0\.1"):
        follow([0.3, 0.3], [-0.1])
    with pytest.raises(ValueError, match="needs 1"):
        follow([0.3, 0.3], [0.1, 0.1])
    with pytest.raises(ValueError, match=r"leavers_remit_at is 1\.2"):
        follow([0.3, 0.3], [0.1], 1.2)
