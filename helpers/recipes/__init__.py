"""Every run of the course by name: a recipe says what decides a run.

A recipe is only a description, quick to make and to compare; ``helpers.runs`` carries it out.
"""

from helpers.recipes.course import (
    GROCERY,
    alone,
    photo_student,
    photo_teacher,
    student,
    teacher,
)
from helpers.recipes.listing import UnknownRecipe, find, mixed, shipped, shipped_photos, studied
from helpers.recipes.recipe import NetworkRecipe, Recipe
from helpers.recipes.studies import (
    adapted,
    copying,
    degraded,
    raml_with_views,
    raml_with_weights,
    small_image,
    small_network,
    taught,
    taught_by,
    teacher_of_steps,
    to_plateau,
    uncoupled,
    with_pool,
)

__all__ = [
    "GROCERY",
    "UnknownRecipe",
    "teacher",
    "student",
    "alone",
    "photo_teacher",
    "photo_student",
    "shipped",
    "shipped_photos",
    "studied",
    "find",
    "mixed",
    "NetworkRecipe",
    "Recipe",
    "adapted",
    "copying",
    "degraded",
    "raml_with_views",
    "raml_with_weights",
    "small_image",
    "small_network",
    "taught",
    "taught_by",
    "teacher_of_steps",
    "to_plateau",
    "uncoupled",
    "with_pool",
]
