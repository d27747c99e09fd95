"""Checks that only the problem sets need; all the others are in `helpers.course.checks`.

Each is a `helpers.course.checks.FunctionCheck`: ``problem_sets.pareto_front(my_front).require()``.
"""

from helpers.course.problem_sets.costs import (
    fitted_latency,
    macs_of_network,
    paired_difference,
    pareto_front,
    width_of_equal_macs,
)
from helpers.course.problem_sets.pairs import alignment, chance, hardest_negatives
from helpers.course.problem_sets.protocol import change_by_rotation, chosen_setting

__all__ = [
    "alignment",
    "chance",
    "change_by_rotation",
    "chosen_setting",
    "fitted_latency",
    "hardest_negatives",
    "macs_of_network",
    "paired_difference",
    "pareto_front",
    "width_of_equal_macs",
]
