"""Distillation of feature maps, before pooling: what a network sees at each place of an image."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


def hints(student_map: Tensor, teacher_map: Tensor) -> Tensor:
    """Mean squared error of feature maps:  the student copies every channel at every place.

    Romero et al., "FitNets", ICLR 2015. No labels; no gradient reaches the teacher.
    Example: the maps differ by 0.5 everywhere: 0.25.

    Args:
        student_map, teacher_map: ``float [n, c, h, w]`` of the same images.

    Raises:
        ValueError: maps of different shapes.
    """
    _require_same_places(student_map, teacher_map)
    if student_map.shape[1] != teacher_map.shape[1]:
        raise ValueError(
            f"student_map has {student_map.shape[1]} channels but teacher_map "
            f"{teacher_map.shape[1]}; learn a 1×1 map between them: HintMap"
        )
    return functional.mse_loss(student_map, teacher_map.detach())


def attention(student_map: Tensor, teacher_map: Tensor) -> Tensor:
    """The student's features are strong at the places of an image where the teacher's are.

    Mean squared error of  q / ‖q‖,  q = the mean over channels of squares, at all places of an
    image. Zagoruyko & Komodakis, "Paying more attention to attention", ICLR 2017. No labels; no
    gradient reaches the teacher. Example: two places, the student's features all at the first,
    the teacher's all at the second: ((1 − 0)² + (0 − 1)²) / 2 = 1.

    Args:
        student_map, teacher_map: ``float [n, c, h, w]`` of the same images; the numbers of
            channels may differ.

    Raises:
        ValueError: maps of different n, h or w.
    """
    _require_same_places(student_map, teacher_map)
    return functional.mse_loss(_attention(student_map), _attention(teacher_map.detach()))


class HintMap(nn.Module):
    """A learned 1×1 convolution from the student's channels to the teacher's, for `hints`.

    It is trained with the student and thrown away after training. ``seed`` decides its random
    weights.
    """

    def __init__(self, student_channels: int, teacher_channels: int, seed: int = 0) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.convolution = nn.Conv2d(student_channels, teacher_channels, 1, bias=False)

    def forward(self, student_map: Tensor) -> Tensor:
        """``float [n, student channels, h, w]`` to ``[n, teacher channels, h, w]``."""
        return self.convolution(student_map)


def _attention(feature_map: Tensor) -> Tensor:
    """``[n, h · w]``, unit rows. The eps also keeps a map of zeros, of no length, finite."""
    return functional.normalize(feature_map.square().mean(dim=1).flatten(1), dim=1)


def _require_same_places(student_map: Tensor, teacher_map: Tensor) -> None:
    student, teacher = student_map.shape, teacher_map.shape
    if len(student) != 4 or len(teacher) != 4 or student[0] != teacher[0]:
        raise ValueError(
            f"student_map {list(student)} and teacher_map {list(teacher)} must be [n, c, h, w] "
            "of the same n images"
        )
    if student[2:] != teacher[2:]:
        raise ValueError(
            f"student_map has {student[2]}×{student[3]} places but teacher_map "
            f"{teacher[2]}×{teacher[3]}; pool the larger one to the size of the smaller, for "
            "instance with torch.nn.functional.adaptive_avg_pool2d"
        )
