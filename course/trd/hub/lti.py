"""Log-in through a learning platform by LTI 1.3; off unless ``hub.login = "lti"``.

This module decides, from what a platform has signed, who somebody is here and what they may do;
:mod:`trd.hub.lti_login` is the part that runs inside JupyterHub. How to register the hub with
Moodle and Canvas: ``assets/hub/lti.md``.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from trd.hub import roster
from trd.hub.settings import CourseClass, HubSettings, SettingsError

_CLAIM = "https://purl.imsglobal.org/spec/lti/claim"
ROLES, CONTEXT, CUSTOM = f"{_CLAIM}/roles", f"{_CLAIM}/context", f"{_CLAIM}/custom"
_MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
#: Every account that comes from a platform begins so; 2 + 9 + 1 + 20 signs are useradd's 32.
PREFIX = "l-"


class LaunchError(ValueError):
    """A launch that opens nothing; the message is shown to the person who clicked."""


@dataclass(frozen=True)
class Launch:
    """One log-in, understood.

    Attributes
    ----------
    account : str
        The name on the hub and on the system.
    course : CourseClass
        The class it opens.
    teaches : bool
        Whether as an instructor.
    person : trd.hub.roster.Entry
        What the platform said about the person.
    """

    account: str
    course: CourseClass
    teaches: bool
    person: roster.Entry


def account_name(issuer: str, subject: str) -> str:
    """Return the account of one person of one platform.

    Made from what never changes, so a new name or address of the person makes no new account. The
    hash has 100 bits and covers both parts, so no two people share an account, whatever they are
    called; the readable part is only for the eye.

    Parameters
    ----------
    issuer, subject : str
        ``iss`` and ``sub`` of the signed token.

    Returns
    -------
    str
        At most 32 of ``a-z 0-9 -``, beginning with ``l-``.
    """
    both = json.dumps([issuer, subject]).encode()
    code = base64.b32encode(hashlib.sha256(both).digest()).decode().lower()[:20]
    readable = re.sub("[^a-z0-9]", "", subject.lower())[:9]
    return PREFIX + (f"{readable}-" if readable else "") + code


def teaches(roles: Iterable[str]) -> bool | None:
    """Say whether roles are an instructor's in the course; None if neither that nor a learner's.

    Only roles *in the course* count. Somebody who teaches elsewhere in the institution, or runs
    its platform, may well be a learner here.

    Parameters
    ----------
    roles : iterable of str
        The ``roles`` claim: URIs of LIS, or their short names, which are deprecated.
    """
    found = set(roles)

    def has(role: str) -> bool:
        # membership#Instructor, or a kind of it: membership/Instructor#TeachingAssistant, which
        # some write membership#Instructor#TeachingAssistant.
        kinds = (f"{_MEMBERSHIP}/{role}#", f"{_MEMBERSHIP}#{role}#")
        exact = {role, f"{_MEMBERSHIP}#{role}"}
        return bool(found & exact) or any(each.startswith(kinds) for each in found)

    if has("Instructor"):
        return True
    return False if has("Learner") else None


def understand(token: Mapping[str, Any], settings: HubSettings) -> Launch:
    """Decide what a launch opens.

    Parameters
    ----------
    token : mapping
        The claims, after signature, issuer, audience, age and nonce were checked.
    settings : HubSettings
        With a section ``lti``.

    Raises
    ------
    LaunchError
        If the platform does not say who it is, if its course opens no class here, or if the
        person's role in it is neither instructor nor learner.
    """
    subject = token.get("sub")
    if not isinstance(subject, str) or not subject:
        raise LaunchError(
            "The learning platform did not say who you are (an anonymous launch), so nothing could "
            "be kept for you. Log in there and open the course again."
        )
    account = account_name(str(token["iss"]), subject)
    course = _class(token, settings)
    roles = token.get(ROLES)
    instructor = teaches([role for role in roles if isinstance(role, str)] if roles else [])
    if instructor is None:
        raise LaunchError(
            "The learning platform gives you no role in this course that is known here: "
            "Instructor, TeachingAssistant or Learner. Ask to be enrolled as one of these."
        )
    return Launch(account, course, instructor, _person(token, account, instructor))


def _class(token: Mapping[str, Any], settings: HubSettings) -> CourseClass:
    contexts = settings.lti.contexts if settings.lti else {}
    context = _mapping(token, CONTEXT)
    number = str(context.get("id") or "")
    allowed = contexts.get(number) or contexts.get("*") or ()
    if not allowed:
        title = roster.clean(context.get("title")) or "no title"
        raise LaunchError(
            f"This course of the learning platform ({title}) is not connected with a class here. "
            "Send this to whoever runs the hub; in its settings file, under [lti.contexts]: "
            f"{json.dumps(number or '*')} = {json.dumps(settings.course[0].id)}"
        )
    wanted = roster.clean(_mapping(token, CUSTOM).get("course"))
    if not wanted and len(allowed) == 1:
        wanted = allowed[0]
    if wanted not in allowed:
        raise LaunchError(
            "The link on the learning platform must say which class it opens, in a custom "
            f"parameter: course= and one of {', '.join(allowed)}. It says "
            f"{wanted or 'nothing'}. Ask the instructor who made the link."
        )
    return settings.course_called(wanted)


def _mapping(token: Mapping[str, Any], claim: str) -> Mapping[str, Any]:
    found = token.get(claim)
    return found if isinstance(found, Mapping) else {}


def _person(token: Mapping[str, Any], account: str, instructor: bool) -> roster.Entry:
    number = roster.clean(_mapping(token, CUSTOM).get("lms_user_id"))
    return roster.Entry(
        username=account,
        role="instructor" if instructor else "trainee",
        first_name=roster.clean(token.get("given_name")),
        last_name=roster.clean(token.get("family_name")),
        email=roster.clean(token.get("email")),
        # Never `sub` in its place: Moodle's importer would take it for somebody's ID number. And a
        # variable that the platform does not know arrives as it was written.
        lms_user_id="" if number.startswith("$") else number,
    )


def groups_after(launch: Launch, before: Collection[str]) -> set[str]:
    """Return the groups a person is in after a log-in.

    The platform's word is taken for the one class it was given for. Other groups stay: other
    classes, and whoever was put into this one with ``nbgrader db student add``. Only an
    instructor's rights end when the platform calls the person a learner, unless the settings file
    names them as an instructor.

    Parameters
    ----------
    launch : Launch
        The log-in.
    before : collection of str
        The groups until now.
    """
    course = launch.course
    after = {*before, course.instructor_group if launch.teaches else course.trainee_group}
    if not launch.teaches and launch.account not in course.instructors:
        after.discard(course.instructor_group)
    return after


def place(next_url: str | None, base_url: str = "/") -> str | None:
    """Return where a link wants to go; None if it names only the hub, or the log-in itself.

    Parameters
    ----------
    next_url : str or None
        A path on this hub.
    base_url : str
        Where the hub's address begins, with a slash at both ends.
    """
    path = (next_url or "").partition("?")[0].rstrip("/")
    start = base_url.rstrip("/")
    doors = {"", start, f"{start}/hub", f"{start}/hub/login", f"{start}/hub/logout"}
    if path in doors or path.startswith(f"{start}/hub/lti13"):
        return None
    return next_url


def configure(c: Any, settings: HubSettings) -> None:
    """Set JupyterHub's log-in; ``trd.hub.config.apply`` calls this when ``login = "lti"``.

    Parameters
    ----------
    c : traitlets.config.Config
        JupyterHub's configuration.
    settings : HubSettings
        With a section ``lti``.

    Raises
    ------
    SettingsError
        If there is no such section, or it names a class that there is not.
    """
    platform = settings.lti
    if platform is None:
        raise SettingsError('login = "lti" needs a section [lti]')
    known = {each.id for each in settings.course}
    for context, classes in platform.contexts.items():
        unknown = sorted(set(classes) - known)
        if unknown:
            raise SettingsError(
                f"lti.contexts: {json.dumps(context)} opens {', '.join(unknown)}, but the classes "
                f"are {', '.join(sorted(known))}."
            )
    c.JupyterHub.authenticator_class = "trd.hub.lti_login.PlatformAuthenticator"
    ours = c.PlatformAuthenticator
    ours.hub_settings = settings
    ours.issuer = platform.issuer
    ours.client_id = set(platform.client_ids)
    ours.authorize_url = platform.authorize_url
    ours.jwks_endpoint = platform.jwks_url
    # A stranger's algorithm is refused; "none" and the symmetric ones are strangers.
    ours.jwks_algorithms = ["RS256"]
    ours.uri_scheme = "https"
    # Whom the platform sends, with a role in a course that is listed, may come in.
    ours.allow_all = True
    # What the platform said stays out of the hub's database; names go to the roster.
    ours.enable_auth_state = False
    # No: it would take away, at each log-in, every group that the platform did not give, and
    # JupyterHub then refuses to start with groups from the settings file.
    ours.manage_groups = False
    c.LTI13LaunchValidator.time_leeway = platform.clock_skew
