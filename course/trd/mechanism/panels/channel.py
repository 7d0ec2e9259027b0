"""Magnesium and ketamine in the channel."""

from __future__ import annotations

from typing import Any

from trd.mechanism.channel_report import (
    DRUG_MIN,
    HORIZON_MIN,
    ChannelReport,
    channel_report,
    unbound_range,
)
from trd.mechanism.views.channel import ChannelView
from trd.panel.base import Panel
from trd.panel.controls import Choice, Play, Slider


def _report(open_probability: str, **values: Any) -> ChannelReport:
    return channel_report(open_probability=float(open_probability), **values)


def channel() -> Panel:
    """Return the panel: who sits in the channel, at which voltage, and for how long."""
    unbound = unbound_range()
    return Panel(
        "Magnesium and ketamine in the channel",
        {
            "voltage_mv": Slider("Membrane voltage", -65, -90, 40, 1, "mV"),
            "mg_mm": Slider("Magnesium outside the cell", 1, 0, 2, 0.1, "mmol/L"),
            "total_ng_per_ml": Slider("Ketamine in plasma", 185, 0, 2400, 5, "ng/mL"),
            "at_min": Slider(
                "Minute", DRUG_MIN, 0, HORIZON_MIN, 1, "min", play=Play(step=2, every_ms=250)
            ),
            "fraction_unbound": Slider(
                "Share of it that is free (unbound)",
                unbound.value,
                unbound.low or 0.29,
                unbound.high or 0.9,
                0.01,
                help=(
                    "0.53: at most 47 % bound (Dayton 1983). Up to 0.88: commonly quoted; not "
                    "checked here."
                ),
            ),
            "open_probability": Choice(
                "Glutamate holds the gate open",
                [
                    ("1", "all the time"),
                    ("0.1", "10 %"),
                    ("0.01", "1 %"),
                    ("0.001", "0.1 % of the time"),
                ],
                "0.01",
            ),
            "entry": Choice(
                "How ketamine gets in",
                [
                    ("measured", "as measured without magnesium"),
                    ("competition", "only where magnesium has left"),
                ],
                "measured",
            ),
        },
        _report,
        ChannelView(),
        lead=(
            "Two plugs, one pore. Move the voltage: magnesium goes. Press Play, then open the gate "
            "less often: ketamine comes and goes more slowly. Last, let magnesium stand in "
            "ketamine’s way: one assumption, another answer."
        ),
        assumptions=(
            "The drug is switched on at minute 0 and off at minute 40; a real level rises and "
            "falls (see the infusion).",
            "The rates in and out are those of human GluN2A without magnesium (Gilling 2009), at "
            "every voltage. “Only where magnesium has left” multiplies the rate in by the share of "
            "channels free of magnesium.",
            "The dashed curve takes ketamine and magnesium as rivals for one place and carries the "
            "IC50 of 0.71 µmol/L from −70 mV to other voltages.",
            "AMPA receptors are drawn as not blocked by ketamine. In the table, the three rows "
            "with magnesium take a Hill coefficient of 1.",
            "How often the gate is open stands for how busy the synapse is; 1 mmol/L magnesium "
            "and −65 mV are the course’s starting point.",
            "The unbound share of 0.53 is the least that a binding of at most 47 % leaves (Dayton "
            "1983); other figures run from 0.29, in isolated albumin, to 0.88 (commonly quoted; "
            "not checked here).",
        ),
        shows_dose=True,
        wide=("open_probability", "entry"),
        below=("fraction_unbound", "open_probability", "entry"),
    )
