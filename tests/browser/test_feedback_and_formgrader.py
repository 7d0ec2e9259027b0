"""What a marker and a trainee see in a browser, with work that tries to run there."""

import os
import re
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect

from conftest import Lab
from trd.grading.course import Course, environment
from trd.grading.feedback import write_feedback
from trd.grading.regrade import regrade
from trd.lab.home import Home
from trd.quiz.answers import AnswerLog
from trd.quiz.masters import is_free_text, items_in

ROOT = Path(__file__).resolve().parents[2]
ASSIGNMENT = "01-definitions"
MASTERS = sorted((ROOT / "solutions" / ASSIGNMENT).glob("*.ipynb"))
CELL = "reply-to-gp"
RUN = "window.canary = 1; fetch('http://outside.invalid/')"
HOSTILE = f"""<script>{RUN}</script>
<img src=x onerror="{RUN}">
<svg onload="{RUN}"></svg>
[click me](javascript:window.canary=1)
[data](data:text/html,<script>{RUN}</script>)
![a picture](http://outside.invalid/pixel.png)
<iframe srcdoc="<script>parent.canary=1</script>"></iframe>
<!-- --!> <script>{RUN}</script> -->
<style>@import "http://outside.invalid/a.css";</style>
<details open ontoggle="{RUN}">
</textarea><script>{RUN}</script>

# Dear Dr P.

| a | b |
|---|---|
| <img src=x onerror="{RUN}"> | `<script>{RUN}</script>` |

Only the **venlafaxine** trial counts so far.
"""

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def _wrong(item):
    if item.kind == "single_best":
        return next(name for name in item.options if name != item.secret.key)
    return [item.secret.key[0]] if item.kind == "multiple_response" else None


def _hand_in(course, student, choose, words):
    folder = course.place("submitted", ASSIGNMENT, student)
    folder.mkdir(parents=True)
    log = AnswerLog(folder / "answers.jsonl")
    for master in MASTERS:
        notebook = nbformat.read(ROOT / "assignments" / ASSIGNMENT / master.name, as_version=4)
        for item in items_in(master):
            if choose(item) is not None:
                log.record(master.stem, item.id, choose(item), "certain")
        for cell in notebook.cells:
            if is_free_text(cell) and words:
                cell.source = words
        nbformat.write(notebook, folder / master.name)
    (folder / "timestamp.txt").write_text("2026-03-02 18:04:00.000000 UTC")


class Marking:
    """A running instructor's Lab and its class."""

    def __init__(self, lab, course):
        self.lab = lab
        self.course = course

    def formgrader(self, student, page="case-b"):
        with self.course.gradebook() as book:
            found = book.find_submission_notebook(page, ASSIGNMENT, student).id
        # The key in the address opens one page; the form's own requests need the cookie.
        after = f"/formgrader/submissions/{found}/"
        return f"{self.lab.origin}/login?token={self.lab.token}&next={after}"

    def grade(self, student):
        with self.course.gradebook() as book:
            grade = book.find_grade(CELL, "case-b", ASSIGNMENT, student)
            comment = book.find_comment(CELL, "case-b", ASSIGNMENT, student)
            return grade.manual_score, grade.needs_manual_grade, comment.manual_comment

    def feedback(self, student, page="case-b"):
        pages = {path.stem: path for path in write_feedback(self.course, ASSIGNMENT, student)}
        return pages[page].as_uri()


@pytest.fixture(scope="module")
def marking(tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("an instructor"))
    running = Lab(home.root, "instructor")
    with environment(home):
        course = Course.load(ROOT)
    _hand_in(course, "perfect", lambda item: item.secret.key, "Only venlafaxine counts so far.")
    _hand_in(course, "hostile", _wrong, HOSTILE)
    _hand_in(course, "empty", lambda item: None, "")
    assert regrade(course, ASSIGNMENT, show=False).failed == {}
    yield Marking(running, course)
    running.stop()


def _nothing_ran(page):
    # Whatever would be fetched or run has had its time once the network is quiet.
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.canary") is None
    assert [url for url in page.outside if not _is_feedback(url)] == []
    assert page.locator("img[src*='x'], iframe, svg, [onerror], [onload], [ontoggle]").count() == 0
    links = page.locator("a[href]").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert not [link for link in links if re.match(r"\s*(javascript|data|vbscript):", link, re.I)]


def _is_feedback(url):
    return url.startswith("file:///") and url.endswith(".html")


def _wide(page):
    return page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


def _place(locator):
    """Where something is on the page, wherever that has been scrolled to."""
    return locator.evaluate(
        "e => {const r = e.getBoundingClientRect(); return "
        "{x: r.x + scrollX, y: r.y + scrollY, width: r.width, height: r.height}}"
    )


def _keep(page, name):
    """Leave a picture behind where somebody wants to look at one."""
    if os.environ.get("TRD_PICTURES"):
        page.screenshot(path=Path(os.environ["TRD_PICTURES"]) / f"{name}.png", full_page=True)


def test_trainees_words_do_not_run_in_the_formgrader(marking, screen):
    screen.goto(marking.formgrader("hostile"))
    box = screen.locator(".nbgrader_cell").filter(has=screen.locator(f"#{CELL}"))
    expect(box).to_contain_text("venlafaxine")
    expect(box).to_contain_text("<script>")
    _nothing_ran(screen)
    assert screen.locator("script:not([src])").filter(has_text="canary").count() == 0
    _keep(screen, "formgrader-hostile")


def test_the_formgrader_shows_results_without_code(marking, screen):
    screen.goto(marking.formgrader("perfect"))
    items = items_in(ROOT / "solutions" / ASSIGNMENT / "case-b.ipynb")
    results = screen.locator(".trd-mark")
    expect(results).to_have_count(len(items))
    for item, result in zip(items, results.all(), strict=True):
        expect(result).to_contain_text(item.stem)
        expect(result.locator(".trd-verdict")).to_contain_text("right")
    for words in ("HIDDEN TESTS", "key=", "before_you_hand_in", "start("):
        assert words not in screen.locator("#notebook-container").first.inner_text()
    # The masters' own words look as they should.
    assert screen.locator("#notebook-container table").count() >= 2
    assert screen.locator("#notebook-container blockquote").count() >= 1
    _keep(screen, "formgrader-perfect")


@pytest.mark.parametrize("width", [1280, 1000])
def test_the_rubric_stands_with_the_answer(marking, screen, width):
    screen.set_viewport_size({"width": width, "height": 800})
    screen.goto(marking.formgrader("perfect"))
    rubric = screen.locator(".trd-rubric")
    expect(rubric.get_by_role("heading", name="For the marker")).to_be_visible()
    assert rubric.get_by_role("listitem").count() >= 6
    answer = screen.locator(".nbgrader_cell").filter(has=screen.locator(f"#{CELL}"))
    left, right = _place(answer), _place(rubric)
    if width >= 1200:
        assert left["x"] + left["width"] <= right["x"] + 1
        assert abs(left["y"] - right["y"]) < 20
    else:
        assert right["y"] + right["height"] <= left["y"] + 1
    assert not _wide(screen)
    _keep(screen, f"formgrader-rubric-{width}")


def test_points_and_a_comment_are_saved_and_reach_the_trainee(marking, screen):
    screen.goto(marking.feedback("perfect"))
    words = screen.locator("article").filter(has=screen.get_by_role("heading", name="Your words"))
    expect(words).to_contain_text("Not marked yet")
    # The model answer would tell what to write, should the case be handed in again.
    expect(screen.get_by_text("Model answer")).to_have_count(0)

    screen.goto(marking.formgrader("perfect"))
    box = screen.locator(".nbgrader_cell").filter(has=screen.locator(f"#{CELL}"))
    points = box.locator("input.score")
    comment = box.locator("textarea.comment")
    # The formgrader has read the gradebook and looked after its form.
    expect(comment).to_have_attribute("placeholder", re.compile("Type any comments"))
    expect(screen.locator(".tabbable:focus")).to_have_count(1)
    points.fill("4.5")
    with screen.expect_response(lambda answer: "/api/grade/" in answer.url):
        points.press("Escape")
    comment.fill("Kind and clear. <img src=x onerror='window.canary=1'>\nSay *when* you see her.")
    with screen.expect_response(lambda answer: "/api/comment/" in answer.url):
        comment.press("Escape")
    screen.wait_for_load_state("networkidle")
    score, waiting, said = marking.grade("perfect")
    assert score == 4.5
    assert not waiting
    assert said.startswith("Kind and clear.")
    screen.reload()
    expect(points).to_have_value("4.5")

    screen.goto(marking.feedback("perfect"))
    expect(words.locator(".points")).to_have_text("4.5 of 6 points")
    expect(words).to_contain_text("Kind and clear. <img src=x")
    expect(words).to_contain_text("Model answer")
    _nothing_ran(screen)


@pytest.mark.parametrize("width", [1280, 420])
@pytest.mark.parametrize("student", ["perfect", "hostile", "empty"])
def test_feedback_is_inert_and_readable(marking, screen, axe, student, width):
    screen.set_viewport_size({"width": width, "height": 800})
    screen.goto(marking.feedback(student))
    expect(screen.get_by_role("heading", name="Your result")).to_be_visible()
    _nothing_ran(screen)
    assert screen.locator("script").count() == 0
    assert not _wide(screen)
    assert axe(screen, "html") == []
    levels = screen.locator("h1, h2, h3, h4, h5, h6").evaluate_all(
        "all => all.map(h => Number(h.tagName[1]))"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    _keep(screen, f"feedback-{student}-{width}")


def test_a_click_in_hostile_words_leads_nowhere(marking, screen):
    screen.goto(marking.feedback("hostile"))
    address = screen.url
    screen.get_by_text("click me").click()
    assert screen.url == address
    assert screen.evaluate("window.canary") is None


def test_printed_feedback_unfolds_every_option(marking, screen):
    screen.goto(marking.feedback("hostile"))
    folded = screen.locator("details .trd-why li").first
    expect(folded).not_to_be_visible()
    screen.emulate_media(media="print")
    expect(folded).to_be_visible()
    assert screen.locator(".trd-why li").first.evaluate("e => getComputedStyle(e).breakInside") == (
        "avoid"
    )
