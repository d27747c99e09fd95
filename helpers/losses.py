"""What a network is trained to do: metric-learning losses and distillation losses.

A pair loss compares query embeddings with reference embeddings. Training is *symmetric* when both
come from one network, *asymmetric* when the references come from the teacher g, and the same
function serves both (``f`` and ``g`` are embeddings of the same batch, ``y`` its labels)::

    contrastive(f, f, pairs_of(y))          # symmetric
    contrastive(f, g, pairs_of(y))          # asymmetric
    contrastive(f, g, pairs_with_self(y))   # asymmetric, "Contr+" of AML

Embeddings have unit rows, so a similarity is a dot product and a squared distance is 2 − 2 times
it. Every loss returns a tensor without dimensions; its value and gradient are finite even when an
anchor has no positive or no negative.

Sources: AML is Budnik & Avrithis, "Asymmetric metric learning for knowledge transfer", CVPR 2021;
RAML is Suma & Tolias, "Large-to-small image resolution asymmetry in deep metric learning", WACV
2023. Formulas follow the authors' poster and published code.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional


class Pairs(NamedTuple):
    """Which reference is a positive, and which a negative, of which anchor.

    Attributes:
        positive: ``bool [n, m]``, true where reference ``j`` is a positive of anchor ``i``.
        negative: ``bool [n, m]``; a pair that is in neither mask plays no part.
    """

    positive: Tensor
    negative: Tensor


def pairs_of(labels: Tensor) -> Pairs:
    """Pairs within a batch with labels ``int64 [n]``; an image is not a positive of itself.

    Raises:
        ValueError: labels that are not a vector, or an unlabelled image (label -1).
    """
    positive, negative = pairs_with_self(labels)
    return Pairs(positive.fill_diagonal_(False), negative)


def pairs_with_self(labels: Tensor) -> Pairs:
    """As `pairs_of`, but an anchor's own reference (its teacher embedding) is a positive too.

    With `contrastive` this is AML's Contr+. It only makes sense with a teacher: with one network
    for both sides an image is identical to itself and has nothing to learn from it.

    Raises:
        ValueError: labels that are not a vector, or an unlabelled image (label -1).
    """
    if labels.ndim != 1:
        raise ValueError(f"labels must be a vector [n], not {list(labels.shape)}")
    if (labels < 0).any():
        raise ValueError(
            "labels: a negative label marks an unlabelled image, which has no positives; "
            "leave such images out, or use a loss without labels (regression, raml)"
        )
    same = labels[:, None] == labels[None, :]
    return Pairs(same, ~same)


def contrastive(query: Tensor, reference: Tensor, pairs: Pairs, margin: float = 0.755) -> Tensor:
    """Contrastive loss on similarities s: positives towards 1, negatives below the margin m.

    Mean over anchors a of  Σₚ (1 − s(a,p)) + Σₙ [s(a,n) − m]₊.

    AML, similarity form of Contr and Contr+ (up to the constant 1 of each positive). The default
    margin is the one of AML's code, 0.7 in distance: 1 − 0.7²/2 = 0.755 in similarity.
    Example: one positive at s = 0.9, one negative at s = 0.855: 0.1 + 0.1 = 0.2.

    Args:
        query, reference, pairs: ``float [n, d]``, ``float [m, d]``, masks ``[n, m]``.

    Raises:
        ValueError: shapes that do not fit together.
    """
    similarity = _similarities(query, reference, pairs)
    attraction = (1 - similarity) * pairs.positive
    repulsion = functional.relu(similarity - margin) * pairs.negative
    return (attraction + repulsion).sum() / len(query)


def triplet(query: Tensor, reference: Tensor, pairs: Pairs, margin: float = 0.1) -> Tensor:
    """Triplet loss on squared distances d²: a negative must be farther away than a positive.

    Mean over all triplets (a, p, n) of the batch of  [d²(a,p) − d²(a,n) + margin]₊.

    AML (margin 0.1; it sums where we average). A batch without triplets gives 0.
    Example: d²(a,p) = 0.5, d²(a,n) = 0.4, margin 0.1: 0.2.

    Shapes as for `contrastive`. Raises ValueError for other shapes.
    """
    squared_distance = 2 - 2 * _similarities(query, reference, pairs)
    anchor, positive = pairs.positive.nonzero(as_tuple=True)
    to_positive = squared_distance[anchor, positive]
    violation = functional.relu(to_positive[:, None] - squared_distance[anchor] + margin)
    is_triplet = pairs.negative[anchor]
    return (violation * is_triplet).sum() / is_triplet.sum().clamp(min=1)


def multi_similarity(
    query: Tensor,
    reference: Tensor,
    pairs: Pairs,
    positive_scale: float = 2.0,
    negative_scale: float = 40.0,
    threshold: float = 0.5,
) -> Tensor:
    """Multi-similarity loss: the hardest pairs of an anchor weigh most.

    Mean over anchors of  1/α log(1 + Σₚ e^(−α (s(a,p) − λ))) + 1/β log(1 + Σₙ e^(β (s(a,n) − λ)))
    with α the positive scale, β the negative scale and λ the threshold.

    Wang et al., CVPR 2019, with AML's settings (2, 40, 0.5) and without the pair mining of the
    original. Example: one positive and one negative, both at s = 0.5: log(2)/2 + log(2)/40 = 0.364.

    Shapes as for `contrastive`. Raises ValueError for other shapes.
    """
    above = _similarities(query, reference, pairs) - threshold
    from_positives = _log_one_plus_sum_exp(-positive_scale * above, pairs.positive)
    from_negatives = _log_one_plus_sum_exp(negative_scale * above, pairs.negative)
    return (from_positives / positive_scale + from_negatives / negative_scale).mean()


def normalised_softmax(
    embeddings: Tensor,
    class_weights: Tensor,
    labels: Tensor,
    scale: float = 16.0,
    label_smoothing: float = 0.05,
) -> Tensor:
    """Classification of the training classes by cosine: cross-entropy of  scale · cos(x, w_c).

    Zhai & Wu, "Classification is a strong baseline for deep metric learning", BMVC 2019. The
    class weights are parameters, learned with the network and thrown away after training.
    Example: two orthogonal classes, x = w₀, scale 16, no smoothing: log(1 + e⁻¹⁶) = 1.1e-7.

    Args:
        embeddings: ``float [n, d]``, unit rows.
        class_weights: ``float [c, d]``, one row a class, of any length (normalised here).
        labels: ``int64 [n]``, in 0..c-1.

    Raises:
        ValueError: shapes that do not fit together, or a label outside 0..c-1.
    """
    _require_rows(embeddings, class_weights, "embeddings", "class_weights")
    if labels.shape != embeddings.shape[:1]:
        raise ValueError(
            f"labels have shape {list(labels.shape)} but there are {len(embeddings)} embeddings; "
            "give one label for each"
        )
    classes = len(class_weights)
    if not 0 <= labels.min() <= labels.max() < classes:
        raise ValueError(
            f"labels run from {labels.min()} to {labels.max()} but class_weights has {classes} "
            f"rows; number the training classes 0..{classes - 1}"
        )
    cosine = embeddings @ functional.normalize(class_weights, dim=1).T
    return functional.cross_entropy(scale * cosine, labels, label_smoothing=label_smoothing)


def regression(student: Tensor, teacher: Tensor) -> Tensor:
    """Mean over images of  1 − cos(f(x), g(x)) = ½ ‖f(x) − g(x)‖²:  copy the teacher's embedding.

    AML, Reg. Needs no labels. No gradient reaches the teacher.
    Example: student at 60° from the teacher: 0.5.

    Args:
        student, teacher: ``float [n, d]``, unit rows, of the same images.

    Raises:
        ValueError: student and teacher of different shapes.
    """
    _require_same_shape(student, teacher, "[n, d]")
    return 1 - (student * teacher.detach()).sum(dim=1).mean()


def raml_absolute(student: Tensor, teacher: Tensor) -> Tensor:
    """Sum over images of  L_abs = 1/v · Σᵢ (1 − sᵢ·tᵢ)²:  each view goes where the teacher puts it.

    RAML's code; sᵢ and tᵢ are the student's and the teacher's embedding of view i of one image.
    No gradient reaches the teacher. Example: one image, every view at 60°: 0.25.

    Args:
        student, teacher: ``float [b, v, d]``, b images, the same v views of each.

    Raises:
        ValueError: different shapes.
    """
    _require_same_shape(student, teacher, "[b, v, d]")
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
    _require_same_shape(student, teacher, "[b, v, d]")
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


def _log_one_plus_sum_exp(exponents: Tensor, mask: Tensor) -> Tensor:
    """log(1 + Σ exp(x)) over the masked entries of each row, without overflow: 1 is exp(0)."""
    masked = exponents.masked_fill(~mask, -torch.inf)
    return functional.pad(masked, (0, 1), value=0.0).logsumexp(dim=1)


def _similarities(query: Tensor, reference: Tensor, pairs: Pairs) -> Tensor:
    """Dot products ``[n, m]``, after a check that everything fits together."""
    _require_rows(query, reference, "query", "reference")
    expected = (len(query), len(reference))
    for name, mask in pairs._asdict().items():
        if mask.shape != expected:
            raise ValueError(
                f"pairs.{name} has shape {list(mask.shape)} but {len(query)} queries and "
                f"{len(reference)} references need {list(expected)}; "
                "make the pairs from the labels of this very batch"
            )
    return query @ reference.T


def _require_rows(first: Tensor, second: Tensor, first_name: str, second_name: str) -> None:
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1] or not len(first):
        raise ValueError(
            f"{first_name} {list(first.shape)} and {second_name} {list(second.shape)} must be "
            "[n, d] and [m, d] with n ≥ 1 and the same dimension d"
        )


def _require_same_shape(student: Tensor, teacher: Tensor, form: str) -> None:
    expected = form.count(",") + 1
    if student.ndim != expected or student.shape != teacher.shape or not len(student):
        raise ValueError(
            f"student {list(student.shape)} and teacher {list(teacher.shape)} must both be {form} "
            "of the same images, with the same dimension d"
        )
