"""How sure a difference between two runs is, and how sure many differences are together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

LEVEL = 0.95


@dataclass(frozen=True)
class Difference:
    """What `compare` found.

    Attributes:
        effect: mean(first) − factor · mean(second), over seeds and queries.
        low, high: its 95 % interval.
        p_above: one-sided p-value for "the effect is above 0": small if that is nearly sure.
        p_below: the same for "the effect is below 0".
        seeds: how many seeds it rests on.
    """

    effect: float
    low: float
    high: float
    p_above: float
    p_below: float
    seeds: int


def compare(
    first: np.ndarray,
    second: np.ndarray,
    species: np.ndarray,
    factor: float = 1.0,
    samples: int = 10_000,
    seed: int = 0,
) -> Difference:
    """How far mean(first) − factor · mean(second) is above 0, and how sure that is.

    Both runs answered the same queries, and a seed stands for the same teacher in both, so only
    differences count. Two things could have come out otherwise, and both are drawn anew:

    - *The queries*, by a bootstrap over species (Efron & Tibshirani, "An introduction to the
      bootstrap", 1993): species are drawn with replacement, each with all of its queries, because
      queries of one species resemble each other.
    - *The seeds*, from Student's t distribution with s − 1 degrees of freedom, scaled to the
      standard error of the mean over seeds. A bootstrap over seeds would be far too sure: five
      seeds of two equally good methods all point the same way once in 16 times, and then so does
      every draw of them.

    With few seeds a wide interval is the honest one. It still takes the seeds' differences to be
    roughly normal, and the species to be drawn independently, genus or not.

    Args:
        first, second: ``float [s, n]``, one row a seed and one column a query.
        species: ``int [n]``, the species of each query.
        factor: what the second mean is multiplied by.
        samples: how many times to draw; p-values are multiples of 1 / (1 + samples).
        seed: of the drawing, so that the result is the same each time.

    Raises:
        ValueError: different shapes, fewer than two seeds or two species, or values that are not
            finite.
    """
    first, second, species = _checked(first, second, species)
    gained = first - factor * second
    by_query, by_seed = gained.mean(axis=0), gained.mean(axis=1)
    standard_error = by_seed.std(ddof=1) / np.sqrt(len(by_seed))
    random_t = np.random.default_rng([seed, 1]).standard_t(len(by_seed) - 1, samples)
    drawn = _means_of_drawn_species(by_query, species, samples, seed) + standard_error * random_t
    # An inverted distribution function gives values that were drawn, not values between them.
    ends = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    low, high = np.quantile(drawn, ends, method="inverted_cdf")
    return Difference(
        effect=float(by_seed.mean()),
        low=float(low),
        high=float(high),
        p_above=float((1 + np.sum(drawn <= 0)) / (1 + samples)),
        p_below=float((1 + np.sum(drawn >= 0)) / (1 + samples)),
        seeds=len(by_seed),
    )


def holm(p_values: np.ndarray) -> np.ndarray:
    """p-values adjusted for being several: the probability of any false alarm stays below a level.

    Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
    Statistics 1979: the smallest of m is multiplied by m, the next by m − 1, and so on; none ends
    up below one that was smaller. Example: 0.01, 0.04, 0.03 become 0.03, 0.06, 0.06.

    Args:
        p_values: ``float [m]``, in any order.

    Returns:
        ``float [m]``, in the same order.
    """
    p_values = np.asarray(p_values, float)
    order = np.argsort(p_values, kind="stable")
    multiplied = p_values[order] * np.arange(len(p_values), 0, -1)
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum(np.maximum.accumulate(multiplied), 1.0)
    return adjusted


def _means_of_drawn_species(
    values: np.ndarray, species: np.ndarray, samples: int, seed: int
) -> np.ndarray:
    """Means ``[samples]`` of the values ``[n]`` of species drawn with replacement."""
    # Sums by species are all that a draw of whole species needs: 100 numbers instead of 4,000.
    _, place = np.unique(species, return_inverse=True)
    queries = np.bincount(place)
    drawn = _times_drawn(len(queries), samples, seed)
    return (drawn @ np.bincount(place, values)) / (drawn @ queries)


@lru_cache(maxsize=4)
def _times_drawn(species: int, samples: int, seed: int) -> np.ndarray:
    """How often each species is in each draw of as many as there are, ``[samples, species]``."""
    chosen = np.random.default_rng([seed, 0]).integers(species, size=(samples, species))
    cells = chosen + species * np.arange(samples)[:, None]
    counts = np.bincount(cells.ravel(), minlength=samples * species)
    return counts.reshape(samples, species).astype(float)


def _checked(
    first: np.ndarray, second: np.ndarray, species: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    first, second, species = (
        np.asarray(first, float),
        np.asarray(second, float),
        np.asarray(species),
    )
    if first.ndim != 2 or first.shape != second.shape:
        raise ValueError(
            f"first has shape {list(first.shape)} and second {list(second.shape)}; both must be "
            "[seeds, queries], of the same seeds and queries in the same order"
        )
    if len(first) < 2:
        raise ValueError(f"{len(first)} seed: how far seeds spread shows from two on; train more")
    if species.shape != first.shape[1:]:
        raise ValueError(
            f"species has shape {list(species.shape)}, but there are {first.shape[1]} queries; "
            "give one species for each"
        )
    if len(np.unique(species)) < 2:
        raise ValueError("species are all the same; give queries of at least two species")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise ValueError("first or second has values that are not finite; give numbers of a run")
    return first, second, species
