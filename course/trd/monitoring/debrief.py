"""After the run: marks, critical errors with reasons, the timeline, harm, and what to try next.

A run that was not ended goes on untouched to its limit: what nobody did has its effect too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trd.monitoring.chair import YOU
from trd.monitoring.evidence import status_of, who_says
from trd.monitoring.harm import Harm
from trd.monitoring.marking import MAX_POINTS, CriticalRule, MarkingRule
from trd.monitoring.parameters import numbers
from trd.monitoring.schemes import SCHEMES
from trd.monitoring.session import Session, play
from trd.monitoring.trace import Trace

ORIGIN = (
    "Simulation for teaching, not for patient care. Times, grades and harm are conventions of this "
    "course; a good run here is no proof of skill at a real chair."
)


@dataclass(frozen=True)
class Mark:
    """What one rule brought.

    Attributes
    ----------
    key, label, rule, evidence, status : str
    points, earned : float
    """

    key: str
    label: str
    rule: str
    evidence: str
    status: str
    points: float
    earned: float


@dataclass(frozen=True)
class Critical:
    """A critical error.

    Attributes
    ----------
    key, error, reason, evidence, status : str
    """

    key: str
    error: str
    reason: str
    evidence: str
    status: str


@dataclass(frozen=True)
class Debrief:
    """What a run earned and why.

    Attributes
    ----------
    points, max_points : float
    critical_errors : tuple of str
        Each with its reason; any takes all points.
    timeline : tuple of str
        What happened and what was done, in order, then how the marks came about.
    harm : Harm
    marks : tuple of Mark
        Before a critical error takes them.
    critical : tuple of Critical
    next_time : tuple of str
        Rules that brought less than they could.
    rare : str
        How rare the event is.
    drill : bool
        Scheduled, not drawn.
    benefit_pct : float
        Free practice: share of the expected benefit that is left after a sedative; 100 otherwise.
    """

    points: float
    max_points: float
    critical_errors: tuple[str, ...]
    timeline: tuple[str, ...]
    harm: Harm
    marks: tuple[Mark, ...] = ()
    critical: tuple[Critical, ...] = ()
    next_time: tuple[str, ...] = ()
    rare: str = ""
    drill: bool = False
    benefit_pct: float = 100.0


def clock(seconds: int) -> str:
    """Return seconds as ``"28:05"``."""
    return f"{'-' if seconds < 0 else ''}{abs(seconds) // 60}:{abs(seconds) % 60:02d}"


def _mark(rule: MarkingRule, trace: Trace) -> Mark:
    share = 0.0 if trace.onset_s is None and not _early(trace) else rule.judge(trace)
    earned = round(rule.points * min(1.0, max(0.0, share)), 6)
    return Mark(rule.key, rule.label, rule.rule, rule.evidence, rule.status, rule.points, earned)


def _early(trace: Trace) -> bool:
    """Return True where the pump was stopped before it came to the worst (pump error)."""
    return trace.session.scenario.key == "pump-error"


def _silenced(times: int) -> Mark:
    row = "mon-order-alarm"
    rule = "One point less each time alarms were silenced before anything was done about them."
    return Mark("silenced", "Alarms silenced", rule, row, status_of(row), 0.0, -float(times))


def _critical(rule: CriticalRule) -> Critical:
    return Critical(rule.key, rule.error, rule.reason, rule.evidence, rule.status)


def debrief(session: Session) -> Debrief:
    """Mark a run that is over."""
    scheme = SCHEMES[session.scenario.key]
    trace = Trace(session, scheme.onset)
    marks = tuple(_mark(rule, trace) for rule in scheme.rules)
    if session.unanswered_silences:
        marks = (*marks, _silenced(session.unanswered_silences))
    critical = tuple(_critical(rule) for rule in scheme.critical if rule.test(trace))
    earned = min(MAX_POINTS, max(0.0, sum(each.earned for each in marks)))
    total = 0.0 if critical else round(earned, 6)
    harm = session.tally.report()
    return Debrief(
        points=total,
        max_points=MAX_POINTS,
        critical_errors=tuple(
            f"{each.error} {each.reason} ({who_says(each.evidence)})" for each in critical
        ),
        timeline=(*story(session), *_closing(session, marks, critical, harm)),
        harm=harm,
        marks=marks,
        critical=critical,
        next_time=tuple(
            f"{each.label}: {each.rule}" for each in marks if each.earned < each.points
        ),
        rare=session.scenario.rare,
        drill=session.scenario.drill,
        benefit_pct=_benefit(session),
    )


def _benefit(session: Session) -> float:
    given = "sedative" in session.body.ramps and session.scenario.key == "practice"
    return 100.0 - (numbers("interventions")["sedative_benefit_loss_pct"] if given else 0.0)


def story(session: Session) -> tuple[str, ...]:
    """Return what happened, a line each, with the minute of the infusion where it runs."""
    lines = []
    started = session.pump.started_s
    for each in session.happenings:
        if started is not None and each.t_s >= started:
            minute = f" (minute {(each.t_s - started) // 60})"
        else:
            minute = ""
        who = "" if each.who == YOU else f"{each.who}: "
        lines.append(f"{clock(each.t_s)}{minute} {who}{each.text}")
    return tuple(lines)


def _closing(
    session: Session, marks: Sequence[Mark], critical: Sequence[Critical], harm: Harm
) -> list[str]:
    lines = [
        f"{each.label}: {each.earned:g}{f' of {each.points:g}' if each.points else ''} "
        f"({who_says(each.evidence)})."
        for each in marks
    ]
    if critical:
        lines.append("A critical error takes all points.")
    lines += [
        f"Harm: {each.label}: {each.amount:g} {each.unit} ({each.points:g} points by this course's "
        "convention)."
        for each in harm.items
    ]
    if not harm.items:
        lines.append("Harm: none counted.")
    if session.scenario.rare:
        lines.append(session.scenario.rare)
    lines.append(ORIGIN)
    return lines


def replay(scenario: str, seed: int, log: Sequence[Mapping[str, Any]]) -> Debrief:
    """Run the actions again and mark them. Same arguments, same debrief, on any machine.

    Parameters
    ----------
    scenario : str
        One of `trd.monitoring.scenarios`.
    seed : int
    log : sequence of dict
        Actions in order of time, e.g. ``{"t_s": 240, "do": "pause"}``.

    Raises
    ------
    ValueError
        If the log holds an action that cannot have happened; the message says which.
    """
    return debrief(play(scenario, seed, log))


@dataclass(frozen=True)
class Bought:
    """What one action bought: the run again without it.

    Attributes
    ----------
    t_s : int
        Second of the action.
    do : str
    harm_avoided : float
        Harm points more without it; negative if it did harm.
    possible : bool
        False when the rest of the run is impossible without it.
    """

    t_s: int
    do: str
    harm_avoided: float
    possible: bool = True


def what_each_action_bought(
    scenario: str, seed: int, log: Sequence[Mapping[str, Any]]
) -> tuple[Bought, ...]:
    """Return for each action how much harm it avoided, by leaving it out and running again.

    Takes one run for each action; meant for the debrief, not for marking.
    """
    whole = play(scenario, seed, log).tally.report().total
    found = []
    for index, entry in enumerate(log):
        if entry.get("do") in _LOOKS:
            continue
        rest = [*log[:index], *log[index + 1 :]]
        try:
            without = play(scenario, seed, rest).tally.report().total
        except ValueError:
            found.append(Bought(entry["t_s"], entry["do"], 0.0, possible=False))
            continue
        found.append(Bought(entry["t_s"], entry["do"], round(without - whole, 1)))
    return tuple(found)


_LOOKS = frozenset(
    {
        "ask",
        "bp",
        "cadss",
        "check",
        "finish",
        "impression",
        "moaas",
        "note",
        "plan",
        "report",
        "handover",
        "debrief",
        "disclose",
    }
)
