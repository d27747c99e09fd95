"""The true neighbours of a few queries: pictures, beside a map that can only hint at them."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.course.figures.alignment.maps import LETTERS, say_none_was_trained, title
from helpers.course.figures.alignment.searches import Comparison, Database, Search
from helpers.course.figures.embeddings.marks import RELATIONS, SIGNS, frame, relation_of, show_image
from helpers.images import as_float, resize

COLUMNS = 5
"""A query and the nearest database images that are shown of it, in all."""


def neighbours_frame(comparison: Comparison, kind: str, size: int) -> Figure:
    """Queries as the network sees them, and their nearest database images, framed and signed.

    Args:
        comparison: all states, and which queries are shown.
        kind: which network embeds the queries, a key of ``comparison.searches``.
        size: resolution of the queries in pixels; where the kind has none, the frame says so.
    """
    figure = plt.figure(figsize=(7.4, 4.6))
    figure.suptitle(f"{title(kind, size)} · true neighbours", x=0.01, ha="left", fontweight="bold",
                    fontsize=11)  # fmt: skip
    shown = comparison.searches[kind].get(size)
    if shown is None:
        axes = figure.add_subplot()
        axes.axis("off")
        say_none_was_trained(axes, comparison, kind, size)
        return figure
    grid = figure.subplots(len(comparison.examples), COLUMNS, squeeze=False)
    figure.subplots_adjust(0.02, 0.06, 0.98, 0.87, wspace=0.1, hspace=0.42)
    for letter, line, example in zip(LETTERS, grid, comparison.examples, strict=False):
        image = comparison.database.images.images[shown.rows[example]]
        _show_query(line[0], letter, size, image)
        for rank, axes in enumerate(line[1:]):
            _show_answer(axes, shown, example, rank, comparison.database)
    return figure


def describe_neighbours(comparison: Comparison, kind: str, size: int) -> str:
    """What a frame of neighbours shows, in words, for readers who cannot see it."""
    shown = comparison.searches[kind].get(size)
    if shown is None:
        return f"{title(kind, size)}. {comparison.none_trained(kind, size)}"
    lines = (
        f"query {letter}: {_answers(shown, example, comparison.database)}"
        for letter, example in zip(LETTERS, comparison.examples, strict=False)
    )
    return f"{title(kind, size)}. Nearest database images (cosine): {'; '.join(lines)}."


def _answers(shown: Search, example: int, database: Database) -> str:
    """The nearest of one query in words."""
    return ", ".join(
        f"{_relation(shown, example, rank, database)} ({shown.similarities[example, rank]:.2f})"
        for rank in range(COLUMNS - 1)
    )


def _relation(shown: Search, example: int, rank: int, database: Database) -> str:
    """What one of the nearest has in common with the query, a key of ``RELATIONS``."""
    images = database.images
    return relation_of(shown.rows[example], shown.found[example, rank], images.fine, images.coarse)


def _show_query(axes: Axes, letter: str, size: int, image: np.ndarray) -> None:
    small = resize(as_float(image[None]), size)[0].clamp(0, 1).numpy()
    axes.imshow(small.transpose(1, 2, 0), interpolation="nearest")
    axes.axis("off")
    axes.set_title(f"query {letter}", fontsize=9, pad=3)


def _show_answer(axes: Axes, shown: Search, example: int, rank: int, database: Database) -> None:
    relation = _relation(shown, example, rank, database)
    show_image(axes, database.images.images[shown.found[example, rank]])
    frame(axes, relation)
    axes.set_title(SIGNS[relation], fontsize=9, pad=3, color=RELATIONS[relation][0])
    axes.set_xlabel(f"{shown.similarities[example, rank]:.2f}", fontsize=9, labelpad=2)
