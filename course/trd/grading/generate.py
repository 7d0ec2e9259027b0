"""Guards around ``nbgrader generate_assignment``: nothing secret out, nothing stray in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import List, Unicode

from trd.evidence import cite
from trd.quiz.answers import NAME
from trd.quiz.items import SECRET_NAMES, Item, ItemError
from trd.quiz.masters import BEGIN, END, is_free_text, item_in, started_as

#: Where the first guard leaves what the last one looks for.
_SECRETS = "trd_secrets"
_SECRET_ARGUMENT = re.compile(rf"\b({'|'.join(SECRET_NAMES)})\s*=")


class UnsafeMasterError(ValueError):
    """A master that must not be released as it is; the message says how to mend it."""


def _item(cell: Any, notebook: str) -> Item | None:
    if cell.cell_type != "code":
        return None
    try:
        return item_in(cell.source)
    except ItemError as error:
        raise UnsafeMasterError(f"{notebook}, cell {cell.get('id', '?')}: {error}") from error


def _grader(cell: Any) -> dict[str, Any]:
    return dict(cell.metadata.get("nbgrader", {}))


def _needs_running(cell: Any) -> bool:
    """Whether nbgrader would mark a cell by running it, or by what trainees add around it."""
    grader = _grader(cell)
    wanted = grader.get("grade") or grader.get("solution") or grader.get("task")
    return bool(wanted) and _item(cell, "") is None


def _check_start(nb: Any, name: str) -> None:
    """Without the right first cell no answer would be found, and everybody would get nothing."""
    for cell in nb.cells:
        if cell.cell_type != "code":
            continue
        named = started_as([cell])
        if named == name:
            return
        if named is not None:
            raise UnsafeMasterError(
                f'{name}: its first cell says start("{named}"). Write start("{name}"), the name '
                "of the file."
            )
        if _item(cell, name) is not None:
            break
    raise UnsafeMasterError(f'{name}: no cell before its first item says start("{name}").')


def _remember(resources: Any, item: Item) -> None:
    """Note what must not be found in the release: the rationales and explained errors."""
    assert item.secret is not None  # noqa: S101 - the master has been checked
    why = item.secret.why
    _keep(resources, [why] if isinstance(why, str) else why.values())
    _keep(resources, item.secret.common_errors.values())


def _remember_text(resources: Any, source: str) -> None:
    _keep(resources, source.splitlines())


def _keep(resources: Any, pieces: Iterable[str]) -> None:
    # A short piece can stand in a stem by chance; a sentence cannot.
    resources.setdefault(_SECRETS, []).extend(p.strip() for p in pieces if len(p.strip()) > 40)


class CheckMaster(NbGraderPreprocessor):
    """Refuse a master that would be graded wrongly. Comes first."""

    allowed_files = List(
        Unicode(),
        ["*.png", "*.jpg", "*.jpeg", "*.gif", "*.svg", "*.csv", "*.pdf"],
        help="Names of other files than notebooks that may be handed out with an assignment.",
    ).tag(config=True)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Check one master notebook.

        Raises
        ------
        UnsafeMasterError
            If an item has no key or other points than its cell, or if an answer file lies in
            the folder: it would be released, and would overwrite every trainee's answers.
        """
        metadata = resources.get("metadata", {})
        folder = Path(metadata.get("path") or ".")
        name = str(metadata.get("name", "notebook"))
        stray = folder / NAME
        if stray.exists():
            raise UnsafeMasterError(
                f"{stray} would be handed out to everyone and overwrite their answers when "
                "grading. Move it out of the folder, then generate again."
            )
        self._check_folder(folder)
        seen: set[str] = set()
        for cell in nb.cells:
            item = _item(cell, name)
            if item is None:
                continue
            self._check(item, cell, name)
            if item.id in seen:
                raise UnsafeMasterError(f"{name}: two items are called “{item.id}”.")
            seen.add(item.id)
            _remember(resources, item)
        if seen:
            _check_start(nb, name)
        for cell in nb.cells:
            if is_free_text(cell):
                _remember_text(resources, cell.source)
            elif _needs_running(cell):
                raise UnsafeMasterError(
                    f"{name}, cell {cell.get('id', '?')}: this course grades items and text, and "
                    "runs nothing that is handed in. Make the cell an item, or a text cell that is "
                    "“Manually graded answer” (a Markdown cell)."
                )
        return nb, resources

    def _check_folder(self, folder: Path) -> None:
        """Refuse files that nbgrader would hand out as they are, such as a backup with its key."""
        from nbgrader.utils import find_all_files

        ignored = list(self.coursedir.ignore) if self.coursedir is not None else []
        for path in map(Path, find_all_files(str(folder), ignored)):
            if path.suffix == ".ipynb" and path.parent == folder:
                continue
            if not any(fnmatch(path.name, pattern) for pattern in self.allowed_files):
                raise UnsafeMasterError(
                    f"{path} would be handed out to every trainee as it is. Move it out of the "
                    "folder. Pictures and tables may stay; for others set "
                    "c.CheckMaster.allowed_files in nbgrader_config.py."
                )

    @property
    def coursedir(self) -> Any:
        """Return nbgrader's view of the folders, where there is one."""
        return getattr(getattr(self.parent, "parent", None), "coursedir", None)

    def _check(self, item: Item, cell: Any, name: str) -> None:
        grader = _grader(cell)
        where = f"{name}, item “{item.id}”"
        if not grader.get("grade"):
            raise UnsafeMasterError(
                f"{where} is not an nbgrader test cell, so it would never be marked. "
                "Make it one (Create Assignment: “Autograder tests”)."
            )
        if grader.get("solution"):
            raise UnsafeMasterError(
                f"{where} is in a cell that trainees may edit. Make it “Autograder tests”."
            )
        if item.secret is None:
            raise UnsafeMasterError(f"{where} has no key.")
        for key in item.secret.cite:
            try:
                cite(key)
            except ValueError as error:
                raise UnsafeMasterError(f"{where}: {error}") from error
        if float(grader.get("points", -1)) != float(item.points):
            raise UnsafeMasterError(
                f"{where} says points={item.points:g} but its cell carries "
                f"{grader.get('points')} points. Make them equal."
            )
        lines = [line.strip() for line in cell.source.splitlines()]
        if lines.count(BEGIN) != 1 or lines.count(END) != 1:
            raise UnsafeMasterError(
                f"{where} needs exactly one line “{BEGIN}” and one line “{END}” around its key."
            )


class CheckRelease(NbGraderPreprocessor):
    """Refuse a release that still holds a key, or an item that no longer works. Comes last."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Check one released notebook.

        Raises
        ------
        UnsafeMasterError
            If anything secret is left in an item.
        """
        name = str(resources.get("metadata", {}).get("name", "notebook"))
        for cell in nb.cells:
            if cell.cell_type == "code" and _SECRET_ARGUMENT.search(cell.source):
                raise UnsafeMasterError(
                    f"{name}, cell {cell.get('id', '?')}: something that looks like a key or a "
                    f"rationale is left in its source. Put it between “{BEGIN}” and “{END}”."
                )
            item = _item(cell, name)
            if item is not None and item.secret is not None:
                raise UnsafeMasterError(
                    f"{name}, item “{item.id}”: its key stands outside the hidden lines and "
                    f"would be handed out. Put {', '.join(SECRET_NAMES)} "
                    f"between “{BEGIN}” and “{END}”."
                )
        text = json.dumps(nb, ensure_ascii=False)
        for piece in resources.get(_SECRETS, ()):
            if json.dumps(piece, ensure_ascii=False)[1:-1] in text:
                raise UnsafeMasterError(
                    f"{name}: “{piece[:60]}…” belongs to a key or a model answer and is left "
                    "somewhere in the notebook: in a text, a comment, metadata or an attachment."
                )
        return nb, resources
