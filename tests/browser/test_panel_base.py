"""What the five lessons share: alternative text, table, keyboard, reset, error card."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]


@pytest.fixture
def panel(lab, screen, settled):
    page = {
        "cells": [
            {
                "cell_type": "code",
                "id": "panel",
                "metadata": {},
                "source": "import demo_panel\ndemo_panel.panel()",
                "outputs": [],
                "execution_count": None,
            }
        ],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "trd": {"kind": "lesson", "autorun": True},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    Path(lab.home, "trainee", "course", "panel.ipynb").write_text(json.dumps(page))
    screen.goto(lab.page_url("course/panel.ipynb"))
    expect(screen.get_by_role("slider", name="Level")).to_be_visible()
    settled()
    return screen


def _alt(page, text):
    expect(page.locator("img.trd-figure")).to_have_attribute("alt", text)


def test_a_panel_can_be_used_by_keyboard_alone_and_put_back(panel, axe):
    slider = panel.get_by_role("slider", name="Level")
    _alt(panel, "The level is 40 mg; six, False, [], 1 rows.")
    slider.focus()
    for _ in range(3):
        panel.keyboard.press("ArrowRight")
    _alt(panel, "The level is 55 mg; six, False, [], 1 rows.")
    # The words are also on the page, where a screen reader hears them change.
    expect(panel.locator(".trd-words")).to_have_text("The level is 55 mg; six, False, [], 1 rows.")

    panel.get_by_role("radio", name="6 weeks").focus()
    panel.keyboard.press("ArrowUp")
    _alt(panel, "The level is 55 mg; four, False, [], 1 rows.")
    panel.get_by_label("Strict doses").focus()
    panel.keyboard.press("Space")
    panel.get_by_role("radio", name="Sleep: Yes").focus()
    panel.keyboard.press("Space")
    panel.get_by_role("button", name="Add a trial").focus()
    panel.keyboard.press("Enter")
    _alt(panel, "The level is 55 mg; four, True, [('sleep', 1)], 2 rows.")

    panel.get_by_role("button", name="Show data").press("Enter")
    expect(panel.locator(".trd-table td")).to_have_text("55")
    assert axe(panel, ".jp-OutputArea") == []

    panel.get_by_role("button", name="Reset").press("Enter")
    _alt(panel, "The level is 40 mg; six, False, [], 1 rows.")
    expect(panel.locator(".trd-table")).to_have_count(0)


def test_a_number_out_of_range_says_the_limit_and_changes_nothing(panel):
    box = panel.get_by_label("Level, as a number")
    box.fill("140")
    box.press("Enter")
    expect(panel.locator(".trd-complaint").first).to_have_text(
        "140 mg is outside the range. Enter a number from 0 to 100 mg."
    )
    _alt(panel, "The level is 40 mg; six, False, [], 1 rows.")
    box.fill("62,5")
    box.press("Enter")
    _alt(panel, "The level is 62.5 mg; six, False, [], 1 rows.")
    expect(panel.locator(".trd-complaint").first).to_be_empty()
    # The box stands beside its unit, and people type it again.
    box.fill("55 mg")
    box.press("Enter")
    _alt(panel, "The level is 55 mg; six, False, [], 1 rows.")
    expect(box).to_have_value("55")


def test_what_goes_wrong_is_a_friendly_card_and_the_page_goes_on(panel):
    drug = panel.get_by_label("Drug", exact=True)
    drug.select_option("broken")
    card = panel.get_by_role("alert").filter(has_text="could not be drawn")
    expect(card).to_contain_text("How high is the level?")
    expect(card.locator("code")).to_contain_text("TRD-")
    expect(panel.get_by_text("Traceback")).to_have_count(0)
    drug.select_option("refused")
    expect(panel.get_by_text("That drug is not in the table. Pick another one.")).to_be_visible()
    drug.select_option("good")
    _alt(panel, "The level is 40 mg; six, False, [], 1 rows.")


def test_it_fits_a_narrow_screen(panel):
    panel.set_viewport_size({"width": 420, "height": 800})
    expect(panel.get_by_role("slider", name="Level")).to_be_visible()
    # The picture stays large enough to read and is scrolled sideways in a frame of its own,
    # which the keyboard reaches; the page itself does not scroll sideways.
    frame = panel.locator(".trd-scroll")
    expect(frame).to_have_attribute("tabindex", "0")
    expect(frame).to_be_visible()
    panel.wait_for_function(
        "document.querySelector('.trd-scroll').getBoundingClientRect().right <= 420"
    )
    page = panel.locator(".jp-WindowedPanel-outer")
    assert page.evaluate("node => node.scrollWidth - node.clientWidth") <= 1
