"""Lesson 2: the hypothesis board, its evidence rows and its filters."""

from __future__ import annotations

import itertools

import pytest

from trd.evidence import rows
from trd.mechanism.hypotheses import (
    ANY,
    KINDS,
    NONE_OF_THEM,
    SPECIES,
    UNDECIDED,
    board,
    grade_rules,
    graded_in_people,
    hypotheses,
    hypothesis,
    links,
    supported_in_people,
)

EVERY = (*hypotheses(), *links())
LETTERS = [rule.letter for rule in grade_rules()]


def test_there_are_twelve_and_three_links():
    assert len(hypotheses()) == 12
    assert {found.key for found in links()} == {
        "nmda_block",
        "glutamate_surge",
        "homeostatic_scaling",
    }
    assert len({found.key for found in EVERY}) == len(EVERY)


@pytest.mark.parametrize("found", EVERY, ids=lambda found: found.key)
def test_every_row_exists_with_the_same_status_and_source(found):
    for piece in found.pieces:
        row = rows()[piece.row]
        assert row.status == piece.status, piece.row
        assert tuple(row.sources) == piece.source, piece.row
        assert piece.checked == (row.status in ("verified", "derived", "secondary"))


@pytest.mark.parametrize("found", EVERY, ids=lambda found: found.key)
def test_every_card_is_complete(found):
    assert all((found.title, found.claim, found.step, found.grade_text, found.change_mind))
    assert found.grades
    assert set(found.grades) <= set(LETTERS)
    assert found.found("for")
    assert found.found("against") or found.found("gap")
    for piece in found.pieces:
        assert piece.kind in KINDS
        assert piece.species in SPECIES
        assert piece.says.endswith(".")


def test_grades_agree_with_the_evidence():
    for found in EVERY:
        if "H" in found.grades or "H?" in found.grades:
            assert found.found("for", "human")
        if "C" in found.grades:
            assert found.found("against", "human")
        if found.grades == ("A",):
            assert not found.found("for", "human")


def test_a_gap_is_not_a_test_in_people():
    assert not hypothesis("ampa").tested_in_people
    assert hypothesis("ampa").found("gap", "human")
    assert hypothesis("mtorc1").tested_in_people


def test_none_is_graded_as_shown_in_people_and_all_support_is_opposed():
    assert graded_in_people() == ()
    assert {found.key for found in supported_in_people()} == {
        "extrasynaptic_glun2b",
        "opioid",
        "inflammation",
        "serotonin",
    }
    assert all(found.read_in_people("against") for found in supported_in_people())


def test_what_does_not_bear_on_the_claim_is_not_counted():
    # A phase 1 study of safety is no support, and "cannot be told apart" is no objection.
    kinds = {piece.row: piece.kind for found in EVERY for piece in found.pieces}
    assert kinds["mech-hyp-hnk-phase1"] == "about"
    assert kinds["mech-hyp-opioid-reply"] == "about"


def test_what_was_not_read_is_not_counted():
    assert hypothesis("bdnf_trkb").found("against", "human")
    assert not hypothesis("bdnf_trkb").tested_in_people
    assert len(hypothesis("extrasynaptic_glun2b").found("against", "human")) == 2
    assert len(hypothesis("extrasynaptic_glun2b").read_in_people("against")) == 1


@pytest.mark.parametrize(
    ("species", "grade", "people_only"),
    list(itertools.product([ANY, *SPECIES], [ANY, *LETTERS], [False, True])),
)
def test_filters_keep_what_they_say(species, grade, people_only):
    found = board("none", species, grade, people_only)
    assert {*found.shown, *found.hidden} == set(hypotheses())
    assert not set(found.shown) & set(found.hidden)
    for each in (*found.shown, *found.links):
        assert grade in (ANY, *each.grades)
        assert each.tested_in_people or not people_only
    for each in found.hidden:
        assert grade not in (ANY, *each.grades) or not each.tested_in_people
    assert found.species == (SPECIES if species == ANY else (species,))


def test_the_board_opens_with_a_prediction():
    assert not board().opened
    assert not board(UNDECIDED).opened
    assert board(NONE_OF_THEM).opened
    assert board("hnk").opened


def test_what_is_not_there_is_named():
    with pytest.raises(ValueError, match="human"):
        board(species="mouse")
    with pytest.raises(ValueError, match="grade is 'Z'"):
        board(grade="Z")
    with pytest.raises(ValueError, match="prediction"):
        board("dopamine")
    with pytest.raises(ValueError, match="not a hypothesis"):
        board(detail="dopamine")
