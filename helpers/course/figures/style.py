"""How figures look, and the colours that mean the same thing in every notebook.

The colours stay apart for colour-blind readers (after Okabe & Ito, "Color universal design", 2008).
"""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.patheffects as effects
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

TEACHER = "#1b6ca8"  # blue: the teacher, full resolution
NAIVE = "#d1495b"  # red: a small image into the teacher, as it is
ENLARGED = "#e69f00"  # orange: a small image, enlarged first
STUDENT = "#009e73"  # green: a distilled student
ALONE = "#8d6a9f"  # purple: a network trained without a teacher
NARROW = "#8c510a"  # brown: a small network with fewer channels
SHALLOW = "#cc79a7"  # pink: a small network with fewer layers
COARSE = "#56b4e9"  # light blue: a small network whose stem steps further
ADAPTED = "#12355b"  # dark blue: the teacher with its last layer and batch norm adapted
CHANCE = "#7a7a7a"  # grey, dotted: guessing
INK = "#2b2b2b"  # words and arrows
QUIET = "#8a8a8a"  # what should be seen second


def use() -> None:
    """Set the style of all figures that follow: calm axes, no box, readable on white."""
    plt.rcParams.update(
        {
            "figure.dpi": 96,
            "figure.facecolor": "white",
            "font.size": 10,
            "axes.titlesize": 11,
            "axes.titlelocation": "left",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.edgecolor": "0.4",
            "axes.grid": False,
            "xtick.color": "0.25",
            "ytick.color": "0.25",
            "lines.linewidth": 1.8,
            "legend.frameon": False,
        }
    )


def label_line(
    axes: Axes,
    text: str,
    end: tuple[float, float],
    colour: str,
    shift: tuple[float, float] = (5, 0),
) -> None:
    """Write a line's name beside its end, in its colour: nobody has to look for a legend.

    Args:
        axes: where the line is.
        text: its name.
        end: its last point, in the units of the axes.
        colour: its colour.
        shift: from that point to the words, in typographic points.
    """
    axes.annotate(
        text, end, shift, textcoords="offset points", color=colour, va="center",
        annotation_clip=False,
    )  # fmt: skip


def show_image(axes: Axes, image: np.ndarray) -> None:
    """Show ``uint8 [3, h, w]`` in square pixels, without frame and ticks."""
    axes.imshow(image.transpose(1, 2, 0), interpolation="nearest")
    axes.axis("off")


def show_images(
    rows: Sequence[Sequence[np.ndarray]],
    row_titles: Sequence[str] = (),
    column_titles: Sequence[str] = (),
    size: float = 1.25,
) -> Figure:
    """Images in a grid, each as large as the others whatever its resolution.

    Args:
        rows: images ``uint8 [3, h, w]``; rows may be of different lengths.
        row_titles: words to the left of each row.
        column_titles: words above each column.
        size: of an image, in inches.
    """
    longest = max(map(len, rows))
    shape = (size * longest + 0.9 * bool(row_titles), (size + 0.02) * len(rows))
    figure, grid = plt.subplots(
        len(rows), longest, figsize=shape, squeeze=False, layout="constrained"
    )
    figure.get_layout_engine().set(w_pad=0.01, h_pad=0.01, wspace=0.015, hspace=0.015)
    for axes in grid.flat:
        axes.axis("off")
    for line, images in zip(grid, rows, strict=True):
        for axes, image in zip(line, images, strict=False):
            show_image(axes, image)
    for axes, title in zip(grid[0], column_titles, strict=False):
        axes.set_title(title, loc="center", fontsize=9)
    for axes, title in zip(grid[:, 0], row_titles, strict=False):
        axes.text(-0.06, 0.5, title, transform=axes.transAxes, ha="right", va="center", fontsize=9)
    return figure


def ring(
    axes: Axes, x: float, y: float, radius: float, colour: str = "white", strength: float = 1.0
) -> None:
    """A ring that stands out on light and dark: a coloured line between two thin dark ones.

    Args:
        axes: where to draw it.
        x, y, radius: in the units of the axes.
        colour: of the line.
        strength: opacity; a ring of less than 1 is also dotted, for those who see no shades.
    """
    line = "-" if strength >= 1 else (0, (1.5, 1.5))
    circle = plt.Circle((x, y), radius, fill=False, color=colour, linewidth=1.5, linestyle=line)
    circle.set(alpha=strength)
    circle.set_path_effects([effects.withStroke(linewidth=3, foreground="black")])
    axes.add_patch(circle)
