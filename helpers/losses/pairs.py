"""Which images are compared: pairs from labels, and the choice of the hard ones among them."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


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


def mine(
    pairs: Pairs, similarity: Tensor, positives: int | None = None, negatives: int = 5
) -> Pairs:
    """Keep the hard pairs: of each anchor its least similar positives, most similar negatives.

    Whoever gives the similarity does the mining; no gradient passes through the choice::

        mine(pairs, student @ student.T)        # by the student
        mine(pairs, student @ teacher.T)        # AML: queries by the student, the rest by g
        mine(pairs, teacher @ teacher.T)        # by the teacher
        mine(pairs, torch.rand(n, n))           # nobody: random pairs

    AML mines 5 negatives of each query from a large pool, once an epoch; here the pool is the
    batch. Example: negatives at similarities 0.1, 0.7 and 0.4, of which 2 are asked for: those
    at 0.7 and 0.4.

    Args:
        pairs: masks ``[n, m]`` to choose from.
        similarity: ``float [n, m]`` between anchors and references.
        positives: how many of each anchor to keep; None keeps all.
        negatives: how many of each anchor to keep. An anchor with fewer keeps all of them.

    Raises:
        ValueError: a similarity of another shape, or fewer than 1 to keep.
    """
    if similarity.shape != pairs.positive.shape:
        raise ValueError(
            f"similarity has shape {list(similarity.shape)} but the pairs "
            f"{list(pairs.positive.shape)}; give one similarity for each pair"
        )
    kept = pairs.positive if positives is None else _highest(-similarity, pairs.positive, positives)
    return Pairs(kept, _highest(similarity, pairs.negative, negatives))


def _highest(score: Tensor, among: Tensor, count: int) -> Tensor:
    """``bool [n, m]``: of each row, the ``count`` highest scores in the mask ``among``."""
    if count < 1:
        raise ValueError(f"mine keeps at least 1 positive and 1 negative of an anchor, not {count}")
    candidates = score.detach().masked_fill(~among, -torch.inf)
    best = candidates.topk(min(count, score.shape[1]), dim=1).indices
    # With too few candidates the rest of the best are at -∞, outside the mask.
    return torch.zeros_like(among).scatter(1, best, True) & among
