"""Marking of terror (7), the faint (8) and the way home (10)."""

from __future__ import annotations

from trd.monitoring import events as ev
from trd.monitoring.marking import (
    CriticalRule,
    MarkingRule,
    Scheme,
    at,
    did,
    gated,
    impression,
    recognise,
    stop,
    timed,
    when,
    worded,
)
from trd.monitoring.parameters import limits, numbers
from trd.monitoring.trace import NEVER, Judge, Share, Trace, named, within

_O = numbers("orders")
_FEAR, _PALE, _HOME = limits("terror"), limits("faint"), limits("going-home")


def _stubborn(t: Trace, kind: str) -> bool:
    found = t.session.body.event(kind)
    return found is not None and found.stubborn


# ---- 7: terror


def _rules_out(t: Trace) -> float:
    last = t.zero + _FEAR["rule-out"][0]
    # A cuff that was measuring by itself cannot be pressed; its reading counts for who is there.
    cycled = bool(t.readings(t.zero, last)) and t.attended()
    pressure = t.did("bp", t.zero, last) or cycled
    pain = t.did("ask", t.zero, last, about="pain") or t.did("look_arm", t.zero, last)
    breathing = (
        t.did("chest_sounds", t.zero, last)
        or t.did("ask", t.zero, last, about="breathing")
        or t.did("capnograph", before=last)
    )
    return named(
        [
            ("pressure", pressure),
            ("pain or the arm", pain),
            ("breathing or capnograph", breathing),
        ]
    )


def _slows(t: Trace) -> float:
    # “Get this off me” is a wish to stop: half the rate is half an answer.
    soon, late = _FEAR["slow"]
    slowed, stopped = t.slowed(t.zero), t.stopped(t.zero)
    halved = 0.5 * within(slowed, t.zero, soon, soon)
    whole = within(stopped, t.zero, soon, late)
    return Share(max(whole, halved), when(t, stopped if stopped is not None else slowed, "slowed"))


def _touch(t: Trace) -> float:
    held = t.did("hand") and not t.session.setup.touch
    return Share(float(not held), "No touch had been agreed." if held else "")


def _stayed_on(t: Trace) -> float:
    """Leaving something out is a decision only of somebody who is still there and looks."""
    later = t.zero + _FEAR["carried-on"][0]
    return float(any(t.did(each, later) for each in _LOOKS_AGAIN))


_LOOKS_AGAIN = ("moaas", "ask", "bp", "cadss", "debrief", "chest_sounds", "orientation")
_GONE = "Nobody looked again 4 minutes or more after it began."


def _sedative_if_unsafe(t: Trace) -> float:
    given = t.all("give", t.zero, drug="sedative")
    if not _stubborn(t, ev.TERROR):
        return Share(float(not given), "Given to somebody who would have settled." * bool(given))
    if not given:
        return Share(0, "Still unsafe; none given.")
    dose, calm = given[0], t.earliest(t.first("quiet", t.zero), t.first("reassure", t.zero))
    here = t.edge("here prescriber")
    if here is None or here > dose.t_s:
        return Share(0, "No prescriber was there.")
    ordered = dose.chosen["amount"] != "more" and dose.shot.rass >= 2
    waited = calm is not None and dose.t_s - calm >= _FEAR["sedative"][0]
    found = named(
        [("still agitated, no more than ordered", ordered), ("calm measures before it", waited)]
    )
    return Share(found, f"Given at {t.clock(dose.t_s)}; {found.said.lower()}".rstrip("; "))


def _present(t: Trace) -> float:
    return worded(lambda t: float(not t.did("leave_room", t.zero)), "Left the room.")(t)


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
            1,
            "Within 60 s; half within 2 minutes.",
            "mon-order-distress",
            timed("quiet", *_FEAR["quiet"]),
        ),
        MarkingRule(
            "voice",
            "One voice",
            2,
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
            gated(_CALM, gated(_stayed_on, _touch, _GONE)),
        ),
        recognise("terror", *_FEAR["recognise"]),
        MarkingRule(
            "sedative",
            "Sedative only if unsafe",
            3,
            "Unsafe after calm measures, prescriber there: half each for still agitated and not "
            "more than ordered, 2.5 minutes after calm began. Settled, or no prescriber: none. "
            "Counts with a look 4 minutes or more after it began.",
            "mon-order-distress",
            gated(_CALM, gated(_stayed_on, _sedative_if_unsafe, _GONE)),
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
            "Did not leave the room, and looked again 4 minutes or more after it began.",
            "mon-order-line-of-sight",
            gated(_CALM, gated(_stayed_on, _present, _GONE)),
        ),
        MarkingRule(
            "debrief",
            "Talked it over",
            2,
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
    "the terror",
)

# ---- 8: faint


def _flat(t: Trace) -> float:
    raised, lying = t.since("position", how="legs_up"), t.since("position", how="supine")
    best = within(raised, t.zero, *_PALE["flat"])
    half = 0.5 * within(lying, t.zero, *_PALE["flat"])
    return Share(max(best, half), when(t, raised, "legs up"))


def _measures(t: Trace) -> float:
    """Judge the first reading, by hand or by the cuff's own cycle where somebody was there."""
    cycled = [each.t_s for each in t.readings(t.zero)[:1]] if t.attended() else []
    first = t.earliest(t.first("bp", t.zero), *cycled)
    return at(t, "measured", first, t.zero, *_PALE["pressure"])


def _oxygen_if_low(t: Trace) -> float:
    good = all(
        each.chosen["how"] == "off" or (each.shot.spo2 or 0) < _O["spo2_low_pct"]
        for each in t.all("oxygen", t.zero)
    )
    return Share(float(good), "" if good else "Given at 94 % or more.")


def _atropine(t: Trace) -> float:
    given = t.all("give", t.zero, drug="atropine")
    if not _stubborn(t, ev.VASOVAGAL):
        return Share(float(not given), "It passed without." if given else "")
    if not given:
        return Share(0, "It persisted; none given.")
    flat = t.since("position", how="legs_up")
    least, most = _PALE["atropine"]
    timely = flat is not None and given[0].t_s - flat >= least and given[0].t_s - t.zero <= most
    ordered = given[0].chosen["amount"] == "as-ordered"
    return named(
        [("the ordered amount", ordered), ("after a minute with legs up, in time", timely)]
    )


def _looks(t: Trace) -> float:
    """Leaving a drug out is a decision only where somebody looked, and stayed till it was over."""
    over = t.edge(f"{ev.VASOVAGAL} over")
    looked = t.did("bp", t.zero) or t.since("strip") is not None
    again = over is not None and (
        bool(t.readings(over)) or any(t.did(each, over) for each in ("ask", "moaas", "strip"))
    )
    return float(looked and again)


_UNSEEN = "Pressure or strip not looked at, or nobody looked once it was over."


def _trigger(t: Trace) -> float:
    found = t.did("look_arm", t.zero) or t.did("ask", t.zero, about="needles")
    return Share(float(found), "" if found else "Not looked for.")


FAINT = Scheme(
    ev.VASOVAGAL,
    (
        MarkingRule(
            "flat",
            "Flat, legs up",
            3,
            "Within 45 s; half within 90 s; half of that for flat alone.",
            "mon-order-vasovagal",
            _flat,
        ),
        MarkingRule(
            "pause",
            "Paused",
            2,
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
            2,
            "Within 3 minutes; half within 5.",
            "mon-order-vasovagal",
            _measures,
        ),
        MarkingRule(
            "oxygen",
            "Oxygen only if low",
            1,
            "None at 94 % or more; counts once pressure or strip was looked at, and again when it "
            "was over.",
            "mon-order-vasovagal",
            gated(_flat, gated(_looks, _oxygen_if_low, _UNSEEN)),
        ),
        MarkingRule(
            "fluids",
            "Fluids",
            3,
            "Within 4 minutes; half within 7.",
            "mon-order-vasovagal",
            timed("fluids", *_PALE["fluids"]),
        ),
        MarkingRule(
            "atropine",
            "Atropine only if it persists",
            2,
            "Persists after a minute with legs up: the ordered amount, within 8 minutes, half "
            "each. Recovers: none. Counts once pressure or strip was looked at, and again when it "
            "was over.",
            "mon-order-vasovagal",
            gated(_flat, gated(_looks, _atropine, _UNSEEN)),
        ),
        MarkingRule("ecg", "ECG", 2, "12 leads, afterwards.", "mon-order-vasovagal", did("ecg")),
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
    "the faint",
)

# ---- 10: the way home


def _known(t: Trace) -> int:
    """Return when the C-SSRS had been asked; what is arranged before answers nothing."""
    asked = t.all("check", item="suicidality")
    return asked[0].until_s if asked else NEVER


_UNASKED = "The C-SSRS had not been asked by then."


def _then(do: str, **match: str) -> Judge:
    """Judge whether something was done once the C-SSRS had been asked."""

    def judge(t: Trace) -> float:
        known = _known(t)
        later = t.first(do, known, **match)
        early = later is None and t.did(do, -1, NEVER, **match)
        return Share(float(later is not None), _UNASKED if early else when(t, later))

    return judge


def _seen(t: Trace) -> float:
    return float(t.did("handover", _known(t), to="psychiatrist"))


_UNSEEN_HOME = "Not handed over to the psychiatrist."


def _called(t: Trace) -> float:
    known, soon = _known(t), t.zero
    first = t.first("call", who="psychiatrist")
    if first is None or known == NEVER:
        return Share(0, "Not called." if first is None else _UNASKED)
    whole = within(first, soon, *_HOME["psychiatrist"])
    # Called before anything was asked: there was nothing yet to tell.
    return Share(whole if first >= known else 0.5 * whole, when(t, first, "called"))


def _route(t: Trace) -> float:
    seen, services = _seen(t), t.first("call", who="ems")
    if t.session.setup.intent:
        called = services is not None and services >= _known(t)
        taken = t.did("handover", to="ems")
        return named(
            [
                ("psychiatrist", seen),
                ("emergency services, once intent was known", called),
                ("handed over to them", taken),
            ]
        )
    if services is not None:
        return Share(0.5 * seen, "No intent, and emergency services were called.")
    return Share(seen, "" if seen else _UNSEEN_HOME)


def _not_before(t: Trace) -> float:
    """Return half for the longer stay, half if nobody was let go before it was safe."""
    extended = t.did("plan", what="extend")
    gone = t.session.gone
    seen = t.did("handover", to="psychiatrist")
    kept = gone == "hospital" or (gone is None and seen)
    if gone == "home" and seen and not t.session.setup.intent:
        kept = all(t.session.exit_criteria.values())
    return named([("longer stay arranged", extended), ("nobody let go before it was safe", kept)])


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


def _says_risk(t: Trace) -> float:
    asked = t.earliest(t.first("ask", about="thoughts"), t.first("check", item="suicidality"))
    return impression("suicide-risk", *_HOME["recognise"], zero=lambda _t: asked or 0)(t)


GOING_HOME = Scheme(
    "",
    (
        MarkingRule(
            "stay",
            "Stayed",
            2,
            "Did not leave the person alone until the psychiatrist had taken over.",
            "mon-sc-no-alone",
            gated(_seen, worded(lambda t: float(not t.did("leave_room")), "Left."), _UNSEEN_HOME),
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
            3,
            "Within 5 minutes; half within 15.",
            "mon-order-suicide-risk",
            timed("check", *_HOME["c-ssrs"], item="suicidality"),
        ),
        MarkingRule(
            "psychiatrist",
            "Called the psychiatrist",
            2,
            "Once the C-SSRS was asked, within 10 minutes; half within 20; half of that if called "
            "before.",
            "mon-order-suicide-risk",
            _called,
        ),
        MarkingRule(
            "family",
            "Home made safer, with family",
            2,
            "Arranged, once the C-SSRS was asked.",
            "mon-order-suicide-risk",
            _then("plan", what="family"),
        ),
        MarkingRule(
            "route",
            "The right road",
            4,
            "Intent: a third each for the psychiatrist, emergency services called for it, and "
            "handed over to them. No intent: the psychiatrist; half if services were called too.",
            "mon-order-suicide-risk",
            _route,
        ),
        MarkingRule(
            "escort",
            "Escort",
            1,
            "Arranged, once the C-SSRS was asked.",
            "mon-order-discharge",
            _then("check", item="escort"),
        ),
        MarkingRule(
            "keys",
            "No keys",
            1,
            "No driving until the next day, in writing, once the C-SSRS was asked.",
            "mon-order-driving",
            _then("plan", what="no-driving"),
        ),
        MarkingRule(
            "extend",
            "Longer stay",
            2,
            "Half for extending it; half for nobody let go before it was safe. Counts once the "
            "psychiatrist had taken over.",
            "mon-order-suicide-risk",
            gated(_seen, _not_before, _UNSEEN_HOME),
        ),
        MarkingRule(
            "note",
            "Charted",
            1,
            "What happened, with times, once the C-SSRS was asked.",
            "mon-order-chart",
            _then("note", how="as-it-happened"),
        ),
        MarkingRule(
            "recognise",
            "Said what it is",
            1,
            "New suicide risk, within 10 minutes, once he was asked; half if another impression "
            "came first or nothing had been asked.",
            "mon-order-impression",
            _says_risk,
        ),
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
