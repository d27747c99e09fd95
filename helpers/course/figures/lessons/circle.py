"""What the absolute and the relative teacher see, on a few points of a circle."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.course.figures import style


def on_the_circle(teacher: np.ndarray, students: Mapping[str, np.ndarray]) -> Figure:
    """A few embeddings of two dimensions by the teacher and, in each panel, by another student.

    Args:
        teacher: ``float [n, 2]`` with unit rows.
        students: title to embeddings of the same images, ``float [n, 2]``.
    """
    figure, (panels,) = plt.subplots(
        1, len(students), figsize=(3.2 * len(students), 3.6), squeeze=False, layout="constrained"
    )
    for axes, (title, student) in zip(panels, students.items(), strict=True):
        axes.add_patch(plt.Circle((0, 0), 1, fill=False, color="0.85"))
        _polygon(axes, teacher, style.TEACHER, "s", "--")
        _polygon(axes, student, style.STUDENT, "o", "-")
        _arrows(axes, student, teacher)
        axes.set_title(title, loc="center", fontsize=10)
        axes.set(xlim=(-1.3, 1.3), ylim=(-1.3, 1.3), aspect="equal")
        axes.axis("off")
    for place, (name, colour) in enumerate(
        {"■ teacher": style.TEACHER, "● student": style.STUDENT}.items()
    ):
        panels[0].annotate(name, (0, 0.07 * place), xycoords="axes fraction", color=colour,
                           fontsize=9)  # fmt: skip
    return figure


def _polygon(axes: Axes, points: np.ndarray, colour: str, marker: str, line: str) -> None:
    """Points, and the distances between all of them as lines."""
    for first, second in combinations(points, 2):
        axes.plot(*np.stack([first, second]).T, line, color=colour, linewidth=1, alpha=0.6)
    axes.plot(*points.T, marker, color=colour, markersize=9)


def _arrows(axes: Axes, student: np.ndarray, teacher: np.ndarray) -> None:
    """From where the student puts each image to where the teacher has it, with its name there."""
    arrow = {"arrowstyle": "->", "color": style.INK, "shrinkA": 5, "shrinkB": 5, "linewidth": 1.4}
    for number, (start, end) in enumerate(zip(student, teacher, strict=True), start=1):
        axes.annotate("", end, start, arrowprops=arrow)
        axes.annotate(f"x{number}", 1.17 * end, ha="center", va="center", fontsize=9,
                      color=style.TEACHER)  # fmt: skip
