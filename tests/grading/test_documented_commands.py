"""Every command that the guide for instructors prints does what it says, in the order printed."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from trd.grading import demonstration

pytestmark = pytest.mark.timeout(600)

ROOT = Path(__file__).resolve().parents[2]
GUIDES = ("README.md", "solutions/README.md")
#: A command in a code span or a code block; what follows # is a remark.
COMMAND = re.compile(r"^(?:nbgrader|python -m trd\.grading) [a-z_]+(?:[ ][^`#|\n]+)?", re.MULTILINE)


def commands():
    found = []
    for guide in GUIDES:
        text = (ROOT / guide).read_text(encoding="utf-8")
        blocks = re.findall(r"```\n(.*?)```", text, re.DOTALL)
        spans = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
        found += [match.strip() for piece in spans + blocks for match in COMMAND.findall(piece)]
    return list(dict.fromkeys(found))


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    root = tmp_path_factory.mktemp("a course")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    for folder in ("solutions", "assignments"):
        shutil.copytree(ROOT / folder, root / folder)
    return root, demonstration.build(root, root / "home", 7, assignments=["01-definitions"])


def _arguments(command, root):
    program, *rest = command.split()
    if command.startswith("nbgrader export"):
        rest += ["--to", str(root / "grades.csv")] if "--to" not in rest else []
    if program == "python":
        return [sys.executable, *rest]
    return [sys.executable, "-m", "nbgrader", *rest]


def _zip_files(home):
    from trd.grading import pack

    archive = home.classroom / "downloaded" / "01-definitions" / "archive"
    archive.mkdir(parents=True)
    desk = home.root / "desks" / "trainee-01" / "01-definitions"
    # Somebody of whom nothing has been collected.
    shutil.move(pack(desk, "trainee-06"), archive)


def test_the_guides_name_commands():
    assert len(commands()) > 15


def test_they_all_run(course):
    root, made = course
    _zip_files(made.home)
    env = {**os.environ, "TRD_HOME": str(made.home.root)}
    failed = {}
    for command in commands():
        arguments = _arguments(command, root)
        only_named = len(command.split()) == (4 if command.startswith("python") else 2)
        if only_named and command != "nbgrader export":
            continue
        run = subprocess.run(
            arguments, cwd=root, env=env, capture_output=True, text=True, check=False
        )
        if run.returncode or "Traceback" in run.stderr:
            failed[command] = run.stdout[-500:] + run.stderr[-1500:]
    assert not failed, "\n".join(f"{command}:\n{said}" for command, said in failed.items())
