"""Lesson 2: the hypothesis board as a panel."""

from __future__ import annotations

import itertools
import re
import sys
import time

import pytest

from trd.mechanism.hypotheses import hypotheses as all_hypotheses
from trd.mechanism.hypotheses import links
from trd.mechanism.panels.hypotheses import hypotheses


@pytest.fixture
def panel():
    return hypotheses()


@pytest.fixture
def opened(panel):
    panel.controls["guess"].value = "none"
    return panel


def row(panel, title):
    return next(
        line for line in re.findall(r"<tr.*?</tr>", panel.figure.value, re.S) if title in line
    )


def test_the_claims_come_first_without_their_evidence(panel):
    for found in all_hypotheses():
        assert found.title in panel.figure.value
        assert found.claim in panel.figure.value
    panel.show_data.value = True
    for page in (panel.figure.value, panel.more.value, panel.data.value):
        assert "▲" not in page
        assert "doi.org" not in page
        assert "disputed" not in page


def test_a_prediction_opens_the_board_and_is_answered(panel):
    panel.controls["guess"].value = "ampa"
    assert "You picked “AMPA throughput”. Nothing read from people" in panel.figure.value
    assert panel.controls["detail"].value == "ampa"
    assert "Your pick" in row(panel, "AMPA throughput")
    panel.controls["guess"].value = "opioid"
    assert "From people: 1 study for it and 2 against" in panel.figure.value
    panel.controls["guess"].value = "none"
    assert "The board agrees with you" in panel.figure.value
    assert "None of the twelve has a grade for support in people" in panel.figure.value


def test_the_overview_counts_by_species(opened):
    cells = row(opened, "The metabolite HNK")
    assert cells.count("▲") == 1
    assert cells.count("▼") == 3
    assert "1<span" in cells
    # Read and not read stand apart: one trial each, against the claim.
    mixed = row(opened, "Extrasynaptic GluN2B")
    assert re.findall(r"▼</span>(\d†?)", mixed) == ["1", "1†", "1"]
    # Not checked here: a dagger, and the same in words for those who hear the page.
    assert "†" in row(opened, "AMPA throughput")
    assert "not checked" in row(opened, "AMPA throughput")


def test_rows_of_one_trial_count_once(opened):
    # Abdallah 2020: three rows, one trial of 20 people.
    opened.controls["guess"].value = "mtorc1"
    assert "1 study against it" in opened.figure.value


def test_other_drugs_are_not_held_against_block_itself(opened):
    opened.controls["detail"].value = "nmda_block"
    against = opened.more.value.split(">Against<")[1].split("About it, neither")[0]
    assert "Memantine" not in against
    assert "second tracer" in against
    assert "◇" in row(opened, "NMDA channel block")


def test_filters_change_the_table(opened):
    opened.controls["people_only"].value = True
    assert "7 of 12 hypotheses shown" in opened.words.value
    assert "for 4 of them and against 7; 4 have both" in opened.words.value
    assert "Hidden by the filters: Disinhibition" in opened.figure.value
    opened.controls["species"].value = "animal"
    head = re.search(r"<thead>.*?</thead>", opened.figure.value, re.S).group(0)
    assert "animals" in head
    assert "people" not in head
    opened.controls["people_only"].value = False
    opened.controls["grade"].value = "C"
    assert "1 of 12" in opened.words.value


def test_no_hypothesis_has_the_best_grade_but_a_link_has(opened):
    opened.controls["grade"].value = "H"
    assert "That is a finding, not a fault" in opened.figure.value
    assert "NMDA channel block" in opened.figure.value


def test_details_have_both_sides_sources_rule_and_what_would_change_our_mind(opened):
    opened.controls["detail"].value = "serotonin"
    page = opened.more.value
    for words in (
        "serotonin transporter is hardly occupied",
        "n 12",
        "Spies 2018",
        "https://doi.org/",
        "a convention of this course",
        "What would change our mind",
        "People:",
        "Animals:",
    ):
        assert words in page
    opened.controls["species"].value = "human"
    assert "Animals:" not in opened.more.value
    assert "2 studies from other species hidden" in opened.more.value


def test_what_was_not_checked_says_so(opened):
    opened.controls["detail"].value = "direct_eef2k"
    assert opened.more.value.count("not checked here") >= 3


def test_every_rule_is_shown_as_a_convention(opened):
    assert "a convention of this course" in opened.figure.value
    for words in ("shown in people", "human, indirect or small", "contradicted in people"):
        assert words in opened.figure.value


def test_every_setting_draws(panel):
    names = ("guess", "species", "grade", "detail")
    options = {n: [o[0] for o in panel.controls[n].spec["options"]] for n in names}
    panel.show_data.value = True
    for guess, detail in zip(
        itertools.cycle(options["guess"]), [*options["detail"]] * 2, strict=False
    ):
        panel.controls["guess"].value = guess
        panel.controls["detail"].value = detail
        for species, grade, only in itertools.product(
            options["species"], options["grade"], (False, True)
        ):
            panel.controls["species"].value = species
            panel.controls["grade"].value = grade
            panel.controls["people_only"].value = only
            for page in (panel.figure.value, panel.more.value, panel.data.value):
                assert "trd-card" not in page
                assert "evidence review" not in page
            assert panel.words.value
        panel.reset()


def test_data_lists_every_piece(opened):
    opened.show_data.value = True
    pieces = sum(len(found.pieces) for found in (*all_hypotheses(), *links()))
    assert opened.data.value.count('<th scope="row">') == pieces
    assert "60 % and 20 %" in opened.data.value


def test_reset_closes_the_board(opened):
    opened.controls["grade"].value = "D"
    opened.reset()
    assert opened.controls["grade"].value == "any"
    assert "Predict first" in opened.figure.value


def test_labels_speed_and_no_pyplot(opened):
    assert all(control.spec["label"] for control in opened.controls.values())
    times = []
    for option in opened.controls["detail"].spec["options"]:
        start = time.perf_counter()
        opened.controls["detail"].value = option[0]
        times.append(time.perf_counter() - start)
    # About 2 ms on a quiet machine.
    assert sorted(times)[len(times) // 2] < 0.1
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []
