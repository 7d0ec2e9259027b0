"""Lesson 4: a reader's own calendar of checks, and the panel on the long watch."""

from __future__ import annotations

import itertools
import re
import sys

import pytest

from trd.monitoring import long_term as watch
from trd.monitoring.evidence import evidence_rows
from trd.monitoring.panels.long_term import long_term_watch
from trd.monitoring.views.long_term import VOICES, finding_words

YEAR = watch.visits("lengthening", 12)


def gap(course, name, how):
    own = watch.own_days(course, {name: how})
    return next(each for each in watch.check(course, own) if each.area.name == name)


# The calendar


@pytest.mark.parametrize(
    ("rhythm", "start"),
    [
        ("lengthening", (24, 31, 45, 59, 80, 101, 129, 157)),
        ("monthly", (45, 73, 101)),
        ("weekly", (24, 31, 38)),
        ("twice", (21, 24, 28, 31)),
    ],
)
def test_rhythms_begin_with_six_infusions_in_three_weeks(rhythm, start):
    found = watch.visits(rhythm, 12).visit_days
    assert found[:6] == (0, 3, 7, 10, 14, 17)
    assert found[6 : 6 + len(start)] == start
    assert found[-1] <= 12 * 28 < found[-1] + 29


def test_how_often_becomes_days():
    own = watch.own_days(
        YEAR, {"bladder": "visit", "urine": "3", "liver": "once", "misuse": "never"}
    )
    assert own["bladder"] == YEAR.visit_days
    assert own["urine"] == (0, 80, 168, 252)  # moved to a visit within a week
    assert own["liver"] == (0,)
    assert own["misuse"] == ()


@pytest.mark.parametrize(
    ("name", "how", "in_order"),
    [
        ("bladder", "visit", True),
        # Six infusions fall into the first three weeks.
        ("bladder", "1", False),
        ("pressure", "1", False),
        ("bladder", "3", False),
        ("urine", "3", True),
        ("urine", "6", False),
        ("cognition", "6", True),
        ("cognition", "12", False),
        ("liver", "3", True),
        # Its waits are short enough; the first control is due at 3 months.
        ("liver", "6", False),
        ("liver", "once", False),
        ("misuse", "never", False),
    ],
)
def test_which_intervals_this_course_lets_pass(name, how, in_order):
    assert gap(YEAR, name, how).in_order is in_order


def test_more_infusions_bring_the_liver_tests_closer():
    often = watch.visits("twice", 12)
    assert gap(often, "liver", "3").in_order
    assert gap(often, "liver", "6").longest_days > gap(often, "liver", "6").allowed_days
    assert gap(YEAR, "liver", "6").longest_days <= gap(YEAR, "liver", "6").allowed_days


def test_raised_and_below_the_limit():
    found = watch.Findings
    assert watch.below_limits(found(liver_x_uln=2, craving=3)) == ("liver test", "craving")
    assert watch.below_limits(found(liver_x_uln=1, craving=0)) == ()
    assert watch.below_limits(found(liver_x_uln=3)) == ("liver test",)
    assert watch.below_limits(found(liver_x_uln=3.5, craving=5)) == ()
    assert watch.below_limits(found()) == ()


@pytest.mark.parametrize(
    "call",
    [
        lambda: watch.visits("hourly", 12),
        lambda: watch.visits("weekly", 40),
        lambda: watch.own_days(YEAR, {"liver": "sometimes"}),
        lambda: watch.own_days(YEAR, {"hair": "once"}),
        lambda: watch.own_days(YEAR, {"hair": "visit"}),
    ],
)
def test_impossible_calendars_are_refused(call):
    with pytest.raises(ValueError, match=r"There is no|between"):
        call()


# The panel


@pytest.fixture
def panel():
    return long_term_watch()


def text(page):
    return re.sub(r"<[^>]+>", " ", page.split("</style>")[-1])


def test_the_start_has_holes_and_filling_them_closes_them(panel):
    assert "6 of 8 lines have a gap" in panel.words.value
    fill = {
        "bladder": "visit",
        "urine": "3",
        "liver": "3",
        "misuse": "visit",
        "prescriptions": "3",
        "review": "3",
    }
    for name, how in fill.items():
        panel.controls[name].value = how
    assert "no line of yours waits too long" in panel.words.value
    panel.controls["liver"].value = "6"
    assert "first control late" in panel.figure.value
    assert "With a gap: Liver tests" in panel.words.value


def test_setting_something_brings_its_sources_into_sight(panel):
    panel.controls["liver"].value = "3"
    assert panel.controls["closely"].value == "liver"
    page = panel.more.value
    assert "Liver tests: whose advice?" in page
    for words in ("Cotter 2021", "reported by", "own convention", "no source sets a cadence"):
        assert words in page


@pytest.mark.parametrize(
    ("control", "answer", "words", "action"),
    [
        ("urinary", "persist", "Maintenance stops", "refer to urology"),
        ("liver_test", "4", "Maintenance stops", "above 3 times the limit"),
        ("craving", "5", "Maintenance stops", "no blame"),
        ("supply", "elsewhere", "Maintenance stops", "addiction advice"),
        ("thinking", "yes", "Maintenance stops", "Thinking has declined"),
        ("benefit", "no", "Maintenance stops", "exit plan"),
        ("intent", "yes", "Today", "psychiatric assessment today"),
        ("state", "yes", "Today", "Mania or psychosis"),
    ],
)
def test_each_finding_that_stops_maintenance(panel, control, answer, words, action):
    panel.controls["urinary"].value = "no"
    assert "Nothing found stops maintenance" in panel.more.value
    panel.controls[control].value = answer
    assert words in panel.more.value
    assert action in panel.more.value


def test_new_symptoms_ask_for_a_test_first(panel):
    assert "waits for its test" in panel.more.value
    assert "think of ketamine as well as infection" in panel.more.value
    assert "whether urinary symptoms persist" in panel.more.value


def test_not_asking_is_no_reason_to_go_on(panel):
    for name in (
        "urinary",
        "liver_test",
        "craving",
        "supply",
        "thinking",
        "state",
        "intent",
        "benefit",
    ):
        panel.controls[name].value = "open"
    assert "no reason to go on" in finding_words(panel.result)
    assert len(panel.result.missing) == 10


def test_raised_below_the_limit_is_named_without_a_rule(panel):
    panel.controls["liver_test"].value = "3"
    assert "liver test" in panel.result.between
    assert "No rule is set for it" in panel.more.value


def test_pregnancy_tests_come_and_go(panel):
    panel.show_data.value = True
    assert "Pregnancy test" not in panel.data.value
    panel.controls["pregnancy"].value = True
    assert panel.data.value.count("Pregnancy test") > 10


def test_dates_count_from_infusion_one(panel):
    panel.show_data.value = True
    rows = panel.view.table(panel.result).rows
    assert rows[0][:3] == ["Before infusion 1", "0", "before 1"]
    assert all(row[0] == f"Week {int(row[1]) // 7}" for row in rows[1:])
    assert "Urine test" in next(row[3] for row in rows if row[0] == "Week 11")


def test_every_area_has_voices_in_the_table():
    table = evidence_rows()
    assert set(VOICES) == {each.name for each in watch.areas()}
    for each in watch.areas():
        assert each.row in table
        assert all(name in table for name in VOICES[each.name])


def test_every_setting_draws(panel):
    panel.show_data.value = True
    choices = {
        name: [option[0] for option in control.spec["options"]]
        for name, control in panel.controls.items()
        if "options" in control.spec
    }
    longest = max(map(len, choices.values()))
    for step, tick in zip(range(longest), itertools.cycle([True, False]), strict=False):
        for name, values in choices.items():
            panel.controls[name].value = values[step % len(values)]
        panel.controls["pregnancy"].value = tick
        for page in (panel.figure.value, panel.more.value, panel.data.value):
            assert "trd-card" not in page
        assert panel.words.value
    assert all(control.spec["label"] for control in panel.controls.values())


def test_nobody_is_called_safe_and_support_stays(panel):
    assert not re.search(r"\b(safe|cleared)\b", text(panel.figure.value + panel.more.value))
    assert "116 123" in panel.children[-1].value


def test_every_label_stands_above_its_list(panel):
    assert "trd-watch" in panel._dom_classes
    assert ".trd-watch .trd-select > label { flex:1 0 100%; }" in panel.figure.value


def test_reset_and_no_pyplot(panel):
    panel.controls["rhythm"].value = "twice"
    panel.reset()
    assert panel.controls["rhythm"].value == "lengthening"
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []
