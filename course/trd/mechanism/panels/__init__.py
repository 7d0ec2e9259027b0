"""The interactive figures of lesson 2, one module each; notebooks call these functions."""

from trd.mechanism.panels.channel import channel
from trd.mechanism.panels.disinhibition import disinhibition
from trd.mechanism.panels.hypotheses import hypotheses
from trd.mechanism.panels.infusion import infusion
from trd.mechanism.panels.routes import routes
from trd.mechanism.panels.time_courses import time_courses

__all__ = ["channel", "disinhibition", "hypotheses", "infusion", "routes", "time_courses"]
