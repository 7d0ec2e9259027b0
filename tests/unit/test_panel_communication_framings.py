"""Lesson 5: one fact in seven framings, and the panel that has them judged first."""

from __future__ import annotations

import re
import sys

import pytest

from trd.communication.facts import fact, facts
from trd.communication.framing import (
    LETTERS,
    LEVELS,
    NAMES,
    advertisements,
    framings,
    judge,
    odds_ratio,
    of_counts,
    of_fact,
    ratio,
)
from trd.communication.panels import four_framings
from trd.rows import read


@pytest.fixture(scope="module")
def built():
    return four_framings()


@pytest.fixture
def panel(built):
    built.reset()
    return built


def words(html):
    text = re.sub(r"<style>.*?</style>", "", html, flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def said(two):
    return {each.key: each for each in framings(two)}


# The model


def test_the_fact_of_the_lesson_in_every_framing():
    # Dean 2021, against midazolam at 24 hours: 46.5 and 25.9 per 100, difference 20.5 (0 to
    # 42.5), odds ratio 2.48 as published.
    found = said(of_fact(fact("dean_midazolam")))
    assert list(found) == list(NAMES)
    assert found["relative"].says.startswith("80 % more")
    assert found["odds"].says.startswith("The odds are 2.5 times")
    assert "1.8 times as likely" in found["odds"].hides
    assert "21 more in 100" in found["absolute"].says.lower()
    assert "none to 43 more" in found["absolute"].says
    assert found["nnt"].says.startswith("About 5 people")
    assert "May not be quoted alone: from 2.4 to no effect" in found["nnt"].hides
    assert found["loss"].says.startswith("53 in 100 did not")
    assert found["gain"].says.startswith("47 in 100 felt")
    for part in ("26", "47", "53", "midazolam", "24 hours", "very unsure"):
        assert part in found["best"].says


def test_framings_agree_with_the_rows_of_the_table():
    rows = read("communication")
    two = of_fact(fact("dean_midazolam"))
    assert round(100 * (ratio(two) - 1)) == pytest.approx(
        float(rows["com-framing-relative"].value), abs=1
    )
    assert odds_ratio(two) == pytest.approx(float(rows["com-framing-odds"].value), abs=0.02)
    assert said(two)["loss"].headline == int(rows["com-framing-loss"].value)
    harm = of_fact(fact("aspire_dissociation"))
    assert ratio(harm) == pytest.approx(float(rows["com-framing-harm-relative"].value), abs=0.05)
    assert said(harm)["gain"].headline == int(rows["com-framing-harm-gain"].value)
    assert said(harm)["loss"].headline == int(rows["com-framing-harm-loss"].value)


def test_gain_and_loss_make_a_hundred():
    for each in facts().values():
        found = said(of_fact(each))
        assert found["gain"].headline + found["loss"].headline == 100


def test_rare_events_keep_the_ratio_and_lose_the_difference():
    common, rare = (said(of_counts(2 * x, 400, x, 400, good=False)) for x in (100, 4))
    assert common["relative"].headline == rare["relative"].headline == 100
    assert (common["absolute"].headline, rare["absolute"].headline) == (25, 1)
    # Odds part company with chances only when events are common.
    assert rare["odds"].headline == pytest.approx(100, abs=3)
    assert common["odds"].headline == 200


def test_no_number_needed_where_the_interval_crosses():
    found = said(of_fact(fact("karma_remission")))["nnt"]
    assert "May not be quoted" in found.hides
    assert "infinity" in found.hides
    assert "There is none" in said(of_counts(5, 50, 5, 50))["nnt"].says


def test_harms_have_a_number_needed_to_harm():
    found = said(of_fact(fact("aspire_dissociation")))["nnt"]
    assert found.name == "Number needed to harm"
    assert found.says.startswith("About 4 people")
    # A drug that prevents relapses is treated for, not harmed by.
    assert said(of_fact(fact("sustain_relapse")))["nnt"].name == "Number needed to treat"


@pytest.mark.parametrize(
    "counts", [(0, 20, 0, 20), (20, 20, 5, 20), (5, 20, 0, 20), (20, 20, 20, 20)]
)
def test_nobody_and_everybody_can_be_framed(counts):
    found = said(of_counts(*counts))
    assert "Cannot be worked out" in found["odds"].says
    assert len(found) == len(NAMES)


def test_impossible_counts_are_refused_in_words():
    with pytest.raises(ValueError, match="more than its 20 people"):
        of_counts(21, 20, 3, 20)


# Judging


def test_the_seven_are_one_fact_and_do_not_name_it():
    found = advertisements()
    assert list(found) == list(LETTERS)
    assert set(LETTERS.values()) == set(NAMES)
    for text in found.values():
        assert "ketamine" not in text
        assert "midazolam" not in text


def test_judgements_tell_what_sounded_largest():
    found = judge({"A": 4, "B": 1, "D": 4, "G": 2})
    assert found.largest == ("relative", "odds")
    assert found.smallest == ("loss",)
    assert judge({"A": 3, "B": 3}).largest == ()
    assert judge({}).judged == 0
    for wrong in ({"H": 1}, {"A": 5}):
        with pytest.raises(ValueError, match="There is no judgement"):
            judge(wrong)


# The panel


def test_nothing_is_given_away_before_the_box_is_ticked(panel):
    assert not panel.more.value
    assert panel.children[4].layout.display == "none"
    assert "0 of 7 judged" in words(panel.figure.value)
    text = words(panel.figure.value) + words(panel.words.value)
    assert "ketamine" not in text
    panel.controls["judged"].value = dict.fromkeys(LETTERS, 2)
    assert "All seven judged" in words(panel.figure.value)


def test_the_reveal_names_what_moved_the_reader(panel):
    panel.controls["judged"].value = {"A": 4, "B": 1, "C": 2}
    panel.controls["reveal"].value = True
    assert panel.children[4].layout.display == "grid"
    text = words(panel.figure.value)
    assert "All seven treatments are one" in text
    assert "very large as A (relative change)" in text
    assert "small as B (loss, one arm)" in text
    panel.controls["after"].value = "2"
    text = words(panel.figure.value)
    assert "Made it sound larger than that: A (relative change)" in text
    assert "Made it sound smaller: B" in text
    panel.reset()
    assert panel.children[4].layout.display == "none"


def test_revealed_without_judging(panel):
    panel.controls["reveal"].value = True
    assert "before judging" in words(panel.figure.value)
    panel.controls["judged"].value = dict.fromkeys(LETTERS, 1)
    assert "did not move you" in words(panel.figure.value)


def test_own_numbers_move_every_framing(panel):
    panel.controls["reveal"].value = True
    panel.controls["which"].value = "aspire_headache"
    assert panel.controls["n1"].value == 227
    assert "do not differ by one person" in words(panel.more.value)
    panel.controls["n0"].value = 400
    assert panel.controls["which"].value == "own"
    for name, value in (("x0", 4), ("n1", 400), ("x1", 8)):
        panel.controls[name].value = value
    text = words(panel.more.value)
    assert "100 % more people" in text
    assert "Your own numbers" in text
    assert "102 times the difference of 1 in 100" in text


def test_fewer_people_take_their_events_along(panel):
    panel.controls["reveal"].value = True
    panel.controls["x1"].value = 90
    panel.controls["n1"].value = 40
    assert panel.controls["x1"].value == 40
    assert "could not be drawn" not in panel.figure.value


def test_every_choice_can_be_drawn(panel):
    panel.controls["reveal"].value = True
    for name in ("which", "kind", "after"):
        for option in panel.controls[name].spec["options"]:
            panel.controls[name].value = option[0]
            assert "could not be drawn" not in panel.figure.value
            assert panel.more.value
    for name in ("n0", "x0", "n1", "x1"):
        for end in ("minimum", "maximum"):
            panel.controls[name].value = panel.controls[name].spec[end]
            assert panel.more.value
            assert "could not be drawn" not in panel.figure.value
    panel.show_data.value = True
    assert "What it hides" in panel.data.value
    panel.show_data.value = False
    assert all(control.spec["label"] for control in panel.controls.values())
    assert len(LEVELS) == 4
    # Another test of the same process may have loaded it; a panel draws without it.
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []


def test_what_may_not_stand_alone_says_so_in_the_same_words():
    panel = four_framings()
    panel.controls["reveal"].value = True
    page = panel.more.value
    assert "not alone" not in page
    assert page.count("may not be quoted alone") == 5
    assert "May not be quoted alone" in page


def _of(x1, n1, x0, n0, good=True):
    return {each.key: each for each in framings(of_counts(x1, n1, x0, n0, good))}


def test_odds_that_look_like_chances_are_not_said_to_differ():
    rare = _of(1, 200, 2, 200)["odds"].hides
    assert "part company" not in rare
    assert "nearly so" in rare
    assert "part company" in _of(47, 100, 26, 100)["odds"].hides


def test_somebody_is_never_nobody_and_people_are_fewer():
    found = _of(1, 227, 2, 227, good=False)
    assert found["loss"].says.startswith("Fewer than 1 in 100")
    assert found["gain"].says.startswith("More than 99 in 100")
    assert "Less than 1 fewer in 100" in found["absolute"].says
    assert "% fewer people" in found["relative"].says
    assert not any(re.search(r"\b0 (?:in|of) 100|% less", each.says) for each in found.values())
    assert _of(0, 50, 5, 50)["gain"].says.startswith("0 in 100")
