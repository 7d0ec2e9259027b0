"""The table of account numbers on a cluster: given once, never again, whole at any moment."""

import multiprocessing
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

pytest.importorskip("pwd", reason="accounts of this kind are Unix's")

from trd.hub import uids

NAMES = st.from_regex(uids.PATTERN, fullmatch=True).filter(
    lambda name: name not in uids.RESERVED and not name.startswith(uids.GONE)
)


@pytest.fixture(autouse=True)
def _nobody_of_these_names_here(monkeypatch):
    """People of the machine the tests run on may be called like people in the tests."""
    really = uids.pwd.getpwnam

    def known(name):
        if really(name).pw_uid >= 1000 or name.startswith("grader"):
            raise KeyError(name)
        return really(name)

    monkeypatch.setattr(uids.pwd, "getpwnam", known)


@pytest.fixture
def table(tmp_path):
    return uids.Table(tmp_path)


def test_the_first_come_gets_the_first_number_and_keeps_it(table):
    assert [table.uid(name) for name in ("anna", "b.brown@clinic.example", "anna")] == [
        20_000,
        20_001,
        20_000,
    ]
    assert table.read() == {"anna": 20_000, "b.brown@clinic.example": 20_001}


def test_lines_are_those_of_passwd(table):
    table.reserve("grader-trd", 19_999)
    table.uid("anna")
    assert table.path.read_text() == (
        "grader-trd:x:19999:19999::/home/trainee:/bin/bash\n"
        "anna:x:20000:20000::/home/trainee:/bin/bash\n"
    )
    assert table.line("anna") + "\n" == table.path.read_text().splitlines(keepends=True)[1]
    assert table.path.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("umask", [0o077, 0o000])
def test_everybody_may_read_it_and_only_the_hub_write(table, umask):
    before = os.umask(umask)
    try:
        table.uid("anna")
    finally:
        os.umask(before)
    assert table.path.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    "name",
    [
        *("root", "jovyan", "nobody", "www-data", "gone-20000", "", "Anna", "1234", "-rf"),
        *(".hidden", "a:x:0:0", "a\nroot:x:0:0", "a\n", "a b", "../b", "a/b", "a+b", "a*"),
        *("änne", "a{0}", "a" * 65),
    ],
)
def test_names_that_no_account_may_have(table, name):
    with pytest.raises(uids.NameRefusedError) as refused:
        table.uid(name)
    assert "\n" not in str(refused.value)
    assert table.read() == {}


def test_an_account_of_this_system_is_refused(table, monkeypatch):
    class Found:
        pw_uid = 102

    monkeypatch.setattr(uids.pwd, "getpwnam", lambda name: Found)
    with pytest.raises(uids.NameRefusedError, match="account of the system"):
        table.uid("backupd")


def test_a_number_of_somebody_forgotten_is_not_given_again(table):
    table.uid("anna")
    assert table.forget("anna") == 20_000
    assert table.forget("anna") is None
    assert "anna" not in table.path.read_text()
    assert table.uid("ben") == 20_001
    # The same person again is a new one: what the old number owns stays out of reach.
    assert table.uid("anna") == 20_002


def test_not_even_when_the_line_was_deleted_by_hand(table):
    table.uid("anna")
    table.uid("ben")
    table.path.write_text(table.line("anna") + "\n")
    assert table.uid("clara") == 20_002


def test_a_lost_table_is_not_begun_anew(table):
    table.uid("anna")
    table.path.unlink()
    with pytest.raises(uids.TableError, match="is gone"):
        table.uid("ben")


def test_all_numbers_given(tmp_path):
    table = uids.Table(tmp_path, first=20_000, last=20_001)
    table.uid("anna")
    table.uid("ben")
    with pytest.raises(uids.TableError, match="All numbers up to 20001"):
        table.uid("clara")
    assert table.uid("ben") == 20_001


@pytest.mark.parametrize(
    "line",
    [
        "anna:x:20000:20000::/home",
        "anna:x:20000:20001::/home/trainee:/bin/bash",
        "anna:x:many:many::/home/trainee:/bin/bash",
        "ben:x:20000:20000::/home/trainee:/bin/bash\nanna:x:20000:20000::/home/trainee:/bin/bash",
        "anna:x:20000:20000::/h:/b\nanna:x:20001:20001::/h:/b",
        "",
        "änne:x:20000:20000::/h:/b",
    ],
)
def test_a_damaged_table_is_not_guessed_at(table, line):
    table.path.write_text(line + "\n")
    with pytest.raises(uids.TableError):
        table.uid("clara")
    assert table.path.read_text() == line + "\n"


def test_a_lost_mark_is_not_guessed_at(table):
    table.uid("anna")
    (table.folder / "last").write_text("?")
    with pytest.raises(uids.TableError, match="highest number"):
        table.uid("ben")


def test_a_crash_between_mark_and_table_skips_a_number(table, monkeypatch):
    table.uid("anna")

    def crash(known):
        raise RuntimeError

    with monkeypatch.context() as broken, pytest.raises(RuntimeError):
        broken.setattr(table, "_write", crash)
        table.uid("ben")
    assert table.read() == {"anna": 20_000}
    assert table.uid("ben") == 20_002


def test_a_grader_has_a_fixed_number(table):
    assert table.reserve("grader-trd", 19_999) == 19_999
    assert table.reserve("grader-trd", 19_999) == 19_999
    others = (("grader-trd", 19_998), ("other", 19_999), ("other", 20_000), ("other", 0))
    for name, number in others:
        with pytest.raises(uids.TableError):
            table.reserve(name, number)
    assert table.read() == {"grader-trd": 19_999}


def test_nobody_comes_in_as_the_grader(table):
    table.reserve("grader-trd", 19_999)
    with pytest.raises(uids.NameRefusedError, match="class's own account"):
        table.uid("grader-trd")


def test_a_missing_folder_says_what_to_do(tmp_path):
    with pytest.raises(uids.TableError, match="must be there and belong to the account"):
        uids.Table(tmp_path / "none").uid("anna")


def _come(folder, names, found):
    table = uids.Table(folder)
    found.put({name: table.uid(name) for name in names})


def test_many_at_once_get_different_numbers(tmp_path):
    context = multiprocessing.get_context("fork")
    found = context.Queue()
    groups = [[f"p{group}-{each}" for each in range(15)] + ["shared"] for group in range(4)]
    workers = [context.Process(target=_come, args=(tmp_path, each, found)) for each in groups]
    for worker in workers:
        worker.start()
    answers = [found.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join()
    given_out = {name: number for answer in answers for name, number in answer.items()}
    assert len({answer["shared"] for answer in answers}) == 1
    assert sorted(given_out.values()) == list(range(20_000, 20_061))
    assert uids.Table(tmp_path).read() == given_out


@given(st.lists(NAMES, unique=True, max_size=20))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_is_read_again(tmp_path_factory, names):
    table = uids.Table(tmp_path_factory.mktemp("table"))
    numbers = {name: table.uid(name) for name in names}
    assert table.read() == numbers
    assert len(set(numbers.values())) == len(names)


@given(st.text(max_size=70))
def test_a_name_is_taken_as_it_is_or_not_at_all(name):
    try:
        assert uids.checked(name) == name
    except uids.NameRefusedError:
        return
    assert name.isascii()
    assert not set(name) & set(":/\n\r\0+* {}")
    assert not name[0].isdigit()


class Life(RuleBasedStateMachine):
    """People come, are forgotten and come again, and the hub is restarted in between."""

    def __init__(self):
        super().__init__()
        self.place = tempfile.TemporaryDirectory()
        self.table = uids.Table(self.place.name)
        self.known = {}
        self.ever = set()

    @rule(name=st.sampled_from(["anna", "ben", "clara", "d@e.example"]))
    def comes(self, name):
        number = self.table.uid(name)
        if name in self.known:
            assert number == self.known[name]
        else:
            assert number not in self.ever
        self.known[name] = number
        self.ever.add(number)

    @rule(name=st.sampled_from(["anna", "ben", "clara"]))
    def is_forgotten(self, name):
        assert self.table.forget(name) == self.known.pop(name, None)

    @rule()
    def restarts(self):
        self.table = uids.Table(self.place.name)

    @invariant()
    def numbers_are_remembered(self):
        found = self.table.read()
        assert {
            name: n for name, n in found.items() if not name.startswith(uids.GONE)
        } == self.known
        assert set(found.values()) == self.ever

    def teardown(self):
        self.place.cleanup()


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=15, stateful_step_count=15)


def test_it_runs_alone(tmp_path):
    """As in the hub's pod: another Python, nothing of the course to import."""
    alone = tmp_path / "trd_uids.py"
    alone.write_bytes(Path(uids.__file__).read_bytes())
    code = "import trd_uids; print(trd_uids.Table('.').uid('anna.not.here'))"
    done = subprocess.run(
        [sys.executable, "-S", "-I", "-c", f"import sys; sys.path.insert(0, '.'); {code}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "20000\n", "")
