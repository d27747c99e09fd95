"""Maps in two dimensions: laying out a database, and placing queries among their neighbours."""

from __future__ import annotations

import warnings

import numpy as np

from helpers.retrieval.search import neighbours

ON_MAP = 5  # neighbours that a query is placed among


def lay_out(rows: np.ndarray, similarities: np.ndarray, embeddings: np.ndarray) -> np.ndarray:
    """Positions on a map, by UMAP on neighbours that are known already.

    McInnes, Healy & Melville, "UMAP: Uniform manifold approximation and projection", 2018. The
    first call takes some seconds, because UMAP is compiled; the same input gives the same map.

    Args:
        rows: ``int64 [n, k]``, the k nearest of each embedding, itself first.
        similarities: ``float32 [n, k]``, cosines of the same.
        embeddings: ``float32 [n, d]``, unit rows.

    Returns:
        ``float32 [n, 2]``.
    """
    from umap import UMAP

    distances = np.maximum(1 - similarities, 0).astype(np.float32)
    layout = UMAP(
        n_neighbors=rows.shape[1], min_dist=0.4, precomputed_knn=(rows, distances), n_epochs=200,
        force_approximation_algorithm=True, random_state=0, n_jobs=1,
    )  # fmt: skip
    with warnings.catch_warnings():
        # Known neighbours place no new points later on; we have none to place.
        warnings.filterwarnings("ignore", message=r"precomputed_knn\[2\]")
        return layout.fit_transform(embeddings)


def place_on_map(
    query: np.ndarray,
    database: np.ndarray,
    positions: np.ndarray,
    own_row: np.ndarray | None = None,
    k: int = ON_MAP,
) -> np.ndarray:
    """Where queries lie on the map of a database: amid their k most similar database items.

    The position is the mean of theirs, weighted by the similarities (a negative one weighs
    nothing). A query between two islands of the map therefore has neighbours on both.

    Args:
        query, database: ``float [n, d]`` and ``[m, d]``, unit rows.
        positions: ``float [m, 2]``, the map of the database.
        own_row: ``int64 [n]``, each query's own row of the database, which has no part; or None.
        k: how many neighbours.

    Returns:
        ``float32 [n, 2]``.

    Raises:
        ValueError: positions of another number of items, or as for `neighbours`.
    """
    if positions.shape != (len(database), 2):
        raise ValueError(
            f"positions has shape {list(positions.shape)} but the database has {len(database)} "
            f"rows; give the map of this database, [{len(database)}, 2]"
        )
    rows, similarities = neighbours(query, database, k, own_row)
    weights = np.maximum(similarities, 1e-6)[..., None]  # not 0: some place must come out
    return ((weights * positions[rows]).sum(axis=1) / weights.sum(axis=1)).astype(np.float32)
