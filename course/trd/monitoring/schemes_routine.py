"""Marking of the routine infusion (1), the pressure before the dose (2) and free practice."""

from __future__ import annotations

from trd.monitoring import events as ev
from trd.monitoring.instruments import Reading
from trd.monitoring.marking import (
    CriticalRule,
    MarkingRule,
    Scheme,
    did,
    impression,
    when,
    worded,
)
from trd.monitoring.parameters import limits, numbers
from trd.monitoring.schemes_pressure import drug_for_a_number
from trd.monitoring.trace import NEVER, Judge, Share, Trace, clock, named, within

_O = numbers("orders")
_MIN = 60
_CALM, _EARLY, _FREE = limits("routine"), limits("predose-pressure"), limits("practice")

_CHECKS = (
    "identity",
    "consent",
    "weight",
    "escort",
    "suicidality",
    "pregnancy",
    "intake",
    "medicines",
)


def _before_start(t: Trace) -> int:
    started = t.start_s()
    return NEVER if started is None else started


def _checks(t: Trace) -> float:
    start = _before_start(t)
    return named([(each, t.did("check", before=start, item=each)) for each in _CHECKS])


def _baseline(t: Trace) -> float:
    if t.start_s() is None:
        return Share(0, "Not started.")
    taken = t.readings(0, _before_start(t) + 1)
    times = ", ".join(clock(each.t_s) for each in taken) or "none"
    words = f"Readings before the start, on the run's own clock: {times}."
    if len(taken) < 2 or taken[-1].t_s - taken[0].t_s < _O["second_reading_s"]:
        return Share(0, words)
    rested = [each for each in taken if each.t_s >= _O["predose_rest_s"]]
    return Share(1.0 if len(rested) >= 2 else 0.5, words)


def _two_people(t: Trace) -> float:
    good = t.session.dose_check == "colleague" and t.start_s() is not None
    return Share(float(good), "" if good else "Not made with a second person before a start.")


def _near(times: list[int], minute: int, slack_s: int, start: int) -> bool:
    return any(abs(each - start - minute * _MIN) <= slack_s for each in times)


def _each_ten(t: Trace) -> float:
    start = t.start_s()
    if start is None:
        return Share(0, "Not started.")
    taken = {
        "pressure": [each.t_s for each in t.readings()],
        "MOAA/S": [each.until_s for each in t.all("moaas")],
    }
    slack = _CALM["each-ten"][0]
    return named(
        [
            (f"{name} about minute {minute}", _near(times, minute, slack, start))
            for minute in (10, 20, 30, 40)
            for name, times in taken.items()
        ]
    )


def _cadss_at(*minutes: int) -> Judge:
    def judge(t: Trace) -> float:
        start = t.start_s()
        if start is None:
            return Share(0, "Not started.")
        times = [each.until_s for each in t.all("cadss")]
        slack = _CALM["cadss"][0]
        return named([(f"CADSS about minute {m}", _near(times, m, slack, start)) for m in minutes])

    return judge


def _after(t: Trace) -> float:
    start = t.start_s()
    if start is None:
        return Share(0, "Not started.")
    return named(
        [
            (
                f"a reading in minutes {a} to {b - 1}",
                bool(t.readings(start + a * _MIN, start + b * _MIN)),
            )
            for a, b in ((40, 55), (55, 71))
        ]
    )


def _stays(t: Trace) -> float:
    stayed = not _left_alone(t) and t.end_s() > _before_start(t) and _each_ten(t) > 0
    return Share(float(t.start_s() is not None and stayed), "" if stayed else "Not watched.")


def _left_alone(t: Trace) -> bool:
    return t.session.tally.seconds["alone"] > 0


def _goes_home(t: Trace) -> float:
    if t.session.gone != "home" or t.start_s() is None:
        return Share(0, "The run was ended before the way home.")
    return named([(name, met) for name, met in t.session.exit_criteria.items()])


def _aftercare(t: Trace) -> float:
    started = _before_start(t)
    return named(
        [
            ("the call", t.did("plan", started, what="call")),
            ("no driving", t.did("plan", started, what="no-driving")),
        ]
    )


def _home_early(t: Trace) -> bool:
    gone = t.earliest(t.first("send_home"), t.first("sign_out"))
    if gone is None or t.start_s() is None:
        return False
    return gone - t.end_s() < _O["discharge_after_end_min"] * _MIN


_ALONE = CriticalRule(
    "alone",
    "The room was left while the pump ran and nobody else was there.",
    "Pressure and dissociation are still rising; the peak comes about minute 40.",
    "mon-order-line-of-sight",
    _left_alone,
)
_SIGNED_ALONE = CriticalRule(
    "signed-alone",
    "One person signed both lines of the dose check.",
    "An error of dose or rate can cost the airway, and it can be found before the start.",
    "mon-order-two-person",
    lambda t: t.did("dose_check", second="nobody"),
)
_BY_CLOCK = CriticalRule(
    "by-the-clock",
    "Sent home less than 60 minutes after the end of the infusion.",
    "At minute 45 the effect is still about nine tenths of its peak in this model.",
    "mon-sc-no-clock",
    _home_early,
)


def _preparation(checks: float = 3, baseline: float = 2) -> tuple[MarkingRule, ...]:
    return (
        MarkingRule(
            "checks",
            "Checks before the start",
            checks,
            "Share of the eight checks made before the start.",
            "mon-order-checks",
            _checks,
        ),
        MarkingRule(
            "baseline",
            "Baseline",
            baseline,
            "Two pressures at least 2 minutes apart before the start, both after 5 minutes of "
            "rest; half without the rest.",
            "mon-order-baseline",
            _baseline,
        ),
        MarkingRule(
            "two-people",
            "Two-person check",
            2,
            "Order, weight, concentration and rate checked with a second person before the start.",
            "mon-order-two-person",
            _two_people,
        ),
    )


def _watching(each_ten: float) -> tuple[MarkingRule, ...]:
    return (
        MarkingRule(
            "each-ten",
            "Pressure and MOAA/S",
            each_ten,
            "Share of the eight assessments about minutes 10, 20, 30 and 40 (3 minutes either "
            "way).",
            "mon-order-bp-infusion",
            _each_ten,
        ),
        MarkingRule(
            "after",
            "Pressure afterwards",
            2,
            "A reading between minutes 40 and 55 and another between 55 and 70.",
            "mon-order-bp-after",
            _after,
        ),
        MarkingRule(
            "stays",
            "Somebody in the room",
            1,
            "Nobody left the person alone while the pump ran; counts with at least one assessment.",
            "mon-order-line-of-sight",
            _stays,
        ),
        MarkingRule(
            "home",
            "Home by criteria",
            2,
            "Share of nine criteria of the sheet shown to hold when the person left; drinking, "
            "cannula and written advice cannot be shown here.",
            "mon-order-discharge",
            _goes_home,
        ),
        MarkingRule(
            "aftercare",
            "Call and car",
            1,
            "Half each: the call booked; no driving until the next day, in writing.",
            "mon-order-follow-call",
            _aftercare,
        ),
    )


ROUTINE = Scheme(
    "",
    (
        *_preparation(),
        *_watching(4),
        MarkingRule(
            "cadss",
            "CADSS at 20 and 40",
            2,
            "Half each, 5 minutes either way.",
            "mon-order-cadss",
            _cadss_at(20, 40),
        ),
        MarkingRule(
            "cadss-80",
            "CADSS at 80",
            1,
            "5 minutes either way.",
            "mon-order-cadss",
            _cadss_at(80),
        ),
    ),
    (_ALONE, _SIGNED_ALONE, _BY_CLOCK),
)

# ---- 2: pressure before the dose


def _fitted(t: Trace) -> int:
    when = t.first("cuff_size")
    return NEVER if when is None else when


def _rested(t: Trace) -> float:
    taken = t.readings()
    late = [each for each in taken if each.t_s >= _EARLY["rest"][0]]
    times = ", ".join(clock(each.t_s) for each in taken) or "none"
    words = f"Readings: {times}."
    if len(late) >= 2:
        return Share(1, words)
    half = len([each for each in taken if each.t_s >= _O["predose_rest_s"]]) >= 2
    return Share(0.5 if half else 0, words)


def _two_more(t: Trace) -> list[Reading]:
    return t.readings(_fitted(t))


def _repeated(t: Trace) -> float:
    taken = _two_more(t)
    count = len(taken)
    words = f"{count} with the right cuff."
    if count < 2:
        return Share(count / 3, words)
    far = taken[-1].t_s - taken[0].t_s >= _O["second_reading_s"]
    return Share(1.0 if far else 2 / 3, words)


def _defers(t: Trace) -> float:
    put_off = t.first("defer")
    if put_off is None:
        return Share(0, "Not deferred.")
    before = len([each for each in _two_more(t) if each.t_s <= put_off])
    words = f"Deferred at {clock(put_off)}, after {before} with the right cuff."
    return Share(1.0 if before >= 2 else 0.5 if before else 0.0, words)


def _asked_before_home(t: Trace) -> float:
    asked, left = t.first("check", item="suicidality"), t.first("send_home")
    good = asked is not None and t.session.deferred and (left is None or asked < left)
    return Share(float(good), "" if good else "Not asked after a deferral.")


def _deferred_then(**match: str) -> Judge:
    """Judge whether something was arranged once it was clear that there is no infusion today."""

    def judge(t: Trace) -> float:
        put_off = t.first("defer")
        found = None if put_off is None else t.first("plan", put_off, **match)
        return Share(float(found is not None), when(t, found, "arranged"))

    return judge


def _says_high(t: Trace) -> float:
    """Judge the first impression after a reading with the right cuff."""
    taken = _two_more(t)
    if not taken:
        return Share(0, "No reading with the right cuff.")
    return impression("predose-high", *_EARLY["recognise"], zero=lambda _t: taken[0].t_s)(t)


def _causes(t: Trace) -> float:
    by = NEVER if t.first("defer") is None else t.first("defer") or 0
    missed = t.did("ask", -1, by, about="missed") or t.did("check", -1, by, item="medicines")
    asked = [(each, t.did("ask", -1, by, about=each)) for each in ("stimulants", "pain", "fear")]
    return named([*asked, ("missed tablets", missed)])


PREDOSE = Scheme(
    "",
    (
        MarkingRule(
            "cuff",
            "Right cuff",
            2,
            "The cuff was looked at.",
            "mon-order-bp-repeat",
            worded(did("cuff_size"), "Not looked at."),
        ),
        MarkingRule(
            "rest",
            "Rest",
            2,
            "Two readings after 10 minutes of rest; half after 5.",
            "mon-order-defer",
            _rested,
        ),
        MarkingRule(
            "repeat",
            "Two more readings",
            3,
            "Two readings with the right cuff, 2 minutes apart; less for one, or for haste.",
            "mon-order-defer",
            _repeated,
        ),
        MarkingRule(
            "causes",
            "Looked for a cause",
            4,
            "A quarter each, before it is put off: stimulants, missed tablets, pain, fear.",
            "mon-order-defer",
            _causes,
        ),
        MarkingRule(
            "recognise",
            "Said what it is",
            1,
            "The first impression after a reading with the right cuff, within 20 minutes; half if "
            "it is put right later, or was said before the reading.",
            "mon-order-impression",
            _says_high,
        ),
        MarkingRule(
            "defer",
            "Deferred",
            3,
            "After two readings with the right cuff; half after one.",
            "mon-order-predose",
            _defers,
        ),
        MarkingRule(
            "home-drug",
            "Home drug",
            2,
            "Restarted with the prescriber, once deferred.",
            "mon-order-defer",
            _deferred_then(what="home-drug"),
        ),
        MarkingRule(
            "rebook",
            "New date",
            1,
            "Booked, once deferred.",
            "mon-order-defer",
            _deferred_then(what="rebook"),
        ),
        MarkingRule(
            "c-ssrs",
            "C-SSRS before the way home",
            2,
            "Asked after a deferral, before the person leaves.",
            "mon-order-defer",
            _asked_before_home,
        ),
    ),
    (
        CriticalRule(
            "started",
            "The infusion was started above the limit (“it always settles”).",
            "In one series the mean rise at its peak was 16/11 mmHg, on top of what was there.",
            "mon-bp-yale-sys",
            lambda t: t.start_s() is not None,
        ),
        CriticalRule(
            "qualify",
            "A drug was given into the vein to bring the reading under the limit.",
            "It treats a number, and the pressure may fall too far later.",
            "mon-sc-no-qualify",
            lambda t: t.did("give", drug="antihypertensive"),
        ),
        CriticalRule(
            "no-safety-check",
            "Deferred and sent away without asking about suicidal thoughts.",
            "A treatment that is put off can be a blow to hope; risk may rise with it.",
            "mon-order-defer",
            lambda t: t.session.deferred and not t.did("check", item="suicidality"),
        ),
    ),
)


# ---- free practice


def _answered(t: Trace) -> float:
    """Share of the right first measures for what happened; nothing happened: all."""
    if t.start_s() is None or _each_ten(t) == 0:
        return Share(0, "Nobody watched.")
    scores = [_answer(t, each.kind) for each in t.session.body.events if each.worst]
    scores += [*_high_answers(t), *_deep_answers(t)]
    return sum(scores) / len(scores) if scores else 1.0


_WATCHED_MIN = 68


def _high_answers(t: Trace) -> list[float]:
    """Judge the first reading from 165/100 and the first from 180/110, up to minute 68.

    Each is measured again; if true and the pump runs, the first asks for half the rate at least,
    the second for a pause.
    """
    start = _before_start(t)
    taken = t.readings(start)
    scores: list[float] = []
    for high in (False, True):
        raised = [each for each in taken if (each.high if high else each.alert)]
        if not raised or raised[0].t_s > start + _WATCHED_MIN * _MIN:
            continue
        first = raised[0].t_s
        again = [each for each in taken if each.t_s > first][:1]
        scores.append(within(again[0].t_s if again else None, first, *_FREE["again"]))
        if again and (again[0].high if high else again[0].alert) and again[0].t_s < t.end_s():
            before, soon, late = _FREE["slower"]
            answer = t.stopped(first) if high else t.slowed(first - before)
            scores.append(within(answer, first - before, soon, late))
    return scores


def _deep_answers(t: Trace) -> list[float]:
    """Judge what followed when somebody found MOAA/S 2 or less with the pump running."""
    found = [each for each in t.all("moaas") if each.shot.rate > 0 and each.found[:1] in "012"]
    if not found:
        return []
    return [within(t.stopped(found[0].t_s), found[0].until_s, *_FREE["deep"])]


_FIRST: dict[str, tuple[tuple[str, dict[str, str]], ...]] = {
    ev.VOMITING: (("position", {"how": "lateral"}), ("suction", {"how": "gentle"})),
    ev.TERROR: (("quiet", {}), ("reassure", {})),
    ev.VASOVAGAL: (("position", {"how": "legs_up"}),),
}


def _answer(t: Trace, kind: str) -> float:
    onset = t.edge(kind)
    if onset is None:
        return 1.0
    if kind == ev.OBSTRUCTION:
        turned = t.first("position", onset, how="lateral")
        return within(t.earliest(t.first("jaw_thrust", onset), turned), onset, *_FREE["airway"])
    if kind == ev.NAUSEA:
        # A slower pump is an answer too, and with the pump off nothing more is asked for.
        first = t.earliest(t.first("give", onset, drug="antiemetic"), t.slowed(onset))
        return within(first, onset, *_FREE["nausea"]) if onset < t.end_s() else 1.0
    scores = [within(t.first(do, onset, **m), onset, *_FREE["event"]) for do, m in _FIRST[kind]]
    if onset < t.end_s():
        scores.append(within(t.slowed(onset), onset, *_FREE["event"]))
    return sum(scores) / len(scores)


def _misplaced_drug(t: Trace) -> bool:
    return drug_for_a_number(t) or t.did("give", drug="naloxone")


PRACTICE = Scheme(
    "",
    (
        *_preparation(),
        *_watching(4),
        MarkingRule(
            "answered",
            "Answered what happened",
            3,
            "The first measures of the order set, in time: for an event (nausea: less drug, or the "
            "antiemetic), a reading from 165/100 (repeat, halve) or 180/110 (repeat, pause), "
            "MOAA/S 2 (stop). All if nothing happened to somebody who was watched.",
            "mon-order-stop-first",
            _answered,
        ),
    ),
    (
        _ALONE,
        _SIGNED_ALONE,
        _BY_CLOCK,
        CriticalRule(
            "restraint",
            "The person was held down.",
            "Restraint feeds terror and injures.",
            "mon-em-no-restraint",
            lambda t: t.did("restrain"),
        ),
        CriticalRule(
            "misplaced-drug",
            "A drug was given that nothing here called for.",
            "Pausing comes first, and a number alone is no reason.",
            "mon-em-no-drug-number",
            _misplaced_drug,
        ),
    ),
)
