"""Which photos a folder holds and what they show: one folder a class, or a ``labels.csv``."""

from __future__ import annotations

import csv
import os
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

# Formats that Pillow may lack (HEIC) are listed too: they are then reported, not overlooked.
SUFFIXES = frozenset(
    ".jpg .jpeg .png .webp .bmp .gif .tif .tiff .heic .heif .avif .jp2 .ppm".split()
)
COLUMNS = ("path", "fine", "coarse")
SPLIT_NAMES = frozenset({"train", "training", "val", "valid", "validation", "test"})

HOW_TO_GET_PHOTOS = (
    "Give a folder of photos as the argument `folder`, or name it in the environment variable "
    'COURSE_PHOTOS, or download one with `photos.fetch("grocery")`. A folder holds one folder a '
    "class, `[coarse/]fine/photo.jpg`, or a labels.csv with the columns path,fine,coarse[,split]."
)


class PhotosNotFound(FileNotFoundError):
    """There are no photos where they were looked for; the message says how to get some."""


class LabelsError(ValueError):
    """The labels of a folder of photos cannot be used; the message names the row or class."""


@dataclass(frozen=True)
class Photo:
    """One photo: its file, its fine and coarse class, and its split ("" where none is given)."""

    path: Path
    fine: str
    coarse: str
    split: str = ""


def find_folder(folder: str | Path | None = None) -> Path:
    """The folder of photos: the argument, else the environment variable ``COURSE_PHOTOS``.

    Raises:
        PhotosNotFound: neither is set, or there is no such folder.
    """
    chosen = folder or os.environ.get("COURSE_PHOTOS")
    if not chosen:
        raise PhotosNotFound(f"no folder of photos was named. {HOW_TO_GET_PHOTOS}")
    path = Path(chosen).expanduser().resolve()
    if not path.is_dir():
        raise PhotosNotFound(f"there is no folder {path}. {HOW_TO_GET_PHOTOS}")
    return path


def read_labels(folder: str | Path | None = None) -> list[Photo]:
    """The photos of a folder, from its ``labels.csv`` if it has one, else from its sub-folders.

    The order is that of the rows, or the alphabetical order of the paths.

    Raises:
        PhotosNotFound: no folder is named, or it is missing or holds no photo.
        LabelsError: a column is missing; a row has no label, or names a file that is missing,
            listed twice or outside the folder; a photo lies too deep or in no class's folder.
    """
    path = find_folder(folder)
    photos = _read_csv(path) if (path / "labels.csv").exists() else _read_folders(path)
    if not photos:
        raise PhotosNotFound(f"{path} holds no photos. {HOW_TO_GET_PHOTOS}")
    return photos


def leave_out_singles(photos: Sequence[Photo]) -> list[Photo]:
    """The photos of classes that have two: one to search with and one to be found.

    Classes with a single photo are left out, and named in a warning.

    Raises:
        LabelsError: no class has two photos.
    """
    counts = Counter((photo.coarse, photo.fine) for photo in photos)
    kept = [photo for photo in photos if counts[photo.coarse, photo.fine] > 1]
    single = sorted(f"{coarse}/{fine}" for (coarse, fine), count in counts.items() if count == 1)
    reason = (
        "a query needs another photo of its class to find, but there is only one readable photo "
        f"of {', '.join(single)}"
    )
    if not kept:
        raise LabelsError(f"{reason}; add a second one to at least some classes")
    if single:
        warnings.warn(f"{reason}; left out", stacklevel=3)
    return kept


def _read_csv(folder: Path) -> list[Photo]:
    file = folder / "labels.csv"
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            rows = csv.DictReader(lines)
            _check_columns(file, rows.fieldnames or ())
            photos = [_photo_of_row(folder, f"{file}, line {rows.line_num}", row) for row in rows]
    except (UnicodeDecodeError, csv.Error) as error:
        raise LabelsError(f"{file} is not a CSV file in UTF-8 ({error}); save it as one") from error
    _check_listed_once(file, photos)
    return photos


def _check_columns(file: Path, columns: Iterable[str]) -> None:
    missing = [column for column in COLUMNS if column not in columns]
    if missing:
        raise LabelsError(
            f"{file} has no column {', '.join(missing)} (found: {', '.join(columns) or 'none'}); "
            f"its first line must be path,fine,coarse or path,fine,coarse,split. Without coarse "
            f"classes, repeat the fine one"
        )


def _photo_of_row(folder: Path, where: str, row: dict[str, str]) -> Photo:
    for column, value in row.items():
        if column in (*COLUMNS, "split") and not (value or "").strip():
            raise LabelsError(f"{where}: the column {column} is empty; fill it in")
    path = _inside(folder, where, row["path"].strip())
    if not path.is_file():
        raise LabelsError(f"{where}: there is no photo {path}; correct or remove the row")
    return Photo(path, row["fine"].strip(), row["coarse"].strip(), row.get("split", "").strip())


def _inside(folder: Path, where: str, name: str) -> Path:
    # Windows' rules know both separators and drives, so one check serves every system.
    parts = PureWindowsPath(name)
    climbs = parts.drive or parts.root or ".." in parts.parts
    if climbs or not (folder / name).resolve().is_relative_to(folder):
        raise LabelsError(
            f"{where}: {name} lies outside {folder}; paths must be relative to that folder and "
            f"stay in it (no '..', no links leading out): move the photo into it"
        )
    return folder / name


def _check_listed_once(file: Path, photos: list[Photo]) -> None:
    counts = Counter(photo.path for photo in photos)
    twice = [str(path) for path, count in counts.items() if count > 1]
    if twice:
        raise LabelsError(f"{file} lists {', '.join(twice)} more than once; keep one row of each")


def _read_folders(folder: Path) -> list[Photo]:
    paths = sorted(_photo_files(folder), key=lambda path: path.relative_to(folder).as_posix())
    photos = [_photo_of_path(folder, path) for path in paths]
    tops = {photo.coarse for photo in photos}
    if len(tops) > 1 and tops <= SPLIT_NAMES:
        raise LabelsError(
            f"the folders {', '.join(sorted(tops))} of {folder} look like splits, not classes; "
            f"write a labels.csv with the columns path,fine,coarse,split"
        )
    return photos


def _photo_files(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not _is_hidden(name)]
        for name in folders:
            if (Path(root) / name).is_symlink():
                raise LabelsError(f"{Path(root) / name} is a link; put the photos there instead")
        for name in files:
            if Path(name).suffix.lower() in SUFFIXES and not _is_hidden(name):
                yield _inside(
                    folder, str(folder), (Path(root) / name).relative_to(folder).as_posix()
                )


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"


def _photo_of_path(folder: Path, path: Path) -> Photo:
    classes = path.relative_to(folder).parts[:-1]
    if len(classes) not in (1, 2):
        raise LabelsError(
            f"{path} is not at [coarse/]fine/photo.jpg below {folder}; move it into the folder of "
            f"its class, or write a labels.csv"
        )
    return Photo(path, fine=classes[-1], coarse=classes[0])
