"""A trainee tries all doors: every one is shut, and opens for whoever it belongs to.

Each attempt is made twice, in the same words: by somebody it should stop, and by somebody it should
not. So none fails because of a slip in its path.
"""

import asyncio
import contextlib
import json
import pwd
import re
import shutil
import stat
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests
from leaks import MARKERS, scan_folder, secrets
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

from conftest import refused
from trd.quiz.masters import items_in

ROOT = Path(__file__).resolve().parents[2]
CASE = "02-mechanism"
PAGE = "case-a"
ANSWERS = {
    PAGE: {
        item.id: item.secret.key for item in items_in(ROOT / "solutions" / CASE / f"{PAGE}.ipynb")
    }
}
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def _processes(account, word):
    """An account's processes with a word in their command."""
    uid = pwd.getpwnam(account).pw_uid
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if entry.stat().st_uid == uid and word in (entry / "cmdline").read_bytes():
                found.append(entry)
    return found


def _environment(process):
    pairs = (process / "environ").read_bytes().decode().split("\0")
    return dict(pair.split("=", 1) for pair in pairs if "=" in pair)


def _listening(account):
    """The ports of the machine on which an account's processes listen."""
    uid = str(pwd.getpwnam(account).pw_uid)
    lines = []
    for name in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            lines += Path("/proc/net", name).read_text().splitlines()[1:]
    fields = [line.split() for line in lines]
    return {
        int(each[1].rpartition(":")[2], 16) for each in fields if each[3] == "0A" and each[7] == uid
    }


@pytest.fixture(scope="module")
def class_(clinic):
    """The class in the middle of term: Anna and Bert can fetch their feedback."""
    anna, _ = clinic.at_work(clinic.anna, clinic.bert)
    for name in (clinic.anna, clinic.bert):
        assert clinic.nbgrader(name, "fetch", CASE)["success"]
    clinic.answer(clinic.anna, CASE, ANSWERS)
    for name in (clinic.anna, clinic.bert):
        assert clinic.nbgrader(name, "submit", CASE)["success"]
    clinic.does(clinic.ines, f"assignment/{CASE}/collect")
    for name in (clinic.anna, clinic.bert):
        clinic.does(clinic.ines, f"submission/{CASE}/{name}/autograde")
    clinic.does(clinic.ines, f"assignment/{CASE}/generate_feedback")
    clinic.does(clinic.ines, f"assignment/{CASE}/release_feedback")
    # The other class looks at its own gradebook, and so makes the file.
    assert clinic.formgrader(clinic.uta, "GET", "assignments", clinic.other.id).status_code == 200
    kernel = anna.call("POST", f"/user/{clinic.anna}/api/kernels", json={"name": "python3"})
    assert kernel.status_code == 201, kernel.text
    (server,) = _processes(clinic.anna, b"jupyterhub.singleuser")
    (service,) = _processes(clinic.course.grader, b"trd.hub.formgrader")
    (handed_in,) = (clinic.exchange / "inbound").glob(f"{clinic.anna}+{CASE}+*")
    return SimpleNamespace(
        kernel=kernel.json()["id"],
        server=server,
        port=int(_environment(server)["JUPYTERHUB_SERVICE_URL"].split(":")[2].split("/")[0]),
        service=service,
        token=_environment(service)["JUPYTERHUB_API_TOKEN"],
        handed_in=handed_in,
    )


# --- as an account of the machine --------------------------------------------------------------


def _home(clinic, name):
    return clinic.world.home_of(name)


#: What a trainee would like to read: whose it is, and where it lies.
FILES = {
    "a master with the key": lambda h, c: (
        "grader",
        h.course.folder / f"solutions/{CASE}/{PAGE}.ipynb",
    ),
    "the list of masters": lambda h, c: ("grader", h.course.folder / "solutions"),
    "what was collected": lambda h, c: (
        "grader",
        h.course.state / f"class/submitted/{h.anna}/{CASE}/answers.jsonl",
    ),
    "what was graded": lambda h, c: (
        "grader",
        h.course.state / f"class/autograded/{h.anna}/{CASE}/{PAGE}.ipynb",
    ),
    "the feedback before it is handed back": lambda h, c: (
        "grader",
        h.course.state / f"class/feedback/{h.anna}/{CASE}/{PAGE}.html",
    ),
    "a gradebook in a file": lambda h, c: ("neuro", h.other.state / "class/gradebook.db"),
    "the database's socket's neighbour": lambda h, c: ("root", h.world.cluster.data / "PG_VERSION"),
    "another's home": lambda h, c: ("anna", _home(h, h.anna)),
    "another's answers": lambda h, c: ("anna", h.desk(h.anna, CASE) / "answers.jsonl"),
    "another's copies of what was handed in": lambda h, c: (
        "anna",
        _home(h, h.anna) / "trd/cache/trd",
    ),
    "another's kernel's key": lambda h, c: (
        "anna",
        _home(h, h.anna) / f"trd/run/kernel-{c.kernel}.json",
    ),
    "who has handed in": lambda h, c: ("grader", h.exchange / "inbound"),
    "a hand-in whose name is known": lambda h, c: ("grader", c.handed_in),
    "the answers in it": lambda h, c: ("grader", c.handed_in / "answers.jsonl"),
    "the word that leads to its feedback": lambda h, c: (
        "grader",
        c.handed_in / "submission_secret.txt",
    ),
    "the feedback of all": lambda h, c: ("grader", h.exchange / "feedback"),
    "the settings": lambda h, c: ("root", h.world.settings_file),
    "the hub's database": lambda h, c: ("root", h.world.settings.hub.state / "jupyterhub.sqlite"),
    "the hub's cookie secret": lambda h, c: ("root", h.world.settings.hub.state / "cookie_secret"),
    "the grader's keys to the hub": lambda h, c: ("grader", c.service / "environ"),
    "another's keys to the hub": lambda h, c: ("anna", c.server / "environ"),
    "the hub's keys": lambda h, c: ("root", Path(f"/proc/{h.world.hub_process}/environ")),
}


def _read(clinic, name, path):
    """Read a file or list a folder under an account."""
    return clinic.attempt(name, ["/bin/ls" if path.is_dir() else "/bin/cat", str(path)])


@pytest.mark.parametrize("what", FILES)
def test_no_trainee_reads(clinic, class_, what):
    owner, path = FILES[what](clinic, class_)
    rightful = _read(clinic, "root" if owner == "root" else clinic.names[owner], path)
    assert rightful.returncode == 0, rightful.stderr
    assert rightful.stdout
    # The other class's trainee has no account on this class's list; an instructor has one.
    for name in (clinic.bert, clinic.emil, clinic.ines):
        tried = _read(clinic, name, path)
        assert tried.returncode != 0, name
        assert "Permission denied" in tried.stderr
        assert not tried.stdout


def test_feedback_is_found_by_nobody_but_its_owner(clinic, class_):
    released = list((clinic.exchange / "feedback").glob("*.html"))
    assert released
    for name in (clinic.anna, clinic.bert):
        assert clinic.nbgrader(name, "fetch_feedback", CASE)["success"]
        (page,) = (clinic.desk(name, CASE) / "feedback").glob(f"*/{PAGE}.html")
        text = page.read_text(encoding="utf-8")
        # Anna has answered, Bert has not.
        assert ("Not answered" in text) == (name == clinic.bert)
    # A page's name is made from a secret of its hand-in, and is nothing that could be guessed.
    assert all(re.fullmatch("[0-9a-f]{32,}", path.stem) for path in released)


def test_postgresql_lets_nobody_else_in(clinic, class_):
    psql = shutil.which("psql")
    ask = [psql, "-At", "-d", clinic.course.database, "-c", "SELECT count(*) FROM student"]
    rightful = clinic.attempt(clinic.course.grader, ask)
    assert int(rightful.stdout) >= 2, rightful.stderr
    for name in (clinic.bert, clinic.ines, clinic.other.grader):
        for role in (name, clinic.course.grader, "postgres"):
            tried = clinic.attempt(name, [*ask, "-U", role])
            assert tried.returncode != 0
            assert "FATAL" in tried.stderr
            assert not tried.stdout


def test_nobody_else_changes_what_was_handed_out(clinic, class_):
    handed_out = clinic.exchange / "outbound"
    page = handed_out / CASE / f"{PAGE}.ipynb"
    attempts = (
        ["/bin/touch", str(handed_out / "07-mine")],
        ["/bin/touch", str(page)],
        ["/bin/rm", str(handed_out / "07-mine")],
        ["/bin/mv", str(clinic.exchange), str(clinic.exchange.parent / "mine")],
    )
    for command in attempts:
        tried = clinic.attempt(clinic.bert, command)
        assert tried.returncode != 0, command
        rightful = clinic.attempt(clinic.course.grader, command)
        assert rightful.returncode == 0, rightful.stderr
    (clinic.exchange.parent / "mine").rename(clinic.exchange)


def test_nobody_takes_away_what_another_handed_in(clinic, class_):
    # Even who has learnt the whole name of it.
    moved = class_.handed_in.parent / f"{clinic.bert}+mine"
    for command in (
        ["/bin/mv", str(class_.handed_in), str(moved)],
        ["/bin/rm", "-r", str(class_.handed_in)],
        ["/bin/rm", str(class_.handed_in / "answers.jsonl")],
    ):
        assert clinic.attempt(clinic.bert, command).returncode != 0, command
    assert (class_.handed_in / "answers.jsonl").stat().st_size > 0
    for name in (clinic.anna, clinic.course.grader):
        done = clinic.attempt(name, ["/bin/mv", str(class_.handed_in), str(moved)])
        assert done.returncode == 0, done.stderr
        moved.rename(class_.handed_in)


def test_work_in_anothers_name_is_not_credited(clinic, class_):
    desk = clinic.desk(clinic.bert, CASE)
    collected = clinic.course.state / "class/submitted"
    before = (collected / clinic.anna / CASE / "answers.jsonl").read_bytes()
    clinic.answer(clinic.bert, CASE, {PAGE: dict.fromkeys(ANSWERS[PAGE], None)})
    nbgrader = str(Path(clinic.world.python).with_name("nbgrader"))
    inbound = clinic.exchange / "inbound"
    # With nbgrader's own option, under Bert's settings of the hub.
    (server,) = _processes(clinic.bert, b"jupyterhub.singleuser")
    known = _environment(server)
    tried = clinic.attempt(
        clinic.bert,
        [nbgrader, "submit", CASE, "--course=trd", f"--CourseDirectory.student_id={clinic.anna}"],
        desk.parent,
        **known,
    )
    by_option = {
        path for path in inbound.glob(f"{clinic.anna}+{CASE}+*") if path.owner() == clinic.bert
    }
    assert by_option or tried.returncode != 0
    # By hand: as new as can be.
    later = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f UTC")
    forged = inbound / f"{clinic.anna}+{CASE}+{later}+{'f' * 32}"
    clinic.run(
        clinic.bert,
        f"import shutil, pathlib; there = pathlib.Path({str(forged)!r})\n"
        f"shutil.copytree('.', there); there.chmod(0o777)\n"
        f"(there / 'timestamp.txt').write_text({later!r})\n"
        "(there / 'submission_secret.txt').write_text('0' * 128)",
        desk,
    )
    # And honestly, in his own.
    time.sleep(0.01)
    assert clinic.nbgrader(clinic.bert, "submit", CASE)["success"]
    said = clinic.does(clinic.ines, f"assignment/{CASE}/collect")
    assert (collected / clinic.anna / CASE / "answers.jsonl").read_bytes() == before
    own = (collected / clinic.bert / CASE / "answers.jsonl").read_bytes()
    assert own == (desk / "answers.jsonl").read_bytes()
    assert clinic.bert in said["log"]
    for path in (*by_option, forged):
        shutil.rmtree(path, ignore_errors=True)


LISTEN = """
import sys, zmq
heard = zmq.Context().socket(zmq.SUB)
heard.subscribe(b"")
for address in sys.argv[1:]:
    heard.connect(address)
print("listening", flush=True)
while not any(b"what-she-answers" in part for part in heard.recv_multipart()):
    pass
print("heard", flush=True)
"""
SPEAK = """
import sys, jupyter_client
client = jupyter_client.BlockingKernelClient(connection_file=sys.argv[1])
client.load_connection_file()
client.start_channels()
client.wait_for_ready(60)
for line in sys.stdin:
    client.execute("print('what-she-answers')", reply=True, timeout=60)
    print("said", flush=True)
"""


class _Script:
    """A script that runs under an account beside the test."""

    def __init__(self, clinic, name, script, *arguments):
        self._process = subprocess.Popen(
            [clinic.world.python, "-c", script, *arguments],
            user=clinic.names[name],
            group=clinic.names[name],
            extra_groups=[],
            cwd="/",
            env={"HOME": str(_home(clinic, clinic.names[name]))},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def line(self):
        return self._process.stdout.readline().strip()

    def go_on(self):
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def ended(self):
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(0.2)
        return self._process.poll() is not None

    def stop(self):
        self._process.kill()
        return self._process.communicate()[0]


def test_nobody_listens_to_anothers_kernel(clinic, class_):
    connection = _home(clinic, clinic.anna) / f"trd/run/kernel-{class_.kernel}.json"
    where = json.loads(connection.read_text())
    door = f"{where['ip']}-{where['iopub_port']}"
    ports = _listening(clinic.anna) - {class_.port}
    # Bert tries every port of hers, and the socket, should it let him.
    addresses = [*(f"tcp://127.0.0.1:{port}" for port in ports), f"ipc://{door}"]
    with contextlib.ExitStack() as running:
        bert = _Script(clinic, "bert", LISTEN, *addresses)
        running.callback(bert.stop)
        assert bert.line() == "listening"
        anna = _Script(clinic, "anna", LISTEN, *addresses)
        running.callback(anna.stop)
        assert anna.line() == "listening"
        speaker = _Script(clinic, "anna", SPEAK, str(connection))
        running.callback(speaker.stop)
        # Who listens is heard of by the kernel a moment later; it says the same until then.
        deadline = time.monotonic() + 60
        while not anna.ended():
            assert time.monotonic() < deadline
            speaker.go_on()
            assert speaker.line() == "said"
        assert anna.line() == "heard"
        assert bert.stop() == ""
    knock = f"import socket; socket.socket(socket.AF_UNIX).connect({door!r})"
    clinic.run(clinic.anna, knock)
    tried = clinic.attempt(clinic.bert, [clinic.world.python, "-c", knock])
    assert "PermissionError" in tried.stderr


def test_nobody_listens_to_the_instructors_kernels(clinic, class_):
    ines = clinic.person(clinic.ines)
    opened = ines.call("POST", "/services/trd/api/kernels", json={"name": "python3"})
    assert opened.status_code == 201, opened.text
    kernel = opened.json()["id"]
    where = json.loads((clinic.course.state / f"run/kernel-{kernel}.json").read_text())
    assert where["transport"] == "ipc"
    look = ["/bin/ls", str(Path(where["ip"]).parent)]
    assert clinic.attempt(clinic.course.grader, look).returncode == 0
    for name in (clinic.bert, clinic.ines):
        assert "Permission denied" in clinic.attempt(name, look).stderr
    ines.call("DELETE", f"/services/trd/api/kernels/{kernel}")


def test_what_is_installed_holds_no_master_and_cannot_be_changed(clinic, class_):
    (package,) = (clinic.world.prefix / "venv/lib").glob("python3*/site-packages/trd")
    assert (package / "_bundled/course/01_what_is_trd.ipynb").exists()
    # The package names the marks between which keys stand; it holds none.
    assert scan_folder(package, secrets(ROOT / "solutions") - MARKERS) == {}
    assert not [*clinic.world.prefix.rglob("solutions")]
    # The search does find them where they are.
    assert scan_folder(clinic.course.folder / "solutions", secrets(ROOT / "solutions") - MARKERS)
    for name in (clinic.bert, clinic.course.grader):
        found = clinic.run(
            name,
            "import os, trd, sys\n"
            "top = os.path.dirname(os.path.dirname(trd.__file__))\n"
            "print([f for f, _, _ in os.walk(sys.prefix) if os.access(f, os.W_OK)])",
        )
        assert found.strip() == "[]"


def test_a_trainees_work_is_shut_even_where_homes_are_open(clinic, class_):
    # The hub itself leaves files open to others, and so do many systems with homes.
    told = Path(f"/proc/{clinic.world.hub_process}/status").read_text()
    assert int(re.search(r"^Umask:\s*(\d+)", told, re.M)[1], 8) & 0o077 != 0o077
    home = _home(clinic, clinic.anna)
    home.chmod(0o755)
    try:
        assert _read(clinic, clinic.bert, home).returncode == 0
        for inner in ("trd", "trd/trainee", "trd/cache", "trd/run", "trd/jupyter"):
            assert _read(clinic, clinic.anna, home / inner).returncode == 0
            assert "Permission denied" in _read(clinic, clinic.bert, home / inner).stderr
        # What she makes anew in Lab is closed, too, wherever it should come to lie.
        answer = clinic.person(clinic.anna).call(
            "PUT",
            f"/user/{clinic.anna}/api/contents/notes.txt",
            json={"type": "file", "format": "text", "content": "mine"},
        )
        assert answer.status_code == 201, answer.text
        made = (home / "trd/trainee/notes.txt").stat()
        assert made.st_uid == pwd.getpwnam(clinic.anna).pw_uid
        assert stat.S_IMODE(made.st_mode) & 0o077 == 0
    finally:
        home.chmod(0o700)


# --- over the network --------------------------------------------------------------------------

#: What is asked: by whom it may be, and who tries.
DOORS = {
    "formgrader": ("ines", "GET", "/services/trd/formgrader/manage_assignments"),
    "formgrader's gradebook": ("ines", "GET", f"/services/trd/formgrader/api/submissions/{CASE}"),
    "the class's files": ("tom", "GET", "/services/trd/api/contents/solutions"),
    "collecting": ("ines", "POST", f"/services/trd/formgrader/api/assignment/{CASE}/collect"),
    "a kernel of the class": ("ines", "GET", "/services/trd/api/kernels"),
    "a trainee's page": ("anna", "GET", "/user/{anna}/lab"),
    "a trainee's files": ("anna", "GET", f"/user/{{anna}}/api/contents/cases/trd/{CASE}"),
    "a trainee's kernels": ("anna", "GET", "/user/{anna}/api/kernels"),
    "a trainee's assignments": ("anna", "GET", "/user/{anna}/assignments?course_id=trd"),
    "the other class's formgrader": ("uta", "GET", "/services/neuro/formgrader/manage_assignments"),
    "the other class's gradebook": ("uta", "GET", "/services/neuro/formgrader/api/assignments"),
    "what the hub knows of a trainee": ("anna", "GET", "/hub/api/users/{anna}"),
    "a trainee's tokens": ("anna", "GET", "/hub/api/users/{anna}/tokens"),
    "a new token of a trainee": ("anna", "POST", "/hub/api/users/{anna}/tokens"),
}


@pytest.mark.parametrize("door", DOORS)
def test_no_page_opens_for_others(clinic, class_, door):
    who, method, path = DOORS[door]
    path = path.format(**clinic.names)

    def knock(name):
        someone = clinic.person(name)
        service = "/".join(path.split("/")[:3]) + "/"
        if service.startswith(("/services", "/user")):
            # On the way to a page the server learns from the hub who this is, if it lets them.
            someone.get(service + ("lab" if service.startswith("/user") else "formgrader"))
        return someone.call(method, path)

    answer = knock(clinic.names[who])
    assert answer.status_code in (200, 201), (answer.status_code, answer.text[:300])
    assert not refused(answer)
    # Bert: same class. Emil, Uta: the other one. Ines, Tom: instructors, and no trainee's masters.
    allowed = {"ines", "tom"} if "/services/trd" in path else {who}
    for name in {"bert", "emil", "ines", "tom", "uta"} - allowed:
        answer = knock(clinic.names[name])
        assert refused(answer), (name, answer.status_code, answer.url, answer.text[:300])


def test_no_websocket_opens_for_others(clinic, class_):
    url = f"{clinic.world.url}/user/{clinic.anna}/api/kernels/{class_.kernel}/channels"

    async def connect(cookies):
        header = "; ".join(f"{cookie.name}={cookie.value}" for cookie in cookies)
        request = HTTPRequest(url.replace("http", "ws", 1), headers={"Cookie": header})
        socket = await websocket_connect(request)
        socket.close()

    def mine(name):
        known = clinic.person(name).http.cookies
        return [cookie for cookie in known if f"/user/{clinic.anna}/".startswith(cookie.path)]

    asyncio.run(connect(mine(clinic.anna)))
    for name in (clinic.bert, clinic.ines):
        own = [*clinic.person(name).http.cookies]
        for cookies in (own, []):
            with pytest.raises(HTTPClientError) as error:
                asyncio.run(connect(cookies))
            assert error.value.code in (302, 403, 404)


def test_behind_the_proxy_the_doors_are_shut_too(clinic, class_):
    # Ports on the machine itself, which any account can reach.
    hub = clinic.world.settings.hub
    doors = (
        (clinic.ines, f":{clinic.course.port}/services/trd/formgrader/api/assignments"),
        (clinic.anna, f":{class_.port}/user/{clinic.anna}/api/contents"),
        (clinic.anna, f":{hub.api_port}/hub/api/users/{clinic.anna}"),
    )
    clinic.person(clinic.anna).get(f"/user/{clinic.anna}/lab")
    for owner, door in doors:
        address = f"http://127.0.0.1{door}"
        assert clinic.person(owner).http.get(address).status_code == 200, address
        assert refused(requests.get(address))
        # Cookies do not know ports: Bert's are sent there, too.
        assert refused(clinic.person(clinic.bert).http.get(address)), address
        wrong = {"Authorization": "token " + "0" * 32}
        assert refused(requests.get(address, headers=wrong))


def test_the_proxy_takes_orders_from_the_hub_only(clinic, class_):
    hub = clinic.world.settings.hub
    routes = f"http://127.0.0.1:{hub.proxy_api_port}/api/routes"
    known = _environment(Path(f"/proc/{clinic.world.proxy_process}"))
    key = {"Authorization": f"token {known['CONFIGPROXY_AUTH_TOKEN']}"}
    assert requests.get(routes, headers=key).status_code == 200
    order = {"target": "http://127.0.0.1:9"}
    for headers in ({}, {"Authorization": f"token {class_.token}"}):
        assert requests.get(routes, headers=headers).status_code == 403
        assert (
            requests.post(f"{routes}/user/{clinic.anna}", json=order, headers=headers).status_code
            == 403
        )
    assert clinic.person(clinic.anna).get(f"/user/{clinic.anna}/lab").status_code == 200


def _asks_hub(clinic, token, method, path, **more):
    headers = {"Authorization": f"token {token}"}
    return requests.request(method, f"{clinic.world.url}/hub/api{path}", headers=headers, **more)


def test_no_trainee_gets_more_rights_from_the_hub(clinic, class_):
    bert = clinic.person(clinic.bert)
    (server,) = _processes(clinic.bert, b"jupyterhub.singleuser")
    own = bert.call("POST", f"/hub/api/users/{clinic.bert}/tokens")
    assert own.status_code == 201, own.text
    tokens = {
        "his own": own.json()["token"],
        "his server's": _environment(server)["JUPYTERHUB_API_TOKEN"],
    }
    joining = {"json": {"users": [clinic.bert]}}
    for whose, token in tokens.items():
        # The token is a good one.
        known = _asks_hub(clinic, token, "GET", "/user")
        assert known.json()["name"] == clinic.bert, whose
        for method, path, more in (
            ("GET", f"/users/{clinic.anna}", {}),
            ("PATCH", f"/users/{clinic.bert}", {"json": {"admin": True}}),
            ("POST", f"/users/{clinic.anna}/server", {}),
            ("DELETE", f"/users/{clinic.anna}/server", {}),
            ("POST", "/groups/formgrade-trd/users", joining),
            ("POST", "/groups/formgrade-neuro/users", joining),
            ("GET", "/proxy", {}),
            ("POST", "/shutdown", {}),
        ):
            answer = _asks_hub(clinic, token, method, path, **more)
            assert answer.status_code in (403, 404), (whose, method, path, answer.text)
        # A list is given, of those he may know about: himself.
        listed = _asks_hub(clinic, token, "GET", "/users")
        seen = {each["name"] for each in listed.json()} if listed.ok else set()
        assert seen <= {clinic.bert}
    for scope in ("admin:groups", "list:users", "access:services", "admin:users", "access:servers"):
        wish = {"json": {"scopes": [scope]}}
        answer = bert.call("POST", f"/hub/api/users/{clinic.bert}/tokens", **wish)
        assert answer.status_code in (400, 403), (scope, answer.text)
    assert refused(bert.get("/hub/admin"))
    # The same question, by whom it is meant for: the class may add to its trainees.
    added = _asks_hub(clinic, class_.token, "POST", "/groups/nbgrader-trd/users", **joining)
    assert added.status_code == 200


def test_a_class_changes_its_own_list_of_trainees_and_no_other(clinic, class_):
    """An instructor's terminal has the class's key: it must open nothing but the class."""
    own, other = clinic.course, clinic.other
    joining = {"json": {"users": [clinic.bert]}}
    mine = f"/groups/{own.trainee_group}"
    assert _asks_hub(clinic, class_.token, "POST", f"{mine}/users", **joining).ok
    for method, path, more in (
        ("POST", f"/groups/{own.instructor_group}/users", joining),
        ("POST", f"/groups/{other.trainee_group}/users", joining),
        ("POST", f"/groups/{other.instructor_group}/users", joining),
        ("POST", "/groups/anew", {}),
        ("DELETE", mine, {}),
        ("GET", f"/users/{clinic.bert}", {}),
        ("POST", f"/users/{clinic.bert}/server", {}),
        ("POST", f"/users/{clinic.bert}/tokens", {}),
    ):
        answer = _asks_hub(clinic, class_.token, method, path, **more)
        assert answer.status_code in (403, 404), (method, path, answer.text)
    # As nbgrader does it, from the terminal of the formgrader.
    told = _environment(class_.service)
    hub = {name: told[name] for name in told if name.startswith("JUPYTERHUB_")}
    added = clinic.world.as_grader("nbgrader", "db", "student", "add", clinic.bert, hub=hub)
    assert "NOT added" not in added.stderr
    assert "already in the Jupyterhub group" in added.stderr


def test_nobody_stands_in_the_place_of_hub_proxy_or_formgrader(clinic, class_):
    """Whoever had one of their ports while they restart would be shown passwords."""
    hub = clinic.world.settings.hub
    ports = [hub.port, hub.api_port, hub.proxy_api_port]
    ports += [each.port for each in clinic.world.settings.course]
    script = (
        "import socket\n"
        f"for port in {[*ports, 0]}:\n"
        "    try:\n"
        "        socket.create_server(('127.0.0.1', port)).close()\n"
        "        print(port, 'taken')\n"
        "    except OSError as error:\n"
        "        print(port, type(error).__name__)\n"
    )
    said = dict(line.split() for line in clinic.run(clinic.bert, script).splitlines())
    assert said.pop("0") == "taken"
    # Not because somebody is there already: because it is not allowed.
    assert said == {str(port): "PermissionError" for port in ports}
    # The formgrader got its port from root, and is root no more.
    status = (class_.service / "status").read_text()
    uid = pwd.getpwnam(clinic.course.grader).pw_uid
    assert re.search(r"^Uid:(.*)$", status, re.MULTILINE)[1].split() == [str(uid)] * 4
    assert re.search(r"^CapEff:\s*(\w+)$", status, re.MULTILINE)[1] == "0" * 16
