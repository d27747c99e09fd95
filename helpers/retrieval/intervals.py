"""How sure a mean over queries and seeds is: bootstrap confidence intervals."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Estimate(NamedTuple):
    """A mean, or a difference of means, and the ends of its 95 % interval, in percent or points.

    As text: ``"75.3 (73.9 to 76.8)"``.
    """

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.1f} ({self.low:.1f} to {self.high:.1f})"


def bootstrap_interval(
    values: np.ndarray, level: float = 0.95, samples: int = 2000, seed: int = 0
) -> tuple[float, float]:
    """Confidence interval of a mean: percentiles of the means of resampled queries (and seeds).

    Efron & Tibshirani, "An introduction to the bootstrap", 1993. Queries of one class are drawn
    independently of each other.

    Args:
        values: ``[n]``, one value a query, or ``[s, n]``, one row a training seed; then seeds and
            queries are both drawn again. Of two or three seeds the bootstrap sees little of the
            true spread: the interval is then too narrow rather than too wide.
        level: how often the interval should hold the true mean.
        samples: how many times to resample.
        seed: of the resampling, so that the interval is the same each time.

    Raises:
        ValueError: values of another shape, empty, or not finite.
    """
    values = np.asarray(values, float)
    if values.ndim not in (1, 2) or not values.size or not np.isfinite(values).all():
        raise ValueError(
            f"values have shape {list(values.shape)}; they must be finite numbers [queries] or "
            "[seeds, queries], at least one: give the numbers per query of an evaluation"
        )
    values = np.atleast_2d(values)
    generator = np.random.default_rng(seed)
    means = [_resampled_mean(values, generator) for _ in range(samples)]
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def paired_difference_interval(
    first: np.ndarray, second: np.ndarray, level: float = 0.95, samples: int = 2000, seed: int = 0
) -> tuple[float, float]:
    """Confidence interval of mean(first − second), where both answered the very same queries.

    Args as for `bootstrap_interval`.

    Raises:
        ValueError: values of different shapes, or as for `bootstrap_interval`.
    """
    first, second = np.asarray(first, float), np.asarray(second, float)
    if first.shape != second.shape:
        raise ValueError(
            f"first has shape {list(first.shape)} and second {list(second.shape)}; pairing needs "
            "the same queries (and seeds) in the same order"
        )
    return bootstrap_interval(first - second, level, samples, seed)


def _resampled_mean(values: np.ndarray, generator: np.random.Generator) -> float:
    """Mean of ``[s, n]`` after drawing s rows and n columns with replacement."""
    # Counting how often each is drawn is cheaper than copying what was drawn.
    rows, columns = (np.bincount(generator.integers(n, size=n), minlength=n) for n in values.shape)
    return float(rows @ values @ columns) / values.size
