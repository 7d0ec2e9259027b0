"""The first page: eight questions told together, the way through the course, what comes back."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from trd.quiz.masters import items_in

ROOT = Path(__file__).resolve().parents[2]
START = "course/00_start_here.ipynb"

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def shown(page, selector):
    return page.locator(selector).locator("visible=true")


def box(page, title):
    return shown(page, ".trd-journey").filter(has_text=title)


def question(page, number):
    return shown(page, ".trd-item").filter(has_text=f"Question {number} of 8")


def test_the_eight_questions_are_explained_when_the_last_is_kept(lab, screen, settled, axe):
    items = [item for item in items_in(ROOT / START) if item.together]
    screen.goto(lab.url)
    expect(box(screen, "Where you are")).to_contain_text("Begin with the eight questions")
    settled()
    for number in range(1, len(items) + 1):
        asked = question(screen, number)
        # By keyboard: into the group, one down, keep.
        asked.get_by_role("radio").first.focus()
        screen.keyboard.press("ArrowDown")
        asked.get_by_role("button", name="Keep my answer").focus()
        screen.keyboard.press("Enter")
        if number < len(items):
            expect(asked.locator(".trd-status")).to_contain_text("explained together")
            expect(asked.locator(".trd-verdict")).to_have_count(0)
    right = sum(list(item.options)[1] == item.secret.key for item in items)
    for number in range(1, len(items) + 1):
        expect(question(screen, number).locator(".trd-verdict")).to_be_visible()
    expect(box(screen, "Your eight questions")).to_contain_text(f"{right} of 8 right")
    expect(box(screen, "Where you are")).to_contain_text("Next:")
    assert axe(screen, ".trd-journey") == []
    # The overview leads on, in the same window.
    box(screen, "Where you are").get_by_role("link", name="Screening candidates").click()
    expect(screen.get_by_role("heading", name="Screening candidates").first).to_be_visible()


def test_a_self_check_missed_two_days_ago_is_asked_again_and_a_right_answer_puts_it_off(
    lab, screen, settled
):
    lesson = "01_what_is_trd"
    # Not the first, which is a guess before any teaching.
    items = items_in(ROOT / f"course/{lesson}.ipynb")[1:]
    item = next(item for item in items if item.kind == "single_best")
    wrong = next(name for name in item.options if name != item.secret.key)
    missed = {
        "v": 1,
        "notebook": lesson,
        "item": item.id,
        "answer": wrong,
        "confidence": None,
        "at": (datetime.now(UTC) - timedelta(days=2)).isoformat(timespec="seconds"),
    }
    log = lab.home / "progress" / "progress.jsonl"
    log.parent.mkdir(exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        file.write(json.dumps(missed) + "\n")
    screen.goto(lab.page_url(START))
    back = box(screen, "What comes back")
    expect(back).to_contain_text("1 question today")
    settled()
    back.get_by_role("button", name="Ask me").click()
    asked = back.locator(".trd-item")
    expect(asked.get_by_role("radio", checked=True)).to_have_count(0)
    asked.get_by_text(item.options[item.secret.key], exact=True).click()
    asked.get_by_role("button", name="Check my answer").click()
    expect(asked).to_contain_text("Yes, that is right")
    back.get_by_role("button", name="Finish").click()
    expect(back).to_contain_text("1 of 1 right")
    expect(back).to_contain_text("Nothing is due just now")
