"""The nearest neighbours of queries in a database, found in chunks of queries."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

# Similarities that a chunk holds at once: 2**22 float32 are 16 MiB.
CHUNK = 2**22


def neighbours(
    query: np.ndarray, database: np.ndarray, k: int, own_row: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The k most similar database items of each query, the most similar first.

    Args:
        query, database: ``float [n, d]`` and ``[m, d]``, unit rows.
        k: how many.
        own_row: ``int64 [n]``, each query's own row of the database, never returned; or None.

    Returns:
        rows of the database ``int64 [n, k]`` and their similarities ``float32 [n, k]``. Among those
        returned, equally similar items come in the order of their rows.

    Raises:
        ValueError: wrong embeddings or own rows (as for `evaluate`), or a k beyond the database.
    """
    query, database = checked_embeddings(query, database)
    own_row = checked_own_row(own_row, query, database)
    require_k(k, len(database) - (own_row is not None))
    found = np.empty((len(query), k), np.int64)
    similarities = np.empty((len(query), k), np.float32)
    for rows, similarity in similarity_chunks(query, database, own_row):
        nearest = similarity.topk(k, dim=1).indices.sort(dim=1).values
        ordered = similarity.gather(1, nearest).sort(dim=1, descending=True, stable=True)
        found[rows] = nearest.gather(1, ordered.indices).numpy()
        similarities[rows] = ordered.values.numpy()
    return found, similarities


def similarity_chunks(
    query: np.ndarray, database: np.ndarray, own_row: np.ndarray | None
) -> Iterator[tuple[slice, torch.Tensor]]:
    """Rows of the query, and their similarities to the database with -inf at their own rows."""
    size = max(1, CHUNK // len(database))
    for start in range(0, len(query), size):
        rows = slice(start, start + size)
        similarity = torch.from_numpy(query[rows] @ database.T)
        if own_row is not None:
            similarity.scatter_(1, torch.from_numpy(own_row[rows, None]), -torch.inf)
        yield rows, similarity


def checked_embeddings(
    first: np.ndarray, second: np.ndarray, first_name: str = "query", second_name: str = "database"
) -> tuple[np.ndarray, np.ndarray]:
    """Both as ``float32``, once they have proved to be embeddings of one space.

    Raises:
        ValueError: not ``[n, d]`` and ``[m, d]``, empty, with NaN, or rows not of unit length.
    """
    first, second = _unit_rows(first, first_name), _unit_rows(second, second_name)
    if first.shape[1] != second.shape[1]:
        raise ValueError(
            f"{first_name} has dimension {first.shape[1]} but {second_name} {second.shape[1]}; "
            "only embeddings of one space can be compared: give both networks the same dimension"
        )
    return first, second


def checked_own_row(
    own_row: np.ndarray | None, query: np.ndarray, database: np.ndarray
) -> np.ndarray | None:
    """``own_row`` as ``int64 [n]`` with every value a row of the database.

    Raises:
        ValueError: another length, or a row that the database does not have.
    """
    if own_row is None:
        return None
    own_row = np.asarray(own_row, np.int64)
    if own_row.shape != query.shape[:1]:
        raise ValueError(
            f"own_row has shape {list(own_row.shape)} but there are {len(query)} queries; "
            "give one row of the database for each"
        )
    if own_row.min() < 0 or own_row.max() >= len(database):
        raise ValueError(
            f"own_row runs from {own_row.min()} to {own_row.max()} but the database has rows 0.."
            f"{len(database) - 1}; give None where queries and database are different images"
        )
    return own_row


def require_k(k: int, candidates: int) -> None:
    """Raises ValueError unless 1 ≤ k ≤ candidates, the number of items that a query can find."""
    if not 1 <= k <= candidates:
        raise ValueError(
            f"k is {k} but a query can find {candidates} database items (its own row left out); "
            f"choose k from 1 to {candidates}"
        )


def _unit_rows(rows: np.ndarray, name: str) -> np.ndarray:
    rows = np.ascontiguousarray(rows, np.float32)
    if rows.ndim != 2 or not rows.size:
        raise ValueError(f"{name} must be embeddings [n, d], not of shape {list(rows.shape)}")
    if not np.isfinite(rows).all():
        raise ValueError(
            f"{name} contains NaN or infinity; the network that made it has diverged: train it "
            "with a lower learning rate"
        )
    lengths = np.linalg.norm(rows, axis=1)
    if np.abs(lengths - 1).max() > 1e-2:
        raise ValueError(
            f"{name} has rows of length {lengths.min():.3g} to {lengths.max():.3g}, not 1; "
            "divide each row by its length"
        )
    return rows
