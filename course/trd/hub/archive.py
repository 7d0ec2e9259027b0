"""The file a class is kept in: how it is written, checked and unpacked.

A compressed tar archive of plain files and folders, with ``about.json`` first and
``manifest.json``, the size and SHA-256 of everything before it, last; so a file that was cut short
is known at once. Links, sockets and devices are neither written nor ever made.

The manifest tells of damage. It does not tell who wrote the file, so nothing in an archive is
believed: names that lead out of their folder, links, modes that would lend somebody's rights are
refused or left out.
"""

from __future__ import annotations

import grp
import gzip
import hashlib
import io
import json
import os
import pwd
import stat
import tarfile
import tempfile
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, cast

FORMAT = 1
ABOUT, MANIFEST = "about.json", "manifest.json"
GRADEBOOKS = {"sqlite": "gradebook.sqlite", "postgresql": "gradebook.dump"}
PARTS = ("state", "masters", "exchange", "homes", "hub")
#: The hub's own: its database, which alone knows whom instructors added, and what log-ins said.
HUB_DATABASE, ROSTER = "hub/jupyterhub.sqlite", "hub/roster.jsonl"
#: No class nests deeper; somebody who does wants to trouble others.
MOST_DEEP = 48
#: Bytes of one file that a trainee put there. Far more than anybody's work, and a file without end,
#: or of zeros that take no room, stops no back-up.
MOST_EACH = 100 << 20
#: The parts of a back-up in which trainees' own files are.
OF_TRAINEES = ("exchange/", "homes/")
_MOST_JSON = 256 << 20
_CHUNK = 1 << 20
#: How a folder and a file are opened that somebody else may have put there.
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class ArchiveError(ValueError):
    """A file is no usable back-up; the message says what is wrong with it."""


# --- writing ----------------------------------------------------------------------------


@lru_cache
def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return ""


@lru_cache
def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return ""


class Writer:
    """Writes an archive; use it in a ``with`` statement, and :meth:`finish` at its end.

    Parameters
    ----------
    target : file
        Where to, open for writing.
    scratch : pathlib.Path
        A folder for what is too large to be kept in memory for a moment.

    Attributes
    ----------
    files : dict of str to list
        Size in bytes and SHA-256 of what was written, by name.
    skipped : list of str
        What was left out, and why, one sentence each.
    """

    def __init__(self, target: IO[bytes], scratch: Path) -> None:
        self._scratch = scratch
        self._zip = gzip.GzipFile(fileobj=target, mode="wb", compresslevel=6, filename="")
        self._tar = tarfile.open(  # noqa: SIM115 - closed by finish()
            fileobj=self._zip, mode="w", format=tarfile.PAX_FORMAT
        )
        self.files: dict[str, list[Any]] = {}
        self.skipped: list[str] = []

    def add_bytes(self, name: str, data: bytes) -> None:
        """Write a small file of our own."""
        self.add_file(name, io.BytesIO(data))

    def add_file(self, name: str, source: IO[bytes], status: os.stat_result | None = None) -> None:
        """Write what can be read from an open file.

        Parameters
        ----------
        name : str
            Its name in the archive.
        source : file
            Read to its end; it may grow while it is read.
        status : os.stat_result, optional
            Owner, mode and time to keep.
        """
        digest, size = hashlib.sha256(), 0
        with tempfile.SpooledTemporaryFile(max_size=8 * _CHUNK, dir=str(self._scratch)) as whole:
            # A file's size must be known before it is written, and the class goes on writing.
            most = MOST_EACH if name.startswith(OF_TRAINEES) else None
            while chunk := source.read(_CHUNK):
                if most is not None and size + len(chunk) > most:
                    self.skipped.append(f"{shown(name)}: larger than {most >> 20} MB")
                    return
                digest.update(chunk)
                size += len(chunk)
                whole.write(chunk)
            whole.seek(0)
            info = self._info(name, status)
            info.size = size
            self._tar.addfile(info, cast(IO[bytes], whole))
        self.files[name] = [size, digest.hexdigest()]

    def add_tree(
        self,
        name: str,
        folder: Path | int,
        leave_out: Callable[[str], bool] = lambda name: False,
        owner: int | None = None,
    ) -> None:
        """Write a folder and everything below it, following no link.

        Parameters
        ----------
        name : str
            Its name in the archive.
        folder : pathlib.Path or int
            The folder, or its descriptor, which stays open. One that is missing is left out.
        leave_out : callable
            Takes a name in the archive and says whether that is not wanted.
        owner : int, optional
            If given, nothing of anybody else is taken.
        """
        if isinstance(folder, int):
            self._walk(name, folder, leave_out, owner, 0)
            return
        try:
            descriptor = os.open(folder, FOLDER)
        except FileNotFoundError:
            return
        try:
            self._walk(name, descriptor, leave_out, owner, 0)
        finally:
            os.close(descriptor)

    def _walk(
        self, name: str, folder: int, leave_out: Callable[[str], bool], owner: int | None, deep: int
    ) -> None:
        if deep > MOST_DEEP:
            self.skipped.append(f"{shown(name)}: too deep")
            return
        here = os.fstat(folder)
        info = self._info(name, here)
        info.type = tarfile.DIRTYPE
        self._tar.addfile(info)
        for entry in names(folder):
            inner = f"{name}/{entry}"
            if leave_out(inner):
                continue
            # What is removed by somebody in this moment is simply not there.
            with suppress(FileNotFoundError):
                self._entry(inner, entry, folder, leave_out, owner, deep)

    def _entry(
        self,
        name: str,
        entry: str,
        folder: int,
        leave_out: Callable[[str], bool],
        owner: int | None,
        deep: int,
    ) -> None:
        status = os.stat(entry, dir_fd=folder, follow_symlinks=False)
        is_folder = stat.S_ISDIR(status.st_mode)
        strange = _strange(status, owner, os.fstat(folder).st_uid)
        if strange:
            self.skipped.append(f"{shown(name)}: {strange}")
            return
        try:
            descriptor = os.open(entry, FOLDER if is_folder else FILE, dir_fd=folder)
        except FileNotFoundError:
            raise
        except OSError as error:
            self.skipped.append(f"{shown(name)}: {(error.strerror or 'unreadable').lower()}")
            return
        try:
            # Once more: it may have been exchanged after the first look.
            found = os.fstat(descriptor)
            if (found.st_dev, found.st_ino) != (status.st_dev, status.st_ino):
                self.skipped.append(f"{shown(name)}: it was exchanged while it was read")
            elif not is_folder and found.st_size > MOST_EACH and name.startswith(OF_TRAINEES):
                self.skipped.append(f"{shown(name)}: larger than {MOST_EACH >> 20} MB")
            elif is_folder:
                self._walk(name, descriptor, leave_out, owner, deep + 1)
            else:
                with os.fdopen(os.dup(descriptor), "rb") as file:
                    self.add_file(name, file, found)
        finally:
            os.close(descriptor)

    def _info(self, name: str, status: os.stat_result | None) -> tarfile.TarInfo:
        info = tarfile.TarInfo(name)
        info.mode, info.mtime = 0o600, int(time.time())
        if status is not None:
            info.mode = stat.S_IMODE(status.st_mode)
            info.mtime = int(status.st_mtime)
            info.uid, info.gid = status.st_uid, status.st_gid
            info.uname, info.gname = _user(status.st_uid), _group(status.st_gid)
        return info

    def finish(self) -> None:
        """Write the manifest and close the archive; the target stays open."""
        listed = {"format": FORMAT, "files": dict(self.files), "skipped": self.skipped}
        self.add_bytes(MANIFEST, json.dumps(listed, indent=0).encode("ascii"))
        self._tar.close()
        self._zip.close()


def _strange(status: os.stat_result, owner: int | None, folder_owner: int) -> str:
    kinds = (
        (stat.S_ISLNK, "a link to another file or folder"),
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
    )
    for test, words in kinds:
        if test(status.st_mode):
            return words
    if stat.S_ISDIR(status.st_mode):
        return ""
    if not stat.S_ISREG(status.st_mode):
        return "a device"
    if owner is not None and status.st_uid != owner:
        return "it belongs to somebody else"
    # A second name can bring in somebody else's file, which its maker may not even read.
    if status.st_nlink > 1 and status.st_uid != folder_owner:
        return "a second name of somebody else's file"
    return ""


def names(folder: int) -> list[str]:
    """Return what an open folder holds, in order."""
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries)


def shown(name: str) -> str:
    """Return a name that anybody may have chosen, as it can be printed in one line."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in name)[:200]


# --- reading ----------------------------------------------------------------------------


@dataclass
class Contents:
    """What a whole and undamaged archive holds.

    Attributes
    ----------
    about : dict
        What it says about itself.
    files : dict of str to list
        Size in bytes and SHA-256, by name.
    folders : list of str
        The names of all folders.
    skipped : list of str
        What was left out when it was written.
    """

    about: dict[str, Any]
    files: dict[str, list[Any]]
    folders: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(int(size) for size, _ in self.files.values())


def unfit(name: str) -> str:
    """Say why a name cannot stand in an archive of ours, or return an empty string if it can."""
    parts = name.split("/")
    if name.startswith("/") or ".." in parts:
        return "it leads out of its folder"
    if "\0" in name or "" in parts or "." in parts:
        return "it is no plain name"
    if len(parts) > MOST_DEEP + 4:
        return "it is too deep"
    if len(parts) == 1 and name not in (ABOUT, MANIFEST, *GRADEBOOKS.values(), *PARTS):
        return "no back-up of a class holds such a thing"
    if len(parts) > 1 and parts[0] not in PARTS:
        return "no back-up of a class holds such a folder"
    return ""


class _Told:
    """A file in an archive, which says in words when it turns out to be damaged."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        self._file, self._path = file, path

    def read(self, size: int = -1) -> bytes:
        with _in_words(self._path):
            return self._file.read(size)


class Reader:
    """An archive, opened once, so that what was checked is what is unpacked.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Raises
    ------
    ArchiveError
        If it cannot be opened or is no plain file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
        except OSError as error:
            closed = isinstance(error, PermissionError) and os.geteuid() != 0
            advice = " It belongs to another account: run it as root." if closed else ""
            raise ArchiveError(f"{path} cannot be opened: {error.strerror}.{advice}") from error
        if not stat.S_ISREG(os.fstat(self._file.fileno()).st_mode):
            self._file.close()
            raise ArchiveError(f"{path} is no file.")

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *about: object) -> None:
        self._file.close()

    def members(self) -> Iterator[tuple[tarfile.TarInfo, _Told | None]]:
        """Go through the archive: each file with its contents, each folder with None.

        Raises
        ------
        ArchiveError
            If it is damaged, or holds what a back-up never holds.
        """
        self._file.seek(0)
        seen: set[str] = set()
        with _in_words(self.path):
            unzipped = gzip.GzipFile(fileobj=self._file, mode="rb")
            with tarfile.open(fileobj=unzipped, mode="r|") as tar:
                for info in tar:
                    self._check(info, seen)
                    seen.add(info.name)
                    file = tar.extractfile(info) if info.isreg() else None
                    yield info, None if file is None else _Told(file, self.path)
            # To the end, where the compressed file's own check sum stands.
            rest = 0
            while chunk := unzipped.read(_CHUNK):
                rest += len(chunk)
                if rest > _CHUNK or chunk.strip(b"\0"):
                    raise ArchiveError(
                        f"{self.path} is damaged or was changed: it goes on after its end. "
                        "Use another back-up."
                    )

    def _check(self, info: tarfile.TarInfo, seen: set[str]) -> None:
        why = unfit(info.name)
        if not why and not (info.isreg() or info.isdir()):
            why = "it is neither a file nor a folder"
        if not why and info.name in seen:
            why = "it stands in it twice"
        if not why and MANIFEST in seen:
            why = "it comes after the end"
        if why:
            raise ArchiveError(
                f"{self.path} was refused, as “{shown(info.name)}” is in it: {why}. "
                "It is no back-up of a class, or it is damaged or was changed."
            )

    def check(self) -> Contents:
        """Read everything and compare it with the manifest; return what is in it.

        Raises
        ------
        ArchiveError
            If anything is missing, too much, or not as it was written.
        """
        found: dict[str, list[Any]] = {}
        folders: list[str] = []
        texts: dict[str, bytes] = {}
        for info, file in self.members():
            if file is None:
                folders.append(info.name)
                continue
            if not found and info.name != ABOUT:
                raise ArchiveError(f"{self.path} is no back-up of a class: {ABOUT} is missing.")
            if info.name in (ABOUT, MANIFEST):
                texts[info.name] = file.read(_MOST_JSON)
                found[info.name] = [info.size, hashlib.sha256(texts[info.name]).hexdigest()]
            else:
                found[info.name] = _digested(file)
        listed = self._json(texts, MANIFEST)
        about = self._json(texts, ABOUT)
        found.pop(MANIFEST)
        if listed.get("format") != FORMAT:
            raise ArchiveError(
                f"{self.path} is of another form ({listed.get('format')}); this program reads form "
                f"{FORMAT}. Restore it with the version of the course that wrote it."
            )
        wrong = _unlike(found, listed.get("files"))
        if wrong:
            raise ArchiveError(
                f"{self.path} is damaged: “{shown(wrong[0])}” is not as it was written"
                + (f", nor are {len(wrong) - 1} more files" if len(wrong) > 1 else "")
                + ". Use another back-up."
            )
        return Contents(about, found, folders, [str(each) for each in listed.get("skipped", [])])

    def _json(self, texts: dict[str, bytes], name: str) -> dict[str, Any]:
        if name not in texts:
            raise ArchiveError(
                f"{self.path} is cut short or no back-up of a class: {name} is missing."
            )
        try:
            read = json.loads(texts[name])
        except (ValueError, RecursionError):
            read = None
        if not isinstance(read, dict):
            raise ArchiveError(f"{self.path} is damaged: {name} cannot be read.")
        return read


def _digested(file: _Told) -> list[Any]:
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return [size, digest.hexdigest()]


def _unlike(found: dict[str, list[Any]], listed: Any) -> list[str]:
    if not isinstance(listed, dict):
        return [MANIFEST]
    return sorted(name for name in {*found, *listed} if found.get(name) != listed.get(name))


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except ArchiveError:
        raise
    # A forged header makes the library fail in any of these ways.
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, ValueError) as error:
        raise ArchiveError(
            f"{path} is damaged, cut short or no back-up at all ({error}). Use another back-up."
        ) from error


# --- unpacking --------------------------------------------------------------------------


@dataclass(frozen=True)
class Rights:
    """Who is to own something, and what may be done with it."""

    uid: int
    gid: int
    mode: int


class Unpacker:
    """Puts files into a new folder, through descriptors: nobody can lead it elsewhere.

    Parameters
    ----------
    root : pathlib.Path
        The new folder. It is made, and until :meth:`finish` nobody else can look in.
    rights : callable, optional
        Takes an entry of the archive and says who is to own it; everything stays with this
        account, closed to others, when not given.

    Raises
    ------
    FileExistsError
        If the folder is there already.
    """

    def __init__(
        self, root: Path, rights: Callable[[tarfile.TarInfo], Rights] | None = None
    ) -> None:
        root.mkdir(mode=0o700)
        self._root = os.open(root, FOLDER)
        self._rights = rights
        self._folders: dict[tuple[str, ...], Rights | None] = {}

    def __enter__(self) -> Unpacker:
        return self

    def __exit__(self, *about: object) -> None:
        os.close(self._root)

    def folder(self, inner: str, info: tarfile.TarInfo) -> None:
        """Make a folder; its owner is set at the end."""
        parts = tuple(inner.split("/")) if inner else ()
        with self._opened(parts):
            self._folders[parts] = self._rights(info) if self._rights else None

    def file(self, inner: str, info: tarfile.TarInfo, source: _Told, expected: str) -> None:
        """Write a file.

        Raises
        ------
        ArchiveError
            If it is not what was checked before.
        """
        *parts, name = inner.split("/")
        digest = hashlib.sha256()
        with self._opened(tuple(parts)) as folder:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            with os.fdopen(os.open(name, flags, 0o600, dir_fd=folder), "wb") as target:
                while chunk := source.read(_CHUNK):
                    digest.update(chunk)
                    target.write(chunk)
                target.flush()
                if self._rights is not None:
                    _give(target.fileno(), self._rights(info))
                os.utime(target.fileno(), (info.mtime, info.mtime))
                os.fsync(target.fileno())
        if digest.hexdigest() != expected:
            raise ArchiveError(f"“{shown(info.name)}” changed while it was unpacked.")

    def finish(self) -> None:
        """Give the folders to their owners, the innermost first."""
        for parts in sorted(self._folders, key=len, reverse=True):
            with self._opened(parts) as folder:
                rights = self._folders[parts]
                if rights is not None:
                    _give(folder, rights)
                os.fsync(folder)

    @contextmanager
    def _opened(self, parts: tuple[str, ...]) -> Iterator[int]:
        descriptor = os.dup(self._root)
        try:
            for part in parts:
                with suppress(FileExistsError):
                    os.mkdir(part, 0o700, dir_fd=descriptor)
                inner = os.open(part, FOLDER, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = inner
            yield descriptor
        finally:
            os.close(descriptor)


def _give(descriptor: int, rights: Rights) -> None:
    if os.geteuid() == 0:
        os.fchown(descriptor, rights.uid, rights.gid)
    # After the owner, which takes these bits away.
    os.fchmod(descriptor, rights.mode)


def unpack(reader: Reader, contents: Contents, into: dict[str, Unpacker]) -> None:
    """Unpack the parts that are asked for.

    Parameters
    ----------
    reader : Reader
        The archive.
    contents : Contents
        What :meth:`Reader.check` found.
    into : dict of str to Unpacker
        Where each part goes; ``""`` takes every part that has no place of its own.

    Raises
    ------
    ArchiveError
        If it is not what was checked.
    """
    for info, file in reader.members():
        part, _, inner = info.name.partition("/")
        place = into.get(part)
        if place is None:
            place, inner = into.get(""), info.name
        if place is None or info.name == MANIFEST:
            continue
        if file is None:
            place.folder(inner, info)
        elif info.name not in contents.files:
            raise ArchiveError(f"“{shown(info.name)}” appeared while the back-up was unpacked.")
        else:
            place.file(inner, info, file, contents.files[info.name][1])
    for place in _each(into.values()):
        place.finish()


def _each(places: Iterable[Unpacker]) -> list[Unpacker]:
    return list({id(place): place for place in places}.values())
