"""Losses and their gradients as curves, each with its name on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.course.figures import style

LINES = (
    ("-", "#009e73"),
    ("--", "#00543d"),
    ("-.", "#b07500"),
    (":", "#2b2b2b"),
)
"""Line and colour of the first, second … curve of a panel."""

Curves = Mapping[str, np.ndarray]


def curves(
    x: np.ndarray,
    panels: Mapping[str, Curves],
    xlabel: str,
    ylabels: Sequence[str],
    marks: Mapping[str, float] | None = None,
) -> Figure:
    """Panels of curves over the same x.

    Args:
        x: ``float [n]``.
        panels: for each title its curves, ``float [n]`` by name; the same names in each.
        xlabel: name and unit of x.
        ylabels: for each panel.
        marks: places on the x axis that matter, by name.
    """
    size = (5.4 * len(panels), 3.7)
    figure, (row,) = plt.subplots(1, len(panels), figsize=size, squeeze=False, layout="constrained")
    for axes, (title, found), ylabel in zip(row, panels.items(), ylabels, strict=True):
        for y, (line, colour) in zip(found.values(), LINES, strict=False):
            axes.plot(x, y, line, color=colour)
        _name_curves(axes, x, found)
        _draw_marks(axes, marks or {})
        axes.set(xlabel=xlabel, ylabel=ylabel, xlim=(x[0], x[-1]))
        axes.set_title(title, pad=26 if marks else 6)
    return figure


def _name_curves(axes: Axes, x: np.ndarray, found: Curves) -> None:
    """Names on the curves themselves, each where its curve is farthest from all others."""
    y = np.stack(list(found.values()))
    for number, (name, (_, colour)) in enumerate(zip(found, LINES, strict=False)):
        place = loneliest(y, number)
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
        axes.text(x[place], y[number, place], name, color=colour, ha="center", va="center",
                  bbox=box)  # fmt: skip


def loneliest(y: np.ndarray, number: int) -> int:
    """The column of curves ``float [curves, n]`` in which one of them has no other near it.

    Not at the margins, where a name would be cut off; of equally good columns the middle one.
    """
    width = y.shape[1]
    others = np.delete(y, number, axis=0)
    alone = np.abs(others - y[number]).min(axis=0) if len(others) else np.ones(width)
    inner = np.arange(width // 10, width - width // 10)
    best = inner[alone[inner] >= alone[inner].max() * 0.999]
    return int(best[len(best) // 2])


def _draw_marks(axes: Axes, marks: Mapping[str, float]) -> None:
    """Dotted lines, named above the panel in two steps, so that neighbours do not overlap."""
    for step, (name, place) in enumerate(sorted(marks.items(), key=lambda mark: mark[1])):
        axes.axvline(place, color=style.QUIET, linestyle=":", linewidth=1)
        axes.annotate(
            name, (place, 1), (0, 2 + 10 * (step % 2)), textcoords="offset points", ha="center",
            xycoords=("data", "axes fraction"), color=style.QUIET, fontsize=8,
        )  # fmt: skip
