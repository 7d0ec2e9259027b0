"""The settings that turn JupyterLab into the course."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import trd.lab
from trd.lab import browser, home, serve, settings
from trd.lab.__main__ import main

LAB = Path(trd.lab.__file__).parent
SETTINGS = Path(sys.prefix, "share", "jupyter", "lab", "schemas")


@pytest.fixture
def here(tmp_path):
    place = home.Home(tmp_path / "a home")
    place.make()
    return place


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("mode", settings.MODES)
def test_every_overridden_setting_exists_in_this_jupyterlab(mode):
    overrides = load(LAB / "settings" / mode / "default_setting_overrides.json")
    for plugin, values in overrides.items():
        package, name = plugin.split(":")
        schema = load(SETTINGS / package / f"{name}.json")
        known = set(schema.get("properties", {}))
        assert set(values) <= known, plugin


def test_disabled_shortcuts_exist_in_this_jupyterlab():
    # A shortcut that is renamed upstream would silently come back.
    known = {
        (s["command"], tuple(s["keys"]), s["selector"])
        for path in SETTINGS.rglob("*.json")
        for s in load(path).get("jupyter.lab.shortcuts", [])
    }
    overrides = load(LAB / "settings" / "trainee" / "default_setting_overrides.json")
    mine = overrides["@jupyterlab/shortcuts-extension:shortcuts"]["shortcuts"]
    assert all(s["disabled"] for s in mine)
    assert {(s["command"], tuple(s["keys"]), s["selector"]) for s in mine} <= known


def test_a_trainee_gets_no_authoring_tools(here):
    settings.write("trainee", here)
    config = here.jupyter("trainee") / "config"
    disabled = load(config / "labconfig" / "page_config.json")["disabledExtensions"]
    for plugin in (
        "@jupyter/nbgrader:create-assignment",
        "@jupyter/nbgrader:formgrader",
        "@jupyter/nbgrader:course-list",
        "@jupyter/nbgrader:validate-assignment",
        "@jupyterlab/extensionmanager-extension",
        "@jupyterlab/debugger-extension",
        "@jupyterlab/terminal-extension",
        "@jupyterlab/launcher-extension",
    ):
        assert disabled[plugin] is True
    assert "@jupyter/nbgrader:assignment-list" not in disabled
    server = load(config / "jupyter_server_config.json")["ServerApp"]
    on = {name for name, wanted in server["jpserver_extensions"].items() if wanted}
    assert on == {"jupyterlab", "notebook", "nbgrader.server_extensions.assignment_list"}
    assert server["terminals_enabled"] is False
    assert server["ip"] == "127.0.0.1"
    assert server["root_dir"] == str(here.trainee)


def test_an_instructor_gets_everything(here):
    settings.write("instructor", here)
    config = here.jupyter("instructor") / "config"
    disabled = load(config / "labconfig" / "page_config.json")["disabledExtensions"]
    assert not any(name.startswith("@jupyter/nbgrader") for name in disabled)
    # Opening a master to edit it must not run it.
    assert disabled["trd-course:autorun"] is True
    server = load(config / "jupyter_server_config.json")["ServerApp"]
    on = {name for name, wanted in server["jpserver_extensions"].items() if wanted}
    assert "nbgrader.server_extensions.formgrader" in on
    assert "trainee" not in (config / "custom" / "custom.css").read_text().split("*/")[0].lower()


def test_each_mode_has_folders_of_its_own(here):
    trainee, instructor = (settings.environment(mode, here) for mode in settings.MODES)
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        assert trainee[name] != instructor[name]
        assert here.root in Path(trainee[name]).parents
    assert trainee["TRD_HOME"] == str(here.root)
    assert trainee["TRD_MODE"] == "trainee"


def test_what_a_trainee_chose_in_lab_survives_the_next_start(here):
    settings.write("trainee", here)
    chosen = Path(settings.environment("trainee", here)["JUPYTERLAB_SETTINGS_DIR"], "theme.json")
    chosen.parent.mkdir(parents=True)
    chosen.write_text("{}")
    settings.write("trainee", here)
    assert chosen.read_text() == "{}"


def test_the_extension_is_one_jupyterlab_loads():
    folder = LAB / "labextension" / "trd-course"
    package = load(folder / "package.json")
    assert package["name"] == folder.name
    script = (folder / package["jupyterlab"]["_build"]["load"]).read_text(encoding="utf-8")
    assert f"['{folder.name}']" in script
    # Nothing but notebooks that ask for it may run by itself.
    assert "getMetadata('trd')" in script
    assert not re.search(r"https?://", script)


def test_the_state_folder_is_the_one_named_first(tmp_path, monkeypatch):
    monkeypatch.setenv("TRD_HOME", str(tmp_path / "env"))
    assert home.find().root == tmp_path / "env"
    assert home.find(str(tmp_path / "given")).root == tmp_path / "given"


# What a kernel of the course would be told, without the server around it.
WHERE = """
import sys
from trd.lab import serve
serve._serve = serve._hand_out = lambda *given: None
serve.start("trainee", None, sys.argv[1] or None, False, [])
from trd.quiz.session import data_folder
print(data_folder())
"""


def progress_of(home_dir="", **env):
    kept = {k: v for k, v in os.environ.items() if k not in {"TRD_HOME", "TRD_DATA"}}
    said = subprocess.run(
        [sys.executable, "-c", WHERE, home_dir],
        env=kept | {name: str(value) for name, value in env.items()},
        capture_output=True,
        text=True,
        check=True,
    )
    return Path(said.stdout.splitlines()[-1])


def test_two_state_folders_share_no_progress(tmp_path):
    one, other = tmp_path / "one", tmp_path / "the other"
    assert progress_of(TRD_HOME=one) == one / "progress"
    assert progress_of(str(other)) == other / "progress"
    assert progress_of(TRD_HOME=one, TRD_DATA=other) == other


def test_an_installed_course_keeps_its_state_with_the_user(tmp_path, monkeypatch):
    monkeypatch.delenv("TRD_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(home.paths, "repository", lambda: None)
    assert tmp_path in home.find().root.parents
    with pytest.raises(ValueError, match="copy of the repository"):
        settings.root_dir("instructor", home.find())


@pytest.mark.skipif(os.name == "nt", reason="permissions differ")
def test_others_on_the_machine_cannot_look_in(here):
    assert here.root.stat().st_mode & 0o077 == 0


def test_a_home_that_is_a_file_is_explained(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="TRD_HOME"):
        home.Home(tmp_path / "file" / "below").make()


def test_a_taken_port_is_explained(monkeypatch, capsys):
    monkeypatch.setattr(serve, "_is_free", lambda port: port == 8890)
    assert serve._free_port() == 8890
    assert "8888 is taken" in capsys.readouterr().out
    with pytest.raises(ValueError, match="9000 is taken"):
        serve._explicit(9000)
    with pytest.raises(ValueError, match="1 to 65535"):
        serve._explicit(0)


def test_a_problem_is_one_message_and_an_exit_code(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["trainee", "--home", str(tmp_path / "file" / "x")]) == 1
    said = capsys.readouterr()
    assert "cannot keep its state" in said.err
    assert "Traceback" not in said.err


def test_chromium_named_by_the_user_comes_first(tmp_path, monkeypatch):
    program = tmp_path / "chrome"
    program.write_text("")
    monkeypatch.setenv("TRD_CHROMIUM", str(program))
    assert browser.ensure() == program
    monkeypatch.setenv("TRD_CHROMIUM", str(tmp_path / "nothing"))
    with pytest.raises(ValueError, match="TRD_CHROMIUM"):
        browser.ensure()
