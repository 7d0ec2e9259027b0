"""Every rule of the evidence files, seen through the public functions."""

from __future__ import annotations

import csv
import json

import pytest

from trd import evidence
from trd.evidence import EvidenceError

BIB = """
@article{rush06,
  author = {Rush and others},
  title = {Acute and longer-term outcomes},
  year = {2006},
  journal = {American Journal of Psychiatry},
  volume = {163},
  pages = {1905--1917},
  doi = {10.1176/ajp.2006.163.11.1905},
  ids = {stard06},
  note = {Read as abstract},
  keywords = {primary},
}
@misc{fda19,
  author = {{US Food & Drug <Administration>}},
  year = {2019},
  shorthand = {FDA "2019"},
  url = {https://www.fda.gov/a?b=1&c="2"},
  keywords = {secondary},
}
"""
ROW = {
    "id": "stard-step1-remission",
    "topic": "star-d",
    "statement": "Remission in step 1",
    "value": "36.8",
    "low": "",
    "high": "",
    "unit": "%",
    "n": "3671",
    "population": "outpatients",
    "source": "rush06",
    "locator": "abstract",
    "status": "verified",
    "checked_on": "2026-11-22",
    "reviewer": "",
    "note": "",
}
CLAIM = {
    "id": "A1",
    "article": "A",
    "claim": "It is new",
    "module": "risk communication",
    "verdict": "marketing",
    "evidence": "rush06;part from knowledge",
    "status": "verified",
    "restatement": "It is one option.",
    "teach_slot": "5.5",
    "taught_in": "",
}


def table(path, *records):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(records[0]))
        writer.writeheader()
        writer.writerows(records)


@pytest.fixture
def assets(tmp_path):
    folder = tmp_path / "assets"
    table(folder / "evidence" / "numbers.csv", ROW)
    table(folder / "evidence" / "claims.csv", CLAIM)
    (folder / "references.bib").write_text(BIB, encoding="utf-8")
    (folder / "parameters").mkdir()
    return folder


def only_problem(assets):
    problems = evidence.validate_all(assets)
    assert len(problems) == 1, [str(problem) for problem in problems]
    return problems[0]


def test_good_files_load(assets):
    assert evidence.validate_all(assets) == []
    row = evidence.rows(assets)["stard-step1-remission"]
    assert (row.number, row.denominator, row.sources) == (36.8, 3671, ("rush06",))
    claim = evidence.claims(assets)["A1"]
    assert (claim.sources, claim.anchors) == (("rush06",), ())


def test_several_tables_are_one(assets):
    table(assets / "evidence" / "more.csv", {**ROW, "id": "another-row"})
    assert list(evidence.rows(assets)) == ["another-row", "stard-step1-remission"]


def test_tables_cannot_be_changed(assets):
    with pytest.raises(TypeError):
        evidence.rows(assets)["new"] = None


@pytest.mark.parametrize(
    ("change", "rule", "words"),
    [
        ({"id": "Step 1"}, "id-form", "'Step 1'"),
        ({"statement": " "}, "empty", "must be filled"),
        ({"value": "3,671"}, "number", "'3,671'"),
        ({"value": "nan"}, "number", "'nan'"),
        ({"value": "−2.69"}, "number", "'−2.69'"),
        ({"low": "40"}, "interval", "40, 36.8"),
        ({"high": "30"}, "interval", "36.8, 30"),
        ({"value": "", "low": "8", "high": "4"}, "interval", "8, 4"),
        ({"n": "0"}, "denominator", "'0'"),
        ({"n": "about 50"}, "denominator", "'about 50'"),
        ({"status": "checked"}, "status", "'checked'"),
        ({"checked_on": "22.11.2026"}, "date", "'22.11.2026'"),
        ({"checked_on": "2026-02-30"}, "date", "'2026-02-30'"),
        ({"locator": ""}, "provenance", "lacks locator"),
        ({"source": "", "checked_on": ""}, "provenance", "lacks source and checked_on"),
        ({"status": "derived"}, "arithmetic", "arithmetic"),
        ({"status": "secondary"}, "reported-by", "who reported"),
        ({"status": "from-knowledge"}, "provenance", "checked_on"),
        ({"status": "teaching-assumption", "checked_on": ""}, "assumption", "why"),
        ({"source": "rush07"}, "unknown-source", "'rush07'"),
        ({"source": "fda19"}, "first-hand", "fda19 was not read"),
    ],
)
def test_a_row_that_breaks_a_rule_is_named(assets, change, rule, words):
    table(assets / "evidence" / "numbers.csv", {**ROW, **change})
    problem = only_problem(assets)
    assert problem.rule == rule
    assert problem.file == "evidence/numbers.csv"
    assert problem.row.startswith("line 2")
    assert words in problem.message
    assert problem.fix
    with pytest.raises(EvidenceError, match=rf"evidence/numbers\.csv, line 2.*\[{rule}\]"):
        evidence.rows(assets)


@pytest.mark.parametrize(
    "change",
    [
        {"status": "derived", "note": "1 + 1 = 2"},
        {"status": "secondary", "source": "fda19", "note": "reported by a newspaper"},
        {"source": "rush06;fda19"},
        {"source": "stard06"},
        {"status": "from-knowledge", "source": "", "locator": "", "checked_on": ""},
        {"status": "teaching-assumption", "checked_on": "", "note": "course convention"},
        {"value": "", "low": "4", "high": "6"},
        {"value": "-3.16", "low": "-8.54", "high": "2.22"},
    ],
)
def test_rows_that_keep_the_rules(assets, change):
    table(assets / "evidence" / "numbers.csv", {**ROW, **change})
    assert evidence.validate_all(assets) == []


def test_an_id_is_used_once_over_all_tables(assets):
    table(assets / "evidence" / "other.csv", ROW)
    problem = only_problem(assets)
    assert problem.rule == "duplicate"
    assert "evidence/numbers.csv, line 2" in problem.message


def test_a_missing_column_is_named(assets):
    table(assets / "evidence" / "numbers.csv", {k: v for k, v in ROW.items() if k != "unit"})
    problem = only_problem(assets)
    assert (problem.rule, problem.message) == ("columns", "Missing column: unit.")


def test_a_table_with_semicolons_is_explained(assets):
    path = assets / "evidence" / "numbers.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",", ";"), encoding="utf-8")
    problem = only_problem(assets)
    assert problem.rule == "columns"
    assert "commas" in problem.fix


def test_an_unquoted_comma_is_explained(assets):
    path = assets / "evidence" / "numbers.csv"
    text = path.read_text(encoding="utf-8").replace("Remission in step 1", "Remission, step 1")
    path.write_text(text.replace('"', ""), encoding="utf-8")
    problem = only_problem(assets)
    assert problem.rule == "cells"
    assert "16 cells" in problem.message


def test_an_empty_table_is_explained(assets):
    (assets / "evidence" / "numbers.csv").write_text("", encoding="utf-8")
    assert only_problem(assets).rule == "columns"


def test_another_encoding_is_explained(assets):
    path = assets / "evidence" / "numbers.csv"
    text = path.read_text(encoding="utf-8").replace("outpatients", "Müller's outpatients")
    path.write_bytes(text.encode("latin-1"))
    problem = only_problem(assets)
    assert (problem.rule, problem.row) == ("encoding", "line 2")
    with pytest.raises(EvidenceError, match="UTF-8"):
        evidence.rows(assets)


def test_a_byte_order_mark_does_no_harm(assets):
    path = assets / "evidence" / "numbers.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert evidence.validate_all(assets) == []


def test_a_long_list_of_problems_is_shortened(assets):
    table(
        assets / "evidence" / "numbers.csv",
        *({**ROW, "id": f"row-{i}", "value": "many"} for i in range(9)),
    )
    assert len(evidence.validate_all(assets)) == 9
    with pytest.raises(EvidenceError, match="and 4 more"):
        evidence.rows(assets)


# --- bibliography


def test_an_alias_finds_its_source(assets):
    found = evidence.references(assets)
    assert found["stard06"] is found["rush06"]
    assert list(found) == ["rush06", "fda19"]
    assert "rush07" not in found


def test_fields_of_a_source(assets):
    rush = evidence.references(assets)["rush06"]
    assert (rush.label, rush.authors, rush.pages) == ("Rush 2006", "Rush and others", "1905–1917")
    assert rush.link == "https://doi.org/10.1176/ajp.2006.163.11.1905"
    assert evidence.references(assets)["fda19"].label == 'FDA "2019"'


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        ("@misc{fda19", "@misc{rush06", "duplicate"),
        ("ids = {stard06}", "ids = {fda19}", "duplicate"),
        ("year = {2006},", "year = {2006,", "syntax"),
        ("author = {Rush and others},", "", "label"),
        ("keywords = {primary}", "keywords = {read}", "reading"),
        ("doi = {10.1176/", "doi = {https://doi.org/10.1176/", "doi"),
        ("doi = {10.1176/ajp.2006.163.11.1905},", "", "link"),
    ],
)
def test_a_source_that_breaks_a_rule_is_named(assets, before, after, rule):
    assert before in BIB
    text = BIB.replace(before, after)
    (assets / "references.bib").write_text(text, encoding="utf-8")
    found = [p for p in evidence.validate_all(assets) if p.file == "references.bib"]
    assert [problem.rule for problem in found] == [rule]
    with pytest.raises(EvidenceError, match=r"references\.bib"):
        evidence.references(assets)


def test_a_missing_file_is_named(assets):
    (assets / "references.bib").unlink()
    with pytest.raises(EvidenceError, match=r"references\.bib: The file is missing"):
        evidence.rows(assets)
    assert "missing-file" in {problem.rule for problem in evidence.validate_all(assets)}


# --- citations


def test_short_citation_is_a_link():
    assert evidence.cite("rush06") == (
        '<a href="https://doi.org/10.1176/ajp.2006.163.11.1905" target="_blank" '
        'rel="noopener noreferrer">Rush 2006</a>'
    )


def test_an_unknown_key_is_named_with_the_nearest():
    for function in (evidence.cite, evidence.reference_html):
        with pytest.raises(EvidenceError, match=r"'rush07'.*rush06"):
            function("rush07")


def test_citations_are_escaped(assets, monkeypatch, request):
    monkeypatch.setattr("trd.paths.asset", lambda name: assets / name)
    # Other tests may have asked for the shipped source of this key.
    evidence.cite.cache_clear()
    request.addfinalizer(evidence.cite.cache_clear)
    short = evidence.cite("fda19")
    assert 'href="https://www.fda.gov/a?b=1&amp;c=%222%22"' in short
    assert "FDA &quot;2019&quot;</a>" in short
    full = evidence.reference_html("fda19")
    assert "US Food &amp; Drug &lt;Administration&gt; (2019)." in full
    assert "Known only as reported by others." in full


def test_reference_line_names_what_was_read():
    line = evidence.reference_html("rush06")
    assert line.startswith("Rush and others (2006).")
    assert "<cite>American Journal of Psychiatry</cite> 163:1905." in line
    assert "doi:10.1176/ajp.2006.163.11.1905</a>" in line
    assert "Read as abstract" in line


# --- parameters


def test_parameters_of_any_depth(assets):
    (assets / "parameters" / "doses.toml").write_text(
        """
[drugs.citalopram]
class = { value = "SSRI", status = "teaching-assumption" }
[drugs.citalopram.default]
value = 20
unit = "mg"
status = "verified"
source = "rush06"
n = 3671
""",
        encoding="utf-8",
    )
    assert evidence.validate_all(assets) == []
    found = evidence.parameters("doses", assets)
    assert list(found) == ["drugs.citalopram.class", "drugs.citalopram.default"]
    dose = found["drugs.citalopram.default"]
    assert (dose.value, dose.unit, dose.sources, dose.extra) == (20, "mg", ("rush06",), {"n": 3671})
    assert isinstance(dose.value, int)
    assert list(found.table("drugs.citalopram")) == ["class", "default"]
    with pytest.raises(KeyError):
        found.table("drugs.sertraline")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("dose = 20", "entry"),
        ("[a]\nvalue = 20", "missing"),
        ('[a]\nstatus = "verified"\nsource = "rush06"', "missing"),
        ('[a]\nvalue = 20\nstatus = "sure"', "status"),
        ('[a]\nvalue = 20\nstatus = "verified"', "provenance"),
        ('[a]\nvalue = 20\nstatus = "verified"\nsource = "nobody"', "unknown-source"),
        ('[a]\nvalue = 20\nstatus = "verified"\nsource = "fda19"', "first-hand"),
        ('[a]\nvalue = 20\nstatus = "derived"\nsource = "rush06"', "arithmetic"),
        ('[a]\nvalue = 20\nlow = 30\nstatus = "teaching-assumption"', "interval"),
        ("[a\nvalue = 20", "toml"),
    ],
)
def test_a_parameter_that_breaks_a_rule_is_named(assets, text, rule):
    (assets / "parameters" / "bad.toml").write_text(text, encoding="utf-8")
    problem = only_problem(assets)
    assert (problem.file, problem.rule) == ("parameters/bad.toml", rule)
    with pytest.raises(EvidenceError, match=r"parameters/bad\.toml"):
        evidence.parameters("bad", assets)


def test_an_unknown_parameter_file_is_named():
    with pytest.raises(EvidenceError, match=r"'dosages'.*antidepressants"):
        evidence.parameters("dosages")


# --- claims


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"id": "F1"}, "id-form"),
        ({"id": "A01"}, "id-form"),
        ({"article": "B"}, "article"),
        ({"id": "X1"}, "article"),
        ({"verdict": "wrong"}, "verdict"),
        ({"teach_slot": "6.1"}, "teach-slot"),
        ({"evidence": "nobody99"}, "unknown-source"),
        ({"evidence": "fda19"}, "first-hand"),
        ({"evidence": "read in a book"}, "provenance"),
        ({"restatement": "word " * 31}, "length"),
        ({"taught_in": "somewhere"}, "anchor-form"),
    ],
)
def test_a_claim_that_breaks_a_rule_is_named(assets, change, rule):
    table(assets / "evidence" / "claims.csv", {**CLAIM, **change})
    problem = only_problem(assets)
    assert (problem.file, problem.rule) == ("evidence/claims.csv", rule)
    with pytest.raises(EvidenceError, match=r"evidence/claims\.csv, line 2"):
        evidence.claims(assets)


def test_a_claim_appears_once(assets):
    table(assets / "evidence" / "claims.csv", CLAIM, CLAIM)
    assert only_problem(assets).rule == "duplicate"


@pytest.fixture
def lesson(assets):
    cells = [
        {"id": "a-new-option", "cell_type": "markdown", "source": ["## What it *costs* (Q&A)\n"]},
        {"id": "panel", "cell_type": "code", "source": ["# not a heading"]},
    ]
    course = assets.parent / "course"
    course.mkdir()
    path = course / "01_what_is_trd.ipynb"
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "anchor",
    [
        "01_what_is_trd#a-new-option",
        "01_what_is_trd#what-it-costs-q-a",
        "01_what_is_trd#a-new-option; 01_what_is_trd#panel",
    ],
)
def test_an_anchor_that_leads_somewhere(assets, lesson, anchor):
    table(assets / "evidence" / "claims.csv", {**CLAIM, "taught_in": anchor})
    assert evidence.validate_all(assets) == []
    assert evidence.claims(assets)["A1"].anchors


@pytest.mark.parametrize(
    ("anchor", "words"),
    [
        ("01_what_is_trd#an-old-option", "no cell id or heading 'an-old-option'"),
        ("01_what_is_trd#not-a-heading", "no cell id or heading"),
        ("09_missing#a-new-option", "no readable notebook 09_missing.ipynb"),
    ],
)
def test_an_anchor_that_leads_nowhere(assets, lesson, anchor, words):
    table(assets / "evidence" / "claims.csv", {**CLAIM, "taught_in": anchor})
    problem = only_problem(assets)
    assert problem.rule == "anchor"
    assert words in problem.message


def test_a_broken_notebook_is_named(assets, lesson):
    lesson.write_text("{", encoding="utf-8")
    taught = {**CLAIM, "taught_in": "01_what_is_trd#panel"}
    table(assets / "evidence" / "claims.csv", taught)
    assert "no readable notebook" in only_problem(assets).message
