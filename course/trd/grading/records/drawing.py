"""What a record looks like, as a page and as a PDF; a pure function of its content."""

from __future__ import annotations

import importlib.util
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

TITLE = "Record of work handed in"
#: What no record may leave out.
FRAME = "Formative education: not CME, not a licence; certifies no skill."
UNREVIEWED = "Not yet clinically reviewed"
#: Stands where there is nothing to count: work that was not handed in has not earned 0 points.
NONE = "–"
#: The name of the element of a page that programs read.
META = "trd-record"

_STYLE = """
:root { color-scheme: light; }
body { margin: 0; background: #fff; color: #1c2530;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 42rem; margin: 0 auto; padding: 2rem 1.25rem 3rem; }
header { border-bottom: 3px solid #0b5c8a; padding-bottom: 1rem; }
.course, .small { color: #47525e; font-size: 0.9rem; margin: 0; }
footer .small { margin-top: 0.5rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0.2rem 0 1.1rem; }
.who { font-size: 1.35rem; font-weight: 600; margin: 0; overflow-wrap: anywhere; }
.status { border-left: 5px solid #47525e; background: #f3f5f7; margin: 1.4rem 0;
  padding: 0.7rem 1rem; }
.status strong { display: block; text-wrap: balance; }
.status p { margin: 0.15rem 0 0; }
.status .standard { margin-top: 0.6rem; }
h2 { font-size: 1.15rem; line-height: 1.3; margin: 2rem 0 0.3rem; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: 12.5rem 1fr; gap: 0.15rem 1rem;
  margin: 0.5rem 0 0.9rem; }
dt { color: #47525e; }
dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 600; }
td, th { border-top: 1px solid #c9d0d7; padding: 0.4rem 0.6rem 0.4rem 0; vertical-align: top;
  overflow-wrap: anywhere; }
td:last-child, th:last-child { text-align: right; padding-right: 0;
  white-space: nowrap; width: 1%; }
tfoot td { font-weight: 600; }
footer { border-top: 3px solid #0b5c8a; margin-top: 2.2rem; padding-top: 0.9rem; }
.frame { font-weight: 600; }
.code { font: 600 1.15rem/1.5 ui-monospace, "DejaVu Sans Mono", monospace; margin: 0.1rem 0 0.5rem;
  letter-spacing: 0.03em; }
@media (max-width: 30rem) {
  main { padding-top: 1.2rem; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: 0.4rem; }
  .code { font-size: 1rem; }
}
@media print {
  body { font-size: 10pt; line-height: 1.4; }
  h1 { margin-bottom: 0.7rem; }
  h2, .status { margin: 1rem 0; }
  h2, footer { margin-top: 1.1rem; margin-bottom: 0.3rem; }
  main { max-width: none; padding: 0; }
  section, footer, .status { break-inside: avoid; }
  h2 { break-after: avoid; }
  .status { border: 1px solid #47525e; border-left-width: 5px; }
}
@page { margin: 18mm; }
"""


@dataclass(frozen=True)
class _Section:
    """One assignment as it is shown: heading, facts, and the lines of its table."""

    title: str
    facts: tuple[tuple[str, str], ...]
    cases: tuple[tuple[str, str], ...]
    total: tuple[str, str]


def grouped(code: str) -> str:
    """Return a code in groups that can be read out: ``"7K3M-…"``."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def number(value: float) -> str:
    """Return points as people write them: ``"7.5"``, ``"8"``."""
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def _amount(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def day(text: str) -> str:
    """Return a moment in ISO 8601 as a date: ``"3 May 2026"``."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{moment.day} {moment:%B %Y}"


def of_points(points: float, maximum: float) -> str:
    """Return a score in words: ``"7.5 of 12 points"``."""
    return f"{number(points)} of {_points(number(maximum))}"


def _points(amount: str) -> str:
    return f"{amount} {'point' if amount == '1' else 'points'}"


def is_all_marked(content: Mapping[str, Any]) -> bool:
    """Whether all that the class has set was handed in and marked."""
    modules = content["modules"]
    return bool(modules) and len(_marked(modules)) == len(modules)


def _marked(modules: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [each for each in modules if each["state"] == "graded" and not each["waiting"]]


def _graded(content: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for each in content["modules"] if each["state"] == "graded"]


def status(content: Mapping[str, Any]) -> list[str]:
    """Return the facts of the heading, a line each: what was and was not handed in and marked."""
    modules = content["modules"]
    if not modules:
        return ["This class has set no work yet."]
    lines = [
        f"Handed in and marked: {len(_marked(modules))} of {_amount(len(modules), 'assignment')}. "
        f"Questions answered: {_answered(content)}."
    ]
    waiting = sum(module["waiting"] for module in modules)
    lists = (
        ("Not handed in", [each for each in modules if each["state"] == "missing"]),
        ("Handed in late", [each for each in modules if each.get("late")]),
        ("Handed in but not graded", [each for each in modules if each["state"] == "ungraded"]),
    )
    for words, chosen in lists:
        if chosen:
            lines.append(f"{words}: {', '.join('“' + each['title'] + '”' for each in chosen)}.")
    if waiting:
        lines.append(f"Not yet marked: {_amount(waiting, 'answer')}.")
    return lines


def _answered(content: Mapping[str, Any]) -> str:
    answered = content.get("answered")
    if not answered:
        return NONE
    some = any(module["state"] == "missing" for module in content["modules"])
    end = " in what was handed in" if some else ""
    return f"{answered['count']} of {answered['of']}{end}"


def standard(content: Mapping[str, Any]) -> list[str]:
    """Return what is said about the suggested standard, if anything: the fact, and what it is."""
    about = content.get("standard")
    if not about:
        return []
    points = f"{about['percent']} % of points"
    critical = any(module["safety"]["of"] for module in content["modules"])
    rule = f"all safety-critical items right and {points}" if critical else points
    return [
        f"The course’s suggested standard ({rule}): {about['state']}.",
        "This standard is a teaching convention that the instructor sets.",
    ]


def _sections(content: Mapping[str, Any]) -> Iterator[_Section]:
    for module in content["modules"]:
        facts = [
            ("Assignment", module["assignment"]),
            ("Work", _state(module)),
            ("Review", module["review"]),
        ]
        if module["handed_in"]:
            late = ", late" if module.get("late") else ""
            facts.insert(2, ("Handed in", day(module["handed_in"]) + late))
        if "answered" in module:
            count = module["answered"]
            told = NONE if count is None else f"{count} of {module['questions']}"
            facts.append(("Questions answered", told))
        if module["safety"]["of"]:
            facts.append(("Safety-critical items", _safety(module)))
        if module["penalty"]:
            taken = number(module["penalty"])
            facts.append(("For being late", f"{_points(taken)} taken off"))
        graded = module["state"] == "graded"
        cases = tuple((case["title"], _case(case) if graded else NONE) for case in module["cases"])
        total = of_points(module["points"], module["maximum"]) if graded else NONE
        total += " so far" if graded and module["waiting"] else ""
        words = "Together, less what was taken off" if module["penalty"] else "Together"
        yield _Section(module["title"], tuple(facts), cases, (words, total))


def _state(module: Mapping[str, Any]) -> str:
    if module["state"] == "missing":
        return "Not handed in"
    if module["state"] == "ungraded":
        return "Handed in, not graded"
    if module["waiting"]:
        points = f"worth {_points(number(module['waiting_points']))}"
        return f"Handed in; {_amount(module['waiting'], 'answer')} ({points}) not yet marked"
    return "Handed in and marked"


def module_line(module: Mapping[str, Any]) -> str:
    """Return how far one assignment is, on one line."""
    text = _state(module).lower()
    if module["state"] == "graded":
        text += f"; {of_points(module['points'], module['maximum'])}"
    return text


def _safety(module: Mapping[str, Any]) -> str:
    safety = module["safety"]
    if module["state"] != "graded":
        return NONE
    return f"{safety['right']} of {safety['of']} right"


def _case(case: Mapping[str, Any]) -> str:
    text = f"{number(case['points'])} of {number(case['maximum'])}"
    return f"{text} so far" if case["waiting"] else text


def summary(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what graded work has earned together: names and values."""
    graded, safety = _graded(content), content["safety"]
    critical = any(module["safety"]["of"] for module in content["modules"])
    if not graded:
        facts = [("Points", NONE)]
        return [*facts, ("Safety-critical items", NONE)] if critical else facts
    total = of_points(content["points"], content["maximum"])
    total += " so far" if any(module["waiting"] for module in graded) else ""
    if len(graded) < len(content["modules"]):
        total += f", in {len(graded)} of {len(content['modules'])} assignments"
    facts = [("Points", total)]
    if safety["of"]:
        facts.append(("Safety-critical items", f"{safety['right']} of {safety['of']} right"))
    return facts


def _closing(content: Mapping[str, Any]) -> list[str]:
    course = content["course"]
    lessons = {each["lesson"] for each in _graded(content) if each["minutes"]}
    length = (
        f"The {'lesson is' if len(lessons) == 1 else 'lessons are'} written for about "
        f"{content['minutes']} minutes; time was not measured and no hours are credited."
    )
    return [
        *([length] if lessons else []),
        "Points are those in the class’s gradebook on the date above. "
        "The cases are worked on without supervision.",
        f"Course “{course['id']}”, version {course['version']}.",
    ]


CHECKING = (
    "Only the instructor of this class can check this code, with the class’s own key: "
    "python -m trd.grading verify, followed by the code."
)


def page(content: Mapping[str, Any], code: str) -> str:
    """Return a record as a self-contained page without scripts.

    Parameters
    ----------
    content : mapping
        As :func:`trd.grading.records.issuing.contents` makes it.
    code : str
        Its verification code.
    """
    machine = json.dumps({"code": code, "record": content}, sort_keys=True)
    name, student = content["trainee"]["name"], content["trainee"]["id"]
    first, *rest = status(content)
    band = "".join(f"<p>{escape(line)}</p>" for line in rest)
    if told := standard(content):
        band += f"<p class='standard'>{escape(told[0])}</p><p class='small'>{escape(told[1])}</p>"
    sections = "".join(
        f"<section><h2>{escape(section.title)}</h2>\n{_dl(section.facts)}\n"
        "<table><thead><tr><th scope='col'>Case</th><th scope='col'>Points</th></tr></thead><tbody>"
        + "".join(
            f"<tr><td>{escape(title)}</td><td>{escape(points)}</td></tr>\n"
            for title, points in section.cases
        )
        + f"</tbody><tfoot><tr><td>{escape(section.total[0])}</td>"
        f"<td>{escape(section.total[1])}</td></tr></tfoot>"
        "</table></section>\n"
        for section in _sections(content)
    )
    closing = "".join(f"<p class='small'>{escape(text)}</p>\n" for text in _closing(content))
    return (
        "<!DOCTYPE html>\n<html lang='en-GB'>\n<head>\n<meta charset='utf-8'>\n"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>\n"
        "<meta http-equiv='Content-Security-Policy' "
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<meta name='{META}' content='{escape(machine)}'>\n"
        f"<title>{TITLE}: {escape(name or student)}</title>\n"
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<header><p class='course'>{escape(content['course']['title'])}</p>\n"
        f"<h1>{TITLE}</h1>\n"
        f"<p class='who'><bdi>{escape(name or student)}</bdi></p>\n"
        f"<p class='small'>Trainee <bdi>{escape(student)}</bdi></p>\n"
        f"<p class='small'>Issued on {escape(day(content['issued']))}</p></header>\n"
        f"<div class='status'><strong>{escape(first)}</strong>{band}</div>\n"
        f"{_dl(summary(content))}\n{sections}"
        f"<footer><p class='frame'>{escape(FRAME)}</p>\n{closing}"
        f"<p class='small'>Verification code</p>\n<p class='code'>{grouped(code)}</p>\n"
        f"<p class='small'>{escape(CHECKING)}</p></footer>\n</main>\n</body>\n</html>\n"
    )


def _dl(facts: Any) -> str:
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>\n" for name, text in facts)
    return f"<dl>{rows}</dl>"


def pdf(content: Mapping[str, Any], code: str) -> bytes:
    """Return a record as an A4 document.

    Parameters
    ----------
    content : mapping
        As :func:`trd.grading.records.issuing.contents` makes it.
    code : str
        Its verification code.
    """
    return _Document(content, code).bytes()


_INK, _GREY, _BLUE, _PALE = (28, 37, 48), (71, 82, 94), (11, 92, 138), (243, 245, 247)
#: Stands for a letter that the fonts of the PDF do not have.
_LACKING = "▯"


def _fonts() -> Path:
    """Return the folder of the DejaVu fonts that come with matplotlib, without importing it."""
    found = importlib.util.find_spec("matplotlib")
    places = list(found.submodule_search_locations or []) if found else []
    if not places:
        raise FileNotFoundError("matplotlib, whose fonts the PDF uses, is not installed")
    return Path(places[0]) / "mpl-data" / "fonts" / "ttf"


class _Document:
    """A record on paper: A4, 20 mm margins, text that can be selected and searched."""

    def __init__(self, content: Mapping[str, Any], code: str) -> None:
        from fpdf import FPDF

        # It tells at length which parts of a font it leaves out.
        logging.getLogger("fontTools").setLevel(logging.ERROR)

        class Paper(FPDF):
            def footer(self) -> None:
                self.set_y(-15)
                self.set_font("DejaVu", size=8)
                self.set_text_color(*_GREY)
                self.cell(0, 5, f"{FRAME}  ·  {grouped(code)}  ·  {self.page_no()}/{{nb}}")

        self.content, self.code = content, code
        self.lacking = False
        self.paper = Paper(format="A4")
        self.paper.set_margin(20)
        self.paper.set_auto_page_break(True, 24)
        for style, file in (("", "DejaVuSans"), ("B", "DejaVuSans-Bold")):
            self.paper.add_font("DejaVu", style, _fonts() / f"{file}.ttf")
        self.paper.add_font("Mono", "", _fonts() / "DejaVuSansMono-Bold.ttf")
        self.paper.set_lang("en-GB")
        self.paper.set_creation_date(datetime.fromisoformat(content["issued"]))
        self.paper.set_title(TITLE)
        self.paper.set_subject(FRAME)
        self.paper.add_page()
        self._head()
        for section in _sections(content):
            self._section(section)
        self._foot()

    def bytes(self) -> bytes:
        return bytes(self.paper.output())

    def _shown(self, text: str) -> str:
        cmap = self.paper.fonts["dejavu"].cmap  # type: ignore[union-attr]
        shown = "".join(c if c in "\n " or ord(c) in cmap else _LACKING for c in text)
        self.lacking = self.lacking or shown != text
        return shown

    def _text(
        self,
        text: str,
        size: float = 10,
        *,
        bold: bool = False,
        colour: tuple[int, int, int] = _INK,
        fill: bool = False,
        above: float = 0,
    ) -> None:
        self.paper.set_font("DejaVu", "B" if bold else "", size)
        self.paper.set_text_color(*colour)
        if above:
            self.paper.cell(0, above, "", fill=fill, new_x="LMARGIN", new_y="NEXT")
        self.paper.multi_cell(
            0, size * 0.5, self._shown(text), align="L", fill=fill, new_x="LMARGIN", new_y="NEXT"
        )

    def _rule(self) -> None:
        self.paper.ln(2.5)
        self.paper.set_draw_color(*_BLUE)
        self.paper.set_line_width(0.8)
        self.paper.line(20, self.paper.get_y(), 190, self.paper.get_y())
        self.paper.ln(4)

    def _head(self) -> None:
        content = self.content
        name, student = content["trainee"]["name"], content["trainee"]["id"]
        self._text(content["course"]["title"], 9, colour=_GREY)
        self.paper.ln(1)
        self._text(TITLE, 20, bold=True)
        self.paper.ln(4)
        self._text(name or student, 14, bold=True)
        self.paper.ln(0.5)
        self._text(f"Trainee {student}", 9, colour=_GREY)
        self._text(f"Issued on {day(content['issued'])}", 9, colour=_GREY)
        self._rule()
        self._band()
        self.paper.ln(3)
        self._facts(summary(content))

    def _band(self) -> None:
        self.paper.set_fill_color(*_PALE)
        first, *rest = status(self.content)
        told = standard(self.content)
        top = self.paper.get_y()
        # Left of the text; the bar is drawn when it is known how long it is.
        self.paper.set_left_margin(24)
        self.paper.set_x(24)
        self._text(first, 10.5, bold=True, fill=True, above=1.5)
        for line in rest:
            self._text(line, 10, fill=True, above=0.5)
        for line, size, colour in zip(told, (10, 8.5), (_INK, _GREY), strict=False):
            self._text(line, size, fill=True, colour=colour, above=1)
        self._text("", 3, fill=True)
        self.paper.set_left_margin(20)
        self.paper.set_fill_color(*_GREY)
        self.paper.rect(20, top, 1.2, self.paper.get_y() - top, style="F")
        self.paper.set_fill_color(*_PALE)
        self.paper.rect(21.2, top, 2.8, self.paper.get_y() - top, style="F")
        self.paper.set_x(20)

    def _facts(self, facts: Any) -> None:
        for name, text in facts:
            top = self.paper.get_y()
            if top > 265:
                self.paper.add_page()
                top = self.paper.get_y()
            self.paper.set_font("DejaVu", "", 10)
            self.paper.set_text_color(*_GREY)
            self.paper.multi_cell(50, 5.2, self._shown(name), align="L", new_x="RIGHT", new_y="TOP")
            self.paper.set_text_color(*_INK)
            self.paper.set_xy(72, top)
            self.paper.multi_cell(
                118, 5.2, self._shown(text), align="L", new_x="LMARGIN", new_y="NEXT"
            )

    def _section(self, section: _Section) -> None:
        if self.paper.get_y() + 30 + 7 * len(section.cases) > 270:
            self.paper.add_page()
        self.paper.ln(6)
        self._text(section.title, 12.5, bold=True)
        self.paper.ln(1.5)
        self._facts(section.facts)
        self.paper.ln(2)
        self.paper.set_draw_color(201, 208, 215)
        self.paper.set_line_width(0.2)
        rows = [("Case", "Points"), *section.cases, section.total]
        self.paper.set_font("DejaVu", "", 10)
        with self.paper.table(
            col_widths=(125, 45),
            text_align=("LEFT", "RIGHT"),
            borders_layout="HORIZONTAL_LINES",
            line_height=5.2,
            padding=(1, 0, 1, 0),
        ) as table:
            for place, (title, points) in enumerate(rows):
                self.paper.set_font("DejaVu", "B" if place in (0, len(rows) - 1) else "", 10)
                row = table.row()
                row.cell(self._shown(title))
                row.cell(self._shown(points))

    def _foot(self) -> None:
        if self.paper.get_y() > 215:
            self.paper.add_page()
        self.paper.ln(5)
        self._rule()
        self._text(FRAME, 10.5, bold=True)
        self.paper.ln(2)
        closing = _closing(self.content)
        if self.lacking:
            closing.append(
                f"{_LACKING} stands for a letter that this document’s fonts do not have; the same "
                "record as a web page shows it."
            )
        for text in closing:
            self._text(text, 9, colour=_GREY)
            self.paper.ln(1)
        self.paper.ln(2)
        self._text("Verification code", 9, colour=_GREY)
        self.paper.set_font("Mono", "", 13)
        self.paper.set_text_color(*_INK)
        self.paper.cell(0, 8, grouped(self.code), new_x="LMARGIN", new_y="NEXT")
        self._text(CHECKING, 9, colour=_GREY)
