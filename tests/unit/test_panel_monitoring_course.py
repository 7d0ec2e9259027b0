"""Lesson 4: rules for stopping, examples and marks, and the panel on the course of treatment."""

from __future__ import annotations

import re
import sys

import numpy as np
import pytest

from trd.monitoring import course_of_treatment as treatment
from trd.monitoring.evidence import evidence_rows
from trd.monitoring.panels.course import course_of_treatment
from trd.monitoring.views import course as view

GROUP = treatment.simulate(1000)


def made(*falls):
    """People with a written-down course, so that a rule can be checked by hand."""
    return treatment.Courses(np.full(len(falls), 30.0), np.array(falls, dtype=float))


def like(pattern):
    """The first person of the group with one pattern."""
    index = treatment.example(GROUP, pattern)
    assert index is not None
    return treatment.person(GROUP, index)


BY_HAND = made(
    [0.0, 0.1, 0.35, 0.4, 0.5, 0.6],  # late, responds
    [0.0, 0.0, 0.1, 0.1, 0.1, 0.1],  # never improves
    [0.3, 0.3, 0.3, 0.3, 0.3, 0.3],  # improves, does not respond
)


@pytest.mark.parametrize(
    ("after", "below", "given", "lost"),
    [
        (2, 0.2, (2, 2, 6), 1),
        (3, 0.2, (6, 3, 6), 0),
        (3, 0.5, (3, 3, 3), 1),
        (1, 0.05, (1, 1, 6), 1),
    ],
)
def test_own_rule_by_hand(after, below, given, lost):
    found = treatment.stop_by(BY_HAND, treatment.own_rule(after, below))
    assert found.given == given
    assert found.would_have_responded == lost
    assert found.infusions == sum(given)


def test_own_rule_at_20_per_cent_after_4_is_the_rule_of_the_study():
    mine = treatment.stop_by(GROUP, treatment.own_rule(4, 0.2))
    assert mine.given == treatment.stop_by(GROUP, "after_4").given


def test_marks_are_nested_and_counted():
    found = treatment.reached(BY_HAND)
    assert found["improvement"] == (1, 1, 2, 2, 2, 2)
    assert found["response"] == (0, 0, 0, 0, 1, 1)
    for better, less in (("response", "partial"), ("partial", "improvement")):
        pairs = zip(treatment.reached(GROUP)[better], treatment.reached(GROUP)[less], strict=True)
        assert all(a <= b for a, b in pairs)


def test_examples_are_what_they_say():
    assert treatment.example(BY_HAND, "late") == 0
    assert treatment.example(BY_HAND, "none") == 1
    assert treatment.example(BY_HAND, "worse") is None
    late = like("late")
    assert max(late.fall[:2]) < 0.2 and late.marks[-1] == "response"
    slips = like("slips")
    assert slips.fall[1] >= 0.2 > slips.fall[3]
    very = like("very-late")
    assert max(very.fall[:4]) < 0.2 and very.stops["after_4"] == 4


@pytest.mark.parametrize(
    "call",
    [
        lambda: treatment.own_rule(6, 0.2),
        lambda: treatment.own_rule(0, 0.2),
        lambda: treatment.own_rule(3, 0.9),
        lambda: treatment.example(GROUP, "miracle"),
    ],
)
def test_impossible_rules_are_refused(call):
    with pytest.raises(ValueError, match=r"between|There is no"):
        call()


def test_a_point_that_was_worked_out_says_so():
    assert "abstract leaves this open" in treatment.curve("ketect").note


# The panel


@pytest.fixture(scope="module")
def shared():
    return course_of_treatment()


@pytest.fixture
def panel(shared):
    shared.reset()
    return shared


def number(panel, rule, column):
    table = panel.view.table(panel.result)
    row = next(row for row in table.rows if row[0] == rule)
    return int(row[table.header.index(column)].replace(",", ""))


def test_stopping_after_two_costs_responders_and_spares_infusions(panel):
    lost, vain = "Would have responded", "To people who do not respond"
    assert number(panel, "Stop after 2", lost) > number(panel, "Stop after 4", lost) > 0
    assert number(panel, "Stop after 2", vain) < number(panel, "Stop after 4", vain)
    assert "response was still to come" in panel.words.value
    panel.controls["rule"].value = "after_4"
    assert "all six are given" in panel.words.value


def test_moving_a_limit_picks_the_readers_own_rule(panel):
    panel.controls["after"].value = 2
    assert panel.controls["rule"].value == "own"
    assert "Stop after infusion 2 when the score has fallen by less than 30" in panel.figure.value
    before = panel.result.chosen.would_have_responded
    panel.controls["below"].value = 50
    assert panel.result.chosen.would_have_responded > before


def test_more_late_starters_make_the_same_rule_dearer(panel):
    panel.controls["rule"].value = "after_4"
    lost = []
    for late in (0, 20, 40):
        panel.controls["late"].value = late
        lost.append(panel.result.chosen.would_have_responded)
    assert lost[0] < lost[1] < lost[2]


def test_nobody_like_that_is_said_in_words(panel):
    panel.controls["late"].value = 0
    panel.controls["who"].value = "very-late"
    assert "Nobody in this group" in panel.words.value
    assert "trd-card" not in panel.figure.value


def test_maintenance_stands_and_falls_with_its_assumption(panel):
    assert "if an infusion sets the clock back wholly" in panel.more.value
    kept = panel.result.kept
    assert kept.at_end > kept.without[-1]
    panel.controls["hold"].value = 0
    kept = panel.result.kept
    assert kept.at_end == pytest.approx(kept.without[-1])
    assert "the same infusions change nothing" in panel.more.value


def test_no_maintenance_on_a_curve_where_it_would_mislead(panel):
    panel.controls["along"].value = "ketect"
    assert "not simulated" in panel.more.value
    assert panel.result.kept.infusions == 0
    assert "remitters" in panel.more.value


def test_own_plan_keeps_its_intervals_in_order(panel):
    panel.controls["first"].value = 28
    assert panel.controls["plan"].value == "own"
    panel.controls["longest"].value = 10
    assert panel.controls["first"].value == 10
    panel.controls["first"].value = 20
    assert panel.controls["longest"].value == 20
    assert "trd-card" not in panel.figure.value


def test_published_figures_stand_beside_the_simulated_ones(panel):
    page = panel.figure.value
    for words in ("Phillips 2019", "above 90", "without a control group"):
        assert words in page
    assert "no large controlled trial" in panel.more.value.lower()
    assert "simulated" in panel.words.value


def test_rows_exist_and_only_verified_rules_say_so():
    table = evidence_rows()
    assert all(name in table for name in (*view._FIRST_ROWS, *view._LATER_ROWS))
    for each in treatment.RULES:
        if each.status == "verified":
            assert table[each.row].status == "verified"


def test_text_is_large_enough_and_inside_the_picture(panel):
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    for part in (panel.view._first, panel.view._second):
        for who in treatment.PATTERNS:
            panel.controls["who"].value = who
            part.png(panel.result)
            figure = part._figure
            assert isinstance(figure.canvas, FigureCanvasAgg)
            box = figure.bbox
            for found in figure.findobj(Text):
                if not found.get_text() or not found.get_visible():
                    continue
                assert found.get_fontsize() >= 11
                extent = found.get_window_extent(figure.canvas.get_renderer())
                assert extent.x0 >= -1 and extent.x1 <= box.x1 + 1, found.get_text()


def test_every_setting_draws(panel):
    panel.show_data.value = True
    for name, control in panel.controls.items():
        spec = control.spec
        values = (
            [option[0] for option in spec["options"]]
            if "options" in spec
            else [spec["minimum"], spec["maximum"]]
        )
        for value in values:
            control.value = value
            for page in (panel.figure.value, panel.more.value, panel.data.value):
                assert "trd-card" not in page, (name, value)
            assert panel.words.value
    assert all(control.spec["label"] for control in panel.controls.values())


def test_alt_text_and_titles_in_words(panel):
    alts = re.findall(r'alt="([^"]+)"', panel.figure.value + panel.more.value)
    assert len(alts) == 2
    assert alts[0].startswith("A simulated person: MADRS")
    assert "still well at week 8" in alts[1]


def test_data_reset_and_no_pyplot(panel):
    panel.show_data.value = True
    assert panel.data.value.count("<table>") == 4
    panel.controls["rule"].value = "never"
    panel.reset()
    assert panel.controls["rule"].value == "after_2"
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []
