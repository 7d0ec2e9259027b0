"""The class report: what a class did not understand, and which items to mend.

``python -m trd.grading report ASSIGNMENT`` writes it as one HTML file; the notebook
``solutions/class_report.ipynb`` shows the same.
"""

from __future__ import annotations

import argparse
import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trd.grading.course import Course, CourseError

if TYPE_CHECKING:
    # Not at import: every command of trd.grading asks this module for its arguments.
    from trd.grading.report.analysis import Analysis
    from trd.grading.report.classdata import ClassData, Watch

__all__ = [
    "PASS_MARK",
    "as_file",
    "as_part",
    "class_report",
    "default_file",
    "report",
    "write",
]

#: Share of the points from which the suggested standard counts as met, unless the instructor sets
#: another. A teaching convention.
PASS_MARK = 0.8


def report(
    course: Course, assignment: str, watch: Watch | None = None, pass_mark: float = PASS_MARK
) -> Analysis:
    """Gather and compute the report of one assignment.

    Parameters
    ----------
    course : Course
        The class.
    assignment : str
        Its name.
    watch : callable, optional
        See :func:`trd.grading.report.classdata.gather`.
    pass_mark : float
        Share of the points the suggested standard asks for, 0 to 1.

    Raises
    ------
    CourseError
        If the assignment was never generated, or nothing of it is graded.
    """
    from trd.grading.report.analysis import analyse
    from trd.grading.report.classdata import gather

    try:
        data = gather(course, assignment, watch)
        if not data.graded:
            raise CourseError(_nothing(data))
    except CourseError as error:
        raise CourseError(f"{error}{_elsewhere(course, assignment)}") from error
    return analyse(data, pass_mark)


def _nothing(data: ClassData) -> str:
    name = data.assignment
    handed_in = sum(each.status != "not handed in" for each in data.trainees)
    grade = f"python -m trd.grading regrade {name}"
    if handed_in:
        return (
            f"Nothing of “{name}” is graded yet; {handed_in} handed in. Grade first, in a "
            f"terminal: {grade}"
        )
    return (
        f"Nothing of “{name}” has been collected yet. When trainees have handed in, run in a "
        f"terminal: nbgrader collect {name}, then: {grade}"
    )


def _elsewhere(course: Course, assignment: str) -> str:
    """Return how to look at the demonstration class, if there is one beside the class."""
    from trd.grading.demonstration.building import FOLDER, STAMP

    home = course.classroom.resolve().parent / FOLDER
    try:
        known = assignment in json.loads((home / STAMP).read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    if not known:
        return ""
    here = Path.cwd().resolve()
    shown = home.relative_to(here) if home.is_relative_to(here) else home
    return (
        "\nTo look at the demonstration class instead: "
        f"TRD_HOME={shlex.quote(str(shown))} python -m trd.grading report {assignment}"
    )


def as_file(analysis: Analysis, anonymous: bool = False) -> str:
    """Return the report as one self-contained HTML page: no script, nothing fetched.

    Parameters
    ----------
    analysis : Analysis
        From :func:`report`.
    anonymous : bool
        Whether everything that names a trainee is left out.
    """
    from trd.grading.report import page, sections

    body = sections.body(analysis, page.Layout(), anonymous)
    return page.whole(f"Class report: {analysis.data.assignment}", body)


def as_part(analysis: Analysis, anonymous: bool = False) -> str:
    """Return the report for inside a notebook, its headings below the notebook's own."""
    from trd.grading.report import page, sections

    return page.inline(sections.body(analysis, page.Layout(top=3, links=False), anonymous))


def default_file(course: Course, assignment: str, anonymous: bool = False) -> Path:
    """Return where a report is put if nothing else is said."""
    name = f"{assignment}-anonymous.html" if anonymous else f"{assignment}.html"
    return course.classroom.resolve() / "reports" / name


def write(analysis: Analysis, path: Path, anonymous: bool = False) -> Path:
    """Write the report to a file, whole or not at all.

    Raises
    ------
    CourseError
        If it cannot be written.
    """
    text = as_file(analysis, anonymous)
    half = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        half.write_text(text, encoding="utf-8")
        half.replace(path)
    except OSError as error:
        raise CourseError(
            f"The report cannot be written to {path}: {error.strerror}. Choose another place."
        ) from error
    return path


def class_report() -> Any:
    """Show the controls of the class report in a notebook."""
    from trd.grading.report.panel import panel

    return panel()


def add(commands: Any) -> None:
    """Add ``report`` to the command line."""
    one = commands.add_parser(
        "report",
        help="what the class did not understand, and which items to mend, as an HTML file",
        description=(
            "Write the class report of an assignment that is graded: completion, scores, items, "
            "reliability, objectives. One HTML file that opens anywhere and prints."
        ),
    )
    one.add_argument("assignment")
    one.add_argument("--to", type=Path, metavar="FILE.html", help="where to write it")
    one.add_argument(
        "--anonymous", action="store_true", help="leave out everything that names a trainee"
    )
    one.add_argument(
        "--pass-mark",
        type=_percent,
        default=PASS_MARK,
        metavar="PERCENT",
        help="points the suggested standard asks for (default: 80)",
    )
    one.set_defaults(run=_run)


def _percent(text: str) -> float:
    try:
        value = float(text.removesuffix("%"))
    except ValueError:
        value = -1
    if not 0 <= value <= 100:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0 to 100")
    return value / 100


def _run(options: argparse.Namespace) -> int:
    from trd.grading.progress import bar
    from trd.lab import say

    course = Course.load()
    analysis = report(course, options.assignment, bar, options.pass_mark)
    path = options.to or default_file(course, options.assignment, options.anonymous)
    written = write(analysis, path, options.anonymous)
    known = len(analysis.data.trainees)
    people = f"{known} trainees" if known != 1 else "1 trainee"
    if analysis.n != known:
        people = f"{analysis.n} of {people}"
    say(f"The report on {people} is in {written}")
    return 0
