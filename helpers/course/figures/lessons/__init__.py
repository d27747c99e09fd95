"""Figures and tables of notebook 06: what different teachers give to their students."""

from helpers.course.figures.lessons.answers import (
    Answers,
    answers,
    chance_levels,
    gain,
    rows_of_answers,
    table,
)
from helpers.course.figures.lessons.circle import on_the_circle
from helpers.course.figures.lessons.maps import architectures, stage_maps
from helpers.course.figures.lessons.teachers import better_teachers, more_pictures, qualities

__all__ = [
    "Answers",
    "answers",
    "architectures",
    "better_teachers",
    "chance_levels",
    "gain",
    "more_pictures",
    "on_the_circle",
    "qualities",
    "rows_of_answers",
    "stage_maps",
    "table",
]
