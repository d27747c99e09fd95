"""The runs of the course by name: which teachers, students and lone networks there are."""

from __future__ import annotations

from dataclasses import replace

from helpers.recipes.recipe import NetworkRecipe, Recipe

GROCERY = "photos-fc14d051519b-192px"
"""The Grocery Store photos of the shipped runs, by content; other photos have another name."""

STEPS = {96: 700, 128: 500}
"""Optimiser steps for butterflies of each stored size: what fits into some minutes on two cores."""


def teacher(stored: int = 96, seed: int = 0) -> Recipe:
    """A teacher on butterflies, trained on their labels at the stored resolution."""
    return Recipe(
        name=f"teacher-{stored}",
        data=f"butterflies-{stored}",
        resolution=stored,
        loss="normalised_softmax",
        settings=(("scale", 16.0), ("label_smoothing", 0.05)),
        steps=STEPS.get(stored, 0),
        seed=seed,
    )


def student(
    stored: int = 96,
    resolution: int = 48,
    loss: str = "regression",
    start: str = "teacher",
    seed: int = 0,
) -> Recipe:
    """A student that sees smaller images and learns the teacher's embeddings, without labels."""
    return Recipe(
        name=f"student-{resolution}-of-{stored}-{loss}-from-{start}",
        data=f"butterflies-{stored}",
        resolution=resolution,
        loss=loss,
        learns_from="teacher",
        start=start,
        teacher=teacher(stored, seed),
        steps=STEPS.get(stored, 0),
        learning_rate=2e-3,
        unlabelled=8000,
        seed=seed,
    )


def alone(stored: int = 96, resolution: int = 48, seed: int = 0) -> Recipe:
    """A network trained on labels at a smaller resolution as if there were no teacher.

    Its recipe names the teacher whose database the asymmetric test searches.
    """
    return replace(
        teacher(stored, seed),
        name=f"alone-{resolution}-of-{stored}",
        resolution=resolution,
        teacher=teacher(stored, seed),
    )


def photo_teacher(data: str, seed: int = 0) -> Recipe:
    """EfficientNet-Lite0 as trained on ImageNet, for photos at their stored resolution.

    Args:
        data: ``photos.load(...).images.name``.
        seed: decides nothing here, but tells the students of several seeds apart.
    """
    lite0 = NetworkRecipe("pretrained_lite0", widths=(), blocks=(), dimensions=None)
    stored = int(data.rpartition("-")[2].removesuffix("px"))
    return Recipe(
        name=f"photo-teacher-{stored}",
        data=data,
        resolution=stored,
        loss="none",
        network=lite0,
        steps=0,
        seed=seed,
    )


def photo_student(data: str, resolution: int = 64, seed: int = 0) -> Recipe:
    """A student of ``photo_teacher`` that starts as its copy and learns to see smaller photos."""
    taught_by = photo_teacher(data, seed)
    return replace(
        taught_by,
        name=f"photo-student-{resolution}-of-{taught_by.resolution}-regression",
        resolution=resolution,
        loss="regression",
        learns_from="teacher",
        start="teacher",
        teacher=taught_by,
        steps=200,
        views=2,
        batch=64,
        learning_rate=5e-4,
    )
