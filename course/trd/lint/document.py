"""Notebooks as the rules see them: read as data, never run."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from trd.lint.markdown import Page
from trd.lint.sources import Sources
from trd.quiz.items import Item, ItemError
from trd.quiz.masters import is_free_text, item_call, item_in, source_of

OBJECTIVE = re.compile(r"\bLO-\d+\.\d+\b")
PROFESSIONS = re.compile(r"\((?:[^()]*\b(?:P|N|A|G|GP|psychiatr\w+|nurs\w+|anaesthe\w+)\b[^()]*)\)")


@dataclass(frozen=True)
class Objective:
    """A learning objective as a lesson lists it: id, the words after it, whether it has tags."""

    id: str
    words: str
    tagged: bool


def mapping(value: object) -> Mapping[str, Any]:
    """Return a value that should be a mapping, or an empty one if it is something else."""
    return value if isinstance(value, Mapping) else {}


class Cell:
    """One cell.

    Attributes
    ----------
    notebook : Notebook
        Where it stands.
    index : int
        Its place, from 0.
    data : Mapping
        The cell as in the file.
    """

    def __init__(self, notebook: Notebook, index: int, data: Mapping[str, Any]) -> None:
        self.notebook = notebook
        self.index = index
        self.data = data
        self.source = source_of(data)

    @property
    def name(self) -> str:
        """Its id, or its place if it has none."""
        return str(self.data.get("id") or f"cell {self.index + 1}")

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The metadata of the cell."""
        return mapping(self.data.get("metadata"))

    @property
    def trd(self) -> Mapping[str, Any]:
        """What the course itself notes about the cell: kind, evidence, waivers."""
        return mapping(self.metadata.get("trd"))

    @property
    def kind(self) -> str:
        """Claim, case, task or text; empty if not said."""
        return str(self.trd.get("kind", ""))

    @property
    def nbgrader(self) -> Mapping[str, Any]:
        """What nbgrader knows about the cell."""
        return mapping(self.metadata.get("nbgrader"))

    @property
    def is_code(self) -> bool:
        """Whether it is a code cell."""
        return self.data.get("cell_type") == "code"

    @property
    def is_markdown(self) -> bool:
        """Whether it is a Markdown cell."""
        return self.data.get("cell_type") == "markdown"

    @property
    def is_free_text(self) -> bool:
        """Whether trainees write their answer here in words."""
        return is_free_text({**self.data, "metadata": {"nbgrader": self.nbgrader}})

    @cached_property
    def page(self) -> Page:
        """The cell's Markdown, parsed."""
        return Page(self.source if self.is_markdown else "")

    @property
    def evidence(self) -> list[str]:
        """The evidence rows the cell lists."""
        found = self.trd.get("evidence", [])
        return [str(name) for name in found] if isinstance(found, list) else []

    @cached_property
    def tree(self) -> ast.Module | None:
        """The cell's code, parsed; None if it is not Python."""
        try:
            return ast.parse(self.source)
        except SyntaxError:
            return None

    @cached_property
    def _read_call(self) -> tuple[ast.Call | None, str | None]:
        try:
            return (item_call(self.source) if self.is_code else None), None
        except ItemError as error:
            return None, str(error)

    @cached_property
    def _read_item(self) -> tuple[Item | None, str | None]:
        if self.call is None or nonliteral(self.call):
            return None, None
        try:
            return item_in(self.source), None
        except (ItemError, TypeError) as error:
            return None, str(error)

    @property
    def call(self) -> ast.Call | None:
        """The item call, if the cell is a well-formed item cell."""
        return self._read_call[0]

    @property
    def call_fault(self) -> str | None:
        """Why the cell is a malformed item cell, if it is one."""
        return self._read_call[1]

    @property
    def is_item(self) -> bool:
        """Whether it is an item cell, well formed or not."""
        return self.call is not None or self.call_fault is not None

    @property
    def item(self) -> Item | None:
        """The item of the cell, if it holds one that works."""
        return self._read_item[0]

    @property
    def item_fault(self) -> str | None:
        """Why the item of the cell cannot work, if it cannot."""
        return self._read_item[1]

    def panel_calls(self) -> list[str]:
        """Return the panels the cell calls, as ``panels.<name>()``."""
        return [
            node.func.attr
            for node in ast.walk(self.tree or ast.Module(body=[], type_ignores=[]))
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "panels"
        ]

    def wording(self) -> Iterator[str]:
        """Yield every text of the cell that people read."""
        if self.is_markdown:
            yield self.page.prose
        if self.item is None:
            return
        item = self.item
        yield from (item.stem, str(item.vignette), *item.options.values(), *item.prompts.values())
        if item.secret is not None:
            why = item.secret.why
            reasons = [why] if isinstance(why, str) else why.values()
            yield from map(str, (*reasons, *item.secret.common_errors.values()))


def item_of(cell: Cell) -> Item:
    """Return the item of a cell that is known to hold one that works.

    Raises
    ------
    ValueError
        If it holds none.
    """
    if cell.item is None:
        raise ValueError(f"The cell {cell.name} holds no item that works.")
    return cell.item


def nonliteral(call: ast.Call) -> list[ast.expr]:
    """Return the arguments of a call that are more than plain text, numbers, lists, dicts."""
    found = []
    for node in [*call.args, *(word.value for word in call.keywords)]:
        try:
            ast.literal_eval(node)
        except (ValueError, TypeError, RecursionError):
            found.append(node)
    found += [word.value for word in call.keywords if word.arg is None and word.value not in found]
    return found


class Notebook:
    """One notebook file.

    Attributes
    ----------
    path : pathlib.Path
        Where it is.
    text : str
        The file as it is.
    data : Mapping
        The file as data.
    project : Project
        What lies around it.
    """

    def __init__(self, path: Path, text: str, project: Project) -> None:
        self.path = path
        self.text = text
        self.project = project
        self.data: Mapping[str, Any] = json.loads(text)
        cells = self.data.get("cells") if isinstance(self.data, dict) else None
        if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
            raise ValueError("it is not a version 4 notebook")
        try:
            self.cells = [Cell(self, index, data) for index, data in enumerate(cells)]
        except TypeError as error:
            raise ValueError(f"the text of a cell is damaged ({error})") from error

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The metadata of the notebook."""
        return mapping(self.data.get("metadata"))

    @property
    def trd(self) -> Mapping[str, Any]:
        """What the course notes about the notebook: kind, minutes, review, contrast, waivers."""
        return mapping(self.metadata.get("trd"))

    @cached_property
    def role(self) -> str:
        """Lesson, start, master, release or report, by where it stands."""
        try:
            parts = self.path.resolve().relative_to(self.project.root.resolve()).parts
        except ValueError:
            parts = self.path.parts[-3:]
        if "assignments" in parts:
            return "release"
        if "solutions" in parts:
            return "report" if parts[-2] == "solutions" else "master"
        # The first and the last page lead in and out; they teach nothing themselves.
        leads = self.path.stem.startswith("00") or self.trd.get("kind") == "start"
        return "start" if leads else "lesson"

    @property
    def assignment(self) -> str:
        """The folder an assignment notebook stands in."""
        return self.path.parent.name

    @property
    def markdown(self) -> list[Cell]:
        """Markdown cells that authors write; trainees' free text is not among them."""
        return [cell for cell in self.cells if cell.is_markdown and not cell.is_free_text]

    @property
    def code(self) -> list[Cell]:
        """The code cells."""
        return [cell for cell in self.cells if cell.is_code]

    @cached_property
    def items(self) -> list[tuple[Cell, Item]]:
        """The items that work, with their cells."""
        return [(cell, cell.item) for cell in self.cells if cell.item is not None]

    @cached_property
    def explore(self) -> int | None:
        """Where the optional part begins: the place of the cell with the heading Explore."""
        return next(
            (
                cell.index
                for cell in self.markdown
                for level, words in cell.page.headings
                if level == 2 and words.lower().startswith("explore")
            ),
            None,
        )

    @cached_property
    def core(self) -> list[Cell]:
        """The cells of the core path: everything before Explore, without the references."""
        end = len(self.cells) if self.explore is None else self.explore
        return [cell for cell in self.cells[:end] if not is_references(cell)]

    @cached_property
    def objectives(self) -> list[Objective]:
        """The learning objectives the notebook lists under its heading Objectives."""
        found: list[Objective] = []
        inside = False
        for cell in self.markdown:
            for block in cell.page.blocks:
                if block.level:
                    inside = "objective" in block.text.lower() or "able to" in block.text.lower()
                elif inside and (match := OBJECTIVE.search(block.text)):
                    words = block.text[match.end() :].strip(" \n:.|–-")
                    found.append(Objective(match[0], words, bool(PROFESSIONS.search(words))))
        return found


def is_references(cell: Cell) -> bool:
    """Whether a cell is the list of references."""
    return any(words.lower().startswith("references") for _, words in cell.page.headings)


class Project:
    """The course around a notebook: its sources and its other notebooks.

    Parameters
    ----------
    root : pathlib.Path
        The folder that holds ``course/``, ``solutions/`` and ``assignments/``.
    sources : Sources, optional
        Evidence, references and panels; by default those of the course itself.
    """

    def __init__(self, root: Path, sources: Sources | None = None) -> None:
        self.root = root
        self.sources = sources or Sources(root)
        self._notebooks: dict[Path, Notebook] = {}

    def notebook(self, path: Path) -> Notebook:
        """Read a notebook, once.

        Raises
        ------
        OSError, ValueError
            If it cannot be read as a notebook.
        """
        if path not in self._notebooks:
            text = path.read_bytes().decode("utf-8")
            self._notebooks[path] = Notebook(path, text, self)
        return self._notebooks[path]

    def _readable(self, folder: str, pattern: str) -> list[Notebook]:
        found = []
        for path in sorted((self.root / folder).glob(pattern)):
            try:
                found.append(self.notebook(path))
            except (OSError, ValueError):
                continue  # reported under the file itself
        return found

    @cached_property
    def lessons(self) -> list[Notebook]:
        """The lessons of the course, in their order."""
        return [each for each in self._readable("course", "*.ipynb") if each.role == "lesson"]

    def lesson_of(self, assignment: str) -> Notebook | None:
        """Return the lesson that shares the number an assignment begins with."""
        return next(iter(self._readable("course", f"{assignment[:2]}_*.ipynb")), None)

    def masters_for(self, lesson: Notebook) -> list[Notebook]:
        """Return the masters of the assignments that share a lesson's number."""
        return self._readable("solutions", f"{lesson.path.stem[:2]}-*/*.ipynb")

    def siblings(self, notebook: Notebook) -> list[Notebook]:
        """Return all masters of the assignment a master belongs to, itself included."""
        return self._readable("solutions", f"{notebook.assignment}/*.ipynb")

    def master_of(self, released: Notebook) -> Notebook | None:
        """Return the master a released notebook was generated from."""
        path = self.root / "solutions" / released.assignment / released.path.name
        try:
            return self.notebook(path)
        except (OSError, ValueError):
            return None
