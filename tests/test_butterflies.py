"""The butterflies are the same on every machine, and hide in a small picture what they should."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from helpers import butterflies
from helpers.butterflies import species as public_species
from helpers.butterflies.places import Place, details, differing_places, places
from helpers.butterflies.species import MINIMUM_DIFFERENCE, SPECIES_PER_GENUS
from helpers.butterflies.specimens import species_wings, specimen
from helpers.butterflies.twins import ABSENT, draw_twin, without
from helpers.course.figures.specimens import shrunk

REFERENCE = Path(__file__).parent / "data" / "butterflies_24px.npy"
REFERENCE_SPECIMENS = ((0, 0), (103, 7), (160, 3), (599, 19))  # species and index


@pytest.fixture
def small_splits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Splits of two genera and three specimens a species, drawn into an empty cache."""
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    splits = {"train": range(0, 10), "test": range(100, 110), "pool": range(200, 205)}
    monkeypatch.setattr(butterflies, "SPLITS", splits)
    monkeypatch.setattr(butterflies, "SPECIMENS", dict.fromkeys(splits, 3))
    return tmp_path


def difference(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """``float [h, w]``, mean over the channels of the absolute difference."""
    return np.abs(first.astype(float) - second).mean(axis=0)


def test_a_specimen_is_the_same_to_the_byte() -> None:
    assert np.array_equal(butterflies.draw(103, 7, 48), butterflies.draw(103, 7, 48))


def test_specimens_agree_with_those_of_other_machines() -> None:
    drawn = np.stack([butterflies.draw(number, i, 24) for number, i in REFERENCE_SPECIMENS])
    assert np.abs(drawn.astype(int) - np.load(REFERENCE)).max() <= 1


def test_a_specimen_does_not_depend_on_the_others(small_splits: Path) -> None:
    loaded = butterflies.load("test", 32)
    assert np.array_equal(loaded.images[3 * 4 + 2], butterflies.draw(104, 2, 32))
    backwards = [butterflies.draw(104, index, 32) for index in (2, 1, 0)][::-1]
    assert np.array_equal(loaded.images[12:15], np.stack(backwards))


def test_sister_species_differ_in_enough_attributes() -> None:
    for genus in range(120):
        first = genus * SPECIES_PER_GENUS
        sisters = [butterflies.species(first + k) for k in range(SPECIES_PER_GENUS)]
        assert len({kind.genus for kind in sisters}) == 1
        for one, other in combinations(sisters, 2):
            assert len(one.marks.differences(other.marks)) >= MINIMUM_DIFFERENCE


def test_splits_share_no_species_and_no_genus() -> None:
    numbers = [set(split) for split in butterflies.SPLITS.values()]
    genera = [{public_species(n).genus.number for n in split} for split in numbers]
    for sets in (numbers, genera):
        assert len(set.union(*sets)) == sum(map(len, sets))


def test_labels(small_splits: Path) -> None:
    test = butterflies.load("test", 16)
    assert test.fine.tolist() == np.repeat(np.arange(10), 3).tolist()
    assert test.coarse.tolist() == np.repeat([0, 1], 15).tolist()
    assert test.fine_names[4] == "genus 20 species 4" and test.coarse_names[1] == "genus 21"
    pool = butterflies.load("pool", 16)
    assert set(pool.fine) == set(pool.coarse) == {-1} and not pool.fine_names


def test_a_split_is_drawn_once_and_mapped(small_splits: Path) -> None:
    first = butterflies.load("train", 16)
    (file,) = small_splits.rglob("*.npy")
    drawn_at = file.stat().st_mtime_ns
    again = butterflies.load("train", 16)
    assert isinstance(again.images, np.memmap) and not again.images.flags.writeable
    assert file.stat().st_mtime_ns == drawn_at and again.name == first.name
    assert butterflies.load("train", 16, mark_size=0.5).name != first.name


def test_an_unfinished_file_is_not_loaded(
    small_splits: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint = butterflies.paint

    def interrupted(*arguments) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(butterflies, "paint", interrupted)
    with pytest.raises(KeyboardInterrupt):
        butterflies.load("test", 16)
    assert {file.suffix for file in small_splits.rglob("*.*")} <= {".lock"}
    monkeypatch.setattr(butterflies, "paint", paint)
    loaded = butterflies.load("test", 16)
    assert np.array_equal(loaded.images[0], butterflies.draw(100, 0, 16))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: butterflies.load("tset"), "no split 'tset'; choose one of train, test, pool"),
        (lambda: butterflies.load("test", 4), "resolution is 4 pixels; choose one from 8 to 256"),
        (lambda: butterflies.draw(0, 0, 300), "resolution is 300 pixels; choose one from 8"),
        (lambda: butterflies.draw(0, 0, 32, 9), "mark_size is 9; choose one from 0.1"),
        (lambda: butterflies.draw(0, -1), "numbered from 0, there is no specimen -1"),
        (lambda: butterflies.draw(-5, 0), "numbered from 0, there is no species -5"),
        (lambda: differing_places(100, 105, 0), "100 and 105 are of two genera; give two of one"),
        (lambda: without(public_species(0).marks, "spots"), "no mark 'spots'; choose one of"),
    ],
)
def test_errors_name_the_input_and_the_remedy(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_mark_size_changes_the_picture() -> None:
    bold, fine = butterflies.draw(160, 3, 64), butterflies.draw(160, 3, 64, mark_size=0.5)
    changed = difference(bold, fine) > 5
    assert 0.01 < changed.mean() < 0.3, "marks, and marks only"


def specimen_without_leaf(number: int) -> int:
    kind = public_species(number)
    wings = species_wings(kind, 1.0)
    return next(i for i in range(20) if specimen(kind, i, wings)[0]["leaf_width"] == 0)


def changed_near(place: Place, change: np.ndarray) -> bool:
    """Whether a difference ``[h, h]`` is large within the radius of a place."""
    size = len(change)
    rows, columns = np.mgrid[:size, :size]
    column, row = place.pixel(size)
    reach = max(2, place.radius * size / 2)
    return bool((change[np.hypot(rows - row, columns - column) <= reach] > 8).any())


@pytest.mark.parametrize("number", range(100, 200, 7))
def test_a_mark_appears_where_its_place_says(number: int) -> None:
    kind, index = public_species(number), specimen_without_leaf(number)
    picture, found = butterflies.draw(number, index, 192), places(number, index)
    assert {place.name for place in found} <= set(details(kind.marks))
    seen = []
    for place in found:
        bare = draw_twin(number, index, without(kind.marks, place.name), 192)
        seen.append(changed_near(place, difference(picture, bare)))
    assert sum(seen) >= len(found) - 1, "one may lie beneath another mark"


def test_a_place_is_given_for_each_visible_eyespot() -> None:
    kind = public_species(155)
    names = [place.name for place in places(155, 10)]
    assert names.count("fore_eyespots") == kind.marks.fore_eyespots.count("o")


def test_differing_places_show_only_what_differs() -> None:
    names = {place.name for place in differing_places(55, 59, 1)}
    assert names == {"fore_eyespots", "hind_eyespots", "hind_band", "fore_spots", "veins", "fringe"}
    assert not differing_places(55, 55, 1)


def test_a_twin_with_its_own_marks_is_the_specimen() -> None:
    own = public_species(55).marks
    assert np.array_equal(draw_twin(55, 1, own, 48), butterflies.draw(55, 1, 48))


def test_marks_are_all_that_twins_differ_in() -> None:
    marks = public_species(55).marks
    change = difference(
        draw_twin(55, 1, marks, 96), draw_twin(55, 1, without(marks, "hind_spots"), 96)
    )
    assert not change.any(), "the species has no spots on its hind wings"
    for name in details(marks):
        bare = without(marks, name)
        assert getattr(bare, name) == ABSENT[name] and len(marks.differences(bare)) == 1
        assert difference(draw_twin(55, 1, marks, 96), draw_twin(55, 1, bare, 96)).max() > 20


def test_shrinking_loses_the_marks_and_keeps_the_genus() -> None:
    marks = public_species(55).marks
    bare = marks
    for name in ("fore_band", "hind_band", "fore_spots", "fringe"):
        bare = without(bare, name)
    pictures = [draw_twin(55, 1, m, 96) for m in (marks, bare)]
    left = [difference(*(shrunk(p, size) for p in pictures)).max() for size in (96, 48, 24, 12)]
    assert left[0] > left[1] > left[2] > left[3] and left[3] < 0.5 * left[0]
    other = shrunk(butterflies.draw(100, 1, 96), 12)
    assert difference(shrunk(pictures[0], 12), other).max() > left[3]
