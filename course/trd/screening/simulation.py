"""The screening clinic as an exercise: ask, order, decide; marked by replay of what was done.

An action is ``{"t_s": 40, "do": "ask", "what": "vessels"}``, ``{"t_s": 90, "do": "test", "what":
"ecg"}`` or, once and last, ``{"t_s": 300, "do": "decide", "disposition": "REFER", "reasons":
["R9"], "conditions": []}``. Times are whole simulated seconds.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any

from trd.screening.candidate import Candidate
from trd.screening.interview import ASK, INQUIRIES, TEST, Inquiry, inquiry, revealed_by
from trd.screening.knowledge import follows, seen, told_by
from trd.screening.people import VirtualPatient, virtual_patient
from trd.screening.policies import course_limits
from trd.screening.rule import (
    CODES,
    CONDITION,
    CONTRAINDICATED,
    DISPOSITIONS,
    ELIGIBLE,
    EMERGENCY,
    HEADLINES,
    RULE,
    SAFETY_FIELDS,
    Screening,
    explain,
    headline,
    row,
    screen,
    severity,
)

DECIDE = "decide"
NOT_GRADED: tuple[str, ...] = ("D16",)
"""Fasting: sources differ, so it is shown and not marked."""

Action = Mapping[str, Any]


@dataclass(frozen=True)
class MarkingRule:
    """One rule of the marking.

    Attributes
    ----------
    key, label : str
    points : float
        Most it can bring.
    rule : str
        How it is marked.
    evidence : str
        Row of ``assets/evidence/screening.csv``, or “course convention”.
    """

    key: str
    label: str
    points: float
    rule: str
    evidence: str


MARKING: tuple[MarkingRule, ...] = (
    MarkingRule(
        "disposition",
        "Decision",
        6,
        "In full when right and borne out: a reason that leads to it was named and had come to "
        "light. For “no barrier” nothing that could hide one may be unknown (half, when only the "
        "safety questions are complete). A right guess earns nothing. Stricter than the rule "
        "earns 4 when a referral is chosen instead of waiting, with a true reason that had come "
        "to light, or when somebody outside the rule is sent to emergency care, or somebody with "
        "suicidal thoughts or recent behaviour to be assessed today, and otherwise 2; but nothing"
        " when there is no barrier and it rests on reasons that are not there. With two or three "
        "reasons that are not there half of the points count, with more none.",
        "screen-rule-order",
    ),
    MarkingRule(
        "reasons",
        "Reasons found",
        6,
        "Share of the reasons that were named and had come to light; each one that does not apply "
        "takes away half of what a right one brings. When there is none to find: in full if none "
        "was named, half for a doubt that asking would have settled, otherwise nothing. In an "
        "emergency only what has come to light is asked for. A reason that belongs to another one "
        "about the same finding is neither asked for nor held against you; nor is fasting, nor "
        "what the rule gives as long as something is not known, nor the one emergency named when "
        "somebody outside the rule is sent on today.",
        "screen-rule-order",
    ),
    MarkingRule(
        "safety",
        "Safety questions",
        4,
        "Share of what an emergency or contraindication depends on that was known at the decision; "
        "complete once an emergency was found. What was not asked is taken off here and nowhere "
        "else, but for the three rules at the end.",
        "screen-rule-unknown",
    ),
    MarkingRule(
        "conditions",
        "Conditions for the plan",
        2,
        "When there is no barrier: share of the conditions named, half of one taken away for each "
        "that does not apply, except a safety plan after an attempt; nothing for somebody turned "
        "away. When there is one, no plan is asked for: in full for every decision but “no "
        "barrier”.",
        "course convention",
    ),
    MarkingRule(
        "economy",
        "Nothing wasteful",
        2,
        "One point less for each wasteful or repeated test, and for each inquiry after an "
        "emergency was found. Pregnancy test, C-SSRS and blood pressure are never wasteful, nor "
        "is a first ECG: some services take one of everybody.",
        "course convention",
    ),
    MarkingRule(
        "looked",
        "Hardly anything asked",
        0,
        "With fewer than half of the safety questions answered, Decision, Conditions and Nothing "
        "wasteful count in proportion (a quarter answered: half of the points), and so does "
        "Reasons when there is none to find. Nothing asked and nothing ordered: no points at all. "
        "Neither holds once an emergency was found.",
        "screen-rule-unknown",
    ),
    MarkingRule(
        "door",
        "Intoxicated at the door",
        0,
        "Whoever is seen to be intoxicated may be sent home safely as soon as what an emergency "
        "depends on is known; with that reason named, the safety questions are those, and only "
        "what has come to light counts. The rest is asked when the person is sober.",
        "course convention",
    ),
    MarkingRule(
        "critical",
        "Critical errors",
        0,
        "A decision milder than an emergency or contraindication that is there, or, without a "
        "stricter decision, one of their codes left out: no points at all.",
        "screen-rule-order",
    ),
)

MAX_POINTS = float(sum(rule.points for rule in MARKING))
STRICTER_POINTS = 4.0
"""For a decision on the stricter side with a true reason."""
UNFOUNDED_POINTS = 2.0
"""For one without."""
SCATTERED = (2, 4)
"""Number of reasons that are not there from which half of the decision counts, and nothing."""
ENOUGH = 0.5
"""Share of the safety questions from which the other marks count in full."""

_POINTS = {rule.key: rule.points for rule in MARKING}

EMERGENCY_FIELDS: tuple[str, ...] = tuple(
    name
    for name in SAFETY_FIELDS
    if any(name in each.reads for each in RULE if each.disposition == EMERGENCY)
)
"""Fields an emergency reads: enough to send an intoxicated person home safely."""

_SOBER_FIRST = (
    "Seen to be intoxicated: what had come to light was enough for today. The rest comes out when "
    "the person is sober."
)

_PART_OF: tuple[tuple[str, str, Callable[[Candidate], object]], ...] = (
    ("E2", "D1", lambda p: True),
    ("E3", "D9", lambda p: True),
    ("E4", "R3", lambda p: True),
    ("C3", "R5", lambda p: True),
    ("C5", "R6", lambda p: True),
    ("C6", "R9", lambda p: not p.stroke_or_tia),
    ("C7", "R10", lambda p: True),
    ("C9", "D6", lambda p: p.ketamine_bladder),
    ("R7", "R3", lambda p: True),
    ("R8", "D4", lambda p: True),
    ("D2", "D13", lambda p: p.ecg_done or not p.ecg_needed),
    ("D3", "R3", lambda p: p.intoxicated and p.capacity),
)
"""A reason, another one that belongs to it because it is about the same finding, and when."""


@dataclass(frozen=True)
class Debrief:
    """What a run earned.

    Attributes
    ----------
    points, max_points : float
    critical_errors : tuple of str
        Each in one sentence.
    timeline : tuple of str
        What each action bought, then how the marks came about.
    marks : tuple of (str, float)
        Points by key of `MARKING`, before a critical error takes them all.
    lost : tuple of (str, str)
        Why a mark is not full, by key of `MARKING`.
    sections : tuple of (str, tuple of str)
        What the timeline says under headings, without the marks.
    truth : Screening or None
        What the rule says of the person; None before a decision.
    wasteful : tuple of str
        Keys of what was wasteful.
    omitted : tuple of str
        Keys of the inquiries that safety asked for and nobody made.
    right : bool
        Whether the decision is the rule's and was borne out by what had come to light.
    safety : float
        Share of the safety questions that were answered, 0 to 1; all once an emergency was found.
    enough : bool
        Whether what had come to light was enough to act on: an emergency, or intoxication.
    """

    points: float
    max_points: float
    critical_errors: tuple[str, ...] = ()
    timeline: tuple[str, ...] = ()
    marks: tuple[tuple[str, float], ...] = ()
    truth: Screening | None = None
    wasteful: tuple[str, ...] = ()
    omitted: tuple[str, ...] = ()
    lost: tuple[tuple[str, str], ...] = ()
    sections: tuple[tuple[str, tuple[str, ...]], ...] = ()
    right: bool = False
    safety: float = 0.0
    enough: bool = False

    @property
    def breakdown(self) -> tuple[tuple[str, float, float, str], ...]:
        """What was marked, points earned, points at most, and why not all of them."""
        earned, why = dict(self.marks), dict(self.lost)
        return tuple(
            (rule.label, earned[rule.key], rule.points, why.get(rule.key, ""))
            for rule in MARKING
            if rule.key in earned
        )


@dataclass
class _Run:
    patient: VirtualPatient
    known: set[str]
    done: list[Inquiry] = field(default_factory=list)
    wasteful: list[str] = field(default_factory=list)
    timeline: list[str] = field(default_factory=list)
    told: tuple[str, ...] = ()
    now_s: int = 0
    decision: Action | None = None

    @property
    def truth(self) -> Candidate:
        return self.patient.candidate

    @property
    def emergency_found(self) -> bool:
        return _emergency(self.told)


def clock(seconds: int) -> str:
    """Return simulated seconds as minutes and seconds, e.g. ``"4:30"``."""
    return f"{seconds // 60}:{seconds % 60:02d}"


def _refuse_time(action: Action, run: _Run) -> None:
    time = action.get("t_s")
    if type(time) is not int or time < 0:
        raise ValueError(f"The time of an action is {time!r}; it must be whole seconds, 0 or more.")
    if time < run.now_s:
        raise ValueError(f"An action at {time} s cannot follow one at {run.now_s} s.")
    if run.decision is not None:
        raise ValueError("The decision was taken; nothing can be asked or ordered after it.")


def _codes(action: Action, name: str, conditions: bool) -> tuple[str, ...]:
    given = action.get(name, ())
    if isinstance(given, str) or not isinstance(given, (list, tuple)):
        raise ValueError(f"The {name} of a decision must be a list of codes.")
    allowed = [code for code in CODES if (row(code).disposition == CONDITION) is conditions]
    for code in given:
        if code not in allowed:
            close = difflib.get_close_matches(str(code).upper(), allowed, n=1)
            offer = f" Did you mean {close[0]!r}?" if close else ""
            raise ValueError(f"{code!r} cannot stand among the {name} of a decision.{offer}")
    return tuple(dict.fromkeys(given))


def _named(code: str) -> str:
    what = explain(code).what
    return f"{code} ({what[0].lower() + what[1:] if not what[:2].isupper() else what})"


def _headed(disposition: str) -> str:
    """Return the first words of how a disposition reads on screen."""
    return f"“{HEADLINES[disposition].partition(':')[0]}”"


def _emergency(codes: Sequence[str]) -> bool:
    return any(row(code).disposition == EMERGENCY for code in codes)


def _why_wasteful(found: Inquiry, run: _Run) -> str:
    if found.never_wasteful:
        return ""
    if run.emergency_found:
        return "the person was waiting for emergency care"
    if found.wasteful:
        return found.wasteful
    if found.kind == TEST and found in run.done:
        return "it had been done, and nothing had changed"
    return ""


def _half_emergency(fresh: Set[str], run: _Run) -> str:
    """Say of symptoms or of a pressure that it would be an emergency together with the other."""
    truth, limits = run.truth, course_limits()
    if "bp_symptoms" in fresh and truth.bp_symptoms and "systolic_mmhg" not in run.known:
        return (
            f"a warning sign: with a pressure of {limits.crisis_systolic_mmhg:g} systolic or "
            f"{limits.crisis_diastolic_mmhg:g} diastolic or more it is an emergency"
        )
    crisis = (
        truth.systolic_mmhg >= limits.crisis_systolic_mmhg  # type: ignore[operator]
        or truth.diastolic_mmhg >= limits.crisis_diastolic_mmhg  # type: ignore[operator]
    )
    if "systolic_mmhg" in fresh and crisis and "bp_symptoms" not in run.known:
        return "a warning sign: at such a pressure symptoms make it an emergency"
    return ""


def _inquire(action: Action, run: _Run) -> None:
    found = inquiry(str(action["do"]), action.get("what"))
    waste = _why_wasteful(found, run)
    again = found in run.done
    run.done.append(found)
    fresh = set(revealed_by(found, run.truth)) - run.known
    warning = _half_emergency(fresh, run)
    run.known = set(follows(run.known | fresh, run.truth))
    before = run.told
    if fresh:
        run.told = told_by(run.truth, run.known)
    brought = [code for code in run.told if code not in before]
    verb = "Asked" if found.kind == ASK else "Ordered"
    if brought:
        bought = "brought to light " + ", ".join(_named(code) for code in brought)
        bought += f"; {warning}" if warning else ""
    elif warning:
        bought = warning
    elif again or not fresh:
        bought = "nothing new"
    elif fresh & set(SAFETY_FIELDS):
        bought = "a safety question answered: no barrier by itself"
    else:
        bought = "answered: no barrier by itself"
    if waste:
        run.wasteful.append(found.key)
        bought += f"; wasteful: {waste}"
    run.timeline.append(f"{clock(action['t_s'])} {verb}: {found.label} → {bought}.")


def complaint(disposition: str, reasons: Sequence[str]) -> str:
    """Return what is still missing in a decision, in the reader's words; empty when nothing is.

    Parameters
    ----------
    disposition : str
        Empty when none was chosen.
    reasons : sequence of str
        Codes of barriers.
    """
    if not disposition:
        return "Choose one of the five decisions first."
    if disposition != ELIGIBLE and not reasons:
        return "Name at least one reason for this decision."
    if disposition == ELIGIBLE and reasons:
        return (
            "You found no barrier, yet a reason is named: take the reason away, or choose another "
            "decision."
        )
    return ""


def _decide(action: Action, run: _Run) -> None:
    disposition = action.get("disposition")
    if disposition not in DISPOSITIONS:
        raise ValueError(
            f"The decision is {disposition!r}; it must be one of {', '.join(DISPOSITIONS)}."
        )
    reasons = _codes(action, "reasons", conditions=False)
    conditions = _codes(action, "conditions", conditions=True)
    wrong = complaint(disposition, reasons)
    if wrong:
        raise ValueError(wrong)
    run.decision = {"disposition": disposition, "reasons": reasons, "conditions": conditions}
    listed = ", ".join((*reasons, *conditions)) or "no codes"
    run.timeline.append(f"{clock(action['t_s'])} Decided: {_headed(disposition)} ({listed}).")


def _play(scenario: str, seed: int, log: Sequence[Action]) -> _Run:
    patient = virtual_patient(seed, scenario)
    run = _Run(patient=patient, known=set(patient.known))  # with what follows from it
    run.told = told_by(run.truth, run.known)
    for action in log:
        if not isinstance(action, Mapping):
            raise ValueError("One of the actions is not an action.")
        _refuse_time(action, run)
        if action.get("do") in (ASK, TEST):
            _inquire(action, run)
        elif action.get("do") == DECIDE:
            _decide(action, run)
        else:
            raise ValueError(
                f"{action.get('do')!r} is nothing one can do in this clinic; there are ask, test "
                "and decide."
            )
        run.now_s = action["t_s"]
    return run


@dataclass(frozen=True)
class Found:
    """What is on the table in the middle of a run.

    Attributes
    ----------
    known : frozenset of str
        Fields that have come to light.
    heard : tuple of (str, str)
        Key of each inquiry made, and what it brought, in order.
    decided : bool
    """

    known: frozenset[str]
    heard: tuple[tuple[str, str], ...]
    decided: bool


def so_far(scenario: str, seed: int, log: Sequence[Action]) -> Found:
    """Return what a trainee has heard, without any marking.

    Raises
    ------
    ValueError
        If the log holds an action that cannot have happened.
    """
    run = _play(scenario, seed, log)
    heard = tuple((each.key, run.patient.answers[each.key]) for each in run.done)
    return Found(frozenset(run.known), heard, run.decision is not None)


def part_of(candidate: Candidate) -> dict[str, str]:
    """Return the reasons that need no naming, with the one that each belongs to.

    Parameters
    ----------
    candidate : Candidate
        The truth. Some of them do not even apply, such as a heart attack of 6 to 52 weeks ago in
        somebody who had one four weeks ago.
    """
    reasons = screen(candidate).reasons
    return {
        other: reason for reason, other, when in _PART_OF if reason in reasons and when(candidate)
    }


def _required(
    candidate: Candidate, truth: Screening, told: Sequence[str], door: bool = False
) -> tuple[str, ...]:
    within = part_of(candidate)
    codes = tuple(code for code in truth.reasons if code not in within)
    if door:
        codes = tuple(code for code in codes if code in told)
    if truth.disposition == EMERGENCY:
        # One emergency is enough to act on: the person is not kept for the rest.
        on_the_table = tuple(code for code in codes if code in told)
        codes = (
            on_the_table
            if _emergency(on_the_table)
            else tuple(code for code in codes if _emergency([code]))
        )
    return tuple(code for code in codes if code not in NOT_GRADED)


def _critical(truth: Screening, decision: Action, required: Sequence[str]) -> tuple[str, ...]:
    grave = [c for c in required if row(c).disposition in (EMERGENCY, CONTRAINDICATED)]
    chosen = decision["disposition"]
    if severity(chosen) > severity(truth.disposition):
        return ()
    errors = []
    if truth.disposition in (EMERGENCY, CONTRAINDICATED) and severity(chosen) < severity(
        truth.disposition
    ):
        kind = "emergency" if truth.disposition == EMERGENCY else "contraindication"
        named = ", ".join(_named(code) for code in grave)
        missed = not set(grave) <= set(decision["reasons"])
        errors.append(
            f"A missed {kind}: {named}; the decision was {_headed(chosen)}."
            if missed
            else f"The {kind} was named ({named}), but the decision is milder: {_headed(chosen)}."
        )
    left_out = [code for code in grave if code not in decision["reasons"]]
    if left_out and not errors:
        named = ", ".join(_named(code) for code in left_out)
        errors.append(f"The decision leaves out {named}.")
    return tuple(errors)


@dataclass(frozen=True)
class _Named:
    """The barriers that a decision names.

    Attributes
    ----------
    count : tuple of str
        Those that are marked.
    false : tuple of str
        Those of them that are not there.
    doubtful : bool
        Whether one is named that the rule gives only because something is not known.
    """

    count: tuple[str, ...]
    false: tuple[str, ...]
    doubtful: bool


def _named_reasons(run: _Run, truth: Screening, required: Sequence[str]) -> _Named:
    assert run.decision is not None  # noqa: S101 - only called after a decision
    named = run.decision["reasons"]
    doubts = set(screen(seen(run.truth, run.known)).reasons) - set(truth.reasons)
    spared = {*NOT_GRADED, *part_of(run.truth), *doubts}
    urgent = [code for code in named if _emergency([code])]
    if _more_urgent(run, truth) and len(urgent) == 1:
        # It says why the person is sent on today.
        spared |= set(urgent)
    if _worried(run, truth):
        spared.add("E1")
    # In an emergency another true code is no mistake.
    count = tuple(
        code
        for code in named
        if code not in spared and (code in required or code not in truth.reasons)
    )
    false = tuple(code for code in count if code not in truth.reasons)
    return _Named(count, false, not doubts.isdisjoint(named))


def _more_urgent(run: _Run, truth: Screening) -> bool:
    assert run.decision is not None  # noqa: S101 - only called after a decision
    return truth.disposition == CONTRAINDICATED and run.decision["disposition"] == EMERGENCY


def _worried(run: _Run, truth: Screening) -> bool:
    """Whether somebody is sent to be assessed today whose level or behaviour may worry anybody."""
    assert run.decision is not None  # noqa: S101 - only called after a decision
    return (
        truth.disposition != EMERGENCY
        and run.decision["disposition"] == EMERGENCY
        and "E1" in run.decision["reasons"]
        and {"cssrs_ideation", "suicidal_behaviour_3mo"} <= run.known
        and bool((run.truth.cssrs_ideation or 0) >= 1 or run.truth.suicidal_behaviour_3mo)
    )


def _points_stricter(run: _Run, truth: Screening, named: _Named) -> tuple[float, str]:
    assert run.decision is not None  # noqa: S101 - only called after a decision
    chosen = run.decision["disposition"]
    if _worried(run, truth) and not named.false:
        return (
            STRICTER_POINTS,
            "More urgent than the rule asks. If a level worries you, act as for a high one.",
        )
    if truth.disposition == ELIGIBLE:
        if named.doubtful and not named.false:
            return UNFOUNDED_POINTS, "Stricter than the rule: asking would have settled it."
        return 0.0, "Turned away for what is not there: that costs a person a treatment."
    if _more_urgent(run, truth):
        return (
            STRICTER_POINTS,
            "More urgent than the rule asks. If you would send this person on today, do.",
        )
    if chosen in (EMERGENCY, CONTRAINDICATED):
        return (
            UNFOUNDED_POINTS,
            "Much stricter than the rule: it would send this person away, or to an emergency "
            "service, for what can be settled.",
        )
    if set(run.told) & set(run.decision["reasons"]):
        return STRICTER_POINTS, "Stricter than the rule: safe, but it costs the person time."
    return UNFOUNDED_POINTS, "Stricter than the rule, without a reason that had come to light."


def _points_disposition(
    run: _Run, truth: Screening, share: float, named: _Named
) -> tuple[float, str]:
    """Return the points of the decision, and why they are not all."""
    points, why = _points_decided(run, truth, share, named)
    half, nothing = SCATTERED
    if points and len(named.false) >= half:
        points = 0.0 if len(named.false) >= nothing else points / 2
        why = f"{why} Named at large: {len(named.false)} reasons are not there.".strip()
    return points, why


def _points_decided(run: _Run, truth: Screening, share: float, named: _Named) -> tuple[float, str]:
    assert run.decision is not None  # noqa: S101 - only called after a decision
    chosen, full = run.decision["disposition"], _POINTS["disposition"]
    if severity(chosen) > severity(truth.disposition):
        return _points_stricter(run, truth, named)
    if chosen != truth.disposition:
        return 0.0, "Milder than the rule."
    if chosen == ELIGIBLE:
        if not set(screen(seen(run.truth, run.known)).reasons) - set(NOT_GRADED):
            return full, ""
        if share == 1:
            return full / 2, "Right, but a referral or a delay could still have hidden."
        return 0.0, "Right, but an emergency or contraindication could still have hidden."
    borne_out = [code for code in run.told if row(code).disposition == chosen]
    if set(borne_out) & set(run.decision["reasons"]):
        return full, ""
    return 0.0, "Right, but no reason for it was named that had come to light."


def _fraction(named: Sequence[str], due: Sequence[str], good: Sequence[str]) -> float:
    """Share of the codes due that were named and good; a false one takes half of one away."""
    false = sum(code not in due for code in named)
    if not due:
        return max(0.0, 1 - false / 2)
    return max(0.0, (sum(code in good for code in due if code in named) - false / 2) / len(due))


def _share_of_reasons(named: _Named, required: Sequence[str], told: Sequence[str]) -> float:
    if required:
        return _fraction(named.count, required, told)
    return 0.0 if named.false else 0.5 if named.doubtful else 1.0


def _share_of_conditions(run: _Run, truth: Screening) -> tuple[float, str]:
    """Return how much of the plan was named, and what is missing in it."""
    assert run.decision is not None  # noqa: S101 - only called after a decision
    goes_on = run.decision["disposition"] == ELIGIBLE
    if truth.disposition != ELIGIBLE:
        return (0.0, "A plan for somebody who does not go on.") if goes_on else (1.0, "")
    if not goes_on:
        return 0.0, "Turned away, so there was no plan."
    # After an attempt, however long ago, a safety plan is never wrong.
    spared = {"F1"} if "old-attempt" in run.patient.themes else set()
    due = truth.conditions
    planned = [c for c in run.decision["conditions"] if c in due or c not in spared]
    return _fraction(planned, due, due), _short_of(planned, due, due)


def _at_the_door(run: _Run, truth: Screening) -> bool:
    """Whether an intoxicated person without an emergency is kept from the infusion for that."""
    assert run.decision is not None  # noqa: S101 - only called after a decision
    seen_to_be = run.truth.intoxicated and "D3" in run.decision["reasons"]
    return bool(seen_to_be) and truth.disposition != EMERGENCY


def _mark(run: _Run) -> Debrief:
    assert run.decision is not None  # noqa: S101 - only called after a decision
    whole = truth = screen(run.truth)
    found_in_time = truth.disposition == EMERGENCY and run.emergency_found
    door = _at_the_door(run, truth)
    fields = EMERGENCY_FIELDS if door else SAFETY_FIELDS
    share = 1.0 if found_in_time else sum(name in run.known for name in fields) / len(fields)
    required = _required(run.truth, truth, run.told, door)
    if door:
        # The decision is measured by what has come to light: the rest waits for another day.
        truth = replace(truth, disposition=row(run.told[0]).disposition)
        if set(whole.reasons) - set(run.told):
            whole = replace(whole, notes=(*whole.notes, _SOBER_FIRST))
    within = part_of(run.truth)
    named = _named_reasons(run, truth, required)
    decision, doubt = _points_disposition(run, truth, share, named)
    plan, no_plan = _share_of_conditions(run, truth)
    marks = {
        "disposition": decision,
        "reasons": _POINTS["reasons"] * _share_of_reasons(named, required, run.told),
        "safety": _POINTS["safety"] * share,
        "conditions": _POINTS["conditions"] * plan,
        "economy": max(0.0, _POINTS["economy"] - len(run.wasteful)),
    }
    omitted = () if found_in_time else _omitted(run, fields)
    lost = {
        "disposition": doubt,
        "reasons": _short_of(named.count, required, run.told)
        or ("Only in doubt: asking would have settled it." if named.doubtful else ""),
        "safety": f"Not done: {len(omitted)} of the questions and tests behind it, listed "
        "under “Not asked”.",
        "conditions": no_plan,
        "economy": f"Wasteful: {_labels(dict.fromkeys(run.wasteful))}." if run.wasteful else "",
    }
    _scale(marks, lost, share, bool(run.done), bool(required))
    errors = _critical(truth, run.decision, required)
    sections = _sections(run, whole, omitted, within)
    total = 0.0 if errors else round(min(MAX_POINTS, sum(marks.values())), 6)
    return Debrief(
        points=total,
        max_points=MAX_POINTS,
        critical_errors=errors,
        timeline=(*run.timeline, *_closing(sections, marks, lost, errors)),
        marks=tuple((key, round(value, 6)) for key, value in marks.items()),
        truth=whole,
        wasteful=tuple(run.wasteful),
        omitted=omitted,
        right=run.decision["disposition"] == truth.disposition
        and not errors
        and marks["disposition"] > 0,
        safety=share,
        enough=found_in_time or door,
        lost=tuple((key, why) for key, why in lost.items() if why and marks[key] < _POINTS[key]),
        sections=sections,
    )


def _scale(
    marks: dict[str, float], lost: dict[str, str], share: float, looked: bool, required: bool
) -> None:
    """Take away what comes cheap to somebody who has hardly asked anything."""
    if not looked and share < 1:
        for key in marks:
            marks[key], lost[key] = 0.0, "Nothing was asked or ordered."
        return
    if share >= ENOUGH:
        return
    for key in ("disposition", "conditions", "economy", *(() if required else ("reasons",))):
        if marks[key]:
            marks[key] *= share / ENOUGH
            few = "Counts in part: fewer than half of the safety questions were answered."
            lost[key] = f"{lost[key]} {few}".strip()


def _short_of(named: Sequence[str], due: Sequence[str], good: Sequence[str]) -> str:
    """Say which codes are missing among those named, and which do not belong there."""
    parts = (
        ("Not named", [code for code in due if code not in named]),
        ("Named without having come to light", [c for c in due if c in named and c not in good]),
        ("Does not apply", [code for code in named if code not in due]),
    )
    return " ".join(f"{words}: {', '.join(codes)}." for words, codes in parts if codes)


def _labels(keys: Iterable[str]) -> str:
    labels = {each.key: each.label.rstrip("?") for each in INQUIRIES}
    return "; ".join(labels[key] for key in keys)


def _omitted(run: _Run, fields: Sequence[str] = SAFETY_FIELDS) -> tuple[str, ...]:
    missing = set(fields) - run.known
    found: list[str] = []
    for each in INQUIRIES:
        reveals = set(each.reveals)
        if each.key == "reproductive" and "lactating" not in run.known:
            # The question comes first, and it may make the test unnecessary.
            reveals.add("pregnancy")
        if missing & reveals:
            found.append(each.key)
            missing -= reveals
    return tuple(found)


def _sections(
    run: _Run, truth: Screening, omitted: Sequence[str], within: Mapping[str, str]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return what the person was like under headings, after what was done."""
    labels = {each.key: each.label for each in INQUIRIES}
    rule = [f"{headline(truth)}."]
    if truth.reasons:
        rule.append(f"Its reasons: {'; '.join(_named(code) for code in truth.reasons)}.")
    rule += [
        f"{other} is part of {reason} and need not be named."
        for other, reason in within.items()
        if other in truth.reasons
    ]
    if truth.disposition == ELIGIBLE and truth.conditions:
        rule.append(f"For the plan: {'; '.join(_named(code) for code in truth.conditions)}.")
    differ = [
        f"{code}: {explain(code).disagreement}"
        for code in truth.reasons
        if not explain(code).sources_agree
    ]
    return (
        ("By this course's rule", (*rule, *truth.notes)),
        (
            "Not asked, though an emergency or contraindication could hide there",
            tuple(labels[key] for key in omitted),
        ),
        ("What you did, and what it brought", tuple(run.timeline)),
        ("Where sources disagree", tuple(differ)),
    )


def _closing(
    sections: Sequence[tuple[str, Sequence[str]]],
    marks: Mapping[str, float],
    lost: Mapping[str, str],
    errors: Sequence[str],
) -> list[str]:
    (title, rule), (missed, omitted), _done, (_differ, differ) = sections
    lines = [f"{missed}: {'; '.join(omitted)}"] if omitted else []
    for each in MARKING:
        if each.key in marks:
            why = lost[each.key] if marks[each.key] < each.points else ""
            points = f"{round(marks[each.key], 1):g} of {each.points:g}."
            lines.append(f"{each.label}: {points} {why}".strip())
    if errors:
        lines.append("A critical error takes all points.")
    lines += [f"{title}: {rule[0]}", *rule[1:]]
    return [*lines, *(f"Sources disagree on {line}" for line in differ)]


def replay(scenario: str, seed: int, log: Sequence[Action]) -> Debrief:
    """Run the actions again and mark them. Same arguments, same debrief, on any machine.

    Parameters
    ----------
    scenario : str
        ``"straightforward"``, ``"mixed"``, ``"hard"``, or ``"V01"`` to ``"V20"``.
    seed : int
    log : sequence of dict
        Actions, in order of time.

    Returns
    -------
    Debrief
        Without a decision it earns nothing.

    Raises
    ------
    ValueError
        If the log holds an action that cannot have happened; the message says which.
    """
    run = _play(scenario, seed, log)
    if run.decision is None:
        return Debrief(
            0.0,
            MAX_POINTS,
            timeline=(*run.timeline, "No decision was taken, so there is nothing to mark."),
            wasteful=tuple(run.wasteful),
            omitted=_omitted(run),
        )
    return _mark(run)


def panel(
    scenario: str,
    seed: int,
    log: Sequence[Action],
    record: Callable[..., None],
    finished: Sequence[Action] = (),
) -> Any:
    """Return the widget of a simulation item, put back where `log` left off.

    With no run under way, `finished` holds the last one, which is shown as it ended.

    The widget lives with the other panels of the lesson and is imported only here, so that
    grading needs no widgets.
    """
    panels = importlib.import_module("trd.screening.panels.clinic")
    return panels.simulation_panel(scenario, seed, log, record, finished)


_FIRST: tuple[tuple[str, str], ...] = (
    (ASK, "alarm"),
    (TEST, "blood-pressure"),
    (TEST, "c-ssrs"),
    (ASK, "thinking"),
)
"""What is looked at first: everything an emergency depends on."""


def _log(steps: Sequence[tuple[str, str]], decision: Mapping[str, Any]) -> list[dict[str, Any]]:
    log: list[dict[str, Any]] = [
        {"t_s": 30 * (i + 1), "do": do, "what": what} for i, (do, what) in enumerate(steps)
    ]
    log.append({"t_s": 30 * (len(steps) + 2), "do": DECIDE, **decision})
    return log


def _useful_steps(candidate: Candidate) -> list[tuple[str, str]]:
    """Return what is worth asking and ordering in one person."""
    rest = [
        (each.kind, each.key)
        for each in INQUIRIES
        if not each.wasteful
        and (each.kind, each.key) not in _FIRST
        and not (each.key == "ecg" and not candidate.ecg_needed)
        and not (each.key == "pregnancy-test" and candidate.pregnancy == "na")
    ]
    return [*_FIRST, *rest]


def perfect_log(scenario: str, seed: int) -> list[dict[str, Any]]:
    """Return a run that earns every point: emergencies first, nothing wasteful, all reasons."""
    patient = virtual_patient(seed, scenario)
    truth = screen(patient.candidate)
    known, steps = set(patient.known), []
    for step in _useful_steps(patient.candidate):
        if _emergency(told_by(patient.candidate, known)):
            break
        steps.append(step)
        found = revealed_by(inquiry(*step), patient.candidate)
        known = set(follows(known | set(found), patient.candidate))
    told = told_by(patient.candidate, known)
    return _log(
        steps,
        {
            "disposition": truth.disposition,
            "reasons": list(_required(patient.candidate, truth, told)),
            "conditions": list(truth.conditions) if truth.disposition == ELIGIBLE else [],
        },
    )


def _honest_log(
    patient: VirtualPatient, steps: Sequence[tuple[str, str]], trusting: bool
) -> list[dict[str, Any]]:
    """Decide from what the steps bring; who is trusting takes the unknown for “no”."""
    known = set(patient.known)
    for do, what in steps:
        known |= set(revealed_by(inquiry(do, what), patient.candidate))
    known = set(follows(known, patient.candidate))
    told = [code for code in told_by(patient.candidate, known) if code not in NOT_GRADED]
    if trusting or told:
        disposition = row(told[0]).disposition if told else ELIGIBLE
    else:
        verdict = screen(seen(patient.candidate, known))
        disposition = verdict.disposition
        told = [code for code in verdict.reasons if code not in NOT_GRADED]
    return _log(steps, {"disposition": disposition, "reasons": told, "conditions": []})


def example_logs(scenario: str, seed: int) -> list[list[dict[str, Any]]]:
    """Return plausible runs from good to bad.

    The perfect run; one that looks everywhere, orders two wasteful tests and forgets the
    conditions; one that asks half and says “not yet” when in doubt; one that believes the letter
    after the blood pressure; one that decides without looking.

    Raises
    ------
    ValueError
        If there is no such scenario.
    """
    patient = virtual_patient(seed, scenario)
    useful = _useful_steps(patient.candidate)
    return [
        perfect_log(scenario, seed),
        _honest_log(patient, [*useful, (TEST, "vessel-scan"), (TEST, "eeg")], trusting=True),
        _honest_log(patient, useful[: len(useful) // 2], trusting=False),
        _honest_log(patient, [(TEST, "blood-pressure")], trusting=True),
        _log([], {"disposition": ELIGIBLE, "reasons": [], "conditions": []}),
    ]
