"""Every distillation loss under one signature, so that they can be compared in a loop.

``DISTILLATION["rkd"].compute(student, teacher, labels)`` is a scalar, for embeddings
``[images, views, d]`` of student and teacher and labels ``int64 [images]``. No gradient reaches the
teacher.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from helpers.losses.copying import absolute_teacher, regression
from helpers.losses.metric import batch_hard_triplet, contrastive, multi_similarity, triplet
from helpers.losses.neighbours import contextual_similarity, relaxed_contrastive
from helpers.losses.pairs import mine, pairs_of, pairs_with_self
from helpers.losses.raml import raml, raml_absolute, raml_student_student, raml_student_teacher
from helpers.losses.relational import (
    dark_rank,
    relative_teacher,
    rkd,
    rkd_angle,
    rkd_distance,
)

Loss = Callable[..., Tensor]


class DistillationLoss(NamedTuple):
    """A way to learn from a teacher.

    Attributes:
        title: short, for figures.
        compute: ``compute(student, teacher, labels)`` to a scalar; student and teacher are
            ``float [images, views, d]``, labels ``int64 [images]``, or None where they are not
            needed. It also takes the settings of the underlying loss by name, such as ``margin``.
            ValueError for other shapes.
        needs_labels: whether it looks at the labels.
        views: the fewest views of an image that it needs: 2 if it is about their relations.
    """

    title: str
    compute: Loss
    needs_labels: bool = False
    views: int = 1


def _rows(student: Tensor, teacher: Tensor) -> tuple[Tensor, Tensor]:
    """Both ``[images, views, d]`` as ``[images · views, d]``, the teacher without gradient."""
    if student.ndim != 3 or teacher.ndim != 3 or student.shape[:2] != teacher.shape[:2]:
        raise ValueError(
            f"student {list(student.shape)} and teacher {list(teacher.shape)} must both be "
            "[images, views, d] of the same views; with one view of each image, [images, 1, d]: "
            "student[:, None]"
        )
    return student.flatten(0, 1), teacher.detach().flatten(0, 1)


def _labels_of_rows(labels: Tensor | None, embeddings: Tensor) -> Tensor:
    """Every view has the label of its image."""
    if labels is None or labels.shape != embeddings.shape[:1]:
        given = "None" if labels is None else f"of shape {list(labels.shape)}"
        raise ValueError(
            f"labels are {given} but this loss needs one for each of {len(embeddings)} images"
        )
    return labels.repeat_interleave(embeddings.shape[1])


def _of_views(loss: Loss) -> Loss:
    """A loss that knows which views are of one image."""

    def compute(
        student: Tensor, teacher: Tensor, labels: Tensor | None = None, **settings: float
    ) -> Tensor:
        return loss(student, teacher, **settings)

    return compute


def _of_rows(loss: Loss) -> Loss:
    """A loss for which every view is an image of its own."""

    def compute(
        student: Tensor, teacher: Tensor, labels: Tensor | None = None, **settings: float
    ) -> Tensor:
        return loss(*_rows(student, teacher), **settings)

    return compute


def _asymmetric(loss: Loss, pairs_from_labels: Callable = pairs_of) -> Loss:
    """A pair loss with anchors by the student and references by the teacher."""

    def compute(student: Tensor, teacher: Tensor, labels: Tensor, **settings: float) -> Tensor:
        f, g = _rows(student, teacher)
        return loss(f, g, pairs_from_labels(_labels_of_rows(labels, student)), **settings)

    return compute


def _symmetric(loss: Loss) -> Loss:
    """A pair loss with everything by the student; the teacher has no say."""

    def compute(student: Tensor, teacher: Tensor, labels: Tensor, **settings: float) -> Tensor:
        f, _ = _rows(student, teacher)
        return loss(f, f, pairs_of(_labels_of_rows(labels, student)), **settings)

    return compute


def _mined(loss: Loss, similarity: Callable[[Tensor, Tensor], Tensor]) -> Loss:
    """An asymmetric pair loss of the hard pairs only, as found by a similarity of the rows."""

    def compute(
        student: Tensor,
        teacher: Tensor,
        labels: Tensor,
        positives: int | None = 1,
        negatives: int = 5,
        **settings: float,
    ) -> Tensor:
        f, g = _rows(student, teacher)
        pairs = pairs_of(_labels_of_rows(labels, student))
        return loss(f, g, mine(pairs, similarity(f, g), positives, negatives), **settings)

    return compute


def _by_student(f: Tensor, g: Tensor) -> Tensor:
    return f @ g.T


def _by_teacher(f: Tensor, g: Tensor) -> Tensor:
    return g @ g.T


def _at_random(f: Tensor, g: Tensor) -> Tensor:
    return torch.rand(len(f), len(g), device=f.device)


def _triplet_and(copy: Loss, default_weight: float) -> Loss:
    """The student's own batch-hard triplets, plus a weighted loss that copies the teacher."""

    def compute(
        student: Tensor,
        teacher: Tensor,
        labels: Tensor,
        weight: float = default_weight,
        **settings: float,
    ) -> Tensor:
        own = _symmetric(batch_hard_triplet)(student, teacher, labels, **settings)
        return own + weight * copy(*_rows(student, teacher))

    return compute


DISTILLATION: dict[str, DistillationLoss] = {
    # Absolute: the student goes where the teacher is.
    "regression": DistillationLoss("Reg", _of_rows(regression)),
    "absolute_teacher": DistillationLoss("Absolute", _of_rows(absolute_teacher)),
    "raml_absolute": DistillationLoss("RAML abs", _of_views(raml_absolute)),
    "raml_student_teacher": DistillationLoss("RAML ts", _of_views(raml_student_teacher), views=2),
    "raml": DistillationLoss("RAML", _of_views(raml), views=2),
    "contextual_similarity": DistillationLoss("CSD", _of_rows(contextual_similarity)),
    # Relational: only the relations among the student's own embeddings count.
    "raml_student_student": DistillationLoss("RAML ss", _of_views(raml_student_student), views=2),
    "relaxed_contrastive": DistillationLoss("Relaxed", _of_rows(relaxed_contrastive)),
    "rkd": DistillationLoss("RKD", _of_rows(rkd)),
    "rkd_distance": DistillationLoss("RKD-D", _of_rows(rkd_distance)),
    "rkd_angle": DistillationLoss("RKD-A", _of_rows(rkd_angle)),
    "dark_rank": DistillationLoss("DR", _of_rows(dark_rank)),
    "relative_teacher": DistillationLoss("Relative", _of_rows(relative_teacher)),
    # Asymmetric metric learning: anchors by the student, references by the teacher.
    "contrastive": DistillationLoss("Contr", _asymmetric(contrastive), True),
    "contrastive_plus": DistillationLoss("Contr+", _asymmetric(contrastive, pairs_with_self), True),
    "triplet": DistillationLoss("Triplet", _asymmetric(triplet), True),
    "multi_similarity": DistillationLoss("MS", _asymmetric(multi_similarity), True),
    # The same, with the hard pairs only; who finds them?
    "contrastive_mined_by_student": DistillationLoss(
        "Contr, mined by f", _mined(contrastive, _by_student), True
    ),
    "contrastive_mined_by_teacher": DistillationLoss(
        "Contr, mined by g", _mined(contrastive, _by_teacher), True
    ),
    "contrastive_mined_at_random": DistillationLoss(
        "Contr, random pairs", _mined(contrastive, _at_random), True
    ),
    "triplet_mined_by_student": DistillationLoss(
        "Triplet, mined by f", _mined(triplet, _by_student), True
    ),
    "triplet_mined_by_teacher": DistillationLoss(
        "Triplet, mined by g", _mined(triplet, _by_teacher), True
    ),
    "triplet_mined_at_random": DistillationLoss(
        "Triplet, random pairs", _mined(triplet, _at_random), True
    ),
    # Symmetric metric learning: no teacher, for comparison.
    "contrastive_symmetric": DistillationLoss("Contr, f only", _symmetric(contrastive), True),
    "triplet_symmetric": DistillationLoss("Triplet, f only", _symmetric(triplet), True),
    "multi_similarity_symmetric": DistillationLoss(
        "MS, f only", _symmetric(multi_similarity), True
    ),
    "batch_hard_triplet": DistillationLoss("Batch-hard", _symmetric(batch_hard_triplet), True),
    # "Learning Metrics from Teachers": the student's own triplets and the teacher together. The
    # weights are those for CUB in the comments of the authors' script.
    "triplet_and_absolute": DistillationLoss(
        "Triplet + abs.", _triplet_and(absolute_teacher, 1.0), True
    ),
    "triplet_and_relative": DistillationLoss(
        "Triplet + rel.", _triplet_and(relative_teacher, 0.3), True
    ),
}
