"""Set-up on a bare machine. The slow parts (venv, downloads) are replaced; files are real."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from trd.lab import bootstrap

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """An empty checkout in a folder with spaces, and a note of what was installed."""
    root = tmp_path / "my course (copy)"
    root.mkdir()
    for name in bootstrap.LOCKS.values():
        (root / name).write_text("numpy==2.4.6\n")

    def point_at(place):
        monkeypatch.setattr(bootstrap, "ROOT", place)
        monkeypatch.setattr(bootstrap, "VENV", place / ".venv")
        monkeypatch.setattr(bootstrap, "STAMP", place / ".venv" / "trd-setup.json")

    calls = []

    def build():
        calls.append("venv")
        python = bootstrap.venv_python()
        python.parent.mkdir(parents=True, exist_ok=True)
        python.unlink(missing_ok=True)
        python.symlink_to(sys.executable)
        bootstrap.write_stamp({**bootstrap.place(), "sets": {}})

    point_at(root)
    monkeypatch.setattr(bootstrap, "build_venv", build)
    monkeypatch.setattr(bootstrap, "install", calls.append)
    return root, calls, point_at


def test_a_second_start_does_nothing(checkout, capsys):
    _root, calls, _ = checkout
    assert bootstrap.main(["lab"]) == 0
    assert calls == ["venv", "lab"]
    capsys.readouterr()
    assert bootstrap.main(["lab"]) == 0
    assert calls == ["venv", "lab"]
    assert capsys.readouterr().out == ""


def test_the_tests_set_covers_the_course(checkout):
    _root, calls, _ = checkout
    bootstrap.main(["dev"])
    bootstrap.main(["lab"])
    assert calls == ["venv", "dev"]


def test_a_new_lock_is_installed_into_the_same_environment(checkout):
    root, calls, _ = checkout
    bootstrap.main(["lab"])
    (root / "requirements.lock").write_text("numpy==2.4.7\n")
    bootstrap.main(["lab"])
    assert calls == ["venv", "lab", "lab"]


def test_an_interrupted_installation_is_repaired(checkout, monkeypatch):
    _root, calls, _ = checkout

    def interrupted(_which):
        raise KeyboardInterrupt

    monkeypatch.setattr(bootstrap, "install", interrupted)
    assert bootstrap.main(["lab"]) == 130
    monkeypatch.setattr(bootstrap, "install", calls.append)
    assert bootstrap.main(["lab"]) == 0
    assert calls == ["venv", "lab"]


def test_a_torn_note_is_repaired(checkout):
    _root, calls, _ = checkout
    bootstrap.main(["lab"])
    bootstrap.STAMP.write_text('{"fold')
    bootstrap.main(["lab"])
    assert calls == ["venv", "lab", "lab"]


def test_a_moved_checkout_is_built_again(checkout, tmp_path, capsys):
    root, calls, point_at = checkout
    bootstrap.main(["lab"])
    moved = root.rename(tmp_path / "elsewhere")
    point_at(moved)
    assert bootstrap.main(["lab"]) == 0
    assert calls == ["venv", "lab", "venv", "lab"]
    assert "was moved" in capsys.readouterr().out


def test_a_vanished_python_is_noticed(checkout):
    _root, calls, _ = checkout
    bootstrap.main(["lab"])
    bootstrap.venv_python().unlink()
    bootstrap.venv_python().symlink_to("/nowhere/python")
    bootstrap.main(["lab"])
    assert calls == ["venv", "lab", "venv", "lab"]


def test_an_old_python_is_refused_in_words(checkout, monkeypatch, capsys):
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 9, 2, "final", 0))
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    assert bootstrap.main(["lab"]) == 1
    said = capsys.readouterr().out
    assert "Python 3.11 or newer" in said
    assert "3.9" in said


def test_a_newer_python_on_the_path_is_used(checkout, monkeypatch):
    taken = []
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 9, 2, "final", 0))
    monkeypatch.setattr(
        bootstrap.shutil, "which", lambda name: "/x/python3.12" if name == "python3.12" else None
    )

    def become(command, _env):
        taken.append(command[0])
        raise SystemExit(0)

    monkeypatch.setattr(bootstrap, "run_instead", become)
    with pytest.raises(SystemExit):
        bootstrap.main(["lab"])
    assert taken == ["/x/python3.12"]


def test_a_read_only_folder_is_explained(checkout, monkeypatch, capsys):
    monkeypatch.setattr(bootstrap.os, "access", lambda *_: False)
    assert bootstrap.main(["lab"]) == 1
    assert "cannot be written to" in capsys.readouterr().out


def test_no_installer_at_all_is_explained(checkout, monkeypatch):
    monkeypatch.setattr(bootstrap, "works", lambda command: False)
    monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(bootstrap.SetupError, match="neither ensurepip nor pip"):
        bootstrap.get_pip()


def test_pip_takes_over_where_the_fast_installer_cannot(checkout, monkeypatch, capsys):
    # uv knows nothing of an index or a certificate set in pip's own settings.
    ran = []
    monkeypatch.setattr(bootstrap, "find_uv", lambda: ["uv"])
    monkeypatch.setattr(bootstrap, "get_pip", lambda: ["pip"])
    monkeypatch.setattr(bootstrap, "run", lambda c, _doing: ran.append(c[0]) or c[0] == "pip")
    assert bootstrap.install_packages("requirements.lock")
    assert ran == ["uv", "pip"]
    assert "trying again with pip" in capsys.readouterr().out


def test_usage():
    assert bootstrap.main([]) == 2


def test_the_command_gets_the_environment_first_on_its_path(checkout, monkeypatch):
    seen = {}
    monkeypatch.setattr(bootstrap, "run_instead", lambda c, env: seen.update(command=c, env=env))
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    bootstrap.main(["lab", "-m", "trd.lab", "trainee"])
    python = bootstrap.venv_python()
    assert seen["command"] == [str(python), "-m", "trd.lab", "trainee"]
    assert seen["env"]["PATH"].split(os.pathsep)[0] == str(python.parent)
    assert "PYTHONPATH" not in seen["env"]


def test_clean_keeps_state_environment_and_sources(checkout):
    root, _calls, _ = checkout
    for name in (".local/class", ".venv/bin", "build", "course/trd/__pycache__", "course/trd/lab"):
        (root / name).mkdir(parents=True)
    assert bootstrap.main(["clean"]) == 0
    left = {p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_dir()}
    assert left == {".local", ".local/class", ".venv", ".venv/bin", "course", "course/trd"} | {
        "course/trd/lab"
    }


def test_the_script_needs_nothing_installed():
    script = Path(bootstrap.__file__)
    imported = {
        alias.name.split(".")[0] if isinstance(node, ast.Import) else (node.module or "")
        for node in ast.walk(ast.parse(script.read_text(encoding="utf-8"), feature_version=(3, 8)))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    assert imported <= set(sys.stdlib_module_names)


def test_the_locks_name_no_host_and_agree():
    pins = {}
    for which, name in bootstrap.LOCKS.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not any(word in text for word in ("://", "--index", "--find-links", "file:"))
        lines = [line.split(" ;")[0].strip() for line in text.splitlines()]
        pins[which] = {line for line in lines if line[:1].isalnum()}
    # The course may then run from an environment made for the tests.
    assert pins["lab"] <= pins["dev"]
    assert not any(pin.startswith("rfc3987-syntax") for pin in pins["dev"])


@pytest.mark.skipif(os.name == "nt", reason="make is for Unix")
def test_every_target_the_makefile_offers_exists():
    # Run from within make itself, it would announce the folder it works in.
    said = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    targets = [line.split()[1] for line in said.stdout.splitlines()]
    for target in targets:
        subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, check=True)
    assert {"lab", "instructor", "test", "bench", "clean"} <= set(targets)


def test_conda_installs_the_same_versions():
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    assert "- -r requirements.lock" in text
    assert "- -e ." in text
    assert "python=3.11" in text
    assert json.dumps(text).count("://") == 0
