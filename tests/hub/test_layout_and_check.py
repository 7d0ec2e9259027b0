"""Folders, accounts and doors on a real machine: needs root; all it makes it removes."""

import contextlib
import os
import pwd
import secrets
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from trd.hub import __main__ as command
from trd.hub import accounts, check, database, layout, masters, settings

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="makes accounts, so needs root")
SYSTEM_PYTHON = Path("/usr/bin/python3")
ROOT = Path(__file__).resolve().parents[2]


def write(path, text="x", owner=None, mode=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    if owner:
        shutil.chown(path, owner)
    if mode is not None:
        path.chmod(mode)
    return path


class Server:
    """One server below one folder, with accounts of its own."""

    def __init__(self, base):
        self.base, self.tag = base, f"trdt-{secrets.token_hex(2)}"
        self.grader, self.ina, self.tom, self.tess, self.guest = (
            f"{self.tag}-{name}" for name in ("grader", "ina", "tom", "tess", "guest")
        )
        self.home = base / "home"
        self.exchange = base / "exchange"
        self.file = base / "hub.toml"
        self.checkout = base / "shut" / "checkout"
        self.write_settings()
        write(self.checkout / "nbgrader_config.py")
        write(self.checkout / "solutions" / "01" / "case.ipynb", "key")
        self.checkout.parent.chmod(0o700)
        self._make_python()

    def one(self, name, grader, port=991, more=""):
        home = self.home / grader
        return (
            f'[[course]]\nid = "{name}"\ngrader = "{grader}"\nport = {port}\n'
            f'folder = "{home}/course"\nstate = "{home}/trd"\n{more}\n'
        )

    def write_settings(self, more="", course=""):
        people = f'instructors = ["{self.ina}"]\ntrainees = ["{self.tom}", "{self.tess}"]\n'
        write(
            self.file,
            f'exchange = "{self.exchange}"\n[hub]\nstate = "{self.base}/hub"\n'
            + self.one("k26", self.grader, more=people + course)
            + more,
            mode=0o600,
        )

    def _make_python(self):
        # What everybody's server would run on: the system's Python, with a stand-in for the course.
        self.python = self.base / "venv" / "bin" / "python"
        subprocess.run(
            [SYSTEM_PYTHON, "-m", "venv", "--without-pip", self.python.parents[1]], check=True
        )
        (packages,) = (self.base / "venv" / "lib").glob("python3*/site-packages")
        self.package = packages / "trd"
        write(self.package / "__init__.py", "")
        write(self.package / "quiz.py", "")

    @property
    def plan(self):
        return settings.load(self.file)

    def prepare(self, **more):
        said = []
        layout.prepare(self.plan, said.append, home_base=self.home, **more)
        return said

    def ours(self, found):
        """Findings about this server; the machine the tests run on may have doors of its own."""
        marks = (str(self.base), self.tag)
        return [each for each in found if any(mark in str(each) for mark in marks)]

    def audit(self, **more):
        given = {"python": self.python, "package": self.package, **more}
        return self.ours(check.audit(self.plan, self.file, **given)[1])

    def probe(self, name):
        # Homes of people the machine had before are as they are.
        others = {f" {each.pw_dir}" for each in accounts.people() if self.tag not in each.pw_name}
        found = check.probe(self.plan, name, self.file, python=self.python)[1]
        return [each for each in found if not any(home in each.what for home in others)]

    def close(self):
        for entry in pwd.getpwall():
            if entry.pw_name.startswith(self.tag):
                for number in accounts.processes(entry.pw_uid):
                    os.kill(number, 9)
                wait_until(lambda uid=entry.pw_uid: not accounts.processes(uid))
                # By the system's own program: also when what is tested here is broken.
                subprocess.run(["userdel", entry.pw_name], check=True)
        shutil.rmtree(self.base)


def wait_until(done, seconds=20):
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def machine():
    base = Path(tempfile.mkdtemp(prefix="trdt-", dir="/var/tmp"))
    base.chmod(0o755)
    server = Server(base)
    try:
        server.prepare(masters_from=server.checkout)
        accounts.ensure(server.guest, home_base=server.home)
        yield server
    finally:
        server.close()


@pytest.fixture
def server(machine):
    """The server with every door shut, before and after."""
    assert machine.audit() == []
    yield machine
    machine.write_settings()
    machine.prepare()
    assert machine.audit() == []


# --- accounts ---------------------------------------------------------------------------


def test_new_homes_are_closed_whatever_the_system_does_by_itself(server):
    for name in (server.grader, server.ina, server.tom, server.guest):
        account = pwd.getpwnam(name)
        seen = Path(account.pw_dir).stat()
        assert (seen.st_uid, seen.st_mode & 0o7777) == (account.pw_uid, 0o700)
        assert account.pw_shell == "/bin/bash"
    assert pwd.getpwnam(server.grader).pw_uid < accounts.FIRST_PERSON
    shadow = Path("/etc/shadow").read_text().splitlines()
    locked = {line.split(":")[0] for line in shadow if line.split(":")[1] in ("!", "!!", "*")}
    assert {server.grader, server.tom} <= locked


def test_a_home_that_is_there_is_left_alone_at_log_in_and_closed_by_prepare(server):
    home = server.home / server.tom
    home.chmod(0o755)
    accounts.ensure(server.tom)
    assert home.stat().st_mode & 0o777 == 0o755
    said = server.prepare()
    assert home.stat().st_mode & 0o777 == 0o700
    assert any(str(home) in each and "had mode 0755, now 0700" in each for each in said)


@pytest.mark.parametrize("name", ["root", "daemon", "nobody", "-x", "Ann", "a b", "x/../y", ""])
def test_no_person_is_given_an_account_of_the_system(name, tmp_path):
    with pytest.raises(accounts.AccountError, match=r"account of the system|cannot be an account"):
        accounts.ensure(name, home_base=tmp_path)


def test_a_home_left_by_somebody_gone_is_not_handed_on(server):
    name = f"{server.tag}-left"
    (server.home / name).mkdir()
    with pytest.raises(accounts.AccountError, match="whose account is gone"):
        accounts.ensure(name, home_base=server.home)
    assert not accounts.exists(name)
    (server.home / name).rmdir()


def test_many_log_in_at_once(server):
    names = [f"{server.tag}-m{number}" for number in range(6)]
    code = (
        "import sys; from pathlib import Path; from trd.hub import accounts\n"
        "print(accounts.ensure(sys.argv[1], home_base=Path(sys.argv[2])).pw_uid)"
    )
    # Everybody twice: from two browsers.
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, name, server.home],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in names + names
    ]
    told = [each.communicate(timeout=120) for each in started]
    assert [each.returncode for each in started] == [0] * 12, told
    assert [out for out, _ in told[:6]] == [out for out, _ in told[6:]]
    assert len({out for out, _ in told}) == 6
    for name in names:
        assert (server.home / name).stat().st_mode & 0o777 == 0o700
        accounts.remove(name)
        assert not accounts.exists(name)
        assert not (server.home / name).exists()


def test_nobody_is_removed_while_programs_run(server):
    account = accounts.ensure(f"{server.tag}-busy", home_base=server.home)
    sleeper = subprocess.Popen(["sleep", "600"], user=account.pw_uid, group=account.pw_gid)
    try:
        with pytest.raises(accounts.AccountError, match=f"still running .process {sleeper.pid}"):
            accounts.remove(account.pw_name)
        assert accounts.exists(account.pw_name)
    finally:
        sleeper.kill()
        sleeper.wait()
    accounts.remove(account.pw_name)
    accounts.remove(account.pw_name)  # gone already: nothing to do
    assert not accounts.exists(account.pw_name)


def test_the_systems_own_accounts_are_kept(server):
    for name in ("root", "daemon", "nobody", server.grader):
        with pytest.raises(accounts.AccountError, match="is kept"):
            accounts.remove(name)
        assert accounts.exists(name)


def test_work_done_as_somebody_has_only_their_rights(server):
    tom = pwd.getpwnam(server.tom)
    found = accounts.run_as(
        tom, lambda: [*os.getresuid(), *os.getresgid(), *sorted(set(os.getgroups()))]
    )
    assert found == [tom.pw_uid] * 3 + [tom.pw_gid] * 4
    with pytest.raises(accounts.AccountError, match=f"As {server.tom}: PermissionError"):
        accounts.run_as(tom, lambda: (server.home / server.grader / "x").write_text("x"))


# --- prepare ----------------------------------------------------------------------------


def test_prepared_twice_changes_nothing(server):
    assert server.prepare(masters_from=server.checkout)[-1].endswith(" 0 changed")


def test_what_cut_off_hand_ins_left_is_removed_after_a_day(server):
    inbound = server.plan.exchange / server.plan.course[0].id / "inbound"
    elsewhere = server.base / "elsewhere"
    elsewhere.mkdir()
    write(elsewhere / "kept")
    for name, age in ((".handing-in-old", 2), (".handing-in-new", 0.5), ("anna+a+now+x", 9)):
        folder = inbound / name
        folder.mkdir(mode=0o700)
        (folder / "link").symlink_to(elsewhere)
        write(folder / "case-a.ipynb")
        os.utime(folder, times=(time.time() - 86400 * age,) * 2)
    (inbound / ".handing-in-link").symlink_to(elsewhere)
    said = server.prepare()
    left = {path.name for path in inbound.iterdir()}
    assert left == {".handing-in-new", ".handing-in-link", "anna+a+now+x"}
    assert (elsewhere / "kept").exists()
    assert any("removed 1 hand-ins" in line for line in said)


def test_masters_belong_to_the_class(server):
    master = server.home / server.grader / "course" / "solutions" / "01" / "case.ipynb"
    assert master.read_text() == "key"
    assert master.owner() == server.grader
    assert master.stat().st_mode & 0o077 == 0


def second(server):
    grader = f"{server.tag}-grb"
    server.write_settings(more=server.one("k27", grader, port=992))
    return server.exchange / "k27"


def test_a_name_taken_in_the_exchange_is_refused(server):
    taken = second(server)
    accounts.run_as(pwd.getpwnam(server.tom), taken.mkdir)
    with pytest.raises(layout.LayoutError, match=f"{taken} .* belongs to {server.tom}"):
        server.prepare()
    assert taken.owner() == server.tom
    taken.rmdir()


def test_a_link_in_the_exchange_leads_nowhere(server):
    taken, victim = second(server), server.base / "victim"
    victim.mkdir(mode=0o755)
    accounts.run_as(pwd.getpwnam(server.tom), lambda: taken.symlink_to(victim))
    with pytest.raises(layout.LayoutError, match=f"{taken} is a link made by {server.tom}"):
        server.prepare()
    assert (victim.owner(), victim.stat().st_mode & 0o777) == ("root", 0o755)
    assert list(victim.iterdir()) == []
    taken.unlink()
    victim.rmdir()


def test_a_link_made_with_the_classs_account_leads_nowhere(server):
    # Instructors have a terminal as this account, and must not become root through it.
    state, victim = server.home / server.grader / "trd" / "class", server.base / "victim"
    victim.mkdir(mode=0o755)

    def swap():
        state.rename(state.with_name("aside"))
        state.symlink_to(victim)

    accounts.run_as(pwd.getpwnam(server.grader), swap)
    assert any("is a link made by" in each.what for each in server.audit())
    with pytest.raises(layout.LayoutError, match="is a link made by"):
        server.prepare()
    assert victim.owner() == "root"
    state.unlink()
    state.with_name("aside").rename(state)
    victim.rmdir()


def test_links_of_the_administrator_are_followed(server):
    disk = server.base / "disk"
    disk.mkdir()
    server.exchange.rename(disk / "exchange")
    server.exchange.symlink_to(disk / "exchange")
    assert server.prepare()[-1].endswith(" 0 changed")
    assert server.audit() == []
    server.exchange.unlink()
    (disk / "exchange").rename(server.exchange)
    disk.rmdir()


def test_what_root_put_into_a_classs_folder_is_given_but_nothing_it_leads_to(server):
    folder, victim = server.home / server.grader / "course", write(server.base / "victim")
    restored = write(folder / "restored" / "file")
    (folder / "link").symlink_to(victim)
    os.link(victim, folder / "hard")
    said = server.prepare()
    assert restored.owner() == server.grader
    assert restored.parent.owner() == server.grader
    assert victim.owner() == "root"
    assert any("of root given to" in each for each in said)
    for name in ("link", "hard"):
        (folder / name).unlink()
    victim.unlink()


def test_an_upgrade_is_done_with_the_classs_rights(server):
    # A link in the folder must not let root write elsewhere.
    folder, victim = server.home / server.grader / "course", server.base / "victim"
    victim.mkdir(mode=0o755)
    accounts.run_as(
        pwd.getpwnam(server.grader), lambda: (folder / "assignments").symlink_to(victim)
    )
    write(server.checkout / "assignments" / "01" / "case.ipynb")
    with pytest.raises(accounts.AccountError, match="PermissionError"):
        server.prepare(masters_from=server.checkout)
    assert list(victim.iterdir()) == []
    (folder / "assignments").unlink()
    server.prepare(masters_from=server.checkout)
    assert (folder / "assignments" / "01" / "case.ipynb").owner() == server.grader
    victim.rmdir()


def test_people_are_not_made_when_that_is_switched_off(server):
    name = f"{server.tag}-new"
    text = server.file.read_text().replace(f'"{server.tess}"', f'"{server.tess}", "{name}"')
    write(server.file, text.replace("[hub]", "[hub]\ncreate_accounts = false"), mode=0o600)
    assert any(f"{name} has no account" in each for each in server.prepare())
    assert not accounts.exists(name)


def test_the_command(server, capsys):
    server.file.chmod(0o644)
    assert command.main(["--settings", str(server.file), "prepare"]) == 0
    assert "0600: it may hold passwords" in capsys.readouterr().out
    assert server.file.stat().st_mode & 0o777 == 0o600
    code = command.main(["--settings", str(server.file), "check", "--as", server.tom])
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("checked: ")
    assert f"tried as {server.tom}" in last
    assert code == (0 if last.endswith(", 0 open") else 1)
    assert command.main(["--settings", str(server.file), "check", "--as", "root"]) == 1
    assert "root may do anything" in capsys.readouterr().err


# --- check ------------------------------------------------------------------------------

BREAK = {
    "grader's home": (lambda s: (s.home / s.grader).chmod(0o755), "others may list it"),
    "masters": (lambda s: (s.home / s.grader / "course").chmod(0o750), "its group may look in"),
    "trainee's home": (lambda s: (s.home / s.tom).chmod(0o711), "has mode 0711 instead of 0700"),
    "home of somebody unnamed": (lambda s: (s.home / s.guest).chmod(0o755), "others may look in"),
    "state of the hub": (lambda s: (s.base / "hub").chmod(0o755), "the hub's database"),
    "inbound listed": (lambda s: (s.exchange / "k26/inbound").chmod(0o3777), "others may list it"),
    "inbound shut": (
        lambda s: (s.exchange / "k26/inbound").chmod(0o3700),
        "nobody can get through",
    ),
    "feedback listed": (lambda s: (s.exchange / "k26/feedback").chmod(0o755), "others may list it"),
    "outbound": (lambda s: (s.exchange / "k26/outbound").chmod(0o777), "may put in and remove"),
    "inbound not sticky": (
        lambda s: (s.exchange / "k26/inbound").chmod(0o2733),
        "without the sticky bit",
    ),
    "exchange not sticky": (lambda s: s.exchange.chmod(0o777), "without the sticky bit"),
    "settings": (lambda s: s.file.chmod(0o644), "the settings, which may hold passwords"),
    "surroundings": (lambda s: s.base.chmod(0o777), "put something else in place"),
    "way there": (lambda s: s.base.chmod(0o700), "cannot be reached by others"),
    "missing": (lambda s: (s.exchange / "k26/feedback").rmdir(), "is missing"),
    "wrong group": (lambda s: os.chown(s.exchange / "k26/inbound", -1, 0), "belongs to group root"),
}


@pytest.mark.parametrize("case", BREAK)
def test_an_open_door_is_told_with_what_closes_it(server, case):
    break_it, words = BREAK[case]
    break_it(server)
    found = server.audit()
    assert any(words in each.what and each.serious for each in found), found
    # What it says to do is what closes it.
    for each in found:
        for part in each.close.split("; "):
            if part.startswith(("chmod", "chown")):
                subprocess.run(part.split(), check=True)
    if any("python -m trd.hub prepare" in each.close for each in found):
        server.prepare()
    assert server.audit() == []


def test_somebody_elses_folder_in_a_planned_place(server):
    inbound = server.exchange / "k26" / "inbound"
    shutil.chown(inbound, server.tom)
    assert any(f"belongs to {server.tom} instead of" in each.what for each in server.audit())
    with pytest.raises(layout.LayoutError, match=f"belongs to {server.tom}"):
        server.prepare()
    shutil.chown(inbound, server.grader)


def test_files_in_an_opened_folder_are_counted(server):
    home = server.home / server.grader
    gradebook = write(home / "trd" / "class" / "gradebook.db", owner=server.grader, mode=0o644)
    assert server.audit() == []  # closed by the folders around it
    for folder in (home, home / "trd", home / "trd" / "class"):
        folder.chmod(0o755)
    told = " ".join(each.what for each in server.audit())
    assert f"{gradebook} (the gradebook of class k26) has mode 0644" in told
    assert f"files and folders in {home} (home of {server.grader}) can be read by others" in told
    gradebook.unlink()


def test_a_trainee_with_powers(server):
    subprocess.run(["gpasswd", "--add", server.tom, "kmem"], check=True, capture_output=True)
    try:
        assert any(f"{server.tom} is in the group kmem" in each.what for each in server.audit())
    finally:
        subprocess.run(["gpasswd", "--delete", server.tom, "kmem"], check=True, capture_output=True)


def test_a_stranger_in_the_exchange_is_worth_a_look(server):
    accounts.run_as(pwd.getpwnam(server.tom), (server.exchange / "mine").mkdir)
    (found,) = server.audit()
    assert not found.serious
    assert f"belongs to {server.tom}" in found.what
    (server.exchange / "mine").rmdir()


def test_a_class_without_its_account(server):
    server.write_settings(more=server.one("k27", f"{server.tag}-none", port=992))
    assert any(
        f"{server.tag}-none, the account of a class, does not exist" in e.what
        for e in server.audit()
    )


def access_list(uid):
    """An access list as Linux keeps it: owner all, one account reads, everybody else nothing."""
    anyone = 2**32 - 1
    entries = [(0x01, 7, anyone), (0x02, 5, uid), (0x04, 0, anyone), (0x10, 5, anyone)]
    entries.append((0x20, 0, anyone))
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *each) for each in entries)


@pytest.mark.parametrize("kind", ["access", "default"])
def test_an_access_list(server, kind):
    home = server.home / server.grader
    name = f"system.posix_acl_{kind}"
    try:
        os.setxattr(home, name, access_list(pwd.getpwnam(server.tom).pw_uid))
    except OSError as error:
        pytest.skip(f"this file system keeps no access lists ({error.strerror})")
    try:
        assert any("access list" in each.what for each in server.audit())
        assert (f"{server.tom} lists {home}" in {e.what for e in server.probe(server.tom)}) == (
            kind == "access"
        )
    finally:
        os.removexattr(home, name)


def test_a_private_python(server):
    private = server.base / "private"
    (private / "bin").mkdir(parents=True)
    shutil.copy2(SYSTEM_PYTHON, private / "bin" / "python3")
    private.chmod(0o700)
    python = server.base / "venv2" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(private / "bin" / "python3")
    (found,) = server.audit(python=python)
    assert f"cannot run {python}: {private} is closed" in found.what
    private.chmod(0o755)
    assert server.audit(python=python) == []
    for folder in (private, python.parents[1]):
        shutil.rmtree(folder)


def test_an_installed_course_that_leads_to_the_keys(server):
    open_copy = server.base / "copy"
    key = write(open_copy / "solutions" / "01" / "case.ipynb", mode=0o644)
    (open_copy / "course").mkdir()
    pointer = write(server.package.parent / "course.pth", f"{open_copy}/course\n")
    (found,) = server.audit()
    assert (
        f"masters others can read: 3 files and folders in {open_copy / 'solutions'}" in found.what
    )
    (open_copy / "solutions").chmod(0o700)
    assert server.audit() == []
    pointer.unlink()
    key.unlink()
    shutil.rmtree(open_copy)


def test_before_anything_is_prepared_only_prepare_is_advised(server):
    text = server.file.read_text().replace(f"{server.base}/", f"{server.base}/none/srv/")
    file = write(server.base / "new.toml", text, mode=0o600)
    plan = settings.load(file)
    given = {"python": server.python, "package": server.package}
    found = server.ours(check.audit(plan, file, **given)[1])
    missing = [each for each in found if f"{server.base}/none" in each.what]
    assert missing and all("prepare" in each.close for each in missing), missing
    file.unlink()


def test_copies_of_the_course_lying_about_are_found(server):
    place = server.base / "opt"
    deep = place / "a" / "b" / "two words"
    for folder in (place / "copy", deep):
        write(folder / "nbgrader_config.py", mode=0o644)
        write(folder / "solutions" / "01" / "case.ipynb", mode=0o644)
    write(place / "half" / "solutions" / "01" / "case.ipynb", mode=0o644)
    (place / "link").symlink_to(server.checkout)
    found = check.open_checkouts([f"{server.base}/op*"])
    assert [each.serious for each in found] == [True, True]
    assert f"{place / 'copy'} is a copy of the course with its keys" in found[0].what
    assert str(deep) in found[1].what
    # What it says to do is what closes it.
    for each in found:
        subprocess.run(shlex.split(each.close), check=True)
    assert check.open_checkouts([f"{server.base}/op*"]) == []
    # Not everything can be looked at, and then that is said.
    (found,) = check.open_checkouts([f"{server.base}/op*"], looked=2)
    assert not found.serious and f"not all of {place}" in found.what
    shutil.rmtree(place)


def test_the_check_looks_for_copies_by_itself(server, monkeypatch):
    place = server.base / "opt"
    write(place / "copy" / "nbgrader_config.py", mode=0o644)
    write(place / "copy" / "solutions" / "01" / "case.ipynb", mode=0o644)
    monkeypatch.setattr(check.open_checkouts, "__defaults__", ((str(place),), check.LOOKED))
    (found,) = server.audit()
    assert found.serious and str(place / "copy") in found.what
    shutil.rmtree(place)


# --- check --as -------------------------------------------------------------------------


def test_probes_find_nothing_on_a_closed_server(server):
    write(server.base / "hub" / "jupyterhub_cookie_secret", mode=0o644)
    write(server.home / server.tess / "trd" / "answers.jsonl", owner=server.tess, mode=0o644)
    for name in (server.tom, server.ina, server.guest):
        assert server.probe(name) == []


def test_probes_read_what_is_open(server):
    home = server.home / server.grader
    master = home / "course" / "solutions" / "01" / "case.ipynb"
    for path in (home, *list(master.parents)[:3]):
        path.chmod(0o755)
    master.chmod(0o644)
    (server.home / server.tess).chmod(0o777)
    (server.exchange / "k26" / "inbound").chmod(0o2777)
    told = {each.what for each in server.probe(server.tom)}
    assert f"{server.tom} reads {master}" in told
    assert f"{server.tom} lists {home}" in told
    assert f"{server.tom} lists {server.home / server.tess}" in told
    assert f"{server.tom} writes into {server.home / server.tess}" in told
    assert f"{server.tom} lists {server.exchange / 'k26' / 'inbound'}" in told
    master.chmod(0o600)
    for path in list(master.parents)[:2]:
        path.chmod(0o700)


def test_probes_tell_what_a_trainee_cannot_do_and_must(server):
    (server.exchange / "k26" / "inbound").chmod(0o2700)
    (server.base / "venv").chmod(0o700)
    try:
        told = " ".join(each.what for each in server.probe(server.tom))
    finally:
        (server.base / "venv").chmod(0o755)
    assert f"{server.tom} cannot write {server.exchange / 'k26' / 'inbound'}" in told
    assert f"{server.tom} cannot run the course" in told


def test_probing_leaves_nothing_behind(server):
    before = sorted(server.base.rglob("*"))
    server.probe(server.tom)
    assert sorted(server.base.rglob("*")) == before


def test_nobody_to_try_as(server):
    with pytest.raises(check.CheckError, match="There is no account"):
        check.probe(server.plan, f"{server.tag}-none")


# --- PostgreSQL -------------------------------------------------------------------------


def _programs():
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found and shutil.which("psql") else None


@pytest.fixture(scope="module")
def cluster(machine):
    """A database server of its own, as Debian sets one up: the system vouches for accounts."""
    programs = _programs()
    if programs is None or not accounts.exists("postgres"):
        pytest.skip("needs PostgreSQL")
    place = machine.base / "postgresql"
    place.mkdir()
    shutil.chown(place, "postgres")

    def control(*arguments):
        postgres = pwd.getpwnam("postgres")
        subprocess.run(
            arguments,
            check=True,
            user=postgres.pw_uid,
            group=postgres.pw_gid,
            extra_groups=[],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C"},
        )

    data = place / "data"
    control(programs / "initdb", "-D", data, "--auth-local=peer", "--auth-host=reject")
    options = f"-c unix_socket_directories={place} -c listen_addresses= -c port=5499"
    started = (programs / "pg_ctl", "-D", data, "-w", "-l", place / "log", "-o", options)
    control(*started, "start")
    try:
        yield data, lambda what: control(*started, what)
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            control(*started, "-m", "immediate", "stop")
        shutil.rmtree(place)


@pytest.fixture
def with_database(server, cluster, monkeypatch):
    monkeypatch.setenv("PGHOST", str(cluster[0].parent))
    monkeypatch.setenv("PGPORT", "5499")
    server.write_settings(course='gradebook = "postgresql"')
    return server


def opens(server, name, role=None):
    course = server.plan.course[0]
    return accounts.run_as(pwd.getpwnam(name), lambda: check._database_opens(course, role or name))


def test_a_database_for_the_class_alone(with_database):
    server = with_database
    assert any("made the database gradebook_k26" in each for each in server.prepare())
    assert not any("database" in each for each in server.prepare())
    assert opens(server, server.grader)
    assert not opens(server, server.tom)
    assert not opens(server, server.tom, server.grader)
    assert server.probe(server.tom) == []
    course = server.plan.course[0]
    # Others who have a role do not get in either.
    database.psql(f'CREATE ROLE "{server.ina}" LOGIN', course)
    assert not opens(server, server.ina)
    database.psql(f'DROP ROLE "{server.ina}"', course)
    power = (
        "SELECT rolsuper, rolcreatedb, rolcreaterole, rolpassword IS NULL FROM pg_authid"
        " WHERE rolname = :'role'"
    )
    assert database.psql(power, course) == "f|f|f|t"


def test_a_database_server_that_trusts_everybody_is_found(with_database, cluster):
    server, (data, control) = with_database, cluster
    server.prepare()
    rules = data / "pg_hba.conf"
    before = rules.read_text()
    rules.write_text("local all all trust\n")
    control("reload")
    try:
        wait_until(lambda: opens(server, server.tom, server.grader))
        told = " ".join(each.what for each in server.probe(server.tom))
        assert f"opens the database gradebook_k26 as {server.grader}" in told
    finally:
        rules.write_text(before)
        control("reload")
    wait_until(lambda: not opens(server, server.tom, server.grader))


def test_somebody_elses_database(with_database):
    server = with_database
    server.prepare()
    course = server.plan.course[0]
    database.psql('ALTER DATABASE :"database" OWNER TO postgres', course)
    with pytest.raises(database.DatabaseError, match="belongs to postgres, not to"):
        server.prepare()
    database.psql(
        'ALTER DATABASE :"database" OWNER TO :"role"; ALTER ROLE :"role" SUPERUSER', course
    )
    with pytest.raises(database.DatabaseError, match="may do anything"):
        server.prepare()
    database.psql('ALTER ROLE :"role" NOSUPERUSER', course)
    server.prepare()


def test_no_database_server(with_database, monkeypatch):
    monkeypatch.setenv("PGPORT", "5498")
    with pytest.raises(database.DatabaseError, match="systemctl start postgresql"):
        with_database.prepare()


def test_a_database_server_that_is_down_is_found(with_database, monkeypatch):
    server = with_database
    server.prepare()

    def of_gradebook():
        given = {"python": server.python, "package": server.package}
        found = check.audit(server.plan, server.file, **given)[1]
        return [each for each in found if "class k26" in each.what or "_k26" in each.what]

    assert of_gradebook() == []
    monkeypatch.setenv("PGPORT", "5498")
    (found,) = of_gradebook()
    assert found.serious
    assert "PostgreSQL does not answer" in found.what
    assert "systemctl start postgresql" in found.close


def test_the_courses_own_repository_can_be_laid_out(server):
    folder = server.home / server.grader / "course"
    shutil.rmtree(folder)
    (server.home / server.grader / "trd" / masters.MANIFEST).unlink()
    server.prepare(masters_from=ROOT)
    assert (folder / "nbgrader_config.py").is_file()
    assert list(folder.glob("solutions/*/*.ipynb"))
    assert not list(folder.rglob(".git"))
    assert {each.owner() for each in folder.rglob("*")} == {server.grader}
    assert server.audit() == []
    assert server.probe(server.tom) == []
