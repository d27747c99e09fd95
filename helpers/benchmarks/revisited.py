"""Revisited Oxford and Paris: database, queries with their boxes, and what is right for each query.

Radenović et al., "Revisiting Oxford and Paris: large-scale image retrieval benchmarking" (CVPR
2018). Every query has easy and hard positives, and junk that counts neither way.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from helpers.benchmarks import plain_pickles
from helpers.benchmarks.listing import BenchmarkError

NAMES = {"roxford": "roxford5k", "rparis": "rparis6k"}
COUNTS = {"roxford": (70, 4_993), "rparis": (70, 6_322)}  # queries, photos in the database


@dataclass(frozen=True)
class Judgement:
    """What is right for one query: rows of the database, each ``int64``.

    Attributes:
        easy: positives that are easy to see.
        hard: positives that are hard to see.
        junk: neither right nor wrong: left out of the ranking.
    """

    easy: np.ndarray
    hard: np.ndarray
    junk: np.ndarray


@dataclass(frozen=True)
class Revisited:
    """ROxford5k or RParis6k.

    Attributes:
        name: ``"roxford"`` or ``"rparis"``.
        database: the file of each photo of the database.
        queries: the file of each query.
        boxes: the queried object in each query, ``float64 [q, 4]``: left, upper, right, lower.
        judgements: what is right for each query.
    """

    name: str
    database: tuple[Path, ...]
    queries: tuple[Path, ...]
    boxes: np.ndarray
    judgements: tuple[Judgement, ...]

    def query_image(self, number: int, longer_side: int = 1024) -> np.ndarray:
        """A query cropped to its box, ``uint8 [3, h, w]``, its longer side at most that long."""
        return read_photo(self.queries[number], longer_side, self.boxes[number])


def read_photo(file: Path, longer_side: int, box: np.ndarray | None = None) -> np.ndarray:
    """A photo in its own shape, ``uint8 [3, h, w]``, shrunk until no side is longer than asked.

    The box is cut out before shrinking. As the benchmark's own code, a small photo stays small.
    """
    with Image.open(file) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
    if box is not None:
        upright = upright.crop(tuple(box))
    upright.thumbnail((longer_side, longer_side), Image.Resampling.LANCZOS)
    return np.asarray(upright).transpose(2, 0, 1)


def read_revisited(name: str, folder: str | Path, check_counts: bool = True) -> Revisited:
    """The benchmark in a folder with ``gnd_….pkl`` and photos, in whatever folders below it.

    The pickle is never run: see `plain_pickles`.

    Args:
        name: ``"roxford"`` or ``"rparis"``.
        folder: holds ``gnd_roxford5k.pkl`` or ``gnd_rparis6k.pkl``, and the ``.jpg``.
        check_counts: compare the numbers of queries and photos with the published ones.

    Raises:
        ValueError: an unknown name.
        UnsafePickle: a ground truth that holds more than plain data, or is damaged.
        BenchmarkError: a missing ground truth or photo, or one with unexpected content.
    """
    if name not in NAMES:
        raise ValueError(f"unknown benchmark {name!r}; known: {', '.join(NAMES)}")
    file = Path(folder) / f"gnd_{NAMES[name]}.pkl"
    if not file.is_file():
        raise BenchmarkError(f"{name}: there is no {file}; data/sources.toml has its address")
    truth = plain_pickles.read(file)
    photos = {path.stem: path for path in Path(folder).rglob("*.jpg")}
    try:
        found = _from_truth(name, truth, photos)
    except BenchmarkError:
        raise
    except (LookupError, TypeError, ValueError, ArithmeticError) as error:
        raise BenchmarkError(
            f"{file} is not a ground truth with imlist, qimlist and gnd ({error}); fetch it again"
        ) from error
    counts = (len(found.queries), len(found.database))
    if check_counts and counts != COUNTS[name]:
        raise BenchmarkError(
            f"{name}: {counts[0]} queries and {counts[1]} photos instead of "
            f"{COUNTS[name][0]} and {COUNTS[name][1]}; fetch its ground truth again"
        )
    return found


def _from_truth(name: str, truth: dict, photos: dict[str, Path]) -> Revisited:
    database, queries = (_files(truth[key], photos) for key in ("imlist", "qimlist"))
    judged = truth["gnd"]
    if len(judged) != len(queries):
        raise ValueError(f"{len(judged)} judgements of {len(queries)} queries")
    judgements = tuple(
        Judgement(*(_rows(one[key], len(database)) for key in ("easy", "hard", "junk")))
        for one in judged
    )
    boxes = np.array([one["bbx"] for one in judged], dtype=float).reshape(len(queries), 4)
    return Revisited(name, database, queries, boxes, judgements)


def _files(names: list[str], photos: dict[str, Path]) -> tuple[Path, ...]:
    missing = [name for name in names if name not in photos]
    if missing:
        raise BenchmarkError(
            f"{len(missing)} of {len(names)} photos are not there, the first of them "
            f"{missing[0]}.jpg; unpack the archive of photos beside the ground truth"
        )
    return tuple(photos[name] for name in names)


def _rows(rows: list | np.ndarray, size: int) -> np.ndarray:
    checked = np.array(rows, dtype=np.int64).reshape(-1)
    if len(checked) and not 0 <= checked.min() <= checked.max() < size:
        raise ValueError(f"it judges photos {checked.min()} to {checked.max()} of {size}")
    return checked
