"""Losses with parameters of their own, which are learned together with the network."""

from __future__ import annotations

import torch
from torch import nn

from helpers.losses import normalised_softmax


class NormalisedSoftmaxHead(nn.Module):
    """``helpers.losses.normalised_softmax`` with its class weights, which are learned.

    Args:
        classes: number of training classes.
        dimensions: length of an embedding.
        scale: factor of the cosines.
        label_smoothing: share of the target that is spread over all classes.
        seed: of the weights at the start.
    """

    def __init__(
        self,
        classes: int,
        dimensions: int,
        scale: float = 16.0,
        label_smoothing: float = 0.05,
        seed: int = 0,
    ) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.class_weights = nn.Parameter(torch.randn(classes, dimensions, generator=generator))
        self.scale, self.label_smoothing = scale, label_smoothing

    def forward(self, embeddings: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """``[n, d]`` and labels ``int64 [n]`` in 0..classes-1, to a scalar."""
        return normalised_softmax(
            embeddings, self.class_weights, labels, self.scale, self.label_smoothing
        )
