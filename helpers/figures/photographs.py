"""Pictures of photos: what a small photo still shows, and what a query finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.images import as_float, resize


def shrunk(images: np.ndarray, resolution: int) -> np.ndarray:
    """``uint8 [n, 3, h, w]`` as a camera of that resolution would have seen them."""
    small = resize(as_float(images), resolution)
    return small.mul(255).round().byte().numpy()


def photo_sizes(images: np.ndarray, resolutions: Sequence[int]) -> Figure:
    """Each photo (a column) at each resolution (a row), drawn equally large.

    Args:
        images: ``uint8 [n, 3, h, w]``.
        resolutions: in pixels.
    """
    figure, axes = plt.subplots(
        len(resolutions), len(images), figsize=(1.5 * len(images), 1.55 * len(resolutions)),
        layout="constrained", squeeze=False,
    )  # fmt: skip
    for line, resolution in zip(axes, resolutions, strict=True):
        for axis, image in zip(line, shrunk(images, resolution), strict=True):
            _show(axis, image)
        line[0].set_ylabel(f"{resolution} px")
    return figure


def found_photos(
    query: np.ndarray, rows: Mapping[str, tuple[np.ndarray, np.ndarray]], resolution: int
) -> Figure:
    """A query and, in a row for each way to search, the photos that it finds.

    Args:
        query: ``uint8 [3, h, w]``.
        rows: for each way the photos found, ``uint8 [k, 3, h, w]``, nearest first, and which of
            them are right, ``bool [k]``.
        resolution: the query is shown at so many pixels.
    """
    columns = max(len(right) for _, right in rows.values()) + 1
    figure, axes = plt.subplots(
        len(rows), columns, figsize=(1.3 * columns + 1.4, 1.6 * len(rows)),
        layout="constrained", squeeze=False,
    )  # fmt: skip
    for line, (name, (photos, right)) in zip(axes, rows.items(), strict=True):
        _show(line[0], shrunk(query[None], resolution)[0])
        line[0].set_title(f"query, {resolution} px", fontsize=9)
        line[0].set_ylabel(name.replace(", ", ",\n"), rotation=0, ha="right", va="center")
        for axis, photo, correct in zip(line[1:], photos, right, strict=True):
            _show(axis, photo)
            axis.set_title("✓ right" if correct else "✗ wrong", fontsize=9)
            for spine in axis.spines.values():
                spine.set(visible=True, linewidth=2.5, linestyle="-" if correct else ":")
    return figure


def _show(axis: Axes, image: np.ndarray) -> None:
    axis.imshow(image.transpose(1, 2, 0), interpolation="nearest")
    axis.set(xticks=[], yticks=[])
    for spine in axis.spines.values():
        spine.set_visible(False)
