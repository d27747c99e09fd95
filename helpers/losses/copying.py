"""Distillation losses that copy embeddings: the student goes exactly where the teacher is."""

from __future__ import annotations

import torch
from torch import Tensor

from helpers.losses.shapes import require_same_shape


def regression(student: Tensor, teacher: Tensor) -> Tensor:
    """Mean over images of  1 − cos(f(x), g(x)) = ½ ‖f(x) − g(x)‖²:  copy the teacher's embedding.

    AML, Reg. Needs no labels. No gradient reaches the teacher.
    Example: student at 60° from the teacher: 0.5.

    Args:
        student, teacher: ``float [n, d]``, unit rows, of the same images.

    Raises:
        ValueError: student and teacher of different shapes.
    """
    require_same_shape(student, teacher, "[n, d]")
    return 1 - (student * teacher.detach()).sum(dim=1).mean()


def absolute_teacher(student: Tensor, teacher: Tensor) -> Tensor:
    """Mean over images of  ‖f(x) − g(x)‖,  the distance itself where `regression` squares it.

    So an image that is already near pulls as hard as one that is far away. "Learning Metrics from
    Teachers", absolute teacher. Needs no labels. No gradient reaches the teacher.
    Example: student at 60° from the teacher: 1.

    Shapes as for `regression`. Raises ValueError for other shapes.
    """
    require_same_shape(student, teacher, "[n, d]")
    # Unlike a square root of squares, this norm has the gradient 0, not NaN, at distance 0.
    return torch.linalg.vector_norm(student - teacher.detach(), dim=1).mean()
