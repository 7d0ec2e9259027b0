"""Rules about code cells: thin, calls only, nothing but the course's own package."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator

from trd.lint.document import Cell, Notebook
from trd.lint.registry import Fault, rule

_LOGIC: dict[type[ast.AST], str] = {
    ast.FunctionDef: "a function definition",
    ast.AsyncFunctionDef: "a function definition",
    ast.ClassDef: "a class",
    ast.For: "a loop",
    ast.AsyncFor: "a loop",
    ast.While: "a loop",
    ast.If: "a decision (if)",
    ast.IfExp: "a decision (if)",
    ast.Match: "a decision (match)",
    ast.Try: "error handling (try)",
    ast.With: "a with block",
    ast.Lambda: "a lambda",
    ast.ListComp: "a comprehension",
    ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
}
_MAGIC = re.compile(r"^\s*(%|!)|^\s*\w[\w.]*\?\??\s*$", re.MULTILINE)


def _logic(cell: Cell) -> list[str]:
    if cell.tree is None:
        return []
    return sorted({_LOGIC[type(node)] for node in ast.walk(cell.tree) if type(node) in _LOGIC})


def _imports(cell: Cell) -> list[tuple[str, list[str]]]:
    """Return (module, names bound) of each import."""
    found = []
    for node in ast.walk(cell.tree or ast.Module(body=[], type_ignores=[])):
        if isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            found.append((module, [alias.asname or alias.name for alias in node.names]))
        elif isinstance(node, ast.Import):
            found += [
                (alias.name, [alias.asname or alias.name.partition(".")[0]]) for alias in node.names
            ]
    return found


def _is_ours(module: str) -> bool:
    return module == "trd" or module.startswith("trd.")


@rule(
    "no-magic",
    "code",
    reason="Commands to the machine (% and ! lines, ? help) do not belong in a lesson.",
    mend="Remove the line; what it does belongs in the trd package or the set-up.",
    waivable=False,
)
def no_magic(cell: Cell) -> Iterator[Fault]:
    """No notebook magic, shell line or help request."""
    if cell.tree is None and (match := _MAGIC.search(cell.source)):
        line = cell.source[match.start() :].strip().splitlines()[0]
        yield Fault(f"The cell gives the machine a command: {line}")


@rule(
    "valid-code",
    "code",
    reason="A cell that is not valid Python shows readers an error.",
    mend="Look for a missing bracket, comma or quotation mark.",
    waivable=False,
)
def valid_code(cell: Cell) -> Iterator[Fault]:
    """Find cells that are not valid Python."""
    if cell.tree is None and not _MAGIC.search(cell.source) and not cell.call_fault:
        yield Fault("The cell is not valid Python.")


@rule(
    "no-logic",
    "code",
    reason="Logic lives in the trd package, where it is tested; notebooks only call it.",
    mend="Move it into the trd package and call it here in one line.",
    waivable=False,
)
def no_logic(cell: Cell) -> Iterator[Fault]:
    """No definitions, loops, decisions or comprehensions."""
    if found := _logic(cell):
        yield Fault(f"The cell holds {', '.join(found)}.")


@rule(
    "only-trd",
    "code",
    reason="A lesson needs nothing but the course's own package.",
    mend="Import from trd only; other packages are used inside it.",
    waivable=False,
)
def only_trd(cell: Cell) -> Iterator[Fault]:
    """Nothing but trd is imported."""
    for module, _ in _imports(cell):
        if not _is_ours(module):
            yield Fault(f"The cell imports {module}.")


@rule(
    "no-fetch",
    "code",
    reason="Lessons work without the internet.",
    mend="Put the material under assets/ and let the trd package read it.",
)
def no_fetch(cell: Cell) -> Iterator[Fault]:
    """No address is opened from code."""
    if cell.is_item:
        return
    for node in ast.walk(cell.tree or ast.Module(body=[], type_ignores=[])):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "://" in node.value:
            yield Fault(f"The cell uses the address {node.value}.")


def _is_plain_call(node: ast.stmt) -> bool:
    """Whether a statement is a call of a name with literal arguments, on one line."""
    if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
        return False
    call = node.value
    named = isinstance(call.func, ast.Name) or (
        isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name)
    )
    literal = all(
        isinstance(value, ast.Constant)
        for value in [*call.args, *(word.value for word in call.keywords)]
    )
    return named and literal and node.lineno == node.end_lineno


@rule(
    "one-call",
    "code",
    reason="One line that calls one panel is all the code a lesson cell holds.",
    mend="Keep a comment line and one call, e.g. panels.stard(); imports go in the first cell.",
    waivable=False,
)
def one_call(cell: Cell) -> Iterator[Fault]:
    """Besides imports in the start cell, a cell is exactly one plain call on one line."""
    if cell.tree is None or cell.is_item or _logic(cell):
        return
    imports = [n for n in cell.tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
    rest = [n for n in cell.tree.body if n not in imports]
    if imports and cell is not cell.notebook.code[0]:
        yield Fault("Something is imported outside the first code cell.")
    elif len(rest) != 1 or not _is_plain_call(rest[0]):
        yield Fault("The cell is not one call on one line with plain values.")


@rule(
    "code-comment",
    "code",
    reason="Whoever unfolds a code cell, or hears it read out, learns what it is.",
    mend="Begin the cell with a line such as “# Interactive figure: is this trial adequate?”.",
)
def code_comment(cell: Cell) -> Iterator[Fault]:
    """Look for a first line that says what the cell is; for items it is optional."""
    first = cell.source.split("\n", 1)[0]
    if not cell.is_item and not re.match(r"#(?!#)\s*\w|# *>>", first):
        yield Fault("The first line is no comment that says what the cell is.")


def _calls(notebook: Notebook, name: str) -> list[tuple[Cell, ast.Call]]:
    return [
        (cell, node)
        for cell in notebook.code
        if cell.tree is not None
        for node in ast.walk(cell.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]


@rule(
    "start-cell",
    "notebook",
    reason="Answers are restored only if the first code cell starts this very notebook.",
    mend='The first code cell has the id "start", the comment “# Press >> Start lesson”, '
    'and ends with start("<the file\'s name without .ipynb>").',
    waivable=False,
)
def start_cell(notebook: Notebook) -> Iterator[Fault]:
    """Find notebooks whose first code cell does not start them under their own name."""
    calls = _calls(notebook, "start")
    if notebook.role in ("start", "report") and not calls:
        return
    if not notebook.code:
        yield Fault("The notebook has no code cell that starts it.")
        return
    first = notebook.code[0]
    if len(calls) != 1 or calls[0][0] is not first:
        yield Fault("The first code cell must call start(), and no other cell may.", first.name)
        return
    given = [node.value for node in calls[0][1].args if isinstance(node, ast.Constant)]
    if given != [notebook.path.stem]:
        yield Fault(f"start() does not name this notebook, “{notebook.path.stem}”.", first.name)
    if first.name != "start" or not first.source.startswith("# Press >> Start lesson\n"):
        yield Fault("The start cell has another id or first line than readers know.", first.name)


@rule(
    "hand-in-cell",
    "notebook",
    reason="Trainees see what is still open before they hand in.",
    mend='End the notebook with a code cell of id "before-you-hand-in": a comment line and '
    "before_you_hand_in().",
    on=("master",),
)
def hand_in_cell(notebook: Notebook) -> Iterator[Fault]:
    """Find cases that do not end with *Before you hand in*."""
    calls = [cell for cell, _ in _calls(notebook, "before_you_hand_in")]
    if not notebook.cells or calls != [notebook.cells[-1]]:
        yield Fault("The last cell is not “Before you hand in”.")
    elif calls[0].name != "before-you-hand-in":
        yield Fault(f"The last cell is called “{calls[0].name}”.", calls[0].name)


@rule(
    "imported-names",
    "notebook",
    reason="A name that was not imported shows readers an error; one too many confuses.",
    mend="Let the first code cell import exactly the names that the notebook calls.",
    waivable=False,
)
def imported_names(notebook: Notebook) -> Iterator[Fault]:
    """Names imported and names used are the same."""
    imported: set[str] = set()
    used: dict[str, str] = {}
    for cell in notebook.code:
        for _, names in _imports(cell):
            imported.update(names)
        for node in ast.walk(cell.tree or ast.Module(body=[], type_ignores=[])):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                used.setdefault(node.id, cell.name)
    for name in sorted(imported - set(used)):
        yield Fault(f"“{name}” is imported but never used.", notebook.code[0].name)
    # print() and its kind are Python's own; one-call and no-logic look after their use.
    for name in sorted(set(used) - imported - set(dir(builtins))):
        yield Fault(f"“{name}” is used but not imported.", used[name])


@rule(
    "panel-exists",
    "notebook",
    reason="A call to a panel that is not there shows readers an error.",
    mend="Use a name from the topic's panels module; check the spelling.",
    waivable=False,
)
def panel_exists(notebook: Notebook) -> Iterator[Fault]:
    """Every panel called is one that the imported topic offers."""
    topics = [
        module.removeprefix("trd.")
        for cell in notebook.code
        for module, names in _imports(cell)
        if _is_ours(module) and "panels" in names
    ]
    for topic in topics:
        offered = notebook.project.sources.panels(topic)
        for cell in notebook.code:
            for name in cell.panel_calls():
                if offered is None:
                    yield Fault(f"The topic “{topic}” has no panels.", cell.name)
                elif name not in offered:
                    yield Fault(
                        f"There is no panel “{name}”; there are: {', '.join(sorted(offered))}.",
                        cell.name,
                    )
