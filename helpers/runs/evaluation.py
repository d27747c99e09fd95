"""The numbers of a run: its test images embedded, ranked and scored, query by query.

The tests that a metric's name begins with:

- ``symmetric``: queries and database by the run's own network at its own resolution.
- ``asymmetric`` (with a teacher): the same queries in the teacher's database.
- ``rotated`` (students): as ``asymmetric``, after the one rotation of the student's space that
  fits the teacher's best on training images: what remains is not a matter of coordinates.
- ``naive-48-symmetric`` (teachers): 48 px images into the teacher, for queries and database.
- ``naive-48-asymmetric`` (teachers): 48 px images into the teacher, in its full database.
- ``enlarged-48-asymmetric`` (teachers): 48 px images enlarged to the teacher's resolution first.

Then comes the label (``species`` or ``genus`` for butterflies) and the measure, for example
``"asymmetric/species/recall@1"``.
"""

from __future__ import annotations

import numpy as np
from torch import nn

from helpers.networks import embed, embed_enlarged
from helpers.recipes import Recipe
from helpers.retrieval import evaluate, procrustes
from helpers.runs.data import Trial
from helpers.training import CachedViews

QUERY_RESOLUTIONS = {96: (16, 24, 32, 48, 64), 128: (32, 64), 192: (64, 96)}
"""At how many pixels a teacher is tested, by its own resolution; else at a quarter and a half."""

KEPT = slice(None, None, 4)
"""Of embeddings at these resolutions every fourth is kept, which is enough for a picture."""

LABELS = {"butterflies": ("species", "genus")}
"""What fine and coarse labels are called in each data set, where not just that."""


def unit_rows(embeddings: np.ndarray) -> np.ndarray:
    """``float32 [n, d]`` with rows of unit norm, which half precision keeps only nearly."""
    rows = embeddings.astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def assess(
    recipe: Recipe,
    network: nn.Module,
    trial: Trial,
    database: np.ndarray | None,
    rotation: np.ndarray | None = None,
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Embed the test images and test them in every way that the recipe allows.

    Args:
        recipe: says at which resolution the network works.
        network: the trained network.
        trial: the test images, and which are queries and which the database.
        database: the teacher's embeddings of all test images, ``float32 [n, d]``; None for a
            teacher.
        rotation: ``float32 [d, d]``, from ``rotation_to_teacher``; None for one that is no student.

    Returns:
        The value of every metric for every query, bool or ``float16 [q]``, and the embeddings to
        keep, ``float16 [n, d]``.
    """
    kept = {"test": _half(embed(network, trial.images.images, recipe.resolution))}
    own = unit_rows(kept["test"])
    tests = {"symmetric": (own, own)}
    if database is None:
        small_tests, small_kept = _small_into_teacher(recipe, network, trial, own)
        tests, kept = tests | small_tests, kept | small_kept
    else:
        tests["asymmetric"] = (own, database)
    if rotation is not None:
        tests["rotated"] = (own @ rotation, database)
    per_query = {
        f"{name}/{measure}": values
        for name, (queries, rows) in tests.items()
        for measure, values in score(queries, rows, trial, recipe.data_set).items()
    }
    return per_query, kept


def rotation_to_teacher(recipe: Recipe, network: nn.Module, views: CachedViews) -> np.ndarray:
    """The rotation ``float32 [d, d]`` of a student's space that fits its teacher's best.

    Found on the first view of every second labelled training image.
    """
    rows = views.used[views.labels[views.used] >= 0][::2]
    student = embed(network, views.views[rows, 0], recipe.resolution)
    return procrustes(unit_rows(student), unit_rows(views.embeddings[rows, 0]))


def _small_into_teacher(
    recipe: Recipe, network: nn.Module, trial: Trial, own: np.ndarray
) -> tuple[dict[str, tuple], dict[str, np.ndarray]]:
    """The tests of small images as they are and enlarged again; of the former, what to keep."""
    tests, kept = {}, {}
    images = trial.images.images
    for resolution in smaller(recipe.resolution):
        naive = _half(embed(network, images, resolution))
        enlarged = _half(embed_enlarged(network, images, resolution, recipe.resolution))
        kept[f"naive/{resolution}"] = naive[KEPT]
        naive, enlarged = unit_rows(naive), unit_rows(enlarged)
        tests[f"naive-{resolution}-symmetric"] = (naive, naive)
        tests[f"naive-{resolution}-asymmetric"] = (naive, own)
        tests[f"enlarged-{resolution}-asymmetric"] = (enlarged, own)
    return tests, kept


def _half(embeddings: np.ndarray) -> np.ndarray:
    # Rounded before anything is measured, so that the numbers follow from what is stored.
    return embeddings.astype(np.float16)


def smaller(resolution: int) -> tuple[int, ...]:
    """The query resolutions at which a teacher of this resolution is tested."""
    return QUERY_RESOLUTIONS.get(resolution, (resolution // 4, resolution // 2))


def score(
    queries: np.ndarray, database: np.ndarray, trial: Trial, data_set: str
) -> dict[str, np.ndarray]:
    """Recall@1, Recall@10 (bool) and mAP (``float16``) of each query, for fine and coarse labels.

    Args:
        queries: embeddings of all test images by the network of the queries, ``float32 [n, d]``.
        database: embeddings of all test images by the network of the database.
        trial: which of them are queries and which the database.
        data_set: decides what the labels are called.
    """
    fine, coarse = LABELS.get(data_set, ("fine", "coarse"))
    scores = {}
    for name, labels in ((fine, trial.images.fine), (coarse, trial.images.coarse)):
        found = evaluate(
            queries[trial.queries],
            database[trial.database],
            labels[trial.queries],
            labels[trial.database],
            trial.own,
        )
        scores |= {f"{name}/recall@{k}": hits for k, hits in found.recall.items()}
        scores[f"{name}/mAP"] = found.average_precision.astype(np.float16)
    return scores


def means(per_query: dict[str, np.ndarray]) -> dict[str, float]:
    """The mean of every metric over the queries."""
    return {name: float(values.mean(dtype=np.float64)) for name, values in per_query.items()}
