"""One history, many definitions: through the panel's controls, as a reader would."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trd.definitions import History, Trial, classify, definitions, drugs
from trd.definitions.comparison import EXAMPLES, side_by_side
from trd.definitions.panels import definitions_side_by_side


@pytest.fixture
def panel():
    return definitions_side_by_side()


def group(panel, rule):
    return next(g for g in panel.result.comparison.groups if g.rule == rule)


def test_start_shows_three_different_answers(panel):
    assert dict(panel.result.comparison.tally()) == {"meets": 4, "partial": 1, "does not meet": 7}
    for word in ("Meets", "Does not meet", "Partial response", "No count: discuss", "2 drugs"):
        assert word in panel.figure.value


def test_every_definition_is_shown_with_and_without_its_own_words(panel):
    from html import escape

    for wording in (False, True):
        panel.controls["wording"].value = wording
        for definition in definitions():
            assert escape(definition.label) in panel.figure.value
    assert "commonly quoted" in panel.figure.value.lower()
    assert "doi.org" in panel.figure.value


def test_one_more_week_changes_the_label(panel):
    assert group(panel, "reg6").verdict == "does not meet"
    assert "duloxetine (5 weeks is shorter than 6 weeks)" in panel.figure.value
    rows = [dict(row) for row in panel.controls["trials"].value]
    rows[1]["weeks"] = 6
    panel.controls["trials"].value = rows
    assert group(panel, "reg6").verdict == "meets"
    assert panel.controls["example"].value == "own"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.key)
def test_an_example_fills_the_controls(panel, example):
    panel.controls["example"].value = example.key
    assert panel.controls["example"].value == example.key
    assert len(panel.controls["trials"].value) == len(example.history.trials)
    assert panel.result.comparison.result == classify(example.history)
    assert "trd-card" not in panel.figure.value


def test_what_each_example_is_for():
    found = {e.key: side_by_side(e.history).result for e in EXAMPLES}
    assert found["two-adequate"].reg6 and found["two-adequate"].delphi == "TRD"
    assert found["same-class"].reg6 and not found["same-class"].diff6
    assert found["five-weeks"].reg4 and not found["five-weeks"].reg6
    assert not found["stopped-early"].reg4
    assert not found["low-dose"].reg4
    assert not found["earlier-episode"].reg6 and found["earlier-episode"].life6
    assert found["long-course"].thase_rush == 5
    assert found["bipolar"].reg6 is None and found["bipolar"].n6 == 2
    assert found["empty"].n4 == 0


def test_bipolar_gives_no_answer_anywhere(panel):
    panel.controls["bipolar"].value = True
    tally = panel.result.comparison.tally()
    assert set(tally) == {"not applicable"}
    assert panel.figure.value.count("Not applicable") >= 4
    assert "bipolar pathway" in panel.words.value


def test_the_lifetime_count_is_named_as_an_error(panel):
    panel.controls["example"].value = "earlier-episode"
    assert "A common error" in panel.figure.value
    assert "earlier episode" in " ".join(group(panel, "reg6").not_counted)


def test_staging_items_add_up(panel):
    for example in EXAMPLES:
        panel.controls["example"].value = example.key
        shown = panel.result.comparison
        if shown.result.mgh_s is not None:
            assert sum(line.points for line in shown.mgh) == shown.result.mgh_s
        if shown.result.maudsley is not None:
            assert [line.most for line in shown.maudsley] == [3, 5, 5, 1, 1]
            assert sum(line.points for line in shown.maudsley) == shown.result.maudsley
        climbed = sum(done for _, _, done in shown.ladder)
        assert climbed == (shown.result.thase_rush or 0)


def test_dose_table_and_reset(panel):
    panel.controls["example"].value = "low-dose"
    assert panel.result.comparison.result.n4 == 1
    panel.controls["dose_table"].value = "strict"
    assert panel.result.comparison.result.n4 == 0
    assert panel.controls["example"].value == "low-dose"
    panel.reset()
    assert panel.controls["example"].value == EXAMPLES[0].key
    assert panel.result.comparison.result.history == EXAMPLES[0].history


def test_extremes_and_a_full_table_draw(panel):
    rows = [
        {
            "drug": drug.name,
            "dose_mg": 1000,
            "weeks": 104,
            "adherence_pct": 100,
            "improvement_pct": -100,
            "current_episode": True,
            "optimised": True,
            "augmentations": 5,
        }
        for drug in drugs()[:8]
    ]
    panel.controls["trials"].value = rows
    for name, values in (("episode_months", (0, 60)), ("hamd17", (0, 52))):
        for value in values:
            panel.controls[name].value = value
            for flag in ("psychosis", "ect_failed"):
                panel.controls[flag].value = not panel.controls[flag].value
            assert "trd-card" not in panel.figure.value
    assert panel.result.comparison.result.n6 == 8


def test_an_impossible_entry_is_answered_in_words(panel):
    rows = [dict(row) for row in panel.controls["trials"].value]
    rows[0]["augmentations"] = 1.5
    panel.controls["trials"].value = rows
    assert "whole number" in panel.figure.value and "Traceback" not in panel.figure.value


def test_data_table_lists_definitions_and_models(panel):
    panel.show_data.value = True
    assert panel.data.value.count("<tr>") == 1 + len(definitions()) + 4
    assert all(control.spec["label"] for control in panel.controls.values())


trials = st.builds(
    Trial,
    st.sampled_from([drug.name for drug in drugs()]),
    st.sampled_from([0, 50, 150, 600]),
    st.integers(0, 12),
    st.sampled_from([50, 80, 100]),
    st.integers(-20, 80),
    st.booleans(),
    st.booleans(),
    st.integers(0, 2),
)
histories = st.builds(
    History, st.lists(trials, max_size=5).map(tuple), st.integers(0, 40), st.integers(0, 52)
)


@given(histories, st.booleans())
def test_every_definition_gets_exactly_one_answer(history, strict):
    found = side_by_side(history, strict)
    shown = [d.key for g in found.groups for d in g.definitions]
    assert sorted(shown) == sorted(d.key for d in definitions())
    assert sum(found.tally().values()) == len(
        [d for d in definitions() if d.flag not in (None, "n4")]
    )


@given(histories, trials)
def test_one_more_trial_never_takes_resistance_away(history, trial):
    more = History((*history.trials, trial), history.episode_months, history.hamd17)
    before, after = side_by_side(history).tally(), side_by_side(more).tally()
    assert after.get("meets", 0) >= before.get("meets", 0)
