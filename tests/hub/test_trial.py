"""``make hub``: a whole class on a trial, begun and ended as somebody at a terminal would."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from world import Person, wait_for

from trd.hub import demo
from trd.quiz.answers import AnswerLog
from trd.quiz.masters import items_in

ROOT = Path(__file__).resolve().parents[2]
CASE = "01-definitions"


def begin(home: Path, *options: str) -> subprocess.Popen:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("TRD_", "JUPY"))}
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "trd.hub", "demo", "--home", str(home), *options],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def address(trial: subprocess.Popen) -> tuple[str, str]:
    said = ""
    for line in trial.stdout:
        said += line
        if found := re.search(r"http://127\.0\.0\.1:\d+", line):
            return found[0], said
    raise RuntimeError(f"the trial did not start:\n{said}")


@pytest.fixture(params=["postgresql", "sqlite"])
def trial(request, tmp_path):
    running = begin(tmp_path / "trial", *(["--sqlite"] if request.param == "sqlite" else []))
    try:
        url, said = address(running)
        yield SimpleNamespace(
            url=url, said=said, home=tmp_path / "trial", process=running, gradebook=request.param
        )
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(90)


def test_a_class_from_start_to_marks(trial):
    assert "A TRIAL" in trial.said
    assert "same password" in trial.said
    assert ("PostgreSQL, a server" in trial.said) is (trial.gradebook == "postgresql")

    # A second one in the same folder would share the first one's gradebook.
    again = begin(trial.home)
    assert "is running in" in again.communicate(timeout=60)[0]
    assert again.returncode == 1

    right = {}
    for name in ("anna", "bert"):
        person = Person(trial, name)
        assert person.log_in(demo.PASSWORD).ok
        server = person.start_server()
        where = {"course_id": "trd", "assignment_id": CASE}
        assert person.call("POST", f"{server}/assignments/fetch", data=where).json()["success"]
        folder = trial.home / "state" / "people" / name / "trd" / "trainee" / "cases" / "trd" / CASE
        right[name] = answer(folder, well=name == "anna")
        told = person.call("POST", f"{server}/assignments/submit", data=where).json()
        assert told["success"], told
    stranger = Person(trial, "mallory")
    stranger.log_in(demo.PASSWORD)
    assert stranger.get("/hub/home").url.rpartition("/")[2].startswith("login")

    ines = Person(trial, "ines")
    ines.log_in(demo.PASSWORD)
    assert ines.get("/services/trd/formgrader/").ok
    api = "/services/trd/formgrader/api"
    assert ines.call("POST", f"{api}/assignment/{CASE}/collect").json()["success"]
    marks = {}
    for name in right:
        done = ines.call("POST", f"{api}/submission/{CASE}/{name}/autograde").json()
        assert done["success"], done["error"] + done["log"]
        marks[name] = ines.call("GET", f"{api}/submission/{CASE}/{name}").json()["score"]
    assert marks["bert"] < marks["anna"]

    anna = Person(trial, "anna")
    anna.log_in(demo.PASSWORD)
    assert anna.get("/services/trd/formgrader/").status_code == 403


def answer(folder: Path, *, well: bool) -> int:
    """Answer every single-best question of the first case; rightly, or with another option."""
    log = AnswerLog(folder / "answers.jsonl")
    keys = {item.id: item for item in items_in(ROOT / "solutions" / CASE / "case-a.ipynb")}
    given = 0
    for item in items_in(folder / "case-a.ipynb"):
        if item.kind == "single_best":
            key = keys[item.id].secret.key
            choice = key if well else next(each for each in item.options if each != key)
            log.record("case-a", item.id, choice, "certain")
            given += 1
    assert given
    return given


def test_nothing_is_left_after_it_is_stopped(tmp_path):
    home = tmp_path / "trial"
    running = begin(home, "--sqlite")
    url, _ = address(running)
    person = Person(SimpleNamespace(url=url), "anna")
    person.log_in(demo.PASSWORD)
    person.start_server()
    running.send_signal(signal.SIGINT)
    assert running.wait(90) == 0
    wait_for(lambda: not belonging_to(home), 30, "the trial's processes to end")
    # And it can be begun again, with everybody's work still there.
    running = begin(home, "--sqlite")
    try:
        address(running)
        assert (home / "state" / "people" / "anna" / "trd" / "trainee" / "course").is_dir()
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(90)


def belonging_to(home: Path) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if command and os.fsencode(home) in environment + command:
            found.append(command.replace(b"\0", b" ").decode(errors="replace"))
    return found


def test_a_killed_trial_can_be_begun_again(tmp_path):
    home = tmp_path / "trial"
    running = begin(home, "--sqlite")
    address(running)
    running.kill()
    running.wait()
    hub = next(each for each in belonging_to(home) if "-m jupyterhub" in each)
    assert hub
    began = time.monotonic()
    again = begin(home, "--sqlite")
    try:
        url, _ = address(again)
        person = Person(SimpleNamespace(url=url), "anna")
        assert person.log_in(demo.PASSWORD).ok
        assert time.monotonic() - began < 120
    finally:
        again.send_signal(signal.SIGINT)
        again.wait(90)
    wait_for(lambda: not belonging_to(home), 30, "the first trial's processes to end")
