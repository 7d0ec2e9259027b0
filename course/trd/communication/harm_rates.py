"""Harms with both arms: what was counted, in whom, in which way, and what the articles said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from trd.communication.audit import Statement, statements
from trd.communication.trials import Harm, harms

INFUSION, SPRAY, BOTH = "infusion", "spray", "both"
ROUTES: Mapping[str, str] = MappingProxyType(
    {BOTH: "both", INFUSION: "ketamine infusion", SPRAY: "esketamine nasal spray"}
)
ANY, GRAVE, EVERY = "any", "grave", "every"
KINDS: Mapping[str, str] = MappingProxyType(
    {ANY: "of any severity", GRAVE: "serious, severe, stopped", EVERY: "all"}
)
OFTEN, MORE = "often", "more"
ORDERS: Mapping[str, str] = MappingProxyType(
    {OFTEN: "how often on the drug", MORE: "how many more than on the comparator"}
)

#: Harms that count only what was serious or severe, or made people stop.
_GRAVE_CODES = frozenset({"Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7"})


def route(harm: Harm) -> str:
    """Return by which way the drug was given: ``"infusion"`` or ``"spray"``."""
    return INFUSION if "infusion" in harm.treated.name else SPRAY


def grave(harm: Harm) -> bool:
    """Return whether only serious or severe reactions, stops or deaths were counted."""
    return harm.code in _GRAVE_CODES


@dataclass(frozen=True)
class Group:
    """Harms that were counted in the same people, time and way.

    Attributes
    ----------
    name : str
    harms : tuple of Harm
        In the order asked for.
    """

    name: str
    harms: tuple[Harm, ...]

    @property
    def first(self) -> Harm:
        """Any of them: people, time, arms and way of counting are the same."""
        return self.harms[0]


@dataclass(frozen=True)
class Phrase:
    """What an article said of harms, and what the count says.

    Attributes
    ----------
    key : str
        Id of the audited sentence.
    menu : str
        The words that matter, in our paraphrase.
    hides : str
        What the words leave out.
    rows : tuple of str
        Evidence rows that say it.
    """

    key: str
    menu: str
    hides: str
    rows: tuple[str, ...]

    @property
    def statement(self) -> Statement:
        """The audited sentence."""
        return statements()[self.key]


_SERIOUS = (
    "com-h-transform-serious-treatment-per100",
    "com-h-transform-serious-comparator-per100",
)
_GONE = ("com-h-asked-most-gone", "com-h-asked-all-gone")

PHRASES: tuple[Phrase, ...] = (
    Phrase(
        "A21",
        "“mild and brief”",
        "“Mild” says nothing of how many, nor of those for whom it was not. “Brief” holds for what "
        "was asked on the day; nobody asked so about the months after.",
        (*_SERIOUS, *_GONE, "com-h-asked-not-measured"),
    ),
    Phrase(
        "B16",
        "“mostly mild and passing”",
        "“Mostly” can be 51 or 99 of 100. Words alone are read as anything between.",
        (
            *_SERIOUS,
            "com-words-trials",
            "com-h-short-review",
        ),
    ),
    Phrase(
        "A20",
        "“well tolerated, seldom severe or lasting”",
        "Tolerated by whom, against what? On the spray more people had a serious or severe "
        "reaction, and more stopped, than on placebo.",
        (
            *_SERIOUS,
            "com-h-transform2-stopped-treatment",
            "com-h-transform2-stopped-comparator",
            "com-h-short-review",
        ),
    ),
    Phrase(
        "B17",
        "“side effects like any other medicine”",
        "Which medicine? In a trial of infusions most people had derealisation while it ran; a "
        "sentence that fits every drug says nothing of this one.",
        (
            "com-h-su-derealisation-treatment-per100",
            "com-h-su-derealisation-comparator-per100",
            "com-h-label-serious",
        ),
    ),
    Phrase(
        "E22",
        "“minimal risks”",
        "What was not looked for is not minimal; it is unknown.",
        (
            "com-bladder-review",
            "com-bladder-bias",
            "com-cognition-gap",
            "com-dependence-gap",
            "com-h-cochrane-silence",
        ),
    ),
    Phrase(
        "X4",
        "no rate for any harm, in any of the five",
        "Without a denominator a reader can only take the tone home.",
        ("com-words-hide", "com-h-never-mix"),
    ),
)

#: Numbers that have no denominator, or a silent one: what it looks like, and what is missing.
SILENT: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "Nobody stopped in 684 infusions. In how many people, and by whose count?",
        ("com-h-bp-infusions", "com-h-bp-mean-systolic", "com-h-bp-stopped"),
    ),
    (
        "No report of people who left because of harm. Nobody left, or nobody wrote it down?",
        ("com-h-cochrane-silence", "com-h-short-review"),
    ),
    (
        "Gone within hours. Thinking, bladder and dependence were not measured there.",
        ("com-h-asked-most-gone", "com-h-asked-not-measured"),
    ),
    (
        "Figures from clinics. Of 100 people treated 6 had enough data.",
        ("com-t-mcinnes-data", "com-t-mcinnes-worse"),
    ),
    (
        "Urinary symptoms from none to 24.5 %. Asked how, for how long?",
        ("com-bladder-review", "com-bladder-bias", "com-bladder-gap"),
    ),
    (
        "No addiction was seen. In how many people could it have been?",
        ("com-dependence-excluded", "com-dependence-gap"),
    ),
)

#: What was asked for one by one, without a comparator.
ASKED: tuple[str, ...] = (
    "com-h-asked-effects",
    "com-h-asked-peak",
    "com-h-asked-most-gone",
    "com-h-asked-all-gone",
)


def phrase(key: str) -> Phrase:
    """Return one phrase.

    Raises
    ------
    ValueError
        If there is none of this key.
    """
    for each in PHRASES:
        if each.key == key:
            return each
    raise ValueError(f"There is no phrase {key!r}.")


def groups(way: str = BOTH, kind: str = ANY, order: str = OFTEN) -> tuple[Group, ...]:
    """Return the harms that fit, those that may share a picture together.

    Parameters
    ----------
    way : str
        One of `ROUTES`.
    kind : str
        One of `KINDS`.
    order : str
        One of `ORDERS`.

    Raises
    ------
    ValueError
        For anything else.
    """
    for value, allowed in ((way, ROUTES), (kind, KINDS), (order, ORDERS)):
        if value not in allowed:
            raise ValueError(f"{value!r} is none of {', '.join(allowed)}.")
    found: dict[str, list[Harm]] = {}
    for each in harms():
        if way not in (BOTH, route(each)) or (kind != EVERY and grave(each) != (kind == GRAVE)):
            continue
        found.setdefault(each.group, []).append(each)

    def rank(harm: Harm) -> float:
        return -harm.treated.rate if order == OFTEN else harm.compared.rate - harm.treated.rate

    return tuple(Group(name, tuple(sorted(each, key=rank))) for name, each in found.items())
