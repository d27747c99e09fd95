"""What a network sees on the way to an embedding: feature maps, and the stages that make them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.course.figures import style


def stage_maps(
    images: np.ndarray, attention: Sequence[np.ndarray], channels: Sequence[int]
) -> Figure:
    """Specimens (rows) and how strongly a network responds at each place, after each stage.

    Args:
        images: ``uint8 [n, 3, h, w]``.
        attention: for each stage ``float [n, s, s]``; only shares of the largest value are drawn.
        channels: of each stage.
    """
    shape = (1.55 * (len(attention) + 1) + 0.6, 1.6 * len(images) + 0.6)
    figure, grid = plt.subplots(
        len(images), len(attention) + 1, figsize=shape, squeeze=False, layout="constrained"
    )
    for line, image in zip(grid, images, strict=True):
        style.show_image(line[0], image)
    for column, (maps, count) in enumerate(zip(attention, channels, strict=True), start=1):
        for axes, one in zip(grid[:, column], maps, strict=True):
            shown = axes.imshow(one / one.max(), cmap="magma", vmin=0, vmax=1)
            axes.axis("off")
        side = maps.shape[-1]
        title = f"stage {column}\n{side}×{side} places\n{count} channels"
        grid[0, column].set_title(title, fontsize=9, loc="center")
    grid[0, 0].set_title(f"image\n{images.shape[-1]} px", fontsize=9, loc="center")
    bar = figure.colorbar(shown, ax=grid, shrink=0.8, aspect=30, ticks=(0, 0.5, 1))
    bar.set_label("attention, share of the strongest place", fontsize=9)
    return figure


def architectures(
    networks: Mapping[str, tuple[Sequence[int], str, str]], resolution: int
) -> Figure:
    """Networks as rows of boxes: a stage is as wide as it has channels, as tall as its map.

    Args:
        networks: for each name its channels by stage, a line about its cost, and its colour.
        resolution: pixels of the image; the first map has half of them, each later one half again.
    """
    figure, axes = plt.subplots(figsize=(9.5, 1.75 * len(networks) + 0.3), layout="constrained")
    widest = max(max(widths) for widths, _, _ in networks.values())
    for row, (name, (widths, cost, colour)) in enumerate(networks.items()):
        _boxes(axes, -1.35 * row, widths, widest, resolution, colour)
        axes.text(-0.25, -1.35 * row, f"{name}\n{cost}", ha="right", va="center", color=colour)
    axes.set(xlim=(-2.6, len(next(iter(networks.values()))[0]) + 1.1), aspect="auto")
    axes.set_ylim(-1.35 * (len(networks) - 1) - 0.8, 0.72)
    axes.axis("off")
    return figure


def _boxes(
    axes: Axes, height: float, widths: Sequence[int], widest: int, resolution: int, colour: str
) -> None:
    """The stages of one network from left to right, then its embedding."""
    for stage, channels in enumerate(widths):
        side = resolution // 2 ** (stage + 1)
        # Square roots, so that the smallest stage can still be seen; areas tell the cost anyway.
        wide, tall = 0.8 * np.sqrt(channels / widest), np.sqrt(side / (resolution / 2))
        axes.add_patch(
            plt.Rectangle((stage + 0.5 - wide / 2, height - tall / 2), wide, tall,
                          facecolor=colour, alpha=0.35, edgecolor=colour)
        )  # fmt: skip
        axes.text(stage + 0.5, height - 0.68, f"{side}×{side} × {channels}", ha="center",
                  va="bottom", fontsize=8, color=style.INK)  # fmt: skip
        last = stage == len(widths) - 1
        _arrow(axes, stage + 0.52 + wide / 2, stage + (1.12 if last else 0.98), height)
    axes.text(len(widths) + 0.15, height, "pooling,\nembedding", va="center", fontsize=8)


def _arrow(axes: Axes, start: float, end: float, height: float) -> None:
    axes.annotate("", (end, height), (start, height),
                  arrowprops={"arrowstyle": "->", "color": style.QUIET})  # fmt: skip
