"""A set of labelled images, and the one way in which the course makes images smaller or larger."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch.nn import functional


@dataclass(frozen=True)
class ImageSet:
    """Images of one size with fine labels (species) and coarse labels (genus).

    Attributes:
        name: identifies the content, for example ``"butterflies-1-96px-train"``.
        images: ``uint8 [n, 3, h, w]``, possibly memory-mapped.
        fine: ``int64 [n]``; -1 where an image has no label.
        coarse: ``int64 [n]``.
        fine_names: the name of fine label ``i`` at position ``i``.
        coarse_names: the name of coarse label ``i`` at position ``i``.

    Raises:
        ValueError: images of another shape or type, or labels of another length.
    """

    name: str
    images: np.ndarray
    fine: np.ndarray
    coarse: np.ndarray
    fine_names: tuple[str, ...] = ()
    coarse_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        shape, kind = self.images.shape, self.images.dtype
        if len(shape) != 4 or shape[1] != 3 or kind != np.uint8:
            raise ValueError(
                f"{self.name}: images must be uint8 [n, 3, h, w], not {kind} {list(shape)}"
            )
        for field in ("fine", "coarse"):
            labels = getattr(self, field)
            if labels.shape != shape[:1]:
                raise ValueError(
                    f"{self.name}: {shape[0]} images but {field} labels of shape "
                    f"{list(labels.shape)}; give one label for each image"
                )

    def __len__(self) -> int:
        return len(self.images)

    @property
    def resolution(self) -> int:
        """Height of the images in pixels."""
        return self.images.shape[2]

    def select(self, rows: np.ndarray) -> ImageSet:
        """The images with the given row numbers (or boolean mask), in that order."""
        return replace(
            self, images=self.images[rows], fine=self.fine[rows], coarse=self.coarse[rows]
        )


def as_float(images: np.ndarray) -> torch.Tensor:
    """``uint8 [n, 3, h, w]`` to ``float32`` in 0..1, the form that views and networks take."""
    # Divided by NumPy: a memory map is read-only, and torch warns of tensors that share it.
    return torch.from_numpy(np.divide(images, 255, dtype=np.float32))


def resize(images: torch.Tensor, resolution: int) -> torch.Tensor:
    """Resize ``float [n, 3, h, w]`` to a square of ``resolution`` pixels.

    Bilinear with anti-aliasing: when an image shrinks, every source pixel counts, so that a small
    image is what a camera of that resolution would have seen.

    Raises:
        ValueError: a resolution under 1 pixel.
    """
    if resolution < 1:
        raise ValueError(f"resolution must be at least 1 pixel, not {resolution}")
    if images.shape[-2:] == (resolution, resolution):
        return images
    size = (resolution, resolution)
    return functional.interpolate(
        images, size, mode="bilinear", antialias=True, align_corners=False
    )
