"""Figures and tables of notebook 04: what a student copies, and what comes of it."""

from helpers.figures.copying.compared import who_is_compared
from helpers.figures.copying.mixing import Turned, turned, turned_maps
from helpers.figures.copying.pulls import curves
from helpers.figures.copying.results import Student, difference, result
from helpers.figures.copying.rotation import similarities, turned_losses
from helpers.figures.copying.rows import dots
from helpers.figures.copying.steps import rescues, starts
from helpers.figures.copying.tables import beside, differences, table
from helpers.figures.copying.tuning import trials, trials_grid, trials_table
from helpers.figures.copying.weighing import weights_grid

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
