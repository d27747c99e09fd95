"""A drawing of what each family of losses compares with what."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.course.figures import style

TEACHER_AT = (100.0, 140.0, 205.0)
"""Directions of the teacher's embeddings of three images, in degrees."""

TURN = -130.0
"""The student of the drawing is the teacher, turned by this angle."""


def who_is_compared() -> Figure:
    """Four panels: absolute, asymmetric pairs, the teacher's neighbourhood, relational.

    In all of them three images lie on the unit circle, and the student's embeddings are the
    teacher's, turned: relations within the student are perfect, places are wrong.
    """
    figure, panels = plt.subplots(1, 4, figsize=(12, 3.9), layout="constrained")
    teacher, student = corners(0), corners(TURN)
    for axes, draw in zip(
        panels, (_absolute, _asymmetric, _neighbourhood, _relational), strict=True
    ):
        draw(axes, teacher, student)
        _circle(axes, teacher, student)
    return figure


def corners(turn: float) -> np.ndarray:
    """The three embeddings ``float [3, 2]``, turned by an angle in degrees."""
    radians = np.deg2rad(np.array(TEACHER_AT) + turn)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1)


def _circle(axes: Axes, teacher: np.ndarray, student: np.ndarray) -> None:
    axes.add_patch(plt.Circle((0, 0), 1, fill=False, color="0.8", linewidth=1, zorder=0))
    for points, letter, marker, colour in (
        (teacher, "g", "o", style.TEACHER), (student, "f", "D", style.STUDENT)):  # fmt: skip
        axes.plot(*points.T, marker, color=colour, markersize=9)
        for number, (x, y) in enumerate(points, start=1):
            axes.text(1.3 * x, 1.25 * y, f"${letter}(x_{number})$", color=colour, ha="center",
                      va="center")  # fmt: skip
    axes.set(aspect="equal", xlim=(-1.6, 1.6), ylim=(-1.75, 1.35), xticks=(), yticks=())
    axes.spines[:].set_visible(False)


def _join(axes: Axes, first: Sequence[float], second: Sequence[float], look: str = "-") -> None:
    axes.plot(*np.transpose([first, second]), look, color=style.INK, linewidth=1.4, zorder=1)


def _name(axes: Axes, title: str, words: str) -> None:
    axes.set_title(title, loc="center", weight="bold")
    axes.text(0, -1.42, words, ha="center", va="top", fontsize=9)


def _absolute(axes: Axes, teacher: np.ndarray, student: np.ndarray) -> None:
    for pair in zip(student, teacher, strict=True):
        _join(axes, *pair)
    _name(axes, "absolute", "every solid line should be short")


def _asymmetric(axes: Axes, teacher: np.ndarray, student: np.ndarray) -> None:
    _join(axes, student[0], teacher[1])
    _join(axes, student[0], teacher[2], "--")
    _name(
        axes, "asymmetric pairs", "solid (same label) should be short,\ndashed (other label) long"
    )


def _neighbourhood(axes: Axes, teacher: np.ndarray, student: np.ndarray) -> None:
    for other in teacher[1:]:
        _join(axes, student[0], other)
        _join(axes, teacher[0], other, "--")
    _name(axes, "the teacher's neighbourhood", "solid lines should be like the dashed")


def _relational(axes: Axes, teacher: np.ndarray, student: np.ndarray) -> None:
    for first, second in ((0, 1), (1, 2), (2, 0)):
        _join(axes, student[first], student[second])
        _join(axes, teacher[first], teacher[second], "--")
    _name(axes, "relational", "the solid triangle should be\nlike the dashed one")
