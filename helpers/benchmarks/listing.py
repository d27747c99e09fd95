"""The photos of a benchmark with their classes, cut into classes to train with and to test with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from helpers.images import ImageSet


class BenchmarkError(ValueError):
    """A folder that does not hold the benchmark in its published layout."""


@dataclass(frozen=True)
class Listing:
    """The photos of one side of a benchmark.

    Attributes:
        name: for example ``"cub200-train"``.
        paths: the file of each photo.
        fine: its class, ``int64 [n]``, numbered from 0 in the benchmark's own order.
        fine_names: the name of class ``i`` at position ``i``.
        coarse: its super-class, ``int64 [n]``; the class itself where the benchmark has none.
        coarse_names: the name of super-class ``i`` at position ``i``.
    """

    name: str
    paths: tuple[Path, ...]
    fine: np.ndarray
    fine_names: tuple[str, ...]
    coarse: np.ndarray
    coarse_names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.paths)

    def with_images(self, images: np.ndarray, digest: str) -> ImageSet:
        """The photos' pixels ``uint8 [n, 3, r, r]`` as a labelled set, named by their content."""
        return ImageSet(
            f"{self.name}-{digest}-{images.shape[-1]}px",
            images,
            self.fine,
            self.coarse,
            self.fine_names,
            self.coarse_names,
        )


@dataclass(frozen=True)
class Row:
    """One photo as a benchmark's own lists name it."""

    path: Path
    fine: str
    coarse: str


def listed(name: str, rows: Sequence[Row]) -> Listing:
    """The rows as a listing, classes numbered in the order of their first photo.

    Raises:
        BenchmarkError: no row, or photos that are not there (the first of them is named).
    """
    if not rows:
        raise BenchmarkError(f"{name} lists no photo; fetch its lists again")
    missing = [row.path for row in rows if not row.path.is_file()]
    if missing:
        raise BenchmarkError(
            f"{name}: {len(missing)} of {len(rows)} listed photos are not there, the first of them "
            f"{missing[0]}; unpack the archive again"
        )
    fine, fine_names = _numbered([row.fine for row in rows])
    coarse, coarse_names = _numbered([row.coarse for row in rows])
    return Listing(name, tuple(row.path for row in rows), fine, fine_names, coarse, coarse_names)


def _numbered(names: list[str]) -> tuple[np.ndarray, tuple[str, ...]]:
    known = tuple(dict.fromkeys(names))
    number = {name: position for position, name in enumerate(known)}
    return np.array([number[name] for name in names], dtype=np.int64), known
