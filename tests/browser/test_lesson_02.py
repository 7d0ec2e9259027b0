"""Lesson 2 in a real browser: the infusion is run by keyboard and by mouse."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]


@pytest.fixture
def panel_with(lab, screen, settled):
    """Give a function that opens the lesson and returns the panel with a slider of that name."""

    def opened(slider):
        screen.goto(lab.page_url("course/02_nmda_and_glutamate.ipynb"))
        panel = screen.locator(".trd-panel").filter(
            has=screen.get_by_role("slider", name=slider, exact=True)
        )
        panel = panel.locator("visible=true").first
        expect(panel.locator("img.trd-figure")).to_be_visible(timeout=60_000)
        # The rest of the lesson has to be there before the kernel has time for a panel.
        settled()
        panel.scroll_into_view_if_needed()
        return panel

    return opened


@pytest.fixture
def infusion(panel_with):
    return panel_with("Given over")


def _peaks(panel):
    """The peaks that the picture's alternative text names, in ng/mL."""
    text = panel.locator("img.trd-figure").get_attribute("alt")
    return [float(number) for number in re.findall(r"(\d+(?:\.\d+)?) ng/mL", text)]


def _changed(panel, before):
    expect(panel.locator("img.trd-figure")).not_to_have_attribute("alt", before, timeout=20_000)


def _alt(panel):
    return panel.locator("img.trd-figure").get_attribute("alt")


def test_by_keyboard_a_slower_infusion_lowers_the_peak(infusion, settled):
    before = _alt(infusion)
    slider = infusion.get_by_role("slider", name="Given over")
    slider.focus()
    for _ in range(20):
        slider.press("ArrowRight")
    _changed(infusion, before)
    expect(infusion.get_by_label("Given over, as a number")).to_have_value("60")
    expect(infusion.locator(".trd-words")).to_contain_text("over 60 min")
    settled()
    infusion.get_by_role("button", name="Reset").press("Enter")
    expect(infusion.locator("img.trd-figure")).to_have_attribute("alt", before, timeout=20_000)


def test_the_slider_under_the_hand_stays_where_it_is(infusion):
    slider = infusion.get_by_role("slider", name="Paused or stopped at")

    def height():
        return slider.bounding_box()["y"] - infusion.bounding_box()["y"]

    # A pause at minute 1, then at minute 40, where there is nothing left to pause: the words above
    # the slider grow and shrink.
    start = height()
    before = _alt(infusion)
    for key in ("Home", "End"):
        slider.press(key)
        _changed(infusion, before)
        before = _alt(infusion)
        assert height() == pytest.approx(start, abs=1)


def test_by_mouse_weight_changes_milligrams_and_not_the_level(infusion, axe):
    before = _alt(infusion)
    slider = infusion.get_by_role("slider", name="Body weight")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    slider.click(position={"x": 0.9 * box["width"], "y": box["height"] / 2})
    _changed(infusion, before)
    expect(infusion.get_by_label("Body weight, as a number")).not_to_have_value("70")
    assert (
        _peaks(infusion)[:1] == [float(n) for n in re.findall(r"(\d+(?:\.\d+)?) ng/mL", before)][:1]
    )
    expect(infusion).to_contain_text("Simulation: not for patient care")
    assert axe(infusion.page, ".jp-OutputArea") == []


# What the kernel says arrives late, as on a machine that has much to do.
LATE = """
window.WebSocket = class extends WebSocket {
  get onmessage() { return super.onmessage; }
  set onmessage(heard) {
    const hear = (event) => heard.call(this, event);
    super.onmessage = (event) => (window.late ? setTimeout(hear, window.late, event) : hear(event));
  }
};
"""


def test_reset_stops_what_is_playing(panel_with, screen):
    screen.add_init_script(LATE)
    channel = panel_with("Minute")
    minute = channel.get_by_label("Minute, as a number")
    screen.evaluate("window.late = 700")
    channel.get_by_role("button", name=re.compile("^Play")).click()
    # It starts over, and is under way.
    expect(minute).to_have_value(re.compile("^[02468]$"), timeout=20_000)
    channel.get_by_role("button", name="Reset").click()
    expect(channel.get_by_role("button", name="Play: Minute")).to_be_visible(timeout=20_000)
    # Nothing comes after it.
    screen.wait_for_timeout(2500)
    expect(minute).to_have_value("40")
    # Left alone, it stops at the end.
    screen.evaluate("window.late = 0")
    minute.fill("116")
    minute.press("Enter")
    channel.get_by_role("button", name=re.compile("^Play")).click()
    expect(channel.get_by_role("button", name="Play again: Minute")).to_be_visible(timeout=20_000)
    expect(minute).to_have_value("120")
