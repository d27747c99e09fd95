"""Checks that embeddings fit together, with messages that name the input and the remedy."""

from __future__ import annotations

from torch import Tensor


def require_rows(first: Tensor, second: Tensor, first_name: str, second_name: str) -> None:
    """Two sets of embeddings ``[n, d]`` and ``[m, d]`` to compare, else ValueError."""
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1] or not len(first):
        raise ValueError(
            f"{first_name} {list(first.shape)} and {second_name} {list(second.shape)} must be "
            "[n, d] and [m, d] with n ≥ 1 and the same dimension d"
        )


def require_same_shape(student: Tensor, teacher: Tensor, form: str) -> None:
    """Student and teacher embeddings of one shape, such as ``[n, d]``, else ValueError."""
    expected = form.count(",") + 1
    if student.ndim != expected or student.shape != teacher.shape or not len(student):
        raise ValueError(
            f"student {list(student.shape)} and teacher {list(teacher.shape)} must both be {form} "
            "of the same images, with the same dimension d"
        )


def require_same_images(student: Tensor, teacher: Tensor) -> None:
    """Embeddings of the same n ≥ 2 images, maybe of different dimensions, else ValueError."""
    if student.ndim != 2 or teacher.ndim != 2 or len(student) != len(teacher):
        raise ValueError(
            f"student {list(student.shape)} and teacher {list(teacher.shape)} must be [n, d] and "
            "[n, e], embeddings of the same n images"
        )
    if len(student) < 2:
        raise ValueError(
            "student has 1 image but this loss compares images with each other: give at least 2"
        )
