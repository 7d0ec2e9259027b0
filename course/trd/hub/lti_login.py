"""The part of :mod:`trd.hub.lti` that runs inside JupyterHub; needs jupyterhub-ltiauthenticator.

That package checks signature, issuer, audience, age and nonce of a launch. Here is added: one use
only for each launch, a check of who begins one, classes and groups, and the roster.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import Any, ClassVar
from urllib.parse import urlsplit

from jupyterhub import orm  # type: ignore[import-not-found,import-untyped,unused-ignore]
from jupyterhub.handlers import (  # type: ignore[import-not-found,import-untyped,unused-ignore]
    BaseHandler,
)
from jupyterhub.utils import (  # type: ignore[import-not-found,import-untyped,unused-ignore]
    url_path_join,
)
from ltiauthenticator.lti13 import (  # type: ignore[import-not-found,import-untyped,unused-ignore]
    auth,
    error,
    handlers,
)
from tornado.httputil import url_concat
from tornado.web import HTTPError
from traitlets import Any as AnyTrait

from trd.hub import lti, roster

#: Longer than a launch is accepted, in seconds: 600 since it was signed, and two clocks.
REMEMBER = 1500


class Begin(handlers.LTI13LoginInitHandler):  # type: ignore[misc,unused-ignore]
    """The platform's browser comes first here, to be sent back with a number to sign."""

    def post(self) -> None:
        """Check who begins, then send the browser to the platform."""
        login = self.authenticator
        if not self.get_argument("iss", ""):
            name = login.hub_settings.lti.name or "your learning platform"
            raise HTTPError(
                400, f"Log in to {name} and open the course from there; it brings you here."
            )
        if self.get_argument("iss") != login.issuer:
            raise HTTPError(400, "This hub does not know the learning platform that sent you.")
        client = self.get_argument("client_id", "")
        if not client and len(login.client_id) == 1:
            # The platform may leave it out.
            self.request.arguments["client_id"] = [next(iter(login.client_id)).encode()]
        elif client not in login.client_id:
            raise HTTPError(
                400,
                "The learning platform knows this hub by a client ID that is not in the hub's "
                "settings file, under [lti] client_ids.",
            )
        super().post()

    get = post

    def get_redirect_uri(self) -> str:
        """Return the address the platform answers to: what people type, whatever is between."""
        return _public(self, self.authenticator.callback_url(self.hub.base_url))

    def _set_oauth_cookie(self, key: str, value: str) -> None:
        # The answer is a form posted from the platform's site. Browsers send a cookie along with
        # that only if it says SameSite=None.
        self._set_cookie(
            key, value, expires_days=1, encrypted=True, secure=True, samesite="None", httponly=True
        )


class Finish(handlers.LTI13CallbackHandler):  # type: ignore[misc,unused-ignore]
    """What the platform has signed arrives here."""

    #: Launches that were used, and until when that matters (monotonic seconds).
    used: ClassVar[dict[str, float]] = {}
    launch: lti.Launch | None = None

    async def post(self) -> None:
        """Check the launch, log the person in and send them where the link goes."""
        try:
            # The platform's keys come over the network; the hub serves others meanwhile.
            token = await asyncio.to_thread(self.decode_and_validate_launch_request)
        except error.InvalidAudienceError as wrong:
            raise HTTPError(401, str(wrong).replace("%", "%%")) from wrong
        except error.ValidationError as wrong:
            raise HTTPError(400, str(wrong).replace("%", "%%")) from wrong
        self._use(token)
        user = await self.login_user(token)
        if user is None:
            raise HTTPError(403, "This account may not log in here.")
        enter = url_path_join(self.hub.base_url, "lti13", "enter")
        self.redirect(url_concat(enter, {"next": self.get_next_url(user)}))

    def _use(self, token: dict[str, Any]) -> None:
        # The nonce in the cookie stops a launch from being used in another browser. Whoever has
        # the cookie as well is stopped here.
        now, nonce = time.monotonic(), str(token["nonce"])
        for old in [each for each, until in self.used.items() if until < now]:
            del self.used[old]
        if nonce in self.used:
            raise HTTPError(400, "This launch was used before. Open the course again.")
        self.used[nonce] = now + REMEMBER

    async def auth_to_user(self, authenticated: Any, user: Any = None) -> Any:
        """Make or find the hub's user, then bring groups and roster up to date."""
        found = await super().auth_to_user(authenticated, user)
        if self.launch is not None:
            self._join(found, self.launch)
            path = roster.where(self.authenticator.hub_settings, self.launch.course.id)
            try:
                roster.note(path, self.launch.person)
            except OSError as wrong:
                # The exports lack a name then; that is no reason to keep anybody out.
                self.log.error("The roster could not be written: %s", wrong)
        return found

    def _join(self, user: Any, launch: lti.Launch) -> None:
        now = {group.name: group for group in user.orm_user.groups}
        after = lti.groups_after(launch, set(now))
        for name in sorted(after - set(now)):
            group = orm.Group.find(self.db, name)
            if group is None:
                group = orm.Group(name=name)
                self.db.add(group)
            user.orm_user.groups.append(group)
            self.log.info("%s joins %s: the learning platform says so", user.name, name)
        for name in sorted(set(now) - after):
            user.orm_user.groups.remove(now[name])
            self.log.warning("%s leaves %s: the learning platform says so", user.name, name)
        self.db.commit()

    def get_next_url(self, user: Any = None) -> str:
        """Return where the link goes: by itself to the class's page, or to the person's course."""
        state = handlers._deserialize_state(self._get_state_from_url())
        wanted = lti.place(state.get("next_url"), self.base_url)
        if wanted:
            return wanted
        if self.launch is not None and self.launch.teaches:
            return f"{self.base_url}services/{self.launch.course.id}/"
        return f"{self.hub.base_url}spawn"

    def set_session_cookie(self) -> str:
        """Leave the browser's session number as it is; :class:`Enter` needs the old one.

        The browser does not show it here, since the form comes from another site.
        """
        self._session_id = uuid.uuid4().hex
        return self._session_id


class Enter(BaseHandler):  # type: ignore[misc,unused-ignore]
    """The last step of a log-in, on the hub's own site, where the browser shows all its cookies.

    On a shared computer the person before may have logged out of the learning platform and not of
    the hub. What this browser was allowed for them ends here, as if they had logged out.
    """

    def get(self) -> None:
        """End other people's sessions of this browser, then go where the link goes."""
        user = self.current_user
        if user is None:
            raise HTTPError(403, "You are not logged in. Open the course again.")
        session = self.get_session_cookie()
        others = []
        if session:
            tokens = self.db.query(orm.APIToken).filter_by(session_id=session)
            others = [token for token in tokens if token.user_id != user.id]
        for token in others:
            self.db.delete(token)
        self.db.commit()
        if others or not session:
            # Services remember for some minutes what the old number was allowed.
            self._session_id = uuid.uuid4().hex
            self.set_session_cookie()
        self.redirect(self.get_next_url(user))


class Describe(handlers.LTI13ConfigHandler):  # type: ignore[misc,unused-ignore]
    """What Canvas reads when the hub is registered by its address."""

    async def get(self) -> None:
        """Give the description; it asks for no rights beyond knowing who comes."""
        login, base = self.authenticator, self.hub.base_url
        target = _public(self, self.base_url)
        self.finish(
            {
                "title": login.tool_name,
                "description": login.tool_description,
                "oidc_initiation_url": _public(self, login.login_url(base)),
                "target_link_uri": target,
                "public_jwk_url": _public(self, url_path_join(base, "lti13", "jwks")),
                # Nothing is ever asked of the platform or sent to it.
                "scopes": [],
                "custom_fields": {"lms_user_id": "$Canvas.user.id"},
                "extensions": [
                    {
                        "platform": "canvas.instructure.com",
                        "privacy_level": "public",
                        "settings": {
                            "platform": "canvas.instructure.com",
                            "placements": [
                                {
                                    "placement": "course_navigation",
                                    "message_type": "LtiResourceLinkRequest",
                                    "windowTarget": "_blank",
                                    "target_link_uri": target,
                                }
                            ],
                        },
                    }
                ],
            }
        )


class Keys(BaseHandler):  # type: ignore[misc,unused-ignore]
    """The hub's public keys, for platforms that want their address: there are none."""

    async def get(self) -> None:
        """Give an empty set: the hub signs nothing."""
        self.finish({"keys": []})


class PlatformAuthenticator(auth.LTI13Authenticator):  # type: ignore[misc,unused-ignore]
    """Log-in through the learning platform in the settings file."""

    hub_settings = AnyTrait(help="trd.hub.settings.HubSettings").tag(config=True)
    login_handler = Begin
    callback_handler = Finish
    config_handler = Describe

    @property
    def login_service(self) -> str:
        """What the log-in button names."""
        return str(self.hub_settings.lti.name or "your learning platform")

    def get_handlers(self, app: Any) -> list[Any]:
        """Return the doors, and the address of the (absent) keys."""
        ours = [("/lti13/enter", Enter), ("/lti13/jwks", Keys)]
        return [*super().get_handlers(app), *ours]

    async def authenticate(self, handler: Any, data: Any = None) -> dict[str, Any]:
        """Decide who a checked launch is; refuse it before anything is made for it."""
        try:
            handler.launch = lti.understand(data or {}, self.hub_settings)
        except lti.LaunchError as refused:
            self.log.warning("Launch refused: %s", refused)
            raise HTTPError(403, str(refused).replace("%", "%%")) from refused
        # No auth_state: nothing of what the platform said is kept in the hub's database.
        return {"name": handler.launch.account}


def _public(handler: Any, path: str) -> str:
    parts = urlsplit(handler.authenticator.hub_settings.hub.public_url)
    return f"{parts.scheme}://{parts.netloc}{path}"
