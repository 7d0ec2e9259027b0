"""The screening clinic as an exercise: ask, order, decide; marked by replay of what was done.

An action is ``{"t_s": 40, "do": "ask", "what": "vessels"}``, ``{"t_s": 90, "do": "test", "what":
"ecg"}`` or, once and last, ``{"t_s": 300, "do": "decide", "disposition": "REFER", "reasons":
["R9"], "conditions": []}``. Times are whole simulated seconds.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trd.screening.candidate import Candidate
from trd.screening.interview import ASK, INQUIRIES, TEST, Inquiry, inquiry, revealed_by
from trd.screening.knowledge import safety_share, seen, told_by
from trd.screening.people import VirtualPatient, virtual_patient
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
        "When right and borne out by a reason that was named and had come to light, in proportion "
        "to the safety questions. For “no barrier” nothing that could hide one may be unknown "
        "(half, when only the safety questions are complete). A right guess earns nothing; wrong "
        "on the stricter side earns up to 2.",
        "screen-rule-order",
    ),
    MarkingRule(
        "reasons",
        "Reasons found",
        6,
        "Share of the reasons that were named and had come to light; each one that does not apply "
        "takes one away. In an emergency only what has come to light is asked for. Fasting is not "
        "marked.",
        "screen-rule-order",
    ),
    MarkingRule(
        "safety",
        "Safety questions",
        4,
        "Share of what an emergency or contraindication depends on that was known at the decision; "
        "complete once an emergency was found and acted on.",
        "screen-rule-unknown",
    ),
    MarkingRule(
        "conditions",
        "Conditions for the plan",
        2,
        "When no barrier is found: share of the conditions named, one taken away for each that "
        "does not apply. Counts in proportion to the safety questions.",
        "course convention",
    ),
    MarkingRule(
        "economy",
        "Nothing wasteful",
        2,
        "One point less for each wasteful or repeated test, and for each inquiry after an "
        "emergency was found. Pregnancy test, C-SSRS and blood pressure are never wasteful. "
        "Counts in proportion to the safety questions.",
        "course convention",
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


def _clock(seconds: int) -> str:
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


def _inquire(action: Action, run: _Run) -> None:
    found = inquiry(str(action["do"]), action.get("what"))
    waste = _why_wasteful(found, run)
    again = found in run.done
    run.done.append(found)
    fresh = set(revealed_by(found, run.truth)) - run.known
    run.known |= fresh
    before = run.told
    if fresh:
        run.told = told_by(run.truth, run.known)
    brought = [code for code in run.told if code not in before]
    verb = "Asked" if found.kind == ASK else "Ordered"
    if brought:
        bought = "brought to light " + ", ".join(_named(code) for code in brought)
    elif again or not fresh:
        bought = "nothing new"
    elif fresh & set(SAFETY_FIELDS):
        bought = "a safety question answered: no barrier by itself"
    else:
        bought = "answered: no barrier by itself"
    if waste:
        run.wasteful.append(found.key)
        bought += f"; wasteful: {waste}"
    run.timeline.append(f"{_clock(action['t_s'])} {verb}: {found.label} → {bought}.")


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
    run.timeline.append(f"{_clock(action['t_s'])} Decided: {_headed(disposition)} ({listed}).")


def _play(scenario: str, seed: int, log: Sequence[Action]) -> _Run:
    patient = virtual_patient(seed, scenario)
    run = _Run(patient=patient, known=set(patient.known))
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


def _required(truth: Screening, told: Sequence[str]) -> tuple[str, ...]:
    codes = truth.reasons
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


def _points_disposition(run: _Run, truth: Screening, told: Sequence[str], share: float) -> float:
    assert run.decision is not None  # noqa: S101 - only called after a decision
    chosen, full = run.decision["disposition"], MARKING[0].points
    if chosen != truth.disposition:
        stricter = severity(chosen) > severity(truth.disposition)
        return STRICTER_SIDE_POINTS * share if stricter else 0.0
    if chosen == ELIGIBLE:
        if not set(screen(seen(run.truth, run.known)).reasons) - set(NOT_GRADED):
            return full
        return full / 2 if share == 1 else 0.0
    borne_out = [code for code in told if row(code).disposition == chosen]
    return full * share if set(borne_out) & set(run.decision["reasons"]) else 0.0


def _fraction(named: Sequence[str], due: Sequence[str], good: Sequence[str]) -> float:
    """Share of the codes due that were named and good; a false one takes one away."""
    false = sum(code not in due for code in named)
    if not due:
        return max(0.0, 1 - false / 2)
    return max(0.0, (sum(code in good for code in due if code in named) - false) / len(due))


def _mark(run: _Run) -> Debrief:
    assert run.decision is not None  # noqa: S101 - only called after a decision
    truth = screen(run.truth)
    told = run.told
    found_in_time = truth.disposition == EMERGENCY and _emergency(told)
    share = 1.0 if found_in_time else safety_share(run.known)
    required = _required(truth, told)
    # In an emergency another true code is no mistake, and in every case fasting is not marked.
    named = [
        code
        for code in run.decision["reasons"]
        if code not in NOT_GRADED and (code in required or code not in truth.reasons)
    ]
    reasons = _fraction(named, required, told) * (1.0 if required else share)
    if truth.disposition == ELIGIBLE:
        due = truth.conditions
        conditions = _fraction(run.decision["conditions"], due, due) * share
    else:
        conditions = share
    economy = max(0.0, 1 - len(run.wasteful) / MARKING[4].points) * share
    marks = {
        "disposition": _points_disposition(run, truth, told, share),
        "reasons": MARKING[1].points * reasons,
        "safety": MARKING[2].points * share,
        "conditions": MARKING[3].points * conditions,
        "economy": MARKING[4].points * economy,
    }
    errors = _critical(truth, run.decision, required)
    omitted = () if found_in_time else _omitted(run)
    total = 0.0 if errors else round(min(MAX_POINTS, sum(marks.values())), 6)
    return Debrief(
        points=total,
        max_points=MAX_POINTS,
        critical_errors=errors,
        timeline=(*run.timeline, *_closing(truth, marks, omitted, errors)),
        marks=tuple((key, round(value, 6)) for key, value in marks.items()),
        truth=truth,
        wasteful=tuple(run.wasteful),
        omitted=omitted,
    )


def _omitted(run: _Run) -> tuple[str, ...]:
    missing = set(SAFETY_FIELDS) - run.known
    found: list[str] = []
    for each in INQUIRIES:
        if missing & set(each.reveals):
            found.append(each.key)
            missing -= set(each.reveals)
    return tuple(found)


def _closing(
    truth: Screening,
    marks: Mapping[str, float],
    omitted: Sequence[str],
    errors: Sequence[str],
) -> list[str]:
    lines = []
    if omitted:
        labels = {each.key: each.label for each in INQUIRIES}
        lines.append(
            "Not asked, though an emergency or contraindication could hide there: "
            + "; ".join(labels[key] for key in omitted)
        )
    for rule in MARKING:
        if rule.key in marks:
            lines.append(f"{rule.label}: {round(marks[rule.key], 1):g} of {rule.points:g}.")
    if errors:
        lines.append("A critical error takes all points.")
    codes = "; ".join(_named(code) for code in truth.reasons)
    lines.append(f"By this course's rule: {HEADLINES[truth.disposition]}.")
    if codes:
        lines.append(f"Its reasons: {codes}.")
    if truth.disposition == ELIGIBLE and truth.conditions:
        lines.append(f"For the plan: {'; '.join(_named(code) for code in truth.conditions)}.")
    lines += list(truth.notes)
    for code in truth.reasons:
        words = explain(code)
        if not words.sources_agree:
            lines.append(f"Sources disagree on {code}: {words.disagreement}")
    return lines


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


def panel(scenario: str, seed: int, log: Sequence[Action], record: Callable[..., None]) -> Any:
    """Return the widget of a simulation item, put back where `log` left off.

    The widget lives with the other panels of the lesson and is imported only here, so that
    grading needs no widgets.
    """
    panels = importlib.import_module("trd.screening.panels.clinic")
    return panels.simulation_panel(scenario, seed, log, record)


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


def _useful_steps() -> list[tuple[str, str]]:
    rest = [
        (each.kind, each.key)
        for each in INQUIRIES
        if not each.wasteful and (each.kind, each.key) not in _FIRST
    ]
    return [*_FIRST, *rest]


def perfect_log(scenario: str, seed: int) -> list[dict[str, Any]]:
    """Return a run that earns every point: emergencies first, nothing wasteful, all reasons."""
    patient = virtual_patient(seed, scenario)
    truth = screen(patient.candidate)
    known, steps = set(patient.known), []
    for step in _useful_steps():
        if _emergency(told_by(patient.candidate, known)):
            break
        steps.append(step)
        known |= set(revealed_by(inquiry(*step), patient.candidate))
    told = told_by(patient.candidate, known)
    return _log(
        steps,
        {
            "disposition": truth.disposition,
            "reasons": list(_required(truth, told)),
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
    useful = _useful_steps()
    return [
        perfect_log(scenario, seed),
        _honest_log(patient, [*useful, (TEST, "vessel-scan"), (TEST, "eeg")], trusting=True),
        _honest_log(patient, useful[: len(useful) // 2], trusting=False),
        _honest_log(patient, [(TEST, "blood-pressure")], trusting=True),
        _log([], {"disposition": ELIGIBLE, "reasons": [], "conditions": []}),
    ]
