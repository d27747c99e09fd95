"""Recall@1 of every way to spend a budget, and by how much one is ahead of another."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.course.figures import style
from helpers.course.figures.budgets.ways import FILLING, WAYS, marks_of, marks_of_labels
from helpers.retrieval import Estimate

Rows = Mapping[tuple[str, str], Mapping[str, Estimate]]
"""For each row its way (a key of ``WAYS``) and its start, and an estimate for each label."""

Grid = Mapping[str, Mapping[str, Rows]]
"""For each test and each budget, both by the names that the panels get, rows of estimates."""


def recalls(found: Grid) -> Figure:
    """Recall@1 in percent: a panel for each test and budget, a row for each way and start."""
    figure = _grid(found, "Recall@1 (%)", "{:.1f}")
    lowest = min(axes.dataLim.x0 for axes in figure.axes)
    for axes in figure.axes:
        axes.set_xlim(10 * (lowest // 10), 101)
    return figure


def differences(found: Grid) -> Figure:
    """By how many points the small image is ahead of each small network, in rows as `recalls`."""
    figure = _grid(found, "small image − network (points)", "{:+.1f}")
    furthest = 1.08 * max(abs(limit) for axes in figure.axes for limit in axes.dataLim.intervalx)
    for axes in figure.axes:
        axes.axvline(0, color=style.INK, linewidth=1)
        axes.set_xlim(-furthest, furthest)
    for axes in figure.axes[: len(next(iter(found.values())))]:
        for place, words, side in ((0.02, "← network ahead", "left"),
                                   (0.98, "small image ahead →", "right")):  # fmt: skip
            axes.annotate(words, (place, 1.01), xycoords="axes fraction", ha=side, va="bottom",
                          fontsize=7.5, color=style.INK)  # fmt: skip
    return figure


def _grid(found: Grid, measure: str, form: str) -> Figure:
    tests, budgets = list(found), list(next(iter(found.values())))
    rows = next(iter(found[tests[0]].values()))
    figure, grid = plt.subplots(
        len(tests), len(budgets), sharex=True, sharey=True, squeeze=False, layout="constrained",
        figsize=(2.2 + 3.2 * len(budgets), (0.36 * len(rows) + 0.9) * len(tests) + 0.4),
    )  # fmt: skip
    for line, test in zip(grid, tests, strict=True):
        for axes, budget in zip(line, budgets, strict=True):
            _draw_rows(axes, found[test][budget], form)
        line[0].annotate(f"{test} test", (-0.02, 1.01), xycoords="axes fraction", ha="right",
                         va="bottom", fontweight="bold")  # fmt: skip
    for axes, budget in zip(grid[0], budgets, strict=True):
        axes.set_title(budget, pad=16)
    for axes in grid[-1]:
        axes.set_xlabel(measure, fontsize=9)
    figure.legend(handles=marks_of_labels(), loc="outside lower right", ncols=2)
    return figure


def _draw_rows(axes: Axes, rows: Rows, form: str) -> None:
    for height, ((way, _), estimates) in enumerate(rows.items()):
        look = WAYS[way]
        for label, shift in zip(estimates, (-0.13, 0.13), strict=False):
            mean, low, high = estimates[label]
            axes.errorbar(mean, height + shift, xerr=[[mean - low], [high - mean]],
                          fmt=look.marker, color=look.colour, fillstyle=FILLING[label],
                          markersize=5, linewidth=1.4)  # fmt: skip
        words = " / ".join(form.format(estimate.mean) for estimate in estimates.values())
        axes.annotate(words.replace("-", "−"), (1.01, height), va="center", fontsize=7.5,
                      xycoords=("axes fraction", "data"), color=style.INK)  # fmt: skip
        axes.axhline(height, color="0.93", linewidth=0.7, zorder=0)
    axes.set_yticks(range(len(rows)), [f"{WAYS[way].name}, {start}" for way, start in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0, labelsize=9)


def longer(
    found: Mapping[str, Mapping[str, Mapping[int, Estimate]]],
    ahead: Mapping[str, Mapping[int, Estimate]],
) -> Figure:
    """Recall@1 after a short and after a long training, and how far the first way is ahead.

    Args:
        found: for each test and each way (a key of ``WAYS``) Recall@1 in percent by steps.
        ahead: for each test the difference in points by steps.
    """
    figure, (grid,) = plt.subplots(1, len(found), figsize=(5 * len(found), 4.2), squeeze=False,
                                   layout="constrained")  # fmt: skip
    for axes, (test, ways) in zip(grid, found.items(), strict=True):
        first = WAYS[next(iter(ways))].name
        for (way, values), shift in zip(ways.items(), (-0.02, 0.02), strict=False):
            _rise(axes, WAYS[way], values, shift)
        steps = list(ahead[test])
        words = [f"{n} steps\n{first} ahead by\n{_points(ahead[test][n])}" for n in steps]
        axes.set_xticks(range(len(steps)), words)
        axes.set(xlim=(-0.4, len(steps) - 0.6), title=f"{test} test")
    grid[0].set_ylabel("Recall@1, species (%)")
    figure.legend(handles=marks_of(next(iter(found.values()))), loc="outside lower center", ncols=2)
    return figure


def _rise(axes: Axes, look, values: Mapping[int, Estimate], shift: float) -> None:
    means = [value.mean for value in values.values()]
    below = [value.mean - value.low for value in values.values()]
    above = [value.high - value.mean for value in values.values()]
    places = [place + shift for place in range(len(means))]
    axes.errorbar(places, means, (below, above), color=look.colour, marker=look.marker, capsize=3)


def _points(estimate: Estimate) -> str:
    """Such as "+3.1 points (1.0 to 5.2)"."""
    mean, low, high = (f"{value:+.1f}".replace("-", "−") for value in estimate)
    return f"{mean} points ({low} to {high})"
