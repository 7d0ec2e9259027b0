"""Magnesium and ketamine in the NMDA channel: over voltage, over time, and at the synapse."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from trd.mechanism.channel_report import DRUG_MIN, HORIZON_MIN, ChannelReport
from trd.mechanism.receptor import Scenario
from trd.mechanism.views.synapse import HEIGHT, ONWARD, WIDTH, Synapse, in_words
from trd.panel.parts import CSS, backing, cited
from trd.panel.titled import SWIPE, TitledView
from trd.panel.views import BLUE, GREY, INK, ORANGE, Table
from trd.parameters import Entry

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

_SIZE = (7.6, 5.15)
#: Room under the plots for two lines of words.
_UP = 0.44
_NOTE = (
    "Current (upper left) is worked out from potency, the channels from speeds.\n"
    "They disagree, and nobody can say which is right for a brain."
)


class ChannelView(TitledView[ChannelReport]):
    """Two small plots on the left, the synapse they belong to on the right."""

    size_in = _SIZE

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[Any] = []
        self._dots: list[Any] = []
        self._cursors: list[Any] = []

    def title(self, result: ChannelReport) -> str:
        """Return the message of the picture."""
        return _title(result)

    def build(self, figure: Figure) -> Sequence[Artist]:
        """Draw the axes, their fixed words and the synapse."""
        wide, high = _SIZE
        volts = figure.add_axes((0.66 / wide, (2.88 + _UP) / high, 2.86 / wide, 1.25 / high))
        volts.set(xlim=(-90, 40), ylim=(0, 104), xticks=range(-80, 41, 40), yticks=(0, 50, 100))
        volts.set_xlabel("membrane voltage (mV)", labelpad=1)
        volts.set_ylabel("current left (%)", labelpad=2)
        minutes = figure.add_axes((0.66 / wide, (0.52 + _UP) / high, 2.86 / wide, 1.42 / high))
        minutes.set(
            xlim=(0, HORIZON_MIN), ylim=(0, 104), xticks=range(0, 121, 40), yticks=(0, 50, 100)
        )
        minutes.set_xlabel("minutes", labelpad=1)
        minutes.set_ylabel("ketamine in (%)", labelpad=2)
        minutes.axvspan(0, DRUG_MIN, facecolor="#F7E4D6", edgecolor="#E5BFA3", hatch="..", lw=0)
        for axes in (volts, minutes):
            axes.tick_params(length=3)
        figure.text(0.68 / wide, (4.2 + _UP) / high, "━ magnesium", color="#005A8E")
        figure.text(1.86 / wide, (4.2 + _UP) / high, "╍ and ketamine", color="#A84300")
        y = (2.01 + _UP) / high
        span = 2.86 / HORIZON_MIN
        figure.text((0.66 + span * DRUG_MIN / 2) / wide, y, "drug there", ha="center")
        gone = 0.66 + span * (DRUG_MIN + HORIZON_MIN) / 2
        figure.text(gone / wide, y, "drug gone", ha="center", color=GREY)

        for axes, colour, dash in (
            (volts, BLUE, "-"),
            (volts, ORANGE, (0, (4, 1.6))),
            (minutes, ORANGE, "-"),
        ):
            self._lines.append(axes.plot([], [], color=colour, linestyle=dash)[0])
        for axes, colour, marker in (
            (volts, BLUE, "o"),
            (volts, ORANGE, "s"),
            (minutes, ORANGE, "h"),
        ):
            self._dots.append(
                axes.plot(
                    [],
                    [],
                    marker,
                    color=colour,
                    markersize=9,
                    markeredgecolor="white",
                    clip_on=False,
                )[0]
            )
        self._cursors = [
            axes.plot([], [], color=INK, linewidth=1.2, linestyle=(0, (2, 2)))[0]
            for axes in (volts, minutes)
        ]
        picture = figure.add_axes((3.84 / wide, (0.08 + _UP) / high, WIDTH / wide, HEIGHT / high))
        self._synapse = Synapse(picture)
        self._title = figure.text(0.012, 0.957, "", fontsize=13, fontweight="bold", va="center")
        figure.text(0.012, 0.05 / high, _NOTE, linespacing=1.2, color=INK)
        return [
            *self._cursors,
            *self._lines,
            *self._dots,
            *self._synapse.moving(),
            self._title,
        ]

    def update(self, result: ChannelReport) -> None:
        """Move curves, cursors and the synapse."""
        magnesium, both, block = self._lines
        magnesium.set_data(result.voltages_mv, 100 * result.magnesium_curve)
        both.set_data(result.voltages_mv, 100 * result.both_curve)
        block.set_data(result.times_min, 100 * result.blocked_curve)
        here = (
            (result.voltage_mv, result.unblocked),
            (result.voltage_mv, result.current),
            (result.at_min, result.blocked),
        )
        for dot, (x, share) in zip(self._dots, here, strict=True):
            dot.set_data([x], [100 * share])
        for line, x in zip(self._cursors, (result.voltage_mv, result.at_min), strict=True):
            line.set_data([x, x], [0, 104])
        self._synapse.update(result)
        self._title.set_text(_title(result))

    def html(self, result: ChannelReport) -> str:
        """Return the picture and the conversion of the plasma level."""
        return super().html(result) + SWIPE + _narrow_note() + _conversion(result) + _WORDS

    def more(self, result: ChannelReport) -> str:
        """Return the same plasma level under one assumption after the other."""
        return CSS + _assumptions(result)

    def room(self, result: ChannelReport) -> tuple[int, int]:
        """Keep the controls under the words where they are."""
        del result
        return 5, 13

    def describe(self, result: ChannelReport) -> str:
        """Return the picture in words, in the order in which it is looked at."""
        return (
            f"{in_words(result)} By its speeds ketamine heads for {_percent(result.plateau)} of "
            f"the channels while the drug is there: half-way in {_time(result.half_in_min)}, half "
            f"out {_time(result.half_out_min)} after the drug is gone. By its potency, at "
            f"{_signed(result.voltage_mv)} mV magnesium ({result.mg_mm:g} mmol/L) alone leaves "
            f"{_percent(result.unblocked)} of the current, both together "
            f"{_percent(result.current)}. {ONWARD}"
        )

    def table(self, result: ChannelReport) -> Table:
        """Return the share of channels with ketamine over time."""
        wanted = (0.0, 5.0, 10.0, 20.0, 40.0, 50.0, 60.0, 80.0, 100.0, 120.0)
        times = result.times_min.tolist()
        rows = [
            [
                f"{minute:g}",
                "there" if minute <= DRUG_MIN else "gone",
                f"{100 * result.blocked_curve[times.index(minute)]:.1f}",
            ]
            for minute in wanted
        ]
        return Table(
            f"Share of NMDA channels with ketamine inside; open {_share_open(result)} of the time.",
            ("Minute", "Drug", "Ketamine in, %"),
            rows,
        )


def _narrow_note() -> str:
    """Return the words under the plots once more, where the picture is scrolled sideways."""
    words = escape(_NOTE.replace("\n", " "))
    return f'<p class="trd-wrapped" style="font-weight:400">{words}</p>'


_WORDS = (
    '<p class="trd-small" style="margin:4px 0 0"><strong>Words:</strong> AMPA: another glutamate '
    "channel, taken as left alone by ketamine. IC50: the level that halves the current "
    "(potency). kon, koff: how fast ketamine binds and lets go (speeds of binding). Half out takes "
    "0.69 of a time constant.</p>"
)


def _signed(value: float) -> str:
    return f"{value:g}".replace("-", "−")


def _percent(share: float) -> str:
    percent = 100 * share
    return f"{percent:.0f} %" if percent >= 9.5 or percent == 0 else f"{percent:.1f} %"


def _time(minutes: float) -> str:
    if minutes < 1:
        return f"{60 * minutes:.1f} s" if minutes < 1 / 6 else f"{60 * minutes:.0f} s"
    return f"{minutes:.1f} min" if minutes < 10 else f"{minutes:.0f} min"


def _share_open(result: ChannelReport) -> str:
    return f"{100 * result.open_probability:g} %"


def _title(result: ChannelReport) -> str:
    """Return the message of the picture, in at most about 60 characters."""
    counts = result.counts
    held = counts["open_blocked"] + counts["trapped"]
    if not result.total_ng_per_ml:
        return f"No ketamine: magnesium in {counts['magnesium']} of 20 channels"
    if not result.drug_present:
        since = result.at_min - DRUG_MIN
        if held:
            return f"Drug gone for {since:g} min, ketamine still in {held} of 20 channels"
        return f"Drug gone for {since:g} min, and ketamine with it"
    return f"Minute {result.at_min:g}: ketamine in {held}, magnesium in {counts['magnesium']} of 20"


def _conversion(result: ChannelReport) -> str:
    return (
        '<p style="margin:6px 0 0"><strong>From plasma to the channel:</strong> '
        f"{result.total_ng_per_ml:g} ng/mL ÷ 237.73 g/mol × {result.fraction_unbound:g} unbound = "
        f"<strong>{result.free_um:.2f} µmol/L free</strong>. Drug bound in tissue is not added: "
        "only free drug reaches the channel.</p>"
    )


def _row(scenario: Scenario) -> str:
    return _cells(
        scenario.label,
        f"{scenario.ic50.text}",
        100 * scenario.inhibition,
        _standing(scenario.ic50),
    )


def _standing(entry: Entry) -> str:
    """Return where an IC50 comes from; of one that was not checked, also where to look it up."""
    links = cited(entry.source)
    unread = entry.status == "from-knowledge"
    return f"{backing(entry)}{f', see {links}' if unread and links else ''}"


def _cells(label: str, ic50: str, percent: float, basis: str) -> str:
    bar = (
        f'<span aria-hidden="true" style="display:inline-block;height:10px;background:{ORANGE};'
        f'width:{0.7 * percent:.0f}px;margin-right:6px"></span>'
    )
    return (
        f'<tr><th scope="row">{escape(label)}</th><td>{ic50}</td>'
        f'<td style="white-space:nowrap">{bar}<strong>{percent:.0f} %</strong></td>'
        f'<td class="trd-small">{basis}</td></tr>'
    )


def _assumptions(result: ChannelReport) -> str:
    ends = result.scenario_range_pct
    rows = "".join(_row(scenario) for scenario in result.scenarios)
    measured = cited(["gilling2009"])
    rows += _cells(
        "plateau of the picture: rates in and out "
        + ("as measured" if result.entry == "measured" else "where magnesium has left"),
        "1.47 (koff / kon)",
        100 * result.plateau,
        measured + ("" if result.entry == "measured" else "; teaching assumption of this course"),
    )
    return (
        f'<p class="trd-sub">Why one occupancy number cannot be given: {ends[0]:.0f} to '
        f"{ends[1]:.0f} % at {result.total_ng_per_ml:g} ng/mL</p>"
        '<div class="trd-table"><table class="trd-stack" aria-label="Block by assumption">'
        '<thead><tr><th scope="col">Receptor and conditions</th><th scope="col">IC50, µmol/L</th>'
        '<th scope="col">Block</th><th scope="col">Where the IC50 is from</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
        '<p class="trd-small" style="margin:4px 0 0">All five are computed from test-tube '
        "measurements. No occupancy measured in people has been validated: one tracer was "
        f"displaced by ketamine in 10 volunteers ({cited(['stone2006', 'stone2008'])}), another "
        f"did not change consistently in 5 people ({cited(['pk209'])}).</p>"
    )
