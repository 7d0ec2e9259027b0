"""Lesson 1: the pseudo-resistance panel, and the fictional people behind it."""

from __future__ import annotations

import itertools

import pytest

from trd.definitions import Trial, assess, checklist
from trd.definitions.panels.pseudo_resistance import pseudo_resistance
from trd.definitions.vignettes import CUSTOM, VIGNETTES, decide, vignette

KEYS = [step.key for step in checklist()]


@pytest.fixture
def panel():
    return pseudo_resistance()


def shown(panel):
    """Everything the panel draws, above its table and below it."""
    return panel.figure.value + panel.more.value


def set_step(panel, **findings):
    panel.controls["findings"].value = {**panel.controls["findings"].value, **findings}


def test_every_person_has_a_story_of_fitting_length_and_one_open_question():
    for person in VIGNETTES:
        assert set(person.known) == set(person.found) == set(KEYS)
        assert "unknown" in person.known.values()
        if person.key != CUSTOM:
            assert 40 <= len(person.story.split()) <= 90
            assert person.outcome


def test_people_end_in_different_places():
    ends = {
        person.key: decide(person.key, person.found).next.step
        for person in VIGNETTES
        if person.key != CUSTOM
    }
    assert {key: step and step.key for key, step in ends.items()} == {
        "ms-b": "taken",
        "mr-t": "dose",
        "ms-r": "diagnosis",
        "mr-l": None,
    }


# The doses in the stories, by the course's own minimum doses and 6 weeks.
@pytest.mark.parametrize(
    ("drug", "dose_mg", "weeks", "adequate"),
    [
        ("sertraline", 100, 10, True),
        ("duloxetine", 60, 10, True),
        ("trazodone", 50, 52, False),
        ("venlafaxine", 37.5, 21, False),
        ("escitalopram", 10, 3, False),
        ("sertraline", 150, 10, True),
        ("venlafaxine", 150, 9, True),
    ],
)
def test_stories_agree_with_the_adequacy_rules(drug, dose_mg, weeks, adequate):
    assert assess(Trial(drug, dose_mg, weeks, 95, 10)).adequate is adequate


def test_start_asks_to_find_out_and_withholds_the_label(panel):
    assert "Was it taken?" in panel.words.value
    assert "First answer step 2" in shown(panel)
    assert "Not yet “treatment-resistant”" in shown(panel)
    # Pooled non-adherence, PubMed 38194498.
    assert "42 %" in shown(panel)
    assert "pubmed.ncbi.nlm.nih.gov/38194498" in shown(panel)


def test_a_problem_found_changes_the_next_action(panel):
    before = shown(panel)
    set_step(panel, taken="problem")
    assert shown(panel) != before
    assert "give the same drug a fair trial" in shown(panel)
    set_step(panel, taken="clear")
    assert "Could the level or an interaction explain it?" in panel.words.value
    set_step(panel, level="clear", stressors="clear")
    assert "The label may be considered" in shown(panel)


def test_an_earlier_step_takes_over(panel):
    set_step(panel, taken="problem", diagnosis="problem")
    assert "bipolar pathway" in shown(panel)


def test_later_problems_are_named_but_wait(panel):
    panel.controls["patient"].value = "mr-t"
    assert "Raise the dose" in shown(panel)
    assert "Also found: <strong>Was it long enough?</strong>" in shown(panel)


def test_picking_a_person_shows_what_is_known(panel):
    for person in VIGNETTES:
        panel.controls["patient"].value = person.key
        assert panel.controls["findings"].value == dict(person.known)
        assert panel.controls["reveal"].value is False
        assert person.story[:30] in shown(panel)
        assert "What the clinic found" not in shown(panel)


def test_reveal_fills_in_the_outcome_and_takes_it_back(panel):
    panel.controls["patient"].value = "mr-l"
    panel.controls["reveal"].value = True
    assert panel.controls["findings"].value == dict(vignette("mr-l").found)
    assert "What the clinic found" in shown(panel)
    assert "The label may be considered" in shown(panel)
    panel.controls["reveal"].value = False
    assert panel.controls["findings"].value == dict(vignette("mr-l").known)


def test_reveal_leaves_an_invented_person_alone(panel):
    panel.controls["patient"].value = CUSTOM
    set_step(panel, diagnosis="clear")
    panel.controls["reveal"].value = True
    assert panel.controls["findings"].value["diagnosis"] == "clear"
    assert "What the clinic found" not in shown(panel)
    assert "real patient" in shown(panel)


def test_every_answer_draws_and_cites(panel):
    for key, finding in itertools.product(KEYS, ("clear", "problem", "unknown")):
        panel.controls["findings"].value = {**dict.fromkeys(KEYS, "clear"), key: finding}
        assert "trd-card" not in shown(panel)
        if finding != "clear":
            assert "href=" in shown(panel)


def test_from_knowledge_figures_say_so(panel):
    panel.controls["findings"].value = {**dict.fromkeys(KEYS, "clear"), "level": "unknown"}
    assert "not checked here" in shown(panel)


def test_data_lists_all_steps_and_reset_returns(panel):
    panel.show_data.value = True
    assert all(step.question.split("'")[0] in panel.data.value for step in checklist())
    panel.controls["patient"].value = "ms-r"
    panel.reset()
    assert panel.controls["patient"].value == "ms-b"
    assert "Ms B." in shown(panel)


def test_unknown_person_or_step():
    with pytest.raises(ValueError, match="mr-l"):
        vignette("mr-x")
    with pytest.raises(ValueError, match="not a step"):
        decide("ms-b", {"mood": "clear"})


def test_every_control_has_a_label_and_doses_carry_the_caution(panel):
    assert all(control.spec["label"] for control in panel.controls.values())
    assert "not for patient care" in panel.children[0].value
