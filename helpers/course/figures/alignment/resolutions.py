"""Recall and alignment against the resolution of the query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.course.figures import style
from helpers.course.figures.alignment.geometry import draw_cosines
from helpers.course.figures.alignment.ways import LABELS, Way, label_key, percent

SIZES = (16, 24, 32, 48, 64, 96)
"""Query resolutions in pixels on the axis of every curve."""

Curve = Mapping[int, Way]
Curves = Mapping[str, Curve]


def resolution_curves(tests: Mapping[str, Curves], teacher: Way) -> Figure:
    """Recall@1 against the query's resolution, a panel for each test.

    Args:
        tests: for each panel its curves, and for each curve a way at each resolution.
        teacher: the symmetric test at full resolution, for comparison.
    """
    size = (5.2 * len(tests), 4.2)
    figure, (panels,) = plt.subplots(
        1, len(tests), figsize=size, sharey=True, squeeze=False, layout="constrained"
    )
    for axes, (name, curves) in zip(panels, tests.items(), strict=True):
        for found in curves.values():
            draw_curve(axes, found, list(LABELS))
        for curve, found in curves.items():
            _name_curve(axes, curve, found)
        axes.axhline(100 * teacher.answers["species/recall@1"].mean(), color=style.TEACHER, lw=0.8)
        axes.annotate("teacher, symmetric (species)", (0.01, 1.005), color=style.TEACHER,
                      xycoords="axes fraction", fontsize=8)  # fmt: skip
        axes.set_title(name, pad=16)
        finish_curves(axes)
    panels[0].set_ylabel("Recall@1 (%)")
    label_key(panels[-1], (1, 0.02))
    return figure


def draw_curve(axes: Axes, found: Mapping[int, Way], labels: Sequence[str]) -> None:
    """One curve for each label with intervals."""
    for label in labels:
        line, fill = LABELS[label]
        points = {size: percent(way.answers[f"{label}/recall@1"]) for size, way in found.items()}
        mean, low, high = np.array(list(points.values())).T
        colour = next(iter(found.values())).colour
        axes.errorbar(list(points), mean, (mean - low, high - mean), fmt="o" + line, color=colour,
                      fillstyle=fill, markersize=5, capsize=2)  # fmt: skip


def _name_curve(axes: Axes, name: str, found: Mapping[int, Way]) -> None:
    """The name of a curve beside a species point: left of the first where there is room for it."""
    sizes = sorted(found)
    size, offset, side = sizes[-2], (8, -12), "left"
    if sizes[0] > SIZES[0]:
        size, offset, side = sizes[0], (-8, -4), "right"
    recall = 100 * found[size].answers["species/recall@1"].mean()
    axes.annotate(name, (size, recall), offset, ha=side, textcoords="offset points",
                  color=found[size].colour, fontsize=9)  # fmt: skip


def finish_curves(axes: Axes) -> None:
    """Scales and names of axes on which Recall@1 stands against the query's resolution."""
    axes.set(xscale="log", ylim=(-2, 104), xlabel="query resolution (pixels)")
    axes.set_xticks(SIZES, [str(size) for size in SIZES])
    axes.set_xticks([], minor=True)


Cosines = Mapping[int, Mapping[str, tuple[np.ndarray, str]]]


def alignment_panels(cosines: Cosines) -> Figure:
    """The distribution of cos(f(x), g(x)) at each query resolution, a panel each."""
    size = (2.6 * len(cosines), 3)
    figure, (panels,) = plt.subplots(
        1, len(cosines), figsize=size, sharey=True, squeeze=False, layout="constrained"
    )
    for axes, (resolution, found) in zip(panels, cosines.items(), strict=True):
        draw_cosines(axes, found)
        axes.set_title(f"{resolution} px")
        axes.set(xlabel="cos(f(x), g(x))", ylabel="")
    panels[0].set_ylabel("queries (%)")
    colours = {name: colour for found in cosines.values() for name, (_, colour) in found.items()}
    for height, (name, colour) in enumerate(colours.items()):
        panels[0].annotate(name, (0.03, 0.97 - 0.09 * height), xycoords="axes fraction",
                           va="top", color=colour, fontsize=9)  # fmt: skip
    return figure
