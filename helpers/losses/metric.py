"""Metric-learning losses: from labels, between queries and references of one or two networks."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from helpers.losses.distances import euclidean_distances
from helpers.losses.pairs import Pairs
from helpers.losses.shapes import require_rows


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


def batch_hard_triplet(
    query: Tensor, reference: Tensor, pairs: Pairs, margin: float = 0.0
) -> Tensor:
    """Triplet loss on distances d (not squared), of each anchor's hardest triplet only.

    Mean over anchors that have both a positive and a negative of
    [maxₚ d(a,p) − minₙ d(a,n) + margin]₊:  the farthest positive against the nearest negative.

    "Learning Metrics from Teachers", margin 0 in its code. A batch without triplets gives 0.
    Example: positives at 0.3 and 0.6, negatives at 0.5 and 0.9, margin 0: 0.1.

    Shapes as for `contrastive`. Raises ValueError for other shapes.
    """
    _require_pairs(query, reference, pairs)
    has_both = pairs.positive.any(dim=1) & pairs.negative.any(dim=1)
    # Distances have an epsilon inside their square root, see `distances`: batch-hard picks the
    # nearest negative, so two identical images of different classes would make the gradient NaN.
    distance = euclidean_distances(query[has_both], reference)
    farthest = distance.masked_fill(~pairs.positive[has_both], -torch.inf).amax(dim=1)
    nearest = distance.masked_fill(~pairs.negative[has_both], torch.inf).amin(dim=1)
    return functional.relu(farthest - nearest + margin).sum() / has_both.sum().clamp(min=1)


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
    require_rows(embeddings, class_weights, "embeddings", "class_weights")
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


def _log_one_plus_sum_exp(exponents: Tensor, mask: Tensor) -> Tensor:
    """log(1 + Σ exp(x)) over the masked entries of each row, without overflow: 1 is exp(0)."""
    masked = exponents.masked_fill(~mask, -torch.inf)
    return functional.pad(masked, (0, 1), value=0.0).logsumexp(dim=1)


def _similarities(query: Tensor, reference: Tensor, pairs: Pairs) -> Tensor:
    """Dot products ``[n, m]``, after a check that everything fits together."""
    _require_pairs(query, reference, pairs)
    return query @ reference.T


def _require_pairs(query: Tensor, reference: Tensor, pairs: Pairs) -> None:
    require_rows(query, reference, "query", "reference")
    expected = (len(query), len(reference))
    for name, mask in pairs._asdict().items():
        if mask.shape != expected:
            raise ValueError(
                f"pairs.{name} has shape {list(mask.shape)} but {len(query)} queries and "
                f"{len(reference)} references need {list(expected)}; "
                "make the pairs from the labels of this very batch"
            )
