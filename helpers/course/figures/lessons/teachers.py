"""What more pictures, spoilt pictures and better teachers do to a student's recall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.course.figures import style
from helpers.course.figures.alignment.ways import LABELS, label_key, percent
from helpers.course.figures.lessons.answers import Answers, draw_levels


def more_pictures(
    counts: Sequence[int], found: Sequence[Answers], tests: Mapping[str, str], teacher: np.ndarray
) -> Figure:
    """Recall@1 against the number of unlabelled pictures, a panel for each test.

    Args:
        counts: numbers of unlabelled pictures, the first of them 0.
        found: the answers of each student.
        tests: for each title of a panel the test, such as ``"asymmetric"``.
        teacher: the teacher's own answers for species.
    """
    size = (4.6 * len(tests), 3.7)
    figure, (panels,) = plt.subplots(
        1, len(tests), figsize=size, sharey=True, squeeze=False, layout="constrained"
    )
    # Equal steps of the axis are doublings. Nothing has no logarithm: it stands to the left.
    places = np.log2([counts[1] / 4, *counts[1:]])
    level = 100 * float(np.mean(teacher))
    for axes, (title, test) in zip(panels, tests.items(), strict=True):
        for label in LABELS:
            _pictures_curve(axes, places, [each[f"{test}/{label}"] for each in found], label)
        axes.axhline(level, color=style.TEACHER, linewidth=1, zorder=0)
        axes.set_xticks(places, [f"{count:,}" for count in counts])
        axes.set(title=title, ylim=(0, 106))
        axes.margins(x=0.12)
    # Beside the last panel: within the panels are numbers.
    panels[-1].annotate("teacher\n(species)", (1, level), (4, 0), va="center", fontsize=8,
                        xycoords=("axes fraction", "data"), textcoords="offset points",
                        color=style.TEACHER)  # fmt: skip
    panels[0].set_ylabel("Recall@1 (%)")
    words = f"unlabelled pictures added (from {counts[1]:,} on, equal steps are equal factors)"
    figure.supxlabel(words, fontsize=10)
    label_key(panels[-1], (1.0, 0.02))
    return figure


def _pictures_curve(
    axes: Axes, places: np.ndarray, found: Sequence[np.ndarray], label: str
) -> None:
    """Means with intervals and numbers; dotted where the axis has no scale."""
    line, fill = LABELS[label]
    mean, low, high = np.array([percent(values) for values in found]).T
    axes.errorbar(places, mean, (mean - low, high - mean), fmt="o", fillstyle=fill,
                  color=style.STUDENT, capsize=3)  # fmt: skip
    axes.plot(places[1:], mean[1:], line, color=style.STUDENT)
    axes.plot(places[:2], mean[:2], ":", color=style.STUDENT)
    # Genus stands above species: on the outer sides their numbers are out of each other's way.
    edges, shift, side = (low, -4, "top") if label == "species" else (high, 4, "bottom")
    for place, edge, value in zip(places, edges, mean, strict=True):
        axes.annotate(f"{value:.1f}", (place, edge), (0, shift), va=side, ha="center",
                      textcoords="offset points", fontsize=8)  # fmt: skip


def qualities(
    rows: Mapping[str, tuple[Answers, Answers]],
    tests: Mapping[str, str],
    chance: Mapping[str, float],
    teacher: np.ndarray,
) -> Figure:
    """For each quality of the images the network alone and the taught one, for species.

    Args:
        rows: for each quality the answers of the network alone and of the taught one.
        tests: for each title of a panel the test, such as ``"asymmetric"``.
        chance: level of guessing (0..1) by label; that of species is drawn.
        teacher: the teacher's own answers for species, on clean images.
    """
    size = (4.4 * len(tests) + 0.8, 0.66 * len(rows) + 1.5)
    figure, (panels,) = plt.subplots(
        1, len(tests), figsize=size, sharey=True, squeeze=False, layout="constrained"
    )
    for axes, (title, test) in zip(panels, tests.items(), strict=True):
        for place, pair in enumerate(rows.values()):
            _bar_between(axes, place, [percent(found[f"{test}/species"]) for found in pair])
        draw_levels(axes, {"species": chance["species"]}, teacher)
        axes.set_title(title, pad=16)
        axes.set(xlim=(-4, 104), xlabel="Recall@1, species (%)", xticks=range(0, 101, 20))
    panels[0].set(yticks=range(len(rows)), yticklabels=list(rows), ylim=(len(rows) - 0.4, -0.6))
    for name, (colour, mark, *_) in SIDES.items():
        panels[-1].plot([], [], mark, color=colour, label=name)
    panels[-1].legend(loc="lower right", bbox_to_anchor=(1, 1.06), ncols=2)
    return figure


SIDES = {"alone": (style.ALONE, "D", -7, "top"), "taught": (style.STUDENT, "o", 7, "bottom")}
"""Colour and marker, and where its number stands, so that two close marks can both be read."""


def _bar_between(axes: Axes, place: int, values: Sequence[tuple[float, float, float]]) -> None:
    """Means with their intervals of the lone and of the taught network, joined by a bar."""
    axes.plot([mean for mean, *_ in values], [place] * 2, color="0.8", zorder=0)
    for (mean, *ends), (colour, mark, shift, side) in zip(values, SIDES.values(), strict=True):
        axes.plot(ends, [place] * 2, color=colour, linewidth=3, alpha=0.45)
        axes.plot(mean, place, mark, color=colour)
        axes.annotate(f"{mean:.1f}", (mean, place), (0, shift), ha="center", va=side,
                      textcoords="offset points", color=colour, fontsize=8,
                      bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.3})  # fmt: skip


Line = tuple[Sequence[np.ndarray], str, str]
"""The answers at each teacher, ``[seeds, queries]``, a colour and a style of line."""


def better_teachers(steps: Sequence[int], lines: Mapping[str, Line]) -> Figure:
    """Recall@1 of species against the steps for which the teacher was trained.

    Args:
        steps: of each teacher, ascending.
        lines: by name. How far the last line stays behind the first is drawn in grey.
    """
    figure, axes = plt.subplots(figsize=(7.5, 4.2), layout="constrained")
    for name, (found, colour, line) in lines.items():
        mean, low, high = np.array([percent(values) for values in found]).T
        axes.errorbar(steps, mean, (mean - low, high - mean), fmt="o", color=colour, capsize=3)
        axes.plot(steps, mean, line, color=colour)
        for step, values in zip(steps, found, strict=True):
            of_seeds = 100 * values.mean(axis=1)
            axes.plot([step] * len(of_seeds), of_seeds, "_", color=colour, alpha=0.6, markersize=9)
        style.label_line(axes, f"{name}\n{mean[-1]:.1f}", (steps[-1], mean[-1]), colour, (12, 0))
    for step, *answers in zip(steps, *(found for found, *_ in lines.values()), strict=True):
        _gap(axes, step, [100 * float(np.mean(values)) for values in answers], step == steps[-1])
    axes.set(xscale="log", xlim=(0.85 * steps[0], 2.1 * steps[-1]), ylim=(0, 104))
    axes.set_xticks(steps, [str(step) for step in steps])
    axes.set_xticks([], minor=True)
    axes.set(xlabel="steps for which the teacher was trained", ylabel="Recall@1, species (%)")
    return figure


def _gap(axes: Axes, step: int, levels: Sequence[float], is_last: bool) -> None:
    """A thin line between the first and the last recall, with the points between them."""
    ends = levels[0], levels[-1]
    axes.plot([step] * 2, ends, color=style.QUIET, linewidth=1, zorder=0)
    # In the widest opening between lines, and left of the last step: names are to its right.
    lower, upper = max(pairwise(sorted(levels)), key=lambda pair: pair[1] - pair[0])
    shift, side = (-4, "right") if is_last else (4, "left")
    axes.annotate(f"{ends[0] - ends[1]:.1f} lost", (step, (lower + upper) / 2), (shift, 0),
                  ha=side, va="center", textcoords="offset points", fontsize=8,
                  color=style.QUIET)  # fmt: skip
