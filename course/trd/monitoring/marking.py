"""What is marked in each scenario, and what takes every point.

Marks are for recognising, for the order of steps, for calling and for following the clinic's order
set; nobody is asked to recall a dose, and no rule rewards a drug where a pause was enough. The
rules are open: read them before the run. Each names the row of ``assets/evidence/monitoring.csv``
it rests on, and the row its status.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from trd.monitoring.evidence import status_of
from trd.monitoring.parameters import limits
from trd.monitoring.trace import NEVER, Judge, Trace, within

MAX_POINTS = 20.0
_SAID_S = limits("shared")["recognise"][0]


@dataclass(frozen=True)
class MarkingRule:
    """One rule.

    Attributes
    ----------
    key, label : str
    points : float
        Most it can bring.
    rule : str
        How it is marked.
    evidence : str
        Row of ``assets/evidence/monitoring.csv``.
    judge : callable
        From the trace to the share earned, 0 to 1.
    """

    key: str
    label: str
    points: float
    rule: str
    evidence: str
    judge: Judge

    @property
    def status(self) -> str:
        """Status of the row."""
        return status_of(self.evidence)


@dataclass(frozen=True)
class CriticalRule:
    """One error that takes every point.

    Attributes
    ----------
    key, error, reason : str
        What was done, and why it is critical; each a sentence.
    evidence : str
        Row of ``assets/evidence/monitoring.csv``.
    test : callable
        True if it happened.
    """

    key: str
    error: str
    reason: str
    evidence: str
    test: Callable[[Trace], bool]

    @property
    def status(self) -> str:
        """Status of the row."""
        return status_of(self.evidence)


@dataclass(frozen=True)
class Scheme:
    """The marking of one scenario.

    Attributes
    ----------
    onset : str
        Edge from which answers are timed; ``""`` for the beginning of the run.
    rules : tuple of MarkingRule
    critical : tuple of CriticalRule
    """

    onset: str
    rules: tuple[MarkingRule, ...]
    critical: tuple[CriticalRule, ...]


# ---- pieces used by several scenarios


def timed(do: str, full_s: int, half_s: int, **match: str) -> Judge:
    """Judge when something was first done after the onset."""
    return lambda t: within(t.first(do, t.zero, **match), t.zero, full_s, half_s)


def stop(full_s: int, half_s: int) -> Judge:
    """Judge when the pump was first paused or stopped after the onset."""
    return lambda t: within(t.stopped(t.zero), t.zero, full_s, half_s)


def did(do: str, **match: str) -> Judge:
    """Judge whether something was done at all, from the onset on."""
    return lambda t: float(t.did(do, t.zero, NEVER, **match))


def impression(right: str, full_s: int = _SAID_S) -> Judge:
    """Full if the first thing said is right and said in time; half if it is put right later."""

    def judge(t: Trace) -> float:
        said = t.all("impression", t.zero)
        if not said or not any(each.chosen["what"] == right for each in said):
            return 0.0
        prompt = said[0].t_s - t.zero <= full_s
        return 1.0 if said[0].chosen["what"] == right and prompt else 0.5

    return judge


def gated(gate: Judge, judge: Judge) -> Judge:
    """Leaving something out earns marks only in a run in which the main thing was done."""
    return lambda t: judge(t) if gate(t) > 0 else 0.0


def recognise(right: str, full_s: int = _SAID_S) -> MarkingRule:
    """Return the rule for saying aloud what it is."""
    return MarkingRule(
        "recognise",
        "Said what it is",
        1,
        f"The first impression after it begins is the right one, within {full_s} s; half if it is "
        "put right later.",
        "mon-order-impression",
        impression(right, full_s),
    )
