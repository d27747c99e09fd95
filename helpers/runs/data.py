"""The images that a recipe trains and tests on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from helpers import butterflies
from helpers.images import ImageSet
from helpers.recipes import Recipe


@dataclass(frozen=True)
class Trial:
    """Test images, and which of them are queries and which the database.

    Attributes:
        images: all test images.
        queries: rows of ``images``, ``int64 [q]``.
        database: rows of ``images``, ``int64 [m]``.
        own: the position of each query's own image in the database, ``int64 [q]``; None where
            queries and database are different images.
    """

    images: ImageSet
    queries: np.ndarray
    database: np.ndarray
    own: np.ndarray | None


def training_images(recipe: Recipe) -> list[ImageSet]:
    """The labelled training images, then the unlabelled ones if the recipe adds some.

    Raises:
        ValueError: more unlabelled images than there are, or other photos than the recipe's.
    """
    if recipe.data_set == "photos":
        return [_photos(recipe)[0].images]
    labelled = butterflies.load("train", recipe.stored_resolution, recipe.mark_size)
    if not recipe.unlabelled:
        return [labelled]
    pool = butterflies.load("pool", recipe.stored_resolution, recipe.mark_size)
    return [labelled, spread(pool, recipe.unlabelled)]


def spread(pool: ImageSet, count: int) -> ImageSet:
    """Evenly spaced images of a pool, so that few images still show all of its species.

    Raises:
        ValueError: more images than the pool has.
    """
    if count > len(pool):
        raise ValueError(f"unlabelled is {count}, but the pool {pool.name} has {len(pool)} images")
    return pool.select(np.linspace(0, len(pool) - 1, count).astype(int))


def trial(recipe: Recipe) -> Trial:
    """What the recipe's network is tested on: leave-one-out on butterflies, Split on photos.

    Raises:
        ValueError: other photos than the recipe's.
    """
    if recipe.data_set == "photos":
        from helpers.photos import split_protocol

        test = _photos(recipe)[1]
        protocol = split_protocol(test)
        return Trial(test.images, protocol.queries, protocol.database, protocol.own)
    test = butterflies.load("test", recipe.stored_resolution, recipe.mark_size)
    return leave_one_out(test)


def leave_one_out(images: ImageSet) -> Trial:
    """Every image is a query, and all others are its database."""
    rows = np.arange(len(images))
    return Trial(images, rows, rows, rows)


def _photos(recipe: Recipe):
    """Photos of the training classes and of the test classes."""
    from helpers import photos

    found = photos.load(resolution=recipe.stored_resolution)
    if found.images.name != recipe.data:
        raise ValueError(
            f"{recipe.name} was made for the photos {recipe.data}, but COURSE_PHOTOS names "
            f"{found.images.name}; make a recipe for these, or point it to the others"
        )
    return photos.class_disjoint(found)
