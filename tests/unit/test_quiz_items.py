"""Authors' mistakes are caught in words they understand."""

import pytest
from examples import ARGUMENTS, example

from trd.quiz.items import KINDS, ItemError, build
from trd.quiz.masters import item_in


@pytest.mark.parametrize("kind", KINDS)
def test_every_type_builds_with_and_without_its_key(kind):
    assert example(kind).secret is not None
    assert example(kind, key=False).secret is None
    assert example(kind).public == example(kind, key=False)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"points": -1}, "points must be a number from 0 up"),
        ({"points": float("nan")}, "points must be a number from 0 up"),
        ({"points": True}, "points must be a number from 0 up"),
        ({"colour": "red"}, "no argument “colour”"),
        ({"key": "z"}, "the key 'z' is no option"),
        ({"why": {"z": "?"}}, "why explains z"),
        ({"cite": "rush06"}, "cite must be a list"),
        ({"shuffle": 1}, "shuffle must be True or False"),
    ],
)
def test_single_best_refuses(change, message):
    args, public, secret = ARGUMENTS["single_best"]
    with pytest.raises(ItemError, match=message):
        build("single_best", *args, **{"points": 1, **public, **secret, **change})


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("Best", "Which?", {"a": "A", "b": "B"}), "cannot be an item id"),
        (("best", " ", {"a": "A", "b": "B"}), "the question is empty"),
        (("best", "Which?", {"a": "A"}), "at least two"),
        (("best", "Which?", {"a": "A", "b": "A"}), "read the same"),
        (("best", "Which?", {1: "A", 2: "B"}), "never a position"),
        (("best", "Which?", ["A", "B"]), "must be written as"),
        (("best", "Which?"), "needs: options"),
        (("best", "Which?", {"a": "A", "b": "B"}, "extra"), "takes 3 arguments"),
    ],
)
def test_arguments_are_checked(args, message):
    with pytest.raises(ItemError, match=message):
        build("single_best", *args)


def test_secrets_without_a_key_are_refused():
    with pytest.raises(ItemError, match="but no key"):
        build("single_best", "best", "Which?", {"a": "A", "b": "B"}, why={"a": "No."})


@pytest.mark.parametrize("critical", [["a"], ["b", "z"], ["b", "b"], [], "b", None, [["b"]]])
def test_critical_options_must_belong_to_the_key(critical):
    args, public, secret = ARGUMENTS["multiple_response"]
    with pytest.raises(ItemError):
        build("multiple_response", *args, **public, **secret, critical=critical)


def test_critical_options_are_secret_and_for_multiple_response():
    args, public, secret = ARGUMENTS["multiple_response"]
    item = build("multiple_response", *args, **public, **secret, critical=["d"])
    assert item.secret.critical == ("d",)
    assert item.public == build("multiple_response", *args, **public)
    args, public, secret = ARGUMENTS["single_best"]
    with pytest.raises(ItemError, match="critical is for multiple_response"):
        build("single_best", *args, **public, **secret, critical=["b"])


def test_a_numeric_item_needs_a_range_that_holds_its_key():
    with pytest.raises(ItemError, match="minimum must be a number"):
        build("numeric", "weeks", "How many?", unit="weeks")
    with pytest.raises(ItemError, match="outside its own range"):
        build("numeric", "weeks", "How many?", unit="weeks", minimum=0, maximum=5, key=6)


def test_items_are_read_from_cells_as_literals_only():
    assert item_in("x = 1") is None
    assert item_in("single_best('best', 'Which?', {'a': 'A', 'b': 'B'})").id == "best"
    with pytest.raises(ItemError, match="plain text, numbers, lists"):
        item_in("single_best('best', 'Which?', dict(a='A'))")
    with pytest.raises(ItemError, match="plain text, numbers, lists"):
        item_in("single_best('best', 'Which?', {'a': 'A', 'b': 'B'}, **secrets)")
    with pytest.raises(ItemError, match="only statement"):
        item_in("print(1)\nsingle_best('best', 'Which?', {'a': 'A', 'b': 'B'})")
    with pytest.raises(ItemError, match="semicolon"):
        item_in("single_best('best', 'Which?', {'a': 'A', 'b': 'B'});")
    with pytest.raises(ItemError, match="not valid Python"):
        item_in("single_best('best', 'Which?', {'a': 'A'")


@pytest.mark.parametrize(
    "change",
    [
        {"points": 10**400},
        {"key": ["x", 1]},
        {"why": {1: "One."}},
        {"vignette": 5},
        {"cite": [1, {}]},
        {"key": ["a", ["b"]]},
    ],
)
def test_arguments_of_the_wrong_shape_are_errors_for_the_author(change):
    args, public, secret = ARGUMENTS["multiple_response"]
    with pytest.raises(ItemError):
        build("multiple_response", *args, **{"points": 1, **public, **secret, **change})


def test_an_option_given_twice_is_noticed():
    with pytest.raises(ItemError, match="stands twice"):
        item_in("single_best('best', 'Which?', {'a': 'A', 'b': 'B', 'a': 'C'})")


def test_a_cell_nested_too_deeply_is_named():
    with pytest.raises(ItemError):
        item_in("single_best(" + "(" * 5000 + ")" * 5000 + ")")
