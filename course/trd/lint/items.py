"""Rules about item cells: what nbgrader and the marking rely on, and keys that stay hidden."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator

from trd.lint.document import Cell, Notebook, item_of, nonliteral
from trd.lint.registry import Fault, rule
from trd.quiz.items import SECRET_NAMES
from trd.quiz.masters import BEGIN, END


@rule(
    "item-alone",
    "code",
    reason="Marks are read from the result of the cell's one call.",
    mend="Keep the item as the only statement of its cell, without a semicolon.",
    waivable=False,
)
def item_alone(cell: Cell) -> Iterator[Fault]:
    """Find item cells that are more than one call, or cannot be read."""
    if cell.call_fault and _markers_fault(cell) is None:
        yield Fault(cell.call_fault)


@rule(
    "item-literals",
    "code",
    reason="Items are read, never run, so they hold plain values only.",
    mend="Write the text, number, list or dictionary itself; join long texts inside brackets.",
    waivable=False,
)
def item_literals(cell: Cell) -> Iterator[Fault]:
    """Arguments are plain text, numbers, lists and dictionaries."""
    for node in nonliteral(cell.call) if cell.call is not None else ():
        yield Fault(f"“{ast.unparse(node)[:60]}” is not a plain value.")


@rule(
    "item-works",
    "code",
    reason="An item with a missing or contradictory part cannot be shown or marked.",
    mend="Correct the argument named.",
    waivable=False,
)
def item_works(cell: Cell) -> Iterator[Fault]:
    """Find items that cannot be built."""
    if cell.item_fault:
        yield Fault(cell.item_fault)


def _markers_fault(cell: Cell) -> str | None:
    lines = cell.source.splitlines()
    counts = [sum(marker in line for line in lines) for marker in (BEGIN, END)]
    if cell.notebook.role != "master":
        return "Hidden-test markers belong in solutions/ only." if any(counts) else None
    if counts != [1, 1]:
        return f"The cell has {counts[0]} “{BEGIN}” and {counts[1]} “{END}”; it needs one of each."
    bare = [line.strip() for line in lines]
    if BEGIN not in bare or END not in bare:
        return "A marker shares its line with something else; on release that line would be cut."
    return (
        None
        if bare.index(BEGIN) < bare.index(END)
        else "The end marker stands before the begin marker."
    )


@rule(
    "markers",
    "code",
    reason="On release, nbgrader cuts what is between the markers, line by line.",
    mend=f"In a master, put one line “{BEGIN}” and one line “{END}” around key, why and cite; "
    "in a lesson, neither.",
    waivable=False,
)
def markers(cell: Cell) -> Iterator[Fault]:
    """One pair of markers in a master's item, each alone on its line; none elsewhere."""
    if cell.is_item or BEGIN in cell.source or END in cell.source:
        fault = _markers_fault(cell)
        if fault:
            yield Fault(fault)


@rule(
    "secrets-inside",
    "code",
    reason="A key outside the markers reaches every trainee; a question inside them reaches none.",
    mend=f"Keep {', '.join(SECRET_NAMES)} between the markers and everything else above them.",
    on=("master",),
    waivable=False,
)
def secrets_inside(cell: Cell) -> Iterator[Fault]:
    """Secret arguments stand between the markers, public ones outside."""
    if cell.call is None or _markers_fault(cell) is not None:
        return
    lines = [line.strip() for line in cell.source.splitlines()]
    begin, end = lines.index(BEGIN) + 1, lines.index(END) + 1
    for word in cell.call.keywords:
        inside = begin < word.lineno and (word.value.end_lineno or 0) < end
        outside = (word.value.end_lineno or 0) < begin or word.lineno > end
        if word.arg in SECRET_NAMES and not inside:
            yield Fault(f"{word.arg} stands outside the markers and would be released.")
        elif word.arg not in SECRET_NAMES and not outside:
            yield Fault(f"{word.arg} stands between the markers and would be cut on release.")
    for node in cell.call.args:
        if not ((node.end_lineno or 0) < begin or node.lineno > end):
            yield Fault("Part of the question stands between the markers.")


@rule(
    "has-key",
    "item",
    reason="Without a key a self-check tells nothing, and a graded item cannot be marked.",
    mend="Add key, why and cite.",
    waivable=False,
)
def has_key(cell: Cell) -> Iterator[Fault]:
    """Items in lessons and masters have a key."""
    if item_of(cell).secret is None:
        yield Fault("The item has no key.")


@rule(
    "points",
    "item",
    reason="Lessons are practice; the marks of a case are what nbgrader adds up.",
    mend="points=0 (or none) in a lesson; in a case the same number above 0 as nbgrader has.",
    waivable=False,
)
def points(cell: Cell) -> Iterator[Fault]:
    """Self-checks carry no points; a graded item has the points nbgrader knows."""
    worth = item_of(cell).points
    if cell.notebook.role != "master":
        if worth:
            yield Fault(f"A self-check carries marks: points={worth:g}.")
    elif worth <= 0:
        yield Fault("The graded item carries no points.")
    elif cell.nbgrader and cell.nbgrader.get("points") != worth:
        yield Fault(f"The call says {worth:g} points, nbgrader {cell.nbgrader.get('points')}.")


@rule(
    "grade-id",
    "item",
    reason="Answers are found by the item's id, marks by nbgrader's; they must be the same.",
    mend="Set metadata.nbgrader.grade_id to the id in the call.",
    on=("master",),
    waivable=False,
)
def grade_id(cell: Cell) -> Iterator[Fault]:
    """Compare nbgrader's id with the item's."""
    found = cell.nbgrader.get("grade_id")
    if cell.nbgrader and found != item_of(cell).id:
        yield Fault(f"The item is called “{item_of(cell).id}”, nbgrader calls it “{found}”.")


_LOCKED = {"grade": False, "locked": True, "solution": False, "task": False, "schema_version": 3}
_GRADED = {**_LOCKED, "grade": True, "cell_type": "code"}
_FREE = {**_LOCKED, "grade": True, "locked": False, "solution": True, "cell_type": "markdown"}


@rule(
    "nbgrader-cell",
    "notebook",
    reason="nbgrader grades, locks and releases each cell by these settings.",
    mend="Set the values named in metadata.nbgrader of the cell.",
    on=("master",),
    waivable=False,
)
def nbgrader_cell(notebook: Notebook) -> Iterator[Fault]:
    """Every cell of a master carries the nbgrader settings of its sort."""
    for cell in notebook.cells:
        is_free = cell.is_markdown and cell.nbgrader.get("solution") is True
        wanted = _GRADED if cell.is_item else _FREE if is_free else _LOCKED
        wrong = [
            f"{name} is {cell.nbgrader.get(name)!r}, not {value!r}"
            for name, value in wanted.items()
            if cell.nbgrader.get(name) != value
        ]
        if not cell.nbgrader.get("grade_id"):
            wrong.append("grade_id is missing")
        if not cell.nbgrader:
            yield Fault("The cell has no nbgrader settings.", cell.name)
        elif wrong:
            yield Fault(f"nbgrader's settings: {'; '.join(wrong)}.", cell.name)


#: "- 1.5: Says that …": one line of a rubric and its points.
_RUBRIC_LINE = re.compile(r"^- (\d+(?:\.\d+)?): ", re.MULTILINE)


@rule(
    "free-text",
    "notebook",
    reason="Graders need a model answer and a rubric, and trainees must not get them.",
    mend="Begin the cell with “### BEGIN SOLUTION”, then model answer and rubric (a line a point: "
    "“- 1: Says that …”, adding up to the cell's points), and end it with "
    "“### END SOLUTION”; editable true, deletable false, points above 0.",
    on=("master",),
    waivable=False,
)
def free_text(notebook: Notebook) -> Iterator[Fault]:
    """Look for a model answer and a rubric between the solution markers."""
    for cell in notebook.cells:
        if not cell.is_free_text:
            continue
        lines = cell.source.strip().splitlines()
        fenced = lines[:1] == ["### BEGIN SOLUTION"] and lines[-1:] == ["### END SOLUTION"]
        if not fenced or cell.source.count("### BEGIN SOLUTION") != 1:
            yield Fault("The solution markers do not enclose the whole cell.", cell.name)
        elif len(cell.source.split()) < 20 or "rubric" not in cell.source.lower():
            yield Fault("There is no model answer with a rubric.", cell.name)
        else:
            listed = sum(float(points) for points in _RUBRIC_LINE.findall(cell.source))
            if listed != cell.nbgrader.get("points"):
                yield Fault(
                    f"The rubric's lines add up to {listed:g} points; the cell carries "
                    f"{cell.nbgrader.get('points')}.",
                    cell.name,
                )
        if not cell.nbgrader.get("points"):
            yield Fault("The written answer carries no points.", cell.name)
        if cell.metadata.get("deletable") is not False or cell.metadata.get("editable") is False:
            yield Fault("Trainees must be able to edit, but not delete, the cell.", cell.name)


@rule(
    "item-id-unique",
    "item",
    reason="Two items of one name would overwrite each other's answers.",
    mend="Give each item of the assignment (or lesson) a name of its own.",
    waivable=False,
)
def item_id_unique(cell: Cell) -> Iterator[Fault]:
    """Item ids are unique in an assignment, or in a lesson."""
    notebook = cell.notebook
    around = notebook.project.siblings(notebook) if notebook.role == "master" else [notebook]
    counts = Counter(item.id for each in around for _, item in each.items)
    if counts[item_of(cell).id] > 1:
        yield Fault(f"{counts[item_of(cell).id]} items are called “{item_of(cell).id}”.")
