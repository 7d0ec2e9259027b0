"""Reads the audited claims and checks that each anchor leads somewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from trd.evidence.models import Claim, Reference
from trd.evidence.tables import CLAIMS, check_sources, problem, read_table

if TYPE_CHECKING:
    from trd.evidence.errors import Problem

FILE = f"evidence/{CLAIMS}"


def heading_anchor(heading: str) -> str:
    """Return the anchor of a heading: lower case, words joined by hyphens."""
    return "-".join(re.findall(r"[a-z0-9]+", heading.lower()))


def anchors(notebook: Path) -> set[str] | None:
    """Return the cell ids and heading anchors of a notebook.

    Parameters
    ----------
    notebook : pathlib.Path
        An ``.ipynb`` file.

    Returns
    -------
    set of str or None
        None when there is no such file or it is not a notebook.
    """
    found: set[str] = set()
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError):
        return None
    for cell in cells:
        found.add(cell.get("id", ""))
        if cell["cell_type"] == "markdown":
            text = "".join(cell["source"])
            for heading in re.findall(r"^#{1,6}[ \t]+(.+?)[ \t#]*$", text, re.MULTILINE):
                found.add(heading_anchor(heading))
                found.add(re.sub(r"\s+", "-", heading.strip()))
    return found - {""}


def _check_anchors(
    where: str, claim: Claim, course: Path, known: dict[str, set[str] | None]
) -> list[Problem]:
    problems = []
    for anchor in claim.anchors:
        stem, _, name = anchor.partition("#")
        if stem not in known:
            known[stem] = anchors(course / f"{stem}.ipynb")
        places = known[stem]
        if places is None:
            message = f"{anchor!r}: the course has no readable notebook {stem}.ipynb."
        elif name not in places:
            message = f"{anchor!r}: {stem}.ipynb has no cell id or heading {name!r}."
        else:
            continue
        problems.append(problem(FILE, where, "anchor", message))
    return problems


def read_claims(
    path: Path, references: Mapping[str, Reference], course: Path | None
) -> tuple[dict[str, Claim], list[Problem]]:
    """Read the claims table.

    Parameters
    ----------
    path : pathlib.Path
        ``assets/evidence/claims.csv``.
    references : mapping
        The bibliography, to check the keys against.
    course : pathlib.Path or None
        Folder of the lesson notebooks; None leaves the anchors unchecked.

    Returns
    -------
    claims, problems : dict of str to Claim, list of Problem
    """
    records, problems = read_table(path, FILE, Claim)
    claims: dict[str, Claim] = {}
    known: dict[str, set[str] | None] = {}
    for where, claim in records:
        if claim.id in claims:
            message = f"The claim {claim.id} appears twice."
            problems.append(problem(FILE, where, "duplicate", message))
            continue
        claims[claim.id] = claim
        problems += check_sources(FILE, where, claim.sources, claim.status, references)
        if course is not None:
            problems += _check_anchors(where, claim, course, known)
    return claims, problems
