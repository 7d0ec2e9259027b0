"""What an operator copies: systemd's units, nginx's file, and the installer's own words."""

import argparse
import configparser
import re
import shlex
import shutil
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from trd.hub import backup

HUB = Path(__file__).resolve().parents[2] / "assets" / "hub"


PROGRAM = re.compile(r"(?<==)/opt/trd/venv/bin/[a-z]+")
systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd is not installed"
)


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *map(str, arguments)], capture_output=True, text=True, check=False
    )


def unit_file(name: str) -> configparser.SectionProxy:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read(HUB / name)
    return unit["Timer" if name.endswith(".timer") else "Service"]


@systemd
@pytest.mark.parametrize("name", ["trd-hub.service", "trd-backup.service", "trd-backup.timer"])
def test_systemd_understands_the_unit(tmp_path, name):
    # Where they have been copied to, side by side; only the program need not be installed here.
    for each in HUB.glob("trd-*.*"):
        (tmp_path / each.name).write_text(PROGRAM.sub("/bin/true", each.read_text()))
    unit = tmp_path / name
    done = analyze("verify", unit)
    assert done.stderr.strip() == ""
    assert done.returncode == 0
    # It does find what is wrong: a program, or a time, that does not exist.
    wrong = unit.read_text().replace("/bin/true", "/bin/none").replace("02:30:00", "26:30:00")
    unit.write_text(wrong)
    assert re.search("not executable|Failed to parse calendar", analyze("verify", unit).stderr)


@systemd
def test_the_timer_runs_every_night():
    done = analyze("calendar", "--iterations=2", unit_file("trd-backup.timer")["OnCalendar"])
    assert done.returncode == 0
    first, second = map(
        datetime.fromisoformat, re.findall(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", done.stdout)[:2]
    )
    assert second.date() - first.date() == timedelta(days=1)


def test_the_nightly_back_up_is_a_command_that_the_course_has():
    command = shlex.split(unit_file("trd-backup.service")["ExecStart"])
    # With its whole path: a timer knows no venv.
    assert command[:3] == ["/opt/trd/venv/bin/python", "-m", "trd.hub"]
    assert command[3] == "backup"
    parser = argparse.ArgumentParser(exit_on_error=False)
    backup.arguments(parser)
    options = parser.parse_args(command[4:])
    assert options.to.is_absolute()
    assert options.homes
    assert options.keep >= 7


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
def test_nginx_understands_its_file(tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
            *("-subj", "/CN=course.example.org", "-keyout", str(key), "-out", str(certificate)),
        ],
        capture_output=True,
        check=True,
    )
    site = (HUB / "nginx.conf").read_text()
    # The certificate and the log are elsewhere here, and sockets instead of ports that
    # somebody may have.
    site = re.sub(r"(ssl_certificate) +\S+;", rf"\1 {certificate};", site)
    site = re.sub(r"(ssl_certificate_key) +\S+;", rf"\1 {key};", site)
    site = site.replace("/var/log/nginx/", f"{tmp_path}/")
    site = re.sub(r"listen (80|443)\b", rf"listen unix:{tmp_path}/\1", site)
    site = re.sub(r"\n *listen \[::\].*", "", site)
    place, whole = tmp_path / "site.conf", tmp_path / "nginx.conf"
    whole.write_text(
        f"pid {tmp_path}/pid; error_log {tmp_path}/error.log; events {{}} "
        f"http {{ include {place}; }}"
    )

    def read(text):
        place.write_text(text)
        return subprocess.run(
            ["nginx", "-t", "-c", str(whole)], capture_output=True, text=True, check=False
        )

    done = read(site)
    assert done.returncode == 0, done.stderr
    # Without the map a web socket would not be one; nginx does notice.
    missing = site[: site.index("map ")] + site[site.index("server {") :]
    assert "trd_connection" in read(missing).stderr


def test_nginx_passes_on_to_where_the_hub_listens():
    port = re.search(r"^port = (\d+)", (HUB / "hub.toml").read_text(), re.MULTILINE)
    assert f"proxy_pass http://127.0.0.1:{port[1]};" in (HUB / "nginx.conf").read_text()


def test_the_unit_stops_the_hub_alone_and_starts_it_again():
    service = unit_file("trd-hub.service")
    assert service["KillMode"] == "process"
    assert service["Restart"] == "always"
    # Stopping took up to 100 s; and what is given to the hub here, everybody's server inherits.
    assert int(service["TimeoutStopSec"]) >= 180
    assert "OOMScoreAdjust" not in service
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
    assert "Install Node.js 20" in done.stderr
    assert not (tmp_path / "opt").exists()
