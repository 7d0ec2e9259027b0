"""The audited claims are all taught, and nothing taught as fact rests on hearsay."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from trd import evidence
from trd.lint import numbers
from trd.lint.document import Cell, Notebook, Project

ROOT = Path(__file__).resolve().parents[2]
LESSONS = sorted((ROOT / "course").glob("0[1-9]*.ipynb"))
MASTERS = sorted((ROOT / "solutions").glob("*/case-*.ipynb"))
LESSON_5 = ROOT / "course" / "05_communicating_risk.ipynb"
AUDIT = "05_communicating_risk#panel-audit"
READ = frozenset({"verified", "derived"})
#: Cells that exist and teach nothing.
IDLE = frozenset({"title", "objectives", "content-note", "references", "take-aways", "myths"})
#: Words that tell a reader, in the same paragraph or line of a table, how far a number goes.
LABELS = ("report", "not checked here", "read in a copy")
#: The day on which a page was read, e.g. 22 November 2026.
DATE = re.compile(r"\b\d{1,2} [A-Z][a-z]+ \d{4}\b")


@cache
def notebook(path: Path) -> Notebook:
    return Project(ROOT).notebook(path)


@cache
def cells(stem: str) -> dict[str, dict[str, Any]]:
    found = json.loads((ROOT / "course" / f"{stem}.ipynb").read_text(encoding="utf-8"))
    return {cell["id"]: cell for cell in found["cells"]}


def claim_cells(path: Path) -> Iterator[Cell]:
    yield from (cell for cell in notebook(path).cells if cell.kind == "claim")


@cache
def sources_read() -> frozenset[str]:
    """Return the sources behind at least one number or statement that was read in them."""
    known = evidence.references()
    found = [row for row in evidence.rows().values() if row.status in READ]
    for path in (ROOT / "assets" / "parameters").glob("*.toml"):
        found += [each for each in evidence.parameters(path.stem).values() if each.status in READ]
    found += [claim for claim in evidence.claims().values() if claim.status in READ]
    return frozenset(known[key].key for each in found for key in each.sources)


def teaches(name: str, cell: dict[str, Any] | None) -> bool:
    """Return whether a cell says something: a text with content, or a figure."""
    if cell is None or name in IDLE:
        return False
    text = "".join(cell["source"])
    return "panels." in text if cell["cell_type"] == "code" else len(text.split()) >= 25


# --- every claim is taught


def test_all_171_claims_are_taught():
    claims = evidence.claims()
    assert len(claims) == 171
    assert [claim.id for claim in claims.values() if not claim.anchors] == []


def test_each_anchor_is_a_cell_that_teaches():
    # That a name exists is checked with the tables; a heading, a reference list, a list of
    # objectives or a page of another sort would exist too, and would teach nothing.
    lessons = {path.stem for path in LESSONS}
    wrong = []
    for claim in evidence.claims().values():
        for anchor in claim.anchors:
            stem, _, name = anchor.partition("#")
            if stem not in lessons or not teaches(name, cells(stem).get(name)):
                wrong.append((claim.id, anchor))
    assert wrong == []


def test_what_no_text_takes_up_is_dealt_by_the_audit_panel_and_the_lesson_says_so():
    from trd.communication import audit

    claims = evidence.claims()
    left = [claim.id for claim in claims.values() if set(claim.anchors) == {AUDIT}]
    assert 0 < len(left) < 15, "the panel is for the rest, not for the bulk"
    assert "panels.claims_audit()" in "".join(cells(LESSON_5.stem)["panel-audit"]["source"])
    text = "".join(cells(LESSON_5.stem)["try-audit"]["source"])
    assert "171" in text and "no lesson takes up in its text are taught here" in text
    assert set(audit.statements()) == set(claims)
    # How many judgements count, and why the others do not.
    every = audit.statements().values()
    counted, silent = (sum(getattr(each, name) for each in every) for name in ("counts", "silence"))
    assert f"The tally counts {counted}" in text
    assert f"in {len(claims) - counted - silent} the verdict was not checked" in text
    assert f"{silent} are things that all five articles leave out" in text
    for kind in (audit.SUPPORTED, audit.UNSUPPORTED):
        assert f"*{audit.KINDS[kind].words.lower()}*" in text


def test_the_ten_worst_stand_in_prose():
    # Ranked in the audit: number, safe, minimal, crisis, off-label, bipolar and PTSD, lasting,
    # rebuilds, imbalance, sedative.
    worst = "C53 B15 E22 D8 C50 X1 B11 B12 D9 D11 E12 E10 E16 E17 C8 C38 C43"
    for name in worst.split():
        anchors = evidence.claims()[name].anchors
        assert any(anchor.startswith("05_communicating_risk#myths-") for anchor in anchors), name
    rows = sum(
        line.startswith("| ") and "They write" not in line
        for name, cell in cells(LESSON_5.stem).items()
        if name.startswith("myths-")
        for line in "".join(cell["source"]).splitlines()
    )
    assert rows == 10


# --- what stands as a fact was read, or worked out from what was read


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_number_from_hearsay_is_labelled_where_it_stands(path):
    # The lint asks for the label somewhere in the cell; this asks for it beside the number.
    rows = notebook(path).project.sources.rows
    bare = []
    for cell in claim_cells(path):
        cited = [rows[name] for name in cell.evidence]
        weak = ("secondary", "from-knowledge")
        sound = {value for row in cited if row.status not in weak for value in row.numbers}
        for block in cell.page.blocks:
            labelled = any(label in block.text.lower() for label in LABELS)
            for written, value in numbers.numbers(DATE.sub(" ", block.prose)):
                if value not in sound and not labelled:
                    bare.append((cell.name, written, block.prose[:60]))
    assert bare == []


def test_lesson_5_prints_no_number_that_was_not_read():
    rows = notebook(LESSON_5).project.sources.rows
    wrong = []
    for cell in claim_cells(LESSON_5):
        cited = [rows[name] for name in cell.evidence]
        statuses = {row.status for row in cited}
        if not statuses & READ or "from-knowledge" in statuses:
            wrong.append((cell.name, sorted(statuses)))
        sound = {value for row in cited if row.status in READ for value in row.numbers}
        wrong += [
            (cell.name, written)
            for block in cell.page.blocks
            for written, value in numbers.numbers(block.prose)
            if value not in sound
        ]
    assert wrong == []


@pytest.mark.parametrize(
    "path", [*LESSONS, *MASTERS], ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_every_key_has_a_source_that_something_was_read_in(path):
    known = evidence.references()
    for _, item in notebook(path).items:
        cited = {known[key].key for key in item.secret.cite}
        assert cited & sources_read(), item.id


def test_access_rows_from_mirrors_carry_no_claim():
    # Mirrors, news and advocacy are named as such, and none of their numbers is printed.
    table = (ROOT / "assets" / "evidence" / "access.csv").read_text(encoding="utf-8")
    rows = evidence.rows()
    mirrored = {
        name for name, row in rows.items() if name.startswith("acc-") and row.status == "secondary"
    }
    assert mirrored and all(name in table for name in mirrored)
    for cell in claim_cells(LESSON_5):
        text = cell.page.text
        for name in mirrored & set(cell.evidence):
            figure = rows[name].value
            assert not figure or f"{int(float(figure)):,}" not in text, (cell.name, name)
            assert "as reported" in text, (cell.name, name)
