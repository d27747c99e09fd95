"""What came of a student: Recall@1 of every query and seed, with intervals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from helpers.course.figures import style
from helpers.losses import DISTILLATION
from helpers.recipes import Recipe
from helpers.retrieval import Estimate, mean_interval, paired_difference_interval
from helpers.runs import over_seeds

TESTS = ("asymmetric", "rotated", "symmetric")


@dataclass(frozen=True)
class Student:
    """How one recipe did over its seeds.

    Attributes:
        title: short, for rows of figures and tables.
        answers: for each test whether each query of each seed was answered rightly (Recall@1 of
            species), ``float [seeds, queries]``.
        recall: for each test the mean of the answers with its interval.
        means: every other metric of the runs, such as ``"asymmetric/genus/mAP"``: its mean over
            queries and seeds, in 0..1.
        colour: in figures.
    """

    title: str
    answers: Mapping[str, np.ndarray]
    recall: Mapping[str, Estimate]
    means: Mapping[str, float]
    colour: str


def result(recipe: Recipe, seeds: Iterable[int], title: str | None = None) -> Student:
    """What the runs of a recipe answered in each test.

    Args:
        recipe: a student of the course; its runs with these seeds must be there, or are trained.
        seeds: at least one.
        title: None for the title of its loss.
    """
    runs = over_seeds(recipe, seeds)
    answers = {
        test: np.stack([run.per_query[f"{test}/species/recall@1"] for run in runs])
        for test in TESTS
    }
    means = {name: float(np.mean([r.metrics[name] for r in runs])) for name in runs[0].metrics}
    title = title or DISTILLATION[recipe.loss].title
    return student(title, answers, means, colour_of(recipe))


def student(
    title: str,
    answers: Mapping[str, np.ndarray],
    means: Mapping[str, float] | None = None,
    colour: str = style.STUDENT,
) -> Student:
    """A student with the intervals of its answers, drawn once."""
    recall = {test: percent(values) for test, values in answers.items()}
    return Student(title, answers, recall, means or {}, colour)


def colour_of(recipe: Recipe) -> str:
    """Green for a student, purple for a network that is not told what its teacher says."""
    return style.ALONE if recipe.loss.endswith("_symmetric") else style.STUDENT


def percent(values: np.ndarray) -> Estimate:
    """Of answers ``float [seeds, queries]`` in 0..1."""
    return Estimate(*(100 * float(x) for x in (np.mean(values), *mean_interval(values))))


def difference(first: np.ndarray, second: np.ndarray) -> Estimate:
    """Mean of first − second in points, for answers ``float [seeds, queries]`` to the same queries.

    Raises:
        ValueError: answers of different shapes.
    """
    low, high = paired_difference_interval(first, second)
    gap = np.mean(first, dtype=float) - np.mean(second, dtype=float)
    return Estimate(100 * float(gap), 100 * low, 100 * high)
