"""The pictures of the class report: SVG, each with its message in words as alternative text."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from trd.panel.views import BLUE, GREY, INK, ORANGE, STYLE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Pixels of the page per inch of a figure. At 100, 11 pt in the figure are 11.5 pt on the page.
_PX = 100
_WIDTH_IN = 6.4
#: Longer labels would leave no room for the bars.
_LABEL = 34


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
    import matplotlib
    from matplotlib.ticker import MaxNLocator

    with matplotlib.rc_context(STYLE):
        figure = _figure(3.2)
        axes = figure.subplots()
        width = 100 / len(counts)
        lefts = [index * width for index in range(len(counts))]
        drawn = axes.bar(lefts, counts, width, align="edge", color=BLUE, edgecolor="white")
        axes.bar_label(drawn, [str(n) if n else "" for n in counts], padding=2)
        tallest = max([*counts, 1])
        axes.set(xlim=(0, 100), ylim=(0, tallest * 1.32), xlabel="Score (% of points)")
        axes.set_ylabel("Trainees")
        axes.set_xticks(range(0, 101, 10))
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(visible=False, axis="x")
        axes.axvline(100 * pass_mark, color=INK, linestyle="--", linewidth=1.8)
        axes.text(100 * pass_mark - 1, tallest * 1.2, f"{100 * pass_mark:.0f} % mark", ha="right")
        axes.set_title(title)
        return _image(figure, alt)


def bars(rows: Sequence[Bar], xlabel: str, title: str, alt: str, marks: Sequence[float]) -> str:
    """Return horizontal bars from 0 to 100 %, the first on top.

    Parameters
    ----------
    rows : sequence of Bar
        What is drawn. A flagged bar is of another colour, hatched, and says why beside its value.
    xlabel, title, alt : str
        The axis, the message, and the picture in words.
    marks : sequence of float
        Where dashed lines are drawn, 0 to 1.
    """
    import matplotlib

    with matplotlib.rc_context(STYLE):
        figure = _figure(1.15 + 0.34 * max(len(rows), 1))
        axes = figure.subplots()
        for place, row in enumerate(rows):
            look: Any = (
                {"color": "#F6D9C5", "edgecolor": ORANGE, "hatch": "///", "linewidth": 1.2}
                if row.flagged
                else {"color": BLUE}
            )
            axes.barh(place, 100 * row.share, 0.66, **look)
            words = f"{100 * row.share:.0f} %" + (f", {row.note}" if row.note else "")
            value = axes.text(100 * row.share + 1.5, place, words, va="center")
            # Or a dashed line would run through the number.
            value.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1.2})
        for mark in marks:
            axes.axvline(100 * mark, color=GREY, linestyle="--", linewidth=1.4)
        axes.set_yticks(range(len(rows)), [_short(row.label) for row in rows])
        axes.set(xlim=(0, 132), ylim=(max(len(rows), 1) - 0.5, -0.5), xlabel=xlabel)
        axes.set_xticks(range(0, 101, 20))
        axes.grid(visible=False, axis="y")
        axes.spines["bottom"].set_bounds(0, 100)
        # Titles begin at the figure's edge: beside long labels the axes leave them no room.
        figure.suptitle(title, x=0.01, ha="left", fontsize=13, fontweight="bold")
        return _image(figure, alt)


def _short(label: str) -> str:
    return label if len(label) <= _LABEL else label[: _LABEL - 1] + "…"


def _figure(height_in: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(_WIDTH_IN, height_in), layout="constrained")


def _image(figure: Figure, alt: str) -> str:
    import matplotlib

    buffer = io.BytesIO()
    # No date and no random ids: the same class gives the same file.
    with matplotlib.rc_context({"svg.hashsalt": "trd", "svg.fonttype": "path"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    data = base64.b64encode(buffer.getvalue()).decode()
    width, height = (round(_PX * side) for side in figure.get_size_inches())
    return (
        '<div class="picture" tabindex="0" role="group" aria-label="Picture">'
        f'<img alt="{escape(alt)}" width="{width}" height="{height}" '
        f'src="data:image/svg+xml;base64,{data}"></div>'
    )
