"""Lesson 5: other uses, graded by the course's rule, and the panel."""

from __future__ import annotations

import itertools
import re
import sys
from html import unescape

import pytest

from trd.communication.indications import (
    COMPARATORS,
    GRADES,
    NEXT,
    PREVENTION,
    USES,
    Standing,
    after,
    grade,
    next_trial,
    use,
)
from trd.communication.panels.indications import other_indications
from trd.rows import read

TABLE = {
    key: row
    for name in ("communication", "communication_trials", "communication_effects", "screening")
    for key, row in read(name).items()
}


# The rule


@pytest.mark.parametrize("each", USES, ids=[each.key for each in USES])
def test_the_rule_gives_the_grade_that_stands_in_the_table(each):
    row = TABLE[each.grade_row]
    assert row.status == "teaching-assumption"
    assert f"grade {each.grade} in this course" in row.statement
    assert each.comparator in COMPARATORS
    assert each.change
    for name in (*each.found_rows, *each.against_rows):
        assert TABLE[name].status != "from-knowledge"


def test_the_rule_counts_people_that_stand_in_rows():
    # Cochrane 2021: 185 and 296; KARMA-Dep 2 62, Lii 2023 40, Ionescu 2019 26.
    trd = use("trd").standing
    found = int(TABLE["com-t-cochrane-saline-people"].value) + int(
        TABLE["com-t-cochrane-midazolam-people"].value
    )
    assert trd.people == found == 481
    null = ("com-t-karma-madrs", "com-t-lii-madrs", "com-t-ionescu-result")
    assert trd.null_people == sum(int(TABLE[name].n) for name in null)
    assert use("ideation").standing.people == int(TABLE["com-use-ideation-low"].n)
    assert use("ptsd").standing.null_people == int(TABLE["com-use-ptsd-2022"].n)
    assert use("ptsd").standing.people == int(TABLE["com-use-ptsd-2014"].n) + 30
    assert use("bipolar").standing.people == int(TABLE["com-use-bipolar-ketamine"].n)
    ocd = ("com-use-ocd-ketamine", "com-use-ocd-saline")
    assert use("ocd").standing.people == sum(int(TABLE[name].n) for name in ocd)


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (Standing(0, 0), "D"),
        (Standing(0, 0, 500), "D"),
        (Standing(1, 500), "C"),
        (Standing(2, 99), "C"),
        (Standing(2, 100), "B"),
        (Standing(2, 100, 49), "B"),
        (Standing(2, 100, 50), "C"),
        (Standing(3, 300, 0, 1), "B"),
        (Standing(3, 300, 0, 2), "A"),
        (Standing(3, 300, 200, 2), "C"),
    ],
)
def test_grades(standing, expected):
    assert grade(standing) == expected
    assert expected in GRADES


def moved(key):
    trial = next_trial(key)
    return {each.key: grade(after(each.standing, trial)) for each in USES}


def test_a_series_without_comparator_moves_nothing():
    assert moved("open") == moved("none") == {each.key: each.grade for each in USES}


def test_what_one_more_trial_does():
    assert moved("nothing")["trd"] == "C"
    assert moved("nothing")["ideation"] == "C"
    helps = moved("helps")
    # One trial that helps does not undo the largest one, which found nothing.
    assert helps["ptsd"] == "C"
    assert helps["ocd"] == "B"
    assert helps["gad"] == "C"
    assert "A" not in helps.values()
    assert moved("lasts")["trd"] == "A"


def test_what_is_not_there_is_refused():
    with pytest.raises(ValueError, match="no use"):
        use("sleep")
    with pytest.raises(ValueError, match="no next trial"):
        next_trial("more")


# The panel


@pytest.fixture
def panel():
    return other_indications()


def words(html):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_start_sorts_the_advertisement(panel):
    page = words(panel.figure.value)
    assert "2 graded B, 4 C, 1 D, none A. All of them off-label." in page
    for expected in ("158 people, no effect on PTSD", "4 of 8 responded", "28.9 times"):
        assert expected in page
    more = words(panel.more.value)
    assert "What would change the grade" in more
    assert "interval 0.67 to 6.15" in more


def test_preventing_suicide_is_always_there_as_not_shown(panel):
    assert all(name in TABLE for name in PREVENTION[1])
    for each in USES:
        panel.controls["closely"].value = each.key
        assert "Preventing suicide: not shown" in words(panel.more.value)
    assert "116 123" in panel.children[-1].value


def test_filters_narrow_the_list_and_the_close_look_follows(panel):
    panel.controls["grade"].value = "D"
    assert "Generalised anxiety" in words(panel.figure.value)
    assert "Bipolar" not in words(panel.figure.value)
    assert panel.controls["closely"].value == "gad"
    panel.controls["comparator"].value = "saline"
    assert "No use passes both filters" in words(panel.figure.value)


def test_a_supposed_trial_is_read_in_words(panel):
    panel.controls["trial"].value = "open"
    assert "Not one grade moves" in words(panel.words.value)
    panel.controls["trial"].value = "nothing"
    assert "Treatment-resistant depression B → C" in words(panel.words.value)
    assert "stays C" in words(panel.figure.value)


def test_every_setting_draws(panel):
    panel.show_data.value = True
    options = {
        name: [option[0] for option in panel.controls[name].spec["options"]]
        for name in panel.controls
    }
    for grade_, comparator, trial in itertools.product(
        options["grade"], options["comparator"], options["trial"]
    ):
        for name, value in (("grade", grade_), ("comparator", comparator), ("trial", trial)):
            panel.controls[name].value = value
        assert "trd-card" not in panel.figure.value + panel.more.value + panel.data.value
        assert panel.words.value
    assert len(NEXT) == len(options["trial"])


def test_labels_reset_and_no_pyplot(panel):
    assert all(control.spec["label"] for control in panel.controls.values())
    panel.controls["trial"].value = "lasts"
    panel.reset()
    assert panel.controls["trial"].value == "none"
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []


def test_attempts_carry_their_denominators():
    for arm, count in (("ketamine", "8 of 73"), ("saline", "6 of 83")):
        row = TABLE[f"screen-abbar-attempts-{arm}"]
        assert f"{row.value} of {row.n}" == count
        assert count in PREVENTION[0]


def test_grade_and_certainty_can_both_be_held():
    page = " ".join(re.sub(r"<[^>]+>", " ", other_indications().figure.value).split())
    assert "B an effect in the first days is likely; how large it is, is very uncertain" in page
    assert "How large it is: certainty very low." in page
    assert "grade B and certainty very low can both be true" in page
