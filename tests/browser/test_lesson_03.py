"""Lesson 3 in a real browser: a patient is screened by keyboard, and another by mouse."""

import pytest
from playwright.sync_api import expect

from trd.screening import screen as by_the_rule
from trd.screening import virtual_patient

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]


@pytest.fixture
def clinic(lab, screen, settled):
    screen.goto(lab.page_url("course/03_screening_candidates.ipynb"))
    panel = screen.locator(".trd-clinic").filter(
        has=screen.get_by_role("heading", name="Screening clinic", exact=True)
    )
    panel = panel.locator("visible=true").first
    expect(panel.locator(".trd-letter")).to_be_visible(timeout=60_000)
    settled()
    panel.scroll_into_view_if_needed()
    return panel


def call(panel, difficulty, number):
    """Call somebody in by number, by keyboard alone."""
    keys = panel.page.keyboard
    panel.get_by_role("radio", name=difficulty, exact=True).focus()
    keys.press("Space")
    keys.press("Tab")
    keys.type(str(number))
    keys.press("Enter")
    expect(panel.locator(".trd-who")).to_contain_text(f"patient {number}, {difficulty.lower()}")
    expect(panel.get_by_role("group", name="Letter and medication list")).to_be_focused()


def test_by_keyboard_a_patient_is_asked_decided_about_and_followed_by_the_next(clinic, axe):
    keys = clinic.page.keyboard
    somebody = next(
        number
        for number in range(1, 1000)
        if by_the_rule(virtual_patient(number, "straightforward").candidate).reasons == ("D10",)
    )
    call(clinic, "Straightforward", somebody)
    # Focus is on the letter; the first question is one step away.
    keys.press("Tab")
    entries = clinic.locator(".trd-entry")
    keys.press("Enter")
    expect(entries).to_have_count(1)
    first = clinic.get_by_role("button", name="Anything sudden today")
    expect(first).to_be_focused()
    expect(first).to_contain_text("(asked)")
    medicines = clinic.get_by_role("button", name="Every medicine")
    medicines.focus()
    keys.press("Space")
    expect(entries).to_have_count(2)
    expect(entries.last).to_contain_text("Tranylcypromine")
    expect(medicines).to_be_focused()
    # Decide without having said what.
    clinic.get_by_role("button", name="Decide").focus()
    keys.press("Enter")
    expect(clinic.get_by_text("Choose one of the five decisions first.")).to_be_visible()
    clinic.get_by_role("radio", name="Emergency").focus()
    keys.press("Space")
    for _ in range(3):
        keys.press("ArrowDown")
    expect(clinic.get_by_role("radio", name="Not yet")).to_be_checked()
    # Enter in the search box decides nothing.
    clinic.get_by_label("Find a reason").focus()
    keys.type("maoi")
    keys.press("Enter")
    expect(clinic.get_by_text("1 found")).to_be_visible()
    keys.press("Tab")
    keys.press("Tab")
    keys.press("Space")
    expect(clinic.get_by_role("button", name="Take away: A monoamine")).to_be_visible()
    assert axe(clinic.page, ".trd-clinic") == []
    clinic.get_by_role("button", name="Decide").focus()
    keys.press("Enter")
    debrief = clinic.get_by_role("group", name="Debrief")
    expect(debrief).to_be_visible()
    expect(debrief).to_be_focused()
    expect(debrief).to_contain_text("By this course’s rule: Not yet")
    expect(debrief).to_contain_text("found and named")
    assert axe(clinic.page, ".trd-clinic") == []
    clinic.get_by_role("button", name="Next patient").focus()
    keys.press("Enter")
    expect(clinic.locator(".trd-who")).to_contain_text(f"patient {somebody + 1}, straightforward")
    expect(entries).to_have_count(0)
    expect(debrief).to_be_hidden()


def test_by_mouse_a_missed_emergency_is_told_and_kept(clinic):
    call(clinic, "Mixed", 2)
    clinic.get_by_role("button", name="Blood pressure twice").click()
    expect(clinic.locator(".trd-entry")).to_contain_text("saturation 84")
    pane = clinic.locator(".trd-consult")
    height = pane.bounding_box()["height"]
    for name in ("Attention, orientation", "EEG", "Urine drug screen", "Who takes you home"):
        clinic.get_by_role("button", name=name).click()
    expect(clinic.locator(".trd-entry")).to_have_count(5)
    # The newest line is in sight, and nothing has jumped.
    expect(clinic.locator(".trd-entry").last).to_be_in_viewport()
    assert pane.bounding_box()["height"] == height
    clinic.get_by_role("radio", name="Not yet").check()
    clinic.get_by_text("Wait until it is settled").click()
    clinic.get_by_role("checkbox", name="Nobody to take the person home").check()
    clinic.get_by_role("button", name="Decide").click()
    debrief = clinic.get_by_role("group", name="Debrief")
    expect(debrief).to_contain_text("Something dangerous was missed")
    expect(debrief).to_contain_text("0 of 20 points")
    expect(clinic.get_by_role("button", name="EEG")).to_be_disabled()
    misses = clinic.get_by_role("row", name="Dangerous misses").get_by_role("cell")
    expect(misses.last).not_to_have_text("0")
    clinic.get_by_role("button", name="Same patient again").click()
    expect(clinic.locator(".trd-entry")).to_have_count(0)
    expect(clinic.locator(".trd-who")).to_contain_text("patient 2, mixed")


def test_a_visit_that_was_left_is_there_again_after_a_reload(clinic, lab, settled):
    page = clinic.page
    call(clinic, "Hard", 4)
    for count, name in enumerate(("Anything sudden today", "Every medicine", "EEG"), start=1):
        clinic.get_by_role("button", name=name).click()
        expect(clinic.locator(".trd-entry")).to_have_count(count)
    clinic.get_by_role("radio", name="Not yet").check()
    clinic.get_by_label("Find a reason").fill("escort")
    clinic.get_by_role("checkbox", name="Nobody to take the person home").check()
    clinic.get_by_text("Choose what goes into the plan").click()
    clinic.get_by_role("checkbox", name="An opioid").check()
    charted = clinic.locator(".trd-lines").inner_text()
    # The last tick is on the disk before the page is left, as it would be for anybody.
    log = lab.home / "progress" / "progress.jsonl"
    for _ in range(100):
        if log.exists() and '"conditions": ["F4"]' in log.read_text():
            break
        page.wait_for_timeout(100)
    page.goto(lab.page_url("course/03_screening_candidates.ipynb"))
    expect(clinic.locator(".trd-entry")).to_have_count(3, timeout=120_000)
    settled()
    expect(clinic.locator(".trd-who")).to_contain_text("patient 4, hard")
    expect(clinic.get_by_role("radio", name="Hard", exact=True)).to_be_checked()
    assert clinic.locator(".trd-lines").inner_text() == charted
    expect(clinic.get_by_role("radio", name="Not yet")).to_be_checked()
    expect(clinic.get_by_role("button", name="Take away: Nobody to take")).to_be_visible()
    expect(clinic.get_by_text("1 of 15 chosen")).to_be_visible()
    expect(clinic.get_by_text("goes on where you left it")).to_be_visible()
    # It can be decided, and is then over for good.
    clinic.get_by_role("button", name="Decide").click()
    expect(clinic.get_by_role("group", name="Debrief")).to_be_visible()
    page.goto(lab.page_url("course/03_screening_candidates.ipynb"))
    expect(clinic.locator(".trd-letter")).to_be_visible(timeout=120_000)
    settled()
    expect(clinic.locator(".trd-entry")).to_have_count(0)
    expect(clinic.locator(".trd-who")).not_to_contain_text("patient 4")


def test_what_a_clinician_types_finds_the_lines_or_is_said_not_to_be_there(clinic):
    for wide in (1280, 420):
        clinic.page.set_viewport_size({"width": wide, "height": 800})
        _type_what_clinicians_type(clinic, wide)


def _type_what_clinicians_type(clinic, wide):
    search = clinic.get_by_label("Find a reason")
    codes = clinic.locator(".trd-folds .trd-pick .trd-code").locator("visible=true")
    said = clinic.locator(".trd-found-hint")
    lists = clinic.locator(".trd-folds").evaluate("node => node.offsetTop")
    for typed, found in (
        ("chest pain", ["E3", "C6"]),
        ("pain in the chest", ["E3", "C6"]),
        ("BP", ["E2", "D1", "D10"]),
        ("Bladder", ["C9", "D6"]),
        ("pregnant", ["C4", "D5"]),
        # A short name is itself, and no beginning of “mild” or D10; a plural is its singular.
        ("MI", ["C6", "R9"]),
        ("d1", ["D1"]),
        ("aneurysms", ["C1"]),
        ("c-ssrs", ["E1", "R1", "D14"]),
    ):
        search.fill(typed)
        expect(said).to_contain_text(f"{len(found)} found")
        assert codes.all_inner_texts() == found, typed
    for typed, words in (
        ("kidney", "No line of this rule is about the kidneys."),
        ("kidney stones", "No line of this rule is about the kidneys."),
        ("low bp", "No line of this rule is about low blood pressure."),
        ("naltrexone", "No barrier in these words; 1 found under 3, the plan."),
        ("low mood", "Nothing found: try another word"),
    ):
        search.fill(typed)
        expect(said).to_contain_text(words)
        expect(codes).to_have_count(0)
    # What stands below does not jump while somebody types; a narrow screen may need a second line.
    moved = clinic.locator(".trd-folds").evaluate("node => node.offsetTop") - lists
    assert moved == 0 if wide == 1280 else 0 <= moved < 30
    search.fill("escort")
    expect(clinic.locator(".trd-folds .trd-count").locator("visible=true")).to_have_text(
        "1 of 16 found"
    )
    search.fill("")
    expect(said).to_be_empty()
    expect(clinic.locator(".trd-folds details")).to_have_count(4)


def test_by_arrow_keys_the_questions_are_stepped_through_and_left(clinic):
    keys = clinic.page.keyboard
    call(clinic, "Straightforward", 1)
    keys.press("Tab")
    hint = clinic.get_by_text("Keys: ↑ ↓ Home End")
    expect(hint).to_be_visible()
    keys.press("ArrowUp")
    expect(clinic.get_by_role("button", name="Anything sudden today")).to_be_focused()
    keys.press("ArrowDown")
    expect(clinic.get_by_role("button", name="Attention, orientation")).to_be_focused()
    keys.press("Enter")
    expect(clinic.locator(".trd-entry")).to_have_count(1)
    keys.press("End")
    expect(clinic.get_by_role("button", name="Scan of head and aorta")).to_be_focused()
    # Past the chart, the decision.
    keys.press("Tab")
    expect(hint).to_be_hidden()
    keys.press("Tab")
    expect(clinic.get_by_role("radio", name="Emergency")).to_be_focused()


def test_a_number_that_nobody_has_is_kept_and_explained(clinic):
    call(clinic, "Mixed", 2)
    number = clinic.get_by_label("Number")
    number.fill("7.5")
    number.press("Enter")
    expect(clinic.get_by_role("alert")).to_contain_text("a whole number from 1 to 9999")
    expect(number).to_have_value("7.5")
    expect(clinic.locator(".trd-who")).to_contain_text("patient 2, mixed")
    number.fill("3")
    number.press("Enter")
    expect(clinic.locator(".trd-who")).to_contain_text("patient 3, mixed")
    expect(clinic.locator(".trd-say-call")).to_be_empty()


def test_the_wheel_turns_the_page_until_the_pointer_means_the_questions(clinic):
    page, questions = clinic.page, clinic.locator(".trd-questions")
    clinic.locator(".trd-papers").evaluate("node => node.scrollIntoView({block: 'start'})")
    box = questions.bounding_box()
    # The pointer rests above the questions; the page, turned, brings them under it.
    rest = (box["x"] + 80, box["y"] - 60)
    page.mouse.move(rest[0] - 9, rest[1])
    page.mouse.move(*rest)
    for _ in range(4):
        before = questions.bounding_box()["y"]
        page.mouse.wheel(0, 60)
        page.wait_for_function(
            "([node, y]) => node.getBoundingClientRect().top < y - 50",
            arg=[questions.element_handle(), before],
        )
        # A pause, so that each turn is one of its own.
        page.wait_for_timeout(400)
    assert questions.evaluate("node => node.scrollTop") == 0
    # Now the pointer is moved there.
    page.mouse.move(rest[0] + 12, rest[1])
    page.mouse.move(rest[0] + 24, rest[1])
    page.mouse.wheel(0, 60)
    page.wait_for_function("node => node.scrollTop > 0", arg=questions.element_handle())


def test_what_a_self_check_run_came_to_stands_under_it_and_is_led_to(lab, screen, settled, axe):
    screen.goto(lab.page_url("course/03_screening_candidates.ipynb"))
    run = screen.get_by_role("region", name="Virtual patient").locator("visible=true")
    expect(run.locator(".trd-letter")).to_be_visible()
    settled()
    end = screen.get_by_role("region", name="What the run came to")
    expect(end).to_be_hidden()
    run.get_by_role("button", name="Blood pressure twice").click()
    expect(run.locator(".trd-entry")).to_have_count(1)
    run.get_by_role("radio", name="Not yet").check()
    run.get_by_text("Wait until it is settled").click()
    run.get_by_role("checkbox", name="Nobody to take the person home").check()
    run.get_by_role("button", name="Decide").click()
    expect(end).to_be_focused()
    expect(end.get_by_text("0 of 20 points")).to_be_in_viewport()
    expect(end).to_contain_text("Critical error")
    expect(end).to_contain_text("How it was marked")
    assert end.bounding_box()["y"] > run.bounding_box()["y"] + run.bounding_box()["height"] - 1
    assert axe(screen, ".trd-run-end") == []
    # Both are there when the page is opened again, and a new run clears them away.
    screen.goto(lab.page_url("course/03_screening_candidates.ipynb"))
    expect(run.locator(".trd-entry")).to_have_count(2)
    settled()
    expect(run.locator(".trd-decide")).to_be_hidden()
    expect(end).to_contain_text("0 of 20 points")
    expect(end).not_to_be_focused()
    run.get_by_role("button", name="Start again").click()
    expect(run.locator(".trd-entry")).to_have_count(0)
    run.get_by_role("button", name="Anything sudden today").click()
    expect(end).to_be_hidden()


def test_on_a_telephone_nothing_is_cut_off(clinic):
    clinic.page.set_viewport_size({"width": 420, "height": 900})
    clinic.get_by_role("button", name="Anything sudden today").click()
    expect(clinic.locator(".trd-entry")).to_have_count(1)
    assert clinic.evaluate("node => node.scrollWidth <= node.clientWidth")
    assert clinic.page.outside == []
