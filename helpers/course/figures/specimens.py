"""The figures of notebook 00: butterflies, their sisters, and what is left of them when small."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from helpers.butterflies import species
from helpers.butterflies.places import Place, differing_places
from helpers.butterflies.twins import draw_twin
from helpers.course.figures import shrinking
from helpers.course.figures.style import ENLARGED, INK, QUIET, TEACHER, ring, show_image

SMALLEST_RING = 0.055  # in units of half the image: smaller ones would hide what they point at
LEFT = LinearSegmentedColormap.from_list("left", ["white", TEACHER])


def shrunk(image: np.ndarray, resolution: int) -> np.ndarray:
    """One image ``uint8 [3, h, w]`` as a camera of that resolution would have seen it."""
    return shrinking.shrunk(image[None], resolution)[0]


def _rings(axes: Axes, marks: Sequence[Place], resolution: int) -> None:
    for place in marks:
        column, row = place.pixel(resolution)
        radius = max(1.15 * place.radius, SMALLEST_RING) * resolution / 2
        ring(axes, column, row, radius, "white")


def sisters(
    number: int, other: int, index: int, resolution: int = 96, stored: int = 96, rings: bool = True
) -> Figure:
    """Two species of a genus in one pose, and what differs between them.

    Args:
        number: the species on the left.
        other: its sister, drawn in the same pose and light.
        index: which specimen of ``number`` gives the pose.
        resolution: of the images shown, in pixels.
        stored: of the images before they are shrunk.
        rings: whether to point at the marks that differ, on the right wings.
    """
    kinds = (species(number), species(other))
    pair = [shrunk(draw_twin(number, index, k.marks, stored), resolution) for k in kinds]
    difference = np.abs(pair[0].astype(float) - pair[1]).mean(axis=0)
    figure, axes = plt.subplots(1, 3, figsize=(9.6, 3.5), layout="constrained")
    for side, image, kind in zip(axes, pair, kinds, strict=False):
        show_image(side, image)
        side.set_title(f"{kind.name}, {resolution} px")
        if rings:
            _rings(side, differing_places(number, other, index), resolution)
    axes[2].imshow(255 - difference, cmap="gray", vmin=105, vmax=255)
    axes[2].set_title(f"their difference: {difference.mean():.1f} grey levels a pixel")
    axes[2].set(xticks=[], yticks=[])
    for spine in axes[2].spines.values():
        spine.set(visible=True, color="0.85")
    return figure


def at_resolutions(image: np.ndarray, resolutions: Sequence[int]) -> Figure:
    """One image at several resolutions: as large as they are, and enlarged until they match.

    Args:
        image: ``uint8 [3, h, h]``, at least as large as the largest resolution.
        resolutions: in pixels, falling.
    """
    count = len(resolutions)
    figure, grid = plt.subplots(2, count, figsize=(1.65 * count, 3.9), layout="constrained")
    largest = resolutions[0]
    for (above, below), resolution in zip(grid.T, resolutions, strict=True):
        small = shrunk(image, resolution)
        show_image(above, small)
        # Limits of the largest image keep one pixel as large everywhere; it stands on the floor.
        middle = (resolution - 1) / 2
        above.set(xlim=(middle - largest / 2, middle + largest / 2))
        above.set(ylim=(resolution - 0.5, resolution - 0.5 - largest))
        show_image(below, small)
        share = (resolution / largest) ** 2
        below.set_title(f"{resolution} px", loc="center")
        words = f"{small.size:,} bytes\n{100 * share:.3g} % of the pixels"
        below.text(
            0.5, -0.04, words, transform=below.transAxes, ha="center", va="top", color=INK,
            fontsize=9,
        )  # fmt: skip
    grid[0, 0].set_title("as large as they are")
    return figure


def what_is_left(
    names: Sequence[str], resolutions: Sequence[int], pixels: np.ndarray, information: np.ndarray
) -> Figure:
    """For each mark and resolution: how many pixels wide it is, and how much is left of it.

    Args:
        names: of the m marks.
        resolutions: n of them, in pixels.
        pixels: ``float [m, n]``, width of a mark.
        information: of an ideal observer, ``float [m, n]``, 1 at full resolution.
    """
    size = (10.5, 0.36 * len(names) + 1.3)
    figure, axes = plt.subplots(1, 2, figsize=size, sharey=True, layout="constrained")
    axes[0].imshow(np.clip(pixels / 8, 0, 1), cmap=LEFT, vmin=0, vmax=1.4, aspect="auto")
    axes[1].imshow(information, cmap=LEFT, vmin=0, vmax=1.4, aspect="auto")
    _write_cells(axes[0], pixels, "{:.1f}", information < 0.5)
    _write_cells(axes[1], 100 * information, "{:.0f}", information < 0.5)
    axes[0].set_title("width of the mark [pixels]")
    axes[1].set_title("information left [% of that at full resolution]")
    axes[0].set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
    for side in axes:
        side.set_xticks(range(len(resolutions)), resolutions)
        side.set_xlabel("resolution of the image [pixels]")
        side.tick_params(length=0)
        side.spines[:].set_visible(False)
    return figure


def _write_cells(axes: Axes, values: np.ndarray, form: str, faded: np.ndarray) -> None:
    """Numbers in the cells of a table; those of faded marks in orange and bold."""
    for (row, column), value in np.ndenumerate(values):
        few = faded[row, column]
        axes.text(
            column, row, form.format(value), ha="center", va="center", fontsize=9,
            color="#a65e00" if few else INK, weight="bold" if few else "normal",
        )  # fmt: skip
        if few:
            box = (column - 0.47, row - 0.44)
            axes.add_patch(plt.Rectangle(box, 0.94, 0.88, fill=False, color=ENLARGED, lw=1.2))


def riddle(question: np.ndarray, answers: Sequence[np.ndarray], names: Sequence[str]) -> Figure:
    """A small query, and the species that it may belong to.

    Args:
        question: ``uint8 [3, h, h]``.
        answers: images of the species.
        names: their names.
    """
    shape = (2.2 * (len(answers) + 1), 2.6)
    figure, axes = plt.subplots(1, len(answers) + 1, figsize=shape, layout="constrained")
    titles = [f"query, {question.shape[1]} px", *names]
    colours = [INK] + [QUIET] * len(answers)
    for side, image, title, colour in zip(axes, [question, *answers], titles, colours, strict=True):
        show_image(side, image)
        side.set_title(title, loc="center", color=colour)
    return figure
