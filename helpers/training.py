"""What networks are trained to do: metric learning, and distillation from a teacher."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from helpers.cost import fastest_precision
from helpers.images import ImageSet, as_float
from helpers.losses import normalised_softmax
from helpers.optimisation import Loss, TrainingSettings, generator_of, optimise, random_of
from helpers.views import BUTTERFLIES, Augmentation, coupled_views


class NormalisedSoftmaxHead(nn.Module):
    """``helpers.losses.normalised_softmax`` with its class weights, which are learned.

    Args:
        classes: number of training classes.
        dimensions: length of an embedding.
        scale: factor of the cosines.
        label_smoothing: share of the target that is spread over all classes.
        seed: of the weights at the start.
    """

    def __init__(
        self,
        classes: int,
        dimensions: int,
        scale: float = 16.0,
        label_smoothing: float = 0.05,
        seed: int = 0,
    ) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.class_weights = nn.Parameter(torch.randn(classes, dimensions, generator=generator))
        self.scale, self.label_smoothing = scale, label_smoothing

    def forward(self, embeddings: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """``[n, d]`` and labels ``int64 [n]`` in 0..classes-1, to a scalar."""
        return normalised_softmax(
            embeddings, self.class_weights, labels, self.scale, self.label_smoothing
        )


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
    batches = _LabelledImages(image_set, settings)
    return optimise(network, loss, batches, settings, checkpoint, "metric learning")


@dataclass(frozen=True)
class CachedViews:
    """Views for a student, with what the teacher made of the same views.

    Attributes:
        views: ``uint8 [n, v, 3, s, s]``, v views of each image at the student's resolution.
        embeddings: ``float16 [n, v, d]``, the teacher's embeddings at its own resolution.
        labels: ``int64 [n]``, fine labels; -1 where an image has none.
    """

    views: np.ndarray
    embeddings: np.ndarray
    labels: np.ndarray


def cache_views(
    images: ImageSet | Sequence[ImageSet],
    teacher: nn.Module,
    resolutions: tuple[int, int],
    views_per_image: int = 4,
    augmentation: Augmentation = BUTTERFLIES,
    seed: int = 0,
    batch: int = 100,
) -> CachedViews:
    """Draw coupled views once, and let the teacher see each of them once.

    The teacher is the expensive network, and its embedding of a view never changes. With both
    cached, a step of distillation costs what the student costs.

    Args:
        images: one set of images or several; labels are not needed.
        teacher: used in evaluation mode, not trained.
        resolutions: of the student and of the teacher, in pixels.
        views_per_image: random views of each image.
        augmentation: what may happen to an image.
        seed: of the views.
        batch: images that the teacher sees at once.
    """
    image_sets = [images] if isinstance(images, ImageSet) else list(images)
    total, (student_resolution, _) = sum(map(len, image_sets)), resolutions
    teacher = _on_training_device(teacher)
    precision = fastest_precision(teacher, resolutions[1], batch)
    generator = generator_of(random_of(seed))
    shape = (total, views_per_image, 3, student_resolution, student_resolution)
    views, embeddings = np.empty(shape, np.uint8), []
    with tqdm(total=total * views_per_image, desc="teacher's embeddings", mininterval=1) as bar:
        for rows, chunk in _chunks(image_sets, batch):
            for view in range(views_per_image):
                small, large = coupled_views(as_float(chunk), resolutions, augmentation, generator)
                views[rows, view] = small.mul(255).round_().to(torch.uint8).numpy()
                embeddings.append(_teach(teacher, large, precision))
                bar.update(len(chunk))
    labels = np.concatenate([image_set.fine for image_set in image_sets])
    return CachedViews(views, _by_image(embeddings, views_per_image), labels)


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
        settings: see ``TrainingSettings``.
        checkpoint: folder for a state from which an interrupted training goes on.

    Returns:
        The history, see ``helpers.optimisation.optimise``, which also names the errors.

    Raises:
        ValueError: more views together than were cached.
    """
    batches = _CachedBatches(views, settings)
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
    batches = _LabelledCachedBatches(views, settings)
    return optimise(student, loss, batches, settings, checkpoint, "distillation with labels")


def class_balanced_rows(
    labels: np.ndarray, classes: int, images_per_class: int, random: np.random.Generator
) -> np.ndarray:
    """Rows of a batch of ``classes`` random classes with ``images_per_class`` random images each.

    The images of a class stand together. -1 is no class. A class with fewer images than asked for
    gives some of them twice (in different views).

    Raises:
        ValueError: fewer classes than asked for.
    """
    known = np.unique(labels[labels >= 0])
    if len(known) < classes:
        raise ValueError(
            f"a batch of {classes} classes × {images_per_class} images, but the images have only "
            f"{len(known)} classes: make batch smaller or images_per_class larger"
        )
    rows = []
    for label in random.choice(known, classes, replace=False):
        members = np.flatnonzero(labels == label)
        repeated = len(members) < images_per_class
        rows.append(random.choice(members, images_per_class, replace=repeated))
    return np.concatenate(rows)


class _LabelledImages:
    """Class-balanced batches of fresh views of an image set."""

    def __init__(self, image_set: ImageSet, settings: TrainingSettings) -> None:
        self.image_set, self.settings = image_set, settings
        self.labels = _ranks(image_set.fine)
        self.resolution = settings.resolution or image_set.resolution

    def rows(self, random: np.random.Generator) -> np.ndarray:
        images = self.settings.images_per_class
        return class_balanced_rows(self.labels, self.settings.batch // images, images, random)

    def load(self, rows: np.ndarray, generator: torch.Generator) -> tuple[torch.Tensor, ...]:
        images = as_float(self.image_set.images[rows])
        augmentation = self.settings.augmentation
        (views,) = coupled_views(images, [self.resolution], augmentation, generator)
        return views, torch.from_numpy(self.labels[rows])


class _CachedBatches:
    """Batches of cached views of random images, some views of each image."""

    def __init__(self, cache: CachedViews, settings: TrainingSettings) -> None:
        self.cache, self.together = cache, settings.views_together
        self.images = min(len(cache.views), max(1, settings.batch // self.together))
        if self.together > cache.views.shape[1]:
            raise ValueError(
                f"views_together is {self.together} but only {cache.views.shape[1]} views of an "
                "image are cached: give cache_views a larger views_per_image"
            )

    def rows(self, random: np.random.Generator) -> np.ndarray:
        return random.choice(len(self.cache.views), self.images, replace=False)

    def load(self, rows: np.ndarray, generator: torch.Generator) -> tuple[torch.Tensor, ...]:
        order = torch.rand(len(rows), self.cache.views.shape[1], generator=generator).argsort(1)
        which = order[:, : self.together].numpy()
        index = (rows, which[:, 0]) if self.together == 1 else (rows[:, None], which)
        embeddings = torch.from_numpy(self.cache.embeddings[index]).float()
        return as_float(self.cache.views[index]), embeddings


class _LabelledCachedBatches(_CachedBatches):
    """Class-balanced batches of cached views, one view of each image, with labels."""

    def __init__(self, cache: CachedViews, settings: TrainingSettings) -> None:
        super().__init__(cache, settings)
        self.settings, self.labels = settings, _ranks(cache.labels)

    def rows(self, random: np.random.Generator) -> np.ndarray:
        images = self.settings.images_per_class
        return class_balanced_rows(self.labels, self.settings.batch // images, images, random)

    def load(self, rows: np.ndarray, generator: torch.Generator) -> tuple[torch.Tensor, ...]:
        return *super().load(rows, generator), torch.from_numpy(self.labels[rows])


def _ranks(labels: np.ndarray) -> np.ndarray:
    """Labels as 0, 1, 2 … without gaps; -1 stays."""
    return np.where(labels < 0, -1, np.searchsorted(np.unique(labels[labels >= 0]), labels))


def _on_training_device(network: nn.Module) -> nn.Module:
    from accelerate import Accelerator

    return network.to(Accelerator().device)


def _chunks(image_sets: list[ImageSet], batch: int):
    """(rows in all sets together, ``uint8`` images) of at most ``batch`` images."""
    done = 0
    for image_set in image_sets:
        for start in range(0, len(image_set), batch):
            chunk = image_set.images[start : start + batch]
            yield slice(done, done + len(chunk)), chunk
            done += len(chunk)


@torch.inference_mode()
def _teach(teacher: nn.Module, views: torch.Tensor, precision: str) -> np.ndarray:
    """The teacher's embeddings ``float16 [n, d]``, in evaluation mode."""
    device = next(teacher.parameters()).device
    was_training = teacher.training
    teacher.eval()
    with torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16"):
        embeddings = teacher(views.to(device))
    teacher.train(was_training)
    return embeddings.to(torch.float16).cpu().numpy()


def _by_image(embeddings: list[np.ndarray], views: int) -> np.ndarray:
    """Embeddings listed chunk by chunk, then view by view, as ``[n, views, d]``."""
    chunks = (embeddings[start : start + views] for start in range(0, len(embeddings), views))
    return np.concatenate([np.stack(chunk, axis=1) for chunk in chunks])
