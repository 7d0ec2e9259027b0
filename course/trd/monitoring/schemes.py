"""The marking scheme of each scenario."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from trd.monitoring.marking import Scheme
from trd.monitoring.schemes_airway import PUMP_ERROR, SPASM, VOMITS
from trd.monitoring.schemes_person import FAINT, GOING_HOME, TERROR
from trd.monitoring.schemes_pressure import NO_SIGNS, WITH_SIGNS
from trd.monitoring.schemes_routine import PRACTICE, PREDOSE, ROUTINE

SCHEMES: Mapping[str, Scheme] = MappingProxyType(
    {
        "routine": ROUTINE,
        "predose-pressure": PREDOSE,
        "pressure-no-signs": NO_SIGNS,
        "pressure-with-signs": WITH_SIGNS,
        "pump-error": PUMP_ERROR,
        "laryngospasm": SPASM,
        "terror": TERROR,
        "faint": FAINT,
        "vomiting": VOMITS,
        "going-home": GOING_HOME,
        "practice": PRACTICE,
    }
)
