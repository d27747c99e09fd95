"""Two sizes of marks, and who wins with each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.butterflies import draw
from helpers.course.figures import style
from helpers.course.figures.specimens import shrunk
from helpers.retrieval import Estimate

UNDECIDED = "undecided"


def mark_sizes(
    specimens: Sequence[tuple[int, int]],
    sizes: Sequence[float],
    resolutions: Sequence[int],
    stored: int = 96,
) -> Figure:
    """Specimens with marks of each size (rows), each at several resolutions (columns).

    Args:
        specimens: species and index of each.
        sizes: of the marks.
        resolutions: in pixels; the image is drawn at ``stored`` pixels, then made smaller.
        stored: of the images that the networks get.
    """
    rows = []
    for size in sizes:
        images = [draw(number, index, stored, size) for number, index in specimens]
        rows.append([shrunk(image, r) for image in images for r in resolutions])
    columns = [f"{r} px" for _ in specimens for r in resolutions]
    return style.show_images(rows, [f"marks\n{size:g}" for size in sizes], columns, size=1.6)


def winner(ahead: Estimate, first: str, second: str) -> str:
    """Who is ahead: ``first``, ``second``, or ``UNDECIDED`` where the interval holds 0."""
    if ahead.low > 0:
        return first
    return second if ahead.high < 0 else UNDECIDED


def map_of_winners(
    found: Mapping[str, Mapping[str, Mapping[str, Estimate]]],
    first: str = "small image",
    second: str = "narrow network",
) -> Figure:
    """Who wins, and by how much, for each test (a panel), size of marks (a row) and budget.

    Args:
        found: for each test, row and column, by their names, the difference first − second in
            points.
        first: the way whose being ahead makes a difference positive.
        second: its opponent.
    """
    some = next(iter(found.values()))
    size = (10.5, 1.15 * len(some) + 1.1)
    figure, (grid,) = plt.subplots(1, len(found), figsize=size, sharey=True, squeeze=False,
                                   layout="constrained")  # fmt: skip
    for axes, (test, rows) in zip(grid, found.items(), strict=True):
        for height, cells in enumerate(rows.values()):
            for place, ahead in enumerate(cells.values()):
                _draw_cell(axes, place, height, ahead, (first, second))
        columns = list(next(iter(rows.values())))
        axes.set_xticks(range(len(columns)), columns)
        axes.set_yticks(range(len(rows)), list(rows))
        axes.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(rows) - 0.5, -0.5))
        axes.set(title=f"{test} test", xlabel="budget: side of the small image")
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
    return figure


def _draw_cell(
    axes: Axes, place: int, height: int, ahead: Estimate, names: tuple[str, str]
) -> None:
    who = winner(ahead, *names)
    colours = dict(zip(names, (style.STUDENT, style.NARROW), strict=True))
    colour = colours.get(who, style.QUIET)
    fill = {UNDECIDED: {"facecolor": "none", "hatch": "///"}}
    shown = fill.get(who, {"facecolor": colour, "alpha": 0.25})
    corner = (place - 0.47, height - 0.46)
    axes.add_patch(plt.Rectangle(corner, 0.94, 0.92, edgecolor="0.85", linewidth=0, **shown))
    axes.add_patch(plt.Rectangle(corner, 0.94, 0.92, edgecolor=colour, facecolor="none"))
    words = who if who == UNDECIDED else f"{who}\nahead"
    mean, low, high = (f"{value:+.1f}".replace("-", "−") for value in ahead)
    numbers = f"{mean} points\n({low} to {high})"
    axes.text(place, height, f"{words}\n{numbers}", ha="center", va="center", fontsize=8.5,
              color=style.INK, bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75,
                                     "pad": 1.5})  # fmt: skip
