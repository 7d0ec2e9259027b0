"""What else could help: each comparison with its arms, interval, population and certainty."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from trd.parameters import Entry, Table, load, numbered, split

FAMILIES: tuple[str, ...] = (
    "switch",
    "augmentation",
    "psychotherapy",
    "rtms",
    "ect",
    "esketamine",
    "ketamine",
)
"""Kinds of treatment, in teaching order."""

AGAINST: tuple[str, ...] = ("placebo", "active", "usual care", "none")
"""What a treatment was compared with. Effects against different comparators cannot be ranked:
the same drug looks larger against a comparator that does less."""

OUTCOME_KINDS: tuple[str, ...] = ("response", "remission", "score")
"""What was counted: people much better, people well, or points on a scale."""


@dataclass(frozen=True)
class Option:
    """One comparison of one option.

    Attributes
    ----------
    key : str
    name : str
        Short name of the trial or review.
    families : tuple of str
        Members of `FAMILIES`.
    option, comparator, population, outcome, design : str
    against : str
        Member of `AGAINST`.
    outcome_kind : str
        Member of `OUTCOME_KINDS`.
    excluded : str
        Who could not take part; empty when that was not read.
    arms : tuple of Entry
        Outcome in each arm; `note` names the arm.
    contrasts : tuple of Entry
        Differences or ratios with `low` and `high`; `note` says of what.
    n : int or None
        People in the comparison; None when it was not read.
    certainty : Entry
        Its value is the wording, its note the reason. The course's own judgement
        (``teaching-assumption``) unless a review's grade is quoted.
    note : str
    status : str
        Of the figures.
    source : tuple of str
    together : tuple of str
        Keys of comparisons that must be shown beside this one.
    why_together : str
        How the comparisons that stand together differ.
    """

    key: str
    name: str
    families: tuple[str, ...]
    option: str
    comparator: str
    population: str
    outcome: str
    design: str
    against: str
    outcome_kind: str
    excluded: str
    arms: tuple[Entry, ...]
    contrasts: tuple[Entry, ...]
    n: int | None
    certainty: Entry
    note: str
    status: str
    source: tuple[str, ...]
    together: tuple[str, ...]
    why_together: str

    @property
    def in_percent(self) -> bool:
        """Whether at least two arms report a percentage of people."""
        return sum(arm.unit == "%" for arm in self.arms) >= 2


def _words(cells: Table, name: str) -> str:
    return str(cells[name].value) if name in cells else ""


def _option(key: str, cells: Table) -> Option:
    group = load("option_groups")[key]
    return Option(
        key=key,
        name=_words(group, "name"),
        families=split(_words(cells, "family")),
        option=_words(cells, "option"),
        comparator=_words(cells, "comparator"),
        population=_words(cells, "population"),
        outcome=_words(cells, "outcome"),
        design=_words(cells, "design"),
        against=_words(group, "against"),
        outcome_kind=_words(group, "outcome_kind"),
        excluded=_words(group, "excluded"),
        arms=numbered(cells, "arm"),
        contrasts=numbered(cells, "contrast"),
        n=cells["n"].value if "n" in cells else None,
        certainty=cells["certainty"],
        note=_words(cells, "note"),
        status=cells["option"].status,
        source=cells["option"].source,
        together=split(_words(cells, "together")),
        why_together=_words(group, "why_together"),
    )


@cache
def _all() -> tuple[Option, ...]:
    return tuple(_option(key, cells) for key, cells in load("options").items())


def select(keys: Iterable[str]) -> tuple[Option, ...]:
    """Return comparisons by key, with those that must stand beside them.

    Asking for ELEKT-D or KetECT always returns both, since they point in opposite directions.

    Raises
    ------
    ValueError
        If a key does not exist.
    """
    known = {found.key: found for found in _all()}
    wanted: set[str] = set()
    for key in keys:
        if key not in known:
            raise ValueError(f"{key!r} is not a comparison; choose one of {', '.join(known)}.")
        wanted |= {key, *known[key].together}
    return tuple(found for found in _all() if found.key in wanted)


def treatment_options(family: str | None = None) -> tuple[Option, ...]:
    """Return all comparisons, or those of one kind of treatment.

    Parameters
    ----------
    family : str, optional
        One of `FAMILIES`.

    Raises
    ------
    ValueError
        If the family does not exist.
    """
    if family is None:
        return _all()
    if family not in FAMILIES:
        raise ValueError(f"{family!r} is not an option; choose one of {', '.join(FAMILIES)}.")
    return select(found.key for found in _all() if family in found.families)


def _find(key: str) -> Option:
    return next(found for found in select([key]) if found.key == key)


@dataclass(frozen=True)
class Standing:
    """What a regulator or a guideline body says about one kind of treatment.

    Attributes
    ----------
    family : str
    text, status : str
    source : tuple of str
    """

    family: str
    text: str
    status: str
    source: tuple[str, ...]


@cache
def standing(family: str) -> tuple[Standing, ...]:
    """Return what regulators say about a kind of treatment; empty where nothing was read."""
    cells = load("option_standing").get(family, {})
    return tuple(
        Standing(family, str(cell.value), cell.status, cell.source) for cell in cells.values()
    )


@dataclass(frozen=True)
class PerHundred:
    """One arm in natural frequencies.

    Attributes
    ----------
    arm : str
    people : int
        Of 100, rounded.
    n : int or None
        People behind the figure, when read.
    """

    arm: str
    people: int
    n: int | None


def per_hundred(option: Option) -> tuple[PerHundred, ...]:
    """Return the arms of a comparison as whole people of 100; empty without percentages."""
    if not option.in_percent:
        return ()
    return tuple(PerHundred(arm.note, math.floor(arm.value + 0.5), arm.n) for arm in option.arms)


KINDS: dict[str, tuple[str, ...]] = {
    "switch": ("switch",),
    "augmentation": ("augmentation",),
    "psychotherapy": ("psychotherapy",),
    "neurostimulation": ("rtms", "ect"),
    "esketamine": ("esketamine",),
    "ketamine": ("ketamine",),
}
"""Kinds of option as a reader asks for them."""

ANY = "any"
"""The filter value that lets everything through."""


@dataclass(frozen=True)
class Selection:
    """The comparisons that pass the filters, grouped by what the treatment was compared with.

    Attributes
    ----------
    kind, against, outcome : str
        The filters.
    groups : tuple of (str, tuple of Option)
        Comparisons with percentages, by comparator in the order of `AGAINST`; within a group
        in teaching order, not by size of effect.
    ratios : tuple of Option
        Comparisons for which only a ratio, a score or a direction was read.
    picked : Option
        The comparison shown in detail.
    partners : tuple of Option
        Comparisons that must stand beside the picked one.
    standing : tuple of Standing
        What regulators say about the kinds of treatment of the picked comparison.
    """

    kind: str
    against: str
    outcome: str
    groups: tuple[tuple[str, tuple[Option, ...]], ...]
    ratios: tuple[Option, ...]
    picked: Option
    partners: tuple[Option, ...]
    standing: tuple[Standing, ...]

    @property
    def shown(self) -> tuple[Option, ...]:
        """All comparisons that pass, with those that must stand beside them."""
        return tuple(found for _, group in self.groups for found in group) + self.ratios


def _one_of(value: str, allowed: Iterable[str], name: str) -> str:
    allowed = (ANY, *allowed)
    if value not in allowed:
        raise ValueError(f"{name} is {value!r}; it must be one of {', '.join(allowed)}.")
    return value


def browse(kind: str = ANY, against: str = ANY, outcome: str = ANY, study: str = "") -> Selection:
    """Filter the comparisons and pick one.

    Parameters
    ----------
    kind : str
        ``"any"`` or a key of `KINDS`.
    against : str
        ``"any"`` or a member of `AGAINST`.
    outcome : str
        ``"any"`` or a member of `OUTCOME_KINDS`.
    study : str, optional
        The comparison to show in detail; by default the first that passes.

    Returns
    -------
    Selection

    Raises
    ------
    ValueError
        If a filter or the study does not exist.

    Notes
    -----
    The filters are applied first and partners added after them, so trials that disagree are
    never shown alone.
    """
    _one_of(kind, KINDS, "kind")
    _one_of(against, AGAINST, "against")
    _one_of(outcome, OUTCOME_KINDS, "outcome")
    passing = select(
        found.key
        for found in _all()
        if (kind == ANY or set(found.families) & set(KINDS[kind]))
        and against in (ANY, found.against)
        and outcome in (ANY, found.outcome_kind)
    )
    picked = _find(study) if study else [*passing, *_all()][0]
    groups = tuple(
        (name, group)
        for name in AGAINST
        if (group := tuple(f for f in passing if f.against == name and f.in_percent))
    )
    return Selection(
        kind=kind,
        against=against,
        outcome=outcome,
        groups=groups,
        ratios=tuple(found for found in passing if not found.in_percent),
        picked=picked,
        partners=tuple(found for found in select([picked.key]) if found.key != picked.key),
        standing=tuple(words for family in picked.families for words in standing(family)),
    )


def refit(changed: str, kind: str, against: str, outcome: str, study: str) -> dict[str, str]:
    """Return what else to set so that the picked comparison is among those shown.

    Parameters
    ----------
    changed : str
        What the reader has just set: a filter moves the pick, a pick moves the filters.
    kind, against, outcome, study : str
        As in `browse`.

    Returns
    -------
    dict
        New values by name; empty when nothing needs to move.
    """
    shown = [found.key for found in browse(kind, against, outcome).shown]
    if study in shown:
        return {}
    if changed != "study":
        return {"study": shown[0]} if shown else {}
    picked = _find(study)
    kinds = _kinds_of(picked)
    wider = {
        "kind": kind if kind in (ANY, *kinds) else kinds[0],
        "against": against if against == picked.against else ANY,
        "outcome": outcome if outcome == picked.outcome_kind else ANY,
    }
    now = {"kind": kind, "against": against, "outcome": outcome}
    return {name: value for name, value in wider.items() if value != now[name]}


def _kinds_of(option: Option) -> tuple[str, ...]:
    return tuple(name for name, families in KINDS.items() if set(families) & set(option.families))
