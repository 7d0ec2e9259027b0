"""Draws one infusion under several models, with what was measured beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from trd.mechanism.infusion_report import HORIZON_MIN, USUAL, InfusionReport
from trd.mechanism.pharmacokinetics import Band, anchors
from trd.mechanism.pkmodels import FAST_MIN
from trd.panel.parts import NOT_CHECKED, cited
from trd.panel.titled import SWIPE, TitledView
from trd.panel.views import BLUE, GREEN, GREY, INK, ORANGE, Table
from trd.parameters import Entry

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Colour, darker colour for text, dash and marker: never the colour alone.
_STYLES: tuple[tuple[str, str, Any, str], ...] = (
    (BLUE, "#005A8E", "-", "o"),
    (ORANGE, "#A84300", (0, (5, 1.6)), "s"),
    (GREEN, "#006B4E", (0, (6, 1.5, 1.2, 1.5)), "^"),
)
_BREAK, _TOP = 400.0, 2800.0
_PUMP = (-46.0, -18.0)
_FLOOR = -56.0
#: Minutes of the axis that the words beside the pump take.
_DOSE_MIN = 92.0
_CLEAR: dict[str, Any] = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
_BESIDE = {
    "slower": "twice as slow",
    "uninterrupted": "not interrupted",
    "usual": "0.5 mg/kg in 40 min",
}
_KEY_X, _KEY_STEP = 0.722, 0.165


def _clock(minutes: float) -> str:
    """Return minutes without decimals that the models could not keep."""
    return f"{minutes:.0f}" if minutes >= 2 else f"{minutes:.1f}"


def _range(entry: Entry) -> tuple[float, float]:
    return float(entry.low or 0), float(entry.high or 0)


def _share(part: float) -> str:
    return "less than 1 %" if 0 < part < 0.01 else f"{100 * part:.0f} %"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _paused(result: InfusionReport) -> str:
    lasts = result.pause[1] - result.pause[0] if result.pause else 0.0
    return f"{_clock(lasts)} min"


class InfusionView(TitledView[InfusionReport]):
    """Level over time on a broken axis, the pump under it, a key joined to the curves."""

    size_in = (7.6, 4.3)

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[tuple[Any, ...]] = []
        self._keys: list[Any] = []
        self._links: list[Any] = []
        self._peaks: list[Any] = []
        self._pumps: list[Any] = []
        self._other: tuple[Any, ...] = ()
        self._band: tuple[Any, ...] = ()
        self._title: Any = None
        self._other_pump: Any = None
        self._dose: Any = None

    def title(self, result: InfusionReport) -> str:
        """Return the message of the picture."""
        return _title(result)

    def build(self, figure: Figure) -> Sequence[Artist]:
        """Draw both parts of the axis with everything that stays."""
        low = figure.add_axes((0.135, 0.128, 0.535, 0.592))
        high = figure.add_axes((0.135, 0.745, 0.535, 0.135))
        known = anchors()
        seen, asleep = _range(known["dissociation"]), _range(known["anaesthesia"])
        peak = float(known["trd_peak"].value)
        marks = [0.0, seen[0], peak, seen[1], _BREAK]
        for axes in (low, high):
            axes.set_xlim(0, HORIZON_MIN)
            axes.set_xticks(range(0, int(HORIZON_MIN) + 1, 40))
            axes.tick_params(length=3)
        low.set_ylim(_FLOOR, _BREAK)
        low.set_yticks(
            [sum(_PUMP) / 2, *marks],
            ["pump", "0", f"{marks[1]:g}", f"◇ {marks[2]:g}*", f"{marks[3]:g}", f"{_BREAK:g}"],
        )
        low.set_xlabel("minutes since the pump started", labelpad=2)
        low.axhline(0, color=GREY, linewidth=1)
        low.grid(axis="y", visible=False)
        high.set_ylim(_BREAK, _TOP)
        high.set_yticks([*asleep])
        high.tick_params(axis="x", length=0, labelbottom=False)
        high.spines["bottom"].set_visible(False)
        high.grid(axis="y", visible=False)
        figure.text(0.135, 0.892, "ng/mL", color=GREY)
        self._shade = figure.text(0.67, 0.892, "", ha="right", color="#005A8E")
        self._breaks(figure)
        # The published ranges: hatched, so that they are not taken for the band of people.
        low.axhspan(seen[0], seen[1], facecolor="#F3EDF1", edgecolor="#D8C3CF", hatch="..", lw=0)
        high.axhspan(asleep[0], asleep[1], facecolor="#EEF0F2", edgecolor="#CDD3D8", hatch="//")
        high.text(
            HORIZON_MIN - 3,
            (asleep[0] + asleep[1]) / 2,
            "anaesthesia*",
            ha="right",
            va="center",
            bbox={"facecolor": "#EEF0F2", "linewidth": 0, "pad": 1.5},
        )
        # On the right, where no curve is that high.
        high.text(
            HORIZON_MIN - 3,
            (_BREAK + asleep[0]) / 2,
            "scale squeezed above 400",
            ha="right",
            va="center",
            color=GREY,
        )
        y = 0.128 + 0.592 * ((seen[0] + seen[1]) / 2 - _FLOOR) / (_BREAK - _FLOOR)
        figure.text(0.017, y, "dissociation*", rotation=90, ha="center", va="center")
        half = 0.592 * (seen[1] - seen[0]) / (_BREAK - _FLOOR) / 2
        self._bracket(figure, 0.036, y - half, y + half)
        low.plot([0, USUAL[1]], [peak] * 2, color=INK, linewidth=1, linestyle=(0, (2, 2)))
        low.plot(
            [USUAL[1]],
            [peak],
            "D",
            markersize=15,
            markerfacecolor="none",
            markeredgecolor=INK,
            markeredgewidth=1.5,
        )
        figure.text(
            _KEY_X,
            0.022,
            "◇ 185*: peak reported in\ndepression that resisted\n"
            "treatment, 0.5 mg/kg in\n40 min     * second-hand",
            linespacing=1.2,
            color=INK,
        )
        return self._movers(figure, low, high)

    def _breaks(self, figure: Figure) -> None:
        from matplotlib.lines import Line2D

        for y in (0.722, 0.743):
            figure.add_artist(
                Line2D([0.128, 0.142], [y - 0.008, y + 0.008], color=GREY, linewidth=1.4)
            )

    def _bracket(self, figure: Figure, x: float, low: float, high: float) -> None:
        from matplotlib.lines import Line2D

        figure.add_artist(
            Line2D([x + 0.008, x, x, x + 0.008], [low, low, high, high], color=GREY, linewidth=1.4)
        )

    def _movers(self, figure: Figure, low: Axes, high: Axes) -> list[Artist]:
        from matplotlib.lines import Line2D
        from matplotlib.patches import Polygon

        nothing = np.zeros((3, 2))
        self._band = tuple(
            axes.add_patch(Polygon(nothing, facecolor=BLUE, alpha=0.2, linewidth=0))
            for axes in (low, high)
        )
        self._other = tuple(
            axes.plot([], [], color=INK, linewidth=1.7, linestyle=(0, (1, 1.4)))[0]
            for axes in (low, high)
        )
        for colour, _ink, dash, marker in _STYLES:
            pair = tuple(axes.plot([], [], color=colour, linestyle=dash)[0] for axes in (low, high))
            self._lines.append(pair)
            self._peaks.append(
                tuple(
                    axes.plot([], [], marker, color=colour, markeredgecolor="white", markersize=9)[
                        0
                    ]
                    for axes in (low, high)
                )
            )
        self._pumps = [
            low.add_patch(Polygon(nothing, facecolor="#9CCBE8", edgecolor=BLUE, hatch="\\\\"))
            for _ in range(2)
        ]
        (self._other_pump,) = low.plot([], [], color=INK, linestyle=(0, (1, 1.4)), linewidth=1.7)
        self._dose = low.text(0, sum(_PUMP) / 2, "", va="center", bbox=_CLEAR)
        for _ in range(4):
            link = Line2D([0, 0], [0, 0], linewidth=1.2)
            figure.add_artist(link)
            self._links.append(link)
            self._keys.append(
                (
                    figure.text(_KEY_X, 0, "", va="top", fontweight="bold"),
                    figure.text(_KEY_X, 0, "", va="top", linespacing=1.15),
                )
            )
        self._title = figure.text(0.012, 0.955, "", fontsize=13, fontweight="bold", va="center")
        self._low = low
        moving: list[Any] = [*self._band, *self._other]
        for pair in (*self._lines, *self._peaks):
            moving += pair
        moving += [
            *self._pumps,
            self._other_pump,
            self._dose,
            *self._links,
            self._shade,
            self._title,
        ]
        for pair in self._keys:
            moving += pair
        return moving

    def update(self, result: InfusionReport) -> None:
        """Move curves, markers, pump and key."""
        for pair, peak, curve in zip(
            self._lines, self._peaks, [*result.curves, None][: len(self._lines)], strict=True
        ):
            _set(pair, curve.times_min if curve else [], curve.ng_per_ml if curve else [])
            top = curve.exposure if curve else None
            height = min(top.cmax_ng_per_ml, _TOP) if top else 0.0
            # In one part of the axis only, so that no half marker shows in the other.
            for part, inside in zip(peak, (height <= _BREAK, height > _BREAK), strict=True):
                part.set_visible(top is not None and inside)
                part.set_data([top.tmax_min if top else 0.0], [height])
        _set(self._other, result.other_times_min, result.other_ng_per_ml)
        self._people(result)
        low, high = _PUMP
        for patch, part in zip(self._pumps, [*result.given, None], strict=False):
            patch.set_visible(part is not None)
            if part is not None:
                a, b = part.start_min, part.end_min
                patch.set_xy([(a, low), (b, low), (b, high), (a, high)])
        ends = [(part.start_min, part.end_min) for part in result.other]
        a, b = ends[0] if ends else (0.0, 0.0)
        outline = [(a, low - 5), (b, low - 5), (b, high + 5), (a, high + 5), (a, low - 5)]
        self._other_pump.set_data(*zip(*outline, strict=True) if ends else ([], []))
        self._say_dose(result)
        self._key(result)
        self._title.set_text(_title(result))

    def _say_dose(self, result: InfusionReport) -> None:
        """Write dose and rate beside the pump's bar, in it, or the dose alone beside it."""
        end = max(part.end_min for part in (*result.given, *result.other))
        bar = max(result.given, key=lambda part: part.duration_min)
        dose, rate = f"{result.given_mg:.3g} mg", f"{result.ordered.rate_mg_per_min:.2g} mg/min"
        beside = end + _DOSE_MIN <= HORIZON_MIN
        inside = not beside and bar.duration_min > _DOSE_MIN
        self._dose.set(
            text=f"{dose}, {rate}" if beside or inside else dose,
            x=(bar.start_min + bar.end_min) / 2 if inside else end + 4,
            ha="center" if inside else "left",
        )

    def _people(self, result: InfusionReport) -> None:
        name = result.curves[0].name
        self._shade.set_text(f"shaded: 9 in 10 people, {name}" if result.band else "")
        for patch in self._band:
            patch.set_visible(result.band is not None)
            if result.band is not None:
                times, (least, _, most) = result.band.times_min, result.band.ng_per_ml
                edge = np.concatenate([np.c_[times, least], np.c_[times, most][::-1]])
                patch.set_xy(edge)

    def _key(self, result: InfusionReport) -> None:
        """Write what each curve says beside it; lines from the curves' ends lead there."""
        entries: list[tuple[float, str, str, str, str, Any]] = []
        for (colour, ink, dash, marker), curve in zip(_STYLES, result.curves, strict=False):
            top = curve.exposure
            symbol = {"o": "●", "s": "■", "^": "▲"}[marker]
            words = (
                f"peak {top.cmax_ng_per_ml:,.0f} at {_clock(top.tmax_min)} min\n"
                f"halved {_clock(curve.halving_min)} min after stop"
            )
            entries.append(
                (float(curve.ng_per_ml[-1]), f"{symbol} {curve.name}", words, ink, colour, dash)
            )
        if result.other:
            words = f"{result.curves[0].name}: peak {result.other_exposures[0].cmax_ng_per_ml:,.0f}"
            end = float(result.other_ng_per_ml[-1])
            dots = (0, (1, 1.4))
            entries.append((end, f"··· {_BESIDE[result.beside]}", words, INK, INK, dots))
        # From the highest end to the lowest, so that the leading lines never cross.
        entries.sort(key=lambda entry: -entry[0])
        top_y = 0.895
        for index, (link, (head, body)) in enumerate(zip(self._links, self._keys, strict=True)):
            shown = index < len(entries)
            for artist in (link, head, body):
                artist.set_visible(shown)
            if not shown:
                continue
            end, name, words, ink, colour, dash = entries[index]
            y = top_y - index * _KEY_STEP
            head.set(text=name, y=y, color=ink)
            body.set(text=words, y=y - 0.045, color=INK)
            start = 0.128 + 0.592 * (min(end, _BREAK) - _FLOOR) / (_BREAK - _FLOOR)
            # Straight up, each to the right of the one above it.
            turn = 0.679 + 0.009 * index
            link.set_data([0.672, turn, turn, 0.717], [start, start, y - 0.02, y - 0.02])
            link.set(color=colour, linestyle=dash)

    def html(self, result: InfusionReport) -> str:
        """Return the picture."""
        return super().html(result) + SWIPE

    def more(self, result: InfusionReport) -> str:
        """Return what the curves and marks of the picture rest on."""
        return _notes(result)

    def room(self, result: InfusionReport) -> tuple[int, int]:
        """Keep the controls under the words where they are."""
        count = len(result.curves)
        return 4 + count, 9 + 3 * count

    def describe(self, result: InfusionReport) -> str:
        """Return peaks, falls, the interruption, the other infusion and how people differ."""
        sentences = [f"{_order(result)}: {_peaks(result)}."]
        if result.cautions:
            # In place of the rest, which means little then.
            return f"{sentences[0]} {_too_fast(result)}"
        if result.interruption != "none":
            sentences.append(_interruption(result))
        if result.other and result.beside != "uninterrupted":
            sentences.append(_beside(result))
        if result.band is not None:
            first = result.curves[0]
            sentences.append(
                "When the pump stops, nine in ten people have "
                f"{_spread(result.band, first.stop_min)} under {first.name}, simulated by this "
                "course."
            )
        return " ".join(sentences)

    def table(self, result: InfusionReport) -> Table:
        """Return peak, fall, area and basis of each model."""
        rows = []
        for index, curve in enumerate(result.curves):
            top, model = curve.exposure, curve.model
            other = result.other_exposures
            rows.append(
                [
                    f"{model.label}{' (' + curve.name + ')' if 'Kamp, ' in curve.name else ''}",
                    f"{top.cmax_ng_per_ml:,.0f}",
                    f"{top.tmax_min:.0f}",
                    f"{curve.stop_ng_per_ml:,.0f}",
                    _clock(curve.halving_min),
                    f"{top.auc_ng_h_per_ml:,.0f}",
                    f"{other[index].cmax_ng_per_ml:,.0f}" if other else "none drawn",
                    f"{_said(model.drug)}; {_said(model.sampling)}; {_said(model.population)}",
                ]
            )
        return Table(
            f"{_order(result)}. Levels in ng/mL of plasma, area in ng·h/mL.",
            (
                "Model",
                "Peak",
                "at minute",
                "When the pump stops",
                "Minutes to half of that",
                "Area, all time",
                f"Peak {_BESIDE.get(result.beside, 'of another')}",
                "Drug; blood sampled; people",
            ),
            rows,
        )


def _set(artists: Sequence[Any], x: Any, y: Any) -> None:
    for artist in artists:
        artist.set_data(x, y)


def _said(entry: Entry) -> str:
    """Return a wording with its standing."""
    if entry.status == "from-knowledge":
        return f"{entry.text} ({NOT_CHECKED})"
    if entry.status == "teaching-assumption":
        return f"{entry.text} (this course’s reading)"
    return entry.text


def _spread(band: Band, stop_min: float) -> str:
    least, _, most = band.ng_per_ml[:, int(np.argmin(abs(band.times_min - stop_min)))]
    low, high = (float(f"{level:.2g}") for level in (least, most))
    return f"about {low:,.0f} to {high:,.0f} ng/mL"


def _title(result: InfusionReport) -> str:
    """Return the message of the picture, in at most about 60 characters."""
    peaks = [curve.exposure.cmax_ng_per_ml for curve in result.curves]
    if result.cautions:
        return f"Too fast for the models: peaks from {min(peaks):,.0f} to {max(peaks):,.0f} ng/mL"
    if result.interruption == "pause":
        falls = _listed([f"{curve.fall_in_pause_pct:.0f} %" for curve in result.curves])
        return f"A pause of {_paused(result)}: down {falls}, same exposure"
    if result.interruption == "stop":
        stop = _clock(result.curves[0].stop_min)
        return (
            f"Stopped at {stop} min: {_share(result.given_share)} of the dose and of the exposure"
        )
    shown = _listed([f"{peak:,.0f}" for peak in peaks])
    return f"One infusion, {len(peaks)} models: peaks of {shown} ng/mL"


def _order(result: InfusionReport) -> str:
    ordered = result.ordered
    stopped = result.interruption == "stop"
    minutes, paused = f"{ordered.duration_min:g} min", ""
    if result.pause:
        start, end = (_clock(minute) for minute in result.pause)
        minutes = f"{_clock(result.given[-1].end_min)} min"
        paused = f" while the pump runs; paused from minute {start} to {end}"
    words = (
        f"{ordered.dose_mg:.3g} mg {'ordered ' * stopped}over {minutes} "
        f"({result.dose_mg_per_kg:g} mg/kg × {result.weight_kg:g} kg, "
        f"{ordered.rate_mg_per_min:.2g} mg a minute{paused})"
    )
    return f"{words}, {result.given_mg:.3g} mg given" if stopped else words


def _peaks(result: InfusionReport) -> str:
    first, *rest = result.curves
    words = (
        f"{first.name} peaks at {first.exposure.cmax_ng_per_ml:,.0f} ng/mL (minute "
        f"{_clock(first.exposure.tmax_min)}) and is halved {_clock(first.halving_min)} min after "
        "the pump stops"
    )
    others = [
        f"{curve.name} at {curve.exposure.cmax_ng_per_ml:,.0f} (minute "
        f"{_clock(curve.exposure.tmax_min)}), halved after {_clock(curve.halving_min)} min"
        for curve in rest
    ]
    return "; ".join([words, *others])


def _interruption(result: InfusionReport) -> str:
    if result.interruption == "stop":
        return (
            f"Stopping leaves {_share(result.given_share)} of the dose given, and the same share "
            "of the exposure."
        )
    falls = _listed([f"{curve.fall_in_pause_pct:.0f} % ({curve.name})" for curve in result.curves])
    return (
        f"During the pause of {_paused(result)} the level falls by {falls}; the whole dose still "
        f"runs in, by minute {_clock(result.curves[0].stop_min)}, so the exposure stays the same."
    )


def _too_fast(result: InfusionReport) -> str:
    words = f"Caution, faster than {FAST_MIN:g} min. {' '.join(result.cautions)}"
    names = {curve.name for curve in result.curves}
    if "Clements" in names and "Domino" not in names:
        words += " To see the early phase, choose Clements, Kamp and Domino under Models."
    return words


def _beside(result: InfusionReport) -> str:
    changes = []
    for curve, other in zip(result.curves, result.other_exposures, strict=True):
        now = curve.exposure.cmax_ng_per_ml
        change = 100 * (other.cmax_ng_per_ml / now - 1)
        how = "the same" if abs(change) < 0.5 else f"{abs(change):.0f} % "
        if abs(change) >= 0.5:
            how += "higher" if change > 0 else "lower"
        changes.append(f"{other.cmax_ng_per_ml:,.0f} ({curve.name}, {how})")
    share = sum(part.dose_mg for part in result.other) / result.given_mg
    same = (
        "with the same exposure"
        if abs(share - 1) < 0.005
        else f"with {share:.2g} times the exposure"
    )
    return f"Dotted, {_BESIDE[result.beside]}: peaks of {_listed(changes)}, {same}."


def _notes(result: InfusionReport) -> str:
    known = anchors()
    first, lines = [], []
    if any("S only" in curve.name for curve in result.curves):
        first.append(
            "<strong>S-ketamine, not the racemate.</strong> Read the shape, not the height: both "
            "curves treat the whole dose as S-ketamine."
        )
    lines.append(
        "<strong>Artery or vein?</strong> Models of arterial or early samples (Simons; Kamp and "
        "Domino as this course reads them) run high while the pump runs and fall fast when it "
        f"stops; venous models fall slowly ({cited(['kamp2020'])}). What was measured in "
        "depression lies nearer to Clements (venous: " + NOT_CHECKED + "): the ◇, and a mean of "
        f"{known['pilot_mean'].value:g} ng/mL in {known['pilot_mean'].n} people, time of sampling "
        f"not in the abstract ({cited(known['pilot_mean'].source)})."
    )
    lines.append(
        "<strong>* Second-hand:</strong> 185 ng/mL, dissociation at "
        f"{known['dissociation'].text} and anaesthesia at {known['anaesthesia'].text} ng/mL are "
        f"as reported by {cited(['zanos2018'])}, from older studies not opened here. The first two "
        "belong to the same infusion, 0.5 mg/kg over 40 min. None of them is a target."
    )
    return (
        f"{_paragraphs(first)}<details><summary>Artery or vein, and what is second-hand (*)"
        f"</summary>{_paragraphs(lines)}</details>"
    )


def _paragraphs(lines: Iterable[str]) -> str:
    return "".join(f'<p style="margin:6px 0 0;font-size:14px">{line}</p>' for line in lines)
