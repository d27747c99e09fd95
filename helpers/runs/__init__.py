"""The run store: train once, keep weights, history, numbers and embeddings.

``get`` looks among the shipped runs, then among those trained on this machine, and trains what is
in neither. With the environment variable ``RETRAIN=1`` it passes the shipped runs over.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import count, takewhile
from typing import TYPE_CHECKING

import numpy as np

from helpers import recipes
from helpers.cache import PROJECT, cache_folder
from helpers.recipes import Recipe
from helpers.runs.store import EMBEDDINGS, PER_QUERY, WEIGHTS, RunError, Store, copy, digest

if TYPE_CHECKING:
    import pandas

    from helpers.networks import EmbeddingNetwork

__all__ = [
    "SAMPLED",
    "Run",
    "RunError",
    "get",
    "get_shipped",
    "is_trained",
    "metrics_table",
    "over_seeds",
    "seeds_of",
    "ship",
    "train",
]

SAMPLED = slice(None, None, 4)
"""The test images in the sample of a run's embeddings."""

SHIPPED = Store(PROJECT / "data" / "runs", remedy="restore it with: git checkout -- {folder}")


@dataclass(frozen=True)
class Run:
    """What came of a recipe. Arrays and network are read when they are first asked for.

    Attributes:
        recipe: what was trained.
        store: where the run lies.
        summary: the content of its ``run.json``.
    """

    recipe: Recipe
    store: Store
    summary: dict

    @property
    def metrics(self) -> dict[str, float]:
        """Means over queries in 0..1, such as ``metrics["asymmetric/species/recall@1"]``."""
        return self.summary["metrics"]

    @property
    def history(self) -> list[dict]:
        """At most 100 records ``{"step", "loss", "seconds"}`` of the training."""
        return self.summary["history"]

    @property
    def seconds(self) -> float:
        """How long training and testing took on the machine that ran them."""
        return self.summary["seconds"]

    @cached_property
    def weights_digest(self) -> str | None:
        """The SHA-256 of the network's weights; None for an older run shipped without them."""
        if "weights" in self.summary:
            return self.summary["weights"]
        if not (self.store.path(self.recipe) / WEIGHTS).is_file():
            return None
        return digest(self.store.arrays(self.recipe, WEIGHTS))

    @cached_property
    def per_query(self) -> dict[str, np.ndarray]:
        """For each metric its value for each query, ``float32 [n]``."""
        stored = self.store.arrays(self.recipe, PER_QUERY)
        return {name: values.astype(np.float32) for name, values in stored.items()}

    @cached_property
    def embeddings(self) -> dict[str, np.ndarray]:
        """Embeddings of test images, ``float32 [n, d]``, rows of unit norm.

        ``"test"``: every test image at the network's own resolution. ``"naive/48"`` (teachers):
        every fourth test image, made 48 pixels small and shown to the teacher as it is.

        Raises:
            RunError: the run is shipped without embeddings.
        """
        from helpers.runs.evaluation import unit_rows

        stored = self.store.arrays(self.recipe, EMBEDDINGS)
        return {name: unit_rows(rows) for name, rows in stored.items()}

    @property
    def sample(self) -> np.ndarray:
        """Embeddings of every fourth test image, ``float32 [n, d]``, rows of unit norm.

        Of the students that notebook 05 rotates this much is shipped.

        Raises:
            RunError: the run is shipped without embeddings.
        """
        stored = self.embeddings
        return stored["sample"] if "sample" in stored else stored["test"][SAMPLED]

    @cached_property
    def network(self) -> EmbeddingNetwork:
        """The trained network, in evaluation mode on the CPU.

        Raises:
            RunError: the run is shipped without weights.
        """
        from helpers.runs.experiment import network_with_weights

        return network_with_weights(self.recipe, self.store.arrays(self.recipe, WEIGHTS))


def get(recipe: Recipe) -> Run:
    """The run of this recipe, trained first (its teacher before it) if there is none.

    Raises:
        RunError: the run's folder is incomplete or fails its checksums.
    """
    for store in _stores():
        if recipe in store:
            return _found(recipe, store)
    return train(recipe)


def _found(recipe: Recipe, store: Store) -> Run:
    """The stored run, once its teacher has proved to be the one that taught it."""
    run = Run(recipe, store, store.summary(recipe))
    taught_by = run.summary.get("teacher_weights")
    for place in (store, *_stores()):
        if taught_by and recipe.teacher in place:
            teacher = Run(recipe.teacher, place, place.summary(recipe.teacher))
            if teacher.weights_digest not in (None, taught_by):
                raise RunError(
                    f"the run {store.path(recipe)} was taught by another {recipe.teacher.name} "
                    f"than {place.path(recipe.teacher)}, whose database it would search; "
                    + store.remedy.format(folder=store.path(recipe))
                )
            break
    return run


def get_shipped(recipe: Recipe) -> Run | None:
    """The shipped run of this recipe, None if there is none."""
    return _found(recipe, SHIPPED) if recipe in SHIPPED else None


def is_trained(recipe: Recipe) -> bool:
    """Whether this machine has trained the recipe."""
    return recipe in _local()


def train(recipe: Recipe) -> Run:
    """The run of this recipe with weights and embeddings, trained on this machine if need be."""
    for store in _stores():
        if store.is_whole(recipe):
            return _found(recipe, store)
    from helpers.runs.experiment import carry_out
    from helpers.runs.fitting import state_folder

    before = [other and train(other) for other in (recipe.teacher, recipe.first_trained)]
    local = _local()
    with local.lock(recipe):
        if recipe not in local:  # another process may have trained it while this one waited
            print(f"training {recipe.name}, seed {recipe.seed}: once, then it is kept in "
                  f"{local.folder}", flush=True)  # fmt: skip
            local.write(recipe, *carry_out(recipe, *before))
        # Only now: a training is not lost when its test, or writing it, fails.
        shutil.rmtree(state_folder(recipe, before[0]), ignore_errors=True)
    return Run(recipe, local, local.summary(recipe))


def over_seeds(recipe: Recipe, seeds: Iterable[int] = (0, 1, 2)) -> list[Run]:
    """The runs of one recipe with several seeds, each with a teacher of its own seed."""
    return [get(recipe.with_seed(seed)) for seed in seeds]


def seeds_of(*wanted: Recipe) -> list[int]:
    """The seeds 0, 1, 2 … for which every one of these recipes has a run already.

    Looked for among the shipped runs, with ``RETRAIN=1`` among those trained on this machine, so
    that what a notebook shows does not depend on what else its reader has trained.
    """
    store = _stores()[0]

    def has_all(seed: int) -> bool:
        return all(recipe.with_seed(seed) in store for recipe in wanted)

    return list(takewhile(has_all, count()))


def metrics_table(recipes: Iterable[Recipe]) -> pandas.DataFrame:
    """One row for each recipe, indexed by name and seed, one column for each metric."""
    import pandas

    runs = [get(recipe) for recipe in recipes]
    index = pandas.MultiIndex.from_tuples(
        [(run.recipe.name, run.recipe.seed) for run in runs], names=["name", "seed"]
    )
    return pandas.DataFrame([run.metrics for run in runs], index=index)


def ship(recipe: Recipe) -> None:
    """Copy a run from this machine's store to the shipped ones, in the place of an older copy.

    The course's own runs are shipped whole with seed 0. Other seeds show how far the numbers
    spread, runs on photos are of use only to those who have the photos, and of the many students
    of the studies only Recall@1 is looked at query by query: of these such numbers are enough, with
    a sample of the embeddings of those that notebook 05 rotates.
    """
    shutil.rmtree(SHIPPED.path(recipe), ignore_errors=True)
    copy(recipe, _local(), SHIPPED, _files_to_ship(recipe))


def _files_to_ship(recipe: Recipe) -> dict[str, dict[str, np.ndarray]]:
    stored = partial(_local().arrays, recipe)
    if recipe in recipes.shipped():
        return {name: stored(name) for name in (PER_QUERY, WEIGHTS, EMBEDDINGS)}
    if recipe.with_seed(0) not in recipes.studied():
        return {PER_QUERY: stored(PER_QUERY)}
    names = [name for name in stored(PER_QUERY) if name.endswith("recall@1")]
    files = {PER_QUERY: {name: stored(PER_QUERY)[name] for name in names}}
    if recipe in recipes.mixed():
        files[EMBEDDINGS] = {"sample": stored(EMBEDDINGS)["test"][SAMPLED]}
    return files


def _local() -> Store:
    return Store(cache_folder("runs"))


def _stores() -> list[Store]:
    asked = os.environ.get("RETRAIN", "").lower() not in ("", "0", "no", "false", "off")
    return [_local()] if asked else [SHIPPED, _local()]
