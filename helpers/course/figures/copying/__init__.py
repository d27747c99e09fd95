"""Figures and tables of notebook 05: what a student copies, and what comes of it."""

from helpers.course.figures.copying.compared import who_is_compared
from helpers.course.figures.copying.mixing import Turned, turned, turned_maps
from helpers.course.figures.copying.pulls import curves
from helpers.course.figures.copying.results import Student, difference, result
from helpers.course.figures.copying.rotation import similarities, turned_losses
from helpers.course.figures.copying.rows import dots
from helpers.course.figures.copying.steps import rescues, starts
from helpers.course.figures.copying.tables import beside, differences, table
from helpers.course.figures.copying.tuning import trials, trials_grid, trials_table
from helpers.course.figures.copying.weighing import weights_grid

__all__ = [
    "Student",
    "Turned",
    "beside",
    "curves",
    "difference",
    "differences",
    "dots",
    "rescues",
    "result",
    "similarities",
    "starts",
    "table",
    "trials",
    "trials_grid",
    "trials_table",
    "turned",
    "turned_losses",
    "turned_maps",
    "weights_grid",
    "who_is_compared",
]
