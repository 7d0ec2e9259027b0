"""Lesson 3: what suicide risk found at screening leads to, and its panel."""

from __future__ import annotations

import itertools
import re
import sys
from html import unescape

import pytest

from trd.evidence import rows
from trd.screening import HEADLINES, Candidate, evidence_rows, screen
from trd.screening.panels import suicide_pathway
from trd.screening.suicide_pathway import (
    BEHAVIOURS,
    LEVELS,
    PLANS,
    SETTINGS,
    WHENS,
    fading,
    is_high,
    pathway,
)
from trd.screening.views.suicide_pathway import WARD_HEADLINE

EVERY = list(itertools.product(LEVELS, BEHAVIOURS, SETTINGS, (False, True), PLANS))


def said(found):
    return " ".join(step.what for step in found.steps)


@pytest.mark.parametrize("case", EVERY)
def test_the_disposition_is_the_rules_own(case):
    level, behaviour, setting, cleared, plan = case
    found = pathway(level, behaviour, setting, cleared, plan)
    recent = {"none": False, "recent": True, "not-asked": None}[behaviour]
    assert found.screening == screen(
        Candidate(
            cssrs_ideation=level,
            suicidal_behaviour_3mo=recent,
            setting=setting,
            risk_cleared=cleared,
        )
    )
    order = list(WHENS)
    assert [order.index(step.when) for step in found.steps] == sorted(
        order.index(step.when) for step in found.steps
    )
    assert all(step.who and step.what for step in found.steps)
    assert all(name in evidence_rows() for step in found.steps for name in step.evidence)
    assert found.steps[-1].when == "visits"
    assert sum(place.here for place in found.places) == (behaviour != "not-asked")


@pytest.mark.parametrize("case", EVERY)
def test_in_an_emergency_nobody_is_left_alone_and_nothing_waits_for_ketamine(case):
    found = pathway(*case)
    words = said(found)
    if "E1" in found.screening.reasons:
        assert "not left alone" in found.steps[0].what
        assert "the same day" in words
        assert "No infusion today" in words
        assert not [step for step in found.steps if step.when == "after"]
    if "R1" in found.screening.reasons:
        assert "full risk assessment" in words
        assert not [step for step in found.steps if step.when == "after"]
    if case[0] is None or case[1] == "not-asked":
        assert not [step for step in found.steps if step.when == "after"]
        assert "Unknown is never" in words
        assert found.screening.disposition != "ELIGIBLE"


# Audit row A15: thoughts of suicide call for a risk assessment the same day.
@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize(
    ("level", "behaviour", "cleared"),
    [(1, "none", False), (2, "none", False), (3, "none", False), (1, "recent", True)],
)
def test_whoever_does_not_need_an_emergency_is_assessed_the_same_day_all_the_same(
    level, behaviour, cleared, setting, plan
):
    found = pathway(level, behaviour, setting, cleared, plan)
    assert found.screening.conditions == ("F1",)
    assessed = next(n for n, step in enumerate(found.steps) if "isk assessment" in step.what)
    going = next(n for n, step in enumerate(found.steps) if step.when == "before-leaving")
    assert found.steps[assessed].when == "today"
    assert assessed < going
    assert any("no all-clear" in words or "high band" in words for words in found.remarks)
    # Somebody is in touch with people who get no infusion as well.
    assert any(
        step.when == "before-leaving" and "also when no infusion follows" in step.what
        for step in found.steps
    )
    assert "risk assessment the same day" in evidence_rows()["screen-rule-low-risk"].statement


@pytest.mark.parametrize("level", [4, 5])
def test_intent_on_a_ward_does_not_wait_for_what_was_not_asked(level):
    words = said(pathway(level, "not-asked", "in", False))
    assert "Stay with the person" in words
    assert "Tell the ward’s psychiatrist" in words
    assert "full risk assessment" in words
    assert "Ask what has not been asked" in words


@pytest.mark.parametrize("level", [1, 2, 3])
@pytest.mark.parametrize("setting", ["out", "in"])
def test_thoughts_are_assessed_though_behaviour_was_not_asked(level, setting):
    assert "If it worries you, act as for a high level" in said(
        pathway(level, "not-asked", setting, False)
    )


def test_without_such_thoughts_no_assessment_is_made_up():
    found = pathway(0, "none", "out", False)
    assert "isk assessment" not in said(found)
    assert found.remarks == ()


def test_nobody_at_high_risk_is_left_alone_on_the_way_to_help():
    for level, behaviour, cleared in (
        (5, "none", False),
        (5, "recent", False),
        (2, "recent", True),
    ):
        first = pathway(level, behaviour, "in", cleared).steps[0]
        assert (first.when, first.what) == (
            "now",
            "Stay with the person until the ward has taken over.",
        )
    assert "If the person wants to go, keep company" in said(pathway(5, "none", "out", False))


def test_one_level_four_places():
    # Level 2: rule E1 (outpatient, behaviour, no clearance), R1 (inpatient), F1 otherwise.
    assert pathway(2, "recent", "out", False).screening.reasons == ("E1",)
    assert pathway(2, "recent", "in", False).screening.reasons == ("R1",)
    assert pathway(2, "recent", "out", True).screening.reasons == ()
    assert pathway(2, "none", "out", False).screening.conditions == ("F1",)
    # An inpatient with behaviour and intent is R1 too.
    assert pathway(5, "recent", "in", False).screening.reasons == ("R1",)
    # Clearance does not undo intent.
    found = pathway(4, "recent", "out", True)
    assert found.screening.reasons == ("E1",)
    assert any("does not undo intent" in remark for remark in found.remarks)


# Columbia triage (row screen-cssrs-high): level 4 or 5, or behaviour in three months.
def test_high_band():
    assert is_high(4, "none") is True
    assert is_high(3, "none") is False
    assert is_high(0, "recent") is True
    assert is_high(None, "recent") is True
    assert is_high(None, "none") is None
    assert is_high(2, "not-asked") is None
    assert "intent" in evidence_rows()["screen-cssrs-4-intent"].statement


def test_no_barrier_is_not_low_risk():
    found = pathway(5, "none", "in", False)
    assert found.screening.disposition == "ELIGIBLE"
    assert "does not mean low risk" in " ".join(found.remarks)
    assert "ward’s observation and care come first" in said(found)
    assert "addition" in said(found)
    assert "A risk assessment of today" in said(found)
    assert any("no go-ahead" in note for note in found.screening.notes)
    assert pathway(5, "recent", "in", True).screening.notes
    assert not pathway(5, "none", "out", False).screening.notes
    (note,) = pathway(3, "none", "in", False).screening.notes
    assert "assesses the risk today" in note
    assert "no all-clear" in note
    assert not pathway(0, "none", "in", False).screening.notes
    assert "Ask once more before discharge" in " ".join(pathway(1, "none", "in", False).remarks)


def test_calls_and_plan_follow_the_rows():
    table = evidence_rows()
    call = rows()["screen-rule-call"]
    assert (call.low, call.high) == ("24", "72")
    assert table["screen-rule-call-week"].value == "7"
    words = said(pathway(2, "none", "out", False))
    assert "24 to 72 hours" in words
    assert "day 7" in words
    assert "Write a safety plan" in words
    assert "still right?" in said(pathway(2, "none", "out", False, "written"))
    assert "never takes the place" in said(pathway(5, "none", "out", False, "written"))
    assert "safety plan is made for everybody" in said(pathway(0, "none", "out", False))


# Su 2023: free of suicidal thoughts, ketamine against midazolam, 42 people a group.
def test_fading_is_the_published_one():
    assert [(p.ketamine_pct, p.midazolam_pct) for p in fading()] == [
        (33, 7),
        (33, 10),
        (19, 12),
        (17, 17),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        (6, "none", "out", False),
        (-1, "none", "out", False),
        (True, "none", "out", False),
        (2, "often", "out", False),
        (2, "none", "home", False),
        (2, "none", "out", False, "later"),
    ],
)
def test_impossible_findings_are_refused(wrong):
    with pytest.raises(ValueError, match="must be"):
        pathway(*wrong)


# The panel


@pytest.fixture
def panel():
    return suicide_pathway()


def words_of(panel):
    return unescape(panel.words.value)


def test_note_comes_first_and_help_last_even_when_the_drawing_fails(panel, monkeypatch):
    assert "Content note" in panel.children[1].value
    last = panel.children[-1].value
    for words in ("If this touches you", "yourself", "988", "116 123", "findahelpline.com"):
        assert words in last
    monkeypatch.setattr(panel.view, "html", lambda result: 1 / 0)
    panel.refresh()
    assert "trd-card" in panel.figure.value
    assert "116 123" in panel.children[-1].value


def test_start_is_a_low_level_that_is_an_emergency_all_the_same(panel):
    assert HEADLINES["REFER-EMERGENCY"] in words_of(panel)
    assert "The level alone would not do it" in panel.figure.value
    panel.controls["setting"].value = "in"
    assert HEADLINES["REFER"] in words_of(panel)
    panel.controls["cleared"].value = True
    # With a clearance the rule names no barrier, and the panel does not let it read as a yes.
    assert panel.result.screening.disposition == "ELIGIBLE"
    assert "high band" in panel.figure.value
    assert WARD_HEADLINE in words_of(panel)
    assert HEADLINES["ELIGIBLE"] not in words_of(panel) + unescape(panel.figure.value)


def test_intent_on_a_ward_never_reads_as_a_go_ahead(panel):
    panel.controls["setting"].value = "in"
    for level, behaviour, cleared in itertools.product("45", ("none", "recent"), (False, True)):
        panel.controls["level"].value = level
        panel.controls["behaviour"].value = behaviour
        panel.controls["cleared"].value = cleared
        page = unescape(panel.figure.value) + words_of(panel)
        assert HEADLINES["ELIGIBLE"] not in page
        assert "go on to specialist consent" not in page
        assert "No barrier by this rule (" not in panel.more.value.split("you are here")[1]
        if panel.result.screening.disposition == "ELIGIBLE":
            assert "The ward’s care first" in page
            assert "no go-ahead" in page


def test_where_one_is_stands_among_the_places(panel):
    assert panel.more.value.count("you are here") == 1
    assert "Emergency, same day (E1 F1)" in panel.more.value
    panel.controls["behaviour"].value = "not-asked"
    assert "you are here" not in panel.more.value
    assert "Ask what has not been asked" in words_of(panel)


def test_promises_carry_their_denominators(panel):
    page = re.sub(r"<[^>]+>", "", panel.more.value)
    table = rows()
    for words in (
        "167 people in 10 trials",
        "0.48 to 0.85",
        "42 people a group",
        "prevention of suicide is not shown",
        "8 of 73 with ketamine, 6 of 83 with saline",
        "6.0 % of 537 people",
        "8.4 % more depression",
        "537 of 9,016",
    ):
        assert words in page
    assert table["screen-ipd-low"].n == "167"
    assert "9016" in table["screen-clinic-worse-ideation"].population
    for name in ("Wilkinson 2018", "Su 2023", "Abbar 2022", "McInnes 2022"):
        assert name in page


def test_no_wording_of_the_scale_and_no_method(panel):
    words = []
    for case in EVERY:
        found = pathway(*case)
        words += [step.what for step in found.steps] + list(found.remarks)
    text = " ".join([*words, panel.more.value, *panel.children[1].value.split()]).lower()
    text += " ".join(o[1] for o in panel.controls["level"].spec["options"])
    for banned in (
        "wish to be dead",
        "have you",
        "pills",
        "overdose",
        "hanging",
        "firearm",
        "jump",
        "committed",
        "successful",
        "approved",
        "suitable",
    ):
        assert banned not in text


def test_every_setting_draws(panel):
    panel.show_data.value = True
    options = [
        [o[0] for o in panel.controls[name].spec["options"]]
        for name in ("level", "behaviour", "setting", "plan")
    ]
    for level, behaviour, setting, plan in itertools.product(*options):
        for name, value in (
            ("level", level),
            ("behaviour", behaviour),
            ("setting", setting),
            ("plan", plan),
        ):
            panel.controls[name].value = value
        for cleared in (True, False):
            panel.controls["cleared"].value = cleared
            for page in (panel.figure.value, panel.more.value, panel.data.value):
                assert "trd-card" not in page
            assert panel.words.value


def test_reset_labels_and_no_pyplot(panel):
    panel.controls["level"].value = "5"
    panel.reset()
    assert panel.controls["level"].value == "2"
    assert all(control.spec["label"] for control in panel.controls.values())
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []
