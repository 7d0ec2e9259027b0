"""The settings as JupyterHub's configuration; ``assets/hub/jupyterhub_config.py`` calls this."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from trd.hub import accounts
from trd.hub.lti import PREFIX as BY_PLATFORM
from trd.hub.settings import CourseClass, HubSettings

#: What a server may ask the hub: its own business, who belongs to which class, where formgraders
#: are. Without read:services nbgrader's list of courses fails with a KeyError.
SERVER_SCOPES = [
    "users:activity!user",
    "access:servers!server",
    "read:users!user",
    "list:services",
    "read:services",
]
_PYTHON = sys.executable


def apply(c: Any, settings: HubSettings) -> None:
    """Set everything that one server needs.

    Who is no instructor or administrator any more by the file is none for the hub from now on.

    Parameters
    ----------
    c : traitlets.config.Config
        What ``get_config()`` gave in ``jupyterhub_config.py``.
    settings : HubSettings
        What the operator wants.
    """
    _take_back(settings)
    _hub(c, settings)
    _people(c, settings)
    _servers(c, settings)
    _services(c, settings)
    _log_in(c, settings)


def _take_back(settings: HubSettings) -> None:
    """Take rights back that the file no longer gives: JupyterHub itself only ever adds.

    Trainees stay in their groups, where instructors put them too.
    """
    database = settings.hub.database
    if not database.exists():
        return
    given = {
        (each.instructor_group, name)
        for each in settings.course
        for name in (each.grader, *each.instructors)
    }
    with contextlib.closing(sqlite3.connect(database, timeout=30)) as open_, open_ as book:
        try:
            held = book.execute(
                "SELECT g.id, g.name, u.id, u.name FROM user_group_map AS m"
                " JOIN groups AS g ON g.id = m.group_id JOIN users AS u ON u.id = m.user_id"
                " WHERE g.name LIKE 'formgrade-%'"
            ).fetchall()
            admins = book.execute("SELECT id, name FROM users WHERE admin").fetchall()
        except sqlite3.OperationalError:
            # A new one, or of another JupyterHub, which brings it up to date itself.
            return
        for group_id, group, user_id, name in held:
            # By the learning platform's word people are instructors, too, without the file.
            if (group, name) not in given and not name.startswith(BY_PLATFORM):
                sys.stderr.write(f"{name} is no instructor any more: taken out of {group}\n")
                book.execute(
                    "DELETE FROM user_group_map WHERE group_id = ? AND user_id = ?",
                    (group_id, user_id),
                )
        for user_id, name in admins:
            if name not in settings.hub.admins:
                sys.stderr.write(f"{name} is no administrator any more\n")
                book.execute("UPDATE users SET admin = 0 WHERE id = ?", (user_id,))
                book.execute(
                    "DELETE FROM user_role_map WHERE user_id = ? AND role_id IN"
                    " (SELECT id FROM roles WHERE name = 'admin')",
                    (user_id,),
                )


def _hub(c: Any, settings: HubSettings) -> None:
    hub = settings.hub
    c.JupyterHub.bind_url = f"{'https' if hub.certificate else 'http'}://{hub.address}:{hub.port}"
    if hub.certificate:
        c.JupyterHub.ssl_cert, c.JupyterHub.ssl_key = str(hub.certificate), str(hub.certificate_key)
    c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{hub.api_port}"
    if hub.public_url:
        c.JupyterHub.public_url = hub.public_url
    if hub.subdomain_host:
        c.JupyterHub.subdomain_host = hub.subdomain_host
    c.JupyterHub.db_url = f"sqlite:///{hub.database}"
    c.JupyterHub.cookie_secret_file = str(hub.state / "cookie_secret")
    c.ConfigurableHTTPProxy.command = [
        str(hub.proxy / "node_modules" / ".bin" / "configurable-http-proxy")
    ]
    c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{hub.proxy_api_port}"
    c.ConfigurableHTTPProxy.pid_file = str(hub.state / "proxy.pid")
    # Trainees go on working while the hub is restarted, for an upgrade or after a crash: neither
    # proxy nor servers stop with it. A trial leaves nothing behind.
    c.JupyterHub.cleanup_servers = c.JupyterHub.cleanup_proxy = hub.accounts == "one"
    c.JupyterHub.concurrent_spawn_limit = hub.starting_at_once
    c.JupyterHub.active_server_limit = hub.running_at_most
    c.JupyterHub.default_url = _first_page(settings)
    c.JupyterHub.template_vars = _words(settings)
    c.JupyterHub.template_paths = [str(Path(__file__).with_name("templates"))]
    c.JupyterHub.log_level = "INFO"


def _words(settings: HubSettings) -> dict[str, str]:
    """Return what the hub's own pages say, in a trainee's words."""
    course = (
        "<strong>Ketamine infusion for treatment-resistant depression</strong>: an interactive "
        "course for clinicians. Education, not a protocol. Enter no patient data."
    )
    if settings.hub.login == "dummy":
        course += (
            "<br><strong>This is a trial: one password for everybody. Enter no real work.</strong>"
        )
    return {
        "announcement_login": course,
        "announcement_home": "<em>My Server</em> is the course as a trainee sees it. Instructors "
        "find their class under <em>Services</em>.",
    }


def _first_page(settings: HubSettings) -> Any:
    """Return what leads an instructor to their class, and everybody else to the course."""

    def where(handler: Any) -> str:
        person = handler.current_user
        if person is None:
            # Who is not known yet is asked, and comes back here.
            return ""
        groups = {group.name for group in person.groups}
        taught = [each.id for each in settings.course if each.instructor_group in groups]
        base = handler.base_url
        if len(taught) == 1:
            return f"{base}services/{taught[0]}/"
        # Several classes are listed on the home page; a trainee's server is started unasked.
        return f"{handler.hub.base_url}home" if taught else f"{handler.hub.base_url}spawn"

    return where


def _people(c: Any, settings: HubSettings) -> None:
    groups: dict[str, dict[str, list[str]]] = {}
    roles: list[dict[str, Any]] = [
        {"name": "user", "scopes": ["self", "list:services", "read:services"]},
        {"name": "server", "scopes": SERVER_SCOPES},
    ]
    for each in settings.course:
        # The class's own account is one of them: nbgrader asks the hub where it belongs.
        instructors = _with_account(settings, [each.grader, *each.instructors])
        groups[each.instructor_group] = {"users": instructors}
        groups[each.trainee_group] = {"users": _with_account(settings, each.trainees)}
        roles += [
            {
                "name": each.instructor_group,
                "groups": [each.instructor_group],
                "scopes": [f"access:services!service={each.id}"],
            },
            {
                # `nbgrader db student add` puts people into the class's group of trainees; into no
                # other, or an instructor could open another class, or make instructors.
                "name": f"service-{each.id}",
                "services": [each.id],
                "scopes": [
                    f"groups!group={each.trainee_group}",
                    f"read:users!user={each.grader}",
                    "list:services",
                    "read:services",
                    f"access:services!service={each.id}",
                ],
            },
        ]
    c.JupyterHub.load_groups = groups
    c.JupyterHub.load_roles = [*roles, _culler_role()]
    c.Authenticator.admin_users = set(_with_account(settings, settings.hub.admins))
    # An administrator stops servers; whoever could open them could answer in another's name.
    c.JupyterHub.admin_access = False


def _with_account(settings: HubSettings, names: Iterable[str]) -> list[str]:
    """Leave out who is in the file and not on the system: with them the hub would not start."""
    if settings.hub.accounts != "unix" or settings.hub.login != "pam":
        return list(names)
    missing = [name for name in names if not accounts.exists(name)]
    for name in missing:
        sys.stderr.write(f"{name} has no account and is left out: python -m trd.hub prepare\n")
    return [name for name in names if name not in missing]


def _servers(c: Any, settings: HubSettings) -> None:
    # -P: it begins in the person's home, where a random.py is not Python's.
    c.Spawner.cmd = [_PYTHON, "-P", "-m", "trd.hub.singleuser"]
    c.Spawner.environment = _everybody(settings)
    c.Spawner.env_keep = ["LANG", "LC_ALL", "TZ"]
    c.Spawner.start_timeout = 180
    # Until the hub has noticed that a server ended, its owner is told that it does not answer.
    c.Spawner.poll_interval = 10
    c.Spawner.http_timeout = 120
    # A page that a killed server left open comes back with the next one.
    c.Spawner.default_url = "/lab/tree/course/00_start_here.ipynb"
    if settings.hub.accounts == "one":
        c.JupyterHub.spawner_class = "simple"
        people = settings.hub.state / "people"
        c.SimpleLocalProcessSpawner.home_dir_template = str(people / "{username}")
        c.Spawner.environment["TRD_ONE_ACCOUNT"] = "1"
    else:
        c.JupyterHub.spawner_class = "jupyterhub.spawner.LocalProcessSpawner"
    teaching = {each.instructor_group for each in settings.course}

    async def before(spawner: Any) -> None:
        if settings.hub.accounts == "unix" and settings.hub.create_accounts:
            # It waits when another program is writing the list of accounts; the hub must not.
            await asyncio.to_thread(accounts.ensure, spawner.user.name)
        if teaching & {group.name for group in spawner.user.groups}:
            spawner.environment["TRD_TEACHES"] = "1"

    c.Spawner.pre_spawn_hook = before


def _everybody(settings: HubSettings) -> dict[str, str]:
    # nbgrader calls alembic by name, so this interpreter's scripts come first.
    programs = [str(Path(_PYTHON).parent), "/usr/local/bin", "/usr/bin", "/bin"]
    return {
        "TRD_EXCHANGE": str(settings.exchange),
        "TRD_HUB": "1",
        "PATH": os.pathsep.join(programs),
    }


def _services(c: Any, settings: HubSettings) -> None:
    c.JupyterHub.services = [_formgrader(settings, each) for each in settings.course]
    c.JupyterHub.services.append(
        {
            "name": "idle-culler",
            "command": [
                _PYTHON,
                "-m",
                "trd.hub.culler",
                f"--timeout={60 * settings.hub.idle_minutes}",
                f"--cull-every={max(60, 6 * settings.hub.idle_minutes)}",
            ],
        }
    )


def _culler_role() -> dict[str, Any]:
    return {
        "name": "idle-culler",
        "services": ["idle-culler"],
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
    }


def _formgrader(settings: HubSettings, each: CourseClass) -> dict[str, Any]:
    service: dict[str, Any] = {
        "name": each.id,
        "url": f"http://127.0.0.1:{each.port}",
        "command": [_PYTHON, "-m", "trd.hub.formgrader"],
        # Not in the class's folder: were that missing, the hub would end while it starts.
        "cwd": "/",
        "oauth_no_confirm": True,
        "environment": {
            **_everybody(settings),
            # Where PostgreSQL is, when it is not at its usual socket.
            **{name: os.environ[name] for name in ("PGHOST", "PGPORT") if name in os.environ},
            "TRD_HOME": str(each.state),
            "TRD_COURSE": each.id,
            "TRD_CLASS_FOLDER": str(each.folder),
            "TRD_GRADEBOOK": each.gradebook_url,
            "JUPYTERHUB_USER": each.grader,
            # A class keeps the code it began with, whatever is installed for the next one.
            "PYTHONPATH": str(each.folder / "course"),
        },
    }
    if settings.restore_note(each).exists():
        service["environment"]["TRD_CLOSED"] = (
            f"a restore of class {each.id} was cut off; it may be half old and half new. Finish "
            f"it, or go back: python -m trd.hub restore --undo --course {each.id}"
        )
    if settings.hub.accounts == "unix":
        # Begun as root, which gives itself up for the class's account once the port is open. Until
        # then nothing of the class's is run, so its code is not on Python's path yet.
        service["command"] = [_PYTHON, "-P", "-m", "trd.hub.door"]
        service["environment"]["TRD_GRADER"] = each.grader
        service["environment"]["TRD_CLASS_CODE"] = service["environment"].pop("PYTHONPATH")
        if not accounts.exists(each.grader):
            # The hub would end while it starts; so this class alone is closed, and says so.
            service["environment"]["TRD_GRADER"] = "nobody"
            del service["environment"]["TRD_GRADEBOOK"]
            service["environment"]["TRD_CLOSED"] = (
                f"there is no account {each.grader}. Make it: python -m trd.hub prepare"
            )
    else:
        service["environment"]["TRD_ONE_ACCOUNT"] = "1"
    return service


def _nobodys(names: set[str]) -> Any:
    """Return what refuses a log-in under an account that is no person's."""

    def refuse(authenticator: Any, handler: Any, found: dict[str, Any]) -> dict[str, Any] | None:
        return None if found["name"] in names else found

    return refuse


def _log_in(c: Any, settings: HubSettings) -> None:
    hub = settings.hub
    # Who is on no list may log in to read the lessons; classes are opened by group.
    c.Authenticator.allow_all = True
    # Not `blocked_users`: whom that names loses the group by which nbgrader knows the class.
    c.Authenticator.post_auth_hook = _nobodys({"root", *(each.grader for each in settings.course)})
    if hub.login == "pam":
        c.JupyterHub.authenticator_class = "pam"
    elif hub.login == "dummy":
        c.JupyterHub.authenticator_class = "shared-password"
        c.SharedPasswordAuthenticator.user_password = hub.demo_password
        c.Authenticator.allow_all = False
        c.Authenticator.allowed_users = set(settings.people)
    else:
        from trd.hub import lti

        lti.configure(c, settings)
