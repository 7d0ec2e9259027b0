"""Trainees without a browser: each errand is a process of its own, under the trainee's account.

Run by the Python of the installation, as root. It imports nbgrader once, listens on a socket and
forks for each errand: a fork takes milliseconds, an import of nbgrader seconds. What the child does
is what a trainee's server does: ``trd.hub.singleuser.prepare``, nbgrader's exchange with the
settings that this wrote, the hub asked about groups with a token of the trainee's own, and
``AnswerLog``, the class that the items on the screen use.
"""

from __future__ import annotations

import json
import os
import pwd
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange import ExchangeFactory
from nbgrader.exchange.default import ExchangeFetchAssignment, ExchangeFetchFeedback
from traitlets.config.loader import PyFileConfigLoader

from trd.grading import SafeSubmit
from trd.hub import singleuser
from trd.lab import home as homes
from trd.quiz.answers import NAME, AnswerLog, SaveError

#: Imported before the fork, so that no child has to.
_USED = (ExchangeFetchAssignment, ExchangeFetchFeedback, SafeSubmit)


def _become(who: str, told: dict[str, str]) -> None:
    """Take on an account for good, with the environment that the hub would give it."""
    person = pwd.getpwnam(who)
    os.initgroups(who, person.pw_gid)
    os.setresgid(person.pw_gid, person.pw_gid, person.pw_gid)
    os.setresuid(person.pw_uid, person.pw_uid, person.pw_uid)
    os.umask(0o077)
    os.environ.update(told, HOME=person.pw_dir, USER=who, JUPYTERHUB_USER=who, TRD_HUB="1")
    os.environ["TRD_HOME"] = str(Path(person.pw_dir) / "trd")
    os.chdir(person.pw_dir)


def _step(name: str, errand: dict[str, Any]) -> Any:
    """Return one of nbgrader's steps as the Assignment List makes it."""
    settings = homes.find().jupyter("trainee") / "config"
    config = PyFileConfigLoader("nbgrader_config.py", path=str(settings)).load_config()
    config.CourseDirectory.course_id = errand["course"]
    config.CourseDirectory.assignment_id = errand["assignment"]
    return getattr(ExchangeFactory(config=config), name)(
        coursedir=CourseDirectory(config=config),
        authenticator=Authenticator(config=config),
        config=config,
    )


def _folder(errand: dict[str, Any]) -> Path:
    return homes.find().cases / errand["course"] / errand["assignment"]


def _prepare(errand: dict[str, Any], _say: Any) -> dict[str, Any]:
    singleuser.prepare()
    return {}


def _fetch(errand: dict[str, Any], _say: Any) -> dict[str, Any]:
    if not (_folder(errand) / "case-a.ipynb").exists():
        _step("FetchAssignment", errand).start()
    return {}


def _answer(errand: dict[str, Any], say: Any) -> dict[str, Any]:
    log = AnswerLog(_folder(errand) / NAME)
    for notebook, item, answer, confidence in errand["answers"]:
        time.sleep(errand["pause"])
        say(what="trying", notebook=notebook, item=item, answer=answer)
        began = time.monotonic()
        log.record(notebook, item, answer, confidence)
        took = time.monotonic() - began
        say(what="kept", notebook=notebook, item=item, answer=answer, took=took)
    return {}


def _submit(errand: dict[str, Any], say: Any) -> dict[str, Any]:
    step = _step("Submit", errand)
    say(what="begun")
    step.start()
    return {"stamp": step.timestamp}


def _feedback(errand: dict[str, Any], _say: Any) -> dict[str, Any]:
    _step("FetchFeedback", errand).start()
    found = sorted((_folder(errand) / "feedback").glob("*/*.html"))
    return {"pages": {str(path): path.read_text(encoding="utf-8") for path in found}}


_DO = {
    "prepare": _prepare,
    "fetch": _fetch,
    "answer": _answer,
    "submit": _submit,
    "feedback": _feedback,
}


def _run(conversation: socket.socket) -> None:
    with conversation.makefile("rw", encoding="utf-8") as line:

        def say(**words: Any) -> None:
            line.write(json.dumps(words) + "\n")
            line.flush()

        errand = json.loads(line.readline())
        say(what="here", process=os.getpid())
        # The other side holds this process by a handle before anything is done.
        line.readline()
        try:
            _become(errand["who"], errand["told"])
            began = time.monotonic()
            result = _DO[errand["do"]](errand, say)
            say(what="done", took=time.monotonic() - began, **result)
        except (Exception, SaveError) as error:  # noqa: BLE001 - told to the other side
            say(what="refused", why=f"{type(error).__name__}: {error}")


def main() -> None:
    place = sys.argv[1]
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = socket.socket(socket.AF_UNIX)
    os.umask(0o077)
    listener.bind(place)
    listener.listen(64)
    while True:
        conversation, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                _run(conversation)
            finally:
                os._exit(0)
        conversation.close()


if __name__ == "__main__":
    main()
