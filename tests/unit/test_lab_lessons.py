"""The trainee's copies of the lessons: kept up to date, and nothing written is lost."""

import json

import pytest

from trd.lab import lessons


def write(path, text, **cell):
    path.parent.mkdir(parents=True, exist_ok=True)
    body = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": [text], **cell}
    code = {
        "cell_type": "code",
        "id": "b",
        "metadata": {},
        "source": "panel()",
        "outputs": [],
        "execution_count": None,
    }
    path.write_text(
        json.dumps({"cells": [body, code], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    )


def read(path):
    return "".join(json.loads(path.read_text())["cells"][0]["source"])


@pytest.fixture
def course(tmp_path):
    source = tmp_path / "course"
    write(source / "01_lesson.ipynb", "first")
    (source / "trd").mkdir()
    (source / "trd" / "secret.py").write_text("x = 1")
    (source / ".ipynb_checkpoints").mkdir()
    (source / ".ipynb_checkpoints" / "01_lesson-checkpoint.ipynb").write_text("{}")
    target, manifest = tmp_path / "mine", tmp_path / "lessons.json"
    target.mkdir()
    return source, target, manifest


def test_lessons_are_copied_and_the_package_is_not(course):
    source, target, manifest = course
    assert lessons.update(source, target, manifest) == []
    assert [p.name for p in target.rglob("*")] == ["01_lesson.ipynb"]
    assert not (target / "01_lesson.ipynb").is_symlink()


def test_an_unedited_copy_follows_the_lesson(course):
    source, target, manifest = course
    lessons.update(source, target, manifest)
    write(source / "01_lesson.ipynb", "second")
    assert lessons.update(source, target, manifest) == []
    assert read(target / "01_lesson.ipynb") == "second"
    assert len(list(target.iterdir())) == 1


def test_running_and_saving_is_not_editing(course):
    source, target, manifest = course
    lessons.update(source, target, manifest)
    copy = target / "01_lesson.ipynb"
    saved = json.loads(copy.read_text())
    # What Jupyter changes when a reader runs and saves: Lab also splits sources into lines.
    saved["cells"][1].update(
        execution_count=4,
        outputs=[{"output_type": "stream", "name": "stdout", "text": ["hi"]}],
        metadata={"execution": {"iopub.status.idle": "x"}, "scrolled": True},
        source=["pan", "el()"],
    )
    saved["metadata"] = {"kernelspec": {"name": "python3"}, "language_info": {"version": "3.12"}}
    copy.write_text(json.dumps(saved, indent=1))
    write(source / "01_lesson.ipynb", "second")
    assert lessons.update(source, target, manifest) == []
    assert read(copy) == "second"


def test_an_edited_copy_is_moved_aside_when_the_lesson_changes(course):
    source, target, manifest = course
    lessons.update(source, target, manifest)
    write(target / "01_lesson.ipynb", "first, with my notes")
    # As long as the lesson stays the same, the reader's copy stays in its place.
    assert lessons.update(source, target, manifest) == []
    assert read(target / "01_lesson.ipynb") == "first, with my notes"
    write(source / "01_lesson.ipynb", "second")
    (aside,) = lessons.update(source, target, manifest)
    assert read(target / "01_lesson.ipynb") == "second"
    assert read(aside) == "first, with my notes"
    assert "your copy of" in aside.name
    assert lessons.update(source, target, manifest) == []
    assert aside.exists()


@pytest.mark.parametrize("damage", ["", "not json", "[]"])
def test_a_damaged_manifest_loses_nothing(course, damage):
    source, target, manifest = course
    lessons.update(source, target, manifest)
    write(target / "01_lesson.ipynb", "my notes")
    manifest.write_text(damage)
    (aside,) = lessons.update(source, target, manifest)
    assert read(aside) == "my notes"
    assert read(target / "01_lesson.ipynb") == "first"


def test_a_deleted_copy_comes_back_and_a_withdrawn_lesson_goes(course):
    source, target, manifest = course
    write(source / "02_other.ipynb", "other")
    lessons.update(source, target, manifest)
    (target / "01_lesson.ipynb").unlink()
    (source / "02_other.ipynb").unlink()
    assert lessons.update(source, target, manifest) == []
    assert [p.name for p in target.iterdir()] == ["01_lesson.ipynb"]


def test_a_withdrawn_lesson_with_notes_is_kept(course):
    source, target, manifest = course
    lessons.update(source, target, manifest)
    write(target / "01_lesson.ipynb", "my notes")
    (source / "01_lesson.ipynb").unlink()
    (aside,) = lessons.update(source, target, manifest)
    assert read(aside) == "my notes"


def test_a_torn_copy_is_kept_too(course):
    source, target, manifest = course
    lessons.update(source, target, manifest)
    (target / "01_lesson.ipynb").write_text('{"cells": [')
    write(source / "01_lesson.ipynb", "second")
    (aside,) = lessons.update(source, target, manifest)
    assert aside.read_text() == '{"cells": ['
