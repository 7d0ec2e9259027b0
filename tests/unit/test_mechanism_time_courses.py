"""Lesson 2: the marks of the time courses, and how long the level alone would last."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trd.evidence import rows
from trd.mechanism.dosing import Infusion
from trd.mechanism.pharmacokinetics import concentration
from trd.mechanism.pkmodels import CLEMENTS_250, KAMP_2020
from trd.mechanism.time_courses import GROUPS, INFUSION_MIN, lanes, level_ends_min, overlay
from trd.parameters import load

MARKS = [(lane, mark) for lane in lanes() for mark in lane.marks]
IN_MINUTES = {"min": 1, "h": 60, "days": 1440}
#: The other times are worked out from the words of their row.
AS_PRINTED = [
    mark for _, mark in MARKS if mark.time.status not in ("derived", "teaching-assumption")
]


@pytest.mark.parametrize(("lane", "mark"), MARKS, ids=lambda x: getattr(x, "row", ""))
def test_every_mark_repeats_its_row(lane, mark):
    row = rows()[mark.row]
    cells = load("time_courses")[lane.key]
    named = next(cell for cell in cells.values() if cell.value == mark.row)
    assert named.status == row.status
    assert named.source == tuple(row.sources)
    # A time is the row's own, worked out from its words, or said to be assumed.
    assert mark.time.status in (row.status, "derived", "teaching-assumption")
    if mark.time.status != "teaching-assumption":
        assert mark.time.source == tuple(row.sources)
    if mark.figure is not None:
        assert mark.figure.status == row.status
        assert mark.figure.source == tuple(row.sources)
        assert mark.figure.value == float(row.value)
        assert mark.figure.unit == row.unit


@pytest.mark.parametrize("mark", AS_PRINTED, ids=lambda mark: mark.row)
def test_times_are_those_of_the_row(mark):
    row = rows()[mark.row]
    scale = IN_MINUTES[row.unit]
    if mark.time.low is not None:
        assert mark.span_min == (scale * float(row.low), scale * float(row.high))
    else:
        assert mark.span_min == (scale * float(row.value),) * 2


def test_times_worked_out_from_words():
    derived = {
        "mech-bp-back": INFUSION_MIN + 1.5 * 60,
        "mech-response-24h": 24 * 60,
        "mech-response-72h": 72 * 60,
        "mech-response-7d": 7 * 1440,
        "mech-largest-effect-bipolar-trial": 2 * 1440,
        "mech-observed-peak": INFUSION_MIN,
    }
    for _, mark in MARKS:
        if mark.row in derived:
            assert mark.span_min[0] == derived[mark.row]


def test_lanes_have_groups_and_the_bipolar_marks_are_told_apart():
    assert [lane.group for lane in lanes()] == sorted(
        (lane.group for lane in lanes()), key=GROUPS.index
    )
    assert sum(mark.bipolar for _, mark in MARKS) == 4
    assert sum(mark.simulated for _, mark in MARKS) == 1
    assert [mark.row for _, mark in MARKS if not mark.checked] == ["mech-dissociation-gone"]


# Half and a fifth of the peak; the table rounds to whole minutes, the second one up.
def test_the_level_falls_as_the_evidence_table_says():
    for share, row in ((50, "mech-sim-clements-fall50"), (20, "mech-sim-clements-fall80")):
        minutes = level_ends_min(share)[CLEMENTS_250.key] - INFUSION_MIN
        assert minutes == pytest.approx(float(rows()[row].value), abs=0.7)


@given(st.floats(1, 100))
def test_at_its_end_the_level_is_the_share(share):
    for model in (CLEMENTS_250, KAMP_2020):
        end = level_ends_min(share)[model.key]
        levels = concentration(model, Infusion(0, 40, 50), 90, np.array([40.0, end]))
        assert 100 * levels[1] / levels[0] == pytest.approx(share, rel=1e-6)


@given(st.floats(1, 100))
def test_the_level_alone_never_lasts_as_long_as_mood(share):
    found = overlay(share)
    assert INFUSION_MIN <= found.ends_min[0] <= found.ends_min[1] < 1440
    assert found.lasts_min == 7 * 1440


def test_a_smaller_share_lasts_longer():
    ends = [overlay(share).ends_min for share in (100, 50, 10, 1)]
    assert ends == sorted(ends)


def test_groups_are_chosen_in_order():
    assert overlay(10, ["mood", "level"]).groups == ("level", "mood")
    assert {lane.group for lane in overlay(10, ["pressure"]).lanes} == {"pressure"}
    assert overlay(10, []).lanes == ()
    with pytest.raises(ValueError, match="not a group"):
        overlay(10, ["sleep"])
    with pytest.raises(ValueError, match="share of the peak"):
        overlay(0.5)
