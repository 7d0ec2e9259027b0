"""Write JupyterLab's settings for one mode into a folder of its own."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from pathlib import Path
from typing import Any

from trd import paths
from trd.lab.home import Home

MODES = ("trainee", "instructor")
START = {
    "trainee": "/lab/tree/course/00_start_here.ipynb",
    "instructor": "/lab/tree/README.md",
}
_SHIPPED = Path(__file__).with_name("settings")
# Kernels warn on every start about loopback traffic, and a reader has no use for a history.
_KERNEL = {"IPKernelApp": {"log_level": 40}, "HistoryManager": {"enabled": False}}
_EXTENSIONS = Path(__file__).with_name("labextension")
#: Set by the hub for everything it starts.
_ON_HUB = "TRD_HUB"


#: What Jupyter itself leaves out of its file lists.
_HIDDEN = ("__pycache__", "*.pyc", "*.pyo", ".DS_Store", "*~")


def environment(mode: str, home: Home) -> dict[str, str]:
    """Return the variables that keep Jupyter to this mode's own folders.

    The user's own settings, kernels and extensions are neither read nor written.
    """
    own = home.jupyter(mode)
    return {
        "JUPYTER_CONFIG_DIR": str(own / "config"),
        # Also first of all places that are read: the environment's defaults switch on
        # extensions that trainee mode switches off.
        "JUPYTER_CONFIG_PATH": str(own / "config"),
        "JUPYTER_DATA_DIR": str(own / "data"),
        "JUPYTER_RUNTIME_DIR": str(own / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(own / "config" / "lab" / "user-settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(own / "config" / "lab" / "workspaces"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "IPYTHONDIR": str(own / "ipython"),
        "JUPYTER_TOKEN": _token(own),
        "TRD_HOME": str(home.root),
        "TRD_MODE": mode,
    }


def _token(own: Path) -> str:
    """Return the key in the address; kept, so that yesterday's address still opens the course."""
    kept = own / "token"
    with contextlib.suppress(OSError, UnicodeDecodeError):
        known = kept.read_text(encoding="ascii").strip()
        if len(known) >= 32 and known.isalnum():
            return known
    fresh = secrets.token_hex(24)
    own.mkdir(parents=True, exist_ok=True)
    kept.touch(mode=0o600)
    kept.write_text(fresh, encoding="ascii")
    return fresh


def write(mode: str, home: Home) -> None:
    """Write the settings of one mode; what a user chose in Lab's own menus stays.

    Parameters
    ----------
    mode : str
        ``"trainee"`` or ``"instructor"``.
    home : Home
        The state folder.
    """
    own = home.jupyter(mode)
    config = own / "config"
    for folder in (config / "labconfig", config / "custom", own / "data", own / "runtime"):
        folder.mkdir(parents=True, exist_ok=True)
    name = "default_setting_overrides.json"
    overrides = (_SHIPPED / mode / name).read_text(encoding="utf-8")
    (config / "labconfig" / name).write_text(overrides, encoding="utf-8")
    (config / "labconfig" / "page_config.json").write_text(_page_config(mode), encoding="utf-8")
    sheets = ["reading.css", "trainee.css"] if mode == "trainee" else ["reading.css"]
    css = "\n".join((_SHIPPED / name).read_text(encoding="utf-8") for name in sheets)
    (config / "custom" / "custom.css").write_text(css, encoding="utf-8")
    server = json.dumps(server_settings(mode, home), indent=2)
    (config / "jupyter_server_config.json").write_text(server + "\n", encoding="utf-8")
    profile = own / "ipython" / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.json").write_text(json.dumps(_KERNEL), encoding="utf-8")
    if mode == "trainee":
        (config / "nbgrader_config.py").write_text(_exchange(home), encoding="utf-8")


def root_dir(mode: str, home: Home) -> Path:
    """Return the folder JupyterLab shows.

    Raises
    ------
    ValueError
        If instructor mode is asked for where there are no masters.
    """
    if mode == "trainee":
        return home.trainee
    repository = paths.repository()
    if repository is None:
        raise ValueError(
            "Instructor mode needs the course's repository, with its solutions/ folder; this "
            "installation holds the lessons only. Start it from a copy of the repository."
        )
    return repository


def server_settings(mode: str, home: Home) -> dict[str, Any]:
    """Return the settings of the Jupyter server in one mode."""
    trainee = mode == "trainee"
    teaches = not trainee or "TRD_TEACHES" in os.environ
    front_end = {"extra_labextensions_path": [str(_EXTENSIONS)], "custom_css": True}
    return {
        "ServerApp": {
            "root_dir": str(root_dir(mode, home)),
            "default_url": START[mode],
            "ip": "127.0.0.1",
            "answer_yes": True,
            "terminals_enabled": not trainee,
            "terminado_settings": _terminals(),
            # Containers and teaching machines often have no other account.
            "allow_root": hasattr(os, "geteuid") and os.geteuid() == 0,
            "jpserver_extensions": {
                "jupyterlab": True,
                "notebook": True,
                "jupyter_lsp": False,
                "jupyter_server_terminals": not trainee,
                "nbgrader.server_extensions.assignment_list": True,
                "nbgrader.server_extensions.course_list": teaches,
                "nbgrader.server_extensions.formgrader": not trainee,
                "nbgrader.server_extensions.validate_assignment": not trainee,
                "trd.hub.links": not trainee and _ON_HUB in os.environ,
            },
        },
        "LabApp": {
            **front_end,
            "default_url": START[mode],
            "news_url": None,
            "check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
            "extension_manager": "readonly",
        },
        "JupyterNotebookApp": front_end,
        "ContentsManager": {
            "pre_save_hook": "trd.lab.save_hook.drop_widgets",
            # Readers have no use for the file their clicks are written to.
            "hide_globs": [*_HIDDEN, *(["answers.jsonl"] if trainee else [])],
            # An instructor opens collected work, which is kept below .local/.
            "allow_hidden": not trainee,
        },
    }


def _exchange(home: Home) -> str:
    values: dict[str, Any] = {
        "CourseDirectory.course_id": "trd",
        "Exchange.root": str(home.exchange),
        "Exchange.cache": str(home.cache),
        "Exchange.assignment_dir": str(home.cases),
        "Exchange.timezone": "UTC",
        "ExchangeFactory.submit": "trd.grading.SafeSubmit",
        "ExchangeFactory.list": "trd.grading.SafeList",
        "ExchangeFactory.fetch_feedback": "trd.grading.SafeFetchFeedback",
    }
    if home.shared_exchange:
        # Several classes may be on one hub; it knows which of them this person belongs to.
        del values["CourseDirectory.course_id"]
        values["Exchange.path_includes_course"] = True
        values["Authenticator.plugin_class"] = "nbgrader.auth.JupyterHubAuthPlugin"
    if os.environ.get("TRD_ONE_ACCOUNT"):
        # On a trial hub everybody has the same account, whose name says nothing.
        values["CourseDirectory.student_id"] = os.environ.get("JUPYTERHUB_USER", "")
    lines = [f"c.{name} = {value!r}" for name, value in values.items()]
    return "\n".join(["c = get_config()", *lines, ""])


def _terminals() -> dict[str, Any]:
    """Return how terminals start: on a hub as no login shell, which forgets where nbgrader is."""
    return {"shell_command": ["/bin/bash"]} if _ON_HUB in os.environ else {}


def _page_config(mode: str) -> str:
    """Return what Lab switches off in this mode, on a hub and elsewhere."""
    shipped = json.loads((_SHIPPED / mode / "page_config.json").read_text(encoding="utf-8"))
    off = shipped["disabledExtensions"]
    if _ON_HUB in os.environ and mode == "instructor":
        # A page of the hub may not stand in a frame; ours opens it in a tab of its own.
        off["@jupyter/nbgrader:formgrader"] = True
    else:
        off["trd-course:formgrader"] = True
    if mode == "trainee" and "TRD_TEACHES" in os.environ:
        # An instructor's own server looks like a trainee's, and leads to the classes they teach.
        del off["@jupyter/nbgrader:course-list"], off["@jupyter/nbgrader:menu"]
    return json.dumps(shipped, indent=2) + "\n"
