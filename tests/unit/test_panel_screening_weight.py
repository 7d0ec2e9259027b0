"""Lesson 3: the dosing weight as a panel, and the report behind it."""

from __future__ import annotations

import itertools
import re
import sys

import numpy as np
import pytest

from trd.screening import dosing_weight as person_of
from trd.screening.panels import dosing_weight
from trd.screening.weight_report import BMI_RANGE, weight_at, weight_report


def alt(panel):
    return re.search(r'alt="([^"]*)"', panel.figure.value).group(1)


# 70 kg, 0.5 mg/kg: 35 mg, 0.875 mg/min over 40 minutes (rows screen-weight-70kg-*).
def test_reference_infusion():
    found = weight_report(70, 170, "male", 0.5)
    assert found.person.dose_mg == 35
    assert found.rate_mg_per_min == pytest.approx(0.875)
    assert found.recorded is None
    assert not found.caught


# By hand: 70 kg = 154.32 lb; BMI 154.32 / 1.7^2 = 53.4, so adjusted: 65.94 + 0.4 x (154.32 -
# 65.94) = 101.29 kg, 50.65 mg instead of 35.
def test_pounds_through_the_courses_rule():
    found = weight_report(70, 170, "male", 0.5, "lb")
    assert found.recorded.order.dose_mg == pytest.approx(50.65, abs=0.01)
    assert found.recorded.ratio == pytest.approx(1.447, abs=0.001)
    assert found.recorded.error.ratio == pytest.approx(2.2, abs=0.01)
    assert found.recorded.order.basis == "adjusted" != found.person.basis
    ideal = dict(found.recorded.order.doses_mg)["ideal"]
    assert ideal == dict(found.person.doses_mg)["ideal"]


@pytest.mark.parametrize(("check", "caught"), [("none", 0), ("same-sheet", 0), ("alone", 1)])
def test_only_an_independent_check_finds_a_wrong_weight(check, caught):
    assert weight_report(70, 170, "male", 0.5, "lb", check).caught == bool(caught)
    assert not weight_report(70, 170, "male", 0.5, "kg", check).caught


# 350 kg is the form's limit: 158.76 kg are 350 lb.
def test_the_form_refuses_only_the_largest_errors():
    assert not weight_report(158, 180, "male", 0.5, "lb").recorded.refused
    assert weight_report(159, 180, "male", 0.5, "lb").recorded.refused


@pytest.mark.parametrize("height", [140, 165, 200])
def test_curves_are_the_same_rule_at_other_weights(height):
    formula = "male"
    found = weight_report(90, height, formula, 0.5)
    assert (found.bmis[0], found.bmis[-1]) == BMI_RANGE
    for index in (0, 30, 70):
        weight = weight_at(found.bmis[index], height)
        doses = dict(person_of(weight, height, formula, 0.5).doses_mg)
        for basis, curve in found.doses_mg.items():
            assert curve[index] == pytest.approx(doses[basis])
    assert np.all(np.diff(found.doses_mg["actual"]) > 0)
    assert np.ptp(found.doses_mg["ideal"]) == 0
    assert found.jump_mg[0] > found.jump_mg[1]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((20, 170, "male", 0.5), "weight_kg"),
        ((70, 170, "male", 0.5, "stone"), "unit is 'stone'"),
        ((70, 170, "male", 0.5, "lb", "later"), "check is 'later'"),
        ((70, 170, "male", 2), "between 0 and 1"),
    ],
)
def test_impossible_values_are_refused(values, words):
    with pytest.raises(ValueError, match=words):
        weight_report(*values)


# The panel


@pytest.fixture
def panel():
    return dosing_weight()


# 118 kg, 165 cm, Devine for women: ideal 45.5 + 2.3 x (165 / 2.54 - 60) = 56.91 kg, adjusted
# 56.91 + 0.4 x 61.09 = 81.35 kg; at 0.5 mg/kg 59, 28.5 and 40.7 mg.
def test_start_shows_the_spread_and_the_convention(panel):
    assert "actual 59 mg, adjusted 40.7 mg, ideal 28.5 mg" in alt(panel)
    assert "from 28.5 to 59 mg" in panel.figure.value
    assert "no trial was found that settles it" in panel.figure.value
    assert "dosing weight 81.3 kg (adjusted, because the BMI is 30 or more)" in panel.figure.value
    assert "not for patient care" in panel.children[0].value
    assert "Teaching assumption" in panel.children[-1].value


def test_crossing_the_line_changes_the_definition(panel):
    panel.controls["weight_kg"].value = 81
    assert "by actual weight" in alt(panel)
    panel.controls["weight_kg"].value = 82
    assert "by adjusted weight" in alt(panel)
    assert "it jumps there from 40.8 to 33.4 mg" in panel.figure.value


def test_what_was_not_checked_says_so(panel):
    assert "not checked here" in panel.controls["formula"].spec["help"]
    assert "Trials mostly dosed by actual weight: commonly quoted" in panel.figure.value
    panel.show_data.value = True
    for page in (panel.figure.value.split("base64")[0], panel.more.value, panel.data.value):
        assert not re.search(r"\d\s*mL", page)


def test_an_error_is_caught_only_by_working_alone(panel):
    assert "no unit error to find" in panel.more.value
    panel.controls["unit"].value = "lb"
    assert "The pump is set for 69.1 mg" in panel.more.value
    assert "“260 kg”" in panel.more.value
    assert "130.1 mg" in panel.more.value
    panel.controls["check"].value = "same-sheet"
    assert "the sum is right, the weight is wrong" in panel.more.value
    assert "not caught" in panel.words.value
    panel.controls["check"].value = "alone"
    assert "Caught." in panel.more.value
    assert "of 13 studies 3 were good" in panel.more.value
    assert "52 to 97 %" in panel.more.value


def test_a_check_needs_an_error_to_find(panel):
    panel.controls["check"].value = "alone"
    assert panel.controls["unit"].value == "lb"


def test_the_form_refuses(panel):
    panel.controls["height_cm"].value = 190
    panel.controls["weight_kg"].value = 170
    panel.controls["unit"].value = "lb"
    assert "The form refuses 375 as a weight in kg" in panel.more.value
    assert "The form refuses 375" in panel.words.value


def test_below_the_ideal_weight(panel):
    panel.controls["height_cm"].value = 180
    panel.controls["weight_kg"].value = 50
    assert "actual and adjusted weight are the same" in panel.figure.value


def test_every_extreme_draws_and_stays_inside(panel):
    panel.show_data.value = True
    checks = itertools.cycle([("kg", "none"), ("lb", "same-sheet"), ("lb", "alone")])
    for height in (140, 165, 200):
        panel.controls["height_cm"].value = height
        spec = panel.controls["weight_kg"].spec
        for weight, dose in itertools.product((spec["minimum"], spec["maximum"]), (0.2, 0.6)):
            unit, check = next(checks)
            for name, value in (
                ("weight_kg", weight),
                ("dose_mg_per_kg", dose),
                ("formula", "female" if weight == spec["minimum"] else "male"),
                ("check", check),
                ("unit", unit),
            ):
                panel.controls[name].value = value
            for page in (panel.figure.value, panel.more.value, panel.data.value):
                assert "trd-card" not in page
            assert "nan" not in alt(panel)
            inside(panel)


def inside(panel):
    """No word leaves the picture, and the names of the curves stay apart."""
    view = panel.view
    renderer = view._figure.canvas.get_renderer()
    edge = view._figure.bbox
    texts = [*view._over.values(), *view._ends.values(), *view._labels.values(), view._you]
    for text in texts:
        box = text.get_window_extent(renderer)
        assert box.x0 >= edge.x0
        assert box.x1 <= edge.x1
        assert box.y1 <= edge.y1
    boxes = sorted(
        (text.get_window_extent(renderer) for text in view._labels.values()), key=lambda b: b.y0
    )
    for below, above in itertools.pairwise(boxes):
        assert below.y1 <= above.y0 + 1


def test_weights_follow_the_height(panel):
    panel.controls["height_cm"].value = 140
    spec = panel.controls["weight_kg"].spec
    assert (spec["minimum"], spec["maximum"]) == (30, 98)
    assert panel.controls["weight_kg"].value == 98
    panel.reset()
    assert panel.controls["weight_kg"].value == 118
    assert panel.controls["height_cm"].value == 165


def test_labels_and_no_pyplot(panel):
    assert all(control.spec["label"] for control in panel.controls.values())
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []
