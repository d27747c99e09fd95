"""Files that are kept: written whole with a checksum, and believed only while it holds.

Beside each file lies ``FILE.sha256``. What can be made again is asked for with ``is_sound`` and
made again where the answer is no; what cannot is read after ``check``, which refuses damage with
the file's name and the remedy.
"""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class StoredError(RuntimeError):
    """A kept file is missing or damaged; the message names it and the remedy."""


@contextmanager
def writing(file: Path) -> Iterator[Path]:
    """A place to write a file's content to; the file has its name only once it is on the disk.

    ``with writing(file) as unfinished: save(unfinished)``. Where the block fails, what was written
    is removed, and an older file stays as it was. Two processes must not write the same file at
    once: hold a lock.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f"{file.name}.unfinished")
    try:
        yield unfinished
        _flush(unfinished)
        digest = _checksum(unfinished)
        note = checksum_file(file)
        unfinished_note = note.with_name(f"{note.name}.unfinished")
        unfinished_note.write_text(f"{digest}\n", encoding="ascii")
        _flush(unfinished_note)
        os.replace(unfinished, file)
        os.replace(unfinished_note, note)  # a kill before this leaves a file that is not believed
    finally:
        unfinished.unlink(missing_ok=True)


def check(file: Path, remedy: str) -> None:
    """Refuse a file that is not what ``writing`` wrote.

    Args:
        file: the kept file.
        remedy: what to do about it, the end of the message.

    Raises:
        StoredError: it or its checksum is missing, unreadable or changed.
    """
    fault = _fault(file)
    if fault:
        raise StoredError(f"the file {file} {fault}; {remedy}")


def is_sound(file: Path) -> bool:
    """Whether a file that can be made again can be used; a damaged one is named in a warning."""
    if not file.exists():
        return False
    fault = _fault(file)
    if fault:
        warnings.warn(f"the file {file} {fault}; making it again", stacklevel=2)
    return not fault


def checksum_file(file: Path) -> Path:
    """Where the checksum of a file lies: beside it."""
    return file.with_name(f"{file.name}.sha256")


def _fault(file: Path) -> str:
    try:
        expected = checksum_file(file).read_text(encoding="ascii").strip()
        changed = _checksum(file) != expected
    except FileNotFoundError as error:
        return "is missing" if Path(error.filename) == file else "has no checksum beside it"
    except (OSError, ValueError) as error:
        return f"cannot be checked ({error})"
    return "has changed since it was written" if changed else ""


def _checksum(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _flush(file: Path) -> None:
    with file.open("rb+") as content:
        os.fsync(content.fileno())
