"""The disinhibition circuit: firing against concentration, and firing at the chosen one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from trd.mechanism.circuit import Response, potencies
from trd.mechanism.pharmacokinetics import anchors
from trd.mechanism.receptor import unbound_um
from trd.panel.parts import CSS, NOT_CHECKED, cited, verdict
from trd.panel.titled import SWIPE, TitledView
from trd.panel.views import BLUE, GREY, INK, ORANGE, Table

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

_DARK = "#A84300"
_LOW, _HIGH = 0.03, 30.0


class DisinhibitionView(TitledView[Response]):
    """Two lines and their values at one concentration; bars of firing at rest and now."""

    size_in = (7.6, 3.9)

    def __init__(self) -> None:
        super().__init__()
        self.height_px = 500

    def title(self, result: Response) -> str:
        """Return the message of the picture."""
        return _title(result)

    def build(self, figure: Figure) -> Sequence[Artist]:
        """Draw both axes and return what moves."""
        left = figure.add_axes((0.098, 0.145, 0.535, 0.70))
        left.set(xscale="log", xlim=(_LOW, _HIGH), ylim=(-105, 125), yticks=range(-100, 101, 50))
        left.set_xticks([0.1, 1, 10], ["0.1", "1", "10"])
        left.set_xlabel("free ketamine (µmol/L, log scale)", labelpad=3)
        left.set_ylabel("firing against no drug (%)", labelpad=1)
        left.axhline(0, color=GREY, linewidth=1.2)
        left.text(0.034, 116, "— pyramidal cells", color=BLUE, va="center", fontweight="bold")
        left.text(0.034, -95, "– – interneurons", color=_DARK, va="center", fontweight="bold")
        left.text(0.034, -74, "··· not selective", color=GREY, va="center")
        right = figure.add_axes((0.72, 0.145, 0.27, 0.70))
        right.set(xlim=(-0.55, 1.55), ylim=(0, 17.5), xticks=[], yticks=range(0, 16, 5))
        right.set_ylabel("firing (Hz)", labelpad=1)
        right.grid(axis="x", visible=False)
        for x, name, colour in ((0, "pyramidal", BLUE), (1, "inter-\nneurons", _DARK)):
            right.text(x, -0.5, name, ha="center", va="top", color=colour, linespacing=0.95)
        right.set_title("□ at rest  ■ now", fontsize=11, fontweight="normal", pad=3)

        self._title = figure.text(0.012, 0.94, "", fontsize=13, fontweight="bold")
        self._cursor = left.axvline(1, color=INK, linestyle=":", linewidth=1.6)
        (self._plain,) = left.plot([], [], color=GREY, linestyle=(0, (1, 1.5)), linewidth=1.8)
        (self._e,) = left.plot([], [], color=BLUE, linewidth=2.6)
        (self._i,) = left.plot([], [], color=ORANGE, linestyle=(0, (5, 2)), linewidth=2.6)
        loose: dict[str, Any] = {"linestyle": "", "clip_on": False}
        (self._e_dot,) = left.plot([], [], marker="o", markersize=9, color=BLUE, **loose)
        (self._i_dot,) = left.plot([], [], marker="s", markersize=8, color=ORANGE, **loose)
        self._rest = right.bar([0, 1], [0, 0], 0.84, fill=False, edgecolor=INK, linewidth=1.4)
        self._now = right.bar([0, 1], [0, 0], 0.6, color=[BLUE, ORANGE])
        self._hz = [
            right.text(x, 0, "", ha="center", va="bottom", color=colour, fontweight="bold")
            for x, colour in ((0, BLUE), (1, _DARK))
        ]
        moving: list[Any] = [self._title, self._cursor, self._plain, self._i, self._e]
        return [*moving, self._i_dot, self._e_dot, *self._now, *self._rest, *self._hz]

    def update(self, result: Response) -> None:
        """Move lines, dots and bars."""
        self._title.set_text(_title(result))
        curve, now = result.curve, result.now
        at = min(max(float(now.conc_um), _LOW), _HIGH)
        self._cursor.set_xdata([at, at])
        self._plain.set_data(result.plain.conc_um, result.plain.pyramidal_change_pct)
        self._e.set_data(curve.conc_um, curve.pyramidal_change_pct)
        self._i.set_data(curve.conc_um, curve.interneuron_change_pct)
        self._e_dot.set_data([at], [float(now.pyramidal_change_pct)])
        self._i_dot.set_data([at], [float(now.interneuron_change_pct)])
        rest = (now.circuit.rest_e_hz, now.circuit.rest_i_hz)
        rates = (float(now.pyramidal_hz), float(now.interneuron_hz))
        for k in range(2):
            self._rest[k].set_height(rest[k])
            self._now[k].set_height(rates[k])
            self._hz[k].set_text(f"{rates[k]:.1f}")
            self._hz[k].set_y(max(rates[k], rest[k]) + 0.25)

    def html(self, result: Response) -> str:
        """Return the figure, then what the model is and what its two numbers rest on."""
        numbers = potencies()
        peak = anchors()["trd_peak"]
        paper = cited(numbers["interneuron"].source)
        return (
            f"{super().html(result)}{SWIPE}{CSS}"
            f"{verdict('info', 'One hypothesis drawn as a model. It is not evidence.')}"
            "<p>It shows that block of interneurons <em>more than</em> of pyramidal cells can "
            "raise firing at low levels and lower it at high ones. It does not show that this "
            "happens in patients, or that it lifts mood; it says nothing about duration, "
            "dissociation or dose.</p>"
            '<p class="trd-small">Dotted grey line: pyramidal cells, if both are blocked equally '
            "easily. "
            f"Concentrations that block half: pyramidal cells {numbers['pyramidal'].text} µmol/L "
            f"(GluN2A or 2B in magnesium); interneurons {numbers['interneuron'].text} "
            f"(GluN2C-like) or {numbers['glun2d'].text} (GluN2D-like), {NOT_CHECKED}, said to be "
            f"from {paper}. Which subunits decide in which cells is the assumption. At the highest "
            f"level seen in plasma ({peak.value:g} ng/mL, reported by {cited(peak.source[:1])}) "
            f"about {float(unbound_um(peak.value)):.1f} µmol/L is free, if just over half is "
            "unbound.</p>"
        )

    def room(self, result: Response) -> tuple[int, int]:
        """Keep the controls under the words where they are."""
        del result
        return 3, 7

    def describe(self, result: Response) -> str:
        """Say what both kinds of cells do here, and whether the inverted U is there."""
        now, shape = result.now, result.shape
        words = (
            f"At {float(now.conc_um):g} µmol/L free ketamine pyramidal cells fire at "
            f"{float(now.pyramidal_hz):.1f} Hz ({_signed(float(now.pyramidal_change_pct))} %) and "
            f"interneurons at {float(now.interneuron_hz):.1f} Hz "
            f"({_signed(float(now.interneuron_change_pct))} %). "
        )
        ratio = f"Interneurons are blocked {shape.selectivity:.1f} times as easily"
        if shape.selectivity < 1:
            ratio = f"Pyramidal cells are blocked {1 / shape.selectivity:.1f} times as easily"
        elif round(shape.selectivity, 1) == 1:
            ratio = "Both are blocked equally easily"
        if not shape.inverted_u or shape.reversal_um is None:
            return f"{words}{ratio}: firing only falls, there is no inverted U."
        return (
            f"{words}{ratio}: firing rises by at most {shape.peak_rise_pct:.0f} % at "
            f"{shape.peak_um:.1f} µmol/L and falls below rest beyond {shape.reversal_um:.1f}."
        )

    def table(self, result: Response) -> Table:
        """Return firing at a few concentrations, and at the chosen one."""
        steps = result.steps
        rows = [
            [
                f"{float(steps.conc_um[k]):g}",
                _signed(float(steps.pyramidal_change_pct[k])),
                _signed(float(steps.interneuron_change_pct[k])),
                f"{100 * float(steps.block_e[k]):.0f}",
                f"{100 * float(steps.block_i[k]):.0f}",
            ]
            for k in range(steps.conc_um.size)
        ]
        return Table(
            "Output of the course's model with the settings above; not a measurement",
            [
                "Free ketamine (µmol/L)",
                "Pyramidal firing (% change)",
                "Interneuron firing (% change)",
                "NMDA current blocked, pyramidal (%)",
                "the same, interneurons (%)",
            ],
            rows,
        )


def _signed(value: float) -> str:
    rounded = round(value)
    return f"+{rounded}" if rounded > 0 else f"−{-rounded}" if rounded < 0 else "0"


def _title(result: Response) -> str:
    shape = result.shape
    if not shape.inverted_u:
        return "Not selective enough: firing only falls, no inverted U"
    if shape.peak_rise_pct < 5:
        return f"Hardly selective: the rise almost vanishes ({shape.peak_rise_pct:.0f} %)"
    change = float(result.now.pyramidal_change_pct)
    if round(change) == 0:
        return "Selective block: some raises firing, much lowers it"
    word = "more" if change > 0 else "less"
    return f"Selective block, this level: pyramidal cells fire {abs(change):.0f} % {word}"
