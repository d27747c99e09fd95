"""The images that a recipe trains and tests on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from helpers import butterflies
from helpers.images import ImageSet
from helpers.recipes import Recipe
from helpers.views import BUTTERFLIES, PHOTOS, STRONG, Augmentation


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
    """The labelled training images, then every unlabelled one of the pool where there is one.

    Raises:
        ValueError: other photos than the recipe's.
    """
    if recipe.data_set == "photos":
        return [_photos(recipe)[0].images]
    labelled = butterflies.load(recipe.species, recipe.stored_resolution, recipe.mark_size)
    if recipe.tested_on == "validation" and recipe.species == "train":
        labelled = halves(labelled)[0]
    if recipe.learns_from == "labels":
        return [labelled]
    return [labelled, butterflies.load("pool", recipe.stored_resolution, recipe.mark_size)]


def halves(images: ImageSet) -> tuple[ImageSet, ImageSet]:
    """The images of the first and of the second half of the species (or classes), in order."""
    classes = np.unique(images.fine)
    first = np.isin(images.fine, classes[: len(classes) // 2])
    return images.select(first), images.select(~first)


def used_rows(recipe: Recipe, image_sets: list[ImageSet]) -> np.ndarray:
    """Which of the training images a recipe learns from: the labelled ones and some of the pool.

    Those of the pool are evenly spaced, so that few images still show all of its species.

    Args:
        recipe: ``recipe.unlabelled`` says how many of the pool.
        image_sets: from ``training_images``.

    Returns:
        Rows of all the images together, ``int64 [m]``.

    Raises:
        ValueError: more than the pool has.
    """
    labelled, pool = len(image_sets[0]), sum(map(len, image_sets[1:]))
    if recipe.unlabelled > pool:
        raise ValueError(
            f"{recipe.name}: unlabelled is {recipe.unlabelled}, but the pool has {pool} images"
        )
    some = np.linspace(0, pool - 1, recipe.unlabelled).astype(int)
    return np.concatenate([np.arange(labelled), labelled + some])


def augmentation_of(recipe: Recipe) -> Augmentation:
    """What may happen to the recipe's images in a random view."""
    if recipe.data_set == "photos":
        return PHOTOS
    return STRONG if recipe.augmentation == "strong" else BUTTERFLIES


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
    if recipe.tested_on == "validation":
        training = butterflies.load("train", recipe.stored_resolution, recipe.mark_size)
        return leave_one_out(halves(training)[1])
    return leave_one_out(butterflies.load("test", recipe.stored_resolution, recipe.mark_size))


def leave_one_out(images: ImageSet) -> Trial:
    """Every image is a query, and all others are its database."""
    rows = np.arange(len(images))
    return Trial(images, rows, rows, rows)


def _photos(recipe: Recipe):
    """Photos of the training classes and of the test classes."""
    from helpers import photos

    found = photos.load(photos.folder_of(recipe.data), resolution=recipe.stored_resolution)
    if found.images.name != recipe.data:
        raise ValueError(
            f"{recipe.name} was made for the photos {recipe.data}, but COURSE_PHOTOS names "
            f"{found.images.name}; make a recipe for these, or point it to the others"
        )
    return photos.class_disjoint(found)
