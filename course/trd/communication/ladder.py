"""Why one number cannot do: the same drug against different controls, and the 70 % ladder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from trd.communication.comparisons import CHECKED, CONTROLS, Line, comparisons
from trd.rows import STATUS_ORDER, read

#: What people were compared with, from nothing to another treatment.
WITH: Mapping[str, str] = MappingProxyType({"none": "nobody: no control group", **CONTROLS})
_BENEFITS = ("response", "remission", "thoughts", "relapse")


@dataclass(frozen=True)
class Rung:
    """One step of the ladder.

    Attributes
    ----------
    key, label : str
    outcome : str
        What was counted, and when.
    compared : str
        Key of `WITH`.
    treated, control : float or None
        Per cent with the outcome on ketamine and in the control group; None without one.
    low, high : float or None
        95 % limits of `treated` in per cent, where there is no control and they are known.
    seventy : bool
        Whether this is where "up to 70 %" can come from.
    status : str
        The weaker status of the two numbers.
    source, rows : tuple of str
        Keys of the bibliography, and ids of the rows.
    """

    key: str
    label: str
    outcome: str
    compared: str
    treated: float
    control: float | None
    low: float | None
    high: float | None
    seventy: bool
    status: str
    source: tuple[str, ...]
    rows: tuple[str, ...]

    @property
    def checked(self) -> bool:
        """Whether both numbers were read, or worked out from numbers that were."""
        return self.status in CHECKED


#: Key, label, outcome and time, control, rows of both arms.
_RUNGS: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = (
    (
        "open",
        "Six infusions, no control, 24 people",
        "response",
        "none",
        ("com-t-murrough-open-response-share",),
    ),
    (
        "crossover",
        "Saline, crossover, 17 people",
        "response, day 1",
        "saline",
        ("com-e-zarate-response-treatment", "com-e-zarate-response-comparator"),
    ),
    (
        "midazolam",
        "Midazolam, one dose, 72 people",
        "response, 24 h",
        "midazolam",
        ("com-e-murrough-response-treatment", "com-e-murrough-response-comparator"),
    ),
    (
        "asleep",
        "Saline, all asleep, 40 people",
        "response, day 1",
        "anaesthesia",
        ("com-e-lii-response-treatment", "com-e-lii-response-comparator"),
    ),
    (
        "clinics",
        "Clinics, 6 % of people had data",
        "response",
        "none",
        ("com-t-mcinnes-response",),
    ),
    (
        "repeated",
        "Midazolam, up to 8 doses, 62",
        "response, end",
        "midazolam",
        ("com-e-karma-response-treatment", "com-e-karma-response-comparator"),
    ),
    (
        "real",
        "79 studies of routine care, pooled",
        "response",
        "none",
        ("com-t-alnefeesi-response",),
    ),
    (
        "pooled",
        "Saline, 7 trials pooled",
        "response, 24 h",
        "saline",
        (
            "com-e-cochrane-saline-response-treatment",
            "com-e-cochrane-saline-response-comparator",
        ),
    ),
    (
        "flexible",
        "Midazolam, under the skin, 4 weeks",
        "remission",
        "midazolam",
        (
            "com-t-kads-remission-flexible-ketamine",
            "com-t-kads-remission-flexible-midazolam",
        ),
    ),
)
#: Rungs that "up to 70 %" can be taken from.
_SEVENTY = ("open", "crossover")


@cache
def rungs() -> tuple[Rung, ...]:
    """Return the ladder, the highest share on ketamine first."""
    tables = {
        each.id: each
        for table in ("communication_trials", "communication_effects")
        for each in read(table).values()
    }
    found = []
    for key, label, outcome, compared, ids in _RUNGS:
        rows = [tables[each] for each in ids]
        shares = [
            100 * float(row.value) / int(row.n) if row.unit == "people" else float(row.value)
            for row in rows
        ]
        alone = len(rows) == 1 and bool(rows[0].low)
        found.append(
            Rung(
                key=key,
                label=label,
                outcome=outcome,
                compared=compared,
                treated=shares[0],
                control=shares[1] if len(shares) > 1 else None,
                low=float(rows[0].low) if alone else None,
                high=float(rows[0].high) if alone else None,
                seventy=key in _SEVENTY,
                status=max((row.status for row in rows), key=STATUS_ORDER.index),
                source=rows[0].source,
                rows=ids,
            )
        )
    return tuple(sorted(found, key=lambda each: -each.treated))


@dataclass(frozen=True)
class Against:
    """What is known against one kind of control.

    Attributes
    ----------
    compared : str
        Key of `WITH`.
    comparisons : tuple of Line
        Of benefits, by number needed; those that cross no effect last.
    rungs : tuple of Rung
        The ladder, without rungs that were not checked here if those were not asked for.
    hidden : int
        Lines left out because they were not checked here.
    guess : str
        The rung taken for "up to 70 %"; empty before a guess.
    """

    compared: str
    comparisons: tuple[Line, ...]
    rungs: tuple[Rung, ...]
    hidden: int
    guess: str

    @property
    def smallest(self) -> Line | None:
        """The comparison with the smallest number needed to treat; None where there is none."""
        return next((each for each in self.comparisons if each.favours == "treatment"), None)

    @property
    def crossing(self) -> int:
        """How many comparisons cross no effect."""
        return sum(each.effect.crosses_no_effect for each in self.comparisons)


def against(compared: str, unchecked: bool = True, guess: str = "") -> Against:
    """Return what is known against one kind of control.

    Parameters
    ----------
    compared : str
        Key of `WITH`.
    unchecked : bool
        Whether to take in rows that were not checked here.
    guess : str
        Key of a rung, or empty.

    Raises
    ------
    ValueError
        If there is no such control or rung.
    """
    if compared not in WITH:
        raise ValueError(f"There is no control {compared!r}.")
    ladder = rungs()
    if guess and guess not in [each.key for each in ladder]:
        raise ValueError(f"There is no rung {guess!r}.")
    every = [
        each
        for each in comparisons().values()
        if each.compared == compared and each.kind in _BENEFITS
    ]
    shown = [each for each in every if unchecked or each.checked]
    order = sorted(shown, key=_order)
    return Against(
        compared=compared,
        comparisons=tuple(order),
        rungs=tuple(each for each in ladder if unchecked or each.status != "from-knowledge"),
        hidden=len(every) - len(shown),
        guess=guess,
    )


def _order(each: Line) -> tuple[int, float]:
    place = {"treatment": 0, "neither": 1, "control": 2}[each.favours]
    return place, each.needed[0] if each.needed else -abs(each.effect.rd)
