"""The plan of folders: who may enter what. Nothing is made; any account may run this."""

import os
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

pwd = pytest.importorskip("pwd", reason="a hub runs on Linux")

from trd.hub import check, database, layout, masters  # noqa: E402
from trd.hub.settings import CourseClass, Hub, HubSettings  # noqa: E402

ME = pwd.getpwuid(os.geteuid())


def a_class(name="k26", **other):
    home = f"/home/grader-{name}"
    given = {
        "id": name,
        "grader": f"grader-{name}",
        "folder": f"{home}/course",
        "state": f"{home}/trd",
        **other,
    }
    return CourseClass(**given)


def a_plan(*classes, exchange="/srv/trd/exchange", **hub):
    return HubSettings(hub=Hub(**hub), exchange=exchange, course=classes or (a_class(),))


def by_path(plan, homes=None):
    return {str(place.path): place for place in layout.wanted(plan, homes)}


def test_one_server():
    places = by_path(a_plan(a_class(instructors=["ina"], trainees=["tom"])))
    seen = {path: (place.owner, f"{place.mode:04o}") for path, place in places.items()}
    assert seen == {
        "/srv/trd/hub": ("root", "0700"),
        "/srv/trd/exchange": ("root", "1777"),
        "/home/grader-k26": ("grader-k26", "0700"),
        "/home/grader-k26/course": ("grader-k26", "0700"),
        "/home/grader-k26/trd": ("grader-k26", "0700"),
        "/home/grader-k26/trd/class": ("grader-k26", "0700"),
        "/srv/trd/exchange/k26": ("grader-k26", "0755"),
        "/srv/trd/exchange/k26/outbound": ("grader-k26", "0755"),
        "/srv/trd/exchange/k26/inbound": ("grader-k26", "3733"),
        "/srv/trd/exchange/k26/feedback": ("grader-k26", "0711"),
        "/home/ina": ("ina", "0700"),
        "/home/tom": ("tom", "0700"),
    }
    assert all(place.why for place in places.values())


def test_homes_are_where_the_system_has_them():
    plan = a_plan(a_class(trainees=["tom", "new"]))
    places = by_path(plan, {"tom": Path("/data/tom"), "grader-k26": Path("/home/grader-k26")})
    assert places["/data/tom"].owner == "tom"
    # No account yet, so nothing is planned for it.
    assert not any(place.owner == "new" for place in places.values())


NAMES = st.from_regex(r"[a-z][a-z0-9_-]{0,11}", fullmatch=True)


@st.composite
def plans(draw):
    names = draw(st.lists(NAMES, min_size=2, max_size=8, unique=True))
    many = draw(st.integers(1, min(3, len(names))))
    # The prefixes keep accounts apart; homes are named like accounts.
    classes = [
        a_class(
            name,
            port=991 + number,
            trainees=[f"t-{each}" for each in names[many:]] if number == 0 else [],
        )
        for number, name in enumerate(names[:many])
    ]
    return a_plan(*classes, accounts=draw(st.sampled_from(["unix", "one"])))


@given(plans())
def test_nothing_but_the_exchange_is_open_to_others(plan):
    for place in layout.wanted(plan):
        inside = place.path == plan.exchange or plan.exchange in place.path.parents
        if not inside:
            assert place.mode == 0o700, place
        assert plan.hub.accounts == "unix" or place.mode == 0o700


@given(plans())
def test_what_is_handed_in_and_back_is_never_listed(plan):
    for place in layout.wanted(plan):
        if place.path.name in ("inbound", "feedback"):
            assert not place.mode & 0o044, place
        if place.mode & 0o002 and place.path != plan.exchange:
            assert place.path.name == "inbound"
        # In the one place where everybody may make names, nobody may take away another's.
        if place.mode & 0o004 and place.mode & 0o002:
            assert place.mode & 0o1000


@given(plans())
def test_outer_folders_come_first_and_each_once(plan):
    paths = [place.path for place in layout.wanted(plan)]
    assert len(set(paths)) == len(paths)
    for number, path in enumerate(paths):
        assert not set(path.parents) & set(paths[number:])


@given(plans())
def test_nobody_owns_what_is_not_theirs(plan):
    if plan.hub.accounts == "one":
        assert {place.owner for place in layout.wanted(plan)} == {ME.pw_name}
        return
    trainees = {name for each in plan.course for name in each.trainees}
    for place in layout.wanted(plan):
        if place.owner in trainees:
            assert place.why == f"home of {place.owner}"


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (a_plan(exchange="/srv/trd/hub/exchange"), "nobody but root may enter"),
        (a_plan(exchange="/home/grader-k26/exchange"), "nobody but grader-k26 may enter"),
        (a_plan(a_class(state="/srv/trd/hub/k26")), "nobody but root may enter"),
        (a_plan(a_class(folder="/srv")), "the system's own folder"),
        (a_plan(a_class(folder="/usr/local")), "the system's own folder"),
        (a_plan(exchange="/"), "the system's own folder"),
        (a_plan(a_class(state="/home/grader-k26/course")), "is named twice"),
        (a_plan(admins=["grader-k26"]), "is named twice"),
        (a_plan(a_class(), a_class("b", port=1, folder="/home/grader-k26/b")), "may enter"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_made(plan, words):
    with pytest.raises(layout.LayoutError, match=words):
        layout.wanted(plan)


@pytest.fixture
def trial(tmp_path):
    """A trial under one's own account."""
    course = a_class(folder=str(tmp_path / "g" / "course"), state=str(tmp_path / "g" / "trd"))
    return a_plan(
        course, accounts="one", state=str(tmp_path / "hub"), exchange=str(tmp_path / "exchange")
    )


@pytest.fixture
def checkout(tmp_path):
    """A small copy of the course's repository."""
    root = tmp_path / "checkout"
    for name in (
        *("nbgrader_config.py", "pyproject.toml", "solutions/01/case.ipynb", "course/01.ipynb"),
        *("course/trd/__init__.py", ".git/config", ".local/x", ".venv/x", "build/x"),
        *("solutions/.ipynb_checkpoints/case.ipynb", "solutions/01/answers.jsonl", "gradebook.db"),
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("first")
    (root / "solutions" / "elsewhere").symlink_to("/etc")
    return root


def bring(plan, checkout):
    said = []
    layout.prepare(plan, said.append, masters_from=checkout)
    return said


def test_a_trial_needs_no_root_and_twice_changes_nothing(trial, tmp_path):
    said = []
    assert layout.prepare(trial, said.append) == len(layout.wanted(trial))
    assert layout.prepare(trial, said.append) == 0
    assert said[-1].endswith("0 changed")
    for place in layout.wanted(trial):
        assert place.path.stat().st_mode & 0o7777 == 0o700
    assert not [each for place in layout.wanted(trial) for each in check.at(place)]


def test_a_mode_that_was_opened_is_closed_and_said(trial):
    layout.prepare(trial, str)
    trial.hub.state.chmod(0o755)
    (finding,) = [each for place in layout.wanted(trial) for each in check.at(place)]
    assert "mode 0755 instead of 0700: others may list it" in finding.what
    assert finding.close == f"chmod 0700 {trial.hub.state}"
    said = []
    assert layout.prepare(trial, said.append) == 1
    assert "had mode 0755, now 0700" in said[0]


def test_a_file_in_the_way(trial):
    trial.exchange.write_text("")
    with pytest.raises(layout.LayoutError, match="is not a folder"):
        layout.prepare(trial, str)


def test_masters_for_a_new_class_leave_the_old_one_as_it_is(tmp_path, checkout):
    old, new = (
        a_class(
            name, port=port, folder=str(tmp_path / name / "f"), state=str(tmp_path / name / "s")
        )
        for name, port in (("k26", 991), ("k27", 992))
    )
    plan = a_plan(
        *(old, new), accounts="one", state=str(tmp_path / "h"), exchange=str(tmp_path / "x")
    )
    bring(plan, checkout)
    (checkout / "solutions/01/case.ipynb").write_text("second")
    layout.prepare(plan, str, masters_from=checkout, masters_for=new)
    assert (old.folder / "solutions/01/case.ipynb").read_text() == "first"
    assert (new.folder / "solutions/01/case.ipynb").read_text() == "second"


def test_a_trial_does_not_close_the_checkout_it_uses(trial):
    folder = trial.course[0].folder
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    layout.prepare(trial, str)
    assert folder.stat().st_mode & 0o777 == 0o755


def test_everything_an_instructor_needs_and_nothing_else(trial, checkout):
    said = bring(trial, checkout)
    folder = trial.course[0].folder
    copied = {each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file()}
    assert copied == {
        *("nbgrader_config.py", "pyproject.toml", "solutions/01/case.ipynb", "course/01.ipynb"),
        "course/trd/__init__.py",
    }
    assert any("5 files of the course copied" in each for each in said)


def test_an_instructors_change_outlives_an_upgrade(trial, checkout):
    bring(trial, checkout)
    folder, state = trial.course[0].folder, trial.course[0].state
    master = folder / "solutions" / "01" / "case.ipynb"
    master.write_text("mine")
    # Nothing newer: nothing to say.
    assert not any("changed here" in each for each in bring(trial, checkout))
    (checkout / "solutions" / "01" / "case.ipynb").write_text("second")
    (checkout / "course" / "01.ipynb").write_text("second")
    said = bring(trial, checkout)
    assert master.read_text() == "mine"
    assert (folder / "course" / "01.ipynb").read_text() == "second"
    assert (state / masters.NEWER / "solutions" / "01" / "case.ipynb").read_text() == "second"
    assert any(str(master) in each and "changed here" in each for each in said)
    # Said once; and the one put aside goes when the instructor has taken it over.
    assert not any("changed here" in each for each in bring(trial, checkout))
    master.write_text("second")
    bring(trial, checkout)
    assert not (state / masters.NEWER / "solutions" / "01" / "case.ipynb").exists()


def test_what_an_instructor_removed_stays_away(trial, checkout):
    bring(trial, checkout)
    lesson = trial.course[0].folder / "course" / "01.ipynb"
    lesson.unlink()
    bring(trial, checkout)
    (checkout / "course" / "01.ipynb").write_text("second")
    said = bring(trial, checkout)
    assert not lesson.exists()
    assert any("removed here" in each for each in said)


def test_masters_that_were_there_before_are_nobodys_to_overwrite(trial, checkout):
    master = trial.course[0].folder / "solutions" / "01" / "case.ipynb"
    master.parent.mkdir(parents=True)
    master.write_text("by hand")
    bring(trial, checkout)
    assert master.read_text() == "by hand"


def test_code_that_left_the_course_leaves_the_class_unless_it_was_changed(trial, checkout):
    for name in ("old", "mine"):
        (checkout / "course" / "trd" / f"{name}.py").write_text("first")
    bring(trial, checkout)
    package = trial.course[0].folder / "course" / "trd"
    (package / "mine.py").write_text("changed")
    for path in ("course/trd/old.py", "course/trd/mine.py", "solutions/01/case.ipynb"):
        (checkout / path).unlink()
    bring(trial, checkout)
    assert not (package / "old.py").exists()
    assert (package / "mine.py").read_text() == "changed"
    # A master may have been answered already.
    assert (trial.course[0].folder / "solutions" / "01" / "case.ipynb").exists()


def test_a_folder_that_is_no_course(trial, tmp_path):
    with pytest.raises(masters.MastersError, match="is no copy of the course"):
        layout.prepare(trial, str, masters_from=tmp_path)


def test_every_tracked_master_is_among_the_files(repository):
    if shutil.which("git") is None or not (repository / ".git").exists():
        pytest.skip("needs the repository's history")
    listed = subprocess.run(
        [
            "git",
            "-c",
            "safe.directory=*",
            "-C",
            str(repository),
            "ls-files",
            *masters.FOLDERS,
            *masters.FILES,
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    found = {each.as_posix() for each in masters.files(repository)}
    assert listed
    # What is listed may have been removed and not yet committed.
    assert {each for each in listed if (repository / each).exists()} <= found
    assert not {each for each in found if each.startswith((".", "tests/", "build/"))}


def test_only_root_lays_out_a_server(monkeypatch):
    monkeypatch.setattr(layout.os, "geteuid", lambda: 4711)
    with pytest.raises(layout.LayoutError, match="Only root can make folders"):
        layout.prepare(a_plan(), str)


def test_no_postgresql_on_this_machine(monkeypatch):
    monkeypatch.setattr(database.shutil, "which", lambda name: None)
    with pytest.raises(database.DatabaseError, match="apt install postgresql"):
        database.prepare(a_class(gradebook="postgresql"), str)


def test_settings_that_leave_a_door_open():
    def told(**hub):
        return " ".join(str(each) for each in check._in_settings(a_plan(**hub)))

    assert told() == ""
    assert "without a certificate" in told(address="0.0.0.0")
    assert "without" not in told(
        address="0.0.0.0", certificate="/etc/ssl/x.pem", certificate_key="/etc/ssl/x.key"
    )
    assert "anybody in as anybody" in told(login="dummy", demo_password="long enough")
    assert "under one account" in told(accounts="one")


def test_what_others_can_read_is_found_and_closed_folders_hide_it(tmp_path):
    # Only as far as the way there is open; tests may run below a closed folder.
    shelf = tmp_path / "shelf"
    (shelf / "inner").mkdir(parents=True)
    (shelf / "inner" / "key").write_text("")
    (shelf / "inner" / "key").chmod(0o644)
    for folder in (shelf, shelf / "inner"):
        folder.chmod(0o755)
    way_open = check.first_shut(tmp_path) is None
    assert (shelf / "inner" / "key" in check.readable(shelf)) == way_open
    (shelf / "inner").chmod(0o700)
    assert shelf / "inner" / "key" not in check.readable(shelf)
    shelf.chmod(0o700)
    assert list(check.readable(shelf)) == []
    shut = check.first_shut(shelf / "inner")
    assert shut == (shelf.resolve() if way_open else check.first_shut(tmp_path))


@pytest.mark.parametrize(("status", "opens"), [(200, True), (302, False), (403, False)])
def test_a_formgrader_that_asks_nobody_is_found(status, opens):
    class Formgrader(BaseHTTPRequestHandler):
        def do_GET(self):
            assert self.path == "/services/k26/formgrader"
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Formgrader) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        assert check._formgrader_opens(a_class(port=server.server_port)) == opens


def test_no_formgrader_running():
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        free = server.server_port
    assert not check._formgrader_opens(a_class(port=free))
