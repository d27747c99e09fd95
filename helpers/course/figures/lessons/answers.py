"""What several seeds of a run answered, how far one is ahead of another, and rows of them.

Species are drawn filled, genera open; intervals of 95 % come from resampled queries and seeds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.course.figures import style
from helpers.course.figures.alignment.ways import LABELS, label_key, percent
from helpers.retrieval import paired_difference_interval
from helpers.runs import Run

Answers = Mapping[str, np.ndarray]
"""For a test and a label, such as ``"symmetric/species"``, which queries of each seed found an
image of the same class first: ``[seeds, queries]``, 0 or 1."""

MEASURE = "recall@1"
TESTS = ("symmetric", "asymmetric")


def answers(runs: Sequence[Run]) -> Answers:
    """What one recipe with several seeds answered, in every test that all of these runs hold.

    Raises:
        ValueError: no runs.
    """
    if not runs:
        raise ValueError("there is no run to show; train the course's runs with: make retrain")
    names = [name for name in runs[0].per_query if name.endswith(MEASURE)]
    shared = [name for name in names if all(name in run.per_query for run in runs)]
    return {
        name.removesuffix(f"/{MEASURE}"): np.stack([run.per_query[name] for run in runs])
        for name in shared
    }


def chance_levels(fine: np.ndarray, coarse: np.ndarray) -> dict[str, float]:
    """Recall@1 of guessing, by label: the mean share of a query's class among the other images."""
    return {
        name: float(np.mean((np.bincount(labels)[labels] - 1) / (len(labels) - 1)))
        for name, labels in zip(LABELS, (fine, coarse), strict=True)
    }


def gain(first: np.ndarray, second: np.ndarray) -> str:
    """How far the first is ahead of the second on the same queries and seeds, in words.

    For example ``"+3.0 points (95 %: +1.2 to +4.9), ahead"``; ``"not told apart"`` stands where
    the interval of the difference holds 0.

    Args:
        first, second: ``[seeds, queries]``.
    """
    points = 100 * (first.mean() - second.mean())
    low, high = (100 * end for end in paired_difference_interval(first, second))
    words = "ahead" if low > 0 else "behind" if high < 0 else "not told apart"
    return f"{points:+.1f} points (95 %: {low:+.1f} to {high:+.1f}), {words}"


def table(rows: Mapping[str, Sequence[Run]], tests: Sequence[str] = TESTS) -> pandas.DataFrame:
    """Recall@1, Recall@10 and mAP of species and Recall@1 of genus: one row for each recipe.

    Numbers are percent, mean ± standard deviation over seeds (if there are several); mAP is the
    plain average precision.
    """
    measures = {
        "species, Recall@1": "species/recall@1",
        "species, Recall@10": "species/recall@10",
        "species, mAP": "species/mAP",
        "genus, Recall@1": "genus/recall@1",
    }
    cells = {
        name: {
            (test, measure): _spread([run.metrics[f"{test}/{key}"] for run in runs])
            for test in tests
            for measure, key in measures.items()
        }
        for name, runs in rows.items()
    }
    return pandas.DataFrame.from_dict(cells, orient="index")


def _spread(of_seeds: Sequence[float]) -> str:
    values = 100 * np.array(of_seeds)
    spread = f" ± {values.std():.1f}" if len(values) > 1 else ""
    return f"{values.mean():.1f}{spread}"


def rows_of_answers(
    rows: Mapping[str, tuple[Answers, str]],
    tests: Mapping[str, str],
    chance: Mapping[str, float],
    teacher: np.ndarray | None = None,
) -> Figure:
    """Recall@1 of each row, a panel for each test.

    Args:
        rows: for each name its answers and its colour; a row may lack a test.
        tests: for each title of a panel the test, such as ``"asymmetric"``.
        chance: level of guessing (0..1) by label, drawn as dotted lines.
        teacher: the teacher's own answers for species, drawn as a line in every panel.
    """
    figure, (panels,) = plt.subplots(
        1, len(tests), figsize=(3.3 * len(tests) + 1.2, 0.62 * len(rows) + 1.7), sharey=True,
        squeeze=False, layout="constrained",
    )  # fmt: skip
    for axes, (title, test) in zip(panels, tests.items(), strict=True):
        axes.set_title(title, pad=16)
        for place, (found, colour) in enumerate(rows.values()):
            _row(axes, place, {label: found.get(f"{test}/{label}") for label in LABELS}, colour)
        draw_levels(axes, chance, teacher)
        axes.set(xlim=(-3, 122), xlabel="Recall@1 (%)", xticks=range(0, 101, 20))
    panels[0].set(yticks=range(len(rows)), yticklabels=list(rows), ylim=(len(rows) - 0.5, -0.5))
    label_key(panels[-1], (1.02, 1.1))
    return figure


def draw_levels(axes: Axes, chance: Mapping[str, float], teacher: np.ndarray | None) -> None:
    """Upright lines at guessing and at the teacher's own recall, named above the axes."""
    for level in chance.values():
        axes.axvline(100 * level, color=style.CHANCE, linestyle=":", zorder=0)
    levels = {"chance": (0.0, style.CHANCE, "left")}
    if teacher is not None:
        level = 100 * float(np.mean(teacher))
        axes.axvline(level, color=style.TEACHER, linewidth=1, zorder=0)
        levels["teacher"] = level, style.TEACHER, "center"
    for name, (level, colour, side) in levels.items():
        axes.annotate(name, (level, 1), (0, 3), xycoords=("data", "axes fraction"), va="bottom",
                      ha=side, textcoords="offset points", color=colour, fontsize=8)  # fmt: skip


def _row(axes: Axes, place: int, found: Mapping[str, np.ndarray | None], colour: str) -> None:
    """Species a little above genus, or a word where a test was not made."""
    for (label, values), shift in zip(found.items(), (-0.16, 0.16), strict=True):
        if values is not None:
            _point(axes, values, label, place + shift, colour)
        elif label == "species":
            axes.text(50, place, "not measured", ha="center", va="center", fontsize=8,
                      color=style.QUIET)  # fmt: skip


def _point(axes: Axes, values: np.ndarray, label: str, height: float, colour: str) -> None:
    """A mean with its interval, and a small upright line for each seed."""
    line, fill = LABELS[label]
    mean, low, high = percent(values)
    axes.plot([low, high], [height] * 2, color=colour, linestyle=line)
    of_seeds = 100 * values.mean(axis=1)
    axes.plot(of_seeds, [height] * len(of_seeds), "|", color=colour, markersize=9, alpha=0.6)
    axes.plot(mean, height, "o", color=colour, fillstyle=fill, markersize=6)
    axes.annotate(f"{mean:.1f}", (max(high, of_seeds.max()), height), (6, 0), va="center",
                  textcoords="offset points", color=colour, fontsize=8,
                  bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5})  # fmt: skip
