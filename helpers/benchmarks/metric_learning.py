"""CUB-200-2011, Cars196 and Stanford Online Products, with the class-disjoint splits of the papers.

The official splits of CUB200 and Cars196 are made for classification and share classes; metric
learning trains on the first half of the classes and tests on the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from helpers.benchmarks.listing import BenchmarkError, Listing, Row, listed

Split = tuple[list[Row], list[Row]]


@dataclass(frozen=True)
class Layout:
    """How a benchmark lies on disk.

    Attributes:
        folder: the folder that its archive makes.
        lists: the file in it that lists the photos, by which the folder is known.
        read: the rows to train with and to test with, from that folder.
        photos: how many photos each side has when the data are whole.
    """

    folder: str
    lists: str
    read: Callable[[Path], Split]
    photos: tuple[int, int]


def read(name: str, folder: str | Path, check_counts: bool = True) -> tuple[Listing, Listing]:
    """The photos of a benchmark to train with, and those to test with, no class in both.

    Args:
        name: ``"cub200"``, ``"cars196"`` or ``"sop"``.
        folder: where it was unpacked, or the folder around that.
        check_counts: compare the numbers of photos with those of the papers.

    Raises:
        ValueError: an unknown name.
        BenchmarkError: the folder has another layout, lacks listed photos, or has other numbers of
            photos than the papers.
    """
    if name not in LAYOUTS:
        raise ValueError(f"unknown benchmark {name!r}; known: {', '.join(LAYOUTS)}")
    layout = LAYOUTS[name]
    place = _find(Path(folder), layout, name)
    try:
        rows = layout.read(place)
    except (ValueError, LookupError, TypeError) as error:
        raise BenchmarkError(
            f"{name}: {place / layout.lists} or a list beside it is not in the published layout "
            f"({error}); fetch it again"
        ) from error
    found = tuple(len(side) for side in rows)
    if check_counts and found != layout.photos:
        raise BenchmarkError(
            f"{name}: {found[0]} photos to train and {found[1]} to test instead of "
            f"{layout.photos[0]} and {layout.photos[1]}; the lists in {place} are not whole"
        )
    train, test = rows
    return listed(f"{name}-train", train), listed(f"{name}-test", test)


def _find(folder: Path, layout: Layout, name: str) -> Path:
    for place in (folder, folder / layout.folder):
        if (place / layout.lists).is_file():
            return place
    raise BenchmarkError(
        f"{name}: there is no {layout.lists} in {folder} or in {folder / layout.folder}; give the "
        "folder into which its archive was unpacked"
    )


def _read_cub200(folder: Path) -> Split:
    """``images.txt`` (id path), ``image_class_labels.txt`` (id class), ``classes.txt`` names."""
    paths, labels = _numbered(folder / "images.txt"), _numbered(folder / "image_class_labels.txt")
    rows = [
        (int(labels[number]), Row(folder / "images" / path, *[Path(path).parts[0]] * 2))
        for number, path in paths.items()
    ]
    return _halves(rows, last_of_training=100)


def _numbered(file: Path) -> dict[str, str]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return dict(line.split(maxsplit=1) for line in lines if line.strip())


def _read_cars196(folder: Path) -> Split:
    """``cars_annos.mat``: annotations (relative_im_path, …, class, test), and class_names."""
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        content = loadmat(folder / "cars_annos.mat", squeeze_me=True)
    except MatReadError as error:
        raise ValueError(error) from error
    names = [str(name) for name in content["class_names"]]
    rows = []
    for car in content["annotations"]:
        label = int(car["class"])
        rows.append((label, Row(folder / str(car["relative_im_path"]), *[names[label - 1]] * 2)))
    return _halves(rows, last_of_training=98)


def _halves(rows: list[tuple[int, Row]], last_of_training: int) -> Split:
    """Rows with classes numbered from 1, cut after a class."""
    ordered = sorted(rows, key=lambda row: row[0])
    return (
        [row for label, row in ordered if label <= last_of_training],
        [row for label, row in ordered if label > last_of_training],
    )


def _read_sop(folder: Path) -> Split:
    """``Ebay_train.txt`` and ``Ebay_test.txt``, each with a header line."""
    train, test = (list(_products(folder, f"Ebay_{side}.txt")) for side in ("train", "test"))
    shared = {row.fine for row in train} & {row.fine for row in test}
    if shared:
        raise ValueError(f"product {min(shared)} is in both lists")
    return train, test


def _products(folder: Path, file: str) -> Iterator[Row]:
    with (folder / file).open(encoding="utf-8") as lines:
        for line in islice(lines, 1, None):
            _, product, _, path = line.split()
            yield Row(folder / path, product, path.split("/")[0].removesuffix("_final"))


LAYOUTS = {
    "cub200": Layout("CUB_200_2011", "images.txt", _read_cub200, (5_864, 5_924)),
    "cars196": Layout("cars196", "cars_annos.mat", _read_cars196, (8_054, 8_131)),
    "sop": Layout("Stanford_Online_Products", "Ebay_train.txt", _read_sop, (59_551, 60_502)),
}
