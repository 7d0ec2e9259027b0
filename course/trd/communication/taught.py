"""Where in the course an audited sentence is taken up: lesson and heading, in words."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache

from trd.paths import course_dir


@dataclass(frozen=True)
class Place:
    """A place in a lesson.

    Attributes
    ----------
    stem : str
        Of the lesson's file.
    lesson : int
        Its number.
    title, heading : str
        Of the lesson, and the nearest heading above the place; empty when there is none.
    """

    stem: str
    lesson: int
    title: str
    heading: str


@cache
def _headings(stem: str) -> tuple[str, dict[str, str]]:
    """Return a lesson's title, and for each cell id the heading it stands under."""
    try:
        text = (course_dir() / f"{stem}.ipynb").read_text(encoding="utf-8")
        cells = json.loads(text)["cells"]
    except (OSError, ValueError, KeyError):
        return "", {}
    title = heading = ""
    under = {}
    for cell in cells:
        found = []
        if cell["cell_type"] == "markdown":
            found = re.findall(r"^(#{1,6})[ \t]+(.+?)[ \t#]*$", "".join(cell["source"]), re.M)
        for level, words in found:
            if level == "#" and not title:
                title = words
            else:
                heading = words
                break
        under[cell.get("id", "")] = heading
    return title, under


def place(anchor: str) -> Place | None:
    """Return the place that an anchor ``lesson-file#cell-id`` names; None for a bad anchor."""
    stem, _, cell = anchor.partition("#")
    number = re.match(r"(\d+)_", stem)
    if not number:
        return None
    title, under = _headings(stem)
    # Without marks and without how long it takes.
    heading = re.sub(r"[*_`]|<[^>]*>|\s*\(\d+ minutes?\)$", "", under.get(cell, ""))
    return Place(stem, int(number[1]), re.sub(r"^\d+\.\s*", "", title), heading)
