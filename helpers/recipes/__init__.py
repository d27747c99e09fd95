"""Every run of the course by name: a recipe says what decides a run.

A recipe is only a description, quick to make and to compare; ``helpers.runs`` carries it out.
"""

from helpers.recipes.course import (
    GROCERY,
    UnknownRecipe,
    alone,
    find,
    photo_student,
    photo_teacher,
    shipped,
    shipped_photos,
    student,
    teacher,
)
from helpers.recipes.recipe import NetworkRecipe, Recipe

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
    "find",
    "NetworkRecipe",
    "Recipe",
]
