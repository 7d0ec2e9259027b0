"""The images, built for real where that is possible without a container engine's daemon.

Needs root, buildah, debootstrap and some minutes; the base image is made from Debian's packages, so
no registry of images is asked. The images' engine, health check and volumes are not tested.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest
import requests
from world import free_ports, wait_for

ROOT = Path(__file__).resolve().parents[2]
HUB = ROOT / "assets" / "hub"
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
BASE = "docker.io/library/debian:bookworm-slim"

SETTINGS = """
exchange = "/srv/trd/exchange"
[hub]
port = {}
api_port = {}
proxy_api_port = {}
login = "dummy"
demo_password = "a-word-for-everybody"
[[course]]
id = "trd"
grader = "trdt-grader"
folder = "/home/trdt-grader/course"
state = "/home/trdt-grader/state"
port = {}
trainees = ["trdt-anna"]
"""


def stages(text):
    return re.findall(r"(?m)^FROM \S+ AS (\S+)$", text)


def test_the_recipe_keeps_masters_and_secrets_out():
    recipe = (HUB / "Containerfile").read_text(encoding="utf-8")
    assert stages(recipe) == ["build", "base", "course", "hub"]
    # What goes in is listed; everything else stays out.
    listed = (ROOT / ".dockerignore").read_text(encoding="utf-8").split("\n")
    assert listed.index("*") < min(n for n, line in enumerate(listed) if line.startswith("!"))
    allowed = {line[1:].split("/")[0] for line in listed if line.startswith("!")}
    assert not allowed & {"solutions", "tests", ".git", ".local", ".venv"}
    course = recipe.split(" AS course")[1].split("FROM ")[0]
    assert "USER 1000:1000" in course


def test_the_start_script_is_shell_and_says_what_is_missing(tmp_path):
    done = subprocess.run(
        ["sh", HUB / "container-start.sh"],
        env={"PATH": os.environ["PATH"], "TRD_HUB_SETTINGS": str(tmp_path / "none.toml")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "Put one into the volume" in done.stderr


class Engine:
    """buildah with a store of its own, without a daemon and without layers kept for later."""

    def __init__(self, place):
        self.place = place

    def command(self, *words):
        store = ["--root", self.place / "store", "--runroot", self.place / "run"]
        return ["buildah", *store, "--storage-driver", "vfs", *words]

    def __call__(self, *words):
        done = subprocess.run(self.command(*words), capture_output=True, text=True)
        assert done.returncode == 0, f"{words}: {done.stdout[-1500:]}\n{done.stderr[-2500:]}"
        return done.stdout.strip()

    def build(self, target):
        own = f"{AUTHORITIES}:/usr/local/share/ca-certificates/own.crt:ro"
        self(
            *("build", "--isolation", "chroot", "--pull=never", "--layers=false"),
            *("--volume", own, "--target", target, "-t", f"trdt-{target}"),
            *("-f", HUB / "Containerfile", ROOT),
        )
        return self("from", "--pull=never", f"localhost/trdt-{target}").splitlines()[-1]


@pytest.fixture(scope="module")
def engine():
    if os.geteuid() != 0:
        pytest.skip("building needs root here")
    for program in ("buildah", "debootstrap"):
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed (Debian: apt install buildah debootstrap)")
    place = Path(tempfile.mkdtemp(prefix="trdt-image-", dir="/var/tmp"))
    if shutil.disk_usage(place).free < 12 * 2**30:
        shutil.rmtree(place)
        pytest.skip("building needs 12 GB of disk for some minutes")
    made = Engine(place)
    try:
        system = ["debootstrap", "--variant=minbase", "bookworm", place / "debian"]
        done = subprocess.run(system, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"no Debian to be had: {done.stdout[-300:]}")
        (place / "base").mkdir()
        subprocess.run(
            ["tar", "-C", place / "debian", "-cf", place / "base/d.tar", "."], check=True
        )
        shutil.rmtree(place / "debian")
        (place / "base/Containerfile").write_text("FROM scratch\nADD d.tar /\n")
        made("build", "--isolation", "chroot", "--layers=false", "-t", BASE, place / "base")
        yield made
    finally:
        subprocess.run(made.command("rm", "-a"), capture_output=True)
        subprocess.run(made.command("rmi", "-a", "-f"), capture_output=True)
        shutil.rmtree(place, ignore_errors=True)


@pytest.fixture(scope="module")
def course(engine):
    name = engine.build("course")
    yield name
    engine("rm", name)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_course_image_runs_under_any_number_and_holds_no_masters(engine, course):
    code = (
        "import json, os, pwd, pathlib, trd.hub.singleuser as s, trd.paths as p\n"
        "site = pathlib.Path(p.__file__).parent\n"
        "print(json.dumps({'home': str(s.prepare().root), 'uid': os.getuid(),\n"
        " 'name': pwd.getpwuid(os.getuid()).pw_name, 'repository': p.repository() is not None,\n"
        " 'lessons': len(list(p.course_dir().glob('*.ipynb'))),\n"
        " 'masters': [str(x) for x in pathlib.Path('/').glob('opt/trd/**/solutions/*')]}))"
    )
    account = Path(tempfile.mkdtemp(prefix="trdt-account-"))
    home = Path(tempfile.mkdtemp(prefix="trdt-home-"))
    try:
        account.chmod(0o755)
        (account / "passwd").write_text("ben:x:20001:20001::/home/trainee:/bin/bash\n")
        os.chown(home, 20_001, 20_001)
        said = engine(
            *("run", "--isolation", "chroot", "--user", "20001:20001"),
            *("-v", f"{account}:/var/lib/extrausers:ro", "-v", f"{home}:/home/trainee"),
            *("--env", "HOME=/home/trainee", course, "--", "python", "-c", code),
        )
        found = json.loads(said.splitlines()[-1])
        assert found["lessons"] >= 6
        assert found["masters"] == []
        assert {key: found[key] for key in ("uid", "name", "home", "repository")} == {
            "uid": 20_001,
            "name": "ben",
            "home": "/home/trainee/trd",
            "repository": False,
        }
        assert (home / "trd" / "trainee" / "course" / "00_start_here.ipynb").stat().st_uid == 20_001
    finally:
        shutil.rmtree(account)
        shutil.rmtree(home)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_hub_image_lets_a_trainee_in(engine):
    name = engine.build("hub")
    volumes = {
        each: Path(tempfile.mkdtemp(prefix="trdt-volume-")) for each in ("etc", "srv", "home")
    }
    for each in volumes.values():
        each.chmod(0o755)
    ports = free_ports(4)
    (volumes["etc"] / "hub.toml").write_text(SETTINGS.format(*ports))
    mounts = {"etc": "/etc/trd", "srv": "/srv/trd", "home": "/home"}
    words = [word for each, to in mounts.items() for word in ("-v", f"{volumes[each]}:{to}")]
    start = ["/usr/bin/tini", "-s", "-g", "--", "sh", "/opt/trd/container-start.sh"]
    running = None
    log = (volumes["srv"] / "log").open("w")
    try:
        # Twice: a new container finds the homes of the old one, and gives them the same numbers.
        for _ in range(2):
            # buildah's own run, unlike an engine's, may lay an empty volume of the image over ours.
            engine("config", *(word for to in mounts.values() for word in ("-v", f"{to}-")), name)
            running = subprocess.Popen(
                engine.command("run", "--isolation", "chroot", *words, name, "--", *start),
                stdout=log,
                stderr=log,
            )
            try:
                _a_trainee_works(f"http://127.0.0.1:{ports[0]}")
                _stop(running)
            except (TimeoutError, subprocess.TimeoutExpired) as error:
                said = (volumes["srv"] / "log").read_text(encoding="utf-8", errors="replace")
                pytest.fail(f"{error}\n{said[-6000:]}")
            owner = (volumes["home"] / "trdt-anna").stat()
            assert owner.st_uid >= 1000
            assert owner.st_mode & 0o777 == 0o700
            engine("rm", name)
            name = engine("from", "--pull=never", "localhost/trdt-hub").splitlines()[-1]
    finally:
        if running and running.poll() is None:
            _stop(running)
        log.close()
        for each in volumes.values():
            shutil.rmtree(each)


def _family(pid):
    """Every process below one, itself last."""
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True)
    below = [each for child in found.stdout.split() for each in _family(int(child))]
    return [*below, pid]


def _stop(running):
    """Stop a container as its engine does: tell its first process, then end what is left.

    The hub goes and leaves proxy and servers to whoever starts it again; with a container they end.
    """
    family = _family(running.pid)
    for pid in family:
        if Path(f"/proc/{pid}/comm").read_text().strip() == "tini":
            os.kill(pid, signal.SIGTERM)
    try:
        running.wait(timeout=150)
    finally:
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        running.wait(timeout=60)


def _a_trainee_works(url):
    http = requests.Session()
    wait_for(lambda: http.get(f"{url}/hub/api/", timeout=5).status_code == 200, 120, "hub")
    page = http.get(f"{url}/hub/login", timeout=60)
    token = re.search(r'name="_xsrf" value="([^"]+)"', page.text)[1]
    http.post(
        f"{url}/hub/login?next=%2Fhub%2Fhome",
        data={"username": "trdt-anna", "password": "a-word-for-everybody", "_xsrf": token},
        timeout=60,
    )

    def lesson():
        http.get(f"{url}/user/trdt-anna/lab", timeout=60)
        where = f"{url}/user/trdt-anna/api/contents/course/00_start_here.ipynb?content=0"
        return http.get(where, timeout=60).status_code == 200

    http.get(f"{url}/hub/spawn/trdt-anna", timeout=60)
    wait_for(lesson, 120, "the trainee's server")
