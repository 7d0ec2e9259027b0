"""The numbers of the class report: plain functions of points, knowing neither people nor pages.

Correlation and bootstrap are scipy's. Cronbach's alpha is a few lines here, because the libraries
that have it are either no longer kept up or licensed so that the course could not depend on them
(pingouin, GPL); a test compares the two.

What cannot be computed is ``None``, never NaN, so that it cannot slip onto a page.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Below so many trainees nothing is computed about items, only counted.
FEWEST = 10
#: Up to so many trainees what is computed is rough.
ROUGH = 30
#: Fewer items than this make no scale.
FEWEST_ITEMS = 3
#: A wrong option that fewer than this share of the class choose does not distract.
RARE = 0.05
#: So many must have chosen an option before it is asked who they are, and so many must differ from
#: the commonest result of an item before its correlation is taken for more than chance.
FEWEST_CHOOSERS = 5
#: Totals must lie so much higher (a share, 0 to 1) before an option is said to attract the strong.
MARGIN = 0.1
#: A longer gap between two answers is a pause, not time on an item.
PAUSE_S = 30 * 60
#: Differences smaller than this come from the computer's arithmetic.
_DUST = 1e-9

Place = TypeVar("Place", bound=Hashable)


def trust(n: int) -> str:
    """Say what numbers from so many trainees are good for.

    Returns
    -------
    str
        ``"counts"`` (below 10), ``"rough"`` (10 to 30) or ``"fair"``.
    """
    if n < FEWEST:
        return "counts"
    return "rough" if n <= ROUGH else "fair"


@dataclass(frozen=True)
class Spread:
    """Where scores lie.

    Attributes
    ----------
    n : int
        How many.
    mean, median, low, high : float
        In the unit of the scores.
    """

    n: int
    mean: float
    median: float
    low: float
    high: float


def spread(scores: Sequence[float]) -> Spread | None:
    """Return mean, median and range of scores, or None when there are none."""
    if not len(scores):
        return None
    values = np.asarray(scores, float)
    return Spread(
        len(values),
        float(values.mean()),
        float(np.median(values)),
        float(values.min()),
        float(values.max()),
    )


def histogram(shares: Sequence[float], bins: int = 10) -> list[int]:
    """Count scores in bands of equal width.

    Parameters
    ----------
    shares : sequence of float
        From 0 to 1. What lies outside, as extra credit does, is counted at the edge.
    bins : int
        How many bands. All but the last leave out their upper end.
    """
    # A hair above, or 0.3 falls below 3 / 10 in the computer's arithmetic.
    places = np.floor(np.asarray(shares, float) * bins + _DUST).astype(int)
    return [int(n) for n in np.bincount(np.clip(places, 0, bins - 1), minlength=bins)]


def difficulty(points: Sequence[float], maximum: float) -> float | None:
    """Return the mean share of an item's points: 0 when nobody earned any, 1 when all earned all.

    Parameters
    ----------
    points : sequence of float
        Of each trainee, unanswered counting 0.
    maximum : float
        Points of the item. An item without points has no difficulty.
    """
    if not len(points) or maximum <= 0:
        return None
    return min(1.0, max(0.0, float(np.mean(np.asarray(points, float))) / maximum))


def discrimination(points: ArrayLike, item: int) -> float | None:
    """Return the corrected item-total correlation of one item.

    Pearson's correlation between the item and the total of all *other* items; for an item that is
    right or wrong this is the point-biserial correlation.

    Parameters
    ----------
    points : array of shape (trainees, items)
        Points earned.
    item : int
        Its column.

    Returns
    -------
    float or None
        From -1 to 1; None when it or the rest does not vary, or with fewer than three trainees.
    """
    from scipy.stats import pearsonr

    table = np.asarray(points, float)
    if table.ndim != 2 or table.shape[0] < 3 or table.shape[1] < 2:
        return None
    own = table[:, item]
    rest = np.delete(table, item, axis=1).sum(axis=1)
    if np.ptp(own) < _DUST or np.ptp(rest) < _DUST:
        return None
    found = float(pearsonr(own, rest).statistic)
    return min(1.0, max(-1.0, found)) if np.isfinite(found) else None


def correlation_interval(
    r: float | None, n: int, level: float = 0.95
) -> tuple[float, float] | None:
    """Return the interval of a correlation by Fisher's z.

    Parameters
    ----------
    r : float or None
        Pearson's correlation, -1 to 1.
    n : int
        From how many trainees.
    level : float
        Confidence, between 0 and 1.

    Returns
    -------
    tuple of float or None
        Its ends; None without a correlation, or with fewer than four trainees.

    References
    ----------
    Fisher RA (1921), Metron 1:3-32.
    """
    from scipy.stats import norm

    if r is None or n < 4:
        return None
    with np.errstate(divide="ignore"):  # a perfect correlation is infinitely far out, and stays
        middle = np.arctanh(r)
    reach = norm.ppf((1 + level) / 2) / np.sqrt(n - 3)
    return float(np.tanh(middle - reach)), float(np.tanh(middle + reach))


def differing(points: Sequence[float]) -> int:
    """Return how many earned something else than the commonest result."""
    if not len(points):
        return 0
    _, counts = np.unique(np.round(np.asarray(points, float), 6), return_counts=True)
    return int(len(points) - counts.max())


def alpha(points: ArrayLike) -> float | None:
    """Return Cronbach's alpha, a lower bound of how consistent the items of one scale are.

    Parameters
    ----------
    points : array of shape (trainees, items)
        Points earned.

    Returns
    -------
    float or None
        At most 1, and below 0 when items work against each other; None with fewer than two
        trainees or items, or when totals do not vary.

    References
    ----------
    Cronbach LJ (1951), Psychometrika 16:297-334, doi:10.1007/BF02310555.
    """
    table = np.asarray(points, float)
    if table.ndim != 2 or min(table.shape) < 2:
        return None
    found = float(_alphas(table))
    return found if np.isfinite(found) else None


def _alphas(tables: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return alpha of each table in the last two axes; NaN where totals do not vary."""
    k = tables.shape[-1]
    items = tables.var(axis=-2, ddof=1).sum(axis=-1)
    totals = tables.sum(axis=-1).var(axis=-1, ddof=1)
    out = np.full(np.shape(totals), np.nan)
    np.divide(items, totals, out=out, where=totals > _DUST)
    return np.minimum(1.0, k / (k - 1) * (1 - out))


def alpha_interval(
    points: ArrayLike, level: float = 0.95, resamples: int = 2000, seed: int = 1
) -> tuple[float, float] | None:
    """Return a percentile bootstrap interval of Cronbach's alpha over trainees.

    Parameters
    ----------
    points : array of shape (trainees, items)
        Points earned.
    level : float
        How much of the bootstrap distribution it holds, between 0 and 1.
    resamples : int
        How many classes are drawn.
    seed : int
        The same class always gets the same interval.

    Returns
    -------
    tuple of float or None
        Its ends; None when there is no alpha, or when one drawn class in twenty has none.
    """
    from scipy.stats import DegenerateDataWarning, bootstrap

    table = np.asarray(points, float)
    if alpha(table) is None:
        return None

    def of_classes(rows: NDArray[np.int64], axis: int = -1) -> NDArray[np.float64]:
        del axis  # always the last
        return _alphas(table[rows])

    with warnings.catch_warnings():
        # Classes drawn without any spread have no alpha; they are counted below.
        warnings.simplefilter("ignore", DegenerateDataWarning)
        drawn = bootstrap(
            (np.arange(len(table)),),
            of_classes,
            n_resamples=resamples,
            batch=200,
            vectorized=True,
            method="percentile",
            rng=np.random.default_rng(seed),
        ).bootstrap_distribution
    usable = drawn[np.isfinite(drawn)]
    if len(usable) < 0.95 * resamples:
        return None
    low, high = np.quantile(usable, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


@dataclass(frozen=True)
class Option:
    """How one option of an item was used.

    Attributes
    ----------
    name : str
        Its id; empty for those who left the item unanswered.
    is_key : bool
        Whether it belongs in the best answer.
    chosen : int
        By how many.
    share : float
        Of the class, 0 to 1.
    mean_total : float or None
        Mean total of those who chose it.
    rare : bool
        Wrong, and chosen by less than 5 %.
    attracts_strong : bool
        Wrong, and those who chose it (five or more) have totals at least ten percentage points
        above those of whoever chose rightly.
    ahead : float or None
        Mean total of those who chose it minus that of those who chose rightly.
    """

    name: str
    is_key: bool
    chosen: int
    share: float
    mean_total: float | None
    rare: bool = False
    attracts_strong: bool = False
    ahead: float | None = None


def options(
    picks: Sequence[Collection[str]],
    totals: Sequence[float],
    names: Iterable[str],
    key: Collection[str],
) -> list[Option]:
    """Count who chose which option.

    Parameters
    ----------
    picks : sequence of collections of str
        What each trainee chose; empty for unanswered.
    totals : sequence of float
        Their totals, 0 to 1, in the same order.
    names : iterable of str
        All options.
    key : collection of str
        Those in the best answer. With several, a wrong option is compared with those who left
        it out; with one, with those who chose the key.

    Returns
    -------
    list of Option
        One for each name, and one without a name for the unanswered.
    """
    answered = [(pick, total) for pick, total in zip(picks, totals, strict=True) if pick]
    found = []
    for name in names:
        of = [total for pick, total in answered if name in pick]
        if len(key) == 1:
            right = [total for pick, total in answered if set(pick) & set(key)]
        else:
            right = [total for pick, total in answered if name not in pick]
        mean, better = _mean(of), _mean(right)
        ahead = None if mean is None or better is None else mean - better
        wrong = name not in key
        share = len(of) / len(picks) if picks else 0.0
        found.append(
            Option(
                name,
                not wrong,
                len(of),
                share,
                mean,
                rare=wrong and bool(picks) and share < RARE,
                attracts_strong=wrong
                and len(of) >= FEWEST_CHOOSERS
                and ahead is not None
                and ahead >= MARGIN - _DUST,
                ahead=ahead,
            )
        )
    blank = [total for pick, total in zip(picks, totals, strict=True) if not pick]
    share = len(blank) / len(picks) if picks else 0.0
    return [*found, Option("", False, len(blank), share, _mean(blank))]


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if len(values) else None


def times_on(stamps: Iterable[tuple[Place, str]]) -> dict[Place, float]:
    """Return roughly how long one trainee spent on each item.

    The time between two recorded answers goes to the later one. The first answer has no time, and
    neither has one after a pause of more than 30 minutes or a clock that went backwards.

    Parameters
    ----------
    stamps : iterable of (place, str)
        In the order they were recorded: what was answered, and when (ISO 8601; UTC where it does
        not say). A time that cannot be read is passed over.

    Returns
    -------
    dict
        Seconds by place.
    """
    found: dict[Place, float] = {}
    before: datetime | None = None
    for place, text in stamps:
        at = _time(text)
        if at is None:
            continue
        if before is not None:
            gap = (at - before).total_seconds()
            if 0 <= gap <= PAUSE_S:
                found[place] = found.get(place, 0.0) + gap
        before = at
    return found


def _time(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def median(values: Sequence[float]) -> float | None:
    """Return the median, or None when there are no values."""
    return float(np.median(values)) if len(values) else None


def most(counts: Mapping[Place, int], limit: int) -> list[tuple[Place, int]]:
    """Return what occurs most often, most frequent first and otherwise in the order given."""
    return sorted(counts.items(), key=lambda each: -each[1])[:limit]
