"""What a marker sees in the formgrader: questions and answers, no code, nothing that runs."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import NbGraderPreprocessor

from trd.grading.feedback.pages import WHILE_WORKING, explained
from trd.grading.masters import grade_id
from trd.grading.untrusted import answers_in
from trd.quiz import feedback
from trd.quiz.items import Item, ItemError
from trd.quiz.marking import mark
from trd.quiz.masters import item_in

# nbgrader's own rule for the names of its cells.
_NAME = re.compile(r"[A-Za-z0-9_\-]+")


class MarkingPage(NbGraderPreprocessor):
    """Draws a graded notebook anew for the formgrader; the file stays as it is.

    An item's cell shows question, answer and rationales instead of its source. Cells that only
    run the page are left out. Outputs are never shown as they stand in the file, so nothing that
    a trainee's code may have printed reaches the instructor's browser.
    """

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Work on one graded notebook."""
        metadata = resources.get("metadata", {})
        folder, page = Path(metadata.get("path") or "."), str(metadata.get("name", ""))
        answers = answers_in(folder)
        cells = []
        for cell in nb.cells:
            cell.metadata = _known(cell.metadata)
            if cell.cell_type == "code":
                item = _item(cell)
                if item is None and cell.metadata.get("nbgrader", {}).get("locked"):
                    continue
                cell.outputs = [] if item is None else [_result(item, answers, page)]
                cell.source = cell.source if item is None else ""
            passing = cell.metadata.get("trd", {}).get(WHILE_WORKING)
            if cell.cell_type in ("code", "markdown") and not passing:
                cells.append(cell)
        nb.cells = cells
        return nb, resources


def _known(metadata: Any) -> NotebookNode:
    """Leave out what the formgrader would write into its page as it stands, such as tags."""
    kept = {name: metadata[name] for name in ("nbgrader", "trd") if name in metadata}
    if not _NAME.fullmatch(str(kept.get("nbgrader", {}).get("grade_id", ""))):
        kept.pop("nbgrader", None)
    return NotebookNode(kept)


def _item(cell: Any) -> Item | None:
    try:
        item = item_in(cell.source) if grade_id(cell) else None
    except ItemError:
        return None
    return item if item is not None and item.secret is not None else None


def _result(item: Item, answers: Any, page: str) -> Any:
    read = mark(item, replace(answers, problems=()), page)
    kind, words = feedback.verdict(item, read.answer)
    sure = feedback.sureness(kind, read.confidence)
    notes = "".join(f"<p>{escape(note)}</p>" for note in read.notes)
    html = (
        f'<div class="trd-mark trd-{kind}">{feedback.question(item)}'
        f'<p class="trd-verdict"><strong>{words}.</strong>{sure}</p>{notes}{explained(read)}</div>'
    )
    return new_output("display_data", data={"text/html": html})
