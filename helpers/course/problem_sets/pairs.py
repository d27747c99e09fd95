"""Checks of what pairs of images tell: hard negatives, the chance level, alignment."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from helpers.course.checks import FunctionCheck, Mistake
from helpers.losses import pairs_of


def _similarities(seed: int) -> list[tuple]:
    """Similarities of a batch with itself, the mask of its negatives, and how many to keep."""
    random = np.random.default_rng(seed)
    cases = []
    for count in (1, 2, 3):
        labels = torch.from_numpy(random.permutation(np.repeat(np.arange(4), 3)))
        similarity = torch.from_numpy(random.uniform(-1, 1, (12, 12)).astype(np.float32))
        # As trained networks have it: positives are the most similar of all.
        pairs = pairs_of(labels)
        cases.append((similarity + pairs.positive + torch.eye(12), pairs.negative, count))
    return cases


def _kept(similarity: Tensor, negative: Tensor, count: int) -> Tensor:
    places = similarity.topk(count, dim=1).indices
    return torch.zeros_like(negative).scatter(1, places, True)


def _hardest(similarity: Tensor, negative: Tensor, count: int) -> Tensor:
    return _kept(similarity.masked_fill(~negative, -torch.inf), negative, count)


hardest_negatives = FunctionCheck(
    "hardest_negatives(similarity, negative, count)",
    _hardest,
    _similarities,
    (
        Mistake(
            "These are the easiest negatives: the hard ones are those that look alike.",
            lambda s, negative, count: _hardest(-s, negative, count),
        ),
        Mistake(
            "Positives are among them: the most similar images of all are positives, and the "
            "anchor itself. Only negatives may be chosen.",
            lambda s, negative, count: _kept(s, negative, count),
        ),
        Mistake(
            "Positives are taken out after the choice: then an anchor keeps too few negatives.",
            lambda s, negative, count: _kept(s, negative, count) & negative,
        ),
        Mistake(
            "The hardest are chosen for each column: one row is one anchor.",
            lambda s, negative, count: _hardest(s.T, negative.T, count).T,
        ),
        Mistake(
            "Only one negative of each anchor is kept, where `count` are asked for.",
            lambda s, negative, count: _hardest(s, negative, 1),
        ),
    ),
)
"""Mask ``bool [n, m]`` of each anchor's ``count`` most similar negatives, as in `losses.mine`."""


def _label_sets(seed: int) -> list[tuple]:
    """Species with different numbers of specimens."""
    random = np.random.default_rng(seed)
    return [
        (random.permutation(np.repeat(np.arange(kinds), random.integers(2, 9, kinds))),)
        for kinds in (3, 7, 12)
    ]


def _others_alike(labels: np.ndarray) -> np.ndarray:
    return (labels[:, None] == labels).sum(axis=1) - 1


chance = FunctionCheck(
    "chance(labels)",
    lambda labels: (_others_alike(labels) / (len(labels) - 1)).mean(),
    _label_sets,
    (
        Mistake(
            "The query may find itself here: its own image is neither an answer nor among those "
            "that it could find.",
            lambda labels: ((_others_alike(labels) + 1) / len(labels)).mean(),
        ),
        Mistake(
            "The query is no answer, but it still counts among the images that it could find.",
            lambda labels: (_others_alike(labels) / len(labels)).mean(),
        ),
        Mistake(
            "One over the number of species: right only if all species have endlessly many images.",
            lambda labels: 1 / len(np.unique(labels)),
        ),
        Mistake(
            "A mean over species: each query counts once, so large species count more.",
            lambda labels: (
                (np.unique(labels, return_counts=True)[1] - 1) / (len(labels) - 1)
            ).mean(),
        ),
    ),
)
"""Recall@1 in 0..1 that random answers reach: labels ``int64 [n]``, own image left out."""


def _two_networks(seed: int) -> list[tuple]:
    random = np.random.default_rng(seed)
    cases = []
    for n, d in ((6, 4), (10, 8)):
        f, g = random.standard_normal((2, n, d))
        cases.append((_unit(g + 0.8 * f), _unit(g)))
    return cases


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


alignment = FunctionCheck(
    "alignment(student, teacher)",
    lambda f, g: (f * g).sum(axis=1).mean(),
    _two_networks,
    (
        Mistake(
            "A mean over all pairs of images: alignment compares two embeddings of the *same* "
            "image.",
            lambda f, g: (f @ g.T).mean(),
        ),
        Mistake(
            "A mean over dimensions where a dot product sums them.", lambda f, g: (f * g).mean()
        ),
        Mistake("A sum over images where their mean is asked for.", lambda f, g: (f * g).sum()),
        Mistake(
            "This is the mean distance: alignment is the mean cosine.",
            lambda f, g: np.linalg.norm(f - g, axis=1).mean(),
        ),
    ),
)
"""Mean cosine between the embeddings of the same image by two networks, ``[n, d]``, unit rows."""
