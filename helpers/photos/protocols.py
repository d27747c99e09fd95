"""Which classes are unseen in training, and which photos are queries and which the database."""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass, replace

import numpy as np

from helpers.images import ImageSet
from helpers.photos.collection import PhotoCollection
from helpers.photos.labels import LabelsError


@dataclass(frozen=True)
class Protocol:
    """A retrieval test.

    Attributes:
        queries: rows of the collection that are queries, ``int64 [q]``.
        database: rows of the collection that are searched, ``int64 [m]``.
        own: the position of each query in the database, ``int64 [q]``, which must not count as an
            answer; None where no query is in the database.
    """

    queries: np.ndarray
    database: np.ndarray
    own: np.ndarray | None = None


def class_disjoint(
    collection: PhotoCollection, seed: int = 0
) -> tuple[PhotoCollection, PhotoCollection]:
    """Photos to train with and photos to test with, no fine class in both.

    The fine classes are shuffled by a hash of their names and the seed; the first half, rounded up,
    is for training. This is the zero-shot protocol of metric learning (CUB200: classes 1-100 and
    101-200), with one difference: fine classes of one coarse class may fall on both sides. Labels
    are numbered anew within each half.

    Raises:
        LabelsError: fewer than four fine classes, so that a half would have a single one.
    """
    names = collection.images.fine_names
    if len(names) < 4:
        raise LabelsError(
            f"{len(names)} fine classes cannot be halved into training and test classes; "
            f"add photos of other classes until there are at least four"
        )
    shuffled = sorted(range(len(names)), key=lambda label: _shuffle_key(names[label], seed))
    is_train = np.isin(collection.images.fine, shuffled[: (len(names) + 1) // 2])
    return _half(collection, is_train, f"train{seed}"), _half(collection, ~is_train, f"test{seed}")


def split_protocol(
    collection: PhotoCollection, queries: str = "test", database: str = "train"
) -> Protocol:
    """The *Split* protocol: queries from one split, database from another.

    Photographs of one split often show the same scene seconds apart. Leave-one-out then finds the
    near-duplicate, and saturates; here query and database come from different occasions, as far as
    the splits do. A query whose class has no photo in the database can find nothing: it is left out
    with a warning. A database photo whose class has no query stays, as a distractor. A split that
    was drawn by file name says nothing about occasions, and a warning says so.

    Raises:
        ValueError: an unknown split, the same split twice, or no query is left.
    """
    known = sorted(set(collection.split.tolist()))
    if queries not in known or database not in known or queries == database:
        raise ValueError(
            f"queries from {queries!r}, database from {database!r}: choose two different splits "
            f"of {', '.join(known)}"
        )
    if collection.split_is_drawn:
        warnings.warn(
            "the folder gives no splits, so they were drawn by file name: near-duplicates may "
            "stand on both sides and flatter the result; photos.split_by_occasion avoids that",
            stacklevel=2,
        )
    query_rows = np.flatnonzero(collection.split == queries)
    database_rows = np.flatnonzero(collection.split == database)
    return Protocol(_answerable(collection.images, query_rows, database_rows), database_rows)


def leave_one_out(collection: PhotoCollection) -> Protocol:
    """Every photo is a query, and all *other* photos are its database.

    Raises:
        LabelsError: a class with one photo, whose query could find nothing.
    """
    labels, counts = np.unique(collection.images.fine, return_counts=True)
    single = [collection.images.fine_names[label] for label in labels[counts == 1]]
    if single:
        raise LabelsError(
            f"leave-one-out needs two photos of each class, but there is one of "
            f"{', '.join(single)}; add a second one or remove the class"
        )
    rows = np.arange(len(collection), dtype=np.int64)
    return Protocol(rows, rows, own=rows)


def _shuffle_key(name: str, seed: int) -> str:
    # A hash gives the same order on every machine and with every version of NumPy.
    return hashlib.sha256(f"{seed}:{name}".encode()).hexdigest()


def _half(collection: PhotoCollection, chosen: np.ndarray, suffix: str) -> PhotoCollection:
    name = f"{collection.images.name}-{suffix}"
    half = collection.select(np.flatnonzero(chosen), name)
    fine, fine_names = _renumber(half.images.fine, half.images.fine_names)
    coarse, coarse_names = _renumber(half.images.coarse, half.images.coarse_names)
    images = ImageSet(name, half.images.images, fine, coarse, fine_names, coarse_names)
    return replace(half, images=images)


def _renumber(labels: np.ndarray, names: tuple[str, ...]) -> tuple[np.ndarray, tuple[str, ...]]:
    present, numbers = np.unique(labels, return_inverse=True)
    return numbers.astype(np.int64), tuple(names[label] for label in present)


def _answerable(images: ImageSet, queries: np.ndarray, database: np.ndarray) -> np.ndarray:
    can_be_found = np.isin(images.fine[queries], images.fine[database])
    lost = sorted({images.fine_names[label] for label in images.fine[queries[~can_be_found]]})
    if not can_be_found.any():
        raise ValueError(
            f"no query has a photo of its class ({', '.join(lost)}) in the database; let the two "
            f"splits share classes, or use leave_one_out"
        )
    if lost:
        warnings.warn(
            f"{(~can_be_found).sum()} queries are left out, as the database has no photo of "
            f"their class: {', '.join(lost)}",
            stacklevel=3,
        )
    return queries[can_be_found]
