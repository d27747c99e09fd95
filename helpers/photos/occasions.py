"""Which photos were taken on one occasion, so that near-duplicates do not answer each other.

A split drawn by file name leaves photos of one burst on both sides, and flatters: a query then
finds its own scene a second later. Photos of a class belong together when they were taken within
minutes of each other (by their EXIF time) or look almost the same, and so do those that a chain of
such photos connects.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.sparse.csgraph import connected_components

from helpers.images import as_float, resize
from helpers.photos.collection import PhotoCollection
from helpers.photos.labels import LabelsError

TAKEN, CHANGED, EXIF = 0x9003, 0x0132, 0x8769  # EXIF tags: time of the photo, of the file; block
THUMBNAIL = 16  # pixels


def taken_at(file: Path) -> float:
    """When a photo was taken, in seconds by its camera's clock; NaN where the file does not say."""
    try:
        with Image.open(file) as image:
            tags = image.getexif()
            text = tags.get_ifd(EXIF).get(TAKEN) or tags.get(CHANGED)
        # Cameras do not say their time zone; differences are all that matters here.
        moment = datetime.strptime(str(text).strip("\x00 "), "%Y:%m:%d %H:%M:%S")
    except Exception:  # a damaged EXIF block raises nearly any kind, and says no time either way
        return float("nan")
    return (moment - datetime(1970, 1, 1)).total_seconds()


def occasions(
    collection: PhotoCollection, minutes: float = 30, likeness: float = 0.95
) -> np.ndarray:
    """The occasion of each photo, ``int64 [n]``: photos of one occasion share a number.

    Args:
        collection: the photos; only those of one class are compared.
        minutes: photos taken at most so far apart belong together.
        likeness: photos whose thumbnails (16 px, mean brightness taken off) have at least this
            cosine belong together.
    """
    seconds = np.array([taken_at(path) for path in collection.paths])
    looks = _looks(collection.images.images)
    found = np.empty(len(collection), np.int64)
    count = 0
    for label in np.unique(collection.images.fine):
        rows = np.flatnonzero(collection.images.fine == label)
        near = np.abs(seconds[rows, None] - seconds[rows]) <= 60 * minutes  # never where NaN
        groups, number = connected_components(near | (looks[rows] @ looks[rows].T >= likeness))
        found[rows] = count + number
        count += groups
    return found


def split_by_occasion(
    collection: PhotoCollection, minutes: float = 30, likeness: float = 0.95
) -> PhotoCollection:
    """The photos with a new split, ``"train"`` and ``"test"``, that cuts no occasion in two.

    Of each class, the largest occasions are dealt first, each to the side with fewer photos. A
    class with a single occasion is all ``"train"``: in the Split protocol it is a distractor.

    Args as for `occasions`.

    Raises:
        LabelsError: no class was photographed on two occasions.
    """
    occasion = occasions(collection, minutes, likeness)
    split = np.full(len(collection), "train", dtype="<U5")
    for label in np.unique(collection.images.fine):
        rows = np.flatnonzero(collection.images.fine == label)
        split[rows[_second_side(occasion[rows])]] = "test"
    if not (split == "test").any():
        raise LabelsError(
            "no class was photographed on two occasions; add photos taken at another time, or "
            "compare fewer minutes"
        )
    name = f"{collection.images.name}-by-occasion"
    images = replace(collection.images, name=name)
    return replace(collection, images=images, split=split, split_is_drawn=False)


def _second_side(occasion: np.ndarray) -> np.ndarray:
    """Which photos of a class go to the second side, ``bool [n]``."""
    numbers, sizes = np.unique(occasion, return_counts=True)
    first, second = 0, []
    for position in np.argsort(-sizes, kind="stable"):
        if first <= sizes[second].sum():
            first += sizes[position]
        else:
            second.append(position)
    return np.isin(occasion, numbers[second])


def _looks(images: np.ndarray) -> np.ndarray:
    """Thumbnails as unit rows, ``float32 [n, 3 · 16²]``; zero for a photo of one colour."""
    rows = []
    for start in range(0, len(images), 256):
        small = resize(as_float(images[start : start + 256]), THUMBNAIL).numpy()
        centred = small - small.mean(axis=(2, 3), keepdims=True)
        rows.append(centred.reshape(len(small), -1))
    flat = np.concatenate(rows)
    return flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)
