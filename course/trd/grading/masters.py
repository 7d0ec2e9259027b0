"""The pages that submissions are graded on: the released notebook with its keys put back.

Nothing here comes from a trainee. The gradebook holds what ``nbgrader generate_assignment`` stored:
the source of every locked cell with its key, and its points. The released notebook gives the order
and the words, the master in ``solutions/`` the rubrics.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_markdown_cell

from trd.grading.course import Course, CourseError
from trd.quiz.answers import Answers
from trd.quiz.items import Item, ItemError
from trd.quiz.marking import Mark, mark
from trd.quiz.masters import is_free_text, item_in, items_in, read_notebook, source_of

_SOLUTION = re.compile(r"### BEGIN SOLUTION\n(.*?)\n?### END SOLUTION", re.DOTALL)
#: Cells with this kind in ``metadata.trd.kind`` hold the rubric of the answer below them.
RUBRIC = "rubric"


@dataclass(frozen=True)
class Page:
    """One notebook of an assignment, ready to be filled with a trainee's answers.

    Attributes
    ----------
    name : str
        File name without ``.ipynb``.
    notebook : nbformat.NotebookNode
        The released notebook with keys, points and checksums as the gradebook has them. Shared:
        copy what is to be changed.
    items : mapping of str to Item
        Its items by the name of their cell, in order, with their secrets.
    released : mapping of str to str
        The source of each named cell as it was handed out.
    rubrics : mapping of str to str
        Markdown with rubric and model answer of each free-text cell, by the name of the cell.
    """

    name: str
    notebook: Any
    items: Mapping[str, Item]
    released: Mapping[str, str]
    rubrics: Mapping[str, str]

    @cached_property
    def title(self) -> str:
        """Its first heading."""
        for cell in self.notebook.cells:
            if cell.cell_type == "markdown" and cell.source.startswith("# "):
                return str(cell.source.splitlines()[0][2:].strip())
        return self.name

    @cached_property
    def free_texts(self) -> tuple[str, ...]:
        """The names of the cells that a person marks, in order."""
        return tuple(grade_id(cell) for cell in self.notebook.cells if is_free_text(cell))

    def points(self, name: str) -> float:
        """Return the points of a graded cell."""
        for cell in self.notebook.cells:
            if grade_id(cell) == name:
                return float(cell.metadata.nbgrader.get("points", 0))
        raise KeyError(name)

    def is_written(self, name: str, words: str) -> bool:
        """Whether a free-text cell with these words holds an answer, as nbgrader decides it."""
        from nbgrader.utils import compute_checksum

        for cell in self.notebook.cells:
            if grade_id(cell) == name:
                answered = NotebookNode({**cell, "source": words})
                return bool(compute_checksum(answered) != cell.metadata.nbgrader.get("checksum"))
        raise KeyError(name)

    def filled(self, texts: Mapping[str, str]) -> Any:
        """Return the page with a trainee's words in its free-text cells and no outputs.

        Parameters
        ----------
        texts : mapping of str to str
            The words by the name of their cell. A cell without words keeps its placeholder.
        """
        cells = []
        for cell in self.notebook.cells:
            name = grade_id(cell)
            if name in self.rubrics:
                cells.append(_rubric_cell(name, self.rubrics[name]))
            if is_free_text(cell) and name in texts:
                # A shallow copy will do: only the source is another one.
                cell = NotebookNode({**cell, "source": texts[name]})
            cells.append(cell)
        return NotebookNode({**self.notebook, "cells": cells})

    def marks(self, answers: Answers) -> dict[str, Mark]:
        """Score every item, by the name of its cell."""
        return {name: mark(item, answers, self.name) for name, item in self.items.items()}

    def scored(self, notebook: Any, marks: Mapping[str, Mark]) -> Any:
        """Return a filled page with the marks as outputs, where nbgrader reads them."""
        cells = []
        for cell in notebook.cells:
            name = grade_id(cell)
            if cell.cell_type == "code" and name in marks:
                cell = NotebookNode({**cell, "outputs": [_output(marks[name])]})
            cells.append(cell)
        return NotebookNode({**notebook, "cells": cells})


def _output(mark: Mark) -> Any:
    # nbformat's own maker validates each output anew, which takes longer than scoring it.
    return NotebookNode(
        output_type="execute_result",
        data=NotebookNode({"text/plain": mark.text, "text/html": mark.html}),
        metadata=NotebookNode(),
        execution_count=None,
    )


def grade_id(cell: Any) -> str:
    """Return the name nbgrader knows a cell by, or an empty string."""
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def pages(course: Course, assignment: str, gradebook: Any = None) -> dict[str, Page]:
    """Return the pages of an assignment by name, in order.

    Parameters
    ----------
    course : Course
        The class.
    assignment : str
        Its name.
    gradebook : nbgrader.api.Gradebook, optional
        One that is open already.

    Raises
    ------
    CourseError
        If the assignment has not been generated, or its release is missing or spoilt.
    """
    if gradebook is None:
        with course.gradebook() as opened:
            return pages(course, assignment, opened)
    from nbgrader.api import MissingEntry

    try:
        entry = gradebook.find_assignment(assignment)
    except MissingEntry:
        raise CourseError(
            f"The gradebook knows no assignment “{assignment}”. "
            f"Run: nbgrader generate_assignment {assignment}"
        ) from None
    found = {}
    for notebook in sorted(entry.notebooks, key=lambda each: each.name):
        found[notebook.name] = _page(course, assignment, notebook)
    if not found:
        raise CourseError(f"The assignment “{assignment}” has no notebook. Generate it again.")
    return found


def _page(course: Course, assignment: str, entry: Any) -> Page:
    import nbformat

    path = course.place("release", assignment) / f"{entry.name}.ipynb"
    again = f"Run: nbgrader generate_assignment {assignment}"
    try:
        notebook = nbformat.read(path, as_version=4)
    except FileNotFoundError:
        raise CourseError(f"{path} is missing. {again}") from None
    except Exception as error:
        raise CourseError(f"{path} cannot be read ({error}). {again}") from error
    sources = {cell.name: cell for cell in entry.source_cells}
    points = {cell.name: cell.max_score for cell in entry.grade_cells}
    released = {grade_id(cell): cell.source for cell in notebook.cells if grade_id(cell)}
    for cell in notebook.cells:
        # As nbgrader's OverwriteCells does it for a cell that belongs to the instructor.
        stored = sources.get(grade_id(cell))
        if stored is None:
            continue
        if stored.locked:
            cell.source = stored.source
        cell.metadata.nbgrader["locked"] = stored.locked
        cell.metadata.nbgrader["checksum"] = stored.checksum
        if stored.name in points:
            cell.metadata.nbgrader["points"] = points[stored.name]
        if cell.cell_type == "code":
            cell.outputs = []
            cell.execution_count = None
    return Page(
        entry.name,
        notebook,
        _items(notebook, entry.name, again),
        released,
        rubrics(course.place("source", assignment) / f"{entry.name}.ipynb"),
    )


def _items(notebook: Any, name: str, again: str) -> dict[str, Item]:
    found = {}
    for cell in notebook.cells:
        grader = cell.metadata.get("nbgrader", {})
        if cell.cell_type != "code" or not grader.get("grade") or grader.get("solution"):
            continue
        try:
            item = item_in(cell.source)
        except ItemError as error:
            raise CourseError(f"{name}, cell “{grade_id(cell)}”: {error}") from error
        if item is None or item.secret is None:
            raise CourseError(
                f"{name}, cell “{grade_id(cell)}”, is no item with a key, so it can be marked only "
                "by running it, which this course does not do. Put an item call into the master "
                f"(see CONTRIBUTING). {again}"
            )
        found[grade_id(cell)] = item
    return found


def outdated(course: Course, assignment: str, found: Mapping[str, Page]) -> tuple[str, ...]:
    """Return the pages whose masters have been changed since they were generated.

    Without masters on this machine there is nothing to compare with.
    """
    folder = course.place("source", assignment)
    return tuple(name for name, page in found.items() if _differs(folder / f"{name}.ipynb", page))


def _differs(master: Path, page: Page) -> bool:
    try:
        items = items_in(master)
    except (OSError, ValueError):
        return False
    return {item.id: item for item in items} != {item.id: item for item in page.items.values()}


def rubrics(master: Path) -> dict[str, str]:
    """Return rubric and model answer of each free-text cell of a master, by the cell's name.

    A grader without the masters has none to show; that stops nothing.
    """
    try:
        cells: Iterable[dict[str, Any]] = read_notebook(master)["cells"]
    except (OSError, ValueError):
        return {}
    found = {}
    for cell in cells:
        match = _SOLUTION.search(source_of(cell)) if is_free_text(cell) else None
        if match:
            found[str(cell["metadata"]["nbgrader"]["grade_id"])] = match.group(1).strip()
    return found


def _rubric_cell(name: str, text: str) -> Any:
    quoted = "\n".join(f"> {line}".rstrip() for line in text.splitlines())
    return new_markdown_cell(
        f"> **For the marker** (trainees see this with their feedback, not before)\n>\n{quoted}",
        id=f"rubric-{name}"[:64],
        metadata={"trd": {"kind": RUBRIC, "of": name}, "editable": False, "deletable": False},
    )
