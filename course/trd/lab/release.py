"""Hand out the assignments on this machine, as an instructor would."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from trd.lab.home import Home

#: Where an assignment is generated before it takes the old one's place.
_BESIDE = ".generating-"
#: Older than this, it was left by somebody who was cut off.
_STALE_S = 3600


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
    out = home.exchange / os.environ.get("TRD_COURSE", "trd") / "outbound"
    elsewhere = os.environ.get("TRD_GRADEBOOK", "")
    # A new gradebook knows no assignment, whatever has been handed out before.
    now = {name: print_ + elsewhere for name, print_ in now.items()}
    new_gradebook = not elsewhere and not (home.classroom / "gradebook.db").exists()
    todo = [
        name
        for name, print_ in now.items()
        if before.get(name) != print_ or not (out / name).is_dir() or new_gradebook
    ]
    if todo and sys.platform != "win32":
        api = _api(repository)
        released = repository / api.coursedir.release_directory
        # A checkout that belongs to an administrator holds generated assignments already.
        writable = os.access(released if released.is_dir() else repository, os.W_OK)
        for name in todo:
            if writable or not (released / name).is_dir():
                _generate(repository, name, released)
            _must_succeed(name, "released", api.release_assignment(name))
        half = note.with_suffix(".tmp")
        half.write_text(json.dumps(now, indent=1), encoding="utf-8")
        half.replace(note)
        return todo
    return []


def _generate(repository: Path, name: str, released: Path) -> None:
    """Generate an assignment beside the released ones, then bring over what differs.

    nbgrader takes the old release away first and needs seconds for the new one; meanwhile
    nobody could fetch it, and whoever commits would commit its loss.
    """
    released.mkdir(exist_ok=True)
    for left in released.glob(f"{_BESIDE}*"):
        if time.time() - left.stat().st_mtime > _STALE_S:
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_BESIDE, dir=released) as place:
        api = _api(repository, release_directory=Path(place).relative_to(repository).as_posix())
        _must_succeed(name, "generated", api.generate_assignment(name))
        _bring_over(Path(place) / name, released / name)


def _bring_over(new: Path, old: Path) -> None:
    """Make one folder like another, each file in one step; what is equal is not touched."""
    files = {path.relative_to(new) for path in new.rglob("*") if path.is_file()}
    for each in sorted(files):
        target = old / each
        if target.is_file() and target.read_bytes() == (new / each).read_bytes():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        (new / each).replace(target)
    for path in sorted(old.rglob("*"), reverse=True):
        if path.is_file() and path.relative_to(old) not in files:
            path.unlink()


def _api(repository: Path, **places: str) -> Any:
    # Imported here: it takes seconds, and most starts have nothing to release.
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import PyFileConfigLoader

    config = PyFileConfigLoader("nbgrader_config.py", path=str(repository)).load_config()
    config.CourseDirectory.update(places)
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
