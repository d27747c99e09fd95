"""A student that copies what its teacher sees on the way, not only where it arrives."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from helpers.losses import HintMap, batch_hard_triplet, pairs_of
from helpers.networks import EmbeddingNetwork

Comparison = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


class TripletAndFeatureMaps(nn.Module):
    """Batch-hard triplet loss on the student + weight · (student's against teacher's last map).

    Both networks must see the same picture at the same size, as in "Learning metrics from teachers"
    (Yu et al., CVPR 2019). The student's map goes through a learned 1×1 convolution first, since
    it has fewer channels than the teacher's (FitNets, Romero et al., ICLR 2015).

    Args:
        student: the network in training; what its backbone puts out is noted at every forward pass.
        teacher: is not trained.
        compare: ``hints`` or ``attention`` of ``helpers.losses``.
        weight: of the comparison.
        seed: of the 1×1 convolution.
    """

    def __init__(
        self,
        student: EmbeddingNetwork,
        teacher: EmbeddingNetwork,
        compare: Comparison,
        weight: float = 1.0,
        seed: int = 0,
    ) -> None:
        super().__init__()
        channels = student.embedding.in_features, teacher.embedding.in_features
        self.map = HintMap(*channels, seed=seed)
        self.compare, self.weight = compare, weight
        # A bound method, because a module would be put into training mode and saved with this one.
        self._teachers_map = _MapOf(teacher).of
        self._noted: tuple[torch.Tensor, torch.Tensor] | None = None
        student.backbone.register_forward_hook(self._note)

    def _note(self, backbone: nn.Module, inputs: tuple, output: torch.Tensor) -> None:
        self._noted = inputs[0].detach(), output

    def forward(
        self, student: torch.Tensor, teacher: torch.Tensor, labels: torch.Tensor
    ) -> torch.Tensor:
        """Embeddings ``[n, d]`` of both (the teacher's are not used) and labels, to a scalar.

        Raises:
            RuntimeError: the student has embedded nothing since the last call.
        """
        if self._noted is None:
            raise RuntimeError("no feature map to compare: embed a batch with the student first")
        seen, students_map = self._noted
        self._noted = None  # a network that holds on to its last graph cannot be copied
        metric = batch_hard_triplet(student, student, pairs_of(labels))
        mapped = self.map(students_map.float())
        teachers_map = self._teachers_map(seen, students_map.dtype)
        return metric + self.weight * self.compare(mapped, teachers_map)


class _MapOf:
    """The last feature map of a network that is not trained."""

    def __init__(self, network: EmbeddingNetwork) -> None:
        self.backbone = network.backbone.eval()

    @torch.no_grad()
    def of(self, normalised: torch.Tensor, precision: torch.dtype) -> torch.Tensor:
        device, half = normalised.device, precision == torch.bfloat16
        # In the student's precision.
        with torch.autocast(device.type, torch.bfloat16, enabled=half):
            return self.backbone.to(device)(normalised).float()
