"""Embeddings of stored images, batch after batch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from helpers.images import as_float, resize


def embed(
    network: nn.Module, images: np.ndarray, resolution: int | None = None, batch: int = 256
) -> np.ndarray:
    """Embeddings of stored images.

    Args:
        network: maps ``float [n, 3, h, w]`` in 0..1 to ``[n, d]``; used in evaluation mode, then
            left in the mode it had.
        images: ``uint8 [n, 3, h, w]``, possibly memory-mapped.
        resolution: the images are resized to it first; None leaves them as stored.
        batch: images at a time.

    Returns:
        ``float32 [n, d]``.
    """
    return _embed_batches(network, images, [resolution or images.shape[2]], batch)


def embed_enlarged(
    network: nn.Module,
    images: np.ndarray,
    resolution: int,
    network_resolution: int,
    batch: int = 256,
) -> np.ndarray:
    """Embeddings of images shrunk to ``resolution``, then enlarged to ``network_resolution``.

    The network pays its full price, but sees only what a small image holds.
    """
    return _embed_batches(network, images, [resolution, network_resolution], batch)


@torch.inference_mode()
def _embed_batches(
    network: nn.Module, images: np.ndarray, resolutions: Sequence[int], batch: int
) -> np.ndarray:
    device = next(network.parameters()).device
    was_training = network.training
    network.eval()
    rows = []
    try:
        for start in range(0, len(images), batch):
            pixels = as_float(images[start : start + batch])
            for resolution in resolutions:
                pixels = resize(pixels, resolution)
            rows.append(network(pixels.to(device)).float().cpu().numpy())
    finally:
        network.train(was_training)
    return np.concatenate(rows)
