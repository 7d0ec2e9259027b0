"""The trainees of the run, each a thread of the driver with a plan of its own."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import random
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from world import COURSE, Person, World

from soaking import measure
from soaking.ledger import Ledger
from soaking.page import Page, PageError
from trd.quiz import scoring
from trd.quiz.items import Item

ASSIGNMENT = "01-definitions"
CONFIDENCE = (None, "guess", "fairly-sure", "certain")
#: What goes wrong while something is being killed, and is tried again by a person.
TROUBLE = (requests.RequestException, OSError, RuntimeError, TimeoutError, ValueError)


class StoppedError(Exception):
    """The run has been broken off."""


@dataclass
class Soak:
    """What all threads share."""

    world: World
    ledger: Ledger
    seed: int
    window_s: float
    #: Items with their keys, by page; trainees' servers have them without.
    items: dict[str, list[Item]]
    socket: Path
    #: Errands at the same time.
    desks: threading.Semaphore
    began: float = 0.0
    over: threading.Event = field(default_factory=threading.Event)
    #: Set when the run is broken off: everybody leaves at their next step.
    stopped: threading.Event = field(default_factory=threading.Event)
    took: dict[str, list[float]] = field(default_factory=dict)
    troubles: Counter[str] = field(default_factory=Counter)
    killed: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    def note(self, what: str, seconds: float) -> None:
        """Keep how long something took."""
        self.took.setdefault(what, []).append(seconds)

    def until(self, share: float) -> None:
        """Wait until a share of the run is over."""
        self.over.wait(max(0.0, self.began + share * self.window_s - time.monotonic()))
        self.go_on()

    def go_on(self) -> None:
        """Raise when the run has been broken off."""
        if self.stopped.is_set():
            raise StoppedError


def chosen(rng: random.Random, item: Item) -> Any:
    """Make up an answer that an item can have; four in ten are the right one."""
    assert item.secret is not None
    if rng.random() < 0.4:
        return item.secret.key
    options = list(item.options)
    if item.kind == "single_best":
        return rng.choice(options)
    if item.kind == "multiple_response":
        return rng.sample(options, rng.randint(1, len(options)))
    if item.kind == "ordering":
        return rng.sample(options, len(options))
    if item.kind == "matching":
        return {prompt: rng.choice(options) for prompt in item.prompts if rng.random() < 0.95}
    low, high = max(item.minimum, -1000), min(item.maximum, 1000)
    return str(round(rng.uniform(low, high), 1))


class Errand:
    """One thing that a trainee without a browser does, in a process of its own."""

    def __init__(self, soak: Soak, who: str, do: str, told: dict[str, str], **more: Any) -> None:
        self._line = socket.socket(socket.AF_UNIX)
        self._line.settimeout(180)
        self._line.connect(str(soak.socket))
        self._file = self._line.makefile("rw", encoding="utf-8")
        whole = {"who": who, "do": do, "told": told, "course": COURSE, "assignment": ASSIGNMENT}
        self._say({**whole, **more})
        here = json.loads(self._file.readline())
        self._handle = os.pidfd_open(here["process"])
        self._say({})

    def _say(self, words: dict[str, Any]) -> None:
        self._file.write(json.dumps(words) + "\n")
        self._file.flush()

    def kill(self) -> None:
        """Kill it; one that has ended is left alone."""
        with contextlib.suppress(ProcessLookupError, OSError):
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def words(self) -> Iterator[dict[str, Any]]:
        """Hear what it says until it ends."""
        try:
            for line in self._file:
                if line.endswith("\n"):
                    yield json.loads(line)
        except OSError:
            return
        finally:
            with contextlib.suppress(OSError):
                self._file.close()
                self._line.close()
                os.close(self._handle)


class Trainee(threading.Thread):
    """Somebody without a server: answers through the answer log, hands in through the exchange.

    This is kind (b); who has a server is of kind (a).
    """

    kind = "b"

    def __init__(self, soak: Soak, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self.soak = soak
        # Names differ from run to run; the number at their end does not.
        self.rng = random.Random(f"{soak.seed}:{name.rpartition('-')[2]}")
        self.person: Person = soak.world.person(name)
        self.told: dict[str, str] = {}
        self.done = False

    # --- the plan -----------------------------------------------------------------------

    def run(self) -> None:
        try:
            self.live()
            self.done = True
        except Exception as error:  # noqa: BLE001 - told at the end; the others go on
            self.soak.broken.append(f"{self.name}: {type(error).__name__}: {error}"[:600])

    def live(self) -> None:
        """Come, fetch, answer in up to three sittings, hand in after each."""
        rng = self.rng
        arrival = rng.uniform(0.0, 0.3)
        second = rng.uniform(arrival + 0.1, 0.7)
        third = rng.uniform(second + 0.05, 0.97)
        first, rest, changed = self.plan()
        self.soak.until(arrival)
        self.again("log-in", self.come)
        self.again("fetch", self.fetch)
        self.sit(first)
        if rng.random() < 0.6:
            self.hand_in()
        self.soak.until(second)
        self.sit(rest)
        self.hand_in()
        self.soak.until(third)
        if changed:
            self.sit(changed)
            self.hand_in()

    def plan(self) -> list[list[tuple[str, Item]]]:
        """Return what is answered in each sitting."""
        rng = self.rng
        asked = [(page, item) for page, items in self.soak.items.items() for item in items]
        rng.shuffle(asked)
        half = len(asked) // 2
        changes = rng.sample(asked, rng.randint(1, 4)) if rng.random() < 0.7 else []
        return [asked[:half], asked[half:] + rng.sample(asked[:half], 2), changes]

    def again(self, what: str, step: Callable[[], object], patience_s: float = 240) -> None:
        """Do something as often as it takes; people try again."""
        deadline = time.monotonic() + patience_s
        while True:
            self.soak.go_on()
            try:
                step()
                return
            except TROUBLE as error:
                self.soak.troubles[f"{what}: {_short(error)}"] += 1
                if time.monotonic() > deadline:
                    raise
                time.sleep(self.rng.uniform(0.5, 2.0))

    # --- the steps ----------------------------------------------------------------------

    def come(self) -> None:
        """Log in at the hub and take a token from it, as one's server would have one."""
        world = self.soak.world
        began = time.monotonic()
        if not self.told:
            self.log_in()
            answer = self.person.call("POST", f"/hub/api/users/{self.name}/tokens", json={})
            if answer.status_code != 201:
                raise RuntimeError(f"no token: {answer.status_code} {answer.text[:100]}")
            self.told = {
                "JUPYTERHUB_API_TOKEN": answer.json()["token"],
                "JUPYTERHUB_API_URL": f"http://127.0.0.1:{world.settings.hub.api_port}/hub/api",
                "TRD_EXCHANGE": str(world.settings.exchange),
            }
            self.soak.note("log-in", time.monotonic() - began)
        self.errand("prepare")

    def log_in(self) -> None:
        self.person.http.cookies.clear()
        answer = self.person.log_in()
        if answer.status_code != 200 or "/hub/home" not in answer.url:
            raise RuntimeError(f"log-in: {answer.status_code} {answer.url}")

    def fetch(self) -> None:
        self.errand("fetch")

    def errand(self, do: str, **more: Any) -> dict[str, Any]:
        """Run an errand to its end; raise when it was refused or killed."""
        with self.soak.desks:
            for said in Errand(self.soak, self.name, do, self.told, **more).words():
                if said["what"] == "done":
                    return said
                if said["what"] == "refused":
                    raise RuntimeError(said["why"])
        raise RuntimeError("it ended without a word")

    def sit(self, asked: list[tuple[str, Item]]) -> None:
        """Answer; what was not acknowledged is answered once more."""
        made = []
        for page, item in asked:
            raw = chosen(self.rng, item)
            confidence = self.rng.choice(CONFIDENCE) if item.confidence else None
            made.append((page, item, raw, confidence))
        self.give(made)

    def give(self, made: list[tuple[str, Item, Any, str | None]]) -> None:
        left = [
            [page, item.id, scoring.clean(item, raw), confidence]
            for page, item, raw, confidence in made
        ]
        kill_after = self.rng.uniform(0.02, 0.8) if self.rng.random() < 0.12 else None
        while left:
            self.soak.go_on()
            kept, killed = self._sitting(left, kill_after)
            if not kept and not killed:
                time.sleep(1)
            left, kill_after = left[kept:], None

    def _sitting(self, left: list[Any], kill_after: float | None) -> tuple[int, bool]:
        """Give answers until the end or until killed; return how many were acknowledged."""
        kept, ended = 0, False
        with self.soak.desks:
            pause = self.rng.uniform(0.02, 0.15)
            errand = Errand(self.soak, self.name, "answer", self.told, answers=left, pause=pause)
            timer = _soon(kill_after, errand.kill)
            for said in errand.words():
                what = said.pop("what")
                if what in ("trying", "kept"):
                    took = said.pop("took", None)
                    self.soak.ledger.add(self.name, what, **said)
                    if took is not None:
                        kept += 1
                        self.soak.note("save", took)
                elif what == "refused":
                    self.soak.troubles[f"answer: {said['why'][:90]}"] += 1
                ended = ended or what in ("done", "refused")
            timer.cancel()
        if not ended:
            self.soak.killed["trainee while answering"] += 1
        return kept, not ended

    # --- handing in ---------------------------------------------------------------------

    def hand_in(self) -> None:
        """Hand in as often as it takes."""
        kill_after = self.rng.uniform(0.0, 0.25) if self.rng.random() < 0.18 else None
        deadline = time.monotonic() + 300
        while True:
            self.soak.go_on()
            ledger = self.soak.ledger
            before, since = ledger.kept(self.name), time.time()
            ledger.add(self.name, "handing")
            try:
                began = time.monotonic()
                stamp = self.submit(kill_after)
            except TROUBLE as error:
                self.soak.troubles[f"hand-in ({self.kind}): {_short(error)}"] += 1
                if time.monotonic() > deadline:
                    raise
                kill_after = None
                time.sleep(self.rng.uniform(0.5, 3.0))
                continue
            self.soak.note(f"submit {self.kind}", time.monotonic() - began)
            ledger.add(self.name, "handed", stamp=stamp, before=before, since=since)
            return

    def submit(self, kill_after: float | None) -> str:
        """Hand in once; return the time that names it."""
        with self.soak.desks:
            errand = Errand(self.soak, self.name, "submit", self.told)
            timer: Any = None
            for said in errand.words():
                if said["what"] == "begun":
                    timer = _soon(kill_after, errand.kill)
                elif said["what"] == "refused":
                    raise RuntimeError(said["why"])
                elif said["what"] == "done":
                    if timer:
                        timer.cancel()
                    self.soak.note("submit b, the step alone", said["took"])
                    return str(said["stamp"])
        self.soak.killed["trainee while handing in"] += 1
        raise RuntimeError("killed")

    def feedback(self) -> dict[str, str]:
        """Fetch the feedback; return its pages."""
        return self.errand("feedback")["pages"]


class Served(Trainee):
    """Somebody with a real server, who fetches and hands in through it; kind (a)."""

    kind = "a"

    def __init__(self, soak: Soak, name: str) -> None:
        super().__init__(soak, name)
        self.home = f"/user/{name}"
        self.uid = pwd.getpwnam(name).pw_uid

    def server(self) -> list[int]:
        return measure.of(self.uid, "jupyterhub.singleuser", "trd.hub.singleuser")

    def kernels(self) -> list[int]:
        return measure.of(self.uid, "ipykernel_launcher")

    def up(self) -> None:
        """Log in and start the server, unless it answers."""
        with contextlib.suppress(requests.RequestException):
            if self.person.get(f"{self.home}/api/status").status_code == 200:
                return
        self.log_in()
        began = time.monotonic()
        while True:
            self.soak.go_on()
            try:
                # Until the hub has noticed that a server was killed it starts no other; whoever
                # meets its page with the button presses it again.
                self.person.start_server(15)
                break
            except TROUBLE:
                if time.monotonic() - began > 150:
                    raise
                time.sleep(1)
        if time.monotonic() - began > 2:
            self.soak.note("server start", time.monotonic() - began)

    def come(self) -> None:
        super().come()
        self.up()

    def fetch(self) -> None:
        if not self.folder.exists():
            self.up()
            self._ask("fetch")
            if not self.folder.exists():
                raise RuntimeError("not fetched")

    @property
    def folder(self) -> Path:
        return Path(pwd.getpwnam(self.name).pw_dir) / "trd/trainee/cases" / COURSE / ASSIGNMENT

    def _ask(self, what: str) -> list[dict[str, Any]]:
        answer = self.person.call(
            "POST",
            f"{self.home}/assignments/{what}",
            data={"course_id": COURSE, "assignment_id": ASSIGNMENT},
        )
        if answer.status_code == 403:
            # The page's key is of a server that was killed while it was given: load the page anew.
            self.person.get(f"{self.home}/lab")
        if answer.status_code != 200:
            raise RuntimeError(f"{what}: {answer.status_code}")
        said = answer.json()
        if not said["success"]:
            raise RuntimeError(str(said["value"]).strip())
        return said["value"]

    def submit(self, kill_after: float | None) -> str:
        self.up()
        timer = _soon(kill_after, self.kill_server)
        began = time.monotonic()
        try:
            listed = self._ask("submit")
            self.soak.note("submit a, the request alone", time.monotonic() - began)
        except TROUBLE:
            if kill_after is not None:
                self.soak.killed["single-user server during a hand-in"] += 1
            raise
        finally:
            timer.cancel()
        mine = [each for each in listed if each["assignment_id"] == ASSIGNMENT]
        stamps = [one["timestamp"] for each in mine for one in each.get("submissions") or []]
        if not stamps:
            # It was acknowledged; what is missing is found at the end.
            return ""
        return str(max(stamps))

    def kill_server(self) -> None:
        for process in self.server():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def feedback(self) -> dict[str, str]:
        self.up()
        self._ask("fetch_feedback")
        found = sorted((self.folder / "feedback").glob("*/*.html"))
        return {str(path): path.read_text(encoding="utf-8") for path in found}


class Reader(Served):
    """One of kind (a) who also has the page open in a kernel and answers on it."""

    def give(self, made: list[tuple[str, Item, Any, str | None]]) -> None:
        by_page: dict[str, list[tuple[Item, Any, str | None]]] = {}
        for page, item, raw, confidence in made:
            by_page.setdefault(page, []).append((item, raw, confidence))
        for page, answers in by_page.items():
            self.again("page", lambda page=page, left=answers: self._read(page, left))

    def _read(self, name: str, left: list[tuple[Item, Any, str | None]]) -> None:
        """Open a page and answer; take off the list what was acknowledged."""
        self.up()
        page = Page(self.person, f"cases/{COURSE}/{ASSIGNMENT}/{name}.ipynb")
        try:
            page.run()
            while left:
                item, raw, confidence = left[0]
                time.sleep(self.rng.uniform(0.2, 1.5))
                clean = scoring.clean(item, raw)
                what = {"notebook": name, "item": item.id, "answer": clean}
                self.soak.ledger.add(self.name, "trying", **what)
                began = time.monotonic()
                page.answer(item.id, raw, confidence)
                self.soak.note("save on a page", time.monotonic() - began)
                self.soak.ledger.add(self.name, "kept", **what, page=True)
                left.pop(0)
        except PageError:
            page.close()
            raise
        page.close()


def _soon(seconds: float | None, do: Callable[[], None]) -> threading.Timer:
    timer = threading.Timer(seconds or 0, do)
    timer.daemon = True
    if seconds is not None:
        timer.start()
    return timer


def _short(error: BaseException) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    told = next((line for line in lines if "Nothing was handed in" in line), lines[-1])
    return told.split("(/")[0].split("(host=")[0].split("0x")[0].strip()[:110]
