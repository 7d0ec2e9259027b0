"""Lesson 1: the dose table, and whether one trial is adequate."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trd.definitions import Trial, assess, compare, drug, drugs
from trd.definitions.drugs import COLUMNS

STATUSES = {"verified", "from-knowledge", "teaching-assumption"}

# Course default and strict minimum in mg/day (course convention, lesson 1's dose table).
COURSE_DOSES = {
    "citalopram": (20, 20),
    "escitalopram": (10, 10),
    "fluoxetine": (20, 20),
    "paroxetine": (20, 20),
    "sertraline": (50, 100),
    "fluvoxamine": (50, 100),
    "venlafaxine": (75, 150),
    "desvenlafaxine": (50, 50),
    "duloxetine": (60, 60),
    "levomilnacipran": (40, 40),
    "milnacipran": (100, 100),
    "vortioxetine": (10, 10),
    "vilazodone": (20, 40),
    "mirtazapine": (30, 30),
    "bupropion": (300, 300),
    "trazodone": (150, 300),
    "reboxetine": (8, 8),
    "agomelatine": (25, 25),
    "amitriptyline": (100, 150),
    "imipramine": (100, 150),
    "clomipramine": (100, 150),
    "desipramine": (100, 150),
    "nortriptyline": (75, 75),
    "lofepramine": (140, 150),
    "doxepin": (100, 150),
    "trimipramine": (100, 150),
    "maprotiline": (150, 150),
    "phenelzine": (45, 60),
    "tranylcypromine": (30, 40),
    "moclobemide": (300, 450),
}


def test_dose_table():
    assert {d.name: (d.minimum_mg(), d.minimum_mg(strict=True)) for d in drugs()} == COURSE_DOSES


@pytest.mark.parametrize("found", drugs(), ids=lambda d: d.name)
def test_every_dose_carries_its_status(found):
    assert found.minimum_mg(strict=True) >= found.minimum_mg()
    for name, _ in COLUMNS:
        for cell in found.column(name):
            assert cell.value > 0
            assert cell.unit == "mg/day"
            assert cell.status in STATUSES
            assert bool(cell.source) == (cell.status == "verified")
    assert {cell.status for cell in found.usual} <= {"verified"}
    assert {c.status for c in (found.default, found.strict)} == {"teaching-assumption"}


def test_ranges_keep_their_text():
    assert drug("imipramine").maudsley.text == "75-100, possibly 125"
    assert drug("imipramine").maudsley.value == 75
    assert [cell.value for cell in drug("tranylcypromine").usual] == [20, 30, 10]
    assert drug("nortriptyline").maudsley is None
    assert drug("agomelatine").usual == ()
    assert drug("venlafaxine").disputed
    assert not drug("citalopram").disputed


@pytest.mark.parametrize("spelling", ["Sertraline", " SERTRALINE ", "sertraline"])
def test_names_ignore_case(spelling):
    assert drug(spelling).name == "sertraline"


def test_accepted_spellings():
    assert drug("venlafaxine  xr").name == "venlafaxine"
    assert drug("Bupropion XL").name == "bupropion"
    assert Trial("Venlafaxine XR", 75, 6, 80, 0).drug == "venlafaxine"


def test_unknown_drug_offers_the_closest_names():
    with pytest.raises(ValueError, match=r"'nortryptiline'.*nortriptyline"):
        drug("nortryptiline")
    with pytest.raises(ValueError, match="'xyz'"):
        drug("xyz")


def test_limits_are_inclusive():
    exact = assess(Trial("sertraline", 50, 6, 80, 49.9))
    assert (exact.adequate, exact.failed, exact.reasons) == (True, True, ())
    assert assess(Trial("sertraline", 50, 6, 80, 50)).failed is False


def test_every_reason_has_its_margin():
    found = assess(Trial("citalopram", 10, 3, 60, 0))
    assert (found.dose_ok, found.weeks_ok, found.adherence_ok) == (False, False, False)
    assert [(r.code, r.margin, r.unit) for r in found.reasons] == [
        ("dose-low", 10, "mg/day"),
        ("weeks-short", 3, "weeks"),
        ("adherence-low", 20, "%"),
    ]
    assert found.reasons[0].sentence.startswith("dose 10 mg is below 20 mg")


@pytest.mark.parametrize(
    ("improvement", "outcome"),
    [
        (100, "response"),
        (50, "response"),
        (49, "partial response"),
        (25, "partial response"),
        (24, "no response"),
        (0, "no response"),
        (-1, "worse"),
        (-100, "worse"),
    ],
)
def test_outcomes(improvement, outcome):
    assert assess(Trial("sertraline", 50, 6, 80, improvement)).outcome == outcome


def test_rules_must_exist():
    trial = Trial("sertraline", 50, 6, 80, 0)
    with pytest.raises(ValueError, match=r"weeks_rule is 5.*4, 6 or 8"):
        assess(trial, weeks_rule=5)
    with pytest.raises(ValueError, match=r"adherence_threshold_pct is 120.*100"):
        assess(trial, adherence_threshold_pct=120)
    with pytest.raises(ValueError, match="strict"):
        assess(trial, strict="very")


def test_the_adherence_limit_is_adjustable():
    trial = Trial("sertraline", 50, 6, 70, 0)
    assert not assess(trial).adequate
    assert assess(trial, adherence_threshold_pct=70).adequate


def test_compare_spans_all_rules():
    # Sertraline 50 mg for 6 weeks: adequate at 4 and 6 weeks by default, never by the strict table.
    found = compare(Trial("sertraline", 50, 6, 95, 10))
    assert [(a.strict, a.weeks_rule) for a in found] == [
        (strict, weeks) for strict in (False, True) for weeks in (4, 6, 8)
    ]
    assert [a.adequate for a in found] == [True, True, False, False, False, False]


@given(
    st.sampled_from(sorted(COURSE_DOSES)),
    st.floats(0, 600),
    st.floats(0, 60),
    st.floats(0, 100),
    st.floats(-100, 100),
)
def test_a_stricter_rule_never_makes_a_trial_adequate(name, dose, weeks, adherence, improvement):
    four, six, eight, s4, s6, s8 = (
        a.adequate for a in compare(Trial(name, dose, weeks, adherence, improvement))
    )
    assert four >= six >= eight
    assert s4 >= s6 >= s8
    assert (four >= s4) and (six >= s6) and (eight >= s8)


@given(st.floats(0, 600), st.floats(0, 60), st.floats(0, 100), st.floats(-100, 100))
def test_verdict_is_the_three_checks(dose, weeks, adherence, improvement):
    found = assess(Trial("duloxetine", dose, weeks, adherence, improvement))
    assert found.adequate == (found.dose_ok and found.weeks_ok and found.adherence_ok)
    assert found.adequate == (not found.reasons)
    assert found.failed == (found.adequate and improvement < 50)
    assert all(reason.margin > 0 for reason in found.reasons)
