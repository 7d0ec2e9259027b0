"""Lesson 5 in a real browser: the claims audit, what is there again after a reload, the icons."""

import re

import pytest
from playwright.sync_api import expect

from trd.communication.audit import KINDS, MIXED, draw
from trd.communication.personas import person

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

VERDICTS = list(KINDS)


@pytest.fixture
def lesson(lab, screen, settled):
    screen.goto(lab.page_url("course/05_communicating_risk.ipynb"))
    expect(screen.locator(".tca-audit").locator("visible=true").first).to_be_visible(
        timeout=120_000
    )
    # The rest of the lesson has to run as well before the kernel has time for a panel.
    settled()
    return screen


# -- the claims audit --------------------------------------------------------------------------


@pytest.fixture
def audit(lesson):
    panel = lesson.locator(".tca-audit").locator("visible=true").first
    panel.scroll_into_view_if_needed()
    return panel


def deal(panel, number):
    """Deal a mixed draw by number, by keyboard alone."""
    keys = panel.page.keyboard
    panel.get_by_label("Sentences", exact=True).select_option(MIXED)
    panel.get_by_label("Draw", exact=True).focus()
    keys.press("Control+a")
    keys.type(str(number))
    keys.press("Enter")
    expect(panel.locator(".tca-what")).to_have_text(f"Ten from all lessons, draw {number}")
    expect(panel.get_by_role("group", name="Sentence to judge")).to_be_focused()


def test_by_keyboard_alone_a_round_is_judged_summed_up_and_kept(audit, axe):
    keys = audit.page.keyboard
    deal(audit, 5)
    cards = draw(MIXED, 5)
    told = audit.locator(".tca-told")
    expect(told).to_be_hidden()
    assert axe(audit.page, ".tca-audit") == []
    for index, card in enumerate(cards):
        expect(audit.locator(".tca-count")).to_have_text(f"Sentence {index + 1} of 10")
        expect(audit.locator(".tca-claim")).to_have_text(f"{card.claim}.")
        # The first is judged as sound whatever it is, the others rightly.
        keys.press(str(1 + VERDICTS.index(card.verdict if index else "supported")))
        expect(told).to_contain_text(card.restatement)
        expect(told).to_contain_text(f"Verdict: {KINDS[card.verdict].words}")
        onward = audit.get_by_role("button", name="Sum up" if index == 9 else "Next sentence")
        expect(onward).to_be_focused()
        if index == 0:
            assert axe(audit.page, ".tca-audit") == []
            assert told.get_by_role("link").count() > 0
        keys.press("Enter")
    outcome = audit.get_by_role("group", name="What the round came to")
    expect(outcome).to_be_focused()
    right = 9 + (cards[0].verdict == "supported")
    expect(outcome).to_contain_text(f"You agreed with the audit on {right} of 10 sentences")
    kept = audit.locator(".tca-results")
    expect(kept).to_contain_text("All your rounds")
    assert axe(audit.page, ".tca-audit") == []
    before = kept.inner_text()
    # Another day: the page is opened and started anew.
    audit.page.evaluate("window.jupyterapp.commands.execute('kernelmenu:shutdown')")
    audit.page.reload()
    again = audit.page.locator(".tca-audit").locator("visible=true").first
    expect(again.locator(".tca-results")).to_have_text(
        re.compile("All your rounds"), timeout=120_000
    )
    assert again.locator(".tca-results").inner_text() == before


def test_by_mouse_trust_is_marked_a_round_stopped_and_a_row_found_by_reviewers(audit, axe):
    number = audit.get_by_label("Draw", exact=True)
    number.fill("12.5")
    audit.get_by_role("button", name="Deal").click()
    expect(audit.get_by_role("alert")).to_contain_text("a whole number from 1 to 999")
    expect(number).to_have_value("12.5")
    deal(audit, 1)
    cards = draw(MIXED, 1)
    worst = next(index for index, card in enumerate(cards) if card.id == "C53")
    for index in range(worst + 1):
        expect(audit.locator(".tca-count")).to_have_text(f"Sentence {index + 1} of 10")
        audit.get_by_role("button", name="Holds").click()
        expect(audit.locator(".tca-told")).to_be_visible()
        if index < worst:
            audit.get_by_role("button", name="Next sentence").click()
    told = audit.locator(".tca-told")
    expect(told).to_contain_text("Too trusting")
    expect(told).to_contain_text("Number 1 of our ten most misleading")
    expect(told).to_contain_text("17 of 24")
    expect(audit.get_by_role("button", name="Overstated")).to_contain_text("(the verdict)")
    expect(audit.get_by_role("button", name="Holds")).to_be_disabled()
    audit.get_by_role("button", name="Stop here and sum up").click()
    outcome = audit.get_by_role("group", name="What the round came to")
    expect(outcome).to_contain_text("Round stopped here")
    expect(outcome).to_contain_text("as sound")
    # The table of all sentences, narrowed down.
    audit.get_by_text("For reviewers").click()
    expect(audit.get_by_text("171 of 171 shown")).to_be_visible()
    audit.get_by_label("Verdict").select_option("unsupported")
    expect(audit.get_by_text("9 of 171 shown")).to_be_visible()
    audit.get_by_label("Words").fill("resilience")
    expect(audit.get_by_text("1 of 171 shown")).to_be_visible()
    table = audit.get_by_role("group", name="All audited sentences")
    expect(table.get_by_role("row").filter(visible=True).last).to_contain_text("D11")
    audit.page.set_viewport_size({"width": 420, "height": 900})
    assert axe(audit.page, ".tca-audit") == []
    # Nothing sticks out of a narrow screen.
    assert audit.evaluate("node => node.scrollWidth <= node.clientWidth + 1")


# -- what was left unfinished ------------------------------------------------------------------


def test_a_round_and_a_conversation_that_were_left_are_there_again_after_a_reload(
    audit, axe, lab, settled
):
    page = audit.page
    deal(audit, 8)
    cards = draw(MIXED, 8)
    for index in range(3):
        expect(audit.locator(".tca-count")).to_have_text(f"Sentence {index + 1} of 10")
        audit.get_by_role("button", name="Overstated").click()
        if index < 2:
            audit.get_by_role("button", name="Next sentence").click()
    expect(audit.locator(".tca-told")).to_contain_text(cards[2].restatement)
    talk = page.locator(".trd-talk").locator("visible=true").first
    entries = talk.locator(".trd-entry")
    lena = person("lena")
    first = next(each for each in lena.first.replies if each.to)
    talk.get_by_label("Talk to").select_option("lena")
    talk.get_by_role("button", name="Begin", exact=True).click()
    expect(talk.locator(".trd-who")).to_have_text(lena.title)
    talk.get_by_role("radio", name=first.text).check()
    talk.get_by_role("button", name="Say this").click()
    expect(entries).to_have_count(2)
    said = talk.locator(".trd-log").inner_text()
    dots = audit.locator(".tca-dots").inner_text()

    # What is on the screen is on the disk: the page may go at any time.
    page.goto(lab.page_url("course/05_communicating_risk.ipynb"))
    expect(audit.locator(".tca-count")).to_have_text("Sentence 3 of 10", timeout=120_000)
    settled()
    expect(audit.locator(".tca-what")).to_have_text("Ten from all lessons, draw 8")
    expect(audit.get_by_text("this round goes on where you left it")).to_be_visible()
    expect(audit.locator(".tca-told")).to_contain_text(cards[2].restatement)
    assert audit.locator(".tca-dots").inner_text() == dots
    expect(talk.locator(".trd-who")).to_have_text(lena.title)
    expect(talk.get_by_label("Talk to")).to_have_value("lena")
    expect(entries).to_have_count(2)
    assert talk.locator(".trd-log").inner_text() == said
    expect(talk.get_by_text("this conversation goes on where you left it")).to_be_visible()
    for width in (1280, 420):
        page.set_viewport_size({"width": width, "height": 800})
        assert axe(page, ".tca-audit") == []
        assert axe(page, ".trd-talk") == []
        for panel in (audit, talk):
            assert panel.evaluate("node => node.scrollWidth <= node.clientWidth + 1")
    page.set_viewport_size({"width": 1280, "height": 800})

    # Both go on, and the round that is over does not come back.
    audit.get_by_role("button", name="Next sentence").click()
    expect(audit.locator(".tca-count")).to_have_text("Sentence 4 of 10")
    expect(audit.get_by_text("goes on where you left it")).to_be_hidden()
    audit.get_by_role("button", name="Stop here and sum up").click()
    expect(audit.get_by_role("group", name="What the round came to")).to_be_visible()
    second = next(each for each in lena.turns[first.to].replies if not each.critical)
    talk.get_by_role("radio", name=second.text).check()
    talk.get_by_role("button", name="Say this").click()
    expect(entries).to_have_count(3)
    expect(talk.get_by_text("goes on where you left it")).to_be_hidden()
    page.goto(lab.page_url("course/05_communicating_risk.ipynb"))
    expect(entries).to_have_count(3, timeout=120_000)
    settled()
    expect(audit.locator(".tca-count")).to_have_text("Sentence 1 of 10")
    expect(audit.locator(".tca-what")).not_to_contain_text("draw 8")


# -- the icon array ----------------------------------------------------------------------------


def test_the_icon_array_says_in_words_what_it_shows_and_keeps_its_numbers_when_scattered(
    lesson, axe
):
    panel = (
        lesson.locator(".trd-panel")
        .filter(has=lesson.get_by_text("A hundred people: benefit and harm on one page"))
        .locator("visible=true")
        .first
    )
    panel.scroll_into_view_if_needed()
    people = panel.get_by_role("img", name=re.compile(r"of 100 people are filled in"))
    expect(people).to_have_count(4)
    shown = [people.nth(n).get_attribute("aria-label") for n in range(4)]
    assert [label.split()[0] for label in shown] == ["26", "47", "17", "69"]
    places = """(node) => [...node.querySelectorAll(".on use")]
        .map((each) => `${each.getAttribute("x")} ${each.getAttribute("y")}`).join()"""
    grouped = people.first.evaluate(places)
    assert axe(lesson, ".trd-panel:has(.trd-ia)") == []
    panel.get_by_role("radio", name="grouped").focus()
    lesson.keyboard.press("ArrowRight")
    expect(panel.get_by_role("radio", name="scattered")).to_be_checked()
    for _ in range(200):
        if people.first.evaluate(places) != grouped:
            break
        lesson.wait_for_timeout(100)
    assert people.first.evaluate(places) != grouped
    # The people have moved; the numbers have not.
    assert [people.nth(n).get_attribute("aria-label") for n in range(4)] == shown
