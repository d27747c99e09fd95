"""A specimen as it would look with other marks: same pose, light, wear and background.

Real specimens of two species never differ in their marks alone. Twins do: subtract them, and what
is left is the marks.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from helpers.butterflies.pixels import paint
from helpers.butterflies.species import Marks, species
from helpers.butterflies.specimens import species_wings, specimen

ABSENT = {
    "fore_eyespots": "...",
    "hind_eyespots": "...",
    "eyespot_rings": "disc",
    "fore_band": "none",
    "hind_band": "none",
    "fore_spots": 0.0,
    "hind_spots": 0.0,
    "veins": "none",
    "discal": "none",
    "fringe": "none",
}


def without(marks: Marks, name: str) -> Marks:
    """The same marks but for one, which is taken away.

    Eyespots can be told by their rings: taken away, these leave plain discs.

    Args:
        marks: of a species.
        name: an attribute of ``Marks``, such as ``"fore_band"``.

    Raises:
        ValueError: marks that cannot be taken away.
    """
    if name not in ABSENT:
        raise ValueError(f"there is no mark {name!r}; choose one of {', '.join(ABSENT)}")
    return replace(marks, **{name: ABSENT[name]})


def draw_twin(
    number: int, index: int, marks: Marks, resolution: int = 96, mark_size: float = 1.0
) -> np.ndarray:
    """Draw a specimen as ``draw`` does, but wearing the given marks.

    Args:
        number: the species that gives wings, palette and pose.
        index: which specimen of it, from 0.
        marks: for example ``species(101).marks``, or ``dataclasses.replace(marks, veins="none")``.
        resolution: height and width in pixels.
        mark_size: size of the marks, as in ``draw``.

    Returns:
        ``uint8 [3, resolution, resolution]``.
    """
    dressed = replace(species(number), marks=marks)
    scene, wings = specimen(dressed, index, species_wings(dressed, mark_size))
    image = np.empty((3, resolution, resolution), np.uint8)
    paint(scene.reshape(1)[0], wings, image)
    return image
