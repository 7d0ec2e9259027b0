"""The widgets of the first and the last page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import ipywidgets

from trd.journey import overview, views
from trd.journey.pages import Page, pages
from trd.paths import course_dir
from trd.quiz import handin, scoring
from trd.quiz.answers import NAME, AnswerLog
from trd.quiz.items import Item
from trd.quiz.session import NotStartedError, Session, current
from trd.quiz.watching import follow
from trd.quiz.widget import ItemWidget

#: Returns the time it is, with a zone.
Clock = Callable[[], datetime]


def _clock() -> datetime:
    return datetime.now().astimezone()


def _pages() -> tuple[Page, ...]:
    # The course's own copies, whatever somebody did to those on their desk.
    return pages(course_dir())


def _button(words: str, tooltip: str) -> ipywidgets.Button:
    return ipywidgets.Button(
        description=words, tooltip=tooltip, layout=ipywidgets.Layout(width="auto")
    )


def _box(*children: ipywidgets.Widget) -> ipywidgets.VBox:
    box = ipywidgets.VBox(list(children))
    box.add_class("trd-journey")
    return box


def _stamp(session: Session) -> Callable[[], Any]:
    """Return what changes when anything was answered, here or on another page."""

    def stamp() -> tuple[int, int, object]:
        path = session.practice.path
        kept = path.stat() if path.exists() else None
        size, when = (kept.st_size, kept.st_mtime_ns) if kept else (0, 0)
        desks = tuple((str(desk), (desk / NAME).stat().st_mtime_ns) for desk in _answered(session))
        # What is due changes with the day as well.
        return (size, when, (desks, _clock().date()))

    return stamp


def _desks(session: Session) -> list[Path]:
    """Return the folders of fetched assignments, beside the folder of the lessons."""
    cases = session.folder.parent / "cases"
    if not cases.is_dir():
        return []
    return sorted(folder for folder in cases.iterdir() if any(folder.glob("*.ipynb")))


def _answered(session: Session) -> list[Path]:
    return [desk for desk in _desks(session) if (desk / NAME).is_file()]


def _open(show: Callable[[Session], Any]) -> Any:
    """Return a panel of the page that is running, or a notice that it has not been started."""
    from trd.panel.cards import Notice

    try:
        session = current()
    except NotStartedError as error:
        return Notice(str(error))
    return show(session)


def where_you_are(clock: Clock = _clock) -> Any:
    """Return how far every lesson and fetched case is, and what to do next."""

    def show(session: Session) -> Any:
        body = ipywidgets.HTML()

        def look() -> None:
            found, answers = _pages(), session.practice.read()
            lessons = overview.lessons(found, answers)
            due = overview.today(overview.coming_back(lessons), clock().date())
            tests = overview.journey(found, answers)
            cases = [
                (desk.name, handin.state(desk, AnswerLog(desk / NAME).read()))
                for desk in _desks(session)
            ]
            next_words = views.next_step(tests, lessons, len(due), clock())
            body.value = views.way(lessons, cases, next_words)

        look()
        follow(session, _stamp(session), look)
        return _box(body)

    return _open(show)


class _Turns(ipywidgets.VBox):
    """Questions asked anew, one after the other."""

    def __init__(
        self,
        session: Session,
        asked: Sequence[tuple[Page, Item]],
        done: Callable[[int, int], None],
    ) -> None:
        self._right = 0
        self._answered = False
        self._session = session
        self._asked = list(asked)
        self._done = done
        self._at = 0
        self.next_button = _button("Next question", "Go on to the next question")
        self.next_button.on_click(self._go_on)
        self.question = self._made()
        super().__init__([self.question])

    def _made(self) -> ItemWidget:
        self._answered = False
        page, item = self._asked[self._at]
        where = replace(self._session, notebook=page.stem)
        heading = f"Question {self._at + 1} of {len(self._asked)} · {page.title}"
        question = ItemWidget(item, where, heading, fresh=True)
        question.observe(self._told, names="verdict")
        last = self._at + 1 == len(self._asked)
        self.next_button.description = "Finish" if last else "Next question"
        return question

    def _told(self, change: Any) -> None:
        if change["new"] and not self._answered:
            # The first answer counts; a second try is for the reader alone.
            self._answered = True
            item = self._asked[self._at][1]
            answer = scoring.clean(item, self.question.answer)
            self._right += scoring.fraction(item, answer) >= 1
            self.children = [self.question, self.next_button]

    def _go_on(self, _button: Any) -> None:
        self._at += 1
        if self._at < len(self._asked):
            self.question = self._made()
            self.children = [self.question]
        else:
            self.children = []
            self._done(self._right, len(self._asked))


def what_comes_back(clock: Clock = _clock) -> Any:
    """Return the self-checks that were missed before and are due today, asked anew."""

    def show(session: Session) -> Any:
        head, room = ipywidgets.HTML(), ipywidgets.VBox()
        begin = _button("Ask me", "Show the first question that is back today")
        # Right ones and all of the round that has just ended; empty before the first.
        told: list[tuple[int, int]] = []

        def due() -> tuple[overview.Due, ...]:
            return overview.coming_back(overview.lessons(_pages(), session.practice.read()))

        def rest() -> None:
            waiting = due()
            asked = overview.today(waiting, clock().date())
            last = told[-1] if told else None
            head.value = views.back(waiting, len(asked), clock().date(), last)
            room.children = [begin] if asked else []

        def finish(right: int, of: int) -> None:
            told.append((right, of))
            rest()

        def ask(_button: Any) -> None:
            asked = overview.today(due(), clock().date())
            if asked:
                questions = [(each.page, each.item) for each in asked]
                room.children = [_Turns(session, questions, finish)]

        def look() -> None:
            # While questions are being asked, the list above them stays as it is.
            if not (room.children and isinstance(room.children[0], _Turns)):
                rest()

        begin.on_click(ask)
        rest()
        follow(session, _stamp(session), look)
        return _box(head, room)

    return _open(show)


def your_eight_questions(clock: Clock = _clock) -> Any:
    """Return how the tests before and after the course went; ask once more after 60 days."""

    def show(session: Session) -> Any:
        head, room = ipywidgets.HTML(), ipywidgets.VBox()
        begin = _button("Ask me the eight questions", "Four of each set, asked anew")

        def look() -> None:
            found = overview.journey(_pages(), session.practice.read())
            head.value = views.tests(found, clock())
            if room.children and isinstance(room.children[0], _Turns):
                return
            open_now = found.again_from is not None and clock() >= found.again_from
            room.children = [begin] if open_now and found.again.right is None else []

        def finish(_right: int, _of: int) -> None:
            room.children = []
            look()

        def ask(_button: Any) -> None:
            asked = overview.again_items(_pages())
            room.children = [_Turns(session, asked, finish)]

        begin.on_click(ask)
        look()
        follow(session, _stamp(session), look)
        return _box(head, room)

    return _open(show)
