"""Archives checked and unpacked so that nothing leaves their folder and nothing is half there."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path, PureWindowsPath

from helpers.photos.sources import safe_unzip

ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz")
# Errors that say nothing about the archive: disk full, no right to write, no such file.
THE_MACHINES = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS, errno.EIO, errno.ENOENT)


class ArchiveError(ValueError):
    """An archive that is damaged, is not the expected one, or would write outside its folder."""


def check_digest(file: Path, expected: str) -> None:
    """Compare a file with its published checksum, written ``"md5:…"`` or ``"sha256:…"``.

    Raises:
        ArchiveError: another checksum.
    """
    algorithm, _, digest = expected.partition(":")
    with file.open("rb") as stream:
        found = hashlib.file_digest(stream, algorithm).hexdigest()
    if found != digest:
        raise ArchiveError(
            f"{file} has the {algorithm} checksum {found} instead of {digest}: it is damaged or "
            "another file; remove it and fetch it again"
        )


def unpack(files: Sequence[Path], folder: Path) -> Path:
    """Put files into a new folder, whole or not at all: archives unpacked, others as they are.

    Returns:
        ``folder``, which appears only once everything is in it.

    Raises:
        ArchiveError: a damaged archive, or one with a member that is a link or that leads out of
            the folder.
        FileExistsError: the folder is there already.
        OSError: the disk is full or may not be written.
    """
    if folder.exists():
        raise FileExistsError(f"{folder} is there already; remove it to unpack it again")
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        for file in files:
            _put(file, partial)
        os.replace(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def _put(file: Path, folder: Path) -> None:
    if not file.name.endswith(ARCHIVES):
        shutil.copy(file, folder)
        return
    try:
        _extract(file, folder)
    except Exception as error:  # damage raises many kinds: BadZipFile, zlib.error, EOFError …
        if isinstance(error, MemoryError) or getattr(error, "errno", None) in THE_MACHINES:
            raise
        raise ArchiveError(
            f"{file} was not unpacked ({type(error).__name__}: {error}); remove it and fetch it "
            "again from its own page"
        ) from error


def _extract(archive: Path, folder: Path) -> None:
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive) as members:
            _require_space(folder, sum(member.file_size for member in members.infolist()))
            safe_unzip(members, folder)
        return
    with tarfile.open(archive) as members:
        inside = members.getmembers()
        for member in inside:
            _check_member(member)
        _require_space(folder, sum(member.size for member in inside))
        members.extractall(folder, inside, filter="data")


def _require_space(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if size > free:
        raise OSError(
            errno.ENOSPC,
            f"unpacking needs {size / 1e9:.1f} GB but {folder} has {free / 1e9:.1f} GB left; free "
            "some, or set the environment variable COURSE_CACHE to a folder on a larger disk",
        )


def _check_member(member: tarfile.TarInfo) -> None:
    path = PureWindowsPath(member.name)  # Windows' rules know both separators and drives
    if path.drive or path.root or ".." in path.parts:
        raise ValueError(f"the archive's member {member.name!r} leads out of its folder")
    if not (member.isfile() or member.isdir()):
        raise ValueError(f"the archive's member {member.name!r} is a link or device, not a file")
