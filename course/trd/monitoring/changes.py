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
#: When the cuff is pressed, by name: minutes after the start.
TIMES: dict[str, tuple[int, ...]] = {
    "every_10": (10, 20, 30, 40, 55, 70, 85, 100),
    "every_15": (15, 30, 45, 60, 90),
    "peak": (40,),
    "late": (60, 90),
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


@dataclass(frozen=True)
class Step:
    """What one ingredient did to the printed rise.

    Attributes
    ----------
    name : str
        ``start``, ``age``, ``hypertension``, ``blunted``, ``arrival``, ``times`` or ``summary``.
    before, after : float
        Printed systolic rise before and after it is added, in mmHg.
    """

    name: str
    before: float
    after: float

    @property
    def by(self) -> float:
        """By how much it moved the printed rise, in mmHg."""
        return self.after - self.before


@dataclass(frozen=True)
class Attempt:
    """A reader's try at turning the simulator's rise into a published one.

    Attributes
    ----------
    change : Change
        What a report with the chosen ingredients would show.
    base : Change
        The same people as the simulator is set.
    summary : str
        One of `SUMMARIES`.
    printed : float
        Systolic rise that the report prints, in mmHg.
    steps : tuple of Step
        The ingredients one after another; the first is the simulator's own setting.
    target : Series
        The published rise that is aimed at.
    people_alone : float
        Printed rise if only age and hypertension were as chosen, in mmHg.
    """

    change: Change
    base: Change
    summary: str
    printed: float
    steps: tuple[Step, ...]
    target: Series
    people_alone: float

    @property
    def off_by(self) -> float:
        """Printed minus published rise, in mmHg."""
        return self.printed - self.target.systolic

    @property
    def hit(self) -> bool:
        """Whether the two would look the same in print: within 0.5 mmHg."""
        return abs(self.off_by) <= NEAR_MMHG


#: A printed rise this near to the published one counts as the same.
NEAR_MMHG = 0.5


def _printed(found: Change, summary: str) -> float:
    return found.largest_mean if summary == "mean" else found.mean_highest


def attempt(ingredients: Ingredients, summary: str, target: str, seed: int = 1) -> Attempt:
    """Return what the ingredients print, one after another, beside a published rise.

    Parameters
    ----------
    ingredients : Ingredients
    summary : str
        One of `SUMMARIES`.
    target : str
        Name of one of the `published` series.
    seed : int
        0 or more.

    Raises
    ------
    ValueError
        For an unknown summary or series.
    """
    if summary not in SUMMARIES:
        raise ValueError(f"There is no summary {summary!r}; there are {', '.join(SUMMARIES)}.")
    aims = {each.name: each for each in published()}
    if target not in aims:
        raise ValueError(f"There is no series {target!r}; there are {', '.join(aims)}.")
    now = preset("like_16")
    base = change(now, seed)
    steps = [Step("start", 0.0, base.largest_mean)]
    # In the order in which a study lives through them: people, treatment, baseline, cuff, print.
    for name, field in (
        ("age", "age_years"),
        ("hypertension", "hypertension_share"),
        ("blunted", "blunted_share"),
        ("arrival", "arrival_mmhg"),
        ("times", "times_min"),
    ):
        now = replace(now, **{field: getattr(ingredients, field)})
        steps.append(Step(name, steps[-1].after, change(now, seed).largest_mean))
    found = change(ingredients, seed)
    printed = _printed(found, summary)
    steps.append(Step("summary", steps[-1].after, printed))
    return Attempt(
        change=found,
        base=base,
        summary=summary,
        printed=printed,
        steps=tuple(steps),
        target=aims[target],
        people_alone=steps[2].after,
    )


#: What the abstracts say of their own readings and people: sets that break it are not tried.
_KNOWN_TIMES = {"series_684": "every_10", "series_2342": "every_10"}
_KNOWN_PEOPLE = {"series_684": "like_3"}


@dataclass(frozen=True)
class Ways:
    """How many sets of ingredients print a published rise.

    Attributes
    ----------
    tried, found : int
        Sets of a fixed grid that agree with what the abstract says; those within `NEAR_MMHG` of
        the published rise.
    least, most : tuple of (Ingredients, str) or None
        Two of them that differ as much as possible in how many people are blunted, each with its
        summary.
    """

    tried: int
    found: int
    least: tuple[Ingredients, str] | None
    most: tuple[Ingredients, str] | None


@cache
def _grid() -> tuple[tuple[Ingredients, str, float], ...]:
    """Return a fixed grid of ingredients, both summaries, and what each prints."""
    found = []
    for name in ("like_16", "like_3"):
        people = preset(name)
        for blunted in np.linspace(0, 1, 6):
            for arrival in np.linspace(0, _most_arrival(), 11):
                for times in TIMES.values():
                    tried = replace(
                        people,
                        blunted_share=round(float(blunted), 1),
                        arrival_mmhg=float(arrival),
                        times_min=times,
                    )
                    shown = change(tried)
                    found += [(tried, each, _printed(shown, each)) for each in SUMMARIES]
    return tuple(found)


def _agrees(ingredients: Ingredients, target: str) -> bool:
    times, people = _KNOWN_TIMES.get(target), _KNOWN_PEOPLE.get(target)
    if times is not None and ingredients.times_min != TIMES[times]:
        return False
    if people is None:
        return True
    known = preset(people)
    return (ingredients.age_years, ingredients.hypertension_share) == (
        known.age_years,
        known.hypertension_share,
    )


@cache
def ways(target: str) -> Ways:
    """Return how many ways of a fixed grid lead to a published rise.

    Parameters
    ----------
    target : str
        Name of one of the `published` series.

    Raises
    ------
    ValueError
        If there is no such series.
    """
    aim = next((each.systolic for each in published() if each.name == target), None)
    if aim is None:
        raise ValueError(f"There is no series {target!r}.")
    allowed = [each for each in _grid() if _agrees(each[0], target)]
    near = [
        (ingredients, summary)
        for ingredients, summary, printed in allowed
        if abs(printed - aim) <= NEAR_MMHG
    ]
    near.sort(key=lambda pair: (pair[0].blunted_share, -pair[0].arrival_mmhg))
    return Ways(
        tried=len(allowed),
        found=len(near),
        least=near[0] if near else None,
        most=near[-1] if near else None,
    )
