"""One history, many answers: definition flags and staging models side by side.

The rules are the published ones where they were read, completed by course conventions
(``teaching-assumption`` in ``assets/parameters/staging.toml``) where a source leaves a gap.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from trd.definitions.adequacy import Adequacy, assess
from trd.definitions.history import History, Trial, yes_no
from trd.parameters import Entry, Table, load

__all__ = [
    "CONVENTIONS",
    "Classification",
    "Definition",
    "Explanation",
    "History",
    "MaudsleyItems",
    "Trial",
    "TrialCount",
    "answer_for",
    "classify",
    "definitions",
]

CONVENTIONS: tuple[str, ...] = (
    "Each drug counts once, however often it was tried.",
    "A trial is adequate when dose, weeks and adherence (80 % of doses) all reach their limits.",
    "An adequate trial counts as failed when improvement is below 50 %.",
    "Trials from earlier episodes enter the lifetime count only.",
    "The regulatory flags ask for a HAM-D17 of 17 or more now.",
    "Augmentation counts only when it was added to a trial that counts.",
    "A trial counts as optimised when its dose was raised above the minimum, once a trial.",
    "MGH-s adds up courses, so a second adequate course of the same drug adds a point.",
    "Thase-Rush stage III asks for two failed classes other than TCA and MAOI, plus a TCA.",
    "Moclobemide (RIMA) and maprotiline (tetracyclic) are classes of their own.",
    "The European stages use the number of failed drugs; 52 adequate weeks in sum give CRD.",
    "The Maudsley severity item is read from the HAM-D17 at 8, 17 and 24 points.",
    "With no failed adequate trial the Maudsley model is not applicable.",
    "With bipolar depression no flag and no stage is given, only the counts.",
)
"""The course's own rules, to be shown next to every answer that uses them."""


@dataclass(frozen=True)
class TrialCount:
    """What one trial contributes under each rule.

    Attributes
    ----------
    trial : Trial
    at6, at4 : Adequacy
        Verdicts at six and at four weeks.
    counted6, counted4, counted_lifetime6 : bool
        Whether the trial supports the counts `n6`, `n4` and `lifetime6`.
    delphi : {"below 25 %", "25 to below 50 %", None}
        The group it falls in for the Delphi rule; None when it does not count there.
    repeat : bool
        Another trial of the same drug counts too, so the pair counts once.
    sentence : str
        Why it does or does not count, in plain words.
    """

    trial: Trial
    at6: Adequacy
    at4: Adequacy
    counted6: bool
    counted4: bool
    counted_lifetime6: bool
    delphi: str | None
    repeat: bool
    sentence: str


@dataclass(frozen=True)
class MaudsleyItems:
    """The five items of the Maudsley Staging Method.

    Attributes
    ----------
    duration : int
        1 to 3.
    severity : int
        1 to 5.
    failed_drugs : int
        1 to 5.
    augmentation, ect : int
        0 or 1.
    """

    duration: int
    severity: int
    failed_drugs: int
    augmentation: int
    ect: int

    @property
    def total(self) -> int:
        """Sum of the items, 3 to 15."""
        return self.duration + self.severity + self.failed_drugs + self.augmentation + self.ect


@dataclass(frozen=True)
class Explanation:
    """Why one answer is what it is.

    Attributes
    ----------
    field : str
        Name of the answer in `Classification`, e.g. ``"reg6"``.
    label : str
        What the answer is called on screen.
    answer : str
        The answer in words.
    sentence : str
        The reason, with the numbers that decided.
    """

    field: str
    label: str
    answer: str
    sentence: str


@dataclass(frozen=True)
class Classification:
    """Every definition's answer to one history. None means "not applicable".

    Attributes
    ----------
    history : History
    strict : bool
        Whether the strict dose table was used.
    n6, n4 : int
        Different drugs with an adequate failed trial in this episode, at 6 and at 4 weeks.
    lifetime6 : int
        The same over all episodes, at 6 weeks.
    reg6, reg4 : bool or None
        At least two such drugs and HAM-D17 of 17 or more.
    diff6 : bool or None
        `reg6` and at least two classes.
    life6 : bool or None
        Like `reg6`, but from the lifetime count (the common history error).
    delphi : {"TRD", "PRD", "none", None}
        Resistant, partially responsive, or neither.
    thase_rush : int or None
        Stage 0 to 5.
    european : str or None
        ``"none"``, ``"NR"``, ``"TRD1"`` to ``"TRD5"``, or ``"CRD"``.
    mgh_s : float or None
        Points, without upper limit.
    maudsley : int or None
        Total, 3 to 15; also None when no adequate trial failed.
    maudsley_band : {"mild", "moderate", "severe", None}
    maudsley_items : MaudsleyItems or None
    classes6 : tuple of str
        Classes of the drugs behind `n6`, sorted.
    counted : tuple of TrialCount
        One per trial, in the order of the history.
    explanations : tuple of Explanation
        One per answer.
    cautions : tuple of str
        Contradictions in the history that a reader should resolve first.
    """

    history: History
    strict: bool
    n6: int
    n4: int
    lifetime6: int
    reg6: bool | None
    reg4: bool | None
    diff6: bool | None
    life6: bool | None
    delphi: str | None
    thase_rush: int | None
    european: str | None
    mgh_s: float | None
    maudsley: int | None
    maudsley_band: str | None
    maudsley_items: MaudsleyItems | None
    classes6: tuple[str, ...]
    counted: tuple[TrialCount, ...]
    explanations: tuple[Explanation, ...]
    cautions: tuple[str, ...]

    def why(self, field: str) -> Explanation:
        """Return the explanation of one answer.

        Raises
        ------
        ValueError
            If `field` is not the name of an answer.
        """
        for found in self.explanations:
            if found.field == field:
                return found
        names = ", ".join(e.field for e in self.explanations)
        raise ValueError(f"{field!r} is not an answer of the classifier; choose one of {names}.")


# --- points and limits ---------------------------------------------------------------------


def _limit(table: str, key: str) -> float:
    return float(load("staging")[table][key].value)


@cache
def _limits(table: str) -> tuple[float, ...]:
    return tuple(float(cell.value) for cell in load("staging")[table].values())


def _points_up_to(table: str, value: float) -> int:
    """Points when each limit is the highest value that still earns them."""
    return bisect_left(_limits(table), value) + 1


def _points_from(table: str, value: float) -> int:
    """Points when each limit is the lowest value of the next level."""
    return bisect_right(_limits(table), value) + 1


# --- the working set -----------------------------------------------------------------------


@dataclass(frozen=True)
class _Facts:
    """What the rules look at: trials that count, and counts of different drugs."""

    history: History
    six: tuple[Trial, ...]
    four: tuple[Trial, ...]
    lifetime: tuple[Trial, ...]

    @property
    def n6(self) -> int:
        return _different(self.six)

    @property
    def n4(self) -> int:
        return _different(self.four)

    @property
    def lifetime6(self) -> int:
        return _different(self.lifetime)

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(sorted({trial.medicine.drug_class for trial in self.six}))

    @property
    def ill_enough(self) -> bool:
        return self.history.hamd17 >= _limit("flags", "hamd17")


def _different(trials: Iterable[Trial]) -> int:
    return len({trial.drug for trial in trials})


def _names(trials: Iterable[Trial]) -> str:
    return ", ".join(sorted({trial.drug for trial in trials})) or "none"


def _flag(count: int, facts: _Facts) -> bool:
    return count >= _limit("flags", "drugs") and facts.ill_enough


def _delphi_group(trial: Trial) -> str:
    below = trial.improvement_pct < _limit("flags", "delphi_below_pct")
    return "below 25 %" if below else "25 to below 50 %"


def _delphi(facts: _Facts) -> str:
    resistant = [t for t in facts.four if _delphi_group(t) == "below 25 %"]
    if _different(resistant) >= _limit("flags", "drugs"):
        return "TRD"
    return "PRD" if len(resistant) < len(facts.four) else "none"


def _thase_rush(facts: _Facts) -> int:
    """Count the rungs climbed in order; a missing rung stops the ladder."""
    classes = set(facts.classes)
    if len(classes - {"TCA", "MAOI"}) < 2:
        return min(len(classes), 2)
    rungs = ("TCA" in classes, "MAOI" in classes, facts.history.ect_failed)
    return 2 + next((i for i, climbed in enumerate(rungs) if not climbed), len(rungs))


def _european(facts: _Facts) -> str:
    if facts.n6 == 0:
        return "none"
    if facts.n6 == 1 or len(facts.classes) < _limit("european", "classes"):
        return "NR"
    if math.fsum(t.weeks for t in facts.six) >= _limit("european", "chronic_weeks"):
        return "CRD"
    return f"TRD{min(facts.n6 - 1, int(_limit('european', 'top_stage')))}"


def _mgh_s(facts: _Facts) -> float:
    points = load("staging")["mgh_s"]
    per_trial = math.fsum(
        points["trial"].value
        + points["optimisation"].value * trial.optimised
        + points["augmentation"].value * trial.augmentations
        for trial in facts.six
    )
    return float(per_trial + points["ect"].value * facts.history.ect_failed)


def _maudsley_items(facts: _Facts) -> MaudsleyItems | None:
    if facts.n6 == 0:
        return None
    history = facts.history
    severity = _points_from("maudsley_severity", history.hamd17)
    if severity == 4 and history.psychosis:
        severity = 5
    return MaudsleyItems(
        duration=_points_up_to("maudsley_duration", history.episode_months),
        severity=severity,
        failed_drugs=_points_up_to("maudsley_failed_drugs", facts.n6),
        augmentation=int(any(trial.augmentations for trial in facts.six)),
        ect=int(history.ect_failed),
    )


def _band(total: int) -> str:
    bands = load("staging")["maudsley_band"]
    return next(name for name, highest in bands.items() if total <= highest.value)


# --- why -----------------------------------------------------------------------------------


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def _join(parts: Iterable[str]) -> str:
    return "; ".join(parts)


def _counted_sentence(at6: Adequacy, at4: Adequacy) -> str:
    trial = at6.trial
    if not at4.adequate:
        return "Does not count: " + _join(reason.sentence for reason in at4.reasons) + "."
    if not at4.failed:
        return f"Does not count: it helped ({trial.improvement_pct:g} % improvement)."
    where = "" if trial.current_episode else " It belongs to an earlier episode: lifetime only."
    if not at6.adequate:
        return f"Counts at 4 weeks only: {at6.reasons[0].sentence}.{where}"
    return f"Counts: adequate, {trial.improvement_pct:g} % improvement.{where}"


def _counted(
    trials: tuple[Trial, ...], strict: bool
) -> tuple[tuple[TrialCount, ...], tuple[tuple[Trial, ...], ...]]:
    verdicts = [(t, assess(t, 6, strict), assess(t, 4, strict)) for t in trials]
    six = tuple(t for t, at6, _ in verdicts if at6.failed and t.current_episode)
    four = tuple(t for t, _, at4 in verdicts if at4.failed and t.current_episode)
    lifetime = tuple(t for t, at6, _ in verdicts if at6.failed)
    rows = tuple(
        TrialCount(
            trial=t,
            at6=at6,
            at4=at4,
            counted6=at6.failed and t.current_episode,
            counted4=at4.failed and t.current_episode,
            counted_lifetime6=at6.failed,
            delphi=_delphi_group(t) if at4.failed and t.current_episode else None,
            repeat=at4.failed and sum(v.failed for o, _, v in verdicts if o.drug == t.drug) > 1,
            sentence=_counted_sentence(at6, at4),
        )
        for t, at6, at4 in verdicts
    )
    return rows, (six, four, lifetime)


def _flag_sentence(count: int, trials: Iterable[Trial], facts: _Facts) -> str:
    hamd17 = facts.history.hamd17
    ill = "at least" if facts.ill_enough else "below"
    return (
        f"{count} different adequate failed drug{_s(count)} ({_names(trials)}), "
        f"{_limit('flags', 'drugs'):g} needed; "
        f"HAM-D17 {hamd17:g} is {ill} {_limit('flags', 'hamd17'):g}."
    )


def _class_words(facts: _Facts) -> str:
    return f"Failed classes: {', '.join(facts.classes) or 'none'}."


def _thase_rush_sentence(facts: _Facts, stage: int) -> str:
    missing = {
        0: "no adequate trial failed",
        1: "a failed trial of a second class is missing",
        2: "two classes other than TCA and MAOI plus a failed TCA are needed for stage III",
        3: "a failed MAOI is missing for stage IV",
        4: "failed bilateral ECT is missing for stage V",
        5: "every rung was climbed",
    }
    return f"{_class_words(facts)} Ladder: {missing[stage]}."


def _european_sentence(facts: _Facts) -> str:
    weeks = math.fsum(t.weeks for t in facts.six)
    return (
        f"{facts.n6} failed drug{_s(facts.n6)} over {weeks:g} adequate weeks in sum. "
        f"{_class_words(facts)}"
    )


def _mgh_sentence(facts: _Facts) -> str:
    optimised = sum(t.optimised for t in facts.six)
    added = sum(t.augmentations for t in facts.six)
    points = {name: cell.text for name, cell in load("staging")["mgh_s"].items()}
    ect = points["ect"] if facts.history.ect_failed else "0"
    return (
        f"{points['trial']} for each of {len(facts.six)} counted courses, "
        f"{points['optimisation']} for each of {optimised} optimised, "
        f"{points['augmentation']} for each of {added} augmentations, {ect} for failed ECT."
    )


def _maudsley_sentence(items: MaudsleyItems | None) -> str:
    if items is None:
        return "The model starts at one failed adequate drug; none counts here."
    return (
        f"duration {items.duration} + severity {items.severity} + drugs {items.failed_drugs} + "
        f"augmentation {items.augmentation} + ECT {items.ect} = {items.total}."
    )


def _delphi_sentence(facts: _Facts) -> str:
    groups = {name: [t for t in facts.four if _delphi_group(t) == name] for name in _DELPHI_GROUPS}
    return _join(f"{name} improvement: {_names(trials)}" for name, trials in groups.items()) + "."


_DELPHI_GROUPS = ("below 25 %", "25 to below 50 %")

_NOT_UNIPOLAR = (
    "Bipolar depression: definitions and staging models made for unipolar depression do not apply."
)

_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "n6": "Adequate failed drugs, 6 weeks",
        "n4": "Adequate failed drugs, 4 weeks",
        "lifetime6": "Adequate failed drugs, lifetime",
        "reg6": "Regulators, 6 weeks",
        "reg4": "NICE and consensus, 4 weeks",
        "diff6": "Older wording, two classes",
        "life6": "Counted over all episodes (a common error)",
        "delphi": "Delphi consensus 2022",
        "thase_rush": "Thase-Rush stage",
        "european": "European staging",
        "mgh_s": "MGH-s points",
        "maudsley": "Maudsley Staging Method",
    }
)

_ROMAN = ("0", "I", "II", "III", "IV", "V")


def _words(field: str, value: object) -> str:
    if value is None:
        return "not applicable"
    if isinstance(value, bool):
        return "met" if value else "not met"
    if field == "thase_rush" and isinstance(value, int):
        return _ROMAN[value]
    return f"{value:g}" if isinstance(value, float) else str(value)


def _sentences(
    facts: _Facts, stage: int, items: MaudsleyItems | None
) -> Mapping[str, Callable[[], str]]:
    return {
        "n6": lambda: f"Counted: {_names(facts.six)}.",
        "n4": lambda: f"Counted: {_names(facts.four)}.",
        "lifetime6": lambda: f"Counted: {_names(facts.lifetime)}.",
        "reg6": lambda: _flag_sentence(facts.n6, facts.six, facts),
        "reg4": lambda: _flag_sentence(facts.n4, facts.four, facts),
        "diff6": lambda: f"{_flag_sentence(facts.n6, facts.six, facts)} {_class_words(facts)}",
        "life6": lambda: _flag_sentence(facts.lifetime6, facts.lifetime, facts),
        "delphi": lambda: _delphi_sentence(facts),
        "thase_rush": lambda: _thase_rush_sentence(facts, stage),
        "european": lambda: _european_sentence(facts),
        "mgh_s": lambda: _mgh_sentence(facts),
        "maudsley": lambda: _maudsley_sentence(items),
    }


def _cautions(facts: _Facts) -> tuple[str, ...]:
    history = facts.history
    # A month is 365.25 / 12 / 7 weeks; half a month of slack for rounded entries.
    longest = (history.episode_months + 0.5) * 365.25 / 12 / 7
    too_long = [t for t in history.trials if t.current_episode and t.weeks > longest]
    severe = history.hamd17 >= _limit("maudsley_severity", "severe_from")
    checks = (
        (history.bipolar, _NOT_UNIPOLAR),
        (
            history.ect_failed and facts.n6 == 0,
            "ECT did not help, yet no adequate drug trial counts. MGH-s scores the ECT; the other "
            "models have no place for it. Check the drug history.",
        ),
        (
            history.psychosis and not severe,
            "Psychosis with a HAM-D17 below 24: the Maudsley item gives its fifth point for "
            "psychosis only in severe depression. Check the score.",
        ),
        (
            bool(too_long),
            f"A trial marked as current is longer than the episode ({_names(too_long)}). "
            "Check dates.",
        ),
    )
    return tuple(sentence for applies, sentence in checks if applies)


# --- the classifier ------------------------------------------------------------------------


def classify(history: History, strict: bool = False) -> Classification:
    """Give every definition's and staging model's answer to one history.

    Parameters
    ----------
    history : History
    strict : bool
        Use the strict dose table.

    Returns
    -------
    Classification
        None stands for "not applicable": bipolar depression, or no failed adequate trial for the
        Maudsley model. The three counts are always whole numbers.

    Raises
    ------
    ValueError
        If `history` is not a `History`.

    Notes
    -----
    Sources: MGH-s points and European week bands, PLoS One 2020,
    doi:10.1371/journal.pone.0236434, Table 1; Maudsley items, Fekadu 2018,
    doi:10.1186/s12888-018-1679-x, Table 3; Delphi rule, Sforzini 2022,
    doi:10.1038/s41380-021-01381-x. Everything in `CONVENTIONS` is the course's own.
    """
    if not isinstance(history, History):
        raise ValueError(f"history is {history!r}; give a History.")
    strict = yes_no(strict, "strict")
    counted, (six, four, lifetime) = _counted(history.trials, strict)
    facts = _Facts(history, six, four, lifetime)
    unipolar = not history.bipolar
    stage = _thase_rush(facts)
    items = _maudsley_items(facts) if unipolar else None
    answers: dict[str, object] = {
        "n6": facts.n6,
        "n4": facts.n4,
        "lifetime6": facts.lifetime6,
        "reg6": _flag(facts.n6, facts),
        "reg4": _flag(facts.n4, facts),
        "diff6": _flag(facts.n6, facts) and len(facts.classes) >= 2,
        "life6": _flag(facts.lifetime6, facts),
        "delphi": _delphi(facts),
        "thase_rush": stage,
        "european": _european(facts),
        "mgh_s": _mgh_s(facts),
        "maudsley": items.total if items else None,
    }
    sentences = dict(_sentences(facts, stage, items))
    if not unipolar:
        for field in answers.keys() - _COUNTS:
            answers[field] = None
            sentences[field] = lambda: _NOT_UNIPOLAR
    return Classification(
        history=history,
        strict=strict,
        **answers,  # type: ignore[arg-type]
        maudsley_band=_band(items.total) if items else None,
        maudsley_items=items,
        classes6=facts.classes,
        counted=counted,
        explanations=tuple(
            Explanation(field, label, _words(field, answers[field]), sentences[field]())
            for field, label in _LABELS.items()
        ),
        cautions=_cautions(facts),
    )


_COUNTS = frozenset({"n6", "n4", "lifetime6"})


# --- the definitions themselves ------------------------------------------------------------

_RULES = ("trials", "dose_duration", "class_rule", "response", "notes")
_WEAKEST_FIRST = (
    "from-knowledge",
    "secondary",
    "teaching-assumption",
    "derived",
    "verified",
)


@dataclass(frozen=True)
class Definition:
    """One published definition of treatment-resistant depression.

    Attributes
    ----------
    key, label : str
        Short id, and the name shown.
    kind : str
        ``regulator``, ``guideline``, ``consensus``, ``instrument`` or ``trial``.
    year : int or None
    flag : {"reg6", "reg4", "diff6", "delphi", "n4", None}
        The answer of `classify` that stands for it; None: no count to compute, discuss.
    trials, dose_duration, class_rule, response, notes : Entry
        The rule in words with source and status; an empty value means it was not seen.
    source : tuple of str
        All bibliography keys behind the row.
    status : str
        The weakest status among the cells of the row.
    from_knowledge : tuple of str
        Names of the cells that were not checked against a source.
    """

    key: str
    label: str
    kind: str
    year: int | None
    flag: str | None
    trials: Entry
    dose_duration: Entry
    class_rule: Entry
    response: Entry
    notes: Entry
    source: tuple[str, ...]
    status: str
    from_knowledge: tuple[str, ...]


def _definition(key: str, cells: Table) -> Definition:
    rules = {name: cells.get(name, Entry("")) for name in _RULES}
    present = {name: cell for name, cell in rules.items() if cell.value}
    flag = cells["flag"].value
    return Definition(
        key=key,
        label=cells["label"].value,
        kind=cells["kind"].value,
        year=cells["year"].value if "year" in cells else None,
        flag=None if flag == "none" else flag,
        **rules,
        source=tuple(dict.fromkeys(code for cell in present.values() for code in cell.source)),
        status=min((cell.status for cell in present.values()), key=_WEAKEST_FIRST.index),
        from_knowledge=tuple(n for n, cell in present.items() if cell.status == "from-knowledge"),
    )


@cache
def definitions() -> tuple[Definition, ...]:
    """Return every definition the lesson compares, regulators first."""
    return tuple(_definition(key, cells) for key, cells in load("definitions").items())


def answer_for(definition: Definition, result: Classification) -> str:
    """Return what one definition says about one classified history, in words.

    Returns
    -------
    str
        ``"met"``, ``"not met"``, ``"not applicable"``, ``"TRD"``, ``"PRD"``, ``"none"``, a count
        such as ``"2 adequate failed drugs"``, or ``"no count: discuss"``.
    """
    if definition.flag is None:
        return "no count: discuss"
    if result.history.bipolar:
        return "not applicable"
    value = getattr(result, definition.flag)
    if definition.flag in _COUNTS:
        return f"{value} adequate failed drug{'' if value == 1 else 's'}"
    return _words(definition.flag, value)
