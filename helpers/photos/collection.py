"""A folder of photos as one image set with splits."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from helpers.images import ImageSet
from helpers.photos.decoding import Decoded, decode_once
from helpers.photos.labels import Photo, find_folder, leave_out_singles, read_labels

LARGEST = 1024  # pixels; 3 MB an image
_FOLDERS: dict[str, Path] = {}


@dataclass(frozen=True)
class PhotoCollection:
    """Photos with their splits.

    Attributes:
        images: the images and their fine and coarse labels.
        split: the split of each photo, ``str [n]``.
        paths: the file of each photo, in the same order.
        split_is_drawn: True where the folder gave no splits, so that ``load`` drew them.
    """

    images: ImageSet
    split: np.ndarray
    paths: tuple[Path, ...]
    split_is_drawn: bool = False

    def __len__(self) -> int:
        return len(self.images)

    def select(self, rows: np.ndarray, name: str) -> PhotoCollection:
        """The photos of the given row numbers, in that order, under a name of their own."""
        rows = np.asarray(rows, dtype=np.int64)
        return replace(
            self,
            images=replace(self.images.select(rows), name=name),
            split=self.split[rows],
            paths=tuple(self.paths[row] for row in rows),
        )


def load(folder: str | Path | None = None, resolution: int = 192) -> PhotoCollection:
    """All photos of a folder as squares of ``resolution`` pixels, decoded on the first call only.

    The folder holds one folder a class (``[coarse/]fine/photo.jpg``) or a ``labels.csv``. Where it
    gives no splits, the first half of each class's photos by name becomes ``"train"`` and the
    second ``"test"``: photos of one burst have neighbouring names, so this keeps most
    near-duplicates on one side, but not all: it flatters, and `split_by_occasion` flatters less.
    Splits made by someone who saw the photos are better.

    Args:
        folder: the folder; without it, the environment variable ``COURSE_PHOTOS`` names it.
        resolution: height and width in pixels, 1 to 1024.

    Returns:
        The photos that can be decoded and are not alone in their class; the others are named in a
        warning. ``images.name`` is made
        from the content of files, labels and splits, not from where the folder lies.

    Raises:
        PhotosNotFound: no folder is named, or it is missing or empty.
        LabelsError: unusable labels, or no class with two photos.
        ValueError: a resolution out of range, or no photo can be decoded.
    """
    if not 1 <= resolution <= LARGEST:
        raise ValueError(f"resolution must be 1 to {LARGEST} pixels, not {resolution}")
    place = find_folder(folder)
    photos = leave_out_singles(read_labels(place))
    decoded = decode_once(place, [photo.path for photo in photos], int(resolution))
    kept = leave_out_singles(_readable(photos, decoded))
    if len(kept) < sum(not record.error for record in decoded.records):
        decoded = decode_once(place, [photo.path for photo in kept], int(resolution))
    collection = _collect(kept, decoded)
    _FOLDERS[collection.images.name] = place
    return collection


def folder_of(name: str) -> Path | None:
    """The folder of the photos of that name, where ``load`` has read them in this process."""
    return _FOLDERS.get(name)


def _readable(photos: Sequence[Photo], decoded: Decoded) -> list[Photo]:
    pairs = list(zip(photos, decoded.records, strict=True))
    broken = [f"{photo.path} ({record.error})" for photo, record in pairs if record.error]
    if broken:
        warnings.warn(
            f"{len(broken)} of {len(photos)} photos cannot be decoded and are left out: "
            + "; ".join(broken),
            stacklevel=3,
        )
    return [photo for photo, record in pairs if not record.error]


def _collect(photos: list[Photo], decoded: Decoded) -> PhotoCollection:
    is_drawn = not any(photo.split for photo in photos)
    if is_drawn:
        photos = _draw_split(photos)
    fine, fine_names = _number([(photo.coarse, photo.fine) for photo in photos])
    coarse, coarse_names = _number([photo.coarse for photo in photos])
    name = f"photos-{_digest(photos, decoded)}-{decoded.images.shape[-1]}px"
    return PhotoCollection(
        ImageSet(name, decoded.images, fine, coarse, _fine_names(fine_names), coarse_names),
        np.array([photo.split for photo in photos]),
        tuple(photo.path for photo in photos),
        is_drawn,
    )


def _draw_split(photos: list[Photo]) -> list[Photo]:
    rows = defaultdict(list)
    for row, photo in sorted(enumerate(photos), key=lambda pair: str(pair[1].path)):
        rows[photo.coarse, photo.fine].append(row)
    split = [""] * len(photos)
    for members in rows.values():
        for position, row in enumerate(members):
            split[row] = "train" if position < len(members) / 2 else "test"
    return [replace(photo, split=part) for photo, part in zip(photos, split, strict=True)]


def _number(values: list) -> tuple[np.ndarray, tuple]:
    names = tuple(sorted(set(values)))
    position = {name: number for number, name in enumerate(names)}
    return np.array([position[value] for value in values], dtype=np.int64), names


def _fine_names(classes: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    # Two coarse classes may each have a fine class "other": these are then told apart.
    counts = Counter(fine for _, fine in classes)
    return tuple(fine if counts[fine] == 1 else f"{coarse}/{fine}" for coarse, fine in classes)


def _digest(photos: list[Photo], decoded: Decoded) -> str:
    digests = [record.digest for record in decoded.records if not record.error]
    rows = [
        (photo.fine, photo.coarse, photo.split, digest)
        for photo, digest in zip(photos, digests, strict=True)
    ]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:12]
