"""Checks of metric-learning losses, between queries and references of one or two networks."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from helpers import losses
from helpers.course.checks.draws import classes
from helpers.course.checks.functions import Case, FunctionCheck
from helpers.course.checks.verdicts import Mistake
from helpers.losses import Pairs

NEITHER = (
    "Whatever is no positive counts as a negative here: a pair may be neither, take the negatives "
    "from `pairs.negative`."
)
NO_HINGE = "Negative terms are left in: what does [ ]₊ do with a number below 0?"


def _batches(seed: int, margins: tuple[float, ...]) -> list[Case]:
    """Queries and references of different images: two anchors may have unlike sets of positives."""
    random, leaving_out = np.random.default_rng(seed), np.random.default_rng([seed, 1])
    cases = []
    for margin in margins:
        labels, embeddings = classes(random, images=32, kinds=5, dimensions=6)
        order = random.permutation(len(labels))
        y, x = torch.from_numpy(labels[order]), torch.from_numpy(embeddings[order])
        same = y[:16, None] == y[None, 16:]
        counted = torch.from_numpy(leaving_out.random(same.shape) < 0.8)  # others in neither mask
        cases.append((x[:16], x[16:], Pairs(same, ~same & counted), margin))
    return cases


def _contrastive_terms(q: Tensor, r: Tensor, pairs: Pairs, margin: float) -> tuple[Tensor, Tensor]:
    s = q @ r.T
    return (1 - s)[pairs.positive], functional.relu(s - margin)[pairs.negative]


def _contrastive_of_distances(q: Tensor, r: Tensor, pairs: Pairs, margin: float) -> Tensor:
    d = torch.cdist(q, r)
    attraction = d.square()[pairs.positive].sum()
    return (attraction + functional.relu(margin - d).square()[pairs.negative].sum()) / len(q)


def _contrastive_without_hinge(q: Tensor, r: Tensor, pairs: Pairs, margin: float) -> Tensor:
    s = q @ r.T
    return ((1 - s)[pairs.positive].sum() + (s - margin)[pairs.negative].sum()) / len(q)


contrastive = FunctionCheck(
    "my_contrastive(query, reference, pairs, margin)",
    losses.contrastive,
    lambda seed: _batches(seed, (0.0, 0.3, 0.755)),
    (
        Mistake(NO_HINGE, _contrastive_without_hinge),
        Mistake(
            NEITHER,
            lambda q, r, pairs, m: losses.contrastive(
                q, r, Pairs(pairs.positive, ~pairs.positive), m
            ),
        ),
        Mistake(
            "A mean over pairs where the loss sums: each anchor adds up its pairs, and the mean is "
            "over anchors.",
            lambda *batch: sum(terms.mean() for terms in _contrastive_terms(*batch)),
        ),
        Mistake(
            "A sum over anchors where the loss takes their mean.",
            lambda q, r, pairs, m: losses.contrastive(q, r, pairs, m) * len(q),
        ),
        Mistake(
            "Divided by the number of pairs: the mean is over anchors.",
            lambda *batch: torch.cat(_contrastive_terms(*batch)).mean(),
        ),
        Mistake(
            "Squared where it is not: each pair counts with its similarity as it is.",
            lambda *batch: (
                sum(terms.square().sum() for terms in _contrastive_terms(*batch)) / len(batch[0])
            ),
        ),
        Mistake(
            "These are distances: this loss is written in similarities.", _contrastive_of_distances
        ),
        Mistake(
            "Query and reference are swapped: row i of the pairs belongs to query i.",
            lambda q, r, pairs, m: losses.contrastive(r, q, pairs, m),
        ),
        Mistake(
            "Queries are compared with queries: the references are not looked at.",
            lambda q, r, pairs, m: losses.contrastive(q, q, pairs, m),
        ),
        Mistake(
            "Positives and negatives have changed places.",
            lambda q, r, pairs, m: losses.contrastive(q, r, Pairs(*pairs[::-1]), m),
        ),
        Mistake(
            "Only the positives count here: what do negatives beyond the margin add?",
            lambda *batch: _contrastive_terms(*batch)[0].sum() / len(batch[0]),
        ),
        Mistake(
            "The margin applies to negatives only: a positive is pulled all the way.",
            lambda q, r, pairs, m: (
                (
                    functional.relu(m - q @ r.T)[pairs.positive].sum()
                    + functional.relu(q @ r.T - m)[pairs.negative].sum()
                )
                / len(q)
            ),
        ),
    ),
)
"""The contrastive loss on similarities, as in `losses.contrastive`."""


def _violations(q: Tensor, r: Tensor, pairs: Pairs) -> Tensor:
    """d²(a,p) − d²(a,n) for every triplet (a, p, n)."""
    squared = 2 - 2 * q @ r.T
    anchor, positive = pairs.positive.nonzero(as_tuple=True)
    gaps = squared[anchor, positive][:, None] - squared[anchor]
    return gaps[pairs.negative[anchor]]


def _triplet_of_distances(q: Tensor, r: Tensor, pairs: Pairs, margin: float) -> Tensor:
    d = torch.cdist(q, r)
    anchor, positive = pairs.positive.nonzero(as_tuple=True)
    gaps = (d[anchor, positive][:, None] - d[anchor])[pairs.negative[anchor]]
    return functional.relu(gaps + margin).mean()


def _mean_of_active(q: Tensor, r: Tensor, pairs: Pairs, margin: float) -> Tensor:
    violations = functional.relu(_violations(q, r, pairs) + margin)
    return violations[violations > 0].mean()


triplet = FunctionCheck(
    "my_triplet(query, reference, pairs, margin)",
    losses.triplet,
    lambda seed: _batches(seed, (0.1, 0.3, 0.7)),
    (
        Mistake(
            NEITHER,
            lambda q, r, pairs, m: losses.triplet(q, r, Pairs(pairs.positive, ~pairs.positive), m),
        ),
        Mistake(NO_HINGE, lambda q, r, pairs, m: (_violations(q, r, pairs) + m).mean()),
        Mistake(
            "Positive and negative have changed places: which of the two should be farther away?",
            lambda q, r, pairs, m: functional.relu(m - _violations(q, r, pairs)).mean(),
        ),
        Mistake(
            "A sum over triplets where the mean is asked for.",
            lambda q, r, pairs, m: functional.relu(_violations(q, r, pairs) + m).sum(),
        ),
        Mistake(
            "The mean is over all triplets; yours leaves out those whose loss is 0.",
            _mean_of_active,
        ),
        Mistake(
            "These distances are not squared, and in this loss they are.", _triplet_of_distances
        ),
        Mistake(
            "The margin is missing: a negative only just farther away would be enough.",
            lambda q, r, pairs, m: functional.relu(_violations(q, r, pairs)).mean(),
        ),
        Mistake(
            "The margin has the other sign: it asks for more, not for less.",
            lambda q, r, pairs, m: functional.relu(_violations(q, r, pairs) - m).mean(),
        ),
        Mistake(
            "These are similarities; how does d² follow from one?",
            lambda q, r, pairs, m: functional.relu(_violations(q, r, pairs) / 2 + m).mean(),
        ),
        Mistake(
            "Query and reference are swapped: row i of the pairs belongs to query i.",
            lambda q, r, pairs, m: losses.triplet(r, q, pairs, m),
        ),
        Mistake(
            "Queries are compared with queries: the references are not looked at.",
            lambda q, r, pairs, m: losses.triplet(q, q, pairs, m),
        ),
    ),
)
"""The triplet loss on squared distances, the mean over all triplets, as in `losses.triplet`."""
