"""Marking of the pump error (5), laryngospasm (6) and vomiting (9)."""

from __future__ import annotations

from trd.monitoring import events as ev
from trd.monitoring.marking import (
    CriticalRule,
    MarkingRule,
    Scheme,
    at,
    did,
    gated,
    recognise,
    stop,
    timed,
    when,
    worded,
)
from trd.monitoring.parameters import limits, numbers
from trd.monitoring.trace import NEVER, Share, Trace, named, said, within

_O = numbers("orders")
_I = numbers("interventions")
_MIN = 60
_PUMP, _CORDS, _SICK = limits("pump-error"), limits("laryngospasm"), limits("vomiting")

# ---- 5: pump error


#: What shows that somebody looked at person or pump.
_LOOKS = (
    *("pump_check", "moaas", "count_breaths", "capnograph", "ask", "bp", "chest_sounds"),
    "look_mouth",
)


def _looked(t: Trace, after: int, before: int = NEVER) -> bool:
    return any(t.did(each, after, before) for each in _LOOKS)


def _stop_in_time(t: Trace) -> float:
    halted = t.stopped(-1)
    if halted is None:
        return Share(0, "Not stopped.")
    if t.zero == NEVER or halted < t.zero:
        # The display is enough to stop for, if it was read or the person was looked at.
        seen = _looked(t, -1, halted + _PUMP["looked"][0])
        return Share(float(seen), f"Stopped at {t.clock(halted)}{'' if seen else ', unlooked'}.")
    return at(t, "stopped", halted, t.zero, *_PUMP["stop"])


_STOPPED = _stop_in_time


def _guarded(t: Trace, halted: int) -> float:
    """Judge the airway where the stop came so early that nothing snored."""
    acts = ("jaw_thrust", "bag_mask", "oxygen")
    hands = t.did("position", halted, how="lateral") or any(t.did(each, halted) for each in acts)
    since = halted + _PUMP["watched"][0]
    return named(
        [
            ("oxygen, position or jaw thrust after the stop", float(hands)),
            ("a look at breathing or MOAA/S 2 minutes or more after it", _looked(t, since)),
        ]
    )


def _airway(t: Trace) -> float:
    """Jaw thrust and oxygen after the stop."""
    halted = t.stopped(-1)
    if halted is None:
        return Share(0, "The pump was not stopped.")
    if t.zero == NEVER:
        return _guarded(t, halted)
    oxygen = [each for each in t.all("oxygen", halted) if each.chosen["how"] != "off"]
    times = {
        "jaw thrust": t.first("jaw_thrust", max(halted, t.zero)),
        "oxygen": oxygen[0].t_s if oxygen else None,
    }
    # Oxygen given before the snoring, but after the stop, is in time.
    return named(
        [
            (name, within(None if s is None else max(s, t.zero), t.zero, *_PUMP["airway"]))
            for name, s in times.items()
        ]
    )


def _calls_early(t: Trace) -> float:
    halted = t.stopped(-1)
    zero = t.zero if t.zero < NEVER else halted or 0
    called = t.first("call")
    # A call before the snoring is in time as well.
    since = None if called is None else max(called, zero)
    return Share(within(since, zero, *_PUMP["call"]), when(t, called, "called"))


def _bagged(t: Trace) -> float:
    slow = t.edge("slow_breathing")
    if slow is None:
        return gated(_watched, _airway, "Not watched until awake.")(t)
    bagged = t.first("bag_mask", how="on")
    since = None if bagged is None else max(bagged, slow)
    words = f"Breathing was below 8 from {t.clock(slow)}; {when(t, bagged, 'bagged').lower()}"
    return Share(within(since, slow, *_PUMP["bag"]), words)


def _watched(t: Trace) -> float:
    halted = t.stopped(-1)
    if halted is None:
        return Share(0, "The pump was not stopped.")
    seen = t.session.moaas
    awake = seen is not None and seen[1] == 5 and seen[0] >= halted + _PUMP["watched"][0]
    if awake or t.did("transfer"):
        return 1.0
    return Share(0, "No MOAA/S 5 at the last look, and not given to the emergency team.")


def _naloxone_first(t: Trace) -> bool:
    given = t.first("give", drug="naloxone")
    if given is None:
        return False
    halted, jaw = t.stopped(-1), t.first("jaw_thrust")
    return halted is None or jaw is None or given < max(halted, jaw)


def _says_overdose(t: Trace) -> float:
    spoken = t.all("impression")
    if not any(each.chosen["what"] == "overdose" for each in spoken):
        return Share(0, "Not said.")
    first = spoken[0].chosen["what"] == "overdose"
    return Share(1.0 if first else 0.5, "" if first else "Another came first.")


PUMP_ERROR = Scheme(
    "snores",
    (
        MarkingRule(
            "stop",
            "Stopped the pump",
            3,
            "Within 45 s of the first snoring, or before it after a look at pump or person; half "
            "within 100 s.",
            "mon-order-stop-first",
            _stop_in_time,
        ),
        MarkingRule(
            "recognise",
            "Said what it is",
            1,
            "Too much, too fast: at any time; half if another impression came first.",
            "mon-order-impression",
            gated(_STOPPED, _says_overdose),
        ),
        MarkingRule(
            "call",
            "Called for help",
            1,
            "Anybody, within 75 s of the first snoring; half within 150 s.",
            "mon-order-stop-first",
            gated(_STOPPED, _calls_early),
        ),
        MarkingRule(
            "airway",
            "Jaw thrust and oxygen",
            3,
            "Half each, after the stop, within 2 minutes of the first snoring; half of that "
            "within 4. Stopped so early that nothing snored: half for guarding the airway, half "
            "for looking again 2 minutes or more after the stop.",
            "mon-order-hypoventilation",
            _airway,
        ),
        MarkingRule(
            "bag",
            "Bag and mask below 8 a minute",
            3,
            "Within 90 s of breathing below 8; half within 3 minutes. If it never fell so low: as "
            "for jaw thrust and oxygen, once watched until awake.",
            "mon-order-hypoventilation",
            _bagged,
        ),
        MarkingRule(
            "verify",
            "Pump, bag and weight",
            2,
            "Half each: read against the order; kept as they are.",
            "mon-em-pump-error",
            gated(
                _STOPPED,
                lambda t: named(
                    [
                        ("read against the order", float(t.did("pump_check"))),
                        ("kept as they are", float(t.did("keep_evidence"))),
                    ]
                ),
            ),
        ),
        MarkingRule(
            "ems",
            "Emergency services",
            2,
            "Called; counts once the pump was stopped.",
            "mon-order-hypoventilation",
            gated(
                _STOPPED,
                lambda t: Share(
                    float(t.did("call", who="ems")), when(t, t.first("call", who="ems"), "called")
                ),
            ),
        ),
        MarkingRule(
            "baseline",
            "Watched to baseline",
            2,
            "MOAA/S 5 at the last look, 2 minutes or more after the stop, or handed to the "
            "emergency team.",
            "mon-order-open-disclosure",
            _watched,
        ),
        MarkingRule(
            "open",
            "Told openly, and reported",
            3,
            "Half each: the patient told; adverse-event report.",
            "mon-order-open-disclosure",
            gated(
                _STOPPED,
                lambda t: named(
                    [
                        ("the patient told", float(t.did("disclose"))),
                        ("report", float(t.did("report"))),
                    ]
                ),
            ),
        ),
    ),
    (
        CriticalRule(
            "oxygen-first",
            "Oxygen was given with the pump still running.",
            "It hides the fall while the dose goes on.",
            "mon-em-oxygen-hides",
            lambda t: any(
                each.shot.rate > 0 and each.chosen["how"] != "off" for each in t.all("oxygen")
            ),
        ),
        CriticalRule(
            "naloxone-first",
            "Naloxone was given before the pump was stopped and the airway opened.",
            "The wrong drug, and lost seconds.",
            "mon-order-hypoventilation",
            _naloxone_first,
        ),
        CriticalRule(
            "silenced",
            "An alarm was silenced while the pump still ran.",
            "Its reason went on; once the pump is off and hands are at the airway, quiet is fine.",
            "mon-order-alarm",
            lambda t: any(each.shot.rate > 0 for each in t.all("silence")),
        ),
        CriticalRule(
            "rewrote",
            "An earlier entry in the chart was changed.",
            "The record is evidence; a correction is a new entry with its time.",
            "mon-order-chart",
            lambda t: t.did("note", how="rewrite"),
        ),
    ),
    "the snoring",
)

# ---- 6: laryngospasm


_MANOEUVRES: tuple[tuple[str, dict[str, str]], ...] = (
    ("jaw_thrust", {}),
    ("larson", {}),
    ("oxygen", {"how": "cpap"}),
)


def _first_manoeuvre(t: Trace) -> int | None:
    return t.earliest(*(t.since(do, **match) for do, match in _MANOEUVRES))


def _manoeuvres(t: Trace) -> float:
    names = ("jaw thrust", "Larson pressure", "oxygen with CPAP")
    return named(
        [
            (name, within(t.since(do, **match), t.zero, *_CORDS["manoeuvres"]))
            for name, (do, match) in zip(names, _MANOEUVRES, strict=True)
        ]
    )


def _suction(t: Trace) -> float:
    gentle = t.did("suction", t.zero, how="gentle")
    looked = t.did("look_mouth", t.zero)
    there = t.session.setup.secretion
    words = "" if looked else "Not looked."
    if looked and gentle != there:
        words = "Something was there; no suction." if there else "Suction of nothing."
    return Share(float(looked and gentle == there), words)


def _airway_drug(t: Trace) -> float:
    given, over = t.first("give", t.zero, drug="airway_drug"), t.edge(f"{ev.LARYNGOSPASM} over")
    here = t.edge("here anaesthetist")
    if not _persists(t):
        clear = over is not None
        return Share(float(given is None and clear), "" if clear else "Left before it cleared.")
    if given is None or here is None:
        return Share(0, "It did not clear; no airway drug.")
    # Who was called before it began counts as called when it began.
    since = max(here, t.zero + int(_I["anaesthetist_s"]))
    good = given >= here and (over is None or given < over)
    share = within(max(given, since), since, *_CORDS["drug"]) if good else 0.0
    return Share(share, f"The doctor came at {t.clock(here)}; given at {t.clock(given)}.")


def _persists(t: Trace) -> bool:
    """Return True if the manoeuvres alone do not end it."""
    spasm = t.session.body.event(ev.LARYNGOSPASM)
    return spasm is not None and spasm.stubborn


def _waited_for_spo2(t: Trace) -> bool:
    if t.onset_s is None:
        return False
    first, low = _first_manoeuvre(t), t.edge("spo2 low")
    late = t.zero + _CORDS["late"][0]
    if first is None:
        return t.session.now_s > late
    return low is not None and first > max(low, late)


SPASM = Scheme(
    ev.LARYNGOSPASM,
    (
        MarkingRule(
            "stop",
            "Stopped the pump",
            2,
            "Within 30 s of the first crowing; half within 60 s.",
            "mon-order-stop-first",
            stop(*_CORDS["stop"]),
        ),
        MarkingRule(
            "quiet",
            "Stopped every stimulus",
            1,
            "Hands off, nothing in the mouth, within 60 s; half within 2 minutes.",
            "mon-order-laryngospasm",
            timed("quiet", *_CORDS["quiet"]),
        ),
        recognise("laryngospasm", *_CORDS["recognise"]),
        MarkingRule(
            "ems",
            "Called emergency services",
            2,
            "Within 90 s; half within 3 minutes.",
            "mon-order-laryngospasm",
            timed("call", *_CORDS["ems"], who="ems"),
        ),
        MarkingRule(
            "airway-trained",
            "Called the airway-trained doctor",
            2,
            "Within 90 s; half within 3 minutes.",
            "mon-order-laryngospasm",
            timed("call", *_CORDS["airway-trained"], who="anaesthetist"),
        ),
        MarkingRule(
            "manoeuvres",
            "Jaw thrust, Larson pressure, 100 % oxygen with CPAP",
            6,
            "A third each, within 75 s; half of that within 2 minutes.",
            "mon-order-laryngospasm",
            _manoeuvres,
        ),
        MarkingRule(
            "suction",
            "Looked, and gentle suction only of what is seen",
            1,
            "Looked into the mouth; gentle suction if and only if something is there.",
            "mon-order-laryngospasm",
            gated(_manoeuvres, _suction),
        ),
        MarkingRule(
            "drug",
            "Airway drug by the airway-trained, if it does not clear",
            2,
            "Within 90 s of their coming (called before it began: as if called then), half within "
            "3 minutes; none when it clears by itself, and somebody stayed to see that.",
            "mon-order-laryngospasm",
            gated(_manoeuvres, _airway_drug),
        ),
        MarkingRule(
            "handover",
            "Handed over with times",
            2,
            "To the airway-trained doctor or the emergency team.",
            "mon-order-handover",
            worded(
                lambda t: float(
                    t.did("handover", t.zero, to="ems")
                    or t.did("handover", t.zero, to="anaesthetist")
                ),
                "Left before anybody had taken over.",
            ),
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
            "deep",
            "Deep suction or an oral airway in a light plane.",
            "Touching the larynx makes the spasm worse.",
            "mon-order-laryngospasm",
            lambda t: t.did("suction", how="deep") or t.did("oral_airway"),
        ),
        CriticalRule(
            "spo2",
            "Nothing was done for the airway until the saturation had fallen.",
            "The saturation is a late sign; the noise and the chest come first.",
            "mon-order-laryngospasm",
            _waited_for_spo2,
        ),
        CriticalRule(
            "panic",
            "It was taken for a panic attack.",
            "The noise comes from a closed larynx; a sedative and waiting cost the airway.",
            "mon-sc-no-labels",
            lambda t: (
                t.did("impression", t.zero, what="panic") or t.did("give", t.zero, drug="sedative")
            ),
        ),
    ),
    "the crowing",
)

# ---- 9: vomiting


def _resumes_awake(t: Trace) -> float:
    again = t.all("resume", t.zero)
    looked = t.all("moaas", t.zero)
    good = all(
        each.shot.moaas == 5 and any(look.until_s <= each.t_s for look in looked) for each in again
    )
    return Share(float(good), "" if good else f"Resumed at {t.clock(again[0].t_s)}.")


def _restarted_at_once(t: Trace) -> bool:
    return any(
        each.t_s - t.zero < _SICK["restart"][0] or each.shot.moaas < 5
        for each in t.all("resume", t.zero)
    )


def _listened(t: Trace) -> float:
    return at(t, "done", t.first("chest_sounds", t.zero), t.zero, *_SICK["chest"])


def _antiemetic(t: Trace) -> float:
    given = t.all("give", t.zero, drug="antiemetic")
    if not given:
        return Share(0, "Not given.")
    checked = [d for d in t.all("check", item="medicines") if d.until_s <= given[0].t_s]
    checked += [d for d in t.all("ecg") if d.until_s <= given[0].t_s]
    ordered = given[0].chosen["amount"] == "as-ordered"
    return named([("the look before it", bool(checked)), ("the ordered amount", ordered)])


def _leaves_safely(t: Trace) -> float:
    session = t.session
    if session.body.aspirated:
        return named(
            [
                ("emergency team called", t.did("call", who="ems")),
                ("handed over", t.did("handover", t.zero, to="ems")),
                ("taken to hospital", session.gone == "hospital"),
            ]
        )
    if session.gone != "home":
        return Share(0, "The run was ended before the way home.")
    least = _MIN * (_O["discharge_after_end_min"] + _O["vomiting_extra_min"])
    stayed = (t.first("send_home") or 0) - t.end_s() >= least
    criteria = named([(name, met) for name, met in session.exit_criteria.items()])
    words = "" if stayed else "Sent home before 120 minutes. "
    return Share((2 * float(stayed) + criteria) / 3, f"{words}{said(criteria)}".strip())


VOMITS = Scheme(
    ev.VOMITING,
    (
        MarkingRule(
            "pause",
            "Paused",
            2,
            "Within 30 s; half within 60 s.",
            "mon-order-vomiting",
            stop(*_SICK["pause"]),
        ),
        MarkingRule(
            "lateral",
            "On the side",
            2,
            "Within 30 s; half within 60 s.",
            "mon-order-vomiting",
            timed("position", *_SICK["lateral"], how="lateral"),
        ),
        MarkingRule(
            "suction",
            "Suction",
            1,
            "Within 60 s; half within 2 minutes.",
            "mon-order-vomiting",
            timed("suction", *_SICK["suction"], how="gentle"),
        ),
        MarkingRule(
            "oxygen",
            "Oxygen",
            1,
            "Within 90 s; half within 3 minutes.",
            "mon-order-vomiting",
            lambda t: at(
                t,
                "given",
                t.earliest(*(t.since("oxygen", how=how) for how in ("low", "high"))),
                t.zero,
                *_SICK["oxygen"],
            ),
        ),
        MarkingRule(
            "chest",
            "Listened to the chest",
            2,
            "Within 10 minutes; half within 20.",
            "mon-order-vomiting",
            _listened,
        ),
        MarkingRule(
            "antiemetic",
            "Antiemetic after a look at QT and drugs",
            3,
            "Half for the look before it, half for the ordered amount.",
            "mon-order-vomiting",
            _antiemetic,
        ),
        recognise("vomiting", *_SICK["recognise"]),
        MarkingRule(
            "resume",
            "Ended, or resumed only when alert",
            1,
            "No resuming before MOAA/S 5 was assessed; counts once the person left safely.",
            "mon-order-vomiting",
            gated(
                _leaves_safely,
                gated(stop(*_SICK["resume"]), _resumes_awake),
                "The person had not left safely.",
            ),
        ),
        MarkingRule(
            "exit",
            "Left safely",
            7,
            "Clear chest: 120 minutes after the end, by criteria. Cough or wheeze: emergency team.",
            "mon-order-vomiting",
            _leaves_safely,
        ),
    ),
    (
        CriticalRule(
            "supine",
            "Put flat on the back.",
            "What comes up goes into the lungs.",
            "mon-order-vomiting",
            lambda t: (
                t.did("position", t.zero, how="supine") or t.did("position", t.zero, how="legs_up")
            ),
        ),
        CriticalRule(
            "restart",
            "Restarted at once or before full alertness.",
            "A drowsy person cannot guard the airway.",
            "mon-order-vomiting",
            _restarted_at_once,
        ),
        CriticalRule(
            "drink",
            "Given something to drink within the hour.",
            "It comes back up, and the airway is not guarded.",
            "mon-order-vomiting",
            lambda t: t.onset_s is not None and t.did("drink", t.zero, t.zero + _SICK["drink"][0]),
        ),
        CriticalRule(
            "wheeze",
            "Sent home with a cough or wheeze.",
            "Aspiration may declare itself over hours.",
            "mon-order-vomiting",
            lambda t: t.session.body.aspirated and t.session.gone in ("home", "signed out"),
        ),
    ),
    "the retching",
)
