"""The views that students learn from: drawn once for all students of one seed, kept in the cache.

For the butterflies of one seed that is 1.3 GB, less for the same views at lower resolutions; what a
teacher made of them takes 12 MB.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from filelock import FileLock

from helpers import stored
from helpers.cache import cache_folder
from helpers.images import ImageSet
from helpers.recipes import Recipe
from helpers.runs.data import augmentation_of, training_images, used_rows
from helpers.training import CachedViews, draw_views, embed_views, shrunk

if TYPE_CHECKING:
    from helpers.runs import Run


def views_for(recipe: Recipe, teacher: Run) -> CachedViews:
    """The views of a recipe's training images, with its teacher's embeddings of them.

    Students of one seed see the same views, whatever their loss, network and resolution. Which
    images are used differs: ``CachedViews.rows`` tells.

    Raises:
        ValueError: more unlabelled images than there are.
    """
    image_sets = training_images(recipe)
    folder = cache_folder("views") / views_name(recipe, image_sets)
    views = _kept(folder / "views.npy", lambda file: _draw(recipe, image_sets, file))
    embeddings = _kept(
        # By its weights, not its recipe: a teacher that is trained again sees otherwise.
        folder / f"{recipe.teacher.name}-{teacher.weights_digest[:12]}.npy",
        lambda file: _save(file, embed_views(teacher.network, views, recipe.teacher.resolution)),
    )
    small = _at_resolution(recipe.resolution, views, folder)
    labels = np.concatenate([image_set.fine for image_set in image_sets])
    cached = CachedViews(small, embeddings, labels, used_rows(recipe, image_sets))
    return cached.uncoupled() if recipe.views_of_the_teacher == "uncoupled" else cached


def _at_resolution(resolution: int, views: np.ndarray, folder: Path) -> np.ndarray:
    if resolution == views.shape[-1]:
        return views
    file = folder / f"views-{resolution}.npy"
    return _kept(file, lambda unfinished: _save(unfinished, shrunk(views, resolution)))


def views_name(recipe: Recipe, image_sets: list[ImageSet]) -> str:
    """A name that changes with anything that the views depend on."""
    content = [[image_set.name, len(image_set)] for image_set in image_sets]
    decides = [content, recipe.stored_resolution, recipe.views, repr(augmentation_of(recipe))]
    digest = hashlib.sha256(json.dumps([decides, recipe.seed]).encode()).hexdigest()
    return f"{recipe.data}-seed{recipe.seed}-{digest[:12]}"


def _draw(recipe: Recipe, image_sets: list[ImageSet], file: Path) -> None:
    # Into a memory-mapped file, since all views may not fit into the memory.
    side = recipe.stored_resolution
    shape = (sum(map(len, image_sets)), recipe.views, 3, side, side)
    views = np.lib.format.open_memmap(file, "w+", np.uint8, shape)
    digest = hashlib.sha256(f"views {recipe.seed}".encode()).digest()
    draw_views(image_sets, views, augmentation_of(recipe), int.from_bytes(digest[:4], "big"))
    views.flush()


def _save(file: Path, array: np.ndarray) -> None:
    with file.open("wb") as content:  # by its name alone np.save would add a suffix
        np.save(content, array)


def _kept(file: Path, write: Callable[[Path], None]) -> np.ndarray:
    """The array in a file, which is made first if it is missing or damaged; memory-mapped."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{file}.lock"):
        if not stored.is_sound(file):
            with stored.writing(file) as unfinished:
                write(unfinished)
    return np.load(file, mmap_mode="r")
