"""Answers reach the disk before anybody is told so, and a damaged file loses nothing else."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trd.quiz.answers import AnswerLog, SaveError

WRITER = """
import sys
from pathlib import Path
from trd.quiz.answers import AnswerLog
log = AnswerLog(Path(sys.argv[1]))
for number in range(10**6):
    log.record("case-a", f"item-{sys.argv[2]}-{number}", "b" * (number % 50))
    print(number, flush=True)
"""


def test_the_last_answer_counts_and_history_is_kept(tmp_path):
    log = AnswerLog(tmp_path / "answers.jsonl")
    log.record("case-a", "best", "a")
    log.record("case-b", "best", "c")
    log.record("case-a", "best", "b", "certain")
    answers = log.read()
    assert answers.last("case-a", "best").answer == "b"
    assert answers.last("case-a", "best").confidence == "certain"
    assert [e.answer for e in answers.history("case-a", "best")] == ["a", "b"]
    assert answers.last("case-b", "best").answer == "c"
    assert answers.problems == ()


def test_no_file_means_no_answers(tmp_path):
    assert AnswerLog(tmp_path / "answers.jsonl").read().entries == ()


def test_a_torn_line_does_not_swallow_the_next_answer(tmp_path):
    path = tmp_path / "answers.jsonl"
    log = AnswerLog(path)
    log.record("case-a", "one", "a")
    with path.open("ab") as file:
        file.write(b'{"v": 1, "notebook": "case-a", "item": "tw')
    log.record("case-a", "three", "c")
    answers = log.read()
    assert answers.last("case-a", "one").answer == "a"
    assert answers.last("case-a", "three").answer == "c"
    assert answers.problems == ("line 2 is not a complete JSON object",)


@given(st.lists(st.binary(max_size=200)))
def test_no_file_content_can_crash_the_reader(tmp_path_factory, junk):
    path = tmp_path_factory.mktemp("junk") / "answers.jsonl"
    log = AnswerLog(path)
    log.record("case-a", "first", "a")
    with path.open("ab") as file:
        for piece in junk:
            file.write(piece + b"\n")
    log.record("case-a", "last", "z")
    answers = log.read()
    assert answers.last("case-a", "first").answer == "a"
    assert answers.last("case-a", "last").answer == "z"


@pytest.mark.parametrize(
    "line",
    [
        "[]",
        "3",
        "null",
        '{"v": 2, "notebook": "case-a", "item": "x", "answer": 1, "at": ""}',
        '{"v": true, "notebook": "case-a", "item": "x", "answer": 1, "at": ""}',
        '{"v": 1, "notebook": 3, "item": "x", "answer": 1, "at": ""}',
        '{"v": 1, "notebook": "case-a", "item": "x", "at": ""}',
        '{"v": 1, "notebook": "case-a", "item": "x", "answer": NaN, "at": ""}',
        '{"v": 1, "notebook": "case-a", "item": "x", "answer": 1, "at": "", "confidence": 3}',
        '{"v": 1, "notebook": "case-a", "item": "x", "seed": 1.5, "at": ""}',
        "[" * 100_000,
        "x" * 1_000_001,
    ],
)
def test_each_unusable_line_is_reported_once(tmp_path, line):
    path = tmp_path / "answers.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    AnswerLog(path).record("case-a", "good", "a")
    answers = AnswerLog(path).read()
    assert len(answers.problems) == 1
    assert [e.item for e in answers.entries] == ["good"]


def test_a_folder_that_is_gone_or_read_only_is_said_in_words(tmp_path):
    with pytest.raises(SaveError, match="no such file"):
        AnswerLog(tmp_path / "gone" / "answers.jsonl").record("case-a", "one", "a")
    blocked = tmp_path / "answers.jsonl"
    blocked.mkdir()
    with pytest.raises(SaveError, match="is a directory"):
        AnswerLog(blocked).record("case-a", "one", "a")


def test_a_full_disk_is_an_error_and_never_a_half_truth(tmp_path):
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    path = tmp_path / "answers.jsonl"
    path.symlink_to("/dev/full")
    with pytest.raises(SaveError, match="no space left"):
        AnswerLog(path).record("case-a", "one", "a")


def test_the_seed_of_a_shuffle_is_drawn_once(tmp_path):
    log = AnswerLog(tmp_path / "answers.jsonl")
    seed = log.seed("case-a", "best")
    log.record("case-a", "best", "a")
    assert AnswerLog(log.path).seed("case-a", "best") == seed


def test_two_writers_at_once_lose_nothing(tmp_path):
    path = tmp_path / "answers.jsonl"
    writers = [_start_writer(path, name) for name in "xy"]
    counts = [_acknowledged(writer, wait_s=1.5) for writer in writers]
    answers = AnswerLog(path).read()
    items = {entry.item for entry in answers.entries}
    for name, count in zip("xy", counts, strict=True):
        assert count > 5
        assert {f"item-{name}-{n}" for n in range(count)} <= items


def test_whatever_was_acknowledged_survives_sigkill(tmp_path):
    path = tmp_path / "answers.jsonl"
    for round_ in range(8):
        writer = _start_writer(path, str(round_))
        count = _acknowledged(writer, wait_s=0.35 + 0.03 * round_)
        items = {entry.item for entry in AnswerLog(path).read().entries}
        assert {f"item-{round_}-{n}" for n in range(count)} <= items
    # And the file still takes answers after all those kills.
    AnswerLog(path).record("case-a", "after", "a")
    assert AnswerLog(path).read().last("case-a", "after").answer == "a"


def test_lines_are_plain_json_that_others_can_read(tmp_path):
    path = tmp_path / "answers.jsonl"
    AnswerLog(path).record("case-a", "best", "ä", "guess")
    record = json.loads(path.read_text(encoding="utf-8"))
    assert set(record) == {"v", "notebook", "item", "answer", "confidence", "at"}
    assert record["answer"] == "ä"


def _start_writer(path, name):
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name],
        stdout=subprocess.PIPE,
        text=True,
    )


def _acknowledged(writer, wait_s):
    """Let a writer work, kill it without warning, and return how many answers it had confirmed."""
    first = writer.stdout.readline()
    assert first.strip() == "0"
    time.sleep(wait_s)
    os.kill(writer.pid, signal.SIGKILL)
    rest = writer.stdout.read().splitlines(keepends=True)
    writer.wait()
    # A line torn by the kill was not acknowledged.
    return 1 + sum(line.endswith("\n") for line in rest)


def test_a_file_full_of_junk_is_summed_up_and_of_a_huge_one_both_ends_are_read(tmp_path):
    log = AnswerLog(tmp_path / "answers.jsonl")
    log.path.write_bytes(b"x\n" * 100_000)
    log.record("case-a", "best", "a")
    answers = log.read()
    assert answers.last("case-a", "best").answer == "a"
    assert len(answers.problems) == 21
    assert "more lines" in answers.problems[-1]
    with log.path.open("ab") as file:
        file.write(b"x" * 11_000_000)
    log.record("case-a", "order", ["a"])
    with log.path.open("ab") as file:
        file.write(b"x" * 11_000_000)
    log.record("case-a", "weeks", 6)
    answers = log.read()
    assert "only its first and last" in answers.problems[0]
    assert answers.last("case-a", "best").answer == "a"
    assert answers.last("case-a", "order") is None  # in the middle of the junk
    assert answers.last("case-a", "weeks").answer == 6


def test_a_file_made_to_take_long_is_cut_short(tmp_path):
    log = AnswerLog(tmp_path / "answers.jsonl")
    log.record("case-a", "best", "a")
    with log.path.open("ab") as file:
        file.write(b"{\n" * 300_000 + b"[" * 60_000 + b"\n")
    log.record("case-a", "weeks", 6)
    answers = log.read()
    assert "lines; only the first and last" in answers.problems[0]
    assert [entry.answer for entry in answers.entries] == ["a", 6]


def test_a_byte_order_mark_costs_no_answer(tmp_path):
    log = AnswerLog(tmp_path / "answers.jsonl")
    log.record("case-a", "best", "a")
    log.path.write_bytes(b"\xef\xbb\xbf" + log.path.read_bytes())
    assert log.read().last("case-a", "best").answer == "a"


def test_what_another_program_writes_is_seen_at_once(tmp_path):
    log = AnswerLog(tmp_path / "answers.jsonl")
    log.record("case-a", "best", "a")
    assert len(log.read().entries) == 1
    AnswerLog(log.path).record("case-a", "best", "b")
    assert [e.answer for e in log.read().entries] == ["a", "b"]


def test_an_answer_that_cannot_be_written_down_is_refused(tmp_path):
    log = AnswerLog(tmp_path / "answers.jsonl")
    for answer in ("\ud800", "x" * 1_000_001, float("nan")):
        with pytest.raises(SaveError):
            log.record("case-a", "best", answer)
    assert log.read().entries == ()
