"""Lesson 3: dosing weight, interactions, capacity, and where their numbers come from."""

from __future__ import annotations

import csv
import re
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trd.paths import asset
from trd.screening import (
    CODES,
    abilities,
    absolute_mg,
    adjusted_weight_kg,
    bmi,
    check_drugs,
    dosing_weight,
    evidence_rows,
    find_interaction,
    ideal_weight_kg,
    interactions,
    judge_capacity,
    pounds_error,
)

FILES = ("screening", "screening_interactions", "screening_capacity")
STATUSES = {"verified", "derived", "secondary", "from-knowledge", "teaching-assumption"}


def entries(name):
    tables = tomllib.loads(asset(f"parameters/{name}.toml").read_text("utf-8"))
    return [(f"{t}.{k}", cell) for t, cells in tables.items() for k, cell in cells.items()]


# Dosing weight


def test_weights_by_hand():
    # 170 cm is 66.929 inches: 50 + 2.3 x 6.929 = 65.94 kg; 45.5 + 15.94 = 61.44 kg.
    assert ideal_weight_kg(170, "male") == pytest.approx(65.937, abs=0.001)
    assert ideal_weight_kg(170, "female") == pytest.approx(61.437, abs=0.001)
    assert ideal_weight_kg(140, "female") == 45.5
    assert bmi(100, 200) == 25
    # 65 + 0.4 x (115 - 65) = 85.
    assert adjusted_weight_kg(115, 65) == pytest.approx(85)
    assert adjusted_weight_kg(60, 65) == 60
    assert absolute_mg(70, 0.5) == 35


def test_basis_changes_at_a_bmi_of_30():
    light = dosing_weight(86.6, 170, "male", 0.5)
    heavy = dosing_weight(86.8, 170, "male", 0.5)
    assert light.bmi < 30 <= heavy.bmi
    assert (light.basis, heavy.basis) == ("actual", "adjusted")
    assert light.dose_mg == pytest.approx(43.3)
    assert heavy.weight_kg == pytest.approx(65.937 + 0.4 * (86.8 - 65.937), abs=0.001)
    doses = dict(heavy.doses_mg)
    assert doses["ideal"] < doses["adjusted"] < doses["actual"]


def test_pounds_for_kilograms():
    error = pounds_error(70, 0.5)
    assert error.typed_lb == pytest.approx(154.32, abs=0.01)
    assert error.intended_mg == 35
    assert error.given_mg == pytest.approx(77.16, abs=0.01)
    assert error.ratio == pytest.approx(2.2, abs=0.01)
    assert error.given_mg_per_kg == pytest.approx(1.10, abs=0.01)
    assert float(evidence_rows()["screen-weight-pounds"].value) == pytest.approx(
        error.ratio, abs=0.01
    )


@given(st.floats(25, 350), st.floats(120, 230), st.sampled_from(["female", "male"]))
def test_adjusted_lies_between_ideal_and_actual(weight, height, formula):
    found = dosing_weight(weight, height, formula, 0.5)
    low, high = sorted((found.ideal_kg, found.actual_kg))
    assert low - 1e-9 <= found.adjusted_kg <= high + 1e-9
    assert found.adjusted_kg <= found.actual_kg + 1e-9


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: bmi(24, 170), "weight_kg is 24; it must be between 25 and 350 kg"),
        (lambda: bmi(70, 1.7), "height_cm is 1.7; it must be between 120 and 230 cm"),
        (lambda: bmi("70", 170), "weight_kg"),
        (lambda: bmi(float("nan"), 170), "weight_kg"),
        (lambda: bmi(True, 170), "weight_kg"),
        (lambda: ideal_weight_kg(170, "other"), "female or male"),
        (lambda: absolute_mg(70, 5), "between 0 and 1 mg/kg"),
        (lambda: pounds_error(70, 0), "above 0"),
    ],
)
def test_impossible_weights_name_the_limit(call, words):
    with pytest.raises(ValueError, match=words):
        call()


# Interactions


def test_interactions_of_the_evidence_review_are_all_there():
    keys = {found.key for found in interactions()}
    assert keys >= {
        "benzodiazepines",
        "lamotrigine",
        "lithium-valproate",
        "maoi",
        "stimulants",
        "sedatives",
        "theophylline",
        "sympathomimetics",
        "cyp-inhibitors",
        "cyp-inducers",
        "antipsychotics",
        "antidepressants",
        "naltrexone",
        "cannabis-psychedelics",
    }
    for found in interactions():
        assert found.effect and found.action and found.evidence and found.drugs
        assert not found.code or found.code in CODES
    names = [name for found in interactions() for name in found.drugs]
    assert len(names) == len(set(names))


def test_a_list_of_drugs_is_looked_up():
    found = check_drugs(["Clonazepam", "St John’s wort", "aspirin", "clonazepam ", ""])
    assert [row.key for _name, row in found.found] == [
        "benzodiazepines",
        "cyp-inducers",
        "benzodiazepines",
    ]
    assert found.not_assessed == ("aspirin",)
    assert find_interaction("ketoconazole") is None
    with pytest.raises(ValueError, match="not the name"):
        find_interaction(None)


@pytest.mark.parametrize("drug", ["carbamazepine", "cocaine"])
def test_what_was_not_checked_borrows_no_status(drug):
    found = find_interaction(drug)
    assert found.drugs == (drug,)
    assert found.status == "from-knowledge"
    assert {entry.status for entry in found.evidence} == {"from-knowledge"}
    assert found.source == ()
    assert evidence_rows()[f"screen-ix-{drug}"].status == "from-knowledge"


def test_naltrexone_and_benzodiazepines_are_never_stopped_for_ketamine():
    assert "Do not stop" in find_interaction("naltrexone").action
    assert "never stop abruptly" in find_interaction("diazepam").action
    assert not find_interaction("naltrexone").sources_agree
    assert not find_interaction("diazepam").sources_agree


@pytest.mark.parametrize(
    ("drug", "row", "printed"),
    [
        ("diazepam", "screen-ix-benzo-dose", "8"),
        ("diazepam", "screen-ix-benzo-sensitivity", "80"),
        ("diazepam", "screen-ix-benzo-specificity", "85"),
        ("diazepam", "screen-ix-benzo-esketamine", "309"),
        ("tranylcypromine", "screen-ix-maoi-doses", "509"),
        ("clarithromycin", "screen-ix-clarithromycin", "2.6"),
        ("ticlopidine", "screen-ix-ticlopidine", "2.4"),
        ("grapefruit", "screen-ix-grapefruit", "3.0"),
        ("rifampicin", "screen-ix-rifampicin-oral", "86"),
        ("rifampicin", "screen-ix-rifampicin-iv", "14"),
        ("st john's wort", "screen-ix-stjohn", "58"),
        ("naltrexone", "screen-ix-naltrexone-block", "50"),
        ("naltrexone", "screen-ix-naltrexone-trial", "380"),
        ("lamotrigine", "screen-ix-lamotrigine", "2"),
    ],
)
def test_figures_are_those_of_the_evidence_table(drug, row, printed):
    held = evidence_rows()[row]
    assert held.value.lstrip("-") == printed
    words = " ".join(entry.value for entry in find_interaction(drug).evidence)
    spelt = {"2": "two"}
    assert re.search(rf"(?<![\d.]){re.escape(printed)}(?![\d]|\.\d)", words) or (
        spelt.get(printed, "-") in words
    )
    cited = {key for entry in find_interaction(drug).evidence for key in entry.source}
    assert set(held.source) <= cited


# Capacity


def test_four_abilities():
    assert [found.key for found in abilities()] == ["understand", "appreciate", "reason", "express"]
    for found in abilities():
        assert found.means and found.probes and found.signs
        assert found.status == "verified" and found.source == ("hindmarch2013",)
    assert len(abilities()) == int(evidence_rows()["screen-consent-abilities"].value)


def test_capacity_is_presumed_until_tested_and_lost_with_one_ability():
    every = dict.fromkeys(("understand", "appreciate", "reason", "express"), "present")
    assert judge_capacity(every) is True
    assert judge_capacity({}) is None
    assert judge_capacity({**every, "appreciate": "unknown"}) is None
    assert judge_capacity({**every, "appreciate": "absent"}) is False
    assert judge_capacity({"reason": "absent"}) is False
    with pytest.raises(ValueError, match="not an ability"):
        judge_capacity({"decide": "present"})
    with pytest.raises(ValueError, match="present, absent or unknown"):
        judge_capacity({"reason": "yes"})


# Provenance


@pytest.fixture(scope="module")
def bibliography():
    return set(re.findall(r"^@\w+\{([^,\s]+)", asset("references.bib").read_text("utf-8"), re.M))


@pytest.mark.parametrize("name", FILES)
def test_every_entry_has_status_and_a_known_source(name, bibliography):
    for where, cell in entries(name):
        assert cell["status"] in STATUSES, where
        sources = {code for code in cell.get("source", "").split(";") if code}
        assert sources <= bibliography, (where, sources - bibliography)
        if cell["status"] in {"verified", "derived", "secondary"}:
            assert sources, where
        if cell["status"] == "secondary":
            assert "reported by" in cell.get("note", ""), where


@pytest.mark.parametrize(
    ("parameter", "row"),
    [
        ("blood_pressure.systolic_mmhg", "screen-phase3-systolic"),
        ("blood_pressure.systolic_older_mmhg", "screen-phase3-systolic-65"),
        ("blood_pressure.diastolic_mmhg", "screen-phase3-diastolic"),
        ("blood_pressure.label_systolic_mmhg", "screen-us-label-systolic"),
        ("blood_pressure.label_diastolic_mmhg", "screen-us-label-diastolic"),
        ("blood_pressure.swiss_systolic_mmhg", "screen-swiss-systolic"),
        ("blood_pressure.swiss_diastolic_mmhg", "screen-swiss-diastolic"),
        ("blood_pressure.crisis_systolic_mmhg", "screen-rule-emergency-systolic"),
        ("blood_pressure.crisis_diastolic_mmhg", "screen-rule-emergency-diastolic"),
        ("vital_signs.spo2_low_pct", "screen-rule-oximetry-defer"),
        ("vital_signs.spo2_emergency_pct", "screen-rule-oximetry-emergency"),
        ("indication.trials", "screen-rule-trials"),
        ("indication.lifetime_trials", "screen-elektd-trials"),
        ("indication.va_trials", "screen-va-trials"),
        ("heart.mi_contraindicated_weeks", "screen-eu-mi-window"),
        ("liver.alt_x_uln", "screen-rule-liver"),
        ("airway.bmi", "screen-rule-sleep-apnoea"),
        ("substances.remission_months", "screen-crtce-substance-months"),
        ("substances.benzodiazepine_mg", "screen-ix-benzo-dose"),
        ("age.adult_years", "screen-label-children"),
        ("dosing_weight.adjusted_share", "screen-weight-adjusted"),
        ("dosing_weight.bmi", "screen-weight-bmi"),
    ],
)
def test_parameters_are_those_of_the_evidence_table(parameter, row):
    cell = dict(entries("screening"))[parameter]
    with asset("evidence/screening.csv").open(encoding="utf-8", newline="") as handle:
        held = {line["id"]: line for line in csv.DictReader(handle)}[row]
    assert float(held["value"]) == cell["value"]
    assert held["status"] == cell["status"]
    assert held["source"] == cell["source"]
