"""Starting a page again lets go of the widgets of the run before."""

import asyncio
import importlib
from concurrent.futures import ThreadPoolExecutor

import ipywidgets
import pytest
from ipywidgets.widgets import widget as registry

# The package offers a function of the same name.
starting = importlib.import_module("trd.quiz.start")


@pytest.fixture
def soon(monkeypatch):
    monkeypatch.setattr(starting, "_RETIRE_S", 0.01)
    yield
    starting._made.clear()
    ipywidgets.Widget.on_widget_constructed(None)


def in_a_kernel(work):
    """Run a coroutine in a loop of its own, whatever else runs in the thread of the tests."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(work())).result()


def test_widgets_of_the_run_before_are_closed_and_those_of_this_one_are_not(page, soon):
    page("case-a")

    async def work():
        starting.start("case-a")
        old = ipywidgets.HTML("old")
        starting.start("case-a")
        new = ipywidgets.HTML("new")
        # The page is drawn anew first; then the old ones go.
        assert old.model_id in registry._instances
        await asyncio.sleep(0.05)
        return old.comm, new.comm

    old, new = in_a_kernel(work)
    assert old is None
    assert new is not None


def test_however_often_a_page_is_started_the_number_of_widgets_stays(page, soon):
    page("case-a")

    async def work():
        counts = []
        for _ in range(4):
            starting.start("case-a")
            for _ in range(10):
                ipywidgets.HTML("a panel")
            await asyncio.sleep(0.05)
            counts.append(len(registry._instances))
        return counts

    counts = in_a_kernel(work)
    assert counts[-1] == counts[1]
