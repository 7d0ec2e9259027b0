"""One trainee's hand-in, read as data: recorded answers, words in free-text cells, what is odd."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode

from trd.grading import untrusted
from trd.grading.course import Course
from trd.grading.masters import Page, grade_id
from trd.grading.notes import plain
from trd.grading.untrusted import UnusableError
from trd.quiz.answers import Answers
from trd.quiz.masters import is_free_text, started_as

TIMESTAMP = "timestamp.txt"
#: How a note begins that is for the instructor's eyes: it changes no mark, and accuses somebody.
EDITED = "locked cells were edited and put back"
#: A file made up of answers to nothing must not fill the log.
MOST_STRAYS = 10


@dataclass(frozen=True)
class Submission:
    """What one trainee handed in for one assignment.

    Attributes
    ----------
    student : str
        Whose it is.
    folder : pathlib.Path
        Where it was collected to.
    timestamp : datetime.datetime or None
        When it was handed in, UTC, without a zone as nbgrader keeps it.
    answers : Answers
        The recorded answers.
    texts : mapping of str to mapping of str to str
        By page: the words in its free-text cells, by cell, where there are any.
    problems : tuple of str
        What is odd about it and what was done, in one sentence each.
    """

    student: str
    folder: Path
    timestamp: datetime | None = None
    answers: Answers = field(default_factory=Answers)
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def read(course: Course, pages: Mapping[str, Page], assignment: str, student: str) -> Submission:
    """Read one trainee's submission. Never raises for what it holds; it reports it.

    Parameters
    ----------
    course : Course
        The class.
    pages : mapping of str to Page
        The assignment's pages (:func:`trd.grading.masters.pages`).
    assignment, student : str
        Which submission.
    """
    folder = course.place("submitted", assignment, student)
    problems: list[str] = []
    answers = untrusted.answers_in(folder)
    if answers.problems:
        problems.append("answer file: " + "; ".join(answers.problems))
    problems += _strays(answers, pages)
    texts = {
        name: _texts(page, cells, name, problems)
        for name, page in pages.items()
        for cells in [_cells_of(folder, name, pages, problems)]
    }
    timestamp = handed_in_at(folder, problems)
    shown = tuple(plain(problem) for problem in problems)
    return Submission(student, folder, timestamp, answers, texts, shown)


def _strays(answers: Answers, pages: Mapping[str, Page]) -> list[str]:
    """Report answers that belong to no question; they change nothing."""
    known = {(name, item.id) for name, page in pages.items() for item in page.items.values()}
    strays = Counter(
        (entry.notebook, entry.item)
        for entry in answers.entries
        if (entry.notebook, entry.item) not in known
    )
    found = [
        f"answers to “{item[:60]}” on “{notebook[:60]}” belong to no question of this assignment "
        "and count for nothing"
        for notebook, item in islice(strays, MOST_STRAYS)
    ]
    if len(strays) > MOST_STRAYS:
        found.append(f"and answers to {len(strays) - MOST_STRAYS} more that do not exist")
    return found


def handed_in_at(folder: Path, problems: list[str] | None = None) -> datetime | None:
    """Return when a collected submission was handed in, UTC without a zone; None if it says not.

    Parameters
    ----------
    folder : pathlib.Path
        Where it was collected to.
    problems : list of str, optional
        Gets a sentence if the time cannot be read.
    """
    from nbgrader.utils import parse_utc

    path = folder / TIMESTAMP
    if not path.exists():
        return None
    try:
        with untrusted.open_plain(path) as file:
            text = file.read(200).decode("ascii").strip()
        return parse_utc(text) if text else None
    except (ValueError, OverflowError):
        if problems is not None:
            problems.append(f"{TIMESTAMP} holds no time that can be read; it counts as not late")
        return None


def _cells_of(
    folder: Path, name: str, pages: Mapping[str, Page], problems: list[str]
) -> list[dict[str, Any]]:
    """Return the cells of a trainee's copy of a page, also when it goes by another name."""
    path = folder / f"{name}.ipynb"
    try:
        cells = untrusted.notebook_cells(path)
    except UnusableError as error:
        cells = []
        if path.exists():
            problems.append(f"{path.name} cannot be used: {error}; recorded answers count")
    if cells and not _untouched(pages[name], cells):
        return cells
    for other in sorted(folder.glob("*.ipynb")):
        if other.stem in pages:
            continue
        try:
            found = untrusted.notebook_cells(other)
        except UnusableError:
            continue
        if cells and _untouched(pages[name], found):
            continue
        if started_as(found) == name:
            problems.append(f"{name}.ipynb was handed in as “{other.name[:80]}”; it was used")
            return found
    if not path.exists():
        problems.append(f"{name}.ipynb was not handed in; recorded answers count")
    return cells


def _untouched(page: Page, cells: list[dict[str, Any]]) -> bool:
    """Whether nobody has written into a copy of a page: its trainee may have used another one.

    Collecting also puts the released page there when it was not handed in.
    """
    asked = {grade_id(cell): cell.source for cell in page.notebook.cells if is_free_text(cell)}
    return bool(asked) and not any(
        untrusted.text_of(cell).strip() != asked[untrusted.grade_id(cell)].strip()
        for cell in cells
        if untrusted.grade_id(cell) in asked
    )


def _texts(
    page: Page, cells: list[dict[str, Any]], name: str, problems: list[str]
) -> dict[str, str]:
    """Return the words in a page's free-text cells, and note what was done to the page."""
    found = {}
    for cell in page.notebook.cells:
        if not is_free_text(cell):
            continue
        words = _words(cell, cells)
        if words is not None:
            found[grade_id(cell)] = words
    if cells:
        problems += [f"{name}: {what}" for what in _tampering(page, cells)]
    return found


def _words(cell: Any, cells: Iterable[dict[str, Any]]) -> str | None:
    """Return what stands in all of a trainee's copies of one cell, or None if there is none."""
    name = grade_id(cell)
    copies = [each for each in cells if untrusted.grade_id(each) == name]
    # Lab lets people copy a cell without its metadata; the cell's own id may have stayed.
    copies = copies or [each for each in cells if each["id"] and each["id"] == cell.get("id")]
    texts = [untrusted.text_of(each) for each in copies]
    if not texts:
        return None
    changed = [text for text in dict.fromkeys(texts) if text.strip() != cell.source.strip()]
    return untrusted.cut("\n\n".join(changed)) if changed else texts[0]


def _tampering(page: Page, cells: list[dict[str, Any]]) -> list[str]:
    """Say how a copy differs from the page that was handed out. None of it changes a mark."""
    notes = []
    counted = Counter(filter(None, (untrusted.grade_id(cell) for cell in cells)))
    for name in page.items:
        if not counted[name]:
            notes.append(f"the question “{name}” was deleted; its recorded answer counts")
    for name in [*page.items, *page.free_texts]:
        if counted[name] > 1:
            notes.append(f"“{name}” stands there {counted[name]} times; each counts once")
    edited = sorted({name for name in page.items if _edited(page, name, cells)})
    if edited:
        notes.append(f"{EDITED}: {', '.join(edited)}")
    names = {grade_id(cell) for cell in page.notebook.cells} - {""}
    ids = {cell.get("id") for cell in page.notebook.cells}
    added = sum(
        cell["cell_type"] == "code"
        and untrusted.grade_id(cell) not in names
        and cell["id"] not in ids
        for cell in cells
    )
    if added:
        notes.append(f"{added} code cell{'s were' if added > 1 else ' was'} added, and not run")
    return notes


def _edited(page: Page, name: str, cells: list[dict[str, Any]]) -> bool:
    """Whether a trainee's copy of an item is another one than was handed out.

    Every cell is handed out with a checksum of itself. The page may have been generated anew since,
    so its present wording is no measure of what one trainee did.
    """
    from nbgrader.utils import compute_checksum

    for cell in cells:
        if untrusted.grade_id(cell) != name:
            continue
        grader = cell["metadata"]["nbgrader"]
        if cell["source"] == page.released[name]:
            if grader.get("points") != page.points(name) or grader.get("grade") is not True:
                return True
            continue
        try:
            true = compute_checksum(
                NotebookNode(
                    cell_type=cell["cell_type"],
                    source=cell["source"],
                    metadata=NotebookNode(nbgrader=NotebookNode(grader)),
                )
            )
        except Exception:  # noqa: BLE001 - metadata that nbgrader cannot take is an edit
            return True
        if grader.get("checksum") != true:
            return True
    return False
