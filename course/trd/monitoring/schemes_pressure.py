"""Marking of high pressure without (3) and with organ signs (4)."""

from __future__ import annotations

from trd.monitoring import events as ev
from trd.monitoring.actions import ORGAN_TOPICS
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
from trd.monitoring.trace import NEVER, Share, Trace, named, within

_O = numbers("orders")
_MIN = 60
_HIGH, _SIGNS = limits("pressure-no-signs"), limits("pressure-with-signs")

# ---- 3: high pressure without organ signs


def _raised(t: Trace) -> int:
    """Return when a reading from 165/100 was first shown in this run."""
    return next((each.t_s for each in t.readings() if each.alert), NEVER)


def _first_high(t: Trace) -> int:
    """Return when a reading from 180/110 was first shown in this run."""
    return next((each.t_s for each in t.readings() if each.high), NEVER)


def _reference(t: Trace) -> int:
    """Return the reading that is to be answered.

    Where the pump was off in time it may never reach 180/110; then the first from 165/100 counts.
    """
    high = _first_high(t)
    return _raised(t) if high == NEVER else high


def _second_reading(t: Trace) -> int:
    first = _reference(t)
    later = t.readings(first + 1) if first < NEVER else []
    return later[0].t_s if later else NEVER


def _shown(found: int) -> int | None:
    return None if found == NEVER else found


def _first_shown(t: Trace) -> str:
    first = _reference(t)
    if first == NEVER:
        return "No raised reading was ever on the screen."
    reading = next(each for each in t.readings() if each.t_s == first)
    return f"{reading.text} at {t.clock(first)}"


def _at_work(t: Trace) -> bool:
    """Return True if the one at the chair looked at all; the cuff's own cycle is no merit."""
    return any(t.did(each) for each in ("bp", "cuff_cycle", "ask", "moaas"))


_UNLOOKED = "Nothing was asked or measured by hand, and the cuff was left as it was."


def _looks(t: Trace) -> float:
    seen = t.readings(0, t.zero + _HIGH["look"][0]) if t.zero < NEVER else []
    last = [each for each in seen if each.t_s >= t.zero or each.alert]
    return at(t, "measured", last[0].t_s if last else None, 0, NEVER, NEVER)


def _tells(t: Trace) -> float:
    first = _reference(t)
    if first == NEVER:
        return Share(0, _first_shown(t))
    before, soon, late = _HIGH["prescriber"]
    called = t.first("call", who="prescriber")
    # An earlier call is no worse: the prescriber is there, and cannot be called twice.
    since = None if called is None else max(called, first - before)
    return Share(
        within(since, first - before, before + soon, before + late),
        f"{_first_shown(t)}; {when(t, called, 'called').lower()}",
    )


def _rechecks(t: Trace) -> float:
    first, second = _reference(t), _second_reading(t)
    if first == NEVER:
        return Share(0, _first_shown(t))
    found = _shown(second)
    if not _at_work(t):
        return Share(0, _UNLOOKED)
    words = f"{_first_shown(t)}; {when(t, found, 'measured again').lower()}"
    return Share(within(found, first, *_HIGH["recheck"]), words)


def _pauses(t: Trace) -> float:
    first, second = _reference(t), _second_reading(t)
    if not _at_work(t):
        return Share(0, _UNLOOKED)
    since = t.zero if first == NEVER else first
    halted = since if since < NEVER and t.off_at(since) else t.stopped(min(since, t.zero))
    if first == NEVER or second == NEVER:
        # Off before it began, and looked after: nothing more was to be paused.
        kept = t.zero < NEVER and halted is not None and halted <= t.zero
        looked = t.readings(t.zero, t.zero + _HIGH["often"][0]) if kept else []
        return Share(float(len(looked) >= 2), f"{when(t, halted, 'stopped')} No second reading.")
    soon, late = _HIGH["pause"]
    words = f"The second reading came at {t.clock(second)}; {when(t, halted, 'paused').lower()}"
    if halted is not None:
        # A pause before the second reading is in time as well.
        return Share(within(max(halted, second), second, soon, late), words)
    halved = t.slowed(min(_raised(t), first))
    if halved is None or halved > second + late:
        return Share(0, words)
    # Below 180/110 half the rate is what the sheet asks for.
    enough = _first_high(t) == NEVER
    return Share(1.0 if enough else 0.5, f"Half the rate at {t.clock(halved)}; not paused.")


def _asks_signs(t: Trace) -> float:
    first = _reference(t)
    if first == NEVER:
        return Share(0, _first_shown(t))
    before, after = _HIGH["signs"]
    since = min(first, _raised(t)) - before
    return named(
        [(each, float(t.did("ask", since, first + after, about=each))) for each in ORGAN_TOPICS]
    )


def _often(t: Trace) -> float:
    halted = t.slowed(0)
    if halted is None or t.zero == NEVER:
        return Share(0, "Not paused.")
    if not _at_work(t):
        return Share(0, _UNLOOKED)
    since = max(halted, min(_reference(t), t.zero))
    count = len(t.readings(since, since + _HIGH["often"][0]))
    return Share(min(1.0, count / 3), f"{count} in the 11 minutes after {t.clock(since)}.")


def _watches(t: Trace) -> float:
    return float(_often(t) >= 1)


def _resumes_well(t: Trace) -> float:
    """Judge the end: seen below 165/100, and the pump off for good or resumed at half the rate."""
    readings = t.readings()
    for each in t.all("resume"):
        last = [r for r in readings if r.t_s <= each.t_s][-1:]
        if not last or last[0].alert or each.chosen["rate"] != "half":
            shown = f"the last reading was {last[0].text}" if last else "nothing had been measured"
            return Share(0, f"Resumed at {t.clock(each.t_s)}: {shown}.")
    slowed = t.slowed(0)
    since = max(0 if slowed is None else slowed, min(_raised(t), _first_high(t), t.zero))
    if all(each.alert for each in readings if each.t_s > since):
        last_shown = f"{readings[-1].text}" if readings else "nothing"
        return Share(0, f"Never seen below 165/100; the last reading: {last_shown}.")
    if not (t.did("stop") or t.did("resume")):
        return Share(0, "Neither resumed nor ended for good.")
    return Share(1)


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
    """Return True if a shown reading from 180/110 was not followed by another in time.

    Where none was ever shown, it is an error only if the pump ran on and nobody looked.
    """
    if t.onset_s is None:
        return False
    first = _first_high(t)
    if first < NEVER:
        return _second_reading(t) - first > _HIGH["recheck"][1]
    until = t.zero + _HIGH["nobody-looked"][0]
    slowed = t.slowed(t.zero)
    unseen = not t.readings(t.zero, until)
    return unseen and t.session.now_s > until and (slowed is None or slowed > until)


def _against_order(t: Trace) -> bool:
    """Return True if the pump was resumed with the last reading at 165/100 or more."""
    for each in t.all("resume"):
        last = [reading for reading in t.readings() if reading.t_s <= each.t_s][-1:]
        if last and last[0].alert:
            return True
    return False


def _left_running(t: Trace) -> bool:
    """Return True if the run was ended with the pump running and 180/110 on the screen."""
    last = t.readings()[-1:]
    return t.session.pump.rate > 0 and bool(last) and last[0].high


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
            "A reading within 5 minutes of the rise; counts once it was answered.",
            "mon-order-bp-infusion",
            gated(_pauses, _looks, "The reading was not answered."),
        ),
        MarkingRule(
            "recheck",
            "Measured again",
            3,
            "A second reading within 4 minutes of the first from 180/110 (if none ever came, of "
            "the first from 165/100); half within 7.",
            "mon-order-bp-repeat",
            _rechecks,
        ),
        MarkingRule(
            "pause",
            "Paused",
            4,
            "At the latest 2 minutes after the second reading, or before; half within 5, or at "
            "half the rate.",
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
            impression(
                "pressure-no-signs", *_HIGH["recognise"], zero=lambda t: min(t.zero, _raised(t))
            ),
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
            "Measured often until below 165/100; then half the rate, or ended for good.",
            "mon-order-bp-resume",
            gated(_watches, _resumes_well, "Not measured often after a pause."),
        ),
        MarkingRule(
            "plan",
            "Plan",
            1,
            "With the outpatient team.",
            "mon-order-bp-resume",
            gated(_pauses, did("plan", what="bp-plan"), "Not paused."),
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
        CriticalRule(
            "against-order",
            "The pump was resumed at 165/100 or more.",
            "The sheet resumes only below that; the drug brings back the rise.",
            "mon-order-bp-resume",
            _against_order,
        ),
        CriticalRule(
            "left-running",
            "The run was ended with the pump running and the last reading at 180/110 or more.",
            "At that pressure the sheet pauses; whoever leaves hands over a rising one.",
            "mon-order-bp-pause",
            _left_running,
        ),
    ),
    "the rise",
)

# ---- 4: high pressure with organ signs


def _oxygen_only_if_low(t: Trace) -> float:
    for each in t.all("oxygen", t.zero):
        shown = each.shot.spo2
        if each.chosen["how"] != "off" and (shown is None or shown >= _O["spo2_low_pct"]):
            return 0.0
    return 1.0


_HANDED = did("handover", to="ems")
_LEFT = "Left before the emergency team had taken over."


def _examines(t: Trace) -> float:
    given = t.first("give", t.zero, drug="antihypertensive")
    first = t.zero < NEVER and t.readings(t.zero, t.zero + _SIGNS["pressure"][0] + 1)
    again = given is not None and t.readings(given + 1)
    return named(
        [
            ("pressure within 3 minutes", float(bool(first))),
            ("neurology", float(t.did("neuro", t.zero))),
            ("glucose", float(t.did("glucose", t.zero))),
            ("ECG", float(t.did("ecg", t.zero))),
            ("pressure after the drug", float(bool(again))),
        ]
    )


def _ordered_drug(t: Trace) -> float:
    given = t.all("give", t.zero, drug="antihypertensive")
    if not given:
        return Share(0, "Not given.")
    here = t.edge("here prescriber")
    if here is None or here > given[0].t_s:
        return Share(0, f"Given at {t.clock(given[0].t_s)}, with no prescriber there.")
    words = f"Given at {t.clock(given[0].t_s)}."
    return Share(1.0 if given[0].chosen["amount"] == "as-ordered" else 0.5, words)


def _waits(t: Trace) -> bool:
    if t.onset_s is None:
        return False
    last = t.zero + _SIGNS["stop"][1]
    # Off when it began is off in time, and so is a call that was made before.
    halted = t.zero if t.off_at(t.zero) else t.stopped(t.zero)
    called = t.first("call", who="ems")
    late = halted is None or halted > last
    return late or called is None or called - t.zero > _SIGNS["ems"][1]


WITH_SIGNS = Scheme(
    ev.CRISIS,
    (
        MarkingRule(
            "stop",
            "Stopped the pump",
            3,
            "Within 60 s of the complaint; half within 3 minutes.",
            "mon-order-stop-first",
            stop(*_SIGNS["stop"]),
        ),
        MarkingRule(
            "ems",
            "Called emergency services",
            2,
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
            gated(
                _HANDED,
                gated(
                    stop(*_SIGNS["oxygen"]),
                    worded(_oxygen_only_if_low, "Given at 94 % or more."),
                ),
                _LEFT,
            ),
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
            "As ordered, once the prescriber is there, not before; half for less than ordered. "
            "Counts once the emergency team has taken over.",
            "mon-order-hypertensive-emergency",
            gated(_HANDED, _ordered_drug, _LEFT),
        ),
        MarkingRule(
            "handover",
            "Handed over with times",
            4,
            "To the emergency team, once it is there. Leaving before costs oxygen and drug too.",
            "mon-order-handover",
            gated(_HANDED, _HANDED, _LEFT),
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
    "the complaint",
)
