"""Queries on the map of the database, each joined to where the teacher would have put it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.course.figures import style
from helpers.course.figures.alignment.geometry import BINS, draw_cosines
from helpers.course.figures.alignment.resolutions import Curve, Curves, finish_curves
from helpers.course.figures.alignment.searches import Comparison, Database, Search
from helpers.course.figures.alignment.ways import LABELS

EVERY = 2  # of the database, every second image is drawn as a dot
SPREAD = slice(None, None, 10)  # of the queries, one of each species is drawn
SHEET = (11, 6)  # inches, of every frame
LETTERS = "ABCDEF"


def map_panels(comparison: Comparison) -> Figure:
    """A small map for each kind of query (rows) at each resolution (columns)."""
    searches, sizes = comparison.searches, comparison.sizes
    shape = (2.15 * len(sizes), 2.5 * len(searches))
    figure, grid = plt.subplots(
        len(searches), len(sizes), figsize=shape, squeeze=False, layout="constrained"
    )
    for line, (kind, found) in zip(grid, searches.items(), strict=True):
        for axes, size in zip(line, sizes, strict=True):
            _draw_map(axes, comparison.database, found.get(size), scale=0.6)
            if size in found:
                axes.set_title(f"{size} px, cosine {_median(found[size])}", fontsize=9)
            else:
                axes.set_title(f"{size} px: none trained", fontsize=9, color=style.QUIET)
        line[0].set_ylabel(kind, fontsize=10)
    return figure


def journey(steps: Mapping[int, Search], database: Database) -> Figure:
    """The same queries on the map after each number of steps of a student that learns."""
    figure, grid = plt.subplots(
        2, (len(steps) + 1) // 2, figsize=(8.4, 5.4), squeeze=False, layout="constrained"
    )
    for axes in grid.flat:
        axes.axis("off")
    for axes, (step, found) in zip(grid.flat, steps.items(), strict=False):
        axes.axis("on")
        _draw_map(axes, database, found, scale=0.7)
        axes.set_title(f"after {step} steps: {100 * found.right.mean():.0f} % right", fontsize=10)
    return figure


def map_frame(comparison: Comparison, kind: str, size: int) -> Figure:
    """One state of the explorer: the map, the cosines, and both tests with this point marked.

    Args:
        comparison: all states.
        kind: which network embeds the queries, a key of ``comparison.searches``.
        size: resolution of the queries in pixels; where the kind has none, the frame says so.
    """
    figure = plt.figure(figsize=SHEET, layout="constrained")
    areas = figure.subplot_mosaic([["map", "cosines", "cosines"], ["map", *comparison.tests]],
                                  width_ratios=(2.2, 1, 1))  # fmt: skip
    shown = comparison.searches[kind].get(size)
    _draw_map(areas["map"], comparison.database, shown)
    _name_marks(areas["map"], shown)
    areas["map"].set_title(title(kind, size), fontweight="bold")
    _draw_cosines(areas["cosines"], shown, comparison)
    for test, curves in comparison.tests.items():
        _draw_recall(areas[test], curves, kind, size)
        areas[test].set_title(test, pad=18)
    _name_lines(areas, comparison)
    if shown is None:
        say_none_was_trained(areas["map"], comparison, kind, size)
    else:
        _letter(areas["map"], shown, comparison.examples)
    return figure


def title(kind: str, size: int) -> str:
    """The title of a frame."""
    return f"{size} px queries · student: {kind}"


def describe_map(comparison: Comparison, kind: str, size: int) -> str:
    """What a frame shows, in words and numbers, for readers who cannot see it."""
    shown = comparison.searches[kind].get(size)
    if shown is None:
        return f"{title(kind, size)}. {comparison.none_trained(kind, size)}"
    recalls = "; ".join(
        f"{test}: " + ", ".join(f"{label} {recall(curves[kind], size, label):.1f} %"
                                for label in LABELS)
        for test, curves in comparison.tests.items()
    )  # fmt: skip
    some = shown.right[SPREAD]
    return (
        f"{title(kind, size)}. Map of the database with {len(some)} queries, each "
        f"joined to the teacher's place of the same picture; {some.sum()} of them find their "
        f"species first. Median cosine {_median(shown)}. Recall@1, {recalls}."
    )


def recall(curve: Curve, size: int, label: str) -> float:
    """Mean Recall@1 over seeds and queries at one resolution, in percent."""
    return 100 * float(np.mean(curve[size].answers[f"{label}/recall@1"]))


def _draw_map(axes: Axes, database: Database, shown: Search | None, scale: float = 1) -> None:
    """The database in grey; of some queries where they lie, and a line to the teacher's place."""
    axes.plot(*database.positions[::EVERY].T, ".", color="0.8", markersize=2.5 * scale, zorder=1)
    low, high = database.positions.min(axis=0), database.positions.max(axis=0)
    margin = 0.03 * (high - low)
    axes.set(xticks=(), yticks=(), xlim=(low[0] - margin[0], high[0] + margin[0]))
    axes.set_ylim(low[1] - margin[1], high[1] + margin[1])
    axes.spines[:].set_visible(False)
    if shown is None:
        return
    start, end, right = shown.start[SPREAD], shown.end[SPREAD], shown.right[SPREAD]
    axes.plot(*np.stack([start, end], axis=1).T, color=shown.colour, linewidth=0.7, alpha=0.6)
    for places, mark, colour, size in (
        (end, "o", style.TEACHER, 4.5), (start[right], "o", shown.colour, 3.5),
        (start[~right], "x", shown.colour, 4.5),
    ):  # fmt: skip
        filling = "none" if places is end else "full"
        axes.plot(*places.T, mark, color=colour, fillstyle=filling, markersize=size * scale,
                  markeredgewidth=1.2 * scale)  # fmt: skip


def _name_marks(axes: Axes, shown: Search | None) -> None:
    """Below the map: what its marks mean, and how many queries are right."""
    marks = {"database image": {"marker": ".", "color": "0.7"}}
    if shown is not None:
        right = int(shown.right[SPREAD].sum())
        wrong = len(shown.right[SPREAD]) - right
        marks |= {
            "teacher's place for it": {"marker": "o", "color": style.TEACHER, "fillstyle": "none"},
            f"query, its species is nearest: {right}": {"marker": "o", "color": shown.colour},
            f"query, another is nearest: {wrong}": {"marker": "x", "color": shown.colour},
        }
    for name, look in marks.items():
        axes.plot([], [], linestyle="", markersize=5, label=name, **look)
    axes.legend(loc="upper left", bbox_to_anchor=(0, 0), ncols=2, fontsize=9, borderaxespad=0.2)
    axes.set_xlabel("UMAP: who is whose neighbour. How far apart they lie means nothing.",
                    labelpad=44, loc="left", fontsize=9, color=style.QUIET)  # fmt: skip


def _draw_cosines(axes: Axes, shown: Search | None, comparison: Comparison) -> None:
    """The distribution of cos(f(x), g(x)), on the same scale in every frame."""
    found = [each.cosine for of_kind in comparison.searches.values() for each in of_kind.values()]
    tallest = max(100 * np.histogram(values, BINS)[0].max() / len(values) for values in found)
    axes.set_title("alignment with the teacher")
    draw_cosines(axes, {} if shown is None else {"queries": (shown.cosine, shown.colour)})
    axes.set_ylim(0, 1.05 * tallest)
    if shown is not None:
        axes.set_title(f"median {_median(shown)}", loc="right", color=shown.colour, fontsize=9)


def _median(shown: Search) -> str:
    """The median of cos(f(x), g(x)), without a minus before a zero."""
    return f"{round(float(np.median(shown.cosine)), 2) + 0.0:.2f}".replace("-", "−")


def _draw_recall(axes: Axes, curves: Curves, kind: str, size: int) -> None:
    """Recall@1 against resolution, the kind that is shown in full colour, its point marked."""
    for name, curve in curves.items():
        for label, (line, fill) in LABELS.items():
            points = [recall(curve, each, label) for each in curve]
            axes.plot(list(curve), points, "o" + line, color=_colour(curve), fillstyle=fill,
                      markersize=4, alpha=1 if name == kind else 0.3)  # fmt: skip
    axes.axvline(size, color="0.6", linewidth=1, zorder=0)
    finish_curves(axes)
    axes.set_ylim(-6, 108)
    if size not in curves[kind]:
        return
    levels = {label: recall(curves[kind], size, label) for label in LABELS}
    for level in levels.values():
        axes.plot(size, level, "o", color=_colour(curves[kind]), markersize=11, fillstyle="none")
    words = ", ".join(f"{label} {level:.1f} %" for label, level in levels.items())
    axes.annotate(words, (0, 1), (0, 5), xycoords="axes fraction", textcoords="offset points",
                  color=_colour(curves[kind]), fontsize=9)  # fmt: skip


def _colour(curve: Curve) -> str:
    """The colour of a curve's ways."""
    return next(iter(curve.values())).colour


def _name_lines(areas: Mapping[str, Axes], comparison: Comparison) -> None:
    """In the first panel the kinds, in the last one the labels, where the curves leave room."""
    tests = comparison.tests
    first, last = (areas[list(tests)[place]] for place in (0, -1))
    first.set_ylabel("Recall@1 (%)")
    for place, (kind, curve) in enumerate(next(iter(tests.values())).items()):
        first.text(0.04, 0.56 - 0.1 * place, kind, color=_colour(curve), fontsize=9,
                   transform=first.transAxes,
                   bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})  # fmt: skip
    for label, (line, fill) in LABELS.items():
        last.plot([], [], "o" + line, color="0.3", fillstyle=fill, markersize=4, label=label)
    last.legend(loc="lower right", fontsize=9)


def _letter(axes: Axes, shown: Search, examples: Sequence[int]) -> None:
    """Letters at the queries whose true neighbours are shown elsewhere."""
    for letter, example in zip(LETTERS, examples, strict=False):
        axes.annotate(letter, shown.start[example], (4, 4), textcoords="offset points",
                      fontweight="bold", fontsize=11, color=style.INK,
                      bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.5},
                      )  # fmt: skip


def say_none_was_trained(axes: Axes, comparison: Comparison, kind: str, size: int) -> None:
    """Write in the middle of a frame that there is no student for this resolution."""
    words = comparison.none_trained(kind, size).replace("; ", ";\n")
    axes.text(0.5, 0.5, words, transform=axes.transAxes, ha="center", va="center", fontsize=12,
              bbox={"facecolor": "white", "edgecolor": "0.6", "pad": 8})  # fmt: skip
