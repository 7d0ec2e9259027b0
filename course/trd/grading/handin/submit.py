"""Handing in so that what is acknowledged is whole, on the disk, and read by nobody else.

nbgrader's own ``submit`` copies straight to where ``collect`` looks. Interrupted half-way it leaves
half a hand-in, which may be taken for the newest one. This one makes two whole copies first:

1. in the trainee's cache, out of sight, with a plan of where everything will go;
2. in the exchange, in a folder that nobody else may enter and whose name ``collect`` passes over.

Then one rename hands it in, and a second one shows it in the trainee's list. Whatever comes between
them, the next hand-in finds the plan (:func:`settle`) and either finishes what had been handed in
or takes away what had not.
"""

from __future__ import annotations

import errno
import io
import json
import os
import secrets
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

import portalocker
from nbgrader.auth.jupyterhub import JupyterhubApiError
from nbgrader.exchange import ExchangeError
from nbgrader.exchange.default import ExchangeFetchFeedback, ExchangeList, ExchangeSubmit
from nbgrader.utils import check_mode, ignore_patterns
from traitlets import Bool

from trd.grading.handin.collect import SECRET
from trd.grading.submissions import TIMESTAMP
from trd.quiz.answers import NAME

#: In the trainee's cache of a course: hand-ins that are not finished. No name in it holds a plus
#: sign, so neither nbgrader nor ``last_hand_in`` takes one for something that was handed in.
UNFINISHED = ".handing-in"
#: In the exchange: the same. Nobody but its maker may enter it.
PART = ".handing-in-"
#: How long another window may go on writing answers, and another hand-in may take.
ANSWERS_TIMEOUT_S = 10.0
HAND_IN_TIMEOUT_S = 60.0
#: How long a page that is being saved may take; after that it is handed in as it is.
SAVING_TIMEOUT_S = 3.0

_PLAN, _COPY, _READY, _WHOLE = "plan.json", "copy", "ready", "whole"
#: JupyterLab's own copies of a page while it saves it; gone a moment later.
_SAVING = (".~*",)
_SHARED_LOCK = portalocker.LockFlags.SHARED | portalocker.LockFlags.NON_BLOCKING
#: A folder that one may not read, or a file system that knows no such thing.
_NO_FOLDER_SYNC = (errno.EACCES, errno.EPERM, errno.EINVAL, errno.ENOTSUP, errno.EBADF)
_FULL = (errno.ENOSPC, errno.EDQUOT)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)

_AGAIN = "Hand in again."
_TELL = "Please tell your instructor, and hand in again once it has been seen to."
_MAKE_ROOM = "Delete what you no longer need, or ask for more room, and hand in again."


def _sync(folder: Path) -> bool:
    """Have a folder's names on the disk; return whether that could be asked for."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:
        return False
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
        return False
    finally:
        os.close(descriptor)
    return True


def _put(target: Path, source: BinaryIO, mode: int) -> None:
    """Write a new file and return only when it is on the disk."""
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        shutil.copyfileobj(source, file)
        file.flush()
        os.fchmod(descriptor, mode)
        os.fsync(descriptor)


class _UnconfirmedError(OSError):
    """A hand-in is in its place, but may not be there any more after a power cut."""


class _Unfinished:
    """One hand-in on its way.

    Parameters
    ----------
    folder : pathlib.Path
        Its place below :data:`UNFINISHED`.
    inbound : pathlib.Path
        Where hand-ins go.
    name : str
        The hand-in's name there.
    cached : str
        Its name in the trainee's cache.
    """

    def __init__(self, folder: Path, inbound: Path, name: str, cached: str) -> None:
        self.folder = folder
        self.inbound = inbound
        self.place = inbound / name
        self.part = inbound / f"{PART}{folder.name}"
        #: What will be renamed to the place.
        self.whole = self.part / _WHOLE
        self.cached = folder.parent.parent / cached
        #: The trainee's copy: by this name nothing has been handed in yet ...
        self.copy = folder / _COPY
        #: ... and by this one it may have been.
        self.ready = folder / _READY

    def begin(self) -> None:
        """Write down where everything will be, before anything is put there."""
        self.folder.mkdir(mode=0o700)
        plan = {
            "inbound": str(self.inbound),
            "name": self.place.name,
            "cached": self.cached.name,
        }
        # A plan that is cut short is as good as none: nothing has been done by it yet.
        _put(self.folder / _PLAN, io.BytesIO(json.dumps(plan).encode()), 0o600)
        _sync(self.folder)
        _sync(self.folder.parent)

    @classmethod
    def read(cls, folder: Path) -> _Unfinished | None:
        """Return what a plan says; None if there is none that can be read."""
        try:
            plan = json.loads((folder / _PLAN).read_bytes())
            names = plan["name"], plan["cached"]
            if all(Path(name).name == name for name in names):
                return cls(folder, Path(plan["inbound"]), *names)
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            pass
        return None

    def hand_in(self) -> bool:
        """Put it into its place; return whether the disk can be asked to confirm it.

        Raises
        ------
        OSError
            If it could not be put there; an :class:`_UnconfirmedError` if it is there and the disk
            failed to confirm it.
        """
        self.copy.rename(self.ready)
        _sync(self.folder)
        _sync(self.part)
        self.whole.rename(self.place)
        # A trainee may not read this folder, so cannot ask. What was moved knows where it has been
        # moved to: writing that down takes the move itself along.
        try:
            asked = _sync(self.inbound)
            return _sync(self.place) or asked
        except OSError as error:
            raise _UnconfirmedError(error.strerror or str(error)) from error

    def handed_in(self) -> bool:
        """Whether it came as far as its place in the exchange."""
        if not self.ready.exists():
            return False
        # The second holds even when the instructor has taken it away since.
        return self.place.exists() or (self.part.is_dir() and not self.whole.exists())

    def settle(self) -> bool:
        """Finish it if it was handed in, else undo it; return whether it was.

        Each step leaves what tells the next attempt the same.

        Raises
        ------
        OSError
            If it could not be finished or undone; another time it may be.
        """
        done = self.handed_in()
        if done:
            self.ready.rename(self.cached)
            _sync(self.cached.parent)
        elif self.ready.exists():
            # Before the part is touched: an empty one would look like one that was handed in.
            self.ready.rename(self.copy)
            _sync(self.folder)
        if self.part.exists():
            shutil.rmtree(self.part)
        shutil.rmtree(self.folder)
        return done


def settle(cache: Path, log: Any, timeout_s: float = 0.0) -> None:
    """Finish or undo the hand-ins of an account that were interrupted.

    Parameters
    ----------
    cache : pathlib.Path
        The account's cache of one course.
    log : logging.Logger
        What was done is told here.
    timeout_s : float
        How long, in seconds, a hand-in that is going on is waited for; with 0 nothing is done then.
    """
    if not (cache / UNFINISHED).is_dir():
        return
    with suppress(OSError, portalocker.exceptions.LockException), _alone(cache, timeout_s):
        _settle_all(cache / UNFINISHED, log)


def _settle_all(unfinished: Path, log: Any) -> None:
    for folder in sorted(path for path in unfinished.iterdir() if path.is_dir()):
        try:
            found = _Unfinished.read(folder)
            if found is None:
                shutil.rmtree(folder)
            # Without the exchange nothing can be told; it may be back next time.
            elif found.inbound.is_dir() and found.settle():
                log.info("An interrupted hand-in was complete: %s", found.cached.name)
        except OSError as error:
            log.warning("An interrupted hand-in could not be looked after: %s", error)


@contextmanager
def _alone(cache: Path, timeout_s: float) -> Iterator[None]:
    """Keep out other hand-ins of this account to this course."""
    folder = cache / UNFINISHED
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with portalocker.Lock(folder / "lock", mode="ab", timeout=timeout_s, check_interval=0.05):
        yield


def _copy(
    source: Path,
    target: Path,
    choose: Callable[[Path], list[Path]],
    take: Callable[[Path, Path], None],
    mode: int,
) -> None:
    """Copy a folder; return only when it is on the disk."""
    target.mkdir(mode=0o700)
    for path in choose(source):
        if stat.S_ISDIR(path.lstat().st_mode):
            _copy(path, target / path.name, choose, take, mode)
        else:
            take(path, target / path.name)
    # Last: what is made in a folder has the folder's group only as long as its mode says so.
    target.chmod(mode)
    _sync(target)


def _reason(error: OSError, own: bool) -> tuple[str, str]:
    """Return what happened and what to do, in the trainee's words."""
    at = f" ({error.filename})" if error.filename else ""
    if error.errno in _FULL:
        if own or error.errno == errno.EDQUOT:
            return f"the room that you have on the disk is used up{at}", _MAKE_ROOM
        return "the disk that hand-ins are collected on is full", _TELL
    if error.errno in _FORBIDDEN:
        return f"this account lacks a permission that it needs{at}", _TELL
    return f"{(error.strerror or str(error)).lower()}{at}", f"{_AGAIN} If it stays: {_TELL}"


class SafeSubmit(ExchangeSubmit):
    """nbgrader's ``submit`` with the same options; a hand-in is made as a whole or not at all.

    Plugged in with ``c.ExchangeFactory.submit``, so that the command line, the Python API and the
    button of the Assignment List use it.
    """

    private = Bool(
        True,
        help=(
            "Whether hand-ins can be read by the instructor's group only. This is done where the "
            "inbound folder passes on its group (setgid), as nbgrader makes it; whoever collects "
            "must be in that group. Otherwise everybody may read a hand-in who knows its name."
        ),
    ).tag(config=True)

    def start(self) -> Any:
        """Hand in; return only when it is on the disk.

        Raises
        ------
        nbgrader.exchange.ExchangeError
            If it was not handed in; what happened and what to do, in the trainee's words.
        """
        try:
            return super().start()
        except ExchangeError as error:
            words = str(error)
        # From here, so that the Assignment List, which shows all of the traceback, shows little.
        raise ExchangeError(words)

    def ensure_root(self) -> None:
        """Check the exchange as nbgrader does."""
        if not Path(self.root).is_dir():
            self._refuse(f"the exchange is not there ({self.root})", _TELL)
        if not check_mode(self.root, write=True, execute=True):
            self._refuse(f"this account may not write to the exchange ({self.root})", _TELL)

    def init_dest(self) -> None:
        """Find the hand-in's place in the exchange, and its name."""
        inbound = Path(self.root) / self.coursedir.course_id / "inbound"
        if self.coursedir.course_id and not inbound.is_dir():
            self._refuse(f"the course takes no hand-ins: there is no {inbound}", _TELL)
        if self.coursedir.course_id and not check_mode(str(inbound), write=True, execute=True):
            self._refuse(f"this account may not hand in to this course ({inbound})", _TELL)
        try:
            super().init_dest()
        except (OSError, JupyterhubApiError):
            # It is being restarted; to a trainee, a traceback of the network says nothing.
            self._refuse(
                "the hub, which knows who belongs to this course, does not answer",
                f"Wait a minute. {_AGAIN} If it stays: {_TELL}",
            )

    def copy_files(self) -> None:
        """Hand in."""
        self.init_release()
        inbound, cache = Path(self.inbound_path), Path(self.cache_path)
        name = self.assignment_filename
        cached = name.rsplit("+", 1)[0] if self.add_random_string else name
        self.log.info("Source: %s", self.src_path)
        self.log.info("Destination: %s", inbound / name)
        self.check_filename_diff()
        with self._telling(own=True), self._at_a_time(cache):
            _settle_all(cache / UNFINISHED, self.log)
            if os.path.lexists(inbound / name) or os.path.lexists(cache / cached):
                self._refuse("something was handed in at this very moment", _AGAIN)
            # An absolute path: the next hand-in may be made from another folder.
            token = secrets.token_hex(16)
            new = _Unfinished(
                cache.absolute() / UNFINISHED / token, inbound.absolute(), name, cached
            )
            try:
                self._make(new)
            except BaseException:
                with suppress(OSError):
                    new.settle()
                raise
            try:
                new.settle()
            except OSError as error:
                self.log.warning(
                    "This is handed in. It may be missing from your list until you next hand in, "
                    "because your own disk refused a note of it: %s",
                    error,
                )
        self.log.info(
            "Submitted as: %s %s %s",
            self.coursedir.course_id,
            self.coursedir.assignment_id,
            self.timestamp,
        )

    def _make(self, new: _Unfinished) -> None:
        """Copy, copy what was copied, and put that into its place."""
        with self._telling(own=True):
            new.begin()
            self.do_copy(self.src_path, str(new.copy))
            mode = 0o660 if self.coursedir.groupshared else 0o600
            for name, text in ((TIMESTAMP, self.timestamp), (SECRET, secrets.token_hex(64))):
                _put(new.copy / name, io.BytesIO(text.encode()), mode)
            _sync(new.copy)
            _sync(new.folder)
        with self._telling(own=False):
            new.part.mkdir(mode=0o700)
            for_file, for_folder, for_all = self._modes(new)
            # What is handed in is the copy, not the folder that is still being worked in.
            _copy(
                new.copy,
                new.whole,
                lambda folder: sorted(folder.iterdir()),
                lambda source, target: _duplicate(source, target, for_file),
                for_folder,
            )
            new.whole.chmod(for_all)
            _sync(new.whole)
            if not new.hand_in():
                self.log.debug("The file system does not say whether %s is on the disk", new.place)

    def _modes(self, new: _Unfinished) -> tuple[int, int, int]:
        """Return the modes of files, of folders and of the hand-in itself."""
        inbound = new.inbound.stat()
        passed_on = inbound.st_mode & stat.S_ISGID and new.part.stat().st_gid == inbound.st_gid
        if self.private and passed_on:
            # The group may write, or the instructor could not delete it later.
            return 0o640, 0o770, 0o770
        return 0o644, 0o755, 0o777

    def do_copy(self, src: str, dest: str, log: Any = None) -> None:
        """Copy an assignment's folder by nbgrader's rules, without following links.

        Answers are copied while nobody writes them, pages when they have been saved.
        """
        size, most = self.get_size(src), 1000 * self.coursedir.max_dir_size
        if size > most:
            self._refuse(
                f"the folder has {size / 1e6:.0f} MB, and no more than {most / 1e6:.0f} MB can be "
                "handed in",
                "Move what does not belong to the case somewhere else, and hand in again.",
            )
        leave_out = ignore_patterns(
            exclude=[*self.coursedir.ignore, *_SAVING],
            include=self.coursedir.include,
            max_file_size=self.coursedir.max_file_size,
            log=self.log,
        )
        shared = self.coursedir.groupshared
        _copy(
            Path(src),
            Path(dest),
            lambda folder: self._wanted(folder, leave_out),
            lambda source, target: self._take(source, target, 0o660 if shared else 0o600),
            0o2770 if shared else 0o700,
        )

    def _wanted(self, folder: Path, leave_out: Callable[..., list[str]]) -> list[Path]:
        """Choose what is handed in out of one folder."""
        top = folder == Path(self.src_path)
        names = sorted(path.name for path in folder.iterdir())
        # nbgrader writes its own.
        ignored = {TIMESTAMP, SECRET} if top else set()
        ignored.update(leave_out(str(folder), names))
        wanted = []
        for name in names:
            path = folder / name
            kind = path.lstat().st_mode
            if name in ignored:
                continue
            if stat.S_ISDIR(kind) or stat.S_ISREG(kind):
                wanted.append(path)
            elif top and (name == NAME or path.suffix == ".ipynb"):
                # The answers would be missing from what was said to be handed in.
                self._refuse(
                    f"{name} is a link to somewhere else, or no file",
                    "Put the file itself there, and hand in again.",
                )
            else:
                self.log.warning("Not handed in, because it is a link or no file: %s", path)
        return wanted

    def _take(self, source: Path, target: Path, mode: int) -> None:
        if source.name == NAME:
            data = io.BytesIO(self._answers(source))
        elif source.suffix == ".ipynb":
            data = io.BytesIO(self._page(source))
        else:
            _duplicate(source, target, mode)
            return
        _put(target, data, mode)

    def _answers(self, path: Path) -> bytes:
        """Read the answers while nobody writes one."""
        try:
            with portalocker.Lock(
                path,
                mode="rb",
                timeout=ANSWERS_TIMEOUT_S,
                check_interval=0.005,
                flags=_SHARED_LOCK,
            ) as file:
                return cast(BinaryIO, file).read()
        except portalocker.exceptions.LockException:
            self._refuse(
                f"another window has been writing answers for {ANSWERS_TIMEOUT_S:.0f} seconds",
                "Close the other windows of this case, and hand in again.",
            )
            raise

    def _page(self, path: Path) -> bytes:
        """Read a notebook when it is not just being saved: JupyterLab writes into the file."""
        end = time.monotonic() + SAVING_TIMEOUT_S
        while True:
            data = path.read_bytes()
            try:
                json.loads(data)
            except (ValueError, RecursionError):
                if time.monotonic() < end:
                    time.sleep(0.05)
                    continue
                self.log.warning("Handed in as it is, though it is no whole notebook: %s", path)
            return data

    @contextmanager
    def _at_a_time(self, cache: Path) -> Iterator[None]:
        try:
            with _alone(cache, HAND_IN_TIMEOUT_S):
                yield
        except portalocker.exceptions.LockException:
            self._refuse("another hand-in of yours is still going on", "Wait for it to finish.")

    @contextmanager
    def _telling(self, own: bool) -> Iterator[None]:
        """Say what the system refused in the trainee's words."""
        try:
            yield
        except _UnconfirmedError as error:
            self.fail(
                "This was handed in, but the disk has not confirmed that it will keep it: "
                f"{error}.\n{self._safe()}\n{_AGAIN} The newest one counts."
            )
        except OSError as error:
            self._refuse(*_reason(error, own))

    def _refuse(self, what: str, todo: str) -> None:
        """Fail; in short lines, because the Assignment List shows them unbroken."""
        self.fail(f"Nothing was handed in: {what}.\n{self._safe()}\n{todo}")

    def _safe(self) -> str:
        own = getattr(self, "src_path", None) or Path(self.assignment_dir).absolute()
        return f"Your answers are safe in your own folder: {own}"


def _duplicate(source: Path, target: Path, mode: int) -> None:
    with source.open("rb") as file:
        _put(target, file, mode)


class SafeList(ExchangeList):
    """nbgrader's ``list``, after :func:`settle`: an interrupted hand-in that counts is shown."""

    def start(self) -> Any:
        """List."""
        _settle_of(self)
        return super().start()


class SafeFetchFeedback(ExchangeFetchFeedback):
    """nbgrader's ``fetch_feedback``, after :func:`settle`: also for an interrupted hand-in."""

    def start(self) -> Any:
        """Fetch."""
        _settle_of(self)
        return super().start()


def _settle_of(step: Any) -> None:
    cache = Path(step.cache)
    course = step.coursedir.course_id
    with suppress(OSError):
        for folder in [cache / course] if course else list(cache.glob("*/")):
            settle(folder, step.log)
