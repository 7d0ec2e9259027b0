"""Log-in through a learning platform, with a real hub, its real proxy and a small platform.

Run without root it leaves out one test: the roster as the class's own account.
"""

import json
import os
import pwd
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

pytest.importorskip("ltiauthenticator")

import jwt
import platform_lti as lms
import requests
from cryptography.hazmat.primitives import serialization
from platform_lti import CLAIM, INSTRUCTOR, LEARNER, Browser, Platform

from trd.hub import lti, roster

ROOT = Path(__file__).resolve().parents[2]
LISTED = "98765"

CONFIG = """
import sys
from trd.hub import config, settings
c = get_config()
config.apply(c, settings.load({settings!r}))
# No Lab, no formgrader: what is asked here is who gets in, and where they are sent.
token = "watcher-" + "0" * 32
c.JupyterHub.services = [
    {{
        "name": "trd",
        "api_token": token + "1",
        "oauth_client_id": "service-trd",
        "oauth_redirect_uri": "https://hub.test/services/trd/oauth_callback",
        "oauth_no_confirm": True,
    }},
    {{"name": "other", "api_token": token + "2"}},
    {{"name": "idle-culler", "api_token": token + "3"}},
    {{"name": "watcher", "api_token": token}},
]
c.JupyterHub.load_roles.append(
    {{"name": "watcher", "services": ["watcher"], "scopes": ["admin:users", "admin:groups"]}}
)
"""


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


@dataclass
class Hub:
    door: str
    state: Path
    settings: Path
    platform: Platform
    #: Named as an instructor in the settings file.
    listed: str

    def ask(self, path: str, method: str = "GET", **json_: Any) -> Any:
        response = requests.request(
            method,
            f"{self.door}/hub/api/{path}",
            headers={"Authorization": "token watcher-" + "0" * 32},
            json=json_ or None,
            timeout=20,
        )
        response.raise_for_status()
        return response.json() if response.content else None

    def users(self) -> set[str]:
        return {user["name"] for user in self.ask("users")}

    def groups(self, name: str) -> set[str]:
        return set(self.ask(f"users/{name}")["groups"])

    def account(self, sub: str) -> str:
        return lti.account_name(self.platform.url, sub)

    def roster(self, course: str = "trd") -> dict[str, roster.Entry]:
        return roster.read(self.state / "roster" / f"{course}.jsonl")


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the proxy: TRD_TEST_PROXY, or made here."""
    if given := os.environ.get("TRD_TEST_PROXY"):
        return Path(given)
    if not shutil.which("npm"):
        pytest.skip("needs npm, or TRD_TEST_PROXY")
    folder = tmp_path_factory.mktemp("proxy")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / "assets" / "hub" / name, folder)
    subprocess.run(["npm", "ci", "--silent"], cwd=folder, check=True, timeout=200)
    return folder


@pytest.fixture(scope="module")
def hub(proxy: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("hub")
    platform = Platform()
    ports = [free_port() for _ in range(3)]
    settings = folder / "hub.toml"
    listed = lti.account_name(platform.url, LISTED)
    for name in ("state", "trd", "other"):
        (folder / name).mkdir()
    settings.write_text(
        f"""
exchange = "{folder}/exchange"
[hub]
port = {ports[0]}
api_port = {ports[1]}
proxy_api_port = {ports[2]}
public_url = "{lms.HUB}/"
state = "{folder}/state"
proxy = "{proxy}"
accounts = "one"
login = "lti"
[[course]]
id = "trd"
grader = "grader-trd"
folder = "{folder}/trd"
state = "{folder}/trd/state"
port = 991
instructors = ["{listed}"]
[[course]]
id = "other"
grader = "grader-other"
folder = "{folder}/other"
state = "{folder}/other/state"
port = 992
[lti]
issuer = "{platform.url}"
client_ids = ["client-1"]
authorize_url = "{platform.url}/auth"
jwks_url = "{platform.url}/jwks"
clock_skew = 0
contexts = {{ "42" = "trd", "43" = ["trd", "other"] }}
""",
        encoding="utf-8",
    )
    config = folder / "jupyterhub_config.py"
    config.write_text(CONFIG.format(settings=str(settings)), encoding="utf-8")
    log = folder / "hub.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "-f", str(config)],
            cwd=folder,
            stdout=out,
            stderr=out,
            env={**os.environ, "CONFIGPROXY_AUTH_TOKEN": "0" * 32},
        )
        made = Hub(f"http://127.0.0.1:{ports[0]}", folder / "state", settings, platform, listed)
        try:
            wait_for(made, process, log)
            yield made
        finally:
            stop(process, folder / "state" / "proxy.pid")
            platform.close()


def wait_for(hub: Hub, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            if requests.get(f"{hub.door}/hub/api/", timeout=5).ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.1)
    raise AssertionError(log.read_text(encoding="utf-8"))


def stop(process: subprocess.Popen[bytes], proxy_pid: Path) -> None:
    process.terminate()
    process.wait(timeout=30)
    if proxy_pid.exists():
        # A hub for many leaves its proxy running on purpose.
        subprocess.run(["kill", proxy_pid.read_text().strip()], check=False)


@pytest.fixture
def platform(hub: Hub) -> Platform:
    hub.platform.person, hub.platform.sign = {}, None
    return hub.platform


@pytest.fixture
def browser(hub: Hub) -> Browser:
    return Browser(hub.door)


def person(sub: str, *roles: str, context: str = "42", **more: Any) -> dict[str, Any]:
    return {
        "sub": sub,
        f"{CLAIM}/roles": list(roles or [LEARNER]),
        f"{CLAIM}/context": {"id": context, "title": "Ketamine"},
        **more,
    }


def test_a_learner_comes_in_and_goes_to_their_server(hub, platform, browser):
    platform.person = person(
        "5",
        given_name="Anna",
        family_name="Berg",
        email="anna@example.org",
        **{f"{CLAIM}/custom": {"lms_user_id": 1005}},
    )
    done = browser.launch(platform)
    assert done.status_code == 302, done.text
    assert done.headers["Location"] == "/hub/spawn"
    name = hub.account("5")
    assert browser.logged_in_as() == name
    assert hub.groups(name) == {"nbgrader-trd"}
    assert hub.roster()[name] == roster.Entry(
        name, "trainee", "Anna", "Berg", "anna@example.org", "1005"
    )
    assert (hub.state / "roster").stat().st_mode & 0o777 == 0o700
    assert (hub.state / "roster" / "trd.jsonl").stat().st_mode & 0o777 == 0o600


def token_of_the_class(hub: Hub, browser: Browser) -> str | None:
    """Let the class's page ask the hub who this is, as it does on a first visit."""
    back = f"{lms.HUB}/services/trd/oauth_callback"
    asked = browser.get(
        f"/hub/api/oauth2/authorize?client_id=service-trd&response_type=code&redirect_uri={back}"
    )
    if asked.status_code != 302:
        return None
    code = parse_qs(urlsplit(asked.headers["Location"]).query)["code"][0]
    given = requests.post(
        f"{hub.door}/hub/api/oauth2/token",
        data={
            "client_id": "service-trd",
            "client_secret": "watcher-" + "0" * 32 + "1",
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
        },
        timeout=20,
    )
    given.raise_for_status()
    return given.json()["access_token"]


def is_good(hub: Hub, token: str) -> bool:
    headers = {"Authorization": f"token {token}"}
    return requests.get(f"{hub.door}/hub/api/user", headers=headers, timeout=20).ok


def test_the_next_person_at_a_shared_computer_inherits_nothing(hub, platform, browser):
    platform.person = person("20", INSTRUCTOR)
    browser.launch(platform)
    browser.get("/hub/home")
    token = token_of_the_class(hub, browser)
    assert token
    assert is_good(hub, token)
    # The same person again: what is open goes on.
    browser.launch(platform)
    assert is_good(hub, token)
    # They log out of the platform, not of the hub; somebody else logs in there.
    platform.person = person("21", LEARNER)
    browser.launch(platform)
    assert browser.logged_in_as() == hub.account("21")
    assert not is_good(hub, token)
    assert token_of_the_class(hub, browser) is None


def test_nothing_the_platform_said_is_in_the_hubs_database(hub, platform, browser):
    platform.person = person("6", given_name="Zebediah", email="zebediah@example.org")
    assert browser.launch(platform).status_code == 302
    with sqlite3.connect(f"file:{hub.state}/jupyterhub.sqlite?mode=ro", uri=True) as database:
        dump = "\n".join(database.iterdump()).lower()
    assert hub.account("6") in dump
    assert "zebediah" not in dump


def test_an_instructor_goes_to_the_formgrader(hub, platform, browser):
    platform.person = person("7", INSTRUCTOR)
    done = browser.launch(platform)
    assert done.headers["Location"] == "/services/trd/"
    assert hub.groups(hub.account("7")) == {"formgrade-trd"}
    assert hub.roster()[hub.account("7")].role == "instructor"


def test_a_link_may_name_its_place(platform, browser):
    platform.person = person("8", INSTRUCTOR)
    done = browser.launch(platform, target_link_uri=f"{lms.HUB}/hub/home")
    assert done.headers["Location"] == "/hub/home"


def test_a_link_cannot_lead_off_the_hub(platform, browser):
    for target in ("https://evil.test/x", f"{lms.HUB}/?next=https://evil.test/x", "//evil.test/x"):
        done = browser.launch(platform, target_link_uri=target)
        assert done.headers["Location"] == "/x"


def test_the_link_chooses_between_the_classes_its_course_opens(hub, platform, browser):
    custom = {f"{CLAIM}/custom": {"course": "other"}}
    platform.person = person("9", INSTRUCTOR, context="43", **custom)
    assert browser.launch(platform).headers["Location"] == "/services/other/"
    assert hub.groups(hub.account("9")) == {"formgrade-other"}
    platform.person = person("10", INSTRUCTOR, context="42", **custom)
    assert browser.launch(platform).status_code == 403
    assert hub.account("10") not in hub.users()


def test_the_same_person_keeps_the_account_and_two_have_two(hub, platform, browser):
    platform.person = person("11", given_name="Bert", family_name="Chi")
    browser.launch(platform)
    before = hub.users()
    platform.person = person("11", given_name="Berta", family_name="Dean")
    Browser(hub.door).launch(platform)
    assert hub.users() == before
    assert hub.roster()[hub.account("11")].first_name == "Berta"
    platform.person = person("12", given_name="Berta", family_name="Dean")
    Browser(hub.door).launch(platform)
    assert hub.users() == before | {hub.account("12")}


def test_groups_given_otherwise_stay(hub, platform, browser):
    name = hub.account("13")
    platform.person = person("13")
    browser.launch(platform)
    # As `nbgrader db student add --course other` does it.
    hub.ask("groups/nbgrader-other/users", "POST", users=[name])
    browser.launch(platform)
    assert hub.groups(name) == {"nbgrader-trd", "nbgrader-other"}


def test_an_instructor_who_becomes_a_learner_loses_the_formgrader(hub, platform, browser):
    name = hub.account("14")
    platform.person = person("14", INSTRUCTOR)
    browser.launch(platform)
    platform.person = person("14", LEARNER)
    assert browser.launch(platform).headers["Location"] == "/hub/spawn"
    assert hub.groups(name) == {"nbgrader-trd"}


def test_an_instructor_of_the_settings_file_stays_one(hub, platform, browser):
    platform.person = person(LISTED, LEARNER)
    browser.launch(platform)
    assert hub.groups(hub.listed) == {"formgrade-trd", "nbgrader-trd"}


def test_the_hub_can_also_be_entered_without_a_client_id(platform, browser):
    # LTI lets the platform leave it out.
    assert browser.launch(platform, client_id=None).status_code == 302
    assert platform.asked[-1]["client_id"] == "client-1"


@pytest.mark.parametrize("forwards", [True, False])
def test_redirects_name_the_public_address_whatever_the_web_server_forwards(
    hub, platform, forwards
):
    browser = Browser(hub.door, forwards=forwards)
    assert browser.launch(platform).status_code == 302
    assert platform.asked[-1]["redirect_uri"] == f"{lms.HUB}/hub/lti13/oauth_callback"


def test_cookies_of_the_log_in_cross_sites_and_only_by_tls(platform, browser):
    browser.begin(platform)
    kept = {name: cookie for (name, _), cookie in browser.cookies.items() if "lti13" in name}
    assert len(kept) == 2
    for cookie in kept.values():
        assert (cookie.secure, cookie.http_only, cookie.same_site) == (True, True, "None")


def public_pem(platform: Platform) -> bytes:
    return platform.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def symmetric(claims: dict[str, Any], secret: bytes) -> str:
    """Sign with the public key as if it were a password; PyJWT itself refuses to."""
    import base64
    import hmac

    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    head = part(json.dumps({"alg": "HS256", "typ": "JWT", "kid": "one"}).encode())
    body = f"{head}.{part(json.dumps(claims).encode())}"
    return f"{body}.{part(hmac.digest(secret, body.encode(), 'sha256'))}"


#: How a launch is spoilt, and what the hub answers.
SPOILT: dict[str, tuple[Any, int]] = {
    "forged": (lambda p, c: p.signed(c, key=lms.key()), 400),
    "unknown key": (lambda p, c: p.signed(c, headers={"kid": "two"}), 400),
    "not signed": (
        lambda p, c: jwt.encode(c, None, algorithm="none", headers={"kid": "one"}),
        400,
    ),
    "signed with the public key": (lambda p, c: symmetric(c, public_pem(p)), 400),
    "no token": (lambda p, c: "nonsense", 400),
    "wrong audience": (lambda p, c: p.signed({**c, "aud": "client-2"}), 401),
    "wrong issuer": (lambda p, c: p.signed({**c, "iss": "https://other.test"}), 400),
    "expired": (lambda p, c: p.signed({**c, "exp": int(time.time()) - 1}), 400),
    "signed long ago": (
        lambda p, c: p.signed({**c, "iat": int(time.time()) - 700, "exp": c["exp"] + 900}),
        400,
    ),
    "wrong nonce": (lambda p, c: p.signed({**c, "nonce": "0" * 64}), 400),
    "anonymous": (
        lambda p, c: p.signed({name: value for name, value in c.items() if name != "sub"}),
        403,
    ),
    "a course that opens nothing": (
        lambda p, c: p.signed({**c, f"{CLAIM}/context": {"id": "99", "title": "Algebra 100%"}}),
        403,
    ),
    "no course": (
        lambda p, c: p.signed({k: v for k, v in c.items() if k != f"{CLAIM}/context"}),
        403,
    ),
    "only a role in the institution": (
        lambda p, c: p.signed(
            {
                **c,
                f"{CLAIM}/roles": [
                    "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor"
                ],
            }
        ),
        403,
    ),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_spoilt_launch_opens_nothing(hub, platform, browser, how):
    spoil, status = SPOILT[how]
    platform.person = person("spoilt", INSTRUCTOR)
    platform.sign = lambda claims: spoil(platform, claims)
    before = hub.users()
    refused = browser.launch(platform)
    assert refused.status_code == status, refused.text
    assert hub.users() == before
    assert browser.logged_in_as() is None
    assert "jupyterhub-hub-login" not in {name for name, _ in browser.cookies}
    assert hub.account("spoilt") not in hub.roster()


def test_a_refusal_tells_the_operator_what_to_write(platform, browser):
    platform.person = person("spoilt", context="99")
    refused = browser.launch(platform).text
    assert "[lti.contexts]" in refused
    assert "&#34;99&#34; = &#34;trd&#34;" in refused


def test_a_launch_works_once(hub, platform, browser):
    platform.person = person("15")
    action, form = browser.answer(browser.begin(platform))
    cookies = dict(browser.cookies)
    assert browser.finish(action, form).status_code == 302
    thief = Browser(hub.door, cookies)
    again = thief.post(action, form, cross_site=True)
    assert again.status_code == 400
    assert "used before" in again.text
    assert thief.logged_in_as() is None


def test_a_launch_works_in_no_other_browser(hub, platform, browser):
    platform.person = person("16")
    action, form = browser.answer(browser.begin(platform))
    thief = Browser(hub.door)
    assert thief.post(action, form, cross_site=True).status_code == 400
    # Nor with a state of the thief's own: the nonce is bound to the browser that began.
    _, own = thief.answer(thief.begin(platform))
    stolen = {**own, "id_token": form["id_token"]}
    refused = thief.post(action, stolen, cross_site=True)
    assert refused.status_code == 400
    assert "nonce mismatch" in refused.text
    assert hub.account("16") not in hub.users()
    assert browser.post(action, form, cross_site=True).status_code == 302


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"iss": None}, "open the course from there"),
        ({"iss": "https://other.test"}, "does not know the learning platform"),
        ({"client_id": "client-2"}, "client_ids"),
    ],
)
def test_only_the_platform_of_the_settings_begins(platform, browser, changes, says):
    refused = browser.begin(platform, **changes)
    assert refused.status_code == 400
    assert says in refused.text


def test_what_canvas_reads(browser):
    told = browser.get("/hub/lti13/config").json()
    assert told["oidc_initiation_url"] == f"{lms.HUB}/hub/lti13/oauth_login"
    assert told["target_link_uri"] == f"{lms.HUB}/"
    assert told["scopes"] == []
    assert browser.get(told["public_jwk_url"]).json() == {"keys": []}


def test_pages_cannot_be_framed(platform, browser):
    browser.launch(platform)
    policy = browser.get("/hub/home").headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy


def run_roster(settings: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "trd.hub", "--settings", str(settings), "roster", *more],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_roster_comes_into_the_gradebook_once(hub, platform, browser):
    platform.person = person("17", given_name="Cora", family_name="Ek", email="cora@example.org")
    browser.launch(platform)
    gradebook = hub.settings.parent / "trd" / "state" / "class" / "gradebook.db"
    gradebook.parent.mkdir(parents=True)
    first = run_roster(hub.settings, "--course", "trd")
    assert first.returncode == 0, first.stderr
    name = hub.account("17")
    assert f"added: {name} (Cora Ek)" in first.stdout
    teachers = [entry.username for entry in hub.roster().values() if entry.role == "instructor"]
    with sqlite3.connect(gradebook) as database:
        rows = database.execute("select id, first_name, last_name, email from student").fetchall()
    assert (name, "Cora", "Ek", "cora@example.org") in rows
    assert teachers
    assert not {row[0] for row in rows} & set(teachers)
    again = run_roster(hub.settings, "--course", "trd")
    assert "0 added, 0 changed" in again.stdout
    with sqlite3.connect(gradebook) as database:
        assert database.execute("select count(*) from student").fetchone() == (len(rows),)


def test_people_come_into_the_gradebook_once_and_blanks_erase_nothing(tmp_path):
    url = f"sqlite:///{tmp_path}/gradebook.db"
    anna = roster.Entry("l-a", first_name="Anna", email="a@x.org", lms_user_id="7")
    done = roster.bring_in(url, "trd", [anna, roster.Entry("l-b", email="A@x.org")])
    assert done["added"] == ["l-a", "l-b"]
    assert [each for each in done["doubts"] if "l-a and l-b" in each and "e-mail" in each]
    later = roster.Entry("l-a", first_name="Anne")
    done = roster.bring_in(url, "trd", [later, roster.Entry("l-b", email="b@x.org")])
    assert (done["added"], done["changed"], done["doubts"]) == ([], ["l-a", "l-b"], [])
    assert roster.bring_in(url, "trd", [later])["changed"] == []
    with sqlite3.connect(tmp_path / "gradebook.db") as database:
        rows = database.execute(
            "select id, first_name, email, lms_user_id from student order by id"
        ).fetchall()
    assert rows == [("l-a", "Anne", "a@x.org", "7"), ("l-b", None, "b@x.org", None)]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_root_brings_the_roster_in_as_the_class_itself():
    grader = "trdt-lti-grader"
    subprocess.run(["useradd", "--system", "--no-create-home", "-d", "/", grader], check=True)
    try:
        account = pwd.getpwnam(grader)
        # Not under pytest's own folder: that is root's alone.
        home = Path("/var/tmp") / grader
        (home / "class").mkdir(parents=True)
        for folder in (home, home / "class"):
            os.chown(folder, account.pw_uid, account.pw_gid)
            folder.chmod(0o700)
        settings = home.with_suffix(".toml")
        settings.write_text(
            f'[[course]]\nid = "trd"\ngrader = "{grader}"\nfolder = "{home}"\nstate = "{home}"\n'
            'trainees = ["anna"]\n'
        )
        settings.chmod(0o600)
        people = home.with_suffix(".csv")
        people.write_text("username,first_name,email\nanna,Anna,a@example.org\nbert,Bert,b@x.org\n")
        people.chmod(0o600)
        done = run_roster(settings, "--from", str(people))
        assert done.returncode == 0, done.stderr
        assert "2 added" in done.stdout
        assert "Not trainees of trd in the settings file: bert." in done.stdout
        made = home / "class" / "gradebook.db"
        assert made.stat().st_uid == account.pw_uid
        assert made.stat().st_mode & 0o077 == 0
    finally:
        subprocess.run(["userdel", grader], check=False, capture_output=True)
        shutil.rmtree(Path("/var/tmp") / grader, ignore_errors=True)
        for name in (f"{grader}.toml", f"{grader}.csv"):
            (Path("/var/tmp") / name).unlink(missing_ok=True)
