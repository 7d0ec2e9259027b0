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
from trd.monitoring.marking import MAX_POINTS, CriticalRule, MarkingRule, Scheme
from trd.monitoring.parameters import numbers
from trd.monitoring.schemes import SCHEMES
from trd.monitoring.session import Session, play
from trd.monitoring.trace import Trace, clock, said, sentence

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
    said : str
        What was done and when, or what is missing; may be empty.
    """

    key: str
    label: str
    rule: str
    evidence: str
    status: str
    points: float
    earned: float
    said: str = ""

    @property
    def told(self) -> str:
        """What was done, then the rule and who says it where not all was earned."""
        if self.earned >= self.points > 0:
            return self.said
        return f"{self.said} {self.rule} ({who_says(self.evidence)})".strip()


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
        How the marks came about, then what happened and what was done, in order.
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
        """What was marked, points earned, points at most, and what was done or is missing.

        The rule follows where not all was earned.
        """
        return tuple((each.label, each.earned, each.points, each.told) for each in self.marks)


def _mark(rule: MarkingRule, trace: Trace) -> Mark:
    begun = trace.onset_s is not None or _early(trace)
    share = rule.judge(trace) if begun else 0.0
    earned = round(rule.points * min(1.0, max(0.0, share)), 6)
    found = said(share) if begun else "The run was ended before anything had happened."
    words = found if found else "Done." if earned == rule.points else "Not done, or not in time."
    return Mark(
        *(rule.key, rule.label, rule.rule, rule.evidence, rule.status, rule.points, earned), words
    )


def _early(trace: Trace) -> bool:
    """Return True where the pump was stopped before it came to the worst (pump error)."""
    return trace.session.scenario.key == "pump-error"


def _silenced(times: int) -> Mark:
    row = "mon-order-alarm"
    rule = "One point less each time alarms were silenced before anything was done about them."
    often = f"{times} time{'s' if times > 1 else ''}."
    return Mark("silenced", "Alarms silenced", rule, row, status_of(row), 0.0, -float(times), often)


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
        timeline=(*_closing(trace, scheme, marks, critical, harm), *told, *_notes(session)),
        harm=harm,
        marks=marks,
        critical=critical,
        next_time=tuple(
            f"{each.label}: {each.said} {each.rule}" for each in marks if each.earned < each.points
        ),
        rare=session.scenario.rare,
        drill=session.scenario.drill,
        benefit_pct=_benefit(session),
        sections=_sections(session, told, harm, _began(trace, scheme)),
    )


def _benefit(session: Session) -> float:
    given = "sedative" in session.body.ramps and session.scenario.key == "practice"
    return 100.0 - (numbers("interventions")["sedative_benefit_loss_pct"] if given else 0.0)


def story(session: Session) -> tuple[str, ...]:
    """Return what happened, a line each, by the chair's clock: the time since the start.

    What came before the start counts down to it; without a start the clock is the run's own.
    """
    lines = []
    started = session.pump.started_s or 0
    for each in session.happenings:
        who = "" if each.who == YOU else f"{each.who}: "
        lines.append(f"{clock(each.t_s - started).replace('-', '−')} {who}{each.text}")
    return tuple(lines)


def _began(trace: Trace, scheme: Scheme) -> str:
    """Return when the trouble began, in words; empty where nothing was timed from it."""
    if not scheme.begins:
        return ""
    if trace.onset_s is None:
        return f"{sentence(scheme.begins)[:-1]} did not come in this run."
    return f"{sentence(scheme.begins)[:-1]} began at {trace.clock(trace.onset_s)}."


def _harmed(harm: Harm) -> tuple[str, ...]:
    """Return what counted as harm, a line each."""
    return tuple(
        f"{each.label}: {each.amount:g} {each.unit} ({each.points:g} points by this course's "
        "convention)."
        for each in harm.items
    )


def _sections(
    session: Session, told: tuple[str, ...], harm: Harm, began: str
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    rare = session.scenario.rare
    return (
        ("What it was timed from", (began,) if began else ()),
        ("Harm to the person in the chair", _harmed(harm) or ("None counted.",)),
        ("What happened and what you did", told),
        ("How often it happens", (rare,) if rare else ()),
        ("How to read this", (ORIGIN,)),
    )


def _closing(
    trace: Trace, scheme: Scheme, marks: Sequence[Mark], critical: Sequence[Critical], harm: Harm
) -> list[str]:
    began = _began(trace, scheme)
    lines = [began] if began else []
    lines += [
        f"{each.label}: {round(each.earned, 2):g}"
        f"{f' of {each.points:g}' if each.points else ''}. {each.told}"
        for each in marks
    ]
    if critical:
        lines.append("A critical error takes all points.")
    lines += [f"Harm: {line}" for line in _harmed(harm)] or ["Harm: none counted."]
    return lines


def _notes(session: Session) -> tuple[str, ...]:
    rare = session.scenario.rare
    return (rare, ORIGIN) if rare else (ORIGIN,)


_LONGEST = 80
_WORDS_MOST = 300


def _short(value: object) -> str:
    """Return a value as words, cut where nobody would read on."""
    words = str(value) if isinstance(value, str) else repr(value)
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"


def _refuse(scenario: object, seed: object, log: object) -> str:
    """Return why this can be no record of a run, in words; empty if it can be one."""
    if not isinstance(scenario, str):
        return "The scenario is no name."
    if len(scenario) > _LONGEST:
        return f"There is no scenario “{_short(scenario)}”."
    if type(seed) is not int or seed.bit_length() > 64:
        return "The variant is no number that a chair could have."
    if isinstance(log, str) or not isinstance(log, Sequence):
        return "The record is no list of actions."
    for entry in log:
        if not isinstance(entry, Mapping):
            return "One of the actions is not an action."
        wrong = _wrong_entry(entry)
        if wrong:
            return wrong
    return ""


def _wrong_entry(entry: Mapping[Any, Any]) -> str:
    time = entry.get("t_s")
    if type(time) is int and time.bit_length() > 64:
        return "The time of an action is longer than any run."
    if not isinstance(entry.get("do"), str):
        return "What one of the actions did is nothing one can do at this chair."
    for name, value in entry.items():
        wrong = _wrong_choice(name, value) if name != "t_s" else _wrong_time(value)
        if wrong:
            return wrong
    return ""


def _wrong_time(value: object) -> str:
    # A time of the wrong kind has words of its own.
    simple = isinstance(value, str | int | float | None)
    return "" if simple else "The time of an action must be whole seconds."


def _wrong_choice(name: object, value: object) -> str:
    if not isinstance(name, str) or name in ("self", "key") or len(name) > _LONGEST:
        return f"An action holds “{_short(name)}”, which no screen writes."
    if not isinstance(value, str | int | float | bool | None):
        return f"“{name}” of an action is neither a word nor a number."
    if isinstance(value, str) and len(value) > _LONGEST:
        return f"“{_short(value)}” is nothing one can do or choose at this chair."
    if type(value) is int and value.bit_length() > 64:
        return f"“{name}” of an action is longer than any number here."
    return ""


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
    wrong = _refuse(scenario, seed, log)
    if wrong:
        raise ValueError(wrong)
    try:
        session = play(scenario, seed, log)
    except ValueError as error:
        words = str(error)
        if len(words) <= _WORDS_MOST:
            raise
        raise ValueError(f"{words[:_WORDS_MOST]}…") from None
    return debrief(session)
