"""Marking of terror (7), the faint (8) and the way home (10)."""

from __future__ import annotations

from trd.monitoring import events as ev
from trd.monitoring.marking import (
    CriticalRule,
    MarkingRule,
    Scheme,
    did,
    gated,
    recognise,
    stop,
    timed,
)
from trd.monitoring.parameters import limits, numbers
from trd.monitoring.trace import Trace, share, within

_O = numbers("orders")
_FEAR, _PALE, _HOME = limits("terror"), limits("faint"), limits("going-home")


def _stubborn(t: Trace, kind: str) -> bool:
    found = t.session.body.event(kind)
    return found is not None and found.stubborn


# ---- 7: terror


def _rules_out(t: Trace) -> float:
    last = t.zero + _FEAR["rule-out"][0]
    return share(
        [
            t.did("bp", t.zero, last),
            t.did("ask", t.zero, last, about="pain") or t.did("look_arm", t.zero, last),
            t.did("chest_sounds", t.zero, last)
            or t.did("ask", t.zero, last, about="breathing")
            or t.did("capnograph", before=last),
        ]
    )


def _slows(t: Trace) -> float:
    # “Get this off me” is a wish to stop: half the rate is half an answer.
    soon, late = _FEAR["slow"]
    halved = 0.5 * within(t.slowed(t.zero), t.zero, soon, soon)
    return max(within(t.stopped(t.zero), t.zero, soon, late), halved)


def _touch(t: Trace) -> float:
    return float(t.session.setup.touch or not t.did("hand"))


def _sedative_if_unsafe(t: Trace) -> float:
    given = t.all("give", t.zero, drug="sedative")
    if not _stubborn(t, ev.TERROR):
        return float(not given)
    if not given:
        return 0.0
    dose, calm = given[0], t.earliest(t.first("quiet", t.zero), t.first("reassure", t.zero))
    here = t.edge("here prescriber")
    if here is None or here > dose.t_s:
        return 0.0
    return share(
        [
            dose.chosen["amount"] != "more" and dose.shot.rass >= 2,
            calm is not None and dose.t_s - calm >= _FEAR["sedative"][0],
        ]
    )


def _present(t: Trace) -> float:
    return float(not t.did("leave_room", t.zero))


_CALM = timed("reassure", *_FEAR["voice"])

TERROR = Scheme(
    ev.TERROR,
    (
        MarkingRule(
            "rule-out",
            "Ruled out oxygen, pressure and pain",
            3,
            "A third each, within 5 minutes: pressure; breathing or capnograph; pain or the arm.",
            "mon-order-distress",
            _rules_out,
        ),
        MarkingRule(
            "quiet",
            "Low light, hands off",
            2,
            "Within 60 s; half within 2 minutes.",
            "mon-order-distress",
            timed("quiet", *_FEAR["quiet"]),
        ),
        MarkingRule(
            "voice",
            "One voice",
            3,
            "Name, time, place, breathing: within 60 s; half within 2 minutes.",
            "mon-order-distress",
            _CALM,
        ),
        MarkingRule(
            "slow",
            "Paused",
            3,
            "Within 2 minutes, as she asks to be let out; half within 4, or for half the rate.",
            "mon-order-distress",
            _slows,
        ),
        MarkingRule(
            "touch",
            "Touch as agreed",
            1,
            "No hand where none was agreed.",
            "mon-order-touch",
            gated(_CALM, _touch),
        ),
        recognise("terror", *_FEAR["recognise"]),
        MarkingRule(
            "sedative",
            "Sedative only if unsafe",
            2,
            "Unsafe after calm measures, prescriber there: half each for still agitated and not "
            "more than ordered, 2.5 minutes after calm began. Settled, or no prescriber: none.",
            "mon-order-distress",
            gated(_CALM, _sedative_if_unsafe),
        ),
        MarkingRule(
            "prescriber",
            "Called the prescriber",
            1,
            "Within 5 minutes; half within 8.",
            "mon-order-distress",
            timed("call", *_FEAR["prescriber"], who="prescriber"),
        ),
        MarkingRule(
            "stay",
            "Stayed",
            1,
            "Did not leave the room.",
            "mon-order-line-of-sight",
            gated(_CALM, _present),
        ),
        MarkingRule(
            "debrief",
            "Talked it over",
            1,
            "With the patient, when able.",
            "mon-order-distress",
            did("debrief"),
        ),
        MarkingRule(
            "next",
            "Plan for the next dose",
            1,
            "Made.",
            "mon-order-distress",
            did("plan", what="next-dose"),
        ),
        MarkingRule(
            "note",
            "Charted",
            1,
            "What happened, with times.",
            "mon-order-chart",
            did("note", how="as-it-happened"),
        ),
    ),
    (
        CriticalRule(
            "restraint",
            "The person was held down.",
            "Restraint feeds terror and injures.",
            "mon-em-no-restraint",
            lambda t: t.did("restrain"),
        ),
        CriticalRule(
            "argued",
            "Argued with what the person saw.",
            "It is real to the person; arguing feeds terror.",
            "mon-em-no-restraint",
            lambda t: t.did("say", what="not-real"),
        ),
        CriticalRule(
            "too-much",
            "More sedative than ordered.",
            "It takes alertness and breathing, and may blunt the benefit.",
            "mon-order-distress",
            lambda t: t.did("give", drug="sedative", amount="more"),
        ),
    ),
)

# ---- 8: faint


def _flat(t: Trace) -> float:
    raised = t.first("position", t.zero, how="legs_up")
    lying = t.first("position", t.zero, how="supine")
    best = within(raised, t.zero, *_PALE["flat"])
    return max(best, 0.5 * within(lying, t.zero, *_PALE["flat"]))


def _oxygen_if_low(t: Trace) -> float:
    return float(
        all(
            each.chosen["how"] == "off" or (each.shot.spo2 or 0) < _O["spo2_low_pct"]
            for each in t.all("oxygen", t.zero)
        )
    )


def _atropine(t: Trace) -> float:
    given = t.all("give", t.zero, drug="atropine")
    if not _stubborn(t, ev.VASOVAGAL):
        return float(not given)
    if not given:
        return 0.0
    flat = t.first("position", t.zero, how="legs_up")
    least, most = _PALE["atropine"]
    return share(
        [
            given[0].chosen["amount"] == "as-ordered",
            flat is not None and given[0].t_s - flat >= least and given[0].t_s - t.zero <= most,
        ]
    )


def _looks(t: Trace) -> float:
    """Leaving a drug out is a decision only where somebody looked."""
    return float(t.did("bp", t.zero) or t.did("strip", t.zero))


def _trigger(t: Trace) -> float:
    return float(t.did("look_arm", t.zero) or t.did("ask", t.zero, about="needles"))


FAINT = Scheme(
    ev.VASOVAGAL,
    (
        MarkingRule(
            "flat",
            "Flat, legs up",
            5,
            "Within 45 s; half within 90 s; half of that for flat alone.",
            "mon-order-vasovagal",
            _flat,
        ),
        MarkingRule(
            "pause",
            "Paused",
            3,
            "Within 60 s; half within 2 minutes.",
            "mon-order-vasovagal",
            stop(*_PALE["pause"]),
        ),
        recognise("faint", *_PALE["recognise"]),
        MarkingRule(
            "call",
            "Called for help",
            1,
            "Anybody, within 2 minutes; half within 4.",
            "mon-order-stop-first",
            timed("call", *_PALE["call"]),
        ),
        MarkingRule(
            "strip",
            "Monitor strip",
            1,
            "Within 3 minutes; half within 5.",
            "mon-order-vasovagal",
            timed("strip", *_PALE["strip"]),
        ),
        MarkingRule(
            "pressure",
            "Measured the pressure",
            1,
            "By hand, within 3 minutes; half within 5.",
            "mon-order-vasovagal",
            timed("bp", *_PALE["pressure"]),
        ),
        MarkingRule(
            "oxygen",
            "Oxygen only if low",
            1,
            "None at 94 % or more; counts once pressure or strip was looked at.",
            "mon-order-vasovagal",
            gated(_flat, gated(_looks, _oxygen_if_low)),
        ),
        MarkingRule(
            "fluids",
            "Fluids",
            2,
            "Within 4 minutes; half within 7.",
            "mon-order-vasovagal",
            timed("fluids", *_PALE["fluids"]),
        ),
        MarkingRule(
            "atropine",
            "Atropine only if it persists",
            2,
            "Persists after a minute with legs up: the ordered amount, within 8 minutes, half "
            "each. Recovers: none, once pressure or strip was looked at.",
            "mon-order-vasovagal",
            gated(_flat, gated(_looks, _atropine)),
        ),
        MarkingRule("ecg", "ECG", 1, "12 leads, afterwards.", "mon-order-vasovagal", did("ecg")),
        MarkingRule(
            "trigger",
            "Found the trigger",
            2,
            "Looked at the cannula or asked about needles.",
            "mon-order-vasovagal",
            _trigger,
        ),
    ),
    (
        CriticalRule(
            "upright",
            "Sat or stood the person up.",
            "The brain loses what is left of its blood flow.",
            "mon-order-vasovagal",
            lambda t: (
                t.did("position", t.zero, how="sit") or t.did("position", t.zero, how="standing")
            ),
        ),
        CriticalRule(
            "label",
            "It was labelled dissociation.",
            "Pale, slow and low is circulation until shown otherwise.",
            "mon-sc-no-labels",
            lambda t: t.did("impression", t.zero, what="dissociation"),
        ),
        CriticalRule(
            "too-little",
            "Less atropine than ordered.",
            "Too little may slow the heart further.",
            "mon-order-vasovagal",
            lambda t: t.did("give", drug="atropine", amount="less"),
        ),
    ),
)

# ---- 10: the way home


def _route(t: Trace) -> float:
    if t.session.setup.intent:
        return float(t.did("call", who="ems"))
    return float(t.did("handover", to="psychiatrist"))


def _not_before(t: Trace) -> float:
    """Return half for the longer stay, half if nobody was let go before it was safe."""
    extended = t.did("plan", what="extend")
    gone = t.session.gone
    seen = t.did("handover", to="psychiatrist")
    kept = gone == "hospital" or (gone is None and seen)
    if gone == "home" and seen and not t.session.setup.intent:
        kept = all(t.session.exit_criteria.values())
    return share([extended, kept])


def _unassessed(t: Trace, left: int | None) -> bool:
    """Return True if somebody left without C-SSRS and psychiatrist, or with intent."""
    if left is None:
        return False
    asked = t.first("check", item="suicidality")
    here = t.edge("here psychiatrist")
    late = asked is None or asked > left or here is None or here > left
    return late or t.session.setup.intent


def _home_on_vitals(t: Trace) -> bool:
    return _unassessed(t, t.first("send_home"))


def _signed_out(t: Trace) -> bool:
    return t.session.gone == "walked out" or _unassessed(t, t.first("sign_out"))


GOING_HOME = Scheme(
    "",
    (
        MarkingRule(
            "stay",
            "Stayed",
            2,
            "Did not leave the person alone.",
            "mon-sc-no-alone",
            gated(
                did("check", item="suicidality"),
                lambda t: float(not t.did("leave_room")),
            ),
        ),
        MarkingRule(
            "ask",
            "Asked",
            1,
            "About thoughts of ending life, in plain words.",
            "mon-order-suicide-risk",
            did("ask", about="thoughts"),
        ),
        MarkingRule(
            "c-ssrs",
            "C-SSRS",
            4,
            "Within 5 minutes; half within 15.",
            "mon-order-suicide-risk",
            timed("check", *_HOME["c-ssrs"], item="suicidality"),
        ),
        MarkingRule(
            "psychiatrist",
            "Called the psychiatrist",
            3,
            "Within 10 minutes; half within 20.",
            "mon-order-suicide-risk",
            timed("call", *_HOME["psychiatrist"], who="psychiatrist"),
        ),
        MarkingRule(
            "family",
            "Home made safer, with family",
            2,
            "Arranged.",
            "mon-order-suicide-risk",
            did("plan", what="family"),
        ),
        MarkingRule(
            "route",
            "The right road",
            2,
            "Intent: emergency route. No intent: handed over to the psychiatrist.",
            "mon-order-suicide-risk",
            _route,
        ),
        MarkingRule(
            "escort",
            "Escort",
            1,
            "Arranged.",
            "mon-order-discharge",
            did("check", item="escort"),
        ),
        MarkingRule(
            "keys",
            "No keys",
            1,
            "No driving until the next day, in writing.",
            "mon-order-driving",
            did("plan", what="no-driving"),
        ),
        MarkingRule(
            "extend",
            "Longer stay",
            2,
            "Half for extending it; half for nobody let go before it was safe.",
            "mon-order-suicide-risk",
            _not_before,
        ),
        MarkingRule(
            "note",
            "Charted",
            1,
            "What happened, with times.",
            "mon-order-chart",
            did("note", how="as-it-happened"),
        ),
        recognise("suicide-risk", *_HOME["recognise"]),
    ),
    (
        CriticalRule(
            "vitals-only",
            "Sent home without C-SSRS and psychiatrist, or with intent.",
            "Normal vital signs say nothing about suicide risk.",
            "mon-order-suicide-risk",
            _home_on_vitals,
        ),
        CriticalRule(
            "will-lift",
            "“It will lift tomorrow.”",
            "In clinic records 6.0 % of 537 people had more suicidal thoughts after induction.",
            "mon-worse-after-induction",
            lambda t: t.did("say", what="will-lift"),
        ),
        CriticalRule(
            "signed-out",
            "Let the person sign out or walk out before capacity and risk were judged.",
            "A signature shows neither; C-SSRS and psychiatrist come first, and intent stays here.",
            "mon-order-suicide-risk",
            _signed_out,
        ),
    ),
)
