"""The building blocks of the report's page. Everything that goes in is escaped here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

#: Tables of no more rows are not split between sheets of paper.
_SHORT = 20

CSS = """
.trd-report { font: 16px/1.5 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif;
  color: #1b1b1b; background: #fff; max-width: 60rem; box-sizing: border-box; }
.trd-report h1, .trd-report h2, .trd-report h3, .trd-report h4, .trd-report h5 {
  line-height: 1.25; margin: 1.6em 0 .4em; font-weight: 700; color: #1b1b1b; }
.trd-report .l1 { font-size: 28px; margin-top: 0; }
.trd-report .l2 { font-size: 22px; border-bottom: 2px solid #0b5c8a; padding-bottom: 4px; }
.trd-report .l3 { font-size: 18px; overflow-wrap: anywhere; }
.trd-report p { margin: .4em 0 .7em; max-width: 46rem; }
.trd-report .meaning { color: #383d42; font-style: italic; }
.trd-report .caution { border-left: 5px solid #7a4b00; background: #fff7e6; padding: 8px 14px;
  max-width: 45rem; }
.trd-report ul, .trd-report ol { max-width: 46rem; padding-left: 1.4em; margin: .4em 0 .8em; }
.trd-report li { margin: .35em 0; }
.trd-report a { color: #0b5c8a; text-decoration: underline; }
.trd-report .table { overflow-x: auto; margin: .6em 0 1em; }
.trd-report table { border-collapse: collapse; font-size: 15px; margin: 0; }
.trd-report caption { text-align: left; font-weight: 600; padding: 2px 0 4px; caption-side: top;
  color: #1b1b1b; }
.trd-report th, .trd-report td { text-align: left; vertical-align: top; padding: 4px 14px 4px 4px;
  border-bottom: 1px solid #c9ced3; font-weight: 400; white-space: normal; max-width: 24rem; }
.trd-report thead th { font-weight: 600; border-bottom: 2px solid #5a6068; vertical-align: bottom; }
.trd-report tr, .trd-report tbody tr:nth-child(odd) { background: transparent; }
.trd-report .n { text-align: right; font-variant-numeric: tabular-nums; }
.trd-report td.n { white-space: nowrap; }
.trd-report th:first-child { min-width: 8.5rem; }
.trd-report .picture { margin: .6em 0; }
.trd-report .picture img { max-width: 100%; height: auto; }
.trd-report .quiet { color: #4a5058; font-size: 14px; }
.trd-report .item { border-top: 1px solid #c9ced3; margin-top: 1.4em; }
.trd-report .tag { border: 1px solid #5a6068; border-radius: 4px; padding: 0 6px; font-size: 14px;
  font-weight: 400; white-space: nowrap; }
@media (max-width: 760px) {
  .trd-report th, .trd-report td { padding-right: 9px; }
}
.trd-report .picture .narrow { display: none; }
@media screen and (max-width: 560px) {
  .trd-report .picture .wide { display: none; }
  .trd-report .picture .narrow { display: block; width: 100%; }
}
@media print {
  .trd-report { max-width: none; font-size: 10pt; line-height: 1.4; orphans: 3; widows: 3; }
  .trd-report p, .trd-report ul, .trd-report ol { max-width: none; }
  .trd-report table, .trd-report .quiet { font-size: 9.5pt; }
  .trd-report th, .trd-report td { padding-top: 2px; padding-bottom: 2px; max-width: none; }
  .trd-report .l1 { font-size: 20pt; }
  .trd-report .l2 { font-size: 14pt; margin-top: 1.1em; }
  .trd-report .l3 { font-size: 11.5pt; }
  .trd-report .newpage { break-before: page; margin-top: 0; }
  .trd-report h2, .trd-report h3, .trd-report h4, .trd-report caption, .trd-report .meaning {
    break-after: avoid; }
  .trd-report tr, .trd-report .picture, .trd-report li, .trd-report .item,
  .trd-report .short, .trd-report .caution { break-inside: avoid; }
  .trd-report tbody tr:nth-child(-n+2) { break-after: avoid; }
  .trd-report tbody tr:nth-last-child(-n+2) { break-before: avoid; }
  .trd-report .table { overflow: visible; }
  .trd-report .picture img { max-width: 13.5cm; }
}
"""

_WHOLE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; \
style-src 'unsafe-inline'">
<title>{title}</title>
<style>
body {{ margin: 0; padding: 20px; background: #fff; }}
main {{ margin: 0 auto; }}
@media (max-width: 760px) {{ body {{ padding: 12px; }} }}
@media print {{ body {{ padding: 0; }} @page {{ margin: 16mm; }} }}
{css}</style>
</head>
<body>
<main class="trd-report">
{body}
</main>
</body>
</html>
"""


def whole(title: str, body: str) -> str:
    """Return a file that needs nothing else and may fetch nothing else."""
    return _WHOLE.format(title=escape(title), css=CSS, body=body)


def inline(body: str) -> str:
    """Return the same for inside another page."""
    return f'<style>{CSS}</style><div class="trd-report">{body}</div>'


class Layout:
    """Headings and links for where the report is shown.

    Parameters
    ----------
    top : int
        Level of the report's own title: 1 in a file of its own.
    links : bool
        Whether places on the page may be linked to. Inside JupyterLab they would move the Lab.
    """

    def __init__(self, top: int = 1, links: bool = True) -> None:
        self.top = top
        self.links = links

    def heading(
        self, depth: int, text: str, anchor: str = "", tag: str = "", new_page: bool = False
    ) -> str:
        """Return a heading; depth 1 is the title of the report."""
        level = min(6, self.top + depth - 1)
        place = f' id="{escape(anchor)}"' if anchor and self.links else ""
        label = f' <span class="tag">{escape(tag)}</span>' if tag else ""
        look = f"l{depth} newpage" if new_page else f"l{depth}"
        return f'<h{level} class="{look}"{place}>{escape(text)}{label}</h{level}>'

    def link(self, text: str, anchor: str) -> str:
        """Return words that lead to a place on the page."""
        if not self.links or not anchor:
            return escape(text)
        return f'<a href="#{escape(anchor)}">{escape(text)}</a>'

    def section(
        self, title: str, anchor: str, meaning: str, *pieces: str, new_page: bool = False
    ) -> str:
        """Return a section that begins with what it means for teaching.

        On paper it begins a new page if asked to.
        """
        head = self.heading(2, title, anchor, new_page=new_page)
        return "\n".join([head, f'<p class="meaning">{escape(meaning)}</p>', *filter(None, pieces)])


def paragraph(text: str, kind: str = "") -> str:
    """Return a paragraph."""
    return f'<p class="{kind}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def listing(items: Iterable[str], ordered: bool = False) -> str:
    """Return a list; its items are HTML already."""
    tag = "ol" if ordered else "ul"
    return f"<{tag}>" + "".join(f"<li>{item}</li>" for item in items) + f"</{tag}>"


def table(
    caption: str,
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    numbers: Iterable[int] = (),
    quiet: Iterable[int] = (),
) -> str:
    """Return a table.

    Parameters
    ----------
    caption : str
        What it shows.
    header : sequence of str
        Column names with their units.
    rows : iterable of sequence of str
        Cells; the first of a row is its name.
    numbers : iterable of int
        Columns that are set flush right.
    quiet : iterable of int
        Columns of remarks that must not draw the eye.
    """
    look = [""] * len(header)
    for columns, name in ((numbers, "n"), (quiet, "quiet")):
        for index in columns:
            if index < len(header):
                look[index] = f' class="{name}"'
    rows = list(rows)
    kind = "table short" if len(rows) <= _SHORT else "table"
    head = "".join(
        f'<th scope="col"{style}>{escape(cell)}</th>'
        for cell, style in zip(header, look, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f'<th scope="row"{style}>{escape(cell)}</th>'
            if index == 0
            else f"<td{style}>{escape(cell)}</td>"
            for index, (cell, style) in enumerate(zip(row, look, strict=True))
        )
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="{kind}" tabindex="0" role="group" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def percent(share: float | None) -> str:
    """Return a share from 0 to 1 as per cent."""
    return "–" if share is None else f"{100 * share:.0f}\N{NO-BREAK SPACE}%"


def tidy(text: str) -> str:
    """Keep every number and its per cent sign on one line."""
    return re.sub(r"(?<=\d) (?=%)", "\N{NO-BREAK SPACE}", text)


def number(value: float | None, digits: int = 2) -> str:
    """Return a number with a real minus sign, or a dash where there is none."""
    if value is None:
        return "–"
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")


def count(n: int, one: str, many: str = "") -> str:
    """Return a number with its noun."""
    return f"{n} {one if n == 1 else many or one + 's'}"


def points(n: float) -> str:
    """Return points with their noun."""
    return f"{n:g} point" if n == 1 else f"{n:g} points"


def duration(seconds: float | None) -> str:
    """Return a time in the unit a reader would use."""
    if seconds is None:
        return "–"
    if seconds < 90:
        return f"{seconds:.0f}\N{NO-BREAK SPACE}s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f}\N{NO-BREAK SPACE}min"
    if seconds < 48 * 3600:
        return f"{seconds / 3600:.0f}\N{NO-BREAK SPACE}h"
    return f"{seconds / 86400:.0f}\N{NO-BREAK SPACE}days"
