"""Dot plots: a row a loss, a marker a test, a panel a start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.course.figures import style
from helpers.course.figures.copying.results import Student
from helpers.retrieval import Estimate

MARKERS = {"asymmetric": ("o", 1.0), "rotated": (">", 0.75), "symmetric": ("s", 0.45)}
"""Marker and opacity of each test."""

NEAR = 15
"""Percent between two levels whose names would overlap."""

Families = Mapping[str, Sequence[Student]]


Levels = Mapping[str, tuple[float, str]]
"""Levels to compare with, by name: Recall@1 in 0..1, and a colour."""


def dots(
    panels: Mapping[str, Families],
    lines: Mapping[str, Levels] | None = None,
    tests: Sequence[str] = ("asymmetric", "symmetric"),
) -> Figure:
    """Recall@1 of species with intervals, and small ticks for the single seeds.

    Args:
        panels: for each title the students by family; the same rows in each panel.
        lines: for each panel, by title, levels to compare with.
        tests: which markers to draw.
    """
    figure, row = rows_figure(panels)
    for axes, (title, families) in zip(row, panels.items(), strict=True):
        for height, found in heights(families):
            _row(axes, height, found, tests)
        draw_levels(axes, (lines or {}).get(title) or {})
    _key(figure, tests)
    return figure


def rows_figure(panels: Mapping[str, Families]) -> tuple[Figure, Sequence[Axes]]:
    """A figure of panels side by side, whose rows are named at the left."""
    families = next(iter(panels.values()))
    count = sum(map(len, families.values())) + len(families)
    size = (2.2 + 4.4 * len(panels), 0.3 * count + 1.5)
    figure, (row,) = plt.subplots(
        1, len(panels), figsize=size, sharey=True, squeeze=False, layout="constrained"
    )
    for axes, title in zip(row, panels, strict=True):
        axes.set_title(title, pad=28)
        axes.tick_params(axis="y", length=0)
        axes.set(xlim=(-2, 103), ylim=(count - 0.4, -0.6), xlabel="Recall@1, species (%)")
        axes.set_xticks(range(0, 101, 20))
    name_rows(row[0], families)
    return figure, row


def name_rows(axes: Axes, families: Families) -> None:
    """Titles of students as tick labels; above each family its name."""
    places = list(heights(families))
    axes.set_yticks([height for height, _ in places], [found.title for _, found in places])
    start = 0
    for family, students in families.items():
        for panel in axes.figure.axes:
            panel.axhline(start - 0.45, color="0.85", linewidth=0.8)
        axes.annotate(family, (0, start), (-6, 0), textcoords="offset points", ha="right",
                      xycoords=("axes fraction", "data"), va="center", fontsize=9,
                      style="italic", color=style.QUIET, annotation_clip=False)  # fmt: skip
        start += len(students) + 1


def heights(families: Families) -> list[tuple[int, Student]]:
    """Each student with the height of its row; one row above each family holds its name."""
    places, height = [], 0
    for students in families.values():
        for found in students:
            height += 1
            places.append((height, found))
        height += 1
    return places


def _row(axes: Axes, height: float, found: Student, tests: Sequence[str]) -> None:
    shifts = [0.34 * (place / max(1, len(tests) - 1) - 0.5) for place in range(len(tests))]
    for test, shift in zip(tests, shifts, strict=True):
        marker, opacity = MARKERS[test]
        interval(axes, height + shift, found.recall[test], found.colour, opacity)
        axes.plot(found.recall[test].mean, height + shift, marker, color=found.colour,
                  alpha=opacity, markersize=6)  # fmt: skip
        for mean in found.answers[test].mean(axis=1):
            axes.plot(100 * mean, height + shift, "|", color=style.INK, markersize=5, alpha=0.5)


def interval(axes: Axes, height: float, recall: Estimate, colour: str, opacity: float = 1) -> None:
    """The 95 % interval as a bar."""
    axes.plot([recall.low, recall.high], [height] * 2, color=colour, alpha=opacity, linewidth=1.6)


def draw_levels(axes: Axes, lines: Levels) -> None:
    """Vertical lines with their names above the panel, one above the other where they are near."""
    before, step = -100.0, 0
    for name, (level, colour) in sorted(lines.items(), key=lambda line: line[1][0]):
        place = 100 * level
        look = ":" if colour == style.CHANCE else "-"
        axes.axvline(place, color=colour, linestyle=look, linewidth=1.2, zorder=0)
        step = step + 1 if place - before < NEAR else 0
        side = "left" if place < 5 else "right" if place > 85 else "center"
        axes.annotate(
            name, (place, 1), (0, 3 + 10 * step), textcoords="offset points", ha=side, fontsize=8,
            xycoords=("data", "axes fraction"), color=colour,
        )  # fmt: skip
        before = place


def _key(figure: Figure, tests: Sequence[str]) -> None:
    """Which marker is which test, below the panels."""
    for test in tests:
        marker, opacity = MARKERS[test]
        figure.axes[0].plot([], [], marker + "-", color="0.3", alpha=opacity, label=f"{test} test")
    figure.axes[0].plot([], [], "|", color=style.INK, alpha=0.5, label="single seeds")
    figure.legend(loc="outside lower center", ncols=len(tests) + 1)
