"""Figures of notebook 04: what a query costs, and what each way to save it is worth."""

from helpers.course.figures.budgets.choices import Candidate, Choice, best_under, choose, in_words
from helpers.course.figures.budgets.comparison import differences, longer, recalls
from helpers.course.figures.budgets.costs import Stage, feature_maps, stages, time_against_macs
from helpers.course.figures.budgets.fronts import fronts, on_front
from helpers.course.figures.budgets.marks import map_of_winners, mark_sizes, winner
from helpers.course.figures.budgets.prefixes import Cut, prefixes
from helpers.course.figures.budgets.savings import savings, stairs
from helpers.course.figures.budgets.ways import WAYS
from helpers.retrieval import Estimate

__all__ = [
    "Candidate",
    "Choice",
    "Cut",
    "WAYS",
    "Estimate",
    "Stage",
    "best_under",
    "choose",
    "differences",
    "feature_maps",
    "fronts",
    "in_words",
    "longer",
    "map_of_winners",
    "mark_sizes",
    "on_front",
    "prefixes",
    "recalls",
    "savings",
    "stages",
    "stairs",
    "time_against_macs",
    "winner",
]
