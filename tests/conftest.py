"""What all tests share: fixture modules on the path, and no trace in the user's own folders."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import hypothesis
import pytest

# These machines are shared: a slow moment is no finding.
hypothesis.settings.register_profile("course", deadline=None)
hypothesis.settings.load_profile("course")

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "fixtures"))

# nbgrader calls `alembic` by name, so this interpreter's scripts must be found first.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])


@pytest.fixture
def repository() -> Path:
    return ROOT


@pytest.fixture(autouse=True)
def _own_folders(tmp_path, monkeypatch):
    """Keep progress and state of the person who runs the tests out of them."""
    monkeypatch.setenv("TRD_DATA", str(tmp_path / "trd-data"))
    monkeypatch.setenv("TRD_HOME", str(tmp_path / "trd-home"))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


@pytest.fixture
def page(tmp_path, monkeypatch):
    """Start a page as its first cell would: ``page("case-a")`` returns the session."""
    from trd.quiz import session

    def start(notebook: str = "case-a", purpose: str = "", folder: Path | None = None):
        folder = folder or tmp_path / "work"
        folder.mkdir(exist_ok=True)
        path = folder / f"{notebook}.ipynb"
        if not path.exists():
            path.write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
        monkeypatch.chdir(folder)
        if purpose:
            monkeypatch.setenv("NBGRADER_EXECUTION", purpose)
        return session.begin(notebook)

    yield start
    session._current = None
