"""The course in one picture: a database embedded once, and small queries that search it."""

from __future__ import annotations

from functools import partial

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Polygon

from helpers.butterflies import draw
from helpers.course.figures.specimens import shrunk
from helpers.course.figures.style import INK, QUIET, STUDENT, TEACHER

WIDTH, HEIGHT = 120.0, 57.0  # of the drawing; ten units are an inch
TOP, BOTTOM = 40.0, 13.5  # middles of the two lanes
DATABASE = ((150, 3), (160, 7), (135, 1), (170, 6))  # species and index of the images shown
QUERY = (160, 1)
CLUSTERS = (118.0, 35.0, 205.0, 285.0)  # their directions in the space of embeddings, in degrees
SPHERE = (103.0, 27.5, 12.5)  # middle and radius
SPREAD = 9.0  # degrees between embeddings of one species


def idea() -> Figure:
    """Teacher and database above, student and query below, one space for both on the right."""
    figure = plt.figure(figsize=(WIDTH / 10, HEIGHT / 10))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, WIDTH), ylim=(0, HEIGHT))
    axes.axis("off")
    _database_lane(axes)
    _query_lane(axes)
    _space(axes)
    return figure


def _image(axes: Axes, image: np.ndarray, x: float, y: float, size: float, colour: str) -> None:
    place = axes.inset_axes((x - size / 2, y - size / 2, size, size), transform=axes.transData)
    place.imshow(image.transpose(1, 2, 0), interpolation="nearest")
    place.set(xticks=[], yticks=[])
    for spine in place.spines.values():
        spine.set(visible=True, color=colour, linewidth=1.5)


def _network(axes: Axes, x: float, y: float, size: float, colour: str, words: str) -> None:
    """A funnel, wide where the image enters."""
    high, low, half = size, 0.45 * size, 0.62 * size
    corners = [(x - half, y - high), (x - half, y + high), (x + half, y + low), (x + half, y - low)]
    axes.add_patch(Polygon(corners, color=colour, joinstyle="round", linewidth=4, capstyle="round"))
    axes.text(x, y, words, color="white", ha="center", va="center", fontsize=11, weight="bold")


def _arrow(axes: Axes, start: tuple, end: tuple, colour: str, bend: float = 0.0) -> None:
    style = FancyArrowPatch(
        start, end, arrowstyle="-|>", mutation_scale=16, color=colour, linewidth=2,
        connectionstyle=f"arc3,rad={bend}",
    )  # fmt: skip
    axes.add_patch(style)


def _vectors(axes: Axes, x: float, y: float, count: int, colour: str) -> None:
    """Embeddings as rows of small squares, darker for larger numbers."""
    shades = np.random.default_rng(3).uniform(0.15, 1.0, (count, 7))
    for (row, column), shade in np.ndenumerate(shades):
        corner = (x + 1.25 * column, y + 2.0 * ((count - 1) / 2 - row) - 0.65)
        axes.add_patch(plt.Rectangle(corner, 1.15, 1.3, color=colour, alpha=shade, linewidth=0))


def _lane(axes: Axes, y: float, height: float, colour: str, title: str) -> None:
    box = FancyBboxPatch(
        (2, y - height / 2), 80, height, boxstyle="round,pad=0,rounding_size=2", color=colour,
        alpha=0.08, linewidth=0,
    )  # fmt: skip
    axes.add_patch(box)
    axes.text(4, y + height / 2 - 2.8, title, color=colour, fontsize=13, weight="bold", va="center")


def _database_lane(axes: Axes) -> None:
    _lane(axes, TOP, 30, TEACHER, "once: the whole database, large images into the teacher")
    words = partial(axes.text, fontsize=10, ha="center", va="center", color=INK)
    for position, (number, index) in enumerate(DATABASE):
        x, y = 8.5 + 9.4 * (position % 2), TOP + 4.0 - 9.4 * (position // 2)
        _image(axes, draw(number, index, 96), x, y, 8.8, TEACHER)
    words(13.2, TOP - 12.6, "database, 96 px", fontsize=9)
    _arrow(axes, (24, TOP - 1), (32, TOP - 1), TEACHER)
    _network(axes, 42, TOP - 1, 11, TEACHER, "teacher\n$g$")
    _arrow(axes, (51.5, TOP - 1), (59.5, TOP - 1), TEACHER)
    _vectors(axes, 62, TOP - 1, 4, TEACHER)
    words(66.3, TOP - 7.6, "embeddings\nof the database", fontsize=9)
    _arrow(axes, (73, TOP - 1), (90, 33.5), TEACHER, bend=-0.15)


def _query_lane(axes: Axes) -> None:
    title = "for every query: one small image into the student, cheaply"
    _lane(axes, BOTTOM, 21, STUDENT, title)
    words = partial(axes.text, fontsize=10, ha="center", va="center", color=INK)
    small = shrunk(draw(*QUERY, 96), 48)
    _image(axes, small, 13.2, BOTTOM, 4.4, STUDENT)
    words(13.2, BOTTOM - 4.8, "query, 48 px", fontsize=9)
    _arrow(axes, (18, BOTTOM), (35, BOTTOM), STUDENT)
    _network(axes, 42, BOTTOM, 6, STUDENT, "student\n$f$")
    _arrow(axes, (49, BOTTOM), (59.5, BOTTOM), STUDENT)
    _vectors(axes, 62, BOTTOM, 1, STUDENT)
    words(66.3, BOTTOM - 3.6, "embedding of the query", fontsize=9)
    _arrow(axes, (73, BOTTOM), (90, 19.5), STUDENT, bend=0.15)


def _on_sphere(degrees: float, radius: float) -> tuple[float, float]:
    x, y, _ = SPHERE
    return x + radius * np.cos(np.radians(degrees)), y + radius * np.sin(np.radians(degrees))


def _space(axes: Axes) -> None:
    """The unit sphere as a circle; the query lies among the images of its species."""
    x, y, radius = SPHERE
    axes.add_patch(plt.Circle((x, y), radius, fill=False, color=QUIET, linewidth=1))
    axes.text(x, 49.5, "one space for both", ha="center", va="center", fontsize=13, weight="bold")
    for direction, (number, index) in zip(CLUSTERS, DATABASE, strict=True):
        points = [_on_sphere(direction + SPREAD * step, radius) for step in (-1, 0, 1)]
        axes.plot(*np.transpose(points), "o", color=TEACHER, markersize=8)
        _image(axes, draw(number, index, 96), *_on_sphere(direction, radius * 0.58), 6.4, TEACHER)
    query = CLUSTERS[1] + SPREAD * 1.7
    axes.plot(*_on_sphere(query, radius), "D", color=STUDENT, markersize=10, zorder=5)
    _image(axes, shrunk(draw(*QUERY, 96), 48), *_on_sphere(query, radius + 5.0), 4.4, STUDENT)
    words = "the query's nearest neighbours\nare images of its species\nif $f(x) \\approx g(x)$"
    axes.text(x, 8.5, words, ha="center", va="center", fontsize=11, color=INK)
