"""Guards around ``nbgrader generate_assignment``: nothing secret out, nothing stray in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbgrader.preprocessors import NbGraderPreprocessor

from trd.quiz.answers import NAME
from trd.quiz.items import Item, ItemError
from trd.quiz.masters import BEGIN, END, item_in


class UnsafeMasterError(ValueError):
    """A master that must not be released as it is; the message says how to mend it."""


def _item(cell: Any, notebook: str) -> Item | None:
    if cell.cell_type != "code":
        return None
    try:
        return item_in(cell.source)
    except ItemError as error:
        raise UnsafeMasterError(f"{notebook}, cell {cell.get('id', '?')}: {error}") from error


def _grader(cell: Any) -> dict[str, Any]:
    return dict(cell.metadata.get("nbgrader", {}))


class CheckMaster(NbGraderPreprocessor):
    """Refuse a master that would be graded wrongly. Comes first."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Check one master notebook.

        Raises
        ------
        UnsafeMasterError
            If an item has no key or other points than its cell, or if an answer file lies in
            the folder: it would be released, and would overwrite every trainee's answers.
        """
        metadata = resources.get("metadata", {})
        folder = Path(metadata.get("path") or ".")
        name = str(metadata.get("name", "notebook"))
        stray = folder / NAME
        if stray.exists():
            raise UnsafeMasterError(
                f"{stray} would be handed out to everyone and overwrite their answers when "
                "grading. Move it out of the folder, then generate again."
            )
        for cell in nb.cells:
            item = _item(cell, name)
            if item is not None:
                self._check(item, cell, name)
        return nb, resources

    def _check(self, item: Item, cell: Any, name: str) -> None:
        grader = _grader(cell)
        where = f"{name}, item “{item.id}”"
        if not grader.get("grade"):
            raise UnsafeMasterError(
                f"{where} is not an nbgrader test cell, so it would never be marked. "
                "Make it one (Create Assignment: “Autograder tests”)."
            )
        if item.secret is None:
            raise UnsafeMasterError(f"{where} has no key.")
        if float(grader.get("points", -1)) != float(item.points):
            raise UnsafeMasterError(
                f"{where} says points={item.points:g} but its cell carries "
                f"{grader.get('points')} points. Make them equal."
            )
        lines = [line.strip() for line in cell.source.splitlines()]
        if lines.count(BEGIN) != 1 or lines.count(END) != 1:
            raise UnsafeMasterError(
                f"{where} needs exactly one line “{BEGIN}” and one line “{END}” around its key."
            )


class CheckRelease(NbGraderPreprocessor):
    """Refuse a release that still holds a key, or an item that no longer works. Comes last."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Check one released notebook.

        Raises
        ------
        UnsafeMasterError
            If anything secret is left in an item.
        """
        name = str(resources.get("metadata", {}).get("name", "notebook"))
        for cell in nb.cells:
            item = _item(cell, name)
            if item is not None and item.secret is not None:
                raise UnsafeMasterError(
                    f"{name}, item “{item.id}”: its key stands outside the hidden lines and "
                    "would be handed out. Put key, why, cite, tolerance and common_errors "
                    f"between “{BEGIN}” and “{END}”."
                )
        return nb, resources
