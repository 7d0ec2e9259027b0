"""Find the Chromium that the browser tests drive, or install it where that is allowed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from trd.lab import say

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


def find() -> Path | None:
    """Return a Chromium or Chrome on this machine, ``TRD_CHROMIUM`` first."""
    named = os.environ.get("TRD_CHROMIUM")
    if named:
        return Path(named) if Path(named).is_file() else None
    found = [shutil.which(name) for name in NAMES]
    candidates = [Path(path) for path in found if path] + [Path(path) for path in MAC]
    return next((path for path in candidates if path.is_file()), None)


def ensure() -> Path:
    """Return a Chromium, installing the distribution's when this account may.

    Raises
    ------
    ValueError
        If there is none and it cannot be installed; the message says what to do.
    """
    found = find()
    if found is None and "TRD_CHROMIUM" not in os.environ and _may_install():
        say("Installing Chromium for the browser tests (about a minute)")
        _install()
        found = find()
    if found is None:
        raise ValueError(
            "The browser tests need Chromium or Google Chrome, and none was found.\n"
            "On Debian or Ubuntu: sudo apt-get install chromium\n"
            "Elsewhere install one of them, or set TRD_CHROMIUM to the program's path."
        )
    return found


def _may_install() -> bool:
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return sys.platform == "linux" and is_root and shutil.which("apt-get") is not None


def _install() -> None:
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
        done = subprocess.run(  # noqa: S603  # fixed arguments
            ["apt-get", "-qq", *step],  # noqa: S607  # the system's own
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode:
            return
