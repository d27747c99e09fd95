"""Explorer: could you tell two sister species apart, were the query small?"""

from __future__ import annotations

from collections.abc import Mapping

from ipywidgets import VBox

from helpers.course.explorers.shelf import shelf
from helpers.course.figures.guessing import Sisters, answer, question

ALT = "A query and two sister species of butterflies, with rings around the marks that differ."


def could_you_tell(sisters: Sisters, truths: Mapping[int, int], start: int) -> VBox:
    """A small query of one of two species: guess at each resolution, then show the answer.

    Args:
        sisters: the two species.
        truths: for each resolution of the slider, in pixels, whose marks the query wears, 0 or 1.
        start: the resolution at first.

    Raises:
        ValueError: a start that is none of the resolutions.
    """
    sizes = list(truths)
    if start not in sizes:
        raise ValueError(f"start is {start} px, but the slider has {sizes}; choose one of them")
    books = {
        name: {f"{size} px": draw(sisters, size, truth) for size, truth in truths.items()}
        for name, draw in (("hidden", question), ("shown", answer))
    }
    return shelf(books, "answer", "query resolution", (0, sizes.index(start)), ALT)
