"""Train a network as its recipe says."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from torch import nn

from helpers import losses
from helpers.cache import cache_folder
from helpers.images import ImageSet
from helpers.optimisation import Loss, TrainingSettings
from helpers.recipes import Recipe
from helpers.runs.data import training_images
from helpers.training import (
    NormalisedSoftmaxHead,
    cache_views,
    distil,
    distil_with_labels,
    train_metric,
)
from helpers.views import BUTTERFLIES, PHOTOS

if TYPE_CHECKING:
    from helpers.runs import Run

# Each pair loss with the pairs that it is about.
PAIR_LOSSES = {
    "contrastive": (losses.contrastive, losses.pairs_of),
    "contrastive_plus": (losses.contrastive, losses.pairs_with_self),
    "triplet": (losses.triplet, losses.pairs_of),
    "multi_similarity": (losses.multi_similarity, losses.pairs_of),
}
# Losses between a student's and a teacher's embeddings of the same images.
COPYING_LOSSES = {"regression": losses.regression, "raml": losses.raml}


def fit(recipe: Recipe, network: nn.Module, teacher: Run | None) -> list[dict]:
    """Train the network in place; returns the history, ``[]`` for a recipe of 0 steps.

    An interrupted training leaves a state in the cache, from which the next call goes on.

    Raises:
        ValueError: a loss that does not exist, or not for what this network learns from.
    """
    if recipe.steps == 0:
        return []
    state = cache_folder("training", recipe.folder)
    if recipe.learns_from == "teacher":
        history = _learn_from_teacher(recipe, network, teacher, state)
    else:
        history = _learn_from_labels(recipe, network, state)
    shutil.rmtree(state)
    return history


def _learn_from_labels(recipe: Recipe, network: nn.Module, state: Path) -> list[dict]:
    labelled = training_images(recipe)[0]
    loss = loss_of_labels(recipe, labelled)
    return train_metric(network, labelled, loss, settings_of(recipe), state)


def _learn_from_teacher(
    recipe: Recipe, network: nn.Module, teacher: Run, state: Path
) -> list[dict]:
    loss = loss_of_teacher(recipe)
    resolutions = (recipe.resolution, recipe.teacher.resolution)
    settings = settings_of(recipe)
    views = cache_views(
        training_images(recipe),
        teacher.network,
        resolutions,
        recipe.views,
        settings.augmentation,
        recipe.random_seed,
    )
    learn = distil if recipe.loss in COPYING_LOSSES else distil_with_labels
    return learn(network, views, loss, settings, state)


def settings_of(recipe: Recipe) -> TrainingSettings:
    """The part of a recipe that the training loop needs."""
    return TrainingSettings(
        steps=recipe.steps,
        batch=recipe.batch,
        learning_rate=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        seed=recipe.random_seed,
        resolution=recipe.resolution,
        # RAML compares the views of an image with each other.
        views_together=recipe.views if recipe.loss == "raml" else 1,
        augmentation=BUTTERFLIES if recipe.data_set == "butterflies" else PHOTOS,
        # Statistics of a pretrained network are better than those of few images, as in RAML.
        freeze_batch_norm=recipe.network.kind.startswith("pretrained"),
    )


def loss_of_labels(recipe: Recipe, images: ImageSet) -> Loss | nn.Module:
    """``loss(embeddings, labels)`` for a network that has no teacher.

    Raises:
        ValueError: no such loss.
    """
    settings = dict(recipe.settings)
    if recipe.loss == "normalised_softmax":
        classes = len(np.unique(images.fine))
        return NormalisedSoftmaxHead(
            classes, recipe.network.dimensions, **settings, seed=recipe.random_seed
        )
    _require_loss(recipe, ("normalised_softmax", *PAIR_LOSSES))
    loss, pairs = PAIR_LOSSES[recipe.loss]
    return lambda embeddings, labels: loss(embeddings, embeddings, pairs(labels), **settings)


def loss_of_teacher(recipe: Recipe) -> Loss:
    """``loss(student, teacher)``, and ``loss(student, teacher, labels)`` for a pair loss.

    Raises:
        ValueError: no such loss.
    """
    settings = dict(recipe.settings)
    _require_loss(recipe, (*COPYING_LOSSES, *PAIR_LOSSES))
    if recipe.loss in COPYING_LOSSES:
        return partial(COPYING_LOSSES[recipe.loss], **settings)
    loss, pairs = PAIR_LOSSES[recipe.loss]
    return lambda student, teacher, labels: loss(student, teacher, pairs(labels), **settings)


def _require_loss(recipe: Recipe, known: tuple[str, ...]) -> None:
    if recipe.loss not in known:
        raise ValueError(
            f"{recipe.name}: no loss {recipe.loss!r} to learn from {recipe.learns_from}; "
            f"there is {', '.join(known)}"
        )
