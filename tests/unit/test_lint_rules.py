"""Every lint rule has a good and a bad fixture, and fires on the bad one alone."""

import sys
from collections import Counter
from pathlib import Path

import pytest

from trd.lint import RULES, check, default_paths
from trd.lint.document import Project

sys.path.insert(0, str(Path(__file__).parents[1] / "fixtures" / "lint"))

from pairs import PAIRS, Pair
from sample_course import SampleCourse


def rules_fired(root: Path, edit) -> Counter:
    course = SampleCourse()
    edit(course)
    course.write(root)
    # A broken master makes its released copy differ, which is another rule's business.
    touched = [path for path in default_paths(root) if "assignments" not in path.parts]
    pristine = SampleCourse()
    if any(
        course.notebooks[path] != pristine.notebooks[path]
        for path in course.notebooks
        if path.startswith("assignments")
    ):
        touched = default_paths(root)
    return Counter(finding.rule for finding in check(touched, Project(root)))


def test_every_rule_has_a_pair():
    assert Counter(pair.rule for pair in PAIRS) == Counter(dict.fromkeys(RULES, 1))


def test_the_sample_course_keeps_every_rule(tmp_path):
    SampleCourse().write(tmp_path)
    assert check(default_paths(tmp_path), Project(tmp_path)) == []


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.rule)
def test_the_good_fixture_is_let_through(pair: Pair, tmp_path):
    assert rules_fired(tmp_path, pair.good) == Counter()


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.rule)
def test_the_bad_fixture_fires_that_rule_alone(pair: Pair, tmp_path):
    assert set(rules_fired(tmp_path, pair.bad)) == {pair.rule}
