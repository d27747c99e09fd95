"""The embedded data set: butterflies whose genus a tiny image shows, but whose species it hides.

Species 0–99 are for training, 100–199 for testing, 200–599 are a pool without labels. Their genera
differ too, so a test genus was never seen in training (the protocol of CUB200). Species 600–899
are what ImageNet is to the papers: every architecture is trained once on their labels, and nothing
else uses them.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from filelock import FileLock
from tqdm import tqdm

from helpers.butterflies.pixels import paint
from helpers.butterflies.species import SPECIES_PER_GENUS, VERSION, Marks, Species, genus, species
from helpers.butterflies.specimens import species_wings, specimen
from helpers.cache import cache_folder
from helpers.images import ImageSet

__all__ = ["SPLITS", "Marks", "Species", "draw", "genus", "load", "species"]

SPLITS = {"train": range(0, 100), "test": range(100, 200), "pool": range(200, 600)}
SPLITS["pretraining"] = range(600, 900)
SPECIMENS = {"train": 40, "test": 40, "pool": 20, "pretraining": 40}  # of each species
LARGEST = 256  # pixels


def _check(resolution: int, mark_size: float) -> None:
    if not 8 <= resolution <= LARGEST:
        raise ValueError(f"resolution is {resolution} pixels; choose one from 8 to {LARGEST}")
    if not 0.1 <= mark_size <= 1.5:
        raise ValueError(f"mark_size is {mark_size}; choose one from 0.1 (fine) to 1.5 (bold is 1)")


def _draw_species(number: int, indices: range, resolution: int, mark_size: float) -> np.ndarray:
    kind = species(number)
    wings = species_wings(kind, mark_size)
    images = np.empty((len(indices), 3, resolution, resolution), np.uint8)
    for image, index in zip(images, indices, strict=True):
        scene, posed = specimen(kind, index, wings)
        paint(scene.reshape(1)[0], posed, image)
    return images


def draw(number: int, index: int, resolution: int = 96, mark_size: float = 1.0) -> np.ndarray:
    """Draw one specimen, for example ``draw(103, index=7, resolution=256)``.

    Args:
        number: the species.
        index: which specimen of it, from 0; there is no last one.
        resolution: height and width in pixels, up to 256.
        mark_size: size of the species' marks; 1 is bold, 0.55 fine.

    Returns:
        ``uint8 [3, resolution, resolution]``.

    Raises:
        ValueError: a resolution, mark size, species or index out of range.
    """
    _check(resolution, mark_size)
    if index < 0:
        raise ValueError(f"specimens are numbered from 0, there is no specimen {index}")
    return _draw_species(number, range(index, index + 1), resolution, mark_size)[0]


def _draw_all(path: Path, split: str, resolution: int, mark_size: float) -> None:
    """Draw a split into a file that gets its name only when it is complete."""
    count, numbers = SPECIMENS[split], SPLITS[split]
    shape = (len(numbers) * count, 3, resolution, resolution)
    unfinished = path.with_suffix(".unfinished")
    images = np.lib.format.open_memmap(unfinished, "w+", np.uint8, shape)

    def fill(position: int) -> None:
        drawn = _draw_species(numbers[position], range(count), resolution, mark_size)
        images[position * count : (position + 1) * count] = drawn

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        work = threads.map(fill, range(len(numbers)))
        list(tqdm(work, f"drawing {split} butterflies", len(numbers), unit=" species"))
    images.flush()
    os.replace(unfinished, path)


def load(split: str = "test", resolution: int = 96, mark_size: float = 1.0) -> ImageSet:
    """The images and labels of a split; drawn the first time, memory-mapped afterwards.

    Args:
        split: ``"train"`` (4,000 images), ``"test"`` (4,000), ``"pool"`` (8,000, unlabelled) or
            ``"pretraining"`` (12,000).
        resolution: height and width in pixels, up to 256.
        mark_size: size of the species' marks; 1 is bold, 0.55 fine.

    Returns:
        Images with species as fine and genus as coarse labels, numbered from 0 within the split;
        the pool's labels are all -1.

    Raises:
        ValueError: an unknown split, or a resolution or mark size out of range.
    """
    if split not in SPLITS:
        raise ValueError(f"there is no split {split!r}; choose one of {', '.join(SPLITS)}")
    _check(resolution, mark_size)
    name = f"butterflies-{VERSION}-{resolution}px-marks{mark_size:g}-{split}"
    path = cache_folder("butterflies") / f"{name}.npy"
    with FileLock(path.with_suffix(".lock")):
        if not path.exists():
            _draw_all(path, split, resolution, mark_size)
    return _labelled(name, np.load(path, mmap_mode="r"), split)


def _labelled(name: str, images: np.ndarray, split: str) -> ImageSet:
    numbers = np.repeat(np.array(SPLITS[split]), SPECIMENS[split])
    if split == "pool":
        unknown = np.full(len(images), -1)
        return ImageSet(name, images, unknown, unknown)
    fine, coarse = numbers - numbers[0], (numbers - numbers[0]) // SPECIES_PER_GENUS
    kinds = [species(number) for number in SPLITS[split]]
    genera = dict.fromkeys(f"genus {kind.genus.number}" for kind in kinds)
    return ImageSet(name, images, fine, coarse, tuple(k.name for k in kinds), tuple(genera))
