"""Signs that mean the same in every picture of embeddings and neighbours."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

RELATIONS = {
    "same species": ("#1b1b1b", "-"),
    "same genus": ("#c27c0e", "--"),
    "another genus": ("#6f6f6f", ":"),
}
"""Colour and line of a pair of images, by what they have in common."""

SIGNS = {"same species": "✓", "same genus": "✗ same genus", "another genus": "✗ another genus"}


def show_image(axis: Axes, image: np.ndarray) -> None:
    """Show ``uint8 [3, h, w]`` without ticks."""
    axis.imshow(image.transpose(1, 2, 0))
    axis.set(xticks=[], yticks=[])
    for spine in axis.spines.values():
        spine.set_visible(False)


def frame(axis: Axes, relation: str, width: float = 3.0) -> None:
    """A frame in the colour and line of a relation, for an image shown by `show_image`."""
    colour, line = RELATIONS[relation]
    for spine in axis.spines.values():
        spine.set(visible=True, color=colour, linewidth=width, linestyle=line)


def relation_of(row: int, other: int, fine: np.ndarray, coarse: np.ndarray) -> str:
    """What two images have in common, a key of ``RELATIONS``.

    Args:
        row, other: two images.
        fine, coarse: ``int [n]``, labels of all images.
    """
    if fine[row] == fine[other]:
        return "same species"
    return "same genus" if coarse[row] == coarse[other] else "another genus"
