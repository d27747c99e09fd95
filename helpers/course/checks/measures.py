"""Checks of the measures: Recall@K in both tests, average precision."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from helpers import retrieval
from helpers.course.checks.draws import classes, near
from helpers.course.checks.functions import Case, FunctionCheck
from helpers.course.checks.verdicts import Mistake

ITSELF = (
    "The query counts as its own match: its own image stands in the database and is always found."
)


def _species(seed: int) -> list[Case]:
    """Embeddings in classes that overlap, labels, and K."""
    random = np.random.default_rng(seed)
    cases = []
    for k in (1, 2, 4):
        labels, embeddings = classes(random, images=60, kinds=12, dimensions=8)
        cases.append((embeddings, labels, k))
    return cases


def _answers(query: np.ndarray, database: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """``bool [n, n - 1]``: which of the others, the nearest first, are positives."""
    own = np.arange(len(query))
    found, _ = retrieval.neighbours(query, database, len(query) - 1, own)
    return labels[found] == labels[:, None]


def _recall(query: np.ndarray, database: np.ndarray, labels: np.ndarray, k: int) -> float:
    return retrieval.asymmetric_test(query, database, labels, (k,)).recall[k].mean()


def _finding_itself(query: np.ndarray, database: np.ndarray, labels: np.ndarray, k: int) -> float:
    ranks, _ = retrieval.positive_ranks(query, database, labels, labels)
    return retrieval.recall_at_k(ranks, k).mean()


def _symmetric(measure: Callable) -> Callable:
    """A measure of two sets of embeddings, for one network that makes both."""
    return lambda embeddings, labels, k: measure(embeddings, embeddings, labels, k)


_COUNTED_OTHERWISE = {
    "This counts how many of the K answers are right (precision). Recall@K asks whether there is "
    "one at all.": lambda q, x, y, k: _answers(q, x, y)[:, :k].mean(),
    "This counts which share of all positives is found. Here Recall@K asks whether there is one "
    "at all.": lambda q, x, y, k: (
        _answers(q, x, y)[:, :k].sum(axis=1) / _answers(q, x, y).sum(axis=1)
    ).mean(),
    "One answer too many is looked at: K are allowed, after the query itself is taken out.": (
        lambda q, x, y, k: _recall(q, x, y, k + 1)
    ),
    "The least similar images are taken for the nearest: mind the order of sorting.": (
        lambda q, x, y, k: _answers(q, x, y)[:, -k:].any(axis=1).mean()
    ),
    "This is the number of queries that are answered; their share is asked for.": (
        lambda q, x, y, k: _recall(q, x, y, k) * len(q)
    ),
    ITSELF: _finding_itself,
}

recall_at_k = FunctionCheck(
    "my_recall(embeddings, labels, k)",
    _symmetric(_recall),
    _species,
    tuple(Mistake(says, _symmetric(measure)) for says, measure in _COUNTED_OTHERWISE.items()),
)
"""Recall@K of the symmetric test, in 0..1: embeddings ``float32 [n, d]``, unit rows, labels
``int64 [n]``."""


def _student_and_teacher(seed: int) -> list[Case]:
    random = np.random.default_rng(seed)
    return [
        (near(random, teacher, 0.9), teacher, labels, k) for teacher, labels, k in _species(seed)
    ]


asymmetric_recall = FunctionCheck(
    "my_recall(student, teacher, labels, k)",
    _recall,
    _student_and_teacher,
    (
        Mistake(
            "Query and database are swapped: the student embeds the queries.",
            lambda f, g, y, k: _recall(g, f, y, k),
        ),
        Mistake(
            "This is the student's symmetric test: who embeds the database?",
            lambda f, g, y, k: _recall(f, f, y, k),
        ),
        Mistake(
            "This is the teacher's symmetric test: who embeds the queries?",
            lambda f, g, y, k: _recall(g, g, y, k),
        ),
        *(Mistake(says, measure) for says, measure in _COUNTED_OTHERWISE.items()),
    ),
)
"""Recall@K of the asymmetric test, in 0..1: student and teacher ``float32 [n, d]``, unit rows, of
the same images, labels ``int64 [n]``. An image is not its own match."""


def _ranks(seed: int) -> list[Case]:
    """Ranks of all positives, from 0, ascending; the first is sometimes found at once."""
    random = np.random.default_rng(seed)
    later = [np.sort(random.choice(np.arange(1, 30), size=p, replace=False)) for p in (3, 5)]
    return [(later[0],), (np.concatenate([[0], later[1]]),), (np.array([0, 1, 2]),)]


def _precisions(ranks: np.ndarray, positives_before: int = 1, ranks_before: int = 1) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return (np.arange(len(ranks)) + positives_before) / (ranks + ranks_before)


average_precision = FunctionCheck(
    "my_average_precision(ranks)",
    lambda ranks: retrieval.average_precision(ranks, len(ranks)),
    _ranks,
    (
        Mistake(
            "Ranks start at 0: at rank 0, how many images have been looked at?",
            lambda ranks: _precisions(ranks, ranks_before=0).mean(),
        ),
        Mistake(
            "The positive at a rank counts for the precision at that rank.",
            lambda ranks: _precisions(ranks, positives_before=0).mean(),
        ),
        Mistake(
            "A sum over the positives where the mean is asked for.",
            lambda ranks: _precisions(ranks).sum(),
        ),
        Mistake(
            "This is the mean of 1 / rank: how many positives have been found by then?",
            lambda ranks: (1 / (ranks + 1)).mean(),
        ),
        Mistake(
            "Only the first positive counts here: average precision looks at all.",
            lambda ranks: _precisions(ranks)[0],
        ),
        Mistake(
            "Only the last positive counts here: average precision looks at all.",
            lambda ranks: _precisions(ranks)[-1],
        ),
        Mistake(
            "This is the version with trapezoids; the plain one is asked for.",
            lambda ranks: retrieval.average_precision_trapezoid(ranks, len(ranks)),
        ),
    ),
)
"""Plain average precision of one query: ranks ``int [p]`` of its positives, from 0, ascending."""
