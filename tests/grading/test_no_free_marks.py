"""Whatever a trainee does to a notebook, a cell that gives no number earns nothing."""

import nbformat
import pytest
from quizcourse import Class, master

IMPORTS = "from trd.quiz import *"

pytestmark = pytest.mark.timeout(600)


def _forge_without_start(notebook):
    notebook.cells = [cell for cell in notebook.cells if cell.id != "start"]
    notebook.cells.insert(0, nbformat.v4.new_code_cell(IMPORTS))


def _forge_other_start(notebook):
    notebook.cells.insert(2, nbformat.v4.new_code_cell("start('typo')"))


def _forge_other_folder(notebook):
    notebook.cells.insert(0, nbformat.v4.new_code_cell("import os; os.chdir('/')"))


def _forge_environment(notebook):
    notebook.cells.insert(
        0, nbformat.v4.new_code_cell("import os; os.environ.pop('NBGRADER_EXECUTION')")
    )


def _forge_muted_output(notebook):
    notebook.cells.insert(
        2, nbformat.v4.new_code_cell("get_ipython().display_formatter.format = lambda *a: ({}, {})")
    )


FORGERIES = {
    "start": _forge_without_start,
    "other-start": _forge_other_start,
    "folder": _forge_other_folder,
    "environment": _forge_environment,
    "muted": _forge_muted_output,
}


@pytest.fixture(scope="module")
def scores(tmp_path_factory):
    from pathlib import Path

    course = Class(tmp_path_factory.mktemp("forgers"), Path(__file__).resolve().parents[2])
    nbformat.write(master(["single_best", "numeric"]), course.source / "case-a.ipynb")
    assert course.api().generate_assignment("demo")["success"]
    assert course.api().release_assignment("demo")["success"]
    for name, forge in FORGERIES.items():
        path = course.fetch(name) / "case-a.ipynb"
        notebook = nbformat.read(path, as_version=4)
        forge(notebook)
        nbformat.write(notebook, path)
        course.submit(name)
    course.api().collect("demo")
    for name in FORGERIES:
        course.api().autograde("demo", name)
    with course.gradebook() as book:
        return {name: book.find_submission("demo", name).score for name in FORGERIES}


@pytest.mark.parametrize("name", FORGERIES)
def test_it_earns_nothing(scores, name):
    assert scores[name] == 0
