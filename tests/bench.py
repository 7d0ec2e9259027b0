"""Measure, side by side in one run, what the course's readers wait for; ``make bench``.

Prints a table and writes ``build/bench.json``: a list of
``{"name", "value", "unit", "against", "ratio"}``, where ``ratio`` is how many times faster the
course is than what it is measured against. Nothing here passes or fails: machines differ.
"""

from __future__ import annotations

import importlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BUDGET_MS = 100.0
ROUNDS = 15

#: Lesson number -> package with its panels.
LESSONS = {
    "01": "trd.definitions.panels",
    "02": "trd.mechanism.panels",
    "03": "trd.screening.panels",
    "04": "trd.monitoring.panels",
    "05": "trd.communication.panels",
}


def median_ms(action: Callable[[int], Any], rounds: int = ROUNDS) -> float:
    """Return the median time of an action, called with the number of the round."""
    action(0)
    times = []
    for index in range(1, rounds + 1):
        start = time.perf_counter()
        action(index)
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def panels() -> list[dict[str, Any]]:
    """Time from a control's change to the new picture in the widget, for every panel."""
    rows = []
    for lesson, package in LESSONS.items():
        module = importlib.import_module(package)
        for name in module.__all__:
            for index, panel in enumerate(_panels_in(getattr(module, name)())):
                label = f"panel.{lesson}.{name}" + (f".{index + 1}" if index else "")
                rows.append(_panel_row(label, panel))
    return rows


def _panels_in(widget: Any) -> list[Any]:
    from trd.panel.base import Panel

    if isinstance(widget, Panel):
        return [widget]
    return [panel for child in getattr(widget, "children", []) for panel in _panels_in(child)]


def _panel_row(label: str, panel: Any) -> dict[str, Any]:
    from trd.panel.views import FigureView

    controls = [control for control in panel.controls.values() if _values(control)]

    def move(index: int) -> None:
        control = controls[index % len(controls)]
        control.value = next(v for v in _values(control) if v != control.value)

    ours = median_ms(move, 3 * ROUNDS)
    if isinstance(panel.view, FigureView):
        kind = type(panel.view)
        theirs = median_ms(lambda index: kind().html(panel.result), 5)
        return row(label, ours, "ms", "building the figure anew at every change", theirs / ours)
    return row(label, ours, "ms", f"budget of {BUDGET_MS:g} ms", BUDGET_MS / ours)


def _values(control: Any) -> tuple[Any, ...]:
    """Return two values that a control can go to and fro between, as its range stands now."""
    spec = control.spec
    if spec["kind"] == "slider":
        low, high = spec["minimum"], spec["maximum"]
        return (low + (high - low) / 3, low + (high - low) / 2)
    if spec["kind"] in ("choice", "select"):
        return tuple(option[0] for option in spec["options"][:2])
    if spec["kind"] == "grid":
        first, last = spec["columns"][0][0], spec["columns"][-1][0]
        return tuple({row[0]: value for row in spec["rows"]} for value in (first, last))
    return (False, True) if spec["kind"] == "check" else ()


def saving() -> list[dict[str, Any]]:
    """Time from a click to an answer that is on the disk, against writing a notebook."""
    import nbformat

    from trd.quiz.answers import AnswerLog

    case = next((ROOT / "assignments").glob("*/*.ipynb"))
    notebook = nbformat.read(case, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        log = AnswerLog(Path(folder) / "answers.jsonl")
        ours = median_ms(lambda index: log.record("case", f"item-{index}", "b"), 50)
        target = Path(folder) / "case.ipynb"
        theirs = median_ms(lambda index: nbformat.write(notebook, target), 20)
        # A log of its own each time: one that has read the file before does not read it again.
        filled = median_ms(lambda index: AnswerLog(log.path).read(), 20)
    return [
        row("quiz.save", ours, "ms", "saving the notebook (without fsync)", theirs / ours),
        row("quiz.read", filled, "ms", f"budget of {BUDGET_MS:g} ms", BUDGET_MS / filled),
    ]


def classifying() -> list[dict[str, Any]]:
    """Time to classify one history under every definition."""
    from trd.definitions import History, Trial, classify

    history = History(
        trials=[
            Trial("sertraline", 150, 10, 95, 15, optimised=True),
            Trial("venlafaxine", 225, 8, 95, 20, augmentations=1),
            Trial("mirtazapine", 30, 7, 90, 10),
        ],
        episode_months=14,
        hamd17=21,
    )
    ours = median_ms(lambda index: classify(history, strict=bool(index % 2)), 200)
    return [row("model.01.classify", ours, "ms", "budget of 1 ms", 1 / ours)]


def starting() -> list[dict[str, Any]]:
    """Time of a new Python until the quiz engine is there, against nbgrader's own plug-ins."""

    def fresh(code: str) -> float:
        def run(_index: int) -> None:
            subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)

        return median_ms(run, 5)

    ours = fresh("import trd.quiz")
    theirs = fresh("import nbgrader.preprocessors")
    lint = median_ms(
        lambda _index: subprocess.run(
            [sys.executable, "-m", "trd.lint", "--quiet"],
            cwd=ROOT,
            check=False,
            capture_output=True,
        ),
        3,
    )
    return [
        row("import.quiz", ours, "ms", "importing nbgrader.preprocessors", theirs / ours),
        row("lint.repository", lint, "ms", "budget of 5,000 ms", 5000 / lint),
    ]


def grading() -> list[dict[str, Any]]:
    """Time to score one trainee's answers to assignment 01, without any notebook."""
    from trd.quiz import scoring
    from trd.quiz.masters import items_in

    items = [
        item
        for path in sorted((ROOT / "solutions" / "01-definitions").glob("*.ipynb"))
        for item in items_in(path)
    ]

    def score(_index: int) -> None:
        for item in items:
            scoring.points(item, scoring.clean(item, item.secret.key))

    ours = median_ms(score, 100)
    return [row("quiz.score_submission", ours, "ms", "budget of 10 ms", 10 / ours)]


def mechanism() -> list[dict[str, Any]]:
    """Time of lesson 2's curves, against a general solver of differential equations."""
    import bench_mechanism

    return bench_mechanism.rows()


def screening() -> list[dict[str, Any]]:
    """Time to screen a clinic of a thousand."""
    import bench_screening

    return bench_screening.rows()


def monitoring() -> list[dict[str, Any]]:
    """Simulated time at the chair against real time, and lesson 4's other models."""
    import bench_monitoring
    import bench_monitoring_models

    return [*bench_monitoring.rows(), *bench_monitoring_models.rows()]


def communication() -> list[dict[str, Any]]:
    """Time of lesson 5's effects and reading grades."""
    import bench_communication

    return bench_communication.rows()


def classes() -> list[dict[str, Any]]:
    """Time to grade a class, against stock nbgrader; takes minutes."""
    import bench_grading

    return bench_grading.rows()


#: What can be measured by itself: ``make bench ARGS="panels saving"``.
PARTS = {
    part.__name__: part
    for part in (
        panels,
        saving,
        classifying,
        mechanism,
        screening,
        monitoring,
        communication,
        grading,
        starting,
        classes,
    )
}


def row(name: str, value: float, unit: str, against: str, ratio: float) -> dict[str, Any]:
    """Return one line of the table."""
    return {
        "name": name,
        "value": round(value, 3),
        "unit": unit,
        "against": against,
        "ratio": round(ratio, 2),
    }


def main() -> int:
    """Measure everything, print the table, write the file."""
    unknown = [name for name in sys.argv[1:] if name not in PARTS]
    if unknown:
        print(f"There is no part {unknown[0]!r}; there are: {', '.join(PARTS)}.", file=sys.stderr)
        return 2
    rows: list[dict[str, Any]] = []
    for part in [PARTS[name] for name in sys.argv[1:]] or PARTS.values():
        print(f"measuring: {part.__doc__.splitlines()[0]}", file=sys.stderr, flush=True)
        rows += part()
    width = max(len(each["name"]) for each in rows)
    print(f"{'name':<{width}}  {'median':>10}      {'ratio':>8}  against")
    for each in rows:
        print(
            f"{each['name']:<{width}}  {each['value']:>10.3f} {each['unit']:<4} "
            f"{each['ratio']:>7.1f}x  {each['against']}"
        )
    target = ROOT / "build" / "bench.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    print(f"\nwritten to {target.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
