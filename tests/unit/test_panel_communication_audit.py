"""Lesson 5: the claims audit."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trd import evidence
from trd.communication import audit
from trd.communication.audit import (
    ARGUABLE,
    DRAW,
    FAR,
    HIT,
    KINDS,
    LAST_DRAW,
    LEANING,
    MIXED,
    NEAR,
    SILENCE,
    WORST,
    Round,
    confusions,
    draw,
    draws_in,
    drill_of,
    judge,
    latest,
    leaning,
    next_draw,
    read_round,
    sets,
    statements,
    tally,
    topic_of,
)
from trd.communication.panels.audit import DONE, ITEM, JUDGE, NOTEBOOK, TOLD, claims_audit
from trd.communication.taught import place
from trd.communication.under_way import OpenRound, read_open_round
from trd.communication.views import audit as view
from trd.quiz.answers import AnswerLog
from trd.quiz.kept import last_open
from trd.quiz.session import EXECUTION, data_folder

COUNTED = [each for each in statements().values() if each.counts]
JUDGEABLE = [each for each in statements().values() if not each.silence]
VOID = {"br", "hr", "img", "input"}

VERDICT = st.sampled_from(list(KINDS))
judged_lists = st.lists(st.builds(judge, st.sampled_from(JUDGEABLE), VERDICT), max_size=40)


class Balanced(HTMLParser):
    """Fails when a tag is not closed where it should be."""

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, tag


def well_formed(text):
    parser = Balanced()
    parser.feed(text)
    parser.close()
    assert parser.open == []
    return True


def words(text):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def first(verdict):
    return next(each for each in COUNTED if each.verdict == verdict)


@pytest.fixture(autouse=True)
def own_data(tmp_path, monkeypatch):
    monkeypatch.setenv("TRD_DATA", str(tmp_path / "data"))
    monkeypatch.delenv(EXECUTION, raising=False)


def kept():
    return AnswerLog(data_folder() / "progress.jsonl").read().history(NOTEBOOK, ITEM)


def rounds():
    return [found for entry in kept() if (found := read_round(entry.answer))]


def play(panel, say):
    """Judge a whole draw by a rule."""
    while panel.page["phase"] != DONE:
        if panel.page["phase"] == JUDGE:
            panel.judge(say(panel.cards[panel.at]))
        panel.go_on()


# -- what is dealt -----------------------------------------------------------------------------


def test_the_sentences_are_the_audited_claims():
    claims = evidence.claims()
    assert list(statements()) == list(claims)
    for name, each in statements().items():
        claim = claims[name]
        assert (each.claim, each.verdict, each.status) == (claim.claim, claim.verdict, claim.status)
        known = evidence.references()
        assert tuple(key for key in each.evidence if key in known) == claim.sources
        assert each.taught_in == claim.anchors
    assert {each.verdict for each in statements().values()} == set(KINDS)


def test_only_what_was_checked_at_its_source_counts():
    for each in statements().values():
        assert each.counts == (
            each.status in {"verified", "derived"} and not each.id.startswith("X")
        )
    assert len(COUNTED) >= 120


def test_every_sentence_comes_up_in_the_draws_of_its_subject_or_among_the_silences():
    seen = Counter()
    for name in sets():
        if topic_of(name) or name == SILENCE:
            for number in range(1, draws_in(name) + 1):
                cards = draw(name, number)
                assert cards, (name, number)
                if topic_of(name):
                    assert {each.module for each in cards} == {topic_of(name)}
                    assert len(cards) <= DRAW
                seen.update(each.id for each in cards)
    assert seen == Counter(list(statements()))


def test_mixed_draws_go_through_all_that_counts_and_begin_with_the_worst():
    many = draws_in(MIXED)
    cards = [each for number in range(1, many + 1) for each in draw(MIXED, number)]
    assert {each.id for each in cards} == {each.id for each in COUNTED}
    again = {name for name, n in Counter(each.id for each in cards).items() if n > 1}
    # The last draw is filled up with the beginning.
    assert again <= {each.id for each in draw(MIXED, 1)}
    worst = [ids[0] for ids, _ in WORST if statements()[ids[0]].counts]
    assert set(worst[:4]) <= {each.id for each in draw(MIXED, 1)}
    early = {each.id for number in (1, 2, 3, 4) for each in draw(MIXED, number)}
    assert set(worst) <= early


@given(st.sampled_from(sets()), st.integers(1, LAST_DRAW))
@settings(max_examples=120, deadline=None)
def test_a_draw_is_the_same_for_everybody_and_never_one_sided(name, number):
    cards = draw(name, number)
    assert cards == draw(name, number)
    assert len({each.id for each in cards}) == len(cards)
    if name == MIXED:
        assert len(cards) == DRAW
        assert all(each.counts for each in cards)
        sound = sum(KINDS[each.verdict].trust >= 2 for each in cards)
        assert 3 <= sound <= 8
    if drill_of(name):
        asked = sum(each.verdict == drill_of(name) for each in cards)
        assert 3 <= asked <= len(cards) - 3
        assert all(each.counts for each in cards)


def test_the_order_within_a_draw_tells_nothing():
    at = Counter()
    for number in range(1, 4 * draws_in(MIXED)):
        for index, each in enumerate(draw(MIXED, number)):
            at[index] += KINDS[each.verdict].trust < 2
    assert min(at[index] for index in range(DRAW)) >= 0.5 * max(at.values())


@pytest.mark.parametrize("number", [0, -1, LAST_DRAW + 1, True, 1.0, "1", None])
def test_a_draw_that_is_none_is_refused_in_words(number):
    with pytest.raises(ValueError, match="whole number from 1 to"):
        draw(MIXED, number)
    with pytest.raises(ValueError, match="no set"):
        draw("nothing", 1)


# -- judging and tallying ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("was", "said", "how", "lean"),
    [
        ("overstated", "overstated", HIT, 0),
        ("overstated", "supported", FAR, 1),
        ("overstated", "partly", NEAR, 1),
        ("overstated", "marketing", NEAR, 0),
        ("overstated", "unsupported", NEAR, -1),
        ("supported", "partly", NEAR, -1),
        ("supported", "misleading by omission", FAR, -1),
        ("unsupported", "partly", FAR, 1),
        ("unsupported", "overstated", NEAR, 1),
        ("partly", "unsupported", FAR, -1),
        ("marketing", "supported", FAR, 1),
    ],
)
def test_neighbours_are_near_and_the_rest_leans_one_way(was, said, how, lean):
    judged = judge(first(was), said)
    assert (judged.how, judged.lean) == (how, lean)


def test_what_is_no_judgement_is_refused():
    with pytest.raises(ValueError, match="none of the six"):
        judge(COUNTED[0], "great")
    with pytest.raises(ValueError, match="no sentence to judge"):
        judge(statements()["X1"], "supported")


@given(judged_lists)
def test_a_tally_adds_up(judgements):
    whole = tally(judgements)
    assert whole.seen == sum(each.statement.counts for each in judgements)
    assert whole.seen == whole.hit + whole.near + whole.trusting + whole.hard
    assert whole.near >= whole.near_trusting + whole.near_hard
    parts = [tally(judgements, name) for name in KINDS]
    for count in ("seen", "hit", "near", "trusting", "hard", "near_trusting", "near_hard"):
        assert getattr(whole, count) == sum(getattr(part, count) for part in parts)
    assert sum(n for _, _, n in confusions(judgements)) == whole.trusting + whole.hard
    # Nobody can trust a sound sentence too much, or mistrust an unsupported one too much.
    assert tally(judgements, "supported").trusting == tally(judgements, "supported").near_trusting
    assert tally(judgements, "supported").trusting == 0
    assert tally(judgements, "unsupported").hard == tally(judgements, "unsupported").near_hard == 0


@given(judged_lists, judged_lists)
def test_what_does_not_count_changes_no_tally(judgements, others):
    more = [each for each in others if not each.statement.counts]
    assert tally(judgements + more) == tally(judgements)
    assert confusions(more) == []
    assert leaning(judgements + more) == leaning(judgements)


@given(judged_lists)
def test_a_leaning_needs_a_difference_and_turns_with_its_sign(judgements):
    found = tally(judgements)
    trusting = found.trusting + found.near_trusting
    hard = found.hard + found.near_hard
    lean = leaning(judgements)
    assert lean * (trusting - hard) >= 0
    assert (lean == 0) == (abs(trusting - hard) < LEANING)


def test_who_trusts_everything_and_who_trusts_nothing():
    trusting = [judge(each, "supported") for each in COUNTED]
    assert tally(trusting).hard == 0
    assert tally(trusting).hit == tally(trusting, "supported").seen
    assert leaning(trusting) == 1
    assert confusions(trusting)[0][:2] == ("overstated", "supported")
    hard = [judge(each, "unsupported") for each in COUNTED]
    assert tally(hard).trusting == 0
    assert leaning(hard) == -1
    right = [judge(each, each.verdict) for each in COUNTED]
    assert tally(right).hit == len(COUNTED)
    assert leaning(right) == 0


# -- in words ----------------------------------------------------------------------------------


def test_the_summary_says_what_was_taken_for_what():
    overstated = [each for each in COUNTED if each.verdict == "overstated"][:4]
    judged = [judge(each, "supported") for each in overstated]
    lines = view.summary(judged)
    assert "You took 4 overstated sentences as sound." in lines
    assert any(line.startswith("You leant to trust: 4 too trusting, 0 too hard") for line in lines)
    one = view.summary(judged[:1])
    assert "You took 1 overstated sentence as sound." in one
    assert any(line.startswith("No clear leaning") for line in one)
    assert view.summary([judge(each, "overstated") for each in overstated]) == [
        "You agreed with the audit on 4 of 4 sentences.",
        "No judgement was far off.",
        "You leant neither to trust nor to mistrust.",
    ]


def test_what_does_not_count_is_said_not_to():
    unchecked = next(e for e in JUDGEABLE if e.status == "from-knowledge")
    judged = judge(unchecked, "supported")
    text = words(view.told(unchecked, judged))
    assert "Not counted" in text
    assert "not checked here" in text
    for verdict in ("Too trusting", "Too hard", "You and the audit agree"):
        assert verdict not in text
    assert "none counted" in view.summary([judged])[0]


def test_every_sentence_is_told_with_verdict_evidence_wording_and_place():
    for each in statements().values():
        page = view.told(each, None if each.silence else judge(each, "partly"))
        assert well_formed(page)
        assert well_formed(view.sentence(each))
        text = words(page)
        assert KINDS[each.verdict].words in text
        assert each.restatement in text
        assert view.mark(each) in text
        assert "part from knowledge" not in text
        known = [key for key in each.evidence if key in evidence.references()]
        assert page.count("<a href") >= len(known)
        for key in known:
            assert evidence.cite(key) in page
        for anchor in each.taught_in:
            here = anchor.endswith("#panel-audit")
            assert ("Here, in this audit" if here else f"Lesson {place(anchor).lesson}") in text
        # The articles themselves are never named.
        assert not re.search(r"\barticle [A-E]\b|\d{3}_[0-9a-f]{8}", text)


def test_words_of_the_table_are_text_and_never_markup():
    odd = replace(statements()["C53"], claim="<b>x", restatement="<i>y", evidence=("<u>z",))
    page = view.sentence(odd) + view.told(odd, judge(odd, "supported"))
    page += view.outcome(Round(MIXED, 1, {"C53": "supported"}), whole=False)
    assert "&lt;b&gt;x" in page
    for tag in ("<b>", "<i>", "<u>"):
        assert tag not in page


def test_a_sentence_on_suicide_shows_where_to_find_help():
    tender = [e for e in statements().values() if re.search("suicid|crisis", e.claim.lower())]
    tender = [each for each in tender if each.module != "risk communication"]
    assert len(tender) >= 5
    for each in tender:
        assert "988" in view.told(each, judge(each, "partly")), each.id
    assert "findahelpline" not in view.told(statements()["C53"], None)


@pytest.mark.parametrize(
    ("name", "said", "how"),
    [
        ("A10", "partly", HIT),
        ("A10", "overstated", NEAR),
        ("A10", "unsupported", NEAR),
        ("A10", "marketing", NEAR),
        ("A10", "supported", NEAR),
        ("A12", "supported", NEAR),
        ("A12", "unsupported", FAR),
        ("C33", "supported", HIT),
        ("C33", "partly", NEAR),
        ("C33", "misleading by omission", NEAR),
        ("C33", "unsupported", FAR),
    ],
)
def test_what_the_careful_wording_supports_as_well_is_near_and_leans_nowhere(name, said, how):
    judged = judge(statements()[name], said)
    assert judged.how == how
    assert judged.argued == (said in ARGUABLE[name])
    if judged.argued:
        assert judged.lean == 0
        assert "bears you out" in view.sign(judged)[2]
        assert tally([judged]).near == 1


def test_nothing_arguable_is_the_verdict_itself():
    for name, said in ARGUABLE.items():
        assert statements()[name].verdict not in said
        assert said <= set(KINDS)


def test_a_place_is_told_by_lesson_and_heading():
    found = place("04_monitoring_the_infusion#going-home")
    assert (found.lesson, found.heading) == (4, "Who goes home")
    assert place("nowhere") is None
    missing = place("09_not_there#cell")
    assert (missing.lesson, missing.heading) == (9, "")


def test_the_ten_worst_are_flawed_and_explained():
    assert len(WORST) == 10
    for rank, (ids, why) in enumerate(WORST, start=1):
        for name in ids:
            each = statements()[name]
            assert KINDS[each.verdict].trust < 2
            assert each.worst is not None
            assert each.worst[0] == rank
            assert each.worst[1] == why or name == "B11"
            assert f"Number {rank} of our ten" in view.told(each, None)
    assert statements()["C56"].worst is None
    # A reason speaks of the condition that the sentence names.
    bipolar, trauma = statements()["B11"].worst[1], statements()["B12"].worst[1]
    assert "bipolar" in bipolar and "PTSD" not in bipolar
    assert "PTSD" in trauma


# -- the panel ---------------------------------------------------------------------------------


def test_a_round_from_the_first_sentence_to_the_summary():
    panel = claims_audit()
    assert panel.page["phase"] == JUDGE
    assert panel.page["count"] == "Sentence 1 of 10"
    assert panel.page["told"] == panel.page["verdict"] == panel.page["outcome"] == ""
    assert panel.results == ""
    card = panel.cards[0]
    # Nothing on the screen gives the verdict away.
    assert card.restatement not in json.dumps(panel.page)
    panel.judge(card.verdict)
    assert panel.page["phase"] == TOLD
    assert panel.page["verdict"] == panel.page["said"] == card.verdict
    assert panel.page["dots"][0]["look"] == "hit"
    with pytest.raises(ValueError, match="has been judged"):
        panel.judge("supported")
    panel.go_on()
    assert panel.page["count"] == "Sentence 2 of 10"
    play(panel, lambda each: "supported")
    text = words(panel.page["outcome"])
    assert "Round finished" in text
    assert "sound" in text
    assert well_formed(panel.page["outcome"])
    assert well_formed(panel.results)
    assert "10 of 126 sentences" in words(panel.results)
    assert rounds() == [Round(MIXED, 1, panel.said)]


def test_results_come_back_and_the_next_draw_is_offered():
    panel = claims_audit()
    play(panel, lambda each: each.verdict)
    again = claims_audit()
    assert (again.page["set"], again.page["draw"]) == (MIXED, 2)
    assert again.results == panel.results
    again.begin("topic: screening")
    play(again, lambda each: "partly")
    assert claims_audit().page["set"] == "topic: screening"
    assert claims_audit().page["draw"] == 2


def test_a_round_may_be_stopped_and_is_offered_again():
    panel = claims_audit()
    panel.stop()
    assert panel.page["phase"] == JUDGE, "nothing was judged yet"
    panel.judge("supported")
    panel.stop()
    assert panel.page["phase"] == DONE
    assert "Round stopped here" in panel.page["outcome"]
    assert claims_audit().page["draw"] == 1
    assert "1 of 126" in words(claims_audit().results)


def test_the_last_judgement_of_a_sentence_counts():
    one = COUNTED[0]
    wrong = "unsupported" if one.verdict != "unsupported" else "supported"
    rounds = [Round(MIXED, 1, {one.id: wrong}), Round(MIXED, 1, {one.id: one.verdict})]
    assert [each.how for each in latest(rounds)] == [HIT]
    assert next_draw(rounds, MIXED) == 1


def test_silences_are_read_and_never_judged():
    panel = claims_audit()
    panel.begin(SILENCE)
    assert panel.page["phase"] == TOLD
    assert panel.page["reading"]
    with pytest.raises(ValueError, match="judged"):
        panel.judge("supported")
    for _ in panel.cards:
        panel.go_on()
    assert panel.page["phase"] == DONE
    assert "Nothing here was counted" in panel.page["outcome"]
    assert kept() == ()


@pytest.mark.parametrize("typed", ["0", "-3", "1.5", "x", "1000", "99999", "²", "１"])
def test_a_wrong_number_is_explained_and_changes_nothing(typed):
    panel = claims_audit()
    before = panel.page
    panel._on_message(panel, {"do": "begin", "set": MIXED, "draw": typed}, None)
    assert "whole number from 1 to 999" in panel.page["error"]
    assert panel.page["sentence"] == before["sentence"]
    panel._on_message(panel, {"do": "begin", "set": MIXED, "draw": " 3 "}, None)
    assert (panel.page["error"], panel.page["draw"]) == ("", 3)


def test_a_double_press_judges_once():
    panel = claims_audit()
    step = panel.page["step"]
    for said in ("supported", "marketing"):
        panel._on_message(panel, {"do": "judge", "said": said, "step": step}, None)
    assert panel.page["said"] == "supported"
    for _ in range(2):
        panel._on_message(panel, {"do": "next", "step": step + 1}, None)
    assert panel.page["count"] == "Sentence 2 of 10"
    panel._on_message(panel, {"do": "judge", "said": "<b>", "step": panel.page["step"]}, None)
    assert "none of the six" in panel.page["error"]
    panel._on_message(panel, {"do": "begin", "set": "<b>"}, None)
    assert "no set" in panel.page["error"]


def test_nothing_is_kept_while_a_notebook_is_tested(monkeypatch):
    monkeypatch.setenv(EXECUTION, "validate")
    play(claims_audit(), lambda each: "partly")
    assert kept() == ()


def test_a_folder_that_cannot_be_written_is_told_and_nothing_is_lost(tmp_path):
    (tmp_path / "data").write_text("in the way")
    panel = claims_audit()
    play(panel, lambda each: each.verdict)
    assert "Not kept" in panel.results
    assert "10 of 126" in words(panel.results)


HOSTILE = [
    None,
    [],
    "x",
    {},
    {"set": MIXED, "draw": 1, "said": {}},
    {"set": MIXED, "draw": 1, "said": {"Z9": "supported"}},
    {"set": MIXED, "draw": 1, "said": {"C53": "yes"}},
    {"set": MIXED, "draw": 1, "said": {"X1": "supported"}},
    {"set": MIXED, "draw": 1, "said": ["C53"]},
    {"set": MIXED, "draw": 10**30, "said": {"C53": "supported"}},
    {"set": MIXED, "draw": True, "said": {"C53": "supported"}},
    {"set": ["a"], "draw": 1, "said": {"C53": "supported"}},
    {"set": MIXED, "draw": 1, "said": {"C53": ["supported"]}},
    {"set": MIXED, "draw": 1, "said": {each.id: "partly" for each in JUDGEABLE}},
]


@pytest.mark.parametrize("answer", HOSTILE)
def test_what_is_no_round_is_passed_over(answer):
    assert read_round(answer) is None
    AnswerLog(data_folder() / "progress.jsonl", make_folder=True).record(NOTEBOOK, ITEM, answer)
    panel = claims_audit()
    assert panel.results == ""
    assert panel.page["draw"] == 1


@given(st.sampled_from(sets()), st.integers(1, 40), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_a_round_survives_being_written_down(name, number, chance):
    cards = [each for each in draw(name, number) if not each.silence]
    said = {each.id: chance.choice(list(KINDS)) for each in cards}
    this = Round(name, number, said)
    back = read_round(json.loads(json.dumps(this.record())))
    if not said:
        assert back is None
        return
    assert back == this
    assert back.whole
    assert next_draw([back], name) == (2 if number == 1 else 1)
    assert well_formed(view.outcome(back, back.whole))
    assert well_formed(view.results([back]))


# -- a round that was left ---------------------------------------------------------------------


def log_file():
    return data_folder() / "progress.jsonl"


def write(*answers):
    log = AnswerLog(log_file(), make_folder=True)
    for each in answers:
        log.record(NOTEBOOK, ITEM, each)


def shown(panel):
    """The screen, without the count of its changes and the line that tells of coming back."""
    return {**panel.page, "step": 0, "note": ""}


def leave(panel, name, number, judgements):
    """Deal a draw and judge its first sentences, the last of them still on the screen."""
    panel.begin(name, str(number))
    for index, said in enumerate(judgements):
        if index:
            panel.go_on()
        panel.judge(said)


def test_a_round_that_was_left_is_there_again_sentence_by_sentence():
    panel = claims_audit()
    play(panel, lambda each: each.verdict)
    leave(panel, "topic: screening", 3, ["supported", "marketing", "partly"])
    # The verdict of the third is on the screen; then the fourth sentence.
    for go_on in (False, True):
        if go_on:
            panel.go_on()
        later = claims_audit()
        assert shown(later) == shown(panel)
        assert later.said == panel.said
        assert later.cards == panel.cards
        assert later.results == panel.results
        assert "goes on where you left it" in later.page["note"]
    assert later.page["count"].startswith("Sentence 4 of ")
    # It goes on from there, is told of once, and when it is over it does not come back.
    later.judge("overstated")
    assert later.page["note"] == ""
    assert list(claims_audit().said.values()) == ["supported", "marketing", "partly", "overstated"]
    play(later, lambda each: "partly")
    last = rounds()[-1]
    assert list(last.said.values())[:4] == ["supported", "marketing", "partly", "overstated"]
    assert last.whole
    after = claims_audit()
    assert (after.page["set"], after.page["draw"], after.said) == ("topic: screening", 1, {})
    assert (after.page["note"], after.results) == ("", later.results)


def test_before_the_last_sum_up_the_whole_round_is_there_again():
    panel = claims_audit()
    leave(panel, MIXED, 2, ["supported"] * 10)
    later = claims_audit()
    assert shown(later) == shown(panel)
    later.go_on()
    assert rounds() == [Round(MIXED, 2, panel.said)]
    assert claims_audit().page["draw"] == 1


def test_a_draw_that_was_chosen_is_there_again_and_one_that_was_stopped_is_not():
    panel = claims_audit()
    panel.begin("drill: overstated", "4")
    later = claims_audit()
    assert (later.page["set"], later.page["draw"]) == ("drill: overstated", 4)
    assert later.page["note"] == "", "nothing was judged that could be taken up"
    later.judge("supported")
    later.stop()
    assert (claims_audit().page["draw"], claims_audit().said) == (1, {})


def test_what_is_only_read_leaves_the_round_before_it_open():
    panel = claims_audit()
    leave(panel, MIXED, 2, ["partly", "partly"])
    before = len(kept())
    panel.begin(SILENCE)
    panel.go_on()
    assert len(kept()) == before
    assert (claims_audit().page["draw"], len(claims_audit().said)) == (2, 2)


def test_opening_the_page_writes_nothing_and_every_step_is_written_once():
    claims_audit()
    assert kept() == ()
    panel = claims_audit()
    panel.judge("partly")
    panel.go_on()
    claims_audit()
    assert len(kept()) == 2
    claims_audit().judge("partly")
    claims_audit()
    assert len(kept()) == 3


def test_a_write_that_was_cut_off_costs_that_step_and_nothing_else():
    leave(claims_audit(), MIXED, 6, ["partly", "supported"])
    whole = log_file().read_bytes()
    last = whole.rindex(b"\n", 0, len(whole) - 1) + 1
    for end in (last, last + 1, (last + len(whole)) // 2, len(whole) - 2):
        log_file().write_bytes(whole[:end])
        later = claims_audit()
        assert (later.page["draw"], later.page["phase"], later.at) == (6, JUDGE, 1)
        assert list(later.said.values()) == ["partly"]
        # What comes next is not swallowed by the torn line.
        later.judge("marketing")
        assert list(claims_audit().said.values()) == ["partly", "marketing"]
    # The line is whole and only its end is missing.
    log_file().write_bytes(whole[:-1])
    assert list(claims_audit().said.values()) == ["partly", "supported"]


def test_rounds_kept_before_open_ones_were_are_read_as_ever():
    name = "topic: screening"
    done = Round(name, 1, {e.id: e.verdict for e in draw(name, 1) if not e.silence})
    write(done.record())
    panel = claims_audit()
    assert (panel.page["set"], panel.page["draw"], panel.page["note"]) == (name, 2, "")
    assert panel.results == view.results([done])


CARDS = [each.id for each in draw(MIXED, 7)]
OPEN = {"set": MIXED, "draw": 7, "judged": {CARDS[0]: "partly"}, "at": 1}


@pytest.mark.parametrize(
    "junk",
    [
        {"set": "cards"},
        {"set": [MIXED]},
        {"set": SILENCE, "draw": 1, "judged": {}, "at": 0},
        {"draw": 0},
        {"draw": True},
        {"draw": 10**30},
        {"draw": 8},
        {"judged": {CARDS[1]: "partly"}},
        {"judged": {CARDS[1]: "partly", CARDS[0]: "partly"}},
        {"judged": {CARDS[0]: "yes"}},
        {"judged": {CARDS[0]: ["partly"]}},
        {"judged": [CARDS[0]]},
        {"judged": dict.fromkeys([*CARDS, "C999"], "partly"), "at": 10},
        {"judged": dict.fromkeys(CARDS, "partly"), "at": 10},
        {"at": 2},
        {"at": -1},
        {"at": True},
        {"at": 1.0},
        {"at": None},
    ],
)
def test_a_state_that_no_screen_can_have_written_is_passed_over(junk):
    write(OPEN, {**OPEN, **junk}, None, "x", [OPEN])
    panel = claims_audit()
    assert (panel.page["draw"], panel.at, panel.said) == (7, 1, OPEN["judged"])
    assert panel.results == ""


def test_a_step_that_could_not_be_written_is_told(tmp_path):
    (tmp_path / "data").write_text("in the way")
    panel = claims_audit()
    panel.judge("partly")
    assert "Not kept" in panel.results
    assert panel.page["phase"] == TOLD


@given(st.sampled_from([name for name in sets() if name != SILENCE]), st.integers(1, 40), st.data())
@settings(max_examples=40, deadline=None)
def test_what_is_written_down_of_an_open_round_is_read_back(name, number, data):
    cards = [each.id for each in draw(name, number)]
    at = data.draw(st.integers(0, len(cards) - 1))
    many = at + data.draw(st.integers(0, 1))
    here = OpenRound(name, number, {key: data.draw(VERDICT) for key in cards[:many]}, at)
    written = json.loads(json.dumps(here.record()))
    assert read_open_round(written) == here
    # A course from before this knows no such thing and passes it over.
    assert read_round(written) is None
    done = Round(MIXED, 1, {"C53": "supported"}).record()
    assert read_open_round(done) is None
    assert last_open([done, written, "junk"], read_round, read_open_round) == here
    assert last_open([written, done, None], read_round, read_open_round) is None


def test_reviewers_see_every_sentence_in_one_table():
    rows = view.table()
    assert len(rows) == 171
    filters = view.filters()
    for row, each in zip(rows, statements().values(), strict=True):
        assert well_formed(f"<table><tr>{row['html']}</tr></table>")
        assert each.restatement in html.unescape(row["html"])
        for name, options in filters.items():
            assert row[name] in [option[0] for option in options]
    panel = claims_audit()
    sent = []
    panel.send = sent.append
    panel._on_message(panel, {"do": "table"}, None)
    assert len(sent[0]["rows"]) == 171
    # In the open, above the sentences: what was audited and what counts.
    assert panel.spec["counts"] == (
        "171 statements were audited. 126 count here; 34 are shown and explained but not counted, "
        "because their verdict is not checked at the source; 11 are things that all five articles "
        "leave out."
    )
    # Nothing is simulated here.
    assert "Simulation" not in json.dumps(panel.spec)


def test_the_menu_offers_every_set_under_a_name():
    menu = view.menu()
    assert [each[0] for each in menu] == list(sets())
    assert len({each[1] for each in menu}) == len(menu)
    assert len(view.choices()) == 6


def test_the_model_needs_no_screen():
    code = (
        "import sys, trd.communication.audit as a\na.draw('mixed', 1)\n"
        "print([n for n in ('matplotlib','ipywidgets','anywidget','trd.evidence') "
        "if n in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
    assert audit.topics()[0] == "what TRD is"
