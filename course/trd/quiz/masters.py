"""Reading items out of notebook cells: as data, never by running them."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from trd.quiz.items import KINDS, Item, ItemError, build

BEGIN = "### BEGIN HIDDEN TESTS"
END = "### END HIDDEN TESTS"


def read_notebook(path: Path) -> dict[str, Any]:
    """Read a notebook file as plain data.

    Raises
    ------
    ValueError
        If it is not a version 4 notebook; the message names the file.
    """
    import json

    try:
        notebook = json.loads(Path(path).read_text(encoding="utf-8"))
    except (UnicodeDecodeError, ValueError) as error:
        raise ValueError(f"{path} is not a notebook that can be read: {error}") from error
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise ValueError(f"{path} is not a version 4 notebook.")
    return notebook


def source_of(cell: Mapping[str, Any]) -> str:
    """Return the text of a cell, which files may hold as a list of lines."""
    source = cell.get("source", "")
    return "".join(source) if isinstance(source, list) else str(source)


def item_call(source: str) -> ast.Call | None:
    """Return the one item call a cell consists of, or None if it is some other cell.

    Raises
    ------
    ItemError
        If an item call stands beside other statements, or is not valid Python.
    """
    try:
        tree = ast.parse(source)
    except (RecursionError, MemoryError, ValueError) as error:
        raise ItemError("This cell is nested too deeply to be read.") from error
    except SyntaxError as error:
        if any(f"{kind}(" in source for kind in KINDS):
            raise ItemError(f"This item call is not valid Python: {error.msg}.") from error
        return None
    calls = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id in KINDS
    ]
    hidden = [node for node in ast.walk(tree) if _names_item(node) and node not in calls]
    if hidden:
        raise ItemError(
            "An item must be a plain call, alone in its cell: not assigned, not wrapped, not "
            "reached through another name. As it is, nbgrader would see no marks and the key "
            "would be handed out."
        )
    if not calls:
        return None
    if len(tree.body) != 1:
        raise ItemError("An item must be the only statement of its cell.")
    if _ends_in_semicolon(source):
        raise ItemError("A semicolon after an item hides its marks from nbgrader; remove it.")
    return calls[0]


def _names_item(node: ast.AST) -> bool:
    """Whether a node calls one of the item types, by whatever road."""
    if not isinstance(node, ast.Call):
        return False
    name = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
    return name in KINDS


def _ends_in_semicolon(source: str) -> bool:
    """Whether the last thing that is not a comment is a semicolon, as IPython looks at it."""
    meaningful = [
        token.string
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.OP or token.type == tokenize.NAME
    ]
    return bool(meaningful) and meaningful[-1] == ";"


def item_in(source: str) -> Item | None:
    """Build the item a cell holds, from literals only.

    Raises
    ------
    ItemError
        If an argument is not a literal, or the item itself is faulty.
    """
    call = item_call(source)
    if call is None:
        return None
    assert isinstance(call.func, ast.Name)  # noqa: S101 - item_call() has checked it
    for node in ast.walk(call):
        if isinstance(node, ast.Dict):
            names = [key.value for key in node.keys if isinstance(key, ast.Constant)]
            twice = sorted({str(name) for name in names if names.count(name) > 1})
            if twice:
                raise ItemError(f"“{', '.join(twice)}” stands twice in one list of options.")
    try:
        args = [ast.literal_eval(node) for node in call.args]
        kwargs = {}
        for word in call.keywords:
            if word.arg is None:
                raise ValueError
            kwargs[word.arg] = ast.literal_eval(word.value)
    except (ValueError, TypeError, RecursionError):
        raise ItemError(
            "An item may hold only plain text, numbers, lists and dictionaries."
        ) from None
    return build(call.func.id, *args, **kwargs)


def items_in(path: Path) -> list[Item]:
    """Return the items of a notebook file, in order."""
    return items_of(read_notebook(path)["cells"])


def items_of(cells: Iterable[Mapping[str, Any]]) -> list[Item]:
    """Return the items that cells hold, in order."""
    found = []
    for cell in cells:
        if cell.get("cell_type") == "code":
            item = item_in(source_of(cell))
            if item is not None:
                found.append(item)
    return found


def started_as(cells: Iterable[Mapping[str, Any]]) -> str | None:
    """Return the name that a notebook's first cell gives to ``start()``, or None without one."""
    for cell in cells:
        if cell.get("cell_type") != "code":
            continue
        try:
            tree = ast.parse(source_of(cell))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", None) == "start"
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                return str(node.args[0].value)
    return None


def is_free_text(cell: Mapping[str, Any]) -> bool:
    """Whether a cell is one of nbgrader's manually graded answers in words."""
    grader = cell.get("metadata", {}).get("nbgrader", {})
    return (
        cell.get("cell_type") == "markdown"
        and grader.get("grade") is True
        and grader.get("solution") is True
    )
