"""Train a network on labels, or a student on its teacher's embeddings."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from helpers.images import ImageSet
from helpers.optimisation import Loss, TrainingSettings, optimise
from helpers.training.batches import CachedBatches, LabelledCachedBatches, LabelledImages
from helpers.training.views import CachedViews


def train_metric(
    network: nn.Module,
    image_set: ImageSet,
    loss: Loss | nn.Module,
    settings: TrainingSettings,
    checkpoint: Path | None = None,
) -> list[dict]:
    """Train ``network`` in place on the fine labels of ``image_set``, in class-balanced batches.

    Args:
        network: maps ``float [n, 3, h, w]`` in 0..1 to embeddings ``[n, d]``.
        image_set: images labelled -1 are left out.
        loss: ``loss(embeddings [n, d], labels int64 [n])`` to a scalar. The labels are the ranks
            0, 1, 2 … of the fine labels that occur. A module's parameters are learned too.
        settings: see ``TrainingSettings``.
        checkpoint: folder for a state from which an interrupted training goes on.

    Returns:
        The history, see ``helpers.optimisation.optimise``, which also names the errors.
    """
    batches = LabelledImages(image_set, settings)
    return optimise(network, loss, batches, settings, checkpoint, "metric learning")


def distil(
    student: nn.Module,
    views: CachedViews,
    loss: Loss | nn.Module,
    settings: TrainingSettings,
    checkpoint: Path | None = None,
) -> list[dict]:
    """Train ``student`` in place to embed its small views as the teacher embeds the large ones.

    Args:
        student: maps ``float [n, 3, s, s]`` in 0..1 to embeddings ``[n, d]``, with the teacher's d.
        views: from ``cache_views``.
        loss: ``loss(student, teacher)`` to a scalar, both ``[n, d]`` when
            ``settings.views_together`` is 1, else ``[images, views, d]``.
        settings: see ``TrainingSettings``; ``resolution`` is the student's, None for the views'.
        checkpoint: folder for a state from which an interrupted training goes on.

    Returns:
        The history, see ``helpers.optimisation.optimise``, which also names the errors.

    Raises:
        ValueError: more views together than were cached.
    """
    batches = CachedBatches(views, settings)
    return optimise(student, loss, batches, settings, checkpoint, "distillation")


def distil_with_labels(
    student: nn.Module,
    views: CachedViews,
    loss: Loss | nn.Module,
    settings: TrainingSettings,
    checkpoint: Path | None = None,
) -> list[dict]:
    """As ``distil``, in class-balanced batches: for the asymmetric pair losses of AML.

    ``loss(student [n, d], teacher [n, d], labels int64 [n])`` to a scalar, for instance
    ``lambda f, g, y: contrastive(f, g, pairs_of(y))``. Images labelled -1 are left out.
    """
    batches = LabelledCachedBatches(views, settings)
    return optimise(student, loss, batches, settings, checkpoint, "distillation with labels")
