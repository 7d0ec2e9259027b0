"""The grading part of ``make bench``: one class graded by stock nbgrader and by both our roads."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ASSIGNMENT = "01-definitions"
#: Stock nbgrader takes seconds a submission, so it grades this many once.
CLASS = 100
SIZES = (50, 100, 200, 400)
#: Of a demonstration class, a few do not hand in.
SPARE = 5
#: Where its state is kept, below the course's folder.
STATE = Path("home") / "demonstration"
STOCK = "\n# As if this course had no plug-ins for grading.\nc.pop('Autograde')\n"


def rows() -> list[dict[str, Any]]:
    """Time to grade a class of 100 trainees and 15 items, and how it grows to 400."""
    with tempfile.TemporaryDirectory(prefix="trd-bench-") as folder:
        base = Path(folder)
        collected = _collected(base / "class", max(SIZES))
        found = []
        _say(f"stock nbgrader, {CLASS} submissions; this takes some minutes")
        stock = _run(_some(collected, base / "stock", CLASS, STOCK), _autograde())
        for name, command in (("autograde", _autograde()), ("regrade", _regrade())):
            runs = {}
            for size in SIZES:
                _say(f"{name}, {size} submissions")
                place = _some(collected, base / f"{name}-{size}", size)
                runs[size] = _run(place, command)
                if size == CLASS:
                    _compare(base / "stock", place)
                shutil.rmtree(place)
            found += _told(name, runs, stock)
        return found + _feedback(collected, base) + _starting(base)


def _told(name: str, runs: dict[int, tuple[float, float]], stock: tuple[float, float]) -> list[Any]:
    ours = runs[CLASS][0]
    against = f"nbgrader alone, {CLASS} submissions in {stock[0]:.0f} s"
    found = [_row(f"grading.{name}", ours, "s", against, stock[0] / ours)]
    smallest, largest = min(SIZES), max(SIZES)
    for size, (seconds, _memory) in runs.items():
        each = 1000 * seconds / size
        first = 1000 * runs[smallest][0] / smallest
        found.append(
            _row(
                f"grading.{name}.{size}",
                each,
                "ms",
                f"a submission; against {smallest} submissions",
                first / each,
            )
        )
    found.append(
        _row(
            f"grading.{name}.memory",
            runs[largest][1],
            "MB",
            f"peak at {largest}; against the peak at {smallest}",
            runs[smallest][1] / runs[largest][1],
        )
    )
    return found


def _feedback(collected: Path, base: Path) -> list[dict[str, Any]]:
    """Time to write the feedback of ten trainees, against nbgrader's own pages."""
    place = _some(collected, base / "feedback", 10)
    _run(place, _regrade())
    command = ["-m", "nbgrader", "generate_feedback", ASSIGNMENT, "--force"]
    ours = _run(place, command)[0]
    config = place / "nbgrader_config.py"
    config.write_text(
        config.read_text(encoding="utf-8") + "\nc.pop('GenerateFeedback'); c.pop('HTMLExporter')\n",
        encoding="utf-8",
    )
    theirs = _run(place, command)[0]
    return [_row("grading.feedback.10", ours, "s", "nbgrader's own pages", theirs / ours)]


def _starting(base: Path) -> list[dict[str, Any]]:
    """Time until an nbgrader command is ready, against an environment with rfc3987-syntax."""
    command = ["-m", "nbgrader", "--version"]
    place = base / "start"
    place.mkdir()
    ours = min(_run(place, command)[0] for _ in range(3))
    extra = base / "extra"
    if not _installed("rfc3987-syntax", extra):
        return [_row("grading.start", ours, "s", "(rfc3987-syntax could not be fetched)", 1.0)]
    theirs = min(_run(place, command, PYTHONPATH=str(extra))[0] for _ in range(3))
    return [_row("grading.start", ours, "s", "with rfc3987-syntax installed", theirs / ours)]


def _installed(package: str, folder: Path) -> bool:
    """Install a package into a folder of its own; whether that worked."""
    base = Path(sys.base_prefix) / "bin" / "python3"
    for python in (sys.executable, str(base), "python3"):
        command = [python, "-m", "uv", "pip", "install", "-q", "--target", str(folder), package]
        # Not in the repository, whose settings leave this very package out.
        done = subprocess.run(command, check=False, capture_output=True, cwd=folder.parent)
        if done.returncode == 0:
            return True
    return False


def _collected(root: Path, count: int) -> Path:
    """Return a course folder with this many collected submissions, none graded."""
    from trd.grading import demonstration

    root.mkdir()
    shutil.copy(ROOT / "nbgrader_config.py", root)
    shutil.copytree(ROOT / "solutions" / ASSIGNMENT, root / "solutions" / ASSIGNMENT)
    (root / "assignments").mkdir()
    demonstration.build(
        root, root / "home", count + SPARE, seed=1, assignments=[ASSIGNMENT], grade=False
    )
    return root


def _some(collected: Path, place: Path, count: int, config: str = "") -> Path:
    """Return a copy of the class with only its first submissions."""
    shutil.copytree(collected, place, ignore=shutil.ignore_patterns("exchange", "desks", "cases"))
    submitted = sorted((place / STATE / "class" / "submitted").iterdir())
    if len(submitted) < count:
        raise RuntimeError(f"{count} submissions are wanted; the class has {len(submitted)}")
    for folder in submitted[count:]:
        shutil.rmtree(folder)
    with (place / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write(config)
    return place


def _autograde() -> list[str]:
    return ["-m", "nbgrader", "autograde", ASSIGNMENT, "--Application.log_level=40"]


def _regrade() -> list[str]:
    return ["-m", "trd.grading", "regrade", ASSIGNMENT]


def _run(place: Path, command: list[str], **more: str) -> tuple[float, float]:
    """Run one command in a course folder; return its seconds and its peak memory in MB."""
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    env = {**os.environ, "TRD_HOME": str(place / STATE), "PATH": programs, **more}
    start = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, *command],
        cwd=place,
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    said = child.stderr.read()
    _pid, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{command} failed:\n{said.decode(errors='replace')[-2000:]}")
    return seconds, usage.ru_maxrss / 1024


def _compare(one: Path, other: Path) -> None:
    """Speed counts for nothing if a single grade differs."""
    from nbgrader.api import Gradebook

    found = []
    for place in (one, other):
        with Gradebook(f"sqlite:///{place / STATE / 'class' / 'gradebook.db'}", "trd") as book:
            found.append(
                {
                    (sub.student_id, notebook.name, grade.name): grade.auto_score
                    for sub in book.find_assignment(ASSIGNMENT).submissions
                    for notebook in sub.notebooks
                    for grade in notebook.grades
                }
            )
    # Of a question that a trainee took out of the page stock nbgrader knows nothing; we do.
    unmarked = {key for key, score in found[0].items() if score is None and found[1][key]}
    for key in unmarked:
        found[0][key] = found[1][key]
    if found[0] != found[1]:
        raise RuntimeError(f"{one.name} and {other.name} do not give the same grades")
    _say(f"{len(found[0])} grades of {one.name} and {other.name} agree")


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


def _row(name: str, value: float, unit: str, against: str, ratio: float) -> dict[str, Any]:
    return {
        "name": name,
        "value": round(value, 3),
        "unit": unit,
        "against": against,
        "ratio": round(ratio, 2),
    }


if __name__ == "__main__":
    print(json.dumps(rows(), indent=1))
