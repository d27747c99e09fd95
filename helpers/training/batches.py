"""What a network sees in one step: class-balanced images, or cached views with their teacher."""

from __future__ import annotations

import numpy as np
import torch

from helpers.images import ImageSet, as_float, resize
from helpers.optimisation import TrainingSettings
from helpers.training.views import CachedViews
from helpers.views import coupled_views


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


class LabelledImages:
    """Class-balanced batches of fresh views of an image set."""

    def __init__(self, image_set: ImageSet, settings: TrainingSettings) -> None:
        self.image_set, self.settings = image_set, settings
        self.labels = _ranks(image_set.fine)
        self.resolution = settings.resolution or image_set.resolution

    def rows(self, random: np.random.Generator) -> np.ndarray:
        """Rows of ``settings.batch`` images."""
        images = self.settings.images_per_class
        return class_balanced_rows(self.labels, self.settings.batch // images, images, random)

    def load(self, rows: np.ndarray, generator: torch.Generator) -> tuple[torch.Tensor, ...]:
        """Views ``float [n, 3, s, s]`` and labels ``int64 [n]``."""
        images = as_float(self.image_set.images[rows])
        augmentation = self.settings.augmentation
        (views,) = coupled_views(images, [self.resolution], augmentation, generator)
        return views, torch.from_numpy(self.labels[rows])


class CachedBatches:
    """Batches of cached views of random images, some views of each image."""

    def __init__(self, cache: CachedViews, settings: TrainingSettings) -> None:
        self.cache, self.settings, self.together = cache, settings, settings.views_together
        self.resolution = settings.resolution or cache.views.shape[-1]
        if self.together > cache.views.shape[1]:
            raise ValueError(
                f"views_together is {self.together} but only {cache.views.shape[1]} views of an "
                "image are cached: give cache_views a larger views_per_image"
            )

    def rows(self, random: np.random.Generator) -> np.ndarray:
        """Rows of different images, ``settings.batch`` views in all."""
        used = self.cache.used
        images = min(len(used), max(1, self.settings.batch // self.together))
        return random.choice(used, images, replace=False)

    def load(self, rows: np.ndarray, generator: torch.Generator) -> tuple[torch.Tensor, ...]:
        """Views ``[n, (v,) 3, s, s]`` and the teacher's embeddings ``[n, (v,) d]`` of the same."""
        order = torch.rand(len(rows), self.cache.views.shape[1], generator=generator).argsort(1)
        which = order[:, : self.together].numpy()
        index = (rows, which[:, 0]) if self.together == 1 else (rows[:, None], which)
        embeddings = torch.from_numpy(self.cache.embeddings[index]).float()
        return self._shrink(as_float(self.cache.views[index])), embeddings

    def _shrink(self, views: torch.Tensor) -> torch.Tensor:
        images = resize(views.flatten(0, -4), self.resolution)
        return images.unflatten(0, views.shape[:-3])


class LabelledCachedBatches(CachedBatches):
    """Class-balanced batches of cached views, with labels."""

    def __init__(self, cache: CachedViews, settings: TrainingSettings) -> None:
        super().__init__(cache, settings)
        unused = np.setdiff1d(np.arange(len(cache.labels)), cache.used)
        self.labels = _ranks(cache.labels)
        self.labels[unused] = -1

    def rows(self, random: np.random.Generator) -> np.ndarray:
        """Rows of ``settings.batch`` images, those of a class together."""
        images = self.settings.images_per_class
        return class_balanced_rows(self.labels, self.settings.batch // images, images, random)

    def load(self, rows: np.ndarray, generator: torch.Generator) -> tuple[torch.Tensor, ...]:
        """As for unlabelled batches, then labels ``int64 [n]``."""
        return *super().load(rows, generator), torch.from_numpy(self.labels[rows])


def _ranks(labels: np.ndarray) -> np.ndarray:
    """Labels as 0, 1, 2 … without gaps; -1 stays."""
    return np.where(labels < 0, -1, np.searchsorted(np.unique(labels[labels >= 0]), labels))
