"""Every difference between two arms, benefits and harms alike, to be filtered and put in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from trd.communication.effects import Effect
from trd.communication.trials import Comparison, Harm, effects, harms

#: Kinds of comparator, from none at all to another treatment.
CONTROLS: Mapping[str, str] = MappingProxyType(
    {
        "saline": "saline",
        "midazolam": "midazolam, a sedative",
        "anaesthesia": "saline, everybody under anaesthesia",
        "placebo": "placebo spray, mostly with a new tablet",
        "other": "another treatment (ECT, quetiapine)",
    }
)
#: Kinds of outcome.
OUTCOMES: Mapping[str, str] = MappingProxyType(
    {
        "response": "response (at least half better)",
        "remission": "remission (well)",
        "thoughts": "suicidal thoughts gone or halved",
        "relapse": "relapse",
        "harm": "harms that people reported by themselves",
        "unsaid": "harms, way of asking not stated",
        "elsewhere": "other conditions (PTSD, OCD)",
    }
)
#: When it was counted.
TIMES: Mapping[str, str] = MappingProxyType(
    {
        "hours": "within 3 days",
        "weeks": "1 to 8 weeks",
        "longer": "later, or while treatment goes on",
    }
)

#: Statuses of numbers that were read, or worked out from numbers that were.
CHECKED = ("verified", "derived")
_OTHERS = ("ect", "quetiapine")
#: Rates that were counted in different ways are never put side by side.
_COLLECTED = {"reported": "harm", "not-stated": "unsaid"}
#: Last day of "within 3 days" and of "1 to 8 weeks".
_HOURS, _WEEKS = 3, 56


@dataclass(frozen=True)
class Line:
    """One outcome in two arms.

    Attributes
    ----------
    key : str
        What the ids of its rows begin with.
    trial, outcome, when, treatment, control : str
        Trial, outcome with its time, the time alone, and what the arms were given.
    kind, compared, time : str
        Keys of `OUTCOMES`, `CONTROLS` and `TIMES`.
    treated, untreated : float
        Share of people with the event in each arm, 0 to 1.
    x1, n1, x0, n0 : int or None
        People with the event, and people, in the treatment and the control arm; None where the
        source prints shares only, or does not print the size of an arm.
    effect : Effect
        Difference, treatment minus control.
    certainty, status : str
        GRADE certainty where a review gives it, and the weakest status of the rows.
    population, note : str
        Who was studied, and what a reader should know.
    source : tuple of str
        Keys of the bibliography.
    """

    key: str
    trial: str
    outcome: str
    when: str
    treatment: str
    control: str
    kind: str
    compared: str
    time: str
    treated: float
    untreated: float
    x1: int | None
    n1: int | None
    x0: int | None
    n0: int | None
    effect: Effect
    certainty: str
    status: str
    population: str
    note: str
    source: tuple[str, ...]

    @property
    def checked(self) -> bool:
        """Whether its numbers were read, or worked out from numbers that were."""
        return self.status in CHECKED

    @property
    def good(self) -> bool:
        """Whether more of the event is good."""
        return self.kind not in ("harm", "unsaid", "relapse")

    @property
    def favours(self) -> str:
        """Which arm the interval favours: ``treatment``, ``control`` or ``neither``."""
        if self.effect.crosses_no_effect:
            return "neither"
        return "treatment" if (self.effect.rd > 0) == self.good else "control"

    @property
    def needed(self) -> tuple[float, float, float] | None:
        """Number needed to treat or harm with its limits; None where it may not be quoted."""
        found = self.effect
        if found.nnt is None or found.nnt_low is None or found.nnt_high is None:
            return None
        return found.nnt, found.nnt_low, found.nnt_high


def _kind(found: Comparison) -> str:
    if not found.trial:
        return "elsewhere"
    return "thoughts" if found.outcome == "ideation" else found.outcome


def _time(days: float | None) -> str:
    if days is None or days > _WEEKS:
        return "longer"
    return "hours" if days <= _HOURS else "weeks"


def _line(
    found: Comparison | Harm, kind: str, outcome: str, effect: Effect, certainty: str
) -> Line:
    return Line(
        key=found.key,
        trial=found.label,
        outcome=outcome,
        when=found.time,
        treatment=found.treated.name,
        control=found.compared.name,
        kind=kind,
        compared="other" if found.control in _OTHERS else found.control,
        time=_time(found.days),
        treated=found.treated.rate,
        untreated=found.compared.rate,
        x1=found.treated.x,
        n1=found.treated.n,
        x0=found.compared.x,
        n0=found.compared.n,
        effect=effect,
        certainty=certainty,
        status=found.status,
        population=found.population,
        note=found.caveat,
        source=found.sources,
    )


@cache
def comparisons() -> Mapping[str, Line]:
    """Return every difference that has an interval, by key: benefits first, then harms."""
    lines = [
        *(
            _line(each, _kind(each), each.measure, each.effect, each.certainty)
            for each in effects()
        ),
        *(
            _line(
                each,
                _COLLECTED[each.collection],
                f"{each.event} {each.time}",
                each.effect,
                "",
            )
            for each in harms()
            if each.effect is not None and each.collection in _COLLECTED
        ),
    ]
    return MappingProxyType({each.key: each for each in lines})


def comparison(key: str) -> Line:
    """Return one comparison.

    Raises
    ------
    ValueError
        If there is none of this key.
    """
    try:
        return comparisons()[key]
    except KeyError:
        raise ValueError(f"There is no comparison {key!r}.") from None


def select(
    kind: str = "",
    compared: str = "",
    time: str = "",
    unchecked: bool = False,
) -> tuple[Line, ...]:
    """Return the comparisons of one kind, the largest difference first.

    Parameters
    ----------
    kind, compared, time : str
        Keys of `OUTCOMES`, `CONTROLS` and `TIMES`; empty for all.
    unchecked : bool
        Whether rows that were not checked here are taken in.

    Raises
    ------
    ValueError
        If there is no such outcome, comparator or time.
    """
    for value, names in ((kind, OUTCOMES), (compared, CONTROLS), (time, TIMES)):
        if value and value not in names:
            raise ValueError(f"There is no {value!r} among {', '.join(names)}.")
    found = [
        each
        for each in comparisons().values()
        if (not kind or each.kind == kind)
        and (not compared or each.compared == compared)
        and (not time or each.time == time)
        and (unchecked or each.checked)
    ]
    return tuple(sorted(found, key=lambda each: -each.effect.rd))
