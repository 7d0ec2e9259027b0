"""Rules about how a lesson teaches: its promise, order, length, objectives and practice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from trd.lint.document import OBJECTIVE, Cell, Notebook, item_of
from trd.lint.registry import Fault, rule

CORE_WORDS = (1500, 2500)
CORE_PANELS = (2, 4)
CORE_ITEMS = (6, 8)
_LESSON = ("lesson",)
_UNMEASURABLE = frozenset(
    ["understand", "know", "learn", "appreciate", "grasp", "realise", "believe", "be", "become"]
)


@rule(
    "promise",
    "notebook",
    reason="Within a screen a reader knows how to begin, how long it takes and who reviewed it.",
    mend="Say in the first cell: Press >> Start lesson; the minutes; Not yet clinically reviewed.",
)
def promise(notebook: Notebook) -> Iterator[Fault]:
    """Look in the first cell for how to start, how long it takes and who reviewed it."""
    first = notebook.cells[0] if notebook.cells else None
    text = " ".join(first.page.text.split()) if first is not None and first.is_markdown else ""
    name = first.name if first is not None else None
    if not re.search(r"\bpress\b.{0,5}>> ?start lesson", text, re.IGNORECASE):
        yield Fault("The first cell does not say “Press >> Start lesson”.", name)
    minutes = [int(found) for found in re.findall(r"(\d+)[ \u00a0-]minutes?\b", text)]
    if notebook.role == "lesson" and notebook.trd.get("minutes") not in minutes:
        yield Fault(f"The first cell does not say {notebook.trd.get('minutes')} minutes.", name)
    if notebook.role == "master" and not minutes:
        yield Fault("The first cell does not say how many minutes the case takes.", name)
    # A page of numbers about a class teaches nothing clinical.
    if notebook.role != "report":
        yield from _review(notebook, text, name)


def _review(notebook: Notebook, text: str, name: str | None) -> Iterator[Fault]:
    if notebook.role == "start":
        text = " ".join(cell.page.text for cell in notebook.markdown)
    reviewer = notebook.trd.get("reviewed_by")
    unsigned = "not yet clinically reviewed" in text.lower()
    if not reviewer and not unsigned:
        yield Fault("“Not yet clinically reviewed” is missing, and nobody has signed.", name)
    elif reviewer and (unsigned or str(reviewer) not in text):
        yield Fault(f"{reviewer} has signed the review, but the first cell does not say so.", name)


def _about(*words: str) -> Callable[[Cell], bool]:
    """Return a test for text cells that say so in a heading or in their id."""

    def test(cell: Cell) -> bool:
        titles = [text.lower() for _, text in cell.page.headings]
        if cell.is_markdown:
            titles.append(cell.name.replace("-", " "))
        return any(word in title for title in titles for word in words)

    return test


_LANDMARKS: tuple[tuple[str, Callable[[Cell], bool]], ...] = (
    (
        "the objectives (a heading with “objectives” or “able to”)",
        _about("objective", "able to"),
    ),
    ("the opening case (a cell of kind case)", lambda cell: cell.kind == "case"),
    ("a prediction (an item)", lambda cell: cell.is_item),
    ("a panel", lambda cell: bool(cell.panel_calls())),
    ("a task to try (a cell of kind task)", lambda cell: cell.kind == "task"),
    ("the worked example (a heading or cell id with “worked example”)", _about("worked example")),
    ("the same done wrong (a heading or cell id with “wrong”)", _about("wrong")),
    ("self-check items", lambda cell: cell.is_item),
    (
        "what the evidence does not say (a heading with “does not say” or “not known”)",
        _about("does not say", "do not say", "not known", "do not know", "does not know"),
    ),
    ("the myths (a heading with “myth”)", _about("myth")),
    (
        "the take-aways (a heading with “take-away” or “take away”)",
        _about("take-away", "take away", "takeaway", "take-home", "take home"),
    ),
    ("the references (a heading “References”)", _about("references")),
)


@rule(
    "lesson-order",
    "notebook",
    reason="Every lesson has the same course, so readers know where they are.",
    mend="Move or add the part; the order is objectives, opening case, prediction, concepts, "
    "panel, try this, worked example, the same done wrong, self-check, what the evidence does not "
    "say, myths, take-aways, references.",
    on=_LESSON,
)
def lesson_order(notebook: Notebook) -> Iterator[Fault]:
    """Walk through the parts of a lesson in the order they should have."""
    at, last = -1, "the first cell"
    for what, test in _LANDMARKS:
        places = [cell.index for cell in notebook.cells if test(cell)]
        later = [place for place in places if place > at]
        if later:
            at, last = later[0], what
        elif at in places:
            last = what  # two parts under one cell
        elif places:
            name = notebook.cells[places[0]].name
            yield Fault(f"Out of order: {what} should come after {last}.", name)
        else:
            yield Fault(f"Missing: {what}.")


@rule(
    "explore",
    "notebook",
    reason="What is optional stands apart, so the core path keeps its promise of minutes.",
    mend="Add a section “## Explore” after the take-aways, with its own minutes.",
    on=_LESSON,
)
def explore(notebook: Notebook) -> Iterator[Fault]:
    """There is an Explore part, after the take-aways, and it states its minutes."""
    if notebook.explore is None:
        yield Fault("The lesson has no section “## Explore”.")
        return
    cell = notebook.cells[notebook.explore]
    take_away = _LANDMARKS[-2][1]
    if any(take_away(other) for other in notebook.cells[notebook.explore + 1 :]):
        yield Fault("The take-aways stand in the optional part.", cell.name)
    minutes = re.escape(str(notebook.trd.get("explore_minutes")))
    if not re.search(rf"\b{minutes}[ \u00a0-]minutes?\b", cell.page.text):
        yield Fault(f"The Explore part does not say its {minutes} minutes.", cell.name)


def _outside(value: int, bounds: tuple[int, int]) -> bool:
    return not bounds[0] <= value <= bounds[1]


@rule(
    "core-words",
    "notebook",
    reason=f"{CORE_WORDS[0]}-{CORE_WORDS[1]} words can be read, with the practice, in 45 minutes.",
    mend="Cut, or move a section under “## Explore”; if it is too short, explain more.",
    on=_LESSON,
)
def core_words(notebook: Notebook) -> Iterator[Fault]:
    """Count the words before Explore; items and references do not count."""
    words = sum(cell.page.words for cell in notebook.core if cell.is_markdown)
    if _outside(words, CORE_WORDS):
        low, high = CORE_WORDS
        yield Fault(f"The core path has {words} words; {low} to {high} is the measure.")


@rule(
    "core-panels",
    "notebook",
    reason="About three panels can be worked through properly in the core path.",
    mend="Move a panel under “## Explore”, or bring one forward.",
    on=_LESSON,
)
def core_panels(notebook: Notebook) -> Iterator[Fault]:
    """Two to four panels before Explore."""
    panels = sum(len(cell.panel_calls()) for cell in notebook.core)
    if _outside(panels, CORE_PANELS):
        low, high = CORE_PANELS
        yield Fault(f"The core path has {panels} panels; {low} to {high} is the measure.")


@rule(
    "core-items",
    "notebook",
    reason="Answering, more than reading, is what makes knowledge last.",
    mend="Add a self-check, or move one under “## Explore”.",
    on=_LESSON,
)
def core_items(notebook: Notebook) -> Iterator[Fault]:
    """Six to eight items before Explore, the prediction among them."""
    items = sum(cell.is_item for cell in notebook.core)
    if _outside(items, CORE_ITEMS):
        low, high = CORE_ITEMS
        yield Fault(f"The core path has {items} self-checks; {low} to {high} is the measure.")


@rule(
    "objective-words",
    "notebook",
    reason="An objective that cannot be seen in what a person does cannot be tested.",
    mend="Begin with a verb one can watch (compare, decide, classify) and end with the professions "
    "it is for, e.g. (P N A G).",
    on=_LESSON,
)
def objective_words(notebook: Notebook) -> Iterator[Fault]:
    """Objectives begin with a measurable verb and name the professions they are for."""
    for objective in notebook.objectives:
        verb = re.search(r"[A-Za-z]+", objective.words)
        if verb is None or verb.group().lower() in _UNMEASURABLE:
            shown = verb.group() if verb else "nothing"
            yield Fault(f"{objective.id} begins with “{shown}”, which nobody can observe.")
        if not objective.tagged:
            yield Fault(f"{objective.id} does not say which professions it is for.")


@rule(
    "objective-used",
    "notebook",
    reason="An objective that no question tests is a promise nobody checks.",
    mend="Give an item of the lesson or its cases this objective, or drop the objective.",
    on=_LESSON,
)
def objective_used(notebook: Notebook) -> Iterator[Fault]:
    """Every objective is tested by an item of the lesson or of its cases."""
    tested = {item.objective for _, item in notebook.items}
    for master in notebook.project.masters_for(notebook):
        tested |= {item.objective for _, item in master.items}
    for objective in notebook.objectives:
        if objective.id not in tested:
            yield Fault(f"No item tests {objective.id}.")


@rule(
    "objective-listed",
    "item",
    reason="Feedback and reports group marks by the objectives of the lesson.",
    mend='Use the id of an objective the lesson lists, e.g. objective="LO-1.2".',
)
def objective_listed(cell: Cell) -> Iterator[Fault]:
    """Find items whose objective is missing or not listed by the lesson."""
    objective = item_of(cell).objective
    if not OBJECTIVE.fullmatch(objective):
        yield Fault(f"The item names no objective (“{objective}”).")
        return
    page: Notebook | None = cell.notebook
    if cell.notebook.role == "master":
        page = cell.notebook.project.lesson_of(cell.notebook.assignment)
    if page is None:
        return
    # The first and the last page, and the cases that go with them, are about the whole course.
    lessons = cell.notebook.project.lessons if page.role == "start" else [page]
    if not lessons:
        return
    if objective not in {each.id for lesson in lessons for each in lesson.objectives}:
        where = "No lesson" if page.role == "start" else f"The lesson {page.path.stem}"
        yield Fault(
            f"{where} lists {'an' if page.role == 'start' else 'no'} objective {objective}."
        )


@rule(
    "contrast",
    "notebook",
    reason="Cases teach most beside a look-alike with another answer.",
    mend='Write metadata.trd.contrast: one sentence naming the look-alike case, e.g. "Unlike the '
    'plain case, one of these trials was never taken." It is released, so give no key away.',
    on=("master",),
)
def contrast(notebook: Notebook) -> Iterator[Fault]:
    """Find cases that do not say which look-alike they are to be held against."""
    words = notebook.trd.get("contrast")
    if not isinstance(words, str) or len(words.split()) < 6:
        yield Fault("The case does not name its contrast.")
