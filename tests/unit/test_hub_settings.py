"""The operator's file: what it may say, and what is said about mistakes in it."""

from pathlib import Path

import pytest

from trd.hub import __main__ as command
from trd.hub import settings

CLASS = """
[[course]]
id = "ketamine-26"
grader = "grader-k26"
folder = "/home/grader-k26/course"
state = "/home/grader-k26/trd"
"""
LTI = """
[lti]
issuer = "https://lms.example"
client_ids = ["1"]
authorize_url = "https://lms.example/auth"
jwks_url = "https://lms.example/keys"
"""


@pytest.fixture
def load(tmp_path):
    def read(text):
        path = tmp_path / "hub.toml"
        path.write_text(text, encoding="utf-8")
        return settings.load(path)

    return read


def test_one_class_is_enough(load):
    plan = load(CLASS)
    assert plan.hub.address == "127.0.0.1"
    assert plan.course_called(None).id == "ketamine-26"
    assert plan.course[0].instructor_group == "formgrade-ketamine-26"
    assert plan.course[0].trainee_group == "nbgrader-ketamine-26"
    assert plan.course[0].gradebook_url == "sqlite:////home/grader-k26/trd/class/gradebook.db"


def test_gradebooks(load):
    assert load(CLASS + 'gradebook = "postgresql"').course[0].gradebook_url == (
        "postgresql+psycopg:///gradebook_ketamine_26"
    )
    url = "postgresql+psycopg://someone@db.example/marks"
    assert load(CLASS + f'gradebook = "{url}"').course[0].gradebook_url == url


def test_a_folder_with_odd_letters_stays_one_folder(load):
    odd = CLASS.replace("/home/grader-k26/trd", "/srv/50% of it?")
    assert (
        load(odd).course[0].gradebook_url == "sqlite:////srv/50%25%20of%20it%3F/class/gradebook.db"
    )


def test_everybody_once_and_in_order(load):
    plan = load(
        '[hub]\nadmins = ["zoe", "ann"]\n'
        + CLASS
        + 'instructors = ["ann"]\ntrainees = ["bo", "cy"]'
    )
    assert plan.people == ("zoe", "ann", "bo", "cy")


def test_two_classes_must_be_named(load):
    second = CLASS.replace("k26", "k27").replace("ketamine-26", "k27") + "port = 992"
    plan = load(CLASS + second)
    assert plan.course_called("k27").grader == "grader-k27"
    for asked in (None, "k28"):
        with pytest.raises(settings.SettingsError, match="--course: ketamine-26, k27"):
            plan.course_called(asked)


BAD = {
    "nothing": ("", "course: there has to be at least one class, in a section [[course]]"),
    "one bracket": (CLASS.replace("[[course]]", "[course]"), "[[course]] with two brackets"),
    "no id": (CLASS.replace('id = "ketamine-26"\n', ""), "course 1, id: is missing"),
    "odd id": (
        CLASS.replace("ketamine-26", "K 26"),
        "course 1, id: 'K 26' will not do: a course's",
    ),
    "number as id": (
        CLASS.replace('"ketamine-26"', "26"),
        "course 1, id: must be a text, with quotes",
    ),
    "misspelt": (CLASS + 'trainee = ["a"]', "course 1, trainee: there is no such setting"),
    "relative": (CLASS.replace("/home/grader-k26/c", "c"), "'course' will not do: give the whole"),
    "odd trainee": (
        CLASS + 'trainees = ["ok", "Ann B"]',
        "course 1, trainees 2: 'Ann B' will not do",
    ),
    "text for list": ('[hub]\nadmins = "ann"\n' + CLASS, "hub, admins: must be a list"),
    "odd port": ("[hub]\nport = 0\n" + CLASS, "hub, port: must be at least 1"),
    "high port": ("[hub]\nport = 70000\n" + CLASS, "hub, port: must be at most 65535"),
    "odd choice": ('[hub]\naccounts = "two"\n' + CLASS, "accounts: must be one of 'unix' or 'one'"),
    "odd truth": ('[hub]\ncreate_accounts = "maybe"\n' + CLASS, "must be true or false"),
    "both": (CLASS + 'instructors = ["a"]\ntrainees = ["a"]', "a: either instructor or trainee"),
    "grader": (CLASS + 'trainees = ["grader-k26"]', "cannot be a person's"),
    "gradebook": (CLASS + 'gradebook = "mysql"', "or a database URL"),
    "twice": (CLASS + CLASS, "two classes have the same id"),
    "lti without section": (
        '[hub]\nlogin = "lti"\npublic_url = "https://hub.example"\n' + CLASS,
        "needs a section [lti]",
    ),
    "lti without url": (
        '[hub]\nlogin = "lti"\n' + CLASS + LTI,
        "public_url that begins with https",
    ),
    "half a certificate": ('[hub]\ncertificate = "/x/y"\n' + CLASS, "go together"),
    "dummy in the open": (
        '[hub]\nlogin = "dummy"\ndemo_password = "long enough"\naddress = "0.0.0.0"\n' + CLASS,
        "address must be 127.0.0.1",
    ),
    "no TOML": ("[hub", "is not valid TOML"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_mistake_is_told_in_words(load, case):
    text, words = BAD[case]
    with pytest.raises(settings.SettingsError) as told:
        load(text)
    assert words in str(told.value)
    for technical in ("Value error", "Tuple", "Input should", "validation", "pydantic"):
        assert technical not in str(told.value)


def test_a_bad_class_is_not_also_told_as_no_class(load):
    with pytest.raises(settings.SettingsError) as told:
        load(CLASS + "colour = 1")
    assert len(str(told.value).splitlines()) == 2


def test_passwords_are_not_repeated(load):
    for text in (
        '[hub]\nlogin = "dummy"\ndemo_password = "hushush"\n' + CLASS,
        CLASS + 'gradebook = "//me:hushush@db"',
    ):
        with pytest.raises(settings.SettingsError) as told:
            load(text)
        assert "hushush" not in str(told.value)


def test_no_file(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv(settings.VARIABLE, str(tmp_path / "none.toml"))
    assert settings.where() == tmp_path / "none.toml"
    assert settings.where("/x/hub.toml") == Path("/x/hub.toml")
    assert command.main(["check"]) == 1
    told = capsys.readouterr().err
    assert f"There is no settings file {tmp_path / 'none.toml'}" in told
    assert "Traceback" not in told


def test_not_text(tmp_path):
    (tmp_path / "hub.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(settings.SettingsError, match="cannot be read"):
        settings.load(tmp_path / "hub.toml")
