"""Arrows point one way: models <- views <- panels <- notebooks; quiz and grading know no topic."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "course" / "trd"
ROOMS = {"quiz", "grading", "panel", "evidence", "lint", "lab", "journey", "hub"}
TOPICS = sorted(
    folder.name
    for folder in PACKAGE.iterdir()
    if folder.is_dir() and (folder / "__init__.py").exists() and folder.name not in ROOMS
)
#: What models of every topic may use: numbers and rows with their sources, and dice.
READERS = {"dice", "parameters", "paths", "rows"}
#: Libraries that one topic's models need, imported inside the function that uses them.
LIBRARIES = {"communication": {"syllapy"}}
STDLIB = set(sys.stdlib_module_names)


def imports(path):
    """Every module a file names in an import, whether at its top or inside a function."""
    found = set()
    package = ["trd", *path.relative_to(PACKAGE).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(filter(None, [base, node.module or ""]))
            found.add(module)
            found |= {f"{module}.{alias.name}" for alias in node.names}
    return found


def files(*parts):
    place = PACKAGE.joinpath(*parts)
    return sorted(place.rglob("*.py")) if place.is_dir() else [place]


def layer(path):
    """Which part of its topic a file is: models, views or panels."""
    parts = path.relative_to(PACKAGE).parts
    return (
        parts[1].removesuffix(".py")
        if parts[1].removesuffix(".py") in {"views", "panels"}
        else "models"
    )


def test_there_is_a_topic():
    assert "definitions" in TOPICS


@pytest.mark.parametrize("topic", TOPICS)
def test_models_are_pure(topic):
    allowed = STDLIB | {"numpy", "scipy"} | LIBRARIES.get(topic, set())
    for path in files(topic):
        if layer(path) != "models":
            continue
        for module in imports(path):
            root = module.split(".")[0]
            if root == "trd":
                second = module.split(".")[1] if "." in module else "trd"
                assert second in {*TOPICS, *READERS, "trd"}, f"{path}: {module}"
                assert ".views" not in module, f"{path}: {module}"
                assert ".panels" not in module, f"{path}: {module}"
            else:
                assert root in allowed, f"{path} imports {module}"


@pytest.mark.parametrize("topic", TOPICS)
def test_views_draw_and_panels_bind(topic):
    for path in files(topic):
        names = imports(path)
        if layer(path) == "views":
            assert not {n for n in names if n.startswith(("ipywidgets", "anywidget"))}, path
            assert not {n for n in names if ".panels" in n}, path
        if layer(path) == "panels":
            assert not {n for n in names if n.startswith(("matplotlib", "numpy", "scipy"))}, path


@pytest.mark.parametrize("room", ["quiz", "grading", "panel", "evidence", "journey"])
def test_the_engine_knows_no_topic(room):
    for path in files(room):
        for module in imports(path):
            assert not any(module.startswith(f"trd.{topic}") for topic in TOPICS), path


def test_pyplot_is_never_used():
    for path in files():
        assert not {n for n in imports(path) if n.startswith("matplotlib.pyplot")}, path


@pytest.mark.parametrize("module", ["trd.quiz", "trd.grading", "trd.evidence", "trd.definitions"])
def test_graders_need_neither_pictures_nor_widgets(module):
    code = (
        f"import sys, {module}\n"
        "print([n for n in ('matplotlib', 'ipywidgets', 'anywidget') if n in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_grading_an_item_needs_neither(tmp_path):
    code = (
        "import sys\n"
        "from trd.quiz import single_best, start\n"
        "start('case-a')\n"
        "print(single_best('best', 'Which?', {'a': 'A', 'b': 'B'}, points=1, key='a', why='x'))\n"
        "print([n for n in ('matplotlib', 'ipywidgets', 'anywidget') if n in sys.modules])"
    )
    (tmp_path / "case-a.ipynb").write_text("{}")
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={**__import__("os").environ, "NBGRADER_EXECUTION": "autograde"},
    )
    assert run.stdout.split() == ["0.0", "[]"]
    # Anything on stderr costs all marks under nbgrader.
    assert run.stderr == ""
