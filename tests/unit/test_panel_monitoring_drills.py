"""Lesson 4: drill sheets and logbook, from the simulator's own data to a page that prints."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser

import pytest

from trd.monitoring.actions import DRUGS
from trd.monitoring.casebook import SCENARIOS, scenario
from trd.monitoring.drill_sheets import (
    COPIES,
    DRUGS_OF,
    FACILITATOR,
    LOGBOOK,
    NOTICE,
    TEAM,
    Sheet,
    by_when,
    drills,
    label,
    order_sections,
    sections_of,
    sheet,
    sheets,
)
from trd.monitoring.evidence import evidence_rows
from trd.monitoring.model_answers import perfect_log
from trd.monitoring.orders import LOCAL, SECTIONS, order_set
from trd.monitoring.panels import drill_sheets
from trd.monitoring.schemes import SCHEMES
from trd.monitoring.views.drill_sheets import body, page
from trd.panel.paper import address

EVERY = [(key, copy) for key in sheets() for copy in COPIES]
#: Words that tell what happens in a drill.
TELLING = ("headache", "eight times", "8.0 times", "snor", "spasm", "crowing")


def section(found: Sheet, heading: str):
    return next(each for each in found.sections if each.heading.startswith(heading))


def words(found: Sheet) -> str:
    """Return every word of a sheet."""
    parts = [found.title, found.subtitle, found.notice]
    for each in found.sections:
        parts.append(each.heading)
        for block in each.blocks:
            if block.kind != "facts":
                parts += [block.text, *block.items, *block.header]
            parts += [cell for row in block.rows for cell in row]
    return "\n".join(parts)


def tables(found: Sheet, heading: str):
    return [each for each in section(found, heading).blocks if each.kind == "table"]


# --- content ---------------------------------------------------------------------------------


def test_the_drills_are_scenarios_four_to_six():
    assert [scenario(key).number for key in drills()] == [4, 5, 6]
    assert sheets() == (*drills(), LOGBOOK)


@pytest.mark.parametrize("key", drills())
def test_a_drill_has_roles_blanks_questions_and_how_rare_it_is(key):
    found, told = sheet(key), scenario(key)
    assert found.title == f"Drill sheet {told.number}: {told.title}"
    (roles,) = tables(found, "Roles")
    assert {"Nurse at the chair", "Prescriber", "Anaesthetist on call", "Facilitator"} <= {
        row[0] for row in roles.rows
    }
    assert all(what and not blank for _, what, blank in roles.rows)
    assert section(found, "How it begins").blocks[0].text in {
        told.begin(seed).brief for seed in range(1, 9)
    }
    assert sum(each.count for each in section(found, "Afterwards").blocks) >= 8
    rare = section(found, "How rare")
    assert rare.blocks[0].text == told.rare
    assert set(told.rarity) <= set(rare.blocks[1].items)
    assert told.rare not in words(sheet(key, TEAM))


@pytest.mark.parametrize("key", drills())
def test_the_order_set_is_the_simulators_with_blanks_for_what_is_local(key):
    found = section(sheet(key), "Order set")
    ticks = {block.text: block.items for block in found.blocks if block.kind == "ticks"}
    assert tuple(ticks) == order_sections()
    # Every emergency, whichever event it is, and none of the routine.
    assert set(SECTIONS) - set(ticks) == {"Before", "Infusion", "After"}
    for name, lines in ticks.items():
        assert lines == tuple(each.text for each in order_set(name))
    drugs, ours = [each for each in found.blocks if each.kind == "table"]
    labels = dict(DRUGS)
    given = {
        entry["drug"]
        for seed in (1, 2)
        for entry in perfect_log(key, seed)
        if entry["do"] == "give"
    }
    # Whatever the model run gives has a line to fill in, and every other cell is empty.
    assert {labels[each] for each in given} <= {row[0] for row in drugs.rows}
    assert all(not cell for row in (*drugs.rows, *ours.rows) for cell in row[1:])


def test_every_section_that_leaves_a_drug_to_local_order_has_a_blank_for_it():
    for name in order_sections():
        leaves_open = any(LOCAL in each.text for each in order_set(name))
        assert leaves_open == (name in DRUGS_OF), name


@pytest.mark.parametrize("key", drills())
def test_cards_get_worse_untouched_and_better_answered(key):
    untouched, answered = tables(sheet(key), "Cards")

    def column(table, name):
        place = table.header.index(name)
        return [int(re.match(r"\d+", row[place])[0]) for row in table.rows]  # type: ignore[index]

    assert untouched.rows[0][0] == "0:00"
    if key == "pressure-with-signs":
        name = "Pressure, if measured"
        assert column(untouched, name)[-1] > column(untouched, name)[0]
        assert column(answered, name)[-1] < max(column(untouched, name))
        assert "headache" in untouched.rows[0][1]
    else:
        assert column(untouched, "SpO2")[-1] < 75
        assert min(column(answered, "SpO2")) > 90
        assert column(answered, "MOAA/S")[-1] >= 4


def test_the_pump_of_the_pump_error_is_told_to_the_facilitator_only():
    inside = words(sheet("pump-error", FACILITATOR))
    assert "the pump shows 7 mg/min" in inside
    assert "8.0 times the order" in inside
    assert "7 mg/min" not in words(sheet("pump-error", TEAM))


@pytest.mark.parametrize("key", drills())
def test_the_observer_has_every_rule_without_its_points(key):
    (table,) = tables(sheet(key), "List for the observer")
    assert [row[0] for row in table.rows] == [each.label for each in SCHEMES[key].rules]
    for row in table.rows:
        assert not re.search(r"\bhalf\b|\bthird|\bpoints?\b", row[1], re.IGNORECASE), row
        assert row[2:] == ("", "")


@pytest.mark.parametrize(
    ("marking", "kept"),
    [
        ("Within 60 s of the complaint; half within 3 minutes.", "Within 60 s of the complaint."),
        ("A third each, within 75 s; half of that within 2 minutes.", "Within 75 s."),
        ("Half each: read against the order; kept.", "Read against the order; kept."),
        ("Within 90 s of their coming, half within 3 minutes.", "Within 90 s of their coming."),
        ("A third each.", ""),
        ("Called.", "Called."),
    ],
)
def test_points_are_taken_out_of_a_rule(marking, kept):
    assert by_when(marking) == kept


@pytest.mark.parametrize("key", drills())
def test_every_critical_error_is_talked_about_with_its_reason(key):
    (table,) = tables(sheet(key), "How near")
    told = {(each.error, each.reason, "") for each in SCHEMES[key].critical}
    assert set(table.rows) == told


@pytest.mark.parametrize("key", drills())
def test_the_teams_copy_does_not_give_the_event_away(key):
    found = sheet(key, TEAM)
    assert [each.heading for each in found.sections] == [
        "Roles",
        "How it begins",
        "Order set, with blanks",
        "Afterwards: talk it over",
    ]
    # The order set names what may happen, in whole sections; title, brief and name do not.
    outside = [each for each in found.sections if not each.heading.startswith("Order set")]
    told = words(Sheet(found.key, found.copy, found.title, found.subtitle, tuple(outside)))
    for telling in (*TELLING, key):
        assert telling not in f"{told} {found.file_name} {label(key)}".lower()


def test_the_order_set_of_the_team_is_the_same_whatever_the_event():
    (first, *others) = [section(sheet(key, TEAM), "Order set") for key in drills()]
    assert all(each == first for each in others)


def test_the_facilitator_is_told_which_part_of_the_order_set_is_meant():
    assert sections_of("pressure-with-signs") == ("Any emergency", "Pressure", "After an error")
    for key in ("pump-error", "laryngospasm"):
        assert sections_of(key) == ("Any emergency", "Airway", "After an error")
    for key in drills():
        line = f"This drill uses: {', '.join(sections_of(key))}."
        assert line in words(sheet(key, FACILITATOR))
        assert "This drill uses" not in words(sheet(key, TEAM))


@pytest.mark.parametrize(("key", "copy"), EVERY)
def test_no_sheet_is_without_its_notice_and_none_prints_a_dose(key, copy):
    found = sheet(key, copy)
    assert found.notice == NOTICE
    for piece in ("not proof of competence", "certifies no skill", "not yet clinically reviewed"):
        assert piece in found.notice
    # The ketamine of the order and of the pump; no other drug.
    for match in re.finditer(r"\d\s*(?:mg|mcg|µg)\S*", words(found)):
        around = words(found)[max(0, match.start() - 60) : match.end() + 40]
        assert re.search(r"[Kk]etamine|order|pump|mg given", around), around


def test_the_logbook_names_every_scenario_and_every_line_of_the_chair():
    found = sheet(LOGBOOK)
    (table,) = tables(found, "Exercises")
    numbered = [each for each in SCENARIOS.values() if each.number]
    assert len(table.rows) == len(numbered) == 10
    for row, told in zip(table.rows, numbered, strict=True):
        assert row[0].startswith(f"{told.number}. {told.title}")
        assert ("(drill)" in row[0]) == told.drill
    lines = {row[0] for table in tables(found, "At a real chair") for row in table.rows}
    for name in ("Before", "Infusion", "After"):
        assert {each.text for each in order_set(name)} <= lines
    assert "No names, dates of birth" in words(found)
    assert "not what somebody can do" in words(found)
    assert sheet(LOGBOOK, TEAM).sections == sheet(LOGBOOK, FACILITATOR).sections


@pytest.mark.parametrize(("key", "copy"), [("minute-35", TEAM), ("laryngospasm", "patient")])
def test_what_is_not_there_is_refused_in_words(key, copy):
    with pytest.raises(ValueError, match="There is no"):
        sheet(key, copy)


# --- the page --------------------------------------------------------------------------------


class _Reader(HTMLParser):
    """Checks that tags close, and gathers the words and addresses."""

    VOID = frozenset({"meta", "col", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)
        self.loads += [value for name, value in attrs if name == "src"]
        assert tag not in {"script", "img", "link", "iframe"}

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


@pytest.mark.parametrize(("key", "copy"), EVERY)
def test_the_page_stands_alone_and_holds_every_word(key, copy):
    reader = _Reader()
    reader.feed(page(sheet(key, copy)))
    assert reader.open == []
    assert reader.loads == []
    shown = " ".join("".join(reader.text).replace("\u00a0", " ").split())
    for line in words(sheet(key, copy)).splitlines():
        assert " ".join(line.split()) in shown, line


def test_facts_stand_with_their_number_and_their_source():
    text = body(sheet("pump-error"))
    row = evidence_rows()["mon-esketamine-respiratory"]
    assert f"<strong>{row.value} reports</strong>" in text
    assert "NHS note on esketamine" in text
    assert "this course’s own convention" in text


@pytest.mark.parametrize(("key", "copy"), EVERY)
def test_the_address_holds_the_page(key, copy):
    head, _, data = address(page(sheet(key, copy))).partition(",")
    assert head == "data:text/html;charset=utf-8;base64"
    assert base64.b64decode(data).decode() == page(sheet(key, copy))


# --- the panel -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def panel():
    return drill_sheets()


@pytest.mark.parametrize(("key", "copy"), EVERY)
def test_the_panel_offers_each_sheet_as_a_file(panel, key, copy):
    panel.controls["which"].value = key
    panel.controls["copy"].value = copy
    found = sheet(key, copy)
    link = re.search(r'<a class="trd-save" download="([^"]+)" href="([^"]+)">', panel.figure.value)
    assert link is not None
    assert link[1] == found.file_name
    assert link[2] == address(page(found))
    assert found.title in panel.words.value
    # Nothing on the page moves when a file is saved: the page says where to look.
    assert f"<strong>{found.file_name}</strong>: look in your browser’s downloads folder" in (
        panel.figure.value
    )
    assert 'tabindex="0" role="region"' in panel.figure.value


def test_it_opens_with_the_teams_copy_and_says_what_it_is_not(panel):
    panel.reset()
    assert panel.result == sheet(drills()[0], TEAM)
    head = panel.children[0].value
    assert "not for patient care" in head
    panel.show_data.value = True
    assert "Order set, with blanks" in panel.data.value
    panel.show_data.value = False


def test_the_rules_of_a_sheet_stay_inside_its_frame(panel):
    style = "".join(re.findall(r"<style>(.*?)</style>", panel.figure.value, flags=re.S))
    assert ".trd-paper" in style
    for rule in re.findall(r"([^{}]+){", style):
        for each in re.split(r",(?![^(]*\))", rule):
            assert each.strip().startswith((".trd-paper", ".trd-panel", ".trd-save")), each
