"""Reads the CSV tables: one pass that lists problems, used by loaders and lint alike."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from trd.evidence.errors import Problem
from trd.evidence.models import STATUSES, VERDICTS, EvidenceRow, Reference, ReferenceList

Record = TypeVar("Record", bound=BaseModel)

CLAIMS = "claims.csv"

FIXES = {
    "missing-file": "Put it back from the repository.",
    "encoding": "Save the file as 'CSV UTF-8'.",
    "columns": "Keep the header line as it was, with commas between the columns.",
    "cells": "Put a cell that contains a comma between double quotes.",
    "duplicate": "Give every row a name of its own.",
    "id-form": "Use lower-case words joined by hyphens, e.g. stard-step1-remission.",
    "number": "Write digits with a point only (3671, 36.8, -2.69), or leave the cell empty.",
    "interval": "Check which number is which.",
    "denominator": "Write a whole number such as 3671, or leave the cell empty.",
    "date": "Write year-month-day, e.g. 2026-11-22.",
    "status": f"Use one of: {', '.join(STATUSES)}.",
    "empty": "Fill the cell.",
    "provenance": "Say where it was read (source, locator) and when (checked_on), or lower the "
    "status.",
    "arithmetic": "Write the calculation in the note, e.g. 108 / 4041 = 0.027.",
    "reported-by": "Begin the note with 'reported by ...', or find the primary source.",
    "assumption": "Give the reason in the note.",
    "unknown-source": "Use a key of references.bib, or add the source there.",
    "first-hand": "Lower the status to secondary, or read the source itself and set its keywords "
    "to primary.",
    "verdict": f"Use one of: {', '.join(VERDICTS)}.",
    "article": "A claim's letter is its article; X stands for all.",
    "teach-slot": "Use a number such as 1.4, or B.1 to B.3 for background.",
    "length": "Shorten it.",
    "anchor-form": "Write <notebook>#<cell id>, e.g. 01_what_is_trd#a-new-option.",
    "anchor": "Name a notebook of the course and one of its cell ids or headings.",
    "syntax": "Correct the entry at that line.",
    "label": "Add author and year, or a shorthand field.",
    "reading": "Use primary, secondary or from-knowledge.",
    "doi": "Leave out https://doi.org/.",
    "link": "Add a doi, or a url that starts with https://.",
    "toml": "Correct the line named in the message.",
    "entry": "A parameter is a table with at least value and status.",
}


def problem(file: str, row: str, rule: str, message: str) -> Problem:
    """Return one problem with the advice that goes with its rule."""
    return Problem(file, row, rule, message, FIXES.get(rule, "Correct the cell."))


def read_text(path: Path, file: str) -> tuple[str, list[Problem]]:
    """Return the text of a file, or the problem that keeps it from being read."""
    try:
        return path.read_text(encoding="utf-8-sig"), []
    except FileNotFoundError:
        return "", [problem(file, "", "missing-file", "The file is missing.")]
    except OSError as error:
        message = f"The file cannot be read: {error.strerror}."
        return "", [problem(file, "", "unreadable", message)]
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        message = "The file is not written in UTF-8."
        return "", [problem(file, f"line {line}", "encoding", message)]


def failures(file: str, row: str, error: ValidationError) -> Iterator[Problem]:
    """Turn the errors of one record into problems."""
    for detail in error.errors(include_url=False):
        where = ".".join(str(part) for part in detail["loc"] if isinstance(part, str))
        name = f" ({where})" if where else ""
        yield problem(file, row + name, detail["type"].replace("_", "-"), detail["msg"])


def _header_problem(file: str, header: list[str], wanted: list[str]) -> list[Problem]:
    if header == wanted:
        return []
    missing = [name for name in wanted if name not in header]
    unknown = [name for name in header if name not in wanted]
    parts = []
    if missing:
        parts.append(f"Missing column: {', '.join(missing)}.")
    if unknown:
        parts.append(f"Unknown column: {', '.join(unknown)}.")
    return [problem(file, "line 1", "columns", " ".join(parts) or "The columns changed order.")]


def read_table(
    path: Path, file: str, model: type[Record]
) -> tuple[list[tuple[str, Record]], list[Problem]]:
    """Read one table into records.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    file : str
        Its name as problems show it.
    model : type
        Record whose fields are the columns, in order.

    Returns
    -------
    records, problems : list, list
        Records with where they stand ("line 12, id"), and everything that is wrong.
    """
    text, problems = read_text(path, file)
    if problems:
        return [], problems
    try:
        # Read to the end here, so that a row no table can hold is named and not raised.
        reader = csv.reader(io.StringIO(text, newline=""))
        rows = [(reader.line_num, cells) for cells in reader]
    except csv.Error as error:
        return [], [problem(file, "", "unreadable", f"The table cannot be read: {error}.")]
    wanted = list(model.model_fields)
    problems = _header_problem(file, rows[0][1] if rows else [], wanted)
    if problems:
        return [], problems
    records: list[tuple[str, Record]] = []
    for line, cells in rows[1:]:
        if not cells:
            continue
        where = f"line {line}, {cells[0] or 'no id'}"
        if len(cells) != len(wanted):
            message = f"The row has {len(cells)} cells; the table has {len(wanted)} columns."
            problems.append(problem(file, where, "cells", message))
            continue
        try:
            records.append((where, model.model_validate(dict(zip(wanted, cells, strict=True)))))
        except ValidationError as error:
            problems.extend(failures(file, where, error))
    return records, problems


def check_sources(
    file: str,
    where: str,
    keys: tuple[str, ...],
    status: str,
    references: ReferenceList | Mapping[str, Reference],
) -> Iterator[Problem]:
    """List unknown keys, and a status that the reading of its sources does not bear."""
    known = [references[key] for key in keys if key in references]
    for key in keys:
        if key not in references:
            message = f"The source {key!r} is not in references.bib."
            yield problem(file, where, "unknown-source", message)
    at_first_hand = any(found.reading == "primary" for found in known)
    if status in ("verified", "derived") and known and not at_first_hand:
        names = ", ".join(found.key for found in known)
        message = f"The status is {status}, but {names} was not read at first hand."
        yield problem(file, where, "first-hand", message)


def read_rows(
    folder: Path, references: Mapping[str, Reference]
) -> tuple[dict[str, EvidenceRow], list[Problem]]:
    """Read every evidence table except the claims.

    Parameters
    ----------
    folder : pathlib.Path
        ``assets/evidence``.
    references : mapping
        The bibliography, to check the keys against.
    """
    rows: dict[str, EvidenceRow] = {}
    problems: list[Problem] = []
    seen: dict[str, str] = {}
    for path in sorted(folder.glob("*.csv")):
        if path.name == CLAIMS:
            continue
        file = f"evidence/{path.name}"
        records, found = read_table(path, file, EvidenceRow)
        problems += found
        for where, row in records:
            if row.id in seen:
                message = f"The id {row.id} is used before, in {seen[row.id]}."
                problems.append(problem(file, where, "duplicate", message))
                continue
            seen[row.id] = f"{file}, {where.split(',')[0]}"
            rows[row.id] = row
            problems += check_sources(file, where, row.sources, row.status, references)
    return rows, problems
