"""One history under every definition and staging model, grouped by the rule that decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from trd.definitions.history import History, Trial
from trd.definitions.staging import (
    Classification,
    Definition,
    TrialCount,
    classify,
    definitions,
)
from trd.parameters import Entry, load

#: The rules that a count can follow: field of `Classification`, and the rule in one line as this
#: course reads it, since most sources give no number of weeks.
RULES: Mapping[str, str] = MappingProxyType(
    {
        "reg6": "2 different drugs, 6 weeks each, this episode, less than 50 % better, "
        "HAM-D17 of 17 or more",
        "reg4": "The same with 4 weeks each",
        "diff6": "The same with 6 weeks each, and the drugs from 2 different classes",
        "delphi": "2 different drugs, 4 weeks each, less than 25 % better; from 25 to below 50 % "
        "is partial response",
        "n4": "Counts adequate drugs that did not help, 4 weeks each; no cut-off of its own",
    }
)

#: Verdicts a definition can give, see `Group.verdict`.
VERDICTS = ("meets", "partial", "does not meet", "count", "not applicable", "no count")


@dataclass(frozen=True)
class Group:
    """Definitions that follow the same rule, with their answer and the reason.

    Attributes
    ----------
    rule : str or None
        Key of `RULES`; None for definitions without a count.
    definitions : tuple of Definition
    verdict : str
        One of `VERDICTS`.
    words : str
        The answer as shown, e.g. ``"Meets"`` or ``"2 drugs"``.
    why : str
        What decided, for this history.
    not_counted : tuple of str
        Each trial that the rule did not count, with the reason.
    """

    rule: str | None
    definitions: tuple[Definition, ...]
    verdict: str
    words: str
    why: str
    not_counted: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """One item of a staging model: what it looks at, what was found, and its points.

    Attributes
    ----------
    label, found : str
    points : float
    most : float or None
        Highest points of the item; None when it has no ceiling.
    """

    label: str
    found: str
    points: float
    most: float | None = None


@dataclass(frozen=True)
class Comparison:
    """Every answer to one history.

    Attributes
    ----------
    result : Classification
    groups : tuple of Group
        In the order of `RULES`, then the definitions without a count.
    ladder : tuple of (str, str, bool)
        Rungs of Thase-Rush: number, what it asks for, whether it was climbed; empty when the
        model does not apply, and so are the two below.
    mgh, maudsley : tuple of Line
        Items of the two models that add points.
    differ : str
        Why the staging models do not give the same answer here.
    """

    result: Classification
    groups: tuple[Group, ...]
    ladder: tuple[tuple[str, str, bool], ...]
    mgh: tuple[Line, ...]
    maudsley: tuple[Line, ...]
    differ: str

    def tally(self) -> Mapping[str, int]:
        """Return how many definitions give each verdict, leaving out those without a count."""
        counted = [g for g in self.groups if g.verdict not in ("no count", "count")]
        return {
            verdict: found
            for verdict in VERDICTS
            if (found := sum(len(g.definitions) for g in counted if g.verdict == verdict))
        }


_DELPHI = {"TRD": "meets", "PRD": "partial", "none": "does not meet"}
_WORDS = {
    "meets": "Meets",
    "partial": "Partial response",
    "does not meet": "Does not meet",
    "not applicable": "Not applicable",
    "no count": "No count: discuss",
}


def _verdict(rule: str | None, result: Classification) -> str:
    if rule is None:
        return "no count"
    value = getattr(result, rule)
    if result.history.bipolar:
        return "not applicable"
    if rule == "n4":
        return "count"
    if isinstance(value, str):
        return _DELPHI[value]
    return "meets" if value else "does not meet"


def _counts(rule: str, found: TrialCount) -> bool:
    return found.counted6 if rule in ("reg6", "diff6") else found.counted4


def _reason(rule: str, found: TrialCount) -> str:
    verdict = found.at6 if rule in ("reg6", "diff6") else found.at4
    if not verdict.adequate:
        return "; ".join(reason.sentence for reason in verdict.reasons)
    if not verdict.failed:
        return f"it helped ({found.trial.improvement_pct:g} % better)"
    return "earlier episode"


def _not_counted(rule: str, counted: Iterable[TrialCount]) -> tuple[str, ...]:
    return tuple(
        f"{found.trial.drug} ({_reason(rule, found)})"
        for found in counted
        if not _counts(rule, found)
    )


def _group(rule: str | None, result: Classification) -> Group:
    members = tuple(d for d in definitions() if d.flag == rule)
    verdict = _verdict(rule, result)
    words = f"{result.n4} drug{'' if result.n4 == 1 else 's'}" if verdict == "count" else ""
    unipolar = rule is not None and not result.history.bipolar
    return Group(
        rule=rule,
        definitions=members,
        verdict=verdict,
        words=words or _WORDS[verdict],
        why=result.why(rule).sentence if rule else "",
        not_counted=_not_counted(rule, result.counted) if rule and unipolar else (),
    )


def _differ(result: Classification) -> str:
    if result.history.bipolar:
        return (
            "All four models were made for unipolar depression, so none of them gives a stage: "
            "a history of mania or hypomania changes the question, not the score."
        )
    items = result.maudsley_items
    if items is None:
        return (
            "No adequate trial failed, so the ladders stay at their lowest rung and the Maudsley "
            "model does not start; difficulty of the illness alone is not resistance."
        )
    illness = items.duration + items.severity
    return (
        f"They measure different things: Thase-Rush asks how many classes "
        f"({len(result.classes6)}) were climbed in a fixed order, MGH-s adds up every course and "
        f"add-on, the European stages use the number of drugs ({result.n6}), and "
        f"{illness} of the {items.total} Maudsley points come from length and severity of the "
        "episode, not from drugs."
    )


_RUNGS = (
    ("I", "one class"),
    ("II", "a second, different class"),
    ("III", "a tricyclic (TCA)"),
    ("IV", "an MAOI"),
    ("V", "bilateral ECT"),
)


def _ladder(result: Classification) -> tuple[tuple[str, str, bool], ...]:
    stage = result.thase_rush
    if stage is None:
        return ()
    return tuple((name, asks, i <= stage) for i, (name, asks) in enumerate(_RUNGS, start=1))


def _times(count: int, each: Entry) -> str:
    return f"{count} × {each.value:g}"


def _mgh(result: Classification) -> tuple[Line, ...]:
    if result.mgh_s is None:
        return ()
    points = load("staging")["mgh_s"]
    six = [found.trial for found in result.counted if found.counted6]
    counts = (
        ("Adequate courses that did not help", len(six), points["trial"]),
        ("of these optimised", sum(t.optimised for t in six), points["optimisation"]),
        ("Add-ons to them", sum(t.augmentations for t in six), points["augmentation"]),
        ("ECT that did not help", int(result.history.ect_failed), points["ect"]),
    )
    return tuple(
        Line(label, _times(count, each), count * float(each.value)) for label, count, each in counts
    )


_SEVERITY = ("subsyndromal", "mild", "moderate", "severe", "severe with psychosis")


def _maudsley(result: Classification) -> tuple[Line, ...]:
    items, history = result.maudsley_items, result.history
    if items is None:
        return ()
    severity = f"HAM-D17 {history.hamd17:g}: {_SEVERITY[items.severity - 1]}"
    return (
        Line("Length of episode", f"{history.episode_months:g} months", items.duration, 3),
        Line("Severity", severity, items.severity, 5),
        Line("Drugs that did not help", str(result.n6), items.failed_drugs, 5),
        Line("Add-on used", "yes" if items.augmentation else "no", items.augmentation, 1),
        Line("ECT used", "yes" if items.ect else "no", items.ect, 1),
    )


def side_by_side(history: History, strict: bool = False) -> Comparison:
    """Give every definition's and model's answer to one history, with reasons.

    Parameters
    ----------
    history : History
    strict : bool
        Use the strict dose table.
    """
    result = classify(history, strict)
    return Comparison(
        result=result,
        groups=tuple(_group(rule, result) for rule in (*RULES, None)),
        ladder=_ladder(result),
        mgh=_mgh(result),
        maudsley=_maudsley(result),
        differ=_differ(result),
    )


@dataclass(frozen=True)
class Example:
    """A made-up history to start from."""

    key: str
    label: str
    history: History


#: Fictional; none describes a real person.
EXAMPLES: tuple[Example, ...] = (
    Example(
        "helped-then-short",
        "Helped by a third, then changed after five weeks",
        History(
            (
                Trial("fluoxetine", 40, 8, 95, 35, optimised=True),
                Trial("duloxetine", 60, 5, 90, 10),
            ),
            11,
            20,
        ),
    ),
    Example(
        "two-adequate",
        "Two adequate trials, no benefit",
        History(
            (
                Trial("escitalopram", 20, 9, 95, 10, optimised=True),
                Trial("bupropion", 300, 8, 90, 5),
            ),
            7,
            22,
        ),
    ),
    Example(
        "same-class",
        "Two drugs of the same class",
        History((Trial("paroxetine", 20, 8, 90, 10), Trial("citalopram", 20, 7, 95, 15)), 9, 19),
    ),
    Example(
        "five-weeks",
        "Changed after five weeks",
        History((Trial("sertraline", 50, 5, 95, 10), Trial("duloxetine", 60, 5, 90, 15)), 4, 21),
    ),
    Example(
        "stopped-early",
        "Stopped early for nausea",
        History((Trial("fluoxetine", 20, 8, 95, 15), Trial("venlafaxine", 75, 1, 100, 0)), 6, 20),
    ),
    Example(
        "low-dose",
        "Low dose, taken for sleep",
        History(
            (
                Trial("sertraline", 50, 10, 90, 20),
                Trial("trazodone", 50, 20, 95, 5),
                Trial("mirtazapine", 15, 12, 90, 10),
            ),
            10,
            18,
        ),
    ),
    Example(
        "earlier-episode",
        "One trial in an earlier episode",
        History(
            (
                Trial("citalopram", 40, 12, 90, 20, current_episode=False, optimised=True),
                Trial("mirtazapine", 45, 8, 95, 10, optimised=True),
            ),
            5,
            23,
        ),
    ),
    Example(
        "long-course",
        "Many drugs, add-ons and ECT",
        History(
            (
                Trial("sertraline", 200, 12, 95, 20, optimised=True, augmentations=1),
                Trial("venlafaxine", 225, 10, 95, 10, optimised=True, augmentations=1),
                Trial("nortriptyline", 100, 8, 90, 15, optimised=True),
                Trial("tranylcypromine", 40, 8, 95, 5, optimised=True),
            ),
            30,
            27,
            ect_failed=True,
        ),
    ),
    Example(
        "bipolar",
        "Two failed trials and a past hypomania",
        History(
            (Trial("paroxetine", 20, 8, 95, 10), Trial("venlafaxine", 75, 8, 95, 0)),
            6,
            21,
            bipolar=True,
        ),
    ),
    Example("empty", "Nothing tried yet", History((), 3, 18)),
)
