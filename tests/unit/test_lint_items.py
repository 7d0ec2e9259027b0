"""The item rules that hold several faults at once, fault by fault."""

import sys
from pathlib import Path

import pytest

from trd.lint import check
from trd.lint.document import Project

sys.path.insert(0, str(Path(__file__).parents[1] / "fixtures" / "lint"))

from pairs import options
from sample_course import BEGIN, CASE, END, LESSON, RELEASE, SampleCourse


def fired(root: Path, course: SampleCourse, path: str) -> set[str]:
    course.write(root)
    return {finding.rule for finding in check([root / path], Project(root))}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f"    {BEGIN}\n", ""),
        (f"    {END}\n", ""),
        (f"    {BEGIN}\n", f"    {BEGIN}\n    {BEGIN}\n"),
        (f"    points=2,\n    {BEGIN}", f"    points=2,  {BEGIN}"),
        (f",\n    {END}\n)", f",  {END}\n)"),
        (f"    {END}\n)", f"    )  {END}"),
        (BEGIN, END),
        (BEGIN, "### Begin hidden tests"),
    ],
)
def test_markers_stand_once_and_alone(old, new, tmp_path):
    course = SampleCourse()
    course.replace(CASE, "case-a-trials", old, new)
    assert fired(tmp_path, course, CASE) == {"markers"}


def test_markers_do_not_belong_in_a_lesson(tmp_path):
    course = SampleCourse()
    course.replace(LESSON, "check-adequate", "key=", f"{BEGIN}\n    {END}\n    key=")
    assert fired(tmp_path, course, LESSON) == {"markers"}


@pytest.mark.parametrize("name", ["objective", "points"])
def test_public_arguments_stay_outside(name, tmp_path):
    course = SampleCourse()
    source = course.cell(CASE, "case-a-trials")["source"]
    (line,) = [line for line in source.splitlines() if line.strip().startswith(name)]
    moved = source.replace(line + "\n", "").replace(f"    {END}", f"{line}\n    {END}")
    course.cell(CASE, "case-a-trials")["source"] = moved
    assert fired(tmp_path, course, CASE) == {"secrets-inside"}


@pytest.mark.parametrize(
    "given",
    [
        ("4 weeks", "6 days", "8 weeks"),
        ("4 weeks", "6.5 weeks", "8 weeks"),
        ("40 %", "46 mg", "52 %"),
        ("8 weeks", "4 weeks", "6 weeks"),
        ("1,000 mg", "20 mg", "300 mg"),
    ],
)
def test_numbers_that_cannot_be_compared(given, tmp_path):
    course = SampleCourse()
    options(*given)(course)
    assert fired(tmp_path, course, LESSON) == {"number-options"}


@pytest.mark.parametrize(
    "given",
    [
        ("8 weeks", "6 weeks", "4 weeks"),
        ("1 week", "2 weeks", "3 weeks"),
        ("−2.5 points", "0.0 points", "2.5 points"),
        ("4-6 weeks", "6-8 weeks", "8-10 weeks"),
        ("36.8 %", "48.6 %", "67.0 %"),
        ("Two at once", "Three at once", "4"),
    ],
)
def test_numbers_that_can_be_compared(given, tmp_path):
    course = SampleCourse()
    options(*given)(course)
    assert fired(tmp_path, course, LESSON) == set()


@pytest.mark.parametrize("name", ["a", "b-2", "option-1", "3", "opt2", "choice-c"])
def test_positions_are_no_option_ids(name, tmp_path):
    course = SampleCourse()
    course.replace(LESSON, "check-adequate", '"two"', f'"{name}"')
    expected = set() if name == "b-2" else {"option-ids"}
    assert fired(tmp_path, course, LESSON) == expected


@pytest.mark.parametrize("name", ["correct", "wrong", "distractor-one", "best", "incorrect-dose"])
def test_option_ids_give_nothing_away(name, tmp_path):
    course = SampleCourse()
    course.replace(LESSON, "check-adequate", '"two"', f'"{name}"')
    assert fired(tmp_path, course, LESSON) == {"option-ids"}


@pytest.mark.parametrize(
    "stem",
    [
        "Which of these is NOT adequate?",
        "All of these are adequate except which?",
        "Which rule does not ask for weeks?",
        "Ms K. took two drugs. Which is least likely to help?",
    ],
)
def test_questions_for_the_exception(stem, tmp_path):
    course = SampleCourse()
    course.replace(LESSON, "check-adequate", "How many of the trials were adequate?", stem)
    assert fired(tmp_path, course, LESSON) == {"no-negative"}


@pytest.mark.parametrize(
    "stem",
    [
        "How many trials that did not help were adequate?",
        "Which trial that did not help was adequate?",
        "Sertraline did not help. Which drug was taken for at least 4 weeks?",
    ],
)
def test_negations_in_the_story_are_fine(stem, tmp_path):
    course = SampleCourse()
    course.replace(LESSON, "check-adequate", "How many of the trials were adequate?", stem)
    assert fired(tmp_path, course, LESSON) == set()


@pytest.mark.parametrize("secret", ["key", "why", "cite", "tolerance", "common_errors"])
def test_no_secret_is_released(secret, tmp_path):
    course = SampleCourse()
    course.replace(RELEASE, "case-a-trials", "points=2,", f"points=2,\n    {secret}={{}},")
    assert "released-secrets" in fired(tmp_path, course, RELEASE)


def test_a_hand_edited_text_of_a_release_is_seen(tmp_path):
    course = SampleCourse()
    course.replace(RELEASE, "the-letter", "20 mg", "40 mg")
    assert fired(tmp_path, course, RELEASE) == {"released-same"}
