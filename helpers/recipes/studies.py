"""The runs of notebooks 04 to 06: many students, each trained briefly, with several seeds.

All see the same number of images. What is compared differs in one thing at a time.
"""

from __future__ import annotations

from dataclasses import replace

from helpers.losses import DISTILLATION
from helpers.recipes.architectures import NETWORKS
from helpers.recipes.course import alone, teacher
from helpers.recipes.recipe import Recipe
from helpers.recipes.tuned import CANDIDATES, Choice, chosen

STEPS = 200
"""Optimiser steps of 100 images, for every student of the studies."""

RESOLUTION = 32
"""Pixels of the query image where the loss is studied and not the resolution."""

FEATURE_LOSSES = ("triplet_and_hints", "triplet_and_attention")
TEACHERS = ("triplet_and_absolute", "triplet_and_relative", *FEATURE_LOSSES)
DEGRADATIONS = ("blurred", "noisy", "compressed", "shrunk")


def needs_labels(loss: str) -> bool:
    """Whether a distillation loss can use labelled images only."""
    return loss in FEATURE_LOSSES or DISTILLATION[loss].needs_labels


def copying(
    loss: str = "regression",
    start: str = "scratch",
    resolution: int = RESOLUTION,
    seed: int = 0,
    choice: Choice | None = None,
) -> Recipe:
    """The teacher's network, trained on small images by one of the distillation losses.

    Losses without labels get the unlabelled pool too. ``choice``: None for the tuned one; a loss
    that was not tuned itself (a part or a variant of another) takes the choice of its relative.
    """
    choice = choice or chosen((PARTS | MINED).get(loss, loss))
    compares_views = loss not in FEATURE_LOSSES and DISTILLATION[loss].views > 1
    return Recipe(
        name=f"{loss}-{resolution}-from-{start}",
        data="butterflies-96",
        resolution=resolution,
        loss=loss,
        settings=() if loss in PARTS else choice.settings,
        learns_from="teacher",
        start=start,
        teacher=teacher(96, seed),
        steps=STEPS,
        learning_rate=choice.learning_rate,
        unlabelled=0 if needs_labels(loss) else 8000,
        views_together=4 if compares_views else 1,
        seed=seed,
    )


PARTS = {
    "raml_student_teacher": "raml",
    "raml_student_student": "raml",
    "rkd_distance": "rkd",
    "rkd_angle": "rkd",
}
"""A part of a loss takes the learning rate of the whole; weights between parts it has none."""

MINED = {
    f"{loss}_mined_{by}": loss
    for loss in ("contrastive", "triplet")
    for by in ("by_student", "by_teacher", "at_random")
}
"""With pairs chosen in another way, a loss takes its own learning rate and margin."""


def uncoupled(start: str = "scratch", seed: int = 0) -> Recipe:
    """Absolute RAML whose teacher saw another view of the image than the student does."""
    coupled = copying("raml_absolute", start, seed=seed)
    return replace(coupled, name=f"uncoupled-{coupled.name}", views_of_the_teacher="uncoupled")


def raml_with_views(views: int, start: str = "scratch", seed: int = 0) -> Recipe:
    """RAML that compares this many views of an image with each other."""
    recipe = copying("raml", start, seed=seed)
    return replace(recipe, name=f"{views}-views-{recipe.name}", views_together=views)


def raml_with_weights(
    student_teacher: float, student_student: float, start: str = "scratch", seed: int = 0
) -> Recipe:
    """RAML with these weights λ₁ and λ₂ of its two relational terms, otherwise as tuned."""
    recipe = copying("raml", start, seed=seed)
    weights = (
        ("weight_student_teacher", student_teacher),
        ("weight_student_student", student_student),
    )
    if weights == recipe.settings:
        return recipe
    name = f"raml-{student_teacher:g}-{student_student:g}-{RESOLUTION}-from-{start}"
    return replace(recipe, name=name, settings=weights)


def small_image(
    budget: int, start: str = "teacher", mark_size: float = 1.0, seed: int = 0
) -> Recipe:
    """The full network on an image of ``budget`` pixels, trained by regression."""
    return _with_marks(copying("regression", start, budget, seed), mark_size)


def small_network(
    kind: str,
    budget: int,
    start: str = "labels",
    mark_size: float = 1.0,
    seed: int = 0,
    choice: Choice | None = None,
) -> Recipe:
    """A small network on the full image, at the MACs of ``small_image(budget)``, by regression.

    Args:
        kind: ``"narrow"``, ``"shallow"`` or ``"coarse"``.
        budget: side of the small image, a key of ``NETWORKS[kind]``.
        start: ``"scratch"`` or ``"labels"``: the same network after a training on the labels.
        mark_size: of the butterflies' marks.
        seed: of this run and of those that it builds on.
        choice: None for the tuned learning rate.
    """
    choice = choice or chosen(f"{kind} network")
    name = f"{kind}-{budget}"
    student = replace(
        copying("regression", "scratch", 96, seed, choice),
        name=f"{name}-from-{start}",
        network=NETWORKS[kind][budget],
    )
    if start == "labels":
        student = replace(student, start=start, first_trained=on_labels(kind, budget, seed))
    return _with_marks(student, mark_size)


def on_labels(kind: str, budget: int, seed: int = 0) -> Recipe:
    """A small network on the full image, trained on the labels as if there were no teacher."""
    return replace(
        teacher(96, seed),
        name=f"{kind}-{budget}-on-labels",
        network=NETWORKS[kind][budget],
        teacher=teacher(96, seed),
        steps=STEPS,
    )


def adapted(budget: int, seed: int = 0) -> Recipe:
    """The teacher on small images, only its last layer and batch normalisation adapted (FixRes)."""
    whole = small_image(budget, "teacher", seed=seed)
    return replace(whole, name=f"adapted-{budget}", trains="last_layer_and_batch_norm")


def to_plateau(recipe: Recipe, steps: int = 3 * STEPS) -> Recipe:
    """The same student, trained three times as long."""
    return replace(recipe, name=f"{recipe.name}-{steps}-steps", steps=steps)


def taught(loss: str, seed: int = 0, choice: Choice | None = None) -> Recipe:
    """A very small network on the full image and labels, with or without a teacher's help.

    It starts from a short training on the labels, as the paper's networks start from ImageNet.
    ``loss`` is ``"batch_hard_triplet"`` (no help) or one of ``TEACHERS``.
    """
    start = on_labels("narrow", min(NETWORKS["narrow"]), seed)
    recipe = copying(loss, "scratch", 96, seed, choice)
    return replace(
        recipe, name=f"tiny-{loss}", network=start.network, start="labels", first_trained=start
    )


def with_pool(unlabelled: int, start: str = "scratch", seed: int = 0) -> Recipe:
    """Regression with this many unlabelled pictures besides the 4,000 of the training species."""
    recipe = copying("regression", start, seed=seed)
    return replace(recipe, name=f"{recipe.name}-pool{unlabelled}", unlabelled=unlabelled)


def degraded(quality: str, loss: str = "triplet_and_absolute", seed: int = 0) -> Recipe:
    """The teacher's network on 48 px images of poor quality; the teacher sees them large and clean.

    It starts from a training on the labels of clean images. ``loss`` is ``"batch_hard_triplet"``
    for a network that gets no help.
    """
    recipe = copying(loss, "scratch", 48, seed)
    return replace(
        recipe,
        name=f"{quality}-{loss}-48",
        quality=quality,
        start="labels",
        first_trained=alone(96, 48, seed),
    )


def teacher_of_steps(steps: int, seed: int = 0) -> Recipe:
    """A teacher of another quality: trained for another number of steps."""
    return replace(teacher(96, seed), name=f"teacher-96-{steps}-steps", steps=steps)


def taught_by(steps: int, seed: int = 0) -> Recipe:
    """A student from scratch whose teacher was trained for ``steps`` steps."""
    recipe = copying("regression", "scratch", seed=seed)
    other = teacher_of_steps(steps, seed)
    return replace(recipe, name=f"{recipe.name}-teacher{steps}", teacher=other)


def _with_marks(recipe: Recipe, mark_size: float) -> Recipe:
    """The same recipe, and all that it builds on, for butterflies with marks of another size."""
    if mark_size == 1.0:
        return recipe
    others = {
        name: getattr(recipe, name) and _with_marks(getattr(recipe, name), mark_size)
        for name in ("teacher", "first_trained")
    }
    return replace(recipe, name=f"{recipe.name}-marks{mark_size:g}", mark_size=mark_size, **others)


def trials(subject: str) -> list[Recipe]:
    """One run for each candidate of a subject of ``CANDIDATES``, trained and judged on validation.

    Raises:
        KeyError: no such subject.
    """
    return [
        _on_validation(replace(recipe, name=f"tuning-{subject.replace(' ', '-')}-{place}"))
        for place, recipe in enumerate(_subject(subject, each) for each in CANDIDATES[subject])
    ]


def _subject(subject: str, choice: Choice) -> Recipe:
    kind, _, is_network = subject.partition(" ")
    if is_network:
        return small_network(kind, RESOLUTION, "scratch", choice=choice)
    if subject in ("batch_hard_triplet", *TEACHERS):
        return taught(subject, choice=choice)
    return copying(subject, choice=choice)


def _on_validation(recipe: Recipe) -> Recipe:
    """The same recipe, and all that it builds on, without the second half of the species."""
    others = {
        name: getattr(recipe, name) and _renamed_on_validation(getattr(recipe, name))
        for name in ("teacher", "first_trained")
    }
    return replace(recipe, tested_on="validation", **others)


def _renamed_on_validation(recipe: Recipe) -> Recipe:
    return _on_validation(replace(recipe, name=f"{recipe.name}-half"))
