"""How sure a difference between two runs is, alone and among the comparisons of its study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from helpers.retrieval.intervals import LEVEL, UncertainMean, query_error

ALPHA = 0.005
"""A comparison is shown below this one-sided p-value (Benjamin et al., "Redefine statistical
significance", Nature Human Behaviour 2018, who call what lies between it and 0.05 suggestive)."""

MARGIN = 0.03
"""Differences below three points of Recall@1 are not worth having."""


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
    first: np.ndarray, second: np.ndarray, species: np.ndarray, factor: float = 1.0
) -> Difference:
    """How far mean(first) − factor · mean(second) is above 0, judged by itself.

    Both runs answered the same queries, and a seed stands for the same teacher in both, so only
    differences count. Other species and other seeds could have made them come out otherwise.

    Args:
        first, second: ``float [s, n]``, one row a seed and one column a query.
        species: ``int [n]``, the species of each query.
        factor: what the second mean is multiplied by.

    Raises:
        ValueError: different shapes, fewer than two seeds or two species, or values that are not
            finite.
    """
    (found,) = study([gains(first, second, species, factor)], species)
    return found


def gains(
    first: np.ndarray, second: np.ndarray, species: np.ndarray, factor: float = 1.0
) -> np.ndarray:
    """first − factor · second ``[seeds, queries]``; arguments and errors as in `compare`."""
    first, second, species = _checked(first, second, species)
    return first - factor * second


def study(gained: Sequence[np.ndarray], species: np.ndarray) -> list[Difference]:
    """The comparisons of one study, whose spread over seeds is estimated together.

    Five numbers say little about their own spread. Seeds are blocks that all comparisons of a study
    share (randomised blocks), so their variances are averaged: see `pooled_errors`.

    Args:
        gained: of each comparison the gain ``[seeds, queries]``, over the same seeds.
        species: ``int [queries]``.
    """
    by_seed = np.stack([gain.mean(axis=1) for gain in gained])
    errors, degrees = pooled_errors(by_seed)
    return [
        _difference(
            UncertainMean(
                float(gain.mean()), query_error(gain.mean(axis=0), species), error, freedom
            ),
            len(gain),
        )
        for gain, error, freedom in zip(gained, errors.tolist(), degrees.tolist(), strict=True)
    ]


def pooled_errors(by_seed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Standard errors over seeds of a study's comparisons, and their degrees of freedom.

    The pooled variance has (seeds − 1) · tr(Σ)² / tr(Σ²) degrees of freedom (Satterthwaite,
    Biometrics Bulletin 1946; Σ is the covariance of the comparisons): all that they have if
    comparisons spread alike and by themselves, those of one if it outweighs the others. A
    comparison that spreads more than its study keeps its own variance, and gains fewer degrees the
    more it does: calm neighbours must not make it look sure.

    Args:
        by_seed: mean gains ``[..., comparisons, seeds]``.

    Returns:
        Two arrays ``[..., comparisons]``.
    """
    seeds = by_seed.shape[-1]
    centred = by_seed - by_seed.mean(axis=-1, keepdims=True)
    covariance = centred @ np.swapaxes(centred, -1, -2) / (seeds - 1)
    own = np.diagonal(covariance, axis1=-2, axis2=-1)
    both = (covariance**2).sum(axis=(-2, -1))
    worth = np.divide(own.sum(axis=-1) ** 2, both, out=np.ones_like(both), where=both > 0)
    pooled = own.mean(axis=-1, keepdims=True)
    variance = np.maximum(own, pooled)
    borrowed = np.divide(pooled, variance, out=np.ones_like(variance), where=variance > 0)
    degrees = (seeds - 1) * (1 + (worth[..., None] - 1) * borrowed)
    return np.sqrt(variance / seeds), degrees


def _difference(found: UncertainMean, seeds: int) -> Difference:
    low, high = found.interval(LEVEL)
    below = found.chance_below(0.0)
    return Difference(found.mean, low, high, below, 1 - below, seeds)


def false_discoveries(claims: int, holding: int, alpha: float = ALPHA) -> float:
    """At most this share of the claims that hold is expected to hold by chance.

    Benjamini & Hochberg, Journal of the Royal Statistical Society B 1995, read backwards: were all
    claims wrong, alpha of them would hold. A claim needs all of its comparisons, so each of them
    is tested at alpha (intersection-union; Berger, Technometrics 1982).

    Returns:
        A share in 0..1; 0 if no claim holds.
    """
    return min(alpha * claims / holding, 1.0) if holding else 0.0


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
