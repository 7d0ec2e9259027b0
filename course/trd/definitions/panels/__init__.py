"""The interactive figures of lesson 1, one module each; notebooks call these functions."""

from trd.definitions.panels.adequate_trial import adequate_trial
from trd.definitions.panels.definitions_side_by_side import definitions_side_by_side
from trd.definitions.panels.options import options
from trd.definitions.panels.pseudo_resistance import pseudo_resistance
from trd.definitions.panels.scales import scales
from trd.definitions.panels.stard import stard

__all__ = [
    "adequate_trial",
    "definitions_side_by_side",
    "options",
    "pseudo_resistance",
    "scales",
    "stard",
]
