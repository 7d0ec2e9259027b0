"""Reading what trainees hand in: as data, in bounded amounts, never trusting a name or a type."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any, BinaryIO

from trd.quiz.answers import NAME, AnswerLog, Answers
from trd.quiz.masters import source_of

#: Far more than a case with a long answer; a larger file is not one.
MAX_NOTEBOOK_BYTES = 20_000_000
#: Brackets in a notebook. Parsing millions of empty cells would take gigabytes of memory.
MAX_PARTS = 500_000
#: Nobody reads more than this from one box.
MAX_TEXT = 50_000


class UnusableError(ValueError):
    """A file that cannot be used; the message says why, in a few words."""


def open_plain(path: Path) -> BinaryIO:
    """Open a regular file that is not a link.

    Raises
    ------
    UnusableError
        If it is anything else, or cannot be opened.
    """
    try:
        if stat.S_ISLNK(os.lstat(path).st_mode):
            raise UnusableError("it is a link to another file")
        # Not blocking, or a pipe with a file's name would hold up the whole class.
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise UnusableError((error.strerror or "it cannot be opened").lower()) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UnusableError("it is not a file")
    return os.fdopen(descriptor, "rb")


def notebook_cells(path: Path) -> list[dict[str, Any]]:
    """Return the cells of a trainee's notebook as plain data; what is no cell is left out.

    Raises
    ------
    UnusableError
        If the file is no notebook.
    """
    with open_plain(path) as file:
        data = file.read(MAX_NOTEBOOK_BYTES + 1)
    if len(data) > MAX_NOTEBOOK_BYTES:
        raise UnusableError(f"it is larger than {MAX_NOTEBOOK_BYTES // 1_000_000} MB")
    if data.count(b"{") + data.count(b"[") > MAX_PARTS:
        raise UnusableError("it has far too many parts")
    try:
        notebook = json.loads(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise UnusableError("it is not UTF-8 text") from None
    except (ValueError, RecursionError):
        raise UnusableError("it is not a complete notebook") from None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise UnusableError("it is not a version 4 notebook")
    return [_plain(cell) for cell in cells if isinstance(cell, dict)]


def _plain(cell: dict[str, Any]) -> dict[str, Any]:
    """Return a cell with the types that the rest of the code may rely on."""
    metadata = cell.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    if not isinstance(metadata.get("nbgrader"), dict):
        metadata = {**metadata, "nbgrader": {}}
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    return {
        "id": str(cell.get("id", "")),
        "cell_type": str(cell.get("cell_type", "")),
        "metadata": metadata,
        "source": source if isinstance(source, str) else "",
    }


def grade_id(cell: dict[str, Any]) -> str:
    """Return the name nbgrader knows a cell by, or an empty string."""
    name = cell["metadata"]["nbgrader"].get("grade_id")
    return name if isinstance(name, str) else ""


def text_of(cell: dict[str, Any]) -> str:
    """Return a cell's text, cut to what a person can be asked to read."""
    # Half of a surrogate pair cannot be written to a file or a database.
    return cut(source_of(cell).encode("utf-8", "replace").decode("utf-8").replace("\0", ""))


def cut(text: str) -> str:
    """Return a text, or as much of it as a person can be asked to read."""
    return (
        text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "\n\n(Cut here: the text is longer.)"
    )


def answers_in(folder: Path) -> Answers:
    """Return the recorded answers of a submission. Never raises for what the file holds."""
    path = folder / NAME
    if not os.path.lexists(path):
        return Answers()
    try:
        open_plain(path).close()
    except UnusableError as error:
        return Answers(problems=(f"{NAME} was not read: {error}",))
    return AnswerLog(path).read()
