"""Back-ups of a class on a hub: what an archive may hold, and a restore that is killed."""

from __future__ import annotations

import gzip
import io
import json
import os
import signal
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from trd.hub import archive, backup, forget, restore, roster
from trd.hub.__main__ import main
from trd.hub.asgrader import StepError
from trd.hub.settings import HubSettings

STRANGE = (
    "plain.txt",
    "two words",
    "Änna's 王.ipynb",
    "-rf",
    "a\nb",
    os.fsdecode(b"not-\xff-utf8"),
)


@pytest.fixture
def hub(tmp_path: Path) -> HubSettings:
    """One class, everything under one account, no gradebook yet."""
    for name in ("course/solutions/01", "state/class/submitted/anna/01", "exchange/k1/inbound"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "course/nbgrader_config.py").write_text("")
    (tmp_path / "course/solutions/01/case.ipynb").write_text("master")
    (tmp_path / "state/class/record.key").write_text("ab" * 32)
    (tmp_path / "state/jupyter").mkdir()
    (tmp_path / "state/jupyter/secret").write_text("a key to the class's server")
    for number, name in enumerate(STRANGE):
        (tmp_path / "state/class/submitted/anna/01" / name).write_text(f"old {number}")
    hand_in = tmp_path / "exchange/k1/inbound/anna+01+2026-05-03 10:11:12.000000 UTC+x"
    hand_in.mkdir()
    (hand_in / "answers.jsonl").write_text("handed in")
    (tmp_path / "state").chmod(0o700)
    return HubSettings.model_validate(
        {
            "hub": {"accounts": "one", "state": str(tmp_path / "hub"), "login": "pam"},
            "exchange": str(tmp_path / "exchange"),
            "course": [
                {
                    "id": "k1",
                    "grader": "grader-k1",
                    "folder": str(tmp_path / "course"),
                    "state": str(tmp_path / "state"),
                }
            ],
        }
    )


def tree(root: Path) -> dict[str, bytes]:
    """Return every file below the class's three places."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for part in ("course", "state", "exchange/k1")
        for path in sorted((root / part).rglob("*"))
        if path.is_file()
    }


def made(hub: HubSettings, tmp_path: Path) -> Path:
    return backup.back_up(hub, hub.course[0], tmp_path / "backups").path


def put_back(hub: HubSettings, path: Path, yes: bool = False) -> list[str]:
    with archive.Reader(path) as reader:
        return restore.restore(hub, hub.course[0], reader, reader.check(), yes=yes)


# --- a back-up and back ---------------------------------------------------------------------


def test_a_class_comes_back_as_it_was_with_every_name(hub, tmp_path):
    before = tree(tmp_path)
    path = made(hub, tmp_path)
    assert path.stat().st_mode & 0o777 == 0o600
    for each in (tmp_path / "state/class/submitted/anna/01").iterdir():
        each.write_text("spoilt")
    (tmp_path / "course/solutions/01/case.ipynb").unlink()
    spoilt = tree(tmp_path)
    said = put_back(hub, path)
    del before["state/jupyter/secret"]
    assert tree(tmp_path) == before
    aside = next(tmp_path.glob("state.before-restore-*"))
    assert str(aside) in " ".join(said)
    was = aside / "class/submitted/anna/01/plain.txt"
    assert was.read_bytes() == spoilt["state/class/submitted/anna/01/plain.txt"]
    assert not restore.Journal.place(hub, hub.course[0]).exists()


def test_hand_ins_that_came_later_are_kept(hub, tmp_path):
    path = made(hub, tmp_path)
    later = tmp_path / "exchange/k1/inbound/bert+01+2026-05-04 10:11:12.000000 UTC+y"
    later.mkdir()
    (later / "answers.jsonl").write_text("came later")
    said = put_back(hub, path)
    assert (later / "answers.jsonl").read_text() == "came later"
    assert "1 hand-ins" in " ".join(said)


def test_no_file_of_a_trainee_stops_a_back_up(hub, tmp_path):
    """Zeros that take no room, and folders in folders without end."""
    inbound = hub.exchange / hub.course[0].id / "inbound"
    odd = inbound / "eve+01-demo+now+x"
    odd.mkdir(parents=True)
    with (odd / "endless.ipynb").open("wb") as file:
        file.truncate(15 << 40)
    (odd / "kept.ipynb").write_text("{}")
    here = odd
    for _ in range(60):
        here = here / "d"
        here.mkdir()
    (here / "deep").write_text("x")
    path = made(hub, tmp_path)
    with archive.Reader(path) as reader:
        kept = set(reader.check().files)
    assert any(name.endswith("eve+01-demo+now+x/kept.ipynb") for name in kept)
    assert not any("endless" in name or name.endswith("/deep") for name in kept)


def test_links_pipes_and_what_they_lead_to_stay_out(hub, tmp_path):
    (tmp_path / "private").write_text("PRIVATE")
    folder = tmp_path / "state/class/submitted/anna/01"
    (folder / "link").symlink_to(tmp_path / "private")
    (folder / "folder").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe")
    done = backup.back_up(hub, hub.course[0], tmp_path / "backups")
    assert len(done.skipped) == 3
    assert b"PRIVATE" not in gzip.decompress(done.path.read_bytes())


def test_a_folder_in_a_place_that_is_kept_or_open_to_others_is_refused(hub, tmp_path):
    with pytest.raises(StepError, match="is being backed up"):
        backup.back_up(hub, hub.course[0], tmp_path / "state/backups")
    (tmp_path / "way").symlink_to(tmp_path / "exchange")
    with pytest.raises(StepError, match="is being backed up"):
        backup.back_up(hub, hub.course[0], tmp_path / "way/backups")
    (tmp_path / "open").mkdir(mode=0o755)
    with pytest.raises(StepError, match="chmod 700"):
        backup.back_up(hub, hub.course[0], tmp_path / "open")


def test_a_disk_without_room_is_refused_before_anything_is_written(hub, tmp_path, monkeypatch):
    usage = type("Usage", (), {"free": backup.SPARE + 10})
    monkeypatch.setattr(backup.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(StepError, match="enough room"):
        made(hub, tmp_path)
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_write_that_fails_leaves_no_half_archive(hub, tmp_path, monkeypatch):
    def full(*given):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive.Writer, "finish", full)
    with pytest.raises(StepError, match="No space left"):
        made(hub, tmp_path)
    assert list((tmp_path / "backups").iterdir()) == []


def test_only_the_newest_of_one_class_are_kept(tmp_path):
    names = [f"k1-2026010{day}T000000.000Z.tar.gz" for day in range(1, 6)]
    other = ["k1-b-20260101T000000.000Z.tar.gz", "k1-notes.tar.gz", "k1-20260101T000000.000Z"]
    for name in (*names, *other):
        (tmp_path / name).write_text("")
    gone = backup.rotate(tmp_path, "k1", 2)
    assert [each.name for each in gone] == names[:3]
    assert {each.name for each in tmp_path.iterdir()} == {*names[3:], *other}


def test_two_at_once_do_not_meet(hub, tmp_path):
    with (
        backup.maintenance(hub, hub.course[0]),
        pytest.raises(StepError, match="running already"),
    ):
        made(hub, tmp_path)


def settings_file(hub: HubSettings, tmp_path: Path, *more: str, kind: str = "one") -> str:
    """Write the settings with more classes, of which nothing is there yet."""
    lines = [f'exchange = "{hub.exchange}"', "[hub]", f'accounts = "{kind}"']
    lines.append(f'state = "{hub.hub.state}"')
    for number, name in enumerate(("k1", *more)):
        place = tmp_path if name == "k1" else tmp_path / name
        lines += ["[[course]]", f'id = "{name}"', f'grader = "trdt-grader-{name}"']
        lines += [
            f'folder = "{place}/course"',
            f'state = "{place}/state"',
            f"port = {991 + number}",
        ]
    path = tmp_path / "hub.toml"
    path.write_text("\n".join(lines))
    return str(path)


def test_a_back_up_knows_its_class(hub, tmp_path, capsys):
    path = str(made(hub, tmp_path))
    key = tmp_path / "state/class/record.key"
    key.write_text("newer")
    two = ["--settings", settings_file(hub, tmp_path, "k2"), "restore", path]
    assert main([*two, "--course", "k2"]) == 1
    assert "not of k2" in capsys.readouterr().err
    assert key.read_text() == "newer"
    assert main(two) == 0
    assert key.read_text() == "ab" * 32
    text = Path(two[1]).read_text().replace('id = "k1"', 'id = "k3"')
    Path(two[1]).write_text(text)
    assert main(two) == 1
    assert "“k1”, which is not in the settings (hub.toml has k3, k2)" in capsys.readouterr().err


def test_the_hubs_own_is_kept_and_never_put_back_alone(hub, tmp_path, capsys):
    hub.hub.state.mkdir(mode=0o700)
    database = hub.hub.state / "jupyterhub.sqlite"
    roster.note(roster.where(hub, "k1"), roster.Entry("anna", email="anna@example.org"))
    roster.note(roster.where(hub, "other"), roster.Entry("uwe"))
    with closing(sqlite3.connect(database)) as open_hub:
        # The hub goes on: what it has written is not in the file itself yet.
        open_hub.execute("PRAGMA journal_mode = WAL")
        open_hub.execute("CREATE TABLE users (name TEXT)")
        open_hub.execute("INSERT INTO users VALUES ('added by an instructor')")
        open_hub.commit()
        path = str(made(hub, tmp_path))
        open_hub.execute("DELETE FROM users")
        open_hub.commit()
    words = ["--settings", settings_file(hub, tmp_path), "restore", path]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert f"cp DIR/hub/jupyterhub.sqlite {hub.hub.state}/" in said
    assert "systemctl stop trd-hub" in said
    with closing(sqlite3.connect(database)) as now:
        assert now.execute("SELECT * FROM users").fetchall() == []
    assert main([*words, "--into", str(tmp_path / "look")]) == 0
    assert "cp DIR/hub/jupyterhub.sqlite" in capsys.readouterr().out
    with closing(sqlite3.connect(tmp_path / "look/hub/jupyterhub.sqlite")) as kept:
        assert kept.execute("SELECT * FROM users").fetchall() == [("added by an instructor",)]
    assert "anna@example.org" in (tmp_path / "look/hub/roster.jsonl").read_text()
    with archive.Reader(Path(path)) as reader:
        held = {name for name in reader.check().files if name.startswith("hub/")}
    assert held == {archive.HUB_DATABASE, archive.ROSTER}


@pytest.mark.parametrize(
    "words",
    [
        ["backup", "--to", "/nowhere/at-all"],
        ["restore", "/nowhere/at-all"],
        ["forget", "anna"],
        ["roster"],
        ["check"],
    ],
)
def test_whoever_is_not_root_is_told(hub, tmp_path, monkeypatch, capsys, words):
    file = settings_file(hub, tmp_path, kind="unix")
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    assert main(["--settings", file, *words]) == 1
    assert "run it as root" in capsys.readouterr().err


# --- what is no good ------------------------------------------------------------------------


def test_a_file_cut_short_or_changed_anywhere_is_refused(hub, tmp_path):
    path = made(hub, tmp_path)
    data = path.read_bytes()
    spoilt = tmp_path / "spoilt.tar.gz"
    step = max(1, len(data) // 40)
    for at in range(0, len(data) - 1, step):
        for changed in (data[:at], data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :]):
            spoilt.write_bytes(changed)
            if at in (4, 5, 6, 7, 8, 9) and len(changed) == len(data):
                continue  # the time and the maker in the header, which hold nothing
            with archive.Reader(spoilt) as reader, pytest.raises(archive.ArchiveError):
                reader.check()


def test_a_damaged_end_is_called_damage(hub, tmp_path):
    path = made(hub, tmp_path)
    whole = bytearray(gzip.decompress(path.read_bytes()))
    whole += b"\0" * 512 + b"x"
    path.write_bytes(gzip.compress(bytes(whole)))
    with (
        archive.Reader(path) as reader,
        pytest.raises(archive.ArchiveError, match="is damaged or was changed"),
    ):
        reader.check()


def forged(path: Path, change) -> Path:
    """Write an archive whose manifest fits, but which holds something of the forger's."""
    files: dict[str, list] = {}
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as tar:

        def add(name, data=b"", **about):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            for key, value in about.items():
                setattr(info, key, value)
            tar.addfile(info, io.BytesIO(data))
            if info.isreg():
                files[name] = [len(data), archive.hashlib.sha256(data).hexdigest()]

        add("about.json", json.dumps({"course": "k1", "format": 1}).encode())
        add("state", type=tarfile.DIRTYPE, mode=0o755)
        change(add)
        add("manifest.json", json.dumps({"format": 1, "files": dict(files)}).encode())
    path.write_bytes(gzip.compress(raw.getvalue()))
    return path


@pytest.mark.parametrize(
    ("name", "about"),
    [
        ("state/../../evil", {}),
        ("../evil", {}),
        ("/tmp/evil", {}),
        ("state//evil", {}),
        ("state/./evil", {}),
        ("etc/passwd", {}),
        ("evil", {}),
        ("state/link", {"type": tarfile.SYMTYPE, "linkname": "/etc"}),
        ("state/hard", {"type": tarfile.LNKTYPE, "linkname": "about.json"}),
        ("state/device", {"type": tarfile.CHRTYPE}),
        ("state/pipe", {"type": tarfile.FIFOTYPE}),
        ("about.json", {}),
        ("state/" + "d/" * 80 + "deep", {}),
    ],
)
def test_what_leads_out_of_the_archive_is_refused(hub, tmp_path, name, about):
    path = forged(tmp_path / "forged.tar.gz", lambda add: add(name, b"", **about))
    before = tree(tmp_path)
    with archive.Reader(path) as reader, pytest.raises(archive.ArchiveError):
        reader.check()
    with pytest.raises((archive.ArchiveError, StepError)):
        put_back(hub, path)
    assert tree(tmp_path) == before


def test_a_forged_mode_lends_nobody_rights(hub, tmp_path):
    def change(add):
        add("state/tool", b"#!/bin/sh", mode=0o6777)

    put_back(hub, forged(tmp_path / "forged.tar.gz", change))
    assert (tmp_path / "state/tool").stat().st_mode & 0o7000 == 0
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700


def test_files_of_other_kinds_are_refused(hub, tmp_path):
    for data in (b"", b"hello", gzip.compress(b"hello"), gzip.compress(b"\0" * 20480)):
        (tmp_path / "other.tar.gz").write_bytes(data)
        with pytest.raises(archive.ArchiveError):
            put_back(hub, tmp_path / "other.tar.gz")
    with pytest.raises(archive.ArchiveError):
        archive.Reader(tmp_path)
    with pytest.raises(archive.ArchiveError, match="cannot be opened"):
        archive.Reader(tmp_path / "missing")


def test_another_classs_back_up_is_refused(hub, tmp_path):
    path = made(hub, tmp_path)
    course = hub.course[0].model_copy(update={"id": "k2"})
    with archive.Reader(path) as reader, pytest.raises(StepError, match="not of k2"):
        restore.restore(hub, course, reader, reader.check())


# --- killed in the middle -------------------------------------------------------------------


def killed_after(renamings: int, hub: HubSettings, path: Path) -> bool:
    """Restore in another process that is killed before a renaming; return whether it was."""
    child = os.fork()
    if child == 0:
        done = [0]
        rename = restore._Mover.rename

        def counted(self, *given):
            if done[0] == renamings:
                os.kill(os.getpid(), signal.SIGKILL)
            done[0] += 1
            rename(self, *given)

        restore._Mover.rename = counted
        put_back(hub, path)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def test_killed_at_any_step_it_can_be_undone_or_is_done(hub, tmp_path):
    path = made(hub, tmp_path)
    (tmp_path / "state/class/record.key").write_text("newer")
    (tmp_path / "course/solutions/01/case.ipynb").write_text("newer")
    present, kills = tree(tmp_path), 0
    while killed_after(kills, hub, path):
        kills += 1
        with pytest.raises(StepError, match="--undo"):
            put_back(hub, path)
        restore.undo(hub, hub.course[0])
        assert tree(tmp_path) == present, kills
        assert not [each for each in tmp_path.rglob("*restor*") if each.name != "hub"], kills
    assert kills == 6  # three places, each moved aside and replaced
    assert (tmp_path / "state/class/record.key").read_text() == "ab" * 32


def test_one_restore_after_another_keeps_everything(hub, tmp_path):
    path = made(hub, tmp_path)
    for number in range(5):
        (tmp_path / "state/class/record.key").write_text(f"key {number}")
        put_back(hub, path)
    kept = {each.read_text() for each in tmp_path.glob("state.before-restore-*/class/record.key")}
    assert kept == {f"key {number}" for number in range(5)}


def test_killed_while_it_unpacks_it_can_be_undone(hub, tmp_path, monkeypatch):
    path = made(hub, tmp_path)
    present = tree(tmp_path)
    child = os.fork()
    if child == 0:
        monkeypatch.setattr(
            archive.Unpacker, "finish", lambda self: os.kill(os.getpid(), signal.SIGKILL)
        )
        put_back(hub, path)
        os._exit(0)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    assert "had not ended" in restore.undo(hub, hub.course[0])
    assert tree(tmp_path) == present
    assert "nothing to undo" in restore.undo(hub, hub.course[0])


def test_a_failure_in_the_middle_puts_everything_back(hub, tmp_path, monkeypatch):
    path = made(hub, tmp_path)
    (tmp_path / "state/class/record.key").write_text("newer")
    present = tree(tmp_path)
    rename, done = restore._Mover.rename, []

    def fails(self, *given):
        done.append(given)
        if len(done) == 4:
            raise OSError(5, "Input/output error")
        rename(self, *given)

    monkeypatch.setattr(restore._Mover, "rename", fails)
    with pytest.raises(OSError, match="Input/output"):
        put_back(hub, path)
    assert tree(tmp_path) == present
    assert restore.Journal.read(hub, hub.course[0]) is None


# --- forgetting -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["", "*", "a*", "an[n]a", "../anna", "a/b", ".", " anna", "a?", "-rf", "a\nb"]
)
def test_a_name_that_is_no_single_one_is_refused(hub, name):
    with pytest.raises(StepError, match="no trainee's name"):
        forget.check_name(hub, name)


def test_those_who_teach_are_refused(hub):
    course = hub.course[0].model_copy(update={"instructors": ("berta",)})
    changed = hub.model_copy(
        update={"course": (course,), "hub": hub.hub.model_copy(update={"admins": ("root2",)})}
    )
    for name in ("berta", "root2", "grader-k1"):
        with pytest.raises(StepError):
            forget.check_name(changed, name)
    forget.check_name(changed, "berta", force=True)
    with pytest.raises(StepError, match="itself"):
        forget.check_name(changed, "grader-k1", force=True)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "same answers, to the second, as anna, annabel and time (3 questions)",
            "same answers, to the second, as a deleted trainee, annabel and time (3 questions)",
        ),
        (
            "same answers, to the second, as bert, anna and 3 more (3 to 5 questions)",
            "same answers, to the second, as bert, a deleted trainee and 3 more (3 to 5 questions)",
        ),
        (
            "submission_secret.txt was the same as that of anna, so each got a new one: feedback",
            "submission_secret.txt was the same as that of a deleted trainee, so each got a new "
            "one: feedback",
        ),
        (
            "handed in by the account “anna”, not by “bert”: has somebody",
            "handed in by the account “a deleted trainee”, not by “bert”: has somebody",
        ),
        ("anna.ipynb was left out: this course collects no such file", None),
        ("same answers, to the second, as annabel (3 questions)", None),
    ],
)
def test_a_name_goes_out_of_notes_on_others_only_where_people_are_named(before, after):
    assert forget.without(before, "anna") == (before if after is None else after)


def test_hand_ins_are_told_apart_by_their_whole_name(tmp_path):
    at = "2026-05-03 10:11:12.000000 UTC"
    names = {
        f"anna+01-demo+{at}+Zm9v": True,
        f"anna+01-demo+{at}": True,
        f"anna+b+01-demo+{at}+Zm9v": False,
        f"annabel+01-demo+{at}+Zm9v": False,
        f"joanna+01-demo+{at}+Zm9v": False,
        "anna+broken": True,
    }
    for name in names:
        (tmp_path / name).mkdir()
    with forget._folder(tmp_path) as folder:
        found, _ = forget._hand_ins(folder, "anna", None)
    assert set(found) == {name for name, mine in names.items() if mine}


def test_looking_changes_nothing_and_deleting_spares_everybody_else(hub, tmp_path):
    others = tmp_path / "state/class/submitted/annabel/01"
    others.mkdir(parents=True)
    (others / "answers.jsonl").write_text("annabel's")
    before = tree(tmp_path)
    plan = forget.find(hub, hub.course[0], "anna")
    assert len(plan.hand_ins) == 1 and plan.folders == ["class/submitted/anna"]
    assert tree(tmp_path) == before
    forget.remove(hub, hub.course[0], "anna", plan)
    left = {name: data for name, data in before.items() if "/anna/" not in name}
    left = {name: data for name, data in left.items() if "/anna+" not in name}
    now = tree(tmp_path)
    now.pop("state/class/grading.lock", None)
    assert now == left
    assert not forget.find(hub, hub.course[0], "anna")


def test_a_gradebook_without_tables_holds_nobody(hub, tmp_path):
    gradebook = tmp_path / "state/class/gradebook.db"
    with closing(sqlite3.connect(gradebook)) as begun:
        begun.execute("PRAGMA user_version = 1")
    plan = forget.find(hub, hub.course[0], "anna")
    assert plan.rows == {} and len(plan.hand_ins) == 1
    forget.remove(hub, hub.course[0], "anna", plan)
    assert not forget.find(hub, hub.course[0], "anna")
    with closing(sqlite3.connect(gradebook)) as left:
        assert left.execute("SELECT * FROM sqlite_master").fetchall() == []


def test_what_the_hub_still_lists_is_told_with_the_way_out(hub, tmp_path, monkeypatch, capsys):
    monkeypatch.delenv(forget.TOKEN, raising=False)
    file = settings_file(hub, tmp_path)
    assert main(["--settings", file, "forget", "anna", "--yes"]) == 0
    said = capsys.readouterr().out
    assert "no more than the name and the time of last activity" in said
    assert "admins = [" in said
    text = Path(file).read_text().replace("[hub]", '[hub]\nadmins = ["uwe"]')
    Path(file).write_text(text)
    (tmp_path / "state/class/submitted/bert").mkdir()
    assert main(["--settings", file, "forget", "bert", "--yes"]) == 0
    said = capsys.readouterr().out
    assert "as an administrator: Admin, bert, Edit User" in said
    assert "admins = [" not in said
