"""What every view of the course offers: a picture or table, its words, its data."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

Result = TypeVar("Result")

#: Okabe and Ito's palette, which people with any common colour-vision deficiency can tell apart.
#: Never the only cue: add a dash, a marker or a label.
BLUE = "#0072B2"
ORANGE = "#D55E00"
GREEN = "#009E73"
PURPLE = "#A0507F"
SKY = "#56B4E9"
YELLOW = "#E69F00"
GREY = "#5A6068"
INK = "#1B1B1B"


@dataclass(frozen=True)
class Table:
    """The data behind a view.

    Attributes
    ----------
    caption : str
        What the table shows.
    header : sequence of str
        Column names with their units.
    rows : sequence of sequence of str
        Cells as they are to be read; the first cell of a row is its name.
    """

    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]

    def html(self) -> str:
        """Return the table as HTML."""
        head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in self.header)
        body = "".join(
            "<tr>"
            + "".join(
                f'<th scope="row">{escape(cell)}</th>' if index == 0 else f"<td>{escape(cell)}</td>"
                for index, cell in enumerate(row)
            )
            + "</tr>"
            for row in self.rows
        )
        # A wide table is scrolled sideways, by keyboard too.
        return (
            f'<div class="trd-table" role="group" aria-label="{escape(self.caption)}" '
            f'tabindex="0"><table><caption>{escape(self.caption)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )


class View(Generic[Result]):
    """Draws one kind of result. Subclasses override what they draw.

    ``html`` is what the panel shows, ``describe`` the same in words (the alternative text of a
    picture, and what a screen reader hears after a change), ``table`` the data.
    """

    #: Height in pixels that the panel keeps free, so that the page does not jump.
    height_px = 120

    def html(self, result: Result) -> str:
        """Return the drawing of a result."""
        raise NotImplementedError

    def describe(self, result: Result) -> str:
        """Return the message of the drawing in one to three sentences."""
        raise NotImplementedError

    def table(self, result: Result) -> Table:
        """Return the data of the drawing."""
        raise NotImplementedError

    def room(self, result: Result) -> tuple[int, int]:
        """Return how many lines to keep free for the words, on a wide and on a narrow screen.

        Words that grow then leave the controls under them where they are. None by default.
        """
        del result
        return 0, 0

    def more(self, result: Result) -> str:
        """Return what stands under the controls that are below the drawing; nothing by default."""
        del result
        return ""


class FigureView(View[Result]):
    """A matplotlib figure that is built once and then only moves its artists.

    Subclasses implement ``build(figure)``, which draws everything fixed, fixes the axis limits
    and returns the artists that will move, and ``update(result)``, which moves them.

    Rebuilding a figure costs 200 to 390 ms a slider step; keeping the fixed part as a bitmap and
    drawing only what moves costs 10 to 30.
    """

    #: Figure size in inches at 100 dots an inch of the page.
    size_in = (7.6, 3.6)
    #: Dots an inch of the bitmap; more than 100, so that it is sharp on good screens.
    dpi = 130

    def __init__(self) -> None:
        self._figure: Figure | None = None
        self._moving: list[Artist] = []
        self._background: Any = None
        self.height_px = round(self.size_in[1] * 100)

    def build(self, figure: Figure) -> Sequence[Artist]:
        """Draw what stays and return the artists that move."""
        raise NotImplementedError

    def update(self, result: Result) -> None:
        """Move the artists to show a result."""
        raise NotImplementedError

    def _prepare(self) -> Figure:
        import matplotlib
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        with matplotlib.rc_context(STYLE):
            figure = Figure(figsize=self.size_in, dpi=self.dpi, layout=None)
            canvas = FigureCanvasAgg(figure)
            self._moving = list(self.build(figure))
            for artist in self._moving:
                artist.set_animated(True)
            canvas.draw()
        self._background = canvas.copy_from_bbox(figure.bbox)
        self._figure = figure
        return figure

    def png(self, result: Result) -> bytes:
        """Return the picture of a result as PNG."""
        import matplotlib
        from PIL import Image

        figure = self._figure or self._prepare()
        canvas: Any = figure.canvas
        with matplotlib.rc_context(STYLE):
            self.update(result)
            canvas.restore_region(self._background)
            for artist in self._moving:
                if artist.axes is not None:
                    artist.axes.draw_artist(artist)
                else:
                    figure.draw_artist(artist)
        size = canvas.get_width_height()
        image = Image.frombuffer("RGBA", size, canvas.buffer_rgba(), "raw", "RGBA", 0, 1)
        buffer = io.BytesIO()
        image.convert("RGB").save(buffer, "png", compress_level=1)
        return buffer.getvalue()

    def html(self, result: Result) -> str:
        """Return the picture as an ``<img>`` with its description as alternative text."""
        data = base64.b64encode(self.png(result)).decode()
        width, height = (round(100 * side) for side in self.size_in)
        # On a narrow screen the picture keeps a size that can be read and is scrolled sideways,
        # by keyboard too.
        return (
            '<div class="trd-scroll" tabindex="0" role="group" aria-label="Picture">'
            f'<img class="trd-figure" alt="{escape(self.describe(result))}" width="{width}" '
            f'height="{height}" style="max-width:100%;height:auto" '
            f'src="data:image/png;base64,{data}"></div>'
        )


#: Text is at least 11 pt at the size shown; lines are thick enough for low contrast vision.
STYLE: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 11,
    "axes.titlesize": 13,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 11,
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
    "legend.fontsize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "text.color": INK,
    "axes.grid": True,
    "grid.color": "#D9DDE1",
    "grid.linewidth": 0.8,
    "axes.axisbelow": True,
    "lines.linewidth": 2.2,
}
