"""Figures and tables of notebook 02: queries of one network in the database of another."""

from helpers.figures.alignment.geometry import arrows, cosines, fitting, query_images, turning
from helpers.figures.alignment.resolutions import (
    alignment_frame,
    alignment_panels,
    resolution_curves,
)
from helpers.figures.alignment.ways import Way, percent, rows_of_ways, table, way

__all__ = [
    "Way",
    "alignment_frame",
    "alignment_panels",
    "arrows",
    "cosines",
    "fitting",
    "percent",
    "query_images",
    "resolution_curves",
    "rows_of_ways",
    "table",
    "turning",
    "way",
]
