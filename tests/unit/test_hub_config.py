"""What the hub's settings become: JupyterHub's configuration, servers, pages."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import tomllib
import urllib.request
from types import SimpleNamespace

import pytest
from traitlets.config import Config

from trd.hub import accounts, config, demo, door, formgrader, links, settings, singleuser

BASE = {
    "hub": {"login": "pam"},
    "course": [
        {
            "id": "k26",
            "grader": "grader-k26",
            "folder": "/home/grader-k26/course",
            "state": "/home/grader-k26/state",
            "instructors": ["ines", "tom"],
            "trainees": ["anna"],
            "gradebook": "postgresql",
        },
        {
            "id": "k27",
            "grader": "grader-k27",
            "folder": "/home/grader-k27/course",
            "state": "/home/grader-k27/state",
            "port": 992,
            "instructors": ["ines"],
        },
    ],
}


@pytest.fixture(autouse=True)
def _graders_are_there(monkeypatch):
    monkeypatch.setattr(accounts, "exists", lambda account: True)


def made(**hub):
    values = {**BASE, "hub": {**BASE["hub"], **hub}}
    plan = settings.HubSettings.model_validate(values)
    c = Config()
    config.apply(c, plan)
    return c


def service(c, name):
    return next(each for each in c.JupyterHub.services if each["name"] == name)


def test_each_class_has_a_formgrader_of_its_own_under_its_own_account():
    c = made()
    for course, url in (
        ("k26", "postgresql+psycopg:///gradebook_k26"),
        ("k27", "sqlite:////home/grader-k27/state/class/gradebook.db"),
    ):
        one = service(c, course)
        # Begun as root for the port's sake; nothing of the class's may run before that is given up.
        assert "user" not in one
        assert one["command"][1:] == ["-P", "-m", "trd.hub.door"]
        assert one["environment"]["TRD_GRADER"] == f"grader-{course}"
        assert "PYTHONPATH" not in one["environment"]
        # A class whose folder is missing must not stop the hub.
        assert one["cwd"] == "/"
        assert one["environment"]["TRD_CLASS_FOLDER"] == f"/home/grader-{course}/course"
        assert one["url"].startswith("http://127.0.0.1:")
        assert one["environment"]["TRD_GRADEBOOK"] == url
        assert one["environment"]["TRD_COURSE"] == course
    # Where the gradebook is, trainees' servers are not told.
    assert "TRD_GRADEBOOK" not in c.Spawner.environment


def test_groups_are_named_as_nbgrader_documents():
    groups = made().JupyterHub.load_groups
    assert groups["formgrade-k26"]["users"] == ["grader-k26", "ines", "tom"]
    assert groups["nbgrader-k26"]["users"] == ["anna"]
    assert groups["nbgrader-k27"]["users"] == []


def test_an_instructor_reaches_the_own_class_only_and_nobody_anybodys_server():
    c = made(admins=["boss"])
    roles = {role["name"]: role for role in c.JupyterHub.load_roles}
    assert roles["formgrade-k26"]["scopes"] == ["access:services!service=k26"]
    for name, role in roles.items():
        reaching = [scope for scope in role["scopes"] if scope.startswith("access:servers")]
        assert reaching == (["access:servers!server"] if name == "server" else [])
    assert c.JupyterHub.admin_access is False


def test_nobody_logs_in_as_a_grader_or_as_root():
    hook = made().Authenticator.post_auth_hook
    assert hook(None, None, {"name": "anna"}) == {"name": "anna"}
    assert hook(None, None, {"name": "grader-k26"}) is None
    assert hook(None, None, {"name": "root"}) is None


@pytest.mark.parametrize(
    ("groups", "page"),
    [
        (["nbgrader-k26"], "/hub/spawn"),
        ([], "/hub/spawn"),
        (["formgrade-k26"], "/services/k26/"),
        (["formgrade-k26", "formgrade-k27"], "/hub/home"),
    ],
)
def test_everybody_lands_where_their_work_is(groups, page):
    person = SimpleNamespace(groups=[SimpleNamespace(name=name) for name in groups])
    handler = SimpleNamespace(
        current_user=person, base_url="/", hub=SimpleNamespace(base_url="/hub/")
    )
    assert made().JupyterHub.default_url(handler) == page


def test_an_instructors_server_leads_to_the_classes_they_teach():
    before = made(create_accounts=False).Spawner.pre_spawn_hook
    for groups, told in ((["formgrade-k27"], {"TRD_TEACHES": "1"}), (["nbgrader-k26"], {})):
        user = SimpleNamespace(name="x", groups=[SimpleNamespace(name=name) for name in groups])
        spawner = SimpleNamespace(user=user, environment={})
        asyncio.new_event_loop().run_until_complete(before(spawner))
        assert spawner.environment == told


def test_a_killed_hub_leaves_servers_alone_and_a_trial_leaves_nothing():
    assert made().JupyterHub.cleanup_servers is False
    trial = made(accounts="one", login="dummy", demo_password="12345678")
    assert trial.JupyterHub.cleanup_servers is True
    assert trial.JupyterHub.spawner_class == "simple"
    assert "user" not in service(trial, "k26")
    assert "trial" in trial.JupyterHub.template_vars["announcement_login"]
    assert "trial" not in made().JupyterHub.template_vars["announcement_login"]


def test_a_class_whose_restore_was_cut_off_stays_closed(tmp_path):
    state = tmp_path / "hub"
    state.mkdir()
    assert "TRD_CLOSED" not in service(made(state=str(state)), "k26")["environment"]
    (state / "restore-k26.json").write_text("{}")
    c = made(state=str(state))
    assert "--undo --course k26" in service(c, "k26")["environment"]["TRD_CLOSED"]
    assert "TRD_CLOSED" not in service(c, "k27")["environment"]


def test_a_class_without_its_account_does_not_stop_the_others(monkeypatch):
    monkeypatch.setattr(accounts, "exists", lambda account: account == "grader-k27")
    c = made()
    missing = service(c, "k26")
    assert missing["environment"]["TRD_GRADER"] == "nobody"
    assert "no account grader-k26" in missing["environment"]["TRD_CLOSED"]
    assert "TRD_GRADEBOOK" not in missing["environment"]
    assert service(c, "k27")["environment"]["TRD_GRADER"] == "grader-k27"


def test_somebody_without_an_account_does_not_stop_the_hub(monkeypatch, capsys):
    monkeypatch.setattr(accounts, "exists", lambda account: account != "tom")
    assert made().JupyterHub.load_groups["formgrade-k26"]["users"] == ["grader-k26", "ines"]
    assert (
        "tom has no account and is left out: python -m trd.hub prepare" in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"port": 8000}, "port: choose one below 1024"),
        ({"api_port": 8081}, "api_port: choose one below 1024"),
        ({"port": 881}, "each needs a port of its own"),
        ({"port": 991}, "its port 991 is one of the hub's own"),
    ],
)
def test_ports_that_anybody_could_take_are_refused(values, words):
    with pytest.raises(ValueError, match=words):
        made(**values)


def test_a_trial_may_have_any_port():
    assert made(accounts="one", login="dummy", demo_password="12345678", port=8000)


def test_idle_servers_are_stopped_after_the_minutes_that_were_set():
    assert "--timeout=5400" in service(made(idle_minutes=90), "idle-culler")["command"]


def test_the_example_settings_can_be_used_as_they_stand(repository):
    example = repository / "assets" / "hub" / "hub.toml"
    plan = settings.load(example)
    assert plan.course[0].gradebook == "postgresql"
    # What stands behind a # is the value a setting has when it is left out.
    text, compared = example.read_text(), 0
    for name, value in re.findall(r"^# (\w+) = ([^\s#]+|\[\]|\"\")[ ]+#", text, re.MULTILINE):
        if name in settings.Hub.model_fields and "example.org" not in value:
            told = tomllib.loads(f"x = {value}")["x"]
            default = settings.Hub.model_fields[name].default
            assert (list(default) if isinstance(default, tuple) else default) == told, name
            compared += 1
    assert compared >= 5


def test_the_trial_writes_settings_that_can_be_used(tmp_path, repository):
    file = demo.write_settings(tmp_path, repository, tmp_path / "proxy", "sqlite", None)
    plan = settings.load(file)
    assert plan.hub.accounts == "one"
    assert plan.hub.address == "127.0.0.1"
    assert file.stat().st_mode & 0o077 == 0
    ports = {plan.hub.port, plan.hub.api_port, plan.hub.proxy_api_port, plan.course[0].port}
    assert len(ports) == 4


def test_a_taken_port_is_said_at_once(tmp_path, repository):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(settings.SettingsError, match=f"Port {port} is taken"):
            demo.write_settings(tmp_path, repository, tmp_path, "sqlite", port)


# --- what the hub starts ----------------------------------------------------------------


def hub_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("TRD_HUB", "1")
    monkeypatch.setenv("TRD_EXCHANGE", str(tmp_path / "exchange"))
    monkeypatch.setenv("TRD_HOME", str(tmp_path / "me"))
    monkeypatch.setenv("JUPYTERHUB_USER", "anna")
    monkeypatch.setattr(os, "environ", os.environ.copy())


def test_a_persons_server_finds_lessons_exchange_and_class(monkeypatch, tmp_path):
    hub_environment(monkeypatch, tmp_path)
    before = os.umask(0o022)
    try:
        home = singleuser.prepare()
        made_in = (home.root / "probe").open("w")
        made_in.close()
    finally:
        os.umask(before)
    assert (home.lessons / "00_start_here.ipynb").is_file()
    # Whatever the person makes is theirs alone, whatever the hub's own mask was.
    assert (home.root / "probe").stat().st_mode & 0o077 == 0
    assert not (home.root / "exchange").exists()
    c = SimpleNamespace()
    text = (home.jupyter("trainee") / "config" / "nbgrader_config.py").read_text()
    c = Config()
    exec(text, {"get_config": lambda: c})
    assert c.Exchange.root == str(tmp_path / "exchange")
    assert c.Exchange.path_includes_course is True
    assert c.Authenticator.plugin_class == "nbgrader.auth.JupyterHubAuthPlugin"
    # Which classes there are, the hub says.
    assert "course_id" not in c.CourseDirectory
    assert "student_id" not in c.CourseDirectory


def test_another_terms_hand_in_is_not_this_terms(monkeypatch, tmp_path):
    from trd.quiz.handin import last_hand_in

    monkeypatch.setenv("TRD_HOME", str(tmp_path))
    kept = tmp_path / "cache" / "k26" / "anna+01-definitions+2025-01-01 10:00:00 UTC"
    kept.mkdir(parents=True)
    (kept / "timestamp.txt").write_text("2025-01-01 10:00:00.000000 UTC")
    desk = tmp_path / "trainee" / "cases"
    monkeypatch.setenv("TRD_HUB", "1")
    assert last_hand_in(desk / "k27" / "01-definitions") is None
    assert last_hand_in(desk / "k26" / "01-definitions").year == 2025
    monkeypatch.delenv("TRD_HUB")
    assert last_hand_in(desk / "01-definitions").year == 2025


def test_rights_that_the_file_no_longer_gives_are_taken_back(tmp_path, capsys):
    state = tmp_path / "hub"
    state.mkdir()
    book = sqlite3.connect(state / "jupyterhub.sqlite")
    book.executescript(
        """
        CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, admin BOOLEAN);
        CREATE TABLE groups (id INTEGER PRIMARY KEY, name TEXT);
        CREATE TABLE roles (id INTEGER PRIMARY KEY, name TEXT);
        CREATE TABLE user_group_map (user_id INTEGER, group_id INTEGER);
        CREATE TABLE user_role_map (user_id INTEGER, role_id INTEGER);
        INSERT INTO users VALUES (1,'ines',0),(2,'gone',1),(3,'boss',1),(4,'l-teacher',0),(5,'b',0);
        INSERT INTO groups VALUES (1,'formgrade-k26'),(2,'nbgrader-k26'),(3,'formgrade-old');
        INSERT INTO roles VALUES (1,'admin'),(2,'user');
        INSERT INTO user_group_map VALUES (1,1),(2,1),(4,1),(5,2),(1,3);
        INSERT INTO user_role_map VALUES (2,1),(2,2),(3,1);
        """
    )
    book.commit()
    made(state=str(state), admins=["boss"])
    left = book.execute("SELECT user_id, group_id FROM user_group_map ORDER BY 1, 2").fetchall()
    # An instructor of the file, one by the platform's word, a trainee somebody added.
    assert left == [(1, 1), (4, 1), (5, 2)]
    assert book.execute("SELECT name FROM users WHERE admin").fetchall() == [("boss",)]
    assert book.execute("SELECT * FROM user_role_map ORDER BY 1").fetchall() == [(2, 2), (3, 1)]
    assert "gone is no instructor any more: taken out of formgrade-k26" in capsys.readouterr().err


def test_formgraders_links_begin_at_the_class(repository):
    text = links.script()
    assert 'base_url + "/lab/tree/"' in text
    for wrong in ('"/notebooks/"', '"/edit/"', '"/tree/"'):
        assert wrong not in text


def test_a_class_that_cannot_be_started_says_so_and_keeps_the_hub_alive(monkeypatch, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    empty = tmp_path / "empty"
    empty.mkdir()
    environment = {
        **os.environ,
        "TRD_HOME": str(tmp_path / "state"),
        "TRD_HUB": "1",
        "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:{port}/services/k26/",
        "PYTHONPATH": "",
    }
    # The course is found beside the class's folder only; this one has none.
    code = (
        "from trd import paths; paths.repository = lambda: None\n"
        "from trd.hub import formgrader; formgrader.main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=empty,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + 60
        page = ""
        while time.monotonic() < deadline and process.poll() is None and not page:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/services/k26/lab") as answer:
                    page = answer.read().decode()
            except OSError:
                time.sleep(0.1)
        assert "could not be started" in page
        assert process.poll() is None
    finally:
        process.kill()
    assert "holds no course with masters" in process.stderr.read()


def test_the_door_ends_an_earlier_server_of_the_class_and_nobody_elses(tmp_path):
    note = tmp_path / "formgrader.pid"
    left = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)", "trd.hub.formgrader"]
    )
    try:
        threading.Thread(target=left.wait, daemon=True).start()
        note.write_text(str(left.pid))
        # The note is in the class's hands; what it names is ended only if it is the class's.
        door.end_earlier(os.getuid() + 1, note)
        assert left.poll() is None
        door.end_earlier(os.getuid(), note)
        assert left.wait(5) is not None
        for odd in ("", "0", "-1", "many words"):
            note.write_text(odd)
            door.end_earlier(os.getuid(), note)
        note.unlink()
        os.mkfifo(note)
        door.end_earlier(os.getuid(), note)
    finally:
        left.kill()


def test_formgrader_listens_where_the_door_did(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        taken.setblocking(False)
        monkeypatch.setenv(formgrader.LISTENING, str(os.dup(taken.fileno())))
        here = formgrader._taken()
        assert here.getsockname() == taken.getsockname()
        # A copy, as Jupyter makes one, must not make accept() wait for ever.
        here.dup().close()
        with pytest.raises(BlockingIOError):
            here.accept()
        assert not os.get_inheritable(here.fileno())
        here.close()


def test_a_server_left_by_a_killed_hub_is_ended(tmp_path):
    note = tmp_path / "formgrader.pid"
    left = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)", "trd.hub.formgrader"]
    )
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        # Reaped as soon as it ends, as by init.
        threading.Thread(target=left.wait, daemon=True).start()
        note.write_text(str(left.pid))
        formgrader.stop_earlier(note)
        assert left.wait(5) is not None
        assert note.read_text() == str(os.getpid())
        # The number of a process that has ended may belong to anybody now.
        note.write_text(str(stranger.pid))
        formgrader.stop_earlier(note)
        assert stranger.poll() is None
    finally:
        left.kill()
        stranger.kill()
