"""Why published mean rises of +3, +7, +13 and +16 mmHg can all be true.

One drug curve, and four things a report chooses or has to live with: which baseline is
subtracted, who was treated and with what, when the cuff was pressed, and whether the mean is taken
at one minute or over each person's own highest reading. The published figures are shown beside the
simulated ones; that the ingredients are the reason is this course's reading, not a finding.

Simulation for teaching: not for patient care.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, lru_cache

import numpy as np

from trd.definitions.history import number
from trd.monitoring.infusions import HORIZON_MIN, Array, effect_curve, value
from trd.monitoring.parameters import numbers
from trd.parameters import Entry, load

_FILE = "monitoring_changes"
_PEOPLE = 2000
SUMMARIES: dict[str, str] = {
    "mean": "Largest of the means at each minute",
    "highest": "Mean of each person's own highest reading",
}
PRESETS: dict[str, str] = {
    "like_16": "About +16, as the simulator is set",
    "like_7": "One way to get about +7",
    "like_3": "One way to get about +3",
}


@dataclass(frozen=True)
class Series:
    """One published mean rise.

    Attributes
    ----------
    name, label : str
    systolic, diastolic : float
        mmHg.
    interval : tuple of float or None
        Of the systolic rise, where published.
    minute : float or None
        When the rise was largest.
    minute_text : str
        The same as printed.
    source : tuple of str
    status, row : str
    """

    name: str
    label: str
    systolic: float
    diastolic: float
    interval: tuple[float, float] | None
    minute: float | None
    minute_text: str
    source: tuple[str, ...]
    status: str
    row: str


@dataclass(frozen=True)
class Ingredients:
    """What a report chooses or has to live with.

    Attributes
    ----------
    age_years : float
        Mean age, 18 to 85; everybody is taken at it.
    hypertension_share : float
        0 to 1.
    blunted_share : float
        Share of people whose rise is blunted by treatment or premedication, 0 to 1.
    arrival_mmhg : float
        Mean systolic excess of the baseline reading over the resting pressure, 0 to 15: a baseline
        taken on arrival, once, makes every later change look smaller.
    times_min : tuple of int
        Minutes at which the cuff is pressed, 1 to 120.
    """

    age_years: float = 45
    hypertension_share: float = 0.0
    blunted_share: float = 0.0
    arrival_mmhg: float = 0.0
    times_min: tuple[int, ...] = (10, 20, 30, 40, 55, 70, 85, 100)

    def __post_init__(self) -> None:
        number(self.age_years, "age_years", 18, 85, "years")
        number(self.hypertension_share, "hypertension_share", 0, 1)
        number(self.blunted_share, "blunted_share", 0, 1)
        number(self.arrival_mmhg, "arrival_mmhg", 0, _most_arrival(), "mmHg")
        if not self.times_min:
            raise ValueError("times_min is empty; at least one reading is needed.")
        for minute in self.times_min:
            number(minute, "times_min", 1, HORIZON_MIN, "min")


@dataclass(frozen=True)
class Change:
    """What a report with these ingredients would print.

    Attributes
    ----------
    ingredients : Ingredients
    times_min : tuple of int
    means : tuple of float
        Mean systolic change from the baseline at each reading, in mmHg.
    p10, p90 : tuple of float
        The same for the 10th and 90th person of 100.
    largest_mean : float
        The largest of the means: what most reports print.
    largest_minute : int
        When it is.
    mean_highest : float
        Mean of each person's own highest reading: larger, whatever the truth.
    over_30 : float
        Share of people with a rise of 30 mmHg or more at some reading.
    true_mean_peak : float
        Mean true rise over resting pressure at the peak of the effect.
    """

    ingredients: Ingredients
    times_min: tuple[int, ...]
    means: tuple[float, ...]
    p10: tuple[float, ...]
    p90: tuple[float, ...]
    largest_mean: float
    largest_minute: int
    mean_highest: float
    over_30: float
    true_mean_peak: float


def _cell(table: str, name: str) -> Entry:
    return load(_FILE)[table][name]


@cache
def _most_arrival() -> float:
    return float(_cell("ingredients", "most_arrival_mmhg").value)


def published() -> tuple[Series, ...]:
    """Return the published mean rises, smallest first."""
    found = []
    for name in ("series_684", "series_741", "pooled_15", "series_2342"):
        table = load(_FILE)[name]
        systolic = table["systolic_mmhg"]
        minute = table.get("minute")
        found.append(
            Series(
                name=name,
                label=str(table["label"].value),
                systolic=float(systolic.value),
                diastolic=float(table["diastolic_mmhg"].value),
                interval=None
                if systolic.low is None or systolic.high is None
                else (systolic.low, systolic.high),
                minute=None if minute is None else float(minute.value),
                minute_text="" if minute is None else minute.text,
                source=systolic.source,
                status=systolic.status,
                row=str(table["row"].value),
            )
        )
    return tuple(found)


def preset(name: str) -> Ingredients:
    """Return one ready set of ingredients.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    if name not in PRESETS:
        raise ValueError(f"There is no preset {name!r}; there are {', '.join(PRESETS)}.")
    table = load(_FILE)[name]
    return Ingredients(**{key: float(cell.value) for key, cell in table.items()})  # type: ignore[arg-type]


def _drawn(n: int, seed: int) -> tuple[Array, Array, Array, Array]:
    rng = np.random.default_rng(seed)
    effects = numbers("effect")
    rise = np.maximum(
        effects["least_rise_mmhg"],
        effects["sbp_mean_mmhg"] + effects["sbp_sd_mmhg"] * rng.normal(size=n),
    )
    # The same people whatever is chosen, so that only the choice moves the numbers.
    return rise, rng.random(n), rng.random(n), rng.normal(size=n)


@lru_cache(maxsize=4)
def _waves(n: int, seed: int) -> Array:
    rng = np.random.default_rng([seed, 2])
    keep = float(np.exp(-1 / value("body", "variation_min")))
    wave = np.empty((HORIZON_MIN + 1, n))
    wave[0] = rng.normal(size=n)
    for minute in range(1, HORIZON_MIN + 1):
        wave[minute] = keep * wave[minute - 1] + np.sqrt(1 - keep**2) * rng.normal(size=n)
    cuff = numbers("instruments")["noise_sbp_mmhg"] * rng.normal(size=wave.shape)
    found = (value("body", "variation_sbp_mmhg") * wave + cuff).T
    found.setflags(write=False)
    return found


def change(ingredients: Ingredients, seed: int = 1) -> Change:
    """Return what a report with these ingredients would print.

    Parameters
    ----------
    ingredients : Ingredients
    seed : int
        0 or more.
    """
    effects = numbers("effect")
    rise, treated, blunted, nervous = _drawn(_PEOPLE, seed)
    rise = rise + effects["hypertension_sbp_mmhg"] * (treated < ingredients.hypertension_share)
    rise = rise + effects["age_sbp_mmhg_per_year"] * (
        ingredients.age_years - effects["age_centre_years"]
    )
    factor = float(_cell("ingredients", "blunted_factor").value)
    rise = np.where(blunted < ingredients.blunted_share, factor * rise, rise)
    spread = float(_cell("ingredients", "arrival_sd_share").value)
    arrival = ingredients.arrival_mmhg * (1 + spread * nervous)
    fades = float(_cell("ingredients", "arrival_fades_min").value)
    times = np.array(sorted(set(ingredients.times_min)))
    shown = _waves(_PEOPLE, seed)
    still = arrival[:, None] * np.exp(-times / fades)
    now = rise[:, None] * effect_curve()[times] + still + shown[:, times]
    # A clinic that lets people rest subtracts the mean of readings; one on arrival stands alone.
    rested = 0.5 * shown[:, [0]] if ingredients.arrival_mmhg == 0 else shown[:, [0]]
    changed = now - arrival[:, None] - rested
    means = changed.mean(axis=0)
    top = int(means.argmax())
    low, high = np.percentile(changed, [10, 90], axis=0)
    highest = changed.max(axis=1)
    return Change(
        ingredients=replace(ingredients, times_min=tuple(int(each) for each in times)),
        times_min=tuple(int(each) for each in times),
        means=tuple(means.tolist()),
        p10=tuple(low.tolist()),
        p90=tuple(high.tolist()),
        largest_mean=float(means[top]),
        largest_minute=int(times[top]),
        mean_highest=float(highest.mean()),
        over_30=float((highest >= 30).mean()),
        true_mean_peak=float(rise.mean()),
    )
