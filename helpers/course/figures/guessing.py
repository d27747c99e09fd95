"""A small query and two sister species that it may belong to: the question, and the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.butterflies import draw, species
from helpers.butterflies.places import differing_places, telling_details
from helpers.butterflies.twins import draw_twin
from helpers.course.figures import shrinking, style

STORED = 96  # pixels of an image before it is shrunk
WIDEST = 4.0  # pixels on the axis of widths
SMALLEST_RING = 0.055  # in units of half the image: smaller ones would hide what they point at


@dataclass(frozen=True)
class Sisters:
    """Two species of a genus, and the specimens that are shown of them.

    Attributes:
        numbers: of the two species.
        query: which specimen of the first gives the query its pose and light.
        examples: which specimen of each is shown to compare with.
    """

    numbers: tuple[int, int]
    query: int = 1
    examples: tuple[int, int] = (2, 2)

    @property
    def names(self) -> list[str]:
        """The names of the two within their genus."""
        return [species(number).name.split(" ", 2)[2] for number in self.numbers]

    def twins(self, resolution: int) -> list[np.ndarray]:
        """The query in the marks of each species, ``uint8 [3, resolution, resolution]``."""
        marks = [species(number).marks for number in self.numbers]
        drawn = [draw_twin(self.numbers[0], self.query, each, STORED) for each in marks]
        return list(shrinking.shrunk(np.stack(drawn), resolution))

    def pixels(self, resolution: int) -> dict[str, float]:
        """How many pixels wide each mark is by which the two can be told apart."""
        widths = telling_details(*self.numbers)
        return {name: width * resolution / 2 for name, width in widths.items()}


def question(sisters: Sisters, resolution: int, truth: int) -> Figure:
    """A small query without rings, beside a large specimen of each species with them.

    Args:
        sisters: the two species.
        resolution: of the query, in pixels.
        truth: whose marks the query wears, 0 or 1.
    """
    figure, axes = _sheet(f"Which species is the query of {resolution} px?")
    _query(axes[0], sisters, resolution, truth)
    for side, number, index, name in zip(
        axes[1:3], sisters.numbers, sisters.examples, sisters.names, strict=True
    ):
        style.show_image(side, draw(number, index, STORED))
        _rings(side, number, _other(sisters, number), index, STORED)
        side.set_title(f"{name}, {STORED} px")
    axes[3].axis("off")
    words = "The rings show where the two differ.\nGuess, then show the answer."
    axes[3].text(-0.45, 0.5, words, va="center")
    return figure


def answer(sisters: Sisters, resolution: int, truth: int) -> Figure:
    """The query beside itself in the marks of both species, and what is left of the marks.

    A ring is as opaque as its mark is wide in pixels; under one pixel it is dotted, too.

    Args:
        sisters: the two species.
        resolution: of all three images, in pixels.
        truth: whose marks the query wears, 0 or 1.
    """
    pixels = sisters.pixels(resolution)
    thin = sum(width < 1 for width in pixels.values())
    figure, axes = _sheet(
        f"It is {sisters.names[truth]}. At {resolution} px, {thin} of the {len(pixels)} marks that "
        f"tell them apart are thinner than a pixel."
    )
    _query(axes[0], sisters, resolution, truth)
    for place, (side, image) in enumerate(zip(axes[1:3], sisters.twins(resolution), strict=True)):
        style.show_image(side, image)
        _rings(side, *sisters.numbers, sisters.query, resolution, pixels)
        sign = "✓" if place == truth else "✗"
        side.set_title(f"{sign} as {sisters.names[place]}, {resolution} px")
    _widths(axes[3], pixels)
    return figure


def queries(sisters: Sisters, truths: Mapping[int, int]) -> Figure:
    """All questions in one picture: both species, and the query at each resolution.

    Args:
        sisters: the two species.
        truths: for each resolution, in pixels, whose marks the query wears.
    """
    figure, axes = plt.subplots(
        1, 2 + len(truths), figsize=(1.3 * (2 + len(truths)), 1.75), layout="constrained"
    )
    for side, number, index, name in zip(
        axes, sisters.numbers, sisters.examples, sisters.names, strict=False
    ):
        style.show_image(side, draw(number, index, STORED))
        side.set_title(name, loc="center", fontsize=9)
    for side, (resolution, truth) in zip(axes[2:], truths.items(), strict=True):
        style.show_image(side, sisters.twins(resolution)[truth])
        side.set_title(f"query, {resolution} px", loc="center", fontsize=9)
    return figure


def _other(sisters: Sisters, number: int) -> int:
    first, second = sisters.numbers
    return second if number == first else first


def _sheet(title: str) -> tuple[Figure, Sequence[Axes]]:
    """Three places for images and one for bars, at the same places in every figure."""
    figure, axes = plt.subplots(
        1, 5, figsize=(10.4, 3.0), width_ratios=(1, 1, 1, 0.4, 0.75),
        gridspec_kw={"left": 0.005, "right": 0.99, "bottom": 0.14, "top": 0.82, "wspace": 0.06},
    )  # fmt: skip
    axes[3].axis("off")  # where the names of the bars stand
    figure.suptitle(title, x=0.005, ha="left")
    return figure, [*axes[:3], axes[4]]


def _query(axes: Axes, sisters: Sisters, resolution: int, truth: int) -> None:
    style.show_image(axes, sisters.twins(resolution)[truth])
    axes.set_title(f"query, {resolution} px")


def _rings(
    axes: Axes, number: int, other: int, index: int, resolution: int,
    pixels: Mapping[str, float] | None = None,
) -> None:  # fmt: skip
    """Rings around what differs, each as strong as its mark is wide; full ones without widths."""
    for place in differing_places(number, other, index):
        column, row = place.pixel(resolution)
        radius = max(1.15 * place.radius, SMALLEST_RING) * resolution / 2
        strength = 1.0 if pixels is None else min(1.0, _width_at(place.name, pixels))
        style.ring(axes, column, row, radius, strength=strength)


def _width_at(name: str, pixels: Mapping[str, float]) -> float:
    """Width of a ringed mark; eyespots at the same places are told by the rings inside them."""
    return pixels.get(name, pixels.get("eyespot_rings", 1.0))


def _widths(axes: Axes, pixels: Mapping[str, float]) -> None:
    """A bar for each mark, hatched where it is thinner than the dotted line at one pixel."""
    ordered = sorted(pixels.items(), key=lambda item: item[1])
    for place, (_, width) in enumerate(ordered):
        thin = width < 1
        axes.barh(
            place, width, 0.62, color="white" if thin else style.TEACHER,
            edgecolor=style.ENLARGED if thin else style.TEACHER, hatch="////" if thin else "",
        )  # fmt: skip
        axes.text(max(width, 1) + 0.1, place, f"{width:.1f}", va="center", fontsize=9)
    axes.axvline(1, color=style.INK, linestyle=":", linewidth=1.2)
    axes.set_yticks(range(len(ordered)), [name.replace("_", " ") for name, _ in ordered])
    axes.set(xlim=(0, WIDEST), xticks=range(4), xlabel="width [pixels]")
    axes.set_title("what tells them apart", loc="right")
    axes.tick_params(axis="y", length=0)
