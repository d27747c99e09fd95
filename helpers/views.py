"""Random views of an image, the same view at several resolutions (coupled augmentation).

A student that sees a small image learns from a teacher that sees a large one only if both see the
*same* picture. So a view is drawn once: one warp and one change of light for each image, applied at
the stored resolution, then shrunk to every resolution that is asked for, exactly as a test image
would be. After RAML (Suma & Tolias, WACV 2023), whose published code couples its two pipelines by
resetting the random seeds before each.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn import functional

from helpers.images import resize


@dataclass(frozen=True)
class Augmentation:
    """What may happen to an image in a random view. The defaults suit the butterflies.

    Attributes:
        rotation: largest rotation in degrees, to either side.
        crop: smallest and largest side of the window, as a fraction of the image's side.
        flip: probability of a mirror image.
        brightness: largest relative change of all pixel values.
        contrast: largest relative change of the distances from the image's mean grey.

    Raises:
        ValueError: a crop that is not ``0 < smallest <= largest``, a flip outside 0..1.
    """

    rotation: float = 20.0
    crop: tuple[float, float] = (0.9, 1.0)
    flip: float = 0.5
    brightness: float = 0.15
    contrast: float = 0.15

    def __post_init__(self) -> None:
        smallest, largest = self.crop
        if not 0 < smallest <= largest:
            raise ValueError(f"crop must be (smallest, largest) with 0 < smallest, not {self.crop}")
        if not 0 <= self.flip <= 1:
            raise ValueError(f"flip is a probability between 0 and 1, not {self.flip}")


BUTTERFLIES = Augmentation()
STRONG = Augmentation(crop=(0.5, 1.0))
"""Crops down to a quarter of the picture: for a network that is to know marks at several sizes."""
PHOTOS = Augmentation(rotation=5.0, crop=(0.6, 1.0), brightness=0.3, contrast=0.3)


@dataclass(frozen=True)
class Warps:
    """The random numbers of n views.

    Attributes:
        affine: ``float [n, 2, 3]``, output position to input position, both in -1..1.
        brightness: ``float [n]``, factor of every pixel.
        contrast: ``float [n]``, factor of the distance from the mean grey.
    """

    affine: torch.Tensor
    brightness: torch.Tensor
    contrast: torch.Tensor


def draw_warps(n: int, augmentation: Augmentation, generator: torch.Generator) -> Warps:
    """Draw the random numbers for ``n`` views; a window shifts by as much as it leaves free."""
    uniform = torch.rand(7, n, generator=generator)
    signed = 2 * uniform - 1
    angle = math.radians(augmentation.rotation) * signed[0]
    smallest, largest = augmentation.crop
    side = smallest + (largest - smallest) * uniform[1]
    mirror = torch.where(uniform[2] < augmentation.flip, -1.0, 1.0)
    room = (1 - side).clamp(min=0)
    cosine, sine = side * angle.cos(), side * angle.sin()
    top = torch.stack([mirror * cosine, -sine, room * signed[3]], dim=1)
    bottom = torch.stack([mirror * sine, cosine, room * signed[4]], dim=1)
    return Warps(
        affine=torch.stack([top, bottom], dim=1),
        brightness=1 + augmentation.brightness * signed[5],
        contrast=1 + augmentation.contrast * signed[6],
    )


def apply_warps(images: torch.Tensor, warps: Warps) -> torch.Tensor:
    """The views of ``float [n, 3, h, w]`` (0..1) that ``warps`` describe, at the same size.

    What a window would show beyond the image's border is the image mirrored there.
    """
    affine = warps.affine.to(images)
    grid = functional.affine_grid(affine, list(images.shape), align_corners=False)
    views = functional.grid_sample(
        images, grid, mode="bilinear", padding_mode="reflection", align_corners=False
    )
    grey = views.mean(dim=(1, 2, 3), keepdim=True)
    contrast = warps.contrast.to(images)[:, None, None, None]
    brightness = warps.brightness.to(images)[:, None, None, None]
    return views.sub_(grey).mul_(contrast).add_(grey).mul_(brightness).clamp_(0, 1)


def coupled_views(
    images: torch.Tensor,
    resolutions: Sequence[int],
    augmentation: Augmentation,
    generator: torch.Generator,
) -> list[torch.Tensor]:
    """One random view of each image, seen at every one of ``resolutions``.

    Args:
        images: ``float [n, 3, h, w]`` in 0..1, at the stored resolution.
        resolutions: sides of the square views in pixels.
        augmentation: what may happen to an image.
        generator: a CPU generator; the images may be on any device.

    Returns:
        For each resolution ``float [n, 3, resolution, resolution]``: the same views, resized.

    Raises:
        ValueError: images of another type or shape.
    """
    if images.ndim != 4 or not images.is_floating_point():
        raise ValueError(
            f"images must be float [n, 3, h, w] in 0..1, not {images.dtype} {list(images.shape)}; "
            "helpers.images.as_float turns stored images into it"
        )
    views = apply_warps(images, draw_warps(len(images), augmentation, generator))
    return [resize(views, resolution) for resolution in resolutions]
