"""The ways to spend a budget, and how each is drawn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from matplotlib.lines import Line2D

from helpers.course.figures import style


class Look(NamedTuple):
    """How a way is drawn: its name in words, its colour, its marker."""

    name: str
    colour: str
    marker: str


WAYS = {
    "small image": Look("small image", style.STUDENT, "o"),
    "narrow": Look("narrow network", style.NARROW, "s"),
    "shallow": Look("shallow network", style.SHALLOW, "^"),
    "coarse": Look("coarse-stem network", style.COARSE, "D"),
    "adapted": Look("teacher, adapted to the small image", style.ADAPTED, "v"),
    "naive": Look("small image into the teacher (naive)", style.NAIVE, "X"),
    "enlarged": Look("small image, enlarged, into the teacher", style.ENLARGED, "P"),
    "teacher": Look("teacher on the full image", style.TEACHER, "*"),
}
"""The same colour and the same marker in every figure of the notebook."""

FILLING = {"species": "full", "genus": "none"}
"""Species are filled marks, genera open ones."""


def marks_of(ways: Iterable[str], line: str = "-") -> list[Line2D]:
    """An entry of a legend for each way."""
    looks = [WAYS[way] for way in ways]
    return [
        Line2D([], [], color=look.colour, marker=look.marker, linestyle=line, label=look.name)
        for look in looks
    ]


def marks_of_labels() -> list[Line2D]:
    """An entry of a legend for species and one for genus."""
    return [
        Line2D([], [], color="0.3", marker="o", linestyle="", fillstyle=fill, label=label)
        for label, fill in FILLING.items()
    ]
