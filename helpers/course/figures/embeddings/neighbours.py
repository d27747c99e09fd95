"""Pictures of images among their neighbours: galleries, and maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.course.figures.embeddings.marks import RELATIONS, SIGNS, frame, relation_of, show_image
from helpers.images import ImageSet


def image_map(positions: np.ndarray, image_set: ImageSet, shown: int = 150) -> Figure:
    """Test images at their positions on a map, as many as fit without hiding each other.

    Args:
        positions: ``float [n, 2]``.
        image_set: the n images.
        shown: at most so many.
    """
    figure, axis = plt.subplots(figsize=(10, 8.5), layout="constrained")
    side = 0.036 * np.ptp(positions, axis=0)
    kept = _apart(positions, side, shown)
    for row in kept:
        place = axis.inset_axes([*(positions[row] - side / 2), *side], transform=axis.transData)
        show_image(place, image_set.images[row])
    low, high = positions.min(0) - side, positions.max(0) + side
    axis.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), xticks=[], yticks=[])
    axis.set_title(f"{len(kept)} of {len(positions)} test images at their places on the map")
    return figure


def neighbour_map(
    positions: np.ndarray, found: np.ndarray, queries: Sequence[int], image_set: ImageSet
) -> Figure:
    """All images as points, and lines from some queries to their true neighbours.

    Args:
        positions: ``float [n, 2]``.
        found: ``int [n, k]``, the true neighbours of each image: by cosine, not on the map.
        queries: rows whose neighbours are drawn.
        image_set: the n images.
    """
    figure, axis = plt.subplots(figsize=(9, 5.6), layout="constrained")
    axis.plot(*positions.T, ".", color="0.8", markersize=5)
    seen: set[str] = set()
    for query in queries:
        for other in found[query]:
            relation = relation_of(query, other, image_set.fine, image_set.coarse)
            colour, line = RELATIONS[relation]
            axis.plot(
                *positions[[query, other]].T, color=colour, linestyle=line, linewidth=1.4,
                label=None if relation in seen else f"true neighbour: {relation}",
            )  # fmt: skip
            seen.add(relation)
    axis.plot(*positions[list(queries)].T, "D", color="black", markersize=7, label="query")
    axis.set(
        xticks=[], yticks=[], xlabel="map position 1 (no unit)", ylabel="map position 2 (no unit)"
    )
    axis.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def gallery(
    queries: Sequence[int],
    found: np.ndarray,
    similarities: np.ndarray,
    image_set: ImageSet,
    k: int | None = None,
    title: str = "",
) -> Figure:
    """Queries and their nearest neighbours, each framed and signed by what it is to the query.

    Args:
        queries: rows of the image set, one line of the gallery each.
        found: ``int [n, columns]``, neighbours of every image.
        similarities: ``float [n, columns]``, their cosines.
        image_set: the n images.
        k: only the first k count, the others are shown pale; None if all count.
        title: above the picture.
    """
    k = found.shape[1] if k is None else k
    lines = [(query, found[query], similarities[query]) for query in queries]
    return _gallery(lines, image_set, k, title)


def one_query_several_ways(
    query: int,
    ways: Mapping[str, tuple[np.ndarray, np.ndarray]],
    image_set: ImageSet,
    k: int,
    title: str = "",
) -> Figure:
    """The answers to one query under several ways of searching, one line each.

    Args:
        query: a row of the image set; where it is its own answer, it is called "itself".
        ways: for each way, by its name, the neighbours ``int [columns]`` and their cosines.
        image_set: the images.
        k: only the first k count, the others are shown pale.
        title: above the picture.
    """
    lines = [(query, found, cosines) for found, cosines in ways.values()]
    figure = _gallery(lines, image_set, k, title, room=0.25)
    columns = len(figure.axes) // len(lines)
    for axis, name in zip(figure.axes[::columns], ways, strict=True):
        above = {"textcoords": "offset points", "xycoords": "axes fraction", "va": "bottom"}
        axis.annotate(name, (0, 1), (0, 17), **above)
    return figure


def triplets(anchors: Sequence[int], embeddings: np.ndarray, image_set: ImageSet) -> Figure:
    """Anchors with their hardest positive and their hardest negative.

    Args:
        anchors: rows of the image set, one column each.
        embeddings: ``float [n, d]``, unit rows.
        image_set: the n images.
    """
    figure, axes = plt.subplots(
        3, len(anchors), figsize=(1.7 * len(anchors) + 1.2, 5.8), layout="constrained"
    )
    same = image_set.fine[:, None] == image_set.fine[None, :]
    for column, anchor in zip(axes.T, anchors, strict=True):
        cosine = embeddings @ embeddings[anchor]
        positive = np.where(same[anchor], cosine, np.inf).argmin()
        negative = np.where(same[anchor], -np.inf, cosine).argmax()
        show_image(column[0], image_set.images[anchor])
        for axis, other in zip(column[1:], (positive, negative), strict=True):
            relation = relation_of(anchor, other, image_set.fine, image_set.coarse)
            _answer(axis, image_set.images[other], relation, cosine[other], True)
    names = ("anchor", "least similar\npositive", "most similar\nnegative")
    for axis, name in zip(axes[:, 0], names, strict=True):
        axis.set_ylabel(name, rotation=0, ha="right", va="center")
    return figure


def images_of_splits(splits: Mapping[str, np.ndarray]) -> Figure:
    """One line of images for each split.

    Args:
        splits: title to images ``uint8 [n, 3, h, w]``, the same n for all.
    """
    columns = len(next(iter(splits.values())))
    figure = plt.figure(figsize=(1.1 * columns, 1.4 * len(splits)), layout="constrained")
    parts = figure.subfigures(len(splits), 1)
    for part, (title, images) in zip(parts, splits.items(), strict=True):
        part.suptitle(title, x=0.01, ha="left")
        for axis, image in zip(part.subplots(1, columns), images, strict=True):
            show_image(axis, image)
    return figure


def _gallery(
    lines: Sequence[tuple[int, np.ndarray, np.ndarray]],
    image_set: ImageSet,
    k: int,
    title: str,
    room: float = 0.0,
) -> Figure:
    """Lines of a query, its neighbours and their cosines, with room (inches) above each line."""
    columns, height = len(lines[0][1]), (1.62 + room) * len(lines) + 0.5
    figure, axes = plt.subplots(
        len(lines), columns + 1, figsize=(1.25 * (columns + 1), height), squeeze=False
    )
    # By hand, because a computed layout of so many images takes seconds.
    top, between = 1 - (0.6 + room) / height, 0.38 + 1.1 * room
    figure.subplots_adjust(0.01, 0.3 / height, 0.99, top, wspace=0.08, hspace=between)
    for row, (query, found, similarities) in zip(axes, lines, strict=True):
        _line(row, query, found, similarities, image_set, k)
    figure.suptitle(title, x=0.01, y=1 - 0.08 / height, ha="left", va="top")
    return figure


def _line(
    axes: Sequence[Axes], query: int, found: np.ndarray, similarities: np.ndarray,
    image_set: ImageSet, k: int,
) -> None:  # fmt: skip
    """One query, whether it was found, and its answers."""
    show_image(axes[0], image_set.images[query])
    relations = [relation_of(query, o, image_set.fine, image_set.coarse) for o in found]
    for rank, (axis, other) in enumerate(zip(axes[1:], found, strict=True)):
        image, cosine = image_set.images[other], similarities[rank]
        _answer(axis, image, relations[rank], cosine, rank < k)
        if other == query:
            axis.set_title("✓ itself", fontsize=9, pad=3)
    axes[0].set_title("query", fontsize=9, pad=3)
    axes[0].set_xlabel("found" if "same species" in relations[:k] else "not found", fontsize=9)


def _answer(axis: Axes, image: np.ndarray, relation: str, cosine: float, counts: bool) -> None:
    show_image(axis, image)
    frame(axis, relation)
    sign = axis.set_title(SIGNS[relation], fontsize=9, pad=3, color=RELATIONS[relation][0])
    axis.set_xlabel(f"{cosine:.2f}", fontsize=9, labelpad=2)
    if not counts:
        axis.images[0].set_alpha(0.25)
        sign.set_alpha(0.35)
        for spine in axis.spines.values():
            spine.set_alpha(0.2)


def _apart(positions: np.ndarray, side: np.ndarray, most: int) -> list[int]:
    """Rows, in order, that lie nearly a side away from every row taken before."""
    kept: list[int] = []
    for row in np.random.default_rng(0).permutation(len(positions)):
        gaps = np.abs(positions[kept] - positions[row]) / side
        if len(kept) < most and (not kept or (gaps.max(axis=1) >= 0.8).all()):
            kept.append(int(row))
    return kept
