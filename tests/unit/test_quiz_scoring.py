"""Marks: within range, full if and only if the key, and read back unchanged by nbgrader."""

import math
import random
from dataclasses import replace

import nbformat
import pytest
from examples import KEYS, example
from hypothesis import given
from hypothesis import strategies as st
from nbgrader.utils import determine_grade

from trd.quiz import feedback, scoring
from trd.quiz.items import KINDS, ItemError, Secret
from trd.quiz.scoring import AnswerError

OPTIONS = list("abcd")

ANSWERS = {
    "single_best": st.sampled_from(list("abc")),
    "multiple_response": st.lists(st.sampled_from(OPTIONS), unique=True),
    "numeric": st.floats(0, 52),
    "ordering": st.permutations(OPTIONS),
    "matching": st.dictionaries(
        st.sampled_from(["fda", "delphi", "nice"]), st.sampled_from(["two", "quarter", "none"])
    ),
    "simulation": st.builds(
        lambda t, done: {"run": 1, "completed": done, "log": [{"t_s": t, "do": "off"}]},
        st.integers(0, 200),
        st.booleans(),
    ),
}

kinds_and_answers = st.sampled_from(KINDS).flatmap(
    lambda kind: st.tuples(st.just(kind), ANSWERS[kind])
)


@given(kinds_and_answers, st.floats(0, 20))
def test_points_lie_between_zero_and_the_maximum(pair, worth):
    kind, answer = pair
    item = example(kind, points=worth)
    earned = scoring.points(item, scoring.clean(item, answer))
    assert 0 <= earned <= worth


@given(kinds_and_answers)
def test_full_marks_if_and_only_if_the_key(pair):
    kind, answer = pair
    item = example(kind)
    clean = scoring.clean(item, answer)
    full = scoring.points(item, clean) == 2
    if kind == "numeric":
        # The key is a number with a stated tolerance of half a week.
        assert full == (abs(answer - 6) <= 0.5)
    elif kind == "simulation":
        # The kettle's own rule: switched off within 20 s of the moment this seed makes it boil.
        boils_at = 60 + random.Random(3).randrange(10)
        in_time = boils_at <= answer["log"][0]["t_s"] <= boils_at + 20
        assert full == (answer["completed"] and in_time)
    elif kind == "multiple_response":
        assert full == (set(answer) == {"b", "d"})
    else:
        assert full == (answer == KEYS[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_the_key_earns_full_marks_and_nothing_earns_none(kind):
    item = example(kind)
    assert scoring.points(item, scoring.clean(item, KEYS[kind])) == 2
    assert scoring.points(item, None) == 0


@given(st.permutations(OPTIONS), st.lists(st.sampled_from(OPTIONS), unique=True))
def test_the_order_of_clicks_is_irrelevant(clicks, chosen):
    item = example("multiple_response")
    one = scoring.clean(item, [name for name in clicks if name in chosen])
    other = scoring.clean(item, chosen)
    assert one == other
    assert scoring.points(item, one) == scoring.points(item, other)


def test_a_wrong_pick_costs_as_much_as_a_right_one_earns():
    item = example("multiple_response")
    marks = {"b": 1, "bd": 2, "bda": 1, "ba": 0, "abcd": 0, "a": 0}
    for picks, expected in marks.items():
        assert scoring.points(item, scoring.clean(item, list(picks))) == expected


def _with_critical(*names):
    item = example("multiple_response")
    return replace(item, secret=replace(item.secret, critical=names))


def test_an_answer_without_a_critical_option_earns_nothing():
    item = _with_critical("d")
    marks = {"bd": 2, "d": 1, "b": 0, "ab": 0, "abd": 1, "abcd": 0}
    for picks, expected in marks.items():
        assert scoring.points(item, scoring.clean(item, list(picks))) == expected
    assert scoring.points(item, None) == 0


@given(st.lists(st.sampled_from(OPTIONS), unique=True), st.sampled_from(["b", "d", "bd"]))
def test_a_critical_option_takes_marks_only_from_those_who_miss_it(picks, critical):
    plain, strict = example("multiple_response"), _with_critical(*critical)
    answer = scoring.clean(plain, picks)
    missed = set(critical) - set(answer or ())
    assert scoring.points(strict, answer) == (0 if missed else scoring.points(plain, answer))


@pytest.mark.parametrize(
    ("picks", "said"), [("b", True), ("abc", True), ("d", False), ("ad", False)]
)
def test_feedback_says_why_a_missed_critical_option_took_everything(picks, said):
    item = _with_critical("d")
    html = feedback.render(item, scoring.clean(item, list(picks)))
    assert ("Left out: “Trial D”" in html) == said
    assert ("earns nothing" in html) == said


def test_unanswered_or_without_critical_options_nothing_is_said_to_be_left_out():
    assert "Left out" not in feedback.render(_with_critical("d"), None)
    assert "Left out" not in feedback.render(example("multiple_response"), ["a"])


def test_ordering_pays_by_pairs_and_nothing_for_a_reversed_order():
    item = example("ordering", points=6)
    assert scoring.points(item, ["d", "b", "c", "a"]) == 4  # one of six pairs the wrong way round
    assert scoring.points(item, ["c", "a", "b", "d"]) == 0


def test_matching_pays_for_each_pair():
    item = example("matching", points=3)
    assert scoring.points(item, {"fda": "two", "delphi": "none"}) == 1


@pytest.mark.parametrize(
    ("typed", "value"), [("6", 6), (" 6,5 ", 6.5), ("6.5", 6.5), ("1e1", 10), ("", None), (7, 7)]
)
def test_numbers_are_read_as_people_write_them(typed, value):
    assert scoring.clean(example("numeric"), typed) == value


@pytest.mark.parametrize("typed", ["6 weeks", "6weeks", " 6,0 Weeks "])
def test_the_unit_beside_the_box_may_be_typed_too(typed):
    assert scoring.clean(example("numeric"), typed) == 6


def test_either_sign_for_micro_is_the_unit():
    item = example("numeric", unit="\N{MICRO SIGN}mol/L")
    assert scoring.clean(item, "6 \N{GREEK SMALL LETTER MU}mol/L") == 6


@pytest.mark.parametrize(
    "typed",
    [
        *("six", "nan", "inf", "-1", "53", "1,000.5", "1 2", "1_0", "١٢", "0x10", "9" * 400),
        *("weeks", "6 weeks weeks", "6 days", "6 mg"),
        *(True, [6], {"a": 1}, 10**400),
    ],
)
def test_numbers_that_cannot_be_are_refused_with_the_range(typed):
    with pytest.raises(AnswerError, match="Enter a number from 0 to 52 weeks"):
        scoring.clean(example("numeric"), typed)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "junk", [17.5, "zzz", ["zzz"], {"zzz": "zzz"}, [["a"]], [None], True, {1: 2}]
)
def test_junk_is_refused_or_read_never_a_crash(kind, junk):
    item = example(kind)
    try:
        answer = scoring.clean(item, junk)
    except AnswerError:
        return
    assert 0 <= scoring.points(item, answer) <= 2


def test_floating_point_dust_does_not_cost_marks():
    item = example("numeric", key=False)
    item = replace(item, secret=Secret(key=0.2, tolerance=0.1))
    assert scoring.points(item, 0.1 + 0.2) == 2
    assert scoring.points(item, 0.3001) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_key_nothing_is_scored(kind):
    with pytest.raises(ItemError, match="generate_assignment"):
        scoring.points(example(kind, key=False), KEYS[kind])


@given(st.floats(-5, 25), st.floats(0.5, 20))
def test_nbgrader_reads_back_the_same_number(earned, worth):
    text = scoring.points_text(earned, worth)
    assert not text.startswith("-")
    assert _as_nbgrader_reads(text, worth) == pytest.approx(min(worth, max(0, round(earned, 6))))


@given(kinds_and_answers)
def test_nbgrader_reads_the_points_of_any_answer(pair):
    kind, answer = pair
    item = example(kind)
    earned = scoring.points(item, scoring.clean(item, answer))
    assert _as_nbgrader_reads(scoring.points_text(earned, item.points), 2.0) == earned


@pytest.mark.parametrize("points", [math.nan, math.inf, -math.inf])
def test_points_that_are_no_number_are_an_error_not_full_marks(points):
    with pytest.raises(ValueError, match="finite"):
        scoring.points_text(points, 2)


def _as_nbgrader_reads(text, worth):
    cell = nbformat.v4.new_code_cell(
        "single_best()",
        metadata={
            "nbgrader": {
                "grade": True,
                "solution": False,
                "locked": True,
                "points": worth,
                "grade_id": "x",
                "schema_version": 3,
                "task": False,
                "cell_type": "code",
            }
        },
        outputs=[nbformat.v4.new_output("execute_result", data={"text/plain": text})],
    )
    return determine_grade(cell)[0]


@pytest.mark.parametrize("typed", ["1,000", "-12,345", "1,000,000"])
def test_a_number_that_reads_in_two_ways_is_refused(typed):
    with pytest.raises(AnswerError, match="without a separator"):
        scoring.clean(example("numeric"), typed)
