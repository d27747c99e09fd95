"""Points on a circle, where a loss pulls each of them, and where they end up."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.course.figures.embeddings.similarity import CLASS_COLOURS, CLASS_MARKERS

SILENT = 1e-6  # a pull weaker than this share of the longest arrow is none
LONGEST_ARROW = 0.6  # in radii of the circle


def pulling(
    points: np.ndarray, labels: np.ndarray, arrows: np.ndarray, longest: float,
    later: np.ndarray, titles: tuple[str, str, str],
) -> Figure:  # fmt: skip
    """Points of at most three classes with the pull of a loss, and the same points later.

    Args:
        points: ``float [n, 2]``, unit rows.
        labels: ``int [n]``.
        arrows: ``float [n, 2]``, the pull on each point, along the circle.
        longest: the pull that is drawn as the longest arrow.
        later: ``float [n, 2]``, unit rows.
        titles: of the figure, of the points with arrows, of the points later.
    """
    figure, axes = plt.subplots(1, 2, figsize=(7.6, 4.1))
    figure.subplots_adjust(0.01, 0.01, 0.99, 0.84, wspace=0.02)
    figure.suptitle(titles[0], x=0.01, ha="left")
    _circle(axes[0], points, labels, titles[1])
    _circle(axes[1], later, labels, titles[2])
    _pull(axes[0], points, labels, arrows, longest)
    return figure


def pulls(points: np.ndarray, labels: np.ndarray, by_loss: Mapping[str, np.ndarray]) -> Figure:
    """The pull of several losses on the same points, each with a scale of its own.

    Args:
        points: ``float [n, 2]``, unit rows.
        labels: ``int [n]``.
        by_loss: title to arrows ``float [n, 2]``.
    """
    figure, axes = plt.subplots(1, len(by_loss), figsize=(3 * len(by_loss), 3.1), squeeze=False)
    figure.subplots_adjust(0.01, 0.01, 0.99, 0.9, wspace=0.02)
    for side, (title, arrows) in zip(axes[0], by_loss.items(), strict=True):
        _circle(side, points, labels, title)
        _pull(side, points, labels, arrows, np.linalg.norm(arrows, axis=1).max())
    return figure


def _circle(axes: Axes, places: np.ndarray, labels: np.ndarray, title: str) -> None:
    axes.add_patch(plt.Circle((0, 0), 1, fill=False, color="0.8"))
    for label in np.unique(labels):
        axes.plot(
            *places[labels == label].T, CLASS_MARKERS[label], color=CLASS_COLOURS[label],
            markersize=9, alpha=0.8, markeredgecolor="white",
        )  # fmt: skip
    axes.set(xlim=(-1.4, 1.4), ylim=(-1.25, 1.25), aspect="equal")
    axes.set_title(title, fontsize=10)
    axes.axis("off")


def _pull(
    axes: Axes, points: np.ndarray, labels: np.ndarray, arrows: np.ndarray, longest: float
) -> None:
    """An arrow from each point that is pulled, and a ring around each that is not."""
    pulled = np.linalg.norm(arrows, axis=1) > SILENT * longest
    drawn = arrows * LONGEST_ARROW / longest if pulled.any() else arrows
    for place, arrow, label in zip(points[pulled], drawn[pulled], labels[pulled], strict=True):
        _arrow(axes, place, arrow, CLASS_COLOURS[label])
    silent = points[~pulled]
    axes.plot(*silent.T, "o", color="none", markeredgecolor="0.4", markersize=17)
    if len(silent):
        words = f"left alone:\n{len(silent)} of {len(points)} points"
        axes.text(0, 0, words, ha="center", va="center", color="0.3")


def _arrow(axes: Axes, place: np.ndarray, arrow: np.ndarray, colour: str) -> None:
    look = {"arrowstyle": "-|>", "color": colour, "linewidth": 1.6, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", place + arrow, place, arrowprops=look)
