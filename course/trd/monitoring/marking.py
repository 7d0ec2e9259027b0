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
from trd.monitoring.trace import NEVER, Judge, Share, Trace, said, sentence, within

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
    begins : str
        What begins at that edge, in words, e.g. ``"the snoring"``.
    rules : tuple of MarkingRule
    critical : tuple of CriticalRule
    """

    onset: str
    rules: tuple[MarkingRule, ...]
    critical: tuple[CriticalRule, ...]
    begins: str = ""


# ---- pieces used by several scenarios


def when(t: Trace, done_s: int | None, what: str = "done") -> str:
    """Return in words when something was done, e.g. ``"Done at 6:49."``."""
    if done_s is None:
        return f"Not {what}."
    return f"{sentence(what)[:-1]} at {t.clock(done_s)}."


def at(t: Trace, what: str, done_s: int | None, zero: int, full_s: int, half_s: int) -> Share:
    """Judge a time, and say it in words."""
    return Share(within(done_s, zero, full_s, half_s), when(t, done_s, what))


def timed(do: str, full_s: int, half_s: int, **match: str) -> Judge:
    """Judge when something was first done after the onset, or already held at it."""
    return lambda t: at(t, "done", t.since(do, **match), t.zero, full_s, half_s)


def stop(full_s: int, half_s: int) -> Judge:
    """Judge when the pump was first paused or stopped after the onset, or already off at it."""
    return lambda t: at(t, "stopped", t.stopped(t.zero), t.zero, full_s, half_s)


def did(do: str, **match: str) -> Judge:
    """Judge whether something was done at all, from the onset on."""
    return lambda t: Share(
        float(t.did(do, t.zero, NEVER, **match)), when(t, t.first(do, t.zero, **match))
    )


def impression(
    right: str, full_s: int = _SAID_S, *, zero: Callable[[Trace], int] = lambda t: t.zero
) -> Judge:
    """Full if the first thing said is right and said in time; half if it is put right later.

    What was said before it began was a guess, and a right guess is worth half.
    """

    def judge(t: Trace) -> Share:
        since = zero(t)
        first = t.all("impression", since)
        if not first or not any(each.chosen["what"] == right for each in first):
            return Share(0, "Not said." if not first else "The right one was not said.")
        guessed = t.did("impression", -1, since, what=right)
        prompt = first[0].t_s - since <= full_s and not guessed
        good = first[0].chosen["what"] == right and prompt
        said_s = next(each.t_s for each in first if each.chosen["what"] == right)
        return Share(1.0 if good else 0.5, when(t, said_s, "said"))

    return judge


def gated(gate: Judge, judge: Judge, why: str = "The main thing was not done.") -> Judge:
    """Leaving something out earns marks only in a run in which the main thing was done."""
    return lambda t: judge(t) if gate(t) > 0 else Share(0, why)


def worded(judge: Judge, lost: str) -> Judge:
    """Say in words why a share is not whole, where the judge has none of its own."""

    def judged(t: Trace) -> float:
        share = judge(t)
        return share if share >= 1 or said(share) else Share(share, lost)

    return judged


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
