"""Rules about the file itself: format, metadata, ids, headings."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator

from trd.lint.document import Cell, Notebook, is_references, mapping
from trd.lint.registry import RULES, Fault, rule

KINDS = ("claim", "case", "task", "text")
WORDS_PER_CELL = 150
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MACHINE_MADE = re.compile(r"(?=[a-f]*\d)[0-9a-f]{8}(-[0-9a-f]{4}.*)?")
EVERYWHERE = ("lesson", "start", "master", "release", "report")


def _unreadable(_: Notebook) -> Iterator[Fault]:
    """Find nothing: the engine reports a file it cannot read under this rule."""
    yield from ()


rule(
    "readable",
    "notebook",
    reason="A file that is no notebook opens for nobody.",
    mend="Save it again from JupyterLab, or restore the last good copy.",
    on=EVERYWHERE,
    waivable=False,
)(_unreadable)


@rule(
    "tidy-file",
    "notebook",
    reason="One way of writing the file keeps changes readable line by line.",
    mend="Save the notebook from JupyterLab (format 4.5, indented by one space, a line end last).",
    on=EVERYWHERE,
    waivable=False,
)
def tidy_file(notebook: Notebook) -> Iterator[Fault]:
    """Format 4.5, indented by one, readable characters, a line end last."""
    version = (notebook.data.get("nbformat"), notebook.data.get("nbformat_minor"))
    if version != (4, 5):
        yield Fault(f"The notebook has format {version[0]}.{version[1]}; the course uses 4.5.")
    if notebook.text != json.dumps(notebook.data, indent=1, ensure_ascii=False) + "\n":
        yield Fault("The file is not written in the course's one tidy way.")


@rule(
    "no-outputs",
    "notebook",
    reason="Stored results go stale, hide errors and swell the history.",
    mend="Clear all outputs (Edit > Clear Outputs of All Cells) and save.",
    on=EVERYWHERE,
    waivable=False,
)
def no_outputs(notebook: Notebook) -> Iterator[Fault]:
    """No outputs, execution counts or widget state."""
    if "widgets" in notebook.metadata:
        yield Fault("The notebook holds the saved state of its controls.")
    for cell in notebook.code:
        if cell.data.get("outputs"):
            yield Fault("The cell holds a stored result.", cell.name)
        if cell.data.get("execution_count") is not None:
            yield Fault("The cell holds a run number.", cell.name)


@rule(
    "kernel",
    "notebook",
    reason="A trainee must never be asked which kernel to use.",
    mend='Give the notebook the kernel "python3", language "python".',
    on=EVERYWHERE,
)
def kernel(notebook: Notebook) -> Iterator[Fault]:
    """Find notebooks that ask for another kernel than python3."""
    spec = mapping(notebook.metadata.get("kernelspec"))
    language = mapping(notebook.metadata.get("language_info"))
    if spec.get("name") != "python3" or spec.get("language") != "python":
        yield Fault(f"The notebook asks for the kernel “{spec.get('name', '')}”, not “python3”.")
    if language.get("name") != "python":
        yield Fault("The notebook does not say that its language is Python.")


@rule(
    "notebook-metadata",
    "notebook",
    reason="The course starts a page, and knows its minutes and reviewer, from these fields.",
    mend="Fill in metadata.trd of the notebook (Property Inspector, Advanced tools).",
)
def notebook_metadata(notebook: Notebook) -> Iterator[Fault]:
    """Kind, autorun, minutes, reviewer or assignment are there and fit the folder."""
    trd = notebook.trd
    wanted = {"master": "case"}.get(notebook.role, notebook.role)
    if trd.get("kind") != wanted:
        yield Fault(f"A notebook in this place has kind “{wanted}”, not “{trd.get('kind', '')}”.")
    if trd.get("autorun") is not True:
        yield Fault("autorun is not true, so the page would not start by itself.")
    if notebook.role == "lesson":
        for name in ("minutes", "explore_minutes"):
            if not _is_minutes(trd.get(name)):
                yield Fault(f"{name} is missing or is not a whole number of minutes.")
        if "reviewed_by" not in trd:
            yield Fault("reviewed_by is missing; write null until a licensed reviewer has signed.")
    if notebook.role == "master" and trd.get("assignment") != notebook.assignment:
        yield Fault(
            f"assignment says “{trd.get('assignment', '')}”; the folder is {notebook.assignment}."
        )


def _is_minutes(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


@rule(
    "code-metadata",
    "code",
    reason="Readers see results, not code, and cannot break it by a stray key.",
    mend="Set jupyter.source_hidden true, editable false, deletable false on the cell.",
    on=EVERYWHERE,
)
def code_metadata(cell: Cell) -> Iterator[Fault]:
    """Code cells are hidden and locked."""
    wrong = []
    if mapping(cell.metadata.get("jupyter")).get("source_hidden") is not True:
        wrong.append("its code is not hidden")
    wrong += [
        f"it is {name}"
        for name in ("editable", "deletable")
        if cell.metadata.get(name) is not False
    ]
    if wrong:
        yield Fault(f"This code cell is not ready for readers: {', '.join(wrong)}.")


@rule(
    "text-metadata",
    "markdown",
    reason="Readers cannot delete a text by accident, and the lint knows what kind it is.",
    mend='Set editable false, deletable false and trd {"kind": "claim", "case", "task" or "text"}.',
)
def text_metadata(cell: Cell) -> Iterator[Fault]:
    """Text cells are locked and say what kind they are."""
    wrong = [
        f"it is {name}"
        for name in ("editable", "deletable")
        if cell.metadata.get(name) is not False
    ]
    if cell.kind not in KINDS:
        wrong.append(f"its kind is “{cell.kind}”, not one of {', '.join(KINDS)}")
    if wrong:
        yield Fault(f"This text cell is not ready for readers: {', '.join(wrong)}.")


@rule(
    "cell-id",
    "notebook",
    reason="Comments, waivers and changes name cells by their id, so it must be readable.",
    mend="Name the cell in a few lower-case words joined by hyphens, e.g. “stard-67-percent”.",
)
def cell_id(notebook: Notebook) -> Iterator[Fault]:
    """Cell ids are readable words, 3-60 characters, unique."""
    counts = Counter(str(cell.data.get("id", "")) for cell in notebook.cells)
    for cell in notebook.cells:
        name = str(cell.data.get("id", ""))
        if not name:
            yield Fault("The cell has no id.", cell.name)
        elif not _ID.fullmatch(name) or not 3 <= len(name) <= 60 or _MACHINE_MADE.fullmatch(name):
            yield Fault(f"“{name}” is not a readable cell id.", name)
    for name, count in counts.items():
        if name and count > 1:
            yield Fault(f"{count} cells are called “{name}”.", name)


@rule(
    "one-title",
    "notebook",
    reason="Screen readers and tables of contents expect one title, at the top.",
    mend="Keep one line that begins with a single #, at the top of the first cell.",
)
def one_title(notebook: Notebook) -> Iterator[Fault]:
    """Exactly one first-level heading, opening the first cell."""
    titles = [
        (cell, words)
        for cell in notebook.markdown
        for level, words in cell.page.headings
        if level == 1
    ]
    if not titles:
        yield Fault("The notebook has no title.")
    for cell, words in titles[1:]:
        yield Fault(f"“{words}” is a second title.", cell.name, "Use ## for a section heading.")
    if titles and (titles[0][0].index != 0 or titles[0][0].page.blocks[0].level != 1):
        yield Fault("The title does not open the first cell.", titles[0][0].name)


@rule(
    "heading-order",
    "notebook",
    reason="People who move by headings get lost when a level is skipped.",
    mend="Use ## for sections and ### inside them; add or remove one #.",
)
def heading_order(notebook: Notebook) -> Iterator[Fault]:
    """No heading skips a level."""
    last = 1
    for cell in notebook.markdown:
        for level, words in cell.page.headings:
            if level > last + 1:
                yield Fault(
                    f"The heading “{words}” is at level {level}, straight after level {last}.",
                    cell.name,
                )
            last = level


@rule(
    "cell-length",
    "markdown",
    reason=f"Readers stop at walls of text; {WORDS_PER_CELL} words fit on one screen.",
    mend="Split the cell where the thought changes, or cut.",
)
def cell_length(cell: Cell) -> Iterator[Fault]:
    """Text cells stay short; the references are exempt."""
    if cell.page.words > WORDS_PER_CELL and not is_references(cell):
        yield Fault(f"The cell has {cell.page.words} words; {WORDS_PER_CELL} is the limit.")


@rule(
    "alt-text",
    "markdown",
    reason="A picture without a description does not exist for some readers.",
    mend="Say in one sentence what the picture shows: ![what it shows](file.png).",
)
def alt_text(cell: Cell) -> Iterator[Fault]:
    """Every image has a description."""
    for picture in cell.page.pictures:
        if not picture.alt.strip():
            yield Fault(f"The picture {picture.src} has no description.")


@rule(
    "waiver",
    "notebook",
    reason="Setting a rule aside is fine when the next author can read why.",
    mend='Write metadata.trd.waive = {"rule-id": "a reason of at least five words"}.',
    waivable=False,
)
def waiver(notebook: Notebook) -> Iterator[Fault]:
    """Waivers name a rule that may be waived and give a written reason."""
    places = [(None, notebook.trd), *((cell.name, cell.trd) for cell in notebook.cells)]
    for place, trd in places:
        waivers = trd.get("waive", {})
        if not isinstance(waivers, dict):
            yield Fault("waive is not a list of rule ids with reasons.", place)
            continue
        for name, why in waivers.items():
            if name not in RULES:
                yield Fault(f"There is no rule “{name}”.", place, "See python -m trd.lint --rules.")
            elif not RULES[name].waivable:
                yield Fault(f"The rule “{name}” cannot be set aside.", place, "Remove the waiver.")
            elif not isinstance(why, str) or len(why.split()) < 5:
                yield Fault(f"The waiver of “{name}” gives no reason of five words.", place)
