"""Ways to search, how well each does, and what a query costs: the tables and rows of results.

Species are drawn solid and filled, genera dashed and open; intervals of 95 % come from resampled
queries and seeds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pandas
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.cost import macs
from helpers.course.figures import style
from helpers.retrieval import mean_interval
from helpers.runs import Run

LABELS = {"species": ("-", "full"), "genus": ("--", "none")}
"""How each label is drawn: its line and the filling of its markers."""

STYLES = LABELS | {"fine": LABELS["species"], "coarse": LABELS["genus"]}
"""The same for photos, whose classes are no species."""

MEASURES = ("recall@1", "recall@10", "mAP")


class Way(NamedTuple):
    """One way to search.

    Attributes:
        answers: for each measure, such as ``"species/recall@1"``, how well each query of each
            seed was answered, ``float [seeds, queries]`` in 0..1.
        macs: multiply-accumulate operations of one query.
        colour: in figures.
    """

    answers: Mapping[str, np.ndarray]
    macs: int
    colour: str


def way(runs: Sequence[Run], test: str, resolution: int, colour: str) -> Way:
    """What several seeds of a run answered in one test.

    Args:
        runs: the same recipe with different seeds; the first one needs its weights.
        test: as in ``helpers.runs.evaluation``, such as ``"asymmetric"``.
        resolution: pixels of the image that enters the network, which decides the cost.
        colour: of this way in figures.
    """
    names = [f"{label}/{measure}" for label in LABELS for measure in MEASURES]
    answers = {name: np.stack([run.per_query[f"{test}/{name}"] for run in runs]) for name in names}
    return Way(answers, macs(runs[0].network, resolution), colour)


def percent(values: np.ndarray) -> tuple[float, float, float]:
    """Mean of values in 0..1 and the ends of its 95 % interval, in percent."""
    low, high = mean_interval(values)
    return 100 * float(np.mean(values)), 100 * low, 100 * high


def table(ways: Mapping[str, Way]) -> pandas.DataFrame:
    """One row a way: cost, then for each label Recall@1 with its interval, Recall@10 and mAP.

    Numbers are percent, mean ± standard deviation over seeds (if there are several); mAP is the
    plain average precision.
    """
    rows = {name: _table_row(found) for name, found in ways.items()}
    return pandas.DataFrame.from_dict(rows, orient="index")


def _table_row(found: Way) -> dict[tuple[str, str], str]:
    row = {("query", "M MACs"): f"{found.macs / 1e6:.1f}"}
    for label in labels_of(found):
        _, low, high = percent(found.answers[f"{label}/recall@1"])
        for measure in MEASURES:
            of_seeds = 100 * found.answers[f"{label}/{measure}"].mean(axis=1)
            name = measure if measure == "mAP" else measure.capitalize()
            spread = f" ± {of_seeds.std():.1f}" if len(of_seeds) > 1 else ""
            row[label, name] = f"{of_seeds.mean():.1f}{spread}"
        row[label, "95 % of Recall@1"] = f"{low:.1f} to {high:.1f}"
    return row


def rows_of_ways(ways: Mapping[str, Way], chance: Mapping[str, float] | None = None) -> Figure:
    """Recall@1 of each way, a row each, with the chance levels (0..1) as dotted lines."""
    figure, axes = plt.subplots(figsize=(8.5, 0.5 * len(ways) + 1.3), layout="constrained")
    for row, found in enumerate(ways.values()):
        for label, shift in zip(labels_of(found), (-0.13, 0.13), strict=False):
            _point(axes, found, label, row + shift)
    for level in (chance or {}).values():
        axes.axvline(100 * level, color=style.CHANCE, linestyle=":", zorder=0)
    if chance:
        axes.annotate(f"chance: {', '.join(chance)}", (0, 1), (0, 4), va="bottom", fontsize=9,
                      xycoords=("data", "axes fraction"), textcoords="offset points",
                      color=style.CHANCE)  # fmt: skip
    axes.set(yticks=range(len(ways)), yticklabels=list(ways), xlim=(-2, 112), xlabel="Recall@1 (%)")
    axes.set(ylim=(len(ways) - 0.5, -0.5), xticks=range(0, 101, 20))
    label_key(axes, (1, 1), labels_of(next(iter(ways.values()))))
    return figure


def labels_of(found: Way) -> list[str]:
    """The labels that a way was tested on, the fine one first."""
    return [label for label in STYLES if f"{label}/recall@1" in found.answers]


def _point(axes: Axes, found: Way, label: str, height: float) -> None:
    line, fill = STYLES[label]
    mean, low, high = percent(found.answers[f"{label}/recall@1"])
    axes.plot([low, high], [height] * 2, color=found.colour, linestyle=line)
    axes.plot(mean, height, "o", color=found.colour, fillstyle=fill)
    axes.annotate(f"{mean:.1f}", (high, height), (7, 0), textcoords="offset points", va="center",
                  color=found.colour, fontsize=8,
                  bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5})  # fmt: skip


def label_key(
    axes: Axes, corner: tuple[float, float], labels: Sequence[str] = tuple(LABELS)
) -> None:
    """Which marks mean which label, with the key's lower right corner at this place."""
    for label in labels:
        line, fill = STYLES[label]
        axes.plot([], [], "o" + line, color="0.3", fillstyle=fill, label=label)
    axes.legend(loc="lower right", bbox_to_anchor=corner, ncols=2, frameon=False)
