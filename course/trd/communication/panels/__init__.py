"""The interactive parts of lesson 5, one module each; notebooks call these functions."""

from trd.communication.panels.audit import claims_audit
from trd.communication.panels.control import which_control
from trd.communication.panels.duration import how_long_does_it_last
from trd.communication.panels.forest import forest_plot
from trd.communication.panels.framings import four_framings
from trd.communication.panels.harms import harms_with_denominators
from trd.communication.panels.icon_array import icon_array
from trd.communication.panels.indications import other_indications
from trd.communication.panels.leaflet import leaflet_workshop
from trd.communication.panels.personas import persona_conversations

__all__ = [
    "claims_audit",
    "forest_plot",
    "four_framings",
    "harms_with_denominators",
    "how_long_does_it_last",
    "icon_array",
    "leaflet_workshop",
    "other_indications",
    "persona_conversations",
    "which_control",
]
