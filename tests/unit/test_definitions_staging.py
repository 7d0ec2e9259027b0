"""Lesson 1: classification of a history, against an independent reference and its golden key."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trd.definitions import (
    CONVENTIONS,
    History,
    Trial,
    answer_for,
    classify,
    definitions,
    drugs,
)

NAMES = [d.name for d in drugs()]
FLAGS = ("reg6", "reg4", "diff6", "life6")
NOT_COUNTS = (*FLAGS, "delphi", "thase_rush", "european", "mgh_s", "maudsley", "maudsley_band")

# Golden histories V1-V4 and their key: the course's evidence file for lesson 1, where the key was
# produced by running the published rules, not by hand. Rows: drug, mg/day, weeks, adherence %,
# improvement %, current episode, optimised, augmentations.
V1 = History(
    (
        Trial("sertraline", 150, 10, 95, 15, True, True, 0),
        Trial("venlafaxine", 225, 8, 95, 20, True, True, 0),
    ),
    episode_months=10,
    hamd17=21,
)
V2 = History(
    (
        Trial("citalopram", 10, 12, 95, 10),
        Trial("amitriptyline", 25, 16, 95, 5),
        Trial("mirtazapine", 30, 8, 90, 20),
    ),
    episode_months=8,
    hamd17=18,
)
V3 = History(
    (
        Trial("escitalopram", 20, 9, 90, 30, True, True, 0),
        Trial("duloxetine", 60, 2, 100, 0),
        Trial("bupropion", 300, 6, 95, 10),
    ),
    episode_months=14,
    hamd17=17,
)
V4 = History(
    (
        Trial("fluoxetine", 40, 8, 95, 20, True, True, 0),
        Trial("venlafaxine", 225, 7, 95, 10, True, True, 0),
        Trial("mirtazapine", 45, 8, 90, 15, True, True, 0),
    ),
    episode_months=9,
    hamd17=22,
    bipolar=True,
)
GOLDEN = [
    (V1, 2, 2, 2, True, True, True, True, "TRD", 2, "TRD1", 3.0, (1, 3, 1, 0, 0), 5, "mild"),
    (V2, 1, 1, 1, False, False, False, False, "none", 1, "NR", 1.0, (1, 3, 1, 0, 0), 5, "mild"),
    (V3, 2, 2, 2, True, True, True, True, "PRD", 2, "TRD1", 2.5, (2, 3, 1, 0, 0), 6, "mild"),
    (V4, 3, 3, 3, None, None, None, None, None, None, None, None, None, None, None),
]


@pytest.mark.parametrize("row", GOLDEN, ids=["V1", "V2", "V3", "V4"])
def test_golden_histories(row):
    history, *expected = row
    found = classify(history)
    items = found.maudsley_items
    assert [
        found.n6,
        found.n4,
        found.lifetime6,
        *(getattr(found, flag) for flag in FLAGS),
        found.delphi,
        found.thase_rush,
        found.european,
        found.mgh_s,
        items
        and (items.duration, items.severity, items.failed_drugs, items.augmentation, items.ect),
        found.maudsley,
        found.maudsley_band,
    ] == expected


# --- an independent reading of the same rules ---------------------------------------------


def reference(history: History, strict: bool = False) -> dict[str, object]:
    """Score with plain arithmetic, written apart from the package."""
    minimum = {d.name: (d.strict if strict else d.default).value for d in drugs()}
    cls = {d.name: d.drug_class for d in drugs()}

    def ok(t, weeks, life=False):
        return (
            t.dose_mg >= minimum[t.drug]
            and t.weeks >= weeks
            and t.adherence_pct >= 80
            and t.improvement_pct < 50
            and (life or t.current_episode)
        )

    def count(ts):
        return len({t.drug for t in ts})

    a6 = [t for t in history.trials if ok(t, 6)]
    a4 = [t for t in history.trials if ok(t, 4)]
    life = [t for t in history.trials if ok(t, 6, True)]
    out: dict[str, object] = {"n6": count(a6), "n4": count(a4), "lifetime6": count(life)}
    if history.bipolar:
        return out | dict.fromkeys(NOT_COUNTS)
    ill, classes, k = history.hamd17 >= 17, {cls[t.drug] for t in a6}, count(a6)
    out |= {
        "reg6": k >= 2 and ill,
        "reg4": count(a4) >= 2 and ill,
        "diff6": k >= 2 and len(classes) >= 2 and ill,
        "life6": count(life) >= 2 and ill,
    }
    out["delphi"] = (
        "TRD"
        if count([t for t in a4 if t.improvement_pct < 25]) >= 2
        else "PRD"
        if any(25 <= t.improvement_pct < 50 for t in a4)
        else "none"
    )
    stage = min(len(classes), 2)
    if len(classes - {"TCA", "MAOI"}) >= 2 and "TCA" in classes:
        maoi = "MAOI" in classes
        stage = 3 + maoi + (maoi and history.ect_failed)
    out["thase_rush"] = int(stage)
    out["european"] = (
        "none"
        if k == 0
        else "NR"
        if k == 1 or len(classes) < 2
        else "CRD"
        if sum(t.weeks for t in a6) >= 52
        else f"TRD{min(k - 1, 5)}"
    )
    out["mgh_s"] = (
        sum(1 + 0.5 * t.optimised + 0.5 * t.augmentations for t in a6) + 3 * history.ect_failed
    )
    if k == 0:
        return out | {"maudsley": None, "maudsley_band": None}
    h = history.hamd17
    total = (
        1
        + (k > 2)
        + (k > 4)
        + (k > 6)
        + (k > 10)
        + 1
        + (history.episode_months > 12)
        + (history.episode_months > 24)
        + (1 if h < 8 else 2 if h < 17 else 3 if h < 24 else 4 + history.psychosis)
        + any(t.augmentations for t in a6)
        + history.ect_failed
    )
    band = "mild" if total <= 6 else "moderate" if total <= 10 else "severe"
    return out | {"maudsley": total, "maudsley_band": band}


def trials(names=NAMES, **fixed):
    fields = {
        "drug": st.sampled_from(names),
        "dose_mg": st.sampled_from([0, 8, 10, 20, 25, 50, 75, 100, 150, 225, 300, 450]),
        "weeks": st.sampled_from([0, 2, 3.9, 4, 5, 6, 8, 12, 30]),
        "adherence_pct": st.sampled_from([0, 50, 79.9, 80, 95, 100]),
        "improvement_pct": st.sampled_from([-40, 0, 24.9, 25, 35, 49.9, 50, 80]),
        "current_episode": st.booleans(),
        "optimised": st.booleans(),
        "augmentations": st.integers(0, 3),
    }
    return st.builds(
        Trial, **{k: st.just(fixed[k]) if k in fixed else v for k, v in fields.items()}
    )


def histories(**fixed):
    fields = {
        "trials": st.lists(trials(), max_size=8).map(tuple),
        "episode_months": st.sampled_from([0, 6, 12, 12.5, 24, 25, 60]),
        "hamd17": st.integers(0, 52),
        "psychosis": st.booleans(),
        "ect_failed": st.booleans(),
        "bipolar": st.booleans(),
    }
    return st.builds(
        History, **{k: st.just(fixed[k]) if k in fixed else v for k, v in fields.items()}
    )


@given(histories(), st.booleans())
def test_every_answer_matches_the_reference(history, strict):
    found = classify(history, strict)
    assert {k: getattr(found, k) for k in reference(history, strict)} == reference(history, strict)


@given(histories(), st.integers(0, 2**16))
def test_order_of_trials_is_irrelevant(history, seed):
    shuffled = list(history.trials)
    random.Random(seed).shuffle(shuffled)
    other = History(
        tuple(shuffled),
        history.episode_months,
        history.hamd17,
        history.psychosis,
        history.ect_failed,
        history.bipolar,
    )
    one, two = classify(history), classify(other)
    assert one.explanations == two.explanations
    assert one.cautions == two.cautions
    assert one.classes6 == two.classes6
    assert one.maudsley_items == two.maudsley_items


@given(histories(), st.sampled_from(NAMES), st.sampled_from([4, 6, 20]))
def test_another_failed_drug_never_lowers_a_count(history, name, weeks):
    dose = next(d for d in drugs() if d.name == name).minimum_mg(strict=True)
    more = History(
        (*history.trials, Trial(name, dose, weeks, 100, 0)),
        history.episode_months,
        history.hamd17,
        bipolar=history.bipolar,
    )
    before, after = classify(history), classify(more)
    assert after.n6 >= before.n6
    assert after.n4 >= before.n4
    if name not in {t.drug for t in history.trials}:
        assert after.n4 == before.n4 + 1
        assert after.n6 == before.n6 + (weeks >= 6)


@given(histories())
def test_strict_never_finds_more(history):
    strict, default = classify(history, strict=True), classify(history)
    assert strict.n6 <= default.n6
    assert strict.n4 <= default.n4
    assert strict.lifetime6 <= default.lifetime6


@given(histories(bipolar=True))
def test_bipolar_gets_counts_only(history):
    found = classify(history)
    assert all(getattr(found, name) is None for name in NOT_COUNTS)
    assert found.maudsley_items is None
    assert all(isinstance(n, int) for n in (found.n6, found.n4, found.lifetime6))
    assert any("Bipolar" in caution for caution in found.cautions)


@given(histories(bipolar=False))
def test_ranges_and_relations(history):
    found = classify(history)
    assert found.n6 <= found.n4
    assert found.n6 <= found.lifetime6
    assert not (found.diff6 and not found.reg6)
    assert not (found.reg6 and not (found.reg4 and found.life6))
    assert 0 <= found.thase_rush <= 5
    assert found.mgh_s >= found.n6
    assert (found.maudsley is None) == (found.n6 == 0)
    if found.maudsley is not None:
        assert 3 <= found.maudsley <= 15
        assert found.maudsley == found.maudsley_items.total
    for field in ("reg6", "reg4", "diff6", "life6"):
        assert isinstance(getattr(found, field), bool)


@given(histories(), st.booleans())
def test_counted_trials_explain_the_counts(history, strict):
    found = classify(history, strict)
    assert len(found.counted) == len(history.trials)
    for name, flag in (("n6", "counted6"), ("n4", "counted4"), ("lifetime6", "counted_lifetime6")):
        counted = {row.trial.drug for row in found.counted if getattr(row, flag)}
        assert len(counted) == getattr(found, name)
    for row in found.counted:
        assert (row.delphi is not None) == row.counted4
        assert row.sentence.startswith("Counts") == row.at4.failed


def test_the_same_drug_twice_counts_once():
    twice = History(
        (Trial("sertraline", 50, 8, 95, 10), Trial("Sertraline ", 200, 8, 95, 10)), 10, 20
    )
    found = classify(twice)
    assert (found.n6, found.n4, found.lifetime6) == (1, 1, 1)
    assert found.reg6 is False
    assert found.delphi == "none"
    assert [row.repeat for row in found.counted] == [True, True]
    # MGH-s is defined as a sum over courses.
    assert found.mgh_s == 2


def test_no_trial_at_all():
    found = classify(History((), 3, 20))
    assert (found.n6, found.reg6, found.delphi, found.thase_rush) == (0, False, "none", 0)
    assert (found.european, found.mgh_s, found.maudsley, found.maudsley_band) == (
        "none",
        0,
        None,
        None,
    )


def test_failed_ect_without_a_drug_trial_is_flagged():
    found = classify(History((), 3, 30, ect_failed=True))
    assert (found.mgh_s, found.thase_rush, found.european) == (3, 0, "none")
    assert found.maudsley is None
    assert any("ECT" in caution for caution in found.cautions)


def test_thase_rush_ladder():
    rungs = ["sertraline", "venlafaxine", "imipramine", "phenelzine"]
    failed = [Trial(name, 400, 8, 95, 0) for name in rungs]
    stages = [classify(History(failed[:k], 10, 25)).thase_rush for k in range(5)]
    assert stages == [0, 1, 2, 3, 4]
    assert classify(History(failed, 10, 25, ect_failed=True)).thase_rush == 5
    # Skipped rungs do not count: SSRI + TCA is stage II, and ECT after SSRI and SNRI stays at II.
    assert classify(History([failed[0], failed[2]], 10, 25)).thase_rush == 2
    assert classify(History(failed[:2], 10, 25, ect_failed=True)).thase_rush == 2


@pytest.mark.parametrize(
    ("months", "points"), [(0, 1), (12, 1), (12.1, 2), (13, 2), (24, 2), (24.1, 3), (60, 3)]
)
def test_maudsley_duration(months, points):
    # Fekadu 2018, Table 3: up to 12 months 1, 13-24 months 2, longer 3.
    history = History((Trial("sertraline", 50, 8, 95, 10),), months, 20)
    assert classify(history).maudsley_items.duration == points


@pytest.mark.parametrize(
    ("hamd17", "psychosis", "points"),
    [(7, 0, 1), (8, 0, 2), (16, 1, 2), (17, 0, 3), (23, 1, 3), (24, 0, 4), (24, 1, 5), (52, 1, 5)],
)
def test_maudsley_severity(hamd17, psychosis, points):
    history = History((Trial("sertraline", 50, 8, 95, 10),), 6, hamd17, psychosis=bool(psychosis))
    assert classify(history).maudsley_items.severity == points


@pytest.mark.parametrize(
    ("drugs_failed", "points"),
    [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (6, 3), (7, 4), (10, 4), (11, 5), (30, 5)],
)
def test_maudsley_failed_drugs(drugs_failed, points):
    # PLoS One 2020, doi:10.1371/journal.pone.0236434, Table 1.
    history = History(tuple(Trial(n, 500, 8, 95, 0) for n in NAMES[:drugs_failed]), 6, 20)
    assert classify(history).maudsley_items.failed_drugs == points


def test_maudsley_extremes():
    least = History((Trial("sertraline", 50, 8, 95, 10),), 1, 3)
    most = History(
        tuple(Trial(n, 500, 8, 95, 0, augmentations=1) for n in NAMES[:11]),
        30,
        40,
        psychosis=True,
        ect_failed=True,
    )
    assert (classify(least).maudsley, classify(least).maudsley_band) == (3, "mild")
    assert (classify(most).maudsley, classify(most).maudsley_band) == (15, "severe")


def test_an_impossible_date_is_flagged():
    history = History((Trial("sertraline", 50, 40, 95, 10),), 2, 20)
    assert any("longer than the episode" in c for c in classify(history).cautions)


# --- validation ----------------------------------------------------------------------------

GOOD_TRIAL = {
    "drug": "sertraline",
    "dose_mg": 50,
    "weeks": 8,
    "adherence_pct": 90,
    "improvement_pct": 10,
}
GOOD_HISTORY = {"trials": (), "episode_months": 6, "hamd17": 20}


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("drug", "sertralin", ["sertralin", "sertraline"]),
        ("drug", "aspirin", ["aspirin"]),
        ("drug", None, ["None"]),
        ("dose_mg", -1, ["dose_mg", "-1", "0 or more"]),
        ("dose_mg", float("inf"), ["dose_mg", "inf"]),
        ("dose_mg", float("nan"), ["dose_mg", "nan"]),
        ("dose_mg", "50", ["dose_mg", "'50'"]),
        ("weeks", -0.5, ["weeks", "-0.5", "0 or more"]),
        ("adherence_pct", 101, ["adherence_pct", "101", "100"]),
        ("adherence_pct", -1, ["adherence_pct", "-1", "0"]),
        ("improvement_pct", 101, ["improvement_pct", "101", "100"]),
        ("improvement_pct", -101, ["improvement_pct", "-101", "-100"]),
        ("current_episode", "yes", ["current_episode", "yes", "True or False"]),
        ("optimised", 2, ["optimised", "2"]),
        ("augmentations", -1, ["augmentations", "-1", "0 or more"]),
        ("augmentations", 1.5, ["augmentations", "1.5", "whole number"]),
    ],
)
def test_trial_refuses(field, value, words):
    with pytest.raises(ValueError) as error:
        Trial(**{**GOOD_TRIAL, field: value})
    assert all(word in str(error.value) for word in words)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("trials", 3, ["trials", "3"]),
        ("trials", ["sertraline"], ["sertraline", "Trial"]),
        ("episode_months", -1, ["episode_months", "-1", "0 or more"]),
        ("hamd17", 53, ["hamd17", "53", "52"]),
        ("hamd17", -1, ["hamd17", "-1"]),
        ("psychosis", "no", ["psychosis", "no"]),
        ("ect_failed", None, ["ect_failed"]),
        ("bipolar", 5, ["bipolar", "5"]),
    ],
)
def test_history_refuses(field, value, words):
    with pytest.raises(ValueError) as error:
        History(**{**GOOD_HISTORY, field: value})
    assert all(word in str(error.value) for word in words)


def test_classify_refuses_what_is_not_a_history():
    with pytest.raises(ValueError, match="give a History"):
        classify([Trial(**GOOD_TRIAL)])


def test_answers_explain_themselves():
    found = classify(V2)
    assert "dose 10 mg is below 20 mg" in found.counted[0].sentence
    assert found.why("reg6").answer == "not met"
    assert "mirtazapine" in found.why("n6").sentence
    with pytest.raises(ValueError, match="reg7"):
        found.why("reg7")
    assert CONVENTIONS


# --- the definitions side by side ----------------------------------------------------------


def test_definitions_map_to_answers():
    rows = {d.key: d for d in definitions()}
    assert {key: row.flag for key, row in rows.items() if row.flag} == {
        "fda-label": "reg6",
        "eu-label": "reg6",
        "ema-2013": "reg6",
        "mcintyre-2023": "reg6",
        "mgh-atrq": "reg6",
        "nice-ta854": "reg4",
        "rybak-2021": "reg4",
        "canmat": "reg4",
        "maudsley-guidelines": "reg4",
        "ema-older": "diff6",
        "european-staging": "diff6",
        "sforzini-2022": "delphi",
        "athf-sf": "n4",
    }
    for row in rows.values():
        assert row.status in {"verified", "secondary", "from-knowledge"}
        assert bool(row.from_knowledge) == (row.status == "from-knowledge")
        assert row.source or row.from_knowledge


def test_answer_for_every_definition():
    by_case = {
        name: {d.key: answer_for(d, classify(h)) for d in definitions()}
        for name, h in (("V1", V1), ("V3", V3), ("V4", V4))
    }
    assert by_case["V3"]["rybak-2021"] == "met"
    assert by_case["V3"]["sforzini-2022"] == "PRD"
    assert by_case["V1"]["athf-sf"] == "2 adequate failed drugs"
    assert by_case["V1"]["dtd"] == "no count: discuss"
    assert set(by_case["V4"].values()) == {"not applicable", "no count: discuss"}


def test_every_pair_of_fault_lines_can_be_shown():
    """Histories exist on which any two flags disagree, so the panel has something to teach."""
    weeks = {"short": 5, "long": 8}
    seen = set()
    for names, length, current in itertools.product(
        (("sertraline", "citalopram"), ("sertraline", "venlafaxine")), weeks, (True, False)
    ):
        found = classify(
            History(
                [Trial(n, 300, weeks[length], 95, 30, current_episode=current) for n in names],
                12,
                20,
            )
        )
        seen.add(tuple(getattr(found, f) for f in FLAGS))
    for one, two in itertools.combinations(range(len(FLAGS)), 2):
        assert any(answers[one] != answers[two] for answers in seen)
