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
    sections : tuple of (str, tuple of str)
        What the timeline says under headings, without the marks.
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
    sections: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def breakdown(self) -> tuple[tuple[str, float, float, str], ...]:
        """What was marked, points earned, points at most, and the rule where not all came."""
        return tuple(
            (
                each.label,
                each.earned,
                each.points,
                f"{each.rule} ({who_says(each.evidence)})" if each.earned < each.points else "",
            )
            for each in self.marks
        )


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
    told = story(session)
    return Debrief(
        points=total,
        max_points=MAX_POINTS,
        critical_errors=tuple(
            f"{each.error} {each.reason} ({who_says(each.evidence)})" for each in critical
        ),
        timeline=(*told, *_closing(session, marks, critical, harm)),
        harm=harm,
        marks=marks,
        critical=critical,
        next_time=tuple(
            f"{each.label}: {each.rule}" for each in marks if each.earned < each.points
        ),
        rare=session.scenario.rare,
        drill=session.scenario.drill,
        benefit_pct=_benefit(session),
        sections=_sections(session, told, harm),
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


def _harmed(harm: Harm) -> tuple[str, ...]:
    """Return what counted as harm, a line each."""
    return tuple(
        f"{each.label}: {each.amount:g} {each.unit} ({each.points:g} points by this course's "
        "convention)."
        for each in harm.items
    )


def _sections(
    session: Session, told: tuple[str, ...], harm: Harm
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    rare = session.scenario.rare
    return (
        ("Harm to the person in the chair", _harmed(harm) or ("None counted.",)),
        ("What happened and what you did", told),
        ("How often it happens", (rare,) if rare else ()),
        ("How to read this", (ORIGIN,)),
    )


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
    lines += [f"Harm: {line}" for line in _harmed(harm)] or ["Harm: none counted."]
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
