"""Where a network's operations go, and how many of them turn into time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import matplotlib.pyplot as plt
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import nn

from helpers.course.figures import style
from helpers.course.figures.budgets.ways import WAYS, marks_of


class Stage(NamedTuple):
    """What one stage of a network hands on.

    Attributes:
        channels: of its feature map.
        side: of its feature map, in pixels.
        macs: multiply-accumulate operations of its convolutions for one image.
    """

    channels: int
    side: int
    macs: int


def stages(network: nn.Module, resolution: int) -> list[Stage]:
    """The stem and every block of a network on an image of ``resolution`` pixels."""
    parts = [part for part in network.backbone if any(_convolutions(part))]
    maps, macs = {}, dict.fromkeys(parts, 0)

    def remember_map(part: nn.Module, _, output: torch.Tensor) -> None:
        maps[part] = output.shape[1:3]

    def count_in(part: nn.Module):
        def count(layer: nn.Conv2d, _, output: torch.Tensor) -> None:
            weights_of_a_channel = layer.weight[0].numel()
            macs[part] += output[0].numel() * weights_of_a_channel

        return count

    hooks = [part.register_forward_hook(remember_map) for part in parts]
    for part in parts:
        hooks += [layer.register_forward_hook(count_in(part)) for layer in _convolutions(part)]
    was_training = network.training
    with torch.inference_mode():
        network.eval()(torch.zeros(1, 3, resolution, resolution))
    network.train(was_training)
    for hook in hooks:
        hook.remove()
    return [Stage(*maps[part], macs[part]) for part in parts]


def _convolutions(part: nn.Module) -> list[nn.Conv2d]:
    return [layer for layer in part.modules() if isinstance(layer, nn.Conv2d)]


def feature_maps(networks: Mapping[str, tuple[nn.Module, int]], names: Sequence[str]) -> Figure:
    """Each network as a row of boxes, one a stage: as high as its map, as wide as its channels.

    Args:
        networks: for each row its way (a key of ``WAYS``), the network, and the side in pixels of
            the image it sees.
        names: what stands beside the rows.
    """
    found = [[Stage(3, side, 0), *stages(net, side)] for net, side in networks.values()]
    figure, axes = plt.subplots(figsize=(10, 1.15 * len(found) + 0.6), layout="constrained")
    for row, (way, parts) in enumerate(zip(networks, found, strict=True)):
        for column, part in enumerate(parts):
            _draw_stage(axes, part, column, row, WAYS[way].colour, found)
    axes.set(xlim=(-0.5, len(found[0]) - 0.4), ylim=(len(found) - 0.45, -0.62))
    axes.set_yticks(range(len(found)), names)
    columns = ["image", "stem", *(f"block {number + 1}" for number in range(len(found[0]) - 2))]
    axes.set_xticks(range(len(columns)), columns)
    axes.xaxis.tick_top()
    axes.set_xlabel("height: side of the feature map; width: channels; shade: share of the MACs")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure


def _draw_stage(
    axes: Axes, part: Stage, column: int, row: int, colour: str, found: Sequence[Sequence[Stage]]
) -> None:
    """A box around the middle of its place, darker where more operations are done."""
    every = [stage for parts in found for stage in parts]
    width = 0.85 * part.channels / max(stage.channels for stage in every)
    height = 0.62 * part.side / max(stage.side for stage in every)
    total = sum(stage.macs for stage in found[row])
    box = {"edgecolor": colour, "linewidth": 1.2}
    corner = (column - width / 2, row - height / 2 - 0.08)
    axes.add_patch(plt.Rectangle(corner, width, height, facecolor="none", **box))
    shade = part.macs / total
    axes.add_patch(plt.Rectangle(corner, width, height, facecolor=colour, alpha=shade))
    words = f"{part.side} px × {part.channels}"
    if part.macs:
        words += f"\n{part.macs / 1e6:.1f} M"
    axes.text(column, row + 0.25, words, ha="center", va="top", fontsize=7.5, color=style.INK)


def time_against_macs(
    panels: Mapping[str, Mapping[str, tuple[Sequence[float], Sequence[float]]]],
    sides: Sequence[int],
    floors: Sequence[float],
) -> Figure:
    """Measured time against counted operations, both as a share of the full network's.

    Args:
        panels: for each panel, by its title, the MACs and the times of each way (keys of
            ``WAYS``), both in percent of the full network's on the full image.
        sides: pixels of each point of the way ``"small image"``, written beside the points.
        floors: for each panel a time in percent below which fewer MACs did not lead.
    """
    size = (5.2 * len(panels), 4.6)
    figure, (grid,) = plt.subplots(1, len(panels), figsize=size, sharey=True, squeeze=False,
                                   layout="constrained")  # fmt: skip
    for axes, (title, ways), floor in zip(grid, panels.items(), floors, strict=True):
        axes.plot([1, 100], [1, 100], color=style.QUIET, linestyle=":", linewidth=1)
        axes.axhline(floor, color=style.QUIET, linestyle="--", linewidth=1)
        axes.annotate(f"floor: {floor:.1f} %", (0.98, floor), (0, -4), va="top", ha="right",
                      xycoords=("axes fraction", "data"), textcoords="offset points",
                      color=style.QUIET, fontsize=9)  # fmt: skip
        for way, (macs, times) in ways.items():
            axes.plot(macs, times, marker=WAYS[way].marker, color=WAYS[way].colour, markersize=6,
                      linestyle="-" if way == "small image" else "")  # fmt: skip
        for side, x, y in zip(sides, *ways["small image"], strict=True):
            axes.annotate(f"{side} px", (x, y), (6, -11), textcoords="offset points", fontsize=8,
                          color=WAYS["small image"].colour)  # fmt: skip
        axes.set(xscale="log", yscale="log", title=title, xlabel="MACs (% of the full network's)")
        _percent_ticks(axes)
    grid[0].annotate("time in proportion to MACs", (1.3, 1.3), (5, -5), rotation=45, va="top",
                     rotation_mode="anchor", transform_rotates_text=True, fontsize=8,
                     textcoords="offset points", color=style.QUIET)  # fmt: skip
    grid[0].set_ylabel("time for an image (% of the full network's)")
    handles = marks_of(next(iter(panels.values())), line="")
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def _percent_ticks(axes: Axes) -> None:
    ticks = (1, 2, 5, 10, 20, 50, 100)
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.set_yticks(ticks, [str(tick) for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.set_yticks([], minor=True)
