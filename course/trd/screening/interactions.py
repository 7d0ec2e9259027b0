"""What other drugs do to a ketamine infusion, and what nobody has assessed here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from trd.parameters import Entry, load, numbered, split


@dataclass(frozen=True)
class Interaction:
    """One drug or class.

    Attributes
    ----------
    key, label : str
    drugs : tuple of str
        Names a reader may type, in lower case.
    code : str
        Code of the screening rule that reads it; empty when none does.
    effect : str
        What it does.
    evidence : tuple of Entry
        What was seen: each statement with its status and source.
    action : str
        What to do: a convention of the course.
    status : str
        Of `effect`.
    source : tuple of str
        Behind `effect`.
    sources_agree : bool
    """

    key: str
    label: str
    drugs: tuple[str, ...]
    code: str
    effect: str
    evidence: tuple[Entry, ...]
    action: str
    status: str
    source: tuple[str, ...]
    sources_agree: bool


@cache
def interactions() -> tuple[Interaction, ...]:
    """Return the table of interactions in the order of its file."""
    return tuple(
        Interaction(
            key=key,
            label=cells["label"].value,
            drugs=split(cells["drugs"].value),
            code=cells["code"].value,
            effect=cells["effect"].value,
            evidence=numbered(cells, "evidence"),
            action=cells["action"].value,
            status=cells["effect"].status,
            source=cells["effect"].source,
            sources_agree=cells["agree"].value,
        )
        for key, cells in load("screening_interactions").items()
    )


@dataclass(frozen=True)
class DrugCheck:
    """What is known of a list of drugs.

    Attributes
    ----------
    found : tuple of (str, Interaction)
        Each drug as it was typed, with what is known of it, in the order typed.
    not_assessed : tuple of str
        Drugs this course says nothing about: that is not “no interaction”.
    """

    found: tuple[tuple[str, Interaction], ...]
    not_assessed: tuple[str, ...]


def find_interaction(drug: str) -> Interaction | None:
    """Return what is known of one drug; None when the course has not assessed it.

    Parameters
    ----------
    drug : str
        Generic name in any case, e.g. ``"Clonazepam"``.

    Raises
    ------
    ValueError
        If `drug` is not text.
    """
    if not isinstance(drug, str):
        raise ValueError(f"{drug!r} is not the name of a drug.")
    name = " ".join(drug.lower().replace("’", "'").split())
    return next((row for row in interactions() if name in row.drugs), None)


def check_drugs(drugs: Iterable[str]) -> DrugCheck:
    """Look up a list of drugs; a name that is not in the table is *not assessed here*.

    Raises
    ------
    ValueError
        If an entry is not text.
    """
    found: list[tuple[str, Interaction]] = []
    missing: list[str] = []
    for drug in dict.fromkeys(drugs):
        row = find_interaction(drug)
        if row is not None:
            found.append((drug, row))
        elif drug.strip():
            missing.append(drug)
    return DrugCheck(tuple(found), tuple(missing))
