"""The class's own side: collect, regrade and autograde again and again while people hand in."""

from __future__ import annotations

import json
import pwd
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from world import COURSE

from soaking import measure, verify
from soaking.people import ASSIGNMENT, Soak


class Grader(threading.Thread):
    """Collects and grades in a loop until it is told to stop."""

    def __init__(self, soak: Soak) -> None:
        super().__init__(name="grader", daemon=True)
        self.soak = soak
        self.rng = random.Random(f"{soak.seed}:grader")
        self.enough = threading.Event()
        self.step = ""
        self.since = 0.0
        self.rounds = 0
        self.failed: Counter[str] = Counter()
        self.torn: dict[str, str] = {}
        self._seen: set[str] = set()
        self._running: subprocess.Popen[str] | None = None

    def run(self) -> None:
        while not self.enough.wait(2):
            self.look()
            if self.command("collect", "nbgrader", "collect", ASSIGNMENT, "--update"):
                if self.command("regrade", "python", "-m", "trd.grading", "regrade", ASSIGNMENT):
                    self.rounds += 1
                somebody = self._collected()
                if somebody and not self.enough.is_set():
                    one = self.rng.choice(somebody)
                    grade = ("nbgrader", "autograde", ASSIGNMENT, "--student", one)
                    self.command("autograde", *grade)

    def _collected(self) -> list[str]:
        folder = self.soak.world.course.state / "class" / "submitted"
        return sorted(path.name for path in folder.glob("[!.]*")) if folder.is_dir() else []

    def look(self) -> None:
        """See whether collect could now meet half a hand-in."""
        inbound = self.soak.world.settings.exchange / COURSE / "inbound"
        for path in inbound.glob(f"*+{ASSIGNMENT}+*"):
            if path.name not in self._seen:
                self._seen.add(path.name)
                why = verify.half(path)
                if why:
                    self.torn[path.name] = why

    def command(self, step: str, *words: str) -> bool:
        """Run one of the class's commands under its account; return whether it went well."""
        world = self.soak.world
        who = pwd.getpwnam(world.grader)
        self.step, self.since = step, time.monotonic()
        self._running = subprocess.Popen(
            [str(world.prefix / "venv" / "bin" / words[0]), *words[1:]],
            cwd=world.course.folder,
            env=world.grader_environment(),
            user=who.pw_uid,
            group=who.pw_gid,
            extra_groups=[],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        said = self._running.communicate()[1]
        code = self._running.returncode
        self.step = ""
        if code == 0:
            self.soak.note(step, time.monotonic() - self.since)
            return True
        lines = [line for line in said.splitlines() if line.strip()] or ["?"]
        why = "killed" if code == -signal.SIGKILL else lines[-1][:140]
        self.failed[f"{step}: {why}"] += 1
        return False

    def during(self, step: str, patience_s: float = 60) -> bool:
        """Wait until a step has been going on for a moment; return whether it is."""
        deadline = time.monotonic() + patience_s
        # The first half is Python's imports.
        usual = measure.quantile(self.soak.took.get(step, [2.0]), 0.5)
        moment = usual * self.rng.uniform(0.5, 0.95)
        while time.monotonic() < deadline and not self.enough.is_set():
            if self.step == step and time.monotonic() - self.since > moment:
                return True
            time.sleep(0.05)
        return False

    def kill(self) -> bool:
        """Kill the command that is running; return whether there was one."""
        running = self._running
        if running is None or running.poll() is not None:
            return False
        running.kill()
        return True


def marks(soak: Soak) -> dict[str, Any]:
    """Read the gradebook through nbgrader's own interface."""
    world = soak.world
    script = world.base / "marks.py"
    script.write_text(Path(__file__).with_name("marks.py").read_text(encoding="utf-8"))
    script.chmod(0o644)
    said = world.as_grader("python", str(script), ASSIGNMENT).stdout
    return json.loads(said.splitlines()[-1])
