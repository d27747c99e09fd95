"""RAML's weights: Recall@1 for each pair of λ₁ and λ₂, as a square of numbers."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from helpers.course.figures import style
from helpers.course.figures.copying.results import Student
from helpers.retrieval import Estimate

SHADES = LinearSegmentedColormap.from_list("shades of the student", ["white", style.STUDENT])

Weights = tuple[float, float]


def weights_grid(panels: Mapping[str, Mapping[Weights, Student]], tests: tuple[str, ...]) -> Figure:
    """Recall@1 of species for each pair of weights: a panel for each start and test.

    Args:
        panels: for each start the student of each pair (λ₁, λ₂); the same pairs in each.
        tests: of `Student.recall`, a column each.
    """
    shape = (4.0 * len(tests), 3.0 * len(panels))
    figure, grid = plt.subplots(
        len(panels), len(tests), figsize=shape, squeeze=False, layout="constrained"
    )
    for line, (start, students) in zip(grid, panels.items(), strict=True):
        for axes, test in zip(line, tests, strict=True):
            _square(axes, {pair: found.recall[test] for pair, found in students.items()})
            axes.set_title(f"{test} test, {start}", fontsize=10)
    return figure


def _square(axes: Axes, recalls: Mapping[Weights, Estimate]) -> None:
    """Darker is better; below each mean its 95 % interval."""
    first, second = (sorted({pair[side] for pair in recalls}) for side in (0, 1))
    means = np.array([[recalls[a, b].mean for b in second] for a in first])
    axes.imshow(means, vmin=0, vmax=100, cmap=SHADES, aspect="auto")
    for row, a in enumerate(first):
        for column, b in enumerate(second):
            found = recalls[a, b]
            words = f"{found.mean:.1f}\n{found.low:.1f} to {found.high:.1f}"
            axes.text(column, row, words, ha="center", va="center", fontsize=9, color="black")
    axes.set_xticks(range(len(second)), [f"{value:g}" for value in second])
    axes.set_yticks(range(len(first)), [f"{value:g}" for value in first])
    axes.set(xlabel="λ₂, student to student", ylabel="λ₁, student to teacher")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
