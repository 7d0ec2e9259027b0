"""A hospital for each file of tests: a hub, two classes, people with accounts and a browser."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Error, Page, sync_playwright
from world import PASSWORD, Person, World

from trd.hub.cluster import programs
from trd.hub.settings import CourseClass

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
OTHER = "neuro"


def _as_in(path: Path) -> Any:
    """Load a conftest that lies elsewhere, for its Chromium."""
    spec = importlib.util.spec_from_file_location("browser_tests", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


browser_tests = _as_in(ROOT / "tests" / "browser" / "conftest.py")


def _missing() -> str:
    """Say what this machine has not, or nothing."""
    lacks = []
    if os.geteuid() != 0:
        lacks.append("root (accounts are made)")
    if shutil.which("npm") is None:
        lacks.append("npm (the hub's proxy)")
    if programs() is None:
        lacks.append("PostgreSQL (the gradebook)")
    return f"the hub's tests need {', '.join(lacks)}" if lacks else ""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reason = _missing()
    if reason:
        for item in items:
            if HERE in item.path.parents:
                item.add_marker(pytest.mark.skip(reason=reason))


class Clinic:
    """The hospital with the names of its people.

    Attributes
    ----------
    world : World
        The running hub and its accounts.
    anna, bert, cleo, dora : str
        Trainees of the first class.
    emil : str
        Trainee of the other one.
    ines, tom : str
        Instructors of the first class.
    uta : str
        Instructor of the other one.
    """

    def __init__(self, world: World, names: dict[str, str]) -> None:
        self.world = world
        self.names = names
        self._people: dict[str, Person] = {}

    def __getattr__(self, name: str) -> str:
        try:
            return self.__dict__["names"][name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def course(self) -> CourseClass:
        """The first class."""
        return self.world.course

    @property
    def other(self) -> CourseClass:
        """The other class."""
        return self.world.settings.course[1]

    @property
    def exchange(self) -> Path:
        """The first class's folder in the exchange."""
        return self.world.settings.exchange / self.course.id

    def person(self, name: str) -> Person:
        """Somebody who has logged in; the same browser each time."""
        if name not in self._people:
            someone = self.world.person(name)
            answer = someone.log_in()
            assert answer.url.endswith("/hub/home"), (name, answer.url, answer.text[:500])
            self._people[name] = someone
        return self._people[name]

    def at_work(self, *names: str) -> list[Person]:
        """These people with their servers running; all start at once."""
        people = [self.person(name) for name in names]
        for each in people:
            each.call("POST", f"/hub/api/users/{each.name}/server")
        for each in people:
            each.start_server()
        return people

    def desk(self, name: str, assignment: str) -> Path:
        """Where somebody's fetched cases lie."""
        return self.world.home_of(name) / "trd/trainee/cases" / self.course.id / assignment

    def nbgrader(self, name: str, action: str, assignment: str) -> dict:
        """Press a button of the Assignments list: fetch, submit, fetch_feedback."""
        answer = self.person(name).call(
            "POST",
            f"/user/{name}/assignments/{action}",
            data={"course_id": self.course.id, "assignment_id": assignment},
        )
        assert answer.status_code == 200, (answer.status_code, answer.text)
        return answer.json()

    def formgrader(self, name: str, method: str, path: str, course: str = "", **more: Any):
        """Ask something of the class's formgrader, as its pages do."""
        someone = self.person(name)
        service = f"/services/{course or self.course.id}/"
        if not any(cookie.path == service for cookie in someone.http.cookies):
            # On the way to a page the class learns from the hub who this is.
            someone.get(f"{service}formgrader")
        return someone.call(method, f"{service}formgrader/api/{path}", **more)

    def does(self, name: str, action: str) -> dict:
        """Let an instructor do something in formgrader, and insist that it succeeds."""
        answer = self.formgrader(name, "POST", action)
        assert answer.status_code == 200, (action, answer.status_code, answer.text[-2000:])
        done = answer.json()
        assert done["success"], done.get("error") or done.get("log")
        return done

    def answer(self, name: str, assignment: str, answers: dict[str, dict], words: str = "") -> None:
        """Record answers as the course's pages do, under the person's own account."""
        script = (
            "import json, sys\n"
            "from trd.quiz.answers import AnswerLog\n"
            "log = AnswerLog('answers.jsonl')\n"
            "for page, items in json.load(sys.stdin).items():\n"
            "    for item, answer in items.items():\n"
            "        log.record(page, item, answer, 'certain')\n"
        )
        self.run(name, script, self.desk(name, assignment), json.dumps(answers))
        if words:
            self._write(name, assignment, words)

    def _write(self, name: str, assignment: str, words: str) -> None:
        someone = self.person(name)
        folder = f"/user/{name}/api/contents/cases/{self.course.id}/{assignment}"
        for page in someone.call("GET", folder).json()["content"]:
            if page["type"] != "notebook":
                continue
            model = someone.call("GET", f"{folder}/{page['name']}").json()
            for cell in model["content"]["cells"]:
                marks = cell["metadata"].get("nbgrader", {})
                if marks.get("solution") and cell["cell_type"] == "markdown":
                    cell["source"] = words
            model = {"type": "notebook", "content": model["content"]}
            saved = someone.call("PUT", f"{folder}/{page['name']}", json=model)
            assert saved.status_code == 200, saved.text

    def run(self, name: str, script: str, folder: Path | str = "/", typed: str = "") -> str:
        """Run Python under somebody's account; fail when it fails."""
        done = self.attempt(name, [self.world.python, "-c", script], folder, typed)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def attempt(
        self,
        name: str,
        command: list[str],
        folder: Path | str = "/",
        typed: str = "",
        **environment: str,
    ) -> subprocess.CompletedProcess:
        """Run a command under somebody's account and tell how it went."""
        home = self.world.home_of(name)
        known = {"HOME": str(home), "PATH": self.world.environment["PATH"], "USER": name}
        if self.world.cluster:
            known |= self.world.cluster.environment
        return subprocess.run(
            command,
            input=typed,
            cwd=folder,
            env={**known, **environment},
            user=name,
            group=name,
            extra_groups=[],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=120,
        )


def _release(clinic: Clinic, *assignments: str) -> None:
    for assignment in assignments:
        clinic.does(clinic.ines, f"assignment/{assignment}/assign")
        clinic.does(clinic.ines, f"assignment/{assignment}/release")


@pytest.fixture(scope="module")
def clinic() -> Iterator[Clinic]:
    """A hospital with two classes, its hub running, two assignments handed out in the first."""
    # A name of its own for each run: one that was cut off leaves its accounts behind.
    tag = f"trdt-e{secrets.token_hex(2)}"
    known = ("anna", "bert", "cleo", "dora", "emil", "ines", "tom", "uta", "grader", "neuro")
    names = {name: f"{tag}-{name}" for name in known}
    home = Path("/home") / names["neuro"]
    other = {
        "id": OTHER,
        "grader": names["neuro"],
        "folder": str(home / "course"),
        "state": str(home / "state"),
        "instructors": [names["uta"]],
        "trainees": [names["emil"]],
    }
    world = World(
        [names[name] for name in ("anna", "bert", "cleo", "dora")],
        [names["ines"], names["tom"]],
        grader=names["grader"],
        more_classes=(other,),
    )
    found = Clinic(world, names)
    try:
        world.build().start()
        _release(found, "01-definitions", "02-mechanism")
        yield found
    finally:
        if world.log.exists() and os.environ.get("TRD_KEEP_LOG"):
            shutil.copy(world.log, os.environ["TRD_KEEP_LOG"])
        world.remove()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=browser_tests.chromium(), args=browser_tests.FLAGS
        )
        yield running
        running.close()


class Screens:
    """A browser of their own for everybody."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._url = url
        self._open: dict[str, Page] = {}

    def page(self, name: str) -> Page:
        """This person's tab."""
        if name not in self._open:
            context = self._browser.new_context(viewport={"width": 1280, "height": 800})
            context.set_default_timeout(browser_tests.PATIENCE_MS)
            self._open[name] = context.new_page()
        return self._open[name]

    def log_in(self, name: str, path: str = "/") -> Page:
        """Type name and password into the hub's form, on the way to a page."""
        page = self.page(name)
        page.goto(self._url + path)
        page.get_by_label("Username").fill(name)
        page.get_by_label("Password").first.fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        return page

    def everywhere(self) -> list[tuple[str, Page]]:
        return [(name, each) for name, page in self._open.items() for each in page.context.pages]

    def close(self) -> None:
        for page in self._open.values():
            page.context.close()
        self._open.clear()


@pytest.fixture(scope="module")
def screens(clinic: Clinic, browser: Browser) -> Iterator[Screens]:
    found = Screens(browser, clinic.world.url)
    yield found
    found.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Show what a failing test had on its screens, and what the hub said last."""
    report = yield
    if not report.failed:
        return report
    used = getattr(item, "funcargs", {})
    folder = Path(os.environ.get("TRD_PICTURES", "/tmp"))
    if used.get("screens") is not None:
        for number, (name, page) in enumerate(used["screens"].everywhere()):
            picture = folder / f"{item.name}-{name}-{number}.png"
            with contextlib.suppress(Error):
                page.screenshot(path=picture)
                words = page.inner_text("body")[:1500]
                report.sections.append((f"the screen of {name}", f"{picture}\n{page.url}\n{words}"))
    if used.get("clinic") is not None:
        log = used["clinic"].world.log.read_text(errors="replace")
        report.sections.append(("the hub", log[-3000:]))
    return report


def keep(page: Page, name: str) -> None:
    """Leave pictures behind where somebody wants to look at them: wide, and as on a telephone."""
    if not os.environ.get("TRD_PICTURES"):
        return
    usual = page.viewport_size
    for width in (1280, 420):
        page.set_viewport_size({"width": width, "height": 800})
        # A picture is for the eye; Lab moves its panels a moment after the window.
        page.wait_for_timeout(600)
        page.screenshot(path=Path(os.environ["TRD_PICTURES"]) / f"{name}-{width}.png")
    page.set_viewport_size(usual)


def refused(answer: requests.Response) -> bool:
    """Whether a server said no, or sent to the log-in page or the hub's question instead."""
    return answer.status_code in (401, 403, 404, 405) or "/hub/login" in answer.url
