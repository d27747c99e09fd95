"""What each way finds first for each query, in one picture."""

from __future__ import annotations

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.course.figures.browsing.answers import Answers, LookUp
from helpers.course.figures.embeddings.marks import SIGNS, frame, show_image
from helpers.course.figures.shrinking import show, shrunk


def nearest_panels(found: LookUp, size: int) -> Figure:
    """A column for each query; below its small image what each way finds first, a row each.

    Args:
        found: the queries and what was found.
        size: resolution of the small query in pixels; ways without a network for it are left out.
    """
    rows = {name: answers for name, (_, answers) in found.at(size).items() if answers}
    columns = len(found.queries)
    figure, grid = plt.subplots(
        len(rows) + 1, columns, figsize=(0.72 * columns + 1.4, 0.94 * len(rows) + 0.9),
        squeeze=False,
    )  # fmt: skip
    # By hand, because a computed layout of so many images takes seconds.
    figure.subplots_adjust(1.35 / (0.72 * columns + 1.4), 0.02, 0.995, 0.95, 0.12, 0.42)
    small = shrunk(found.images.images[found.queries], size)
    for axes, image, query in zip(grid[0], small, found.queries, strict=True):
        show(axes, image)
        axes.set_title(found.images.coarse_names[found.images.coarse[query]], fontsize=7, pad=3)
    _name_row(grid[0][0], f"query, {size} px")
    for line, (name, answers) in zip(grid[1:], rows.items(), strict=True):
        _name_row(line[0], name)
        _show_nearest(line, answers, found)
    return figure


def _name_row(axes: Axes, name: str) -> None:
    axes.set_ylabel(name.replace(", ", ",\n"), rotation=0, ha="right", va="center", fontsize=9)


def _show_nearest(line: list[Axes], answers: Answers, found: LookUp) -> None:
    """The nearest database image of each query, framed and signed."""
    for axes, query, nearest in zip(line, found.queries, answers.found[:, 0], strict=True):
        relation = found.relation(query, nearest)
        show_image(axes, found.images.images[nearest])
        frame(axes, relation, width=2.2)
        axes.set_title(SIGNS[relation][0], fontsize=8, pad=2)  # the frame tells the rest
