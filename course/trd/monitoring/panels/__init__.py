"""The interactive parts of lesson 4, one module each; notebooks call these functions."""

from trd.monitoring.panels.chairside import chairside
from trd.monitoring.panels.changes import why_pressures_differ
from trd.monitoring.panels.course import course_of_treatment
from trd.monitoring.panels.discharge import ready_to_go_home
from trd.monitoring.panels.drills import drill_sheets
from trd.monitoring.panels.long_term import long_term_watch
from trd.monitoring.panels.schedule import vital_sign_schedule
from trd.monitoring.panels.thresholds import thresholds_disagree

__all__ = [
    "chairside",
    "course_of_treatment",
    "drill_sheets",
    "long_term_watch",
    "ready_to_go_home",
    "thresholds_disagree",
    "vital_sign_schedule",
    "why_pressures_differ",
]
