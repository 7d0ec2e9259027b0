"""Lesson 3: the interaction checker, the table of single drugs and the list control behind it."""

from __future__ import annotations

import itertools
import re
import sys

import pytest

from trd.evidence import references, rows
from trd.screening import find_interaction, interactions
from trd.screening.medication import (
    EXAMPLES,
    KINDS,
    LOOK_ALIKES,
    MOST,
    OPIOIDS,
    RANKS,
    SSRIS,
    canonical,
    exposures,
    exposures_of,
    known_names,
    medication_report,
    profile,
    read_names,
    suggestion,
)
from trd.screening.panels.interaction_checker import interaction_checker
from trd.screening.panels.medicines import Medicines
from trd.screening.views.interaction_checker import _interval

NAMES = known_names()


@pytest.fixture(scope="module")
def built():
    return interaction_checker()


@pytest.fixture
def panel(built):
    built.reset()
    return built


def put(panel, *names):
    panel.controls["drugs"].value = list(names)
    return panel.figure.value


def card(panel, name):
    cards = panel.figure.value.split('<div class="trd-group"')[1:]
    return next(text for text in cards if f'class="name">{name}<' in text)


# Single drugs


def test_every_drug_of_the_table_has_a_profile_of_its_own():
    for name in NAMES:
        known = profile(name)
        assert known.kinds and set(known.kinds) <= set(KINDS)
        assert known.rank in RANKS
        assert known.action.endswith(".")
        # Without any finding a note must say that nothing was found.
        assert known.speaks_for or known.speaks_against or "Nothing was found" in known.note
        for row in known.action_rows:
            assert row.status == "teaching-assumption"
    with pytest.raises(ValueError, match="not assessed"):
        profile("aspirin")


@pytest.mark.parametrize("name", NAMES)
def test_every_number_is_in_the_evidence_behind_it(name):
    known = profile(name)
    table = rows()
    for found in (*known.speaks_for, *known.speaks_against):
        assert found.rows
        held = [table[row.id] for row in found.rows]
        words = " ".join(
            f"{row.value} {row.low} {row.high} {row.n} {row.statement} {row.note} {row.population}"
            for row in held
        )
        # 5 − 2 is the arithmetic of the row itself.
        said = found.says.replace("(5 − 2)", "").replace("the other 3 of", "")
        for number in re.findall(r"\d+(?:\.\d+)?", said):
            assert re.search(rf"(?<![\d.]){re.escape(number)}(?!\d|\.\d)", words), (name, number)
    # What was not checked carries no figure.
    for found in known.speaks_for:
        if not found.checked:
            assert not re.search(r"\d", found.says)


def test_actions_follow_the_table_of_interactions():
    for name in NAMES:
        table = find_interaction(name).action.lower().replace("5 minutes", "5 min")
        for number in re.findall(r"\d+", profile(name).action):
            assert number in table, name
    for name in ("clonazepam", "naltrexone", "lamotrigine", "lithium", "sertraline", "clozapine"):
        assert re.search(r"[Cc]ontinue|[Nn]ever stop|[Dd]o not stop", profile(name).action)


# One member of a class does not lend its finding to another.
@pytest.mark.parametrize(
    ("drug", "says", "not_said"),
    [
        ("valproate", "Nothing was found on valproate itself", "No significant"),
        ("lithium", "no significant interaction", "valproate"),
        ("olanzapine", "olanzapine did not", "may blunt"),
        ("clozapine", "may blunt", "olanzapine did not"),
        ("carbamazepine", "no figure here", "86"),
        ("st john's wort", "58 %", "86"),
        ("rifampicin", "14 % only", "58"),
        ("clarithromycin", "2.6-fold", "3.0"),
        ("grapefruit", "3.0-fold", "2.6"),
        ("mirtazapine", "generally compatible", "SSRI"),
        ("sertraline", "higher blood pressure peaks", "nothing"),
        ("phenelzine", "Nothing was found on phenelzine itself", "safe and"),
        ("gabapentin", "nothing was found on gabapentin itself", "Capnography"),
        ("oxycodone", "opioids", "Nothing was found"),
        ("cocaine", "rise of blood pressure", "label"),
        ("itraconazole", "did not rise", "fold"),
    ],
)
def test_findings_belong_to_the_drug_itself(drug, says, not_said):
    known = profile(drug)
    page = " ".join(
        [*(f.says for f in (*known.speaks_for, *known.speaks_against)), known.note, known.action]
    )
    assert says in page
    assert not_said not in page


@pytest.mark.parametrize("drug", ["clonazepam", "naltrexone", "lamotrigine"])
def test_contradictory_evidence_has_two_sides(drug):
    assert profile(drug).speaks_for
    assert profile(drug).speaks_against


def test_what_is_only_commonly_quoted_is_marked():
    for drug in ("cocaine", "carbamazepine", "cannabis", "lsd"):
        assert not any(found.checked for found in profile(drug).speaks_for)
    for drug in ("theophylline", "clonazepam"):
        assert all(found.checked for found in profile(drug).speaks_for)


def test_exposures_are_those_of_the_rows():
    ratios = {(found.drug, found.route): found.ratio for found in exposures()}
    # Hagelberg 2010, Peltoniemi 2011 and 2012, St John's wort 2012.
    assert ratios == {
        ("grapefruit juice", "mouth"): 3.0,
        ("clarithromycin", "mouth"): 2.6,
        ("ticlopidine", "mouth"): 2.4,
        ("itraconazole", "mouth"): None,
        ("st john's wort", "mouth"): 0.42,
        ("rifampicin", "mouth"): 0.14,
        ("rifampicin", "vein"): 0.86,
    }
    assert exposures_of("rifampin") == exposures_of("rifampicin")
    assert len(exposures_of("rifampicin")) == 2
    assert exposures_of("diazepam") == ()
    assert {key for found in exposures() for key in found.row.source} <= set(references())


def test_an_interval_is_shown_only_where_the_row_has_one():
    held = {row.id: row for name in NAMES for f in profile(name).speaks_for for row in f.rows}
    for name, row in held.items():
        full = rows()[name]
        assert bool(_interval(row)) == bool(full.low and full.high)


# Names


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Clonazepam 0.5 mg bd", "clonazepam"),
        ("  ST JOHN’S  WORT ", "st john's wort"),
        ("St Johns wort", "st john's wort"),
        ("naltrexone injection monthly", "naltrexone"),
        ("clonazepam (as diazepam: 12 mg a day)", "clonazepam"),
        ("opioids", "opioid"),
        ("valproic acid", "valproate"),
        ("venlafaxine xl", "venlafaxine"),
        ("citalopram tablets", "citalopram"),
        ("lsd", "lsd"),
        ("metformin 500 mg", "metformin"),
    ],
)
def test_names_are_read_without_dose_form_and_case(typed, name):
    assert canonical(typed) == name


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("lamotrigene", "lamotrigine"),
        ("clonazapam", "clonazepam"),
        ("setraline 50 mg", "sertraline"),
        ("rifampcin", "rifampicin"),
        ("naltrexon", "naltrexone"),
        ("sertraline", ""),
        ("aspirin", ""),
        ("metformin", ""),
        ("quetiapine", ""),
        ("ketamine", ""),
        ("", ""),
    ],
)
def test_spelling_is_offered_only_when_there_is_little_doubt(typed, means):
    found = suggestion(typed)
    assert found in ((means, "rifampin") if means == "rifampicin" else (means,))


def test_other_drugs_that_look_alike_are_never_turned_into_one_of_the_table():
    for name in LOOK_ALIKES:
        assert find_interaction(name) is None
        assert suggestion(name) == "", name
    # Names of the same length and ending, one letter apart in the wrong place.
    assert suggestion("trimipramine") == ""
    assert suggestion("oxcarbazepine 300 mg") == ""


def test_a_suggestion_is_never_looked_up_by_itself():
    report = medication_report(["lamotrigene"])
    assert report.not_assessed == ("lamotrigene",)
    assert report.screening.conditions == ()
    assert report.lines[0].suggestion == "lamotrigine"


def test_a_line_of_text_is_split():
    assert read_names("a, b;c\n d ,, ") == ("a", "b", "c", "d")
    assert read_names(" , ") == ()


# The list


def test_the_worst_stands_first_and_the_unknown_above_the_mild():
    report = medication_report(
        ["mirtazapine", "naltrexone", "aspirin", "oxycodone", "theophylline"]
    )
    assert [line.name for line in report.lines] == [
        "theophylline",
        "oxycodone",
        "aspirin",
        "naltrexone",
        "mirtazapine",
    ]
    assert report.screening.reasons == ("D11",)
    assert report.screening.conditions == ("F4", "F5")


def test_a_written_plan_turns_the_delay_into_a_condition():
    without = medication_report(["tranylcypromine"])
    with_plan = medication_report(["tranylcypromine"], maoi_plan=True)
    assert without.screening.reasons == ("D10",)
    assert without.lines[0].rank == "waits"
    assert with_plan.screening.reasons == ()
    assert with_plan.screening.conditions == ("F14",)
    assert with_plan.lines[0].rank == "acts"
    assert "5 min" in with_plan.lines[0].action
    # A plan for a drug nobody takes changes nothing.
    assert medication_report(["sertraline"], maoi_plan=True).screening.conditions == ()


@pytest.mark.parametrize(("dose", "codes"), [("unknown", ()), ("low", ()), ("high", ("F2",))])
def test_the_benzodiazepine_note_needs_more_than_8_mg(dose, codes):
    report = medication_report(["diazepam"], dose)
    assert report.screening.conditions == codes
    assert report.screening.reasons == ()
    assert medication_report(["sertraline"], dose).screening.conditions == ()


def test_code_of_a_line_is_what_the_rule_says():
    for name in NAMES:
        report = medication_report([name], "high")
        codes = (*report.screening.reasons, *report.screening.conditions)
        assert codes == ((report.lines[0].code,) if report.lines[0].code else ()), name
    assert all(medication_report([name]).lines[0].code == "F4" for name in OPIOIDS)
    assert medication_report(["zopiclone"]).lines[0].code == ""


def test_drugs_that_act_on_the_same_thing_are_named_together():
    report = medication_report(["oxycodone", "pregabalin", "alcohol", "lithium"])
    assert report.together == (("sedation", ("oxycodone", "pregabalin", "alcohol")),)
    assert medication_report(["oxycodone", "lithium"]).together == ()


def test_repetition_and_limits():
    report = medication_report(["Clonazepam 1 mg", "clonazepam", " "])
    assert [line.typed for line in report.lines] == ["Clonazepam 1 mg"]
    assert medication_report([]).lines == ()
    with pytest.raises(ValueError, match=str(MOST)):
        medication_report([f"drug {letter}" for letter in "abcdefghijklmnopqrstuvwxyz"])
    with pytest.raises(ValueError, match="names"):
        medication_report([None])
    with pytest.raises(ValueError, match="not one of"):
        medication_report([], "much")


# The control


def test_the_control_offers_every_name_and_hints_at_misspellings():
    control = Medicines("The list", ["lamotrigene 100 mg", "sertraline"])
    offered = [name for _group, names in control.spec["groups"] for name in names]
    assert sorted(offered) == list(NAMES)
    assert control.hints == {"lamotrigene 100 mg": "lamotrigine"}
    control.value = ["lamotrigine, sertraline", "Sertraline 50 mg"]
    assert control.value == ["lamotrigine", "sertraline"]
    assert control.hints == {}
    control.value = ["Clonazepam 1 mg"]
    assert control.known_as == {"Clonazepam 1 mg": "clonazepam"}


@pytest.mark.parametrize("wrong", ["diazepam", 7, [3], ["x" * 81], [f"d{n} q" for n in range(26)]])
def test_the_control_refuses_what_is_no_list_and_keeps_the_old_one(wrong):
    control = Medicines("The list", ["sertraline"])
    with pytest.raises(ValueError, match="The list"):
        control.value = wrong
    assert control.value == ["sertraline"]


# The panel


def test_start_shows_both_sides_and_the_unknown(panel):
    page = panel.figure.value
    assert "not “no interaction”" in page
    assert "For an effect" in card(panel, "clonazepam")
    assert "Against, or less" in card(panel, "clonazepam")
    assert "Veraart 2021" in page
    assert "https://" in page
    assert "not for patient care" in panel.children[0].value
    assert "Interactions of the other drugs with each other" in panel.children[-1].value.replace(
        "\n", " "
    )


def test_an_unknown_drug_is_never_without_interaction(panel):
    page = put(panel, "lisinopril", "<b>metformin</b>")
    assert page.count("Not assessed here") == 2
    assert "2 of 2 not assessed here" in page
    assert "<b>metformin" not in page
    assert "Goes on" not in page
    assert "2 on the list. Not assessed here" in panel.words.value
    assert "Is that a brand name, or misspelt?" in page


def test_no_go_ahead_rests_on_drugs_nobody_has_looked_at(panel):
    page = put(panel, "lisinopril", "metformin", "sertraline")
    assert "Cannot be said yet: 2 of 3 on the list have not been looked at" in page
    assert "No barrier found" not in page
    # A known reason to wait is said all the same.
    page = put(panel, "lisinopril", "theophylline")
    assert "Not yet: wait" in page
    assert "Cannot be said yet" not in page
    assert "No barrier found" in put(panel, "sertraline")


@pytest.mark.parametrize("name", ["MAOI", "maois", "MAO inhibitors", "monoamine oxidase inhibitor"])
def test_monoamine_oxidase_inhibitors_have_one_name(name):
    assert canonical(name) == "monoamine oxidase inhibitor"
    assert medication_report([name]).lines[0].code == "D10"


def test_a_misspelt_name_asks_and_does_not_assume(panel):
    put(panel, "lamotrigene")
    assert "Did you mean lamotrigine?" in panel.figure.value
    assert "check it against the packet" in panel.figure.value
    assert "F6" not in panel.figure.value
    put(panel, "lamotrigine")
    assert "F6" in panel.figure.value


def test_dose_and_plan_change_what_the_rule_says(panel):
    put(panel, "tranylcypromine", "diazepam")
    assert "Not yet: wait" in panel.figure.value
    panel.controls["maoi_plan"].value = True
    assert "No barrier found" in panel.figure.value
    assert "F14" in panel.figure.value
    assert "F2," not in panel.figure.value
    panel.controls["benzodiazepine"].value = "high"
    assert "F2," in panel.figure.value


def test_examples_load_in_one_step_and_a_change_makes_the_list_ones_own(panel):
    for example in EXAMPLES:
        panel.controls["example"].value = example.key
        assert panel.controls["drugs"].value == list(example.drugs)
        for drug in example.drugs:
            assert card(panel, drug.replace("'", "&#x27;"))
    put(panel, "sertraline")
    assert panel.controls["example"].value == "own"
    assert panel.controls["drugs"].value == ["sertraline"]
    panel.controls["example"].value = EXAMPLES[1].key
    panel.controls["example"].value = "own"
    assert panel.controls["drugs"].value == []
    assert "Load an example list" in panel.figure.value


def test_the_picture_points_out_the_drugs_of_the_list(panel):
    levels = panel.view.levels
    put(panel, "diazepam")
    assert not any(band.get_visible() for band in levels._bands.values())
    assert "The route decides" in levels._title.get_text()
    put(panel, "rifampin", "itraconazole")
    shown = {drug for drug, band in levels._bands.items() if band.get_visible()}
    assert shown == {"rifampicin", "itraconazole"}
    assert levels._title.get_text() == "Rifampicin: −86 % by mouth, −14 % by vein"
    assert "Rifampicin by vein: −14 %" in panel.more.value
    put(panel, "st john's wort")
    assert "no figure here" in levels._title.get_text()
    put(panel, "grapefruit", "ticlopidine")
    assert levels._title.get_text() == "2 of the list were measured by mouth, none by vein"


def test_a_mark_stands_for_each_figure_and_a_hollow_one_for_none(panel):
    axes = panel.view.levels._figure.axes[0]
    marks = [line for line in axes.lines if line.get_marker() in ("o", "D")]
    assert sorted(line.get_xdata()[0] for line in marks) == [0.14, 0.42, 0.86, 1, 2.4, 2.6, 3.0]
    hollow = [line for line in marks if line.get_markerfacecolor() == "white"]
    assert [line.get_xdata()[0] for line in hollow] == [1]


def test_status_is_named(panel):
    page = put(panel, "cocaine", "theophylline", "methylphenidate")
    assert "commonly quoted; not checked here" in card(panel, "cocaine")
    assert "reported by" in card(panel, "methylphenidate")
    assert "reported by" not in card(panel, "theophylline")
    assert page.count("teaching assumption of this course") == 3


def test_every_drug_alone_and_many_together_draw(panel):
    panel.show_data.value = True
    for start in range(0, len(NAMES), MOST):
        names = NAMES[start : start + MOST]
        put(panel, *names)
        assert "trd-card" not in panel.figure.value
        # Two spellings of one thing, such as rifampin, are two lines.
        assert panel.data.value.count('<th scope="row">') == len(names)
    for dose, plan in itertools.product(("unknown", "low", "high"), (False, True)):
        panel.controls["benzodiazepine"].value = dose
        panel.controls["maoi_plan"].value = plan
        assert "trd-card" not in panel.figure.value
        assert "could not be drawn" not in panel.more.value
    put(panel)
    assert "nothing" in panel.words.value.lower()


def test_no_praise_no_command_to_stop(panel):
    for found in interactions():
        page = put(panel, *found.drugs)
        words = re.sub(r"<[^>]+>", " ", page).lower()
        assert "is safe" not in words
        assert not re.search(r"(?<!not )(?<!never )\bstop (it|the|taking)", words)


def test_ssris_are_those_of_the_table():
    assert all(find_interaction(name).key == "antidepressants" for name in SSRIS)
    assert sum(len(found.drugs) for found in interactions()) == len(NAMES)


def test_reset_labels_and_no_pyplot(panel):
    put(panel, "alcohol")
    panel.controls["maoi_plan"].value = True
    panel.reset()
    assert panel.controls["drugs"].value == list(EXAMPLES[0].drugs)
    assert panel.controls["example"].value == EXAMPLES[0].key
    assert panel.controls["maoi_plan"].value is False
    assert all(control.spec["label"] for control in panel.controls.values())
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []
