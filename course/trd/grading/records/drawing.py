"""What a completion record looks like, as a page and as a PDF; a pure function of its content."""

from __future__ import annotations

import importlib.util
import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

#: What no record may leave out.
FRAME = "Formative education: not CME, not a licence; certifies no skill."
UNREVIEWED = "Not yet clinically reviewed"
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
.status strong { display: block; }
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
    return f"{number(points)} of {number(maximum)} {'point' if maximum == 1 else 'points'}"


def status(content: Mapping[str, Any]) -> tuple[str, str]:
    """Return in a few words and in a sentence what was and was not finished."""
    if content["complete"]:
        return "Complete", "Everything that this class has set so far was handed in and marked."
    missing = [
        f"“{module['title']}”" for module in content["modules"] if module["state"] == "missing"
    ]
    ungraded = [
        f"“{module['title']}”" for module in content["modules"] if module["state"] == "ungraded"
    ]
    waiting = sum(module["waiting"] for module in content["modules"])
    parts = []
    if missing:
        parts.append(f"not handed in: {', '.join(missing)}")
    if ungraded:
        parts.append(f"handed in but not graded: {', '.join(ungraded)}")
    if waiting:
        parts.append(f"{_amount(waiting, 'answer')} not yet marked")
    if not content["modules"]:
        parts.append("this class has set no work yet")
    text = ". ".join(parts)
    return "Not complete", text[:1].upper() + text[1:] + "."


def _sections(content: Mapping[str, Any]) -> Iterator[_Section]:
    for module in content["modules"]:
        facts = [
            ("Assignment", module["assignment"]),
            ("Work", _state(module)),
            ("Review", module["review"]),
        ]
        if module["handed_in"]:
            facts.insert(2, ("Handed in", day(module["handed_in"])))
        if module["minutes"]:
            extra = (
                f" (and {module['explore_minutes']} optional)"
                if (module["explore_minutes"])
                else ""
            )
            facts.append(("Length of the lesson", f"{module['minutes']} minutes{extra}, as stated"))
        if module["safety"]["of"]:
            facts.append(("Safety-critical items", _safety(module)))
        if module["penalty"]:
            taken = number(module["penalty"])
            facts.append(("Late", f"{taken} {'point' if taken == '1' else 'points'} taken off"))
        graded = module["state"] == "graded"
        cases = tuple((case["title"], _case(case) if graded else "–") for case in module["cases"])
        total = of_points(module["points"], module["maximum"]) if graded else "–"
        total += " so far" if graded and module["waiting"] else ""
        words = "Together, less what was taken off" if module["penalty"] else "Together"
        yield _Section(module["title"], tuple(facts), cases, (words, total))


def _state(module: Mapping[str, Any]) -> str:
    if module["state"] == "missing":
        return "Not handed in"
    if module["state"] == "ungraded":
        return "Handed in, not graded"
    if module["waiting"]:
        points = f"worth {number(module['waiting_points'])} points"
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
        return f"{safety['of']}, not marked"
    return f"{safety['right']} of {safety['of']} right"


def _case(case: Mapping[str, Any]) -> str:
    text = f"{number(case['points'])} of {number(case['maximum'])}"
    return f"{text} so far" if case["waiting"] else text


def _summary(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    safety = content["safety"]
    so_far = "" if content["complete"] else " so far"
    facts = [("Total", of_points(content["points"], content["maximum"]) + so_far)]
    if safety["of"]:
        facts.append(
            ("Safety-critical items", f"{safety['right']} of {safety['of']} right{so_far}")
        )
    if content["minutes"]:
        hours = f"{number(content['minutes'] / 60)} h, as the lessons state"
        facts.append(("Lessons with graded work", f"{hours}; time spent is not measured"))
    return facts


def _closing(content: Mapping[str, Any]) -> list[str]:
    course = content["course"]
    return [
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
    short, sentence = status(content)
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
        f"<title>Completion record: {escape(name or student)}</title>\n"
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<header><p class='course'>{escape(content['course']['title'])}</p>\n"
        "<h1>Completion record</h1>\n"
        f"<p class='who'><bdi>{escape(name or student)}</bdi></p>\n"
        f"<p class='small'>Trainee <bdi>{escape(student)}</bdi></p>\n"
        f"<p class='small'>Issued on {escape(day(content['issued']))}</p></header>\n"
        f"<div class='status'><strong>{escape(short)}</strong>{escape(sentence)}</div>\n"
        f"{_dl(_summary(content))}\n{sections}"
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
        self.paper.set_title("Completion record")
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
    ) -> None:
        self.paper.set_font("DejaVu", "B" if bold else "", size)
        self.paper.set_text_color(*colour)
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
        self._text("Completion record", 20, bold=True)
        self.paper.ln(4)
        self._text(name or student, 14, bold=True)
        self.paper.ln(0.5)
        self._text(f"Trainee {student}", 9, colour=_GREY)
        self._text(f"Issued on {day(content['issued'])}", 9, colour=_GREY)
        self._rule()
        short, sentence = status(content)
        self.paper.set_fill_color(*_PALE)
        self._text(f" {short}", 11, bold=True, fill=True)
        self._text(f" {sentence}", 10, fill=True)
        self.paper.ln(3)
        self._facts(_summary(content))

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
