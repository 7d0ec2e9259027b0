"""Lesson 4 in a real browser: a session is run by mouse, another by keyboard and in words."""

import re
import shutil

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]


@pytest.fixture
def chair(lab, screen, settled):
    # A run that an earlier test left would be taken up again.
    (lab.home / "progress" / "progress.jsonl").unlink(missing_ok=True)
    screen.goto(lab.page_url("course/04_monitoring_the_infusion.ipynb"))
    # The second chair of the page is a self-check.
    panel = screen.locator(".trd-chair").locator("visible=true").first
    expect(panel.get_by_role("button", name="Take the chair")).to_be_visible(timeout=60_000)
    # The rest of the lesson has to run as well before the kernel has time for the chair.
    settled()
    panel.scroll_into_view_if_needed()
    return panel


def sit_down(panel, session, variant=1):
    """Choose a session and take the chair."""
    panel.get_by_text("Choose another session").click()
    panel.get_by_role("radio", name=session).check()
    panel.get_by_label("Variant").fill(str(variant))
    panel.get_by_role("button", name="Change", exact=True).click()
    title = session.partition(". ")[2]
    expect(panel.locator(".tch-door .tch-who")).to_have_text(f"{title}, variant {variant}")
    panel.get_by_role("button", name="Take the chair").click()
    expect(panel.get_by_role("group", name="Time", exact=True)).to_be_visible()


def press(panel, name):
    panel.get_by_role("button", name=name, exact=True).first.click()


def show(panel, tab):
    panel.get_by_role("tab", name=tab, exact=True).click()


def clock(panel):
    minutes, seconds = panel.locator(".tch-clock").inner_text().split(":")
    return 60 * int(minutes) + int(seconds)


def words_of(seconds):
    return f"{seconds // 60}:{seconds % 60:02d}"


def log(panel):
    return panel.get_by_role("log", name="What happens")


def done(panel, text):
    """Wait until a line says what was done."""
    expect(log(panel).get_by_text(text).last).to_be_visible()


def end(panel):
    show(panel, "End")
    press(panel, "End the run")
    dialog = panel.get_by_role("dialog", name="End the run")
    expect(dialog).to_contain_text("The clock halts")
    dialog.get_by_role("button", name="End the run").click()
    debrief = panel.get_by_role("group", name="Debrief")
    expect(debrief).to_be_visible()
    return debrief


def test_by_mouse_a_high_pressure_is_answered_and_earns_every_point(chair, axe):
    sit_down(chair, "3. Minute 28", 6)
    expect(chair.get_by_role("button", name="Go: let time run")).to_be_visible()
    assert clock(chair) == 24 * 60
    assert axe(chair.page, ".trd-chair") == []
    press(chair, "Step 5 min")
    expect(chair.locator(".tch-clock")).to_have_text("29:00")
    # Fast forward runs by itself and falls back to 1x in the second of the alarm.
    press(chair, "Speed 10 times")
    chair.get_by_role("button", name="Go: let time run").click()
    expect(chair.get_by_role("alert")).to_contain_text("Blood pressure very high", timeout=90_000)
    expect(chair.get_by_role("button", name="Speed 1 times")).to_have_attribute(
        "aria-pressed", "true"
    )
    chair.get_by_role("button", name="Stop time").click()
    assert axe(chair.page, ".trd-chair") == []
    show(chair, "Ask")
    for question in (
        "Any pain or pressure in your chest?",
        "Is your breathing all right?",
        "Any headache?",
        "Can you see as usual?",
        "Any weakness or numbness of face, arm or leg?",
    ):
        press(chair, f"Ask the patient: {question}")
        done(chair, question)
    press(chair, "Blood pressure now")
    press(chair, "Step 1 min")
    press(chair, "Pause the pump")
    expect(chair.get_by_role("group", name="Pump")).to_contain_text("paused")
    show(chair, "People")
    press(chair, "Call: Prescriber")
    done(chair, "Call: Prescriber")
    show(chair, "Chart")
    press(chair, "Say what you think it is …")
    before = clock(chair)
    dialog = chair.get_by_role("dialog", name="Say what you think it is")
    dialog.get_by_role("radio", name="High pressure without organ signs").check()
    assert axe(chair.page, ".tch-dialog") == []
    dialog.get_by_role("button", name="Say it").click()
    done(chair, "High pressure without organ signs")
    assert clock(chair) == before + 3
    # Otherwise its own cycle would now and then be in the way.
    show(chair, "Watch")
    press(chair, "Set the cuff's cycle: by hand")
    done(chair, "by hand")
    for _ in range(20):
        taken = log(chair).get_by_text("Blood pressure now").count()
        press(chair, "Blood pressure now")
        expect(log(chair).get_by_text("Blood pressure now")).to_have_count(taken + 1)
        # Pressed twice in a row, both minutes pass, unless an alarm stops them.
        before = clock(chair)
        press(chair, "Step 1 min")
        press(chair, "Step 1 min")
        expect(chair.locator(".tch-clock")).not_to_have_text(words_of(before))
        chair.page.wait_for_timeout(700)
        systolic, diastolic = chair.locator(".tch-bp .tch-value").inner_text().split("/")
        if int(systolic) < 165 and int(diastolic) < 100:
            break
    press(chair, "Stop the pump for good")
    show(chair, "Chart")
    press(chair, "Arrange: Blood pressure plan with the outpatient team")
    done(chair, "Blood pressure plan")
    debrief = end(chair)
    expect(debrief).to_contain_text("20 of 20 points")
    expect(debrief).to_be_focused()
    timeline = debrief.get_by_role("group", name="Timelines, side by side")
    expect(timeline.get_by_role("columnheader")).to_have_text(["You", "Model run"])
    expect(chair.get_by_text("What each action bought")).to_be_visible()
    assert axe(chair.page, ".trd-chair") == []
    expect(chair.locator(".tch-results")).to_contain_text("Minute 28")


def test_a_run_that_was_left_is_there_again_after_a_reload(chair, lab, settled, axe):
    page = chair.page
    sit_down(chair, "8. Minute 8", 4)
    press(chair, "Blood pressure now")
    done(chair, "Blood pressure now")
    press(chair, "Pause the pump")
    done(chair, "Pause the pump")
    # Where the reader stops the clock it stands when they come back.
    acted = clock(chair)
    chair.get_by_role("button", name="Go: let time run").click()
    expect(chair.locator(".tch-clock")).not_to_have_text(words_of(acted))
    chair.get_by_role("button", name="Stop time").click()
    page.wait_for_timeout(1500)
    stood, told = clock(chair), log(chair).inner_text()
    numbers = chair.locator(".tch-numbers").inner_text()
    lose_the_kernel(page)
    page.goto(lab.page_url("course/04_monitoring_the_infusion.ipynb"))
    expect(chair.locator(".tch-clock")).to_have_text(words_of(stood), timeout=120_000)
    settled()
    expect(chair.locator(".tch-runhead .tch-who")).to_have_text("Minute 8, variant 4")
    expect(chair.locator(".tch-say:visible")).to_contain_text("Taken up again where it stood")
    expect(chair.get_by_role("group", name="Pump")).to_contain_text("paused")
    assert log(chair).inner_text() == told
    assert chair.locator(".tch-numbers").inner_text() == numbers
    # Time stands until Go is pressed.
    page.wait_for_timeout(1500)
    assert clock(chair) == stood
    assert axe(page, ".trd-chair") == []
    chair.get_by_role("button", name="Go: let time run").click()
    expect(chair.locator(".tch-clock")).not_to_have_text(words_of(stood))
    # What is ended does not come back.
    end(chair)
    page.goto(lab.page_url("course/04_monitoring_the_infusion.ipynb"))
    expect(chair.get_by_role("button", name="Take the chair")).to_be_visible(timeout=120_000)


def test_keys_work_inside_the_panel_can_be_seen_and_switched_off(chair):
    keys = chair.page.keyboard
    cells = chair.page.locator(".jp-Cell").count()
    sit_down(chair, "8. Minute 8")
    expect(chair.locator(".tch-runhead .tch-who")).to_be_focused()
    keys.press("b")
    done(chair, "Blood pressure now")
    keys.press("p")
    expect(chair.get_by_role("group", name="Pump")).to_contain_text("paused")
    keys.press("s")
    expect(chair.locator(".tch-clock")).to_have_text("6:14")
    keys.press("k")
    dialog = chair.get_by_role("dialog", name="Keys")
    expect(dialog).to_contain_text("Pause the pump")
    dialog.get_by_role("checkbox", name="Keys are on").focus()
    keys.press("Space")
    keys.press("Escape")
    expect(dialog).to_be_hidden()
    expect(chair.locator("kbd").locator("visible=true")).to_have_count(0)
    chair.get_by_role("tab", name="Watch").focus()
    # Neither the panel nor JupyterLab takes them any more.
    for letter in "bmxsa":
        keys.press(letter)
    keys.press("ArrowRight")
    expect(chair.get_by_role("tab", name="Ask")).to_be_focused()
    expect(chair.locator(".tch-clock")).to_have_text("6:14")
    expect(chair.get_by_role("group", name="Pump")).to_contain_text("paused")
    assert chair.page.locator(".jp-Cell").count() == cells


def test_in_words_alone_everything_can_be_known_and_done(chair, axe):
    sit_down(chair, "6. Minute 30")
    press(chair, "Text only")
    words = chair.get_by_role("group", name="The chair in words")
    expect(words).to_contain_text("Heart rate")
    expect(chair.locator("canvas")).to_be_hidden()
    show(chair, "Watch")
    press(chair, "Capnograph on")
    expect(words).to_contain_text(re.compile(r"Capnograph\s*\d+ mmHg"))
    # Time stops where it is first heard.
    for _ in range(12):
        if "crowing" in words.inner_text():
            break
        before = clock(chair)
        press(chair, "Step 5 min")
        expect(chair.locator(".tch-clock")).not_to_have_text(words_of(before))
    expect(words).to_contain_text("crowing")
    expect(log(chair)).to_contain_text("Crowing")
    for _ in range(12):
        if "Capnograph flat" in words.inner_text():
            break
        before = clock(chair)
        press(chair, "Step 10 s")
        expect(chair.locator(".tch-clock")).not_to_have_text(words_of(before))
    expect(words).to_contain_text("Capnograph flat")
    assert axe(chair.page, ".trd-chair") == []
    press(chair, "Stop the pump for good")
    expect(words).to_contain_text("stopped")
    press(chair, "Read it out")
    expect(chair.get_by_role("status").filter(has_text="Alarms: Capnograph flat")).to_be_attached()
    expect(end(chair)).to_contain_text("How often it happens")


@pytest.fixture
def desk(lab):
    """The folder of the assignment, as it is fetched."""
    folder = lab.home / "trainee" / "cases" / "04-monitoring"
    if not folder.exists():
        shutil.copytree(lab.home / "exchange" / "trd" / "outbound" / "04-monitoring", folder)
    return folder


def open_case(lab, screen, settled):
    """Open the graded chair of a case, its kernel up and idle."""
    screen.goto(lab.page_url("cases/04-monitoring/case-b.ipynb"))
    panel = screen.locator(".trd-chair").locator("visible=true").first
    expect(panel).to_be_visible(timeout=120_000)
    settled()
    panel.scroll_into_view_if_needed()
    return panel


def lose_the_kernel(screen):
    screen.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    screen.wait_for_timeout(1500)


def test_a_graded_run_outlives_its_kernel_and_comes_back_as_it_ended(
    lab, screen, settled, axe, desk
):
    panel = open_case(lab, screen, settled)
    press(panel, "Take the chair")
    expect(panel.locator(".tch-clock")).to_have_text("31:00")
    press(panel, "Step 10 s")
    expect(panel.locator(".tch-clock")).to_have_text("31:10")
    press(panel, "Blood pressure now")
    done(panel, "Blood pressure now")
    panel.get_by_role("button", name="Go: let time run").click()
    expect(panel.locator(".tch-clock")).to_have_text(re.compile("31:1[5-9]"))
    panel.get_by_role("button", name="Stop time").click()
    # What was asked for before the stop may still be on its way.
    screen.wait_for_timeout(1500)
    stood = clock(panel)
    lose_the_kernel(screen)
    panel = open_case(lab, screen, settled)
    expect(panel.locator(".tch-clock")).to_have_text(words_of(stood))
    done(panel, "Blood pressure now")
    expect(panel.locator(".tch-say:visible")).to_contain_text("Taken up again where it stood")

    press(panel, "Begin anew")
    dialog = panel.get_by_role("dialog", name="Begin anew")
    expect(dialog).to_contain_text("it does not count and cannot be brought back")
    assert axe(screen, ".tch-dialog") == []
    dialog.get_by_role("button", name="Begin anew").click()
    press(panel, "Take the chair")
    expect(log(panel)).not_to_contain_text("Blood pressure now")
    press(panel, "Stop the pump for good")
    done(panel, "Stop the pump")
    show(panel, "End")
    press(panel, "End the run")
    dialog = panel.get_by_role("dialog", name="End the run")
    dialog.get_by_role("button", name="End the run").click()
    after = panel.get_by_role("group", name="After the run")
    expect(after).to_contain_text("has been recorded")
    # Below it stands when the marks come; the reader is led there.
    below = screen.get_by_role("region", name="What the run came to")
    expect(below.locator("visible=true").first).to_be_focused()
    told = after.inner_text()
    assert "Stop the pump" in told and "points" not in told

    lose_the_kernel(screen)
    panel = open_case(lab, screen, settled)
    after = panel.get_by_role("group", name="After the run")
    expect(after).to_be_visible()
    assert after.inner_text() == told
    # It does not draw the page to itself, and there is nothing left to do but begin another.
    expect(after).not_to_be_focused()
    expect(panel.get_by_role("button").locator("visible=true")).to_have_count(1)
    assert axe(screen, ".trd-chair") == []
    press(panel, "Start a new run")
    expect(panel.get_by_role("button", name="Take the chair")).to_be_visible()


def test_clock_alarm_and_numbers_stay_in_view_and_what_is_set_shows(chair):
    for width, height in ((1280, 800), (420, 900)):
        chair.page.set_viewport_size({"width": width, "height": height})
        if width == 1280:
            sit_down(chair, "4. Minute 35")
        show(chair, "Hands")
        log(chair).scroll_into_view_if_needed()
        strip = chair.locator(".tch-strip")
        expect(strip).to_be_in_viewport(ratio=0.95)
        expect(strip).to_contain_text("SpO₂")
    press(chair, "Oxygen: high flow by mask")
    set_now = chair.get_by_role("button", name="Oxygen: high flow by mask")
    expect(set_now).to_have_attribute("aria-pressed", "true")
    expect(chair.get_by_role("button", name="Oxygen: off")).to_have_attribute(
        "aria-pressed", "false"
    )
    expect(chair.locator(".tch-newest")).to_contain_text("Oxygen: high flow by mask")
    # The pump runs: whoever ends now is told so.
    show(chair, "End")
    press(chair, "End the run")
    dialog = chair.get_by_role("dialog", name="End the run")
    expect(dialog).to_contain_text("The pump is still running.")
    dialog.get_by_role("button", name="Cancel").click()
    # A key that is held presses once.
    show(chair, "Watch")
    button = chair.get_by_role("button", name="Count breaths")
    button.focus()
    taken = log(chair).get_by_text("Count breaths").count()
    for _ in range(4):
        chair.page.keyboard.down("Enter")
    chair.page.keyboard.up("Enter")
    expect(log(chair).get_by_text("Count breaths")).to_have_count(taken + 1)
    chair.page.wait_for_timeout(1000)
    expect(log(chair).get_by_text("Count breaths")).to_have_count(taken + 1)


def test_time_stands_still_when_nobody_can_see_the_chair(chair):
    sit_down(chair, "9. Minute 33")
    chair.get_by_role("button", name="Go: let time run").click()
    expect(chair.locator(".tch-clock")).not_to_have_text("30:00")
    chair.page.evaluate(
        """() => {
            Object.defineProperty(document, 'hidden', { get: () => true, configurable: true });
            document.dispatchEvent(new Event('visibilitychange'));
        }"""
    )
    expect(chair.get_by_role("button", name="Go: let time run")).to_be_visible()
    expect(chair.get_by_text("Time was stopped because")).to_be_visible()
    # A message may still have been on its way; then nothing moves.
    chair.page.wait_for_timeout(1200)
    stood = clock(chair)
    chair.page.wait_for_timeout(2500)
    assert clock(chair) == stood


def test_on_a_telephone_nothing_is_cut_off(chair):
    chair.page.set_viewport_size({"width": 420, "height": 900})
    sit_down(chair, "7. Minute 26")
    assert chair.evaluate("node => node.scrollWidth <= node.clientWidth")
    for width in (420, 320):
        chair.page.set_viewport_size({"width": width, "height": 900})
        for tab in ("Before", "Ask", "Hands", "Drugs", "People", "Chart", "End"):
            show(chair, tab)
            assert chair.evaluate("node => node.scrollWidth <= node.clientWidth"), (width, tab)
    chair.page.set_viewport_size({"width": 420, "height": 900})
    end(chair)
    assert chair.evaluate("node => node.scrollWidth <= node.clientWidth")
    assert chair.page.outside == []
