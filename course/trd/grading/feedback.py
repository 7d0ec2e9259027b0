"""What a trainee gets back: the feedback on each item, not the source that holds its key."""

from __future__ import annotations

from typing import Any

from nbgrader.preprocessors import NbGraderPreprocessor

from trd.quiz.items import ItemError
from trd.quiz.masters import item_call


class HideItemSource(NbGraderPreprocessor):
    """Empty the source of every locked code cell before feedback is written.

    Grading has put the keys back into these cells. Feedback shows stem, own answer, best answer
    and rationale from the cell's output; the source would only show code, and the whole key.
    """

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Hide the code of one graded notebook."""
        for cell in nb.cells:
            if cell.cell_type == "code" and self._hidden(cell):
                cell.source = ""
        return nb, resources

    @staticmethod
    def _hidden(cell: Any) -> bool:
        if cell.metadata.get("nbgrader", {}).get("locked"):
            return True
        try:
            return item_call(cell.source) is not None
        except ItemError:
            return True
