"""The test of Revisited Oxford and Paris: Easy, Medium and Hard, with junk left out of the ranking.

Radenović et al., "Revisiting Oxford and Paris" (CVPR 2018). A query without a positive at some
difficulty does not count there. As everywhere in the course, ties count against us.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from helpers.benchmarks.revisited import Judgement
from helpers.retrieval.evaluation import ranks_of
from helpers.retrieval.metrics import average_precision_trapezoid
from helpers.retrieval.search import checked_embeddings

# What counts as right at each difficulty, and what is neither right nor wrong.
DIFFICULTIES = {
    "easy": (("easy",), ("junk", "hard")),
    "medium": (("easy", "hard"), ("junk",)),
    "hard": (("hard",), ("junk", "easy")),
}


@dataclass(frozen=True)
class DifficultyScores:
    """How well the queries were answered at one difficulty; NaN where a query has no positive.

    Attributes:
        average_precision: trapezoidal, as in the benchmark's own code, ``float64 [q]``.
        precision: for each K, ``float64 [q]``: the share of positives among the K nearest, or
            among all up to the last positive where these are fewer.
    """

    average_precision: np.ndarray
    precision: dict[int, np.ndarray]

    def mean(self) -> dict[str, float]:
        """Means in 0..1 over queries that have a positive: "mAP" and "mP@K"."""
        precisions = {f"mP@{k}": float(np.nanmean(row)) for k, row in self.precision.items()}
        return {"mAP": float(np.nanmean(self.average_precision))} | precisions


def revisited_test(
    query: np.ndarray,
    database: np.ndarray,
    judgements: Sequence[Judgement],
    ks: Sequence[int] = (1, 5, 10),
) -> dict[str, DifficultyScores]:
    """Easy, Medium and Hard of ROxford5k or RParis6k.

    Args:
        query, database: ``float [q, d]`` and ``[m, d]``, unit rows; in the asymmetric test by the
            student and by the teacher.
        judgements: what is right for each query.
        ks: the K of mP@K.

    Raises:
        ValueError: wrong embeddings, as for `evaluate`; another number of judgements than of
            queries; or no query with a positive at some difficulty.
    """
    query, database = checked_embeddings(query, database)
    if len(judgements) != len(query):
        raise ValueError(f"{len(judgements)} judgements of {len(query)} queries; give one for each")
    rows = [
        {level: _answer(one, database, judged, ks, level) for level in DIFFICULTIES}
        for one, judged in zip(query, judgements, strict=True)
    ]
    return {level: _scores([row[level] for row in rows], ks, level) for level in DIFFICULTIES}


def _answer(
    query: np.ndarray, database: np.ndarray, judged: Judgement, ks: Sequence[int], level: str
) -> list[float]:
    """Average precision and precisions at K of one query."""
    right, ignored = (
        np.unique(np.concatenate([getattr(judged, kind) for kind in kinds]))
        for kinds in DIFFICULTIES[level]
    )
    if not len(right):
        return [np.nan] * (1 + len(ks))
    similarity = torch.from_numpy(database @ query)[None]
    similarity[0, np.setdiff1d(ignored, right)] = -torch.inf
    is_positive = torch.zeros_like(similarity, dtype=torch.bool)
    is_positive[0, right] = True
    ranks = ranks_of(similarity, is_positive, len(right))[0]
    reach = [min(k, ranks[-1] + 1) for k in ks]
    precisions = [float((ranks < k).sum() / k) for k in reach]
    return [float(average_precision_trapezoid(ranks, len(ranks))), *precisions]


def _scores(rows: list[list[float]], ks: Sequence[int], level: str) -> DifficultyScores:
    columns = np.array(rows).T
    if np.isnan(columns[0]).all():
        raise ValueError(f"no query has a positive at difficulty {level!r}; check the judgements")
    return DifficultyScores(columns[0], dict(zip(ks, columns[1:], strict=True)))
