"""Public photo data sets, fetched by name."""

from __future__ import annotations

import csv
import os
import shutil
import stat
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

from filelock import FileLock

from helpers.cache import cache_folder
from helpers.photos.addresses import described
from helpers.photos.labels import PhotosNotFound, read_labels


@dataclass(frozen=True)
class Source:
    """Under which licence a data set comes, how many photos each split has, and its key in
    ``data/sources.toml``, which has its address."""

    title: str
    licence: str
    citation: str
    key: str
    photos: dict[str, int]

    @property
    def address(self) -> str:
        """Where the archive lies, as ``data/sources.toml`` says."""
        return described(self.key)["files"][0]


GROCERY_SECTIONS = ("Fruit", "Vegetables")  # its third section, Packages, is not used here
SOURCES = {
    "grocery": Source(
        title="Grocery Store Dataset, fruit and vegetables (50 fine classes in 34 coarse ones)",
        licence="MIT, Copyright (c) 2019 Marcus Klasson",
        citation="Klasson, Zhang, Kjellström: A Hierarchical Grocery Store Image Dataset with "
        "Visual and Semantic Labels, WACV 2019",
        key="grocery",
        photos={"train": 1776, "val": 196, "test": 1704},
    )
}


def fetch(name: str = "grocery") -> Path:
    """Download a public data set once, and return its folder, ready for ``load``.

    The licence is printed. The address is pinned to one commit. GitHub does not promise archives of
    equal bytes, so the content is checked instead: every photo that the authors' lists name must be
    there, and the number of photos in each split must be the expected one.

    Raises:
        ValueError: an unknown name, or a download with unexpected content.
        PhotosNotFound: the download fails, for example without network.
    """
    if name not in SOURCES:
        raise ValueError(f"unknown photo data set {name!r}; known: {', '.join(sorted(SOURCES))}")
    source = SOURCES[name]
    print(f"{source.title}\nLicence: {source.licence}\nPlease cite: {source.citation}")
    downloads = cache_folder("downloads")
    with FileLock(downloads / f"{name}.lock"):
        if not (downloads / name).is_dir():
            archive = _download(source, downloads, f"{name}.zip")
            _unpack(archive, downloads / name, source)
            archive.unlink()
    return downloads / name


def safe_unzip(archive: zipfile.ZipFile, folder: Path) -> None:
    """Unpack an archive, but refuse it whole if a member would be written outside the folder.

    Raises:
        ValueError: a member with an absolute path, with ``..``, or that is a link.
    """
    for member in archive.infolist():
        path = PureWindowsPath(member.filename)
        climbs = path.drive or path.root or ".." in path.parts
        if climbs or stat.S_ISLNK(member.external_attr >> 16):
            raise ValueError(f"the archive's member {member.filename!r} leads out of its folder")
    archive.extractall(folder)


def write_grocery_labels(folder: Path) -> None:
    """Turn the lists of the Grocery Store Dataset into a ``labels.csv`` beside them.

    Names of classes come from ``classes.csv`` by number: a few photos of ``val`` lie in a folder
    without their coarse class.
    """
    with (folder / "classes.csv").open(newline="", encoding="utf-8-sig") as lines:
        classes = {
            row["Class ID (int)"].strip(): (row["Class Name (str)"], row["Coarse Class Name (str)"])
            for row in csv.DictReader(lines)
        }
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines)
        writer.writerow(("path", "fine", "coarse", "split"))
        for split in ("train", "val", "test"):
            for line in (folder / f"{split}.txt").read_text(encoding="utf-8").splitlines():
                path, fine, _ = (part.strip() for part in line.split(","))
                if path.split("/")[1] in GROCERY_SECTIONS:
                    writer.writerow((path, *classes[fine], split))


def _download(source: Source, folder: Path, name: str) -> Path:
    import pooch

    try:
        file = pooch.retrieve(
            source.address, known_hash=None, fname=name, path=folder, progressbar=True
        )
    except OSError as error:  # every network error of the requests library is one
        raise PhotosNotFound(
            f"cannot download {source.address} ({error}); try again with a network, or unpack it "
            f"yourself and give `photos.load` a folder of photos"
        ) from error
    return Path(file)


def _unpack(archive: Path, folder: Path, source: Source) -> None:
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        with zipfile.ZipFile(archive) as members:
            safe_unzip(members, partial)
        dataset = next(partial.glob("*/dataset"), partial)
        write_grocery_labels(dataset)
        _check_content(dataset, source)
    except (zipfile.BadZipFile, FileNotFoundError, ValueError, LookupError) as error:
        archive.unlink()
        shutil.rmtree(partial, ignore_errors=True)
        raise ValueError(
            f"{source.address} did not hold what was expected ({error}), and was removed; fetch it "
            f"again, and if that does not help, use a folder of your own"
        ) from error
    os.replace(dataset, folder)
    shutil.rmtree(partial)


def _check_content(folder: Path, source: Source) -> None:
    found = Counter(photo.split for photo in read_labels(folder))
    if found != source.photos:
        raise ValueError(f"{dict(found)} photos in the splits instead of {source.photos}")
