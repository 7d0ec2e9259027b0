"""A glutamate synapse that the controls change: who sits in the channel, and what passes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from trd.mechanism.channel_report import CHANNELS, STATES, ChannelReport
from trd.panel.views import BLUE, GREEN, GREY, INK

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

#: Size of the drawing in inches; its axes count in inches too.
WIDTH, HEIGHT = 3.7, 4.35
KETAMINE, MAGNESIUM = "#A84300", BLUE
_MEMBRANE = (2.42, 2.74)
_AMPA_X, _NMDA_X = 0.98, 2.45
_ROW_Y = (0.87, 0.455)
_DOTS = (
    (0.55, 3.18),
    (0.98, 3.30),
    (1.36, 3.16),
    (2.28, 3.32),
    (2.62, 3.14),
    (0.30, 3.38),
    (0.76, 3.42),
    (1.22, 3.42),
    (2.92, 3.34),
    (2.06, 3.10),
    (2.46, 3.46),
    (1.44, 3.34),
)
#: How often the gate is open: from this share on, so many dots of glutamate and these words.
_GLUTAMATE = (
    (0.5, 12, "all the time"),
    (0.05, 7, "often"),
    (0.005, 3, "rarely"),
    (0.0, 1, "almost never"),
)


def glutamate(open_probability: float) -> tuple[int, str]:
    """Return dots and words for how often glutamate opens the channel."""
    dots, words = next(row[1:] for row in _GLUTAMATE if open_probability >= row[0])
    return dots, words


def majority(result: ChannelReport) -> str:
    """Return what most channels hold: ``ketamine``, ``magnesium`` or ``free``."""
    counts = result.counts
    sizes = {
        "ketamine": counts["open_blocked"] + counts["trapped"],
        "magnesium": counts["magnesium"],
        "free": counts["free"],
    }
    return max(sizes, key=lambda name: sizes[name])


def in_words(result: ChannelReport) -> str:
    """Return who sits in the channels of the schematic as a sentence."""
    counts = result.counts
    held = counts["open_blocked"] + counts["trapped"]
    how_many = "all" if counts["trapped"] == held else f"{counts['trapped']} of them"
    trapped = f" ({how_many} trapped)" if counts["trapped"] else ""
    return (
        f"Minute {result.at_min:g}, gate open {100 * result.open_probability:g} % of the time: of "
        f"{CHANNELS} NMDA channels {held} hold ketamine{trapped}, {counts['magnesium']} magnesium, "
        f"{counts['free']} neither."
    )


#: What the schematic shows whatever is set.
ONWARD = (
    "AMPA receptors are drawn as not blocked. What passes goes on to the cell; from there to mood: "
    "not established."
)


class Synapse:
    """The artists of the schematic."""

    def __init__(self, axes: Axes) -> None:
        from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

        axes.set(xlim=(0, WIDTH), ylim=(0, HEIGHT))
        axes.set_axis_off()
        axes.add_patch(
            FancyBboxPatch(
                (0.42, 3.72),
                2.86,
                0.5,
                boxstyle="round,pad=0.06,rounding_size=0.22",
                facecolor="#E9F1E4",
                edgecolor=GREY,
                linewidth=1.4,
            )
        )
        low, high = _MEMBRANE
        axes.add_patch(
            Rectangle((0, low), WIDTH, high - low, facecolor="#F4EBD9", edgecolor=GREY, linewidth=1)
        )
        for x, gap, name, label_x, align in (
            (_AMPA_X, 0.11, "AMPA", 0.62, "right"),
            (_NMDA_X, 0.21, "NMDA", 2.94, "left"),
        ):
            for left in (x - gap - 0.2, x + gap):
                axes.add_patch(
                    FancyBboxPatch(
                        (left + 0.04, low - 0.12),
                        0.12,
                        high - low + 0.24,
                        boxstyle="round,pad=0.04",
                        facecolor="#C9CFD6",
                        edgecolor=INK,
                        linewidth=1.2,
                    )
                )
            axes.add_patch(
                Rectangle(
                    (x - gap, low + 0.01),
                    2 * gap,
                    high - low - 0.02,
                    facecolor="white",
                    linewidth=0,
                )
            )
            axes.text(label_x, (low + high) / 2, name, ha=align, va="center", fontweight="bold")
        axes.text(_AMPA_X + 0.16, 2.03, "not blocked", va="center")
        axes.add_patch(
            FancyBboxPatch(
                (0.07, 1.43),
                WIDTH - 0.14,
                0.2,
                boxstyle="round,pad=0.05",
                facecolor="white",
                edgecolor=GREY,
                linestyle=(0, (3, 2)),
                linewidth=1.4,
            )
        )
        axes.text(WIDTH / 2, 1.53, "to the cell → mood: not established", ha="center", va="center")

        self._release = axes.text(
            WIDTH / 2 + 0.1, 3.97, "", ha="center", va="center", linespacing=1.15
        )
        axes.plot([1.0], [4.07], "o", color=GREEN, markersize=7, markeredgecolor=INK)
        (self._dots,) = axes.plot([], [], "o", color=GREEN, markersize=7, markeredgecolor=INK)
        self._arrows = [
            axes.add_patch(
                FancyArrowPatch(
                    (x, 2.26),
                    (x, 1.73),
                    arrowstyle="-|>",
                    color=colour,
                    mutation_scale=13,
                    shrinkA=0,
                    shrinkB=0,
                )
            )
            for x, colour in ((_AMPA_X, GREEN), (_NMDA_X, INK))
        ]
        self._passing = axes.text(_NMDA_X + 0.18, 2.03, "", va="center")
        self._caption = axes.text(0.02, 1.19, "", va="center")
        self._legend = axes.text(0.02, 0.1, "", va="center")
        self._axes = axes
        # One artist a kind for all channels: letters as markers cost a tenth of letters as text.
        self._ions = {
            "ketamine": (self._marks("h", 24, KETAMINE, INK), self._letters("K")),
            "magnesium": (self._marks("o", 24, MAGNESIUM, INK), self._letters("Mg")),
            "free": (self._marks("o", 19, "white", GREY),),
        }
        (self._bars,) = axes.plot([], [], "_", color=INK, markersize=22, markeredgewidth=3)

    def _marks(self, marker: Any, size: float, face: str, edge: str, width: float = 1) -> Any:
        return self._axes.plot(
            [],
            [],
            linestyle="",
            marker=marker,
            markersize=size,
            markerfacecolor=face,
            markeredgecolor=edge,
            markeredgewidth=width,
        )[0]

    def _letters(self, text: str) -> Any:
        import numpy as np
        from matplotlib.font_manager import FontProperties
        from matplotlib.path import Path
        from matplotlib.textpath import TextPath

        drawn = TextPath((0, 0), text, size=11, prop=FontProperties(weight="bold"))
        corners = drawn.get_extents()
        middle = np.array([corners.x0 + corners.x1, corners.y0 + corners.y1]) / 2
        centred = Path(drawn.vertices - middle, drawn.codes)
        # A marker's size is twice its farthest point, so this keeps the letters at 11 pt.
        return self._marks(centred, 2 * float(np.abs(centred.vertices).max()), "white", "none", 0)

    def moving(self) -> Sequence[Artist]:
        """Return the artists that a result changes, in the order to draw them."""
        found: list[Any] = [self._release, self._dots, *self._arrows, self._passing]
        found += [self._caption, self._legend, self._bars]
        for artists in self._ions.values():
            found += artists
        return found

    def _big(self, result: ChannelReport) -> dict[str, list[tuple[float, float]]]:
        """Where the big channel's own magnesium and ketamine are: inside, or waiting outside."""
        inside = majority(result)
        pore = (_NMDA_X, sum(_MEMBRANE) / 2)
        places: dict[str, list[tuple[float, float]]] = {kind: [] for kind in self._ions}
        present = {
            "magnesium": result.mg_mm > 0,
            "ketamine": result.drug_present and result.total_ng_per_ml > 0,
        }
        for kind, outside in (("magnesium", (3.42, 3.22)), ("ketamine", (1.78, 3.24))):
            if inside == kind:
                places[kind].append(pore)
            elif present[kind]:
                places[kind].append(outside)
        return places

    def update(self, result: ChannelReport) -> None:
        """Show a result."""
        number, words = glutamate(result.open_probability)
        self._release.set_text(f"glutamate, released\n{words}")
        self._dots.set_data(*zip(*_DOTS[:number], strict=True))
        ampa, nmda = self._arrows
        ampa.set_linewidth(1.5 + 0.4 * number)
        nmda.set_linewidth(0.8 + 8 * result.passing)
        nmda.set_linestyle("-" if result.passing >= 0.02 else ":")
        self._passing.set_text(f"{_percent(result.passing)} free")
        places = self._big(result)
        bars = []
        states = [state for state in STATES for _ in range(result.counts[state])]
        for index, state in enumerate(states):
            x, y = 0.2 + 0.365 * (index % 10), _ROW_Y[index // 10]
            places["ketamine" if state in ("open_blocked", "trapped") else state].append((x, y))
            if state == "trapped":
                bars.append((x, y - 0.2))
        for kind, artists in self._ions.items():
            for artist in artists:
                _place(artist, places[kind])
        _place(self._bars, bars)
        counts = result.counts
        held = counts["open_blocked"] + counts["trapped"]
        self._caption.set_text(f"{CHANNELS} NMDA channels at minute {result.at_min:g}")
        self._legend.set_text(
            f"K {held}, trapped (bar) {counts['trapped']}; Mg {counts['magnesium']}; "
            f"free {counts['free']}"
        )


def _place(artist: Any, points: list[tuple[float, float]]) -> None:
    artist.set_data([x for x, _ in points], [y for _, y in points])


def _percent(share: float) -> str:
    percent = 100 * share
    return f"{percent:.0f} %" if percent >= 2 or percent == 0 else f"{percent:.1f} %"
