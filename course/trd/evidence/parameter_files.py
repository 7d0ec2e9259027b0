"""Reads ``assets/parameters/*.toml``: tables of any depth whose leaves are parameters."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from trd.evidence.models import Parameter, ParameterSet, Reference
from trd.evidence.tables import check_sources, failures, problem, read_text

if TYPE_CHECKING:
    from trd.evidence.errors import Problem

_KNOWN = frozenset(Parameter.model_fields) - {"name", "extra"}


def _leaves(tree: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, branch in tree.items():
        name = f"{prefix}.{key}" if prefix else key
        if isinstance(branch, dict) and "value" not in branch and "status" not in branch:
            yield from _leaves(branch, name)
        else:
            yield name, branch


def _parameter(name: str, raw: Mapping[str, Any]) -> Parameter:
    known = {key: item for key, item in raw.items() if key in _KNOWN}
    extra = {key: item for key, item in raw.items() if key not in _KNOWN}
    return Parameter.model_validate({"name": name, "extra": extra, **known})


def read_parameters(
    path: Path, references: Mapping[str, Reference]
) -> tuple[ParameterSet, list[Problem]]:
    """Read one parameter file.

    Parameters
    ----------
    path : pathlib.Path
        ``assets/parameters/<name>.toml``.
    references : mapping
        The bibliography, to check the keys against.

    Returns
    -------
    parameters, problems : ParameterSet, list of Problem
    """
    file = f"parameters/{path.name}"
    found: dict[str, Parameter] = {}
    text, problems = read_text(path, file)
    if problems:
        return ParameterSet(path.stem, found), problems
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return ParameterSet(path.stem, found), [problem(file, "", "toml", f"{error}.")]
    for name, raw in _leaves(tree, ""):
        if not isinstance(raw, dict):
            problems.append(problem(file, name, "entry", f"{name} is a bare value."))
            continue
        try:
            parameter = _parameter(name, raw)
        except ValidationError as error:
            problems += failures(file, name, error)
            continue
        found[name] = parameter
        problems += check_sources(file, name, parameter.sources, parameter.status, references)
    return ParameterSet(path.stem, found), problems
