"""The distillation loss of RAML: copy the embeddings of an image's views, and their relations."""

from __future__ import annotations

import torch
from torch import Tensor

from helpers.losses.shapes import require_same_shape


def raml_absolute(student: Tensor, teacher: Tensor) -> Tensor:
    """Sum over images of  L_abs = 1/v · Σᵢ (1 − sᵢ·tᵢ)²:  each view goes where the teacher puts it.

    RAML's code; sᵢ and tᵢ are the student's and the teacher's embedding of view i of one image.
    No gradient reaches the teacher. Example: one image, every view at 60°: 0.25.

    Args:
        student, teacher: ``float [b, v, d]``, b images, the same v views of each.

    Raises:
        ValueError: different shapes.
    """
    require_same_shape(student, teacher, "[b, v, d]")
    return (1 - (student * teacher.detach()).sum(dim=2)).square().mean(dim=1).sum()


def raml_student_teacher(student: Tensor, teacher: Tensor) -> Tensor:
    """Sum over images of  L_ts = 1/(v(v−1)) · Σᵢ≠ⱼ (sᵢ·tⱼ − tᵢ·tⱼ)².

    Seen from the teacher's other views j of the same image, student view i is as far away as the
    teacher's own view i. RAML's code. No gradient reaches the teacher. Example: two views, teacher
    views equal, student views at 60° from them: (0.5 − 1)² = 0.25.

    Shapes as for `raml_absolute`, with v ≥ 2. Raises ValueError for other shapes.
    """
    return _relational(student, teacher, references=teacher.detach())


def raml_student_student(student: Tensor, teacher: Tensor) -> Tensor:
    """Sum over images of  L_ss = 1/(v(v−1)) · Σᵢ≠ⱼ (sᵢ·sⱼ − tᵢ·tⱼ)².

    The student's views of an image are as similar to each other as the teacher's. It does not
    change when the student's whole space is rotated, so alone it cannot align the student with the
    teacher. RAML's code. No gradient reaches the teacher. Example: two views, teacher views equal,
    student views at 60° from each other: (0.5 − 1)² = 0.25.

    Shapes as for `raml_absolute`, with v ≥ 2. Raises ValueError for other shapes.
    """
    return _relational(student, teacher, references=student)


def raml(
    student: Tensor,
    teacher: Tensor,
    weight_student_teacher: float = 0.7718,
    weight_student_student: float = 0.6684,
) -> Tensor:
    """Sum over images of  L_abs + λ₁ L_ts + λ₂ L_ss,  the whole loss of RAML.

    Default weights λ₁, λ₂ are those that RAML's authors released for CUB200. Note the sum: the
    value, and so the fitting learning rate, depends on the number of images.

    Shapes as for `raml_absolute`, with v ≥ 2. Raises ValueError for other shapes.
    """
    return (
        raml_absolute(student, teacher)
        + weight_student_teacher * raml_student_teacher(student, teacher)
        + weight_student_student * raml_student_student(student, teacher)
    )


def _relational(student: Tensor, teacher: Tensor, references: Tensor) -> Tensor:
    """Gap between student-to-reference and teacher-to-teacher similarities of different views."""
    require_same_shape(student, teacher, "[b, v, d]")
    views = student.shape[1]
    if views < 2:
        raise ValueError(
            f"student has {views} view(s) an image but relations are between different views; "
            "give at least 2, or use raml_absolute"
        )
    target = teacher.detach() @ teacher.detach().transpose(1, 2)
    gap = student @ references.transpose(1, 2) - target
    different_views = ~torch.eye(views, dtype=torch.bool, device=gap.device)
    return (gap.square() * different_views).sum() / (views * (views - 1))
