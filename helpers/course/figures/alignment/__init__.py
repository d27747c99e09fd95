"""Figures and tables of notebook 02: queries of one network in the database of another."""

from helpers.course.figures.alignment.answers import describe_neighbours, neighbours_frame
from helpers.course.figures.alignment.geometry import (
    arrows,
    cosines,
    fitting,
    query_images,
    turning,
)
from helpers.course.figures.alignment.maps import describe_map, journey, map_frame, map_panels
from helpers.course.figures.alignment.resolutions import alignment_panels, resolution_curves
from helpers.course.figures.alignment.searches import Comparison, Database, Search, search
from helpers.course.figures.alignment.ways import Way, percent, rows_of_ways, table, way

__all__ = [
    "Comparison",
    "Database",
    "Search",
    "Way",
    "alignment_panels",
    "arrows",
    "cosines",
    "describe_map",
    "describe_neighbours",
    "fitting",
    "journey",
    "map_frame",
    "map_panels",
    "neighbours_frame",
    "percent",
    "query_images",
    "resolution_curves",
    "rows_of_ways",
    "search",
    "table",
    "turning",
    "way",
]
