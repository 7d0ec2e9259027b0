"""Marking of the pump error (5), laryngospasm (6) and vomiting (9)."""

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
from trd.monitoring.trace import NEVER, Trace, share, within

_O = numbers("orders")
_MIN = 60
_PUMP, _CORDS, _SICK = limits("pump-error"), limits("laryngospasm"), limits("vomiting")

# ---- 5: pump error


def _stop_in_time(t: Trace) -> float:
    halted = t.stopped(-1)
    if halted is None:
        return 0.0
    if t.zero == NEVER or halted < t.zero:
        return 1.0
    return within(halted, t.zero, *_PUMP["stop"])


def _airway(t: Trace) -> float:
    """Jaw thrust and oxygen after the stop; nothing is needed if it never came to snoring."""
    halted = t.stopped(-1)
    if halted is None:
        return 0.0
    if t.zero == NEVER:
        return 1.0
    oxygen = [each for each in t.all("oxygen", halted) if each.chosen["how"] != "off"]
    times = (t.first("jaw_thrust", halted), oxygen[0].t_s if oxygen else None)
    # What was done before the snoring, but after the stop, is in time.
    starts = [None if when is None else max(when, t.zero) for when in times]
    return sum(within(when, t.zero, *_PUMP["airway"]) for when in starts) / 2


def _calls_early(t: Trace) -> float:
    zero = 0 if t.zero == NEVER else t.zero
    when = t.first("call")
    if when is None:
        return 0.0
    # A call before the snoring is in time as well.
    return within(max(when, zero), zero, *_PUMP["call"])


def _bagged(t: Trace) -> float:
    if t.stopped(-1) is None:
        return 0.0
    slow = t.edge("slow_breathing")
    if slow is None:
        return 1.0
    when = t.first("bag_mask", how="on")
    if when is None:
        return 0.0
    return within(max(when, slow), slow, *_PUMP["bag"])


def _watched(t: Trace) -> float:
    awake = t.session.moaas is not None and t.session.moaas[1] == 5 and t.session.moaas[0] > 0
    return float(t.stopped(-1) is not None and (awake or t.did("transfer")))


def _naloxone_first(t: Trace) -> bool:
    given = t.first("give", drug="naloxone")
    if given is None:
        return False
    halted, jaw = t.stopped(-1), t.first("jaw_thrust")
    return halted is None or jaw is None or given < max(halted, jaw)


PUMP_ERROR = Scheme(
    "snores",
    (
        MarkingRule(
            "stop",
            "Stopped the pump",
            5,
            "Within 45 s of the first snoring, or before; half within 100 s.",
            "mon-order-stop-first",
            _stop_in_time,
        ),
        MarkingRule(
            "recognise",
            "Said what it is",
            1,
            "Too much, too fast: at any time; half if another impression came first.",
            "mon-order-impression",
            lambda t: (
                0.0
                if not t.did("impression", what="overdose")
                else 1.0
                if t.all("impression")[0].chosen["what"] == "overdose"
                else 0.5
            ),
        ),
        MarkingRule(
            "call",
            "Called for help",
            3,
            "Anybody, within 75 s of the first snoring; half within 150 s.",
            "mon-order-stop-first",
            _calls_early,
        ),
        MarkingRule(
            "airway",
            "Jaw thrust and oxygen",
            4,
            "Half each, after the stop, within 2 minutes of the first snoring; half of that "
            "within 4.",
            "mon-order-hypoventilation",
            _airway,
        ),
        MarkingRule(
            "bag",
            "Bag and mask below 8 a minute",
            2,
            "Within 90 s of breathing below 8; half within 3 minutes; all if it never fell so low.",
            "mon-order-hypoventilation",
            _bagged,
        ),
        MarkingRule(
            "verify",
            "Pump, bag and weight",
            1,
            "Half each: read against the order; kept as they are.",
            "mon-em-pump-error",
            lambda t: share([t.did("pump_check"), t.did("keep_evidence")]),
        ),
        MarkingRule(
            "ems",
            "Emergency services",
            1,
            "Called.",
            "mon-order-hypoventilation",
            lambda t: float(t.did("call", who="ems")),
        ),
        MarkingRule(
            "baseline",
            "Watched to baseline",
            1,
            "MOAA/S 5 again at the last look, or handed to the emergency team.",
            "mon-order-open-disclosure",
            _watched,
        ),
        MarkingRule(
            "open",
            "Told openly, and reported",
            2,
            "Half each: the patient told; adverse-event report.",
            "mon-order-open-disclosure",
            lambda t: share([t.did("disclose"), t.did("report")]),
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
)

# ---- 6: laryngospasm


_MANOEUVRES: tuple[tuple[str, dict[str, str]], ...] = (
    ("jaw_thrust", {}),
    ("larson", {}),
    ("oxygen", {"how": "cpap"}),
)


def _first_manoeuvre(t: Trace) -> int | None:
    return t.earliest(*(t.first(do, t.zero, **match) for do, match in _MANOEUVRES))


def _manoeuvres(t: Trace) -> float:
    return (
        sum(
            within(t.first(do, t.zero, **match), t.zero, *_CORDS["manoeuvres"])
            for do, match in _MANOEUVRES
        )
        / 3
    )


def _suction(t: Trace) -> float:
    gentle = t.did("suction", t.zero, how="gentle")
    looked = t.did("look_mouth", t.zero)
    return float(looked and gentle == t.session.setup.secretion)


def _airway_drug(t: Trace) -> float:
    given, over = t.first("give", t.zero, drug="airway_drug"), t.edge(f"{ev.LARYNGOSPASM} over")
    here = t.edge("here anaesthetist")
    if not _persists(t):
        return float(given is None)
    if given is None or here is None:
        return 0.0
    return within(given, here, *_CORDS["drug"]) if over is None or given < over else 0.0


def _persists(t: Trace) -> bool:
    """Return True if the manoeuvres alone do not end it."""
    spasm = t.session.body.event(ev.LARYNGOSPASM)
    return spasm is not None and spasm.stubborn


def _waited_for_spo2(t: Trace) -> bool:
    if t.onset_s is None:
        return False
    when, low = _first_manoeuvre(t), t.edge("spo2 low")
    if when is None:
        return True
    return low is not None and when > low and when - t.zero > _CORDS["late"][0]


SPASM = Scheme(
    ev.LARYNGOSPASM,
    (
        MarkingRule(
            "stop",
            "Stopped the pump",
            3,
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
            _suction,
        ),
        MarkingRule(
            "drug",
            "Airway drug by the airway-trained, if it does not clear",
            2,
            "Within 90 s of their coming, half within 3 minutes; none when it clears by itself.",
            "mon-order-laryngospasm",
            gated(_manoeuvres, _airway_drug),
        ),
        MarkingRule(
            "handover",
            "Handed over with times",
            1,
            "To the airway-trained doctor or the emergency team.",
            "mon-order-handover",
            lambda t: float(
                t.did("handover", t.zero, to="ems") or t.did("handover", t.zero, to="anaesthetist")
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
)

# ---- 9: vomiting


def _resumes_awake(t: Trace) -> float:
    again = t.all("resume", t.zero)
    looked = t.all("moaas", t.zero)
    return float(
        all(
            each.shot.moaas == 5 and any(look.until_s <= each.t_s for look in looked)
            for each in again
        )
    )


def _restarted_at_once(t: Trace) -> bool:
    return any(
        each.t_s - t.zero < _SICK["restart"][0] or each.shot.moaas < 5
        for each in t.all("resume", t.zero)
    )


def _listened(t: Trace) -> float:
    when = t.first("chest_sounds", t.zero)
    return within(when, t.zero, *_SICK["chest"])


def _antiemetic(t: Trace) -> float:
    given = t.all("give", t.zero, drug="antiemetic")
    if not given:
        return 0.0
    checked = [d for d in t.all("check", item="medicines") if d.until_s <= given[0].t_s]
    checked += [d for d in t.all("ecg") if d.until_s <= given[0].t_s]
    return (float(bool(checked)) + float(given[0].chosen["amount"] == "as-ordered")) / 2


def _leaves_safely(t: Trace) -> float:
    session = t.session
    if session.body.aspirated:
        return share(
            [
                t.did("call", t.zero, who="ems"),
                t.did("handover", t.zero, to="ems"),
                session.gone == "hospital",
            ]
        )
    if session.gone != "home":
        return 0.0
    least = _MIN * (_O["discharge_after_end_min"] + _O["vomiting_extra_min"])
    stayed = (t.first("send_home") or 0) - t.end_s() >= least
    return (2 * float(stayed) + share(list(session.exit_criteria.values()))) / 3


VOMITS = Scheme(
    ev.VOMITING,
    (
        MarkingRule(
            "pause",
            "Paused",
            3,
            "Within 30 s; half within 60 s.",
            "mon-order-vomiting",
            stop(*_SICK["pause"]),
        ),
        MarkingRule(
            "lateral",
            "On the side",
            4,
            "Within 30 s; half within 60 s.",
            "mon-order-vomiting",
            timed("position", *_SICK["lateral"], how="lateral"),
        ),
        MarkingRule(
            "suction",
            "Suction",
            2,
            "Within 60 s; half within 2 minutes.",
            "mon-order-vomiting",
            timed("suction", *_SICK["suction"], how="gentle"),
        ),
        MarkingRule(
            "oxygen",
            "Oxygen",
            2,
            "Within 90 s; half within 3 minutes.",
            "mon-order-vomiting",
            lambda t: within(
                t.earliest(*(t.first("oxygen", t.zero, how=how) for how in ("low", "high"))),
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
            2,
            "Half for the look before it, half for the ordered amount.",
            "mon-order-vomiting",
            _antiemetic,
        ),
        recognise("vomiting", *_SICK["recognise"]),
        MarkingRule(
            "resume",
            "Ended, or resumed only when alert",
            1,
            "No resuming before MOAA/S 5 was assessed.",
            "mon-order-vomiting",
            gated(stop(*_SICK["resume"]), _resumes_awake),
        ),
        MarkingRule(
            "exit",
            "Left safely",
            3,
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
)
