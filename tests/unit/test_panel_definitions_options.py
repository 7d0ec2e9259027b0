"""Lesson 1: the panel on other options, and the model behind it."""

from __future__ import annotations

import itertools

import pytest

from trd.definitions import treatment_options
from trd.definitions.options import (
    AGAINST,
    ANY,
    KINDS,
    OUTCOME_KINDS,
    browse,
    per_hundred,
    refit,
    standing,
)
from trd.definitions.panels.options import options

KEYS = [found.key for found in treatment_options()]


@pytest.fixture
def panel():
    return options()


def test_every_comparison_is_named_and_grouped():
    for found in treatment_options():
        assert found.name
        assert found.against in AGAINST
        assert found.outcome_kind in OUTCOME_KINDS
        assert any(set(found.families) & set(families) for families in KINDS.values())
        assert found.outcome_kind != "score" or not found.in_percent


@pytest.mark.parametrize(
    ("kind", "against", "outcome"),
    list(itertools.product([ANY, *KINDS], [ANY, *AGAINST], [ANY, *OUTCOME_KINDS])),
)
def test_filters_keep_what_they_say_and_disagreement_stays_together(kind, against, outcome):
    shown = browse(kind, against, outcome).shown
    keys = {found.key for found in shown}
    assert len(keys) == len(shown)
    assert {"elekt-d", "ketect"} <= keys or not {"elekt-d", "ketect"} & keys
    for found in shown:
        if not found.together:
            assert kind == ANY or set(found.families) & set(KINDS[kind])
            assert against in (ANY, found.against)
            assert outcome in (ANY, found.outcome_kind)


def test_groups_never_mix_comparators():
    for name, group in browse().groups:
        assert {found.against for found in group} == {name}


@pytest.mark.parametrize("study", KEYS)
@pytest.mark.parametrize("kind", [ANY, *KINDS])
def test_refit_brings_the_pick_into_view(study, kind):
    now = {"kind": kind, "against": "placebo", "outcome": "response", "study": study}
    by_study = {**now, **refit("study", **now)}
    assert by_study["study"] == study
    assert study in [found.key for found in browse(**by_study).shown]
    by_filter = {**now, **refit("kind", **now)}
    shown = [found.key for found in browse(**{**by_filter, "study": ""}).shown]
    assert not shown or by_filter["study"] in shown
    assert by_filter["kind"] == kind


# Anand 2023: 55.4 and 41.2 %; Ekstrand 2022: 46 and 63 %.
def test_natural_frequencies():
    frequencies = {found.key: per_hundred(found) for found in treatment_options()}
    assert [arm.people for arm in frequencies["elekt-d"]] == [55, 41]
    assert [arm.people for arm in frequencies["ketect"]] == [46, 63]
    assert frequencies["augment-lithium"] == ()


def test_regulators():
    assert "no psychiatric disorder" in standing("ketamine")[0].text
    assert any("not recommended" in words.text for words in standing("esketamine"))
    assert standing("switch") == ()


def test_unknown_filters():
    with pytest.raises(ValueError, match="neurostimulation"):
        browse("surgery")
    with pytest.raises(ValueError, match="usual care"):
        browse(against="wait list")
    with pytest.raises(ValueError, match="remission"):
        browse(outcome="cure")
    with pytest.raises(ValueError, match="not a comparison"):
        browse(study="stard")


def test_start_shows_the_two_trials_that_disagree(panel):
    assert "55 (ketamine) and 41 (ECT) responded: 14 more for ketamine" in panel.words.value
    assert "46 (ketamine) and 63 (ECT) were in remission: 17 more for ECT" in panel.words.value
    assert "These two trials disagree" in panel.more.value
    assert "Off-label" in panel.more.value
    assert "never across groups" in panel.children[0].value


@pytest.mark.parametrize("study", ["elekt-d", "ketect"])
def test_either_trial_brings_the_other(panel, study):
    panel.controls["study"].value = study
    for key in ("ELEKT-D", "KetECT"):
        assert key in panel.figure.value
        assert key in panel.more.value


def test_picking_a_study_shows_everything_about_it(panel):
    panel.controls["study"].value = "psychotherapy-cobalt"
    for words in (
        "46 of 100",
        "22 of 100",
        "usual care",
        "primary care",
        "Certainty",
        "Who was excluded",
        "10.1016/S0140-6736(12)61552-9",
    ):
        assert words in panel.more.value
    assert panel.controls["kind"].value == "psychotherapy"


def test_ratios_are_not_turned_into_people(panel):
    panel.controls["study"].value = "augment-lithium"
    assert "cannot be said how many of 100" in panel.words.value
    assert "odds ratio 2.89 (1.65 to 5.05)" in panel.figure.value
    assert "of 100: add lithium" not in panel.more.value


def test_an_interval_that_crosses_says_so(panel):
    panel.controls["study"].value = "esketamine-transform-3"
    assert "no difference is possible too" in panel.words.value


def test_nothing_found_is_a_gap_not_a_verdict(panel):
    panel.controls["kind"].value = "psychotherapy"
    panel.controls["against"].value = "placebo"
    assert "Nothing passes these filters" in panel.figure.value
    assert "gap" in panel.figure.value


def test_every_filter_and_study_draws(panel):
    for name in ("kind", "against", "outcome", "study"):
        panel.reset()
        for option in panel.controls[name].spec["options"]:
            panel.controls[name].value = option[0]
            assert "trd-card" not in panel.figure.value
            assert panel.words.value


def test_data_and_labels(panel):
    panel.show_data.value = True
    assert "not by size of effect" in panel.data.value
    assert "ASCERTAIN-TRD" in panel.data.value
    assert all(control.spec["label"] for control in panel.controls.values())
