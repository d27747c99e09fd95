"""Genera and species of butterflies: what is inherited, before any specimen is drawn.

A *genus* fixes what is still visible in a tiny picture: the wing outlines, the palette and the
large patches. A *species* adds small marks, which vanish one after another as the picture shrinks.
Lengths are in units of half the image, angles in radians.
"""

from __future__ import annotations

import colorsys
from dataclasses import dataclass, fields
from functools import cache
from typing import TypeVar

import numpy as np

Choice = TypeVar("Choice")

VERSION = 1  # of the data set: change it whenever any pixel of any specimen changes
SPECIES_PER_GENUS = 5
MINIMUM_DIFFERENCE = 4  # attributes in which any two species of a genus differ

EYESPOT_PATTERNS = ("...", "o..", ".o.", "..o", "oo.", ".oo", "o.o", "ooo")
CHOICES = {
    "fore_eyespots": EYESPOT_PATTERNS,
    "hind_eyespots": EYESPOT_PATTERNS,
    "eyespot_rings": ("disc", "ring", "double ring"),
    "eyespot_radius": (0.100, 0.130),
    "fore_band": ("none", "inner", "outer"),
    "hind_band": ("none", "inner", "outer"),
    "fore_spots": (0.0, 0.034, 0.052),
    "hind_spots": (0.0, 0.034, 0.052),
    "veins": ("none", "dark"),
    "discal": ("none", "bar", "disc", "pair"),
    "fringe": ("none", "pale", "chequered"),
}
BAND_WIDTH = 0.050
VEIN_WIDTH = 0.028
FRINGE_WIDTH = 0.040
DISCAL_RADIUS = 0.055


@dataclass(frozen=True)
class Marks:
    """The small marks of a species; ``CHOICES`` lists the values that each may take.

    Eyespot patterns name three slots from the rear edge of a wing to its front edge, ``"o"`` where
    there is an eyespot. Radii are in units of half the image, 0 for none.
    """

    fore_eyespots: str
    hind_eyespots: str
    eyespot_rings: str
    eyespot_radius: float
    fore_band: str
    hind_band: str
    fore_spots: float
    hind_spots: float
    veins: str
    discal: str
    fringe: str

    def differences(self, other: Marks) -> list[str]:
        """Names of the attributes in which two species differ, such as ``["veins", "fringe"]``."""
        names = [field.name for field in fields(self)]
        return [name for name in names if getattr(self, name) != getattr(other, name)]


@dataclass(frozen=True)
class Wing:
    """Outline and large patch of a wing, shared by all the species of a genus.

    Attributes:
        low, high: the angles of its rear and front edge, from straight sideways, up positive.
        length: from the root to the furthest point.
        apex: where in the wing the furthest point lies, 0 at the rear edge, 1 at the front.
        fullness: small is round, large is pointed.
        scallops, scallop_depth: waves along the outer edge.
        tail: how far one wave sticks out.
        colour, patch_colour: RGB in 0..1.
        patch: which part the patch covers: "base", "tip", "front" or "rear".
        patch_size: fraction of the wing.
        border: width of the dark outer border.
    """

    low: float
    high: float
    length: float
    apex: float
    fullness: float
    scallops: int
    scallop_depth: float
    tail: float
    colour: tuple[float, float, float]
    patch_colour: tuple[float, float, float]
    patch: str
    patch_size: float
    border: float


@dataclass(frozen=True)
class Genus:
    """Two wings and the colours of their marks."""

    number: int
    fore: Wing
    hind: Wing
    dark: tuple[float, float, float]
    light: tuple[float, float, float]
    iris: tuple[float, float, float]


@dataclass(frozen=True)
class Species:
    """A species: its number, its genus and its marks."""

    number: int
    genus: Genus
    marks: Marks

    @property
    def name(self) -> str:
        """For example ``"genus 20 species 3"``."""
        return f"genus {self.genus.number} species {self.number % SPECIES_PER_GENUS}"


def uniform(random: np.random.Generator, low: float, high: float) -> float:
    """One number; drawn from raw uniforms, whose stream NumPy keeps stable across versions."""
    return low + (high - low) * random.random()


def choose(random: np.random.Generator, values: tuple[Choice, ...]) -> Choice:
    """One of the values, each as likely."""
    return values[int(random.random() * len(values))]


def _colour(hue: float, saturation: float, value: float) -> tuple[float, float, float]:
    return colorsys.hsv_to_rgb(hue % 1.0, saturation, value)


def _wing(random: np.random.Generator, hue: float, fore: bool) -> Wing:
    patch_hue = hue + uniform(random, 0.15, 0.85)
    return Wing(
        low=uniform(random, -0.10, 0.12) if fore else uniform(random, -1.45, -1.20),
        high=uniform(random, 1.00, 1.30) if fore else uniform(random, 0.15, 0.35),
        length=uniform(random, 0.80, 0.95) if fore else uniform(random, 0.62, 0.80),
        apex=uniform(random, 0.50, 0.80) if fore else uniform(random, 0.30, 0.55),
        fullness=uniform(random, 0.35, 1.30),
        scallops=choose(random, (4, 5, 6, 7)),
        scallop_depth=choose(random, (0.0, 0.0, 0.03, 0.05)) * (1.0 if fore else 1.6),
        tail=0.0 if fore else choose(random, (0.0, 0.0, 0.0, 0.22)),
        colour=_colour(hue, uniform(random, 0.55, 0.95), uniform(random, 0.45, 0.95)),
        patch_colour=_colour(patch_hue, uniform(random, 0.5, 0.95), uniform(random, 0.35, 0.95)),
        patch=choose(random, ("base", "tip", "front", "rear")),
        patch_size=uniform(random, 0.38, 0.55),
        border=choose(random, (0.0, 0.05, 0.09)),
    )


@cache
def genus(number: int) -> Genus:
    """The genus of a number; a pure function of the number and the data-set version."""
    random = np.random.default_rng([VERSION, 1, number])
    hue = random.random()
    hind_hue = hue + choose(random, (0.0, 0.08, 0.3, 0.5, 0.7))
    iris_hue = hue + uniform(random, 0.3, 0.7)
    return Genus(
        number=number,
        fore=_wing(random, hue, fore=True),
        hind=_wing(random, hind_hue, fore=False),
        dark=_colour(random.random(), uniform(random, 0.2, 0.8), uniform(random, 0.06, 0.16)),
        light=_colour(random.random(), uniform(random, 0.0, 0.30), uniform(random, 0.88, 1.0)),
        iris=_colour(iris_hue, uniform(random, 0.6, 1.0), uniform(random, 0.7, 1.0)),
    )


def _draw_marks(random: np.random.Generator) -> Marks:
    return Marks(**{name: choose(random, values) for name, values in CHOICES.items()})


@cache
def _genus_marks(number: int) -> tuple[Marks, ...]:
    """Marks of the species of a genus, drawn until any two differ in enough attributes."""
    random = np.random.default_rng([VERSION, 2, number])
    accepted: list[Marks] = []
    while len(accepted) < SPECIES_PER_GENUS:
        marks = _draw_marks(random)
        has_eyespot = "o" in marks.fore_eyespots + marks.hind_eyespots
        if has_eyespot and all(
            len(marks.differences(other)) >= MINIMUM_DIFFERENCE for other in accepted
        ):
            accepted.append(marks)
    return tuple(accepted)


def species(number: int) -> Species:
    """The species of a number, for example ``species(103).marks.veins``.

    Raises:
        ValueError: a negative number.
    """
    if number < 0:
        raise ValueError(f"species are numbered from 0, there is no species {number}")
    genus_number, position = divmod(int(number), SPECIES_PER_GENUS)
    return Species(int(number), genus(genus_number), _genus_marks(genus_number)[position])
