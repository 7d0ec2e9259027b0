"""Lesson 3: the work-up list of one person, worked out from the rule, and its panel."""

from __future__ import annotations

import itertools
import re
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trd.screening import CODES, evidence_rows, explain
from trd.screening.panels import workup_builder
from trd.screening.workup import (
    AGES,
    BECAUSE,
    EVERYBODY,
    FEATURES,
    ITEMS,
    NOT_HERE,
    SOURCES,
    Person,
    could_change,
    ecg_reasons,
    workup,
)

CHECKS = (
    "urinary_symptoms",
    "diabetes",
    "bipolar",
    "stimulant",
    "benzodiazepine",
    "opioid",
    "maoi",
)
people = st.builds(
    Person,
    **{name: st.sampled_from(values) for name, values in FEATURES.items()},
    **dict.fromkeys(CHECKS, st.booleans()),
)


def group(key, person, source="course"):
    found = workup(person, source).order(key)
    return found and found.group


@given(people)
@settings(max_examples=20)
def test_a_test_that_changes_nothing_is_not_ordered(person):
    for order in workup(person).orders:
        assert order.codes or order.group == NOT_HERE, order.item.key
        assert set(order.codes) <= set(CODES)


@given(people)
@settings(max_examples=20)
def test_what_nobody_gets_as_routine_is_read_by_no_line_of_the_rule(person):
    for item in ITEMS:
        if item.never:
            assert could_change(item, person) == ()
            assert group(item.key, person) in (NOT_HERE, None)


@given(people, st.sampled_from(SOURCES))
@settings(max_examples=20)
def test_every_item_stands_in_one_group_with_its_reason(person, source):
    for order in workup(person, source).orders:
        assert order.group in (EVERYBODY, BECAUSE, NOT_HERE)
        assert bool(order.because) == (order.group == BECAUSE)
        if order.group == NOT_HERE:
            assert order.by_source or order.item.left_out
    assert "D14" in workup(person).start.reasons


# Ages: rows screen-workup-ecg (50), screen-workup-cognition (60), screen-rule-age-older (65).
def test_ecg_for_a_reason_only():
    assert ecg_reasons(Person(age="25-49", heart="none")) == ()
    assert ecg_reasons(Person(age="25-49", heart="hypertension")) == ()
    assert ecg_reasons(Person(age="50-59", heart="hypertension"))
    assert ecg_reasons(Person(age="50-59", heart="none")) == ()
    assert ecg_reasons(Person(age="50-59", heart="none", diabetes=True))
    assert ecg_reasons(Person(age="18-24", heart="disease"))
    assert ecg_reasons(Person(age="18-24", heart="fainting"))
    assert ecg_reasons(Person(age="65+", heart="none"))
    young = Person(age="25-49", heart="none")
    assert group("ecg", young) == NOT_HERE
    assert could_change(next(i for i in ITEMS if i.key == "ecg"), young) == ()
    assert workup(Person()).order("ecg").codes == ("D13",)


def test_numbers_in_the_wording_are_those_of_the_rows():
    table = evidence_rows()
    assert table["screen-workup-ecg"].value == "50"
    assert table["screen-workup-cognition"].value == "60"
    assert table["screen-rule-age-older"].value == "65"
    assert table["screen-workup-scale-days"].value == "7"
    assert table["screen-workup-bloods"].value == "12"
    assert table["screen-alcohol-dependence"].value == "15"
    assert table["screen-dast-high"].value == "6"
    assert AGES == ("18-24", "25-49", "50-59", "60-64", "65+")


def test_a_source_moves_a_test_and_the_rule_still_says_what_it_would_change():
    young = Person(age="25-49", heart="none")
    assert group("ecg", young, "bc-draft") == EVERYBODY
    assert workup(young, "bc-draft").order("ecg").codes == ()
    assert group("drug-screen", young, "consensus-2017") == NOT_HERE
    assert group("drug-screen", Person(liver="alcohol"), "consensus-2017") == BECAUSE
    assert group("drug-screen", young) == EVERYBODY


def test_pregnancy_test_follows_the_possibility():
    key = "pregnancy-test"
    assert group(key, Person(pregnancy="impossible")) == NOT_HERE
    assert workup(Person(pregnancy="impossible")).order(key).codes == ()
    assert workup(Person(pregnancy="possible")).order(key).codes == ("C4", "D5")
    asked = workup(Person(pregnancy="not-asked")).order(key)
    assert asked.group == BECAUSE
    assert "ask first" in asked.because[0]
    assert "D5" in workup(Person(pregnancy="possible")).start.reasons


@pytest.mark.parametrize(
    ("features", "key", "codes"),
    [
        ({"heart": "disease"}, "cardiology", {"C6", "R9", "F13"}),
        ({"liver": "disease"}, "child-pugh", {"C7", "R10"}),
        ({"liver": "alcohol"}, "drinking", {"R8", "D3", "D4"}),
        ({"sleep": "untreated"}, "sleep-plan", {"R12"}),
        ({"sleep": "treated"}, "sleep-plan", {"F12"}),
        ({"sleep": "unscreened"}, "stop-bang", {"D12"}),
        ({"urinary_symptoms": True}, "urine-culture", {"D6"}),
        ({"bipolar": True}, "mania-scale", {"C5", "R6", "F9"}),
        ({"maoi": True}, "maoi-plan", {"D10", "F14"}),
        ({"benzodiazepine": True}, "benzodiazepine-dose", {"F2"}),
        ({"stimulant": True}, "stimulant-plan", {"F3"}),
        ({"opioid": True}, "opioid-plan", {"F4"}),
        ({"age": "65+"}, "older", {"F8"}),
        ({"age": "18-24"}, "young", {"F15"}),
        ({"age": "60-64"}, "cognition", {"R7"}),
        ({"series": "repeat"}, "again", {"C9", "D6", "D7"}),
    ],
)
def test_each_feature_brings_its_item_and_its_codes(features, key, codes):
    order = workup(Person(**features)).order(key)
    assert order.group == BECAUSE
    assert codes <= set(order.codes)
    without = workup(Person(heart="none")).order(key)
    assert without is None or without.group != BECAUSE


def test_a_screen_for_what_is_known_adds_nothing():
    for sleep in ("treated", "untreated"):
        assert group("stop-bang", Person(sleep=sleep)) == NOT_HERE
    assert group("stop-bang", Person()) == EVERYBODY


def test_diabetes_is_a_reason_for_an_ecg_and_glucose_is_not_assessed():
    found = workup(Person(diabetes=True)).order("glucose")
    assert found.group == NOT_HERE
    assert "not assessed in this course" in found.item.left_out
    assert workup(Person()).order("glucose") is None


def test_every_row_and_key_exists_once():
    table = evidence_rows()
    assert len({item.key for item in ITEMS}) == len(ITEMS)
    for item in ITEMS:
        assert all(name in table for name in item.evidence)
        assert all(not p.evidence or p.evidence in table for p in item.positions)
        assert all(explain(code) for code in item.settles)


@pytest.mark.parametrize("wrong", [{"age": "17"}, {"heart": None}, {"maoi": 1}, {"diabetes": "no"}])
def test_impossible_people_are_refused(wrong):
    with pytest.raises(ValueError, match="must be"):
        Person(**wrong)
    with pytest.raises(ValueError, match="must be one of"):
        workup(Person(), "label")


# The panel


@pytest.fixture
def panel():
    return workup_builder()


def part(panel, title):
    return re.search(rf"{title} \(\d+\).*?</ul>", panel.figure.value, re.S).group(0)


def test_start_shows_an_ecg_with_its_reason(panel):
    assert "50 or older with hypertension" in part(panel, "Because of this person")
    assert "An ECG is needed and has not been read" in panel.figure.value
    assert "Because of this person (2): ECG" in panel.words.value
    panel.controls["age"].value = "25-49"
    assert "ECG" in part(panel, "Not ordered here")
    assert "ECG" not in part(panel, "Because of this person")


def test_the_letters_of_the_codes_are_explained_before_the_first_of_them(panel):
    page = panel.figure.value
    assert 0 < page.index("E emergency") < page.index('<span class="trd-code"')


def test_another_source_changes_the_place_and_the_detail(panel):
    panel.controls["age"].value = "25-49"
    panel.controls["source"].value = "bc-draft"
    everybody = part(panel, "For everybody in this course")
    assert "the draft standard asks everybody for one" in everybody
    assert "no line of the rule reads it" in everybody
    panel.controls["source"].value = "consensus-2017"
    assert panel.controls["detail"].value == "drug-screen"
    assert "only on suspicion" in part(panel, "Not ordered here")


def test_details_name_who_asks_and_how_it_was_read(panel):
    page = panel.more.value
    for words in ("BC draft standard 2021", "reported by", "own convention", "Doherty 2020"):
        assert words in page
    assert "Costs and burdens of tests are not given" in page
    for test in ("ECG", "Pregnancy test", "Urine drug screen", "Liver tests", "Urinalysis"):
        assert f'<th scope="row">{test}</th>' in page
    assert '<th scope="row">Echocardiogram</th>' in page
    panel.controls["detail"].value = "glucose"
    assert "does not come up" in panel.more.value
    panel.controls["detail"].value = "echocardiogram"
    assert "No line of the rule reads it" in panel.more.value


def test_nobody_is_approved_and_no_price_is_named(panel):
    for option in panel.controls["detail"].spec["options"]:
        panel.controls["detail"].value = option[0]
        text = re.sub(r"<[^>]+>", " ", panel.figure.value + panel.more.value)
        assert not re.search(r"approved|suitable|[$£€]", text.split("</style>")[-1])


def test_every_setting_draws(panel):
    panel.show_data.value = True
    choices = {
        name: [o[0] for o in control.spec["options"]]
        for name, control in panel.controls.items()
        if "options" in control.spec
    }
    longest = max(map(len, choices.values()))
    for step, ticks in zip(range(longest), itertools.cycle([True, False]), strict=False):
        for name, values in choices.items():
            panel.controls[name].value = values[step % len(values)]
        for name in CHECKS:
            panel.controls[name].value = ticks
        for page in (panel.figure.value, panel.more.value, panel.data.value):
            assert "trd-card" not in page
        assert panel.words.value


def test_data_reset_labels_and_no_pyplot(panel):
    panel.show_data.value = True
    shown = workup(Person()).orders
    assert panel.data.value.count('<th scope="row">') == len(shown)
    panel.controls["maoi"].value = True
    panel.reset()
    assert panel.controls["maoi"].value is False
    assert all(control.spec["label"] for control in panel.controls.values())
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []
