"""People kept apart on a cluster, without one: each "pod" is a process of its own.

A pod here is a process with private mounts, a number that no /etc/passwd knows, and no rights; its
mounts, first step and environment are the ones that ``assets/hub/helm`` gives it. What Kubernetes
itself does (volumes over the network, its policies) is not tested by this.
"""

import ctypes.util
import http.server
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
HELM = ROOT / "assets" / "hub" / "helm"
CASE = "01-definitions"
GRADER = 19_999
ALONE = ("unshare", "--mount", "--propagation", "private")
TRAINEES = ("anna@clinic.example", "ben")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

# The hub's pod: the values' own Python, as the chart runs it; says what each person's pod gets.
HUB = """
import asyncio, json, sys, types
sys.path.insert(0, "/usr/local/etc/jupyterhub")
values = json.load(sys.stdin)
class Section(dict):
    def __getattr__(self, name):
        return self.setdefault(name, Section()) if name[0].isupper() else self[name]
    __setattr__ = dict.__setitem__
c = Section()
for code in values["extraConfig"].values():
    exec(code, globals())
for name in values["names"]:
    spawner = types.SimpleNamespace(
        user=types.SimpleNamespace(name=name, groups=[]), image="", environment=values["env"],
        volume_mounts=values["mounts"], init_containers=[])
    asyncio.run(c.Spawner.pre_spawn_hook(spawner))
    del spawner.user
    print(json.dumps(vars(spawner)))
"""
# What a person's server does before it becomes JupyterHub's, then nbgrader in their folder.
TRAINEE = """
import os, subprocess, sys
from trd.hub import singleuser
os.chdir(singleuser.prepare().trainee)
os.execv(sys.executable, [sys.executable, "-m", "nbgrader", *sys.argv[1:]])
"""


def _library():
    """Return the folder of libnss_extrausers; fetched and unpacked, not installed."""
    if ctypes.util.find_library("nss_extrausers"):
        return None
    folder = Path(tempfile.mkdtemp(prefix="trdt-nss-"))
    got = subprocess.run(
        "apt-get download -qq libnss-extrausers && dpkg-deb -x libnss-extrausers_*.deb .",
        shell=True,
        cwd=folder,
        capture_output=True,
        text=True,
    )
    found = list(folder.rglob("libnss_extrausers.so.2"))
    if got.returncode or not found:
        shutil.rmtree(folder)
        pytest.skip(f"libnss-extrausers is neither here nor to be had: {got.stderr[-200:]}")
    return found[0].parent


def copy_course(to):
    """Copy what a server needs of the checkout."""
    for part in ("course", "assets/evidence", "assets/parameters"):
        shutil.copytree(
            ROOT / part, to / part, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_*")
        )
    for part in ("nbgrader_config.py", "pyproject.toml", "assets/references.bib"):
        shutil.copy(ROOT / part, to / part)


class Cluster:
    """Volumes, and a way to run something in a pod."""

    def __init__(self, root, library, hub_url):
        self.root = root
        self.hub_url = hub_url
        self.library = library
        self.empty = 0
        nsswitch = Path("/etc/nsswitch.conf").read_text().splitlines()
        lines = [f"{each} extrausers" if each.startswith("passwd:") else each for each in nsswitch]
        self.nsswitch = root / "nsswitch.conf"
        self.nsswitch.write_text("\n".join(lines) + "\n")
        # A checkout may be private; in the image the course is where everybody can read it.
        checkout = root / "image"
        copy_course(checkout)
        self.code = checkout / "course"
        for name in ("accounts", "exchange", "homes", "class", "jupyterhub", "mountpoints"):
            (root / name).mkdir()
        shutil.copy(ROOT / "course/trd/hub/uids.py", root / "jupyterhub" / "trd_uids.py")

    def run(self, uid, mounts, command, env=(), stdin=None):
        """Run a command as ``uid`` where only ``mounts`` (inside -> volume) are to be seen."""
        script = ["set -e", f"mount --bind {self.nsswitch} /etc/nsswitch.conf"]
        # Nothing of this machine's people and state: a pod has its own disk.
        script += [f"mount -t tmpfs tmpfs {each}" for each in ("/var/lib", "/home", "/srv", "/mnt")]
        for inside, volume in mounts.items():
            place = inside
            if inside.startswith(("/homes", "/accounts", "/usr/local/etc")):
                place = f"/mnt{inside}"
            script.append(f"mkdir -p {place} && mount --bind {volume} {place}")
        rights = "--clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs"
        if uid == 0:
            rights = "--clear-groups --no-new-privs"
            rights += " --bounding-set=-all,+chown,+fowner,+fsetid,+dac_override"
        script.append(f'cd / && exec setpriv --reuid={uid} --regid={uid} {rights} "$@"')
        environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", **dict(env)}
        if self.library:
            environment["LD_LIBRARY_PATH"] = str(self.library)
        return subprocess.run(
            [*ALONE, "sh", "-c", "\n".join(script), "pod", *command],
            env=environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=300,
        )

    def volume(self, name):
        self.empty += 1
        folder = self.root / f"{name}-{self.empty}"
        folder.mkdir()
        folder.chmod(0o777)
        return folder


def _ok(done):
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
    return done


class _Hub(http.server.BaseHTTPRequestHandler):
    """The one thing nbgrader asks the hub for: who is in which class."""

    def do_GET(self):
        body = json.dumps({"name": self.path.rsplit("/", 1)[-1], "groups": ["nbgrader-trd"]})
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def cluster():
    if os.geteuid() != 0:
        pytest.skip("making pods' mounts needs root")
    may = subprocess.run(
        [*ALONE, "sh", "-c", "mount -t tmpfs tmpfs /mnt"],
        capture_output=True,
        text=True,
    )
    if may.returncode:
        pytest.skip(f"private mounts are not allowed here: {may.stderr.strip()}")
    python = [sys.executable, "-c", "import nbgrader"]
    runs = subprocess.run(
        ["setpriv", "--reuid=20001", "--regid=20001", "--clear-groups", *python],
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "HOME": "/"},
        capture_output=True,
        text=True,
    )
    if runs.returncode:
        pytest.skip(f"other accounts cannot run {sys.executable}: {runs.stderr[-200:]}")
    library = _library()
    root = Path(tempfile.mkdtemp(prefix="trdt-pods-"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        root.chmod(0o755)
        if library:
            for folder in [library, *library.parents][:4]:
                folder.chmod(0o755) if folder.name.startswith(("trdt-", "x86", "lib")) else None
        yield Cluster(root, library, f"http://127.0.0.1:{server.server_port}/hub/api")
    finally:
        server.shutdown()
        server.server_close()
        shutil.rmtree(root)
        if library:
            shutil.rmtree(
                next(each for each in library.parents if each.name.startswith("trdt-nss-"))
            )


@pytest.fixture(scope="module")
def prepared(cluster):
    """Volumes as the job makes them, people as the hub's hook makes them."""
    values = yaml.safe_load((HELM / "values.yaml").read_text(encoding="utf-8"))
    job = next(
        thing
        for thing in yaml.safe_load_all((HELM / "shared.yaml").read_text(encoding="utf-8"))
        if thing["kind"] == "Job"
    )["spec"]["template"]["spec"]["containers"][0]
    volumes = {each["mountPath"]: cluster.root / each["name"] for each in job["volumeMounts"]}
    env = {each["name"]: each["value"] for each in job["env"]}
    for _ in range(2):
        _ok(cluster.run(0, volumes, [*job["command"], *job["args"]], env))

    hub = {
        "extraConfig": values["hub"]["extraConfig"],
        "names": TRAINEES,
        "env": values["singleuser"]["extraEnv"],
        "mounts": values["singleuser"]["storage"]["extraVolumeMounts"],
    }
    said = _ok(
        cluster.run(
            1000,
            {
                "/srv/trd/accounts": cluster.root / "accounts",
                "/usr/local/etc/jupyterhub": cluster.root / "jupyterhub",
            },
            [sys.executable, "-c", HUB.replace("/usr/local/etc", "/mnt/usr/local/etc")],
            stdin=json.dumps(hub),
        )
    ).stdout
    pods = {}
    for name, line in zip(TRAINEES, said.splitlines(), strict=True):
        pods[name] = SimpleNamespace(**json.loads(line))
        pods[name].account = cluster.volume("account")
        _first(cluster, pods[name])
    return pods


def _volume(cluster, pod, name):
    return pod.account if name == "account" else cluster.root / name


def _first(cluster, pod):
    (step,) = pod.init_containers
    *shell, script = step["command"]
    mounts = {
        each["mountPath"]: _volume(cluster, pod, each["name"]) for each in step["volumeMounts"]
    }
    # Where this machine has no such folder, and a pod would have its own disk.
    script = script.replace('"/homes', '"/mnt/homes').replace(" /accounts/", " /mnt/accounts/")
    env = {each["name"]: each["value"] for each in step["env"]}
    context = step["securityContext"]
    _ok(cluster.run(context["runAsUser"], mounts, [*shell, script], env))


def in_pod(cluster, prepared, name, *command, env=()):
    """Run something in a person's pod."""
    pod = prepared[name]
    mounts = {}
    for mount in pod.volume_mounts.values():
        volume = _volume(cluster, pod, mount["name"])
        mounts[mount["mountPath"]] = volume / mount["subPath"] if "subPath" in mount else volume
    environment = {
        **pod.environment,
        "JUPYTERHUB_USER": name,
        "JUPYTERHUB_API_TOKEN": "a-token",
        "JUPYTERHUB_API_URL": cluster.hub_url,
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "PYTHONPATH": str(cluster.code),
        **dict(env),
    }
    return cluster.run(pod.uid, mounts, command, environment)


def asked(cluster, prepared, name, code, *, env=()):
    return _ok(in_pod(cluster, prepared, name, sys.executable, "-c", code, env=env)).stdout.strip()


def graders(cluster, *command):
    """Run nbgrader in the formgrader's pod."""
    things = yaml.safe_load_all((HELM / "formgrader.yaml").read_text(encoding="utf-8"))
    pod = next(thing for thing in things if thing["kind"] == "Deployment")["spec"]["template"]
    container = pod["spec"]["containers"][0]
    mounts = {each["mountPath"]: cluster.root / each["name"] for each in container["volumeMounts"]}
    env = {each["name"]: each["value"] for each in container["env"] if "value" in each}
    env["PATH"] = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    # The gradebook is elsewhere here: no database is needed to see who handed in what.
    env["TRD_GRADEBOOK"] = "sqlite:////srv/trd/class/state/gradebook.db"
    code = "import os, sys; os.chdir('/srv/trd/class/course'); os.execv(sys.argv[1], sys.argv[1:])"
    return cluster.run(
        pod["spec"]["securityContext"]["runAsUser"],
        mounts,
        [sys.executable, "-c", code, sys.executable, "-m", "nbgrader", *command],
        env,
    )


@pytest.fixture(scope="module")
def released(cluster, prepared):
    course = cluster.root / "class" / "course"
    copy_course(course)
    shutil.copytree(ROOT / "solutions" / CASE, course / "solutions" / CASE)
    subprocess.run(["chown", "-R", f"{GRADER}:{GRADER}", course], check=True)
    _ok(graders(cluster, "generate_assignment", CASE))
    _ok(graders(cluster, "release_assignment", CASE))
    return prepared


def test_a_pod_knows_its_own_name_and_nobody_elses(cluster, prepared):
    assert [prepared[name].uid for name in TRAINEES] == [20_000, 20_001]
    for name in TRAINEES:
        code = "import os, pwd; print(pwd.getpwuid(os.getuid()).pw_name, os.path.expanduser('~'))"
        assert asked(cluster, prepared, name, code) == f"{name} /home/trainee"
    code = "import pwd; print([each.pw_name for each in pwd.getpwall() if each.pw_uid > 19000])"
    assert TRAINEES[0] not in asked(cluster, prepared, TRAINEES[1], code)
    # This machine itself never learns of them.
    with pytest.raises(KeyError):
        pwd.getpwuid(20_001)


def test_a_home_is_closed_and_the_name_cannot_be_changed(cluster, prepared):
    for name in TRAINEES:
        home = (cluster.root / "homes" / str(prepared[name].uid)).stat()
        assert (home.st_uid, home.st_mode & 0o777) == (prepared[name].uid, 0o700)
    # A mount that is read-only in a pod is bound so by Kubernetes; the owner stays what it is here.
    line = (prepared["ben"].account / "passwd").read_text()
    assert line == "ben:x:20001:20001::/home/trainee:/bin/bash\n"


def test_somebody_elses_number_stops_the_pod(cluster, prepared):
    """What a hook gone wrong would do: Ben's number, Anna's home."""
    wrong = SimpleNamespace(**vars(prepared["ben"]))
    step = json.loads(json.dumps(wrong.init_containers[0]))
    step["env"][0] = {"name": "TRD_UID", "value": str(prepared[TRAINEES[0]].uid)}
    wrong.init_containers, wrong.account = [step], cluster.volume("account")
    with pytest.raises(AssertionError):
        _first(cluster, wrong)
    assert not (wrong.account / "passwd").exists()


def test_fetch_hand_in_collect(cluster, released):
    for name in TRAINEES:
        for command in ("fetch_assignment", "submit"):
            done = in_pod(
                cluster,
                released,
                name,
                sys.executable,
                "-c",
                TRAINEE,
                command,
                CASE,
                "--course=trd",
            )
            _ok(done)
    inbound = cluster.root / "exchange" / "trd" / "inbound"
    owners = {each.name.split("+")[0]: each.stat().st_uid for each in inbound.glob("*+*")}
    assert owners == {name: released[name].uid for name in TRAINEES}

    collected = _ok(graders(cluster, "collect", CASE))
    assert "handed in by the account" not in collected.stderr
    assert "cheating" not in collected.stderr
    submitted = cluster.root / "class" / "state" / "class" / "submitted"
    assert {each.name for each in submitted.iterdir()} == set(TRAINEES)
    for name in TRAINEES:
        folder = submitted / name / CASE
        assert list(folder.glob("*.ipynb"))
        assert folder.stat().st_uid == GRADER


@pytest.mark.parametrize("door", ["inbound", "feedback"])
def test_nobody_looks_at_anothers(cluster, released, door):
    code = f"import os; os.listdir('/srv/trd/exchange/trd/{door}')"
    refused = in_pod(cluster, released, "ben", sys.executable, "-c", code)
    assert "PermissionError" in refused.stderr


def test_a_hand_in_in_anothers_name_changes_nothing(cluster, released):
    """Ben calls his folder Anna's, and newer; the owner's number says whose it is."""
    inbound = "/srv/trd/exchange/trd/inbound"
    name = f"{TRAINEES[0]}+{CASE}+2099-01-01 00:00:00.000000 UTC+forged"
    code = (
        "import pathlib\n"
        f"place = pathlib.Path({inbound!r}, {name!r}); place.mkdir(mode=0o777)\n"
        f"(place / 'timestamp.txt').write_text('2099-01-01 00:00:00.000000 UTC')\n"
        f"(place / '{CASE}.ipynb').write_text('{{}}')\n"
    )
    folder = cluster.root / "class" / "state" / "class" / "submitted" / TRAINEES[0] / CASE
    before = {each.name: each.read_bytes() for each in folder.iterdir()}
    asked(cluster, released, "ben", code)
    assert (cluster.root / "exchange" / "trd" / "inbound" / name).stat().st_uid == 20_001
    _ok(graders(cluster, "collect", CASE, "--update"))
    assert {each.name: each.read_bytes() for each in folder.iterdir()} == before


@pytest.mark.parametrize(
    "path",
    [
        "/srv/trd/class",
        "/srv/trd/accounts",
        "/srv/trd/homes",
        "/var/lib/extrausers/last",
    ],
)
def test_what_is_not_mounted_is_not_there(cluster, released, path):
    code = f"import os; print(os.path.exists({path!r}))"
    assert asked(cluster, released, "ben", code) == "False"


def test_nobody_moves_what_belongs_to_the_class(cluster, released):
    tries = [
        "os.rename('/srv/trd/exchange/trd', '/srv/trd/exchange/mine')",
        "os.mkdir('/srv/trd/exchange/trd/outbound/99-mine')",
        "os.rmdir('/srv/trd/exchange/trd/inbound')",
        f"open('/srv/trd/exchange/trd/outbound/{CASE}/x', 'w')",
        "os.setuid(20000)",
        "os.chown('/home/trainee', 20000, 20000)",
    ]
    for each in tries:
        refused = in_pod(cluster, released, "ben", sys.executable, "-c", f"import os; {each}")
        assert "PermissionError" in refused.stderr, each


def test_only_the_hub_writes_the_table(cluster, prepared):
    table = cluster.root / "accounts"
    assert table.stat().st_uid == 1000
    done = cluster.run(
        GRADER, {"/var/lib/extrausers": table}, ["touch", "/var/lib/extrausers/passwd"]
    )
    assert done.returncode != 0
