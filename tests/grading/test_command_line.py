"""The commands of nbgrader's documentation work from this folder, as they are written there."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def clone(tmp_path):
    """A copy of what an instructor has, so that the test leaves no trace here."""
    folder = tmp_path / "my course"
    folder.mkdir()
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    shutil.copytree(ROOT / "solutions", folder / "solutions")
    return folder


def _nbgrader(clone, *words):
    program = Path(sys.executable).parent / "nbgrader"
    return subprocess.run(
        [str(program), *words],
        cwd=clone,
        env={**os.environ, "TRD_HOME": str(clone / "state")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_generate_release_list(clone):
    for command in ("generate_assignment", "release_assignment"):
        run = _nbgrader(clone, command, "01-definitions")
        assert run.returncode == 0, run.stderr
    for path in (ROOT / "assignments" / "01-definitions").glob("*.ipynb"):
        made = clone / "assignments" / "01-definitions" / path.name
        assert made.read_bytes() == path.read_bytes()
    run = _nbgrader(clone, "list")
    assert "01-definitions" in run.stdout + run.stderr


def test_the_masters_pass_nbgraders_own_validation(clone):
    run = _nbgrader(clone, "validate", "solutions/01-definitions/case-a.ipynb")
    assert "Success" in run.stdout + run.stderr
