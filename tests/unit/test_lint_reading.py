"""What counts as a number, a word or a heading, and that odd files never crash the lint."""

import copy
import json
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trd.lint import check
from trd.lint.document import Project
from trd.lint.markdown import Page
from trd.lint.numbers import clinical, numbers

sys.path.insert(0, str(Path(__file__).parents[1] / "fixtures" / "lint"))

from sample_course import CASE, LESSON, SampleCourse


def found(text: str) -> list[str]:
    return [written for written, _ in numbers(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PHQ-9, HAM-D17, T3, NG222, TA854, QIDS-SR16, LO-1.2, 5-HT2A, MADRS-24hr", []),
        ("the 17-item version, step 1, steps 2 to 4, item 9.", []),
        ("95 % CI 1.2 to 3.4", ["1.2", "3.4"]),
        ("In 4,041 people 46.0 % remitted", ["4,041", "46.0"]),
        ("20-40 mg for 12-week trials", ["20", "40", "12"]),
        ("a fall of −2.5 points (p < 0.05; n=3671)", ["2.5", "0.05", "3671"]),
        ("In steps 2 and 3, 30 % of 1 439", ["30", "1", "439"]),
        ("Steps 1 and 30 % of it", ["30"]),
        ("four weeks, two trials", []),
    ],
)
def test_names_and_places_are_no_numbers(text, expected):
    assert found(text) == expected


@given(st.integers(0, 10**7), st.sampled_from(["{:d}", "{:,d}", "{:d}.0", "{:d} %", "{:d}%"]))
def test_a_number_is_the_same_however_it_is_written(value, form):
    assert [each for _, each in numbers(f"Of those, {form.format(value)} did.")] == [Decimal(value)]


@pytest.mark.parametrize(
    "text",
    [
        "46 %",
        "46%",
        "46 per cent",
        "20 mg",
        "12-week",
        "4 to 6 weeks",
        "NNT 7",
        "n = 120",
        "p < 0.05",
        "140 mmHg",
        "403 people",
    ],
)
def test_clinical_numbers_are_seen(text):
    assert clinical(f"It was {text} then.")


@pytest.mark.parametrize("text", ["PHQ-9 items", "four weeks", "LO-1.2", "step 2", "in 2006"])
def test_other_numbers_are_not_clinical(text):
    assert not clinical(f"It was {text} then.")


def test_a_page_is_read_as_its_reader_sees_it():
    page = Page(
        "## 2. Trials\n\n1. One [Sample 2001](https://example.org) <b>bold</b> ![a fall](x.png)\n\n"
        '| a | b |\n|---|---|\n| 5 | <a href="https://example.com">six</a> |\n\n<img src="y.png">'
    )
    assert page.headings == [(2, "2. Trials")]
    assert [link.href for link in page.links] == ["https://example.org", "https://example.com"]
    assert [picture.alt for picture in page.pictures] == ["a fall", ""]
    assert "Sample 2001" not in page.prose
    assert "5" in page.prose
    assert found(page.blocks[0].prose) == []


_odd = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), path=st.sampled_from([LESSON, CASE]))
def test_odd_metadata_never_crashes_the_lint(data, path, tmp_path_factory):
    """Whatever an editor leaves in a file, an author gets a report, not a traceback."""
    course = SampleCourse()
    notebook = course.notebooks[path]
    places = [notebook, notebook["metadata"], notebook["metadata"]["trd"]]
    for cell in notebook["cells"]:
        places += [cell, cell["metadata"], cell["metadata"].get("trd", {})]
        places += [cell["metadata"].get("nbgrader", {})]
    place = data.draw(st.sampled_from([each for each in places if each]))
    place[data.draw(st.sampled_from(sorted(place)))] = data.draw(_odd)
    root = tmp_path_factory.mktemp("odd")
    course.write(root)
    check([root / path], Project(root))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_odd_item_arguments_never_crash_the_lint(data, tmp_path_factory):
    course = SampleCourse()
    names = ["key", "why", "cite", "tolerance", "common_errors", "objective", "options", "vignette"]
    cells = [c for c in course.notebooks[LESSON]["cells"] if c["id"].startswith("check-")]
    cell = data.draw(st.sampled_from([c for c in cells if c["cell_type"] == "code"]))
    name, value = data.draw(st.sampled_from(names)), data.draw(_odd)
    lines = [line for line in cell["source"].splitlines() if not line.strip().startswith(name)]
    cell["source"] = "\n".join([*lines[:-1], f"    {name}={value!r},", ")"])
    root = tmp_path_factory.mktemp("odd")
    course.write(root)
    check([root / LESSON], Project(root))


def test_broken_evidence_is_reported_once_and_hides_nothing_else(tmp_path):
    course = SampleCourse()
    course.files["assets/references.bib"] = "@article{broken,"
    course.notebooks[LESSON]["cells"][2]["metadata"]["editable"] = True
    course.write(tmp_path)
    rules = {
        each.rule for each in check([tmp_path / LESSON, tmp_path / "assets"], Project(tmp_path))
    }
    assert {"evidence", "text-metadata"} <= rules
    assert not rules & {"claim-evidence", "known-source", "item-cites"}


def test_a_folder_named_solutions_above_the_course_changes_nothing(tmp_path):
    root = tmp_path / "solutions"
    SampleCourse().write(root)
    assert check([root / LESSON], Project(root)) == []


def test_the_file_is_left_as_it_was(tmp_path):
    course = SampleCourse()
    before = copy.deepcopy(course.notebooks[LESSON])
    course.write(tmp_path)
    check([tmp_path / LESSON], Project(tmp_path))
    assert json.loads((tmp_path / LESSON).read_text(encoding="utf-8")) == before
