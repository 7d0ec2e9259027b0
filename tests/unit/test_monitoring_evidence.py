"""Lesson 4: the evidence table, and what the models say they rest on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from trd import evidence
from trd.monitoring import course_of_treatment, discharge, long_term, thresholds
from trd.parameters import load
from trd.paths import asset

FILES = (
    "monitoring_schedules",
    "monitoring_thresholds",
    "monitoring_changes",
    "monitoring_discharge",
    "monitoring_course",
    "monitoring_long_term",
)


def test_every_row_of_the_lesson_starts_alike():
    rows = [row for row in evidence.rows().values() if row.id.startswith("mon-")]
    assert len(rows) > 350
    # A table of numbers only would hide how little of the order set is published.
    assert sum(row.status == "teaching-assumption" for row in rows) > 100


@pytest.mark.parametrize(
    ("name", "value", "low", "high"),
    [
        # Abstract of the series of 2,342 infusions: +16.0 (SD 11.2) and +11.0 mmHg at 40 minutes.
        ("mon-bp-yale-sys", 16.0, None, None),
        ("mon-bp-severe-yale", 0.98, None, None),
        # Vankawala 2021, abstract: +12.61 (10.40 to 14.82).
        ("mon-bp-pooled-sys", 12.61, 10.40, 14.82),
        # Riva-Posse 2018, abstract: +3.28 at 30 minutes.
        ("mon-bp-riva-sys", 3.28, None, None),
        # Rodrigues 2020, abstract: 44.3 % of 203 people at or above 165/100.
        ("mon-bp-165-crtce", 44.3, None, None),
        # Audit of 1,985 sessions: one-sided 95 % bound.
        ("mon-ae-japan-bound", 0.15, None, None),
        # Early-improvement study 2021, abstract.
        ("mon-fut-late-58", 58, None, None),
        # Murrough 2013, abstract.
        ("mon-rel-murrough", 18, None, None),
    ],
)
def test_numbers_are_as_printed(name, value, low, high):
    row = evidence.rows()[name]
    assert row.status == "verified"
    assert row.number == value
    assert row.interval == (low, high)


def test_what_was_not_checked_is_no_fact():
    for name in ("mon-bp-wan", "mon-thr-wan", "mon-dose-crtce-later", "mon-no-reversal"):
        assert evidence.rows()[name].status == "from-knowledge"
    for name in ("mon-atropine", "mon-em-labetalol", "mon-em-ondansetron", "mon-rate-respiratory"):
        assert evidence.rows()[name].status == "secondary"


def named_rows() -> set[str]:
    """Ids of evidence rows that the models and their parameter files name."""
    folder = Path(thresholds.__file__).parent
    texts = [
        (folder / f"{name}.py").read_text("utf-8")
        for name in ("discharge", "course_of_treatment", "long_term", "thresholds", "changes")
    ]
    texts += [asset(f"parameters/{name}.toml").read_text("utf-8") for name in FILES]
    return set(re.findall(r'"((?:mon|screen)-[a-z0-9-]+)"', "\n".join(texts)))


def test_every_row_that_is_named_exists():
    assert len(named_rows()) > 40
    assert sorted(named_rows() - set(evidence.rows())) == []


def test_rules_do_not_claim_more_than_their_row():
    weight = ("from-knowledge", "teaching-assumption", "secondary", "derived", "verified")
    rows = evidence.rows()
    for each in (*discharge.CRITERIA, *course_of_treatment.RULES, *thresholds.positions()):
        known = rows[each.row].status
        assert weight.index(each.status) <= weight.index(known), each


@pytest.mark.parametrize(
    ("order", "file", "table", "name"),
    [
        ("alert_sbp_mmhg", "monitoring_thresholds", "during_course_alert", "limit_systolic"),
        ("alert_dbp_mmhg", "monitoring_thresholds", "during_course_alert", "limit_diastolic"),
        ("pause_sbp_mmhg", "monitoring_thresholds", "during_course_pause", "limit_systolic"),
        ("pause_dbp_mmhg", "monitoring_thresholds", "during_course_pause", "limit_diastolic"),
        ("predose_sbp_mmhg", "monitoring_thresholds", "predose_course", "limit_systolic"),
        (
            "predose_sbp_older_mmhg",
            "monitoring_thresholds",
            "predose_course",
            "limit_systolic_older",
        ),
        ("predose_dbp_mmhg", "monitoring_thresholds", "predose_course", "limit_diastolic"),
        ("spo2_low_pct", "monitoring_thresholds", "spo2_course_alert", "limit_spo2"),
        ("spo2_emergency_pct", "monitoring_thresholds", "spo2_course_stop", "limit_spo2"),
        ("discharge_after_end_min", "monitoring_discharge", "course", "after_end_min"),
        ("discharge_cadss", "monitoring_discharge", "course", "cadss"),
        ("discharge_bp_share", "monitoring_discharge", "course", "pressure_share"),
    ],
)
def test_the_order_set_is_the_same_everywhere(order, file, table, name):
    assert load("monitoring")["orders"][order].value == load(file)[table][name].value


def test_cadences_are_conventions():
    for each in long_term.areas():
        assert load("monitoring_long_term")[each.name]["every"].status == "teaching-assumption"
        if each.name != "side_effects":
            assert evidence.rows()[each.row].status == "teaching-assumption"


@pytest.mark.parametrize("name", FILES)
def test_every_number_says_where_it_is_from(name):
    for table in load(name).values():
        for cell in table.values():
            if cell.status in ("verified", "derived", "secondary"):
                assert cell.source
            if cell.status == "secondary":
                assert "reported by" in cell.note
