"""The numbers of the class report, held against what they must be by definition."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from trd.grading.report import statistics

#: Points as they occur: few different values, many alike, often nobody or everybody right.
POINTS = st.sampled_from([0.0, 1 / 3, 0.5, 1.0, 2.0])


@st.composite
def classes(draw, trainees=(1, 14), items=(1, 6)):
    shape = (draw(st.integers(*trainees)), draw(st.integers(*items)))
    return draw(arrays(float, shape, elements=POINTS))


@pytest.fixture(autouse=True)
def no_warnings():
    """A warning of the numerics would stand in an instructor's notebook."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@given(classes())
def test_alpha_is_at_most_one_or_not_there(points):
    found = statistics.alpha(points)
    assert found is None or (math.isfinite(found) and found <= 1)


@given(classes(items=(2, 6)), st.randoms())
def test_alpha_does_not_depend_on_the_order_of_the_items(points, random):
    order = list(range(points.shape[1]))
    random.shuffle(order)
    first, second = statistics.alpha(points), statistics.alpha(points[:, order])
    assert (first is None) == (second is None)
    assert first is None or first == pytest.approx(second, abs=1e-9)


@given(classes(trainees=(2, 14), items=(1, 1)), st.integers(2, 5))
def test_copies_of_one_item_are_perfectly_consistent(points, copies):
    assume(np.ptp(points) > 0.1)
    assert statistics.alpha(np.repeat(points, copies, axis=1)) == pytest.approx(1)


@given(classes(trainees=(3, 14), items=(1, 1)))
def test_an_item_agrees_perfectly_with_its_copy(points):
    assume(np.ptp(points) > 0.1)
    assert statistics.discrimination(np.repeat(points, 2, axis=1), 0) == pytest.approx(1)


@given(classes(), st.data())
def test_discrimination_is_a_correlation_or_not_there(points, data):
    item = data.draw(st.integers(0, points.shape[1] - 1))
    found = statistics.discrimination(points, item)
    assert found is None or -1 <= found <= 1
    if np.ptp(points[:, item]) == 0:
        assert found is None


def test_the_item_itself_is_not_part_of_the_total_it_is_compared_with():
    # By itself the item has nothing to do with the other; its own points would say otherwise.
    points = [[2, 0], [2, 1], [0, 0], [0, 1]]
    assert statistics.discrimination(points, 0) == pytest.approx(0)


@pytest.mark.parametrize("seed", range(5))
def test_alpha_is_what_pingouin_computes(seed):
    pandas = pytest.importorskip("pandas")
    pingouin = pytest.importorskip("pingouin")
    random = np.random.default_rng(seed)
    ability = random.normal(size=(25, 1))
    points = (ability + random.normal(size=(25, 6)) > 0).astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pingouin's own
        theirs = pingouin.cronbach_alpha(data=pandas.DataFrame(points))[0]
    assert statistics.alpha(points) == pytest.approx(theirs)


def test_discrimination_is_what_scipy_calls_point_biserial():
    from scipy.stats import pointbiserialr

    random = np.random.default_rng(3)
    points = (random.normal(size=(20, 1)) + random.normal(size=(20, 5)) > 0).astype(float)
    theirs = pointbiserialr(points[:, 2].astype(bool), points.sum(axis=1) - points[:, 2]).statistic
    assert statistics.discrimination(points, 2) == pytest.approx(theirs)


@settings(max_examples=25)
@given(classes(trainees=(2, 14), items=(2, 5)))
def test_the_interval_is_in_order_repeatable_and_never_nan(points):
    found = statistics.alpha_interval(points, resamples=100)
    assert found == statistics.alpha_interval(points, resamples=100)
    if found is not None:
        low, high = found
        assert math.isfinite(low)
        assert low <= high <= 1


def test_the_interval_holds_alpha_and_narrows_with_the_class():
    random = np.random.default_rng(1)

    def interval(n):
        points = (random.normal(size=(n, 1)) + random.normal(size=(n, 6)) > 0).astype(float)
        low, high = statistics.alpha_interval(points)
        assert low < statistics.alpha(points) < high
        return high - low

    assert interval(300) < interval(20)


@given(st.lists(st.floats(0, 2), max_size=20), st.floats(0, 2))
def test_difficulty_is_a_share(points, maximum):
    found = statistics.difficulty(points, maximum)
    if points and maximum:
        assert 0 <= found <= 1
    else:
        assert found is None


def test_difficulty_counts_everybody():
    assert statistics.difficulty([2, 1, 0, 0], 2) == pytest.approx(3 / 8)


NAMES = ["a", "b", "c"]


@given(st.lists(st.tuples(st.sampled_from([*NAMES, ""]), st.floats(0, 1)), max_size=30))
def test_everybody_is_counted_once_with_one_answer_each(answers):
    picks = [[name] if name else [] for name, _ in answers]
    found = statistics.options(picks, [total for _, total in answers], NAMES, ["b"])
    assert [option.name for option in found] == [*NAMES, ""]
    assert sum(option.chosen for option in found) == len(answers)
    assert all(0 <= option.share <= 1 for option in found)
    assert [option.mean_total is None for option in found] == [not o.chosen for o in found]
    assert not any(option.rare or option.attracts_strong for option in found if option.is_key)


@given(st.lists(st.sets(st.sampled_from(NAMES)), max_size=30))
def test_with_several_answers_each_each_is_counted(picks):
    found = statistics.options(picks, [0.5] * len(picks), NAMES, ["a", "b"])
    for option in found[:-1]:
        assert option.chosen == sum(option.name in pick for pick in picks)
    assert found[-1].chosen == sum(not pick for pick in picks)


def test_options_that_do_not_distract_or_attract_the_strong_are_flagged():
    picks = [["b"]] * 12 + [["a"]] * 6 + [["c"]]
    totals = [0.5] * 12 + [0.8] * 6 + [1.0]
    a, b, c, d, _ = statistics.options(picks, totals, ["a", "b", "c", "d"], ["b"])
    assert (a.attracts_strong, a.rare) == (True, False)
    assert (b.attracts_strong, b.rare) == (False, False)
    # 1 of 19 is 5.3 %; and of one trainee nobody can say what kind of trainee chooses it.
    assert (c.attracts_strong, c.rare) == (False, False)
    assert d.rare


@pytest.mark.parametrize(
    ("choosers", "ahead", "flagged"), [(5, 0.1, True), (4, 0.4, False), (5, 0.09, False)]
)
def test_few_choosers_or_a_small_lead_say_nothing_against_the_key(choosers, ahead, flagged):
    picks = [["b"]] * 12 + [["a"]] * choosers
    totals = [0.5] * 12 + [0.5 + ahead] * choosers
    found = statistics.options(picks, totals, ["a", "b"], ["b"])[0]
    assert found.attracts_strong is flagged
    assert found.ahead == pytest.approx(ahead)


@pytest.mark.parametrize(("own", "n"), [(0.3, 12), (-0.6, 22), (1.0, 8), (0.0, 4)])
def test_the_interval_of_a_correlation_is_scipys(own, n):
    from scipy.stats import pearsonr

    random = np.random.default_rng(n)
    first = random.normal(size=n)
    second = own * first + (1 - abs(own)) * random.normal(size=n)
    theirs = pearsonr(first, second)
    low, high = statistics.correlation_interval(theirs.statistic, n)
    assert (low, high) == pytest.approx(tuple(theirs.confidence_interval()))


def test_the_interval_of_a_correlation_narrows_with_the_class_and_needs_four():
    ends = [statistics.correlation_interval(0.1, n) for n in (4, 22, 400)]
    widths = [high - low for low, high in ends]
    assert widths == sorted(widths, reverse=True)
    assert all(low < 0.1 < high for low, high in ends)
    assert statistics.correlation_interval(0.1, 3) is None
    assert statistics.correlation_interval(None, 40) is None
    assert statistics.correlation_interval(1.0, 22) == (1, 1)


@pytest.mark.parametrize(
    ("points", "n"), [([], 0), ([1, 1, 1], 0), ([0, 1, 1], 1), ([0, 1, 0.5], 2)]
)
def test_how_many_differ_from_the_commonest_result(points, n):
    assert statistics.differing(points) == n


def test_with_several_keys_an_option_is_compared_with_those_who_left_it_out():
    strong, weak = ["a", "b", "x"], ["a", "b"]
    found = statistics.options([strong] * 5 + [weak] * 3, [0.9] * 5 + [0.2] * 3, "abx", ["a", "b"])
    assert found[2].attracts_strong
    found = statistics.options([strong] * 5 + [weak] * 3, [0.2] * 5 + [0.9] * 3, "abx", ["a", "b"])
    assert not found[2].attracts_strong


@given(st.lists(st.floats(0, 1), max_size=50))
def test_every_score_is_in_one_band(shares):
    assert sum(statistics.histogram(shares)) == len(shares)


@pytest.mark.parametrize(
    ("share", "band"), [(0, 0), (0.099, 0), (0.1, 1), (0.3, 3), (0.7, 7), (1, 9), (1.2, 9)]
)
def test_bands_begin_where_they_say(share, band):
    assert statistics.histogram([share]).index(1) == band


def test_spread():
    found = statistics.spread([0.2, 0.4, 0.9])
    assert (found.n, found.mean, found.median) == (3, pytest.approx(0.5), 0.4)
    assert (found.low, found.high) == (0.2, 0.9)
    assert statistics.spread([]) is None


def test_time_goes_to_the_later_answer_and_pauses_to_none():
    stamps = [
        ("a", "2026-02-02T10:00:00Z"),
        ("b", "2026-02-02T10:01:00Z"),
        ("a", "2026-02-02T11:01:01Z"),  # after more than half an hour
        ("c", "not a time"),
        ("b", "2026-02-02T12:01:31+01:00"),  # half a minute later, by another clock
        ("c", "2026-02-02T09:00:00Z"),  # a clock that was put back
        ("c", "2026-02-02T09:00:10"),
    ]
    assert statistics.times_on(stamps) == {"b": 90, "c": 10}


@given(st.lists(st.tuples(st.sampled_from("ab"), st.text(max_size=30)), max_size=8))
def test_no_stamp_can_upset_the_clock(stamps):
    assert all(seconds >= 0 for seconds in statistics.times_on(stamps).values())


@pytest.mark.parametrize(
    ("n", "word"), [(0, "counts"), (9, "counts"), (10, "rough"), (30, "rough"), (31, "fair")]
)
def test_small_classes_are_called_small(n, word):
    assert statistics.trust(n) == word
