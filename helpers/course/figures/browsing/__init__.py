"""Figures of notebook 10: every run, and what a few queries find in several ways."""

from helpers.course.figures.browsing.answers import NEAREST, Answers, LookUp, look_up
from helpers.course.figures.browsing.every_run import (
    Entry,
    describe_runs,
    every_run,
    runs_frame,
    runs_panels,
    runs_table,
)
from helpers.course.figures.browsing.panels import nearest_panels

__all__ = [
    "NEAREST",
    "Answers",
    "Entry",
    "LookUp",
    "describe_runs",
    "every_run",
    "look_up",
    "nearest_panels",
    "runs_frame",
    "runs_panels",
    "runs_table",
]
