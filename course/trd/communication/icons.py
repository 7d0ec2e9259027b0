"""Icon arrays: a benefit and a harm on one denominator, and whether the page is a fair one."""

from __future__ import annotations

from dataclasses import dataclass

from trd.communication.facts import (
    Arm,
    Fact,
    could_be,
    fact,
    more_or_fewer,
    nearest_harm,
    people,
)
from trd.dice import Dice

DENOMINATORS = (100, 1000)
LAYOUTS = ("grouped", "scattered")


@dataclass(frozen=True)
class Array:
    """One arm as icons.

    Attributes
    ----------
    arm : Arm
    events, others : int
        People with and without the event, of the denominator.
    places : frozenset of int
        Where the events stand, counted from 0 in reading order.
    """

    arm: Arm
    events: int
    others: int
    places: frozenset[int]


@dataclass(frozen=True)
class Half:
    """One fact as two arrays.

    Attributes
    ----------
    fact : Fact
    control, treatment : Array
    difference, range : str
        E.g. ``"21 more"`` and ``"none to 43 more"``, of the denominator.
    rounded : str
        Why the difference is not that of the two counts; empty where it is.
    aloud : str
        What can be read to a person.
    """

    fact: Fact
    control: Array
    treatment: Array
    difference: str
    range: str
    rounded: str
    aloud: str


@dataclass(frozen=True)
class Likeness:
    """Whether benefit and harm agree in one respect."""

    what: str
    benefit: str
    harm: str
    same: bool


@dataclass(frozen=True)
class Page:
    """A benefit and a harm side by side.

    Attributes
    ----------
    benefit, harm : Half
    denominator : int
        As drawn.
    layout : str
        One of `LAYOUTS`.
    followed : bool
        Whether the harm is the one that comes with this benefit of itself.
    refused : str
        Why 1,000 was asked for and 100 is drawn; empty otherwise.
    severity : str
        The same harm counted at another severity, in words; empty where there is none.
    likeness : tuple of Likeness
    unlike : tuple of str
        In which respects they differ, in words.
    """

    benefit: Half
    harm: Half
    denominator: int
    layout: str
    followed: bool
    refused: str
    severity: str
    likeness: tuple[Likeness, ...]
    unlike: tuple[str, ...]


def page(benefit: str, harm: str, denominator: int = 100, layout: str = "grouped") -> Page:
    """Return a benefit and a harm on the same denominator.

    Parameters
    ----------
    benefit, harm : str
        Keys of facts.
    denominator : int
        One of `DENOMINATORS`; 1,000 is drawn only where both facts have people enough.
    layout : str
        One of `LAYOUTS`.

    Raises
    ------
    ValueError
        If there is no such fact, denominator or layout, or a harm stands in the benefit's place.
    """
    if denominator not in DENOMINATORS:
        raise ValueError(f"There is no denominator {denominator}.")
    if layout not in LAYOUTS:
        raise ValueError(f"There is no layout {layout!r}.")
    good, bad = fact(benefit), fact(harm)
    if good.harm or not bad.harm:
        raise ValueError("There is no page without a benefit first and a harm second.")
    refused = _refusal(good, bad) if denominator > DENOMINATORS[0] else ""
    drawn = DENOMINATORS[0] if refused else denominator
    likeness = _likeness(good, bad)
    return Page(
        benefit=_half(good, drawn, layout),
        harm=_half(bad, drawn, layout),
        denominator=drawn,
        layout=layout,
        followed=harm == nearest_harm(benefit),
        refused=refused,
        severity=_severity(bad),
        likeness=likeness,
        unlike=tuple(each.what for each in likeness if not each.same),
    )


#: Harms that were counted at any severity, and as severe only, in other trials.
_SEVERITIES = {
    "aspire_dissociation": ("transform_severe_dissociation", "Severe only"),
    "sustain_dissociation": ("transform_severe_dissociation", "Severe only"),
    "transform_severe_dissociation": ("aspire_dissociation", "Of any severity"),
}


def _severity(bad: Fact) -> str:
    if bad.key not in _SEVERITIES:
        return ""
    key, how = _SEVERITIES[bad.key]
    other = fact(key)
    return (
        f"{how}, in other trials ({other.trial}): {other.treatment.of(100)} of 100 with "
        f"{other.treatment.name}, {other.control.of(100)} with {other.control.name}. The word "
        "“dissociation” alone does not say which of the two is meant."
    )


def _refusal(good: Fact, bad: Fact) -> str:
    small = [each for each in (good, bad) if not each.enough]
    if not small:
        return ""
    which = small[0]
    sizes = [n for n in (which.treatment.n, which.control.n) if n is not None]
    if not sizes:
        return (
            f"“{which.menu}” is a pooled estimate, printed without the counts of its arms, and a "
            "number out of 1,000 would look more exact than it is. Still drawn: 100."
        )
    one = people(1 / min(sizes), 1000)
    return (
        f"For “{which.menu}” the smaller arm has {min(sizes)} people: one person more or less "
        f"would be {one} in 1,000, and the number would look more exact than it is. Still drawn: "
        "100."
    )


def _array(arm: Arm, denominator: int, layout: str, seed: str) -> Array:
    events = arm.of(denominator)
    order = list(range(denominator))
    if layout == "scattered":
        dice = Dice(seed)
        order.sort(key=lambda _place: dice.whole(0, 10**9))
    return Array(arm, events, denominator - events, frozenset(order[:events]))


def _half(fact: Fact, denominator: int, layout: str) -> Half:
    control = _array(fact.control, denominator, layout, f"{fact.key} control")
    treatment = _array(fact.treatment, denominator, layout, f"{fact.key} treatment")
    difference = people(fact.rd, denominator)
    apart = treatment.events - control.events
    rounded = ""
    if difference != apart:
        rounded = (
            f"Differences are taken before rounding: {treatment.events} and {control.events} are "
            f"rounded, and lie {abs(denominator * fact.rd):.1f} apart."
        )
    return Half(
        fact=fact,
        control=control,
        treatment=treatment,
        difference=more_or_fewer(fact.rd, denominator),
        range=could_be(fact.low, fact.high, denominator),
        rounded=rounded,
        aloud=_aloud(fact, control, treatment, denominator),
    )


def _aloud(fact: Fact, control: Array, treatment: Array, denominator: int) -> str:
    wide = could_be(fact.low, fact.high, denominator)
    if fact.low < 0 < fact.high:
        gap = f"The study cannot tell whether there is a difference: it could be {wide}."
    else:
        about = "about " if people(fact.rd, denominator) else ""
        gap = f"That is {about}{more_or_fewer(fact.rd, denominator)}, and it could be {wide}."
    return (
        f"Think of {denominator:,} {fact.who}. {fact.when[:1].upper()}{fact.when[1:]}, about "
        f"{control.events:,} {fact.does} with {fact.control.words}, and about "
        f"{treatment.events:,} with {fact.treatment.words}. With {fact.treatment.name}, "
        f"{treatment.others:,} {fact.does_not}. {gap} {fact.unsure}"
    )


def _span(when: str) -> str:
    """Return a time without the word before it: in 4 weeks, and after 4 weeks, are one."""
    return when.removeprefix("after ").removeprefix("in ")


def _likeness(good: Fact, bad: Fact) -> tuple[Likeness, ...]:
    rows = (
        ("drug and route", good.drug, bad.drug, good.drug == bad.drug),
        (
            "comparator",
            good.control.name,
            bad.control.name,
            good.control.name == bad.control.name,
        ),
        ("time", good.when, bad.when, _span(good.when) == _span(bad.when)),
        (
            "people",
            f"{good.who} ({good.trial})",
            f"{bad.who} ({bad.trial})",
            (good.who, good.trial) == (bad.who, bad.trial),
        ),
    )
    return tuple(Likeness(*row) for row in rows)
