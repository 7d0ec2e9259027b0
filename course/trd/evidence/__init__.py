"""The course's evidence: every number with its source, and every audited claim.

Importing this package is cheap; the parsers load when a table is first asked for. No module
here may be called like a function of this file: importing it would replace the function.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from trd.evidence.errors import EvidenceError, Problem, refuse

if TYPE_CHECKING:
    from trd.evidence.models import (
        Claim,
        EvidenceRow,
        Parameter,
        ParameterSet,
        Reference,
        ReferenceList,
    )

__all__ = [
    "Claim",
    "EvidenceError",
    "EvidenceRow",
    "Parameter",
    "ParameterSet",
    "Problem",
    "Reference",
    "cite",
    "claims",
    "parameters",
    "reference_html",
    "references",
    "rows",
    "validate_all",
]

_MODELS = frozenset({"Claim", "EvidenceRow", "Parameter", "ParameterSet", "Reference"})


def __getattr__(name: str) -> Any:
    if name in _MODELS:
        from trd.evidence import models

        return getattr(models, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _assets(folder: Path | None) -> Path:
    if folder is not None:
        return folder
    from trd.paths import asset

    return asset("references.bib").parent


def _course(assets: Path | None) -> Path | None:
    """Lessons that belong to the assets; None for a folder of assets on its own."""
    if assets is None:
        from trd.paths import course_dir

        return course_dir()
    beside = assets.parent / "course"
    return beside if beside.is_dir() else None


def references(assets: Path | None = None) -> ReferenceList:
    """Return the bibliography by key; aliases (the ``ids`` field) are found too.

    Parameters
    ----------
    assets : pathlib.Path, optional
        Folder to read instead of the course's own ``assets``.

    Raises
    ------
    EvidenceError
        If ``references.bib`` breaks a rule.
    """
    return _references(_assets(assets))


@cache
def _references(assets: Path) -> ReferenceList:
    from trd.evidence.bibliography import read_references

    found, problems = read_references(assets / "references.bib")
    refuse(problems)
    return found


def rows(assets: Path | None = None) -> Mapping[str, EvidenceRow]:
    """Return every row of the evidence tables by id.

    Parameters
    ----------
    assets : pathlib.Path, optional
        Folder to read instead of the course's own ``assets``.

    Raises
    ------
    EvidenceError
        If a table breaks a rule.
    """
    return _rows(_assets(assets))


@cache
def _rows(assets: Path) -> Mapping[str, EvidenceRow]:
    from trd.evidence.tables import read_rows

    found, problems = read_rows(assets / "evidence", _references(assets))
    refuse(problems)
    return MappingProxyType(found)


def parameters(name: str, assets: Path | None = None) -> ParameterSet:
    """Return the entries of ``assets/parameters/<name>.toml``.

    Parameters
    ----------
    name : str
        Name of the file without folder and suffix, e.g. ``"antidepressants"``.
    assets : pathlib.Path, optional
        Folder to read instead of the course's own ``assets``.

    Raises
    ------
    EvidenceError
        If there is no such file, or it breaks a rule.
    """
    return _parameters(name, _assets(assets))


@cache
def _parameters(name: str, assets: Path) -> ParameterSet:
    from trd.evidence.parameter_files import read_parameters

    folder = assets / "parameters"
    known = sorted(path.stem for path in folder.glob("*.toml"))
    if name not in known:
        raise EvidenceError(
            f"There is no parameter file {name!r}. There are: {', '.join(known) or 'none'}."
        )
    found, problems = read_parameters(folder / f"{name}.toml", _references(assets))
    refuse(problems)
    return found


def claims(assets: Path | None = None) -> Mapping[str, Claim]:
    """Return the audited claims of the popular articles by id.

    Parameters
    ----------
    assets : pathlib.Path, optional
        Folder to read instead of the course's own ``assets``; anchors are checked against
        the folder ``course`` beside it when there is one.

    Raises
    ------
    EvidenceError
        If the table breaks a rule or an anchor leads nowhere.
    """
    return _claims(_assets(assets), _course(assets))


@cache
def _claims(assets: Path, course: Path | None) -> Mapping[str, Claim]:
    from trd.evidence.claim_table import read_claims

    found, problems = read_claims(assets / "evidence" / "claims.csv", _references(assets), course)
    refuse(problems)
    return MappingProxyType(found)


@cache
def cite(key: str) -> str:
    """Return a short citation as an HTML link, e.g. "Rush 2006".

    Parameters
    ----------
    key : str
        Key of a source in ``references.bib``.

    Raises
    ------
    EvidenceError
        If the bibliography has no such key.
    """
    from trd.evidence.citations import find, short

    return short(find(references(), key))


def reference_html(key: str) -> str:
    """Return the full line of a reference list as HTML.

    Parameters
    ----------
    key : str
        Key of a source in ``references.bib``.

    Raises
    ------
    EvidenceError
        If the bibliography has no such key.
    """
    from trd.evidence.citations import find, full

    return full(find(references(), key))


def validate_all(assets: Path | None = None) -> list[Problem]:
    """Check every evidence file and list what is wrong, without stopping at the first.

    Parameters
    ----------
    assets : pathlib.Path, optional
        Folder to check instead of the course's own ``assets``.
    """
    from trd.evidence.bibliography import read_references
    from trd.evidence.claim_table import read_claims
    from trd.evidence.parameter_files import read_parameters
    from trd.evidence.tables import read_rows

    folder = _assets(assets)
    known, problems = read_references(folder / "references.bib")
    problems += read_rows(folder / "evidence", known)[1]
    for path in sorted((folder / "parameters").glob("*.toml")):
        problems += read_parameters(path, known)[1]
    table = folder / "evidence" / "claims.csv"
    if table.is_file():
        problems += read_claims(table, known, _course(assets))[1]
    return problems
