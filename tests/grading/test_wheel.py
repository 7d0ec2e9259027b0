"""The wheel opens a lesson in an empty environment, and holds no master."""

import subprocess
import sys
from pathlib import Path

import pytest
from leaks import MARKERS, scan_zip, secrets

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.timeout(600)

OPEN = """
import shutil, sys
from pathlib import Path
import trd
from trd import paths
assert paths.repository() is None, "the repository is showing through"
import nbformat
from nbclient import NotebookClient
shutil.copytree(paths.course_dir(), "lessons")
notebook = nbformat.read("lessons/01_what_is_trd.ipynb", as_version=4)
NotebookClient(notebook, timeout=120, kernel_name="python3",
               resources={"metadata": {"path": "lessons"}}).execute()
outputs = [o for c in notebook.cells if c.cell_type == "code" for o in c.outputs]
assert not [o for o in outputs if o.output_type in ("error", "stream")], outputs
print(sum("widget-view" in str(o) for o in outputs), "widgets")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    target = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", str(target), str(ROOT)],
        check=True,
        capture_output=True,
    )
    (built,) = target.glob("*.whl")
    return built


def test_it_holds_every_lesson_and_no_secret(wheel):
    import zipfile

    names = zipfile.ZipFile(wheel).namelist()
    for lesson in (ROOT / "course").glob("*.ipynb"):
        assert f"trd/_bundled/course/{lesson.name}" in names
    for needed in ("trd/quiz/item.js", "trd/panel/controls.css", "trd/lab/settings/trainee.css"):
        assert needed in names
    # The code that looks for the markers names them; nothing between them may be there.
    assert scan_zip(wheel, secrets(ROOT / "solutions") - MARKERS) == {}


def test_a_lesson_opens_in_an_empty_environment(wheel, tmp_path):
    python = tmp_path / "empty" / "bin" / "python"
    uv = [sys.executable, "-m", "uv"] if _has_uv() else ["uv"]
    subprocess.run([*uv, "venv", "-q", "-p", sys.executable, str(tmp_path / "empty")], check=True)
    lock = ROOT / "requirements.lock"
    install = [*uv, "pip", "install", "-q", "-p", str(python), "--no-deps"]
    subprocess.run([*install, "-r", str(lock)], check=True)
    subprocess.run([*install, str(wheel)], check=True)
    run = subprocess.run(
        [str(python), "-I", "-c", OPEN],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": f"{python.parent}:/usr/bin:/bin", "HOME": str(tmp_path)},
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip().endswith("widgets")
    assert int(run.stdout.split()[0]) >= 12


def _has_uv():
    probe = [sys.executable, "-m", "uv", "--version"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0
