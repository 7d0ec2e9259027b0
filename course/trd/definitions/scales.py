"""Rating scales: severity, response and remission from a baseline and a present total.

The PHQ-9 may be shown item by item. MADRS, HAM-D17 and QIDS-SR16 are handled as totals only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from trd.definitions.history import number
from trd.parameters import Entry, load

PHQ9_STEM = (
    "Over the last 2 weeks, how often have you been bothered by any of the following problems?"
)
PHQ9_ITEMS: tuple[str, ...] = (
    "Little interest or pleasure in doing things",
    "Feeling down, depressed, or hopeless",
    "Trouble falling or staying asleep, or sleeping too much",
    "Feeling tired or having little energy",
    "Poor appetite or overeating",
    "Feeling bad about yourself — or that you are a failure or have let yourself or your family "
    "down",
    "Trouble concentrating on things, such as reading the newspaper or watching television",
    "Moving or speaking so slowly that other people could have noticed? Or the opposite — being "
    "so fidgety or restless that you have been moving around a lot more than usual",
    "Thoughts that you would be better off dead or of hurting yourself in some way",
)
PHQ9_ANSWERS: tuple[str, ...] = (
    "Not at all",
    "Several days",
    "More than half the days",
    "Nearly every day",
)
PHQ9_CREDIT = (
    "PHQ-9: developed by Drs Robert L. Spitzer, Janet B.W. Williams, Kurt Kroenke and colleagues, "
    "with an educational grant from Pfizer Inc. No permission required to reproduce, translate, "
    "display or distribute."
)


@dataclass(frozen=True)
class Band:
    """A severity band; `low` and `high` are totals, both inclusive."""

    label: str
    low: int
    high: int
    status: str
    source: tuple[str, ...]


@dataclass(frozen=True)
class Cutoff:
    """A remission rule: totals up to and including `highest` count as remission."""

    label: str
    highest: int
    status: str
    source: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class Scale:
    """One rating scale.

    Attributes
    ----------
    key, label : str
    minimum, maximum : int
        Range of the total in points.
    rater, window, items_shown : Entry
        Who rates, over which time, and whether its items may be shown.
    response_fall : Entry
        Fall from baseline in % that counts as response.
    bands : tuple of Band
    remission : tuple of Cutoff
        The usual rule first, then its alternatives.
    change : tuple of (str, Entry)
        What is known about the smallest change that matters.
    """

    key: str
    label: str
    minimum: int
    maximum: int
    rater: Entry
    window: Entry
    items_shown: Entry
    response_fall: Entry
    bands: tuple[Band, ...]
    remission: tuple[Cutoff, ...]
    change: tuple[tuple[str, Entry], ...]

    def severity(self, total: float) -> str:
        """Return the severity band of a total.

        Raises
        ------
        ValueError
            If the total is not a whole number within the scale's range.
        """
        found = _total(self, total, "total")
        return next(band.label for band in reversed(self.bands) if found >= band.low)


SCALES: tuple[str, ...] = ("phq9", "madrs", "hamd17", "qids-sr16")


def _build(key: str) -> Scale:
    tables = load("scales")
    head = tables[key]
    lows = list(tables[f"{key}-bands"].items())
    tops = [cell.value - 1 for _, cell in lows[1:]] + [head["maximum"].value]
    return Scale(
        key=key,
        label=head["label"].value,
        minimum=head["minimum"].value,
        maximum=head["maximum"].value,
        rater=head["rater"],
        window=head["window"],
        items_shown=head["items_shown"],
        response_fall=head["response_fall"],
        bands=tuple(
            Band(name.replace("_", " "), cell.value, top, cell.status, cell.source)
            for (name, cell), top in zip(lows, tops, strict=True)
        ),
        remission=tuple(
            Cutoff(name.replace("_", " "), cell.value, cell.status, cell.source, cell.note)
            for name, cell in tables[f"{key}-remission"].items()
        ),
        change=tuple(tables[f"{key}-change"].items()),
    )


@cache
def rating_scales() -> tuple[Scale, ...]:
    """Return the four scales of the lesson."""
    return tuple(_build(key) for key in SCALES)


def scale(key: str) -> Scale:
    """Return one scale by key or label, in any case.

    Raises
    ------
    ValueError
        If it is none of the four.
    """
    wanted = str(key).casefold()
    for found in rating_scales():
        if wanted in (found.key, found.label.casefold()):
            return found
    names = ", ".join(found.label for found in rating_scales())
    raise ValueError(f"{key!r} is not a scale of this lesson; choose one of {names}.")


def _total(on: Scale, value: object, name: str) -> int:
    found = number(value, f"{on.label} {name}", on.minimum, on.maximum, "points")
    if found != int(found):
        raise ValueError(f"{on.label} {name} is {value}; totals are whole numbers.")
    return int(found)


@dataclass(frozen=True)
class Interpretation:
    """What two totals on one scale mean.

    Attributes
    ----------
    scale : Scale
    baseline, now : int
        Totals in points.
    severity_baseline, severity_now : str
    change_points : int
        Now minus baseline; negative is better.
    improvement_pct : float or None
        Fall from baseline in %; negative is worse; None when the baseline is 0.
    outcome : {"response", "partial response", "no response", "worse", "not defined"}
        ``not defined`` when the baseline is 0.
    response, partial : bool
        Fall of at least 50 %; of 25 to below 50 %.
    remission : tuple of (Cutoff, bool)
        Each rule of the scale and whether it is met now.
    remission_disputed : bool
        The rules of the scale do not agree.
    meaningful : bool or None
        Whether the fall reaches the smallest change that matters; None when the scale's
        sources do not settle it.
    meaningful_note : str
    """

    scale: Scale
    baseline: int
    now: int
    severity_baseline: str
    severity_now: str
    change_points: int
    improvement_pct: float | None
    outcome: str
    response: bool
    partial: bool
    remission: tuple[tuple[Cutoff, bool], ...]
    remission_disputed: bool
    meaningful: bool | None
    meaningful_note: str


def _outcome(improvement_pct: float | None, response_from: float) -> str:
    if improvement_pct is None:
        return "not defined"
    rows = (
        (response_from, "response"),
        (float(load("scales")["response"]["partial_from"].value), "partial response"),
        (0.0, "no response"),
    )
    return next((name for lowest, name in rows if improvement_pct >= lowest), "worse")


def _meaningful(on: Scale, fall: int, improvement_pct: float | None) -> tuple[bool | None, str]:
    known = dict(on.change)
    notes, verdicts = [], []
    if "points" in known:
        cell = known["points"]
        low = cell.value if cell.low is None else cell.low
        high = low if cell.high is None else cell.high
        span = f"{low:g}" if high == low else f"{low:g} to {high:g}"
        source = "quoted without a checked source" if cell.status == "from-knowledge" else "likely"
        notes.append(f"Smallest change that matters: {span} points ({source}); here {fall}.")
        verdicts.append(True if fall >= high else False if fall < low else None)
    if "no_benefit_up_to" in known and improvement_pct is not None:
        limit = known["no_benefit_up_to"].value
        notes.append(
            f"A fall of {limit:g} % or less is read as no meaningful benefit; "
            f"here {improvement_pct:.0f} %."
        )
        verdicts.append(improvement_pct > limit)
    if "share" in known and improvement_pct is not None:
        share = known["share"].value
        notes.append(f"One study puts it at {share:g} % of baseline; here {improvement_pct:.0f} %.")
        verdicts.append(improvement_pct >= share)
    agreed = verdicts[0] if verdicts and len(set(verdicts)) == 1 else None
    return agreed, " ".join(notes)


def interpret(scale_key: str, baseline: float, now: float) -> Interpretation:
    """Read severity, response, remission and meaningful change from two totals.

    Parameters
    ----------
    scale_key : {"phq9", "madrs", "hamd17", "qids-sr16"}
    baseline, now : float
        Totals, whole numbers within the range of the scale.

    Raises
    ------
    ValueError
        If the scale is unknown or a total is out of range.
    """
    on = scale(scale_key)
    before, after = _total(on, baseline, "baseline"), _total(on, now, "now")
    fall = before - after
    improvement = 100 * fall / before if before else None
    result = _outcome(improvement, float(on.response_fall.value))
    remission = tuple((rule, after <= rule.highest) for rule in on.remission)
    meaningful, note = _meaningful(on, fall, improvement)
    return Interpretation(
        scale=on,
        baseline=before,
        now=after,
        severity_baseline=on.severity(before),
        severity_now=on.severity(after),
        change_points=-fall,
        improvement_pct=improvement,
        outcome=result,
        response=result == "response",
        partial=result == "partial response",
        remission=remission,
        remission_disputed=len({met for _, met in remission}) > 1,
        meaningful=meaningful,
        meaningful_note=note,
    )


@dataclass(frozen=True)
class Phq9:
    """A scored PHQ-9: total 0 to 27, its band, and whether item 9 is above 0."""

    answers: tuple[int, ...]
    total: int
    severity: str
    item9_flag: bool


def _answers(answers: Sequence[int]) -> tuple[int, ...]:
    given = tuple(answers)
    if len(given) != len(PHQ9_ITEMS):
        raise ValueError(f"{len(given)} answers were given; the PHQ-9 has {len(PHQ9_ITEMS)} items.")
    for i, answer in enumerate(given, start=1):
        if answer not in (0, 1, 2, 3):
            raise ValueError(f"PHQ-9 item {i} is {answer!r}; it must be 0, 1, 2 or 3.")
    return tuple(int(answer) for answer in given)


def item9_flag(answers: Sequence[int]) -> bool:
    """Return True when item 9 (thoughts of death or self-harm) is answered above 0.

    Parameters
    ----------
    answers : sequence of int
        Nine answers, 0 to 3 each.

    Raises
    ------
    ValueError
        If there are not nine answers from 0 to 3.
    """
    return _answers(answers)[8] > 0


def score_phq9(answers: Sequence[int]) -> Phq9:
    """Score the PHQ-9.

    Parameters
    ----------
    answers : sequence of int
        Nine answers, 0 to 3 each.

    Raises
    ------
    ValueError
        If there are not nine answers from 0 to 3.

    Notes
    -----
    Range and bands: Kroenke 2001, J Gen Intern Med 16:606.
    """
    given = _answers(answers)
    total = sum(given)
    return Phq9(given, total, scale("phq9").severity(total), item9_flag(given))
