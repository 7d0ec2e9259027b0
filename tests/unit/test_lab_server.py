"""The real thing, slowly: one server in trainee mode, looked at over HTTP."""

import json
import os
import re
import signal
import socket
import sys
import urllib.error
import urllib.request

import pytest
from running import running

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trainee(tmp_path_factory):
    """Start trainee mode from a folder with spaces; yield a function that asks it things."""
    top = tmp_path_factory.mktemp("a trainee")
    own = top / "the user's own"
    (own / ".jupyter").mkdir(parents=True)
    # A user's own settings, which must not be read: this would refuse every address.
    (own / ".jupyter" / "jupyter_server_config.py").write_text("raise SystemExit('read!')\n")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {**os.environ, "HOME": str(own), "TRD_HOME": str(top / "state")}
    env = {k: v for k, v in env.items() if not k.startswith("JUPYTER")}
    words = ["-m", "trd.lab", "trainee", "--no-browser", "--port", str(port)]
    with running(*words, until=f"127.0.0.1:{port}", env=env) as (server, said):
        found = re.search(r"http://127\.0\.0\.1:\d+(/\S*)\?token=(\w+)", said)
        assert found, said
        page, token = found.groups()

        def ask(path):
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"token {token}"}
            )
            try:
                with urllib.request.urlopen(request, timeout=20) as answer:
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as error:
                return error.code, ""

        ask.page, ask.own, ask.state = page, own, top / "state"
        ask.process, ask.port = server, port
        yield ask


def test_it_opens_on_the_welcome_page(trainee):
    assert trainee.page == "/lab/tree/course/00_start_here.ipynb"
    assert trainee("/api/status")[0] == 200
    status, html = trainee(trainee.page)
    assert status == 200
    assert "trd-course" in html


def test_a_visitor_without_the_token_gets_nothing(trainee):
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://127.0.0.1:{trainee.port}/api/contents", timeout=20)
    assert refused.value.code == 403


def test_the_trainee_sees_lessons_and_cases_only(trainee):
    names = [item["name"] for item in json.loads(trainee("/api/contents")[1])["content"]]
    assert sorted(names) == ["cases", "course"]
    lessons = json.loads(trainee("/api/contents/course")[1])["content"]
    assert all(item["name"].endswith(".ipynb") for item in lessons)
    assert "00_start_here.ipynb" in [item["name"] for item in lessons]
    held = [p.as_posix() for p in (trainee.state / "trainee").rglob("*")]
    assert not [p for p in held if "solutions" in p or p.endswith(".py")]


@pytest.mark.parametrize(
    "path",
    [
        "/api/terminals",
        "/formgrader",
        "/formgrader/api/assignments",
        "/formgraders",
        "/api/contents/solutions",
        "/api/contents/..%2Fclass",
        "/api/contents/..%2F..%2Fsolutions",
        "/files/../class/gradebook.db",
    ],
)
def test_what_belongs_to_instructors_is_not_there(trainee, path):
    assert trainee(path)[0] in {400, 403, 404}


def test_the_assignments_list_is_there(trainee):
    status, body = trainee("/assignments?course_id=trd")
    assert status == 200
    assert json.loads(body)["success"] is True


def test_kernels_run_in_the_course_environment(trainee):
    specs = json.loads(trainee("/api/kernelspecs")[1])["kernelspecs"]
    assert list(specs) == ["python3"]
    # Jupyter replaces a bare "python" by the server's own interpreter.
    assert specs["python3"]["spec"]["argv"][0] in {"python", sys.executable}


def test_the_front_end_settings_are_in_force(trainee):
    status, body = trainee("/lab/api/settings/@jupyterlab/docmanager-extension:plugin")
    assert status == 200
    schema = json.loads(body)["schema"]["properties"]
    assert schema["autosaveInterval"]["default"] == 10
    html = trainee(trainee.page)[1]
    config = json.loads(re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', html).group(1))
    assert "@jupyter/nbgrader:create-assignment" in config["disabledExtensions"]
    assert "trd-course" in [e["name"] for e in config["federated_extensions"]]
    assert trainee("/custom/custom.css")[0] == 200


@pytest.mark.skipif(os.name == "nt", reason="signals differ")
def test_ctrl_c_ends_it_quietly_and_nothing_was_left_in_the_users_folder(trainee):
    trainee.process.send_signal(signal.SIGINT)
    said = trainee.process.communicate(timeout=30)[0]
    assert trainee.process.returncode == 0
    assert "The course has stopped" in said
    assert "Traceback" not in said
    assert "[y/n]" not in said.lower()
    left = {p.relative_to(trainee.own).as_posix() for p in trainee.own.rglob("*")}
    assert left == {".jupyter", ".jupyter/jupyter_server_config.py"}


# Another course takes the port between this one's finding it and its taking it.
TAKEN = """
import socket, sys
from jupyter_server.serverapp import ServerApp
find = ServerApp._find_http_port
other = socket.socket()
def find_and_lose(server):
    find(server)
    other.bind(("127.0.0.1", server.port))
    other.listen()
    print("taken", server.port, flush=True)
ServerApp._find_http_port = find_and_lose
from trd.lab.__main__ import main
sys.exit(main(["trainee", "--no-browser"]))
"""


def test_two_courses_started_at_once_take_two_ports(tmp_path):
    env = {**os.environ, "TRD_HOME": str(tmp_path / "state")}
    with running("-c", TAKEN, until="Leave this window open", env=env) as (_, said):
        taken = int(re.search(r"taken (\d+)", said)[1])
        address = re.search(r"http://127\.0\.0\.1:(\d+)/\S+", said)
        assert address, said
        assert int(address[1]) > taken
        with urllib.request.urlopen(address[0], timeout=20) as answer:
            assert "trd-course" in answer.read().decode()
        kept = (tmp_path / "state").rglob("jpserver-*.json")
        assert [json.loads(path.read_text())["port"] for path in kept] == [int(address[1])]
