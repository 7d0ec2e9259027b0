"""What goes wrong in the middle, and the operator's way back."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import requests
from world import COURSE, wait_for

from soaking import measure
from soaking.grader import Grader
from soaking.people import Reader, Served, Soak, StoppedError

#: How often each, in a whole run and in a quick one.
OFTEN = {
    "hub": (3, 1),
    "proxy": (3, 1),
    "single-user server": (4, 1),
    "kernel": (4, 1),
    "formgrader service": (2, 1),
    "PostgreSQL during collect": (1, 0),
    "PostgreSQL during regrade": (2, 1),
    "PostgreSQL during autograde": (1, 0),
    "grading process": (3, 1),
    "full disk on the exchange": (3, 1),
}


class Faults(threading.Thread):
    """One fault after another, in an order that the seed decides."""

    def __init__(self, soak: Soak, grader: Grader, served: list[Served], *, quick: bool) -> None:
        super().__init__(name="faults", daemon=True)
        self.soak, self.grader, self.served = soak, grader, served
        self.rng = random.Random(f"{soak.seed}:faults")
        self.recovered: dict[str, list[float]] = defaultdict(list)
        self.skipped: list[str] = []
        self.broken: list[str] = []
        self.plan = [kind for kind, times in OFTEN.items() for _ in range(times[quick])]
        self.rng.shuffle(self.plan)
        if soak.world.cluster is None:
            self.plan = [kind for kind in self.plan if not kind.startswith("PostgreSQL")]

    def run(self) -> None:
        for number, kind in enumerate(self.plan):
            try:
                self.soak.until(0.08 + 0.82 * number / len(self.plan))
                took = self._do(kind)
            except StoppedError:
                return
            except Exception as error:  # noqa: BLE001 - told at the end
                self.broken.append(f"{kind}: {type(error).__name__}: {error}"[:600])
                continue
            if took is None:
                self.skipped.append(kind)
            else:
                self.recovered[kind].append(round(took, 1))

    def _do(self, kind: str) -> float | None:
        if kind.startswith("PostgreSQL"):
            return self.database(kind.rpartition(" ")[2])
        steps: dict[str, Callable[[], float | None]] = {
            "hub": self.hub,
            "proxy": self.proxy,
            "single-user server": self.server,
            "kernel": self.kernel,
            "formgrader service": self.formgrader,
            "grading process": self.grading,
            "full disk on the exchange": self.disk,
        }
        return steps[kind]()

    def hub(self) -> float:
        """Kill the hub; start it again, as systemd would."""
        world = self.soak.world
        world.kill_hub()
        began = time.monotonic()
        time.sleep(self.rng.uniform(0.5, 3))
        for attempt in range(3):
            try:
                world.start()
                break
            except RuntimeError:
                # Restart=always tries again, too.
                self.broken.append(f"the hub did not start at attempt {attempt + 1}")
                if attempt == 2:
                    raise
        return time.monotonic() - began

    def proxy(self) -> float:
        """Kill the proxy; the hub starts it again."""
        process = self.soak.world.proxy_process
        os.kill(process, signal.SIGKILL)
        began = time.monotonic()
        self.soak.world.wait_until_up(90)
        return time.monotonic() - began

    def server(self) -> float | None:
        """Kill a single-user server; its owner starts it again."""
        running = [each for each in self.served if each.server()]
        if not running:
            return None
        who = self.rng.choice(running)
        who.kill_server()
        began = time.monotonic()
        probe = Served(self.soak, who.name)
        wait_for(lambda: _works(probe.up), 180, f"{who.name}'s server")
        return time.monotonic() - began

    def kernel(self) -> float | None:
        """Kill a kernel; the server starts another."""
        having = [each for each in self.served if isinstance(each, Reader) and each.kernels()]
        if not having:
            return None
        who = self.rng.choice(having)
        before = who.kernels()
        process = self.rng.choice(before)
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        began = time.monotonic()

        def another() -> bool:
            return bool(set(who.kernels()) - set(before))

        wait_for(another, 60, f"another kernel of {who.name}")
        return time.monotonic() - began

    def formgrader(self) -> float | None:
        """Kill the class's service; the hub starts it again."""
        world = self.soak.world
        found = formgraders(self.soak)
        if not found:
            return None
        for process in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        began = time.monotonic()

        def answers() -> bool:
            page = requests.get(
                f"http://127.0.0.1:{world.course.port}/services/{COURSE}/api", timeout=5
            )
            return page.status_code == 200

        wait_for(answers, 120, "the formgrader")
        return time.monotonic() - began

    def database(self, step: str) -> float | None:
        """Kill PostgreSQL in the middle of grading; start it again."""
        cluster = self.soak.world.cluster
        assert cluster is not None
        if not self._connected(step):
            return None
        cluster.kill()
        began = time.monotonic()
        time.sleep(self.rng.uniform(0.5, 2))
        cluster.start()
        return time.monotonic() - began

    def _connected(self, step: str, patience_s: float = 60) -> bool:
        """Wait until a step of grading has just begun to talk to PostgreSQL."""
        deadline = time.monotonic() + patience_s
        since, before = self.grader.since, self._backends()
        while time.monotonic() < deadline and not self.grader.enough.is_set():
            if self.grader.since != since or self.grader.step != step:
                # Another step has begun: who is there now does not belong to it.
                since, before = self.grader.since, self._backends()
            elif self._backends() - before:
                time.sleep(self.rng.uniform(0.0, 0.3))
                return True
            time.sleep(0.02)
        return False

    def _backends(self) -> set[int]:
        """Return PostgreSQL's processes that serve somebody."""
        cluster = self.soak.world.cluster
        main = cluster.process() if cluster else None
        if main is None:
            return set()
        found = set()
        for process, _, line in measure.processes():
            with contextlib.suppress(OSError):
                # While it starts it still has the command line of the main process.
                if "[local]" in line and measure.parent(process) == main:
                    found.add(process)
        return found

    def grading(self) -> float | None:
        """Kill what collects or grades; it is run again."""
        step = self.rng.choice(["collect", "regrade"])
        if not self.grader.during(step) or not self.grader.kill():
            return None
        began, rounds = time.monotonic(), self.grader.rounds
        wait_for(lambda: self.grader.rounds > rounds, 120, "the next whole grading")
        return time.monotonic() - began

    def disk(self) -> float:
        """Fill the exchange's disk for some seconds while people hand in."""
        junk = self.soak.world.settings.exchange / "junk"
        try:
            fill(junk)
            self.soak.over.wait(self.rng.uniform(6, 10))
        finally:
            junk.unlink(missing_ok=True)
        return 0.0


def fill(junk: Path) -> None:
    """Write until there is no room left, not for a single byte."""
    piece = bytes(1 << 20)
    with junk.open("wb", buffering=0) as file:
        while piece:
            try:
                written = file.write(piece)
            except OSError:
                written = 0
            if written < len(piece):
                piece = piece[: len(piece) // 2]


def formgraders(soak: Soak) -> list[int]:
    """Return the processes of the class's service."""
    import pwd

    uid = pwd.getpwnam(soak.world.grader).pw_uid
    return measure.of(uid, "jupyterhub.singleuser", "trd.hub.formgrader")


def _works(step: Callable[[], object]) -> bool:
    try:
        step()
    except (requests.RequestException, OSError, RuntimeError, TimeoutError):
        return False
    return True
