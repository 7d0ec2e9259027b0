"""Lesson 5: the keys of its self-checks are what the counts, the sources and the steps say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from trd import evidence
from trd.communication.effects import natural_frequency, risk_difference
from trd.quiz.masters import items_in

NOTEBOOK = Path(__file__).resolve().parents[2] / "course" / "05_communicating_risk.ipynb"


@pytest.fixture(scope="module")
def items() -> dict[str, Any]:
    return {item.id: item for item in items_in(NOTEBOOK)}


@pytest.fixture(scope="module")
def rows() -> dict[str, Any]:
    return dict(evidence.rows())


def _words(item: Any) -> str:
    return " ".join(item.vignette.split())


def _value(rows: dict[str, Any], name: str) -> float:
    assert rows[name].status in ("verified", "derived"), name
    return float(rows[name].value)


def _pair(rows: dict[str, Any], stem: str) -> tuple[int, int, int, int]:
    """Return the counts of two arms: events and people on treatment, then in the control."""
    arms = [rows[f"com-e-{stem}-{arm}"] for arm in ("treatment", "comparator")]
    assert all(arm.status == "verified" for arm in arms)
    (x1, n1), (x0, n0) = ((int(arm.value), int(arm.n)) for arm in arms)
    return x1, n1, x0, n0


def test_how_many_more_is_the_difference_and_the_traps_are_other_true_numbers(items, rows):
    item = items["how-many-more"]
    ketamine = _value(rows, "option-ketamine-midazolam-in-100")
    control = _value(rows, "option-midazolam-in-100")
    assert item.options[item.secret.key] == f"{ketamine - control:g} more" == "21 more"
    assert item.options["forty-seven-more"] == f"{ketamine:g} more"
    assert item.options["five-more"] == f"{round(100 / (ketamine - control))} more"
    open_label = _value(rows, "option-ketamine-open-response")
    assert item.options["seventy-more"] == f"{round(open_label, -1):g} more"


def test_people_in_a_hundred_are_worked_out_from_the_counts(items, rows):
    item = items["fifteen-and-five"]
    x1, n1, x0, n0 = counts = _pair(rows, "su-response")
    assert f"{x1} of {n1} people on ketamine" in _words(item)
    assert f"{x0} of {n0} on midazolam" in _words(item)
    effect = risk_difference(*counts)
    assert abs(item.secret.key - 100 * effect.rd) <= item.secret.tolerance
    treated, control = (natural_frequency(x / n, 100) for x, n in ((x1, n1), (x0, n0)))
    assert f"{treated} in 100" in item.secret.why and f"{control} in 100" in item.secret.why
    assert f"{100 - treated} of 100 did not" in item.secret.why
    # Every number that is caught is what it is said to be.
    traps = {x1 - x0, treated, round(100 * (x1 / n1) / (x0 / n0)) - 100, round(effect.nnt)}
    assert {int(number) for number in item.secret.common_errors} == traps


def test_only_sentences_that_follow_from_the_two_numbers_are_keyed(items, rows):
    item = items["same-or-not"]
    ketamine = int(_value(rows, "option-ketamine-midazolam-in-100"))
    control = int(_value(rows, "option-midazolam-in-100"))
    assert f"{control} of 100 responded with midazolam, {ketamine} of 100" in item.stem
    ratio = ketamine / control
    odds = (ketamine / (100 - ketamine)) / (control / (100 - control))
    true = {
        "relative": f"{100 * (ratio - 1):.0f} % more people responded",
        "difference": f"{ketamine - control} more of 100",
        "loss": f"{100 - ketamine} of 100 did not respond",
    }
    assert set(item.secret.key) == set(true)
    assert all(words in item.options[name] for name, words in true.items())
    # The odds ratio is quoted as if it were a ratio of chances, and all get the credit.
    assert f"{odds:.1f} times as likely" in item.options["odds-as-chance"]
    assert f"{ratio:.1f} times as likely" in item.secret.why["odds-as-chance"]
    assert f"difference for {ketamine} of 100" in item.options["credit"]


def test_the_controls_differ_and_ketamine_does_not(items, rows):
    item = items["same-drug"]
    names = ("saline-trials", "saline", "midazolam-trials", "midazolam")
    numbers = [_value(rows, f"com-t-wilkinson-response-{name}") for name in names]
    with_saline, saline, with_midazolam, midazolam = numbers
    assert abs(with_saline - with_midazolam) <= 1 < midazolam - saline
    assert item.secret.key == "controls-improved"
    text = _words(item)
    assert f"{with_saline:g} % responded on ketamine and {saline:g} % on saline" in text
    assert f"{with_midazolam:g} % on ketamine and {midazolam:g} % on midazolam" in text
    assert f"d {_value(rows, 'com-t-wilkinson-saline'):g}" in text
    assert f"d {_value(rows, 'com-t-wilkinson-midazolam'):g}" in text


def test_a_number_needed_to_treat_is_keyed_where_the_interval_allows_it(items, rows):
    item = items["through-the-gate"]
    stems = {
        "one-dose": "su-response",
        "eight-infusions": "karma-response",
        "under-anaesthesia": "lii-response",
        "spray": "escape-remission",
    }
    quotable = set()
    for option, stem in stems.items():
        effect = risk_difference(*_pair(rows, stem))
        low, high = (round(100 * limit) for limit in (effect.low, effect.high))
        bottom = f"{-low} fewer" if low < 0 else str(low)
        top = f"{high} more" if low < 0 else str(high)
        shown = f"{100 * effect.rd:.0f} more in 100 ({bottom} to {top})"
        assert shown in item.options[option], shown
        if not effect.crosses_no_effect:
            quotable.add(option)
    # The fifth has no control group, so there is nothing to work out.
    assert set(item.options) == {*stems, "open-label"}
    assert "17 of 24" in item.options["open-label"]
    assert "17 of 24" in rows["mon-resp-open-six"].statement
    assert set(item.secret.key) == quotable == {"one-dose", "spray"}


def test_the_spray_s_number_has_its_interval(items, rows):
    effect = risk_difference(*_pair(rows, "escape-remission"))
    words = f"about {effect.nnt:.0f}, from {effect.nnt_low:.0f} to {effect.nnt_high:.0f}"
    assert words in items["through-the-gate"].secret.why["spray"]


def test_nobody_is_told_that_it_is_gone_for_good(items, rows):
    item = items["gone-for-good"]
    assert item.secret.key == "plan"
    assert f"day {_value(rows, 'mon-rel-murrough'):g}" in item.options["plan"]
    # Relapse is the rule in the trial with a year of follow-up, so no option may promise.
    assert _value(rows, "mon-rel-ketect-12mo") > 50
    # His second question, about the tablets, has an answer too: the course's rule, said as one.
    assert "Keep the tablets" in item.options["plan"]
    assert "a rule of this course" in item.secret.why["plan"]
    assert "keep the antidepressant" in rows["mon-rel-widen"].statement


def test_relapse_after_open_infusions_is_of_those_whom_they_helped(items, rows):
    responded, treated = (int(rows["com-t-murrough-open-response"].value), 24)
    assert f"({responded} of {treated})" in rows["mon-resp-open-six"].statement
    days = f"{_value(rows, 'mon-rel-murrough'):g} days"
    passages = [line for line in NOTEBOOK.read_text(encoding="utf-8").splitlines() if days in line]
    assert len(passages) >= 3
    for passage in passages:
        assert str(responded) in passage or "Seventeen" in passage, passage
    assert "Half of those helped" in items["gone-for-good"].options["plan"]


def test_an_interval_that_takes_in_none_has_no_number_needed_to_treat(items, rows):
    pooled = rows["option-ketamine-midazolam-extra-in-100"]
    assert float(pooled.low) == 0
    text = NOTEBOOK.read_text(encoding="utf-8")
    quoted = [line for line in text.splitlines() if "treat about five" in line]
    assert quoted and all("may not be quoted" in line for line in quoted)
    assert "may not be quoted" in items["how-many-more"].secret.why["five-more"]


def test_eighty_and_eighty_one_per_cent_are_told_apart(items, rows):
    exact = [
        _value(rows, f"option-{name}-response") for name in ("ketamine-midazolam", "midazolam")
    ]
    before = f"{100 * (exact[0] / exact[1] - 1):.0f} %"
    assert before == "80 %" and "81 %" in items["same-or-not"].options["relative"]
    assert f"{before} before rounding" in items["same-or-not"].secret.why["relative"]
    assert f"| {exact[0]:g} against {exact[1]:g}, unrounded |" in NOTEBOOK.read_text("utf-8")


def test_the_conversation_goes_as_the_lesson_lists_it(items):
    item = items["four-minutes-more"]
    text = NOTEBOOK.read_text(encoding="utf-8")
    listed = re.findall(r'"\d\. \*\*(Ask|Safety|Options|Weigh|Hear it back)', text)
    steps = ["Ask", "Safety", "Options", "Weigh", "Hear it back"]
    assert listed[:5] == steps
    does = {
        "hopes": "Ask",
        "safety": "Safety",
        "options": "Options",
        "matters": "Weigh",
        "hear-back": "Hear it back",
    }
    assert [does[step] for step in item.secret.key] == steps


def test_the_poster_s_new_line_has_four_parts_and_its_doubt(items, rows):
    item = items["the-poster"]
    line = item.options[item.secret.key]
    ketamine = int(_value(rows, "option-ketamine-midazolam-in-100"))
    control = int(_value(rows, "option-midazolam-in-100"))
    for part in ("Next day", f"{ketamine} of 100", "with a sedative", f"{control}", "unsure"):
        assert part in line
    # Nobody else among the four names both a number of people and what it was compared with.
    others = [text for name, text in item.options.items() if name != item.secret.key]
    assert not any(re.search(r"\d", text) for text in others)
    assert "very low" in rows["option-ketamine-certainty"].statement


def test_the_leaflet_names_number_and_control(items, rows):
    item = items["one-sentence"]
    ketamine = int(_value(rows, "com-h-su-derealisation-treatment-per100"))
    control = int(_value(rows, "com-h-su-derealisation-comparator-per100"))
    line = item.options[item.secret.key]
    assert f"Of 100 people, {ketamine} felt unreal" in line and f"{control} did" in line
    assert f"{ketamine} % of 42" in _words(item) and f"{control} % of 42" in _words(item)


def test_home_is_refused_for_what_nobody_watches(items, rows):
    item = items["by-post"]
    assert item.safety_critical and item.secret.key == "who-watches"
    assert rows["acc-oral-unapproved"].status == "verified"
    assert "never for use at home" in rows["screen-law-not-home"].statement
    hours = _value(rows, "screen-observation")
    assert hours == 2 and "at least two hours" in item.secret.why["spray-instead"]


def test_a_professional_interprets(items, rows):
    item = items["the-niece"]
    assert item.safety_critical and item.secret.key == "telephone"
    before = _value(rows, "screen-consent-phones-before")
    after = _value(rows, "screen-consent-phones-after")
    assert f"from {before:g} to {after:g} %" in item.secret.why["telephone"]
    assert "never a child or partner" in rows["screen-consent-interpreter-rule"].statement
