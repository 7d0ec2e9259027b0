"""A small load-and-fault run: everything is killed once, and nothing acknowledged is lost."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from soaking import verify
from soaking.ledger import Ledger
from soaking.people import ASSIGNMENT
from world import COURSE

from trd.quiz.answers import AnswerLog
from trd.quiz.items import build

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(900)
@pytest.mark.slow
def test_nothing_that_was_acknowledged_is_lost(tmp_path):
    done = subprocess.run(
        [
            sys.executable,
            ROOT / "tests" / "hub" / "soak.py",
            "--quick",
            f"--report={tmp_path / 'soak.json'}",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-6000:]
    found = json.loads((tmp_path / "soak.json").read_text(encoding="utf-8"))
    assert found["lost"] == found["duplicates"] == found["wrong"] == 0
    assert found["half hand-ins"] == {}
    assert found["left_cullers"] == 0
    # That nothing is lost says something only when much was given, and much went wrong.
    assert found["acknowledged"]["answers"] > 100
    assert found["acknowledged"]["of these on a page"] > 10
    assert found["acknowledged"]["hand-ins"] >= 12
    assert {"hub", "proxy", "single-user server", "full disk on the exchange"} <= set(
        found["faults"]
    )
    assert found["found"]["compared_marks"] == 12 * 15


# --- would it notice? -------------------------------------------------------------------------
#: Files belong to whoever runs this.
ME = pwd.getpwuid(os.geteuid()).pw_name
STAMP = "2030-01-01 10:00:00.000000 UTC"
QUESTIONS = [
    build("single_best", f"q-{letter}", "Which?", {"x": "X", "y": "Y"}, points=2.0, key="x", why="")
    for letter in "abc"
]


@pytest.fixture
def finished(tmp_path):
    """A run of one trainee with three answers and one hand-in, all in order."""
    course = SimpleNamespace(state=tmp_path / "state")
    world = SimpleNamespace(course=course, settings=SimpleNamespace(exchange=tmp_path / "exchange"))
    ledger = Ledger(tmp_path / "ledger.jsonl")
    run = SimpleNamespace(world=world, ledger=ledger, items={"case-a": QUESTIONS})
    run.inbound = tmp_path / "exchange" / COURSE / "inbound"
    run.handed = run.inbound / f"{ME}+{ASSIGNMENT}+{STAMP}+abc"
    run.handed.mkdir(parents=True)
    log = AnswerLog(run.handed / "answers.jsonl")
    for item, answer in (("q-a", "y"), ("q-b", "x"), ("q-a", "x")):
        for what in ("trying", "kept"):
            ledger.add(ME, what, notebook="case-a", item=item, answer=answer)
        log.record("case-a", item, answer)
    ledger.add(ME, "handed", stamp=STAMP, before=3, since=0.0)
    for name in ("case-a.ipynb", "case-b.ipynb"):
        (run.handed / name).write_text("{}")
    (run.handed / "timestamp.txt").write_text(STAMP)
    (run.handed / "submission_secret.txt").write_text("a" * 128)
    run.collected = tmp_path / "state" / "class" / "submitted" / ME / ASSIGNMENT
    shutil.copytree(run.handed, run.collected)
    grades = [["q-a", 2.0], ["q-b", 2.0], ["q-c", 0.0]]
    run.rows = [{"student": ME, "notebooks": [{"name": "case-a", "grades": grades}]}]
    yield run
    ledger.close()


def compared(run):
    return verify.compare(run, [SimpleNamespace(name=ME)], {"rows": run.rows})


def without_line(path, number):
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:number] + lines[number + 1 :]))


def test_a_run_in_order_is_found_in_order(finished):
    found = compared(finished)
    assert found.clean, found
    counted = (found.compared_answers, found.compared_hand_ins, found.compared_marks)
    assert counted == (3, 1, 3)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_an_answer_missing_from_what_was_graded_is_a_loss(finished, number):
    without_line(finished.collected / "answers.jsonl", number)
    assert compared(finished).lost


@pytest.mark.parametrize("number", [0, 1, 2])
def test_an_answer_missing_from_a_hand_in_is_a_loss(finished, number):
    without_line(finished.handed / "answers.jsonl", number)
    assert compared(finished).lost


def test_the_same_answer_twice_on_a_page_needs_no_second_line(finished):
    for what in ("trying", "kept"):
        more = {"notebook": "case-a", "item": "q-a", "answer": "x"}
        finished.ledger.add(ME, what, **more, page=True)
    assert compared(finished).clean


def test_the_same_answer_twice_elsewhere_does(finished):
    for what in ("trying", "kept"):
        finished.ledger.add(ME, what, notebook="case-a", item="q-a", answer="x")
    assert compared(finished).lost


def test_answers_in_another_order_are_a_loss(finished):
    path = finished.collected / "answers.jsonl"
    first, second, third = path.read_text().splitlines(keepends=True)
    path.write_text(third + second + first)
    assert compared(finished).lost


def test_a_hand_in_that_is_gone_is_a_loss(finished):
    shutil.rmtree(finished.handed)
    assert compared(finished).lost


def test_somebody_missing_from_the_gradebook_is_a_loss(finished):
    finished.rows.clear()
    assert compared(finished).lost


def test_a_mark_for_an_older_answer_is_a_loss(finished):
    finished.rows[0]["notebooks"][0]["grades"][0][1] = 0.0
    assert compared(finished).lost


def test_what_stands_there_twice_is_found(finished):
    AnswerLog(finished.collected / "answers.jsonl").record("case-a", "q-a", "x")
    assert compared(finished).twice


def test_somebody_twice_in_the_gradebook_is_found(finished):
    finished.rows.append(finished.rows[0])
    assert compared(finished).twice


def test_a_stranger_in_the_gradebook_is_found(finished):
    finished.rows.append({**finished.rows[0], "student": "somebody"})
    assert compared(finished).wrong


def test_a_hand_in_in_somebody_elses_name_is_found(finished):
    shutil.copytree(finished.handed, finished.inbound / f"somebody+{ASSIGNMENT}+{STAMP}+def")
    assert compared(finished).wrong


@pytest.mark.parametrize("name", sorted(verify.WHOLE))
def test_a_hand_in_without_a_file_is_a_half_one(finished, name):
    (finished.handed / name).unlink()
    assert compared(finished).half


def test_a_page_that_is_cut_off_makes_half_a_hand_in(finished):
    (finished.handed / "case-b.ipynb").write_text('{"cells": [')
    assert compared(finished).half
