"""What a picture shows as stacked lines of words, for a screen too narrow for the picture."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

_STYLE = """<style>
.trd-stacked { display:none; list-style:none; margin:4px 0 8px; padding:0 !important; }
.trd-stacked li { border-top:1px solid #c9ced3; padding:5px 6px; margin:0; font-size:15px;
  line-height:1.35; }
.trd-stacked :is(span,strong) { display:block; }
.trd-stacked .chosen { border-left:5px solid #0072B2; background:#eaf3f8; color:#1b1b1b; }
.trd-stacked .more { font-size:14px; color:#4a4f55; }
@media (max-width:620px) {
  .trd-stacked { display:block; }
  .trd-pictured .trd-scroll { display:none; }
  .trd-panel .widget-html:has(.trd-stacked) { min-height:0 !important; }
}
</style>"""


@dataclass(frozen=True)
class Row:
    """One line of a picture in words.

    Attributes
    ----------
    label, below, says : str
        What it is, more about it, and its numbers.
    chosen : bool
        Whether the picture marks it.
    """

    label: str
    below: str
    says: str
    chosen: bool = False


def stacked(picture: str, rows: Iterable[Row], head: str = "") -> str:
    """Return a picture that gives way to lines of words on a narrow screen.

    Parameters
    ----------
    picture : str
        HTML with a figure.
    rows : iterable of Row
    head : str, optional
        What the numbers are, in words.
    """
    items = f"<li>{escape(head)}</li>" if head else ""
    items += "".join(
        f"<li{' class=chosen' if row.chosen else ''}>{escape(row.label)}"
        f'<span class="more">{escape(row.below)}</span><strong>{escape(row.says)}</strong></li>'
        for row in rows
    )
    return f'{_STYLE}<div class="trd-pictured">{picture}</div><ul class="trd-stacked">{items}</ul>'
