"""Checks of distillation losses: what the student copies, while the teacher stays as it is."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from helpers import losses
from helpers.course.checks.draws import student_and_teacher
from helpers.course.checks.functions import BREAKS, LEAKS, Case, FunctionCheck
from helpers.course.checks.verdicts import Mistake

SUMS = "A sum over images where the loss takes their mean."
MEANS = "A mean over images where the paper sums."
SQUARED = "Squared where it is not: this loss takes the distance itself."
NOT_SQUARED = "Not squared where it is: the paper takes the square of each gap."


def _images(seed: int) -> list[Case]:
    return student_and_teacher(seed, (6, 4), (9, 8), (5, 16))


def _views(seed: int) -> list[Case]:
    """Embeddings ``[images, views, d]``."""
    return student_and_teacher(seed, (2, 3, 4), (3, 2, 8), (5, 4, 8))


def _cosines(f: Tensor, g: Tensor) -> Tensor:
    return (f * g).sum(dim=-1)


def _lengths(difference: Tensor) -> Tensor:
    return torch.linalg.vector_norm(difference, dim=-1)


regression = FunctionCheck(
    "my_regression(student, teacher)",
    losses.regression,
    _images,
    (
        Mistake(SUMS, lambda f, g: (1 - _cosines(f, g)).sum()),
        Mistake(
            "The ½ is missing: 1 − cos is *half* the squared distance.",
            lambda f, g: _lengths(f - g).square().mean(),
        ),
        Mistake(
            "This is also a mean over the dimensions: the squared distance adds them up.",
            functional.mse_loss,
        ),
        Mistake(
            "Squared where it is not: RAML squares 1 − cos, AML's Reg does not.",
            lambda f, g: (1 - _cosines(f, g)).square().mean(),
        ),
        Mistake(
            "Not squared where it is: ½‖f − g‖² squares the distance.",
            lambda f, g: _lengths(f - g).mean() / 2,
        ),
        Mistake(
            "This grows as student and teacher agree: a loss must fall.",
            lambda f, g: _cosines(f, g).mean(),
        ),
        Mistake(
            "Every student vector is compared with every teacher vector: only those of the same "
            "image belong together.",
            lambda f, g: 1 - (f @ g.T).mean(),
        ),
        Mistake(LEAKS, lambda f, g: 1 - _cosines(f, g).mean()),
    ),
    teacher=1,
)
"""AML's Reg, the mean over images of 1 − cos, as in `losses.regression`."""

absolute_teacher = FunctionCheck(
    "my_absolute_teacher(student, teacher)",
    losses.absolute_teacher,
    _images,
    (
        Mistake(SQUARED, lambda f, g: _lengths(f - g).square().mean()),
        Mistake(SUMS, lambda f, g: _lengths(f - g).sum()),
        Mistake(
            "This is one length of the whole batch: each image has a distance of its own.",
            lambda f, g: torch.linalg.vector_norm(f - g),
        ),
        Mistake(
            "This adds up absolute values of the coordinates: the distance is the Euclidean one.",
            lambda f, g: (f - g).abs().sum(dim=1).mean(),
        ),
        Mistake(
            "This is the cosine's gap, which is half the *squared* distance.",
            lambda f, g: (1 - _cosines(f, g)).mean(),
        ),
        Mistake(LEAKS, lambda f, g: _lengths(f - g).mean()),
    ),
    teacher=1,
)
"""The absolute teacher, the mean over images of ‖f − g‖, as in `losses.absolute_teacher`."""


def _gaps_of_distances(f: Tensor, g: Tensor) -> Tensor:
    return torch.cdist(f, f) - torch.cdist(g, g)


def _roots(x: Tensor) -> Tensor:
    """Distances as they are written on paper."""
    return (x[:, None] - x[None, :]).square().sum(dim=2).sqrt()


relative_teacher = FunctionCheck(
    "my_relative_teacher(student, teacher)",
    losses.relative_teacher,
    _images,
    (
        Mistake(
            "Squared where it is not: these are squared distances between images.",
            lambda f, g: torch.linalg.vector_norm(
                torch.cdist(f, f).square() - torch.cdist(g, g).square()
            ),
        ),
        Mistake(
            "The root is missing: a norm is the root of the sum of squares.",
            lambda f, g: _gaps_of_distances(f, g).square().sum(),
        ),
        Mistake(
            "A mean over pairs where the authors' code takes the norm of the whole matrix.",
            lambda f, g: _gaps_of_distances(f, g).abs().mean(),
        ),
        Mistake(
            "A mean over pairs where the norm sums their squares.",
            lambda f, g: _gaps_of_distances(f, g).square().mean().sqrt(),
        ),
        Mistake(
            "Each pair is counted once: the matrix of distances holds it twice.",
            lambda f, g: torch.linalg.vector_norm(_gaps_of_distances(f, g).triu()),
        ),
        Mistake(
            "These are similarities: the relative teacher compares distances.",
            lambda f, g: torch.linalg.vector_norm(f @ f.T - g @ g.T),
        ),
        Mistake(
            "This compares embeddings, image by image: the relative teacher compares distances "
            "*between* images.",
            lambda f, g: torch.linalg.vector_norm(f - g),
        ),
        Mistake(LEAKS, lambda f, g: torch.linalg.vector_norm(_gaps_of_distances(f, g))),
        Mistake(BREAKS, lambda f, g: torch.linalg.vector_norm(_roots(f) - _roots(g.detach()))),
    ),
    teacher=1,
)
"""The relative teacher, ‖D_S − D_T‖ of all distances, as in `losses.relative_teacher`."""

raml_absolute = FunctionCheck(
    "my_raml_absolute(student, teacher)",
    losses.raml_absolute,
    _views,
    (
        Mistake(NOT_SQUARED, lambda f, g: (1 - _cosines(f, g)).mean(dim=1).sum()),
        Mistake(MEANS, lambda f, g: (1 - _cosines(f, g)).square().mean()),
        Mistake(
            "A sum over the views of an image where the paper takes their mean.",
            lambda f, g: (1 - _cosines(f, g)).square().sum(),
        ),
        Mistake(
            "The mean over the views is taken first, and squared then: square each view's gap.",
            lambda f, g: (1 - _cosines(f, g)).mean(dim=1).square().sum(),
        ),
        Mistake(
            "This squares the distance, which is 2 − 2 cos: the loss squares 1 − cos.",
            lambda f, g: _lengths(f - g).square().mean(dim=1).sum(),
        ),
        Mistake(LEAKS, lambda f, g: (1 - _cosines(f, g)).square().mean(dim=1).sum()),
    ),
    teacher=1,
)
"""RAML's L_abs of embeddings ``[images, views, d]``, as in `losses.raml_absolute`."""


def _student_teacher_gaps(f: Tensor, g: Tensor) -> Tensor:
    """``[images, views, views]``, the diagonal included."""
    return f @ g.transpose(1, 2) - g @ g.transpose(1, 2)


def _of_different_views(gaps: Tensor) -> Tensor:
    """RAML's sum of gaps, without those between a view and itself."""
    views = gaps.shape[1]
    return (gaps * (1 - torch.eye(views))).sum() / (views * (views - 1))


raml_student_teacher = FunctionCheck(
    "my_raml_student_teacher(student, teacher)",
    losses.raml_student_teacher,
    _views,
    (
        Mistake(
            "A view is compared with itself: the sum is over two *different* views, i ≠ j.",
            lambda f, g: _student_teacher_gaps(f, g).square().mean(dim=(1, 2)).sum(),
        ),
        Mistake(
            "Divided by the number of all pairs, v²: how many have i ≠ j?",
            lambda f, g: (
                _of_different_views(_student_teacher_gaps(f, g).square()) * (1 - 1 / f.shape[1])
            ),
        ),
        Mistake(
            "The pairs i = j are left in the sum, though the divisor does without them.",
            lambda f, g: (
                _student_teacher_gaps(f, g).square().sum() / (f.shape[1] * (f.shape[1] - 1))
            ),
        ),
        Mistake(
            MEANS, lambda f, g: _of_different_views(_student_teacher_gaps(f, g).square()) / len(f)
        ),
        Mistake(NOT_SQUARED, lambda f, g: _of_different_views(_student_teacher_gaps(f, g).abs())),
        Mistake(
            "This is L_ss: student views against student views. Who is at the other end here?",
            losses.raml_student_student,
        ),
        Mistake(
            "Where is the teacher's own similarity? It says how alike the two views should be; "
            "without it every pair is pulled to 1.",
            lambda f, g: _of_different_views((f @ g.transpose(1, 2) - 1).square()),
        ),
        Mistake(LEAKS, lambda f, g: _of_different_views(_student_teacher_gaps(f, g).square())),
    ),
    teacher=1,
)
"""RAML's L_ts of embeddings ``[images, views, d]``, as in `losses.raml_student_teacher`."""


def _off_diagonal(matrix: Tensor) -> Tensor:
    return matrix[~torch.eye(len(matrix), dtype=torch.bool)]


def _scaled(distances: Tensor) -> Tensor:
    return distances / distances.mean()


def _distances(x: Tensor) -> Tensor:
    """Distances of all pairs of different images, ``[n (n − 1)]``."""
    return _off_diagonal(torch.cdist(x, x))


rkd_distance = FunctionCheck(
    "my_rkd_distance(student, teacher)",
    losses.rkd_distance,
    lambda seed: [(f, g) for f, g in student_and_teacher(seed, (6, 3), (9, 4), (5, 4))],
    (
        Mistake(
            "Not divided by their mean: student and teacher may have different units of length.",
            lambda f, g: functional.smooth_l1_loss(_distances(f), _distances(g)),
        ),
        Mistake(
            "Both are divided by the teacher's mean: each network has a mean of its own.",
            lambda f, g: functional.smooth_l1_loss(
                _distances(f) / _distances(g).mean(), _scaled(_distances(g))
            ),
        ),
        Mistake(
            "Squared where it is not: these are squared distances.",
            lambda f, g: functional.smooth_l1_loss(
                _scaled(_distances(f).square()), _scaled(_distances(g).square())
            ),
        ),
        Mistake(
            "This is the squared error; SmoothL1 is asked for.",
            lambda f, g: functional.mse_loss(_scaled(_distances(f)), _scaled(_distances(g))),
        ),
        Mistake(
            "This is the absolute error; SmoothL1 is asked for.",
            lambda f, g: functional.l1_loss(_scaled(_distances(f)), _scaled(_distances(g))),
        ),
        Mistake(
            "An image is paired with itself: its distance 0 has no place in the mean distance, "
            "nor in the mean over pairs.",
            lambda f, g: functional.smooth_l1_loss(
                _scaled(torch.cdist(f, f)), _scaled(torch.cdist(g, g))
            ),
        ),
        Mistake(
            "The mean over pairs also counts the pairs i = j, whose gap is always 0.",
            lambda f, g: losses.rkd_distance(f, g) * (1 - 1 / len(f)),
        ),
        Mistake(
            LEAKS,
            lambda f, g: functional.smooth_l1_loss(_scaled(_distances(f)), _scaled(_distances(g))),
        ),
    ),
    teacher=1,
)
"""RKD's distance term, the mean over pairs i ≠ j, as in `losses.rkd_distance`."""
