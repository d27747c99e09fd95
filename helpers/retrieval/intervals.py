"""How sure a mean over queries and seeds is: the one interval of notebooks and ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr
from scipy.stats import chi2

LEVEL = 0.95
_LOG_CHI_SQUARE = np.linspace(-40.0, 6.5, 400)
_NO_SPREAD = 1e-12  # in place of a standard error of 0


class Estimate(NamedTuple):
    """A mean, or a difference of means, and the ends of its 95 % interval, in percent or points.

    As text: ``"75.3 (73.9 to 76.8)"``.
    """

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.1f} ({self.low:.1f} to {self.high:.1f})"


@dataclass(frozen=True)
class UncertainMean:
    """A mean over seeds and queries, and how far other queries and seeds would have moved it.

    Attributes:
        mean: what was measured.
        query_error: standard error over queries; their mean is taken to be normal.
        seed_error: standard error over seeds, estimated from few, hence Student's t.
        degrees: of freedom of that estimate.
    """

    mean: float
    query_error: float
    seed_error: float
    degrees: float

    def chance_below(self, value: float) -> float:
        """How likely the true mean is at most this value."""
        gap = value - self.mean
        return float(chance_below(gap, self.query_error, self.seed_error, self.degrees))

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """The interval that holds the true mean as often as the level says."""
        is_sure = not (self.query_error or self.seed_error)
        half = 0.0 if is_sure else self._half_width((1 + level) / 2)
        return self.mean - half, self.mean + half

    def _half_width(self, chance: float) -> float:
        errors = self.query_error, self.seed_error, self.degrees
        end = max(self.query_error, self.seed_error, _NO_SPREAD)
        while chance_below(end, *errors) < chance:
            end *= 2
        return float(brentq(lambda x: chance_below(x, *errors) - chance, 0, end, xtol=1e-12))


def chance_below(
    value: np.ndarray, query_error: np.ndarray, seed_error: np.ndarray, degrees: np.ndarray
) -> np.ndarray:
    """Distribution function of query_error · (normal) + seed_error · (Student's t).

    Student's t is a normal whose variance is itself drawn, degrees / χ². The sum is so a normal,
    too, and only χ² is left to integrate over: by the trapezoidal rule over its logarithm, which
    is exact here to many digits. Nothing is drawn.

    Args:
        value, query_error, seed_error, degrees: numbers or arrays of one shape.
    """
    value, query_error, seed_error, degrees = (
        np.asarray(each, float)[..., None] for each in (value, query_error, seed_error, degrees)
    )
    chi_square = np.exp(_LOG_CHI_SQUARE)
    weights = chi_square * chi2.pdf(chi_square, degrees)
    weights /= weights.sum(axis=-1, keepdims=True)
    spread = np.sqrt(query_error**2 + seed_error**2 * degrees / chi_square)
    return (weights * ndtr(value / np.maximum(spread, _NO_SPREAD))).sum(axis=-1)


def uncertain_mean(values: np.ndarray, groups: np.ndarray | None = None) -> UncertainMean:
    """The mean of values with the errors of its queries and of its seeds.

    Seeds enter by Student's t: a bootstrap of few seeds is far too sure, because five seeds of two
    equally good methods all point the same way once in 16 times, and then so does every draw.

    Args:
        values: ``[n]``, one value a query, or ``[s, n]``, one row a training seed.
        groups: ``int [n]``, such as the species of each query: queries of one group resemble each
            other, so that only groups count as independent. None: every query by itself.

    Raises:
        ValueError: values of another shape, empty or not finite, or groups that do not fit.
    """
    values = _checked(values)
    seeds = len(values)
    # One seed says nothing about others: the interval is then that of this one network.
    seed_error = values.mean(axis=1).std(ddof=1) / np.sqrt(seeds) if seeds > 1 else 0.0
    error = query_error(values.mean(axis=0), groups)
    return UncertainMean(float(values.mean()), error, float(seed_error), max(seeds - 1, 1))


def query_error(values: np.ndarray, groups: np.ndarray | None = None) -> float:
    """Standard error of the mean of ``[n]`` values whose groups ``int [n]`` are independent.

    Raises:
        ValueError: not one group for each value.
    """
    groups = np.arange(len(values)) if groups is None else np.asarray(groups)
    if groups.shape != values.shape:
        raise ValueError(
            f"groups have shape {list(groups.shape)}, but there are {len(values)} queries; give "
            "one group for each"
        )
    _, place = np.unique(groups, return_inverse=True)
    strayed = np.bincount(place, values - values.mean())
    number = len(strayed)
    return float(np.sqrt((strayed**2).sum() * number / max(number - 1, 1))) / len(values)


def mean_interval(
    values: np.ndarray, groups: np.ndarray | None = None, level: float = LEVEL
) -> tuple[float, float]:
    """Confidence interval of a mean over seeds and queries; arguments as in `uncertain_mean`."""
    return uncertain_mean(values, groups).interval(level)


def paired_difference_interval(
    first: np.ndarray,
    second: np.ndarray,
    groups: np.ndarray | None = None,
    level: float = LEVEL,
) -> tuple[float, float]:
    """Confidence interval of mean(first − second), where both answered the very same queries.

    Args as in `uncertain_mean`.

    Raises:
        ValueError: values of different shapes, or as in `uncertain_mean`.
    """
    first, second = np.asarray(first, float), np.asarray(second, float)
    if first.shape != second.shape:
        raise ValueError(
            f"first has shape {list(first.shape)} and second {list(second.shape)}; pairing needs "
            "the same queries (and seeds) in the same order"
        )
    return mean_interval(first - second, groups, level)


def bootstrap_interval(
    values: np.ndarray, level: float = LEVEL, samples: int = 2000, seed: int = 0
) -> tuple[float, float]:
    """Confidence interval of a mean over queries: percentiles of the means of resampled queries.

    Efron & Tibshirani, "An introduction to the bootstrap", 1993. Queries of one class are drawn
    independently of each other. It is not for seeds, of which there are too few to draw from: see
    `mean_interval`.

    Args:
        values: ``[n]``, one value a query.
        level: how often the interval should hold the true mean.
        samples: how many times to resample.
        seed: of the resampling, so that the interval is the same each time.

    Raises:
        ValueError: values of another shape, empty, or not finite.
    """
    if np.ndim(values) == 2:
        raise ValueError("values have one row a seed, too few to draw from: use mean_interval")
    (values,) = _checked(values)
    generator = np.random.default_rng(seed)
    size = len(values)
    # Counting how often each is drawn is cheaper than copying what was drawn.
    draws = (
        np.bincount(generator.integers(size, size=size), minlength=size) for _ in range(samples)
    )
    means = [drawn @ values / size for drawn in draws]
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _checked(values: np.ndarray) -> np.ndarray:
    """The values as ``float [s, n]``."""
    values = np.asarray(values, float)
    if values.ndim not in (1, 2) or not values.size or not np.isfinite(values).all():
        raise ValueError(
            f"values have shape {list(values.shape)}; they must be finite numbers [queries] or "
            "[seeds, queries], at least one: give the numbers per query of an evaluation"
        )
    return np.atleast_2d(values)
