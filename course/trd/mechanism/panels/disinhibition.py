"""The disinhibition circuit: a hypothesis to be broken by its own assumption."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trd.mechanism.circuit import potencies, response
from trd.mechanism.views.disinhibition import DisinhibitionView
from trd.panel.base import Panel
from trd.panel.controls import Choice, Slider

_OWN = "own"
_ASSUMED = {"2c": "interneuron", "2d": "glun2d", "equal": "pyramidal"}


def _value(name: str) -> float:
    return float(potencies()[name].value)


def _model(preset: str, ic50_i_um: float, conc_um: float) -> Any:
    del preset  # only sets the slider
    return response(conc_um, ic50_i_um)


def _adjust(name: str, values: dict[str, Any]) -> Mapping[str, Any]:
    if name == "preset" and values["preset"] in _ASSUMED:
        return {"ic50_i_um": _value(_ASSUMED[values["preset"]])}
    if name == "ic50_i_um":
        now = values["ic50_i_um"]
        same = (key for key, cell in _ASSUMED.items() if _value(cell) == now)
        return {"preset": next(same, _OWN)}
    return {}


def disinhibition() -> Panel:
    """Return the panel: two sliders and the circuit's answer."""
    span = potencies()["slider"]
    return Panel(
        "Disinhibition: what if ketamine quietens the brakes first?",
        {
            "conc_um": Slider(
                "Free ketamine", 1.0, 0, 10, 0.1, "µmol/L", help="Free, not total in plasma."
            ),
            "ic50_i_um": Slider(
                "Interneurons: half blocked at",
                float(span.value),
                float(span.low or 0),
                float(span.high or 0),
                0.05,
                "µmol/L",
                help=(
                    f"Pyramidal cells: {_value('pyramidal'):g}. The nearer, the less selective. "
                    "Figures commonly quoted; not checked here."
                ),
            ),
            "preset": Choice(
                "Interneurons are blocked",
                [
                    ("2c", f"like GluN2C ({_value('interneuron'):g})"),
                    ("2d", f"like GluN2D ({_value('glun2d'):g})"),
                    ("equal", f"no more easily ({_value('pyramidal'):g})"),
                    (_OWN, "as I set it"),
                ],
                "2c",
            ),
        },
        _model,
        DisinhibitionView(),
        lead=(
            "One leading, animal-supported hypothesis: interneurons, the brakes, are blocked more "
            "easily than pyramidal cells. Try to break it: make the two equally sensitive."
        ),
        assumptions=(
            "Selectivity: that interneurons are blocked more easily is the assumption the whole "
            "outcome rests on.",
            "Weights, thresholds, resting rates (5 and 15 Hz) and the half of excitation that "
            "ketamine cannot block are tuned to give the shape.",
        ),
        shows_dose=True,
        adjust=_adjust,
        wide=("preset",),
    )
