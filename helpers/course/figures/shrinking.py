"""Pictures of what is left of an image when it is made small."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.images import as_float, resize


def shrunk(images: np.ndarray, resolution: int) -> np.ndarray:
    """``uint8 [n, 3, h, w]`` as a camera of that resolution would have seen them."""
    return resize(as_float(images), resolution).mul(255).round().byte().numpy()


def show(axes: Axes, image: np.ndarray) -> None:
    """Show ``uint8 [3, h, w]`` with its pixels as squares, without ticks and frame."""
    axes.imshow(image.transpose(1, 2, 0), interpolation="nearest")
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set_visible(False)


def grid(images: np.ndarray, row_names: Sequence[str], column_names: Sequence[str] = ()) -> Figure:
    """Images in rows and columns.

    Args:
        images: ``uint8 [rows, columns, 3, h, w]``.
        row_names: written to the left of each row.
        column_names: written above the columns.
    """
    rows, columns = images.shape[:2]
    figure, axes = plt.subplots(
        rows, columns, figsize=(1.35 * columns + 0.9, 1.4 * rows + 0.2),
        layout="constrained", squeeze=False,
    )  # fmt: skip
    for line, pictures, name in zip(axes, images, row_names, strict=True):
        for axis, picture in zip(line, pictures, strict=True):
            show(axis, picture)
        line[0].set_ylabel(name, rotation=0, ha="right", va="center")
    for axis, name in zip(axes[0], column_names, strict=False):
        axis.set_title(name, fontsize=10, loc="center")
    return figure


def at_resolutions(images: np.ndarray, resolutions: Sequence[int]) -> Figure:
    """Each image (a column) at each resolution (a row), drawn equally large.

    Args:
        images: ``uint8 [n, 3, h, w]``.
        resolutions: in pixels.
    """
    rows = [shrunk(images, resolution) for resolution in resolutions]
    figure, axes = plt.subplots(
        len(rows), len(images), figsize=(1.5 * len(images) + 0.6, 1.55 * len(rows)),
        layout="constrained", squeeze=False,
    )  # fmt: skip
    for line, row, resolution in zip(axes, rows, resolutions, strict=True):
        for axis, image in zip(line, row, strict=True):
            show(axis, image)
        line[0].set_ylabel(f"{resolution} px", rotation=0, ha="right", va="center")
    return figure
