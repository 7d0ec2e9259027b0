"""The one file an operator edits, read and checked: ``hub.toml``."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

#: Names the settings file when it is not in its usual place.
VARIABLE = "TRD_HUB_SETTINGS"
USUAL = Path("/etc/trd/hub.toml")


class SettingsError(ValueError):
    """The settings cannot be used; the message says where, what is allowed and what to do."""


def _account(name: str) -> str:
    # A directory of the institution may give names with dots, too; nbgrader takes them.
    if not re.fullmatch(r"[a-z_][a-z0-9_.-]{0,31}", name):
        raise ValueError(
            "an account's name has up to 32 small letters, digits, -, _ or ., and begins with a "
            "letter"
        )
    return name


def _course_id(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,23}", name):
        raise ValueError(
            "a course's id has up to 24 small letters, digits, - or _, and begins with a letter"
        )
    return name


def _absolute(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError("give the whole path, beginning with /")
    return path


Account = Annotated[str, AfterValidator(_account)]
AbsolutePath = Annotated[Path, AfterValidator(_absolute)]
#: From here on every account may listen.
FIRST_OPEN_PORT = 1024
_BELOW = (
    "choose one below 1024. Any account may take the others while the hub restarts, and would be "
    "shown passwords; the hub is root and may take these"
)
Port = Annotated[int, Field(ge=1, le=65535)]


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost"):
        return url
    if parts.scheme != "https" or not parts.hostname or url != url.strip():
        raise ValueError("give the whole address, beginning with https://")
    return url


Address = Annotated[str, AfterValidator(_address)]
#: One class's id, or several.
Classes = Annotated[
    tuple[Annotated[str, AfterValidator(_course_id)], ...],
    BeforeValidator(lambda given: (given,) if isinstance(given, str) else given),
    Field(min_length=1),
]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Hub(_Strict):
    """The server itself.

    Attributes
    ----------
    address, port
        Where the proxy listens. Keep it on loopback and put a web server with a certificate in
        front, unless ``certificate`` and ``certificate_key`` are given.
    api_port : int
        Where the hub listens, on loopback, for the proxy and the servers.
    public_url : str
        What people type; log-in through a learning platform needs it.
    subdomain_host : str
        ``https://`` and a host under which everybody's server gets a name of its own; empty when
        all share one. Needs a wildcard certificate.
    state : pathlib.Path
        The hub's database, cookie secret and logs; nobody else may look in.
    proxy : pathlib.Path
        The folder with the proxy's ``node_modules``.
    accounts : str
        ``"unix"``: everybody has an account of the system, and the system keeps them apart.
        ``"one"``: everybody runs under the hub's own account. A trial, no separation at all.
    login : str
        ``"pam"``: passwords of the system. ``"lti"``: a learning platform. ``"dummy"``: one
        password for everybody; for trials on loopback only.
    demo_password : str
        That password.
    create_accounts : bool
        Whether a missing account of the system is made at the first log-in.
    admins : tuple of str
        Who may see everybody's servers and stop them. Nobody may open another's server.
    idle_minutes : int
        A server nobody has used for so long is stopped. Answers are on the disk already.
    starting_at_once, running_at_most : int
        How many servers may start at the same time, and run; 0 means any number.
    """

    address: str = "127.0.0.1"
    port: Port = 880
    api_port: Port = 881
    proxy_api_port: Port = 882
    public_url: str = ""
    subdomain_host: str = ""
    certificate: AbsolutePath | None = None
    certificate_key: AbsolutePath | None = None
    state: AbsolutePath = Path("/srv/trd/hub")
    proxy: AbsolutePath = Path("/opt/trd/proxy")
    accounts: Literal["unix", "one"] = "unix"
    login: Literal["pam", "lti", "dummy"] = "pam"
    demo_password: str = ""
    create_accounts: bool = True
    admins: tuple[Account, ...] = ()
    idle_minutes: int = Field(default=60, ge=5)
    starting_at_once: int = Field(default=10, ge=1)
    running_at_most: int = Field(default=0, ge=0)

    @property
    def database(self) -> Path:
        """The hub's own database: who came in, which servers run, who belongs where."""
        return self.state / "jupyterhub.sqlite"

    @model_validator(mode="after")
    def _hang_together(self) -> Hub:
        if self.login == "dummy" and self.address not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError('login = "dummy" lets anybody in, so address must be 127.0.0.1')
        if self.login == "dummy" and len(self.demo_password) < 8:
            raise ValueError('login = "dummy" needs a demo_password of at least 8 characters')
        if self.login == "dummy" and self.admins:
            raise ValueError('login = "dummy" knows no admins: anybody could be one')
        if (self.certificate is None) != (self.certificate_key is None):
            raise ValueError("certificate and certificate_key go together")
        ports = {
            "port": self.port,
            "api_port": self.api_port,
            "proxy_api_port": self.proxy_api_port,
        }
        if len(set(ports.values())) < len(ports):
            raise ValueError(f"{', '.join(ports)}: each needs a port of its own")
        if self.accounts == "unix":
            open_to_all = [name for name, port in ports.items() if port >= FIRST_OPEN_PORT]
            if open_to_all:
                raise ValueError(f"{', '.join(open_to_all)}: {_BELOW}")
        if self.login == "lti" and not self.public_url.startswith("https://"):
            raise ValueError('login = "lti" needs a public_url that begins with https://')
        return self


class CourseClass(_Strict):
    """One class: its people, its masters, its gradebook.

    Attributes
    ----------
    id : str
        nbgrader's course id. A new term is a new class with a new id.
    grader : str
        The account that owns masters, gradebook and collected work; no person logs in as it.
    folder : pathlib.Path
        The course's repository, with ``solutions/`` and ``nbgrader_config.py``.
    state : pathlib.Path
        ``TRD_HOME`` of the grader: collected and graded work, reports, and, unless it is
        elsewhere, the gradebook.
    port : int
        Where its formgrader listens, on loopback.
    instructors, trainees : tuple of str
        Who belongs to it. Trainees may also be added later with ``nbgrader db student add``.
    gradebook : str
        ``"sqlite"``, ``"postgresql"`` (a database of its own, reached over the system's socket by
        the grader account, so without a password), or a database URL of SQLAlchemy.
    """

    id: Annotated[str, AfterValidator(_course_id)]
    grader: Account
    folder: AbsolutePath
    state: AbsolutePath
    port: Port = 991
    instructors: tuple[Account, ...] = ()
    trainees: tuple[Account, ...] = ()
    gradebook: str = "sqlite"

    @property
    def instructor_group(self) -> str:
        """The group that may open formgrader, as nbgrader names it."""
        return f"formgrade-{self.id}"

    @property
    def trainee_group(self) -> str:
        """The group that may fetch and hand in, as nbgrader names it."""
        return f"nbgrader-{self.id}"

    @property
    def database(self) -> str:
        """The name of its database in PostgreSQL."""
        return f"gradebook_{self.id}".replace("-", "_")

    @property
    def gradebook_url(self) -> str:
        """The gradebook as SQLAlchemy wants it named."""
        if self.gradebook == "sqlite":
            return "sqlite:///" + quote(str(self.state / "class" / "gradebook.db"))
        if self.gradebook == "postgresql":
            return f"postgresql+psycopg:///{self.database}"
        return self.gradebook

    @model_validator(mode="after")
    def _apart(self) -> CourseClass:
        both = set(self.instructors) & set(self.trainees)
        if both:
            raise ValueError(f"{', '.join(sorted(both))}: either instructor or trainee, not both")
        if self.grader in {*self.instructors, *self.trainees}:
            raise ValueError(f"{self.grader} is the class's own account and cannot be a person's")
        if self.gradebook not in ("sqlite", "postgresql") and "://" not in self.gradebook:
            raise ValueError('gradebook is "sqlite", "postgresql" or a database URL')
        return self


class Platform(_Strict):
    """A learning platform (Moodle, Canvas) whose people come in by LTI 1.3.

    Attributes
    ----------
    name : str
        What the log-in page calls it.
    issuer : str
        The platform's own name in what it signs, letter for letter.
    client_ids : tuple of str
        The numbers it gave this hub, one for each registration.
    authorize_url, jwks_url : str
        Where it takes log-in requests, and where its public keys are. ``http://`` only on
        loopback: whoever could change the keys on the way could log in as anybody.
    contexts : dict
        Which courses of the platform open which class: ``"42" = "trd"``, or a list of classes of
        which the link names one by a custom parameter ``course``. ``"*"`` stands for every course
        of the platform; then each teacher of any of them can be an instructor here.
    clock_skew : int
        Seconds by which the clocks of platform and hub may differ.
    """

    name: str = ""
    issuer: Address
    client_ids: tuple[Annotated[str, Field(min_length=1)], ...] = Field(min_length=1)
    authorize_url: Address
    jwks_url: Address
    contexts: dict[str, Classes] = {}
    clock_skew: int = Field(default=10, ge=0, le=300)


class HubSettings(_Strict):
    """Everything in ``hub.toml``."""

    hub: Hub = Hub()
    exchange: AbsolutePath = Path("/srv/trd/exchange")
    course: tuple[CourseClass, ...] = Field(min_length=1)
    lti: Platform | None = None

    @model_validator(mode="after")
    def _hang_together(self) -> HubSettings:
        for what in ("id", "grader", "port", "folder", "state"):
            seen = [getattr(each, what) for each in self.course]
            if len(set(seen)) < len(seen):
                raise ValueError(f"two classes have the same {what}; each needs its own")
        taken = {self.hub.port, self.hub.api_port, self.hub.proxy_api_port}
        for each in self.course:
            if each.port in taken:
                raise ValueError(f"class {each.id}: its port {each.port} is one of the hub's own")
            if self.hub.accounts == "unix" and each.port >= FIRST_OPEN_PORT:
                raise ValueError(f"class {each.id}: for its port {each.port} {_BELOW}")
        if self.hub.login == "lti" and self.lti is None:
            raise ValueError('login = "lti" needs a section [lti]')
        return self

    def restore_note(self, course: CourseClass) -> Path:
        """Return where ``restore`` notes what it is doing to a class; gone when it is done."""
        return self.hub.state / f"restore-{course.id}.json"

    def course_called(self, course_id: str | None) -> CourseClass:
        """Return one class; the only one when there is no choice.

        Raises
        ------
        SettingsError
            If there is none of that id, or no id was given and there are several.
        """
        known = {each.id: each for each in self.course}
        if course_id is None and len(known) == 1:
            return self.course[0]
        if course_id not in known:
            raise SettingsError(f"Say which class you mean with --course: {', '.join(known)}.")
        return known[course_id]

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody named in the file, in order and once."""
        named = [*self.hub.admins]
        for each in self.course:
            named += [*each.instructors, *each.trainees]
        return tuple(dict.fromkeys(named))


def where(chosen: str | Path | None = None) -> Path:
    """Return the settings file: the one chosen, the one ``TRD_HUB_SETTINGS`` names, the usual."""
    return Path(chosen or os.environ.get(VARIABLE) or USUAL)


def load(chosen: str | Path | None = None) -> HubSettings:
    """Read the settings.

    Parameters
    ----------
    chosen : str or pathlib.Path, optional
        The file; the usual one when not given.

    Raises
    ------
    SettingsError
        If the file is missing, is no TOML or holds something that cannot be.
    """
    path = where(chosen)
    try:
        found: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(
            f"There is no settings file {path}. Copy assets/hub/hub.toml there and edit it, or "
            f"name another with --settings or {VARIABLE}."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from error
    try:
        return HubSettings.model_validate(found)
    except ValidationError as error:
        raise SettingsError(f"{path} cannot be used:\n{_in_words(error)}") from error


#: What pydantic finds, in an operator's words.
_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "there is no such setting; is it misspelt?",
    "too_short": "needs at least one entry",
    "tuple_type": 'must be a list, with brackets: ["...", "..."]',
    "string_type": 'must be a text, with quotes: "..."',
    "model_type": "must be a section of its own, with brackets: [section]",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false, without quotes",
    "bool_parsing": "must be true or false, without quotes",
    "path_type": 'must be the whole path of a folder or file, with quotes: "/..."',
    "literal_error": "must be one of {expected}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
}
_NO_CLASS = "there has to be at least one class, in a section [[course]] with two brackets"


def _in_words(error: ValidationError) -> str:
    found = error.errors(include_url=False)
    # pydantic counts the classes that passed, so a bad one is told as if there were none.
    bad_class = any(each["loc"][:1] == ("course",) and len(each["loc"]) > 1 for each in found)
    lines = []
    for each in found:
        said = each["msg"].removeprefix("Value error, ")
        if each["loc"] == ("course",) and each["type"] in ("missing", "too_short", "tuple_type"):
            if bad_class:
                continue
            said = _NO_CLASS
        elif each["type"] in _WORDS:
            said = _WORDS[each["type"]].format(**each.get("ctx", {}))
        elif isinstance(each["input"], str):
            said = f"{each['input']!r} will not do: {said}"
        lines.append(f"  {_place(each['loc'])}: {said}")
    return "\n".join(lines)


def _place(loc: tuple[int | str, ...]) -> str:
    # People count from one.
    words = ""
    for part in loc:
        words += f" {part + 1}" if isinstance(part, int) else f"{', ' * bool(words)}{part}"
    return words or "the file"
