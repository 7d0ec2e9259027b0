"""Give the trainee copies of the lessons, and never lose what was written into one."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import datetime
from pathlib import Path


def update(source: Path, target: Path, manifest: Path) -> list[Path]:
    """Bring the copies in ``target`` up to date with the lessons in ``source``.

    A copy nobody changed is replaced when the lesson changes; an edited one is moved aside
    under another name first. While a lesson stays the same its copy is left alone.

    Parameters
    ----------
    source : pathlib.Path
        The folder of lessons; its package folder ``trd`` is not copied.
    target : pathlib.Path
        The trainee's folder.
    manifest : pathlib.Path
        Where the fingerprints of what was handed out are kept.

    Returns
    -------
    list of pathlib.Path
        Edited copies that were moved aside, under their new names.
    """
    known = _read(manifest)
    now: dict[str, dict[str, str]] = {}
    aside: list[Path] = []
    for lesson in _files(source):
        name = lesson.relative_to(source).as_posix()
        now[name] = {"shipped": _bytes(lesson), "text": text_fingerprint(lesson)}
        copy = target / name
        if copy.exists():
            if known.get(name, {}).get("shipped") == now[name]["shipped"]:
                continue
            if text_fingerprint(copy) not in {now[name]["text"], known.get(name, {}).get("text")}:
                aside.append(_move_aside(copy))
        copy.parent.mkdir(parents=True, exist_ok=True)
        # The content only: a lesson from a read-only folder must be writable here.
        shutil.copyfile(lesson, copy)
    for name in known.keys() - now.keys():
        copy = target / name
        if copy.exists():
            if text_fingerprint(copy) == known[name].get("text"):
                copy.unlink()
            else:
                aside.append(_move_aside(copy))
    _write(manifest, now)
    return aside


def text_fingerprint(path: Path) -> str:
    """Return a fingerprint of what an author or a reader wrote into a file.

    Opening, running and saving a notebook changes outputs, counters and metadata; only kinds
    and texts of cells are looked at.
    """
    if path.suffix != ".ipynb":
        return _bytes(path)
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        words = [[c["cell_type"], "".join(c["source"]), c.get("attachments") or {}] for c in cells]
    except (ValueError, KeyError, TypeError):
        return _bytes(path)
    return hashlib.sha256(json.dumps(words, sort_keys=True).encode()).hexdigest()


def _files(source: Path) -> list[Path]:
    def wanted(path: Path) -> bool:
        parts = path.relative_to(source).parts
        hidden = any(part.startswith((".", "__")) for part in parts)
        return path.is_file() and not hidden and parts[0] != "trd"

    return sorted(path for path in source.rglob("*") if wanted(path))


def _bytes(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _move_aside(copy: Path) -> Path:
    stamp = datetime.now().astimezone().strftime("%Y-%m-%d %H%M%S")
    aside = copy.with_name(f"{copy.stem} (your copy of {stamp}){copy.suffix}")
    copy.replace(aside)
    return aside


def _read(manifest: Path) -> dict[str, dict[str, str]]:
    try:
        known = json.loads(manifest.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(known, dict):
        return {}
    return {name: entry for name, entry in known.items() if isinstance(entry, dict)}


def _write(manifest: Path, content: dict[str, dict[str, str]]) -> None:
    half = manifest.with_suffix(".tmp")
    half.write_text(json.dumps(content, indent=1), encoding="utf-8")
    half.replace(manifest)
