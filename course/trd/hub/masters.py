"""Give a class its masters, and keep what its instructors changed in them."""

from __future__ import annotations

import hashlib
import json
import os
import pwd
import stat
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from trd.hub import accounts

#: What a class needs of the course's repository, the package too: a class keeps the code it
#: began with until its masters are brought up to date.
FILES = (
    *("nbgrader_config.py", "pyproject.toml", "README.md", "CONTRIBUTING.md"),
    *("LICENSE", "LICENSE-CONTENT"),
)
FOLDERS = ("solutions", "assignments", "course", "assets")
#: Made while working, never part of a release.
_LEFT_OUT = {"answers.jsonl", "gradebook.db", ".nbgrader.log", "nbgrader.log"}
_FOLDERS_LEFT_OUT = {"build", "dist", "node_modules", "__pycache__"}
#: In the class's state folder: what was copied, and new versions of what instructors changed.
MANIFEST = "masters.json"
NEWER = "newer-masters"


# Old modules would still be imported; an old master is an instructor's to remove.
_PACKAGE = "course/trd/"


class MastersError(ValueError):
    """Masters cannot be copied; the message says why and what to do."""


def bring(
    checkout: Path,
    folder: Path,
    state: Path,
    owner: pwd.struct_passwd,
    say: Callable[[str], None],
) -> None:
    """Bring a class's masters up to date with a copy of the course's repository.

    A file nobody changed since it was copied is replaced by a newer one. One that an instructor
    changed or removed stays so; the newer one is put into ``newer-masters`` in the class's state.

    Parameters
    ----------
    checkout : pathlib.Path
        The copy of the repository.
    folder, state : pathlib.Path
        The class's.
    owner : pwd.struct_passwd
        The class's account; the copying is done with its rights only.
    say : callable
        Told what was copied and what was kept.

    Raises
    ------
    MastersError
        If the copy of the repository has no masters.
    """
    if not (checkout / "solutions").is_dir() or not (checkout / "nbgrader_config.py").is_file():
        raise MastersError(
            f"{checkout} is no copy of the course: it has no solutions/ and nbgrader_config.py. "
            "Give the folder of the repository with --masters."
        )
    # Read with the rights of whoever runs this, written with the class's.
    with tempfile.TemporaryFile() as box:
        _pack(checkout, box)
        box.seek(0)
        done = accounts.run_as(owner, lambda: update(box, folder, state))
    if done["copied"]:
        say(f"{folder}: {done['copied']} files of the course copied")
    for name in done["kept"]:
        say(f"{folder / name} was changed here and stays; the new one is in {state / NEWER}")
    for name in done["gone"]:
        say(f"{folder / name} was removed here and stays away; the new one is in {state / NEWER}")


def files(checkout: Path) -> Iterator[Path]:
    """Yield what an instructor needs, as paths below the repository; links are left out."""
    for name in FILES:
        if (checkout / name).is_file() and not (checkout / name).is_symlink():
            yield Path(name)
    for top in FOLDERS:
        for here, inner, names in os.walk(checkout / top):
            inner[:] = sorted(
                each for each in inner if each not in _FOLDERS_LEFT_OUT and each[0] != "."
            )
            for name in sorted(names):
                path = Path(here, name)
                if name[0] != "." and name not in _LEFT_OUT and stat.S_ISREG(path.lstat().st_mode):
                    yield path.relative_to(checkout)


def _pack(checkout: Path, box: BinaryIO) -> None:
    with tarfile.open(fileobj=box, mode="w") as archive:
        for name in files(checkout):
            archive.add(checkout / name, arcname=name.as_posix(), recursive=False)


def update(box: BinaryIO, folder: Path, state: Path) -> dict[str, Any]:
    """Copy from a packed course into a class's folder, with the rights at hand.

    Parameters
    ----------
    box : file
        A tar archive of the course's files.
    folder, state : pathlib.Path
        The class's.

    Returns
    -------
    dict
        ``copied`` (how many files), ``kept`` and ``gone`` (names of files whose newer version
        was put aside, because the present one was changed or removed).
    """
    manifest = _read(state / MANIFEST)
    done: dict[str, Any] = {"copied": 0, "kept": [], "gone": []}
    now = dict(manifest)
    names = set()
    with tarfile.open(fileobj=box) as archive:
        for member in archive:
            inside = archive.extractfile(member)
            content = inside.read() if inside else b""
            name = member.name
            target, aside = folder / name, state / NEWER / name
            verdict = _verdict(target, content, manifest.get(name))
            if verdict == "copied":
                _write(target, content)
                done["copied"] += 1
            if verdict in ("copied", "same"):
                now[name] = _hash(content)
                aside.unlink(missing_ok=True)
            elif verdict != "left" and not (aside.exists() and aside.read_bytes() == content):
                _write(aside, content)
                done[verdict].append(name)
            names.add(name)
    for name in sorted(manifest.keys() - names):
        if name.startswith(_PACKAGE) and _unchanged(folder / name, manifest[name]):
            (folder / name).unlink()
            del now[name]
    _write(state / MANIFEST, json.dumps(now, indent=1, sort_keys=True).encode())
    return done


def _verdict(target: Path, content: bytes, last: str | None) -> str:
    new = _hash(content)
    if not target.exists():
        if last is None:
            return "copied"
        return "gone" if new != last else "left"
    present = _hash(target.read_bytes())
    if present == new:
        return "same"
    if present == last:
        return "copied"
    # Theirs; and said only when there is something newer than what they began with.
    return "kept" if new != last else "left"


def _unchanged(path: Path, last: str) -> bool:
    return path.is_file() and _hash(path.read_bytes()) == last


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.new")
    half.write_bytes(content)
    half.chmod(0o600)
    half.replace(path)


def _read(path: Path) -> dict[str, str]:
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
