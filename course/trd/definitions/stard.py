"""STAR*D step by step: one study, five percentages, five different questions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from trd.definitions.history import number
from trd.parameters import Entry, load


@dataclass(frozen=True)
class Step:
    """One treatment step of STAR*D.

    Attributes
    ----------
    number : int
        1 to 4.
    treatment : str
    n : Entry
        People analysed, as in the letter of 2023 (``verified`` for every step).
    n_reported : Entry
        People analysed in the report of 2006 (step 3 is ``from-knowledge``).
    remission : Entry
        QIDS-SR16 of 5 or less, in % of the step's people.
    response, relapse_all, relapse_remitted : Entry
        In %; ``from-knowledge``.
    left_after_step : Entry or None
        Share in % that left after the step; ``from-knowledge``, none printed for step 4.
    """

    number: int
    treatment: str
    n: Entry
    n_reported: Entry
    remission: Entry
    response: Entry
    left_after_step: Entry | None
    relapse_all: Entry
    relapse_remitted: Entry

    @property
    def rate(self) -> float:
        """Remission as a fraction, 0 to 1."""
        return float(self.remission.value) / 100


@cache
def steps() -> tuple[Step, ...]:
    """Return the four steps in order."""
    tables = load("stard")
    return tuple(
        Step(
            number=i,
            treatment=cells["treatment"].value,
            n=cells["n_letter"],
            n_reported=cells["n_reported"],
            remission=cells["remission"],
            response=cells["response"],
            left_after_step=cells.get("left_after_step"),
            relapse_all=cells["relapse_all"],
            relapse_remitted=cells["relapse_remitted"],
        )
        for i in range(1, 5)
        for cells in (tables[f"step-{i}"],)
    )


def cohort() -> dict[str, Entry]:
    """Return the figures about the whole cohort (enrolled, step 1 on the HAM-D17, ...)."""
    return dict(load("stard")["cohort"])


def remission_rates() -> tuple[float, ...]:
    """Return the four remission rates as fractions."""
    return tuple(step.rate for step in steps())


def _fractions(values: Sequence[float], name: str) -> tuple[float, ...]:
    return tuple(
        number(value, f"{name}, step {i},", 0, 1) for i, value in enumerate(values, start=1)
    )


def cumulative(rates: Sequence[float]) -> float:
    """Chance of having remitted by the last step if nobody ever leaves.

    Parameters
    ----------
    rates : sequence of float
        Remission at each step among those who take it, fractions 0 to 1.

    Returns
    -------
    float
        ``1 - (1 - r1)(1 - r2)...``, a fraction 0 to 1.

    Raises
    ------
    ValueError
        If a rate is not between 0 and 1.
    """
    return 1 - math.prod(1 - rate for rate in _fractions(rates, "rate"))


@dataclass(frozen=True)
class StepFlow:
    """What happens to 1 (everybody who starts) at one step; all fields are shares of the start.

    Attributes
    ----------
    number : int
    entered : float
        In treatment when the step begins.
    remitted : float
        Remit in this step while in treatment.
    left : float
        Leave after the step without remission.
    remitted_outside : float
        Assumed to remit at the time of this step after having left earlier.
    """

    number: int
    entered: float
    remitted: float
    left: float
    remitted_outside: float


@dataclass(frozen=True)
class Pathway:
    """A cohort followed through the steps with people leaving on the way.

    Attributes
    ----------
    rates, dropout : tuple of float
    leavers_remit_at : float
        Remission of those who left, relative to those who stayed, 0 to 1.
    steps : tuple of StepFlow
    seen, assumed, cumulative : float
        Remitted in treatment, assumed to remit outside it, and their sum, as shares of the start.
    """

    rates: tuple[float, ...]
    dropout: tuple[float, ...]
    leavers_remit_at: float
    steps: tuple[StepFlow, ...]
    seen: float
    assumed: float
    cumulative: float


def follow(
    rates: Sequence[float], dropout: Sequence[float], leavers_remit_at: float = 1.0
) -> Pathway:
    """Follow a cohort through the steps, letting people leave between them.

    Parameters
    ----------
    rates : sequence of float
        Remission at each step among those in treatment, fractions 0 to 1.
    dropout : sequence of float
        Share of those not yet in remission after each step who do not enter the next one,
        fractions 0 to 1; one fewer than `rates`.
    leavers_remit_at : float
        How often people who left remit at each later step, relative to those who stayed:
        0 = never, 1 = just as often. This is an assumption, whichever value is chosen.

    Returns
    -------
    Pathway

    Raises
    ------
    ValueError
        If a value is not between 0 and 1, or the lengths do not fit.
    """
    checked = _fractions(rates, "rate")
    leaving = _fractions(dropout, "drop-out")
    relative = number(leavers_remit_at, "leavers_remit_at", 0, 1)
    if len(leaving) != max(len(checked) - 1, 0):
        raise ValueError(
            f"dropout has {len(leaving)} values for {len(checked)} steps; it needs "
            f"{max(len(checked) - 1, 0)}, one for each gap between two steps."
        )
    inside, outside = 1.0, 0.0
    flows = []
    for i, rate in enumerate(checked):
        remitted, elsewhere = inside * rate, outside * rate * relative
        left = (inside - remitted) * (leaving[i] if i < len(leaving) else 0.0)
        flows.append(StepFlow(i + 1, inside, remitted, left, elsewhere))
        inside, outside = inside - remitted - left, outside - elsewhere + left
    seen = math.fsum(flow.remitted for flow in flows)
    assumed = math.fsum(flow.remitted_outside for flow in flows)
    return Pathway(
        rates=checked,
        dropout=leaving,
        leavers_remit_at=relative,
        steps=tuple(flows),
        seen=seen,
        assumed=assumed,
        cumulative=min(1.0, seen + assumed),
    )


def cumulative_with_dropout(
    rates: Sequence[float], dropout: Sequence[float], leavers_remit_at: float = 1.0
) -> float:
    """Return the cumulative remission of `follow` as a fraction, 0 to 1.

    With no drop-out, or with ``leavers_remit_at=1``, this equals `cumulative`.
    """
    return follow(rates, dropout, leavers_remit_at).cumulative


def observed_leaving() -> tuple[float, ...]:
    """Share of those not in remission who did not enter the next step, from the counts.

    Derived from the letter's denominators and the remission rates. "Leaving" includes people
    who went into follow-up improved but not in remission, so it is more than drop-out.
    """
    pairs = zip(steps(), steps()[1:], strict=False)
    return tuple(1 - after.n.value / (step.n.value * (1 - step.rate)) for step, after in pairs)


def remitters(as_reported: bool = False) -> float:
    """Sum the people in remission over the four steps (rate times denominator).

    Parameters
    ----------
    as_reported : bool
        Use the denominators of 2006 (step 3 from knowledge) instead of the letter's. The sum
        is about 1,860 either way.
    """
    return math.fsum(
        step.rate * (step.n_reported if as_reported else step.n).value for step in steps()
    )


def recomputed() -> dict[str, float]:
    """Recompute the totals that follow from other figures, in %.

    Returns
    -------
    dict
        ``theoretical`` (67.1), ``of_treated`` (51), ``of_enrolled`` (46), ``sustained`` (2.7).
    """
    tables = load("stard")
    enrolled = tables["cohort"]["enrolled"].value
    return {
        "theoretical": 100 * cumulative(remission_rates()),
        "of_treated": 100 * remitters() / steps()[0].n.value,
        "of_enrolled": 100 * remitters() / enrolled,
        "sustained": 100 * tables["totals"]["sustained_people"].value / enrolled,
    }


@dataclass(frozen=True)
class Total:
    """One of the five percentages quoted from STAR*D, as the answer to its own question.

    Attributes
    ----------
    key : str
    value_pct : float
        As printed.
    question, numerator, denominator, scale : str
        What the figure answers, and of what it is a share.
    status : str
    source : tuple of str
    """

    key: str
    value_pct: float
    question: str
    numerator: str
    denominator: str
    scale: str
    status: str
    source: tuple[str, ...]


_QUESTIONS: dict[str, tuple[str, str, str, str]] = {
    "theoretical": (
        "If nobody had left and leavers remitted like stayers, how many would have remitted?",
        "nobody; it is a product of the four remission rates",
        "an imagined cohort in which nobody leaves",
        "QIDS-SR16",
    ),
    "of_treated": (
        "Of those analysed at step 1, how many were seen to remit at some step?",
        "1,857 remitters: each step's rate times its people, summed",
        "3,671 people analysed at step 1",
        "QIDS-SR16",
    ),
    "of_enrolled": (
        "Of everyone enrolled, how many were seen to remit at some step?",
        "1,857 remitters: each step's rate times its people, summed",
        "4,041 people enrolled",
        "QIDS-SR16",
    ),
    "reanalysis": (
        "What is cumulative remission by the protocol's entry rules and on the HAM-D?",
        "not printed in what was read for this course",
        "the cohort after removing 941 records over the four steps",
        "HAM-D17",
    ),
    "sustained": (
        "Of everyone enrolled, who remitted and neither relapsed nor left within 12 months?",
        "108 people",
        "4,041 people enrolled",
        "not stated in what was read for this course",
    ),
}


@cache
def totals() -> tuple[Total, ...]:
    """Return the five figures 67, 51, 46, 35 and 2.7 %, each with its own question."""
    printed = load("stard")["totals"]
    return tuple(
        Total(
            key,
            float(printed[key].value),
            *words,
            status=printed[key].status,
            source=printed[key].source,
        )
        for key, words in _QUESTIONS.items()
    )


@dataclass(frozen=True)
class Removed:
    """Records that the re-analysis of 2023 took out of one step.

    Attributes
    ----------
    step, records, of : int
    share_pct : float
    status : str
    source : tuple of str
    """

    step: int
    records: int
    of: int
    share_pct: float
    status: str
    source: tuple[str, ...]


@cache
def removed() -> tuple[Removed, ...]:
    """Return the removed records step by step; they sum to 941."""
    table = load("stard")["removed"]
    return tuple(
        Removed(
            step.number,
            cell.value,
            step.n.value,
            100 * cell.value / step.n.value,
            cell.status,
            cell.source,
        )
        for step in steps()
        for cell in (table[f"step_{step.number}"],)
    )


@dataclass(frozen=True)
class Answer:
    """One question put to STAR*D, under a reader's own assumptions.

    Attributes
    ----------
    total : Total
        The question and its published figure.
    pathway : Pathway
        The cohort under the reader's rates, leaving and assumption.
    start_pct : float
        Share of the denominator in % that begins step 1: 100, or fewer when everyone enrolled
        is counted.
    entered : tuple of int
        People who begin each step, in treatment.
    seen_pct, assumed_pct : tuple of float
        Remission after each step in % of the denominator: seen in treatment so far, and the
        same with the people assumed to remit after leaving.
    own_pct : float or None
        The reader's figure for this question; None where the steps cannot give it.
    removed : tuple of Removed
        Records taken out by the re-analysis; empty for the other questions.
    as_counted : bool
        Whether rates and leaving are those of the study.
    """

    total: Total
    pathway: Pathway
    start_pct: float
    entered: tuple[int, ...]
    seen_pct: tuple[float, ...]
    assumed_pct: tuple[float, ...]
    own_pct: float | None
    removed: tuple[Removed, ...]
    as_counted: bool


def _running(values: Sequence[float], scale: float) -> tuple[float, ...]:
    return tuple(scale * math.fsum(values[: i + 1]) for i in range(len(values)))


def answer(
    question: str,
    rates_pct: Sequence[float],
    left_pct: Sequence[float],
    leavers_pct: float,
) -> Answer:
    """Answer one of the five questions, letting the reader change the assumptions.

    Parameters
    ----------
    question : str
        A key of `totals`.
    rates_pct : sequence of float
        Remission at each of the four steps in % of those in treatment, 0 to 100.
    left_pct : sequence of float
        People not in remission who do not enter the next step, in %, 0 to 100; three values.
        A value that rounds `observed_leaving` to one decimal stands for the exact share.
    leavers_pct : float
        How often people who left remit, in % of the rate of those who stayed, 0 to 100.
        An assumption, whichever value is chosen.

    Returns
    -------
    Answer

    Raises
    ------
    ValueError
        If the question does not exist or a number is outside its limits.
    """
    by_key = {total.key: total for total in totals()}
    if question not in by_key:
        raise ValueError(f"{question!r} is not a question; choose one of {', '.join(by_key)}.")
    rates = [
        number(v, f"remission, step {i},", 0, 100, "%") / 100
        for i, v in enumerate(rates_pct, start=1)
    ]
    left = [
        number(v, f"left after step {i},", 0, 100, "%") / 100
        for i, v in enumerate(left_pct, start=1)
    ]
    exact = observed_leaving()
    counted = [math.isclose(a, round(b, 3)) for a, b in zip(left, exact, strict=False)]
    left = [b if same else a for a, b, same in zip(left, exact, counted, strict=False)]
    pathway = follow(rates, left, number(leavers_pct, "leavers_pct", 0, 100, "%") / 100)
    started = steps()[0].n.value
    scale = 100 * started / cohort()["enrolled"].value if question == "of_enrolled" else 100.0
    seen = _running([flow.remitted for flow in pathway.steps], scale)
    both = _running([flow.remitted + flow.remitted_outside for flow in pathway.steps], scale)
    own = {"theoretical": both[-1], "of_treated": seen[-1], "of_enrolled": seen[-1]}
    return Answer(
        total=by_key[question],
        pathway=pathway,
        start_pct=scale,
        entered=tuple(round(started * flow.entered) for flow in pathway.steps),
        seen_pct=seen,
        assumed_pct=both,
        own_pct=own.get(question),
        removed=removed() if question == "reanalysis" else (),
        as_counted=all(counted)
        and all(math.isclose(a, b) for a, b in zip(rates, remission_rates(), strict=True)),
    )
