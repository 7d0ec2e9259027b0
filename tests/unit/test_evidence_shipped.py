"""The evidence that ships with the course keeps its own rules."""

from __future__ import annotations

import ast
import operator
import re
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from itertools import pairwise

import pytest

from trd import evidence

OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def calculate(text: str) -> float | None:
    """Value of plain arithmetic ("561 + 297", "(3.3 - 1) x 100"); None for anything else."""
    # The terms stand at the end of a phrase such as "maximum 5+3+5+1+1".
    found = re.search(r"[-+]?[\d(][\d\s().+*/x-]*$", text.strip())
    if not found:
        return None
    formula = found[0].replace("x", "*").replace(")(", ")*(")
    if formula.count("(") > formula.count(")"):
        formula = formula.removeprefix("(")
    try:
        return evaluate(ast.parse(formula.strip(), mode="eval").body)
    except (SyntaxError, ValueError):
        return None


def evaluate(node: ast.expr) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return float(node.value)
    if isinstance(node, ast.BinOp):
        return OPERATORS[type(node.op)](evaluate(node.left), evaluate(node.right))
    if isinstance(node, ast.UnaryOp):
        sign = -1 if isinstance(node.op, ast.USub) else 1
        return sign * evaluate(node.operand)
    raise ValueError(node)


def equations(note: str):
    """Yield (calculated, printed text of the result) for every "... = result" of a note."""
    for phrase in re.split(r";|, so| but ", note):
        sides = phrase.split("=")
        for left, right in pairwise(sides):
            value = calculate(left)
            result = re.match(r"\s*([-+]?\d+(?:\.\d+)?)(?![\d.]*\s*[+*/x-]\s*\d)", right)
            if value is not None and result:
                yield value, result[1]


def test_everything_that_ships_is_valid():
    assert [str(problem) for problem in evidence.validate_all()] == []


def test_tables_are_full():
    rows = evidence.rows()
    assert len(rows) > 400
    statuses = Counter(row.status for row in rows.values())
    assert set(statuses) == {
        "verified",
        "derived",
        "secondary",
        "from-knowledge",
        "teaching-assumption",
    }
    topics = {row.topic for row in rows.values()}
    assert {"definitions", "adequacy", "star-d", "scales", "epidemiology", "options"} <= topics


def test_every_audited_claim_is_there_once():
    # Counts of the audit: A 30, B 17, C 62, D 21, E 30, and 11 omissions that all five share.
    expected = {"A": 30, "B": 17, "C": 62, "D": 21, "E": 30, "X": 11}
    ids = [f"{letter}{number}" for letter, n in expected.items() for number in range(1, n + 1)]
    claims = evidence.claims()
    assert list(claims) == ids
    assert len(claims) == 171
    verdicts = Counter(claim.verdict for claim in claims.values())
    assert verdicts == {
        "supported": 56,
        "partly": 48,
        "overstated": 24,
        "misleading by omission": 24,
        "marketing": 10,
        "unsupported": 9,
    }


def test_arithmetic_in_the_notes_is_right():
    wrong, checked, shown = [], 0, set()
    for row in evidence.rows().values():
        for value, printed in equations(row.note):
            checked += 1
            shown.add(row.id)
            slack = 0.5 * 10.0 ** Decimal(printed).as_tuple().exponent + 1e-9
            if abs(value - float(printed)) > slack:
                wrong.append((row.id, value, printed))
    assert wrong == []
    assert checked > 40
    derived = {row.id for row in evidence.rows().values() if row.status == "derived"}
    rounded = {name for name in derived if "rounded" in evidence.rows()[name].note}
    assert derived - rounded <= shown


def test_rounded_rows_are_rounded():
    for row in evidence.rows().values():
        for exact, whole in re.findall(r"([\d.]+) rounded to whole people = (\d+)", row.note):
            assert abs(float(exact) - int(whole)) <= 0.5, row.id


@pytest.mark.parametrize(
    ("name", "value", "low", "high"),
    [
        # Rush 2006 (STAR*D): remission in step 1, 36.8 % of 3,671.
        ("stard-step1-remission", 36.8, None, None),
        # Dean 2021 (CD011612.pub3): odds ratio of response at 24 h against saline.
        ("option-ketamine-saline-or", 3.94, 1.54, 10.10),
        # Fekadu 2009: odds ratio per Maudsley point.
        ("staging-msm-course-or", 2.11, 1.25, 3.57),
    ],
)
def test_numbers_are_ready_to_use(name, value, low, high):
    row = evidence.rows()[name]
    assert row.number == value
    assert row.interval == (low, high)


def test_reports_of_others_are_not_cited():
    # A wiki, a card deck, advocacy, a machine-written page and an unlicensed mirror.
    for key in ("wiki", "gizmo", "drugaw", "orac", "utd"):
        assert key not in evidence.references()


def test_every_source_can_be_linked():
    for key in evidence.references():
        assert re.match(r'<a href="https://\S+" target="_blank" rel="noopener', evidence.cite(key))
        assert evidence.references()[key].link in evidence.reference_html(key).replace("&amp;", "&")


def test_one_source_has_one_name():
    labels = Counter(reference.label for reference in evidence.references().values())
    assert {label for label, count in labels.items() if count > 1} == set()


def test_import_stays_light():
    script = (
        "import sys, trd.evidence;"
        "heavy = {'pydantic', 'pybtex', 'matplotlib', 'ipywidgets'} & set(sys.modules);"
        "print(sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_functions_survive_loading():
    # A module named like a function would replace it once imported.
    evidence.validate_all()
    for name in ("rows", "parameters", "references", "claims", "cite", "validate_all"):
        assert callable(getattr(evidence, name))
    assert evidence.EvidenceRow.__name__ == "EvidenceRow"
