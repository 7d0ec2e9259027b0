"""*Before you hand in*: what is answered, what is missing, what is on the disk."""

from __future__ import annotations

import contextlib
import os
import re
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from trd.quiz import masters, scoring
from trd.quiz.answers import Answers
from trd.quiz.items import Item, ItemError
from trd.quiz.scoring import AnswerError
from trd.quiz.session import Session
from trd.quiz.simulation import recorded, runs
from trd.quiz.watching import follow

_CSS = """<style>
.trd-handin-box { border:1px solid var(--jp-border-color2,#c9ced3); border-left:5px solid #1b6e3c;
  border-radius:6px; padding:12px 18px; max-width:46rem; box-sizing:border-box; }
.trd-handin { font:16px/1.5 var(--jp-content-font-family,system-ui,sans-serif); }
.trd-handin p { margin:0 0 0.5em; }
.trd-handin .trd-title { font-weight:700; font-size:20px; }
.trd-handin .trd-case { font-weight:700; font-size:17px; margin-top:0.6em; }
.trd-handin .trd-open { list-style:none; padding-left:0.8em; margin:0 0 0.6em; }
.trd-handin .trd-hint { font-size:14px; color:var(--jp-content-font-color2,#4a4f55); }
.trd-handin-box .jupyter-button { font-size:15px; height:auto; padding:5px 14px; line-height:1.4;
  border:1px solid #0b5c8a; border-radius:5px; background:var(--jp-layout-color1,#fff);
  color:#0b5c8a; }
</style>"""

#: What a free-text cell says until somebody writes in it.
PLACEHOLDER = re.compile(r"YOUR ANSWER HERE", re.IGNORECASE)


@dataclass(frozen=True)
class CaseState:
    """How far one notebook of an assignment is.

    Attributes
    ----------
    notebook : str
        File name without ``.ipynb``.
    title : str
        Its first heading.
    answered, total : int
        Items with a usable answer, and all items.
    missing : tuple of str
        The questions without one, in order, as "number. question".
    words : tuple of int
        Words on the disk in each free-text cell.
    """

    notebook: str
    title: str
    answered: int
    total: int
    missing: tuple[str, ...]
    words: tuple[int, ...]


@dataclass(frozen=True)
class HandInState:
    """How far a whole assignment folder is."""

    cases: tuple[CaseState, ...]
    problems: tuple[str, ...]
    last_hand_in: datetime | None

    @property
    def complete(self) -> bool:
        """Whether every item has an answer and every free-text cell has words."""
        return all(c.answered == c.total and all(c.words) for c in self.cases)


def state(folder: Path, answers: Answers) -> HandInState:
    """Read an assignment folder and say how far it is.

    Parameters
    ----------
    folder : pathlib.Path
        The folder that is handed in.
    answers : Answers
        What its answer log holds.
    """
    cases = []
    problems = list(answers.problems)
    for path in sorted(folder.glob("*.ipynb")):
        try:
            cells = masters.read_notebook(path)["cells"]
            name = masters.started_as(cells)
            if name is not None and name != path.stem:
                problems.append(_misnamed(path, name))
                continue
            cases.append(_case(path.stem, cells, answers))
        except (ItemError, ValueError, OSError) as error:
            problems.append(f"{path.name}: {error}")
    return HandInState(tuple(cases), tuple(problems), last_hand_in(folder))


def _misnamed(path: Path, name: str) -> str:
    if path.with_name(f"{name}.ipynb").exists():
        return f"{path.name} is a copy of {name}.ipynb and is not marked"
    return f"{path.name} has been renamed: call it {name}.ipynb again, or it cannot be marked"


def _case(notebook: str, cells: list[dict[str, Any]], answers: Answers) -> CaseState:
    items = masters.items_of(cells)
    missing = [
        f"{number}. {item.stem}{_begun(item, answers, notebook)}"
        for number, item in enumerate(items, start=1)
        if not answered(item, answers, notebook)
    ]
    words = [
        len(PLACEHOLDER.sub("", masters.source_of(cell)).split())
        for cell in cells
        if masters.is_free_text(cell)
    ]
    return CaseState(
        notebook=notebook,
        title=_title(cells) or notebook,
        answered=len(items) - len(missing),
        total=len(items),
        missing=tuple(missing),
        words=tuple(words),
    )


def _begun(item: Item, answers: Answers, notebook: str) -> str:
    """Return that a run was begun and not finished, if so."""
    if item.kind != "simulation":
        return ""
    found = list(runs(entry.answer for entry in answers.history(notebook, item.id)))
    if not found or found[-1].get("completed"):
        return ""
    # One that was given up stands at its beginning again.
    begun = found[-1]["log"] or found[-1].get("now_s")
    return " (begun, not finished)" if begun else ""


def answered(item: Item, answers: Answers, notebook: str) -> bool:
    """Say whether a question is answered: every row of it, a run to its end.

    Parameters
    ----------
    item : Item
    answers : Answers
        What the log holds.
    notebook : str
        The item's page.
    """
    history = answers.history(notebook, item.id)
    try:
        answer = scoring.clean(item, recorded(item, history))
    except AnswerError:
        return False
    if item.kind == "matching" and answer is not None:
        return len(answer) == len(item.prompts)
    if item.kind == "simulation" and answer is not None:
        return bool(answer["completed"])
    return answer is not None


def _title(cells: list[dict[str, Any]]) -> str:
    for cell in cells:
        if cell.get("cell_type") == "markdown":
            for line in masters.source_of(cell).splitlines():
                if line.startswith("# "):
                    return line[2:].strip()
    return ""


def last_hand_in(folder: Path) -> datetime | None:
    """Return when this assignment was last handed in from this account, if it was.

    nbgrader keeps a copy of every submission in its cache; the newest one is asked. On a hub the
    folder around an assignment is named like its class, and another term's hand-ins do not count.

    Parameters
    ----------
    folder : pathlib.Path
        The assignment's folder.
    """
    newest = None
    course = folder.parent.name if os.environ.get("TRD_HUB") else "*"
    for stamp in _cache().glob(f"{course}/*+{folder.name}+*/timestamp.txt"):
        moment = _stamp(stamp)
        if moment is not None and (newest is None or moment > newest):
            newest = moment
    return newest


def _cache() -> Path:
    home = os.environ.get("TRD_HOME")
    if home:
        return Path(home) / "cache"
    from jupyter_core.paths import jupyter_data_dir

    return Path(jupyter_data_dir()) / "nbgrader_cache"


def _stamp(path: Path) -> datetime | None:
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    # nbgrader writes "2026-11-22 03:04:05.678901 UTC", with the zone's name or offset at the end.
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.\d+)? ?(UTC|[+-]\d{4})?", text)
    if not match:
        return None
    zone = match[2] if match[2] and match[2] != "UTC" else "+0000"
    try:
        return datetime.strptime(f"{match[1]} {zone}", "%Y-%m-%d %H:%M:%S %z").astimezone()
    except ValueError:
        return None


def render(now: HandInState, checked_at: datetime, page: str = "") -> str:
    """Return the state of an assignment as HTML.

    Parameters
    ----------
    now : HandInState
    checked_at : datetime.datetime
        When it was looked at.
    page : str
        The notebook on the screen: its open questions are listed, of the others there is one
        line each. With none of that name, each is listed in full.
    """
    rows = ['<p class="trd-title" role="heading" aria-level="3">Before you hand in</p>']
    here = [case for case in now.cases if case.notebook == page]
    for case in here or now.cases:
        rows += _in_full(case, "This page: " if here else "")
    others = [_in_one_line(case) for case in now.cases if here and case.notebook != page]
    if others:
        rows.append(
            '<p class="trd-case">Handed in together with this page</p>'
            f'<ul class="trd-open">{"".join(others)}</ul>'
        )
    if now.problems:
        noted = "".join(f"<li>{escape(text)}</li>" for text in now.problems)
        rows.append(
            f"<p>Please look at this. Your other answers are not affected:</p><ul>{noted}</ul>"
        )
    rows.append(f"<p>{escape(_hand_in_words(now))}</p>")
    rows.append(f'<p class="trd-hint">Looked at {checked_at:%H:%M:%S}.</p>')
    return f'{_CSS}<div class="trd-handin">{"".join(rows)}</div>'


def _sign(case: CaseState) -> str:
    done = case.answered == case.total and all(case.words)
    return f'<span aria-hidden="true">{"✓" if done else "•"}</span>'


def _in_full(case: CaseState, label: str) -> list[str]:
    rows = [
        f'<p class="trd-case">{_sign(case)} {label}{escape(case.title)}</p>',
        f"<p>Answered <strong>{case.answered} of {case.total}</strong>.</p>",
    ]
    if case.missing:
        missing = "".join(f"<li>{escape(text)}</li>" for text in case.missing)
        rows.append(f'<p>Still open:</p><ul class="trd-open">{missing}</ul>')
    for words in case.words:
        rows.append(
            f"<p>Your written answer: <strong>{words} words</strong> saved.</p>"
            if words
            else "<p>Your written answer is still <strong>empty</strong>. What you write is "
            "saved every few seconds; then this changes by itself.</p>"
        )
    return rows


def _in_one_line(case: CaseState) -> str:
    written = "".join(
        f", written answer {f'of {words} words' if words else 'empty'}" for words in case.words
    )
    return (
        f"<li>{_sign(case)} {escape(case.title)}: answered {case.answered} of {case.total}"
        f"{written}</li>"
    )


def _hand_in_words(now: HandInState) -> str:
    how = "To hand in, open “Assignments” in the bar at the top and press Submit."
    if now.last_hand_in is not None:
        when = now.last_hand_in
        return (
            f"Last handed in on {when.day} {when:%B %Y at %H:%M}. You may still change answers "
            f"and hand in again; your instructor gets the newest. {how}"
        )
    if now.complete:
        return f"Everything is answered. Not handed in yet. {how}"
    return f"Not handed in yet. You may hand in with gaps; open questions score nothing. {how}"


def _stamps(folder: Path) -> tuple[tuple[str, int], ...]:
    """When each file of the folder was last written."""
    found = []
    for path in sorted(folder.iterdir()):
        with contextlib.suppress(OSError):
            found.append((path.name, path.stat().st_mtime_ns))
    return tuple(found)


def panel(session: Session) -> Any:
    """Return the widget that shows all this, and follows what is saved."""
    import ipywidgets

    body = ipywidgets.HTML()
    button = ipywidgets.Button(
        description="Look again",
        tooltip="Read the saved answers once more",
        layout=ipywidgets.Layout(width="auto"),
    )

    def look(_button: Any = None) -> None:
        now = state(session.folder, session.graded.read())
        body.value = render(now, datetime.now().astimezone(), session.notebook)

    button.on_click(look)
    look()
    follow(session, lambda: (_stamps(session.folder), last_hand_in(session.folder)), look)
    box = ipywidgets.VBox([body, button])
    box.add_class("trd-handin-box")
    return box
