"""What a rotation of the student's space changes: similarities, recall, and some losses."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.course.figures import style

COLUMNS = 7

Recalls = Mapping[str, np.ndarray]


def similarities(matrices: Mapping[str, np.ndarray]) -> Figure:
    """Matrices of similarities ``float [n, n]`` side by side, in one scale of grey."""
    size = (2.55 * len(matrices) + 0.6, 3.0)
    figure, panels = plt.subplots(1, len(matrices), figsize=size, layout="constrained")
    for axes, (title, matrix) in zip(panels, matrices.items(), strict=True):
        image = axes.imshow(matrix, vmin=-0.3, vmax=1, cmap="Greys", interpolation="nearest")
        axes.set_title(title, loc="center", fontsize=10)
        axes.set(xticks=(), yticks=(), xlabel="images")
        axes.spines[:].set_visible(True)
    panels[0].set_ylabel("images")
    figure.colorbar(image, ax=panels, label="similarity", shrink=0.8)
    return figure


def turned_losses(
    degrees: np.ndarray, values: Mapping[str, np.ndarray], changes: Mapping[str, bool],
    recalls: Recalls,
) -> Figure:  # fmt: skip
    """Every loss against the angle by which the student's space is turned; above, Recall@1.

    Args:
        degrees: the angles, ``float [n]``.
        values: for each loss, by title, its values ``float [n]``.
        changes: whether it changes, by title; those that do come first, in their order.
        recalls: Recall@1 (0..1) of the two tests at these angles, ``float [n]``.
    """
    groups = [[name for name in values if changes[name] is wanted] for wanted in (True, False)]
    rows = [-(-len(group) // COLUMNS) for group in groups]
    figure = plt.figure(figsize=(10.5, 2.4 + 1.3 * sum(rows)), layout="constrained")
    parts = figure.subfigures(3, 1, height_ratios=(2.3, *(1.3 * count + 0.25 for count in rows)))
    _recalls(parts[0].subplots(), degrees, recalls)
    words = ("losses that change with the angle", "losses that do not change")
    for part, group, count, title in zip(parts[1:], groups, rows, words, strict=True):
        part.suptitle(f"{title} ({len(group)})", x=0.01, ha="left", fontsize=11)
        grid = part.subplots(count, COLUMNS, squeeze=False, sharex=True)
        _small_multiples(grid, degrees, {name: values[name] for name in group}, changes)
    return figure


def _recalls(axes: Axes, degrees: np.ndarray, recalls: Recalls) -> None:
    looks = {"symmetric": ("s--", style.QUIET), "asymmetric": ("o-", style.STUDENT)}
    for test, recall in recalls.items():
        look, colour = looks[test]
        axes.plot(degrees, 100 * recall, look, color=colour)
        style.label_line(axes, f"{test} test", (degrees[-1], 100 * recall[-1]), colour, (8, 0))
    axes.set(ylim=(-4, 104), xticks=degrees, ylabel="Recall@1,\nspecies (%)")
    axes.set(xlabel="angle by which every vector of the student is turned (degrees)")


def _small_multiples(
    grid: np.ndarray, degrees: np.ndarray, values: Mapping[str, np.ndarray],
    changes: Mapping[str, bool],
) -> None:  # fmt: skip
    for axes in grid.flat[len(values) :]:
        axes.axis("off")
    for axes, (name, value) in zip(grid.flat, values.items(), strict=False):
        look = ("-", style.STUDENT) if changes[name] else ("--", style.QUIET)
        axes.plot(degrees, value, look[0], color=look[1])
        top = max(float(np.max(value)), 1e-9)
        axes.set(ylim=(0, 1.15 * top), xlim=(degrees[0], degrees[-1]))
        axes.set(xticks=(degrees[0], degrees[-1]), yticks=(0, top))
        axes.set_yticklabels(("0", f"{top:.2g}"), fontsize=7)
        axes.tick_params(axis="x", labelsize=7)
        axes.set_title(name, fontsize=8)
