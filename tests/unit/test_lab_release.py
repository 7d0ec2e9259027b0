"""Handing out assignments on this machine, with the real nbgrader."""

import os
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
import quizcourse

from trd.lab import home, release

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the exchange needs Unix")


def master(folder, key):
    folder.mkdir(parents=True, exist_ok=True)
    notebook = quizcourse.master(["single_best"], "case", free_text=False)
    for cell in notebook.cells:
        cell.source = cell.source.replace("Too short.", key)
    nbformat.write(notebook, folder / "case.ipynb")


@pytest.fixture
def place(tmp_path, repository):
    """A small repository with the course's own nbgrader settings, and its state folder."""
    root = tmp_path / "a repository (copy)"
    root.mkdir()
    shutil.copy(repository / "nbgrader_config.py", root)
    master(root / "solutions" / "01-first", "secret-one")
    state = home.Home(Path(os.environ["TRD_HOME"]))
    state.make()
    return root, state


def test_release_once_again_only_when_something_changed(place):
    root, state = place
    assert release.release(root, state) == ["01-first"]
    out = state.exchange / "trd" / "outbound" / "01-first" / "case.ipynb"
    assert "single_best(" in out.read_text()
    assert "secret" not in out.read_text()
    assert (state.classroom / "gradebook.db").exists()
    assert not (root / "gradebook.db").exists()

    before = out.stat().st_mtime_ns
    assert release.release(root, state) == []
    assert out.stat().st_mtime_ns == before

    master(root / "solutions" / "02-second", "secret-two")
    assert release.release(root, state) == ["02-second"]
    shutil.rmtree(state.exchange / "trd")
    assert release.release(root, state) == ["01-first", "02-second"]


def test_a_broken_master_is_named(place):
    root, state = place
    (root / "solutions" / "01-first" / "case.ipynb").write_text("not a notebook")
    with pytest.raises(ValueError, match="01-first could not be generated"):
        release.release(root, state)
    # Not noted as done: the next start tries again.
    master(root / "solutions" / "01-first", "secret-one")
    assert release.release(root, state) == ["01-first"]


def test_nothing_to_hand_out(tmp_path):
    assert release.assignments(tmp_path) == []
    assert release.release(tmp_path, home.Home(tmp_path / "state")) == []


def test_a_failed_attempt_leaves_the_release_of_before(place):
    root, state = place
    release.release(root, state)
    released = root / "assignments" / "01-first" / "case.ipynb"
    before = released.read_bytes()
    (root / "solutions" / "01-first" / "answers.jsonl").write_text("{}\n")
    with pytest.raises(ValueError, match="could not be generated"):
        release.release(root, state)
    assert released.read_bytes() == before


def test_a_release_is_there_all_the_time_it_is_made_anew(place, monkeypatch):
    root, state = place
    release.release(root, state)
    released = root / "assignments" / "01-first" / "case.ipynb"
    before = released.read_bytes(), released.stat().st_mtime_ns
    real, seen = release._must_succeed, []

    def watch(name, done, result):
        seen.append((done, released.read_bytes() == before[0]))
        real(name, done, result)

    monkeypatch.setattr(release, "_must_succeed", watch)
    # The same release once more leaves its files as they are.
    shutil.rmtree(state.exchange / "trd")
    release.release(root, state)
    assert (released.read_bytes(), released.stat().st_mtime_ns) == before
    # Another one is there in full before the old one goes.
    (root / "assignments" / "01-first" / "old.txt").write_text("of an older release")
    master(root / "solutions" / "01-first", "secret-two")
    notebook = nbformat.read(root / "solutions" / "01-first" / "case.ipynb", 4)
    notebook.cells[0].source += " Anew."
    nbformat.write(notebook, root / "solutions" / "01-first" / "case.ipynb")
    release.release(root, state)
    assert seen == [
        ("generated", True),
        ("released", True),
        ("generated", True),
        ("released", False),
    ]
    assert "Anew." in released.read_text()
    assert [path.name for path in (root / "assignments").iterdir()] == ["01-first"]
    assert [path.name for path in released.parent.iterdir()] == ["case.ipynb"]
