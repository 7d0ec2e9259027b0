"""Marking of high pressure without (3) and with organ signs (4)."""

from __future__ import annotations

from trd.monitoring import events as ev
from trd.monitoring.actions import ORGAN_TOPICS
from trd.monitoring.marking import (
    CriticalRule,
    MarkingRule,
    Scheme,
    did,
    gated,
    impression,
    recognise,
    stop,
    timed,
)
from trd.monitoring.parameters import limits, numbers
from trd.monitoring.trace import NEVER, Trace, share, within

_O = numbers("orders")
_MIN = 60
_HIGH, _SIGNS = limits("pressure-no-signs"), limits("pressure-with-signs")

# ---- 3: high pressure without organ signs


def _first_high(t: Trace) -> int:
    for each in t.readings(t.zero if t.zero < NEVER else 0):
        if each.high:
            return each.t_s
    return NEVER


def _second_reading(t: Trace) -> int:
    first = _first_high(t)
    later = t.readings(first + 1) if first < NEVER else []
    return later[0].t_s if later else NEVER


def _looks(t: Trace) -> float:
    seen = t.zero < NEVER and t.readings(t.zero, t.zero + _HIGH["look"][0])
    return float(bool(seen))


def _tells(t: Trace) -> float:
    first = _first_high(t)
    if first == NEVER:
        return 0.0
    before, soon, late = _HIGH["prescriber"]
    called = t.first("call", t.zero, who="prescriber")
    return within(called, first - before, before + soon, before + late)


def _rechecks(t: Trace) -> float:
    first, second = _first_high(t), _second_reading(t)
    return 0.0 if second == NEVER else within(second, first, *_HIGH["recheck"])


def _pauses(t: Trace) -> float:
    second = _second_reading(t)
    if second == NEVER:
        return 0.0
    halted = t.stopped(_first_high(t))
    soon, late = _HIGH["pause"]
    if halted is not None:
        # A pause before the second reading is in time as well.
        return within(max(halted, second), second, soon, late)
    halved = t.first("rate", _first_high(t), rate="half")
    return 0.5 if halved is not None and halved <= second + late else 0.0


def _asks_signs(t: Trace) -> float:
    first = _first_high(t)
    if first == NEVER:
        return 0.0
    before, after = _HIGH["signs"]
    return share([t.did("ask", first - before, first + after, about=each) for each in ORGAN_TOPICS])


def _often(t: Trace) -> float:
    halted = t.stopped(min(_first_high(t), NEVER))
    if halted is None:
        return 0.0
    return min(1.0, len(t.readings(halted, halted + _HIGH["often"][0])) / 3)


def _resumes_well(t: Trace) -> float:
    halted = t.stopped(_first_high(t)) if _first_high(t) < NEVER else None
    if halted is None:
        return 0.0
    again = t.all("resume", halted)
    if not again:
        return 1.0
    for each in again:
        last = [r for r in t.readings() if r.t_s <= each.t_s][-1:]
        if not last or last[0].alert or each.chosen["rate"] != "half":
            return 0.0
    return 1.0


def drug_for_a_number(t: Trace) -> bool:
    """Return True if a drug was given for a number: too soon, unpaused, or with nobody to agree."""
    for each in t.all("give", drug="antihypertensive"):
        since = None
        # A reading below the limit in between starts the clock again.
        for reading in t.readings(0, each.t_s + 1):
            since = None if not reading.high else reading.t_s if since is None else since
        lasted = since is not None and each.t_s - since >= _O["persistent_min"] * _MIN
        here = t.edge("here prescriber")
        if not lasted or each.shot.rate > 0 or here is None or here > each.t_s:
            return True
    return False


def _not_rechecked(t: Trace) -> bool:
    if t.onset_s is None:
        return False
    first, second = _first_high(t), _second_reading(t)
    if first == NEVER:
        return t.session.now_s - t.zero > _HIGH["nobody-looked"][0]
    return second - first > _HIGH["recheck"][1]


_FASTER = CriticalRule(
    "faster",
    "The rate was raised.",
    "A faster pump makes a higher peak of drug and pressure.",
    "mon-rule-no-speeding",
    lambda t: t.did("rate", rate="faster") or t.did("rate", rate="double"),
)

NO_SIGNS = Scheme(
    ev.RISE,
    (
        MarkingRule(
            "look",
            "Saw it",
            1,
            "A reading within 5 minutes of the rise.",
            "mon-order-bp-infusion",
            _looks,
        ),
        MarkingRule(
            "recheck",
            "Measured again",
            3,
            "A second reading within 4 minutes of the first high one; half within 7.",
            "mon-order-bp-repeat",
            _rechecks,
        ),
        MarkingRule(
            "pause",
            "Paused",
            4,
            "At the latest 2 minutes after the second reading; half within 5, or at half the rate.",
            "mon-order-bp-pause",
            _pauses,
        ),
        MarkingRule(
            "signs",
            "Asked for organ signs",
            4,
            "A fifth each: chest, breathing, headache, vision, weakness; within 10 minutes.",
            "mon-sc-symptoms-first",
            _asks_signs,
        ),
        MarkingRule(
            "recognise",
            "Said what it is",
            1,
            "High pressure without organ signs; half if another impression came first.",
            "mon-order-impression",
            impression("pressure-no-signs", *_HIGH["recognise"]),
        ),
        MarkingRule(
            "prescriber",
            "Called the prescriber",
            2,
            "Within 10 minutes of the first high reading; half within 15.",
            "mon-order-bp-pause",
            _tells,
        ),
        MarkingRule(
            "often",
            "Measured often",
            2,
            "Three readings in the 11 minutes after the pause, in proportion.",
            "mon-order-bp-resume",
            _often,
        ),
        MarkingRule(
            "resume",
            "Resumed well or ended",
            2,
            "Only below 165/100 and at half the rate; or not at all.",
            "mon-order-bp-resume",
            _resumes_well,
        ),
        MarkingRule(
            "plan",
            "Plan",
            1,
            "With the outpatient team.",
            "mon-order-bp-resume",
            did("plan", what="bp-plan"),
        ),
    ),
    (
        CriticalRule(
            "drug-for-a-number",
            "A drug was given into the vein for a number without organ signs.",
            "For inpatients the 2025 guideline grades acute drugs without organ damage as harm.",
            "mon-bp-aha-no-drug",
            drug_for_a_number,
        ),
        _FASTER,
        CriticalRule(
            "no-recheck",
            "The high reading was not repeated within 7 minutes.",
            "One reading may be an artefact, and a true one needs an answer.",
            "mon-order-bp-repeat",
            _not_rechecked,
        ),
    ),
)

# ---- 4: high pressure with organ signs


def _oxygen_only_if_low(t: Trace) -> float:
    for each in t.all("oxygen", t.zero):
        shown = each.shot.spo2
        if each.chosen["how"] != "off" and (shown is None or shown >= _O["spo2_low_pct"]):
            return 0.0
    return 1.0


_HANDED = did("handover", to="ems")


def _examines(t: Trace) -> float:
    given = t.first("give", t.zero, drug="antihypertensive")
    first = t.zero < NEVER and t.readings(t.zero, t.zero + _SIGNS["pressure"][0] + 1)
    again = given is not None and t.readings(given + 1)
    looked = [t.did(each, t.zero) for each in ("neuro", "glucose", "ecg")]
    return share([bool(first), *looked, bool(again)])


def _ordered_drug(t: Trace) -> float:
    given = t.all("give", t.zero, drug="antihypertensive")
    if not given:
        return 0.0
    here = t.edge("here prescriber")
    if here is None or here > given[0].t_s:
        return 0.0
    return 1.0 if given[0].chosen["amount"] == "as-ordered" else 0.5


def _waits(t: Trace) -> bool:
    if t.onset_s is None:
        return False
    halted, called = t.stopped(t.zero), t.first("call", t.zero, who="ems")
    running = t.session.pump.state not in ("stopped", "paused") or halted is not None
    stopped_late = running and (halted is None or halted - t.zero > _SIGNS["stop"][1])
    return stopped_late or called is None or called - t.zero > _SIGNS["ems"][1]


WITH_SIGNS = Scheme(
    ev.CRISIS,
    (
        MarkingRule(
            "stop",
            "Stopped the pump",
            4,
            "Within 60 s of the complaint; half within 3 minutes.",
            "mon-order-stop-first",
            stop(*_SIGNS["stop"]),
        ),
        MarkingRule(
            "ems",
            "Called emergency services",
            3,
            "Within 2 minutes; half within 5.",
            "mon-thr-emergency-rule",
            timed("call", *_SIGNS["ems"], who="ems"),
        ),
        MarkingRule(
            "prescriber",
            "Called the prescriber",
            1,
            "Within 3 minutes; half within 6.",
            "mon-order-hypertensive-emergency",
            timed("call", *_SIGNS["prescriber"], who="prescriber"),
        ),
        recognise("pressure-emergency", *_SIGNS["recognise"]),
        MarkingRule(
            "head-up",
            "Head up",
            1,
            "30 degrees, within 5 minutes.",
            "mon-order-hypertensive-emergency",
            timed("position", *_SIGNS["head-up"], how="head_up"),
        ),
        MarkingRule(
            "oxygen",
            "Oxygen only if low",
            1,
            "None at 94 % or more, up to the handover.",
            "mon-order-hypertensive-emergency",
            gated(_HANDED, gated(stop(*_SIGNS["oxygen"]), _oxygen_only_if_low)),
        ),
        MarkingRule(
            "examine",
            "Pressure, neurology, glucose, ECG",
            5,
            "A fifth each: pressure within 3 minutes, neurology, glucose, ECG, pressure again "
            "after the drug.",
            "mon-order-hypertensive-emergency",
            _examines,
        ),
        MarkingRule(
            "drug",
            "Ordered drug",
            2,
            "As ordered, once the prescriber is there, not before; half for less than ordered.",
            "mon-order-hypertensive-emergency",
            _ordered_drug,
        ),
        MarkingRule(
            "handover",
            "Handed over with times",
            2,
            "To the emergency team, once it is there.",
            "mon-order-handover",
            _HANDED,
        ),
    ),
    (
        CriticalRule(
            "wait",
            "Waited: the pump ran on for 3 minutes or emergency services were not called in 5.",
            "Signs from an organ, not the number, make it an emergency.",
            "mon-thr-emergency-rule",
            _waits,
        ),
        CriticalRule(
            "too-low",
            "The pressure was brought down too far or too fast.",
            "The brain loses its blood flow: no more than a quarter in the first hour.",
            "mon-bp-aha-25",
            lambda t: (
                t.session.tally.times["overshoot"] > 0
                or t.did("give", drug="antihypertensive", amount="more")
            ),
        ),
        CriticalRule(
            "sedated",
            "A sedative was given for what looked like anxiety.",
            "It hides the neurology that decides the treatment.",
            "mon-order-no-sedative-for-signs",
            lambda t: t.did("give", drug="sedative"),
        ),
    ),
)
