"""Photos of one occasion: by clock, by looks, and never on both sides of a split."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest
from PIL import Image

from helpers import photos
from helpers.photos.occasions import taken_at

NOON = datetime(2024, 2, 29, 12)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))


def photograph(path, seed, minute=None):
    """A picture that differs from seed to seed, taken so many minutes after noon."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 256, (5, 5, 3), dtype=np.uint8)
    image, tags = Image.fromarray(noise).resize((64, 64)), Image.Exif()
    if minute is not None:
        moment = NOON + timedelta(minutes=minute)
        tags.get_ifd(0x8769)[0x9003] = moment.strftime("%Y:%m:%d %H:%M:%S")
    image.save(path, exif=tags)
    return path


def test_the_clock_is_read(tmp_path):
    first, second = (photograph(tmp_path / f"{m}.jpg", 0, m) for m in (0, 90))
    assert taken_at(second) - taken_at(first) == 90 * 60
    assert np.isnan(taken_at(photograph(tmp_path / "none.png", 0)))
    broken = Image.Exif()
    broken[0x0132] = "yesterday"
    Image.new("RGB", (8, 8)).save(tmp_path / "broken.jpg", exif=broken)
    assert np.isnan(taken_at(tmp_path / "broken.jpg"))


def groups(collection, **settings):
    """Names of the files that were taken together."""
    found = {}
    for path, occasion in zip(
        collection.paths, photos.occasions(collection, **settings), strict=True
    ):
        found.setdefault(occasion, set()).add(f"{path.parent.name}{path.stem}")
    return sorted(map(sorted, found.values()))


def test_photos_within_minutes_belong_together_and_so_do_chains(tmp_path):
    for number, minute in enumerate((0, 20, 40, 90)):
        photograph(tmp_path / "set" / "a" / f"{number}.jpg", number, minute)
    collection = photos.load(tmp_path / "set", 32)
    assert groups(collection) == [["a0", "a1", "a2"], ["a3"]]
    assert groups(collection, minutes=10) == [["a0"], ["a1"], ["a2"], ["a3"]]


def test_photos_that_look_alike_belong_together_within_a_class(tmp_path):
    for label in "ab":
        for number, seed in enumerate((1, 1, 2)):
            photograph(tmp_path / "set" / label / f"{number}.png", seed)
    collection = photos.load(tmp_path / "set", 32)
    assert groups(collection) == [["a0", "a1"], ["a2"], ["b0", "b1"], ["b2"]]
    assert len(groups(collection, likeness=1.01)) == 6


def test_no_occasion_is_cut_in_two(tmp_path):
    for label in range(3):
        for number in range(9):
            file = tmp_path / "set" / f"{label}" / f"{number}.jpg"
            photograph(file, 10 * label + number, minute=100 * (number % (label + 1)))
    collection = photos.load(tmp_path / "set", 16)
    assert collection.split_is_drawn
    cut = photos.split_by_occasion(collection)
    assert not cut.split_is_drawn and cut.images.name != collection.images.name
    sides = {}
    for occasion, side in zip(photos.occasions(cut), cut.split, strict=True):
        sides.setdefault(occasion, set()).add(side)
    assert len(sides) == 1 + 2 + 3 and all(len(side) == 1 for side in sides.values())
    tests = [(cut.split[cut.images.fine == label] == "test").sum() for label in range(3)]
    assert 0 == tests[0] < tests[1] <= 5 and 3 <= tests[2] <= 6
    assert set(cut.images.fine[photos.split_protocol(cut).queries]) == {1, 2}


def test_one_occasion_cannot_be_split(tmp_path):
    for number in range(4):
        photograph(tmp_path / "set" / "a" / f"{number}.jpg", number, minute=number)
    with pytest.raises(photos.LabelsError, match="two occasions"):
        photos.split_by_occasion(photos.load(tmp_path / "set", 16))
