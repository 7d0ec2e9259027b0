"""Lesson 1: the pseudo-resistance checklist and the table of other options."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trd.definitions import FAMILIES, checklist, next_step, select, treatment_options

KEYS = [step.key for step in checklist()]


def test_teaching_order():
    assert KEYS == ["diagnosis", "taken", "dose", "weeks", "level", "comorbidity", "stressors"]
    for step in checklist():
        assert step.question.endswith("?")
        assert step.check
        assert step.action
        assert step.blocks


@given(st.dictionaries(st.sampled_from(KEYS), st.sampled_from(["clear", "problem", "unknown"])))
def test_label_only_when_all_is_clear(findings):
    found = next_step(findings)
    not_clear = [key for key in KEYS if findings.get(key, "unknown") != "clear"]
    assert found.open_steps == tuple(not_clear)
    assert found.label_may_be_considered == (not not_clear)
    assert (found.step is None) == (not not_clear)
    if not_clear:
        assert found.step.key == not_clear[0]
        assert found.blocks
        assert found.finding == findings.get(not_clear[0], "unknown")


@given(
    st.dictionaries(st.sampled_from(KEYS), st.sampled_from(["clear", "problem", "unknown"])),
    st.sampled_from(KEYS),
)
def test_clearing_a_step_never_goes_back(findings, key):
    before, after = next_step(findings), next_step({**findings, key: "clear"})
    order = {k: i for i, k in enumerate([*KEYS, None])}
    first = {None: None}
    assert (
        order[after.step.key if after.step else first[None]]
        >= order[before.step.key if before.step else first[None]]
    )


def test_nothing_known_starts_with_the_diagnosis():
    found = next_step({})
    assert found.step.key == "diagnosis"
    assert found.action.startswith("Find out")


def test_a_later_problem_waits_for_an_earlier_unknown():
    found = next_step({"diagnosis": "unknown", "dose": "problem"})
    assert found.step.key == "diagnosis"
    assert "dose" in found.open_steps


def test_checklist_refuses():
    with pytest.raises(ValueError, match=r"'doses' is not a step.*'dose'"):
        next_step({"doses": "clear"})
    with pytest.raises(ValueError, match=r"'dose' is 'ok'.*clear, problem or unknown"):
        next_step({"dose": "ok"})


def test_every_family_has_a_comparison():
    for family in FAMILIES:
        assert treatment_options(family)
    assert {f for row in treatment_options() for f in row.families} == set(FAMILIES)


@pytest.mark.parametrize("row", treatment_options(), ids=lambda row: row.key)
def test_rows_are_whole(row):
    assert row.option
    assert row.comparator
    assert row.population
    assert row.outcome
    assert row.design
    assert row.source
    assert row.status in {"verified", "secondary"}
    assert row.certainty.value
    assert row.certainty.note
    assert row.certainty.status == "teaching-assumption" or "graded" in row.certainty.note
    for cell in (*row.arms, *row.contrasts):
        assert cell.note
        assert cell.unit
        assert cell.source
        assert cell.status in {row.status, "derived"}
        if cell.low is not None:
            assert cell.low <= cell.value <= cell.high


@given(st.sets(st.sampled_from([row.key for row in treatment_options()])))
def test_the_two_ect_trials_always_stand_together(keys):
    shown = {row.key for row in select(keys)}
    assert keys <= shown
    assert ("elekt-d" in shown) == ("ketect" in shown)


@pytest.mark.parametrize("family", ["ect", "ketamine"])
def test_ect_against_ketamine_in_both_families(family):
    assert {"elekt-d", "ketect"} <= {row.key for row in treatment_options(family)}


def test_the_two_ect_trials_point_in_opposite_directions():
    # ELEKT-D: Anand 2023, doi:10.1056/NEJMoa2302399 (response 55.4 v 41.2 %).
    # KetECT: Ekstrand 2022, doi:10.1093/ijnp/pyab088 (remission 46 v 63 %).
    elekt, ketect = select(["elekt-d"])
    assert [arm.value for arm in elekt.arms] == [55.4, 41.2]
    assert [arm.value for arm in ketect.arms] == [46, 63]


def test_options_refuse():
    with pytest.raises(ValueError, match="'surgery'"):
        treatment_options("surgery")
    with pytest.raises(ValueError, match="'stard'"):
        select(["stard"])
