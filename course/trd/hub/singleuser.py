"""What a person's server on the hub runs: the course as at home, then JupyterHub's own server.

The hub starts ``python -m trd.hub.singleuser`` under the person's own account. Lessons and
settings are brought up to date in their home; then this process becomes
``jupyterhub-singleuser``.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from trd import paths
from trd.lab import home as homes
from trd.lab import lessons, own_programs_first, settings

#: A socket's whole path may have 107 bytes; a kernel's takes this many of them.
_SOCKET = len("/kernel-01234567-89ab-cdef-0123-456789abcdef-ipc-5")
_LONGEST = 107 - _SOCKET


def kernels_apart(home: homes.Home) -> list[str]:
    """Return what keeps other accounts of the machine from listening to the kernels.

    Jupyter's kernels usually talk on ports of the machine. Messages there are signed, not secret:
    whoever connects reads all that a kernel shows, and so another trainee's answers. Sockets in a
    closed folder let nobody else in.

    Parameters
    ----------
    home : trd.lab.home.Home
        Whose; ``JUPYTER_RUNTIME_DIR`` is set to the folder with the sockets.
    """
    folder = home.root / "run"
    if len(os.fsencode(folder)) > _LONGEST:
        folder = Path(tempfile.mkdtemp(prefix="trd-"))
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    os.environ["JUPYTER_RUNTIME_DIR"] = str(folder)
    # The hub's log says who came and went, not what everybody looked at.
    return ["--KernelManager.transport=ipc", "--ServerApp.log_level=WARN"]


def prepare() -> homes.Home:
    """Bring the person's folders and settings up to date; return where they are.

    Raises
    ------
    ValueError
        If the folders cannot be made.
    """
    os.umask(0o077)
    os.environ.setdefault("TRD_HOME", str(Path.home() / "trd"))
    home = homes.find()
    home.make()
    hub_name = os.environ.get("JUPYTERHUB_USER", "")
    os.environ.update(settings.environment("trainee", home))
    # The hub says who may come in; a key in the address would be a second door.
    os.environ.pop("JUPYTER_TOKEN", None)
    own_programs_first()
    settings.write("trainee", home)
    for copy in lessons.update(paths.course_dir(), home.lessons, home.root / "lessons.json"):
        print(f"{hub_name}: edited lesson kept as {copy.name}", file=sys.stderr)  # noqa: T201
    return home


def main() -> None:
    """Prepare, then become the server."""
    try:
        home = prepare()
        apart = kernels_apart(home)
        os.chdir(home.trainee)
    except (ValueError, OSError) as error:
        # Goes to the hub's log; the person is told that the server did not start.
        sys.exit(f"The course cannot be started for this account: {error}")
    # -P: a person's random.py in that folder is not Python's.
    command = [sys.executable, "-P", "-m", "jupyterhub.singleuser", *apart, *sys.argv[1:]]
    os.execv(sys.executable, command)  # noqa: S606 - our own Python


if __name__ == "__main__":
    main()
