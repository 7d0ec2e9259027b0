"""The codes of records: the class's key, the log of what was issued, and checking.

A code is the first 100 bits of HMAC-SHA256 (RFC 2104) over a record's content, with a key that is
made once per class and never leaves its folder; so a changed record has no valid code, and nobody
but the class's instructor can make or check one.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, BinaryIO, cast

from trd.grading.course import CourseError
from trd.grading.records import drawing
from trd.grading.records.drawing import META, day, grouped

KEY = "record.key"
LOG = "records.jsonl"
#: Digits and letters that are not mistaken for each other (Crockford's base 32).
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 20
#: No record is as long; a longer file is something else.
MAX_FILE_BYTES = 1_000_000
#: How much of a changed file is compared line by line.
MAX_LINES = 2000


# --- codes ------------------------------------------------------------------------------


def canonical(content: Mapping[str, Any]) -> bytes:
    """Return the one way in which a content is written down to be signed."""
    return json.dumps(
        content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    ).encode("ascii")


def code_for(key: bytes, content: Mapping[str, Any]) -> str:
    """Return the code of a content: 20 characters of :data:`ALPHABET`.

    Parameters
    ----------
    key : bytes
        The class's key.
    content : mapping
        What JSON can hold, without NaN.
    """
    number = int.from_bytes(hmac.digest(key, canonical(content), "sha256"), "big")
    number >>= 256 - 5 * CODE_LENGTH
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(CODE_LENGTH)))


def normalised(text: str) -> str | None:
    """Return a code as typed or read out over the telephone, or None if it is none.

    Small letters, spaces, dashes, the letter O for 0, and I or L for 1 are all understood.
    """
    kept = "".join(c for c in text.upper() if not c.isspace() and c not in "-‐‑–—−.")
    kept = kept.translate(str.maketrans("OIL", "011"))
    return kept if len(kept) == CODE_LENGTH and set(kept) <= set(ALPHABET) else None


# --- the class's key and its log --------------------------------------------------------


@dataclass(frozen=True)
class Issued:
    """One line of the log.

    Attributes
    ----------
    code : str
        Without dashes.
    content : mapping
        What it says.
    key_id : str
        Which key signed it.
    page_sha256 : str
        Fingerprint of the web page as issued.
    """

    code: str
    content: Mapping[str, Any]
    key_id: str
    page_sha256: str


@dataclass(frozen=True)
class Register:
    """Everything a class has issued.

    Attributes
    ----------
    entries : tuple of Issued
        Oldest first.
    problems : tuple of str
        One sentence for each line that could not be read.
    """

    entries: tuple[Issued, ...] = ()
    problems: tuple[str, ...] = ()

    def find(self, code: str) -> Issued | None:
        """Return the record with a code, comparing all in constant time."""
        found = None
        for entry in self.entries:
            if hmac.compare_digest(entry.code, code):
                found = entry
        return found


def register(folder: Path) -> Register:
    """Read the log of a class. Never raises for what a line holds; it reports it.

    Raises
    ------
    CourseError
        If the file is there and cannot be read.
    """
    path = folder / LOG
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Register()
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {(error.strerror or '').lower()}.") from error
    entries, problems = [], []
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            entries.append(_issued(json.loads(line.decode("utf-8"))))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            problems.append(
                f"Line {number} of {path} cannot be read and was passed over; "
                "the record it held cannot be found by its code."
            )
    return Register(tuple(entries), tuple(problems))


def _issued(line: Mapping[str, Any]) -> Issued:
    code = normalised(str(line["code"]))
    if code is None or not isinstance(line["content"], dict):
        raise ValueError
    _check(line["content"])
    return Issued(code, line["content"], str(line["key"]), str(line["page_sha256"]))


def _check(content: Mapping[str, Any]) -> None:
    """Draw a record, so that one that cannot be drawn is found out here."""
    drawing.page(content, "0" * CODE_LENGTH)


def key_id(key: bytes) -> str:
    """Return a name for a key that gives nothing of it away."""
    return hashlib.sha256(b"trd record key\0" + key).hexdigest()[:12]


def read_key(folder: Path) -> bytes | None:
    """Return the class's key, or None if there is none.

    Raises
    ------
    CourseError
        If the file cannot be read or holds no key.
    """
    path = folder / KEY
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {(error.strerror or '').lower()}.") from error
    except ValueError:
        key = b""
    if len(key) != 32:
        raise CourseError(f"{path} holds no key. Put it back from a copy of the class’s folder.")
    return key


def issue(
    folder: Path, wanted: Mapping[str, Mapping[str, Any]], *, new_key: bool = False
) -> dict[str, Issued]:
    """Give records their codes and keep them in the class's log, on the disk.

    Parameters
    ----------
    folder : pathlib.Path
        The class's folder (:attr:`trd.grading.course.Course.classroom`).
    wanted : mapping of str to mapping
        Contents by trainee, as :func:`trd.grading.records.issuing.contents` makes them.
    new_key : bool
        Make a new key although records were issued with one that is gone.

    Raises
    ------
    CourseError
        If the key is gone, or the class's folder cannot be written.
    """
    import portalocker

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with portalocker.Lock(folder / LOG, mode="ab+", timeout=10) as handle:
            file = cast(BinaryIO, handle)
            if os.name == "posix":
                os.fchmod(file.fileno(), 0o600)
            key = read_key(folder) or _make_key(folder, new_key)
            made = {name: signed(key, content) for name, content in wanted.items()}
            _append(file, made.values())
    except portalocker.exceptions.LockException as error:
        raise CourseError(f"Another command is writing {folder / LOG}. Try again.") from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise CourseError(f"{folder} cannot be written: {reason}.") from error
    return made


def signed(key: bytes, content: Mapping[str, Any]) -> Issued:
    """Return a record with its code; nothing is written."""
    code = code_for(key, content)
    page = drawing.page(content, code).encode("utf-8")
    return Issued(code, content, key_id(key), hashlib.sha256(page).hexdigest())


def _append(file: BinaryIO, entries: Any) -> None:
    lines = b"".join(
        json.dumps(
            {
                "code": grouped(entry.code),
                "key": entry.key_id,
                "page_sha256": entry.page_sha256,
                "content": entry.content,
            },
            sort_keys=True,
        ).encode("ascii")
        + b"\n"
        for entry in entries
    )
    if file.seek(0, os.SEEK_END):
        file.seek(-1, os.SEEK_END)
        if file.read(1) != b"\n":
            # A line torn by a power cut must not swallow the next record.
            lines = b"\n" + lines
    file.write(lines)
    file.flush()
    os.fsync(file.fileno())


def _make_key(folder: Path, allowed: bool) -> bytes:
    path = folder / KEY
    count = len(register(folder).entries)
    if count and not allowed:
        raise CourseError(
            f"The class’s key {path} is gone, though {count} records were issued with it. Put it "
            "back from a copy of the class’s folder. If there is none, --new-key makes another; "
            "the codes of the records issued so far can then no longer be confirmed."
        )
    key = secrets.token_bytes(32)
    half = path.with_name(f".{os.getpid()}.{KEY}")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(key.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)
    return key


# --- checking ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Verdict:
    """The outcome of a check.

    Attributes
    ----------
    confirmed : bool
        Whether everything that was shown is what the class issued.
    lines : tuple of str
        What to tell the person who asked; the verdict first.
    superseded : bool
        Whether the class has issued a later record to the same trainee.
    """

    confirmed: bool
    lines: tuple[str, ...]
    superseded: bool = False


def verify(folder: Path, what: str) -> Verdict:
    """Check a code, or the web page of a record.

    Parameters
    ----------
    folder : pathlib.Path
        The class's folder (:attr:`trd.grading.course.Course.classroom`).
    what : str
        A code as typed, or the path of a file.

    Raises
    ------
    CourseError
        If it is neither, or the class's own files cannot be read.
    """
    path = Path(what)
    if path.is_file():
        return _verify_file(folder, path)
    code = normalised(what)
    if code is not None:
        return _verify_code(folder, code)
    if path.suffix or len(path.parts) > 1:
        raise CourseError(f"There is no file {plain(what)}.")
    raise CourseError(
        f"“{plain(what)}” is neither a file nor a code. A code has {CODE_LENGTH} digits and "
        f"letters (never U), such as {grouped('7K3M' * 5)}."
    )


def _verify_code(folder: Path, code: str) -> Verdict:
    known = register(folder)
    entry = known.find(code)
    if entry is None:
        return Verdict(False, (*_unknown(folder, code), *known.problems))
    sure, why = _genuine(folder, entry)
    return _with_later(folder, known, entry, Verdict(sure, (*why, *_said(entry.content))))


def _unknown(folder: Path, code: str) -> list[str]:
    lines = [
        f"NOT CONFIRMED. No record of this class has the code {grouped(code)}.",
        "It was misread, or belongs to another class, or was made up.",
    ]
    if read_key(folder) is None:
        lines.append(f"(This class has issued no record: there is no {folder / KEY}.)")
    return lines


def _genuine(folder: Path, entry: Issued) -> tuple[bool, list[str]]:
    """Check a line of the log against the class's key."""
    key = read_key(folder)
    shown = grouped(entry.code)
    if key is None:
        return False, [
            f"NOT CONFIRMED. {LOG} lists a record with the code {shown}, but the class’s key "
            f"{folder / KEY} is gone, so nobody can tell whether that line was changed. It says:"
        ]
    if hmac.compare_digest(code_for(key, entry.content), entry.code):
        return True, [f"CONFIRMED. This class issued the record with the code {shown}."]
    if entry.key_id != key_id(key):
        return False, [
            f"NOT CONFIRMED. {LOG} lists a record with the code {shown}, signed with another key "
            f"than the one now in {folder / KEY}: the key was replaced. It says:"
        ]
    return False, [
        f"NOT CONFIRMED. {LOG} lists a record with the code {shown}, but that line was changed "
        "after it was issued. It now says:"
    ]


def _said(content: Mapping[str, Any]) -> list[str]:
    """Say for whom, when and what."""
    trainee = content["trainee"]
    who = f"{trainee['name']} ({trainee['id']})" if trainee["name"] else trainee["id"]
    lines = [
        f"  Trainee: {who}",
        f"  Issued: {day(content['issued'])}, course version {content['course']['version']}",
        *(f"  {sentence}" for sentence in (*drawing.status(content), *drawing.standard(content))),
        *(f"  {name}: {text}" for name, text in drawing.summary(content)),
    ]
    for module in content["modules"]:
        lines.append(f"  {module['title']}: {drawing.module_line(module)}; {module['review']}")
    return [plain(line, 400) for line in lines]


def _with_later(folder: Path, known: Register, entry: Issued, verdict: Verdict) -> Verdict:
    """Put first that a confirmed record was superseded; of another one it is told at the end."""
    later = _latest(folder, known, entry)
    if later is None:
        return verdict
    when, code = day(later.content["issued"]), grouped(later.code)
    if verdict.confirmed:
        first = f"Superseded: a later record holds, issued on {when}, code {code}."
        return Verdict(True, (first, *verdict.lines), superseded=True)
    last = f"A later record was issued to this trainee on {when}, code {code}."
    return Verdict(False, (*verdict.lines, last), superseded=True)


def _latest(folder: Path, known: Register, entry: Issued) -> Issued | None:
    """Return the last genuine record of the same trainee after this one, if there is one."""
    key = read_key(folder)
    after = known.entries
    places = [place for place, each in enumerate(after) if each.code == entry.code]
    found = None
    for each in after[places[-1] + 1 :] if places else after:
        if each.content["trainee"]["id"] != entry.content["trainee"]["id"]:
            continue
        # Within one second the order in the log decides; a record lost from it has no place there.
        ours, theirs = entry.content["issued"], each.content["issued"]
        if theirs < ours or (theirs == ours and not places):
            continue
        if key is not None and hmac.compare_digest(code_for(key, each.content), each.code):
            found = each
    return found


def _verify_file(folder: Path, path: Path) -> Verdict:
    text = _text_of(path)
    if text is None:
        return Verdict(
            False,
            (
                f"Not checked: {plain(str(path))} is a PDF, which is checked by its code.",
                "The code stands at the foot of every page. Run: python -m trd.grading verify CODE",
                "and compare what that prints with the PDF, line by line.",
            ),
        )
    found = _Reader.of(text)
    known = register(folder)
    entry = next(filter(None, map(known.find, found.codes)), None)
    if entry is None:
        entry = _unlisted(folder, found)
    if entry is None:
        if not found.codes:
            raise CourseError(f"{path} is not such a record: it holds no verification code.")
        return Verdict(False, (*_unknown(folder, found.codes[0]), *known.problems))
    sure, why = _genuine(folder, entry)
    if known.find(entry.code) is None:
        why.append(f"({LOG} does not list it any more; the class’s key vouches for it.)")
    same, differences = _compare(text, found, entry)
    if sure and not same:
        why = [f"CHANGED. {path.name} does not agree with the record that was issued.", *why[1:]]
    heading = [] if same else ["What the record issued says:"]
    verdict = Verdict(sure and same, (*why, *differences, *heading, *_said(entry.content)))
    return _with_later(folder, known, entry, verdict)


def _unlisted(folder: Path, found: _Reader) -> Issued | None:
    """Return a record whose line in the log was lost, if the key vouches for the file's content."""
    key = read_key(folder)
    if key is None or found.content is None:
        return None
    try:
        code = code_for(key, found.content)
    except (ValueError, TypeError, RecursionError):
        return None
    if not any(hmac.compare_digest(stated, code) for stated in found.codes):
        return None
    return signed(key, found.content)


def _compare(text: str, found: _Reader, entry: Issued) -> tuple[bool, list[str]]:
    """Say in which lines a page differs from the record issued."""
    if hashlib.sha256(text.encode("utf-8")).hexdigest() == entry.page_sha256:
        return True, ["The file is exactly as it was issued."]
    from difflib import SequenceMatcher

    issued = _Reader.of(drawing.page(entry.content, entry.code)).lines
    # A file made to be compared for hours is not: what is beyond is seen above, as a whole.
    shown = found.lines[:MAX_LINES]
    lines = []
    for tag, one, two, three, four in SequenceMatcher(
        None, issued, shown, autojunk=False
    ).get_opcodes():
        if tag != "equal":
            lines += [f"  the record issued: {plain(line)}" for line in issued[one:two]]
            lines += [f"  the file:          {plain(line)}" for line in shown[three:four]]
    if len(lines) > 40:
        lines = [*lines[:40], f"  and {len(lines) - 40} more lines"]
    if found.content != entry.content:
        lines.append("  The part that programs read was changed, or cannot be read.")
    if lines:
        return False, lines
    return False, [
        "  Its words agree, but the file is not the one that was issued, character by character (a",
        "  program that saves a page anew may do that). Go by what stands below, not by the file.",
    ]


def _text_of(path: Path) -> str | None:
    """Return the text of a page, or None for a PDF."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {(error.strerror or '').lower()}.") from error
    if data.startswith(b"%PDF"):
        return None
    if len(data) > MAX_FILE_BYTES:
        raise CourseError(f"{path} is no such record: it is too large.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CourseError(f"{path} is no such record: it is not UTF-8 text.") from None
    # What mail programs and editors do to line ends is no change.
    return text.replace("\r\n", "\n")


@dataclass
class _Reader(HTMLParser):
    """The words of a page, line by line, and the part of it that programs read."""

    lines: list[str] = field(default_factory=list)
    machine: str = ""
    hidden: int = 0

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    @classmethod
    def of(cls, text: str) -> _Reader:
        reader = cls()
        reader.feed(text)
        reader.close()
        return reader

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "meta" and values.get("name") == META:
            self.machine = values.get("content") or ""
        self.hidden += tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag == "style" and self.hidden > 0

    def handle_data(self, data: str) -> None:
        line = " ".join(data.split())
        if line and not self.hidden:
            self.lines.append(line)

    @property
    def _read(self) -> Mapping[str, Any]:
        try:
            read = json.loads(self.machine)
        except (ValueError, RecursionError):
            return {}
        return read if isinstance(read, dict) else {}

    @property
    def content(self) -> dict[str, Any] | None:
        """What the page says, as data."""
        content = self._read.get("record")
        return content if isinstance(content, dict) else None

    @property
    def codes(self) -> list[str]:
        """The codes that stand in the page: the one to be seen first."""
        stated = [line for line in self.lines if line.count("-") == 4]
        found = map(normalised, [*stated, str(self._read.get("code", ""))])
        return list(dict.fromkeys(code for code in found if code))


def plain(text: str, most: int = 160) -> str:
    """Return text that does nothing to a terminal, whoever wrote it."""
    shown = "".join(c if c.isprintable() else "?" for c in text)
    return shown if len(shown) <= most else shown[: most - 1] + "…"
