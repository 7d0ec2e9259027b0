"""The pages of the course and what was answered on them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from trd.journey.spacing import Attempt
from trd.quiz import masters, scoring
from trd.quiz.answers import Answers
from trd.quiz.items import Item, ItemError


@dataclass(frozen=True)
class Page:
    """One notebook of the course.

    Attributes
    ----------
    stem : str
        File name without ``.ipynb``.
    title : str
        Its first heading.
    minutes : int or None
        Of the core path, as the page states them.
    items : tuple of Item
        Its self-checks, in order.
    """

    stem: str
    title: str
    minutes: int | None
    items: tuple[Item, ...]

    @property
    def is_lesson(self) -> bool:
        """Whether it teaches; the first and the last page do not."""
        return self.minutes is not None

    @property
    def own(self) -> tuple[Item, ...]:
        """Self-checks that stand by themselves; those of a set are a test of the whole course."""
        return tuple(item for item in self.items if not item.together)


_known: dict[Path, tuple[int, Page]] = {}


def pages(folder: Path) -> tuple[Page, ...]:
    """Return the pages of the course in their order.

    Parameters
    ----------
    folder : pathlib.Path
        Where they are. A page that cannot be read is left out: what it holds is nobody's mistake
        here, and opening it says what is wrong.
    """
    found = []
    for path in sorted(folder.glob("[0-9][0-9]_*.ipynb")):
        with contextlib.suppress(ItemError, ValueError, OSError):
            changed = path.stat().st_mtime_ns
            if _known.get(path, (0, None))[0] != changed:
                _known[path] = (changed, _read(path))
            found.append(_known[path][1])
    return tuple(found)


def _read(path: Path) -> Page:
    notebook = masters.read_notebook(path)
    minutes = notebook.get("metadata", {}).get("trd", {}).get("minutes")
    title = path.stem
    for cell in notebook["cells"]:
        if cell.get("cell_type") == "markdown":
            line = masters.source_of(cell).split("\n", 1)[0]
            if line.startswith("# "):
                title = line[2:].strip()
                break
    items = tuple(masters.items_of(notebook["cells"]))
    return Page(path.stem, title, minutes if isinstance(minutes, int) else None, items)


def attempts(
    item: Item, stem: str, answers: Answers, most: int | None = None
) -> tuple[Attempt, ...]:
    """Return the usable answers to one self-check, oldest first.

    Parameters
    ----------
    item : Item
        With its key.
    stem : str
        The page it stands on.
    answers : Answers
        What the reader's own log holds. Answers that the item, as it now is, cannot have are
        passed over.
    most : int, optional
        How many are wanted, from the oldest on; all when not given.
    """
    found: list[Attempt] = []
    for entry in answers.history(stem, item.id):
        if len(found) == most:
            break
        with contextlib.suppress(ValueError, ItemError):
            answer = scoring.clean(item, entry.answer)
            if answer is None or (item.kind == "simulation" and not answer["completed"]):
                continue
            at = datetime.fromisoformat(entry.at)
            if at.tzinfo is not None:
                found.append(Attempt(at, scoring.fraction(item, answer) >= 1))
    return tuple(found)


def set_of(name: str, all_pages: Iterable[Page]) -> tuple[tuple[Page, Item], ...]:
    """Return the items of one set, with the page each stands on."""
    return tuple((page, item) for page in all_pages for item in page.items if item.together == name)
