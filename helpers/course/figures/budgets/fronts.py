"""Recall against cost, and the front of those ways that no other one beats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from helpers.course.figures import style
from helpers.course.figures.budgets.ways import WAYS, marks_of
from helpers.retrieval import Estimate

Points = Sequence[tuple[float, Estimate]]
"""Costs, and Recall@1 in percent."""


def on_front(costs: Sequence[float], recalls: Sequence[float], equal: float = 1.05) -> np.ndarray:
    """Which points no other one beats: ``bool [n]``.

    A point is beaten by one that costs no more and recalls more. Costs that differ by less than
    the factor ``equal`` count as the same: so far apart are the budgets of equal-MACs networks.
    """
    costs, recalls = np.asarray(costs, float), np.asarray(recalls, float)
    no_dearer = costs[None, :] <= equal * costs[:, None]
    better = recalls[None, :] > recalls[:, None]
    return ~(no_dearer & better).any(axis=1)


def fronts(panels: Mapping[str, Mapping[str, Points]], cost: str, columns: int = 2) -> Figure:
    """Recall@1 against cost, a panel each; a grey line leads along the front.

    Args:
        panels: for each panel, by its title, the points of each way (a key of ``WAYS``).
        cost: what the cost is, with its unit.
        columns: panels beside each other.
    """
    rows = -(-len(panels) // columns)
    figure, grid = plt.subplots(
        rows, columns, figsize=(5.4 * columns, 3.9 * rows + 0.9), squeeze=False, sharex="col",
        sharey="row", layout="constrained",
    )  # fmt: skip
    for axes, (title, ways) in zip(grid.flat, panels.items(), strict=True):
        for way, points in ways.items():
            _draw_way(axes, way, points)
        _draw_front(axes, [point for points in ways.values() for point in points])
        axes.set(xscale="log", title=title)
    for axes in grid[-1]:
        axes.set_xlabel(cost)
        plain_ticks(axes)
    for line in grid:
        line[0].set_ylabel("Recall@1 (%)")
    known = dict.fromkeys(way for ways in panels.values() for way in ways)
    front = Line2D([], [], color=style.QUIET, linewidth=4, alpha=0.5, label="Pareto front")
    figure.legend(handles=[*marks_of(known), front], loc="outside lower center", ncols=3)
    return figure


def _draw_way(axes: Axes, way: str, points: Points) -> None:
    """A line with a band, or marks with bars where all points cost the same."""
    look = WAYS[way]
    costs = [cost for cost, _ in points]
    mean, low, high = np.array([estimate for _, estimate in points]).T
    size = 11 if look.marker == "*" else 6  # a star of equal width looks smaller
    style_of = {"color": look.colour, "marker": look.marker, "markersize": size, "zorder": 3}
    if len(set(costs)) == 1:
        axes.errorbar(costs, mean, (mean - low, high - mean), linestyle="", **style_of)
        return
    axes.plot(costs, mean, **style_of)
    order = np.argsort(costs)
    axes.fill_between(np.array(costs)[order], low[order], high[order], color=look.colour,
                      alpha=0.18, linewidth=0)  # fmt: skip


def _draw_front(axes: Axes, points: Points) -> None:
    """A line from each point of the front to the next dearer one."""
    costs, recalls = np.array([(cost, estimate.mean) for cost, estimate in points]).T
    chosen = on_front(costs, recalls)
    order = np.argsort(costs[chosen])
    axes.plot(costs[chosen][order], recalls[chosen][order], color=style.QUIET, linewidth=7,
              alpha=0.35, zorder=1, solid_capstyle="round")  # fmt: skip


def plain_ticks(axes: Axes) -> None:
    """1, 2, 3, 5, 10 … instead of powers of ten."""
    low, high = axes.get_xlim()
    ticks = [m * 10.0**e for e in range(-3, 7) for m in (1, 2, 3, 5) if low <= m * 10.0**e <= high]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_xticks([], minor=True)
