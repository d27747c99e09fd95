"""Bringing the embedding space of one network onto that of another by a rotation."""

from __future__ import annotations

import numpy as np

from helpers.retrieval.search import checked_embeddings


def procrustes(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The rotation (or reflection) R that brings ``source @ R`` closest to ``target``.

    Schönemann, "A generalized solution of the orthogonal Procrustes problem", Psychometrika 1966:
    with the singular value decomposition sourceᵀ target = U S Vᵀ, R = U Vᵀ.

    Args:
        source, target: ``float [n, d]``, embeddings of the same n images by two networks.

    Returns:
        ``float32 [d, d]``, orthogonal.

    Raises:
        ValueError: wrong embeddings (as for `evaluate`), or different numbers of rows.
    """
    source, target = checked_embeddings(source, target, "source", "target")
    if len(source) != len(target):
        raise ValueError(
            f"source has {len(source)} rows and target {len(target)}; give the embeddings of the "
            "same images, in the same order, by both networks"
        )
    left, _, right = np.linalg.svd(source.astype(float).T @ target.astype(float))
    return (left @ right).astype(np.float32)
