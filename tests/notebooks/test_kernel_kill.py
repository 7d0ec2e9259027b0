"""Kill the kernel at any moment after “saved” shows, and nothing is lost."""

import json
import os
import signal
import time

import pytest
from jupyter_client.manager import start_new_kernel

from trd.quiz.answers import AnswerLog

pytestmark = pytest.mark.timeout(300)

SETUP = """
from trd.quiz import start, single_best
start("case-a")
items = [
    single_best(f"item-{n}", "Which?", {"a": "A", "b": "B", "c": "C"}, points=1)
    for n in range(400)
]
"""

# One click after another, as comm messages would set them; each line says what was acknowledged.
CLICKS = """
for n, item in enumerate(items):
    item.answer = "abc"[n % 3]
    assert item.status["kind"] == "saved"
    print(n, flush=True)
"""


@pytest.mark.parametrize("delay_s", [0.02, 0.15, 0.4, 0.9])
def test_acknowledged_answers_survive_sigkill(tmp_path, delay_s):
    (tmp_path / "case-a.ipynb").write_text(json.dumps({"cells": []}))
    manager, client = start_new_kernel(cwd=str(tmp_path))
    try:
        reply = client.execute_interactive(SETUP, timeout=60, output_hook=lambda message: None)
        assert reply["content"]["status"] == "ok"
        client.execute(CLICKS)
        acknowledged = _listen(client, delay_s)
        os.kill(manager.provisioner.pid, signal.SIGKILL)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    answers = AnswerLog(tmp_path / "answers.jsonl").read()
    for n in acknowledged:
        assert answers.last("case-a", f"item-{n}").answer == "abc"[n % 3]
    assert acknowledged


def _listen(client, delay_s):
    """Collect what was acknowledged until some time after the first answer."""
    seen, until = [], None
    while until is None or time.monotonic() < until:
        message = client.get_iopub_msg(timeout=60)
        if message["msg_type"] == "stream":
            seen += [int(word) for word in message["content"]["text"].split()]
            until = until or time.monotonic() + delay_s
        if message["msg_type"] == "error":
            raise AssertionError("\n".join(message["content"]["traceback"]))
        if len(seen) >= 400:
            break
    return seen
