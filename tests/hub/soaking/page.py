"""A page with a real kernel behind a real server, spoken to as a browser speaks to it."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import websocket

from trd.quiz.items import Item
from trd.quiz.masters import item_in, source_of


class PageError(OSError):
    """The page does not answer any more; its reader would load it again."""


class Page:
    """One notebook open in one kernel.

    Parameters
    ----------
    person : world.Person
        Whose; logged in, with a server that runs.
    path : str
        The notebook, below the root of the server's files.
    """

    def __init__(self, person: Any, path: str) -> None:
        self.person, self.path = person, path
        self._server = f"/user/{person.name}"
        self._session = uuid.uuid4().hex
        self._pressed = 0
        self.models: dict[str, str] = {}
        self.items: dict[str, Item] = {}
        answer = person.call(
            "POST",
            f"{self._server}/api/sessions",
            json={"path": path, "type": "notebook", "name": "", "kernel": {"name": "python3"}},
        )
        if answer.status_code != 201:
            raise PageError(f"no kernel: {answer.status_code} {answer.text[:200]}")
        self.id: str = answer.json()["id"]
        self.kernel: str = answer.json()["kernel"]["id"]
        self._line = self._connected()

    def _connected(self) -> websocket.WebSocket:
        world = self.person.world
        cookies = "; ".join(
            f"{each.name}={each.value}"
            for each in self.person.http.cookies
            if f"{self._server}/".startswith(each.path)
        )
        try:
            return websocket.create_connection(
                f"{world.url.replace('http', 'ws')}{self._server}/api/kernels/{self.kernel}"
                f"/channels?session_id={self._session}",
                cookie=cookies,
                origin=world.url,
                timeout=20,
            )
        except websocket.WebSocketException as error:
            raise PageError(str(error)) from error

    def _send(self, kind: str, content: dict[str, Any]) -> str:
        message = uuid.uuid4().hex
        header = {
            "msg_id": message,
            "msg_type": kind,
            "username": "",
            "session": self._session,
            "version": "5.3",
            "date": "",
        }
        whole = {
            "header": header,
            "parent_header": {},
            "metadata": {},
            "content": content,
            "channel": "shell",
            "buffers": [],
        }
        try:
            self._line.send(json.dumps(whole))
        except (websocket.WebSocketException, OSError) as error:
            raise PageError(str(error)) from error
        return message

    def _next(self, deadline: float) -> dict[str, Any]:
        while True:
            self._line.settimeout(max(0.05, deadline - time.monotonic()))
            try:
                heard = self._line.recv()
            except (websocket.WebSocketException, OSError) as error:
                raise PageError(str(error) or type(error).__name__) from error
            if isinstance(heard, str) and heard:
                return json.loads(heard)
            if time.monotonic() > deadline:
                raise PageError("the kernel says nothing any more")

    def execute(self, code: str, patience_s: float = 120) -> list[dict[str, Any]]:
        """Run one cell; return what it shows."""
        asked = self._send(
            "execute_request",
            {
                "code": code,
                "silent": False,
                "store_history": True,
                "user_expressions": {},
                "allow_stdin": False,
                "stop_on_error": True,
            },
        )
        shown, deadline = [], time.monotonic() + patience_s
        while True:
            heard = self._next(deadline)
            if heard.get("parent_header", {}).get("msg_id") != asked:
                continue
            kind, content = heard["header"]["msg_type"], heard["content"]
            if kind in ("execute_result", "display_data"):
                shown.append(content["data"])
            elif kind == "error":
                raise RuntimeError(f"{self.path}: {content['ename']}: {content['evalue']}")
            elif kind == "status" and content["execution_state"] == "idle":
                return shown

    def run(self) -> None:
        """Run every cell, as *Start lesson* does, and remember which question is where."""
        answer = self.person.get(f"{self._server}/api/contents/{self.path}", params={"content": 1})
        if answer.status_code != 200:
            raise PageError(f"{self.path}: {answer.status_code}")
        for cell in answer.json()["content"]["cells"]:
            if cell["cell_type"] != "code":
                continue
            source = source_of(cell)
            shown = self.execute(source)
            item = item_in(source)
            if item is not None and shown:
                view = shown[0].get("application/vnd.jupyter.widget-view+json", {})
                self.items[item.id] = item
                self.models[item.id] = view.get("model_id", "")

    def answer(self, item: str, answer: Any, confidence: str | None) -> None:
        """Answer a question on the screen; return when the line under it says that it is saved.

        Raises
        ------
        PageError
            If it does not say so within 15 seconds.
        """
        model = self.models[item]
        self._pressed += 1
        state = {"answer": answer, "confidence": confidence, "rev": self._pressed}
        self._send(
            "comm_msg",
            {"comm_id": model, "data": {"method": "update", "state": state, "buffer_paths": []}},
        )
        deadline = time.monotonic() + 15
        while True:
            heard = self._next(deadline)
            if heard["header"]["msg_type"] != "comm_msg" or heard["content"]["comm_id"] != model:
                continue
            status = heard["content"]["data"].get("state", {}).get("status", {})
            if status.get("rev") != self._pressed:
                continue
            if status["kind"] == "error":
                raise PageError(status["text"])
            if status["kind"] == "saved":
                return

    def close(self, *, end: bool = False) -> None:
        """Leave the page; its kernel goes on unless it is ended."""
        self._line.close()
        if end:
            self.person.call("DELETE", f"{self._server}/api/sessions/{self.id}")
