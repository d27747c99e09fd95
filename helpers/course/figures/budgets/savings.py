"""Stairs: the best Recall@1 that each budget of MACs buys, by small images and small networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from helpers.course.figures import style
from helpers.course.figures.budgets.choices import (
    IMAGE,
    Candidate,
    Choice,
    Compare,
    choose,
    images_of,
    in_words,
    networks_of,
)
from helpers.course.figures.budgets.fronts import plain_ticks
from helpers.course.figures.budgets.ways import WAYS, marks_of

IMAGES = {"color": WAYS[IMAGE].colour, "linestyle": "-", "linewidth": 1.2}
NETWORKS = {"color": style.INK, "linestyle": "--", "linewidth": 1.2}
NOTHING = {"color": style.QUIET, "linewidth": 7, "alpha": 0.35}


def stairs(starts: Mapping[str, Sequence[Candidate]]) -> Figure:
    """All candidates, and the best that any budget buys: a row for each start, a column a test.

    Args:
        starts: candidates by the name of their start.
    """
    every = [each for candidates in starts.values() for each in candidates]
    tests = list(every[0].recall)
    size = (5.2 * len(tests), 3.4 * len(starts) + 0.7)
    figure, grid = plt.subplots(len(starts), len(tests), figsize=size, squeeze=False,
                                layout="constrained")  # fmt: skip
    for line, (start, candidates) in zip(grid, starts.items(), strict=True):
        for axes, test in zip(line, tests, strict=True):
            _prepare(axes, every, test, f"{test} test, {start}")
            _draw_candidates(axes, candidates, test)
    figure.legend(handles=_legend(every), loc="outside lower center", ncols=4)
    return figure


def savings(
    candidates: Sequence[Candidate], budget: float, compare: Compare, every: Sequence[Candidate]
) -> Figure:
    """The picture of all candidates with what one budget buys, a panel for each test.

    Args:
        candidates: those to choose from.
        budget: in millions of MACs.
        compare: by how much one candidate is ahead of another.
        every: what the axes must have room for, so that all frames share their scales.
    """
    choices = [choose(candidates, budget, test, compare) for test in candidates[0].recall]
    figure, (grid,) = plt.subplots(1, len(choices), figsize=(5.2 * len(choices), 5.1),
                                   squeeze=False, layout="constrained")  # fmt: skip
    for axes, choice in zip(grid, choices, strict=True):
        _prepare(axes, every, choice.test, f"{choice.test} test")
        _draw_candidates(axes, candidates, choice.test, budget)
        _draw_budget(axes, budget, choice)
        _name_chosen(axes, choice)
    lines = ["\n      ".join(in_words(choice)) for choice in choices]
    figure.suptitle("\n".join(lines), x=0.01, ha="left", fontsize=10)
    nothing = Line2D([], [], label="more MACs buy nothing", **NOTHING)
    figure.legend(handles=[*_legend(every), nothing], loc="outside lower center", ncols=4)
    return figure


def _prepare(axes: Axes, every: Sequence[Candidate], test: str, title: str) -> None:
    """Axes with room for every candidate."""
    costs = [each.macs for each in every]
    lowest = min(each.recall[test].low for each in every)
    axes.set(xscale="log", title=title)
    axes.set(xlim=(min(costs) / 2.5, max(costs) * 1.3), ylim=(10 * (lowest // 10), 103))
    axes.set(xlabel="MACs of a query (millions)", ylabel="Recall@1 of species (%)")
    plain_ticks(axes)


def _draw_candidates(
    axes: Axes, candidates: Sequence[Candidate], test: str, budget: float = np.inf
) -> None:
    """Marks with intervals, pale beyond the budget; a stair for each side, whoever is best."""
    for each in sorted(candidates, key=lambda each: each.macs):
        mean, low, high = each.recall[test]
        look = WAYS[each.way]
        axes.errorbar(each.macs, mean, [[mean - low], [high - mean]], fmt=look.marker,
                      color=look.colour, markersize=12 if look.marker == "*" else 7,
                      markeredgecolor="white", markeredgewidth=0.6,
                      alpha=1 if each.macs <= budget else 0.35,
                      zorder=3)  # fmt: skip
    for side, line in ((images_of(candidates), IMAGES), (networks_of(candidates), NETWORKS)):
        if side:
            axes.step(*_stair(side, test, axes.get_xlim()[1]), where="post", zorder=2, **line)


def _stair(
    candidates: Sequence[Candidate], test: str, end: float
) -> tuple[list[float], list[float]]:
    """Where each step begins, and the best Recall@1 from there on; the last step at the end."""
    ordered = sorted(candidates, key=lambda each: each.macs)
    recalls = np.maximum.accumulate([each.recall[test].mean for each in ordered])
    return [*(each.macs for each in ordered), end], [*recalls, recalls[-1]]


def _draw_budget(axes: Axes, budget: float, choice: Choice) -> None:
    """What is too dear in grey, and a broad line for as long as more MACs buy nothing."""
    right = axes.get_xlim()[1]
    axes.axvspan(budget, right, color="0.94", zorder=0)
    axes.axvline(budget, color=style.INK, linewidth=1)
    axes.annotate(f"budget {budget:.1f} M", (budget, 0.02), (-4, 0), ha="right", rotation=90,
                  xycoords=("data", "axes fraction"), textcoords="offset points",
                  fontsize=8.5, color=style.INK)  # fmt: skip
    if choice.best:
        level = [choice.best.recall[choice.test].mean] * 2
        axes.plot([choice.best.macs, choice.better_from or right], level, zorder=1,
                  solid_capstyle="butt", **NOTHING)  # fmt: skip


def _name_chosen(axes: Axes, choice: Choice) -> None:
    """A ring around each of the two chosen, the higher one named above, the lower one below."""
    chosen = [each for each in (choice.image, choice.network) if each]
    chosen.sort(key=lambda each: each.recall[choice.test].mean, reverse=True)
    places = ({"xytext": (-9, 14), "ha": "right"}, {"xytext": (9, -15), "ha": "left"})
    for candidate, place in zip(chosen, places, strict=False):
        recall = candidate.recall[choice.test]
        point = (candidate.macs, recall.mean)
        axes.plot(*point, marker="o", markersize=15, fillstyle="none", color=style.INK,
                  markeredgewidth=1.3, zorder=5)  # fmt: skip
        words = f"{candidate.name}\n{recall.mean:.1f} % ({recall.low:.1f} to {recall.high:.1f})"
        axes.annotate(words, point, textcoords="offset points", va="center", fontsize=8.5,
                      color=style.INK, zorder=6, bbox={"facecolor": "white", "pad": 1,
                      "edgecolor": "none", "alpha": 0.75}, **place)  # fmt: skip


def _legend(every: Sequence[Candidate]) -> list[Line2D]:
    return [
        *marks_of(dict.fromkeys(each.way for each in every), line=""),
        Line2D([], [], label="best small image", **IMAGES),
        Line2D([], [], label="best small network", **NETWORKS),
    ]
