"""Rules about the copy trainees get: generated from its master, with nothing secret left."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from trd.lint.document import Cell, Notebook
from trd.lint.registry import Fault, rule
from trd.quiz.items import SECRET_NAMES

_RELEASE = ("release",)
_GENERATE = "Do not edit assignments/ by hand: change the master and generate the assignment anew."
_TRACES = ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS", "BEGIN SOLUTION", "END SOLUTION")


@rule(
    "released-master",
    "notebook",
    reason="What trainees get is generated, so every released notebook has a master.",
    mend="Put the master in solutions/ under the same name, or remove the released notebook.",
    on=_RELEASE,
    waivable=False,
)
def released_master(notebook: Notebook) -> Iterator[Fault]:
    """Every released notebook has a master with the same cells."""
    master = notebook.project.master_of(notebook)
    if master is None:
        yield Fault(f"There is no readable solutions/{notebook.assignment}/{notebook.path.name}.")
    elif [cell.name for cell in master.cells] != [cell.name for cell in notebook.cells]:
        yield Fault("The released notebook has other cells than its master.", None, _GENERATE)


@rule(
    "released-secrets",
    "code",
    reason="A key or rationale in a released file reaches every trainee.",
    mend=_GENERATE,
    on=_RELEASE,
    waivable=False,
)
def released_secrets(cell: Cell) -> Iterator[Fault]:
    """No key, rationale or marker in a released code cell."""
    if any(trace in cell.source for trace in _TRACES):
        yield Fault("A marker of hidden text was released.")
    names = [word.arg for word in cell.call.keywords] if cell.call is not None else []
    found = [name for name in names if name in SECRET_NAMES]
    if found:
        yield Fault(f"The released item holds its {', '.join(str(name) for name in found)}.")


@rule(
    "released-answers",
    "notebook",
    reason="A model answer or rubric in a released file reaches every trainee.",
    mend=_GENERATE,
    on=_RELEASE,
    waivable=False,
)
def released_answers(notebook: Notebook) -> Iterator[Fault]:
    """Free-text cells are released with nothing but the place to write."""
    for cell in notebook.cells:
        if cell.is_markdown and any(trace in cell.source for trace in _TRACES):
            yield Fault("A marker of a model answer was released.", cell.name)
        elif cell.is_free_text and cell.source.strip() != "YOUR ANSWER HERE":
            yield Fault("The place to write is not empty.", cell.name)


def _public(call: ast.Call | None) -> str:
    if call is None:
        return ""
    kept = [word for word in call.keywords if word.arg not in SECRET_NAMES]
    return ast.dump(ast.Call(call.func, call.args, kept))


@rule(
    "released-same",
    "notebook",
    reason="Marks are given by the master, so trainees must have answered the same question.",
    mend=_GENERATE,
    on=_RELEASE,
    waivable=False,
)
def released_same(notebook: Notebook) -> Iterator[Fault]:
    """Compare each released cell with its master without the secrets."""
    master = notebook.project.master_of(notebook)
    originals = {cell.name: cell for cell in master.cells} if master is not None else {}
    for cell in notebook.cells:
        original = originals.get(cell.name)
        if original is None or cell.is_free_text:
            continue
        if original.call is not None:
            same = _public(cell.call) == _public(original.call)
        else:
            same = cell.source == original.source
        if not same:
            yield Fault("The released cell differs from its master.", cell.name)
