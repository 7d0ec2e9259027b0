"""The hub dies and comes back; nobody who is at work notices, and nothing is started twice."""

import contextlib
import os
import pwd
import signal
from pathlib import Path

import pytest
import requests
from world import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


#: A person's server, and a class's.
SERVERS = (b"jupyterhub.singleuser", b"trd.hub.formgrader")


def _servers(account):
    """An account's running servers: their numbers."""
    uid = pwd.getpwnam(account).pw_uid
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (entry / "cmdline").read_bytes()
            if entry.stat().st_uid == uid and any(each in command for each in SERVERS):
                found.append(int(entry.name))
    return found


def _works(person):
    """Whether somebody's server answers what only they may ask."""
    answer = person.call("GET", f"/user/{person.name}/api/contents/course")
    return answer.status_code == 200 and answer.json()["type"] == "directory"


def _class_opens(clinic, name, course):
    def opens():
        return clinic.formgrader(name, "GET", "assignments", course).status_code == 200

    return wait_for(opens, 60, f"formgrader of {course}")


@pytest.fixture
def cleo(clinic):
    (someone,) = clinic.at_work(clinic.cleo)
    assert _works(someone)
    return someone


def test_servers_go_on_without_the_hub_and_are_found_again(clinic, cleo):
    world = clinic.world
    _class_opens(clinic, clinic.ines, "trd")
    before = _servers(cleo.name)
    formgrader = _servers(clinic.course.grader)
    assert len(before) == len(formgrader) == 1

    world.kill_hub()
    try:
        assert requests.get(f"{world.url}/hub/api/", timeout=10).status_code == 503
        # Who is at work goes on, through the proxy.
        kernel = cleo.call("POST", f"/user/{cleo.name}/api/kernels", json={"name": "python3"})
        assert kernel.status_code == 201
        assert _works(cleo)
        listed = cleo.call("GET", f"/user/{cleo.name}/api/contents/course/01_what_is_trd.ipynb")
        assert listed.status_code == 200
    finally:
        world.start()

    assert _works(cleo)
    # The hub knows the server, kernel and all, and starts no second one.
    known = cleo.call("GET", f"/hub/api/users/{cleo.name}").json()
    assert known["servers"][""]["ready"]
    cleo.start_server()
    assert _servers(cleo.name) == before
    kernels = cleo.call("GET", f"/user/{cleo.name}/api/kernels").json()
    assert kernel.json()["id"] in [each["id"] for each in kernels]
    # The class's server of the dead hub held the port; a new one has taken its place.
    _class_opens(clinic, clinic.ines, "trd")
    (now,) = _servers(clinic.course.grader)
    assert now not in formgrader
    # Stopping it is the new hub's to do.
    stopped = cleo.call("DELETE", f"/hub/api/users/{cleo.name}/server")
    assert stopped.status_code in (202, 204)
    wait_for(lambda: not _servers(cleo.name), 30, "the end of the server")


def test_a_hub_killed_while_it_starts_leaves_nothing_in_the_way(clinic):
    world = clinic.world
    world.kill_hub()
    with contextlib.suppress(OSError):
        os.kill(world.proxy_process, signal.SIGKILL)
    (world.settings.hub.state / "proxy.pid").unlink(missing_ok=True)
    # Killed as soon as the proxy is there, which is before it answers.
    world.start(patience_s=0)
    wait_for(lambda: world.proxy_process, 60, "the proxy")
    world.kill_hub()
    proxy = world.proxy_process
    assert Path(f"/proc/{proxy}").exists()
    world.start()
    for name, course in ((clinic.ines, "trd"), (clinic.uta, clinic.other.id)):
        _class_opens(clinic, name, course)
    (cleo,) = clinic.at_work(clinic.cleo)
    assert _works(cleo)


def test_a_class_without_its_folder_stops_nobody_else(clinic):
    world, other = clinic.world, clinic.other
    away = other.folder.with_name("away")
    world.kill_hub()
    other.folder.rename(away)
    try:
        world.start()
        _class_opens(clinic, clinic.ines, "trd")
        (cleo,) = clinic.at_work(clinic.cleo)
        assert _works(cleo)

        def explained():
            page = clinic.person(clinic.uta).get(f"/services/{other.id}/").text
            return page if "could not be started" in page else ""

        page = wait_for(explained, 60, "the page that says why")
        assert "The formgrader cannot be started" in world.log.read_text()
        # The page says nothing of the machine.
        assert str(other.folder) not in page
    finally:
        away.rename(other.folder)
        world.kill_hub()
        world.start()
    _class_opens(clinic, clinic.uta, other.id)
