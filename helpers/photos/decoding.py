"""Photos decoded once into one memory-mapped file, which survives interrupts and is checked.

A photo's file is read and decoded the first time only. While this lasts, pixels are appended to
``pixels.partial`` and a line about each photo to ``progress.jsonl``; a later call goes on where the
last one stopped. ``finished.json`` is written last: without it nothing is ever loaded. The folder
may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
from filelock import FileLock
from PIL import Image, ImageOps

from helpers import stored
from helpers.cache import cache_folder

FORMAT = 2  # raise it whenever the same photo would be decoded to other pixels
# Only these: Pillow would hand a file called .jpg that holds PostScript to an interpreter.
FORMATS = "JPEG MPO PNG WEBP BMP DIB GIF TIFF HEIF AVIF JPEG2000 PPM".split()
BLOCK = 64  # photos between two safe points; also bounds the memory that decoding needs


@dataclass(frozen=True)
class Record:
    """What is known of one photo: the SHA-256 of its file, and why it cannot be decoded, if so."""

    digest: str
    error: str = ""


@dataclass(frozen=True)
class Decoded:
    """The pixels ``uint8 [m, 3, r, r]`` of the m photos that could be decoded (read-only), and a
    record for each of the n photos asked for; pixels and records are in the same order."""

    images: np.ndarray
    records: tuple[Record, ...]


def decode_square(content: bytes, resolution: int) -> np.ndarray:
    """A photo's file to ``uint8 [3, resolution, resolution]``.

    Turned upright as its EXIF orientation says, transparency laid on white, the shorter side
    resized to the resolution (bilinear, anti-aliased, as ``images.resize`` does), the centre kept.

    Raises:
        ValueError: the file is empty, or its pixels are neither colours nor 8- or 16-bit greys.
        OSError: the file is none of ``FORMATS``, or broken; other errors too, from the decoders.
    """
    if not content:
        raise ValueError("the file is empty")
    Image.init()
    known = [name for name in FORMATS if name in Image.OPEN]
    with Image.open(io.BytesIO(content), formats=known) as image:
        upright = ImageOps.exif_transpose(_eight_bit(image))
        if upright.has_transparency_data:
            white = Image.new("RGBA", upright.size, "white")
            upright = Image.alpha_composite(white, upright.convert("RGBA"))
        size = (resolution, resolution)
        square = ImageOps.fit(upright.convert("RGB"), size, Image.Resampling.BILINEAR)
    return np.asarray(square).transpose(2, 0, 1)


def _eight_bit(image: Image.Image) -> Image.Image:
    """16-bit grey in 256 steps, which Pillow's own conversion would clip to white."""
    if image.mode in ("F", "I"):
        raise ValueError(f"its pixels (mode {image.mode}) have no known white; save it in 8 bits")
    if not image.mode.startswith("I;16"):
        return image
    return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))


def decode_once(folder: Path, paths: Sequence[Path], resolution: int) -> Decoded:
    """The pixels of all photos that can be decoded, from the cache where they are in it.

    The cache is keyed by every photo's path, size and time of last change, and by the resolution.

    Raises:
        ValueError: the cache would lie inside the folder of photos, or no photo can be decoded.
        OSError: a file cannot be read, or the disk is full; a later call goes on from there.
    """
    root = cache_folder("photos").resolve()
    if root.is_relative_to(folder):
        raise ValueError(
            f"the cache {root} would lie inside the photos' folder {folder}; set the environment "
            f"variable COURSE_CACHE to a folder outside it"
        )
    cache = root / _key(paths, resolution)
    with FileLock(f"{cache}.lock"):
        if not _is_sound(cache):
            _build(cache, paths, resolution)
        return _open(cache)


def _key(paths: Sequence[Path], resolution: int) -> str:
    stats = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in paths]
    return hashlib.sha256(json.dumps([FORMAT, resolution, stats]).encode()).hexdigest()[:24]


def _is_sound(cache: Path) -> bool:
    """True if the cache is finished and its checksum holds; a damaged cache is removed."""
    if not stored.is_sound(cache / "finished.json"):
        return False
    try:
        expected = json.loads((cache / "finished.json").read_text())["checksum"]
        if _checksum(cache / "pixels") == expected:
            return True
    except (OSError, ValueError, KeyError):
        pass  # an unreadable part is damage like any other
    warnings.warn(f"the photo cache {cache} is damaged; decoding the photos again", stacklevel=4)
    shutil.rmtree(cache)
    return False


def _checksum(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _open(cache: Path) -> Decoded:
    finished = json.loads((cache / "finished.json").read_text())
    shape = tuple(finished["shape"])
    images = np.memmap(cache / "pixels", dtype=np.uint8, mode="r", shape=shape)
    return Decoded(images, tuple(Record(**record) for record in finished["records"]))


def _build(cache: Path, paths: Sequence[Path], resolution: int) -> None:
    cache.mkdir(exist_ok=True)
    records = _resume(cache, resolution)
    records += _decode_rest(cache, paths, resolution, len(records))
    count = sum(not record.error for record in records)
    if count == 0:
        shutil.rmtree(cache)
        raise ValueError(
            f"none of the {len(paths)} photos can be decoded, for example {paths[0]}: "
            f"{records[0].error}; are they image files that Pillow reads, such as JPEG or PNG?"
        )
    os.replace(cache / "pixels.partial", cache / "pixels")
    _write_whole(
        cache / "finished.json",
        {
            "shape": [count, 3, resolution, resolution],
            "checksum": _checksum(cache / "pixels"),
            "records": [asdict(record) for record in records],
        },
    )
    (cache / "progress.jsonl").unlink()


def _write_whole(file: Path, content: dict) -> None:
    with stored.writing(file) as unfinished:
        unfinished.write_text(json.dumps(content))


def _resume(cache: Path, resolution: int) -> list[Record]:
    """The records of an interrupted run; pixels that no record vouches for are cut off."""
    pixels, progress = cache / "pixels.partial", cache / "progress.jsonl"
    pixels.touch()
    progress.touch()
    records = _complete_records(progress)
    size = sum(not record.error for record in records) * 3 * resolution**2
    if pixels.stat().st_size < size:
        records, size = [], 0
    os.truncate(pixels, size)
    progress.write_text("".join(_line(record) for record in records))
    return records


def _complete_records(progress: Path) -> list[Record]:
    records = []
    for line in progress.read_text().splitlines():
        try:
            records.append(Record(**json.loads(line)))
        except (ValueError, TypeError):
            break  # the line that was being written when the run stopped
    return records


def _line(record: Record) -> str:
    return json.dumps(asdict(record)) + "\n"


def _decode_rest(cache: Path, paths: Sequence[Path], resolution: int, done: int) -> list[Record]:
    from tqdm.auto import tqdm

    records: list[Record] = []
    decode = partial(_decode_file, resolution=resolution)
    bar = tqdm(total=len(paths), initial=done, desc="Decoding photos once", unit="photo")
    with bar, ThreadPoolExecutor() as workers:
        for start in range(done, len(paths), BLOCK):
            results = list(workers.map(decode, paths[start : start + BLOCK]))
            _append(cache / "pixels.partial", b"".join(pixels for pixels, _ in results))
            block = [record for _, record in results]
            _append(cache / "progress.jsonl", "".join(map(_line, block)).encode())
            records += block
            bar.update(len(block))
    return records


def _append(file: Path, content: bytes) -> None:
    with file.open("ab") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())  # the pixels must be on disk before the record that vouches


def _decode_file(path: Path, resolution: int) -> tuple[bytes, Record]:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    try:
        return decode_square(content, resolution).tobytes(), Record(digest)
    except MemoryError:
        raise  # says nothing about the photo
    except Exception as error:  # decoders raise many kinds: OSError, SyntaxError, struct.error …
        return b"", Record(digest, f"{type(error).__name__}: {error}")
