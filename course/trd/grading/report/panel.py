"""The controls of ``solutions/class_report.ipynb``: choose, press, read, keep as a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets

from trd.grading import report
from trd.grading.course import Course, CourseError
from trd.grading.report import PASS_MARK
from trd.grading.report.analysis import Analysis
from trd.panel.cards import Notice, error_html, notice_html
from trd.panel.controls import Check, Select, Slider

_CSS = """<style>
.trd-report-panel { max-width: 62rem; overflow: visible; }
.trd-report-panel .widget-html-content { font-size: 16px; line-height: 1.5; min-width: 0; }
.trd-report-panel .jupyter-button { font-size: 15px; height: auto; padding: 5px 14px;
  line-height: 1.4; border: 1px solid #0b5c8a; border-radius: 5px;
  background: var(--jp-layout-color1, #fff); color: #0b5c8a; }
.trd-report-panel .jupyter-button.mod-primary { background: #0b5c8a; color: #fff; }
.trd-report-panel .jupyter-button:disabled { opacity: .5; }
.trd-report-panel .jupyter-button:focus-visible { outline: 3px solid #f2a900; outline-offset: 2px; }
.trd-report-panel progress { width: 100%; max-width: 30rem; height: 18px; accent-color: #0b5c8a; }
</style>"""


def panel() -> Any:
    """Return the controls, or a card that says what is missing."""
    try:
        course = Course.load(_course_folder())
        names = course.assignments
    except CourseError as error:
        return Notice(str(error))
    if not names:
        return Notice(
            "There is no assignment here: the folder solutions/ holds no masters. Open this "
            "notebook from the course's own folder."
        )
    return ReportPanel(course, names)


def _course_folder() -> Path | None:
    """Return the course this notebook is part of: Jupyter starts it in the folder it stands in."""
    here = Path.cwd()
    for folder in (here, here.parent):
        if (folder / "nbgrader_config.py").is_file():
            return folder
    return None


class ReportPanel(ipywidgets.VBox):
    """Choose an assignment, make its report, write it to a file.

    Parameters
    ----------
    course : Course
        The class.
    names : list of str
        Its assignments, at least one.
    """

    def __init__(self, course: Course, names: list[str]) -> None:
        self.course = course
        self.analysis: Analysis | None = None
        handed_in = {name: len(course.students_with(name)) for name in names}
        options = [(name, f"{name} ({n} handed in)") for name, n in handed_in.items()]
        # Whoever opens this wants to read about the class that handed in last.
        first = next((name for name in reversed(names) if handed_in[name]), names[0])
        self.assignment = Select("Assignment", options, first)
        self.pass_mark = Slider(
            "Points the suggested standard asks for",
            round(100 * PASS_MARK),
            50,
            100,
            5,
            "%",
            help="A teaching convention that you set; safety-critical items must all be right.",
        )
        self.anonymous = Check(
            "Leave out names and ids", help="For a report that you pass on or show to the class."
        )
        self.make_button = ipywidgets.Button(
            description="Make the report",
            button_style="primary",
            layout=ipywidgets.Layout(width="auto"),
        )
        self.write_button = ipywidgets.Button(
            description="Write it to an HTML file",
            disabled=True,
            layout=ipywidgets.Layout(width="auto"),
        )
        self.state = ipywidgets.HTML(_CSS + _status(""))
        self.shown = ipywidgets.HTML(layout=ipywidgets.Layout(width="auto", margin="12px 0 0"))
        buttons = ipywidgets.HBox([self.make_button, self.write_button])
        super().__init__(
            [self.assignment, self.pass_mark, self.anonymous, buttons, self.state, self.shown]
        )
        self.add_class("trd-report-panel")
        self.make_button.on_click(lambda _button: self.make())
        self.write_button.on_click(lambda _button: self.write())
        for control in (self.assignment, self.pass_mark, self.anonymous):
            control.observe(lambda _change: self._outdated(), "value")

    def make(self) -> None:
        """Make the report of the assignment that is chosen and show it."""
        self.make_button.disabled = self.write_button.disabled = True
        self.analysis, self.shown.value = None, ""
        try:
            self._say("Opening the gradebook …")
            self.analysis = report.report(
                self.course, self.assignment.value, self._watch, self.pass_mark.value / 100
            )
            self._say("Drawing …")
            self.shown.value = report.as_part(self.analysis, self.anonymous.value)
            self._say("Done. The report stands below.")
            self.write_button.disabled = False
        except CourseError as error:
            self.state.value = _CSS + notice_html(str(error))
        except Exception as error:  # noqa: BLE001 - an instructor must never meet a traceback
            self.state.value = _CSS + error_html(error, "Class report")
        finally:
            self.make_button.disabled = False

    def write(self) -> None:
        """Write the report that is shown to the class's folder."""
        if self.analysis is None:
            return
        anonymous = self.anonymous.value
        path = report.default_file(self.course, self.analysis.data.assignment, anonymous)
        try:
            report.write(self.analysis, path, anonymous)
        except CourseError as error:
            self.state.value = _CSS + notice_html(str(error))
        else:
            self._say(f"Written to {path}. It opens in any browser, and prints from there.")

    def _outdated(self) -> None:
        """Take away a report that no longer is what the controls say."""
        if self.analysis is not None:
            self.analysis, self.shown.value = None, ""
            self.write_button.disabled = True
            self._say("The choice has changed. Make the report again.")

    def _watch(self, things: Iterable[str], what: str, total: int) -> Iterator[str]:
        # The last step of a hundred is seen as well as every one of ten thousand.
        every = max(1, total // 100)
        for done, thing in enumerate(things):
            if done % every == 0:
                self._say(f"{what[:1].upper()}{what[1:]}: {done} of {total}", done, total)
            yield thing

    def _say(self, words: str, done: int = 0, total: int = 0) -> None:
        self.state.value = _CSS + _status(words, done, total)


def _status(words: str, done: int = 0, total: int = 0) -> str:
    said = f'<div role="status" style="min-height:1.6em">{escape(words)}</div>'
    if not total:
        return said
    return f'{said}<progress aria-label="Progress" max="{total}" value="{done}"></progress>'
