"""From one result of a loss to another: after a rotation, from another start."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.course.figures.copying.rows import (
    Families,
    Levels,
    draw_levels,
    heights,
    interval,
    rows_figure,
)
from helpers.retrieval import Estimate


def rescues(panels: Mapping[str, Families], lines: Levels) -> Figure:
    """For each loss a line from the asymmetric test to the same after a fitted rotation.

    Args:
        panels: for each title the students by family; the same rows in each panel.
        lines: levels to compare with.
    """
    figure, row = rows_figure(panels)
    for axes, families in zip(row, panels.values(), strict=True):
        for height, found in heights(families):
            _step(axes, height, found.recall["asymmetric"], found.recall["rotated"], found.colour)
            symmetric = found.recall["symmetric"].mean
            axes.plot(symmetric, height, "s", color=found.colour, alpha=0.45, markersize=5)
        draw_levels(axes, lines)
    _key(figure, "asymmetric test", "the same after the rotation", "symmetric test")
    return figure


def starts(
    scratch: Families, from_teacher: Families, lines: Mapping[str, Levels] | None = None
) -> Figure:
    """For each loss a line from its result from scratch to that from the teacher's weights.

    Args:
        scratch, from_teacher: students by family, the same rows in both.
        lines: for each test (``"asymmetric"``, ``"symmetric"``) levels to compare with.
    """
    tests = ("asymmetric", "symmetric")
    figure, row = rows_figure({f"{test} test": scratch for test in tests})
    for axes, test in zip(row, tests, strict=True):
        for (height, before), (_, after) in zip(
            heights(scratch), heights(from_teacher), strict=True
        ):
            _step(axes, height, before.recall[test], after.recall[test], before.colour)
        draw_levels(axes, (lines or {}).get(test) or {})
    _key(figure, "from scratch", "from the teacher's weights")
    return figure


def _step(axes: Axes, height: float, start: Estimate, end: Estimate, colour: str) -> None:
    """From an open mark to a filled one, each with its interval."""
    axes.plot([start.mean, end.mean], [height] * 2, color=colour, linewidth=2.2)
    for recall, fill in ((start, "white"), (end, colour)):
        interval(axes, height, recall, colour, 0.35)
        axes.plot(recall.mean, height, "o", color=colour, markerfacecolor=fill, markersize=6.5)


def _key(figure: Figure, start: str, end: str, square: str = "") -> None:
    axes = figure.axes[0]
    axes.plot([], [], "o", color="0.3", markerfacecolor="white", label=start)
    axes.plot([], [], "o", color="0.3", label=end)
    if square:
        axes.plot([], [], "s", color="0.3", alpha=0.45, label=square)
    figure.legend(loc="outside lower center", ncols=3)
