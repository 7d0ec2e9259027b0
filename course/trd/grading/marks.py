"""No mark without a number: what nbgrader would take for full marks is made an error."""

from __future__ import annotations

from typing import Any

from nbformat.v4 import new_output
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution

_EXPLANATION = "This cell gave no mark. nbgrader alone would have counted it as fully right."


class NumbersOnly(NbGraderPreprocessor):
    """Fail every graded code cell whose result is not one number from 0 to its points.

    Comes after ``Execute``. nbgrader gives full marks for text, for a negative number and for no
    result at all, so a cell that was kept from running properly would earn everything.
    """

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Put an error before the outputs of every cell without a usable result."""
        for cell in nb.cells:
            if cell.cell_type == "code" and is_grade(cell) and not is_solution(cell):
                results = [o for o in cell.outputs if o.output_type == "execute_result"]
                points = cell.metadata.nbgrader["points"]
                if len(results) != 1 or not _is_mark(results[0], points):
                    # First, because nbgrader stops at the first output that says something.
                    error = new_output(
                        "error", ename="NoMark", evalue=_EXPLANATION, traceback=[_EXPLANATION]
                    )
                    cell.outputs.insert(0, error)
        return nb, resources


def _is_mark(result: Any, points: float) -> bool:
    try:
        return 0.0 <= float(result["data"]["text/plain"]) <= float(points)
    except (KeyError, TypeError, ValueError):
        return False
