"""From the log-in page to the feedback: two instructors, four trainees, accounts of their own.

One story in several tests; each begins where the one before ended.
"""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Error, expect
from world import PASSWORD

from conftest import keep
from trd.quiz.masters import is_free_text, items_in, read_notebook, source_of

ROOT = Path(__file__).resolve().parents[2]
ASSIGNMENT = "01-definitions"
LETTER = "reply-to-gp"
PAGES = ("case-a", "case-b")
ITEMS = {name: items_in(ROOT / "solutions" / ASSIGNMENT / f"{name}.ipynb") for name in PAGES}
#: What each trainee writes and nobody else does.
WORDS = {
    "anna": "Anna writes: the venlafaxine trial counts, the others fell short.",
    "bert": "Bert writes: both trials count, for all I can see.",
    "cleo": "Cleo writes: ask the pharmacy for the refills first.",
    "dora": "Dora writes: no trial counts before the dose is known.",
}
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]


def _shown(page, selector):
    return page.locator(selector).locator("visible=true")


def _ready(page):
    return _shown(page, ".trd-ready")


def _card(page, number):
    return _shown(page, ".trd-item").filter(has_text=f"Question {number} of ")


def _assignments(page):
    listed = page.locator("#submitted_assignments_list")
    if not listed.is_visible():
        page.get_by_role("button", name="Assignments").locator("visible=true").first.click()
        expect(listed).to_be_visible()
    page.locator("#refresh_assignments_list").click()


def _right(page_name):
    return {item.id: item.secret.key for item in ITEMS[page_name]}


@pytest.fixture(scope="module")
def anna(clinic, screens):
    return screens.page(clinic.anna)


@pytest.fixture(scope="module")
def ines(clinic, screens):
    return screens.page(clinic.ines)


def test_a_trainee_logs_in_and_the_first_page_starts_by_itself(clinic, screens, anna):
    anna.goto(clinic.world.url)
    expect(anna.locator(".announcement")).to_contain_text("Ketamine infusion")
    keep(anna, "1-log-in")
    anna.get_by_label("Username").fill(clinic.anna)
    anna.get_by_label("Password").first.fill("not the password")
    anna.get_by_role("button", name="Sign in").click()
    expect(anna.get_by_text("Invalid username or password")).to_be_visible()
    anna.get_by_label("Username").fill(clinic.anna)
    anna.get_by_label("Password").first.fill(PASSWORD)
    anna.get_by_role("button", name="Sign in").click()
    anna.wait_for_url(re.compile("/hub/spawn-pending/"))
    expect(anna.get_by_role("heading", name="Your course is being opened")).to_be_visible()
    keep(anna, "2-spawn")
    anna.wait_for_url(re.compile(f"/user/{clinic.anna}/"))
    expect(anna.get_by_role("heading", name="Start here", exact=True)).to_be_visible()
    expect(_ready(anna)).to_contain_text("self-checks")
    keep(anna, "3-first-page")
    # Nothing of the instructors' tools is in the way, on a hub either.
    expect(anna.locator(".lm-MenuBar-item")).to_have_text(["Course", "File", "View", "Help"])


def test_she_fetches_answers_and_hands_in(clinic, anna):
    _assignments(anna)
    released = anna.locator("#released_assignments_list .list_item")
    row = released.filter(has_text=ASSIGNMENT).last
    row.get_by_role("button", name="Fetch").click()
    fetched = anna.locator("#fetched_assignments_list")
    expect(fetched.get_by_role("button", name="Submit")).to_be_visible()
    keep(anna, "4-assignments")

    fetched.get_by_role("link", name="case-a", exact=True).click()
    expect(_ready(anna)).to_be_visible()
    given = {}
    for number, item in enumerate(ITEMS["case-a"], start=1):
        if item.kind not in ("single_best", "multiple_response"):
            continue
        card = _card(anna, number)
        card.scroll_into_view_if_needed()
        if item.kind == "single_best":
            given[item.id] = item.secret.key
            choice = list(item.options).index(item.secret.key)
            card.locator(".trd-choices").first.get_by_role("radio").nth(choice).check()
        else:
            for key in item.secret.key:
                card.get_by_role("checkbox").nth(list(item.options).index(key)).check()
            given[item.id] = item.secret.key
        if item.confidence:
            card.get_by_role("radio", name="Fairly sure").check()
        expect(card.locator(".trd-status")).to_contain_text("Saved")
    assert len(given) >= 3

    _assignments(anna)
    fetched.get_by_role("link", name="case-b", exact=True).click()
    expect(_ready(anna)).to_be_visible()
    expect(_card(anna, 1)).to_be_visible()
    _shown(anna, ".trd-free-text .cm-content").click()
    anna.keyboard.type(WORDS["anna"])
    expect(_shown(anna, ".trd-handin")).to_contain_text(
        f"{len(WORDS['anna'].split())} words", timeout=30_000
    )
    _assignments(anna)
    fetched.get_by_role("button", name="Submit").click()
    submitted = anna.locator("#submitted_assignments_list")
    expect(submitted.get_by_text(ASSIGNMENT).first).to_be_visible()

    (arrived,) = (clinic.exchange / "inbound").glob(f"{clinic.anna}+{ASSIGNMENT}+*")
    assert arrived.owner() == clinic.anna
    log = [json.loads(line) for line in (arrived / "answers.jsonl").read_text().splitlines()]
    last = {line["item"]: line["answer"] for line in log}
    assert {name: _set(answer) for name, answer in last.items()} == {
        name: _set(answer) for name, answer in given.items()
    }
    texts = [
        source_of(cell)
        for cell in read_notebook(arrived / "case-b.ipynb")["cells"]
        if is_free_text(cell)
    ]
    assert texts == [WORDS["anna"]]


def _set(answer):
    return sorted(answer) if isinstance(answer, list) else answer


def test_the_others_hand_in_too(clinic):
    names = ("bert", "cleo", "dora")
    clinic.at_work(*(clinic.names[name] for name in names))
    for name in names:
        who = clinic.names[name]
        fetched = clinic.nbgrader(who, "fetch", ASSIGNMENT)
        assert fetched["success"], fetched
        # Bert has everything right, Cleo only the second case, Dora nothing but words.
        right = {"bert": PAGES, "cleo": ("case-b",), "dora": ()}[name]
        clinic.answer(who, ASSIGNMENT, {page: _right(page) for page in right}, WORDS[name])
        handed_in = clinic.nbgrader(who, "submit", ASSIGNMENT)
        assert handed_in["success"], handed_in
    inbound = list((clinic.exchange / "inbound").glob(f"*+{ASSIGNMENT}+*"))
    assert sorted(path.owner() for path in inbound) == sorted(clinic.names[name] for name in WORDS)


def test_an_instructor_comes_to_her_class_and_formgrader_opens_in_a_tab(clinic, screens, ines):
    screens.log_in(clinic.ines)
    ines.wait_for_url(re.compile(r"/services/trd/lab"))
    expect(ines.locator("#jp-MainMenu, .jp-MenuBar, .lm-MenuBar").first).to_be_visible()
    ines.get_by_role("menuitem", name="Nbgrader").click()
    with ines.context.expect_page() as opened:
        ines.get_by_role("menuitem", name="Formgrader").click()
    tab = opened.value
    tab.wait_for_url(re.compile(r"/services/trd/formgrader"))
    expect(tab.get_by_role("link", name=ASSIGNMENT).first).to_be_visible()
    # A link to an assignment's folder leads into the class's Lab, and to no error.
    link = tab.get_by_role("link", name=ASSIGNMENT).first.get_attribute("href")
    assert link.startswith("/services/trd/lab/tree/")
    other = ines.context.new_page()
    assert other.goto(clinic.world.url + link).status == 200
    expect(other.locator(".jp-DirListing-item").filter(has_text="case-a.ipynb")).to_be_visible()
    # Where nbgrader's list of courses leads to.
    other.goto(f"{clinic.world.url}/services/trd/lab?formgrader=true")
    other.wait_for_url(re.compile(r"/services/trd/formgrader/manage_assignments"))
    other.close()
    tab.close()


def test_no_page_of_the_hub_stands_in_a_frame(clinic, anna, ines):
    there = f"{clinic.world.url}/services/trd/formgrader/manage_assignments"
    said = []
    tab = ines.context.new_page()
    tab.on("console", lambda message: said.append(message.text))
    answer = tab.goto(there)
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    tab.evaluate(
        """(there) => new Promise((done) => {
            const frame = document.createElement('iframe');
            frame.onload = done; frame.src = there; document.body.append(frame);
        })""",
        there,
    )
    assert any("frame-ancestors" in line for line in said), said
    framed = tab.frames[-1]
    assert framed != tab.main_frame
    try:
        words = framed.locator("body").inner_text(timeout=2_000)
    except Error:
        words = ""
    assert ASSIGNMENT not in words
    tab.close()
    mine = anna.request.get(f"{clinic.world.url}/user/{clinic.anna}/lab")
    assert mine.status == 200
    assert "frame-ancestors 'none'" in mine.headers["content-security-policy"]


def _press(tab, row, column):
    """Press a button of formgrader's table and wait until it has said that it was done."""
    row.locator(f".{column} a").click()
    log = tab.locator(".modal.in")
    expect(log.get_by_text(re.compile("Success|success")).first).to_be_visible()
    log.get_by_role("button", name=re.compile("OK|Close", re.I)).last.click()
    expect(tab.locator(".modal-backdrop")).to_have_count(0)


def test_collect_and_autograde_in_formgrader(clinic, ines):
    ines.goto(f"{clinic.world.url}/services/trd/formgrader/manage_assignments")
    row = ines.locator("tr").filter(has_text=ASSIGNMENT)
    expect(row.locator(".num-submissions")).to_have_text("0")
    _press(ines, row, "collect")
    expect(row.locator(".num-submissions")).to_have_text("4")
    keep(ines, "5-formgrader")
    row.locator(".num-submissions a").click()
    first = ines.locator("tr").filter(has_text=clinic.anna)
    _press(ines, first, "autograde")
    expect(first.locator(".status")).to_contain_text("needs manual grading")
    for name in ("bert", "cleo", "dora"):
        clinic.does(clinic.ines, f"submission/{ASSIGNMENT}/{clinic.names[name]}/autograde")
    marks = _marks(clinic, clinic.tom)
    everything = sum(item.points for page in PAGES for item in ITEMS[page])
    second = sum(item.points for item in ITEMS["case-b"])
    assert marks[clinic.bert] == everything
    assert marks[clinic.cleo] == second
    assert marks[clinic.dora] == 0
    assert 0 < marks[clinic.anna] < everything


def _marks(clinic, instructor):
    """What an instructor sees in the gradebook, by trainee."""
    seen = clinic.formgrader(instructor, "GET", f"submissions/{ASSIGNMENT}").json()
    return {each["student"]: each["score"] for each in seen}


def _form(clinic, instructor, trainee):
    listed = clinic.formgrader(instructor, "GET", f"submitted_notebooks/{ASSIGNMENT}/case-b")
    (found,) = [each["id"] for each in listed.json() if each["student"] == trainee]
    return f"{clinic.world.url}/services/trd/formgrader/submissions/{found}/"


def _mark(clinic, tab, instructor, trainee, points, comment):
    tab.goto(_form(clinic, instructor, clinic.names[trainee]))
    box = tab.locator(".nbgrader_cell").filter(has=tab.locator(f"#{LETTER}"))
    expect(box).to_contain_text(WORDS[trainee])
    # The formgrader has read the gradebook and looked after its form.
    expect(box.locator("textarea.comment")).to_have_attribute(
        "placeholder", re.compile("Type any comments")
    )
    expect(tab.locator(".tabbable:focus")).to_have_count(1)
    typed = {"grade": ("input.score", points), "comment": ("textarea.comment", comment)}
    for api, (field, value) in typed.items():
        box.locator(field).fill(value)
        with tab.expect_response(lambda answer, api=api: f"/api/{api}/" in answer.url) as saved:
            box.locator(field).press("Escape")
        assert saved.value.ok
    keep(tab, f"6-marking-{trainee}")


def test_two_instructors_mark_in_one_gradebook(clinic, screens, ines):
    before = _marks(clinic, clinic.ines)
    _mark(clinic, ines, clinic.ines, "anna", "5", "For Anna: kind and clear.")
    tom = screens.log_in(clinic.tom)
    tom.wait_for_url(re.compile(r"/services/trd/"))
    _mark(clinic, tom, clinic.tom, "bert", "1.5", "For Bert: look at the dose again.")
    # Each sees what the other has marked.
    for instructor in (clinic.ines, clinic.tom):
        marks = _marks(clinic, instructor)
        assert marks[clinic.anna] == before[clinic.anna] + 5
        assert marks[clinic.bert] == before[clinic.bert] + 1.5
        assert marks[clinic.cleo] == before[clinic.cleo]
    tom.goto(_form(clinic, clinic.tom, clinic.anna))
    box = tom.locator(".nbgrader_cell").filter(has=tom.locator(f"#{LETTER}"))
    expect(box.locator("input.score")).to_have_value("5")
    expect(box.locator("textarea.comment")).to_have_value("For Anna: kind and clear.")


def test_feedback_reaches_the_right_person_only(clinic, anna, ines):
    ines.goto(f"{clinic.world.url}/services/trd/formgrader/manage_assignments")
    row = ines.locator("tr").filter(has_text=ASSIGNMENT)
    _press(ines, row, "generate-feedback")
    _press(ines, row, "release-feedback")

    _assignments(anna)
    submitted = anna.locator("#submitted_assignments_list")
    submitted.get_by_role("button", name="Fetch Feedback").click()
    expect(submitted.get_by_text("view feedback").first).to_be_attached()
    keep(anna, "7-feedback-fetched")
    for name in ("bert", "cleo", "dora"):
        fetched = clinic.nbgrader(clinic.names[name], "fetch_feedback", ASSIGNMENT)
        assert fetched["success"], fetched
    comments = {"anna": "For Anna: kind and clear.", "bert": "For Bert: look at the dose again."}
    for name in WORDS:
        who = clinic.names[name]
        desk = clinic.desk(who, ASSIGNMENT)
        found = {path.name: path for path in (desk / "feedback").glob("*/*.html")}
        assert sorted(found) == ["case-a.html", "case-b.html"]
        assert {path.owner() for path in found.values()} == {who}
        text = "".join(path.read_text(encoding="utf-8") for path in found.values())
        assert WORDS[name] in text
        assert all(WORDS[each] not in text for each in WORDS if each != name)
        assert all((comments[each] in text) == (each == name) for each in comments)
        assert not any(clinic.names[each] in text for each in WORDS if each != name)


def test_she_reads_her_feedback(clinic, anna):
    submitted = anna.locator("#submitted_assignments_list")
    submitted.get_by_text("(view feedback)").first.click()
    listed = anna.locator(".jp-DirListing-item").filter(has_text="case-b.html")
    listed.click()
    shown = anna.frame_locator("iframe").last
    expect(shown.get_by_role("heading", name="Your result")).to_be_visible()
    expect(shown.get_by_text("For Anna: kind and clear.")).to_be_visible()
    keep(anna, "8-feedback-read")
    # A telephone has no room for both; the list comes to the front there, too.
    anna.set_viewport_size({"width": 420, "height": 800})
    anna.goto(f"{clinic.world.url}/user/{clinic.anna}/lab/tree/course/00_start_here.ipynb")
    expect(_ready(anna)).to_be_visible()
    _assignments(anna)
    submitted.get_by_text("(view feedback)").first.click()
    expect(listed).to_be_visible()
    keep(anna, "8-feedback-on-a-telephone")
    anna.set_viewport_size({"width": 1280, "height": 800})


def test_she_logs_out(clinic, anna):
    _shown(anna, ".lm-MenuBar-item").filter(has_text="File").click()
    anna.get_by_role("menuitem", name="Log Out").click()
    anna.wait_for_url(re.compile("/hub/(logout|login)"))
    keep(anna, "9-logged-out")
    anna.goto(f"{clinic.world.url}/user/{clinic.anna}/lab")
    anna.wait_for_url(re.compile("/hub/login"))


def test_an_instructors_own_server_leads_to_the_class(clinic):
    (ines,) = clinic.at_work(clinic.ines)
    listed = ines.call("GET", f"/user/{clinic.ines}/formgraders").json()
    assert listed["success"], listed
    (only,) = listed["value"]
    assert (only["course_id"], only["kind"]) == ("trd", "jupyterhub")
    # Where its entry leads is what the class's Lab answers with formgrader.
    assert only["url"].endswith("/services/trd/lab?formgrader=true")
    assert ines.call("GET", f"/user/{clinic.bert}/formgraders").status_code != 200
