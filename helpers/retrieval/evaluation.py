"""The symmetric and the asymmetric test: how well every query finds its positives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from helpers.retrieval import metrics
from helpers.retrieval.search import (
    checked_embeddings,
    checked_own_row,
    require_k,
    similarity_chunks,
)

# Two similarities closer than this are a tie: rounding in float32 alone can tell them apart.
TIE = 1e-6


@dataclass(frozen=True)
class Scores:
    """How well each query was answered; `mean` sums it up.

    Attributes:
        recall: for each K, ``bool [n]``: is one of the K nearest a positive?
        average_precision: ``float64 [n]``, see `average_precision`.
        average_precision_trapezoid: ``float64 [n]``, see `average_precision_trapezoid`.
        average_precision_at_r: ``float64 [n]``, see `average_precision_at_r`.
    """

    recall: dict[int, np.ndarray]
    average_precision: np.ndarray
    average_precision_trapezoid: np.ndarray
    average_precision_at_r: np.ndarray

    def mean(self) -> dict[str, float]:
        """Means over queries in 0..1: "recall@1", …, "mAP", "mAP trapezoid" and "MAP@R"."""
        recalls = {f"recall@{k}": float(found.mean()) for k, found in self.recall.items()}
        return recalls | {
            "mAP": float(self.average_precision.mean()),
            "mAP trapezoid": float(self.average_precision_trapezoid.mean()),
            "MAP@R": float(self.average_precision_at_r.mean()),
        }


def symmetric_test(
    embeddings: np.ndarray, labels: np.ndarray, ks: Sequence[int] = (1, 10)
) -> Scores:
    """Every item is a query against all others, all embedded by one network.

    Args:
        embeddings: ``float [n, d]``, unit rows.
        labels: ``int64 [n]``.
        ks: the K of Recall@K.

    Raises:
        ValueError: as for `evaluate`.
    """
    return evaluate(embeddings, embeddings, labels, labels, np.arange(len(embeddings)), ks)


def asymmetric_test(
    student: np.ndarray, teacher: np.ndarray, labels: np.ndarray, ks: Sequence[int] = (1, 10)
) -> Scores:
    """Every item, embedded by the student, is a query against all others, embedded by the teacher.

    Args:
        student, teacher: ``float [n, d]``, unit rows, of the same n images in the same order.
        labels: ``int64 [n]``.
        ks: the K of Recall@K.

    Raises:
        ValueError: as for `evaluate`, or student and teacher with different numbers of rows.
    """
    if len(student) != len(teacher):
        raise ValueError(
            f"student has {len(student)} rows and teacher {len(teacher)}; give embeddings of the "
            "same images in the same order, or use evaluate for a database of other images"
        )
    return evaluate(student, teacher, labels, labels, np.arange(len(student)), ks)


def evaluate(
    query: np.ndarray,
    database: np.ndarray,
    query_labels: np.ndarray,
    database_labels: np.ndarray,
    own_row: np.ndarray | None = None,
    ks: Sequence[int] = (1, 10),
) -> Scores:
    """Recall@K and the average precisions of every query.

    A database item is a positive of a query when it has the same label and is not its own row.
    Database items without a label (-1) are distractors.

    Args:
        query, database: ``float [n, d]`` and ``[m, d]``, unit rows.
        query_labels, database_labels: ``int64 [n]`` and ``[m]``.
        own_row: ``int64 [n]``, the row of the database that shows the query's own image; None when
            queries and database are different images (the Split protocol).
        ks: the K of Recall@K.

    Raises:
        ValueError: embeddings of wrong shape, with NaN, or not of unit length; labels of another
            length; a query without a positive in the database; a K beyond the database.
    """
    ranks, count = positive_ranks(query, database, query_labels, database_labels, own_row)
    for k in ks:
        require_k(k, len(database) - (own_row is not None))
    return Scores(
        recall={k: metrics.recall_at_k(ranks, k) for k in ks},
        average_precision=metrics.average_precision(ranks, count),
        average_precision_trapezoid=metrics.average_precision_trapezoid(ranks, count),
        average_precision_at_r=metrics.average_precision_at_r(ranks, count),
    )


def positive_ranks(
    query: np.ndarray,
    database: np.ndarray,
    query_labels: np.ndarray,
    database_labels: np.ndarray,
    own_row: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """At which ranks each query finds its positives, ties counted against us.

    Args and errors as for `evaluate`.

    Returns:
        ranks ``float64 [n, p]``, ascending, 0 for the nearest neighbour, filled up with infinity
        where a query has fewer than p positives; and the numbers of positives, ``int64 [n]``.
    """
    query, database = checked_embeddings(query, database)
    own_row = checked_own_row(own_row, query, database)
    query_labels = _checked_labels(query_labels, query, "query")
    database_labels = _checked_labels(database_labels, database, "database")
    count = _count_positives(query_labels, database_labels, own_row)
    ranks = np.empty((len(query), count.max()))
    for rows, similarity in similarity_chunks(query, database, own_row):
        is_positive = query_labels[rows, None] == database_labels[None, :]
        ranks[rows] = ranks_of(similarity, torch.from_numpy(is_positive), ranks.shape[1])
    return ranks, count


def ranks_of(similarity: torch.Tensor, is_positive: torch.Tensor, width: int) -> np.ndarray:
    """Rank of each positive: the positives before it, plus the negatives that are not less similar.

    Own rows and junk have similarity -inf and so count on neither side.

    Args:
        similarity: ``float [n, m]``, of queries to the database.
        is_positive: ``bool [n, m]``.
        width: the largest number of positives of a query.

    Returns:
        ``float64 [n, width]``, ascending, filled up with infinity.
    """
    of_positives = similarity.masked_fill(~is_positive, -torch.inf).topk(width, dim=1).values
    of_negatives = similarity.masked_fill(is_positive, -torch.inf).numpy()
    of_negatives.sort(axis=1)
    less_similar = torch.searchsorted(torch.from_numpy(of_negatives), of_positives - TIE)
    ahead = torch.arange(width) + similarity.shape[1] - less_similar
    return torch.where(of_positives.isfinite(), ahead.double(), torch.inf).numpy()


def _count_positives(
    query_labels: np.ndarray, database_labels: np.ndarray, own_row: np.ndarray | None
) -> np.ndarray:
    """Positives of each query ``int64 [n]``; an error for a query that has none."""
    found, sizes = np.unique(database_labels, return_counts=True)
    place = np.searchsorted(found, query_labels).clip(max=len(found) - 1)
    count = np.where(found[place] == query_labels, sizes[place], 0)
    if own_row is not None:
        if (database_labels[own_row] != query_labels).any():
            raise ValueError(
                "own_row leads some queries to a database item with another label; "
                "check that labels and rows are in the same order"
            )
        count = count - 1
    if not count.all():
        raise ValueError(
            f"query_labels: {np.sum(count == 0)} queries have no positive in the database, among "
            f"them label {query_labels[count == 0][0]}; leave out classes with a single image"
        )
    return count


def _checked_labels(labels: np.ndarray, rows: np.ndarray, name: str) -> np.ndarray:
    labels = np.asarray(labels)
    if labels.shape != rows.shape[:1]:
        raise ValueError(
            f"{name}_labels have shape {list(labels.shape)} but {name} has {len(rows)} rows; "
            "give one label for each"
        )
    if name == "query" and labels.min() < 0:
        raise ValueError(
            "query_labels: label -1 marks an unlabelled image, whose answers cannot be judged; "
            "leave such queries out"
        )
    return labels
