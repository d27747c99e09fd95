"""Checks of a search: similarities, nearest neighbours, the rotation between two spaces."""

from __future__ import annotations

import numpy as np
from sklearn.metrics.pairwise import cosine_distances, cosine_similarity

from helpers import retrieval
from helpers.course.checks.draws import near, unit_rows
from helpers.course.checks.functions import Case, FunctionCheck
from helpers.course.checks.verdicts import Mistake


def _of_length_1(rows: np.ndarray, axis: int = 1) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=axis, keepdims=True)


def _raw_outputs(seed: int) -> list[Case]:
    """Outputs of two networks, of any length, for different numbers of images."""
    random = np.random.default_rng(seed)
    sizes = ((4, 6, 3), (5, 7, 8), (3, 9, 16))
    return [
        (
            random.standard_normal((n, d)) * random.uniform(0.5, 3, (n, 1)),
            random.standard_normal((m, d)) * random.uniform(0.5, 3, (m, 1)),
        )
        for n, m, d in sizes
    ]


similarities = FunctionCheck(
    "my_similarities(query, database)",
    cosine_similarity,
    _raw_outputs,
    (
        Mistake(
            "Not normalised: a long vector then looks similar to everything. Which length must "
            "a row have before a dot product is a cosine?",
            lambda q, x: q @ x.T,
        ),
        Mistake(
            "Only the query is normalised: long database vectors still win.",
            lambda q, x: _of_length_1(q) @ x.T,
        ),
        Mistake(
            "Only the database is normalised: a long query is not more similar to everything.",
            lambda q, x: q @ _of_length_1(x).T,
        ),
        Mistake(
            "Columns are normalised, not rows: one row is one image.",
            lambda q, x: _of_length_1(q, 0) @ _of_length_1(x, 0).T,
        ),
        Mistake(
            "Query and database are swapped: row i should belong to query i.",
            lambda q, x: cosine_similarity(x, q),
        ),
        Mistake("These are distances: small where the images are alike.", cosine_distances),
        Mistake(
            "Divided by a squared length: the length itself makes a row one long.",
            lambda q, x: q @ x.T / ((q**2).sum(axis=1, keepdims=True) * (x**2).sum(axis=1)),
        ),
    ),
)
"""Cosines ``float [n, m]`` of raw outputs ``[n, d]`` of the queries and ``[m, d]`` of the database,
whose rows have any length."""


def _databases(seed: int) -> list[Case]:
    random = np.random.default_rng(seed)
    return [
        (unit_rows(random, n, d), unit_rows(random, m, d), k)
        for n, m, d, k in ((4, 12, 6, 1), (5, 20, 8, 3), (7, 30, 8, 5))
    ]


neighbours = FunctionCheck(
    "my_neighbours(query, database, k)",
    lambda q, x, k: retrieval.neighbours(q, x, k)[0],
    _databases,
    (
        Mistake(
            "These are the least similar images: sorting starts with the smallest number.",
            lambda q, x, k: (q @ x.T).argsort(axis=1)[:, :k],
        ),
        Mistake(
            "The right images, but the nearest one comes last.",
            lambda q, x, k: (q @ x.T).argsort(axis=1)[:, -k:],
        ),
        Mistake(
            "Query and database are swapped: these are the queries nearest to each database image.",
            lambda q, x, k: (-x @ q.T).argsort(axis=1)[:, :k],
        ),
        Mistake(
            "The nearest one itself is missing: where does your slice start?",
            lambda q, x, k: (-q @ x.T).argsort(axis=1)[:, 1 : k + 1],
        ),
        Mistake(
            "These are similarities; the rows of the database where they are found are asked for.",
            lambda q, x, k: -np.sort(-q @ x.T, axis=1)[:, :k],
        ),
    ),
)
"""Rows ``int [n, k]`` of the database ``[m, d]`` that are nearest to each query ``[n, d]``, the
nearest first; unit rows."""


def _turned_spaces(seed: int) -> list[Case]:
    random = np.random.default_rng(seed)
    cases = []
    for n, d in ((40, 3), (60, 6)):
        source = unit_rows(random, n, d)
        rotation, _ = np.linalg.qr(random.standard_normal((d, d)))
        cases.append((source, near(random, (source @ rotation).astype(np.float32), 0.3)))
    return cases


def _with_singular_vectors(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """What ``U @ V.T`` gives: numpy returns V already transposed."""
    left, _, right = np.linalg.svd(source.T @ target)
    return left @ right.T


procrustes = FunctionCheck(
    "my_rotation(source, target)",
    retrieval.procrustes,
    _turned_spaces,
    (
        Mistake(
            "This turns the target onto the source: the other way round.",
            lambda source, target: retrieval.procrustes(target, source),
        ),
        Mistake(
            "The third matrix that `np.linalg.svd` returns is transposed already.",
            _with_singular_vectors,
        ),
        Mistake(
            "This matrix fits best, but it also stretches: a rotation keeps all lengths.",
            lambda source, target: np.linalg.lstsq(source, target, rcond=None)[0],
        ),
        Mistake(
            "The singular values are still in it: they stretch, a rotation does not.",
            lambda source, target: source.T @ target,
        ),
    ),
)
"""The orthogonal ``float [d, d]`` that brings ``source @ R`` closest to the target, ``[n, d]``."""
