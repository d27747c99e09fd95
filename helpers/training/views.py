"""Views of images drawn once, with what a teacher made of them: a student's whole world."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from helpers.images import ImageSet, as_float, resize
from helpers.optimisation import generator_of, random_of
from helpers.views import BUTTERFLIES, Augmentation, coupled_views


@dataclass(frozen=True)
class CachedViews:
    """Views for students, with what the teacher made of the same views.

    Attributes:
        views: ``uint8 [n, v, 3, s, s]``, v views of each image, possibly memory-mapped. A student
            sees them at its own resolution, made smaller where s is larger.
        embeddings: ``float16 [n, v, d]``, the teacher's embeddings at its own resolution.
        labels: ``int64 [n]``, fine labels; -1 where an image has none.
        rows: ``int64 [m]``, the images that are used; None for all.
    """

    views: np.ndarray
    embeddings: np.ndarray
    labels: np.ndarray
    rows: np.ndarray | None = None

    @property
    def used(self) -> np.ndarray:
        """Rows of the images that are used, ``int64 [m]``."""
        return np.arange(len(self.views)) if self.rows is None else self.rows

    def only(self, rows: np.ndarray) -> CachedViews:
        """The same views, of which only these rows are used. Nothing is copied."""
        return replace(self, rows=np.asarray(rows))

    def uncoupled(self) -> CachedViews:
        """Each view beside the teacher's embedding of the image's *next* view.

        The student then sees another crop, rotation and light than its teacher did.
        """
        return replace(self, embeddings=np.roll(self.embeddings, -1, axis=1))


def cache_views(
    images: ImageSet | Sequence[ImageSet],
    teacher: nn.Module,
    resolutions: tuple[int, int],
    views_per_image: int = 4,
    augmentation: Augmentation = BUTTERFLIES,
    seed: int = 0,
    batch: int = 100,
) -> CachedViews:
    """Draw views once, and let the teacher see each of them once.

    The teacher is the expensive network, and its embedding of a view never changes. With both
    cached, a step of distillation costs what the student costs.

    Args:
        images: one set of images or several; labels are not needed.
        teacher: used in evaluation mode, not trained.
        resolutions: of the views that are kept and of the teacher, in pixels.
        views_per_image: random views of each image.
        augmentation: what may happen to an image.
        seed: of the views.
        batch: images that the teacher sees at once.
    """
    image_sets = [images] if isinstance(images, ImageSet) else list(images)
    kept, seen = resolutions
    shape = (sum(map(len, image_sets)), views_per_image, 3, max(kept, seen), max(kept, seen))
    views = draw_views(image_sets, np.empty(shape, np.uint8), augmentation, seed, batch)
    embeddings = embed_views(teacher, views, seen, batch)
    labels = np.concatenate([image_set.fine for image_set in image_sets])
    return CachedViews(shrunk(views, kept), embeddings, labels)


def draw_views(
    image_sets: Sequence[ImageSet],
    views: np.ndarray,
    augmentation: Augmentation = BUTTERFLIES,
    seed: int = 0,
    batch: int = 100,
) -> np.ndarray:
    """Fill ``views`` (``uint8 [n, v, 3, s, s]``) with v random views of each of the n images."""
    generator = generator_of(random_of(seed))
    resolution = views.shape[-1]
    for rows, chunk in tqdm(_chunks(image_sets, batch), desc="views", mininterval=1):
        for view in range(views.shape[1]):
            images = as_float(chunk)
            (drawn,) = coupled_views(images, [resolution], augmentation, generator)
            views[rows, view] = _as_bytes(drawn)
    return views


def embed_views(
    teacher: nn.Module, views: np.ndarray, resolution: int, batch: int = 100
) -> np.ndarray:
    """The teacher's embeddings of all views, ``float16 [n, v, d]``, in evaluation mode.

    Computed in float32, as the test embeds its database.
    """
    from accelerate import Accelerator

    device = Accelerator().device
    was_training, teacher = teacher.training, teacher.to(device).eval()
    rows = []
    for start in tqdm(range(0, len(views), batch), desc="teacher's embeddings", mininterval=1):
        pixels = as_float(views[start : start + batch]).flatten(0, 1)
        with torch.inference_mode():
            embedded = teacher(resize(pixels, resolution).to(device))
        rows.append(embedded.to(torch.float16).cpu().numpy())
    teacher.train(was_training)
    return np.concatenate(rows).reshape(*views.shape[:2], -1)


def _chunks(image_sets: Sequence[ImageSet], batch: int) -> Iterator[tuple[slice, np.ndarray]]:
    """(rows in all sets together, ``uint8`` images) of at most ``batch`` images."""
    done = 0
    for image_set in image_sets:
        for start in range(0, len(image_set), batch):
            chunk = image_set.images[start : start + batch]
            yield slice(done, done + len(chunk)), chunk
            done += len(chunk)


def _as_bytes(images: torch.Tensor) -> np.ndarray:
    return images.mul(255).round_().to(torch.uint8).numpy()


def shrunk(views: np.ndarray, resolution: int) -> np.ndarray:
    """Views ``uint8 [n, v, 3, s, s]`` at a resolution of at most s."""
    if views.shape[-1] == resolution:
        return views
    # Image by image, so as not to need them all as floats at once.
    return np.stack([_as_bytes(resize(as_float(image), resolution)) for image in views])
