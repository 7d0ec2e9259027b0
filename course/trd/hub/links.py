"""A server extension: formgrader's links to files, right where it stands in a tab of its own.

nbgrader 0.9.6 writes them for a server at the top of its host (``/tree/…``); behind a hub they
lead away from the class. Its script is served from here with the server's own address in them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado import web

#: What stands in nbgrader's script, and what stands there instead: JupyterLab, at our address.
CHANGES = {
    '"/notebooks/"': 'base_url + "/lab/tree/"',
    '"/edit/"': 'base_url + "/lab/tree/"',
    '"/tree/"': 'base_url + "/lab/tree/"',
}


class LinksHandler(JupyterHandler):
    """formgrader's ``utils.js``, for whoever may open formgrader."""

    @web.authenticated
    def get(self) -> None:
        """Answer with the script."""
        self.set_header("Content-Type", "text/javascript; charset=utf-8")
        self.set_header("Cache-Control", "no-cache")
        self.finish(script())


def script() -> str:
    """Return nbgrader's script with links that begin at the server's own address."""
    from nbgrader.server_extensions import formgrader

    path = Path(formgrader.__file__).parent / "static" / "js" / "utils.js"
    text = path.read_text(encoding="utf-8")
    for before, after in CHANGES.items():
        text = text.replace(before, after)
    return text


def _load_jupyter_server_extension(app: Any) -> None:
    base = app.web_app.settings["base_url"]
    route = url_path_join(base, "formgrader/static/js/utils.js")
    app.web_app.add_handlers(".*$", [(route, LinksHandler)])
    # Tornado puts it last but one; nbgrader's own, which answers for that folder, stands before.
    rules = app.web_app.default_router.rules
    rules.insert(0, rules.pop(-2))


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "trd.hub.links"}]
