"""Lesson 4, monitoring: pure models, no figures, no widgets.

The chairside simulator: `scenarios`, `start`, `replay`, `perfect_log`. See
`trd.monitoring.session` for a run and `trd.monitoring.actions` for what can be done in it.
"""

from trd.monitoring.actions import ACTIONS, GROUPS, Action, Detail, action, wording
from trd.monitoring.body import LIMITS
from trd.monitoring.casebook import SCENARIOS, Scenario, Setup, scenario, scenarios
from trd.monitoring.chair import Done, Happening, Observation
from trd.monitoring.debrief import (
    ORIGIN,
    Critical,
    Debrief,
    Mark,
    clock,
    replay,
    story,
)
from trd.monitoring.evidence import EvidenceRow, evidence_rows, status_of
from trd.monitoring.harm import Harm, HarmItem
from trd.monitoring.instruments import CYCLES, Alarm, Reading
from trd.monitoring.marking import MAX_POINTS, CriticalRule, MarkingRule, Scheme
from trd.monitoring.model_answers import example_logs, perfect_log
from trd.monitoring.orders import HEADLINE, ORDERS, Order, order_set
from trd.monitoring.physiology import (
    Course,
    Drive,
    Patient,
    Signs,
    course,
    sample_patient,
    signs,
)
from trd.monitoring.schemes import SCHEMES
from trd.monitoring.session import Session, play, resume, start

__all__ = [
    "ACTIONS",
    "CYCLES",
    "GROUPS",
    "HEADLINE",
    "LIMITS",
    "MAX_POINTS",
    "ORDERS",
    "ORIGIN",
    "SCENARIOS",
    "SCHEMES",
    "Action",
    "Alarm",
    "Course",
    "Critical",
    "CriticalRule",
    "Debrief",
    "Detail",
    "Done",
    "Drive",
    "EvidenceRow",
    "Happening",
    "Harm",
    "HarmItem",
    "Mark",
    "MarkingRule",
    "Observation",
    "Order",
    "Patient",
    "Reading",
    "Scenario",
    "Scheme",
    "Session",
    "Setup",
    "Signs",
    "action",
    "clock",
    "course",
    "evidence_rows",
    "example_logs",
    "order_set",
    "perfect_log",
    "play",
    "replay",
    "resume",
    "sample_patient",
    "scenario",
    "scenarios",
    "signs",
    "start",
    "status_of",
    "story",
    "wording",
]
