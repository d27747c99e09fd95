"""Recall@K and average precisions, from the ranks at which a query finds its positives.

Ranks start at 0 for the nearest neighbour. Every function takes ``ranks`` ``[..., p]``, ascending,
with infinity for a positive that was not found or does not exist, and all but `recall_at_k` take
``count`` ``[...]``, the number of positives, which may be larger than the number of finite ranks.
They return ``[...]``, one value a query.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def recall_at_k(ranks: ArrayLike, k: int) -> np.ndarray:
    """Whether one of the k nearest is a positive. Example: ranks 2 and 5: K=1 no, K=3 yes."""
    return np.asarray(ranks)[..., 0] < k


def average_precision(ranks: ArrayLike, count: ArrayLike) -> np.ndarray:
    """Mean, over the positives, of the precision at the rank of each.

    The j-th positive (from 0) at rank r has precision (j + 1) / (r + 1). The same as scikit-learn's
    ``average_precision_score``. Example: ranks 0 and 2: (1/1 + 2/3) / 2 = 0.8333.
    """
    return _precision(ranks).sum(axis=-1) / count


def average_precision_trapezoid(ranks: ArrayLike, count: ArrayLike) -> np.ndarray:
    """Area under the precision-recall curve by trapezoids, as in the Oxford protocol (RAML, AML).

    Each positive adds the mean of the precisions just before it, j / r (1 at rank 0), and at it,
    (j + 1) / (r + 1). Example: ranks 0 and 2: ((1 + 1)/2 + (1/2 + 2/3)/2) / 2 = 0.7917.
    """
    ranks = np.asarray(ranks, float)
    before = np.where(ranks == 0, 1.0, np.arange(ranks.shape[-1]) / np.maximum(ranks, 1))
    return ((before + _precision(ranks)) / 2).sum(axis=-1) / count


def average_precision_at_r(ranks: ArrayLike, count: ArrayLike) -> np.ndarray:
    """Average precision over the first R ranks only, R the number of positives (MAP@R).

    Musgrave, Belongie & Lim, "A metric learning reality check", ECCV 2020. Example: ranks 0 and 2,
    so R = 2 and only rank 0 counts: (1/1) / 2 = 0.5.
    """
    within_r = np.asarray(ranks) < np.asarray(count)[..., None]
    return (_precision(ranks) * within_r).sum(axis=-1) / count


def _precision(ranks: ArrayLike) -> np.ndarray:
    """Precision at each positive: j + 1 positives among r + 1 items; 0 where it is not found."""
    ranks = np.asarray(ranks, float)
    return np.arange(1, ranks.shape[-1] + 1) / (ranks + 1)
