"""The interactive parts of lesson 3, one module each; notebooks call these functions."""

from trd.screening.panels.clinic import screening_clinic
from trd.screening.panels.interaction_checker import interaction_checker
from trd.screening.panels.sources_disagree import sources_disagree
from trd.screening.panels.suicide_pathway import suicide_pathway
from trd.screening.panels.weight import dosing_weight
from trd.screening.panels.workup import workup_builder

__all__ = [
    "dosing_weight",
    "interaction_checker",
    "screening_clinic",
    "sources_disagree",
    "suicide_pathway",
    "workup_builder",
]
