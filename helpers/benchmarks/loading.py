"""A benchmark fetched by name, and its photos decoded once."""

from __future__ import annotations

import hashlib
from itertools import zip_longest
from pathlib import Path

from filelock import FileLock

from helpers.benchmarks.archives import ArchiveError, check_digest, unpack
from helpers.benchmarks.listing import BenchmarkError, Listing
from helpers.benchmarks.metric_learning import read
from helpers.cache import cache_folder
from helpers.images import ImageSet
from helpers.photos.addresses import described
from helpers.photos.decoding import Record, decode_once


def load(name: str, folder: str | Path, resolution: int) -> tuple[ImageSet, ImageSet]:
    """A metric-learning benchmark as images to train with and images to test with.

    Photos become squares as `photos.load` makes them, and are decoded on the first call only. The
    cache takes ``3 · resolution²`` bytes a photo: 1.8 GB for CUB200 at 224 px, 72 GB for Stanford
    Online Products at 448.

    Args:
        name: ``"cub200"``, ``"cars196"`` or ``"sop"``.
        folder: where it was unpacked.
        resolution: height and width in pixels.

    Raises:
        ValueError: an unknown name, or a cache that would lie inside the folder.
        BenchmarkError: not the published layout or counts, or photos that cannot be decoded.
        OSError: the disk is full; a later call goes on from there.
    """
    train, test = read(name, folder)
    return decoded(train, test, Path(folder), resolution)


def decoded(
    train: Listing, test: Listing, folder: Path, resolution: int
) -> tuple[ImageSet, ImageSet]:
    """The pixels of both sides, from one cache. Errors as for `load`."""
    paths = [*train.paths, *test.paths]
    found = decode_once(folder.resolve(), paths, resolution)
    broken = [path for path, record in zip(paths, found.records, strict=True) if record.error]
    if broken:
        raise BenchmarkError(
            f"{len(broken)} photos cannot be decoded, the first of them {broken[0]}; unpack the "
            "archive again"
        )
    cut = len(train)
    digest = _digest(found.records)
    return (
        train.with_images(found.images[:cut], digest),
        test.with_images(found.images[cut:], digest),
    )


def _digest(records: tuple[Record, ...]) -> str:
    whole = "".join(record.digest for record in records)
    return hashlib.sha256(whole.encode()).hexdigest()[:12]


def fetch(name: str) -> Path:
    """Download and unpack a data set of ``data/sources.toml`` once, and return its folder.

    Its terms are printed first. A checksum is compared where one is known.

    Raises:
        ValueError: an unknown name.
        ArchiveError: a download that is damaged or is another file; it is removed.
        OSError: no network, an address that no longer answers, or a full disk.
    """
    source = described(name)
    print(f"{source['name']}, {source['page']}\nTerms: {source['terms']}")
    downloads = cache_folder("downloads")
    with FileLock(downloads / f"{name}.lock"):
        if not (downloads / name).is_dir():
            files = [
                _downloaded(address, checksum, cache_folder("downloads", f"{name}.files"))
                for address, checksum in zip_longest(source["files"], source.get("checksums", []))
            ]
            unpack(files, downloads / name)
            for file in files:
                file.unlink()
    return downloads / name


def _downloaded(address: str, checksum: str | None, folder: Path) -> Path:
    import pooch

    try:
        file = Path(
            pooch.retrieve(
                address, None, fname=address.split("/")[-1], path=folder, progressbar=True
            )
        )
    except OSError as error:  # every network error of the requests library is one
        raise OSError(
            f"cannot download {address} ({error}); fetch the data set from a mirror that you "
            "trust, unpack it yourself, and give its folder"
        ) from error
    if checksum:
        try:
            check_digest(file, checksum)
        except ArchiveError:
            file.unlink()
            raise
    return file
