"""Lesson 5: facts in plain words, and the panel that draws a benefit and a harm as people."""

from __future__ import annotations

import base64
import re
import sys

import pytest

from trd.communication.comparisons import comparisons
from trd.communication.facts import (
    benefits,
    could_be,
    fact,
    facts,
    harms,
    more_or_fewer,
    nearest_harm,
    people,
)
from trd.communication.icons import page
from trd.communication.panels import icon_array
from trd.communication.views.icon_array import paper
from trd.rows import read


@pytest.fixture(scope="module")
def built():
    return icon_array()


@pytest.fixture
def panel(built):
    built.reset()
    return built


def words(html):
    """What a reader sees: no style, no saved page, no tags."""
    text = re.sub(r'<style>.*?</style>|href="data[^"]*"', "", html, flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def saved(html):
    """The page behind the button."""
    return base64.b64decode(re.search(r'href="data:text/html[^,]*,([^"]+)"', html)[1]).decode()


def icons(html, which):
    """How many people are filled or outlined in each array."""
    return [part.count("<use") for part in re.findall(rf'<g class="{which}">(.*?)</g>', html)]


# Facts


@pytest.mark.parametrize(
    ("key", "treated", "control", "difference", "interval"),
    [
        # Dean 2021, summaries of findings at 24 hours: 27.4 and 8.8 per 100, difference 18.7
        # (4.1 to 40.4); 46.5 and 25.9, difference 20.5 (0.0 to 42.5).
        ("dean_saline", 27, 9, "19 more", "4 to 40 more"),
        ("dean_midazolam", 47, 26, "21 more", "none to 43 more"),
        # Jelovac 2025: 14 of 32 and 9 of 30.
        ("karma_remission", 44, 30, "14 more", "10 fewer to 35 more"),
        # Su 2023: no suicidal ideation in 14, 8, 7 of 42 and 3, 5, 7 of 42.
        ("su_thoughts_240", 33, 7, "26 more", "9 to 42 more"),
        ("su_thoughts_7", 19, 12, "7 more", "9 fewer to 23 more"),
        ("su_thoughts_14", 17, 17, "no more and no fewer", "16 fewer to 16 more"),
        # Canuso 2021: 77 of 227 and 13 of 225. Katz 2021: 12.0 and 3.6 %, 8.4 (4.1 to 12.6).
        ("aspire_dissociation", 34, 6, "28 more", "21 to 35 more"),
        ("transform_severe", 12, 4, "8 more", "4 to 13 more"),
        # Daly 2019: 24 of 90 and 39 of 86 relapsed.
        ("sustain_relapse", 27, 45, "19 fewer", "5 to 32 fewer"),
        # Anand 2023; Ekstrand 2022, abstract: 46 and 63 %, 2 to 30 points in favour of ECT.
        ("elektd_response", 55, 41, "14 more", "4 to 24 more"),
        ("ketect_remission", 46, 63, "17 fewer", "2 to 30 fewer"),
    ],
)
def test_a_fact_reads_as_its_source_prints_it(key, treated, control, difference, interval):
    found = fact(key)
    assert (found.treatment.of(100), found.control.of(100)) == (treated, control)
    assert more_or_fewer(found.rd, 100) == difference
    assert could_be(found.low, found.high, 100) == interval


def test_no_fact_rests_on_a_row_that_was_not_checked():
    tables = {
        **read("communication_effects"),
        **read("communication_harms"),
        **read("communication_trials"),
    }
    for each in facts().values():
        assert each.rows, each.key
        for row in each.rows:
            assert tables[row].status in ("verified", "derived"), (each.key, row)


def test_harms_that_were_asked_for_are_no_facts():
    assert any(row.startswith("com-h-asked") for row in read("communication_harms"))
    assert not any("asked" in row for each in harms() for row in each.rows)


def test_severe_dissociation_can_only_be_fifteen_people():
    found = fact("transform_severe_dissociation")
    assert (found.treatment.x, found.treatment.n, found.control.x) == (15, 343, 0)
    # One person more or fewer would be printed as another percentage than 4.4.
    assert [f"{100 * x / 343:.1f}" for x in (14, 15, 16)] == ["4.1", "4.4", "4.7"]


def test_every_fact_can_be_said():
    for each in facts().values():
        assert each.low <= each.rd <= each.high
        assert each.does != each.does_not
        assert each.harm <= (not each.good)
        assert each.source
        assert "—" not in each.unsure


@pytest.mark.parametrize(
    ("share", "denominator", "count"),
    [(0.205, 100, 21), (-0.187, 100, -19), (-0.045, 100, -5), (0.0045, 100, 0), (0.281, 1000, 281)],
)
def test_a_difference_in_people(share, denominator, count):
    assert people(share, denominator) == count


# Pages


def test_denominator_and_counts_add_up():
    for benefit in benefits():
        for harm in harms():
            found = page(benefit.key, harm.key, 1000)
            for half in (found.benefit, found.harm):
                for array in (half.control, half.treatment):
                    assert array.events + array.others == found.denominator
                    assert len(array.places) == array.events
            assert (found.denominator == 100) == bool(found.refused)


def test_a_thousand_only_where_there_are_people_enough():
    small = page("karma_remission", "su_dizziness", 1000)
    assert small.denominator == 100
    assert "30 people" in small.refused
    assert "33 in 1,000" in small.refused
    pooled = page("dean_midazolam", "aspire_nausea", 1000)
    assert "without the counts" in pooled.refused
    assert page("elektd_response", "aspire_nausea", 1000).denominator == 1000


def test_scattering_moves_nobody_in_or_out():
    grouped = page("su_response", "su_dizziness")
    scattered = page("su_response", "su_dizziness", layout="scattered")
    for one, other in ((grouped.benefit, scattered.benefit), (grouped.harm, scattered.harm)):
        assert one.treatment.events == other.treatment.events
        assert one.treatment.places != other.treatment.places
    assert scattered == page("su_response", "su_dizziness", layout="scattered")


def test_like_is_compared_with_like_or_the_page_says_not():
    assert page("su_thoughts_240", "su_dizziness").unlike == ("time",)
    assert page("dean_saline", "su_dizziness").unlike == ("comparator", "time", "people")
    assert "drug and route" in page("karma_remission", "aspire_nausea").unlike
    # TRANSFORM-2 is one half of the two pooled trials.
    assert page("transform2_response", "transform_severe").unlike == ("people",)


def test_counts_that_do_not_make_the_difference_are_explained():
    # 27 and 45 lie 18 apart, 26.7 and 45.3 lie 18.7 apart.
    half = page("sustain_relapse", "sustain_dissociation").benefit
    assert half.difference == "19 fewer"
    assert "18.7 apart" in half.rounded
    assert not page("dean_midazolam", "su_dizziness").benefit.rounded


def test_what_is_read_aloud_has_all_it_needs():
    said = page("dean_midazolam", "su_dizziness").benefit.aloud
    for part in ("100 adults", "24 hours", "26", "47", "53 did not", "midazolam", "none to 43"):
        assert part in said
    assert "very unsure" in said
    unclear = page("karma_remission", "su_dizziness").benefit.aloud
    assert "cannot tell whether there is a difference" in unclear
    assert "not attempts" in page("su_thoughts_240", "su_dizziness").benefit.aloud


@pytest.mark.parametrize(
    "call",
    [
        lambda: page("su_dizziness", "su_response"),
        lambda: page("nobody", "su_dizziness"),
        lambda: page("su_response", "su_dizziness", 50),
        lambda: page("su_response", "su_dizziness", 100, "in a heap"),
    ],
)
def test_what_does_not_exist_is_refused(call):
    with pytest.raises(ValueError, match="There is no"):
        call()


# The panel


def test_start_shows_both_on_one_denominator(panel):
    html = panel.figure.value
    assert icons(html, "on") == [26, 47, 17, 69]
    assert icons(html, "off") == [74, 53, 83, 31]
    page_words = words(html)
    assert "21 more in 100" in page_words
    assert "none to 43 more" in page_words
    assert "very low" in page_words
    assert page_words.count("of 100") >= 4
    # Event and non-event, with words for those who do not see the picture.
    assert html.count('role="img"') == 4
    assert "26 of 100 people are filled in: felt at least half better with midazolam" in html


def test_scatter_and_thousand_say_what_they_do_to_the_eye(panel):
    panel.controls["layout"].value = "scattered"
    assert "Price 2022 (icon arrays)" in words(panel.figure.value) or "Price 2022" in words(
        panel.figure.value
    )
    panel.controls["benefit"].value = "transform2_response"
    assert panel.controls["harm"].value == "transform_severe" == nearest_harm("transform2_response")
    panel.controls["denominator"].value = "1000"
    assert icons(panel.figure.value, "on") == [520, 693, 36, 120]
    assert "riskier" in words(panel.figure.value)


def test_severe_and_any_are_told_apart(panel):
    panel.controls["harm"].value = "aspire_dissociation"
    text = words(panel.figure.value)
    assert "any severity" in text
    assert "Severe only, in other trials" in text
    assert "4 of 100 with esketamine spray, 0 with placebo spray" in text


def test_the_saved_page_is_whole_and_loads_nothing(panel):
    panel.controls["benefit"].value = "su_thoughts_240"
    html = saved(panel.figure.value)
    assert html.startswith("<!DOCTYPE html>")
    assert "<script" not in html
    assert not re.search(r'src=|url\(|@import|href="(?!https://|#trd-person)', html)
    assert icons(html, "on") == [7, 33, 17, 69]
    assert "off-label" in html
    assert "988" in html
    assert "988" in words(panel.figure.value)
    panel.controls["benefit"].value = "dean_midazolam"
    assert "988" not in saved(panel.figure.value)


def test_every_choice_can_be_drawn(panel):
    for name in ("benefit", "harm", "layout", "denominator"):
        for option in panel.controls[name].spec["options"]:
            panel.controls[name].value = option[0]
            assert "could not be drawn" not in panel.figure.value
            assert panel.words.value
    panel.show_data.value = True
    assert "People in the study" in panel.data.value
    panel.show_data.value = False
    assert all(control.spec["label"] for control in panel.controls.values())
    # Another test of the same process may have loaded it; a panel draws without it.
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []


def test_comparisons_that_were_not_checked_stay_out():
    unchecked = {key for key, each in comparisons().items() if not each.checked}
    assert "com-e-zarate-response" in unchecked
    used = {row.removesuffix("-treatment") for each in facts().values() for row in each.rows}
    assert not used & unchecked


def test_what_a_control_changed_is_said_beside_the_controls():
    panel = icon_array()
    start = panel.figure.value
    assert start.index("The harm changes with the benefit") < start.index('trd-pair"')
    panel.controls["denominator"].value = "1000"
    asked = panel.figure.value
    assert asked.index("Still drawn: 100.") < asked.index('trd-pair"')
    panel.controls["harm"].value = "su_dizziness"
    assert "You picked this harm" in panel.figure.value


def test_a_difference_before_rounding_is_said_beside_it_and_read_as_about():
    half = page("dean_saline", harms()[0].key).benefit
    assert half.difference == "19 more"
    assert half.rounded.startswith("Differences are taken before rounding: 27 and 9 are rounded")
    assert "That is about 19 more" in half.aloud


def test_the_page_to_print_is_made_for_one_sheet():
    made = paper(page("dean_midazolam", "su_derealisation"))
    assert "@page { size:A4" in made
