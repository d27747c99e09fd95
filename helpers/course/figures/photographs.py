"""Pictures of what a query finds among photos."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from helpers.course.figures.shrinking import show, shrunk


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
        show(line[0], shrunk(query[None], resolution)[0])
        line[0].set_title(f"query, {resolution} px", fontsize=9)
        line[0].set_ylabel(name.replace(", ", ",\n"), rotation=0, ha="right", va="center")
        for axis, photo, correct in zip(line[1:], photos, right, strict=True):
            show(axis, photo)
            axis.set_title("✓ right" if correct else "✗ wrong", fontsize=9)
            for spine in axis.spines.values():
                spine.set(visible=True, linewidth=2.5, linestyle="-" if correct else ":")
    return figure
