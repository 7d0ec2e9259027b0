"""Quiz items for notebooks: graded blind, self-checking in a lesson, scored under nbgrader.

Importing this package must stay light: neither matplotlib nor ipywidgets is loaded until an item
is drawn, because graders import it too.
"""

from trd.quiz.calls import (
    matching,
    multiple_response,
    numeric,
    ordering,
    simulation,
    single_best,
)
from trd.quiz.start import before_you_hand_in, start

__all__ = [
    "before_you_hand_in",
    "matching",
    "multiple_response",
    "numeric",
    "ordering",
    "simulation",
    "single_best",
    "start",
]
