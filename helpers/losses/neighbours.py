"""Distillation losses that copy who is near whom: soft neighbourhoods instead of labels."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from helpers.losses.distances import different_images, euclidean_distances
from helpers.losses.shapes import require_same_images, require_same_shape


def contextual_similarity(
    student: Tensor, teacher: Tensor, neighbours: int = 16, temperature: float = 0.1
) -> Tensor:
    """Seen by the student, an image has the similarities to its neighbours that the teacher sees.

    Mean over images a of  KL(p ‖ q),  p = softmaxⱼ(g(a)·g(j)/τ),  q = softmaxⱼ(f(a)·g(j)/τ),  over
    the images j most similar to a by the teacher. The neighbours' embeddings are the teacher's in
    both, so the student must find its place among them.

    Wu et al., "Contextual similarity distillation for asymmetric image retrieval", CVPR 2022.
    Ours: neighbours come from the batch, not from the whole training set, and the image itself is
    the first of them (as in the re-implementation of D3still); one temperature for both sides,
    so that a perfect student costs 0; 16 neighbours and temperature 0.1. No labels; no gradient
    reaches the teacher. Example: two orthogonal teacher embeddings, student images swapped,
    temperature 1: tanh(½) = 0.462.

    Args:
        student, teacher: ``float [n, d]``, unit rows, of the same images.
        neighbours: how many, with the image itself; at most all n are used.
        temperature: τ, small for a sharp view of the nearest.

    Raises:
        ValueError: different shapes, or fewer than 2 neighbours.
    """
    require_same_shape(student, teacher, "[n, d]")
    if neighbours < 2:
        raise ValueError(f"neighbours is {neighbours}; give at least 2 to be compared")
    teacher = teacher.detach()
    by_teacher, nearest = (teacher @ teacher.T).topk(min(neighbours, len(teacher)), dim=1)
    by_student = (student @ teacher.T).gather(1, nearest)
    wanted = (by_teacher / temperature).log_softmax(dim=1)
    found = (by_student / temperature).log_softmax(dim=1)
    return functional.kl_div(found, wanted, reduction="batchmean", log_target=True)


def relaxed_contrastive(
    student: Tensor, teacher: Tensor, sigma: float = 1.0, margin: float = 1.0
) -> Tensor:
    """Contrastive loss whose pairs are positive as far as the teacher finds them near.

    1/n · Σᵢ≠ⱼ w d² + (1 − w) [margin − d]₊²,  w = exp(−‖g(i) − g(j)‖² / σ)  from the teacher,
    d the student's distance of i and j over the mean distance of i from all n images (its own 0
    counts too, as in the authors' code).

    Kim et al., "Embedding transfer with label relaxation for improved metric learning", CVPR 2021
    (σ = 1, margin 1). No labels; no gradient reaches the teacher. Only distances within the
    student count, so like the losses of `relational` it cannot align the student with the teacher.
    Example: two images, which the teacher does not tell apart (w = 1): each d is 2, so 2² = 4.

    Args:
        student, teacher: ``float [n, d]`` and ``[n, e]``, of the same n ≥ 2 images.

    Raises:
        ValueError: different numbers of images, or fewer than 2.
    """
    require_same_images(student, teacher)
    teacher = teacher.detach()
    weights = (-euclidean_distances(teacher, teacher).square() / sigma).exp()
    distances = euclidean_distances(student, student) * different_images(student)
    relative = distances / distances.mean(dim=1, keepdim=True)
    attraction = weights * relative.square()
    repulsion = (1 - weights) * functional.relu(margin - relative).square()
    # The pairs i = j add nothing: their weight is 1 and their distance 0.
    return (attraction + repulsion).sum() / len(student)
