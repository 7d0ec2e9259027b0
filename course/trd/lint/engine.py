"""Runs the rules over files and collects what they find."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from trd.lint import (
    claims,
    code,
    evidence,
    items,
    language,
    questions,
    released,
    structure,
    teaching,
)
from trd.lint.document import Cell, Notebook, Project
from trd.lint.registry import RULES, Fault, Finding, Rule

#: Where the rules live; importing a module enters its rules in the table.
RULE_SETS = (
    structure,
    code,
    claims,
    teaching,
    items,
    questions,
    language,
    released,
    evidence,
)


def default_paths(root: Path) -> list[Path]:
    """Return what is checked when nothing is named: every notebook, and the evidence."""
    found = sorted((root / "course").glob("*.ipynb"))
    for folder in ("solutions", "assignments"):
        found += sorted((root / folder).rglob("*.ipynb"))
    return [*(path for path in found if ".ipynb_checkpoints" not in path.parts), root / "assets"]


def check(paths: Sequence[Path], project: Project) -> list[Finding]:
    """Check files and return what is wrong with them, file by file.

    Parameters
    ----------
    paths : sequence of pathlib.Path
        Notebooks, or ``assets`` (or anything in it) for the evidence.
    project : Project
        The course they belong to.

    Returns
    -------
    list of Finding
        Empty when nothing is wrong.
    """
    found: list[Finding] = []
    assets = (project.root / "assets").resolve()
    # Without the folder there are no tables to check.
    tables_done = not assets.is_dir()
    for path in paths:
        if path.suffix == ".ipynb":
            found += check_notebook(path, project)
        elif path.resolve().is_relative_to(assets) and not tables_done:
            tables_done = True
            found += check_evidence(project)
    return found


def check_evidence(project: Project) -> list[Finding]:
    """Check the evidence tables, the parameters and the references."""
    return [
        Finding(
            fault.file or "assets",
            fault.cell or "",
            rule.id,
            fault.message,
            fault.mend or rule.mend,
        )
        for rule in RULES.values()
        if rule.scope == "evidence"
        for fault in rule.check(project)
    ]


def check_notebook(path: Path, project: Project) -> list[Finding]:
    """Check one notebook."""
    shown = _shown(path, project)
    try:
        notebook = project.notebook(path)
    except (OSError, ValueError) as error:
        rule = RULES["readable"]
        return [Finding(shown, "", rule.id, f"The file cannot be read: {error}.", rule.mend)]
    found = []
    for rule in RULES.values():
        if notebook.role not in rule.on:
            continue
        for cell, fault in _faults(rule, notebook):
            name = fault.cell or (cell.name if cell else "")
            if not (rule.waivable and _waived(rule, notebook, name)):
                found.append(Finding(shown, name, rule.id, fault.message, fault.mend or rule.mend))
    order = {cell.name: cell.index for cell in notebook.cells}
    return sorted(found, key=lambda finding: order.get(finding.cell, -1))


def _faults(rule: Rule, notebook: Notebook) -> Iterator[tuple[Cell | None, Fault]]:
    if rule.scope == "notebook":
        for fault in rule.check(notebook):
            yield None, fault
    for cell in _in_scope(rule.scope, notebook):
        for fault in rule.check(cell):
            yield cell, fault


def _in_scope(scope: str, notebook: Notebook) -> Iterable[Cell]:
    if scope == "markdown":
        return notebook.markdown
    if scope == "code":
        return notebook.code
    if scope == "item":
        return [cell for cell, _ in notebook.items]
    return notebook.cells if scope == "words" else []


def _waived(rule: Rule, notebook: Notebook, name: str) -> bool:
    cell = next((cell for cell in notebook.cells if cell.name == name), None)
    waivers = (cell.trd if cell else notebook.trd).get("waive", {})
    return isinstance(waivers, dict) and rule.id in waivers


def _shown(path: Path, project: Project) -> str:
    try:
        return path.resolve().relative_to(project.root.resolve()).as_posix()
    except ValueError:
        return str(path)
