"""Whether one antidepressant trial was adequate and, if so, whether it failed."""

from __future__ import annotations

from dataclasses import dataclass

from trd.definitions.history import Trial, number, yes_no
from trd.parameters import load

WEEKS_RULES: tuple[int, ...] = (4, 6, 8)
"""Minimum weeks that different sources ask for."""

OUTCOMES: tuple[tuple[float, str], ...] = (
    (50, "response"),
    (25, "partial response"),
    (0, "no response"),
    (-100, "worse"),
)
"""Lowest improvement in % of each outcome, best first."""


@dataclass(frozen=True)
class Reason:
    """Why a trial is not adequate.

    Attributes
    ----------
    code : str
        ``dose-low``, ``weeks-short`` or ``adherence-low``.
    sentence : str
        The reason in plain words, with both numbers.
    value, limit, margin : float
        What was given, what the rule asks, and how far short it falls (same unit).
    unit : str
    """

    code: str
    sentence: str
    value: float
    limit: float
    margin: float
    unit: str


@dataclass(frozen=True)
class Adequacy:
    """Verdict on one trial under one set of rules.

    Attributes
    ----------
    trial : Trial
    weeks_rule : int
        4, 6 or 8.
    strict : bool
        Whether the strict dose table was used.
    adherence_threshold_pct, minimum_dose_mg : float
        The limits that were applied.
    dose_ok, weeks_ok, adherence_ok : bool
        The three checks.
    adequate : bool
        All three checks hold.
    failed : bool
        Adequate, and improvement below 50 %.
    outcome : str
        ``response``, ``partial response``, ``no response`` or ``worse``.
    reasons : tuple of Reason
        Empty when adequate.
    verdict : str
        One sentence for the reader.
    """

    trial: Trial
    weeks_rule: int
    strict: bool
    adherence_threshold_pct: float
    minimum_dose_mg: float
    dose_ok: bool
    weeks_ok: bool
    adherence_ok: bool
    adequate: bool
    failed: bool
    outcome: str
    reasons: tuple[Reason, ...]
    verdict: str


_VERDICTS = {
    (True, True): "Adequate, and it did not help enough: it counts.",
    (True, False): "Adequate, and it helped: it does not count towards resistance.",
    (False, True): "Not adequate: it does not count, whatever the result.",
    (False, False): "Not adequate by this rule, yet it helped: it does not count.",
}


def failed_below_pct() -> float:
    """Return the improvement in % below which an adequate trial counts as failed."""
    return float(load("staging")["trial"]["failed_below_pct"].value)


def outcome(improvement_pct: float) -> str:
    """Name the outcome of a trial from its improvement in % (-100 to 100)."""
    return next(name for lowest, name in OUTCOMES if improvement_pct >= lowest)


def assess(
    trial: Trial,
    weeks_rule: int = 6,
    strict: bool = False,
    adherence_threshold_pct: float = 80,
) -> Adequacy:
    """Judge one trial: dose, weeks and adherence, then the result.

    Parameters
    ----------
    trial : Trial
    weeks_rule : {4, 6, 8}
        Minimum weeks at an adequate dose.
    strict : bool
        Use the strict dose table instead of the default one.
    adherence_threshold_pct : float
        Smallest share of doses taken in %, 0 to 100. The default of 80 is a course convention.

    Returns
    -------
    Adequacy

    Raises
    ------
    ValueError
        If a rule is not one of those allowed.

    Notes
    -----
    Doses, weeks and the 80 % are those of ``assets/parameters``; all three are labelled
    teaching assumptions there, since instruments differ.
    """
    if weeks_rule not in WEEKS_RULES:
        raise ValueError(f"weeks_rule is {weeks_rule!r}; it must be 4, 6 or 8.")
    strict = yes_no(strict, "strict")
    threshold = number(adherence_threshold_pct, "adherence_threshold_pct", 0, 100, "%")
    minimum = trial.medicine.minimum_mg(strict)
    table = "strict table" if strict else "default table"
    checks = (
        (
            "dose-low",
            trial.dose_mg,
            minimum,
            "mg/day",
            f"dose {trial.dose_mg:g} mg is below {minimum:g} mg ({trial.drug}, {table})",
        ),
        (
            "weeks-short",
            trial.weeks,
            float(weeks_rule),
            "weeks",
            f"{trial.weeks:g} weeks is shorter than {weeks_rule} weeks",
        ),
        (
            "adherence-low",
            trial.adherence_pct,
            threshold,
            "%",
            f"adherence {trial.adherence_pct:g} % is below {threshold:g} %",
        ),
    )
    reasons = tuple(
        Reason(code, sentence, value, limit, limit - value, unit)
        for code, value, limit, unit, sentence in checks
        if value < limit
    )
    codes = {reason.code for reason in reasons}
    helped_too_little = trial.improvement_pct < failed_below_pct()
    return Adequacy(
        trial=trial,
        weeks_rule=int(weeks_rule),
        strict=strict,
        adherence_threshold_pct=threshold,
        minimum_dose_mg=minimum,
        dose_ok="dose-low" not in codes,
        weeks_ok="weeks-short" not in codes,
        adherence_ok="adherence-low" not in codes,
        adequate=not reasons,
        failed=not reasons and helped_too_little,
        outcome=outcome(trial.improvement_pct),
        reasons=reasons,
        verdict=_VERDICTS[not reasons, helped_too_little],
    )


def compare(trial: Trial, adherence_threshold_pct: float = 80) -> tuple[Adequacy, ...]:
    """Judge one trial under all six combinations of weeks rule and dose table.

    Returns
    -------
    tuple of Adequacy
        Default table at 4, 6, 8 weeks, then strict table at 4, 6, 8 weeks.
    """
    return tuple(
        assess(trial, weeks_rule, strict, adherence_threshold_pct)
        for strict in (False, True)
        for weeks_rule in WEEKS_RULES
    )
