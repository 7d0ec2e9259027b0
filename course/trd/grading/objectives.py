"""The learning objectives, in the words of the lessons that teach them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from trd import paths
from trd.quiz.masters import read_notebook, source_of

# As lessons list them: - **LO-1.2** Decide whether … *(P N G)*
_LINE = re.compile(
    r"^[-*]\s+\*\*(?P<id>LO-\d+\.\d+)\*\*\s+(?P<words>.+?)(?:\s*\*\([A-Z ]+\)\*)?\s*$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Objective:
    """What a lesson promises.

    Attributes
    ----------
    id : str
        Such as ``"LO-1.2"``.
    words : str
        One sentence of Markdown that begins with a verb.
    lesson : str
        The title of the lesson.
    file : str
        The lesson's file name without ``.ipynb``.
    """

    id: str
    words: str
    lesson: str
    file: str


def objectives(folder: Path | None = None) -> dict[str, Objective]:
    """Return the objectives of all lessons by their id, in the order of the lessons.

    Parameters
    ----------
    folder : pathlib.Path, optional
        Where the lessons are; the course's own by default. Lessons that cannot be read are left
        out: feedback without an objective's words is better than no feedback.
    """
    return dict(_objectives(paths.course_dir() if folder is None else folder))


def wording(folder: Path | None = None) -> dict[str, str]:
    """Return the words of all objectives by their id, without Markdown's marks."""
    return {
        name: re.sub(r"\\([^\w\s])", r"\1", re.sub(r"(?<!\\)[*_`]", "", one.words))
        for name, one in objectives(folder).items()
    }


@lru_cache(maxsize=4)
def _objectives(folder: Path) -> dict[str, Objective]:
    found: dict[str, Objective] = {}
    for path in sorted(folder.glob("*.ipynb")):
        try:
            cells = read_notebook(path)["cells"]
        except (OSError, ValueError):
            continue
        texts = [source_of(cell) for cell in cells if cell.get("cell_type") == "markdown"]
        title = next((text for text in texts if text.startswith("# ")), f"# {path.stem}")
        lesson = title.splitlines()[0].removeprefix("# ").strip()
        for text in texts:
            for match in _LINE.finditer(text):
                one = Objective(match["id"], match["words"], lesson, path.stem)
                found.setdefault(one.id, one)
    return found
