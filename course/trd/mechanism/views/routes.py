"""Routes beside the vein: the shape of the level, and how much arrives with its uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from trd.mechanism.routes import WHY_NOT_PEAKS, RouteComparison, RouteCurve, routes
from trd.panel.parts import CSS, backing
from trd.panel.titled import SWIPE, TitledView
from trd.panel.views import BLUE, GREY, INK, ORANGE, Table
from trd.parameters import Entry

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

_SHORT = {
    "iv": "Vein",
    "im": "Muscle",
    "sc": "Under skin",
    "nasal": "Nose, ketamine",
    "nasal-esketamine": "Nose, esketamine",
    "sublingual": "Under tongue",
    "oral": "Swallowed",
    "rectal": "Rectal",
}

#: What nobody could tell us, route by route; words only, the figures stand beside them.
_UNKNOWN = {
    "iv": "Nothing about the share: it is whole by definition.",
    "im": "Only one figure was found, second-hand, so how far people differ is not known.",
    "sc": "No good adult figure was found: share assumed, shape borrowed from the muscle.",
    "nasal": "Adult studies disagree about fourfold, and one of them has three people.",
    "nasal-esketamine": (
        "Label and population model disagree. It is another drug: its level cannot be read "
        "against that of racemic ketamine."
    ),
    "sublingual": "The second study has six people and a wide spread; is the first one typical?",
    "oral": (
        "One of the two studies has six people. Metabolites, far more of them by this route, are "
        "left out; what they add is disputed."
    ),
    "rectal": "One adult figure and one in children; the timing is from children.",
}
_COLOURS = (BLUE, ORANGE)
_INKS = (BLUE, "#A84300")
_DASHES: tuple[Any, ...] = ((0, (5, 2)), (0, (7, 2, 1.5, 2)))
_MARKS = ("s", "D")


class RoutesView(TitledView[RouteComparison]):
    """Curves on the left, the share that arrives of every route on the right."""

    size_in = (7.6, 4.2)

    def __init__(self) -> None:
        super().__init__()
        self.height_px = 640

    def title(self, result: RouteComparison) -> str:
        """Return the message of the picture."""
        return _title(result)

    def build(self, figure: Figure) -> Sequence[Artist]:
        """Draw both axes and return what moves."""
        from matplotlib.lines import Line2D

        left = figure.add_axes((0.085, 0.13, 0.375, 0.655))
        left.set(xlim=(0, 240), ylim=(0, 105), xticks=range(0, 241, 60), yticks=range(0, 101, 25))
        left.set_xlabel("minutes since the dose", labelpad=3)
        self._ylabel = figure.text(0.012, 0.457, "", rotation=90, va="center")
        right = figure.add_axes((0.705, 0.13, 0.275, 0.655))
        count = len(routes())
        right.set(xlim=(0, 108), ylim=(count - 0.4, -0.6), yticks=[], xticks=range(0, 101, 25))
        right.set_xlabel("exposure (% of vein)", labelpad=3)
        right.spines["left"].set_visible(False)
        right.grid(axis="y", visible=False)

        self._title = figure.text(0.012, 0.945, "", fontsize=13, fontweight="bold")
        self._keys = []
        keys: tuple[tuple[float, str, Any], ...] = (
            (0.085, INK, "-"),
            (0.215, _INKS[0], _DASHES[0]),
            (0.52, _INKS[1], _DASHES[1]),
        )
        for x, colour, dash in keys:
            line = Line2D([x, x + 0.05], [0.86, 0.86], color=colour, linestyle=dash, transform=None)
            line.set_transform(figure.transFigure)
            figure.add_artist(line)
            text = figure.text(x + 0.058, 0.86, "", va="center", color=colour, fontweight="bold")
            self._keys.append((line, text))

        self._bands = [
            left.fill([0, 0], [0, 0], color=colour, alpha=0.16, linewidth=0)[0]
            for colour in _COLOURS
        ]
        (self._vein,) = left.plot([], [], color=INK)
        self._curves = [
            left.plot([], [], color=colour, linestyle=dash, linewidth=2.6)[0]
            for colour, dash in zip(_COLOURS, _DASHES, strict=True)
        ]
        self._names = {}
        for y, found in enumerate(routes()):
            low, high = (100 * share for share in found.span)
            usual = 100 * float(found.bioavailability.value)
            right.plot([100 * share for share in found.reach], [y, y], color=GREY, linewidth=1.4)
            right.plot(
                [low, high], [y, y], color=GREY, linewidth=9, alpha=0.4, solid_capstyle="butt"
            )
            right.plot(
                [usual],
                [y],
                marker="o",
                markersize=7,
                color=GREY,
                markerfacecolor="white" if found.uncertain else GREY,
                linestyle="",
            )
            self._names[found.key] = right.text(
                -3, y, _SHORT[found.key], ha="right", va="center", color=INK
            )
        self._points = [
            right.plot(
                [],
                [],
                marker=mark,
                markersize=10,
                color=colour,
                markeredgecolor="white",
                linestyle="",
                clip_on=False,
            )[0]
            for mark, colour in zip(_MARKS, _COLOURS, strict=True)
        ]
        moving: list[Any] = [self._title, self._ylabel, *self._bands, self._vein, *self._curves]
        for pair in self._keys:
            moving += pair
        return [*moving, *self._names.values(), *self._points]

    def update(self, result: RouteComparison) -> None:
        """Move curves, bands and marks."""
        self._title.set_text(_title(result))
        whose = "its own peak" if result.shape_only else "the peak by vein"
        self._ylabel.set_text(f"level (% of {whose})")
        times = result.vein.times_min
        self._vein.set_data(times, result.levels[0])
        self._keys[0][1].set_text("vein")
        order = [found.key for found in routes()]
        for name in self._names.values():
            name.set(fontweight="normal", color=INK)
        for i in range(2):
            there = i < len(result.chosen)
            for artist in (*self._keys[i + 1], self._curves[i], self._bands[i], self._points[i]):
                artist.set_visible(there)
            if not there:
                continue
            curve = result.chosen[i]
            self._curves[i].set_data(times, result.levels[i + 1])
            self._band(i, curve, hidden=result.shape_only)
            self._points[i].set_data([result.exposures_pct[i]], [order.index(curve.route.key)])
            self._keys[i + 1][1].set_text(_SHORT[curve.route.key].lower())
            self._names[curve.route.key].set(fontweight="bold", color=_INKS[i])

    def _band(self, i: int, curve: RouteCurve, hidden: bool) -> None:
        import numpy as np

        band = self._bands[i]
        band.set_visible(not hidden)
        there = np.column_stack([curve.times_min, curve.low_pct])
        back = np.column_stack([curve.times_min, curve.high_pct])[::-1]
        band.set_xy(np.vstack([there, back]))

    def html(self, result: RouteComparison) -> str:
        """Return the figure with the published figures and what is not known under it."""
        cards = "".join(_card(curve) for curve in result.chosen)
        return (
            f"{super().html(result)}{SWIPE}{CSS}"
            '<p class="trd-small">Band and bar: the span this course draws (racemic, not '
            "slow-release; under the tongue one study’s 90 % interval; rectal down to children). "
            "Thin line: how far other figures reach, see the cards. Hollow circle: one figure or "
            f"an assumption, uncertainty not known. {escape(WHY_NOT_PEAKS)}</p>"
            '<div style="display:grid;gap:10px;'
            'grid-template-columns:repeat(auto-fit,minmax(min(270px,100%),1fr))">'
            f"{cards}</div>"
        )

    def room(self, result: RouteComparison) -> tuple[int, int]:
        """Keep the controls under the words where they are."""
        del result
        return 4, 9

    def describe(self, result: RouteComparison) -> str:
        """Say how much arrives by each route, from how many figures, and whether it is settled."""
        words = " ".join(_sentence(curve) for curve in result.chosen)
        return f"{words} {_conclusion(result)}"

    def table(self, result: RouteComparison) -> Table:
        """Return every route with its figures, its peak time and where they come from."""
        chosen = {curve.route.key for curve in result.chosen}
        return Table(
            "Share that arrives, against the same dose by vein; routes marked * are drawn",
            [
                "Route",
                "Drug",
                "Share (%)",
                "Span drawn (%)",
                "All figures (%)",
                "Status of the share",
                "Highest level after",
                "Status of the time",
            ],
            [
                [
                    f"{found.label}{' *' * (found.key in chosen)}",
                    str(found.drug.value),
                    f"{100 * float(found.bioavailability.value):.0f}",
                    _span(found.span) if not found.uncertain else "not known",
                    _span(found.reach) if not found.uncertain else "not known",
                    found.bioavailability.status.replace("-", " "),
                    f"{found.peak_min.text} min",
                    found.peak_min.status.replace("-", " "),
                ]
                for found in routes()
            ],
        )


def _span(span: tuple[float, float]) -> str:
    low, high = (round(100 * share) for share in span)
    return f"{low}" if low == high else f"{low} to {high}"


def _title(result: RouteComparison) -> str:
    if len(result.chosen) == 1:
        name = _SHORT[result.chosen[0].route.key]
        return f"{name}: about {result.exposures_pct[0]:.0f} % of the exposure by vein"
    if result.two_drugs:
        return "Two drugs: compare the shapes, not the amounts"
    if result.more:
        return f"{_SHORT[result.more]}: more arrives, on every figure found"
    if any(curve.route.assumed for curve in result.chosen):
        return "One share is only assumed: the two cannot be ranked"
    least, most = (_ahead(result, share) for share in ("low", "high"))
    if least and most and least != most:
        return f"Lowest drawn: {least[0]} ahead of {least[1]}; highest: the reverse"
    if least and least == most:
        return f"Lowest and highest drawn: {least[0]} ahead; not on all figures"
    return "Which of the two gives more is not known: figures overlap"


def _ahead(result: RouteComparison, share: str) -> tuple[str, ...]:
    """Return the two routes in order at the lowest or highest figures drawn; empty for a tie."""
    found = sorted(
        (-getattr(curve, f"exposure_{share}_pct"), _SHORT[curve.route.key].split(",")[0].lower())
        for curve in result.chosen
    )
    (one, first), (other, second) = found
    return () if one == other else (first, second)


def _conclusion(result: RouteComparison) -> str:
    if len(result.chosen) == 1:
        return ""
    first, second = (_SHORT[curve.route.key].lower() for curve in result.chosen)
    if result.two_drugs:
        return "They are two drugs: compare how early and how long, not how much."
    if result.more:
        return f"On every figure found, more arrives with “{_SHORT[result.more].lower()}”."
    if any(curve.route.assumed for curve in result.chosen):
        return "One of the two shares is only assumed, so they cannot be ranked."
    order = sorted(
        zip(result.exposures_pct, (first, second), strict=True), key=lambda pair: -pair[0]
    )
    if order[0][0] == order[1][0]:
        return "The figures overlap, so which of the two gives more is not known."
    return (
        f"At the {result.share} figures drawn “{order[0][1]}” comes before “{order[1][1]}”, but "
        "the published figures overlap: which of the two gives more is not known."
    )


def _sentence(curve: RouteCurve) -> str:
    found = curve.route
    if found.key == "iv":
        return "By vein everything arrives, by definition."
    if found.uncertain:
        how = "assumed" if found.bioavailability.status == "teaching-assumption" else "one figure"
        size = f"{curve.exposure_pct:.0f} % ({how})"
    else:
        size = f"{_span(found.span)} %"
    return f"{found.label}: {size} of the exposure by vein, peak after {_minutes(curve)}."


def _minutes(curve: RouteCurve) -> str:
    found = curve.route.peak_min
    unread = " (not checked here)" if found.status == "from-knowledge" else ""
    return f"{found.text.replace('-', ' to ')} min{unread}"


def _figure(entry: Entry, unit: str = "") -> str:
    text = entry.text.replace("-", "–")
    spread = isinstance(entry.value, float) and entry.low is not None and entry.low != entry.high
    if spread and not entry.printed:
        text += f" ({entry.low:g}–{entry.high:g})"
    return f"{escape(text)}{unit} <span class='trd-small'>({backing(entry)})</span>"


def _about(entry: Entry) -> str:
    """Return the note of another figure, unless it only explains how a spread was stored."""
    return "" if entry.low is not None or not entry.note else f": {escape(entry.note)}"


def _card(curve: RouteCurve) -> str:
    found = curve.route
    others = "".join(
        f"<li>{_figure(entry)}{_about(entry)}</li>"
        for _name, entry in found.alternatives
        if entry.text not in found.bioavailability.text
    )
    more = f"<li>Other figures:<ul>{others}</ul></li>" if others else ""
    return (
        f'<div class="trd-group"><p><strong>{escape(found.label)}</strong></p><ul>'
        f"<li>Share that arrives: {_figure(found.bioavailability)}</li>"
        f"<li>Highest level after: {_figure(found.peak_min, ' min')}</li>{more}"
        f"<li><strong>Not known:</strong> {_UNKNOWN[found.key]}</li></ul></div>"
    )
