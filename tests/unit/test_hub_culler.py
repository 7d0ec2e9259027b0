"""A hub that is killed leaves no culler behind."""

import os
import signal
import subprocess
import sys

import pytest

CHILD = (
    "import time; from trd.hub.culler import end_with_parent; end_with_parent(); "
    "print('up', flush=True); time.sleep(60)"
)
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {CHILD!r}])"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux can be asked")
def test_it_ends_when_its_parent_is_killed():
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout.readline() == "up\n"
    os.kill(parent.pid, signal.SIGKILL)
    # The child has the other end of this pipe: it ends when the child does.
    assert parent.communicate(timeout=30)[0] == ""
    assert parent.returncode == -signal.SIGKILL
