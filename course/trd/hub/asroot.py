"""The settings for a command that root runs, or a plain word to whoever is not root."""

from __future__ import annotations

import os
from pathlib import Path

from trd.hub import asgrader, settings
from trd.hub.asgrader import StepError
from trd.hub.settings import HubSettings, SettingsError

RUN_AS_ROOT = "run it as root"


def load(chosen: str | Path | None = None) -> HubSettings:
    """Read the settings, and refuse an account that cannot do what this server needs.

    Parameters
    ----------
    chosen : str or pathlib.Path, optional
        The settings file; the usual one when not given.

    Raises
    ------
    StepError
        If this is neither root nor the account of a class, where everybody has an account.
    SettingsError
        If the settings cannot be used.
    """
    me = os.geteuid()
    try:
        found = settings.load(chosen)
    except SettingsError as error:
        # The file is root's alone, so this is where most people notice.
        if me and isinstance(error.__cause__, PermissionError):
            raise StepError(
                f"{settings.where(chosen)} is closed to this account: {RUN_AS_ROOT}."
            ) from error
        raise
    if me and found.hub.accounts == "unix":
        graders = [asgrader.known(each.grader) for each in found.course]
        if me not in [each.uid for each in graders if each is not None]:
            raise StepError(f"This account may not look into the class's folders: {RUN_AS_ROOT}.")
    return found
