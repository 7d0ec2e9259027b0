"""A whole teaching hospital on one machine: a real hub, real accounts, a real database.

Everything lives below one folder under ``/var/tmp``; accounts begin with ``trdt-``. Needs root,
npm and, for a gradebook in PostgreSQL, its programs.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import requests

from trd.hub import accounts
from trd.hub.cluster import Cluster
from trd.hub.settings import HubSettings, load

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "a-word-for-everybody"
COURSE = "trd"
GRADER = "trdt-grader"


def free_ports(count: int) -> list[int]:
    """Ports nobody has, below 1024 and none that browsers refuse; all held until the last."""
    with contextlib.ExitStack() as held:
        found: list[int] = []
        for port in random.sample(range(640, 989), 349):
            probe = held.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                found.append(port)
            if len(found) == count:
                return found
    raise RuntimeError("no ports left below 1024")


def wait_for(what: Callable[[], object], patience_s: float, saying: str) -> object:
    """Ask until the answer is true; the last error says why it never was."""
    deadline = time.monotonic() + patience_s
    last: object = None
    while time.monotonic() < deadline:
        try:
            last = what()
        except (OSError, requests.RequestException) as error:
            last = None
            why = error
            time.sleep(0.2)
            continue
        if last:
            return last
        why = None
        time.sleep(0.2)
    raise TimeoutError(f"{saying}: not within {patience_s:.0f} s ({why})")


class Person:
    """Somebody in a browser without a screen: cookies, forms and the servers' own addresses."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        self.http = requests.Session()

    def log_in(self, password: str = PASSWORD) -> requests.Response:
        page = self.http.get(f"{self.world.url}/hub/login", timeout=60)
        found = re.search(r'name="_xsrf" value="([^"]+)"', page.text)
        return self.http.post(
            f"{self.world.url}/hub/login?next=%2Fhub%2Fhome",
            data={"username": self.name, "password": password, "_xsrf": found[1] if found else ""},
            timeout=60,
        )

    def get(self, path: str, **more) -> requests.Response:
        return self.http.get(f"{self.world.url}{path}", timeout=120, **more)

    def start_server(self, patience_s: float = 180) -> str:
        """Start this person's server and wait for it; return its address below the hub's."""
        mine = f"/user/{self.name}"
        answer = self.call("POST", f"/hub/api/users/{self.name}/server")
        if answer.status_code not in (201, 202) and "already" not in answer.text:
            raise RuntimeError(f"{self.name}'s server: {answer.status_code} {answer.text}")

        def is_up() -> bool:
            # A page, not the API: on the way to it the server learns from the hub who this is.
            answer = self.get(f"{mine}/lab")
            return answer.status_code == 200 and "jupyter-config-data" in answer.text

        wait_for(is_up, patience_s, f"{self.name}'s server")
        return mine

    def call(self, method: str, path: str, **more) -> requests.Response:
        """Ask something of a server behind the hub, as its pages do."""
        address = f"{self.world.url}{path}"
        headers = {**more.pop("headers", {})}
        for cookie in self.http.cookies:
            # Each server has a key of its own, valid below its own address.
            if cookie.name == "_xsrf" and path.startswith(cookie.path):
                headers["X-XSRFToken"] = cookie.value
        return self.http.request(method, address, headers=headers, timeout=180, **more)


class World:
    """The hospital.

    Parameters
    ----------
    trainees, instructors
        Their accounts' names, each beginning with ``trdt-``.
    gradebook
        ``"sqlite"`` or ``"postgresql"``.
    base
        Where; a new folder below ``/var/tmp`` when not given.
    grader
        The class's own account.
    more_classes
        Further classes, as ``[[course]]`` says them; a port is chosen for each.
    """

    def __init__(
        self,
        trainees: list[str],
        instructors: list[str],
        gradebook: str = "postgresql",
        base: Path | None = None,
        grader: str = GRADER,
        more_classes: tuple[dict[str, object], ...] = (),
        **hub: object,
    ) -> None:
        self.base = base or Path(tempfile.mkdtemp(prefix="trdt-", dir="/var/tmp"))
        self.base.chmod(0o755)
        self.trainees, self.instructors = trainees, instructors
        self.prefix = Path(os.environ.get("TRD_HUB_PREFIX") or self.base / "opt")
        self.grader = grader
        port, api, proxy, *graders = free_ports(4 + len(more_classes))
        self.url = f"http://127.0.0.1:{port}"
        self.cluster = Cluster(self.base / "pg") if gradebook == "postgresql" else None
        self.log = self.base / "hub.log"
        self.settings_file = self.base / "hub.toml"
        options = {
            "port": port,
            "api_port": api,
            "proxy_api_port": proxy,
            "state": str(self.base / "srv" / "hub"),
            "proxy": str(self.prefix / "proxy"),
            "login": "dummy",
            "demo_password": PASSWORD,
            **hub,
        }
        course = {
            "id": COURSE,
            "grader": grader,
            "folder": str(self.home_of(grader) / "course"),
            "state": str(self.home_of(grader) / "state"),
            "instructors": instructors,
            "trainees": trainees,
            "gradebook": gradebook,
        }
        lines = [f"exchange = {json.dumps(str(self.base / 'srv' / 'exchange'))}", "[hub]"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in options.items()]
        for number, each in zip(graders, (course, *more_classes), strict=True):
            entries = {**each, "port": number}.items()
            lines += ["[[course]]", *(f"{key} = {json.dumps(value)}" for key, value in entries)]
        self.settings_file.write_text("\n".join(lines) + "\n")
        self.settings_file.chmod(0o600)
        self.settings: HubSettings = load(self.settings_file)
        self.course = self.settings.course[0]
        self._hub: subprocess.Popen | None = None

    def home_of(self, name: str) -> Path:
        return Path("/home") / name

    @property
    def python(self) -> str:
        return str(self.prefix / "venv" / "bin" / "python")

    @property
    def environment(self) -> dict[str, str]:
        """What everything started here is told."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("TRD_", "PYTHON", "JUPY"))}
        return {
            **kept,
            **(self.cluster.environment if self.cluster else {}),
            "TRD_HUB_SETTINGS": str(self.settings_file),
            "PATH": f"{self.prefix}/venv/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        }

    # --- building and taking down -------------------------------------------------------

    def build(self) -> World:
        """Install, start the database, make accounts and folders, bring the masters."""
        if not (self.prefix / "venv" / "bin" / "python").exists():
            subprocess.run(
                [ROOT / "assets/hub/install.sh", "--prefix", self.prefix, "--from", ROOT],
                check=True,
                stdout=subprocess.DEVNULL,
            )
        if self.cluster:
            self.cluster.start()
        self.hub_command("prepare", "--masters", str(ROOT))
        return self

    def hub_command(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess:
        """Run ``python -m trd.hub`` as the operator would."""
        done = subprocess.run(
            [self.python, "-m", "trd.hub", "--settings", str(self.settings_file), *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            cwd="/",
        )
        if check and done.returncode:
            raise RuntimeError(f"trd.hub {arguments}: {done.stdout}{done.stderr}")
        return done

    def start(self, patience_s: float = 120) -> World:
        """Start the hub as its service would, and wait until it answers; 0: do not wait."""
        state = self.settings.hub.state
        with self.log.open("ab") as log:
            self._hub = subprocess.Popen(
                [self.python, "-m", "jupyterhub", "-f", self.prefix / "jupyterhub_config.py"],
                cwd=state,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        if patience_s:
            self.wait_until_up(patience_s)
        return self

    def wait_until_up(self, patience_s: float = 120) -> None:
        def is_up() -> bool:
            if self._hub is not None and self._hub.poll() is not None:
                raise RuntimeError(f"the hub has ended:\n{self.log.read_text()[-4000:]}")
            return requests.get(f"{self.url}/hub/api/", timeout=5).status_code == 200

        wait_for(is_up, patience_s, "the hub")

    @property
    def hub_process(self) -> int:
        assert self._hub is not None
        return self._hub.pid

    @property
    def proxy_process(self) -> int:
        return int((self.settings.hub.state / "proxy.pid").read_text())

    def kill_hub(self) -> None:
        os.kill(self.hub_process, signal.SIGKILL)
        self._hub.wait()

    def person(self, name: str) -> Person:
        return Person(self, name)

    def stop(self) -> None:
        """Stop everything that runs for this hospital."""
        if self._hub is not None and self._hub.poll() is None:
            self._hub.terminate()
            try:
                self._hub.wait(30)
            except subprocess.TimeoutExpired:
                self._hub.kill()
                self._hub.wait()
        for name in self._everybody():
            with contextlib.suppress(KeyError):
                uid = pwd.getpwnam(name).pw_uid
                subprocess.run(["pkill", "-KILL", "-U", str(uid)], check=False)
        with contextlib.suppress(OSError, ValueError):
            os.kill(self.proxy_process, signal.SIGTERM)
        if self.cluster:
            self.cluster.stop()

    def remove(self) -> None:
        """Take away all that was made."""
        self.stop()
        for name in self._everybody():
            if accounts.exists(name):
                # -f: a process that is dead and not yet reaped is no reason to stay.
                subprocess.run(["userdel", "-f", name], check=False, capture_output=True)
            shutil.rmtree(self.home_of(name), ignore_errors=True)
        shutil.rmtree(self.base, ignore_errors=True)

    def _everybody(self) -> list[str]:
        return list(
            dict.fromkeys([*(each.grader for each in self.settings.course), *self.settings.people])
        )

    # --- acting as somebody -------------------------------------------------------------

    def grader_environment(self) -> dict[str, str]:
        """What the class's own tools are told; as in the formgrader's terminal, without the hub."""
        return {
            **self.environment,
            "HOME": str(self.home_of(self.grader)),
            "TRD_HOME": str(self.course.state),
            "TRD_EXCHANGE": str(self.settings.exchange),
            "TRD_COURSE": self.course.id,
            "TRD_GRADEBOOK": self.course.gradebook_url,
            "PYTHONPATH": str(self.course.folder / "course"),
        }

    def as_grader(
        self, *command: str, check: bool = True, hub: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess:
        """Run a command of the environment in the class's folder, as its account.

        ``hub`` is what the hub tells the formgrader; the terminal there has it too.
        """
        program = str(self.prefix / "venv" / "bin" / command[0])
        done = self.as_person(
            self.grader,
            [program, *command[1:]],
            cwd=self.course.folder,
            env={**self.grader_environment(), **(hub or {})},
        )
        if check and done.returncode:
            raise RuntimeError(f"{command}: {done.stdout}{done.stderr}")
        return done

    def as_person(
        self,
        name: str,
        command: list[str],
        cwd: Path | str = "/",
        env: dict[str, str] | None = None,
    ) -> subprocess.CompletedProcess:
        """Run a command as one of the accounts."""
        who = pwd.getpwnam(name)
        return subprocess.run(
            command,
            cwd=cwd,
            env=env or {**self.environment, "HOME": who.pw_dir},
            user=who.pw_uid,
            group=who.pw_gid,
            extra_groups=[],
            capture_output=True,
            text=True,
        )


@contextlib.contextmanager
def hospital(*arguments: object, **more: object) -> Iterator[World]:
    """Build a hospital, start its hub, and take everything away afterwards."""
    world = World(*arguments, **more)
    try:
        yield world.build().start()
    finally:
        if sys.exc_info()[0] is not None and world.log.exists():
            print(world.log.read_text(errors="replace")[-6000:])
        world.remove()
