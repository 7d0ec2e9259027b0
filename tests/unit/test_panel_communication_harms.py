"""Lesson 5: harms with both arms, what the articles said instead, and the panel."""

from __future__ import annotations

import itertools
import re
import sys
from html import unescape

import pytest

from trd.communication.harm_rates import (
    ASKED,
    KINDS,
    ORDERS,
    PHRASES,
    ROUTES,
    SILENT,
    groups,
    phrase,
    route,
)
from trd.communication.panels.harms import harms_with_denominators
from trd.communication.trials import harms, may_share_a_picture
from trd.communication.views.harms import difference, out_of_100
from trd.evidence import claims
from trd.rows import read

TABLE = {
    **read("communication"),
    **read("communication_trials"),
    **read("communication_harms"),
}


# The model


def test_every_harm_is_shown_once_and_in_one_way_or_the_other():
    everything = [each for group in groups(kind="every") for each in group.harms]
    assert sorted(each.code for each in everything) == sorted(each.code for each in harms())
    assert {route(each) for each in everything} == {"infusion", "spray"}
    parts = [
        each
        for kind in ("any", "grave")
        for way in ("infusion", "spray")
        for group in groups(way, kind)
        for each in group.harms
    ]
    assert sorted(each.code for each in parts) == sorted(each.code for each in everything)


def test_one_block_holds_only_what_may_share_a_picture():
    for group in groups(kind="every"):
        for first, second in itertools.combinations(group.harms, 2):
            assert may_share_a_picture(first, second)


def test_sorting():
    first = groups("spray", "any", "often")[0]
    # ASPIRE I and II: dizziness 87 of 227, dissociation 77 of 227 against 31 and 13 of 225.
    assert [each.event for each in first.harms][:2] == ["dizziness", "dissociation"]
    first = groups("spray", "any", "more")[0]
    assert [each.event for each in first.harms][:2] == ["dissociation", "dizziness"]
    assert first.harms[-1].event == "headache"


@pytest.mark.parametrize("wrong", [("oral",), ("both", "mild"), ("both", "any", "name")])
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match="is none of"):
        groups(*wrong)
    with pytest.raises(ValueError, match="no phrase"):
        phrase("A1")


def test_phrases_are_audited_sentences_and_everything_has_its_rows():
    for each in PHRASES:
        assert each.key in claims()
        assert each.statement.claim == claims()[each.key].claim
        assert each.rows
        assert all(row in TABLE for row in each.rows)
    assert all(row in TABLE for _words, rows in SILENT for row in rows)
    assert all(row in TABLE for row in ASKED)
    # Nothing unchecked stands behind a rate.
    rated = [row for each in PHRASES for row in each.rows if "per100" in row]
    assert {TABLE[row].status for row in rated} <= {"verified", "derived"}


# The panel


@pytest.fixture
def panel():
    return harms_with_denominators()


def words(html):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def harm(event, label="ASPIRE I and II"):
    return next(each for each in harms() if (each.event, each.label) == (event, label))


# ASPIRE I and II: dissociation 28.1 (21.1 to 34.9), headache -0.2 (-7.6 to 7.2).
def test_differences_in_words():
    assert difference(harm("dissociation")) == "28 more (21 to 35)"
    assert difference(harm("headache")) == "no clear difference (8 fewer to 7 more)"
    assert difference(harm("death", "TRANSFORM-1 and 2")) == "1 of 343 people; none of 222"
    assert "interval not given" in difference(harm("severe dissociation", "TRANSFORM-1 and 2"))
    assert out_of_100(0.003) == "<1"
    assert out_of_100(0.0) == "0"
    assert out_of_100(0.0044) == "<1"


def test_start_shows_both_arms_time_people_and_how_it_was_counted(panel):
    page = words(panel.figure.value)
    for expected in (
        "227 and 225 people",
        "in 4 weeks",
        "volunteered",
        "not stated in what was read",
        "Asked for one by one",
        "188 people, nobody to compare",
        "dissociation 34 6 28 more (21 to 35)",
        "derealisation 69 17",
        "headache 20 20 no clear difference",
        "Blocks are not to be compared",
    ):
        assert expected in page
    assert "Most often: derealisation, 69 of 100" in words(panel.words.value)


def test_infusions_have_no_rate_for_grave_harm_and_it_says_so(panel):
    panel.controls["way"].value = "infusion"
    assert "ASPIRE" not in words(panel.figure.value)
    panel.controls["kind"].value = "grave"
    assert "silence, not safety" in words(panel.figure.value)
    panel.controls["way"].value = "spray"
    page = words(panel.figure.value)
    assert "1 of 343 people" in page
    assert "12 4 8 more (4 to 13)" in page


def test_the_articles_words_meet_the_count(panel):
    page = words(panel.more.value)
    assert "are mild and brief" in page
    assert "12 per 100" in page
    assert "misleading by omission" in page
    assert claims()["A21"].restatement in page
    panel.controls["said"].value = "E22"
    page = words(panel.more.value)
    assert "0 to 24.5 %" in page
    assert claims()["E22"].restatement in page


def test_silent_denominators(panel):
    page = words(panel.more.value)
    for expected in (
        "684 infusions",
        "180/115",
        "was not reported for ketamine",
        "share of treated people with enough data",
        "measured no cognition, bladder or addiction",
    ):
        assert expected in page


def test_every_setting_draws_and_support_stays(panel):
    panel.show_data.value = True
    for way, kind, order in itertools.product(ROUTES, KINDS, ORDERS):
        for name, value in (("way", way), ("kind", kind), ("order", order)):
            panel.controls[name].value = value
        assert "trd-card" not in panel.figure.value + panel.more.value
        assert panel.words.value
    for each in PHRASES:
        panel.controls["said"].value = each.key
        assert "trd-card" not in panel.more.value
    assert "116 123" in panel.children[-1].value
    assert all(control.spec["label"] for control in panel.controls.values())
    # Nothing is simulated here, and no dose is advised.
    assert "Simulation" not in panel.children[0].value


def test_no_pyplot():
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []
