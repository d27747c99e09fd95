"""Euclidean distances between embeddings, safe to differentiate."""

from __future__ import annotations

import torch
from torch import Tensor

# The square root has an infinite slope at 0, so without this the gradient of a loss is NaN as soon
# as two embeddings coincide. Squared distances from a matrix product are only exact to about 1e-7
# anyway, so 1e-8 hides nothing.
EPSILON = 1e-8


def representable(embeddings: Tensor) -> Tensor:
    """Embeddings in which 1e-8 is not 0: ``float16`` as ``float32``, all others as they are."""
    return embeddings.float() if embeddings.dtype == torch.float16 else embeddings


def euclidean_distances(first: Tensor, second: Tensor) -> Tensor:
    """Distances ``[n, m]`` between rows ``[n, d]`` and ``[m, d]`` of any length.

    √(d² + 1e-8) rather than d: at least 0.0001, and with a finite gradient even at d = 0.
    """
    first, second = representable(first), representable(second)
    lengths = first.square().sum(dim=1)[:, None] + second.square().sum(dim=1)[None, :]
    squared = (lengths - 2 * first @ second.T).clamp(min=0)
    return (squared + EPSILON).sqrt()


def different_images(embeddings: Tensor) -> Tensor:
    """``bool [n, n]`` for embeddings ``[n, d]``: the pairs of two different images, i ≠ j."""
    return ~torch.eye(len(embeddings), dtype=torch.bool, device=embeddings.device)
