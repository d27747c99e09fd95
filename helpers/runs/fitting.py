"""Train a network as its recipe says."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor, nn

from helpers import losses
from helpers.cache import cache_folder
from helpers.images import ImageSet
from helpers.losses import DISTILLATION
from helpers.optimisation import Loss, TrainingSettings
from helpers.recipes import Recipe
from helpers.runs.data import augmentation_of, training_images
from helpers.training import (
    CachedViews,
    NormalisedSoftmaxHead,
    TripletAndFeatureMaps,
    distil,
    distil_with_labels,
    train_metric,
)

if TYPE_CHECKING:
    from helpers.runs import Run

PAIR_LOSSES = ("contrastive", "triplet", "multi_similarity")
# Losses that compare what the networks see on the way.
FEATURE_LOSSES = {"triplet_and_hints": losses.hints, "triplet_and_attention": losses.attention}


def fit(
    recipe: Recipe, network: nn.Module, teacher: Run | None, views: CachedViews | None
) -> list[dict]:
    """Train the network in place; returns the history, ``[]`` for a recipe of 0 steps.

    The training leaves its state in the cache, from which the next call goes on if it was
    interrupted, and which gives the trained network again if it was not.

    Args:
        recipe: what to train.
        network: as training starts.
        teacher: whose embeddings a student learns; None for a network that learns from labels.
        views: that a student learns from; None for a network that learns from labels.

    Raises:
        ValueError: a loss that does not exist, or not for what this network learns from.
    """
    if recipe.steps == 0:
        return []
    if recipe.trains == "last_layer_and_batch_norm":
        freeze_filters(network)
    state = state_folder(recipe, teacher)
    if recipe.learns_from == "teacher":
        return _learn_from_teacher(recipe, network, teacher, views, state)
    return _learn_from_labels(recipe, network, state)


def state_folder(recipe: Recipe, teacher: Run | None) -> Path:
    """Where a training's state is kept until its run is written.

    By the teacher's weights too: what was learned from one teacher is not gone on with by another.
    """
    taught_by = f"-{teacher.weights_digest[:12]}" if teacher else ""
    return cache_folder("training", f"{recipe.folder}{taught_by}")


def freeze_filters(network: nn.Module) -> None:
    """Let only the last layer and batch normalisation learn, as FixRes does at a new resolution.

    Touvron et al., "Fixing the train-test resolution discrepancy", NeurIPS 2019.
    """
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            layer.requires_grad_(False)


def _learn_from_labels(recipe: Recipe, network: nn.Module, state: Path) -> list[dict]:
    labelled = training_images(recipe)[0]
    loss = loss_of_labels(recipe, labelled)
    return train_metric(network, labelled, loss, settings_of(recipe), state)


def _learn_from_teacher(
    recipe: Recipe, network: nn.Module, teacher: Run, views: CachedViews, state: Path
) -> list[dict]:
    if recipe.loss in FEATURE_LOSSES:
        loss = loss_of_features(recipe, network, teacher)
        return distil_with_labels(network, views, loss, settings_of(recipe), state)
    loss = loss_of_teacher(recipe)
    if DISTILLATION[recipe.loss].needs_labels:
        return distil_with_labels(network, views, loss, settings_of(recipe), state)
    return distil(network, views, loss, settings_of(recipe), state)


def settings_of(recipe: Recipe) -> TrainingSettings:
    """The part of a recipe that the training loop needs."""
    return TrainingSettings(
        steps=recipe.steps,
        batch=recipe.batch,
        learning_rate=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        seed=recipe.random_seed,
        resolution=recipe.resolution,
        views_together=recipe.views_together,
        precision=recipe.precision,
        augmentation=augmentation_of(recipe),
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
    compute = partial(DISTILLATION[f"{recipe.loss}_symmetric"].compute, **settings)

    def loss(embeddings: Tensor, labels: Tensor) -> Tensor:
        rows = _with_views(embeddings)
        return compute(rows, rows, labels)  # in a teacher's place, who has no say

    return loss


def loss_of_features(recipe: Recipe, network: nn.Module, teacher: Run) -> TripletAndFeatureMaps:
    """The triplet loss with hints or attention; the 1×1 map begins at the recipe's seed."""
    compare, settings = FEATURE_LOSSES[recipe.loss], dict(recipe.settings)
    return TripletAndFeatureMaps(
        network, teacher.network, compare, **settings, seed=recipe.random_seed
    )


def loss_of_teacher(recipe: Recipe) -> Loss:
    """``loss(student, teacher)``, and ``loss(student, teacher, labels)`` where labels are needed.

    Embeddings are ``[n, d]``, or ``[images, views, d]`` for losses that compare views.

    Raises:
        ValueError: no such loss.
    """
    _require_loss(recipe, (*DISTILLATION, *FEATURE_LOSSES))
    compute = partial(DISTILLATION[recipe.loss].compute, **dict(recipe.settings))
    return lambda student, teacher, labels=None: compute(
        _with_views(student), _with_views(teacher), labels
    )


def _with_views(embeddings: Tensor) -> Tensor:
    """``[n, d]`` as n images of one view; ``[images, views, d]`` as it is."""
    return embeddings[:, None] if embeddings.ndim == 2 else embeddings


def _require_loss(recipe: Recipe, known: tuple[str, ...]) -> None:
    if recipe.loss not in known:
        raise ValueError(
            f"{recipe.name}: no loss {recipe.loss!r} to learn from {recipe.learns_from}; "
            f"there is {', '.join(known)}"
        )
