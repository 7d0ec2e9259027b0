"""The newcomer's whole path, as a person walks it who has never seen Jupyter."""

import contextlib
import json
import re
from pathlib import Path

import pytest
from leaks import scan_folder, secrets
from playwright.sync_api import TimeoutError, expect

from trd.quiz.masters import is_free_text, items_in, read_notebook, source_of

ROOT = Path(__file__).resolve().parents[2]
LETTER = "The venlafaxine trial counts; the others do not yet, because dose and time fell short."

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def _shown(page, selector):
    """What is on the page in front; other pages stay open behind it."""
    return page.locator(selector).locator("visible=true")


def _ready(page):
    return _shown(page, ".trd-ready")


def _item(page, number):
    return _shown(page, ".trd-item").filter(has_text=f"Question {number} of ")


def test_first_page_to_lesson_to_self_check(lab, screen, settled, axe):
    # The address that was printed opens the front door, which starts by itself.
    screen.goto(lab.url)
    expect(screen.get_by_role("heading", name="Start here", exact=True)).to_be_visible()
    expect(_ready(screen)).to_be_visible()
    # Nothing of Jupyter's machinery is in the way.
    for words in ("Validate", "Formgrader", "Create Assignment", "Would you like to get notified"):
        expect(screen.get_by_text(words)).to_have_count(0)
    screen.locator(".jp-Notebook a", has_text="What is").first.click()

    expect(
        screen.get_by_role("heading", name="What is treatment-resistant depression?")
    ).to_be_visible()
    slider = screen.get_by_role("slider", name="Weeks").first
    expect(slider).to_be_visible()
    settled()
    # The title cannot be used to rename the page: a renamed case could not be marked.
    expect(screen.locator("#jp-title-panel-title input")).to_have_attribute("readonly", "")
    # No code is on the screen, and the reader is at the top of the page.
    assert screen.locator(".jp-CodeCell .jp-InputArea-editor:visible").count() == 0
    expect(
        screen.get_by_role("heading", name="What is treatment-resistant depression?")
    ).to_be_in_viewport()
    assert screen.get_by_text("Not yet clinically reviewed").locator("visible=true").count() >= 1

    panel = screen.locator(".trd-panel").filter(has=slider)
    words = panel.locator(".trd-words")
    before = words.inner_text()
    slider.focus()
    for _ in range(4):
        screen.keyboard.press("ArrowLeft")
    expect(words).not_to_have_text(before)

    check = _shown(screen, ".trd-item").first
    check.get_by_role("radio").first.check()
    check.get_by_role("button", name="Check my answer").click()
    expect(check.locator(".trd-verdict")).to_be_visible()
    options = check.locator(".trd-choices").first.get_by_role("radio").count()
    expect(check.locator(".trd-why li")).to_have_count(options)
    expect(check.locator(".trd-sources a").first).to_have_attribute("href", re.compile("^https://"))
    assert axe(screen, ".jp-Notebook :is(.jp-OutputArea, .jp-RenderedMarkdown)") == []
    assert screen.outside == []


def test_cases_are_fetched_answered_reloaded_and_handed_in(lab, screen, settled):
    screen.add_init_script(SLOWLY)
    screen.goto(lab.url)
    expect(_ready(screen)).to_be_visible()
    _assignments(screen)
    released = screen.locator("#released_assignments_list")
    row = released.locator(".list_item").filter(has_text="01-definitions").last
    row.get_by_role("button", name="Fetch").click()
    fetched = screen.locator("#fetched_assignments_list")
    expect(fetched.get_by_role("button", name="Submit")).to_be_visible()
    _no_columns_run_together(screen, fetched)
    desk = lab.home / "trainee" / "cases" / "01-definitions"
    # What lies on the trainee's desk, or anywhere in their root, holds no key.
    assert scan_folder(lab.home / "trainee", secrets(ROOT / "solutions")) == {}

    answered = 0
    for name in ("case-a", "case-b"):
        _open(screen, fetched, name)
        settled()
        items = items_in(desk / f"{name}.ipynb")
        for number, item in enumerate(items, start=1):
            _answer(_item(screen, number), item)
        answered += len(items)
        if any(is_free_text(cell) for cell in read_notebook(desk / f"{name}.ipynb")["cells"]):
            _write(screen, LETTER)
        # Every answer is back after the page is loaded anew.
        screen.reload()
        expect(_ready(screen)).to_contain_text(f"{len(items)} of {len(items)}")
        settled()
        for number in range(1, len(items) + 1):
            expect(_item(screen, number).locator(".trd-status")).to_contain_text("Saved")
        hand_in = _shown(screen, ".trd-handin")
        expect(hand_in).to_contain_text(f"{len(items)} of {len(items)}")
        _assignments(screen)

    log = [json.loads(line) for line in (desk / "answers.jsonl").read_text().splitlines()]
    assert len({(line["notebook"], line["item"]) for line in log}) == answered

    fetched.get_by_role("button", name="Submit").click()
    submitted = screen.locator("#submitted_assignments_list")
    expect(submitted.get_by_text("01-definitions").first).to_be_visible()
    (arrived,) = (lab.home / "exchange" / "trd" / "inbound").iterdir()
    assert (arrived / "answers.jsonl").read_bytes() == (desk / "answers.jsonl").read_bytes()
    texts = [
        source_of(cell)
        for path in arrived.glob("*.ipynb")
        for cell in read_notebook(path)["cells"]
        if is_free_text(cell)
    ]
    assert LETTER in texts
    # No widget that could never live again was saved into the notebooks.
    assert "widget-view" not in (arrived / "case-a.ipynb").read_text()


def _no_columns_run_together(page, listed):
    """On a telephone too, the name of an assignment and its button stand apart."""
    usual = page.viewport_size
    page.set_viewport_size({"width": 420, "height": 900})
    name = listed.locator(".item_name").first.bounding_box()
    button = listed.get_by_role("button", name="Submit").bounding_box()
    assert name["x"] + name["width"] + 8 <= button["x"]
    expect(listed.locator(".item_course").first).to_be_hidden()
    page.set_viewport_size(usual)


def _assignments(page):
    """Press *Assignments* in front, as a person does: again, if another page came meanwhile.

    Lab first shows the page it had open the last time, then the one the address names. A click
    keeps to the button it found first, and waits in vain once that page has gone behind; and on a
    busy machine it may be said to have failed although the list is there.
    """
    button = page.get_by_role("button", name="Assignments").locator("visible=true").first
    listed = page.locator("#fetched_assignments_list")
    for patience_ms in (2_000, 5_000, 10_000, 60_000):
        with contextlib.suppress(TimeoutError):
            button.click(timeout=patience_ms)
        if listed.is_visible():
            break
    expect(listed).to_be_visible()
    page.locator("#refresh_assignments_list").click()


def _open(page, fetched, name):
    # The cases of a fetched assignment are on the screen without unfolding anything.
    fetched.get_by_role("link", name=name, exact=True).click()
    expect(_ready(page)).to_be_visible()
    expect(_item(page, 1)).to_be_visible()


def _answer(card, item):
    card.scroll_into_view_if_needed()
    if item.kind == "single_best":
        card.locator(".trd-choices").first.get_by_role("radio").nth(1).check()
    elif item.kind == "multiple_response":
        card.get_by_role("checkbox").nth(0).check()
        card.get_by_role("checkbox").nth(2).check()
    elif item.kind == "numeric":
        card.get_by_role("textbox").fill(f"{item.minimum:g}")
        card.get_by_role("textbox").press("Enter")
    elif item.kind == "ordering":
        card.get_by_role("button", name="Move down").first.click()
    elif item.kind == "matching":
        for select in card.get_by_role("combobox").all():
            select.select_option(index=1)
    if item.confidence:
        card.get_by_role("radio", name="Fairly sure").check()
    expect(card.locator(".trd-status")).to_contain_text("Saved")


# A slow server: every file takes a second and a half to be written.
SLOWLY = """(() => {
  const fetch = window.fetch;
  window.trdSaves = 0;
  window.fetch = async (...given) => {
    const method = (given[1] && given[1].method) || (given[0] && given[0].method);
    if (method === 'PUT') {
      window.trdSaves += 1;
      await new Promise(done => setTimeout(done, 1500));
    }
    return fetch(...given);
  };
})()"""


def _write(page, text):
    """Type free text as a person does: click in the box, type, and think no more of it."""
    box = page.locator(".trd-free-text .cm-content").locator("visible=true")
    box.click()
    # What stands there is written over, and the words are saved without a key to be pressed.
    half = len(text) // 2
    before = page.evaluate("window.trdSaves")
    page.keyboard.type(text[:half])
    page.wait_for_function("before => window.trdSaves > before", arg=before)
    # Words that come just before the first ones are written count as saved for Lab.
    page.wait_for_timeout(1100)
    page.keyboard.type(text[half:])
    expect(_shown(page, ".trd-handin")).to_be_visible()
    # “Before you hand in” follows what is saved, without being asked.
    words = f"{len(text.split())} words"
    expect(_shown(page, ".trd-handin")).to_contain_text(words, timeout=30_000)


def test_stray_keys_on_the_page_do_no_harm(lab, screen):
    """A reader who presses arrows and letters beside the controls must not lose the lesson."""
    screen.goto(lab.page_url("course/01_what_is_trd.ipynb"))
    cells = _shown(screen, ".jp-Cell")
    # The last cell with an output is there, so every cell has been drawn.
    expect(_shown(screen, ".trd-panel")).to_have_count(7)
    before = cells.count()
    assert before > 20
    _shown(screen, ".jp-Notebook h1").first.click()
    for key in (
        "ArrowLeft",
        "ArrowRight",
        "ControlOrMeta+A",
        "d",
        "d",
        "x",
        "m",
        "b",
        "a",
        "0",
        "0",
    ):
        screen.keyboard.press(key)
    screen.keyboard.press("ControlOrMeta+Shift+ArrowLeft")
    expect(cells).to_have_count(before)
    expect(_ready(screen)).to_be_visible()


def test_an_address_that_names_no_page_leads_to_the_first(lab, screen):
    address = lab.page_url("course")
    assert "/lab/tree/" in address
    screen.goto(address.replace("/lab/tree/", "/doc/tree/"))
    expect(screen.get_by_role("heading", name="Start here", exact=True)).to_be_visible()


def test_a_reader_who_scrolls_while_the_page_starts_is_left_alone(lab, screen):
    screen.goto(lab.page_url("course/01_what_is_trd.ipynb"))
    heading = screen.get_by_role("heading", name="Take-away").locator("visible=true").first
    heading.wait_for(state="attached")
    heading.scroll_into_view_if_needed()
    expect(_shown(screen, ".trd-panel").last).to_be_visible()
    assert (
        screen.locator(".jp-WindowedPanel-outer")
        .locator("visible=true")
        .first.evaluate("node => node.scrollTop")
    )


LATE = "course/00_start_here.ipynb"
# The page of the address is held back, once what was open the last time is there again.
HELD = """(() => {
  const fetch = window.fetch;
  window.trdAsked = new Promise(asked => {
    window.trdCome = new Promise(come => {
      window.fetch = async (...given) => {
        const url = String((given[0] && given[0].url) || given[0]);
        if (window.trdRestored && url.includes('LATE?') && url.includes('content=0')) {
          asked({come});
          await window.trdCome;
        }
        return fetch(...given);
      };
    });
  });
  const poll = setInterval(() => {
    if (!window.jupyterapp) return;
    clearInterval(poll);
    window.jupyterapp.restored.then(() => { window.trdRestored = true; });
  }, 20);
})()""".replace("LATE", LATE)
COME = """async () => {
  const {come} = await window.trdAsked;
  const opened = new Promise(done => {
    window.jupyterapp.commands.commandExecuted.connect((_, {id, result}) => {
      if (id === 'filebrowser:go-to-path') result.then(() => setTimeout(done, 1500));
    });
  });
  come();
  await opened;
}"""


def _of_lesson_1_in_front(request):
    """Lab writes down what is open, for the next time."""
    written = request.post_data or "" if "/api/workspaces" in request.url else ""
    return '"current":"notebook:course/01_what' in written


def _choose(page, entry):
    page.get_by_role("menuitem", name="Course", exact=True).click()
    page.get_by_role("menuitem", name=entry).click()


@pytest.fixture
def late(lab, screen):
    """Stand where a reader stands while the page of the address is still to come.

    Lab shows lesson 1, which was open the last time, and has had no answer about the page that
    the address names. The fixture's function lets that page come, and waits until it has.
    """
    with screen.expect_request(_of_lesson_1_in_front):
        screen.goto(lab.page_url("course/01_what_is_trd.ipynb"))
        expect(_ready(screen)).to_be_visible()
    screen.add_init_script(HELD)
    screen.goto(lab.url)
    expect(screen.get_by_role("slider", name="Weeks").first).to_be_visible()
    screen.evaluate("async () => { await window.trdAsked; }")
    return lambda: screen.evaluate(COME)


def test_the_page_of_the_address_comes_to_a_reader_who_waits(screen, late):
    # A click into the text asks for nothing.
    screen.get_by_text("Mrs H., 46, dispatches buses").click()
    screen.keyboard.press("Tab")
    late()
    expect(screen.get_by_role("heading", name="Start here", exact=True)).to_be_visible()


def test_the_page_of_the_address_does_not_cover_the_assignments(screen, late):
    _assignments(screen)
    late()
    listed = screen.locator("#fetched_assignments_list")
    expect(listed).to_be_visible()
    expect(_ready(screen)).to_have_count(0)
    # They are no file that an address could name, and come back after a reload all the same.
    expect(screen).to_have_url(re.compile("/tree/course$"))
    screen.reload()
    expect(listed).to_be_visible()


def test_the_page_of_the_address_does_not_cover_what_was_opened_after(screen, late):
    """Not the case that was opened from the assignments either."""
    _assignments(screen)
    _choose(screen, "Lesson 2: NMDA and glutamate")
    heading = screen.get_by_role("heading", name="NMDA and glutamate").first
    expect(heading).to_be_visible()
    late()
    expect(heading).to_be_visible()
    # It opened behind, and comes when it is asked for.
    _choose(screen, "Start page")
    expect(screen.get_by_role("heading", name="Start here", exact=True)).to_be_visible()


def test_the_page_of_the_address_comes_when_the_reader_asked_for_it(screen, late):
    _choose(screen, "Start page")
    late()
    expect(screen.get_by_role("heading", name="Start here", exact=True)).to_be_visible()
