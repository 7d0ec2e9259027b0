"""The pictures of the class report: SVG, each with its message in words as alternative text."""

from __future__ import annotations

import base64
import io
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from trd.panel.views import BLUE, GREY, INK, ORANGE, STYLE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Pixels of the page per inch of a figure. At 100, 11 pt in the figure are 11.5 pt on the page.
_PX = 100
_WIDTH_IN = 6.4
#: On a phone a picture drawn for a desk would have letters too small to read, so there is a second
#: one of the width of a phone.
_PHONE_IN = 3.7
#: Longer labels would leave no room for the bars.
_LABEL = 34
#: Letters of a title that fit beside each other in a phone's picture.
_TITLE = 32


@dataclass(frozen=True)
class Bar:
    """One bar of :func:`bars`.

    Attributes
    ----------
    label : str
        What it stands for.
    share : float
        Its length, 0 to 1.
    flagged : bool
        Whether it is drawn to be noticed.
    note : str
        A word or two beside its value.
    """

    label: str
    share: float
    flagged: bool = False
    note: str = ""


def histogram(counts: Sequence[int], pass_mark: float, title: str, alt: str) -> str:
    """Return a histogram of scores.

    Parameters
    ----------
    counts : sequence of int
        Trainees in bands of equal width from 0 to 100 %.
    pass_mark : float
        Where a line is drawn, 0 to 1.
    title, alt : str
        The message, and the picture in words.
    """
    return _image(lambda phone: _histogram(counts, pass_mark, title, phone), alt)


def _histogram(counts: Sequence[int], pass_mark: float, title: str, phone: bool) -> Figure:
    from matplotlib.ticker import MaxNLocator

    figure = _figure(3.2, phone)
    axes = figure.subplots()
    width = 100 / len(counts)
    lefts = [index * width for index in range(len(counts))]
    drawn = axes.bar(lefts, counts, width, align="edge", color=BLUE, edgecolor="white")
    axes.bar_label(drawn, [str(n) if n else "" for n in counts], padding=2)
    tallest = max([*counts, 1])
    axes.set(xlim=(0, 100), ylim=(0, tallest * 1.32), xlabel="Score (% of points)")
    axes.set_ylabel("Trainees")
    axes.set_xticks(range(0, 101, 20 if phone else 10))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(visible=False, axis="x")
    axes.axvline(100 * pass_mark, color=INK, linestyle="--", linewidth=1.8)
    axes.text(100 * pass_mark - 1, tallest * 1.2, f"{100 * pass_mark:.0f} % mark", ha="right")
    _title(figure, title, phone)
    return figure


def bars(
    rows: Sequence[Bar], xlabel: str, title: str, alt: str, marks: Sequence[tuple[float, str]]
) -> str:
    """Return horizontal bars from 0 to 100 %, the first on top.

    Parameters
    ----------
    rows : sequence of Bar
        What is drawn. A flagged bar is of another colour, hatched, and says why beside its value.
    xlabel, title, alt : str
        The axis, the message, and the picture in words.
    marks : sequence of (float, str)
        Where dashed lines are drawn, 0 to 1, and the few words on top of each.
    """
    return _image(lambda phone: _bars(rows, xlabel, title, marks, phone), alt)


def _bars(
    rows: Sequence[Bar],
    xlabel: str,
    title: str,
    marks: Sequence[tuple[float, str]],
    phone: bool,
) -> Figure:
    n = max(len(rows), 1)
    figure = _figure(1.75 + (0.56 if phone else 0.34) * n, phone)
    axes = figure.subplots()
    thick = 0.4 if phone else 0.66
    for place, row in enumerate(rows):
        look: Any = (
            {"color": "#F6D9C5", "edgecolor": ORANGE, "hatch": "///", "linewidth": 1.2}
            if row.flagged
            else {"color": BLUE}
        )
        axes.barh(place, 100 * row.share, thick, **look)
        words = f"{100 * row.share:.0f}\N{NO-BREAK SPACE}%" + (f", {row.note}" if row.note else "")
        # The ground hides the dashed lines, which would run through the words.
        ground = {"facecolor": "white", "edgecolor": "none", "pad": 1.2}
        axes.text(100 * row.share + 1.5, place, words, va="center", bbox=ground)
        if phone:
            # Beside their bars, names would take the room of the bars.
            axes.text(0, place - 0.24, _short(row.label), va="bottom", bbox=ground | {"pad": 0.6})
    top = -0.9 if phone else -0.6
    for mark, words in marks:
        axes.plot([100 * mark] * 2, [n - 0.5, top], color=GREY, linestyle="--", linewidth=1.4)
        axes.text(100 * mark, top - 0.08, words, ha="center", va="bottom", color=INK)
    room = 0.8 if phone else 1.25
    axes.set(xlim=(0, 132), ylim=(n - 0.5, top - room * bool(marks)), xlabel=xlabel)
    axes.set_yticks(range(len(rows)), ["" if phone else _short(row.label) for row in rows])
    axes.set_xticks(range(0, 101, 20))
    axes.grid(visible=False)
    axes.spines["bottom"].set_bounds(0, 100)
    axes.spines["left"].set_bounds(n - 0.5, top)
    if phone:
        axes.tick_params(axis="y", length=0)
    _title(figure, title, phone)
    return figure


def _title(figure: Figure, title: str, phone: bool) -> None:
    # Titles begin at the figure's edge: beside long labels the axes leave them no room.
    words = textwrap.fill(title, _TITLE) if phone else title
    figure.suptitle(words, x=0.01, ha="left", fontsize=13, fontweight="bold")


def _short(label: str) -> str:
    return label if len(label) <= _LABEL else label[: _LABEL - 1] + "…"


def _figure(height_in: float, phone: bool) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(_PHONE_IN if phone else _WIDTH_IN, height_in), layout="constrained")


def _image(draw: Callable[[bool], Figure], alt: str) -> str:
    # The style of the page shows one of them; on paper always the wide one, from a phone too.
    return (
        f'<div class="picture"><img class="wide" alt="{escape(alt)}" {_source(draw, phone=False)}>'
        f'<img class="narrow" alt="{escape(alt)}" {_source(draw, phone=True)}></div>'
    )


def _source(draw: Callable[[bool], Figure], phone: bool) -> str:
    """Return a picture's address and size, as attributes."""
    import matplotlib

    buffer = io.BytesIO()
    with matplotlib.rc_context(STYLE):
        figure = draw(phone)
        # No date and no random ids: the same class gives the same file.
        with matplotlib.rc_context({"svg.hashsalt": "trd", "svg.fonttype": "path"}):
            figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    data = base64.b64encode(buffer.getvalue()).decode()
    width, height = (round(_PX * side) for side in figure.get_size_inches())
    return f'src="data:image/svg+xml;base64,{data}" width="{width}" height="{height}"'
