"""One trial under every rule at once, for the panel that asks whether a trial was adequate."""

from __future__ import annotations

from dataclasses import dataclass

from trd.definitions.adequacy import Adequacy, assess, compare
from trd.definitions.drugs import COLUMNS, Drug
from trd.definitions.drugs import drug as find_drug
from trd.definitions.history import Trial
from trd.parameters import Entry


@dataclass(frozen=True)
class DoseLimit:
    """The smallest daily dose that one table asks for, and whether the trial reached it.

    Attributes
    ----------
    column : str
        Name of the dose column, see `trd.definitions.drugs.COLUMNS`.
    label : str
        Heading of that column.
    entry : Entry
        The dose in mg a day with its status and source.
    reached : bool
        Whether the trial's dose is at least that high.
    """

    column: str
    label: str
    entry: Entry
    reached: bool

    @property
    def dose_mg(self) -> float:
        """The limit in mg a day (the lowest figure of a printed range)."""
        return float(self.entry.value)


@dataclass(frozen=True)
class TrialReport:
    """One trial under the chosen rule, under all rules, and against every dose table.

    Attributes
    ----------
    trial : Trial
    chosen : Adequacy
        Under the rule that was picked.
    every_rule : tuple of Adequacy
        Default table at 4, 6 and 8 weeks, then strict table at 4, 6 and 8 weeks.
    limits : tuple of DoseLimit
        Every table that gives a minimum dose for the drug.
    sentence : str
        The verdict of the chosen rule with its reasons.
    """

    trial: Trial
    chosen: Adequacy
    every_rule: tuple[Adequacy, ...]
    limits: tuple[DoseLimit, ...]
    sentence: str

    @property
    def counting(self) -> int:
        """Under how many of the six rules the trial counts as an adequate trial that failed."""
        return sum(verdict.failed for verdict in self.every_rule)

    @property
    def adequate_under(self) -> int:
        """Under how many of the six rules the trial is adequate."""
        return sum(verdict.adequate for verdict in self.every_rule)

    @property
    def rules_agree(self) -> bool:
        """Whether all six rules say the same about adequacy."""
        return self.adequate_under in (0, len(self.every_rule))

    @property
    def dose_disputed(self) -> bool:
        """Whether the tables disagree about this dose of this drug."""
        return len({limit.reached for limit in self.limits}) > 1


def _limits(medicine: Drug, dose_mg: float) -> tuple[DoseLimit, ...]:
    return tuple(
        DoseLimit(column, label, entry, dose_mg >= float(entry.value))
        for column, label in COLUMNS
        for entry in medicine.column(column)
    )


def _sentence(chosen: Adequacy) -> str:
    if chosen.adequate:
        return chosen.verdict
    reasons = "; ".join(reason.sentence for reason in chosen.reasons)
    yet = "It helped, yet as a trial" if chosen.outcome == "response" else "It"
    return f"Not adequate: {reasons}. {yet} does not count."


def report(
    drug: str,
    dose_mg: float,
    weeks: float,
    adherence_pct: float,
    improvement_pct: float,
    weeks_rule: int = 6,
    strict: bool = False,
) -> TrialReport:
    """Judge one trial under the chosen rule, under all six, and against every dose table.

    Parameters
    ----------
    drug : str
    dose_mg : float
        Daily dose in mg, 0 or more.
    weeks : float
        Weeks at that dose, 0 or more.
    adherence_pct : float
        Share of doses taken in %, 0 to 100.
    improvement_pct : float
        Fall of the symptom score from baseline in %, -100 to 100.
    weeks_rule : {4, 6, 8}
    strict : bool
        Use the strict dose table.

    Raises
    ------
    ValueError
        Naming the value and its limit.
    """
    trial = Trial(drug, dose_mg, weeks, adherence_pct, improvement_pct)
    chosen = assess(trial, weeks_rule, strict)
    return TrialReport(
        trial=trial,
        chosen=chosen,
        every_rule=compare(trial),
        limits=_limits(trial.medicine, trial.dose_mg),
        sentence=_sentence(chosen),
    )


@dataclass(frozen=True)
class DoseRange:
    """Daily doses worth trying for one drug, in mg: the slider's range and where it starts."""

    maximum_mg: float
    step_mg: float
    start_mg: float


#: Highest dose in mg up to which a step in mg is fine enough.
_STEPS = ((16, 1.0), (60, 2.5), (120, 5.0), (300, 12.5))


def dose_range(name: str) -> DoseRange:
    """Return a range of daily doses that spans every table's limit for one drug.

    It ends at twice the stricter of the course's two limits or at the highest limit of any
    table, and starts at the lowest dose that any table accepts, which is where tables disagree.
    It is a range for exploring a rule, not for prescribing.

    Raises
    ------
    ValueError
        If the drug is not in the table.
    """
    medicine = find_drug(name)
    doses = [limit.dose_mg for limit in _limits(medicine, 0)]
    course = max(medicine.minimum_mg(), medicine.minimum_mg(strict=True))
    highest = max(2 * course, *doses)
    step = next((step for limit, step in _STEPS if highest <= limit), 25.0)
    return DoseRange(maximum_mg=highest, step_mg=step, start_mg=min(doses))
