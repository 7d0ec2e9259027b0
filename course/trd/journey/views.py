"""What the way through the course looks like: plain HTML, every sign with its words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from html import escape

from trd.journey.overview import RETEST_DAYS, Due, Journey, LessonState, SetResult
from trd.journey.spacing import GAPS_DAYS
from trd.quiz.handin import HandInState

CSS = """<style>
.trd-journey { border:1px solid var(--jp-border-color2,#c9ced3); border-radius:8px;
  padding:12px 16px; max-width:50rem; box-sizing:border-box; overflow:visible;
  background:var(--jp-layout-color1,#fff); }
.trd-journey .widget-html-content, .trd-way { font:15px/1.5 var(--jp-content-font-family,
  system-ui,sans-serif); color:var(--jp-content-font-color1,#1b1b1b); }
.trd-journey .widget-html-content { min-width:0; max-width:100%; }
.trd-way p { margin:0 0 8px; }
.trd-way .trd-head { font-size:19px; font-weight:700; margin:0 0 4px; }
.trd-way ul { list-style:none; margin:0 0 8px; padding:0; }
.trd-way li { display:grid; grid-template-columns:minmax(11rem,1fr) minmax(9rem,1fr);
  gap:2px 16px; padding:7px 0; border-top:1px solid var(--jp-border-color2,#d6dade); }
.trd-way li > * { min-width:0; }
.trd-way .trd-bar { display:block; height:10px; border:1px solid #5a6068; background:#fff;
  margin:3px 0 2px; }
.trd-way .trd-bar span { display:block; height:100%; background:#0b5c8a; }
.trd-way .trd-small { font-size:14px; color:var(--jp-content-font-color2,#4a4f55); }
.trd-way a { color:#0b5c8a; text-decoration:underline; }
.trd-way .trd-next { background:#e8f2f8; border-left:5px solid #0b5c8a; border-radius:4px;
  padding:8px 12px; }
.trd-journey .jupyter-button { font-size:15px; height:auto; padding:5px 14px; line-height:1.4;
  border:1px solid #0b5c8a; border-radius:5px; background:var(--jp-layout-color1,#fff);
  color:#0b5c8a; }
.trd-journey .jupyter-button:focus-visible { outline:3px solid #f2a900; outline-offset:2px; }
@media (max-width:620px) { .trd-way li { grid-template-columns:1fr; } }
</style>"""


def day_words(day: date) -> str:
    """Return a day as it is written in this course, e.g. 22 November 2026."""
    return f"{day.day} {day:%B %Y}"


def _day(moment: datetime) -> str:
    return day_words(moment.astimezone().date())


def link(stem: str, words: str) -> str:
    """Return a link to a page of the course that opens in the same window.

    JupyterLab follows the command; anything else, the address.
    """
    args = escape(json.dumps({"path": f"course/{stem}.ipynb"}), quote=True)
    return (
        f'<a href="{escape(stem, quote=True)}.ipynb" data-commandlinker-command="trd-course:page" '
        f'data-commandlinker-args="{args}">{escape(words)}</a>'
    )


def _bar(done: int, total: int) -> str:
    share = round(100 * done / total) if total else 0
    return f'<span class="trd-bar" aria-hidden="true"><span style="width:{share}%"></span></span>'


def count(number: int, what: str, plural: str = "") -> str:
    """Return a number with its noun: “1 question”, “2 questions”."""
    return f"{number} {what if number == 1 else plural or what + 's'}"


def next_step(tests: Journey, lessons: Sequence[LessonState], due_today: int, now: datetime) -> str:
    """Return what to do next, as HTML: one thing."""
    if due_today:
        return (
            f"{count(due_today, 'question')} you once missed "
            f"{'is' if due_today == 1 else 'are'} back today. They stand below, and take "
            "a few minutes."
        )
    if tests.again_from is not None and tests.again.right is None and now >= tests.again_from:
        where = link("06_looking_back", "Looking back")
        return (
            f"Sixty days have passed. The eight questions are asked once more, here or on {where}."
        )
    begun = any(state.answered for state in lessons)
    if not begun and tests.before.total and tests.before.right is None:
        first = "".join(f" to {link(s.page.stem, s.page.title)}" for s in lessons[:1])
        return f"Begin with the eight questions below, about eight minutes, or go straight{first}"
    for state in lessons:
        if state.answered < state.total:
            left = count(state.total - state.answered, "self-check")
            verb = "Go on with" if state.answered else "Next:"
            return f"{verb} {link(state.page.stem, state.page.title)}; {left} to go."
    if tests.after.right is None and tests.after.total:
        where = link("06_looking_back", "Looking back")
        return f"Every self-check is answered. Eight questions like the first wait on {where}."
    return "You have been through the whole course."


def way(
    lessons: Sequence[LessonState],
    cases: Sequence[tuple[str, HandInState]],
    next_words: str,
) -> str:
    """Return lessons and cases with how far each is, and what to do next."""
    rows = []
    for state in lessons:
        notes = [f"{state.answered} of {count(state.total, 'self-check')} answered"]
        if state.answered:
            notes.append(f"{state.right_at_once} right the first time")
        if state.due:
            comes = "comes" if len(state.due) == 1 else "come"
            notes.append(f"{len(state.due)} {comes} back")
        number = int(state.page.stem[:2])
        rows.append(
            f"<li><span>{number}. {link(state.page.stem, state.page.title)}</span>"
            f"<span>{_bar(state.answered, state.total)}"
            f'<span class="trd-small">{"; ".join(notes)}</span></span></li>'
        )
    parts = [
        '<p class="trd-head" role="heading" aria-level="3">Where you are</p>',
        f'<p class="trd-next">{next_words}</p>',
        f"<ul>{''.join(rows)}</ul>",
    ]
    if cases:
        parts.append('<p class="trd-small"><strong>Cases you have fetched</strong></p>')
        parts.append(f"<ul>{''.join(_case(name, state) for name, state in cases)}</ul>")
    parts.append(
        '<p class="trd-small">Read from your own data folder on this computer or account; nobody '
        "else sees it. A self-check counts as answered once you have pressed its button.</p>"
    )
    return f'{CSS}<div class="trd-way">{"".join(parts)}</div>'


def _case(name: str, state: HandInState) -> str:
    done = sum(case.answered for case in state.cases)
    total = sum(case.total for case in state.cases)
    words = [f"{done} of {count(total, 'question')} answered"]
    empty = sum(not length for case in state.cases for length in case.words)
    if empty:
        words.append(f"{count(empty, 'written answer')} empty")
    if state.last_hand_in is None:
        words.append("not handed in yet")
    else:
        words.append(f"handed in on {_day(state.last_hand_in)}")
    return (
        f"<li><span>{escape(name)}</span><span>{_bar(done, total)}"
        f'<span class="trd-small">{"; ".join(words)}</span></span></li>'
    )


def back(
    due: Sequence[Due], asked_today: int, today: date, right: tuple[int, int] | None = None
) -> str:
    """Return what comes back and when, as HTML.

    Parameters
    ----------
    due : sequence of Due
        Everything that is to come back.
    asked_today : int
        How many questions would be asked now.
    today : datetime.date
    right : tuple of int, optional
        Of the questions just asked, how many were right, and how many there were.
    """
    head = '<p class="trd-head" role="heading" aria-level="3">What comes back</p>'
    gaps = f"{', '.join(map(str, GAPS_DAYS[1:-1]))} and {GAPS_DAYS[-1]} days"
    lead = (
        "<p>A self-check you once missed is asked again after a day, then after growing gaps "
        f"({gaps}). Only the first answer of a day counts: what was just read is remembered "
        "anyway.</p>"
    )
    if right is not None:
        lead = (
            f"<p><strong>{right[0]} of {right[1]} right.</strong> Those come back after a longer "
            "gap, the others tomorrow.</p>"
        )
    if asked_today and right is not None:
        more = "1 more is" if asked_today == 1 else f"{asked_today} more are"
        state = f"<p>{more} due today: now, or another day.</p>"
    elif asked_today:
        state = f"<p><strong>{count(asked_today, 'question')} today.</strong></p>"
    elif due:
        first = due[0].standing.due
        when = "today" if first is None or first <= today else f"on {day_words(first)}"
        state = (
            f"<p><strong>Nothing is due just now.</strong> {count(len(due), 'question')} "
            f"{'is' if len(due) == 1 else 'are'} waiting; the next comes {when}.</p>"
        )
    else:
        state = (
            "<p><strong>Nothing is waiting.</strong> It fills by itself when a self-check goes "
            "wrong.</p>"
        )
    return f'{CSS}<div class="trd-way">{head}{lead}{state}</div>'


def tests(found: Journey, now: datetime) -> str:
    """Return how the tests went, side by side, as HTML."""
    rows = [
        _test("Before the course", found.before, "on the page “Start here”"),
        _test("At the end", found.after, "on the page “Looking back”"),
        _again(found, now),
    ]
    note = (
        '<p class="trd-small">The reasons stand under each question. Eight questions are few: a '
        "difference of one or two may be chance. The questions at the end ask the same things of "
        "other people, and were written to be as hard; nobody has tested that.</p>"
    )
    return (
        f'{CSS}<div class="trd-way"><p class="trd-head" role="heading" aria-level="3">Your eight '
        f"questions</p><ul>{''.join(rows)}</ul>{note}</div>"
    )


def _test(name: str, result: SetResult, where: str) -> str:
    if result.right is None or result.completed is None:
        words = f"not answered yet; they stand {where}"
        if result.answered:
            words = f"{result.answered} of {result.total} kept so far"
        return f"<li><span>{name}</span><span>{words}</span></li>"
    return (
        f"<li><span>{name}, {_day(result.completed)}</span><span>"
        f"{_bar(result.right, result.total)}<strong>{result.right} of {result.total}</strong> "
        "right</span></li>"
    )


def _again(found: Journey, now: datetime) -> str:
    name = "Sixty days later"
    if found.again_from is None:
        return f"<li><span>{name}</span><span>offered {RETEST_DAYS} days after the end</span></li>"
    if found.again.right is not None:
        return _test(name, found.again, "")
    if now < found.again_from:
        return f"<li><span>{name}</span><span>from {_day(found.again_from)}</span></li>"
    return (
        f"<li><span>{name}</span><span><strong>Now.</strong> {found.again.answered} of "
        f"{found.again.total} answered.</span></li>"
    )
