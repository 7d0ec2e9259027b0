"""Lesson 4: eight people at the door, and the panel that asks whether they go home."""

from __future__ import annotations

import re
import sys

import pytest

from trd.monitoring import at_the_door as door
from trd.monitoring.discharge import CRITERIA, RULES, decide
from trd.monitoring.evidence import evidence_rows
from trd.monitoring.orders import order_set
from trd.monitoring.panels.discharge import ready_to_go_home
from trd.monitoring.parameters import numbers
from trd.monitoring.schemes import SCHEMES
from trd.monitoring.views.discharge import SHORT, message

KEYS = [each.key for each in door.PEOPLE]


def at(key, step=door.LOOKED, **more):
    return door.at_the_door(key, step=step, **more)


def lets_go(found):
    return {each.rule for each in found.decisions if each.home}


# The people


@pytest.mark.parametrize(
    ("key", "unmet", "shortcuts"),
    [
        ("unsteady", {"gait"}, {"clock", "vitals"}),
        ("not-asked", {"intent"}, {"clock", "vitals"}),
        ("keys", {"escort", "driving"}, {"clock", "vitals"}),
        ("climbing", {"pressure"}, {"clock"}),
        ("two-hours", set(), {"course", "clock", "vitals"}),
        ("as-before", set(), {"course", "clock", "vitals"}),
    ],
)
def test_each_person_shows_one_thing(key, unmet, shortcuts):
    found = at(key)
    assert set(found.decisions[0].unmet) == unmet
    assert lets_go(found) == shortcuts


def test_the_two_hours_of_the_esketamine_programme_are_not_this_courses():
    early = at("two-hours")
    assert early.minute < 120
    assert early.best == door.HOME and "rems" not in lets_go(early)
    assert at("two-hours", minute=120).spans["rems"][0][0] == 120
    # Two hours up, and still nobody for the road: drowsy, low on air.
    late = at("oxygen")
    assert late.minute >= 120
    assert {"saturation", "alert"} <= set(late.decisions[0].unmet)
    assert lets_go(late) == {"clock"}


def test_oxygen_hides_what_air_shows():
    on, off = at("oxygen", door.HANDED_OVER).now, at("oxygen").now
    assert not on.on_air and on.spo2 == 98
    assert off.on_air and off.spo2 < off.baseline_spo2 - 1


def test_only_asking_finds_the_plan_and_nothing_else_answers_it():
    sheet = at("not-asked", door.HANDED_OVER)
    assert sheet.decisions[0].unknown == ("intent",) and not sheet.decisions[0].unmet
    for minute in (106, 140, door.LAST_MIN):
        for step in (door.LOOKED, door.ARRANGED):
            found = at("not-asked", step, minute=minute)
            assert found.best == door.ASSESS
            assert found.ready_min is None
    assert at("not-asked").spans["course"] == ()
    assert next(
        each for each in at("not-asked").lines if each.criterion.code == "intent"
    ).needs == ("person")


def test_time_looking_and_arranging_each_change_their_own_lines():
    needs = {
        each.criterion.code: each.needs
        for each in at("oxygen", door.HANDED_OVER).lines
        if each.needs
    }
    assert needs["alert"] == needs["saturation"] == "time"
    assert needs["intent"] == needs["drinks"] == "look"
    assert needs["cannula"] == needs["advice"] == "arrange"
    assert at("keys", door.ARRANGED).best == door.HOME
    assert at("keys", minute=door.LAST_MIN).best == door.WAIT


@pytest.mark.parametrize("key", KEYS)
def test_ready_is_the_first_minute_at_which_the_order_set_lets_go(key):
    found = at(key)
    if found.ready_min is None:
        return
    who = door.person(key)
    assert decide(door.recovery(who, found.ready_min, door.ARRANGED)).home
    for minute in range(found.minute, found.ready_min):
        assert not decide(door.recovery(who, minute, door.ARRANGED)).home


@pytest.mark.parametrize("key", KEYS)
def test_nobody_recovers_backwards(key):
    who = door.person(key)
    last = None
    for minute in range(door.FIRST_MIN, door.LAST_MIN + 1, 5):
        now = door.recovery(who, minute, door.LOOKED)
        if last is not None:
            for name, way in (("cadss", -1), ("steady_gait", 1), ("moaas", 1), ("oriented", 1)):
                assert way * (getattr(now, name) - getattr(last, name)) >= 0
        last = now


def test_below_140_90_and_still_climbing_does_not_count():
    found = at("climbing")
    assert found.now.systolic < 140 and found.now.diastolic < 90
    # Twice what a cuff's error makes of the difference between two readings of one pressure.
    error = numbers("instruments")["noise_sbp_mmhg"] * 2**0.5
    assert found.now.systolic - found.earlier[0] > 2 * error
    assert "pressure" in found.decisions[0].unmet


@pytest.mark.parametrize(
    "call",
    [
        lambda: door.person("nobody"),
        lambda: door.at_the_door("keys", 39),
        lambda: door.at_the_door("keys", 181),
        lambda: door.at_the_door("keys", step="guessed"),
        lambda: door.at_the_door("keys", choice="maybe"),
    ],
)
def test_impossible_doors_are_refused(call):
    with pytest.raises(ValueError, match=r"There is no|between"):
        call()


# The panel


@pytest.fixture
def panel():
    return ready_to_go_home()


def text(page):
    return re.sub(r"<[^>]+>", " ", page.split("</style>")[-1])


def test_nothing_is_given_away_before_the_decision(panel):
    page = panel.figure.value + panel.more.value + panel.words.value
    assert "nobody has looked" in page
    for word in ("not met", "not known", "order set keeps", "alone"):
        assert word not in text(panel.figure.value)
    panel.show_data.value = True
    assert "Read by" not in panel.data.value


def test_the_list_is_the_one_of_the_order_set_and_of_the_chairside(panel):
    (home,) = (each.text for each in order_set("After") if each.text.startswith("Home:"))
    listed = text(panel.children[-2].value)
    assert "CADSS 4 or less" in home and "or as before" in home
    assert "CADSS 4 or less, or as before" in listed
    for piece in ("drinks without vomiting", "cannula out", "escort there", "oriented"):
        assert piece in home and piece in listed
    assert "advice in writing" in home and "written advice" in listed
    (marked,) = (each for each in SCHEMES["routine"].rules if each.key == "home")
    assert "nine criteria" in marked.rule and "marks nine of these" in listed


def test_the_decision_opens_criterion_rule_and_clock(panel):
    panel.controls["choice"].value = "home"
    page = text(panel.figure.value)
    assert "The order set keeps Mr C." in page and "not known: gait" in page
    assert "The clock alone" in page and "lets go now" in page
    assert "from minute 118" in panel.words.value
    assert "Not until the next day" in panel.more.value
    assert "van de Loo 2017" in panel.more.value and "Hayley 2018" in panel.more.value
    assert "no rates of any clinic" in panel.more.value


def test_moving_the_clock_turns_the_answer(panel):
    panel.controls["choice"].value = "home"
    panel.controls["step"].value = "looked"
    assert "holds on to the wall" in panel.figure.value
    panel.controls["minute"].value = 117
    assert "✗" in panel.figure.value.split("trd-verdict")[-1][:200]
    panel.controls["minute"].value = 118
    assert "nothing on the list stands in the way" in panel.figure.value


def test_another_person_starts_undecided_where_the_story_starts(panel):
    panel.controls["choice"].value = "wait"
    panel.controls["who"].value = "bus"
    assert panel.values() == {
        "who": "bus",
        "minute": door.person("bus").minute,
        "step": "handed-over",
        "choice": "undecided",
    }


@pytest.mark.parametrize(
    ("key", "step", "choice", "kind", "words"),
    [
        ("not-asked", "looked", "home", "bad", "does not wait for tomorrow"),
        ("not-asked", "looked", "wait", "bad", "waiting is not enough"),
        ("not-asked", "looked", "assess", "good", "psychiatrist assesses now"),
        ("not-asked", "handed-over", "home", "bad", "not known: suicide risk"),
        ("two-hours", "handed-over", "wait", "info", "by whose rule"),
        ("two-hours", "handed-over", "assess", "info", "no new intent or plan"),
        ("keys", "arranged", "home", "good", "nothing on the list"),
        ("keys", "looked", "wait", "good", "escort, driving"),
        ("keys", "looked", "assess", "info", "escort, driving"),
    ],
)
def test_every_answer_is_answered(key, step, choice, kind, words):
    found = message(at(key, step, choice=choice))
    assert found[0] == kind
    assert words in found[1]


def test_every_setting_draws_and_nobody_is_called_safe(panel):
    panel.show_data.value = True
    for who in KEYS:
        panel.controls["who"].value = who
        for step in door.STEPS:
            panel.controls["step"].value = step
            for choice in door.CHOICES:
                panel.controls["choice"].value = choice
                for page in (panel.figure.value, panel.more.value, panel.data.value):
                    assert "trd-card" not in page
                    assert not re.search(r"\b(safe|fit to go|approved)\b", text(page))
                assert panel.words.value
        for minute in (40, 180):
            panel.controls["minute"].value = minute
            assert "trd-card" not in panel.figure.value


def test_content_note_support_and_caution_stay(panel):
    fixed = " ".join(getattr(child, "value", "") for child in panel.children if child is not None)
    assert "Content note" in fixed and "116 123" in fixed
    assert "not for patient care" in fixed
    # Support lines stand last, the note before the first control.
    assert "if you yourself have such thoughts" in panel.children[-1].value


def test_every_line_has_a_name_a_row_and_a_label(panel):
    table = evidence_rows()
    for each in CRITERIA:
        assert each.code in SHORT
        assert each.row in table
        # What is called verified rests on a verified row; a course rule may have a verified reason.
        assert each.status != "verified" or table[each.row].status == "verified"
    assert set(RULES) == set(at("keys").spans)
    assert all(control.spec["label"] for control in panel.controls.values())


def test_data_reset_and_no_pyplot(panel):
    panel.controls["choice"].value = "wait"
    panel.show_data.value = True
    assert panel.data.value.count('<th scope="row">') == len(CRITERIA)
    panel.reset()
    assert panel.controls["choice"].value == "undecided"
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []
