"""Instant checks of a reader's answers: they name the likely mistake and never print the answer.

``checks.contrastive(my_contrastive)`` runs a function beside the course's own, and beside others
with well-known mistakes in them, and returns a `Verdict`, which a notebook shows in a sentence.
``checks.contrastive(my_contrastive, seed=7)`` draws other inputs, and ``.require()`` raises
`WrongAnswer` unless the verdict is right, for automatic grading.
"""

from helpers.course.checks.costs import macs_of_convolution, shrunk
from helpers.course.checks.distillation import (
    absolute_teacher,
    raml_absolute,
    raml_student_teacher,
    regression,
    relative_teacher,
    rkd_distance,
)
from helpers.course.checks.functions import FunctionCheck, check_function, check_gradient
from helpers.course.checks.guesses import NumberCheck, check_choice, check_number
from helpers.course.checks.measures import asymmetric_recall, average_precision, recall_at_k
from helpers.course.checks.metric_learning import contrastive, triplet
from helpers.course.checks.predictions import (
    absolute_of_the_opposite,
    angle_of_half_the_recall,
    contrastive_of_one_anchor,
    precision_at_ranks_1_and_3,
    recall_in_a_smaller_database,
    recall_with_the_wrong_sign,
    regression_of_a_turn,
    relations_of_a_turn,
    relative_of_the_opposite,
    resolution_of_a_fine_band,
    share_with_half_the_channels,
    side_for_a_tenth,
    times_fewer,
    triplet_of_one_anchor,
)
from helpers.course.checks.searching import neighbours, procrustes, similarities
from helpers.course.checks.verdicts import UNANSWERED, Mistake, Verdict, WrongAnswer, together

__all__ = [
    "UNANSWERED",
    "FunctionCheck",
    "Mistake",
    "NumberCheck",
    "Verdict",
    "WrongAnswer",
    "absolute_of_the_opposite",
    "absolute_teacher",
    "angle_of_half_the_recall",
    "asymmetric_recall",
    "average_precision",
    "check_choice",
    "check_function",
    "check_gradient",
    "check_number",
    "contrastive",
    "contrastive_of_one_anchor",
    "macs_of_convolution",
    "neighbours",
    "precision_at_ranks_1_and_3",
    "procrustes",
    "raml_absolute",
    "raml_student_teacher",
    "recall_at_k",
    "recall_in_a_smaller_database",
    "recall_with_the_wrong_sign",
    "regression",
    "regression_of_a_turn",
    "relations_of_a_turn",
    "relative_of_the_opposite",
    "relative_teacher",
    "resolution_of_a_fine_band",
    "rkd_distance",
    "share_with_half_the_channels",
    "shrunk",
    "side_for_a_tenth",
    "similarities",
    "times_fewer",
    "together",
    "triplet",
    "triplet_of_one_anchor",
]
