"""Where the course's own files are: in an installed wheel or in the repository."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def repository() -> Path | None:
    """Return the root of the repository the package runs from.

    Returns
    -------
    pathlib.Path or None
        None when the package was installed from a wheel, which carries no masters.
    """
    root = _PACKAGE.parent.parent
    return root if (root / "pyproject.toml").is_file() and (root / "course").is_dir() else None


def _base() -> Path:
    bundled = _PACKAGE / "_bundled"
    if bundled.is_dir():
        return bundled
    root = repository()
    if root is None:
        raise FileNotFoundError(
            "The course's files are missing from this installation. Install it again, "
            "or run it from a copy of the repository."
        )
    return root


def course_dir() -> Path:
    """Return the folder that holds the lesson notebooks."""
    return _base() / "course"


def asset(relative: str) -> Path:
    """Return the path of one file or folder under ``assets/``.

    Parameters
    ----------
    relative : str
        Path below ``assets/``, with forward slashes, e.g. ``"references.bib"``.

    Raises
    ------
    FileNotFoundError
        If the installation does not hold that file.
    """
    path = _base() / "assets" / relative
    if not path.exists():
        raise FileNotFoundError(
            f"assets/{relative} is missing from this installation of the course."
        )
    return path
