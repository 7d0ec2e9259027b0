"""Where the course keeps its state on this machine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from trd import paths


@dataclass(frozen=True)
class Home:
    """The state folder and the places in it.

    Parameters
    ----------
    root : pathlib.Path
        Absolute path of the folder; everything below it is made when needed.
    shared_exchange : pathlib.Path, optional
        The exchange of many accounts, on a hub; it is there already and is nobody's own.
    """

    root: Path
    shared_exchange: Path | None = None

    @property
    def trainee(self) -> Path:
        """What a trainee sees: JupyterLab's root in trainee mode."""
        return self.root / "trainee"

    @property
    def lessons(self) -> Path:
        """The trainee's copies of the lessons."""
        return self.trainee / "course"

    @property
    def cases(self) -> Path:
        """Where fetched assignments are put."""
        return self.trainee / "cases"

    @property
    def exchange(self) -> Path:
        """Where assignments are handed out and in."""
        return self.shared_exchange or self.root / "exchange"

    @property
    def cache(self) -> Path:
        """The trainee's own copies of what was handed in."""
        return self.root / "cache"

    @property
    def classroom(self) -> Path:
        """Gradebook, collected and graded work."""
        return self.root / "class"

    def jupyter(self, mode: str) -> Path:
        """Jupyter's own settings and data in one mode."""
        return self.root / "jupyter" / mode

    def make(self) -> None:
        """Make the folders.

        Raises
        ------
        ValueError
            If they cannot be made; the message says what to do.
        """
        try:
            if not self.root.exists():
                self.root.mkdir(parents=True)
                # The exchange inside is open to everyone, as nbgrader wants it; this keeps other
                # accounts of the machine out of it. A folder that was there keeps its rights.
                self.root.chmod(0o700)
            own = [self.lessons, self.cases, self.cache, self.classroom]
            if self.shared_exchange is None:
                own.append(self.exchange)
            for folder in own:
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ValueError(
                f"The course cannot keep its state in {self.root} ({error.strerror}). "
                "Choose a folder of your own with --home, or set TRD_HOME."
            ) from error


def find(chosen: str | None = None) -> Home:
    """Return the state folder this machine uses.

    Parameters
    ----------
    chosen : str, optional
        A folder named by the user; wins over ``TRD_HOME``, which wins over ``.local`` in the
        repository. An installed or read-only course uses the platform's user data folder.
        ``TRD_EXCHANGE`` names an exchange that many accounts share.
    """
    shared = os.environ.get("TRD_EXCHANGE")
    return Home(_root(chosen), Path(shared) if shared else None)


def _root(chosen: str | None) -> Path:
    named = chosen or os.environ.get("TRD_HOME")
    if named:
        return Path(named).expanduser().resolve()
    repository = paths.repository()
    if repository is not None:
        local = repository / ".local"
        if os.access(local if local.exists() else repository, os.W_OK):
            return local
    return Path(platformdirs.user_data_dir("trd-course", appauthor=False)).resolve()
