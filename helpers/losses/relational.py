"""Distillation losses that copy relations: distances, angles and orders among the images.

Each compares relations within the student's space with the same relations within the teacher's.
They do not change when the whole space of the student is rotated, and the two spaces may even have
different dimensions. So alone they cannot make a student for the asymmetric test.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from helpers.losses.distances import (
    EPSILON,
    different_images,
    euclidean_distances,
    representable,
)
from helpers.losses.shapes import require_same_images


def rkd_distance(student: Tensor, teacher: Tensor) -> Tensor:
    """The student's distances, in units of their mean, are the teacher's in units of theirs.

    Mean over pairs i ≠ j of  SmoothL1(d_S(i,j) / mean d_S − d_T(i,j) / mean d_T).

    Park et al., "Relational knowledge distillation", CVPR 2019; their code also averages over the
    n pairs i = j, whose terms are 0. No labels; no gradient reaches the teacher. Example: three
    images on a line at 0, 1 and 2 for the teacher (mean distance 4/3), at three corners of equal
    distance for the student: gaps 1/4, 1/4 and 1/2, so (1/32 + 1/32 + 1/8) / 3 = 0.0625.

    Args:
        student, teacher: ``float [n, d]`` and ``[n, e]``, of the same n ≥ 2 images.

    Raises:
        ValueError: different numbers of images, or fewer than 2.
    """
    require_same_images(student, teacher)
    return functional.smooth_l1_loss(
        _distances_over_their_mean(student), _distances_over_their_mean(teacher.detach())
    )


def rkd_angle(student: Tensor, teacher: Tensor) -> Tensor:
    """The triangles of the student have the angles of the teacher's.

    Mean over triplets of different images i, j, k of  SmoothL1(cos_S(ijk) − cos_T(ijk)),  where
    cos(ijk) belongs to the angle at image j between the directions to i and to k.

    Park et al., "Relational knowledge distillation", CVPR 2019; their code also averages over
    triplets in which an image occurs twice. No labels; no gradient reaches the teacher. Two images
    make no angle and cost 0. Example: three images on a line for the teacher (cosines 1, 1 and −1),
    at three corners of equal distance for the student (0.5 each): (1/8 + 1/8 + 1) / 3 = 0.417.

    Shapes as for `rkd_distance`. Raises ValueError for other shapes.
    """
    require_same_images(student, teacher)
    gaps = functional.smooth_l1_loss(
        _cosines_at_each_image(student), _cosines_at_each_image(teacher.detach()), reduction="none"
    )
    different = different_images(student)
    # Vertex j, its neighbours i and k: all three pairs are of different images.
    is_triplet = different[:, :, None] & different[:, None, :] & different[None, :, :]
    return (gaps * is_triplet).sum() / is_triplet.sum().clamp(min=1)


def rkd(
    student: Tensor, teacher: Tensor, weight_distance: float = 1.0, weight_angle: float = 2.0
) -> Tensor:
    """Relational knowledge distillation:  1 · `rkd_distance` + 2 · `rkd_angle`,  as AML trains it.

    Shapes as for `rkd_distance`. Raises ValueError for other shapes.
    """
    distance, angle = rkd_distance(student, teacher), rkd_angle(student, teacher)
    return weight_distance * distance + weight_angle * angle


def dark_rank(
    student: Tensor, teacher: Tensor, neighbours: int = 4, scale: float = 3.0, power: float = 3.0
) -> Tensor:
    """The teacher's nearest images, in the teacher's order, are likely under the student.

    Each other image j of the batch has the student's score −scale · d_S(i,j)^power for anchor i.
    Draw images one after another, each with a probability ∝ e^score among those not drawn yet
    (Plackett–Luce): the loss is the mean over anchors of −log of the probability that the first
    ones drawn are the teacher's nearest ones, nearest first.

    Chen et al., "DarkRank", AAAI 2018, in its hard form; the settings (4, 3, 3) are AML's. Public
    code for it draws only among those 4 images, which orders them but does not set them apart from
    the rest of the batch; we draw among all. No labels; no gradient reaches the teacher.
    Example: three images, equally far from each other for the student: log 2 = 0.693.

    Args:
        student, teacher: ``float [n, d]`` and ``[n, e]``, of the same n ≥ 2 images.
        neighbours: length of the order; fewer images than that are all put in order.

    Raises:
        ValueError: different numbers of images, or fewer than 2, or fewer than 1 neighbour.
    """
    require_same_images(student, teacher)
    if neighbours < 1:
        raise ValueError(f"neighbours is {neighbours}; an order needs at least 1")
    others = different_images(student)
    order = _distances(teacher.detach())[others].view(len(teacher), -1).argsort(dim=1)
    distances = _distances(student)[others].view(len(student), -1)
    scores = (-scale * distances**power).gather(1, order)
    # How likely each image is next: its score against all from it to the end of the order.
    against = scores.flip(1).logcumsumexp(dim=1).flip(1)
    return (against - scores)[:, :neighbours].sum(dim=1).mean()


def relative_teacher(student: Tensor, teacher: Tensor) -> Tensor:
    """Frobenius norm of D_S − D_T:  the distances of all images from each other are the teacher's.

    "Learning Metrics from Teachers", relative teacher, as in the authors' code: distances not
    squared, and a sum over pairs, so the value grows with the batch. No labels; no gradient reaches
    the teacher. Example: two images, 0.5 apart for the student and 1 for the teacher: 0.5·√2.

    Shapes as for `rkd_distance`. Raises ValueError for other shapes.
    """
    require_same_images(student, teacher)
    return torch.linalg.vector_norm(_distances(student) - _distances(teacher.detach()))


def _distances(embeddings: Tensor) -> Tensor:
    return euclidean_distances(embeddings, embeddings)


def _distances_over_their_mean(embeddings: Tensor) -> Tensor:
    """Distances of all pairs of different images ``[n (n − 1)]``, with mean 1."""
    distances = _distances(embeddings)[different_images(embeddings)]
    return distances / distances.mean()


def _cosines_at_each_image(embeddings: Tensor) -> Tensor:
    """``[n, n, n]``: at image j (first), the cosine between the directions to i and to k."""
    embeddings = representable(embeddings)
    differences = embeddings[None, :, :] - embeddings[:, None, :]
    lengths = (differences.square().sum(dim=2, keepdim=True) + EPSILON).sqrt()
    directions = differences / lengths
    return directions @ directions.transpose(1, 2)
