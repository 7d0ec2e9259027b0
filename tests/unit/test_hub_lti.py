"""Who a launch is, what it opens, and the roster; without a hub."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from trd.hub import lti, roster
from trd.hub.settings import HubSettings, SettingsError, load

M = "http://purl.imsglobal.org/vocab/lis/v2/membership"
INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person"
LMS = "https://moodle.example.org"

LTI = f"""
[lti]
issuer = "{LMS}"
client_ids = ["one"]
authorize_url = "{LMS}/mod/lti/auth.php"
jwks_url = "{LMS}/mod/lti/certs.php"
"""
HUB = """
[hub]
login = "lti"
public_url = "https://hub.example.org"
"""
CLASS = """
[[course]]
id = "{0}"
grader = "grader-{0}"
folder = "/srv/{0}"
state = "/srv/{0}/state"
port = {1}
"""
TWO = HUB + CLASS.format("trd", 991) + CLASS.format("pain", 992)


def settings(folder: Path, text: str) -> HubSettings:
    file = folder / "hub.toml"
    file.write_text(text, encoding="utf-8")
    return load(file)


@pytest.fixture
def hub(tmp_path) -> HubSettings:
    return settings(
        tmp_path, TWO + LTI + 'contexts = { "42" = "trd", "43" = ["trd", "pain"], "44" = "pain" }'
    )


def token(sub="5", roles=(f"{M}#Learner",), context: object = "42", **more):
    return {
        "iss": LMS,
        "sub": sub,
        lti.ROLES: list(roles),
        lti.CONTEXT: {"id": context, "title": "Ketamine"},
        **more,
    }


# --- names ------------------------------------------------------------------------------

anything = st.text(min_size=1, max_size=60)


@effort(max_examples=40)
@given(anything, anything)
def test_a_name_is_one_useradd_takes(issuer, subject):
    name = lti.account_name(issuer, subject)
    assert re.fullmatch(r"l-([a-z0-9]{1,9}-)?[a-z2-7]{20}", name)
    assert len(name) <= 32
    assert name == lti.account_name(issuer, subject)


@effort(max_examples=40)
@given(anything, anything, anything, anything)
def test_two_people_never_share_a_name(issuer, subject, other_issuer, other_subject):
    same = (issuer, subject) == (other_issuer, other_subject)
    names = lti.account_name(issuer, subject), lti.account_name(other_issuer, other_subject)
    assert (names[0] == names[1]) is same


@effort(max_examples=40)
@given(st.text(min_size=2, max_size=30), st.integers(1, 29))
def test_where_platform_ends_and_person_begins_matters(text, cut):
    cut %= len(text)
    whole = lti.account_name("", text)
    assert cut == 0 or lti.account_name(text[:cut], text[cut:]) != whole


def test_names_stay_as_they_are_from_release_to_release():
    # A change here would give everybody a new, empty home.
    assert lti.account_name(LMS, "5") == "l-5-sahqj5x4dgq5kwmk77qb"


# --- roles ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("roles", "instructor"),
    [
        ([f"{M}#Instructor"], True),
        ([f"{M}/Instructor#TeachingAssistant"], True),
        ([f"{M}#Instructor#TeachingAssistant"], True),
        ([f"{M}#Learner"], False),
        ([f"{M}/Learner#GuestLearner"], False),
        (["Instructor"], True),
        (["Learner"], False),
        ([f"{M}#Learner", f"{M}#Instructor"], True),
        # A professor, or whoever runs the platform, taking the course as a learner.
        ([f"{INSTITUTION}#Instructor", f"{M}#Learner"], False),
        (["http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator"], None),
        ([f"{INSTITUTION}#Instructor"], None),
        ([f"{M}#Mentor"], None),
        ([f"{M}/Learner#Instructor"], False),
        ([f"{M}#InstructorOfSomethingElse"], None),
        ([], None),
    ],
)
def test_only_roles_in_the_course_count(roles, instructor):
    assert lti.teaches(roles) is instructor


# --- which class ------------------------------------------------------------------------


def test_a_course_of_the_platform_opens_its_class(hub):
    launch = lti.understand(token(roles=[f"{M}#Instructor"], context="44"), hub)
    assert (launch.course.id, launch.teaches) == ("pain", True)
    assert launch.account == lti.account_name(LMS, "5")


def test_a_link_chooses_only_among_the_classes_of_its_course(hub):
    def custom(name):
        return {lti.CUSTOM: {"course": name}}

    assert lti.understand(token(context="43", **custom("pain")), hub).course.id == "pain"
    for context, name in (("42", "pain"), ("43", ""), ("43", "nothing"), ("43", 7)):
        with pytest.raises(lti.LaunchError, match="custom parameter"):
            lti.understand(token(context=context, **custom(name)), hub)


def test_a_course_that_is_not_listed_opens_nothing_whatever_its_link_says(hub):
    for context in ("99", "", None, 42.5, [], "*"):
        with pytest.raises(lti.LaunchError, match=r"under \[lti.contexts\]"):
            lti.understand(token(context=context, **{lti.CUSTOM: {"course": "trd"}}), hub)


def test_the_refusal_is_a_line_for_the_settings_file(tmp_path):
    bare = settings(tmp_path, HUB + CLASS.format("trd", 991) + LTI)
    with pytest.raises(lti.LaunchError) as refused:
        lti.understand(token(context='4"2'), bare)
    line = str(refused.value).partition("[lti.contexts]: ")[2]
    fixed = settings(tmp_path, HUB + CLASS.format("trd", 991) + LTI + f"[lti.contexts]\n{line}\n")
    assert lti.understand(token(context='4"2'), fixed).course.id == "trd"


def test_a_star_stands_for_every_course(tmp_path):
    every = settings(tmp_path, HUB + CLASS.format("trd", 991) + LTI + 'contexts = { "*" = "trd" }')
    assert lti.understand(token(context="7"), every).course.id == "trd"
    without = {key: value for key, value in token().items() if key != lti.CONTEXT}
    assert lti.understand(without, every).course.id == "trd"


@pytest.mark.parametrize("sub", [None, "", 5, ["5"]])
def test_an_anonymous_launch_is_refused(hub, sub):
    with pytest.raises(lti.LaunchError, match="did not say who you are"):
        lti.understand(token(sub=sub), hub)


def test_no_role_no_entry(hub):
    for roles in ([], [f"{M}#Mentor"], [5]):
        with pytest.raises(lti.LaunchError, match="no role"):
            lti.understand(token(roles=roles), hub)


# --- groups -----------------------------------------------------------------------------


def launch(hub, *, teaches, instructors=()):
    course = hub.course[0].model_copy(update={"instructors": instructors})
    return lti.Launch("l-x", course, teaches, roster.Entry("l-x"))


@effort(max_examples=40)
@given(st.sets(st.sampled_from(["nbgrader-trd", "formgrade-trd", "nbgrader-pain", "mine"])))
def test_groups_of_others_stay(before):
    file = {"folder": "/f", "state": "/s", "grader": "g"}
    hub = HubSettings.model_validate({"course": [{"id": "trd", **file}]})
    for teaches in (True, False):
        after = lti.groups_after(launch(hub, teaches=teaches), before)
        assert ("formgrade-trd" in after) is teaches
        assert after - {"formgrade-trd"} == (before - {"formgrade-trd"}) | (
            set() if teaches else {"nbgrader-trd"}
        )


def test_who_is_an_instructor_by_the_settings_stays_one(hub):
    after = lti.groups_after(launch(hub, teaches=False, instructors=("l-x",)), {"formgrade-trd"})
    assert after == {"formgrade-trd", "nbgrader-trd"}


# --- where to ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", [None, "", "/", "/hub", "/hub/", "/hub/login?next=x", "/hub/lti13/oauth_callback"]
)
def test_the_hub_itself_is_no_place(path):
    assert lti.place(path) is None


def test_a_place_is_kept():
    assert lti.place("/hub/home") == "/hub/home"
    assert lti.place("/services/trd/?x=1") == "/services/trd/?x=1"
    assert lti.place("/base/hub/", "/base/") is None
    assert lti.place("/hub/", "/base/") == "/hub/"


# --- settings ---------------------------------------------------------------------------


class Config(SimpleNamespace):
    def __getattr__(self, name):
        setattr(self, name, Config())
        return getattr(self, name)


def test_the_log_in_is_set_up(hub):
    c = Config()
    lti.configure(c, hub)
    assert c.JupyterHub.authenticator_class == "trd.hub.lti_login.PlatformAuthenticator"
    ours = c.PlatformAuthenticator
    assert ours.jwks_endpoint == f"{LMS}/mod/lti/certs.php"
    assert ours.client_id == {"one"}
    assert ours.jwks_algorithms == ["RS256"]
    assert ours.enable_auth_state is False
    assert ours.manage_groups is False


def test_a_context_cannot_open_a_class_that_there_is_not(tmp_path):
    wrong = settings(tmp_path, TWO + LTI + 'contexts = { "42" = "tdr" }')
    with pytest.raises(SettingsError, match='"42" opens tdr, but the classes are pain, trd'):
        lti.configure(Config(), wrong)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (f'jwks_url = "{LMS}', 'jwks_url = "http://moodle.example.org', "https://"),
        (f'authorize_url = "{LMS}', 'authorize_url = "moodle.example.org', "https://"),
        (f'issuer = "{LMS}"', 'issuer = ""', "https://"),
        ('client_ids = ["one"]', "client_ids = []", "lti, client_ids"),
        ('client_ids = ["one"]', "", "lti, client_ids"),
        ('client_ids = ["one"]', 'client_ids = [""]', "lti, client_ids"),
    ],
)
def test_bad_settings_are_named(tmp_path, old, new, says):
    with pytest.raises(SettingsError, match=re.escape(says)):
        settings(tmp_path, (TWO + LTI).replace(old, new))


# --- the roster -------------------------------------------------------------------------


def test_only_what_the_platform_sent_is_noted(hub):
    told = token(
        given_name=" Anna\n", family_name="B" * 300, email=None, **{lti.CUSTOM: {"lms_user_id": 7}}
    )
    person = lti.understand(told, hub).person
    assert person.known == {"first_name": "Anna", "last_name": "B" * 128, "lms_user_id": "7"}


def test_a_variable_the_platform_does_not_know_is_no_id(hub):
    told = token(**{lti.CUSTOM: {"lms_user_id": "$Canvas.user.id"}})
    assert lti.understand(told, hub).person.lms_user_id == ""


def test_the_last_said_counts_and_nothing_is_written_twice(tmp_path):
    file = tmp_path / "roster" / "trd.jsonl"
    first, second = roster.Entry("l-a", first_name="Åsa"), roster.Entry("l-a", first_name="Eva")
    assert [roster.note(file, each) for each in (first, first, second, second)] == [
        True,
        False,
        True,
        False,
    ]
    assert roster.read(file) == {"l-a": second}
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_a_line_cut_off_by_a_crash_costs_only_itself(tmp_path):
    file = tmp_path / "trd.jsonl"
    roster.note(file, roster.Entry("l-a"))
    file.write_text(file.read_text() + '{"username": "l-b", "ro')
    roster.note(file, roster.Entry("l-c"))
    assert set(roster.read(file)) == {"l-a", "l-c"}


def test_forgetting_takes_every_line_of_one_person(tmp_path):
    file = tmp_path / "trd.jsonl"
    assert roster.forget(file, "l-a") == 0
    for name, email in (("l-a", "a@x.org"), ("l-b", ""), ("l-a", "b@x.org")):
        roster.note(file, roster.Entry(name, email=email))
    assert roster.forget(file, "l-a") == 2
    assert set(roster.read(file)) == {"l-b"}
    assert "l-a" not in file.read_text()
    assert json.loads(file.read_text())["username"] == "l-b"


@pytest.mark.parametrize(
    "text",
    [
        "username,first_name,email\nanna,Åsa,a@x.org\n",
        "\ufeffusername;first_name;email\r\nanna;Åsa;a@x.org\r\n",
        'email,username,first_name\na@x.org,"anna",Åsa',
    ],
)
def test_a_class_list_is_read(tmp_path, text):
    file = tmp_path / "class.csv"
    file.write_bytes(text.encode())
    assert roster.from_csv(file) == {
        "anna": roster.Entry("anna", first_name="Åsa", email="a@x.org")
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the first line names the columns"),
        ("name,email\nanna,a@x.org\n", "Unknown: name"),
        ("username,role\nanna,instructor\n", "Unknown: role"),
        ("username,email\nanna,a@x.org\nanna,b@x.org\n", "line 3: anna is there twice"),
        ("username,email\n,a@x.org\n", "line 2: there is no username"),
        ("username,email\nanna\n", "line 2: this line has not as many columns"),
        ("username,email\nanna,a,b\n", "line 2: this line has not as many columns"),
        ('username,email\nanna,"a\n', "unexpected end of data"),
        ("username\n\xff", None),
    ],
)
def test_a_bad_class_list_is_refused_by_line(tmp_path, text, says):
    file = tmp_path / "class.csv"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(roster.RosterError, match=says or "UTF-8"):
        roster.from_csv(file)
