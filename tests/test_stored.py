"""Kept files: whole or absent, and never believed once a byte has changed."""

from pathlib import Path

import numpy as np
import pytest

from helpers import butterflies, stored
from helpers.cache import cache_folder
from helpers.stored import StoredError

CONTENT = bytes(range(256)) * 4


@pytest.fixture
def file(tmp_path: Path) -> Path:
    place = tmp_path / "kept.npy"
    with stored.writing(place) as unfinished:
        unfinished.write_bytes(CONTENT)
    return place


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def lengthen(file: Path) -> None:
    file.write_bytes(file.read_bytes() + b"\0")


def empty(file: Path) -> None:
    file.write_bytes(b"")


def zero_half(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2] + bytes(len(content) - len(content) // 2))


def turn_one_bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 3] ^= 1
    file.write_bytes(content)


def lose_checksum(file: Path) -> None:
    stored.checksum_file(file).unlink()


def damage_checksum(file: Path) -> None:
    stored.checksum_file(file).write_bytes(b"\xff\xfe")


DAMAGES = [cut, lengthen, empty, zero_half, turn_one_bit, lose_checksum, damage_checksum]
every_damage = pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)


def test_what_was_written_is_believed(file: Path) -> None:
    stored.check(file, "write it again")
    assert stored.is_sound(file) and file.read_bytes() == CONTENT
    assert {path.name for path in file.parent.iterdir()} == {"kept.npy", "kept.npy.sha256"}


@every_damage
def test_damage_is_refused_with_name_and_remedy(file: Path, damage) -> None:
    damage(file)
    with pytest.raises(StoredError, match=r"kept\.npy .*; write it again"):
        stored.check(file, "write it again")
    with pytest.warns(UserWarning, match=r"kept\.npy .*; making it again"):
        assert not stored.is_sound(file)


def test_a_missing_file_is_refused_by_name(file: Path) -> None:
    file.unlink()
    with pytest.raises(StoredError, match=r"kept\.npy is missing; draw it"):
        stored.check(file, "draw it")
    assert not stored.is_sound(file)


def test_a_failed_write_leaves_the_older_file(file: Path) -> None:
    with pytest.raises(OSError, match="disk is full"), stored.writing(file) as unfinished:
        unfinished.write_bytes(b"half")
        raise OSError("the disk is full")
    assert stored.is_sound(file) and file.read_bytes() == CONTENT
    assert len(list(file.parent.iterdir())) == 2


def test_the_cache_may_lie_below_the_home_folder(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("COURSE_CACHE", "~/course")
    assert cache_folder("maps") == tmp_path / "course" / "maps"


@every_damage
def test_damaged_butterflies_are_drawn_again(monkeypatch, tmp_path: Path, damage) -> None:
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    monkeypatch.setitem(butterflies.SPLITS, "test", range(100, 102))
    drawn = np.array(butterflies.load("test", 16).images)
    damage(next(tmp_path.glob("butterflies/*.npy")))
    with pytest.warns(UserWarning, match=r"butterflies.*making it again"):
        again = butterflies.load("test", 16).images
    np.testing.assert_array_equal(again, drawn)
