"""Drill sheets and logbook: as a page that prints, and as a preview with a button to save it."""

from __future__ import annotations

from html import escape

from trd.monitoring.drill_sheets import COPIES, LOGBOOK, Block, Section, Sheet
from trd.monitoring.evidence import evidence_rows
from trd.panel import paper
from trd.panel.backed import line
from trd.panel.views import Table, View

_ORIGIN = "From lesson 4 of the course on ketamine for treatment-resistant depression."

#: Of a sheet, on paper; the preview in the lesson takes the same rules, inside its own frame only.
_STYLE = """
.trd-sheet { color:#1c2530; background:#fff; font:16px/1.45 system-ui, -apple-system, "Segoe UI",
  Roboto, "DejaVu Sans", sans-serif; overflow-wrap:break-word; }
.trd-sheet :is(h1,h2) { margin:0; line-height:1.25; color:#1c2530; }
.trd-sheet h1 { font-size:1.6em; }
.trd-sheet h2 { font-size:1.2em; margin:1.5em 0 0.4em; padding-top:0.3em;
  border-top:2px solid #0b5c8a; }
.trd-sheet p { margin:0.4em 0; }
.trd-sheet .sub { color:#47525e; }
.trd-sheet .note { border:1px solid #47525e; border-left-width:5px; padding:0.5em 0.8em;
  margin:0.6em 0; }
.trd-sheet ul { margin:0.3em 0; padding-left:1.3em; }
.trd-sheet .cap { font-weight:600; margin:0.9em 0 0.2em; }
.trd-sheet .ticks { list-style:none; padding:0; }
.trd-sheet .ticks li { position:relative; padding-left:1.7em; margin:0.35em 0; }
.trd-sheet .ticks li::before { content:""; position:absolute; left:0; top:0.2em; width:0.85em;
  height:0.85em; border:1.5px solid #1c2530; }
.trd-sheet .wide { overflow-x:auto; }
.trd-sheet table { border-collapse:collapse; width:100%; margin:0.3em 0 0.8em; font-size:0.92em; }
.trd-sheet caption { text-align:left; font-weight:600; padding:0.5em 0 0.2em; }
.trd-sheet :is(th,td) { border:1px solid #7d8894; padding:0.3em 0.5em; text-align:left;
  vertical-align:top; font-weight:400; }
.trd-sheet thead th { background:#eef1f4; font-weight:600; }
.trd-sheet td.blank { min-width:4.5em; height:2.1em; }
.trd-sheet .line { border-bottom:1px solid #7d8894; height:2em; }
.trd-sheet a { color:#0b5c8a; }
.trd-sheet .trd-small { color:#47525e; font-size:0.92em; }
"""

_PAPER = """
@media print {
  .trd-sheet { font-size:10.5pt; }
  .trd-sheet .wide { overflow:visible; }
  .trd-sheet .page { break-before:page; }
  .trd-sheet h2 { break-after:avoid; }
  .trd-sheet :is(.wide,tr,.note,li,.ask) { break-inside:avoid; }
  .trd-sheet caption { break-after:avoid; }
  .trd-sheet a { color:inherit; text-decoration:none; }
}
"""

_SCREEN = """
.trd-paper { max-height:520px; overflow:auto; border:1px solid #7d8894; border-radius:6px;
  padding:14px 18px; background:#fff; }
.trd-paper:focus-visible { outline:3px solid #f2a900; }
.trd-paper .trd-sheet { font-size:14px; }
.trd-panel .trd-where { margin:4px 0 8px; font-size:14px; }
"""
#: The rules of a sheet for the preview: no other part of the lesson may take them for its own.
_PREVIEW = _STYLE.replace(".trd-sheet", ".trd-paper .trd-sheet")


def _widths(block: Block) -> str:
    """Return the columns' widths: what is to be written on needs room, short words little."""
    columns = list(zip(*block.rows, strict=True))
    heads = block.header or ("",) * len(columns)
    room = [
        _BLANK if not any(cells) else max(_LEAST, min(_MOST, max(map(len, (head, *cells)))))
        for head, cells in zip(heads, columns, strict=True)
    ]
    if room.count(_BLANK) == 1:
        room = [2 * each if each == _BLANK else each for each in room]
    shares = (f'<col style="width:{100 * each / sum(room):.0f}%">' for each in room)
    return f"<colgroup>{''.join(shares)}</colgroup>"


#: Letters that a column has room for: at least, at most, and one that is left blank.
_LEAST, _MOST, _BLANK = 7, 46, 14


def _cell(text: str, heading: bool) -> str:
    text = text.replace(" %", "\N{NO-BREAK SPACE}%")
    if not text:
        return '<td class="blank"></td>'
    return f'<th scope="row">{escape(text)}</th>' if heading else f"<td>{escape(text)}</td>"


def _table(block: Block) -> str:
    cells = "".join(f'<th scope="col">{escape(each)}</th>' for each in block.header)
    head = f"<thead><tr>{cells}</tr></thead>" if cells else ""
    name = f"<caption>{escape(block.text)}</caption>" if block.text else ""
    rows = "".join(
        f"<tr>{''.join(_cell(text, not place) for place, text in enumerate(row))}</tr>"
        for row in block.rows
    )
    return (
        f'<div class="wide"><table>{name}{_widths(block)}{head}<tbody>{rows}</tbody></table></div>'
    )


def _block(block: Block) -> str:
    if block.kind == "table":
        return _table(block)
    if block.kind == "ticks":
        head = f'<p class="cap">{escape(block.text)}</p>' if block.text else ""
        items = "".join(f"<li>{escape(each)}</li>" for each in block.items)
        return f'{head}<ul class="ticks">{items}</ul>'
    if block.kind == "facts":
        known = evidence_rows()
        return f"<ul>{''.join(f'<li>{line(known[each])}</li>' for each in block.items)}</ul>"
    if block.kind == "lines":
        rules = '<div class="line"></div>' * block.count
        return f'<div class="ask"><p class="cap">{escape(block.text)}</p>{rules}</div>'
    return f'<p class="{"note" if block.kind == "note" else "words"}">{escape(block.text)}</p>'


def _section(section: Section) -> str:
    where = ' class="page"' if section.new_page else ""
    blocks = "".join(map(_block, section.blocks))
    return f"<section{where}><h2>{escape(section.heading)}</h2>{blocks}</section>"


def body(sheet: Sheet) -> str:
    """Return a sheet as HTML, without its style."""
    copy = "" if sheet.key == LOGBOOK else f"Copy for {COPIES[sheet.copy]}. "
    return (
        f'<article class="trd-sheet" lang="en-GB"><h1>{escape(sheet.title)}</h1>'
        f'<p class="sub">{escape(copy)}{escape(sheet.subtitle)}</p>'
        f'<p class="note">{escape(sheet.notice)}</p>'
        f"{''.join(map(_section, sheet.sections))}"
        f'<p class="note">{escape(sheet.notice)}</p><p class="sub">{_ORIGIN}</p></article>'
    )


def page(sheet: Sheet) -> str:
    """Return a sheet as a page of its own: no scripts, nothing to load, ready to print."""
    return paper.page(sheet.title, body(sheet), _STYLE + _PAPER)


class DrillSheetView(View[Sheet]):
    """A button that saves the page, and what is on it."""

    height_px = 600

    def html(self, result: Sheet) -> str:
        """Return the button and the preview."""
        return (
            f"{paper.SAVE_CSS}<style>{_PREVIEW}{_SCREEN}</style><p>"
            + paper.save_button(f"Save “{result.title}” to print", result.file_name, page(result))
            + "</p>"
            f'<p class="trd-where">The button saves <strong>{result.file_name}</strong>: look in '
            "your browser’s downloads folder, unless it asked you where to. Open the file "
            "there; it prints from any browser.</p>"
            f'<div class="trd-paper" tabindex="0" role="region" '
            f'aria-label="Preview: {escape(result.title)}">{body(result)}</div>'
        )

    def describe(self, result: Sheet) -> str:
        """Return what the sheet holds."""
        *parts, last = (each.heading.rstrip("?").lower() for each in result.sections)
        who = "" if result.key == LOGBOOK else f" for {COPIES[result.copy].split(':')[0]}"
        return f"{result.title}{who}: {'; '.join(parts)}; {last}. The saved page needs no network."

    def table(self, result: Sheet) -> Table:
        """Return the contents."""
        return Table(
            caption=f"Contents of “{result.title}”",
            header=("Section", "Begins a new page", "To fill in"),
            rows=[
                (each.heading, "yes" if each.new_page else "no", str(_blanks(each)))
                for each in result.sections
            ],
        )


def _blanks(section: Section) -> int:
    """Count what there is to write on: empty cells, lines and boxes to tick."""
    return sum(
        sum(not cell for row in each.rows for cell in row)
        + each.count
        + (len(each.items) if each.kind == "ticks" else 0)
        for each in section.blocks
    )
