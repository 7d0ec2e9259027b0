"""Cases of lesson 1: keys that a rule decides equal what the models say, and so does the prose."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from casetext import case_text, free_text, rubric_points, tables

from trd.definitions import (
    History,
    Trial,
    answer_for,
    assess,
    checklist,
    classify,
    cumulative,
    definitions,
    drug,
    interpret,
    next_step,
    remission_rates,
    scale,
    select,
    totals,
)
from trd.quiz.masters import is_free_text, items_in, read_notebook, source_of

MASTERS = Path(__file__).resolve().parents[2] / "solutions" / "01-definitions"


# --- the two histories -----------------------------------------------------------------------

MR_J = History(
    trials=(
        Trial("sertraline", 150, 10, 97, 100 * (33 - 29) / 33, optimised=True),
        Trial("escitalopram", 20, 9, 95, 100 * (32 - 27) / 32, optimised=True, augmentations=1),
    ),
    episode_months=15,
    hamd17=22,
)
MS_N = History(
    trials=(
        Trial(
            "fluoxetine",
            40,
            14,
            100 * 13 / 14,
            100 * (18 - 16) / 18,
            current_episode=False,
            optimised=True,
        ),
        Trial("sertraline", 100, 12, 100 * 6 / 12, 100 * (21 - 19) / 21, optimised=True),
        Trial(
            "venlafaxine",
            150,
            16,
            100 * 15 / 16,
            100 * (20 - 13) / 20,
            optimised=True,
            augmentations=1,
        ),
    ),
    episode_months=9,
    hamd17=18,
)
HISTORIES = {"case-a": MR_J, "case-b": MS_N}


# --- what the case cells print ---------------------------------------------------------------


def _case_text(name: str) -> str:
    return case_text(MASTERS / f"{name}.ipynb")


def _printed_in_case_a(text: str) -> list[Trial]:
    (chart,) = tables(text)
    return [
        Trial(
            row["Drug"],
            float(row["Daily dose (mg)"]),
            float(row["Weeks at that dose"]),
            float(row["Doses taken (%)"]),
            _fall("madrs", row["MADRS before"], row["MADRS at end"]),
            optimised=float(row["Daily dose (mg)"]) > drug(row["Drug"]).minimum_mg(),
            augmentations=int(row["Added"] != "–"),
        )
        for row in chart
    ]


def _printed_in_case_b(text: str) -> list[Trial]:
    chart, pharmacy = tables(text)
    supply = {row["Drug"]: row for row in pharmacy}
    assert {row["Drug"] for row in chart} == set(supply)
    added = [row for row in chart if row["When and how"].startswith("with ")]
    partners = [row["When and how"].split()[1].strip(",").capitalize() for row in added]
    trials = []
    for row in chart:
        if row in added:
            continue
        record = supply[row["Drug"]]
        assert record["Weeks prescribed"] == row["Weeks at that dose"]
        trials.append(
            Trial(
                row["Drug"],
                float(row["Daily dose (mg)"]),
                float(row["Weeks at that dose"]),
                100
                * float(record["Weeks of supply collected"])
                / float(record["Weeks prescribed"]),
                _fall("phq9", row["PHQ-9 before"], row["PHQ-9 at end"]),
                current_episode="this episode" in row["When and how"],
                optimised=float(row["Daily dose (mg)"]) > drug(row["Drug"]).minimum_mg(),
                augmentations=partners.count(row["Drug"]),
            )
        )
    return trials


def _fall(scale_key: str, before: str, at_end: str) -> float:
    improvement = interpret(scale_key, float(before), float(at_end)).improvement_pct
    assert improvement is not None
    return improvement


PRINTED = {"case-a": _printed_in_case_a, "case-b": _printed_in_case_b}


@pytest.mark.parametrize("name", HISTORIES)
def test_chart_in_the_story_is_the_history_the_keys_rest_on(name):
    printed = PRINTED[name](_case_text(name))
    encoded = HISTORIES[name].trials
    assert [t.drug for t in printed] == [t.drug for t in encoded]
    for seen, meant in zip(printed, encoded, strict=True):
        assert seen.adherence_pct == pytest.approx(meant.adherence_pct)
        assert seen.improvement_pct == pytest.approx(meant.improvement_pct)
        assert replace(seen, adherence_pct=0, improvement_pct=0) == replace(
            meant, adherence_pct=0, improvement_pct=0
        )


@pytest.mark.parametrize("name", HISTORIES)
def test_story_prints_the_episode_and_the_score_of_the_history(name):
    text = _case_text(name)
    history = HISTORIES[name]
    months = {int(n) for n in re.findall(r"(\d+) months", text)}
    scores = {int(n) for n in re.findall(r"HAM-D17[^.:\n]*: (\d+)", text)}
    assert months == {history.episode_months}
    assert scores == {history.hamd17}


def test_one_history_meets_the_usual_rules_and_its_look_alike_does_not():
    plain, trap = classify(MR_J), classify(MS_N)
    assert (plain.reg6, plain.reg4, plain.delphi, plain.diff6) == (True, True, "TRD", False)
    assert (trap.reg6, trap.reg4, trap.delphi, trap.n6) == (False, False, "PRD", 1)
    # Counting over all episodes is the error that the second case invites.
    assert trap.life6
    assert not plain.cautions
    assert not trap.cautions


# --- keys ------------------------------------------------------------------------------------


#: How the models decide a key, from the item's public half and the person's history.
Decide = Callable[[Any, History], Any]


def _order_of_checks(item: Any, _: History) -> list[str]:
    places = {check.key: check.number for check in checklist()}
    steps = {
        "mood": "diagnosis",
        "taken": "taken",
        "minimum": "dose",
        "illness": "comorbidity",
    }
    clear = dict.fromkeys(places, "clear")
    assert next_step(clear).label_may_be_considered
    assert not next_step(clear | {"stressors": "unknown"}).label_may_be_considered
    assert set(item.options) == {*steps, "count"}
    return [*sorted(steps, key=lambda option: places[steps[option]]), "count"]


def _sertraline_fall(_: Any, history: History) -> float:
    return round(history.trials[0].improvement_pct)


def _reasons_for_adequate(_: Any, history: History) -> set[str]:
    verdict = assess(history.trials[0])
    legs = {"dose": verdict.dose_ok, "weeks": verdict.weeks_ok, "refills": verdict.adherence_ok}
    return {option for option, holds in legs.items() if holds}


def _rules_for_mr_j(_: Any, history: History) -> dict[str, str]:
    sources = {
        "mcintyre": "mcintyre-2023",
        "rybak": "rybak-2021",
        "ema-older": "ema-older",
        "ng222": "nice-ng222",
        "dtd": "dtd",
    }
    words = {"met": "met", "not met": "unmet", "no count: discuss": "no-count"}
    known = {definition.key: definition for definition in definitions()}
    result = classify(history)
    return {p: words[answer_for(known[key], result)] for p, key in sources.items()}


def _stard_questions(item: Any, _: History) -> dict[str, str]:
    questions = {
        "theoretical": "stayed",
        "of_enrolled": "enrolled",
        "reanalysis": "protocol",
        "sustained": "lasting",
    }
    by_value = {f"{t.value_pct:g} %": questions[t.key] for t in totals() if t.key in questions}
    return {prompt: by_value[text] for prompt, text in item.prompts.items()}


def _ketamine_or_ect(item: Any, _: History) -> str:
    trials = select(["elekt-d"])
    assert [t.key for t in trials] == ["elekt-d", "ketect"]
    better = set()
    for trial in trials:
        assert f"({trial.n} " in item.stem
        for arm in trial.arms:
            assert f"{arm.value:g} %" in item.stem
        better.add(max(trial.arms, key=lambda arm: arm.value).note)
    assert len({trial.outcome for trial in trials}) == len({t.population for t in trials}) == 2
    return next(iter(better)) if len(better) == 1 else "unsettled"


def _what_each_entry_is(item: Any, history: History) -> dict[str, str]:
    codes = {"dose-low": "dose", "weeks-short": "weeks", "adherence-low": "adherence"}
    described = {}
    for trial in history.trials:
        verdict = assess(trial)
        if not verdict.adequate:
            (reason,) = verdict.reasons  # one fault each, so that one description fits best
            assert trial.current_episode
            described[trial.drug] = codes[reason.code]
        else:
            described[trial.drug] = "trial" if trial.current_episode else "past"
    added = set(item.prompts) - set(described)
    assert len(added) == sum(t.augmentations for t in history.trials)
    return described | dict.fromkeys(added, "add-on")


def _response_ceiling(_: Any, __: History) -> int:
    chart = tables(_case_text("case-b"))[0]
    (baseline,) = [int(row["PHQ-9 before"]) for row in chart if row["Drug"] == "Venlafaxine"]
    points = range(scale("phq9").minimum, baseline + 1)
    return max(now for now in points if interpret("phq9", baseline, now).response)


def _two_panels(_: Any, history: History) -> str:
    # Asked of one trial, so both panels are tried on two drugs with exactly this result.
    twin = replace(
        history,
        trials=(history.trials[2], replace(history.trials[2], drug="bupropion", dose_mg=300)),
    )
    result = classify(twin)
    verdicts = {
        (True, "TRD"): "each",
        (True, "PRD"): "rybak",
        (False, "TRD"): "sforzini",
        (False, "none"): "neither",
    }
    assert result.reg4 is not None
    assert result.delphi is not None
    return verdicts[result.reg4, result.delphi]


def _maudsley_drugs(item: Any, history: History) -> str:
    found = classify(history)
    items = found.maudsley_items
    assert items is not None
    printed = (
        f"duration {items.duration}, severity {items.severity}, drugs {items.failed_drugs}, "
        f"augmentation {items.augmentation}, ECT {items.ect}; total {items.total} "
    )
    assert printed in item.stem
    one = history.trials[2]
    names = ("venlafaxine", "mirtazapine", "bupropion", "vortioxetine")
    scores = {}
    for number in range(1, len(names) + 1):
        trials = tuple(replace(one, drug=name, dose_mg=300) for name in names[:number])
        counted = classify(replace(history, trials=trials)).maudsley_items
        assert counted is not None
        scores[number] = counted.failed_drugs
    same = [number for number, score in scores.items() if score == items.failed_drugs]
    return {(1,): "exactly-one", (2,): "exactly-two", (1, 2): "one-or-two"}[tuple(same)]


def _what_else(_: Any, __: History) -> set[str]:
    keys = (
        "switch-class",
        "psychotherapy-cobalt",
        "augment-lithium",
        "augment-sga",
        "rtms-ascertain",
    )
    known = {option.key: option for option in select(keys)}
    switch, cbt, lithium, sga, rtms = (known[key] for key in keys)
    true = {
        "class": switch.arms[0].value >= 2 * switch.arms[1].value,
        "cbt": (cbt.comparator, [a.value for a in cbt.arms]) == ("usual care", [46, 22]),
        "lithium": "placebo" in lithium.comparator and _raises(lithium, "response"),
        "antipsychotic": "placebo" in sga.comparator and _raises(sga, "remission"),
        "rtms": "sham" in rtms.comparator or any("sham" in arm.note for arm in rtms.arms),
    }
    return {option for option, holds in true.items() if holds}


def _raises(option: Any, outcome: str) -> bool:
    contrast = next(c for c in option.contrasts if c.note == outcome)
    return contrast.unit == "odds ratio" and contrast.low > 1


def _two_steps(item: Any, _: History) -> float:
    rates = remission_rates()[:2]
    for rate in rates:
        assert f"{100 * rate:.1f} %" in item.stem
    return round(100 * cumulative(rates), 1)


def _after_the_call(_: Any, __: History) -> str:
    # Thyroid and alcohol are clear in the letter; the call puts the diagnosis in doubt.
    known = {"diagnosis": "unknown", "taken": "problem", "comorbidity": "clear"}
    step = next_step(known).step
    assert step is not None
    return {"diagnosis": "history", "taken": "keep"}[step.key]


RULES: dict[str, Decide] = {
    "checks-in-order": _order_of_checks,
    "sertraline-change": _sertraline_fall,
    "sertraline-adequacy": _reasons_for_adequate,
    "rules-for-mr-j": _rules_for_mr_j,
    "mgh-points": lambda _, history: classify(history).mgh_s,
    "stard-questions": _stard_questions,
    "two-headlines": _ketamine_or_ect,
    "what-each-entry-is": _what_each_entry_is,
    "response-ceiling": _response_ceiling,
    "two-panels": _two_panels,
    "maudsley-drugs": _maudsley_drugs,
    "what-else": _what_else,
    "two-steps": _two_steps,
    "after-the-call": _after_the_call,
}
#: Decided by clinical judgement alone.
JUDGED = {"item-nine"}


def _items() -> dict[str, tuple[str, Any]]:
    return {
        item.id: (name, item) for name in HISTORIES for item in items_in(MASTERS / f"{name}.ipynb")
    }


def test_every_item_is_decided_by_a_rule_or_listed_as_judged():
    assert set(_items()) == set(RULES) | JUDGED


@pytest.mark.parametrize("item_id", RULES)
def test_key_is_what_the_rule_says(item_id):
    name, item = _items()[item_id]
    key = item.secret.key
    if item.kind == "multiple_response":
        key = set(key)
    expected = RULES[item_id](item, HISTORIES[name])
    if isinstance(key, float):
        expected = pytest.approx(expected)
    assert key == expected


@pytest.mark.parametrize(
    "item_id", [i for i, (_, item) in _items().items() if item.kind == "numeric"]
)
def test_no_common_error_of_a_number_would_be_marked_right(item_id):
    _, item = _items()[item_id]
    secret = item.secret
    wrong = [float(value) for value in secret.common_errors]
    assert wrong
    for value in wrong:
        assert abs(value - secret.key) > secret.tolerance
        assert item.minimum <= value <= item.maximum
    # The first error within the tolerance is shown, so two must not claim the same answer.
    assert all(abs(a - b) > secret.tolerance for a in wrong for b in wrong if a is not b)


# --- the assignment as a whole ---------------------------------------------------------------


def test_all_objectives_and_five_types_are_covered():
    items = [item for _, item in _items().values()]
    assert {item.objective for item in items} == {f"LO-1.{n}" for n in range(1, 8)}
    assert {item.kind for item in items} == {
        "single_best",
        "multiple_response",
        "numeric",
        "ordering",
        "matching",
    }


@pytest.mark.parametrize("name", HISTORIES)
def test_each_case_has_one_question_where_a_slip_could_do_harm(name):
    critical = [i.id for i in items_in(MASTERS / f"{name}.ipynb") if i.safety_critical]
    assert len(critical) == 1


def test_the_model_answer_keeps_to_the_length_asked_for():
    cells = read_notebook(MASTERS / "case-b.ipynb")["cells"]
    (answer,) = [source_of(cell) for cell in cells if is_free_text(cell)]
    letter = answer[answer.index("Dear Dr") : answer.index("**Rubric**")]
    assert 80 <= len(letter.split()) <= 120


def test_the_rubric_gives_the_points_of_its_cell():
    cell = free_text(MASTERS / "case-b.ipynb")
    assert rubric_points(cell) == cell["metadata"]["nbgrader"]["points"]
