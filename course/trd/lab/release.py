"""Hand out the assignments on this machine, as an instructor would."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trd.lab.home import Home


def assignments(repository: Path, masters: str = "solutions") -> list[str]:
    """Return the names of the assignments that have masters, in order."""
    folder = repository / masters
    if not folder.is_dir():
        return []
    return sorted(
        each.name
        for each in folder.iterdir()
        if not each.name.startswith(".") and each.is_dir() and any(each.glob("*.ipynb"))
    )


def release(repository: Path, home: Home) -> list[str]:
    """Generate and release what changed since the last time.

    Parameters
    ----------
    repository : pathlib.Path
        The course's repository, whose ``solutions/`` holds the masters.
    home : Home
        The state folder with exchange and gradebook.

    Returns
    -------
    list of str
        The assignments that were released now; empty when all were out already.

    Raises
    ------
    ValueError
        If nbgrader refuses one; the message carries its reason.
    """
    note = home.classroom / "released.json"
    before = _read(note)
    now = {name: _fingerprint(repository, name) for name in assignments(repository)}
    out = home.exchange / "trd" / "outbound"
    gradebook = home.classroom / "gradebook.db"
    todo = [
        name
        for name, print_ in now.items()
        if before.get(name) != print_ or not (out / name).is_dir() or not gradebook.exists()
    ]
    if todo and sys.platform != "win32":
        api = _api(repository)
        # A checkout that belongs to an administrator holds generated assignments already.
        writable = os.access(repository / "assignments", os.W_OK)
        for name in todo:
            if writable or not (repository / "assignments" / name).is_dir():
                with _kept(repository / "assignments" / name):
                    _must_succeed(name, "generated", api.generate_assignment(name))
            _must_succeed(name, "released", api.release_assignment(name))
        half = note.with_suffix(".tmp")
        half.write_text(json.dumps(now, indent=1), encoding="utf-8")
        half.replace(note)
        return todo
    return []


@contextlib.contextmanager
def _kept(folder: Path) -> Iterator[None]:
    """Put a release back that nbgrader took away before it found that it cannot make a new one."""
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / "release"
        if folder.is_dir():
            shutil.copytree(folder, copy)
        try:
            yield
        except BaseException:
            if copy.is_dir() and not any(folder.glob("*.ipynb")):
                shutil.copytree(copy, folder, dirs_exist_ok=True)
            raise


def _api(repository: Path) -> Any:
    # Imported here: it takes seconds, and most starts have nothing to release.
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import PyFileConfigLoader

    config = PyFileConfigLoader("nbgrader_config.py", path=str(repository)).load_config()
    return NbGraderAPI(config=config)


def _must_succeed(name: str, done: str, result: dict[str, Any]) -> None:
    if not result["success"]:
        reason = (result.get("error") or result.get("log") or "").strip()
        # The last lines say what happened; what stands above is the way through nbgrader.
        last = "\n".join(reason.splitlines()[-4:])
        raise ValueError(f"The assignment {name} could not be {done}. nbgrader says:\n{last}")


def _fingerprint(repository: Path, name: str) -> str:
    """Return a fingerprint of all that decides what a released assignment looks like."""
    digest = hashlib.sha256()
    folders = [repository / "solutions" / name, repository / "course" / "trd" / "grading"]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    for path in [repository / "nbgrader_config.py", *sorted(files)]:
        if not any(part in {"__pycache__", ".ipynb_checkpoints"} for part in path.parts):
            digest.update(os.fsencode(path.relative_to(repository)) + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _read(note: Path) -> dict[str, str]:
    try:
        return dict(json.loads(note.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}
