"""Every notebook runs from top to bottom with its widgets alive, offline, without a warning."""

import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
LESSONS = sorted((ROOT / "course").glob("*.ipynb"))
CASES = sorted((ROOT / "assignments").glob("*/*.ipynb"))
WIDGET = "application/vnd.jupyter.widget-view+json"

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("path", LESSONS + CASES, ids=lambda path: path.stem)
def test_it_runs_and_every_call_shows_something(path, tmp_path, monkeypatch):
    folder = tmp_path / path.parent.name
    folder.mkdir()
    shutil.copy(path, folder)
    # A lesson must not need the network.
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    client.execute()
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        streams = [o for o in cell.outputs if o.output_type == "stream"]
        assert streams == [], f"{cell.id}: {streams}"
        assert not [o for o in cell.outputs if o.output_type == "error"], cell.id
        if cell.id != "start":
            assert [o for o in cell.outputs if WIDGET in o.get("data", {})], cell.id


def test_there_are_lessons_and_cases():
    assert [path.stem for path in LESSONS][:2] == ["00_start_here", "01_what_is_trd"]
    assert len(CASES) >= 2
