"""Lesson 5: its evidence tables, the trials built from them, and reading grades."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest

from trd import evidence
from trd.communication import (
    COLLECTIONS,
    CONTROLS,
    effects,
    harms,
    may_share_a_picture,
    natural_frequency,
    terms,
    trials,
)
from trd.communication.readability import SMOG_SENTENCES, readability, syllables
from trd.communication.wording import WHY_WORDS_MISLEAD
from trd.rows import read

TABLES = {
    "communication": "com-",
    "communication_trials": "com-t-",
    "communication_effects": "com-e-",
    "communication_harms": "com-h-",
}
SURE = {"verified", "derived"}


def by_code(found):
    return {each.code: each for each in found}


def rows(*tables):
    return {name: evidence.rows()[name] for table in tables or TABLES for name in read(table)}


# The tables


@pytest.mark.parametrize(("table", "start"), TABLES.items())
def test_every_row_of_the_lesson_starts_alike(table, start):
    assert len(read(table)) > 100
    assert all(name.startswith(start) for name in read(table))


def test_no_row_is_of_two_tables():
    names = [name for table in TABLES for name in read(table)]
    assert len(names) == len(set(names)) == len(rows())


@pytest.mark.parametrize(
    ("name", "value", "low", "high"),
    [
        # Jelovac 2025, abstract: MADRS difference -3.16 (-8.54 to 2.22).
        ("com-t-karma-madrs", -3.16, -8.54, 2.22),
        # Anand 2023, abstract: 14.2 points (3.9 to 24.2).
        ("com-t-elektd-difference", 14.2, 3.9, 24.2),
        # Dean 2021, summary of findings: 18.7 (4.1 to 40.4) and 20.5 (0 to 42.5) per 100.
        ("com-e-cochrane-saline-response-difference", 18.7, 4.1, 40.4),
        ("com-e-cochrane-midazolam-response-difference", 20.5, 0, 42.5),
        # Katz 2021, table 1: any serious or severe common reaction, 8.4 (4.13 to 12.57).
        ("com-h-transform-serious-difference", 8.4, 4.13, 12.57),
        # Katz 2021, table 1: response on 84 mg 14.2 (0.68 to 27.67), remission on 56 mg 5.5
        # (-6.98 to 17.94).
        ("com-e-transform1-84-response-difference", 14.2, 0.68, 27.67),
        ("com-e-transform1-56-remission-difference", 5.5, -6.98, 17.94),
        # Murrough 2013, abstract: 18 days.
        ("com-long-open", 18, None, None),
        # Akl 2010, conference abstract: -0.58 (-0.94 to -0.22).
        ("com-framing-akl", -0.58, -0.94, -0.22),
        # Buechter 2014, abstract: words 3 to 54 %, numbers 2 to 20 %.
        ("com-words-trials", None, 3, 54),
        ("com-words-trials-numbers", None, 2, 20),
        # Carling 2009, abstract: one in five.
        ("com-abs-carling", 5, None, None),
        # Whittaker 2021, abstract.
        ("com-use-social", 28.9, 3.5, 243),
        # Zaki 2025, abstract.
        ("com-long-sustain3-months", 42.9, None, None),
    ],
)
def test_numbers_are_as_printed(name, value, low, high):
    row = evidence.rows()[name]
    assert row.status in SURE
    assert (row.number, row.interval) == (value, (low, high))


@pytest.mark.parametrize(
    "name",
    [
        # Counts that nobody has read: crossovers, arm sizes, a trial that was not opened.
        "com-e-zarate-response-comparator",
        "com-e-zarate-response-nnt",
        "com-e-kads2-remission-treatment",
        "com-e-ketect-remission-difference",
        "com-e-sustain1-responders-nnt",
        "com-e-singhiv-response-nnt",
        "com-t-berman-response-ketamine",
        "com-t-elektd-remission-ketamine",
        "com-long-elektd-ect",
    ],
)
def test_what_was_not_checked_is_no_fact(name):
    row = evidence.rows()[name]
    assert row.status == "from-knowledge"
    assert "not checked here" in row.note
    assert row.checked_on == ""


def test_nothing_worked_out_is_surer_than_its_counts():
    table = rows("communication_effects", "communication_harms")
    for name, row in table.items():
        stem, _, end = name.rpartition("-")
        if end in ("difference", "nnt", "nnh") and f"{stem}-treatment" in table:
            arms = {table[f"{stem}-{side}"].status for side in ("treatment", "comparator")}
            assert (row.status == "from-knowledge") == ("from-knowledge" in arms), name


def test_every_rate_names_its_comparator():
    for row in rows("communication_effects", "communication_harms").values():
        if row.id.endswith(("-treatment", "-comparator", "-per100")) and "check" not in row.id:
            assert ", against " in row.statement, row.id


def test_out_of_a_hundred_is_the_rate_rounded():
    table = rows("communication_effects", "communication_harms")
    checked = 0
    for name, row in table.items():
        if name.endswith("-per100"):
            arm = table[name.removesuffix("-per100")]
            rate = arm.number / arm.denominator if arm.unit == "people" else arm.number / 100
            assert row.number == natural_frequency(rate, 100), name
            checked += 1
    assert checked > 100


def test_no_number_needed_stands_for_an_interval_that_includes_no_effect():
    table = rows("communication_effects", "communication_harms")
    crossing = []
    for name, row in table.items():
        if name.endswith("-difference"):
            low, high = row.interval
            stem = name.removesuffix("-difference")
            needed = table.get(f"{stem}-nnt") or table.get(f"{stem}-nnh")
            if low is None or low <= 0 <= high:
                crossing.append(stem)
                # The one exception says itself that it may not be quoted alone.
                assert needed is None or "not to be quoted alone" in needed.statement, name
            else:
                assert needed is not None, name
    assert len(crossing) >= 12


def test_the_number_check_holds():
    # Abbar 2022, abstract: "46 (63.0 %) of 83" and "25 (31.6 %) of 73".
    assert evidence.rows()["com-e-check-abbar-treatment-printed"].number == 83
    for side, x, share in (("treatment", 46, 63.0), ("comparator", 25, 31.6)):
        printed = evidence.rows()[f"com-e-check-abbar-{side}-printed"].number
        fits = evidence.rows()[f"com-e-check-abbar-{side}-fits"].number
        assert round(100 * x / printed, 1) != share
        assert round(100 * x / fits, 1) == share
        assert evidence.rows()[f"com-e-check-abbar-{side}-as-printed"].number == round(
            100 * x / printed, 1
        )


# Effects


def test_every_effect_is_there_once():
    assert list(by_code(effects())) == [
        *(f"B{number}" for number in range(1, 27)),
        *(f"P{number}" for number in range(1, 13)),
    ]
    assert len({each.key for each in effects()}) == len(effects())


def test_table_and_model_agree():
    table = rows("communication_effects", "communication_harms")
    for each in (*effects(), *harms()):
        if each.effect is None:
            continue
        difference = table[f"{each.key}-difference"]
        worked = (100 * each.effect.rd, 100 * each.effect.low, 100 * each.effect.high)
        assert worked == pytest.approx((difference.number, *difference.interval), abs=0.051)
        needed = table.get(f"{each.key}-nnt") or table.get(f"{each.key}-nnh")
        if needed is not None and not each.effect.crosses_no_effect:
            found = (each.effect.nnt, each.effect.nnt_low, each.effect.nnt_high)
            assert found == pytest.approx((needed.number, *needed.interval), rel=0.03, abs=0.051)


def test_every_effect_says_against_what_and_when():
    codes = {each.code for each in trials()}
    for each in effects():
        assert each.control in CONTROLS
        assert each.measure.endswith(each.time)
        assert each.outcome in {"response", "remission", "ideation", "relapse"}
        assert each.trial in codes or "not depression" in each.population
        assert each.sources
        assert set(each.sources) <= set(evidence.references().names())


def test_status_is_the_weakest_of_what_an_effect_rests_on():
    unsure = {each.code for each in effects() if each.status not in SURE}
    # P* and K of the reading: counts not seen.
    assert unsure == {"B1", "B3", "B4", "B5", "B12", "B13", "B14", "B20", "B24"}


def test_what_a_reader_must_know_goes_with_the_effect():
    found = by_code(effects())
    assert "same people" in found["B1"].caveat
    assert "swapped" in found["B11"].caveat
    assert all("not attempts" in found[code].caveat for code in ("B6", "B8", "B9", "B10", "B11"))
    assert "another condition" in found["B25"].caveat
    assert all(each.caveat.count("=") == 0 for each in effects())
    # ECT came out better in one trial, ketamine in the other.
    assert found["B19"].effect.low > 0 > found["P12"].effect.high
    assert [each.code for each in effects() if each.fewer_is_better] == ["B23", "B24"]


def test_the_control_decides_the_size():
    # The lesson's point: saline differences above masked or sedated ones (Wilkinson 2019).
    by_control = {}
    for each in effects():
        if each.outcome == "response" and each.from_counts and each.trial:
            by_control.setdefault(each.control, []).append(each.effect.rd)
    assert min(by_control["saline"]) > max(by_control["midazolam"] + by_control["anaesthesia"])


# Harms


def test_every_harm_is_there_once():
    assert list(by_code(harms())) == [
        *(f"H{number}" for number in range(1, 18)),
        *(f"Q{number}" for number in range(1, 8)),
    ]


def test_asked_for_and_volunteered_never_share_a_picture():
    found = harms()
    for first in found:
        for second in found:
            if may_share_a_picture(first, second):
                assert first.collection == second.collection
                assert first.population == second.population
                assert (first.treated.name, first.time) == (second.treated.name, second.time)
    assert may_share_a_picture(by_code(found)["H1"], by_code(found)["H2"])
    # Dizziness on the spray over four weeks, and during an infusion: another way of counting.
    assert not may_share_a_picture(by_code(found)["H2"], by_code(found)["H13"])
    assert {each.collection for each in found} <= set(COLLECTIONS)


def test_aspire_was_not_about_treatment_resistant_depression():
    for each in harms():
        if each.label.startswith("ASPIRE"):
            assert "not selected for treatment-resistant depression" in each.population


def test_headache_was_no_commoner():
    headache = by_code(harms())["H5"]
    assert headache.treated.per_100 == headache.compared.per_100 == 20
    assert headache.effect.crosses_no_effect


# Trials


def test_every_trial_is_there_once():
    assert list(by_code(trials())) == [f"T{number}" for number in range(1, 29)]
    assert all(each.results and each.design and each.limit for each in trials())
    assert {each.control for each in trials()} == set(CONTROLS)
    counted = Counter(row.id for each in trials() for row in each.results)
    assert set(counted.values()) == {1}


def test_a_trial_without_a_comparator_has_no_effect():
    alone = {each.code for each in trials() if each.control == "none"}
    assert alone == {"T3", "T5"}
    assert not alone & {each.trial for each in effects()}


def test_a_trial_read_only_in_reports_says_so():
    found = by_code(trials())
    assert {code for code, each in found.items() if each.status not in SURE} == {"T3", "T7", "T27"}


# Words


def test_words_rest_on_their_rows():
    known = evidence.rows()
    for each in terms():
        low, high = known[each.row].interval
        assert low is None or low / 100 == pytest.approx(each.low)
        assert high is None or high / 100 == pytest.approx(each.high)
        assert known[each.row].status == "verified"
        assert each.band in known[each.row].statement
    common = terms()[1]
    assert (common.read_as, common.read_as_status) == (0.45, "secondary")
    assert all(name in known for name in WHY_WORDS_MISLEAD)


# Reading grades


def test_grades_by_hand():
    # 6 words, 1 sentence, 6 syllables: 0.39 x 6 + 11.8 - 15.59 and 206.835 - 1.015 x 6 - 84.6.
    found = readability("The cat sat on the mat.")
    assert (found.words, found.sentences, found.syllables, found.smog) == (6, 1, 6, None)
    assert found.flesch_kincaid_grade == pytest.approx(-1.45)
    assert found.flesch_ease == pytest.approx(116.145)
    # 30 sentences with one word of three syllables each: 3.1291 + 1.0430 x sqrt(30).
    long = readability("Ketamine may help. " * SMOG_SENTENCES)
    assert long.smog == pytest.approx(3.1291 + 1.0430 * 30**0.5)
    assert long.long_words == ("ketamine",)
    assert readability("Ketamine may help. " * (SMOG_SENTENCES - 1)).smog is None


@pytest.mark.parametrize(
    ("text", "words", "sentences"),
    [
        ("Dr. A. waits, e.g. at 9.30 a.m. today.", 8, 1),
        ("What helps?\n- a tablet\n- talking\n- ECT", 6, 4),
        ("The drip takes\nforty minutes.", 5, 1),
        ("The drip takes\r\nforty minutes.\r\n\r\nThen rest.", 7, 2),
        ("47 of 100 felt better; 1,000 is more.", 8, 1),
        ("It helps… Does it? Yes!", 5, 3),
        ("“It helps.” She said so.", 5, 2),
    ],
)
def test_words_and_sentences(text, words, sentences):
    found = readability(text)
    assert (found.words, found.sentences) == (words, sentences)


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("depression", 3),
        ("ketamine", 3),
        ("esketamine", 4),
        ("infusion", 3),
        ("half-hour", 2),
        ("don’t", 1),
        ("rate", 1),
        ("table", 2),
        ("100", 1),
        ("1,000", 1),
    ],
)
def test_syllables(word, count):
    assert syllables(word) == count


def test_plain_words_read_more_easily():
    hard = readability(
        "Intravenous administration of subanaesthetic ketamine may precipitate transient "
        "dissociative phenomena necessitating observation."
    )
    easy = readability("Ketamine goes in by a drip. You may feel unreal for a while. We stay.")
    assert easy.flesch_kincaid_grade < 5 < 12 < hard.flesch_kincaid_grade
    assert easy.flesch_ease > hard.flesch_ease


@pytest.mark.parametrize("text", ["", " \n ", "…!?", None, 7, ["words"]])
def test_no_words_no_grade(text):
    with pytest.raises(ValueError, match="word"):
        readability(text)


def test_the_word_list_loads_only_when_it_is_asked_for_and_needs_no_network():
    script = (
        "import socket, sys\n"
        "def refuse(*args, **kwargs): raise OSError('no network')\n"
        "socket.socket.connect = refuse\n"
        "from trd.communication import readability\n"
        "heavy = {'syllapy', 'scipy.stats', 'pydantic', 'matplotlib'} & set(sys.modules)\n"
        "print(sorted(heavy), readability('It helps.').words)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("[] 2", "")
