"""A real JupyterLab in trainee mode and a real Chromium."""

from __future__ import annotations

import contextlib
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]

FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Other work on the same cores can slow a page down a lot; patience costs nothing otherwise.
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)


class Lab:
    """One running course.

    Attributes
    ----------
    home : pathlib.Path
        Its state folder.
    url : str
        The address printed for the reader.
    """

    def __init__(self, home: Path, mode: str = "trainee", path: Path | None = None) -> None:
        self.home = home
        environment = {
            **os.environ,
            "TRD_DATA": str(home / "progress"),
            "PYTHONPATH": os.pathsep.join([str(path)] if path else []),
        }
        environment.pop("TRD_HOME", None)
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "trd.lab",
                mode,
                "--no-browser",
                "--home",
                str(home),
                "--",
                "--LabApp.expose_app_in_browser=True",
                *(["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
            ],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self.printed: list[str] = []
        threading.Thread(target=self._listen, daemon=True).start()
        self.url = self._wait_for_url()
        self.origin, self.token = re.match(r"(http://[^/]+)/.*token=(\w+)", self.url).groups()

    def _listen(self) -> None:
        for line in self._process.stdout:
            self._lines.put(line)

    def _wait_for_url(self, patience_s: float = 120) -> str:
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            try:
                line = self._lines.get(timeout=1)
            except queue.Empty:
                if self._process.poll() is not None:
                    break
                continue
            self.printed.append(line)
            found = re.search(r"http://127\.0\.0\.1:\S+", line)
            if found:
                return found[0]
        self.stop()
        raise RuntimeError("the course did not start:\n" + "".join(self.printed))

    def page_url(self, path: str) -> str:
        return f"{self.origin}/lab/tree/{path}?token={self.token}"

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()


def chromium() -> str:
    named = os.environ.get("TRD_CHROMIUM")
    for name in filter(None, [named, "chromium", "chromium-browser", "google-chrome"]):
        found = shutil.which(name)
        if found:
            return found
    raise RuntimeError("No Chromium: run “python -m trd.lab browser”, or set TRD_CHROMIUM.")


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield running
        running.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Show what a failing test had on the screen."""
    report = yield
    page = getattr(item, "funcargs", {}).get("screen")
    if report.failed and page is not None:
        picture = item.funcargs["tmp_path"] / "screen.png"
        with contextlib.suppress(Error):
            page.screenshot(path=picture)
            report.sections.append(("the screen", f"{picture}\n{page.inner_text('body')[:4000]}"))
    return report


@pytest.fixture
def screen(browser, tmp_path):
    """A page of the usual size; what it logs as an error is kept on it."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.outside = []
    page.on("request", lambda request: _note_outside(page, request.url))
    yield page
    context.close()


def _note_outside(page: Page, url: str) -> None:
    if not url.startswith(("http://127.0.0.1", "data:", "blob:", "ws://127.0.0.1", "about:")):
        page.outside.append(url)


# While a page starts, its kernel may say it is idle when it is not: widgets have a thread of
# their own. So every cell must have run as well.
SETTLED = """() => {
  const page = window.jupyterapp?.shell.currentWidget;
  if (page?.sessionContext?.session?.kernel?.status !== 'idle') return false;
  const code = page.content.widgets.filter(cell => cell.model.type === 'code');
  return code.every(cell => cell.model.executionState === 'idle' && cell.model.executionCount);
}"""


@pytest.fixture
def settled(screen):
    """Return a function that waits until the page has done everything it was asked for.

    While it is busy the browser holds the last movement of a control back, and a button pressed
    meanwhile overtakes it. While the page starts, Lab fetches every widget's state once more, and
    a control that was moved a moment ago goes back until the kernel has heard of it.
    """

    def wait() -> None:
        screen.wait_for_function(SETTLED, timeout=180_000)

    return wait


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The course as a trainee meets it, in a folder whose name holds spaces."""
    running = Lab(tmp_path_factory.mktemp("a home with spaces"), path=ROOT / "tests" / "fixtures")
    yield running
    running.stop()


@pytest.fixture(scope="session")
def axe():
    """Return a function that runs axe-core on part of a page and gives its violations."""
    import axe_playwright_python

    source = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()

    def run(page: Page, selector: str) -> list[str]:
        page.evaluate(source)
        result = page.evaluate(
            """async (selector) => (await axe.run({include: [[selector]]}, {runOnly:
               ['wcag2a', 'wcag2aa', 'wcag21aa']})).violations.map(
               (v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(' | ')}`)""",
            selector,
        )
        return result

    return run
