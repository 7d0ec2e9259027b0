"""What all parts of the class report share."""

from __future__ import annotations

from trd.grading.report.analysis import Analysis, ItemResult
from trd.grading.report.classdata import FreeText, Question
from trd.grading.report.page import Layout


def label(question: Question | FreeText) -> str:
    """Return how an instructor finds an item: its page and its cell in the master."""
    return f"{question.page}\N{NO-BREAK SPACE}· {question.cell}"


def anchor(question: Question) -> str:
    """Return the name of the place on the page that is about an item."""
    return f"item-{question.page}-{question.cell}"


class Part:
    """A part of the report.

    Parameters
    ----------
    analysis : Analysis
        The numbers.
    layout : Layout
        Where it is shown.
    anonymous : bool
        Whether everything that names a trainee is left out.
    """

    def __init__(self, analysis: Analysis, layout: Layout, anonymous: bool) -> None:
        self.analysis = analysis
        self.data = analysis.data
        self.layout = layout
        self.anonymous = anonymous
        self.n = analysis.n
        self.enough = analysis.trust != "counts"

    def objective(self, name: str) -> str:
        """Return an objective's id and words."""
        words = self.data.wording.get(name, "")
        return f"{name} {words.rstrip('.')}" if words else name


def missed(item: ItemResult) -> str:
    """Say how those who missed an item missed it."""
    found = {"wrong": item.wrong, "partly right": item.partly, "left open": item.blank}
    return ", ".join(f"{n} {how}" for how, n in found.items() if n)


def favourite(item: ItemResult) -> str:
    """Return the wrong option most chosen, or the commonest mistake, as a sentence."""
    wrong = [option for option in item.options if option.name and not option.is_key]
    if wrong:
        top = max(wrong, key=lambda option: option.chosen)
        words = item.question.item.options[top.name]
        return f" Most chosen mistake: “{words}” ({top.chosen})." if top.chosen else ""
    if item.mistakes:
        return f" Commonest mistake: {item.mistakes[0].what} ({item.mistakes[0].n})."
    return ""
