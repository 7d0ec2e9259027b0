"""What an operator copies: the unit for systemd, and the installer's own words."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

HUB = Path(__file__).resolve().parents[2] / "assets" / "hub"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_understands_the_unit(tmp_path):
    # Where it has been copied to; only the program need not be installed here.
    unit = tmp_path / "trd-hub.service"
    text = (HUB / "trd-hub.service").read_text()
    unit.write_text(text.replace("/opt/trd/venv/bin/jupyterhub", "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )
    assert done.stderr.strip() == ""
    assert done.returncode == 0
    # It does find what is wrong.
    unit.write_text(text)
    wrong = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )
    assert "not executable" in wrong.stderr or Path("/opt/trd/venv/bin/jupyterhub").exists()


def test_the_unit_stops_the_hub_alone_and_starts_it_again():
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read(HUB / "trd-hub.service")
    service = unit["Service"]
    assert service["KillMode"] == "process"
    assert service["Restart"] == "always"
    # The paths are those of install.sh and hub.toml as they stand.
    assert service["ExecStart"].startswith("/opt/trd/venv/bin/jupyterhub -f /opt/trd/")
    state = re.search(r'^state = "([^"]+)"', (HUB / "hub.toml").read_text(), re.MULTILINE)
    assert service["WorkingDirectory"] == state[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--prefex", "/x"], "--prefex is not known. Allowed: --prefix, --from, --python"),
        (["--prefix"], "--prefix needs a value"),
    ],
)
def test_the_installer_says_what_it_does_not_know(arguments, words):
    done = subprocess.run(
        [HUB / "install.sh", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert words in done.stderr


def test_the_installer_misses_npm_before_it_does_anything(tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "dirname", "id", "pwd"):
        if found := shutil.which(name):
            (programs / name).symlink_to(found)
    done = subprocess.run(
        [HUB / "install.sh", "--prefix", str(tmp_path / "opt")],
        env={"PATH": str(programs)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "apt install npm" in done.stderr
    assert not (tmp_path / "opt").exists()
