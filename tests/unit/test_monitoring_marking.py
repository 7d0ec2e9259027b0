"""Lesson 4: the marking is fair to who acts early, and pays nobody for what was never needed.

The cheapest ways, points of 20, the most over variants 1 to 3:

===================== ========== ================ =================
scenario              end at     stop, call both  first quarter of
                      once       and leave        the model run
===================== ========== ================ =================
routine               0          0                3
predose-pressure      0          0                4
pressure-no-signs     0          2                7
pressure-with-signs   0          6                6
pump-error            0          6                5.5
laryngospasm          0          4                0
terror                0          4                7
faint                 0          3                8
vomiting              0          2                5
going-home            0          0                6
===================== ========== ================ =================
"""

from __future__ import annotations

import functools
import random

import pytest

from trd.monitoring import events as ev
from trd.monitoring import model_answers as answers
from trd.monitoring import replay, scenario, scenarios, start
from trd.monitoring.account import FIRST_SEED, GRADED_FROM, LAST_SEED
from trd.monitoring.schemes import SCHEMES

perfect_log = functools.cache(answers.perfect_log)
TEN = scenarios()[:10]
STOP, PAUSE = ("stop", {}), ("pause", {})


def call(who):
    return ("call", {"who": who})


def lie(how):
    return ("position", {"how": how})


def details(entry):
    return {key: value for key, value in entry.items() if key not in ("t_s", "do")}


def then_the_model(key, seed, at_s, *first):
    """Do something early, then what is possible of the model run."""
    session = start(key, seed)
    session.advance(at_s)
    for do, detail in first:
        session.act(do, **detail)
    for each in perfect_log(key, seed):
        session.advance(max(0, each["t_s"] - session.now_s))
        if not session.over and not session.why_not(each["do"], **details(each)):
            session.act(each["do"], **details(each))
    return replay(key, seed, session.log)


EARLY = {
    "pressure-no-signs": ((STOP,), (PAUSE,), (call("prescriber"),)),
    "pressure-with-signs": (
        *((STOP,), (PAUSE,), (call("ems"), call("prescriber")), (lie("head_up"),)),
    ),
    "pump-error": ((("pump_check", {}), STOP),),
    "laryngospasm": ((STOP,), (call("ems"),), (call("anaesthetist"),)),
    "terror": ((STOP,), (PAUSE,), (call("prescriber"),), (("quiet", {}),)),
    "faint": ((STOP,), (PAUSE,), (call("prescriber"),), (lie("legs_up"),)),
    "vomiting": ((STOP,), (PAUSE,), (lie("lateral"),)),
}


@pytest.mark.parametrize(
    ("key", "first"), [(k, each) for k, all_ in EARLY.items() for each in all_]
)
def test_what_was_right_early_counts_as_done_when_it_began(key, first):
    for seed in (1, 2):
        at_s = 20 if key == "pump-error" else 60
        debrief = then_the_model(key, seed, at_s, *first)
        lost = [(each.key, each.said) for each in debrief.marks if each.earned < each.points]
        assert (debrief.critical_errors, lost) == ((), []), (seed, first)


def test_what_was_done_early_earns_nothing_where_nobody_looks_when_it_begins():
    for key in ("pressure-with-signs", "laryngospasm"):
        session = start(key, 1)
        for do, detail in (STOP, call("ems"), call("prescriber"), call("anaesthetist")):
            session.act(do, **detail)
        assert replay(key, 1, session.log).points == 0


@pytest.mark.parametrize("first", ["stop", "pause"])
@pytest.mark.parametrize("cycle", ["5"])
def test_who_keeps_to_the_order_set_makes_no_critical_error(first, cycle):
    """Measured, paused, called, asked, watched and ended, whatever the cuff showed."""
    for seed in range(1, 7):
        session = start("pressure-no-signs", seed)
        session.act("bp")
        session.advance(40)
        session.act(first)
        session.act("cuff_cycle", minutes=cycle)
        session.act("call", who="prescriber")
        for about in answers.ORGAN_TOPICS:
            session.act("ask", about=about)
        for _ in range(100):
            session.advance(15)
            last = session.instruments.last
            if last.high and last.t_s >= 0 and not session.instruments.measuring:
                session.act("bp")
        session.act("plan", what="bp-plan")
        session.act("finish")
        assert replay("pressure-no-signs", seed, session.log).critical_errors == (), seed


def test_pausing_early_and_measuring_often_is_worth_nearly_all():
    met = 0
    for seed in range(1, 16):
        session = start("pressure-no-signs", seed)
        session.act("bp")
        session.advance(40)
        # Only a raised reading is a reason to pause before it has begun.
        if met == 2 or not session.instruments.last.alert:
            continue
        met += 1
        session.act("pause")
        session.act("cuff_cycle", minutes="2")
        session.act("call", who="prescriber")
        for about in answers.ORGAN_TOPICS:
            session.act("ask", about=about)
        session.act("impression", what="pressure-no-signs")
        while session.now_s < 3400 and (session.now_s < 1500 or session.instruments.last.alert):
            session.advance(10)
        session.act("stop")
        session.act("plan", what="bp-plan")
        session.act("finish")
        debrief = replay("pressure-no-signs", seed, session.log)
        assert not debrief.critical
        assert debrief.points >= 18, [(m.key, m.earned, m.said) for m in debrief.marks]
    assert met == 2


@pytest.mark.parametrize("key", TEN)
def test_a_part_of_the_model_run_earns_no_more_than_the_whole(key):
    dice = random.Random(7)
    best = perfect_log(key, 1)
    for share in (0.5, 0.9) if scenario(key).minutes < 100 else (0.9,):
        count = max(1, round(share * len(best)))
        part = [best[place] for place in sorted(dice.sample(range(len(best)), count))]
        assert 0 <= replay(key, 1, answers._playable(key, 1, part)).points <= 20
    assert replay(key, 1, best[: max(1, len(best) // 4)]).points <= 8
    assert replay(key, 1, [{"t_s": 0, "do": "finish"}]).points <= 1


CHEAP = (call("ems"), call("prescriber"), ("finish", {}))


@pytest.mark.parametrize("key", TEN)
def test_stopping_calling_and_leaving_is_not_worth_half(key):
    session = start(key, 1)
    while SCHEMES[key].onset and SCHEMES[key].onset not in session.edges:
        session.advance(1)
    for do, detail in (STOP, *CHEAP):
        if not session.why_not(do, **detail):
            session.act(do, **detail)
    assert replay(key, 1, session.log).points <= 7


@pytest.mark.parametrize("key", ["predose-pressure", "going-home"])
def test_arranging_everything_before_anything_is_known_is_not_worth_half(key):
    session = start(key, 1)
    for what in ("home-drug", "rebook", "family", "no-driving", "extend"):
        if not session.why_not("plan", what=what):
            session.act("plan", what=what)
    for do, detail in (call("psychiatrist"), ("check", {"item": "escort"}), ("defer", {})):
        if not session.why_not(do, **detail):
            session.act(do, **detail)
    session.act("check", item="suicidality")
    session.act("finish")
    assert replay(key, 1, session.log).points <= 7


@pytest.mark.parametrize("key", ["laryngospasm", "terror", "faint", "vomiting"])
def test_a_list_of_times_is_no_answer_on_another_variant(key):
    """The trouble begins at times that lie minutes apart."""
    onsets = {seed: scenario(key).begin(seed).events[0][1] for seed in range(1, 30)}
    assert max(onsets.values()) - min(onsets.values()) > 240
    early = min(onsets, key=onsets.get)
    late = max(onsets, key=onsets.get)
    for typed, met in ((early, late), (late, early)):
        log = answers._playable(key, met, perfect_log(key, typed))
        assert replay(key, met, log).points < 15, (typed, met)


def test_the_debrief_says_what_was_missed_and_when():
    best = perfect_log("routine", 1)
    began = next(each["t_s"] for each in best if each["do"] == "start")
    level = next(e for e in best if e["do"] == "moaas" and e["t_s"] > began)
    found = replay("routine", 1, [each for each in best if each is not level])
    said = {each.key: each.said for each in found.marks}
    assert said["each-ten"] == "Missing: MOAA/S about minute 10."
    session = start("pump-error", 1)
    while "snores" not in session.edges:
        session.advance(1)
    session.advance(90)
    session.act("stop")
    session.act("finish")
    debrief = replay("pump-error", 1, session.log)
    stopped = next(each for each in debrief.marks if each.key == "stop")
    assert stopped.said.startswith("Stopped at 6:") and stopped.earned == 1.5
    assert debrief.timeline[0].startswith("The snoring began at 5:")
    # One clock: the line of the story has the same time as the mark.
    time = stopped.said.split()[-1].rstrip(".")
    assert any(line.startswith(f"{time} Stop the pump") for line in debrief.timeline)


def test_free_practice_offers_no_variant_of_a_graded_run():
    assert FIRST_SEED < LAST_SEED < GRADED_FROM


@pytest.mark.parametrize(
    ("key", "seed", "log", "words"),
    [
        ("faint", 1, None, "no list of actions"),
        ("faint", 1, 5, "no list of actions"),
        (["faint"], 1, [], "no name"),
        ("faint", 10**5000, [], "no number that a chair"),
        ("faint", 1, [{"t_s": 0, "do": "pause", "self": "a"}], "no screen writes"),
        ("faint", 1, [{"t_s": 0, "do": "pause", "key": "a"}], "no screen writes"),
        ("faint", 1, [{"t_s": 0, "do": "x" * 990_000}], "nothing one can do"),
        ("faint", 1, [{"t_s": 10**5000, "do": "pause"}], "longer than any run"),
        ("faint", 1, [{"t_s": 0, "do": "ask", "about": {"a": 1}}], "neither a word"),
    ],
    ids=range(9),
)
def test_what_is_no_record_is_refused_in_few_words(key, seed, log, words):
    with pytest.raises(ValueError, match=words) as found:
        replay(key, seed, log)
    assert len(str(found.value)) < 200


def test_a_nest_of_lists_is_refused_in_words():
    nested = []
    for _ in range(10_000):
        nested = [nested]
    for log in ([nested], [{"t_s": nested, "do": "pause"}], [{"t_s": 0, "do": nested}]):
        with pytest.raises(ValueError, match="action"):
            replay("faint", 1, log)


def test_the_rise_that_nobody_sees_with_the_pump_running_is_an_error():
    session = start("pressure-no-signs", 1)
    session.act("cuff_cycle", minutes="0")
    while ev.RISE not in session.edges:
        session.advance(1)
    session.advance(620)
    session.act("finish")
    assert "no-recheck" in {e.key for e in replay("pressure-no-signs", 1, session.log).critical}
