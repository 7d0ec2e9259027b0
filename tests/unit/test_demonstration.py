"""Made-up trainees behave as stated, and the class says in words what it cannot do."""

import hashlib
import os
import statistics
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import kettle
import pytest
from examples import KEYS
from quizcourse import master

from trd.grading.__main__ import main
from trd.grading.course import CourseError
from trd.grading.demonstration.building import FOLDER, build
from trd.grading.demonstration.trainees import ROLES, Week, model_sentences, roster
from trd.grading.masters import Page, grade_id
from trd.quiz import scoring
from trd.quiz.answers import AnswerLog
from trd.quiz.masters import item_in

ROOT = Path(__file__).resolve().parents[2]
RUBRIC = (
    "**Model answer** (one of many)\n\nDear Dr P.,\n\nThe trial was too short to count; "
    "Ms N. took all of it. I will see her next week. We wait with anything new until then. "
    "Her sister may come along.\n\n**Rubric** (4 points)\n\n- 1: Says that it was too short."
)


def pages():
    notebook = master(list(KEYS))
    found = {grade_id(c): item_in(c.source) for c in notebook.cells if c.cell_type == "code"}
    items = {name: item for name, item in found.items() if item is not None}
    return {
        "case-a": Page("case-a", notebook, items=items, released={}, rubrics={"letter": RUBRIC})
    }


def everything(count=20, seed=1):
    week = Week("demo", pages(), seed)
    return {trainee: week.attempts(trainee) for trainee in roster(count, seed)}


@pytest.fixture(scope="module")
def large():
    return everything(200)


def test_the_same_seed_gives_the_same_class_in_another_process():
    def digest(hash_seed):
        code = (
            "import sys; sys.path[:0] = [sys.argv[1], sys.argv[2]]\n"
            "import test_demonstration as t; print(t.fingerprint())"
        )
        folders = [str(Path(__file__).parent), str(ROOT / "tests" / "fixtures")]
        run = subprocess.run(
            [sys.executable, "-c", code, *folders],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": "Asia/Tokyo"},
        )
        return run.stdout.strip()

    assert digest("1") == digest("2") == fingerprint()


def fingerprint():
    return hashlib.sha256(repr(everything()).encode()).hexdigest()


def test_another_seed_gives_another_class():
    assert list(everything(seed=1).values()) != list(everything(seed=2).values())


def test_a_smaller_class_is_the_beginning_of_a_larger_one():
    small, large = everything(6), everything(150)
    assert list(small.values()) == list(large.values())[:6]
    assert [t.id for t in small][:2] == ["trainee-01", "trainee-02"]
    assert len({t.id for t in large}) == 150
    assert sorted(t.id for t in large) == [t.id for t in large]


def test_each_role_is_played_once_and_as_stated(large):
    by_role = {t.role: (t, attempts) for t, attempts in large.items() if t.role}
    assert sorted(by_role) == sorted(ROLES.values())
    due = Week("demo", pages(), 1).due
    assert by_role["idle"][1] == by_role["absent"][1] == ()
    assert len(by_role["twice"][1]) == 2
    late = by_role["late"][1][-1]
    assert late.handed_in > due
    half = {record.item for record in by_role["half"][1][-1].records}
    assert len(half) <= 3
    assert by_role["half"][1][-1].texts == {}
    usual = [a for t, attempts in large.items() if not t.role for a in attempts]
    assert len(usual) == 200 - len(ROLES)
    assert all(attempt.handed_in < due for attempt in usual)


def points(attempts):
    items = {item.id: item for item in pages()["case-a"].items.values()}
    last = {r.item: r.answer for attempt in attempts for r in attempt.records}
    return sum(scoring.points(items[i], scoring.clean(items[i], a)) for i, a in last.items())


@pytest.mark.parametrize("seed", range(8))
def test_the_second_hand_in_is_better_than_the_first(seed):
    week = Week("demo", pages(), seed)
    first, second = week.attempts(roster(2, seed)[1])
    assert first.handed_in < second.records[0].at
    assert points([first, second]) > points([first])


def test_abler_trainees_earn_more(large):
    ability = [t.ability for t in large if not t.role]
    earned = [points(attempts) for t, attempts in large.items() if not t.role]
    assert statistics.correlation(ability, earned) > 0.4
    assert len(set(earned)) > 5


def test_every_answer_is_one_that_the_page_could_have_saved(large):
    items = {item.id: item for item in pages()["case-a"].items.values()}
    for attempts in large.values():
        for record in (r for attempt in attempts for r in attempt.records):
            item = items[record.item]
            assert scoring.clean(item, record.answer) == record.answer
            assert record.confidence is None or item.confidence


def test_wrong_answers_prefer_some_errors(large):
    given = {}
    for attempts in large.values():
        for record in (r for attempt in attempts for r in attempt.records):
            given.setdefault(record.item, []).append(record.answer)
    counted = {name: given["best"].count(name) for name in "abc"}
    assert counted["b"] > 0
    assert max(counted["a"], counted["c"]) > 3 * min(counted["a"], counted["c"])
    # The error that the master explains is commoner than all slips together.
    wrong = [number for number in given["weeks"] if abs(number - 6) > 0.5]
    assert wrong.count(4.0) > len(wrong) / 2
    # Near misses: neighbours swapped, one pick too few or too many.
    items = {item.id: item for item in pages()["case-a"].items.values()}
    assert {scoring.fraction(items["order"], answer) for answer in given["order"]} >= {1, 4 / 6}
    picks = [set(answer) for answer in given["several"]]
    assert any(pick < {"b", "d"} for pick in picks)
    assert any(pick > {"b", "d"} for pick in picks)
    assert any(len(set(pairs.values())) == 3 for pairs in given["pairs"] if pairs["fda"] != "two")


def test_confidence_goes_with_being_right_but_not_always(large):
    certain = {True: [], False: []}
    for attempts in large.values():
        for record in (r for attempt in attempts for r in attempt.records):
            if record.confidence:
                certain[record.answer == "b"].append(record.confidence == "certain")
    assert statistics.mean(certain[True]) > statistics.mean(certain[False]) > 0


def test_times_run_on_through_one_evening_and_some_answers_are_changed(large):
    changed = 0
    for trainee, attempts in large.items():
        for attempt in attempts:
            times = [record.at for record in attempt.records]
            assert times == sorted(times)
            assert times[-1] < attempt.handed_in < times[0] + timedelta(hours=8)
            if trainee.role != "twice":
                assert times[0].hour >= 17
            answers = {}
            for record in attempt.records:
                changed += answers.setdefault(record.item, record.answer) != record.answer
    assert changed > 20


def test_texts_differ_in_quality_and_some_are_left_as_they_were(large):
    usual = [attempts[0] for trainee, attempts in large.items() if not trainee.role]
    shares = [attempt.shares["case-a", "letter"] for attempt in usual if attempt.texts]
    assert 0 < sum(not attempt.texts for attempt in usual) < 40
    assert len(set(shares)) >= 4
    lengths = [len(a.texts["case-a"]["letter"].split()) for a in usual if a.texts]
    assert min(lengths) < max(lengths) / 3


def test_markers_give_half_points_within_the_points_of_the_cell(large):
    week = Week("demo", pages(), 1)
    for trainee, attempts in large.items():
        for attempt in attempts:
            marking = week.marking(trainee, attempt, "case-a", "letter")
            assert (marking is None) == (not attempt.texts)
            if marking:
                assert 0 <= marking.points <= 4
                assert marking.points * 2 == int(marking.points * 2)
                assert marking.comment


def test_simulations_are_played_only_if_their_model_shows_how(monkeypatch, large):
    def runs(trainees):
        return [
            record.answer
            for attempts in trainees.values()
            for attempt in attempts
            for record in attempt.records
            if record.item == "kettle"
        ]

    assert runs(large) == []
    good, bad = [{"t_s": 75, "do": "off"}], [{"t_s": 500, "do": "off"}]
    monkeypatch.setattr(kettle, "example_logs", lambda scenario, seed: [good, bad], raising=False)
    played = runs(everything(60))
    assert {run["log"][0]["t_s"] for run in played} == {75, 500}
    assert all(run["completed"] for run in played)


def test_the_sentences_of_a_model_answer_without_greeting_and_rubric():
    assert model_sentences(RUBRIC) == [
        "The trial was too short to count.",
        "Ms N. took all of it.",
        "I will see her next week.",
        "We wait with anything new until then.",
        "Her sister may come along.",
    ]
    assert model_sentences("") == []


def test_the_answer_log_writes_down_the_time_it_is_told(tmp_path):
    at = datetime(2026, 2, 3, 19, 4, 5, tzinfo=UTC)
    log = AnswerLog(tmp_path / "answers.jsonl", clock=lambda: at)
    assert log.record("case-a", "best", "a").at == "2026-02-03T19:04:05Z"
    assert log.read().entries[0].at == "2026-02-03T19:04:05Z"


# --- what it cannot do ----------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, -1, 501])
def test_a_class_has_from_1_to_500_trainees(tmp_path, count):
    with pytest.raises(CourseError, match="from 1 to 500"):
        build(ROOT, tmp_path, count)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_assignment_is_named_beside_the_known_ones(tmp_path):
    with pytest.raises(CourseError, match=r"no assignment “nonsense”.*01-definitions"):
        build(ROOT, tmp_path, 6, 1, ["nonsense"])


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CourseError, match=r"cannot keep its state in .*--home"):
        build(ROOT, tmp_path / "file", 6)


def test_somebody_elses_folder_is_not_touched(tmp_path):
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "thesis.txt").write_text("precious")
    with pytest.raises(CourseError, match="nothing was touched"):
        build(ROOT, tmp_path, 6, fresh=True)
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == ["thesis.txt"]


def test_a_course_without_masters_is_no_class(tmp_path):
    (tmp_path / "course").mkdir()
    (tmp_path / "course" / "nbgrader_config.py").write_bytes(
        (ROOT / "nbgrader_config.py").read_bytes()
    )
    with pytest.raises(CourseError, match="no masters"):
        build(tmp_path / "course", tmp_path / "home", 6)


def test_an_installed_course_without_masters_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("trd.paths.repository", lambda: None)
    assert main(["class", "--home", str(tmp_path)]) == 1
    assert "copy of the course's repository" in capsys.readouterr().err


def test_the_command_hands_on_what_it_was_given(tmp_path, monkeypatch):
    from trd.grading.demonstration import building as demonstration
    from trd.lab import serve

    made = demonstration.Demonstration(
        demonstration.Home(tmp_path / FOLDER), None, ("01-definitions",), roster(7, 3), True
    )
    asked = {}

    def built(*args, **kwargs):
        asked["build"] = (args, kwargs)
        return made

    monkeypatch.setattr(demonstration, "build", built)
    monkeypatch.setattr(demonstration, "describe", lambda made: [])
    monkeypatch.setattr(serve, "start", lambda *args, page: asked.update(start=args, page=page))
    words = ["class", "--trainees", "7", "--seed", "3", "--home", str(tmp_path), "--fresh"]
    words += ["--assignment", "01-definitions", "--port", "9199", "--", "--LabApp.x=1", "--y"]
    assert main(words) == 0
    assert asked["build"] == ((ROOT, tmp_path, 7, 3, ["01-definitions"]), {"fresh": True})
    extra = ["--LabApp.x=1", "--y"]
    assert asked["start"] == ("instructor", 9199, str(tmp_path / FOLDER), True, extra)
    assert asked["page"].endswith("/formgrader/manage_submissions/01-definitions")
    asked.clear()
    assert main(["class", "--no-serve", "--home", str(tmp_path)]) == 0
    assert "start" not in asked
