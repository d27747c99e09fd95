"""Pictures of rankings, and of the numbers that sum them up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure


def rankings(order: np.ndarray, positive: np.ndarray, names: Sequence[str], k: int) -> Figure:
    """One row for each query: its answers in order, positives filled, the first K boxed.

    Args:
        order: ``int [n, m]``, which item each query finds at each rank.
        positive: ``bool [n, m]``, whether that item is a positive.
        names: of the items, the queries first.
        k: how many answers count.
    """
    queries, answers = order.shape
    figure, axis = plt.subplots(
        figsize=(1.0 * answers + 2.6, 0.55 * queries + 1.2), layout="constrained"
    )
    for query in range(queries):
        for rank in range(answers):
            right = positive[query, rank]
            face, ink = ("#1b1b1b", "white") if right else ("white", "0.35")
            axis.add_patch(
                plt.Rectangle(
                    (rank - 0.4, query - 0.38), 0.8, 0.76, facecolor=face, edgecolor="0.35",
                    linestyle="-" if right else ":",
                )
            )  # fmt: skip
            sign = "✓" if right else "✗"
            text = f"{names[order[query, rank]]} {sign}"
            axis.text(rank, query, text, ha="center", va="center", color=ink)
        found = positive[query, :k].any()
        axis.text(answers - 0.3, query, "found" if found else "not found", va="center")
    box = plt.Rectangle((-0.48, -0.48), k - 0.04, queries - 0.04, fill=False, linewidth=2.5)
    axis.add_patch(box)
    axis.set(xlim=(-0.6, answers + 0.7), ylim=(queries - 0.45, -0.6), xlabel="rank (0 is nearest)")
    axis.set_xticks(range(answers))
    axis.set_yticks(range(queries), [f"query {names[query]}" for query in range(queries)])
    axis.set_title(f"The box holds the {k} nearest: a query counts if a ✓ stands in it")
    axis.spines[:].set_visible(False)
    axis.tick_params(length=0)
    return figure


def precision_and_recall(relevant: np.ndarray, plain: float, trapezoid: float) -> Figure:
    """Precision over recall of one ranking, with the areas of both average precisions.

    Args:
        relevant: ``bool [m]``, the answers in order.
        plain, trapezoid: the two average precisions.
    """
    found = np.cumsum(relevant)
    precision = found / np.arange(1, len(relevant) + 1)
    recall = found / found[-1]
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.3), sharey=True, layout="constrained")
    for before, after in _steps(relevant):
        left, right = recall[after] - 1 / found[-1], recall[after]
        start = 1.0 if before < 0 else precision[before]
        axes[0].fill_between([left, right], precision[after], facecolor="0.8", edgecolor="0.4")
        axes[1].fill_between(
            [left, right],
            [start, precision[after]],
            facecolor="white",
            edgecolor="0.4",
            hatch="///",
        )
    for axis, name, value in zip(axes, ("plain", "trapezoid"), (plain, trapezoid), strict=True):
        axis.plot(np.r_[0, recall], np.r_[1, precision], "o-", color="#1b1b1b")
        axis.set(title=f"{name}: area {value:.4f}", xlabel="recall", xlim=(-0.03, 1.03))
    for rank, (x, y) in enumerate(zip(recall, precision, strict=True)):
        axes[0].annotate(
            f"rank {rank}", (x, y), (-6, 7), textcoords="offset points", ha="right", fontsize=9
        )
    axes[0].set(ylabel="precision", ylim=(0, 1.12))
    return figure


def intervals(
    rows: Mapping[str, tuple[float, Mapping[str, tuple[float, float]]]],
    seeds: Mapping[str, Sequence[float]],
    colour: str,
) -> Figure:
    """Means with their intervals, and beside them the means of other training seeds.

    Args:
        rows: label to mean and, by what was resampled, the interval, all in 0..1.
        seeds: label to the means of all seeds, in 0..1.
        colour: of the network.
    """
    figure, axis = plt.subplots(figsize=(8, 0.75 * len(rows) + 1.3), layout="constrained")
    for place, (label, (mean, by_kind)) in enumerate(rows.items()):
        named = place == 0
        for offset, fill, (kind, ends) in zip(
            (-0.2, 0), ("full", "none"), by_kind.items(), strict=True
        ):
            axis.errorbar(
                100 * mean, place + offset, xerr=100 * np.abs(np.array([ends]).T - mean),
                fmt="o", color=colour, markersize=6, capsize=4, fillstyle=fill,
                label=f"mean, 95 % interval over {kind}" if named else None,
            )  # fmt: skip
        values = 100 * np.array(seeds[label])
        axis.plot(
            values, [place + 0.22] * len(values), "|", color="0.1", markersize=12,
            label="each training seed" if named else None,
        )  # fmt: skip
    axis.set_yticks(range(len(rows)), list(rows))
    axis.set(xlabel="score (%)", xlim=(50, 101), ylim=(len(rows) - 0.45, -0.5))
    axis.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3, fontsize=9)
    axis.grid(axis="x", alpha=0.3)
    return figure


def _steps(relevant: np.ndarray) -> list[tuple[int, int]]:
    """For each positive its rank, and the rank before it (-1 before the first)."""
    ranks = np.flatnonzero(relevant)
    return [(int(rank) - 1, int(rank)) for rank in ranks]
