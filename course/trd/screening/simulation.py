"""The screening clinic as an exercise: ask, order, decide; marked by replay of what was done.

An action is ``{"t_s": 40, "do": "ask", "what": "vessels"}``, ``{"t_s": 90, "do": "test", "what":
"ecg"}`` or, once and last, ``{"t_s": 300, "do": "decide", "disposition": "REFER", "reasons":
["R9"], "conditions": []}``. Times are whole simulated seconds.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from trd.screening.candidate import Candidate
from trd.screening.interview import ASK, INQUIRIES, TEST, Inquiry, idle, inquiry, revealed_by
from trd.screening.knowledge import follows, safety_share, seen, told_by
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
    SAFETY_FIELDS,
    Screening,
    explain,
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
        "safety questions are complete). A right guess earns nothing; wrong on the stricter side "
        "earns 2.",
        "screen-rule-order",
    ),
    MarkingRule(
        "reasons",
        "Reasons found",
        6,
        "Share of the reasons that were named and had come to light; each one that does not apply "
        "takes one away. In full when there is none to find and none was named. In an emergency "
        "only what has come to light is asked for. A milder reason that is part of a stricter one "
        "about the same finding is neither asked for nor held against you; nor is fasting.",
        "screen-rule-order",
    ),
    MarkingRule(
        "safety",
        "Safety questions",
        4,
        "Share of what an emergency or contraindication depends on that was known at the decision; "
        "complete once an emergency was found. What was not asked is taken off here and nowhere "
        "else, but for the two rules at the end.",
        "screen-rule-unknown",
    ),
    MarkingRule(
        "conditions",
        "Conditions for the plan",
        2,
        "When there is no barrier: share of the conditions named, one taken away for each that "
        "does not apply. In full when there is a barrier: then none is asked for.",
        "course convention",
    ),
    MarkingRule(
        "economy",
        "Nothing wasteful",
        2,
        "One point less for each wasteful or repeated test, and for each inquiry after an "
        "emergency was found. Pregnancy test, C-SSRS and blood pressure are never wasteful; an "
        "ECG is where neither age, heart, medicines nor readings gave a reason for one.",
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
        "critical",
        "Critical errors",
        0,
        "A decision milder than an emergency or contraindication that is there, or one of their "
        "codes left out: no points at all.",
        "screen-rule-order",
    ),
)

MAX_POINTS = float(sum(rule.points for rule in MARKING))
STRICTER_SIDE_POINTS = 2.0
ENOUGH = 0.5
"""Share of the safety questions from which the other marks count in full."""

_POINTS = {rule.key: rule.points for rule in MARKING}

_PART_OF: tuple[tuple[str, str, Callable[[Candidate], object]], ...] = (
    ("E2", "D1", lambda p: True),
    ("E3", "D9", lambda p: True),
    ("E4", "R3", lambda p: True),
    ("C3", "R5", lambda p: True),
    ("C5", "R6", lambda p: True),
    ("C6", "R9", lambda p: not p.stroke_or_tia),
    ("C7", "R10", lambda p: True),
    ("C9", "D6", lambda p: p.ketamine_bladder),
    ("R8", "D4", lambda p: True),
)
"""A stricter reason, the milder one about the same finding that is part of it, and when."""


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
    reason = idle(found, run.truth)
    if reason:
        return reason
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


def _decide(action: Action, run: _Run) -> None:
    disposition = action.get("disposition")
    if disposition not in DISPOSITIONS:
        raise ValueError(
            f"The decision is {disposition!r}; it must be one of {', '.join(DISPOSITIONS)}."
        )
    reasons = _codes(action, "reasons", conditions=False)
    conditions = _codes(action, "conditions", conditions=True)
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
    """Return the milder reasons that need no naming, with the stricter one each is part of.

    Parameters
    ----------
    candidate : Candidate
        The truth. Some of the milder ones do not even apply, such as a heart attack of 6 to 52
        weeks ago in somebody who had one four weeks ago.
    """
    reasons = screen(candidate).reasons
    return {
        milder: stricter
        for stricter, milder, when in _PART_OF
        if stricter in reasons and when(candidate)
    }


def _required(candidate: Candidate, truth: Screening, told: Sequence[str]) -> tuple[str, ...]:
    within = part_of(candidate)
    codes = tuple(code for code in truth.reasons if code not in within)
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
    errors = []
    if truth.disposition in (EMERGENCY, CONTRAINDICATED) and severity(chosen) < severity(
        truth.disposition
    ):
        kind = "emergency" if truth.disposition == EMERGENCY else "contraindication"
        named = ", ".join(_named(code) for code in grave)
        errors.append(f"A missed {kind}: {named}; the decision was {_headed(chosen)}.")
    left_out = [code for code in grave if code not in decision["reasons"]]
    if left_out and not errors:
        named = ", ".join(_named(code) for code in left_out)
        errors.append(f"The decision leaves out {named}.")
    return tuple(errors)


def _points_disposition(run: _Run, truth: Screening, share: float) -> tuple[float, str]:
    """Return the points of the decision, and why they are not all."""
    assert run.decision is not None  # noqa: S101 - only called after a decision
    chosen, full = run.decision["disposition"], _POINTS["disposition"]
    if chosen != truth.disposition:
        if severity(chosen) > severity(truth.disposition):
            return STRICTER_SIDE_POINTS, "Stricter than the rule."
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
    """Share of the codes due that were named and good; a false one takes one away."""
    false = sum(code not in due for code in named)
    if not due:
        return max(0.0, 1 - false / 2)
    return max(0.0, (sum(code in good for code in due if code in named) - false) / len(due))


def _mark(run: _Run) -> Debrief:
    assert run.decision is not None  # noqa: S101 - only called after a decision
    truth = screen(run.truth)
    found_in_time = truth.disposition == EMERGENCY and run.emergency_found
    share = 1.0 if found_in_time else safety_share(run.known)
    required = _required(run.truth, truth, run.told)
    within = part_of(run.truth)
    # In an emergency another true code is no mistake, and in every case fasting is not marked.
    named = [
        code
        for code in run.decision["reasons"]
        if code not in (*NOT_GRADED, *within) and (code in required or code not in truth.reasons)
    ]
    due = truth.conditions if truth.disposition == ELIGIBLE else ()
    planned = run.decision["conditions"] if truth.disposition == ELIGIBLE else ()
    decision, doubt = _points_disposition(run, truth, share)
    marks = {
        "disposition": decision,
        "reasons": _POINTS["reasons"] * _fraction(named, required, run.told),
        "safety": _POINTS["safety"] * share,
        "conditions": _POINTS["conditions"] * _fraction(planned, due, due),
        "economy": max(0.0, _POINTS["economy"] - len(run.wasteful)),
    }
    omitted = () if found_in_time else _omitted(run)
    lost = {
        "disposition": doubt,
        "reasons": _short_of(named, required, run.told),
        "safety": f"Not done: {len(omitted)} of the questions and tests behind it, listed "
        "under “Not asked”.",
        "conditions": _short_of(planned, due, due),
        "economy": f"Wasteful: {_labels(dict.fromkeys(run.wasteful))}." if run.wasteful else "",
    }
    _scale(marks, lost, 1.0 if found_in_time else share, bool(run.done), bool(required))
    errors = _critical(truth, run.decision, required)
    sections = _sections(run, truth, omitted, within)
    total = 0.0 if errors else round(min(MAX_POINTS, sum(marks.values())), 6)
    return Debrief(
        points=total,
        max_points=MAX_POINTS,
        critical_errors=errors,
        timeline=(*run.timeline, *_closing(sections, marks, lost, errors)),
        marks=tuple((key, round(value, 6)) for key, value in marks.items()),
        truth=truth,
        wasteful=tuple(run.wasteful),
        omitted=omitted,
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


def _omitted(run: _Run) -> tuple[str, ...]:
    missing = set(SAFETY_FIELDS) - run.known
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
    rule = [f"{HEADLINES[truth.disposition]}."]
    if truth.reasons:
        rule.append(f"Its reasons: {'; '.join(_named(code) for code in truth.reasons)}.")
    rule += [
        f"{milder} is part of {stricter} and need not be named."
        for milder, stricter in within.items()
        if milder in truth.reasons
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
        if not idle(each, candidate)
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
